"""The exercises of chapter 12; each module is named after the function to write."""
