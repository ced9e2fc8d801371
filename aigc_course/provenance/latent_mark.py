"""A mark in the noise that a flow starts from, read back by solving the flow backwards.

The flow of chapter 13 is an ordinary differential equation, so each picture belongs to
one start point. The sign of each coordinate of the start carries one bit of a keyed
code word; its size is drawn as before. For a random key every coordinate is N(0, 1)
(Wen et al. 2023 mark the start of a diffusion model; Yang et al. 2024 mark its signs).

Here the flow works on principal components of the pixels, for they can be read back
from a picture without a network.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.flow.networks import Velocity as Network
from aigc_course.flow.networks import mlp
from aigc_course.flow.solvers import Velocity, solve

KEY_BYTES = 16
CLIPPED = 1e-3  # pixels so close to -1 and 1 may have been beyond it


class LatentFound(NamedTuple):
    """The best code word of each picture, and how sure that is; all [N].

    agree: signs that agree with it. p: min(1, users * P(X >= agree)), X binomial with
    one trial for each coordinate and probability 1/2: the best of `users` was taken.
    """

    user: Tensor
    agree: Tensor
    p: Tensor


@dataclass(frozen=True)
class LatentMark:
    """A keyed code: one pattern of signs for each of `users`.

    size: of the flow's points. One pattern would do to find the mark; with several, the
    pictures differ more, and the mark says for whom a picture was made. Raises
    CourseError for a short key and sizes out of range.
    """

    key: bytes = field(repr=False)
    size: int
    users: int = 256

    def __post_init__(self) -> None:
        if not isinstance(self.key, bytes) or len(self.key) < KEY_BYTES:
            raise CourseError(f"A key has at least {KEY_BYTES} bytes.")
        validate.whole(self.size, "The size of the flow's points", 2)
        validate.whole(self.users, "The number of users", 1)

    @cached_property
    def signs(self) -> Tensor:
        """The code words, float [users, size] of -1 and 1: bits of SHAKE-256(key)."""
        total = self.users * self.size
        digest = hashlib.shake_256(self.key).digest(-(-total // 8))
        numbers = torch.frombuffer(bytearray(digest), dtype=torch.uint8)
        bits = (numbers[:, None] >> torch.arange(8)) & 1
        return (2.0 * bits.flatten()[:total] - 1).reshape(self.users, self.size)

    def start(
        self,
        n: int,
        user: int | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """n start points [n, size]: |normal| with the signs of a code word.

        user: whose; None takes one at random for each point.
        """
        validate.whole(n, "The number of start points")
        if user is None:
            row = torch.randint(self.users, (n,), generator=generator)
        else:
            validate.whole(user, "The user's number", 0)
            if user >= self.users:
                raise CourseError(f"Users are 0 to {self.users - 1}, not {user}.")
            row = torch.full((n,), user)
        size = torch.randn(n, self.size, generator=generator).abs()
        return size * self.signs[row]

    def read(self, u: Tensor) -> LatentFound:
        """Look for the mark in start points [N, size] that were read back."""
        from scipy.stats import binom  # takes a while to load

        validate.latents(u, self.size)
        signs = torch.where(u >= 0, 1.0, -1.0)
        agree, user = ((self.size + signs @ self.signs.T) / 2).max(1)
        tail = binom.sf(agree.numpy() - 1, self.size, 0.5)
        p = (self.users * torch.as_tensor(tail)).clamp(max=1)
        return LatentFound(user, agree.round().long(), p)


@torch.no_grad()
def backwards(
    velocity: Velocity, x: Tensor, steps: int = 16, method: str = "heun"
) -> Tensor:
    """The start points, at t = 0, of the ends x [N, ...], at t = 1."""
    validate.whole(steps, "The number of steps")
    return solve(velocity, x, [1 - i / steps for i in range(steps + 1)], method)


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of pictures, each scaled to variance 1.

    mean: [784]. axes: [784, size], columns of length 1. scale: [size], deviations.
    """

    mean: Tensor
    axes: Tensor
    scale: Tensor

    @staticmethod
    def fit(pictures: Tensor, size: int = 64) -> "Components":
        """The first `size` components of pictures [N, 1, 28, 28] in [-1, 1]."""
        x = validate.images(pictures).flatten(1)
        if not 1 <= size <= min(x.shape[1], len(x) - 1):
            raise CourseError(
                f"{len(x)} pictures have 1 to {min(x.shape[1], len(x) - 1)} components,"
                f" not {size}."
            )
        mean = x.mean(0)
        off = (x - mean).double()
        values, axes = torch.linalg.eigh(off.T @ off / (len(x) - 1))  # rising
        scale = values.flip(0)[:size].clamp(min=0).sqrt()
        if float(scale[-1]) <= 1e-6 * float(scale[0]):
            raise CourseError(
                f"The pictures vary in fewer than {size} directions: take more of them."
            )
        return Components(mean, axes.flip(1)[:, :size].float(), scale.float())

    def encode(self, pictures: Tensor, rounds: int = 20) -> Tensor:
        """Components [N, size] of pictures [N, 1, 28, 28].

        `decode` clips values beyond black and white, which this takes back: in each
        round clipped pixels are set to what the components so far say of them, where
        that lies beyond the end.
        """
        shown = pictures.flatten(1)
        z = (shown - self.mean) @ self.axes / self.scale
        for _ in range(rounds):
            drawn = self._drawn(z)
            below = (shown <= CLIPPED - 1) & (drawn < shown)
            above = (shown >= 1 - CLIPPED) & (drawn > shown)
            full = torch.where(below | above, drawn, shown)
            z = (full - self.mean) @ self.axes / self.scale
        return z

    def decode(self, z: Tensor) -> Tensor:
        """Pictures [N, 1, 28, 28] on the 256 grey levels of a file."""
        drawn = self._drawn(z).clamp(-1, 1).reshape(-1, 1, 28, 28)
        return ((drawn + 1) * 127.5).round() / 127.5 - 1

    def _drawn(self, z: Tensor) -> Tensor:
        return (z * self.scale) @ self.axes.T + self.mean


def train(
    codes: Tensor,
    steps: int = 1_000,
    *,
    width: int = 128,
    batch: int = 256,
    lr: float = 3e-3,
    seed: int = 0,
) -> Network:
    """A small flow over codes [N, size], trained for some steps (13.2).

    The learning rate falls to 0. Raises CourseError for codes that are not [N, size].
    """
    validate.whole(steps, "The number of steps")
    if codes.ndim != 2 or len(codes) < 2:
        raise CourseError(f"Codes are [N, size]; got {list(codes.shape)}.")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = mlp(codes.shape[1], width, 2)
        adam = torch.optim.Adam(network.parameters(), lr=lr)
        for step in range(steps):
            adam.param_groups[0]["lr"] = lr * (1 - step / steps)
            x1 = codes[torch.randint(len(codes), (batch,))]
            x0, t = torch.randn_like(x1), torch.rand(batch, 1)
            # v(x_t, t) learns x1 - x0 at x_t = (1 - t) x0 + t x1
            loss = (network((1 - t) * x0 + t * x1, t[:, 0]) - (x1 - x0)).square().mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
    return network.eval()
