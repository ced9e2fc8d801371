"""Brings an answer to the kind of the reference's: a verdict is not about wrapping.

A Python number, a NumPy number and a 0-d tensor are one; so are float64 and float32,
and an array and the tensor of the same numbers where no gradient is wanted. What is not
the same comes back as it was, so that the comparison can say what it is.
"""

from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np
import torch
from torch import Tensor


def fit(got: object, like: object, *, exact_dtype: bool = False) -> object:
    """`got` as the kind of thing that `like` is, where that says the same; else `got`.

    exact_dtype: keep the dtype of tensors and arrays, for exercises that are about it.

    >>> fit(torch.tensor(2.5), 1.0), fit(np.array([1, 2]), (0.5, 0.5))
    (2.5, (1.0, 2.0))
    >>> fit(torch.ones(2).double(), torch.zeros(2))
    tensor([1., 1.])
    """
    try:
        if isinstance(like, Tensor):
            return _tensor(got, like, exact_dtype)
        if isinstance(like, np.ndarray):
            return _array(got, like, exact_dtype)
        if isinstance(like, Number | np.bool_):
            return _number(got, like)
        if isinstance(like, Mapping) and isinstance(got, Mapping):
            return _mapping(got, like, exact_dtype)
        if isinstance(like, list | tuple):
            return _sequence(got, like, exact_dtype)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass  # a learner may return anything, such as a sparse tensor of text
    return got


def _number(got: object, like: Any) -> object:
    value: Any = got
    if isinstance(got, Tensor | np.ndarray | np.generic) and got.ndim == 0:
        value = got.item()
    if not isinstance(value, Number):
        return got
    # 1 and 1.0 are one, and so are 1 and True
    return type(like)(value) if type(like)(value) == value else value  # type: ignore[call-arg]


def _tensor(got: object, like: Tensor, exact_dtype: bool) -> object:
    if isinstance(got, Tensor):
        return _cast(got, like.dtype, exact_dtype)
    one = isinstance(got, Number | np.generic) and like.ndim == 0
    if like.requires_grad or not (one or isinstance(got, np.ndarray)):
        return got
    plain = isinstance(got, int | float) and not isinstance(got, np.generic)
    return _cast(torch.as_tensor(np.array(got)), like.dtype, exact_dtype and not plain)


def _cast(got: Tensor, dtype: torch.dtype, exact_dtype: bool) -> Tensor:
    if got.dtype == dtype or exact_dtype:
        return got
    want = torch.empty(0, dtype=dtype).numpy().dtype
    return got.to(dtype) if _means_the_same(got.detach().cpu().numpy(), want) else got


def _array(got: object, like: np.ndarray, exact_dtype: bool) -> object:
    if isinstance(got, Tensor):
        got = got.detach().cpu().numpy()
    elif isinstance(got, Number | np.generic) and like.ndim == 0:
        got = np.array(got)
    if not isinstance(got, np.ndarray) or got.dtype == like.dtype or exact_dtype:
        return got
    return got.astype(like.dtype) if _means_the_same(got, like.dtype) else got


def _means_the_same(values: np.ndarray, want: np.dtype) -> bool:
    """Whether the numbers may stand in this dtype.

    Floats of 32 bits and more, for one another; half precision keeps too few digits.
    Whole numbers and truth values where each stays what it is.
    """
    have = values.dtype
    if "c" in (have.kind, want.kind):
        return False
    if have.kind == want.kind == "f":
        return have.itemsize >= min(4, want.itemsize)
    with np.errstate(invalid="ignore"):  # NaN is no whole number
        return bool((values.astype(want) == values).all())


def _mapping(got: Mapping, like: Mapping, exact_dtype: bool) -> object:
    if got.keys() != like.keys():
        return got
    items = {k: fit(v, like[k], exact_dtype=exact_dtype) for k, v in got.items()}
    return got if all(items[k] is got[k] for k in items) else items


def _sequence(got: object, like: Sequence, exact_dtype: bool) -> object:
    """What unpacks to the same: a tuple, a list, or the rows of an array."""
    rows: Any = got
    if isinstance(got, Tensor | np.ndarray) and got.ndim:
        rows = list(got)
    if not isinstance(rows, list | tuple) or len(rows) != len(like):
        return got
    pairs = zip(rows, like, strict=True)
    items = [fit(one, other, exact_dtype=exact_dtype) for one, other in pairs]
    if isinstance(got, list | tuple) and all(map(_is, items, got)):
        return got
    return tuple(items) if isinstance(like, tuple) else items


def _is(one: object, other: object) -> bool:
    return one is other
