"""Who was in the training set: an attack by likelihood ratios, and copies found blind.

Shadow models are trained as the target was, each on half of a pool of examples. They
say how a score is spread with an example in training and without it, for each example
of its own (Carlini et al. 2022, "Membership inference attacks from first principles").
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call, grad, stack_module_state, vmap

from aigc_course import validate
from aigc_course.errors import CourseError

ROWS = 500  # samples whose distances are taken at once


class Shadows(NamedTuple):
    """Scores of each model on each example [S, N], and who was in it, bool [S, N]."""

    scores: Tensor
    member: Tensor


def halves(models: int, n: int, generator: torch.Generator | None = None) -> Tensor:
    """Who learns from what, bool [models, n]: each example is in half of the models.

    Raises CourseError for an odd number of models, or fewer than 4: of each example two
    scores with it and two without it are needed.
    """
    if models < 4 or models % 2:
        raise CourseError(f"The number of models is even and at least 4, not {models}.")
    order = torch.rand(models, n, generator=generator).argsort(0)
    return order < models // 2


def likelihood_ratio(score: Tensor, scores: Tensor, member: Tensor) -> Tensor:
    """log N(score; with the example) - log N(score; without it), float64 [N].

    score: the target's, [N]. scores: of the shadow models, [S, N]. member: bool [S, N].
    Each example has its own two means; the two variances are common to all examples,
    which few shadow models need (Carlini et al. 2022, section VI.C). Raises CourseError
    where an example has fewer than two scores with it or without it.
    """
    if scores.shape != member.shape or score.shape != scores.shape[1:]:
        raise CourseError(
            f"Scores {list(scores.shape)} and members {list(member.shape)} have one"
            f" shape [S, N], and the target's scores are [N], not {list(score.shape)}."
        )
    found = []
    for group in (member, ~member):
        number = group.sum(0)
        if int(number.min()) < 2:
            raise CourseError("An example needs two models with it and two without it.")
        values = scores.double()
        mean = (values * group).sum(0) / number
        squares = (values - mean).square() * group
        variance = (squares.sum() / (number - 1).sum()).clamp(min=1e-12)
        found.append(-((score - mean) ** 2) / (2 * variance) - variance.log() / 2)
    return found[0] - found[1]


def roc(members: Tensor, strangers: Tensor) -> tuple[Tensor, Tensor]:
    """False and true positive rates of all thresholds, from (0, 0) to (1, 1).

    members, strangers: scores [N] and [M], large where the attack says "member".
    """
    places = torch.cat([members, strangers]).unique().flip(0)
    rates = [
        torch.cat([torch.zeros(1), (s[None] >= places[:, None]).double().mean(1)])
        for s in (strangers.double(), members.double())
    ]
    return rates[0], rates[1]


def tpr_at(members: Tensor, strangers: Tensor, fpr: float = 0.01) -> float:
    """Share of members found when at most `fpr` of the strangers are accused.

    The threshold is the lowest that accuses no more than floor(fpr M) strangers.
    Raises CourseError for an fpr outside 0 to 1, or one that is below 1/M: then no
    stranger may be accused, and the rate cannot be measured.
    """
    if not 0 < fpr < 1:
        raise CourseError(f"A false positive rate is between 0 and 1, not {fpr:g}.")
    allowed = int(fpr * len(strangers) + 1e-9)
    if allowed < 1:
        raise CourseError(
            f"A false positive rate of {fpr:g} needs at least {1 / fpr:,.0f} strangers,"
            f" not {len(strangers)}."
        )
    highest = strangers.sort(descending=True).values
    limit = highest[allowed] if allowed < len(strangers) else highest[-1]
    return float((members > limit).double().mean())


def train_shadows(
    images: Tensor,
    member: Tensor,
    *,
    steps: int = 300,
    width: int = 64,
    batch_size: int = 100,
    seed: int = 0,
) -> Shadows:
    """Train an auto-encoder for each row of `member`, all at once, and score all.

    images: [N, 1, 28, 28] in [-1, 1]; member: bool [S, N], as `halves` makes it.
    score = -(squared error of the reconstruction), larger for what a model knows. The
    networks are 784 - width - 784 with Adam's steps (Kingma & Ba 2015). Raises
    CourseError for other shapes, and for a model that learns from nothing.
    """
    validate.images(images)
    sizes = member.sum(1)
    if member.shape[1:] != images.shape[:1] or not bool((sizes > 0).all()):
        raise CourseError(
            f"Members are bool [S, {len(images)}], at least one in each row."
        )
    pixels = (images.flatten(1) + 1) / 2
    rows = (~member).long().argsort(dim=1, stable=True)  # [S, N], members first
    networks, weights = _networks(len(member), width, seed)
    chance = torch.Generator().manual_seed(seed)

    def loss(weights: dict[str, Tensor], x: Tensor) -> Tensor:
        made: Tensor = functional_call(networks, weights, (x,))
        return (made - x).square().sum(1).mean()

    slope = vmap(grad(loss))
    first = {name: torch.zeros_like(w) for name, w in weights.items()}
    second = {name: torch.zeros_like(w) for name, w in weights.items()}
    for step in range(1, steps + 1):
        share = torch.rand(len(rows), batch_size, generator=chance)
        chosen = (share * sizes[:, None]).long()  # [S, B], of each row's members
        gradients = slope(weights, pixels[rows.gather(1, chosen)])
        for name, g in gradients.items():
            first[name].lerp_(g, 0.1)
            second[name].lerp_(g.square(), 0.001)
            mean, square = (
                first[name] / (1 - 0.9**step),
                second[name] / (1 - 0.999**step),
            )
            weights[name] = weights[name] - 2e-3 * mean / (square.sqrt() + 1e-8)
    with torch.no_grad():
        made = vmap(lambda w: functional_call(networks, w, (pixels,)))(weights)
    return Shadows(-(made - pixels).square().sum(2), member)


def _networks(
    number: int, width: int, seed: int
) -> tuple[torch.nn.Module, dict[str, Tensor]]:
    """One network's form, and the weights [S, ...] of all."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        each = [
            torch.nn.Sequential(
                torch.nn.Linear(784, width),
                torch.nn.ReLU(),
                torch.nn.Linear(width, 784),
                torch.nn.Sigmoid(),
            )
            for _ in range(number)
        ]
    weights, _ = stack_module_state(each)
    return each[0], {name: w.detach() for name, w in weights.items()}


def repeated(samples: Tensor, within: float, times: int = 2) -> Tensor:
    """Which samples lie within a distance of `times` others or more, bool [N].

    A generator that gives one picture again and again probably stores it: such samples
    are candidates for copies, found without a look at the training set (Carlini et al.
    2023, "Extracting training data from diffusion models", section 4.2). within: root
    mean square difference of pixels. samples: [N, ...].
    """
    if not within > 0 or times < 1:
        raise CourseError(
            "The distance is above 0, and the number of others from 1 on."
        )
    flat = samples.flatten(1).float()
    limit = within * flat.shape[1] ** 0.5
    near = [(torch.cdist(p, flat) <= limit).sum(1) - 1 for p in flat.split(ROWS)]
    return torch.cat(near) >= times
