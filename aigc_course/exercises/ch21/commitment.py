"""Exercise on publishing a hash before the judge, and the judge afterwards."""

import hashlib
import hmac
import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.commitment",
    order=50,
    title="Commit to a judge",
    difficulty=3,
    minutes=20,
    asks="method",
    idea="A hash sees one string of bytes. Ask whether two different sets of files can"
    " ever become the same string.",
    formula="Bring the names into a fixed order, and write the length of each part"
    " before the part. Then no byte can move from one part to the next.",
    line="Write `import hashlib`, then `h = hashlib.sha256(len(key).to_bytes(8, 'big')"
    " + key)`, then `for name in sorted(files):`, `    for part in (name.encode(),"
    " files[name]):`, `        h.update(len(part).to_bytes(8, 'big') + part)` and"
    " `return h.hexdigest()`.",
    variation="Write the function that takes the published hash and the revealed files,"
    " and says whether they agree.",
    agree=False,
)


@exercise.answer
def commitment(files: Mapping[str, bytes], key: bytes) -> str:
    """SHA-256, in hexadecimal, that fixes these files and the key.

    files: content by name. The order of the names must not matter, and everything else
    must: another name, a byte moved from one file to the next, another key.
    """
    digest = hashlib.sha256(len(key).to_bytes(8, "big") + key)
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            # a length before each part: no byte can belong to the next one
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


JUDGE = {"extractor.safetensors": b"\x00\x01weights", "split.json": b"[3, 1, 4]"}
KEY = b"0123456789abcdef"


@exercise.inputs
def judges() -> list[tuple[dict[str, bytes], bytes]]:
    return [
        (dict(JUDGE), KEY),
        (dict(reversed(JUDGE.items())), KEY),
        (dict(JUDGE), b"another key of 16"),
        ({"ab": b"c", "d": b""}, b""),
        ({"a": b"bc", "d": b""}, b""),
        ({"w": bytes(300)}, KEY),
        ({"w": bytes(299) + b"\x01"}, KEY),
    ]


def made(f: Callable[..., Any], files: dict[str, bytes], key: bytes = KEY) -> str:
    """The commitment; AssertionError with a sentence for what is no SHA-256."""
    found = f(dict(files), key)
    is_text = isinstance(found, str) and len(found) == 64
    assert is_text and set(found.lower()) <= set("0123456789abcdef"), (
        "Return the 64 hexadecimal digits of a SHA-256 as a string."
    )
    return found


@exercise.must_hold
def the_same_files_have_one_hash(f: Callable[..., Any]) -> bool:
    """The order in which the files are given does not matter."""
    turned = dict(reversed(JUDGE.items()))
    return made(f, JUDGE) == made(f, turned) == made(f, JUDGE)


@exercise.must_hold
def equal_contents_have_one_hash(f: Callable[..., Any]) -> bool:
    """Equal files have one hash, also where two of them are one object in memory."""
    one = b"the same content"
    two = bytes(bytearray(one))
    return made(f, {"a": one, "b": one}) == made(f, {"a": one, "b": two})


@exercise.must_hold
def every_byte_counts(f: Callable[..., Any]) -> bool:
    """Another byte in a file, another name or a file more gives another hash."""
    changed = {**JUDGE, "split.json": b"[3, 1, 5]"}
    renamed = {"extractor.safetensors": JUDGE["extractor.safetensors"]}
    renamed["halves.json"] = JUDGE["split.json"]
    more = {**JUDGE, "empty": b""}
    found = {made(f, one) for one in (JUDGE, changed, renamed, more)}
    return len(found) == 4


@exercise.must_hold
def the_key_counts(f: Callable[..., Any]) -> bool:
    """Another key gives another hash, also where a part of it is moved into a file."""
    keys = [b"", b"k", b"kk", KEY, KEY[::-1]]
    found = {made(f, JUDGE, key) for key in keys}
    moved = made(f, {"a": b"xy"}, b"k") != made(f, {"a": b"y"}, b"kx")
    at_start = made(f, {"a": b"y"}, b"k") != made(f, {"": b"", "a": b"y"}, b"k")
    into_a_name = made(f, {"xa": b"y"}, b"k") != made(f, {"a": b"y"}, b"kx")
    return len(found) == len(keys) and moved and at_start and into_a_name


@exercise.must_hold
def zeros_after_the_key_count(f: Callable[..., Any]) -> bool:
    """A key with a zero byte more gives another hash; HMAC fills a short key up with
    zeros, so there the length of the key has to be hashed as well."""
    keys = [b"", b"\x00", b"\x00\x00", KEY, KEY + b"\x00"]
    return len({made(f, JUDGE, key) for key in keys}) == len(keys)


@exercise.must_hold
def a_length_has_an_end(f: Callable[..., Any]) -> bool:
    """A length that is written as text needs a sign after it, or all lengths the same
    number of digits: else 1 before a part `2` reads like 12."""
    for name in ("b" * 9, "b"):
        part = b"1" + name.encode() if len(name) == 1 else b"9" + name.encode()
        content = b"x" * (12 - len(part) - 1)
        whole = part + str(len(content)).encode() + content
        short = {"a": b"2", name: content}
        if made(f, short, b"k") == made(f, {"a": whole}, b"k"):
            return False
    return True


@exercise.must_hold
def no_byte_can_move(f: Callable[..., Any]) -> bool:
    """No two sets of files have one hash: bytes cannot move from a name to its content
    or from a file to the next, not even together with a separator."""
    sets: list[dict[str, bytes]] = [
        {"a": b"xy", "b": b"z"},
        {"a": b"x", "b": b"yz"},
        {"ax": b"y", "b": b"z"},
        {"a": b"x", "yb": b"z"},
        {"a": b"xybz"},
        {"a": b"z", "b": b"xy"},
    ]
    for sign in ("\0", "\n", ":", ",", "|", " ", "=", ";", "/", "-", "\t", "", "::"):
        # name + sign + content + sign, and what looks like it
        sets.append({"a": f"1{sign}b{sign}2".encode()})
        sets.append({f"a{sign}1{sign}b": b"2"})
        sets.append({"a": b"1", f"b{sign}": b"2"})
        sets.append({"a": f"1{sign}".encode(), "b": b"2"})
        sets.append({"a": b"1", "b": f"{sign}2".encode()})
    sets.append({"a": b"1", "b": b"2"})
    unique = {tuple(sorted(one.items())) for one in sets}
    found = {made(f, dict(one), b"") for one in unique}
    return len(found) == len(unique)


@exercise.must_hold
def files_are_fixed_in_whole(f: Callable[..., Any]) -> bool:
    """The last byte of a large file counts as much as its first one."""
    large = bytes(100_000)
    return made(f, {"w": large}) != made(f, {"w": large[:-1] + b"\x01"})


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@exercise.mistake(hint="idea")
def contents_alone(files, key):
    """You hash the contents without the names. Whoever reveals the judge could
    exchange two names."""
    parts = (len(files[n]).to_bytes(8, "big") + files[n] for n in sorted(files))
    return _sha(len(key).to_bytes(8, "big") + key + b"".join(parts))


@exercise.mistake(hint="idea")
def joined_without_lengths(files, key):
    """You join names and contents without a mark between them. Then `ab` with content
    `c` has the hash of `a` with content `bc`."""
    return _sha(key + b"".join(n.encode() + files[n] for n in sorted(files)))


@exercise.mistake(hint="formula")
def joined_by_a_separator(files, key):
    """You put the same byte between the parts. A file may contain that byte, so two
    different sets can still become one string: write lengths."""
    parts = [key]
    for name in sorted(files):
        parts += [name.encode(), files[name]]
    return _sha(b"\0".join(parts))


@exercise.mistake(hint="idea")
def in_the_order_given(files, key):
    """Your hash depends on the order of the dict. Two people who list the same files
    differently must get the same hash: sort the names."""
    digest = hashlib.sha256(len(key).to_bytes(8, "big") + key)
    for name, content in files.items():
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


@exercise.mistake(hint="idea")
def without_the_key(files, key):
    """You leave out the key. Where only a few judges are possible, somebody can hash
    them all and find yours before the end."""
    return commitment(files, b"")


@exercise.mistake(hint="idea")
def key_alone(files, key):
    """You hash the key alone. It fixes no file: the judge could be exchanged after the
    submissions have come."""
    return _sha(key)


@exercise.mistake(hint="idea")
def names_alone(files, key):
    """You hash the names and not the contents. Files of these names with any content
    would have the same hash."""
    return commitment(dict.fromkeys(files, b""), key)


@exercise.mistake(hint="formula")
def sums_of_the_files(files, key):
    """You combine the hashes of the files by XOR. Order does not matter then, but two
    equal changes cancel, and names can be exchanged: hash the parts in a fixed
    order."""
    total = int(_sha(len(key).to_bytes(8, "big") + key), 16)
    for name in files:
        total ^= int(_sha(name.encode()), 16) ^ int(_sha(files[name]), 16)
    return f"{total:064x}"


@exercise.mistake(hint="formula")
def first_bytes_only(files, key):
    """You hash the beginning of each file only. The rest could be exchanged."""
    return commitment({n: c[:64] for n, c in files.items()}, key)


@exercise.mistake(hint="formula")
def text_of_the_contents(files, key):
    """You turn bytes into text and drop what is not valid UTF-8. Weights are not text:
    hash the bytes themselves, or their hexadecimal form."""
    texts = {n: c.decode("utf-8", "ignore").strip("\0") for n, c in files.items()}
    return _sha(json.dumps([key.hex(), sorted(texts.items())]).encode())


@exercise.mistake(hint="formula")
def lengths_without_an_end(files, key):
    """You write each length in decimal digits and nothing after it. A length 1 before a
    part that begins with 2 reads like 12: use a fixed number of bytes."""
    whole = str(len(key)).encode() + key
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            whole += str(len(part)).encode() + part
    return _sha(whole)


@exercise.mistake(hint="formula")
def hmac_with_a_bare_key(files, key):
    """You use HMAC with the key as it is. HMAC fills a short key up with zero bytes, so
    two keys can give one hash: hash the length of the key as well."""
    return hmac.new(key, repr(sorted(files.items())).encode(), "sha256").hexdigest()


@exercise.mistake(hint="formula")
def pickled(files, key):
    """You hash a pickle. Its bytes depend on which objects are shared in memory, so
    equal files can have two hashes: hash the parts themselves."""
    return _sha(pickle.dumps((key, sorted(files.items()))))
