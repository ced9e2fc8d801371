"""Exercise on reading the texts of a PNG file by hand."""

import struct
import zlib

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.png_texts",
    order=20,
    title="Read what a picture says about itself",
    difficulty=3,
    minutes=20,
    asks="method",
    idea="After the signature the file is a chain of chunks. The length of a chunk says"
    " where the next one begins, so no place has to be searched for.",
    formula="A chunk is 4 bytes of length n (highest byte first), 4 bytes of kind, n"
    " bytes of content, and the CRC-32 of kind and content. IEND is the last one. tEXt"
    " is a key, a zero byte and a text in Latin-1. iTXt is a key, a zero byte, two more"
    " bytes, a language, a zero byte, another name, a zero byte and a text in UTF-8.",
    line="Write `if content[:8] != b'\\x89PNG\\r\\n\\x1a\\n': raise ValueError('no"
    " PNG')`, then `at, texts, kind = 8, {}, b''`, then `while kind != b'IEND':\n"
    "        n, kind = int.from_bytes(content[at : at + 4], 'big'), content[at + 4 : at"
    " + 8]\n        body, crc = content[at + 8 : at + 8 + n], content[at + 8 + n : at"
    " + 12 + n]\n        if len(crc) < 4 or zlib.crc32(kind + body) !="
    " int.from_bytes(crc, 'big'): raise ValueError('damaged')\n        key, _, text ="
    " body.partition(b'\\0')\n        if kind == b'tEXt': texts[key.decode('latin-1')]"
    " = text.decode('latin-1')\n        if kind == b'iTXt':"
    " texts[key.decode('latin-1')] = text[2:].split(b'\\0', 2)[2].decode()\n       "
    " at += 12 + n`, then `return"
    " texts`.",
    variation="Read iTXt chunks whose text is compressed: the first of the two bytes is"
    " 1, and the text is a zlib stream.",
)

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@exercise.answer
def png_texts(content: bytes) -> dict[str, str]:
    """{key: text} of the tEXt and iTXt chunks of a PNG file, up to its end chunk.

    content: the bytes of the file; no text in it is compressed. Raises ValueError if it
    is not a PNG file, if it is truncated, or if the CRC of a chunk does not fit.
    ISO/IEC 15948, clauses 5 and 11.
    """
    if content[:8] != SIGNATURE:
        raise ValueError("the file does not begin as a PNG file does")
    texts: dict[str, str] = {}
    at, kind = 8, b""
    while kind != b"IEND":
        n = int.from_bytes(content[at : at + 4], "big")
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + n]
        crc = content[at + 8 + n : at + 12 + n]
        if len(crc) < 4 or zlib.crc32(kind + body) != int.from_bytes(crc, "big"):
            raise ValueError("a chunk is damaged")
        key, _, text = body.partition(b"\0")
        if kind == b"tEXt":
            texts[key.decode("latin-1")] = text.decode("latin-1")
        if kind == b"iTXt":  # two bytes on compression, a language, a translated key
            text = text[2:].split(b"\0", 2)[2]
            texts[key.decode("latin-1")] = text.decode("utf-8")
        at += 12 + n
    return texts


def chunk(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    """A chunk; crc: what it claims, where that is false."""
    right = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", right)


def written(key: str, text: str) -> bytes:
    """A tEXt chunk."""
    return chunk(b"tEXt", key.encode("latin-1") + b"\0" + text.encode("latin-1"))


def international(key: str, text: str, language: str = "") -> bytes:
    """An iTXt chunk without compression."""
    name = key.encode("latin-1") + b"\0\0\0" + language.encode() + b"\0\0"
    return chunk(b"iTXt", name + text.encode())


HEAD = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
PIXELS = chunk(b"IDAT", zlib.compress(bytes(6)))
END = chunk(b"IEND", b"")


def files() -> dict[str, bytes]:
    """Files by what is special about them; the last ones are damaged."""
    label = written("AIGC", '{"Label": "1"}')
    hidden = chunk(b"IDAT", b"..tEXtAIGC\0false" + written("AIGC", "false"))
    spoilt = chunk(b"tEXt", b"AIGC\0false", crc=7)
    return {
        "one text": SIGNATURE + HEAD + label + PIXELS + END,
        "two texts": SIGNATURE + HEAD + label + written("Author", "Ada") + PIXELS + END,
        "none": SIGNATURE + HEAD + PIXELS + END,
        "after the pixels": SIGNATURE + HEAD + PIXELS + label + END,
        "a long text": SIGNATURE + HEAD + written("Comment", "x" * 700) + PIXELS + END,
        "in two kinds of chunks": SIGNATURE
        + HEAD
        + written("Author", "Zoë")
        + international("AIGC", "由模型生成 made", "zh")
        + PIXELS
        + END,
        "accents": SIGNATURE + HEAD + written("Author", "Zoë") + PIXELS + END,
        "an empty text": SIGNATURE + HEAD + written("Title", "") + PIXELS + END,
        "tEXt among the pixels": SIGNATURE + HEAD + hidden + END,
        "after the end": SIGNATURE + HEAD + PIXELS + END + written("AIGC", "false"),
        "a damaged text": SIGNATURE + HEAD + spoilt + PIXELS + END,
        "damaged pixels": SIGNATURE + HEAD + label + chunk(b"IDAT", b"ab", 1) + END,
        "cut": (SIGNATURE + HEAD + label + PIXELS + END)[:-9],
        "cut in its last CRC": (SIGNATURE + HEAD + label + PIXELS + END)[:-1],
        "another kind of file": b"\xff\xd8\xff\xe0" + HEAD + label + PIXELS + END,
    }


@exercise.observe
def texts_and_refusals(f) -> dict[str, object]:
    """What f reads from each file."""
    return {name: read(f, content) for name, content in files().items()}


def read(f, content: bytes) -> object:
    """What f reads from a file, or that it refuses it."""
    try:
        return dict(f(content))
    except ValueError:
        return "refused by ValueError"


@exercise.must_hold
def texts_after_the_end_do_not_count(f) -> bool:
    """Bytes after the end chunk do not belong to the picture."""
    return f(SIGNATURE + HEAD + PIXELS + END + b"tEXt" + bytes(40)) == {}


@exercise.must_hold
def a_flipped_bit_is_refused(f) -> bool:
    """A text of which one bit was changed raises ValueError."""
    whole = bytearray(SIGNATURE + HEAD + written("AIGC", "made") + PIXELS + END)
    whole[-40] ^= 1
    return read(f, bytes(whole)) == "refused by ValueError"


def _chunks(content, check=True, start=True, end=True, cut=True, order="big", size=4):
    """(kind, content) of the chunks, with single checks left out."""
    if start and content[:8] != SIGNATURE:
        raise ValueError("no PNG")
    at, kind = 8, b""
    while at + 8 <= len(content) and not (end and kind == b"IEND"):
        n = int.from_bytes(content[at + 4 - size : at + 4], order)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + n]
        crc = content[at + 8 + n : at + 12 + n]
        if cut and len(crc) < 4:
            raise ValueError("cut")
        if check and len(crc) == 4 and zlib.crc32(kind + body) != int.from_bytes(crc):
            raise ValueError("damaged")
        yield kind, body
        at += 12 + n
    if cut and end and kind != b"IEND":
        raise ValueError("cut")


def _texts(chunks, latin="latin-1", wide="utf-8", skip=2, parts=2) -> dict[str, str]:
    """{key: text} of chunks."""
    texts = {}
    for kind, body in chunks:
        key, _, text = body.partition(b"\0")
        name = key.decode("latin-1")
        if kind == b"tEXt":
            texts[name] = text.decode(latin, errors="replace")
        if kind == b"iTXt":
            texts[name] = text[skip:].split(b"\0", parts)[-1].decode(wide, "replace")
    return texts


@exercise.mistake(hint="formula")
def crc_not_checked(content):
    """You do not compare the CRC, so damaged chunks are read as they are."""
    return _texts(_chunks(content, check=False))


@exercise.mistake(hint="idea")
def searched_for(content):
    """You search the file for the names of the chunks. They can stand among the pixels,
    or after the end, where anybody can add bytes: go from chunk to chunk."""
    if content[:8] != SIGNATURE or not content.endswith((END[4:], written("", "")[4:])):
        list(_chunks(content))
    found = []
    for kind in (b"tEXt", b"iTXt"):
        at = content.find(kind)
        while at >= 0:
            n = int.from_bytes(content[at - 4 : at], "big")
            found.append((kind, content[at + 4 : at + 4 + min(n, 1000)]))
            at = content.find(kind, at + 4)
    return _texts(found)


@exercise.mistake(hint="idea")
def goes_past_the_end(content):
    """You go on after the end chunk. What follows it does not belong to the
    picture."""
    return _texts(_chunks(content, end=False))


@exercise.mistake(hint="idea")
def stops_at_the_pixels(content):
    """You stop at the pixels. Texts may stand after them."""
    chunks = list(_chunks(content))
    kinds = [kind for kind, _ in chunks]
    return _texts(chunks[: kinds.index(b"IDAT")])


@exercise.mistake(hint="formula")
def truncated_is_accepted(content):
    """You accept a truncated file. Without its end chunk it may have lost texts: raise
    ValueError."""
    return _texts(_chunks(content, cut=False))


@exercise.mistake(hint="formula")
def signature_not_checked(content):
    """You do not look at the first eight bytes, so other kinds of files are read by the
    rules of PNG."""
    at = content.find(b"IHDR") - 4
    return _texts(_chunks(SIGNATURE + content[at:]))


@exercise.mistake(hint="formula")
def all_as_utf_8(content):
    """You read all texts as UTF-8. In a tEXt chunk it is Latin-1; UTF-8 belongs to
    iTXt."""
    return _texts(_chunks(content), latin="utf-8")


@exercise.mistake(hint="formula")
def all_as_latin_1(content):
    """You read all texts as Latin-1. In an iTXt chunk it is UTF-8, so that it can hold
    Chinese."""
    return _texts(_chunks(content), wide="latin-1")


@exercise.mistake(hint="formula")
def language_kept(content):
    """You leave what stands before the text of an iTXt chunk in the text: two bytes,
    the language and the translated name."""
    return _texts(_chunks(content), skip=0, parts=0)


@exercise.mistake(hint="formula")
def whole_files_refused(content):
    """You refuse files that are whole. Read the length with its highest byte first, and
    compare the CRC-32 of the kind and the content together."""
    raise ValueError("no CRC fits")


@exercise.mistake(hint="formula")
def returns_at_the_first_text(content):
    """You return at the first text. A file may have several, and only its end shows
    whether it is damaged."""
    for part in _chunks(content):
        if part[0] in (b"tEXt", b"iTXt"):
            return _texts([part])
    return {}


@exercise.mistake(hint="idea")
def plain_texts_only(content):
    """You read tEXt only. Labels often stand in iTXt, which can hold every script."""
    return _texts(one for one in _chunks(content) if one[0] == b"tEXt")


@exercise.mistake(hint="formula")
def one_byte_of_length(content):
    """You read one byte of the length. A chunk may be longer than 255 bytes: the length
    has four bytes."""
    return _texts(_chunks(content, size=1))


@exercise.mistake(hint="idea")
def empty_texts_left_out(content):
    """You leave out texts that are empty. A key may stand without a text."""
    return {key: text for key, text in _texts(_chunks(content)).items() if text}


@exercise.mistake(hint="idea")
def damaged_chunks_skipped(content):
    """You skip a damaged chunk and read on. A damaged file says nothing reliable: raise
    ValueError."""
    right = []
    list(_chunks(content, check=False))
    for part in _chunks(content, check=False):
        whole = struct.pack(">I", len(part[1])) + part[0] + part[1]
        if whole + struct.pack(">I", zlib.crc32(part[0] + part[1])) in content:
            right.append(part)
    return _texts(right)
