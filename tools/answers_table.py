"""Print how the checkers judge the answers in tests/answers, as a Markdown table.

python tools/answers_table.py            all chapters that have answers
python tools/answers_table.py 05 07      these
python tools/answers_table.py -v 05      and each answer that is judged wrongly
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

HEAD = (
    "| chapter | exercises | right accepted | wrong refused | named |\n"
    "|---|--:|--:|--:|--:|"
)


def row(number: str) -> str:
    """One line of the table."""
    from tests import answers

    counts = answers.count(number)
    cells = [
        number,
        str(counts.exercises),
        _share(counts.accepted, counts.right),
        _share(counts.refused, counts.wrong),
        _share(counts.named, counts.wrong),
    ]
    return f"| {' | '.join(cells)} |"


def details(number: str) -> str:
    """The answers that are judged wrongly, and the wrong ones without a name."""
    from tests import answers

    lines = []
    for one in answers.of_chapter(number):
        verdict = answers.verdict(one)
        if one.is_right and not verdict.passed:
            lines.append(f"REFUSED, though right: {one.name}\n{verdict}")
        elif not one.is_right and not verdict.failed:
            lines.append(f"ACCEPTED, though wrong: {one.name}\n{verdict}")
        elif not one.is_right and not verdict.misconception:
            lines.append(f"without a name: {one.name}\n{verdict}")
    return "\n".join(lines)


def _share(some: int, all: int) -> str:
    return f"{some} of {all} ({some / all:.0%})" if all else "–"


def main(arguments: list[str]) -> int:
    """Print the table; with -v the answers behind it. Returns the exit status."""
    from tests import answers

    numbers = [one for one in arguments if one != "-v"] or answers.chapters()
    print(HEAD)
    for number in numbers:
        print(row(number), flush=True)
    for number in numbers if "-v" in arguments else ():
        print(f"\n{details(number)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
