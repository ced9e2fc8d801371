"""Answers of other people to chapter 19's exercises on files and layers."""

import functools
import hashlib
import json
import struct

import numpy as np
import torch
from torch.nn import functional as F

from tests.answers import right, wrong

# 19.golden_check


@right("19.golden_check")
def with_isclose(made, golden, tolerance):
    if made.shape != golden.shape:
        return False
    return torch.isclose(made, golden, rtol=0, atol=tolerance).all().item()


@right("19.golden_check")
def with_numpy_allclose(made, golden, tolerance):
    a, b = made.numpy(), golden.numpy()
    return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=tolerance)


@right("19.golden_check")
def in_a_loop(made, golden, tolerance):
    if list(made.shape) != list(golden.shape):
        return False
    pairs = zip(made.flatten().tolist(), golden.flatten().tolist(), strict=True)
    return all(abs(a - b) <= tolerance for a, b in pairs)


@right("19.golden_check")
def with_an_assertion(made, golden, tolerance):
    try:
        torch.testing.assert_close(made, golden, rtol=0.0, atol=tolerance)
    except AssertionError:
        return False
    return True


@right("19.golden_check")
def nan_replaced_by_infinity(made, golden, tolerance):
    if made.shape != golden.shape:
        return False
    gap = torch.nan_to_num(made - golden, nan=float("inf")).abs()
    return bool(gap.max() <= tolerance)


@wrong("19.golden_check")
def loops_over_what_fits(made, golden, tolerance):
    pairs = zip(made.flatten().tolist(), golden.flatten().tolist(), strict=False)
    return all(abs(a - b) <= tolerance for a, b in pairs)


@wrong("19.golden_check")
def with_default_allclose(made, golden, tolerance):
    return made.shape == golden.shape and torch.allclose(made, golden)


@wrong("19.golden_check")
def l1_loss(made, golden, tolerance):
    if made.shape != golden.shape:
        return False
    return F.l1_loss(made, golden).item() <= tolerance


@wrong("19.golden_check")
def not_any_farther(made, golden, tolerance):
    if made.shape != golden.shape:
        return False
    for a, b in zip(made.flatten(), golden.flatten(), strict=True):
        if abs(a - b) > tolerance:
            return False
    return True


@wrong("19.golden_check")
def as_bytes(made, golden, tolerance):
    return made.numpy().tobytes() == golden.contiguous().numpy().tobytes()


@wrong("19.golden_check")
def without_abs(made, golden, tolerance):
    return made.shape == golden.shape and ((made - golden).max() <= tolerance).item()


# 19.safe_header


def _entries(header):
    return ((k, v) for k, v in header.items() if k != "__metadata__")


@right("19.safe_header")
def with_memoryview(content):
    view = memoryview(content)
    n = struct.unpack("<Q", view[:8])[0]
    if 8 + n > len(view):
        raise ValueError("header")
    found, data = {}, view[8 + n :]
    for name, info in _entries(json.loads(bytes(view[8 : 8 + n]))):
        a, b = info["data_offsets"]
        if not 0 <= a <= b <= len(data):
            raise ValueError(name)
        found[name] = (info["dtype"], info["shape"], a + 8 + n, b + 8 + n)
    return found


@right("19.safe_header")
def with_numpy_length(content):
    n = int(np.frombuffer(content[:8], "<u8")[0])
    head = content[8 : 8 + n]
    if len(head) != n:
        raise ValueError("short")
    base = 8 + n
    out = {}
    for name, info in json.loads(head).items():
        if name.startswith("__metadata"):
            continue
        a, b = info["data_offsets"]
        if a < 0 or a > b or base + b > len(content):
            raise ValueError("offsets")
        out[name] = (info["dtype"], info["shape"], base + a, base + b)
    return out


@right("19.safe_header")
def with_a_helper(content):
    def checked(a, b):
        if a < 0 or b < a or b > size:
            raise ValueError("outside")
        return base + a, base + b

    base = 8 + int.from_bytes(content[0:8], byteorder="little", signed=False)
    size = len(content) - base
    if size < 0:
        raise ValueError("header")
    head = json.loads(content[8:base].decode())
    return {
        k: (v["dtype"], v["shape"], *checked(*v["data_offsets"]))
        for k, v in _entries(head)
    }


@right("19.safe_header")
def length_byte_by_byte(content):
    n = functools.reduce(lambda total, byte: 256 * total + byte, content[7::-1], 0)
    if n + 8 > len(content):
        raise ValueError
    found = {}
    for name, info in _entries(json.loads(content[8 : n + 8])):
        begin, end = (n + 8 + x for x in info["data_offsets"])
        if begin < n + 8 or end < begin or end > len(content):
            raise ValueError
        found[name] = (info["dtype"], info["shape"], begin, end)
    return found


@right("19.safe_header")
def checked_at_the_end(content):
    n = int.from_bytes(content[:8], "little")
    if n > len(content):
        raise ValueError("n")
    head = json.loads(content[8 : 8 + n])
    out = {}
    for k, v in _entries(head):
        a, b = v["data_offsets"]
        out[k] = v["dtype"], v["shape"], 8 + n + a, 8 + n + b
    for _, _, a, b in out.values():
        if not 8 + n <= a <= b <= len(content):
            raise ValueError("x")
    return out


def _short(content):
    n = int.from_bytes(content[:8], "little")
    if 8 + n > len(content):
        raise ValueError("n")
    return n, json.loads(content[8 : 8 + n])


@wrong("19.safe_header")
def raw_offsets(content):
    n, head = _short(content)
    out = {}
    for k, v in _entries(head):
        a, b = v["data_offsets"]
        if a < 0 or b < a or b > len(content) - 8 - n:
            raise ValueError
        out[k] = (v["dtype"], v["shape"], a, b)
    return out


@wrong("19.safe_header")
def n_without_eight(content):
    n, head = _short(content)
    out = {}
    for k, v in _entries(head):
        a, b = v["data_offsets"]
        if a < 0 or b < a or b > len(content) - 8 - n:
            raise ValueError
        out[k] = (v["dtype"], v["shape"], n + a, n + b)
    return out


@wrong("19.safe_header")
def without_checks(content):
    n, head = _short(content)
    head.pop("__metadata__", None)
    return {
        k: (
            v["dtype"],
            v["shape"],
            8 + n + v["data_offsets"][0],
            8 + n + v["data_offsets"][1],
        )
        for k, v in head.items()
    }


@wrong("19.safe_header")
def big_endian(content):
    (n,) = struct.unpack(">Q", content[:8])
    if n > len(content):
        raise ValueError("n")
    return json.loads(content[8 : 8 + n])


@wrong("19.safe_header")
def gives_lengths(content):
    n, head = _short(content)
    out = {}
    for k, v in _entries(head):
        a, b = v["data_offsets"]
        if a < 0 or b < a or b > len(content) - 8 - n:
            raise ValueError
        out[k] = (v["dtype"], v["shape"], 8 + n + a, b - a)
    return out


@wrong("19.safe_header")
def from_the_start(content):
    n = int.from_bytes(content[:8], "little")
    return json.loads(content[0:n].decode("latin1"))


# 19.tampered


def _sha(content):
    return hashlib.sha256(content).hexdigest()


@right("19.tampered")
def loop_over_the_union(listed, files):
    bad = []
    for name in sorted({*listed, *files}):
        if name not in listed or name not in files or listed[name] != _sha(files[name]):
            bad.append(name)
    return bad


@right("19.tampered")
def dictionary_of_states(listed, files):
    state = dict.fromkeys(listed, "missing")
    for name, content in files.items():
        state[name] = "fine" if listed.get(name, "") == _sha(content) else "bad"
    return sorted(name for name, word in state.items() if word != "fine")


@right("19.tampered")
def with_update(listed, files):
    digest = {}
    for name, content in files.items():
        h = hashlib.sha256()
        h.update(content)
        digest[name] = h.hexdigest()
    pairs = set(digest.items()).symmetric_difference(listed.items())
    return sorted({name for name, _ in pairs})


@right("19.tampered")
def three_lists(listed, files):
    changed = [n for n in listed if n in files and _sha(files[n]) != listed[n]]
    missing = [n for n in listed if n not in files]
    added = [n for n in files if n not in listed]
    return sorted(changed + missing + added)


@right("19.tampered")
def good_ones_removed(listed, files):
    names = {**listed, **files}.keys()
    good = {
        n for n in files if listed.get(n) == hashlib.sha256(files[n]).digest().hex()
    }
    return sorted(set(names) - good)


@wrong("19.tampered")
def over_the_files(listed, files):
    return sorted(n for n, c in files.items() if listed.get(n) != _sha(c))


@wrong("19.tampered")
def over_the_list(listed, files):
    out = []
    for name in listed:
        if name not in files or _sha(files[name]) != listed[name]:
            out.append(name)
    return sorted(out)


@wrong("19.tampered")
def both_present(listed, files):
    return [n for n in sorted(listed) if n in files and _sha(files[n]) != listed[n]]


@wrong("19.tampered")
def stops_early(listed, files):
    for name in sorted({*listed, *files}):
        if name not in files or listed.get(name) != _sha(files[name]):
            return [name]
    return []


@wrong("19.tampered")
def short_digest(listed, files):
    out = []
    for name in sorted({*listed, *files}):
        if (
            name in files
            and name in listed
            and listed[name].startswith(_sha(files[name])[:8])
        ):
            continue
        out.append(name)
    return out


@wrong("19.tampered")
def with_md5(listed, files):
    made = {
        n: hashlib.md5(c, usedforsecurity=False).hexdigest() for n, c in files.items()
    }
    return sorted(n for n in {*listed, *files} if made.get(n) != listed.get(n))


# 19.fold_batch_norm


@right("19.fold_batch_norm")
def channel_by_channel(weight, bias, norm):
    w, b = weight.clone(), torch.zeros(weight.shape[1])
    for c in range(weight.shape[1]):
        g = norm.weight[c] / torch.sqrt(norm.running_var[c] + norm.eps)
        w[:, c] *= g
        own = 0 if bias is None else bias[c]
        b[c] = norm.bias[c] + g * (own - norm.running_mean[c])
    return w, b


@right("19.fold_batch_norm")
def with_transposes(weight, bias, norm):
    g = norm.weight * (norm.running_var + norm.eps) ** -0.5
    b = 0.0 if bias is None else bias
    scaled = (weight.transpose(0, 1) * g.reshape(-1, 1, 1, 1)).transpose(0, 1)
    return scaled, norm.bias - g * norm.running_mean + g * b


@right("19.fold_batch_norm")
def in_double(weight, bias, norm):
    p = {k: v.double() for k, v in norm.state_dict().items()}
    g = p["weight"] / (p["running_var"] + norm.eps).sqrt()
    b = torch.zeros_like(g) if bias is None else bias.double()
    w = weight.double() * g.view(1, -1, 1, 1)
    return w.float(), (p["bias"] + g * (b - p["running_mean"])).float()


@right("19.fold_batch_norm")
def through_pytorch(weight, bias, norm):
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    w, b = fuse_conv_bn_weights(
        weight,
        bias,
        norm.running_mean,
        norm.running_var,
        norm.eps,
        norm.weight,
        norm.bias,
        transpose=True,
    )
    return w.detach(), b.detach()


@right("19.fold_batch_norm")
def by_matrix(weight, bias, norm):
    g = norm.weight / (norm.running_var + norm.eps).sqrt()
    flat = weight.permute(0, 2, 3, 1) @ torch.diag(g)
    shift = norm(
        torch.zeros(1, len(g), 1, 1) if bias is None else bias.view(1, -1, 1, 1)
    )
    return flat.permute(0, 3, 1, 2), shift.flatten()


def _g(norm, eps=True, root=True):
    inside = norm.running_var + (norm.eps if eps else 0)
    return norm.weight / (inside.sqrt() if root else inside)


def _zeros(bias, g):
    return bias if bias is not None else torch.zeros(len(g))


@wrong("19.fold_batch_norm")
def eps_ignored(weight, bias, norm):
    g = _g(norm, eps=False)
    return weight * g.view(1, -1, 1, 1), norm.bias + g * (
        _zeros(bias, g) - norm.running_mean
    )


@wrong("19.fold_batch_norm")
def variance_as_deviation(weight, bias, norm):
    g = _g(norm, root=False)
    return weight * g.view(1, -1, 1, 1), norm.bias + g * (
        _zeros(bias, g) - norm.running_mean
    )


@wrong("19.fold_batch_norm")
def unscaled_bias(weight, bias, norm):
    g = _g(norm)
    b = _zeros(bias, g) + norm.bias - norm.running_mean * g
    return weight * g.view(1, -1, 1, 1), b


@wrong("19.fold_batch_norm")
def no_mean(weight, bias, norm):
    g = _g(norm)
    return weight * g.view(1, -1, 1, 1), g * _zeros(bias, g) + norm.bias


@wrong("19.fold_batch_norm")
def no_beta(weight, bias, norm):
    g = _g(norm)
    return weight * g.view(1, -1, 1, 1), g * _zeros(bias, g) - g * norm.running_mean


@wrong("19.fold_batch_norm")
def as_for_a_convolution(weight, bias, norm):
    g = _g(norm)
    b = norm.bias + g * (_zeros(bias, g) - norm.running_mean)
    return weight * g.view(-1, 1, 1, 1), b


# 19.as_convolution


@right("19.as_convolution")
def by_a_table(weight):
    table = {(0, -1): 3, (0, 0): 1, (1, 0): 2, (1, 1): 0}
    kernel = torch.zeros(4 * weight.shape[1], weight.shape[0], 3, 3)
    for (a, d), k in table.items():
        for (b, e), m in table.items():
            kernel[2 * a + b :: 4, :, d + 1, e + 1] = weight[:, :, k, m].T
    return kernel


@right("19.as_convolution")
def by_padding_the_kernel(weight):
    """Turned round and padded, every second weight belongs to one phase."""
    w = F.pad(weight.transpose(0, 1).flip(2, 3), (1, 1, 1, 1))  # index 4 - k
    out = []
    for a in (0, 1):
        for b in (0, 1):
            rows = [4 - (a + 1 - 2 * d) for d in (-1, 0, 1)]
            columns = [4 - (b + 1 - 2 * e) for e in (-1, 0, 1)]
            out.append(w[:, :, rows][:, :, :, columns])
    return torch.stack(out, 1).flatten(0, 1)


@right("19.as_convolution")
def by_two_matrices(weight):
    m = torch.zeros(2, 3, 4)  # phase, shift, weight
    for a in range(2):
        for i, d in enumerate((-1, 0, 1)):
            if 0 <= a + 1 - 2 * d <= 3:
                m[a, i, a + 1 - 2 * d] = 1
    made = torch.einsum("aik,bjl,nckl->cabnij", m, m, weight)
    return made.reshape(-1, weight.shape[0], 3, 3)


@right("19.as_convolution")
def by_a_gradient(weight):
    """The transposed layer is linear: its Jacobian at one pixel is the kernel."""
    x = torch.zeros(1, weight.shape[0], 3, 3, requires_grad=True)
    with torch.enable_grad():
        out = F.conv_transpose2d(x, weight, stride=2, padding=1)
        middle = F.pixel_unshuffle(out, 2)[0, :, 1, 1]
        rows = [torch.autograd.grad(y, x, retain_graph=True)[0][0] for y in middle]
    return torch.stack(rows)


@right("19.as_convolution")
def weight_by_weight(weight):
    """For each k: the phase and the shift that it belongs to."""
    place = {0: (1, 2), 1: (0, 1), 2: (1, 1), 3: (0, 0)}
    inputs, outputs = weight.shape[0], weight.shape[1]
    kernel = torch.zeros(outputs, 2, 2, inputs, 3, 3)
    for k, (a, i) in place.items():
        for m, (b, j) in place.items():
            kernel[:, a, b, :, i, j] = weight[:, :, k, m].t()
    return kernel.view(4 * outputs, inputs, 3, 3)


def _table(weight, table, channels=lambda a, b: 2 * a + b):
    kernel = torch.zeros(4 * weight.shape[1], weight.shape[0], 3, 3)
    for (a, d), k in table.items():
        for (b, e), m in table.items():
            kernel[channels(a, b) :: 4, :, d + 1, e + 1] = weight[:, :, k, m].T
    return kernel


TABLE = {(0, -1): 3, (0, 0): 1, (1, 0): 2, (1, 1): 0}


@wrong("19.as_convolution")
def mirrored(weight):
    return _table(weight, {(a, -d): k for (a, d), k in TABLE.items()})


@wrong("19.as_convolution")
def columns_first(weight):
    return _table(weight, TABLE, lambda a, b: 2 * b + a)


@wrong("19.as_convolution")
def averaged(weight):
    return _table(weight, TABLE) * 0.25


@wrong("19.as_convolution")
def phases_exchanged(weight):
    return _table(weight, {(a, d): a_k for (a, d), a_k in _exchanged().items()})


def _exchanged():
    return {(1 - a, d): k for (a, d), k in TABLE.items()}


@wrong("19.as_convolution")
def no_padding(weight):
    return _table(weight, {(0, -1): 2, (0, 0): 0, (1, -1): 3, (1, 0): 1})


@wrong("19.as_convolution")
def axes_exchanged(weight):
    return _table(weight.permute(0, 1, 3, 2), TABLE)
