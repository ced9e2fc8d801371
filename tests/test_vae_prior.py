"""Priors over maps of codes: what they may see, what they learn, what they code."""

import copy
import math

import pytest
import torch
from torch.nn import functional as F

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.training import Trainable
from aigc_course.vae import coding, compression
from aigc_course.vae.pixelcnn import PixelCNN
from aigc_course.vae.prior import CodePrior, CountPrior

K = 8


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def vq():
    training.seed_everything(0)
    return vae.VQVAE(vae.VQNetworks(codes=K, d=4, width=4))


def tiny(**settings):
    model = vq()
    return CodePrior(model, **{"width": 16, "blocks": 1, "ema": None, **settings})


def maps(n, seed=0):
    return torch.randint(K, (n, 7, 7), generator=seeded(seed))


def counting(n, seed=0):
    """Maps that count on, mod K, from a first code that may be any."""
    first = torch.randint(K, (n, 1), generator=seeded(seed))
    return ((first + torch.arange(49)) % K).view(n, 7, 7)


@pytest.fixture(scope="module")
def learned():
    prior = tiny(lr=1e-2, blocks=0)
    for i in range(120):
        prior.anneal(i / 120)
        values = prior.step(counting(64, i))
    return prior, values


def test_a_position_sees_those_before_it_and_no_others():
    networks = PixelCNN(K, 16, 2).double().eval()
    torch.nn.init.normal_(networks.where)
    with torch.no_grad():
        codes = maps(1)
        before = networks(codes).permute(0, 2, 3, 1).reshape(49, K)
        for t in range(48):
            changed = codes.clone()
            changed.view(-1)[t] = (changed.view(-1)[t] + 1) % K
            after = networks(changed).permute(0, 2, 3, 1).reshape(49, K)
            differs = (after != before).any(1)
            assert not differs[: t + 1].any() and differs[t + 1]
        assert torch.equal(differs.nonzero()[:, 0], torch.tensor([48]))


def test_the_first_rows_alone_give_the_same_logits():
    networks, codes = PixelCNN(K, 16, 2).eval(), maps(3)
    whole = networks(codes)
    for rows in (1, 4):
        some = networks(codes[:, :rows])
        assert torch.allclose(some, whole[:, :, :rows], atol=1e-5)


def test_the_step_is_the_cross_entropy_of_each_code():
    prior, oracle = tiny(), tiny()
    values, codes = prior.step(maps(5)), maps(5)
    logits = oracle.networks(codes).permute(0, 2, 3, 1).reshape(-1, K)
    loss = F.cross_entropy(logits, codes.flatten()) * 49
    loss.backward()
    assert torch.isclose(values["loss"], loss)
    assert torch.isclose(values["bits per code"], loss / 49 / math.log(2))
    pairs = zip(prior.networks.parameters(), oracle.networks.parameters(), strict=True)
    assert all(torch.allclose(a.grad, b.grad, atol=1e-5) for a, b in pairs)


def test_the_tables_are_the_probabilities_of_log_prob():
    prior, codes = tiny(), maps(4)
    tables = prior.tables(codes)
    assert tables.shape == (4, 49, K) and not tables.is_floating_point()
    f = tables.gather(2, codes.view(4, 49, 1))[..., 0]
    expected = (f / coding.TOTAL).log().sum(1)
    assert torch.allclose(prior.log_prob(codes), expected.float(), atol=0.02)


def test_a_table_does_not_read_what_the_decoder_has_not():
    prior, codes = tiny(), maps(4)
    prior.networks.first.seen.fill_(1)  # not even where the mask would let it
    for t in (0, 5, 6, 7, 30, 48):
        rest = codes.clone()
        rest.view(4, 49)[:, t:] = maps(4, 1).view(4, 49)[:, t:]
        assert torch.equal(prior.table(codes, t), prior.table(rest, t))
    assert not torch.equal(prior.table(codes, 9), prior.table(maps(4, 2), 9))


def test_it_learns_a_rule_and_draws_by_it(learned):
    prior, values = learned
    codes = counting(100, 999)
    # the first code is free, log2 8 = 3 bits; all others follow
    assert 3 <= float(-prior.log_prob(codes).mean()) / math.log(2) < 4.5
    assert values["bits per code"] < 5 / 49
    drawn = prior.sample(200, seeded())
    steps = drawn.view(200, 49).diff(dim=1) % K
    assert float((steps == 1).float().mean()) > 0.98
    shares = torch.bincount(drawn[:, 0, 0], minlength=K) / 200
    assert shares.max() < 0.25  # 1/8, and 5 standard errors
    assert torch.equal(drawn, prior.sample(200, seeded()))


def test_cold_samples_are_likelier(learned):
    prior = tiny()
    warm, cold = (prior.sample(30, seeded(), T) for T in (1.0, 0.3))
    assert prior.log_prob(cold).mean() > prior.log_prob(warm).mean() + 1


def test_the_vq_vae_samples_from_it(learned):
    prior, _ = learned
    model = prior.model
    model.prior = prior
    expected = model.decode(prior.sample(3, seeded()))
    assert torch.equal(model.sample(3, seeded()), expected)
    model.prior = None


def test_images_are_encoded_first():
    one, two = tiny(), tiny()
    assert isinstance(one, Trainable)
    budget, steps = training.Budget(steps=2), data.batches(data.load("digits"), 8)
    training.fit(one, steps, budget, progress=False)
    again = data.batches(data.load("digits"), 8)
    for progress in (0.0, 0.5):
        two.anneal(progress)
        two.step(two.model.encode(next(again)))
    pairs = zip(one.networks.parameters(), two.networks.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_it_goes_on_where_it_stopped():
    one, two = tiny(ema=100), tiny(ema=100)
    one.step(maps(8))
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    for prior in (one, two):
        prior.step(maps(8, 1))
    assert torch.equal(one.log_prob(maps(2)), two.log_prob(maps(2)))
    assert not torch.equal(one.log_prob(maps(2)), tiny().log_prob(maps(2)))


def test_a_count_prior_counts():
    codes = torch.zeros(6, 7, 7, dtype=torch.long)
    codes[:2, 0, 0] = 3
    prior = CountPrior(codes, K)
    shares = prior.table(codes[:2], 0).double() / coding.TOTAL
    expected = torch.tensor([5, 1, 1, 3, 1, 1, 1, 1]) / 14
    assert shares.shape == (2, K)
    assert torch.allclose(shares[1], expected.double(), atol=K / coding.TOTAL)
    drawn = prior(2000, seeded())
    assert drawn.shape == (2000, 7, 7)
    assert abs(float((drawn[:, 0, 0] == 3).float().mean()) - 3 / 14) < 0.05
    assert abs(float((drawn[:, 6, 6] == 3).float().mean()) - 1 / 14) < 0.03


def test_maps_are_coded_as_short_as_the_prior_says(learned, monkeypatch):
    prior, _ = learned
    monkeypatch.setattr(compression, "CHUNK", 3)
    for codes in (counting(5, 5), maps(5, 5)):
        data = compression.encode_maps(codes, prior, K)
        assert torch.equal(compression.decode_maps(data, prior, 5), codes)
        f = torch.cat([prior.tables(some) for some in codes.split(3)])
        f = f.gather(2, codes.view(5, 49, 1))
        bits = float(-(f / coding.TOTAL).log2().sum())
        assert bits / 8 < len(data) < 1.001 * bits / 8 + 6
    assert len(compression.encode_maps(counting(5, 5), prior, K)) < 10  # 5 + 5 x 3 bits


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tiny().step(torch.zeros(2, 7, 6, dtype=torch.long)), r"\[N, 7, 7\]"),
        (lambda: tiny().step(maps(2) + 1 + K), "from 0 to 7"),
        (lambda: tiny().step(torch.zeros(2, 28, 28)), "shape"),
        (lambda: tiny().log_prob(maps(2).float()), "whole numbers"),
        (lambda: tiny().tables(maps(0)), r"\[N, 7, 7\]"),
        (lambda: tiny().sample(0), "from 1 up"),
        (lambda: tiny().sample(1, temperature=0), "above 0"),
        (lambda: tiny(width=0), "width"),
        (lambda: tiny(blocks=-1), "blocks"),
        (lambda: CountPrior(maps(2), 3), "from 0 to 2"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()


def test_code_batches_give_every_map_once_in_an_epoch():
    codes = torch.arange(12)[:, None, None].expand(12, 7, 7).to(torch.uint8)
    one = vae.CodeBatches(codes, 4, seed=3)
    epochs = [torch.cat([next(one) for _ in range(3)]) for _ in range(2)]
    for epoch in epochs:
        assert epoch.dtype == torch.int64 and epoch.shape == (12, 7, 7)
        assert sorted(epoch[:, 0, 0].tolist()) == list(range(12))
    assert not torch.equal(*epochs)
    two = vae.CodeBatches(codes, 4)
    two.load_state_dict(one.state_dict())
    assert torch.equal(next(one), next(two))


@pytest.mark.parametrize(
    ("settings", "words"),
    [((6,), "5 maps"), ((0,), "batch size"), ((2, -1), "seed")],
)
def test_code_batches_that_cannot_be_are_refused(settings, words):
    with pytest.raises(CourseError, match=words):
        vae.CodeBatches(maps(5), *settings)
