"""The exercises of chapter 14, a module for each topic; `ch14` puts them in order."""
