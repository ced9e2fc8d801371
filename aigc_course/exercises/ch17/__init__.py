"""The exercises of chapter 17; each module is named after the function to write."""
