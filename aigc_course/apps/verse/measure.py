"""What can be counted in quatrains: tones, rhyme, and how much is copied."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from aigc_course.apps.verse import forms
from aigc_course.attention.memorised import longest_run
from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval

Poem = Sequence[str]


@dataclass(frozen=True)
class Report:
    """Shares of quatrains, and how much they copy.

    n: poems. alternate: of their lines, those whose tones alternate. regular: of the
    poems, those with a regular pattern. rhyme: those whose lines 2 and 4 rhyme.
    interval: 95 % interval of `rhyme`. copied: median and longest run of characters
    that also stands in the source. repeated: share of poems that hold some character
    twice.
    """

    n: int
    alternate: float
    regular: float
    rhyme: float
    interval: tuple[float, float]
    copied: tuple[float, int]
    repeated: float


def report(poems: Sequence[Poem], source: Sequence[Poem]) -> Report:
    """The figures of some poems; source: those that copies are looked for in.

    Raises CourseError without poems.
    """
    if not poems:
        raise CourseError("A report needs at least one poem.")
    verdicts = [forms.judge(tuple(poem)) for poem in poems]
    runs = copied(poems, source)
    rhymes = sum(v.rhyme for v in verdicts)
    return Report(
        len(poems),
        mean(mean(v.alternate) for v in verdicts),
        mean(v.regular for v in verdicts),
        rhymes / len(poems),
        share_interval(rhymes, len(poems)),
        (median(runs), max(runs)),
        mean(len(set("".join(poem))) < len("".join(poem)) for poem in poems),
    )


def copied(poems: Sequence[Poem], source: Sequence[Poem]) -> list[int]:
    """Of each poem, the longest run of characters that a line of the source has."""
    whole = "\n".join(line for poem in source for line in poem)
    return [max(len(longest_run(line, whole)) for line in poem) for poem in poems]


def shuffled(poems: Sequence[Poem], seed: int = 0) -> list[tuple[str, ...]]:
    """The same characters in a random order within each poem: a floor."""
    chance, found = random.Random(seed), []
    for poem in poems:
        characters = list("".join(poem))
        chance.shuffle(characters)
        size = len(poem[0])
        whole = "".join(characters)
        found.append(tuple(whole[i : i + size] for i in range(0, len(whole), size)))
    return found


def keeps(poem: Poem, acrostic: str) -> bool:
    """Whether the lines begin with the characters of the acrostic."""
    return "".join(line[0] for line in poem) == acrostic
