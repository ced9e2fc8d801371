"""Exercise on micro-batching."""

import math
from collections.abc import Callable

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.micro_batch",
    order=90,
    title="Answer several at once",
    difficulty=4,
    minutes=25,
    asks="method",
    idea="Work batch by batch. Two things must have happened before one starts: the"
    " model is free, and the batch is full or its oldest request has waited long"
    " enough.",
    formula="For the oldest request i: start = max(free, min(arrivals[i] + wait,"
    " arrival of request i + most - 1)). The batch is what has arrived by then, `most`"
    " at most.",
    line="Write `done, free = [], 0.0`, then `while len(done) < len(arrivals): i ="
    " len(done); full = arrivals[i + most - 1] if i + most <= len(arrivals) else"
    " math.inf; start = max(free, min(arrivals[i] + wait, full)); n = min(most, sum(a"
    " <= start for a in arrivals[i:])); free = start + busy(n); done += [free] * n`,"
    " then `return done`.",
    variation="Let a request be refused when `queue` others are waiting already.",
)


@exercise.answer
def micro_batch(
    arrivals: list[float], most: int, wait: float, busy: Callable[[int], float]
) -> list[float]:
    """The time at which each request is answered.

    arrivals: seconds, in increasing order. One batch is computed at a time, of `most`
    requests at most, and takes busy(n) seconds for n of them. While the model is free,
    a batch starts as soon as `most` requests wait, or the oldest has waited `wait`
    seconds. It takes the requests that have arrived by then, in their order.
    """
    done: list[float] = []
    free = 0.0
    while len(done) < len(arrivals):
        i = len(done)  # the oldest request that waits
        full = arrivals[i + most - 1] if i + most <= len(arrivals) else math.inf
        start = max(free, min(arrivals[i] + wait, full))
        n = min(most, sum(a <= start for a in arrivals[i:]))
        free = start + busy(n)
        done += [free] * n
    return done


def steady(n: int) -> float:
    """Seconds for a batch: a fixed part, and a part for each picture."""
    return 0.010 + 0.001 * n


def long_fixed(n: int) -> float:
    """A batch whose fixed part is long."""
    return 0.250 + 0.002 * n


Busy = Callable[[int], float]


@exercise.inputs
def queues() -> list[tuple[list[float], int, float, Busy]]:
    return [
        ([0.0, 0.001, 0.0017, 0.05, 0.0513, 0.2], 4, 0.005, steady),
        ([0.01 * i for i in range(12)], 3, 0.0042, steady),
        ([0.003 * i + 0.1 for i in range(25)], 8, 0.0071, long_fixed),
        ([0.0, 0.0, 0.0, 0.0, 0.0], 2, 0.5, steady),
        ([0.4], 8, 0.02, steady),
        ([0.0, 0.002, 0.013, 0.0291, 0.0305], 8, 0.0, steady),
    ]


@exercise.must_hold
def a_lone_request_waits(f) -> bool:
    """A request that stays alone is answered after its wait and a batch of one."""
    return same([float(x) for x in f([2.0], 8, 0.02, steady)], [2.02 + steady(1)])


@exercise.must_hold
def a_full_batch_does_not_wait(f) -> bool:
    """A full batch starts at once."""
    found = [float(x) for x in f([1.0, 1.0], 2, 5.0, steady)]
    return same(found, [1.0 + steady(2)] * 2)


@exercise.must_hold
def every_request_is_answered(f) -> bool:
    """Every request gets an answer, none before it arrived."""
    arrivals = [0.002 * i for i in range(31)]
    found = [float(x) for x in f(arrivals, 7, 0.003, steady)]
    return len(found) == 31 and all(a < b for a, b in zip(arrivals, found, strict=True))


def _run(arrivals, most, busy, start_of, idle=True):
    done, free = list[float](), 0.0
    while len(done) < len(arrivals):
        i = len(done)
        full = arrivals[i + most - 1] if i + most <= len(arrivals) else math.inf
        start = start_of(free if idle else 0.0, arrivals[i], full)
        n = max(1, min(most, sum(a <= start for a in arrivals[i:])))
        free = start + busy(n)
        done += [free] * n
    return done


@exercise.mistake(hint="formula")
def full_wait_always(arrivals, most, wait, busy):
    """A full batch still waits for its time. Start it as soon as it is full."""
    return _run(arrivals, most, busy, lambda free, a, full: max(free, a + wait))


@exercise.mistake(hint="idea")
def waits_until_full(arrivals, most, wait, busy):
    """You wait until a batch is full, whatever the oldest request has waited. On a
    quiet server its answer then depends on strangers."""
    last = arrivals[-1] + wait

    def start(free, a, full):
        return max(free, min(full, last))

    return _run(arrivals, most, busy, start)


@exercise.mistake(hint="formula")
def wait_counts_from_free(arrivals, most, wait, busy):
    """You start to count the wait when the model becomes free. It counts from the
    arrival of the oldest request, which has waited already."""

    def start(free, a, full):
        return max(free, min(max(free, a) + wait, full))

    return _run(arrivals, most, busy, start)


@exercise.mistake(hint="idea")
def no_wait(arrivals, most, wait, busy):
    """You start with the first request that comes. On a quiet server every batch then
    has one picture: let the oldest wait."""
    return _run(arrivals, most, busy, lambda free, a, full: max(free, a))


@exercise.mistake(hint="idea")
def two_at_a_time(arrivals, most, wait, busy):
    """You start a batch while another is being computed. The model computes one batch
    at a time: wait until it is free."""

    def start(free, a, full):
        return min(a + wait, full)

    return _run(arrivals, most, busy, start)


@exercise.mistake(hint="formula")
def time_of_single_pictures(arrivals, most, wait, busy):
    """You count n times the time of one picture. A batch takes busy(n), and that it is
    less is the reason for batching."""
    return micro_batch(arrivals, most, wait, lambda n: n * busy(1))


@exercise.mistake(hint="formula")
def one_picture_time(arrivals, most, wait, busy):
    """Every batch takes busy(1) here. A batch of n takes busy(n)."""
    return micro_batch(arrivals, most, wait, lambda n: busy(1))


@exercise.mistake(hint="idea")
def no_limit(arrivals, most, wait, busy):
    """You put everything that waits into the batch. It takes `most` requests at
    most."""
    done, free = list[float](), 0.0
    while len(done) < len(arrivals):
        i = len(done)
        full = arrivals[i + most - 1] if i + most <= len(arrivals) else math.inf
        start = max(free, min(arrivals[i] + wait, full))
        n = sum(a <= start for a in arrivals[i:])
        free = start + busy(n)
        done += [free] * n
    return done


@exercise.mistake(hint="formula")
def starts_returned(arrivals, most, wait, busy):
    """You return when the batches start. A request is answered when its batch ends."""
    done, starts, free = list[float](), list[float](), 0.0
    while len(done) < len(arrivals):
        i = len(done)
        full = arrivals[i + most - 1] if i + most <= len(arrivals) else math.inf
        start = max(free, min(arrivals[i] + wait, full))
        n = min(most, sum(a <= start for a in arrivals[i:]))
        free = start + busy(n)
        done += [free] * n
        starts += [start] * n
    return starts


@exercise.mistake(hint="formula")
def latencies_returned(arrivals, most, wait, busy):
    """You return how long each request took. The time at which it is answered is
    wanted."""
    done = micro_batch(arrivals, most, wait, busy)
    return [end - a for a, end in zip(arrivals, done, strict=True)]


@exercise.mistake(hint="idea")
def closed_when_it_opens(arrivals, most, wait, busy):
    """You start after the wait and take only what had arrived with the first request.
    All that has come by the start goes in."""
    done, free = list[float](), 0.0
    while len(done) < len(arrivals):
        i = len(done)
        full = arrivals[i + most - 1] if i + most <= len(arrivals) else math.inf
        start = max(free, min(arrivals[i] + wait, full))
        n = min(most, sum(a <= arrivals[i] for a in arrivals[i:]))
        free = start + busy(n)
        done += [free] * n
    return done


@exercise.mistake(hint="idea")
def groups_by_number(arrivals, most, wait, busy):
    """You cut the list into groups of `most` requests, and the last of a group may come
    long after the first. A batch holds what has arrived when it starts."""
    done, free = list[float](), 0.0
    for i in range(0, len(arrivals), most):
        group = arrivals[i : i + most]
        free = max(free, group[-1]) + busy(len(group))
        done += [free] * len(group)
    return done


@exercise.mistake(hint="formula")
def always_the_time_of_most(arrivals, most, wait, busy):
    """Every batch takes busy(most) here. A batch of n takes busy(n)."""
    return _run(
        arrivals,
        most,
        lambda n: busy(most),
        lambda free, a, full: max(free, min(a + wait, full)),
    )
