"""The instruction model: answers, scores, and the weights that ship."""

import math

import pytest
import torch

from aigc_course import attention, pretrained
from aigc_course.attention import instruct
from aigc_course.data import sequences
from aigc_course.data.sequences import instructions as ins
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return attention.Transformer(instruct.shape(width=16, layers=1)).eval()


def test_answers_do_not_depend_on_the_other_prompts(model):
    prompts = [ins.prompt("copy", word) for word in ("abcde", "x", "hello", "ab")]
    together = instruct.answers(model, prompts, most=5)
    apart = [instruct.answers(model, [one], most=5)[0] for one in prompts]
    assert together == apart
    assert all("\n" not in answer for answer in together)


def test_scores_are_log_probabilities_of_whole_answers(model):
    asked, words = ins.prompt("copy", "ab"), ins.LEXICON
    tokens = words.encode(asked + "ab\n")[None]
    with torch.no_grad():
        p = model(tokens[:, :-1])[0].log_softmax(-1)
    want = sum(float(p[-k, tokens[0, -k]]) for k in (3, 2, 1))
    got = instruct.score(model, asked, ["ab", "b", "positive"])
    assert float(got[0]) == pytest.approx(want, abs=1e-5)
    alone = instruct.score(model, asked, ["b"])
    assert float(got[1]) == pytest.approx(float(alone[0]), abs=1e-5)


def test_bad_prompts_are_told_in_a_sentence(model):
    with pytest.raises(CourseError, match="at least one"):
        instruct.answers(model, [""])
    with pytest.raises(CourseError, match="reads 32 tokens"):
        instruct.answers(model, ["copy\n" + "x" * 40 + "="])
    with pytest.raises(CourseError, match="no candidate"):
        instruct.score(model, "copy\nab=", [])
    with pytest.raises(CourseError, match="No token"):
        instruct.answers(model, ["copy\nß="])
    assert instruct.answers(model, []) == []


def test_the_loss_of_a_tiny_model_falls():
    torch.manual_seed(0)
    learner = instruct.learner(
        attention.Transformer(instruct.shape(width=16, layers=1)), lr_warmup=32, lr=1e-2
    )
    batches = sequences.TaskBatches(ins.instructions, 16)
    losses = [float(learner.step(next(batches))["loss"]) for _ in range(25)]
    assert losses[0] == pytest.approx(math.log(len(ins.LEXICON)), abs=0.2)
    assert losses[-1] < 0.7 * losses[0]


needs_weights = pytest.mark.skipif(
    instruct.NAME not in pretrained.names(), reason="made by tools/ship_instruct.py"
)


@needs_weights
def test_the_shipped_model_is_small_and_answers():
    model, words = instruct.shipped()
    card = pretrained.card(instruct.NAME)
    assert card["bytes"] <= 1_500_000
    assert len(words) == model.shape.vocabulary
    for task in ("copy", "reverse", "sort", "count", "add"):
        items = ins.items(40, task, torch.Generator().manual_seed(3))
        assert instruct.exact(model, items, words) >= card["tasks"][task] - 0.1
