"""Video: films of known physics, places found without labels, two futures."""

import pytest
import torch

from aigc_course.apps.video import dynamics, measure, model, rivals, scenes
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def films() -> scenes.Films:
    return scenes.digits(6, seed=1)


def test_films_are_frames_of_digits_inside_the_walls(films: scenes.Films) -> None:
    assert films.frames.shape == (6, 20, 32, 32)
    assert float(films.frames.min()) >= 0 and float(films.frames.max()) <= 1
    assert float(films.places.min()) >= scenes.LOW
    assert float(films.places.max()) <= scenes.HIGH
    # the ink goes where the digit goes
    moved = measure.centroid(films.frames) - films.places
    assert float((moved - moved.mean(1, keepdim=True)).abs().max()) < 0.35
    assert torch.equal(scenes.digits(6, seed=1).frames, films.frames)


def test_films_drawn_in_parts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scenes.digits(7, seed=9, length=3)
    monkeypatch.setattr(scenes, "PART", 3)
    assert torch.equal(scenes.digits(7, seed=9, length=3).frames, whole.frames)


def test_shift_moves_right_and_down() -> None:
    image = torch.zeros(1, 32, 32)
    image[0, 10, 5] = 1
    moved = scenes.shift(image, torch.tensor([[3.0, 2.0]]))[0]
    assert float(moved[12, 8]) == pytest.approx(1, abs=1e-4)
    half = scenes.shift(image, torch.tensor([[0.5, 0.0]]))[0]
    assert half[10, 5:7].tolist() == pytest.approx([0.5, 0.5], abs=1e-4)


def test_both_futures_of_the_ball_are_in_the_films() -> None:
    balls = scenes.ball(40, seed=3)
    x = measure.centroid(balls.frames)[:, :, 0]
    assert float((x[:, :9] - 15.5).abs().max()) < 0.01  # nothing tells before the peg
    assert bool(((x[:, -1] > 15.5) == (balls.labels == 1)).all())
    assert 0 < int(balls.labels.sum()) < 40
    # the chapter takes the mirror image as the other future
    places = balls.places[:, -1].clone()
    places[:, 0] = scenes.SIZE - 1 - places[:, 0]
    mirrored = balls.frames[:, -1].flip(-1)
    torch.testing.assert_close(scenes.disc(places), mirrored, atol=1e-5, rtol=0)


def test_a_class_can_be_read_in_the_films() -> None:
    films = scenes.digits(60, seed=4, length=2, split="test")
    assert measure.kept(films.frames[:, 0], films.labels) > 0.9


def test_rivals_are_exact_where_they_should_be(films: scenes.Films) -> None:
    past, want = films.frames[:, :10], films.frames[:, 10:]
    assert torch.equal(rivals.copy_last(past, 3)[:, 2], past[:, -1])
    true = model.draw(past[:, -1], films.places[:, 9], films.places[:, 10:])
    assert float(measure.centroid_error(true, want).max()) < 0.2
    copied = measure.mse(rivals.copy_last(past, 10), want)
    assert float((measure.mse(true, want) / copied).max()) < 0.1


def test_fitted_physics_follows_bounces() -> None:
    films = scenes.digits(4, seed=8)
    made = rivals.fitted(films.frames[:, :10], 10)
    assert float(measure.centroid_error(made, films.frames[:, 10:])[4]) < 0.5


def test_velocity_is_read_and_walls_are_mirrored() -> None:
    t = torch.arange(10.0)
    places = torch.stack([8 + 1.5 * t, 20 - 0.5 * t], 1)[None]
    found = rivals.velocity(places)[0].tolist()
    assert found == pytest.approx([1.5, -0.5], abs=1e-4)
    frames = scenes.disc(places[0])[None]
    way = measure.centroid(rivals.straight_on(frames, 6, walls=True))[0]
    want = scenes.fold(
        places[0, -1] + torch.outer(torch.arange(1.0, 7), places[0, 1] - places[0, 0])
    )
    assert float((way - want).abs().max()) < 0.2


def test_places_are_learned_without_places() -> None:
    torch.manual_seed(0)
    films = scenes.digits(8, seed=5)
    eyes = model.PoseNet(4)
    losses = model.learn_places(eyes, films, 12, 0, batch=16)
    assert len(losses) == 12 and model.places_of(eyes, films.frames).shape == (8, 20, 2)
    # a perfect pair of eyes has hardly any loss
    by = films.places[:, 1] - films.places[:, 0]
    moved = scenes.shift(films.frames[:, 0], by)
    gap = (moved - films.frames[:, 1]).square().sum((1, 2)).mean()
    assert float(gap) < 0.2 * losses[0]


def test_inertia_is_built_in() -> None:
    torch.manual_seed(0)
    net = dynamics.Dynamics(hidden=8)
    for part in net.head[-1].parameters():
        torch.nn.init.zeros_(part)
    t = torch.arange(10.0)
    places = torch.stack([10 + 0.5 * t, 12 - 0.25 * t], 1)[None]
    ahead = dynamics.future(net, places, 4)[0]
    want = places[0, -1] + torch.outer(torch.arange(1.0, 5), torch.tensor([0.5, -0.25]))
    torch.testing.assert_close(ahead, want, atol=1e-4, rtol=0)


@pytest.mark.parametrize("components", [1, 3])
def test_training_lowers_the_loss(components: int) -> None:
    torch.manual_seed(0)
    places = scenes.digits(30, seed=6).places
    net = dynamics.Dynamics(hidden=8, components=components)
    losses = dynamics.train(net, places, 25, 0, seen=9, batch=16)
    assert sum(losses[-5:]) < sum(losses[:5])
    g = torch.Generator().manual_seed(0)
    assert dynamics.future(net, places[:, :9], 3, g).shape == (30, 3, 2)


def test_the_best_of_several_is_not_worse() -> None:
    g = torch.Generator().manual_seed(0)
    got, want = torch.rand(5, 7, 4, 4, generator=g), torch.rand(7, 4, 4, generator=g)
    each = (got - want).square().mean((2, 3))
    assert torch.equal(measure.best_of(got, want), each.min(0).values)


def test_bad_requests(films: scenes.Films) -> None:
    for call in (
        lambda: scenes.digits(0, 1),
        lambda: scenes.ball(-1, 1),
        lambda: model.learn_places(model.PoseNet(), films, 0, 0),
        lambda: dynamics.train(dynamics.Dynamics(), films.places, 0, 0),
    ):
        with pytest.raises(CourseError):
            call()


def test_the_velocity_is_a_line_through_several_places() -> None:
    x = torch.tensor([9.0, 0.0, 1.0, 2.0, 4.0])  # the first is too long ago
    places = torch.stack([x, 3 * x], dim=1)[None]
    # least squares over 0, 1, 2, 4 at -1.5, -0.5, 0.5, 1.5: (6 + 0.5) / 5 = 1.3
    assert torch.allclose(rivals.velocity(places), torch.tensor([[1.3, 3.9]]))
