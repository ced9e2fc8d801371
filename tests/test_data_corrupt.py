"""Damage that is as great as it says, the same from the same seed, and composable."""

from dataclasses import replace

import pytest
import torch

from aigc_course import data
from aigc_course.data import corrupt
from aigc_course.errors import CourseError

N = 1_500


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def same(a, b):
    return torch.equal(a.images, b.images) and torch.equal(a.labels, b.labels)


def changed(a, b):
    """Which images differ, bool [N]."""
    return (a.images != b.images).flatten(1).any(1)


@pytest.mark.parametrize("name", corrupt.CORRUPTIONS)
def test_severity_0_changes_no_bit_and_1_changes_much(digits, name):
    before = digits.images.clone(), digits.labels.clone()
    assert corrupt.make(name, 0)(digits) is digits
    worst = corrupt.make(name, 1)(digits)
    assert not same(worst, digits)
    assert torch.equal(before[0], digits.images), "the set given is left alone"
    assert torch.equal(before[1], digits.labels)
    assert worst.images.dtype == torch.uint8 and worst.labels.dtype == torch.int64
    assert len(worst.images) == len(worst.labels)


@pytest.mark.parametrize("name", corrupt.CORRUPTIONS)
def test_the_seed_alone_decides(digits, name):
    damage = corrupt.make(name, 0.5)
    assert same(damage(digits, seed=3), damage(digits, seed=3))
    by_chance = name not in ("blur", "wrong_range", "shift")
    assert by_chance == (not same(damage(digits, seed=3), damage(digits, seed=4)))


@pytest.mark.parametrize("name", ["label_errors", "contamination"])
def test_a_share_of_the_rows_is_hit_and_more_severity_hits_these_too(digits, name):
    def hit(severity):
        damaged = corrupt.make(name, severity)(digits, seed=1)
        return changed(damaged, digits) | (damaged.labels != digits.labels)

    few, many = hit(0.1), hit(0.4)
    assert int(few.sum()) == N // 10 and int(many.sum()) == 4 * N // 10
    assert bool(many[few].all())


def test_noise_is_as_strong_as_it_says(digits):
    grey = replace(digits, images=torch.full_like(digits.images, 128))
    spread = corrupt.noise(0.1)(grey).images.float().std() / 255
    assert float(spread) == pytest.approx(0.1, abs=0.001)


def test_a_blur_keeps_ink_and_spreads_a_point_as_it_says(digits):
    point = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    point[..., 13, 13] = 255
    one = replace(digits, images=point, labels=digits.labels[:1])
    row = corrupt.blur(0.25)(one).images[0, 0, 13].float()  # 1 pixel
    # neighbour / middle = exp(-1/2), bytes round to within 1 in 41
    assert float(row[14] / row[13]) == pytest.approx(0.607, abs=0.03)
    full = replace(digits, images=torch.full_like(digits.images, 200))
    assert int((corrupt.blur(1)(full).images == 200).all()), "the rim is not darker"


def test_wrong_range_and_shift_move_values_and_pixels(digits):
    wrong = corrupt.wrong_range(1)(digits).images
    assert int(wrong.min()) == 128 and int(wrong.max()) == 255
    moved = corrupt.shift(2 / 7)(digits).images
    assert torch.equal(moved[..., 2:, 2:], digits.images[..., :-2, :-2])
    assert int(moved[..., :2, :].max()) == int(moved[..., :2].max()) == 0


def test_wrong_labels_go_to_all_other_classes_alike(digits):
    many = replace(
        digits,
        images=digits.images[:1].expand(20_000, 1, 28, 28),
        labels=torch.full((20_000,), 3),
    )
    counts = corrupt.label_errors(1)(many).labels.bincount(minlength=10)
    assert int(counts[3]) == 0
    # 20,000 / 9 = 2,222 each, standard deviation 44
    others = torch.cat([counts[:3], counts[4:]])
    assert int((others - 2_222).abs().max()) < 5 * 44


def test_systematic_errors_touch_their_classes_alone(digits):
    damaged = corrupt.label_errors(0.5, {4: 9, 9: 4})(digits)
    wrong = damaged.labels != digits.labels
    pairs = torch.stack([digits.labels[wrong], damaged.labels[wrong]], 1).unique(dim=0)
    assert pairs.tolist() == [[4, 9], [9, 4]]
    fours = digits.labels == 4
    assert int(wrong[fours].sum()) == round(int(fours.sum()) / 2)


def test_imbalance_of_eight_ninths_is_ninety_to_ten(digits):
    damaged = corrupt.imbalance(8 / 9)(digits)
    shares = damaged.labels.bincount(minlength=10).double()
    assert float(shares[5:].sum() / shares.sum()) == pytest.approx(0.1, abs=0.003)
    assert torch.equal(
        damaged.images[damaged.labels < 5], digits.images[digits.labels < 5]
    )
    gone = corrupt.imbalance(1, rare=[7])(digits).labels
    assert 7 not in gone and len(gone) == int((digits.labels != 7).sum())


def test_duplicates_are_copies_of_so_many_with_their_labels(digits):
    damaged = corrupt.duplicates(0.5, of=5)(digits)
    hit = changed(damaged, digits)
    assert abs(int(hit.sum()) - N // 2) <= 5
    pairs = torch.cat([damaged.images[hit].flatten(1), damaged.labels[hit, None]], 1)
    assert len(pairs.unique(dim=0)) == 5
    all_gone = corrupt.duplicates(1, of=5)(digits)
    assert len(all_gone) == N and len(all_gone.images.unique(dim=0)) == 5


def test_near_duplicates_are_moved_and_uneven_but_alike(digits):
    exact = corrupt.duplicates(0.5, of=5)(digits)
    near = corrupt.duplicates(0.5, of=5, near=True)(digits)
    hit = changed(exact, digits)
    assert len(near.images[hit].unique(dim=0)) == int(hit.sum())
    back = near.images[hit][..., 1:, 1:].float() - exact.images[hit][..., :-1, :-1]
    assert float(back.abs().mean()) < 8


def test_contamination_takes_any_pictures_and_keeps_labels(digits):
    white = torch.full((3, 1, 28, 28), 255, dtype=torch.uint8)
    damaged = corrupt.contamination(0.2, white)(digits)
    assert int((damaged.images == 255).flatten(1).all(1).sum()) == N // 5
    assert torch.equal(damaged.labels, digits.labels)
    outlines = data.factors.images().flatten(1)
    drawn = corrupt.contamination(1)(digits).images[:2].flatten(1)
    assert all(bool((outlines == one).all(1).any()) for one in drawn)


def test_few_divides_by_the_same_factor_and_subsets_are_nested(digits):
    assert len(corrupt.few(1)(digits)) == 10
    assert len(corrupt.few(0.5)(digits)) == round((N * 10) ** 0.5)
    small, large = (data.subset(digits, n, seed=2) for n in (30, 300))
    rows = {bytes(x.numpy()) for x in large.images}
    assert len(small) == 30 and all(bytes(x.numpy()) in rows for x in small.images)
    assert corrupt.few(1)(small).labels.shape == (10,)


def test_a_chain_applies_its_parts_in_turn_and_says_so(digits):
    chain = corrupt.label_errors(0.1) | corrupt.noise(0.2) | corrupt.few(0.5)
    assert repr(chain) == "label_errors(0.1) | noise(0.2) | few(0.5)"
    assert repr(corrupt.compose([])) == "nothing"
    assert same(corrupt.compose([])(digits), digits)
    listed = corrupt.compose(
        [corrupt.label_errors(0.1) | corrupt.noise(0.2), corrupt.few(0.5)]
    )
    assert same(chain(digits, 5), listed(digits, 5))
    assert chain(digits).source.endswith("; label_errors(0.1); noise(0.2); few(0.5)")
    alone = corrupt.label_errors(0.1)(digits, 5)
    first = (corrupt.label_errors(0.1) | corrupt.noise(0))(digits, 5)
    assert same(alone, first), "the first part does not know of the second"


def test_parts_of_a_chain_have_chance_of_their_own(digits):
    once = corrupt.label_errors(0.2)
    twice = (once | once)(digits).labels != digits.labels
    # hit once or twice: 1 - 0.8^2 = 0.36 of them, less 1/9 of the 0.04 hit twice
    assert 0.33 < float(twice.double().mean()) < 0.38


@pytest.mark.parametrize("severity", [-0.1, 1.1, float("nan"), "1", None, True])
def test_severities_out_of_range_are_refused(severity):
    with pytest.raises(CourseError, match="from 0"):
        corrupt.noise(severity)


def test_what_cannot_be_damaged_is_refused_with_a_sentence(digits):
    damage = corrupt.label_errors(0.5)
    one_class = replace(digits, classes=("0",), labels=torch.zeros(N, dtype=torch.long))
    floats = replace(digits, images=digits.images.float())
    none = replace(digits, images=digits.images[:0], labels=digits.labels[:0])
    other = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
    for call, words in (
        (lambda: damage(digits.images), "an ImageSet"),
        (lambda: damage(floats), "torch.float32"),
        (lambda: damage(none), "at least one"),
        (lambda: damage(replace(digits, labels=digits.labels[:3])), "as many labels"),
        (lambda: damage(replace(digits, labels=digits.labels + 5)), "from 0 to 9"),
        (lambda: damage(digits, seed=-1), "A seed"),
        (lambda: damage(one_class), "only one class"),
        (lambda: corrupt.label_errors(0.5, {4: 11})(digits), "no 11"),
        (lambda: corrupt.imbalance(0.5, [12])(digits), "no 12"),
        (lambda: corrupt.imbalance(1, range(10))(digits), "Nothing would be left"),
        (lambda: corrupt.duplicates(0.5, of=0)(digits), "choose 1 to 1500"),
        (lambda: corrupt.contamination(0.5, other)(digits), r"\[1, 8, 8\]"),
        (lambda: corrupt.contamination(0.5, digits.images[:0])(digits), "no other"),
        (lambda: data.subset(digits, 0), "from 1 to 1500"),
        (lambda: data.subset(digits, N + 1), "from 1 to 1500"),
        (lambda: corrupt.make("nois", 0.5), "Did you mean 'noise'"),
        (lambda: corrupt.compose(["noise"]), "not 'noise'"),
    ):
        with pytest.raises(CourseError, match=words):
            call()


# fair samples


def test_parts_share_no_image_and_change_with_the_seed():
    digits = data.load("digits")
    a, b = data.parts(digits, 400, 300, seed=3)
    every = [image.numpy().tobytes() for part in (a, b) for image in part.images]
    assert [len(a), len(b)] == [400, 300]
    twice = 700 - len(set(every))
    there = len(digits) - len({i.numpy().tobytes() for i in digits.images})
    assert twice <= there
    assert torch.equal(a.images, data.parts(digits, 400, 300, seed=3)[0].images)
    assert not torch.equal(a.images, data.parts(digits, 400, seed=4)[0].images)
    assert torch.equal(a.images, data.subset(digits, 400, seed=3).images)


@pytest.mark.parametrize("sizes", [(0,), (1_000, 501), (True,), (1.5,)])
def test_parts_that_cannot_be_taken_are_refused(sizes):
    with pytest.raises(CourseError, match="cannot be taken from"):
        data.parts(data.load("digits"), *sizes)
