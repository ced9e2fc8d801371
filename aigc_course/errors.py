"""The one exception of the course: its message is a sentence for a person."""


class CourseError(Exception):
    """Something a reader can put right. The message says what was wrong and what to do.

    The command line prints the message alone and exits with code 2; in a notebook the
    message is the last line of the traceback.
    """
