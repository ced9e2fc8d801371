"""A prompt as an object: what it says is a setting that can be varied."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aigc_course.apps.prompts.tasks import Item, Task

CLOSING = "</text>"


@dataclass(frozen=True)
class Prompt:
    """What stands before the text and between the text and the answer.

    instruction, context: sentences at the top; "" leaves them out. demonstrations:
    pairs (text, label). noun, ask: names of the text and of the answer. delimited: the
    text stands between <text> and </text>.
    """

    noun: str = "Review"
    ask: str = "Sentiment"
    instruction: str = ""
    context: str = ""
    demonstrations: tuple[tuple[str, str], ...] = ()
    delimited: bool = False

    @classmethod
    def of(cls, task: Task, items: Sequence[Item] = (), **settings: object) -> "Prompt":
        """For a task, with demonstrations; `settings` replace fields."""
        shown = tuple((item.text, item.label) for item in items)
        prompt = cls(task.noun, task.ask, demonstrations=shown)
        return replace(prompt, **settings)  # type: ignore[arg-type]

    def prefix(self) -> str:
        """The part that all texts share. Its keys and values are computed once."""
        top = " ".join(part for part in (self.instruction, self.context) if part)
        shown = "".join(
            f"{self.noun}:{self.suffix(text)} {label}\n\n"
            for text, label in self.demonstrations
        )
        return f"{top}\n\n{shown}{self.noun}:" if top else f"{shown}{self.noun}:"

    def suffix(self, text: str) -> str:
        """The part with the text; the model goes on with the answer."""
        inside = f" <text> {text} {CLOSING}" if self.delimited else f" {text}"
        return f"{inside}\n{self.ask}:"

    def shown(self, text: str) -> str:
        """The whole prompt for a text."""
        return self.prefix() + self.suffix(text)

    def relabelled(self, labels: dict[str, str]) -> "Prompt":
        """With other labels on the demonstrations: old label to new one."""
        pairs = tuple((text, labels[label]) for text, label in self.demonstrations)
        return replace(self, demonstrations=pairs)

    def reordered(self, order: Sequence[int]) -> "Prompt":
        """With the demonstrations in another order."""
        pairs = tuple(self.demonstrations[i] for i in order)
        return replace(self, demonstrations=pairs)


def turned(labels: Sequence[str]) -> dict[str, str]:
    """Each label to the next one: for two labels, both are flipped.

    >>> turned(["yes", "no"])
    {'yes': 'no', 'no': 'yes'}
    """
    return {label: labels[(i + 1) % len(labels)] for i, label in enumerate(labels)}


@dataclass(frozen=True)
class LinePrompt(Prompt):
    """The form that the course's small instruction model knows: text=answer.

    The first line is the instruction, or empty; each demonstration is a line.
    """

    def prefix(self) -> str:
        """The instruction and the demonstrations, a line each."""
        shown = "".join(f"{text}={label}\n" for text, label in self.demonstrations)
        return f"{self.instruction}\n{shown}"

    def suffix(self, text: str) -> str:
        """The text and an equals sign."""
        return f"{text}="
