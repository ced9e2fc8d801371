"""The failure gallery: cases, settings, trials, what is measured and what is shown."""

import math
import re
from string import ascii_uppercase

import pytest
import torch
from torch.nn.functional import softplus

from aigc_course import data, failures, studies
from aigc_course.errors import CourseError
from aigc_course.failures import known, measure, points, trials
from aigc_course.failures.case import HALF, Bound
from aigc_course.failures.figure import history
from aigc_course.failures.patients import of_probabilities, patient
from aigc_course.failures.remedies import REMEDIES
from aigc_course.failures.vocabulary import changed, completed, vocabulary
from aigc_course.gan.losses import GAMES
from aigc_course.training import History

A, E = failures.CASES["A"], failures.CASES["E"]


def test_cases_have_letters_in_order_and_names_of_their_own():
    letters = "".join(failures.CASES)
    assert "ABCDEFGHI" in letters and letters in ascii_uppercase
    names = [case.name for case in failures.CASES.values()]
    assert len(set(names)) == len(names)
    assert sorted(names) == list(failures.DIAGNOSES)


@pytest.mark.parametrize("case", failures.CASES.values(), ids=lambda case: case.letter)
def test_settings_and_repair_are_allowed_and_differ(case):
    assert set(case.settings) == set(vocabulary(case.kind))
    whole = completed(case.kind, {}, case.settings)
    assert changed(whole, completed(case.kind, whole, case.repair)) == case.repair


@pytest.mark.parametrize("case", failures.CASES.values(), ids=lambda case: case.letter)
def test_no_outcome_is_both_the_failure_and_a_cure(case):
    sides = [b for b in case.cure if b.column == case.fault.column]
    for bound in sides:
        assert bound.at_least != case.fault.at_least
        assert (bound.value < case.fault.value) == case.fault.at_least
    assert case.complaints(known.outcome(case, case.repair)) == []
    assert not case.fault.holds(known.outcome(case, case.repair))


def test_unknown_cases_are_refused():
    with pytest.raises(CourseError, match="A to "):
        failures.case("Z")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kernel": 3}, "no setting 'kernel' here"),
        ({"lr_g": math.nan}, "lr_g is one of: 1e-06 to 1"),
        ({"lr_g": "fast"}, "not 'fast'"),
        ({"width": 64.5}, "whole, 8 to 256"),
        ({"d_steps": True}, "not True"),
        ([1], "Settings are a dict"),
    ],
)
def test_settings_are_checked(changes, sentence):
    with pytest.raises(CourseError, match=sentence):
        A.run(changes, steps=1)


def test_other_data_are_refused():
    with pytest.raises(CourseError, match="'digits' or 'mnist'"):
        A.run({}, data="faces")


def test_equal_trials_are_trained_once_and_leave_the_random_state():
    before = torch.get_rng_state()
    first = A.run({"lr_d": 2e-4}, seed=3, steps=12)
    assert A.run({**A.settings, "lr_d": 2e-4}, seed=3, steps=12) is first
    assert torch.equal(torch.get_rng_state(), before)
    assert A.run({"lr_d": 2e-4}, seed=4, steps=12).rows != first.rows


def test_an_interrupted_trial_is_not_remembered(monkeypatch):
    ended = History(status="interrupted")
    monkeypatch.setattr(trials.training, "fit", lambda *_, **__: ended)
    with pytest.raises(KeyboardInterrupt):
        A.run({}, seed=7, steps=12)
    monkeypatch.undo()
    assert A.run({}, seed=7, steps=12).rows


@pytest.mark.slow
def test_mode_collapse_fails_and_is_cured_by_its_repair():
    found, repaired = A.run({}, 1, steps=500), A.run(A.repair, 1, steps=500)
    assert A.shows_failure(found) and not A.cured(found)
    assert A.cured(repaired) and not A.shows_failure(repaired)


@pytest.mark.slow
def test_statistics_leak_in_joint_passes_only():
    joint, separate = E.run({}, 1, steps=60), E.run(E.repair, 1, steps=60)
    assert joint.outcome["company_gap"] > 0.6 > separate.outcome["company_gap"]


def test_a_nan_is_an_outcome_and_no_cure():
    case = failures.CASES["G"]
    found = known.outcome(case, {"max_grad_norm": 1.0})
    assert found["finite"] == 0 and math.isnan(found["fid"])
    assert case.fault.holds(found) and case.complaints(found)


@pytest.mark.slow
def test_known_outcomes_agree_with_a_training():
    case = failures.CASES["F"]
    trial = case.run({"max_grad_norm": 1.0}, known.SEED)
    assert bool(case.complaints(trial.outcome)) == bool(
        case.complaints(known.outcome(case, {"max_grad_norm": 1.0}))
    )


def test_names_of_changes_do_not_depend_on_order_or_type():
    assert known.name({"lr_d": 1, "beta1": 0.0}) == known.name(
        {"beta1": 0, "lr_d": 1.0}
    )


def test_a_stamp_changes_with_the_case():
    from dataclasses import replace

    assert known.stamp(A) != known.stamp(replace(A, steps=A.steps + 1))
    assert known.stamp(A) == known.stamp(replace(A, name="other", repair={}))


# the networks


def test_both_logarithms_are_one_loss_until_d_is_sure():
    plain, game = GAMES["non-saturating"], of_probabilities(GAMES["non-saturating"])
    real, fake = torch.randn(2, 100)
    want = plain.discriminator(real, fake)
    assert torch.allclose(game.discriminator(real, fake), want, atol=1e-5)
    assert game.generator(fake, real) == softplus(-fake).mean()
    assert game.discriminator(real, torch.tensor([18.0])).isinf()
    assert measure.withstands(game) == 10 and measure.withstands(plain) == 1000


@pytest.mark.parametrize("stride", ["2, 2", "4"])
@pytest.mark.parametrize("kernel", [2, 3, 4, 5, 6, 7, 8])
def test_digits_have_their_size_with_every_kernel(kernel, stride):
    settings = {**E.settings, "kernel": kernel, "stride": stride}
    model = patient("digits", settings)
    assert model.sample(2).shape == (2, 1, 28, 28)
    assert model.joint


@pytest.mark.parametrize("penalty", ["r1", "r2", "r1+r2", "wgan-gp", "dragan"])
def test_every_penalty_trains(penalty):
    trial = A.run({"penalty": penalty, "pack": 2, "noise": 0.1}, steps=12)
    assert trial.outcome["finite"] == 1


def test_views_train_on_digits():
    trial = E.run({"passes": "separate", "translation": 2, "ema": 100}, steps=3)
    assert trial.outcome["finite"] == 1


# what is measured


def test_modes_need_two_in_a_hundred():
    centres = points.TARGETS["ring"]
    some = torch.cat([centres[:1].repeat(97, 1), centres[1:2].repeat(3, 1)])
    assert measure.modes(some, "ring") == 2
    assert measure.modes(some[:98], "ring") == 1
    assert measure.modes(points.draw("ring", 2000, 0), "ring") == 8
    assert measure.modes(torch.zeros(100, 2), "ring") == 0


def test_distance_is_nothing_between_draws_and_grows():
    one, other = points.draw("ring", 1000, 0), points.draw("ring", 1000, 1)
    assert abs(measure.distance(one, other)) < 0.01
    assert measure.distance(one, other + 1) > 0.3


def test_wander_is_the_offset_in_spreads():
    real = points.draw("blob", 5000, 0)
    off = real + 3 * torch.tensor([0.2, 0.2])
    assert measure.wander([real, real], real) == pytest.approx(0, abs=1e-6)
    assert measure.wander([off, off, real, off], real) == pytest.approx(
        3 / math.sqrt(2), rel=0.05
    )


def test_a_lattice_is_seen_and_a_shape_is_not():
    digits = data.to_float(trials.real("digits", 297))
    lattice = torch.zeros(28, 28)
    lattice[::2] = 0.2
    assert measure.lattice(digits) < failures.CASES["D"].cure[0].value
    assert measure.lattice(digits + lattice) > failures.CASES["D"].fault.value


def test_background_is_that_of_the_frame():
    images = torch.ones(3, 1, 28, 28)
    images[:, :, :2], images[:, :, -2:] = -1, -1
    images[:, :, :, :2], images[:, :, :, -2:] = -1, -1
    assert measure.background(images) == -1
    assert measure.background(-images) == 1


def test_a_bound_says_what_was_measured():
    bound = Bound("fid", 40, "FID of 500 samples", at_least=False)
    assert bound.holds({"fid": 40}) and not bound.holds({"fid": math.nan})
    assert bound.sentence({"fid": 52.34}) == (
        "FID of 500 samples: 52.3, where at most 40 is asked for."
    )


@pytest.mark.parametrize(
    ("half", "now", "improves"), [(90, 50, True), (52, 50, False), (45, 50, False)]
)
def test_a_bound_says_whether_the_training_was_on_its_way(half, now, improves):
    bound = Bound("fid", 40, "FID of 500 samples", at_least=False)
    said = bound.sentence({"fid": now, f"{HALF}fid": half})
    assert f"At half time it was {half}" in said
    assert ("was still improving" in said) == improves


def test_numbers_of_half_time_are_measured_and_change_nothing():
    found = A.run({"lr_d": 3e-4}, seed=5, steps=24).outcome
    halves = {name.removeprefix(HALF) for name in found if name.startswith(HALF)}
    assert {"modes", "spread", "wander", "distance", "d_gap"} <= halves
    assert all(math.isfinite(found[HALF + name]) for name in halves)


def test_steps_of_d_take_none_from_g():
    # G learns at every d_steps-th batch, so there are that many more batches
    one, three = (A.run({"d_steps": n}, seed=6, steps=20) for n in (1, 3))
    assert [trial.rows[-1]["step"] for trial in (one, three)] == [20, 60]


# what was tried

RECORD = studies.find("gallery")
TRIED = [(letter, one) for letter, tried in REMEDIES.items() for one in tried]


@pytest.mark.parametrize(("letter", "remedy"), TRIED)
def test_every_remedy_is_in_the_record(letter, remedy):
    case = failures.CASES[letter]
    assert changed(case.settings, completed(case.kind, case.settings, remedy.changes))
    method = f"{letter}-{remedy.key}"
    assert method in RECORD.methods and RECORD.failures(method).of >= 5


@pytest.mark.parametrize(("letter", "remedy"), TRIED)
def test_hints_and_text_promise_what_the_record_shows(letter, remedy):
    cured = failures.is_cured(RECORD, letter, remedy.key)
    assert remedy.promised in (None, cured)
    assert remedy.promised or remedy.key != "repaired"


def test_the_evidence_counts_failures_and_cures_as_they_are():
    rows = {(row[0][0], row[1]): row[2] for row in failures.evidence(RECORD).rows}
    assert rows["A", "as it was found"] == "10 of 10 failed"
    assert rows["A", REMEDIES["A"][0].words] == "10 of 10 cured"
    assert len(rows) == len(TRIED) + len(failures.CASES)


# what is shown


@pytest.mark.parametrize("letter", ["A", "E", "G"])
def test_symptoms_tell_no_name(letter, monkeypatch):
    monkeypatch.setenv("AIGC_FAST", "1")
    figure, words = failures.symptoms(letter), failures.describe(letter)
    texts = [
        text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))
    ]
    assert f"Case {letter}, as it was found" in texts
    for text in (words, *texts):
        assert failures.CASES[letter].name not in text
    assert "The health monitor: " in words and "D's mean belief" in words


def test_a_cloud_that_travels_shows_its_path():
    shown = failures.symptoms("C", seed=1)
    titles = [axes.get_title() for axes in shown.axes]
    assert "path of the centre" in titles


def test_huge_losses_and_far_points_stay_on_the_page():
    shown = failures.symptoms("F")
    assert shown.axes[0].get_yscale() == "symlog"
    told = [re.match(r"(\d+) of 300 outside", a.get_xlabel()) for a in shown.axes]
    assert any(int(one[1]) > 200 for one in told if one)  # how many: by the rounding


def test_a_short_history_is_shown_step_by_step():
    trial = failures.CASES["G"].run()
    steps = history(trial)
    assert len(trial.rows) < len(steps) and math.isfinite(steps[0]["D"])
    labels = [text.get_text() for text in failures.symptoms("G").axes[0].texts]
    legend = failures.symptoms("G").axes[0].get_legend()
    assert "first NaN" in [*labels, *(text.get_text() for text in legend.get_texts())]


def test_a_repair_is_named_in_the_title(monkeypatch):
    monkeypatch.setenv("AIGC_FAST", "1")
    figure = failures.symptoms("A", settings={"lr_d": 1e-3, "loss": "hinge"})
    texts = [
        text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))
    ]
    assert "Case A, loss = hinge, lr_d = 0.001" in texts


def test_the_sheet_lists_every_setting_with_what_is_allowed():
    lines = failures.sheet("B").splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(failures.CASES["B"].settings)
    assert lines[0].split() == ["setting", "value", "meaning", "allowed"]
    assert any("'0 to 255'" in line for line in lines)
