"""The latent explorer without a browser: what the page sends and what it gets."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from aigc_course import metrics, training, vae, widgets
from aigc_course.errors import CourseError
from aigc_course.plots.latents import map_tile
from aigc_course.widgets.bundle import bundle
from aigc_course.widgets.latent import SIDE, Plane, PlaneDesk


@pytest.fixture
def model() -> vae.VAE:
    training.seed_everything(0)
    return vae.VAE(vae.mlp((8,), 3))


def look(desk: PlaneDesk, z: list[float]) -> tuple[dict[str, Any], np.ndarray]:
    header, (buffer,) = desk.answer({"kind": "look", "id": 4, "z": z})
    json.dumps(header, allow_nan=False)
    return header, np.frombuffer(buffer, "<f4")


def test_a_place_is_answered_with_its_picture(model: vae.VAE) -> None:
    header, ink = look(PlaneDesk(Plane(model, (2, 0))), [0.5, -1.0])
    image = model.decode(torch.tensor([[-1.0, 0.0, 0.5]]))
    assert np.allclose(ink, ((image + 1) / 2).flatten(), atol=1e-6)
    assert header["kind"] == "picture" and header["id"] == 4
    assert header["digit"] == int(metrics.classify(image))
    assert 0.1 <= header["sure"] <= 1


def test_places_off_the_plane_are_moved_to_its_edge(model: vae.VAE) -> None:
    header, _ = look(PlaneDesk(Plane(model), reach=2.0), [9.0, -0.5])
    assert header["z"] == [2.0, -0.5]


def test_the_map_is_the_decoded_plane_from_above(model: vae.VAE) -> None:
    plane = Plane(model)
    header, (buffer,) = PlaneDesk(plane).answer({"kind": "hello"})
    sheet = np.frombuffer(buffer, np.uint8).reshape(header["rows"], header["cols"])
    assert np.array_equal(sheet, map_tile(plane.map(3.0)))
    assert header["rows"] == header["cols"] == 28 * SIDE
    corner = map_tile(model.decode(torch.tensor([[-3.0, 3.0, 0.0]])))
    assert np.array_equal(sheet[:28, :28], corner)
    assert header["arrays"] == [["sheet", "b"]]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"kind": "explode"}, "no message"),
        ({}, "no message"),
        ({"kind": "look"}, ""),
        ({"kind": "look", "z": [1.0]}, "two finite numbers"),
        ({"kind": "look", "z": [1.0, float("nan")]}, "two finite numbers"),
        ({"kind": "look", "z": ["a", 1]}, ""),
    ],
)
def test_nonsense_is_answered_with_a_sentence(
    model: vae.VAE, message: dict[str, Any], words: str
) -> None:
    header, buffers = PlaneDesk(Plane(model)).answer(message)
    assert header["kind"] == "refused" and buffers == []
    assert header["text"] and words in header["text"]


@pytest.mark.parametrize("axes", [(0, 0), (0, 3), (-1, 1), (0, 1, 2)])
def test_latents_that_are_not_there_are_refused(model: vae.VAE, axes: Any) -> None:
    with pytest.raises(CourseError, match="two different latents"):
        widgets.latent_explorer(model, axes=axes)


def test_images_come_with_labels_and_the_plane_has_a_size(model: vae.VAE) -> None:
    images = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    with pytest.raises(CourseError, match="together with their labels"):
        widgets.latent_explorer(model, images)
    with pytest.raises(CourseError, match="reach above 0"):
        widgets.latent_explorer(model, reach=0.0)


def test_fast_mode_shows_a_figure_with_words(
    model: vae.VAE, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIGC_FAST", "1")
    images = torch.zeros(3, 1, 28, 28, dtype=torch.uint8)
    assert widgets.latent_explorer(model, images, torch.tensor([5, 8, 5])) is None
    told = capsys.readouterr().out
    mean, _ = model.encode(images.float() - 1)
    x, y = mean[0, :2].tolist()
    assert f"5 at ({x:.1f}, {y:.1f}), 8 at" in told and "9 at" not in told


def test_a_live_explorer_carries_its_picture(
    model: vae.VAE, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.delenv("AIGC_FAST", raising=False)
    images = torch.rand(3, 1, 28, 28) * 2 - 1
    widget = widgets.latent_explorer(model, images, torch.tensor([1, 2, 3]))
    mime, metadata = widget._repr_mimebundle_()
    assert mime["image/png"] and mime["text/plain"].startswith("Figure: ")
    assert mime["text/plain"].endswith(metadata["image/png"]["alt"])
    assert widget._esm == bundle("latent_explorer.js")
    assert widget.offer["labels"] == [1, 2, 3] and len(widget.offer["codes"]) == 6
    codes = model.encode(images)[0][:, :2].flatten().tolist()
    assert widget.offer["codes"] == pytest.approx(codes, abs=1e-3)


def test_messages_reach_the_desk_and_answers_the_page(
    model: vae.VAE, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.delenv("AIGC_FAST", raising=False)
    widget, sent = widgets.latent_explorer(model), []
    monkeypatch.setattr(type(widget), "send", lambda _, *what: sent.append(what))
    widget._handle_custom_msg({"kind": "look", "id": 1, "z": [0, 0]}, [])
    ((header, buffers),) = sent
    assert header["id"] == 1 and len(buffers) == 1
