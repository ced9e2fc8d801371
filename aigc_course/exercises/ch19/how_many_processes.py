"""Exercise on the number of processes that makes a step shortest."""

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.how_many_processes",
    order=140,
    title="How many processes?",
    difficulty=3,
    minutes=15,
    asks="decide",
    idea="More processes compute for a shorter time and exchange for a longer one."
    " Compute the time of a step for every number that can share the batch evenly.",
    formula="t(P) = compute / P + 2 (P - 1) (latency + size / (P bandwidth)), for the P"
    " that divide the batch. Take the smallest t, and of equal ones the smallest P.",
    line="Write `fits = [P for P in range(1, batch + 1) if batch % P == 0]` and `return"
    " min(fits, key=lambda P: (compute / P + 2 * (P - 1) * (latency + size / (P *"
    " bandwidth)), P))`.",
    variation="Assume that sending overlaps with computing, so that the longer of the"
    " two counts. Say how the best number changes.",
)


@exercise.answer
def how_many_processes(
    batch: int, compute: float, size: float, latency: float, bandwidth: float
) -> int:
    """The number of processes with the shortest step, which shares the batch evenly.

    batch: rows of the global batch, which stays as it is. compute: seconds in which one
    process computes the gradient of the whole batch. size: bytes of the gradient.
    latency: seconds for a message. bandwidth: bytes a second. Nothing overlaps.
    """
    fits = [P for P in range(1, batch + 1) if batch % P == 0]

    def seconds(P: int) -> float:
        return compute / P + 2 * (P - 1) * (latency + size / (P * bandwidth))

    return min(fits, key=lambda P: (seconds(P), P))


Case = tuple[int, float, float, float, float]
ETHERNET = (100e-6, 0.12e9)
FAST = (5e-6, 12e9)


@exercise.inputs
def cases() -> list[Case]:
    return [
        (64, 0.1, 7e6, *ETHERNET),
        (64, 0.1, 7e6, *FAST),
        (96, 0.1, 7e6, *FAST),
        (512, 4.0, 7e6, *ETHERNET),
        (60, 2.0, 1e6, *ETHERNET),
        (64, 0.001, 7e6, *ETHERNET),
        (64, 0.1, 496e6, *ETHERNET),
        (7, 5.0, 1e6, *FAST),
        (1, 5.0, 1e6, *FAST),
        (128, 0.1, 1e3, 1e-3, 1e9),
        (256, 0.1, 1e3, 1e-4, 1e9),
        (90, 0.5, 20e6, *FAST),
        (1024, 30.0, 496e6, *FAST),
        (12, 0.0, 0.0, 0.0, 1e9),
        (64, 0.1, 7e6, 5e-6, 0.3e9),
        (720, 0.1, 7e6, 20e-6, 1.2e9),
    ]


def _best(batch, seconds, share_evenly=True) -> int:
    fits = [P for P in range(1, batch + 1) if batch % P == 0 or not share_evenly]
    return min(fits, key=lambda P: (seconds(P), P))


@exercise.must_hold
def a_slow_network_helps_nobody(f) -> bool:
    """When a message takes longer than the whole computation, one process is best."""
    return int(f(64, 0.01, 1e6, 1.0, 1e9)) == 1


@exercise.must_hold
def a_free_network_takes_all(f) -> bool:
    """When sending costs nothing, each process has one row."""
    return int(f(48, 1.0, 1e6, 0.0, 1e30)) == 48


@exercise.must_hold
def the_batch_is_shared_evenly(f) -> bool:
    """The number divides the batch, also where another number would be faster."""
    return all(n % int(f(n, 0.1, 7e6, *FAST)) == 0 for n in (60, 66, 90, 97, 100))


@exercise.mistake(hint="idea")
def as_many_as_possible(batch, compute, size, latency, bandwidth):
    """You take one process for each row. Its computing is short, but the messages of
    the all-reduce take longer with each process."""
    return batch


@exercise.mistake(hint="idea")
def never_more_than_one(batch, compute, size, latency, bandwidth):
    """You stay with one process in every case. One process is most efficient; asked is
    the shortest step."""
    return 1


@exercise.mistake(hint="formula")
def uneven(batch, compute, size, latency, bandwidth):
    """You do not ask whether the number of processes divides the batch."""
    return _best(
        batch,
        lambda P: compute / P + 2 * (P - 1) * (latency + size / (P * bandwidth)),
        share_evenly=False,
    )


@exercise.mistake(hint="formula")
def latency_forgotten(batch, compute, size, latency, bandwidth):
    """You count the bytes and not the messages. With many processes each message is
    short, and its latency is most of its time."""
    return _best(batch, lambda P: compute / P + 2 * (P - 1) * size / (P * bandwidth))


@exercise.mistake(hint="formula")
def whole_gradient_in_each_message(batch, compute, size, latency, bandwidth):
    """You send the whole gradient in each message. In a ring each message carries a
    P-th of it."""
    return _best(
        batch, lambda P: compute / P + 2 * (P - 1) * (latency + size / bandwidth)
    )


@exercise.mistake(hint="formula")
def one_way_round(batch, compute, size, latency, bandwidth):
    """You count P - 1 messages. The parts go round twice: once to be added, and once to
    bring the sums to all."""
    return _best(
        batch, lambda P: compute / P + (P - 1) * (latency + size / (P * bandwidth))
    )


@exercise.mistake(hint="formula")
def one_message(batch, compute, size, latency, bandwidth):
    """You count one exchange, however many processes there are. The parts go from one
    process to the next, 2 (P - 1) times."""
    return _best(batch, lambda P: compute / P + latency + size / bandwidth)


@exercise.mistake(hint="formula")
def what_overlaps(batch, compute, size, latency, bandwidth):
    """You take the longer of computing and sending. Here nothing overlaps: the two
    times add up."""
    return _best(
        batch,
        lambda P: max(compute / P, 2 * (P - 1) * (latency + size / (P * bandwidth))),
    )


@exercise.mistake(hint="formula")
def megabits(batch, compute, size, latency, bandwidth):
    """You multiply the bytes by 8. The bandwidth is given in bytes a second, too."""
    return _best(
        batch,
        lambda P: compute / P + 2 * (P - 1) * (latency + 8 * size / (P * bandwidth)),
    )
