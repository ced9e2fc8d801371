"""Conditional GANs: what reaches the networks, who learns what, and what is refused."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from aigc_course import gan, studies, training
from aigc_course.errors import CourseError
from aigc_course.gan import penalties
from aigc_course.gan.conditional import conditions
from aigc_course.gan.conditional_learner import variety_loss
from aigc_course.studies.definitions import conditional as study

KINDS = ("concatenation", "projection", "auxiliary")


def tiny(kind="projection", attributes=0, **settings):
    training.seed_everything(0)
    G = gan.ConditionalGenerator(attributes=attributes, width=2, latent=6)
    D = gan.DISCRIMINATORS[kind](attributes=attributes, width=2)
    return gan.ConditionalGAN(G, D, **settings)


@pytest.fixture
def batch():
    seeded = torch.Generator().manual_seed(3)
    images = torch.rand(8, 1, 28, 28, generator=seeded) * 2 - 1
    return images, torch.arange(8)


def weights(network):
    return nn.utils.parameters_to_vector(network.parameters()).detach().clone()


def test_labels_become_rows_and_rows_stay():
    rows = conditions(torch.tensor([2, 0]), 2, 3)
    assert rows.tolist() == [[0, 0, 1], [1, 0, 0]]
    mixed = torch.tensor([[0.5, 0.5, 0, 1.2]])
    assert conditions(mixed, 1, 3, attributes=1) is mixed


@pytest.mark.parametrize(
    ("y", "attributes", "words"),
    [
        (torch.tensor([0, 10]), 0, "from 0 to 9; got 0 to 10"),
        (torch.tensor([-1, 3]), 0, "from 0 to 9"),
        (torch.tensor([1, 2, 3]), 0, r"one for each image, \[2\]"),
        (torch.tensor([True, False]), 0, "whole numbers"),
        (torch.tensor([1, 2]), 2, "wants 2 attributes beside each label"),
        (torch.zeros(2, 9), 0, r"\[2, 10\]"),
        (torch.full((2, 12), math.nan), 2, "finite rows"),
    ],
)
def test_conditions_that_do_not_fit_are_refused_with_a_sentence(y, attributes, words):
    with pytest.raises(CourseError, match=words) as caught:
        conditions(y, 2, 10, attributes)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_shapes(kind, batch):
    model = tiny(kind)
    images, y = batch
    assert model.discriminator(images, y).shape == (8, 1)
    guess = model.discriminator.judge(images, y)[1]
    assert (guess is not None) == (kind == "auxiliary")
    assert guess is None or guess.shape == (8, 10)
    z = torch.randn(8, 6)
    assert model.generator(z, y).shape == (8, 1, 28, 28)


def test_the_condition_is_the_last_part_of_the_input():
    G = tiny().generator.eval()
    y = torch.tensor([7, 1, 7])
    wide = G.latents(3, torch.Generator().manual_seed(0), y)
    assert wide.shape == (3, 16) and wide[:, 6:].argmax(1).tolist() == [7, 1, 7]
    assert torch.equal(G(wide), G(wide[:, :6], y))
    assert not torch.allclose(G(wide[:, :6], y), G(wide[:, :6], (y + 1) % 10))


def test_without_labels_the_classes_come_in_turn():
    G = tiny().generator
    assert G.latents(12)[:, 6:].argmax(1).tolist() == [*range(10), 0, 1]
    assert G.latents(500)[:, :6].std() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("kind", ["concatenation", "projection"])
def test_d_looks_at_the_condition(kind, batch):
    D = tiny(kind).discriminator.eval()
    images, y = batch
    assert not torch.allclose(D(images, y), D(images, (y + 1) % 10))


def test_the_auxiliary_d_is_not_told_the_condition(batch):
    D = tiny("auxiliary").discriminator.eval()
    images, y = batch
    assert torch.equal(D(images, y), D(images, (y + 1) % 10))


def test_projection_adds_an_inner_product_with_the_features(batch):
    D = tiny().discriminator.eval()
    images, y = batch
    h = D.hidden(D.net(images))
    wanted = D.score(h)[:, 0] + (D.embed.weight.T[y] * h).sum(1)
    assert torch.allclose(D(images, y)[:, 0], wanted, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_both_networks_learn(kind, batch):
    model = tiny(kind)
    before = weights(model.generator), weights(model.discriminator)
    seen = model.step(batch)
    assert not torch.equal(before[0], weights(model.generator))
    assert not torch.equal(before[1], weights(model.discriminator))
    assert ("class" in seen) == (kind == "auxiliary")
    assert all(value.isfinite() and value.dim() == 0 for value in seen.values())


@pytest.mark.parametrize("kind", KINDS)
def test_the_step_is_the_algorithm_written_out(kind, batch):
    model, oracle = tiny(kind, lr=1e-3), tiny(kind, lr=1e-3)
    torch.manual_seed(7)
    model.step(batch)
    torch.manual_seed(7)
    G, D = oracle.generator, oracle.discriminator
    (real, y), bce = batch, nn.functional.binary_cross_entropy_with_logits
    fake, ones = G(torch.randn(8, 6), y), torch.ones(8, 1)

    def named(guess):
        return 0 if guess is None else nn.functional.cross_entropy(guess, y)

    def d_loss():
        (a, c), (b, d) = D.judge(real, y), D.judge(fake.detach(), y)
        return bce(a, ones) + bce(b, 0 * ones) + named(c) + named(d)

    def g_loss():
        logits, guess = D.judge(fake, y)
        return bce(logits, ones) + named(guess)

    for network, loss in ((D, d_loss), (G, g_loss)):
        optimizer = torch.optim.Adam(network.parameters(), 1e-3, (0.5, 0.999))
        network.zero_grad()
        loss().backward(inputs=list(network.parameters()))
        optimizer.step()
    # Adam's first step is the sign of the gradient: where that is 0 but for rounding,
    # single weights may differ
    for mine, theirs in ((model.generator, G), (model.discriminator, D)):
        assert (weights(mine) - weights(theirs)).abs().mean() < 1e-5


def test_attributes_are_guessed_by_their_squared_error():
    model = tiny("auxiliary", attributes=2)
    y = torch.cat([torch.eye(10)[:4], torch.randn(4, 2)], dim=1)
    guess = torch.cat([100 * torch.eye(10)[:4], y[:, 10:] + 0.5], dim=1)
    assert float(model.class_loss(guess, y)) == pytest.approx(0.25, abs=1e-5)


def one_step(kind, batch, **settings):
    """What a first step reports, as numbers, and its model and fakes; nothing moves."""
    model = tiny(kind, lr=0.0, **settings)
    torch.manual_seed(7)
    seen = {name: value.item() for name, value in model.step(batch).items()}
    torch.manual_seed(7)
    with torch.no_grad():
        fake = model.generator(torch.randn(8, 6), batch[1])
    return seen, model, fake


def class_loss(model, images, y):
    with torch.no_grad():
        return float(
            nn.functional.cross_entropy(model.discriminator.judge(images, y)[1], y)
        )


def test_the_class_loss_weighs_in_each_player_as_set(batch):
    plain, model, fake = one_step("auxiliary", batch, auxiliary=(0.0, 0.0))
    of_d, *_ = one_step("auxiliary", batch, auxiliary=(2.0, 0.0))
    of_g, *_ = one_step("auxiliary", batch, auxiliary=(0.0, 2.0))
    named = [class_loss(model, x, batch[1]) for x in (batch[0], fake)]
    assert of_d["D"] - plain["D"] == pytest.approx(2 * sum(named), rel=1e-3)
    assert of_d["G"] == pytest.approx(plain["G"], rel=1e-4)
    assert of_g["G"] - plain["G"] == pytest.approx(2 * named[1], rel=1e-3)
    assert of_g["D"] == pytest.approx(plain["D"], rel=1e-4)


def test_the_classifier_may_learn_from_real_images_alone(batch):
    both, model, fake = one_step("auxiliary", batch)
    real, *_ = one_step("auxiliary", batch, taught_by_fakes=False)
    of_fakes = class_loss(model, fake, batch[1])
    assert both["D"] - real["D"] == pytest.approx(of_fakes, rel=1e-3)


def test_variety_is_measured_within_a_label_and_wanted_up_to_the_data():
    y = torch.tensor([1, 0, 1, 0])
    real = torch.tensor([0.0, 5.0, 1.0, 7.0])[:, None]  # 2 apart in class 0, 1 in 1
    fake = torch.tensor([9.0, 1.0, 9.0, 2.0])[:, None]  # 1 apart in class 0, 0 in 1
    assert float(variety_loss(fake, real, y)) == pytest.approx(1 - 1 / 3)
    assert float(variety_loss(real, fake, y)) == 0
    assert float(variety_loss(fake, real, torch.arange(4))) == 0  # no pair
    # one image for each class: G is told to move them apart, whichever way they differ
    alike = (
        torch.zeros(4, 1) + torch.tensor([[0.01], [0], [-0.01], [0]])
    ).requires_grad_()
    variety_loss(alike, real, y).backward()
    assert alike.grad[0] < 0 < alike.grad[2]


def test_the_weight_of_variety_enters_the_loss_of_g_alone(batch):
    batch = batch[0], batch[1] % 3
    plain, *_ = one_step("projection", batch)
    varied, _, fake = one_step("projection", batch, variety=2.0)
    alike = float(variety_loss(fake, *batch))
    assert alike > 0.1 and varied["D"] == plain["D"]
    assert varied["G"] - plain["G"] == pytest.approx(2 * alike, rel=1e-3)


def test_samples_are_what_the_network_draws_for_these_labels():
    model = tiny(ema=100)
    model.step((torch.zeros(8, 1, 28, 28), torch.arange(8)))
    y = torch.tensor([3, 3, 8])
    x = model.sample(3, torch.Generator().manual_seed(1), y)
    assert x.shape == (3, 1, 28, 28) and x.dtype == torch.float32
    z = torch.randn(3, 6, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.allclose(x, model.trained_generator()(z, y), atol=1e-6)
    assert torch.equal(x, gan.sample(model.trained(), 3, _seeded(1), y))
    assert model.sample(4).shape == (4, 1, 28, 28)


def _seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_an_unconditional_generator_refuses_labels():
    with pytest.raises(CourseError, match="is not conditional"):
        gan.sample(gan.MLPGenerator(), 2, labels=torch.tensor([1, 2]))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda m: m.sample(0), "at least 1"),
        (lambda m: m.sample(2, labels=torch.tensor([1])), "one for each image"),
        (lambda m: m.sample(1, labels=torch.tensor([12])), "from 0 to 9"),
        (lambda m: m.step(torch.zeros(4, 1, 28, 28)), "pairs"),
        (lambda m: m.discriminator(torch.zeros(4, 1, 28, 28)), "with labels"),
    ],
)
def test_what_cannot_be_drawn_or_learnt_is_refused(ask, words):
    model = tiny()
    before = weights(model.generator)
    with pytest.raises(CourseError, match=words) as caught:
        ask(model)
    assert str(caught.value).endswith(".")
    assert torch.equal(before, weights(model.generator))


def smooth(kind="projection", **settings):
    """One whose D has no batch norm, as penalties want it."""
    training.seed_everything(0)
    G = gan.ConditionalGenerator(width=2)
    return gan.ConditionalGAN(
        G, gan.DISCRIMINATORS[kind](width=2, norm=False), **settings
    )


def pairs(n=12, seed=3):
    chance = torch.Generator().manual_seed(seed)
    images = 2 * torch.rand(n, 1, 28, 28, generator=chance) - 1
    return images, torch.randint(10, (n,), generator=chance)


def stepped(model, steps=1):
    training.seed_everything(4)
    for _ in range(steps):
        values = model.step(pairs())
    return values


@pytest.mark.parametrize("kind", gan.DISCRIMINATORS)
def test_a_penalty_is_on_the_slope_in_the_image_for_the_label_asked(kind):
    plain, steep = (
        smooth(kind),
        smooth(kind, regularisers=[partial(penalties.r1, gamma=2e8)]),
    )
    x, y = pairs()
    x = x.requires_grad_()
    (slope,) = torch.autograd.grad(plain.discriminator(x, y).sum(), x)
    extra = 1e8 * slope.square().sum((1, 2, 3)).mean()
    gap = stepped(steep)["D"] - stepped(plain)["D"]
    assert torch.isclose(gap, extra, rtol=1e-3)
    assert not torch.equal(weights(plain.discriminator), weights(steep.discriminator))


def test_a_lazy_penalty_acts_at_every_second_step():
    seen = []

    def count(discriminator, real, fake):
        seen.append(discriminator(real).shape)
        return discriminator(fake).mean() * 0

    stepped(smooth(regularisers=[count], reg_interval=2), steps=5)
    assert seen == [torch.Size([12, 1])] * 3


@pytest.mark.parametrize("kind", gan.DISCRIMINATORS)
def test_d_learns_twice_for_each_turn_of_g(kind):
    model = smooth(kind, d_steps=2, ema=50)
    before = weights(model.generator), weights(model.discriminator)
    values = stepped(model)
    assert torch.equal(weights(model.generator), before[0])
    assert not torch.equal(weights(model.discriminator), before[1])
    assert list(stepped(model)) == list(values) and model.batches == 2
    assert not torch.equal(weights(model.generator), before[0])


@pytest.mark.parametrize("kind", gan.DISCRIMINATORS)
def test_one_pass_of_d_for_both_is_as_good_as_two(kind):
    one, two = smooth(kind, joint=True), smooth(kind)
    assert stepped(one, 3)["D"].item() == pytest.approx(
        stepped(two, 3)["D"].item(), 1e-3
    )
    assert torch.allclose(weights(one.generator), weights(two.generator), atol=1e-5)


@pytest.mark.parametrize("setting", [{"regularisers": [penalties.r1]}, {"joint": True}])
def test_batch_norm_is_refused_where_it_mixes_what_must_be_apart(setting):
    with pytest.raises(CourseError, match="batch"):
        tiny(**setting)


def test_networks_of_different_conditions_are_refused():
    G = gan.ConditionalGenerator(classes=3, width=2)
    with pytest.raises(CourseError, match="3 classes .* 10 and 0"):
        gan.ConditionalGAN(G, gan.ProjectionDiscriminator(width=2))


def test_an_unknown_conditioning_lists_the_known():
    with pytest.raises(CourseError, match="concatenation, projection, auxiliary"):
        gan.conditional_recipe("wishing")


def test_it_goes_on_exactly_where_it_was_saved(batch):
    straight, stopped = tiny(ema=100), tiny(ema=100)
    states = []
    for model in (straight, stopped):
        torch.manual_seed(5)
        model.step(batch)
        states.append(torch.random.get_rng_state())
    resumed = tiny(ema=100)
    resumed.load_state_dict(stopped.state_dict())
    for model in (straight, resumed):
        torch.random.set_rng_state(states[0])
        model.step(batch)
    assert torch.equal(weights(straight.generator), weights(resumed.generator))
    x = [model.sample(2, _seeded(0)) for model in (straight, resumed)]
    assert torch.equal(*x)


class Wish(gan.ConditionalDiscriminator):
    """Finds bright images right for class 0 and dark ones for class 1."""

    def judge(self, x, y):
        fit = 20 * x.mean((1, 2, 3)) @ torch.diag(y[:, 0] - y[:, 1])
        return fit[:, None] + self.score[0].bias, None


def test_g_learns_what_its_labels_ask_for():
    training.seed_everything(1)
    G = gan.ConditionalGenerator(classes=2, width=2, latent=2)
    model = gan.ConditionalGAN(G, Wish(classes=2, width=2), lr=(5e-3, 0.0), ema=16)
    y = torch.arange(16) % 2
    for _ in range(30):
        model.step((torch.zeros(16, 1, 28, 28), y))
    bright, dark = model.sample(2, labels=torch.tensor([0, 1])).mean((1, 2, 3))
    assert bright > dark + 0.1


def test_the_methods_of_the_study_differ_in_d_and_in_variety_alone():
    configs = {k: m.config for k, m in studies.get("conditional").methods.items()}
    for name, config in configs.items():
        told = {**config["settings"], "steps": config["steps"]}
        same = {**configs["varied"]["settings"], "steps": configs["varied"]["steps"]}
        assert {k for k in told if told[k] != same[k]} <= {"variety"}
        assert (told["variety"] > 0) == (name == "varied")
    assert configs["varied"]["discriminator"] == configs["projection"]["discriminator"]


def test_a_step_of_the_study(monkeypatch):
    monkeypatch.setattr(study, "SAMPLES", 200)
    training.seed_everything(0)
    cell = studies.Cell(seed=0, scale=1e-6, data="digits")
    conditional = studies.get("conditional")
    outcome = conditional.methods["varied"].run(cell)
    assert outcome.keys() >= {column.name for column in conditional.columns}
    assert conditional.failed(outcome) and outcome["fid"] > 50
