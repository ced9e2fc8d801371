"""Latent flows: two stages of one training, drawn from, and no other VAE's latents."""

import math

import pytest
import torch

from aigc_course import data, flow, training, vae
from aigc_course.errors import CourseError
from aigc_course.flow.latent import Memory, digest
from aigc_course.training import Sampler, Trainable
from aigc_course.vae import losses

SMALL = {"least": 100, "memory": 300, "batch": 32}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def networks(classes=0, latent=3):
    likelihood = vae.Gaussian(learned=True)
    return flow.LatentNetworks(
        vae.mlp((16,), latent, likelihood=likelihood), flow.mlp(latent, 16, 1, classes)
    )


def trained(classes=0, steps=30, seed=0, **settings):
    training.seed_everything(seed)
    model = flow.LatentFlow(networks(classes), **{**SMALL, "first": 0.4, **settings})
    batches = data.batches(data.load("digits"), 32, labels=bool(classes))
    budget = training.Budget(steps=steps)
    return model, training.fit(model, batches, budget, progress=False, threads=1)


@pytest.fixture(scope="module")
def model():
    return trained()[0]


@pytest.fixture(scope="module")
def images():
    return data.to_float(data.load("digits").images[:40])


def test_it_is_trainable_and_a_sampler(model):
    assert isinstance(model, Trainable) and isinstance(model, Sampler)


def test_the_vae_learns_first_and_then_the_flow():
    training.seed_everything(0)
    model = flow.LatentFlow(networks(), **SMALL, first=0.5)
    batches = data.batches(data.load("digits"), 64)
    seen = []
    for progress in (0.0, 0.25, 0.5, 0.75, 0.9):
        model.anneal(progress)
        seen.append(model.step(next(batches)))
    flows = [float(one["flow"]) for one in seen]
    assert flows[:3] == [2.0, 2.0, 2.0] and flows[3] != 2.0 and flows[4] != flows[3]
    costs = [float(one["VAE"]) for one in seen]
    assert costs[0] != costs[1] and costs[1] == costs[4]
    assert len(model.memory) == 3 * 64


def test_latents_are_standardised(model):
    posteriors = model.memory.posteriors()
    u = model.trained().standardise(losses.reparameterise(*posteriors))
    assert torch.allclose(u.mean(0), torch.zeros(3), atol=0.3)
    assert torch.allclose(u.std(0), torch.ones(3), atol=0.3)


def test_the_memory_holds_no_more_than_it_may():
    memory = Memory(5, 2)
    for _ in range(3):
        memory.keep(torch.ones(2, 2), torch.zeros(2, 2), torch.tensor([1, 2]))
    assert len(memory) == 5 and memory.labels.tolist() == [1, 2, 1, 2, 1]
    again = Memory(5, 2)
    again.load_state_dict(memory.state_dict())
    assert torch.equal(again.rows, memory.rows)


def test_weights_are_all_that_sampling_needs(model):
    other = flow.LatentFlow(networks())
    other.load_trained(model.trained().state_dict())
    drawn = [one.sample(4, seeded(), steps=2) for one in (model, other)]
    assert drawn[0].shape == (4, 1, 28, 28) and torch.equal(*drawn)
    assert float(drawn[0].min()) >= -1 and float(drawn[0].max()) <= 1


def test_a_training_goes_on_to_the_bit(tmp_path):
    def go(steps, **more):
        training.seed_everything(1)
        model = flow.LatentFlow(networks(), **SMALL, first=0.4)
        batches = data.batches(data.load("digits"), 32)
        budget = training.Budget(steps=steps)
        file = tmp_path / "checkpoint.pt"
        how = {"checkpoint": file, "progress": False, "threads": 1, **more}
        training.fit(model, batches, budget, **how)
        return model.sample(3, seeded(), steps=2)

    whole = go(20)
    training.seed_everything(1)
    model = flow.LatentFlow(networks(), **SMALL, first=0.4)
    batches = data.batches(data.load("digits"), 32)
    for step in range(14):
        model.anneal(step / 20)
        model.step(next(batches))
    state, place, random = (
        model.state_dict(),
        batches.state_dict(),
        torch.get_rng_state(),
    )
    other = flow.LatentFlow(networks(), **SMALL, first=0.4)
    other.load_state_dict(state)
    batches.load_state_dict(place)
    torch.set_rng_state(random)
    for step in range(14, 20):
        other.anneal(step / 20)
        other.step(next(batches))
    assert torch.equal(other.sample(3, seeded(), steps=2), whole)


def test_a_trained_vae_stays_as_it_is(images):
    training.seed_everything(2)
    first = vae.VAE(vae.mlp((16,), 3), ema=100)
    before = digest(first.trained())
    both = flow.LatentNetworks(first.trained(), flow.mlp(3, 16, 1))
    model = flow.LatentFlow(both, **SMALL, first=0.0)
    batches = data.batches(data.load("digits"), 32)
    training.fit(model, batches, training.Budget(steps=8), progress=False, threads=1)
    assert digest(model.trained().vae) == before
    again = flow.LatentFlow(
        flow.LatentNetworks(first.trained(), flow.mlp(3, 16, 1)), **SMALL, first=0.0
    )
    again.borrow(model)
    assert again.memory is model.memory
    assert torch.allclose(again.networks.scale, model.networks.scale, rtol=0.05)


def test_what_is_encoded_is_decoded(model, images):
    latents = model.encode(images, seeded())
    assert latents.z.shape == (40, 3) and model.decode(latents).shape == images.shape


def test_latents_of_another_vae_are_refused(model, images):
    other, _ = trained(seed=5)
    with pytest.raises(CourseError, match="These latents are of another VAE"):
        other.decode(model.encode(images))
    with pytest.raises(CourseError, match="The other flow's latents are of another"):
        flow.LatentFlow(networks(), **SMALL).borrow(model)
    mixed = {**model.trained().state_dict()}
    mixed |= {k: v for k, v in other.trained().state_dict().items() if "vae." in k}
    with pytest.raises(CourseError, match="not trained on the latents of this VAE"):
        flow.LatentFlow(networks()).load_trained(mixed)


def test_an_untrained_flow_gives_the_normal_prior():
    """log_prior of the zero velocity's law is that of N(mean, scale^2)."""
    training.seed_everything(0)
    model = flow.LatentFlow(networks(), **SMALL)
    model.networks.mean.copy_(torch.tensor([1.0, 0.0, -2.0]))
    model.networks.scale.copy_(torch.tensor([0.5, 1.0, 3.0]))
    z = torch.randn(20, 3, generator=seeded())
    wanted = losses.log_normal(
        z,
        model.networks.mean.expand(20, 3),
        2 * model.networks.scale.log().expand(20, 3),
    )
    assert torch.allclose(flow.log_prior(model, z, 24), wanted, atol=2e-3)


def test_nats_and_fid_are_measured(model, images):
    from aigc_course import metrics
    from aigc_course.flow import judgement

    found = judgement.nats(model, images, seeded())
    assert found.images == 40 and math.isfinite(found.flow) and found.error > 0
    assert "ELBO" in str(found) and set(found.to_dict()) >= {"elbo_flow", "images"}
    real = metrics.features(data.load("digits").images[:200])
    fids = judgement.by_evaluations(model, real, 150)
    assert list(fids) == [1, 2, 4, 8, 16, 32] and all(map(math.isfinite, fids.values()))
    with pytest.raises(CourseError, match="at least 2 images"):
        judgement.nats(model, images[:1])


def test_a_flow_that_knows_labels_draws_them():
    model, _ = trained(classes=10, steps=40)
    one, seven = (
        model.sample(4, seeded(), torch.full((4,), k), steps=2) for k in (1, 7)
    )
    assert not torch.allclose(one, seven)
    with pytest.raises(CourseError, match="a flow without labels"):
        flow.log_prior(model, torch.zeros(2, 3))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: flow.LatentNetworks(vae.mlp((4,), 3), flow.mlp(2)),
            r"3 latents, the velocity takes \[2\]",
        ),
        (
            lambda: flow.LatentNetworks(vae.mlp((4,), 3, classes=2), flow.mlp(3)),
            "takes an unconditional VAE",
        ),
        (lambda: flow.LatentFlow(networks(), first=1.5), "first is a share"),
        (lambda: flow.LatentFlow(networks(), memory=0), "memory is a whole number"),
        (
            lambda: flow.log_prior(flow.LatentFlow(networks()), torch.zeros(2, 5)),
            "latents",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, sentence):
    with pytest.raises(CourseError, match=sentence):
        call()
