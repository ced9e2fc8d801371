"""Whether what a card claims is true: each figure is measured again."""

import math
from collections.abc import Callable, Sequence

from aigc_course.capstone.cards import Claim
from aigc_course.capstone.evidence import Record, interval
from aigc_course.capstone.verdict import Checked, Finding, Part
from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.metrics.errors import T

SIGMAS = 3.0
# what rounding on the card and another processor may change, relative or absolute
RELATIVE = {"fid": 0.03, "epsilon": 0.01, "bits_per_character": 0.005}
ABSOLUTE = {"accuracy": 0.005, "coverage": 0.01, "density": 0.02, "psnr": 0.05}
LOWER = ("fid", "epsilon", "bits_per_character")  # the others are better when higher
POINTS = 20.0
LUCKY = 0.5  # of a claim's points remains when another seed does not bear it out
Measured = Callable[[Claim], float]


def slack(figure: str, measured: float) -> float:
    """By how much a claim may differ from what was measured without being untrue.

    Raises CourseError for a figure that no card claims.
    """
    if figure in RELATIVE:
        return RELATIVE[figure] * abs(measured)
    if figure in ABSOLUTE:
        return ABSOLUTE[figure]
    known = ", ".join([*RELATIVE, *ABSOLUTE])
    raise CourseError(f"There is no figure {figure[:40]!r}; claimed can be: {known}.")


def too_good(figure: str, claimed: float, measured: float) -> float:
    """By how much a claim is better than the measurement; negative where it is worse.

    >>> round(too_good("fid", 4.0, 5.0), 1), round(too_good("accuracy", 0.9, 0.8), 1)
    (1.0, 0.1)
    """
    return measured - claimed if figure in LOWER else claimed - measured


def check_value(
    figure: str, claimed: float, measured: float, error: float = 0.0
) -> tuple[bool, float]:
    """Whether a claim can be true, and how many standard errors it is too good.

    A claim is untrue when it is better than the measurement by more than 3 standard
    errors and by more than `slack`. error: half-width of the measurement's 95 %
    interval for *other* samples, 0 where the very samples of the claim were measured.
    A claim that is too modest is true.

    >>> check_value("fid", claimed=4.25, measured=5.0)[0]   # 15 % better than it is
    False
    """
    excess = too_good(figure, claimed, measured)
    # claim and measurement each have this error: their difference has sqrt(2) of it
    sigma = math.sqrt(2) * (0.0 if math.isnan(error) else error) / T
    z = excess / sigma if sigma else math.copysign(math.inf, excess)
    return excess <= max(SIGMAS * sigma, slack(figure, measured)), z


def check(
    claims: Sequence[Claim],
    again: Measured,
    main: str,
    fresh: dict[str, Estimate] | None = None,
) -> tuple[Part, tuple[Checked, ...], list[Finding]]:
    """Points for a card's claims, each claim checked, and what is wrong with them.

    again: measures a claim's figure with the claim's own seed and number of samples.
    main: the figure that the brief asks for; without a claim on it there are no points.
    fresh: figures of as many samples of a secret seed, with their errors.
    """
    if main not in [one.figure for one in claims]:
        none = f"The card does not claim {main}, the figure that the brief asks for."
        return Part(0.0, POINTS, (none,)), (), []
    checked, findings, points = [], [], 0.0
    for one in claims:
        found, finding = _one(one, again(one), (fresh or {}).get(one.figure))
        checked.append(found)
        findings += [finding] if finding else []
        share = 0.0 if not found.true else LUCKY if finding else 1.0
        points += POINTS * share / len(claims)
    if any(not each.true and each.figure == main for each in checked):
        points = 0.0
    why = tuple(each.sentence for each in checked)
    return Part(round(points, 1), POINTS, why), tuple(checked), findings


def _one(
    claim: Claim, measured: float, fresh: Estimate | None
) -> tuple[Checked, Finding | None]:
    figure, value = claim.figure, claim.value
    true, _ = check_value(figure, value, measured)
    shown = f"{figure}: the card claims {value:.4g}, measured again {measured:.4g}"
    error, finding = 0.0, None
    if not true:
        sentence = f"{shown} from the same seed and number: the claim is not true."
        finding = Finding("claim", sentence, "")
    elif fresh is not None and not check_value(figure, value, *fresh)[0]:
        error = fresh.error
        sentence = (
            f"{shown}, and {fresh} with a secret seed: the seed on the card is a lucky"
            " one, and half of the points are given."
        )
        finding = Finding("lucky", sentence, "")
    else:
        sentence = f"{shown}: the claim is true."
    return Checked(figure, value, measured, error, true, sentence), finding


def evidence(
    record: Record, claims: Sequence[Claim], main: str, measured: float
) -> tuple[Part, list[Finding]]:
    """Points for the evidence, of 15, and where it contradicts itself or the weights.

    measured: the main figure of the submitted weights, as the judge measured it.
    """
    method = record.submitted.rpartition("-")[0]
    if finding := _contradiction(record, main, measured):
        return Part(0.0, 15.0, (finding.sentence,)), [finding]
    claim = next((one for one in claims if one.figure == main), None)
    rows = [
        _seeds(record, method),
        _interval(record, method, claim),
        _ablation(record, method),
        _equal(record),
        _failures(record, method),
    ]
    points = float(sum(points for points, _ in rows))
    return Part(points, 15.0, tuple(why for _, why in rows)), []


def _contradiction(record: Record, main: str, measured: float) -> Finding | None:
    """Figures copied from seed to seed, or a submitted run that the weights are not."""
    submitted = [
        one for one in record.runs if f"{one.method}-{one.seed}" == record.submitted
    ]
    if not submitted or main not in submitted[0].figures:
        return Finding(
            "evidence",
            f"The evidence does not hold the run {record.submitted!r} whose weights are"
            " submitted.",
            "evidence",
        )
    said = submitted[0].figures[main]
    if not check_value(main, said, measured)[0]:
        return Finding(
            "evidence",
            f"The evidence says {main} = {said:.4g} of the submitted run; its weights"
            f" give {measured:.4g}.",
            "evidence",
        )
    for one in record.methods():
        if _copied(record, one):
            return Finding(
                "evidence",
                f"Different seeds of {one!r} have the same figures: runs were copied,"
                " or the seed was not used.",
                "evidence",
            )
    return None


def _copied(record: Record, method: str) -> bool:
    """Whether two runs have the same figures, of which chance would alter one.

    A share of some thousand right answers can be equal by chance, so that it counts
    only beside another figure.
    """
    rows = [one.figures for one in record.of(method) if one.figures]
    told = [tuple(sorted(row.items())) for row in rows]
    fine = [row for row in rows if len(row) > 1 or set(row) & set(RELATIVE)]
    return len(fine) == len(rows) and len(set(told)) < len(told)


def _seeds(record: Record, method: str) -> tuple[int, str]:
    n = len({one.seed for one in record.of(method)})
    points = 5 if n >= 3 else 2 if n == 2 else 0
    return points, f"Seeds of the submitted method: {n}, and 3 are asked: {points}/5"


def _interval(record: Record, method: str, claim: Claim | None) -> tuple[int, str]:
    """Whether the card's interval is that of the evidence."""
    values = record.values(method, claim.figure) if claim else []
    if claim is None or len(values) < 2:
        return 0, "No interval can be computed from fewer than 2 finished seeds: 0/3"
    low, high = interval(values)
    near = max(slack(claim.figure, (low + high) / 2), 0.02 * (high - low))
    right = abs(claim.low - low) <= near and abs(claim.high - high) <= near
    told = f"The evidence gives an interval of {low:.4g} to {high:.4g}"
    if right:
        return 3, f"{told}, as the card says: 3/3"
    return 0, f"{told}; the card says {claim.low:.4g} to {claim.high:.4g}: 0/3"


def _ablation(record: Record, method: str) -> tuple[int, str]:
    others = [one for one in record.methods() if one != method]
    n = max((len(record.of(one)) for one in others), default=0)
    points = 4 if n >= 3 else 2 if n else 0
    return (
        points,
        f"Seeds of a method to compare with: {n}, and 3 are asked: {points}/4",
    )


def _equal(record: Record) -> tuple[int, str]:
    """Whether all was measured in one way."""
    ways = {(one.n, one.measured_seed) for one in record.runs if one.figures}
    if len(ways) == 1:
        return 2, "All runs were measured with the same number and seed: 2/2"
    return 0, "The runs were measured with different numbers of samples or seeds: 0/2"


def _failures(record: Record, method: str) -> tuple[int, str]:
    """Whether seeds were left out: they run from the first without a gap."""
    seeds = sorted(one.seed for one in record.of(method))
    if seeds and seeds == list(range(seeds[0], seeds[0] + len(seeds))):
        return 1, "The seeds follow one another, so that none was left out: 1/1"
    return 0, "Some seeds between the others are missing: 0/1"
