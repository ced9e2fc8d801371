"""Layers against torch's own, masks, caches, and what is refused."""

import pytest
import torch
from torch import nn

from aigc_course import attention as att
from aigc_course import training
from aigc_course.attention.positions import KINDS
from aigc_course.data import sequences
from aigc_course.errors import CourseError


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def copied(ours: att.MultiHeadAttention, theirs: nn.MultiheadAttention) -> None:
    """Give torch's layer the weights of ours."""
    matrices = [layer.weight for layer in (ours.query, ours.key, ours.value)]
    biases = [layer.bias for layer in (ours.query, ours.key, ours.value)]
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat(matrices))
        theirs.in_proj_bias.copy_(torch.cat(biases))
        theirs.out_proj.load_state_dict(ours.out.state_dict())


@pytest.mark.parametrize("causal", [False, True])
def test_heads_agree_with_multihead_attention(causal):
    ours = att.MultiHeadAttention(24, 4, bias=True)
    theirs = nn.MultiheadAttention(24, 4, batch_first=True)
    copied(ours, theirs)
    x = torch.randn(3, 7, 24)
    mask = att.causal_mask(7) if causal else None
    want = theirs(x, x, x, attn_mask=~mask if causal else None)[0]
    assert torch.allclose(ours(x, mask=mask)[0], want, atol=1e-6)


def test_cross_attention_agrees_with_multihead_attention():
    ours = att.MultiHeadAttention(16, 2, bias=True)
    theirs = nn.MultiheadAttention(16, 2, batch_first=True)
    copied(ours, theirs)
    x, memory = torch.randn(2, 3, 16), torch.randn(2, 5, 16)
    assert torch.allclose(ours(x, memory)[0], theirs(x, memory, memory)[0], atol=1e-6)


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_decoders_block_agrees_with_torchs(norm_first):
    ours = att.Block(32, 4, norm="layer", bias=True, cross=True, norm_first=norm_first)
    theirs = nn.TransformerDecoderLayer(
        32, 4, 128, 0.0, "gelu", batch_first=True, norm_first=norm_first
    )
    copied(ours.attend, theirs.self_attn)
    copied(ours.cross, theirs.multihead_attn)
    for mine, other in (
        (ours.feed.up, theirs.linear1),
        (ours.feed.down, theirs.linear2),
        (ours.attend_norm, theirs.norm1),
        (ours.cross_norm, theirs.norm2),
        (ours.feed_norm, theirs.norm3),
    ):
        other.load_state_dict(mine.state_dict())
    x, memory, mask = torch.randn(2, 6, 32), torch.randn(2, 4, 32), att.causal_mask(6)
    want = theirs(x, memory, tgt_mask=~mask)
    assert torch.allclose(ours(x, memory, mask=mask)[0], want, atol=1e-5)


@pytest.mark.parametrize("positions", KINDS)
def test_later_tokens_have_exactly_no_influence(positions):
    model = att.Transformer(att.Shape(11, context=8, width=16, positions=positions))
    x = model.embed(torch.randint(11, (1, 6))).detach()

    def logits(x):
        mask = att.causal_mask(6)
        places = torch.arange(6)
        is_alibi = positions == "alibi"
        bias = att.alibi(4, places, places) if is_alibi else None
        for block in model.blocks:
            x, _ = block(x, mask=mask, bias=bias)
        return model.head(model.norm(x))

    slopes = torch.func.jacrev(logits)(x)[0, :, :, 0]  # [6, 11, 6, 16]
    influence = slopes.abs().sum(dim=(1, 3))
    assert influence.triu(1).max() == 0
    assert influence.tril().diagonal().min() > 0


@pytest.mark.parametrize("positions", KINDS)
@pytest.mark.parametrize("groups", [None, 2])
def test_the_cache_changes_nothing(positions, groups):
    shape = att.Shape(
        13, context=20, width=16, positions=positions, groups=groups, normed=True
    )
    model = att.Transformer(shape)
    tokens = torch.randint(13, (2, 12), generator=seeded())
    want = model(tokens)
    seen, parts = None, []
    for part in tokens.split([5, 1, 4, 2], dim=1):
        logits, seen = model.step(part, seen)
        parts.append(logits)
    assert torch.allclose(torch.cat(parts, dim=1), want, atol=1e-5)
    texts = [
        att.generate(model, tokens[:, :3], 9, generator=seeded(1), cached=cached)
        for cached in (True, False)
    ]
    assert torch.equal(*texts)


def test_groups_share_keys_and_values():
    grouped = att.MultiHeadAttention(16, 4, groups=2)
    full = att.MultiHeadAttention(16, 4)
    full.load_state_dict(
        {
            name: weight.view(2, 1, 4, 16).expand(2, 2, 4, 16).reshape(16, 16)
            if name.startswith(("key", "value"))
            else weight
            for name, weight in grouped.state_dict().items()
        }
    )
    x = torch.randn(2, 5, 16)
    assert torch.allclose(grouped(x)[0], full(x)[0], atol=1e-6)


def test_maps_are_the_weights_that_the_model_uses():
    model = att.Transformer(att.Shape(9, width=16, layers=1, heads=2))
    tokens = torch.randint(9, (2, 6))
    (maps,) = att.attention_maps(model, tokens)
    block, x = model.blocks[0], model.embed(tokens)
    _, _, v = block.attend.project(block.before_attention(x), block.before_attention(x))
    want = block.attend(block.before_attention(x), mask=att.causal_mask(6))[0]
    found = block.attend.out((maps @ v).transpose(1, 2).flatten(2))
    assert torch.allclose(found, want, atol=1e-6)


def test_the_head_by_hand_copies_every_predictable_token():
    for seed in range(3):
        tokens, counts = sequences.repeated(50, 40, 60, seeded(seed))
        guess = att.induction.induction_head(tokens, 60)[:, :-1].argmax(-1)
        assert bool((guess == tokens[:, 1:])[counts].all())
        assert not bool((guess == tokens[:, 1:])[~counts].all())


def test_prefix_matching_knows_a_perfect_head_and_an_even_one():
    from aigc_course.checks import registry

    tokens, _ = sequences.repeated(4, 24, 30, seeded())
    perfect = registry.get("11.copying").reference
    maps = torch.stack([perfect(row) for row in tokens])[:, None]
    assert float(att.induction.prefix_matching(maps, tokens)) == pytest.approx(1.0)
    even = att.causal_mask(24).float()
    even = (even / even.sum(1, keepdim=True)).expand(4, 1, 24, 24)
    assert float(att.induction.prefix_matching(even, tokens)) < 0.1


def test_the_predictive_sums_counts_as_the_exercise_does():
    from aigc_course.checks import registry

    chains, rows = sequences.markov_chains(3, 15, 4, seeded())
    assert torch.allclose(rows.sum(-1), torch.ones(3, 4))
    found = att.bayes.predictive(chains, 4)
    assert torch.equal(att.bayes.predictive(chains[:, :1], 4), found[:, :1])
    one = registry.get("11.predictive").reference
    for chain, answers in zip(chains, found, strict=True):
        for t in range(15):
            assert torch.allclose(answers[t].float(), one(chain[: t + 1], 4))


def test_no_padding_is_looked_at():
    model = att.EncoderDecoder(12, width=16, layers=1, heads=2)
    source = torch.tensor([[3, 4, 5, 0, 0]])
    target = torch.tensor([[1, 6, 7]])
    want = model(source[:, :3], target)
    assert torch.allclose(model(source, target), want, atol=1e-6)
    assert model.cross_maps(source, target)[0][..., 3:].max() == 0


@pytest.mark.slow
def test_two_layers_learn_to_copy_and_one_does_not():
    right = {}
    for layers in (1, 2):
        training.seed_everything(0)
        shape = att.Shape(40, context=24, width=48, layers=layers, feed_forward="")
        model = att.NextToken(
            att.Transformer(shape),
            lr=3e-3,
            lr_warmup=1_600,
            decay_start=0.6,
            final_lr_factor=0.1,
        )
        make = sequences.TaskBatches(
            lambda n, g: sequences.repeated(n, 24, 40, g), 32, seed=0
        )
        history = training.fit(model, make, training.Budget(steps=900), progress=False)
        right[layers] = history.rows[-1]["accuracy"]
    assert right[2] > 0.9 and right[1] < 0.5


def test_a_learner_is_resumed_exactly(tmp_path):
    file = tmp_path / "checkpoint.pt"

    def trained(steps, resume=False):
        training.seed_everything(3)
        network = att.Transformer(att.Shape(9, width=16, layers=1))
        # a rate that does not follow the budget, which differs here
        model = att.NextToken(network, decay_start=1.0, final_lr_factor=1.0)
        make = sequences.TaskBatches(
            lambda n, g: sequences.repeated(n, 8, 9, g), 4, seed=1
        )
        budget, options = training.Budget(steps=steps), {"progress": False}
        training.fit(model, make, budget, checkpoint=file, resume=resume, **options)
        return model.networks.state_dict()

    trained(10)
    resumed = trained(20, resume=True)
    file.unlink()
    whole = trained(20)
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_samples_are_tokens_of_the_context():
    model = att.NextToken(att.Transformer(att.Shape(7, context=10, width=16)))
    samples = model.sample(5, generator=seeded())
    assert samples.shape == (5, 10) and samples.min() >= 0 and samples.max() < 7
    assert torch.equal(samples, model.sample(5, generator=seeded()))


@pytest.mark.parametrize("kind", ["gelu", "relu2", "swiglu"])
def test_feed_forward_layers_have_about_as_many_weights(kind):
    layer = att.FeedForward(48, kind)
    assert att.parameters(layer) == 8 * 48**2
    assert layer(torch.randn(2, 3, 48)).shape == (2, 3, 48)


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (lambda: att.MultiHeadAttention(10, 4), "Heads divide the width"),
        (lambda: att.Shape(5, positions="sine"), "there is no 'sine'"),
        (lambda: att.Shape(0), "are at least 1"),
        (lambda: att.Block(8, 2, norm="batch"), "rms or layer"),
        (lambda: att.FeedForward(8, "relu"), "gelu, relu2 or swiglu"),
        (lambda: att.scores(torch.ones(2, 3), torch.ones(2, 4)), "have one size"),
        (lambda: att.sinusoids(torch.arange(2), 3), "even size"),
        (lambda: att.rotate(torch.ones(3, 4), torch.arange(2)), "needs its place"),
        (lambda: att.causal_mask(3, 2), "queries for 2 keys"),
        (lambda: sequences.repeated(2, 10, 4, seeded(), (2, 6)), "between 2 and 4"),
        (lambda: sequences.markov_chains(2, 10, 1, seeded()), "at least 2 states"),
        (lambda: sequences.Vocabulary().encode(["七月x"]), "No token for x"),
        (lambda: sequences.TaskBatches(sequences.numerals, 0), "at least one sequence"),
    ],
)
def test_bad_arguments_get_a_sentence(refused, sentence):
    with pytest.raises(CourseError, match=sentence):
        refused()


def test_bad_tokens_masks_and_temperatures_get_a_sentence():
    model = att.Transformer(att.Shape(7, context=4, width=8, positions="learned"))
    one = torch.zeros(1, 3, dtype=torch.long)
    with pytest.raises(CourseError, match="0 to 6; got 0 to 9"):
        model(torch.tensor([[0, 9]]))
    with pytest.raises(CourseError, match="whole numbers"):
        model(torch.ones(1, 2))
    with pytest.raises(CourseError, match="end at 4"):
        model(torch.zeros(1, 5, dtype=torch.long))
    with pytest.raises(CourseError, match="temperature"):
        att.generate(model, one, 1, temperature=-1.0)
    with pytest.raises(CourseError, match="count is at least 1"):
        att.generate(model, one, 0)
    q = torch.ones(2, 2)
    with pytest.raises(CourseError, match="every key"):
        att.attention(q, q, q, torch.tensor([[True, True], [False, False]]))
    with pytest.raises(CourseError, match="A mask is bool"):
        att.attention(q, q, q, torch.ones(2, 2))


def test_numbers_are_written_as_people_write_them():
    from aigc_course.data.sequences.numerals import chinese, is_held_back, pair

    known = {
        1: "一",
        10: "十",
        15: "十五",
        20: "二十",
        101: "一百零一",
        110: "一百一十",
    }
    known |= {1010: "一千零一十", 2006: "二千零六", 9999: "九千九百九十九"}
    assert {n: chinese(n) for n in known} == known
    assert len({chinese(n) for n in range(1, 10_000)}) == 9_999
    import random

    chance = random.Random(0)
    pairs = [pair(chance) for _ in range(2_000)]
    held = sum(is_held_back(source) for source, _ in pairs) / len(pairs)
    assert 0.05 < held < 0.15


def test_unseen_items_are_in_no_training_batch():
    words = sequences.Vocabulary()
    seen = set(words.decode(sequences.numerals(3_000, seeded(1))[0]))
    unseen = set(words.decode(sequences.numerals(500, seeded(2), unseen=True)[0]))
    assert not seen & unseen


def test_each_batch_of_a_task_is_its_own_and_made_again_from_its_number():
    def first(count, seed):
        batches = sequences.TaskBatches(
            lambda n, g: torch.randint(1_000, (n,), generator=g), 6, seed
        )
        return [next(batches).tolist() for _ in range(count)]

    assert first(3, 0) == first(3, 0)
    different = {tuple(batch) for seed in (0, 1) for batch in first(3, seed)}
    assert len(different) == 6


def test_sinusoids_and_embeddings_have_one_size_at_the_start():
    tokens = torch.randint(50, (1, 60), generator=seeded())
    model = att.Transformer(att.Shape(50, context=60, positions="sinusoid"))
    both = model.before(tokens, None, None)[0].detach()
    words = model.embed(tokens).detach()
    ratio = (both - words).square().mean() / words.square().mean()
    assert 0.8 < float(ratio) < 1.25


def test_the_study_of_induction_is_judged_at_once_twice_and_four_times(monkeypatch):
    from aigc_course.studies.definitions import induction
    from aigc_course.studies.study import Cell

    lengths = []
    told = {12: 0.5, 24: 0.3, 48: 0.1}
    monkeypatch.setattr(induction, "LENGTH", 12)

    def judged(model, length, periods):
        lengths.append(length)
        return told[length]

    monkeypatch.setattr(induction, "accuracy", judged)
    outcome = induction._train(induction.SHAPE, None, Cell(0, scale=1e-9))
    assert sorted(lengths) == [12, 24, 48]
    found = [outcome[name] for name in ("accuracy", "twice", "four_times")]
    assert found == [0.5, 0.3, 0.1]


def test_accuracy_counts_what_can_be_predicted_and_nothing_else():
    from aigc_course.studies.definitions import induction

    class Copies(torch.nn.Module):
        shape = att.Shape(induction.VOCABULARY)

        def forward(self, tokens):
            return att.induction.induction_head(tokens, induction.VOCABULARY)

    assert induction.accuracy(Copies(), 24, n=20) == 1.0
    learned = att.Transformer(
        att.Shape(induction.VOCABULARY, context=24, width=16, positions="learned")
    )
    assert induction.accuracy(learned, 48, n=20) is None
