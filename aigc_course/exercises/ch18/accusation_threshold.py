"""Exercise on when to accuse: a decision that is judged by whom it accuses."""

import math
from typing import Any

import numpy as np
import torch
from scipy.stats import beta, norm
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.accusation_threshold",
    order=110,
    title="Accuse, or say nothing?",
    difficulty=5,
    minutes=30,
    asks="decide",
    idea="For each possible threshold ask how large the share of false accusations may"
    " be, for the group of honest people that suffers most. If no threshold is good"
    " enough, accuse nobody.",
    formula="From the 95 % bounds of the binomial distribution (Clopper and Pearson)"
    " take the upper end of each group's false positive rate and the lower end of the"
    " true positive rate. The threshold is good if (1 - share) fpr <= limit (share tpr"
    " + (1 - share) fpr) for every group.",
    line="Write `t = torch.cat([*real, made]).sort().values[::20]`, then `above ="
    " lambda s: (s[:, None] > t).sum(0).double().numpy()`, then `tpr = np.nan_to_num("
    "beta.ppf(0.05, above(made), len(made) - above(made) + 1))`, then `fpr ="
    " np.max([np.nan_to_num(beta.ppf(0.95, above(g) + 1, len(g) - above(g)), nan=1.0)"
    " for g in real], axis=0)`, then `wrong = (1 - share) * fpr`, then `good ="
    " t[torch.as_tensor(wrong <= limit * (share * tpr + wrong))]`, then `return"
    " float(good.min()) if len(good) else math.inf`.",
    variation="Add costs: say what a missed picture and a false accusation are worth,"
    " and find the threshold with the smallest expected cost.",
    agree=False,
)


@exercise.answer
def accusation_threshold(
    real: list[Tensor], made: Tensor, share: float, limit: float
) -> float:
    """Accuse above this score; infinite where no accusation can be justified.

    real: scores of work that is known to be people's own, a tensor for each group of
    people. made: scores of work that is known to be generated. share: the share of work
    that is generated. In each group at most the share `limit` of all accusations may be
    false, in the long run and not only among these scores. Within this limit, find as
    much generated work as you can.
    """

    t = torch.cat([*real, made]).sort().values[::20]  # thresholds to try, [T]

    def above(s: Tensor) -> Any:
        return (s[:, None] > t).sum(0).double().numpy()

    found = above(made)
    tpr = np.nan_to_num(beta.ppf(0.05, found, len(made) - found + 1))
    over = [(above(group), len(group)) for group in real]
    bounds = [np.nan_to_num(beta.ppf(0.95, k + 1, n - k), nan=1.0) for k, n in over]
    wrong = (1 - share) * np.max(bounds, axis=0)
    good = t[torch.as_tensor(wrong <= limit * (share * tpr + wrong))]
    return float(good.min()) if len(good) else math.inf


# what is true in each world: (means of the honest groups, mean of the generated work,
# share, limit); scores have deviation 1
WORLDS: dict[str, tuple[tuple[float, ...], float, float, float]] = {
    "a good detector": ((0.0, 0.2), 5.0, 0.3, 0.05),
    "one group of four scores higher": ((0.0, 0.0, 0.1, 2.0), 6.0, 0.2, 0.05),
    "a weak detector": ((0.0, 0.3), 1.0, 0.05, 0.05),
    "hardly anything is generated": ((0.0, 0.0), 4.0, 0.001, 0.02),
}
ATTAINABLE = (
    "a good detector",
    "one group of four scores higher",
)


def scores(name: str) -> tuple[list[Tensor], Tensor, float, float]:
    """The scores that are given in a world."""
    honest, made, share, limit = WORLDS[name]
    chance = torch.Generator().manual_seed(len(name))
    real = [m + torch.randn(800, generator=chance) for m in honest]
    return real, made + torch.randn(800, generator=chance), share, limit


@exercise.inputs
def worlds() -> list[tuple[list[Tensor], Tensor, float, float]]:
    return [scores(name) for name in WORLDS]


def threshold(f, name: str) -> float:
    """The threshold of a world; AssertionError if it is not a number."""
    found = f(*scores(name))
    try:
        t = float(found)
    except (TypeError, ValueError):
        t = math.nan
    assert not math.isnan(t), "Return a number, or math.inf for no accusation."
    return t


def best_within_the_limit(name: str) -> float:
    """The largest true positive rate that the limit allows in a world."""
    honest, made, share, limit = WORLDS[name]
    t = np.linspace(-3, 8, 1101)
    right = share * norm.sf(t - made)
    wrong = (1 - share) * norm.sf(t - max(honest))
    return float(norm.sf(t - made)[wrong <= limit * (right + wrong)].max())


@exercise.must_hold
def false_accusations_are_few(f) -> str | None:
    """In every group the share of false accusations stays below the limit."""
    for name, (honest, made, share, limit) in WORLDS.items():
        t = threshold(f, name)
        tpr = float(norm.sf(t - made))
        for number, mean in enumerate(honest, 1):
            fpr = float(norm.sf(t - mean))
            wrong = (1 - share) * fpr
            if t < math.inf and wrong > limit * (share * tpr + wrong):
                part = wrong / (share * tpr + wrong)
                return (
                    f"Where {name} (share {share:.1%}), {part:.1%} of the accusations"
                    f" in group {number} are false; at most {limit:.0%} may be."
                )
    return None


@exercise.must_hold
def it_keeps_the_limit_and_finds_much(f) -> str | None:
    """In every group few accusations are false, and what can be found is found."""
    for name, (honest, made, share, limit) in WORLDS.items():
        t = threshold(f, name)
        tpr, fpr = float(norm.sf(t - made)), float(norm.sf(t - max(honest)))
        wrong = (1 - share) * fpr
        if t < math.inf and wrong > limit * (share * tpr + wrong):
            part = wrong / (share * tpr + wrong)
            return (
                f"Where {name} (share {share:.1%}), {part:.1%} of the accusations in"
                f" one group are false; at most {limit:.0%} may be."
            )
        best = best_within_the_limit(name) if name in ATTAINABLE else 0.0
        if tpr < 0.8 * best:
            return (
                f"Where {name}, {best:.0%} of the generated work could be found within"
                f" the limit; your threshold finds {tpr:.0%}."
            )
    return None


@exercise.mistake(hint="idea")
def halfway(real, made, share, limit):
    """You put the threshold halfway between the means. How many accusations are false
    depends on the share of generated work and on your limit: use both."""
    return float((torch.cat(real).mean() + made.mean()) / 2)


@exercise.mistake(hint="idea")
def false_positive_rate_is_the_limit(real, made, share, limit):
    """You let the share `limit` of honest work be accused. The limit is about the
    accusations: where little is generated, most of them are then false."""
    return float(torch.quantile(torch.cat(real), 1 - limit))


@exercise.mistake(hint="idea")
def groups_pooled(real, made, share, limit):
    """You put all honest people into one group. Those whose scores are higher then
    suffer most of the false accusations: keep the limit in each group."""
    return accusation_threshold([torch.cat(real)], made, share, limit)


@exercise.mistake(hint="idea")
def first_group_only(real, made, share, limit):
    """You look at the first group only. The limit holds for each group."""
    return accusation_threshold(real[:1], made, share, limit)


@exercise.mistake(hint="idea")
def accuse_always_somebody(real, made, share, limit):
    """Where no threshold keeps the limit you take the highest score. Return math.inf:
    this detector cannot justify an accusation there."""
    found = accusation_threshold(real, made, share, limit)
    return found if found < math.inf else float(torch.cat(real).max()) - 0.5


@exercise.mistake(hint="formula")
def counts_as_they_are(real, made, share, limit):
    """You take the shares among the given scores for the true ones. No score above a
    threshold does not mean that the rate is zero: use an upper bound."""
    for t in torch.cat([*real, made]).sort().values[::20].tolist():
        tpr = float((made > t).double().mean())
        wrong = (1 - share) * max(float((g > t).double().mean()) for g in real)
        if tpr and wrong <= limit * (share * tpr + wrong):
            return t
    return math.inf


@exercise.mistake(hint="formula")
def share_forgotten(real, made, share, limit):
    """You calculate as if half of all work were generated. Use the share that is
    given."""
    return accusation_threshold(real, made, 0.5, limit)


@exercise.mistake(hint="idea")
def never_accuses(real, made, share, limit):
    """You never accuse. The limit is kept, and in some of these worlds generated work
    could be found within it."""
    return math.inf


@exercise.mistake(hint="idea")
def above_every_honest_score(real, made, share, limit):
    """You take the highest honest score. It depends on how many scores are given and
    not on the limit, and with few generated pictures even one in a thousand is too
    many."""
    return float(torch.cat(real).max())
