"""How many threads a training computes with: as many as its own steps are fastest with.

On an idle machine that is one for each core. Beside another busy program it often is
one thread alone: the threads of an operation wait for the slowest of them, whose core
is shared. The training's own first steps are timed with all cores, half of them and one
in turn, so nothing is computed for the measurement alone. It is repeated when steps
become slower or faster.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

WARM, BLOCK, ROUNDS = 3, 4, 3  # steps before the first block, and in each; blocks each
LONG = 0.5  # seconds after which a block of two steps is enough
CLEAR = 1.5  # times the seconds of the fastest that end the measurement at once
MARGIN = 0.95  # share of the time that another number must take, to be changed to
SLOWER, FASTER = 1.3, 0.75  # times the seconds of a step that ask for a new measurement
WATCH, PAUSE = 2.0, 8.0  # seconds a change must last, and between two measurements
SLOW, OTHERS = 1.5, 0.25  # times as slow, and others' share of the cores, for a warning
MOST = 1_024  # threads
LEAST = 100  # steps of a training in which measuring is worth while


class Threads:
    """Times the steps of one training and sets torch's number of threads.

    fixed: a number to stay with. Without one it is the number that torch has been set
    to where that is 1 or the variable OMP_NUM_THREADS is set, since both are a choice,
    and is measured otherwise, at least for trainings of LEAST steps on a CPU.
    number: of threads at this moment.
    """

    def __init__(self, fixed: int | None = None) -> None:
        self.most = torch.get_num_threads()
        self.number = fixed or self.most
        self.free = fixed is None and self.most > 1
        self.free = self.free and "OMP_NUM_THREADS" not in os.environ
        self.plan: list[int] = []  # numbers for the next blocks of steps
        self.warm, self.rivals = False, 1
        self.block: list[float] = []  # seconds of the steps of the present block
        self.times: dict[int, list[float]] = {}
        self.reference = self.best = 0.0  # seconds of a step: measured last, ever
        self.recent: list[float] = []
        self.waited, self.pause = 0.0, PAUSE
        self.slower = 1.0  # seconds of a step, as a multiple of the best
        self.others = 0.0  # share of the cores that other programs use
        self.clock = _Clock()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Compute with `number` threads, and with as many as before afterwards."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.number)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def fix(self, number: int | None) -> None:
        """Stay with this number, as far as torch has so many; None: with all these."""
        self.number, self.free = min(number or self.most, self.most), False

    def begin(self, steps: int | None, on_cpu: bool) -> None:
        """Measure from the first step on, if at all.

        steps: how many there will be, None where only the time is known.
        """
        if not on_cpu or (steps is not None and steps < LEAST):
            self.free = False
        if self.free:
            self._compare(self.number // 2, 1)
            self.plan.insert(0, 1)  # to warm up: not counted

    def before(self) -> None:
        """Set the number for the next step."""
        if self.plan and torch.get_num_threads() != self.plan[0]:
            torch.set_num_threads(self.plan[0])

    def after(self, seconds: float) -> None:
        """Note how long that step took; decide when enough is known."""
        if not self.plan:
            return self._watch(seconds)
        self.block.append(seconds)
        steps = WARM if not self.warm else BLOCK
        if len(self.block) < (2 if sum(self.block) > LONG else steps):
            return
        number, block, self.block = self.plan.pop(0), self.block, []
        if not self.warm:
            self.warm = True
            return
        # the first step after a change pays for it, and is dropped
        self.times.setdefault(number, []).extend(block[1:])
        if len(self.plan) % self.rivals == 0 and (not self.plan or self._clear()):
            self._decide()

    def slow_machine(self) -> str | None:
        """Steps take longer than they did, while other programs keep the cores busy."""
        if self.slower < SLOW or self.others < OTHERS:
            return None
        return (
            "The machine is slow, not the model: a step takes"
            f" {self.slower:.1f} times as long as it did, and other programs use"
            f" {self.others:.0%} of the processors. The result is the same, only later."
        )

    def _compare(self, *others: int) -> None:
        """Plan blocks of steps with the present number and with others in turn."""
        rivals = sorted({self.number, *others}, reverse=True)
        self.times, self.rivals, self.plan = {}, len(rivals), rivals * ROUNDS

    def _clear(self) -> bool:
        """Whether one number is so much faster that no more rounds are needed."""
        first, second = sorted(_typical(t) for t in self.times.values())[:2]
        few = min(map(len, self.times.values())) < 3
        return second > (CLEAR**2 if few else CLEAR) * first

    def _decide(self) -> None:
        """Take the fastest number; look to both sides of it while that helps."""
        typical, self.plan = {n: _typical(t) for n, t in self.times.items()}, []
        fastest = min(typical, key=lambda n: typical[n])
        better = typical[fastest] < MARGIN * typical[self.number]
        between = better and fastest not in (1, self.most)
        self.number = fastest if better else self.number
        self.reference = typical[self.number]
        self.best = min(self.best or self.reference, self.reference)
        self.slower = self.reference / self.best
        torch.set_num_threads(self.number)
        self.recent, self.waited = [], 0.0
        if between:
            return self._compare(self.number // 2, min(2 * self.number, self.most))
        # where nothing was gained, look again later
        self.pause = PAUSE if better else 2 * self.pause

    def _watch(self, seconds: float) -> None:
        """Measure again where steps have changed for a while."""
        self.recent.append(seconds)
        self.waited += seconds
        if sum(self.recent) < WATCH:
            return
        ratio = _typical(self.recent) / (self.reference or _typical(self.recent))
        self.others = self.clock.others()
        if self.free and self.waited > self.pause and not FASTER < ratio < SLOWER:
            self._compare(1, max(1, self.number // 2), self.most)
        elif not self.reference:
            self.reference = _typical(self.recent)
        self.best = min(self.best or self.reference, self.reference)
        self.slower = _typical(self.recent) / self.best
        self.recent = self.recent[-max(1, len(self.recent) // 2) :]


class _Clock:
    """The share of the cores that programs other than this one have used of late."""

    def __init__(self) -> None:
        self.seen = self._now()

    def others(self) -> float:
        """Since the last call, from 0 to 1."""
        before, self.seen = self.seen, self._now()
        wall, busy, mine = (b - a for a, b in zip(before, self.seen, strict=True))
        cores = os.cpu_count() or 1
        return min(1.0, max(0.0, busy - mine) / max(wall * cores, 1e-9))

    def _now(self) -> tuple[float, float, float]:
        """Seconds: of the wall clock, of all busy cores, of this process."""
        times = psutil.cpu_times()._asdict()
        # guest time is part of user time; steal is what the host gave to others
        idle = ("idle", "iowait", "guest", "guest_nice")
        busy = sum(value for name, value in times.items() if name not in idle)
        return time.perf_counter(), busy, time.process_time()


def _typical(times: list[float]) -> float:
    """The mean without the longest eighth, one of three at least.

    Saving or drawing, or another program's moment, makes a step long.
    """
    dropped = max(len(times) // 8, 1 if len(times) > 2 else 0)
    kept = sorted(times)[: len(times) - dropped]
    return sum(kept) / len(kept)
