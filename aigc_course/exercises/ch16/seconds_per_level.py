"""Exercise on the cost of filtering: seconds for one level that may be kept."""

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.seconds_per_level",
    order=76,
    title="What a filtered level costs",
    difficulty=2,
    minutes=10,
    asks="derive",
    idea="Every draw costs time, also one that is thrown away. Find out how many draws"
    " it takes, on average, until one can be kept.",
    formula="A draw is kept with probability q = playable * novel, so 1 / q draws are"
    " needed on average. Each is drawn and solved; only playable ones are looked up.",
    line="Write `return (draw + solve + playable * look_up) / (playable * novel)`.",
    variation="Find how many draws you need so that, with probability 95 %, at least"
    " one level can be kept.",
)


@exercise.answer
def seconds_per_level(
    draw: float, solve: float, look_up: float, playable: float, novel: float
) -> float:
    """Mean seconds until one level is kept, the cost of all rejected draws included.

    draw, solve: seconds for each level that is drawn. look_up: seconds to compare a
    playable level with the known ones; others are not compared. playable: share of the
    draws, above 0. novel: share of the playable levels, above 0. Draws are independent.
    """
    return (draw + solve + playable * look_up) / (playable * novel)


Case = tuple[float, float, float, float, float]


@exercise.inputs
def costs() -> list[Case]:
    return [
        (0.004, 0.001, 0.0005, 0.8, 0.99),
        (0.0001, 0.0002, 0.003, 0.04, 1.0),
        (1.0, 2.0, 3.0, 1.0, 1.0),
        (1.0, 0.0, 0.0, 0.25, 0.5),
        (0.0, 1.0, 0.0, 0.5, 0.5),
        (0.0, 0.0, 1.0, 0.5, 0.25),
        (0.3, 0.7, 0.2, 0.1, 0.9),
    ]


@exercise.must_hold
def all_kept(f) -> bool:
    """If every level is kept, one draw is enough: the three costs add up."""
    return abs(float(f(1.0, 2.0, 4.0, 1.0, 1.0)) - 7.0) < 1e-5


@exercise.must_hold
def as_counted(f) -> bool:
    """A simulated hunt for levels takes as long, on average, as you say."""
    import random

    chance, kept, spent = random.Random(0), 0, 0.0
    for _ in range(20_000):
        spent += 3.0
        if chance.random() < 0.6:
            spent += 2.0
            kept += chance.random() < 0.5
    return abs(float(f(1.0, 2.0, 2.0, 0.6, 0.5)) - spent / kept) < 0.5


@exercise.must_hold
def rarer_is_dearer(f) -> bool:
    """A smaller share of novel levels never makes a kept level cheaper."""
    return float(f(1.0, 1.0, 1.0, 0.5, 0.2)) > float(f(1.0, 1.0, 1.0, 0.5, 0.8))


@exercise.mistake(hint="idea")
def rejected_forgotten(draw, solve, look_up, playable, novel):
    """You count the one level that is kept and forget the draws that were rejected.
    Divide by the probability that a draw is kept."""
    return draw + solve + look_up


@exercise.mistake(hint="idea")
def multiplied(draw, solve, look_up, playable, novel):
    """You multiply by the probability that a draw is kept. The rarer such a level is,
    the more draws it takes: divide."""
    return (draw + solve + playable * look_up) * playable * novel


@exercise.mistake(hint="formula")
def novelty_forgotten(draw, solve, look_up, playable, novel):
    """You divide by the playable share alone. A playable level that is a copy is
    rejected as well: divide by playable times novel."""
    return (draw + solve + playable * look_up) / playable


@exercise.mistake(hint="formula")
def all_looked_up(draw, solve, look_up, playable, novel):
    """You look up every draw. Only playable levels are compared with the known ones, so
    this cost counts with the playable share."""
    return (draw + solve + look_up) / (playable * novel)


@exercise.mistake(hint="formula")
def looked_up_once(draw, solve, look_up, playable, novel):
    """You look up the kept level alone. The playable copies were looked up, too: on
    average 1 / novel levels are compared."""
    return (draw + solve) / (playable * novel) + look_up


@exercise.mistake(hint="formula")
def solved_once(draw, solve, look_up, playable, novel):
    """You run the solver on the kept levels alone. Every draw has to be solved, since
    the solver is what rejects it."""
    return (draw + playable * look_up) / (playable * novel) + solve


@exercise.mistake(hint="formula")
def failures_alone(draw, solve, look_up, playable, novel):
    """You count the rejected draws, of which there are 1 / q - 1 on average. The draw
    that is kept costs time as well."""
    q = playable * novel
    return (draw + solve + playable * look_up) * (1 - q) / q


@exercise.mistake(hint="formula")
def shares_added(draw, solve, look_up, playable, novel):
    """You reject first the unplayable and then the known levels, and add the numbers of
    draws, 1 / playable + 1 / novel. One draw has to pass both: multiply the shares."""
    return (draw + solve + playable * look_up) * (1 / playable + 1 / novel)


@exercise.mistake(hint="formula")
def smaller_share(draw, solve, look_up, playable, novel):
    """You divide by the smaller of the two shares. A draw is kept with probability
    playable times novel."""
    return (draw + solve + playable * look_up) / min(playable, novel)


@exercise.mistake(hint="idea")
def stages_apart(draw, solve, look_up, playable, novel):
    """You pay the draws until one level is playable, and then 1 / novel look-ups. Each
    of these look-ups needs a playable level of its own, so more is drawn."""
    return (draw + solve) / playable + look_up / novel


@exercise.mistake(hint="formula")
def novel_share_of_all(draw, solve, look_up, playable, novel):
    """You divide by the novel share alone. It is a share of the playable levels: a draw
    is kept with probability playable * novel."""
    return (draw + solve + playable * look_up) / novel


@exercise.mistake(hint="formula")
def novel_looked_up(draw, solve, look_up, playable, novel):
    """You count a look-up for the novel share of the draws. Whether a level is novel is
    only known afterwards: every playable level is looked up."""
    return (draw + solve + novel * look_up) / (playable * novel)
