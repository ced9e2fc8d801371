"""Exercise on reading a training's curves."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aigc_course.checks.exercise import Exercise

Rows = Sequence[Mapping[str, float]]


exercise = Exercise(
    "06.diagnose",
    order=10,
    title="Say what the curves say",
    difficulty=2,
    minutes=10,
    idea="Look first for NaN and infinite values, since every comparison with NaN is"
    " false. Then look at D's probabilities, averaged over the last ten rows, and only"
    " then at the spread of the samples.",
    formula="not finite: any value of any row; D has won: mean D(x) > 0.98 and mean"
    " D(G(z)) < 0.02 over the last ten rows; collapse: spread < 0.1.",
    line="Write `if not all(math.isfinite(v) for row in rows for v in row.values()):"
    " return 'not finite'`, `real, fake = (np.mean([row[name] for row in"
    " rows[-10:]]) for name in ('D(x)', 'D(G(z))'))`, `if real > 0.98 and fake <"
    " 0.02: return 'D has won'` and `return 'collapse' if spread < 0.1 else"
    " 'nothing seen'`.",
    variation="Add a rule for oscillation: find a number of the last rows that shows"
    " it, and the size from which on you would speak of it.",
    asks="method",
)


@exercise.answer
def diagnose(rows: Rows, spread: float) -> str:
    """ "not finite", "D has won", "collapse" or "nothing seen".

    rows: dicts with D, G, D(x) and D(G(z)), the oldest first. spread: how much samples
    differ from one another, as a share of how much real data do.
    """
    if not all(math.isfinite(value) for row in rows for value in row.values()):
        return "not finite"
    recent = rows[-10:]
    real, fake = (mean(recent, name) for name in ("D(x)", "D(G(z))"))
    if real > 0.98 and fake < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


def mean(rows: Rows, name: str) -> float:
    """The mean of one column."""
    return sum(row[name] for row in rows) / len(rows)


def rows_of(real: Sequence[float], fake: Sequence[float], **last: float) -> list[dict]:
    """A history with these probabilities; `last` replaces values of the last row."""
    rows = [
        {
            "D": -math.log(r) - math.log(1 - f),
            "G": -math.log(f),
            "D(x)": r,
            "D(G(z))": f,
        }
        for r, f in zip(real, fake, strict=True)
    ]
    rows[-1] |= last
    return rows


def cases() -> list[tuple[list[dict], float]]:
    """Histories of twenty rows, each with a spread."""
    calm, won, doubt = [0.6] * 20, [0.995] * 20, [0.4] * 20
    lost = [0.005] * 20
    jumpy = [0.999 if i % 2 else 0.95 for i in range(20)]  # 0.9745 on average
    slip = [0.999] * 19 + [0.95]  # 0.994 over the last ten
    late = [0.5] * 10 + [0.995] * 10
    return [
        (rows_of(calm, doubt), 0.8),
        (rows_of(calm, doubt), 0.05),
        (rows_of(won, lost), 0.9),
        (rows_of(won, lost), 0.05),
        (rows_of(won, doubt), 0.9),
        (rows_of(calm, doubt, G=math.nan), 0.9),
        (rows_of(calm, doubt, D=math.inf), 0.05),
        (rows_of(won, lost, G=math.nan), 0.9),
        (rows_of(jumpy, lost), 0.9),
        (rows_of(jumpy[::-1], lost), 0.9),
        (rows_of(slip, lost), 0.9),
        (rows_of(late, [0.5] * 10 + [0.005] * 10), 0.9),
        (rows_of([0.995] * 10 + calm[:10], [0.005] * 10 + doubt[:10]), 0.9),
        (rows_of(calm, [0.1] * 20), 0.9),  # G's loss is far above D's
        (rows_of([0.999] * 20, [0.03] * 20), 0.9),  # 0.969 apart, one within its bound
        (rows_of([0.995] * 4, [0.005] * 4), 0.9),  # a training that has just begun
        (rows_of(calm, doubt, **{"D(x)": math.inf}), 0.9),
        (rows_of(calm, doubt, **{"D(G(z))": math.nan}), 0.9),
    ]


@exercise.inputs
def histories() -> list[tuple[list[dict], float]]:
    return cases()


@exercise.must_hold
def early_trouble_is_over(f: Callable[..., Any]) -> bool:
    """A D that was certain fifty rows ago and doubts now has not won."""
    rows = rows_of([0.999] * 50 + [0.6] * 10, [0.001] * 50 + [0.4] * 10)
    return f(rows, 1.0) == "nothing seen"


@exercise.must_hold
def one_bad_number_is_enough(f: Callable[..., Any]) -> bool:
    """A single infinite value anywhere in the history is reported."""
    rows = rows_of([0.6] * 30, [0.4] * 30)
    rows[3]["D(x)"] = math.inf
    return f(rows, 1.0) == "not finite"


@exercise.must_hold
def a_short_history_counts(f: Callable[..., Any]) -> bool:
    """With fewer than ten rows the means are over the rows that there are."""
    return f(rows_of([0.995] * 4, [0.005] * 4), 1.0) == "D has won"


@exercise.mistake(hint="formula")
def always_by_ten(rows: Rows, spread: float) -> str:
    """You divide by ten where the history has fewer rows, so the mean of D(x) comes out
    too small. Divide by the number of rows that you took."""
    if bad := first_bad(rows):
        return bad
    real, fake = (sum(row[k] for row in rows[-10:]) / 10 for k in ("D(x)", "D(G(z))"))
    if real > 0.98 and fake < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@exercise.mistake(hint="formula")
def by_the_difference(rows: Rows, spread: float) -> str:
    """You compare the difference of the two means with 0.96. It can be larger while one
    of them is within its bound: compare each mean with its own bound."""
    if bad := first_bad(rows):
        return bad
    recent = rows[-10:]
    if mean(recent, "D(x)") - mean(recent, "D(G(z))") > 0.96:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@exercise.mistake(hint="idea")
def nan_goes_unseen(rows: Rows, spread: float) -> str:
    """A NaN passes your test for infinity: it equals nothing, and no comparison with it
    is true. Ask `math.isfinite`, which knows both."""
    if any(abs(value) == math.inf for row in rows for value in row.values()):
        return "not finite"
    finite = [{k: v if v == v else 0.5 for k, v in row.items()} for row in rows]
    return diagnose(finite, spread)


@exercise.mistake(hint="formula")
def last_row_only(rows: Rows, spread: float) -> str:
    """You look at the last row alone. A single batch may look as if D had won; take the
    means over ten rows."""
    return first_bad(rows) or diagnose(rows[-1:], spread)


@exercise.mistake(hint="formula")
def all_rows(rows: Rows, spread: float) -> str:
    """Your means go over the whole history, so early rows hide that D has won by now.
    Take the last ten rows."""
    if bad := first_bad(rows):
        return bad
    real, fake = mean(rows, "D(x)"), mean(rows, "D(G(z))")
    if real > 0.98 and fake < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@exercise.mistake(hint="idea")
def either_belief(rows: Rows, spread: float) -> str:
    """You say that D has won when it is certain of the real samples or of the generated
    ones. A D that says "real" to everything is certain too; both have to hold."""
    if bad := first_bad(rows):
        return bad
    recent = rows[-10:]
    if mean(recent, "D(x)") > 0.98 or mean(recent, "D(G(z))") < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@exercise.mistake(hint="idea")
def collapse_first(rows: Rows, spread: float) -> str:
    """You test for the collapse before you test whether D has won. Where both hold,
    return "D has won": it comes first in the list of the exercise."""
    if bad := first_bad(rows):
        return bad
    return "collapse" if spread < 0.1 else diagnose(rows, spread)


@exercise.mistake(hint="idea")
def by_the_losses(rows: Rows, spread: float) -> str:
    """You compare the losses, and say that D has won where G's loss is far above D's.
    How large a loss is depends on the game; D's probabilities mean the same in all."""
    if bad := first_bad(rows):
        return bad
    recent = rows[-10:]
    if mean(recent, "G") > 2 * mean(recent, "D"):
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@exercise.mistake(hint="line")
def nan_only(rows: Rows, spread: float) -> str:
    """You look for NaN, and an infinite value passes your test. Ask `math.isfinite`,
    which refuses both."""
    if any(math.isnan(value) for row in rows for value in row.values()):
        return "not finite"
    finite = [{k: v if math.isfinite(v) else 0.5 for k, v in r.items()} for r in rows]
    return diagnose(finite, spread)


@exercise.mistake(hint="formula")
def losses_alone(rows: Rows, spread: float) -> str:
    """You look for NaN and infinite values in the losses alone. The exercise asks about
    any value of any row, so D's probabilities as well."""
    if any(not math.isfinite(row[name]) for row in rows for name in ("D", "G")):
        return "not finite"
    recent = rows[-10:]
    if mean(recent, "D(x)") > 0.98 and mean(recent, "D(G(z))") < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@exercise.mistake(hint="formula")
def any_row(rows: Rows, spread: float) -> str:
    """One of the last ten rows is enough for you. A single row may be beyond both
    bounds by accident; take the means over the ten."""
    if bad := first_bad(rows):
        return bad
    if any(row["D(x)"] > 0.98 and row["D(G(z))"] < 0.02 for row in rows[-10:]):
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@exercise.mistake(hint="formula")
def every_row(rows: Rows, spread: float) -> str:
    """You ask that each of the last ten rows is beyond both bounds. One row within them
    then hides a D that has won; take the means over the ten."""
    if bad := first_bad(rows):
        return bad
    if all(row["D(x)"] > 0.98 and row["D(G(z))"] < 0.02 for row in rows[-10:]):
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"


@exercise.mistake(hint="line")
def first_rows(rows: Rows, spread: float) -> str:
    """Your means are over the first ten rows. The oldest row comes first, so the newest
    ten are `rows[-10:]`."""
    return first_bad(rows) or diagnose(rows[:10], spread)


def first_bad(rows: Rows) -> str | None:
    """ "not finite" where a value is not."""
    bad = any(not math.isfinite(value) for row in rows for value in row.values())
    return "not finite" if bad else None
