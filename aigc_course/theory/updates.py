"""How two players move: update rules, what their Jacobian predicts, simulation.

A rule is a map of states w = (theta, psi) with step size lr. Near the equilibrium it is
a matrix M, and |w| shrinks or grows by M's spectral radius per step.
"""

from collections.abc import Callable

import numpy as np

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, positive
from aigc_course.theory.dynamics import EQUILIBRIUM, Game

State = Array  # [2]: theta, psi
Rule = Callable[[Game, float, State, State], State]  # game, lr, now, before -> next


def simultaneous(game: Game, lr: float, now: State, before: State) -> State:
    """w' = w + lr v(w): both players move from where both stand."""
    return now + lr * _field(game, now)


def alternating(game: Game, lr: float, now: State, before: State) -> State:
    """D moves first, then G answers D's new psi, as in training.

    psi' = psi + lr v_psi(theta, psi), theta' = theta + lr v_theta(theta, psi')
    """
    theta, psi = now
    psi = psi + lr * game.field(theta, psi)[1]
    return np.array([theta + lr * game.field(theta, psi)[0], psi])


def extragradient(game: Game, lr: float, now: State, before: State) -> State:
    """w' = w + lr v(w + lr v(w)): look one step ahead, step from here.

    Korpelevich 1976; for GANs Gidel et al. 2019.
    """
    return now + lr * _field(game, now + lr * _field(game, now))


def optimistic(game: Game, lr: float, now: State, before: State) -> State:
    """w' = w + 2 lr v(w) - lr v(w before)    (Daskalakis et al. 2018)."""
    return now + 2 * lr * _field(game, now) - lr * _field(game, before)


METHODS: dict[str, Rule] = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "extragradient": extragradient,
    "optimistic": optimistic,
}


def simulate(
    game: Game,
    method: str,
    lr: float,
    steps: int,
    start: tuple[float, float] = (1.0, 1.0),
) -> Array:
    """The path of (theta, psi) from `start`, [steps + 1, 2].

    lr: above 0, the same for both players. method: a key of METHODS; the first step of
    "optimistic" takes the step before to have been no step. A path that leaves float64
    ends in inf or NaN. Raises CourseError for an unknown method.
    """
    rule, lr = _rule(method), positive(lr, "step size")
    path = np.empty((steps + 1, 2))
    path[0] = start
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps):
            path[t + 1] = rule(game, lr, path[t], path[max(t - 1, 0)])
    return path


def update_jacobian(game: Game, method: str, lr: float) -> Array:
    """The matrix M of one update at the equilibrium (0, 0); J is the field's Jacobian.

    simultaneous   I + lr J
    alternating    (I + lr J_G)(I + lr J_D), J_G and J_D being the rows of one player
    extragradient  I + lr J + lr^2 J^2
    optimistic     [[I + 2 lr J, -lr J], [I, 0]], which acts on (now, before)

    [2, 2], for "optimistic" [4, 4]. Raises CourseError for an unknown method and for a
    game whose field jumps at the equilibrium (WGAN-GP).
    """
    _rule(method)
    if not game.smooth:
        raise CourseError(
            f"The field of the {game.name} jumps at the equilibrium, so it has no"
            " Jacobian there; simulate it instead."
        )
    eye, hop = np.eye(2), positive(lr, "step size") * game.jacobian(*EQUILIBRIUM)
    if method == "simultaneous":
        return eye + hop
    if method == "alternating":
        only_g, only_d = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
        return (eye + only_g @ hop) @ (eye + only_d @ hop)  # D moves first
    if method == "extragradient":
        return eye + hop + hop @ hop
    return np.block([[eye + 2 * hop, -hop], [eye, np.zeros((2, 2))]])


def predicted_rate(game: Game, method: str, lr: float) -> float:
    """Largest |eigenvalue| of the update Jacobian: the factor on |w| per step.

    Below 1 the players settle from any start that is near enough, above 1 they leave,
    and at exactly 1 the linear picture does not decide. Where two eigenvalues coincide
    (critical damping) |w| falls as t rate^t: a simulation nears the rate slowly.
    """
    return float(np.abs(np.linalg.eigvals(update_jacobian(game, method, lr))).max())


def simulated_rate(path: Array) -> float:
    """The factor on |w| per step, from the second half of a path [steps + 1, 2].

    exp of the least-squares slope of log |w| against the step. Points nearer to (0, 0)
    than 1e-290 or beyond float64 are left out. Raises CourseError where fewer than 3
    are left.
    """
    path = np.asarray(path, dtype=np.float64)
    if path.ndim != 2 or path.shape[1] != 2:
        raise CourseError(f"A path has shape [steps + 1, 2]; got {list(path.shape)}.")
    steps = np.arange(len(path))
    with np.errstate(over="ignore", invalid="ignore"):
        distance = np.hypot(*path.T)
    kept = (steps >= len(path) // 2) & (distance > 1e-290) & np.isfinite(distance)
    if kept.sum() < 3:
        raise CourseError("The second half of the path has fewer than 3 usable points.")
    return float(np.exp(np.polyfit(steps[kept], np.log(distance[kept]), 1)[0]))


def _field(game: Game, state: State) -> State:
    return np.array(game.field(*state))


def _rule(method: str) -> Rule:
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise CourseError(f"There is no method {method!r}; choose from {known}.")
    return METHODS[method]
