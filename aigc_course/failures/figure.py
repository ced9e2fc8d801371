"""What the learner sees of a trial: symptoms, and no name."""

import math
from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from torch import Tensor

from aigc_course.failures.case import Case, Trial
from aigc_course.failures.cases import case
from aigc_course.failures.points import TARGETS
from aigc_course.failures.vocabulary import changed, vocabulary
from aigc_course.plots.curves import PANELS
from aigc_course.plots.figures import BLUE, CYCLE, LINES, VERMILION, new_figure
from aigc_course.plots.grids import tile

Changes = Mapping[str, Any]

MOMENTS = 4  # at which samples are shown; of digits one fewer, and one enlarged
DRAWN = 24  # images at a moment
HUGE = 1e3  # losses beyond are shown on a logarithmic axis
FEW = 3  # rows below which single steps are shown
ARROWS = 12  # towards points outside the axes


def symptoms(
    which: str | Case, seed: int = 0, settings: Changes | None = None
) -> Figure:
    """Curves, samples and the monitor's words of one trial of a case; trains if needed.

    which: a letter or a case. settings: changes to the case's own, to see what they do.
    Raises CourseError for an unknown letter and for settings that are not allowed.
    """
    chosen = case(which)
    trial = chosen.run(settings, seed)
    figure = new_figure(9, 6.2)
    above, below = np.asarray(figure.subfigures(2, 1, height_ratios=[1, 1.05]))
    above.suptitle(_title(chosen, trial), fontsize=11)
    left, middle, right = above.subplots(1, 3, width_ratios=[1, 1, 0.9])
    for axes, (label, names, _) in zip((left, middle), PANELS, strict=False):
        _curves(axes, trial, label, names)
    middle.set_ylim(-0.03, 1.03)
    _beliefs(right, trial)
    _samples(below, chosen, trial)
    below.supxlabel(fill(_key(chosen) + _words(trial), 110), fontsize=9)
    return figure


def _key(chosen: Case) -> str:
    """What the marks beneath the curves are."""
    if chosen.kind == "digits":
        return ""
    marks = "Dots are real, crosses generated. "
    path = (
        "The line is the path of the generated centre over the second half of the"
        " training, the ring its end, the plus the real centre. "
    )
    return marks + (path if _single(chosen) else "")


def _single(chosen: Case) -> bool:
    return len(TARGETS[chosen.target]) == 1


def describe(which: str | Case, seed: int = 0, settings: Changes | None = None) -> str:
    """The figure of the same arguments in words: numbers at the end, samples, monitor.

    For those who cannot see it, and as the alternative text of the picture.
    """
    trial = case(which).run(settings, seed)
    if not trial.outcome["finite"]:
        return f"{_step_by_step(trial)} {_words(trial)}"
    last = trial.rows[-1]
    values = [f"{name} {last[name]:.2f}" for name in _COLUMNS if name in last]
    beliefs = [f"{name} {value:.2f}" for name, value in trial.beliefs.items()]
    return (
        f"After {last['step']:.0f} steps {', '.join(values)}. D's mean belief at the"
        f" end: {'; '.join(beliefs)}. {_seen(trial)} {_words(trial)}"
    )


def _step_by_step(trial: Trial) -> str:
    """The last steps up to the first that is not finite."""
    rows = history(trial)
    broken = [_broken(row) for row in rows]
    end = broken.index(True) if True in broken else len(rows) - 1
    shown = rows[max(0, end - 4) : end + 1]
    told = "; ".join(
        f"{name} {', '.join(f'{row[name]:.2f}' for row in shown)}" for name in _COLUMNS
    )
    return (
        f"Steps {shown[0]['step']:.0f} to {shown[-1]['step']:.0f}, one by one: {told}."
        " After that no number is finite, D's mean beliefs at the end included."
    )


def sheet(which: str | Case) -> str:
    """The settings of a case as a text table: name, value, meaning, what is allowed."""
    chosen = case(which)
    known = vocabulary(chosen.kind)
    rows = [("setting", "value", "meaning", "allowed")]
    rows += [
        (name, _plain(value), known[name].meaning, str(known[name]))
        for name, value in chosen.settings.items()
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return "\n".join(
        "  ".join([*map(str.ljust, row[:3], widths), row[3]]).rstrip() for row in rows
    )


_COLUMNS = ("D", "G", "D(x)", "D(G(z))")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _title(chosen: Case, trial: Trial) -> str:
    new = changed(chosen.settings, trial.settings)
    told = ", ".join(f"{name} = {_plain(value)}" for name, value in new.items())
    return f"Case {chosen.letter}, {told or 'as it was found'}"


def _curves(axes: Axes, trial: Trial, label: str, names: tuple[str, ...]) -> None:
    rows = history(trial)
    steps = [row["step"] for row in rows]
    mark = "o" if len(trial.rows) < FEW else ""
    for name, colour, line in zip(names, CYCLE, LINES, strict=False):
        values = [row[name] for row in rows]
        axes.plot(steps, values, line, color=colour, label=name, marker=mark, ms=3)
    axes.set(xlabel="step", ylabel=label)
    end = next((row["step"] for row in rows if _broken(row)), None)
    if end is not None:
        axes.axvline(end, color="0.4", linestyle=":", label="first NaN")
        axes.set_xlim(steps[0] - 0.5, steps[-1] + 0.5)
    if max(_sizes(rows, names), default=0) > HUGE:
        axes.set_yscale("symlog", linthresh=1)
    axes.legend(frameon=False)


def history(trial: Trial) -> list[dict[str, float]]:
    """The rows of a training, or its last steps where there are hardly any rows."""
    return trial.rows if len(trial.rows) >= FEW else trial.last


def _broken(row: Mapping[str, float]) -> bool:
    return not all(math.isfinite(row[name]) for name in _COLUMNS if name in row)


def _sizes(rows: list[dict[str, float]], names: tuple[str, ...]) -> list[float]:
    found = [abs(row[name]) for row in rows for name in names]
    return [size for size in found if math.isfinite(size)]


def _beliefs(axes: Axes, trial: Trial) -> None:
    names, values = list(trial.beliefs), list(trial.beliefs.values())
    axes.barh(names[::-1], np.nan_to_num(values)[::-1], color=CYCLE[0], height=0.6)
    if not np.isfinite(values).any():
        axes.text(0.5, 1.5, "NaN", ha="center", va="center")
    axes.set(xlim=(0, 1), xlabel="D's mean belief at the end")
    axes.axvline(0.5, color="0.6", linewidth=0.8)


def _samples(figure: SubFigure, chosen: Case, trial: Trial) -> None:
    shown = moments(trial)
    if not shown:
        return
    panels = np.atleast_1d(figure.subplots(1, len(shown)))
    for axes, (step, samples) in zip(panels, shown, strict=True):
        axes.set_title(f"step {step:,}", fontsize=10)
        if chosen.kind == "points":
            _cloud(axes, samples, trial.real)
        else:
            _picture(axes, tile(samples[:DRAWN].nan_to_num(0), 4))
    if chosen.kind == "points" and _single(chosen):
        panels[-1].clear()
        _path(panels[-1], chosen, trial)
    elif chosen.kind == "digits" and len(shown) == MOMENTS:
        panels[-1].clear()
        panels[-1].set_title(f"four at step {shown[-1][0]:,}", fontsize=10)
        _picture(panels[-1], tile(shown[-1][1][:4].nan_to_num(0), 2))


def _picture(axes: Axes, picture: np.ndarray) -> None:
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_off()


def _cloud(axes: Axes, samples: Tensor, real: Tensor) -> None:
    axes.scatter(real[:400, 0], real[:400, 1], s=6, color=BLUE, alpha=0.4, linewidths=0)
    some = samples[:300].nan_to_num(0)
    x, y = some.T
    axes.scatter(x, y, s=12, marker="x", color=VERMILION, linewidths=0.8, alpha=0.7)
    farthest = samples.nan_to_num(0).abs().max().item()
    reach = max(1.6, min(farthest, 20.0))
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    outside = some[(some.abs() > reach).any(dim=1)]
    if len(outside):
        _arrows(axes, outside, reach)
        share = f"{len(outside)} of {len(some)} outside"
        axes.set_xlabel(f"{share}, up to {farthest:,.0f}", fontsize=8)


def _arrows(axes: Axes, outside: Tensor, reach: float) -> None:
    """Short arrows at the edge towards some of the points beyond it."""
    for x, y in outside[:ARROWS].tolist():
        length = max(abs(x), abs(y))
        at = reach * x / length, reach * y / length
        start = 0.8 * at[0], 0.8 * at[1]
        style = {"arrowstyle": "->", "color": VERMILION, "linewidth": 1.2}
        axes.annotate("", at, start, arrowprops=style)


def _path(axes: Axes, chosen: Case, trial: Trial) -> None:
    """The centre of the generated points over the second half of the training."""
    late = trial.snapshots[len(trial.snapshots) // 2 :]
    centres = torch.stack([samples.mean(dim=0) for _, samples in late])
    axes.plot(*centres.T, "-", color="black", linewidth=0.8)
    axes.plot(*centres[-1], "o", color="black", markersize=7, fillstyle="none")
    aim = TARGETS[chosen.target][0]
    axes.plot(*aim, "+", color=BLUE, markersize=12, markeredgewidth=2)
    reach = max(0.3, 1.15 * float((centres - aim).abs().max()))
    x, y = aim.tolist()
    axes.set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach), aspect="equal")
    axes.set_title("path of the centre", fontsize=10)


def moments(trial: Trial) -> list[tuple[int, Tensor]]:
    """Four of the snapshots, the last one among them; those of the second half."""
    late = trial.snapshots[len(trial.snapshots) // 2 - 1 :]
    places = np.linspace(0, len(late) - 1, MOMENTS).round().astype(int)
    return [late[i] for i in dict.fromkeys(places.tolist())] if late else []


def _words(trial: Trial) -> str:
    said = [f"step {step}: {text.partition('. ')[0]}" for step, text in trial.messages]
    told = "; ".join(dict.fromkeys(said[:2])) if said else "no complaints"
    return f"The health monitor: {told}."


def _seen(trial: Trial) -> str:
    found = trial.outcome
    if "modes" in found:
        return (
            f"Generated points: {found['spread']:.0%} of the real spread; their centre"
            f" is {found['wander']:.1f} real spreads off."
        )
    return (
        f"Generated images: {found['spread']:.0%} of the real spread, background"
        f" brighter than the real one by {found['background']:.2f}."
    )
