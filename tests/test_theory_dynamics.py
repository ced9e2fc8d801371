"""Two players in motion: what eigenvalues predict, and what the papers found."""

import math

import numpy as np
import pytest

from aigc_course import theory
from aigc_course.errors import CourseError
from aigc_course.theory.dynamics import LOSSES

SMALL = (1e-28, 0.6e-28)
ONCE = [loss for loss in LOSSES if loss != "relativistic"]  # that is non-saturating
GAMES = {
    "bilinear": theory.bilinear(),
    "bilinear 2": theory.bilinear(2),
    **{loss: theory.dirac(loss) for loss in ONCE},
    **{f"{loss} r1": theory.dirac(loss, r1=0.3) for loss in ONCE},
    "r2": theory.dirac("minimax", r2=0.5),
    "r1 r2": theory.dirac("non-saturating", r1=0.4, r2=0.2),
    "strong r1": theory.dirac("wasserstein", r1=3),
}
CURVED = {**GAMES, "gp": theory.dirac("minimax", r1=0.2, gp=0.7)}
each_game = pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
each_method = pytest.mark.parametrize("method", theory.METHODS)


def distance(path):
    return np.hypot(*path.T)


@each_game
@each_method
@pytest.mark.parametrize("lr", [0.07, 0.22])
def test_eigenvalues_predict_the_simulated_rate(game, method, lr):
    predicted = theory.predicted_rate(game, method, lr)
    # from a small start, by a factor of exp(+-60) or for 1500 steps
    steps = int(min(1500, 60 / max(abs(math.log(predicted)), 1e-9)))
    path = theory.simulate(game, method, lr, steps, start=SMALL)
    assert distance(path).max() < 0.05
    simulated = theory.simulated_rate(path)
    assert simulated == pytest.approx(predicted, rel=0.01)
    # 1 % of the exponent too: rates are so close to 1 that the line above is easy
    assert math.log(simulated) == pytest.approx(math.log(predicted), rel=0.01, abs=3e-5)


@each_game
@each_method
def test_the_update_jacobian_is_that_of_one_simulated_step(game, method):
    lr, size = 0.2, 1e-6
    if method == "optimistic":
        # [now, before] -> [next, now], from three points of a simulated path
        path = theory.simulate(game, method, lr, 3, start=(size, -size))
        found = theory.update_jacobian(game, method, lr) @ path[[2, 1]].ravel()
        assert np.allclose(found, path[[3, 2]].ravel(), atol=1e-9 * size)
        return
    columns = [
        theory.simulate(game, method, lr, 1, start=start)[1] / size
        for start in ((size, 0), (0, size))
    ]
    found = theory.update_jacobian(game, method, lr)
    assert np.allclose(found, np.transpose(columns), atol=1e-5)


@pytest.mark.parametrize("at", [(0.0, 1e-3), (0.7, -0.4), (-1.2, 0.9), (2.0, 1.5)])
@pytest.mark.parametrize("game", CURVED.values(), ids=CURVED)
def test_jacobians_against_finite_differences(game, at):
    h = 1e-6
    numeric = [
        (np.array(game.field(*(at + d))) - game.field(*(at - d))) / (2 * h)
        for d in h * np.eye(2)
    ]
    assert np.allclose(game.jacobian(*at), np.transpose(numeric), atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("at", [(0.7, -0.4), (-1.2, 0.5)])
def test_the_field_descends_the_losses_that_gans_train_with(loss, at):
    torch = pytest.importorskip("torch")
    from aigc_course.gan import losses

    theta, psi = (torch.tensor([v], dtype=torch.double) for v in at)
    theta.requires_grad_(), psi.requires_grad_()
    real, fake = psi * 0, psi * theta
    pair = losses.game(loss)
    d_loss, g_loss = pair.discriminator(real, fake), pair.generator(fake, real)
    if loss == "least-squares":  # targets -1 and 1
        d_loss = ((real - 1) ** 2 + (fake + 1) ** 2).mean() / 2
    expected = (
        -torch.autograd.grad(g_loss, theta, retain_graph=True)[0],
        -torch.autograd.grad(d_loss, psi)[0],
    )
    found = theory.dirac(loss).field(*at)
    assert found == pytest.approx([float(v) for v in expected], rel=1e-12)


def test_penalties_pull_the_critic_down():
    base = theory.dirac("wasserstein").field(0.3, 2.0)
    for weights, pull in (
        ({"r1": 0.5}, 0.5 * 2),
        ({"r2": 0.5}, 0.5 * 2),
        ({"gp": 0.5}, 0.5 * (2 - 1)),
        ({"r1": 0.1, "r2": 0.2, "gp": 0.3}, 0.3 * 2 + 0.3),
    ):
        theta, psi = theory.dirac("wasserstein", **weights).field(0.3, 2.0)
        assert theta == base[0] and psi == pytest.approx(base[1] - pull)
    assert theory.dirac("wasserstein", gp=1).field(0, -3) == (-3, 2)


@pytest.mark.parametrize("lr", [0.01, 0.1, 0.5])
def test_simultaneous_updates_leave_the_bilinear_game(lr):
    """|w| grows by sqrt(1 + lr^2) each step, exactly and from any start."""
    game, exact = theory.bilinear(), math.sqrt(1 + lr**2)
    path = theory.simulate(game, "simultaneous", lr, 100)
    assert np.allclose(distance(path)[1:] / distance(path)[:-1], exact, rtol=1e-12)
    assert theory.predicted_rate(game, "simultaneous", lr) == pytest.approx(exact)


@pytest.mark.parametrize("lr", [0.01, 0.1, 0.5, 1.9])
def test_alternating_updates_circle_in_the_bilinear_game(lr):
    """Both eigenvalues on the unit circle below lr = 2    (Gidel et al. 2019)."""
    game = theory.bilinear()
    eigenvalues = np.linalg.eigvals(theory.update_jacobian(game, "alternating", lr))
    assert np.allclose(np.abs(eigenvalues), 1)
    far = distance(theory.simulate(game, "alternating", lr, 20_000))
    # theta^2 + psi^2 - lr theta psi never changes, an ellipse
    assert far.max() <= math.sqrt(2 * (2 + lr) / (2 - lr)) + 1e-6
    assert far[-1000:].max() > 0.9 * math.sqrt(2 - lr)


def test_alternating_updates_leave_beyond_step_size_two():
    assert theory.predicted_rate(theory.bilinear(), "alternating", 2.1) > 1.3


@pytest.mark.parametrize("method", ["extragradient", "optimistic"])
@pytest.mark.parametrize("lr", [0.05, 0.2, 0.5])
def test_looking_ahead_settles_the_bilinear_game(method, lr):
    far = distance(theory.simulate(theory.bilinear(), method, lr, 12_000))
    assert far[-1] < 1e-5 and theory.predicted_rate(theory.bilinear(), method, lr) < 1


def test_rates_of_looking_ahead_in_closed_form():
    lr = 0.3
    # extragradient: eigenvalues 1 - lr^2 +- i lr
    exact = math.sqrt((1 - lr**2) ** 2 + lr**2)
    game = theory.bilinear()
    assert theory.predicted_rate(game, "extragradient", lr) == pytest.approx(exact)
    # optimistic: m^2 - (1 + 2 i lr) m + i lr = 0
    exact = max(abs(np.roots([1, -(1 + 2j * lr), 1j * lr])))
    assert theory.predicted_rate(game, "optimistic", lr) == pytest.approx(exact)
    # and it leaves beyond lr = 1 / sqrt 3
    assert theory.predicted_rate(game, "optimistic", 0.57) < 1
    assert theory.predicted_rate(game, "optimistic", 0.59) > 1


@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
def test_without_penalty_the_dirac_gan_does_not_converge(loss):
    """Eigenvalues +-i f'(0) with f'(0) = 1/2    (Mescheder et al. 2018, section 2)."""
    game = theory.dirac(loss)
    assert np.allclose(np.linalg.eigvals(game.jacobian(0, 0)).real, 0)
    assert np.allclose(np.abs(np.linalg.eigvals(game.jacobian(0, 0)).imag), 0.5)
    lr = 0.2
    exact = math.sqrt(1 + (lr / 2) ** 2)
    assert theory.predicted_rate(game, "simultaneous", lr) == pytest.approx(exact)


def test_the_minimax_dirac_gan_circles_for_ever():
    game = theory.dirac("minimax")
    assert distance(theory.simulate(game, "alternating", 0.2, 10_000))[-99:].min() > 1
    away = distance(theory.simulate(game, "simultaneous", 0.2, 10_000))
    assert away[-99:].min() > 3


def test_the_non_saturating_dirac_gan_only_crawls():
    """Slower than any rate: |w| falls as 1 / sqrt(t), so 9 times the steps for 1/3.

    Mescheder et al. 2018, section 2: where the linear picture does not decide, the
    convergence is sublinear at best.
    """
    path = theory.simulate(theory.dirac("non-saturating"), "alternating", 0.1, 27_000)
    far = [distance(path[t - 500 : t]).mean() for t in (3_000, 27_000)]
    assert far[0] / far[1] == pytest.approx(3, rel=0.05)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("penalty", ["r1", "r2"])
@pytest.mark.parametrize("method", ["simultaneous", "alternating"])
def test_r1_and_r2_make_the_dirac_gan_converge(loss, penalty, method):
    """Mescheder et al. 2018, sections 3 and 4."""
    game = theory.dirac(loss, **{penalty: 0.5})
    assert distance(theory.simulate(game, method, 0.1, 4000))[-1] < 1e-6


def test_eigenvalues_under_r1():
    """-gamma/2 +- sqrt(gamma^2/4 - f'(0)^2)    (Mescheder et al. 2018, section 3)."""
    for gamma in (0.2, 0.7, 1.5):
        found = np.linalg.eigvals(theory.dirac("minimax", r1=gamma).jacobian(0, 0))
        root = np.sqrt(complex(gamma**2 / 4 - 1 / 4))
        exact = [-gamma / 2 - root, -gamma / 2 + root]
        assert np.allclose(np.sort_complex(found), np.sort_complex(exact))


@pytest.mark.parametrize("loss", ["wasserstein", "minimax", "non-saturating"])
@pytest.mark.parametrize("gp", [0.3, 1.0, 10.0])
@pytest.mark.parametrize("method", ["simultaneous", "alternating"])
@pytest.mark.parametrize("start", [(1.0, 1.0), (1e-3, 1e-3)], ids=["far", "near"])
def test_wgan_gp_does_not_converge(loss, gp, method, start):
    """Mescheder et al. 2018, section 3; from near the equilibrium it even leaves."""
    path = theory.simulate(theory.dirac(loss, gp=gp), method, 0.1, 4000, start)
    late = distance(path)[-1000:]
    assert late.min() > 0.5 and late.max() < 100


def test_wgan_gp_circles_with_a_weak_penalty_and_sticks_with_a_strong_one():
    weak = theory.simulate(
        theory.dirac("wasserstein", gp=0.3), "alternating", 0.1, 9000
    )
    turns = (np.diff(np.sign(weak[-2000:, 1])) != 0).sum()
    assert turns > 40  # 200 units of time, a turn takes about 2 pi
    strong = theory.simulate(
        theory.dirac("wasserstein", gp=5), "alternating", 0.1, 9000
    )
    # where dpsi = -theta + gp = 0 at psi = 0+: at theta = gp, not at the data
    assert np.allclose(strong[-1], [5, 0], atol=1e-2)


def test_the_rate_of_a_known_spiral():
    t = np.arange(200)[:, None]
    turn = np.hstack([np.cos(0.3 * t), np.sin(0.3 * t)])
    assert theory.simulated_rate(0.97**t * turn) == pytest.approx(0.97, rel=1e-12)
    # points that float64 cannot hold are left out
    assert theory.simulated_rate(0.5 ** (8.0 * t) * turn) == pytest.approx(0.5**8)


def test_a_path_may_leave_float64_without_complaint():
    path = theory.simulate(theory.bilinear(), "simultaneous", 30.0, 400)
    assert not np.isfinite(path[-1]).all()


def test_players_in_words():
    assert theory.dirac("hinge", r1=0.5, gp=2).name == (
        "Dirac-GAN, hinge + R1 0.5 + gradient penalty 2"
    )
    assert theory.bilinear().name == "bilinear game of strength 1"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: theory.dirac("x"), "no loss 'x'; choose from minimax"),
        (lambda: theory.dirac(r1=-1), "must not be negative"),
        (lambda: theory.dirac(gp=math.nan), "must not be negative"),
        (
            lambda: theory.simulate(theory.bilinear(), "x", 0.1, 5),
            "no method 'x'; choose from simultaneous",
        ),
        (
            lambda: theory.update_jacobian(theory.bilinear(), "x", 0.1),
            "no method 'x'",
        ),
        (
            lambda: theory.simulate(theory.bilinear(), "alternating", -0.1, 5),
            "step size must be above 0",
        ),
        (
            lambda: theory.predicted_rate(theory.dirac(gp=1), "alternating", 0.1),
            "jumps at the equilibrium, so it has no Jacobian there; simulate it",
        ),
        (lambda: theory.simulated_rate(np.zeros((9, 2))), "fewer than 3"),
        (lambda: theory.simulated_rate(np.zeros((9, 3))), r"shape \[steps \+ 1, 2\]"),
    ],
)
def test_unsuitable_requests_are_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()
