"""Any command line and any damaged file ends in a result or in one sentence.

A short draw, the same every time. AIGC_FUZZ=2000 draws that many of each, anew.
"""

import gzip
import io
import os
import random
import re
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import tiny_sets
from click.testing import CliRunner
from damage import bytes_of
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from PIL import Image

from aigc_course import cli, data, metrics, runs
from aigc_course.apps import images as pictures
from aigc_course.data import idx
from aigc_course.data.arrays import read_images
from aigc_course.errors import CourseError
from aigc_course.files import read_json
from aigc_course.runs import config, weights
from aigc_course.training import checkpoint

pytestmark = pytest.mark.slow
MANY = int(os.environ.get("AIGC_FUZZ", "0"))
DRAWN = settings(
    max_examples=MANY or 60,
    derandomize=not MANY,
    deadline=None,
    database=None,
    phases=[Phase.generate] if MANY else list(Phase),
    suppress_health_check=list(HealthCheck),
)
SMALL = replace(
    data.load("digits"),
    images=data.load("digits").images[:200],
    labels=data.load("digits").labels[:200],
)

ODD = ["nan", "-inf", "1e999", "-1", "0", "1.5", "x", "", "٣", "1e3", "-", "--", "1_0"]
ODD += [str(2**31), str(2**63), str(-(2**70)), "9" * 400, "0x10", " 3", "½", "+2"]
SHORT = [n for n in ODD if n != str(2**31)]  # a training of that many steps is long
NUMBERS = st.sampled_from(["1", "2", "7", "100", *ODD])
NAMES = st.sampled_from(
    ["run", "run/config.json", "digit.png", "mask.png", "x.npy", "unit.npy", "t.npy"]
    + [
        "text.png",
        "text.npy",
        "empty",
        "nowhere",
        "nowhere.npy",
        "pipe.npy",
        "pipe.png",
    ]
    + [".", "..", "/", "", "~", "~nobody", "a" * 300, "a\nb", "数据 集", "🙂.png", "-x"]
    + [
        "link.png",
        "lost.png",
        os.devnull,
        "run/no/run",
        "digit.png/x.png",
        "\udcff.npy",
    ]
    + ["damaged", "damaged/checkpoint.pt"]
)
NEW = st.sampled_from(
    [
        "o.png",
        "o.npy",
        "o.jpg",
        "o.md",
        "o",
        "数据.png",
        "🙂.npy",
        "\udcff.png",
        "o.PNG",
    ]
    + ["new/deep/o.png", "digit.png/o.png", "a" * 300 + ".png", "link.png", "lost.npy"]
    + ["empty", ".png", "/proc/nowhere/o.png", os.devnull, "o.md/", "pipe.png"]
)
WORDS = st.one_of(NUMBERS, NAMES, NEW, st.text(max_size=6))
SETS = st.sampled_from(["digits", "digits", "auto", "mnist", "kmnist", "MNIST", "x"])
DAMAGE = st.sampled_from(
    ["noise=0.3", "noise=nan", "noise", "=", "blur=-1", "few=2", "x=1", "noise=1e9"]
)


def option(name, values=None):
    words = [st.just(name)] if values is None else [st.just(name), values]
    return st.tuples(*words)


def line(command, arguments, options):
    """Command lines: the arguments, any of the options, and perhaps any word."""
    some = st.lists(st.one_of(*options, WORDS.map(lambda w: (w,))), max_size=5)
    return st.tuples(st.just((command,)), arguments, some).map(
        lambda parts: [
            *parts[0],
            *parts[1],
            *(word for one in parts[2] for word in one),
        ]
    )


SEED, OUT = option("--seed", NUMBERS), option("--out", NEW)
FORCE = option("--overwrite")
LINES = st.one_of(
    line(
        "train",
        st.sampled_from([("mlp-gan",), ("mlp-gan",), ("x",), ()]),
        [
            option("--steps", st.sampled_from(["1", "1", *SHORT])),
            option("--preset", st.sampled_from(["fast", "slow"])),
            option("--device", st.sampled_from(["cpu", "cuda", "mps", "auto", "tpu"])),
            option("--data", SETS),
            option("--out", st.one_of(NEW, NAMES)),
            option("--resume"),
            option("--quiet"),
            option("--save-every", NUMBERS),
            SEED,
        ],
    ).filter(lambda words: "--steps" in words or "--resume" in words),
    line(
        "sample",
        st.tuples(NAMES),
        [OUT, OUT, SEED, option("--n", NUMBERS), option("--temperature", NUMBERS)]
        + [option("--label", NUMBERS)],
    ),
    line(
        "evaluate",
        st.tuples(NAMES),
        [option("--n", NUMBERS), SEED, option("--data", SETS), option("--json")]
        + [option("--samples", NUMBERS)],
    ),
    line("data", st.tuples(SETS), [option("--json"), SEED]),
    line(
        "data",
        st.tuples(st.just("card"), SETS),
        [OUT, SEED, option("--quick"), option("--json"), option("--damage", DAMAGE)],
    ),
    line(
        "inpaint",
        st.tuples(NAMES),
        [OUT, OUT, SEED, FORCE, option("--mask", NAMES)]
        + [option("--method", st.sampled_from(["auto", "digit", "smooth", "x"]))]
        + [st.tuples(st.just("--box"), NUMBERS, NUMBERS, NUMBERS, NUMBERS)],
    ),
    line(
        "upscale",
        st.tuples(NAMES),
        [OUT, OUT, SEED, FORCE, option("--times", st.sampled_from(["2", "4", "3"]))]
        + [option("--method", st.sampled_from(["auto", "bicubic", "regression", "x"]))],
    ),
    line(
        "study",
        st.sampled_from([("x",), (), ("--list",)]),
        [option("--seeds", NUMBERS), option("--jobs", NUMBERS), OUT]
        + [option("--seconds", NUMBERS)],
    ),
    st.lists(WORDS, max_size=3),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a run, a damaged one, pictures, arrays and things in the way."""
    patch = pytest.MonkeyPatch()
    patch.setattr(data, "load", load)
    patch.setattr(data, "default", lambda split="train": load("mnist", split))
    patch.setattr(metrics, "report", report)
    patch.setattr(runs.run.plots, "training_curves", lambda rows: None)
    patch.setattr(runs.run.plots, "png_bytes", lambda figure: b"")
    folder = tmp_path_factory.mktemp("fuzz")
    patch.chdir(folder)
    begun = runs.Config("mlp-gan", "fast", "digits", 3, {"steps": 1}, "cpu")
    for name in ("run", "damaged"):
        runs.Run.create(folder / name, begun).train(SMALL, progress=False)
    for file in ("checkpoint.pt", "generator.safetensors"):
        (folder / "damaged" / file).write_bytes(b"damaged")
    digit = Image.fromarray(SMALL.images[0, 0].numpy())
    digit.save("digit.png")
    digit.point(lambda v: 255 * (v > 99)).save("mask.png")
    np.save("x.npy", SMALL.images[:120, 0].numpy())
    np.save("unit.npy", SMALL.images[:120, 0].numpy() / 255)
    np.save("t.npy", np.zeros((4, 3)))
    for name in ("text.png", "text.npy"):
        (folder / name).write_text("hello")
    (folder / "empty").mkdir()
    (folder / "数据 集").mkdir()
    (folder / "link.png").symlink_to("digit.png")
    (folder / "lost.png").symlink_to("nowhere/at/all.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.npy")
        os.mkfifo(folder / "pipe.png")
    yield folder
    patch.undo()


def load(name, split="train"):
    """Two hundred digits in the place of every set."""
    if name not in data.NAMES:
        raise CourseError(f"There is no image set {name!r}.")
    return replace(SMALL, name=name, split=split)


def report(samples, *, data, n, seed):
    """The checks of the true report without its figures."""
    metrics.images.checked(samples)
    figures = {"samples": {}, "floor": {}, "ceiling": {}}
    found = {"n": 1, "data": data, "split": "test", **figures}
    return SimpleNamespace(to_dict=lambda: found)


HALF = re.compile(r"\.[^/]*-[a-z0-9_]{8}(\.\w+)?|training\.lock")


def state_of(folder):
    """Files, sizes and times of their last change, which every writer moves."""
    facts = ((p, p.lstat()) for p in folder.rglob("*"))
    return {p: (f.st_size, f.st_mtime_ns) for p, f in facts if p.is_file()}


@given(words=LINES)
@DRAWN
def test_any_command_line_ends_in_a_result_or_a_sentence(place, words):
    note(words)
    before = state_of(place / "run")
    result = CliRunner().invoke(cli.main, words)
    assert result.exit_code in (0, 1, 2), (words, result.output)
    expected = result.exception is None or isinstance(result.exception, SystemExit)
    assert expected, (words, repr(result.exception))
    assert "nobody foresaw" not in result.stderr, (words, result.stderr)
    assert "Traceback" not in result.output
    if result.exit_code == 2:
        told = [t for t in result.stderr.splitlines() if t.startswith("aigc: ")]
        assert len(told) == 1, (words, result.stderr)
        assert state_of(place / "run") == before, words
    half = [p for p in place.rglob("*") if HALF.fullmatch(p.name)]
    assert not half, (words, half)


@cache
def files():
    """Good files of every kind that is read, and their readers."""
    grey = Image.fromarray(SMALL.images[0, 0].numpy())
    made = {}
    for name, image in {"a.png": grey, "b.png": grey.convert("RGBA")}.items():
        memory = io.BytesIO()
        image.save(memory, "PNG")
        made[name] = memory.getvalue(), pictures.read
    for kind in ("JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM"):
        memory = io.BytesIO()
        grey.save(memory, kind)
        made[f"c.{kind.lower()}"] = memory.getvalue(), pictures.read
    memory = io.BytesIO()
    np.save(memory, SMALL.images[:9, 0].numpy())
    made["d.npy"] = memory.getvalue(), lambda p: read_images(p, 5, 0)
    of_labels = tiny_sets.FILES[1]
    plain = tiny_sets.content(of_labels)
    made["e-idx1-ubyte"] = plain, lambda p: idx.read(p, of_labels)
    packed = gzip.compress(plain, mtime=0)
    made["f-idx1-ubyte.gz"] = packed, lambda p: idx.read(p, of_labels)
    return made


@DRAWN
@given(seed=st.integers(0, 2**32))
def test_any_damaged_file_is_read_or_refused_in_a_sentence(place, seed):
    chance = random.Random(seed)
    made = {**files()}
    run = place / "run"
    for name, reader in {
        "checkpoint.pt": checkpoint.load,
        "generator.safetensors": weights.read,
        "config.json": config.read,
        "summary.json": read_json,
    }.items():
        made[name] = (run / name).read_bytes(), reader
    name = chance.choice(sorted(made))
    content, reader = made[name]
    file = place / "empty" / name
    file.write_bytes(bytes_of(content, chance))
    try:
        reader(file)
    except CourseError as error:
        assert "\n" not in str(error) and str(error), (name, seed)
    finally:
        file.unlink()
