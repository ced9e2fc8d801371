"""The exercises of chapter 01, a module for each topic; `ch01` puts them in order."""
