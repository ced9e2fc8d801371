"""The page with ONNX Runtime Web in the place of our own forward pass.

The library is two files of the npm package `onnxruntime-web`. The course does not
contain them: whoever wants such a page gives their folder. Both and the ONNX file lie
in the page, compressed, so it still asks no server, and it is several times as large.
"""

import base64
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aigc_course import files
from aigc_course.errors import CourseError
from aigc_course.release import page
from aigc_course.release.drawing import Drawing, drawing
from aigc_course.release.extra import needs

CODE, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
MOST_BYTES = 2**26
SCRIPTS = ("counters.js", "network.js", "runtime.js", "page.js")
# WebAssembly is compiled, and the library imported from the page's own bytes
ALLOWED = " 'wasm-unsafe-eval' blob:"


def make(
    run: Any, library: str | Path, name: str = "", facts: dict[str, Any] | None = None
) -> tuple[str, float]:
    """The page as text, and its largest difference to PyTorch in grey levels of 255.

    run, name, facts: as of `page.make`. library: the folder `dist` of the npm package
    onnxruntime-web, or that of the package. Raises CourseError as `page.make` does,
    where the extra `deploy` is missing, and where a file of the library is.
    """
    code, wasm = found(library)
    if isinstance(run, str | Path):
        from aigc_course.release.source import Source

        source = Source.open(run)
        known = {"model": source.model, "data": source.facts.get("data", "")}
        return make(source.learner, library, name or source.name, facts or known)
    name, one = name or "generator", run if isinstance(run, Drawing) else drawing(run)
    latent = page.latents(one)
    model, difference = _exported(one)
    told = {
        "name": name,
        "latent": latent,
        "labels": bool(one.labels),
        "inputs": [each.name for each in one.inputs],
        "output": one.output,
        "card": {
            **page.card(name, facts or {}, difference, model),
            "runtime": "ONNX Runtime Web (MIT)",
        },
    }
    more = {"runtime": _text(code), "wasm": _text(wasm)}
    text = page.assemble(name, told, _text(model), SCRIPTS, more, ALLOWED)
    return text, difference


def found(library: str | Path) -> tuple[bytes, bytes]:
    """The two files of the library in a folder, or in its folder `dist`.

    Raises CourseError where one of them is missing or is not what its name says.
    """
    for folder in (Path(library), Path(library) / "dist"):
        if all((folder / name).is_file() for name in (CODE, WASM)):
            code, wasm = (
                files.read_bytes(folder / name, MOST_BYTES) for name in (CODE, WASM)
            )
            if wasm[:4] != b"\0asm":
                raise CourseError(
                    f"{folder / WASM} is not WebAssembly: unpack it anew."
                )
            return code, wasm
    raise CourseError(
        f"{library} does not hold {CODE} and {WASM}: unpack the npm package"
        " onnxruntime-web and give its folder."
    )


def _exported(one: Drawing) -> tuple[bytes, float]:
    """The ONNX file, and how far its pictures are from PyTorch's."""
    needs("onnxruntime")
    from aigc_course.release.export import export, run, session

    with tempfile.TemporaryDirectory() as folder:
        file = export(one, Path(folder) / "model.onnx")
        inputs = page.given(one, 0, page.JUDGED)
        got = torch.from_numpy(np.asarray(run(session(file), inputs)))
        apart = float((got - one(*inputs)).abs().max())
        return file.read_bytes(), 127.5 * apart


def _text(content: bytes) -> str:
    """Compressed, in base64: it cannot end the element in which it stands."""
    packer = zlib.compressobj(9, wbits=-15)
    return base64.b64encode(packer.compress(content) + packer.flush()).decode()
