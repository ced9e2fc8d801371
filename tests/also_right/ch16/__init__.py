"""Other right answers to the exercises of chapter 16."""
