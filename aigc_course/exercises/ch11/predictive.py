"""Exercise on the best possible prediction of a Markov chain."""

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.predictive",
    order=100,
    title="The best that any model can do",
    difficulty=4,
    minutes=15,
    asks="derive",
    idea="Given the chain so far, the row of the transition matrix that starts at the"
    " present state has a posterior: a Dirichlet distribution with the counts of the"
    " steps from that state added. The answer is its mean.",
    formula="p(b) = (n_ab + 1) / (n_a + K), with a the last state, n_ab the steps from"
    " a to b in the chain, n_a their sum.",
    line="Write `after = chain[1:][chain[:-1] == chain[-1]]`, then `counts ="
    " torch.bincount(after, minlength=states)`, then `return (counts + 1) /"
    " (len(after) + states)`.",
    variation="Replace the prior by Dirichlet(1/2, ..., 1/2), and see whether the"
    " answer changes more early or late in the chain.",
)


@exercise.answer
def predictive(chain: Tensor, states: int) -> Tensor:
    """p(next state | chain), [states], when each row of the matrix is even-Dirichlet.

    chain: int [T]. The rows of the unknown transition matrix are independent draws
    from Dirichlet(1, ..., 1).
    """
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states)
    return (counts + 1) / (len(after) + states)


@exercise.inputs
def chains() -> list[tuple[Tensor, int]]:
    return [
        (torch.randint(3, (20,)), 3),
        (torch.tensor([0, 1, 0, 1, 0]), 2),
        (torch.tensor([2]), 4),
        (torch.randint(5, (40,)), 5),
        (torch.tensor([1, 2, 0, 2, 2]), 3),  # the last step counts, too
    ]


@exercise.must_hold
def probabilities(f) -> bool:
    """The answer sums to 1 and has no zero: every step is still possible."""
    found = f(torch.tensor([0, 0, 0, 1, 0]), 3)
    return same(found.sum(), torch.tensor(1.0)) and bool((found > 0).all())


@exercise.must_hold
def nothing_known(f) -> bool:
    """At the start nothing is known: all states are equally likely."""
    return same(f(torch.tensor([1]), 4), torch.full((4,), 0.25))


@exercise.must_hold
def from_the_last_state(f) -> bool:
    """Steps from other states do not matter."""
    one, other = torch.tensor([1, 2, 1, 2, 0, 0]), torch.tensor([2, 2, 2, 1, 0, 0])
    return same(f(one, 3), f(other, 3))


@exercise.mistake(hint="formula")
def shares_alone(chain: Tensor, states: int) -> Tensor:
    """You return the shares of the steps so far, without the prior: a step that has not
    been seen gets probability 0, and without any step there is 0/0."""
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states).float()
    return counts / max(len(after), 1)


@exercise.mistake(hint="idea")
def of_the_whole_chain(chain: Tensor, states: int) -> Tensor:
    """You count how often each state stood in the chain. The next state depends on the
    last one: count only the steps that start there."""
    counts = torch.bincount(chain, minlength=states)
    return (counts + 1) / (len(chain) + states)


@exercise.mistake(hint="formula")
def into_the_last_state(chain: Tensor, states: int) -> Tensor:
    """You count the steps that lead to the last state. Count those that start there."""
    before = chain[:-1][chain[1:] == chain[-1]]
    counts = torch.bincount(before, minlength=states)
    return (counts + 1) / (len(before) + states)


@exercise.mistake(hint="formula")
def last_visit_counted(chain: Tensor, states: int) -> Tensor:
    """You divide by the number of visits to the last state, the present one included,
    which has no step yet: your answer does not sum to 1."""
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states)
    return (counts + 1) / (len(after) + 1 + states)


@exercise.mistake(hint="formula")
def one_in_all(chain: Tensor, states: int) -> Tensor:
    """You add 1 below the line and 1 to each count, so your answer does not sum to 1.
    One is added for each of the K states: K below the line."""
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states)
    return (counts + 1) / (len(after) + 1)


@exercise.mistake(hint="idea")
def likeliest_alone(chain: Tensor, states: int) -> Tensor:
    """You name the likeliest state. The answer is a probability for each state."""
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states)
    return F.one_hot(counts.argmax(), states).float()


def _after(chain: Tensor) -> Tensor:
    return chain[1:][chain[:-1] == chain[-1]]


@exercise.mistake(hint="formula")
def half_a_step_each(chain: Tensor, states: int) -> Tensor:
    """You add 1/2 to each count, the prior of Jeffreys. The even prior
    Dirichlet(1, ..., 1) adds 1."""
    counts = torch.bincount(_after(chain), minlength=states)
    return (counts + 0.5) / (len(_after(chain)) + states / 2)


@exercise.mistake(hint="idea")
def shares_or_even(chain: Tensor, states: int) -> Tensor:
    """You return the shares of the steps so far, or even ones before the first. That is
    the likeliest matrix; the best prediction is the mean of the posterior, which never
    rules a step out."""
    counts = torch.bincount(_after(chain), minlength=states)
    return counts / counts.sum() if counts.any() else torch.ones(states) / states


@exercise.mistake(hint="formula")
def nought_by_nought(chain: Tensor, states: int) -> Tensor:
    """Before the first step from this state you divide 0 by 0. The prior adds 1 to each
    count, so the sum is never 0."""
    counts = torch.bincount(_after(chain), minlength=states)
    return counts / counts.sum()


@exercise.mistake(hint="formula")
def columns_divided(chain: Tensor, states: int) -> Tensor:
    """You divide the columns of the table by their sums. A row holds the steps from one
    state: divide the rows."""
    table = torch.ones(states, states)
    table.index_put_((chain[:-1], chain[1:]), torch.tensor(1.0), accumulate=True)
    return (table / table.sum(dim=0))[chain[-1]]


@exercise.mistake(hint="formula")
def last_step_missed(chain: Tensor, states: int) -> Tensor:
    """You leave out the last step of the chain, the one that ends at the present
    state. It has been seen like the others."""
    after = chain[1:-1][chain[:-2] == chain[-1]]
    counts = torch.bincount(after, minlength=states)
    return (counts + 1) / (len(after) + states)


@exercise.mistake(hint="idea")
def softmax_of_counts(chain: Tensor, states: int) -> Tensor:
    """You take a softmax of the counts. Three steps more would then weigh 20 times as
    much; the posterior's mean is linear in the counts."""
    return torch.bincount(_after(chain), minlength=states).float().softmax(dim=0)


@exercise.mistake(hint="idea")
def steps_from_anywhere(chain: Tensor, states: int) -> Tensor:
    """You count the steps into each state, wherever they start. Count only those that
    start at the last state of the chain."""
    counts = torch.bincount(chain[1:], minlength=states)
    return (counts + 1) / (counts.sum() + states)


@exercise.mistake(hint="idea")
def shares_of_the_chain(chain: Tensor, states: int) -> Tensor:
    """You return the shares of the states in the chain. Count the steps that start at
    the last state, and add the prior."""
    return torch.bincount(chain, minlength=states) / len(chain)
