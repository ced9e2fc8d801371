"""The secret judge: what it is made of, what it measures, and what it finds."""

import csv
import hashlib
import io
import json
from functools import cache

import pytest
import torch

from aigc_course import data, models, pretrained
from aigc_course.capstone import board, cheats, claims, evidence, quality, secret
from aigc_course.capstone import verdict as verdicts
from aigc_course.capstone.cards import Claim
from aigc_course.capstone.extractor import BENDS, chosen
from aigc_course.capstone.rulers import expected
from aigc_course.capstone.verdict import Finding, Part, Verdict
from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate

SEED = "a secret of the tests"


def quick(patch) -> None:
    """Make judges in a moment: few steps, few digits, rulers of real digits."""
    pairs = ((digits(600), 0.05), (255 - digits(600), 60.0))
    patch.setattr(secret, "FAST_STEPS", 12)
    patch.setattr(secret, "FAST_DRAWN", 600)
    patch.setattr(secret, "yardsticks", lambda n: pairs)


@pytest.fixture(scope="module")
def one() -> secret.Judge:
    """A judge that was trained for a moment."""
    patch = pytest.MonkeyPatch()
    quick(patch)
    yield secret.make(SEED, fast=True)
    patch.undo()


def digits(n: int, seed: int = 3) -> torch.Tensor:
    return data.subset(data.load("mnist", "train"), n, seed).images


@cache
def drawn(n: int) -> torch.Tensor:
    """Samples of the shipped DCGAN, uint8."""
    learner = models.get("dcgan").build(bf16=False)
    learner.load_trained(pretrained.load_weights("mnist_dcgan"))
    return data.to_uint8(learner.sample(n, torch.Generator().manual_seed(0)))


# --- the judge itself ---------------------------------------------------------------


def test_a_seed_gives_the_same_judge_and_another_seed_another(one, monkeypatch):
    quick(monkeypatch)
    again = secret.make(SEED, fast=True)
    assert again.sha256 == one.sha256 and secret.packed(again) == secret.packed(one)
    assert secret.number(SEED, "rows") != secret.number("another secret", "rows")


def test_secret_rows_and_the_others_share_no_digit(one):
    assert len(one.rows) == len(set(one.rows.tolist())) == 1_500
    assert len(one.held) == 1_500 and len(one.others) == 8_500
    both = torch.cat([one.held.labels, one.others.labels]).bincount()
    assert torch.equal(both, data.load("mnist", "test").labels.bincount())


def test_the_promise_is_the_hash_of_the_file_and_a_changed_file_breaks_it(
    one, tmp_path
):
    digest = one.save(tmp_path)
    content = (tmp_path / secret.FILE).read_bytes()
    assert digest == hashlib.sha256(content).hexdigest() == one.sha256
    assert digest in (tmp_path / secret.PROMISE).read_text()
    secret.check(tmp_path, digest.upper())
    read = secret.read(tmp_path)
    assert read.sha256 == digest and read.weak == one.weak and read.fast
    (tmp_path / secret.FILE).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CourseError, match="not the judge that was promised"):
        secret.check(tmp_path, digest)


@pytest.mark.parametrize("content", [b"", b"x" * 9, b"\xff" * 8 + b"{}", b"PK\3\4"])
def test_a_damaged_judge_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / secret.FILE).write_bytes(content)
    with pytest.raises(CourseError, match="is damaged"):
        secret.read(tmp_path)


def test_no_judge_a_second_judge_and_a_short_seed_are_refused(one, tmp_path):
    with pytest.raises(CourseError, match="holds no judge"):
        secret.read(tmp_path)
    with pytest.raises(CourseError, match="8 or more characters; this one has 3"):
        secret.make(" abc ")
    one.save(tmp_path)
    with pytest.raises(CourseError, match="already holds a judge"):
        one.save(tmp_path)


def test_shapes_differ_between_seeds_and_from_the_public_extractor():
    shapes = {chosen(seed) for seed in range(40)}
    assert len(shapes) > 30 and {one.bend for one in shapes} == set(BENDS)
    assert all(one.features != 128 and one.kernel != 5 for one in shapes)


# --- the scale ----------------------------------------------------------------------


def test_position_is_0_at_the_weak_end_and_1_at_the_strong_one():
    assert quality.position(10, 10, 0.1) == 0 and quality.position(0.1, 10, 0.1) == 1
    assert quality.position(1, 10, 0.1) == pytest.approx(0.5)
    assert quality.position(20, 10, 0.1) == 0 and quality.position(0, 10, 0.1) == 1
    assert quality.position(float("nan"), 10, 0.1) == 0
    # higher is better: the ends change places
    assert quality.position(4, 1, 16) == pytest.approx(0.5)
    for weak, strong in ((1, 1), (0, 1), (1, -1)):
        with pytest.raises(CourseError, match="two different"):
            quality.position(1, weak, strong)


@pytest.mark.slow
def test_real_digits_get_more_points_than_noise(one):
    chance = torch.Generator().manual_seed(0)
    noise = torch.randint(256, (600, 1, 28, 28), generator=chance, dtype=torch.uint8)
    real, none = quality.of_images(one, digits(600)), quality.of_images(one, noise)
    assert real.points > 25 and none.points < 3
    assert all("secret" in sentence for sentence in real.why)


# --- claims -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "claimed", "measured", "error", "true"),
    [
        ("fid", 5.0, 5.0, 0.0, True),
        ("fid", 4.25, 5.0, 0.0, False),  # 15 % too good
        ("fid", 5.75, 5.0, 0.0, True),  # too modest
        ("fid", 4.9, 5.0, 0.0, True),  # rounded
        ("fid", 4.6, 5.0, 0.3, True),  # other samples might give it
        ("fid", 4.25, 5.0, 0.3, False),
        ("accuracy", 0.96, 0.95, 0.0, False),
        ("accuracy", 0.953, 0.95, 0.0, True),
        ("accuracy", 0.9, 0.95, 0.0, True),
        ("bits_per_character", 2.4, 2.5, 0.0, False),
        ("epsilon", 0.5, 1.0, 0.0, False),
        ("coverage", 0.9, 0.8, 0.0, False),
        ("psnr", 18.0, 17.98, 0.0, True),
    ],
)
def test_a_claim_is_untrue_when_it_is_clearly_too_good(
    figure, claimed, measured, error, true
):
    assert claims.check_value(figure, claimed, measured, error)[0] is true


def test_an_unmeasurable_or_unknown_claim_is_not_called_true():
    assert not claims.check_value("fid", 1.0, float("nan"))[0]
    with pytest.raises(CourseError, match="no figure"):
        claims.check_value("beauty", 1.0, 1.0)


def claim(figure: str, value: float, **also) -> Claim:
    kept = {"low": value, "high": value, "n": 10_000, "seed": 0, "seeds": 3}
    return Claim(figure, value, extractor="mnist_features", **{**kept, **also})


def test_an_untrue_main_claim_costs_all_points_and_another_one_its_share():
    again = {"fid": 5.0, "coverage": 0.5}

    def points(fid: float, coverage: float) -> float:
        told = [claim("fid", fid), claim("coverage", coverage)]
        return claims.check(told, lambda one: again[one.figure], "fid")[0].points

    assert points(5.0, 0.5) == 20 and points(4.0, 0.5) == 0 and points(5.0, 0.9) == 10


def test_a_lucky_seed_costs_half_and_no_main_claim_everything():
    fresh = {"fid": Estimate(5.0, 0.1)}
    part, checked, found = claims.check(
        [claim("fid", 4.0)], lambda _: 4.0, "fid", fresh
    )
    assert part.points == 10 and checked[0].true and found[0].kind == "lucky"
    part, _, _ = claims.check([claim("coverage", 0.5)], lambda _: 0.5, "fid")
    assert part.points == 0 and "does not claim fid" in part.why[0]


def outcome(method: str, seed: int, fid: float, **also) -> evidence.Outcome:
    kept = {"status": "finished", "steps": 600, "seconds": 30.0, "n": 10_000}
    kept |= {"figures": {"fid": fid}, "measured_seed": 0, "config": {}}
    return evidence.Outcome(method, seed, **{**kept, **also})


def record(*runs: evidence.Outcome) -> evidence.Record:
    return evidence.Record("A", "baseline-1", runs)


FIDS = (5.1, 5.0, 4.8)


def full() -> evidence.Record:
    more = [outcome("baseline", i, fid) for i, fid in enumerate(FIDS)]
    return record(*more, *(outcome("other", i, 6.0 + i / 10) for i in range(3)))


def test_full_evidence_gets_all_points():
    low, high = evidence.interval(list(FIDS))
    told = [claim("fid", 5.0, low=low, high=high)]
    part, found = claims.evidence(full(), told, "fid", 5.0)
    assert part.points == 15 and not found, part.why


@pytest.mark.parametrize(
    ("change", "points"),
    [
        (lambda runs: runs[:3], 11),  # nothing to compare with
        (lambda runs: [runs[1], *runs[3:]], 7),  # one seed
        (lambda runs: [*runs[:3], outcome("other", 7, 6.2, n=500)], 11),
    ],
)
def test_missing_evidence_costs_points(change, points):
    low, high = evidence.interval(list(FIDS))
    told = [claim("fid", 5.0, low=low, high=high)]
    part, found = claims.evidence(record(*change(list(full().runs))), told, "fid", 5.0)
    assert part.points == points and not found, part.why


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ([outcome("baseline", 1, 3.0)], "its weights give 5"),
        ([outcome("baseline", 0, 5.0)], "does not hold the run 'baseline-1'"),
        ([outcome("baseline", i, 5.0) for i in range(3)], "runs were copied"),
    ],
)
def test_contradicting_evidence_is_named_and_gets_nothing(runs, words):
    part, found = claims.evidence(record(*runs), [claim("fid", 5.0)], "fid", 5.0)
    assert part.points == 0 and found[0].kind == "evidence"
    assert words in found[0].sentence


def test_equal_shares_of_right_answers_are_no_copies():
    runs = [outcome("baseline", i, 0.0, figures={"accuracy": 0.95}) for i in range(3)]
    part, found = claims.evidence(record(*runs), [], "accuracy", 0.95)
    assert not found and part.points > 0


# --- cheats -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "accused"), [(0.0, False), (0.02, False), (0.2, True)]
)
def test_a_fifth_of_copies_among_unseen_digits_is_enough(one, share, accused):
    images = one.held.images[:400].clone()
    images[: int(share * 400)] = data.load("mnist", "train").images[:400][
        : int(share * 400)
    ]
    shuffled = images[torch.randperm(400, generator=torch.Generator().manual_seed(1))]
    assert (cheats.copies(one, data.to_float(shuffled)) is not None) is accused


@pytest.mark.slow
def test_the_shipped_generator_is_accused_of_nothing(one):
    images = drawn(500)
    assert cheats.find(one, images, Estimate(9.0), Estimate(9.0)) == []


def test_an_undertrained_model_whose_samples_are_alike_repeats_nothing(one):
    chance = torch.Generator().manual_seed(0)
    blur = data.to_float(digits(1)).expand(400, 1, 28, 28)
    alike = blur * (1 + 0.3 * torch.randn(400, 1, 1, 1, generator=chance))
    noisy = alike + 0.2 * torch.randn(400, 1, 28, 28, generator=chance)
    assert cheats.repeats(one, noisy.clamp(-1, 1)) is None


@pytest.mark.parametrize("moved", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_training_digits_are_found_also_when_moved(one, moved):
    images = digits(200).roll((moved, moved), (2, 3))
    found = cheats.copies(one, images)
    assert found is not None and found.kind == "copies" and found.part == "quality"


def test_half_training_digits_are_found(one):
    images = torch.cat([digits(60), one.held.images[:140]])
    assert cheats.copies(one, images) is not None


def test_test_digits_are_found(one):
    found = cheats.test_copies(one, one.held.images[:300])
    assert found is not None and found.kind == "test-copies"


@pytest.mark.parametrize("pictures", [1, 10])
def test_few_samples_repeated_are_found_also_with_noise(one, pictures):
    chance = torch.Generator().manual_seed(1)
    some = data.to_float(one.held.images[:pictures]).repeat(400 // pictures, 1, 1, 1)
    noise = 0.02 * torch.randn(400, 1, 28, 28, generator=chance)
    found = cheats.repeats(one, (some + noise).clamp(-1, 1))
    assert found is not None and found.kind == "repeats"


def test_samples_of_another_generator_are_found_and_rounding_is_not(one):
    own = one.held.images[:400, 0]
    other = 255 - digits(400)[:, 0]
    fresh = one.held.images[400:800]
    assert cheats.other_samples(one, own, own, fresh) is None
    near = (own.short() + 1).clamp(0, 255).to(torch.uint8)
    assert cheats.agree(own, near) and not cheats.agree(own, own[:10])
    found = cheats.other_samples(one, other, own, fresh)
    assert found is not None and found.part == "claims"


def test_a_secret_fid_above_what_honest_generators_have_is_named(one):
    usual = expected(1.0, one.rulers)
    assert cheats.fooling(one, Estimate(1.0), Estimate(1.3 * usual)) is None
    assert cheats.fooling(one, Estimate(1.0), Estimate(2 * usual, usual)) is None
    assert cheats.fooling(one, Estimate(20.0), Estimate(900 * usual)) is None
    found = cheats.fooling(one, Estimate(1.0), Estimate(2 * usual))
    assert found is not None and found.part == "" and "DCGAN" in found.sentence


def test_rulers_are_joined_by_lines_of_logarithms_and_go_on_beyond_their_ends():
    rulers = ((1.0, 2.0), (10.0, 20.0), (100.0, 2_000.0))
    for public, own in ((1, 2), (10, 20), (100, 2_000), (3, 6), (0.1, 0.2)):
        assert expected(public, rulers) == pytest.approx(own)
    assert expected(1_000, rulers) == pytest.approx(200_000)


# --- verdicts and the board ---------------------------------------------------------


def a_verdict(name: str, points: float = 20.0, **also) -> Verdict:
    parts = {part: Part(points / 4, most, ("a reason",)) for part, most in MOST.items()}
    return Verdict(name, also.pop("brief", "A"), parts, **also)


MOST = verdicts.MOST


def test_a_verdict_is_kept_as_json_and_read_again():
    found = a_verdict(
        "x",
        findings=(Finding("copies", "They are copies.", "quality"),),
        claims=(verdicts.Checked("fid", 1.0, 2.0, 0.1, False, "Not true."),),
        figures={"fid": (2.0, 0.1)},
    )
    again = verdicts.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found and found.cheats == ("copies",) and found.judged
    with pytest.raises(CourseError, match="no verdict"):
        verdicts.from_dict({"name": "x"})


def test_nothing_that_a_submission_says_is_markup():
    nasty = "<script>alert(1)</script> [x](javascript:1) `c` | *b*"
    page = verdicts.refused(nasty, nasty).markdown()
    assert "<script" not in page and "](" not in page and "`" not in page
    shown = board.page(board.ranked([verdicts.refused(nasty, nasty)]))
    assert "<script" not in shown and "default-src 'none'" in shown


def test_places_are_shared_within_a_point_and_briefs_stand_apart():
    rows = board.ranked(
        [
            a_verdict("c", 30.0),
            a_verdict("a", 40.0),
            a_verdict("b", 39.2),
            a_verdict("d", 50.0, brief="B"),
            verdicts.refused("e", "It is damaged."),
        ]
    )
    assert [(place, one.name) for place, one in rows] == [
        *((1, "a"), (1, "b"), (3, "c")),
        *((1, "d"), (1, "e")),
    ]


def test_a_spreadsheet_computes_nothing_of_a_name():
    rows = list(csv.reader(io.StringIO(board.table([(1, a_verdict("=1+1"))]))))
    assert rows[0][:3] == ["place", "name", "brief"] and rows[1][1] == "'=1+1"
    assert "place" in board.page([(1, a_verdict("x"))])
