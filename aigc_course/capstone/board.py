"""The board of a class: a table for a spreadsheet, and a page without any script."""

import csv
import html
import io
from collections.abc import Sequence
from pathlib import Path

from aigc_course.capstone.verdict import BY_HAND, KINDS, MOST, TOTAL, Verdict
from aigc_course.files import write_text

CLOSE = 1.0  # points within which two submissions share a place
COLUMNS = ("place", "name", "brief", *MOST, "total", "found", "judge", "submission")
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color: #1a1a1a; background: #fff }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; padding: .5rem 0 }
th, td { border-bottom: 1px solid #767676; padding: .4rem .6rem; text-align: left }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #111 } a { color: #9cf } }
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'">
<title>Capstone: board</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Capstone: board</h1>
<p>{n} submissions, judged with the judge <code>{judge}</code>. Points are of {total};
a person gives up to {hand} more for the report. Submissions of a brief whose totals
differ by at most {close:g} point share a place.</p>
{tables}
</main>
</body>
</html>
"""


def write(verdicts: Sequence[Verdict], folder: str | Path) -> None:
    """Write board.csv and board.html."""
    rows = ranked(verdicts)
    write_text(Path(folder) / "board.csv", table(rows))
    write_text(Path(folder) / "board.html", page(rows))


def ranked(verdicts: Sequence[Verdict]) -> list[tuple[int, Verdict]]:
    """Verdicts with their places, brief by brief and best first.

    A submission shares the place of the one before it where their totals differ by at
    most a point from the first of that place.
    """
    found: list[tuple[int, Verdict]] = []
    for brief in sorted({one.brief for one in verdicts}, key=lambda name: name or "Z"):
        some = [one for one in verdicts if one.brief == brief]
        place, first = 0, float("inf")
        ordered = sorted(some, key=lambda one: (-one.total, one.name))
        for number, one in enumerate(ordered, 1):
            if first - one.total > CLOSE:
                place, first = number, one.total
            found.append((place, one))
    return found


def table(rows: Sequence[tuple[int, Verdict]]) -> str:
    """The board as CSV. A cell that a spreadsheet might compute begins with a quote."""
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(COLUMNS)
    for place, one in rows:
        points = [one.parts[name].points for name in MOST]
        kinds = " ".join(dict.fromkeys(f.kind for f in one.findings))
        sheet.writerow(
            [place, _safe(one.name), one.brief, *points, one.total, kinds]
            + [one.judge, one.submission]
        )
    return out.getvalue()


def page(rows: Sequence[tuple[int, Verdict]]) -> str:
    """The board as one HTML file that loads nothing and runs nothing."""
    judges = dict.fromkeys(one.judge for _, one in rows)
    briefs = list(dict.fromkeys(one.brief for _, one in rows))
    tables = [
        _table(name, [row for row in rows if row[1].brief == name]) for name in briefs
    ]
    return PAGE.format(
        style=STYLE,
        n=len(rows),
        judge=", ".join(judges) or "none",
        total=TOTAL,
        hand=BY_HAND,
        close=CLOSE,
        tables="\n".join(tables),
    )


def _table(brief: str, rows: Sequence[tuple[int, Verdict]]) -> str:
    title = f"Brief {html.escape(brief)}" if brief else "Not judged"
    heads = "".join(f'<th scope="col" class="n">{name}</th>' for name in MOST)
    lines = "\n".join(_line(place, one) for place, one in rows)
    return (
        f"<table>\n<caption>{title}: points by part</caption>\n<thead><tr>"
        f'<th scope="col" class="n">place</th><th scope="col">name</th>{heads}'
        '<th scope="col" class="n">total</th><th scope="col">found</th></tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody>\n</table>"
    )


def _line(place: int, one: Verdict) -> str:
    cells = "".join(f'<td class="n">{one.parts[name].points:g}</td>' for name in MOST)
    kinds = dict.fromkeys(found.kind for found in one.findings)
    told = "; ".join(KINDS[kind] for kind in kinds) or "nothing"
    return (
        f'<tr><td class="n">{place}</td><th scope="row">{html.escape(one.name)}</th>'
        f'{cells}<td class="n">{one.total:g}</td><td>{html.escape(told)}</td></tr>'
    )


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
