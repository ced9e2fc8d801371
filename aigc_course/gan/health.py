"""What can be wrong with a GAN in training, in words."""

from torch import Tensor

from aigc_course.training.health import Evidence

WON = 0.02  # D's mean error below which G learns next to nothing
NEAR_IDENTICAL = 0.1  # share of the real images' spread
WARM_UP = 200  # steps in which near-identical images are what an untrained G draws


def discriminator_won(evidence: Evidence) -> str | None:
    """D tells real from generated without doubt, so G's gradient is vanishing.

    D(x) > 1 - WON and D(G(z)) < WON on average over at least ten rows.
    """
    real, fake = evidence.mean("D(x)"), evidence.mean("D(G(z))")
    if real is None or fake is None or len(evidence.recent) < 10:
        return None
    if real < 1 - WON or fake > WON:
        return None
    return (
        f"D has won: it gives real samples {real:.3f} and generated ones {fake:.3f},"
        " so G learns next to nothing. Try a lower learning rate for D, dropout in D,"
        " or the non-saturating loss."
    )


def collapsed(evidence: Evidence) -> str | None:
    """G draws near-identical samples: their spread is a tenth of the real ones'."""
    if evidence.samples is None or evidence.real is None:
        return None
    if evidence.recent[-1]["step"] < WARM_UP:
        return None
    ratio = spread(evidence.samples) / max(spread(evidence.real), 1e-12)
    if ratio >= NEAR_IDENTICAL:
        return None
    return (
        f"G has collapsed: its samples differ {ratio:.0%} as much from one another"
        " as real ones do. Try a lower learning rate, another seed, or more capacity"
        " in D."
    )


def spread(samples: Tensor) -> float:
    """Root mean square distance of samples [N, ...] from their mean, per number."""
    samples = samples.float()
    return float((samples - samples.mean(dim=0)).square().mean().sqrt())
