"""The exercises of chapter 06; each module is named after the function to write."""
