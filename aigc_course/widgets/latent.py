"""A walk through the latents of a VAE: what is decoded where the pointer is."""

import math
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from aigc_course import metrics, plots
from aigc_course.data import to_float
from aigc_course.errors import CourseError
from aigc_course.plots.latents import Bounds, map_tile
from aigc_course.vae.learner import VAE
from aigc_course.widgets.engine import single_thread
from aigc_course.widgets.replies import Reply, pack
from aigc_course.widgets.stage import can_play, stage

REACH = 3.0  # standard deviations of the prior, to each side
SIDE = 17  # decoded images along each side of the map


class Plane:
    """Two latents of a VAE, all others 0: places [N, 2] to images, and back.

    axes: which two. Raises CourseError when the model has not these two latents.
    """

    def __init__(self, model: VAE, axes: tuple[int, int] = (0, 1)) -> None:
        latent = model.networks.latent
        if len(set(axes)) != 2 or not all(0 <= axis < latent for axis in axes):
            raise CourseError(
                "The explorer shows two different latents; this model's are numbered"
                f" from 0 to {latent - 1}, and it was given {list(axes)}."
            )
        self.model, self.axes = model, list(axes)

    def decode(self, places: Tensor) -> Tensor:
        """Images [N, 1, 28, 28] in [-1, 1] at places [N, 2]."""
        z = torch.zeros(len(places), self.model.networks.latent)
        z[:, self.axes] = places
        return self.model.decode(z).cpu()

    def codes(self, images: Tensor) -> Tensor:
        """Where images, uint8 or floats in [-1, 1], are encoded: means [N, 2]."""
        floats = to_float(images) if images.dtype == torch.uint8 else images
        return self.model.encode(floats)[0][:, self.axes].cpu()

    def map(self, reach: float, side: int = SIDE) -> Tensor:
        """Images decoded evenly over the plane, [side * side, 1, 28, 28]."""
        return self.decode(torch.from_numpy(plots.mesh(reach, side)))


class PlaneDesk:
    """Answers the page: the map when it opens, then the picture at each place.

    It sends {"kind": "hello"} or {"kind": "look", "id": ..., "z": [x, y]}; the answer
    is a map, a picture with what the course's classifier reads in it, or "refused" with
    a sentence.
    """

    def __init__(self, plane: Plane, reach: float = REACH) -> None:
        self.plane, self.reach = plane, reach

    def answer(self, message: dict[str, Any]) -> Reply:
        """Do what the message asks."""
        with single_thread():
            try:
                return self._answer(message)
            except (CourseError, TypeError, ValueError) as reason:
                return {"kind": "refused", "text": str(reason)}, []

    def _answer(self, message: dict[str, Any]) -> Reply:
        kind = message.get("kind")
        if kind == "hello":
            return self._map()
        if kind != "look":
            raise CourseError(f"The explorer knows no message {kind!r}.")
        return self._look(message.get("id"), self._place(message.get("z")))

    def _map(self) -> Reply:
        sheet = map_tile(self.plane.map(self.reach))  # uint8 [rows, cols]
        rows, cols = sheet.shape
        header = {"kind": "map", "rows": rows, "cols": cols, "arrays": [["sheet", "b"]]}
        return header, [sheet.tobytes()]

    def _look(self, id: Any, z: list[float]) -> Reply:
        image = self.plane.decode(torch.tensor([z]))
        chances = metrics.probabilities(image)[0]  # [10]
        digit = int(chances.argmax())
        header = {"kind": "picture", "id": id, "z": z, "digit": digit}
        header["sure"] = float(chances[digit])
        return pack(header, {"ink": (image.flatten() + 1) / 2})

    def _place(self, z: Any) -> list[float]:
        place = [float(value) for value in z]
        if len(place) != 2 or not all(map(math.isfinite, place)):
            raise CourseError("A place on the plane is two finite numbers.")
        return [min(max(value, -self.reach), self.reach) for value in place]


def latent_explorer(
    model: VAE,
    images: Tensor | None = None,
    labels: Tensor | None = None,
    *,
    axes: tuple[int, int] = (0, 1),
    reach: float = REACH,
) -> Any:
    """A plane of latents under the pointer or the arrow keys, decoded as you go.

    model: a VAE with at least 2 latents and without classes. images: [N, 1, 28, 28],
    uint8 or floats in [-1, 1], whose codes are drawn with their labels, int [N]. axes:
    the two latents to move; the others stay 0. reach: half the side of the plane.

    Returns a widget, to stand last in a cell. Where no widget can run (anywidget is
    missing, or AIGC_FAST=1) a figure of the plane is shown and None returned. Raises
    CourseError for latents that the model has not, images without labels, or a reach
    that is not above 0.
    """
    if (images is None) != (labels is None) or not 0 < reach < math.inf:
        raise CourseError(
            "The explorer takes images together with their labels, or neither, and a"
            " reach above 0."
        )
    plane = Plane(model, axes)
    codes = torch.zeros(0, 2) if images is None else plane.codes(images)
    marks = torch.zeros(0, dtype=torch.int64) if labels is None else labels
    if not can_play():
        plots.show(*explorer_picture(plane, codes, marks, reach))
        return None
    return stage(
        "latent_explorer.js",
        PlaneDesk(plane, reach).answer,
        lambda: explorer_picture(plane, codes, marks, reach),
        offer=_offer(plane, codes, marks, reach),
    )


def explorer_picture(
    plane: Plane, codes: Tensor, labels: Tensor, reach: float = REACH
) -> tuple[Figure, str]:
    """Codes beside the decoded map, and in words where the digits are."""
    bounds: Bounds = (-reach, reach, -reach, reach)
    figure = plots.latent_plane(codes, labels, plane.map(reach), bounds)
    words = "Left, codes of digits on a plane of two latents; right, what is decoded."
    return figure, " ".join([words, *_centres(codes, labels)])


def _centres(codes: Tensor, labels: Tensor) -> list[str]:
    """A sentence on the mean code of each digit that occurs; none without codes."""
    found = [
        f"{digit} at ({x:.1f}, {y:.1f})"
        for digit in sorted(set(labels.tolist()))
        for x, y in [codes[labels == digit].mean(0).tolist()]
    ]
    return [f"Mean codes: {', '.join(found)}."] if found else []


def _offer(plane: Plane, codes: Tensor, labels: Tensor, reach: float) -> dict[str, Any]:
    return {
        "reach": reach,
        "axes": plane.axes,
        "codes": [round(value, 3) for value in codes.flatten().tolist()],
        "labels": labels.tolist(),
    }
