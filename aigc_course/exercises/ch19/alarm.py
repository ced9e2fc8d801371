"""Exercise on the cumulative sum that raises an alarm."""

import math

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.alarm",
    order=120,
    title="When to wake somebody",
    difficulty=2,
    minutes=10,
    asks="formula",
    idea="Carry one number through the values. It grows by what a value exceeds k by,"
    " and never falls below 0.",
    formula="S = max(0, S + x - k), from S = 0. The alarm is the first i with S > h.",
    line="Write `sums = itertools.accumulate(values, lambda S, x: max(0.0, S + x - k),"
    " initial=0.0)`, then `return next((i - 1 for i, S in enumerate(sums) if S > h),"
    " -1)`.",
    variation="Look for a fall as well as for a rise, with two sums.",
)


@exercise.answer
def alarm(values: list[float], k: float, h: float) -> int:
    """The number (from 0) of the first value with an alarm, -1 without one.

    values: how far each measurement lies from its usual mean, in standard deviations,
    positive where something is wrong. k: half the shift to be found. h: the limit.
    """
    total = 0.0
    for i, x in enumerate(values):
        total = max(0.0, total + x - k)
        if total > h:
            return i
    return -1


SLOW = [0.3, -0.4, 0.1, 1.2, 0.9, 1.4, 0.8, 1.3, 1.1, 0.95, 1.25, 1.05]


@exercise.inputs
def series() -> list[tuple[list[float], float, float]]:
    quiet = [math.sin(7.3 * i) for i in range(60)]
    return [
        (SLOW, 0.5, 3.0),
        (quiet, 0.5, 4.0),
        ([-1.0] * 40 + [1.1] * 20, 0.5, 4.0),
        ([0.1, 9.0, 0.2], 0.5, 4.0),
        ([2.0, 0.1, 2.2, 0.2, 2.1, 0.1, 2.3, 2.2], 0.5, 4.0),
        ([0.45] * 90, 0.5, 4.0),
        ([3.0, 0.2, 0.1, 0.0, 0.3, 1.7, 1.8], 0.5, 3.7),
        ([-2.0] * 30, 0.5, 4.0),
        ([], 0.5, 4.0),
        ([1.5, 1.5, 0.5, 0.75], 0.5, 2.0),
    ]


@exercise.must_hold
def one_large_value_is_enough(f) -> bool:
    """A value above h + k raises the alarm at once."""
    return int(f([0.0, 0.0, 6.0], 0.5, 4.0)) == 2


@exercise.must_hold
def quiet_is_quiet(f) -> bool:
    """Values below k never raise it."""
    return int(f([0.3] * 500, 0.5, 4.0)) == -1


@exercise.mistake(hint="idea")
def no_floor(values, k, h):
    """Your sum falls below 0. A long quiet time then hides the change that follows:
    stop at 0."""
    total = 0.0
    for i, x in enumerate(values):
        total += x - k
        if total > h:
            return i
    return -1


@exercise.mistake(hint="idea")
def one_value_at_a_time(values, k, h):
    """You compare each value with h. A small shift that lasts is then not found: add
    up."""
    return next((i for i, x in enumerate(values) if x > h), -1)


@exercise.mistake(hint="formula")
def nothing_subtracted(values, k, h):
    """You do not subtract k, so the sum of ordinary values wanders up to the limit."""
    total = 0.0
    for i, x in enumerate(values):
        total = max(0.0, total + x)
        if total > h:
            return i
    return -1


@exercise.mistake(hint="idea")
def set_back(values, k, h):
    """You set the sum back to 0 at each value below k. One such value then wipes out
    what was gathered: let the sum fall by what is missing."""
    total = 0.0
    for i, x in enumerate(values):
        total = total + x - k if x > k else 0.0
        if total > h:
            return i
    return -1


@exercise.mistake(hint="formula")
def absolute_values(values, k, h):
    """You take absolute values, so values on the good side raise the alarm too."""
    total = 0.0
    for i, x in enumerate(values):
        total = max(0.0, total + abs(x) - k)
        if total > h:
            return i
    return -1


@exercise.mistake(hint="formula")
def counted_from_one(values, k, h):
    """You count from 1. The first value has the number 0."""
    found = alarm(values, k, h)
    return found + 1 if found >= 0 else found


@exercise.mistake(hint="idea")
def at_the_end(values, k, h):
    """You look at the sum after all values. The alarm is the first time that it exceeds
    h."""
    total = 0.0
    for x in values:
        total = max(0.0, total + x - k)
    return len(values) - 1 if total > h else -1


@exercise.mistake(hint="idea")
def mean_of_five(values, k, h):
    """You compare the mean of the last five values with k. A window has no limit h, and
    raises false alarms often: add up."""
    for i in range(4, len(values)):
        if sum(values[i - 4 : i + 1]) / 5 > k:
            return i
    return -1


@exercise.mistake(hint="formula")
def added_twice(values, k, h):
    """You add k. It is subtracted, so that ordinary values pull the sum down."""
    total = 0.0
    for i, x in enumerate(values):
        total = max(0.0, total + x + k)
        if total > h:
            return i
    return -1


@exercise.mistake(hint="formula")
def at_the_limit(values, k, h):
    """You raise the alarm where the sum equals h. It has to exceed h."""
    total = 0.0
    for i, x in enumerate(values):
        total = max(0.0, total + x - k)
        if total >= h:
            return i
    return -1


@exercise.mistake(hint="formula")
def only_growth_is_added(values, k, h):
    """You stop at 0 what is added, so the sum never falls. Stop the sum at 0:
    max(0, S + x - k)."""
    total = 0.0
    for i, x in enumerate(values):
        total += max(0.0, x - k)
        if total > h:
            return i
    return -1


@exercise.mistake(hint="idea")
def start_of_the_rise(values, k, h):
    """You return where the sum left 0 for the last time. The number of the value at
    which it exceeds h is wanted."""
    total, start = 0.0, 0
    for i, x in enumerate(values):
        start = i if total == 0 else start
        total = max(0.0, total + x - k)
        if total > h:
            return start
    return -1
