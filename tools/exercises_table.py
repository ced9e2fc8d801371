"""Print what the exercises of each chapter ask for, as a Markdown table.

python tools/exercises_table.py          counts, a row a chapter
python tools/exercises_table.py 05 07    each exercise of these
"""

import sys
from pathlib import Path
from typing import get_args

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from aigc_course.checks import registry  # noqa: E402
from aigc_course.checks.exercise import Asks, Exercise  # noqa: E402

KINDS: tuple[str, ...] = get_args(Asks)


def counts(number: str) -> dict[str, int]:
    """How many exercises of a chapter ask for each kind of work."""
    asked = [exercise.asks for exercise in registry.exercises(number)]
    return {kind: asked.count(kind) for kind in KINDS}  # type: ignore[arg-type]


def summary(numbers: list[str]) -> str:
    """A row a chapter; the share is that of the exercises that transcribe a formula."""
    lines = [f"| chapter | {' | '.join(KINDS)} | share of formula | minutes |"]
    lines.append("|---" + "|--:" * (len(KINDS) + 2) + "|")
    for number in numbers:
        found = counts(number)
        share = f"{found['formula'] / sum(found.values()):.0%}"
        minutes = str(sum(one.minutes for one in registry.exercises(number)))
        cells = [number, *map(str, found.values()), share, minutes]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def details(number: str) -> str:
    """A row an exercise: id, what it asks for, difficulty and minutes."""
    lines = ["| exercise | asks for | difficulty | minutes |", "|---|---|--:|--:|"]
    lines += [_row(exercise) for exercise in registry.exercises(number)]
    return "\n".join(lines)


def _row(one: Exercise) -> str:
    return f"| {one.id} | {one.asks} | {one.difficulty} | {one.minutes} |"


def main(arguments: list[str]) -> int:
    """Print the table or tables. Returns the exit status."""
    if arguments:
        print("\n\n".join(map(details, arguments)))
    else:
        print(summary(sorted(registry.modules())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
