"""A release: everything in one folder, checked before it is written, and signed.

`make` runs the gates one after another and refuses with the sentence of the first that
fails. `verify` checks a folder without a network.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aigc_course
from aigc_course import models
from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, read_json, write_bytes, write_json, write_text
from aigc_course.release import signing
from aigc_course.release.bill import bill
from aigc_course.release.card import card
from aigc_course.release.drawing import Drawing, drawing
from aigc_course.release.extra import installed, needs
from aigc_course.release.golden import check_golden, golden
from aigc_course.release.source import Source
from aigc_course.runs import weights

WEIGHTS, CONFIG, GOLDEN = "weights.safetensors", "config.json", "golden.safetensors"
ONNX, PAGE, CARD, BILL = "model.onnx", "page.html", "README.md", "sbom.json"
SUMS, SIGNATURE, KEY = "SHA256SUMS", "SHA256SUMS.sig", "public.key"
FILES = {
    WEIGHTS: "the weights, float32",
    CONFIG: "what they are the weights of, and what goes in",
    GOLDEN: "inputs and the outputs that belong to them",
    ONNX: "the same network for ONNX Runtime, any batch size",
    PAGE: "draws in any browser, offline",
    CARD: "this card",
    BILL: "bill of materials, CycloneDX 1.6",
    SUMS: "SHA-256 of all of these",
    SIGNATURE: "Ed25519 signature of SHA256SUMS",
    KEY: "the public key; compare it with one that came by another way",
}
UNSUMMED = (SUMS, SIGNATURE, KEY)
WORST = 0.05  # an FID above this share of its ceiling is refused
MOST_DIFFERENCE = 2.0  # of the page, in grey levels of 255
SIGNATURE_BYTES, MOST_TEXT = 64, 2**20


class Refused(CourseError):
    """A gate failed; nothing was released."""


def make(
    run: str | Path,
    out: str | Path,
    key: bytes | None = None,
    tell: Callable[[str], object] = lambda sentence: None,
) -> bytes:
    """Release a run, or a shipped model, into a new or empty folder.

    key: a private Ed25519 key; None takes a new one and forgets it, which shows later
    changes and not who released. tell: is given a sentence for each gate that passed.
    Returns the public key. The folder is written whole or not at all.

    Raises Refused with the sentence of the gate that failed, and CourseError where the
    extra `deploy` is missing or the folder cannot be written.
    """
    needs("onnx", "onnxscript", "onnxruntime", "cryptography")
    out = Path(out)
    _refuse_full(out)
    source = Source.open(run)
    check_trained(source)
    tell("It is trained and measured.")
    key = key or signing.new_key()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    except OSError as error:
        raise CourseError(
            f"Cannot write {out}: {error.strerror}. Choose another place."
        ) from error
    try:
        _fill(source, folder, key, tell)
        verify(folder, signing.public(key))
        tell("Read back, the whole release is verified.")
        folder.chmod(0o755)
        if out.exists():
            out.rmdir()
        folder.replace(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return signing.public(key)


def check_trained(source: Source) -> None:
    """Refused unless training ended well, and what came of it was measured and is good.

    An FID is good enough up to `WORST` of its ceiling, the FID of noise.
    """
    facts = source.facts
    if facts.get("status") == "diverged":
        raise Refused(f"Not released: the training of {source.name} diverged.")
    if source.drawing.output == "logits":
        measured = "bits_per_character" in facts
    else:
        measured = "fid" in facts and "ceiling" in facts
    if not measured:
        raise Refused(
            f"Not released: {source.name} has not been measured. `aigc evaluate` does."
        )
    if "fid" in facts and not facts["fid"] <= WORST * facts["ceiling"]:
        raise Refused(
            f"Not released: its FID is {facts['fid']:.3g}, more than {WORST:.0%} of"
            f" the {facts['ceiling']:.3g} that noise has."
        )


def verify(folder: str | Path, public: bytes | None = None) -> list[str]:
    """Check a release without a network; return a sentence for each check that passed.

    public: the key that the releaser is known by; None takes the one in the folder,
    which shows that nothing changed since the signing, and not who signed.
    Raises CourseError that names the first file or output that is not as released.
    """
    folder = Path(folder)
    needs("cryptography")
    signed_by = _check_signature(folder, public)
    names = _check_files(folder)
    said = [
        f"The signature of {SUMS} is that of the key {signed_by.hex()}.",
        f"{len(names)} files have the SHA-256 that was signed; there are no others.",
    ]
    config = read_json(folder / CONFIG)
    record = weights.read(folder / GOLDEN)
    one = _rebuilt(folder, config)
    _must(check_golden(record, one))
    said.append("PyTorch gives the golden outputs.")
    if installed("onnx", "onnxruntime"):
        from aigc_course.release.export import run, session

        opened = session(folder / ONNX)
        _must(check_golden(record, lambda *inputs: run(opened, inputs)))
        said.append("ONNX Runtime gives the golden outputs.")
    return said


def _fill(
    source: Source, folder: Path, key: bytes, tell: Callable[[str], object]
) -> None:
    """Write every file of a release into an empty folder."""
    from aigc_course.release.export import export
    from aigc_course.release.parity import TOLERANCE, parity

    one = source.drawing
    weights.write(folder / WEIGHTS, source.weights, _about(source))
    write_json(folder / CONFIG, _config(source, one))
    weights.write(folder / GOLDEN, golden(one), {})
    export(one, folder / ONNX)
    apart = parity(one, folder / ONNX)
    if not max(apart.values()) <= TOLERANCE:
        raise Refused(
            f"Not released: the ONNX file differs from PyTorch by"
            f" {max(apart.values()):.2g}, more than {TOLERANCE:g}."
        )
    sizes = ", ".join(str(n) for n in apart)
    tell(
        f"The ONNX file differs by {max(apart.values()):.1g} at most, for n = {sizes}."
    )
    tell(_paged(source, folder))
    here = [name for name in FILES if (folder / name).exists() or name in (CARD, BILL)]
    here += list(UNSUMMED)
    write_text(folder / CARD, card(source, {name: FILES[name] for name in here}))
    digests = {
        name: signing.digest(folder / name)
        for name in here
        if name not in (BILL, *UNSUMMED)
    }
    write_json(folder / BILL, bill(source, digests))
    summed = [name for name in here if name not in UNSUMMED]
    text = signing.checksums(folder, summed).encode()
    write_bytes(folder / SUMS, text)
    write_bytes(folder / SIGNATURE, signing.sign(text, key))
    write_bytes(folder / KEY, signing.public(key).hex().encode() + b"\n")


def _paged(source: Source, folder: Path) -> str:
    """Write the page where the model can be drawn by one, and say what came of it."""
    from aigc_course.release import page

    try:
        text, apart = page.make(source.drawing, source.name, _told(source))
        write_text(folder / PAGE, text)
    except CourseError as error:
        return f"There is no page: {error}"
    if not apart <= MOST_DIFFERENCE:
        raise Refused(
            f"Not released: the page differs from PyTorch by {apart:.1f} grey levels,"
            f" more than {MOST_DIFFERENCE:g}."
        )
    return f"The page differs by {apart:.2f} of 255 grey levels at most."


def _told(source: Source) -> dict[str, Any]:
    return {"model": source.model, "data": source.facts["data"]}


def _about(source: Source) -> dict[str, str]:
    return {"model": source.model, "preset": source.preset, "step": "released"}


def _config(source: Source, one: Drawing) -> dict[str, Any]:
    """What `_rebuilt` and other programs need: recipe, inputs and output."""
    config = {
        "name": source.name,
        "version": aigc_course.__version__,
        **{"model": source.model, "preset": source.preset},
        **{"data": source.facts["data"], "seed": source.facts["seed"]},
        "inputs": [asdict(each) for each in one.inputs],
        "output": one.output,
    }
    if "symbols" in source.facts:
        config["symbols"] = source.facts["symbols"]
    return config


def _rebuilt(folder: Path, config: dict[str, Any]) -> Drawing:
    """The drawing of a released model, from its config and its weights."""
    try:
        recipe = models.get(config["model"], config["preset"])
        if "symbols" in config:
            from aigc_course.attention.tokens import Characters

            recipe = recipe.reading(Characters(config["symbols"]))  # type: ignore[attr-defined]
        learner = recipe.build()
        learner.load_trained(weights.read(folder / WEIGHTS))
    except (KeyError, TypeError, RuntimeError) as error:
        raise CourseError(
            f"{CONFIG} and {WEIGHTS} in {folder} do not belong together."
        ) from error
    return drawing(learner)


def _check_signature(folder: Path, public: bytes | None) -> bytes:
    """The key that signed the checksums. CourseError where none did, or another."""
    if not folder.is_dir():
        raise CourseError(f"There is no folder {folder}.")
    if not (folder / SUMS).exists():
        raise CourseError(
            f"{folder} is no release: it has no {SUMS}. `aigc release` makes one."
        )
    here = signing.read_key(folder / KEY)
    if public is not None and public != here:
        raise CourseError(f"{folder} is signed by another key than the one given.")
    text = read_bytes(folder / SUMS, MOST_TEXT)
    signature = read_bytes(folder / SIGNATURE, MOST_TEXT)
    if not signing.is_signed(text, signature, here):
        raise CourseError(
            f"The signature in {folder} does not fit: {SUMS}, {SIGNATURE} or {KEY} was"
            " altered."
        )
    return here


def _check_files(folder: Path) -> list[str]:
    """Names of the release's files. CourseError for one altered, missing or extra."""
    text = read_bytes(folder / SUMS, MOST_TEXT)
    try:
        lines = text.decode().splitlines()
        pairs = [line.split() for line in lines]
        wanted = {name: bytes.fromhex(digest).hex() for digest, name in pairs}
    except ValueError as error:
        raise CourseError(f"{SUMS} in {folder} is no list of checksums.") from error
    found = {entry.name for entry in os.scandir(folder)} - set(UNSUMMED)
    for name in sorted(found ^ wanted.keys()):
        more = name in found
        raise CourseError(
            f"{name} {'is not part of' if more else 'is missing from'} the release in"
            f" {folder}."
        )
    for name, digest in wanted.items():
        if (folder / name).is_symlink() or signing.digest(folder / name) != digest:
            raise CourseError(f"{name} in {folder} was altered: its SHA-256 differs.")
    return sorted(found)


def _must(problem: str) -> None:
    if problem:
        raise CourseError(problem)


def _refuse_full(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise CourseError(f"{out} is no folder: choose another --out.")
    if out.exists() and any(out.iterdir()):
        raise CourseError(f"{out} is not empty: choose another --out.")
