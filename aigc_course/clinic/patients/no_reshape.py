"""Patient: a linear layer's rows go into a convolution as they are."""

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed, flat, weighted

patient = Patient(
    "no_reshape",
    ward="B",
    number=20,
    title="From latents to a picture",
    symptom="The layers can be made, and their parameters can be counted. The first"
    " call stops with an error in a transposed convolution, so there is no curve.",
    cause="The linear layer returns rows [n, 8 * 7 * 7], and the convolution needs"
    " maps [n, 8, 7, 7]. The numbers of each row have to be brought into that form.",
    figure=("step", "loss"),
    raises=True,
)


@patient.shown
def pictures(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """Latents [n, k] -> pictures [n, 1, 28, 28] in [-1, 1].

    first: k -> 8 * 7 * 7 numbers. up: 8 maps of 7 x 7 -> 4 of 14 x 14. last: 28 x 28.
    """
    x = relu(first(z))
    x = relu(up(x))
    return last(x).tanh()


@patient.repair
def viewed(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """The reference: each row becomes 8 maps of 7 x 7."""
    x = relu(first(z)).view(-1, 8, 7, 7)
    x = relu(up(x))
    return last(x).tanh()


@patient.repair
def unflattened(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """The axis of 392 numbers is taken apart, before the activation."""
    x = relu(first(z).unflatten(1, (8, 7, 7)))
    x = relu(up(x))
    return last(x).tanh()


@patient.repair
def reshaped(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """With the size of the batch and the number of channels of the layer."""
    x = relu(first(z))
    x = relu(up(x.reshape(z.shape[0], up.in_channels, 7, 7)))
    return last(x).tanh()


@patient.right
def one_by_one(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """Each latent alone; a convolution also takes a picture without a batch."""
    rows = [last(relu(up(relu(first(one)).view(8, 7, 7)))) for one in z]
    return torch.stack(rows).tanh()


@patient.right
def by_chunks(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """The row cut into 8 parts, each a square."""
    parts = relu(first(z)).chunk(8, dim=1)
    maps = torch.stack([part.unflatten(1, (7, 7)) for part in parts], dim=1)
    return torch.tanh(last(relu(up(maps))))


@patient.right
def by_layer(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """A layer for the form, all in a sequence."""
    form = nn.Unflatten(1, (8, 7, 7))
    net = nn.Sequential(first, nn.ReLU(), form, up, nn.ReLU(), last, nn.Tanh())
    result: Tensor = net(z)
    return result


@patient.disguise
def as_sequence(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """The layers in a row, without the form between them."""
    net = nn.Sequential(
        first, nn.LeakyReLU(0.2), up, nn.LeakyReLU(0.2), last, nn.Tanh()
    )
    result: Tensor = net(z)
    return result


@patient.disguise
def axes_added(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """Axes are added, and the 392 numbers stay channels."""
    x = relu(first(z))[:, :, None, None]
    return last(relu(up(x))).tanh()


@patient.disguise
def flattened_again(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """The right form, and flattened once more."""
    maps = relu(first(z)).view(-1, 8, 7, 7)
    return last(relu(up(maps.flatten(1)))).tanh()


@patient.disguise
def channels_last(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """The form of another library, with channels at the end."""
    x = relu(first(z)).view(-1, 7, 7, 8)
    return last(relu(up(x))).tanh()


@patient.disguise
def batch_inside(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """A form without the batch in front: it runs, and mixes the latents."""
    x = relu(first(z)).view(-1, 7, 7, len(z)).permute(3, 0, 1, 2)
    return last(relu(up(x))).tanh()


@patient.patch
def caught(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """You catch the error and return black pictures. The call no longer stops, and G
    draws nothing."""
    try:
        return last(relu(up(relu(first(z))))).tanh()
    except RuntimeError:
        return torch.full((len(z), 1, 28, 28), -1.0, dtype=z.dtype)


@patient.patch
def transposed(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """You give the numbers the right shape in the wrong order: the batch comes last in
    memory. Each picture is then made of numbers of several latents."""
    x = relu(first(z)).view(8, 7, 7, -1).permute(3, 0, 1, 2)
    return last(relu(up(x))).tanh()


@patient.patch
def first_numbers(
    first: nn.Linear, up: nn.ConvTranspose2d, last: nn.ConvTranspose2d, z: Tensor
) -> Tensor:
    """You keep the first 8 numbers and spread each over a map. The other numbers of the
    linear layer are without use."""
    x = relu(first(z))[:, :8, None, None].expand(-1, 8, 7, 7)
    return last(relu(up(x))).tanh()


def _layers(k: int) -> tuple[nn.Linear, nn.ConvTranspose2d, nn.ConvTranspose2d]:
    up = nn.ConvTranspose2d(8, 4, kernel_size=4, stride=2, padding=1)
    return nn.Linear(k, 392), up, nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1)


@patient.test
def exposes(draw: Function) -> None:
    """Pictures come out, and each belongs to its own latent."""
    layers, z = _layers(5), torch.randn(4, 5)
    drawn = draw(*layers, z)
    assert drawn.shape == (4, 1, 28, 28), "a picture of 28 x 28 for each latent"
    alone = draw(*layers, z[2:3])
    assert torch.allclose(drawn[2:3], alone, atol=1e-5), "one latent, one picture"


@patient.calls
def one_call(draw: Function) -> Tensor:
    """A few pictures."""
    result: Tensor = draw(*_layers(5), torch.randn(4, 5))
    return result


def _fixed_layers(number: int) -> list[nn.Module]:
    return [weighted(layer, number + i) for i, layer in enumerate(_layers(5))]


@patient.does
def measured(draw: Function) -> dict[str, object]:
    """Pictures of fixed latents with fixed weights."""
    try:
        return {"pictures": draw(*_fixed_layers(1), fixed(2, 4, 5)).detach()}
    except RuntimeError:
        return {"pictures": "none: it stops"}


@patient.elsewhere
def around(draw: Function) -> dict[str, object]:
    """A single latent gives the picture of the layers; layers and latents stay."""
    layers, z = _fixed_layers(3), fixed(4, 1, 5)
    return {
        "picture": draw(*layers, z).detach(),
        "latents": z,
        "weights": flat(w for layer in layers for w in layer.parameters()),
    }


@patient.hidden
def pictures_come_out(draw: Function) -> bool:
    """Any number of latents of any size give pictures of 28 x 28."""
    sizes = [draw(*_layers(k), torch.randn(n, k)).shape for n, k in ((1, 3), (5, 8))]
    return sizes == [(1, 1, 28, 28), (5, 1, 28, 28)]


@patient.hidden
def each_its_own(draw: Function) -> bool:
    """A picture depends on its own latent alone."""
    layers, z = _fixed_layers(5), fixed(6, 4, 5)
    alone = torch.cat([draw(*layers, one) for one in z.split(1)])
    return bool(torch.allclose(draw(*layers, z), alone, atol=1e-9))


@patient.hidden
def all_numbers_are_used(draw: Function) -> bool:
    """Every number of the linear layer has a place in the pictures."""
    layers = _fixed_layers(7)
    first = layers[0]
    assert isinstance(first, nn.Linear)
    first.bias.data.abs_().add_(4)  # so that no unit is switched off
    first.weight.data.mul_(0.1)
    for layer in layers[1:]:
        for weight in layer.parameters():
            weight.data.abs_().mul_(0.05)  # and tanh is not saturated
    draw(*layers, fixed(8, 6, 5)).sum().backward()
    return first.bias.grad is not None and bool((first.bias.grad != 0).all())


class _Module(nn.Module):
    def __init__(self, draw: Function) -> None:
        super().__init__()
        self.draw = draw
        self.first, self.up, self.last = _layers(4)

    def forward(self, z: Tensor) -> Tensor:
        result: Tensor = self.draw(self.first, self.up, self.last, z)
        return result


@patient.trains
def training(draw: Function, count: int) -> dict[str, list[float]]:
    """The layers learn a picture that is bright on the left."""
    g = _Module(draw)
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
def opened(draw: Function) -> steps.Step:
    """The layers against a fixed target."""
    target = torch.rand(8, 1, 28, 28)
    return steps.module_step(lambda: _Module(draw), torch.randn(8, 4), target)
