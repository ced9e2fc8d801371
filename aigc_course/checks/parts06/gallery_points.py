"""Repairs of the gallery's cases on points: A, C, F."""

from aigc_course.checks.parts06.gallery_judge import Answer, repair

a = repair(
    "A",
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


@a.answer
def repair_a(settings: dict) -> Answer:
    """(diagnosis, settings): what is wrong in case A, and what cures it."""
    return "mode collapse", {**settings, "lr_d": settings["lr_g"]}


@a.also_right
def a_quicker_d(settings: dict) -> Answer:
    settings["lr_d"] = 2e-3
    return "mode collapse", settings


@a.also_right
def more_steps_of_d_in_a(settings: dict) -> Answer:
    return "mode collapse", {**settings, "d_steps": 5}


@a.mistake(hint="idea")
def more_latents(settings: dict) -> Answer:
    """More latent numbers do not help: G had enough of them for eight modes. It loses
    modes because D learns too slowly to follow it."""
    return "mode collapse", {**settings, "latent": 32}


@a.mistake(hint="idea")
def wider_networks(settings: dict) -> Answer:
    """Wider layers do not bring the modes back. Both networks can represent all eight;
    what does not match is how quickly they learn."""
    return "mode collapse", {**settings, "width": 128}


@a.mistake(hint="formula")
def more_momentum(settings: dict) -> Answer:
    """You gave more momentum to both players. D stays ten times slower than G, so D
    still does not notice in time which modes G has left."""
    return "mode collapse", {**settings, "beta1": 0.9}


@a.mistake(hint="idea")
def a_quicker_g(settings: dict) -> Answer:
    """You have made G quicker, and it was already too quick for this D: G leaves a
    mode before D has learnt to reject it there. Make D quicker instead."""
    return "mode collapse", {**settings, "lr_g": 3e-3}


@a.mistake(hint="formula")
def packed(settings: dict) -> Answer:
    """Packs show D several samples at once, but this D learns as slowly as before and
    does not use what it sees in time. Make D quicker first."""
    return "mode collapse", {**settings, "pack": 2}


@a.mistake(hint="formula")
def a_slower_g(settings: dict) -> Answer:
    """G is no quicker than D now, which is right, but at so low a rate a thousand steps
    do not suffice to reach the modes. Raise D's rate instead of lowering G's."""
    return "mode collapse", {**settings, "lr_g": 1e-4}


@a.mistake(hint="idea")
def without_the_penalty(settings: dict) -> Answer:
    """You removed the penalty, which did not slow D down: D's low learning rate does.
    Raise that."""
    return "mode collapse", {**settings, "penalty": "none"}


@a.mistake(hint="idea")
def larger_batches_in_a(settings: dict) -> Answer:
    """Larger batches show D more of what G draws, but D's weights still move ten times
    less than G's. Change the pace of D."""
    return "mode collapse", {**settings, "batch_size": 256}


@a.mistake(hint="formula")
def noisy_in_a(settings: dict) -> Answer:
    """Noise makes D's task harder, and D still learns ten times more slowly than G.
    Make D quicker."""
    return "mode collapse", {**settings, "noise": 0.3}


@a.mistake(hint="idea")
def averaged_in_a(settings: dict) -> Answer:
    """An average of G's weights does not change what D teaches G. D learns too slowly
    to notice which modes G has left; make it quicker."""
    return "mode collapse", {**settings, "ema": 2000}


@a.mistake(hint="idea")
def called_vanishing_in_a(settings: dict) -> Answer:
    """Your settings cure it, but D had not won: its belief stays near one half for real
    and generated points. Count the modes that the samples reach."""
    return "discriminator wins, gradient vanishes", {**settings, "lr_d": 1e-3}


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
    " zero-centred penalty gamma/2 E|grad D(x)|^2 pulls it there (chapter 03, the"
    " Dirac-GAN).",
    line='Return `"oscillation", {**settings, "penalty": "r1"}`.',
    variation="Damp this oscillation without a penalty: let D take five steps for each"
    " of G, and compare with (6.25).",
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
    """With lower rates both players go round more slowly, and the distance does not
    shrink. The game needs something that damps it, such as a penalty on D's slope."""
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
    """Wider networks play the same game, and the cloud moves to and fro as before. The
    networks could represent the answer already."""
    return "oscillation", {**settings, "width": 128}


@c.also_right
def on_generated_points(settings: dict) -> Answer:
    return "oscillation", {**settings, "penalty": "r2"}


@c.mistake(hint="formula")
def averaged_in_c(settings: dict) -> Answer:
    """The average of G's weights is a steadier generator, but what it draws is too
    narrow: the spread stays below what is asked for. Damp the game itself."""
    return "oscillation", {**settings, "ema": 5000}


@c.mistake(hint="formula")
def noisy_in_c(settings: dict) -> Answer:
    """Noise on what D sees makes D less steep, but it falls to 0 with the training and
    the cloud moves on. A penalty on D's slope stays until the end."""
    return "oscillation", {**settings, "noise": 0.5}


@c.mistake(hint="formula")
def a_quicker_d_in_c(settings: dict) -> Answer:
    """A quicker D alone does not damp the game: without a penalty D becomes steep, and
    G overshoots as before."""
    return "oscillation", {**settings, "lr_d": 4e-3}


@c.mistake(hint="idea")
def called_too_high_in_c(settings: dict) -> Answer:
    """Your settings cure it, but you have lowered no learning rate, and the losses are
    of ordinary size. Follow the centre of the cloud: it comes back again and again."""
    return "learning rate too high", {**settings, "penalty": "r1"}


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
    " the gradient's size; weights here are of size 1/8. So lr << 1/8, for both: 0.01"
    " is low enough, and 0.0001 is too slow for this number of steps.",
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
    """You have lowered G's rate alone. D's weights still change by about half a unit in
    every step, so G follows a D that says something else each time."""
    return "learning rate too high", {**settings, "lr_g": 1e-3}


@f.mistake(hint="idea")
def more_penalty(settings: dict) -> Answer:
    """A heavier penalty changes the gradient, and Adam divides by the gradient's usual
    size: the steps stay as long as they were. Lower the learning rates."""
    return "learning rate too high", {**settings, "weight": 1.0}


@f.mistake(hint="formula")
def only_d(settings: dict) -> Answer:
    """You have lowered D's rate alone. G's weights still change by about half a unit in
    every step, and its points stay far outside."""
    return "learning rate too high", {**settings, "lr_d": 1e-3}


@f.mistake(hint="line")
def too_slow(settings: dict) -> Answer:
    """The rates are low enough to be safe now, but so low that the steps of this case
    do not suffice. Choose a rate between the case's and yours, for both."""
    return "learning rate too high", {**settings, "lr_g": 1e-4, "lr_d": 1e-4}


@f.mistake(hint="formula")
def still_too_high(settings: dict) -> Answer:
    """You lowered both rates, and one step is still about as long as the weights
    themselves, which are of size 1/8. Go far below that."""
    return "learning rate too high", {**settings, "lr_g": 0.1, "lr_d": 0.1}


@f.mistake(hint="formula")
def averaged_in_f(settings: dict) -> Answer:
    """An average of weights that leap about is an average of networks that all draw far
    outside. The steps themselves have to be shorter."""
    return "learning rate too high", {**settings, "ema": 2000}


@f.mistake(hint="idea")
def called_a_win_of_d_in_f(settings: dict) -> Answer:
    """Your settings cure it, and D did win in the end. But the losses grow a
    thousandfold from one row to the next long before: look for what makes each step so
    long."""
    return "discriminator wins, gradient vanishes", {
        **settings,
        "lr_g": 1e-3,
        "lr_d": 1e-3,
    }


@f.mistake(hint="idea")
def called_collapse_in_f(settings: dict) -> Answer:
    """Your settings cure it, but these points lie outside the axes altogether, and the
    losses are thousands. Ask how far one step carries a weight."""
    return "mode collapse", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@f.mistake(hint="idea")
def called_oscillation(settings: dict) -> Answer:
    """Your settings cure it, but an oscillation goes round a centre, at a steady pace
    and with losses of ordinary size. Here the losses are huge and nothing returns."""
    return "oscillation", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}
