"""Answers of more people to chapter 19's exercises."""

import functools
import itertools
import json
import math
import struct
from hashlib import sha256

import numpy as np
import torch
from torch.nn import functional as F

from tests.answers import right, wrong

# 19.golden_check


@right("19.golden_check")
def by_the_largest_norm(made, golden, tolerance):
    if made.shape != golden.shape:
        return False
    return bool(torch.linalg.vector_norm(made - golden, ord=math.inf) <= tolerance)


@right("19.golden_check")
def by_what_is_bad(made, golden, tolerance):
    if made.size() != golden.size():
        return False
    bad = ~torch.isfinite(made) | (torch.abs(golden - made) > tolerance)
    return not torch.any(bad)


@wrong("19.golden_check")
def default_rtol(made, golden, tolerance):
    return made.shape == golden.shape and torch.allclose(made, golden, atol=tolerance)


@wrong("19.golden_check")
def nan_equals_nan(made, golden, tolerance):
    if made.shape != golden.shape:
        return False
    return torch.allclose(made, golden, rtol=0, atol=tolerance, equal_nan=True)


@wrong("19.golden_check")
def by_the_count(made, golden, tolerance):
    if made.numel() != golden.numel():
        return False
    return bool(((made.ravel() - golden.ravel()).abs() <= tolerance).all())


@wrong("19.golden_check")
def by_the_length(made, golden, tolerance):
    if len(made) != len(golden):
        return False
    return bool(((made - golden).abs() <= tolerance).all())


@wrong("19.golden_check")
def most_of_them(made, golden, tolerance):
    if made.shape != golden.shape:
        return False
    return bool(((made - golden).abs() <= tolerance).float().mean() > 0.99)


@wrong("19.golden_check")
def difference_of_sizes(made, golden, tolerance):
    if made.shape != golden.shape:
        return False
    return bool((made.abs() - golden.abs()).abs().max() <= tolerance)


@wrong("19.golden_check")
def infinity_as_zero(made, golden, tolerance):
    if made.shape != golden.shape or made.isnan().any():
        return False
    gap = (made - golden).abs().nan_to_num(posinf=0)
    return bool(gap.max() <= tolerance)


# 19.safe_header


def _tensors(content, n):
    header = json.loads(content[8 : 8 + n])
    header.pop("__metadata__", None)
    found = {}
    for name, one in header.items():
        first, last = one["data_offsets"]
        if not 0 <= first <= last <= len(content) - 8 - n:
            raise ValueError(f"{name} lies outside")
        found[name] = (one["dtype"], one["shape"], 8 + n + first, 8 + n + last)
    return found


@right("19.safe_header")
def with_the_size_of_each_type(content):
    if len(content) < 8:
        raise ValueError("no length")
    (n,) = struct.unpack("<Q", content[:8])
    if n > len(content) - 8:
        raise ValueError("no header")
    sizes = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
    found = _tensors(content, n)
    for dtype, shape, first, last in found.values():
        if math.prod(shape) * sizes[dtype] != last - first:
            raise ValueError("another size")
    return found


@wrong("19.safe_header")
def four_bytes_of_length(content):
    (n,) = struct.unpack("<I", content[:4])
    if 8 + n > len(content):
        raise ValueError("the header ends after the file")
    return _tensors(content, n)


@wrong("19.safe_header")
def length_with_a_sign(content):
    (n,) = struct.unpack("<q", content[:8])
    if 8 + n > len(content):
        raise ValueError("the header ends after the file")
    return _tensors(content, n)


@wrong("19.safe_header")
def asserts(content):
    n = int.from_bytes(content[:8], "little")
    assert 8 + n <= len(content)
    try:
        return _tensors(content, n)
    except ValueError as error:
        raise AssertionError from error


@wrong("19.safe_header")
def big_endian(content):
    n = int.from_bytes(content[:8], "big")
    if 8 + n > len(content):
        raise ValueError("too long")
    return _tensors(content, n)


# 19.tampered


@right("19.tampered")
def by_pairs(listed, files):
    now = {name: sha256(content).hexdigest() for name, content in files.items()}
    return sorted({name for name, _ in now.items() ^ listed.items()})


@wrong("19.tampered")
def nothing_instead_of_missing(listed, files):
    names = sorted(listed.keys() | files.keys())
    digest = {n: sha256(files.get(n, b"")).hexdigest() for n in names}
    return [n for n in names if digest[n] != listed.get(n)]


@wrong("19.tampered")
def bytes_of_the_digest(listed, files):
    names = sorted(listed.keys() | files.keys())
    return [
        n for n in names if n not in files or sha256(files[n]).digest() != listed.get(n)
    ]


# 19.fold_batch_norm


@right("19.fold_batch_norm")
def by_asking_the_norm(weight, bias, norm):
    channels = weight.shape[1]
    of = functools.partial(
        F.batch_norm,
        running_mean=norm.running_mean,
        running_var=norm.running_var,
        weight=norm.weight,
        bias=norm.bias,
        eps=norm.eps,
    )
    zero = of(torch.zeros(1, channels))[0]
    g = of(torch.ones(1, channels))[0] - zero
    return weight * g.view(1, -1, 1, 1), zero if bias is None else zero + g * bias


@wrong("19.fold_batch_norm")
def first_axis(weight, bias, norm):
    g = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    b = torch.zeros_like(g) if bias is None else bias
    return weight * g.view(-1, 1, 1, 1), norm.bias + g * (b - norm.running_mean)


@wrong("19.fold_batch_norm")
def forgets_the_layers_bias(weight, bias, norm):
    g = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return weight * g.view(1, -1, 1, 1), norm.bias - g * norm.running_mean


@wrong("19.fold_batch_norm")
def zeros_for_none(weight, bias, norm):
    g = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    W = weight * g.view(1, -1, 1, 1)
    if bias is None:
        return W, torch.zeros(len(g))
    return W, g * (bias - norm.running_mean) + norm.bias


# 19.as_convolution


@right("19.as_convolution")
def from_answers_to_single_pixels(weight):
    inputs, outputs = weight.shape[:2]
    x = torch.eye(9).view(9, 1, 3, 3)
    x = torch.stack([F.pad(x, (0,) * 4 + (i, inputs - 1 - i)) for i in range(inputs)])
    y = F.conv_transpose2d(x.flatten(0, 1), weight, stride=2, padding=1)
    middle = F.pixel_unshuffle(y, 2)[:, :, 1, 1]
    return middle.view(inputs, 3, 3, 4 * outputs).permute(3, 0, 1, 2).contiguous()


@right("19.as_convolution")
def by_slices_of_the_turned_weight(weight):
    w = weight.transpose(0, 1).flip(2, 3)
    kernel = weight.new_zeros(weight.shape[1], 4, weight.shape[0], 3, 3)
    for a, b in itertools.product(range(2), repeat=2):
        rows, columns = slice(a, a + 2), slice(b, b + 2)
        kernel[:, 2 * a + b, :, rows, columns] = w[:, :, a::2, b::2]
    return kernel.flatten(0, 1)


def _in_loops(weight, place, fits):
    inputs, outputs = weight.shape[:2]
    kernel = torch.zeros(4 * outputs, inputs, 3, 3)
    for c, a, b, d, e in itertools.product(
        range(outputs), range(2), range(2), (-1, 0, 1), (-1, 0, 1)
    ):
        k, m = a + 1 - 2 * d, b + 1 - 2 * e
        if fits(k) and fits(m):
            row, y, x = place(outputs, c, a, b, d + 1, e + 1)
            kernel[row, :, y, x] = weight[:, c, k, m]
    return kernel


@wrong("19.as_convolution")
def phase_before_channel(weight):
    return _in_loops(
        weight,
        lambda n, c, a, b, y, x: (n * (2 * a + b) + c, y, x),
        lambda k: 0 <= k < 4,
    )


@wrong("19.as_convolution")
def column_shift_first(weight):
    return _in_loops(
        weight,
        lambda n, c, a, b, y, x: (4 * c + 2 * a + b, x, y),
        range(4).__contains__,
    )


@wrong("19.as_convolution")
def minus_one_is_the_last(weight):
    return _in_loops(
        weight, lambda n, c, a, b, y, x: (4 * c + 2 * a + b, y, x), lambda k: k < 4
    )


# 19.quantise


@right("19.quantise")
def with_numpy_rint(x, low, high):
    s = (high - low) / 255
    z = -128 - round(low / s)
    q = np.rint(x.numpy() / s).astype(int) + z
    return torch.from_numpy(q.clip(-128, 127).astype(np.int8)), s, z


@right("19.quantise")
def number_by_number(x, low, high):
    s = (high - low) / 255
    z = round(-low / s) - 128
    levels = [max(-128, min(127, round(v / s) + z)) for v in x.flatten().tolist()]
    return torch.tensor(levels, dtype=torch.int8).view(x.shape), s, z


@wrong("19.quantise")
def distance_from_low(x, low, high):
    s = (high - low) / 255
    q = ((x - low) / s).round().clamp(0, 255) - 128
    return q.to(torch.int8), s, round(-128 - low / s)


@wrong("19.quantise")
def stays_a_float(x, low, high):
    s = (high - low) / 255
    z = round(-128 - low / s)
    return ((x / s).round() + z).clamp(-128, 127), s, z


@wrong("19.quantise")
def clips_x_alone(x, low, high):
    s = (high - low) / 255
    z = round(-128 - low / s)
    return ((x.clamp(low, high) / s).round() + z).int().to(torch.int8), s, z


@wrong("19.quantise")
def unsigned_bytes(x, low, high):
    s = (high - low) / 255
    z = round(-low / s)
    return ((x / s).round() + z).clamp(0, 255).to(torch.uint8), s, z


@wrong("19.quantise")
def decimals_cut_by_int8(x, low, high):
    s = (high - low) / 255
    z = round(-128 - low / s)
    return torch.clip(x / s + z, -128, 127).to(torch.int8), s, z


@wrong("19.quantise")
def without_clipping(x, low, high):
    s = (high - low) / 255
    z = round(-128 - low / s)
    return ((x / s).round() + z).int().to(torch.int8), s, z


# 19.int_linear


@right("19.int_linear")
def zero_subtracted_first(q, s, z, v, t):
    return F.linear(q.int() - z, v.int()).float() * (s * t)


@right("19.int_linear")
def sums_of_long_numbers(q, s, z, v, t):
    acc = torch.einsum("nk,mk->nm", q.long(), v.long())
    return s * (acc - z * v.long().sum(dim=1)[None]) * t.view(1, -1)


# 19.p99


@right("19.p99")
def first_rank_that_is_enough(due, sent, answered, share=0.99):
    pairs = zip(due, answered, strict=True)
    waits = sorted(end - start for start, end in pairs if end is not None)
    ranks = enumerate(waits, 1)
    return next((w for i, w in ranks if i / len(due) >= share), math.inf)


def _waits(due, answered):
    pairs = zip(due, answered, strict=True)
    return sorted(math.inf if b is None else b - a for a, b in pairs)


@wrong("19.p99")
def nearest_rank(due, sent, answered, share=0.99):
    waits = _waits(due, answered)
    return waits[round(share * len(waits)) - 1]


@wrong("19.p99")
def rank_cut_off(due, sent, answered, share=0.99):
    waits = _waits(due, answered)
    return waits[int(share * len(waits)) - 1]


@wrong("19.p99")
def index_cut_off(due, sent, answered, share=0.99):
    waits = _waits(due, answered)
    return waits[int(share * len(waits))]


@wrong("19.p99")
def share_written_in(due, sent, answered, share=0.99):
    waits = _waits(due, answered)
    return waits[math.ceil(0.99 * len(waits)) - 1]


# 19.alarm


@right("19.alarm")
def above_the_lowest_point(values, k, h):
    walk = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=float) - k)])
    above = (walk - np.minimum.accumulate(walk))[1:] > h
    return int(above.argmax()) if above.any() else -1


@wrong("19.alarm")
def at_h_already(values, k, h):
    total = 0.0
    for i, x in enumerate(values):
        total = max(0, total + x - k)
        if total >= h:
            return i
    return -1


@wrong("19.alarm")
def never_falls(values, k, h):
    total = 0.0
    for i, x in enumerate(values):
        total += max(0, x - k)
        if total > h:
            return i
    return -1
