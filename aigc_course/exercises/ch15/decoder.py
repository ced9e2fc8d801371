"""Exercise on style: a decoder from features to pictures, a network to build."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise

MOST = 120_000  # weights
CHANNELS, SIDE = 48, 14

exercise = Exercise(
    "15.decoder",
    order=62,
    title="From features back to pictures",
    difficulty=4,
    minutes=20,
    idea="The features lie on a grid of 14 x 14, the pixels on one of 28 x 28. Mix"
    " neighbouring places by convolutions with a ReLU, and double the side once.",
    formula="features [48, 14, 14] -> convolution, ReLU -> convolution, ReLU -> four"
    " numbers for each place, laid out as 2 x 2 pixels -> [1, 28, 28].",
    line="`conv = lambda out: nn.Conv2d(48, out, 3, padding=1)` and `return"
    " nn.Sequential(conv(48), nn.ReLU(), conv(48), nn.ReLU(), conv(4),"
    " nn.PixelShuffle(2))`.",
    variation="Decode from the features at 7 x 7 (`transfer.maps(batch, [3])`), and see"
    " which details are lost.",
    agree=False,
    asks="network",
)


@exercise.answer
def decoder() -> nn.Module:
    """A module from features [N, 48, 14, 14], not negative, to pictures [N, 1, 28, 28].

    At least one layer is nonlinear, each pixel depends on features of neighbouring
    places, and pixels can be negative. At most 120,000 weights.
    """
    layers: list[nn.Module] = [nn.Conv2d(48, 48, 3, padding=1), nn.ReLU()]
    layers += [nn.Conv2d(48, 48, 3, padding=1), nn.ReLU()]
    layers += [nn.Conv2d(48, 4, 3, padding=1), nn.PixelShuffle(2)]
    return nn.Sequential(*layers)


def features(n: int) -> Tensor:
    """Random features [n, 48, 14, 14] as after a ReLU."""
    return torch.randn(n, CHANNELS, SIDE, SIDE).relu()


@exercise.observe
def facts(f) -> dict[str, object]:
    network = f()
    if not isinstance(network, nn.Module):
        raise AssertionError(
            f"The function returned {kind(network)}; a torch.nn.Module is expected."
        )
    if not list(network.parameters()):
        return {"weights": 0}
    network.eval()
    F = features(5)
    pictures = network(F)
    shape = list(pictures.shape) if isinstance(pictures, Tensor) else []
    if shape != [5, 1, 28, 28]:
        return {"shape": shape}
    weights: list[Tensor] = list(network.parameters())
    reached = _slopes(pictures, weights)
    blocks = pictures.detach().unfold(2, 2, 2).unfold(3, 2, 2)  # [5, 1, 14, 14, 2, 2]
    return {
        "shape": shape,
        "idle weights": any(slope is None for slope in reached)
        or not all(weight.requires_grad for weight in weights),
        "one by one": same(network(F[2:3]).detach(), pictures[2:3].detach(), 1e-3),
        "equal blocks": same(
            blocks, blocks.mean((4, 5), keepdim=True).expand_as(blocks), 1e-4
        ),
        **_places(network),
        **_shape_of_the_map(network, F),
    }


def _slopes(output: Tensor, weights: list[Tensor]) -> list[Tensor | None]:
    if not output.requires_grad:
        return [None]
    wanted = [weight for weight in weights if weight.requires_grad]
    total = output.square().sum()
    return list(torch.autograd.grad(total, wanted, allow_unused=True))


def _places(network: nn.Module) -> dict[str, object]:
    """Which places a pixel in the middle depends on."""
    F = features(4).requires_grad_()
    middle = network(F)[:, :, 14:16, 14:16].sum()  # one place is 2 x 2 pixels
    if not middle.requires_grad:
        return {"sees places": "none"}
    (slope,) = torch.autograd.grad(middle, F, allow_unused=True)
    if slope is None or not slope.any():
        return {"sees places": "none"}
    size = slope.abs().sum((0, 1))  # [14, 14]
    if int((size > 1e-4 * size.max()).sum()) <= 1:
        return {"sees places": "its own"}
    spread = float(size.std() / size.mean())
    if spread < 0.3:  # no place counts more: their mean, or a fully connected layer
        return {"sees places": "a mean" if spread < 1e-3 else "all alike"}
    return {"sees places": "neighbours"}


def _shape_of_the_map(network: nn.Module, F: Tensor) -> dict[str, object]:
    """Whether it bends, and which values it can take."""
    with torch.no_grad():
        none, one, two = (network(times * F) for times in (0.0, 1.0, 2.0))
        bends = not same(two - none, 2 * (one - none), 1e-3)
        for weight in network.parameters():
            weight.mul_(10 if weight.ndim > 1 else 1)
        loud = network(F)
    return {
        "bends": bends,
        "below 0": bool((loud < -1e-4).any()),
        "above 1": bool((loud > 1.001).any()) or bool((loud < -1.001).any()),
    }


def fact(f, name: str) -> object:
    """One fact; None where the network is too far off for it."""
    return facts(f).get(name)


@exercise.must_hold
def has_weights(f) -> bool:
    """The module has weights that `parameters()` lists."""
    return bool(list(f().parameters()))


@exercise.must_hold
def shape(f) -> str | None:
    """Features of five pictures give pictures [5, 1, 28, 28]."""
    found = fact(f, "shape")
    if found == [5, 1, 28, 28]:
        return None
    return f"features of five pictures give [5, 1, 28, 28]; yours give {found}."


@exercise.must_hold
def details(f) -> bool:
    """The four pixels of a place can differ: the last layer comes after the doubling,
    or decides on four numbers for each place."""
    return fact(f, "equal blocks") is False


@exercise.must_hold
def neighbours(f) -> str | None:
    """A pixel depends on features at its place and at neighbouring places, and more on
    near ones than on all alike."""
    found = fact(f, "sees places")
    return None if found == "neighbours" else neighbours.__doc__


@exercise.must_hold
def bends(f) -> bool:
    """The map is not linear: twice the features do not give twice the change."""
    return fact(f, "bends") is True


@exercise.must_hold
def dark_pixels(f) -> bool:
    """Pixels can be negative: black is -1."""
    return fact(f, "below 0") is True


@exercise.must_hold
def pictures_apart(f) -> bool:
    """In evaluation mode a picture depends on its own features only."""
    return fact(f, "one by one") is True


@exercise.must_hold
def all_weights_learn(f) -> bool:
    """A gradient reaches every weight."""
    return fact(f, "idle weights") is False


@exercise.must_hold
def ready_to_learn(f) -> bool:
    """The module comes in training mode, as a new module does."""
    return f().training


@exercise.must_hold
def small_enough(f) -> str | None:
    """There are at most 120,000 weights."""
    count = sum(weight.numel() for weight in f().parameters())
    if count <= MOST:
        return None
    return (
        f"there are at most {MOST:,} weights; yours has {count:,}. Convolutions need"
        " few, fully connected layers many."
    )


class Way(nn.Module):
    """The reference's layers, and `way(self, F)` in place of its forward pass."""

    def __init__(
        self,
        way: Callable[["Way", Tensor], Tensor],
        out: int = 4,
        act: type[nn.Module] = nn.ReLU,
        kernel: int = 3,
    ) -> None:
        super().__init__()
        first, last = (
            nn.Conv2d(48, outputs, kernel, padding=kernel // 2) for outputs in (48, out)
        )
        self.body = nn.Sequential(first, act(), last)
        self.shuffle, self.way = nn.PixelShuffle(2), way

    def forward(self, F: Tensor) -> Tensor:
        return self.way(self, F)


def _usual(net: Way, F: Tensor) -> Tensor:
    return net.shuffle(net.body(F))


@exercise.mistake(hint="formula")
def half_the_side() -> nn.Module:
    """Your pictures have 14 x 14 pixels, one for each place of the features. Double the
    side once: nn.PixelShuffle(2), a transposed convolution, or nn.Upsample."""
    return Way(lambda net, F: net.body(F), out=1)


@exercise.mistake(hint="formula")
def four_maps_unshuffled() -> nn.Module:
    """You return four maps of 14 x 14. They are the pixels of 2 x 2 blocks: lay them
    out by nn.PixelShuffle(2)."""
    return Way(lambda net, F: net.body(F))


@exercise.mistake(hint="formula")
def rows_of_pixels() -> nn.Module:
    """Your pictures are rows of 784 numbers; give them the shape [N, 1, 28, 28]."""
    return Way(lambda net, F: _usual(net, F).flatten(1))


@exercise.mistake(hint="idea")
def without_a_bend() -> nn.Module:
    """No layer of yours is nonlinear, so together they are one linear map. Put a
    ReLU behind every layer but the last."""
    return Way(_usual, act=nn.Identity)


@exercise.mistake(hint="formula")
def between_nought_and_one() -> nn.Module:
    """Your pixels lie between 0 and 1, by a sigmoid or the like. Pictures here lie in
    [-1, 1]: leave the end linear, or take tanh."""
    return Way(lambda net, F: _usual(net, F).sigmoid())


@exercise.mistake(hint="formula")
def ends_in_relu() -> nn.Module:
    """Your last layer is followed by a ReLU, so no pixel is darker than middle grey.
    Leave the end linear, or take tanh."""
    return Way(lambda net, F: _usual(net, F).relu())


@exercise.mistake(hint="idea")
def doubled_at_the_end() -> nn.Module:
    """The side is doubled after the last layer, so each pixel stands four times and no
    line is thinner than two. Let a layer follow the doubling."""

    def way(net: Way, F: Tensor) -> Tensor:
        return nn.functional.interpolate(net.body(F), scale_factor=2)

    return Way(way, out=1)


@exercise.mistake(hint="idea")
def each_place_by_itself() -> nn.Module:
    """A pixel of yours sees the features of its own place only, by kernels of 1 x 1.
    A stroke is seen in its neighbourhood: take kernels of 3 x 3."""
    return Way(_usual, kernel=1)


@exercise.mistake(hint="idea")
def places_averaged() -> nn.Module:
    """You average the features over all places, so where the strokes were is lost. Keep
    the grid of 14 x 14."""

    def way(net: Way, F: Tensor) -> Tensor:
        return _usual(net, F.mean((2, 3), keepdim=True).expand_as(F))

    return Way(way)


@exercise.mistake(hint="formula")
def layers_in_a_list() -> nn.Module:
    """Your module lists no weights: a plain Python list hides layers from
    `parameters()`. Use nn.Sequential or nn.ModuleList."""

    class Hidden(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [decoder()]

        def forward(self, F: Tensor) -> Tensor:
            return self.layers[0](F)

    return Hidden()
