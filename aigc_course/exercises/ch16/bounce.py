"""Exercise on a way between two walls."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.bounce",
    order=60,
    title="Between two walls",
    difficulty=3,
    minutes=15,
    asks="formula",
    idea="A wall mirrors the way behind it. Unfold the walls: the ball flies"
    " straight on through mirrored rooms.",
    formula="With L = high - low and u = start - low + speed t, the distance from low"
    " is L - |u mod 2L - L|.",
    line="Write `L = high - low`, `u = start - low + speed * torch.arange(frames)` and"
    " `return low + L - (u % (2 * L) - L).abs()`.",
    variation="Let each bounce take a tenth of the speed. Find out whether a"
    " formula without a loop is left.",
)


@exercise.answer
def bounce(start: float, speed: float, frames: int, low: float, high: float) -> Tensor:
    """Places at the times 0, 1, ..., frames - 1, float [frames].

    low <= start <= high; speed: per frame, either sign, |speed| < high - low. A wall
    reverses the direction and takes no speed, also between two frames.
    """
    width = high - low
    unfolded = start - low + speed * torch.arange(frames)
    return low + width - (unfolded % (2 * width) - width).abs()


@exercise.inputs
def ways() -> list[tuple[float, float, int, float, float]]:
    return [
        (3.0, 1.3, 20, 0.0, 10.0),
        (8.0, -1.7, 25, 7.0, 24.0),
        (20.0, 1.1, 30, 7.0, 24.0),
        (7.5, -4.4, 12, 5.0, 11.0),
        (0.25, 0.7, 40, -1.0, 1.0),
        (9.0, 0.0, 4, 7.0, 24.0),
        (5.0, 1.5, 12, 5.0, 11.0),  # begins at a wall and meets the other exactly
        (10.0, -2.0, 15, 0.0, 10.0),
    ]


@exercise.must_hold
def never_outside(f) -> bool:
    """The ball is never outside the walls."""
    x = torch.as_tensor(f(8.0, 1.7, 50, 7.0, 24.0)).float()
    return bool(((x >= 7 - 1e-3) & (x <= 24 + 1e-3)).all())


@exercise.must_hold
def comes_back(f) -> bool:
    """After the way 2 (high - low) the ball is where it began."""
    x = torch.as_tensor(f(3.0, 2.0, 11, 0.0, 10.0)).float()
    return abs(float(x[10]) - 3.0) < 1e-3


def _walk(start, speed, frames, low, high, at_wall) -> Tensor:
    x, found = start, []
    for _ in range(frames):
        found.append(x)
        x += speed
        if x < low or x > high:
            x, speed = at_wall(x, speed, low if x < low else high)
    return torch.tensor(found)


@exercise.mistake(hint="idea")
def stays_outside(start, speed, frames, low, high):
    """You reverse the speed and leave the ball behind the wall for a frame. Mirror the
    place as well."""
    return _walk(start, speed, frames, low, high, lambda x, v, wall: (x, -v))


@exercise.mistake(hint="idea")
def stops_at_the_wall(start, speed, frames, low, high):
    """You put the ball onto the wall when it reaches it. The rest of that frame's
    way is lost: mirror it."""
    return _walk(start, speed, frames, low, high, lambda x, v, wall: (wall, -v))


@exercise.mistake(hint="idea")
def clamped(start, speed, frames, low, high):
    """Your ball stays at the wall. A bounce reverses the direction."""
    x = start + speed * torch.arange(frames)
    return x.clamp(low, high)


@exercise.mistake(hint="idea")
def other_side(start, speed, frames, low, high):
    """Your ball leaves at one side and enters at the other. The wall mirrors its
    way."""
    x = start - low + speed * torch.arange(frames)
    return low + x % (high - low)


@exercise.mistake(hint="formula")
def straight_on(start, speed, frames, low, high):
    """You did not use the walls."""
    return start + speed * torch.arange(frames)


@exercise.mistake(hint="formula")
def one_bounce(start, speed, frames, low, high):
    """You mirror once. A long way meets both walls several times."""
    x = start + speed * torch.arange(frames)
    x = torch.where(x > high, 2 * high - x, x)
    return torch.where(x < low, 2 * low - x, x)


@exercise.mistake(hint="formula")
def begins_after_a_step(start, speed, frames, low, high):
    """Your first place is that after one frame. The times begin at 0."""
    return bounce(start, speed, frames + 1, low, high)[1:]


@exercise.mistake(hint="formula")
def measured_from_zero(start, speed, frames, low, high):
    """You fold the place itself and not its distance from `low`. That is right only if
    low is 0."""
    width = high - low
    x = start + speed * torch.arange(frames)
    return low + width - (x % (2 * width) - width).abs()


@exercise.mistake(hint="formula")
def period_of_one_width(start, speed, frames, low, high):
    """You fold with the period L. The ball is back after 2 L: there and back."""
    width = high - low
    x = start - low + speed * torch.arange(frames)
    return low + (x % width - width / 2).abs()


@exercise.mistake(hint="idea")
def other_direction(start, speed, frames, low, high):
    """You lose the sign of the speed. With a negative speed the ball flies towards
    `low` first."""
    return bounce(start, abs(speed), frames, low, high)


@exercise.mistake(hint="formula")
def mirrored(start, speed, frames, low, high):
    """You return the distance from the upper wall, added to the lower one: your way is
    upside down."""
    return low + high - bounce(start, speed, frames, low, high)


@exercise.mistake(hint="formula")
def never_turns_back(start, speed, frames, low, high):
    """You take the way modulo 2 L and do not mirror the second half, so the ball leaves
    the room. Where the rest exceeds L, it is 2 L minus the rest."""
    return low + (start - low + speed * torch.arange(frames)) % (2 * (high - low))


@exercise.mistake(hint="formula")
def one_place_more(start, speed, frames, low, high):
    """You return one place too many. The times are 0, 1, ..., frames - 1."""
    return bounce(start, speed, frames + 1, low, high)


@exercise.mistake(hint="formula")
def distance_returned(start, speed, frames, low, high):
    """You return the distance from `low`. Add `low` to have the place."""
    return bounce(start, speed, frames, low, high) - low


@exercise.mistake(hint="formula")
def start_at_the_wall(start, speed, frames, low, high):
    """You begin at `low`. At the time 0 the ball is at `start`."""
    return bounce(low, speed, frames, low, high)


@exercise.mistake(hint="formula")
def times_stretched(start, speed, frames, low, high):
    """Your times are too far apart: the last one is `frames`. They are the whole
    numbers 0, 1, ..., frames - 1."""
    return bounce(start, speed * frames / (frames - 1), frames, low, high)


@exercise.mistake(hint="idea")
def turns_at_one_wall(start, speed, frames, low, high):
    """You reverse the speed at the upper wall alone. At the lower wall you mirror the
    place and forget the speed, so the ball stays there."""

    def at_wall(x: float, v: float, wall: float) -> tuple[float, float]:
        return 2 * wall - x, -v if wall == high else v

    return _walk(start, speed, frames, low, high, at_wall)


@exercise.mistake(hint="idea")
def mirrored_above_alone(start, speed, frames, low, high):
    """You mirror at the upper wall alone. The lower wall mirrors, too, and a long way
    meets both several times."""
    x = start + speed * torch.arange(frames)
    return torch.where(x > high, 2 * high - x, x)


@exercise.mistake(hint="idea")
def turns_without_a_mirror(start, speed, frames, low, high):
    """You reverse the speed of a ball on or behind a wall and do not mirror its place.
    Mirror the place in the frame in which it passes the wall."""
    x, found = start, []
    for _ in range(frames):
        found.append(x)
        if x >= high or x <= low:
            speed = -speed
        x += speed
    return torch.tensor(found)
