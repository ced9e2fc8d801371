"""The exercises of chapter 10, a module for each topic; `ch10` puts them in order."""
