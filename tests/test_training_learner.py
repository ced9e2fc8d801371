"""Whatever descends one loss is used by its averaged weights, or by those loaded."""

import pytest
import torch

from aigc_course import apps, data, training, vae
from aigc_course.errors import CourseError
from aigc_course.training.learner import frozen
from aigc_course.vae.prior import CodePrior
from aigc_course.vae.second import LatentVAE


def plain():
    return vae.VAE(vae.classic(4), ema=1_000)


LEARNERS = {
    "VAE": plain,
    "second stage": lambda: LatentVAE(plain(), width=8),
    "prior of codes": lambda: CodePrior(
        vae.VQVAE(vae.VQNetworks(8, 4, 8)), width=8, blocks=1
    ),
    "reader": apps.DigitClassifier,
}


def weights(network):
    return [p.detach().clone() for p in network.parameters()]


def alike(some, others):
    return all(torch.equal(a, b) for a, b in zip(some, others, strict=True))


@pytest.fixture(params=LEARNERS)
def learner(request):
    training.seed_everything(0)
    model = LEARNERS[request.param]()
    for average in model.descent.ema.average:
        average.add_(0.5)
    return model


def test_the_average_is_what_is_used(learner):
    used = learner.trained()
    assert alike(weights(used), learner.descent.ema.average) and not used.training
    assert not alike(weights(used), weights(learner.networks))


def test_without_an_average_the_weights_are_used_and_not_shared(learner):
    learner.descent.ema = None
    used = learner.trained()
    assert alike(weights(used), weights(learner.networks))
    next(used.parameters()).data.add_(1.0)
    assert not alike(weights(used), weights(learner.networks))


def test_loaded_weights_are_used_and_no_average_of_others(learner):
    wanted = {k: v + 0.25 for k, v in learner.networks.state_dict().items()}
    learner.load_trained(wanted)
    assert alike(learner.trained().state_dict().values(), wanted.values())


class Small:
    """A learner as a chapter writes it: a step and a state."""

    def __init__(self):
        self.w = torch.zeros(1)

    def step(self, batch):
        self.w = self.w + 1
        return {"loss": self.w.sum()}

    def state_dict(self):
        return {"w": self.w}


def rows(n=8):
    return data.batches(data.load("digits"), n, seed=0)


def test_a_small_class_of_ones_own_is_trained():
    model = Small()
    history = training.fit(model, rows(), training.Budget(steps=3), progress=False)
    assert model.w == 3 and history.status == "finished"


@pytest.mark.parametrize("name", ["anneal", "symptoms", "bf16"])
def test_half_a_protocol_is_refused_and_not_overlooked(name):
    model = Small()
    setattr(model, name, None)
    with pytest.raises(CourseError, match=r"Small has not all.*training\.Learner"):
        training.fit(model, rows(), training.Budget(steps=3), progress=False)


@pytest.mark.parametrize(("first", "factors"), [(0, [0, 0.5]), (1, [0.25, 0.75])])
def test_the_rise_begins_at_the_images_that_count_as_seen(first, factors):
    one = training.Optimiser(torch.nn.Linear(1, 1), 2.0, lr_warmup=4, first=first)
    seen = []
    for _ in factors:
        one.anneal(0.0)
        seen.append(one.adam.param_groups[0]["lr"] / 2)
        one.count(2)
    assert seen == factors


def test_a_gradient_that_reaches_nothing_is_named():
    one = training.Optimiser(torch.nn.Linear(1, 1), 2.0)
    with pytest.raises(CourseError, match="No gradient reaches the weights"):
        one.descend(torch.zeros(()), 1)


def test_the_rest_of_the_network_is_frozen_for_the_block_alone():
    net = torch.nn.Linear(1, 1)
    with frozen(net):
        assert not any(p.requires_grad for p in net.parameters())
    assert all(p.requires_grad for p in net.parameters())
