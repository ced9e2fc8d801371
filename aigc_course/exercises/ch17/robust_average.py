"""Exercise on an average that one bad client cannot ruin."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.robust_average",
    order=105,
    title="One of five is against you",
    difficulty=3,
    minutes=20,
    asks="decide",
    idea="A rule that lets every client move the result without limit can be"
    " moved by one. Look at what is wrong in form first, then use a"
    " statistic that a minority cannot move far.",
    formula="Leave out what is None, has another shape or is not finite. Of the"
    " rest take the median in each coordinate, or the mean without the"
    " largest and the smallest value.",
    line="Write `good = [u for u in updates if u is not None and u.shape =="
    " (size,) and bool(u.isfinite().all())]`, then `return"
    " torch.stack(good).quantile(0.5, dim=0)`.",
    variation="Let two of five clients work together. Find the values that they can"
    " force upon the median of a coordinate.",
    agree=False,
)


@exercise.answer
def robust_average(updates: list[Tensor | None], size: int) -> Tensor:
    """An update [size] that stays near the honest ones although one client is against
    you.

    updates: what five clients sent: [size] from honest ones; None, another shape, NaN,
    infinities or any other numbers from the fifth. You do not know which one it is.
    """
    good = [
        u
        for u in updates
        if u is not None and u.shape == (size,) and bool(u.isfinite().all())
    ]
    return torch.stack(good).quantile(0.5, dim=0)


SIZE = 40


def honest(count: int) -> list[Tensor]:
    """Updates that agree in direction and differ by noise."""
    common = torch.randn(SIZE)
    return [common + 0.3 * torch.randn(SIZE) for _ in range(count)]


@exercise.inputs
def rounds() -> list[tuple[list[Tensor | None], int]]:
    one, two, three, four = honest(4)
    bad = torch.full((SIZE,), torch.nan)
    holes = torch.where(torch.arange(SIZE) == 3, torch.nan, two)
    return [
        (list(honest(5)), SIZE),
        ([one, two, -100 * one, three, four], SIZE),
        ([bad, one, two, three, four], SIZE),
        ([one, two, three, None, four], SIZE),
        ([one, holes, three, 5 * one, four], SIZE),
    ]


def attacks(good: list[Tensor]) -> dict[str, Tensor | None]:
    """What the fifth client may send, by the words of a sentence."""
    mean = torch.stack(good).mean(0)
    holes = mean.clone()
    holes[3] = torch.nan
    endless = mean.clone()
    endless[5] = torch.inf
    return {
        "sends nothing": None,
        "sends another shape": torch.ones(SIZE + 1),
        "sends a column [size, 1]": mean[:, None],
        "sends NaN": torch.full((SIZE,), torch.nan),
        "sends a single NaN": holes,
        "sends an infinity": endless,
        "sends its update times 100": 100 * mean,
        "sends its update times -100": -100 * mean,
        "sends its update times -1": -mean,
        "sends its update times -1.5": -1.5 * mean,
        "sends its update times a million": 1e6 * mean,
        "sends 10 in every place": torch.full((SIZE,), 10.0),
    }


def far(found: object, good: list[Tensor]) -> float:
    """Root mean square distance to the honest mean, in units of the honest
    deviation."""
    value = torch.as_tensor(found).float()
    assert value.shape == (SIZE,), "Your function has to return a tensor [size]."
    if not bool(value.isfinite().all()):
        return float("inf")
    stack = torch.stack(good)
    return float((value - stack.mean(0)).square().mean().sqrt() / 0.3)


@exercise.must_hold
def clean_rounds_stay_good(f) -> str | None:
    """With five honest clients the result lies near their mean."""
    distances = [far(f(good, SIZE), good) for good in (honest(5) for _ in range(6))]
    if max(distances) > 1.2:
        return (
            "With five honest clients the result lies at most 1.2 of their standard"
            f" deviations from their mean. Yours lies {max(distances):.1f} from it."
        )
    return None


@exercise.must_hold
def one_bad_client_is_borne(f) -> str | None:
    """Whatever the fifth client sends, the result stays near the honest mean."""
    for place in (4, 0, 2):
        good = honest(4)
        for words, bad in attacks(good).items():
            sent: list[Tensor | None] = [*good[:place], bad, *good[place:]]
            distance = far(f(sent, SIZE), good)
            if distance > 1.2:
                return (
                    "The result lies at most 1.2 standard deviations from the mean"
                    f" of the honest clients. Where client {place + 1} {words}, yours"
                    f" lies {distance:.3g} from it."
                )
    return None


def _formed(updates, size):
    return [u for u in updates if u is not None and u.shape == (size,)]


def _finite(updates, size):
    return [u for u in _formed(updates, size) if bool(u.isfinite().all())]


@exercise.mistake(hint="idea")
def plain_mean(updates, size):
    """You take the mean of what has the right form. One client that sends its update
    times 100 moves it as far as it likes."""
    return torch.stack(_finite(updates, size)).mean(0)


@exercise.mistake(hint="idea")
def nan_as_zero(updates, size):
    """You replace NaN and infinities by numbers and take the mean. A client with huge
    finite numbers still moves it as far as it likes."""
    return torch.stack([u.nan_to_num() for u in _formed(updates, size)]).mean(0)


@exercise.mistake(hint="idea")
def the_first_client(updates, size):
    """You trust the first client that sends finite numbers. It may be the bad one, and
    the others' work is lost."""
    return _finite(updates, size)[0].clone()


@exercise.mistake(hint="idea")
def all_have_one_length(updates, size):
    """You bring all updates to length 1 before averaging. A bad client then counts as
    one of five, but the size of the honest updates is lost."""
    return torch.stack([u / u.norm() for u in _finite(updates, size)]).mean(0)


@exercise.mistake(hint="idea")
def largest_left_out_by_value(updates, size):
    """You leave out the largest value of each coordinate only. A bad client can also
    pull downwards: leave out the smallest as well."""
    return torch.stack(_finite(updates, size)).sort(0).values[:-1].mean(0)


@exercise.mistake(hint="idea")
def cut_at_one(updates, size):
    """You cut all numbers to the range from -1 to 1 and take the mean. Honest updates
    may be larger than that, and a bad client still counts as one of five."""
    return torch.stack(_finite(updates, size)).clamp(-1, 1).mean(0)


@exercise.mistake(hint="formula")
def smallest_in_each_place(updates, size):
    """You take the smallest absolute value of each coordinate. It is 0 on average for
    noise, and far from the honest mean."""
    stack = torch.stack(_finite(updates, size))
    best = stack.abs().argmin(0, keepdim=True)
    return stack.gather(0, best)[0]


@exercise.mistake(hint="idea")
def nothing_happens(updates, size):
    """You return zeros. That is safe, and no client's work is used."""
    return torch.zeros(size)


@exercise.mistake(hint="formula")
def nan_only(updates, size):
    """You leave out NaN in each coordinate and take the mean of the rest. Infinite and
    huge numbers are left in."""
    return torch.stack(_formed(updates, size)).nanmean(0)
