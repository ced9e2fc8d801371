"""Exercise: the weights that a DCGAN starts from."""

from typing import Any

import torch
from torch import nn

from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.probing import tidy

exercise = Exercise(
    "05.init_weights",
    order=46,
    title="The weights a DCGAN starts from",
    difficulty=2,
    minutes=8,
    idea="Walk through all layers, also those inside other modules. Each layer with a"
    " matrix or a kernel gets new weights; a normalisation stays as it is.",
    formula="For each linear layer, convolution and transposed convolution: weight from"
    " N(0, 0.02^2), bias 0 where there is one.",
    line="Write `for layer in network.modules():`, `    if isinstance(layer, nn.Linear"
    " | nn.Conv2d | nn.ConvTranspose2d):`, `        nn.init.normal_(layer.weight, 0,"
    " 0.02)` and `        if layer.bias is not None: nn.init.zeros_(layer.bias)`.",
    line_is_part="a loop of four lines",
    variation="Start with 0.2 in place of 0.02, and look at the first losses.",
    agree=False,
    asks="method",
)


@exercise.answer
def init_weights(network: nn.Module) -> None:
    """Draw matrices and kernels from N(0, 0.02^2) and set biases to 0, in place.

    Radford et al. 2016, section 4. Normalisations stay as they are.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class _Inner(nn.Module):
    """A module inside a module."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(8, 64, 5), nn.Conv2d(64, 8, 5)])


def network() -> nn.Module:
    """One layer of each kind, with and without bias, at two depths."""
    return nn.Sequential(
        nn.Linear(100, 120),
        nn.BatchNorm1d(120),
        _Inner(),
        nn.ConvTranspose2d(32, 16, 5, bias=False),
        nn.BatchNorm2d(16),
        nn.ConvTranspose2d(16, 32, 5),
    )


KINDS: dict[str, Any] = {
    "Linear": nn.Linear,
    "Conv2d": nn.Conv2d,
    "ConvTranspose2d": nn.ConvTranspose2d,
}


@exercise.observe
def started(f) -> dict[str, object]:
    return facts(f)


def facts(f) -> dict[str, object]:
    """Size, shape and mean of the new weights of each kind of layer, and the rest."""
    net = network()
    before = [id(w) for w in net.parameters()]
    f(net)
    found: dict[str, object] = {}
    for name, layer in KINDS.items():
        mine = [m for m in net.modules() if isinstance(m, layer)]
        w = [m.weight.detach().double().flatten() for m in mine]
        found[f"std of {name}"] = [_size(one) for one in w]
        found[f"mean of {name}"] = [tidy(one.mean() / 0.02, 0) for one in w]
        found[f"tails of {name}"] = [_tails(one) for one in w]
        biases = [m.bias for m in mine if m.bias is not None]
        found[f"biases of {name}"] = [tidy(b.detach().std() / 0.02, 1) for b in biases]
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    found["gains"] = [tidy(m.weight.detach().mean(), 1) for m in norms]
    found["gains vary"] = [bool(m.weight.detach().std() > 1e-6) for m in norms]
    found["shifts vary"] = [bool(m.bias.detach().std() > 1e-6) for m in norms]
    found["the same tensors"] = before == [id(w) for w in net.parameters()]
    found["can learn"] = all(w.requires_grad for w in net.parameters())
    convs = [m.weight.detach() for m in net.modules() if isinstance(m, nn.Conv2d)]
    first, second = (w.flatten()[:1000].clone() for w in convs)
    f(net)
    found["the same again"] = bool(torch.equal(first, convs[0].flatten()[:1000]))
    found["alike"] = bool(torch.equal(first, second))
    return found


def _size(w: torch.Tensor) -> float:
    """The standard deviation in units of 0.02, to about three per cent."""
    size = float(w.std() / 0.02)
    return 1.0 if abs(size - 1) < 0.03 else round(size, 1)


def _tails(w: torch.Tensor) -> int:
    """E[u^4] of the standardised weights, rounded: 3 for a normal distribution."""
    if float(w.std()) < 1e-8:
        return 0
    u = (w - w.mean()) / w.std()
    return round(float(u.pow(4).mean()))


def _each(f, key: str, want: object) -> bool:
    found = facts(f)
    return all(one == want for name in KINDS for one in found[f"{key} of {name}"])  # type: ignore[attr-defined]


@exercise.must_hold
def every_kind_of_layer(f) -> bool | str:
    """The weights of linear layers, convolutions and transposed convolutions have the
    standard deviation 0.02, at every depth."""
    found = facts(f)
    for name in KINDS:
        for size in found[f"std of {name}"]:  # type: ignore[attr-defined]
            if size != 1:
                return (
                    f"the weights of each nn.{name} have the standard deviation 0.02;"
                    f" after your function one has {0.02 * size:.4f}."
                )
    return True


@exercise.must_hold
def around_zero(f) -> bool:
    """The weights have the mean 0."""
    return _each(f, "mean", 0.0)


@exercise.must_hold
def normally_distributed(f) -> bool:
    """The weights are normally distributed: E[u^4] is 3 for the standardised ones."""
    return _each(f, "tails", 3)


@exercise.must_hold
def biases_at_zero(f) -> bool:
    """All biases are 0 afterwards."""
    return _each(f, "biases", 0.0)


@exercise.must_hold
def norms_as_before(f) -> bool:
    """Normalisations keep their gains of 1 and their shifts of 0."""
    found = facts(f)
    kept = found["gains"] == [1.0, 1.0] and found["gains vary"] == [False, False]
    return kept and found["shifts vary"] == [False, False]


@exercise.must_hold
def in_place(f) -> bool:
    """The network keeps its parameters, which can still learn: an optimiser that was
    made before holds the same tensors."""
    found = facts(f)
    return found["the same tensors"] is True and found["can learn"] is True


@exercise.must_hold
def new_numbers(f) -> bool:
    """A second call draws other weights, since no seed is set inside."""
    return facts(f)["the same again"] is False


@exercise.must_hold
def layers_differ(f) -> bool:
    """Each layer gets numbers of its own."""
    return facts(f)["alike"] is False


def drawn(
    network: nn.Module,
    kinds: Any = nn.Linear | nn.Conv2d | nn.ConvTranspose2d,
    std: float = 0.02,
    biases: bool = True,
) -> None:
    """The reference, with switches for what is done otherwise."""
    for layer in network.modules():
        if isinstance(layer, kinds):
            nn.init.normal_(layer.weight, 0, std)
            if biases and getattr(layer, "bias", None) is not None:
                nn.init.zeros_(layer.bias)


@exercise.mistake(hint="idea")
def only_the_outermost(network: nn.Module) -> None:
    """You reach the outermost layers only: `children()` and a loop over a Sequential do
    not look inside other modules. Use `network.modules()`."""
    for layer in network.children():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            drawn(layer)


@exercise.mistake(hint="line")
def seeded(network: nn.Module) -> None:
    """You set a seed inside, so two networks of one kind always start from the same
    weights, and whatever is drawn afterwards repeats too. Set a seed once, outside the
    function."""
    torch.manual_seed(0)
    drawn(network)


@exercise.mistake(hint="idea")
def nothing_changed(network: nn.Module) -> None:
    """No weight has changed: your function looks at the network itself and not at its
    layers. Loop over `network.modules()`, or call `network.apply(...)` inside."""
    if isinstance(network, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        drawn(network)


@exercise.mistake(hint="formula")
def transposed_forgotten(network: nn.Module) -> None:
    """Transposed convolutions keep torch's own weights: an nn.ConvTranspose2d is not an
    nn.Conv2d. Name both kinds."""
    drawn(network, nn.Linear | nn.Conv2d)


@exercise.mistake(hint="formula")
def linear_forgotten(network: nn.Module) -> None:
    """Fully connected layers keep torch's own weights. The exercise asks for all three
    kinds of layers: nn.Linear, nn.Conv2d and nn.ConvTranspose2d."""
    drawn(network, nn.Conv2d | nn.ConvTranspose2d)


@exercise.mistake(hint="formula")
def variance_for_deviation(network: nn.Module) -> None:
    """Your standard deviation is 0.02^2: N(0, 0.02^2) names the variance, and torch's
    normal_ asks for the standard deviation, 0.02."""
    drawn(network, std=0.02**2)


@exercise.mistake(hint="formula")
def root_for_deviation(network: nn.Module) -> None:
    """Your standard deviation is the root of 0.02. N(0, 0.02^2) has the variance
    0.02^2, so the standard deviation is 0.02 itself."""
    drawn(network, std=0.02**0.5)


@exercise.mistake(hint="formula")
def standard_normal(network: nn.Module) -> None:
    """Your weights have the standard deviation 1, which torch's normal_ takes when none
    is given. Write 0.02."""
    drawn(network, std=1.0)


@exercise.mistake(hint="formula")
def biases_left(network: nn.Module) -> None:
    """The weights are right, and the biases are still torch's random ones. Set them to
    0 where a layer has one."""
    drawn(network, biases=False)


@exercise.mistake(hint="idea")
def uniform(network: nn.Module) -> None:
    """Your weights are uniform between -0.02 and 0.02. The exercise asks for a normal
    distribution with the standard deviation 0.02: nn.init.normal_."""
    drawn(network)
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.uniform_(layer.weight, -0.02, 0.02)


@exercise.mistake(hint="idea")
def gains_drawn_too(network: nn.Module) -> None:
    """You draw the gains of the normalisations from N(0, 0.02^2) as well, so each map
    is multiplied by almost 0, half of them with a minus sign. Leave normalisations as
    they are."""
    norms = nn.BatchNorm1d | nn.BatchNorm2d
    drawn(network, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | norms)


@exercise.mistake(hint="formula")
def gains_around_one(network: nn.Module) -> None:
    """You draw the gains of the normalisations from N(1, 0.02^2), as some tutorials do.
    The exercise asks to leave normalisations as they are, with gains of 1."""
    drawn(network)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02)


@exercise.mistake(hint="idea")
def every_parameter(network: nn.Module) -> None:
    """You draw every parameter, also biases, and gains and shifts of normalisations.
    Draw the weights of the three kinds of layers only."""
    for w in network.parameters():
        nn.init.normal_(w, 0, 0.02)


@exercise.mistake(hint="idea")
def every_matrix_alike(network: nn.Module) -> None:
    """Every layer starts from the same numbers, because the seed is set again for each.
    Draw without setting a seed."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            torch.manual_seed(0)
            drawn(layer)


@exercise.mistake(hint="idea")
def other_tensors(network: nn.Module) -> None:
    """You put new parameters in place of the old ones, and an optimiser that was made
    before would go on with the old ones. Change them in place: nn.init.normal_."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            layer.weight = nn.Parameter(0.02 * torch.randn_like(layer.weight))
            if layer.bias is not None:
                layer.bias = nn.Parameter(torch.zeros_like(layer.bias))


@exercise.mistake(hint="idea")
def by_the_fan(network: nn.Module) -> None:
    """You use Xavier's or Kaiming's rule, whose standard deviation depends on the size
    of the layer. DCGAN takes 0.02 for all of them."""
    drawn(network)
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.xavier_normal_(layer.weight)
