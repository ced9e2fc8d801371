"""The exercises of chapter 08; each module is named after the function to write."""
