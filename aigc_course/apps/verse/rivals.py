"""Three ways to train the same speller: likelihood, REINFORCE, straight-through.

All three minimise something by the gradient of the generator's weights w. Likelihood
knows the next letter of real names. The other two only know a critic's opinion of whole
samples, and a sample is discrete: its gradient has to be estimated.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.apps.verse.names import (
    LONGEST,
    Names,
    Speller,
    V,
    alive,
    closed,
    names,
    nats,
)
from aigc_course.errors import CourseError

BATCH = 128
RATE, CRITIC_RATE = 3e-3, 2e-3
DISCOUNT = 0.9
TAU = 1.0


class Critic(nn.Module):
    """Logits at each place, from that token and the four before it.

    Causal convolutions, so that each letter gets an opinion of its own (de Masson
    d'Autume et al. 2019, section 4, use such dense rewards).
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.one = nn.Conv1d(V, width, 3)
        self.two = nn.Conv1d(width, width, 3)
        self.out = nn.Conv1d(width, 1, 1)

    def forward(self, one_hot: Tensor) -> Tensor:
        """One-hot [N, T, V] to logits [N, T]; positive means real."""
        x = F.leaky_relu(self.one(F.pad(one_hot.transpose(1, 2), (2, 0))), 0.2)
        x = F.leaky_relu(self.two(F.pad(x, (2, 0))), 0.2)
        return self.out(x)[:, 0]


class Likelihood:
    """Maximise the log-probability of real names."""

    def __init__(self, speller: Speller, seed: int = 0, rate: float = RATE) -> None:
        self.speller, self.real = speller, names()
        self.generator = torch.Generator().manual_seed(seed)
        self.descent = torch.optim.Adam(speller.parameters(), rate)

    def step(self) -> float:
        """One batch of real names. Returns the loss in nats per letter."""
        rows = batch(self.real, self.generator)
        loss = nats(self.speller(rows), rows)
        descend(self.descent, loss)
        return float(loss.detach())


class Adversarial:
    """What both adversarial ways share: the critic and its step.

    rate: of the generator. penalty: R1 on real names (Mescheder et al. 2018).
    """

    def __init__(
        self,
        speller: Speller,
        seed: int = 0,
        rate: float = 1e-3,
        penalty: float = 1.0,
    ) -> None:
        self.speller, self.real, self.penalty = speller, names(), penalty
        self.generator = torch.Generator().manual_seed(seed)
        self.critic = Critic()
        betas = (0.5, 0.99)
        self.descent = torch.optim.Adam(speller.parameters(), rate, betas)
        self.ascent = torch.optim.Adam(self.critic.parameters(), CRITIC_RATE, betas)

    def learn_critic(self, fake: Tensor) -> None:
        """Real and sampled names [N, 12], as many of each."""
        rows = batch(self.real, self.generator)
        real = F.one_hot(rows, V).float().requires_grad_()
        a, b = self.critic(real), self.critic(F.one_hot(fake, V).float())
        on_real, on_fake = alive(rows), alive(fake)
        # -log D(x) - log (1 - D(G(z))), at each letter
        loss = F.softplus(-a[on_real]).mean() + F.softplus(b[on_fake]).mean()
        (slope,) = torch.autograd.grad(a[on_real].sum(), real, create_graph=True)
        loss = loss + self.penalty / 2 * slope.square().sum(dim=(1, 2)).mean()
        descend(self.ascent, loss)


class Reinforce(Adversarial):
    """Rewards of the critic, and the score-function gradient (Williams 1992).

    grad = E[(R - b) grad log p(x)], with the return R of each letter and a baseline b.
    """

    baseline = 0.0

    def step(self) -> float:
        """A step of both players. Returns the mean reward."""
        rows = self.speller.sample(BATCH, self.generator)
        self.learn_critic(rows)
        counts = alive(rows)
        with torch.no_grad():
            one = 2 * self.critic(F.one_hot(rows, V).float()).sigmoid() - 1
            returns = discounted(one * counts)
        log_p = self.speller(rows).log_softmax(-1).gather(-1, rows[..., None])[..., 0]
        # -(R - b) log p(x): its gradient is minus that of the mean reward
        loss = -((returns - self.baseline) * log_p)[counts].mean()
        descend(self.descent, loss)
        mean = float(returns[counts].mean())
        self.baseline = 0.9 * self.baseline + 0.1 * mean
        return mean


class StraightThrough(Adversarial):
    """One-hot draws whose gradient is that of a softmax (Jang et al. 2017)."""

    def step(self) -> float:
        """A step of both players. Returns the generator's loss."""
        rows, one_hot = self._draw()
        self.learn_critic(rows)
        logits = self.critic(one_hot)
        # -log D(G(z)): the gradient passes the draw as if it were the softmax
        loss = F.softplus(-logits[alive(rows)]).mean()
        descend(self.descent, loss)
        return float(loss.detach())

    def _draw(self) -> tuple[Tensor, Tensor]:
        """Tokens [N, 12] and one-hot rows [N, 12, V] with a gradient."""
        last, state, drawn = torch.zeros(BATCH, V), None, []
        for _ in range(LONGEST - 1):
            logits, state = self.speller.step(last, state)
            last = gumbel(logits, self.generator)
            drawn.append(last)
        end = F.one_hot(torch.zeros(BATCH, dtype=torch.long), V).float()
        soft = torch.stack([*drawn, end], dim=1)
        rows = soft.detach().argmax(dim=-1)
        is_name = alive(rows)
        # behind the end stand ends, without a gradient
        ends = end[:, None].expand_as(soft)
        return closed(rows), torch.where(is_name[..., None], soft, ends)


def gumbel(logits: Tensor, generator: torch.Generator, tau: float = TAU) -> Tensor:
    """One-hot [N, V], drawn from softmax(logits), with the gradient of a softmax.

    y = softmax((logits + g) / tau), g = -log(-log u); the value is one-hot(argmax y).
    """
    u = torch.rand(logits.shape, generator=generator).clamp(1e-9, 1 - 1e-7)
    y = ((logits - (-u.log()).log()) / tau).softmax(dim=-1)
    hard = F.one_hot(y.argmax(dim=-1), y.shape[-1]).float()
    return hard + y - y.detach()


def discounted(rewards: Tensor, discount: float = DISCOUNT) -> Tensor:
    """Returns R_t = r_t + discount R_{t+1}, [N, T]."""
    found = torch.zeros_like(rewards)
    after = torch.zeros(len(rewards))
    for t in range(rewards.shape[1] - 1, -1, -1):
        after = rewards[:, t] + discount * after
        found[:, t] = after
    return found


def batch(real: Names, generator: torch.Generator) -> Tensor:
    """128 of the names to learn from."""
    rows = torch.randint(len(real.train), (BATCH,), generator=generator)
    return real.train[rows]


def descend(descent: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down the gradient."""
    descent.zero_grad(set_to_none=True)
    loss.backward()
    descent.step()


WAYS: dict[str, Callable[..., Any]] = {
    "likelihood": Likelihood,
    "REINFORCE": Reinforce,
    "straight-through": StraightThrough,
}
# of each trial: the share of the seconds that go to likelihood first, then the way
TRIALS: dict[str, tuple[float, str, dict[str, Any]]] = {
    "likelihood": (0.0, "likelihood", {}),
    "REINFORCE": (0.0, "REINFORCE", {"rate": 2e-3}),
    "straight-through": (0.0, "straight-through", {"rate": 4e-3}),
    "half likelihood, then REINFORCE": (0.5, "REINFORCE", {"rate": 2e-4}),
}


def run(
    first: float, way: str, settings: dict[str, Any], seconds: float, seed: int = 0
) -> tuple[Speller, int]:
    """A speller trained for some seconds of the processor, and its steps.

    first: share of the seconds for likelihood, before the way itself. Raises
    CourseError for an unknown way.
    """
    if way not in WAYS:
        raise CourseError(f"The ways are {', '.join(WAYS)}; there is no {way!r}.")
    torch.manual_seed(seed)
    WAYS[way](Speller(), **settings).step()  # what torch loads at its first step
    speller, steps = Speller(), 0
    start = time.process_time()
    before = Likelihood(speller, seed)
    while time.process_time() - start < first * seconds:
        before.step()
        steps += 1
    after = WAYS[way](speller, seed, **settings)
    while time.process_time() - start < seconds:
        after.step()
        steps += 1
    return speller, steps
