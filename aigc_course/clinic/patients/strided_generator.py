"""Patient: a generator that shrinks its map instead of enlarging it."""

import torch
from torch import Tensor, nn

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed

patient = Patient(
    "strided_generator",
    ward="B",
    number=13,
    title="A convolutional generator",
    symptom="The network runs and its loss falls. It is to learn a picture that is"
    " bright on the left and dark on the right; the error stops at that of one grey"
    " value for the whole picture.",
    cause="Convolutions with stride 2 halve a map, 7 x 7 to 3 x 3 to 1 x 1. A"
    " generator needs transposed convolutions, 7 to 14 to 28. A LeakyReLU after a ReLU"
    " does nothing, since nothing negative is left.",
    figure=("step", "loss"),
    same_draws=False,
)


@patient.shown
def make_generator(latent: int) -> nn.Module:
    """Latents [n, latent] -> pictures [n, 1, 28, 28] in [-1, 1]."""
    return nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.ReLU(),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (8, 7, 7)),
        nn.Conv2d(8, 4, kernel_size=4, stride=2, padding=1),
        nn.ReLU(),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4, 1, kernel_size=4, stride=2, padding=1),
        nn.Tanh(),
    )


@patient.repair
def transposed(latent: int) -> nn.Module:
    """The reference: transposed convolutions, one activation each."""
    return nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (8, 7, 7)),
        nn.ConvTranspose2d(8, 4, kernel_size=4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(4, 1, kernel_size=4, stride=2, padding=1),
        nn.Tanh(),
    )


@patient.repair
def five_by_five(latent: int) -> nn.Module:
    """Kernels of 5 x 5 with an output padding of 1."""
    return nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (8, 7, 7)),
        nn.ConvTranspose2d(8, 4, 5, stride=2, padding=2, output_padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(4, 1, 5, stride=2, padding=2, output_padding=1),
        nn.Tanh(),
    )


@patient.repair
def both_activations(latent: int) -> nn.Module:
    """The useless second activations may stay."""
    return nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.ReLU(),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (8, 7, 7)),
        nn.ConvTranspose2d(8, 4, kernel_size=4, stride=2, padding=1),
        nn.ReLU(),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(4, 1, kernel_size=4, stride=2, padding=1),
        nn.Tanh(),
    )


@patient.right
def upsampled(latent: int) -> nn.Module:
    """Enlarge first, then convolve with stride 1."""
    return nn.Sequential(
        nn.Linear(latent, 4 * 7 * 7),
        nn.LeakyReLU(0.1),
        nn.Unflatten(1, (4, 7, 7)),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(4, 4, 3, padding=1),
        nn.LeakyReLU(0.1),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(4, 1, 3, padding=1),
        nn.Tanh(),
    )


@patient.right
def shuffled(latent: int) -> nn.Module:
    """Channels become pixels: two pixel shuffles."""
    return nn.Sequential(
        nn.Linear(latent, 16 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (16, 7, 7)),
        nn.PixelShuffle(2),
        nn.Conv2d(4, 4, 3, padding=1),
        nn.PixelShuffle(2),
        nn.Tanh(),
    )


@patient.right
def from_one_pixel(latent: int) -> nn.Module:
    """From 1 x 1 to 7, 14 and 28 by transposed convolutions alone."""
    return nn.Sequential(
        nn.Unflatten(1, (latent, 1, 1)),
        nn.ConvTranspose2d(latent, 8, 7),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(8, 4, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(4, 1, 4, 2, 1),
        nn.Tanh(),
    )


@patient.disguise
def pooled(latent: int) -> nn.Module:
    """Convolutions that keep the size, and pooling that halves it."""
    return nn.Sequential(
        nn.Linear(latent, 4 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (4, 7, 7)),
        nn.Conv2d(4, 4, 3, padding=1),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 1, 3, padding=1),
        nn.MaxPool2d(2),
        nn.Tanh(),
    )


@patient.disguise
def one_enlarged(latent: int) -> nn.Module:
    """Half and double again: it ends where it began."""
    return nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (8, 7, 7)),
        nn.Conv2d(8, 8, 3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1),
        nn.Tanh(),
    )


@patient.disguise
def by_three(latent: int) -> nn.Module:
    """Kernels of 3 x 3."""
    return nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (8, 7, 7)),
        nn.Conv2d(8, 4, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(4, 1, 3, stride=2, padding=1),
        nn.Tanh(),
    )


@patient.patch
def enlarged_at_the_end(latent: int) -> nn.Module:
    """You enlarge the one pixel that is left. The shape is right, and the whole picture
    has one grey value."""
    return nn.Sequential(make_generator(latent), nn.Upsample(size=(28, 28)))


@patient.patch
def padded_at_the_end(latent: int) -> nn.Module:
    """You pad the one pixel with a border up to 28 x 28. All pixels but one are
    constant then."""
    return nn.Sequential(make_generator(latent), nn.ZeroPad2d((13, 14, 13, 14)))


@patient.patch
def linear_at_the_end(latent: int) -> nn.Module:
    """You let a linear layer make 784 pixels of the one that is left. Every picture is
    then the same pattern, multiplied by one number."""
    last = nn.Sequential(nn.Linear(1, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))
    return nn.Sequential(make_generator(latent), nn.Flatten(), last)


@patient.test
def exposes(make: Function) -> None:
    """Pictures of 28 x 28 for any latent size, with grey values of their own."""
    latent = int(torch.randint(3, 12, ()))
    pictures = make(latent)(torch.randn(2, latent))
    assert pictures.shape == (2, 1, 28, 28), "pictures are 28 x 28"
    assert (pictures.flatten(1).std(1) > 1e-4).all(), "a picture has several greys"


@patient.calls
def one_call(make: Function) -> Tensor:
    """A few pictures."""
    result: Tensor = make(6)(torch.randn(3, 6))
    return result


@patient.does
def measured(make: Function) -> dict[str, object]:
    """The shape, how many grey values there are, and in how many ways they vary."""
    pictures = make(6)(torch.randn(12, 6)).detach().flatten(1).double()
    moved = pictures - pictures.mean(dim=0)
    return {
        "pixels": float(pictures.shape[1]),
        "greys": float(pictures[0].round(decimals=6).unique().numel() > 2),
        "moving": float((moved.abs().amax(0) > 1e-9).double().mean()),
        "ways": float(_second_way(pictures) > 0.05),
    }


def _second_way(pictures: Tensor) -> float:
    """The second singular value of the differences, as a share of the first."""
    values = torch.linalg.svdvals(pictures - pictures.mean(dim=0))
    return float(values[1] / values[0]) if len(values) > 1 else 0.0


@patient.elsewhere
def around(make: Function) -> dict[str, object]:
    """One picture with one channel for each latent; values in [-1, 1]."""
    latents = fixed(1, 5, 6).float()
    pictures = make(6)(latents).detach()
    return {
        "first axes": list(pictures.shape[:2]),
        "axes": pictures.ndim,
        "outside": float((pictures.abs() > 1).sum()),
        "latents": latents,
    }


@patient.hidden
def right_size(make: Function) -> bool:
    """Pictures have 28 x 28 pixels, whatever the size of the latents."""
    sizes = [make(k)(torch.randn(2, k)).shape for k in (1, 8, 100)]
    return all(size == (2, 1, 28, 28) for size in sizes)


@patient.hidden
def many_greys(make: Function) -> bool:
    """Pixels have grey values of their own, and each moves with the latents."""
    pictures = make(8)(torch.randn(16, 8)).flatten(1)
    return bool((pictures.std(1) > 1e-5).all() and (pictures.std(0) > 0).all())


@patient.hidden
def more_than_one_way(make: Function) -> bool:
    """Pictures differ in more ways than in one number."""
    pictures = make(8)(torch.randn(16, 8)).detach().flatten(1).double()
    return _second_way(pictures) > 0.05


@patient.trains
def training(make: Function, count: int) -> dict[str, list[float]]:
    """The network learns a picture that is bright on the left."""
    g = make(4)
    target = torch.ones(1, 1, 28, 28)
    target[..., 14:] = -1
    optimizer = torch.optim.Adam(g.parameters(), lr=0.01)
    losses = []
    for _ in range(count):
        loss = (g(torch.randn(8, 4)) - target).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return {"loss": losses}


@patient.step
def opened(make: Function) -> steps.Step:
    """The network against a fixed target of its own output's shape."""
    return steps.module_step(lambda: make(4), torch.randn(8, 4))
