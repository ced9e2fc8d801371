"""The exercises of chapter 00; each module is named after the function to write."""
