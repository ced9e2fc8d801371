"""The exercises of chapter 10; each module is named after the function to write."""
