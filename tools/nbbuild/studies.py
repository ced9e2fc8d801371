"""Figures of studies in a chapter's text, read from the committed records.

{{study NAME METHOD COLUMN}}        the median over the seeds; also with low, high,
                                    mean or interval
{{study NAME METHOD failed}}        "0 of 10"; seeds and seconds likewise
"""

import re
from collections.abc import Callable, Iterator

from aigc_course.errors import CourseError
from aigc_course.studies.quote import quote
from aigc_course.studies.results import Record, find

QUOTE = re.compile(r"\{\{study\s+(\S+)\s+(\S+)\s+([^\s}]+)(?:\s+(\w+))?\}\}")
MEANT = re.compile(r"\{\{\s*study\b[^}]*\}\}")
Find = Callable[[str], Record]


def filled(text: str, find: Find = find) -> str:
    """`text` with the figures in place. Raises CourseError for an unknown one."""
    return QUOTE.sub(lambda found: _quoted(found, find), text)


def problems(text: str, find: Find = find) -> Iterator[str]:
    """One sentence for each figure that cannot be resolved."""
    for meant in MEANT.findall(text):
        found = QUOTE.fullmatch(meant)
        if not found:
            yield f"{meant} is not understood; write {{{{study NAME METHOD COLUMN}}}}."
            continue
        try:
            _quoted(found, find)
        except CourseError as error:
            yield f"{meant}: {error}"


def unmeasured(text: str, find: Find = find) -> list[str]:
    """The studies that `text` quotes and that have no record yet."""
    names = dict.fromkeys(found.group(1) for found in QUOTE.finditer(text))
    return [name for name in names if find(name).is_missing]


def _quoted(found: re.Match[str], find: Find) -> str:
    name, method, column, end = found.groups(default="")
    return quote(find(name), method, column, end)
