"""Exercise on pairs of noise and data that lie close together."""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "13.couple",
    order=170,
    title="Pair noise and data within a class",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Take one class after another. Compute the squared distance of each of its"
    " noises to each of its data, find the cheapest pairing, and put each noise into"
    " the row of its partner.",
    formula="Among all orders of the noises of a class, take the one with the smallest"
    " sum of |x0 - x1|^2. `linear_sum_assignment` finds it.",
    line="Write `paired = x0.clone()`, `for label in labels.unique():` with the lines"
    " `rows = (labels == label).nonzero()[:, 0]`, `cost = torch.cdist(x1[rows]"
    ".flatten(1), x0[rows].flatten(1))**2`, `data, noise = linear_sum_assignment(cost)`"
    " and `paired[rows[data]] = x0[rows[noise]]` inside, and `return paired`.",
    line_is_part="a loop whose lines stand in order",
    variation="Couple across classes, and print the mean of the noise that each class"
    " then gets. Explain why a model with labels samples wrongly after that.",
)


@exercise.answer
def couple(x0: Tensor, x1: Tensor, labels: Tensor) -> Tensor:
    """The noises in the order that pairs them best with the data: [N, ...].

    x0, x1: noise and data, [N, ...]; row i of x1 keeps its place. labels: the class of
    each row, int64 [N]. Within each class the sum of squared distances is the smallest
    possible, and a class keeps the noises that stood in its rows. Tong et al. 2024,
    algorithm 3, for one class at a time.
    """
    paired = x0.clone()
    for label in labels.unique():
        rows = (labels == label).nonzero()[:, 0]
        cost = torch.cdist(x1[rows].flatten(1), x0[rows].flatten(1)) ** 2
        data, noise = linear_sum_assignment(cost.numpy())
        paired[rows[data]] = x0[rows[noise]]
    return paired


def drawn(n: int, *shape: int, classes: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    """Noise, data whose mean depends on the class, and labels."""
    labels = torch.randint(classes, (n,))
    shift = labels.reshape(-1, *[1] * len(shape)).float()
    return torch.randn(n, *shape), torch.randn(n, *shape) + shift - 1, labels


@exercise.inputs
def batches() -> list[tuple[Tensor, Tensor, Tensor]]:
    return [drawn(24, 2), drawn(18, 1, 2, 2), drawn(30, 3, classes=2)]


@exercise.must_hold
def each_class_keeps_its_noise(f) -> bool:
    """Every class has the noises that stood in its rows, each once."""
    x0, x1, labels = drawn(20, 2)
    found = f(x0.clone(), x1, labels)
    return all(
        same(_sorted(found[labels == c]), _sorted(x0[labels == c]))
        for c in labels.unique()
    )


def _sorted(rows: Tensor) -> Tensor:
    return rows[rows[:, 0].argsort()]


@exercise.must_hold
def never_longer(f) -> bool:
    """The sum of squared distances is at most that of any of 200 random orders within
    the classes."""
    x0, x1, labels = drawn(12, 2, classes=2)
    mine = (f(x0.clone(), x1, labels) - x1).square().sum()
    for _ in range(200):
        other = x0.clone()
        for c in labels.unique():
            rows = (labels == c).nonzero()[:, 0]
            other[rows] = x0[rows[torch.randperm(len(rows))]]
        if (other - x1).square().sum() < mine - 1e-4:
            return False
    return True


@exercise.must_hold
def sorted_on_a_line(f) -> bool:
    """On a line the best pairing keeps the order: the smallest noise goes to the
    smallest datum."""
    x0, x1 = torch.randn(2, 9, 1)
    found = f(x0.clone(), x1, torch.zeros(9, dtype=torch.int64))
    return same(found[x1[:, 0].argsort()], x0.sort(dim=0).values)


def _within(x0, x1, labels, order):
    """Each class's noises in the order that `order(cost)` gives; cost [data, noise]."""
    paired = x0.clone()
    for label in labels.unique():
        rows = (labels == label).nonzero()[:, 0]
        cost = torch.cdist(x1[rows].flatten(1), x0[rows].flatten(1)) ** 2
        paired[rows] = x0[rows[order(cost)]]
    return paired


def _best(cost: Tensor) -> Tensor:
    return torch.as_tensor(linear_sum_assignment(cost.numpy())[1])


@exercise.mistake(hint="idea")
def across_classes(x0, x1, labels):
    """You pair over the whole batch, so each class gets the noises on its side. A
    sampler draws noise without knowing the class: pair within each class."""
    cost = torch.cdist(x1.flatten(1), x0.flatten(1)) ** 2
    return x0[_best(cost)]


@exercise.mistake(hint="formula")
def distances_not_squared(x0, x1, labels):
    """You minimise the sum of distances. The squared distances are asked for; the two
    sums can have different best pairings."""
    return _within(x0, x1, labels, lambda cost: _best(cost.sqrt()))


@exercise.mistake(hint="idea")
def nearest_for_each(x0, x1, labels):
    """You give each datum its nearest noise, so some noises are used several times and
    others never. Each noise is used once: solve an assignment."""
    return _within(x0, x1, labels, lambda cost: cost.argmin(1))


def _greedy(cost: Tensor) -> Tensor:
    cost, chosen = cost.clone(), torch.zeros(len(cost), dtype=torch.int64)
    for i in range(len(cost)):
        chosen[i] = cost[i].argmin()
        cost[:, chosen[i]] = torch.inf
    return chosen


@exercise.mistake(hint="idea")
def first_come(x0, x1, labels):
    """You give each datum in turn the nearest noise that is left. The last ones get
    what is left over, and the sum is not the smallest: solve an assignment."""
    return _within(x0, x1, labels, _greedy)


@exercise.mistake(hint="line")
def largest_cost(x0, x1, labels):
    """You make the sum of distances as large as possible. Leave the minus or the
    `maximize` out."""
    return _within(x0, x1, labels, lambda cost: _best(-cost))


@exercise.mistake(hint="line")
def inverse_order(x0, x1, labels):
    """You put the noises into the inverse order. Row i of the data needs the noise that
    was assigned to it: check which of the two indices counts the data."""
    return _within(x0, x1, labels, lambda cost: _best(cost).argsort())


@exercise.mistake(hint="idea")
def left_alone(x0, x1, labels):
    """You return the noises as they came. Find the order that makes the sum of squared
    distances smallest within each class."""
    return x0.clone()


@exercise.mistake(hint="idea")
def by_length(x0, x1, labels):
    """You pair by the lengths of the vectors. Two vectors of equal length can point in
    opposite directions: use the distance of each pair."""

    def order(rows_0: Tensor, rows_1: Tensor) -> Tensor:
        ranks = rows_1.flatten(1).norm(dim=1).argsort().argsort()
        return rows_0.flatten(1).norm(dim=1).argsort()[ranks]

    paired = x0.clone()
    for label in labels.unique():
        rows = (labels == label).nonzero()[:, 0]
        paired[rows] = x0[rows[order(x0[rows], x1[rows])]]
    return paired


@exercise.mistake(hint="line")
def class_after_class(x0, x1, labels):
    """You return the classes one after another, so rows no longer belong to the data
    beside them. Put each noise back into the row of its partner."""
    found = [
        x0[rows[_best(torch.cdist(x1[rows].flatten(1), x0[rows].flatten(1)) ** 2)]]
        for rows in ((labels == c).nonzero()[:, 0] for c in labels.unique())
    ]
    return torch.cat(found)


@exercise.mistake(hint="idea")
def data_reordered(x0, x1, labels):
    """You return the data in another order. The data keep their rows, with their
    labels: return the noises in a new order."""
    found = x1.clone()
    for label in labels.unique():
        rows = (labels == label).nonzero()[:, 0]
        cost = torch.cdist(x0[rows].flatten(1), x1[rows].flatten(1)) ** 2
        found[rows] = x1[rows[_best(cost)]]
    return found


@exercise.mistake(hint="idea")
def soft_pairs(x0, x1, labels):
    """You give each datum a weighted mean of noises. A mean of noises is shorter than a
    noise: give each datum one noise of its class."""
    paired = x0.clone()
    for label in labels.unique():
        rows = (labels == label).nonzero()[:, 0]
        cost = torch.cdist(x1[rows].flatten(1), x0[rows].flatten(1)) ** 2
        mean = (-cost).softmax(1) @ x0[rows].flatten(1)
        paired[rows] = mean.reshape(x0[rows].shape)
    return paired


@exercise.mistake(hint="idea", draws=True)
def shuffled(x0, x1, labels):
    """You shuffle the noises within the classes, which leaves the pairs independent.
    Find the order with the smallest sum of squared distances."""
    return _within(x0, x1, labels, lambda cost: torch.randperm(len(cost)))
