"""Exercise on guidance without a classifier."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "13.guided_velocity",
    order=130,
    title="Guidance from two velocities",
    difficulty=2,
    minutes=6,
    asks="formula",
    idea="Start from the velocity without a label. Go towards the one with a label, and"
    " beyond it when the guidance is above 1.",
    formula="u + g (u_c - u), where u_c is the velocity with the label. g = 0 asks for"
    " nothing, g = 1 is the model with its label.",
    line="Write `return unconditional + guidance * (conditional - unconditional)`.",
    variation="Use guidance only for times between 0.2 and 0.8, and compare the"
    " accuracy and the recall of the samples.",
)


@exercise.answer
def guided_velocity(
    unconditional: Tensor, conditional: Tensor, guidance: float
) -> Tensor:
    """The velocity with guidance: [N, ...].

    unconditional, conditional: the velocities without and with the label, [N, ...].
    guidance: 0 is the model without a label, 1 with it, and more asks for more.
    Ho and Salimans 2022, equation 6 with w = guidance - 1.
    """
    return unconditional + guidance * (conditional - unconditional)


@exercise.inputs
def velocities() -> list[tuple[Tensor, Tensor, float]]:
    found = [(*torch.randn(2, 4, 2), g) for g in (0.5, 3.0)]
    return [*found, (*torch.randn(2, 2, 1, 3, 3), 1.5)]


@exercise.must_hold
def two_known_ends(f) -> bool:
    """A guidance of 0 gives the velocity without the label, and 1 the one with it."""
    u, c = torch.randn(2, 5, 2)
    return same(f(u, c, 0.0), u) and same(f(u, c, 1.0), c)


@exercise.must_hold
def no_label_no_change(f) -> bool:
    """Where the label changes nothing, guidance changes nothing either."""
    u = torch.randn(5, 2)
    return same(f(u, u.clone(), 7.5), u)


@exercise.mistake(hint="formula")
def counted_from_the_conditional(unconditional, conditional, guidance):
    """You start from the conditional velocity, so 0 is the model with its label. Some
    papers count that way and call it w; here the guidance is 1 + w, and 1 is the model
    with its label."""
    return conditional + guidance * (conditional - unconditional)


@exercise.mistake(hint="idea")
def exchanged(unconditional, conditional, guidance):
    """You exchange the two velocities, so more guidance means less of the label. Start
    from the unconditional velocity."""
    return conditional + guidance * (unconditional - conditional)


@exercise.mistake(hint="idea")
def away_from_the_label(unconditional, conditional, guidance):
    """You go away from the label: the difference has the wrong sign. Add
    guidance times (conditional - unconditional)."""
    return unconditional + guidance * (unconditional - conditional)


@exercise.mistake(hint="idea")
def scaled_conditional(unconditional, conditional, guidance):
    """You multiply the conditional velocity, which makes all points move too fast. Only
    its difference from the unconditional one is multiplied."""
    return guidance * conditional


@exercise.mistake(hint="formula")
def difference_alone(unconditional, conditional, guidance):
    """You return the difference alone. Add it to the unconditional velocity."""
    return guidance * (conditional - unconditional)


@exercise.mistake(hint="formula")
def conditional_added(unconditional, conditional, guidance):
    """You add the conditional velocity itself. Add its difference from the
    unconditional one, or points move with more than one velocity."""
    return unconditional + guidance * conditional


@exercise.mistake(hint="idea")
def never_beyond(unconditional, conditional, guidance):
    """You limit the guidance to 1, so it cannot go beyond the model with its label.
    Values above 1 are the purpose of guidance."""
    return unconditional + min(guidance, 1.0) * (conditional - unconditional)


@exercise.mistake(hint="formula")
def share_of_a_sum(unconditional, conditional, guidance):
    """You divide by 1 + guidance, which gives a mean of the two velocities. The
    weights are 1 - guidance and guidance."""
    return (unconditional + guidance * conditional) / (1 + guidance)


@exercise.mistake(hint="idea")
def length_kept(unconditional, conditional, guidance):
    """You scale the result to the length of the conditional velocity. That is a later
    variant of guidance; here the sum stays as it is."""
    found = unconditional + guidance * (conditional - unconditional)
    wanted = conditional.flatten(1).norm(dim=1) / found.flatten(1).norm(dim=1)
    return found * wanted.reshape(-1, *[1] * (found.ndim - 1))


@exercise.mistake(hint="formula")
def weight_one_plus_w(unconditional, conditional, guidance):
    """Your two weights sum to 2, so the velocity is twice too large where the label
    changes nothing. With the weight `guidance` for the conditional velocity, the other
    has 1 - guidance."""
    return (1 + guidance) * conditional - (guidance - 1) * unconditional
