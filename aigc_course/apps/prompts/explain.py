"""Is the reason that a model gives the reason that it has?"""

from collections.abc import Sequence

import torch
from torch import Tensor

from aigc_course.apps.prompts.ask import Speaker, answers, next_logits
from aigc_course.apps.prompts.prompt import Prompt
from aigc_course.apps.prompts.tasks import Item, Task

QUESTION = "\nDeciding word:"


def plain_words(text: str) -> list[str]:
    """The words of a text in lower case, without signs."""
    return [word.strip(".,;:!?").lower() for word in text.split()]


def without(text: str) -> list[str]:
    """The text with each of its words left out, one after another."""
    words = text.split()
    return [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]


def occluded(
    speaker: Speaker, prompt: Prompt, item: Item, labels: Sequence[str]
) -> Tensor:
    """How much log p of the chosen label falls without each word, [words]."""
    scores = answers(speaker, prompt, [item.text, *without(item.text)], labels).scores
    chosen = scores[0].argmax()
    return scores[0, chosen] - scores[1:, chosen]


def named(speaker: Speaker, task: Task, items: Sequence[Item], item: Item) -> Tensor:
    """How likely the model finds each word of the text as its reason, [words].

    The model is shown `items` with label and deciding word, and then asked. Scores are
    log-probabilities of the words' first tokens; answers are words of the text only.
    """
    prompt = _asking(task, items)
    suffix = f"{prompt.suffix(item.text)} {item.label}{QUESTION}"
    logits = next_logits(speaker, prompt.prefix(), [suffix])[0].log_softmax(dim=0)
    first = [
        int(speaker.encode(speaker.lead + word)[0]) for word in plain_words(item.text)
    ]
    return logits[torch.tensor(first)]


def _asking(task: Task, items: Sequence[Item]) -> Prompt:
    """Demonstrations whose answer is the label and then the deciding word."""
    pairs = tuple(
        (item.text, f"{item.label}{QUESTION} {item.decides}") for item in items
    )
    return Prompt(task.noun, task.ask, demonstrations=pairs)
