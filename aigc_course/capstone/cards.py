"""card.md of a submission: what its maker claims, in a form that can be checked.

The front matter is YAML whose values are JSON: `key: value`, one key a line; lines that
begin with a space go on with the value above. Nothing but numbers and words is read.
"""

import json
import math
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from aigc_course.errors import CourseError

MARK = "---"
TODO = "TODO"  # stands in a template where words are missing
KEY = re.compile(r"^([a-z_]{1,40}):(.*)$")
NEEDED = ("title", "authors", "brief", "licence", "data", "claims", "cost", "limits")


@dataclass(frozen=True)
class Claim:
    """A figure that is said of the submitted weights.

    value: with `seed` and `n` by the public measurement of the brief. low, high: 95 %
    interval of the mean over `seeds` trainings. extractor: what measured it.
    """

    figure: str
    value: float
    low: float
    high: float
    n: int
    seed: int
    extractor: str
    seeds: int


@dataclass(frozen=True)
class Mechanism:
    """What noise was added: (noise, rate, steps) of each release, and delta."""

    delta: float
    releases: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True)
class Card:
    """front: the front matter as it stands. text: what follows it."""

    front: dict[str, Any]
    text: str
    claims: tuple[Claim, ...] = ()
    mechanism: Mechanism | None = None
    authors: tuple[str, ...] = field(default=())

    def claim(self, figure: str) -> Claim | None:
        """The claim about a figure, or None."""
        return next((one for one in self.claims if one.figure == figure), None)


def parse(content: str) -> Card:
    """The card in a text. Raises CourseError that names the first thing wrong."""
    front, text = _split(content)
    if missing := [key for key in NEEDED if key not in front]:
        raise CourseError(f"The front matter of card.md lacks the key {missing[0]!r}.")
    authors = front["authors"]
    named = isinstance(authors, list) and authors
    if not named or not all(isinstance(one, str) and one for one in authors):
        raise CourseError('`authors` in card.md is a list of names, such as ["me"].')
    return Card(
        front, text, _claims(front["claims"]), _mechanism(front), tuple(authors)
    )


def render(front: dict[str, Any], text: str) -> str:
    """The text of a card; `parse` reads it back."""
    lines = [f"{key}: {_value(value)}" for key, value in front.items()]
    return "\n".join([MARK, *lines, MARK, "", text.lstrip("\n")])


def front_of(claims: list[Claim]) -> list[dict[str, Any]]:
    """Claims as the front matter holds them."""
    return [asdict(one) for one in claims]


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        rows = ",\n".join("  " + _json(one) for one in value)
        return f"[\n{rows}]"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _split(content: str) -> tuple[dict[str, Any], str]:
    lines = content.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != MARK:
        raise CourseError("card.md begins with a line of three hyphens, `---`.")
    try:
        end = next(i for i, line in enumerate(lines[1:], 1) if line.strip() == MARK)
    except StopIteration:
        raise CourseError(
            "The front matter of card.md ends with a second line `---`."
        ) from None
    return _front(lines[1:end]), "\n".join(lines[end + 1 :]).strip() + "\n"


def _front(lines: list[str]) -> dict[str, Any]:
    raw: dict[str, str] = {}
    last = ""
    for line in lines:
        if found := KEY.match(line):
            last = found[1]
            if last in raw:
                raise CourseError(f"The key {last!r} stands twice in card.md.")
            raw[last] = found[2].strip()
        elif last and line[:1].isspace():
            raw[last] += "\n" + line
        elif line.strip() and not line.startswith("#"):
            raise CourseError(
                f"This line of card.md has no key: {line[:40]!r}; write `key: value`."
            )
    return {key: _read(key, value) for key, value in raw.items()}


def _read(key: str, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        if text and text[0] not in "[{\"'|>&*!" and "\n" not in text:
            return text  # words without quotation marks
        raise CourseError(
            f"The value of {key!r} in card.md is not JSON ({_reason(error)})."
        ) from error


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _reason(error: Exception) -> str:
    return " ".join((str(error) or "nested too deeply").split())[:80]


def _claims(found: Any) -> tuple[Claim, ...]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise CourseError("`claims` in card.md is a list of {...}, one for a figure.")
    if len(found) > 20:
        raise CourseError("card.md has at most 20 claims.")
    claims = tuple(map(_claim, found))
    names = [one.figure for one in claims]
    if len(set(names)) < len(names):
        raise CourseError("Each figure is claimed once in card.md.")
    return claims


def _claim(found: dict[str, Any]) -> Claim:
    kinds = Claim.__annotations__
    if found.keys() != kinds.keys():
        raise CourseError(f"A claim in card.md has the keys {', '.join(kinds)}.")
    for key, kind in kinds.items():
        value = found[key]
        if kind is str and not isinstance(value, str):
            raise CourseError(f"`{key}` of a claim is a text in quotation marks.")
        if kind is int and (type(value) is not int or not 0 <= value < 2**32):
            raise CourseError(f"`{key}` of a claim is a whole number from 0 up.")
        if kind is float and not _finite(value):
            raise CourseError(f"`{key}` of a claim is a finite number.")
    if not found["low"] <= found["high"]:
        raise CourseError("`low` of a claim is not above its `high`.")
    return Claim(**found)


def _finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e12 and math.isfinite(value)


def _mechanism(front: dict[str, Any]) -> Mechanism | None:
    found = front.get("mechanism")
    if found is None:
        return None
    form = (
        '`mechanism` in card.md is {"delta": 1e-05, "releases": [{"noise": 4.0,'
        ' "rate": 1.0, "steps": 1}]}, with 1 to 20 releases.'
    )
    if not isinstance(found, dict) or found.keys() != {"delta", "releases"}:
        raise CourseError(form)
    releases = found["releases"]
    if not isinstance(releases, list) or not 1 <= len(releases) <= 20:
        raise CourseError(form)
    delta = found["delta"]
    if not _finite(delta) or not 1e-9 <= delta < 1:
        raise CourseError("`delta` of the mechanism is between 1e-9 and 1.")
    return Mechanism(delta, tuple(_release(one, form) for one in releases))


def _release(found: Any, form: str) -> tuple[float, float, int]:
    if not isinstance(found, dict) or found.keys() != {"noise", "rate", "steps"}:
        raise CourseError(form)
    noise, rate, steps = (found[key] for key in ("noise", "rate", "steps"))
    if not _finite(noise) or not 0.01 <= noise <= 1e6:
        raise CourseError("`noise` of a release is between 0.01 and 1,000,000.")
    if not _finite(rate) or not 0 < rate <= 1:
        raise CourseError("`rate` of a release is above 0 and at most 1.")
    if type(steps) is not int or not 1 <= steps <= 1_000_000:
        raise CourseError("`steps` of a release is from 1 to 1,000,000.")
    return float(noise), float(rate), steps
