"""A sentence such as "two boxes, long" as what a level shall be.

Understood are a number of boxes (1 to 3, or one, two, three), and how long a solution
is: very short, short, medium, long, very long, or a number of moves. Nothing is
guessed: a word that is not understood refuses the whole sentence.
"""

import re

from aigc_course.apps.levels.writer import Asked
from aigc_course.errors import CourseError

NUMBERS = {"one": 1, "a": 1, "an": 1, "two": 2, "three": 3}
LENGTHS = {"very short": 6, "short": 11, "medium": 17, "long": 25, "very long": 32}
PASSED_OVER = {"a", "and", "with", "level", "levels", "solution", "please", "make"}
UNDERSTOOD = (
    'one, two or three boxes, and short, medium, long, "very" long or a number of moves'
)


def parse(text: str) -> Asked:
    """What a request for a level asks for; two boxes and medium where nothing is said.

    Raises CourseError, which lists what is understood, for other words, for two numbers
    of boxes or two lengths, and for numbers out of range.

    >>> parse("two boxes, long")
    Asked(boxes=2, moves=25)
    >>> parse("3 boxes, 12 moves")
    Asked(boxes=3, moves=12)
    """
    rest = " ".join(re.findall(r"[a-z]+|\d+|[^\sa-z\d,.]", text.lower()))
    boxes, rest = _taken(rest, r"\b(\d+|[a-z]+) box(?:es)?\b")
    moves, rest = _taken(rest, r"\b(\d+) moves?\b")
    lengths, rest = _taken(rest, r"\b((?:very )?(?:short|long)|medium)\b")
    strange = [word for word in rest.split() if word not in PASSED_OVER]
    if strange or len(boxes) > 1 or len(moves) + len(lengths) > 1:
        why = (
            f"{strange[0]!r} is not understood" if strange else "it asks for two things"
        )
        raise CourseError(
            f"This request is refused, since {why}; ask for {UNDERSTOOD}."
        )
    asked = int(moves[0]) if moves else LENGTHS[lengths[0] if lengths else "medium"]
    return Asked(_number(boxes[0]) if boxes else 2, asked)


def _taken(text: str, pattern: str) -> tuple[list[str], str]:
    """What a pattern finds, and the text without it."""
    return re.findall(pattern, text), re.sub(pattern, " ", text)


def _number(word: str) -> int:
    if word.isdigit() and len(word) < 4:
        return int(word)
    if word not in NUMBERS:
        raise CourseError(f"{word!r} is no number of boxes; ask for {UNDERSTOOD}.")
    return NUMBERS[word]
