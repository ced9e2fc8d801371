"""Exercise on reading a wish."""

import re

from aigc_course.checks.exercise import Exercise

count_and_digit = Exercise(
    "10.read_request",
    title="Two sixes, not six twos",
    difficulty=2,
    minutes=10,
    idea="Where two numbers stand in a request, the last one says what to draw, and the"
    " one before it how many.",
    formula="words -> numbers (a plural s removed where the word is unknown); digit ="
    " the last, count = the first of two, or 1.",
    line="Collect `found = [n for word in text.lower().split() if (n := numbers.get("
    "word, numbers.get(word.removesuffix('s')))) is not None]` and return `(found[0] if"
    " len(found) > 1 else 1, found[-1])`.",
    variation="Let it refuse what it does not understand, with a sentence that lists"
    " what it does.",
)

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NUMBERS = {word: n for n, word in enumerate(NAMES)} | {str(n): n for n in range(10)}


@count_and_digit.answer
def read_request(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """(count, digit) of a request such as "three thick sevens"; one if no count.

    numbers: what each number word means, singular. Other words are passed over.
    """
    words = text.lower().split()
    known = (numbers.get(word, numbers.get(word.removesuffix("s"))) for word in words)
    found = [n for n in known if n is not None]
    return (found[0] if len(found) > 1 else 1), found[-1]


@count_and_digit.also_right
def from_the_end(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    found = []
    for word in reversed(re.findall(r"\w+", text.lower())):
        if word not in numbers and word.endswith("s"):
            word = word[:-1]
        if word in numbers:
            found.append(numbers[word])
    return (*found[1:2], 1)[0], found[0]


@count_and_digit.also_right
def with_a_larger_dictionary(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    both = {**{word + "s": n for word, n in numbers.items()}, **numbers}
    found = [both[word] for word in text.lower().split() if word in both]
    return [1, *found][len(found) - 1], found[-1]


@count_and_digit.inputs
def requests() -> list[tuple[str, dict[str, int]]]:
    texts = ("three thick sevens", "a 7", "Two sixes leaning left", "nine thin 3s")
    numbers = {**NUMBERS, "sixe": 6}  # "sixes" without its s
    return [(text, dict(numbers)) for text in (*texts, "five", "6 ones", "one six")]


@count_and_digit.must_hold
def order_matters(f) -> bool:
    """ "two threes" and "three twos" differ."""
    wanted = (2, 3), (3, 2)
    return tuple(
        tuple(f(text, dict(NUMBERS))) for text in ("two threes", "three twos")
    ) == (wanted)


@count_and_digit.must_hold
def adjectives_do_not_count(f) -> bool:
    """Words that are no numbers change nothing."""
    texts = "four eights", "four very thick eights leaning right"
    first, second = (tuple(f(text, dict(NUMBERS))) for text in texts)
    return first == second == (4, 8)


@count_and_digit.mistake(hint="idea")
def the_first_is_the_digit(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You take the first number for the digit and the second for the count. In English
    the count comes first."""
    count, digit = read_request(text, numbers)
    alone = sum(_known(word, numbers) for word in text.lower().split()) == 1
    return (count, digit) if alone else (digit, count)


@count_and_digit.mistake(hint="formula")
def plurals_unknown(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """ "sevens" is no word of your dictionary, so the digit goes missing and the count
    takes its place. Remove a plural s where the word is not known with it."""
    found = [numbers[word] for word in text.lower().split() if word in numbers]
    return (found[0] if len(found) > 1 else 1), ([0, *found])[-1]


@count_and_digit.mistake(hint="idea")
def always_one(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """You find the digit and pass over the count: the first of two numbers says how
    many."""
    return 1, read_request(text, numbers)[1]


@count_and_digit.mistake(hint="formula")
def none_for_a(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """Where no count is given you draw none. "a seven" asks for one."""
    count, digit = read_request(text, numbers)
    alone = sum(_known(word, numbers) for word in text.lower().split()) == 1
    return (0 if alone else count), digit


@count_and_digit.mistake(hint="idea")
def a_lone_number_is_the_count(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    """A number that stands alone is what to draw, not how many: "five" is one 5."""
    count, digit = read_request(text, numbers)
    alone = sum(_known(word, numbers) for word in text.lower().split()) == 1
    return (digit, 0) if alone else (count, digit)


def _known(word: str, numbers: dict[str, int]) -> bool:
    return word in numbers or word.removesuffix("s") in numbers
