"""Copies and wrong labels are found, and what is sound is left alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from aigc_course import data
from aigc_course.data import cleaning, corrupt
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def test_equal_pictures_point_at_the_first_of_them(digits):
    damaged = corrupt.duplicates(0.5, of=5)(digits)
    first = cleaning.exact(damaged)
    rows = torch.arange(len(damaged))
    assert torch.equal(damaged.images[first], damaged.images)
    assert bool((first <= rows).all()) and torch.equal(first[first], first)
    found = cleaning.repeated(damaged)
    left = cleaning.remove(damaged, found)
    assert len(left) == len(left.images.flatten(1).unique(dim=0))
    assert len(left) == len(damaged.images.flatten(1).unique(dim=0))


def test_a_sound_set_has_no_duplicates(digits):
    assert len(cleaning.repeated(digits)) == 0
    # enlarged from 8 x 8 dots, two of 1,500 are alike now and then
    assert len(cleaning.near(digits)) <= 15


@pytest.mark.parametrize("change", ["moved", "dimmed", "noisy"])
def test_a_hash_survives_what_a_copy_goes_through(digits, change):
    pictures = digits.images[:300].float()
    chance = torch.Generator().manual_seed(0)
    changed = {
        "moved": pictures.roll((1, 2), (2, 3)),
        "dimmed": 0.8 * pictures,
        "noisy": pictures + 8 * torch.randn(pictures.shape, generator=chance),
    }[change]
    copies = changed.round().clamp(0, 255).to(torch.uint8)
    known = cleaning.hashes(digits.images[:300])
    differ = (cleaning.hashes(copies) != known).sum(1).double()
    strangers = (known.roll(1, 0) != known).sum(1).double()
    assert float(differ.mean()) < 4 < 20 < float(strangers.mean())


def test_near_copies_are_found_and_little_else(digits):
    damaged = corrupt.duplicates(0.2, of=30, near=True)(digits, seed=2)
    hit = (damaged.images != digits.images).flatten(1).any(1)
    found = torch.zeros(len(digits), dtype=torch.bool)
    # of a group one picture stays, whichever comes first
    first = cleaning.firsts(cleaning.near(damaged), len(damaged))
    sizes = torch.bincount(first, minlength=len(digits))
    found[sizes[first] > 1] = True
    assert float(found[hit].double().mean()) > 0.95
    assert int((found & ~hit).sum()) <= 30 + 3  # the originals, and no one else


def test_groups_join_by_way_of_others():
    pairs = torch.tensor([[0, 3], [3, 4], [1, 2]])
    assert cleaning.firsts(pairs, 6).tolist() == [0, 1, 1, 0, 0, 5]
    none = torch.empty(0, 2, dtype=torch.long)
    assert cleaning.firsts(none, 2).tolist() == [0, 1]


def test_what_train_and_test_share(digits):
    test = data.load("digits", "test")
    assert len(cleaning.shared(digits, test)) == 0
    leaked = replace(test, images=torch.cat([digits.images[5:7], test.images[2:]]))
    assert cleaning.shared(digits, leaked).tolist() == [0, 1]
    assert {0, 1} <= set(cleaning.shared(digits, leaked, near_too=True).tolist())
    assert len(cleaning.shared(digits, leaked, near_too=True)) <= 6


@pytest.mark.parametrize("seed", range(3))
def test_wrong_labels_are_found_in_ten_per_cent_of_them(digits, seed):
    damaged = corrupt.label_errors(0.1)(digits, seed)
    found = cleaning.label_errors(damaged, seed=seed)
    recall, precision = found.scores(damaged.labels != digits.labels)
    assert recall >= 0.9 and precision >= 0.8
    better = cleaning.relabel(damaged, found).labels
    assert float((better == digits.labels).double().mean()) > 0.97


def test_few_labels_are_doubted_where_all_are_right(digits):
    assert len(cleaning.label_errors(digits)) < 0.02 * len(digits)


def test_nobody_is_judged_by_a_model_that_saw_them(digits):
    # with pure chance for labels, whoever had seen a label would know it
    chance = np.random.default_rng(0).integers(0, 2, 200)
    coins = replace(
        digits,
        images=digits.images[:200],
        labels=torch.from_numpy(chance),
        classes=("heads", "tails"),
    )
    nearest = cleaning.chances(coins)
    right = float((nearest.argmax(1) == coins.labels).double().mean())
    assert right < 0.5 + 4 * 0.5 / 200**0.5
    linear = cleaning.chances(coins, classifier=LogisticRegression(max_iter=30, C=1e-4))
    assert linear.shape == (200, 2)
    torch.testing.assert_close(linear.sum(1), torch.ones(200).double())


def test_the_confident_joint_is_as_counted_by_hand():
    p = torch.tensor(
        [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.4, 0.6], [0.9, 0.1]]
    ).double()
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    # thresholds (0.9 + 0.8 + 0.2) / 3 = 0.633 and (0.9 + 0.6 + 0.1) / 3 = 0.533:
    # everyone is sure, rows 2 and 5 of another class than theirs
    joint = cleaning.confident_joint(p, labels)
    assert joint.tolist() == [[2, 1], [1, 2]]
    found = cleaning.suspects(p, labels)
    assert found.rows.tolist() == [5, 2] and found.suggested.tolist() == [0, 1]
    assert found.margin.tolist() == pytest.approx([0.8, 0.6])


def test_rows_of_the_joint_sum_to_the_labels_also_where_nobody_is_sure():
    p = torch.tensor([[0.3, 0.3, 0.4], [0.5, 0.3, 0.2], [0.1, 0.8, 0.1]]).double()
    labels = torch.tensor([0, 0, 1])
    joint = cleaning.confident_joint(p, labels)
    assert bool(joint.isfinite().all())
    assert joint.sum(1)[:2].tolist() == pytest.approx([2, 1])


def test_what_cannot_be_cleaned_is_refused_with_a_sentence(digits):
    small = data.subset(digits, 20)
    lonely = digits.labels.clone()
    lonely[lonely == 3] = 4
    lonely[0] = 3
    other = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
    everything = torch.arange(len(digits))
    for call, words in (
        (lambda: cleaning.chances(small), "at least 30 pictures"),
        (lambda: cleaning.chances(digits, folds=1), "1 folds"),
        (lambda: cleaning.chances(replace(digits, labels=lonely)), "fewer pictures"),
        (lambda: cleaning.suspects(torch.zeros(3, 2), torch.zeros(2).long()), "needed"),
        (lambda: cleaning.exact(digits.images.float()), "torch.float32"),
        (lambda: cleaning.near(digits, likeness=1.2), "at most 1, not 1.2"),
        (lambda: cleaning.near(digits, other), "one size"),
        (lambda: cleaning.remove(digits, everything), "Nothing would be left"),
    ):
        with pytest.raises(CourseError, match=words):
            call()


def test_classes_are_balanced_by_repeating_or_dropping(digits):
    rare = corrupt.imbalance(0.9, rare=[7])(digits)
    counts = rare.labels.bincount()
    most = cleaning.balanced(rare).labels.bincount().tolist()
    least = cleaning.balanced(rare, "drop").labels.bincount().tolist()
    assert most == [int(counts.max())] * 10 and least == [int(counts[7])] * 10
    sevens = cleaning.balanced(rare).images[cleaning.balanced(rare).labels == 7]
    _, times = sevens.flatten(1).unique(dim=0, return_counts=True)
    assert len(times) == int(counts[7]) and int(times.max() - times.min()) <= 1
    with pytest.raises(CourseError, match="'repeat' or 'drop'"):
        cleaning.balanced(digits, "cut")
