"""Planes of latents: every digit at its place, the map the right way up."""

import numpy as np
import pytest
import torch

from aigc_course import plots
from aigc_course.errors import CourseError
from aigc_course.plots.latents import map_tile


def test_each_class_is_drawn_as_its_digit_at_its_places() -> None:
    codes = torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    figure = plots.latent_codes({"a": (codes, torch.tensor([3, 7, 3]))})
    drawn = [np.asarray(part.get_offsets()) for part in figure.axes[0].collections]
    assert drawn[3].tolist() == [[0, 1], [4, 5]] and drawn[7].tolist() == [[2, 3]]
    assert sum(map(len, drawn)) == 3


def test_the_box_stands_where_it_was_asked_for() -> None:
    codes = torch.zeros(1, 2), torch.zeros(1)
    figure = plots.latent_codes({"a": codes, "b": codes}, box=(-1, 2, -3, 4))
    for axes in figure.axes:
        (frame,) = axes.patches
        assert frame.get_bbox().bounds == (-1, -3, 3, 7)


def test_the_map_begins_below_on_the_left() -> None:
    images = torch.full((4, 1, 2, 3), -1.0)
    images[0], images[1] = 1.0, 0.0  # below: left white, right grey
    sheet = map_tile(images)
    assert sheet.shape == (4, 6)
    assert (sheet[:2] == 0).all() and (sheet[2:, :3] == 255).all()
    assert (sheet[2:, 3:] == 128).all()


def test_both_halves_of_the_plane_have_the_same_bounds() -> None:
    codes, labels = torch.zeros(2, 2), torch.tensor([0, 9])
    bounds = (-2.0, 2.0, -1.0, 1.0)
    figure = plots.latent_plane(codes, labels, -torch.ones(9, 1, 28, 28), bounds)
    for axes in figure.axes:
        assert (*axes.get_xlim(), *axes.get_ylim()) == bounds


def test_maps_stand_side_by_side() -> None:
    panels = {name: -torch.ones(4, 1, 2, 2) for name in "ab"}
    figure = plots.latent_maps(panels, names=("u", "v"))
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
    assert {(a.get_xlabel(), a.get_ylabel()) for a in figure.axes} == {("u", "v")}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.latent_maps({"a": torch.zeros(5, 1, 2, 2)}), "no square"),
        (lambda: plots.latent_maps({"a": torch.zeros(0, 1, 2, 2)}), "no square"),
        (
            lambda: plots.latent_codes({"a": (torch.zeros(3, 3), torch.zeros(3))}),
            "n, 2",
        ),
        (
            lambda: plots.latent_codes({"a": (torch.zeros(3, 2), torch.zeros(2))}),
            "n, 2",
        ),
    ],
)
def test_other_shapes_are_refused(call, words) -> None:
    with pytest.raises(CourseError, match=words):
        call()


def test_lines_over_a_logarithmic_axis() -> None:
    figure = plots.lines({"a": ([1, 10], [2, 3])}, "k", "nats", logx=True)
    assert figure.axes[0].get_xscale() == "log"
    assert figure.axes[0].get_yscale() == "linear"
    assert plots.png_bytes(figure)
