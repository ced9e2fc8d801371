"""Exercise: the discriminator of the DCGAN, a network to build."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises import probing

exercise = Exercise(
    "05.dcgan_discriminator",
    order=44,
    title="The discriminator of the DCGAN",
    difficulty=3,
    minutes=15,
    idea="Two convolutions of stride 2 halve the side twice, from 28 to 14 to 7. A"
    " leaky ReLU and dropout follow each. One number is computed from the last maps.",
    formula="1 x 28 x 28 -> 64 x 14 x 14 -> 128 x 7 x 7 -> 6,272 numbers -> 1 logit. A"
    " 5 x 5 kernel with stride 2 and padding 2 halves an even side.",
    line="Write `return nn.Sequential(nn.Conv2d(1, 64, 5, 2, 2), nn.LeakyReLU(0.2),"
    " nn.Dropout(0.3), nn.Conv2d(64, 128, 5, 2, 2), nn.LeakyReLU(0.2), nn.Dropout(0.3),"
    " nn.Flatten(), nn.Linear(6272, 1))`.",
    variation="Put nn.MaxPool2d(2) behind convolutions of stride 1, and compare the"
    " time of a step.",
    agree=False,
    asks="network",
)

FIRST, SECOND, LAST = 64 * 25, 64 * 128 * 25, 128 * 49
SIZES = [SECOND, LAST, FIRST]
WEIGHTS = FIRST + SECOND + LAST + 64 + 128 + 1


@exercise.answer
def dcgan_discriminator() -> nn.Module:
    """Images [N, 1, 28, 28] to logits [N, 1], with dropout in training."""
    return nn.Sequential(
        nn.Conv2d(1, 64, 5, stride=2, padding=2),  # [N, 64, 14, 14]
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Conv2d(64, 128, 5, stride=2, padding=2),  # [N, 128, 7, 7]
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Flatten(),  # [N, 6272]
        nn.Linear(6272, 1),  # [N, 1]
    )


Facts = dict[str, object]
SHAPE = "[N, 1]"


@exercise.observe
def built(f) -> Facts:
    return facts(f)


def facts(f: Callable[[], object]) -> Facts:
    """What the network is and does, in words and numbers that its writing leaves."""
    D = probing.module(f()).eval()
    y = probing.output(D, torch.randn(4, 1, 28, 28), SHAPE)
    found: Facts = {
        "shape": list(y.shape),
        "parameters": probing.count(D),
        "sizes": probing.sizes(D),
    }
    if found["sizes"] != SIZES or found["parameters"] != WEIGHTS or y.numel() != 4:
        return found
    return {**found, **_in_evaluation(D), **_dropped(D.train())}


def _in_evaluation(D: nn.Module) -> Facts:
    """For constant weights: which pixels count, how often, and what bends."""
    ones = torch.ones(1, 1, 28, 28)
    picture = ones.clone().requires_grad_()
    _told(D, picture).sum().backward()
    assert picture.grad is not None
    with torch.no_grad():
        plain = _told(D, ones)
        bent = [_told(D, -ones, (1, -1, 1)), _told(D, ones, (1, -1, -1))]
        grown = _told(D, 2 * ones) / plain
        ends = [_told(D, ones, (1, 1, s)) for s in (-1e4, 1e4)]
        probing.shuffle_weights(D)
        x = torch.randn(6, 1, 28, 28)
        repeats = bool(torch.allclose(D(x), D(x)))
        alone = bool(torch.allclose(D(x[:1]), D(x)[:1], atol=1e-4))
    return {
        "unbounded": [bool(ends[0] < -2), bool(ends[1] > 2)],
        "slopes": [probing.tidy(one / plain) for one in bent],
        "in proportion": probing.tidy(grown, 1),
        "pixels": probing.pattern(picture.grad[0, 0], _counts()),
        "in evaluation": [repeats, alone],
    }


def _told(
    D: nn.Module, x: Tensor, signs: tuple[float, float, float] = (1, 1, 1)
) -> Tensor:
    """The logit of one image when each layer's weights are one number."""
    scaled = (signs[0] / 25, signs[1] / 1600, signs[2] / LAST)
    layers = (FIRST, SECOND, LAST)
    probing.set_weights(D, dict(zip(layers, scaled, strict=True)))
    return D(x).flatten()[0]


def _counts() -> list[Tensor]:
    """How often each pixel is read; layers may pad 2 and 1, or 1 and 2."""
    kernel, found = torch.ones(1, 1, 5, 5), []
    for starts in ((2, 2), (2, 1), (1, 2), (1, 1)):
        x = torch.ones(1, 1, 28, 28, requires_grad=True)
        y = x
        for start in starts:
            y = F.conv2d(F.pad(y, (start, 3 - start) * 2), kernel, stride=2)
        y.sum().backward()
        assert x.grad is not None
        found.append(x.grad[0, 0])
    return found


@torch.no_grad()
def _dropped(D: nn.Module) -> Facts:
    """The share that each dropout takes, read from the size of what it keeps."""
    probing.shuffle_weights(D)
    x = torch.randn(16, 1, 28, 28)
    size = D(x).std()
    probing.of_size(D, SECOND).mul_(10)
    larger = float(D(x).std() / size)
    x = torch.zeros(16, 1, 28, 28)
    second = _set(D, (0.0, 0.0, 1.0), one_output=True, bias=(0, 1))
    kept = [float(second(x).abs().max())]
    probing.of_size(D, 64, flat=True).fill_(1)
    probing.of_size(D, 128, flat=True).fill_(0)
    probing.of_size(D, SECOND).view(-1)[12] = 1  # the middle of the first kernel
    kept += [float(D(x).abs().max())]
    both = _set(D, (0.0, 0.0, 1.0), one_output=False, bias=(0, 0))
    probing.of_size(D, 128, flat=True)[0] = 1
    maps = bool((both(x) == 0).any())
    probing.of_size(D, 128, flat=True)[0] = 0
    probing.of_size(D, 64, flat=True).fill_(1)
    probing.of_size(D, SECOND).view(-1)[12] = 1
    first_maps = bool((D(x) == 0).any())
    shares = [1 - 1 / kept[0] if kept[0] else 1.0]
    shares += [1 - kept[0] / kept[1] if kept[1] else 1.0]
    return {
        "dropped": [probing.tidy(shares[1]), probing.tidy(shares[0])],
        "whole maps": [first_maps, maps],
        "larger by": [larger > 4],
    }


def _set(
    D: nn.Module,
    values: tuple[float, float, float],
    *,
    one_output: bool,
    bias: tuple[float, float],
) -> nn.Module:
    probing.set_weights(D, dict(zip((FIRST, SECOND, LAST), values, strict=True)))
    for size, value in zip((64, 128, 1), (*bias, 0), strict=True):
        probing.of_size(D, size, flat=True).fill_(value)
    if one_output:
        probing.of_size(D, LAST).view(-1)[1:] = 0
    return D


# what a right answer shows, and what is said where it does not; gravest first
WANTED: tuple[tuple[str, object, str], ...] = (
    (
        "unbounded",
        [True, True],
        "the output is a logit: it grows with the last layer's weights beyond -1 and"
        " 1.",
    ),
    (
        "in evaluation",
        [True, True],
        "in evaluation the same image gets the same logit each time, whatever images"
        " are judged beside it.",
    ),
    (
        "slopes",
        [0.2, 0.2],
        "behind both convolutions stands a leaky ReLU of slope 0.2: negative values"
        " keep a fifth of their size.",
    ),
    (
        "in proportion",
        2.0,
        "an image that is twice as bright has twice the logit, as long as biases are 0"
        " and values positive.",
    ),
    (
        "pixels",
        0,
        "strides halve the side, 28 to 14 to 7. With equal weights the gradient in a"
        " pixel says in how many windows it lies, and yours says other numbers.",
    ),
    (
        "larger by",
        [True],
        "no normalisation stands between the layers: in training, ten times larger"
        " kernels give logits that are about ten times larger.",
    ),
)


@exercise.must_hold
def layers_as_asked(f) -> bool | str:
    """Two strided convolutions, each with a leaky ReLU and dropout, and one number."""
    found = facts(f)
    if found["sizes"] != SIZES:
        sizes = ", ".join(f"{n:,}" for n in probing.sizes(probing.module(f())))
        return (
            f"your matrices and kernels have {sizes} entries; expected are {FIRST:,} (1"
            f" to 64 channels, 5 x 5), {SECOND:,} (64 to 128) and {LAST:,} (128 maps of"
            " 7 x 7 to one number)."
        )
    if found["parameters"] != WEIGHTS:
        return (
            f"your network has {found['parameters']:,} parameters; {WEIGHTS:,} are"
            " expected: the three matrices and 64 + 128 + 1 biases, without any"
            " normalisation."
        )
    if found["shape"] != [4, 1]:
        return f"four images became {found['shape']}; [4, 1] is expected."
    for key, want, says in WANTED:
        if not same(found[key], want):
            return says
    shares = found["dropped"]
    if shares != [0.3, 0.3]:
        return (
            "in training, dropout removes 0.3 of the values behind each convolution and"
            f" divides the others by 0.7. Measured shares behind the two: {shares}."
        )
    singly = found["whole maps"] == [False, False]
    return singly or "dropout removes single values and not whole maps."


@exercise.must_hold
def every_weight_learns(f) -> bool:
    """A gradient reaches every weight."""
    network = probing.module(f()).eval()
    return probing.learns(network, torch.randn(6, 1, 28, 28))


def variant(
    *,
    hidden: Callable[[], nn.Module] = lambda: nn.LeakyReLU(0.2),
    dropout: Callable[[], nn.Module] = lambda: nn.Dropout(0.3),
    between: tuple[Callable[[int], nn.Module], Callable[[int], nn.Module]]
    | None = None,
    end: tuple[nn.Module, ...] = (),
    kernel: int = 5,
    pool: Callable[[], nn.Module] | None = None,
    bias: bool = True,
) -> nn.Sequential:
    """The network, with switches for what is done otherwise."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(((1, 64), (64, 128))):
        stride, padding = (1 if pool else 2), kernel // 2
        layers += [nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias)]
        layers += [] if between is None else [between[i](outputs)]
        layers += [hidden(), *([pool()] if pool else []), dropout()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(6272, 1), *end)


@exercise.mistake(hint="idea")
def a_probability() -> nn.Module:
    """Your network ends in a sigmoid. The losses of this chapter take logits and apply
    the sigmoid themselves, so end in the linear layer."""
    return variant(end=(nn.Sigmoid(),))


@exercise.mistake(hint="idea")
def ends_in_tanh() -> nn.Module:
    """Your network ends in tanh, which belongs at the end of G. D's output is a logit
    without bounds: end in the linear layer."""
    return variant(end=(nn.Tanh(),))


@exercise.mistake(hint="formula")
def plain_relu() -> nn.Module:
    """You use ReLU, which passes no gradient where a value is negative, and G learns
    from D's gradients only. The exercise asks for nn.LeakyReLU(0.2) in D."""
    return variant(hidden=nn.ReLU)


@exercise.mistake(hint="formula")
def torchs_slope() -> nn.Module:
    """Your leaky ReLUs have torch's own slope, 0.01. Give them the slope that the
    exercise asks for: nn.LeakyReLU(0.2)."""
    return variant(hidden=nn.LeakyReLU)


@exercise.mistake(hint="formula")
def slope_of_the_tutorials() -> nn.Module:
    """Your leaky ReLUs have the slope 0.3, as in the `reference` preset; the exercise
    asks for 0.2."""
    return variant(hidden=lambda: nn.LeakyReLU(0.3))


@exercise.mistake(hint="idea")
def without_a_bend() -> nn.Module:
    """There is no leaky ReLU between your layers, so D is one linear map of the pixels.
    Put one behind each convolution."""
    return variant(hidden=nn.Identity)


@exercise.mistake(hint="formula")
def without_dropout() -> nn.Module:
    """Your network has no dropout. The exercise asks for nn.Dropout(0.3) behind each
    leaky ReLU."""
    return variant(dropout=nn.Identity)


@exercise.mistake(hint="formula")
def half_dropped() -> nn.Module:
    """Your dropout removes half of the values, which is torch's default; the exercise
    asks for nn.Dropout(0.3)."""
    return variant(dropout=nn.Dropout)


@exercise.mistake(hint="formula")
def whole_maps_dropped() -> nn.Module:
    """Your dropout removes whole maps (Dropout2d). The exercise asks for nn.Dropout,
    which removes single values."""
    return variant(dropout=lambda: nn.Dropout2d(0.3))


@exercise.mistake(hint="formula")
def dropped_once() -> nn.Module:
    """Dropout stands behind your second convolution only; the exercise asks for it
    behind both."""
    network = variant()
    network[2] = nn.Identity()
    return network


@exercise.mistake(hint="formula")
def dropped_first_only() -> nn.Module:
    """Dropout stands behind your first convolution only; the exercise asks for it
    behind both."""
    network = variant()
    network[5] = nn.Identity()
    return network


class _Always(nn.Module):
    """Dropout that evaluation mode does not switch off."""

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(x, 0.3)


@exercise.mistake(hint="idea")
def dropped_in_evaluation() -> nn.Module:
    """Your dropout is active in evaluation too, because F.dropout does not know the
    network's mode. Use nn.Dropout(0.3), or pass training=self.training."""
    return variant(dropout=_Always)


@exercise.mistake(hint="formula")
def pooled() -> nn.Module:
    """Your convolutions keep the side and max pooling halves it. The exercise asks for
    convolutions of stride 2, whose weights learn how to shrink."""
    return variant(pool=lambda: nn.MaxPool2d(2))


@exercise.mistake(hint="formula")
def averaged() -> nn.Module:
    """Your convolutions keep the side and average pooling halves it. The exercise asks
    for convolutions of stride 2, whose weights learn how to shrink."""
    return variant(pool=lambda: nn.AvgPool2d(2))


@exercise.mistake(hint="formula")
def normalised() -> nn.Module:
    """There is batch normalisation behind both convolutions. This D has none: the
    classic one regularises by dropout instead."""
    return variant(between=(nn.BatchNorm2d, nn.BatchNorm2d))


@exercise.mistake(hint="formula")
def normalised_behind_the_second() -> nn.Module:
    """There is batch normalisation behind your second convolution, as Radford et al.
    (2016) have it. This D has none: the classic one regularises by dropout instead."""
    return variant(between=(lambda _: nn.Identity(), nn.BatchNorm2d))


@exercise.mistake(hint="formula")
def three_by_three() -> nn.Module:
    """Your kernels are 3 x 3; the exercise asks for 5 x 5."""
    return variant(kernel=3)


@exercise.mistake(hint="formula")
def without_biases() -> nn.Module:
    """Your convolutions have no bias. No normalisation follows them here, so they keep
    it: leave `bias` as it is."""
    return variant(bias=False)


@exercise.mistake(hint="line")
def flat_logits() -> nn.Module:
    """Your logits come as [N]. The exercise asks for [N, 1], as the linear layer
    returns them; do not flatten or squeeze them."""
    return variant(end=(nn.Flatten(0),))


@exercise.mistake(hint="formula")
def two_classes() -> nn.Module:
    """Your last layer has two outputs, one for each class. One number suffices: the
    log-odds that the image is real."""
    network = variant()
    network[-1] = nn.Linear(6272, 2)
    return network


@exercise.mistake(hint="idea")
def one_more_hidden_layer() -> nn.Module:
    """A fully connected hidden layer stands before your last one. DCGAN has none: the
    maps of 7 x 7 lead directly to the logit."""
    layers = list(variant())[:-1]
    return nn.Sequential(
        *layers, nn.Linear(6272, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1)
    )


@exercise.mistake(hint="idea")
def maps_averaged() -> nn.Module:
    """You average each map before the last layer. That forgets where on the map
    something was seen; flatten the maps of 7 x 7 instead."""
    layers = list(variant())[:-2]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 1)
    )
