"""A sentence such as "three thick sevens leaning left" as numbers.

The grammar, in which words in brackets may be missing:

    request  = [please] [draw | show | give] [me] [count] {quality} digit {quality}
    count    = a | an | 1 .. 100 | one .. twenty | some | several | a few | a dozen
    digit    = 0 .. 9 | zero .. nine | nought | nil, with or without a plural s or es
    quality  = [degree] (thickness | slant)
    degree   = very | slightly | rather | quite | a bit
    thickness = thick | bold | fat | heavy | thin | fine | light | slim
    slant    = upright | straight | vertical | slanted | italic
             | lean [degree] [to the] (left | right), left-leaning, right-leaning
    lean     = leaning | slanting | tilted | sloping

Commas, "and", "but", "with", "that", "are", "in", "strokes" and "lines" are passed
over. One kind of digit at a time; nothing is guessed: a word that is not understood
refuses the whole request.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from aigc_course.errors import CourseError

DIGITS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
)
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
NUMBERS = {
    **{w: n for n, w in enumerate((*DIGITS, *TEENS.split(), "nineteen", "twenty"))},
    **{"dozen": 12, "nought": 0, "nil": 0},
}
SOME, MOST = 5, 100  # "some sevens"; and how many at once

# quantiles of the MNIST training digits: 2, 10, 25, 75, 90 and 98 %, in pixels
THICKNESS = {"thin": (2.1, 1.9, 1.7), "thick": (2.8, 3.3, 4.2)}
SLANT = {"left": (-0.12, -0.25, -0.45), "right": (0.3, 0.45, 0.65)}  # x per y
MILD, PLAIN, STRONG = 0, 1, 2  # places in the triples above

SYNONYMS = {
    **dict.fromkeys(("thick", "bold", "fat", "heavy"), "thick"),
    **dict.fromkeys(("thin", "fine", "light", "slim"), "thin"),
    **dict.fromkeys(("upright", "straight", "vertical"), "upright"),
    **dict.fromkeys(("slanted", "italic"), "right"),
    **dict.fromkeys(("left", "right"), None),
}
LEANING = ("leaning", "slanting", "tilted", "sloping", "lean", "slant", "tilt", "slope")
DEGREES = {"very": STRONG, **dict.fromkeys(("slightly", "rather", "quite"), MILD)}
PASSED_OVER = {"and", "but", "with", "that", "are", "is", "in", "strokes", "stroke"}
PASSED_OVER |= {"lines", "line", "to", "the", "please", "draw", "show", "give", "me"}

UNDERSTOOD = (
    "a number up to 100, one digit (7, seven, sevens), thick or thin, upright or"
    " leaning left or right, each with very or slightly"
)


@dataclass(frozen=True)
class Request:
    """What was asked for. None: as it comes.

    count: images, 1 to 100. digit: 0 to 9. thickness: of strokes, in pixels. slant:
    pixels to the right for each pixel up, as `control.measure` measures both.
    """

    count: int
    digit: int
    thickness: float | None = None
    slant: float | None = None


def parse(text: str) -> Request:
    """Understand a request for digits; the module's docstring gives the grammar.

    Raises CourseError, which lists what is understood, for a word outside the grammar,
    no digit or two kinds of them, a number out of range, and qualities that contradict
    each other.

    >>> parse("three thick sevens leaning left")
    Request(count=3, digit=7, thickness=3.3, slant=-0.25)
    >>> parse("a 4")
    Request(count=1, digit=4, thickness=None, slant=None)
    """
    words = _words(text)
    numbers = _numbers(text, words)
    where, digit = numbers[-1]
    if digit > 9:
        _refuse(text, f"{digit} is no digit from 0 to 9")
    plural = _is_plural(words[where])
    count = _count(text, words[:where], [n for _, n in numbers[:-1]], plural)
    taken = {i for i, _ in numbers}
    rest = [word for i, word in enumerate(words) if i not in taken]
    return Request(count, digit, **_qualities(text, rest))


def _numbers(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Place and value of the digit, and before it of the count if there is one."""
    found = [(i, n) for i, n in enumerate(map(_number, words)) if n is not None]
    if not found:
        _refuse(text, "it names no digit")
    if len(found) == 1:
        return found
    first, last = found[0][0], found[-1][0]
    listed = _is_plural(words[first]) or words[last - 1] == "and"
    if len(found) > 2 or listed or not {*words[:first]} <= PASSED_OVER:
        _refuse(text, "it names more than one digit")
    return found


def _words(text: str) -> list[str]:
    """Lower-case words; "left-leaning" becomes "leaning left", "7's" becomes "7s"."""
    text = text.lower().replace("'", "").replace("’", "")
    text = re.sub(r"\b(left|right)[- ](leaning|slanting|sloping)\b", r"\2 \1", text)
    text = re.sub(r"\ba (few|dozen|bit)\b", r"\1", text).replace("bit", "slightly")
    return re.findall(r"[a-z]+|\d+[a-z]*|[^\s,.;\w]", text)


def _number(word: str) -> int | None:
    """The number a word stands for, singular or plural; None for other words."""
    if re.fullmatch(r"\d{1,3}s?", word):
        return int(word.rstrip("s"))
    forms = (word, word.removesuffix("s"), word.removesuffix("es"))  # sevens, sixes
    return next((NUMBERS[form] for form in forms if form in NUMBERS), None)


def _is_plural(word: str) -> bool:
    return word.endswith("s") and _number(word) is not None


def _count(text: str, before: list[str], counts: list[int], plural: bool) -> int:
    some = {"some", "several", "few"} & {*before}
    single = {"a", "an"} & {*before}
    if len(counts) + len(some) + len(single) > 1:
        _refuse(text, "it gives more than one number of images")
    if not counts:
        return SOME if some or (plural and not single) else 1
    if not 1 <= counts[0] <= MOST:
        _refuse(text, f"{counts[0]} is no number of images from 1 to {MOST}")
    return counts[0]


def _qualities(text: str, words: list[str]) -> dict[str, float]:
    """Thickness and slant from the words that are left, degrees applied."""
    found: dict[str, float] = {}
    degree, leaning = PLAIN, False
    for word in words:
        if word in DEGREES:
            degree = DEGREES[word]
        elif word in LEANING:
            leaning = True
        elif word in SYNONYMS:
            name, value = _quality(text, SYNONYMS[word] or word, degree, leaning)
            if found.get(name, value) != value:
                _refuse(text, f"it asks for two kinds of {name}")
            found[name] = value
            degree, leaning = PLAIN, False
        elif word not in PASSED_OVER | {"a", "an", "some", "several", "few"}:
            _refuse(text, f"the word {word!r} is not understood")
    if leaning or degree != PLAIN:
        _refuse(text, "a quality is missing at its end")
    return found


def _quality(text: str, word: str, degree: int, leaning: bool) -> tuple[str, float]:
    if word == "upright":
        return "slant", 0.0
    if word in THICKNESS:
        if leaning:
            _refuse(text, "it does not say to which side they lean")
        return "thickness", THICKNESS[word][degree]
    return "slant", SLANT[word][degree]


def _refuse(text: str, why: str) -> NoReturn:
    raise CourseError(f"{text!r} is not understood: {why}. Understood: {UNDERSTOOD}.")
