"""Patient: an average of weights that forgets the statistics of batch norm."""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn

patient = Patient(
    "c_ema_buffers",
    ward="C",
    title="An average of a network's weights",
    symptom="The network's loss falls. The averaged network, in evaluation mode, gives"
    " outputs that move away from the targets, and more training makes it worse.",
    cause="Only parameters are averaged. The running mean and variance of batch norm"
    " are buffers, and in the average they keep their values from before the training.",
    origin="An answer on the code of FastGAN says that its average leaves out the"
    " statistics of batch norm (odegeasslbc/FastGAN-pytorch, issue 4, 2021). Reported"
    " for an averaged teacher (saltoricristiano/cosmix-uda, issue 21, 2026)."
    " `parameters()` does not list buffers.",
    figure=("step", "error of the average"),
)


@patient.shown
def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the averaged network a little towards the network, after each step."""
    with torch.no_grad():
        pairs = zip(average.parameters(), network.parameters(), strict=True)
        for kept, new in pairs:
            kept.mul_(decay).add_(new, alpha=1 - decay)


@patient.repair
def buffers_copied(average: nn.Module, network: nn.Module, decay: float) -> None:
    """The reference: parameters are averaged, buffers are taken over."""
    with torch.no_grad():
        pairs = zip(average.parameters(), network.parameters(), strict=True)
        for kept, new in pairs:
            kept.mul_(decay).add_(new, alpha=1 - decay)
        for mine, latest in zip(average.buffers(), network.buffers(), strict=True):
            mine.copy_(latest)


@patient.repair
def buffers_first(average: nn.Module, network: nn.Module, decay: float) -> None:
    """The same, by name and in the other order."""
    with torch.no_grad():
        latest = dict(network.named_buffers())
        for name, kept in average.named_buffers():
            kept.copy_(latest[name])
        pairs = zip(average.parameters(), network.parameters(), strict=True)
        for kept, new in pairs:
            kept.mul_(decay).add_(new, alpha=1 - decay)


@patient.repair
@patient.right
def buffers_averaged(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Statistics may be averaged too; counters are whole numbers and are copied."""
    with torch.no_grad():
        pairs = zip(average.parameters(), network.parameters(), strict=True)
        for kept, new in pairs:
            kept.mul_(decay).add_(new, alpha=1 - decay)
        for mine, last in zip(average.buffers(), network.buffers(), strict=True):
            whole = not mine.is_floating_point()
            mine.copy_(last if whole else torch.lerp(last, mine, decay))


@patient.right
def by_state(average: nn.Module, network: nn.Module, decay: float) -> None:
    """One loop over the state, which holds parameters and buffers."""
    learns = {name for name, _ in network.named_parameters()}
    mine = average.state_dict()
    for name, new in network.state_dict().items():
        share = 1 - decay if name in learns else 1.0
        mine[name].copy_(mine[name] + share * (new - mine[name]))


@patient.right
@torch.no_grad()
def all_at_once(average: nn.Module, network: nn.Module, decay: float) -> None:
    """All parameters in one call, all buffers in another one."""
    kept: list[Tensor] = [*average.parameters()]
    if kept:
        torch._foreach_lerp_(kept, [*network.parameters()], 1 - decay)
    if statistics := [*average.buffers()]:
        torch._foreach_copy_(statistics, [*network.buffers()])


@patient.disguise
@torch.no_grad()
def with_lerp(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Another formula, and no buffers."""
    for kept, new in zip(average.parameters(), network.parameters(), strict=True):
        kept.lerp_(new, 1 - decay)


@patient.disguise
@torch.no_grad()
def only_known_names(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Everything that is called weight or bias."""
    latest = network.state_dict()
    for name, kept in average.state_dict().items():
        if name.endswith(("weight", "bias")):
            kept.copy_(decay * kept + (1 - decay) * latest[name])


@patient.disguise
@torch.no_grad()
def only_the_mean(average: nn.Module, network: nn.Module, decay: float) -> None:
    """The running mean is taken over, the running variance is not."""
    for kept, new in zip(average.parameters(), network.parameters(), strict=True):
        kept.lerp_(new, 1 - decay)
    latest = dict(network.named_buffers())
    for name, mine in average.named_buffers():
        if name.endswith("mean"):
            mine.copy_(latest[name])


@patient.patch
def without_average(average: nn.Module, network: nn.Module, decay: float) -> None:
    """You copy the network as it is. The statistics fit then, and nothing is averaged
    any more."""
    average.load_state_dict(network.state_dict())


@patient.patch
def faster(average: nn.Module, network: nn.Module, decay: float) -> None:
    """You let the average follow faster. The statistics of batch norm still stay at
    their first values."""
    follow(average, network, decay**4)


@patient.patch
def in_training_mode(average: nn.Module, network: nn.Module, decay: float) -> None:
    """You leave the average in training mode. Its outputs then depend on the other
    samples of the batch, and its statistics are still those of the start."""
    follow(average, network, decay)
    average.train()


def _net() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))


@patient.test
def exposes(update: Function) -> None:
    """After many updates the average is the network, statistics included."""
    network = _net()
    average = copy.deepcopy(network).eval()
    network(torch.randn(16, 2) * 3 + 5)
    for _ in range(6):
        update(average, network, 0.1)
    for kept, new in zip(average.buffers(), network.buffers(), strict=True):
        if kept.is_floating_point():
            assert torch.allclose(kept, new, atol=1e-3), "statistics stay behind"


@patient.calls
def one_call(update: Function) -> list[Tensor]:
    """The parameters of the average after one update."""
    average, network = _net(), _net()
    update(average, network, 0.9)
    return [p.detach() for p in average.parameters()]


def _pair() -> tuple[nn.Module, nn.Module]:
    made = []
    for start in (10, 20):
        net = _net()
        for i, p in enumerate(net.parameters()):
            p.data.copy_(drawn(start + i, *p.shape))
        net(drawn(start, 8, 2).float() * 2 + start)
        made.append(net.eval())
    return made[0], made[1]


@patient.does
def measured(update: Function) -> dict[str, object]:
    """Everything that the average holds after two updates, and its mode."""
    average, network = _pair()
    for _ in range(2):
        update(average, network, 0.75)
    state: dict[str, object] = {k: v.double() for k, v in average.state_dict().items()}
    return {**state, "training": float(average.training)}


@patient.elsewhere
def around(update: Function) -> dict[str, object]:
    """The averaged parameters, and the network itself."""
    average, network = _pair()
    for _ in range(3):
        update(average, network, 0.75)
    found: dict[str, object] = dict(average.named_parameters())
    kept = {f"network {k}": v.double() for k, v in network.state_dict().items()}
    return {**found, **kept, "training": str(average.training)}


@patient.hidden
def has_the_statistics(update: Function) -> bool:
    """The running statistics of the average come to those of the network."""
    average, network = _pair()
    for _ in range(40):
        update(average, network, 0.5)
    pairs = zip(average.buffers(), network.buffers(), strict=True)
    return all(torch.allclose(a.double(), b.double(), atol=1e-4) for a, b in pairs)


@patient.hidden
def is_an_average(update: Function) -> bool:
    """One update moves the parameters by the share 1 - decay of the way."""
    average, network = _pair()
    before = average[0].weight.detach().clone()  # type: ignore[index]
    update(average, network, 0.8)
    want = 0.8 * before + 0.2 * network[0].weight.detach()  # type: ignore[index]
    return bool(torch.allclose(average[0].weight.detach(), want, atol=1e-6))  # type: ignore[index]


@patient.trains
def training(update: Function, count: int) -> dict[str, list[float]]:
    """A line is fitted to inputs around 5; the average is looked at as it is used."""
    network, x = _net(), drawn(1, 64, 2).float() + 5
    average, y = (
        copy.deepcopy(network).eval(),
        drawn(1, 64, 2).float().sum(1, keepdim=True),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    curves: dict[str, list[float]] = {"loss": [], "error of the average": []}
    for _ in range(count):
        loss = F.mse_loss(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        update(average, network, 0.8)
        curves["loss"].append(float(loss.detach()))
        with torch.no_grad():
            curves["error of the average"].append(float(F.mse_loss(average(x), y)))
    return curves
