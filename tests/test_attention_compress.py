"""Mixing and compressing: known answers, and texts that come back as they were."""

import math

import pytest
import torch

from aigc_course import attention as att
from aigc_course.attention import compress as zipped
from aigc_course.attention import mixing
from aigc_course.classical.counts import KneserNey
from aigc_course.errors import CourseError

TEXT = torch.tensor([int(c) for c in "0120120121012012011201201201202012012"])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def model(vocabulary=3, context=8):
    torch.manual_seed(3)
    shape = att.Shape(vocabulary, context=context, width=8, layers=1, heads=2)
    return att.Transformer(shape)


def predictors():
    counts = KneserNey(3).fit(TEXT, 3)
    lm = zipped.ModelPredictor(model(), TEXT)
    frozen = zipped.CountsPredictor(counts, TEXT)
    online = zipped.CountsPredictor(counts, TEXT, online=True)
    mixture = mixing.Mixture(torch.tensor([0.3, 0.8]), torch.zeros(2, 2))
    mixed = zipped.MixedPredictor([lm, online], mixture)
    return {"model": lm, "frozen": frozen, "online": online, "mixed": mixed}


@pytest.mark.parametrize("kind", ["model", "frozen", "online", "mixed"])
@pytest.mark.parametrize("streams", [1, 4])
def test_a_text_comes_back_and_costs_its_bits(kind, streams):
    predictor = predictors()[kind]
    text = torch.randint(3, (61,), generator=seeded(streams))
    data = zipped.compress(text, predictor, streams)
    assert torch.equal(zipped.decompress(data, predictor, 61, streams), text)
    needed = zipped.bits(text, predictor, streams)
    # five bytes of head, of which 32 bits are a check sum, and rounding
    assert needed - 8 <= 8 * len(data) <= needed + 8 * 5 + 8


def test_a_text_that_was_learnt_is_short_and_online_counts_make_it_shorter():
    text = TEXT.repeat(6)
    ready = predictors()
    sizes = {k: len(zipped.compress(text, ready[k])) for k in ("frozen", "online")}
    assert sizes["online"] < sizes["frozen"] < len(text) * math.log2(3) / 8


def test_coding_leaves_the_fitted_counts_alone():
    ready = predictors()["online"]
    first = zipped.compress(TEXT, ready)
    assert zipped.compress(TEXT, ready) == first


def test_the_models_predictions_are_those_of_a_full_pass():
    lm, net = predictors()["model"], model()
    lm.begin(1)
    tokens = torch.tensor([0, 2])
    before = TEXT[-lm.kept :]
    for token in tokens:
        lm.see(token[None])
    whole = torch.cat([before, tokens])[None]
    want = net(whole)[0, -1].double().softmax(-1)
    assert torch.allclose(lm.predict()[0], want, atol=1e-6)


def test_the_context_never_outgrows_what_was_trained():
    lm = predictors()["model"]
    lm.begin(2)
    for token in TEXT:
        lm.see(token.repeat(2))
        assert lm.tokens.shape[1] <= 8
        assert lm.seen[0].keys.shape[-2] == lm.tokens.shape[1]


def test_damage_and_other_predictors_are_refused():
    ready = predictors()
    data = zipped.compress(TEXT, ready["model"])
    with pytest.raises(CourseError, match="coded bytes"):
        zipped.decompress(data, ready["online"], len(TEXT))
    with pytest.raises(CourseError, match="coded bytes"):
        zipped.decompress(bytes([data[0], data[1] ^ 4]) + data[2:], ready["model"], 37)
    with pytest.raises(CourseError, match="fewer streams"):
        zipped.compress(TEXT[:5], ready["model"], 4)
    with pytest.raises(CourseError, match="at least one token"):
        zipped.ModelPredictor(model(), TEXT[:0])


# mixing


def experts(n=400, vocabulary=5, count=2):
    logits = 2 * torch.randn(count, n, vocabulary, generator=seeded(1))
    return logits.double().log_softmax(-1)


def test_a_log_linear_mixture_is_the_scaled_product():
    p = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], dtype=torch.float64)
    found = mixing.log_linear(p.log(), torch.tensor([0.5, 2.0])).exp()
    product = p[0] ** 0.5 * p[1] ** 2
    assert torch.allclose(found, product / product.sum())


def test_a_linear_mixture_is_the_mean_and_never_worse_by_more_than_the_weight():
    log_p = experts()
    weights = torch.tensor([0.25, 0.75]).double()
    found = mixing.linear(log_p, weights)
    assert torch.allclose(found.exp(), 0.25 * log_p[0].exp() + 0.75 * log_p[1].exp())
    assert bool((found >= log_p[0] + math.log(0.25) - 1e-12).all())


def test_fitting_finds_the_weights_that_made_the_targets():
    log_p = experts(6_000)
    true = torch.tensor([0.9, 0.4]).double()
    p = mixing.log_linear(log_p, true).exp()
    targets = torch.multinomial(p, 1, generator=seeded(2))[:, 0]
    found = mixing.Mixture.fit(log_p, targets, by_entropy=False)
    assert torch.allclose(found.base, true, atol=0.06)
    assert float(found.slopes.abs().max()) == 0


def test_weights_may_follow_the_entropies():
    log_p = experts(4_000)
    # the first expert is right where it is sure, the second elsewhere
    sure = mixing.entropies(log_p)[0] < 0.8
    p = torch.where(sure[:, None], log_p[0].exp(), log_p[1].exp())
    targets = torch.multinomial(p, 1, generator=seeded(2))[:, 0]
    nats = {
        by: float(mixing.Mixture.fit(log_p, targets, by).nats(log_p, targets).mean())
        for by in (False, True)
    }
    assert nats[True] < nats[False] - 0.02


def test_a_mixture_is_no_worse_than_its_best_expert_where_it_was_fitted():
    log_p = experts(2_000)
    targets = torch.multinomial(log_p[1].exp(), 1, generator=seeded(3))[:, 0]
    mixture = mixing.Mixture.fit(log_p, targets)
    alone = -log_p.gather(-1, targets.expand(2, -1)[..., None]).mean(dim=(1, 2))
    assert float(mixture.nats(log_p, targets).mean()) <= float(alone.min()) + 1e-6
    assert torch.allclose(
        mixture.log_probabilities(log_p).exp().sum(-1), torch.ones(2_000).double()
    )


def test_weights_that_cannot_be_are_refused():
    log_p = experts()
    with pytest.raises(CourseError, match="one weight"):
        mixing.log_linear(log_p, torch.ones(3))
    with pytest.raises(CourseError, match="sum to 1"):
        mixing.linear(log_p, torch.tensor([0.5, 0.6]))
