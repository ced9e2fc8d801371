"""A blind test of the reader's own ear: Bach or the network?

Answers are kept in one JSON file on this computer and are never sent anywhere.
"""

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aigc_course import files
from aigc_course.apps.music import synth
from aigc_course.apps.music.tokens import Onsets, Pitches
from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval

FILE = "runs/blind_music.json"
BACH, NETWORK = "b", "n"
TEMPO = 96

Score = tuple[Pitches, Onsets]


@dataclass(frozen=True)
class Quiz:
    """Scores in a random order, and what each is: a letter of `truth`, "b" or "n"."""

    scores: tuple[Score, ...]
    truth: str

    @property
    def digest(self) -> str:
        """What tells this quiz from another: the first 16 hex digits of SHA-256."""
        whole = b"".join(p.tobytes() + o.tobytes() for p, o in self.scores)
        return hashlib.sha256(whole).hexdigest()[:16]

    def sound(self, number: int) -> synth.Sound:
        """The sound of excerpt `number`, counted from 1."""
        if not 1 <= number <= len(self.scores):
            raise CourseError(
                f"The excerpts are 1 to {len(self.scores)}; there is no {number}."
            )
        return synth.play(*self.scores[number - 1], tempo=TEMPO)


@dataclass(frozen=True)
class BlindResult:
    """The reader's answers: how many, how many are right, and the 95 % interval."""

    answered: int
    right: int
    interval: tuple[float, float]

    def __str__(self) -> str:
        if not self.answered:
            return "There are no answers yet: give letters, b for Bach, n for network."
        low, high = self.interval
        could = "holds" if low <= 0.5 <= high else "does not hold"
        return (
            f"{self.right} of {self.answered} right (95 % interval {low:.0%} to"
            f" {high:.0%}). The interval {could} 50 %, which is guessing."
        )


def quiz(bach: Sequence[Score], network: Sequence[Score], seed: int = 0) -> Quiz:
    """Excerpts of both kinds, each place filled by the toss of a coin.

    As many places as the shorter list has; no count helps, since the coins are
    independent. Raises CourseError for an empty list.
    """
    n = min(len(bach), len(network))
    if not n:
        raise CourseError("A blind test needs excerpts of both kinds.")
    coins = np.random.default_rng(seed).random(n) < 0.5
    pairs = zip(bach, network, coins.tolist(), strict=False)
    scores = tuple(real if coin else made for real, made, coin in pairs)
    truth = "".join(BACH if coin else NETWORK for coin in coins)
    return Quiz(scores, truth)


def answer(asked: Quiz, letters: str, file: str | Path = FILE) -> BlindResult:
    """Answers such as "b n n b", kept in `file`; fewer than asked leave the rest open.

    No letter changes nothing and gives the result of the answers that are kept.
    Raises CourseError for other letters and for too many.
    """
    given = letters.lower().translate(_NOT_LETTERS)
    if set(given) - {BACH, NETWORK}:
        raise CourseError(
            f"Answers are letters b (Bach) and n (network); got {letters[:40]!r}."
        )
    if len(given) > len(asked.truth):
        raise CourseError(
            f"There are {len(asked.truth)} excerpts, and {len(given)} answers."
        )
    if not given:
        return result(asked, file)
    kept = {"what": "blind test of chapter 16", "digest": asked.digest}
    files.write_json(file, kept | {"answers": given})
    return result(asked, file)


def result(asked: Quiz, file: str | Path = FILE) -> BlindResult:
    """The answers in `file` against the truth; a missing file holds none.

    Raises CourseError when the file is damaged or belongs to other excerpts.
    """
    given = _given(asked, file)
    right = sum(a == t for a, t in zip(given, asked.truth, strict=False))
    return BlindResult(len(given), right, share_interval(right, len(given)))


def _given(asked: Quiz, file: str | Path) -> str:
    if not Path(file).exists():
        return ""
    kept: Any = files.read_json(file)
    try:
        answers, digest = str(kept["answers"]), kept["digest"]
    except (KeyError, TypeError) as error:
        raise CourseError(
            f"{file} cannot be read as a blind test's answers; move it away."
        ) from error
    if digest != asked.digest:
        raise CourseError(
            f"{file} holds answers to other excerpts; move it away or name another."
        )
    return answers


_NOT_LETTERS = str.maketrans("", "", string.whitespace + string.punctuation)
