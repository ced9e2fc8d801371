"""Several JavaScript files become one, since a widget is handed over as one module.

The files are plain ES modules, so that tests can import them one by one. Only the form
`import { a, b } from "./file.js";` is known, without renaming; names at the top of the
files must not clash. There, a `const` or `let` declares one name, or one flat pattern
such as `[a, b]` or `{ a, b: c }`.
"""

import re
from functools import cache
from pathlib import Path

from aigc_course.errors import CourseError

STATIC = Path(__file__).parent / "static"
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.]+)";\n', re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class)\b)", re.M)
TOP_LEVEL = re.compile(
    r"^(?:(?:const|let|var)\b ?|(?:async )?function(?:\* ?| )|class )"
    r"([\w$]+|\[[^\]]*\]|\{[^}]*\})",
    re.M,
)


@cache
def bundle(entry: str, folder: Path = STATIC) -> str:
    """The module `entry` and all it imports, in one text; its default export stays.

    Raises CourseError when two files define one name.
    """
    parts: dict[str, str] = {}
    _collect(entry, folder, parts)
    owners: dict[str, str] = {}
    for name, text in parts.items():
        for defined in _defined(text):
            if defined in owners:
                raise CourseError(f"{owners[defined]} and {name} define {defined}.")
            owners[defined] = name
    return "\n".join(f"// {name}\n{text}" for name, text in parts.items())


def _defined(text: str) -> list[str]:
    """The names that a file defines at its top level."""
    names = []
    for pattern in TOP_LEVEL.findall(text):
        for part in pattern.strip("[]{}").split(","):
            # { key: name = default }, or ...rest
            name = part.split("=")[0].split(":")[-1].strip(" \n.")
            names += [name] if name else []
    return names


def style() -> str:
    """The style sheet of all labs."""
    return (STATIC / "lab.css").read_text(encoding="utf-8")


def _collect(name: str, folder: Path, parts: dict[str, str]) -> None:
    """Add `name` to `parts`, after what it imports."""
    if name in parts:
        return
    text = (folder / name).read_text(encoding="utf-8")
    for _, wanted in IMPORT.findall(text):
        _collect(wanted, folder, parts)
    parts[name] = EXPORT.sub("", IMPORT.sub("", text)).strip() + "\n"
