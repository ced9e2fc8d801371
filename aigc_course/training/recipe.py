"""A recipe: the networks and settings with which a learner is known to train well."""

from typing import Any

import torch

from aigc_course.training.device import bf16_pays


class Recipe:
    """How to build a learner, and the batch size that suits it.

    Each family has a dataclass of this kind, which adds how its networks are made.

    settings: of the learner. bf16: whether computing in bfloat16 has been seen to cost
    no quality. labels: whether it learns from pairs (images, labels), and can be asked
    for a label. temperature: whether its `sample` takes one. text: whether it learns
    from text, and not from images. flow: whether its `sample` takes a number of steps
    and a guidance. captions: whether its `sample` takes texts that say what to draw.
    part: what the weights that are sampled from are called in a run folder.
    """

    batch_size: int
    settings: dict[str, Any]
    bf16: bool
    learner: type[Any]
    labels: bool = False
    temperature: bool = False
    text: bool = False
    flow: bool = False
    captions: bool = False
    part: str = "networks"

    def parts(self, settings: dict[str, Any]) -> tuple[Any, ...]:
        """Fresh networks, as the learner takes them before its settings."""
        raise NotImplementedError

    def build(self, device: torch.device | str = "cpu", **changes: Any) -> Any:
        """A fresh learner, with `changes` to the settings if there are any.

        Its weights come from torch's global random generator.
        """
        bf16 = self.bf16 and bf16_pays(torch.device(device))
        settings = {"bf16": bf16, **self.settings, **changes}
        return self.learner(*self.parts(settings), **settings, device=device)

    @property
    def weights_file(self) -> str:
        """The file of a run folder that holds what is sampled from."""
        return f"{self.part}.safetensors"
