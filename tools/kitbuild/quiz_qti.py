"""The quiz as IMS QTI 1.2 and 2.1 packages, which Canvas and others import.

A package is a zip with `imsmanifest.xml` and the files that it names. The fields are
those of the specifications "QTI: ASI XML Binding 1.2" and "QTI 2.1 Information Model".
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from kitbuild.marks import as_html
from kitbuild.questions import Question

QTI12 = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
QTI21 = "http://www.imsglobal.org/xsd/imsqti_v2p1"
CP11 = "http://www.imsglobal.org/xsd/imscp_v1p1"
CORRECT = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
_DATE = (2020, 1, 1, 0, 0, 0)  # a package of the same questions has the same bytes


def qti12(questions: Sequence[Question], title: str, number: str) -> bytes:
    """The zip of a QTI 1.2 assessment with one section."""
    ident = f"quiz_{number}"
    root = ET.Element("questestinterop", xmlns=QTI12)
    assessment = ET.SubElement(root, "assessment", ident=ident, title=title)
    _fields(assessment, "qtimetadata", {"cc_maxattempts": "1"})
    section = ET.SubElement(assessment, "section", ident="root_section")
    section.extend(_item12(one) for one in questions)
    name = f"{ident}/{ident}.xml"
    manifest = _manifest(ident, {ident: ("imsqti_xmlv1p2", [name])})
    return _packed({"imsmanifest.xml": manifest, name: _bytes(root)})


def qti21(questions: Sequence[Question], title: str, number: str) -> bytes:
    """The zip of a QTI 2.1 test: an item a file, and the test that lists them."""
    test = f"quiz_{number}"
    files = {f"items/{one.id}.xml": _item21(one) for one in questions}
    resources = {
        one.id: ("imsqti_item_xmlv2p1", [f"items/{one.id}.xml"]) for one in questions
    }
    resources[test] = ("imsqti_test_xmlv2p1", [f"{test}.xml"])
    files[f"{test}.xml"] = _test21(questions, test, title)
    manifest = _manifest(test, resources)
    return _packed({"imsmanifest.xml": manifest, **files})


def _item12(one: Question) -> ET.Element:
    item = ET.Element("item", ident=one.id, title=f"{one.id} {one.exercise}")
    meta = {"question_type": "multiple_choice_question", "points_possible": "1"}
    _fields(ET.SubElement(item, "itemmetadata"), "qtimetadata", meta)
    presentation = ET.SubElement(item, "presentation")
    _material(presentation, one.asks)
    given = {"ident": "response1", "rcardinality": "Single"}
    choice = ET.SubElement(
        ET.SubElement(presentation, "response_lid", given), "render_choice"
    )
    for i, option in enumerate(one.options):
        label = ET.SubElement(choice, "response_label", ident=f"{one.id}_{i}")
        _material(label, option.text)
    _processing12(item, one)
    for i, option in enumerate(one.options):
        feedback = ET.SubElement(item, "itemfeedback", ident=f"{one.id}_{i}_fb")
        _material(ET.SubElement(feedback, "flow_mat"), option.feedback)
    return item


def _processing12(item: ET.Element, one: Question) -> None:
    """Feedback for each option, and 100 for the right one."""
    processing = ET.SubElement(item, "resprocessing")
    score = {"maxvalue": "100", "minvalue": "0", "varname": "SCORE"}
    score["vartype"] = "Decimal"
    ET.SubElement(ET.SubElement(processing, "outcomes"), "decvar", score)
    for i, option in enumerate(one.options):
        shown = ET.SubElement(processing, "respcondition", {"continue": "Yes"})
        _equals(shown, f"{one.id}_{i}")
        link = {"feedbacktype": "Response", "linkrefid": f"{one.id}_{i}_fb"}
        ET.SubElement(shown, "displayfeedback", link)
        if option.right:
            right = ET.SubElement(processing, "respcondition", {"continue": "No"})
            _equals(right, f"{one.id}_{i}")
            given = {"action": "Set", "varname": "SCORE"}
            ET.SubElement(right, "setvar", given).text = "100"


def _equals(condition: ET.Element, value: str) -> None:
    variable = ET.SubElement(condition, "conditionvar")
    ET.SubElement(variable, "varequal", respident="response1").text = value


def _fields(parent: ET.Element, tag: str, values: Mapping[str, str]) -> None:
    meta = ET.SubElement(parent, tag)
    for label, entry in values.items():
        field = ET.SubElement(meta, "qtimetadatafield")
        ET.SubElement(field, "fieldlabel").text = label
        ET.SubElement(field, "fieldentry").text = entry


def _material(parent: ET.Element, text: str) -> None:
    material = ET.SubElement(parent, "material")
    ET.SubElement(material, "mattext", texttype="text/html").text = as_html(text)


def _item21(one: Question) -> bytes:
    given = {"xmlns": QTI21, "identifier": one.id, "title": one.exercise}
    item = ET.Element(
        "assessmentItem", {**given, "adaptive": "false", "timeDependent": "false"}
    )
    declared = {"identifier": "RESPONSE", "cardinality": "single"}
    response = ET.SubElement(
        item, "responseDeclaration", {**declared, "baseType": "identifier"}
    )
    right = next(i for i, option in enumerate(one.options) if option.right)
    correct = ET.SubElement(response, "correctResponse")
    ET.SubElement(correct, "value").text = f"choice_{right}"
    score = {"identifier": "SCORE", "cardinality": "single", "baseType": "float"}
    ET.SubElement(item, "outcomeDeclaration", score)
    body = ET.SubElement(item, "itemBody")
    choices = {"responseIdentifier": "RESPONSE", "shuffle": "true", "maxChoices": "1"}
    interaction = ET.SubElement(body, "choiceInteraction", choices)
    interaction.append(_marked("prompt", one.asks))
    for i, option in enumerate(one.options):
        choice = _marked("simpleChoice", option.text, identifier=f"choice_{i}")
        interaction.append(choice)
    ET.SubElement(item, "responseProcessing", template=CORRECT)
    return _bytes(item)


def _marked(tag: str, text: str, **given: str) -> ET.Element:
    """An element whose content is the HTML of a text, as elements."""
    made = ET.fromstring(f"<{tag}>{as_html(text)}</{tag}>")
    made.attrib.update(given)
    return made


def _test21(questions: Sequence[Question], test: str, title: str) -> bytes:
    root = ET.Element("assessmentTest", xmlns=QTI21, identifier=test, title=title)
    modes = {"navigationMode": "nonlinear", "submissionMode": "simultaneous"}
    part = ET.SubElement(root, "testPart", {"identifier": "part_1", **modes})
    given = {"identifier": "section_1", "title": title, "visible": "true"}
    section = ET.SubElement(part, "assessmentSection", given)
    for one in questions:
        named = {"identifier": one.id, "href": f"items/{one.id}.xml"}
        ET.SubElement(section, "assessmentItemRef", named)
    return _bytes(root)


def _manifest(ident: str, resources: Mapping[str, tuple[str, list[str]]]) -> bytes:
    """The list of a package: resource -> its type and files."""
    root = ET.Element("manifest", xmlns=CP11, identifier=f"manifest_{ident}")
    ET.SubElement(root, "organizations")
    listed = ET.SubElement(root, "resources")
    for name, (kind, files) in resources.items():
        given = {"identifier": name, "type": kind, "href": files[0]}
        resource = ET.SubElement(listed, "resource", given)
        for file in files:
            ET.SubElement(resource, "file", href=file)
    return _bytes(root)


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _packed(files: Mapping[str, bytes]) -> bytes:
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _DATE)
            made.writestr(info, content, zipfile.ZIP_DEFLATED)
    return place.getvalue()
