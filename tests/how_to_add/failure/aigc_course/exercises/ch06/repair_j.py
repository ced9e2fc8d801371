"""Exercise: case J of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

exercise = repair(
    "J",
    order=105,
    difficulty=1,
    minutes=3,
    idea="Look at what the losses are computed from.",
    formula="The logarithm of a sigmoid that has become 0 is infinite.",
    line='Return `"an example", {**settings, "logs": "of logits"}`.',
    variation="Find the logit from which the loss of this example is infinite.",
)


@exercise.answer
def repair_j(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case J, and what cures it."""
    return "an example", {**settings, "logs": "of logits"}


@exercise.mistake(hint="idea")
def slower_in_j(settings: dict) -> Answer:
    """Lower rates make the infinite loss come later. The loss itself has to change."""
    return "an example", {**settings, "lr_g": 1e-4, "lr_d": 1e-4}


@exercise.mistake(hint="idea")
def clipped_in_j(settings: dict) -> Answer:
    """A gradient that is not a number is not a number after clipping either."""
    return "an example", {**settings, "max_grad_norm": 1.0}


@exercise.mistake(hint="idea")
def called_too_high_a_rate_in_j(settings: dict) -> Answer:
    """You have cured it, but no rate was changed for that. Say what you changed."""
    return "learning rate too high", {**settings, "logs": "of logits"}
