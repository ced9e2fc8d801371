"""The displayed equations on music in chapter 16, each by its number."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch

from aigc_course.apps.music import counts, rules, synth
from aigc_course.apps.music.network import Shape, StepNetwork
from aigc_course.apps.music.tokens import Context
from aigc_course.checks import registry

TINY = Shape(width=16, layers=1, heads=2, inner=8)


@pytest.mark.equation("16.5")
def test_a_score_is_a_product_over_steps_and_voices() -> None:
    """All second steps behind a first one together have the probability 1.

    A prediction that could see what it predicts would not sum to 1.
    """
    torch.manual_seed(0)
    model = StepNetwork(TINY).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    kinds = [0, 30, 60, 61]  # two pitches, a rest, a hold
    others = [k for k in range(62) if k not in kinds]
    with torch.no_grad():
        model.write.out.bias[others] = -1e9  # so that only these are drawn
    second = torch.tensor(list(itertools.product(kinds, repeat=4)))
    first = torch.tensor([30, 30, 0, 60]).expand(len(second), 4)
    tokens = torch.stack([first, second], dim=1)  # [256, 2, 4]
    context = Context(*(torch.zeros(len(tokens), 2, dtype=torch.long) for _ in "ab"))
    with torch.no_grad():
        logs = model(tokens, context).log_softmax(-1)[:, 1]
    # log p(x_t | x_<t) = sum over v of log p(x_t^v | x_<t, x_t^<v)
    each = logs.gather(-1, second[..., None])[..., 0].sum(dim=1)
    assert float(each.exp().sum()) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.equation("16.6")
def test_absolute_discounting() -> None:
    symbols = np.array([[1, 1, 1, 1], [1, 2, 1, 1], [2, 2, 1, 1], [1, 2, 3, 1]])
    model = counts.ChoraleCounts(kinds=5, discount=0.6).fit([(symbols, symbols)])
    seen = Counter(symbols[:, 0].tolist())  # of the context (0,), the soprano
    s, u = seen.total(), len(seen)
    for symbol in range(5):
        want = max(seen[symbol] - 0.6, 0) / s + 0.6 * u / s / 5
        assert model.probability(symbol, [(0,)]) == pytest.approx(want)
    whole = sum(model.probability(k, [(0,), (0, 1), (0, 1, 2)]) for k in range(5))
    assert whole == pytest.approx(1.0)


@pytest.mark.equation("16.8")
def test_a_block_drawn_again_leaves_the_distribution_as_it_is() -> None:
    g = torch.Generator().manual_seed(1)
    p = torch.rand(3, 2, 4, generator=g, dtype=torch.float64)
    p = p / p.sum()
    conditional = registry.get("16.block_conditional").reference
    for hidden in ([True, False, True], [False, True, True], [False, False, True]):
        after = torch.zeros_like(p)
        for notes in itertools.product(range(3), range(2), range(4)):
            cut = tuple(
                slice(None) if h else n for n, h in zip(notes, hidden, strict=True)
            )
            after[cut] += p[notes] * conditional(p, list(notes), hidden)
        torch.testing.assert_close(after, p)


@pytest.mark.equation("16.9")
def test_equal_temperament() -> None:
    assert synth.frequency(69) == 440.0
    assert synth.frequency(81) == pytest.approx(880.0)
    for m in (40, 60, 76):
        assert synth.frequency(m + 1) / synth.frequency(m) == pytest.approx(
            2 ** (1 / 12)
        )
    wave = synth.tone(60, 2.0)
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 2**19))
    peak = spectrum.argmax() * synth.RATE / 2**19
    assert 1_200 * abs(math.log2(peak / synth.frequency(60))) < 3  # cents


@pytest.mark.equation("16.7")
def test_parallels_by_the_condition_as_it_stands() -> None:
    chance = np.random.default_rng(0)
    for _ in range(20):
        high = 72 + chance.integers(-2, 3, 80).cumsum()
        low = 60 + chance.integers(-2, 3, 80).cumsum()
        count = 0
        for t in range(79):
            h, l_ = high[t + 1] - high[t], low[t + 1] - low[t]
            count += h == l_ != 0 and abs(high[t] - low[t]) % 12 in (0, 7)
        assert rules.parallels(high, low) == count
        tensors = torch.from_numpy(high), torch.from_numpy(low)
        assert registry.get("16.parallels").reference(*tensors) == count
