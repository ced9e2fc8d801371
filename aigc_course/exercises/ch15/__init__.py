"""The exercises of chapter 15; each module is named after the function to write."""
