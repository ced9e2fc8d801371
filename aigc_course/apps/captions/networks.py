"""The networks: a VAE of one place, a reader of captions, and a velocity.

Letters: N scenes, 5 places, L latents of a place, S words, C width.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.apps.captions.scenes import PLACES, SIDE
from aigc_course.apps.captions.words import LONGEST, PAD, WORDS
from aigc_course.attention.functions import weights
from aigc_course.attention.layers import Block
from aigc_course.attention.positions import sinusoids
from aigc_course.errors import CourseError
from aigc_course.flow.networks import Condition

LATENTS, HIDDEN = 12, 160  # of a place; units of a layer of its VAE
WIDTH, HEADS = 64, 4
READING, PLACING, DRAWING = 2, 2, 2  # layers that read, that place, and that draw
DRAWN = 128  # units of a layer that draws


class TileVAE(nn.Module):
    """Tiles [N, 14, 14] in [-1, 1] to L latents and back (chapter 08)."""

    def __init__(self, latents: int = LATENTS, hidden: int = HIDDEN) -> None:
        super().__init__()
        pixels = SIDE * SIDE
        self.encoder = nn.Sequential(
            *(nn.Linear(pixels, hidden), nn.SiLU(), nn.Linear(hidden, 2 * latents)),
        )
        self.decoder = nn.Sequential(
            *(nn.Linear(latents, hidden), nn.SiLU()),
            *(nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, pixels)),
        )
        self.latents = latents

    def encode(self, tiles: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x), [N, L] each."""
        mean, log_variance = self.encoder(tiles.flatten(1)).chunk(2, dim=1)
        return mean, log_variance.clamp(-12, 6)

    def decode(self, z: Tensor) -> Tensor:
        """E[x|z] in [-1, 1]: [..., L] to [..., 14, 14]."""
        pixels: Tensor = self.decoder(z).tanh()
        return pixels.unflatten(-1, (SIDE, SIDE))


class CaptionEncoder(nn.Module):
    """Words [N, S] to vectors [N, S, C], each of which knows its neighbours.

    h = E[word] + p[place], then blocks of self-attention (chapter 11). ordered: whether
    p is added. Without it the words are a bag: another order of the words gives the
    same vectors in another order.
    """

    places: Tensor

    def __init__(
        self, width: int = WIDTH, layers: int = READING, *, ordered: bool = True
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(len(WORDS), width)
        nn.init.normal_(self.embed.weight, std=0.7)  # as large as a sinusoid
        codes = sinusoids(torch.arange(LONGEST), width)  # [LONGEST, C]
        self.register_buffer("places", codes, persistent=False)
        self.blocks = nn.ModuleList(Block(width, HEADS) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        self.ordered = ordered

    def forward(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors [N, S, C], and which of them are words: bool [N, 1, 1, S].

        Raises CourseError for other than whole numbers [N, S] of known words.
        """
        _check(words)
        there = (words != PAD)[:, None, None]  # [N, 1, 1, S]
        h = self.embed(words)  # [N, S, C]
        if self.ordered:
            h = h + self.places[: words.shape[1]]
        for block in self.blocks:
            h, _ = block(h, mask=there)  # [N, S, C]
        return self.norm(h), there


class Placer(nn.Module):
    """What a caption says of each place: [N, 5, C], by cross-attention to its words.

    Each place begins as a vector of its own. In each block the places look at each
    other, and then at the words.
    """

    def __init__(self, width: int = WIDTH, layers: int = PLACING) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.randn(PLACES, width))
        self.blocks = nn.ModuleList(
            Block(width, HEADS, cross=True) for _ in range(layers)
        )
        self.norm = nn.RMSNorm(width, eps=1e-5)

    def forward(self, memory: Tensor, there: Tensor) -> Tensor:
        """Vectors [N, S, C] and which of them are words, [N, 1, 1, S], to [N, 5, C]."""
        h = self.start.expand(memory.shape[0], -1, -1)
        for block in self.blocks:
            h, _ = block(h, memory, memory_mask=there)
        said: Tensor = self.norm(h)
        return said


class Drawer(nn.Module):
    """The velocity of one place's latents [N, L], told the time and what is said of it.

    The same network draws all places.
    """

    def __init__(
        self,
        latents: int = LATENTS,
        width: int = DRAWN,
        layers: int = DRAWING,
        told: int = WIDTH,
    ) -> None:
        super().__init__()
        self.time, self.said = Condition(told), nn.Linear(told, told)
        self.first = nn.Linear(latents, width)
        self.modulate = nn.ModuleList(nn.Linear(told, 3 * width) for _ in range(layers))
        self.up = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.down = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.last = nn.Linear(width, latents)
        for layer in (self.last, *self.modulate):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, t: Tensor, said: Tensor) -> Tensor:
        """Velocity [N, L] at x [N, L] and t [N] or [1], told said [N, C]."""
        s = t[:, None]
        # the rest over the velocity of N(0, I) data, in units of its own size (ch. 13)
        q = (1 - s).square() + s.square()
        c = F.silu(self.time(t, None) + self.said(said))  # [N, C]
        h = self.first(x * q.rsqrt())  # [N, width]
        parts = zip(self.modulate, self.up, self.down, strict=True)
        for modulate, up, down in parts:  # h + gate W2 silu(W1 (norm(h) (1 + a) + b))
            scale, shift, gate = modulate(c).chunk(3, dim=1)
            inside = F.rms_norm(h, h.shape[-1:]) * (1 + scale) + shift
            h = h + (1 + gate) * down(F.silu(up(inside)))
        rest: Tensor = self.last(F.rms_norm(h, h.shape[-1:]))
        return (2 * s - 1) / q * x + q.rsqrt() * rest


class CaptionNetworks(nn.Module):
    """VAE, caption encoder and velocity of one model, and how its latents are scaled.

    order: False makes the encoder a bag of words; everything else stays as it is, and
    so does the work.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, *, order: bool = True) -> None:
        super().__init__()
        self.vae = TileVAE()
        self.reader = CaptionEncoder(ordered=order)
        self.placer = Placer()
        self.drawer = Drawer()
        self.register_buffer("mean", torch.zeros(LATENTS))
        self.register_buffer("scale", torch.ones(LATENTS))

    def said(self, words: Tensor) -> Tensor:
        """What captions of words [N, S] say of each place: [N, 5, C]."""
        found: Tensor = self.placer(*self.reader(words))
        return found

    def velocity(self, x: Tensor, t: Tensor | float, said: Tensor) -> Tensor:
        """v(x, t | caption), [N, 5, L], at t [N] or a number.

        said: [N, 5, C], what `said` gave, or the words themselves, int [N, S].
        """
        said = said if said.is_floating_point() else self.said(said)
        t = torch.as_tensor(t, dtype=x.dtype, device=x.device).reshape(-1)
        if len(t) > 1:
            t = t[:, None].expand(-1, x.shape[1]).flatten()  # [5 N]
        v: Tensor = self.drawer(x.flatten(0, 1), t, said.flatten(0, 1))
        return v.view(x.shape)

    def pixels(self, u: Tensor) -> Tensor:
        """Tiles [N, 5, 14, 14] of standardised latents [N, 5, L]."""
        return self.vae.decode(u * self.scale + self.mean)

    @torch.no_grad()
    def measure(self, tiles: Tensor) -> None:
        """Take mean and deviation of the latents of tiles [N, 14, 14]."""
        mean, log_variance = self.vae.encode(tiles)
        self.mean.copy_(mean.mean(0))
        self.scale.copy_((mean.var(0) + log_variance.exp().mean(0)).sqrt())


@torch.no_grad()
def looked_at(networks: CaptionNetworks, words: Tensor) -> Tensor:
    """How much each place looks at each word, [N, layers, 5, S]; mean over heads."""
    memory, there = networks.reader(words)
    found, hooks = [], []

    def keep(layer: nn.Module, inputs: tuple[Tensor, ...], _: object) -> None:
        q, k, _ = layer.project(inputs[0], memory)  # type: ignore[operator]
        found.append(weights(q, k, there).mean(1))

    for block in networks.placer.blocks:
        assert isinstance(block, Block) and block.cross is not None
        hooks.append(block.cross.register_forward_hook(keep))
    try:
        networks.placer(memory, there)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(found, dim=1)


def negative_elbo(vae: TileVAE, tiles: Tensor, deviation: float) -> Tensor:
    """-ELBO of tiles [N, 14, 14] but for a constant, mean over N, in nats.

    Normal pixels of one fixed deviation (Kingma & Welling 2014, equation 10).
    """
    mean, log_variance = vae.encode(tiles)
    z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
    errors = F.mse_loss(vae.decode(z), tiles, reduction="none").flatten(1).sum(1)
    kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2
    return (errors / (2 * deviation**2) + kl).mean()


def _check(words: Tensor) -> None:
    if words.ndim != 2 or words.is_floating_point():
        raise CourseError(
            "A caption's words are whole numbers [N, S], as `words.tokens` gives them;"
            f" got {words.dtype} {list(words.shape)}."
        )
    if torch.compiler.is_exporting():  # there are shapes then, and no values
        return
    if words.numel() and not 0 <= int(words.min()) <= int(words.max()) < len(WORDS):
        raise CourseError(f"Numbers of words lie in 0 to {len(WORDS) - 1}.")
