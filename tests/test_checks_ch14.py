"""Chapter 14: the same mistakes in other words, and near misses."""

import math

import pytest
import torch

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"14.{function.__name__}"), function)


def counts_past_the_end():
    def flipped(labels, rows, steps, classes):
        out = torch.clone(labels)
        out.index_add_(0, rows, steps)
        return out

    return flipped


def spoils_the_truth():
    def flipped(labels, rows, steps, classes):
        for row, step in zip(rows.tolist(), steps.tolist(), strict=True):
            labels[row] = (labels[row] + step) % classes
        return labels

    return flipped


def returns_the_joint():
    def learnt(T, prior):
        return torch.diag(prior) @ T

    return learnt


def forgets_the_rare():
    def learnt(T, prior):
        return T @ torch.diag(1 / T.sum(0))

    return learnt


def divides_by_rows():
    def learnt(T, prior):
        joint = torch.einsum("i,ij->ij", prior, T)
        return torch.nn.functional.normalize(joint, p=1, dim=1)

    return learnt


def keeps_only_runs():
    def first_ones(keys):
        keep, last = [], None
        for key in keys:
            keep.append(key != last)
            last = key
        return keep

    return first_ones


def counts_once():
    def first_ones(keys):
        from collections import Counter

        times = Counter(keys)
        return [times[key] == 1 for key in keys]

    return first_ones


def averages_everything():
    def thresholds(p, labels):
        return torch.einsum("nc->c", p) / len(p)

    return thresholds


def looks_at_one_bar():
    def thresholds(p, labels):
        own = p[torch.arange(len(p)), labels].mean()
        return torch.full((p.shape[1],), float(own), dtype=p.dtype)

    return thresholds


def asks_for_the_winner_first():
    def confident_counts(p, labels, t):
        C = torch.zeros(len(t), len(t), dtype=torch.long)
        for row, label in zip(p, labels, strict=True):
            j = int(row.argmax())
            if row[j] >= t[j]:
                C[label, j] += 1
        return C

    return confident_counts


def counts_all_that_clear():
    def confident_counts(p, labels, t):
        C = torch.zeros(len(t), len(t), dtype=torch.long)
        for row, label in zip(p, labels, strict=True):
            C[label] += (row >= t).long()
        return C

    return confident_counts


def mixes_the_two_up():
    def scores(found, wrong):
        both = (found * wrong).sum().item()
        return both / found.sum().item(), both / wrong.sum().item()

    return scores


def rewards_the_frequent():
    def even_weights(labels, classes):
        share = torch.bincount(labels, minlength=classes) / len(labels)
        return (classes * share)[labels].double()

    return even_weights


def weighs_by_the_inverse():
    def even_weights(labels, classes):
        return torch.bincount(labels).double().reciprocal()[labels]

    return even_weights


def keeps_the_minus():
    def power_law(n, e):
        design = torch.stack([torch.ones(len(n)), n.float().log()], 1).double()
        found = torch.linalg.lstsq(design, e.double().log()[:, None]).solution
        return math.exp(float(found[0])), float(found[1])

    return power_law


def fits_decay():
    def power_law(n, e):
        design = torch.stack([torch.ones(len(n)).double(), -n.double()], 1)
        found = torch.linalg.lstsq(design, e.double().log()[:, None]).solution
        return math.exp(float(found[0])), float(found[1])

    return power_law


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (counts_past_the_end, "past_the_last_class"),
        (spoils_the_truth, "in_place"),
        (returns_the_joint, "not_scaled"),
        (forgets_the_rare, "no_prior"),
        (divides_by_rows, "the_table_itself"),
        (keeps_only_runs, "neighbours_alone"),
        (counts_once, "loners"),
        (averages_everything, "over_everyone"),
        (looks_at_one_bar, "one_bar"),
        (asks_for_the_winner_first, "only_if_the_likeliest_clears"),
        (counts_all_that_clear, "every_bar_counts"),
        (mixes_the_two_up, "swapped"),
        (rewards_the_frequent, "the_wrong_way"),
        (weighs_by_the_inverse, "mean_not_one"),
        (keeps_the_minus, "slope_with_its_sign"),
        (fits_decay, "an_exponential"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_mask_that_is_a_bar_too_strict_is_noticed():
    def confident_counts(p, labels, t):
        C = torch.zeros(len(t), len(t), dtype=torch.long)
        above = torch.where(p > t + 0.02, p, -1.0).max(1)
        for label, j, value in zip(labels, above.indices, above.values, strict=True):
            C[label, j] += int(value >= 0)
        return C

    assert verdict_on(confident_counts).failed


def test_numbers_as_tensors_are_right():
    def scores(found, wrong):
        both = (found & wrong).sum().double()
        return float(both / wrong.sum()), float(both / found.sum())

    assert verdict_on(scores).passed


def test_what_changes_only_the_chosen_but_repeats_a_class_is_wrong():
    def flipped(labels, rows, steps, classes):
        out = labels.clone()
        out[rows] = (labels[rows] + steps) % (classes - 1)
        return out

    assert verdict_on(flipped).failed
