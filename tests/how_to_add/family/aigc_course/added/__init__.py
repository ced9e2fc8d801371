"""A family as small as can be: each pixel is a normal variable of its own."""
