"""Patient: pictures in [0, 1] and a generator that ends in tanh."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed, flat, weighted

patient = Patient(
    "picture_range",
    ward="B",
    number=11,
    title="Real and generated pictures for D",
    symptom="Real and generated pictures show the same strokes on a dark ground, and D"
    " tells them apart with certainty after a few steps.",
    cause="Real pictures are scaled to [0, 1], and tanh has the range [-1, 1]. A"
    " single negative pixel gives a generated picture away. Both need the same range:"
    " pixels are divided by 127.5, minus 1.",
    figure=("step", "D(x) - D(G(z))"),
)

Pictures = tuple[Tensor, Tensor]


@patient.shown
def real_and_fake(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """Pictures for D, real and generated, in the range of tanh.

    images: uint8 [n, d]. The network is G without its last tanh.
    """
    real = images.float() / 255
    fake = network(z).tanh()
    return real, fake


@patient.repair
def minus_one(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """The reference: 0 becomes -1 and 255 becomes 1."""
    real = images.float() / 127.5 - 1
    fake = network(z).tanh()
    return real, fake


@patient.repair
def twice_minus_one(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """From [0, 1] to [-1, 1]."""
    real = 2 * (images.float() / 255) - 1
    fake = network(z).tanh()
    return real, fake


@patient.repair
def centred(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """The middle of the range is taken off first."""
    real = (images.float() - 127.5) / 127.5
    fake = network(z).tanh()
    return real, fake


@patient.right
def by_lerp(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """Between -1 and 1 by the share of white."""
    share = images.to(torch.float32).div(255)
    real = torch.lerp(-torch.ones_like(share), torch.ones_like(share), share)
    return real, torch.tanh(network(z))


@patient.right
def mean_and_deviation(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """As Normalize(0.5, 0.5) does it."""
    share = images.float() / 255
    return (share - 0.5) / 0.5, nn.Tanh()(network(z))


@patient.right
def by_table(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """A table of the 256 values."""
    table = torch.linspace(-1, 1, 256)
    return table[images.long()], network(z).tanh()


@patient.disguise
def by_256(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """Divided by 256."""
    return images.float() / 256, torch.tanh(network(z))


@patient.disguise
def like_to_tensor(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """What ToTensor does: to [0, 1]."""
    real = images.to(torch.get_default_dtype()).mul(1 / 255)
    return real, nn.Tanh()(network(z))


@patient.disguise
def by_the_largest(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """Divided by the largest pixel of the batch."""
    pixels = images.float()
    return pixels / pixels.max().clamp(min=1), network(z).tanh()


@patient.patch
def cut_at_zero(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """You cut generated pixels at 0. The ranges agree now, and every pixel below 0 has
    lost its gradient."""
    real, fake = real_and_fake(network, images, z)
    return real, fake.clamp(min=0)


@patient.patch
def standardised(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """You take off the mean of the batch and divide by its deviation. White is then
    above 1, where tanh never gets, and it changes with the batch."""
    real, fake = real_and_fake(network, images, z)
    return (real - real.mean()) / (real.std() + 1e-6), fake


@patient.patch
def noise_on_both(network: nn.Module, images: Tensor, z: Tensor) -> Pictures:
    """You add noise, so that single pixels give less away. The backgrounds still
    differ: 0 for real pictures, and -1 is what tanh draws most easily."""
    real, fake = real_and_fake(network, images, z)
    noise = 0.1 * torch.randn_like(real)
    return real + noise, fake + noise


class _Level(nn.Module):
    """A network that draws every pixel at one level before tanh."""

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = nn.Parameter(torch.tensor(level))

    def forward(self, z: Tensor) -> Tensor:
        return self.level + 0 * z


@patient.test
def exposes(pair: Function) -> None:
    """The darkest and the brightest pixels of both kinds agree."""
    n = int(torch.randint(2, 6, ()))
    for pixel, level in ((0, -30.0), (255, 30.0)):
        images = torch.full((n, 4), pixel, dtype=torch.uint8)
        images[0, 0] = 255 - pixel
        real, fake = pair(_Level(level), images, torch.randn(n, 4))
        assert torch.allclose(real[1:], fake[1:], atol=0.01), "the ranges must agree"


@patient.calls
def one_call(pair: Function) -> list[Tensor]:
    """Pictures of both kinds."""
    images = torch.randint(256, (8, 9), dtype=torch.uint8)
    return [*pair(nn.Linear(4, 9), images, torch.randn(8, 4))]


def _images(number: int) -> Tensor:
    return (fixed(number, 6, 5).sigmoid() * 255).to(torch.uint8)


@patient.does
def measured(pair: Function) -> dict[str, object]:
    """Both kinds of pictures, and the gradient of the generated ones."""
    network = weighted(nn.Linear(5, 5), 1)
    real, fake = pair(network, _images(2), fixed(3, 6, 5))
    slope = torch.autograd.grad(fake.sum(), network.weight)[0]
    return {"real": real, "fake": fake.detach(), "slope": slope}


@patient.elsewhere
def around(pair: Function) -> dict[str, object]:
    """The generated pictures and G's gradient; shape and dtype; the images."""
    network, images = weighted(nn.Linear(5, 5), 4), _images(5)
    real, fake = pair(network, images, fixed(6, 6, 5))
    slopes = torch.autograd.grad(fake.sum(), list(network.parameters()))
    return {
        "fake": fake.detach(),
        "slope": flat(slopes),
        "shape and dtype": f"{list(real.shape)} {real.dtype}",
        "images": images,
    }


@patient.hidden
def whole_range(pair: Function) -> bool:
    """A black pixel is -1 and a white one 1."""
    images = torch.tensor([[0, 255, 255], [255, 0, 0]], dtype=torch.uint8)
    real, _ = pair(nn.Identity(), images, torch.zeros(2, 3))
    want = torch.tensor([[-1.0, 1, 1], [1, -1, -1]])
    return bool(torch.allclose(real, want, atol=1e-5))


@patient.hidden
def in_equal_steps(pair: Function) -> bool:
    """Equal steps of the pixels are equal steps of the picture."""
    images = torch.arange(0, 250, 50).to(torch.uint8).view(1, 5)
    real, _ = pair(nn.Identity(), images, torch.zeros(1, 5))
    found = real.flatten().diff()
    return bool(torch.allclose(found, torch.full((4,), 50 / 127.5), atol=1e-5))


@patient.hidden
def tanh_stays(pair: Function) -> bool:
    """Generated pictures are tanh of what the network says."""
    z = fixed(7, 4, 3)
    _, fake = pair(nn.Identity(), torch.zeros(4, 3, dtype=torch.uint8), z)
    return bool(torch.allclose(fake, z.tanh(), atol=1e-9))


class _Copy(nn.Module):
    """A G that draws what its latents say: black for -1, white for 1."""

    def forward(self, z: Tensor) -> Tensor:
        return 3 * z


@patient.trains
def training(pair: Function, count: int) -> dict[str, list[float]]:
    """D against a G that draws the same strokes as the real pictures have."""
    d = nn.Sequential(nn.Linear(9, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(d.parameters(), lr=0.02)
    curves: dict[str, list[float]] = {"loss": [], "D(x) - D(G(z))": []}
    for _ in range(count):
        strokes = nn.functional.one_hot(torch.randint(9, (2, 64)), 9)
        images = (255 * strokes[0]).to(torch.uint8)
        real, fake = (d(x) for x in pair(_Copy(), images, 2.0 * strokes[1] - 1))
        loss = softplus(-real).mean() + softplus(fake).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        apart = real.sigmoid().mean() - fake.sigmoid().mean()
        curves["loss"].append(float(loss.detach()))
        curves["D(x) - D(G(z))"].append(float(apart.detach()))
    return curves


@patient.step
def opened(pair: Function) -> steps.Step:
    """The real pictures of a step; G ends in tanh."""
    images = (torch.rand(steps.BATCH, 2) * 255).to(torch.uint8)
    return steps.gan_step(
        generator=lambda: nn.Sequential(nn.Linear(steps.LATENT, 2), nn.Tanh()),
        batch=lambda: pair(nn.Identity(), images, torch.zeros(steps.BATCH, 2))[0],
    )
