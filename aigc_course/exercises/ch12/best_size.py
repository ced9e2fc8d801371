"""Exercise on the size that a fixed amount of computing should go to."""

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.best_size",
    order=150,
    title="How large should the model be?",
    difficulty=4,
    minutes=18,
    asks="derive",
    idea="The budget ties the two numbers together: D = C / (6 N). Put that into the"
    " law, so that only N is left, and set the derivative to 0.",
    formula="a A N^(-a - 1) = b B (6 / C)^b N^(b - 1). Multiply by N, and solve for"
    " N^(a + b).",
    line="Write `return (a * A / (b * B)) ** (1 / (a + b)) * (C / 6) **"
    " (b / (a + b))`.",
    variation="Find out how the best number of tokens for each weight, D / N, changes"
    " with the budget when a = b.",
)


@exercise.answer
def best_size(A: float, a: float, B: float, b: float, C: float) -> float:
    """The number of weights N with the least loss for a budget of C operations.

    The loss is E + A / N^a + B / D^b for D tokens, and a training takes C = 6 N D
    operations. A, a, B, b and C are above 0; N need not be whole.
    """
    return (a * A / (b * B)) ** (1 / (a + b)) * (C / 6) ** (b / (a + b))


@exercise.inputs
def laws() -> list[tuple[float, ...]]:
    return [
        (400.0, 0.34, 410.0, 0.28, 1e15),
        (20.0, 0.5, 300.0, 0.5, 1e12),
        (3.0, 0.3, 90.0, 0.6, 6e9),
    ]


def _loss(A, a, B, b, C, N) -> float:
    return A / N**a + B * (6 * N / C) ** b


@exercise.must_hold
def no_neighbour_is_better(f) -> bool:
    """A model of another size, 3 % smaller or larger, has a greater loss."""
    law = (25.0, 0.4, 500.0, 0.45, 1e13)
    N = float(f(*law))
    here = _loss(*law, N)
    return here < _loss(*law, 0.97 * N) and here < _loss(*law, 1.03 * N)


@exercise.must_hold
def shared_evenly(f) -> bool:
    """With equal exponents, four times the budget makes the best model twice as
    large."""
    one, four = f(20.0, 0.5, 300.0, 0.5, 1e12), f(20.0, 0.5, 300.0, 0.5, 4e12)
    return same(float(four), 2 * float(one))


def _of(weight: float, exponent: float, C: float) -> float:
    return weight**exponent * C


@exercise.mistake(hint="formula")
def exponents_swapped(A, a, B, b, C):
    """The exponent of the budget has a above the line, and b belongs there. Put
    D = C / (6 N) into the law and solve for N once more."""
    return _of(a * A / (b * B), 1 / (a + b), (C / 6) ** (a / (a + b)))


@exercise.mistake(hint="idea")
def six_forgotten(A, a, B, b, C):
    """You used C = N D. Each weight takes six operations for each token: two forward
    and four backward."""
    return _of(a * A / (b * B), 1 / (a + b), C ** (b / (a + b)))


@exercise.mistake(hint="formula")
def ratio_upside_down(A, a, B, b, C):
    """Your ratio is upside down: the larger A is, the more weights are worth."""
    return _of(b * B / (a * A), 1 / (a + b), (C / 6) ** (b / (a + b)))


@exercise.mistake(hint="formula")
def factors_without_exponents(A, a, B, b, C):
    """You made the two terms of the law equal. At the minimum their derivatives are
    equal in size, which adds a factor a to one and b to the other."""
    return _of(A / B, 1 / (a + b), (C / 6) ** (b / (a + b)))


@exercise.mistake(hint="idea")
def tokens_instead(A, a, B, b, C):
    """This is the best number of tokens D. The question is about N = C / (6 D)."""
    N = _of(a * A / (b * B), 1 / (a + b), (C / 6) ** (b / (a + b)))
    return C / (6 * N)


@exercise.mistake(hint="idea")
def half_each(A, a, B, b, C):
    """You gave weights and tokens the same number. The best share depends on the four
    constants of the law."""
    return (C / 6) ** 0.5


@exercise.mistake(hint="formula")
def sum_of_exponents_lost(A, a, B, b, C):
    """You did not take the root: the equation gives N^(a + b), and you want N."""
    return a * A / (b * B) * (C / 6) ** b


@exercise.mistake(hint="idea")
def twenty_tokens_each(A, a, B, b, C):
    """You used a fixed number of tokens for each weight. The best number follows from
    the constants of the law: put D = C / (6 N) into it."""
    return (C / 120) ** 0.5


@exercise.mistake(hint="formula")
def six_outside(A, a, B, b, C):
    """You divide the result by 6. The 6 belongs to the budget: (C / 6) has the exponent
    b / (a + b)."""
    return _of(a * A / (b * B), 1 / (a + b), C ** (b / (a + b)) / 6)


@exercise.mistake(hint="idea")
def forward_alone(A, a, B, b, C):
    """You used C = 2 N D, which counts the forward pass alone. The backward pass takes
    four more operations for each weight and token."""
    return _of(a * A / (b * B), 1 / (a + b), (C / 2) ** (b / (a + b)))
