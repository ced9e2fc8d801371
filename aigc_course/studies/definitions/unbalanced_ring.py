"""The ring, each mode half as frequent as the one before it."""

from aigc_course.studies.shared.toys import methods, toy_study
from aigc_course.studies.study import Study

UNEVEN = ("r1", "r1+r2", "r3gan", "wgan-gp", "pacgan-2", "minibatch-std")


def study() -> Study:
    """The ring, each mode half as frequent as the one before it."""
    return toy_study(
        "unbalanced-ring",
        "Who keeps the rare modes when each of eight is half as frequent as the last?",
        methods("unbalanced ring", 3_000, UNEVEN),
        seconds=8,
    )
