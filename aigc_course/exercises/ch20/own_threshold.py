"""Exercise on repairing a rate of false alarms."""

from torch import Tensor

from aigc_course.clinic.exercise import repair_exercise

exercise = repair_exercise(
    "20.own_threshold",
    patient="c_own_threshold",
    order=240,
    title="A rate that was not measured",
    difficulty=2,
    minutes=10,
    asks="decide",
    idea="A threshold that was chosen so that 1 % of some scores lie above it has 1 %"
    " of these scores above it. Ask which scores can tell the rate.",
    formula="Choose the threshold with the first half. Then measure the share above it"
    " in the second half.",
    line="Write `half = len(scores) // 2`, `chosen, held_out = scores[:half],"
    " scores[half:]`, `place = max(0, int(len(chosen) * (1 - alarm)) - 1)`, `threshold"
    " = chosen.sort().values[place]` and `return float(threshold), float((held_out >"
    " threshold).double().mean())`.",
    variation="Give the rate with an interval of 95 %.",
)


@exercise.answer
def own_threshold(scores: Tensor, alarm: float) -> tuple[float, float]:
    """A threshold for this rate of false alarms, and the rate that is reported."""
    half = len(scores) // 2
    chosen, held_out = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    rate = (held_out > threshold).double().mean()
    return float(threshold), float(rate)


def _chosen(scores: Tensor, alarm: float) -> Tensor:
    half = scores[: len(scores) // 2]
    return half.sort().values[max(0, int(len(half) * (1 - alarm)) - 1)]


@exercise.mistake(hint="idea")
def all_scores(scores, alarm):
    """You measure with all scores. Half of them chose the threshold, so half of your
    figure is still not a measurement: use the others alone."""
    threshold = _chosen(scores, alarm)
    return float(threshold), float((scores > threshold).double().mean())


@exercise.mistake(hint="formula")
def chosen_with_the_others(scores, alarm):
    """You choose the threshold with the second half and measure with it too. Choose
    with the first half, and measure with the second one."""
    others = scores[len(scores) // 2 :]
    threshold = others.sort().values[max(0, int(len(others) * (1 - alarm)) - 1)]
    return float(threshold), float((others > threshold).double().mean())


@exercise.mistake(hint="formula")
def below_for_above(scores, alarm):
    """You report the share that lies below the threshold. A false alarm lies above
    it."""
    threshold = _chosen(scores, alarm)
    held_out = scores[len(scores) // 2 :]
    return float(threshold), float((held_out < threshold).double().mean())
