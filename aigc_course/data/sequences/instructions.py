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

from aigc_course.data.sequences.numerals import Vocabulary
from aigc_course.errors import CourseError

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MARK, STOP = "=", "\n"  # before an answer, and behind it
VOCABULARY = Vocabulary("·<>" + "\n " + LETTERS + "0123456789" + ".,?!'-+=:")
PAD = 0  # token of the padding

GOOD = (
    "good great lovely tasty warm fresh bright kind funny clever perfect superb sweet"
    " charming splendid pleasant"
).split()
BAD = (
    "bad awful dull bland cold stale broken rude boring stupid terrible poor bitter"
    " ugly horrible dreadful"
).split()
THINGS = (
    "soup film book hotel room song play cake meal story show actor view tea bread game"
).split()
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


def _word(chance: random.Random) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(3, 5)))


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
    word = "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 9)))
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
) -> tuple[Tensor, Tensor]:
    """Prompts with answers, [n, T + 1], and which predictions count, bool [n, T].

    The tokens of answers count, with the end of their line. What is given and the
    instruction do not: nobody has to predict them.

    most_shots: demonstrations, from none to this many, as many in each of the n.
    bare: share of prompts without an instruction, where there are demonstrations. There
    the first answer does not count, since nothing says yet what is asked.
    """
    chance = _chance(generator)
    shots = chance.randint(0, most_shots)
    texts, marks = [], []
    for _ in range(n):
        task = chance.choice(tasks)
        is_bare = bool(shots) and chance.random() < bare
        lines = [draw(chance, task) for _ in range(shots + 1)]
        text, mark = _written("" if is_bare else task, lines, is_bare)
        texts.append(text)
        marks.append(mark)
    tokens = VOCABULARY.encode(texts)
    counts = torch.zeros(tokens.shape, dtype=torch.bool)
    for row, mark in enumerate(marks):
        counts[row, : len(mark)] = torch.tensor(mark)
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
    plus, equals = (torch.full((n, 1), VOCABULARY.index[c]) for c in ("+", MARK))
    tokens = torch.cat([parts[0], plus, parts[1], equals, parts[2]], dim=1)
    counts = torch.zeros_like(tokens[:, 1:], dtype=torch.bool)
    counts[:, -digits - 1 :] = True
    return tokens, counts


def _digits(numbers: Tensor, count: int) -> Tensor:
    """The tokens of the digits, the highest first, [N, count]."""
    powers = 10 ** torch.arange(count - 1, -1, -1)
    return numbers[:, None] // powers % 10 + VOCABULARY.index["0"]


def _written(
    instruction: str, lines: list[Item], skip_first: bool
) -> tuple[str, list[bool]]:
    """A prompt with all its answers, and for each character whether it counts."""
    text, mark = instruction + "\n", [False] * (len(instruction) + 1)
    for n, item in enumerate(lines):
        asked, answer = item.given + MARK, item.answer + STOP
        text += asked + answer
        mark += [False] * len(asked) + [not (skip_first and n == 0)] * len(answer)
    return text, mark


def _chance(generator: torch.Generator) -> random.Random:
    return random.Random(int(torch.randint(2**62, (1,), generator=generator)))
