"""The labs: the widget's own page before a desk that is written in JavaScript."""

import re
from pathlib import Path

from aigc_course.widgets import bundle

PAGES = {
    "lab_gan": (
        "GAN lab",
        "A generator and a discriminator play in the plane. Press Play, or make single"
        " steps of D and of G: the lab runs in the browser, without a kernel. Real"
        " points are circles, generated points are triangles."
        " The game is the one of [chapter 04](04_a_first_gan.ipynb), computed in this"
        " page in JavaScript. A test compares it with the course's PyTorch code: after"
        " 100 rounds from the same weights, all weights agree to 1e-5. Batches have 64"
        " points here, and 128 in the notebook's lab.",
    ),
    "lab_losses": (
        "Loss explorer",
        "Each loss of the course and its slope, against the discriminator's logit. Move"
        " the slider to say how sure D is. [Chapter 03](03_loss_derivations.ipynb)"
        " derives the losses.",
    ),
    "lab_attention": (
        "Attention explorer",
        "A Transformer of two layers that has learned to copy what followed earlier."
        " Type letters, at most 48, and look where each head looks. In the second copy"
        " of a sequence, heads of layer 2 look at the letter behind the first copy."
        " [Chapter 11](11_attention.ipynb) explains and trains such a model; the one"
        " here has the 26 letters as its vocabulary.",
    ),
    "lab_field": (
        "Field lab",
        "A velocity field carries particles from noise to data. One plane shows the"
        " exact field, the other a network's field. Press Play, choose a solver and"
        " its number of steps, ask for a class with guidance, and train the network:"
        " the lab runs in the browser, without a kernel. A test compares it with the"
        " course's Python code: exact fields, solvers, and the weights after 100"
        " training steps.",
    ),
}
ENTRIES = {
    "lab_gan": ("gan_lab.js", "start_gan.js"),
    "lab_losses": ("loss_explorer.js", "start_losses.js"),
    "lab_attention": ("attention_explorer.js", "start_attention.js"),
    "lab_field": ("field_lab.js", "start_field.js"),
}


def pages() -> dict[str, str]:
    """The labs' pages in Markdown."""
    return {
        name: f"""# {title}

{words}

```{{raw}} html
<link rel="stylesheet" href="_static/labs/lab.css">
<div id="lab" class="lab-place"></div>
<noscript><p>This lab needs JavaScript.</p></noscript>
<script src="_static/labs/{name}.js"></script>
```
"""
        for name, (title, words) in PAGES.items()
    }


def write(root: Path, into: Path) -> None:
    """The scripts and the style sheet of the labs, into `into`/labs."""
    place = into / "labs"
    place.mkdir(parents=True, exist_ok=True)
    (place / "lab.css").write_text(bundle.style(), encoding="utf-8")
    for name in PAGES:
        (place / f"{name}.js").write_text(script(root, name), encoding="utf-8")


def script(root: Path, name: str) -> str:
    """One plain script for a lab's page: modules cannot be loaded from file://."""
    page, starter = ENTRIES[name]
    view = _plain(bundle.bundle(page), "{ render }")
    desk = _plain(bundle.bundle(starter, root / "site" / "labs"), "{ start }")
    data = ""
    if name == "lab_attention":
        copier = (root / "site" / "labs" / "copier.json").read_text(encoding="utf-8")
        data = f"window.courseCopier = {copier.strip()};\n"
    run = 'desk.start(view.render, document.getElementById("lab"));'
    parts = [
        '"use strict";',
        f"{data}const view = {view};",
        f"const desk = {desk};",
        run,
    ]
    return "\n".join(["(() => {", *parts, "})();", ""])


def _plain(module: str, given: str) -> str:
    """A module's text as a function, called at once, that gives what it exports."""
    text = re.sub(r"^export default .*$", "", module, flags=re.M)
    return f"(() => {{\n{text}\nreturn {given};\n}})()"
