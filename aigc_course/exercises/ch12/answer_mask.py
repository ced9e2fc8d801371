"""Exercise on which tokens of an instruction enter the loss."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.answer_mask",
    order=220,
    title="What the model has to learn to write",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="Walk along the row. A mark opens an answer behind it, a stop closes it and"
    " still belongs to it. Prediction t is about token t + 1.",
    formula="inside[0] = False; inside[t + 1] = (inside[t] or tokens[t] = mark) and"
    " tokens[t] != stop. The mask of the predictions is inside[1], ..., inside[T].",
    line="Write `inside = [torch.zeros(len(tokens), dtype=torch.bool)]`, then `for now"
    " in tokens.T[:-1]: inside.append((inside[-1] | (now == mark)) & (now != stop))`,"
    " then `return torch.stack(inside[1:], dim=1)`.",
    variation="Let the first answer of each row not count, as for prompts without an"
    " instruction.",
)


@exercise.answer
def answer_mask(tokens: Tensor, mark: int, stop: int) -> Tensor:
    """Which predictions enter the loss: bool [B, T].

    tokens: int [B, T + 1]. Prediction t is about the token at t + 1. It counts when
    that token belongs to an answer: what stands behind a mark, up to the next stop, and
    the stop itself. A row may hold several answers. No answer holds a mark.
    """
    inside = [torch.zeros(len(tokens), dtype=torch.bool)]
    for now in tokens.T[:-1]:
        inside.append((inside[-1] | (now == mark)) & (now != stop))
    return torch.stack(inside[1:], dim=1)


@exercise.inputs
def prompts():
    # 8 is the mark, 9 the stop, 0 padding
    one = torch.tensor([[5, 9, 3, 4, 8, 4, 3, 9], [6, 9, 2, 8, 2, 9, 0, 0]])
    two = torch.tensor(
        [[5, 9, 1, 8, 1, 9, 3, 8, 3, 9, 0], [9, 1, 2, 8, 7, 7, 9, 4, 8, 5, 9]]
    )
    return [(one, 8, 9), (two, 8, 9), (9 - two, 1, 0)]


@exercise.must_hold
def stop_counts(f) -> bool:
    """The stop behind an answer counts: the model has to learn to end."""
    found = torch.as_tensor(f(torch.tensor([[5, 9, 4, 8, 4, 9]]), 8, 9)).bool()
    return bool(found[0, 4])


@exercise.must_hold
def given_does_not(f) -> bool:
    """Nothing of the instruction and of what is given counts, the mark included."""
    found = torch.as_tensor(f(torch.tensor([[5, 9, 4, 3, 8, 4, 3, 9]]), 8, 9)).bool()
    return not bool(found[0, :4].any())


@exercise.must_hold
def padding_does_not(f) -> bool:
    """Nothing behind the last stop counts."""
    found = torch.as_tensor(f(torch.tensor([[5, 9, 4, 8, 4, 9, 0, 0, 0]]), 8, 9))
    return not bool(found.bool()[0, 5:].any())


@exercise.must_hold
def every_answer(f) -> bool:
    """Answers of demonstrations count like the last one: three answers of one token and
    their stops are six predictions."""
    row = torch.tensor([[5, 9] + [4, 8, 4, 9] * 3])
    return same(torch.as_tensor(f(row, 8, 9)).float().sum(), torch.tensor(6.0))


def _inside(tokens, mark, stop):
    inside = [torch.zeros(len(tokens), dtype=torch.bool)]
    for now in tokens.T:
        inside.append((inside[-1] | (now == mark)) & (now != stop))
    return torch.stack(inside[:-1], dim=1)  # [B, T + 1]


@exercise.mistake(hint="idea")
def everything(tokens, mark, stop):
    """Every prediction counts. Then most of the loss asks the model to guess what it is
    given, which is random."""
    return torch.ones_like(tokens[:, 1:], dtype=torch.bool)


@exercise.mistake(hint="idea")
def all_but_padding(tokens, mark, stop):
    """You leave out the padding alone. What is given and the instruction must not count
    either."""
    return tokens[:, 1:] != 0


@exercise.mistake(hint="formula")
def without_the_stop(tokens, mark, stop):
    """The stop behind an answer does not count in your mask: the model never learns to
    end. Let it count."""
    return (_inside(tokens, mark, stop) & (tokens != stop))[:, 1:]


@exercise.mistake(hint="formula")
def one_too_early(tokens, mark, stop):
    """Your mask is one position early: it asks for the mark, and leaves out the stop.
    Prediction t is about token t + 1."""
    whole = _inside(tokens, mark, stop)
    later = torch.cat([whole[:, 2:], torch.zeros(len(tokens), 1).bool()], dim=1)
    return later


@exercise.mistake(hint="formula")
def one_too_late(tokens, mark, stop):
    """You mark the tokens that are read, not those that are predicted. Prediction t is
    about token t + 1, so drop the first column and not the last."""
    return _inside(tokens, mark, stop)[:, :-1]


@exercise.mistake(hint="idea")
def one_column_more(tokens, mark, stop):
    """Your mask has a column for each token. The first token is not predicted: drop its
    column."""
    return _inside(tokens, mark, stop)


@exercise.mistake(hint="idea")
def from_the_first_mark_on(tokens, mark, stop):
    """From the first mark on everything counts, so the next question and the padding
    count as well. A stop closes the answer."""
    seen = (tokens == mark).cumsum(dim=1) - (tokens == mark).long()
    return (seen > 0)[:, 1:]


@exercise.mistake(hint="idea")
def first_answer_alone(tokens, mark, stop):
    """Only the first answer of a row counts. The answers of later lines count as
    well."""
    before = (tokens == mark).cumsum(dim=1) - (tokens == mark).long()
    return (_inside(tokens, mark, stop) & (before == 1))[:, 1:]


@exercise.mistake(hint="idea")
def last_answer_alone(tokens, mark, stop):
    """Only the last answer of a row counts. The answers of demonstrations are correct
    answers too: let them count."""
    is_mark = tokens == mark
    before = is_mark.cumsum(dim=1) - is_mark.long()
    last = is_mark.sum(dim=1, keepdim=True)
    return (_inside(tokens, mark, stop) & (before == last))[:, 1:]


@exercise.mistake(hint="idea")
def turned_round(tokens, mark, stop):
    """Your mask is True for what is given and False for the answers. True means that
    the prediction counts."""
    return ~_inside(tokens, mark, stop)[:, 1:]


@exercise.mistake(hint="formula")
def with_the_mark(tokens, mark, stop):
    """The mark itself counts in your mask. It belongs to the prompt; the answer begins
    behind it."""
    return (_inside(tokens, mark, stop) | (tokens == mark))[:, 1:]
