"""A new glyph from a few examples: what may learn, rivals, judgement, shipped base."""

from functools import cache

import pytest
import torch

from aigc_course import data, pretrained
from aigc_course.apps.glyphs import (
    WAYS,
    Examples,
    Judge,
    Memory,
    Personal,
    base,
    learn,
    measure,
    preserved,
    rivals,
    shipped,
)
from aigc_course.attention.lora import LowRank
from aigc_course.errors import CourseError
from aigc_course.flow.latent import LatentFlow
from aigc_course.flow.networks import mlp


@cache
def small() -> LatentFlow:
    """A base of random weights: what learns does not depend on what was learnt."""
    torch.manual_seed(0)
    networks = base.networks()
    for name, weight in networks.velocity.named_parameters():
        if name.endswith(("modulation.weight", "last.weight")):
            torch.nn.init.normal_(weight, std=0.1)
    return LatentFlow(networks)


@cache
def fours(n: int = 5) -> torch.Tensor:
    return data.parts(base.of(data.load("mnist", "test"), 4), n, seed=1)[0].images


def changed(model: Personal) -> set[str]:
    """Names of weights that differ from the base's, LoRA's own among them."""
    before = small().trained().velocity.state_dict()
    now = model.networks.state_dict()
    renamed = {name.replace("frozen.", ""): w for name, w in now.items()}
    return {n for n, w in renamed.items() if not torch.equal(w, before.get(n, 0 * w))}


def test_the_new_digit_is_left_out() -> None:
    images = data.load("mnist", "test")
    kept = base.without(images, 4)
    assert 4 not in kept.labels and len(kept) + len(base.of(images, 4)) == len(images)
    assert base.others(4) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    for wrong in (10, -1, True, "4", 4.0):
        with pytest.raises(CourseError, match="a digit from 0 to 9"):
            base.digit(wrong)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_changes_what_it_names(way: str) -> None:
    model = learn(small(), fours(), 4, way, steps=2)
    names, table = changed(model), model.networks.net.condition.label.weight
    before = small().trained().velocity.net.condition.label.weight
    old_rows = base.others(4)
    assert torch.equal(table[10], before[10])  # "not told" is not shown
    assert torch.equal(table[old_rows], before[old_rows]) == (not WAYS[way].prior)
    assert not torch.equal(table[4], before[4])
    rest = {name for name in names if not name.endswith("label.weight")}
    if way == "vector":
        assert not rest
    elif WAYS[way].rank:
        assert rest and all(name.endswith((".a", ".b")) for name in rest)
        added = [m for m in model.networks.modules() if isinstance(m, LowRank)]
        assert len(added) == 3 * base.BLOCKS
    else:
        assert {"net.first.weight", "net.last.weight"} <= rest
    vae, twin = small().trained().vae.state_dict(), model.base.vae.state_dict()
    assert all(torch.equal(vae[name], twin[name]) for name in vae)


def test_all_ways_see_the_same_examples() -> None:
    one = next(_seeded(Examples(small(), fours(), 4)))
    two = next(_seeded(Examples(small(), fours(), 4, old=True)))
    assert torch.equal(one[0], two[0][: len(one[0])])
    assert set(one[1].tolist()) == {4} and 4 not in two[1][len(one[1]) :]
    assert len(two[0]) == 2 * len(one[0])


def _seeded(examples: Examples) -> Examples:
    torch.manual_seed(3)
    return examples


def test_the_loss_of_a_batch_without_old_rows() -> None:
    errors = torch.tensor([1.0, 3.0])
    assert preserved(errors, torch.tensor([False, False]), 1.0) == 2
    assert preserved(errors, torch.tensor([False, True]), 0.5) == 2.5


def test_pictures_have_their_shape_and_are_repeatable() -> None:
    model = learn(small(), fours(), 4, "lora", steps=1)
    one, two = (
        model.pictures(3, torch.Generator().manual_seed(1), steps=2) for _ in "12"
    )
    assert one.shape == (3, 1, 28, 28) and torch.equal(one, two)
    assert float(one.min()) >= -1 and float(one.max()) <= 1


def test_what_cannot_be_learnt_is_refused_in_one_sentence() -> None:
    with pytest.raises(CourseError, match="There is no 'magic'"):
        learn(small(), fours(), 4, "magic")
    with pytest.raises(CourseError, match="at least one example"):
        learn(small(), fours()[:0], 4, "lora")
    with pytest.raises(CourseError, match="ten classes"):
        networks = base.networks()
        networks.velocity = mlp(base.LATENT)
        Personal(LatentFlow(networks), 4, WAYS["full"])


def test_deformed_examples() -> None:
    examples = fours(2)
    same = rivals.deformed(examples, 4, torch.Generator().manual_seed(0), strength=0.0)
    assert float(measure.nearest(data.to_uint8(same), examples).max()) < 0.01
    bent = rivals.deformed(examples, 6, torch.Generator().manual_seed(0))
    assert bent.shape == (6, 1, 28, 28)
    assert float(measure.nearest(data.to_uint8(bent), examples).min()) > 0.05
    with pytest.raises(CourseError, match="no examples"):
        rivals.deformed(examples[:0], 3)


def test_judgement_of_real_digits_and_of_copies() -> None:
    judge, examples = Judge(4, n=100), fours()
    real = judge.floor(examples)
    assert real.likeness > 0.97 and real.copies <= 0.02
    assert real.spread == pytest.approx(1, abs=0.15)
    copies = judge.report(data.to_float(examples).repeat(20, 1, 1, 1), examples)
    assert copies.copies == 1 and copies.recall < 0.5 * real.recall
    assert copies.fid > real.fid and copies.interval[0] > 0.9
    memory = Memory(4, each=10)
    assert len(memory.labels) == 90 and 4 not in memory.labels


def test_weights_are_packed_and_unpacked() -> None:
    weights = small().trained().state_dict()
    again = shipped.unpacked(shipped.packed(weights))
    assert again.keys() == weights.keys()
    for name, weight in weights.items():
        if weight.ndim == 2:
            unit = weight.abs().amax(1, keepdim=True) / shipped.LARGEST
            gap = (again[name] - weight).abs()
            assert bool((gap <= 0.6 * unit + 1e-3 * weight.abs() + 1e-6).all()), name
    shipped.restored(again)  # the mark is that of the rounded VAE


def test_the_shipped_base() -> None:
    card, model = pretrained.card(shipped.NAME), shipped.base()
    assert card["bytes"] <= 400_000 and card["new"] == shipped.NEW
    labels = torch.tensor(base.others(shipped.NEW)).repeat(10)
    chance = torch.Generator().manual_seed(0)
    drawn = data.to_uint8(model.sample(len(labels), chance, labels, 4))
    found = Memory(shipped.NEW, each=10).report(data.to_float(drawn))
    assert found.accuracy > 0.8
