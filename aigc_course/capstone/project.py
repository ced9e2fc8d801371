"""From a brief to a folder that can be handed in."""

import io
import shlex
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from aigc_course.capstone import (
    briefs,
    cards,
    evidence,
    rubric,
    submission,
    training,
)
from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, read_json, write_bytes, write_json, write_text

TEMPLATES = Path(__file__).parent / "templates"
PAGES = ("README.md", "plan.md", "card.md", "report.md", "rubric.md")


def start(name: str, out: Path) -> briefs.Brief:
    """Lay down a project for a brief in a new folder, whole or not at all.

    Raises CourseError for an unknown brief, and where `out` holds something.
    """
    brief = briefs.get(name)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CourseError(f"{out} is not an empty folder: choose another --out.")
    words = _words(brief, out)
    with new_folder(out) as made:
        for page in PAGES:
            text = (TEMPLATES / page).read_text(encoding="utf-8")
            write_text(made / page, filled(text, words))
        about = {"brief": brief.name, "n": brief.n, "seed": 0}
        write_json(made / training.METHODS, {**about, "methods": brief.methods})
    return brief


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder that becomes `out` when the block ends without error, or nothing.

    `out` is missing or empty. Raises CourseError where it cannot be made.
    """
    parent = out.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=parent, prefix=".capstone-"))
    except OSError as error:
        raise CourseError(
            f"Cannot make the folder {out}: {error.strerror or error}."
        ) from error
    try:
        yield made
        made.chmod(0o755)  # mkdtemp gives 0700
        if out.exists():
            out.rmdir()
        made.rename(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def filled(text: str, words: Mapping[str, str]) -> str:
    """A template with the words for its {{names}}."""
    for key, value in words.items():
        text = text.replace("{{" + key + "}}", value)
    return text


def _words(brief: briefs.Brief, out: Path) -> dict[str, str]:
    """What the templates' {{names}} stand for."""
    first, second = list(brief.methods)[:2]
    place = shlex.quote(str(out))
    commands = [
        f"aigc capstone train {place} --method {method} --seeds 3"
        for method in (first, second)
    ]
    plain = {
        key: str(getattr(brief, key))
        for key in ("name", "title", "task", "rule", "figure", "unit", "better")
    }
    return plain | {
        "floor": _told(brief.floor),
        "best": _told(brief.best),
        "data": _DATA.get(brief.name, "MNIST, which comes with the course"),
        "dir": place,
        "first": first,
        "second": second,
        "one": f"aigc capstone train {place}",
        "commands": "\n".join(commands),
        "by_hand": _by_hand(brief.methods[first]),
        "rubric": rubric.markdown(),
        "mechanism": _MECHANISM if brief.name == "D" else "",
    }


def _told(known: briefs.Known) -> str:
    return f"{known.value:g} ({known.what}; {known.source})"


def _by_hand(method: briefs.Method) -> str:
    if method["kind"] != "recipe":
        return ""
    return (
        f"The training itself is that of\n`aigc train {method['model']} --preset"
        f" {method['preset']} --steps {method['steps']} --seed 0`."
    )


_DATA = {"C": "seven plays by Shakespeare, which come with the course"}
_MECHANISM = """
In brief D the card also states the mechanism: the noise of each release of data, and
delta. `collect` writes it for the private generator. The seed of the noise is public in
this project so that a run can be repeated. A person who knows the seed can subtract the
noise: in real use the seed stays secret.
"""


def collect(folder: Path, run: str | None = None) -> evidence.Outcome:
    """Gather the evidence, and put the files of one run where they are handed in.

    run: "METHOD-SEED"; None takes the median run of the method with the best mean.
    card.md keeps your words: its claims, cost and mechanism alone are written anew.
    Raises CourseError where there is nothing to hand in; then nothing is changed.
    """
    brief, n, seed, _ = training.plan(folder)
    record = record_of(folder)
    chosen = _chosen(record, brief, run)
    name = f"{chosen.method}-{chosen.seed}"
    if (chosen.n, chosen.measured_seed) != (n, seed):
        raise CourseError(
            f"{name} was measured with n = {chosen.n:,} and seed"
            f" {chosen.measured_seed}; {training.METHODS} now says {n:,} and {seed}:"
            " train it anew under another name."
        )
    card = _card(folder, brief, record, chosen)
    for file, content in _model_files(folder, name, brief, n, seed).items():
        write_bytes(folder / file, content)
    told = {**record.to_dict(), "submitted": name}
    write_json(folder / submission.RECORD, told)
    about = {"format": submission.FORMAT, "brief": brief.name, "n": n, "seed": seed}
    write_json(folder / submission.NAME, about)
    write_text(folder / submission.CARD, card)
    return chosen


def _model_files(
    folder: Path, run: str, brief: briefs.Brief, n: int, seed: int
) -> dict[str, bytes]:
    """Weights, config and samples of a run, as they are handed in."""
    from aigc_course.capstone import loading
    from aigc_course.capstone.safe import tensors

    place = folder / training.RUNS / run
    config = read_bytes(place / training.CONFIG, 2**20)
    packed = read_bytes(place / training.WEIGHTS, 10**7)
    made = loading.build(read_json(place / training.CONFIG), tensors(packed))
    drawn = briefs.draw(made, brief, n, seed)
    model = {submission.WEIGHTS: packed, submission.CONFIG: config}
    return model | _sample_files(drawn)


def _chosen(
    record: evidence.Record, brief: briefs.Brief, run: str | None
) -> evidence.Outcome:
    finished = [one for one in record.runs if one.status == "finished"]
    if not finished:
        raise CourseError("No run has finished yet: run `aigc capstone train` first.")
    if run is not None:
        names = {f"{one.method}-{one.seed}": one for one in finished}
        if run not in names:
            raise CourseError(
                f"There is no finished run {run[:40]!r}, but {', '.join(names)}."
            )
        return names[run]
    sign = 1 if brief.better == "lower" else -1
    methods = [m for m in record.methods() if record.values(m, brief.figure)]
    best = min(
        methods, key=lambda m: sign * statistics.fmean(record.values(m, brief.figure))
    )
    ranked = sorted(
        (one for one in finished if one.method == best),
        key=lambda one: one.figures[brief.figure],
    )
    return ranked[(len(ranked) - 1) // 2]


def _card(
    folder: Path,
    brief: briefs.Brief,
    record: evidence.Record,
    chosen: evidence.Outcome,
) -> str:
    """card.md with the claims that this evidence carries."""
    from aigc_course.capstone.safe import words

    path = folder / submission.CARD
    content = words({path.name: read_bytes(path, 60_000)}, path.name)
    card = cards.parse(content)
    figures = [f for f in (brief.figure, *brief.more) if f in chosen.figures]
    claims = [_claim(record, chosen, figure, brief.extractor) for figure in figures]
    front = {**card.front, "claims": cards.front_of(claims)}
    front["cost"] = {
        "seconds": chosen.seconds,
        "steps": chosen.steps,
        "seconds_of_all_runs": round(sum(one.seconds for one in record.runs), 1),
    }
    if chosen.config.get("kind") == "private":
        releases = [
            {"noise": 1 / mu, "rate": 1.0, "steps": 1} for mu in chosen.config["mus"]
        ]
        front["mechanism"] = {"delta": chosen.config["delta"], "releases": releases}
    return cards.render(front, card.text)


def _claim(
    record: evidence.Record, chosen: evidence.Outcome, figure: str, extractor: str
) -> cards.Claim:
    """Value of the chosen run, and the interval of the mean over its method's runs."""
    values = record.values(chosen.method, figure)
    if len(values) < evidence.SEEDS:
        raise CourseError(
            f"{chosen.method} has {len(values)} finished runs, and an interval needs"
            f" {evidence.SEEDS}: train more seeds."
        )
    low, high = (round(end, 5) for end in evidence.interval(values))
    measured = chosen.n, chosen.measured_seed
    return cards.Claim(
        figure, chosen.figures[figure], low, high, *measured, extractor, len(values)
    )


def _sample_files(drawn: briefs.Samples) -> dict[str, bytes]:
    if drawn.texts:
        return {"samples.txt": (submission.BETWEEN.join(drawn.texts) + "\n").encode()}
    assert drawn.pixels is not None
    found = {"samples.npy": _npy(drawn.pixels.numpy())}
    if drawn.labels is not None:
        found["labels.npy"] = _npy(drawn.labels.numpy().astype(np.uint8))
    return found


def _npy(array: Any) -> bytes:
    whole = io.BytesIO()
    np.save(whole, array, allow_pickle=False)
    return whole.getvalue()


def table(record: evidence.Record, figure: str) -> str:
    """Mean and interval of a figure for each method, as a Markdown table."""
    rows = [f"| method | seeds | failed | {figure} | 95 % interval of the mean |"]
    rows.append("| --- | --- | --- | --- | --- |")
    for method in record.methods():
        values, all_runs = record.values(method, figure), record.of(method)
        failed = len(all_runs) - len(values)
        if len(values) < 2:
            told = [f"{value:.4g}" for value in values] or ["-"]
            rows.append(f"| {method} | {len(all_runs)} | {failed} | {told[0]} | - |")
            continue
        low, high = evidence.interval(values)
        mean = statistics.fmean(values)
        rows.append(
            f"| {method} | {len(all_runs)} | {failed} | {mean:.4g} |"
            f" {low:.4g} to {high:.4g} |"
        )
    return "\n".join(rows)


def record_of(folder: Path) -> evidence.Record:
    """The runs of a project so far, as a record."""
    brief, *_ = training.plan(folder)
    return evidence.Record(brief.name, "", tuple(training.outcomes(folder)))
