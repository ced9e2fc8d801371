"""Exercise on the decoder: from a code to a logit for each pixel."""

import torch
from torch import Tensor, nn

from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch08 import _traits

exercise = Exercise(
    "08.decoder",
    order=6,
    title="A decoder of logits",
    difficulty=2,
    minutes=10,
    idea="The encoder the other way round: from the code to hidden units, from these to"
    " 784 numbers, and these folded to an image. Logits may be any number.",
    formula="h = relu(W z + b), [N, hidden]; a = A h + c, [N, 784], as [N, 1, 28, 28].",
    line="Return `nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden,"
    " 784), nn.Unflatten(1, (1, 28, 28)))`.",
    variation="Start the biases of the last layer at the logit of each pixel's mean"
    " ink, and look at what an untrained decoder decodes.",
    agree=False,
    asks="network",
)

LATENT, HIDDEN = 3, 16
WEIGHTS = LATENT * HIDDEN + HIDDEN + HIDDEN * 784 + 784
SHAPE = "[8, 1, 28, 28]"


@exercise.answer
def decoder(latent: int, hidden: int) -> nn.Module:
    """Codes [N, latent] to a logit for each pixel, [N, 1, 28, 28].

    One hidden layer of `hidden` units with ReLU (or another function that bends).
    Kingma and Welling 2014, appendix C.1.
    """
    return nn.Sequential(
        nn.Linear(latent, hidden),
        nn.ReLU(),  # [N, hidden]
        nn.Linear(hidden, 784),
        nn.Unflatten(1, (1, 28, 28)),
    )


def built(f) -> tuple[nn.Module, Tensor]:
    """The learner's network, called once, and codes to call it with.

    Its weights are drawn anew: a layer that starts at 0 hides what it computes.
    """
    network, z = _traits.module(f(LATENT, HIDDEN)), torch.randn(8, LATENT)
    network(z)
    _traits.stir(network)
    return network, z


@exercise.observe
def behaviour(f) -> dict[str, object]:
    network, z = built(f)
    found: dict[str, object] = {
        "shape": _traits.shapes(network(z)),
        "number of weights": _traits.count(network),
        "draws": _traits.draws(network, z),
        "draws in use": _traits.draws(network, z, training=False),
    }
    if found["shape"] != SHAPE or found["draws"]:
        return found
    found["each code by itself"] = _traits.alone(network, z)
    found["weights that learn nothing"] = _traits.idle(network, z)
    (ends,) = _traits.reach(network, z)
    found["logits"] = _traits.limits(*ends)
    with torch.no_grad():
        ink = network(z).flatten(1).exp().sum(1)
    found["pixels share one unit"] = bool((ink - 1).abs().max() < 1e-3)
    found["bends"] = _traits.bends(network, z)
    return found


@exercise.must_hold
def an_image_of_logits(f) -> str | None:
    """Codes [N, latent] become images [N, 1, 28, 28]."""
    network, z = built(f)
    found = _traits.shapes(network(z))
    if found == SHAPE:
        return None
    return f"8 codes become images {SHAPE}; yours have the shape {found}."


@exercise.must_hold
def nothing_drawn(f) -> bool:
    """The network draws nothing, by noise or dropout: the same code gives the same
    logits."""
    return not _traits.draws(*built(f))


@exercise.must_hold
def as_many_weights(f) -> str | None:
    """There are d h + h weights of the hidden layer and 784 h + 784 of the output."""
    found = _traits.count(built(f)[0])
    if found == WEIGHTS:
        return None
    return (
        f"with 3 latents and 16 hidden units there are {WEIGHTS:,} weights: d h + h in"
        f" the hidden layer and 784 h + 784 in the output. Yours has {found:,}."
    )


@exercise.must_hold
def each_code_by_itself(f) -> bool:
    """The image of a code does not depend on the other codes of the batch."""
    return _traits.alone(*built(f))


@exercise.must_hold
def every_weight_learns(f) -> bool:
    """A gradient reaches every weight."""
    return _traits.idle(*built(f)) == 0


@exercise.must_hold
def logits_are_free(f) -> str | None:
    """Logits may be any number, positive or negative."""
    network, z = built(f)
    (ends,) = _traits.reach(network, z)
    if (where := _traits.limits(*ends)) == "free":
        return None
    return (
        f"a logit may be any number, positive or negative; yours is {where}, whatever"
        " the weights are."
    )


@exercise.must_hold
def it_bends(f) -> bool:
    """The logits are no linear function of the code: something like a ReLU stands
    behind the hidden layer."""
    return _traits.bends(*built(f))


def _layers(latent: int, hidden: int, *rest: nn.Module) -> nn.Sequential:
    layers = nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 784)
    return nn.Sequential(*layers, *rest)


FOLD = (1, 28, 28)


@exercise.mistake(hint="idea")
def probabilities(latent: int, hidden: int) -> nn.Module:
    """Your last layer is a sigmoid, so these are probabilities. Return the logits
    before it: (8.3) takes logits, and they cannot overflow there."""
    return _layers(latent, hidden, nn.Sigmoid(), nn.Unflatten(1, FOLD))


@exercise.mistake(hint="idea")
def tanh_at_the_end(latent: int, hidden: int) -> nn.Module:
    """Your last layer is a tanh, so no pixel can be surer of ink than sigmoid(1), about
    0.73. Leave the output linear."""
    return _layers(latent, hidden, nn.Tanh(), nn.Unflatten(1, FOLD))


@exercise.mistake(hint="formula")
def relu_at_the_end(latent: int, hidden: int) -> nn.Module:
    """A ReLU stands behind your last layer, so no logit is negative and no pixel is
    ever more likely black than white. Leave the output linear."""
    return _layers(latent, hidden, nn.ReLU(), nn.Unflatten(1, FOLD))


@exercise.mistake(hint="formula")
def flat(latent: int, hidden: int) -> nn.Module:
    """Your output is a row of 784 numbers for each code. Fold it to an image
    [1, 28, 28], with nn.Unflatten(1, (1, 28, 28)) or view."""
    return _layers(latent, hidden)


@exercise.mistake(hint="formula")
def no_channel(latent: int, hidden: int) -> nn.Module:
    """Your images have no axis for the channel. Images of the course are
    [N, 1, 28, 28], also where there is one channel only."""
    return _layers(latent, hidden, nn.Unflatten(1, (28, 28)))


@exercise.mistake(hint="formula")
def without_a_bend(latent: int, hidden: int) -> nn.Module:
    """There is no ReLU or the like behind your hidden layer, so your two layers are
    one linear map, and the model is that of (8.6) before the sigmoid."""
    return nn.Sequential(
        nn.Linear(latent, hidden), nn.Linear(hidden, 784), nn.Unflatten(1, FOLD)
    )


@exercise.mistake(hint="formula")
def no_hidden_layer(latent: int, hidden: int) -> nn.Module:
    """There is no hidden layer between code and pixels. Put one of `hidden` units with
    a ReLU there."""
    return nn.Sequential(nn.Linear(latent, 784), nn.Unflatten(1, FOLD))


class _Drawn(nn.Module):
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor) -> Tensor:
        return torch.bernoulli(self.net(z).sigmoid())


@exercise.mistake(hint="idea")
def pixels_drawn(latent: int, hidden: int) -> nn.Module:
    """Your decoder draws: the same code gives another image each time, and a gradient
    cannot pass a drawn pixel. Return the logits and draw nothing."""
    return _Drawn(_layers(latent, hidden, nn.Unflatten(1, FOLD)))


class _Hidden(nn.Module):
    """Layers in a plain list, of which the module knows nothing."""

    def __init__(self, net: nn.Sequential) -> None:
        super().__init__()
        self.layers = list(net)

    def forward(self, z: Tensor) -> Tensor:
        for layer in self.layers:
            z = layer(z)
        return z


@exercise.mistake(hint="formula")
def layers_in_a_list(latent: int, hidden: int) -> nn.Module:
    """The network does not know its own layers: a plain list hides them, so an
    optimiser is given no weights. Use nn.Sequential or nn.ModuleList."""
    return _Hidden(_layers(latent, hidden, nn.Unflatten(1, FOLD)))


@exercise.mistake(hint="formula")
def softmax_of_pixels(latent: int, hidden: int) -> nn.Module:
    """A log-softmax over the pixels makes them share one unit of ink. Each pixel has a
    probability of its own: leave the output linear."""
    return _layers(latent, hidden, nn.LogSoftmax(1), nn.Unflatten(1, FOLD))


@exercise.mistake(hint="idea")
def logarithms_of_probabilities(latent: int, hidden: int) -> nn.Module:
    """Your last layer is a log-sigmoid, so these are logarithms of probabilities and
    never positive. A logit is what stands before the sigmoid: leave the output
    linear."""
    return _layers(latent, hidden, nn.LogSigmoid(), nn.Unflatten(1, FOLD))


@exercise.mistake(hint="formula")
def latents_for_both(latent: int, hidden: int) -> nn.Module:
    """Your first layer expects 2 d numbers. The decoder is given the drawn code z, d
    numbers, and not mean and log-variance."""
    return _layers(2 * latent, hidden, nn.Unflatten(1, FOLD))


@exercise.mistake(hint="formula")
def normalised_by_the_batch(latent: int, hidden: int) -> nn.Module:
    """Your batch norm makes the image of a code depend on the other codes of the
    batch, and its weights are more than asked for. Leave it out here."""
    return nn.Sequential(
        nn.Linear(latent, hidden),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Linear(hidden, 784),
        nn.Unflatten(1, FOLD),
    )
