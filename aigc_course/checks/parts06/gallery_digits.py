"""Repairs of the gallery's cases on digits that concern D and the layers: B, D, E."""

from aigc_course.checks.parts06.gallery_judge import Answer, repair

VANISHED = "discriminator wins, gradient vanishes"
LEAK = "statistics leak through batch norm"
LATTICE = "lattice of a coarse upsampling"

b = repair(
    "B",
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


@b.answer
def repair_b(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case B, and what cures it."""
    diagnosis = "discriminator wins, gradient vanishes"
    return diagnosis, {**settings, "loss": "non-saturating"}


@b.also_right
def keeps_d_unsure(settings: dict) -> Answer:
    return VANISHED, {**settings, "penalty": "r1"}


@b.also_right
def pairs_and_a_slower_d(settings: dict) -> Answer:
    return VANISHED, dict(settings, loss="relativistic", lr_d=2e-3)


@b.mistake(hint="idea")
def more_steps_of_d(settings: dict) -> Answer:
    """You let D take more steps, and D has won already. With this loss G's gradient
    vanishes the more, the surer D is."""
    return VANISHED, {**settings, "d_steps": 3}


@b.mistake(hint="formula")
def clipped_in_b(settings: dict) -> Answer:
    """Clipping shortens gradients that are too long. Here they are too short, and no
    bound from above changes that."""
    return VANISHED, {**settings, "clip": 1.0}


@b.mistake(hint="idea")
def averaged_in_b(settings: dict) -> Answer:
    """You average G's weights. G itself does not learn to draw here, since hardly any
    gradient reaches it, and an average of its weights cannot learn for it."""
    return VANISHED, {**settings, "ema": 1000}


@b.mistake(hint="formula")
def larger_batches_in_b(settings: dict) -> Answer:
    """A larger batch averages G's gradient over more samples, and where D is sure each
    of them has next to none. Change the loss, or keep D from being sure."""
    return VANISHED, {**settings, "batch_size": 64}


@b.mistake(hint="formula")
def less_momentum_in_b(settings: dict) -> Answer:
    """You changed the momentum of both players, and D still becomes sure. With this
    loss G then has next to no gradient; change the loss, or keep D from being sure."""
    return VANISHED, {**settings, "beta1": 0.0}


@b.mistake(hint="idea")
def called_too_high_in_b(settings: dict) -> Answer:
    """Your settings cure it, and D's rate is high. But you changed something else: say
    what a sure D does to the gradient of this loss."""
    return "learning rate too high", {**settings, "loss": "non-saturating"}


@b.mistake(hint="idea")
def called_a_collapse(settings: dict) -> Answer:
    """Your settings cure it, but a collapsed G draws a few images that D takes for
    real. Here D takes none of them for real: see its beliefs at 1 and 0."""
    return "mode collapse", {**settings, "loss": "non-saturating"}


d = repair(
    "D",
    difficulty=2,
    minutes=6,
    idea="Look at the images from near: the same pattern repeats every few pixels, over"
    " strokes and background alike. Find the layer that sets pixels at such distances.",
    formula="With stride s and kernel k the pixel j is written n_j times, the number of"
    " i with 0 <= j - s i < k. With k < s some are never written; with k = s the stamps"
    " only touch. Two layers of stride 2 with k > 2 overlap.",
    line=f'Return `"{LATTICE}", {{**settings, "stride": "2, 2", "kernel": 4}}`.',
    variation="Keep two layers and measure what kernels of 3 and 5, which their stride"
    " does not divide, leave of the lattice of an upsampling.",
)


@d.answer
def repair_d(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case D, and what cures it."""
    diagnosis = "lattice of a coarse upsampling"
    return diagnosis, {**settings, "stride": "2, 2", "kernel": 4}


@d.also_right
def with_a_kernel_of_six(settings: dict) -> Answer:
    return LATTICE, {"stride": "2, 2", "kernel": 6}


@d.also_right
def with_a_kernel_of_three(settings: dict) -> Answer:
    return LATTICE, {"stride": "2, 2", "kernel": 3}


@d.mistake(hint="formula")
def still_too_small(settings: dict) -> Answer:
    """Your kernel is still smaller than its stride, so some pixels are never written.
    Kernels have to overlap, and one step of 4 is large: try two of stride 2."""
    return LATTICE, {**settings, "kernel": 3}


@d.mistake(hint="formula")
def only_touching(settings: dict) -> Answer:
    """Now every pixel is written once, but the stamps of neighbouring positions only
    touch, so their 4 x 4 pattern repeats. Let kernels overlap, in two smaller steps."""
    return LATTICE, {**settings, "kernel": 4}


@d.mistake(hint="formula")
def one_large_step(settings: dict) -> Answer:
    """The kernels overlap now, but one layer still enlarges four times at once, and a
    pattern of period 4 is left. Enlarge twice by a stride of 2."""
    return LATTICE, {**settings, "kernel": 8}


@d.mistake(hint="formula")
def touching_twice(settings: dict) -> Answer:
    """Two steps of stride 2 are right, but your kernel is not larger than the stride:
    the stamps of neighbours do not overlap, and their pattern repeats."""
    return LATTICE, {**settings, "stride": "2, 2"}


@d.mistake(hint="idea")
def slower_in_d(settings: dict) -> Answer:
    """Lower rates do not remove the lattice: it comes from where the kernels land, and
    they land in the same places."""
    return LATTICE, {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@d.mistake(hint="idea")
def averaged_in_d(settings: dict) -> Answer:
    """Averaging weights removes noise that changes from step to step. The lattice is
    the same at every step, and so it is in the average."""
    return LATTICE, {**settings, "ema": 1000}


@d.mistake(hint="idea")
def penalised_in_d(settings: dict) -> Answer:
    """A penalty changes D, and the lattice comes from G's own layers: some pixels of
    its output are written by no weight at all. Change how G enlarges."""
    return LATTICE, {**settings, "d_norm": "none", "penalty": "r1"}


@d.mistake(hint="idea")
def called_a_win_of_d_in_d(settings: dict) -> Answer:
    """Your settings cure it, and D did win. But here that is a consequence: the lattice
    in every image gives the fakes away. Name what makes the lattice."""
    return VANISHED, {**settings, "stride": "2, 2", "kernel": 4}


@d.mistake(hint="idea")
def called_a_collapse_in_d(settings: dict) -> Answer:
    """Your settings cure it, but the images do differ from one another. What they share
    is a pattern at fixed distances; look for the layer that makes it."""
    return "mode collapse", {**settings, "stride": "2, 2", "kernel": 4}


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
    """A slower D still learns to use the statistics of the mixed batch, and G is judged
    without real images beside it: by another function. Change how batches pass D."""
    return LEAK, {**settings, "lr_d": 5e-4}


@e.mistake(hint="formula")
def larger_batches_in_e(settings: dict) -> Answer:
    """A larger batch makes its mean more certain, and the leak with it. What matters is
    that real and generated images stand in one batch, not its size."""
    return LEAK, {**settings, "batch_size": 32}


@e.mistake(hint="idea")
def dropped_out(settings: dict) -> Answer:
    """Dropout hides some features at random, and the batch's mean shows in all the
    others. D still sees from it who is who."""
    return LEAK, {**settings, "dropout": 0.3}


@e.mistake(hint="formula")
def noisy_in_e(settings: dict) -> Answer:
    """Noise on what D sees does not separate the two kinds: their statistics are still
    taken over one mixed batch. Let them pass D apart, or take batch norm out of D."""
    return LEAK, {**settings, "noise": 0.3}


@e.mistake(hint="formula")
def more_steps_of_d_in_e(settings: dict) -> Answer:
    """With more steps D learns the same use of the mixed batch's statistics better. G
    is still judged by another function, without real images beside it."""
    return LEAK, {**settings, "d_steps": 3}


@e.mistake(hint="idea")
def called_memory(settings: dict) -> Answer:
    """Your settings cure it, but D treats unseen real images as it treats those it was
    trained on. Compare the last two bars: the same samples, alone and in company."""
    return "discriminator memorises few data", {**settings, "passes": "separate"}


@e.mistake(hint="idea")
def called_a_collapse_in_e(settings: dict) -> Answer:
    """Your settings cure it, but the first sign is that both losses fall. Compare D's
    belief in generated images by themselves with that among real ones."""
    return "mode collapse", {**settings, "passes": "separate"}


@e.mistake(hint="idea")
def called_a_win_of_d(settings: dict) -> Answer:
    """Your settings cure it, and D did seem to win; but its belief in generated images
    by themselves is not near 0. It has won only where real ones stand beside them."""
    return VANISHED, {**settings, "passes": "separate"}
