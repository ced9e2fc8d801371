"""A small causal model: a network that chooses the filter for each sample.

The prediction is a filter's output, w' u, over 42 samples u of the past: the last 16,
17 around one period ago and 9 around two periods ago. The network sees u divided by its
size, the fraction of the period, the pitch, the kind, and how long ago the note began.
It gives the 42 weights w and the parameters of a mixture of logistic distributions
around w' u. That the period matters is built in: the lags are computed from the pitch.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.apps.sound import mixture
from aigc_course.apps.sound.instruments import KINDS, LENGTH, RATE, Notes, check_pitch
from aigc_course.apps.sound.past import BEFORE, Past, lags
from aigc_course.apps.sound.predictor import Guess
from aigc_course.errors import CourseError

NEAR, FAR, FAR2 = 16, 8, 4
TAPS = NEAR + 2 * FAR + 1 + 2 * FAR2 + 1
ABOUT = 6 + len(KINDS)  # numbers that describe the note and the place in it


class FilterNet(nn.Module):
    """Past and note in, a mixture out: [n, TAPS], [n], [n], [n] -> Guess [n, K]."""

    def __init__(self, hidden: int = 64, components: int = 3) -> None:
        super().__init__()
        self.components = components
        self.net = nn.Sequential(
            nn.Linear(TAPS + ABOUT, hidden),  # [n, hidden]
            nn.SiLU(),
            nn.Linear(hidden, hidden),  # [n, hidden]
            nn.SiLU(),
            nn.Linear(hidden, TAPS + 3 * components),
        )
        self._begin()

    @torch.no_grad()
    def _begin(self) -> None:
        """Begin with the filter that repeats what was one period ago."""
        last = self.net[-1]
        assert isinstance(last, nn.Linear)
        last.weight.mul_(0.1)
        last.bias.zero_()
        last.bias[NEAR + FAR - 1 : NEAR + FAR + 2] = torch.tensor([0.2, 0.5, 0.2])
        widths = torch.linspace(-3, -1, self.components)
        last.bias[TAPS + self.components : TAPS + 2 * self.components] = widths

    def forward(self, u: Tensor, periods: Tensor, kinds: Tensor, t: Tensor) -> Guess:
        """u: samples at the lags; periods in samples; kinds int64; t: the place."""
        size = (u.square().mean(1, keepdim=True) + 16).sqrt()  # [n, 1], about the noise
        about = _about(size.log(), periods[:, None], kinds, t[:, None])
        out = self.net(torch.cat([u / size, about], 1))
        filters, shifts, widths, logits = out.split(
            [TAPS, *[self.components] * 3], dim=1
        )
        centre = (filters * u).sum(1, keepdim=True)  # w' u
        return Guess(centre + 0.1 * size * shifts, widths + size.log(), logits)


def _about(log_size: Tensor, periods: Tensor, kinds: Tensor, t: Tensor) -> Tensor:
    rest, age = periods - periods.round(), t / periods  # a fraction; in periods
    parts = [
        rest,
        periods.log() - 3.7,
        (log_size - 6) / 2,
        (age < 1).float(),  # nothing to repeat yet
        age.clamp(max=3) / 3,
        (age / 50).clamp(max=1),
        nn.functional.one_hot(kinds, len(KINDS)).float(),
    ]
    return torch.cat(parts, 1)


class Neural:
    """A FilterNet as a `Predictor`."""

    def __init__(self, net: FilterNet) -> None:
        self.net = net

    def start(self, past: Past) -> None:
        """Note pitches and kinds."""
        self.lags = past.lags(NEAR, FAR, FAR2)
        self.periods = torch.from_numpy(past.periods).float()
        self.kinds = torch.from_numpy(np.asarray(past.kinds))

    @torch.no_grad()
    def guess(self, t: int, past: Past) -> Guess:
        """One evaluation of the network, for all notes together."""
        u = torch.from_numpy(past.window(t, self.lags)).float()
        place = torch.full((len(u),), float(t))
        guess: Guess = self.net(u, self.periods, self.kinds, place)
        return guess

    def learn(self, x: NDArray[np.float64]) -> None:
        """Its weights are fixed."""


@dataclass
class Lesson:
    """Windows of notes, drawn at random: `draw` gives a batch, `all_of` one note."""

    notes: Notes
    generator: torch.Generator = field(default_factory=torch.Generator)

    def __post_init__(self) -> None:
        waves = torch.from_numpy(self.notes.waves.astype(np.float32))
        self.samples = nn.functional.pad(waves, (BEFORE, 0))
        periods = RATE / self.notes.pitches
        self.lags = torch.from_numpy(lags(periods, NEAR, FAR, FAR2))
        self.periods = torch.from_numpy(periods).float()
        self.kinds = torch.from_numpy(self.notes.kinds)

    def draw(self, size: int) -> tuple[Tensor, ...]:
        """(u, periods, kinds, t, x) of `size` samples; early ones are drawn more."""
        i = torch.randint(len(self.notes), (size,), generator=self.generator)
        place = torch.rand(size, generator=self.generator) ** 1.5
        return self._at(i, (place * self.notes.waves.shape[1]).long())

    def all_of(self, i: int) -> tuple[Tensor, ...]:
        """The same for every sample of note i."""
        t = torch.arange(self.notes.waves.shape[1])
        return self._at(torch.full_like(t, i), t)

    def _at(self, i: Tensor, t: Tensor) -> tuple[Tensor, ...]:
        u = self.samples[i[:, None], BEFORE + t[:, None] - self.lags[i]]
        x = self.samples[i, BEFORE + t]
        return u, self.periods[i], self.kinds[i], t.float(), x


def train(
    net: FilterNet, notes: Notes, steps: int, seed: int, batch: int = 1024
) -> list[float]:
    """Maximum likelihood, -log2 P(x) on average; the bits a sample of each step.

    Adam; the learning rate falls on a straight line from 0.004 to 0.
    """
    validate.whole(steps, "The number of steps")
    lesson = Lesson(notes, torch.Generator().manual_seed(seed))
    adam, found = torch.optim.Adam(net.parameters()), []
    for step in range(steps):
        *inputs, x = lesson.draw(batch)
        loss = mixture.bits(x, *net(*inputs)).mean()
        adam.param_groups[0]["lr"] = 4e-3 * min(1, (step + 1) / 50) * (1 - step / steps)
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        found.append(loss.item())
    return found


@torch.no_grad()
def note_bits(net: FilterNet, notes: Notes) -> NDArray[np.float64]:
    """-log2 P of every sample, [n, length]: what an exact coder needs for it."""
    lesson, rows = Lesson(notes), []
    for i in range(len(notes)):
        *inputs, x = lesson.all_of(i)
        rows.append(mixture.bits(x, *net(*inputs)))
    return torch.stack(rows).double().numpy()


@torch.no_grad()
def play(
    net: FilterNet,
    pitches: list[float],
    kind: str,
    seed: int,
    length: int = LENGTH,
    temperature: float = 0.5,
) -> NDArray[np.int16]:
    """Notes of the pitches asked for, int16 [n, length], drawn sample by sample.

    temperature: factor of the widths after two periods; the first two, in which the
    note finds its timbre, are drawn as the model says. Raises CourseError for a pitch
    outside the model's range and for an unknown kind.
    """
    if kind not in KINDS:
        raise CourseError(f"The kinds of notes are {', '.join(KINDS)}, not {kind}.")
    checked = np.array([check_pitch(pitch) for pitch in pitches])
    past = Past(checked, length, np.full(len(pitches), KINDS.index(kind)))
    model, generator = Neural(net), torch.Generator().manual_seed(seed)
    model.start(past)
    for t in range(length):
        heat = 1.0 if t < 2 * past.periods.max() else temperature
        x = mixture.draw(*model.guess(t, past), generator, heat)
        past.put(t, x.double().numpy())
    return past.samples[:, BEFORE:].astype(np.int16)
