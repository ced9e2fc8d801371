"""The public gates: what everybody may check of a submission before it is judged."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from aigc_course.capstone import briefs, cards, evidence, loading, rubric
from aigc_course.capstone.safe import Refused
from aigc_course.capstone.submission import Submission, read
from aigc_course.errors import CourseError

HTML = re.compile(r"</?[a-zA-Z!?]|javascript:|vbscript:|data:text", re.I)
SECTIONS = tuple(row.title for row in rubric.ROWS)
FEWEST_WORDS, MOST_WORDS = 150, 1_200
NEAR, MOST_OFF = 8, 0.05  # grey levels, and share of pictures that may differ by more
SAME_START = 20  # characters of a text that another machine must repeat
ROUNDING = 1e-3  # relative, of figures that are written down


@dataclass(frozen=True)
class Gate:
    """A gate. what: what holds once it is passed."""

    name: str
    what: str


@dataclass(frozen=True)
class Finding:
    """What a gate said of a submission, in one sentence."""

    gate: str
    passed: bool
    message: str


GATES = (
    Gate("files", "Every file that belongs to the brief is there, and no other."),
    Gate("config", "config.json names an architecture that the brief allows."),
    Gate("weights", "The model file holds finite numbers and nothing else."),
    Gate("samples", "The samples have the right form and differ from each other."),
    Gate("card", "The card is complete, and holds no HTML."),
    Gate("evidence", "Two methods were trained with three seeds each."),
    Gate("report", "The report has all sections, and is not too long."),
    Gate("claims", "The card claims the figure of the brief, as it has to be claimed."),
    Gate("privacy", "The stated mechanism keeps the epsilon that the brief asks for."),
    Gate("reload", "The weights fit, and make the samples with the stated seed."),
)
READING = ("files", "config", "weights", "samples", "card", "evidence", "report")


def check(place: Path) -> list[Finding]:
    """What each gate says of a folder or zip archive, in the order of GATES.

    Never raises. Where the submission cannot be read, the gate that refused it is the
    last of the list; otherwise every gate is asked.
    """
    try:
        found = read(place)
    except Refused as refused:
        before = READING[: READING.index(refused.gate)]
        return [*map(_passed, before), Finding(refused.gate, False, str(refused))]
    except Exception as error:  # one bad submission must not end a class's check
        return [Finding("files", False, f"It cannot be read: {type(error).__name__}.")]
    return [_asked(gate.name, found) for gate in GATES]


def passed(findings: list[Finding]) -> bool:
    """Whether every gate was passed."""
    return all(one.passed for one in findings)


def _passed(name: str) -> Finding:
    return Finding(name, True, next(one.what for one in GATES if one.name == name))


def _asked(name: str, found: Submission) -> Finding:
    more = _MORE.get(name)
    try:
        if more:
            more(found)
    except CourseError as error:
        return Finding(name, False, str(error))
    except Exception as error:  # as above
        return Finding(name, False, f"It cannot be checked: {type(error).__name__}.")
    return _passed(name)


def _samples(found: Submission) -> None:
    if found.samples is not None:
        first = found.samples[:200].reshape(min(200, found.n), -1)
        if len(np.unique(first, axis=0)) < 2:
            raise CourseError("All samples are the same picture.")
    if found.texts and len(set(found.texts)) < 2:
        raise CourseError("All texts in samples.txt are the same.")


def _card(found: Submission) -> None:
    whole = found.files["card.md"].decode("utf-8-sig")
    if cards.TODO in whole:
        raise CourseError(
            f"card.md still says {cards.TODO}: write your own words there."
        )
    _plain("card.md", whole)
    if str(found.card.front["brief"]) != found.brief:
        raise CourseError(
            f"`brief` in card.md is {found.brief}, as in submission.json."
        )


def _plain(name: str, text: str) -> None:
    if odd := HTML.search(text):
        raise CourseError(
            f"{name} holds {odd[0]!r}, which a browser may run: write Markdown without"
            " HTML, and a space after each <."
        )


def _evidence(found: Submission) -> None:
    record = found.evidence
    if record.brief != found.brief:
        raise CourseError("The evidence is of another brief.")
    method = _submitted(found).method
    others = [one for one in record.methods() if one != method]
    if len(record.of(method)) < evidence.SEEDS:
        raise CourseError(
            f"The evidence has {len(record.of(method))} seeds of {method}: train at"
            f" least {evidence.SEEDS}."
        )
    if not any(len(record.of(one)) >= evidence.SEEDS for one in others):
        raise CourseError(
            f"The evidence has no other method with {evidence.SEEDS} seeds to compare"
            f" with: train one that differs from {method} in one thing."
        )


def _submitted(found: Submission) -> evidence.Outcome:
    """The run whose weights were handed in."""
    for one in found.evidence.runs:
        if f"{one.method}-{one.seed}" == found.evidence.submitted:
            if one.status == "finished":
                return one
            raise CourseError("The run that is handed in did not finish.")
    raise CourseError("`submitted` in evidence/record.json names none of its runs.")


def _report(found: Submission) -> None:
    text = found.report
    if cards.TODO in text:
        raise CourseError(f"report.md still says {cards.TODO}: write your own words.")
    _plain("report.md", text)
    heads = {line.lstrip("# ").strip() for line in text.splitlines() if line[:1] == "#"}
    if missing := [name for name in SECTIONS if name not in heads]:
        raise CourseError(f"report.md lacks the section {missing[0]!r}.")
    count = len(re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", text))
    if not FEWEST_WORDS <= count <= MOST_WORDS:
        raise CourseError(
            f"report.md has {count} words; write {FEWEST_WORDS} to {MOST_WORDS:,}."
        )


def _claims(found: Submission) -> None:
    brief = briefs.get(found.brief)
    for one in found.card.claims:
        if one.figure not in (brief.figure, *brief.more):
            raise CourseError(
                f"card.md claims {one.figure[:30]!r}; for brief {brief.name} figures"
                f" are {', '.join((brief.figure, *brief.more))}."
            )
        if (one.n, one.seed) != (found.n, found.samples_seed):
            raise CourseError(
                f"The claim about {one.figure} has n = {one.n:,} and seed {one.seed};"
                f" submission.json says {found.n:,} and {found.samples_seed}."
            )
        if one.extractor != brief.extractor:
            raise CourseError(
                f"The extractor of a claim in brief {brief.name} is"
                f" {brief.extractor!r}, not {one.extractor[:30]!r}."
            )
    main = found.card.claim(brief.figure)
    if main is None:
        raise CourseError(f"card.md makes no claim about {brief.figure}.")
    if main.seeds < evidence.SEEDS:
        raise CourseError(
            f"The interval of {brief.figure} rests on {main.seeds} seeds; at least"
            f" {evidence.SEEDS} are needed."
        )


def _privacy(found: Submission) -> None:
    if found.brief != "D":
        return
    from aigc_course.capstone.training import epsilon

    stated, claim = found.card.mechanism, found.card.claim("epsilon")
    if stated is None or claim is None:
        raise CourseError("card.md states a mechanism and claims epsilon in brief D.")
    if stated.delta > briefs.DELTA * (1 + ROUNDING):
        raise CourseError(f"delta is at most {briefs.DELTA:g}, not {stated.delta:g}.")
    spent = epsilon(stated.releases, stated.delta)
    if not spent <= briefs.EPSILON * (1 + ROUNDING):
        raise CourseError(
            f"The stated mechanism spends epsilon = {spent:.3f} at delta ="
            f" {stated.delta:g}; brief D allows {briefs.EPSILON:g}."
        )
    if claim.value < spent * (1 - ROUNDING):
        raise CourseError(
            f"card.md claims epsilon = {claim.value:g}, but the stated mechanism spends"
            f" {spent:.3f}."
        )


def _reload(found: Submission) -> None:
    """The first block of samples, drawn again."""
    made = loading.load(found)
    brief = briefs.get(found.brief)
    few = min(found.n, loading.BLOCK)
    with torch.random.fork_rng(devices=[]):
        if found.brief == "B":  # its digits are chosen for the whole n
            few = found.n
        again = briefs.draw(made, brief, few, found.samples_seed)
    if found.texts:
        pairs = zip(again.texts, found.texts, strict=True)
        same = sum(a[:SAME_START] == b[:SAME_START] for a, b in pairs)
        off = 1 - same / len(found.texts)
        most = 0.5  # one rounding can change all that follows
    else:
        assert again.pixels is not None and found.samples is not None
        apart = again.pixels.numpy().astype(int) - found.samples[:few]
        off = float((np.abs(apart).max((1, 2)) > NEAR).mean())
        most = MOST_OFF
    if off > most:
        raise CourseError(
            f"{off:.0%} of the samples are not what the weights make with seed"
            f" {found.samples_seed}: run `aigc capstone collect` again."
        )


_MORE: dict[str, Callable[[Submission], None]] = {
    "samples": _samples,
    "card": _card,
    "evidence": _evidence,
    "report": _report,
    "claims": _claims,
    "privacy": _privacy,
    "reload": _reload,
}
