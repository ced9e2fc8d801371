"""The exercises of chapter 19; each module is named after the function to write."""
