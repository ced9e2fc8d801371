"""How much of a text is copied: its longest runs that stand in another text, too."""

from aigc_course import validate
from aigc_course.errors import CourseError


def longest_run(text: str, source: str) -> str:
    """The longest piece of `text` that stands letter for letter in `source`.

    The first of several equally long ones; "" where no character is common.

    >>> longest_run("to be or to bee", "not to be or not")
    'to be or '
    """
    best, length = "", 0
    for start in range(len(text)):
        # only what is longer than the best so far is looked for
        while text[start : start + length + 1] in source:
            if start + length + 1 > len(text):
                break
            length += 1
            best = text[start : start + length]
    return best


def longest_runs(text: str, source: str, size: int = 1_000) -> list[int]:
    """Length of the longest copied run in each full piece of `size` characters.

    Raises CourseError where the text is shorter than one piece.
    """
    validate.whole(size, "The size of a piece", 1)
    if len(text) < size:
        raise CourseError(
            f"A text of {len(text):,} characters has no piece of {size:,}: take more"
            " text, or a smaller size."
        )
    starts = range(0, len(text) - size + 1, size)
    return [len(longest_run(text[at : at + size], source)) for at in starts]
