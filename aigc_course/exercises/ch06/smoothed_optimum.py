"""Exercise on the best discriminator for labels that are not quite 0 and 1."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "06.smoothed_optimum",
    order=170,
    title="What D believes when nobody is certain",
    difficulty=2,
    minutes=8,
    idea="D can answer at each place as it likes, so minimise its loss at one place,"
    " where real samples come with density p and generated ones with density q.",
    formula="D* = (real_target p + fake_target q) / (p + q): the mean of the labels"
    " that are met at this place.",
    line="Write `return (real_target * p + fake_target * q) / (p + q)`.",
    variation="Set both targets to 0.9 and say what such a D teaches G.",
    asks="derive",
)


@exercise.answer
def smoothed_optimum(
    p: Tensor, q: Tensor, real_target: float, fake_target: float
) -> Tensor:
    """The D(x) with the least cross-entropy at each place, [n].

    p, q: densities of real and generated samples [n], positive. The targets are the
    labels that D is taught, 1 and 0 without smoothing.
    """
    return (real_target * p + fake_target * q) / (p + q)


def densities() -> tuple[Tensor, Tensor]:
    """p and q at twelve places, none of them 0."""
    return torch.rand(12) + 0.05, torch.rand(12) + 0.05


@exercise.inputs
def places() -> list[tuple[Tensor, Tensor, float, float]]:
    targets = ((1.0, 0.0), (0.9, 0.0), (0.9, 0.1), (0.7, 0.2))
    return [(*densities(), *pair) for pair in targets]


@exercise.must_hold
def least_loss(f) -> bool:
    """No other belief has a smaller cross-entropy with these labels."""
    p, q = (density.double() for density in densities())
    for real, fake in ((1.0, 0.0), (0.9, 0.0), (0.8, 0.3)):
        belief = f(p, q, real, fake)
        losses = [loss_at(belief + h, p, q, real, fake) for h in (-0.01, 0.0, 0.01)]
        if bool((losses[1] > torch.minimum(losses[0], losses[2]) + 1e-9).any()):
            return False
    return True


@exercise.must_hold
def undecided_where_equal(f) -> bool:
    """Where both densities are equal, D believes the mean of the two targets."""
    p = torch.tensor([0.3, 2.0])
    return same(f(p, p, 0.9, 0.0), torch.full((2,), 0.45))


def loss_at(
    belief: Tensor, p: Tensor, q: Tensor, real_target: float, fake_target: float
) -> Tensor:
    """Cross-entropy of a belief at each place, with the two labels."""
    a = torch.logit(belief.clamp(1e-9, 1 - 1e-9))
    on_real = softplus(a) - real_target * a
    return p * on_real + q * (softplus(a) - fake_target * a)


@exercise.mistake(hint="idea")
def labels_forgotten(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    """This is the best D for the labels 1 and 0. With other labels the loss has its
    minimum elsewhere; the targets have to stand in the formula."""
    return p / (p + q)


@exercise.mistake(hint="formula")
def targets_exchanged(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    """You give the real target to the generated samples and the other way round, so D
    believes most in what is never real."""
    return smoothed_optimum(p, q, fake_target, real_target)


@exercise.mistake(hint="formula")
def weighs_the_real(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    """You put the targets below the line as well. A label does not change how often a
    place is visited, which is p + q."""
    return real_target * p / (real_target * p + (1 - fake_target) * q)


@exercise.mistake(hint="formula")
def cut_off(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    """You clip p / (p + q) to the targets. The best D is not clipped: it moves evenly
    from one target to the other as the share of real samples grows."""
    return (p / (p + q)).clamp(fake_target, real_target)


@exercise.mistake(hint="formula")
def fakes_are_zero(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    """You take the label of the generated samples to be 0. One-sided smoothing does,
    but the function is asked for both targets: add `fake_target * q`."""
    return real_target * p / (p + q)


@exercise.mistake(hint="formula")
def targets_below_too(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    """You put the targets into the denominator as well. A label does not change how
    often a place is met, which is p + q."""
    return real_target * p / (real_target * p + fake_target * q)


@exercise.mistake(hint="formula")
def not_divided(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    """You sum the labels by density and do not divide. The best D is their mean: divide
    by p + q, how often the place is met."""
    return real_target * p + fake_target * q


@exercise.mistake(hint="formula")
def halved(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    """Your D is half of the right one. p + q already is the sum of the weights; the
    factor 1/2 of the mixture (p + q)/2 cancels."""
    return smoothed_optimum(p, q, real_target, fake_target) / 2


@exercise.mistake(hint="formula")
def probability_of_the_other(
    p: Tensor, q: Tensor, real_target: float, fake_target: float
):
    """You give generated samples the label 1 - fake_target. The target is the label
    itself: 0 without smoothing."""
    return smoothed_optimum(p, q, real_target, 1 - fake_target)
