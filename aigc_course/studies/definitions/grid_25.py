"""Twenty-five modes on a square lattice."""

from aigc_course.gan.toy_recipes import GRID, GRID_STEPS
from aigc_course.studies.shared.toys import methods, toy_study
from aigc_course.studies.study import Study

ON_THE_GRID = ("r1", "r3gan", "pacgan-2", "minibatch-std")


def study() -> Study:
    """Twenty-five modes on a square lattice."""
    return toy_study(
        "grid-25",
        "Which methods keep all 25 modes of the grid, and how cleanly?",
        methods("grid", 10_000, ON_THE_GRID, GRID, GRID_STEPS),
        seconds=40,
    )
