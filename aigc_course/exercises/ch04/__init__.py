"""The exercises of chapter 04; each module is named after the function to write."""
