"""Exercise: case C of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

exercise = repair(
    "C",
    order=40,
    difficulty=3,
    minutes=10,
    idea="There is one mode, so none can be lost. Follow the generated cloud from one"
    " picture to the next, and see whether it comes nearer or passes by.",
    formula="Near the solution D's slope should fall to 0 with the distance. A"
    " zero-centred penalty gamma/2 E|grad D(x)|^2 pulls it there (chapter 03, the"
    " Dirac-GAN).",
    line='Return `"oscillation", {**settings, "penalty": "r1"}`.',
    variation="Damp this oscillation without a penalty: let D take five steps for each"
    " of G, and compare with (6.25).",
)


@exercise.answer
def repair_c(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case C, and what cures it."""
    return "oscillation", {**settings, "penalty": "r1"}


@exercise.mistake(hint="formula")
def slower_circles(settings: dict) -> Answer:
    """With lower rates both players go round more slowly, and the distance does not
    shrink. The game needs something that damps it, such as a penalty on D's slope."""
    return "oscillation", {**settings, "lr_g": 3e-4, "lr_d": 3e-4}


@exercise.mistake(hint="formula")
def more_momentum_in_c(settings: dict) -> Answer:
    """Momentum carries both players past the point where they should stop: more of it
    widens the swing."""
    return "oscillation", {**settings, "beta1": 0.9}


@exercise.mistake(hint="formula")
def an_unbounded_critic(settings: dict) -> Answer:
    """The Wasserstein loss on its own does not damp anything. Its critic must be held
    to a bounded slope, and here nothing holds it."""
    return "oscillation", {**settings, "loss": "wasserstein"}


@exercise.mistake(hint="idea")
def wider_in_c(settings: dict) -> Answer:
    """Wider networks play the same game, and the cloud moves to and fro as before. The
    networks could represent the answer already."""
    return "oscillation", {**settings, "width": 128}


@exercise.mistake(hint="formula")
def averaged_in_c(settings: dict) -> Answer:
    """The average of G's weights is a steadier generator, but what it draws is too
    narrow: the spread stays below what is asked for. Damp the game itself."""
    return "oscillation", {**settings, "ema": 5000}


@exercise.mistake(hint="formula")
def noisy_in_c(settings: dict) -> Answer:
    """Noise on what D sees makes D less steep, but it falls to 0 with the training and
    the cloud moves on. A penalty on D's slope stays until the end."""
    return "oscillation", {**settings, "noise": 0.5}


@exercise.mistake(hint="formula")
def a_quicker_d_in_c(settings: dict) -> Answer:
    """A quicker D alone does not damp the game: without a penalty D becomes steep, and
    G overshoots as before."""
    return "oscillation", {**settings, "lr_d": 4e-3}


@exercise.mistake(hint="idea")
def called_too_high_in_c(settings: dict) -> Answer:
    """Your settings cure it, but you have lowered no learning rate, and the losses are
    of ordinary size. Follow the centre of the cloud: it comes back again and again."""
    return "learning rate too high", {**settings, "penalty": "r1"}


@exercise.mistake(hint="idea")
def called_mode_collapse(settings: dict) -> Answer:
    """Your settings cure it, but the real points have a single mode, and G does reach
    it, again and again. What it does not do is stay."""
    return "mode collapse", {**settings, "penalty": "r1"}
