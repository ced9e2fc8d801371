"""A flow that draws what a caption says: the VAE of a place, then the velocity."""

import copy
import random
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.apps.captions import scenes, words
from aigc_course.apps.captions.networks import (
    LATENTS,
    CaptionNetworks,
    negative_elbo,
)
from aigc_course.errors import CourseError
from aigc_course.flow.guidance import guided, known
from aigc_course.flow.learner import METHOD, TIMES, by_time
from aigc_course.flow.paths import on_line
from aigc_course.flow.solvers import solve
from aigc_course.training.learner import (
    CHUNK,
    Learner,
    Optimiser,
    images_and_labels,
    placed,
)
from aigc_course.training.muon import MuonOptimiser
from aigc_course.training.shares import parts

STEPS, GUIDANCE = 8, 3.0  # Heun steps, and how strongly the caption is followed
DEVIATION = 0.25  # of a pixel in [-1, 1], given the latents
BLANK = 0.1  # share of empty places that the VAE sees


class CaptionFlow(Learner[CaptionNetworks]):
    """Conditional flow matching on the latents of five places, told by a caption.

    From pairs (images [B, 1, 28, 28] in [-1, 1], labels [B]) of single digits it makes
    scenes with captions (`scenes.arrange`, `words.write`). From the first `first`
    images the VAE learns, from the others the velocity with the caption encoder.

    repeats: times and noises for each scene, so that its caption is read once for all
    of them. say: how often a quality is told. dropout: share of the scenes that are
    told nothing (Ho & Salimans 2022, algorithm 1). Raises CourseError for settings out
    of range.
    """

    def __init__(
        self,
        networks: CaptionNetworks,
        *,
        first: int = 76_800,
        repeats: int = 3,
        dropout: float = 0.1,
        say: float = scenes.SAY,
        lr: float = 5e-3,
        muon: float = 0.02,
        vae_lr: float = 2e-3,
        lr_warmup: float = 1_500,
        ema: float = 2_000,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        validate.whole(first, "first", 0)
        validate.share(dropout, "dropout")
        validate.share(say, "say")
        validate.whole(repeats, "repeats")
        self.whole = placed(networks, device)
        schedule: dict[str, Any] = {
            "decay_start": 0.3,
            "final_lr_factor": 0.0,
            "lr_warmup": lr_warmup,
        }
        betas = (0.9, 0.99)
        for_vae = Optimiser(self.whole.vae, vae_lr, betas, **schedule)
        drawing = torch.nn.ModuleList(
            [networks.reader, networks.placer, networks.drawer]
        )
        for_flow = MuonOptimiser(drawing, lr, betas, muon=muon, ema=ema, **schedule)
        super().__init__(drawing=for_flow, tiles=for_vae)
        self.flow = for_flow
        self.first, self.repeats, self.dropout = first, repeats, dropout
        self.say = say
        self.bf16, self.measured = bf16, False
        self.began = 0.0  # the share of the training at which the velocity began
        start = {"VAE": 0.0, "velocity": 2.0, "t below 0.5": 2.0, "t above 0.5": 2.0}
        self.losses = {name: torch.tensor(value) for name, value in start.items()}

    @property
    def networks(self) -> CaptionNetworks:
        """All that is used afterwards, as it is now."""
        return self.whole

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from images [B, 1, 28, 28] in [-1, 1] and labels int [B].

        Returns the loss of the VAE and of the velocity, per latent, with its parts.
        """
        images, labels = images_and_labels(batch)
        if parts() > 1:
            raise CourseError(
                "The captions model trains in one process: its scenes join digits from"
                " the whole batch."
            )
        if labels is None:
            raise CourseError(
                "Captions are made from pairs (images, labels): data.batches(...,"
                " labels=True) gives them."
            )
        if self.optimisers["tiles"].images < self.first:
            self._learn_tiles(images)
        else:
            self._learn_scenes(scenes.digits(images, labels))
        return dict(self.losses)

    def _learn_tiles(self, images: Tensor) -> None:
        tiles = scenes.small(images)[:, 0]  # [B, 14, 14]
        blank = torch.rand(len(tiles)) < BLANK
        tiles = tiles.masked_fill(blank[:, None, None].to(tiles.device), -1.0)
        loss = negative_elbo(self.whole.vae, tiles, DEVIATION)
        self.optimisers["tiles"].descend(loss, len(tiles))
        self.losses["VAE"] = loss.detach()

    def _learn_scenes(self, shown: scenes.Digits) -> None:
        if not self.measured:
            self.whole.measure(shown.pixels)
            self.measured = True
        chance = random.Random(int(torch.randint(2**31, ())))
        arranged = scenes.arrange(shown, chance, say=self.say)
        told = self._told(arranged.scenes, chance).to(self.device)  # [B, S]
        rows = arranged.rows
        # both digits, and one place at random: most places are empty, and one law
        kept = rows >= 0
        kept[torch.arange(len(rows)), torch.randint(scenes.PLACES, (len(rows),))] = True
        kept = kept.to(self.device)
        x1 = self.latents(shown, rows)[kept].repeat(self.repeats, 1)  # [M, L]
        x0 = torch.randn_like(x1)
        t = TIMES["uniform"](len(x1)).to(x1.device)
        x_t = on_line(x0, x1, t[:, None])
        said = self.whole.said(told)[kept].repeat(self.repeats, 1)  # [M, C]
        v = self.whole.drawer(x_t, t, said)
        # L = E || v(x_t, t | caption) - (x1 - x0) ||^2
        errors = (v - (x1 - x0)).square().mean(1)  # [M]
        loss = errors.mean()
        self.descent.descend(loss, len(shown))
        self.losses |= {"velocity": loss.detach(), **by_time(errors.detach(), t)}

    def _told(self, told: list[scenes.Scene], chance: random.Random) -> Tensor:
        rows = words.untold(len(told))
        for row, scene in zip(rows, told, strict=True):
            if chance.random() >= self.dropout:
                said = words.write(scene, chance)
                row[: len(said)] = torch.tensor(said)
        return rows

    @torch.no_grad()
    def latents(self, shown: scenes.Digits, rows: Tensor) -> Tensor:
        """Standardised latents [N, 5, L] of scenes with digits in rows [N, 5]."""
        device = shown.pixels.device
        blank = torch.full_like(shown.pixels[:1], -1.0)
        mean, log_variance = self.whole.vae.encode(torch.cat([shown.pixels, blank]))
        place = torch.where(rows < 0, len(shown), rows).to(device)  # the last is blank
        deviation = (log_variance / 2).exp()
        z = mean[place] + deviation[place] * torch.randn(*rows.shape, LATENTS).to(
            device
        )
        return (z - self.whole.mean) / self.whole.scale

    def anneal(self, progress: float) -> None:
        """Set both learning rates, each for its share of the training."""
        seen = self.optimisers["tiles"].images
        if seen < self.first:
            self.began = progress
        self.optimisers["tiles"].anneal(seen / self.first if self.first else 1.0)
        self.descent.anneal((progress - self.began) / max(1 - self.began, 1e-9))

    def trained(self) -> CaptionNetworks:
        """A copy of the networks with averaged weights, evaluating."""
        twin = copy.deepcopy(self.whole)
        parts = (twin.reader, twin.placer, twin.drawer)
        for part, averaged in zip(parts, self.flow.trained(), strict=True):
            part.load_state_dict(averaged.state_dict())
        return twin.eval()

    def load_trained(self, weights: Any) -> None:
        """Draw with these weights, a state of `trained()`."""
        self.whole.load_state_dict(weights)
        self.descent.ema, self.measured = None, True

    def state_dict(self) -> dict[str, Any]:
        """All that must be saved to go on exactly here."""
        own = {"mean": self.whole.mean, "scale": self.whole.scale}
        rest = {"began": self.began, "measured": self.measured}
        return {**super().state_dict(), "own": {**own, **rest, "losses": self.losses}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        own = state["own"]
        super().load_state_dict(state)
        self.whole.mean.copy_(own["mean"])
        self.whole.scale.copy_(own["scale"])
        self.began, self.measured = own["began"], own["measured"]
        self.losses = dict(own["losses"])

    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
        steps: int | Sequence[float] = STEPS,
        guidance: float = GUIDANCE,
        method: str = METHOD,
        captions: Sequence[str] | None = None,
    ) -> Tensor:
        """Draw n scenes [n, 1, 28, 28] in [-1, 1].

        captions: n texts of the grammar, or one for all. labels: int [n], each told as
        "a 3"; None without captions goes through the digits in turn. steps, method: of
        `flow.solve`. guidance: of `flow.guided`. Raises CourseError for what does not
        fit.
        """
        validate.whole(n, "The number of samples")
        told = self._asked(n, labels, captions)
        device = generator.device if generator else self.device
        shape = n, scenes.PLACES, LATENTS
        x0 = torch.randn(shape, generator=generator, device=device)
        return self.drive(x0, told, steps, guidance, method)

    def _asked(
        self, n: int, labels: Tensor | None, captions: Sequence[str] | None
    ) -> Tensor:
        if captions is None:
            given = torch.arange(n) % 10 if labels is None else labels
            found = validate.labels(given, n, 10)
            assert found is not None
            return words.tokens(
                [words.plain(words.Scene(words.Thing(int(d)))) for d in found]
            )
        if labels is not None:
            raise CourseError("Give captions or labels, not both.")
        texts = [captions] if isinstance(captions, str) else list(captions)
        if len(texts) not in (1, n):
            raise CourseError(f"{n} scenes take 1 or {n} captions, not {len(texts)}.")
        return words.tokens(texts).expand(n, -1)

    @torch.no_grad()
    def drive(
        self,
        x0: Tensor,
        told: Tensor,
        steps: int | Sequence[float] = STEPS,
        guidance: float = GUIDANCE,
        method: str = METHOD,
    ) -> Tensor:
        """Scenes [N, 1, 28, 28] in which noise [N, 5, L] ends. told: words [N, S]."""
        known(guidance)
        networks, parts = self.trained(), []
        for rows in torch.arange(len(x0)).split(CHUNK):
            start = x0[rows].to(self.device)
            velocity = field(networks, told[rows].to(self.device), guidance)
            parts.append(
                scenes.compose(networks.pixels(solve(velocity, start, steps, method)))
            )
        return torch.cat(parts)


def field(networks: CaptionNetworks, told: Tensor, guidance: float) -> Any:
    """The velocity v(x, t) of networks that are told words [N, S]: a function.

    The captions are read once. With a guidance other than 1 it is `guided` away from
    the velocity of a picture of which nothing is said.
    """
    said = networks.said(told)
    if guidance == 1:
        return lambda x, t: networks.velocity(x, t, said)
    nothing = networks.said(words.untold(1).to(told.device))

    def velocity(x: Tensor, t: float) -> Tensor:
        free = networks.velocity(x, t, nothing.expand_as(said))
        return guided(networks.velocity(x, t, said), free, guidance)

    return velocity
