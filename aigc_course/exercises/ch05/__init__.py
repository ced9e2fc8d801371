"""The exercises of chapter 05; each module is named after the function to write."""
