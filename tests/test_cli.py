"""The command line as a person uses it: runs, refusals, and nothing half-written."""

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from safetensors.torch import load_file

from aigc_course import cli
from aigc_course.errors import CourseError


def aigc(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def size_of(picture):
    with Image.open(picture) as image:
        return image.size


def refused(result, *parts):
    """One sentence on stderr, exit code 2, no traceback."""
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    for part in parts:
        assert part in result.stderr
    return True


TRAIN = ("train", "mlp-gan", "--data", "digits", "--steps", 20, "--quiet", "--seed", 3)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "one"
    result = aigc(*TRAIN, "--out", folder)
    assert result.exit_code == 0, result.output
    return folder


def test_importing_the_package_does_not_import_torch():
    code = "import sys, aigc_course, aigc_course.cli; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def fastest(code, tries=5):
    """Least seconds of several runs: a busy machine only ever adds."""
    times = []
    for _ in range(tries):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def test_import_and_help_are_quick():
    nothing = fastest("pass")
    assert fastest("import aigc_course") - nothing < 0.2
    help_page = "import sys; sys.argv = ['aigc', '--help']; import aigc_course.cli as c"
    assert fastest(help_page + "; c.main()") < 0.5


def test_a_run_folder_holds_what_the_readme_says(run):
    names = {str(p.relative_to(run)) for p in run.rglob("*") if p.is_file()}
    for name in ("config.json", "history.csv", "curves.png", "card.md"):
        assert name in names
    assert {
        "generator.safetensors",
        "checkpoint.pt",
        "samples/step_000020.png",
    } <= names
    assert not [name for name in names if Path(name).name.startswith(".")]
    rows = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
    assert [row["step"] for row in rows] == ["10", "20"]
    config = json.loads((run / "config.json").read_text())
    assert config["seed"] == 3 and config["budget"] == {"steps": 20}
    card = (run / "card.md").read_text()
    assert "mlp-gan (fast) on digits" in card and "samples/step_000020.png" in card
    assert size_of(run / "samples/step_000020.png") == (2 * 238, 2 * 238)


def test_samples_as_array_and_as_picture(run, tmp_path):
    one, two, other = (tmp_path / f"{n}.npy" for n in ("one", "two", "other"))
    for file, seed in ((one, 1), (two, 1), (other, 2)):
        result = aigc("sample", run, "--n", 10, "--seed", seed, "--out", file)
        assert result.exit_code == 0, result.output
    images = np.load(one)
    assert images.dtype == np.uint8 and images.shape == (10, 28, 28)
    assert (images == np.load(two)).all() and (images != np.load(other)).any()
    assert aigc("sample", run, "--n", 9, "--out", tmp_path / "g.png").exit_code == 0
    assert size_of(tmp_path / "g.png") == (2 * 88, 2 * 88)


@pytest.mark.slow
def test_two_runs_with_one_seed_draw_the_same(run, tmp_path):
    assert aigc(*TRAIN, "--out", tmp_path / "two").exit_code == 0
    one, two = (load_file(f / "generator.safetensors") for f in (run, tmp_path / "two"))
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.slow
def test_resuming_goes_on_to_a_longer_budget(run, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    result = aigc(
        "train", "mlp-gan", "--resume", "--out", copy, "--steps", 30, "--quiet"
    )
    assert result.exit_code == 0, result.output
    assert "30" in (copy / "history.csv").read_text().splitlines()[-1]
    assert json.loads((copy / "config.json").read_text())["budget"] == {"steps": 30}
    assert "| budget | 30 steps |" in (copy / "card.md").read_text()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("train", "dcgn"), "'dcgan', 'mlp-gan'"),
        (("train", "dcgan", "--preset", "slow"), "'reference'"),
        (("train", "dcgan", "--steps", "many"), "not a valid integer"),
        (("train", "dcgan", "--steps", 0), "positive"),
        (("train", "dcgan", "--seconds", 1, "--steps", 1), "one of --steps"),
        (("train", "dcgan", "--resume"), "--out"),
        (("train", "dcgan", "--resume", "--out", "nowhere"), "no folder nowhere"),
        (("train", "dcgan", "--colour"), "--colour"),
        (("sample", "nowhere", "--out", "x.npy"), "no folder nowhere"),
        (("sample", "nowhere", "--out", "x.jpg"), ".npy or .png"),
        (("evaluate", "nowhere"), "no folder nowhere"),
        (("evaluate", "nowhere.npy"), "no file nowhere.npy"),
        (("data", "cifar"), "'kmnist'"),
        (("paint",), "No such command 'paint'"),
    ],
)
def test_bad_arguments_are_one_sentence(words, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(aigc(*words), part)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_run(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    refused(aigc("sample", tmp_path, "--out", tmp_path / "x.png"), "not a run folder")
    refused(aigc(*TRAIN, "--out", tmp_path), "not an empty folder")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_run_is_not_overwritten(run):
    before = (run / "card.md").read_bytes()
    refused(aigc(*TRAIN, "--out", run), "already holds a run", "--resume")
    assert (run / "card.md").read_bytes() == before


def test_resuming_as_something_else_is_refused(run):
    words = ("train", "dcgan", "--resume", "--out", run)
    refused(aigc(*words), "begun with model mlp-gan, not dcgan")


@pytest.fixture
def damaged(run, tmp_path):
    import shutil

    def damage(name):
        copy = tmp_path / "damaged"
        shutil.copytree(run, copy)
        content = (copy / name).read_bytes()
        (copy / name).write_bytes(content[: len(content) // 2])
        return copy

    return damage


def test_damaged_files_of_a_run_are_one_sentence(damaged, tmp_path):
    folder = damaged("checkpoint.pt")
    refused(aigc("train", "mlp-gan", "--resume", "--out", folder), "damaged")


def test_a_damaged_generator_writes_nothing(damaged, tmp_path):
    out = tmp_path / "x.npy"
    refused(aigc("sample", damaged("generator.safetensors"), "--out", out), "damaged")
    assert not out.exists()


def test_a_damaged_configuration(damaged):
    refused(aigc("evaluate", damaged("config.json")), "damaged")


def test_a_full_disk_is_one_sentence(run, tmp_path, monkeypatch):
    import errno

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "save", full)
    out = tmp_path / "x.npy"
    refused(aigc("sample", run, "--out", out), "No space left")
    assert not list(tmp_path.iterdir())


def test_evaluating_something_that_is_no_image_file(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"not numpy")
    refused(aigc("evaluate", tmp_path / "a.npy"), "not a NumPy file")
    np.save(tmp_path / "b.npy", np.zeros((5, 3)))
    refused(aigc("evaluate", tmp_path / "b.npy"))


@pytest.mark.slow
def test_evaluate_prints_a_report_and_keeps_it(run):
    result = aigc("evaluate", run, "--n", 600, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["n"] == 600 and report["data"] == "digits"
    assert report["samples"]["fid"] > report["floor"]["fid"]
    assert json.loads((run / "report.json").read_text()) == report
    assert "How good it is" in (run / "card.md").read_text()


def test_doctor_names_each_part():
    result = aigc("doctor")
    assert result.exit_code == 0, result.output
    for part in ("python", "torch", "device", "memory", "disk", "mnist", "Ready."):
        assert part in result.output
    findings = json.loads(aigc("doctor", "--json").stdout)
    assert {"name", "status", "detail", "advice"} == set(findings[0])


def test_doctor_knows_a_mixed_pair(monkeypatch):
    from aigc_course import doctor

    def broken(name):
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(doctor.importlib, "import_module", broken)
    finding = doctor._torchvision()
    assert finding.status == "problem" and "one build" in finding.advice


def test_data_describes_a_set():
    result = aigc("data", "digits")
    assert result.exit_code == 0 and "28 x 28" in result.output


def test_no_traceback_when_code_refuses(monkeypatch):
    from aigc_course import data

    def refuse(*args):
        raise CourseError("The file is broken: fetch it again.")

    monkeypatch.setattr(data, "load", refuse)
    refused(aigc("data", "mnist"), "fetch it again")
