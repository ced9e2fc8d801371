"""Run in a copy of the course to which one thing of each kind was added."""

from pathlib import Path

import pytest
import torch
from checks_contract import PROMISES, assert_chapter_shows
from click.testing import CliRunner
from nbbuild import build, lint
from nbbuild.chapter import read
from nbbuild.project import Project

import aigc_course
from aigc_course import data, failures, gan, models, studies
from aigc_course.checks import registry
from aigc_course.cli import main
from aigc_course.failures import known, remember
from aigc_course.failures.vocabulary import vocabulary
from aigc_course.widgets import arena, explorer, sights
from tests import answers

ROOT = Path(aigc_course.__file__).parents[1]


def test_this_is_the_copy():
    assert (ROOT / "a_copy").is_file()


def test_the_loss_trains_a_gan():
    model = models.get("dcgan").build(loss="added")
    values = model.step(torch.randn(8, 1, 28, 28))
    assert values["D"].isfinite() and values["G"].isfinite()


def test_the_loss_is_played_and_drawn_in_the_lab():
    from aigc_course.widgets.engine import Duel

    players = gan.PointGenerator(2, 2, 8, 2), gan.PointDiscriminator(2, 8, 2)
    duel = Duel(data.toy("ring", 64), *players, loss="added")
    duel.move("d")
    duel.move("g")
    heights = sights.surface(duel, (-1, 1, -1, 1), "added", cells=3)
    assert sights.border("added") == 0.5 and 0 <= heights.min() <= heights.max() <= 1
    assert "added" in arena.CHOICES["loss"] and "added" in explorer.curves("real")
    assert vocabulary("points")["loss"].accepts("added")


def test_the_family_is_trained_and_sampled_by_the_commands(tmp_path):
    assert "added" in models.names()
    run, images = str(tmp_path / "run"), str(tmp_path / "images.npy")
    options = ["--data", "digits", "--steps", "3", "--quiet", "--out", run]
    for words in (["train", "added", *options], ["sample", run, "--out", images]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
    assert Path(images).is_file() and (tmp_path / "run" / "card.md").is_file()


def test_the_study_is_run_and_quoted(tmp_path):
    assert "added" in studies.names()
    file = studies.run("added", tmp_path / "out", only=["fair"], seeds=1)
    assert '"heads": 0.' in file.read_text(encoding="utf-8")


def test_the_failure_is_remembered_and_described(monkeypatch):
    remember.main(["J"])
    case = failures.case("J")
    assert not case.complaints(known.outcome(case, case.repair))
    assert "an example" in failures.DIAGNOSES
    assert "The health monitor" in failures.describe("J")
    assert "logs" in failures.sheet("J")
    rows = failures.evidence(studies.find("gallery")).rows
    assert any(row[0] == "J · an example" for row in rows)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("id", ["04.added", "06.repair_j", "99.double"])
def test_the_exercises_keep_the_contract(id, promise):
    promise(registry.get(id))


def test_answers_of_others_are_found_and_judged_rightly():
    mine = [a for a in answers.of_chapter("04") if a.exercise == "04.added"]
    assert [answers.verdict(one).passed for one in mine] == [True, False]


@pytest.mark.parametrize("number", ["04", "06", "99"])
def test_the_chapters_keep_the_rules_and_show_their_exercises(number):
    (path,) = Project().chosen([number])
    assert lint.problems(read(path), Project()) == []
    assert_chapter_shows(path.read_text(encoding="utf-8"), number)


def test_the_chapter_is_built():
    project = Project()
    (path,) = project.chosen(["99"])
    build.build_student(build.linted(path, project), project)
    assert (ROOT / "notebooks" / "99_an_example.ipynb").is_file()
