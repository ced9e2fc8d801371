"""The exercises of chapter 06, a module for each topic."""
