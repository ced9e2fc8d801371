"""Exercises on the collection: copies and rare classes."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

single = Exercise(
    "14.first_ones",
    title="Seen before",
    difficulty=2,
    minutes=8,
    idea="Keep a set of what you have seen. Asking it takes the same time however much"
    " is in it, so that a million pictures take a million questions.",
    formula="keep_i holds when key_i is none of key_0 ... key_(i-1).",
    line="`seen = set()` and"
    " `return [not (key in seen or seen.add(key)) for key in keys]`.",
    variation="Let it say how often each kept picture occurs.",
)


@single.answer
def first_ones(keys: list[bytes]) -> list[bool]:
    """For each key whether it is the first of its kind."""
    seen: set[bytes] = set()
    keep = []
    for key in keys:
        keep.append(key not in seen)
        seen.add(key)
    return keep


@single.also_right
def by_a_dictionary(keys: list[bytes]) -> list[bool]:
    first: dict[bytes, int] = {}
    return [first.setdefault(key, i) == i for i, key in enumerate(keys)]


@single.also_right
def by_looking_back(keys: list[bytes]) -> list[bool]:
    return [key not in keys[:i] for i, key in enumerate(keys)]


@single.inputs
def some_keys() -> list[tuple[list[bytes]]]:
    return [
        ([b"a", b"b", b"a", b"c", b"b", b"a"],),
        ([b"x"] * 4,),
        ([bytes([i % 7]) for i in range(20)],),
    ]


@single.must_hold
def none_twice_and_none_lost(f) -> bool:
    """What is kept holds every key once."""
    keys = [b"p", b"q", b"p", b"p", b"r", b"q"]
    kept = [key for key, keep in zip(keys, f(keys), strict=True) if keep]
    return sorted(kept) == [b"p", b"q", b"r"]


@single.must_hold
def an_empty_set(f) -> bool:
    """Nothing is kept when there is nothing."""
    return list(f([])) == []


@single.mistake(hint="idea")
def neighbours_alone(keys: list[bytes]) -> list[bool]:
    """You compare each with the one before it alone. A copy may lie anywhere: remember
    all that you have seen."""
    return [i == 0 or keys[i] != keys[i - 1] for i in range(len(keys))]


@single.mistake(hint="formula")
def the_last_ones(keys: list[bytes]) -> list[bool]:
    """You keep the last of each kind. The first is wanted, so that adding pictures
    later never changes what was kept."""
    return [key not in keys[i + 1 :] for i, key in enumerate(keys)]


@single.mistake(hint="idea")
def loners(keys: list[bytes]) -> list[bool]:
    """You throw away every picture that has a copy, the first with the others. One of
    each is to stay."""
    return [keys.count(key) == 1 for key in keys]


@single.mistake(hint="formula")
def the_copies(keys: list[bytes]) -> list[bool]:
    """You mark the copies. What is to be kept is the opposite."""
    return [not keep for keep in first_ones(keys)]


@single.mistake(hint="line")
def asked_too_late(keys: list[bytes]) -> list[bool]:
    """You add the key before you ask whether it was seen, so every key was seen. Ask
    first, then add."""
    return [False for _ in keys]


@single.mistake(hint="line")
def the_keys_themselves(keys: list[bytes]) -> list[bytes]:
    """You return the keys that are kept. Return one bool for each key, so that the
    bools can choose pictures."""
    return list(dict.fromkeys(keys))


@single.mistake(hint="line")
def their_rows(keys: list[bytes]) -> list[int]:
    """You return the positions of the keys that are kept. Return one bool for each
    key."""
    return [i for i, key in enumerate(keys) if key not in keys[:i]]


@single.mistake(hint="formula")
def after_sorting(keys: list[bytes]) -> list[bool]:
    """You sort the keys first, and then the answers belong to other pictures. Keep the
    order of the keys: answer i is about key i."""
    ordered = sorted(keys)
    return [i == 0 or ordered[i] != ordered[i - 1] for i in range(len(keys))]


even = Exercise(
    "14.even_weights",
    title="As if all were alike",
    difficulty=2,
    minutes=10,
    idea="A picture of a class nine times too frequent counts a ninth. Weight by what"
    " the frequency should be over what it is.",
    formula="w_y = (1 / C) / p(y) with p(y) = n_y / N.",
    line="`counts = torch.bincount(labels, minlength=classes)` and"
    " `return len(labels) / (classes * counts)[labels].double()`.",
    variation="Weight for another target, say twice as many sevens as anything else.",
    exact_dtype=True,
)


@even.answer
def even_weights(labels: Tensor, classes: int) -> Tensor:
    """Weights [N] that make all classes of labels [N] weigh alike; their mean is 1."""
    counts = torch.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts)[labels].double()


@even.also_right
def by_shares(labels: Tensor, classes: int) -> Tensor:
    share = torch.stack([(labels == c).double().mean() for c in range(classes)])
    return (1 / classes) / share[labels]


@even.also_right
def scaled_to_mean_one(labels: Tensor, classes: int) -> Tensor:
    w = 1 / torch.bincount(labels, minlength=classes)[labels].double()
    return w / w.mean()


@even.inputs
def uneven() -> list[tuple[Tensor, int]]:
    ninety = torch.tensor([0] * 9 + [1])
    three = torch.tensor([2, 0, 0, 1, 1, 1, 0, 0, 0])
    return [(ninety, 2), (three, 3)]


@even.must_hold
def classes_weigh_alike(f) -> bool:
    """The weights of each class sum to the same."""
    labels = torch.tensor([0, 0, 0, 1, 2, 2])
    w = torch.as_tensor(f(labels, 3))
    sums = [float(w[labels == c].sum()) for c in range(3)]
    return same(sums, [2.0, 2.0, 2.0])


@even.must_hold
def nothing_to_correct(f) -> bool:
    """Where classes are alike already, every weight is 1."""
    return same(f(torch.tensor([0, 1, 1, 0]), 2), torch.ones(4).double())


@even.mistake(hint="formula")
def mean_not_one(labels: Tensor, classes: int) -> Tensor:
    """The proportions are right, but your weights do not average to 1: with them the
    loss, and so the learning rate, would be another."""
    return 1 / torch.bincount(labels, minlength=classes)[labels].double()


@even.mistake(hint="idea")
def the_wrong_way(labels: Tensor, classes: int) -> Tensor:
    """You give the frequent classes the greater weight. The rare ones need it."""
    counts = torch.bincount(labels, minlength=classes)
    return (classes * counts)[labels].double() / len(labels)


@even.mistake(hint="formula")
def one_a_class(labels: Tensor, classes: int) -> Tensor:
    """You return one weight for each class. Each picture gets one: index the weights by
    the labels."""
    counts = torch.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts).double()


@even.mistake(hint="formula")
def the_root(labels: Tensor, classes: int) -> Tensor:
    """You take the root of the weights, which corrects half of the imbalance on a
    logarithmic scale. That is done at times, but then classes do not weigh alike."""
    return even_weights(labels, classes).sqrt()


@even.mistake(hint="formula")
def they_sum_to_one(labels: Tensor, classes: int) -> Tensor:
    """Your weights sum to 1. Their mean has to be 1, or a mean that is weighted with
    them is divided by N once more: multiply them by N."""
    weights = even_weights(labels, classes)
    return weights / weights.sum()


@even.mistake(hint="formula")
def without_c(labels: Tensor, classes: int) -> Tensor:
    """You divide 1 by the share of the class. The share that is wanted is 1/C and not
    1: divide by the number of classes too."""
    return classes * even_weights(labels, classes)


@even.mistake(hint="formula")
def against_the_most_frequent(labels: Tensor, classes: int) -> Tensor:
    """You give the most frequent class the weight 1. The proportions are right, but the
    mean of the weights is then above 1: divide N by C n_y instead."""
    counts = torch.bincount(labels, minlength=classes).double()
    return (counts.max() / counts)[labels]


@even.mistake(hint="idea")
def one_minus(labels: Tensor, classes: int) -> Tensor:
    """1 - p(y) is larger for rare classes, but the classes do not weigh alike with it.
    Divide by the share: a class ten times as rare needs ten times the weight."""
    share = torch.bincount(labels, minlength=classes).double() / len(labels)
    return (1 - share)[labels]


@even.mistake(hint="idea")
def minus_the_logarithm(labels: Tensor, classes: int) -> Tensor:
    """-log p(y) grows much more slowly than 1 / p(y), so rare classes still weigh less.
    Divide by the share itself."""
    share = torch.bincount(labels, minlength=classes).double() / len(labels)
    return -share.log()[labels]
