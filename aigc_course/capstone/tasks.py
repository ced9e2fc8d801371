"""What a secret judge measures for each brief, from a network made of a submission."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course import data, metrics
from aigc_course.capstone import briefs, cheats, quality
from aigc_course.capstone.loading import BLOCK, Made
from aigc_course.capstone.quality import Quality
from aigc_course.capstone.secret import Judge
from aigc_course.capstone.submission import Submission
from aigc_course.capstone.verdict import Finding
from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate, share_interval

SLOWEST = 60.0  # CPU seconds for 10,000 pictures
SAMPLES, FAST_SAMPLES = 10_000, 1_000
DIGITS, FAST_DIGITS = 1_500, 200  # of brief B
PASSAGES, PASSAGE = 20, 1_000  # characters of brief C
FAST_PASSAGES = 2
STEPS, FAST_STEPS = 1_000, 100  # of the fixed CNN of brief D
RUN = 40  # characters: the longest run of the plays that chance explains
WEAK_BITS, STRONG_BITS = 3.5, 2.45  # pairs of characters; the best that is known
WEAK_ERROR, STRONG_ERROR = 0.2, 0.03  # of brief D


@dataclass
class Seen:
    """What the judge found out about the weights of a submission.

    redrawn: the samples of the submission's seed, drawn again. fresh: figures of as
    many samples of a secret seed. robust: points with reasons.
    """

    quality: Quality
    redrawn: briefs.Samples
    findings: list[Finding] = field(default_factory=list)
    fresh: dict[str, Estimate] = field(default_factory=dict)
    robust: list[tuple[float, str]] = field(default_factory=list)


def look(judge: Judge, sub: Submission, made: Made) -> Seen:
    """Measure a submission. Raises CourseError for what cannot be measured."""
    ways = {"A": _generate, "B": _restore, "C": _compose, "D": _protect}
    return ways[sub.brief](judge, sub, made)


def _generate(judge: Judge, sub: Submission, made: Made) -> Seen:
    seconds = _pace(made, sub.samples_seed)
    redrawn = briefs.draw(made, briefs.get("A"), sub.n, sub.samples_seed)
    n = FAST_SAMPLES if judge.fast else max(quality.USED, sub.n)
    images = made.sample(n, judge.number("samples"))
    found = quality.of_images(judge, images)
    public = quality.public(images)
    seen = Seen(found, redrawn)
    found.figures["public fid"] = public
    seen.findings += cheats.find(judge, images, public, found.figures["fid"])
    assert sub.samples is not None and redrawn.pixels is not None
    shown = torch.from_numpy(sub.samples.copy())
    other = cheats.other_samples(judge, shown, redrawn.pixels, images)
    seen.findings += [other] if other else []
    if len(images) == sub.n:
        seen.fresh["fid"] = metrics.fid_estimate(
            metrics.features(images), metrics.reference.reference("mnist").features
        )
    seen.robust = _of_drawing(made, sub, seconds, shown, redrawn.pixels)
    return seen


def _of_drawing(
    made: Made, sub: Submission, seconds: float, shown: Tensor, redrawn: Tensor
) -> list[tuple[float, str]]:
    """Points for how a generator behaves, 15 in all."""
    first, again = (made.block(0, sub.samples_seed)[0] for _ in range(2))
    other = made.block(0, sub.samples_seed + 1)[0]
    equal, differs = bool(torch.equal(first, again)), not torch.equal(first, other)
    contrast = float(other.std())
    rows = [
        (4, equal, "the same seed gives the same samples"),
        (3, differs, "another seed gives other samples"),
        (4, cheats.agree(shown, redrawn), "samples.npy is drawn again to the pixel"),
        (2, contrast > 0.1, "the samples have ink and background"),
        (2, seconds < SLOWEST / 2, f"10,000 samples take {seconds:.0f} CPU s"),
    ]
    return [_row(*row) for row in rows]


def _restore(judge: Judge, sub: Submission, made: Made) -> Seen:
    """Digits that only the judge knows, with a hole; the rival looks up and means."""
    from aigc_course.classical.lookup import look_up

    brief, mask = briefs.get("B"), briefs.hole()
    n = FAST_DIGITS if judge.fast else DIGITS
    part = data.subset(judge.held, n, judge.number("digits"))
    images, labels = data.to_float(part.images), part.labels
    holed = torch.where(mask, torch.zeros(()), images)
    began = time.process_time()
    done = made.restore(holed, mask, judge.number("restoring"))
    seconds = 1_000 * (time.process_time() - began) / n
    library = data.load("mnist", "train").images[:: 10 if judge.fast else 1]
    rival = look_up(images, mask, library, 10)
    right = {
        name: float((judge.classify(some) == labels).double().mean())
        for name, some in (("it", done), ("rival", rival), ("real", images))
    }
    found = _restoring(right, done, rival, images, n)
    redrawn = briefs.draw(made, brief, sub.n, sub.samples_seed)
    seen = Seen(found, redrawn)
    kept = float((done - images)[..., ~mask].abs().max()) < 1e-3
    assert sub.samples is not None and redrawn.pixels is not None
    shown = torch.from_numpy(sub.samples.copy())
    same = cheats.agree(shown, redrawn.pixels)
    if not same:
        seen.findings.append(_other_restorations())
    seen.robust = [
        _row(5, kept, "the known pixels stay as they were"),
        _row(5, same, "samples.npy is restored again to the pixel"),
        _row(3, bool(done.std() > 0.1), "the restorations have ink and background"),
        _row(2, seconds < SLOWEST, f"1,000 restorations take {seconds:.0f} CPU s"),
    ]
    return seen


def _restoring(
    right: dict[str, float], done: Tensor, rival: Tensor, images: Tensor, n: int
) -> Quality:
    """Points by the share read correctly, and by PSNR beside the simple rival."""
    accuracy = metrics.errors.share(right["it"], n)
    psnr, of_rival = metrics.psnr(done, images), metrics.psnr(rival, images)
    low = share_interval(round(right["it"] * n), n)[0]
    # as errors: from a digit that is guessed to what this judge makes of real digits
    place = quality.position(1 - low, 0.5, max(1 - right["real"], 1 / n))
    near = quality.linear(psnr.mean, of_rival.mean - 3, of_rival.mean + 1)
    figures = {"accuracy": accuracy, "psnr": Estimate(psnr.mean)}
    figures["rival accuracy"] = metrics.errors.share(right["rival"], n)
    why = (
        f"Read correctly: {accuracy} of {n:,} secret digits; the mean of ten looked-up"
        f" digits reaches {right['rival']:.3f}, the digits themselves"
        f" {right['real']:.3f}.",
        f"PSNR {psnr.mean:.2f} dB; the looked-up mean has {of_rival.mean:.2f} dB.",
    )
    return Quality(30 * place + 10 * near, place, figures, why)


def _other_restorations() -> Finding:
    return Finding(
        "samples",
        "samples.npy is not what the weights restore: make it with the weights that you"
        " submit.",
        "claims",
    )


def _compose(judge: Judge, sub: Submission, made: Made) -> Seen:
    """Bits per character of secret passages, and copied runs of written text."""
    from aigc_course.attention.memorised import longest_runs
    from aigc_course.data.sequences import text

    corpus, brief = text("shakespeare"), briefs.get("C")
    many = FAST_PASSAGES if judge.fast else PASSAGES
    held = _passages(corpus.valid[brief.n :], many, judge.number("passages"))
    known = _passages(corpus.train, many, judge.number("known"))
    bits = _bits(made, held)
    place = quality.linear(-(bits.value + bits.error), -WEAK_BITS, -STRONG_BITS)
    figures = {"bits_per_character": bits, "of training text": _bits(made, known)}
    why = (
        f"{bits} bits per character of {many} secret passages; the scale goes from"
        f" {WEAK_BITS:g} to {STRONG_BITS:g}.",
    )
    redrawn = briefs.draw(made, brief, sub.n, sub.samples_seed)
    seen = Seen(Quality(40 * place, place, figures, why), redrawn)
    fresh = "".join(made.write(2, 1_000, judge.number("writing")))
    longest = max(longest_runs(fresh, corpus.train))
    figures["longest copied run"] = Estimate(float(longest))
    seen.findings += _of_text(figures, longest)
    same = redrawn.texts == sub.texts
    seen.robust = [
        _row(6, same, "samples.txt is written again to the letter"),
        _row(5, len(set(fresh)) > 20, "more than 20 different characters are used"),
        _row(4, longest < RUN, f"the longest copied run has {longest} characters"),
    ]
    return seen


def _of_text(figures: dict[str, Estimate], longest: int) -> list[Finding]:
    held, known = figures["bits_per_character"], figures["of training text"]
    found = []
    if longest > 2 * RUN:
        found.append(
            Finding(
                "recited",
                f"The text that it writes holds a run of {longest} characters of the"
                " training text.",
                "quality",
            )
        )
    if held.value < known.value - math.hypot(held.error, known.error):
        found.append(
            Finding(
                "learnt-test",
                f"It needs {held} bits per character for text that it must not know"
                f" and {known} for its training text: it learnt the held-out text.",
                "quality",
            )
        )
    return found


def _passages(text: str, many: int, seed: int) -> list[str]:
    chance = np.random.default_rng(seed)
    starts = chance.integers(0, len(text) - PASSAGE, many)
    return [text[at : at + PASSAGE] for at in starts]


def _bits(made: Made, passages: list[str]) -> Estimate:
    """Mean over passages, and its 95 % interval by Student's t."""
    from scipy.stats import t

    found = np.array([made.nats(one).mean() / math.log(2) for one in passages])
    half = float(t.ppf(0.975, len(found) - 1)) * found.std(ddof=1)
    return Estimate(float(found.mean()), float(half / math.sqrt(len(found))))


def _protect(judge: Judge, sub: Submission, made: Made) -> Seen:
    """A fixed CNN sees samples alone and reads secret digits; epsilon is recomputed."""
    from aigc_course import privacy

    seconds = _pace(made, sub.samples_seed)
    redrawn = briefs.draw(made, briefs.get("D"), sub.n, sub.samples_seed)
    n = FAST_SAMPLES if judge.fast else SAMPLES
    images, labels = made.sample_labelled(n, judge.number("samples"))
    steps = FAST_STEPS if judge.fast else STEPS
    held = data.to_float(judge.held.images)
    right = privacy.utility(images, labels, held, judge.held.labels, steps)
    accuracy = metrics.errors.share(right, len(held))
    low = share_interval(round(right * len(held)), len(held))[0]
    place = quality.position(1 - low, WEAK_ERROR, STRONG_ERROR)
    why = (
        f"A CNN that saw {n:,} samples and no digit reads {accuracy} of the secret"
        f" digits; the scale of its errors goes from {WEAK_ERROR:g} to"
        f" {STRONG_ERROR:g}.",
    )
    seen = Seen(Quality(40 * place, place, {"accuracy": accuracy}, why), redrawn)
    copied = [cheats.copies(judge, images), cheats.test_copies(judge, images)]
    seen.findings += [one for one in copied if one]
    seen.findings += private(sub, seen.quality.figures)
    assert sub.samples is not None and redrawn.pixels is not None
    shown = torch.from_numpy(sub.samples.copy())
    other = cheats.other_samples(judge, shown, redrawn.pixels, images)
    seen.findings += [other] if other else []
    seen.robust = _of_drawing(made, sub, seconds, shown, redrawn.pixels)
    return seen


def private(sub: Submission, figures: dict[str, Estimate]) -> list[Finding]:
    """Recompute epsilon from the mechanism that the card states."""
    from aigc_course import privacy

    told = sub.card.mechanism
    if told is None:
        sentence = "The card states no mechanism, so that nothing is promised."
        return [Finding("privacy", sentence, "quality")]
    releases = [privacy.Release(*one) for one in told.releases]
    epsilon = privacy.total_epsilon(releases, told.delta)
    figures["epsilon"] = Estimate(epsilon)
    found = []
    if epsilon > 1.01 * briefs.EPSILON or told.delta > briefs.DELTA:
        found.append(
            Finding(
                "privacy",
                f"The mechanism on the card gives epsilon = {epsilon:.3g} at delta ="
                f" {told.delta:g}; the brief allows {briefs.EPSILON:g} at"
                f" {briefs.DELTA:g}.",
                "quality",
            )
        )
    if sub.config["kind"] == "private" and not _same_noise(sub, releases):
        found.append(
            Finding(
                "privacy",
                "The mechanism on the card is not that of config.json: the noise of"
                " each release is 1 / mu.",
                "quality",
            )
        )
    return found


def _same_noise(sub: Submission, releases: list[Any]) -> bool:
    mus = sorted(float(mu) for mu in sub.config["mus"])
    stated = sorted(1 / one.noise for one in releases if one.rate == 1)
    return len(mus) == len(stated) and bool(np.allclose(mus, stated, rtol=0.01))


def _pace(made: Made, seed: int) -> float:
    """CPU seconds for 10,000 pictures, from one block. CourseError where too slow."""
    began = time.process_time()
    made.block(0, seed)
    seconds = 10_000 / BLOCK * (time.process_time() - began)
    if seconds > SLOWEST:
        raise CourseError(
            f"10,000 samples would take {seconds:.0f} CPU seconds; at most"
            f" {SLOWEST:g} are allowed."
        )
    return seconds


def _row(most: float, kept: bool, what: str) -> tuple[float, str]:
    points = most if kept else 0.0
    told = what[0].upper() + what[1:] if kept else f"Not so: {what}"
    return points, f"{told}: {points:g}/{most:g}"
