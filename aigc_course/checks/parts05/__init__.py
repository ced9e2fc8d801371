"""The exercises of chapter 05, a module for each topic; `ch05` puts them in order."""
