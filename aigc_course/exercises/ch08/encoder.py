"""Exercise on the encoder: a network with two outputs."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch08 import _traits

exercise = Exercise(
    "08.encoder",
    order=3,
    title="An encoder with two outputs",
    difficulty=3,
    minutes=15,
    idea="Flatten the image, compute hidden features once, and read them by two linear"
    " layers: one gives the mean, the other the log-variance.",
    formula="h = relu(W x + b), [N, hidden]; m = A h + a and log s^2 = B h + c,"
    " [N, latent] each, with no function behind A and B.",
    line="Write a class with __init__ and forward inside the function: in __init__"
    " three nn.Linear, in forward `h = relu(self.body(x.flatten(1)))` and the pair of"
    " outputs; return an instance of it.",
    line_is_part="a class of eight lines",
    variation="Make one linear layer of 2 * latent outputs and cut it with chunk(2, 1)."
    " Say why this is the same network.",
    agree=False,
    asks="network",
)

LATENT, HIDDEN = 3, 16
WEIGHTS = 784 * HIDDEN + HIDDEN + 2 * (HIDDEN * LATENT + LATENT)


@exercise.answer
def encoder(latent: int, hidden: int) -> nn.Module:
    """Pixels [N, 1, 28, 28] in [0, 1] to mean and log-variance, [N, latent] each.

    One hidden layer of `hidden` units with ReLU (or another function that bends), and
    two linear outputs on top of it. Kingma and Welling 2014, appendix C.2.
    """

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, hidden), nn.ReLU())
            self.mean = nn.Linear(hidden, latent)
            self.log_variance = nn.Linear(hidden, latent)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            features = self.body(x)  # [N, hidden]
            return self.mean(features), self.log_variance(features)

    return Encoder()


def built(f) -> tuple[nn.Module, Tensor]:
    """The learner's network, called once, and images to call it with.

    Its weights are drawn anew: a layer that starts at 0 hides what it computes.
    """
    network, x = _traits.module(f(LATENT, HIDDEN)), torch.rand(8, 1, 28, 28)
    network(x)
    _traits.stir(network)
    return network, x


@exercise.observe
def behaviour(f) -> dict[str, object]:
    network, x = built(f)
    found: dict[str, object] = {
        "shapes": _traits.shapes(network(x)),
        "number of weights": _traits.count(network),
        "draws": _traits.draws(network, x),
        "draws in use": _traits.draws(network, x, training=False),
    }
    if found["shapes"] != "[8, 3] and [8, 3]" or found["draws"]:
        return found
    mean, log_variance = network(x)
    found["outputs are one"] = bool(torch.allclose(mean, log_variance))
    found["each image by itself"] = _traits.alone(network, x)
    found["weights that learn nothing"] = _traits.idle(network, x)
    reach = _traits.reach(network, x)
    found["mean, log-variance"] = [_traits.limits(*ends) for ends in reach]
    found["bends"] = _traits.bends(network, x)
    return found


@exercise.must_hold
def two_outputs(f) -> str | None:
    """A pair comes back: mean and log-variance, [N, latent] each."""
    network, x = built(f)
    found = _traits.shapes(network(x))
    if found == "[8, 3] and [8, 3]":
        return None
    return (
        "for 8 images and 3 latents a pair comes back, of shapes [8, 3] and [8, 3];"
        f" yours are {found}."
    )


@exercise.must_hold
def nothing_drawn(f) -> bool:
    """The network draws nothing, by noise or dropout: the same images give the same
    mean and log-variance. The noise comes later, outside of it."""
    return not _traits.draws(*built(f))


@exercise.must_hold
def as_many_weights(f) -> str | None:
    """There are 784 h + h weights of the hidden layer and h d + d of each output."""
    found = _traits.count(built(f)[0])
    if found == WEIGHTS:
        return None
    return (
        f"with 16 hidden units and 3 latents there are {WEIGHTS:,} weights: 784 h + h"
        f" in the hidden layer and h d + d in each output. Yours has {found:,}."
    )


@exercise.must_hold
def two_different_outputs(f) -> bool:
    """Mean and log-variance are computed by layers of their own, so they differ."""
    network, x = built(f)
    mean, log_variance = network(x)
    return not torch.allclose(mean, log_variance)


@exercise.must_hold
def each_image_by_itself(f) -> bool:
    """The code of an image does not depend on the other images of the batch."""
    return _traits.alone(*built(f))


@exercise.must_hold
def every_weight_learns(f) -> bool:
    """A gradient reaches every weight."""
    return _traits.idle(*built(f)) == 0


@exercise.must_hold
def outputs_are_free(f) -> str | None:
    """Both outputs may be any number, positive or negative."""
    network, x = built(f)
    for name, ends in zip(
        ("mean", "log-variance"), _traits.reach(network, x), strict=True
    ):
        if (where := _traits.limits(*ends)) != "free":
            return (
                f"the {name} may be any number, positive or negative; yours is {where},"
                " whatever the weights are."
            )
    return None


@exercise.must_hold
def it_bends(f) -> bool:
    """The outputs are no linear function of the pixels: something like a ReLU stands
    behind the hidden layer."""
    return _traits.bends(*built(f))


class _Plain(nn.Module):
    """The reference's parts, put together by `way`, with other layers where named."""

    def __init__(
        self,
        latent: int,
        hidden: int,
        way: Callable[["_Plain", Tensor], object],
        act: type[nn.Module] = nn.ReLU,
        second: int = 0,
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, hidden), act())
        self.mean = nn.Linear(hidden, latent)
        self.spread = nn.Linear(second or hidden, latent)
        self.way = way

    def forward(self, x: Tensor) -> object:
        return self.way(self, x)

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, as they should be."""
        h = self.body(x)
        return self.mean(h), self.spread(h)


@exercise.mistake(hint="idea")
def one_tensor(latent: int, hidden: int) -> nn.Module:
    """Your network returns one tensor of 2 d numbers. Whoever calls it unpacks a pair:
    cut it into mean and log-variance with `chunk(2, dim=1)`."""
    return _Plain(latent, hidden, lambda net, x: torch.cat(net.both(x), dim=1))


@exercise.mistake(hint="formula")
def without_a_bend(latent: int, hidden: int) -> nn.Module:
    """There is no ReLU or the like behind your hidden layer, so all your layers
    together are one linear map. Put one between the hidden layer and the outputs."""
    return _Plain(latent, hidden, _Plain.both, act=nn.Identity)


@exercise.mistake(hint="formula")
def relu_at_the_end(latent: int, hidden: int) -> nn.Module:
    """A ReLU stands behind your outputs, so no mean and no log-variance is ever
    negative. Leave both outputs linear."""
    return _Plain(latent, hidden, lambda net, x: tuple(map(torch.relu, net.both(x))))


@exercise.mistake(hint="idea")
def variance_itself(latent: int, hidden: int) -> nn.Module:
    """Your second output is never negative, as a variance is. Return its logarithm,
    which may be any number: leave out exp, softplus or square."""

    def way(net: _Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = net.both(x)
        return mean, log_variance.exp()

    return _Plain(latent, hidden, way)


@exercise.mistake(hint="formula")
def squashed(latent: int, hidden: int) -> nn.Module:
    """A tanh or sigmoid holds your means between fixed ends. Codes may lie anywhere:
    leave the output linear."""

    def way(net: _Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = net.both(x)
        return mean.tanh(), log_variance

    return _Plain(latent, hidden, way)


@exercise.mistake(hint="formula")
def mean_by_sigmoid(latent: int, hidden: int) -> nn.Module:
    """A sigmoid holds your means between 0 and 1. The prior is centred on 0 and codes
    may lie anywhere: leave the output linear."""

    def way(net: _Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = net.both(x)
        return mean.sigmoid(), log_variance

    return _Plain(latent, hidden, way)


@exercise.mistake(hint="idea")
def mean_alone(latent: int, hidden: int) -> nn.Module:
    """Your network returns one tensor of d numbers, as an autoencoder's does. A second
    linear layer on the hidden features gives the log-variance: return both."""
    network = _Plain(latent, hidden, lambda net, x: net.both(x)[0])
    del network.spread
    network.way = lambda net, x: net.mean(net.body(x))
    return network


@exercise.mistake(hint="formula")
def both_squashed(latent: int, hidden: int) -> nn.Module:
    """A tanh holds both of your outputs between -1 and 1. A narrow posterior has a
    log-variance far below -1: leave both outputs linear."""
    return _Plain(latent, hidden, lambda net, x: tuple(map(torch.tanh, net.both(x))))


@exercise.mistake(hint="idea")
def one_output_twice(latent: int, hidden: int) -> nn.Module:
    """Mean and log-variance come from one layer and are the same numbers. Each needs a
    linear layer of its own."""
    network = _Plain(latent, hidden, _Plain.both)
    network.spread = network.mean
    return network


@exercise.mistake(hint="idea")
def in_a_row(latent: int, hidden: int) -> nn.Module:
    """Your log-variance is computed from the mean, in which most of the image is
    lost. Let both outputs read the hidden features."""

    def way(net: _Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = net.mean(net.body(x))
        return mean, net.spread(mean)

    return _Plain(latent, hidden, way, second=latent)


class _Two(nn.Module):
    def __init__(self, one: nn.Module, other: nn.Module) -> None:
        super().__init__()
        self.one, self.other = one, other

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.one(x), self.other(x)


def _stack(latent: int, hidden: int) -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, latent)
    )


@exercise.mistake(hint="idea")
def two_networks(latent: int, hidden: int) -> nn.Module:
    """You built two networks with a hidden layer each, and so twice the weights. Both
    outputs share one hidden layer."""
    return _Two(_stack(latent, hidden), _stack(latent, hidden))


@exercise.mistake(hint="idea")
def latent_drawn(latent: int, hidden: int) -> nn.Module:
    """Your network adds noise and returns a code that it has drawn. Return the mean
    itself; the noise is added outside, where the KL still knows the mean."""

    def way(net: _Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = net.both(x)
        z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        return z, log_variance

    return _Plain(latent, hidden, way)


@exercise.mistake(hint="formula")
def layers_in_a_list(latent: int, hidden: int) -> nn.Module:
    """The network does not know its own output layers: a plain list or dict hides them,
    so no optimiser will find their weights. Assign each to `self`, or use
    nn.ModuleList."""
    network = _Plain(latent, hidden, _Plain.both)
    hidden_ones = [network.mean, network.spread]
    del network.mean, network.spread

    def way(net: _Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        h = net.body(x)
        return hidden_ones[0](h), hidden_ones[1](h)

    network.way = way
    return network


@exercise.mistake(hint="formula")
def layers_made_in_forward(latent: int, hidden: int) -> nn.Module:
    """You make new layers in `forward`, so every call has other weights and none are
    ever learnt. Make them in `__init__`."""

    def way(net: _Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        return _Plain(latent, hidden, _Plain.both).both(x)

    network = _Plain(latent, hidden, way)
    del network.body, network.mean, network.spread
    return network


@exercise.mistake(hint="formula")
def not_flattened(latent: int, hidden: int) -> nn.Module:
    """The first layer is given images [N, 1, 28, 28] and expects rows of 784 pixels.
    Flatten them first, with nn.Flatten() or x.flatten(1)."""

    def way(net: _Plain, x: Tensor) -> tuple[Tensor, Tensor]:
        h = net.body[1:](x)
        return net.mean(h), net.spread(h)

    return _Plain(latent, hidden, way)


@exercise.mistake(hint="formula")
def no_hidden_layer(latent: int, hidden: int) -> nn.Module:
    """There is no hidden layer: your outputs read the pixels at once, which makes a
    linear encoder. Put one of `hidden` units with a ReLU before them."""
    network = _Plain(latent, 784, _Plain.both)
    network.body = nn.Sequential(nn.Flatten())
    return network
