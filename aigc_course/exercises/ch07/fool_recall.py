"""Exercise on fooling recall, in both directions."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise
from aigc_course.metrics.prdc import PRDC, prdc

exercise = Exercise(
    "07.fool_recall",
    order=90,
    title="Recall from far away",
    difficulty=4,
    minutes=15,
    asks="decide",
    idea="Recall uses the samples' own balls. Samples whose k-th neighbour is far have"
    " balls as large as you like; samples with k equal neighbours have none.",
    formula="far: k points on one side at distance R, the rest on the other side: the"
    " k-th neighbour of the first is 2 R away, and the data lie in between. genuine:"
    " every point k + 1 times, so that the k-th neighbour is at distance 0.",
    line="Write `away = torch.zeros_like(fresh)`, `away[:, 0] = 10 * (fresh -"
    " fresh.mean(0)).norm(dim=1).max()`, `away[:k] *= -1` and `return"
    " fresh.mean(0) + away, fresh.repeat(k + 1, 1)`.",
    variation="Ask density and coverage about both sets, and explain what they say.",
    agree=False,
)


Clouds = tuple[Tensor, Tensor]


LITTLE = 0.02


@exercise.answer
def fool_recall(fresh: Tensor, k: int) -> Clouds:
    """(far [n, d], genuine [any, d]) for genuine points fresh [n, d].

    far: precision 0 and recall 1. genuine: the points of fresh, with recall near 0.
    """
    away = torch.zeros_like(fresh)
    away[:, 0] = 10 * (fresh - fresh.mean(0)).norm(dim=1).max()
    away[:k] *= -1  # k equal points: the k-th neighbour of each is on the other side
    return fresh.mean(0) + away, fresh.repeat(k + 1, 1)


def draws(n: int, d: int) -> Clouds:
    """Real points and fresh ones [n, d] from the same lopsided distribution."""
    both = torch.randn(2, n, d).double()
    both[..., 0] = both[..., 0].exp()
    return both[0] + 3, both[1] + 3


@exercise.inputs
def points() -> list[tuple[Tensor, int]]:
    return [(draws(60, 2)[1], 3), (draws(50, 8)[1], 5)]


def measured(f, which: int) -> list[tuple[PRDC, Tensor, Tensor]]:
    """Figures of far (0) or genuine (1) on two kinds of data, the set, and fresh."""
    found = []
    for n, d, k in ((60, 2, 3), (50, 8, 5)):
        real, fresh = draws(n, d)
        fake = f(fresh, k)[which]
        right = isinstance(fake, Tensor) and fake.ndim == 2 and fake.shape[1] == d
        assert right, "Both sets are tensors of points, as wide as `fresh`."
        assert fake.isfinite().all(), "Both sets hold finite numbers only."
        assert len(fake) > k, f"A set needs more than k = {k} points."
        found.append((prdc(real, fake.double(), k), fake, fresh))
    return found


@exercise.must_hold
def far_is_recalled(f) -> str | None:
    """`far` has recall 1."""
    worst = min(figures.recall for figures, _, _ in measured(f, 0))
    if worst == 1:
        return None
    return f"`far` has recall 1; yours has {worst:.2f}."


@exercise.must_hold
def far_is_not_precise(f) -> str | None:
    """`far` has as many points as `fresh`, and precision 0."""
    for figures, fake, fresh in measured(f, 0):
        if figures.precision > 0 or len(fake) != len(fresh):
            return (
                f"`far` has as many points as `fresh`, {len(fresh)}, and precision 0;"
                f" yours has {len(fake)} and {figures.precision:.2f}."
            )
    return None


@exercise.must_hold
def genuine_is_fresh(f) -> bool:
    """`genuine` holds all points of `fresh`, and no others."""
    return all(
        {tuple(row) for row in fake.tolist()} == {tuple(row) for row in fresh.tolist()}
        for _, fake, fresh in measured(f, 1)
    )


@exercise.must_hold
def genuine_is_not_recalled(f) -> str | None:
    """`genuine` has a recall below 0.02."""
    worst = max(figures.recall for figures, _, _ in measured(f, 1))
    if worst < LITTLE:
        return None
    return f"`genuine` has a recall below {LITTLE}; yours has {worst:.2f}."


@exercise.mistake(hint="idea")
def all_in_one_place(fresh: Tensor, k: int) -> Clouds:
    """`far` is far away and all in one place: its balls have radius 0 and reach
    nothing. The k-th neighbour must be far as well."""
    away = (fresh.mean(0) + 100 * fresh.std()).expand_as(fresh).clone()
    return away, fool_recall(fresh, k)[1]


@exercise.mistake(hint="idea")
def moved_together(fresh: Tensor, k: int) -> Clouds:
    """You moved a copy of the points far away. Their balls went with them and are as
    small as before. Make the balls large: let the k-th neighbour be far."""
    return fresh + 1000, fool_recall(fresh, k)[1]


@exercise.mistake(hint="idea")
def among_the_data(fresh: Tensor, k: int) -> Clouds:
    """`far` has a good recall because it lies on the data, and its precision shows it.
    No point of it shall be near them."""
    return fresh.clone(), fool_recall(fresh, k)[1]


@exercise.mistake(hint="formula")
def half_and_half(fresh: Tensor, k: int) -> Clouds:
    """You put half of `far` on either side. Then the k-th neighbour of each is on its
    own side, in the same place, and every radius is 0. Put no more than k points on
    one side."""
    away = torch.zeros_like(fresh)
    away[:, 0] = 10 * (fresh - fresh.mean(0)).norm(dim=1).max()
    away[::2] *= -1
    return fresh.mean(0) + away, fool_recall(fresh, k)[1]


@exercise.mistake(hint="idea")
def handed_in_once(fresh: Tensor, k: int) -> Clouds:
    """`genuine` is `fresh` as it came, and its recall is good, as it should be. Repeat
    its points until each has k equal neighbours."""
    return fool_recall(fresh, k)[0], fresh.clone()


@exercise.mistake(hint="formula")
def one_too_few(fresh: Tensor, k: int) -> Clouds:
    """Every point stands there k times or fewer, so its k-th neighbour is another point
    and its ball has a radius again. Take every point k + 1 times."""
    return fool_recall(fresh, k)[0], fresh.repeat(k, 1)


@exercise.mistake(hint="idea")
def one_for_all(fresh: Tensor, k: int) -> Clouds:
    """`genuine` is one point, many times; a low recall is what it deserves. Keep every
    point of `fresh`, so that nothing is missing."""
    return fool_recall(fresh, k)[0], fresh[:1].repeat(len(fresh), 1)


@exercise.mistake(hint="line")
def exchanged(fresh: Tensor, k: int) -> Clouds:
    """The two are exchanged: first `far`, with recall 1, then `genuine`, with none."""
    far, genuine = fool_recall(fresh, k)
    return genuine, far


@exercise.mistake(hint="idea")
def wide_noise(fresh: Tensor, k: int) -> Clouds:
    """Some points of `far` still lie among the data, since they scatter around it in
    all directions. Put all of them far away, on two opposite sides."""
    noise = torch.randn(fresh.shape, generator=torch.Generator().manual_seed(0))
    return fresh.mean(0) + 10 * noise.to(fresh), fool_recall(fresh, k)[1]


@exercise.mistake(hint="idea")
def jittered(fresh: Tensor, k: int) -> Clouds:
    """You changed the repeated points a little, so `genuine` no longer holds the points
    of `fresh` and nothing else. Repeat them exactly: only equal neighbours make a ball
    of radius 0."""
    far, genuine = fool_recall(fresh, k)
    noise = torch.randn(genuine.shape, generator=torch.Generator().manual_seed(0))
    return far, genuine + 1e-3 * noise.to(genuine)


@exercise.observe
def facts(f) -> list[dict[str, object]]:
    """What can be said of both sets, on both kinds of data."""
    far = [_of_far(*each) for each in measured(f, 0)]
    both = zip(measured(f, 1), (3, 5), strict=True)
    genuine = [_of_genuine(*each, k) for each, k in both]
    return [{**one, **other} for one, other in zip(far, genuine, strict=True)]


def _of_far(figures: PRDC, far: Tensor, fresh: Tensor) -> dict[str, object]:
    about: dict[str, object] = {
        "as many": len(far) == len(fresh),
        "among the data": "no" if not figures.precision else _much(figures.precision),
    }
    if figures.precision:
        return about
    places = {1: "one", 2: "two"}.get(len(far.unique(dim=0)), "many")
    reached = {0: "none", 1: "all"}.get(figures.recall, "some")  # type: ignore
    return about | {"reached": reached, "places": places if reached != "all" else ""}


def _much(share: float) -> str:
    return "some" if share < 0.5 else "most"


def _of_genuine(
    figures: PRDC, genuine: Tensor, fresh: Tensor, k: int
) -> dict[str, object]:
    rows, known = ({tuple(row) for row in x.tolist()} for x in (genuine, fresh))
    about: dict[str, object] = {"others": not rows <= known, "all": known <= rows}
    if rows != known:
        return about
    least = int(genuine.unique(dim=0, return_counts=True)[1].min())
    times = "once" if least == 1 else "too few" if least <= k else "enough"
    return about | {"times": times, "hidden": figures.recall < LITTLE}
