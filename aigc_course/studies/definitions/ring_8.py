"""Eight narrow modes on a circle, and what the recommended recipe owes to its parts."""

from dataclasses import replace
from functools import partial
from typing import Any

from aigc_course import gan
from aigc_course.gan.toy_recipes import PLAIN, PLAIN_RING, RING, RING_STEPS
from aigc_course.studies.shared.toys import method, methods, toy_study
from aigc_course.studies.study import Method, Study

ALONE = "The recommended networks, trained as the plain ones are."


def study() -> Study:
    """Eight narrow modes on a circle."""
    return toy_study(
        "ring-8",
        "Which methods keep all eight modes of the ring, and how cleanly?",
        {
            **methods("ring", 3_000),
            "plain-tanh": method(PLAIN_RING, "ring", 3_000, ALONE),
            **_ablation(),
        },
        seconds=8,
    )


def _ablation() -> dict[str, Method]:
    """Between plain and recommended: longer alone, and each part left out."""
    leaky = partial(gan.PointGenerator, latent=2, depth=3)
    less = {
        "tanh": (replace(RING, generator=leaky), "leaky ReLUs in G in place of tanh"),
        "decay": (_with(RING, final_lr_factor=1.0), "the learning rate does not fall"),
        "r1": (_with(RING, regularisers=()), "no penalty on D's slope"),
        "ema": (_with(RING, ema=None), "the last weights of G, not their average"),
    }
    longer = {
        "plain-8000": (PLAIN, "The plain recipe for 8,000 steps."),
        "tanh-8000": (PLAIN_RING, f"{ALONE[:-1]}, for 8,000 steps."),
    }
    without = {
        f"recommended-no-{name}": (recipe, f"The recommended recipe, but {what}.")
        for name, (recipe, what) in less.items()
    }
    return {
        name: method(recipe, "ring", RING_STEPS, about)
        for name, (recipe, about) in {**longer, **without}.items()
    }


def _with(recipe: gan.Recipe, **settings: Any) -> gan.Recipe:
    return replace(recipe, settings={**recipe.settings, **settings})
