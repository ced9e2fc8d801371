"""What arguments must be, and the sentence where they are not."""

from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor

from aigc_course.errors import CourseError

IMAGE = (1, 28, 28)
ROUNDING = 1e-4  # how far beyond its range a value may be by rounding


def pixels(x: Tensor) -> Tensor:
    """x itself; CourseError unless all its values lie in [0, 1], which NaN does not."""
    _range(x, 0.0, 1.0, "The pixels", "vae.to_unit takes images there from [-1, 1]")
    return x


def images(x: Any) -> Tensor:
    """x itself; CourseError unless it is float [N, 1, 28, 28] in [-1, 1], N >= 1."""
    expected = "Images are float [N, 1, 28, 28] in [-1, 1]"
    if not isinstance(x, Tensor) or not x.is_floating_point():
        kind = x.dtype if isinstance(x, Tensor) else type(x).__name__
        raise CourseError(f"{expected}; got {kind} (data.to_float scales bytes).")
    if x.ndim != 4 or tuple(x.shape[1:]) != IMAGE or not len(x):
        raise CourseError(f"{expected}; got shape {list(x.shape)}.")
    _range(x, -1.0, 1.0, "The images", "data.to_float gives that range")
    return x


def same_shape(x: Tensor, outputs: Tensor) -> None:
    """CourseError unless outputs has x's shape, after any number of sample axes."""
    if outputs.shape[-x.ndim :] != x.shape or outputs.ndim < x.ndim:
        raise CourseError(
            f"The decoder's output {list(outputs.shape)} must end in the shape of the"
            f" images, {list(x.shape)}; sample axes come before it."
        )


def pair(mean: Tensor, log_variance: Tensor) -> None:
    """CourseError unless both describe the same normals, [..., latent]."""
    if mean.shape != log_variance.shape or mean.ndim < 1:
        raise CourseError(
            "Mean and log-variance have one shape [N, latent]; got"
            f" {list(mean.shape)} and {list(log_variance.shape)}."
        )


def latents(z: Tensor, size: int) -> Tensor:
    """z itself; CourseError unless it is [..., N, size]."""
    if z.ndim < 2 or z.shape[-1] != size:
        raise CourseError(
            f"This decoder takes latents [N, {size}]; got shape {list(z.shape)}."
        )
    return z


def finite(x: Tensor, what: str) -> None:
    """CourseError, naming `what`, for NaN or infinite values."""
    if not bool(torch.isfinite(x).all()):
        raise CourseError(f"The {what} contain NaN or infinite values.")


def whole(value: object, what: str, least: int = 1) -> None:
    """CourseError, naming `what`, unless value is a whole number from `least` up."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise CourseError(f"{what} is a whole number from {least} up, not {value}.")


def at_least_zero(value: object, what: str) -> None:
    """CourseError, naming `what`, unless value is a finite number from 0 up."""
    if not isinstance(value, Real) or not 0 <= float(value) < float("inf"):
        raise CourseError(f"{what} is a number from 0 up, not {value}.")


def share(value: float, what: str) -> None:
    """CourseError, naming `what`, unless value lies in [0, 1]."""
    if not 0 <= value <= 1:
        raise CourseError(f"{what} is a share from 0 to 1, not {value}.")


def labels(y: Tensor | None, n: int, classes: int) -> Tensor | None:
    """Labels as int64 [n], or None for a network without classes.

    Raises CourseError for labels out of range, of another number or type, missing where
    the network is conditional, or given where it is not.
    """
    if classes == 0 or y is None:
        if classes == 0 and y is None:
            return None
        state = "is" if classes else "is not"
        raise CourseError(
            f"This network {state} conditional: call it with{'' if classes else 'out'}"
            " labels."
        )
    if y.is_floating_point() or y.dtype == torch.bool or tuple(y.shape) != (n,):
        raise CourseError(
            f"Labels are whole numbers, one for each image, [{n}]; got {y.dtype} of"
            f" shape {list(y.shape)}."
        )
    if n and is_seen(y) and not (int(y.min()) >= 0 and int(y.max()) < classes):
        raise CourseError(
            f"Labels are from 0 to {classes - 1}; got {int(y.min())} to {int(y.max())}."
        )
    return y.long()


def is_seen(x: Tensor) -> bool:
    """Whether looking at values costs nothing: on a GPU each look would wait for it.

    Data are looked at on the CPU before they are moved, and losses after each row.
    While a network is exported there are shapes and no values.
    """
    return x.device.type == "cpu" and not torch.compiler.is_exporting()


def _range(x: Tensor, low: float, high: float, what: str, help: str) -> None:
    if not is_seen(x):
        return
    least, most = (float(v) for v in x.detach().aminmax()) if x.numel() else (low, high)
    # written so that NaN, which compares false with everything, is refused too
    if not (least >= low - ROUNDING and most <= high + ROUNDING):
        raise CourseError(
            f"{what} must lie in [{low:.0f}, {high:.0f}]; they reach from"
            f" {least:.3g} to {most:.3g} ({help})."
        )
