"""Runs a test on the versions of a patient, and notes how each run ends."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from aigc_course.checks import guard
from aigc_course.checks.attempt import StubLeft
from aigc_course.clinic.lazy import Test
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.watch import Mask, TimeIsUp

ENOUGH = 4  # seeds after which a test that has failed already is not run further
PATIENCE = 0.3  # seconds after which one seed is enough for that


@dataclass
class Runs:
    """What has happened in the runs so far.

    ends: of each version how its runs ended: "passes", "fails", "returns", "patient".
    """

    patient: Patient
    ends: dict[str, Counter[str]] = field(default_factory=dict)
    seeds: int = 0
    calls: int = 0
    noted: set[str] = field(default_factory=set)
    stopped: BaseException | None = None
    on_right: bool = True
    late: bool = False

    def versions(self) -> Iterator[tuple[str, Function, bool]]:
        """Every version with a label, and whether it is right."""
        for i, one in enumerate(self.patient.all_right()):
            yield f"right {i + 1}", one, True
        yield "shown", self.patient.sick, False
        for i, one in enumerate(self.patient.disguises):
            yield f"disguise {i + 1}", one, False

    def failed(self, label: str) -> int:
        """How often the test said no to a version."""
        ends = self.ends.get(label, Counter())
        return ends["fails"] + ends["patient"] * self.patient.raises

    def count(self, right: bool) -> tuple[int, int]:
        """Failed runs of the right or of the sick versions, and how many there were."""
        labels = [label for label, _, is_right in self.versions() if is_right is right]
        runs = sum(self.ends.get(label, Counter()).total() for label in labels)
        return sum(map(self.failed, labels)), runs

    def is_lost(self) -> bool:
        """Whether no further seed can make the test pass."""
        found, of = self.count(right=False)
        return self.count(right=True)[0] > 0 or found < of


def run_all(runs: Runs, test: Test, seeds: range, until: float) -> None:
    """Run a test on all versions, seed by seed; raises TimeIsUp after `until`.

    It ends early where the test has stopped, or can no longer pass. The shown version
    comes first, and later the order is a random one: a test that remembers or counts
    what it has met before learns nothing from it.
    """
    versions = [
        (label, Mask(f, runs.patient.name), ok) for label, f, ok in runs.versions()
    ]
    versions.sort(key=lambda one: one[0] != "shown")
    order = random.Random(runs.patient.id)
    start = time.process_time()
    for seed in seeds:
        for label, mask, is_right in versions:
            guard.fresh(seed)
            end = run_once(runs, test, mask)
            runs.ends.setdefault(label, Counter())[end] += 1
            if runs.stopped is not None:
                right = [one for _, one, is_healthy in versions if is_healthy]
                runs.on_right = is_right or _stops_on(runs, test, right, seed)
                return
        order.shuffle(versions)
        runs.seeds += 1
        now = time.process_time()
        if now > until:
            raise TimeIsUp
        enough = runs.seeds >= ENOUGH or now - start > PATIENCE
        if enough and runs.is_lost():
            return


def _stops_on(runs: Runs, test: Test, masks: list[Mask], seed: int) -> bool:
    """Whether a test that has stopped stops on one of these too, with this seed."""
    for mask in masks:
        guard.fresh(seed)
        before, runs.stopped = runs.stopped, None
        run_once(runs, test, mask)
        if runs.stopped is not None:
            return True
        runs.stopped = before
    return False


def run_once(runs: Runs, test: Test, mask: Mask) -> str:
    """How one run ends."""
    before = mask.calls
    try:
        answer = test(mask)
        if answer is ...:
            raise StubLeft
        return "passes" if answer is None else "returns"
    except (Exception, SystemExit) as error:
        if mask.let_out(error):
            if not runs.patient.raises:
                runs.stopped = error
            return "patient"
        if isinstance(error, AssertionError):
            return "fails"
        runs.stopped = error
        if _looks_inside(error):
            runs.noted.add("source")
        return "stops"
    finally:
        runs.calls += mask.calls - before
        runs.noted |= mask.noted


def _looks_inside(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") in ("inspect", "dis"):
            return True
        trace = trace.tb_next
    return False
