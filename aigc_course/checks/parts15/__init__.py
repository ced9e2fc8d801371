"""The exercises of chapter 15, a module for each topic; `ch15` puts them in order."""
