"""What a generator's feature maps cause: take them out and look at what changes.

A map that is bright where strokes are thick may cause the thickness, or only go along
with it. Setting it to a fixed value while all else stays is an intervention, and the
mean change over latents is its average causal effect (Bau et al. 2019, GAN Dissection,
section 3.2, who compare an inserted with an ablated map; here the map as it is).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import metrics, validate
from aigc_course.control.attributes import as_ink, edge_length
from aigc_course.errors import CourseError
from aigc_course.explain.intervals import Effect, effect
from aigc_course.gan.networks import Generator

ROWS = 1000  # pictures made at once
Maps = int | Sequence[int]
Value = float | Tensor


def layers(generator: Generator) -> dict[str, int]:
    """The layers whose output is maps that a convolution reads: name to index in `net`.

    The shipped generator has {"7x7": 12, "14x14": 15}, of 32 and 16 maps. A second
    layer of the same size is called "7x7-2".
    """
    found: dict[str, int] = {}
    for index, shape in enumerate(_shapes(generator)[:-1]):
        following = generator.net[index + 1]
        if len(shape) == 4 and isinstance(following, nn.ConvTranspose2d | nn.Conv2d):
            size = f"{shape[2]}x{shape[3]}"
            same = sum(name.split("-")[0] == size for name in found)
            found[f"{size}-{same + 1}" if same else size] = index
    return found


def map_count(generator: Generator, layer: str) -> int:
    """How many maps `layer` has. Raises CourseError for a layer that is not there."""
    return int(_shapes(generator)[_index(generator, layer)][1])


@contextmanager
def ablated(
    generator: Generator, layer: str, maps: Maps, value: Value = 0.0
) -> Iterator[None]:
    """Within the block the generator's `maps` at `layer` have one value everywhere.

    do(a_u = value) for each map u: the layers before are as they were, and those after
    compute with it. Afterwards, and after an error, the generator is as before.

    maps: a number or several. value: a number, or one for each of the maps [K].
    Raises CourseError for a layer or a map that is not there.

    >>> from aigc_course.gan.shipped import pretrained_generator
    >>> generator = pretrained_generator()
    >>> with ablated(generator, "7x7", 3):
    ...     images = generator(generator.latents(2))
    """
    chosen = _chosen(maps, map_count(generator, layer))

    def set_maps(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        return _with(output, chosen, value)

    handle = generator.net[_index(generator, layer)].register_forward_hook(set_maps)
    try:
        yield
    finally:
        handle.remove()


@torch.no_grad()
def activations(generator: Generator, layer: str, z: Tensor) -> Tensor:
    """The maps that latents [N, latent] lead to at `layer`: [N, maps, H, W]."""
    head = generator.net[: _index(generator, layer) + 1]
    return torch.cat([head(rows) for rows in _latents(generator, z).split(ROWS)])


@torch.no_grad()
def from_maps(
    generator: Generator, layer: str, found: Tensor, maps: Maps = (), value: Value = 0.0
) -> Tensor:
    """Pictures of maps [N, maps, H, W], some of which are set to `value` first.

    The same as `ablated`, for maps that `activations` computed once.
    """
    tail = generator.net[_index(generator, layer) + 1 :]
    chosen = _chosen(maps, map_count(generator, layer))
    return torch.cat([tail(_with(part, chosen, value)) for part in found.split(ROWS)])


def thickness(images: Tensor) -> Tensor:
    """Stroke width of pictures [N, 1, 28, 28] in pixels, [N]; 0 where there is no ink.

    2 A / P, A the ink and P the length of its edge, as in `control.attributes`.
    """
    ink = as_ink(images)
    return 2 * ink.sum((1, 2)) / edge_length(ink).clamp(min=1e-6)


def shows(images: Tensor) -> Tensor:
    """The digit that the shipped classifier reads in each picture, int64 [N]."""
    return metrics.classify(images)


@dataclass(frozen=True)
class MapEffects:
    """Effects of taking out each map of a layer alone, on the same n latents.

    thickness: in pixels, one for each map. classes: [map][digit], on the share of
    pictures that show the digit. changed: on the share that shows another digit than
    before. All intervals hold together with the probability that was asked for.
    """

    layer: str
    n: int
    thickness: list[Effect]
    classes: list[list[Effect]]
    changed: list[Effect]

    def strongest(self, k: int = 5) -> list[int]:
        """The k maps that change the thickness most, the strongest first."""
        return _largest(self.thickness, k)

    def strongest_class(self, digit: int, k: int = 5) -> list[int]:
        """The k maps that change the share of `digit` most, the strongest first."""
        return _largest([row[digit] for row in self.classes], k)


def map_effects(
    generator: Generator,
    layer: str,
    z: Tensor,
    value: Tensor | None = None,
    level: float = 0.95,
) -> MapEffects:
    """Take out the maps of `layer` one at a time; z: the latents [N, latent] of all.

    value: what a map is set to, [maps]; by default 0, which a map may never be. Its
    mean over latents keeps the network nearer to what it knows. Raises CourseError
    for a layer that is not there, and other latents.
    """
    found = activations(generator, layer, z)
    count = found.shape[1]
    values = torch.zeros(count) if value is None else value
    if values.shape != (count,):
        raise CourseError(f"Give one value for each map, [{count}].")
    plain = from_maps(generator, layer, found)
    thick, digits = thickness(plain), shows(plain)
    comparisons = count * 12  # thickness, ten digits and "changed", of each map
    rows = []
    for u in range(count):
        images = from_maps(generator, layer, found, u, values[u])
        now = shows(images)
        pairs = [(thick, thickness(images)), (torch.zeros_like(thick), now != digits)]
        pairs += [(digits == c, now == c) for c in range(10)]
        rows.append([effect(a, b, level, comparisons) for a, b in pairs])
    return MapEffects(
        layer,
        len(z),
        [row[0] for row in rows],
        [row[2:] for row in rows],
        [row[1] for row in rows],
    )


def set_effects(
    generator: Generator,
    layer: str,
    sets: Sequence[Maps],
    z: Tensor,
    value: Value = 0.0,
    level: float = 0.95,
) -> list[Effect]:
    """Effects on the thickness of taking out each set of maps at once, [len(sets)].

    Effects of single maps need not add up: the layers behind are not linear.
    """
    found = activations(generator, layer, z)
    before = thickness(from_maps(generator, layer, found))
    return [
        effect(
            before,
            thickness(from_maps(generator, layer, found, maps, value)),
            level,
            max(len(sets), 1),
        )
        for maps in sets
    ]


def _with(output: Tensor, chosen: list[int], value: Value) -> Tensor:
    """A copy of maps [N, C, H, W] in which the chosen have one value everywhere."""
    changed = output.clone()
    amount = torch.as_tensor(value, dtype=output.dtype)
    changed[:, chosen] = amount if amount.ndim == 0 else amount[:, None, None]
    return changed


def _largest(effects: list[Effect], k: int) -> list[int]:
    order = sorted(range(len(effects)), key=lambda u: -abs(effects[u].value))
    return order[:k]


def _index(generator: Generator, layer: str) -> int:
    found = layers(generator)
    if layer not in found:
        raise CourseError(
            f"There is no layer {layer!r} of maps; there are {', '.join(found)}."
        )
    return found[layer]


def _chosen(maps: Maps, count: int) -> list[int]:
    chosen = [maps] if isinstance(maps, int) else [int(u) for u in maps]
    if wrong := [u for u in chosen if not 0 <= u < count]:
        raise CourseError(
            f"There is no map {wrong[0]}; this layer has maps 0 to {count - 1}."
        )
    return chosen


@torch.no_grad()
def _shapes(generator: Generator) -> list[torch.Size]:
    """The shape after each layer of `net`, of one picture."""
    weight = next(generator.parameters())
    x, shapes = torch.zeros(1, generator.latent).to(weight), []
    was = generator.training
    generator.eval()  # one picture has no batch statistics
    for layer in generator.net:
        x = layer(x)
        shapes.append(x.shape)
    generator.train(was)
    return shapes


def _latents(generator: Generator, z: Tensor) -> Tensor:
    if generator.training:
        raise CourseError(
            "The generator is in training mode, where each picture depends on its"
            " batch: call generator.eval() first."
        )
    if z.ndim != 2:
        raise CourseError(f"Latents are [N, latent]; got shape {list(z.shape)}.")
    return validate.latents(z, generator.latent)
