"""Exercise on precision and recall by nearest neighbours."""

import torch
from torch import Tensor, cdist

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "07.precision_recall",
    order=80,
    title="Two shares from two families of balls",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Find the radius of each point's ball in its own set first. Then one table of"
    " distances between the sets answers both questions.",
    formula="r(x) = distance to the k-th nearest other point of x's own set. precision:"
    " share of fakes with |x - y| <= r(x) for some real x; recall: share of reals with"
    " |x - y| <= r(y) for some fake y.",
    line="Write `r_real, r_fake = (torch.cdist(x, x).kthvalue(k + 1).values for x in"
    " (real, fake))`, `gaps = torch.cdist(real, fake)`, `precise, recalled ="
    " (gaps <= r_real[:, None]).any(0), (gaps <= r_fake).any(1)` and `return"
    " float(precise.double().mean()), float(recalled.double().mean())`.",
    variation="Raise k from 1 to half of the set and watch what both shares tend to.",
)


Shares = tuple[float, float]


def radii(x: Tensor, k: int) -> Tensor:
    """Distance of each row to its k-th nearest other row, [n]."""
    return cdist(x, x).kthvalue(k + 1).values  # the nearest is the row itself


@exercise.answer
def precision_recall(real: Tensor, fake: Tensor, k: int) -> Shares:
    """(precision, recall) of fake [m, d] against real [n, d].

    Kynkäänniemi et al. 2019, section 3; balls are closed.
    """
    # distance to the k-th nearest other row; the nearest of all is the row itself
    r_real, r_fake = (cdist(x, x).kthvalue(k + 1).values for x in (real, fake))
    gaps = cdist(real, fake)  # [n, m]
    precise = (gaps <= r_real[:, None]).any(0)  # [m]
    recalled = (gaps <= r_fake).any(1)  # [n]
    return float(precise.double().mean()), float(recalled.double().mean())


@exercise.inputs
def clouds() -> list[tuple[Tensor, Tensor, int]]:
    # at most 25 rows: so small tables of cdist are exact
    real, fake = torch.randn(24, 2), 0.6 + 0.7 * torch.randn(20, 2)
    stacked = torch.cat([torch.zeros(5, 2), 3 + torch.randn(15, 2)])  # radius 0 at 0
    # in the huge ball of a stray point, and in none of the nearest one
    crowd = torch.stack([torch.arange(7) / 10, torch.zeros(7)], dim=1)
    stray = torch.cat([crowd, torch.tensor([[6.0, 0.0]])])
    between = crowd[:6] + torch.tensor([1.6, 0.0])
    return [
        (real, fake, 3),
        (stacked, torch.cat([fake, torch.zeros(1, 2)]), 4),
        (stray, between, 2),
    ]


@exercise.must_hold
def the_same_set(f) -> bool:
    """A set against itself has precision 1 and recall 1."""
    x = torch.randn(20, 3)
    return same(f(x, x.clone(), 3), (1.0, 1.0))


@exercise.must_hold
def collapsed(f) -> bool:
    """Copies of one real point have precision 1 and a recall of one in n."""
    real = torch.randn(20, 3)
    return same(f(real, real[:1].repeat(15, 1), 3), (1.0, 0.05))


@exercise.must_hold
def far_off(f) -> bool:
    """Samples far away have neither."""
    real = torch.randn(20, 2)
    return same(f(real, real[:12] + 100, 2), (0.0, 0.0))


@exercise.must_hold
def exchanged_sets(f) -> bool:
    """With the sets exchanged, precision and recall change places."""
    real, fake, k = clouds()[0]
    return same(f(real, fake, k), f(fake, real, k)[::-1])


@exercise.mistake(hint="formula")
def own_neighbour(real: Tensor, fake: Tensor, k: int) -> Shares:
    """You count each point as its own first neighbour, so your balls reach to the
    neighbour k - 1. In a table of distances within one set the smallest entry of each
    row is 0, the point itself: take entry k + 1."""
    gaps = cdist(real, fake)
    real_radii, fake_radii = radii(real, k - 1), radii(fake, k - 1)
    precise, recalled = gaps <= real_radii[:, None], gaps <= fake_radii
    return (
        float(precise.any(0).double().mean()),
        float(recalled.any(1).double().mean()),
    )


@exercise.mistake(hint="idea")
def changed_places(real: Tensor, fake: Tensor, k: int) -> Shares:
    """Precision and recall are exchanged. Precision is a share of the samples: how many
    look real. Recall is a share of the data: how much of it is reached."""
    precision, recall = precision_recall(real, fake, k)
    return recall, precision


@exercise.mistake(hint="formula")
def one_family(real: Tensor, fake: Tensor, k: int) -> Shares:
    """You use the balls of the real points for both. That recall is the one that Naeem
    et al. call coverage; here recall asks with the balls of the samples."""
    inside = cdist(real, fake) <= radii(real, k)[:, None]
    return (float(inside.any(0).double().mean()), float(inside.any(1).double().mean()))


@exercise.mistake(hint="formula")
def open_balls(real: Tensor, fake: Tensor, k: int) -> Shares:
    """Your balls are open, `<`. Where more than k points are equal the radius is 0, and
    an equal sample would then lie outside: write `<=`."""
    gaps = cdist(real, fake)
    precise, recalled = gaps < radii(real, k)[:, None], gaps < radii(fake, k)
    return (
        float(precise.any(0).double().mean()),
        float(recalled.any(1).double().mean()),
    )


@exercise.mistake(hint="idea")
def balls_counted(real: Tensor, fake: Tensor, k: int) -> Shares:
    """You count how many balls a point lies in, which is what density does. Precision
    and recall ask whether there is one."""
    gaps = cdist(real, fake)
    precise, recalled = gaps <= radii(real, k)[:, None], gaps <= radii(fake, k)
    return (
        float(precise.double().sum(0).mean()) / k,
        float(recalled.double().sum(1).mean()) / k,
    )


@exercise.mistake(hint="idea")
def radii_of_the_judged(real: Tensor, fake: Tensor, k: int) -> Shares:
    """You give the judged point the ball and ask whether the other set is in it. The
    balls belong to the set that stands for a region: real balls for precision, samples'
    balls for recall."""
    gaps = cdist(real, fake)
    by_fake, by_real = gaps <= radii(fake, k), gaps <= radii(real, k)[:, None]
    return float(by_fake.any(0).double().mean()), float(by_real.any(1).double().mean())


@exercise.mistake(hint="formula")
def farthest_neighbours(real: Tensor, fake: Tensor, k: int) -> Shares:
    """Your balls reach almost to the farthest points: `topk` takes the largest entries.
    Write `topk(k + 1, largest=False)`, or `kthvalue(k + 1)`."""

    def radius(x: Tensor) -> Tensor:
        return cdist(x, x).topk(k + 1).values[:, -1]

    gaps = cdist(real, fake)
    precise, recalled = gaps <= radius(real)[:, None], gaps <= radius(fake)
    return (
        float(precise.any(0).double().mean()),
        float(recalled.any(1).double().mean()),
    )


@exercise.mistake(hint="formula")
def nearest_ball_alone(real: Tensor, fake: Tensor, k: int) -> Shares:
    """You ask only the ball of the nearest point. A point farther away may have a
    larger ball that reaches as far: ask all balls, with `any`."""

    def share(judged: Tensor, centres: Tensor) -> float:
        gap, nearest = cdist(judged, centres).min(dim=1)
        return float((gap <= radii(centres, k)[nearest]).double().mean())

    return share(fake, real), share(real, fake)
