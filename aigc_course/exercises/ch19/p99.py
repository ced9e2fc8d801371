"""Exercise on the latency that all but one in a hundred stay below."""

import math

import numpy as np

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.p99",
    order=100,
    title="How long does the unlucky one wait?",
    difficulty=3,
    minutes=14,
    asks="method",
    idea="A user starts to wait when the request was due, even if your program sent it"
    " late. A request without an answer waits for ever.",
    formula="latency = answered - due, infinite where there is no answer. Sort, and"
    " take number ceil(share n), counted from 1.",
    line="Write `waits = sorted(math.inf if end is None else end - start for start,"
    " end in zip(due, answered))`, then `return waits[math.ceil(share * len(waits)) -"
    " 1]`.",
    variation="Add a 95 % interval for the quantile by the binomial distribution of"
    " how many waits lie below it.",
)


@exercise.answer
def p99(
    due: list[float],
    sent: list[float],
    answered: list[float | None],
    share: float = 0.99,
) -> float:
    """The least time within which at least this share of the requests was answered.

    due: when each request should have been sent; sent: when it was; answered: when its
    answer came, None where none came. In seconds. Infinite if too many have no answer.
    """
    waits = sorted(
        math.inf if end is None else end - start
        for start, end in zip(due, answered, strict=True)
    )
    return waits[math.ceil(share * len(waits)) - 1]


Log = tuple[list[float], list[float], list[float | None], float]


def regular(n: int, lost: int = 0, share: float = 0.99) -> Log:
    """Requests every 10 ms, of which the last few have no answer."""
    due = [0.01 * i for i in range(n)]
    answered: list[float | None] = [
        t + 0.002 + 0.0013 * (37 * i % n) for i, t in enumerate(due)
    ]
    for i in range(lost):
        answered[(13 * i + 5) % n] = None
    return due, [t + 0.0001 for t in due], answered, share


def stalled(share: float) -> Log:
    """A client that waits for each answer meets a server that stops for a second."""
    due = [0.01 * i for i in range(300)]
    sent, answered, free = [], list[float | None](), 0.0
    for i, t in enumerate(due):
        start = max(t, free)
        sent.append(start)
        free = start + (1.0 if i == 150 else 0.003)
        answered.append(free)
    return due, sent, answered, share


@exercise.inputs
def logs() -> list[Log]:
    return [
        regular(300),
        regular(300, lost=2),
        regular(250, share=0.5),
        regular(250, lost=20, share=0.9),
        stalled(0.99),
        stalled(0.9),
        regular(160),
        ([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [0.3, 1.1, 2.5], 0.99),
    ]


@exercise.must_hold
def lost_requests_count(f) -> bool:
    """If two in a hundred have no answer, no time is long enough for 99 %."""
    due, sent, answered, _ = regular(100, lost=2)
    return math.isinf(float(f(due, sent, answered, 0.99)))


@exercise.must_hold
def half_is_the_median(f) -> bool:
    """Of three requests the middle one answers for a half."""
    return abs(float(f([0.0] * 3, [0.0] * 3, [0.1, 0.9, 0.4], 0.5)) - 0.4) < 1e-6


def _rank(waits: list[float], share: float) -> float:
    return sorted(waits)[math.ceil(share * len(waits)) - 1]


def _waits(starts, answered) -> list[float]:
    pairs = zip(starts, answered, strict=True)
    return [math.inf if end is None else end - start for start, end in pairs]


@exercise.mistake(hint="idea")
def from_when_it_was_sent(due, sent, answered, share=0.99):
    """You count from when the request was sent. A client that waits for a slow server
    sends late, and the wait before is lost (coordinated omission): count from `due`."""
    return _rank(_waits(sent, answered), share)


@exercise.mistake(hint="idea")
def lost_left_out(due, sent, answered, share=0.99):
    """You leave out requests without an answer. The slowest ones then improve the
    result: count them as infinite."""
    return _rank([w for w in _waits(due, answered) if w < math.inf], share)


@exercise.mistake(hint="formula")
def lost_count_as_zero(due, sent, answered, share=0.99):
    """A request without an answer counts as 0 seconds. It waits for ever."""
    return _rank([w if w < math.inf else 0.0 for w in _waits(due, answered)], share)


@exercise.mistake(hint="idea")
def the_mean(due, sent, answered, share=0.99):
    """You return the mean. It says nothing of the slowest one in a hundred."""
    waits = [w for w in _waits(due, answered) if w < math.inf]
    return sum(waits) / len(waits)


@exercise.mistake(hint="idea")
def the_longest(due, sent, answered, share=0.99):
    """You return the longest wait, whatever the share."""
    return max(_waits(due, answered))


@exercise.mistake(hint="idea")
def mean_of_windows(due, sent, answered, share=0.99):
    """You average the quantiles of ten windows. A quantile of everything is not the
    mean of the quantiles of parts: sort all waits together."""
    waits = [w if w < math.inf else 1e6 for w in _waits(due, answered)]
    size = max(1, len(waits) // 10)
    parts = [waits[i : i + size] for i in range(0, len(waits), size)]
    return sum(_rank(part, share) for part in parts) / len(parts)


@exercise.mistake(hint="formula")
def one_too_early(due, sent, answered, share=0.99):
    """You round the rank down, so fewer than the share are within your time. Round it
    up."""
    waits = sorted(_waits(due, answered))
    return waits[math.floor(share * len(waits)) - 1]


@exercise.mistake(hint="formula")
def one_too_late(due, sent, answered, share=0.99):
    """You are one place too far: number r, counted from 1, has the index r - 1."""
    waits = sorted(_waits(due, answered))
    return waits[min(len(waits) - 1, math.ceil(share * len(waits)))]


@exercise.mistake(hint="formula")
def not_sorted(due, sent, answered, share=0.99):
    """You did not sort the waits. The rank is that of the sorted list."""
    waits = _waits(due, answered)
    return waits[math.ceil(share * len(waits)) - 1]


@exercise.mistake(hint="formula")
def from_the_wrong_end(due, sent, answered, share=0.99):
    """You take the share from the upper end, which is the time of the fastest ones."""
    waits = sorted(_waits(due, answered), reverse=True)
    return waits[math.ceil(share * len(waits)) - 1]


@exercise.mistake(hint="formula")
def rank_to_the_nearest(due, sent, answered, share=0.99):
    """You round the rank to the nearest whole number. Where that is down, fewer than
    the share are within your time: round it up."""
    waits = sorted(_waits(due, answered))
    return waits[round(share * len(waits)) - 1]


@exercise.mistake(hint="formula")
def interpolated(due, sent, answered, share=0.99):
    """You let `quantile` interpolate between two waits. Within your time fewer than the
    share are answered, and next to an infinite wait it gives NaN: take the wait of
    number ceil(share n)."""
    with np.errstate(invalid="ignore"):
        return float(np.quantile(_waits(due, answered), share))


@exercise.mistake(hint="formula")
def share_not_used(due, sent, answered, share=0.99):
    """You always take 99 %. The share is an argument."""
    return _rank(_waits(due, answered), 0.99)


@exercise.mistake(hint="idea")
def infinite_with_one_lost(due, sent, answered, share=0.99):
    """You return infinity as soon as one request has no answer. If enough others were
    answered, the time for this share is finite."""
    waits = _waits(due, answered)
    return math.inf if math.inf in waits else _rank(waits, share)


@exercise.mistake(hint="formula")
def index_rounded_down(due, sent, answered, share=0.99):
    """Where share n is a whole number r, you take the index r, which is one place too
    far: number r, counted from 1, has the index r - 1."""
    waits = sorted(_waits(due, answered))
    return waits[min(len(waits) - 1, math.floor(share * len(waits)))]
