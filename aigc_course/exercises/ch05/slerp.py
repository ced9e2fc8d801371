"""Exercise on walks between latents."""

import math

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "05.slerp",
    order=110,
    title="A walk on the sphere",
    difficulty=3,
    minutes=15,
    idea="Latents lie near a sphere, and the straight line between two of them cuts"
    " through its inside. Find the angle between a and b, and cover it at even speed.",
    formula="x(t) = (sin((1 - t) w) a + sin(t w) b) / sin w, with cos w = a.b /"
    " (|a| |b|); where sin w is nearly 0, the straight line is as good.",
    line="Write `w = torch.arccos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))`, `t"
    " = t[:, None]`, `if w.sin() < 1e-4: return (1 - t) * a + t * b` and `return"
    " (((1 - t) * w).sin() * a + (t * w).sin() * b) / w.sin()`.",
    variation="Walk a full circle: let t run past 1 until it is back at a.",
    asks="formula",
)


@exercise.answer
def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Points at t [T] on the arc from a [d] to b [d], as [T, d] (Shoemake 1985).

    x(t) = (sin((1 - t) w) a + sin(t w) b) / sin w, w the angle between a and b; the
    straight line where they are nearly parallel.
    """
    cosine = a @ b / (a.norm() * b.norm())
    w = torch.arccos(cosine.clamp(-1, 1))  # rounding may pass 1, and arccos is NaN
    t = t[:, None]  # [T, 1], so that [T, 1] * [d] is [T, d]
    if torch.sin(w) < 1e-4:  # 0 / 0 is near
        return (1 - t) * a + t * b
    return (torch.sin((1 - t) * w) * a + torch.sin(t * w) * b) / torch.sin(w)


def on_the_sphere(d: int, cosine: float) -> tuple[Tensor, Tensor]:
    """Two vectors [d] of length sqrt(d) with this cosine of the angle between them."""
    a = normalize(torch.randn(d), dim=0)
    side = torch.randn(d)
    side = normalize(side - (side @ a) * a, dim=0)
    return a * d**0.5, (cosine * a + math.sqrt(1 - cosine**2) * side) * d**0.5


@exercise.inputs
def pairs() -> list[tuple[Tensor, Tensor, Tensor]]:
    cases = ((16, 0.3), (100, -0.2), (16, 0.7))
    long = [(*on_the_sphere(d, c), torch.linspace(0, 1, 5)) for d, c in cases]
    a, b = on_the_sphere(16, 0.3)
    return [*long, (a / 8, b / 8, torch.linspace(0, 1, 5))]  # of length 1/2


@exercise.must_hold
def both_ends(f) -> bool:
    """At t = 0 the walk is at a, at t = 1 at b, whatever their lengths."""
    a, b = torch.randn(8), 3 * torch.randn(8)
    return same(f(a, b, torch.tensor([0.0, 1.0])), torch.stack([a, b]))


@exercise.must_hold
def stays_on_the_sphere(f) -> bool:
    """Between two latents of equal length all points have that length."""
    a, b = on_the_sphere(16, 0.1)
    return same(f(a, b, torch.linspace(0, 1, 9)).norm(dim=1), torch.full((9,), 4.0))


@exercise.must_hold
def even_speed(f) -> bool:
    """Neighbouring points of even steps in t lie at equal angles."""
    a, b = on_the_sphere(16, -0.5)
    x = f(a, b, torch.linspace(0, 1, 5))
    angles = cosine_similarity(x[:-1], x[1:]).arccos()
    return same(angles, torch.full((4,), 2 * math.pi / 3 / 4), tolerance=1e-3)


@exercise.must_hold
def parallel(f) -> bool | str:
    """Between nearly parallel vectors the walk is the straight line."""
    a = torch.tensor([2.0, 0.0, 0.0, 0.0])
    for b in (a.clone(), 1.5 * a, a + torch.tensor([0.0, 1e-4, 0.0, 0.0])):
        x = f(a, b, torch.tensor([0.0, 0.5, 1.0]))
        if not x.isfinite().all():
            return (
                "between nearly parallel vectors the walk is finite. There sin(w) is 0"
                " and the formula 0 / 0: take the straight line instead."
            )
        if not x.any():
            return (
                "between parallel vectors the walk leads from a to b. A small number"
                " added to sin(w) avoids 0 / 0, but both weights are then 0: take the"
                " straight line instead."
            )
        if not same(x, torch.stack([a, (a + b) / 2, b])):
            return False
    return True


@exercise.mistake(hint="idea")
def straight(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """This is the straight line: half-way, a walk between two latents at right angles
    has only 71 % of their length, a latent that G has hardly met. Follow the arc, with
    weights made of sines."""
    return torch.lerp(a, b, t[:, None])


@exercise.mistake(hint="formula")
def renormalised(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Your points lie on the sphere, but not at even angles: a straight line that is
    pulled out to the sphere runs faster in the middle. Divide the angle itself into
    equal parts."""
    return normalize(torch.lerp(a, b, t[:, None]), dim=1) * a.norm()


@exercise.mistake(hint="formula")
def lengths_left_in(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Your result is NaN: `arccos` was given a . b, which lies outside [-1, 1] for
    latents longer than 1. The cosine of the angle is a . b / (|a| |b|)."""
    return arc(a, b, t[:, None], torch.arccos(a @ b))


@exercise.mistake(hint="formula")
def lengths_left_in_and_clamped(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """You take the arccos of a . b itself; for latents longer than 1 it is clamped, and
    the walk is no arc. The cosine of the angle is a . b / (|a| |b|)."""
    w = torch.arccos((a @ b).clamp(-1, 1))
    if torch.sin(w) < 1e-4:
        return torch.lerp(a, b, t[:, None])
    return arc(a, b, t[:, None], w)


@exercise.mistake(hint="formula")
def on_the_unit_sphere(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Your walk lies on the sphere of radius 1, because a and b are divided by their
    lengths. Divide for the angle only, and give the arc the latents as they are."""
    return slerp(normalize(a, dim=0), normalize(b, dim=0), t)


@exercise.mistake(hint="formula")
def backwards(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Your walk goes from b to a. At t = 0 all the weight belongs to a, so a gets
    sin((1 - t) w)."""
    return slerp(b, a, t)


@exercise.mistake(hint="formula")
def in_degrees(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """You have turned the angle into degrees; `torch.sin` takes radians, which is what
    `arccos` returns. Leave the angle as it is."""
    return arc(a, b, t[:, None], torch.rad2deg(angle(a, b)))


@exercise.mistake(hint="formula")
def undivided(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """You leave out the division by sin w: at t = 0 your walk is at a sin w, short of
    a. Divide both weights by it."""
    w = angle(a, b)
    return arc(a, b, t[:, None], w) * torch.sin(w)


@exercise.mistake(hint="line")
def no_second_axis(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """The shapes do not meet: t has T entries and a has d. Give t a second axis,
    `t[:, None]`: [T, 1] times [d] is [T, d]."""
    return arc(a, b, t, angle(a, b))


def angle(a: Tensor, b: Tensor) -> Tensor:
    """The angle between two vectors, in radians."""
    return torch.arccos(a @ b / (a.norm() * b.norm()))


def arc(a: Tensor, b: Tensor, t: Tensor, w: Tensor) -> Tensor:
    """The formula of slerp for an angle w, whatever it is."""
    return (torch.sin((1 - t) * w) * a + torch.sin(t * w) * b) / torch.sin(w)
