"""What the numbers of this package must be: float64, finite, of the right shape."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aigc_course.errors import CourseError

Array = NDArray[np.float64]


def line(values: ArrayLike, what: str) -> Array:
    """`values` as a new float64 array [n]; a column [n, 1] is laid flat.

    Raises CourseError, naming `what`, for any other shape, for nothing at all, for
    what is no number and for NaN.
    """
    try:
        array = np.asarray(values, dtype=np.float64).copy()
    except (TypeError, ValueError):
        raise CourseError(f"The {what} must be real numbers.") from None
    except RuntimeError:  # torch's answer
        raise CourseError(
            f"The {what} carry gradients; call .detach() on the tensor first."
        ) from None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or not array.size:
        raise CourseError(
            f"The {what} must be a line of numbers [n]; got shape {list(array.shape)}."
        )
    if np.isnan(array).any():
        raise CourseError(f"The {what} contain NaN ({np.isnan(array).sum()} of them).")
    return array


def finite_line(values: ArrayLike, what: str) -> Array:
    """As `line`; infinite values are refused too."""
    array = line(values, what)
    if np.isinf(array).any():
        raise CourseError(f"The {what} contain infinite values.")
    return array


def never_negative(values: ArrayLike, what: str) -> Array:
    """As `finite_line`; values below 0 are refused too."""
    array = finite_line(values, what)
    if array.min() < 0:
        raise CourseError(
            f"The {what} must not be negative; the least is {array.min():.3g}."
        )
    return array


def positive(value: float, what: str) -> float:
    """`value`, refused with a CourseError unless it is finite and above 0."""
    if not 0 < value < np.inf:
        raise CourseError(f"The {what} must be above 0; got {value}.")
    return float(value)
