"""Exercise: case I of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

exercise = repair(
    "I",
    order=100,
    difficulty=2,
    minutes=6,
    idea="Look at the background of the generated images, and compare the values that"
    " G's last layer can give with those in the data.",
    formula="tanh gives values between -1 and 1, and every tool of this course reads"
    " them so. A byte b belongs at b / 127.5 - 1.",
    line='Return `"wrong data range", {**settings, "scaling": "-1 to 1"}`.',
    variation="Say in advance what a wrong data range of 0 to 255 would look like, and"
    " then train with it.",
)


@exercise.answer
def repair_i(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case I, and what cures it."""
    return "wrong data range", {**settings, "scaling": "-1 to 1"}


@exercise.mistake(hint="formula")
def bytes_as_they_are(settings: dict) -> Answer:
    """Now the data reach from 0 to 255, and tanh gives at most 1: D tells the two apart
    by their brightness alone. Bring the data to the range that G can draw."""
    return "wrong data range", {**settings, "scaling": "0 to 255"}


@exercise.mistake(hint="idea")
def slower_in_i(settings: dict) -> Answer:
    """Slower networks learn the same grey background more slowly. G imitates the data,
    and the data lie in another range."""
    return "wrong data range", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@exercise.mistake(hint="idea")
def noisy_in_i(settings: dict) -> Answer:
    """Noise on all that D sees makes the two kinds harder to tell apart, and the
    background stays where the data have it."""
    return "wrong data range", {**settings, "noise": 0.3}


@exercise.mistake(hint="idea")
def larger_kernels_in_i(settings: dict) -> Answer:
    """Larger kernels change how G enlarges, and the grey background is the value that
    the data have there. Look at the range of the data."""
    return "wrong data range", {**settings, "kernel": 6}


@exercise.mistake(hint="idea")
def without_norm_in_i(settings: dict) -> Answer:
    """Without batch norm D still sees data in another range than tanh covers, and G
    imitates their background. Look at the range of the data."""
    return "wrong data range", {**settings, "d_norm": "none"}


@exercise.mistake(hint="idea")
def penalised_in_i(settings: dict) -> Answer:
    """A penalty changes D's slope and not what the data look like. Look at the range of
    the data."""
    return "wrong data range", {**settings, "d_norm": "none", "penalty": "r1"}


@exercise.mistake(hint="idea")
def called_a_lattice_in_i(settings: dict) -> Answer:
    """Your settings cure it, but the background is evenly grey, without a pattern. Ask
    where that grey comes from."""
    return "lattice of a coarse upsampling", {**settings, "scaling": "-1 to 1"}


@exercise.mistake(hint="idea")
def called_few_data_in_i(settings: dict) -> Answer:
    """Your settings cure it with as many images as before, so their number was not the
    fault. Ask where the grey of the background comes from."""
    return "discriminator memorises few data", {**settings, "scaling": "-1 to 1"}


@exercise.mistake(hint="idea")
def called_vanishing_in_i(settings: dict) -> Answer:
    """Your settings cure it, but G did receive a gradient: it learnt to draw on a grey
    background. Ask where that grey comes from."""
    return "discriminator wins, gradient vanishes", {**settings, "scaling": "-1 to 1"}
