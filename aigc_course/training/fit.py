"""The training loop: everything about training that is not the lesson."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.training import checkpoint as checkpoints
from aigc_course.training import meeting, together
from aigc_course.training.bar import Bar
from aigc_course.training.budget import Budget
from aigc_course.training.health import Evidence, Monitor, not_finite
from aigc_course.training.history import History, Row, mean_values
from aigc_course.training.interrupt import Interrupt
from aigc_course.training.learner import Bare
from aigc_course.training.protocols import Sampler, Trainable
from aigc_course.training.randomness import random_states, restore_random_states
from aigc_course.training.threads import MOST, Threads

PICTURE_TIMES = (0.0, 0.03, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
PICTURE_SEED = 2014
APART = (
    "The processes no longer hold the same weights: descend with training.Optimiser,"
    " which averages gradients, and draw random numbers in the step alone."
)
ELSEWHERE = (
    "The processes read checkpoints of different steps: give them one folder that all"
    " machines share."
)


class Batches(Protocol):
    """Endless minibatches that know their position."""

    batch_size: int
    per_epoch: int

    def __next__(self) -> Any: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


def fit(
    model: Any,
    batches: Batches,
    budget: Budget,
    *,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    save_seconds: float = 20,
    on_picture: Callable[[int, Tensor], None] | None = None,
    picture_size: int = 64,
    progress: bool = True,
    bf16: bool | None = None,
    threads: int | None = None,
    on_start: Callable[[], None] | None = None,
) -> History:
    """Train `model` on `batches` until `budget` is spent.

    model: a `Trainable`, such as every `training.Learner`; a class of your own needs
        no more than `step` and `state_dict`.
    checkpoint: a file written every `save_seconds` and at the end. With resume=True
        training goes on from it, exactly as if it had never stopped.
    on_picture: called with the step and samples [picture_size, ...] of fixed latents,
        at ten moments that are closer together early on.
    progress: show a bar.
    bf16: compute the steps in bfloat16 where that is safe; None does what the model's
        attribute `bf16` says.
    threads: how many to compute with on a CPU; None measures what is fastest
        (`threads.Threads`). A resumed training keeps the number it had, so that it is
        exact. `History.threads` says what it was.
    on_start: called when nothing can be refused any more, before the first step.

    Ctrl-C ends training after the current row, saves and returns; a second Ctrl-C
    raises KeyboardInterrupt at once. In a notebook the cell then runs to its end, and
    cells that wait behind it do not start (`Interrupt`). When a value is not finite
    training stops and the last good checkpoint is loaded back. `History.status` says
    which way it ended.

    Raises CourseError when the checkpoint cannot be read or written, and when the first
    step fails on the shape of its batch.
    """
    meeting.join()
    file = Path(checkpoint) if checkpoint else None
    whole = model if isinstance(model, Trainable) else Bare(model)
    if bf16 is None:
        bf16 = whole.bf16
    speed = Threads(threads)
    loop = _Loop(whole, batches, budget, file, save_seconds, bf16, speed)
    if resume:
        loop.restore(threads)
    if on_start:
        on_start()
    first = together.rank() == 0  # it alone shows and writes; pictures are all drawn
    shown = on_picture if first else None
    loop.picture = _Pictures(model, shown, picture_size, loop.progress())
    bar = Bar(budget, batches.per_epoch, progress and first)
    with speed.at_work(), Interrupt() as interrupt, bar:
        loop.run(bar, interrupt)
        if budget.seconds and progress and first:
            bar.say(f"{loop.history.work}.")
    return loop.history


@dataclass
class _Loop:
    """One training run: counters, the rows not yet recorded, and when to save."""

    model: Trainable
    batches: Batches
    budget: Budget
    checkpoint: Path | None
    save_seconds: float
    bf16: bool
    threads: Threads
    history: History = field(default_factory=History)
    step: int = 0
    elapsed: float = 0.0
    pending: list[dict[str, Tensor]] = field(default_factory=list)
    real: Any = None
    started: int | None = None  # the step at which this process began

    def __post_init__(self) -> None:
        self.monitor = Monitor(self.model.symptoms)
        self.said_slow = False
        self.picture: _Pictures
        self.saved_at = self.row_at = 0.0

    def progress(self) -> float:
        return self.budget.progress(self.step, self.elapsed, self.batches.per_epoch)

    def run(self, bar: Bar, interrupt: Interrupt) -> None:
        start = time.perf_counter() - self.elapsed
        self.saved_at = self.row_at = self.elapsed
        if self.step == 0:
            self.save()  # finds an unwritable folder now, not after an hour
        while self.progress() < 1:
            self.take_step()
            self.elapsed = time.perf_counter() - start
            # what is asked for, and a clock that is not counted, wait for the row
            if self.budget.seconds is not None or self.row_is_due():
                self.elapsed, asked = together.agree(self.elapsed, interrupt.asked)
            if self.row_is_due():
                if not self.record(bar):
                    return self.give_up(bar)
                if asked:
                    return self.end("interrupted")
                if self.elapsed - self.saved_at >= self.save_seconds:
                    self.save()
        self.end("finished")

    def row_is_due(self) -> bool:
        return len(self.pending) == self.history.every or self.progress() >= 1

    def take_step(self) -> None:
        start = time.perf_counter()
        self.model.anneal(self.progress())
        self.real = next(self.batches)
        if self.started is None:
            self.started = self.step
            self.threads.begin(self._steps_ahead(), _device(self.real) == "cpu")
        self.threads.before()
        with (
            _precision(self.real, self.bf16),
            together.step(self.real) as share,
            _fitting(share, not self.step),
        ):
            self.pending.append(self.model.step(share))
        self.step += 1
        self.threads.after(time.perf_counter() - start)

    def _steps_ahead(self) -> int | None:
        """How many steps are left, where the budget says so."""
        if self.budget.seconds is not None:
            return None
        return self.budget.total_steps(self.batches.per_epoch) - self.step

    def record(self, bar: Bar) -> bool:
        """Turn the pending steps into a row; False when a value is not finite."""
        seconds = max(self.elapsed - self.row_at, 1e-9)
        row: Row = {"step": self.step, "seconds": round(self.elapsed, 3)}
        row |= together.mean(mean_values(self.pending))
        # what is counted: images, where the batches name nothing else
        unit = getattr(self.batches, "unit", "images")
        units = getattr(self.batches, "units", self.batches.batch_size)
        row[f"{unit}_per_second"] = len(self.pending) * units / seconds
        self.history.rows.append(row)
        self.pending.clear()
        self.row_at = self.elapsed
        bar.show(self.step, self.elapsed, row)
        if sentence := not_finite(row):
            self.history.messages.append((self.step, sentence))
            return False
        self.examine(self.picture.take(self.step, self.progress()), bar)
        return True

    def examine(self, samples: Tensor | None, bar: Bar) -> None:
        real = self.real[0] if isinstance(self.real, tuple) else self.real
        recent = self.history.rows[-self.monitor.window :]
        for sentence in self.monitor.examine(Evidence(recent, samples, real)):
            self.history.messages.append((self.step, sentence))
            bar.say(f"step {self.step}: {sentence}")
        # said once, and not kept among what is wrong with the model
        slow = None if self.said_slow else self.threads.slow_machine()
        if slow:
            self.said_slow = True
            bar.say(f"step {self.step}: {slow}")

    def end(self, status: str) -> None:
        self.history.status = status
        self._account()
        self.save()

    def _account(self) -> None:
        """Note how much work it was, since seconds alone do not say."""
        epochs = self.step / self.batches.per_epoch
        self.history.threads = self.threads.number
        self.history.work = (
            f"{self.step:,} steps of {self.batches.batch_size} samples,"
            f" {epochs:.2g} epochs, in {self.elapsed:.0f} s"
        )

    def give_up(self, bar: Bar) -> None:
        """Stop a diverged run and go back to the last good weights."""
        bar.say(self.history.messages[-1][1])
        self.history.status = "diverged"
        self._account()
        if self.checkpoint:
            self.model.load_state_dict(checkpoints.load(self.checkpoint)["model"])

    def save(self) -> None:
        self.saved_at = self.elapsed
        model = self.model.state_dict()
        if self.checkpoint is None or not checkpoints.all_finite(model):
            return
        together.check_same([self.step, model], APART)
        if together.rank():
            return
        state = {
            "model": model,
            "batches": self.batches.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
            "history": self.history.state_dict(),
            "random": random_states(),
            "threads": self.threads.number,
        }
        checkpoints.save(self.checkpoint, state)

    def restore(self, threads: int | None) -> None:
        if self.checkpoint is None:
            raise CourseError("Resuming needs the checkpoint file to resume from.")
        state = checkpoints.load(self.checkpoint)
        checkpoints.check_training(self.checkpoint, state, self.model)
        try:
            self.model.load_state_dict(state["model"])
            self.batches.load_state_dict(state["batches"])
            self.history.load_state_dict(state["history"])
            self.step, self.elapsed = state["step"], state["elapsed"]
            restore_random_states(state["random"])
            self.threads.fix(threads or _threads(state))
            together.check_same(self.step, ELSEWHERE)
        except CourseError:
            raise
        except Exception as error:  # states of other models fail in many ways
            raise CourseError(
                f"{self.checkpoint} is a checkpoint of another model or data set, or"
                " it is damaged."
            ) from error


@dataclass
class _Pictures:
    """Draws samples from fixed latents at PICTURE_TIMES."""

    model: Any
    show: Callable[[int, Tensor], None] | None
    size: int
    reached: float

    def take(self, step: int, progress: float) -> Tensor | None:
        """Samples when a picture is due between the last progress and this one."""
        due = any(self.reached <= t <= progress for t in PICTURE_TIMES)
        self.reached = progress + 1e-9
        if not due or not isinstance(self.model, Sampler):
            return None
        latents = torch.Generator().manual_seed(PICTURE_SEED)
        samples = self.model.sample(self.size, generator=latents)
        if self.show:
            self.show(step, samples)
        return samples


@contextmanager
def _fitting(batch: Any, first: bool) -> Iterator[None]:
    """Say of which shape the batches were, where the first step fails on them."""
    try:
        yield
    except (ValueError, IndexError, RuntimeError) as error:
        if not first:
            raise
        tensor = batch[0] if isinstance(batch, tuple | list) else batch
        why = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        few = (
            " A batch of one is too small for many networks." if len(tensor) < 2 else ""
        )
        raise CourseError(
            f"The model cannot learn from batches of shape {list(tensor.shape)}:"
            f" {why}.{few if len(tensor) < 2 else ''}"
        ) from error


def _precision(batch: Any, bf16: bool) -> torch.autocast:
    return torch.autocast(_device(batch), torch.bfloat16, enabled=bf16)


def _device(batch: Any) -> str:
    tensor = batch[0] if isinstance(batch, tuple | list) else batch
    return tensor.device.type


def _threads(state: dict[str, Any]) -> int | None:
    """The number that a checkpoint's training had; older checkpoints lack it."""
    number = state.get("threads")
    if number is not None and (type(number) is not int or not 0 < number <= MOST):
        raise ValueError("no number of threads")
    return number
