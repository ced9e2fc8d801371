"""What each study tries, a module for each family of data."""
