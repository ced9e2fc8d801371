"""Exercise on how much a matrix can stretch, by power iteration."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "06.spectral_norm",
    order=130,
    title="How far can a layer stretch?",
    difficulty=3,
    minutes=12,
    idea="Send a vector through W and back through its transpose, again and again; the"
    " direction that is stretched most becomes the largest part. Divide by the"
    " length after each product.",
    formula="u = W v / |W v|, then v = W^T u / |W^T u|, `steps` times; at the end the"
    " estimate is u . W v.",
    line="Write `for _ in range(steps): u = W @ v; u = u / u.norm(); v = W.T @ u; v"
    " = v / v.norm()` and `return u @ W @ v`.",
    variation="Take one step only, but keep v from one training step to the next: that"
    " is all that spectral normalisation costs.",
    asks="method",
)


@exercise.answer
def spectral_norm(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """The largest singular value of W [m, n], estimated from v [n], a scalar.

    steps: rounds of power iteration, at least 1 (Miyato et al. 2018, algorithm 1).
    """
    for _ in range(steps):
        u = W @ v
        u = u / u.norm()
        v = W.T @ u
        v = v / v.norm()
    return u @ W @ v


def stretched(m: int, n: int, *values: float) -> Tensor:
    """A matrix [m, n] with these singular values, in random directions."""
    return with_directions(m, n, *values)[0]


def with_directions(m: int, n: int, *values: float) -> tuple[Tensor, Tensor]:
    """Such a matrix, and the directions that it stretches so, in columns."""
    U = torch.linalg.qr(torch.randn(m, m))[0][:, : len(values)]
    V = torch.linalg.qr(torch.randn(n, n))[0][:, : len(values)]
    return U @ torch.diag(torch.tensor(values)) @ V.T, V


@exercise.inputs
def matrices() -> list[tuple[Tensor, Tensor, int]]:
    W, V = with_directions(5, 4, 3.0, 2.0, 1.0)
    return [
        (W, V[:, 1].clone(), 3),  # the rounds never leave this direction
        (stretched(4, 4, 3.0, 1.0, 0.5), torch.randn(4), 30),
        (stretched(3, 6, 5.0, 2.0, 1.0), torch.randn(6), 30),
        (stretched(7, 2, 0.8, 0.2), torch.randn(2), 30),
        (-2.0 * torch.eye(3), torch.tensor([0.6, 0.0, 0.8]), 1),
    ]


@exercise.must_hold
def as_torch_says(f) -> bool:
    """It is the largest singular value that `torch.linalg.matrix_norm(W, 2)` gives."""
    W = stretched(5, 8, 4.0, 2.0, 1.0, 0.5)
    return bool(torch.isclose(f(W, torch.randn(8), 40), torch.tensor(4.0), rtol=1e-3))


@exercise.must_hold
def starts_from_v(f) -> bool:
    """A start in the direction of the second singular value stays there: with `v` the
    second singular vector, three rounds give the second singular value."""
    W, V = with_directions(6, 6, 3.0, 2.9, 1.0)
    return bool(torch.isclose(f(W, V[:, 1].clone(), 3), torch.tensor(2.9), rtol=1e-3))


@exercise.must_hold
def not_there_at_once(f) -> bool:
    """With close singular values one round leaves a visible error, since (6.16) shrinks
    it only by the square of their ratio."""
    W, V = with_directions(6, 6, 3.0, 2.9, 1.0)
    return bool(f(W, V[:, 0] + V[:, 1], 1) < 2.99)


@exercise.must_hold
def grows_with_the_matrix(f) -> bool:
    """A matrix ten thousand times as large stretches ten thousand times as far, also
    after many steps."""
    W, v = stretched(4, 3, 2.0, 0.5), torch.randn(3)
    large = f(1e4 * W, v, 60)
    return bool(torch.isclose(large, torch.tensor(2e4), rtol=1e-3))


@exercise.must_hold
def never_too_much(f) -> bool:
    """After a single step the estimate is too small at most, never too large."""
    W = stretched(6, 6, 3.0, 2.9, 1.0)
    return bool(f(W, torch.randn(6), 1) <= 3.0 + 1e-4)


@exercise.mistake(hint="idea")
def frobenius(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """This is the root of the sum of all squares, which is the length of all singular
    values together. Only the largest one says how far W can stretch a vector."""
    return W.norm()


@exercise.mistake(hint="idea")
def largest_entry(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """You take the largest entry of W. A matrix can stretch far without any large
    entry: many small ones add up."""
    return W.abs().max()


@exercise.mistake(hint="formula")
def root_forgotten(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """Your number is the square of the right one: W and its transpose together stretch
    twice. Measure the length of W v alone."""
    return spectral_norm(W, v, steps) ** 2


@exercise.mistake(hint="formula")
def start_kept(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """You measure how far W stretches the vector you were given. Let it turn towards
    the direction that is stretched most first: go through W and back, `steps` times."""
    return (W @ v).norm() / v.norm()


@exercise.mistake(hint="formula")
def lengths_kept(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """The vector is not brought back to length 1, so it grows with every round and
    your number with it. Divide by the length after each product."""
    for _ in range(steps):
        v = W.T @ (W @ v)
    return (W @ v).norm()


@exercise.mistake(hint="idea")
def one_way_only(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """You send the vector through W again and again, without the way back. That finds
    eigenvalues, of a square W; a stretch is found through W and its transpose."""
    side = max(W.shape)
    square = torch.zeros(side, side)
    square[: W.shape[0], : W.shape[1]] = W
    v = torch.cat([v, torch.zeros(side - len(v))])
    for _ in range(steps):
        v = square @ v
        v = v / v.norm()
    return (square @ v).norm()


@exercise.mistake(hint="idea")
def by_svd(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """This is the exact singular value, and neither `v` nor `steps` plays a part. Write
    the power iteration: in training it replaces the decomposition at every step."""
    return torch.linalg.matrix_norm(W, 2)


@exercise.mistake(hint="formula")
def one_round(W: Tensor, v: Tensor, steps: int) -> Tensor:
    """You go through W and back once, whatever `steps` says. Repeat both products
    `steps` times."""
    return spectral_norm(W, v, 1)
