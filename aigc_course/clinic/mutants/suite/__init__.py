"""The reference suite: properties of the course's own functions, family by family."""
