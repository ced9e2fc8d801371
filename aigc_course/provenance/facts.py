"""Rules on labels and marks, as reported: facts with dates and sources, not advice."""

from dataclasses import dataclass

MEASURES = (
    "Measures for Labelling AI-Generated Synthetic Content"
    " (人工智能生成合成内容标识办法)"
)
STANDARD = "GB 45438-2025, Labelling method for AI-generated synthetic content"
ACT = "Regulation (EU) 2024/1689, article 50"
REPORTED = "as reported in the press; we have not read the primary text"


@dataclass(frozen=True)
class Fact:
    """What holds where and since when, what it stands in, and how we know."""

    regime: str
    date: str
    what: str
    source: str
    status: str = REPORTED


FACTS = (
    Fact(
        "China",
        "2025-09-01",
        "Providers put explicit labels into generated content, and implicit labels into"
        " the metadata of its files.",
        MEASURES,
    ),
    Fact(
        "China",
        "2025-09-01",
        "No person may maliciously delete, alter, forge or hide these labels, or supply"
        " tools for that.",
        MEASURES,
    ),
    Fact(
        "China",
        "2025-09-01",
        "The words in a picture stand at an edge or in a corner; their height is at"
        " least 5 % of the shortest side.",
        STANDARD,
    ),
    Fact(
        "China",
        "2025-09-01",
        "A field of the metadata whose name contains AIGC holds seven keys as JSON.",
        f"{STANDARD}, annex E",
        "the keys and the XMP namespace agree in several independent programs; we have"
        " not read the standard itself",
    ),
    Fact(
        "European Union",
        "2026-08-02",
        "Providers mark generated pictures, audio, video and text in a format that"
        " programs can read.",
        f"{ACT}(2)",
    ),
    Fact(
        "European Union",
        "2026-12-02",
        "The same holds from this day for systems that were on the market before"
        " 2 August 2026.",
        f"{ACT}(2), as changed by the AI omnibus that the Council adopted on"
        " 29 June 2026",
    ),
    Fact(
        "European Union",
        "2026-08-02",
        "Those who publish deep fakes, or generated text on matters of public interest,"
        " say so.",
        f"{ACT}(4)",
    ),
    Fact(
        "European Union",
        "2026-06-10",
        "A voluntary code asks providers for two layers: signed metadata and an"
        " imperceptible watermark.",
        "Code of Practice on Transparency of AI-Generated Content",
    ),
)
