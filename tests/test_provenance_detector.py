"""Detectors, what they decide, and what is done with a near copy."""

from math import comb
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from aigc_course import data
from aigc_course.apps.styles import thick
from aigc_course.errors import CourseError
from aigc_course.files import read_json
from aigc_course.provenance import calibration, copies, counting, detector, rates


@pytest.fixture(scope="module")
def digits() -> Tensor:
    return data.to_float(data.load("mnist", "test").images[:600])


# --- rates ---------------------------------------------------------------------------


def test_threshold_accuses_no_more_than_allowed() -> None:
    scores = torch.randn(999, generator=torch.Generator().manual_seed(0))
    limit = rates.threshold_at(scores, 0.01)
    assert int((scores > limit).sum()) == 9


def test_threshold_keeps_to_its_rate_with_ties() -> None:
    scores = torch.tensor([0.0] * 50 + [1.0] * 50)
    assert int((scores > rates.threshold_at(scores, 0.1)).sum()) == 0


def test_rates_count_by_hand() -> None:
    found = rates.rates(torch.tensor([-1.0, 0.0, 1.0, 2.0]), torch.tensor([1.0, 3.0]))
    assert (found.tpr, found.fpr) == (1.0, 0.5)
    # pairs: 1 beats two and ties with one, 3 beats four
    assert found.auc == pytest.approx((2.5 + 4) / 8)
    assert found.fpr_low < 0.5 < found.fpr_high
    assert (found.n_real, found.n_generated) == (4, 2)
    assert "accused 50.00%" in str(found)


def test_ppv_is_the_share_of_right_accusations() -> None:
    random = torch.Generator().manual_seed(0)
    made = torch.rand(400_000, generator=random) < 0.02
    chance = torch.where(made, 0.9, 0.05)
    accused = torch.rand(400_000, generator=random) < chance
    share = float(made[accused].double().mean())
    assert rates.positive_predictive_value(0.9, 0.05, 0.02) == pytest.approx(
        share, abs=0.01
    )


def test_ppv_of_a_useless_detector_is_the_prevalence() -> None:
    assert rates.positive_predictive_value(0.3, 0.3, 0.07) == pytest.approx(0.07)


def test_accusations_add_up() -> None:
    expected = rates.accusations(0.8, 0.02, 0.05, 1000)
    assert expected.right + expected.missed == pytest.approx(50)
    assert expected.wrong == pytest.approx(19)
    assert expected.ppv == pytest.approx(40 / 59)


def test_ppv_interval_knows_that_none_in_a_thousand_is_not_never() -> None:
    low, high = rates.ppv_interval(900, 1000, 0, 1000, prevalence=0.001)
    assert low < 0.4 and high > 0.9
    narrow, _ = rates.ppv_interval(90_000, 100_000, 0, 100_000, prevalence=0.001)
    assert narrow > 0.95


def test_ppv_interval_covers() -> None:
    random = torch.Generator().manual_seed(1)
    true, hits = rates.positive_predictive_value(0.8, 0.05, 0.1), 0
    for _ in range(200):
        found = int((torch.rand(300, generator=random) < 0.8).sum())
        accused = int((torch.rand(400, generator=random) < 0.05).sum())
        low, high = rates.ppv_interval(found, 300, accused, 400, 0.1, draws=2000)
        hits += low <= true <= high
    assert hits >= 182  # 95 % of 200 less three deviations


# --- calibration ---------------------------------------------------------------------


def logits_with_truth(n: int, scale: float) -> tuple[Tensor, Tensor]:
    """Logits `scale` times as large as the right ones."""
    random = torch.Generator().manual_seed(2)
    right = 2 * torch.randn(n, generator=random)
    labels = torch.rand(n, generator=random) < right.sigmoid()
    return scale * right, labels.float()


def test_temperature_finds_the_exaggeration() -> None:
    logits, labels = logits_with_truth(20_000, 3.0)
    t = calibration.temperature(logits, labels)
    assert t == pytest.approx(3, rel=0.05)
    before = calibration.expected_calibration_error(logits.sigmoid(), labels)
    after = calibration.expected_calibration_error((logits / t).sigmoid(), labels)
    assert before > 0.1 and after < 0.02


def test_reliability_by_hand() -> None:
    p, labels = torch.tensor([0.05, 0.15, 0.95, 1.0]), torch.tensor([0, 1, 1, 1])
    rows = calibration.reliability(p, labels)
    assert [row.n for row in rows] == [1, 1, 2]
    assert rows[2] == pytest.approx((0.975, 1.0, 2))
    error = calibration.expected_calibration_error(p, labels)
    assert error == pytest.approx((0.05 + 0.85 + 2 * 0.025) / 4)


def test_move_prior_is_bayes_rule() -> None:
    # two values of x, drawn at equal shares; then 1 in 20 is generated
    p = torch.tensor([0.8, 0.3], dtype=torch.float64)
    moved = calibration.move_prior(p, 0.5, 0.05)
    by_hand = 0.8 * 0.05 / (0.8 * 0.05 + 0.2 * 0.95)
    assert float(moved[0]) == pytest.approx(by_hand)
    back = calibration.move_prior(moved, 0.05, 0.5)
    assert torch.allclose(back, p)


# --- detectors -----------------------------------------------------------------------


def test_patch_counts_count_every_patch(digits: Tensor) -> None:
    counts = counting.patch_counts(digits[:20]).square()
    assert counts.sum(1).tolist() == pytest.approx([27 * 27] * 20)


def test_patch_counts_by_hand() -> None:
    image = torch.full((1, 1, 28, 28), -1.0)
    image[0, 0, 5, 5] = 1.0
    counts = counting.patch_counts(image, levels=2)[0].square()
    # one white pixel is each corner of one patch: codes 8, 4, 2 and 1
    assert counts[[1, 2, 4, 8]].tolist() == pytest.approx([1, 1, 1, 1])
    assert float(counts[0]) == pytest.approx(27 * 27 - 4, rel=1e-5)


def test_count_detector_tells_blurred_from_sharp(digits: Tensor) -> None:
    blurred = detector.resized(digits, 14)
    net = detector.count_detector(digits[:400], blurred[:400])
    found = detector.rates(
        detector.scores(net, digits[400:]), detector.scores(net, blurred[400:])
    )
    assert found.auc > 0.99
    again = detector.count_detector(digits[:400], blurred[:400])
    assert torch.equal(net.weights, again.weights)


def test_both_kinds_weigh_the_same(digits: Tensor) -> None:
    blurred = detector.resized(digits, 20)
    net = detector.count_detector(digits[:400], blurred[:100])
    p = [detector.scores(net, x).sigmoid().mean() for x in (digits[:400], blurred)]
    assert float(p[0] + p[1]) == pytest.approx(1, abs=0.1)


def test_counts_that_say_nothing_give_even_odds(digits: Tensor) -> None:
    net = detector.count_detector(digits[:300], digits[:300])
    assert float(detector.scores(net, digits).abs().max()) < 1e-3


def test_scores_take_bytes_and_floats_alike(digits: Tensor) -> None:
    net = detector.count_detector(digits[:200], thick(digits[:200]))
    as_bytes = data.to_uint8(digits[200:300])
    assert torch.equal(
        detector.scores(net, as_bytes), detector.scores(net, digits[200:300])
    )


@pytest.mark.slow
def test_network_learns_and_keeps_to_its_seed(digits: Tensor) -> None:
    small = {"steps": 12, "batch": 32}
    dark, light = digits[:100], -digits[:100]
    net = detector.train_detector(dark, light, seed=3, **small)
    again = detector.train_detector(dark, light, seed=3, **small)
    found = detector.scores(net, digits[100:200])
    assert torch.equal(found, detector.scores(again, digits[100:200]))
    turned = detector.rates(found, detector.scores(net, -digits[100:200]))
    assert turned.auc > 0.9


def test_network_lets_batches_be_processed(digits: Tensor) -> None:
    seen: list[int] = []

    def look(images: Tensor, generator: torch.Generator) -> Tensor:
        seen.append(len(images))
        return images

    detector.train_detector(digits, digits, steps=2, batch=8, augment=look)
    assert seen == [8, 8]


def test_saving_removes_what_a_float_gives_away() -> None:
    generated = torch.full((1, 1, 28, 28), -0.9998)
    assert float(detector.as_saved(generated).max()) == -1.0


def test_resizing_keeps_shape_and_loses_detail(digits: Tensor) -> None:
    small = detector.resized(digits[:5], 14)
    assert small.shape == digits[:5].shape
    assert torch.equal(detector.as_saved(small), small)
    assert float((detector.resized(digits[:5], 28) - digits[:5]).abs().max()) < 1e-6
    assert float((small - digits[:5]).abs().mean()) > 0.05


# --- copies and style ----------------------------------------------------------------


def test_a_moved_copy_is_found_with_its_index(digits: Tensor) -> None:
    moved = torch.full_like(digits[7:8], -1.0)
    moved[..., 2:, 1:] = digits[7:8, :, :-2, :-1]
    near, which = copies.aligned_distance(moved, digits[:50])
    far, _ = copies.aligned_distance(moved, digits[:50], shift=0)
    assert int(which) == 7
    assert float(near) < 0.02 < 1 < float(far)


def test_aligned_distance_by_brute_force(digits: Tensor) -> None:
    found, which = copies.aligned_distance(digits[:3], digits[10:30], shift=1)
    every = []
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            moved = digits[:3].roll((dy, dx), (2, 3))
            # rolled in from the other side: black, as digits leave a margin
            every.append(torch.cdist(moved.flatten(1), digits[10:30].flatten(1)))
    best = torch.stack(every).min(0).values
    assert torch.allclose(found, best.min(1).values, atol=1e-3)
    assert torch.equal(which, best.argmin(1))


def test_shifts_bring_real_pictures_nearer_too(digits: Tensor) -> None:
    near, _ = copies.aligned_distance(digits[:50], digits[100:], shift=2)
    plain, _ = copies.aligned_distance(digits[:50], digits[100:], shift=0)
    assert bool((near <= plain + 1e-3).all()) and float(near.mean()) < plain.mean()


def test_excess_is_the_binomial_tail() -> None:
    excess = copies.accused_of_copying(3, 20, rate=0.05)
    tail = 1 - sum(comb(20, k) * 0.05**k * 0.95 ** (20 - k) for k in range(3))
    assert excess.p_value == pytest.approx(tail)
    assert excess.expected == pytest.approx(1)
    assert excess.low < 3 / 20 < excess.high


def test_a_count_at_the_expected_rate_accuses_nobody() -> None:
    assert copies.accused_of_copying(10, 1000).p_value > 0.5
    assert copies.accused_of_copying(40, 1000).p_value < 1e-9
    assert copies.accused_of_copying(0, 1000).p_value == 1


def test_gram_forgets_where_and_keeps_what(digits: Tensor) -> None:
    moved = digits[:20].roll(4, 3)  # a multiple of the layers' stride
    same = copies.style_distance(digits[:20], moved).mean()
    other = copies.style_distance(digits[:20], thick(digits[:20])).mean()
    assert float(same) < float(other) / 3


def test_style_test_tells_thick_from_plain(digits: Tensor) -> None:
    labels = data.load("mnist", "test").labels[:300]
    styles = {"plain": digits[:300], "thick": thick(digits[:300])}
    found = copies.style_test(styles, labels, pairs=4000)
    assert found.same_digit > 0.7
    # with the digit against it, the distance follows the digit as well
    assert found.crossed < found.same_digit - 0.1


def test_style_of_nothing_but_chance_is_a_coin(digits: Tensor) -> None:
    labels = data.load("mnist", "test").labels[:600]
    styles = {"a": digits[:300], "b": digits[300:600]}
    found = copies.style_test(styles, labels[:300], pairs=4000)
    assert found.everyone == pytest.approx(0.5, abs=0.05)


# --- refused -------------------------------------------------------------------------

ONES = torch.ones(4)
REFUSED = {
    "rate 0": lambda: rates.threshold_at(ONES, 0.0),
    "rate below 1 in n": lambda: rates.threshold_at(ONES, 0.1),
    "no scores": lambda: rates.rates(torch.zeros(0), ONES),
    "scores of two dimensions": lambda: rates.rates(torch.zeros(2, 2), ONES),
    "NaN": lambda: rates.rates(torch.tensor([float("nan")]), ONES),
    "prevalence 2": lambda: rates.positive_predictive_value(0.9, 0.1, 2),
    "nobody accused": lambda: rates.positive_predictive_value(0.0, 0.0, 0.5),
    "more than all": lambda: rates.ppv_interval(5, 4, 0, 10, 0.5),
    "prevalence 0": lambda: rates.ppv_interval(1, 4, 0, 10, 0.0),
    "no pictures": lambda: rates.accusations(0.9, 0.1, 0.5, 0),
    "logits as probabilities": lambda: calibration.reliability(3 * ONES, ONES),
    "labels of 2": lambda: calibration.reliability(ONES, 2 * ONES),
    "no bins": lambda: calibration.reliability(ONES, ONES, 0),
    "prior 1": lambda: calibration.move_prior(ONES, 0.5, 1.0),
    "odd batch": lambda: detector.train_detector(grey(2), grey(2), batch=3),
    "no steps": lambda: detector.train_detector(grey(2), grey(2), steps=0),
    "no decay": lambda: detector.count_detector(grey(2), grey(2), decay=0),
    "levels": lambda: counting.patch_counts(grey(1), 9),
    "another size": lambda: detector.count_detector(grey(2), torch.zeros(2, 1, 9, 9)),
    "side 3": lambda: detector.resized(grey(1), 3),
    "shift 9": lambda: copies.aligned_distance(grey(1), grey(1), 9),
    "near above n": lambda: copies.accused_of_copying(3, 2),
    "pairs of two numbers": lambda: copies.style_distance(grey(2), grey(3)),
    "one style": lambda: copies.style_test({"a": grey(4)}, torch.arange(4)),
    "one digit": lambda: copies.style_test(
        {"a": grey(2), "b": grey(2)}, torch.zeros(2).long()
    ),
}


def grey(n: int) -> Tensor:
    return torch.zeros(n, 1, 28, 28)


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_sentence(case: str) -> None:
    with pytest.raises(CourseError) as refusal:
        REFUSED[case]()
    message = str(refusal.value)
    assert message.endswith(".") and "\n" not in message


# --- what the record says ------------------------------------------------------------


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    content = read_json(Path(__file__).parents[1] / "benchmarks/records/detection.json")
    assert len(content["settings"]["seeds"]) >= 3
    found: dict[str, Any] = content["figures"]["counts"]
    return found


def test_a_detector_of_one_family_misses_another(figures: dict[str, Any]) -> None:
    on_vae = figures["on VAE"]["generators"]
    assert (
        on_vae["VAE"]["tpr"]["low"]
        > 0.95
        > 0.05
        > on_vae["shipped DCGAN"]["tpr"]["high"]
    )
    on_gan = figures["on shipped DCGAN"]["generators"]
    # from one GAN to another it carries over (Wang et al. 2020)
    assert on_gan["DCGAN 2"]["auc"]["low"] > 0.9 > on_gan["VAE"]["auc"]["high"]


def test_the_best_detectors_accuse_real_pictures(figures: dict[str, Any]) -> None:
    for source in ("on VAE", "on flow"):
        accused = figures[source]["accused"]
        assert accused["MNIST, same writers"]["high"] < 0.03
        assert accused["digits of scikit-learn"]["interval"][0] > 0.9
        assert figures[source]["processed"]["resized 20"]["fpr"]["low"] > 0.9


def test_processing_hides_a_generator(figures: dict[str, Any]) -> None:
    row = figures["on shipped DCGAN"]
    own = row["generators"]["shipped DCGAN"]["tpr"]["low"]
    assert row["processed"]["JPEG 50"]["tpr"]["high"] < own / 3
