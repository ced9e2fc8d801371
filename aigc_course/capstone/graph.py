"""What an ONNX file may hold: a short list of operations, and everything in one file.

A graph is a program. With loops, with files beside it or with tensors that grow it can
do harm, so each of these is refused before a runtime sees the file.
"""

import math
from collections.abc import Iterator
from typing import Any

from aigc_course.errors import CourseError

MOST_NODES = 500
MOST_VALUES = 2**20  # of one intermediate result, for one picture
_ALLOWED = (
    "Add AveragePool BatchNormalization Cast Clip Concat Constant Conv ConvTranspose"
    " DepthToSpace Div Elu Erf Exp Flatten Gelu Gemm GlobalAveragePool"
    " GroupNormalization HardSigmoid Identity InstanceNormalization LayerNormalization"
    " LeakyRelu Log MatMul Max MaxPool Min Mul Neg PRelu Pow Reciprocal Relu Reshape"
    " Shape Sigmoid Slice Softmax Softplus Sqrt Squeeze Sub Tanh Transpose"
    " Unsqueeze"
)
OPERATIONS = frozenset(_ALLOWED.split(" "))


def check(packed: bytes, latent: int) -> None:
    """Raise CourseError unless the file is one of pictures from latents [N, latent].

    Needs the extra `deploy`.
    """
    from aigc_course.release.extra import needs

    needs("onnx")
    import onnx

    try:
        model = onnx.load_model_from_string(packed)
    except Exception as error:  # protobuf's own kinds
        raise CourseError("model.onnx is not an ONNX file.") from error
    graph = model.graph
    if model.functions or model.training_info or len(graph.node) > MOST_NODES:
        raise CourseError(
            f"model.onnx has one graph of at most {MOST_NODES} nodes, without functions"
            " of its own."
        )
    for node in graph.node:
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATIONS:
            raise CourseError(
                f"model.onnx uses the operation {node.op_type[:30]!r}, which is not"
                " allowed in a submission."
            )
    if any(_is_outside(tensor) for tensor in _tensors(graph)):
        raise CourseError("model.onnx keeps numbers in another file: store all in one.")
    _check_ends(graph, latent)
    _check_sizes(model)


def session(packed: bytes) -> Any:
    """An ONNX Runtime session on one thread. Raises CourseError."""
    from aigc_course.release.extra import needs

    needs("onnxruntime")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            packed, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime's own kinds have no common base
        raise CourseError("ONNX Runtime cannot open model.onnx.") from error


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for one in node.attribute:
            if one.HasField("t"):
                yield one.t
            yield from one.tensors
            if one.HasField("g") or one.graphs:
                raise CourseError("model.onnx has a graph within a graph: a loop.")


def _is_outside(tensor: Any) -> bool:
    return bool(tensor.data_location) or bool(tensor.external_data)


def _check_ends(graph: Any, latent: int) -> None:
    """One input [N, latent] and one output of float32."""
    stored = {one.name for one in graph.initializer}
    inputs = [one for one in graph.input if one.name not in stored]
    fine = len(inputs) == 1 and len(graph.output) == 1
    if fine:
        kind = inputs[0].type.tensor_type
        sizes = [one.dim_value for one in kind.shape.dim]
        fine = kind.elem_type == 1 and len(sizes) == 2 and sizes[1] == latent
    if not fine:
        raise CourseError(
            f"model.onnx has one input [N, {latent}] of float32, as config.json says,"
            " and one output."
        )


def _check_sizes(model: Any) -> None:
    """No intermediate result of one picture is large."""
    import onnx

    stored = {one.name for one in model.graph.initializer}
    for one in model.graph.input:
        if one.name not in stored:
            one.type.tensor_type.shape.dim[0].Clear()
            one.type.tensor_type.shape.dim[0].dim_value = 1
    del model.graph.value_info[:]  # what the file says of itself may be wrong
    model.graph.output[0].type.tensor_type.ClearField("shape")
    try:
        found = onnx.shape_inference.infer_shapes(
            model, check_type=True, strict_mode=True, data_prop=True
        )
    except Exception as error:  # InferenceError and others
        raise CourseError("The shapes in model.onnx do not fit together.") from error
    known = {one.name: one for one in (*found.graph.value_info, *found.graph.output)}
    for node in found.graph.node:
        for name in node.output:
            if name and not _is_small(known.get(name)):
                raise CourseError(
                    f"The size of the result {name[:40]!r} in model.onnx is too large,"
                    " or cannot be told."
                )
    last = known[model.graph.output[0].name].type.tensor_type.shape.dim
    if [one.dim_value for one in last] != [1, 1, 28, 28]:
        raise CourseError("The output of model.onnx has the shape [N, 1, 28, 28].")


def _is_small(value: Any) -> bool:
    if value is None or not value.type.tensor_type.HasField("shape"):
        return False
    sizes = [one.dim_value for one in value.type.tensor_type.shape.dim]
    told = [one.HasField("dim_value") for one in value.type.tensor_type.shape.dim]
    return all(told) and 0 <= math.prod(sizes) <= MOST_VALUES
