"""Recipes of conditional GANs, one for each way of judging the condition."""

from typing import Any

from aigc_course.errors import CourseError
from aigc_course.gan.conditional import DISCRIMINATORS, ConditionalGenerator
from aigc_course.gan.conditional_learner import ConditionalGAN
from aigc_course.gan.recipes import FAST, Recipe

# Without it the projection GAN draws nearly one image for each class.
VARIED = {**FAST, "variety": 3.0}


def conditional_recipe(
    kind: str = "projection", attributes: int = 0, **changes: Any
) -> Recipe:
    """A recipe for digits with labels: a key of `DISCRIMINATORS`, "fast" settings.

    They contain the loss for variety (`variety_loss`); variety=0.0 leaves it out.

    attributes: numbers given beside each label. changes: to the learner's settings.
    Raises CourseError for an unknown kind.
    """
    if kind not in DISCRIMINATORS:
        known = ", ".join(DISCRIMINATORS)
        raise CourseError(f"There is no conditioning {kind!r}; choose from {known}.")
    return Recipe(
        lambda: ConditionalGenerator(attributes=attributes),
        lambda: DISCRIMINATORS[kind](attributes=attributes),
        64,
        {**VARIED, **changes},
        bf16=True,
        learner=ConditionalGAN,
    )


CONDITIONAL_RECIPES = {("cgan", "fast"): conditional_recipe()}
