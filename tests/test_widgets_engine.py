"""The game move by move, without a widget: who learns, when, and from which slope."""

import time
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from aigc_course import data, gan
from aigc_course.errors import CourseError
from aigc_course.gan.losses import GAMES
from aigc_course.widgets import sights
from aigc_course.widgets.engine import Duel


def duel(loss: str = "non-saturating", seed: int = 0, **rules: object) -> Duel:
    torch.manual_seed(99)
    networks = gan.PointGenerator(width=16), gan.PointDiscriminator(width=16)
    points = data.toy("ring", 500)
    return Duel(points, *networks, loss=loss, batch=32, seed=seed, **rules)  # type: ignore[arg-type]


def weights(network: torch.nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.mark.parametrize("loss", GAMES)
@pytest.mark.parametrize("name", ["d", "g"])
def test_a_step_moves_one_player_alone(loss: str, name: str) -> None:
    game = duel(loss)
    before = {k: weights(getattr(game, k)) for k in ("generator", "discriminator")}
    game.move(name)
    moved = {
        k for k, w in before.items() if not torch.equal(w, weights(getattr(game, k)))
    }
    assert moved == {"discriminator" if name == "d" else "generator"}
    assert (game.d_moves, game.g_moves) == ((1, 0) if name == "d" else (0, 1))


def test_a_round_is_as_many_steps_of_d_as_asked_and_one_of_g() -> None:
    game = duel(d_steps=3)
    game.move("round", 4)
    assert (game.rounds, game.d_moves, game.g_moves) == (4, 12, 4)


def test_d_learns_to_tell_while_g_is_held() -> None:
    game = duel(lr=(1e-3, 1e-2))
    game.move("d", 150)
    assert game.readings["D(x)"] > 0.8 and game.readings["D(G(z))"] < 0.2


@pytest.mark.parametrize("loss", ["non-saturating", "least-squares", "relativistic"])
def test_steps_use_the_losses_of_the_course(loss: str) -> None:
    game, twin = duel(loss), duel(loss)
    with twin.own_randomness():  # the same draws in the same order
        real = twin.real(32)
        fake = twin.generator(twin.generator.latents(32))
        wanted = GAMES[loss].discriminator(
            twin.discriminator(real), twin.discriminator(fake)
        )
    game.move("d")
    assert float(game.readings["D"]) == pytest.approx(float(wanted.detach()), rel=1e-5)
    wanted.backward()
    for mine, other in zip(
        game.discriminator.parameters(), twin.discriminator.parameters(), strict=True
    ):
        assert torch.allclose(mine.grad, other.grad, atol=1e-6)  # type: ignore[arg-type]


def test_the_wasserstein_critic_pays_a_penalty() -> None:
    game, twin = duel("wasserstein"), duel("wasserstein")
    twin.game = replace(twin.game, penalty=0.0)
    game.move("d")
    twin.move("d")
    assert float(game.readings["D"]) > float(twin.readings["D"]) + 1e-3


def test_the_same_seed_gives_the_same_game_whatever_happens_outside() -> None:
    game, twin = duel(seed=3), duel(seed=3)
    game.move("round", 6)
    for _ in range(3):
        torch.rand(7)
        twin.move("round", 2)
    assert torch.equal(weights(game.generator), weights(twin.generator))
    assert not torch.equal(weights(game.generator), weights(duel(seed=4).generator))


def test_the_global_random_numbers_are_left_alone() -> None:
    game = duel("wasserstein")
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    game.move("round", 2)
    game.play(0)
    sights.pulls(game, torch.zeros(4, 2))
    assert torch.equal(torch.rand(3), wanted)


def test_a_game_has_one_thread_and_torch_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game, seen, threads = duel(), [], torch.get_num_threads()
    monkeypatch.setattr(game, "d_step", lambda: seen.append(torch.get_num_threads()))
    torch.set_num_threads(2)
    try:
        game.move("d")
        assert (seen, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(threads)


def test_play_ends_in_time_and_counts_its_moves() -> None:
    game, start = duel(), time.perf_counter()
    times = game.play(0.05)
    assert time.perf_counter() - start < 2  # generous: the machine may be busy
    assert times == game.rounds >= 1
    assert game.play(0, "d") == 1 and game.d_moves == times + 1


def test_rules_change_while_the_game_goes_on() -> None:
    game = duel()
    game.move("round")
    before = weights(game.generator)
    game.change("hinge", (1e-4, 2e-3), 2)
    assert torch.equal(weights(game.generator), before) and game.rounds == 1
    assert game.game is GAMES["hinge"] and game.d_steps == 2
    assert [g["lr"] for a in (game.g_adam, game.d_adam) for g in a.param_groups] == [
        1e-4,
        2e-3,
    ]


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (("hinj", (1e-3, 1e-3), 1), "no loss 'hinj'"),
        (("hinge", (0.0, 1e-3), 1), "Learning rates"),
        (("hinge", (1e-3, 2.0), 1), "Learning rates"),
        (("hinge", (1e-3, float("nan")), 1), "Learning rates"),
        (("hinge", (1e-3, 1e-3), 0), "at least one step"),
    ],
)
def test_impossible_rules_are_refused_and_change_nothing(
    rules: tuple[str, tuple[float, float], int], sentence: str
) -> None:
    game = duel()
    with pytest.raises(CourseError, match=sentence):
        game.change(*rules)
    assert game.game is GAMES["non-saturating"] and game.d_steps == 1
    with pytest.raises(CourseError, match="no move"):
        game.move("both")


# what is seen


@pytest.mark.parametrize("loss", ["non-saturating", "minimax", "wasserstein"])
def test_pulls_are_the_slopes_of_each_points_own_loss(loss: str) -> None:
    game = duel(loss)
    fakes = torch.randn(5, 2)
    found = sights.pulls(game, fakes)
    for fake, pull in zip(fakes, found, strict=True):
        x = fake.clone().requires_grad_()
        GAMES[loss].generator(game.discriminator(x[None]), None).backward()
        assert torch.allclose(pull, -x.grad, atol=1e-6)  # type: ignore[operator]


def test_the_surface_is_d_at_the_places_it_is_drawn_at() -> None:
    game = duel()
    heights = sights.surface(game, (-1, 3, -2, 2), "non-saturating", cells=5)
    for row, col, place in ((0, 0, (-1, -2)), (4, 0, (-1, 2)), (1, 3, (2, -1))):
        d = game.discriminator(torch.tensor([place], dtype=torch.float32)).sigmoid()
        assert float(heights[row, col]) == pytest.approx(float(d.detach()), abs=1e-6)


@pytest.mark.parametrize("loss", GAMES)
def test_heights_lie_between_generated_and_real(loss: str) -> None:
    game = duel(loss)
    game.move("round", 3)
    heights = sights.surface(game, (-2, 2, -2, 2), loss, cells=9)
    assert heights.shape == (9, 9)
    assert heights.min() >= 0 and heights.max() <= 1
    if sights.border(loss) is None:
        assert (float(heights.min()), float(heights.max())) == (0, 1)


def test_the_border_is_where_the_loss_has_no_preference() -> None:
    assert sights.border("wasserstein") is None
    assert sights.border("relativistic") is None
    low, high = GAMES["hinge"].targets
    assert sights.border("hinge") == (0 - low) / (high - low)
    low, high = GAMES["least-squares"].targets
    assert sights.border("least-squares") == (0.5 - low) / (high - low)


def test_the_lattice_is_g_of_a_square_of_latents() -> None:
    game = duel()
    bent = sights.lattice(game, lines=3)
    r = sights.REACH
    for row, col, z in ((0, 0, (-r, -r)), (0, 2, (-r, r)), (1, 1, (0.0, 0.0))):
        wanted = game.generator(torch.tensor([z]))[0]
        assert torch.allclose(bent[row, col], wanted, atol=1e-6)


def test_the_square_shows_every_point() -> None:
    left, right, bottom, top = sights.square(torch.tensor([[3.0, -1.0], [0.0, 2.0]]))
    assert left == bottom == -right == -top and right > 3
