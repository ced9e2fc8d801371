"""The attention explorer without a browser: what the page sends and what it gets."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from aigc_course import attention as att
from aigc_course import training, widgets
from aigc_course.errors import CourseError
from aigc_course.widgets.bundle import bundle
from aigc_course.widgets.tokens import MOST, TokenDesk, explorer_strip

WORDS = list("abcdef")


@pytest.fixture
def model() -> att.Transformer:
    training.seed_everything(0)
    return att.Transformer(att.Shape(6, width=16, layers=2, heads=2))


def read(desk: TokenDesk, tokens: list[str]) -> tuple[dict[str, Any], np.ndarray]:
    header, (buffer,) = desk.answer({"kind": "read", "id": 3, "tokens": tokens})
    json.dumps(header, allow_nan=False)
    n = len(tokens)
    return header, np.frombuffer(buffer, "<f4").reshape(2, 2, n, n)


def test_the_weights_are_the_models(model: att.Transformer) -> None:
    header, weights = read(TokenDesk(model, WORDS), list("fabfa"))
    ids = torch.tensor([[5, 0, 1, 5, 0]])
    maps = att.attention_maps(model, ids)
    assert np.allclose(weights, torch.cat(maps).detach(), atol=1e-6)
    assert header["tokens"] == list("fabfa") and header["id"] == 3
    assert (header["layers"], header["heads"]) == (2, 2)


def test_the_next_tokens_are_the_models_likeliest(model: att.Transformer) -> None:
    header, _ = read(TokenDesk(model, WORDS), list("abc"))
    shares = model(torch.tensor([[0, 1, 2]]))[0].softmax(-1).detach()
    best = [WORDS[int(i)] for i in shares.argmax(-1)]
    assert [told[0][0] for told in header["next"]] == best
    assert header["next"][2][0][1] == pytest.approx(float(shares[2].max()), abs=1e-4)
    assert len(header["next"]) == 3 and len(header["next"][0]) == 3


def test_without_words_tokens_are_numbers(model: att.Transformer) -> None:
    header, _ = read(TokenDesk(model), ["5", "0"])
    assert header["tokens"] == ["5", "0"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"kind": "explode"}, "no message"),
        ({"kind": "read"}, "a list of words"),
        ({"kind": "read", "tokens": "abc"}, "a list of words"),
        ({"kind": "read", "tokens": []}, "Type 1 to"),
        ({"kind": "read", "tokens": ["a"] * (MOST + 1)}, "not 49"),
        ({"kind": "read", "tokens": ["a", "z"]}, "does not know the token 'z'"),
        ({"kind": "read", "tokens": ["a", None]}, "does not know the token 'None'"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(
    model: att.Transformer, message: dict[str, Any], words: str
) -> None:
    header, buffers = TokenDesk(model, WORDS).answer(message)
    assert header["kind"] == "refused" and buffers == []
    assert words in header["text"]


@pytest.mark.parametrize("words", [["a"], list("abcdeff"), list("aabcde")])
def test_words_have_to_fit_the_vocabulary(
    model: att.Transformer, words: list[str]
) -> None:
    with pytest.raises(CourseError, match="knows 6 tokens"):
        widgets.attention_explorer(model, ["a"], words)


def test_learned_positions_end_at_their_context(model: att.Transformer) -> None:
    shape = att.Shape(6, context=4, width=16, layers=1, heads=2, positions="learned")
    header, _ = TokenDesk(att.Transformer(shape), WORDS).answer(
        {"kind": "read", "id": 1, "tokens": ["a"] * 5}
    )
    assert header["kind"] == "refused" and "end at 4" in header["text"]


def test_fast_mode_shows_a_figure_with_words(
    model: att.Transformer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AIGC_FAST", "1")
    assert widgets.attention_explorer(model, torch.tensor([5, 0, 1]), WORDS) is None
    told = capsys.readouterr().out
    table = att.attention_maps(model, torch.tensor([[5, 0, 1]]))[-1][0, 1, -1]
    most = int(table.argmax())
    assert "layer 2 for the tokens f a b" in told
    assert f"head 2 most at position {most} ({'fab'[most]}," in told


def test_the_strip_shows_the_last_layer(model: att.Transformer) -> None:
    desk = TokenDesk(model, WORDS)
    figure, _ = explorer_strip(desk, torch.tensor([[0, 1, 2]]))
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["layer 2, head 1", "layer 2, head 2"]


def test_a_live_explorer_carries_its_picture(
    model: att.Transformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.delenv("AIGC_FAST", raising=False)
    widget = widgets.attention_explorer(model, "abca", WORDS)
    mime, metadata = widget._repr_mimebundle_()
    assert mime["image/png"] and mime["text/plain"].startswith("Figure: ")
    assert mime["text/plain"].endswith(metadata["image/png"]["alt"])
    assert widget._esm == bundle("attention_explorer.js")
    assert widget.offer == {"tokens": list("abca"), "most": MOST, "letters": True}
    sent: list[Any] = []
    monkeypatch.setattr(type(widget), "send", lambda _, *what: sent.append(what))
    widget._handle_custom_msg({"kind": "read", "id": 1, "tokens": ["a", "b"]}, [])
    ((header, buffers),) = sent
    assert header["tokens"] == ["a", "b"] and len(buffers) == 1
