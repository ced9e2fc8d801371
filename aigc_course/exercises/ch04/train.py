"""Exercise on the loop around the step."""

import contextlib
import io
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "04.train",
    order=80,
    title="The loop around the step",
    difficulty=3,
    minutes=12,
    idea="In each epoch shuffle the rows once, then cut them into whole batches;"
    " compute how many whole batches the data have. Keep a note of every"
    " `every`-th step only.",
    formula="len(points) // batch_size steps an epoch; batch i holds the rows order[i B"
    " : (i + 1) B]; step k is noted when k mod every = 0.",
    line="For each epoch, `order = torch.randperm(len(points))`; for i in"
    " range(len(points) // batch_size), call step on points[order[i * batch_size : (i +"
    " 1) * batch_size]] and append (k, result) when k % every == 0.",
    line_is_part="a loop within a loop does not fit on one line",
    variation="Stop early when a result is not finite, and say at which step.",
    asks="step",
)


Step = Callable[[Tensor], Any]


Notes = list[tuple[int, Any]]


@exercise.answer
def train(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """Call step(batch) on every whole batch of every epoch, in a new order each epoch.

    points: [N, d]. Returns (k, result) of each `every`-th step, k counted from 1.
    """
    notes, k = [], 0
    for _ in range(epochs):
        order = torch.randperm(len(points))
        for i in range(len(points) // batch_size):  # whole batches
            result = step(points[order[i * batch_size : (i + 1) * batch_size]])
            k += 1
            if k % every == 0:
                notes.append((k, result))
    return notes


class Spy:
    """A step that remembers its batches, and gives the number of the call."""

    def __init__(self) -> None:
        self.batches: list[list[float]] = []

    def __call__(self, batch: Tensor) -> int:
        assert isinstance(batch, Tensor) and batch.ndim == 2, (
            "Each call of `step` should get a batch of points, a tensor [B, d]."
        )
        self.batches.append(batch[:, 0].tolist())
        return len(self.batches)

    def epochs(self, per_epoch: int) -> list[list[float]]:
        """The rows of each epoch, one after the other."""
        parts = range(0, len(self.batches), per_epoch)
        return [sum(self.batches[i : i + per_epoch], []) for i in parts]


def run(
    f: Callable[..., Any], n: int, size: int, epochs: int, every: int
) -> tuple[Spy, Any, int]:
    """What f did with n numbered points: its calls, its notes, the lines it printed."""
    spy, screen = Spy(), io.StringIO()
    with contextlib.redirect_stdout(screen):
        notes = f(spy, torch.arange(float(n))[:, None], size, epochs, every)
    return spy, notes, screen.getvalue().count("\n")


@exercise.observe
def four_epochs(f) -> dict[str, object]:
    spy, notes, lines = run(f, 30, 8, 4, 3)
    epochs = spy.epochs(30 // 8)
    assert isinstance(notes, list | tuple), "The result should be a list of notes."
    return {
        "the number of steps": len(spy.batches),
        "the sizes of the batches": sorted({len(batch) for batch in spy.batches}),
        "whether rows repeat within an epoch": any(
            len(set(e)) < len(e) for e in epochs
        ),
        "whether the first epoch is shuffled": epochs[:1]
        != [sorted(sum(epochs[:1], []))],
        "whether each epoch has an order of its own": epochs[:1] != epochs[1:2],
        "the notes": [tuple(n) if isinstance(n, tuple | list) else n for n in notes],
        "whether it prints at every step": lines >= len(spy.batches) > 0,
    }


@exercise.must_hold
def whole_batches_of_all_epochs(f) -> bool:
    """There are epochs * (N // B) steps, whatever N, B and the number of epochs."""
    cases = ((64, 16, 2), (33, 16, 3), (16, 16, 1), (20, 3, 5))
    return all(len(run(f, n, b, e, 10)[0].batches) == e * (n // b) for n, b, e in cases)


@exercise.must_hold
def every_row_comes(f) -> bool:
    """Where the batches fill an epoch exactly, each row comes once in it."""
    spy, _, _ = run(f, 24, 6, 3, 10)
    return [sorted(epoch) for epoch in spy.epochs(4)] == [list(range(24))] * 3


@exercise.must_hold
def notes_now_and_then(f) -> bool:
    """The notes are (k, result of step k) for k = every, 2 every, and so on."""
    notes = run(f, 40, 4, 2, 7)[1]
    return [tuple(note) for note in notes] == [(7, 7), (14, 14)]


@exercise.mistake(hint="formula")
def no_step_at_all(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """No step was taken, and there was no error: `batch_size // len(points)` is 0 for
    every data set larger than a batch. The number of batches is `len(points) //
    batch_size`."""
    for _ in range(epochs):
        for i in range(batch_size // len(points)):
            step(points[i * batch_size : (i + 1) * batch_size])
    return []


@exercise.mistake(hint="idea")
def every_step_noted(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """You keep a note of every step. Over 10,000 epochs that table is too long to read,
    and each number that is fetched from a GPU makes the program wait. Keep one in
    `every`."""
    return train(step, points, batch_size, epochs, 1)


@exercise.mistake(hint="idea")
def every_step_printed(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """You print at every step: a long training then fills the notebook with lines.
    Return the notes, and print nothing."""

    def aloud(batch: Tensor) -> object:
        result = step(batch)
        print(result)
        return result

    return train(aloud, points, batch_size, epochs, every)


@exercise.mistake(hint="idea")
def never_shuffled(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """The rows come in the order of the file, in every epoch: the same neighbours
    always share a batch, and those at the end are never seen. Draw a new order with
    `torch.randperm` in each epoch."""
    notes = []
    per_epoch = len(points) // batch_size
    for k in range(1, epochs * per_epoch + 1):
        i = (k - 1) % per_epoch
        result = step(points[i * batch_size : (i + 1) * batch_size])
        if k % every == 0:
            notes.append((k, result))
    return notes


@exercise.mistake(hint="formula")
def rest_included(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """The rows that are left over make a smaller batch at the end of each epoch, which
    counts as much as a whole one; a batch of one row even stops batch normalisation.
    Take whole batches only."""
    results = []
    for _ in range(epochs):
        shuffled = points[torch.randperm(len(points))]
        results += [step(batch) for batch in shuffled.split(batch_size)]
    return [(k, r) for k, r in enumerate(results, 1) if k % every == 0]


@exercise.mistake(hint="formula")
def one_epoch(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """You pass through the data once, whatever `epochs` says. Put a loop over the
    epochs around the loop over the batches."""
    return train(step, points, batch_size, 1, every)


@exercise.mistake(hint="formula")
def counted_from_zero(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """Your steps are counted from 0, so the first one is noted and all numbers are one
    too small. Step k is the k-th: count before you note."""
    notes, k = [], 0
    for _ in range(epochs):
        for batch in points[torch.randperm(len(points))].split(batch_size):
            if len(batch) == batch_size:
                result = step(batch)
                if k % every == 0:
                    notes.append((k, result))
                k += 1
    return notes


@exercise.mistake(hint="formula")
def with_replacement(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """You draw the rows of each batch anew, so within an epoch some rows come twice and
    others never. Shuffle once for each epoch, and cut the order into batches."""
    notes = []
    for k in range(1, epochs * (len(points) // batch_size) + 1):
        result = step(points[torch.randint(len(points), (batch_size,))])
        if k % every == 0:
            notes.append((k, result))
    return notes


@exercise.mistake(hint="line")
def notes_of_the_last_epoch(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """Your list of notes is made anew in each epoch, so only those of the last one are
    left. Make it once, before the loop over the epochs."""
    notes: Notes = []
    k = 0
    for _ in range(epochs):
        notes = []
        order = torch.randperm(len(points))
        for i in range(len(points) // batch_size):
            result = step(points[order[i * batch_size : (i + 1) * batch_size]])
            k += 1
            if k % every == 0:
                notes.append((k, result))
    return notes


@exercise.mistake(hint="line")
def results_alone(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> list[Any]:
    """Your notes are the results alone. Note pairs (k, result), so that a curve knows
    where its points belong."""
    return [result for _, result in train(step, points, batch_size, epochs, every)]


@exercise.mistake(hint="formula")
def steps_for_notes_only(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    """You call `step` only when a note is due, so most batches are never learnt from.
    Call it for every batch, and ask for the note afterwards."""
    notes, k = [], 0
    for _ in range(epochs):
        order = torch.randperm(len(points))
        for i in range(len(points) // batch_size):
            k += 1
            if k % every == 0:
                batch = points[order[i * batch_size : (i + 1) * batch_size]]
                notes.append((k, step(batch)))
    return notes
