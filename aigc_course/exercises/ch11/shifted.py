"""Exercise on what a decoder is given and what it is asked while it learns."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.shifted",
    order=110,
    title="What the decoder may see",
    difficulty=3,
    minutes=10,
    asks="method",
    idea="At each position the decoder sees the right tokens up to there and is asked"
    " for the next one. So inputs and answers are the same row, one position apart.",
    formula="inputs = start, y_1, ..., y_(T-1); answers = y_1, ..., y_T; a position"
    " counts where its answer is not padding.",
    line="Write `first = torch.full((len(target), 1), start)`, then `inputs ="
    " torch.cat([first, target[:, :-1]], dim=1)`, then `return inputs, target, target"
    " != pad`.",
    variation="Feed the decoder its own predictions while it learns, and see what"
    " happens in the first steps.",
)


@exercise.answer
def shifted(target: Tensor, start: int, pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """For teacher forcing: (inputs [B, T], answers [B, T], counts bool [B, T]).

    target: int [B, T], each row ending in an end mark and then padding. The decoder
    reads inputs and is asked for answers; the loss takes the positions that count.
    """
    first = torch.full((len(target), 1), start)
    inputs = torch.cat([first, target[:, :-1]], dim=1)
    return inputs, target, target != pad


@exercise.inputs
def rows() -> list[tuple[Tensor, int, int]]:
    one = torch.tensor([[5, 6, 2, 0, 0], [7, 3, 9, 4, 2]])
    other = torch.tensor([[4, 8, 9], [8, 9, 9], [9, 0, 9]])
    return [(one, 1, 0), (other, 7, 9)]


@exercise.must_hold
def no_peeking(f) -> bool:
    """The input at a position does not depend on its answer: a change of the last token
    of the target changes no input."""
    target = torch.tensor([[4, 5, 6, 2]])
    other = torch.tensor([[4, 5, 6, 7]])
    return same(f(other, 1, 0)[0], f(target, 1, 0)[0])


@exercise.must_hold
def the_end_counts(f) -> bool:
    """The end mark is an answer that counts: the decoder has to learn to stop."""
    target = torch.tensor([[4, 2, 0]])
    _, answers, counts = f(target, 1, 0)
    return bool((answers[torch.as_tensor(counts).bool()] == 2).any())


@exercise.must_hold
def padding_does_not(f) -> bool:
    """No position whose answer is padding counts."""
    target = torch.tensor([[4, 2, 0, 0], [2, 0, 0, 0]])
    _, answers, counts = f(target, 1, 0)
    return not bool((answers[torch.as_tensor(counts).bool()] == 0).any())


@exercise.mistake(hint="idea")
def the_answer_itself(target: Tensor, start: int, pad: int):
    """Your decoder sees the answer at the position where it is asked for it. It learns
    to copy, its loss falls to 0, and it can write nothing. Shift the inputs by one."""
    return target, target, target != pad


@exercise.mistake(hint="formula")
def the_first_token_lost(target: Tensor, start: int, pad: int):
    """You cut the first token off the target: the decoder is never asked for it, and
    the start mark never stands before it. Put `start` in front of the inputs."""
    inputs = target[:, :-1]
    return inputs, target[:, 1:], target[:, 1:] != pad


@exercise.mistake(hint="formula")
def counted_by_the_inputs(target: Tensor, start: int, pad: int):
    """You count the positions whose input is not padding. There the answer after the
    end mark is padding, which the decoder then learns. Look at the answers."""
    first = torch.full((len(target), 1), start)
    inputs = torch.cat([first, target[:, :-1]], dim=1)
    return inputs, target, inputs != pad


@exercise.mistake(hint="idea")
def all_counted(target: Tensor, start: int, pad: int):
    """All positions count, so the decoder learns mostly to write padding. Count the
    positions whose answer is a token."""
    first = torch.full((len(target), 1), start)
    inputs = torch.cat([first, target[:, :-1]], dim=1)
    return inputs, target, torch.ones_like(target, dtype=torch.bool)


@exercise.mistake(hint="formula")
def shifted_to_the_left(target: Tensor, start: int, pad: int):
    """You shift the inputs to the left: the decoder sees the token after the one it is
    asked for. Shift to the right, with `start` at the front."""
    last = torch.full((len(target), 1), start)
    return torch.cat([target[:, 1:], last], dim=1), target, target != pad


@exercise.mistake(hint="formula")
def rolled_round(target: Tensor, start: int, pad: int):
    """You roll the row, so that the last token of the target stands where the start
    mark belongs."""
    return target.roll(1, dims=1), target, target != pad


@exercise.mistake(hint="idea")
def mask_turned_round(target: Tensor, start: int, pad: int):
    """You count the padding and leave out the tokens: True marks a position that
    counts."""
    first = torch.full((len(target), 1), start)
    inputs = torch.cat([first, target[:, :-1]], dim=1)
    return inputs, target, target == pad


def _read(target: Tensor, start: int) -> Tensor:
    first = torch.full((len(target), 1), start)
    return torch.cat([first, target[:, :-1]], dim=1)


@exercise.mistake(hint="idea")
def shifted_twice(target: Tensor, start: int, pad: int):
    """You shift the inputs to the right and the answers to the left: two positions
    apart, so the decoder is asked for the token after the next. One shift is enough."""
    last = torch.full((len(target), 1), pad)
    answers = torch.cat([target[:, 1:], last], dim=1)
    return _read(target, start), answers, answers != pad


@exercise.mistake(hint="formula")
def first_replaced(target: Tensor, start: int, pad: int):
    """You write `start` over the first token and shift nothing: from the second
    position on the decoder sees its answer."""
    inputs = target.clone()
    inputs[:, 0] = start
    return inputs, target, target != pad


@exercise.mistake(hint="formula")
def padding_in_front(target: Tensor, start: int, pad: int):
    """You put padding in front of the inputs. The first token that the decoder reads is
    the start mark, `start`."""
    return _read(target, pad), target, target != pad


@exercise.mistake(hint="formula")
def one_too_long(target: Tensor, start: int, pad: int):
    """Your inputs are one position longer than the answers. The last token of the
    target is never read: cut it off."""
    first = torch.full((len(target), 1), start)
    return torch.cat([first, target], dim=1), target, target != pad


@exercise.mistake(hint="formula")
def padding_taken_for_zero(target: Tensor, start: int, pad: int):
    """You count the tokens that are not 0. Padding is the token `pad`, which need not
    be 0."""
    return _read(target, start), target, target != 0


@exercise.mistake(hint="line")
def in_the_other_order(target: Tensor, start: int, pad: int):
    """You return the answers first. The order is inputs, answers, counts."""
    return target, _read(target, start), target != pad
