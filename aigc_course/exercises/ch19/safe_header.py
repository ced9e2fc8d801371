"""Exercise on reading the header of a safetensors file by hand."""

import json

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.safe_header",
    order=20,
    title="Read a file without running it",
    difficulty=3,
    minutes=18,
    asks="method",
    idea="Read the length of the header, then the header, then check every place that"
    " it names against the size of the file before you believe it.",
    formula="N is the number in bytes 0 to 7, lowest byte first. The header is JSON in"
    " bytes 8 to 8 + N, and the data start at 8 + N. Offsets count from there.",
    line="Write `start = 8 + int.from_bytes(content[:8], 'little')`, then `if start >"
    " len(content): raise ValueError('the header ends after the file')`, then `header"
    " = json.loads(content[8:start])`, then `header.pop('__metadata__', None)`, then"
    " `found = {name: (one['dtype'], one['shape'], start + one['data_offsets'][0],"
    " start + one['data_offsets'][1]) for name, one in header.items()}`, then `if"
    " any(a < start or b < a or b > len(content) for _, _, a, b in found.values()):"
    " raise ValueError('a tensor ends after the file')`, then `return found`.",
    variation="Refuse a file in which two tensors overlap, or in which bytes belong to"
    " no tensor.",
)


@exercise.answer
def safe_header(content: bytes) -> dict[str, tuple[str, list[int], int, int]]:
    """{name: (dtype, shape, first byte, last byte + 1)} of a safetensors file.

    content: the whole file. Both places are counted from the start of the file.
    `__metadata__` is not a tensor. Raises ValueError when the header or a tensor would
    end after the file, or a place is negative or before the data.
    """
    start = 8 + int.from_bytes(content[:8], "little")
    if start > len(content):
        raise ValueError("the header ends after the file")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    found = {}
    for name, one in header.items():
        first, last = (start + place for place in one["data_offsets"])
        if not start <= first <= last <= len(content):
            raise ValueError(f"{name} lies outside the file")
        found[name] = (one["dtype"], one["shape"], first, last)
    return found


def packed(header: dict, data: bytes, length: int | None = None) -> bytes:
    """A file with this header and these data; length: what the first bytes claim."""
    text = json.dumps(header).encode()
    claimed = len(text) if length is None else length
    return claimed.to_bytes(8, "little") + text + data


def tensor(shape: list[int], first: int, last: int, dtype: str = "F32") -> dict:
    """The entry of a tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, last]}


TWO = {
    "__metadata__": {"made by": "a test"},
    "net.weight": tensor([2, 3], 0, 24),
    "net.bias": tensor([2], 24, 32),
}
LONG = {f"layer {i}": tensor([4], 8 * i, 8 * i + 8, "F16") for i in range(9)}


def whole_files() -> list[bytes]:
    """Files without a fault."""
    return [
        packed({"w": tensor([2], 0, 4, "F16")}, b"\x01\x02\x03\x04"),
        packed(TWO, bytes(32)),
        packed(LONG, bytes(72)),
        packed({}, b""),
        packed({"empty": tensor([0, 4], 0, 0)}, b""),
    ]


@exercise.observe
def headers_and_refusals(f) -> dict[str, object]:
    """What f reads from whole files and from a cut one."""
    found = {f"file {i}": read(f, content) for i, content in enumerate(whole_files())}
    cut = read(f, packed(TWO, bytes(31)))
    found["a cut file"] = f"{len(cut)} tensors" if isinstance(cut, dict) else cut
    return found


def read(f, content: bytes) -> object:
    """What f reads from a file, or by what it refuses it."""
    try:
        return f(content)
    except (ValueError, AssertionError) as error:
        if type(error) not in (ValueError, AssertionError):
            raise  # of the JSON reader, say: the line is of more help
        return f"refused by {type(error).__name__}"


def refuses(f, content: bytes) -> bool:
    """Whether f raises ValueError for this file, and no AssertionError, say."""
    try:
        f(content)
    except ValueError:
        return True
    except AssertionError:
        return False
    return False


@exercise.must_hold
def a_cut_file_is_refused(f) -> bool:
    """A file that ends before its last tensor raises ValueError."""
    return refuses(f, packed(TWO, bytes(32))[:-1])


@exercise.must_hold
def a_negative_place_is_refused(f) -> bool:
    """A tensor that starts before the data raises ValueError."""
    return refuses(f, packed({"w": tensor([2], -8, 0)}, bytes(8)))


@exercise.must_hold
def a_long_header_is_refused(f) -> bool:
    """A header that claims to be longer than the file raises ValueError."""
    return refuses(f, packed({}, b"", length=2**62))


@exercise.must_hold
def all_eight_bytes_count(f) -> bool:
    """The length is a number of eight bytes without a sign. A file that claims
    2^32 bytes more, or nearly 2^64, raises ValueError."""
    whole = packed({"w": tensor([2], 0, 8)}, bytes(8))
    n = int.from_bytes(whole[:8], "little")
    longer = (n + 2**32).to_bytes(8, "little") + whole[8:]
    negative = (2**64 - 10).to_bytes(8, "little") + b"{}" + bytes(2)
    return refuses(f, longer) and refuses(f, negative)


def _read(content: bytes, start: int, header: dict, shift: int) -> dict:
    found = {}
    for name, one in header.items():
        first, last = one["data_offsets"]
        if first < 0 or last < first or start + last > len(content):
            raise ValueError(name)
        found[name] = (one["dtype"], one["shape"], first + shift, last + shift)
    return found


def _parts(content: bytes) -> tuple[int, dict]:
    start = 8 + int.from_bytes(content[:8], "little")
    if start > len(content):
        raise ValueError("too long")
    header = json.loads(content[8:start])
    return start, header


@exercise.mistake(hint="formula")
def places_within_the_data(content):
    """You give the places as they stand in the header. They count from the start of the
    data: add 8 + N."""
    start, header = _parts(content)
    header.pop("__metadata__", None)
    return _read(content, start, header, 0)


@exercise.mistake(hint="formula")
def length_not_counted(content):
    """You add N to the places and forget the 8 bytes that hold N."""
    start, header = _parts(content)
    header.pop("__metadata__", None)
    return _read(content, start, header, start - 8)


@exercise.mistake(hint="formula")
def header_not_counted(content):
    """You add 8 to the places and forget the N bytes of the header."""
    start, header = _parts(content)
    header.pop("__metadata__", None)
    return _read(content, start, header, 8)


@exercise.mistake(hint="idea")
def places_believed(content):
    """You accept a tensor that ends after the file. Add 8 + N to its places, which
    count from the end of the header, and compare them with the size of the file."""
    start, header = _parts(content)
    header.pop("__metadata__", None)
    return {
        name: (one["dtype"], one["shape"], *(start + p for p in one["data_offsets"]))
        for name, one in header.items()
    }


@exercise.mistake(hint="idea")
def metadata_is_a_tensor(content):
    """You treat `__metadata__` as a tensor. It holds texts about the file: leave it
    out."""
    start, header = _parts(content)
    header.setdefault("__metadata__", {})
    rest = {k: v for k, v in header.items() if k != "__metadata__"}
    return {
        "__metadata__": ("", [], start, start),
        **_read(content, start, rest, start),
    }


@exercise.mistake(hint="formula")
def highest_byte_first(content):
    """You read the length with the highest byte first. The format stores the lowest
    byte first (little-endian)."""
    start = 8 + int.from_bytes(content[:8], "big")
    if start > len(content):
        raise ValueError("the header ends after the file")
    return _read(content, start, json.loads(content[8:start]), start)


@exercise.mistake(hint="formula")
def header_from_the_first_byte(content):
    """You read N bytes of JSON from the start of the file. The first 8 bytes are the
    length: the header starts at byte 8."""
    n = int.from_bytes(content[:8], "little")
    return json.loads(content[:n])


@exercise.mistake(hint="formula")
def length_instead_of_end(content):
    """Your last number is the length of the tensor. The header gives first and last
    place: give the place behind the last byte."""
    start, header = _parts(content)
    header.pop("__metadata__", None)
    found = _read(content, start, header, start)
    return {name: (d, s, a, b - a) for name, (d, s, a, b) in found.items()}


@exercise.mistake(hint="idea")
def damage_is_left_out(content):
    """You leave out a tensor that lies outside the file, and go on. A model without one
    of its tensors must not be loaded: raise ValueError."""
    start, header = _parts(content)
    header.pop("__metadata__", None)
    kept = {}
    for name, one in header.items():
        first, last = one["data_offsets"]
        if 0 <= first <= last and start + last <= len(content):
            kept[name] = (one["dtype"], one["shape"], start + first, start + last)
    return kept
