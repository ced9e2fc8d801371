"""From a number to a mutant: the same number is the same bug, for the same course.

A number names a long list of candidate slips. The first that is proved exposable, in
all the ways it is written, is handed out; the others are refused and kept as a note.
"""

import ast
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import torch

from aigc_course.clinic.mutants.operators import OPERATORS
from aigc_course.clinic.mutants.place import Operator, Place, visited
from aigc_course.clinic.mutants.prove import (
    Proof,
    original,
    prove,
    results,
    same_results,
)
from aigc_course.clinic.mutants.rewrites import REWRITES, rewritten
from aigc_course.clinic.mutants.source import (
    Edit,
    edited,
    function_in,
    load,
    shown,
    text_of,
)
from aigc_course.clinic.mutants.targets import Property, Target, close, targets
from aigc_course.clinic.patient import Patient
from aigc_course.errors import CourseError

TRIES = 200
STRIDE = 1000  # from a refused slip to the next: far from where other numbers begin
LINES = 40  # of a function that is shown


@dataclass(frozen=True)
class Site:
    """One slip at one place: an operator, a function of a target, and the edit.

    key: a hexadecimal number that belongs to the slip and decides the order.
    """

    target: Target
    place: str
    operator: Operator
    edit: Edit
    key: str

    @property
    def before(self) -> str:
        """The module's text without the slip."""
        return text_of(self.target.module)

    @property
    def after(self) -> str:
        """The module's text with the slip."""
        return edited(self.before, self.edit)

    @property
    def difference(self) -> tuple[str, str]:
        """The changed lines, before and after."""
        old, new = self.before.splitlines(), self.after.splitlines()
        while old and new and old[0] == new[0]:
            del old[0], new[0]
        while old and new and old[-1] == new[-1]:
            del old[-1], new[-1]
        return "\n".join(old), "\n".join(new)


@dataclass
class Mutant:
    """A bug that is handed out, with its proof.

    number: what it was asked by. source: the sick function as text, without comments.
    name: what a test is given. call: how it is called. proof: a record for JSON.
    """

    number: int
    name: str
    source: str
    call: str
    symptom: str
    patient: Patient
    proof: dict[str, Any]
    refused: list[dict[str, str]] = field(default_factory=list)

    @property
    def test_signature(self) -> str:
        """The first line of the test to write."""
        return f"def test({self.name}):"


def make(number: int) -> Mutant:
    """The mutant of a number from 0 up. Raises CourseError for another one."""
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise CourseError(f"A mutant has a whole number from 0 up, not {number!r}.")
    refused: list[dict[str, str]] = []
    for site in candidates(number):
        proof = examined(site)
        if proof.verdict == "exposed" and (patient := _patient(number, site, proof)):
            return _handed_out(number, site, proof, patient, refused)
        refused.append(
            {"at": site.place, "by": site.operator.name, "as": proof.verdict}
        )
    raise CourseError(
        f"No exposable mutant was found for {number}: choose another number."
    )


def candidates(number: int) -> Iterator[Site]:
    """The slips that are tried for a number, one by one."""
    every = sites()
    for attempt in range(TRIES):
        yield every[(number + STRIDE * attempt) % len(every)]


@lru_cache(maxsize=1)
def sites() -> tuple[Site, ...]:
    """Every slip that leaves a program, in one order: the operators take turns."""
    found = [s for t in targets() for place in t.places for s in _sites(t, place)]
    queues: dict[str, list[Site]] = {}
    for site in sorted(found, key=lambda s: s.key):
        queues.setdefault(site.operator.name, []).append(site)
    rounds = zip_longest(*(queues[name] for name in sorted(queues)))
    return tuple(site for turn in rounds for site in turn if site is not None)


def _sites(target: Target, name: str) -> Iterator[Site]:
    text = text_of(target.module)
    function = function_in(ast.parse(text), name)
    place = Place(text, function)
    before, seen = ast.dump(function), set()
    for node in visited(function):
        for operator in OPERATORS.values():
            for edit in operator.edits(node, place):
                words = place.with_edit(edit)
                if words not in seen and _is_program(words, before):
                    seen.add(words)
                    first = edit.start - place.start(function)
                    key = f"{target.id} {name} {operator.name} {first} {edit.new}"
                    key = hashlib.sha256(key.encode()).hexdigest()
                    yield Site(target, name, operator, edit, key)


def _is_program(words: str, before: str) -> bool:
    """Whether a function's text can be parsed and is another program than before."""
    try:
        return ast.dump(ast.parse(words).body[0]) != before
    except (SyntaxError, IndexError):
        return False


def examined(site: Site) -> Proof:
    """What the suite says of a slip."""
    try:
        sick = _version(site, site.after, "as it is")
    except Exception as error:  # an edited module may fail as it is loaded
        return Proof("loud", {}, f"{type(error).__name__}: {error}"[:200], 0)
    return prove(site.target, sick)


def _version(site: Site, text: str, label: str) -> Any:
    mark = hashlib.sha256(site.after.encode()).hexdigest()[:8]
    made = load(text, site.target.module, f"mutant {mark} {site.place}, {label}")
    return getattr(made, site.target.name)


def _patient(number: int, site: Site, proof: Proof) -> Patient | None:
    """The mutant as a patient; None if a disguise of it is not the same bug."""
    target = site.target
    healthy = [original(target)]
    sick = [_version(site, site.after, "as it is")]
    made = Patient(
        f"mutant_{number}",
        ward="C",
        title=f"`{site.place}` of `{target.module}`",
        symptom=noticed(target, sick[0]),
        cause=site.operator.told,
        origin="A mutant of this course's own code.",
    )
    for how in REWRITES:
        try:
            right = _version(site, rewritten(site.before, site.place, how), how)
            wrong = _version(site, rewritten(site.after, site.place, how), how)
        except Exception:  # a rewriting that does not suit this function
            continue
        if _keeps(target, right, healthy[0]) and _keeps(target, wrong, sick[0]):
            healthy.append(right)
            sick.append(wrong)
    if len(healthy) < 3:
        return None
    made.shown(sick[0])
    made.repairs, made.rights, made.disguises = healthy[:1], healthy[1:], sick[1:]
    made.test(_reference_test(target, proof))
    if not _judged(made):
        return None
    made.calls(lambda f: target.observe(f, 0) if target.observe else [])
    return made


def _judged(made: Patient) -> bool:
    """Whether the reference test tells all right versions from all sick ones."""
    return all(
        _passes(made, version, seed) is (version in made.all_right())
        for seed in (0, 1)
        for version in [*made.all_right(), *made.all_sick()]
    )


def _passes(made: Patient, version: Any, seed: int) -> bool:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            made.reference_test(version)
        except AssertionError:
            return False
    return True


def noticed(target: Target, sick: Any) -> str:
    """What a run shows of a mutant: how its results differ, and not where from."""
    assert target.observe is not None
    pairs = list(zip(*results(target, (sick, original(target)), 0), strict=False))
    differ = [not close(a, b, 1e-6) for a, b in pairs if a.shape == b.shape]
    others = sum(differ) + len(pairs) - len(differ)
    finite = all(bool(a.double().isfinite().all()) for a, _ in pairs)
    start = "Nothing stops, and all values are finite."
    if not finite:
        start = "Nothing stops, and some values are not finite."
    return (
        f"{start} On random inputs {others} of {len(pairs)} results are not those of"
        " healthy code."
    )


def _keeps(target: Target, one: Any, other: Any) -> bool:
    """Whether a rewriting gives the same numbers, up to rounding."""
    try:
        return all(same_results(target, one, other, s, 1e-5) for s in (0, 1))
    except Exception:
        return False


def _reference_test(target: Target, proof: Proof) -> Callable[[Any], None]:
    """A test of the properties that make the proof; it draws its own seed.

    Of a training step the comparison is the shorter test: two steps instead of many.
    """
    sure = [n for n, k in proof.by.items() if k == proof.seeds]
    quick = [n for n in sure if n == "equals" and target.methods]
    names = quick or sure[:1] or list(proof.by)
    checks: list[Property] = [c for n, c in target.suite() if n.strip("_") in names]

    def test(patient: Any) -> None:
        seed = int(torch.randint(proof.seeds, ()))
        for check in checks:
            check(patient, seed)

    return test


def _handed_out(
    number: int,
    site: Site,
    proof: Proof,
    patient: Patient,
    refused: list[dict[str, str]],
) -> Mutant:
    before, after = site.difference
    record = {
        "target": site.target.id,
        "place": site.place,
        "operator": site.operator.name,
        "before": before,
        "after": after,
        "found by": proof.by,
        "seeds": proof.seeds,
        "witness": proof.witness,
        "right versions": len(patient.all_right()),
        "sick versions": len(patient.all_sick()),
        "sha256": hashlib.sha256(site.after.encode()).hexdigest(),
    }
    source = shown(site.after, site.place)
    target = site.target
    return Mutant(
        number,
        target.name,
        source,
        target.call,
        patient.symptom,
        patient,
        record,
        refused,
    )
