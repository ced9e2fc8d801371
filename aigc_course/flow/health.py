"""What can be wrong with a flow in training, in words."""

from aigc_course.training.health import Evidence, Rule

WARM_UP = 200  # steps in which nothing is said
USELESS = 1.9  # loss: a velocity of 0 costs 2 on data of variance 1
UNEVEN = 8.0  # times by which the loss at one end may exceed that at the other


def rules() -> tuple[Rule, ...]:
    """The rules for a flow."""
    return (learns_nothing, uneven)


def learns_nothing(evidence: Evidence) -> str | None:
    """The loss stays where a velocity of 0 has it, so that nothing is learnt.

    Looks at the column "loss", for data of variance 1 per coordinate.
    """
    loss = evidence.mean("loss")
    if loss is None or evidence.recent[-1]["step"] < WARM_UP or loss < USELESS:
        return None
    return (
        f"The loss is {loss:.2f}, and a velocity of 0 costs 2.00 on data of variance 1:"
        " nothing has been learnt. See whether the network is given x_t, and not x1,"
        " and whether the data are standardised."
    )


def uneven(evidence: Evidence) -> str | None:
    """The loss near the data is many times that near the noise, or the reverse.

    Looks at the columns "t < 0.5" and "t > 0.5".
    """
    early, late = evidence.mean("t < 0.5"), evidence.mean("t > 0.5")
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
