"""Exercise: the generator of the DCGAN, a network to build."""

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises import probing

exercise = Exercise(
    "05.dcgan_generator",
    order=42,
    title="The generator of the DCGAN",
    difficulty=4,
    minutes=25,
    idea="One fully connected layer makes 256 small maps of the latent. Three"
    " transposed convolutions follow: the first keeps the side 7, the others double it."
    " Between two layers stand a batch normalisation and a ReLU.",
    formula="100 -> 256 x 7 x 7 -> 128 x 7 x 7 -> 64 x 14 x 14 -> 1 x 28 x 28. With a 5"
    " x 5 kernel, stride 1 and padding 2 keep a side; stride 2, padding 2 and output"
    " padding 1 double it.",
    line="Start with nn.Linear(100, 256 * 7 * 7, bias=False), nn.Unflatten(1, (256, 7,"
    " 7)), nn.BatchNorm2d(256), nn.ReLU(); each of the next two steps is"
    " nn.ConvTranspose2d(inputs, outputs, 5, stride, 2, extra, bias=False),"
    " nn.BatchNorm2d(outputs), nn.ReLU(); the last is a ConvTranspose2d to one channel"
    " and nn.Tanh().",
    line_is_part="a dozen layers",
    variation="Build it once more with nn.Upsample(scale_factor=2) and an ordinary"
    " convolution in place of each transposed convolution of stride 2, and compare the"
    " samples of both after equally many steps.",
    agree=False,
    asks="network",
)

FULL, FIRST, SECOND, LAST = 100 * 12544, 256 * 128 * 25, 128 * 64 * 25, 64 * 25
SIZES = [FULL, FIRST, SECOND, LAST]
WEIGHTS = FULL + FIRST + SECOND + LAST + 2 * (256 + 128 + 64) + 1


@exercise.answer
def dcgan_generator() -> nn.Module:
    """Latents [N, 100] to images [N, 1, 28, 28] in [-1, 1] (Radford et al. 2016)."""
    return nn.Sequential(
        nn.Linear(100, 256 * 7 * 7, bias=False),  # [N, 12544]
        nn.Unflatten(1, (256, 7, 7)),  # [N, 256, 7, 7]
        nn.BatchNorm2d(256),
        nn.ReLU(),
        nn.ConvTranspose2d(256, 128, 5, 1, 2, bias=False),  # [N, 128, 7, 7]
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 5, 2, 2, 1, bias=False),  # [N, 64, 14, 14]
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 5, 2, 2, 1),  # [N, 1, 28, 28]
        nn.Tanh(),
    )


Facts = dict[str, object]
SHAPE = "[N, 1, 28, 28]"


@exercise.observe
def built(f) -> Facts:
    return facts(f)


def facts(f: Callable[[], object]) -> Facts:
    """What the network is and does, in words and numbers that its writing leaves."""
    G = probing.module(f()).eval()
    y = probing.output(G, torch.randn(4, 100), SHAPE)
    found: Facts = {
        "shape": list(y.shape),
        "parameters": probing.count(G),
        "sizes": probing.sizes(G),
    }
    right_shape = found["shape"] == [4, 1, 28, 28]
    if found["sizes"] == SIZES and right_shape:
        found["normalised by the batch"] = _by_the_batch(deepcopy(G).train())
    if found["sizes"] != SIZES or found["parameters"] != WEIGHTS or not right_shape:
        return found
    return {**found, **_in_evaluation(G), **_in_training(G.train())}


@torch.no_grad()
def _by_the_batch(G: nn.Module) -> bool:
    """Whether an image depends on the other latents of its batch."""
    z = torch.randn(6, 100)
    other = torch.cat([z[:3], torch.randn(3, 100)])
    return not torch.allclose(G(z)[:3], G(other)[:3], atol=1e-5)


def _in_evaluation(G: nn.Module) -> Facts:
    """For constant weights, with the statistics of a fresh normalisation: 0 and 1."""
    plain = _before_tanh(_image(G))
    signs = ((-1, -1, 1, 1), (1, -1, -1, 1), (1, 1, -1, -1))
    bent = [_before_tanh(_image(G, *s)).mean() / plain.mean() for s in signs]
    twice = _before_tanh(_image(G, 2, 1, 1, 1)).mean() / plain.mean()
    ends = _image(G, 1, 1, 1, -3e4).min(), _image(G, 1, 1, 1, 3e4).max()
    return {
        "range": [
            max(-9.0, probing.tidy(ends[0], 1)),
            min(9.0, probing.tidy(ends[1], 1)),
        ],
        "slopes": [probing.tidy(slope) for slope in bent],
        "in proportion": probing.tidy(twice, 1),
        "stamps": probing.pattern(plain, _patterns()),
    }


@torch.no_grad()
def _image(G: nn.Module, *signs: float) -> Tensor:
    """The image [28, 28] when each layer's weights are one number."""
    s = signs or (1, 1, 1, 1)
    scaled = (s[0], s[1] / (256 * 25), s[2] / (128 * 25), s[3] / (64 * 25))
    layers = (FULL, FIRST, SECOND, LAST)
    probing.set_weights(G, dict(zip(layers, scaled, strict=True)))
    return G(torch.full((1, 100), 0.01))[0, 0]


def _before_tanh(image: Tensor) -> Tensor:
    return torch.atanh(image.double().clamp(-1 + 1e-12, 1 - 1e-12)).float()


def _patterns() -> list[Tensor]:
    """How often each pixel is written; layers may cut 2 and 1 off their two ends."""
    ones, kernel = torch.ones(1, 1, 7, 7), torch.ones(1, 1, 5, 5)
    seven = F.conv_transpose2d(ones, kernel, stride=1, padding=2)
    found = []
    for cuts in ((2, 2), (2, 1), (1, 2), (1, 1)):
        x = seven
        for start in cuts:
            side = 2 * x.shape[-1]
            wide = F.conv_transpose2d(x, kernel, stride=2)
            x = wide[..., start : start + side, start : start + side]
        found.append(x[0, 0])
    return found


def _in_training(G: nn.Module) -> Facts:
    """Batch norm: what it makes of larger weights, of other samples, of a shift."""
    probing.shuffle_weights(G, gain=1.5)
    z = 3 * torch.randn(6, 100)
    with torch.no_grad():
        once, again = G(z), G(z)
        others = G(torch.cat([z[:3], torch.randn(3, 100)]))[:3]
        norms = [_scale_is_removed(G, z, size) for size in SIZES]
        first = [_dead(G, z, size) for size in (256, 128, 64)]
        G.eval()
        alone = bool(torch.allclose(G(z[:1]), G(z)[:1], atol=1e-4))
    batch = not torch.allclose(once[:3], others, atol=1e-4)
    return {
        "repeats": bool(torch.allclose(once, again, atol=1e-4)),
        "normalised": norms,
        "by the batch": [batch, alone],
        "norm before ReLU": first,
    }


def _scale_is_removed(G: nn.Module, z: Tensor, size: int) -> bool:
    before = G(z)
    weight = probing.of_size(G, size)
    weight.mul_(10)
    after = G(z)
    weight.div_(10)
    return bool(torch.allclose(before, after, atol=0.01))


def _dead(G: nn.Module, z: Tensor, size: int) -> bool:
    """Whether a very low shift of this normalisation switches its ReLUs off."""
    shifts = [w for w in G.parameters() if w.ndim == 1 and w.numel() == size]
    shifts = [w for w in shifts if not w.any()]
    for w in shifts:
        w.fill_(-1000.0)
    spread = float(G(z).std())
    for w in shifts:
        w.zero_()
    return spread < 1e-4


# what a right answer shows, and what is said where it does not; gravest first
WANTED: tuple[tuple[str, object, str], ...] = (
    (
        "range",
        [-1.0, 1.0],
        "the output comes as near to -1 and to 1 as you like and never passes them, as"
        " tanh does, with nothing between the last layer and tanh.",
    ),
    (
        "slopes",
        [0.0, 0.0, 0.0],
        "behind each of the first three layers stands a ReLU, which turns negative"
        " values into 0.",
    ),
    (
        "in proportion",
        2.0,
        "between the layers positive values pass unchanged, as they do in a ReLU.",
    ),
    (
        "stamps",
        0,
        "the three transposed convolutions have the strides 1, 2 and 2 and the sides 7,"
        " 14 and 28. With equal weights the image shows how many stamps meet in each"
        " pixel, and yours shows other numbers.",
    ),
    (
        "repeats",
        True,
        "the same latents give the same images twice: all randomness comes from z.",
    ),
    (
        "normalised",
        [True, True, True, False],
        "behind each of the first three layers stands a batch normalisation, so that"
        " ten times larger weights change nothing in training; behind the last layer"
        " there is none.",
    ),
    (
        "by the batch",
        [True, True],
        "in training an image depends on the other latents of its batch, since the"
        " statistics are taken over the batch; in evaluation it does not.",
    ),
    (
        "norm before ReLU",
        [True, True, True],
        "each normalisation stands before its ReLU, so that a low shift switches the"
        " ReLU off.",
    ),
)


@exercise.must_hold
def layers_as_asked(f) -> bool | str:
    """Four layers with weights, three normalisations and ReLUs, and tanh at the end."""
    found = facts(f)
    if found["sizes"] != SIZES:
        sizes = ", ".join(f"{n:,}" for n in probing.sizes(probing.module(f())))
        return (
            f"your matrices and kernels have {sizes} entries; expected are {FULL:,}"
            f" (100 to 256 maps of 7 x 7), {FIRST:,} (256 to 128 channels, 5 x 5),"
            f" {SECOND:,} (128 to 64) and {LAST:,} (64 to 1)."
        )
    if found["shape"] != [4, 1, 28, 28]:
        return f"four latents became {found['shape']}; [4, 1, 28, 28] is expected."
    if found["parameters"] != WEIGHTS:
        return (
            f"your network has {found['parameters']:,} parameters; {WEIGHTS:,} are"
            " expected. Beside the four matrices there are 2 (256 + 128 + 64) gains and"
            " shifts of the normalisations and 1 bias, in the last layer."
        )
    amiss = (says for key, want, says in WANTED if not same(found[key], want))
    return next(amiss, True)


@exercise.must_hold
def every_weight_learns(f) -> bool:
    """A gradient reaches every weight."""
    return probing.learns(probing.module(f()), torch.randn(6, 100))


Hidden = Callable[[], nn.Module]


def variant(
    *,
    strides: tuple[int, ...] = (1, 2, 2),
    kernel: int = 5,
    hidden: Hidden = nn.ReLU,
    norm: Callable[[int], nn.Module] = nn.BatchNorm2d,
    bias: bool = False,
    end: tuple[nn.Module, ...] = (nn.Tanh(),),
    widths: tuple[int, ...] = (256, 128, 64, 1),
    late: bool = False,
    first: tuple[nn.Module, ...] = (),
) -> nn.Sequential:
    """The network, with switches for what is done otherwise. late: ReLU, then norm."""
    layers: list[nn.Module] = [nn.Linear(100, 49 * widths[0], bias=bias), *first]
    layers += [nn.Unflatten(1, (widths[0], 7, 7))]
    padding = (kernel - 1) // 2
    for i, stride in enumerate(strides):
        between = [norm(widths[i]), hidden()]
        layers += between[::-1] if late else between
        extra = 2 * padding + stride - kernel
        last = i == len(strides) - 1
        layers += [
            nn.ConvTranspose2d(
                widths[i],
                widths[i + 1],
                kernel,
                stride,
                padding,
                extra,
                bias=bias or last,
            )
        ]
    return nn.Sequential(*layers, *end)


@exercise.mistake(hint="idea")
def without_a_bend() -> nn.Module:
    """There is no ReLU between your layers. In evaluation the normalisations are linear
    too, so the whole network before tanh is one linear map: put a ReLU behind each
    normalisation."""
    return variant(hidden=nn.Identity)


@exercise.mistake(hint="formula")
def leaky() -> nn.Module:
    """You use leaky ReLUs with slope 0.2. The exercise asks for ReLU in G and keeps the
    leak for D, as Radford et al. (2016) do."""
    return variant(hidden=lambda: nn.LeakyReLU(0.2))


@exercise.mistake(hint="formula")
def slightly_leaky() -> nn.Module:
    """You use leaky ReLUs with torch's slope, 0.01; the exercise asks for nn.ReLU in
    G."""
    return variant(hidden=nn.LeakyReLU)


@exercise.mistake(hint="formula")
def leaky_as_in_tutorials() -> nn.Module:
    """You use leaky ReLUs with slope 0.3, as the `reference` preset does; the exercise
    asks for nn.ReLU in G."""
    return variant(hidden=lambda: nn.LeakyReLU(0.3))


@exercise.mistake(hint="idea")
def without_norm() -> nn.Module:
    """Your network has no batch normalisation. The exercise asks for one behind each of
    the first three layers, before the ReLU."""
    return variant(norm=lambda _: nn.Identity())


@exercise.mistake(hint="formula")
def norm_without_gains() -> nn.Module:
    """Your batch normalisations have no gains and shifts (`affine=False`). The exercise
    asks for the usual ones, which are learnt: leave `affine` as it is."""
    return variant(norm=lambda maps: nn.BatchNorm2d(maps, affine=False))


@exercise.mistake(hint="formula")
def cut_off_at_the_ends() -> nn.Module:
    """Your output is cut off at -1 and 1, as Hardtanh does; where it is cut off, G gets
    no gradient. The exercise asks for nn.Tanh()."""
    return variant(end=(nn.Hardtanh(),))


@exercise.mistake(hint="formula")
def with_biases() -> nn.Module:
    """Your layers before a normalisation have biases, which the normalisation removes
    at once: they never matter and are never learnt. Give these three layers bias=False;
    the last layer keeps its bias."""
    return variant(bias=True)


@exercise.mistake(hint="formula")
def last_without_bias() -> nn.Module:
    """Your last layer has no bias either. No normalisation follows it, so its bias is
    needed: most of a digit's pixels are near -1."""
    network = variant()
    network[-2] = nn.ConvTranspose2d(64, 1, 5, 2, 2, 1, bias=False)
    return network


@exercise.mistake(hint="formula")
def normalised_at_the_end() -> nn.Module:
    """A batch normalisation stands before your tanh. DCGAN leaves it out there, because
    it would fix the mean and the contrast of every batch of images."""
    return variant(end=(nn.BatchNorm2d(1), nn.Tanh()))


@exercise.mistake(hint="formula")
def ends_in_sigmoid() -> nn.Module:
    """Your output lies in [0, 1]: it ends in a sigmoid. The real images lie in [-1, 1],
    so use tanh."""
    return variant(end=(nn.Sigmoid(),))


@exercise.mistake(hint="formula")
def unbounded() -> nn.Module:
    """Nothing bounds your output. Images lie in [-1, 1]: end in nn.Tanh()."""
    return variant(end=())


@exercise.mistake(hint="idea")
def relu_at_the_end() -> nn.Module:
    """A ReLU stands before your tanh, so no pixel is below 0 and the background can
    never be black. Put nothing between the last layer and tanh."""
    return variant(end=(nn.ReLU(), nn.Tanh()))


@exercise.mistake(hint="formula")
def doubled_too_early() -> nn.Module:
    """Your strides are 2, 2 and 1. The exercise asks for 1, 2 and 2: first 128 maps of
    side 7, then 64 of side 14."""
    return variant(strides=(2, 2, 1))


@exercise.mistake(hint="formula")
def doubled_first_and_last() -> nn.Module:
    """Your strides are 2, 1 and 2. The exercise asks for 1, 2 and 2: first 128 maps of
    side 7, then 64 of side 14."""
    return variant(strides=(2, 1, 2))


@exercise.mistake(hint="formula")
def four_by_four() -> nn.Module:
    """Your kernels are 4 x 4, as in the `fast` networks; the exercise asks for 5 x
    5."""
    network = variant(strides=(2, 2), widths=(256, 128, 64))
    layers: list[nn.Module] = [nn.ConvTranspose2d(256, 128, 3, 1, 1, bias=False)]
    layers += [nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False)]
    layers += [nn.ConvTranspose2d(64, 1, 4, 2, 1)]
    start = list(network)[:4]
    middle = [nn.BatchNorm2d(128), nn.ReLU(), layers[1], nn.BatchNorm2d(64), nn.ReLU()]
    return nn.Sequential(*start, layers[0], *middle, layers[2], nn.Tanh())


class _Resized(nn.Module):
    """Nearest neighbours, then an ordinary convolution."""

    def __init__(self, inputs: int, outputs: int, bias: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 5, padding=2, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2))


@exercise.mistake(hint="formula")
def enlarged_and_convolved() -> nn.Module:
    """You enlarge by repeating pixels and then convolve. That is a good alternative,
    without a checkerboard; the exercise asks for transposed convolutions of stride
    2."""
    network = variant()
    network[7], network[10] = _Resized(128, 64, False), _Resized(64, 1, True)
    return network


@exercise.mistake(hint="formula")
def relu_then_norm() -> nn.Module:
    """Your ReLUs stand before the normalisations. DCGAN normalises first, so that about
    half of the values of each channel pass the ReLU."""
    return variant(late=True)


@exercise.mistake(hint="formula")
def each_image_alone() -> nn.Module:
    """You normalise each image by itself (InstanceNorm, GroupNorm or LayerNorm). The
    exercise asks for batch normalisation, whose statistics belong to a channel over
    the batch."""
    return variant(norm=lambda n: nn.InstanceNorm2d(n, affine=True))


@exercise.mistake(hint="formula")
def every_unit_normalised() -> nn.Module:
    """You normalise 12,544 values one by one before they become maps. The exercise asks
    for a normalisation of the 256 maps: reshape first, then nn.BatchNorm2d(256)."""
    layers = list(variant())
    layers[1:3] = [nn.BatchNorm1d(12544), layers[1]]
    return nn.Sequential(*layers)


@exercise.mistake(hint="idea")
def one_more_hidden_layer() -> nn.Module:
    """There is a fully connected hidden layer before the maps. DCGAN has none: one
    layer leads from the latent to the 256 maps."""
    hidden = [nn.Linear(100, 100), nn.ReLU()]
    return nn.Sequential(*hidden, *variant())


@exercise.mistake(hint="idea")
def noise_inside() -> nn.Module:
    """There is dropout in your generator, so equal latents give different images. The
    exercise asks for none in G; all randomness comes from z."""
    return nn.Sequential(
        *variant(hidden=lambda: nn.Sequential(nn.ReLU(), nn.Dropout(0.3)))
    )
