"""Exercise on the second head of the induction circuit."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.copying",
    order=90,
    title="Where an induction head looks",
    difficulty=4,
    minutes=15,
    asks="method",
    idea="From position t look for earlier positions with the same token. What followed"
    " them stands one position behind: that is where to look.",
    formula="match[t, s] = 1 where tokens[s - 1] = tokens[t] and 1 <= s <= t. Divide"
    " each row by its sum; a row without a match looks at position 0.",
    line="Write `match = torch.zeros(len(tokens), len(tokens))`, then `match[:, 1:] ="
    " (tokens[:, None] == tokens).tril(-1)[:, :-1].float()`, then `match[match.sum(1)"
    " == 0, 0] = 1`, then `return match / match.sum(dim=1, keepdim=True)`.",
    variation="Use the last match alone instead of all, and find sequences on which"
    " that helps.",
)


@exercise.answer
def copying(tokens: Tensor) -> Tensor:
    """The attention weights of a perfect induction head, [T, T].

    tokens: int [T]. Row t is even over the positions s with 1 <= s <= t whose previous
    token, tokens[s - 1], equals tokens[t]. Where there is none, row t looks at position
    0.
    """
    match = torch.zeros(len(tokens), len(tokens))
    # s - 1 < t: the position before s lies before t
    match[:, 1:] = (tokens[:, None] == tokens[None, :]).tril(-1)[:, :-1].float()
    match[match.sum(dim=1) == 0, 0] = 1.0
    return match / match.sum(dim=1, keepdim=True)


@exercise.inputs
def sequences() -> list[tuple[Tensor]]:
    repeated = torch.randperm(6).repeat(2)
    return [(repeated,), (torch.randint(3, (12,)),), (torch.tensor([4, 4, 4, 1]),)]


@exercise.must_hold
def sums(f) -> bool:
    """Each row sums to 1."""
    found = f(torch.randint(4, (10,)))
    return same(found.sum(dim=1), torch.ones(10))


@exercise.must_hold
def copies(f) -> bool:
    """On a sequence that stands there twice, the token looked at is the next one."""
    tokens = torch.randperm(7).repeat(2)
    looked = f(tokens)[7:-1].argmax(dim=1)
    return same(tokens[looked], tokens[8:])


@exercise.must_hold
def never_ahead(f) -> bool:
    """No row looks at a later position."""
    found = f(torch.randint(3, (9,)))
    return same(found.triu(1), torch.zeros(9, 9))


@exercise.must_hold
def nothing_before(f) -> bool:
    """A token that has not stood before looks at position 0."""
    return same(f(torch.arange(4))[:, 0], torch.ones(4))


def _shared(match: Tensor) -> Tensor:
    match = match.float()
    match[match.sum(dim=1) == 0, 0] = 1.0
    return match / match.sum(dim=1, keepdim=True)


@exercise.mistake(hint="idea")
def the_match_itself(tokens: Tensor) -> Tensor:
    """You look at the earlier copy of the token. What follows it stands one position
    behind: look there."""
    return _shared((tokens[:, None] == tokens[None, :]).tril(-1))


@exercise.mistake(hint="idea")
def the_one_before(tokens: Tensor) -> Tensor:
    """You look one position before the earlier copy. The token that followed stands one
    position behind it."""
    same_token = (tokens[:, None] == tokens[None, :]).tril(-1)
    match = torch.zeros(same_token.shape)
    match[:, :-1] = same_token[:, 1:].float()
    return _shared(match)


@exercise.mistake(hint="formula")
def itself_too(tokens: Tensor) -> Tensor:
    """You count the present position as an earlier copy of its own token, and so look
    one position ahead, into the future."""
    match = torch.zeros(len(tokens), len(tokens))
    match[:, 1:] = (tokens[:, None] == tokens[None, :]).tril()[:, :-1].float()
    return _shared(match)


@exercise.mistake(hint="formula")
def not_shared(tokens: Tensor) -> Tensor:
    """A row with several matches sums to more than 1. Divide each row by its sum."""
    match = torch.zeros(len(tokens), len(tokens))
    match[:, 1:] = (tokens[:, None] == tokens[None, :]).tril(-1)[:, :-1].float()
    match[match.sum(dim=1) == 0, 0] = 1.0
    return match


@exercise.mistake(hint="formula")
def without_a_rest(tokens: Tensor) -> Tensor:
    """A row without a match is 0 or NaN in your answer. Attention weights always sum to
    1: such a row looks at position 0."""
    match = torch.zeros(len(tokens), len(tokens))
    match[:, 1:] = (tokens[:, None] == tokens[None, :]).tril(-1)[:, :-1].float()
    return match / match.sum(dim=1, keepdim=True).clamp(min=1)


@exercise.mistake(hint="formula")
def latest_alone(tokens: Tensor) -> Tensor:
    """You look at the latest match alone. The exercise asks for all of them, evenly,
    as a softmax over equal scores gives."""
    match = torch.zeros(len(tokens), len(tokens))
    match[:, 1:] = (tokens[:, None] == tokens[None, :]).tril(-1)[:, :-1].float()
    positions = torch.arange(len(tokens))
    last = (match * (positions + 1)).argmax(dim=1)
    only = torch.zeros_like(match)
    only[positions, last] = match[positions, last]
    return _shared(only)


@exercise.mistake(hint="idea")
def by_the_previous_token_of_both(tokens: Tensor) -> Tensor:
    """You compare the tokens before both positions. The present token itself is
    compared with the token before s."""
    match = torch.zeros(len(tokens), len(tokens))
    match[1:, 1:] = (tokens[:-1, None] == tokens[None, :-1]).tril(-1).float()
    return _shared(match)


def _behind(tokens: Tensor) -> Tensor:
    match = torch.zeros(len(tokens), len(tokens))
    match[:, 1:] = (tokens[:, None] == tokens[None, :]).tril(-1)[:, :-1].float()
    return match


@exercise.mistake(hint="formula")
def rolled_round(tokens: Tensor) -> Tensor:
    """You roll the matches, so that the last token counts as the one before position 0.
    Nothing stands before position 0."""
    return _shared((tokens[:, None] == tokens[None, :]).roll(1, dims=1).tril())


@exercise.mistake(hint="formula")
def earliest_alone(tokens: Tensor) -> Tensor:
    """You look at the earliest match alone. The exercise asks for all of them, each
    with the same weight."""
    match = _behind(tokens)
    return _shared(match * (match.cumsum(dim=1) == 1))


@exercise.mistake(hint="idea")
def softmax_of_matches(tokens: Tensor) -> Tensor:
    """You take a softmax of zeros and ones: a match then counts only e times as much as
    any other position. A perfect head looks nowhere else."""
    match = torch.zeros(len(tokens), len(tokens))
    match[:, 1:] = (tokens[:, None] == tokens[None, :])[:, :-1].float()
    future = torch.ones_like(match).triu(1).bool()
    return match.masked_fill(future, float("-inf")).softmax(dim=1)


@exercise.mistake(hint="formula")
def columns_divided(tokens: Tensor) -> Tensor:
    """You divide each column by its sum. A row holds the weights of one query: divide
    the rows, dim=1."""
    match = _behind(tokens)
    match[match.sum(dim=1) == 0, 0] = 1.0
    return match / match.sum(dim=0).clamp(min=1)


@exercise.mistake(hint="formula")
def at_itself(tokens: Tensor) -> Tensor:
    """A row without a match looks at its own position in your answer. The exercise
    sends it to position 0."""
    match = _behind(tokens)
    match = match + torch.diag((match.sum(dim=1) == 0).float())
    return match / match.sum(dim=1, keepdim=True)


@exercise.mistake(hint="formula")
def nought_by_nought(tokens: Tensor) -> Tensor:
    """A row without a match has the sum 0, and you divide 0 by 0. Put a 1 at its
    position 0 before you divide."""
    match = _behind(tokens)
    return match / match.sum(dim=1, keepdim=True)


@exercise.mistake(hint="formula")
def everywhere(tokens: Tensor) -> Tensor:
    """A row without a match looks at all positions so far in your answer. The exercise
    sends it to position 0."""
    match = _behind(tokens)
    nowhere = match.sum(dim=1, keepdim=True) == 0
    match = torch.where(nowhere, torch.ones_like(match).tril(), match)
    return match / match.sum(dim=1, keepdim=True)
