"""Exercise on a rule of harmony: parallel fifths and octaves between two voices."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.parallels",
    order=32,
    title="Count parallel fifths and octaves",
    difficulty=3,
    minutes=15,
    asks="formula",
    idea="Look at two neighbouring steps. Both voices move by the same number of"
    " semitones, not by 0, and their distance is a fifth or an octave.",
    formula="With moves h' - h and l' - l: count the steps where both moves are equal"
    " and not 0, |h - l| mod 12 is 0 or 7, and all four numbers are above 0.",
    line="Write `near = (high[1:] > 0) & (low[1:] > 0) & (high[:-1] > 0) & (low[:-1] >"
    " 0)`, `moves = high.diff()`, `class_ = (high - low).abs()[:-1] % 12`, then `return"
    " int((near & (moves != 0) & (moves == low.diff()) & ((class_ == 0) | (class_ =="
    " 7))).sum())`.",
    variation="Count hidden fifths too: both voices move in the same direction and"
    " arrive at a fifth from another distance.",
)


@exercise.answer
def parallels(high: Tensor, low: Tensor) -> int:
    """How often the two voices move in parallel fifths or octaves.

    high, low: MIDI numbers at every step, int [T]; 0 is a rest. The distance of two
    voices counts without octaves, and whichever of them is above. In a parallel both
    voices move, by the same number of semitones.
    """
    sounding = (high > 0) & (low > 0)
    both = sounding[1:] & sounding[:-1]
    moves = high.diff()
    together = (moves != 0) & (moves == low.diff())
    distance = (high - low).abs()[:-1] % 12
    return int((both & together & ((distance == 0) | (distance == 7))).sum())


Voices = tuple[Tensor, Tensor]


def voices(high: list[int], low: list[int]) -> Voices:
    return torch.tensor(high), torch.tensor(low)


def walk(seed: int) -> Voices:
    """Two voices that often move together."""
    g = torch.Generator().manual_seed(seed)
    steps = torch.randint(-2, 3, (2, 60), generator=g)
    steps[1] = torch.where(torch.rand(60, generator=g) < 0.5, steps[0], steps[1])
    start = torch.tensor([[72], [60]]) + torch.randint(-3, 4, (2, 1), generator=g)
    lines = start + steps.cumsum(1)
    lines[torch.rand(2, 60, generator=g) < 0.08] = 0
    return lines[0], lines[1]


@exercise.inputs
def cases() -> list[Voices]:
    return [
        voices([67, 69], [60, 62]),  # fifths
        voices([72, 71], [60, 59]),  # octaves, downwards
        voices([79, 77], [60, 58]),  # a fifth and an octave apart
        voices([67, 67, 67], [60, 60, 60]),  # nothing moves
        voices([67, 65], [60, 62]),  # a fifth left in contrary motion
        voices([67, 74], [60, 55]),  # fifths, reached in contrary motion
        voices([64, 67], [57, 62]),  # similar motion away from a fifth
        voices([65, 67], [60, 62]),  # fourths
        voices([60, 62], [67, 69]),  # crossed voices, fifths
        voices([62, 64], [67, 69]),  # crossed voices, fourths
        voices([67, 0, 69], [60, 0, 62]),  # a rest between
        voices([60, 0, 62, 60], [60, 0, 62, 55]),  # unisons around a rest
        voices([67, 69, 69, 71, 71], [60, 62, 62, 64, 62]),
        voices([60, 62], [60, 62]),  # in unison
        voices([62, 0], [62, 0]),  # a unison falls silent
        voices([69, 67], [62, 60]),  # fifths, downwards
        *(walk(seed) for seed in range(6)),
    ]


@exercise.must_hold
def order_does_not_matter(f) -> bool:
    """Two voices are parallel whichever of them is called the high one."""
    return all(int(f(a, b)) == int(f(b, a)) for a, b in cases())


@exercise.must_hold
def keys_do_not_matter(f) -> bool:
    """In another key there are as many parallels."""
    pairs = [(a, b) for a, b in cases() if bool(((a > 0) & (b > 0)).all())]
    return all(int(f(a, b)) == int(f(a + 3, b + 3)) for a, b in pairs)


@exercise.must_hold
def held_notes_are_none(f) -> bool:
    """Voices that do not move are not parallel."""
    return int(f(torch.full((8,), 67), torch.full((8,), 60))) == 0


def _count(
    high: Tensor,
    low: Tensor,
    *,
    rests: bool = False,
    held: bool = False,
    classes: tuple[int, ...] = (0, 7),
    absolute: bool = True,
    octaves: bool = False,
) -> int:
    sounding = (high > 0) & (low > 0)
    both = sounding[1:] & sounding[:-1] | rests
    moves = high.diff()
    gap = (high - low).abs() if absolute else high - low
    gap = gap if octaves else gap % 12
    perfect = torch.isin(gap[:-1], torch.tensor(classes))
    return int((both & ((moves != 0) | held) & (moves == low.diff()) & perfect).sum())


@exercise.mistake(hint="idea")
def held_chords_count(high, low):
    """You also count steps at which no voice moves. A held fifth is one fifth: ask for
    moves that are not 0."""
    return _count(high, low, held=True)


@exercise.mistake(hint="formula")
def compound_distances_missed(high, low):
    """You compare the distance with 7 and 12 themselves. A fifth and an octave, 19
    semitones, is a fifth, too: take the distance modulo 12."""
    return _count(high, low, classes=(0, 7, 12), octaves=True)


@exercise.mistake(hint="idea")
def fifths_alone(high, low):
    """You count fifths alone. Octaves and unisons, a distance of 0 modulo 12, are
    parallels as well."""
    return _count(high, low, classes=(7,))


@exercise.mistake(hint="idea")
def octaves_alone(high, low):
    """You count octaves alone. A fifth is 7 semitones, and parallel fifths count as
    well."""
    return _count(high, low, classes=(0,))


@exercise.mistake(hint="idea")
def fourths_too(high, low):
    """You count a distance of 5, which is a fourth. The rule names fifths, 7, and
    octaves, 0."""
    return _count(high, low, classes=(0, 5, 7))


@exercise.mistake(hint="formula")
def sign_of_the_distance(high, low):
    """You take high - low modulo 12 with its sign. Where the voices cross, a fifth
    becomes -7, which is 5 modulo 12: take the absolute value first."""
    return _count(high, low, absolute=False)


@exercise.mistake(hint="formula")
def rests_sound(high, low):
    """You treat a rest as a note with the number 0. A voice that rests does not move:
    ask that all four numbers are above 0."""
    return _count(high, low, rests=True)


@exercise.mistake(hint="idea")
def contrary_motion_too(high, low):
    """You ask only that both distances are perfect and that both voices move. In
    contrary motion the voices are not parallel: their moves must be equal."""
    sounding = (high > 0) & (low > 0)
    gap = (high - low).abs() % 12
    perfect = (gap == 0) | (gap == 7)
    moved = (high.diff() != 0) & (low.diff() != 0)
    same = gap[1:] == gap[:-1]
    both = sounding[1:] & sounding[:-1]
    return int((both & moved & same & perfect[1:]).sum())


@exercise.mistake(hint="idea")
def every_perfect_distance(high, low):
    """You count every step at which the distance is perfect. A single fifth is allowed:
    look at two neighbouring steps."""
    gap = (high - low).abs() % 12
    return int(((high > 0) & (low > 0) & ((gap == 0) | (gap == 7))).sum())


@exercise.mistake(hint="idea")
def any_parallel(high, low):
    """You count equal moves at every distance. Parallel thirds and sixths are welcome;
    count those at a distance of 0 or 7 modulo 12."""
    return _count(high, low, classes=tuple(range(12)))


@exercise.mistake(hint="idea")
def direction_alone(high, low):
    """You ask that both voices move in the same direction to a perfect distance. For a
    parallel they move by the same number of semitones."""
    sounding = (high > 0) & (low > 0)
    gap = (high - low).abs() % 12
    up = high.diff().sign() * low.diff().sign() > 0
    perfect = (gap[1:] == 0) | (gap[1:] == 7)
    return int((sounding[1:] & sounding[:-1] & up & perfect).sum())


@exercise.mistake(hint="idea")
def upwards_alone(high, low):
    """You count motion upwards alone. Voices that fall together by the same number of
    semitones are parallel, too."""
    gap = (high - low).abs()[:-1] % 12
    sounding = (high > 0) & (low > 0)
    together = (high.diff() > 0) & (high.diff() == low.diff())
    both = sounding[1:] & sounding[:-1]
    return int((both & together & ((gap == 0) | (gap == 7))).sum())


@exercise.mistake(hint="idea")
def two_perfect_in_a_row(high, low):
    """You count two perfect distances in a row without looking at the motion. Ask that
    both voices move by the same number of semitones, and not by 0."""
    gap = (high - low).abs() % 12
    perfect = ((gap == 0) | (gap == 7)) & (high > 0) & (low > 0)
    return int((perfect[1:] & perfect[:-1]).sum())


@exercise.mistake(hint="idea")
def sizes_alone(high, low):
    """You compare the sizes of the moves without their signs. If one voice rises and
    the other falls, they are not parallel: compare the moves with their signs."""
    sounding = (high > 0) & (low > 0)
    both = sounding[1:] & sounding[:-1]
    size = high.diff().abs()
    gap = (high - low).abs()[:-1] % 12
    together = (size != 0) & (size == low.diff().abs())
    return int((both & together & ((gap == 0) | (gap == 7))).sum())


@exercise.mistake(hint="formula")
def multiples_of_seven(high, low):
    """You take the distance modulo 7. An octave has 12 semitones: take it modulo 12 and
    compare with 0 and 7."""
    sounding = (high > 0) & (low > 0)
    both = sounding[1:] & sounding[:-1]
    moves = high.diff()
    perfect = (high - low).abs()[:-1] % 7 == 0
    return int((both & (moves != 0) & (moves == low.diff()) & perfect).sum())


@exercise.mistake(hint="formula")
def unisons_missed(high, low):
    """You leave out voices in unison. Their distance is 0, and (16.7) names 0."""
    return _count(high, low, classes=(7, 12, 19, 24, 31, 36, 43, 48), octaves=True)


@exercise.mistake(hint="formula")
def rests_before_alone(high, low):
    """You ask for a rest only before the move. A voice that falls silent does not move:
    ask that all four numbers are above 0."""
    return _half_checked(high, low, slice(None, -1))


@exercise.mistake(hint="formula")
def rests_after_alone(high, low):
    """You ask for a rest only after the move. A voice that begins after a rest does not
    move: ask that all four numbers are above 0."""
    return _half_checked(high, low, slice(1, None))


def _half_checked(high: Tensor, low: Tensor, part: slice) -> int:
    moves, gap = high.diff(), (high - low).abs()[:-1] % 12
    together = (moves != 0) & (moves == low.diff())
    heard = ((high > 0) & (low > 0))[part]
    return int((heard & together & ((gap == 0) | (gap == 7))).sum())


@exercise.mistake(hint="idea")
def share_of_steps(high, low):
    """You return a share. Asked is how often it happens: a count."""
    return _count(high, low) / (len(high) - 1)


@exercise.mistake(hint="idea")
def which_steps(high, low):
    """You return the steps at which it happens. Asked is how often: return their
    number."""
    moves, gap = high.diff(), (high - low).abs()[:-1] % 12
    heard = (high > 0) & (low > 0)
    together = (moves != 0) & (moves == low.diff()) & heard[1:] & heard[:-1]
    return (together & ((gap == 0) | (gap == 7))).nonzero().flatten().tolist()
