"""The exercises of chapter 07; each module is named after the function to write."""
