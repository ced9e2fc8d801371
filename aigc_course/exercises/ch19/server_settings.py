"""Exercise on the limits of a server: a decision that a simulation judges."""

import random
from collections.abc import Callable
from typing import Any

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.server_settings",
    order=110,
    title="Set the limits of a server",
    difficulty=4,
    minutes=20,
    asks="decide",
    idea="Work backwards from the deadline. Larger batches raise what the server can"
    " bear; the queue decides how long an accepted request may wait.",
    formula="Capacity is most / busy(most) requests a second. A request that finds"
    " `queue` others waits for queue / most batches, and perhaps for one that runs:"
    " (queue / most + 2) busy(most) must stay below the deadline.",
    line="Write `good = [n for n in range(1, 257) if 4 * busy(n) <= deadline]`, then"
    " `most = max(good, key=lambda n: n / busy(n))`, then `return {'most': most,"
    " 'wait': 0.0, 'queue': max(1, int(most * (0.8 * deadline / busy(most) - 2)))}`.",
    variation="Find settings that also keep the median below a tenth of the deadline"
    " at half the load.",
    agree=False,
)


@exercise.answer
def server_settings(
    busy: Callable[[int], float], deadline: float
) -> dict[str, float | int]:
    """{"most": pictures in a batch, "wait": seconds, "queue": requests that may wait}.

    busy(n): seconds for a batch of n pictures, 1 <= n <= 256. deadline: the longest
    time, in seconds, in which an accepted request may be answered. The server has to
    bear at least three times what it bears without batches, and to keep the deadline
    under any load.
    """
    good = [n for n in range(1, 257) if 4 * busy(n) <= deadline]
    most = max(good, key=lambda n: n / busy(n))
    queue = max(1, int(most * (0.8 * deadline / busy(most) - 2)))
    return {"most": most, "wait": 0.0, "queue": queue}


def small(n: int) -> float:
    """About the shipped generator: a fixed part and a part for each picture."""
    return 0.0008 + 0.00010 * n


def slow(n: int) -> float:
    """A model with slow batches: from 32 on they bring little."""
    return 0.004 + 0.0004 * n + 0.00001 * n * n


CASES = ((small, 0.1), (slow, 0.1), (small, 0.02))


@exercise.inputs
def servers() -> list[tuple[Callable[[int], float], float]]:
    return [(busy, deadline) for busy, deadline in CASES]


def simulated(
    busy: Callable[[int], float], settings: dict[str, Any], rate: float, n: int = 2500
) -> tuple[float, float, float]:
    """(answered a second, share refused, longest time) for random arrivals."""
    most, wait, queue = (settings[key] for key in ("most", "wait", "queue"))
    draw, at, arrivals = random.Random(19), 0.0, []
    for _ in range(n):
        at += draw.expovariate(rate)
        arrivals.append(at)
    waiting: list[float] = []
    i, free, answered, longest = 0, 0.0, 0, 0.0
    while i < n or waiting:
        if not waiting:
            waiting.append(arrivals[i])
            i += 1
        start = max(free, waiting[0])
        stop = start if len(waiting) >= most else max(free, waiting[0] + wait)
        while i < n and arrivals[i] <= stop:
            if len(waiting) < queue:
                waiting.append(arrivals[i])
            i += 1
            if len(waiting) >= most and wait > 0:
                stop = max(free, min(stop, waiting[-1]))
        batch, waiting = waiting[:most], waiting[most:]
        free = stop + busy(len(batch))
        answered += len(batch)
        longest = max(longest, free - batch[0])
    return answered / max(free, 1e-9), 1 - answered / n, longest


def found(f, busy: Callable[[int], float], deadline: float) -> dict[str, Any]:
    """The settings; AssertionError with a sentence for anything else."""
    settings = f(busy, deadline)
    named = isinstance(settings, dict) and {*settings} == {"most", "wait", "queue"}
    assert named, 'Return a dict with "most", "wait" and "queue".'
    most, wait, queue = (float(settings[k]) for k in ("most", "wait", "queue"))
    assert most == int(most) and 1 <= most <= 256, '"most" is a whole number, 1 to 256.'
    assert queue == int(queue) and queue >= 1, '"queue" is a whole number, 1 or more.'
    assert 0 <= wait < float("inf"), '"wait" is a number of seconds, 0 or more.'
    return {"most": int(most), "wait": wait, "queue": int(queue)}


@exercise.must_hold
def the_deadline_is_kept(f) -> str | None:
    """Every accepted request is answered before the deadline, at any load."""
    for busy, deadline in CASES:
        settings = found(f, busy, deadline)
        for load in (0.05, 0.9, 2.0):
            rate = load * 256 / busy(256)
            longest = simulated(busy, settings, rate)[2]
            if longest > deadline:
                return (
                    f"With busy(1) = {1000 * busy(1):.1f} ms and a deadline of"
                    f" {1000 * deadline:.0f} ms, an accepted request took"
                    f" {1000 * longest:.0f} ms at a load of {rate:,.0f} requests a"
                    " second."
                )
    return None


@exercise.must_hold
def it_bears_three_times_as_much(f) -> str | None:
    """At three times what single pictures allow, at most 2 % are refused."""
    for busy, deadline in CASES:
        settings = found(f, busy, deadline)
        rate = 3.0 / busy(1)
        refused = simulated(busy, settings, rate)[1]
        if refused > 0.02:
            return (
                f"At {rate:,.0f} requests a second, three times what single pictures"
                f" allow, your server refuses {refused:.0%}; at most 2 % are allowed."
            )
    return None


@exercise.mistake(hint="idea")
def no_batches(busy, deadline):
    """You compute one picture at a time. The server then bears 1 / busy(1) requests a
    second: let a batch hold more."""
    return {"most": 1, "wait": 0.0, "queue": max(1, int(0.5 * deadline / busy(1)))}


@exercise.mistake(hint="idea")
def queue_without_end(busy, deadline):
    """Your queue is so long that under twice the load a request waits for its turn past
    the deadline. Refuse at once what you cannot answer in time."""
    return {**server_settings(busy, deadline), "queue": 100_000}


@exercise.mistake(hint="idea")
def largest_batch(busy, deadline):
    """You take the largest batch there is. Where busy(256) is a large part of the
    deadline, two batches miss it."""
    return {"most": 256, "wait": 0.0, "queue": 256}


@exercise.mistake(hint="idea")
def waits_for_the_deadline(busy, deadline):
    """You let the oldest request wait for the whole deadline, and computing comes on
    top."""
    return {**server_settings(busy, deadline), "wait": float(deadline)}


@exercise.mistake(hint="formula")
def queue_of_one(busy, deadline):
    """Your queue holds one request. While a batch runs all others are refused, and no
    batch ever has two pictures."""
    return {**server_settings(busy, deadline), "queue": 1}


@exercise.mistake(hint="formula")
def waiting_alone_fills_the_deadline(busy, deadline):
    """Your queue alone takes the whole deadline: there is no time left for the
    request's own batch and for the one that runs."""
    settings = server_settings(busy, deadline)
    most = settings["most"]
    return {**settings, "queue": int(1.3 * most * deadline / busy(most))}


@exercise.mistake(hint="formula")
def numbers_for_one_server(busy, deadline):
    """You return fixed numbers. They fit one model: compute them from busy and the
    deadline."""
    return {"most": 64, "wait": 0.005, "queue": 128}
