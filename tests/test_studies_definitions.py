"""The course's own studies: every method runs, and is what it says it is."""

import math

import pytest
import torch
from torch import nn

from aigc_course import data, gan, studies, training
from aigc_course.gan.stabilisers import STABILISERS
from aigc_course.studies.config import describe
from aigc_course.studies.definitions import batch_norm, saturating, stacked_mnist
from aigc_course.studies.shared import digits, toys
from aigc_course.studies.shared.networks import SmallDiscriminator, SmallGenerator

RING = studies.get("ring-8")
ONE_STEP = studies.Cell(seed=0, scale=1e-6, data="digits")


@pytest.mark.parametrize("name", studies.names())
def test_every_study_can_be_made(name):
    study = studies.get(name)
    assert study.name == name and study.question.endswith("?") and study.rule
    assert len(study.methods) > 1 and study.seeds >= 2 and study.seconds > 0
    for key, method in study.methods.items():
        assert " " not in key and "/" not in key  # a word of a placeholder, a file
        assert method.config == describe(method.config) != {}  # plain JSON


def test_the_ring_tries_every_stabiliser_that_suits_points():
    suited = [name for name, s in STABILISERS.items() if not s.images_only]
    head = ["plain", *suited, "recommended", "plain-tanh"]
    assert list(RING.methods)[: len(head)] == head


def test_remedies_differ_from_the_plain_recipe_in_themselves_alone():
    configs = {name: method.config for name, method in RING.methods.items()}
    for name in ["plain", *STABILISERS]:
        if name not in configs:
            continue
        config = configs[name]
        same = ("generator", "batch_size", "samples", "toy")
        assert all(config[key] == configs["plain"][key] for key in same), name
        assert name == "plain" or config != configs["plain"], name


def test_g_learns_equally_often_in_every_remedy():
    for name in ["plain", *STABILISERS]:
        if name in RING.methods:
            config = RING.methods[name].config
            assert config["steps"] / config["settings"].get("d_steps", 1) == 3_000, name


def test_the_ablation_leaves_out_one_part_each():
    whole = RING.methods["recommended"].config
    for name, method in RING.methods.items():
        if not name.startswith("recommended-no-"):
            continue
        config = method.config
        changed = [key for key in whole if config[key] != whole[key]]
        assert changed == (["generator"] if name.endswith("tanh") else ["settings"])
        if changed == ["settings"]:
            settings = zip(
                whole["settings"].items(), config["settings"].items(), strict=True
            )
            assert sum(a != b for a, b in settings) == 1, name
    plain, longer = (RING.methods[m].config for m in ("plain", "plain-8000"))
    assert [key for key in plain if plain[key] != longer[key]] == ["steps"]


def test_the_networks_alone_are_trained_as_the_plain_ones_are():
    plain, alone, best = (
        RING.methods[name].config for name in ("plain", "plain-tanh", "recommended")
    )
    for key in ("settings", "batch_size", "steps"):
        assert alone[key] == plain[key] != best[key] or key == "batch_size"
    assert alone["generator"] == best["generator"] != plain["generator"]


@pytest.mark.parametrize("name", RING.methods)
def test_a_step_of_every_method_of_the_ring(name):
    training.seed_everything(0)
    made = RING.methods[name].run(ONE_STEP)
    assert made["steps"] == 1 and made["training"] == "finished"
    outcome = RING.judge(RING.methods[name].config, made["samples"])
    assert {column.name for column in RING.columns} <= outcome.keys()


def test_one_seed_gives_one_outcome():
    cell = studies.Cell(seed=3, scale=0.002)
    found = []
    for _ in range(2):
        training.seed_everything(cell.seed)
        found.append(RING.methods["plain"].run(cell)["samples"])
    assert torch.equal(*found)


def test_a_training_that_diverges_has_failed():
    recipe = gan.Recipe(
        gan.PointGenerator,
        gan.PointDiscriminator,
        64,
        {"lr": 1e30, "loss": "wasserstein"},
    )
    made = toys.train_toy(recipe, "ring", 20, studies.Cell(0))
    outcome = toys.judge({"toy": "ring"}, made["samples"])
    assert made["training"] == "diverged" and outcome["modes"] == 0
    assert outcome["kl"] is None and RING.failed(outcome)


def test_losing_a_mode_is_failing():
    assert RING.failed({"modes": 7}) and not RING.failed({"modes": 8})
    grid = studies.get("grid-25")
    assert grid.failed({"modes": 24}) and not grid.failed({"modes": 25})


# what a lost mode is


def ring_with(shares, std=0.01, n=2_500):
    """n points of the ring whose modes get these shares, each at its centre."""
    seeded = torch.Generator().manual_seed(0)
    counts = (torch.tensor(shares) * n).round().long()
    centres = data.toy_modes("ring").repeat_interleave(counts, dim=0)
    return centres + std * torch.randn(centres.shape, generator=seeded)


def test_a_mode_beside_its_centre_is_imprecise_and_not_lost():
    points = ring_with([1 / 8] * 8)
    # five standard deviations away from the centre
    points[:312] = data.toy_modes("ring")[0] + torch.tensor([0.0, 0.05])
    found = toys.count("ring", None, points)
    assert found["modes"] == 8 and found["covered"] == 7
    assert found["high_quality"] < 0.9 and not RING.failed(found)


def test_a_mode_without_samples_is_lost():
    found = toys.count("ring", None, ring_with([1 / 7] * 7 + [0.0]))
    assert found["modes"] == 7 and RING.failed(found)
    assert found["kl"] == pytest.approx(math.log(8 / 7), abs=1e-3)


@pytest.mark.parametrize("part, lost", [(0.2, True), (0.3, False)])
def test_a_mode_is_lost_below_a_quarter_of_its_share(part, lost):
    few = part / 8
    found = toys.count("ring", None, ring_with([few] + [(1 - few) / 7] * 7))
    assert RING.failed(found) == lost and found["modes"] == 8 - lost


def test_the_quarter_is_of_each_modes_own_share():
    points, weights = toys.unbalanced(2_500, seed=2)
    assert toys.count("ring", weights, points)["modes"] == 8
    assert float(weights[-1]) < 0.25 / 8  # by even shares it would be lost


@pytest.mark.parametrize("name", ["ring-8", "grid-25"])
def test_a_seed_that_lost_a_mode_has_the_divergence_of_one(name):
    record = studies.find(name)
    modes = 8 if name == "ring-8" else 25
    for method in record.methods:
        for outcome in record.outcomes(method):
            if outcome["kl"] is None:
                continue
            # least KL of a lost mode: a quarter of its share, all others even
            rest = (modes - 0.25) / (modes - 1)
            least = (math.log(0.25) / 4 + (modes - 0.25) * math.log(rest)) / modes
            if outcome["failed"]:
                assert outcome["kl"] > 0.99 * least, (method, outcome["seed"])


def test_samples_are_kept_and_judged_by_the_rule_of_today(tmp_path):
    from aigc_course.studies.samples import keep_samples, kept_samples

    points = ring_with([1 / 8] * 8)
    keep_samples(tmp_path / "a.npz", points)
    again = kept_samples(tmp_path / "a.npz")
    assert (again - points).abs().max() <= 1.1e-4  # half a step
    assert toys.count("ring", None, again)["modes"] == 8
    keep_samples(tmp_path / "b.npz", torch.full((5, 2), math.nan))
    assert kept_samples(tmp_path / "b.npz").isnan().all()
    assert kept_samples(tmp_path / "c.npz") is None


# the unbalanced ring


def test_each_mode_is_half_as_frequent_as_the_one_before():
    points, weights = toys.unbalanced(100_000)
    assert torch.allclose(weights[1:] / weights[:-1], torch.tensor(0.5))
    assert math.isclose(float(weights.sum()), 1, rel_tol=1e-6)
    nearest = torch.cdist(points, data.toy_modes("ring")).argmin(1)
    shares = torch.bincount(nearest, minlength=8) / len(points)
    # a share of n draws has standard error sqrt(w (1 - w) / n)
    error = (weights * (1 - weights) / len(points)).sqrt()
    assert ((shares - weights).abs() < 5 * error).all()


def test_points_with_the_right_weights_have_no_divergence_from_them():
    points, weights = toys.unbalanced(2_500, seed=1)
    found = toys.count("ring", weights, points)
    assert found["modes"] == 8 and found["high_quality"] > 0.97
    assert found["kl"] < 0.01  # about 7 / (2 * 2500)
    even = toys.count("ring", weights, data.toy("ring", 2_500))
    # KL(even || w) = mean of log(1 / (8 w))
    exact = float((1 / 8 * (1 / (8 * weights)).log()).sum())
    assert even["kl"] == pytest.approx(exact, abs=0.15)


# digits


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(digits, "SAMPLES", 200)


@pytest.mark.parametrize("name", studies.get("batch-norm").methods)
def test_a_step_of_every_use_of_batch_norm(name, few):
    outcome = studies.get("batch-norm").methods[name].run(ONE_STEP)
    assert outcome["fid"] > 50 and 0 <= outcome["classes"] <= 10


def test_the_map_has_every_pair_of_rates():
    places = [m.place for m in studies.get("lr-map").methods.values()]
    pairs = {tuple(place.values()) for place in places}
    assert len(pairs) == 25 == len(places)
    method = studies.get("lr-map").methods["g0.001-d0.005"]
    assert method.config["settings"]["lr"] == [0.001, 0.005]
    assert method.place == {"learning rate of G": 0.001, "learning rate of D": 0.005}


def test_real_digits_do_not_fail_and_noise_does():
    class Fixed(SmallGenerator):
        def forward(self, z):
            return self.images[: len(z)]

    real, noise = Fixed(), Fixed()
    real.images = data.to_float(data.load("digits").images[:500])
    noise.images = torch.rand(500, 1, 28, 28) * 2 - 1
    cell = studies.Cell(0, data="digits")
    good, bad = digits.measure(real, cell), digits.measure(noise, cell)
    assert good["classes"] == 10 and good["fid"] < 20 and not digits.lost(good)
    assert digits.lost(bad) and bad["fid"] > 100


@pytest.mark.parametrize(
    ("fid", "classes", "lost"),
    [
        (10.0, 10, False),
        (None, 10, True),
        (51.0, 10, True),
        (10.0, 5, True),
        (10.0, 6, False),
    ],
)
def test_when_a_seed_of_digits_has_failed(fid, classes, lost):
    assert digits.lost({"fid": fid, "classes": classes}) is lost


def small(learner, **settings):
    torch.manual_seed(0)
    return learner(SmallGenerator(), SmallDiscriminator(), **settings)


def images(n=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 1, 28, 28, generator=generator) * 2 - 1


def weights(network):
    return [p.detach().clone() for p in network.parameters()]


def same(one, two):
    return all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_a_d_that_is_ahead_learns_alone_and_then_g_too():
    model = small(saturating.Ahead, ahead=2)
    g, d = weights(model.generator), weights(model.discriminator)
    model.step(images())
    model.step(images(seed=1))
    assert same(g, weights(model.generator)) and math.isnan(model.first_slope)
    assert not same(d, weights(model.discriminator))
    model.step(images(seed=2))
    assert not same(g, weights(model.generator))
    slopes = [p.grad for p in model.generator.parameters()]
    assert model.first_slope == pytest.approx(
        float(torch.cat([s.flatten() for s in slopes]).norm())
    )


def test_in_a_joint_pass_the_fakes_change_what_d_says_of_real_images():
    real = images()
    for learner, mixed in ((gan.GAN, False), (batch_norm.JointPass, True)):
        model = small(learner)
        one = model.judge(real, images(seed=1))[0]
        two = model.judge(real, images(seed=2))[0]
        assert torch.equal(one, two) is not mixed


def test_joint_throughout_teaches_g_in_the_same_company():
    real, fake = images(), images(seed=1)
    model = small(batch_norm.JointThroughout)
    asked = model.game.generator(model.judge(real, fake)[1], None)
    assert torch.equal(model.generator_loss(fake, real, asked), asked)
    alone = small(batch_norm.JointPass).generator_loss(fake, real, asked)
    assert not torch.allclose(alone, asked)


def test_judged_in_evaluation_leaves_d_in_training():
    model = small(batch_norm.JudgedInEvaluation)
    model.discriminator(images())
    before = [b.clone() for b in model.discriminator.buffers()]
    model.generator_loss(images(seed=1), images(), torch.zeros(16, 1))
    assert same(before, list(model.discriminator.buffers()))  # no statistics taken
    assert model.discriminator.training


def test_stale_statistics_are_those_of_the_last_weights():
    model = small(batch_norm.StaleStatistics, ema=1000)
    model.step(images())
    stale = model.trained_generator()
    assert same(model.generator.buffers(), stale.buffers()) and not stale.training
    fresh = gan.GAN.trained_generator(model)
    assert not same(fresh.buffers(), stale.buffers())
    assert same(weights(fresh), weights(stale))


@pytest.mark.parametrize("norm", [True, False])
def test_small_networks_fit_together_with_and_without_batch_norm(norm):
    networks = SmallGenerator(norm=norm), SmallDiscriminator(norm=norm)
    drawn = networks[0](networks[0].latents(4))
    assert drawn.shape == (4, 1, 28, 28) and networks[1](drawn).shape == (4, 1)
    norms = [
        m for n in networks for m in n.modules() if "BatchNorm" in type(m).__name__
    ]
    assert bool(norms) is norm
    # every layer can shift its output: by its own bias or by batch norm's
    layers = [m for n in networks for m in n.modules() if isinstance(m, nn.Linear)]
    assert any(layer.bias is not None for layer in layers)


def test_one_step_of_stacked_digits(monkeypatch):
    monkeypatch.setattr(stacked_mnist, "SAMPLES", 100)
    outcome = studies.get("stacked-mnist").methods["plain"].run(ONE_STEP)
    assert 1 <= outcome["modes"] <= 100 and outcome["kl"] > 1
    assert studies.get("stacked-mnist").failed({"modes": 989})
