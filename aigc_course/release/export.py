"""A drawing as an ONNX file, and the file run by ONNX Runtime."""

import logging
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, whole_file
from aigc_course.release.drawing import Drawing, drawing
from aigc_course.release.extra import needs
from aigc_course.release.folding import folded, rewritten

OPSET = 20
EXAMPLE = 3  # images in the example; a batch that is fixed by mistake shows at others
MOST_BYTES = 2**30
BATCH = "n"  # what the batch axis is called in the file


def export(model: Any, path: str | Path, rewrite: bool = False) -> Path:
    """Write an ONNX file of a model: `torch.export`, then its translation to ONNX.

    model: a drawing, a model of the course, or a generator network. Batch norms are
    folded first (`folding.folded`). rewrite: transposed convolutions become
    convolutions as well (`folding.rewritten`). Inputs are called as in the drawing, the
    output "images" or "logits", and the batch may have any size from 1 up.

    Raises CourseError where the extra `deploy` is missing, for a model that is not
    exported, and where the batch is not dynamic in the file.
    """
    needs("onnx", "onnxscript")
    one = model if isinstance(model, Drawing) else drawing(model)
    with whole_file(path) as temporary:
        _translate(one, smaller(one.module, rewrite), temporary)
        _name_the_batch(temporary)
    return Path(path)


def _translate(one: Drawing, module: nn.Module, path: Path) -> None:
    """Write `module` as ONNX; CourseError with torch's reason where it cannot."""
    example = one.draw(EXAMPLE)
    try:
        with _quiet():
            torch.onnx.export(
                module,
                example,
                path,
                input_names=[each.name for each in one.inputs],
                output_names=[one.output],
                dynamic_shapes=[{0: torch.export.Dim.DYNAMIC} for _ in example],
                opset_version=OPSET,
                external_data=False,
                dynamo=True,
                verbose=False,
            )
    except Exception as error:  # torch raises many kinds, each with a cause
        cause = error.__cause__ or error
        reason = " ".join(str(cause).split())[:200]
        raise CourseError(f"torch.export cannot follow this model: {reason}") from error


def smaller(module: nn.Module, rewrite: bool = False) -> nn.Module:
    """The module as it is exported: folded, or rewritten as well."""
    return rewritten(module) if rewrite else folded(module)


def load(path: str | Path) -> Any:
    """The ONNX model of a file, checked by ONNX's own checker.

    Weights beside the file are refused: a release is one file. Raises CourseError for a
    file that is missing, damaged, or refers to others.
    """
    needs("onnx")
    import onnx

    content = read_bytes(path, MOST_BYTES)
    try:
        model = onnx.load_model_from_string(content)
        if any(one.external_data for one in model.graph.initializer):
            raise CourseError(
                f"{path} keeps its weights in other files; a model here is one file."
            )
        onnx.checker.check_model(model)
    except CourseError:
        raise
    except Exception as error:  # protobuf and the checker raise several kinds
        raise CourseError(f"{path} is no ONNX file, or is damaged.") from error
    return model


def session(path: str | Path, threads: int = 1) -> Any:
    """An onnxruntime.InferenceSession of a file, on the CPU.

    Raises CourseError for what `load` refuses, for an operator or a version that this
    ONNX Runtime does not know, and where the extra is missing.
    """
    needs("onnx", "onnxruntime")
    import onnxruntime as ort

    content = load(path).SerializeToString()
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3  # errors alone
    try:
        return ort.InferenceSession(content, options, ["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes are not public
        reason = " ".join(str(error).split())[:160]
        raise CourseError(
            f"{path} cannot be run by ONNX Runtime {ort.__version__}: {reason}. A newer"
            " one may know it."
        ) from error


def run(session: Any, inputs: Sequence[Tensor | np.ndarray]) -> np.ndarray:
    """The first output of a session for inputs in the order of the file, [n, ...].

    Raises CourseError where number, shapes or types do not fit.
    """
    wanted = session.get_inputs()
    if len(wanted) != len(inputs):
        names = ", ".join(one.name for one in wanted)
        raise CourseError(f"This model takes {names}; got {len(inputs)} inputs.")
    arrays = [one.numpy() if isinstance(one, Tensor) else one for one in inputs]
    named = {one.name: array for one, array in zip(wanted, arrays, strict=True)}
    try:
        result: np.ndarray = session.run(None, named)[0]
    except Exception as error:  # as in `session`
        reason = " ".join(str(error).split())[:160]
        raise CourseError(f"The model refuses these inputs: {reason}.") from error
    return result


def operators(path: str | Path) -> Counter[str]:
    """How often each operator stands in a file."""
    return Counter(node.op_type for node in load(path).graph.node)


def operators_run(path: str | Path) -> Counter[str]:
    """The same after ONNX Runtime has rewritten the graph: what is computed.

    Operators that are done in 8 bits have "Integer" or "QLinear" in their names.
    """
    import tempfile

    import onnxruntime as ort

    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.optimized_model_filepath = str(Path(folder) / "optimised.onnx")
        # the level that is free of one processor's own memory layouts
        options.graph_optimization_level = (
            ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        )
        options.log_severity_level = 3
        ort.InferenceSession(str(path), options, ["CPUExecutionProvider"])
        import onnx

        model = onnx.load(options.optimized_model_filepath)
    return Counter(node.op_type for node in model.graph.node)


def _name_the_batch(path: Path) -> None:
    """Call the batch axis "n" in inputs and outputs; refuse one of a fixed size."""
    import onnx

    model = onnx.load(str(path))
    for value in [*model.graph.input, *model.graph.output]:
        batch = value.type.tensor_type.shape.dim[0]
        if batch.HasField("dim_value"):
            raise CourseError(
                f"The batch of {value.name} is fixed at {batch.dim_value} in the ONNX"
                " file: the model computes something from the number of rows."
            )
        batch.dim_param = BATCH
    del model.graph.value_info[:]  # they would keep the old name
    del model.metadata_props[:]
    for node in model.graph.node:  # where a line stood in a file of this machine
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.save(model, str(path))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's remarks on its own progress."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)
