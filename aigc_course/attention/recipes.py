"""Named recipes of language models."""

from dataclasses import dataclass, field, replace
from typing import Any

from aigc_course import training
from aigc_course.attention.learner import NextToken
from aigc_course.attention.tokens import Characters
from aigc_course.attention.transformer import Shape, Transformer
from aigc_course.data.sequences.text import text


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """The shape of a Transformer, its batch size and the settings of its learner.

    shape: of the network, without its vocabulary. data: the text that it learns from
    where none is given. vocabulary: None takes the characters of that text.
    """

    shape: dict[str, Any]
    batch_size: int
    data: str
    settings: dict[str, Any] = field(default_factory=dict)
    bf16: bool = False
    learner: type[NextToken] = NextToken
    vocabulary: Characters | None = None

    text = True
    temperature = True

    @property
    def context(self) -> int:
        """How many characters the network is trained on at once."""
        return int(self.shape["context"])

    def reading(self, vocabulary: Characters) -> "Recipe":
        """The same for texts of other characters."""
        return replace(self, vocabulary=vocabulary)

    def parts(self, settings: dict[str, Any]) -> tuple[Any, ...]:
        """A fresh network."""
        letters = self.vocabulary or Characters(text(self.data).symbols)
        return (Transformer(Shape(letters.size, **self.shape)),)


MODERN: dict[str, Any] = {"feed_forward": "relu2", "normed": True, "zero_start": True}
# Muon for the hidden matrices: see the study tiny-lm-ladder
FAST: dict[str, Any] = {
    "lr": 3e-3,
    "betas": (0.9, 0.95),
    "lr_warmup": 320,
    "muon": 0.02,
    "max_grad_norm": None,
    "decay_start": 0.5,
}

RECIPES = {
    ("tiny-lm", "fast"): Recipe(
        {"context": 128, "width": 128, "layers": 4, "heads": 4, **MODERN},
        16,
        "shakespeare",
        FAST,
        bf16=True,
    ),
    # nanoGPT's settings for a CPU (Karpathy 2022)
    ("tiny-lm", "reference"): Recipe(
        {"context": 64, "width": 128, "layers": 4, "heads": 4}
        | {"positions": "learned", "norm": "layer"},
        12,
        "shakespeare",
        {"lr_warmup": 1_200, "final_lr_factor": 0.1, "decay_start": 0.05},
    ),
    # poems are short and characters many: one matrix reads and writes them
    ("verse-lm", "fast"): Recipe(
        {"context": 66, "width": 128, "layers": 4, "heads": 4, "tied": True}
        | {"dropout": 0.1, **MODERN, "zero_start": False},
        32,
        "verse",
        FAST,
        bf16=True,
    ),
}
MODELS = RECIPES
