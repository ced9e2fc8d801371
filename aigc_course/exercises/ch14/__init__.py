"""The exercises of chapter 14; each module is named after the function to write."""
