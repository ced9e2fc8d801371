"""What a translation carries, on toys: one that hides a bit and one that cannot.

A picture is a bar whose place the translation keeps, and whose brightness, one of two,
an outline does not show. The hider writes it into a faint pattern; the plain one marks
the same outline by other shades, and nothing else.
"""

import pytest
import torch
from torch import Tensor, nn

from aigc_course import apps, training
from aigc_course.apps.hiding import Decoder
from aigc_course.errors import CourseError

STEPS = 120
CHECKS = (torch.arange(28)[:, None] + torch.arange(28)) % 2 * 2.0 - 1  # [28, 28]


def bars(n: int, seed: int = 0) -> Tensor:
    """Bars of 8 x 28 pixels at one of four heights, grey 0.2 or 1."""
    chance = torch.Generator().manual_seed(seed)
    top = 7 * torch.randint(4, (n, 1, 1, 1), generator=chance)
    grey = 0.2 + 0.8 * torch.randint(2, (n, 1, 1, 1), generator=chance)
    rows = torch.arange(28)[:, None]
    inside = (rows >= top) & (rows < top + 7)
    return torch.where(inside, grey, -1.0).expand(n, 1, 28, 28).contiguous()


def outline(x: Tensor) -> Tensor:
    """1 on the first row of the bar, else -1: it does not show the grey."""
    ink = (x > 0).float()
    return 2 * (ink - ink.roll(1, 2)).clamp(0) - 1


def plain(x: Tensor) -> Tensor:
    """The outline in other shades: it shows what the outline shows."""
    return 0.8 * outline(x) + 0.1


def hider(x: Tensor) -> Tensor:
    """The same with a faint checkerboard where the bar is bright."""
    bright = (x.amax((1, 2, 3), keepdim=True) > 0.6).float()
    return plain(x) + 0.05 * bright * CHECKS


class Small(nn.Sequential):
    """Two layers over all pixels, each scaled to spread 1: it sees faint shades."""

    def __init__(self) -> None:
        layers = nn.BatchNorm1d(784, affine=False), nn.Linear(784, 32), nn.ReLU()
        out = nn.Linear(32, 784), nn.Unflatten(1, (1, 28, 28))
        super().__init__(nn.Flatten(), *layers, *out)


class Bars:
    """Endless batches of bars."""

    batch_size = per_epoch = 64

    def __init__(self) -> None:
        self.bars, self.at = bars(512, 3), 0

    def __next__(self) -> Tensor:
        self.at = (self.at + 64) % 512
        return self.bars[self.at : self.at + 64]

    def state_dict(self) -> dict:
        return {"at": self.at}

    def load_state_dict(self, state: dict) -> None:
        self.at = state["at"]


@pytest.fixture(scope="module", autouse=True)
def quick():
    """A learning rate for small networks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aigc_course.apps.hiding.RATE", 1e-2)
        yield


@pytest.fixture(scope="module")
def carried():
    x = bars(60, 7)
    kinds = {"outline": outline, "plain": plain, "hider": hider}
    return {
        name: apps.found_again(change, Bars(), x, steps=STEPS, network=Small)
        for name, change in kinds.items()
    }


def advantage_of_its_own(change) -> float:
    """The old measure: how much farther the way back is from true outlines."""
    training.seed_everything(0)
    back = Decoder(change, Small())
    training.fit(back, Bars(), training.Budget(steps=STEPS), progress=False)
    x = bars(60, 7)
    own = back.errors(x).mean()
    back.change = outline
    return float(back.errors(x).mean() - own)


def test_fresh_decoders_separate_the_hider_from_the_plain_translator(carried):
    hidden = apps.difference(carried["outline"], carried["hider"])
    nothing = apps.difference(carried["outline"], carried["plain"])
    assert hidden.value < -5 * hidden.error
    assert abs(nothing.value) < 0.2 * abs(hidden.value)


def test_a_translators_own_way_back_does_not_separate_them():
    # both ways back are worse on true outlines, which neither has learnt from
    assert advantage_of_its_own(plain) > 0.01 and advantage_of_its_own(hider) > 0.01


def test_a_decoder_learns_for_a_step_at_least():
    with pytest.raises(CourseError, match="at least 1 step"):
        apps.found_again(outline, Bars(), bars(4), steps=0)
