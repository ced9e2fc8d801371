"""A model from a GGUF file: the same logits as a NumPy pass, and files that are bad."""

import numpy as np
import pytest
import torch

from aigc_course import attention as att
from aigc_course.attention import blocks, smollm2
from aigc_course.attention import gguf as reading
from aigc_course.attention.byte_level import ByteLevel, symbols_of_bytes, words
from aigc_course.errors import CourseError

gguf = pytest.importorskip("gguf")
import llama_numpy  # noqa: E402  needs gguf


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return llama_numpy.write_small(tmp_path_factory.mktemp("gguf") / "small.gguf")


@pytest.mark.parametrize("memory", ["float32", "blocks"])
@pytest.mark.parametrize("tied", [True, False])
def test_logits_are_those_of_an_independent_pass(tmp_path, memory, tied):
    path = llama_numpy.write_small(tmp_path / "m.gguf", tied=tied, seed=1)
    model, _ = reading.load(path, memory)
    tokens = [3, 260, 5, 5, 70, 262, 1, 9]
    want = llama_numpy.logits(path, tokens)
    found = model(torch.tensor([tokens]))[0].numpy()
    assert np.abs(want).max() > 1
    assert np.abs(found - want).max() < 1e-3
    assert np.abs(found - want).max() < 1e-4 * np.abs(want).max()


@pytest.mark.parametrize("memory", ["float32", "blocks"])
def test_the_cache_changes_nothing(small, memory):
    model, _ = reading.load(small, memory)
    tokens = torch.arange(3, 33)[None]
    _, seen = model.step(tokens[:, :20], None)
    late, _ = model.step(tokens[:, 20:], seen)
    assert torch.allclose(late, model(tokens)[:, 20:], atol=1e-4)
    one = att.generate(model, tokens[:, :4], 6, temperature=0)
    assert torch.equal(
        one, att.generate(model, tokens[:, :4], 6, temperature=0, cached=False)
    )


def test_half_the_memory_rounds_the_logits(small):
    full, _ = reading.load(small)
    half, _ = reading.load(small, "bfloat16")
    assert half.head.weight is half.embed.weight
    assert half.embed.weight.dtype == torch.bfloat16
    tokens = torch.tensor([[3, 260, 5, 5, 70, 262, 1, 9]])
    want, found = full(tokens), half(tokens)
    assert found.dtype == torch.float32
    assert 0 < (found - want).std() < 0.05 * want.std()


def test_blocks_take_less_memory_and_stay_shared(small):
    full, _ = reading.load(small)
    kept, _ = reading.load(small, "blocks")
    assert full.head.weight is full.embed.weight
    assert kept.head.blocks is kept.embed.blocks
    size = sum(b.numel() * b.element_size() for b in set(kept.buffers()))
    assert size < 0.3 * sum(4 * p.numel() for p in set(full.parameters()))
    assert not any(p.requires_grad for p in full.parameters())


@pytest.mark.parametrize("kind", ["Q4_1", "Q8_0"])
def test_blocks_become_the_weights_that_the_library_reads(kind):
    weights = np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)
    of_kind = gguf.GGMLQuantizationType[kind]
    data = gguf.quantize(weights, of_kind)
    ours = blocks.Blocks(torch.from_numpy(data), kind)
    assert ours.shape == [5, 64]
    found = ours.rows(torch.arange(5))
    assert np.array_equal(found.numpy(), gguf.dequantize(data, of_kind))
    x = torch.randn(3, 64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(blocks.BlockLinear(ours)(x), x @ found.T)


def test_other_blocks_are_refused():
    with pytest.raises(CourseError, match="Q4_1, Q8_0"):
        blocks.Blocks(torch.zeros(1, 18, dtype=torch.uint8), "Q4_0")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"inner": 300}, "inner width"),
        ({"epsilon": 1e-6}, "epsilon"),
        ({"architecture": "gemma"}, "llama"),
        ({"pre": "qwen2"}, "qwen2"),
        ({"leave_out": "blk.1.ffn_up"}, "blocks.1.feed.up"),
    ],
)
def test_another_model_is_refused_in_a_sentence(tmp_path, settings, sentence):
    path = llama_numpy.write_small(tmp_path / "m.gguf", **settings)
    with pytest.raises(CourseError, match=sentence):
        reading.load(path)


def test_damaged_files_end_in_a_sentence(small, tmp_path):
    whole = small.read_bytes()
    path = tmp_path / "damaged.gguf"
    chance = np.random.default_rng(0)
    damaged = [b"", b"GGUF", b"PK" + whole[2:], whole[: len(whole) // 2], whole[:-9]]
    for place in chance.integers(0, 3000, 25):  # in settings and vocabulary
        changed = bytearray(whole)
        changed[place : place + 4] = b"\xff\xff\xff\x7f"
        damaged.append(bytes(changed))
    refused = 0
    for content in damaged:
        path.write_bytes(content)
        try:
            reading.load(path)  # a byte of a name may be changed without harm
        except CourseError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused >= 10


def test_bad_arguments(small, tmp_path):
    with pytest.raises(CourseError, match="float32, bfloat16, blocks"):
        reading.load(small, "int3")
    with pytest.raises(CourseError, match="no file"):
        reading.load(tmp_path / "none.gguf")


# the vocabulary


def test_any_text_comes_back(small):
    _, vocabulary = reading.load(small)
    for text in (
        "",
        "the an",
        "  the\n\n the1990 ",
        "水 é \U0001f600 \t",
        "<|im_end|>",
    ):
        tokens = vocabulary.encode(text)
        assert vocabulary.decode(tokens) == text
        assert not set(tokens.tolist()) & vocabulary.special


def test_merges_are_made_in_their_order(small):
    _, vocabulary = reading.load(small)
    found = [vocabulary.pieces[t] for t in vocabulary.encode("the the an")]
    assert found == ["the", "Ġthe", "Ġa", "n"]  # "Ġ a" comes before "a n"


def test_words_of_the_makers():
    assert words("a  b 12!? it's") == ["a", " ", " b", " ", "1", "2", "!?", " it", "'s"]
    assert words("x \n\n") == ["x", " \n\n"]
    assert words(" 7") == [" ", "7"]


def test_a_byte_that_is_missing():
    pieces = [s for s in symbols_of_bytes() if s != "A"]
    with pytest.raises(CourseError, match="256 bytes"):
        ByteLevel(pieces, [])
    vocabulary = ByteLevel(["<unk>", *pieces], [], [0], unknown=0)
    assert vocabulary.encode("AB").tolist()[0] == 0


def test_tokens_agree_with_the_library_of_the_makers(small):
    tokenizers = pytest.importorskip("tokenizers")
    _, vocabulary = reading.load(small)
    theirs = library(tokenizers, vocabulary)
    chance = np.random.default_rng(0)
    letters = list(" the an'sldt19\n\t.,éß水½²’_-😀Ａ\u00a0\u3000\u0301")
    for _ in range(300):
        text = "".join(chance.choice(letters, chance.integers(1, 30)))
        assert vocabulary.encode(text).tolist() == theirs.encode(text).ids, repr(text)


def library(tokenizers, vocabulary):
    """The library `tokenizers` with the same vocabulary."""
    pre, model = tokenizers.pre_tokenizers, tokenizers.models.BPE
    made = tokenizers.Tokenizer(
        model(
            vocab=vocabulary.numbers,
            merges=sorted(vocabulary.ranks, key=vocabulary.ranks.__getitem__),
            unk_token=vocabulary.pieces[vocabulary.unknown],
        )
    )
    made.pre_tokenizer = pre.Sequence(
        [pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False)]
    )
    return made


# the real model, where it is


@pytest.mark.slow
@pytest.mark.skipif(not smollm2.available(), reason="SmolLM2 is not on this machine")
def test_the_real_model():
    chat = smollm2.load()
    assert "Paris" in chat.reply("What is the capital of France?", most=12)
    tokens = chat.encode([("user", "Name 3 colours.")])[0].tolist()
    want = llama_numpy.logits(smollm2.path(), tokens)
    found = chat.model(torch.tensor([tokens]))[0].numpy()
    assert np.abs(found - want).max() <= 1e-3
    small = smollm2.load("blocks")
    found = small.model(torch.tensor([tokens]))[0].numpy()
    assert np.abs(found - want).max() <= 1e-3


@pytest.mark.slow
@pytest.mark.skipif(not smollm2.available(), reason="SmolLM2 is not on this machine")
def test_the_real_vocabulary():
    tokenizers = pytest.importorskip("tokenizers")
    _, vocabulary = reading.load(smollm2.path(), "blocks")
    theirs = library(tokenizers, vocabulary)
    for text in ("It's 1990's  naïve café!\n\n", "def f(x):\n    return x**2", "水火"):
        assert vocabulary.encode(text).tolist() == theirs.encode(text).ids
