"""Repairs of the gallery's cases on points: A, C, F."""

from aigc_course.checks.parts06.gallery_judge import Answer, repair

a = repair(
    "A",
    difficulty=2,
    minutes=8,
    idea="Count the places that generated points reach, and look where they are a few"
    " hundred steps later. One of the two players cannot follow the other.",
    formula="While G moves, D must have time to mark deserted modes as worth having:"
    " lr_d >= lr_g, or several steps of D for each of G.",
    line='Return `"mode collapse", {**settings, "lr_d": settings["lr_g"]}`.',
    variation="Cure this mode collapse with both learning rates as they were: let D"
    " take more steps, or judge samples in packs.",
)


@a.answer
def repair_a(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case A, and what cures it."""
    return "mode collapse", {**settings, "lr_d": settings["lr_g"]}


@a.also_right
def a_quicker_d(settings: dict) -> Answer:
    settings["lr_d"] = 2e-3
    return "mode collapse", settings


@a.mistake(hint="idea")
def more_latents(settings: dict) -> Answer:
    """More latent numbers leave the points where they are: G had enough to draw eight
    modes from, and gives them up because D does not make it pay to keep them."""
    return "mode collapse", {**settings, "latent": 32}


@a.mistake(hint="idea")
def wider_networks(settings: dict) -> Answer:
    """Wider layers do not bring the modes back. Both networks can represent all eight;
    it is their pace that does not match."""
    return "mode collapse", {**settings, "width": 128}


@a.mistake(hint="formula")
def more_momentum(settings: dict) -> Answer:
    """More momentum makes G rush from mode to mode even faster; D, which already comes
    too late, does not gain on it."""
    return "mode collapse", {**settings, "beta1": 0.9}


@a.mistake(hint="idea")
def a_quicker_g(settings: dict) -> Answer:
    """You have made G quicker, and it was already too quick for this D: it leaves a
    mode before D has noticed that it is there."""
    return "mode collapse", {**settings, "lr_g": 3e-3}


@a.mistake(hint="idea")
def called_an_oscillation(settings: dict) -> Answer:
    """Your settings cure it, and the points do travel. But at any moment they hold one
    or two of eight places: what is missing is the rest, and that has a name."""
    return "oscillation", {**settings, "lr_d": 1e-3}


@a.mistake(hint="idea")
def called_too_high_a_rate(settings: dict) -> Answer:
    """Your settings cure it, but no rate was too high: you have raised one. Say what
    the points show: whole modes that nothing is drawn in."""
    return "learning rate too high", {**settings, "lr_d": 1e-3}


c = repair(
    "C",
    difficulty=3,
    minutes=10,
    idea="There is one mode, so none can be lost. Follow the generated cloud from one"
    " picture to the next, and see whether it comes nearer or passes by.",
    formula="Near the solution D's slope should fall to 0 with the distance. A"
    " zero-centred penalty gamma/2 E|grad D(x)|^2 on real samples sees to that"
    " (chapter 03, the Dirac-GAN).",
    line='Return `"oscillation", {**settings, "penalty": "r1"}`.',
    variation="Damp this oscillation without a penalty: try an average of G's weights,"
    " and measure again.",
)


@c.answer
def repair_c(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case C, and what cures it."""
    return "oscillation", {**settings, "penalty": "r1"}


@c.also_right
def both_penalties(settings: dict) -> Answer:
    return "oscillation", {"penalty": "r1+r2"}


@c.mistake(hint="formula")
def slower_circles(settings: dict) -> Answer:
    """Lower rates let the same circle be run through more slowly: an oscillation of
    this kind does not end by smaller steps, it needs a force that pulls inwards."""
    return "oscillation", {**settings, "lr_g": 3e-4, "lr_d": 3e-4}


@c.mistake(hint="formula")
def more_momentum_in_c(settings: dict) -> Answer:
    """Momentum carries both players past the point where they should stop: more of it
    widens the swing."""
    return "oscillation", {**settings, "beta1": 0.9}


@c.mistake(hint="formula")
def an_unbounded_critic(settings: dict) -> Answer:
    """The Wasserstein loss on its own does not damp anything. Its critic must be held
    to a bounded slope, and here nothing holds it."""
    return "oscillation", {**settings, "loss": "wasserstein"}


@c.mistake(hint="idea")
def wider_in_c(settings: dict) -> Answer:
    """Wider networks play the same game, and circle as before. Nothing was missing in
    what they can represent."""
    return "oscillation", {**settings, "width": 128}


@c.mistake(hint="idea")
def called_mode_collapse(settings: dict) -> Answer:
    """Your settings cure it, but the real points have a single mode, and G does reach
    it, again and again. What it does not do is stay."""
    return "mode collapse", {**settings, "penalty": "r1"}


f = repair(
    "F",
    difficulty=2,
    minutes=6,
    idea="Look at the size of the losses, and at the scale of the axes beneath the"
    " points. Ask how far one step carries a weight.",
    formula="Adam moves each weight by about its learning rate in each step, whatever"
    " the gradient's size; weights here are of size 1/8. So lr << 1/8, for both.",
    line='Return `"learning rate too high", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}`.',
    variation="Find the largest learning rate, the same for both, that still passes,"
    " to within a factor of two.",
)


@f.answer
def repair_f(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case F, and what cures it."""
    return "learning rate too high", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@f.also_right
def with_a_quicker_d(settings: dict) -> Answer:
    settings.update(lr_g=1e-3, lr_d=2e-3)
    return "learning rate too high", settings


@f.mistake(hint="formula")
def clipped(settings: dict) -> Answer:
    """Clipping bounds the gradient, and Adam divides by the gradient's usual size: the
    step stays as long as it was. Only the learning rate shortens it."""
    return "learning rate too high", {**settings, "clip": 1.0}


@f.mistake(hint="formula")
def only_g(settings: dict) -> Answer:
    """You have lowered G's rate alone. D still leaps with every step, and G follows a D
    that says something else each time."""
    return "learning rate too high", {**settings, "lr_g": 1e-3}


@f.mistake(hint="idea")
def more_penalty(settings: dict) -> Answer:
    """A heavier penalty calms D's slope where D is near an answer; with steps this
    long no answer is ever near."""
    return "learning rate too high", {**settings, "weight": 1.0}


@f.mistake(hint="idea")
def called_oscillation(settings: dict) -> Answer:
    """Your settings cure it, but an oscillation goes round a centre, at a steady pace
    and with losses of ordinary size. Here the losses are huge and nothing returns."""
    return "oscillation", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}
