"""Couplings keep both samples, shorten the paths, and leave each class its noise."""

import itertools

import pytest
import torch

from aigc_course import flow
from aigc_course.errors import CourseError
from aigc_course.flow import couplings


def pairs(n=6, d=2, seed=1):
    seeded = torch.Generator().manual_seed(seed)
    return torch.randn(2, n, d, generator=seeded).unbind()


def cost(x0, x1):
    return float((x0 - x1).square().sum())


def rows(x):
    return sorted(map(tuple, x.tolist()))


def test_no_other_order_is_cheaper():
    x0, x1 = pairs()
    best = min(cost(x0[list(p)], x1) for p in itertools.permutations(range(6)))
    paired = flow.transport(x0, x1)
    assert cost(paired, x1) == pytest.approx(best, rel=1e-6)
    assert rows(paired) == rows(x0)


def test_on_a_line_it_keeps_the_order():
    x0, x1 = pairs(50, 1)
    paired = flow.transport(x0, x1)
    assert torch.equal(paired[x1[:, 0].argsort()], x0.sort(0).values)


def test_pairs_are_the_same_while_networks_compute_in_bfloat16():
    """`fit` computes in bfloat16 where it pays; a cost in it is another number."""
    torch.manual_seed(0)
    x0, x1 = torch.randn(40, 5), torch.randn(40, 5)
    with torch.autocast("cpu", torch.bfloat16):
        found = flow.transport(x0, x1)
    assert torch.equal(found, flow.transport(x0, x1))


def test_large_batches_are_paired_in_groups(monkeypatch):
    monkeypatch.setattr(couplings, "GROUP", 4)
    x0, x1 = pairs(10)
    paired = flow.transport(x0, x1)
    assert rows(paired[:4]) == rows(x0[:4]) and rows(paired[8:]) == rows(x0[8:])


def test_across_classes_a_class_meets_noise_that_is_not_centred():
    """(13.19): two classes at -1 and 1 on a line, 256 rows."""
    seeded = torch.Generator().manual_seed(0)
    labels = torch.arange(256) % 2
    x1 = (2.0 * labels - 1)[:, None] + 0.1 * torch.randn(256, 1, generator=seeded)
    x0 = torch.randn(256, 1, generator=seeded)
    across, within = flow.transport(x0, x1), flow.within_classes(x0, x1, labels)
    assert float(across[labels == 1].mean()) == pytest.approx(0.80, abs=0.2)
    assert torch.equal(
        within[labels == 1].sort(0).values, x0[labels == 1].sort(0).values
    )
    assert cost(across, x1) < cost(within, x1) < cost(x0, x1)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda x0, x1: flow.within_classes(x0, x1), "needs labels"),
        (lambda x0, x1: flow.transport(x0 / 0, x1), "noise contain NaN"),
        (lambda x0, x1: flow.transport(x0[:, :1], x1), "must end in the shape"),
        (
            lambda x0, x1: flow.within_classes(x0, x1, torch.zeros(3).long()),
            r"\[6\]; got torch.int64",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, sentence):
    with pytest.raises(CourseError, match=sentence):
        call(*pairs())
