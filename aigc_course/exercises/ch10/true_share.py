"""Exercise on a share measured by a judge who errs."""

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.true_share",
    order=40,
    title="The judge errs too",
    difficulty=2,
    minutes=8,
    idea="An image counts as drawn right for two reasons: it is right and the judge"
    " reads it so, or it is wrong and the judge slips onto the very class that was"
    " asked for.",
    formula="a = s p + (1 - s) (1 - p) / (k - 1); solve for s.",
    line="With `slip = (1 - accuracy) / (classes - 1)` return"
    " `(agreement - slip) / (accuracy - slip)`.",
    variation="Compare the correction for a judge of 90 % with that for one of 99.7 %.",
    asks="derive",
)


@exercise.answer
def true_share(agreement: float, accuracy: float, classes: int = 10) -> float:
    """Share of images drawn as asked, from the share that a judge read so.

    accuracy: of the judge. Its slips fall on the other classes evenly.
    """
    slip = (1 - accuracy) / (classes - 1)
    return (agreement - slip) / (accuracy - slip)


@exercise.inputs
def shares() -> list[tuple[float, ...]]:
    plain = [(0.9, 0.95, 10), (0.5, 0.8, 3), (0.93, 0.99), (0.2, 0.7, 5)]
    return [*plain, (0.98, 0.95, 10)]  # read better than real digits are


@exercise.must_hold
def a_perfect_model(f) -> bool:
    """A model that is always right agrees as often as the judge is right."""
    return same(f(0.97, 0.97, 10), 1.0)


@exercise.must_hold
def a_perfect_judge(f) -> bool:
    """With a judge who never errs there is nothing to correct."""
    return same(f(0.6, 1.0, 10), 0.6)


@exercise.mistake(hint="idea")
def divided_by_accuracy(agreement: float, accuracy: float, classes: int = 10) -> float:
    """You leave out that a wrong image may be read as asked by mistake. That is common
    with a poor judge or few classes: subtract the slip above and below."""
    return agreement / accuracy


@exercise.mistake(hint="idea")
def error_added(agreement: float, accuracy: float, classes: int = 10) -> float:
    """You add the judge's error, as if it could only err on right images and all were
    right. Write down both ways to agree and solve for s."""
    return agreement + 1 - accuracy


@exercise.mistake(hint="formula")
def the_other_direction(agreement: float, accuracy: float, classes: int = 10) -> float:
    """That is the share the judge would report if `agreement` were the truth. The way
    back is wanted."""
    return agreement * accuracy + (1 - agreement) * (1 - accuracy) / (classes - 1)


@exercise.mistake(hint="formula")
def own_class_counted(agreement: float, accuracy: float, classes: int = 10) -> float:
    """A slip leads to one of the other classes, and there are k - 1 of them, not k."""
    slip = (1 - accuracy) / classes
    return (agreement - slip) / (accuracy - slip)


@exercise.mistake(hint="formula")
def cut_at_one(agreement: float, accuracy: float, classes: int = 10) -> float:
    """You cut the share off at 0 and 1. The solution of (10.7) exceeds 1 where samples
    are easier to read than real digits: return it, for that is worth knowing."""
    return min(1.0, max(0.0, true_share(agreement, accuracy, classes)))


@exercise.mistake(hint="idea")
def against_guessing(agreement: float, accuracy: float, classes: int = 10) -> float:
    """You correct for a judge who guesses, with 1/k as the share by chance. This judge
    errs with probability 1 - p, so `accuracy` has to come in."""
    return (agreement - 1 / classes) / (1 - 1 / classes)


@exercise.mistake(hint="formula")
def slip_forgotten_below(agreement: float, accuracy: float, classes: int = 10) -> float:
    """You subtract the slip above and not below. In a = s p + (1 - s) slip the share s
    is multiplied by p - slip: divide by that."""
    return (agreement - (1 - accuracy) / (classes - 1)) / accuracy


@exercise.mistake(hint="idea")
def one_image_by_bayes(agreement: float, accuracy: float, classes: int = 10) -> float:
    """That is Bayes' rule for one image, with `agreement` as if it were the true share.
    `agreement` is what the judge reported: solve (10.7) for s."""
    slip = (1 - accuracy) / (classes - 1)
    told = agreement * accuracy
    return told / (told + (1 - agreement) * slip)


@exercise.mistake(hint="idea")
def error_taken_off(agreement: float, accuracy: float, classes: int = 10) -> float:
    """You subtract the judge's error, as if every slip made a wrong image seem right.
    Most slips lower the agreement instead: write down both ways to agree."""
    return agreement - (1 - accuracy)


@exercise.mistake(hint="formula")
def two_classes(agreement: float, accuracy: float, classes: int = 10) -> float:
    """You let every slip on a wrong image land on the class that was asked for. With
    ten classes it does so once in nine times."""
    slip = 1 - accuracy
    return (agreement - slip) / (accuracy - slip)
