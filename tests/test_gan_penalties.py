"""Gradient penalties against finite differences and critics of known slope."""

from functools import partial

import pytest
import torch
from torch import nn

from aigc_course import gan
from aigc_course.errors import CourseError
from aigc_course.gan import penalties


@pytest.fixture
def critic():
    torch.manual_seed(0)
    layers = nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)
    return nn.Sequential(*layers).double()


@pytest.fixture
def batches():
    seeded = torch.Generator().manual_seed(1)
    return torch.randn(2, 5, 3, generator=seeded, dtype=torch.float64).unbind()


class Linear(nn.Module):
    """D(x) = slope sum(x): the norm of its gradient is |slope| sqrt(values)."""

    def __init__(self, slope):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))

    def forward(self, x):
        return self.slope * x.flatten(1).sum(1, keepdim=True)


PENALTIES = (
    penalties.gradient_penalty,
    penalties.r1,
    penalties.r2,
    penalties.dragan,
)


def numeric_slopes(critic, x, step=1e-5):
    """Central differences of D in every value of x [N, d]."""
    slopes = torch.zeros_like(x)
    for j in range(x.shape[1]):
        nudge = torch.zeros(x.shape[1], dtype=x.dtype)
        nudge[j] = step
        slopes[:, j] = (critic(x + nudge) - critic(x - nudge))[:, 0] / (2 * step)
    return slopes


@torch.no_grad()
def test_slopes_against_finite_differences(critic, batches):
    wanted = numeric_slopes(critic, batches[0])
    with torch.enable_grad():
        slopes = penalties.input_gradients(critic, batches[0])
    assert torch.allclose(slopes, wanted, atol=1e-8)


def test_values_by_hand(critic, batches):
    real, fake = batches
    on_real = numeric_slopes(critic, real).square().sum(1).mean()
    on_fake = numeric_slopes(critic, fake).square().sum(1).mean()
    assert torch.isclose(penalties.r1(critic, real, fake, 4.0), 2 * on_real)
    assert torch.isclose(penalties.r2(critic, real, fake, 4.0), 2 * on_fake)


def test_between_real_and_fake(critic, batches):
    real, fake = batches
    torch.manual_seed(3)
    penalty = penalties.gradient_penalty(critic, real, fake, 7.0)
    torch.manual_seed(3)
    u = torch.rand(5, 1).double()
    norms = numeric_slopes(critic, u * real + (1 - u) * fake).norm(dim=1)
    assert torch.isclose(penalty, 7 * (norms - 1).square().mean())


@pytest.mark.parametrize("penalty", PENALTIES)
def test_gradients_in_the_weights_against_finite_differences(critic, batches, penalty):
    weight = critic[0].weight

    def value():
        torch.manual_seed(5)  # the same places between real and fake
        return penalty(critic, *batches)

    (gradient,) = torch.autograd.grad(value(), weight)
    for place in [(0, 0), (3, 1), (7, 2)]:
        ends = []
        for sign in (1, -1):
            with torch.no_grad():
                weight[place] += sign * 1e-5
            ends.append(value().item())
            with torch.no_grad():
                weight[place] -= sign * 1e-5
        numeric = (ends[0] - ends[1]) / 2e-5
        assert gradient[place].item() == pytest.approx(numeric, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("shape", [(4, 1), (4, 2), (4, 1, 2, 2)])
def test_a_critic_of_slope_one_pays_nothing(shape):
    values = torch.zeros(shape)[0].numel()
    real, fake = torch.randn(shape), torch.randn(shape)
    penalty = penalties.gradient_penalty(Linear(values**-0.5), real, fake)
    assert penalty.item() == pytest.approx(0, abs=1e-10)
    doubled = penalties.gradient_penalty(Linear(2 * values**-0.5), real, fake)
    assert doubled.item() == pytest.approx(10, rel=1e-5)
    assert penalties.r1(Linear(2 * values**-0.5), real, fake).item() == pytest.approx(2)


def test_a_flat_critic_pays_all_and_stays_finite():
    flat = Linear(0.0)
    penalty = penalties.gradient_penalty(flat, torch.randn(4, 2), torch.randn(4, 2))
    (gradient,) = torch.autograd.grad(penalty, flat.slope)
    assert penalty == 10 and gradient.isfinite()


def test_places_differ_from_pair_to_pair():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.sum(1, keepdim=True)

    penalties.gradient_penalty(critic, torch.ones(64, 2), torch.zeros(64, 2))
    u = seen[0]
    assert torch.equal(u[:, 0], u[:, 1])  # one place a pair, on the straight line
    assert u.min() > 0 and u.max() < 1 and u[:, 0].unique().numel() > 50


@pytest.mark.parametrize("penalty", PENALTIES)
def test_as_a_regulariser_of_the_learner(penalty):
    torch.manual_seed(0)
    plain, penalised = (
        gan.GAN(
            gan.MLPGenerator(),
            gan.MLPDiscriminator(),
            loss="wasserstein",
            regularisers=regularisers,
        )
        for regularisers in ((), (penalty,))
    )
    penalised.load_state_dict(plain.state_dict())
    real = torch.rand(8, 1, 28, 28) * 2 - 1
    losses = []
    for model in (plain, penalised):
        torch.manual_seed(1)
        losses.append(model.step(real)["D"].item())
        assert all(w.isfinite().all() for w in model.discriminator.parameters())
    assert losses[1] > losses[0]


def test_weights_scale():
    torch.manual_seed(0)
    real, fake = torch.randn(2, 6, 3).unbind()
    net = Linear(3.0)
    small, large = (partial(penalties.r1, gamma=g)(net, real, fake) for g in (1, 8))
    assert torch.isclose(large, 8 * small)


def test_dragan_looks_around_real_samples_alone(critic, batches):
    real, fake = batches
    torch.manual_seed(3)
    penalty = penalties.dragan(critic, real, fake, 7.0, spread=0.2)
    torch.manual_seed(3)
    nearby = real + 0.2 * real.std() * torch.randn_like(real)
    norms = numeric_slopes(critic, nearby).norm(dim=1)
    assert torch.isclose(penalty, 7 * (norms - 1).square().mean())


class Cut(nn.Module):
    """A D whose output does not depend differentiably on its input."""

    def __init__(self, cut):
        super().__init__()
        self.cut, self.layer = cut, nn.Linear(3, 1).double()

    def forward(self, x):
        return self.cut(self.layer, x)


CUTS = {
    "detached": lambda layer, x: layer(x.detach()),
    "no_grad": lambda layer, x: torch.no_grad()(layer)(x),
    "counted": lambda layer, x: layer((x > 0).double()),
}


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("cut", CUTS)
def test_a_d_without_a_path_for_gradients_is_refused(batches, penalty, cut):
    with pytest.raises(CourseError, match="along a path that gradients can take"):
        penalty(Cut(CUTS[cut]), *batches)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_no_penalty_without_gradients(critic, batches, penalty):
    with torch.no_grad(), pytest.raises(CourseError, match="outside torch.no_grad"):
        penalty(critic, *batches)


def test_batch_norm_in_training_is_refused_and_fixed_statistics_are_not(batches):
    norm = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double()
    with pytest.raises(CourseError, match="no sample's own"):
        penalties.r1(norm, *batches)
    assert penalties.r1(norm.eval(), *batches).isfinite()


def test_penalties_are_known_with_weights_set():
    assert penalties.is_gradient_penalty(partial(partial(penalties.r2, gamma=3)))
    assert not penalties.is_gradient_penalty(lambda *_: 0)
