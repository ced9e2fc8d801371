"""FID without its bias: where the answer is known, and where only much data tells."""

import math

import pytest
import torch

from aigc_course.errors import CourseError
from aigc_course.metrics import FIDInfinity, Gaussian, fid, fid_infinity
from aigc_course.metrics import fid_infinity as measured

D = 8
EXACT = Gaussian(torch.zeros(D, dtype=torch.float64), torch.eye(D, dtype=torch.float64))


def normal(n, seed=0, shift=0.0):
    return shift + torch.randn(n, D, generator=torch.Generator().manual_seed(seed))


def test_the_bias_of_equal_gaussians_has_the_slope_of_the_docstring():
    # E FID_n = (d + d(d + 1)/4) / n + O(1/n^2), the real Gaussian being known
    n, runs = 400, 200
    values = torch.tensor([fid_to_exact(normal(n, seed)) for seed in range(runs)])
    error = float(values.std()) / math.sqrt(runs)
    expected = (D + D * (D + 1) / 4) / n
    assert float(values.mean()) == pytest.approx(
        expected, abs=4 * error + expected / 25
    )


def fid_to_exact(features):
    line = measured(features, EXACT, sizes=[2, len(features)], repeats=1)
    return line.values[-1]


@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_the_value_has_hardly_any_bias_where_fid_has_much(shift):
    truth, n = D * shift**2, 300
    lines = [fid_infinity(normal(n, s, shift), EXACT, repeats=3) for s in range(40)]
    values = torch.tensor([line.value for line in lines])
    plain = torch.tensor([line.values[-1] for line in lines])
    error = float(values.std()) / math.sqrt(len(lines))
    bias = (D + D * (D + 1) / 4) / n  # 0.087
    assert float(values.mean()) == pytest.approx(truth, abs=4 * error + bias / 8)
    assert float(plain.mean()) == pytest.approx(truth + bias, abs=6 * error)
    assert 4 * error < bias  # so that the two statements differ


def test_all_samples_give_the_plain_fid():
    a, real = normal(200, 1), normal(300, 2)
    found = fid_infinity(a, real)
    assert found.sizes[-1] == 200
    assert found.values[-1] == pytest.approx(fid(a, real), rel=1e-9)


def test_the_line_is_the_least_squares_line():
    found = fid_infinity(normal(200), normal(300, 1), sizes=[20, 50, 90, 200])
    x = torch.tensor([[1, 1 / n] for n in found.sizes], dtype=torch.float64)
    y = torch.tensor(found.values, dtype=torch.float64)
    value, slope = torch.linalg.lstsq(x, y[:, None]).solution[:, 0].tolist()
    assert (found.value, found.slope) == pytest.approx((value, slope))
    assert found.at(50) == pytest.approx(value + slope / 50)


def test_sizes_are_regular_from_a_tenth_to_all():
    sizes = fid_infinity(normal(2_900), EXACT, repeats=1).sizes
    assert len(sizes) == 15 and (sizes[0], sizes[-1]) == (290, 2_900)
    steps = {b - a for a, b in zip(sizes, sizes[1:], strict=False)}
    assert max(steps) - min(steps) <= 1


def test_few_images_start_at_twice_their_width():
    assert fid_infinity(normal(100), EXACT, repeats=1).sizes[0] == 2 * D
    assert fid_infinity(normal(20), EXACT, repeats=1).sizes[0] == 10


def test_repeats_are_averaged_and_scatter_less():
    a = normal(300)

    def scatter(repeats):
        generator = torch.Generator().manual_seed(1)
        found = [
            fid_infinity(a, EXACT, [30, 300], repeats, generator) for _ in range(12)
        ]
        return float(torch.tensor([line.values[0] for line in found]).std())

    assert scatter(16) < 0.6 * scatter(1)  # expected: a quarter


def test_the_same_call_gives_the_same_line_and_leaves_the_random_state():
    state = torch.get_rng_state()
    a = normal(100)
    assert fid_infinity(a, EXACT) == fid_infinity(a, EXACT)
    other = fid_infinity(a, EXACT, generator=torch.Generator().manual_seed(5))
    assert other.value != fid_infinity(a, EXACT).value
    assert torch.equal(torch.get_rng_state(), state)


def test_a_line_can_be_read_at_any_size():
    assert FIDInfinity(0.5, 100.0, (10, 20), (10.5, 5.5)).at(1_000) == 0.6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sizes": [50]}, "two or more different sizes"),
        ({"sizes": [50, 50]}, r"got \[50, 50\]"),
        ({"sizes": [1, 50]}, "from 2 to n = 100"),
        ({"sizes": [50, 101]}, "from 2 to n = 100"),
        ({"repeats": 0}, "at least one repeat"),
    ],
)
def test_what_is_refused(arguments, words):
    with pytest.raises(CourseError, match=words):
        fid_infinity(normal(100), EXACT, **arguments)


def test_what_fid_refuses_is_refused():
    with pytest.raises(CourseError, match="NaN"):
        fid_infinity(torch.full((50, D), torch.nan), EXACT)
    with pytest.raises(CourseError, match="with one d"):
        fid_infinity(torch.zeros(50, D + 1), EXACT)
    with pytest.raises(CourseError, match=r"\[n, d\]"):
        fid_infinity(torch.zeros(50), EXACT)
