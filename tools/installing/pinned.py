"""Read pins.txt: one block for each package; the base, what dev adds, then the rest.

A block is a line `name==version ; marker \\` and the hashes beneath it. `tools/pins.py`
writes the file.
"""

import re
from pathlib import Path

DEV, REST = "# what dev adds", "# what the other extras add"
TORCH = ("torch", "torchvision")
# what PyTorch's own builds bring in versions of their own, or not at all
WITH_CUDA = re.compile(r"(nvidia|cuda)-|triton$")


def blocks(root: Path, kind: str) -> dict[str, list[str]]:
    """The blocks of pins.txt that `kind` (base or dev) needs, by "name==version"."""
    text = (root / "pins.txt").read_text(encoding="utf-8")
    text = text.partition(DEV if kind == "base" else REST)[0]
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            block = found.setdefault(line.split(" ")[0], [])
        block.append(line)
    return found


def name(pin: str) -> str:
    """The package of "name==version"."""
    return pin.split("==")[0]


def whole(root: Path, kind: str) -> str:
    """A requirements file in which everything has its hash."""
    return _text(blocks(root, kind))


def without_torch(root: Path, kind: str) -> str:
    """The same for a torch that does not come from PyPI: torch's version alone.

    The packages of CUDA are left out, for that torch says which it needs.
    """
    kept = {p: b for p, b in blocks(root, kind).items() if not WITH_CUDA.match(name(p))}
    for pin in kept:
        if name(pin) in TORCH:
            kept[pin] = [kept[pin][0].removesuffix("\\")]
    return _text(kept)


def torch(root: Path) -> list[str]:
    """The two pins of torch."""
    return [pin for pin in blocks(root, "base") if name(pin) in TORCH]


def uv(root: Path) -> str:
    """A requirements file of uv alone."""
    return _text({p: b for p, b in blocks(root, "dev").items() if name(p) == "uv"})


def _text(found: dict[str, list[str]]) -> str:
    return "".join(f"{line}\n" for block in found.values() for line in block)
