"""The exercises of chapter 02, one module for each topic."""
