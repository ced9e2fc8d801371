"""The masked network as a prior's reader: what it may see, and that it learns."""

import math

import pytest
import torch

from aigc_course import training, vae
from aigc_course.errors import CourseError
from aigc_course.vae import compression

K = 4


def prior(**settings):
    training.seed_everything(0)
    model = vae.VQVAE(vae.VQNetworks(codes=K, d=4, width=4))
    small = {"reader": vae.MADE, "width": 120, "blocks": 2, "ema": None}
    return vae.CodePrior(model, **{**small, **settings})


def maps(n, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(K, (n, 7, 7), generator=generator)


def mirrored(n, seed=0):
    """Maps whose last rows repeat the first, backwards: no neighbour tells them."""
    codes = maps(n, seed).flatten(1)
    codes[:, 25:] = codes[:, :24].flip(1)
    return codes.view(n, 7, 7)


@pytest.mark.parametrize("blocks", [1, 3])
def test_a_position_sees_all_before_it_and_no_others(blocks):
    training.seed_everything(0)
    networks = vae.MADE(K, 480, blocks).double().eval()
    with torch.no_grad():
        codes = maps(1)
        before = networks(codes).permute(0, 2, 3, 1).reshape(49, K)
        for t in range(49):
            changed = codes.clone()
            changed.view(-1)[t] = (changed.view(-1)[t] + 1) % K
            after = networks(changed).permute(0, 2, 3, 1).reshape(49, K)
            differs = (after != before).any(1)
            assert not differs[: t + 1].any() and differs[t + 1 :].all()


def test_hidden_units_alone_reach_every_later_position():
    networks = vae.MADE(K, 96, 2)
    seen = networks.hidden[-1].seen @ networks.hidden[-3].seen @ networks.hidden[0].seen
    places = seen.view(49, K, 49, K).sum((1, 3)) > 0  # [output, input]
    assert torch.equal(places, torch.ones(49, 49, dtype=torch.bool).tril(-1))


def test_the_first_rows_alone_give_the_same_logits():
    training.seed_everything(0)
    networks, codes = vae.MADE(K, 60), maps(3)
    whole = networks(codes)
    assert whole.shape == (3, K, 7, 7)
    assert torch.allclose(networks(codes[:, :4]), whole[:, :, :4], atol=1e-6)


def test_it_learns_what_lies_far_away():
    model = prior(lr=1e-2)
    for i in range(150):
        model.anneal(i / 150)
        model.step(mirrored(64, i))
    free = 25 * math.log(K)  # nats: the codes that nothing tells
    found = -model.log_prob(mirrored(200, 999)).mean()
    assert free - 1 < found < free + 8  # 33 more for who sees nothing
    assert -model.log_prob(maps(200, 998)).mean() > free + 40


def test_maps_are_coded_and_decoded_by_it():
    model, codes = prior(), maps(5)
    data = compression.encode_maps(codes, model, K)
    assert torch.equal(compression.decode_maps(data, model, 5), codes)
    bits = -model.log_prob(codes).sum() / math.log(2)
    assert bits / 8 < len(data) < 1.01 * bits / 8 + 6


@pytest.mark.parametrize("sizes", [(0,), (K, 0), (K, 8, 0)])
def test_sizes_below_one_are_refused(sizes):
    with pytest.raises(CourseError, match="whole number from 1 up"):
        vae.MADE(*sizes)
