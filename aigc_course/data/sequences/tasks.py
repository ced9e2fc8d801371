"""Tasks that a Transformer can solve only by looking back into its own context."""

import torch
from torch import Tensor

from aigc_course.errors import CourseError


def repeated(
    n: int,
    length: int,
    vocabulary: int,
    generator: torch.Generator,
    periods: tuple[int, int] | None = None,
) -> tuple[Tensor, Tensor]:
    """Different random tokens, and then the same again and again: [n, length].

    The first period cannot be predicted. From its second token on, the rest can: find
    where the present token stood before, and take what followed (Olsson et al. 2022).

    periods: smallest and largest number of different tokens, drawn anew for each
    sequence; None takes a quarter to three quarters of the length. With one fixed
    period a model can also count places back, without looking at a token.

    Returns tokens and counts, bool [n, length - 1], True for predictions that can be
    made. Raises CourseError for periods below 2, or above the vocabulary or length.
    """
    low, high = periods or (length // 4, 3 * length // 4)
    if not 2 <= low <= high <= min(vocabulary, length):
        raise CourseError(
            f"Periods lie between 2 and {min(vocabulary, length)}, the smaller first;"
            f" got {low} to {high}."
        )
    # the order of random numbers is a random permutation: no token stands twice
    words = torch.rand(n, vocabulary, generator=generator).argsort(dim=1)
    period = torch.randint(low, high + 1, (n, 1), generator=generator)
    places = torch.arange(length)
    tokens = words.gather(1, places % period)
    return tokens, places[1:] > period


def markov_chains(
    n: int, length: int, states: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Chains [n, length], each with its own transition matrix [n, states, states].

    Every row of a matrix is drawn from the even Dirichlet distribution (Edelman et al.
    2024), so that a model has to estimate it from the chain. The first state is even.
    """
    if states < 2 or length < 2:
        raise CourseError(
            f"A chain needs at least 2 states and 2 steps; got {states} and {length}."
        )
    # Dirichlet(1, ..., 1): exponential draws, divided by their sum
    draws = torch.rand(n, states, states, generator=generator).clamp_min(1e-30)
    rows = -draws.log()
    rows = rows / rows.sum(dim=-1, keepdim=True)
    chain = torch.randint(states, (n, 1), generator=generator)
    each = torch.arange(n)
    for _ in range(length - 1):
        now = rows[each, chain[:, -1]]  # [n, states]
        step = torch.multinomial(now, 1, generator=generator)
        chain = torch.cat([chain, step], dim=1)
    return chain, rows
