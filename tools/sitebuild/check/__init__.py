"""The checks of `make site-test`: links, search, budgets, every page in a browser."""
