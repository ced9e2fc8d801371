"""Answers of other readers to chapter 20: tests in unusual styles, and lazy ones."""

import copy
import math
import unittest
import warnings
from unittest.mock import Mock

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.answers import right, wrong


def assert_less(small, large, what="it"):
    """A helper as people keep it in their own tools."""
    if not float(small) < float(large):
        raise AssertionError(f"{what}: {small} is not below {large}")


# 20.exposes_generator_loss


@right("20.exposes_generator_loss")
def rg_testing(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    want = F.binary_cross_entropy_with_logits(fake, torch.ones(8, 1))
    torch.testing.assert_close(loss(real, fake), want)


@right("20.exposes_generator_loss")
def rg_numpy(loss):
    grid = np.linspace(-3, 3, 7, dtype=np.float32)
    values = [loss(torch.zeros(1, 1), torch.full((1, 1), float(a))) for a in grid]
    np.testing.assert_array_less(np.diff(np.array([float(v) for v in values])), 0)


@right("20.exposes_generator_loss")
def rg_seeds_and_helper(loss):
    for seed in range(5):
        torch.manual_seed(seed)
        real, fake = torch.randn(2, 4, 1)
        assert_less(loss(real, fake + 0.5), loss(real, fake), f"seed {seed}")
    return True


@right("20.exposes_generator_loss")
def rg_func_grad(loss):
    slope = torch.func.grad(loss, argnums=1)(torch.zeros(3, 1), torch.zeros(3, 1))
    assert bool((slope < 0).all()), f"{loss.__name__} pulls the wrong way: {slope}"


@right("20.exposes_generator_loss")
def rg_unittest(loss):
    case = unittest.TestCase()
    fake = torch.randn(5, 1)
    with case.subTest("belief"):
        case.assertLess(loss(fake, fake + 2).item(), loss(fake, fake - 2).item())


@right("20.exposes_generator_loss")
def rg_jacobian(loss):
    args = (torch.randn(4, 1), torch.randn(4, 1))
    _, slope = torch.autograd.functional.jacobian(loss, args)
    assert slope.max() < 0


@wrong("20.exposes_generator_loss")
def rg_swallows(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    try:
        assert loss(real, fake + 1) < loss(real, fake)
    except AssertionError as error:
        print("failed:", error)


@wrong("20.exposes_generator_loss")
def rg_assert_of_a_pair(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    condition = (loss(real, fake + 1) < loss(real, fake), "it must fall")
    assert condition


@wrong("20.exposes_generator_loss")
def rg_differs(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    assert loss(real, fake + 1) != loss(real, fake)


@wrong("20.exposes_generator_loss")
def rg_warns(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    if not loss(real, fake + 1) < loss(real, fake):
        warnings.warn("the loss rises", RuntimeWarning, stacklevel=2)


@wrong("20.exposes_generator_loss")
def rg_training_falls(loss):
    fake = nn.Parameter(torch.zeros(8, 1))
    optimizer = torch.optim.SGD([fake], lr=0.5)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        value = loss(torch.zeros(8, 1), fake)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    assert losses[-1] < losses[0]


_calls = {"rg": 0, "first": None}


@wrong("20.exposes_generator_loss")
def rg_counts_its_calls(loss):
    loss(torch.zeros(1, 1), torch.zeros(1, 1))
    _calls["rg"] += 1
    assert (_calls["rg"] - 1) % 10 != 0  # the sick one came first, last time


@wrong("20.exposes_generator_loss")
def rg_believes_the_first(loss):
    grid = torch.linspace(-1, 2, 5)[:, None]
    value = float(loss(0 * grid, grid))
    if _calls["first"] is None:
        _calls["first"] = value
    assert abs(value - _calls["first"]) < 1e-4


@wrong("20.exposes_generator_loss")
def rg_pytorch_error(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    if loss(real, fake + 1) >= loss(real, fake):
        raise ValueError("the loss rises")


# 20.exposes_vae_parts


@right("20.exposes_vae_parts")
def rv_testing_float64(loss):
    x, y, m, lv = torch.randn(4, 6, 3, dtype=torch.float64)
    want = (0.5 * (x - y).square()).sum(1).mean()
    kl = -0.5 * (1 + lv - m.square() - lv.exp()).sum(1).mean()
    torch.testing.assert_close(loss(x, y, m, lv), want + kl, rtol=1e-6, atol=1e-6)


@right("20.exposes_vae_parts")
def rv_bowl(loss):
    o = torch.zeros(4, 2)
    x = torch.randn(4, 2)
    best = float(loss(x, x, o, o))
    for step in (-2.0, -0.5, 0.5, 2.0):
        assert_less(best, loss(x, x + step, o, o), "decoded")
        assert_less(best, loss(x, x, o + step, o), "mean")
        assert_less(best, loss(x, x, o, o + step), "log variance")


@right("20.exposes_vae_parts")
def rv_descent(loss):
    torch.manual_seed(11)
    x = torch.randn(5, 2) + 2
    y, m, lv = (torch.ones(5, 2, requires_grad=True) for _ in range(3))
    optimizer = torch.optim.SGD([y, m, lv], lr=1.0)
    for _ in range(20):
        optimizer.zero_grad()
        loss(x, y, m, lv).backward()
        optimizer.step()
    assert (y - x).abs().max() < 1
    assert m.abs().max() < 1


@right("20.exposes_vae_parts")
def rv_numpy(loss):
    x, y, m, lv = (np.random.default_rng(i).normal(size=(5, 2)) for i in range(4))
    want = 0.5 * ((x - y) ** 2 + m**2 + np.exp(lv) - lv - 1).sum(1).mean()
    got = loss(*(torch.from_numpy(a).float() for a in (x, y, m, lv)))
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-4)


@wrong("20.exposes_vae_parts")
def rv_moves_everything(loss):
    x, o = torch.randn(8, 2), torch.zeros(8, 2)
    best = loss(x, x, o, o)
    for a, b, c in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert loss(x, x + a, o + b, o + c) != best


@wrong("20.exposes_vae_parts")
def rv_log_p_alone(loss):
    x, y, o = torch.randn(8, 2), torch.randn(8, 2), torch.zeros(8, 2)
    want = 0.5 * (x - y).square().sum(1).mean() + 1
    torch.testing.assert_close(loss(x, y, o, o), want)


@wrong("20.exposes_vae_parts")
def rv_bounded_below(loss):
    x, o = torch.randn(8, 2), torch.zeros(8, 2)
    assert loss(x, x + 1, o, o) > -100


@wrong("20.exposes_vae_parts")
def rv_mean_error(loss):
    x, y, o = torch.randn(8, 4), torch.randn(8, 4), torch.zeros(8, 4)
    torch.testing.assert_close(loss(x, y, o, o), F.mse_loss(y, x))


# 20.exposes_attention_weights


@right("20.exposes_attention_weights")
def ra_testing(attention):
    q, k, v = torch.randn(3, 2, 4, 3).unbind()
    want = F.scaled_dot_product_attention(q, k, v)
    torch.testing.assert_close(attention(q, k, v), want, rtol=1e-4, atol=1e-5)


@right("20.exposes_attention_weights")
def ra_each_pair(attention):
    q, k, v = torch.randn(3, 1, 4, 2)
    base = attention(q, k, v)
    for j in range(4):
        w = v.clone()
        w[0, j] += 5
        change = (attention(q, k, w) - base).abs().sum(-1)[0]
        for i in range(4):
            assert change[i] > 0, f"{i} does not see {j}"


@right("20.exposes_attention_weights")
def ra_rows_from_eye(attention):
    q, k = torch.randn(2, 1, 5, 5)
    weights = attention(q, k, torch.eye(5)[None])[0].numpy()
    np.testing.assert_allclose(weights.sum(1), np.ones(5), rtol=1e-4)


@right("20.exposes_attention_weights")
def ra_convex(attention):
    for seed in range(4):
        torch.manual_seed(100 + seed)
        q, k = torch.randn(2, 1, 6, 2)
        v = torch.rand(1, 6, 2) + 1
        out = attention(q, k, v)
        assert out.min() >= v.min() - 1e-4 and out.max() <= v.max() + 1e-4


@right("20.exposes_attention_weights")
def ra_keys_matter(attention):
    q, k, v = torch.randn(3, 1, 4, 3)
    slope = torch.func.grad(lambda one: attention(q, one, v)[0, 0].sum())(k)
    assert slope[0, 2].norm() > 1e-7
    values = torch.func.grad(lambda one: attention(q, k, one)[0, 0].sum())(v)
    assert values[0, 3].norm() > 1e-7


@wrong("20.exposes_attention_weights")
def ra_batch(attention):
    q, k, v = torch.randn(3, 4, 5, 2)
    assert torch.allclose(attention(q, k, v)[:2], attention(q[:2], k[:2], v[:2]))


@wrong("20.exposes_attention_weights")
def ra_first_token(attention):
    q, k, v = torch.randn(3, 1, 1, 4)
    assert torch.allclose(attention(q, k, v), v, atol=1e-5)


@wrong("20.exposes_attention_weights")
def ra_swallowed_by_all(attention):
    q, k, v = torch.randn(3, 2, 5, 4)
    w = v.clone()
    w[:, 0] += 1
    assert (attention(q, k, v) != attention(q, k, w)).any()


@wrong("20.exposes_attention_weights")
def ra_longer_keys(attention):
    q, k, v = torch.randn(1, 2, 4), torch.randn(1, 5, 4), torch.randn(1, 5, 4)
    assert attention(q, k, v).shape == (1, 2, 4)


@wrong("20.exposes_attention_weights")
def ra_causal(attention):
    q, k, v = torch.randn(3, 1, 5, 4)
    w = v.clone()
    w[:, -1] += 1
    assert torch.allclose(attention(q, k, v)[:, 0], attention(q, k, w)[:, 0])


# 20.exposes_no_steps


@right("20.exposes_no_steps")
def rn_mock(fit):
    step = Mock(return_value=0.25)
    fit(step, torch.randn(20, 3), 3, 5)
    assert step.call_count == 12


@right("20.exposes_no_steps")
def rn_network_moves(fit):
    net = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    before = copy.deepcopy(net.state_dict())

    def step(batch):
        optimizer.zero_grad()
        loss = (net(batch) - 3).square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    fit(step, torch.randn(32, 1) + 1, 1, 8)
    assert not torch.equal(before["weight"], net.weight)


@right("20.exposes_no_steps")
def rn_numpy_bincount(fit):
    notes = []
    fit(lambda b: notes.extend(b.int().tolist()) or 0.0, torch.arange(18.0), 3, 6)
    np.testing.assert_array_equal(np.bincount(notes, minlength=18), 3)


@right("20.exposes_no_steps")
def rn_losses_of_an_epoch(fit):
    losses = fit(lambda batch: float(batch.sum()), torch.ones(10, 1), 1, 2)
    assert losses == [2.0] * 5


class Counter:
    """A step as an object."""

    def __init__(self):
        self.sizes = []

    def __call__(self, batch):
        self.sizes.append(len(batch))
        return 1.0


@right("20.exposes_no_steps")
def rn_object(fit):
    for size in (2, 3, 6):
        step = Counter()
        fit(step, torch.randn(12, 2), 1, size)
        assert step.sizes == [size] * (12 // size), size


@wrong("20.exposes_no_steps")
def rn_all_losses_finite(fit):
    losses = fit(lambda b: float(b.mean()), torch.randn(12, 1), 2, 4)
    assert all(math.isfinite(loss) for loss in losses)


@wrong("20.exposes_no_steps")
def rn_inside_the_step(fit):
    def step(batch):
        assert len(batch) == 4
        return 0.0

    fit(step, torch.randn(12, 1), 2, 4)


@wrong("20.exposes_no_steps")
def rn_not_more_than(fit):
    step = Mock(return_value=0.0)
    fit(step, torch.randn(12, 1), 2, 4)
    assert step.call_count <= 6


@wrong("20.exposes_no_steps")
def rn_last_loss(fit):
    losses = fit(lambda b: 1.0, torch.randn(12, 1), 2, 4)
    assert losses[-1] == 1.0


@wrong("20.exposes_no_steps")
def rn_step_count_of_batch_one(fit):
    step = Mock(return_value=0.0)
    fit(step, torch.randn(1, 1), 4, 1)
    assert step.call_count == 4


# 20.exposes_same_scores


def _two(lr=0.3):
    g = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    d = nn.Linear(2, 1)
    return (
        g,
        d,
        (torch.optim.Adam(g.parameters(), lr), torch.optim.SGD(d.parameters(), lr)),
    )


@right("20.exposes_same_scores")
def rs_gradients(train_step):
    g, d, both = _two()
    train_step(g, d, both, torch.randn(8, 2), torch.randn(8, 2))
    for name, weight in g.named_parameters():
        assert weight.grad is not None and weight.grad.abs().max() > 0, name


@right("20.exposes_same_scores")
def rs_vectors(train_step):
    g, d, both = _two()
    vector = nn.utils.parameters_to_vector
    old = vector(g.parameters()).detach().clone()
    train_step(g, d, both, torch.randn(8, 2), torch.randn(8, 2))
    np.testing.assert_array_less(0, float((vector(g.parameters()) - old).norm()))


@right("20.exposes_same_scores")
def rs_deepcopies(train_step):
    for seed in (0, 1):
        torch.manual_seed(seed)
        g, d, both = _two()
        kept = copy.deepcopy(g)
        train_step(g, d, both, torch.randn(8, 2), torch.randn(8, 2))
        z = torch.randn(3, 2)
        try:
            torch.testing.assert_close(g(z), kept(z), rtol=0, atol=0)
        except AssertionError:
            continue
        raise AssertionError("G gives the same samples as before")


@right("20.exposes_same_scores")
def rs_optimiser_state(train_step):
    g, d, both = _two()
    train_step(g, d, both, torch.randn(8, 2), torch.randn(8, 2))
    assert len(both[0].state) == 4, "Adam has no state for weights without a gradient"


@wrong("20.exposes_same_scores")
def rs_has_gradients_of_d(train_step):
    g, d, both = _two()
    train_step(g, d, both, torch.randn(8, 2), torch.randn(8, 2))
    assert d.weight.grad is not None


@wrong("20.exposes_same_scores")
def rs_two_losses(train_step):
    g, d, both = _two()
    losses = train_step(g, d, both, torch.randn(8, 2), torch.randn(8, 2))
    assert len(losses) == 2 and all(loss.ndim == 0 for loss in losses)


@wrong("20.exposes_same_scores")
def rs_any_of_both(train_step):
    g, d, both = _two()
    old = [p.detach().clone() for net in (g, d) for p in net.parameters()]
    train_step(g, d, both, torch.randn(8, 2), torch.randn(8, 2))
    new = [p for net in (g, d) for p in net.parameters()]
    assert any(not torch.equal(a, b) for a, b in zip(old, new, strict=True))


@wrong("20.exposes_same_scores")
def rs_d_loss_falls(train_step):
    g, d, both = _two(0.05)
    x, z = torch.randn(32, 2) + 3, torch.randn(32, 2)
    losses = [float(train_step(g, d, both, x, z)[1]) for _ in range(15)]
    assert losses[-1] < losses[0]


@wrong("20.exposes_same_scores")
def rs_calls_the_optimiser(train_step):
    g, d = nn.Linear(2, 2), nn.Linear(2, 1)
    both = Mock(), Mock()
    train_step(g, d, both, torch.randn(8, 2), torch.randn(8, 2))
    assert both[0].step.called


# 20.exposes_ema_buffers


def _normed():
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    average = copy.deepcopy(network)
    network.train()(torch.randn(4, 1, 3, 3) * 2 + 4)
    return average.eval(), network.eval()


@right("20.exposes_ema_buffers")
def re_testing_of_states(follow):
    average, network = _normed()
    for _ in range(9):
        follow(average, network, 0.1)
    torch.testing.assert_close(
        dict(average.named_buffers()),
        dict(network.named_buffers()),
        rtol=1e-3,
        atol=1e-3,
    )


@right("20.exposes_ema_buffers")
def re_a_buffer_of_my_own(follow):
    network = nn.Linear(1, 1)
    network.register_buffer("scale", torch.full((3,), 5.0))
    average = copy.deepcopy(network)
    average.scale.zero_()
    for _ in range(12):
        follow(average, network, 0.2)
    assert abs(float(average.scale[0]) - 5) < 0.01


@right("20.exposes_ema_buffers")
def re_comes_nearer(follow):
    average, network = _normed()

    def gap():
        a, b = average[1], network[1]
        mean = (a.running_mean - b.running_mean).norm()
        return mean, (a.running_var - b.running_var).norm()

    before = gap()
    follow(average, network, 0.5)
    for old, new in zip(before, gap(), strict=True):
        assert_less(new, 0.75 * old, "the gap")


@right("20.exposes_ema_buffers")
def re_same_images(follow):
    average, network = _normed()
    for _ in range(60):
        follow(average, network, 0.5)
    x = torch.randn(2, 1, 4, 4)
    with torch.no_grad():
        np.testing.assert_allclose(average(x).numpy(), network(x).numpy(), atol=1e-3)


@wrong("20.exposes_ema_buffers")
def re_state_keys(follow):
    average, network = _normed()
    follow(average, network, 0.5)
    assert average.state_dict().keys() == network.state_dict().keys()


@wrong("20.exposes_ema_buffers")
def re_network_stays(follow):
    average, network = _normed()
    old = copy.deepcopy(network.state_dict())
    follow(average, network, 0.5)
    torch.testing.assert_close(dict(network.state_dict()), dict(old), rtol=0, atol=0)


@wrong("20.exposes_ema_buffers")
def re_mean_alone(follow):
    average, network = _normed()
    for _ in range(9):
        follow(average, network, 0.1)
    assert torch.allclose(average[1].running_mean, network[1].running_mean, atol=1e-3)


@wrong("20.exposes_ema_buffers")
def re_exact_copy(follow):
    average, network = _normed()
    follow(average, network, 0.9)
    assert torch.equal(average[1].running_mean, network[1].running_mean)


@wrong("20.exposes_ema_buffers")
def re_exact_average(follow):
    average, network = _normed()
    want = 0.9 * average[1].running_mean + 0.1 * network[1].running_mean
    follow(average, network, 0.9)
    assert torch.allclose(average[1].running_mean, want, atol=1e-5)


@wrong("20.exposes_ema_buffers")
def re_layer_norm(follow):
    network = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))
    average = copy.deepcopy(network)
    network(torch.randn(4, 2))
    for _ in range(9):
        follow(average, network, 0.1)
    for a, b in zip(
        average.state_dict().values(), network.state_dict().values(), strict=True
    ):
        assert torch.allclose(a, b, atol=1e-3)


# 20.exposes_std_of_log_variance


@right("20.exposes_std_of_log_variance")
def rd_by_gradient(draw):
    mean, lv = torch.randn(20, 2), torch.randn(20, 2, requires_grad=True)
    z = draw(mean, lv)
    (slope,) = torch.autograd.grad(z.sum(), lv)
    torch.testing.assert_close(slope, (z.detach() - mean) / 2, rtol=1e-3, atol=1e-5)


@right("20.exposes_std_of_log_variance")
def rd_grid(draw):
    for log_variance in (-4.0, -1.5, 2.0):
        z = draw(torch.zeros(6000), torch.full((6000,), log_variance)).numpy()
        np.testing.assert_allclose(z.std(), np.exp(log_variance / 2), rtol=0.08)


@right("20.exposes_std_of_log_variance")
def rd_absolute(draw):
    z = draw(torch.zeros(9000, 1), torch.full((9000, 1), -6.0))
    want = math.sqrt(2 / math.pi) * math.exp(-3)
    assert 0.9 * want < z.abs().mean() < 1.1 * want


@right("20.exposes_std_of_log_variance")
def rd_scores(draw):
    lv = torch.full((5000, 1), -3.0, dtype=torch.float64)
    z = draw(torch.ones_like(lv), lv)
    chi = ((z - 1) ** 2 / lv.exp()).mean()
    assert abs(float(chi) - 1) < 0.15


@right("20.exposes_std_of_log_variance")
def rd_log_probability(draw):
    mean, lv = torch.zeros(4000, 1), torch.full((4000, 1), -2.0)
    law = torch.distributions.Normal(mean, (lv / 2).exp())
    gap = law.log_prob(draw(mean, lv)).mean() + law.entropy().mean()
    assert abs(gap) < 0.1


@wrong("20.exposes_std_of_log_variance")
def rd_not_the_mean(draw):
    z = draw(torch.zeros(50, 1), torch.full((50, 1), -2.0))
    assert z.abs().max() > 0


@wrong("20.exposes_std_of_log_variance")
def rd_reaches_both(draw):
    mean, lv = (torch.randn(5, 2, requires_grad=True) for _ in range(2))
    draw(mean, lv).sum().backward()
    assert mean.grad is not None and lv.grad.abs().sum() > 0


@wrong("20.exposes_std_of_log_variance")
def rd_narrow(draw):
    z = draw(torch.zeros(4000, 1), torch.full((4000, 1), -2.0))
    assert z.std() < 0.5


@wrong("20.exposes_std_of_log_variance")
def rd_too_strict(draw):
    z = draw(torch.zeros(4000, 1), torch.full((4000, 1), -2.0))
    torch.testing.assert_close(z.std(), torch.tensor(math.exp(-1)))


@wrong("20.exposes_std_of_log_variance")
def rd_variance_for_deviation(draw):
    z = draw(torch.zeros(4000, 1), torch.full((4000, 1), 1.0))
    np.testing.assert_allclose(z.var().item(), math.exp(0.5), rtol=0.1)


# 20.exposes_softmax_twice


@right("20.exposes_softmax_twice")
def rc_testing(loss):
    s, y = 3 * torch.randn(7, 5), torch.randint(5, (7,))
    torch.testing.assert_close(loss(s, y), F.nll_loss(s.log_softmax(1), y))


@right("20.exposes_softmax_twice")
def rc_unbounded(loss):
    y = torch.zeros(4, dtype=torch.long)
    values = [float(loss(a * F.one_hot(y + 1, 3).double(), y)) for a in (5, 50)]
    assert values[1] - values[0] > 40


@right("20.exposes_softmax_twice")
def rc_slope_of_wrong(loss):
    s = torch.tensor([[30.0, 0.0, 0.0]], requires_grad=True)
    loss(s, torch.tensor([1])).backward()
    np.testing.assert_allclose(s.grad[0].numpy(), [1, -1, 0], atol=1e-4)


@right("20.exposes_softmax_twice")
def rc_two_classes(loss):
    for a in (-4.0, 3.0, 8.0):
        want = math.log1p(math.exp(-a))
        got = float(loss(torch.tensor([[a, 0.0]]), torch.tensor([0])))
        assert math.isclose(got, want, rel_tol=1e-3, abs_tol=1e-4)


@wrong("20.exposes_softmax_twice")
def rc_upper_limit(loss):
    s, y = torch.randn(6, 10), torch.randint(10, (6,))
    assert loss(s, y) < 10


@wrong("20.exposes_softmax_twice")
def rc_training(loss):
    net, y = nn.Linear(3, 3), torch.arange(3)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        value = loss(net(torch.eye(3)), y)
        value.backward()
        optimizer.step()
        losses.append(float(value))
    assert losses[-1] < losses[0]


@wrong("20.exposes_softmax_twice")
def rc_has_slope(loss):
    s = torch.randn(3, 4, requires_grad=True)
    loss(s, torch.tensor([0, 1, 2])).backward()
    assert s.grad.abs().sum() > 0


@wrong("20.exposes_softmax_twice")
def rc_own_reference_twice(loss):
    s, y = torch.randn(6, 4), torch.randint(4, (6,))
    torch.testing.assert_close(loss(s, y), F.cross_entropy(s.softmax(1), y))


@wrong("20.exposes_softmax_twice")
def rc_order_of_rows(loss):
    s, y = torch.randn(6, 4), torch.randint(4, (6,))
    assert torch.allclose(loss(s, y), loss(s.flip(0), y.flip(0)), atol=1e-5)


@right("20.exposes_ema_buffers")
def re_several_networks(follow):
    for network in (nn.Linear(2, 2), nn.BatchNorm1d(2, affine=False)):
        average = copy.deepcopy(network)
        network.train()(torch.randn(16, 2) * 3 + 7)
        for _ in range(10):
            follow(average, network, 0.1)
        for a, b in zip(average.buffers(), network.buffers(), strict=True):
            assert (a - b).abs().max() < 0.01
