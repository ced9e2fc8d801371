"""Judging: one submission in a process of its own, or a whole class.

Nothing of a submission is run. Its files are read and its numbers computed with by a
process whose memory, time and files are limited, so that a damaged or hostile file ends
that process and no other.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from aigc_course.capstone.cards import Claim
from aigc_course.capstone.loading import Made
from aigc_course.capstone.secret import Judge
from aigc_course.capstone.submission import Submission
from aigc_course.capstone.verdict import (
    Finding,
    Part,
    Verdict,
    from_dict,
    refused,
)
from aigc_course.errors import CourseError
from aigc_course.files import write_json, write_text

MOST_NAMES = 500  # submissions of a class


def judge(place: str | Path, by: Judge, confined: bool | None = None) -> Verdict:
    """The verdict on one submission, a zip archive or a folder.

    confined: in a process of its own; None does so unless the judge is a fast one. A
    submission that cannot be judged gets a verdict that says why.
    """
    path = Path(place)
    if not (not by.fast if confined is None else confined):
        return assess(path, by)
    from aigc_course.capstone import apart

    began = time.monotonic()
    found = apart.judged(path, by)
    if isinstance(found, str):
        return refused(_name(path), found, judge=by.sha256, seconds=_since(began))
    return from_dict(found)


def judge_all(
    places: Sequence[str | Path],
    by: Judge,
    out: str | Path,
    progress: bool = False,
    each: Callable[[Verdict], object] | None = None,
) -> list[Verdict]:
    """The verdicts on several submissions; `out` gets a folder for each, and a board.

    Raises CourseError where `out` holds something that is no board, or two submissions
    have one name.
    """
    from aigc_course.capstone import board

    paths = [Path(one) for one in places]
    _check_names(paths)
    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or _foreign(folder)):
        raise CourseError(f"{folder} holds other things: choose another --out.")
    verdicts = []
    for path in tqdm(paths, unit="submission", disable=not progress):
        found = judge(path, by)
        write_json(folder / found.name / "verdict.json", found.to_dict())
        write_text(folder / found.name / "verdict.md", found.markdown())
        verdicts.append(found)
        if each:
            each(found)
    board.write(verdicts, folder)
    return verdicts


def submissions(place: str | Path) -> list[Path]:
    """The submissions in a place: itself, or the archives and folders in a folder.

    Raises CourseError where there is none.
    """
    path = Path(place)
    if not path.exists():
        raise CourseError(f"There is no file or folder {path}.")
    if path.is_file() or (path / "submission.json").exists():
        return [path]
    found = sorted(
        one
        for one in path.iterdir()
        if not one.name.startswith(".") and (one.is_dir() or one.suffix == ".zip")
    )
    if not found:
        raise CourseError(f"{path} holds no submission: no folder and no zip archive.")
    if len(found) > MOST_NAMES:
        raise CourseError(f"At most {MOST_NAMES} submissions are judged at once.")
    return found


def assess(place: Path, by: Judge) -> Verdict:
    """The verdict, computed in this process."""
    from aigc_course.capstone import submission

    began = time.monotonic()
    kept = {"judge": by.sha256}
    try:
        sub = submission.read(place)
        _pass_gates(place)
        found = verdict_on(sub, by)
    except CourseError as error:
        return refused(_name(place), str(error), **kept, seconds=_since(began))
    return _with(found, name=_name(place), seconds=_since(began))


def _pass_gates(place: Path) -> None:
    """CourseError where a gate refuses that nothing else here looks at."""
    from aigc_course.capstone import gates

    for one in gates.check(place):
        if one.gate in ("samples", "card") and not one.passed:
            raise CourseError(one.message)


def verdict_on(sub: Submission, by: Judge, made: Made | None = None) -> Verdict:
    """The verdict on a submission that was read.

    made: what its weights make, where it is known already. Raises CourseError for
    weights that do not fit, or that are too slow.
    """
    from aigc_course.capstone import briefs, claims, loading, tasks

    made = made or loading.build(sub.config, sub.weights, sub.onnx)
    brief = briefs.get(sub.brief)
    seen = tasks.look(by, sub, made)
    again = _Again(made, brief, sub, seen)
    told, checked, more = claims.check(sub.card.claims, again, brief.figure, seen.fresh)
    main = again(_main(sub, brief))
    proof, against = claims.evidence(sub.evidence, sub.card.claims, brief.figure, main)
    parts = {
        "quality": Part(round(seen.quality.points, 1), 40.0, seen.quality.why),
        "claims": told,
        "robustness": _robustness(seen.robust),
        "evidence": proof,
    }
    findings = (*seen.findings, *more, *against)
    return Verdict(
        sub.name,
        sub.brief,
        _less(parts, findings),
        findings,
        checked,
        {name: (one.value, one.error) for name, one in seen.quality.figures.items()},
        by.sha256,
        sub.sha256,
    )


class _Again:
    """Measures the figure of a claim anew, each number and seed once."""

    def __init__(self, made: Any, brief: Any, sub: Submission, seen: Any) -> None:
        self.made, self.brief, self.seen = made, brief, seen
        self.known = sub.n, sub.samples_seed
        self.found: dict[tuple[int, int], dict[str, float]] = {}

    def __call__(self, claim: Claim) -> float:
        """The figure; NaN where the claim asks for another number than is measured."""
        from aigc_course.capstone import briefs

        if claim.figure == "epsilon":
            return float(self.seen.quality.figures["epsilon"].value)
        if not self.brief.fewest <= claim.n <= self.brief.n:
            return float("nan")
        key = claim.n, claim.seed
        if key not in self.found:
            same = self.seen.redrawn if key == self.known else None
            self.found[key] = briefs.measure(self.made, self.brief, *key, same)
        return self.found[key].get(claim.figure, float("nan"))


def _main(sub: Submission, brief: Any) -> Claim:
    """What is measured of the submitted weights, as the evidence measured it."""
    runs = [
        one
        for one in sub.evidence.runs
        if f"{one.method}-{one.seed}" == sub.evidence.submitted
    ]
    n, seed = (runs[0].n, runs[0].measured_seed) if runs else (sub.n, 0)
    return Claim(brief.figure, 0.0, 0.0, 0.0, n, seed, "", 0)


def _robustness(rows: Sequence[tuple[float, str]]) -> Part:
    points = sum(points for points, _ in rows)
    return Part(float(points), 15.0, tuple(why for _, why in rows))


def _less(parts: dict[str, Part], findings: Sequence[Finding]) -> dict[str, Part]:
    """The parts, with 0 points where a finding takes them away."""
    lost = {one.part: one.sentence for one in findings if one.part}
    return {
        name: Part(0.0, part.most, (lost[name], *part.why)) if name in lost else part
        for name, part in parts.items()
    }


def _with(found: Verdict, **changes: Any) -> Verdict:
    kept = {name: getattr(found, name) for name in found.__dataclass_fields__}
    return Verdict(**{**kept, **changes})


def _name(path: Path) -> str:
    found = path.resolve()
    name = found.stem if found.suffix == ".zip" else found.name
    return "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in name)


def _check_names(paths: Sequence[Path]) -> None:
    names = [_name(path) for path in paths]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CourseError(
            f"Two submissions are called {twice[0]}: give each another name."
        )


def _foreign(folder: Path) -> bool:
    """Whether a folder holds what no board is made of."""
    ours = {"board.csv", "board.html"}
    return any(
        one.name not in ours and not (one / "verdict.json").exists()
        for one in folder.iterdir()
    )


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)
