"""What can be wrong with a GAN in training, in words."""

from functools import partial, update_wrapper

from torch import Tensor

from aigc_course.gan.losses import Game, minimax
from aigc_course.training.health import Evidence, Rule

WON = 0.02  # D's mean error below which its verdict no longer depends on the fakes
NEAR_IDENTICAL = 0.1  # share of the real images' spread
WARM_UP = 200  # steps in which near-identical images are what an untrained G draws


def rules(game: Game, lr: tuple[float, float]) -> tuple[Rule, ...]:
    """The rules for a GAN with these settings; no advice names what is set already.

    lr: the learning rates of generator and discriminator.
    """
    won = partial(discriminator_won, saturates=game.generator is minimax)
    heap = _until_seen_again(partial(collapsed, lr=lr))
    return update_wrapper(won, discriminator_won), update_wrapper(heap, collapsed)


def _until_seen_again(rule: Rule) -> Rule:
    """Keeps its last sentence while no samples are drawn: the symptom is no new one."""
    last: list[str | None] = [None]

    def remembered(evidence: Evidence) -> str | None:
        if evidence.samples is not None:
            last[0] = rule(evidence)
        return last[0]

    return remembered


def discriminator_won(evidence: Evidence, *, saturates: bool = False) -> str | None:
    """D tells real from generated without doubt, wherever the generated samples lie.

    D(x) > 1 - WON and D(G(z)) < WON on average over at least ten rows. saturates:
    whether G's loss is the minimax loss, whose gradient vanishes there. That of the
    non-saturating loss does not, but it follows a D that is flat around its samples.
    """
    real, fake = evidence.mean("D(x)"), evidence.mean("D(G(z))")
    if real is None or fake is None or len(evidence.recent) < 10:
        return None
    if real < 1 - WON or fake > WON:
        return None
    seen = f"D has won: it gives real samples {real:.3f} and generated ones {fake:.3f}."
    if saturates:
        return (
            f"{seen} With the minimax loss G's gradient vanishes then. Try the"
            " non-saturating loss."
        )
    return (
        f"{seen} Small moves of the generated samples hardly change its verdict, so G"
        " is told little about the data. Try a lower learning rate for D, or noise on"
        " the samples that D is shown."
    )


def collapsed(
    evidence: Evidence, *, lr: tuple[float, float] = (1.0, 1.0)
) -> str | None:
    """G draws near-identical samples: their spread is a tenth of the real ones'.

    lr: the learning rates of G and D.
    """
    if evidence.samples is None or evidence.real is None:
        return None
    if evidence.recent[-1]["step"] < WARM_UP:
        return None
    ratio = spread(evidence.samples) / max(spread(evidence.real), 1e-12)
    if ratio >= NEAR_IDENTICAL:
        return None
    seen = (
        f"G has collapsed: its samples differ {ratio:.0%} as much from one another as"
        " real ones do."
    )
    if lr[0] > lr[1]:
        return f"{seen} G learns faster than D; try equal learning rates."
    return f"{seen} Try another seed, lower learning rates, or more capacity in D."


def spread(samples: Tensor) -> float:
    """Root mean square distance of samples [N, ...] from their mean, per number."""
    samples = samples.float()
    return float((samples - samples.mean(dim=0)).square().mean().sqrt())
