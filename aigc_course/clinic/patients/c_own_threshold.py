"""Patient: a threshold is judged on the scores that it was chosen with."""

import torch
from torch import Tensor

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn

patient = Patient(
    "c_own_threshold",
    ward="C",
    title="The threshold of a detector, and its false alarms",
    symptom="The report says 5 % false alarms, exactly as asked, for every sample of"
    " scores. On fresh scores the mean rate is larger.",
    cause="The rate of false alarms is measured on the scores that the threshold was"
    " chosen with. There it is what was asked, by construction: measure it on others.",
    origin="Not from a report. The mistake is easy to make, because one sample of"
    " scores then serves two purposes.",
    figure=("sample", "reported rate"),
)


@patient.shown
def threshold_and_rate(scores: Tensor, alarm: float) -> tuple[float, float]:
    """A threshold from innocent scores [n], and the measured share above it.

    alarm: the share of false alarms that is asked for.
    """
    half = len(scores) // 2
    chosen = scores[:half]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    rate = (chosen > threshold).double().mean()
    return float(threshold), float(rate)


@patient.repair
def on_the_others(scores: Tensor, alarm: float) -> tuple[float, float]:
    """The reference: chosen with one half, measured with the other."""
    half = len(scores) // 2
    chosen, held_out = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    rate = (held_out > threshold).double().mean()
    return float(threshold), float(rate)


@patient.repair
def counted(scores: Tensor, alarm: float) -> tuple[float, float]:
    """The others are counted."""
    half = len(scores) // 2
    chosen, held_out = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    rate = int((held_out > threshold).sum()) / len(held_out)
    return float(threshold), float(rate)


@patient.repair
def other_way_round(scores: Tensor, alarm: float) -> tuple[float, float]:
    """The share of the others that are not above it, from 1."""
    half = len(scores) // 2
    chosen, held_out = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    rate = 1 - (held_out <= threshold).double().mean()
    return float(threshold), float(rate)


@patient.right
def by_indices(scores: Tensor, alarm: float) -> tuple[float, float]:
    """The halves are never named."""
    half = len(scores) // 2
    place = max(0, int(half * (1 - alarm)) - 1)
    threshold = scores[:half].sort().values[place]
    above = scores > threshold
    return float(threshold), float(above[half:].double().mean())


@patient.right
def with_plain_lists(scores: Tensor, alarm: float) -> tuple[float, float]:
    """The same in plain Python."""
    values = scores.tolist()
    half = len(values) // 2
    ordered = sorted(values[:half])
    threshold = ordered[max(0, int(half * (1 - alarm)) - 1)]
    fresh = values[half:]
    return threshold, sum(v > threshold for v in fresh) / len(fresh)


@patient.right
def by_kthvalue(scores: Tensor, alarm: float) -> tuple[float, float]:
    """The k-th smallest value, and the share by complement."""
    chosen, fresh = scores.tensor_split([len(scores) // 2])
    k = max(1, int(len(chosen) * (1 - alarm)))
    threshold = chosen.kthvalue(k).values
    return float(threshold), 1 - float((fresh <= threshold).double().mean())


@patient.disguise
def by_kthvalue_too(scores: Tensor, alarm: float) -> tuple[float, float]:
    """The k-th smallest value, and the same half again."""
    half = len(scores) // 2
    chosen = scores[:half]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.kthvalue(place + 1).values
    return float(threshold), float((chosen > threshold).double().mean())


@patient.disguise
def wrong_variable(scores: Tensor, alarm: float) -> tuple[float, float]:
    """All scores are measured, so half of them are those it was chosen with."""
    half = len(scores) // 2
    place = max(0, int(half * (1 - alarm)) - 1)
    threshold = scores[:half].sort().values[place]
    return float(threshold), float((scores > threshold).double().mean())


@patient.disguise
def promised(scores: Tensor, alarm: float) -> tuple[float, float]:
    """What was asked for is reported, rounded to the size of the half."""
    half = len(scores) // 2
    place = max(0, int(half * (1 - alarm)) - 1)
    threshold = scores[:half].sort().values[place]
    return float(threshold), (half - place - 1) / half


@patient.patch
def cautious(scores: Tensor, alarm: float) -> tuple[float, float]:
    """You ask for fewer alarms than needed. The report is still about the scores that
    the threshold was chosen with."""
    return threshold_and_rate(scores, alarm / 2)


@patient.patch
def larger_report(scores: Tensor, alarm: float) -> tuple[float, float]:
    """You multiply the reported rate by a constant. A report has to be measured."""
    threshold, rate = threshold_and_rate(scores, alarm)
    return threshold, 2 * rate


@patient.patch
def more_scores(scores: Tensor, alarm: float) -> tuple[float, float]:
    """You choose with all scores. That makes the threshold better, and nothing is left
    to measure it with."""
    return threshold_and_rate(torch.cat([scores, scores]), alarm)


@patient.test
def exposes(rate_of: Function) -> None:
    """The other half decides the reported rate: all above, or none."""
    chosen, alarm = torch.randn(40), 0.1
    for value, want in ((100.0, 1.0), (-100.0, 0.0)):
        rate = rate_of(torch.cat([chosen, torch.full((40,), value)]), alarm)[1]
        assert abs(rate - want) < 1e-6, "the rate is not that of fresh scores"


@patient.calls
def one_call(rate_of: Function) -> list[Tensor]:
    """Threshold and rate of two hundred scores."""
    return [torch.tensor(v) for v in rate_of(torch.randn(200), 0.05)]


@patient.does
def measured(rate_of: Function) -> dict[str, object]:
    """Threshold and rate for three samples."""
    found: dict[str, object] = {}
    for key in range(3):
        threshold, rate = rate_of(drawn(20 + key, 100), 0.1)
        found |= {f"threshold {key}": threshold, f"rate {key}": rate}
    return found


@patient.elsewhere
def around(rate_of: Function) -> dict[str, object]:
    """The threshold, which the bug does not touch, and the scores."""
    scores = drawn(30, 120)
    found: dict[str, object] = {"scores": scores}
    for alarm in (0.02, 0.1, 0.5):
        found[f"threshold {alarm}"] = rate_of(scores, alarm)[0]
    return found


@patient.hidden
def looks_at_the_others(rate_of: Function) -> bool:
    """The rate is the share of the second half that lies above the threshold."""
    scores = (drawn(31, 60) * 100).round()  # exact in float32 too
    threshold, rate = rate_of(scores, 0.2)
    above = (scores[30:] > round(float(threshold))).double().mean()
    return abs(float(rate) - float(above)) < 1e-6


@patient.hidden
def equal_is_not_above(rate_of: Function) -> bool:
    """A score that is equal to the threshold does not count as above it."""
    scores = torch.arange(1.0, 11.0).repeat(4).double()
    threshold, rate = rate_of(scores, 0.3)
    above = (scores[20:] > round(float(threshold))).double().mean()
    return abs(float(rate) - float(above)) < 1e-6


@patient.hidden
def chosen_with_the_first(rate_of: Function) -> bool:
    """The second half does not change the threshold."""
    scores = drawn(32, 60)
    other = torch.cat([scores[:30], 5 + drawn(33, 30)])
    return abs(float(rate_of(scores, 0.2)[0]) - float(rate_of(other, 0.2)[0])) < 1e-6


@patient.trains
def training(rate_of: Function, count: int) -> dict[str, list[float]]:
    """Many samples of forty scores: the reported rate, and that on fresh scores."""
    curves: dict[str, list[float]] = {"loss": [], "reported rate": []}
    for _ in range(count):
        threshold, rate = rate_of(torch.randn(40), 0.05)
        curves["loss"].append(float((torch.randn(2000) > threshold).double().mean()))
        curves["reported rate"].append(rate)
    return curves
