"""Read a language model from a GGUF file into the course's own `Transformer`.

GGUF is the file format of llama.cpp: settings, vocabulary and weights in one file, the
weights in blocks of 32 with few bits each. The library `gguf` reads it (the extra
`llm`). Only models of the "llama" kind are read: RMSNorm, rotary positions, grouped
heads, SwiGLU.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aigc_course.attention.blocks import (
    ROWS,
    BlockEmbedding,
    BlockLinear,
    Blocks,
    HalfEmbedding,
    HalfLinear,
)
from aigc_course.attention.byte_level import ByteLevel
from aigc_course.attention.layers import EPSILON
from aigc_course.attention.transformer import Shape, Transformer
from aigc_course.errors import CourseError
from aigc_course.files import look

MOST_BYTES = 2**32
MEMORY = ("float32", "bfloat16", "blocks")
SPECIAL = 3  # "control" in the file's list of token types

# the names of the file, and those of `Transformer`
OUTSIDE = {"token_embd": "embed", "output_norm": "norm", "output": "head"}
INSIDE = {
    "attn_norm": "attend_norm",
    "attn_q": "attend.query",
    "attn_k": "attend.key",
    "attn_v": "attend.value",
    "attn_output": "attend.out",
    "ffn_norm": "feed_norm",
    "ffn_gate": "feed.gate",
    "ffn_up": "feed.up",
    "ffn_down": "feed.down",
}


def load(path: str | Path, memory: str = "float32") -> tuple[Transformer, ByteLevel]:
    """The model of a GGUF file, for use and not for training, and its vocabulary.

    memory: "float32"; "bfloat16", half as large, whose products are rounded to 8 bits;
    or "blocks" to keep the matrices as they stand in the file and turn a part at a time
    into float32 where it is used, which is slower. See `blocks`.

    Raises CourseError, one sentence, for a file that is missing, damaged or of another
    kind of model, and where the library `gguf` is not installed.
    """
    if memory not in MEMORY:
        raise CourseError(f"memory is {', '.join(MEMORY)}, not {memory!r}.")
    look(path, MOST_BYTES)
    try:
        reader = _reader(path)
        shape, vocabulary = shape_of(reader), _vocabulary(reader)
        reader.fields.clear()  # 98,000 small arrays, 200 MB; before the weights come
        return _filled(reader, shape, memory), vocabulary
    except CourseError:
        raise
    except Exception as error:  # the library raises whatever it stumbles over
        raise CourseError(
            f"{path} is damaged or not a GGUF model: {type(error).__name__}, {error}."
        ) from error


def _reader(path: str | Path) -> Any:
    try:
        import gguf
    except ImportError as error:
        raise CourseError(
            "Reading this model needs the library gguf: run"
            " `pip install 'aigc-course[llm]'`."
        ) from error
    return gguf.GGUFReader(path)


def shape_of(reader: Any) -> Shape:
    """The `Shape` that the settings of an open file describe.

    Raises CourseError for settings that `Transformer` does not have.
    """
    kind = _setting(reader, "general.architecture")
    if kind != "llama":
        raise CourseError(f"Only models of the kind llama are read, not {kind!r}.")
    names = {tensor.name for tensor in reader.tensors}
    blocks = {name.split(".")[1] for name in names if name.startswith("blk.")}
    shape = Shape(
        vocabulary=len(reader.fields["tokenizer.ggml.tokens"].data),
        context=_setting(reader, "llama.context_length"),
        width=_setting(reader, "llama.embedding_length"),
        layers=_setting(reader, "llama.block_count"),
        heads=_setting(reader, "llama.attention.head_count"),
        groups=_setting(reader, "llama.attention.head_count_kv"),
        base=_setting(reader, "llama.rope.freq_base"),
        feed_forward="swiglu",
        tied="output.weight" not in names,
    )
    epsilon = _setting(reader, "llama.attention.layer_norm_rms_epsilon")
    inner = _setting(reader, "llama.feed_forward_length")
    turned = _setting(reader, "llama.rope.dimension_count")
    ours = (len(blocks), 8 * shape.width // 3, shape.width // shape.heads)
    theirs = (shape.layers, inner, turned)
    if theirs != ours or abs(epsilon - EPSILON) > 1e-9:
        raise CourseError(
            f"The layers of the file differ from ours: blocks, inner width and turned"
            f" coordinates {theirs} against {ours}, epsilon {epsilon:g} against"
            f" {EPSILON:g}."
        )
    return shape


def _setting(reader: Any, name: str) -> Any:
    if name not in reader.fields:
        raise CourseError(f"The file lacks the setting {name}: it is damaged.")
    return reader.fields[name].contents()


def _filled(reader: Any, shape: Shape, memory: str) -> Transformer:
    tensors = {_ours(tensor.name): tensor for tensor in reader.tensors}
    if shape.tied:
        tensors["head.weight"] = tensors["embed.weight"]
    with torch.device("meta"):  # no memory, and no random start
        model = Transformer(shape)
    for name, empty in list(model.named_parameters()):
        if name not in tensors:
            raise CourseError(f"The file lacks the weights of {name}.")
        _agree(tensors[name], list(empty.shape))
        parent, _, own = name.removesuffix(".weight").rpartition(".")
        layer = model.get_submodule(name.removesuffix(".weight"))
        filled = _layer(layer, tensors[name], memory)
        setattr(model.get_submodule(parent), own, filled)
    if shape.tied:
        _tie(model)
    return model.eval().requires_grad_(False)


def _agree(tensor: Any, shape: list[int]) -> None:
    stored = [int(size) for size in reversed(tensor.shape)]
    if stored != shape:
        raise CourseError(
            f"{tensor.name} has the shape {stored}; the settings say {shape}."
        )


def _layer(layer: nn.Module, tensor: Any, memory: str) -> nn.Module:
    """The layer with its weights, or one in its place that keeps them smaller."""
    is_table = isinstance(layer, nn.Embedding)
    if memory == "float32" or isinstance(layer, nn.RMSNorm):
        weights = _weights(tensor, torch.float32)
        layer.weight = nn.Parameter(weights, requires_grad=False)
        return layer
    if memory == "bfloat16":
        weights = _weights(tensor, torch.bfloat16)
        return HalfEmbedding(weights) if is_table else HalfLinear(weights)
    data = torch.from_numpy(np.array(tensor.data))
    blocks = Blocks(data, tensor.tensor_type.name)
    return BlockEmbedding(blocks) if is_table else BlockLinear(blocks)


def _tie(model: Transformer) -> None:
    """The output matrix is the embedding's, once in memory."""
    table: nn.Module = model.embed
    if isinstance(table, BlockEmbedding):
        setattr(model, "head", BlockLinear(table.blocks))  # noqa: B010  another type
    elif isinstance(table, HalfEmbedding):
        setattr(model, "head", HalfLinear(table.weight))  # noqa: B010
    else:
        model.head.weight = model.embed.weight


def _ours(name: str) -> str:
    """ "blk.3.attn_q.weight" as "blocks.3.attend.query.weight"; others unchanged."""
    found = re.fullmatch(r"(?:blk\.(\d+)\.)?(\w+)\.weight", name)
    if found is None:
        return name
    block, part = found.groups()
    if block is None:
        return f"{OUTSIDE.get(part, part)}.weight"
    return f"blocks.{block}.{INSIDE.get(part, part)}.weight"


def _weights(tensor: Any, dtype: torch.dtype) -> Tensor:
    """A matrix or a vector, dequantised a part at a time."""
    from gguf import dequantize

    shape = [int(size) for size in reversed(tensor.shape)]
    full = torch.empty(shape, dtype=dtype)
    for start in range(0, len(full), ROWS):
        part = dequantize(tensor.data[start : start + ROWS], tensor.tensor_type)
        if not np.isfinite(part).all():
            raise CourseError(f"{tensor.name} holds numbers that are not finite.")
        full[start : start + ROWS] = torch.from_numpy(np.array(part))
    return full


def _vocabulary(reader: Any) -> ByteLevel:
    fields = reader.fields
    kind = _setting(reader, "tokenizer.ggml.pre")
    if kind != "smollm":
        raise CourseError(f"Texts are cut as SmolLM does it, not as {kind!r}.")
    pieces = fields["tokenizer.ggml.tokens"].contents()
    merges = fields["tokenizer.ggml.merges"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    special = [token for token, of_type in enumerate(types) if of_type == SPECIAL]
    pairs = [tuple(merge.split(" ")) for merge in merges]
    if any(len(pair) != 2 for pair in pairs):
        raise CourseError("The merges of the file are damaged.")
    unknown = reader.fields.get("tokenizer.ggml.unknown_token_id")
    return ByteLevel(
        pieces, pairs, special, None if unknown is None else unknown.contents()
    )
