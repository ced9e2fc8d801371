"""One HTML file that draws pictures, offline, in any browser of the last years.

The file holds the network (`packing`), a forward pass of our own in JavaScript, and the
random numbers of `counters`, so that a seed gives the same pictures as the server. It
asks no server: its policy forbids every request, and every script but its own.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from aigc_course import files
from aigc_course.errors import CourseError
from aigc_course.release import counters, packing
from aigc_course.release.drawing import Drawing, drawing

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("counters.js", "weights.js", "network.js", "own.js", "page.js")
SEED = 2**32  # of the latents for rounding; the pages' seeds begin at 0
JUDGED = 256  # pictures by which the page is compared with PyTorch
MOST_WEIGHTS = 10**7  # a page of 15 MB


def write(
    run: Any, path: str | Path, name: str = "", facts: dict[str, Any] | None = None
) -> int:
    """Write the page of a model (see `make`); returns its number of bytes.

    Raises CourseError as `make` does, and for a file that cannot be written.
    """
    text, _ = make(run, name, facts)
    files.write_text(files.target(path), text)
    return len(text.encode())


def make(
    run: Any, name: str = "", facts: dict[str, Any] | None = None
) -> tuple[str, float]:
    """The page of a model as text, and its largest difference to PyTorch.

    run: a run folder, the name of a shipped model, a model of the course, a generator,
    or a `Drawing`. name: what it is called; without one, as the run. facts: what the
    page tells beside it, "model" and "data".

    The difference is that of the pixels of `JUDGED` pictures, in grey levels of 255.
    Raises CourseError for a model that a page does not draw with.
    """
    if isinstance(run, str | Path):
        from aigc_course.release.source import Source

        source = Source.open(run)
        known = {"model": source.model, "data": source.facts.get("data", "")}
        return make(source.learner, name or source.name, facts or known)
    name, one = name or "generator", run if isinstance(run, Drawing) else drawing(run)
    layers = packing.plain_layers(one)
    if sum(layer.module.weight.numel() for layer in layers) > MOST_WEIGHTS:
        raise CourseError("The network is too large for a page.")
    packing.shrink(layers, rows(one, SEED, packing.CALIBRATION))
    apart = packing.compute(layers, rows(one, 0, JUDGED)) - _exact(one)
    difference = 127.5 * float(apart.abs().max())  # 2 in [-1, 1] are 255 grey levels
    content = packing.packed(layers)
    told = {
        "name": name,
        "latent": latents(one),
        "labels": bool(one.labels),
        "alphabet": packing.ALPHABET,
        "bytes": len(content),
        "layers": [layer.described() for layer in layers],
        "card": card(name, facts or {}, difference, content),
    }
    return assemble(name, told, packing.as_text(content)), difference


def _exact(one: Drawing) -> Tensor:
    """What PyTorch draws of the first `JUDGED` pictures of seed 0."""
    return one(*given(one, 0, JUDGED)).flatten(1)


def card(
    name: str, facts: dict[str, Any], difference: float, content: bytes
) -> dict[str, str]:
    """What the page tells of itself, by the names of `page_words.json`."""
    return {
        "name": name,
        **{key: str(facts[key]) for key in ("model", "data") if facts.get(key)},
        "difference": f"{difference:.2f}",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def given(one: Drawing, seed: int, n: int) -> tuple[Tensor, ...]:
    """The inputs of the pictures 0 to n - 1 of a seed, as the page draws them."""
    z = torch.from_numpy(counters.normals(seed, 0, n, latents(one)))
    return (z, torch.arange(n) % one.labels) if one.labels else (z,)


def rows(one: Drawing, seed: int, n: int) -> Tensor:
    """As `given`, in one piece: latents, then a mark at the place of the label."""
    z, *label = given(one, seed, n)
    return torch.cat([z, one_hot(label[0], one.labels).float()], 1) if label else z


def latents(one: Drawing) -> int:
    """How many normal numbers a picture is drawn from; CourseError for others."""
    first = one.inputs[0]
    if first.kind != "normal" or len(first.shape) != 1:
        raise CourseError(
            "A page draws from a row of normal numbers; this model takes"
            f" {first.name} of shape {list(first.shape)}."
        )
    return first.shape[0]


def assemble(
    name: str,
    told: dict[str, Any],
    weights: str,
    scripts: tuple[str, ...] = SCRIPTS,
    more: dict[str, str] | None = None,
    allowed: str = "",
) -> str:
    """Put the parts into the template, with a policy that knows their hashes.

    more: further texts by the name of their element. allowed: what the policy lets
    scripts do beside that.
    """
    script = "\n".join(_plain(STATIC / file) for file in scripts)
    texts = {"weights": weights, **(more or {})}
    style = (STATIC / "page.css").read_text(encoding="utf-8")
    words = json.loads((STATIC / "page_words.json").read_text(encoding="utf-8"))
    policy = (
        f"default-src 'none'; script-src {_hash(script)}{allowed};"
        f" style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": _escaped(words["title"]["en"].replace("{name}", name)),
        "style": style,
        "facts": _json(told),
        "words": _json(words),
        "texts": "\n".join(
            f'<script type="text/plain" id="{name}">\n{text}\n</script>'
            for name, text in texts.items()
        ),
        "script": script,
    }
    template = (STATIC / "page.html").read_text(encoding="utf-8")
    # in one pass: what is put in is not looked through again
    return re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], template)


def _plain(file: Path) -> str:
    """A module as part of one script: without imports, exports and comments."""
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"^import .*\n", "", text, flags=re.M)
    text = re.sub(r"^\s*(//.*|/\*\*.*\*/)\n", "", text, flags=re.M)
    return re.sub(r"^export ", "", text, flags=re.M)


def _json(value: Any) -> str:
    """JSON that cannot end the element in which it stands."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _hash(text: str) -> str:
    """A policy's word for one script or style sheet: its SHA-256."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
