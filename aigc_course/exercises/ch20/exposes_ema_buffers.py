"""Exercise on a test for an average of weights."""

import copy
from collections.abc import Callable

import torch
from torch import nn

from aigc_course.clinic.exercise import test_exercise

Follow = Callable[[nn.Module, nn.Module, float], None]


def only_buffers(average: nn.Module, network: nn.Module, decay: float) -> None:
    """A version to tell answers apart: the parameters stay behind."""
    for kept, new in zip(average.buffers(), network.buffers(), strict=True):
        kept.copy_(new)


def resets(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Another one: parameters are taken over, and buffers set to 7."""
    with torch.no_grad():
        for kept, new in zip(average.parameters(), network.parameters(), strict=True):
            kept.copy_(new)
    for buffer in average.buffers():
        buffer.fill_(7)


def only_with_buffers(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Another one: it does nothing for a network without buffers."""
    if list(network.buffers()):
        average.load_state_dict(network.state_dict())


exercise = test_exercise(
    "20.exposes_ema_buffers",
    patient="c_ema_buffers",
    probes=(only_buffers, resets, only_with_buffers),
    order=210,
    title="An average that stays behind",
    difficulty=3,
    minutes=15,
    idea="Think of a network that no longer changes. After many updates every number"
    " of its average has to agree with it, and not only the parameters.",
    formula="Take a network with a batch norm, copy it, and let the network see a"
    " batch, which moves its running statistics. After many updates with a small"
    " decay, all buffers of the average agree with those of the network.",
    line="Write `network = nn.BatchNorm1d(3)`, `average ="
    " copy.deepcopy(network).eval()`, `network(50 + 30 * torch.randn(16, 3))`,"
    " `[follow(average, network, 0.1) for _ in range(8)]`, `for kept, new in"
    " zip(average.buffers(), network.buffers(), strict=True):`, `    assert"
    " torch.allclose(1.0 * kept, 1.0 * new, atol=2)` and `return None`.",
    variation="Some programs average the buffers, and others copy them. Write a"
    " property that tells the two apart.",
)


@exercise.answer
def exposes_ema_buffers(follow: Follow) -> None:
    """Raise AssertionError if the averaged network does not follow in all its numbers.

    follow: called with the average, the network and the decay; moves the average.
    """
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    average = copy.deepcopy(network).eval()
    network(5 + 3 * torch.randn(16, 2))
    for _ in range(8):
        follow(average, network, 0.1)
    for kept, new in zip(average.buffers(), network.buffers(), strict=True):
        if kept.is_floating_point():
            assert torch.allclose(kept, new, atol=1e-3), "statistics stay behind"


def _pair() -> tuple[nn.Module, nn.Module]:
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    average = copy.deepcopy(network).eval()
    network(5 + 3 * torch.randn(16, 2))
    return average, network


@exercise.mistake(hint="idea")
def parameters_follow(follow: Follow) -> None:
    """You compare the parameters only. They follow in the sick code too: what stays
    behind has no gradient."""
    average, network = _pair()
    with torch.no_grad():
        for p in network.parameters():
            p.add_(1)
    for _ in range(8):
        follow(average, network, 0.1)
    pairs = zip(average.parameters(), network.parameters(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in pairs)


@exercise.mistake(hint="formula")
def statistics_never_moved(follow: Follow) -> None:
    """The running statistics of your network are still those of the start, so the
    average has them already. Let the network see a batch in training mode first."""
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    average = copy.deepcopy(network).eval()
    for _ in range(8):
        follow(average, network, 0.1)
    pairs = zip(average.buffers(), network.buffers(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in pairs)


@exercise.mistake(hint="idea")
def a_network_without_buffers(follow: Follow) -> None:
    """Your network has no buffers, so none can stay behind. Use one with a batch
    norm."""
    network = nn.Linear(2, 3)
    average = copy.deepcopy(network)
    with torch.no_grad():
        network.weight.add_(1)
    for _ in range(8):
        follow(average, network, 0.1)
    assert torch.allclose(average.weight, network.weight, atol=1e-3)


@exercise.mistake(hint="formula")
def at_once(follow: Follow) -> None:
    """You demand that the parameters agree after one update. An average follows
    slowly, so you accuse every healthy one."""
    average, network = _pair()
    with torch.no_grad():
        for p in network.parameters():
            p.add_(1)
    follow(average, network, 0.9)
    pairs = zip(average.parameters(), network.parameters(), strict=True)
    same = all(torch.allclose(a, b, atol=1e-3) for a, b in pairs)
    moved = average[1].running_mean.abs().sum() > 0  # type: ignore[index, operator]
    assert same or not moved


@exercise.mistake(hint="idea")
def the_mean_alone(follow: Follow) -> None:
    """You compare the running mean alone. The running variance is a buffer too, and
    some sick code forgets only that."""
    average, network = _pair()
    for _ in range(8):
        follow(average, network, 0.1)
    pairs = zip(average.named_buffers(), network.buffers(), strict=True)
    for (name, kept), new in pairs:
        assert "mean" not in name or torch.allclose(kept, new, atol=1e-3)


@exercise.mistake(hint="formula")
def averaged_exactly(follow: Follow) -> None:
    """You demand that the statistics are averaged with the decay. Most healthy code
    copies them: ask where they are after many updates."""
    average, network = _pair()
    pairs = list(zip(average.buffers(), network.buffers(), strict=True))
    want = [0.9 * kept + 0.1 * new for kept, new in pairs]
    follow(average, network, 0.9)
    for (kept, _), value in zip(pairs[:2], want, strict=False):
        assert torch.allclose(kept, value, atol=1e-5)


@exercise.mistake(hint="formula")
def decay_near_one(follow: Follow) -> None:
    """You update a few times with a decay near 1. A healthy average that averages its
    buffers has not arrived then: use a small decay or many updates."""
    average, network = _pair()
    for _ in range(8):
        follow(average, network, 0.99)
    pairs = zip(average.buffers(), network.buffers(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in pairs)
