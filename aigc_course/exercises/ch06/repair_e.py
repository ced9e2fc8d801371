"""Exercise: case E of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

VANISHED = "discriminator wins, gradient vanishes"


LEAK = "statistics leak through batch norm"


exercise = repair(
    "E",
    order=60,
    difficulty=4,
    minutes=12,
    idea="Compare D's belief in generated images by themselves with its belief in the"
    " same images among real ones, and ask what else of the batch D sees.",
    formula="Batch norm subtracts the batch's mean. In one pass with real images that"
    " mean lies between the two kinds, and the sign of a feature tells them apart; in"
    " G's own turn the batch is all generated, and its mean is another.",
    line=f'Return `"{LEAK}", {{**settings, "passes": "separate"}}`.',
    variation="Leave both kinds in one pass, and stop the statistics that leak through"
    " batch norm in another way.",
)


@exercise.answer
def repair_e(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case E, and what cures it."""
    return "statistics leak through batch norm", {**settings, "passes": "separate"}


@exercise.mistake(hint="idea")
def a_slower_d(settings: dict) -> Answer:
    """A slower D still learns to use the statistics of the mixed batch, and G is judged
    without real images beside it: by another function. Change how batches pass D."""
    return LEAK, {**settings, "lr_d": 5e-4}


@exercise.mistake(hint="formula")
def larger_batches_in_e(settings: dict) -> Answer:
    """A larger batch makes its mean more certain, and the leak with it. What matters is
    that real and generated images stand in one batch, not its size."""
    return LEAK, {**settings, "batch_size": 32}


@exercise.mistake(hint="idea")
def dropped_out(settings: dict) -> Answer:
    """Dropout hides some features at random, and the batch's mean shows in all the
    others. D can still use it to tell real from generated images."""
    return LEAK, {**settings, "dropout": 0.3}


@exercise.mistake(hint="formula")
def noisy_in_e(settings: dict) -> Answer:
    """Noise on what D sees does not separate the two kinds: their statistics are still
    taken over one mixed batch. Let them pass D apart, or take batch norm out of D."""
    return LEAK, {**settings, "noise": 0.3}


@exercise.mistake(hint="formula")
def more_steps_of_d_in_e(settings: dict) -> Answer:
    """With more steps D learns the same use of the mixed batch's statistics better. G
    is still judged by another function, without real images beside it."""
    return LEAK, {**settings, "d_steps": 3}


@exercise.mistake(hint="idea")
def called_memory(settings: dict) -> Answer:
    """Your settings cure it, but D treats unseen real images as it treats those it was
    trained on. Compare the last two bars: the same samples, once alone and once among
    real ones."""
    return "discriminator memorises few data", {**settings, "passes": "separate"}


@exercise.mistake(hint="idea")
def called_a_collapse_in_e(settings: dict) -> Answer:
    """Your settings cure it, but the first sign is that both losses fall. Compare D's
    belief in generated images by themselves with that among real ones."""
    return "mode collapse", {**settings, "passes": "separate"}


@exercise.mistake(hint="idea")
def called_a_win_of_d(settings: dict) -> Answer:
    """Your settings cure it, and D did seem to win; but its belief in generated images
    by themselves is not near 0. It has won only where real ones stand beside them."""
    return VANISHED, {**settings, "passes": "separate"}
