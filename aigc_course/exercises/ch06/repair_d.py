"""Exercise: case D of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

VANISHED = "discriminator wins, gradient vanishes"


LATTICE = "lattice of a coarse upsampling"


exercise = repair(
    "D",
    order=50,
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


@exercise.answer
def repair_d(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case D, and what cures it."""
    diagnosis = "lattice of a coarse upsampling"
    return diagnosis, {**settings, "stride": "2, 2", "kernel": 4}


@exercise.mistake(hint="formula")
def still_too_small(settings: dict) -> Answer:
    """Your kernel is still smaller than its stride, so some pixels are never written.
    Kernels have to overlap, and one step of 4 is large: try two of stride 2."""
    return LATTICE, {**settings, "kernel": 3}


@exercise.mistake(hint="formula")
def only_touching(settings: dict) -> Answer:
    """Now every pixel is written once, but the stamps of neighbouring positions only
    touch, so their 4 x 4 pattern repeats. Let kernels overlap, in two smaller steps."""
    return LATTICE, {**settings, "kernel": 4}


@exercise.mistake(hint="formula")
def one_large_step(settings: dict) -> Answer:
    """The kernels overlap now, but one layer still enlarges four times at once, and a
    pattern of period 4 is left. Enlarge twice by a stride of 2."""
    return LATTICE, {**settings, "kernel": 8}


@exercise.mistake(hint="formula")
def touching_twice(settings: dict) -> Answer:
    """Two steps of stride 2 are right, but your kernel is not larger than the stride:
    the stamps of neighbours do not overlap, and their pattern repeats."""
    return LATTICE, {**settings, "stride": "2, 2"}


@exercise.mistake(hint="idea")
def slower_in_d(settings: dict) -> Answer:
    """Lower rates do not remove the lattice: it comes from where the kernels land, and
    they land in the same places."""
    return LATTICE, {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@exercise.mistake(hint="idea")
def averaged_in_d(settings: dict) -> Answer:
    """Averaging weights removes noise that changes from step to step. The lattice is
    the same at every step, and so it is in the average."""
    return LATTICE, {**settings, "ema": 1000}


@exercise.mistake(hint="idea")
def penalised_in_d(settings: dict) -> Answer:
    """A penalty changes D, and the lattice comes from G's own layers: some pixels of
    its output are written by no weight at all. Change how G enlarges."""
    return LATTICE, {**settings, "d_norm": "none", "penalty": "r1"}


@exercise.mistake(hint="idea")
def called_a_win_of_d_in_d(settings: dict) -> Answer:
    """Your settings cure it, and D did win. But here that is a consequence: the lattice
    in every image gives the fakes away. Name what makes the lattice."""
    return VANISHED, {**settings, "stride": "2, 2", "kernel": 4}


@exercise.mistake(hint="idea")
def called_a_collapse_in_d(settings: dict) -> Answer:
    """Your settings cure it, but the images do differ from one another. What they share
    is a pattern at fixed distances; look for the layer that makes it."""
    return "mode collapse", {**settings, "stride": "2, 2", "kernel": 4}


@exercise.mistake(hint="idea")
def called_a_high_rate(settings: dict) -> Answer:
    """Your settings cure it, but you have changed no rate. Noise of too high a rate
    has no pattern; this one repeats at fixed distances."""
    return "learning rate too high", {**settings, "stride": "2, 2", "kernel": 4}
