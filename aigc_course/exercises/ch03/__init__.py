"""The exercises of chapter 03; each module is named after the function to write."""
