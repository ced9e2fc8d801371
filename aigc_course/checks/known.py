"""What is known about an exercise before anybody answers, worked out once."""

import functools
import time

from aigc_course.checks import guard
from aigc_course.checks.exercise import Exercise, Property
from aigc_course.checks.outcome import SEED, Call, Watched, outcome, varies

_KEPT = 4  # exercises: a reader tries one several times, then goes on to the next


class Known:
    """What the reference and the misconceptions of an exercise do.

    reference: its outcome. seconds: how long that took.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        start = time.perf_counter()
        self.reference = outcome(exercise, exercise.reference)
        self.seconds = time.perf_counter() - start
        self._mistakes: dict[int, list[Call]] = {}
        self._likes: dict[str, list[object]] = {}

    def mistake(self, number: int) -> list[Call]:
        """The outcome of a misconception, by its place in the exercise."""
        if number not in self._mistakes:
            wrong = self.exercise.misconceptions[number].wrong
            self._mistakes[number] = outcome(self.exercise, wrong, self.reference)
        return self._mistakes[number]

    def like(self, rule: Property) -> list[object]:
        """What the reference returns, call by call, while the property looks at it."""
        if rule.name not in self._likes:
            watched = Watched(self.exercise.reference)
            guard.fresh(SEED)
            rule.holds(watched)
            self._likes[rule.name] = watched.returned
        return self._likes[rule.name]

    @functools.cached_property
    def is_random(self) -> bool:
        """Whether the reference draws random numbers of its own."""
        return varies(self.exercise, self.exercise.reference, self.reference)


def known(exercise: Exercise) -> Known:
    """What is known about an exercise; kept for the last few that were asked for."""
    parts = (exercise.reference, exercise.probes, exercise.behave)
    key = (
        id(exercise),
        SEED,
        *parts,
        len(exercise.misconceptions),
        len(exercise.checks),
    )
    found = _known.pop(key, None) or Known(exercise)
    _known[key] = found  # the newest stands last
    while len(_known) > _KEPT:
        del _known[next(iter(_known))]
    return found


_known: dict[tuple[object, ...], Known] = {}
