"""Exercise on two blocks that are moved apart."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Pair = tuple[float, float]


exercise = Exercise(
    "02.shifted_blocks",
    order=80,
    title="Two blocks, moved apart",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="Where both blocks lie, p = q and nothing is added. Where one lies alone, a"
    " sample is recognised with certainty and adds log 2 times its probability.",
    formula="JS = min(|theta|, 1) log 2 and W1 = |theta|.",
    line="Write `return min(abs(theta), 1) * np.log(2), abs(theta)`.",
    variation="Give the second block the width 2 instead of 1; work out what changes.",
)


@exercise.answer
def shifted_blocks(theta: float) -> Pair:
    """(JS, W1) of the uniform densities on [0, 1] and on [theta, theta + 1].

    JS in nats; W1 is the mean way that the mass has to go. theta may be negative.
    """
    return min(abs(theta), 1) * math.log(2), abs(theta)


@exercise.inputs
def some_shifts() -> list[float]:
    return [0.0, 0.25, -0.6, 1.0, 2.5, -7.0]


@exercise.must_hold
def together(f) -> bool:
    """Two blocks in one place are 0 apart in both measures."""
    return same([float(v) + 1 for v in f(0.0)], [1.0, 1.0])


@exercise.must_hold
def flat_beyond_one(f) -> bool:
    """Once the blocks no longer touch, JS stays at log 2 while W1 keeps growing."""
    near, far = f(1.5), f(40.0)
    return same([near[0], far[0]], [math.log(2)] * 2) and same(far[1] - near[1], 38.5)


@exercise.must_hold
def direction(f) -> bool:
    """Left or right makes no difference."""
    return same(list(f(-0.3)), list(f(0.3)))


@exercise.must_hold
def as_many_small_cells(f) -> bool:
    """A sum over 4,000 small cells gives the same JS for theta = 0.3."""
    n, moved = 1000, 300  # cells in a block, cells by which it is moved
    js = 0.0
    for cell in range(n + moved):
        p, q = (cell < n) / n, (cell >= moved) / n
        js += sum(v / 2 * math.log(2 * v / (p + q)) for v in (p, q) if v)
    return same(float(f(0.3)[0]), js)


@exercise.mistake(hint="idea")
def ever_growing(theta: float) -> Pair:
    """Your JS grows without end. Beyond |theta| = 1 the blocks no longer touch, and D
    is never wrong, however far apart they lie: JS stays at log 2."""
    return abs(theta) * math.log(2), abs(theta)


@exercise.mistake(hint="idea")
def as_if_kl(theta: float) -> Pair:
    """You answer as for KL, which is infinite as soon as one block lies where the other
    is 0. JS compares with the middle of both and is at most log 2."""
    return (0.0 if theta == 0 else math.inf), abs(theta)


@exercise.mistake(hint="idea")
def nothing_or_all(theta: float) -> Pair:
    """Your JS jumps to log 2 at once. While the blocks overlap, samples from the common
    part cannot be recognised: only the share |theta| can."""
    return (0.0 if theta == 0 else math.log(2)), abs(theta)


@exercise.mistake(hint="idea")
def both_stop(theta: float) -> Pair:
    """Your W1 stops at 1. The mass has to go the whole distance |theta|, whether the
    blocks touch or not; that is what makes W1 useful here."""
    return shifted_blocks(theta)[0], min(abs(theta), 1)


@exercise.mistake(hint="formula")
def in_bits(theta: float) -> Pair:
    """Your JS is in bits, at most 1. In nats the part that lies alone adds log 2."""
    return min(abs(theta), 1), abs(theta)


@exercise.mistake(hint="formula")
def signed(theta: float) -> Pair:
    """To the left your numbers become negative. Both are distances: take |theta|."""
    return min(theta, 1) * math.log(2), theta


@exercise.mistake(hint="formula")
def squared(theta: float) -> Pair:
    """Your second number is the squared distance. W1 is the mean distance itself,
    |theta|."""
    return shifted_blocks(theta)[0], theta**2


@exercise.mistake(hint="line")
def other_order(theta: float) -> Pair:
    """Your numbers are right and change places: JS comes first, then W1."""
    js, w1 = shifted_blocks(theta)
    return w1, js


@exercise.mistake(hint="formula")
def js_doubled(theta: float) -> Pair:
    """Your JS is twice too large and reaches log 4. JS is the *mean* of the two
    divergences from the middle, so the part that lies alone adds log 2."""
    js, w1 = shifted_blocks(theta)
    return 2 * js, w1


@exercise.mistake(hint="formula")
def js_halved(theta: float) -> Pair:
    """Your JS is half of what it should be. Each block has the part |theta| that lies
    alone, and each adds |theta| log 2 / 2."""
    js, w1 = shifted_blocks(theta)
    return js / 2, w1


@exercise.mistake(hint="idea")
def overlap_counted(theta: float) -> Pair:
    """Your JS falls as the blocks part: you count what overlaps. Where both blocks lie
    no sample can be recognised; count what lies alone."""
    return max(0.0, 1 - abs(theta)) * math.log(2), abs(theta)


@exercise.mistake(hint="idea")
def gap_for_way(theta: float) -> Pair:
    """Your W1 is the gap between the blocks, 0 while they touch. Each piece of mass has
    to go from x to x + theta: the distance is |theta|."""
    return shifted_blocks(theta)[0], max(abs(theta) - 1, 0.0)


@exercise.mistake(hint="idea")
def js_alone(theta: float) -> float:
    """You return JS alone. Return both distances, `js, w1`."""
    return shifted_blocks(theta)[0]
