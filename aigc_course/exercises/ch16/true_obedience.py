"""Exercise on readers that err: the true share behind a measured one."""

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.true_obedience",
    order=102,
    title="What a reader's errors hide",
    difficulty=2,
    minutes=12,
    asks="derive",
    idea="Write down how often the reader says 'obeyed': of the scenes that obey, and"
    " of those that do not. Then solve for the share that obeys.",
    formula="With true share o, m = o h + (1 - o) f.",
    line="Write `return (measured - false) / (hit - false)`.",
    variation="Find the error of the true share if the measured one is known to ± 1 %.",
)


@exercise.answer
def true_obedience(measured: float, hit: float, false: float) -> float:
    """The share of scenes that obey, when a reader with known errors judged them.

    measured: share of the scenes of which the reader says "obeyed". hit: how often it
    says so of a scene that obeys. false: how often of one that does not; below hit.
    """
    return (measured - false) / (hit - false)


@exercise.inputs
def readings() -> list[tuple[float, float, float]]:
    return [
        (0.9, 0.98, 0.0),
        (0.95, 0.99, 0.05),
        (0.5, 0.9, 0.1),
        (0.3, 0.8, 0.2),
        (0.99, 0.99, 0.01),
        (0.02, 0.97, 0.02),
        (0.6, 1.0, 0.0),
        (0.45, 0.7, 0.3),
    ]


@exercise.must_hold
def all_obey(f) -> bool:
    """Where the measured share equals the hit rate, all scenes obey: the share is 1."""
    return abs(float(f(0.93, 0.93, 0.1)) - 1) < 1e-5


@exercise.must_hold
def none_obeys(f) -> bool:
    """Where the measured share equals the false rate, no scene obeys: the share is
    0."""
    return abs(float(f(0.1, 0.93, 0.1))) < 1e-5


@exercise.must_hold
def forwards_again(f) -> bool:
    """Put into m = o h + (1 - o) f, the answer gives the measured share again."""
    for m, h, e in readings():
        o = float(f(m, h, e))
        if abs(o * h + (1 - o) * e - m) > 1e-5:
            return False
    return True


@exercise.mistake(hint="idea")
def believed(measured, hit, false):
    """You take the reader at its word. It misses scenes that obey, and passes some that
    do not: correct for both."""
    return measured


@exercise.mistake(hint="formula")
def false_forgotten(measured, hit, false):
    """You divide by the hit rate alone. Scenes that do not obey also count as obeyed
    now and then: take them off above and below."""
    return measured / hit


@exercise.mistake(hint="formula")
def not_scaled(measured, hit, false):
    """You take off the false verdicts and forget that the reader misses scenes that
    obey. Divide by the difference of the two rates."""
    return measured - false


@exercise.mistake(hint="formula")
def forwards(measured, hit, false):
    """You compute what the reader would say, from the share that obeys. Here the
    measured share is known: solve the same equation for o."""
    return measured * hit + (1 - measured) * false


@exercise.mistake(hint="formula")
def divided_by_hit(measured, hit, false):
    """You take off the false verdicts and divide by the hit rate. If all scenes obey,
    m = h, and the share has to be 1: divide by h - f."""
    return (measured - false) / hit


@exercise.mistake(hint="formula")
def false_of_all(measured, hit, false):
    """You count false verdicts among all scenes that were measured as obeyed. The false
    rate is a share of the scenes that do not obey."""
    return measured * (1 - false) / hit


@exercise.mistake(hint="formula")
def misses_added(measured, hit, false):
    """You add the missed share to the measured one. The reader misses a share of the
    scenes that obey, not of all scenes."""
    return measured + (1 - hit) - false


@exercise.mistake(hint="formula")
def youden_multiplied(measured, hit, false):
    """You multiply by h - f. In m = f + o (h - f) this factor belongs to o: divide."""
    return (measured - false) * (hit - false)


@exercise.mistake(hint="formula")
def rates_exchanged(measured, hit, false):
    """You exchange the two rates above the line. Where m equals the false rate, no
    scene obeys, so the numerator has to be m - f."""
    return (hit - measured) / (hit - false)


@exercise.mistake(hint="formula")
def no_misses(measured, hit, false):
    """You divide by 1 - f, as if the reader passed every scene that obeys. Where it has
    a hit rate of h, divide by h - f."""
    return (measured - false) / (1 - false)


@exercise.mistake(hint="formula")
def rates_added(measured, hit, false):
    """You divide by the sum of the two rates. In m = f + o (h - f) the share o stands
    with their difference."""
    return (measured - false) / (hit + false)


@exercise.mistake(hint="idea")
def share_of_the_passed(measured, hit, false):
    """You compute how likely a scene that passes obeys, with the measured share as the
    true one. The true share is not known yet: solve m = o h + (1 - o) f for o."""
    passed = measured * hit + (1 - measured) * false
    return measured * hit / passed


@exercise.mistake(hint="formula")
def measured_for_true(measured, hit, false):
    """You take 1 - m for the share of scenes that do not obey. That share is 1 - o, and
    o is what you look for."""
    return (measured - (1 - measured) * false) / hit


@exercise.mistake(hint="line")
def sign_reversed(measured, hit, false):
    """Your sign is reversed. Numerator and denominator both subtract the false rate:
    (m - f) / (h - f)."""
    return (measured - false) / (false - hit)
