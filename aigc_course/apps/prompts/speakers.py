"""The models that a prompt can be tried on: the real one, or the small one."""

import random

import torch

from aigc_course.apps.prompts.ask import Speaker
from aigc_course.apps.prompts.tasks import Item
from aigc_course.attention import smollm2
from aigc_course.data.sequences import instructions


def real(memory: str = "float32") -> Speaker:
    """SmolLM2. Raises CourseError where it is absent."""
    return of_chat(smollm2.load(memory))


def of_chat(chat: smollm2.Chat) -> Speaker:
    """A chat model as one that goes on with plain text."""
    words = chat.vocabulary
    return Speaker(chat.model, words.encode, words.decode, "SmolLM2-135M-Instruct")


def small() -> Speaker:
    """The instruction model that comes with the course; it knows `LinePrompt`."""
    from aigc_course.attention import instruct

    model, words = instruct.shipped()
    return Speaker(
        model,
        words.encode,
        lambda tokens: words.decode(torch.as_tensor(tokens)),
        "the course's small instruction model",
        lead="",
    )


def reviews(n: int, seed: int = 0) -> list[Item]:
    """n reviews in the words of the small model that it was not trained on."""
    chance = random.Random(seed)
    made = [instructions.review(chance, unseen=True) for _ in range(n)]
    return [Item(text, label, "") for text, label in made]
