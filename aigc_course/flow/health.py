"""What can be wrong with a flow in training, in words."""

from aigc_course.training.health import Evidence

WARM_UP = 200  # steps in which nothing is said
UNEVEN = 8.0  # times by which the loss at one end may exceed that at the other


def uneven(evidence: Evidence) -> str | None:
    """The loss near the data is many times that near the noise, or the reverse.

    Looks at the columns "t below 0.5" and "t above 0.5".
    """
    early, late = evidence.mean("t below 0.5"), evidence.mean("t above 0.5")
    if early is None or late is None or evidence.recent[-1]["step"] < WARM_UP:
        return None
    high, low = max(early, late), max(min(early, late), 1e-12)
    if high / low < UNEVEN:
        return None
    where = "noise (t < 1/2)" if early > late else "data (t > 1/2)"
    return (
        f"The loss near the {where} is {high / low:.0f} times that at the other end."
        " Something there is divided by a small number, or that end is hardly drawn:"
        " look at what the network predicts, and at how t is drawn."
    )
