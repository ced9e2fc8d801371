"""The exercises of chapter 03, a module for each topic; `ch03` puts them in order."""
