"""A small grammar for captions: which sentences there are, and what they mean.

    caption  = thing [relation thing]
    thing    = [a | an | the] {quality} digit
    digit    = 0 .. 9 | zero .. nine
    quality  = thin | fine | thick | bold | upright | straight | slanted | italic
    relation = [to the] (left | right) of | above | over | below | under

A thing has at most one thickness and one slant. "a thin slanted 3 left of a 7" is a
caption. A word outside the grammar refuses the whole caption; nothing is guessed.
"""

import random
import re
from dataclasses import dataclass
from typing import NoReturn

import torch
from torch import Tensor

from aigc_course.control.prompt import DIGITS
from aigc_course.errors import CourseError

THICKNESS = {"thin": "thin", "fine": "thin", "thick": "thick", "bold": "thick"}
SLANT = {
    "upright": "upright",
    "straight": "upright",
    "slanted": "slanted",
    "italic": "slanted",
}
RELATIONS = ("left of", "right of", "above", "below")
SAID = {  # how each relation can be said; the first is the plain way
    "left of": ("left of", "to the left of"),
    "right of": ("right of", "to the right of"),
    "above": ("above", "over"),
    "below": ("below", "under"),
}
ARTICLES = ("a", "an", "the")
NUMERALS = {**{str(n): n for n in range(10)}, **{w: n for n, w in enumerate(DIGITS)}}
PAD, UNTOLD = 0, 1  # an empty place, and the word of a picture without a caption
WORDS = (
    *("<pad>", "<untold>", *NUMERALS, *THICKNESS, *SLANT),
    *("left", "right", "of", "above", "over", "below", "under"),
)
PASSED_OVER = (*ARTICLES, "to")  # understood, and not given to the networks
NUMBER = {word: number for number, word in enumerate(WORDS)}
KNOWN = (*WORDS[2:], *PASSED_OVER)
LONGEST = 8  # words of a caption that are given to the networks
MOST = 200  # characters that a caption may have
UNDERSTOOD = 'one such as "a thin slanted 3 left of a 7"'


@dataclass(frozen=True)
class Thing:
    """A digit 0 to 9, and what is said of it.

    thickness: "thin", "thick" or None. slant: "upright", "slanted" or None.
    """

    digit: int
    thickness: str | None = None
    slant: str | None = None


@dataclass(frozen=True)
class Scene:
    """One thing, or two with one of RELATIONS: the first is `relation` the second."""

    first: Thing
    relation: str | None = None
    second: Thing | None = None

    @property
    def things(self) -> tuple[Thing, ...]:
        """One thing or two, in the order of the caption."""
        return (self.first,) if self.second is None else (self.first, self.second)


def parse(text: str) -> Scene:
    """What a caption means; the module's docstring gives the grammar.

    Raises CourseError for a word outside the grammar, and for words in an order that
    is no caption.

    >>> parse("a thin slanted 3 left of a 7")
    Scene(first=Thing(digit=3, thickness='thin', slant='slanted'), relation='left of', \
second=Thing(digit=7, thickness=None, slant=None))
    """
    words = split(text)
    first, rest = _thing(text, words)
    if not rest:
        return Scene(first)
    relation, rest = _relation(text, rest)
    second, rest = _thing(text, rest)
    if rest:
        _refuse(text, f"it should end before {rest[0]!r}")
    return Scene(first, relation, second)


def split(text: str) -> list[str]:
    """The words of a caption, in lower case; CourseError for one that is unknown."""
    if not isinstance(text, str):
        raise CourseError(f"A caption is a text, not a {type(text).__name__}.")
    if len(text) > MOST:
        raise CourseError(
            f"A caption has at most {MOST} characters; this one has {len(text):,}."
        )
    words = re.findall(r"\w+|[^\s\w]", text.lower().rstrip(". \t\n"))
    for word in words:
        if word not in KNOWN:
            _refuse(text, f"the word {word!r} is none of {', '.join(KNOWN)}")
    if not words:
        _refuse(text, "it is empty")
    return words


def tokens(captions: list[str]) -> Tensor:
    """Numbers of the words, int64 [N, LONGEST], filled up with PAD.

    Articles and "to" have no number, for they say nothing.

    Raises CourseError for what is no caption of the grammar.
    """
    rows = torch.full((len(captions), LONGEST), PAD)
    for row, caption in zip(rows, captions, strict=True):
        parse(caption)
        said = [word for word in split(caption) if word in NUMBER]
        numbers = torch.tensor([NUMBER[word] for word in said])
        row[: len(numbers)] = numbers
    return rows


def untold(n: int) -> Tensor:
    """The tokens of n pictures of which nothing is said: [n, LONGEST]."""
    rows = torch.full((n, LONGEST), PAD)
    rows[:, 0] = UNTOLD
    return rows


def plain(scene: Scene) -> str:
    """The shortest caption of a scene.

    >>> plain(Scene(Thing(3, "thin"), "above", Thing(8)))
    'a thin 3 above an 8'
    """
    parts = [_name(thing) for thing in scene.things]
    return f" {scene.relation} ".join(parts)


def write(scene: Scene, chance: random.Random) -> list[int]:
    """A caption of a scene in one of its many forms, as numbers of words.

    Digits appear as numerals or words, qualities as one of two synonyms and in both
    orders, and "above" and "below" have a synonym each.
    """
    words: list[str] = []
    for place, thing in enumerate(scene.things):
        if place:
            assert scene.relation is not None
            words += chance.choice(SAID[scene.relation]).split()[-2:]
        words += _said(thing, chance)
    return [NUMBER[word] for word in words]


def _said(thing: Thing, chance: random.Random) -> list[str]:
    qualities = []
    for asked, known in ((thing.thickness, THICKNESS), (thing.slant, SLANT)):
        if asked:
            qualities.append(chance.choice([w for w, m in known.items() if m == asked]))
    if len(qualities) == 2 and chance.random() < 0.5:
        qualities.reverse()
    name = chance.choice((str(thing.digit), DIGITS[thing.digit]))
    return [*qualities, name]


def _name(thing: Thing) -> str:
    qualities = [word for word in (thing.thickness, thing.slant) if word]
    words = [*qualities, str(thing.digit)]
    return " ".join([_article(words[0]), *words])


def _article(word: str) -> str:
    return "an" if word in ("8", "eight", "upright", "italic") else "a"


def _thing(text: str, words: list[str]) -> tuple[Thing, list[str]]:
    """The thing at the beginning of the words, and the words after it."""
    rest = words[1:] if words and words[0] in ARTICLES else words
    found: dict[str, str] = {}
    while rest and rest[0] in THICKNESS | SLANT:
        kind = "thickness" if rest[0] in THICKNESS else "slant"
        if kind in found:
            _refuse(text, f"it gives one digit two kinds of {kind}")
        found[kind] = (THICKNESS | SLANT)[rest[0]]
        rest = rest[1:]
    if not rest or rest[0] not in NUMERALS:
        _refuse(text, "a digit is missing")
    return Thing(NUMERALS[rest[0]], **found), rest[1:]


def _relation(text: str, words: list[str]) -> tuple[str, list[str]]:
    """The relation at the beginning of the words, and the words after it."""
    for relation, ways in SAID.items():
        for way in ways:
            said = way.split()
            if words[: len(said)] == said:
                return relation, words[len(said) :]
    _refuse(text, f"no relation begins with {words[0]!r} here")


def _refuse(text: str, why: str) -> NoReturn:
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    raise CourseError(
        f"The caption {shown!r} is not understood, for {why}: write {UNDERSTOOD}."
    )
