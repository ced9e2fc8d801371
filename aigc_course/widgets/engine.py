"""The game move by move: D's step and G's step apart, as fast as a small net allows.

Pure PyTorch: no widget, no thread, no clock but the one that `play` is given. The labs
and their film strips are made of this.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.optim import Adam

from aigc_course.errors import CourseError
from aigc_course.gan import losses
from aigc_course.gan.networks import Discriminator, Generator
from aigc_course.gan.penalties import gradient_penalty

BETAS = (0.5, 0.9)
MOVES = ("d", "g", "round")


class Duel:
    """A generator and a discriminator, and who moves when.

    points: the data, float32 [N, dim]; a batch is drawn from them with repeats. loss: a
    key of `losses.GAMES`; a penalty that it asks for is added to D's loss. lr: Adam's
    learning rates (generator, discriminator). d_steps: D's steps in a round. seed: of
    weights and draws; the global random state is left as it was.

    `GAN.step` moves both players on one batch of fakes; here each move draws its own,
    so that it can be made alone.
    """

    def __init__(
        self,
        points: Tensor,
        generator: Generator,
        discriminator: Discriminator,
        *,
        loss: str = "non-saturating",
        lr: tuple[float, float] = (1e-3, 1e-3),
        betas: tuple[float, float] = BETAS,
        d_steps: int = 1,
        batch: int = 128,
        seed: int = 0,
    ) -> None:
        self.points, self.batch = points, batch
        self.generator, self.discriminator = generator, discriminator
        # fused: one pass over all weights
        self.g_adam = Adam(generator.parameters(), lr[0], betas, fused=True)
        self.d_adam = Adam(discriminator.parameters(), lr[1], betas, fused=True)
        self.random_state = torch.Generator().manual_seed(seed).get_state()
        self.rounds, self.d_moves, self.g_moves = 0, 0, 0
        self.readings: dict[str, Tensor] = {}
        self.change(loss, lr, d_steps)
        with self.own_randomness():
            for network in (generator, discriminator):
                _start_anew(network)

    def change(self, loss: str, lr: tuple[float, float], d_steps: int) -> None:
        """Go on under other rules. Raises CourseError for what is none."""
        game = losses.game(loss)
        if not all(0 < rate <= 1 for rate in lr):  # NaN is none of these
            raise CourseError(f"Learning rates lie between 0 and 1; these are {lr}.")
        if d_steps < 1:
            raise CourseError(f"D takes at least one step in a round, not {d_steps}.")
        self.game, self.d_steps = game, d_steps
        for adam, rate in zip((self.g_adam, self.d_adam), lr, strict=True):
            for group in adam.param_groups:
                group["lr"] = rate

    def d_step(self) -> None:
        """One step of D on a real and a generated batch; G stays as it is."""
        real = self.real(self.batch)  # [B, dim]
        with torch.no_grad():
            fake = self.generator(self.generator.latents(self.batch))  # [B, dim]
        # one pass for both is the same as two: no batch norm in these nets
        logits = self.discriminator(torch.cat([real, fake]))  # [2 B, 1]
        real_logits, fake_logits = logits.chunk(2)
        loss = self.game.discriminator(real_logits, fake_logits)
        if weight := self.game.penalty:
            loss = loss + gradient_penalty(self.discriminator, real, fake, weight)
        self.d_adam.zero_grad()
        loss.backward()
        self.d_adam.step()
        self.d_moves += 1
        beliefs = {"D(x)": real_logits, "D(G(z))": fake_logits}
        self.readings |= {k: v.detach().sigmoid().mean() for k, v in beliefs.items()}
        self.readings["D"] = loss.detach()

    def g_step(self) -> None:
        """One step of G against D as it is."""
        fake = self.generator(self.generator.latents(self.batch))  # [B, dim]
        loss = self.generator_loss(fake)
        self.g_adam.zero_grad()
        # D's weights are not asked for: only G's gradients cost
        loss.backward(inputs=list(self.generator.parameters()))
        self.g_adam.step()
        self.g_moves += 1
        self.readings["G"] = loss.detach()

    def real(self, n: int) -> Tensor:
        """n points of the data, [n, dim]."""
        return self.points[torch.randint(len(self.points), (n,))]

    def generator_loss(self, fake: Tensor) -> Tensor:
        """What G minimises on its points [n, dim], a scalar."""
        if not self.game.compares:
            return self.game.generator(self.discriminator(fake), None)
        with torch.no_grad():
            real_logits = self.discriminator(self.real(len(fake)))
        return self.game.generator(self.discriminator(fake), real_logits)

    def round(self) -> None:
        """D's steps, then one of G (Goodfellow et al. 2014, algorithm 1)."""
        for _ in range(self.d_steps):
            self.d_step()
        self.g_step()
        self.rounds += 1

    def move(self, name: str, times: int = 1) -> None:
        """Make a move of MOVES: "d", "g" or "round", `times` over.

        Raises CourseError for another name.
        """
        step = self._step(name)
        with self.own_randomness():
            for _ in range(times):
                step()

    def play(self, seconds: float, name: str = "round") -> int:
        """Make a move over and over for about `seconds`, at least once; say how often.

        Raises CourseError for a name that is not in MOVES.
        """
        end, times, step = time.perf_counter() + seconds, 1, self._step(name)
        with self.own_randomness():
            step()
            while time.perf_counter() < end:
                step()
                times += 1
        return times

    def _step(self, name: str) -> Callable[[], None]:
        if name not in MOVES:
            raise CourseError(f"There is no move {name!r}; there are d, g and round.")
        return {"d": self.d_step, "g": self.g_step, "round": self.round}[name]

    @contextmanager
    def own_randomness(self) -> Iterator[None]:
        """Inside the block the global random numbers are this game's own.

        One thread works on them: `single_thread`.
        """
        outside = torch.get_rng_state()
        torch.set_rng_state(self.random_state)
        try:
            with single_thread():
                yield
        finally:
            self.random_state = torch.get_rng_state()
            torch.set_rng_state(outside)


@contextmanager
def single_thread() -> Iterator[None]:
    """Inside the block torch works in one thread.

    Nets this small gain nothing from a second one, and where a browser wants a core as
    well, threads that wait for each other make a round ten times as slow.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _start_anew(network: Generator | Discriminator) -> None:
    for layer in network.net:
        if isinstance(layer, torch.nn.Linear):
            layer.reset_parameters()
