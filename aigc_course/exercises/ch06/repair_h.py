"""Exercise: case H of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

MEMORY = "discriminator memorises few data"


exercise = repair(
    "H",
    order=90,
    difficulty=3,
    minutes=10,
    idea="Compare D's belief in the real images that it is trained on with its belief"
    " in real images that it has never seen.",
    formula="mean D(training image) - mean D(unseen real image) is near 0 for a D that"
    " has learnt what digits look like. More images close the gap, and more views of"
    " each image can.",
    line=f'Return `"{MEMORY}", {{**settings, "images": 1500}}`.',
    variation="Suppose these 32 images are all there is: close the gap of a D that"
    " memorises few data by showing it more views of each.",
)


@exercise.answer
def repair_h(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case H, and what cures it."""
    return "discriminator memorises few data", {**settings, "images": 1500}


@exercise.mistake(hint="idea")
def clipped_in_h(settings: dict) -> Answer:
    """Clipping bounds D's gradient, and D still sees the same few images and memorises
    them. D needs more images, or images that look different each time."""
    return MEMORY, {**settings, "max_grad_norm": 1.0}


@exercise.mistake(hint="idea")
def averaged_in_h(settings: dict) -> Answer:
    """You average G's weights, and it is D that has memorised its training images. The
    gap between seen and unseen real images stays."""
    return MEMORY, {**settings, "ema": 1000}


@exercise.mistake(hint="idea")
def larger_kernels(settings: dict) -> Answer:
    """Larger kernels change how G draws, and it is D that has memorised its few real
    images. Change what D is shown."""
    return MEMORY, {**settings, "kernel": 6}


@exercise.mistake(hint="formula")
def dropped_out_in_h(settings: dict) -> Answer:
    """Dropout makes it harder for D to memorise and is not enough here: D still sees
    the same 32 images. Show it more images, or other views of them."""
    return MEMORY, {**settings, "dropout": 0.3}


@exercise.mistake(hint="idea")
def larger_batches_in_h(settings: dict) -> Answer:
    """A batch cannot hold more different images than there are, and there are as few as
    before. Show D more images, or other views of them."""
    return MEMORY, {**settings, "batch_size": 64}


@exercise.mistake(hint="idea")
def slower_in_h(settings: dict) -> Answer:
    """A slower D memorises later, and in this training still before the end. Show it
    more images, or other views of them."""
    return MEMORY, {**settings, "lr_d": 1e-3}


@exercise.mistake(hint="idea")
def called_a_collapse_in_h(settings: dict) -> Answer:
    """Your settings cure it, but the samples differ from one another nearly as much as
    real ones. Compare D's beliefs in seen and in unseen real images."""
    return "mode collapse", {**settings, "images": 1500}


@exercise.mistake(hint="idea")
def called_a_leak(settings: dict) -> Answer:
    """Your settings cure it, but batches passed D apart from the start. Compare D's
    beliefs in seen and in unseen real images."""
    return "statistics leak through batch norm", {**settings, "images": 1500}


@exercise.mistake(hint="idea")
def called_vanishing(settings: dict) -> Answer:
    """Your settings cure it, but G goes on learning and its images are readable. What
    is wrong shows only on real images that D has never seen."""
    return "discriminator wins, gradient vanishes", {**settings, "images": 1500}
