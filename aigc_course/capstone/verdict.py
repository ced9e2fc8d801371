"""What a judge says of a submission: points with reasons, findings, checked claims."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from aigc_course.errors import CourseError

MOST = {"quality": 40, "claims": 20, "robustness": 15, "evidence": 15}
BY_HAND = 10  # of the report
TOTAL = sum(MOST.values())
KINDS = {
    "gate": "the submission does not keep the format",
    "copies": "copies of training digits",
    "test-copies": "copies of test digits",
    "repeats": "one sample repeated",
    "fooling": "better for the public extractor than for another",
    "samples": "samples are not from the weights",
    "claim": "a claim on the card is not true",
    "lucky": "a claim rests on a lucky seed",
    "evidence": "the evidence contradicts itself",
    "privacy": "the privacy claim is not true",
    "recited": "long runs of the training text",
    "learnt-test": "learnt from the held-out text",
    "time": "too slow or too large",
}
CHEATS = (
    *("copies", "test-copies", "repeats", "samples", "claim"),
    *("evidence", "privacy", "recited", "learnt-test"),
)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: its kind, a sentence, and the part that it takes away.

    part: "quality", "claims", "evidence", "all", or "" where no points are taken.
    """

    kind: str
    sentence: str
    part: str = ""


@dataclass(frozen=True)
class Part:
    """Points of one part, how many there could be, and why."""

    points: float
    most: float
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """One claim of the card, and what the judge measured.

    error: half-width of the 95 % interval of the measurement.
    """

    figure: str
    claimed: float
    measured: float
    error: float
    true: bool
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """A submission's points, of 90; the report's 10 are given by hand.

    figures: by name a value and its 95 % error, as the judge measured it. judge,
    submission: SHA-256 of both.
    """

    name: str
    brief: str
    parts: dict[str, Part]
    findings: tuple[Finding, ...] = ()
    claims: tuple[Checked, ...] = ()
    figures: dict[str, tuple[float, float]] = field(default_factory=dict)
    judge: str = ""
    submission: str = ""
    seconds: float = 0.0

    @property
    def total(self) -> float:
        """All points but the report's."""
        return round(sum(part.points for part in self.parts.values()), 1)

    @property
    def judged(self) -> bool:
        """Whether there was something to judge."""
        return not any(one.part == "all" for one in self.findings)

    @property
    def cheats(self) -> tuple[str, ...]:
        """Kinds of findings that are no accidents of quality."""
        return tuple(one.kind for one in self.findings if one.kind in CHEATS)

    def to_dict(self) -> dict[str, Any]:
        """For verdict.json."""
        return {**asdict(self), "total": self.total}

    def markdown(self) -> str:
        """The page that the learner reads. What the submission says is escaped."""
        head = f"# Verdict: {escaped(self.name)}"
        head += f" (brief {escaped(self.brief)})" if self.brief else ""
        total = (
            f"**{self.total:g} of {TOTAL} points.** A person reads the report and gives"
            f" up to {BY_HAND} more."
        )
        parts = [head, total, self._table()]
        for name, part in self.parts.items():
            if part.why:
                parts += [f"## {name.capitalize()}", _listed(part.why)]
        if self.findings:
            told = [f"{KINDS[one.kind]}: {one.sentence}" for one in self.findings]
            parts += ["## Findings", _listed(told)]
        parts += [
            f"Submission {self.submission or 'not read'}, judge {self.judge}, judged in"
            f" {self.seconds:g} s."
        ]
        return "\n\n".join(parts) + "\n"

    def _table(self) -> str:
        rows = [f"| {k} | {v.points:g} | {v.most:g} |" for k, v in self.parts.items()]
        return "\n".join(["| part | points | of |", "| --- | --- | --- |", *rows])


def _listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {escaped(one, 600)}" for one in sentences)


def escaped(text: str, most: int = 200) -> str:
    """Text of a submission for Markdown and HTML: nothing in it is markup."""
    return " ".join(str(text).split())[:most].translate(_MARKUP)


_MARKUP = str.maketrans({sign: f"&#{ord(sign)};" for sign in "&<>\"'\\`*_[]|#!"})


def refused(name: str, sentence: str, **also: Any) -> Verdict:
    """The verdict on what could not be judged."""
    none = {part: Part(0.0, most) for part, most in MOST.items()}
    return Verdict(name, "", none, (Finding("gate", sentence, "all"),), **also)


def from_dict(found: Mapping[str, Any]) -> Verdict:
    """The verdict in a verdict.json. Raises CourseError where it is damaged."""
    try:
        parts = {
            k: Part(v["points"], v["most"], tuple(v["why"]))
            for k, v in found["parts"].items()
        }
        kept = {k: found[k] for k in ("name", "brief", "judge", "submission")}
        return Verdict(
            parts=parts,
            findings=tuple(Finding(**one) for one in found["findings"]),
            claims=tuple(Checked(**one) for one in found["claims"]),
            figures={k: (v[0], v[1]) for k, v in found["figures"].items()},
            seconds=found["seconds"],
            **kept,
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise CourseError("This is no verdict: it lacks an entry.") from error
