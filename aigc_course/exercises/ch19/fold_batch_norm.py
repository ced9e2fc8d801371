"""Exercise on folding a batch norm into the layer before it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.fold_batch_norm",
    order=40,
    title="One layer instead of two",
    difficulty=3,
    minutes=18,
    asks="derive",
    idea="In evaluation mode a batch norm multiplies each channel by one number and"
    " adds another. A layer whose output is multiplied is the layer with multiplied"
    " weights.",
    formula="With r = gamma / sqrt(var + eps): W' = r W for each output channel, and"
    " b' = beta + r (b - mean). Here the output channels are axis 1 of W.",
    line="Write `r = norm.weight / (norm.running_var + norm.eps).sqrt()`, then `bias ="
    " torch.zeros_like(r) if bias is None else bias`, then `return weight * r[None, :,"
    " None, None], norm.bias + r * (bias - norm.running_mean)`.",
    variation="Fold a batch norm that stands before a layer into that layer, and find"
    " out what padding with zeros does to it at the border.",
)


@exercise.answer
def fold_batch_norm(
    weight: Tensor, bias: Tensor | None, norm: nn.BatchNorm2d
) -> tuple[Tensor, Tensor]:
    """Weight and bias of one transposed convolution that does the work of both.

    weight: [C_in, C_out, k, k], of a transposed convolution; bias: [C_out] or None.
    norm: the batch norm behind it, in evaluation mode. Returns a weight of the same
    shape and a bias [C_out].
    """
    mean, var = norm.get_buffer("running_mean"), norm.get_buffer("running_var")
    r = norm.weight / (var + norm.eps).sqrt()  # [C_out]
    bias = torch.zeros_like(r) if bias is None else bias
    return weight * r[None, :, None, None], norm.bias + r * (bias - mean)


def normed(channels: int, eps: float = 1e-5, narrow: bool = False) -> nn.BatchNorm2d:
    """A batch norm in evaluation mode that has seen data; narrow: small variances."""
    norm = nn.BatchNorm2d(channels, eps=eps).eval().requires_grad_(False)
    norm.weight.copy_(0.5 + torch.rand(channels))
    norm.bias.copy_(torch.randn(channels))
    norm.get_buffer("running_mean").copy_(torch.randn(channels))
    variance = 0.3 + 2 * torch.rand(channels)
    norm.get_buffer("running_var").copy_(variance * (1e-2 if narrow else 1))
    return norm


@exercise.inputs
def layers() -> list[tuple[Tensor, Tensor | None, nn.BatchNorm2d]]:
    return [
        (torch.randn(3, 5, 4, 4), torch.randn(5), normed(5)),
        (torch.randn(4, 4, 4, 4), torch.randn(4), normed(4)),
        (torch.randn(2, 3, 3, 3), None, normed(3)),
        (torch.randn(6, 2, 4, 4), torch.randn(2), normed(2, 0.01, narrow=True)),
    ]


def agrees(f, channels: tuple[int, int]) -> bool:
    """Whether the one layer that f makes does the work of two."""
    inputs, outputs = channels
    weight, bias, norm = torch.randn(inputs, outputs, 4, 4), None, normed(outputs)
    x = torch.randn(2, inputs, 5, 5)
    want = norm(F.conv_transpose2d(x, weight, bias, stride=2, padding=1))
    folded, added = (torch.as_tensor(part).float() for part in f(weight, bias, norm))
    got = F.conv_transpose2d(x, folded, added, stride=2, padding=1)
    return same(got, want, 1e-3)


@exercise.must_hold
def one_layer_does_both(f) -> bool:
    """The transposed convolution with your weight and bias gives what layer and norm
    give in turn."""
    return agrees(f, (3, 4)) and agrees(f, (4, 4))


@exercise.must_hold
def a_norm_that_does_nothing(f) -> bool:
    """A norm with mean 0, variance 1 - eps, gamma 1 and beta 0 leaves the weight as it
    is."""
    norm = nn.BatchNorm2d(2).eval().requires_grad_(False)
    norm.get_buffer("running_var").fill_(1 - norm.eps)
    weight = torch.randn(3, 2, 4, 4)
    return same(torch.as_tensor(f(weight, None, norm)[0]).float(), weight)


def _r(norm: nn.BatchNorm2d) -> Tensor:
    return norm.weight / (norm.get_buffer("running_var") + norm.eps).sqrt()


def _or_zero(bias: Tensor | None, r: Tensor) -> Tensor:
    return torch.zeros_like(r) if bias is None else bias


def _scaled(weight: Tensor, r: Tensor) -> Tensor:
    return weight * r[None, :, None, None]


@exercise.mistake(hint="formula")
def axis_of_a_convolution(weight, bias, norm):
    """You scale axis 0, which holds the output channels of a convolution. A transposed
    convolution has [C_in, C_out, k, k]: scale axis 1."""
    r = _r(norm)
    b = norm.bias + r * (_or_zero(bias, r) - norm.running_mean)
    return weight * r[:, None, None, None], b


@exercise.mistake(hint="formula")
def no_eps(norm_weight, bias, norm):
    """You forgot eps. Where the variance is small it is a large part of the sum."""
    r = norm.weight / norm.running_var.sqrt()
    b = norm.bias + r * (_or_zero(bias, r) - norm.running_mean)
    return _scaled(norm_weight, r), b


@exercise.mistake(hint="formula")
def no_root(weight, bias, norm):
    """You divide by the variance. A batch norm divides by its root."""
    r = norm.weight / (norm.running_var + norm.eps)
    b = norm.bias + r * (_or_zero(bias, r) - norm.running_mean)
    return _scaled(weight, r), b


@exercise.mistake(hint="formula")
def eps_outside(weight, bias, norm):
    """You add eps to the root. It is added to the variance, under the root."""
    r = norm.weight / (norm.running_var.sqrt() + norm.eps)
    b = norm.bias + r * (_or_zero(bias, r) - norm.running_mean)
    return _scaled(weight, r), b


@exercise.mistake(hint="idea")
def bias_not_scaled(weight, bias, norm):
    """You add the layer's bias without scaling it. The norm multiplies everything that
    comes out of the layer, the bias too."""
    r = _r(norm)
    return _scaled(weight, r), norm.bias + _or_zero(bias, r) - r * norm.running_mean


@exercise.mistake(hint="idea")
def mean_forgotten(weight, bias, norm):
    """You do not subtract the running mean."""
    r = _r(norm)
    return _scaled(weight, r), norm.bias + r * _or_zero(bias, r)


@exercise.mistake(hint="formula")
def mean_not_scaled(weight, bias, norm):
    """You subtract the mean after scaling. The norm subtracts it first, so it is scaled
    too."""
    r = _r(norm)
    return _scaled(weight, r), norm.bias + r * _or_zero(bias, r) - norm.running_mean


@exercise.mistake(hint="idea")
def beta_forgotten(weight, bias, norm):
    """You leave out beta, which the norm adds at the end."""
    r = _r(norm)
    return _scaled(weight, r), r * (_or_zero(bias, r) - norm.running_mean)


@exercise.mistake(hint="idea")
def gamma_forgotten(weight, bias, norm):
    """You leave out gamma, by which the norm multiplies what it has normalised."""
    r = 1 / (norm.running_var + norm.eps).sqrt()
    b = norm.bias + r * (_or_zero(bias, r) - norm.running_mean)
    return _scaled(weight, r), b


@exercise.mistake(hint="idea")
def of_the_weights(weight, bias, norm):
    """You normalise with mean and variance of the weights, or of a batch. In evaluation
    mode the norm uses its running statistics."""
    mean, var = weight.mean((0, 2, 3)), weight.var((0, 2, 3), correction=0)
    r = norm.weight / (var + norm.eps).sqrt()
    return _scaled(weight, r), norm.bias + r * (_or_zero(bias, r) - mean)


@exercise.mistake(hint="idea")
def weight_changed_in_place(weight, bias, norm):
    """You change the weight that you were given. Return a new one: the original model
    is still needed for the comparison."""
    r = _r(norm)
    weight.mul_(r[None, :, None, None])
    return weight, norm.bias + r * (_or_zero(bias, r) - norm.running_mean)


@exercise.mistake(hint="formula")
def last_axis(weight, bias, norm):
    """You multiply without naming an axis, and PyTorch takes the last one. The output
    channels are axis 1: write r[None, :, None, None]."""
    r = _r(norm)
    return weight * r, norm.bias + r * (_or_zero(bias, r) - norm.running_mean)


@exercise.mistake(hint="idea")
def bias_left_out(weight, bias, norm):
    """You leave out the bias of the layer. The norm scales it like everything that
    comes out of the layer."""
    r = _r(norm)
    return _scaled(weight, r), norm.bias - r * norm.running_mean


@exercise.mistake(hint="formula")
def none_is_subtracted_from(weight, bias, norm):
    """You calculate with bias = None. A layer before a norm often has no bias, which
    stands for zeros."""
    r = _r(norm)
    return _scaled(weight, r), norm.bias + r * (bias - norm.running_mean)


@exercise.mistake(hint="idea")
def no_bias_at_all(weight, bias, norm):
    """Without a bias of the layer you return a bias of zeros. The norm adds one all the
    same: beta - r mean."""
    r = _r(norm)
    if bias is None:
        return _scaled(weight, r), torch.zeros_like(r)
    return _scaled(weight, r), norm.bias + r * (bias - norm.running_mean)
