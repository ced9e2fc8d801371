"""Exercise: a generator of points, a network to build."""

import torch
from torch import nn

from aigc_course.checks.exercise import Exercise
from aigc_course.exercises import probing
from aigc_course.exercises.plane import Facts, amiss, facts, variant

exercise = Exercise(
    "04.generator",
    order=2,
    title="A generator of points",
    difficulty=2,
    minutes=12,
    idea="Three linear layers in a row, with a leaky ReLU after each of the first two."
    " Nothing stands behind the last one, because points have no fixed range.",
    formula="latent -> 128 -> 128 -> dim, with LeakyReLU(0.2) behind each hidden"
    " layer.",
    line="Write `return nn.Sequential(nn.Linear(latent, 128), nn.LeakyReLU(0.2),"
    " nn.Linear(128, 128), nn.LeakyReLU(0.2), nn.Linear(128, dim))`.",
    variation="Put tanh in place of both leaky ReLUs, train again in section 5, and"
    " compare the threads between the moons.",
    agree=False,
    asks="network",
)


@exercise.answer
def generator(latent: int, dim: int) -> nn.Module:
    """Latents [N, latent] to points [N, dim]: two hidden layers of 128 units."""
    return nn.Sequential(
        nn.Linear(latent, 128),  # [N, 128]
        nn.LeakyReLU(0.2),
        nn.Linear(128, 128),  # [N, 128]
        nn.LeakyReLU(0.2),
        nn.Linear(128, dim),  # [N, dim]
    )


@exercise.observe
def built(f) -> Facts:
    return facts(lambda: f(3, 2), 3, 2)


@exercise.must_hold
def layers_as_asked(f) -> bool | str:
    """Two hidden layers of 128 units with leaky ReLUs, and a linear end."""
    return amiss(lambda: f(3, 2), 3, 2) or amiss(lambda: f(4, 1), 4, 1) or True


@exercise.must_hold
def every_weight_learns(f) -> bool:
    """A gradient reaches every weight."""
    return probing.learns(probing.module(f(3, 2)), torch.randn(9, 3))


@exercise.mistake(hint="idea")
def ends_in_tanh(latent: int, dim: int) -> nn.Module:
    """Your network ends in tanh, so no point lies outside the square from -1 to 1. That
    is right for pixels; points have no fixed range, so end in the linear layer."""
    return variant(latent, dim, end=(nn.Tanh(),))


@exercise.mistake(hint="idea")
def ends_in_sigmoid(latent: int, dim: int) -> nn.Module:
    """Your network ends in a sigmoid, so all points lie between 0 and 1. Points have no
    fixed range: end in the linear layer."""
    return variant(latent, dim, end=(nn.Sigmoid(),))


@exercise.mistake(hint="formula")
def bent_at_the_end(latent: int, dim: int) -> nn.Module:
    """A leaky ReLU stands behind your last layer too, so negative coordinates shrink to
    a fifth. End in the linear layer."""
    return variant(latent, dim, end=(nn.LeakyReLU(0.2),))


@exercise.mistake(hint="idea")
def without_a_bend(latent: int, dim: int) -> nn.Module:
    """There is no leaky ReLU between your layers, so together they are one linear map:
    a normal cloud stays a normal cloud. Put one behind each hidden layer."""
    return variant(latent, dim, hidden=nn.Identity)


@exercise.mistake(hint="formula")
def plain_relu(latent: int, dim: int) -> nn.Module:
    """You use ReLU; the exercise asks for nn.LeakyReLU(0.2), which lets a fifth of
    negative values through."""
    return variant(latent, dim, hidden=nn.ReLU)


@exercise.mistake(hint="formula")
def torchs_slope(latent: int, dim: int) -> nn.Module:
    """Your leaky ReLUs have torch's own slope, 0.01; write nn.LeakyReLU(0.2)."""
    return variant(latent, dim, hidden=nn.LeakyReLU)


@exercise.mistake(hint="formula")
def one_hidden_layer(latent: int, dim: int) -> nn.Module:
    """Your network has one hidden layer; the exercise asks for two."""
    return variant(latent, dim, widths=(128,))


@exercise.mistake(hint="formula")
def three_hidden_layers(latent: int, dim: int) -> nn.Module:
    """Your network has three hidden layers; the exercise asks for two."""
    return variant(latent, dim, widths=(128, 128, 128))


@exercise.mistake(hint="formula")
def normalised(latent: int, dim: int) -> nn.Module:
    """There is batch normalisation in your network; the exercise asks for linear layers
    and leaky ReLUs only."""
    return variant(latent, dim, between=lambda n: [nn.BatchNorm1d(n)])


@exercise.mistake(hint="idea")
def with_dropout(latent: int, dim: int) -> nn.Module:
    """Your network draws random numbers, as dropout does, so one latent gives another
    point each time. G is deterministic: all randomness comes from z."""
    return variant(latent, dim, between=lambda _: [nn.Dropout(0.3)])


@exercise.mistake(hint="formula")
def without_biases(latent: int, dim: int) -> nn.Module:
    """Your layers have no biases, so z = 0 always becomes the point 0. Leave `bias` as
    it is."""
    return variant(latent, dim, bias=False)


@exercise.mistake(hint="line")
def numbers_written_in(latent: int, dim: int) -> nn.Module:
    """Your network has 2 inputs and 2 outputs, whatever `latent` and `dim` are. Use the
    two arguments: the check calls generator(3, 2)."""

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = variant(2, 2)

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            assert z.shape[1] == 2, (
                "Your network takes 2 numbers, whatever `latent` is."
            )
            return self.net(z)

    return Two()
