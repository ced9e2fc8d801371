"""Labels of generated pictures: words for people, metadata for programs.

Two sets of rules ask for them; `FACTS` says which, as reported and not as advice.
China's standard GB 45438-2025 puts seven keys as JSON into the metadata (annex E). The
European rules ask for a mark that programs can read. The IPTC's digital source type is
one such mark, and C2PA uses it as well. Both fit into one XMP packet (ISO 16684-1),
which a PNG or JPEG file carries beside the pixels. Saving the file anew removes it.
"""

import io
import json
import re
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape
from zlib import crc32

from PIL import Image

from aigc_course.apps import images
from aigc_course.apps.images import Picture
from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, target, write_bytes
from aigc_course.provenance.facts import FACTS, Fact
from aigc_course.provenance.visible import (
    LEAST,
    TEXTS,
    Labelled,
    explicit,
    has_strip,
    measure,
    original,
)

__all__ = [
    "FACTS",
    "GB_KEYS",
    "LEAST",
    "SOURCE_TYPE",
    "TEXTS",
    "Fact",
    "Found",
    "Implicit",
    "Labelled",
    "content",
    "explicit",
    "has_strip",
    "insert",
    "measure",
    "original",
    "packet",
    "read",
    "write",
]

GB_KEYS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
OWN = "urn:aigc-course:label"
LONGEST = 200  # characters of a value
MOST_PACKET = 60_000  # bytes: a JPEG segment holds 65,533
ADOBE = b"http://ns.adobe.com/xap/1.0/\0"  # begins a JPEG segment with XMP
DAMAGED = (ValueError, KeyError, TypeError, RecursionError)
KEYWORD = b"XML:com.adobe.xmp\0\0\0\0\0"  # begins a PNG chunk with XMP


@dataclass(frozen=True)
class Implicit:
    """The seven values of GB 45438-2025, annex E, in its order.

    label: "1" for generated. producer: who made the picture; produce_id: the number
    that the producer gave it. The same of who passed it on. The reserved codes are for
    the security of the content. Raises CourseError for empty or overlong values.
    """

    label: str
    producer: str
    produce_id: str
    reserved1: str = ""
    propagator: str = ""
    propagate_id: str = ""
    reserved2: str = ""

    def __post_init__(self) -> None:
        for key, value in zip(GB_KEYS, astuple(self), strict=True):
            if len(value) > LONGEST or not value.isprintable():
                raise CourseError(
                    f"{key} has at most {LONGEST} printable characters; got"
                    f" {len(value)}."
                )
        if not (self.label and self.producer.strip() and self.produce_id.strip()):
            raise CourseError(
                "A label names its kind, who produced the picture, and the picture's"
                " number; none of them may be empty."
            )

    @property
    def gb(self) -> dict[str, str]:
        """The values under the keys of the standard."""
        return dict(zip(GB_KEYS, astuple(self), strict=True))


@dataclass(frozen=True)
class Found:
    """What a file's metadata say. source_type: None where there is none.

    place: how much the picture is enlarged, its height and its width, where there is a
    strip with words that this course has drawn.
    """

    gb: dict[str, str]
    source_type: str | None
    place: tuple[int, int, int] | None

    @property
    def sentence(self) -> str:
        """The same in words, for a person."""
        # repr: a file that others wrote may hold characters that steer a terminal
        source = (self.source_type or "").rsplit("/", 1)[-1][:LONGEST]
        parts = [f"the digital source type {source!r}"] * bool(source)
        if self.gb:
            who = self.gb.get("ContentProducer", "")[:LONGEST]
            kind = self.gb["Label"][:LONGEST]
            parts.insert(0, f"Label {kind!r} of the producer {who!r}")
        return (
            f"Its metadata say: {' and '.join(parts)}. Nothing protects metadata:"
            " anybody can write or remove them."
        )


def packet(label: Implicit, labelled: Labelled | None = None) -> bytes:
    """The XMP packet with both labels, and where the picture lies in its frame."""
    place = ""
    if labelled is not None:
        place = " ".join(map(str, (labelled.times, *labelled.size)))
        place = f"<aigc:Place>{place}</aigc:Place>"
    values = escape(json.dumps(label.gb, ensure_ascii=False))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""'
        f' xmlns:TC260="{TC260}" xmlns:Iptc4xmpExt="{IPTC}" xmlns:aigc="{OWN}">'
        f"<TC260:AIGC>{values}</TC260:AIGC>"
        f"<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>"
        f"{place}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def insert(file: bytes, packet: bytes) -> bytes:
    """A PNG or JPEG file with an XMP packet; no pixel changes.

    Raises CourseError for another kind of file, and for a packet that is too long.
    """
    if len(packet) > MOST_PACKET:
        raise CourseError(f"A packet has at most {MOST_PACKET:,} bytes.")
    if file[:8] == b"\x89PNG\r\n\x1a\n":  # a chunk after the header, 8 + 25 bytes
        content = b"iTXt" + KEYWORD + packet
        length = (len(content) - 4).to_bytes(4)
        return file[:33] + length + content + crc32(content).to_bytes(4) + file[33:]
    if file[:2] == b"\xff\xd8":  # a segment after the start, and after JFIF's own
        start = 4 + int.from_bytes(file[4:6]) - 2 + 2 if file[2:4] == b"\xff\xe0" else 2
        content = ADOBE + packet
        length = (len(content) + 2).to_bytes(2)
        return file[:start] + b"\xff\xe1" + length + content + file[start:]
    raise CourseError("A label is written into PNG and JPEG files only.")


def content(
    suffix: str, picture: Picture, label: Implicit, text: str | None = "en"
) -> tuple[bytes, Labelled | None]:
    """A file with both labels, and the picture as it looks in it.

    suffix: .png, .jpg or .jpeg. text: a key of TEXTS for the words, or None for the
    metadata alone. Raises CourseError as `images.write` and `explicit` do.
    """
    labelled = None if text is None else explicit(picture, text)
    shown = picture if labelled is None else labelled.picture
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / f"plain{suffix}"
        images.write(plain, shown)
        return insert(plain.read_bytes(), packet(label, labelled)), labelled


def write(
    path: Path, picture: Picture, label: Implicit, text: str | None = "en"
) -> Labelled | None:
    """Write what `content` makes, whole or not at all; PNG or JPEG by the suffix."""
    path = Path(path)
    images.check_output(path, transparent=picture.alpha is not None, overwrite=True)
    made, labelled = content(path.suffix, picture, label, text)
    write_bytes(target(path), made)
    return labelled


def read(path: Path) -> Found | None:
    """The labels in the metadata of a picture file; None where there is none.

    Raises CourseError for what is no picture, and for metadata that cannot be read.
    """
    content = read_bytes(path, images.MAX_BYTES)
    try:
        with Image.open(io.BytesIO(content), formats=images.FORMATS) as image:
            found = image.info.get("xmp")
            if found is None:  # of a PNG, where other programs have written it
                found = image.info.get("XML:com.adobe.xmp")
    except Exception as error:  # decoders of hostile files raise anything
        raise CourseError(f"{path} is no picture that can be read.") from error
    if found is None:
        return None
    text = found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
    try:
        return _found(text)
    except (*DAMAGED, ElementTree.ParseError) as error:
        raise CourseError(f"The metadata of {path} are damaged.") from error


def _found(text: str) -> Found | None:
    """The labels in an XMP packet; an error where it is damaged."""
    # the outer element may be left out
    body = re.search(r"<(x:xmpmeta|rdf:RDF)\b.*</\1>", text, re.DOTALL)
    if body is None:  # what stands before it, such as declarations, is not parsed
        raise ValueError("no packet")
    root = ElementTree.fromstring(body[0])
    gb, source, place = (
        _value(root, name)
        for name in (
            f"{{{TC260}}}AIGC",
            f"{{{IPTC}}}DigitalSourceType",
            f"{{{OWN}}}Place",
        )
    )
    if gb is None and source is None:
        return None
    values: dict[str, Any] = json.loads(gb) if gb else {}
    if gb:
        values = {key: str(values[key]) for key in GB_KEYS if key in values}
        values["Label"]  # without it the object is no label
    numbers = tuple(int(part) for part in place.split()) if place else None
    if numbers is not None and len(numbers) != 3:
        raise ValueError("no place")
    return Found(values, source, numbers)


def _value(root: ElementTree.Element, name: str) -> str | None:
    """A property of the packet, as an element or as an attribute."""
    for element in root.iter():
        if element.tag == name:
            return element.text or ""
        if name in element.attrib:
            return element.attrib[name]
    return None
