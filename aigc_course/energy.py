"""Joules: measured where the machine has a meter, else openly assumed.

Intel's and AMD's processors count their own energy (RAPL), which Linux shows under
/sys/class/powercap to those who may read it. Without it, and in most virtual machines
it is missing, energy here is CPU seconds times an assumed power, and says so. Such a
figure is no measurement, whatever its number of digits.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aigc_course import validate
from aigc_course.errors import CourseError

POWERCAP = Path("/sys/class/powercap")
# assumed power of one busy core with its share of memory and of cooling, in watts:
# a server of 64 cores that takes about 640 W at full load
WATTS = 10.0


@dataclass
class Used:
    """What a block took. joules and seconds are filled in when it ends.

    how: "measured" (the whole processor, other programs included) or "assumed".
    cpu_seconds: of this process and of child processes that have ended.
    """

    watts: float
    how: str = "assumed"
    joules: float = 0.0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def __str__(self) -> str:
        if self.how == "measured":
            return (
                f"{self.joules:.3g} J were measured by the processor in"
                f" {self.seconds:.3g} s, other programs included."
            )
        return (
            f"{self.joules:.3g} J are assumed: {self.cpu_seconds:.3g} CPU seconds at"
            f" {self.watts:g} W; nothing was measured."
        )


@contextmanager
def meter(watts: float = WATTS, counters: Path = POWERCAP) -> Iterator[Used]:
    """Joules, seconds and CPU seconds of the block.

    watts: assumed power of a busy core where no counter can be read. counters: the
    folder that Linux keeps them in. Raises CourseError for a power that is not
    positive.
    """
    if not 0 < watts < float("inf"):
        raise CourseError(f"A power is a number of watts above 0; got {watts}.")
    used = Used(watts)
    before, start, busy = _counters(counters), time.monotonic(), _cpu_seconds()
    try:
        yield used
    finally:
        used.seconds = time.monotonic() - start
        used.cpu_seconds = _cpu_seconds() - busy
        after = _counters(counters)
        if before and before.keys() == after.keys():
            used.how = "measured"
            spent = (after[name].since(before[name]) for name in before)
            used.joules = sum(spent) / 1e6
        else:
            used.joules = used.cpu_seconds * watts


def per_pictures(used: Used, pictures: int, per: int = 1000) -> float:
    """Joules for `per` pictures, where `pictures` were drawn in the block."""
    validate.whole(pictures, "The number of pictures")
    return used.joules * per / pictures


def per_fid_point(used: Used, before: float, after: float) -> float:
    """Joules for each point by which the FID fell from `before` to `after`.

    Raises CourseError where it did not fall: then no energy per point can be given.
    """
    if not 0 <= after < before:
        raise CourseError(
            f"The FID went from {before:g} to {after:g}: joules per point can be given"
            " only where it fell."
        )
    return used.joules / (before - after)


@dataclass(frozen=True)
class _Counter:
    """Microjoules so far, and where the counter starts again from 0."""

    value: int
    most: int

    def since(self, before: "_Counter") -> int:
        """What was added, if it started again at most once."""
        rise = self.value - before.value
        return rise if rise >= 0 else rise + self.most


def _counters(folder: Path) -> dict[str, _Counter]:
    """One counter for each processor: intel-rapl:0, not its parts intel-rapl:0:1."""
    found = {}
    for zone in sorted(folder.glob("intel-rapl:*")):
        if zone.name.count(":") != 1:
            continue
        try:
            value = int((zone / "energy_uj").read_text())
            most = int((zone / "max_energy_range_uj").read_text())
        except (OSError, ValueError):  # since 2020 only root may read them
            continue
        found[zone.name] = _Counter(value, most)
    return found


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@dataclass(frozen=True)
class Claim:
    """A sentence that is repeated everywhere, and what its source says.

    figures: numbers of the source, from which `says` can be checked.
    """

    claim: str
    source: str
    says: str
    figures: dict[str, float] = field(default_factory=dict)


CLAIMS = (
    Claim(
        "Training one AI model emits as much carbon dioxide as five cars do in their"
        " lives.",
        "Strubell, Ganesh and McCallum, Energy and Policy Considerations for Deep"
        " Learning in NLP, ACL 2019, table 1",
        "The figure is of a search over architectures, not of one training: 626,155"
        " pounds, and a car 126,000. The paper's own development of one model took"
        " 78,468. Patterson et al. (2021) found the search estimated too high, by 88"
        " times for the company that ran it.",
        {"search": 626_155, "car": 126_000, "one model": 78_468, "too high": 88},
    ),
    Claim(
        "Drawing one picture takes as much energy as charging a phone.",
        "Luccioni, Jernite and Strubell, Power Hungry Processing, FAccT 2024; first"
        " version arXiv:2311.16863, 2023",
        "It is said of the least efficient of the models that were measured: 11.49 kWh"
        " for 1,000 pictures. The first version counted 0.012 kWh for a charge and so"
        " 950 charges; the published one counts 522, about half a charge per picture.",
        {
            "kWh per 1,000": 11.49,
            "first charge kWh": 0.012,
            "first charges": 950,
            "charges": 522,
        },
    ),
    Claim(
        "Generative AI will take one job in four.",
        "Gmyrek et al., Generative AI and Jobs: A Refined Global Index of Occupational"
        " Exposure, ILO Working Paper 140, 2025",
        "One job in four (25 %; 34 % in countries of high income) is in an occupation"
        " with some exposure; 3.3 % are in the class of highest exposure. Exposure"
        " means that tasks could be done so; the paper expects jobs to change rather"
        " than to go.",
        {"exposed %": 25, "exposed, high income %": 34, "highest %": 3.3},
    ),
)
