"""Compares what two functions returned, and says in a sentence how they differ."""

import re
from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

# what rounding in float32 leaves of a sum of numbers near 1 where the answer is 0
_FLOOR = 1e-6
_DTYPE = re.compile(r" is \w+; \w+ is expected\.$")


def same(got: object, want: object, tolerance: float = 1e-4) -> bool:
    """Whether two results agree: kind, shape, dtype and values.

    >>> same((torch.ones(2), 3.0), [torch.ones(2), 3])
    True
    >>> same(torch.ones(2), torch.ones(2, 1))
    False
    """
    return difference(got, want, tolerance) is None


def difference(
    got: object,
    want: object,
    tolerance: float = 1e-4,
    *,
    what: str = "the result",
    values: bool = True,
) -> str | None:
    """How `got` differs from `want`, as a sentence; None when it does not.

    Tensors, arrays, numbers, modules (by parameters and buffers in order), and tuples,
    lists and dicts of these. Values agree when |got - want| <= tolerance * max|want|.
    A 0-d tensor stands for a number, not the other way (`fit` does that before).
    Nothing is expected where `want` is None. Other objects are compared by type and
    their own equality. values=False compares all but finite values.
    """
    rest: Any = {"tolerance": tolerance, "values": values}
    if want is None:
        return None
    if got is None:
        return _capital(f"{what} is None; a `return` may be missing.")
    if isinstance(want, Tensor | np.ndarray):
        return _arrays(got, want, what, **rest)
    if isinstance(want, Number):
        return _numbers(got, want, what, **rest)
    if isinstance(want, nn.Module):
        return _modules(got, want, what, **rest)
    if isinstance(want, Mapping):
        return _mappings(got, want, what, **rest)
    if isinstance(want, Sequence) and not isinstance(want, str | bytes):
        return _sequences(got, want, what, **rest)
    return _others(got, want, what, **rest)


def is_about_dtype(sentence: str) -> bool:
    """Whether a sentence of `difference` says that the dtype alone is another."""
    return bool(_DTYPE.search(sentence))


def kind(value: object) -> str:
    """What a value is, in words.

    >>> kind(torch.ones(2, 3)), kind([1, 2]), kind(None)
    ('a float32 tensor of shape [2, 3]', 'a list of 2', 'None')
    """
    if isinstance(value, Tensor | np.ndarray):
        name = "tensor" if isinstance(value, Tensor) else "NumPy array"
        return f"a {_dtype(value)} {name} of shape {list(value.shape)}"
    if isinstance(value, Mapping):
        return f"a dict with {', '.join(map(repr, value)) or 'nothing in it'}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.generic):
        return str(value)[:60]
    if value is None or isinstance(value, Number | str):
        return repr(value)[:60]
    return f"of type {type(value).__name__}"


def _arrays(
    got: Any, want: Any, what: str, tolerance: float, values: bool
) -> str | None:
    if not isinstance(got, Tensor if isinstance(want, Tensor) else np.ndarray):
        return _other_kind(got, want, what)
    if tuple(got.shape) != tuple(want.shape):
        return _other_shape(got, want, what, tolerance)
    if _dtype(got) != _dtype(want):
        return _capital(f"{what} is {_dtype(got)}; {_dtype(want)} is expected.")
    if isinstance(want, Tensor):
        if want.device != got.device:
            return _capital(f"{what} lies on {got.device}, not on {want.device}.")
        if want.requires_grad and not got.requires_grad:
            return _capital(
                f"{what} carries no gradient: a `.detach()`, `.item()`, `no_grad` or"
                " NumPy step cuts the graph."
            )
    tolerance = 0.0 if _is_exact(_dtype(want)) else tolerance
    numbers = _flat(got), _flat(want)
    truth = _dtype(want) == "bool"
    return _values(*numbers, what, tolerance, values, want.shape, truth)


def _other_kind(got: object, want: Any, what: str) -> str:
    plain = isinstance(got, Number | np.generic | np.ndarray)
    if plain and getattr(want, "requires_grad", False):
        return _capital(
            f"{what} is {kind(got)}, which carries no gradient: keep it a tensor,"
            " without `.item()`, `float()` or NumPy."
        )
    return _expected(got, kind(want), what)


def _other_shape(got: Any, want: Any, what: str, tolerance: float) -> str:
    mine, theirs = list(got.shape), list(want.shape)
    shapes = f"{what} has shape {mine}; {theirs} is expected"
    if _flat(got).size == _flat(want).size > 0 and (
        _values(_flat(got), _flat(want), what, tolerance, True) is None
    ):
        return _capital(f"{shapes}. The numbers themselves are right.")
    return _capital(f"{shapes}.")


def _numbers(
    got: Any, want: Any, what: str, tolerance: float, values: bool
) -> str | None:
    if isinstance(got, Tensor | np.ndarray | np.generic) and got.ndim == 0:
        got = got.item()
    if not isinstance(got, Number):
        return _expected(got, "a number", what)
    if got == want:
        return None  # at once: a list may hold a hundred thousand of them
    counted = isinstance(got, int) and isinstance(want, int)
    tolerance = 0.0 if counted else tolerance
    truth = isinstance(got, bool) and isinstance(want, bool)
    return _values(_flat(got), _flat(want), what, tolerance, values, (), truth)


def _modules(
    got: Any, want: nn.Module, what: str, tolerance: float, values: bool
) -> str | None:
    if not isinstance(got, nn.Module):
        return _expected(got, "a torch.nn.Module", what)
    mine, theirs = list(got.state_dict().items()), list(want.state_dict().values())
    if len(mine) != len(theirs):
        counts = f"{len(mine)} parameters and buffers; {len(theirs)} are expected."
        return _capital(f"{what} has {counts}")
    parts = (
        difference(a, b, tolerance, what=f"`{name}` of {what}", values=values)
        for (name, a), b in zip(mine, theirs, strict=True)
    )
    return next((part for part in parts if part), None)


def _mappings(
    got: Any, want: Mapping, what: str, tolerance: float, values: bool
) -> str | None:
    if not isinstance(got, Mapping):
        return _expected(got, kind(want), what)
    if set(got) != set(want):
        return _expected(got, kind(want), what)
    parts = (
        difference(got[k], want[k], tolerance, what=f'"{k}" of {what}', values=values)
        for k in want
    )
    return next((part for part in parts if part), None)


def _sequences(
    got: Any, want: Sequence, what: str, tolerance: float, values: bool
) -> str | None:
    if not isinstance(got, list | tuple) or len(got) != len(want):
        return _expected(got, kind(want), what)
    parts = (
        difference(a, b, tolerance, what=f"item {i} of {what}", values=values)
        for i, (a, b) in enumerate(zip(got, want, strict=True))
    )
    return next((part for part in parts if part), None)


def _others(
    got: Any, want: Any, what: str, tolerance: float, values: bool
) -> str | None:
    if type(got) is not type(want):
        return _expected(got, kind(want), what)
    if not values or type(want).__eq__ is object.__eq__ or got == want:
        return None  # an optimiser or a function has no equality of its own
    return _expected(got, kind(want), what)


def _values(
    got: np.ndarray,
    want: np.ndarray,
    what: str,
    tolerance: float,
    values: bool,
    shape: Sequence[int] = (),
    truth: bool = False,
) -> str | None:
    """truth: the numbers stand for False and True."""
    agree = (got == want) | (np.isnan(got) & np.isnan(want))
    wild = ~agree & ~np.isfinite(got)
    if wild.any():
        first = got[wild][0]
        return _capital(f"{what} contains {first} ({wild.sum()} of {got.size}).")
    if not values or agree.all():
        return None
    finite = np.isfinite(want)
    with np.errstate(invalid="ignore"):  # inf - inf
        gap = np.abs(np.where(agree, 0, np.where(finite, got - want, np.inf)))
    worst = int(gap.argmax())
    if gap[worst] <= tolerance * np.abs(want[finite]).max(initial=0) + _FLOOR:
        return None
    place = f" at {[int(i) for i in np.unravel_index(worst, shape)]}" if shape else ""
    pair = got[worst], want[worst]
    mine, theirs = map(str, map(bool, pair)) if truth else _told_apart(*pair)
    return _capital(f"{what} is {mine}{place}, where {theirs} is right.")


def _told_apart(one: Any, other: Any) -> tuple[str, str]:
    """Both numbers with four digits, or as many as it takes to see which is which."""
    texts = ((_text(one, n), _text(other, n)) for n in range(4, 18))
    different = (pair for pair in texts if pair[0] != pair[1])
    return next(different, (repr(one), repr(other)))


def _text(number: Any, digits: int) -> str:
    if np.isrealobj(number) and number == np.trunc(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.{digits}g}"


def _flat(value: Any) -> np.ndarray:
    if isinstance(value, Tensor):
        wide = torch.complex128 if value.is_complex() else torch.float64
        value = value.detach().cpu().to(wide).resolve_conj().numpy()
    array = np.asarray(value).reshape(-1)
    return array.astype(complex if np.iscomplexobj(array) else float)


def _is_exact(dtype: str) -> bool:
    return not dtype.startswith(("float", "bfloat", "complex"))


def _dtype(value: Any) -> str:
    return str(value.dtype).removeprefix("torch.")


def _expected(got: object, want: str, what: str) -> str:
    return _capital(f"{what} is {kind(got)}; expected is {want}.")


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:] if sentence[0] != "`" else sentence
