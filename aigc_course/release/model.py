"""A generator as a server runs it: an ONNX file, numbers in, pixels out. No torch."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aigc_course.errors import CourseError
from aigc_course.release import counters, extra

CLASSES = 10  # of every image set of the course
Rows = NDArray[np.uint64]


@dataclass(frozen=True)
class Served:
    """A network in ONNX Runtime that draws from rows of latents.

    latent: numbers a picture. labels: whether it takes a digit as well.
    """

    name: str
    session: Any
    latent: int
    labels: bool

    def rows(self, seed: int, n: int, label: int | None = None) -> Rows:
        """The pictures 0 to n - 1 of a seed, as `draw` takes them: uint64 [n, 3].

        A row is seed, picture, digit: the digit asked for, or all digits in turn.
        """
        picture = np.arange(n, dtype=np.uint64)
        digit = picture % CLASSES if label is None else np.full(n, label, np.uint64)
        return np.column_stack([np.full(n, seed, np.uint64), picture, digit])

    def draw(self, rows: Rows) -> NDArray[np.uint8]:
        """Rows [m, 3] to pixels uint8 [m, 28, 28]; they may be of many requests."""
        z = counters.normals_of(rows[:, 0], rows[:, 1], self.latent)
        given = {self.session.get_inputs()[0].name: z}
        if self.labels:
            given[self.session.get_inputs()[1].name] = rows[:, 2].astype(np.int64)
        (images,) = self.session.run(None, given)  # [m, 1, 28, 28] in [-1, 1]
        return pixels(images[:, 0])


def pixels(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Floats in [-1, 1] to the nearest of the pixels 0 to 255."""
    scaled = (images.astype(np.float32) + 1) * np.float32(127.5)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def serve_from(run: str | Path, threads: int = 1) -> Served:
    """Open what is served: an ONNX file, a release, a run folder or a shipped name.

    The last two are exported first. threads: for ONNX Runtime to compute with.
    Raises CourseError where the extra `deploy` is missing, and for what cannot be
    served.
    """
    extra.needs("onnxruntime")
    path = Path(run)
    if path.suffix == ".onnx":
        return _open(path, path.stem, threads)
    released = sorted(path.glob("*.onnx")) if path.is_dir() else []
    if released:
        return _open(released[0], path.resolve().name, threads)
    from aigc_course.release.export import export
    from aigc_course.release.source import Source, drawing

    source = Source.open(run)
    with tempfile.TemporaryDirectory() as folder:
        file = export(drawing(source.learner), Path(folder) / "model.onnx")
        return _open(file, source.name, threads)


def _open(path: Path, name: str, threads: int) -> Served:
    """An ONNX file as `Served`. CourseError for a damaged one, or of another kind."""
    import onnxruntime

    if not path.is_file():
        raise CourseError(f"There is no file {path}.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what is wrong is said here
    # between two batches the threads sleep: the cores are for reading requests
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime's own kinds have no common base
        reason = " ".join(str(error).split())[:150]
        raise CourseError(
            f"{path} cannot be served: it is damaged, or made for a newer ONNX Runtime"
            f" than {onnxruntime.__version__} ({reason})."
        ) from error
    inputs = session.get_inputs()
    shape = inputs[0].shape
    draws = len(shape) == 2 and isinstance(shape[1], int) and len(inputs) <= 2
    if not draws or len(session.get_outputs()[0].shape) != 4:
        raise CourseError(
            f"{path} cannot be served: it does not make images of latents."
        )
    return Served(name, session, shape[1], len(inputs) == 2)
