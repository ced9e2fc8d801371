"""Where will it go? A recurrent network over places, with one future or several.

A GRU (Cho et al. 2014) reads the places of the past one after another. From its state
and the last places it gives K steps with their widths and weights: a mixture density
network (Bishop 1994).

    p(d) = sum_k pi_k N(d; m_k, diag(s_k^2))

A step is the last step and what the network adds, so that inertia is built in and
bounces are learned. With K = 1 and a fixed width the likelihood is the squared error,
and the network gives the mean. To predict several frames it reads its own steps.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.apps.video.scenes import SIZE

LEAST = 0.02  # pixels: the least width of a step
RECENT = 5  # places that the head sees beside the state


class Track(NamedTuple):
    """What is remembered: state [n, hidden] and last places [n, RECENT, 2]."""

    state: Tensor
    recent: Tensor

    @property
    def place(self) -> Tensor:
        """The last place, [n, 2]."""
        return self.recent[:, -1]


class Dynamics(nn.Module):
    """GRU over places; components: K, the number of steps it may choose from."""

    def __init__(self, hidden: int = 64, components: int = 1) -> None:
        super().__init__()
        self.components = components
        self.cell = nn.GRU(4, hidden, batch_first=True)
        out = nn.Linear(hidden, 5 * components)  # [n, 5 K]
        self.head = nn.Sequential(
            nn.Linear(hidden + 2 * RECENT, hidden),  # [n, hidden]
            nn.ReLU(),
            out,
        )
        with torch.no_grad():  # begin with hardly any change of the velocity
            out.weight.mul_(0.1)
            out.bias.mul_(0.1)
            if components > 1:  # that begin apart, or they would stay together
                out.bias.view(components, 5)[:, :2].normal_()

    def read(self, places: Tensor) -> Track:
        """What is remembered of places [n, T, 2], T >= RECENT."""
        _, state = self.cell(_seen(places[:, 1:], places[:, :-1]))
        return Track(state[0], places[:, -RECENT:])

    def step(self, track: Track) -> tuple[Tensor, Tensor, Tensor]:
        """(steps [n, K, 2] in pixels, their widths [n, K, 2], logits [n, K])."""
        steps = track.recent.diff(dim=1)  # [n, RECENT - 1, 2]
        now = torch.cat([track.state, _near(track.place), steps.flatten(1)], 1)
        out = self.head(now).view(-1, self.components, 5)
        widths = LEAST + (out[..., 2:4] - 2).exp()
        return steps[:, -1:] + out[..., :2], widths, out[..., 4]

    def on(self, track: Track, step: Tensor) -> Track:
        """What is remembered after a step, [n, 2]."""
        after = track.place + step
        seen = _seen(after, track.place)[:, None]
        _, state = self.cell(seen, track.state[None])
        return Track(state[0], torch.cat([track.recent[:, 1:], after[:, None]], 1))


def _near(place: Tensor) -> Tensor:
    """A place, about between -1 and 1."""
    return (place - 15.5) / 8


def _seen(place: Tensor, before: Tensor) -> Tensor:
    """Place and step, for the GRU: [..., 4]."""
    return torch.cat([_near(place), place - before], -1)


def future(
    net: Dynamics,
    places: Tensor,
    frames: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The next places [n, frames, 2] after places [n, T, 2].

    Without a generator each step is the mean of the likeliest component; with one the
    component is drawn, and the step is its mean. The widths are left out: they are what
    the places were measured with, and would add up over the frames.
    """
    track, found = net.read(places), []
    for _ in range(frames):
        steps, _, logits = net.step(track)
        track = net.on(track, _choose(steps, logits, generator))
        found.append(track.place)
    return torch.stack(found, 1)


def _choose(steps: Tensor, logits: Tensor, generator: torch.Generator | None) -> Tensor:
    """The mean step [n, 2] of one component."""
    if generator is None:
        k = logits.argmax(1, keepdim=True)
    else:
        k = torch.multinomial(logits.softmax(1), 1, generator=generator)
    return steps.gather(1, k[:, :, None].expand(-1, 1, 2))[:, 0]


def mixture_nll(step: Tensor, steps: Tensor, widths: Tensor, logits: Tensor) -> Tensor:
    """-log p(step) in nats, [n]; step [n, 2], and what `Dynamics.step` gives."""
    z = (step[:, None] - steps) / widths  # [n, K, 2]
    log_normal = -(z**2 / 2 + widths.log() + math.log(2 * math.pi) / 2).sum(2)
    return -torch.logsumexp(torch.log_softmax(logits, 1) + log_normal, 1)


def train(
    net: Dynamics,
    places: Tensor,
    steps: int,
    seed: int,
    *,
    seen: int = 10,
    jitter: float = 0.0,
    batch: int = 128,
) -> list[float]:
    """Learn from places [n, T, 2]; the loss of each step.

    jitter: pixels of normal noise on the places, where they are measured too exactly
    for a network that has to read its own steps.

    K = 1: squared error of the whole future after `seen` places, the network reading
    its own steps. K > 1: the mixture's -log p of each true step.
    """
    validate.whole(steps, "The number of steps")
    generator = torch.Generator().manual_seed(seed)
    adam, found = torch.optim.Adam(net.parameters()), []
    for step in range(steps):
        rows = torch.randint(len(places), (batch,), generator=generator)
        few = places[rows]
        few = few + jitter * torch.randn(few.shape, generator=generator)
        loss = _nll(net, few) if net.components > 1 else _squared(net, few, seen)
        adam.param_groups[0]["lr"] = 5e-3 * min(1, (step + 1) / 50) * (1 - step / steps)
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        found.append(loss.item())
    return found


def _squared(net: Dynamics, places: Tensor, seen: int) -> Tensor:
    wanted = places[:, seen:]
    got = future(net, places[:, :seen], wanted.shape[1])
    # errors grow with time: divided by it, the first frames count as much
    ahead = torch.arange(1, wanted.shape[1] + 1)
    return ((got - wanted).square().sum(2) / ahead).mean()


def _nll(net: Dynamics, places: Tensor) -> Tensor:
    """Of each step after the first places, given the true places before it."""
    track, losses = net.read(places[:, :RECENT]), []
    for t in range(RECENT, places.shape[1]):
        step = places[:, t] - track.place
        losses.append(mixture_nll(step, *net.step(track)))
        track = net.on(track, step)
    return torch.stack(losses).mean()


def pixel_regression(seen: int, hidden: int = 64) -> nn.Sequential:
    """Places [n, seen, 2] to one frame [n, 32, 32]: a regression of pixels."""
    return nn.Sequential(
        nn.Flatten(),  # [n, 2 seen]
        nn.Linear(2 * seen, hidden),
        nn.ReLU(),
        nn.Linear(hidden, SIZE * SIZE),
        nn.Unflatten(1, (SIZE, SIZE)),
    )


def fit_pixels(
    net: nn.Module, places: Tensor, frames: Tensor, steps: int, seed: int
) -> None:
    """Minimise the squared error of the frames [n, 32, 32]."""
    generator = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    for _ in range(steps):
        rows = torch.randint(len(places), (128,), generator=generator)
        loss = (net(places[rows]) - frames[rows]).square().mean()
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
