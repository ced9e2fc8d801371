"""Reads quiz files again and checks the rules of their formats; no network, no XSD.

The rules are those of the published bindings that an import trips over: which elements
and attributes must be there and in which order, which values are allowed, identifiers
that are unique and references that lead somewhere. Each function returns what was read,
and raises CourseError with the first rule that is broken.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn
from xml.etree import ElementTree as ET

from aigc_course.errors import CourseError

_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_ITEM12 = ("itemmetadata", "presentation", "resprocessing", "itemfeedback")
_ITEM21 = (
    "responseDeclaration",
    "outcomeDeclaration",
    "itemBody",
    "responseProcessing",
)
_MULTICHOICE = {
    "name": (1, 1),
    "questiontext": (1, 1),
    "generalfeedback": (0, 1),
    "defaultgrade": (1, 1),
    "penalty": (0, 1),
    "hidden": (0, 1),
    "single": (1, 1),
    "shuffleanswers": (1, 1),
    "answernumbering": (1, 1),
    "answer": (2, 20),
}
_NUMBERING = ("none", "abc", "ABCD", "123", "iii", "IIII")


@dataclass(frozen=True)
class Read:
    """A question as a file has it: its text and options as plain words."""

    asks: str
    options: tuple[str, ...]
    right: int


def moodle_xml(content: bytes) -> list[Read]:
    """The questions of a Moodle XML file."""
    quiz = _parsed(content)
    _need(quiz.tag == "quiz", "The root of Moodle XML is `quiz`.")
    found = []
    for one in quiz:
        _need(one.tag == "question", f"`quiz` holds `question`, not `{one.tag}`.")
        if one.get("type") == "category":
            _need(bool(_text(one, "category/text")), "A category has a text.")
            continue
        _need(one.get("type") == "multichoice", "The questions are `multichoice`.")
        found.append(_moodle_question(one))
    return found


def _moodle_question(one: ET.Element) -> Read:
    for tag, (least, most) in _MULTICHOICE.items():
        count = len(one.findall(tag))
        _need(least <= count <= most, f"A question has {count} `{tag}`.")
    _need({e.tag for e in one} <= {*_MULTICHOICE}, "A question has an unknown element.")
    for tag in ("questiontext", "answer"):
        formats = {e.get("format") for e in one.findall(tag)}
        _need(formats == {"html"}, f"The format of `{tag}` is html.")
    for tag in ("single", "shuffleanswers"):
        _need(_text(one, tag) in ("true", "false"), f"`{tag}` is true or false.")
    _need(_text(one, "answernumbering") in _NUMBERING, "`answernumbering` is unknown.")
    float(_text(one, "defaultgrade"))
    fractions = [float(e.get("fraction", "nan")) for e in one.findall("answer")]
    _need(sorted(fractions)[-2:] == [0.0, 100.0], "One answer has the fraction 100.")
    options = [_words(_text(e, "text")) for e in one.findall("answer")]
    asks = _words(_text(one, "questiontext/text"))
    return Read(asks, tuple(options), fractions.index(100.0))


def gift(text: str) -> list[Read]:
    """The questions of a GIFT text."""
    found = []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith(("$CATEGORY:", "//")):
            continue
        hit = re.fullmatch(r"::(.+?)::\[html\](.*?)(?<!\\)\{(.*)\}", block, re.S)
        if not hit:
            _fail(f"This is not a GIFT question: {block[:60]!r}.")
        parts = re.split(r"(?<!\\)([=~])", hit[3])
        signs, answers = parts[1::2], parts[2::2]
        _need(parts[0].strip() == "", "Text stands before the first answer.")
        _need(signs.count("=") == 1, "One answer is right.")
        texts = [_words(_plain_gift(one)) for one in answers]
        found.append(Read(_words(_plain_gift(hit[2])), tuple(texts), signs.index("=")))
    return found


def _plain_gift(text: str) -> str:
    """The text before its feedback, without backslashes."""
    own = re.split(r"(?<!\\)#", text)[0]
    _need(not re.search(r"(?<!\\)[{}]", own), "A brace is not escaped.")
    return re.sub(r"\\([~=#{}:\\])", r"\1", own).strip()


def qti12(content: bytes) -> list[Read]:
    """The questions of a QTI 1.2 package."""
    files, resources = _package(content)
    kinds = {one.get("type") for one in resources}
    _need(kinds == {"imsqti_xmlv1p2"}, "The resource has the type imsqti_xmlv1p2.")
    root = _bare(_parsed(files[resources[0].get("href", "")]))
    _need(root.tag == "questestinterop", "The root is `questestinterop`.")
    assessment = root.find("assessment")
    if assessment is None or not assessment.get("title"):
        _fail("There is no `assessment` with a title.")
    items = list(assessment.iter("item"))
    _unique([one.get("ident", "") for one in items])
    return [_item12(one) for one in items]


def _item12(item: ET.Element) -> Read:
    _ordered(item, _ITEM12)
    fields = {
        _text(one, "fieldlabel"): _text(one, "fieldentry")
        for one in item.iter("qtimetadatafield")
    }
    kind = fields.get("question_type")
    _need(kind == "multiple_choice_question", "The question type is multiple choice.")
    lid = item.find("presentation/response_lid")
    if lid is None or lid.get("rcardinality") != "Single":
        _fail("A question has one `response_lid` of cardinality Single.")
    labels = lid.findall("render_choice/response_label")
    idents = [one.get("ident", "") for one in labels]
    _unique(idents)
    values = [one for one in item.iter("varequal")]
    for one in values:
        _need(one.get("respident") == lid.get("ident"), "`respident` leads nowhere.")
        _need((one.text or "") in idents, "`varequal` names no label.")
    feedback = {one.get("ident") for one in item.findall("itemfeedback")}
    links = {one.get("linkrefid") for one in item.iter("displayfeedback")}
    _need(links <= feedback, "`displayfeedback` names no `itemfeedback`.")
    scored = [c for c in item.iter("respcondition") if c.find("setvar") is not None]
    _need(len(scored) == 1, "One condition sets the score.")
    _need(_text(scored[0], "setvar") == "100", "The right answer scores 100.")
    right = idents.index(_text(scored[0], "conditionvar/varequal"))
    texts = [_words(_text(one, "material/mattext")) for one in labels]
    asks = _words(_text(item, "presentation/material/mattext"))
    return Read(asks, tuple(texts), right)


def qti21(content: bytes) -> list[Read]:
    """The questions of a QTI 2.1 package, in the order of its test."""
    files, resources = _package(content)
    tests = [one for one in resources if one.get("type") == "imsqti_test_xmlv2p1"]
    _need(len(tests) == 1, "A package has one test.")
    root = _bare(_parsed(files[tests[0].get("href", "")]))
    _ordered(root, ("testPart",))
    for part in root.iter("testPart"):
        modes = part.get("navigationMode"), part.get("submissionMode")
        _need(modes[0] in ("linear", "nonlinear"), "`navigationMode` is unknown.")
        _need(modes[1] in ("individual", "simultaneous"), "`submissionMode` unknown.")
    named = [one.get("href", "") for one in root.iter("assessmentItemRef")]
    items = [one for one in resources if one.get("type") == "imsqti_item_xmlv2p1"]
    _need({one.get("href") for one in items} == {*named}, "The test lists the items.")
    return [_item21(_bare(_parsed(files[name]))) for name in named]


def _item21(item: ET.Element) -> Read:
    _need(item.tag == "assessmentItem", "An item is an `assessmentItem`.")
    for name in ("identifier", "title", "adaptive", "timeDependent"):
        _need(bool(item.get(name)), f"An item has the attribute `{name}`.")
    _ordered(item, _ITEM21)
    choice = item.find("itemBody/choiceInteraction")
    declared = item.find("responseDeclaration")
    if choice is None or declared is None:
        _fail("An item has a response and a `choiceInteraction`.")
    same = choice.get("responseIdentifier") == declared.get("identifier")
    _need(same, "`responseIdentifier` leads nowhere.")
    kind = declared.get("cardinality"), declared.get("baseType")
    _need(kind == ("single", "identifier"), "The response is a single identifier.")
    _ordered(choice, ("prompt", "simpleChoice"))
    options = choice.findall("simpleChoice")
    idents = [one.get("identifier", "") for one in options]
    _unique(idents)
    right = idents.index(_text(declared, "correctResponse/value"))
    texts = [_words(ET.tostring(one, "unicode")) for one in options]
    prompt = choice.find("prompt")
    asks = _words(ET.tostring(prompt, "unicode")) if prompt is not None else ""
    return Read(asks, tuple(texts), right)


def _package(content: bytes) -> tuple[dict[str, bytes], list[ET.Element]]:
    """The files of a package and the resources of its manifest."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    _need("imsmanifest.xml" in files, "A package has an imsmanifest.xml.")
    root = _bare(_parsed(files["imsmanifest.xml"]))
    _ordered(root, ("organizations", "resources"))
    resources = list(root.iter("resource"))
    _unique([one.get("identifier", "") for one in resources])
    listed = {file.get("href", "") for file in root.iter("file")}
    present = {*files} - {"imsmanifest.xml"}
    _need(listed == present, "The manifest names each file of the package.")
    _need(all(one.get("href") in listed for one in resources), "A resource has a file.")
    return files, resources


def _parsed(content: bytes) -> ET.Element:
    try:
        return ET.fromstring(content)
    except ET.ParseError as error:
        raise CourseError(f"This is not XML: {error}.") from error


def _bare(root: ET.Element) -> ET.Element:
    """Without namespaces, which have to be one and the same."""
    spaces = {one.tag.partition("}")[0] for one in root.iter()}
    _need(len(spaces) == 1 and "http" in min(spaces), "One namespace is declared.")
    for one in root.iter():
        one.tag = one.tag.partition("}")[2]
    return root


def _ordered(parent: ET.Element, tags: Sequence[str]) -> None:
    """Whether the children are these, each at least once, in this order."""
    present = [one.tag for one in parent]
    _need({*present} == {*tags}, f"`{parent.tag}` holds {', '.join(tags)}.")
    order = [tags.index(tag) for tag in present]
    _need(order == sorted(order), f"In `{parent.tag}`: first {', then '.join(tags)}.")


def _unique(idents: Sequence[str]) -> None:
    _need(all(map(_NAME.fullmatch, idents)), f"Identifiers are names: {idents}.")
    _need(len({*idents}) == len(idents), f"Identifiers are unique: {idents}.")


def _text(element: ET.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _words(html: str) -> str:
    """HTML as plain words."""
    text = "".join(ET.fromstring(f"<x>{html}</x>").itertext())
    return " ".join(text.split())


def _need(holds: bool, rule: str) -> None:
    if not holds:
        _fail(rule)


def _fail(rule: str) -> NoReturn:
    raise CourseError(rule)
