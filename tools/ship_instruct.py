"""Train the small instruction model that comes with the course, and ship it.

    python tools/ship_instruct.py [STEPS]

Half of the batches are of the instruction language (`data.sequences.instructions`). The
others are prompts of the prompt lab (`apps.prompts`), from its seen templates alone.
Writes instruct_lm.safetensors (half precision), .json and .md into
aigc_course/pretrained/. 1,500 steps take about 5 minutes on one quiet core.
"""

import random
import re
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course import attention, files, pretrained, training
from aigc_course.apps.prompts.prompt import Prompt
from aigc_course.apps.prompts.tasks import TASKS
from aigc_course.attention import instruct
from aigc_course.data import sequences
from aigc_course.data.sequences import instructions
from aigc_course.data.sequences.lexicon import Lexicon

STEPS, BATCH, SEED = 1_500, 48, 0
SETTINGS: dict[str, Any] = {"lr": 3e-3, "lr_warmup": 9_600, "decay_start": 0.4}
NOTE = """\
# {name}

A small Transformer that follows instructions: copy, reverse, sort, count, add, first and
last letter, and two tasks of classification with up to four demonstrations. Stored in
half precision ({bytes:,} bytes).

| | |
| --- | --- |
| command | `{command}` |
| data | generated: the instruction language, and the prompt lab's seen templates |
| weights | {weights:,} |
| training | {steps:,} steps of {batch} prompts, seed {seed}, {seconds:.0f} s of CPU time |
| torch | {torch} |
| exact answers to items that it has not seen | {tasks} |
| labels, unseen items of seen templates | {seen} |
| labels, unseen templates | {unseen} |
| SHA-256 | `{sha256}` |
| licence | MIT |

Meant for teaching. It knows the words of its templates and nothing of the world. The
figures are one seed's: {n} items for a task, 60 for labels.
"""  # noqa: E501  rows of a table


def main(arguments: list[str]) -> int:
    """Train, judge, and write the three files."""
    steps = int(arguments[0]) if arguments else STEPS
    words = lexicon()
    torch.manual_seed(SEED)
    shape = attention.Shape(
        len(words),
        context=256,
        width=96,
        layers=3,
        feed_forward="relu2",
        normed=True,
        tied=True,
    )
    model = attention.Transformer(shape)
    learner = attention.NextToken(model, **SETTINGS)
    batches = sequences.TaskBatches(mixture(words), BATCH, SEED)
    start = time.process_time()
    budget = training.Budget(steps=steps)
    kept = Path("runs/instruct_lm.pt")
    history = training.fit(
        learner, batches, budget, checkpoint=kept, resume=kept.exists(), threads=1
    )
    seconds = time.process_time() - start
    print(history.rows[-1])
    weights = {k: v.half() for k, v in learner.trained().state_dict().items()}
    del weights["head.weight"]  # it is the embedding
    rounded = attention.Transformer(shape)
    wide = {k: v.float() for k, v in weights.items()}
    rounded.load_state_dict(wide | {"head.weight": wide["embed.weight"]})
    about = {
        "command": f"python tools/ship_instruct.py {steps}",
        "words": words.words,
        "shape": shape.to_dict(),
        "settings": SETTINGS,
        "steps": steps,
        "batch": BATCH,
        "seed": SEED,
        "seconds": seconds,
        "weights": attention.parameters(model),
        "torch": torch.__version__,
        **judged(rounded.eval(), words),
    }
    card = pretrained.write(instruct.NAME, weights, about)
    path = pretrained.FOLDER / f"{instruct.NAME}.md"
    columns = {k: _listed(card[k]) for k in ("tasks", "seen", "unseen")}
    files.write_text(path, NOTE.format(**card | columns))
    print(f"{card['bytes']:,} bytes", columns)
    return 0


def lexicon() -> Lexicon:
    """The words of both languages; those of unseen templates are spelt."""
    found = set(instructions.LEXICON.words)
    for task in TASKS.values():
        texts = [*task.seen, *task.things, task.definition, task.context]
        texts += [task.noun, task.ask, *task.labels, "text"]
        texts += [word for group in task.words.values() for word in group]
        found.update(re.findall("[a-z]+", " ".join(texts).lower()))
    return Lexicon(sorted(found))


def mixture(words: Lexicon) -> Any:
    """A source of batches, of either language in turn by chance."""

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        chance = random.Random(int(torch.randint(2**62, (1,), generator=generator)))
        if chance.random() < 0.5:
            tasks = list(instructions.MAKERS)
            return instructions.instructions(
                n, generator, tasks=tasks, most_shots=3, bare=0.4, words=words
            )
        shots = chance.choice((0, 0, 1, 2, 4))
        rows = [_lab_prompt(chance, shots) for _ in range(n // (1 + shots // 2))]
        return instructions.padded(rows, words)

    return make


def _lab_prompt(chance: random.Random, shots: int) -> list[tuple[str, bool]]:
    """A prompt of the lab with its answers, in pieces that count or do not."""
    task = chance.choice(list(TASKS.values()))
    shown = task.items(shots + 1, chance.randrange(2**40), unseen=False)
    chance.shuffle(shown)
    prompt = Prompt.of(
        task,
        instruction=task.definition if chance.random() < 0.5 else "",
        context=task.context if chance.random() < 0.2 else "",
        delimited=chance.random() < 0.15,
    )
    pieces = [(prompt.prefix(), False)]
    for n, item in enumerate(shown):
        again = f"{task.noun}:" if n else ""
        pieces.append((again + prompt.suffix(_noisy(item.text, chance)), False))
        pieces.append((f" {item.label}\n\n", True))
    return pieces


def _noisy(text: str, chance: random.Random) -> str:
    """Now and then with an unknown word in it, which the model learns to pass over."""
    if chance.random() < 0.6:
        return text
    parts = text.split(" ")
    for _ in range(chance.randint(1, 3)):
        letters = chance.choices(instructions.LETTERS, k=chance.randint(2, 6))
        parts.insert(chance.randint(0, len(parts)), "".join(letters))
    return " ".join(parts)


def judged(model: attention.Transformer, words: Lexicon, n: int = 200) -> dict:
    """Share of right answers, by task; n items each."""
    seeded = torch.Generator().manual_seed(99)
    exact = {
        task: instruct.exact(model, instructions.items(n, task, seeded), words)
        for task in instructions.MAKERS
        if task != "order"
    }
    labels: dict[str, dict[str, float]] = {"seen": {}, "unseen": {}}
    for task in TASKS.values():
        for kind, found in labels.items():
            prompt = Prompt.of(task, instruction=task.definition)
            few = 60  # the seen templates of a task hold no more different items
            items = task.items(few, 7, unseen=kind == "unseen")
            asked = [prompt.shown(item.text) for item in items]
            got = instruct.answers(model, asked, words, most=2)
            pairs = zip(got, items, strict=True)
            right = [answer.strip() == item.label for answer, item in pairs]
            found[task.name] = sum(right) / few
    return {"tasks": exact, **labels, "n": n}


def _listed(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in shares.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
