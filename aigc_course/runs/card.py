"""card.md: the page about a run that a person reads."""

from collections.abc import Mapping
from typing import Any

from aigc_course import models

STATUS = {
    "finished": "Training finished.",
    "interrupted": "Training was interrupted; `--resume` goes on with it.",
    "diverged": "Training diverged; the weights are the last good ones.",
}


def card(
    name: str,
    config: Mapping[str, Any],
    summary: Mapping[str, Any],
    report: Mapping[str, Any],
) -> str:
    """Markdown from a run's config.json, summary.json and report.json ({} if none)."""
    recipe = models.get(config["model"], config["preset"])
    unit, amount = next(iter(config["budget"].items()))
    head = f"# Run {name}: {config['model']} ({config['preset']}) on {config['data']}"
    facts = {
        "started": config["started"],
        "budget": f"{amount:g} {unit}",
        "seed": config["seed"],
        "data": summary.get("data source", config["data"]),
        "device": summary.get("device", config["device"]),
        "precision": "bfloat16 inside the networks" if config["bf16"] else "float32",
        "work": summary.get("work") or _work(summary),
        "versions": f"aigc-course {config['version']}, torch {config['torch']}",
    }
    parts = [head, STATUS.get(summary.get("status", ""), ""), _table(facts)]
    parts += _shown(recipe.text, summary)
    parts += ["![What was watched, over the steps](curves.png)"]
    if report:
        scores = _of_text(report) if recipe.text else _scores(report)
        parts += ["## How good it is", scores]
    if summary.get("messages"):
        parts += ["## What the health monitor said"]
        parts += ["\n".join(f"- {message}" for message in summary["messages"])]
    files = _FILES + _FILES_OF_TEXT if recipe.text else _FILES
    parts += ["## What lies here", files.format(weights=recipe.weights_file)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _shown(text: bool, summary: Mapping[str, Any]) -> list[str]:
    """The last samples, as a picture or as a file of texts."""
    if not text:
        return ["## What it draws", f"![Samples after training]({last_grid(summary)})"]
    name = last_grid(summary).replace(".png", ".txt")
    return ["## What it writes", f"[Samples after training]({name})"]


def _of_text(report: Mapping[str, Any]) -> str:
    """Bits per character of the model, and of what it has to beat."""
    rows = {"the model": report["bits_per_character"]}
    rows |= {k: v["bits_per_character"] for k, v in report["floors"].items()}
    head = f"{report['characters']:,} characters of {report['text']}, validation:"
    table = ["| | bits per character |", "| --- | --- |"]
    table += [f"| {name} | {bits:.3f} |" for name, bits in rows.items()]
    return head + "\n\n" + "\n".join(table)


def _work(summary: Mapping[str, Any]) -> str:
    """The same of runs whose summary has no entry of that name."""
    return f"{summary.get('step', 0):.0f} steps in {summary.get('seconds', 0):.0f} s"


def last_grid(summary: Mapping[str, Any]) -> str:
    """Name of the last sample grid, relative to the run folder."""
    return f"samples/step_{summary.get('step', 0):06.0f}.png"


def _table(facts: Mapping[str, Any]) -> str:
    rows = [f"| {key} | {value} |" for key, value in facts.items()]
    return "\n".join(["| | |", "| --- | --- |", *rows])


def _scores(report: Mapping[str, Any]) -> str:
    """The report's figures beside their floor (training data) and ceiling (noise)."""
    columns = ("samples", "floor", "ceiling")
    head = f"{report['n']:,} samples against {report['data']} {report['split']}:"
    rows = [
        f"| {key} | {' | '.join(f'{report[c][key]:.4g}' for c in columns)} |"
        for key, value in report["samples"].items()
        if isinstance(value, float)
    ]
    table = ["| | samples | floor | ceiling |", "| --- | --- | --- | --- |", *rows]
    return "\n\n".join([head, "\n".join(table), *_sentences(report)])


def _sentences(report: Mapping[str, Any]) -> list[str]:
    """What only some models are asked: labels, and how probable images are."""
    found = []
    if "label_accuracy" in report:
        share = report["label_accuracy"]
        found.append(f"{share:.1%} of the samples show the digit that was asked for.")
    if (fids := report.get("fid_by_evaluations")) is not None:
        told = ", ".join(f"{number}: {fid:.3f}" for number, fid in fids.items())
        found.append(f"FID by evaluations of the velocity: {told}.")
    if (nats := report.get("nats")) is not None:
        found.append(
            f"{nats['images']:,} test images: ELBO {nats['elbo_flow']:.2f} nats with"
            f" the flow as the prior, {nats['elbo_normal']:.2f} with N(0, I)."
        )
    if (judged := report.get("evidence")) is not None:
        pixels = "binarised once" if judged["binarised"] else "grey values"
        found.append(
            f"{judged['images']:,} test images ({pixels}): -ELBO {-judged['elbo']:.2f},"
            f" -log p {-judged['log_p']:.2f} nats with {judged['importance_samples']:,}"
            f" importance samples; {judged['active_units']} of {judged['latents']}"
            " latents active."
        )
    return found


_FILES = """\
- `{weights}`: the weights sampled from, averaged if the recipe averages
- `checkpoint.pt`: everything needed to go on (`aigc train ... --resume`)
- `history.csv`, `curves.png`: what happened; `samples/`: drawn from fixed latents
- `config.json`, `summary.json`: what was asked for and how it ended\
"""
_FILES_OF_TEXT = """
- `vocabulary.json`: the characters that it knows; `train.txt`, `valid.txt`: the text,
  where it does not come with the course\
"""
