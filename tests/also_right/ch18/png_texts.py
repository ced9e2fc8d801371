"""Other right answers to 18.png_texts."""

import io
import struct
import zlib

from tests.also_right import also_right


@also_right
def from_a_stream(content):
    stream = io.BytesIO(content)
    if stream.read(8) != bytes([137, 80, 78, 71, 13, 10, 26, 10]):
        raise ValueError("signature")
    texts = {}
    while True:
        head = stream.read(8)
        if len(head) != 8:
            raise ValueError("end of file")
        size, kind = struct.unpack(">I4s", head)
        body, crc = stream.read(size), stream.read(4)
        if len(body) != size or struct.pack(">I", zlib.crc32(head[4:] + body)) != crc:
            raise ValueError("crc")
        if kind == b"IEND":
            return texts
        if kind == b"tEXt":
            end = body.index(b"\0")
            texts[body[:end].decode("latin-1")] = body[end + 1 :].decode("latin-1")
        elif kind == b"iTXt":
            key, rest = body.split(b"\0", 1)
            for _ in range(2):
                rest = rest[rest.index(b"\0", 2 if _ == 0 else 0) + 1 :]
            texts[key.decode()] = rest.decode()


@also_right
def chunks_first(content):
    def chunks(rest):
        while rest:
            if len(rest) < 12:
                raise ValueError("too short")
            size = int.from_bytes(rest[:4], "big")
            whole, rest = rest[4 : 8 + size], rest[8 + size :]
            if len(rest) < 4 or zlib.crc32(whole) != int.from_bytes(rest[:4], "big"):
                raise ValueError("damaged")
            yield whole[:4], whole[4:]
            if whole[:4] == b"IEND":
                return
            rest = rest[4:]
        raise ValueError("no end")

    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("not a PNG")
    texts = {}
    for kind, body in chunks(content[8:]):
        if kind == b"tEXt":
            name, _, text = body.decode("latin-1").partition("\0")
            texts[name] = text
        elif kind == b"iTXt":
            name, rest = body.decode("utf-8").split("\0", 1)
            texts[name] = rest[2:].split("\0", 2)[-1]
    return texts
