"""Answers of a reader to chapter 18: signatures, labels, watermarks."""

import math
import statistics
import struct
import zlib

import numpy as np
import torch
from scipy import linalg, stats

from tests.answers import right, wrong

# 18.trusted


@right("18.trusted")
def stops_at_the_first_anchor(chain, anchors, when):
    """Goes up and ends as soon as a trusted key has signed."""
    for number, c in enumerate(chain):
        if not c["from"] <= when <= c["until"] or (number and not c["may_issue"]):
            return False
        if c["signed_by"] in anchors.values():
            return True
        if number + 1 == len(chain) or chain[number + 1]["key"] != c["signed_by"]:
            return False
    return False


@right("18.trusted")
def by_name_and_key(chain, anchors, when):
    """The name only finds the key; the key decides."""
    if not chain or anchors.get(chain[-1]["issuer"]) != chain[-1]["signed_by"]:
        return False
    inside = [c for c in chain if when in range(c["from"], c["until"] + 1)]
    pairs = [(chain[i], chain[i + 1]) for i in range(len(chain) - 1)]
    joined = [a["signed_by"] == b["key"] and b["may_issue"] for a, b in pairs]
    return len(inside) == len(chain) and False not in joined


@right("18.trusted")
def from_the_top(chain, anchors, when):
    """From the anchor down; 1 or 0 for yes or no."""
    allowed = set(anchors.values())
    for place in range(len(chain) - 1, -1, -1):
        c = chain[place]
        if c["signed_by"] not in allowed or when < c["from"] or c["until"] < when:
            return 0
        allowed = {c["key"]} if c["may_issue"] else set()
    return int(len(chain) > 0)


@right("18.trusted")
def with_numpy(chain, anchors, when):
    if len(chain) == 0:
        return np.False_
    keys = np.array([c["key"] for c in chain])
    by = np.array([c["signed_by"] for c in chain])
    issue = np.array([c["may_issue"] for c in chain])
    years = np.array([[c["from"], c["until"]] for c in chain])
    time = (years[:, 0] <= when) & (when <= years[:, 1])
    end = by[-1] in list(anchors.values())
    return end & time.all() & issue[1:].all() & (by[:-1] == keys[1:]).all()


@wrong("18.trusted")
def anchor_in_the_chain(chain, anchors, when):
    """Wants the root's own certificate at the end."""
    if not chain or chain[-1]["key"] not in anchors.values():
        return False
    joined = all(
        a["signed_by"] == b["key"] and b["may_issue"]
        for a, b in zip(chain, chain[1:])  # noqa: B905
    )
    return joined and all(c["from"] <= when <= c["until"] for c in chain)


@wrong("18.trusted")
def all_are_signed_by_anchors(chain, anchors, when):
    known = anchors.values()
    return bool(chain) and all(
        c["signed_by"] in known and c["from"] <= when <= c["until"] for c in chain
    )


@wrong("18.trusted")
def any_date(chain, anchors, when):
    joined = all(
        a["signed_by"] == b["key"] and b["may_issue"]
        for a, b in zip(chain, chain[1:])  # noqa: B905
    )
    dated = any(c["from"] <= when <= c["until"] for c in chain)
    return (
        bool(chain)
        and joined
        and dated
        and chain[-1]["signed_by"] in {*anchors.values()}
    )


@wrong("18.trusted")
def checks_the_signer_twice(chain, anchors, when):
    """Asks the lower certificate whether it may issue."""
    joined = all(
        a["signed_by"] == b["key"] and a["may_issue"]
        for a, b in zip(chain, chain[1:])  # noqa: B905
    )
    dated = all(c["from"] <= when <= c["until"] for c in chain)
    return (
        bool(chain)
        and joined
        and dated
        and chain[-1]["signed_by"] in {*anchors.values()}
    )


@wrong("18.trusted")
def reads_from_the_wrong_end(chain, anchors, when):
    return bool(chain) and chain[0]["signed_by"] in anchors.values()


# 18.png_texts


def _parts(content):
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("another kind of file")
    place = 8
    while True:
        try:
            n, kind = struct.unpack_from(">I4s", content, place)
            body, crc = struct.unpack_from(f">{n}sI", content, place + 8)
        except struct.error as error:
            raise ValueError("truncated") from error
        if zlib.crc32(kind + body) & 0xFFFFFFFF != crc:
            raise ValueError("damaged")
        yield kind, body
        if kind == b"IEND":
            return
        place += 12 + n


@right("18.png_texts")
def splits_at_every_zero(content):
    """No text of a PNG file holds a zero byte, so the last part is the text."""
    texts = {}
    for kind, body in _parts(content):
        parts = body.split(b"\0")
        if kind == b"tEXt":
            texts[parts[0].decode("latin-1")] = parts[-1].decode("latin-1")
        if kind == b"iTXt":
            texts[parts[0].decode("latin-1")] = parts[-1].decode("utf-8")
    return texts


@right("18.png_texts")
def as_pairs(content):
    def decoded(kind, body):
        key = body[: body.index(0)].decode("latin1")
        script = "utf8" if kind == b"iTXt" else "latin1"
        return key, body.rpartition(b"\0")[2].decode(script)

    return dict(
        decoded(kind, body)
        for kind, body in list(_parts(content))
        if kind in (b"tEXt", b"iTXt")
    )


@right("18.png_texts")
def by_recursion(content):
    def read(rest):
        n = int(rest[:4].hex() or "0", 16)
        kind, body, crc = rest[4:8], rest[8 : 8 + n], rest[8 + n : 12 + n]
        if len(crc) != 4 or crc != zlib.crc32(kind + body).to_bytes(4, "big"):
            raise ValueError("cut or damaged")
        found = {}
        if kind == b"tEXt":
            key, text = body.split(b"\0", 1)
            found = {key.decode("latin-1"): text.decode("latin-1")}
        elif kind == b"iTXt":
            key, tail = body.split(b"\0", 1)
            found = {key.decode("latin-1"): tail[2:].split(b"\0", 2)[2].decode("utf-8")}
        return found if kind == b"IEND" else found | read(rest[12 + n :])

    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("not PNG")
    return read(content[8:])


@wrong("18.png_texts")
def with_pillow(content):
    """Pillow reads on where a CRC of the pixels is wrong, and stops with OSError."""
    import io

    from PIL import Image

    picture = Image.open(io.BytesIO(content))
    picture.load()
    return dict(picture.text)


@wrong("18.png_texts")
def crc_of_the_body(content):
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not PNG")
    texts, at, kind = {}, 8, b""
    while kind != b"IEND":
        n = int.from_bytes(content[at : at + 4], "big")
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + n]
        if zlib.crc32(body) != int.from_bytes(content[at + 8 + n : at + 12 + n], "big"):
            raise ValueError("damaged")
        key, _, text = body.partition(b"\0")
        if kind == b"tEXt":
            texts[key.decode("latin-1")] = text.decode("latin-1")
        if kind == b"iTXt":
            texts[key.decode("latin-1")] = text[2:].split(b"\0", 2)[2].decode()
        at += 12 + n
    return texts


@wrong("18.png_texts")
def key_kept_in_the_text(content):
    return {
        body.split(b"\0")[0].decode("latin-1"): body.decode("latin-1")
        for kind, body in _parts(content)
        if kind in (b"tEXt", b"iTXt")
    }


@wrong("18.png_texts")
def forgives(content):
    try:
        return by_recursion(content)
    except ValueError:
        return {}


@wrong("18.png_texts")
def as_bytes(content):
    texts = {}
    for kind, body in _parts(content):
        parts = body.split(b"\0")
        if kind in (b"tEXt", b"iTXt"):
            texts[parts[0].decode("latin-1")] = parts[-1]
    return texts


# 18.label_size


@right("18.label_size")
def with_fractions(height, width, least, most):
    from fractions import Fraction

    short = Fraction(min(height, width), 20)
    for k in range(1, 10_000):
        rows = max(least, math.ceil(k * short))
        if rows <= Fraction(str(most)) * k * height:
            return [k, rows]
    raise ArithmeticError


@right("18.label_size")
def with_sorted_sides(height, width, least, most):
    short, _ = sorted((height, width))
    k = 1
    while (rows := max(math.ceil(k * short / 20), least)) > most * k * height:
        k += 1
    return torch.tensor([k, rows])


@right("18.label_size")
def first_of_a_generator(height, width, least, most):
    tries = (
        (k, max(least, (k * min(height, width) + 19) // 20)) for k in range(1, 999)
    )
    return next((k, rows) for k, rows in tries if rows / height <= most * k)


@wrong("18.label_size")
def in_floating_point(height, width, least, most):
    k = 1
    while (
        rows := max(least, math.ceil(0.05 * k * min(height, width)))
    ) > most * k * height:
        k += 1
    return k, rows


@wrong("18.label_size")
def truncated_by_int(height, width, least, most):
    k = 1
    while (rows := max(least, int(0.05 * k * min(height, width)))) > most * k * height:
        k += 1
    return k, rows


@wrong("18.label_size")
def one_row_extra(height, width, least, most):
    k = 1
    while (rows := max(least, k * min(height, width) // 20 + 1)) > most * k * height:
        k += 1
    return k, rows


@wrong("18.label_size")
def strictly_less(height, width, least, most):
    k = 1
    while (rows := max(least, -(-k * min(height, width) // 20))) >= most * k * height:
        k += 1
    return k, rows


@wrong("18.label_size")
def rows_first(height, width, least, most):
    k = 1
    while (rows := max(least, -(-k * min(height, width) // 20))) > most * k * height:
        k += 1
    return rows, k


@wrong("18.label_size")
def doubles(height, width, least, most):
    k = 1
    while (rows := max(least, -(-k * min(height, width) // 20))) > most * k * height:
        k *= 2
    return k, rows


# 18.whitened_key


@right("18.whitened_key")
def with_scipy(pictures, key, ridge):
    C = np.cov(pictures.numpy(), rowvar=False) + ridge * np.eye(key.numel())
    w = linalg.solve(C, key.numpy(), assume_a="pos")
    return (w / np.sqrt(key.numpy().dot(w))).astype(np.float32)


@right("18.whitened_key")
def with_einsum(pictures, key, ridge):
    x = (pictures - pictures.mean(0)).double()
    C = torch.einsum("nd,ne->de", x, x) / (len(x) - 1)
    C = C + torch.diag(torch.full((x.shape[1],), ridge, dtype=torch.float64))
    w = torch.einsum("de,e->d", torch.linalg.inv(C), key.double())
    return w / torch.einsum("d,de,e->", w, C, w).sqrt()


@right("18.whitened_key")
def twice_the_root(pictures, key, ridge):
    """Whitens the pictures and the key with the symmetric root."""
    values, vectors = torch.linalg.eigh(
        torch.cov(pictures.mT) + ridge * torch.eye(len(key))
    )
    root = vectors @ torch.diag(values.rsqrt()) @ vectors.mT
    white = root @ key
    return root @ white / white.norm()


@wrong("18.whitened_key")
def ridge_on_every_entry(pictures, key, ridge):
    w = torch.linalg.solve(torch.cov(pictures.T) + ridge, key)
    return w / (key @ w).abs().sqrt()


@wrong("18.whitened_key")
def covariance_of_rows(pictures, key, ridge):
    C = torch.cov(pictures) + ridge * torch.eye(len(pictures))
    w = torch.linalg.solve(C, key)
    return w / (key @ w).sqrt()


@wrong("18.whitened_key")
def norm_of_the_key(pictures, key, ridge):
    C = torch.cov(pictures.T) + ridge * torch.eye(len(key))
    return torch.linalg.solve(C, key) / key.norm()


@wrong("18.whitened_key")
def variance_without_the_ridge(pictures, key, ridge):
    C = torch.cov(pictures.T)
    w = torch.linalg.solve(C + ridge * torch.eye(len(key)), key)
    return w / (w @ C @ w).sqrt()


@wrong("18.whitened_key")
def correlation(pictures, key, ridge):
    C = torch.corrcoef(pictures[:, :-1].T)
    C = torch.block_diag(C, torch.zeros(1, 1)) + ridge * torch.eye(len(key))
    w = torch.linalg.solve(C, key)
    return w / (key @ w).sqrt()


# 18.fresh_threshold


@right("18.fresh_threshold")
def conformal_quantile(scores, rate):
    """The level (n + 1)(1 - rate), rounded up, as conformal prediction has it."""
    n = len(scores)
    level = math.ceil((n + 1) * (1 - rate) - 1e-9)
    return sorted(scores.tolist())[level - 1] if level <= n else math.inf


@right("18.fresh_threshold")
def with_one_infinite_score(scores, rate):
    whole = np.append(scores.numpy(), np.inf)
    return np.sort(whole)[len(whole) - 1 - int(rate * len(whole) + 1e-9)]


@right("18.fresh_threshold")
def with_p_values(scores, rate):
    """The smallest score whose successor would still have p <= rate."""
    s = scores.double()
    p = (1 + (s[None] > s[:, None]).sum(1)) / (len(s) + 1)
    good = s[p <= rate + 1e-9]
    return good.min() if len(good) else torch.tensor(float("inf"))


@wrong("18.fresh_threshold")
def nearest_rank(scores, rate):
    k = round(rate * (len(scores) + 1))
    return float(scores.sort(descending=True).values[k - 1]) if k else math.inf


@wrong("18.fresh_threshold")
def index_k(scores, rate):
    k = math.floor(rate * (len(scores) + 1) + 1e-9)
    if k == 0:
        return math.inf
    return float(scores.sort(descending=True).values[min(k, len(scores) - 1)])


@wrong("18.fresh_threshold")
def interpolated_higher(scores, rate):
    return float(np.quantile(scores.numpy(), 1 - rate, method="higher"))


@wrong("18.fresh_threshold")
def with_a_bound(scores, rate):
    """The upper bound of a binomial rate: safe, and too careful here."""
    n = len(scores)
    k = int((stats.beta.ppf(0.95, range(1, n + 1), range(n, 0, -1)) <= rate).sum())
    if k:
        return float(scores.sort(descending=True).values[k - 1])
    return math.inf


@wrong("18.fresh_threshold")
def ascending_by_mistake(scores, rate):
    k = int(rate * (len(scores) + 1) + 1e-9)
    return float(scores.sort().values[-k]) if k else float(scores.sort().values[0])


# 18.search_threshold


@right("18.search_threshold")
def with_statistics(rate, places):
    return -statistics.NormalDist().inv_cdf(rate / places)


@right("18.search_threshold")
def with_logarithms(rate, places):
    from scipy.optimize import brentq

    goal = math.log(rate) - math.log(places)
    return brentq(lambda t: stats.norm.logsf(t) - goal, 0, 20)


@right("18.search_threshold")
def in_an_array(rate, places):
    return np.array(stats.norm.isf(np.array([rate]) / np.array([places])))[0]


@wrong("18.search_threshold")
def one_minus_in_float32(rate, places):
    p = torch.tensor(1.0) - torch.tensor(rate) / places
    return torch.distributions.Normal(0.0, 1.0).icdf(p)


@wrong("18.search_threshold")
def times_the_logarithm(rate, places):
    return float(stats.norm.isf(rate)) * math.log(places + math.e - 1)


@wrong("18.search_threshold")
def two_sides_with_absolute_values(rate, places):
    return float(stats.norm.ppf(1 - rate / 2 / places))


@wrong("18.search_threshold")
def simulated(rate, places):
    largest = torch.randn(1000, min(places, 100)).max(1).values
    return float(largest.quantile(1 - rate))


@wrong("18.search_threshold")
def mean_of_the_largest(rate, places):
    return math.sqrt(2 * math.log(places)) + rate
