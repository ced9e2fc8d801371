"""The exercises of chapter 99."""
