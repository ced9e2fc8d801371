"""Exercise: case F of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

exercise = repair(
    "F",
    order=70,
    difficulty=2,
    minutes=6,
    idea="Look at the size of the losses, and at the scale of the axes beneath the"
    " points. Ask how far one step carries a weight.",
    formula="Adam moves each weight by about its learning rate in each step, whatever"
    " the gradient's size; weights here are of size 1/8. So lr << 1/8, for both: 0.01"
    " is low enough, and 0.0001 is too slow for this number of steps.",
    line='Return `"learning rate too high", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}`.',
    variation="Find the largest learning rate, the same for both, that still passes,"
    " to within a factor of two.",
)


@exercise.answer
def repair_f(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case F, and what cures it."""
    return "learning rate too high", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@exercise.mistake(hint="formula")
def clipped(settings: dict) -> Answer:
    """Clipping bounds the gradient, and Adam divides by the gradient's usual size: the
    step stays as long as it was. Only the learning rate shortens it."""
    return "learning rate too high", {**settings, "max_grad_norm": 1.0}


@exercise.mistake(hint="formula")
def only_g(settings: dict) -> Answer:
    """You have lowered G's rate alone. D's weights still change by about half a unit in
    every step, so G follows a D whose outputs change each time."""
    return "learning rate too high", {**settings, "lr_g": 1e-3}


@exercise.mistake(hint="idea")
def more_penalty(settings: dict) -> Answer:
    """A heavier penalty changes the gradient, and Adam divides by the gradient's usual
    size: the steps stay as long as they were. Lower the learning rates."""
    return "learning rate too high", {**settings, "weight": 1.0}


@exercise.mistake(hint="formula")
def only_d(settings: dict) -> Answer:
    """You have lowered D's rate alone. G's weights still change by about half a unit in
    every step, and its points stay far outside."""
    return "learning rate too high", {**settings, "lr_d": 1e-3}


@exercise.mistake(hint="line")
def too_slow(settings: dict) -> Answer:
    """The rates are low enough to be safe now, but so low that the steps of this case
    do not suffice. Choose a rate between the case's and yours, for both."""
    return "learning rate too high", {**settings, "lr_g": 1e-4, "lr_d": 1e-4}


@exercise.mistake(hint="formula")
def still_too_high(settings: dict) -> Answer:
    """You lowered both rates, and one step is still about as long as the weights
    themselves, which are of size 1/8. Go far below that."""
    return "learning rate too high", {**settings, "lr_g": 0.1, "lr_d": 0.1}


@exercise.mistake(hint="formula")
def averaged_in_f(settings: dict) -> Answer:
    """An average of weights that jump is an average of networks that all draw points
    far outside. The steps themselves have to be shorter."""
    return "learning rate too high", {**settings, "ema": 2000}


@exercise.mistake(hint="idea")
def called_a_win_of_d_in_f(settings: dict) -> Answer:
    """Your settings cure it, and D did win in the end. But the losses grow a
    thousandfold from one row to the next long before: look for what makes each step so
    long."""
    return "discriminator wins, gradient vanishes", {
        **settings,
        "lr_g": 1e-3,
        "lr_d": 1e-3,
    }


@exercise.mistake(hint="idea")
def called_collapse_in_f(settings: dict) -> Answer:
    """Your settings cure it, but these points lie outside the axes altogether, and the
    losses are thousands. Ask how far one step carries a weight."""
    return "mode collapse", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@exercise.mistake(hint="idea")
def called_oscillation(settings: dict) -> Answer:
    """Your settings cure it, but an oscillation goes round a centre, at a steady pace
    and with losses of ordinary size. Here the losses are huge and nothing returns."""
    return "oscillation", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}
