"""Write the figures, the syllabus and the pictures of README.md.

    python tools/landing.py [--check]

The figures come from records, times from the chapters, pictures from the solutions.
With --check nothing is written, and the exit code is 1 when something differs.
"""

import base64
import io
import json
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import nbformat
from nbbuild import minutes
from nbbuild.chapter import read
from nbbuild.equations import TAG
from nbbuild.project import Project
from PIL import Image

from aigc_course import studies
from aigc_course.checks import registry
from aigc_course.files import whole_file, write_text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "assets" / "chapters"
WIDTH = 320  # pixels of a picture in the syllabus
BLOCKS = ("figures", "syllabus")
PROJECT = Project()


@dataclass(frozen=True)
class Entry:
    """One chapter of the syllabus; stem is None where it is planned."""

    number: str
    title: str
    makes: str
    picture: str = ""
    stem: str | None = None


def entries() -> list[Entry]:
    """All chapters in order, with the scripts that are there."""
    told = tomllib.loads((ROOT / "chapters" / "syllabus.toml").read_text("utf-8"))
    stems = {path.stem[:2]: path.stem for path in PROJECT.chapters()}
    return [
        Entry(number, stem=stems.get(number), **content)
        for number, content in told.items()
    ]


def page(readme: str) -> str:
    """The README with both of its blocks made anew."""
    for name in BLOCKS:
        begin = f"<!-- {name}: written by tools/landing.py -->"
        before, rest = readme.split(begin)
        after = rest.split(f"<!-- end of {name} -->")[1]
        text = {"figures": figures, "syllabus": syllabus}[name]()
        readme = f"{before}{begin}\n{text}\n<!-- end of {name} -->{after}"
    return readme


def syllabus() -> str:
    """A table: number, picture, title with links, what you make, how long it takes."""
    rows = ["| | | chapter | time |", "| --- | --- | --- | --- |"]
    return "\n".join([*rows, *map(_row, entries())])


def _row(entry: Entry) -> str:
    if entry.stem is None:
        told = f"{entry.title} (planned). {entry.makes}"
        return f"| {entry.number} | | {told} | |"
    links = (
        f"**[{entry.title}](notebooks/{entry.stem}.ipynb)**"
        f" ([solved](solutions/{entry.stem}.ipynb))"
    )
    path = ROOT / "chapters" / f"{entry.stem}.py"
    total = minutes.needed(read(path), PROJECT).total
    alt = _figure(entry)[1].replace("|", "/")
    shown = f"![{alt}](assets/chapters/{entry.number}.png)"
    time = f"{total // 60} h {total % 60:02d} min" if total >= 60 else f"{total} min"
    return f"| {entry.number} | {shown} | {links}<br>{entry.makes} | {time} |"


def _figure(entry: Entry) -> tuple[bytes, str]:
    """The picture of a chapter's cell as PNG, and its description in words.

    Raises ValueError when the solution has no such figure.
    """
    notebook = nbformat.read(PROJECT.built("solutions", entry.stem or ""), as_version=4)
    for cell in notebook.cells:
        if cell.id == entry.picture:
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    alt = output.metadata["image/png"]["alt"]
                    return base64.b64decode(output.data["image/png"]), alt
    raise ValueError(f"{entry.stem} has no figure in the cell {entry.picture!r}.")


def picture(entry: Entry) -> bytes:
    """A small PNG of a chapter's figure, the same bytes each time."""
    image = Image.open(io.BytesIO(_figure(entry)[0])).convert("RGB")
    height = round(image.height * WIDTH / image.width)
    small = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    memory = io.BytesIO()
    small.quantize(64, dither=Image.Dither.NONE).save(memory, "PNG", optimize=True)
    return memory.getvalue()


def figures() -> str:
    """Ten figures that a newcomer understands."""
    told = [make() for make in FIGURES]
    return "\n".join(["| what | measured |", "| --- | --- |", *told])


def _built() -> str:
    exercises = [e for n in registry.modules() for e in registry.exercises(n)]
    mistakes = sum(len(one.misconceptions) for one in exercises)
    equations = sum(
        len(set(TAG.findall(path.read_text(encoding="utf-8"))))
        for path in PROJECT.chapters()
    )
    return (
        "| Exercises; usual mistakes that their checkers name; equations, each with a"
        f" numeric test | {len(exercises)}; {mistakes:,}; {equations} |"
    )


def _demo() -> str:
    median = _record("demo")["figures"]["median"]
    return (
        "| `make demo` on two CPU cores: the first picture of a training; the end, with"
        f" a report | after {median['first_grid_s']:.0f} s; after"
        f" {median['report_s']:.0f} s |"
    )


def _minute() -> str:
    found = _record("fid_dcgan_fast_60s")["figures"]
    floor = found["seeds"][0]["floor_fid"]
    return (
        "| Digits of a DCGAN after one minute of training: distance to real digits (FID"
        f" by the course's own network; real digits reach {floor:.2f}) | median"
        f" {found['median_fid']:.2f}, {found['least_fid']:.2f} to"
        f" {found['greatest_fid']:.2f} over {len(found['seeds'])} seeds |"
    )


def _ring() -> str:
    found = studies.record("ring-8")
    plain, best = (
        found.summary(method, "high_quality") for method in ("plain", "recommended")
    )
    return (
        "| Eight modes on a ring, share of clean samples: a plain GAN; the recipe that"
        f" chapter 06 recommends | {plain.median:.0%}; {best.median:.0%} (medians of"
        f" {best.n} seeds) |"
    )


def _asked() -> str:
    found = studies.record("conditional").summary("varied", "label_accuracy")
    return (
        "| A conditional GAN: samples that an independent classifier reads as asked |"
        f" {found.median:.1%} ({found.low:.1%} at least, {found.n} seeds) |"
    )


def _compressed() -> str:
    found = studies.record("compression")
    bits, psnr = (found.summary("codec", c) for c in ("bits_per_pixel", "psnr"))
    share = bits.high / found.summary("jpeg", "bits_per_pixel").median
    return (
        "| A VQ-VAE as a codec, coded to real bytes and decoded exactly | at most"
        f" {share:.0%} of JPEG's bits at {psnr.low:.1f} dB or more ({bits.n} seeds) |"
    )


def _denoised() -> str:
    found = studies.record("denoising")
    network, *filters = (found.summary(m, "psnr") for m in reversed(found.methods))
    gain = network.low - max(one.median for one in filters)
    return (
        "| Heavy noise on digits: a VAE above the best classical filter | at least"
        f" {gain:.1f} dB ({network.n} seeds) |"
    )


def _copied() -> str:
    found = studies.record("induction")
    one, two = (found.summary(m, "accuracy") for m in ("one-layer", "two-layers"))
    return (
        "| Copying what followed last time: a Transformer of one layer; of two layers |"
        f" {one.median:.1%}; {two.median:.1%} (medians of {two.n} seeds) |"
    )


def _labels() -> str:
    found = studies.record("label-errors")
    recall = found.summary("mnist-10", "recall")
    return (
        "| A tenth of 10,000 labels made wrong: share of them that is found | at least"
        f" {recall.low:.1%} ({recall.n} seeds) |"
    )


def _private() -> str:
    found = studies.record("private-digits").summary("eps-1", "accuracy")
    return (
        "| Digits drawn under differential privacy (epsilon 1): real digits read right"
        f" by a network that learnt from them alone | median {found.median:.1%}"
        f" ({found.n} seeds) |"
    )


def _bugs() -> str:
    found = _record("clinic")["figures"]["matrix"]
    sick, alarms = found["sick_runs_found"], found["healthy_runs_accused"]
    return (
        f"| {found['patients']} small programs with a bug: sick versions that a good"
        f" test finds; right ones that it accuses | {sick[0]:,} of {sick[1]:,};"
        f" {alarms[0]} of {alarms[1]:,} |"
    )


def _graded() -> str:
    content = _record("grading")
    return (
        f"| A class of {content['figures']['notebooks']} notebooks graded, each in a"
        f" process of its own | {content['figures']['seconds']:.0f} s |"
    )


FIGURES: tuple[Callable[[], str], ...] = (
    *(_built, _demo, _minute, _ring, _asked),
    *(_compressed, _denoised, _copied, _labels, _private, _bugs, _graded),
)


def _record(name: str) -> dict[str, Any]:
    path = ROOT / "benchmarks" / "records" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def stale() -> list[str]:
    """The files that are not what this tool would write."""
    readme = ROOT / "README.md"
    old = readme.read_text(encoding="utf-8")
    found = ["README.md"] if page(old) != old else []
    for entry in entries():
        path = PICTURES / f"{entry.number}.png"
        if entry.stem and (not path.exists() or not _same(path, picture(entry))):
            found.append(f"assets/chapters/{path.name}")
    return found


def _same(path: Path, wanted: bytes) -> bool:
    """Whether two PNG files show the same; encoders differ between machines."""
    old, new = (Image.open(io.BytesIO(b)) for b in (path.read_bytes(), wanted))
    return old.convert("RGB").tobytes() == new.convert("RGB").tobytes()


@click.command()
@click.option("--check", is_flag=True)
def main(check: bool) -> None:
    """Write what differs, or name it."""
    found = stale()
    if check and found:
        click.echo(f"Run tools/landing.py: {', '.join(found)} would change.")
        sys.exit(1)
    if check:
        return
    for entry in entries():
        if f"assets/chapters/{entry.number}.png" in found:
            with whole_file(PICTURES / f"{entry.number}.png") as path:
                path.write_bytes(picture(entry))
    readme = ROOT / "README.md"
    write_text(readme, page(readme.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
