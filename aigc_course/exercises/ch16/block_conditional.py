"""Exercise on blocked Gibbs sampling: the distribution that a block is drawn from."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.block_conditional",
    order=34,
    title="What a block is drawn from",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Fix the voices that stay at their values: this cuts a slice out of the table."
    " The slice is not a distribution yet.",
    formula="p(block | rest) = p(block, rest) / sum over the block of p(block, rest).",
    line="Write `slice_ = p[tuple(slice(None) if h else v for v, h in zip(notes,"
    " hidden))]`, then `return slice_ / slice_.sum()`.",
    variation="Draw a block many times, each time another one, and compare the"
    " frequencies of the whole chords with the table.",
)


@exercise.answer
def block_conditional(p: Tensor, notes: list[int], hidden: list[bool]) -> Tensor:
    """The distribution of the hidden voices, given the others.

    p: the joint distribution of the voices' notes, [K1, K2, ...], one axis for each
    voice; it sums to 1. notes: the current note of each voice. hidden: which voices are
    written again; at least one. Returns one axis for each hidden voice, in their order.
    """
    cut = tuple(
        slice(None) if hide else note for note, hide in zip(notes, hidden, strict=True)
    )
    part = p[cut]
    return part / part.sum()


Case = tuple[Tensor, list[int], list[bool]]


def joint(*kinds: int, seed: int = 0) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    p = torch.rand(*kinds, generator=g) ** 3
    return p / p.sum()


@exercise.inputs
def cases() -> list[Case]:
    three, four = joint(3, 4, 5), joint(2, 3, 4, 3, seed=1)
    return [
        (joint(3, 3, seed=2), [1, 2], [False, True]),
        (joint(3, 3, seed=2), [1, 2], [True, False]),
        (three, [2, 1, 3], [False, True, True]),
        (three, [0, 3, 4], [True, False, True]),
        (three, [1, 2, 0], [False, False, True]),
        (four, [1, 0, 3, 2], [False, True, True, True]),
        (four, [0, 2, 1, 1], [True, False, False, True]),
    ]


@exercise.must_hold
def sums_to_one(f) -> bool:
    """The result is a distribution: it sums to 1."""
    return all(abs(float(f(*case).sum()) - 1) < 1e-5 for case in cases())


@exercise.must_hold
def the_joint_stays(f) -> bool:
    """If chords come from p and one voice is drawn again, chords still come from p."""
    p = joint(3, 4, seed=5)
    after = torch.zeros(3, 4)
    for a in range(3):
        for b in range(4):
            after[a] += p[a, b] * torch.as_tensor(f(p, [a, b], [False, True])).float()
    return same(after, p)


@exercise.must_hold
def hidden_notes_do_not_matter(f) -> bool:
    """What the hidden voices sang before has no influence."""
    p = joint(3, 4, 5)
    hidden = [False, True, True]
    return same(f(p, [2, 0, 0], hidden), f(p, [2, 3, 4], hidden))


def _cut(notes, hidden):
    return tuple(
        slice(None) if hide else note for note, hide in zip(notes, hidden, strict=True)
    )


@exercise.mistake(hint="formula")
def not_normalised(p, notes, hidden):
    """You return the slice as it is. It sums to the probability of the voices that
    stay: divide by its sum."""
    return p[_cut(notes, hidden)]


@exercise.mistake(hint="idea")
def marginal(p, notes, hidden):
    """You sum over the voices that stay, so their notes have no influence. Fix them at
    their current notes instead."""
    return p.sum(dim=[i for i, hide in enumerate(hidden) if not hide])


@exercise.mistake(hint="idea")
def the_others(p, notes, hidden):
    """You fix the hidden voices and return a distribution of those that stay. It is the
    hidden ones that are drawn."""
    part = p[_cut(notes, [not hide for hide in hidden])]
    return part / part.sum()


@exercise.mistake(hint="idea")
def voices_apart(p, notes, hidden):
    """You multiply a distribution for each hidden voice. The hidden voices depend on
    each other: a block has one joint distribution."""
    part = p[_cut(notes, hidden)]
    part = part / part.sum()
    product = torch.ones_like(part)
    for axis in range(part.ndim):
        rest = [i for i in range(part.ndim) if i != axis]
        product = product * (part.sum(dim=rest, keepdim=True) if rest else part)
    return product


@exercise.mistake(hint="formula")
def rows_normalised(p, notes, hidden):
    """You normalise along the last axis alone. All entries of the block together sum to
    1."""
    part = p[_cut(notes, hidden)]
    return part / part.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="formula")
def softmax_of_probabilities(p, notes, hidden):
    """You take a softmax of probabilities. They are not logits: divide by their sum."""
    part = p[_cut(notes, hidden)]
    return part.flatten().softmax(0).reshape(part.shape)


@exercise.mistake(hint="formula")
def divided_by_the_largest(p, notes, hidden):
    """You divide by the largest entry. For a distribution divide by the sum."""
    part = p[_cut(notes, hidden)]
    return part / part.max()


@exercise.mistake(hint="idea")
def one_at_a_time(p, notes, hidden):
    """You give a block in which only one hidden voice moves and the others keep their
    old notes. All hidden voices are drawn together."""
    first = hidden.index(True)
    part = p[_cut(notes, [i == first for i in range(len(hidden))])]
    part = part / part.sum()
    kept = [i for i, hide in enumerate(hidden) if hide]
    whole = torch.zeros([p.shape[i] for i in kept])
    whole[(slice(None), *(notes[i] for i in kept[1:]))] = part
    return whole


@exercise.mistake(hint="formula")
def most_likely_alone(p, notes, hidden):
    """You put all weight on the likeliest block. That is a search for a maximum and not
    sampling: return all probabilities."""
    part = p[_cut(notes, hidden)]
    best = torch.zeros_like(part)
    best.view(-1)[part.argmax()] = 1.0
    return best


@exercise.mistake(hint="idea")
def later_voices_unseen(p, notes, hidden):
    """You use only the voices before the first hidden one and sum over those after it.
    All voices that are not hidden keep their notes: fix them all."""
    first = hidden.index(True)
    for axis in reversed(range(p.ndim)):
        if not hidden[axis]:
            p = p.select(axis, notes[axis]) if axis < first else p.sum(axis)
    return p / p.sum()


@exercise.mistake(hint="formula")
def axes_reversed(p, notes, hidden):
    """Your axes are in the reverse order. The first axis belongs to the first hidden
    voice."""
    part = p[_cut(notes, hidden)]
    part = part / part.sum()
    return part.permute(*reversed(range(part.ndim)))


@exercise.mistake(hint="formula")
def columns_normalised(p, notes, hidden):
    """You normalise along the first axis alone. All entries of the block together sum
    to 1."""
    part = p[_cut(notes, hidden)]
    return part / part.sum(dim=0, keepdim=True)


@exercise.mistake(hint="idea")
def current_notes_alone(p, notes, hidden):
    """You return one number, the probability of the current notes of the hidden voices.
    A block is drawn from all its notes: return a table of their probabilities."""
    return p[tuple(notes)] / p[_cut(notes, hidden)].sum()


@exercise.mistake(hint="formula")
def logarithms(p, notes, hidden):
    """You return log-probabilities. The probabilities themselves are asked for."""
    part = p[_cut(notes, hidden)]
    return (part / part.sum()).log()


@exercise.mistake(hint="formula")
def axes_kept(p, notes, hidden):
    """You keep an axis of length 1 for each voice that stays. The result has one axis
    for each hidden voice: index the others with a number, not with a slice."""
    cut = tuple(
        slice(None) if hide else slice(note, note + 1)
        for note, hide in zip(notes, hidden, strict=True)
    )
    return p[cut] / p[cut].sum()


@exercise.mistake(hint="formula")
def divided_by_its_size(p, notes, hidden):
    """You divide by the number of entries. For a distribution divide by their sum."""
    part = p[_cut(notes, hidden)]
    return part / part.numel()
