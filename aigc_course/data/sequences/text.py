"""Texts that come with the package: plays, sonnets, Tang quatrains, first names.

Each is split by work, poem or name, so that what a model is judged on is a work that it
has not read. `tools/ship_texts.py` packs them; `texts/NAME.md` says where each is from.

>>> corpus = text("names")
>>> corpus.train[:18].split()
['ling', 'austin', 'hertha']
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aigc_course.data import shipped
from aigc_course.errors import CourseError

FOLDER = Path(__file__).parent / "texts"
BETWEEN = "\f"  # stands between the two parts in a file, and nowhere else
# SHA-256 of what is unpacked, and the licence
TEXTS = {
    "shakespeare": (
        "8c8a420f0ca65d28ee80ed62c29807e41ae008a0f56408b6ded3baa505103aa2",
        "CC BY 2.5",
    ),
    "sonnets": (
        "d3a00e77d03dc32f0951620aa0350d9dfef96d7a395fb65676a3f3256091870d",
        "CC BY 2.5",
    ),
    "verse": (
        "b0c0edc09988e94df09bb839f15d4c236bd45d59da959db027909d0361bda741",
        "MIT",
    ),
    "names": (
        "fd4258646bdec12707142ef434410bb03c4f2e3ed4c0d5d3368e71950312b227",
        "public domain, packaged under MIT",
    ),
}


@dataclass(frozen=True)
class Corpus:
    """A text to learn from and one of other works to be judged on.

    source: how it was found, for a run's card.
    """

    name: str
    train: str
    valid: str
    licence: str = "not stated"
    source: str = "comes with the course"

    @property
    def symbols(self) -> list[str]:
        """The characters of both parts, in order: an alphabet, which is public."""
        return sorted(set(self.train) | set(self.valid))

    @property
    def card(self) -> str:
        """The data card, Markdown; empty for a text of your own."""
        path = FOLDER / f"{self.name}.md"
        return path.read_text(encoding="utf-8") if self.name in TEXTS else ""


@cache
def text(name: str) -> Corpus:
    """One of the texts TEXTS: "shakespeare", "sonnets", "verse" or "names".

    Every byte is checked. Raises CourseError for another name, and DataError when the
    file is missing or damaged.
    """
    if name not in TEXTS:
        raise CourseError(f"Texts are {', '.join(TEXTS)}; there is no {name!r}.")
    known, licence = TEXTS[name]
    path = FOLDER / f"{name}.xz"
    content = shipped.unpacked(path, known, "text")
    train, valid = content.decode(encoding(name)).split(BETWEEN)
    return Corpus(name, train, valid, licence)


def encoding(name: str) -> str:
    """How a text is packed: two bytes for each Chinese character, which xz likes."""
    return "utf-16-be" if name == "verse" else "utf-8"
