"""Exercise on how many requests are in a server at a time."""

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.little",
    order=80,
    title="How many are inside?",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="Draw the number inside over time. Its mean over time is the area under the"
    " curve divided by the length. Find the area that one request adds.",
    formula="The area is the sum of (departure - arrival), since each request adds 1"
    " for as long as it is inside. The length is last departure - first arrival.",
    line="Write `return (sum(departures) - sum(arrivals)) / (max(departures) -"
    " min(arrivals))`.",
    variation="Compute the same number by walking from event to event, and draw the"
    " curve.",
)


@exercise.answer
def little(arrivals: list[float], departures: list[float]) -> float:
    """The mean number of requests inside, over time.

    arrivals, departures: seconds, one of each for every request, in any order. The time
    goes from the first arrival to the last departure.
    """
    length = max(departures) - min(arrivals)
    return (sum(departures) - sum(arrivals)) / length


Log = tuple[list[float], list[float]]


@exercise.inputs
def logs() -> list[Log]:
    some = [0.0, 0.1, 0.15, 0.7, 2.0, 2.05]
    return [
        (some, [0.5, 0.4, 0.9, 1.7, 2.3, 3.0]),
        ([5.0, 6.0, 9.0], [5.5, 8.0, 9.25]),
        ([3.0, 1.0, 2.0], [3.1, 4.0, 2.7]),
        ([0.0, 0.0, 0.0], [4.0, 3.0, 1.0]),
        ([10.0 + 0.1 * i for i in range(30)], [10.8 + 0.11 * i for i in range(30)]),
    ]


@exercise.must_hold
def one_alone(f) -> bool:
    """A single request is alone for all of the time."""
    return same(float(f([3.0], [3.7])), 1.0)


@exercise.must_hold
def two_after_each_other(f) -> bool:
    """With a pause between two requests the mean is below 1."""
    return same(float(f([0.0, 3.0], [1.0, 4.0])), 0.5)


@exercise.must_hold
def does_not_depend_on_the_clock(f) -> bool:
    """A clock that starts elsewhere changes nothing."""
    log = ([1.0, 2.0, 4.0], [3.0, 2.5, 4.5])
    moved = ([a + 100 for a in log[0]], [d + 100 for d in log[1]])
    return same(float(f(*log)), float(f(*moved)))


@exercise.mistake(hint="idea")
def mean_time(arrivals, departures):
    """You return the mean time of a request. Divide the area by the length of the
    time, not by the number of requests."""
    return (sum(departures) - sum(arrivals)) / len(arrivals)


@exercise.mistake(hint="idea")
def mean_at_arrivals(arrivals, departures):
    """You average over the moments at which a request arrives. At a quiet time nothing
    arrives, so quiet times are left out: average over time."""
    inside = [
        sum(a <= t for a in arrivals) - sum(d <= t for d in departures)
        for t in arrivals
    ]
    return sum(inside) / len(inside)


@exercise.mistake(hint="formula")
def time_from_zero(arrivals, departures):
    """You count the time from 0. It starts with the first arrival."""
    return (sum(departures) - sum(arrivals)) / max(departures)


@exercise.mistake(hint="formula")
def until_the_last_arrival(arrivals, departures):
    """Your time ends with the last arrival. Requests are inside until the last
    departure."""
    length = max(arrivals) - min(arrivals)
    return (sum(departures) - sum(arrivals)) / (length or 1.0)


@exercise.mistake(hint="idea")
def most_at_a_time(arrivals, departures):
    """You return the largest number at a time. The mean over time is wanted."""
    return float(
        max(
            sum(a <= t for a in arrivals) - sum(d <= t for d in departures)
            for t in arrivals
        )
    )


@exercise.mistake(hint="formula")
def rate_only(arrivals, departures):
    """You return the requests per second. Multiply by the mean time that one of them is
    inside."""
    return len(arrivals) / (max(departures) - min(arrivals))


@exercise.mistake(hint="formula")
def requests_not_time(arrivals, departures):
    """You count the events and give each the same weight. A number that lasts longer
    counts more."""
    events = sorted([*arrivals, *departures])
    inside = [
        sum(a <= t for a in arrivals) - sum(d <= t for d in departures) for t in events
    ]
    return sum(inside) / len(inside)


@exercise.mistake(hint="formula")
def first_and_last_in_the_list(arrivals, departures):
    """You take the first arrival and the last departure of the lists. The lists are in
    any order: take the least and the greatest."""
    length = departures[-1] - arrivals[0]
    return (sum(departures) - sum(arrivals)) / (length or 1.0)


@exercise.mistake(hint="formula")
def upside_down(arrivals, departures):
    """Your fraction is upside down: the area stands above the length."""
    return (max(departures) - min(arrivals)) / (sum(departures) - sum(arrivals))
