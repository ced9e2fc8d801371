"""How two results are compared, and the sentence for each way they can differ."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from aigc_course.checks.compare import difference, same
from aigc_course.checks.fingerprint import fingerprint
from aigc_course.checks.fit import fit

ONE = torch.ones(2)

AGREE = {
    "rounding": (torch.full((3,), 0.1 + 1e-6), torch.full((3,), 0.1)),
    "rounding at zero": (torch.tensor(3.4e-7), torch.tensor(0.0)),
    "nan beside nan": (torch.tensor([math.nan, 1]), torch.tensor([math.nan, 1])),
    "inf beside inf": (torch.tensor([math.inf, 1]), torch.tensor([math.inf, 1])),
    "tuple for list": ((ONE, 2.0), [ONE, 2.0]),
    "dict": ({"a": ONE, "b": 1}, {"b": 1, "a": ONE}),
    "0-d tensor for number": (torch.tensor(2.0), 2.0),
    "NumPy number for number": (np.float32(2), 2.0),
    "NumPy bool for bool": (np.bool_(True), True),
    "int for float": (2, 2.0),
    "arrays": (np.ones((2, 2)), np.ones((2, 2))),
    "complex": (torch.tensor([1j]), torch.tensor([1j])),
    "bfloat16": (ONE.bfloat16(), ONE.bfloat16()),
    "anything for None": (ONE, None),
    "text": ("a", "a"),
    "empty": (torch.ones(0), torch.ones(0)),
}

DIFFER = {
    "value": (2 * ONE, ONE, "is 2 at [0], where 1 is right"),
    "counts": (torch.tensor(10_000), torch.tensor(10_001), "is 10000, where 10001"),
    "late digits": (0.34392, 0.34388, "is 0.34392, where 0.34388"),
    "truth": (False, True, "is False, where True is right"),
    "truths": (
        torch.tensor([True, True]),
        torch.tensor([True, False]),
        "is True at [1]",
    ),
    "nearly whole": (3.0, 3.0004, "3, where 3.0004 is right"),
    "whole numbers": (10_000, 10_001, "where"),
    "sign of inf": (torch.tensor(-math.inf), torch.tensor(math.inf), "contains -inf"),
    "inf missing": (torch.tensor(5.0), torch.tensor(math.inf), "where inf is right"),
    "nan": (torch.tensor([1, math.nan]), ONE, "contains nan (1 of 2)"),
    "broadcastable": (torch.ones(2, 1), ONE, "shape [2, 1]; [2] is expected. The numb"),
    "shape and numbers": (torch.ones(1), torch.zeros(()), "[1]; [] is expected."),
    "number for tensor": (1.0, torch.tensor(1.0), "1.0; expected is a float32 tensor"),
    "tensor for number": (ONE, 1.0, "expected is a number"),
    "bool": (torch.tensor([True]), torch.tensor([1]), "bool; int64"),
    "device": (torch.ones(2, device="meta"), ONE, "lies on meta, not on cpu"),
    "keys": ({"a": 1}, {"b": 1}, "a dict with 'a'; expected is a dict with 'b'"),
    "inside": ({"a": (ONE, 2 * ONE)}, {"a": (ONE, ONE)}, 'Item 1 of "a" of the result'),
    "length": ((1, 2), (1, 2, 3), "a tuple of 2; expected is a tuple of 3"),
    "text": ("a", "b", "'a'; expected is 'b'"),
    "set": ({1}, {2}, "set"),
    "array kind": (np.ones(2), ONE, "NumPy array"),
    "no module": (ONE, nn.Linear(1, 1), "torch.nn.Module"),
    "fewer layers": (nn.Tanh(), nn.Linear(1, 1), "0 parameters and buffers; 2"),
    "wider layer": (
        nn.Linear(2, 1),
        nn.Linear(1, 1),
        "`weight` of the result has shape",
    ),
}


@pytest.mark.parametrize(("got", "want"), AGREE.values(), ids=AGREE)
def test_agreement(got, want):
    assert difference(got, want) is None


@pytest.mark.parametrize(("got", "want", "says"), DIFFER.values(), ids=DIFFER)
def test_difference(got, want, says):
    sentence = difference(got, want)
    assert says in sentence and sentence.endswith(".")
    assert sentence[0] == "`" or sentence[0].isupper()


def test_tolerance_is_relative_to_the_largest_value():
    small = torch.tensor([1e-3, 2e-3])
    assert same(small * (1 + 5e-5), small) and not same(small * 1.01, small)
    assert same(small * 1.01, small, tolerance=0.02)


def test_without_values_only_the_kind_counts():
    assert difference(2 * ONE, ONE, values=False) is None
    assert "contains nan" in difference(ONE * math.nan, ONE, values=False)
    assert "shape" in difference(torch.ones(3), ONE, values=False)


def test_modules_are_compared_by_their_state():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    twin = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    assert not same(twin, net)
    twin.load_state_dict(net.state_dict())
    assert same(twin, net)
    twin(torch.randn(4, 2))  # moves the running mean
    assert "running_mean" in difference(twin, net)


def test_fingerprint_ignores_start_values_but_not_layers():
    x = torch.randn(3, 4)
    nets = [
        nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)) for _ in range(2)
    ]
    assert same(fingerprint(nets[0], x), fingerprint(nets[1], x))
    biasless = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2, bias=False))
    assert not same(fingerprint(biasless, x), fingerprint(nets[0], x))
    with pytest.raises(AssertionError, match="a list of 1; expected is a torch.nn.Mod"):
        fingerprint([nets[0]], x)


def graph(x):
    return torch.tensor(x, requires_grad=True)


FITS = {
    "0-d tensor for number": (torch.tensor(2.5), 1.0, 2.5),
    "NumPy number for number": (np.float32(2.5), 1.0, 2.5),
    "whole number for count": (14.0, 3, 14),
    "0 and 1 for truth": (np.int64(1), False, True),
    "number for 0-d tensor": (2.5, torch.tensor(1.0), torch.tensor(2.5)),
    "wide tensor": (ONE.double(), ONE, ONE),
    "wide number": (np.float64(2.5), torch.tensor(1.0), torch.tensor(2.5)),
    "array for tensor": (np.ones(2), ONE, ONE),
    "tensor for array": (ONE, np.ones(2, np.float32), np.ones(2, np.float32)),
    "counts as floats": (ONE.double(), torch.tensor([3, 4]), torch.tensor([1, 1])),
    "0 and 1 for truths": (ONE, torch.tensor([True]), torch.tensor([True, True])),
    "array for pair": (np.array([1.5, 2]), (0.0, 0.0), (1.5, 2.0)),
    "tensor for list": (torch.tensor([True, False]), [True, True], [True, False]),
    "inside": ({"a": [np.float64(1)]}, {"a": (2.0,)}, {"a": (1.0,)}),
}


@pytest.mark.parametrize(("got", "like", "want"), FITS.values(), ids=FITS)
def test_what_says_the_same_is_brought_to_one_kind(got, like, want):
    fitted = fit(got, like)
    assert type(fitted) is type(want) and same(fitted, want)
    assert type(want) is not tuple or all(type(one) is float for one in fitted)


STAY = {
    "gradient wanted": (2.5, graph(1.0)),
    "array, gradient wanted": (np.ones(2), graph([1.0, 2.0])),
    "narrow": (ONE.half(), ONE),
    "a half": (2.5, 3),
    "two": (torch.tensor([2.0]), torch.tensor([True])),
    "halves for counts": (torch.tensor([0.5]), torch.tensor([1])),
    "not a number for counts": (torch.tensor([math.nan]), torch.tensor([1])),
    "shape": (torch.ones(1), 1.0),
    "list for tensor": ([1.0, 1.0], ONE),
    "other length": (np.ones(3), (1.0, 1.0)),
    "text": ("a", 1.0),
    "none": (None, ONE),
    "device": (torch.ones(2, device="meta"), np.ones(2)),
}


@pytest.mark.parametrize(("got", "like"), STAY.values(), ids=STAY)
def test_what_says_something_else_stays(got, like):
    assert fit(got, like) is got


def test_the_dtype_stays_where_it_is_asked_for():
    wide = ONE.double()
    assert fit(wide, ONE, exact_dtype=True) is wide
    assert fit(2, torch.tensor(1.0), exact_dtype=True).dtype == torch.float32


def test_widening_keeps_the_graph():
    x = graph([1.0, 2.0])
    (slope,) = torch.autograd.grad(fit(x.double(), ONE).sum(), x)
    assert same(slope, ONE)
