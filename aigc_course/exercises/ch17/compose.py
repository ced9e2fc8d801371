"""Exercise on what several private answers reveal together."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.compose",
    order=50,
    title="What do all answers reveal together?",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="Ask what one person, of one class, is exposed to: all answers about"
    " everybody, and those about this class. Other classes' answers do not"
    " depend on this person.",
    formula="Each answer moves by mu = sensitivity / sigma. Independent answers are"
    " coordinates of one vector, whose length is the root of the sum of the mu^2. Take"
    " the class for which it is largest.",
    line="Write `total = {}`, then `for part, sensitivity, sigma in releases:\n        "
    "total[part] = total.get(part, 0.0) + (sensitivity / sigma) ** 2`, then `everyone ="
    " total.pop(None, 0.0)`, then `return math.sqrt(everyone + max(total.values(),"
    " default=0.0))`.",
    variation="Let a person belong to two classes, and find the worst case.",
)

Release = tuple[int | None, float, float]


@exercise.answer
def compose(releases: list[Release]) -> float:
    """The mu that all releases together have for one person.

    releases: (part, sensitivity, sigma) of each. part is None for a release that
    everyone is in, or the number of the class whose people alone are in it. Each person
    belongs to one class. All noise is normal and independent. Dong, Roth and Su 2022,
    corollary 3.3.
    """
    total: dict[int | None, float] = {}
    for part, sensitivity, sigma in releases:
        total[part] = total.get(part, 0.0) + (sensitivity / sigma) ** 2
    everyone = total.pop(None, 0.0)
    return math.sqrt(everyone + max(total.values(), default=0.0))


@exercise.inputs
def plans() -> list[list[Release]]:
    return [
        [(None, 1.0, 4.0), (None, 1.0, 3.0)],
        [(None, 1.0, 8.0), *((c, 1.7, 9.0) for c in range(10))],
        [(0, 1.0, 2.0), (1, 2.0, 2.0), (0, 1.5, 3.0), (1, 0.2, 1.0), (None, 1, 10)],
        [(3, 1.0, 5.0), (3, 1.0, 5.0), (3, 1.0, 5.0), (4, 1.0, 3.5)],
        [(None, 0.5, 2.0)],
        [(2, 3.0, 6.0), (None, 1.0, 5.0), (None, 2.0, 5.0)],
    ]


@exercise.must_hold
def one_release(f) -> bool:
    """A single release has mu = sensitivity / sigma."""
    return same(float(f([(None, 2.0, 8.0)])), 0.25)


@exercise.must_hold
def another_class_changes_nothing(f) -> bool:
    """A release about another class that reveals less changes nothing."""
    two = [(None, 1.0, 5.0), (1, 1.0, 4.0)]
    return same(float(f(two)), float(f([*two, (2, 1.0, 4.5)])))


def _sums(releases, power=2):
    total: dict[int | None, float] = {}
    for part, sensitivity, sigma in releases:
        total[part] = total.get(part, 0.0) + (sensitivity / sigma) ** power
    return total, total.pop(None, 0.0)


@exercise.mistake(hint="formula")
def lengths_added(releases):
    """You add the mu. Independent noise adds in squares, so the total is smaller: take
    the root of the sum of the squares."""
    total, everyone = _sums(releases, 1)
    return everyone + max(total.values(), default=0.0)


@exercise.mistake(hint="idea")
def classes_count_together(releases):
    """You add the releases of all classes. A person is in one class only, and the
    others' answers do not depend on this person."""
    return math.sqrt(sum((s / sigma) ** 2 for _, s, sigma in releases))


@exercise.mistake(hint="idea")
def everything_added(releases):
    """You add the mu of all releases. Independent noise adds in squares, and a person
    is in one class only."""
    return float(sum(s / sigma for _, s, sigma in releases))


@exercise.mistake(hint="idea")
def the_largest_alone(releases):
    """You take the release that reveals most. Whoever sees all of them learns more than
    from one."""
    return max(s / sigma for _, s, sigma in releases)


@exercise.mistake(hint="idea")
def largest_of_each_class(releases):
    """You count one release for each class. A class may have several, and its people
    are in all of them."""
    everyone = sum((s / g) ** 2 for part, s, g in releases if part is None)
    rest = [(s / g) ** 2 for part, s, g in releases if part is not None]
    return math.sqrt(everyone + max(rest, default=0.0))


@exercise.mistake(hint="formula")
def no_root(releases):
    """You return the square of mu: the root is missing."""
    total, everyone = _sums(releases)
    return everyone + max(total.values(), default=0.0)


@exercise.mistake(hint="formula")
def sensitivity_forgotten(releases):
    """You take 1 / sigma. The influence of one person is the sensitivity, which is not
    always 1."""
    total, everyone = _sums([(part, 1.0, sigma) for part, _, sigma in releases])
    return math.sqrt(everyone + max(total.values(), default=0.0))


@exercise.mistake(hint="formula")
def upside_down(releases):
    """You take sigma / sensitivity. More noise reveals less: mu = sensitivity /
    sigma."""
    total, everyone = _sums([(part, g, s) for part, s, g in releases])
    return math.sqrt(everyone + max(total.values(), default=0.0))


@exercise.mistake(hint="idea")
def everyone_forgotten(releases):
    """You count the classes only. A person is also in every release about everyone."""
    total, everyone = _sums(releases)
    return math.sqrt(max(total.values(), default=everyone))


@exercise.mistake(hint="idea")
def mean_over_the_classes(releases):
    """You average over the classes. The promise is made to every person, so the class
    that is exposed most decides."""
    total, everyone = _sums(releases)
    return math.sqrt(everyone + sum(total.values()) / max(1, len(total)))


@exercise.mistake(hint="formula")
def root_mean_square(releases):
    """You take the root of the mean square. Each further answer adds, so take the
    sum."""
    total, everyone = _sums(releases)
    return math.sqrt((everyone + max(total.values(), default=0.0)) / len(releases))


@exercise.mistake(hint="formula")
def class_zero_for_everyone(releases):
    """You take class 0 for a release about everyone: `not part` holds for 0 as well as
    for None. Write `part is None`."""
    total, everyone = _sums([(part or None, s, g) for part, s, g in releases])
    return math.sqrt(everyone + max(total.values(), default=0.0))


@exercise.mistake(hint="formula")
def two_lengths_added(releases):
    """You add the length of the part about everyone and that of the class. They are
    parts of one vector: add their squares, then take the root."""
    total, everyone = _sums(releases)
    return math.sqrt(everyone) + math.sqrt(max(total.values(), default=0.0))


@exercise.mistake(hint="formula")
def only_the_last_of_each_class(releases):
    """You keep one release under each class, and a later one replaces it. Add up what
    belongs to the same class."""
    last = {part: (s / g) ** 2 for part, s, g in releases}
    everyone = last.pop(None, 0.0)
    return math.sqrt(everyone + max(last.values(), default=0.0))
