"""A small language of instructions: copy, reverse, sort, count, add, judge a review.

A prompt is lines of characters. The first line is the instruction, or empty. Then come
demonstrations, and at last what is given, with an open answer:

    reverse
    abc=cba
    hello=

The answer ends with the line.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.data.sequences.lexicon import Lexicon
from aigc_course.errors import CourseError

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MARK, STOP = "=", "\n"  # before an answer, and behind it

GOOD: tuple[str, ...] = (
    "good",
    "great",
    "lovely",
    "tasty",
    "bright",
    "kind",
    "funny",
    "clever",
)
GOOD += ("perfect", "superb", "sweet", "charming", "splendid", "pleasant")
BAD: tuple[str, ...] = (
    "bad",
    "awful",
    "dull",
    "bland",
    "stale",
    "broken",
    "rude",
    "boring",
)
BAD += ("stupid", "terrible", "poor", "bitter", "ugly", "horrible")
THINGS = ("soup", "film", "book", "hotel", "room", "song", "play", "cake")
TEMPLATES = (
    "the {thing} was {word}",
    "a {word} {thing}",
    "i found the {thing} {word}",
    "what a {word} {thing}!",
    "we had a {word} {thing}",
)


@dataclass(frozen=True)
class Item:
    """One exercise: the task's name, what is given, and the answer."""

    task: str
    given: str
    answer: str


def prompt(
    instruction: str, given: str, demonstrations: Sequence[tuple[str, str]] = ()
) -> str:
    r"""The characters that a model reads before it answers.

    demonstrations: pairs of what was given and what the answer was.

    >>> prompt("reverse", "hello", [("abc", "cba")])
    'reverse\nabc=cba\nhello='
    """
    shown = "".join(f"{one}{MARK}{answer}{STOP}" for one, answer in demonstrations)
    return f"{instruction}\n{shown}{given}{MARK}"


def _word(chance: random.Random, low: int = 3, high: int = 5) -> str:
    """Random letters that are not by chance a word of the lexicon."""
    while True:
        count = chance.randint(low, high)
        word = "".join(chance.choice(LETTERS) for _ in range(count))
        if word not in LEXICON.index:
            return word


def _copy(chance: random.Random) -> tuple[str, str]:
    word = _word(chance)
    return word, word


def _reverse(chance: random.Random) -> tuple[str, str]:
    word = _word(chance)
    return word, word[::-1]


def _sort(chance: random.Random) -> tuple[str, str]:
    word = _word(chance)
    return word, "".join(sorted(word))


def _count(chance: random.Random) -> tuple[str, str]:
    word = _word(chance, 1, 9)
    return word, str(len(word))


def _add(chance: random.Random) -> tuple[str, str]:
    a, b = chance.randint(10, 99), chance.randint(1, 9)
    return f"{a}+{b}", str(a + b)


def _first(chance: random.Random) -> tuple[str, str]:
    word = _word(chance)
    return word, word[0]


def _last(chance: random.Random) -> tuple[str, str]:
    word = _word(chance)
    return word, word[-1]


def _order(chance: random.Random) -> tuple[str, str]:
    word = "".join(chance.sample(LETTERS, 4))
    rising = "".join(sorted(word))
    return word, rising if chance.random() < 0.5 else rising[::-1]


def _review(chance: random.Random) -> tuple[str, str]:
    positive = chance.random() < 0.5
    word = chance.choice(GOOD if positive else BAD)
    text = chance.choice(TEMPLATES).format(thing=chance.choice(THINGS), word=word)
    return text, "positive" if positive else "negative"


MAKERS: dict[str, Callable[[random.Random], tuple[str, str]]] = {
    "copy": _copy,
    "reverse": _reverse,
    "sort": _sort,
    "count": _count,
    "add": _add,
    "first letter": _first,
    "last letter": _last,
    "positive or negative": _review,
    "order": _order,
}
LEXICON = Lexicon(
    sorted({word for text in MAKERS for word in text.split()})
    + sorted({*GOOD, *BAD, *THINGS, "the", "was", "what", "we", "had", "found"})
)
FIVE = ("copy", "reverse", "sort", "count", "add")


def is_held_back(given: str) -> bool:
    """Whether an item is for testing alone: one in ten, by its characters.

    Words of one or two letters are never held back: there are too few of them.
    """
    number = sum(ord(c) * (n + 1) for n, c in enumerate(given))
    return len(given) > 2 and number % 10 == 7


def draw(chance: random.Random, task: str, unseen: bool = False) -> Item:
    """An item of the task; of those that no training has, if `unseen`.

    Raises CourseError for a task that is not there.
    """
    if task not in MAKERS:
        raise CourseError(f"The tasks are {', '.join(MAKERS)}; there is no {task!r}.")
    while True:
        given, answer = MAKERS[task](chance)
        if is_held_back(given) == unseen:
            return Item(task, given, answer)


def review(chance: random.Random, unseen: bool = False) -> tuple[str, str]:
    """A short review and its label, "positive" or "negative"."""
    made = draw(chance, "positive or negative", unseen)
    return made.given, made.answer


def items(
    n: int, task: str, generator: torch.Generator, *, unseen: bool = True
) -> list[Item]:
    """n items of a task, for a test."""
    chance = _chance(generator)
    return [draw(chance, task, unseen) for _ in range(n)]


def instructions(
    n: int,
    generator: torch.Generator,
    *,
    tasks: Sequence[str] = FIVE,
    most_shots: int = 0,
    bare: float = 0.0,
    words: Lexicon | None = None,
) -> tuple[Tensor, Tensor]:
    """Prompts with answers, [n, T + 1], and which predictions count, bool [n, T].

    The tokens of answers count, with the end of their line. What is given and the
    instruction do not: nobody has to predict them.

    most_shots: demonstrations, from none to this many, as many in each of the n.
    bare: share of prompts without an instruction, where there are demonstrations. There
    the first answer does not count, since nothing says yet what is asked. words: None
    takes LEXICON.
    """
    chance = _chance(generator)
    shots = chance.randint(0, most_shots)
    rows = []
    for _ in range(n):
        task = chance.choice(tasks)
        is_bare = bool(shots) and chance.random() < bare
        lines = [draw(chance, task) for _ in range(shots + 1)]
        rows.append(_written("" if is_bare else task, lines, is_bare))
    return padded(rows, words)


def padded(
    rows: Sequence[Sequence[tuple[str, bool]]], words: Lexicon | None = None
) -> tuple[Tensor, Tensor]:
    """Rows of pieces (text, whether it counts) as tokens [n, T + 1], counts [n, T]."""
    words = words or LEXICON
    parts = [[(words.encode(text), mark) for text, mark in row] for row in rows]
    longest = max(sum(len(piece) for piece, _ in row) for row in parts)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    counts = torch.zeros(len(rows), longest, dtype=torch.bool)
    for n, row in enumerate(parts):
        whole = torch.cat([piece for piece, _ in row])
        tokens[n, : len(whole)] = whole
        marks = [torch.full((len(piece),), mark) for piece, mark in row]
        counts[n, : len(whole)] = torch.cat(marks)
    return tokens, counts[:, 1:]


def additions(
    n: int,
    generator: torch.Generator,
    *,
    digits: int = 4,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """Sums such as 0345+0071=00416, as [n, T + 1], and what counts, bool [n, T].

    reverse: the digits of the sum from the last one on, 61400, as one adds by hand.
    Raises CourseError for digits outside 1 to 9.
    """
    if not 1 <= digits <= 9:
        raise CourseError(f"Numbers have 1 to 9 digits, not {digits}.")
    pair = torch.randint(10**digits, (n, 2), generator=generator)
    parts = [_digits(pair[:, 0], digits), _digits(pair[:, 1], digits)]
    total = _digits(pair.sum(dim=1), digits + 1)
    parts.append(total.flip(1) if reverse else total)
    plus, equals = (torch.full((n, 1), LEXICON.index[c]) for c in ("+", MARK))
    tokens = torch.cat([parts[0], plus, parts[1], equals, parts[2]], dim=1)
    counts = torch.zeros_like(tokens[:, 1:], dtype=torch.bool)
    counts[:, -digits - 1 :] = True
    return tokens, counts


def _digits(numbers: Tensor, count: int) -> Tensor:
    """The tokens of the digits, the highest first, [N, count]."""
    powers = 10 ** torch.arange(count - 1, -1, -1)
    return numbers[:, None] // powers % 10 + LEXICON.index["0"]


def _written(
    instruction: str, lines: list[Item], skip_first: bool
) -> list[tuple[str, bool]]:
    """A prompt with all its answers, in pieces that count or do not."""
    pieces = [(instruction + "\n", False)]
    for n, item in enumerate(lines):
        pieces.append((item.given + MARK, False))
        pieces.append((item.answer + STOP, not (skip_first and n == 0)))
    return pieces


def _chance(generator: torch.Generator) -> random.Random:
    return random.Random(int(torch.randint(2**62, (1,), generator=generator)))


def order_pairs(
    n: int,
    generator: torch.Generator,
    *,
    liked: float = 0.9,
    words: Lexicon | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pairs of answers to "order", the liked one first: tokens and counts of each.

    One of the two rises from a to z, the other falls. liked: how often the rising one
    is the better liked. Raises CourseError for a share outside 0 to 1.
    """
    if not 0 <= liked <= 1:
        raise CourseError(f"A share lies in 0 to 1, not {liked}.")
    chance = _chance(generator)
    better, worse = [], []
    for _ in range(n):
        given = draw(chance, "order").given
        answers = ["".join(sorted(given)), "".join(sorted(given, reverse=True))]
        if chance.random() >= liked:
            answers.reverse()
        asked = (prompt("order", given), False)
        better.append([asked, (answers[0] + STOP, True)])
        worse.append([asked, (answers[1] + STOP, True)])
    tokens, counts = padded(better + worse, words)
    return tokens[:n], counts[:n], tokens[n:], counts[n:]
