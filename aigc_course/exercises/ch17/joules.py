"""Exercise on reading the energy counter of a processor."""

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.joules",
    order=140,
    title="Read the meter",
    difficulty=2,
    minutes=12,
    asks="method",
    idea="The counter only counts upwards, and starts again at 0 after its"
    " largest value. Add up what each interval has used.",
    formula="used = (next - last) mod (top + 1) for each pair of readings, in"
    " microjoules. Add, and divide by a million.",
    line="Write `return sum((b - a) % (top + 1) for a, b in zip(readings,"
    " readings[1:])) / 1e6`.",
    variation="Compute how often a counter must be read that starts again after"
    " 262,144 J, if the processor may use 150 W.",
)


@exercise.answer
def joules(readings: list[int], top: int) -> float:
    """The energy used between the first reading and the last, in joules.

    readings: of a counter of microjoules, in order. It counts from 0 to top, and after
    top comes 0 again. It was read often enough: at most once around between two
    readings. The Linux powercap interface (`energy_uj`, `max_energy_range_uj`) counts
    in this way.
    """
    pairs = zip(readings, readings[1:], strict=False)
    return sum((b - a) % (top + 1) for a, b in pairs) / 1e6


@exercise.inputs
def meters() -> list[tuple[list[int], int]]:
    top = 262_143_328_850
    return [
        ([1_000_000, 3_500_000, 9_000_000], top),
        ([top - 2_000_000, 4_000_000, 20_000_000], top),
        ([5_000_000, top - 10_000_000, 3_000_000, top - 70_000_000, 8_000_000], top),
        ([90, 20, 50, 10, 99, 0], 99),
        ([700_000], top),
        ([50, 50, 50], 99),
    ]


@exercise.must_hold
def nothing_used(f) -> bool:
    """A counter that stands still has used nothing."""
    return float(f([70, 70, 70], 99)) == 0


@exercise.must_hold
def once_around(f) -> bool:
    """From top to 0 it is one microjoule."""
    return same(1e6 * float(f([99, 0], 99)), 1.0)


@exercise.must_hold
def more_readings_change_nothing(f) -> bool:
    """A reading in between changes nothing."""
    return same(1e6 * float(f([80, 95, 10], 99)), 1e6 * float(f([80, 10], 99)))


def _pairs(readings):
    return list(zip(readings, readings[1:], strict=False))


@exercise.mistake(hint="idea")
def last_less_first(readings, top):
    """You subtract the first reading from the last. The counter may have started again
    in between: add up the intervals."""
    return (readings[-1] - readings[0]) / 1e6


@exercise.mistake(hint="idea")
def once_around_at_most(readings, top):
    """You correct the whole difference once. The counter may have started again several
    times: correct each interval."""
    return ((readings[-1] - readings[0]) % (top + 1)) / 1e6


@exercise.mistake(hint="formula")
def absolute_differences(readings, top):
    """You take absolute differences. Where the counter starts again, the used energy is
    what was left to top plus the new value."""
    return sum(abs(b - a) for a, b in _pairs(readings)) / 1e6


@exercise.mistake(hint="idea")
def falls_left_out(readings, top):
    """You leave out the intervals in which the counter starts again. Their energy was
    used too."""
    return sum(max(0, b - a) for a, b in _pairs(readings)) / 1e6


@exercise.mistake(hint="idea")
def from_zero_after_a_fall(readings, top):
    """After a fall you count the new reading only. What was left to top was used as
    well."""
    return sum(b - a if b >= a else b for a, b in _pairs(readings)) / 1e6


@exercise.mistake(hint="formula")
def top_not_counted(readings, top):
    """You take the remainder by top. The counter has top + 1 values, from 0 to top."""
    return sum((b - a) % top for a, b in _pairs(readings)) / 1e6


@exercise.mistake(hint="formula")
def millijoules(readings, top):
    """You divide by a thousand. The counter counts microjoules."""
    return sum((b - a) % (top + 1) for a, b in _pairs(readings)) / 1e3


@exercise.mistake(hint="formula")
def in_microjoules(readings, top):
    """You return microjoules. Divide by a million."""
    return float(sum((b - a) % (top + 1) for a, b in _pairs(readings)))


@exercise.mistake(hint="idea")
def readings_added(readings, top):
    """You add the readings. Each is what the counter has counted since it started: only
    differences are energy."""
    return sum(readings) / 1e6


@exercise.mistake(hint="idea")
def mean_of_the_intervals(readings, top):
    """You return the mean of the intervals. The energy is their sum."""
    pairs = _pairs(readings)
    return sum((b - a) % (top + 1) for a, b in pairs) / max(1, len(pairs)) / 1e6


@exercise.mistake(hint="formula")
def whole_joules(readings, top):
    """You return whole joules. The part below one joule is then lost."""
    return sum((b - a) % (top + 1) for a, b in _pairs(readings)) // 1_000_000


@exercise.mistake(hint="formula")
def standing_still_is_a_turn(readings, top):
    """You take two equal readings for a whole turn. Only a smaller value shows that the
    counter has started again."""
    steps = (b - a if b > a else b - a + top + 1 for a, b in _pairs(readings))
    return sum(steps) / 1e6


@exercise.mistake(hint="formula")
def new_value_not_counted(readings, top):
    """After a fall you count what was left to top only. The new value was used as well,
    and the step from top to 0."""
    steps = (b - a if b >= a else top - a for a, b in _pairs(readings))
    return sum(steps) / 1e6
