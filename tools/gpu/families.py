"""What is asked of every family on a device; each check returns figures or a fault."""

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, models, training, validate
from gpu.modes import SameNumbers, Waits

FIRST, LATER = 2e-3, 5e-2  # how far losses may be apart: in step 1, and in the last


@dataclass(frozen=True)
class Effort:
    """How much is done. The tiny one runs the whole logic in a minute on a CPU."""

    steps: int = 10  # compared, and checked for waiting
    trained: int = 60  # before and after a change of the device
    speed_seconds: float = 4.0
    fid_seconds: float = 60.0
    samples: int = 10_000

    @classmethod
    def tiny(cls) -> "Effort":
        """The least that reaches every line."""
        return cls(3, 4, 0.2, 0.2, 200)


@dataclass
class Result:
    """What one family gave: figures for the record, and faults in sentences."""

    model: str
    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def check(model: str, images: Any, device: torch.device, effort: Effort) -> Result:
    """Do all of it with one family."""
    result = Result(model)
    one = Family(model, images, effort)
    for part in (one.agree, one.move, one.wait, one.speed):
        try:
            figures, fault = part(device)
        except Exception as error:  # one family must not hide the others
            figures, fault = {}, f"{part.__name__}: {type(error).__name__}: {error}"
        result.figures |= figures
        result.faults += [fault] if fault else []
    return result


class Family:
    """A model of the registry, built and fed as a run does it."""

    def __init__(self, model: str, images: Any, effort: Effort) -> None:
        self.recipe = models.get(model)
        self.images, self.effort = images, effort

    def built(self, device: torch.device | str, **changes: Any) -> Any:
        """A learner with the weights of seed 0."""
        training.seed_everything(0)
        return self.recipe.build(device, **changes)

    def batches(self, device: torch.device | str) -> Any:
        """The minibatches of seed 0."""
        labels = self.recipe.labels
        return data.batches(
            self.images, self.recipe.batch_size, device=device, labels=labels
        )

    def agree(self, device: torch.device) -> tuple[dict[str, Any], str]:
        """Losses of the first steps, with the same weights, data and noise."""
        with _exact():
            here, there = self._losses(torch.device("cpu")), self._losses(device)
        far = [
            max(abs(a[k] - b[k]) / max(abs(a[k]), 0.1) for k in a)
            for a, b in zip(here, there, strict=True)
        ]
        figures = {"losses apart, step 1": far[0], "losses apart, last step": far[-1]}
        fine = far[0] <= FIRST and far[-1] <= LATER
        return figures, "" if fine else f"losses differ by {far[0]:.2g}, {far[-1]:.2g}"

    def _losses(self, device: torch.device) -> list[dict[str, float]]:
        source = self.built("cpu", bf16=False)
        model = self.built(device, bf16=False)
        model.load_state_dict(source.state_dict())
        batches = self.batches(device)
        watched = []
        with SameNumbers(1):
            for k in range(self.effort.steps):
                model.anneal(k / self.effort.steps)
                watched.append(model.step(next(batches)))
        return [{k: float(v.detach()) for k, v in row.items()} for row in watched]

    def move(self, device: torch.device) -> tuple[dict[str, Any], str]:
        """A checkpoint of one device goes on on the other; samples are the same."""
        faults = []
        for first, second in ((device, torch.device("cpu")), ("cpu", device)):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "checkpoint.pt"
                self._fit(first, self.effort.trained, file)
                model, history = self._fit(second, 2 * self.effort.trained, file, True)
            if history.status != "finished" or not _is_finite(history.rows[-1]):
                faults.append(f"resumed on {second}: {history.status}")
            twin = self.built(first)
            twin.load_trained(model.trained().state_dict())
            drawn = [
                one.sample(16, torch.Generator().manual_seed(3)).cpu()
                for one in (model, twin)
            ]
            apart = (drawn[0] - drawn[1]).abs().mean().item()
            if not apart < 0.02:
                faults.append(f"samples of {first} and {second} differ by {apart:.2g}")
        return {}, "; ".join(faults)

    def _fit(
        self,
        device: torch.device | str,
        steps: int,
        file: Path | None = None,
        resume: bool = False,
    ) -> tuple[Any, Any]:
        model = self.built(device)
        history = training.fit(
            model,
            self.batches(device),
            training.Budget(steps=steps),
            checkpoint=file,
            resume=resume,
            progress=False,
        )
        return model, history

    def wait(self, device: torch.device) -> tuple[dict[str, Any], str]:
        """Whether a step waits for the device: it may not."""
        model, batches = self.built(device), self.batches(device)
        for _ in range(3):  # the first steps prepare memory and kernels
            model.step(next(batches))
        with _as_on_a_gpu(device), Waits(device) as waits, _strict(device):
            for _ in range(self.effort.steps):
                model.anneal(0.5)
                model.step(next(batches))
        told = ", ".join(f"{k} {v} times" for k, v in waits.found.items())
        figures = {"waits in a step": sum(waits.found.values()) / self.effort.steps}
        return figures, f"steps wait for the device: {told}" if told else ""

    def speed(self, device: torch.device) -> tuple[dict[str, Any], str]:
        """Images a second, and the most memory."""
        model, batches = self.built(device), self.batches(device)
        for _ in range(3):
            model.step(next(batches))
        finish(device)
        start, steps = time.perf_counter(), 0
        last: dict[str, Tensor] = {}
        while time.perf_counter() - start < self.effort.speed_seconds:
            for _ in range(1 if device.type == "cpu" else 50):
                last = model.step(next(batches))
                steps += 1
            finish(device)
        rate = steps * self.recipe.batch_size / (time.perf_counter() - start)
        figures = {"images/s": round(rate), "peak memory, MB": memory(device)}
        bad = not _is_finite({k: float(v.detach()) for k, v in last.items()})
        return figures, "a loss is not finite" if bad else ""


def finish(device: torch.device) -> None:
    """Wait until the device has done all that it was given."""
    if device.type in ("cuda", "mps"):
        getattr(torch, device.type).synchronize()


def memory(device: torch.device) -> int | None:
    """The most memory that tensors held on the device, in MB; None where unknown."""
    if device.type == "cuda":
        return round(torch.cuda.max_memory_allocated(device) / 1e6)
    if device.type == "mps":
        return round(torch.mps.driver_allocated_memory() / 1e6)
    return None


@contextmanager
def _exact() -> Iterator[None]:
    """Float32 as it is on a CPU: no shortened numbers in products."""
    before = torch.get_float32_matmul_precision()
    shortened = torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
        torch.backends.cudnn.allow_tf32 = shortened


@contextmanager
def _as_on_a_gpu(device: torch.device) -> Iterator[None]:
    """Where the CPU stands for a GPU, it does not look at values either."""
    looks = validate.is_seen
    if device.type == "cpu":
        validate.is_seen = lambda x: False
    try:
        yield
    finally:
        validate.is_seen = looks


@contextmanager
def _strict(device: torch.device) -> Iterator[None]:
    """On CUDA the driver itself refuses to wait."""
    if device.type != "cuda":
        yield
        return
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def _is_finite(row: dict[str, Any]) -> bool:
    return all(math.isfinite(value) for value in row.values())
