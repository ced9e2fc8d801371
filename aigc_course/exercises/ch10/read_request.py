"""Exercise on reading a request."""

import re
from collections.abc import Callable

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.read_request",
    order=90,
    title="Two sixes, not six twos",
    difficulty=2,
    minutes=10,
    idea="Where two numbers stand in a request, the last one says what to draw, and the"
    " one before it how many.",
    formula="words -> numbers (singular, or with s or es behind); digit = the last,"
    " count = the first of two, or 1.",
    line="With `forms = {word + end: n for word, n in numbers.items() for end in"
    " ('', 's', 'es')}` collect `found = [forms[word] for word in text.lower().split()"
    " if word in forms]` and `return (found[0] if len(found) > 1 else 1), found[-1]`.",
    variation="Let it refuse what it does not understand, with a sentence that lists"
    " what it does.",
    asks="method",
)


NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


NUMBERS = {word: n for n, word in enumerate(NAMES)} | {str(n): n for n in range(10)}


@exercise.answer
def read_request(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """(count, digit) of a request such as "three thick sevens"; one if no count.

    numbers: what each number word means, singular; a plural has s or es behind. Other
    words are passed over.
    """
    ends = ("", "s", "es")  # six, sevens, sixes
    forms = {word + end: n for word, n in numbers.items() for end in ends}
    found = [forms[word] for word in text.lower().split() if word in forms]
    return (found[0] if len(found) > 1 else 1), found[-1]


@exercise.inputs
def requests() -> list[tuple[str, dict[str, int]]]:
    texts = ["three thick sevens", "a 7", "Two ones leaning left", "nine thin 3s"]
    texts += ["five", "6 ones", "one six", "two thick sixes", "Two twos"]
    texts += ["3 weighty threes", "a lonely 4"]  # with "eight" and "one" inside
    return [(text, dict(NUMBERS)) for text in texts]


@exercise.must_hold
def order_matters(f) -> bool:
    """ "two threes" and "three twos" differ."""
    return [pair(f, text) for text in ("two threes", "three twos")] == [(2, 3), (3, 2)]


@exercise.must_hold
def adjectives_do_not_count(f) -> bool:
    """Words that are no numbers change nothing."""
    texts = "four eights", "four very thick eights leaning right"
    first, second = (pair(f, text) for text in texts)
    return first == second == (4, 8)


@exercise.must_hold
def whole_words(f) -> bool:
    """A number word inside another word does not count: "a weighty 4" is one 4."""
    return [pair(f, text) for text in ("a weighty 4", "two lonely 9s")] == [
        (1, 4),
        (2, 9),
    ]


def pair(f: Callable, text: str) -> tuple[int, int]:
    """Count and digit as whole numbers, whatever holds them."""
    count, digit = f(text, dict(NUMBERS))
    return int(count), int(digit)


@exercise.mistake(hint="idea")
def the_first_is_the_digit(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You take the first number for the digit and the second for the count. In English
    the count comes first."""
    count, digit = read_request(text, numbers)
    return (count, digit) if _alone(text, numbers) else (digit, count)


@exercise.mistake(hint="formula")
def plurals_unknown(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """ "sevens" is not in `numbers`, so the digit goes missing and the count takes its
    place. Look also for each word with s and with es behind it."""
    found = [numbers[word] for word in text.lower().split() if word in numbers]
    return (found[0] if len(found) > 1 else 1), ([0, *found])[-1]


@exercise.mistake(hint="formula")
def plurals_in_es_unknown(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You remove s alone, which makes "sixe" of "sixes", so "two thick sixes" becomes a
    2. Some plurals have es behind: look for both."""
    words = text.lower().split()
    known = (numbers.get(word, numbers.get(word.removesuffix("s"))) for word in words)
    found = [n for n in known if n is not None]
    return (found[0] if len(found) > 1 else 1), found[-1]


@exercise.mistake(hint="formula")
def each_number_once(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You keep each number once, so "two twos" has one number left and becomes a single
    2. Keep a list of all numbers in their order."""
    known = (_value(word, numbers) for word in text.lower().split())
    found = list(dict.fromkeys(n for n in known if n is not None))
    return (found[0] if len(found) > 1 else 1), found[-1]


@exercise.mistake(hint="formula")
def parts_of_words(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You search the text for number words, and "weighty" contains "eight". Split the
    text into words first and compare whole words."""
    places = {text.lower().find(word): n for word, n in numbers.items()}
    found = [places[at] for at in sorted(places) if at >= 0]
    return (found[0] if len(found) > 1 else 1), found[-1]


@exercise.mistake(hint="line")
def capitals_kept(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You do not find "Two", since `numbers` has small letters only. Begin with
    `text.lower()`."""
    known = (_value(word, numbers) for word in text.split())
    found = [n for n in known if n is not None]
    return (found[0] if len(found) > 1 else 1), found[-1]


@exercise.mistake(hint="line")
def digit_before_count(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You return (digit, count). The order that is asked for is (count, digit)."""
    count, digit = read_request(text, numbers)
    return digit, count


@exercise.mistake(hint="idea")
def figures_alone(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You find numbers in figures only. `numbers` also says what the words "three" and
    "seven" mean: look every word up there."""
    found = [int(n) for n in re.findall(r"\d+", text)]
    return (found[0] if len(found) > 1 else 1), ([0, *found])[-1]


@exercise.mistake(hint="idea")
def always_one(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You find the digit and pass over the count: the first of two numbers says how
    many."""
    return 1, read_request(text, numbers)[1]


@exercise.mistake(hint="formula")
def none_for_a(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """Where no count is given you draw none. "a seven" asks for one."""
    count, digit = read_request(text, numbers)
    return (0 if _alone(text, numbers) else count), digit


@exercise.mistake(hint="idea")
def a_lone_number_is_the_count(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """A number that stands alone is what to draw, not how many: "five" is one 5."""
    count, digit = read_request(text, numbers)
    return (digit, 0) if _alone(text, numbers) else (count, digit)


def _value(word: str, numbers: dict[str, int]) -> int | None:
    forms = (word, word.removesuffix("s"), word.removesuffix("es"))
    return next((numbers[form] for form in forms if form in numbers), None)


def _alone(text: str, numbers: dict[str, int]) -> bool:
    known = (_value(word, numbers) for word in text.lower().split())
    return sum(n is not None for n in known) == 1
