"""A training on two processes that is killed, stopped, slowed, and gone on with.

Started by torchrun with --max-restarts 1: `lives.py FOLDER`. Rank 1 kills itself in the
first life; the second goes on, and tries the rest. FOLDER/one.pt is what one process
began. Rank 0 writes FOLDER/told.json.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import ranks
import torch

from aigc_course import gan, training
from aigc_course.errors import CourseError
from aigc_course.training import meeting, together

KILLED_AT, STEPS = 37, 60


def train(model: gan.GAN, file: Path | None = None, **options: Any) -> training.History:
    """STEPS steps, a save with each row of the history."""
    budget = options.pop("budget", training.Budget(steps=STEPS))
    options = {"progress": False, "save_seconds": 0, **options}
    batches = ranks.Batches("points")
    return training.fit(model, batches, budget, checkpoint=file, **options)


def fresh() -> gan.GAN:
    training.seed_everything(5)
    return ranks.CASES["gan with all settings"][0]()


def before_step(model: gan.GAN, act: Any) -> gan.GAN:
    """The same model, which first does something in every step."""
    step, taken = model.step, [0]

    def acting(batch: Any) -> Any:
        taken[0] += 1
        act(taken[0])
        return step(batch)

    model.step = acting  # type: ignore[method-assign]
    return model


def kill(step: int) -> None:
    if step == KILLED_AT and together.rank() == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def survived(folder: Path) -> dict[str, Any]:
    """Whether the killed training ends as one that was left alone."""
    model = fresh()
    train(model, folder / "killed.pt", resume=True)
    other = fresh()
    train(other)
    pairs = zip(both(model), both(other), strict=True)
    return {"same bytes": all(torch.equal(a, b) for a, b in pairs)}


def from_one(folder: Path) -> dict[str, Any]:
    """How far a training that one process began ends from one of two processes."""
    model = fresh()
    train(model, folder / "one.pt", resume=True)
    other = fresh()
    train(other)
    pairs = zip(both(model), both(other), strict=True)
    return {"from one": max(float((a - b).abs().max()) for a, b in pairs)}


def both(model: gan.GAN) -> list[torch.Tensor]:
    states = model.generator.state_dict(), model.discriminator.state_dict()
    return [tensor for state in states for tensor in state.values()]


def one_clock() -> dict[str, Any]:
    """The last step of each rank, where rank 1 is slow and the budget is in seconds."""
    slow = before_step(fresh(), lambda _: time.sleep(0.02 * together.rank()))
    history = train(slow, budget=training.Budget(seconds=0.5))
    step = history.rows[-1]["step"]
    return {"last step": step, "mean": together.mean({"step": step})["step"]}


def stopped(file: Path) -> dict[str, Any]:
    """The last rank alone is told to stop."""

    def interrupt(step: int) -> None:
        if step == 12 and together.rank() == together.size() - 1:
            os.kill(os.getpid(), signal.SIGINT)

    history = train(before_step(fresh(), interrupt), file, save_seconds=1e9)
    return {"status": history.status, "stopped at": history.rows[-1]["step"]}


def own_descent() -> dict[str, str]:
    """A learner that averages no gradients."""

    class Alone(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)
            self.sgd = torch.optim.SGD(self.parameters(), 0.1)

        def step(self, batch: torch.Tensor) -> dict[str, torch.Tensor]:
            self.sgd.zero_grad()
            loss = self.layer(batch).square().mean()
            loss.backward()
            self.sgd.step()
            return {"loss": loss.detach()}

    training.seed_everything(5)
    try:
        train(Alone(), Path(sys.argv[1]) / "alone.pt")  # type: ignore[arg-type]
    except CourseError as error:
        return {"own descent": str(error)}
    return {"own descent": "was not noticed"}


def main() -> None:
    folder = Path(sys.argv[1])
    if not meeting.restarted():
        train(before_step(fresh(), kill), folder / "killed.pt")
        raise AssertionError("nobody was killed")
    told = survived(folder) | from_one(folder) | one_clock()
    told |= stopped(folder / "stopped.pt") | own_descent()
    if together.rank() == 0:
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
