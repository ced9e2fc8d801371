"""Translation without pairs: there and back must be where one came from."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import data, validate
from aigc_course.apps.translators import PatchDiscriminator, Translator
from aigc_course.data import Batches, ImageSet
from aigc_course.errors import CourseError
from aigc_course.gan import losses
from aigc_course.training.learner import CHUNK, Learner, Optimiser, frozen, placed

Pair = tuple[Tensor, Tensor]  # of the kinds a and b


class CycleGAN(Learner[nn.ModuleDict]):
    """Two translators and two discriminators (Zhu et al. 2017, equations 1 to 3).

    L = L_GAN(there, D_b) + L_GAN(back, D_a)
        + cycle * (E|back(there(a)) - a| + E|there(back(b)) - b|)
        + identity * (E|there(b) - b| + E|back(a) - a|)

    a and b are of the two kinds, and no a belongs to a b. Many pairs of maps match the
    two sets; the cycle loss leaves those that can be undone, and it does not contain
    the labels.

    translator, discriminator: make the networks, pictures [N, 1, 28, 28] in. loss: a
    name in `losses.GAMES`. lr, betas, decay_start, final_lr_factor, lr_warmup, ema: see
    `training.Optimiser`.
    bf16: ask `training.fit` to compute in bfloat16.
    Raises CourseError for weights below 0.
    """

    def __init__(
        self,
        translator: Callable[[], nn.Module] = Translator,
        discriminator: Callable[[], nn.Module] = PatchDiscriminator,
        *,
        cycle: float = 5.0,
        identity: float = 0.0,
        loss: str | losses.Game = "non-saturating",
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.5, 0.99),
        decay_start: float = 0.5,
        final_lr_factor: float = 0.0,
        lr_warmup: float = 1_000,
        ema: float | None = 20_000,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        validate.at_least_zero(cycle, "The weight of the cycle")
        validate.at_least_zero(identity, "The weight of the identity")
        self.cycle, self.identity = cycle, identity
        self.game, self.bf16 = losses.game(loss), bf16
        maps = {"there": translator(), "back": translator()}
        self.maps = placed(nn.ModuleDict(maps), device)
        self.judges = placed(
            nn.ModuleDict({"a": discriminator(), "b": discriminator()}), device
        )
        schedule: dict[str, Any] = {
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "lr_warmup": lr_warmup,
        }
        self.g = Optimiser(self.maps, lr, betas, ema=ema, **schedule)
        self.d = Optimiser(self.judges, lr, betas, **schedule)
        super().__init__(g=self.g, d=self.d)

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from images a and b, [B, 1, 28, 28] in [-1, 1] each (`unpaired`).

        Returns the discriminators' loss, the translators', and the cycle loss.
        """
        a, b = batch
        fake_b, fake_a = self.maps["there"](a), self.maps["back"](b)
        real, d_loss = self._judge(batch, (fake_a.detach(), fake_b.detach()))
        self.d.descend(d_loss, len(a))
        with frozen(self.judges):
            scores = self.judges["a"](fake_a), self.judges["b"](fake_b)
            g_loss = _sum(
                self.game.generator(score, r.detach())
                for score, r in zip(scores, real, strict=True)
            )
            cycle = self._cycle(batch, (fake_a, fake_b))
            total = g_loss + self.cycle * cycle
            if self.identity:
                total = total + self.identity * self._identity(a, b)
            self.g.descend(total, len(a))
        return {"D": d_loss.detach(), "G": g_loss.detach(), "cycle": cycle.detach()}

    def _judge(self, real: Pair, fake: Pair) -> tuple[Pair, Tensor]:
        """D_a's and D_b's logits on real images, and the loss of both."""
        a, b = self.judges["a"], self.judges["b"]
        real_logits, fake_logits = (a(real[0]), b(real[1])), (a(fake[0]), b(fake[1]))
        pairs = zip(real_logits, fake_logits, strict=True)
        return real_logits, _sum(self.game.discriminator(r, f) for r, f in pairs)

    def _cycle(self, real: Pair, fake: Pair) -> Tensor:
        """E|back(there(a)) - a| + E|there(back(b)) - b|."""
        fake_a, fake_b = fake
        home = self.maps["back"](fake_b), self.maps["there"](fake_a)
        return _apart(home[0], real[0]) + _apart(home[1], real[1])

    def _identity(self, a: Tensor, b: Tensor) -> Tensor:
        """E|there(b) - b| + E|back(a) - a|."""
        return _apart(self.maps["there"](b), b) + _apart(self.maps["back"](a), a)

    @torch.no_grad()
    def translate(self, images: Tensor, way: str = "there") -> Tensor:
        """Images [N, 1, 28, 28] in [-1, 1] translated, "there" (a to b) or "back".

        Raises CourseError for another way, and for images that are not acceptable.
        """
        if way not in ("there", "back"):
            raise CourseError(f"The way is 'there' or 'back', not {way!r}.")
        network = self.trained()[way]
        parts = [network(x) for x in validate.images(images).split(CHUNK)]
        return torch.cat(parts).float().contiguous()


class Unpaired:
    """Batches (a, b) of two sets that have nothing to do with each other.

    a: the set as it is. b: another, or the same set's other half, in `style`.
    """

    def __init__(
        self, a: Batches, b: Batches, style: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        self.a, self.b, self.style = a, b, style
        self.batch_size, self.per_epoch = a.batch_size, a.per_epoch

    def __iter__(self) -> "Unpaired":
        return self

    def __next__(self) -> tuple[Tensor, Tensor]:
        a, b = next(self.a), next(self.b)
        return a, self.style(b) if self.style else b

    def state_dict(self) -> dict[str, Any]:
        """The positions in both sets."""
        return {"a": self.a.state_dict(), "b": self.b.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue with the batch that followed; CourseError where it cannot be."""
        self.a.load_state_dict(state["a"])
        self.b.load_state_dict(state["b"])


def unpaired(
    images: ImageSet | Tensor,
    style: Callable[[Tensor], Tensor],
    batch_size: int = 32,
    seed: int = 0,
) -> Unpaired:
    """A random half of a set as it is and the other half in a style: no a has its b.

    images: as `data.batches` takes them, at least 2 batch sizes. Raises CourseError as
    it does.
    """
    pixels = images.images if isinstance(images, ImageSet) else images
    chance = torch.Generator().manual_seed(seed)
    one, two = torch.randperm(len(pixels), generator=chance).tensor_split(2)
    a = data.batches(pixels[one], batch_size, seed=seed)
    b = data.batches(pixels[two], batch_size, seed=seed + 1)
    return Unpaired(a, b, style)


def _apart(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).abs().mean()


def _sum(losses: Iterable[Tensor]) -> Tensor:
    return torch.stack([*losses]).sum()
