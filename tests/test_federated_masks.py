"""Masks cancel bit for bit, hide what they mask, and survive a lost client."""

from functools import reduce

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.federated import masks

NUMBERS = range(5)


@pytest.fixture(scope="module")
def secrets() -> dict[int, dict[int, bytes]]:
    """What client i shares with client j, agreed on by public keys."""
    keys = [masks.Keys() for _ in NUMBERS]
    return {
        i: {j: keys[i].shared(keys[j].public) for j in NUMBERS if j != i}
        for i in NUMBERS
    }


def total(parts: list[Tensor]) -> Tensor:
    return reduce(torch.add, parts) % masks.MODULUS


def test_masked_sums_are_the_sums_bit_for_bit(
    secrets: dict[int, dict[int, bytes]],
) -> None:
    values = [masks.encode(torch.randn(1000)) for _ in NUMBERS]
    for number in (1, 2, 99):
        sent = [masks.masked_update(values[i], i, secrets[i], number) for i in NUMBERS]
        assert torch.equal(total(sent), total(values))
        for one in sent:
            assert int(one.min()) >= 0 and int(one.max()) < masks.MODULUS


def test_one_masked_update_looks_uniform_and_is_new_in_every_round(
    secrets: dict[int, dict[int, bytes]],
) -> None:
    zeros = torch.zeros(40_000, dtype=torch.int64)
    first, second = (masks.masked_update(zeros, 0, secrets[0], k) for k in (1, 2))
    counts = torch.bincount(first >> 28, minlength=16).double()
    chi2 = float(((counts - 2500) ** 2 / 2500).sum())
    assert chi2 < 50  # 15 degrees of freedom: a chance of 1e-5
    assert float((first == second).double().mean()) < 1e-3


def test_a_lost_client_is_taken_out_bit_for_bit(
    secrets: dict[int, dict[int, bytes]],
) -> None:
    values = [masks.encode(torch.randn(100)) for _ in NUMBERS]
    lost, here = [1, 3], [0, 2, 4]
    sent = [masks.masked_update(values[i], i, secrets[i], 7) for i in here]
    assert not torch.equal(total(sent), total([values[i] for i in here]))
    seeds = {(i, j): masks.round_seed(secrets[i][j], 7) for i in here for j in lost}
    found = masks.without_lost(total(sent), seeds)
    assert torch.equal(found, total([values[i] for i in here]))
    # a seed of one round opens no other
    assert masks.round_seed(secrets[0][1], 8) != seeds[0, 1]


@given(st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=20))
@settings(max_examples=50)
def test_decoding_undoes_encoding_to_half_a_step(values: list[float]) -> None:
    x = torch.tensor(values)
    back = masks.decode(masks.encode(x))
    assert float((back - x.double()).abs().max()) <= 0.5 / 2**masks.POINT
    five = masks.decode(total([masks.encode(x)] * 5))
    assert float((five - 5 * x.double()).abs().max()) <= 2.5 / 2**masks.POINT


def test_keys_agree_and_only_with_each_other() -> None:
    a, b, c = masks.Keys(), masks.Keys(), masks.Keys()
    assert a.shared(b.public) == b.shared(a.public) != a.shared(c.public)
    for bad in (0, 1, masks.PRIME - 1, masks.PRIME, -5):
        with pytest.raises(CourseError, match="public key"):
            a.shared(bad)


def test_the_prime_is_the_one_of_rfc_3526() -> None:
    import mpmath

    with mpmath.workdps(700):
        middle = int(mpmath.floor(mpmath.mpf(2) ** 1918 * mpmath.pi)) + 124476
    assert 2**2048 - 2**1984 - 1 + 2**64 * middle == masks.PRIME
    for n in (masks.PRIME, masks.PRIME // 2):  # Fermat's test
        assert pow(3, n - 1, n) == 1


def test_what_cannot_be_masked_is_refused() -> None:
    for bad in (float("nan"), float("inf")):
        with pytest.raises(CourseError, match="cannot be masked"):
            masks.encode(torch.tensor([1.0, bad]))
    with pytest.raises(CourseError, match="between -128 and 128"):
        masks.encode(torch.tensor([128.0]))
    with pytest.raises(CourseError, match="no secret with itself"):
        masks.masked_update(torch.zeros(2, dtype=torch.int64), 1, {1: b""}, 1)


def test_masked_poison_cannot_be_seen_and_counts_in_full(
    secrets: dict[int, dict[int, bytes]],
) -> None:
    """The limit of masks: what hides an honest update hides a bad one as well."""
    honest = [torch.full((50,), 0.01) for _ in NUMBERS]
    honest[2] = -100 * honest[2]
    sent = [
        masks.masked_update(masks.encode(honest[i]), i, secrets[i], 1) for i in NUMBERS
    ]
    spread = [float(one.double().std()) for one in sent]
    assert max(spread) < 1.5 * min(spread)  # nothing singles the third out
    assert float(masks.decode(total(sent)).mean()) == pytest.approx(-0.96, abs=1e-6)
