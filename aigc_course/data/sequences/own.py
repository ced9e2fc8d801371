"""A text of your own, from a file."""

import re
from pathlib import Path

from aigc_course.data.sequences.text import Corpus
from aigc_course.errors import CourseError
from aigc_course.files import read_bytes

MOST_BYTES = 2**26
VALID_SHARE = 0.1
# tab, line feed and form feed are text; other control characters are not
CONTROL = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f]")
ODD = re.compile(r"[^\w .:+()-]")


def read(path: str | Path) -> str:
    """The text of a UTF-8 file, with line feeds alone at the ends of lines.

    Raises CourseError for what cannot be read, holds no letters, or is no text.
    """
    content = read_bytes(path, MOST_BYTES)
    try:
        found = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not a text in UTF-8: save it as one.") from error
    if CONTROL.search(found):
        raise CourseError(
            f"{path} is not a text: it holds control characters, as programs and"
            " pictures do."
        )
    if not found.strip():
        raise CourseError(f"{path} is empty: it holds no text.")
    return found.replace("\r\n", "\n").replace("\r", "\n")


def corpus(path: str | Path, valid: str | Path | None = None) -> Corpus:
    """A file to learn from, and another one to be judged on.

    Without a second file the last tenth of the first is for validation. Raises
    CourseError as `read` does.
    """
    whole = read(path)
    name = ODD.sub(" ", Path(path).stem)[:60].strip() or "text"
    if valid is not None:
        return Corpus(name, whole, read(valid), source="a file of your own")
    cut = len(whole) - int(len(whole) * VALID_SHARE)
    return Corpus(name, whole[:cut], whole[cut:], source="a file of your own")
