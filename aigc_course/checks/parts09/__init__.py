"""The exercises of chapter 09, a module for each topic; `ch09` puts them in order."""
