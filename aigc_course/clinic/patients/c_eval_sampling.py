"""Patient: samples are drawn from a network that is still in training mode."""

import torch
from torch import Tensor, nn

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn

patient = Patient(
    "c_eval_sampling",
    ward="C",
    title="Drawing samples from a generator",
    symptom="A grid of samples looks right. The same latent gives another sample when"
    " its neighbours in the batch are others, and drawing samples changes the network.",
    cause="The network stays in training mode, so batch norm uses the statistics of the"
    " batch and moves its running ones. Call `eval()` for sampling, and go back after.",
    origin="Reported for DCGANs since 2016 (soumith/dcgan.torch, issue 19), and for"
    " notebooks with trained GANs (csinva/gan-vae-pretrained-pytorch, issue 2, 2019).",
    figure=("step", "change by neighbours"),
)


@patient.shown
def sample(generator: nn.Module, z: Tensor) -> Tensor:
    """Samples for the latents z, [n, d]; the training goes on afterwards."""
    with torch.no_grad():
        images: Tensor = generator(z)
    return images


@patient.repair
def in_eval_mode(generator: nn.Module, z: Tensor) -> Tensor:
    """The reference: evaluation mode for the time of sampling."""
    mode = generator.training
    generator.eval()
    with torch.no_grad():
        images: Tensor = generator(z)
    generator.train(mode)
    return images


@patient.repair
def always_back(generator: nn.Module, z: Tensor) -> Tensor:
    """Back in the former mode whatever happens."""
    was_training = generator.training
    generator.train(False)
    try:
        with torch.no_grad():
            images: Tensor = generator(z)
    finally:
        generator.train(was_training)
    return images


@patient.repair
def switched_inside(generator: nn.Module, z: Tensor) -> Tensor:
    """The modes are set inside the block."""
    with torch.no_grad():
        before = generator.training
        images: Tensor = generator.eval()(z)
        generator.train(before)
    return images


@patient.right
@torch.no_grad()
def each_module(generator: nn.Module, z: Tensor) -> Tensor:
    """Every module goes back to its own mode."""
    modes = [(m, m.training) for m in generator.modules()]
    generator.eval()
    images: Tensor = generator(z)
    for module, mode in modes:
        module.training = mode
    return images


@patient.right
@torch.no_grad()
def one_by_one(generator: nn.Module, z: Tensor) -> Tensor:
    """In evaluation mode samples may be drawn one at a time."""
    mode = generator.training
    generator.eval()
    rows = [generator(row[None]) for row in z]
    generator.train(mode)
    return torch.cat(rows)


@patient.right
def from_the_end(generator: nn.Module, z: Tensor) -> Tensor:
    """The order of the batch does not matter."""
    mode = generator.training
    with torch.inference_mode():
        images = generator.eval()(z.flip(0)).flip(0)
    generator.train(mode)
    return images.clone()


@patient.disguise
@torch.no_grad()
def in_two_parts(generator: nn.Module, z: Tensor) -> Tensor:
    """Half a batch at a time, in training mode."""
    return torch.cat([generator(part) for part in z.split(max(2, len(z) // 2))])


@patient.disguise
def eval_afterwards(generator: nn.Module, z: Tensor) -> Tensor:
    """The call comes too late, and is taken back at once."""
    mode = generator.training
    images = generator(z).detach()
    generator.eval()
    generator.train(mode)
    return images


@patient.disguise
def train_is_called(generator: nn.Module, z: Tensor) -> Tensor:
    """`train` is called with the wrong word."""
    mode = generator.training
    generator.train(True)
    with torch.no_grad():
        images: Tensor = generator(z)
    generator.train(mode)
    return images


@patient.patch
def large_batches(generator: nn.Module, z: Tensor) -> Tensor:
    """You draw with many other latents, so the batch's statistics vary less. A sample
    still depends on its neighbours, and the network still changes."""
    with torch.no_grad():
        extra = torch.cat([z, z.mean() + z.flip(1), -z])
        images: Tensor = generator(extra)[: len(z)]
    return images


@patient.patch
def clamped(generator: nn.Module, z: Tensor) -> Tensor:
    """You limit the pixels. Their values still depend on the other samples of the
    batch."""
    return sample(generator, z).clamp(-1, 1)


@patient.patch
def left_in_eval(generator: nn.Module, z: Tensor) -> Tensor:
    """You leave the network in evaluation mode. The training that goes on afterwards
    then uses frozen statistics."""
    generator.eval()
    return sample(generator, z)


def _net() -> nn.Module:
    net = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))
    net(torch.randn(32, 4))
    return net


@patient.test
def exposes(draw: Function) -> None:
    """A sample does not depend on its neighbours."""
    net, z = _net(), torch.randn(8, 4)
    first = draw(net, z)[:1]
    other = draw(net, torch.cat([z[:1], 3 * torch.randn(7, 4) + 2]))[:1]
    assert torch.allclose(first, other, atol=1e-5), "neighbours change a sample"


@patient.calls
def one_call(draw: Function) -> Tensor:
    """Eight samples."""
    images: Tensor = draw(_net(), torch.randn(8, 4))
    return images


def _fixed() -> nn.Module:
    net = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)).double()
    for i, p in enumerate(net.parameters()):
        p.data.copy_(drawn(30 + i, *p.shape))
    net(drawn(2, 20, 4))
    return net


@patient.does
def measured(draw: Function) -> dict[str, object]:
    """Samples, the statistics afterwards, and the mode."""
    net = _fixed()
    images = draw(net, drawn(3, 6, 4))
    mean = net[1].running_mean.clone()  # type: ignore[index]
    return {"samples": images, "mean": mean, "training": float(net.training)}


@patient.elsewhere
def around(draw: Function) -> dict[str, object]:
    """Shapes, weights, the mode, and a network that evaluates already."""
    net = _fixed()
    images = draw(net, drawn(3, 6, 4))
    calm = _fixed().eval()
    found: dict[str, object] = {k: v.detach() for k, v in net.named_parameters()}
    found |= {"shape": list(images.shape), "graph": str(images.requires_grad)}
    found |= {"training": str(net.training), "calm": draw(calm, drawn(4, 5, 4))}
    return {**found, "still calm": str(calm.training)}


@patient.hidden
def samples_alone(draw: Function) -> bool:
    """A sample does not depend on the other latents of its batch."""
    net, z = _fixed(), drawn(5, 6, 4)
    return bool(torch.allclose(draw(net, z)[:2], draw(net, z[:2]), atol=1e-9))


@patient.hidden
def no_dropout(draw: Function) -> bool:
    """Evaluation mode is that of all layers: a dropout drops nothing in sampling."""
    net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 2)).double()
    z = drawn(8, 5, 4)
    return bool(torch.allclose(draw(net, z), draw(net, z), atol=1e-9))


@patient.hidden
def network_unchanged(draw: Function) -> bool:
    """Drawing samples leaves the running statistics and the mode as they were."""
    net = _fixed()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    draw(net, drawn(6, 6, 4))
    same = all(torch.equal(v, before[k]) for k, v in net.state_dict().items())
    return same and net.training


@patient.trains
def training(draw: Function, count: int) -> dict[str, list[float]]:
    """A generator learns a scale; other neighbours are tried at each step."""
    net = _net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    curves: dict[str, list[float]] = {"loss": [], "change by neighbours": []}
    for _ in range(count):
        loss = (net(torch.randn(32, 4)).std(0) - 2).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        z = torch.randn(8, 4)
        near, far = draw(net, z)[:1], draw(net, torch.cat([z[:1], 2 * z[1:] + 1]))[:1]
        curves["change by neighbours"].append(float((near - far).abs().max()))
    return curves
