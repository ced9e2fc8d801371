"""The exercises of chapter 18; each module is named after the function to write."""
