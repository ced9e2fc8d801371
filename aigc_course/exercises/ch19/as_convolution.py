"""Exercise on a transposed convolution as a convolution and a pixel shuffle."""

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.as_convolution",
    order=50,
    title="The same layer in other words",
    difficulty=5,
    minutes=30,
    asks="derive",
    idea="Input pixel u reaches output pixel t = 2u - 1 + k. Write t = 2m + a with a ="
    " 0 or 1, and u = m + d. Find the k that go with d = -1, 0, 1, for each a.",
    formula="k = a + 1 - 2d, and only 0 <= k <= 3 exists. Pixel shuffle takes channel"
    " 4c + 2a + b to row 2m + a and column 2n + b of channel c.",
    line="Write `inputs, outputs = weight.shape[:2]`, then `K ="
    " weight.new_zeros(outputs, 2, 2, inputs, 3, 3)`, then `for a, b, d, e in"
    " itertools.product((0, 1), (0, 1), (-1, 0, 1), (-1, 0, 1)): k, l = a + 1 - 2 * d,"
    " b + 1 - 2 * e; K[:, a, b, :, 1 + d, 1 + e] = weight[:, :, k, l].T if 0 <= k < 4"
    " and 0 <= l < 4 else 0`, then `return K.reshape(4 * outputs, inputs, 3, 3)`.",
    variation="Count the weights of K that are 0, and say how many multiplications the"
    " new layer does for each one of the old layer.",
)


@exercise.answer
def as_convolution(weight: Tensor) -> Tensor:
    """The weight [4 C_out, C_in, 3, 3] of the convolution that replaces the layer.

    weight: [C_in, C_out, 4, 4], of a transposed convolution with stride 2 and padding
    1. A convolution with padding 1 and the new weight, followed by a pixel shuffle by
    2, gives the same output.
    """
    inputs, outputs = weight.shape[:2]
    kernel = weight.new_zeros(outputs, 2, 2, inputs, 3, 3)
    for a in range(2):
        for d in (-1, 0, 1):
            for b in range(2):
                for e in (-1, 0, 1):
                    k, m = a + 1 - 2 * d, b + 1 - 2 * e
                    if 0 <= k < 4 and 0 <= m < 4:
                        kernel[:, a, b, :, 1 + d, 1 + e] = weight[:, :, k, m].T
    return kernel.reshape(4 * outputs, inputs, 3, 3)


@exercise.inputs
def weights() -> list[tuple[Tensor]]:
    return [
        (torch.randn(1, 1, 4, 4),),
        (torch.randn(3, 2, 4, 4),),
        (torch.randn(2, 2, 4, 4),),
    ]


@exercise.must_hold
def gives_the_same_pictures(f) -> bool:
    """Convolution and pixel shuffle give what the transposed convolution gives, at the
    border too."""
    weight, x = torch.randn(3, 2, 4, 4), torch.randn(2, 3, 5, 6)
    want = F.conv_transpose2d(x, weight, stride=2, padding=1)
    kernel = torch.as_tensor(f(weight)).float()
    if kernel.shape != (8, 3, 3, 3):
        return False
    return same(F.pixel_shuffle(F.conv2d(x, kernel, padding=1), 2), want, 1e-3)


@exercise.must_hold
def keeps_every_weight(f) -> bool:
    """Every weight is used exactly once: the sums agree."""
    weight = torch.randn(2, 3, 4, 4)
    return same(torch.as_tensor(f(weight)).float().sum(), weight.sum(), 1e-3)


def _made(weight, index, order="cabi", clamp=False, wrap=False) -> Tensor:
    """The kernel by an index (phase, shift) -> k, its axes in an order."""
    inputs, outputs = weight.shape[:2]
    kernel = weight.new_zeros(outputs, 2, 2, inputs, 3, 3)
    for a in range(2):
        for b in range(2):
            for i in range(3):
                for j in range(3):
                    k, m = index(a, i - 1), index(b, j - 1)
                    if clamp:
                        k, m = min(max(k, 0), 3), min(max(m, 0), 3)
                    if wrap:
                        k, m = (4 + n if n < 0 else n for n in (k, m))
                    if 0 <= k < 4 and 0 <= m < 4:
                        kernel[:, a, b, :, i, j] = weight[:, :, k, m].T
    if order == "abci":
        kernel = kernel.permute(1, 2, 0, 3, 4, 5)
    if order == "cbai":
        kernel = kernel.transpose(1, 2)
    return kernel.reshape(4 * outputs, inputs, 3, 3)


def _k(phase: int, shift: int) -> int:
    return phase + 1 - 2 * shift


@exercise.mistake(hint="formula")
def turned_round(weight):
    """Your kernel is turned round: you use k = a + 1 + 2d. The input pixel u = m + d
    with a larger d has the smaller k."""
    return _made(weight, lambda a, d: a + 1 + 2 * d)


@exercise.mistake(hint="formula")
def padding_forgotten(weight):
    """You use k = a - 2d, which is the layer without padding. Padding 1 shifts the
    output by one pixel: k = a + 1 - 2d."""
    return _made(weight, lambda a, d: a - 2 * d)


@exercise.mistake(hint="formula")
def phases_first(weight):
    """Your channels are in the order phase, channel. Pixel shuffle wants the four
    phases of one channel side by side: 4c + 2a + b."""
    return _made(weight, _k, order="abci")


@exercise.mistake(hint="formula")
def rows_and_columns(weight):
    """You exchanged a and b in the order of the channels, so the columns are
    shuffled into rows. Channel 4c + 2a + b holds row phase a."""
    return _made(weight, _k, order="cbai")


@exercise.mistake(hint="idea")
def index_wraps(weight):
    """Where k is -1 you use a weight all the same: in Python the index -1 is the last
    one. Those entries are 0."""
    return _made(weight, _k, wrap=True)


@exercise.mistake(hint="idea")
def index_clamped(weight):
    """You move an index outside 0..3 to the border. No weight reaches there: the
    entries are 0."""
    return _made(weight, _k, clamp=True)


@exercise.mistake(hint="formula")
def divided_by_four(weight):
    """You divide by 4, as if four weights were averaged. Each weight is used once, as
    it is."""
    return _made(weight, _k) / 4


@exercise.mistake(hint="idea")
def one_phase_for_all(weight):
    """All four phases get the same kernel, which is nearest-neighbour upsampling. Each
    phase has its own weights."""
    return _made(weight, lambda a, d: 1 - 2 * d)


@exercise.mistake(hint="formula")
def flipped_phases(weight):
    """You exchanged the phases: a = 0 is the even row, which has k = 1 and 3."""
    return _made(weight, lambda a, d: (1 - a) + 1 - 2 * d)


@exercise.mistake(hint="formula")
def row_for_column(weight):
    """You exchanged the two axes of the kernel, so pictures come out with rows and
    columns swapped locally."""
    return _made(weight.transpose(2, 3), _k)


@exercise.mistake(hint="formula")
def shifts_exchanged(weight):
    """You exchanged d and e in the kernel. The shift d of rows is axis 2, and the shift
    e of columns is axis 3."""
    return _made(weight, _k).transpose(2, 3)


@exercise.mistake(hint="formula")
def padding_counted_twice(weight):
    """You use k = a + 2 - 2d, which is the layer with padding 2. With padding 1 it is
    k = a + 1 - 2d."""
    return _made(weight, lambda a, d: a + 2 - 2 * d)
