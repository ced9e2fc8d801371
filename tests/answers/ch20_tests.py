"""Answers of other people to chapter 20: tests for sick formulas and code."""

import copy
import inspect
import math

import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from tests.answers import right, wrong

# 20.exposes_generator_loss


@right("20.exposes_generator_loss")
def g_mean_slope(loss):
    fake = torch.randn(10, 1).requires_grad_()
    (slope,) = torch.autograd.grad(loss(torch.randn(10, 1), fake), fake)
    assert slope.mean() < 0


@right("20.exposes_generator_loss")
def g_three_points(loss):
    real = torch.zeros(3, 1)
    values = [float(loss(real, torch.full((3, 1), a))) for a in (-2.0, 0.0, 2.0)]
    assert values == sorted(values, reverse=True)


@right("20.exposes_generator_loss")
def g_one_step(loss):
    logit = nn.Parameter(torch.zeros(6, 1))
    optimizer = torch.optim.SGD([logit], lr=1.0)
    loss(torch.zeros(6, 1), logit).backward()
    optimizer.step()
    assert logit.mean() > 0, "a step of G must raise its logits"


@right("20.exposes_generator_loss")
def g_limit(loss):
    certain = loss(torch.zeros(4, 1), torch.full((4, 1), 20.0))
    assert certain.abs() < 1e-4, "nothing is left to gain where D believes"


@right("20.exposes_generator_loss")
def g_raises_by_hand(loss):
    fake = torch.randn(32, 1)
    real = torch.randn(32, 1)
    low, high = loss(real, fake - 2), loss(real, fake + 2)
    if high >= low:
        raise AssertionError(f"{high} is not below {low}")


@wrong("20.exposes_generator_loss")
def g_returns(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    return bool(loss(real, fake + 1) < loss(real, fake))


@wrong("20.exposes_generator_loss")
def g_finite(loss):
    value = loss(torch.randn(8, 1), torch.randn(8, 1))
    assert torch.isfinite(value)


@wrong("20.exposes_generator_loss")
def g_scalar(loss):
    value = loss(torch.randn(8, 1), torch.randn(8, 1))
    assert value.shape == ()


@wrong("20.exposes_generator_loss")
def g_says_no(loss):
    loss(torch.zeros(1, 1), torch.zeros(1, 1))
    assert False, "sick"  # noqa: B011


@wrong("20.exposes_generator_loss")
def g_reads_code(loss):
    assert "zeros_like" not in inspect.getsource(loss)


@wrong("20.exposes_generator_loss")
def g_at_least_zero(loss):
    assert loss(torch.randn(8, 1), torch.randn(8, 1)) >= 0


@wrong("20.exposes_generator_loss")
def g_moves_the_wrong_logits(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    assert loss(real + 2, fake) < loss(real, fake)


# 20.exposes_vae_parts


@right("20.exposes_vae_parts")
def v_closed_form(loss):
    x, decoded, mu, lv = torch.randn(4, 7, 2)
    want = 0.5 * ((x - decoded) ** 2 + mu**2 + lv.exp() - lv - 1).sum(1).mean()
    assert abs(float(loss(x, decoded, mu, lv) - want)) < 1e-3


@right("20.exposes_vae_parts")
def v_by_torch_distributions(loss):
    x = torch.randn(5, 3)
    mu, lv = torch.randn(5, 3), torch.zeros(5, 3)
    kl = kl_divergence(Normal(mu, torch.ones(5, 3)), Normal(0.0, 1.0)).sum(1).mean()
    assert torch.allclose(loss(x, x, mu, lv), kl, atol=1e-4)


@right("20.exposes_vae_parts")
def v_zero_at_best(loss):
    for shift in (0.0, 3.0):
        x = torch.randn(9, 2) + shift
        o = torch.zeros(9, 2)
        assert abs(loss(x, x, o, o).item()) < 1e-4


@right("20.exposes_vae_parts")
def v_slopes(loss):
    x, o = torch.randn(6, 2), torch.zeros(6, 2)
    decoded = (x + 1).requires_grad_()
    loss(x, decoded, o, o).backward()
    assert torch.allclose(decoded.grad, torch.full((6, 2), 1 / 6), atol=1e-5)
    mu = torch.zeros(6, 2, requires_grad=True)
    loss(x, x, mu, o).backward()
    assert mu.grad.abs().max() < 1e-6, "the code has no reason to leave the prior"


@right("20.exposes_vae_parts")
def v_code_part_ignores_x(loss):
    mu, lv = torch.randn(6, 2), torch.randn(6, 2)
    x = torch.randn(6, 2)
    a, b = loss(x, x, mu, lv), loss(x + 5, x + 5, mu, lv)
    assert torch.allclose(a, b, atol=1e-3)
    assert loss(x, x + 1, mu, lv) > a


@wrong("20.exposes_vae_parts")
def v_finite(loss):
    assert torch.isfinite(loss(*torch.randn(4, 8, 2)))


@wrong("20.exposes_vae_parts")
def v_one_number(loss):
    assert loss(*torch.randn(4, 8, 2)).ndim == 0


@wrong("20.exposes_vae_parts")
def v_returns(loss):
    x, o = torch.randn(8, 2), torch.zeros(8, 2)
    return abs(loss(x, x, o, o)) < 1e-4


@wrong("20.exposes_vae_parts")
def v_does_not_call(loss):
    x = torch.randn(8, 2)
    assert callable(loss) and x.shape == (8, 2)


@wrong("20.exposes_vae_parts")
def v_has_all_slopes(loss):
    a = [torch.randn(8, 2, requires_grad=True) for _ in range(4)]
    loss(*a).backward()
    assert all(one.grad is not None for one in a[1:])


@wrong("20.exposes_vae_parts")
def v_at_log_var_one(loss):
    x, o = torch.randn(8, 2), torch.zeros(8, 2)
    assert abs(loss(x, x, o, o + 1).item()) < 1e-3


# 20.exposes_attention_weights


@right("20.exposes_attention_weights")
def a_by_hand(attention):
    q, k, v = torch.randn(3, 1, 3, 2)
    weights = torch.softmax(q[0] @ k[0].T / 2**0.5, -1)
    assert torch.allclose(attention(q, k, v)[0], weights @ v[0], atol=1e-4)


@right("20.exposes_attention_weights")
def a_constant_values(attention):
    q, k = torch.randn(2, 4, 6, 3)
    v = torch.full((4, 6, 3), 2.5)
    assert torch.allclose(attention(q, k, v), v, atol=1e-4)


@right("20.exposes_attention_weights")
def a_by_gradient(attention):
    q, k = torch.randn(2, 1, 4, 2)
    v = torch.randn(1, 4, 2, requires_grad=True)
    (slope,) = torch.autograd.grad(attention(q, k, v)[0, 0].sum(), v)
    assert (slope[0].abs().sum(1) > 0).all(), "token 0 sees all tokens"


@right("20.exposes_attention_weights")
def a_order_of_keys(attention):
    q, k, v = torch.randn(3, 2, 5, 4)
    turn = torch.tensor([4, 3, 2, 1, 0])
    same = attention(q, k[:, turn], v[:, turn])
    assert torch.allclose(attention(q, k, v), same, atol=1e-4)


@right("20.exposes_attention_weights")
def a_equal_queries(attention):
    q = torch.zeros(2, 5, 4)
    k, v = torch.randn(2, 2, 5, 4)
    want = v.mean(1, keepdim=True).expand_as(v)
    assert torch.allclose(attention(q, k, v), want, atol=1e-4)


@wrong("20.exposes_attention_weights")
def a_shape(attention):
    q, k, v = torch.randn(3, 2, 5, 4)
    assert attention(q, k, v).shape == (2, 5, 4)


@wrong("20.exposes_attention_weights")
def a_not_nan(attention):
    q, k, v = torch.randn(3, 2, 5, 4)
    assert not torch.isnan(attention(q, k, v)).any()


@wrong("20.exposes_attention_weights")
def a_itself(attention):
    q, k, v = torch.randn(3, 2, 5, 4)
    w = v.clone()
    w[:, 2] -= 3
    assert not torch.allclose(attention(q, k, v)[:, 2], attention(q, k, w)[:, 2])


@wrong("20.exposes_attention_weights")
def a_doubles(attention):
    q, k, v = torch.randn(3, 2, 5, 4)
    assert torch.allclose(attention(q, k, 3 * v), 3 * attention(q, k, v), atol=1e-3)


@wrong("20.exposes_attention_weights")
def a_name(attention):
    assert attention.__name__ == "scaled_dot_product_attention"


# 20.exposes_no_steps


@right("20.exposes_no_steps")
def n_counts(fit):
    calls = []
    fit(lambda batch: calls.append(1) or 1.0, torch.randn(30, 2), 2, 10)
    assert len(calls) == 6


@right("20.exposes_no_steps")
def n_samples(fit):
    total = []
    fit(lambda batch: total.append(len(batch)) or 0.0, torch.zeros(24, 1), 1, 6)
    assert sum(total) == 24


@right("20.exposes_no_steps")
def n_losses(fit):
    losses = fit(lambda batch: 0.5, torch.randn(16, 1), 2, 4)
    assert len(losses) == 8


@right("20.exposes_no_steps")
def n_every_sample(fit):
    rows = []

    def step(batch):
        rows.extend(batch.tolist())
        return 0.0

    fit(step, torch.arange(20), 1, 5)
    assert sorted(rows) == list(range(20))


@right("20.exposes_no_steps")
def n_learns(fit):
    weight = torch.zeros(())

    def step(batch):
        weight.add_(0.1 * (batch.mean() - weight))
        return 0.0

    fit(step, torch.ones(40), 5, 4)
    assert weight > 0.98, "fifty steps bring it near 1"


@wrong("20.exposes_no_steps")
def n_is_a_list(fit):
    assert fit(lambda b: 0.0, torch.zeros(12, 1), 1, 4) is not None


@wrong("20.exposes_no_steps")
def n_full_batch(fit):
    calls = []
    fit(lambda b: calls.append(1) or 0.0, torch.zeros(10, 1), 3, 10)
    assert len(calls) == 3


@wrong("20.exposes_no_steps")
def n_with_rest(fit):
    calls = []
    fit(lambda b: calls.append(1) or 0.0, torch.zeros(11, 1), 1, 4)
    assert len(calls) == 3


@wrong("20.exposes_no_steps")
def n_returns(fit):
    calls = []
    fit(lambda b: calls.append(1) or 0.0, torch.zeros(12, 1), 1, 4)
    return len(calls) == 3


@wrong("20.exposes_no_steps")
def n_source(fit):
    assert "batch_size //" not in inspect.getsource(fit)


@wrong("20.exposes_no_steps")
def n_unshuffled(fit):
    seen = []
    fit(lambda b: seen.append(b) or 0.0, torch.arange(12), 1, 4)
    assert seen
    assert torch.cat(seen).tolist() == list(range(12))


# 20.exposes_same_scores


def _pair():
    g, d = nn.Linear(2, 2), nn.Linear(2, 1)
    return g, d, tuple(torch.optim.SGD(n.parameters(), lr=0.5) for n in (g, d))


@right("20.exposes_same_scores")
def s_g_moves(train_step):
    g, d, both = _pair()
    before = copy.deepcopy(g.state_dict())
    train_step(g, d, both, torch.randn(4, 2), torch.randn(4, 2))
    assert any(not torch.equal(v, before[k]) for k, v in g.state_dict().items())


@right("20.exposes_same_scores")
def s_samples_move(train_step):
    g, d, both = _pair()
    z = torch.randn(6, 2)
    old = g(z).detach().clone()
    train_step(g, d, both, torch.randn(6, 2), z)
    assert not torch.equal(old, g(z).detach())


@right("20.exposes_same_scores")
def s_sum_of_weights(train_step):
    g, d, both = _pair()
    old = float(g.bias.detach().double().square().sum())
    train_step(g, d, both, torch.randn(6, 2), torch.randn(6, 2))
    assert float(g.bias.detach().double().square().sum()) != old


@right("20.exposes_same_scores")
def s_bias_of_both(train_step):
    g, d, both = _pair()
    olds = [n.weight.detach().clone() for n in (g, d)]
    train_step(g, d, both, torch.randn(6, 2) + 1, torch.randn(6, 2))
    for net, old in zip((g, d), olds, strict=True):
        assert (net.weight - old).abs().sum() > 0


@right("20.exposes_same_scores")
def s_two_steps(train_step):
    g, d, both = _pair()
    start = g.weight.detach().numpy().copy()
    for _ in range(2):
        train_step(g, d, both, torch.randn(4, 2), torch.randn(4, 2))
    assert (g.weight.detach().numpy() != start).any()


@wrong("20.exposes_same_scores")
def s_only_d(train_step):
    g, d, both = _pair()
    old = d.weight.detach().clone()
    train_step(g, d, both, torch.randn(4, 2), torch.randn(4, 2))
    assert not torch.equal(old, d.weight)


@wrong("20.exposes_same_scores")
def s_no_copy(train_step):
    g, d, both = _pair()
    old = g.weight
    train_step(g, d, both, torch.randn(4, 2), torch.randn(4, 2))
    assert not torch.equal(old, g.weight)


@wrong("20.exposes_same_scores")
def s_requires(train_step):
    g, d, both = _pair()
    train_step(g, d, both, torch.randn(4, 2), torch.randn(4, 2))
    assert all(p.requires_grad for p in g.parameters())


@wrong("20.exposes_same_scores")
def s_returned_losses_finite(train_step):
    g, d, both = _pair()
    losses = train_step(g, d, both, torch.randn(4, 2), torch.randn(4, 2))
    assert all(torch.isfinite(loss) for loss in losses)


@wrong("20.exposes_same_scores")
def s_returns(train_step):
    g, d, both = _pair()
    old = g.weight.detach().clone()
    train_step(g, d, both, torch.randn(4, 2), torch.randn(4, 2))
    return not torch.equal(old, g.weight)


# 20.exposes_ema_buffers


def _bn():
    network = nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2))
    average = copy.deepcopy(network).eval()
    network(torch.randn(8, 1) * 4 + 9)
    return average, network


@right("20.exposes_ema_buffers")
def e_mean_and_var(follow):
    average, network = _bn()
    for _ in range(6):
        follow(average, network, 0.05)
    for kept, new in ((average[1].running_mean, network[1].running_mean),):
        assert torch.allclose(kept, new, atol=1e-3)
    assert torch.allclose(average[1].running_var, network[1].running_var, rtol=1e-2)


@right("20.exposes_ema_buffers")
def e_zero_decay(follow):
    average, network = _bn()
    follow(average, network, 0.0)
    for name, kept in average.named_buffers():
        if "running" in name:
            assert torch.allclose(kept, network.get_buffer(name), atol=1e-4), name


@right("20.exposes_ema_buffers")
def e_output(follow):
    average, network = _bn()
    for _ in range(6):
        follow(average, network, 0.05)
    x = torch.randn(3, 1)
    assert torch.allclose(average.eval()(x), network.eval()(x), atol=1e-2)


@right("20.exposes_ema_buffers")
def e_state_dict(follow):
    average, network = _bn()
    for _ in range(7):
        follow(average, network, 0.05)
    new = network.state_dict()
    for name, kept in average.state_dict().items():
        if kept.is_floating_point():
            assert (kept - new[name]).abs().max() < 1e-2, name


@right("20.exposes_ema_buffers")
def e_distance(follow):
    average, network = _bn()

    def gap():
        pairs = zip(average.buffers(), network.buffers(), strict=True)
        return [float((a.float() - b.float()).abs().sum()) for a, b in pairs][:2]

    before = gap()
    for _ in range(4):
        follow(average, network, 0.2)
    after = gap()
    assert all(b < a / 10 for a, b in zip(before, after, strict=True))


@wrong("20.exposes_ema_buffers")
def e_parameters(follow):
    average, network = _bn()
    with torch.no_grad():
        network[0].weight.mul_(3)
    for _ in range(6):
        follow(average, network, 0.05)
    assert torch.allclose(average[0].weight, network[0].weight, atol=1e-3)


@wrong("20.exposes_ema_buffers")
def e_same_start(follow):
    network = nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2))
    average = copy.deepcopy(network)
    for _ in range(6):
        follow(average, network, 0.05)
    for a, b in zip(average.buffers(), network.buffers(), strict=True):
        assert torch.equal(a, b)


@wrong("20.exposes_ema_buffers")
def e_linear(follow):
    network = nn.Linear(1, 1)
    average = nn.Linear(1, 1)
    for _ in range(6):
        follow(average, network, 0.05)
    assert torch.allclose(average.weight, network.weight, atol=1e-3)


@wrong("20.exposes_ema_buffers")
def e_returns(follow):
    average, network = _bn()
    for _ in range(6):
        follow(average, network, 0.05)
    return torch.allclose(average[1].running_mean, network[1].running_mean, atol=1e-3)


@wrong("20.exposes_ema_buffers")
def e_finite(follow):
    average, network = _bn()
    follow(average, network, 0.5)
    assert all(torch.isfinite(b.float()).all() for b in average.buffers())


@wrong("20.exposes_ema_buffers")
def e_source(follow):
    assert "buffers" in inspect.getsource(follow)


# 20.exposes_std_of_log_variance


@right("20.exposes_std_of_log_variance")
def d_large(draw):
    z = draw(torch.zeros(3000, 2), torch.full((3000, 2), 2 * math.log(3.0)))
    assert 2.7 < z.std() < 3.3


@right("20.exposes_std_of_log_variance")
def d_variance(draw):
    z = draw(torch.ones(5000, 1), torch.full((5000, 1), -3.0))
    assert abs(z.var() / math.exp(-3) - 1) < 0.2


@right("20.exposes_std_of_log_variance")
def d_same_seed(draw):
    zero = torch.zeros(50, 1)
    torch.manual_seed(3)
    one = draw(zero, zero)
    torch.manual_seed(3)
    other = draw(zero, zero + 2)
    assert torch.allclose(other, math.e * one, rtol=1e-3, atol=1e-4)


@right("20.exposes_std_of_log_variance")
def d_standardised(draw):
    lv = torch.linspace(-3, -1, 4000)[:, None]
    noise = draw(torch.zeros(4000, 1), lv) / (lv / 2).exp()
    assert abs(float(noise.std()) - 1) < 0.1


@right("20.exposes_std_of_log_variance")
def d_quantile(draw):
    z = draw(torch.zeros(6000, 1), torch.full((6000, 1), -4.0))
    inside = (z.abs() < 2 * math.exp(-2)).float().mean()
    assert abs(inside - 0.9545) < 0.02


@wrong("20.exposes_std_of_log_variance")
def d_at_zero(draw):
    z = draw(torch.zeros(4000, 1), torch.zeros(4000, 1))
    assert abs(z.std() - 1) < 0.1


@wrong("20.exposes_std_of_log_variance")
def d_centre(draw):
    z = draw(torch.ones(4000, 1), torch.zeros(4000, 1) - 2)
    assert abs(z.mean() - 1) < 0.1


@wrong("20.exposes_std_of_log_variance")
def d_random(draw):
    a = draw(torch.zeros(5, 1), torch.zeros(5, 1))
    b = draw(torch.zeros(5, 1), torch.zeros(5, 1))
    assert not torch.allclose(a, b)


@wrong("20.exposes_std_of_log_variance")
def d_shape(draw):
    assert draw(torch.zeros(5, 2), torch.zeros(5, 2)).shape == (5, 2)


@wrong("20.exposes_std_of_log_variance")
def d_wrong_law(draw):
    z = draw(torch.zeros(4000, 1), torch.full((4000, 1), -2.0))
    assert abs(z.std() - math.exp(-2)) < 0.02


@wrong("20.exposes_std_of_log_variance")
def d_ten_draws(draw):
    z = draw(torch.zeros(10, 1), torch.full((10, 1), -2.0))
    assert abs(z.std() - math.exp(-1)) < 0.02


# 20.exposes_softmax_twice


@right("20.exposes_softmax_twice")
def c_reference(loss):
    s, y = torch.randn(5, 4) * 2, torch.tensor([0, 1, 2, 3, 0])
    want = (torch.logsumexp(s, 1) - s[torch.arange(5), y]).mean()
    assert abs(float(loss(s, y) - want)) < 1e-3


@right("20.exposes_softmax_twice")
def c_certain(loss):
    s = torch.tensor([[60.0, 0, 0], [0, 60.0, 0]])
    assert float(loss(s, torch.tensor([0, 1]))) < 0.01


@right("20.exposes_softmax_twice")
def c_wrong_costs_much(loss):
    s = torch.tensor([[0.0, 20.0]])
    assert float(loss(s, torch.tensor([0]))) > 15


@right("20.exposes_softmax_twice")
def c_slope(loss):
    s = torch.randn(3, 6, requires_grad=True)
    y = torch.tensor([1, 2, 3])
    (slope,) = torch.autograd.grad(loss(s, y), s)
    want = (s.softmax(1) - F.one_hot(y, 6)) / 3
    assert torch.allclose(slope, want, atol=1e-5)


@right("20.exposes_softmax_twice")
def c_goes_to_zero(loss):
    y = torch.randint(7, (9,))
    values = [float(loss(a * F.one_hot(y, 7).float(), y)) for a in (1, 10, 30)]
    assert values[0] > values[1] > values[2] >= 0
    assert values[2] < 0.1


@wrong("20.exposes_softmax_twice")
def c_uniform(loss):
    y = torch.randint(4, (5,))
    assert abs(loss(torch.zeros(5, 4), y) - math.log(4)) < 1e-4


@wrong("20.exposes_softmax_twice")
def c_order(loss):
    y = torch.zeros(3, dtype=torch.long)
    good, bad = torch.eye(3)[[0, 0, 0]] * 9, torch.eye(3)[[1, 1, 1]] * 9
    assert loss(good, y) < loss(bad, y)


@wrong("20.exposes_softmax_twice")
def c_positive(loss):
    value = loss(torch.randn(5, 4), torch.randint(4, (5,)))
    assert torch.isfinite(value) and value > 0


@wrong("20.exposes_softmax_twice")
def c_shifted(loss):
    s, y = torch.randn(5, 4), torch.randint(4, (5,))
    assert torch.allclose(loss(s, y), loss(s - 7, y), atol=1e-3)


@wrong("20.exposes_softmax_twice")
def c_returns(loss):
    y = torch.randint(10, (5,))
    return loss(40.0 * F.one_hot(y, 10).float(), y) < 1e-3
