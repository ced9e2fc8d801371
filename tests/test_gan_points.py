"""Networks of points: shapes, sizes, and a GAN that trains, saves and resumes."""

import pytest
import torch
from torch import nn

from aigc_course import data, gan, metrics, training


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_shapes(dim):
    G, D = gan.PointGenerator(latent=5, dim=dim), gan.PointDiscriminator(dim)
    points = G(G.latents(7))
    assert points.shape == (7, dim)
    assert D(points).shape == (7, 1)


def test_width_and_depth():
    def widths(network):
        return [m.out_features for m in network.modules() if isinstance(m, nn.Linear)]

    assert widths(gan.PointGenerator(width=16, depth=3)) == [16, 16, 16, 2]
    assert widths(gan.PointDiscriminator(width=16, depth=1)) == [16, 1]
    assert widths(gan.PointGenerator(depth=0)) == [2]


def test_points_are_not_bounded():
    generator = gan.PointGenerator()
    points = generator(100 * generator.latents(100))
    assert points.abs().max() > 1  # no tanh at the end


@pytest.mark.parametrize("network", [gan.PointGenerator(), gan.PointDiscriminator()])
def test_the_networks_bend(network):
    a, b = torch.randn(2, 50, 2, generator=torch.Generator().manual_seed(0))
    # an affine map has f(a + b) + f(0) = f(a) + f(b)
    gap = network(a + b) + network(0 * a) - network(a) - network(b)
    assert gap.abs().max() > 1e-3


def trained(steps, batches, model):
    budget = training.Budget(steps=steps)
    return training.fit(model, batches, budget, progress=False)


def fresh(width=32):
    training.seed_everything(1)
    nets = gan.PointGenerator(width=width), gan.PointDiscriminator(width=width)
    return gan.GAN(*nets, lr=1e-3, betas=(0.5, 0.99), ema=10_000)


def test_gan_and_fit_take_them_unchanged():
    model = fresh()
    history = trained(20, data.ToyBatches("moons", 64), model)
    assert history.status == "finished"
    assert model.sample(9).shape == (9, 2)
    assert set(history.rows[-1]) >= {"D", "G", "D(x)", "D(G(z))"}


def test_a_resumed_run_ends_with_the_same_bits(tmp_path):
    def run(steps, resume=False):
        model, batches = fresh(), data.ToyBatches("ring", 64, seed=3)
        options = {"checkpoint": tmp_path / "a.pt", "resume": resume}
        budget = training.Budget(steps=steps)
        training.fit(model, batches, budget, progress=False, **options)
        return model.sample(5, torch.Generator().manual_seed(0))

    straight = run(20)
    run(10)
    assert torch.equal(run(20, resume=True), straight)


def test_training_moves_points_towards_the_data():
    model = fresh(width=64)
    centres = torch.tensor([[3.0, 0.0]])
    real = centres + 0.1 * torch.randn(500, 2)
    seeded = torch.Generator().manual_seed(0)
    before = metrics.modes(model.sample(500, seeded), centres, 0.5).high_quality
    trained(300, data.ToyBatches(real, 64), model)
    after = metrics.modes(model.sample(500, seeded), centres, 0.5).high_quality
    assert before < 0.05 and after > 0.5


def test_a_scale_multiplies_points_and_divides_what_d_sees():
    torch.manual_seed(0)
    plain_g, plain_d = gan.PointGenerator(), gan.PointDiscriminator()
    torch.manual_seed(0)
    wide_g, wide_d = gan.PointGenerator(scale=3), gan.PointDiscriminator(scale=3)
    z = torch.randn(5, 2)
    torch.testing.assert_close(wide_g(z), 3 * plain_g(z))
    torch.testing.assert_close(wide_d(3 * z), plain_d(z))


def test_tanh_units_fill_up():
    generator = gan.PointGenerator(tanh=True)
    far = generator(torch.tensor([[1e4, 1e4], [2e4, 2e4]]))
    torch.testing.assert_close(far[0], far[1])
