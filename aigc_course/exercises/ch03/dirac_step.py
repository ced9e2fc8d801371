"""Exercise on one round of the Dirac-GAN, the smallest GAN there is."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Pair = tuple[float, float]


exercise = Exercise(
    "03.dirac_step",
    order=110,
    title="One round of the smallest GAN",
    difficulty=3,
    minutes=12,
    asks="step",
    idea="Each player goes down its own loss. D moves first; G then answers the D that"
    " has just moved.",
    formula="psi' = psi - lr theta sigma(psi theta), the slope of L_D in psi; then"
    " theta' = theta + lr psi' sigma(-psi' theta), the slope of L_G in theta.",
    line="Write `sigmoid = lambda a: 1 / (1 + math.exp(-a))`, `psi = psi - lr *"
    " theta * sigmoid(psi * theta)`, `theta = theta + lr * psi * sigmoid(-psi *"
    " theta)` and `return theta, psi`.",
    variation="Let D take five steps for each one of G, and see what becomes of the"
    " circle.",
)


def sigmoid(a: float) -> float:
    """1 / (1 + e^-a)."""
    return 1 / (1 + math.exp(-a))


@exercise.answer
def dirac_step(theta: float, psi: float, lr: float) -> tuple[float, float]:
    """(theta, psi) after one step of D and then one of G, by gradient descent.

    Real samples lie at 0, the fake at theta, and D's logit is psi x. L_D = softplus(psi
    theta) + log 2, L_G = softplus(-psi theta) (Mescheder et al. 2018, section 2).
    """

    def sigmoid(a: float) -> float:
        return 1 / (1 + math.exp(-a))

    psi = psi - lr * theta * sigmoid(psi * theta)  # dL_D/dpsi = theta sigma(psi theta)
    theta = theta + lr * psi * sigmoid(-psi * theta)  # -dL_G/dtheta
    return theta, psi


@exercise.inputs
def states() -> list[tuple[float, float, float]]:
    places = ((1.0, 1.0), (2.0, -0.5), (-1.5, 0.8), (0.3, 2.5))
    return [(theta, psi, 0.3) for theta, psi in places]


@exercise.must_hold
def equilibrium(f) -> bool:
    """At (0, 0) no player moves: the fake lies on the data and D is flat."""
    return same(f(0.0, 0.0, 0.5), (0.0, 0.0))


@exercise.must_hold
def d_first(f) -> bool:
    """D moves by -lr theta sigma(psi theta), as seen before G's move."""
    theta, psi, lr = 1.2, -0.7, 0.1
    return same(f(theta, psi, lr)[1], psi - lr * theta * sigmoid(psi * theta))


@exercise.must_hold
def against_each_other(f) -> bool:
    """With psi = 0, a fake right of the data makes D fall to the left, and G then walks
    left."""
    theta, psi = f(1.0, 0.0, 0.1)
    return bool(psi < 0) and bool(theta < 1)


@exercise.mistake(hint="idea")
def at_the_same_time(theta: float, psi: float, lr: float) -> Pair:
    """Both players answer the state before the round: simultaneous descent, which walks
    outwards. Here G answers the D that has just moved; use the new psi."""
    return (
        theta + lr * psi * sigmoid(-psi * theta),
        psi - lr * theta * sigmoid(psi * theta),
    )


@exercise.mistake(hint="idea")
def g_first(theta: float, psi: float, lr: float) -> Pair:
    """Your G moves first and D answers. In a round of GAN training D comes first."""
    theta = theta + lr * psi * sigmoid(-psi * theta)
    return theta, psi - lr * theta * sigmoid(psi * theta)


@exercise.mistake(hint="idea")
def shared_optimiser(theta: float, psi: float, lr: float) -> Pair:
    """In D's step theta has moved as well, down D's loss: that is what happens when one
    optimiser holds the weights of both players. Each player has its own, and stands
    still in the other's step."""
    belief = sigmoid(psi * theta)
    theta, psi = theta - lr * psi * belief, psi - lr * theta * belief
    return theta + lr * psi * sigmoid(-psi * theta), psi


@exercise.mistake(hint="idea")
def one_total(theta: float, psi: float, lr: float) -> Pair:
    """Both players go down the sum L_D + L_G. Their pulls on psi theta cancel in part,
    and what is left only moves psi theta to 0, for which psi = 0 is enough. Each player
    goes down its own loss."""
    pull = sigmoid(psi * theta) - sigmoid(-psi * theta)
    psi = psi - lr * theta * pull
    return theta - lr * psi * (sigmoid(psi * theta) - sigmoid(-psi * theta)), psi


@exercise.mistake(hint="formula")
def saturating(theta: float, psi: float, lr: float) -> Pair:
    """Your G goes down the minimax loss, whose slope has sigma(psi theta). The
    non-saturating one has sigma(-psi theta)."""
    psi = psi - lr * theta * sigmoid(psi * theta)
    return theta + lr * psi * sigmoid(psi * theta), psi


@exercise.mistake(hint="formula")
def d_uphill(theta: float, psi: float, lr: float) -> Pair:
    """Your D climbs its loss, as if it were glad to be fooled. Subtract lr times the
    slope."""
    psi = psi + lr * theta * sigmoid(psi * theta)
    return theta + lr * psi * sigmoid(-psi * theta), psi


@exercise.mistake(hint="formula")
def g_uphill(theta: float, psi: float, lr: float) -> Pair:
    """Your G walks to where the logit is low, and D recognises it ever better. dL_G /
    dtheta is -psi sigma(-psi theta); going down it means adding."""
    psi = psi - lr * theta * sigmoid(psi * theta)
    return theta - lr * psi * sigmoid(-psi * theta), psi


@exercise.mistake(hint="line")
def places_exchanged(theta: float, psi: float, lr: float) -> Pair:
    """The step is right, and the two numbers stand in the wrong order. Return theta
    first."""
    theta, psi = dirac_step(theta, psi, lr)
    return psi, theta


@exercise.mistake(hint="formula")
def both_uphill(theta: float, psi: float, lr: float) -> Pair:
    """Both of your players climb their own loss. Descent goes against the slope: minus
    for D, and plus for G, since the slope of its loss is negative for psi > 0."""
    psi = psi + lr * theta * sigmoid(psi * theta)
    return theta - lr * psi * sigmoid(-psi * theta), psi


@exercise.mistake(hint="formula")
def linearised(theta: float, psi: float, lr: float) -> Pair:
    """You use the slopes near (0, 0), where both sigmoids are 1/2. Away from there D's
    belief enters: sigma(psi theta) for D and sigma(-psi theta) for G."""
    psi = psi - lr * theta / 2
    return theta + lr * psi / 2, psi
