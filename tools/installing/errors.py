"""The one exception of the set-up."""


class Failed(Exception):
    """A task cannot go on; the message is a sentence for a person."""
