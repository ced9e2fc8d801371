"""Other right answers to 04.train."""

import torch
from torch import Tensor

from aigc_course.exercises.ch04.train import Notes, Step
from tests.also_right import also_right


@also_right
def by_shuffled_copies(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    results = []
    for _ in range(epochs):
        shuffled = points[torch.randperm(len(points))]
        whole = [b for b in shuffled.split(batch_size) if len(b) == batch_size]
        results += [step(batch) for batch in whole]
    return [(k, r) for k, r in enumerate(results, 1) if k % every == 0]


@also_right
def counting_steps(
    step: Step, points: Tensor, batch_size: int, epochs: int, every: int = 10
) -> Notes:
    per_epoch = len(points) // batch_size
    notes = []
    for k in range(1, epochs * per_epoch + 1):
        place = (k - 1) % per_epoch
        if place == 0:
            order = torch.randperm(points.shape[0])
        rows = order[place * batch_size :][:batch_size]
        result = step(points[rows])
        if not k % every:
            notes.append((k, result))
    return notes
