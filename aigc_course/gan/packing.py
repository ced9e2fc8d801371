"""Packing: D judges several samples at once, so that it sees when they are alike."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from aigc_course.errors import CourseError
from aigc_course.gan.networks import Discriminator

Layer = nn.Linear | nn.Conv2d


class Packed(Discriminator):
    """A discriminator of packs: `pack` samples side by side, one logit for all.

    The samples of a batch are joined on the feature or channel axis, and the whole pack
    is real or generated (Lin et al. 2018, PacGAN). A generator that has lost
    modes is found out by packs that are too much alike.

    discriminator: takes pack times as many features or channels as one sample has;
        `Packed.widened` makes it of one for single samples.
    Raises CourseError when pack is below 1 or does not divide D's inputs.
    """

    def __init__(self, discriminator: nn.Module, pack: int = 2) -> None:
        super().__init__([])
        self.net = discriminator  # type: ignore[assignment]
        self.pack = pack
        if pack < 1:
            raise CourseError(f"A pack holds at least one sample, not {pack}.")
        if (inputs := _inputs(first_layer(discriminator))) % pack:
            raise CourseError(
                f"This D takes {inputs} features or channels, which {pack} samples"
                f" cannot share evenly. {_HOW.format(pack=pack)}"
            )

    @classmethod
    def widened(cls, make: Callable[[], Discriminator], pack: int = 2) -> "Packed":
        """Packs for a D that `make` builds for single samples, its first layer widened.

        The wider layer is `pack` fresh first layers side by side, divided by the root
        of `pack`: hidden values then start with the spread they had before. Nothing
        else of D changes, as in the paper.
        """
        networks = [make() for _ in range(max(pack, 1))]
        _widen([first_layer(network) for network in networks])
        return cls(networks[0], pack)

    def forward(self, x: Tensor) -> Tensor:
        """Samples [N, C, ...] to logits [N / pack, 1], one for each pack.

        Raises CourseError when pack does not divide N, or D is made for other packs.
        """
        if len(x) % self.pack:
            raise CourseError(
                f"{len(x)} samples do not make whole packs of {self.pack}: choose a"
                " batch size that the pack divides."
            )
        # pack samples of C features are one of pack C features
        packs = x.unflatten(0, (-1, self.pack)).flatten(1, 2)  # [N / pack, pack C, ...]
        self._check(packs)
        return super().forward(packs)

    def _check(self, packs: Tensor) -> None:
        layer = first_layer(self.net)
        linear = isinstance(layer, nn.Linear)
        here = packs[0].numel() if linear else packs.shape[1]
        if here != _inputs(layer):
            what = "features" if linear else "channels"
            raise CourseError(
                f"A pack of {self.pack} such samples has {here} {what}, but this D"
                f" takes {_inputs(layer)}. {_HOW.format(pack=self.pack)}"
            )


_HOW = "Build it for {pack} times the inputs of one sample, or use gan.Packed.widened."


def first_layer(network: nn.Module) -> Layer:
    """The layer of weights that samples enter first; CourseError if there is none."""
    for layer in network.modules():
        if isinstance(layer, Layer):
            return layer
    raise CourseError("Packing needs a D of fully connected or convolutional layers.")


def _inputs(layer: Layer) -> int:
    return layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels


@torch.no_grad()
def _widen(layers: list[Layer]) -> None:
    """Join layers of one shape on their inputs, in the first of them."""
    first, pack = layers[0], len(layers)
    if parametrize.is_parametrized(first):
        raise CourseError("Pack a plain D, and normalise its weights afterwards.")
    weight = torch.cat([layer.weight for layer in layers], dim=1) / pack**0.5
    first.weight = nn.Parameter(weight)  # [outputs, pack inputs, ...]
    if isinstance(first, nn.Linear):
        first.in_features *= pack
    else:
        first.in_channels *= pack
