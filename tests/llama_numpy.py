"""A llama-like model as one NumPy pass, written apart from the course's layers; and a
small GGUF file to try both on."""

from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, GROUPS, LAYERS, INNER = 96, 6, 2, 2, 256
WORDS = ["th", "the", "Ġthe", "Ġa", "an", "Ġan"]
MERGES = ["t h", "th e", "Ġ the", "Ġ a", "a n", "Ġ an"]
MARKS = ["<|unknown|>", "<|im_start|>", "<|im_end|>"]


def logits(path: Path, tokens: list[int]) -> np.ndarray:
    """Logits [T, vocabulary] in float64."""
    reader = gguf.GGUFReader(path)
    w = {
        t.name.removesuffix(".weight"): gguf.dequantize(t.data, t.tensor_type).astype(
            np.float64
        )
        for t in reader.tensors
    }
    get = {name: field.contents() for name, field in reader.fields.items()}
    heads, groups = (get[f"llama.attention.head_count{end}"] for end in ("", "_kv"))
    layers, base = get["llama.block_count"], get["llama.rope.freq_base"]
    x = w["token_embd"][tokens]
    for layer in range(layers):
        part = {
            n.split(".")[2]: v for n, v in w.items() if n.startswith(f"blk.{layer}.")
        }
        h = _norm(x) * part["attn_norm"]
        q = _turned(_heads(h @ part["attn_q"].T, heads), base)
        k = _turned(_heads(h @ part["attn_k"].T, groups), base)
        v = _heads(h @ part["attn_v"].T, groups)
        x = x + _attend(q, k, v) @ part["attn_output"].T
        h = _norm(x) * part["ffn_norm"]
        gate = h @ part["ffn_gate"].T
        inner = gate / (1 + np.exp(-gate)) * (h @ part["ffn_up"].T)
        x = x + inner @ part["ffn_down"].T
    return _norm(x) * w["output_norm"] @ w.get("output", w["token_embd"]).T


def _norm(x):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)


def _heads(x, heads):
    return x.reshape(len(x), heads, -1).transpose(1, 0, 2)


def _turned(x, base):
    """Neighbouring coordinates as one complex number, times e^(i angle)."""
    pairs = x[..., ::2] + 1j * x[..., 1::2]
    angles = np.arange(x.shape[1])[:, None] * base ** (
        -np.arange(pairs.shape[-1]) / pairs.shape[-1]
    )
    pairs = pairs * np.exp(1j * angles)
    return np.stack([pairs.real, pairs.imag], axis=-1).reshape(x.shape)


def _attend(q, k, v):
    out = []
    for head in range(len(q)):
        group = head * len(k) // len(q)
        scores = q[head] @ k[group].T / np.sqrt(q.shape[-1])
        scores[np.triu_indices(len(scores), 1)] = -np.inf
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        out.append(shares / shares.sum(-1, keepdims=True) @ v[group])
    return np.concatenate(out, axis=-1)


def write_small(path: Path, *, tied: bool = True, seed: int = 0, **settings) -> Path:
    """A model of random weights in the blocks of SmolLM2's file.

    settings: replace inner, epsilon, architecture or pre; leave_out names a tensor.
    """
    from aigc_course.attention.byte_level import symbols_of_bytes

    chance = np.random.default_rng(seed)
    tokens = [*MARKS, *symbols_of_bytes(), *WORDS]
    writer = gguf.GGUFWriter(path, settings.get("architecture", "llama"))
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(GROUPS)
    writer.add_feed_forward_length(settings.get("inner", INNER))
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(100_000.0)
    writer.add_layer_norm_rms_eps(settings.get("epsilon", 1e-5))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(settings.get("pre", "smollm"))
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(MARKS) + [1] * (len(tokens) - len(MARKS)))
    writer.add_token_merges(MERGES)
    writer.add_unk_token_id(0)
    for name, shape in _shapes(len(tokens), tied).items():
        if name != settings.get("leave_out"):
            _add(writer, name, 0.3 * chance.normal(size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes(vocabulary: int, tied: bool) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"token_embd": (vocabulary, WIDTH)}
    kv = GROUPS * WIDTH // HEADS
    for layer in range(LAYERS):
        for name, shape in {
            "attn_norm": (WIDTH,),
            "attn_q": (WIDTH, WIDTH),
            "attn_k": (kv, WIDTH),
            "attn_v": (kv, WIDTH),
            "attn_output": (WIDTH, WIDTH),
            "ffn_norm": (WIDTH,),
            "ffn_gate": (INNER, WIDTH),
            "ffn_up": (INNER, WIDTH),
            "ffn_down": (WIDTH, INNER),
        }.items():
            shapes[f"blk.{layer}.{name}"] = shape
    shapes["output_norm"] = (WIDTH,)
    return shapes if tied else shapes | {"output": (vocabulary, WIDTH)}


def _add(writer, name: str, value: np.ndarray) -> None:
    kinds = gguf.GGMLQuantizationType
    if value.ndim == 1:
        writer.add_tensor(f"{name}.weight", 1 + value)
        return
    kind = kinds.Q8_0 if name in ("token_embd", "output") else kinds.Q4_1
    blocks = gguf.quantize(value, kind)
    writer.add_tensor(f"{name}.weight", blocks, raw_dtype=kind)
