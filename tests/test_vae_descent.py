"""Whatever descends one loss is used by its averaged weights, or by those loaded."""

import pytest
import torch

from aigc_course import apps, training, vae
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
    "reader": apps.Reader,
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
