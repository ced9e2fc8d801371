"""The records of studies and benchmarks as tables."""

import json
import statistics
from pathlib import Path
from typing import Any


def studies(root: Path) -> str:
    """One table for each study: a row a method, the median and the range over seeds."""
    parts = [
        "# Studies\n",
        "Methods over many seeds. A figure is the median over the seeds that finished,"
        " and beneath it the lowest and the highest. Failed runs are counted. Each"
        " record names its command, so that you can repeat it.\n",
    ]
    for path in sorted((root / "aigc_course/studies/records").glob("*.json")):
        parts.append(_study(json.loads(path.read_text(encoding="utf-8"))))
    return "\n".join(parts)


def _study(record: dict[str, Any]) -> str:
    columns = record["columns"]
    head = ["method", *(_head(column) for column in columns), "failed"]
    rows = []
    for method in record["methods"]:
        cells = [cell for cell in record["cells"] if cell["method"] == method]
        if cells:
            failed = sum(bool(cell["failed"]) for cell in cells)
            shown = [_shown(column, cells) for column in columns]
            rows.append([method, *shown, f"{failed} of {len(cells)}"])
    rule = (
        f" A run counts as failed when {record['rule']}." if record.get("rule") else ""
    )
    return (
        f"## {record['study']}\n\n{record['question']}{rule}\n\n{table(head, rows)}\n\n"
        f"Measured by `{record['command']}` on {record['date']}.\n"
    )


def _head(column: dict[str, Any]) -> str:
    name = column["name"].replace("_", " ")
    return f"{name} ({column['unit']})" if column["unit"] else name


def _shown(column: dict[str, Any], cells: list[dict[str, Any]]) -> str:
    values = [(cell.get("outcome") or {}).get(column["name"]) for cell in cells]
    numbers = sorted(float(value) for value in values if isinstance(value, int | float))
    if not numbers:
        return "–"
    low, middle, high = numbers[0], statistics.median(numbers), numbers[-1]
    texts = [_number(value, column["kind"]) for value in (middle, low, high)]
    return f"{texts[0]}<br>{texts[1]} to {texts[2]}" if len(numbers) > 1 else texts[0]


def _number(value: float, kind: str) -> str:
    if kind == "share":
        return f"{100 * value:.1f} %"
    return (
        f"{value:,.0f}" if value == int(value) and abs(value) < 1e9 else f"{value:,.4g}"
    )


def measurements(root: Path) -> str:
    """The table of benchmarks/README.md."""
    text = (root / "benchmarks/README.md").read_text(encoding="utf-8")
    return text.replace("`records`", "`benchmarks/records`")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
        for line in lines
    )
