"""The exercises of chapter 08, a module for each topic; `ch08` puts them in order."""
