"""The exercises of chapter 13; each module is named after the function to write."""
