"""The learning rates of G and D: where a small DCGAN trains, and where it does not."""

from aigc_course.studies.shared import digits
from aigc_course.studies.study import Method, Study

STEPS = 400
RATES = (2e-4, 1e-3, 5e-3, 2.5e-2, 0.125)


def study() -> Study:
    """Five learning rates of G times five of D, held to the end."""
    return Study(
        "lr-map",
        "At which learning rates of G and D does a small DCGAN draw digits?",
        methods={f"g{g:g}-d{d:g}": _method(g, d) for g in RATES for d in RATES},
        columns=digits.COLUMNS,
        failed=digits.lost,
        rule=digits.RULE,
        seconds=5,
        seeds=5,
        data="auto",
    )


def _method(g: float, d: float) -> Method:
    recipe = digits.small_dcgan(lr=(g, d), betas=(0.5, 0.99))
    place = {"learning rate of G": g, "learning rate of D": d}
    return digits.method(recipe, STEPS, place=place)
