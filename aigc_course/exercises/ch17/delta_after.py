"""Exercise on an accountant for outcomes that can be counted."""

import itertools
import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.delta_after",
    order=80,
    title="An accountant in ten lines",
    difficulty=4,
    minutes=25,
    asks="method",
    idea="Many answers are one answer with more outcomes. Compute the"
    " probabilities of all their combinations with the person and without,"
    " then compare the two lists.",
    formula="delta = sum over outcomes of max(0, P(outcome with) - e^epsilon P(outcome"
    " without)); the same the other way round; the larger of both. The probability of a"
    " combination of independent answers is a product.",
    line="Write `def joint(one):\n        return [math.prod(c) for c in"
    " itertools.product(one, repeat=times)]`, then `pairs ="
    " list(zip(joint(p), joint(q)))`, then `there = sum(max(0.0, a -"
    " math.exp(epsilon) * b) for a, b in pairs)`, then `back = sum(max(0.0,"
    " b - math.exp(epsilon) * a) for a, b in pairs)`, then `return"
    " max(there, back)`.",
    variation="Compose by the distribution of the logarithm of the ratio, which needs"
    " times + 1 numbers for two outcomes instead of 2 to the power of times.",
)


@exercise.answer
def delta_after(p: list[float], q: list[float], times: int, epsilon: float) -> float:
    """The smallest delta for epsilon after so many independent answers.

    p, q: the probabilities of the outcomes of one answer, with and without a person.
    Both directions count, since neighbours may be called in either order.
    """

    def joint(one: list[float]) -> list[float]:
        return [math.prod(c) for c in itertools.product(one, repeat=times)]

    def excess(a: list[float], b: list[float]) -> float:
        pairs = zip(a, b, strict=True)
        return sum(max(0.0, x - math.exp(epsilon) * y) for x, y in pairs)

    with_one, without = joint(p), joint(q)
    return max(excess(with_one, without), excess(without, with_one))


Arguments = tuple[list[float], list[float], int, float]


@exercise.inputs
def answers() -> list[Arguments]:
    truth = [0.75, 0.25], [0.25, 0.75]  # randomised response, Warner 1965
    leaky = [0.89, 0.1, 0.01], [0.9, 0.1, 0.0]  # one outcome gives the person away
    skew = [0.5, 0.3, 0.2], [0.35, 0.25, 0.4]
    return [
        (*truth, 1, 0.5),
        (*truth, 5, 1.5),
        (*truth, 4, 2.0),
        (*leaky, 3, 0.1),
        (*leaky[::-1], 3, 0.1),
        (*skew, 4, 0.3),
        (*skew, 1, 0.0),
        (*skew[::-1], 3, 0.6),
    ]


@exercise.must_hold
def equal_answers_reveal_nothing(f) -> bool:
    """If a person changes no probability, delta is 0."""
    return abs(float(f([0.2, 0.8], [0.2, 0.8], 4, 0.1))) < 1e-9


@exercise.must_hold
def large_epsilon_needs_no_delta(f) -> bool:
    """For times log(3), randomised response with 3/4 needs no delta."""
    got = f([0.75, 0.25], [0.25, 0.75], 3, 3 * math.log(3) + 1e-9)
    return abs(float(got)) < 1e-9


@exercise.must_hold
def the_order_does_not_matter(f) -> bool:
    """With and without may be exchanged."""
    p, q = [0.5, 0.3, 0.2], [0.35, 0.25, 0.4]
    return same(float(f(p, q, 2, 0.3)), float(f(q, p, 2, 0.3)))


def _joint(one, times):
    return [math.prod(c) for c in itertools.product(one, repeat=times)]


def _excess(a, b, epsilon):
    pairs = zip(a, b, strict=True)
    return sum(max(0.0, x - math.exp(epsilon) * y) for x, y in pairs)


def _both(p, q, epsilon):
    return max(_excess(p, q, epsilon), _excess(q, p, epsilon))


@exercise.mistake(hint="idea")
def one_answer_only(p, q, times, epsilon):
    """You look at one answer. Each further answer about the same person reveals more:
    compare all combinations of outcomes."""
    return _both(p, q, epsilon)


@exercise.mistake(hint="idea")
def deltas_added(p, q, times, epsilon):
    """You multiply the delta of one answer by their number. That is a bound only if the
    epsilons are added as well."""
    return times * _both(p, q, epsilon)


@exercise.mistake(hint="idea")
def basic_composition(p, q, times, epsilon):
    """You give each answer an equal part of epsilon and add the deltas. This is a valid
    bound and too large: compare the combinations of outcomes."""
    return times * _both(p, q, epsilon / times)


@exercise.mistake(hint="formula")
def one_direction(p, q, times, epsilon):
    """You look in one direction only. The promise also holds for the person who is not
    in the data: take the larger of both."""
    return _excess(_joint(p, times), _joint(q, times), epsilon)


@exercise.mistake(hint="formula")
def other_direction(p, q, times, epsilon):
    """You compare "without" with "with" only. The promise holds in both directions:
    take the larger one."""
    return _excess(_joint(q, times), _joint(p, times), epsilon)


@exercise.mistake(hint="formula")
def whole_outcomes(p, q, times, epsilon):
    """You add the whole probability of the outcomes whose ratio exceeds e^epsilon. Only
    the part above e^epsilon times the other probability counts."""
    a, b, e = _joint(p, times), _joint(q, times), math.exp(epsilon)
    there = sum(x for x, y in zip(a, b, strict=True) if x > e * y)
    return max(there, sum(y for x, y in zip(a, b, strict=True) if y > e * x))


@exercise.mistake(hint="formula")
def negative_parts_kept(p, q, times, epsilon):
    """You add the negative differences too. Their sum is 1 - e^epsilon, whatever the
    probabilities are: take max(0, ...) of each outcome."""
    pairs = zip(_joint(p, times), _joint(q, times), strict=True)
    return sum(x - math.exp(epsilon) * y for x, y in pairs)


@exercise.mistake(hint="formula")
def largest_outcome(p, q, times, epsilon):
    """You take the worst single outcome. An attacker may accept several outcomes: add
    the positive parts."""
    a, b, e = _joint(p, times), _joint(q, times), math.exp(epsilon)
    there = max(x - e * y for x, y in zip(a, b, strict=True))
    back = max(y - e * x for x, y in zip(a, b, strict=True))
    return max(0.0, there, back)


@exercise.mistake(hint="formula")
def epsilon_as_factor(p, q, times, epsilon):
    """You multiply by 1 + epsilon. The factor of the promise is e^epsilon."""
    a, b = _joint(p, times), _joint(q, times)
    return _both(a, b, math.log1p(epsilon))


@exercise.mistake(hint="formula")
def total_variation(p, q, times, epsilon):
    """You compute half the sum of the absolute differences, which is delta for epsilon
    = 0. Multiply the other probability by e^epsilon."""
    pairs = zip(_joint(p, times), _joint(q, times), strict=True)
    return sum(abs(x - y) for x, y in pairs) / 2


@exercise.mistake(hint="formula")
def directions_added(p, q, times, epsilon):
    """You add the two directions. The promise is made in each of them: take the larger
    one."""
    a, b = _joint(p, times), _joint(q, times)
    return _excess(a, b, epsilon) + _excess(b, a, epsilon)


@exercise.mistake(hint="idea")
def the_same_outcome_each_time(p, q, times, epsilon):
    """You only look at combinations in which all answers are equal. Mixed combinations
    reveal something too."""
    a, b = [x**times for x in p], [y**times for y in q]
    return _both(a, b, epsilon)


@exercise.mistake(hint="idea")
def impossible_outcomes_left_out(p, q, times, epsilon):
    """You leave out outcomes that have probability 0 on one side. These give the person
    away for certain: their whole probability belongs to delta."""
    pairs = zip(_joint(p, times), _joint(q, times), strict=True)
    kept = [(x, y) for x, y in pairs if x > 0 and y > 0]
    return _both([x for x, _ in kept], [y for _, y in kept], epsilon)


@exercise.mistake(hint="formula")
def smaller_of_both(p, q, times, epsilon):
    """You take the smaller of the two directions. The promise has to hold in both of
    them: take the larger."""
    a, b = _joint(p, times), _joint(q, times)
    return min(_excess(a, b, epsilon), _excess(b, a, epsilon))


@exercise.mistake(hint="formula")
def order_left_out(p, q, times, epsilon):
    """You count combinations of outcomes without their order. Each order is an outcome
    of its own: use `itertools.product`."""
    indices = range(len(p))
    chosen = list(itertools.combinations_with_replacement(indices, times))
    a, b = ([math.prod(one[i] for i in c) for c in chosen] for one in (p, q))
    return _both(a, b, epsilon)


@exercise.mistake(hint="idea")
def epsilon_for_each_answer(p, q, times, epsilon):
    """You multiply epsilon by the number of answers. It is the epsilon of all answers
    together."""
    return _both(_joint(p, times), _joint(q, times), times * epsilon)
