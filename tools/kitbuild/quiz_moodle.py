"""The quiz as Moodle XML and as GIFT, which Moodle and others import."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from kitbuild.marks import as_html
from kitbuild.questions import Question

_GIFT = re.compile(r"([~=#{}:\\])")


def moodle_xml(questions: Sequence[Question], category: str) -> bytes:
    """Questions of the type `multichoice`, one right answer, in a category."""
    quiz = ET.Element("quiz")
    head = ET.SubElement(quiz, "question", type="category")
    place = ET.SubElement(head, "category")
    ET.SubElement(place, "text").text = f"$course$/top/{category}"
    for one in questions:
        quiz.append(_multichoice(one))
    ET.indent(quiz)
    return ET.tostring(quiz, encoding="utf-8", xml_declaration=True)


def _multichoice(one: Question) -> ET.Element:
    made = ET.Element("question", type="multichoice")
    name = ET.SubElement(made, "name")
    ET.SubElement(name, "text").text = f"{one.id} {one.exercise}"
    _html(made, "questiontext", one.asks)
    _html(made, "generalfeedback", one.right.feedback)
    fields = {"defaultgrade": "1", "penalty": "0.3333333", "hidden": "0"}
    fields |= {"single": "true", "shuffleanswers": "true", "answernumbering": "abc"}
    for key, value in fields.items():
        ET.SubElement(made, key).text = value
    for option in one.options:
        fraction = "100" if option.right else "0"
        answer = _html(made, "answer", option.text, fraction=fraction)
        _html(answer, "feedback", option.feedback)
    return made


def _html(parent: ET.Element, tag: str, text: str, **more: str) -> ET.Element:
    """An element that holds a `text` in Moodle's format "html"."""
    made = ET.SubElement(parent, tag, {**more, "format": "html"})
    ET.SubElement(made, "text").text = as_html(text)
    return made


def gift(questions: Sequence[Question], category: str) -> str:
    """The GIFT text; its own signs are escaped by a backslash."""
    parts = [f"$CATEGORY: $course$/top/{category}"]
    for one in questions:
        lines = [f"::{_escaped(f'{one.id} {one.exercise}')}::[html]"]
        lines[0] += f"{_escaped(as_html(one.asks))} {{"
        for option in one.options:
            sign = "=" if option.right else "~"
            feedback = _escaped(as_html(option.feedback))
            lines.append(f"\t{sign}{_escaped(as_html(option.text))}#{feedback}")
        parts.append("\n".join([*lines, "}"]))
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    return _GIFT.sub(r"\\\1", " ".join(text.split()))
