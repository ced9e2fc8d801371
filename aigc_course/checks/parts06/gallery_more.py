"""Repairs of the gallery's cases on digits that concern numbers and data: G, H, I."""

from aigc_course.checks.parts06.gallery_judge import Answer, repair

MEMORY = "discriminator memorises few data"

g = repair(
    "G",
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


@g.answer
def repair_g(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case G, and what cures it."""
    return "logarithm of zero", {**settings, "logs": "of logits"}


@g.also_right
def with_lower_rates(settings: dict) -> Answer:
    settings.update(logs="of logits", lr_g=2e-3, lr_d=2e-3)
    return "logarithm of zero", settings


@g.mistake(hint="formula")
def lower_rates(settings: dict) -> Answer:
    """With lower rates the training may end before D is sure enough, but the infinity
    is still in the formula: a logit above 17 brings it back. Change how the logarithm
    is taken."""
    return "logarithm of zero", {**settings, "lr_g": 2e-3, "lr_d": 2e-3}


@g.mistake(hint="formula")
def clipped_in_g(settings: dict) -> Answer:
    """Clipping multiplies the gradient by a factor, and NaN times any factor is NaN.
    The value has to be finite before it can be made small."""
    return "logarithm of zero", {**settings, "clip": 1.0}


@g.mistake(hint="idea")
def penalised_in_g(settings: dict) -> Answer:
    """A penalty keeps logits small for a while and does not rule a large one out: the
    loss still takes the logarithm of what may be 0."""
    return "logarithm of zero", {**settings, "penalty": "r1"}


@g.mistake(hint="formula")
def another_loss(settings: dict) -> Answer:
    """Here the setting `logs` decides how D's loss takes its logarithms, and yours
    still starts from probabilities. Let it start from logits."""
    return "logarithm of zero", {**settings, "loss": "relativistic"}


@g.mistake(hint="idea")
def noisy_in_g(settings: dict) -> Answer:
    """Noise makes D less sure on average, but a single logit above 17 is enough for an
    infinite loss. Change how the logarithm is taken."""
    return "logarithm of zero", {**settings, "noise": 0.5}


@g.mistake(hint="idea")
def dropped_out_in_g(settings: dict) -> Answer:
    """Dropout makes D less sure on average, but a single logit above 17 is enough for
    an infinite loss. Change how the logarithm is taken."""
    return "logarithm of zero", {**settings, "dropout": 0.5}


@g.mistake(hint="idea")
def normed_in_g(settings: dict) -> Answer:
    """Batch norm in D does not bound its logits, and a single one above 17 is enough
    for an infinite loss. Change how the logarithm is taken."""
    return "logarithm of zero", {**settings, "d_norm": "batch"}


@g.mistake(hint="idea")
def called_vanishing_in_g(settings: dict) -> Answer:
    """Your settings cure it, but a gradient that vanishes is 0 and not NaN. Say what
    made a number infinite."""
    return "discriminator wins, gradient vanishes", {**settings, "logs": "of logits"}


@g.mistake(hint="idea")
def called_range_in_g(settings: dict) -> Answer:
    """Your settings cure it, and you left the data as they were. Say what made a number
    infinite."""
    return "wrong data range", {**settings, "logs": "of logits"}


@g.mistake(hint="idea")
def called_too_high(settings: dict) -> Answer:
    """Your settings cure it, and you have lowered no rate: at these rates it trains.
    Say what made a number infinite."""
    return "learning rate too high", {**settings, "logs": "of logits"}


h = repair(
    "H",
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


@h.answer
def repair_h(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case H, and what cures it."""
    return "discriminator memorises few data", {**settings, "images": 1500}


@h.also_right
def more_views(settings: dict) -> Answer:
    return MEMORY, {**settings, "translation": 4}


@h.mistake(hint="idea")
def clipped_in_h(settings: dict) -> Answer:
    """Clipping bounds D's gradient, and D still sees the same few images and memorises
    them. D needs more images, or images that look different each time."""
    return MEMORY, {**settings, "clip": 1.0}


@h.mistake(hint="idea")
def averaged_in_h(settings: dict) -> Answer:
    """You average G's weights, and it is D that has memorised its training images. The
    gap between seen and unseen real images stays."""
    return MEMORY, {**settings, "ema": 1000}


@h.mistake(hint="idea")
def larger_kernels(settings: dict) -> Answer:
    """Larger kernels change how G draws, and it is D that has memorised its few real
    images. Change what D is shown."""
    return MEMORY, {**settings, "kernel": 6}


@h.mistake(hint="formula")
def dropped_out_in_h(settings: dict) -> Answer:
    """Dropout makes it harder for D to memorise and is not enough here: D still sees
    the same 32 images. Show it more images, or other views of them."""
    return MEMORY, {**settings, "dropout": 0.3}


@h.mistake(hint="idea")
def larger_batches_in_h(settings: dict) -> Answer:
    """A batch cannot hold more different images than there are, and there are as few as
    before. Show D more images, or other views of them."""
    return MEMORY, {**settings, "batch_size": 64}


@h.mistake(hint="idea")
def slower_in_h(settings: dict) -> Answer:
    """A slower D memorises later, and in this training still before the end. Show it
    more images, or other views of them."""
    return MEMORY, {**settings, "lr_d": 1e-3}


@h.mistake(hint="idea")
def called_a_collapse_in_h(settings: dict) -> Answer:
    """Your settings cure it, but the samples differ from one another nearly as much as
    real ones. Compare D's beliefs in seen and in unseen real images."""
    return "mode collapse", {**settings, "images": 1500}


@h.mistake(hint="idea")
def called_a_leak(settings: dict) -> Answer:
    """Your settings cure it, but batches passed D apart from the start. Compare D's
    beliefs in seen and in unseen real images."""
    return "statistics leak through batch norm", {**settings, "images": 1500}


@h.mistake(hint="idea")
def called_vanishing(settings: dict) -> Answer:
    """Your settings cure it, but G goes on learning and its images are readable. What
    is wrong shows only on real images that D has never seen."""
    return "discriminator wins, gradient vanishes", {**settings, "images": 1500}


i = repair(
    "I",
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


@i.answer
def repair_i(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case I, and what cures it."""
    return "wrong data range", {**settings, "scaling": "-1 to 1"}


@i.also_right
def only_the_change(settings: dict) -> Answer:
    return "wrong data range", {"scaling": "-1 to 1"}


@i.mistake(hint="formula")
def bytes_as_they_are(settings: dict) -> Answer:
    """Now the data reach from 0 to 255, and tanh gives at most 1: D tells the two apart
    by their brightness alone. Bring the data to the range that G can draw."""
    return "wrong data range", {**settings, "scaling": "0 to 255"}


@i.mistake(hint="idea")
def slower_in_i(settings: dict) -> Answer:
    """Slower networks learn the same grey background more slowly. G imitates the data,
    and the data lie in another range."""
    return "wrong data range", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@i.mistake(hint="idea")
def noisy_in_i(settings: dict) -> Answer:
    """Noise on all that D sees makes the two kinds harder to tell apart, and the
    background stays where the data have it."""
    return "wrong data range", {**settings, "noise": 0.3}


@i.mistake(hint="idea")
def larger_kernels_in_i(settings: dict) -> Answer:
    """Larger kernels change how G enlarges, and the grey background is the value that
    the data have there. Look at the range of the data."""
    return "wrong data range", {**settings, "kernel": 6}


@i.mistake(hint="idea")
def without_norm_in_i(settings: dict) -> Answer:
    """Without batch norm D still sees data in another range than tanh covers, and G
    imitates their background. Look at the range of the data."""
    return "wrong data range", {**settings, "d_norm": "none"}


@i.mistake(hint="idea")
def penalised_in_i(settings: dict) -> Answer:
    """A penalty changes D's slope and not what the data look like. Look at the range of
    the data."""
    return "wrong data range", {**settings, "d_norm": "none", "penalty": "r1"}


@i.mistake(hint="idea")
def called_a_lattice_in_i(settings: dict) -> Answer:
    """Your settings cure it, but the background is evenly grey, without a pattern. Ask
    where that grey comes from."""
    return "lattice of a coarse upsampling", {**settings, "scaling": "-1 to 1"}


@i.mistake(hint="idea")
def called_few_data_in_i(settings: dict) -> Answer:
    """Your settings cure it with as many images as before, so their number was not the
    fault. Ask where the grey of the background comes from."""
    return "discriminator memorises few data", {**settings, "scaling": "-1 to 1"}


@i.mistake(hint="idea")
def called_vanishing_in_i(settings: dict) -> Answer:
    """Your settings cure it, but G did receive a gradient: it learnt to draw on a grey
    background. Ask where that grey comes from."""
    return "discriminator wins, gradient vanishes", {**settings, "scaling": "-1 to 1"}
