"""Exercise: case A of the gallery: diagnosis and repair."""

from aigc_course.failures.repairs import Answer, repair

exercise = repair(
    "A",
    order=20,
    difficulty=2,
    minutes=8,
    idea="Count the places that generated points reach, and look where they are a few"
    " hundred steps later. One of the two players cannot follow the other.",
    formula="While G moves, D must have time to notice which modes G has left: raise"
    " lr_d to lr_g at least, or let D take several steps for each of G (d_steps).",
    line='Return `"mode collapse", {**settings, "lr_d": settings["lr_g"]}`.',
    variation="Cure this mode collapse with both learning rates as they were: let D"
    " take five steps for each of G, then find out whether two are enough.",
)


@exercise.answer
def repair_a(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case A, and what cures it."""
    return "mode collapse", {**settings, "lr_d": settings["lr_g"]}


@exercise.mistake(hint="idea")
def more_latents(settings: dict) -> Answer:
    """More latent numbers do not help: G had enough of them for eight modes. It loses
    modes because D learns too slowly to follow it."""
    return "mode collapse", {**settings, "latent": 32}


@exercise.mistake(hint="idea")
def wider_networks(settings: dict) -> Answer:
    """Wider layers do not bring the modes back. Both networks can represent all eight;
    what does not match is how quickly they learn."""
    return "mode collapse", {**settings, "width": 128}


@exercise.mistake(hint="formula")
def more_momentum(settings: dict) -> Answer:
    """You gave more momentum to both players. D stays ten times slower than G, so D
    still does not notice in time which modes G has left."""
    return "mode collapse", {**settings, "beta1": 0.9}


@exercise.mistake(hint="idea")
def a_quicker_g(settings: dict) -> Answer:
    """You have made G quicker, and it was already too quick for this D: G leaves a
    mode before D has learnt to reject it there. Make D quicker instead."""
    return "mode collapse", {**settings, "lr_g": 3e-3}


@exercise.mistake(hint="formula")
def packed(settings: dict) -> Answer:
    """Packs show D several samples at once, but this D learns as slowly as before and
    does not use what it sees in time. Make D quicker first."""
    return "mode collapse", {**settings, "pack": 2}


@exercise.mistake(hint="formula")
def a_slower_g(settings: dict) -> Answer:
    """G is no quicker than D now, which is right, but at so low a rate a thousand steps
    do not suffice to reach the modes. Raise D's rate instead of lowering G's."""
    return "mode collapse", {**settings, "lr_g": 1e-4}


@exercise.mistake(hint="idea")
def without_the_penalty(settings: dict) -> Answer:
    """You removed the penalty, which did not slow D down: D's low learning rate does.
    Raise that."""
    return "mode collapse", {**settings, "penalty": "none"}


@exercise.mistake(hint="idea")
def larger_batches_in_a(settings: dict) -> Answer:
    """Larger batches show D more of what G draws, but D's weights still move ten times
    less than G's. Change the pace of D."""
    return "mode collapse", {**settings, "batch_size": 256}


@exercise.mistake(hint="formula")
def noisy_in_a(settings: dict) -> Answer:
    """Noise makes D's task harder, and D still learns ten times more slowly than G.
    Make D quicker."""
    return "mode collapse", {**settings, "noise": 0.3}


@exercise.mistake(hint="idea")
def averaged_in_a(settings: dict) -> Answer:
    """An average of G's weights does not change what D teaches G. D learns too slowly
    to notice which modes G has left; make it quicker."""
    return "mode collapse", {**settings, "ema": 2000}


@exercise.mistake(hint="idea")
def called_vanishing_in_a(settings: dict) -> Answer:
    """Your settings cure it, but D had not won: its belief stays near one half for real
    and generated points. Count the modes that the samples reach."""
    return "discriminator wins, gradient vanishes", {**settings, "lr_d": 1e-3}


@exercise.mistake(hint="idea")
def called_an_oscillation(settings: dict) -> Answer:
    """Your settings cure it, and the points do travel. But at any moment they lie in
    one or two of eight modes: choose the diagnosis that says that the other modes are
    missing."""
    return "oscillation", {**settings, "lr_d": 1e-3}


@exercise.mistake(hint="idea")
def called_too_high_a_rate(settings: dict) -> Answer:
    """Your settings cure it, but no rate was too high: you have raised one. Say what
    the points show: whole modes that nothing is drawn in."""
    return "learning rate too high", {**settings, "lr_d": 1e-3}
