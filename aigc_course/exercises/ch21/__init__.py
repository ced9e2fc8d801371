"""The exercises of chapter 21; each module is named after the function to write."""
