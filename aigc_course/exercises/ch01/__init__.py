"""The exercises of chapter 01; each module is named after the function to write."""
