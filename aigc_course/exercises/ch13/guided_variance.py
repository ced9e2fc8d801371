"""Exercise on the law that guidance really samples from."""

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "13.guided_variance",
    order=140,
    title="The variance under guidance",
    difficulty=4,
    minutes=20,
    asks="derive",
    idea="For a centred normal whose deviation at time t is s(t), the exact velocity is"
    " x s'(t) / s(t): every point keeps its quantile. Put both velocities into the"
    " guided one, and look at d log x / dt.",
    formula="d log x / dt = (1 - g) d log s_u / dt + g d log s_c / dt. Both deviations"
    " are 1 at t = 0, so x is multiplied by s_u^(1 - g) s_c^g on its way.",
    line="Write `return unconditional ** (1 - guidance) * conditional**guidance`.",
    variation="Repeat the derivation for data with means that differ. Compare with a"
    " numerical solution.",
)


@exercise.answer
def guided_variance(unconditional: float, conditional: float, guidance: float) -> float:
    """The variance at t = 1 of the samples that the guided ODE draws.

    unconditional, conditional: the variances of the data without and with the label;
    both laws are normal with mean 0. guidance: g; the ODE starts from N(0, 1) and
    follows (1 - g) u + g u_c, with both velocities exact.
    """
    # d log x = (1 - g) d log s_u + g d log s_c, and s_u = s_c = 1 at t = 0
    return unconditional ** (1 - guidance) * conditional**guidance


@exercise.inputs
def laws() -> list[tuple[float, float, float]]:
    return [(2.0, 1.0, 2.0), (2.0, 1.0, 3.0), (1.5, 0.4, 1.5), (0.7, 2.0, 2.5)]


@exercise.must_hold
def two_known_ends(f) -> bool:
    """Guidance 0 gives the law without the label, and 1 the law with it."""
    return same(f(2.3, 0.6, 0.0), 2.3) and same(f(2.3, 0.6, 1.0), 0.6)


@exercise.must_hold
def as_the_ode_goes(f) -> bool:
    """It agrees with the guided ODE, solved in 4,000 steps on straight paths."""
    u, c, g, steps, log_x = 2.0, 0.5, 3.0, 4000, 0.0

    def rate(square: float, t: float) -> float:  # d log s / dt
        return (t * square - (1 - t)) / ((1 - t) ** 2 + t**2 * square)

    for i in range(steps):
        t = (i + 0.5) / steps
        log_x += ((1 - g) * rate(u, t) + g * rate(c, t)) / steps
    return same(f(u, c, g), 2.718281828459045 ** (2 * log_x), 1e-3)


@exercise.mistake(hint="idea")
def the_tilted_law(unconditional, conditional, guidance):
    """This is the variance of p(x) p(c | x)^g, the law that guidance is often said to
    sample. The ODE ends elsewhere: follow one point along it."""
    return 1 / ((1 - guidance) / unconditional + guidance / conditional)


@exercise.mistake(hint="formula")
def variances_mixed(unconditional, conditional, guidance):
    """You mix the variances as the velocities are mixed. What the ODE adds up is the
    logarithm of x, so the mixing happens in logarithms."""
    return (1 - guidance) * unconditional + guidance * conditional


@exercise.mistake(hint="formula")
def deviations_mixed(unconditional, conditional, guidance):
    """You mix the deviations as the velocities are mixed. What the ODE adds up is the
    logarithm of x, so the deviations are multiplied."""
    mixed = (1 - guidance) * unconditional**0.5 + guidance * conditional**0.5
    return mixed**2


@exercise.mistake(hint="formula")
def deviation_returned(unconditional, conditional, guidance):
    """You return the standard deviation. Its square is asked for."""
    return (unconditional ** (1 - guidance) * conditional**guidance) ** 0.5


@exercise.mistake(hint="formula")
def squared_twice(unconditional, conditional, guidance):
    """You square once too often: the arguments are variances already, not
    deviations."""
    return (unconditional ** (1 - guidance) * conditional**guidance) ** 2


@exercise.mistake(hint="formula")
def exchanged(unconditional, conditional, guidance):
    """You exchange the two exponents. The law with the label has the exponent g."""
    return unconditional**guidance * conditional ** (1 - guidance)


@exercise.mistake(hint="formula")
def counted_from_the_conditional(unconditional, conditional, guidance):
    """Your guidance counts from the model with its label. Here 0 is the model without a
    label, and 1 is the model with it."""
    return unconditional ** (-guidance) * conditional ** (1 + guidance)


@exercise.mistake(hint="idea")
def the_label_alone(unconditional, conditional, guidance):
    """You return the variance with the label, whatever the guidance. With more guidance
    the points move further: follow d log x / dt."""
    return conditional + 0 * guidance


@exercise.mistake(hint="idea")
def unconditional_forgotten(unconditional, conditional, guidance):
    """Your result does not depend on the law without the label. Its velocity has the
    weight 1 - g."""
    return conditional**guidance


@exercise.mistake(hint="idea")
def divided_by_guidance(unconditional, conditional, guidance):
    """You divide the variance by the guidance, as if it were an inverse temperature.
    Then the result would not be the law without the label at g = 0."""
    return conditional / max(guidance, 1e-9)


@exercise.mistake(hint="formula")
def one_exponent_lost(unconditional, conditional, guidance):
    """Your exponents do not sum to 1. The unconditional velocity has the weight 1 - g,
    which is also its exponent."""
    return unconditional * conditional**guidance


@exercise.mistake(hint="formula")
def ratio_upside_down(unconditional, conditional, guidance):
    """Your ratio is upside down: more guidance should go from the law without the label
    beyond the law with it."""
    return unconditional * (unconditional / conditional) ** guidance
