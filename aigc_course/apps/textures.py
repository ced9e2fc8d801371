"""Design patterns: textures without a seam, and their colours.

A network whose convolutions wrap around makes pictures that tile, whatever their size:
the idea of the periodic spatial GAN (Bergmann et al. 2017), here with a torus in place
of periodic waves.
"""

from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.gan.networks import Discriminator, Generator

SIDE = 32  # of the squares that are learnt from


class TextureGenerator(Generator):
    """Noise [N, latent, h, w] to textures [N, channels, 8 h, 8 w] in [-1, 1] that tile.

    Every convolution wraps around: the left edge goes on at the right one. Larger noise
    gives a larger piece of the same texture. `gan.GAN` trains it against a
    `TextureDiscriminator` on `TextureBatches`.
    """

    def __init__(self, channels: int = 1, latent: int = 16, width: int = 48) -> None:
        layers = _layer(latent, width)
        for inputs, outputs in ((width, width), (width, width // 2), (width // 2,) * 2):
            layers += [nn.Upsample(scale_factor=2), *_layer(inputs, outputs)]
        last = [_wrapped(width // 2, channels), nn.Tanh()]
        super().__init__(latent, [*layers, *last])

    def forward(self, z: Tensor) -> Tensor:
        """Raises CourseError for noise of another shape."""
        if z.ndim != 4 or z.shape[1] != self.latent or min(z.shape[2:]) < 2:
            raise CourseError(
                f"This generator takes noise [N, {self.latent}, h, w], h and w from 2;"
                f" got {list(z.shape)}."
            )
        return super().forward(z)

    def latents(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
        size: tuple[int, int] = (SIDE // 8, SIDE // 8),
    ) -> Tensor:
        """Standard normal noise [n, latent, h, w] for textures of 8 times that size."""
        h, w = size
        flat = super().latents(n * h * w, generator, labels)
        return flat.view(n, h, w, self.latent).permute(0, 3, 1, 2)


class TextureDiscriminator(Discriminator):
    """Patches of textures [N, channels, H, W] to logits [N, 1], the mean over places.

    Each logit sees 22 x 22 pixels: a texture is what looks alike everywhere.
    """

    def __init__(self, channels: int = 1, width: int = 32) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(channels, width, 4, 2),  # [N, width, ~H/2, ~W/2]
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2),  # [N, 2 width, ~H/4, ~W/4]
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 4),
        ]
        super().__init__(layers)  # small first weights were seen to learn nothing

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 1]."""
        return super().forward(x).mean((2, 3))


class TextureBatches:
    """Endless batches of squares cut from one picture [C, H, W], float32 in [-1, 1].

    Raises CourseError as `crops` does.
    """

    def __init__(
        self, picture: Tensor, batch_size: int = 16, side: int = SIDE, seed: int = 0
    ) -> None:
        crops(picture, 1, side)  # refuses what does not fit
        self.picture, self.side, self.batch_size = picture, side, batch_size
        self.per_epoch = max(1, picture[0].numel() // (batch_size * side**2))
        self.generator = torch.Generator().manual_seed(seed)

    def __iter__(self) -> "TextureBatches":
        return self

    def __next__(self) -> Tensor:
        return crops(self.picture, self.batch_size, self.side, self.generator)

    def state_dict(self) -> dict[str, Any]:
        """The state of the random generator."""
        return {"random": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue with the batch that followed when `state` was taken."""
        self.generator.set_state(state["random"])


def scattered(images: Tensor, side: int = 256, n: int = 150, seed: int = 0) -> Tensor:
    """A wallpaper [1, side, side] of pictures at random places, wrapping around.

    images: float [N, 1, h, w] in [-1, 1], white ink on black; n of them are drawn, and
    where two meet the brighter pixel stays. Raises CourseError for no images.
    """
    if images.ndim != 4 or not len(images):
        raise CourseError(f"Images are [N, 1, h, w]; got {list(images.shape)}.")
    chance = torch.Generator().manual_seed(seed)
    paper = torch.full((1, side, side), -1.0)
    chosen = torch.randint(len(images), (n,), generator=chance)
    shifts = torch.randint(side, (n, 2), generator=chance).tolist()
    h, w = images.shape[2:]
    for image, (down, right) in zip(images[chosen], shifts, strict=True):
        paper = paper.roll((-down, -right), (1, 2))
        paper[:, :h, :w] = torch.maximum(paper[:, :h, :w], image)
        paper = paper.roll((down, right), (1, 2))
    return paper


def crops(
    texture: Tensor, n: int, side: int, generator: torch.Generator | None = None
) -> Tensor:
    """n squares [n, C, side, side] cut from a picture [C, H, W] at random places.

    Raises CourseError where the picture is smaller than that.
    """
    _, h, w = texture.shape
    if side > min(h, w):
        raise CourseError(f"Squares of {side} pixels do not fit {w} x {h}.")
    rows = torch.randint(h - side + 1, (n,), generator=generator).tolist()
    columns = torch.randint(w - side + 1, (n,), generator=generator).tolist()
    return torch.stack(
        [
            texture[:, top : top + side, left : left + side]
            for top, left in zip(rows, columns, strict=True)
        ]
    )


def tiled(texture: Tensor, times: int = 2) -> Tensor:
    """[C, H, W] laid side by side, times x times."""
    validate.whole(times, "The number of tiles")
    return texture.repeat(1, times, times)


def seam(textures: Tensor) -> float:
    """How much a tiling's seams stand out; about 1 where nothing can be seen.

    The mean difference of pixels across the seam over that between neighbours within.
    textures: [N, C, H, W].
    """
    x = textures
    across = [(x[..., 0] - x[..., -1]).abs(), (x[..., 0, :] - x[..., -1, :]).abs()]
    within = [x.diff(dim=3).abs(), x.diff(dim=2).abs()]
    outer, inner = (
        float(torch.stack([p.mean() for p in ps]).mean()) for ps in (across, within)
    )
    return outer / max(inner, 1e-12)


def palette(picture: Tensor, colours: Tensor) -> Tensor:
    """Grey [N, 1, H, W] in [-1, 1] in a palette: [N, 3, H, W] in [-1, 1].

    colours: [K, 3] in [-1, 1], K from 2, for greys from -1 to 1 at equal steps; colours
    between are mixed. Raises CourseError for other shapes.
    """
    if colours.ndim != 2 or colours.shape[1] != 3 or len(colours) < 2:
        raise CourseError(
            f"A palette is colours [K, 3], K from 2; got {list(colours.shape)}."
        )
    if picture.ndim != 4 or picture.shape[1] != 1:
        raise CourseError(f"Grey pictures are [N, 1, H, W]; got {list(picture.shape)}.")
    place = (picture[:, 0].clamp(-1, 1) + 1) / 2 * (len(colours) - 1)  # [N, H, W]
    lower = place.floor().long().clamp(max=len(colours) - 2)
    mixed = torch.lerp(colours[lower], colours[lower + 1], (place - lower)[..., None])
    return mixed.permute(0, 3, 1, 2)


def _wrapped(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="circular")


def _layer(inputs: int, outputs: int) -> list[nn.Module]:
    return [_wrapped(inputs, outputs), nn.BatchNorm2d(outputs), nn.ReLU()]
