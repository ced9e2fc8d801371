"""Blinded peer review: who reads whom, and copies without names."""

import hashlib
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

from aigc_course.capstone import cards, rubric, submission
from aigc_course.capstone.project import new_folder
from aigc_course.capstone.submission import Submission
from aigc_course.errors import CourseError
from aigc_course.files import write_bytes, write_json, write_text

EACH = 2  # submissions for each reviewer
BLINDED = "(blinded)"
KEY = "key.json"  # for the teacher alone
SHORTEST = 3  # letters of a name that is replaced in the text


def assign(
    names: Sequence[str], seed: int, each: int = EACH
) -> dict[str, tuple[str, ...]]:
    """Whom each reviewer reads: `each` others, and each is read `each` times.

    All stand in a circle in random order, and each reads those that stand s places
    further on, for `each` random distances s from 1 on: never their own.

    >>> found = assign(["a", "b", "c"], seed=0)
    >>> sorted(found["a"])
    ['b', 'c']

    Raises CourseError for too few names, or a name that stands there twice.
    """
    if len(set(names)) < len(names):
        raise CourseError("Every reviewer has a name of their own.")
    if not 1 <= each < len(names):
        raise CourseError(
            f"With {each} reviews for each, at least {each + 1} submissions are needed;"
            f" there are {len(names)}."
        )
    chance = random.Random(f"reviews of {seed}")
    circle = sorted(names)
    chance.shuffle(circle)
    steps = sorted(chance.sample(range(1, len(circle)), each))
    n = len(circle)
    return {
        name: tuple(circle[(i + step) % n] for step in steps)
        for i, name in enumerate(circle)
    }


def blind(
    places: Sequence[Path], out: Path, seed: int, each: int = EACH
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Write OUT/REVIEWER/CODE/ with what each reviewer reads, and OUT/key.json.

    A copy holds card, report, evidence and samples, without weights; the names of the
    authors and of the file are replaced. Returns who reads whom, and why a submission
    was left out. Raises CourseError where `out` is not empty, and for too few.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CourseError(f"{out} is not an empty folder: choose another --out.")
    found, refused = _readable(places)
    readers = assign(list(found), seed, each)
    codes = {name: code(name, seed) for name in found}
    key = {"seed": seed, "codes": codes, "readers": readers, "left_out": refused}
    with new_folder(out) as made:
        for reader, others in readers.items():
            for other in others:
                _copy(found[other], made / reader / codes[other])
        write_json(made / KEY, key)
    return readers, refused


def _readable(places: Sequence[Path]) -> tuple[dict[str, Submission], dict[str, str]]:
    """The submissions by name, and why the others cannot be read."""
    found: dict[str, Submission] = {}
    refused: dict[str, str] = {}
    for place in places:
        try:
            one = submission.read(place)
        except CourseError as error:
            refused[place.name] = str(error)
            continue
        if one.name in found:
            raise CourseError(f"Two submissions have the name {one.name}.")
        found[one.name] = one
    return found, refused


def code(name: str, seed: int) -> str:
    """What a submission is called in a review: six letters that do not tell the name.

    Who knows the seed can find the name; the seed stays with the teacher.
    """
    digest = hashlib.sha256(f"{seed}\n{name}".encode()).digest()
    letters = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no word comes of it
    return "".join(letters[byte % len(letters)] for byte in digest[:6])


def _copy(one: Submission, folder: Path) -> None:
    names = [one.name, *one.card.authors]
    front = {**one.card.front, "authors": [BLINDED]}
    record = json.dumps(one.evidence.to_dict(), indent=2, ensure_ascii=False)
    texts = {
        "card.md": cards.render(front, one.card.text),
        "report.md": one.report,
        "evidence.json": record + "\n",
        "samples.txt": submission.BETWEEN.join(one.texts),
    }
    for file, text in texts.items():
        if text:
            write_text(folder / file, without(text, names))
    if one.samples is not None:
        from aigc_course import plots

        write_bytes(folder / "samples.npy", one.files["samples.npy"])
        plots.save_grid(folder / "samples.png", one.samples[:100])
    write_text(folder / "review.md", _form(folder.name))


def without(text: str, names: Sequence[str]) -> str:
    """The text with each name, and each of its words, replaced by "(blinded)"."""
    parts = {part for name in names for part in (name, *re.split(r"[\s_.-]+", name))}
    for part in sorted(parts, key=len, reverse=True):
        long = len(part) >= SHORTEST or not part.isascii() and len(part) > 1
        if long and part.lower() not in _COMMON:
            bounds = (r"\b", r"\b") if part.isascii() else ("", "")
            text = re.sub(
                bounds[0] + re.escape(part) + bounds[1], BLINDED, text, flags=re.I
            )
    return text


# words of file names that are no names of people
_COMMON = {
    *("submission", "capstone", "project", "final", "zip", "the", "and", "for", "gan"),
    *("vae", "flow", "digits", "brief", "group", "team", "baseline", "mine", "me"),
}


def _form(name: str) -> str:
    """An empty review: the rubric's rows, and three questions."""
    table = "\n".join(f"| {row.title} |  |  |" for row in rubric.ROWS)
    return (
        f"# Review of {name}\n\nScore each row 0, 1 or 2 by rubric.md of your own"
        " project.\n\n| row | score | reason |\n| --- | --- | --- |\n"
        f"{table}\n\n## What convinced me\n\n\n## What I doubt, and which measurement"
        " would settle it\n\n\n## One thing to change\n\n"
    )
