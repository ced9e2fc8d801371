"""The displayed equations of chapter 11, each by its number."""

import math

import pytest
import torch
from torch.nn import functional as F

from aigc_course import attention as att
from aigc_course.attention.positions import frequencies
from aigc_course.checks import registry
from aigc_course.data import sequences


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def reference(name):
    return registry.get(f"11.{name}").reference


@pytest.mark.equation("11.1")
def test_the_estimate_is_a_ratio_of_two_sums():
    x, known, values, h = randn(5), randn(7, seed=1), randn(7, seed=2), 0.7
    kernel = torch.exp(-((x[:, None] - known) ** 2) / (2 * h**2))
    want = (kernel * values).sum(1) / kernel.sum(1)
    assert torch.allclose(reference("kernel_average")(x, known, values, h), want)


@pytest.mark.equation("11.2")
def test_distance_and_dot_product_give_the_same_weights_for_equal_lengths():
    q, k = randn(4, 6), F.normalize(randn(9, 6, seed=1), dim=1) * 1.7
    squared = (q[:, None] - k).square().sum(2)
    halves = q.square().sum(1)[:, None] / 2 + k.square().sum(1) / 2
    assert torch.allclose(-squared / 2, q @ k.T - halves)
    assert torch.allclose((-squared / 2).softmax(1), (q @ k.T).softmax(1))


@pytest.mark.equation("11.3")
def test_attention_is_that_of_torch():
    q, k, v = randn(2, 3, 5, 8), randn(2, 3, 7, 8, seed=1), randn(2, 3, 7, 4, seed=2)
    want = F.scaled_dot_product_attention(q, k, v)
    assert torch.allclose(att.attention(q, k, v), want, atol=1e-12)


@pytest.mark.equation("11.4")
@pytest.mark.parametrize("d", [4, 64])
def test_the_variance_of_a_dot_product_is_its_size(d):
    q, k = randn(2, 200_000, d)
    dots = (q * k).sum(1)
    error = math.sqrt((dots - dots.mean()).pow(4).mean() / len(dots))  # of the variance
    assert abs(float(dots.var()) - d) < 3 * error
    assert reference("score_variance")(d, 0.0, 1.0) == d


@pytest.mark.equation("11.5")
def test_the_slope_of_the_softmax():
    s = randn(6)
    a = s.softmax(0)
    slopes = torch.func.jacrev(lambda x: x.softmax(0))(s)
    assert torch.allclose(slopes, torch.diag(a) - a[:, None] * a, atol=1e-12)


@pytest.mark.equation("11.6")
def test_minus_infinity_is_a_mask_of_zeros_and_ones():
    q, k = randn(5, 4), randn(5, 4, seed=1)
    mask = att.causal_mask(5)
    above = mask * att.scores(q, k).exp()
    want = above / above.sum(1, keepdim=True)
    assert torch.allclose(att.weights(q, k, mask), want, atol=1e-12)


@pytest.mark.equation("11.7")
def test_heads_add_up():
    x, matrices = randn(4, 12), [randn(12, 12, seed=n) / 3 for n in range(1, 5)]
    query, key, value, out = matrices
    total = torch.zeros(4, 12, dtype=torch.float64)
    for h in range(3):
        own = slice(4 * h, 4 * h + 4)
        q, k, v = x @ query[:, own], x @ key[:, own], x @ value[:, own]
        total += att.attention(q, k, v, att.causal_mask(4)) @ out[own]
    found = reference("heads")(x[None], *matrices, 3)[0]
    assert torch.allclose(found, total, atol=1e-10)


@pytest.mark.equation("11.8")
def test_without_a_mask_the_order_of_inputs_is_the_order_of_outputs():
    x, order = randn(7, 6), torch.randperm(7, generator=seeded(3))
    plain = att.attention(x, x, x)
    moved = att.attention(*[x[order]] * 3)
    assert torch.allclose(plain[order], moved, atol=1e-12)
    mask = att.causal_mask(7)
    gap = att.attention(x, x, x, mask)[order] - att.attention(*[x[order]] * 3, mask)
    assert gap.abs().max() > 0.01


@pytest.mark.equation("11.9")
def test_sinusoids_and_their_shift():
    places = torch.arange(30)
    codes = att.sinusoids(places, 8)
    for m in range(4):
        w = 10_000 ** (-2 * m / 8)
        assert torch.allclose(codes[:, 2 * m], torch.sin(w * places), atol=1e-5)
        assert torch.allclose(codes[:, 2 * m + 1], torch.cos(w * places), atol=1e-5)
    for matrix in (att.shift_matrix(5, 8), reference("shift")(5, frequencies(8))):
        assert torch.allclose(codes[:-5] @ matrix.T, codes[5:], atol=1e-5)


@pytest.mark.equation("11.10")
def test_rotary_scores_depend_on_the_distance():
    q, k = randn(1, 16), randn(1, 16, seed=1)

    def turned(x, place):
        return att.rotate(x, torch.tensor([place]))

    for i, j in ((3, 9), (12, 2)):
        want = (q * turned(k, j - i)).sum()
        assert torch.isclose((turned(q, i) * turned(k, j)).sum(), want, atol=1e-5)


@pytest.mark.equation("11.11")
def test_alibi_takes_a_multiple_of_the_distance():
    bias = att.alibi(4, torch.arange(6), torch.arange(6))
    for h in range(1, 5):
        assert bias[h - 1, 5, 2] == -(2.0 ** (-8 * h / 4)) * 3
    assert torch.equal(bias, bias.transpose(1, 2))


@pytest.mark.equation("11.12", "11.13")
def test_a_block_is_two_sums():
    block = att.Block(16, 4).double()
    with torch.no_grad():
        block.attend_norm.weight.copy_(1 + randn(16) / 3)
    x, mask = randn(2, 5, 16), att.causal_mask(5)

    def norm(x, gain):
        return gain * x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()

    want = x + block.attend(norm(x, block.attend_norm.weight), mask=mask)[0]
    inner = F.gelu(block.feed.up(norm(want, block.feed_norm.weight)))
    want = want + block.feed.down(inner)
    assert torch.allclose(block(x, mask=mask)[0], want, atol=1e-10)


@pytest.mark.equation("11.14")
@pytest.mark.parametrize("width", [16, 64])
def test_the_matrices_of_a_block(width):
    block = att.Block(width, 4)
    sizes = [p.numel() for p in block.parameters() if p.ndim == 2]
    assert sum(sizes) == 4 * width**2 + 8 * width**2 == 12 * width**2
    assert reference("costs")(width, 6 * width)[0] == 2 * sum(sizes)
    assert len(set(reference("costs")(width, 6 * width))) == 1


@pytest.mark.equation("11.15")
def test_the_loss_is_the_mean_over_what_counts():
    logits, targets = randn(3, 4, 5), torch.randint(5, (3, 4), generator=seeded(1))
    counts = torch.rand(3, 4, generator=seeded(2)) < 0.6
    each = -logits.log_softmax(-1).gather(2, targets[..., None])[..., 0]
    want = (each * counts).sum() / counts.sum()
    loss, right = att.next_token_loss(logits, targets, counts)
    assert torch.isclose(loss, want)
    hits = (logits.argmax(-1) == targets)[counts].double().mean()
    assert float(right) == pytest.approx(float(hits))


@pytest.mark.equation("11.16")
def test_the_loss_splits_into_the_best_and_the_kl():
    states, n = 3, 4_000
    chains, _ = sequences.markov_chains(n, 6, states, seeded())
    exact = att.bayes.predictive(chains, states)[:, :-1]
    logits = torch.tensor([1.0, 0.0, -1.0]) + exact.log() / 2  # some other model
    following = chains[:, 1:].flatten()
    each = F.cross_entropy(logits.flatten(0, 1), following, reduction="none")
    best = -exact.flatten(0, 1)[torch.arange(len(following)), following].log()
    kl = att.bayes.divergence(exact, logits).flatten()
    gap = each - best - kl  # mean 0
    assert abs(float(gap.mean())) < 3 * float(gap.std()) / gap.numel() ** 0.5
    assert float(kl.mean()) > 0.05


@pytest.mark.equation("11.17")
def test_two_rows_of_weights_give_one_output():
    values = torch.randn(6, 2, generator=seeded())
    one, two = reference("two_maps")(values)
    u = two - one
    assert torch.allclose(u @ values, torch.zeros(2), atol=1e-5)
    assert abs(float(u.sum())) < 1e-5 and u.abs().max() > 0.1
    assert torch.allclose(one @ values, two @ values, atol=1e-5)
    assert min(one.min(), two.min()) > -1e-6


@pytest.mark.equation("11.18")
def test_linear_attention_token_by_token_and_all_at_once():
    q, k, v = randn(2, 6, 4), randn(2, 6, 4, seed=1), randn(2, 6, 3, seed=2)
    whole = att.linear.linear_attention(q, k, v)
    phi = att.linear.feature_map
    weights = (phi(q) @ phi(k).transpose(1, 2)) * att.causal_mask(6)
    want = weights @ v / weights.sum(-1, keepdim=True)
    assert torch.allclose(whole, want, atol=1e-10)
    state, norm = torch.zeros(2, 4, 3).double(), torch.zeros(2, 4).double()
    for t in range(6):
        out, state, norm = att.linear.recurrent_step(
            q[:, t], k[:, t], v[:, t], state, norm
        )
        assert torch.allclose(out, whole[:, t], atol=1e-10)
