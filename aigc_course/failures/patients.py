"""The networks and the learner of a trial, made from its settings."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import gan
from aigc_course.gan import losses, penalties
from aigc_course.gan.networks import Dropout

Settings = Mapping[str, Any]

LATENT, CHANNELS = 32, 16  # of the small DCGAN
FILM_SEED = 2014
LAST = 10  # steps whose values are kept one by one


def patient(kind: str, settings: Settings) -> gan.GAN:
    """A fresh GAN with these settings, its weights from torch's global generator."""
    generator = _points_g if kind == "points" else _digits_g
    discriminator = _points_d if kind == "points" else _digits_d
    nets = generator(settings), discriminator(settings)
    model = gan.GAN(*nets, **_rest(settings))
    # set afterwards: GAN refuses it beside batch norm, and that is a case of ours
    model.joint = settings["passes"] == "joint"
    return model


class Filmed:
    """A learner that keeps samples of fixed latents at `frames` moments of a training.

    `training.fit` trains it as it would train the learner itself. look: what else to
    note at half time. last: the values of the last few steps.
    """

    def __init__(
        self,
        model: gan.GAN,
        steps: int,
        frames: int,
        size: int,
        look: Callable[[], dict[str, float]] = dict,
    ) -> None:
        self.model, self.size, self.look = model, size, look
        self.middle, self.half = steps // 2, dict[str, float]()
        self.last: deque[dict[str, float]] = deque(maxlen=LAST)
        self.due = {round(steps * i / frames) for i in range(1, frames + 1)} | {1}
        self.film: list[tuple[int, Tensor]] = []
        self.steps = 0
        self.symptoms, self.bf16 = model.symptoms, model.bf16
        self.anneal, self.sample = model.anneal, model.sample
        self.state_dict = model.state_dict

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """A step of the learner; every now and then a look at its samples."""
        values = self.model.step(real)
        self.steps += 1
        if self.steps in self.due:
            seeded = torch.Generator().manual_seed(FILM_SEED)
            self.film.append((self.steps, self.model.sample(self.size, seeded)))
        if self.steps == self.middle:
            with torch.random.fork_rng(devices=[]):  # the training goes on as without
                self.half = self.look()
        told = {name: float(value.detach()) for name, value in values.items()}
        self.last.append({"step": float(self.steps), **told})
        return values

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Trials are not resumed."""
        self.model.load_state_dict(state)


def of_probabilities(game: losses.Game) -> losses.Game:
    """The cross-entropy of D as it stands in the textbook: logarithms of sigmoids."""

    def discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        # L_D = -E[log D(x)] - E[log(1 - D(G(z)))]: log 0 as soon as D is sure
        real, fake = real_logits.sigmoid(), fake_logits.sigmoid()
        return -real.log().mean() - (1 - fake).log().mean()

    return replace(game, discriminator=discriminator)


def _rest(settings: Settings) -> dict[str, Any]:
    """The arguments of GAN."""
    game = losses.game(settings["loss"])
    if settings["logs"] == "of probabilities":
        game = of_probabilities(game)
    given: dict[str, Any] = {
        "loss": game,
        "lr": (settings["lr_g"], settings["lr_d"]),
        "betas": (float(settings["beta1"]), 0.99),
        "d_steps": int(settings["d_steps"]),
        "max_grad_norm": settings["max_grad_norm"] or None,
        "ema": settings["ema"] or None,
        "regularisers": _regularisers(settings),
    }
    if settings["noise"]:
        given["augment"] = gan.InstanceNoise(settings["noise"])
    elif settings.get("translation"):
        given["augment"] = gan.RandomTranslation(int(settings["translation"]))
    return given


def _regularisers(settings: Settings) -> list[Callable[..., Tensor]]:
    weight = settings["weight"]
    made: dict[str, list[Callable[..., Tensor]]] = {
        "r1": [partial(penalties.r1, gamma=weight)],
        "r2": [partial(penalties.r2, gamma=weight)],
        "wgan-gp": [partial(penalties.gradient_penalty, weight=weight)],
    }
    made["r1+r2"] = made["r1"] + made["r2"]
    if settings["penalty"] == "dragan":
        return [partial(penalties.dragan, weight=weight)]
    return made.get(settings["penalty"], [])


def _points_g(settings: Settings) -> gan.Generator:
    return gan.PointGenerator(int(settings["latent"]), 2, int(settings["width"]), 2)


def _points_d(settings: Settings) -> gan.Discriminator:
    pack, width = int(settings["pack"]), int(settings["width"])
    layers: list[nn.Module] = []
    for inputs in (2 * pack, width):
        layers += [nn.Linear(inputs, width), *_norm(settings["d_norm"], width)]
        layers += [nn.LeakyReLU(0.2)]  # [N, width]
    discriminator = gan.Discriminator([*layers, nn.Linear(width, 1)])  # [N, 1]
    return gan.Packed(discriminator, pack) if pack > 1 else discriminator


def _digits_g(settings: Settings) -> gan.Generator:
    layers = [
        nn.Linear(LATENT, 49 * CHANNELS, bias=False),  # [N, 49 channels]
        nn.BatchNorm1d(49 * CHANNELS),
        nn.ReLU(),
        nn.Unflatten(1, (CHANNELS, 7, 7)),  # [N, channels, 7, 7]
        *_fourfold(int(settings["kernel"]), settings["stride"]),  # [N, 1, 28, 28]
        nn.Tanh(),
    ]
    return gan.Generator(LATENT, layers)


def _fourfold(kernel: int, stride: str) -> list[nn.Module]:
    """7 x 7 to 28 x 28: twice as large and again, or four times at once."""
    if stride == "4":
        return [_enlarge(CHANNELS, 1, kernel, 4)]
    half = CHANNELS // 2
    middle = [nn.BatchNorm2d(half), nn.ReLU()]  # [N, channels / 2, 14, 14]
    return [_enlarge(CHANNELS, half, kernel, 2), *middle, _enlarge(half, 1, kernel, 2)]


def _digits_d(settings: Settings) -> gan.Discriminator:
    half, norm, drop = CHANNELS // 2, settings["d_norm"], settings["dropout"]
    return gan.Discriminator(
        [
            nn.Conv2d(1, half, 4, 2, 1),  # [N, channels / 2, 14, 14]
            nn.LeakyReLU(0.2),
            *_dropout(drop),
            nn.Conv2d(half, CHANNELS, 4, 2, 1),  # [N, channels, 7, 7]
            *_norm(norm, CHANNELS, images=True),
            nn.LeakyReLU(0.2),
            *_dropout(drop),
            nn.Flatten(),
            nn.Linear(49 * CHANNELS, 1),  # [N, 1]
        ]
    )


def _dropout(share: float) -> list[nn.Module]:
    return [Dropout(share)] if share else []


def _norm(name: str, width: int, images: bool = False) -> list[nn.Module]:
    if name == "batch":
        return [nn.BatchNorm2d(width) if images else nn.BatchNorm1d(width)]
    if name == "layer":
        return [nn.GroupNorm(1, width)]  # each sample by itself
    return []


def _enlarge(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Module:
    # out = (in - 1) stride - 2 padding + kernel + output_padding = stride in
    padding = max(0, -(-(kernel - stride) // 2))
    extra = stride - kernel + 2 * padding
    return nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding, extra)
