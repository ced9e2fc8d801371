"""The displayed equations of chapter 05, each by a number."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import conv1d, conv_transpose1d

from aigc_course import data, gan


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def stamped(x, w, stride):
    """y_j = sum_i x_i w_{j - s i}, written index by index."""
    y = torch.zeros((len(x) - 1) * stride + len(w), dtype=x.dtype)
    for j in range(len(y)):
        for i in range(len(x)):
            if 0 <= j - stride * i < len(w):
                y[j] += x[i] * w[j - stride * i]
    return y


@pytest.mark.equation("5.1")
def test_the_range_of_pixels_and_the_way_back():
    p = torch.arange(256, dtype=torch.uint8)
    x = p.double() / 127.5 - 1
    assert x.min() == -1 and x.max() == 1
    assert torch.equal((127.5 * (x + 1)).round(), p.double())
    assert torch.allclose(data.to_float(p).double(), x, atol=1e-6)
    assert torch.equal(data.to_uint8(data.to_float(p)), p)


@pytest.mark.equation("5.2")
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_transposed_convolution_is_a_sum_of_stamps(stride):
    x, w = randn(5), randn(4, seed=1)
    torchs = conv_transpose1d(x[None, None], w[None, None], stride=stride)[0, 0]
    assert torch.allclose(stamped(x, w, stride), torchs)


@pytest.mark.equation("5.3")
def test_transposed_convolution_is_the_adjoint():
    u, x, w = randn(10), randn(4, seed=1), randn(4, seed=2)
    forward = conv1d(u[None, None], w[None, None], stride=2)[0, 0]
    assert torch.isclose(forward @ x, u @ stamped(x, w, 2))
    # and what carries gradients back through the convolution
    u.requires_grad_()
    conv1d(u[None, None], w[None, None], stride=2)[0, 0].backward(x)
    assert torch.allclose(u.grad, stamped(x, w, 2))


@pytest.mark.equation("5.4")
@pytest.mark.parametrize("kernel", [3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize(("padding", "extra"), [(0, 0), (1, 0), (1, 1), (2, 0)])
def test_output_size(kernel, stride, padding, extra):
    if extra >= stride or 2 * padding > kernel:
        pytest.skip("torch refuses this setting")
    layer = nn.ConvTranspose2d(1, 1, kernel, stride, padding, extra)
    size = 6
    expected = (size - 1) * stride - 2 * padding + kernel + extra
    assert layer(torch.zeros(1, 1, size, size)).shape[-1] == expected


@pytest.mark.equation("5.5")
def test_cost_counts_every_product():
    """With ones everywhere and no border cut, the sum of the output is the count."""
    side, inputs, outputs, kernel = 7, 3, 2, 4
    layer = nn.ConvTranspose2d(inputs, outputs, kernel, stride=2, bias=False)
    nn.init.ones_(layer.weight)
    count = layer(torch.ones(1, inputs, side, side)).sum()
    assert count.item() == side**2 * inputs * outputs * kernel**2


@pytest.mark.equation("5.6")
def test_batch_norm_and_the_useless_bias():
    y, norm = randn(64, 3), nn.BatchNorm1d(3).double()
    with torch.no_grad():
        norm.weight.copy_(randn(3, seed=1))
        norm.bias.copy_(randn(3, seed=2))
    mean, variance = y.mean(0), y.var(0, unbiased=False)
    by_hand = norm.weight * (y - mean) / (variance + norm.eps).sqrt() + norm.bias
    assert torch.allclose(norm(y), by_hand)
    assert torch.allclose(norm(y + 100), by_hand)


@pytest.mark.equation("5.7")
def test_discriminator_loss_is_minus_the_log_likelihood_of_the_answers():
    real, fake = randn(50), randn(50, seed=1)
    d = torch.sigmoid
    by_hand = -d(real).log().mean() - (1 - d(fake)).log().mean()
    assert torch.isclose(gan.losses.cross_entropy_discriminator(real, fake), by_hand)


@pytest.mark.equation("5.8")
def test_generator_loss():
    fake = randn(50)
    by_hand = -torch.sigmoid(fake).log().mean()
    assert torch.isclose(gan.losses.non_saturating(fake), by_hand)
    # its gradient survives a winning D: dL/da -> -1 as a -> -inf
    lost = torch.tensor([-50.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(gan.losses.non_saturating(lost), lost)
    assert math.isclose(gradient.item(), -1, abs_tol=1e-6)


@pytest.mark.equation("5.9")
def test_softplus_forms():
    a = torch.linspace(-30, 30, 121, dtype=torch.float64)
    softplus, sigma = nn.functional.softplus, torch.sigmoid
    assert torch.allclose(-sigma(a).log(), softplus(-a), rtol=1e-4)
    assert torch.allclose(-sigma(-a).log(), softplus(a), rtol=1e-4)
    # 1 - sigma(a) = sigma(-a)
    assert torch.allclose(1 - sigma(a), sigma(-a))


@pytest.mark.equation("5.10")
def test_losses_when_d_cannot_tell():
    undecided = torch.zeros(8, dtype=torch.float64)
    d_loss = gan.losses.cross_entropy_discriminator(undecided, undecided)
    assert math.isclose(d_loss, 2 * math.log(2)) and round(2 * math.log(2), 3) == 1.386
    g_loss = gan.losses.non_saturating(undecided)
    assert math.isclose(g_loss, math.log(2)) and round(math.log(2), 3) == 0.693


@pytest.mark.equation("5.11")
def test_learning_rate_of_the_learner():
    h, f = 0.4, 0.1
    model = gan.GAN(
        gan.MLPGenerator(),
        gan.MLPDiscriminator(),
        lr=3e-4,
        decay_start=h,
        final_lr_factor=f,
    )
    for p in (0.0, 0.2, 0.4, 0.6, 0.9, 1.0):
        model.anneal(p)
        by_hand = 3e-4 * (1 - (1 - f) * max(0, p - h) / (1 - h))
        assert math.isclose(model.g.adam.param_groups[0]["lr"], by_hand)


@pytest.mark.equation("5.12")
def test_moving_average_of_the_package():
    from aigc_course.training import EMA

    net, half_life, batch = nn.Linear(3, 1), 1000, 64
    ema = EMA(net, half_life, ramp=math.inf)
    by_hand, d = net.weight.detach().clone(), 2 ** (-batch / half_life)
    for seed in range(20):
        with torch.no_grad():
            net.weight.copy_(randn(1, 3, seed=seed))
        by_hand = d * by_hand + (1 - d) * net.weight.detach()
        ema.update(net, batch)
    assert torch.allclose(ema.average[0], by_hand, atol=1e-6)
    # after h images an old weight counts half
    assert math.isclose(d ** (half_life / batch), 0.5)


@pytest.mark.equation("5.13")
def test_length_on_the_straight_line():
    n, d, t = 20_000, 64, 0.3
    a, b = randn(n, d), randn(n, d, seed=1)
    squared = ((1 - t) * a + t * b).square().sum(1)
    expected = d * ((1 - t) ** 2 + t**2)
    error = squared.std() / math.sqrt(n)
    assert abs(squared.mean() - expected) < 4 * error < 0.01 * expected


@pytest.mark.equation("5.14")
def test_spherical_interpolation_turns_at_a_constant_rate():
    a, b = randn(64), randn(64, seed=1)
    b = b * a.norm() / b.norm()
    omega = torch.acos(a @ b / a.norm() ** 2)
    t = torch.linspace(0, 1, 9, dtype=torch.float64)[:, None]
    z = (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)
    assert torch.allclose(z.norm(dim=1), a.norm().expand(9))
    turns = torch.acos((z[:-1] * z[1:]).sum(1) / a.norm() ** 2)
    assert torch.allclose(turns, (omega / 8).expand(8), atol=1e-6)
    assert torch.allclose(z[0], a) and torch.allclose(z[-1], b)
