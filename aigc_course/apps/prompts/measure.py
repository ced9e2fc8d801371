"""The measurements behind the verdicts on prompting, one part at a time.

Every part is kept once it is measured, so that a run may stop at any moment. Counts of
right answers are kept item by item: intervals are computed when they are read.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from aigc_course.apps.prompts.ask import Answers, Speaker, answers
from aigc_course.apps.prompts.attack import ATTACKS, guarded, injected
from aigc_course.apps.prompts.explain import named, occluded, plain_words
from aigc_course.apps.prompts.judge import EMPTY, calibrated, indices
from aigc_course.apps.prompts.prompt import Prompt, turned
from aigc_course.apps.prompts.tasks import TASKS, Task
from aigc_course.files import read_json, write_json

DRAWS = 5  # of demonstrations
SHOWN = 4  # demonstrations in a prompt
ITEMS = 200
DEVELOPMENT = 40  # items of the seen templates, for the feedback loop
EXPLAINED = 50


class Measured:
    """A file of parts; `part` measures one unless it is there."""

    def __init__(self, path: Path, speaker: Speaker, items: int = ITEMS) -> None:
        self.path, self.speaker, self.count = path, speaker, items
        self.parts: dict[str, Any] = read_json(path) if path.exists() else {}

    def part(self, name: str, measure: Callable[[], dict[str, Any]]) -> Any:
        """What `measure` gives, with the seconds of CPU time it took."""
        if name not in self.parts:
            began = time.process_time()
            found = measure()
            found["cpu_seconds"] = round(time.process_time() - began, 2)
            self.parts[name] = found
            write_json(self.path, self.parts)
            print(name, found["cpu_seconds"], flush=True)
        return self.parts[name]

    def asked(self, task: Task, name: str, prompt: Prompt, **other: Any) -> Any:
        """Answers on the test items, as bits: right, right when calibrated, valid."""
        return self.part(
            f"{task.name}/{name}", lambda: _asked(self, task, prompt, **other)
        )


def _asked(
    measured: Measured, task: Task, prompt: Prompt, texts: list[str] | None = None
) -> dict[str, Any]:
    items = task.items(measured.count, seed=0)
    texts = texts or [item.text for item in items]
    found = answers(measured.speaker, prompt, [*texts, *EMPTY], task.labels)
    return _bits(found, task, [item.label for item in items])


def _bits(found: Answers, task: Task, labels: list[str]) -> dict[str, Any]:
    n = len(labels)
    wanted = indices(task.labels, labels)
    scores = found.scores[:n]
    better = calibrated(scores, found.scores[n:]).argmax(dim=1)
    return {
        "chosen": "".join(map(str, scores.argmax(dim=1).tolist())),
        "calibrated": "".join(map(str, better.tolist())),
        "wanted": "".join(map(str, wanted.tolist())),
        "valid": "".join(map(str, found.valid[:n].int().tolist())),
    }


def prompts_of(task: Task) -> dict[str, Prompt]:
    """The prompts without a draw: bare, with a definition, with a context too."""
    return {
        "bare": Prompt.of(task),
        "definition": Prompt.of(task, instruction=task.definition),
        "context": Prompt.of(task, instruction=task.definition, context=task.context),
    }


def candidates(task: Task) -> dict[str, Prompt]:
    """The rewordings that the feedback loop tries one after another."""
    question = f"Is this {task.noun.lower()} {' or '.join(task.labels)}?"
    expert = f"You are an expert. {task.definition}"
    answer = f"{task.definition} Answer with one word."
    return prompts_of(task) | {
        "question": Prompt.of(task, instruction=question),
        "expert": Prompt.of(task, instruction=expert),
        "one word": Prompt.of(task, instruction=answer),
        "other name": Prompt.of(task, instruction=task.definition, ask="Answer"),
    }


def core(measured: Measured, task: Task) -> None:
    """Prompts without demonstrations, then five draws of them, right and flipped."""
    for name, prompt in prompts_of(task).items():
        measured.asked(task, name, prompt)
    for draw in range(DRAWS):
        prompt = Prompt.of(task, task.demonstrations(SHOWN, draw))
        measured.asked(task, f"shown-{draw}", prompt)
        flipped = prompt.relabelled(turned(task.labels))
        measured.asked(task, f"flipped-{draw}", flipped)


def orders(measured: Measured, task: Task) -> None:
    """The first draw's demonstrations in five orders."""
    prompt = Prompt.of(task, task.demonstrations(SHOWN, 0))
    for number in range(DRAWS):
        chance = torch.Generator().manual_seed(number)
        order = torch.randperm(SHOWN, generator=chance).tolist()
        measured.asked(task, f"order-{number}", prompt.reordered(order))


def feedback(measured: Measured, task: Task) -> None:
    """Try candidates on development items, keep the best, test that one."""
    tried = candidates(task)
    items = task.items(DEVELOPMENT, seed=1, unseen=False)
    wanted = indices(task.labels, [item.label for item in items])
    texts = [item.text for item in items]
    for name, prompt in tried.items():

        def measure(prompt: Prompt = prompt) -> dict[str, Any]:
            found = answers(measured.speaker, prompt, texts, task.labels)
            return {"right": int(found.right(wanted).sum()), "of": len(texts)}

        measured.part(f"{task.name}/development-{name}", measure)
    scores = {n: measured.parts[f"{task.name}/development-{n}"]["right"] for n in tried}
    best = max(scores, key=lambda name: scores[name])
    measured.asked(task, "feedback", tried[best])
    measured.part(f"{task.name}/feedback-chosen", lambda: {"name": best})


def attacks(measured: Measured, task: Task) -> None:
    """Each attack on a plain prompt, on one with delimiters, and through them."""
    items = task.items(measured.count, seed=0)
    plain, guard = prompts_of(task)["definition"], guarded(task)
    measured.asked(task, "guarded", guard)
    for attack in ATTACKS:
        texts = injected(items, task, attack)
        measured.asked(task, f"attack-{attack}-plain", plain, texts=texts)
        measured.asked(task, f"attack-{attack}-guarded", guard, texts=texts)
    texts = injected(items, task, "order", escape=True)
    measured.asked(task, "attack-order-escape", guard, texts=texts)


def explanations(measured: Measured, task: Task) -> None:
    """The word that the model names, and the word whose loss changes the answer."""

    def measure() -> dict[str, Any]:
        rows = []
        shown = task.demonstrations(SHOWN, 0)
        prompt = Prompt.of(task, shown)
        for item in task.items(min(EXPLAINED, measured.count), seed=0):
            words = plain_words(item.text)
            told = named(measured.speaker, task, shown, item).argmax()
            found = occluded(measured.speaker, prompt, item, task.labels).argmax()
            rows.append([words[int(told)], words[int(found)], item.decides, len(words)])
        return {"named, found, planted, words": rows}

    measured.part(f"{task.name}/explanations", measure)


def weights_hash(speaker: Speaker) -> str:
    """SHA-256 of all weights: whether anything was learned."""
    digest = hashlib.sha256()
    for value in speaker.model.state_dict().values():
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def everything(measured: Measured) -> None:
    """All parts, the most important ones first."""
    first, second = TASKS["sentiment"], TASKS["topic"]
    before = weights_hash(measured.speaker)
    core(measured, first)
    orders(measured, first)
    feedback(measured, first)
    attacks(measured, first)
    explanations(measured, first)
    core(measured, second)
    after = weights_hash(measured.speaker)
    measured.part("weights", lambda: {"before": before, "after": after})
