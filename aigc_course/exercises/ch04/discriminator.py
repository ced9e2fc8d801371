"""Exercise: a discriminator of points, a network to build."""

import torch
from torch import nn

from aigc_course.checks.exercise import Exercise
from aigc_course.exercises import probing
from aigc_course.exercises.plane import Facts, amiss, facts, variant

exercise = Exercise(
    "04.discriminator",
    order=4,
    title="A discriminator of points",
    difficulty=2,
    minutes=6,
    idea="It is built like the generator; what differs is what goes in and what comes"
    " out. One number suffices for a question with two answers.",
    formula="dim -> 128 -> 128 -> 1, with LeakyReLU(0.2) behind each hidden layer and"
    " nothing behind the last.",
    line="Write `return nn.Sequential(nn.Linear(dim, 128), nn.LeakyReLU(0.2),"
    " nn.Linear(128, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1))`.",
    variation="Give it 16 hidden units in place of 128, and look at the surface that it"
    " finds in section 3.",
    agree=False,
    asks="network",
)


@exercise.answer
def discriminator(dim: int) -> nn.Module:
    """Points [N, dim] to logits [N, 1]: two hidden layers of 128 units."""
    return nn.Sequential(
        nn.Linear(dim, 128),  # [N, 128]
        nn.LeakyReLU(0.2),
        nn.Linear(128, 128),  # [N, 128]
        nn.LeakyReLU(0.2),
        nn.Linear(128, 1),  # [N, 1]
    )


@exercise.observe
def built(f) -> Facts:
    return facts(lambda: f(2), 2, 1)


@exercise.must_hold
def layers_as_asked(f) -> bool | str:
    """Two hidden layers of 128 units with leaky ReLUs, and one logit."""
    return amiss(lambda: f(2), 2, 1) or amiss(lambda: f(5), 5, 1) or True


@exercise.must_hold
def every_weight_learns(f) -> bool:
    """A gradient reaches every weight."""
    return probing.learns(probing.module(f(2)), torch.randn(9, 2))


@exercise.mistake(hint="idea")
def a_probability(dim: int) -> nn.Module:
    """Your network ends in a sigmoid. D returns a logit here: the cross-entropy of
    section 3 is computed from logits, so end in the linear layer."""
    return variant(dim, 1, end=(nn.Sigmoid(),))


@exercise.mistake(hint="idea")
def ends_in_tanh(dim: int) -> nn.Module:
    """Your network ends in tanh, so D can never be surer than a logit of 1, a belief of
    0.73. End in the linear layer."""
    return variant(dim, 1, end=(nn.Tanh(),))


@exercise.mistake(hint="formula")
def bent_at_the_end(dim: int) -> nn.Module:
    """A leaky ReLU stands behind your last layer too, so D can hardly say "generated".
    End in the linear layer."""
    return variant(dim, 1, end=(nn.LeakyReLU(0.2),))


@exercise.mistake(hint="idea")
def without_a_bend(dim: int) -> nn.Module:
    """There is no leaky ReLU between your layers, so D can divide the plane by a
    straight line only. Put one behind each hidden layer."""
    return variant(dim, 1, hidden=nn.Identity)


@exercise.mistake(hint="formula")
def plain_relu(dim: int) -> nn.Module:
    """You use ReLU, which passes no gradient where a value is negative, and G learns
    from D's gradients only. The exercise asks for nn.LeakyReLU(0.2)."""
    return variant(dim, 1, hidden=nn.ReLU)


@exercise.mistake(hint="formula")
def torchs_slope(dim: int) -> nn.Module:
    """Your leaky ReLUs have torch's own slope, 0.01. Give them 0.2, as the exercise
    asks."""
    return variant(dim, 1, hidden=nn.LeakyReLU)


@exercise.mistake(hint="formula")
def one_hidden_layer(dim: int) -> nn.Module:
    """Your discriminator has one hidden layer; the exercise asks for two."""
    return variant(dim, 1, widths=(128,))


@exercise.mistake(hint="idea")
def two_classes(dim: int) -> nn.Module:
    """Your network has two outputs, one for each class. One logit suffices: the
    log-odds that the point is real."""
    return variant(dim, 2)


@exercise.mistake(hint="line")
def flat_logits(dim: int) -> nn.Module:
    """Your logits come as [N]. The exercise asks for [N, 1], as the linear layer
    returns them; do not flatten or squeeze them."""
    return variant(dim, 1, end=(nn.Flatten(0),))


@exercise.mistake(hint="formula")
def normalised(dim: int) -> nn.Module:
    """There is batch normalisation in your discriminator, so the logit of a point
    depends on the others. Here each point is judged alone."""
    return variant(dim, 1, between=lambda n: [nn.BatchNorm1d(n)])


@exercise.mistake(hint="formula")
def with_dropout(dim: int) -> nn.Module:
    """Your discriminator draws random numbers, as dropout does. Here the same point
    gets the same logit each time; chapter 05 has a discriminator with dropout."""
    return variant(dim, 1, between=lambda _: [nn.Dropout(0.3)])


@exercise.mistake(hint="formula")
def without_biases(dim: int) -> nn.Module:
    """Your layers have no biases, so the logit at 0 is always 0. Leave `bias` as it
    is."""
    return variant(dim, 1, bias=False)
