"""README.md of a release: a model card with Hugging Face's front matter."""

import json
from typing import Any

import aigc_course
from aigc_course.release.source import Source

# names under which Hugging Face's hub knows the data
DATASETS = {"mnist": "ylecun/mnist", "fashion-mnist": "zalando-datasets/fashion_mnist"}
FIGURES = {
    "fid": "FID (features of the course's own MNIST classifier)",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "bits_per_character": "bits per character",
}
LIMITS = {
    "images": "Meant for teaching. It draws images like those of its training data and"
    " nothing else; some cannot be read. FID here is comparable with other figures of"
    " this course only, for the features are the course's own.",
    "velocity": "Meant for teaching. The ONNX file gives the velocity at a point x and"
    " a time t; a solver follows it from noise at t = 0 to t = 1. `aigc sample` of this"
    " course does all of it.",
    "logits": "Meant for teaching. It continues text in the manner of its training text"
    " and knows nothing of the world. What it writes can be wrong or offensive.",
}


def front_matter(source: Source) -> dict[str, Any]:
    """What Hugging Face's hub reads, as one dictionary.

    Licence, library, tags, data, and the measured figures as `model-index`.
    """
    is_text = source.drawing.output == "logits"
    task = "text-generation" if is_text else "unconditional-image-generation"
    data = str(source.facts["data"])
    metrics = [
        {"type": key, "name": words, "value": round(float(source.facts[key]), 4)}
        for key, words in FIGURES.items()
        if isinstance(source.facts.get(key), int | float)
    ]
    result = {
        "task": {"type": task},
        "dataset": {"name": data, "type": DATASETS.get(data, data)},
        "metrics": metrics,
    }
    front: dict[str, Any] = {
        "license": "mit",
        "library_name": "onnx",
        "pipeline_tag": task,
        "tags": ["aigc-course", "teaching", source.model],
    }
    if data in DATASETS:
        front["datasets"] = [DATASETS[data]]
    return {**front, "model-index": [{"name": source.name, "results": [result]}]}


def yaml(front: dict[str, Any]) -> str:
    """Front matter between its two marks. Values are JSON, which YAML contains."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in front.items()]
    return "\n".join(["---", *lines, "---", ""])


def card(source: Source, files: dict[str, str]) -> str:
    """The whole README.md. files: what lies in the release, and what each is."""
    facts = source.facts
    told = {
        "recipe": f"{source.model}, {source.preset}",
        "data": facts["data"],
        "seed": facts["seed"],
        "trained with": f"torch {facts['torch']}",
        "released by": f"aigc-course {aigc_course.__version__}",
    }
    figures = {words: facts[key] for key, words in FIGURES.items() if key in facts}
    if "fid" in facts:
        figures["samples judged"] = facts["n"]
        figures["floor of that FID (training images)"] = facts["floor"]
        figures["ceiling of that FID (noise)"] = facts["ceiling"]
    parts = [
        yaml(front_matter(source)) + f"\n# {source.name}",
        _table(told),
        "## How good it is",
        _table({name: _short(value) for name, value in figures.items()}),
        "Figures are of one training and one evaluation.",
        "## Limits",
        LIMITS[source.drawing.output],
        "## What lies here",
        "\n".join(f"- `{name}`: {words}" for name, words in files.items()),
        "`aigc verify DIR` checks all of it offline.",
    ]
    return "\n\n".join(parts) + "\n"


def _short(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _table(rows: dict[str, Any]) -> str:
    lines = [f"| {key} | {value} |" for key, value in rows.items()]
    return "\n".join(["| | |", "| --- | --- |", *lines])
