"""Shapes as files: what `aigc shape` writes."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from aigc_course import files
from aigc_course.apps.shapes import measure, mesh, shipped, stl
from aigc_course.apps.shapes.families import known
from aigc_course.errors import CourseError

TALL = 80.0  # units of a file, millimetres for most printers, of the cube's side
ROUND = 16  # shapes drawn at once
MOST_DRAWS = 50  # rounds of drawing before it is given up


@dataclass(frozen=True)
class Report:
    """The files written, and how many shapes in pieces were drawn again."""

    paths: tuple[Path, ...]
    rejected: int


def write(kind: str, n: int, seed: int, folder: Path) -> Report:
    """Write n shapes of a kind into a new or empty folder, all of them or none.

    Raises CourseError for an unknown kind, a folder that holds files, and a place that
    cannot be written.
    """
    known(kind)
    _require_empty(folder)
    fields, rejected = whole_ones(kind, n, seed)
    digits = max(2, len(str(n)))
    contents = {
        f"{kind}_{i + 1:0{digits}d}.stl": stl.to_bytes(_printed(mesh.from_field(one)))
        for i, one in enumerate(fields)
    }
    _all_or_none(folder, contents)
    return Report(tuple(folder / name for name in contents), rejected)


def whole_ones(kind: str, n: int, seed: int) -> tuple[list[Tensor], int]:
    """n half fields that are each in one piece, and how many others were drawn.

    Raises CourseError where the generator draws too few of them.
    """
    generator = shipped.generator()
    kept: list[Tensor] = []
    rejected = 0
    for attempt in range(MOST_DRAWS):
        # the first n of a seed do not depend on n: each round draws as many
        drawn = generator.sample(kind, ROUND, seed * MOST_DRAWS + attempt)
        for one in drawn:
            if len(kept) == n:
                return kept, rejected
            if measure.pieces(one) == 1:
                kept.append(one)
            else:
                rejected += 1
    if len(kept) < n:
        raise CourseError(
            f"The generator drew {len(kept)} of {n} shapes in one piece: ask for fewer."
        )
    return kept, rejected


def _printed(one: mesh.Mesh) -> mesh.Mesh:
    """The mesh on the floor z = 0, so large that the cube's side is TALL."""
    moved = (one.corners - [0, 0, one.corners[:, 2].min()]) * (TALL / 2)
    return mesh.Mesh(moved.astype("float32"), one.triangles)


def _require_empty(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file; name a folder that is new or empty.")
    if folder.is_dir() and any(folder.iterdir()):
        raise CourseError(f"{folder} holds files; name a folder that is new or empty.")


def _all_or_none(folder: Path, contents: dict[str, bytes]) -> None:
    """Write into a folder beside, and rename it when all files are there."""
    target = files.target(folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".shapes-"))
    except OSError as error:
        raise CourseError(f"Cannot write {folder}: {error.strerror}.") from error
    try:
        for name, content in contents.items():
            files.write_bytes(beside / name, content)
        beside.chmod(0o777 & ~_umask())
        if target.is_dir():
            target.rmdir()  # it is empty
        beside.rename(target)
    except OSError as error:
        raise CourseError(f"Cannot write {folder}: {error.strerror}.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
