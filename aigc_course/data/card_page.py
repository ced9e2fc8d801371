"""A data card as Markdown."""

from typing import Any

NOT = "not measured"


def page(facts: dict[str, Any]) -> str:
    """The page for the facts of `data.card`."""
    parts = [
        f"# Data card: {facts['name']}",
        _table(
            ["", ""],
            [
                ["found", facts["found"]],
                ["origin", facts["origin"]],
                ["licence", facts["licence"]],
            ],
        ),
        "## What is in it",
        _splits(facts["splits"]),
        "## Classes",
        _classes(facts["splits"]),
        "## Copies",
        _copies(facts["copies"]),
        "## Labels in doubt",
        _doubts(facts["labels"]),
        "## What is not measured here",
        "Who collected the pictures and why, whether those who appear in them or wrote"
        " them agreed, and what the set must not be used for. No program can count"
        " that; write it below.",
    ]
    return "\n\n".join(parts) + "\n"


def _splits(splits: dict[str, Any]) -> str:
    rows: dict[str, Any] = {
        "images": lambda s: f"{s['images']:,}",
        "shape": lambda s: " x ".join(map(str, s["shape"])),
        "size in memory": lambda s: f"{s['megabytes']:g} MB",
        "values": lambda s: f"{s['least_value']} to {s['greatest_value']}",
        "share of pixels at 0": lambda s: f"{s['share_of_zeros']:.1%}",
        "share of pixels at 255": lambda s: f"{s['share_of_255']:.1%}",
        "brightness, 0 to 1": lambda s: f"{s['brightness']:.3f}",
        "its deviation between images": lambda s: f"{s['brightness_deviation']:.3f}",
        "blank images": lambda s: f"{s['blank']:,}",
        "largest class to smallest": lambda s: _or(s["most_to_least"], "one is empty"),
        "SHA-256": lambda s: f"`{s['sha256']}`",
    }
    body = [[what, *(tell(s) for s in splits.values())] for what, tell in rows.items()]
    return _table(["", *splits], body)


def _classes(splits: dict[str, Any]) -> str:
    names = next(iter(splits.values()))["classes"]
    body = [
        [_plain(name), *(f"{s['classes'].get(name, 0):,}" for s in splits.values())]
        for name in names
    ]
    return _table(["class", *splits], body)


def _copies(found: dict[str, Any]) -> str:
    told = {
        "repeated": "training images that repeat an earlier one",
        "repeated_under_another_label": "of these under another label",
        "nearly_repeated": "training images that nearly repeat an earlier one",
        "test_in_train": "test images that are in the training set",
        "test_nearly_in_train": "test images that nearly are",
    }
    return _table(
        ["", ""], [[text, _or(found[key], NOT)] for key, text in told.items()]
    )


def _doubts(found: dict[str, Any] | None) -> str:
    if found is None:
        return f"Labels in doubt: {NOT}."
    text = (
        f"{found['in_doubt']:,} labels ({found['share']:.1%}) are contradicted by the"
        " other pictures, as judged by neighbours that never saw them. Some are odd"
        " rather than wrong: look at them."
    )
    if not found["rows"]:
        return text
    rows = ", ".join(map(str, found["rows"]))
    pairs = [[p["label"], p["looks_like"], f"{p['images']:g}"] for p in found["pairs"]]
    table = _table(["labelled", "looks like", "images"], pairs) if pairs else ""
    return f"{text}\n\nMost doubtful rows: {rows}.\n\n{table}".rstrip()


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _or(value: Any, otherwise: str) -> str:
    return otherwise if value is None else f"{value:,}"


def _plain(text: str) -> str:
    return text.replace("|", "\\|")
