"""What an audit of a generator found, as a section of its run's card."""

from collections.abc import Mapping
from typing import Any

HEAD = "## What an audit found"


def section(found: Mapping[str, Any]) -> str:
    """Markdown from what `aigc audit` keeps in audit.json."""
    parts = [
        HEAD,
        f"{found['images']:,} samples, seed {found['seed']}.",
        _shares(found["shares"]),
        _copies(found["copies"]),
        _membership(found["membership"]),
        _energy(found["energy"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _shares(shares: Mapping[str, Any] | None) -> str:
    if shares is None:
        return "Shares of the classes: not measured, the classifier knows digits alone."
    rows = [
        "| class | counted | corrected | 95 % interval |",
        "| --- | --- | --- | --- |",
    ]
    for c, row in enumerate(
        zip(
            shares["raw"],
            shares["estimate"],
            shares["low"],
            shares["high"],
            strict=True,
        )
    ):
        raw, estimate, low, high = (f"{100 * value:.1f} %" for value in row)
        rows.append(f"| {c} | {raw} | {estimate} | {low} to {high} |")
    head = "Who is drawn (corrected for the digits that the classifier confuses):"
    return head + "\n\n" + "\n".join(rows)


def _copies(copies: Mapping[str, Any]) -> str:
    low, high = copies["interval"]
    return (
        f"Near-copies of training images: {copies['rate']:.1%} of the samples (95 %"
        f" interval {low:.1%} to {high:.1%}). Unseen real images reach"
        f" {copies['expected']:.1%} by the choice of the threshold."
    )


def _membership(found: Mapping[str, Any]) -> str:
    ends = f"{found['low']:.3f} to {found['high']:.3f}"
    return (
        f"Membership, attacked by distances to the samples: AUC {found['auc']:.3f}"
        f" (95 % interval {ends}); {found['tpr']:.1%} of the training images are"
        f" found at a false positive rate of {found['fpr']:.0%}. A weak attack proves"
        " no safety: without differential privacy nothing is promised."
    )


def _energy(used: Mapping[str, Any]) -> str:
    how = "measured by the processor" if used["how"] == "measured" else "assumed"
    more = "" if used["how"] == "measured" else f" at {used['watts']:g} W for a core"
    return (
        f"Energy: {used['joules_per_thousand']:.3g} J for 1,000 samples, {how}{more};"
        f" {used['seconds']:.3g} s for {used['images']:,}."
    )
