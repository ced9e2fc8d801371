"""Completion by models of whole pictures, and how far completions lie apart."""

import pytest
import torch
from torch import nn

from aigc_course import apps, data, gan, training, vae
from aigc_course.errors import CourseError

MASK = apps.centre_hole(14)


class Slopes(gan.Generator):
    """G(z) = tanh of z spread over two halves: left follows z_0, right z_1."""

    def __init__(self):
        super().__init__(2, [nn.Identity()])
        self.strength = nn.Parameter(torch.ones(()))

    def forward(self, z):
        left, right = (z[:, i, None].expand(-1, 14) for i in (0, 1))
        row = torch.tanh(self.strength * torch.cat([left, right], dim=1))
        return row[:, None, None, :].expand(-1, 1, 28, 28)


def digits(n=4):
    return data.to_float(data.load("digits", "test").images[:n])


def test_inversion_finds_the_latents_of_its_own_pictures():
    generator, z = Slopes(), torch.tensor([[0.5, -0.3], [-1.0, 0.8]])
    x = generator(z).detach().contiguous()
    hidden = torch.where(MASK, 0.0, x)
    seed = torch.Generator().manual_seed(0)
    found = apps.invert(
        generator, hidden, MASK, prior=0.0, steps=200, starts=2, seed=seed
    )
    torch.testing.assert_close(found, x, atol=0.02, rtol=0)
    assert torch.equal(found[..., ~MASK], x[..., ~MASK])


def test_the_best_start_is_taken_and_the_prior_pulls_to_the_middle():
    generator, x = Slopes(), torch.full((1, 1, 28, 28), 0.9)
    weak, strong = (
        apps.invert(
            generator, x, MASK, prior=p, starts=1, seed=torch.Generator().manual_seed(3)
        )
        for p in (0.0, 10.0)
    )
    assert weak[..., MASK].mean() > 0.8
    assert strong[..., MASK].mean().abs() < 0.5
    seeded = [torch.Generator().manual_seed(0) for _ in range(2)]
    one, many = (
        apps.invert(generator, x, MASK, steps=1, starts=n, lr=1e-9, seed=s)
        for n, s in zip((1, 50), seeded, strict=True)
    )
    assert (many - 0.9)[..., MASK].abs().mean() < (one - 0.9)[..., MASK].abs().mean()


def test_inversion_leaves_the_network_as_it_was():
    generator = Slopes().train()
    generator.strength.requires_grad_(True)
    apps.invert(generator, digits(2), MASK, steps=2, starts=1)
    assert generator.training and generator.strength.requires_grad
    assert generator.strength.grad is None
    with pytest.raises(CourseError, match="starts is a whole number from 1"):
        apps.invert(generator, digits(2), MASK, starts=0)
    with pytest.raises(CourseError, match="mask is empty"):
        apps.invert(generator, digits(2), ~(MASK | True))


@pytest.fixture(scope="module")
def model():
    training.seed_everything(0)
    learner = vae.VAE(vae.mlp((64,), 8), lr=3e-3)
    batches = data.batches(data.load("digits"), 64)
    training.fit(learner, batches, training.Budget(steps=150), progress=False)
    return learner


def test_the_posterior_completes_better_than_nothing(model):
    x = digits(100)
    spoiled = torch.where(MASK, 1.0, x)
    chance = torch.Generator().manual_seed(0)
    done = apps.posterior_completions(model, spoiled, MASK, rounds=8, seed=chance)
    assert torch.equal(done[..., ~MASK], x[..., ~MASK])
    error = (done - x)[..., MASK].square().mean()
    assert error < 0.8 * (x.roll(1, 0) - x)[..., MASK].square().mean()  # a stranger's
    again = apps.posterior_completions(
        model, x, MASK, rounds=8, seed=torch.Generator().manual_seed(0)
    )
    assert torch.equal(done, again)  # what was under the mask is not looked at
    other = apps.posterior_completions(
        model, x, MASK, rounds=8, seed=torch.Generator().manual_seed(1)
    )
    assert not torch.equal(done, other)
    with pytest.raises(CourseError, match="rounds is a whole number from 1"):
        apps.posterior_completions(model, x, MASK, rounds=0)


def test_diversity_is_between_completions():
    x = digits(20)
    same = apps.diversity([x, x, x], MASK)
    assert same.spread == 0 and same.disagreement == 0
    moved = torch.where(MASK, -x, x)
    differ = apps.diversity([x, moved], MASK)
    wanted = torch.stack([x, moved]).std(0)[..., MASK].mean()
    assert differ.spread == pytest.approx(float(wanted), rel=1e-4)
    a, b = digits(40)[:20], digits(40)[20:]  # other digits
    from aigc_course import metrics

    share = (metrics.classify(a) != metrics.classify(b)).double().mean()
    assert apps.diversity([a, b], MASK).disagreement == pytest.approx(float(share))
    three = apps.diversity([a, a, b], MASK).disagreement
    assert three == pytest.approx(2 / 3 * float(share))
    with pytest.raises(CourseError, match="at least two"):
        apps.diversity([x], MASK)


def test_the_trade_off_has_both_restorations_at_its_ends():
    x, far, others = digits(60), digits(120)[60:], digits(240)[120:]
    near = 0.9 * x
    curve = apps.trade_off(near, far, x, others, [0.0, 0.5, 1.0])
    assert [point.share for point in curve] == [0.0, 0.5, 1.0]
    assert curve[0].psnr == pytest.approx(
        apps.trade_off(near, near, x, others, [1])[0].psnr
    )
    assert curve[2].fid == pytest.approx(
        apps.trade_off(far, far, x, others, [1])[0].fid
    )
    assert curve[0].psnr > curve[1].psnr > curve[2].psnr
    with pytest.raises(CourseError, match="share from 0 to 1"):
        apps.trade_off(near, far, x, others, [2.0])
    with pytest.raises(CourseError, match="shape of the originals"):
        apps.trade_off(near, far[:3], x, others)
