"""Repairs of the gallery's cases on digits that concern D and the layers: B, D, E."""

from aigc_course.checks.parts06.gallery_judge import Answer, repair

VANISHED = "discriminator wins, gradient vanishes"
LEAK = "statistics leak through batch norm"

b = repair(
    "B",
    difficulty=3,
    minutes=8,
    idea="D tells all real images from all generated ones, and G stands still. Work"
    " out which slope G's loss has where D is sure.",
    formula="d/da log(1 - sigmoid(a)) = -sigmoid(a), which is 0 where D is sure;"
    " d/da(-log sigmoid(a)) = -(1 - sigmoid(a)), which is -1 there.",
    line=f'Return `"{VANISHED}", {{**settings, "loss": "non-saturating"}}`.',
    variation="Keep the minimax loss and find another cure for a gradient that"
    " vanishes: one that keeps D from being sure.",
)


@b.answer
def repair_b(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case B, and what cures it."""
    diagnosis = "discriminator wins, gradient vanishes"
    return diagnosis, {**settings, "loss": "non-saturating"}


@b.also_right
def pairs_and_a_slower_d(settings: dict) -> Answer:
    return VANISHED, dict(settings, loss="relativistic", lr_d=2e-3)


@b.mistake(hint="idea")
def more_steps_of_d(settings: dict) -> Answer:
    """You let D take more steps, and D has won already. What G needs is a slope, not a
    better judge."""
    return VANISHED, {**settings, "d_steps": 3}


@b.mistake(hint="formula")
def clipped_in_b(settings: dict) -> Answer:
    """Clipping shortens gradients that are too long. Here they are too short, and no
    bound from above changes that."""
    return VANISHED, {**settings, "clip": 1.0}


@b.mistake(hint="idea")
def averaged_in_b(settings: dict) -> Answer:
    """An average of G's weights smooths a G that moves about. This G does not move, and
    the average of one place is that place."""
    return VANISHED, {**settings, "ema": 1000}


@b.mistake(hint="idea")
def called_a_collapse(settings: dict) -> Answer:
    """Your settings cure it, but G has not found one kind of image that deceives D: it
    deceives D with none. See D's beliefs at 1 and 0."""
    return "mode collapse", {**settings, "loss": "non-saturating"}


d = repair(
    "D",
    difficulty=2,
    minutes=6,
    idea="Look at the images from near: a fine lattice lies over strokes and background"
    " alike. Find the layer that sets pixels at fixed distances.",
    formula="A transposed convolution with stride s covers all pixels equally often"
    " when s divides the side of its kernel, and some not at all when s is larger.",
    line='Return `"checkerboard artefacts", {**settings, "stride": "2, 2",'
    ' "kernel": 4}`.',
    variation="Measure what kernels of 3, 5 and 6 leave of the checkerboard artefacts"
    " at stride 2, and whether longer training removes the rest.",
)


@d.answer
def repair_d(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case D, and what cures it."""
    return "checkerboard artefacts", {**settings, "stride": "2, 2", "kernel": 4}


@d.also_right
def with_a_kernel_of_six(settings: dict) -> Answer:
    return "checkerboard artefacts", {"stride": "2, 2", "kernel": 6}


@d.mistake(hint="formula")
def still_too_small(settings: dict) -> Answer:
    """A kernel of 3 is still smaller than the stride of 4, and leaves pixels that
    nothing reaches. Kernels have to meet, and to overlap evenly."""
    return "checkerboard artefacts", {**settings, "kernel": 3}


@d.mistake(hint="idea")
def slower_in_d(settings: dict) -> Answer:
    """Lower rates do not remove the lattice: it comes from where the kernels land, and
    they land in the same places."""
    return "checkerboard artefacts", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@d.mistake(hint="idea")
def averaged_in_d(settings: dict) -> Answer:
    """Averaging weights removes noise that changes from step to step. The lattice is
    the same at every step, and so it is in the average."""
    return "checkerboard artefacts", {**settings, "ema": 1000}


@d.mistake(hint="idea")
def called_a_high_rate(settings: dict) -> Answer:
    """Your settings cure it, but you have changed no rate. Noise of too high a rate
    has no pattern; this one repeats at fixed distances."""
    return "learning rate too high", {**settings, "stride": "2, 2", "kernel": 4}


e = repair(
    "E",
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


@e.answer
def repair_e(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case E, and what cures it."""
    return "statistics leak through batch norm", {**settings, "passes": "separate"}


@e.also_right
def no_norm_in_d(settings: dict) -> Answer:
    return LEAK, {**settings, "d_norm": "none"}


@e.also_right
def each_image_by_itself(settings: dict) -> Answer:
    return LEAK, {**settings, "d_norm": "layer"}


@e.mistake(hint="idea")
def a_slower_d(settings: dict) -> Answer:
    """A slower D learns the same trick a little later: it reads from the batch's mean
    who is who, and G, judged without company, learns nothing from it."""
    return LEAK, {**settings, "lr_d": 5e-4}


@e.mistake(hint="formula")
def larger_batches_in_e(settings: dict) -> Answer:
    """A larger batch makes its mean more certain, and so the leak more reliable. The
    size is not the matter; the company is."""
    return LEAK, {**settings, "batch_size": 32}


@e.mistake(hint="idea")
def dropped_out(settings: dict) -> Answer:
    """Dropout hides some features at random, and the batch's mean shows in all the
    others. D still sees from it who is who."""
    return LEAK, {**settings, "dropout": 0.3}


@e.mistake(hint="idea")
def called_a_win_of_d(settings: dict) -> Answer:
    """Your settings cure it, and D did seem to win; but its belief in generated images
    by themselves is not near 0. It has won only where real ones stand beside them."""
    return VANISHED, {**settings, "passes": "separate"}
