"""Exercise on choosing among generators by their figures."""

from aigc_course.checks.exercise import Exercise

Figures = dict[str, float]

exercise = Exercise(
    "16.which_generator",
    order=94,
    title="Which generator do you ship?",
    difficulty=2,
    minutes=10,
    asks="decide",
    idea="First leave out what must not be shipped, and then compare the rest. A small"
    " distance to real shapes is not always good: copies have the smallest.",
    formula="Keep those with near >= 0.5 and legs >= 0.95. If none is left, answer"
    " 'none'. Of the rest take the one whose accuracy is nearest to 0.5.",
    line="Write `kept = {k: v for k, v in figures.items() if v['near'] >= 0.5 and"
    " v['legs'] >= 0.95}` and `return min(kept, key=lambda k: abs(kept[k]['accuracy'] -"
    " 0.5), default='none')`.",
    variation="Give each accuracy an interval from the number of shapes, and name all"
    " generators that cannot be told from the best.",
)


@exercise.answer
def which_generator(figures: dict[str, Figures]) -> str:
    """The name of the generator of chairs to ship; "none" where none may be shipped.

    figures: of each generator "accuracy" (1-NNA), "coverage", "mmd", "near" (the median
    distance to the nearest training shape, divided by the same for new real shapes) and
    "legs" (the share of its chairs with four legs). No copies are shipped: near is at
    least 0.5. At least 95 % of the chairs have four legs. Among these the set of shapes
    is to be as hard as possible to tell from real ones.
    """
    kept = {
        name: row
        for name, row in figures.items()
        if row["near"] >= 0.5 and row["legs"] >= 0.95
    }
    return min(kept, key=lambda name: abs(kept[name]["accuracy"] - 0.5), default="none")


def row(
    accuracy: float, coverage: float, mmd: float, near: float, legs: float
) -> Figures:
    """The figures of one generator."""
    named = ("accuracy", "coverage", "mmd", "near", "legs")
    return dict(zip(named, (accuracy, coverage, mmd, near, legs), strict=True))


COPIER = row(0.50, 0.60, 0.0110, 0.02, 1.0)
GOOD = row(0.57, 0.55, 0.0132, 1.02, 0.97)
BELOW = row(0.41, 0.57, 0.0125, 0.71, 0.96)
SMOOTH = row(0.74, 0.47, 0.0146, 1.26, 0.75)
WIDE = row(0.62, 0.61, 0.0128, 1.08, 0.96)
NEAREST_TO_HALF = row(0.51, 0.56, 0.0130, 1.0, 0.91)


@exercise.inputs
def tables() -> list[tuple[dict[str, Figures]]]:
    return [
        ({"flow": GOOD, "copies": COPIER, "normal": SMOOTH},),
        ({"a": BELOW, "b": GOOD, "c": WIDE},),
        ({"b": GOOD, "a": BELOW},),
        ({"one": NEAREST_TO_HALF, "two": GOOD, "three": WIDE},),
        ({"copies": COPIER, "normal": SMOOTH},),
        ({"lines": row(0.3, 0.4, 0.012, 0.2, 1.0), "wide": WIDE},),
        ({"x": row(0.53, 0.5, 0.014, 0.5, 0.95), "y": GOOD},),
        ({"x": row(0.95, 0.02, 0.09, 4.0, 1.0), "y": WIDE, "z": COPIER},),
        ({"p": row(0.44, 0.49, 0.015, 1.1, 0.99), "q": row(0.59, 0.7, 0.01, 1, 0.98)},),
        ({"p": row(0.44, 0.49, 0.015, 0.49, 0.99), "q": GOOD},),
        ({},),
    ]


@exercise.must_hold
def copies_are_never_shipped(f) -> bool:
    """A generator that copies its training shapes is not shipped, whatever else."""
    return f({"copies": COPIER}) == "none" and f({"c": COPIER, "w": WIDE}) == "w"


@exercise.must_hold
def the_order_does_not_matter(f) -> bool:
    """The answer does not depend on the order of the rows."""
    there = {"a": WIDE, "b": GOOD, "c": SMOOTH, "d": BELOW}
    back = dict(reversed(there.items()))
    return f(there) == f(back) == "b"


def _may(figures: dict[str, Figures]) -> dict[str, Figures]:
    return {k: v for k, v in figures.items() if v["near"] >= 0.5 and v["legs"] >= 0.95}


def _off(row: Figures) -> float:
    return abs(row["accuracy"] - 0.5)


@exercise.mistake()
def copies_allowed(figures):
    """You ship a generator that copies. Its 1-NNA is near one half because training
    shapes are real shapes: look at `near`."""
    kept = {k: v for k, v in figures.items() if v["legs"] >= 0.95}
    return min(kept, key=lambda k: _off(kept[k]), default="none")


@exercise.mistake()
def legs_not_asked(figures):
    """You ship a generator with too few chairs on four legs. The distances between sets
    of points do not notice a missing leg: look at `legs`."""
    kept = {k: v for k, v in figures.items() if v["near"] >= 0.5}
    return min(kept, key=lambda k: _off(kept[k]), default="none")


@exercise.mistake()
def lowest_accuracy(figures):
    """You take the lowest 1-NNA. Below one half it means that generated shapes lie too
    near to real ones; the value to aim at is one half."""
    kept = _may(figures)
    return min(kept, key=lambda k: kept[k]["accuracy"], default="none")


@exercise.mistake()
def highest_accuracy(figures):
    """You take the highest 1-NNA. It is the accuracy of somebody who tells the sets
    apart: 1 is the worst value."""
    kept = _may(figures)
    return max(kept, key=lambda k: kept[k]["accuracy"], default="none")


@exercise.mistake()
def lowest_mmd(figures):
    """You decide by the MMD. It looks at the nearest generated shape only, so it does
    not see bad shapes between good ones."""
    kept = _may(figures)
    return min(kept, key=lambda k: kept[k]["mmd"], default="none")


@exercise.mistake()
def highest_coverage(figures):
    """You decide by coverage. It counts which real shapes are the nearest ones, however
    far away they are."""
    kept = _may(figures)
    return max(kept, key=lambda k: kept[k]["coverage"], default="none")


@exercise.mistake(hint="formula")
def best_of_all_in_need(figures):
    """Where no generator may be shipped, you ship one all the same. The answer is then
    `"none"`."""
    kept = _may(figures) or figures
    return min(kept, key=lambda k: _off(kept[k]), default="none")


@exercise.mistake(hint="formula")
def far_from_training(figures):
    """You take the shapes that are farthest from the training shapes. Far away is not
    new but wrong: 1 is what new real shapes have."""
    kept = _may(figures)
    return max(kept, key=lambda k: kept[k]["near"], default="none")


@exercise.mistake(hint="formula")
def above_half_only(figures):
    """You leave out accuracies below one half. Copies are found by `near`; a little
    below one half is as good as a little above."""
    kept = {k: v for k, v in _may(figures).items() if v["accuracy"] >= 0.5}
    return min(kept, key=lambda k: _off(kept[k]), default="none")


@exercise.mistake(hint="formula")
def strictly_more(figures):
    """You leave out a generator that just meets a bound. "At least" includes the bound:
    use `>=`."""
    kept = {k: v for k, v in figures.items() if v["near"] > 0.5 and v["legs"] > 0.95}
    return min(kept, key=lambda k: _off(kept[k]), default="none")


@exercise.mistake(hint="formula")
def none_without_quotes(figures):
    """Where no generator may be shipped you return `None`. The answer is then the text
    `"none"`."""
    name = which_generator(figures)
    return None if name == "none" else name


@exercise.mistake(hint="formula")
def one_bound_is_enough(figures):
    """You keep a generator that meets one of the two bounds. It has to meet both: no
    copies, and enough legs."""
    kept = {k: v for k, v in figures.items() if v["near"] >= 0.5 or v["legs"] >= 0.95}
    return min(kept, key=lambda k: _off(kept[k]), default="none")


@exercise.mistake(hint="formula")
def as_far_as_new_shapes(figures):
    """You take the generator whose `near` is closest to 1. That column only leaves out
    copies; how hard the set is to tell from real ones is the accuracy."""
    kept = _may(figures)
    return min(kept, key=lambda k: abs(kept[k]["near"] - 1), default="none")
