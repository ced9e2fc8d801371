"""Decoding rules on distributions that are known, and Muon against torch's own."""

import pytest
import torch

from aigc_course import attention as att
from aigc_course import training
from aigc_course.attention.decoding import Decoding, draw, within_top_p
from aigc_course.data.sequences.growing import Growing
from aigc_course.errors import CourseError
from aigc_course.training import muon as muon_module
from aigc_course.training.muon import FloatMuon, hidden_matrices, orthogonalised

P = torch.tensor([[0.4, 0.1, 0.3, 0.2]])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("settings", "want"),
    [
        ({}, [0.4, 0.1, 0.3, 0.2]),
        ({"temperature": 0.0}, [1, 0, 0, 0]),
        ({"temperature": 0.5}, [16 / 30, 1 / 30, 9 / 30, 4 / 30]),
        ({"top_k": 2}, [4 / 7, 0, 3 / 7, 0]),
        ({"top_k": 9}, [0.4, 0.1, 0.3, 0.2]),
        ({"top_p": 0.69}, [4 / 7, 0, 3 / 7, 0]),
        ({"top_p": 0.71}, [4 / 9, 0, 3 / 9, 2 / 9]),
        ({"top_p": 0.01}, [1, 0, 0, 0]),
        ({"top_p": 1.0}, [0.4, 0.1, 0.3, 0.2]),
        ({"min_p": 0.6}, [4 / 7, 0, 3 / 7, 0]),
        ({"min_p": 1.0}, [1, 0, 0, 0]),
        ({"top_k": 3, "min_p": 0.6}, [4 / 7, 0, 3 / 7, 0]),
        ({"temperature": 0.5, "top_p": 0.5}, [1, 0, 0, 0]),
    ],
)
def test_a_rule_leaves_the_distribution_that_it_promises(settings, want):
    found = Decoding(**settings).probabilities(P.log())
    assert torch.allclose(found, torch.tensor([want]).float(), atol=1e-6)


def test_equal_tokens_stay_in_their_order():
    same = torch.zeros(1, 5)
    assert Decoding(top_k=2).probabilities(same).tolist() == [[0.5, 0.5, 0, 0, 0]]
    # 0.2 + 0.2 is less than 0.5, so that a third is needed
    kept = Decoding(top_p=0.5).probabilities(same)[0]
    assert (kept > 0).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(("share", "kept"), [(0.5, 1), (0.75, 2), (0.76, 3)])
def test_a_share_that_is_reached_exactly_needs_no_more_tokens(share, kept):
    p = torch.tensor([[0.5, 0.25, 0.25]])  # sums without rounding
    assert int(within_top_p(p, share).sum()) == kept


def test_rows_are_judged_alone():
    both = torch.stack([P[0], P[0].flip(0)]).log()
    found = Decoding(top_p=0.69).probabilities(both)
    assert torch.allclose(found[1], found[0].flip(0))


def test_what_is_not_allowed_does_not_exist():
    allowed = torch.tensor([[False, True, True, True]])
    found = Decoding(top_k=2).probabilities(P.log(), allowed)
    assert torch.allclose(found, torch.tensor([[0, 0, 0.6, 0.4]]))
    with pytest.raises(CourseError, match="at least one"):
        Decoding().probabilities(P.log(), torch.zeros(1, 4).bool())


def test_tokens_come_as_often_as_their_probabilities_say():
    p = Decoding(top_p=0.85).probabilities(P.log()).expand(20_000, -1)
    counts = torch.bincount(draw(p, seeded()), minlength=4) / 20_000
    assert torch.allclose(counts, p[0], atol=0.015)  # four standard errors
    assert counts[1] == 0


@pytest.mark.parametrize(
    "settings",
    [{"temperature": -1.0}, {"top_k": 0}, {"top_p": 0.0}, {"top_p": 1.1}, {"min_p": 2}],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(CourseError):
        Decoding(**settings)


def tiny(**shape):
    torch.manual_seed(1)
    kind = {"vocabulary": 5, "context": 8, "width": 8, "layers": 1, "heads": 2}
    return att.Transformer(att.Shape(**{**kind, **shape}))


def test_a_grammar_is_always_kept():
    def next_is_other(tokens):  # no token twice in a row
        return torch.arange(5) != tokens[:, -1:]

    start = torch.zeros(30, 1).long()
    text = att.generate(tiny(), start, 40, allowed=next_is_other, generator=seeded())
    assert bool((text[:, 1:] != text[:, :-1]).all())
    free = att.generate(tiny(), start, 40, generator=seeded())
    assert not bool((free[:, 1:] != free[:, :-1]).all())


def test_a_cache_changes_no_token_and_top_k_of_one_is_greedy():
    start = torch.tensor([[1, 2]])
    with_cache = att.generate(tiny(), start, 12, top_p=0.8, generator=seeded(3))
    without = att.generate(
        tiny(), start, 12, top_p=0.8, generator=seeded(3), cached=False
    )
    assert torch.equal(with_cache, without)
    greedy = att.generate(tiny(), start, 12, temperature=0)
    assert torch.equal(att.generate(tiny(), start, 12, top_k=1), greedy)


def test_a_window_lets_learned_positions_go_on():
    model = tiny(positions="learned")
    start = torch.tensor([[1]])
    assert att.generate(model, start, 30, window=8).shape == (1, 31)
    with pytest.raises(CourseError, match="Learned positions"):
        att.generate(model, start, 30)
    with pytest.raises(CourseError, match="window"):
        att.generate(model, start, 3, window=1)


# Muon


@pytest.mark.parametrize("size", [(12, 12), (8, 32), (32, 8)])
def test_all_singular_values_come_near_one_and_the_vectors_stay(size):
    G = torch.randn(size, generator=seeded(4))
    X = orthogonalised(G)
    U, _, Vh = torch.linalg.svd(G, full_matrices=False)
    inside = U.T @ X @ Vh.T  # diagonal, if the singular vectors are the same
    assert torch.allclose(inside, inside.diagonal().diag(), atol=1e-4)
    assert bool(((inside.diagonal() > 0.4) & (inside.diagonal() < 1.4)).all())


@pytest.mark.parametrize("size", [(16, 16), (16, 48), (48, 16)])
def test_one_step_is_that_of_torchs_muon(size):
    w = torch.nn.Parameter(torch.randn(size, generator=seeded(5)))
    before = w.detach().clone()
    w.grad = torch.randn(size, generator=seeded(6))
    torch.optim.Muon([w], lr=0.1, momentum=0.95, weight_decay=0.0).step()
    scale = 0.1 * max(1, size[0] / size[1]) ** 0.5
    want = before - scale * orthogonalised(w.grad)
    assert torch.allclose(w, want, atol=0.05 * scale)  # torch computes in bfloat16


@pytest.mark.parametrize("size", [(16, 48), (48, 16)])
@pytest.mark.parametrize("pays", [True, False])
def test_muon_moves_as_torchs_does_with_and_without_fast_bfloat16(
    size, pays, monkeypatch
):
    monkeypatch.setattr(muon_module, "bf16_pays", lambda device: pays)
    start = torch.randn(size, generator=seeded(5))
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    settings = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.5}
    both = FloatMuon([ours], **settings), torch.optim.Muon([theirs], **settings)
    for step in range(4):
        gradient = torch.randn(size, generator=seeded(step))
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        for one in both:
            one.step()
    scale = 0.1 * max(1, size[0] / size[1]) ** 0.5
    assert torch.allclose(ours, theirs, atol=0.0 if pays else 0.1 * scale)
    moved = (ours.detach() - start).abs().max()
    assert float(moved) > scale  # far more than the difference allowed
    states = [one.state_dict()["state"][0] for one in both]
    assert states[0].keys() == states[1].keys()
    assert torch.equal(states[0]["momentum_buffer"], states[1]["momentum_buffer"])


def test_a_vector_is_refused():
    with pytest.raises(CourseError, match="matrix"):
        orthogonalised(torch.ones(3))


def learner(**settings):
    return att.NextToken(tiny(zero_start=True, normed=True), lr=1e-2, **settings)


def test_muon_gets_the_matrices_of_the_blocks_and_adam_the_rest():
    model = learner(muon=0.02)
    inside = {id(w) for w in hidden_matrices(model.networks)}
    assert len(inside) == 6  # four of attention, two of the feed-forward layer
    assert id(model.networks.embed.weight) not in inside
    assert id(model.networks.head.weight) not in inside
    adam, muon = model.descent.adam.adam, model.descent.adam.muon
    assert {id(w) for w in muon.param_groups[0]["params"]} == inside
    assert len(adam.param_groups[0]["params"]) + 6 == len(model.descent.weights)


def test_both_learning_rates_follow_one_schedule():
    model = learner(muon=0.02, decay_start=0.5, final_lr_factor=0.0)
    model.anneal(0.75)
    assert model.descent.adam.adam.param_groups[0]["lr"] == pytest.approx(0.005)
    assert model.descent.adam.muon.param_groups[0]["lr"] == pytest.approx(0.01)


def test_a_training_with_muon_goes_on_exactly_where_it_stopped(tmp_path):
    text = torch.randint(5, (200,), generator=seeded(7))

    def run(stops):
        model = learner(muon=0.02, bf16=False)
        batches = Growing(text, [(4, 5), (8, 5)], size=16)
        file = tmp_path / f"{len(stops)}.pt"
        for i, steps in enumerate(stops):
            budget = training.Budget(steps=steps)
            training.fit(
                model, batches, budget, checkpoint=file, resume=i > 0, progress=False
            )
            model, batches = learner(muon=0.02), Growing(text, [(4, 5), (8, 5)], 16)
            model.load_state_dict(torch.load(file, weights_only=True)["model"])
        return model.networks.state_dict()

    whole, parts = run([10]), run([10, 14])
    again = run([10, 14])
    assert all(torch.equal(parts[k], again[k]) for k in parts)
    assert any(not torch.equal(whole[k], parts[k]) for k in parts)


def test_a_zero_start_makes_all_tokens_equally_likely_and_still_learns():
    model = learner(muon=0.02)
    tokens = torch.randint(5, (4, 9), generator=seeded(8))
    assert not bool(model.networks(tokens).any())
    losses = [float(model.step(tokens)["loss"]) for _ in range(30)]
    assert losses[0] == pytest.approx(1.6094, abs=1e-3)  # log 5
    assert losses[-1] < 0.7 * losses[0]


def test_windows_grow_and_their_batches_hold_the_same_tokens():
    batches = Growing(torch.arange(100), [(4, 2), (8, 1), (16, 1)], size=32, seed=1)
    shapes = [tuple(next(batches).shape) for _ in range(6)]
    assert shapes == [(8, 5), (8, 5), (4, 9), (2, 17), (2, 17), (2, 17)]
    state = batches.state_dict()
    other = Growing(torch.arange(100), [(4, 2), (8, 1), (16, 1)], size=32, seed=9)
    other.load_state_dict(state)
    assert torch.equal(next(batches), next(other))
    with pytest.raises(CourseError, match="stages"):
        Growing(torch.arange(100), [], size=8)
