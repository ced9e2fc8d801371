"""The displayed equations of chapter 12 on tokens and counts, each by its number."""

import math

import pytest
import torch

from aigc_course.checks import registry
from aigc_course.classical.counts import KneserNey, discount


def reference(name):
    return registry.get(f"12.{name}").reference


@pytest.mark.equation("12.1")
def test_bits_per_character_do_not_depend_on_how_the_text_is_cut():
    """p of the whole text is the product, however it is grouped into tokens."""
    text = "to be or not to be"
    g = torch.Generator().manual_seed(0)
    nats = -torch.rand(len(text), generator=g, dtype=torch.float64).log()
    mean, count = nats.mean(), len(text)
    whole = -math.log2(float((-nats).exp().prod())) / count
    assert float(mean) / math.log(2) == pytest.approx(whole)
    joined = nats.view(-1, 3).sum(1)  # tokens of three characters
    tokens = len(joined)
    by_tokens = float(joined.mean()) * tokens / (count * math.log(2))
    assert by_tokens == pytest.approx(whole)
    assert reference("bits_per_character")(joined.tolist(), text) == pytest.approx(
        whole
    )
    # the perplexity per token is another one
    assert math.exp(float(joined.mean())) > 2 * math.exp(float(mean))


@pytest.mark.equation("12.2")
def test_the_recursion_gives_what_the_counts_predict():
    """Order 2 by (12.2) twice, from the counts alone."""
    train = torch.tensor([0, 1, 2, 0, 1, 3, 0, 2, 0, 1, 2, 2, 3, 0, 1])
    model = KneserNey(2).fit(train, 5)
    step = reference("discounted")
    pairs = set(zip(train[:-1].tolist(), train[1:].tolist(), strict=True))
    kinds = torch.tensor([float(sum(b == w for _, b in pairs)) for w in range(5)])
    single = step(kinds, torch.full((5,), 0.2), discount(kinds[kinds > 0]))
    behind = torch.zeros(5, 5)
    for a, b in zip(train[:-1].tolist(), train[1:].tolist(), strict=True):
        behind[a, b] += 1
    d = discount(behind[behind > 0])
    for h in range(5):
        found = model.probabilities(torch.tensor([h]))
        assert torch.allclose(found.float(), step(behind[h], single, d), atol=1e-6)


@pytest.mark.equation("12.3")
def test_the_discount_is_what_leaving_one_out_prefers():
    """Ney, Essen and Kneser 1994: n1 / (n1 + 2 n2) bounds the best leave-one-out D.

    Leaving one occurrence out of an n-gram of count r makes it r - 1: an n-gram of
    count 1 becomes unseen and gets a share of what is saved, which is proportional to
    D; the others get r - 1 - D. Setting the derivative of
        n1 log D + sum_{r > 1} r n_r log(r - 1 - D)
    to 0 and keeping r = 2 alone gives the displayed D; larger r only lower it.
    """
    n1, n2, n3 = 700.0, 260.0, 120.0
    d = torch.linspace(0.01, 0.99, 9_801, dtype=torch.float64)
    two = n1 * d.log() + 2 * n2 * (1 - d).log()
    assert float(d[two.argmax()]) == pytest.approx(n1 / (n1 + 2 * n2), abs=1e-4)
    three = two + 3 * n3 * (2 - d).log()
    assert float(d[three.argmax()]) < n1 / (n1 + 2 * n2)
    counts = torch.tensor([1] * 7 + [2] * 3 + [5])
    assert discount(counts) == 7 / 13
