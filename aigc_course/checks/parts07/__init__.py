"""The exercises of chapter 07, a module for each topic; `ch07` puts them in order."""
