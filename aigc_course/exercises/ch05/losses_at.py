"""Exercise on reading the two loss curves."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Pair = tuple[float, float]


exercise = Exercise(
    "05.losses_at",
    order=60,
    title="From beliefs to losses",
    difficulty=2,
    minutes=8,
    idea="When every picture gets the same belief, an expectation is its one value: put"
    " the two beliefs into the two losses.",
    formula="L_D = -ln D(x) - ln(1 - D(G(z))) and L_G = -ln D(G(z)), in natural"
    " logarithms.",
    line="Write `from math import log` and `return -log(belief_real) - log(1 -"
    " belief_fake), -log(belief_fake)`.",
    variation="Go the other way: from a pair of losses back to the two beliefs.",
    asks="formula",
)


@exercise.answer
def losses_at(belief_real: float, belief_fake: float) -> tuple[float, float]:
    """(L_D, L_G) if D gives every real picture one belief and every fake another.

    Both beliefs lie strictly between 0 and 1. L_G is the non-saturating loss.
    """
    from math import log

    loss_d = -log(belief_real) - log(1 - belief_fake)
    loss_g = -log(belief_fake)
    return loss_d, loss_g


@exercise.inputs
def beliefs() -> list[tuple[float, float]]:
    return [(0.5, 0.5), (0.9, 0.1), (0.7, 0.4), (0.99, 0.6), (0.3, 0.8)]


@exercise.must_hold
def balance(f) -> bool:
    """Where D cannot tell, at (1/2, 1/2), the losses are 2 ln 2 and ln 2."""
    return same(f(0.5, 0.5), (2 * math.log(2), math.log(2)))


@exercise.must_hold
def d_wins(f) -> bool:
    """As D gets sure of everything, its loss goes to 0 and G's grows without bound."""
    loss_d, loss_g = f(1 - 1e-4, 1e-4)
    return bool(abs(loss_d) < 1e-3 and loss_g > 9)


@exercise.must_hold
def g_looks_at_fakes(f) -> bool:
    """G's loss does not depend on D's belief in real pictures."""
    return same(f(0.9, 0.3)[1], f(0.6, 0.3)[1])


@exercise.mistake(hint="formula")
def base_ten(belief_real: float, belief_fake: float) -> Pair:
    """You use logarithms to base 10; PyTorch's losses use the natural one. At balance
    the curves read 1.386 and 0.693, not 0.602 and 0.301."""
    loss_d, loss_g = losses_at(belief_real, belief_fake)
    return loss_d / math.log(10), loss_g / math.log(10)


@exercise.mistake(hint="formula")
def base_two(belief_real: float, belief_fake: float) -> Pair:
    """You use logarithms to base 2, which count bits; PyTorch's losses use the natural
    one. At balance the curves read 1.386 and 0.693, not 2 and 1."""
    loss_d, loss_g = losses_at(belief_real, belief_fake)
    return loss_d / math.log(2), loss_g / math.log(2)


@exercise.mistake(hint="idea")
def zero_sum(belief_real: float, belief_fake: float) -> Pair:
    """Your L_G is -L_D, the zero-sum game of the minimax formula. The non-saturating
    loss is another one, and not its mirror image: both losses can fall at once."""
    loss_d, _ = losses_at(belief_real, belief_fake)
    return loss_d, -loss_d


@exercise.mistake(hint="idea")
def g_wants_to_fail(belief_real: float, belief_fake: float) -> Pair:
    """Your L_G is -ln(1 - D(G(z))), D's own loss on the fakes: it is small when G is
    caught. G wants a high belief in its fakes, so its loss is -ln D(G(z))."""
    loss_d, _ = losses_at(belief_real, belief_fake)
    return loss_d, -math.log(1 - belief_fake)


@exercise.mistake(hint="formula")
def saturating(belief_real: float, belief_fake: float) -> Pair:
    """Your L_G is ln(1 - D(G(z))), the minimax loss: negative, and flat where G is
    worst. The curves of this chapter show the non-saturating one, -ln D(G(z))."""
    loss_d, _ = losses_at(belief_real, belief_fake)
    return loss_d, math.log(1 - belief_fake)


@exercise.mistake(hint="formula")
def mean_of_halves(belief_real: float, belief_fake: float) -> Pair:
    """Your L_D is the mean of D's two halves; in this chapter it is their sum. At
    balance the curve of D then lies at 1.386, twice as high as that of G."""
    loss_d, loss_g = losses_at(belief_real, belief_fake)
    return loss_d / 2, loss_g


@exercise.mistake(hint="formula")
def belief_not_doubt(belief_real: float, belief_fake: float) -> Pair:
    """Your L_D has -ln D(G(z)) for the fakes, which is small when D is fooled. What D
    wants on a fake is 1 - D(G(z)) near 1."""
    loss_g = -math.log(belief_fake)
    return -math.log(belief_real) + loss_g, loss_g


@exercise.mistake(hint="line")
def other_way_round(belief_real: float, belief_fake: float) -> Pair:
    """Both losses are right; they stand in the wrong order. Return D's first."""
    loss_d, loss_g = losses_at(belief_real, belief_fake)
    return loss_g, loss_d
