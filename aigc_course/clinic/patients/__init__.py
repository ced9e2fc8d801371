"""The patients of the bug clinic, one module each; `clinic.names()` lists them."""
