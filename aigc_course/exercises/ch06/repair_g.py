"""Exercise: case G of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

exercise = repair(
    "G",
    order=80,
    difficulty=3,
    minutes=8,
    idea="The values are finite until one of them is infinite or NaN. Find the"
    " operation in a loss that gives an infinite value for an ordinary input.",
    formula="In float32 sigmoid(17) is 1 exactly, and log(1 - 1) is -inf. From the"
    " logit itself, -log(1 - sigmoid(a)) = softplus(a), which is 17 at a = 17.",
    line='Return `"logarithm of zero", {**settings, "logs": "of logits"}`.',
    variation="Find the logit at which the logarithm of zero appears for real images,"
    " log sigmoid(a), and say why it needs a much larger |a| there.",
)


@exercise.answer
def repair_g(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case G, and what cures it."""
    return "logarithm of zero", {**settings, "logs": "of logits"}


@exercise.mistake(hint="formula")
def lower_rates(settings: dict) -> Answer:
    """With lower rates the training may end before D is sure enough, but the infinity
    is still in the formula: a logit above 17 brings it back. Change how the logarithm
    is taken."""
    return "logarithm of zero", {**settings, "lr_g": 2e-3, "lr_d": 2e-3}


@exercise.mistake(hint="formula")
def clipped_in_g(settings: dict) -> Answer:
    """Clipping multiplies the gradient by a factor, and NaN times any factor is NaN.
    The value has to be finite before it can be made small."""
    return "logarithm of zero", {**settings, "max_grad_norm": 1.0}


@exercise.mistake(hint="idea")
def penalised_in_g(settings: dict) -> Answer:
    """A penalty keeps logits small for a while and does not rule a large one out: the
    loss still takes the logarithm of what may be 0."""
    return "logarithm of zero", {**settings, "penalty": "r1"}


@exercise.mistake(hint="formula")
def another_loss(settings: dict) -> Answer:
    """Here the setting `logs` decides how D's loss takes its logarithms, and yours
    still starts from probabilities. Let it start from logits."""
    return "logarithm of zero", {**settings, "loss": "relativistic"}


@exercise.mistake(hint="idea")
def noisy_in_g(settings: dict) -> Answer:
    """Noise makes D less sure on average, but a single logit above 17 is enough for an
    infinite loss. Change how the logarithm is taken."""
    return "logarithm of zero", {**settings, "noise": 0.5}


@exercise.mistake(hint="idea")
def dropped_out_in_g(settings: dict) -> Answer:
    """Dropout makes D less sure on average, but a single logit above 17 is enough for
    an infinite loss. Change how the logarithm is taken."""
    return "logarithm of zero", {**settings, "dropout": 0.5}


@exercise.mistake(hint="idea")
def normed_in_g(settings: dict) -> Answer:
    """Batch norm in D does not bound its logits, and a single one above 17 is enough
    for an infinite loss. Change how the logarithm is taken."""
    return "logarithm of zero", {**settings, "d_norm": "batch"}


@exercise.mistake(hint="idea")
def called_vanishing_in_g(settings: dict) -> Answer:
    """Your settings cure it, but a gradient that vanishes is 0 and not NaN. Say what
    made a number infinite."""
    return "discriminator wins, gradient vanishes", {**settings, "logs": "of logits"}


@exercise.mistake(hint="idea")
def called_range_in_g(settings: dict) -> Answer:
    """Your settings cure it, and you left the data as they were. Say what made a number
    infinite."""
    return "wrong data range", {**settings, "logs": "of logits"}


@exercise.mistake(hint="idea")
def called_too_high(settings: dict) -> Answer:
    """Your settings cure it, and you have lowered no rate: at these rates it trains.
    Say what made a number infinite."""
    return "learning rate too high", {**settings, "logs": "of logits"}
