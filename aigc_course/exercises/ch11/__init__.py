"""The exercises of chapter 11; each module is named after the function to write."""
