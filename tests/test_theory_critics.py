"""The best critic of each loss: closed forms, and no other critic that beats it."""

import math

import numpy as np
import pytest
import torch

from aigc_course import theory
from aigc_course.errors import CourseError
from aigc_course.gan import losses

X = theory.grid(-6, 6, 401)
PAIRS = {
    "apart": (theory.normal(X, -0.7, 0.8), theory.normal(X, 0.9, 1)),
    "mixture": (theory.mixture(X, [-2, 2], [0.5, 0.6]), theory.normal(X, 0, 1.5)),
    "partial": (theory.uniform(X, -4, 1), theory.uniform(X, -1, 5)),
}
GAMES = ("minimax", "non-saturating", "least-squares", "hinge", "relativistic")
each_pair = pytest.mark.parametrize(("p", "q"), PAIRS.values(), ids=PAIRS)
each_game = pytest.mark.parametrize("game", [*GAMES, "wasserstein"])


def best_value(p, q, game):
    return theory.critic_value(p, q, theory.optimal_critic(p, q, game), game)


@each_pair
@pytest.mark.parametrize("game", GAMES)
def test_the_best_critic_beats_every_perturbed_one(game, p, q):
    best = theory.optimal_critic(p, q, game).clip(-40, 40)
    top, rng = best_value(p, q, game), np.random.default_rng(0)
    for size in (1e-2, 0.1, 1):
        for _ in range(5):
            other = best + size * rng.standard_normal(len(best))
            assert theory.critic_value(p, q, other, game) < top
        for wave in (np.sin(X), np.cos(3 * X), X):
            assert theory.critic_value(p, q, best + size * wave, game) < top


@each_pair
def test_the_best_wasserstein_critic_beats_every_other_of_slope_one(p, q):
    best, rng = best_value(p, q, "wasserstein"), np.random.default_rng(0)
    for _ in range(50):
        slopes = rng.uniform(-1, 1, len(X) - 1)
        smooth = np.convolve(slopes, np.ones(20) / 20, "same") * 3
        for other in (slopes, smooth.clip(-1, 1)):
            critic = np.concatenate([[0], np.cumsum(other * p.dx)])
            assert theory.critic_value(p, q, critic, "wasserstein") < best


@each_pair
def test_the_wasserstein_critic_is_worth_w1(p, q):
    """Kantorovich-Rubinstein: max over 1-Lipschitz C of E_p[C] - E_q[C] = W1."""
    w1 = theory.wasserstein1(p, q)
    assert best_value(p, q, "wasserstein") == pytest.approx(w1, abs=1e-12)
    critic = theory.optimal_critic(p, q, "wasserstein")
    assert theory.lipschitz_constant(critic, X) == pytest.approx(1)
    assert p.expect(critic) + q.expect(critic) == pytest.approx(0, abs=1e-12)


@each_pair
def test_the_cross_entropy_critic_is_worth_the_generators_cost(p, q):
    cost = theory.generator_cost(p, q)
    assert best_value(p, q, "minimax") == pytest.approx(cost, abs=1e-12)
    critic = theory.optimal_critic(p, q, "non-saturating")
    d = np.exp(-np.logaddexp(0, -critic))
    assert np.allclose(d, theory.optimal_discriminator(p, q))


@each_pair
def test_least_squares_measures_pearsons_chi_square(p, q):
    critic = theory.optimal_critic(p, q, "least-squares")
    assert np.allclose(critic, theory.optimal_discriminator(p, q))
    # 1/2 sum pq / (p + q) is what D cannot avoid losing
    total = np.where(p.p + q.p > 0, p.p + q.p, 1)
    lost = (p.p * q.p / total).sum() * p.dx / 2
    assert best_value(p, q, "least-squares") == pytest.approx(-lost)
    # the cost has targets with b - c = 1 and b - a = 2    (Mao et al. 2017)
    cost = ((p.p - q.p) ** 2 / total).sum() * p.dx
    assert -lost == pytest.approx(-1 / 4 + cost / 8)


@each_pair
def test_the_hinge_critic_measures_total_variation(p, q):
    """max_C = -2 sum min(p, q) dx = -2 + 2 TV    (Lim & Ye 2017)."""
    exact = -2 + 2 * theory.total_variation(p, q)
    assert best_value(p, q, "hinge") == pytest.approx(exact, abs=1e-12)
    assert set(np.unique(theory.optimal_critic(p, q, "hinge"))) <= {-1, 0, 1}


@pytest.mark.parametrize("name", ["apart", "mixture"])
def test_the_relativistic_critic_tells_pairs_from_swapped_pairs(name):
    """Its value is -log 2 + JS between (x, y) ~ p q and (x, y) ~ q p."""
    p, q = PAIRS[name]
    a, b = np.outer(p.p, q.p), np.outer(q.p, p.p)
    js = theory.jensen_shannon(
        *(theory.normalised(np.arange(a.size), m.ravel()) for m in (a, b))
    )
    assert best_value(p, q, "relativistic") == pytest.approx(-math.log(2) + js)


@each_pair
def test_the_relativistic_critic_may_be_shifted(p, q):
    critic, best = (
        theory.optimal_critic(p, q, "relativistic"),
        best_value(p, q, "relativistic"),
    )
    shifted = theory.critic_value(p, q, critic + 3, "relativistic")
    assert shifted == pytest.approx(best, abs=1e-12)


@each_game
def test_at_the_minimum_no_critic_has_anything_to_say(game):
    p = PAIRS["mixture"][0]
    nothing = {"least-squares": -1 / 4, "hinge": -2, "wasserstein": 0}
    nothing |= dict.fromkeys(("minimax", "non-saturating"), -math.log(4))
    nothing |= {"relativistic": -math.log(2)}
    assert best_value(p, p, game) == pytest.approx(nothing[game], abs=1e-12)


@each_game
def test_disjoint_supports_have_the_value_that_the_definition_gives(game):
    p, q = theory.uniform(X, -3, -1), theory.uniform(X, 1, 3)
    expected = theory.wasserstein1(p, q) if game == "wasserstein" else 0
    assert best_value(p, q, game) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("game", ["minimax", "least-squares", "hinge", "wasserstein"])
def test_the_value_is_minus_the_loss_that_gans_train_with(game):
    p, q = PAIRS["apart"]
    critic, rng = np.sin(X) / 2, np.random.default_rng(0)
    # cells by their mass, so that only the choice of sample is random
    real, fake = (
        torch.tensor(rng.choice(critic, 400_000, p=d.p * d.dx)) for d in (p, q)
    )
    loss = losses.game(game).discriminator(real, fake)
    exact = theory.critic_value(p, q, critic, game)
    assert -float(loss) == pytest.approx(exact, abs=0.01)


def test_the_relativistic_value_is_minus_the_loss():
    p, q = PAIRS["apart"]
    critic = np.sin(X)
    real, fake = torch.tensor(critic)[:, None], torch.tensor(critic)[None]
    weights = torch.tensor(np.outer(p.p, q.p) * p.dx**2)
    pairs = torch.nn.functional.softplus(fake - real)
    exact = theory.critic_value(p, q, critic, "relativistic")
    assert -float((weights * pairs).sum()) == pytest.approx(exact)
    drawn = losses.relativistic_discriminator(real, real)
    assert float(drawn) == pytest.approx(math.log(2))


def test_unsuitable_input_is_refused():
    p, q = PAIRS["apart"]
    with pytest.raises(CourseError, match="no game 'hing'; choose from .*hinge"):
        theory.optimal_critic(p, q, "hing")
    with pytest.raises(CourseError, match="no game 'x'"):
        theory.critic_value(p, q, X, "x")
    with pytest.raises(CourseError, match=r"climbs by 3\. Divide it by that"):
        theory.critic_value(p, q, 3 * X, "wasserstein")
    with pytest.raises(CourseError, match="infinite"):
        theory.critic_value(p, q, np.where(X > 0, math.inf, 0), "wasserstein")
    with pytest.raises(CourseError, match="NaN"):
        theory.critic_value(p, q, X * math.nan, "hinge")
    with pytest.raises(CourseError, match="shape"):
        theory.critic_value(p, q, X[1:], "hinge")
    with pytest.raises(CourseError, match="400 values, the grid 401"):
        theory.critic_value(p, q, X[1:], "wasserstein")
    other = theory.normal(theory.grid(-7, 7, 401))
    for call in (
        lambda: theory.optimal_critic(p, other, "hinge"),
        lambda: theory.critic_value(p, other, X, "hinge"),
    ):
        with pytest.raises(CourseError, match="different grids"):
            call()
