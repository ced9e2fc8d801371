"""Exercise on who reviews whom."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.assign_reviews",
    order=120,
    title="Who reviews whom?",
    difficulty=2,
    minutes=12,
    asks="method",
    idea="Put everybody on a circle in a random order. Ask what holds for the person"
    " one place further on.",
    formula="Shuffle the sorted names with a generator that has the seed. The person at"
    " place i reviews those at places i + 1, ..., i + each, counted round the circle.",
    line="Write `import random`, then `order = sorted(names)`, then"
    " `random.Random(seed).shuffle(order)`, then `n = len(order)`, then `return"
    " {order[i]: [order[(i + j) % n] for j in range(1, each + 1)] for i in range(n)}`.",
    variation="Keep two people who worked together from reviewing each other.",
    agree=False,
)


@exercise.answer
def assign_reviews(names: Sequence[str], seed: int, each: int) -> dict[str, list[str]]:
    """{reviewer: the `each` people whose submissions they review}.

    Nobody reviews their own or the same one twice, and every submission gets `each`
    reviews. The names are all different, and there are more than `each` of them. The
    same seed and names give the same result, whatever the order of the names is.
    """
    order = sorted(names)
    random.Random(seed).shuffle(order)
    n = len(order)
    return {
        order[i]: [order[(i + j) % n] for j in range(1, each + 1)] for i in range(n)
    }


SMALL = ("Ada", "Bo", "Chen")
CLASS = ("Ada", "Bo", "Chen", "Dia", "Eli", "Fang", "Gao", "Hui", "Ida")


@exercise.inputs
def classes() -> list[tuple[list[str], int, int]]:
    return [
        (list(SMALL), 0, 2),
        (list(CLASS), 1, 2),
        (list(CLASS), 2, 3),
        (list(reversed(CLASS)), 1, 2),
        (list(CLASS), 3, 1),
    ]


def assigned(f, names: Sequence[str], seed: int, each: int) -> dict[str, list[str]]:
    """The assignment; AssertionError with a sentence for anything else."""
    found = f(list(names), seed, each)
    named = isinstance(found, dict) and set(found) == set(names)
    assert named, "Return a dict that has each name as a key, and nothing else."
    return {str(who): sorted(map(str, of)) for who, of in found.items()}


CASES = [(SMALL, 0, 2), (CLASS, 1, 2), (CLASS, 2, 3), (CLASS, 3, 1), (CLASS, 4, 8)]


@exercise.must_hold
def nobody_reviews_their_own(f: Callable[..., Any]) -> bool:
    """Nobody reviews their own submission."""
    return all(
        who not in of
        for case in CASES + [(CLASS, seed, 2) for seed in range(20)]
        for who, of in assigned(f, *case).items()
    )


@exercise.must_hold
def each_writes_as_many(f: Callable[..., Any]) -> bool:
    """Everybody writes `each` reviews, of different submissions."""
    return all(
        len(of) == len(set(of)) == case[2] and set(of) <= set(case[0])
        for case in CASES
        for of in assigned(f, *case).values()
    )


@exercise.must_hold
def each_gets_as_many(f: Callable[..., Any]) -> bool:
    """Every submission gets exactly `each` reviews."""
    for case in CASES + [(CLASS, seed, 2) for seed in range(20)]:
        got = Counter(name for of in assigned(f, *case).values() for name in of)
        if [got[name] for name in case[0]] != [case[2]] * len(case[0]):
            return False
    return True


@exercise.must_hold
def the_seed_decides(f: Callable[..., Any]) -> bool:
    """The same seed gives the same assignment, in whatever order the names come, and
    whatever was drawn before."""
    first = assigned(f, CLASS, 5, 2)
    random.seed(1)
    again = assigned(f, CLASS[::-1], 5, 2)
    random.seed(2)
    return first == again == assigned(f, CLASS, 5, 2)


class Salted(str):
    """A name with the hash that it has in another process of Python."""

    def __hash__(self) -> int:
        return hash(("another process", str(self)))


LARGE = tuple(f"{name} {letter}" for name in CLASS for letter in "abc")


@exercise.must_hold
def no_hash_of_python_is_used(f: Callable[..., Any]) -> bool:
    """The result does not depend on `hash` or on the order of a set: both differ from
    one start of Python to the next."""
    first = assigned(f, LARGE, 5, 2)
    for names in (LARGE[::-1], LARGE[9:] + LARGE[:9], LARGE[::2] + LARGE[1::2]):
        if assigned(f, names, 5, 2) != first:
            return False
    try:
        return assigned(f, [Salted(name) for name in LARGE], 5, 2) == first
    except (KeyError, AssertionError, TypeError):
        return True  # it mixes such names with plain text: this shows nothing


@exercise.must_hold
def other_seeds_differ(f: Callable[..., Any]) -> bool:
    """Other seeds give other assignments: who reviews whom cannot be guessed."""
    found = {str(sorted(assigned(f, CLASS, s, 2).items())) for s in range(20)}
    partners = {tuple(assigned(f, CLASS, s, 1)["Ada"]) for s in range(40)}
    return len(found) >= 15 and len(partners) >= 5


def _circle(order: Sequence[str], each: int, first: int = 1) -> dict[str, list[str]]:
    n, places = len(order), range(first, first + each)
    return {order[i]: [order[(i + j) % n] for j in places] for i in range(n)}


@exercise.mistake(hint="idea")
def drawn_for_each_alone(names, seed, each):
    """You draw for each reviewer alone. Some submissions then get too many reviews and
    some get none."""
    draw, everybody = random.Random(seed), sorted(names)
    return {n: draw.sample([o for o in everybody if o != n], each) for n in everybody}


@exercise.mistake(hint="formula")
def begins_at_oneself(names, seed, each):
    """You count from the own place. Begin one place further, or everybody reviews
    themselves."""
    order = sorted(names)
    random.Random(seed).shuffle(order)
    return _circle(order, each, first=0)


@exercise.mistake(hint="idea")
def two_shuffles(names, seed, each):
    """You match the names with shuffled copies of the list. In most shuffles some name
    stands where it stood before."""
    draw, people = random.Random(seed), sorted(names)
    columns = [draw.sample(people, len(people)) for _ in range(each)]
    return {n: [c[i] for c in columns] for i, n in enumerate(people)}


@exercise.mistake(hint="idea")
def not_shuffled(names, seed, each):
    """You do not use the seed. Everybody can then work out who reviews whom."""
    return _circle(sorted(names), each)


@exercise.mistake(hint="formula")
def shuffled_as_given(names, seed, each):
    """Your result depends on the order in which the names come. Sort them before you
    shuffle."""
    order = list(names)
    random.Random(seed).shuffle(order)
    return _circle(order, each)


@exercise.mistake(hint="formula")
def global_generator(names, seed, each):
    """You shuffle with global random numbers that the seed does not set. Use a
    generator of its own."""
    order = sorted(names)
    random.shuffle(order)
    return _circle(order, each)


@exercise.mistake(hint="formula")
def not_round_the_circle(names, seed, each):
    """You stop at the end of the list. The last people then write too few reviews, and
    the first ones get too few: count on from the start."""
    order = sorted(names)
    random.Random(seed).shuffle(order)
    return {order[i]: order[i + 1 : i + 1 + each] for i in range(len(order))}


@exercise.mistake(hint="idea")
def in_pairs(names, seed, each):
    """You give the same reviewers to many. Each submission needs exactly `each`
    reviews."""
    order = sorted(names)
    random.Random(seed).shuffle(order)
    return {n: [o for o in order if o != n][:each] for n in order}


@exercise.mistake(hint="formula")
def one_each(names, seed, each):
    """You assign one review to each person. `each` says how many are asked for."""
    order = sorted(names)
    random.Random(seed).shuffle(order)
    return _circle(order, 1)


@exercise.mistake(hint="formula")
def seed_moves_the_circle(names, seed, each):
    """Your seed moves the circle and does not mix it. Only a few assignments are
    possible, and whoever knows one review knows all."""
    n = len(names)
    return _circle(sorted(names), each, first=1 + seed % max(1, n - each))


@exercise.mistake(hint="formula")
def order_of_hashes(names, seed, each):
    """You sort by Python's `hash`. For text it differs from one start of Python to the
    next, so nobody can check the assignment later: shuffle with a seeded generator."""
    return _circle(sorted(names, key=lambda name: hash((seed, name))), each)
