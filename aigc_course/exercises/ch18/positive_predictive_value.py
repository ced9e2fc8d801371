"""Exercise on how probable it is that an accusation is right."""

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.positive_predictive_value",
    order=100,
    title="How often is an accusation right?",
    difficulty=2,
    minutes=12,
    asks="derive",
    idea="Imagine 10,000 pictures. Count those that are generated and accused, and"
    " those that are real and accused.",
    formula="prevalence tpr / (prevalence tpr + (1 - prevalence) fpr): the first number"
    " divided by the sum of both.",
    line="Write `right = prevalence * tpr`, then `return right / (right + (1 -"
    " prevalence) * fpr)`.",
    variation="Solve for the false positive rate that makes 99 of 100 accusations"
    " right.",
)


@exercise.answer
def positive_predictive_value(tpr: float, fpr: float, prevalence: float) -> float:
    """The probability that an accused picture is generated.

    tpr: the share of the generated pictures that are accused. fpr: the share of the
    real ones that are accused. prevalence: the share of the pictures that are
    generated, before anything is known about them.
    """
    right = prevalence * tpr
    return right / (right + (1 - prevalence) * fpr)


@exercise.inputs
def detectors() -> list[tuple[float, float, float]]:
    return [
        (0.95, 0.05, 0.01),
        (0.95, 0.05, 0.5),
        (0.9, 0.01, 0.1),
        (0.6, 0.001, 0.02),
        (1.0, 0.02, 0.3),
        (0.75, 0.2, 0.9),
        (0.3, 0.3, 0.2),
    ]


@exercise.must_hold
def a_detector_that_guesses_changes_nothing(f) -> bool:
    """Where both rates are equal, an accusation says nothing: the result is the
    prevalence."""
    return same(float(f(0.4, 0.4, 0.07)), 0.07)


@exercise.must_hold
def counted(f) -> bool:
    """It agrees with counting: of 100 generated pictures 90 are accused, and of 900
    real ones 45."""
    return same(float(f(0.9, 0.05, 0.1)), 90 / 135)


@exercise.mistake(hint="idea")
def true_positive_rate(tpr, fpr, prevalence):
    """You return the share of generated pictures that are accused. The question runs
    the other way: which share of the accused is generated."""
    return tpr


@exercise.mistake(hint="idea")
def one_minus_false_positives(tpr, fpr, prevalence):
    """You return 1 - fpr, the share of real pictures that are not accused. It says
    nothing about those that are."""
    return 1 - fpr


@exercise.mistake(hint="idea")
def prevalence_forgotten(tpr, fpr, prevalence):
    """You leave out the prevalence, as if half of all pictures were generated. Where
    few are, most accusations can be false."""
    return tpr / (tpr + fpr)


@exercise.mistake(hint="idea")
def accuracy(tpr, fpr, prevalence):
    """You return the accuracy, in which pictures that are not accused count as well.
    Look at the accused ones only."""
    return prevalence * tpr + (1 - prevalence) * (1 - fpr)


@exercise.mistake(hint="formula")
def only_the_numerator(tpr, fpr, prevalence):
    """You return the probability of being generated and accused. Divide by the
    probability of being accused."""
    return prevalence * tpr


@exercise.mistake(hint="formula")
def prevalence_exchanged(tpr, fpr, prevalence):
    """You exchanged the prevalence and its complement. The generated pictures are the
    share `prevalence`."""
    right = (1 - prevalence) * tpr
    return right / (right + prevalence * fpr)


@exercise.mistake(hint="formula")
def rates_exchanged(tpr, fpr, prevalence):
    """You exchanged the two rates. tpr belongs to the generated pictures, and fpr to
    the real ones."""
    return positive_predictive_value(fpr, tpr, prevalence)


@exercise.mistake(hint="formula")
def false_discoveries(tpr, fpr, prevalence):
    """You return the share of accusations that are false. Its complement is asked
    for."""
    return 1 - positive_predictive_value(tpr, fpr, prevalence)


@exercise.mistake(hint="formula")
def real_ones_not_weighted(tpr, fpr, prevalence):
    """You weight the generated pictures by the prevalence, and not the real ones by its
    complement."""
    return prevalence * tpr / (prevalence * tpr + fpr)


@exercise.mistake(hint="formula")
def generated_ones_not_weighted(tpr, fpr, prevalence):
    """You weight the real pictures by their share, and not the generated ones by the
    prevalence."""
    return tpr / (tpr + (1 - prevalence) * fpr)


@exercise.mistake(hint="formula")
def specificity_for_sensitivity(tpr, fpr, prevalence):
    """You use 1 - fpr where tpr belongs. 1 - fpr is the share of the real pictures that
    are not accused; tpr is the share of the generated ones that are."""
    return prevalence * (1 - fpr) / (prevalence * (1 - fpr) + (1 - prevalence) * fpr)


@exercise.mistake(hint="formula")
def odds(tpr, fpr, prevalence):
    """You return the odds of being generated. Turn odds o into a probability with
    o / (1 + o)."""
    return prevalence * tpr / ((1 - prevalence) * fpr)


@exercise.mistake(hint="formula")
def likelihood_ratio_times_prevalence(tpr, fpr, prevalence):
    """You multiply the prevalence by tpr / fpr, and limit the result to 1. The ratio
    multiplies the odds, and not the probability."""
    return min(1.0, prevalence * tpr / fpr)


@exercise.mistake(hint="formula")
def negative_predictive_value(tpr, fpr, prevalence):
    """You return the probability that a picture which is not accused is real. The
    accused ones are asked about."""
    real = (1 - prevalence) * (1 - fpr)
    return real / (real + prevalence * (1 - tpr))
