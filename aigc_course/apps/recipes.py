"""Named recipes: tasks with the networks and settings that learn them well."""

from dataclasses import dataclass, field
from typing import Any

from aigc_course import training
from aigc_course.apps.captions.recipes import (
    MODELS as MODELS,  # what `aigc train` offers
)
from aigc_course.apps.networks import Restorer
from aigc_course.apps.paired import Paired
from aigc_course.apps.tasks import EdgesToImage, Inpainting, SuperResolution, Task
from aigc_course.errors import CourseError
from aigc_course.gan.networks import DCGANDiscriminator

WAYS = ("adversarial", "regression")


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """A task, the restorer's latents, and the settings of `Paired`.

    bf16: whether computing in bfloat16 has been seen to cost no quality.
    """

    task: Task
    noise: int
    settings: dict[str, Any] = field(default_factory=dict)
    batch_size: int = 64
    bf16: bool = True

    learner = Paired

    def network(self) -> Restorer:
        """A fresh restorer; its weights come from torch's global generator."""
        return Restorer(self.task.channels, noise=self.noise)

    def parts(self, settings: dict[str, Any]) -> tuple[Any, ...]:
        """A fresh restorer, the task, and a discriminator where one is wanted."""
        judge = None
        if settings.get("adversarial", 1.0):
            judge = DCGANDiscriminator(channels=self.task.channels + 1)
        return self.network(), self.task, judge


# the mean of all answers, which has the best PSNR
MEAN: dict[str, Any] = {"adversarial": 0.0, "pixel": 100.0, "power": 2, "lr": 2e-3}
# pixels only give the start; then D decides
SHARP: dict[str, Any] = {"pixel": 1.0, "join": 0.3, "lr": (1.5e-3, 1e-3)}

RECIPES = {
    ("inpaint", "adversarial"): Recipe(
        Inpainting(), 16, {"pixel": 10.0, "join": 0.4, "lr": (1.5e-3, 1e-3)}
    ),
    ("inpaint", "regression"): Recipe(Inpainting(), 0, MEAN),
    ("upscale-2", "adversarial"): Recipe(SuperResolution(2), 16, SHARP),
    ("upscale-2", "regression"): Recipe(SuperResolution(2), 0, MEAN),
    ("upscale-4", "adversarial"): Recipe(SuperResolution(4), 16, SHARP),
    ("upscale-4", "regression"): Recipe(SuperResolution(4), 0, MEAN),
    ("outlines", "adversarial"): Recipe(EdgesToImage(), 16, {"pixel": 10.0}),
    ("outlines", "regression"): Recipe(EdgesToImage(), 0, MEAN),
}


def recipe(name: str, way: str = "adversarial") -> Recipe:
    """The recipe of a task in a way ("adversarial", "regression").

    Raises CourseError for an unknown pair, listing the known ones.
    """
    if (name, way) not in RECIPES:
        known = ", ".join(dict.fromkeys(task for task, _ in RECIPES))
        raise CourseError(
            f"There is no recipe {name} {way}; tasks are {known}, ways"
            f" {', '.join(WAYS)}."
        )
    return RECIPES[name, way]
