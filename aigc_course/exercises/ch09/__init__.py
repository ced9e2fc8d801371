"""The exercises of chapter 09; each module is named after the function to write."""
