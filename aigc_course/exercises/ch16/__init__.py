"""The exercises of chapter 16; each module is named after the function to write."""
