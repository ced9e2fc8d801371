"""The exercises of chapter 20; each module is named after the function to write."""
