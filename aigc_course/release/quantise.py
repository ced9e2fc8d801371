"""Weights in fewer bits: an affine map of one's own, and what ONNX Runtime offers.

A real number x is stood for by a whole number q with x = s (q - z), s the scale and z
the zero point (Jacob et al. 2018, equation 1).
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.files import whole_file
from aigc_course.release.export import load, run, session
from aigc_course.release.extra import needs

# Processors without VNNI add two products of 8 bits in 16, and cut off what is larger:
# 2 * 255 * 127 > 2^15 - 1. With weights of 7 bits nothing is cut off: 2 * 255 * 64.
SEVEN_BITS = True


@dataclass(frozen=True)
class Map:
    """x = scale (q - zero), with whole numbers q from `low` to `high`."""

    scale: float
    zero: int
    low: int
    high: int


def affine(values: Tensor, bits: int = 8) -> Map:
    """The map that covers all of `values`, and 0, with 2^bits whole numbers.

        s = (max - min) / (2^b - 1),   z = round(-2^(b-1) - min / s)          (19.6)

    with min <= 0 <= max, so that 0 itself is met exactly: padding and ReLU make many.
    bits: 2 to 16. Raises CourseError for no values, or values that are not finite.
    """
    if not 2 <= bits <= 16:
        raise CourseError(f"The number of bits is from 2 to 16, not {bits}.")
    if not values.numel() or not bool(torch.isfinite(values).all()):
        raise CourseError("Only finite values, and at least one, can be quantised.")
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    top = 2**bits - 1
    scale = (high - low) / top or 1.0  # all values 0: any scale will do
    least = -(2 ** (bits - 1))
    return Map(scale, round(least - low / scale), least, least + top)


def quantise(x: Tensor, how: Map) -> Tensor:
    """Whole numbers, int32 of x's shape.

    q = clip(round(x / s) + z, low, high)                                     (19.7)
    """
    q = torch.round(x.double() / how.scale) + how.zero
    return q.clamp(how.low, how.high).int()


def dequantise(q: Tensor, how: Map) -> Tensor:
    """s (q - z), float32 of q's shape.

    For x within the map's range |x - s (q - z)| <= s / 2 (19.8), except that the zero
    point is rounded, too: at one of the two ends it can be s.
    """
    return (how.scale * (q.double() - how.zero)).float()


def halved(path: str | Path, out: str | Path) -> Path:
    """Store a file's float32 weights as float16; they are widened before use.

    Half the bytes, and float32 arithmetic as before: each weight is rounded to 11
    significant bits. Raises CourseError for weights beyond float16's range, 65,504.
    """
    needs("onnx")
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = load(path)
    widened = []
    for one in [*model.graph.initializer]:
        if one.data_type != TensorProto.FLOAT or not one.dims:
            continue
        array = numpy_helper.to_array(one)
        if np.abs(array).max(initial=0) > np.finfo(np.float16).max:
            raise CourseError(f"The weights {one.name} are too large for float16.")
        name = f"{one.name}_half"
        widened.append(
            helper.make_node("Cast", [name], [one.name], to=TensorProto.FLOAT)
        )
        one.CopyFrom(numpy_helper.from_array(array.astype(np.float16), name))
    nodes = [*widened, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    with whole_file(out) as temporary:
        onnx.save(model, str(temporary))
    return Path(out)


def dynamic(path: str | Path, out: str | Path) -> Path:
    """Matrix weights in 8 bits; inputs are quantised anew for every batch.

    ONNX Runtime's `quantize_dynamic` for matrix products alone. Convolutions stay in
    float32: transposed ones have no operator in 8 bits, and are skipped in silence.
    Weights take whole numbers of 7 bits in a byte, see `SEVEN_BITS`. Raises
    CourseError as `export.load` does.
    """
    needs("onnx", "onnxruntime")
    from onnxruntime.quantization import QuantType, quantize_dynamic

    load(path)  # refuses what is damaged
    with whole_file(out) as temporary, _quiet():
        quantize_dynamic(
            str(path),
            str(temporary),
            op_types_to_quantize=["MatMul", "Gemm"],
            weight_type=QuantType.QInt8,
            reduce_range=SEVEN_BITS,
        )
    return Path(out)


def static(
    path: str | Path,
    out: str | Path,
    calibration: Sequence[Sequence[Tensor | np.ndarray]],
) -> Path:
    """Weights and values between the layers in 8 bits, with ranges found beforehand.

    calibration: batches of inputs, from which the ranges come. ONNX Runtime's
    `quantize_static` with a scale for each output channel of the weights, which take 7
    bits of a byte, see `SEVEN_BITS`. Raises CourseError without batches, and as
    `export.load` does.
    """
    needs("onnx", "onnxruntime")
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    if not calibration:
        raise CourseError("Static quantisation needs at least one batch of inputs.")
    names = [one.name for one in load(path).graph.input]

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.left = iter(calibration)

        def get_next(self) -> dict[str, Any] | None:
            batch = next(self.left, None)
            if batch is None:
                return None
            return dict(zip(names, map(np.asarray, batch), strict=True))

    with whole_file(out) as temporary, _quiet():
        quantize_static(
            str(path),
            str(temporary),
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            reduce_range=SEVEN_BITS,
        )
    return Path(out)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the quantiser's advice, which it gives by `logging.warning`.

    That call also adds a handler to a root logger that has none.
    """
    root = logging.getLogger()
    before, disabled = [*root.handlers], root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)
        root.handlers[:] = before


def images(path: str | Path, inputs: Sequence[Tensor], batch: int = 500) -> Tensor:
    """The output of a file for many inputs, in batches: [n, ...]."""
    opened = session(path)
    parts = zip(*(one.split(batch) for one in inputs), strict=True)
    return torch.cat([torch.from_numpy(run(opened, part)) for part in parts])
