"""What the definitions share."""

from typing import Any

from aigc_course import gan
from aigc_course.studies.config import describe


def recipe_config(recipe: gan.Recipe, **more: Any) -> dict[str, Any]:
    """All that a recipe sets, defaults among it, for a record; `more` stands beside."""
    learner = describe(recipe.learner)
    ((name, defaults),) = learner.items()
    return {
        "generator": describe(recipe.generator),
        "discriminator": describe(recipe.discriminator),
        "batch_size": recipe.batch_size,
        "learner": name,
        "settings": {**defaults, **describe(recipe.settings)},
        **describe(more),
    }
