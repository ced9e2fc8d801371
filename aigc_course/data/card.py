"""A data card: what a data set is, from facts that were measured and not remembered.

After Gebru et al. (2021), datasheets, and Pushkarna et al. (2022), data cards; only
what can be counted is here. What a set was made for, by whom and with whose consent,
its makers have to say.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course.data import cleaning
from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError
from aigc_course.files import whole_file

ROWS, PAIRS = 20, 5  # rows and pairs of classes that are named
UNKNOWN = "not known to this course: ask whoever gave it to you"
LICENCES = {  # where a set comes from, and on what terms
    "mnist": (
        "LeCun, Cortes and Burges (1998), from digits collected by NIST",
        "none stated by its authors; often passed on as CC BY-SA 3.0",
    ),
    "fashion-mnist": ("Xiao, Rasul and Vollgraf (2017), Zalando", "MIT"),
    "kmnist": ("Clanuwat et al. (2018), from CODH's data", "CC BY-SA 4.0"),
    "digits": ("Alpaydin and Kaynak (1998), UCI, by way of scikit-learn", "CC BY 4.0"),
}


@dataclass(frozen=True)
class Card:
    """The facts of a set, as plain JSON, and as a page to read."""

    facts: dict[str, Any]

    def to_json(self) -> str:
        """Indented JSON."""
        return json.dumps(self.facts, indent=2, ensure_ascii=False) + "\n"

    def to_markdown(self) -> str:
        """A page: tables of what was measured, and what nobody measured."""
        from aigc_course.data.card_page import page

        return page(self.facts)

    def save(self, path: str | Path) -> tuple[Path, Path]:
        """Write PATH (.md) and the same name in .json, both whole or neither.

        Raises CourseError for another ending, and when they cannot be written.
        """
        file = Path(path)
        if file.suffix != ".md":
            raise CourseError(
                f"A data card is a file ending in .md, not {file.name!r}."
            )
        other = file.with_suffix(".json")
        with whole_file(file) as text, whole_file(other) as plain:
            text.write_text(self.to_markdown(), encoding="utf-8")
            plain.write_text(self.to_json(), encoding="utf-8")
        return file, other


def card(train: ImageSet, test: ImageSet | None = None, quick: bool = False) -> Card:
    """Measure a set. quick leaves out near copies and labels in doubt.

    Without quick 60,000 digits take a minute or two of processor time. Raises
    CourseError as `data.corrupt` does for a set that is none.
    """
    from aigc_course.data.corrupt.corruption import check

    splits = [train] if test is None else [train, test]
    for split in splits:
        check(split, 0)
    origin, licence = LICENCES.get(train.name, (UNKNOWN, UNKNOWN))
    facts: dict[str, Any] = {
        "name": train.name,
        "found": train.source,
        "origin": origin,
        "licence": licence,
        "splits": {split.split: of_a_split(split) for split in splits},
        "copies": copies(train, test, quick),
    }
    facts["labels"] = None if quick else doubts(train)
    return Card(facts)


def of_a_split(images: ImageSet) -> dict[str, Any]:
    """Counts, range, brightness and hash of one split."""
    pixels = images.images
    ink = pixels.flatten(1)  # [N, H W]
    mean = ink.float().mean(1) / 255
    counts = images.labels.bincount(minlength=len(images.classes))
    return {
        "images": len(images),
        "shape": list(pixels.shape[1:]),
        "megabytes": round(pixels.numel() / 1e6, 1),
        "classes": dict(zip(images.classes, counts.tolist(), strict=True)),
        "most_to_least": _ratio(counts),
        "least_value": int(pixels.min()),
        "greatest_value": int(pixels.max()),
        "share_of_zeros": _share(pixels == 0),
        "share_of_255": _share(pixels == 255),
        "brightness": round(float(mean.mean()), 4),
        "brightness_deviation": round(float(mean.std(correction=0)), 4),
        "blank": int((ink.amax(1) == ink.amin(1)).sum()),
        "sha256": digest(images),
    }


def copies(train: ImageSet, test: ImageSet | None, quick: bool) -> dict[str, Any]:
    """Repeated pictures, those with two labels, and those on both sides."""
    first = cleaning.exact(train)
    again = (first < torch.arange(len(train))).nonzero()[:, 0]
    torn = train.labels[again] != train.labels[first[again]]
    found: dict[str, Any] = {
        "repeated": len(again),
        "repeated_under_another_label": int(torn.sum()),
        "nearly_repeated": None,
        "test_in_train": None,
        "test_nearly_in_train": None,
    }
    if test is not None:
        found["test_in_train"] = len(cleaning.shared(train, test))
    if not quick:
        found["nearly_repeated"] = len(cleaning.repeated(train, near_too=True))
    if not quick and test is not None:
        found["test_nearly_in_train"] = len(cleaning.shared(train, test, True))
    return found


def doubts(images: ImageSet) -> dict[str, Any] | None:
    """Labels that the other pictures contradict; None where that cannot be asked."""
    try:
        found = cleaning.label_errors(images)
    except CourseError:  # too few pictures, of a class or in all
        return None
    count = len(images.classes)
    # a pair as one number
    cells = images.labels[found.rows] * count + found.suggested
    times = cells.bincount(minlength=count**2)
    worst = times.argsort(descending=True, stable=True)[:PAIRS].tolist()
    return {
        "in_doubt": len(found),
        "share": round(len(found) / len(images), 4),
        "rows": found.rows[:ROWS].tolist(),
        "pairs": [
            {
                "label": images.classes[cell // count],
                "looks_like": images.classes[cell % count],
                "images": int(times[cell]),
            }
            for cell in worst
            if times[cell]
        ],
    }


def digest(images: ImageSet) -> str:
    """SHA-256 of the pixels, then the labels, as bytes in memory."""
    parts = (images.images, images.labels)
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part.cpu().contiguous().numpy().tobytes())
    return sha.hexdigest()


def _ratio(counts: Tensor) -> float | None:
    """The largest class to the smallest, None when one is empty."""
    low = int(counts.min())
    return round(int(counts.max()) / low, 2) if low else None


def _share(where: Tensor) -> float:
    return round(float(where.float().mean()), 4)
