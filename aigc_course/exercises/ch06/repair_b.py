"""Exercise: case B of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

VANISHED = "discriminator wins, gradient vanishes"


exercise = repair(
    "B",
    order=30,
    difficulty=3,
    minutes=8,
    idea="D tells all real images from all generated ones, and G learns nothing. Work"
    " out which slope G's loss has where D is sure.",
    formula="d/da log(1 - sigmoid(a)) = -sigmoid(a), which is 0 where D is sure;"
    " d/da(-log sigmoid(a)) = -(1 - sigmoid(a)), which is -1 there.",
    line=f'Return `"{VANISHED}", {{**settings, "loss": "non-saturating"}}`.',
    variation="Keep the minimax loss and cure the vanishing gradient by keeping D from"
    " being sure: a learning rate of D five times lower, then R1.",
)


@exercise.answer
def repair_b(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case B, and what cures it."""
    diagnosis = "discriminator wins, gradient vanishes"
    return diagnosis, {**settings, "loss": "non-saturating"}


@exercise.mistake(hint="idea")
def more_steps_of_d(settings: dict) -> Answer:
    """You let D take more steps, and D has won already. With this loss G's gradient
    vanishes the more, the surer D is."""
    return VANISHED, {**settings, "d_steps": 3}


@exercise.mistake(hint="formula")
def clipped_in_b(settings: dict) -> Answer:
    """Clipping shortens gradients that are too long. Here they are too short, and no
    bound from above changes that."""
    return VANISHED, {**settings, "max_grad_norm": 1.0}


@exercise.mistake(hint="idea")
def averaged_in_b(settings: dict) -> Answer:
    """You average G's weights. G itself does not learn to draw here, since hardly any
    gradient reaches it, and an average of its weights cannot learn for it."""
    return VANISHED, {**settings, "ema": 1000}


@exercise.mistake(hint="formula")
def larger_batches_in_b(settings: dict) -> Answer:
    """A larger batch averages G's gradient over more samples, and where D is sure each
    of them has next to none. Change the loss, or keep D from being sure."""
    return VANISHED, {**settings, "batch_size": 64}


@exercise.mistake(hint="formula")
def less_momentum_in_b(settings: dict) -> Answer:
    """You changed the momentum of both players, and D still becomes sure. With this
    loss G then has next to no gradient; change the loss, or keep D from being sure."""
    return VANISHED, {**settings, "beta1": 0.0}


@exercise.mistake(hint="idea")
def called_too_high_in_b(settings: dict) -> Answer:
    """Your settings cure it, and D's rate is high. But you changed something else: say
    what a sure D does to the gradient of this loss."""
    return "learning rate too high", {**settings, "loss": "non-saturating"}


@exercise.mistake(hint="idea")
def called_a_collapse(settings: dict) -> Answer:
    """Your settings cure it, but a collapsed G draws a few images that D takes for
    real. Here D takes none of them for real: see its beliefs at 1 and 0."""
    return "mode collapse", {**settings, "loss": "non-saturating"}
