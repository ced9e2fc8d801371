"""A language model and the floors beside it, on one text."""

import math
from dataclasses import dataclass
from typing import Any

from aigc_course.attention import evaluate
from aigc_course.attention.tokens import Characters
from aigc_course.attention.transformer import Transformer
from aigc_course.classical.floors import floors


@dataclass(frozen=True)
class Judgement:
    """Bits per character of a text: of the model, and of the floors by name."""

    text: str
    characters: int
    bits: float
    floors: dict[str, float]
    context: int
    stride: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON: nats and bits per character."""
        return {
            "text": self.text,
            "characters": self.characters,
            **_both(self.bits),
            "floors": {name: _both(bits) for name, bits in self.floors.items()},
            "context": self.context,
            "stride": self.stride,
        }

    def __str__(self) -> str:
        rows = {"model": self.bits, **self.floors}
        lines = [f"{self.text}: bits per character of {self.characters:,} characters"]
        lines += [f"  {name:12}{bits:8.3f}" for name, bits in rows.items()]
        return "\n".join(lines)


def judge(
    model: Transformer, letters: Characters, train: str, judged: str, name: str = "text"
) -> Judgement:
    """Read a text once, in windows a quarter of the context apart.

    train: what the model has read; the floors may read it too. Raises CourseError for
    characters that the model does not know.
    """
    context = model.shape.context
    stride = max(1, context // 4)
    nats = evaluate.nats(model, letters.encode(judged), None, stride)
    return Judgement(
        name,
        len(judged),
        float(nats.mean()) / math.log(2),
        floors(train, judged, letters),
        context,
        stride,
    )


def _both(bits: float) -> dict[str, float]:
    """Rounded to what stays the same on another machine."""
    return {
        "nats_per_character": round(bits * math.log(2), 6),
        "bits_per_character": round(bits, 6),
    }
