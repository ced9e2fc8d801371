"""The displayed equations of chapter 16 on sound, each by its number."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import logistic

from aigc_course.apps.sound import coder, instruments, measure, mixture, pitch
from aigc_course.apps.sound.past import Past
from aigc_course.apps.sound.predictor import Guess


@pytest.mark.equation("16.10")
@pytest.mark.parametrize("N", [20, 39, 61])
def test_the_loop_sounds_at_a_period_of_n_and_a_half(N: int) -> None:
    rng, rho = np.random.default_rng(N), 0.999
    y = np.zeros(4000)
    y[:N] = rng.normal(size=N)
    y[:N] -= y[:N].mean()
    for n in range(N, len(y)):
        before = y[n - N - 1] if n > N else 0.0
        y[n] = rho * 0.5 * (y[n - N] + before)
    heard = pitch.estimate(y[1000:])
    assert abs(pitch.cents(heard, instruments.RATE / (N + 0.5))) < 0.5
    # the text: the next string is 82 cents lower
    assert pitch.cents(1 / 20.5, 1 / 21.5) == pytest.approx(82.46, abs=0.01)


@pytest.mark.equation("16.11")
def test_cents() -> None:
    assert pitch.cents(880, 440) == pytest.approx(1200)
    assert pitch.cents(440 * 2 ** (1 / 12), 440) == pytest.approx(100)
    assert pitch.cents(440, 330) + pitch.cents(330, 440) == pytest.approx(0)


@pytest.mark.equation("16.12")
def test_masses_are_integrals_of_the_density() -> None:
    centres, scales = [0.3, -4.0], [0.7, 2.5]
    weights = [0.25, 0.75]
    parts = (centres, np.log(scales), np.log(weights))
    guess = [torch.tensor(np.array(part))[None] for part in parts]
    for x in (-6, 0, 1, 9):
        mass = sum(
            w * quad(lambda v, m=m, s=s: logistic.pdf(v, m, s), x - 0.5, x + 0.5)[0]
            for w, m, s in zip(weights, centres, scales, strict=True)
        )
        found = mixture.bits(torch.tensor([float(x)]).double(), *guess)
        assert float(found) == pytest.approx(-math.log2(mass), abs=1e-5)
    every = torch.arange(-80, 81).double()
    many = [part.expand(len(every), -1) for part in guess]
    assert float(torch.exp2(-mixture.bits(every, *many)).sum()) == pytest.approx(1)


class Fixed:
    """A predictor that always gives the same wide distribution."""

    def start(self, past: Past) -> None:
        self.n = len(past.periods)

    def guess(self, t: int, past: Past) -> Guess:
        one = torch.ones(self.n, 1, dtype=torch.float64)
        return Guess(0 * one, 4 * one, 0 * one)

    def learn(self, x: np.ndarray) -> None:
        pass


@pytest.mark.equation("16.13")
def test_bytes_are_as_many_as_the_probabilities_say() -> None:
    rng = np.random.default_rng(0)
    waves = rng.logistic(0, math.exp(4), (2, 1500)).round().astype(np.int16)
    notes = instruments.Notes(waves, np.array([100.0, 200.0]), np.array([0, 1]))
    bits = measure.predictor_bits(Fixed(), notes).sum()
    data = coder.encode(notes, Fixed())
    assert 8 * len(data) == pytest.approx(bits, rel=0.01)
    assert np.array_equal(coder.decode(data, Fixed()), waves)
