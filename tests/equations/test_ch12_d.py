"""The equations of chapter 12 on prompts, each by its number."""

import itertools
import math

import pytest
import torch

from aigc_course.apps.prompts.grammar import Choices
from aigc_course.apps.prompts.judge import calibrated, majority
from aigc_course.attention.decoding import Decoding
from aigc_course.checks import registry


def reference(name):
    return registry.get(f"12.{name}").reference


@pytest.mark.equation("12.14")
def test_the_allowed_tokens_share_what_there_is():
    logits = torch.randn(1, 9, generator=torch.Generator().manual_seed(0))
    pieces = ["", "p", "pos", "positive", "itive", "n", "neg", "ative", "x"]
    allowed = reference("allowed_tokens")("", ["positive", "negative"], pieces)
    p = logits.softmax(-1)
    want = p * allowed / (p * allowed).sum()
    found = Decoding().probabilities(logits, allowed)
    assert torch.allclose(found, want, atol=1e-7)
    # the course's own grammar allows the same
    names = [piece.encode() for piece in pieces]
    grammar = Choices(["positive", "negative"], [*names, *map(bytes, LETTERS)], end=0)
    tokens = [token for token in grammar.allowed(b"") if token < len(pieces)]
    assert tokens == allowed.nonzero()[:, 0].tolist()


LETTERS = [[ord(letter)] for letter in "positivenega"]


@pytest.mark.equation("12.15")
def test_the_factors_make_an_empty_text_even():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(6, 3, generator=generator).log_softmax(-1)
    empty = torch.randn(1, 3, generator=generator).log_softmax(-1)
    want = scores.exp() / empty.exp()
    want = want / want.sum(1, keepdim=True)
    assert torch.allclose(calibrated(scores, empty).exp(), want, atol=1e-6)
    assert torch.allclose(reference("calibrated")(scores, empty[0]), want, atol=1e-6)
    assert torch.allclose(calibrated(empty, empty).exp(), torch.full((1, 3), 1 / 3))


@pytest.mark.equation("12.16")
@pytest.mark.parametrize("p", [0.3, 0.5, 0.8])
def test_a_majority_is_counted_over_all_outcomes(p):
    total = 0.0
    for votes in itertools.product((0, 1), repeat=5):
        if sum(votes) >= 3:
            total += math.prod(p if vote else 1 - p for vote in votes)
    assert math.isclose(majority(p, 5), total, rel_tol=1e-12)
    assert math.isclose(reference("majority")(p, 5), total, rel_tol=1e-12)
