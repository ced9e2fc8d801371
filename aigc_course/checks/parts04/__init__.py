"""The exercises of chapter 04, a module for each topic; `ch04` puts them in order."""
