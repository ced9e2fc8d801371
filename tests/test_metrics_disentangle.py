"""MIG and DCI of codes whose answer is known, and the ways in which each is fooled."""

import math

import pytest
import torch
from sklearn.metrics import mutual_info_score

from aigc_course.data import factors as known
from aigc_course.errors import CourseError
from aigc_course.metrics import dci, mig
from aigc_course.metrics.disentangle import _binned, _certainty


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def factors():
    """Two factors of 8 values, all pairs ten times: int64 [640, 2]."""
    return torch.cartesian_prod(torch.arange(8), torch.arange(8)).repeat(10, 1)


@pytest.fixture(scope="module")
def perfect(factors):
    """One latent for each factor, in other units, and an idle third: [640, 3]."""
    scaled = factors.float() * torch.tensor([0.3, -2.0]) + torch.tensor([1.0, 5.0])
    return torch.cat([scaled, 0.5 * noise(640, 1)], dim=1)


@pytest.fixture(scope="module")
def rotated(factors):
    """Both factors in both latents, turned by 45 degrees."""
    z = factors.float() - 3.5
    return torch.stack([z[:, 0] + z[:, 1], z[:, 0] - z[:, 1]], dim=1) / math.sqrt(2)


def test_perfect_codes_have_a_gap_of_one_but_for_the_count(perfect, factors):
    found = mig(perfect[:, :2], factors)
    assert found.mean == pytest.approx(1)
    torch.testing.assert_close(found.information, torch.eye(2, dtype=torch.float64))
    # the idle latent has (20 - 1)(8 - 1) / 2N nats by counting
    bias = 19 * 7 / (2 * 640) / math.log(8)
    assert mig(perfect, factors).mean == pytest.approx(1 - bias, abs=bias / 2)


def test_information_as_scikit_learn_counts_it(rotated, factors):
    found = mig(rotated, factors).information
    z = _binned(rotated, 20)
    for i in range(2):
        for k in range(2):
            wanted = mutual_info_score(z[:, i], factors[:, k]) / math.log(8)
            assert float(found[i, k]) == pytest.approx(wanted)


def test_noise_has_the_information_that_counting_makes(factors):
    means = torch.stack(
        [
            mig(torch.rand(640, 4, generator=torch.Generator().manual_seed(s)), factors)
            .information.mean()
            .mul(math.log(8))
            for s in range(5)
        ]
    )
    bias = 19 * 7 / (2 * 640)  # 0.104 nats
    assert float(means.mean()) == pytest.approx(bias, rel=0.1)


def test_rotated_codes_have_no_gap(rotated, factors):
    assert mig(rotated, factors).mean == pytest.approx(0, abs=1e-6)


def test_the_order_of_latents_and_the_names_of_values_do_not_matter(perfect, factors):
    plain = mig(perfect, factors)
    order = [2, 0, 1]
    moved = mig(perfect[:, order], 10 * factors + 3)
    torch.testing.assert_close(moved.gaps, plain.gaps)
    torch.testing.assert_close(moved.information, plain.information[order])


def test_mig_is_fooled_by_a_latent_that_holds_two_factors():
    factors = torch.cartesian_prod(torch.arange(4), torch.arange(4)).repeat(40, 1)
    both = (4 * factors[:, 0] + factors[:, 1]).float()
    codes = torch.stack([both, torch.zeros(640)], dim=1)
    assert mig(codes, factors).mean == pytest.approx(1)
    found = dci(codes, factors)
    assert found.disentanglement < 0.01 < 0.99 < found.completeness


def test_mig_is_fooled_by_a_factor_told_twice(perfect, factors):
    assert mig(perfect[:, [0, 1, 0]], factors).gaps.tolist() == pytest.approx([0, 1])


@pytest.mark.parametrize("by", ["trees", "lasso"])
def test_dci_of_perfect_codes(perfect, factors, by):
    found = dci(perfect, factors, by=by)
    assert found.disentanglement > 0.99 and found.completeness > 0.99
    assert found.informativeness > 0.98
    wanted = torch.eye(3, 2, dtype=torch.float64)
    torch.testing.assert_close(found.importance, wanted, atol=0.01, rtol=0)


@pytest.mark.parametrize("by", ["trees", "lasso"])
def test_dci_of_rotated_codes(rotated, factors, by):
    found = dci(rotated, factors, by=by)
    assert found.disentanglement < 0.02 and found.completeness < 0.02
    assert found.informativeness > 0.8  # all is there, in the wrong directions


@pytest.mark.parametrize("by", ["trees", "lasso"])
def test_dci_of_noise_tells_nothing(factors, by):
    found = dci(noise(640, 3, seed=5), factors, by=by)
    assert found.informativeness < 0.05
    assert float(found.errors.min()) > 0.9
    assert 0 <= found.disentanglement <= 1 and 0 <= found.completeness <= 1


def test_dci_of_permuted_codes(perfect, factors):
    plain, moved = (
        dci(z, factors, by="lasso") for z in (perfect, perfect[:, [1, 2, 0]])
    )
    torch.testing.assert_close(
        moved.importance, plain.importance[[1, 2, 0]], atol=1e-3, rtol=0
    )
    assert moved.disentanglement == pytest.approx(plain.disentanglement, abs=0.01)


def test_dci_repeats_with_its_seed(rotated, factors):
    first, again = (dci(rotated[:200], factors[:200], seed=3) for _ in range(2))
    assert torch.equal(first.importance, again.importance)
    assert first.errors.tolist() == again.errors.tolist()


def test_certainty_by_hand():
    rows = torch.tensor([[2.0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]])
    found = _certainty(rows.double())  # log 2 / log 4 = 1/2
    assert found.tolist() == pytest.approx([1, 0.5, 0, 0])


def test_the_known_factors_score_full_marks():
    rows = torch.randperm(16_128, generator=torch.Generator().manual_seed(0))[:3_000]
    factors = known.grid()[rows]
    assert mig(factors.float(), factors).mean > 0.97  # counting: chance gaps of 3,000


def test_refusals(perfect, factors):
    for score in (mig, dci):
        with pytest.raises(CourseError, match="each of the 640 codes; got"):
            score(perfect, factors[:5])
        with pytest.raises(CourseError, match="whole numbers"):
            score(perfect, factors.float())
        with pytest.raises(CourseError, match="D from 2"):
            score(perfect[:, :1], factors)
        with pytest.raises(CourseError, match="NaN"):
            score(perfect * float("nan"), factors)
        with pytest.raises(CourseError, match="Factor 1 never changes"):
            score(perfect, factors * torch.tensor([1, 0]))
    with pytest.raises(CourseError, match="at least 2 bins, not 1"):
        mig(perfect, factors, bins=1)
    with pytest.raises(CourseError, match="'trees' or by 'lasso', not 'forest'"):
        dci(perfect, factors, by="forest")
    with pytest.raises(CourseError, match="40 rows and 2 factors"):
        dci(perfect, factors[:, :1])
