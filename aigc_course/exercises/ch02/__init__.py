"""The exercises of chapter 02; each module is named after the function to write."""
