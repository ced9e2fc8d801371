"""evidence/record.json: every training that was done, failed ones included."""

import json
import math
import re
import statistics
from dataclasses import asdict, dataclass
from typing import Any

from aigc_course.errors import CourseError

MOST_RUNS = 200
NAME = re.compile(r"[\w.-]{1,40}")
STATUS = ("finished", "diverged", "interrupted", "failed")
SEEDS = 3  # the least for an interval


@dataclass(frozen=True)
class Outcome:
    """One training: what was done, how it ended, and what was measured of it.

    figures: by name, measured with `n` samples drawn with the seed `measured_seed`;
    empty where the training failed. seconds: of training, by the clock.
    """

    method: str
    seed: int
    status: str
    steps: int
    seconds: float
    figures: dict[str, float]
    n: int
    measured_seed: int
    config: dict[str, Any]


@dataclass(frozen=True)
class Record:
    """All outcomes of a project."""

    brief: str
    submitted: str  # "METHOD-SEED" of the run whose weights are handed in
    runs: tuple[Outcome, ...]

    def methods(self) -> list[str]:
        """The methods, in the order of their first run."""
        return list(dict.fromkeys(one.method for one in self.runs))

    def of(self, method: str) -> list[Outcome]:
        """The runs of a method by seed."""
        found = [one for one in self.runs if one.method == method]
        return sorted(found, key=lambda one: one.seed)

    def values(self, method: str, figure: str) -> list[float]:
        """A figure of each finished run of a method."""
        finished = [one for one in self.of(method) if one.status == "finished"]
        return [one.figures[figure] for one in finished if figure in one.figures]

    def to_dict(self) -> dict[str, Any]:
        """For JSON; `parse` reads it back."""
        runs = [asdict(one) for one in self.runs]
        return {"brief": self.brief, "submitted": self.submitted, "runs": runs}


def interval(values: list[float]) -> tuple[float, float]:
    """95 % interval of the mean of independent values, by Student's t.

    mean ± t(0.975, n - 1) s / √n   (Student 1908); infinite with fewer than 2 values.

    >>> [round(end, 2) for end in interval([1.0, 2.0, 3.0])]
    [-0.48, 4.48]
    """
    if len(values) < 2:
        return -math.inf, math.inf
    from scipy.stats import t

    mean, n = statistics.fmean(values), len(values)
    half = float(t.ppf(0.975, n - 1)) * statistics.stdev(values) / math.sqrt(n)
    return mean - half, mean + half


def parse(content: bytes) -> Record:
    """The record in a JSON file. Raises CourseError that names what is wrong."""
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise CourseError("evidence/record.json is not JSON in UTF-8.") from error
    if not isinstance(found, dict) or found.keys() != {"brief", "submitted", "runs"}:
        raise CourseError("evidence/record.json has the keys brief, submitted, runs.")
    runs = found["runs"]
    if not isinstance(runs, list) or not 1 <= len(runs) <= MOST_RUNS:
        raise CourseError(f"evidence/record.json has 1 to {MOST_RUNS} runs.")
    if not isinstance(found["submitted"], str) or not isinstance(found["brief"], str):
        raise CourseError("`brief` and `submitted` in evidence/record.json are texts.")
    record = Record(found["brief"], found["submitted"], tuple(map(outcome, runs)))
    pairs = {(one.method, one.seed) for one in record.runs}
    if len(pairs) < len(record.runs):
        raise CourseError(
            "evidence/record.json names a method with the same seed twice."
        )
    return record


def _refused(word: str) -> Any:
    raise ValueError(word)


def outcome(found: Any) -> Outcome:
    """One run of a record. Raises CourseError that names what is wrong."""
    kinds = Outcome.__annotations__
    if not isinstance(found, dict) or found.keys() != kinds.keys():
        raise CourseError(f"A run of the evidence has the keys {', '.join(kinds)}.")
    for key in ("seed", "steps", "n", "measured_seed"):
        if type(found[key]) is not int or not 0 <= found[key] < 2**32:
            raise CourseError(
                f"`{key}` of a run in the evidence is a whole number from 0."
            )
    if found["status"] not in STATUS:
        raise CourseError(
            f"`status` of a run in the evidence is one of {', '.join(STATUS)}."
        )
    if not isinstance(found["method"], str) or not NAME.fullmatch(found["method"]):
        raise CourseError(
            "`method` of a run in the evidence is a short name of letters, digits and"
            " hyphens."
        )
    figures, config = found["figures"], found["config"]
    if not isinstance(config, dict) or not isinstance(figures, dict):
        raise CourseError("`figures` and `config` of a run in the evidence are {...}.")
    for value in (found["seconds"], *figures.values()):
        if type(value) not in (int, float) or not math.isfinite(value):
            raise CourseError("The figures of a run in the evidence are numbers.")
    return Outcome(**found)
