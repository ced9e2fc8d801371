"""Answers of other people to chapter 18's exercises on signatures and labels."""

import io
import math
import re
import struct
import zlib

import numpy as np

from tests.answers import right, wrong

# 18.trusted


def _dates(chain, when):
    return all(c["from"] <= when <= c["until"] for c in chain)


@right("18.trusted")
def walks_up(chain, anchors, when):
    known = set(anchors.values())
    for i in range(len(chain)):
        c = chain[i]
        if when < c["from"] or when > c["until"]:
            return False
        if i == len(chain) - 1:
            return c["signed_by"] in known
        if c["signed_by"] != chain[i + 1]["key"] or not chain[i + 1]["may_issue"]:
            return False
    return False


@right("18.trusted")
def recursively(chain, anchors, when):
    if not chain:
        return False
    first, rest = chain[0], chain[1:]
    if not first["from"] <= when <= first["until"]:
        return False
    if not rest:
        return first["signed_by"] in list(anchors.values())
    linked = first["signed_by"] == rest[0]["key"] and rest[0]["may_issue"]
    return linked and recursively(rest, anchors, when)


@right("18.trusted")
def collects_faults(chain, anchors, when):
    faults = ["empty"] if len(chain) == 0 else []
    faults += ["date" for c in chain if not c["from"] <= when <= c["until"]]
    faults += [
        "link"
        for a, b in zip(chain, chain[1:], strict=False)
        if a["signed_by"] != b["key"]
    ]
    faults += ["issuer" for c in chain[1:] if not c["may_issue"]]
    if chain and chain[-1]["signed_by"] not in anchors.values():
        faults.append("anchor")
    return not faults


@right("18.trusted")
def keys_as_lists(chain, anchors, when):
    signers = [c["signed_by"] for c in chain]
    issuers = [c["key"] for c in chain[1:]]
    ok = len(chain) > 0 and signers[:-1] == issuers and _dates(chain, when)
    return (
        ok
        and all(c["may_issue"] for c in chain[1:])
        and signers[-1] in set(anchors.values())
    )


@right("18.trusted")
def with_try(chain, anchors, when):
    try:
        top = chain[-1]
    except IndexError:
        return False
    if not any(top["signed_by"] == key for key in anchors.values()):
        return False
    for below, above in zip(chain[:-1], chain[1:], strict=True):
        if not (above["may_issue"] and below["signed_by"] == above["key"]):
            return False
    return _dates(chain, when)


@wrong("18.trusted")
def name_in_list(chain, anchors, when):
    return len(chain) > 0 and chain[0]["issuer"] in list(anchors)


@wrong("18.trusted")
def last_name(chain, anchors, when):
    if not chain:
        return False
    for a, b in zip(chain, chain[1:], strict=False):
        if a["signed_by"] != b["key"] or not b["may_issue"]:
            return False
    return _dates(chain, when) and chain[-1]["issuer"] in anchors


@wrong("18.trusted")
def only_chain_of_keys(chain, anchors, when):
    for a, b in zip(chain, chain[1:], strict=False):
        if a["signed_by"] != b["key"] or not b["may_issue"]:
            return False
    return bool(chain) and _dates(chain, when)


@wrong("18.trusted")
def without_dates(chain, anchors, when):
    linked = all(
        a["signed_by"] == b["key"] and b["may_issue"]
        for a, b in zip(chain, chain[1:], strict=False)
    )
    return bool(chain) and linked and chain[-1]["signed_by"] in anchors.values()


@wrong("18.trusted")
def everybody_may_issue(chain, anchors, when):
    linked = all(
        a["signed_by"] == b["key"] for a, b in zip(chain, chain[1:], strict=False)
    )
    top = bool(chain) and chain[-1]["signed_by"] in anchors.values()
    return top and linked and _dates(chain, when)


@wrong("18.trusted")
def compares_key_with_names(chain, anchors, when):
    return bool(chain) and chain[-1]["signed_by"] in anchors


# 18.png_texts

_PNG = b"\x89PNG\r\n\x1a\n"


def _blocks(content):
    """All chunks, checked: (kind, body)."""
    if not content.startswith(_PNG):
        raise ValueError("signature")
    stream = io.BytesIO(content[8:])
    while True:
        head = stream.read(8)
        if len(head) < 8:
            raise ValueError("end")
        n, kind = struct.unpack(">I4s", head)
        body, crc = stream.read(n), stream.read(4)
        if len(body) < n or len(crc) < 4:
            raise ValueError("end")
        if zlib.crc32(body, zlib.crc32(kind)) != struct.unpack(">I", crc)[0]:
            raise ValueError("crc")
        yield kind, body
        if kind == b"IEND":
            return


@right("18.png_texts")
def by_a_generator(content):
    texts = {}
    for kind, body in _blocks(content):
        if kind == b"tEXt":
            key, text = body.split(b"\0", 1)
            texts[str(key, "latin-1")] = str(text, "latin-1")
        elif kind == b"iTXt":
            key, _, rest = body.partition(b"\0")
            _, _, rest = rest[2:].partition(b"\0")
            _, _, text = rest.partition(b"\0")
            texts[str(key, "latin-1")] = str(text, "utf-8")
    return texts


@right("18.png_texts")
def by_regular_expressions(content):
    texts = {}
    for kind, body in _blocks(content):
        if kind == b"tEXt":
            m = re.fullmatch(rb"(?s)([^\0]*)\0(.*)", body)
            texts[m[1].decode("latin-1")] = m[2].decode("latin-1")
        if kind == b"iTXt":
            m = re.fullmatch(rb"(?s)([^\0]*)\0..[^\0]*\0[^\0]*\0(.*)", body)
            texts[m[1].decode("latin-1")] = m[2].decode()
    return texts


@right("18.png_texts")
def in_two_passes(content):
    blocks = list(_blocks(content))
    texts = {}
    for kind, body in blocks:
        if kind in (b"tEXt", b"iTXt"):
            zero = body.find(0)
            key, text = body[:zero].decode("latin-1"), body[zero + 1 :]
            if kind == b"tEXt":
                texts[key] = text.decode("iso-8859-1")
            else:
                texts[key] = text[2:].split(b"\0", 2)[2].decode("utf8")
    return texts


@right("18.png_texts")
def from_a_view(content):
    view = memoryview(content)
    if bytes(view[:8]) != _PNG:
        raise ValueError("not PNG")
    at, texts = 8, {}
    while True:
        if at + 12 > len(view):
            raise ValueError("cut")
        n = int.from_bytes(view[at : at + 4], "big")
        if at + 12 + n > len(view):
            raise ValueError("cut")
        kind, body = bytes(view[at + 4 : at + 8]), bytes(view[at + 8 : at + 8 + n])
        if int.from_bytes(view[at + 8 + n : at + 12 + n], "big") != zlib.crc32(
            kind + body
        ):
            raise ValueError("damaged")
        if kind == b"IEND":
            return texts
        if kind == b"tEXt":
            parts = body.split(b"\0")
            texts[parts[0].decode("latin-1")] = b"\0".join(parts[1:]).decode("latin-1")
        if kind == b"iTXt":
            parts = body[body.index(b"\0") + 3 :].split(b"\0")
            name = body[: body.index(b"\0")].decode("latin-1")
            texts[name] = b"\0".join(parts[2:]).decode("utf-8")
        at += 12 + n


@right("18.png_texts")
def with_dictionaries(content):
    def plain(body):
        key, text = body.decode("latin-1").split("\0", 1)
        return {key: text}

    def wide(body):
        key, rest = body.split(b"\0", 1)
        return {key.decode("latin-1"): rest[2:].split(b"\0", 2)[-1].decode()}

    readers, texts = {b"tEXt": plain, b"iTXt": wide}, {}
    for kind, body in _blocks(content):
        texts |= readers.get(kind, lambda body: {})(body)
    return texts


@wrong("18.png_texts")
def text_chunks_only(content):
    found = (
        b.decode("latin-1").split("\0", 1) for k, b in _blocks(content) if k == b"tEXt"
    )
    return {k: t for k, t in found}


@wrong("18.png_texts")
def never_checks(content):
    if content[:8] != _PNG:
        raise ValueError("no")
    texts, at = {}, 8
    while True:
        n = int.from_bytes(content[at : at + 4], "big")
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + n]
        if len(content) < at + 12 + n:
            raise ValueError("cut")
        if kind == b"IEND":
            return texts
        if kind == b"tEXt":
            key, _, text = body.partition(b"\0")
            texts[key.decode("latin-1")] = text.decode("latin-1")
        if kind == b"iTXt":
            key, _, text = body.partition(b"\0")
            texts[key.decode("latin-1")] = text[2:].split(b"\0", 2)[2].decode()
        at += 12 + n


@wrong("18.png_texts")
def everything_utf_8(content):
    texts = {}
    for kind, body in _blocks(content):
        key, _, text = body.partition(b"\0")
        if kind == b"tEXt":
            texts[key.decode("latin-1")] = text.decode("utf-8", "replace")
        if kind == b"iTXt":
            texts[key.decode("latin-1")] = text[2:].split(b"\0", 2)[2].decode()
    return texts


@wrong("18.png_texts")
def little_endian(content):
    texts, at = {}, 8
    while at < len(content):
        n = int.from_bytes(content[at : at + 4], "little")
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + n]
        if kind == b"tEXt":
            key, _, text = body.partition(b"\0")
            texts[key.decode("latin-1")] = text.decode("latin-1")
        at += 12 + n
    return texts


@wrong("18.png_texts")
def first_found(content):
    for kind, body in _blocks(content):
        if kind == b"tEXt":
            key, text = body.split(b"\0", 1)
            return {key.decode("latin-1"): text.decode("latin-1")}
        if kind == b"iTXt":
            key, text = body.split(b"\0", 1)
            return {key.decode("latin-1"): text[2:].split(b"\0", 2)[2].decode()}
    return {}


@wrong("18.png_texts")
def with_the_language(content):
    texts = {}
    for kind, body in _blocks(content):
        if kind in (b"tEXt", b"iTXt"):
            key, text = body.split(b"\0", 1)
            wide = kind == b"iTXt"
            texts[key.decode("latin-1")] = text.decode("utf-8" if wide else "latin-1")
    return texts


# 18.label_size


@right("18.label_size")
def in_integers(height, width, least, most):
    short, k = min(height, width), 1
    while True:
        rows = (k * short) // 20 + ((k * short) % 20 > 0)
        rows = rows if rows > least else least
        if rows <= most * k * height:
            return k, rows
        k += 1


@right("18.label_size")
def with_divmod(height, width, least, most):
    for k in range(1, 10**6):
        q, r = divmod(k * min(height, width), 20)
        rows = max(least, q + bool(r))
        if rows / (k * height) <= most:
            return (k, rows)
    raise AssertionError


@right("18.label_size")
def with_numpy(height, width, least, most):
    k = np.arange(1, 500)
    rows = np.maximum(least, np.ceil(k * min(height, width) / 20).astype(int))
    i = int(np.argmax(rows <= most * k * height))
    return k[i], rows[i]


@right("18.label_size")
def from_the_limits(height, width, least, most):
    k = max(1, math.ceil(least / (most * height) - 1e-9))
    while True:
        rows = max(least, math.ceil(k * min(height, width) / 20))
        if rows <= most * k * height:
            return k, rows
        k += 1


@right("18.label_size")
def recursive(height, width, least, most, k=1):
    rows = max(least, -((-k * min([height, width])) // 20))
    return (
        (k, rows)
        if rows <= most * k * height
        else recursive(height, width, least, most, k + 1)
    )


@wrong("18.label_size")
def floor_division(height, width, least, most):
    k = 1
    while max(least, k * min(height, width) // 20) > most * k * height:
        k += 1
    return k, max(least, k * min(height, width) // 20)


@wrong("18.label_size")
def python_round(height, width, least, most):
    k = 1
    while max(least, round(0.05 * k * min(height, width))) > most * k * height:
        k += 1
    return k, max(least, round(0.05 * k * min(height, width)))


@wrong("18.label_size")
def no_enlarging(height, width, least, most):
    return 1, max(least, math.ceil(min(height, width) / 20))


@wrong("18.label_size")
def long_side(height, width, least, most):
    k = 1
    while max(least, math.ceil(k * max(height, width) / 20)) > most * k * height:
        k += 1
    return k, max(least, math.ceil(k * max(height, width) / 20))


@wrong("18.label_size")
def rows_of_the_small_picture(height, width, least, most):
    rows = max(least, math.ceil(min(height, width) / 20))
    return max(1, math.ceil(rows / (most * height))), rows


@wrong("18.label_size")
def half_of_it(height, width, least, most):
    k = 1
    while (
        max(least, math.ceil(k * min(height, width) / 2)) > most * k * height and k < 50
    ):
        k += 1
    return k, max(least, math.ceil(k * min(height, width) / 2))
