"""Exercise on how large a visible label has to be, and the picture with it."""

import math

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.label_size",
    order=30,
    title="A label that can be read",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="Two lower limits and an upper one meet. In a small picture letters cannot be"
    " drawn in 5 % of its side, so the picture is enlarged first. Try factors 1, 2,"
    " 3 and so on.",
    formula="For a factor k the letters need t = max(least, ceil(k min(h, w) / 20))"
    " rows. The smallest k with t <= most k h is the answer.",
    line="Write `k = 1`, then `while max(least, -(-k * min(height, width) // 20)) >"
    " most * k * height: k += 1`, then `return k, max(least, -(-k * min(height, width)"
    " // 20))`.",
    variation="Add a margin beneath the picture instead of enlarging it, and compare"
    " how many pixels of the picture are covered.",
)


@exercise.answer
def label_size(height: int, width: int, least: int, most: float) -> tuple[int, int]:
    """(factor, rows): how much to enlarge a picture, and how many rows letters get.

    The letters of a visible label are at least 5 % of the shorter side high, as
    GB 45438-2025 is reported to ask, and at least `least` rows, or they cannot be read.
    They cover at most the share `most` of the enlarged height. The factor is the
    smallest whole number from 1 for which that is possible; then rows is the smallest.
    """
    k = 0
    while True:
        k += 1
        # in whole numbers: 0.05 * 3 * 60 is 9.000000000000002 in floating point
        rows = max(least, -(-k * min(height, width) // 20))
        if rows <= most * k * height:
            return k, rows


@exercise.inputs
def pictures() -> list[tuple[int, int, int, float]]:
    # 5 % of the longer side fit everywhere, too: whoever takes them by mistake, and
    # tries factors in a loop, reaches an end and is told
    return [
        (28, 28, 7, 0.2),
        (28, 28, 9, 0.125),
        (64, 48, 7, 0.25),
        (512, 512, 7, 0.2),
        (1080, 1920, 7, 0.2),
        (1920, 1080, 7, 0.2),
        (601, 900, 7, 0.2),
        (140, 140, 5, 0.2),
        (10, 45, 7, 0.25),
        (60, 40, 7, 0.13),
        (100, 100, 7, 0.06),
        (30, 55, 7, 0.1),
        (36, 70, 7, 0.1),
        (4000, 4000, 7, 0.2),
        (32, 40, 8, 0.25),
        (60, 60, 9, 0.06),
    ]


@exercise.must_hold
def it_is_large_enough(f) -> str | None:
    """The letters have 5 % of the shorter side and the least number of rows."""
    for height, width, least, most in pictures():
        k, rows = f(height, width, least, most)
        if 20 * rows < k * min(height, width) or rows < least:
            return (
                f"A picture of {height} by {width}, enlarged {k} times, needs letters"
                f" of more than {rows} rows."
            )
    return None


@exercise.must_hold
def it_leaves_room(f) -> str | None:
    """The letters do not cover more of the height than they may."""
    for height, width, least, most in pictures():
        k, rows = f(height, width, least, most)
        if rows > most * k * height:
            return (
                f"{rows} rows are more than {most:.0%} of a picture of {height} rows"
                f" enlarged {k} times."
            )
    return None


def _grown(height, width, least, most, rows) -> tuple[int, int]:
    """The smallest factor for a rule that gives rows of an enlarged picture."""
    for k in range(1, 200):
        found = rows(k)
        if found <= most * k * height:
            return k, found
    return 200, rows(200)


def _right(k, height, width, least) -> int:
    return max(least, -(-k * min(height, width) // 20))


@exercise.mistake(hint="formula")
def rounded_down(height, width, least, most):
    """You round 5 % of the side down. The letters are then a little too small: round
    up."""
    return _grown(
        height, width, least, most, lambda k: max(least, k * min(height, width) // 20)
    )


@exercise.mistake(hint="formula")
def rounded_to_the_nearest(height, width, least, most):
    """You round 5 % of the side to the nearest number, which may be below it: round
    up."""
    return _grown(
        height,
        width,
        least,
        most,
        lambda k: max(least, round(k * min(height, width) / 20)),
    )


@exercise.mistake(hint="formula")
def in_floating_point(height, width, least, most):
    """You round 0.05 times the side up. In floating point 0.05 * 3 is a little above
    0.15, so you can get a row too many: divide by 20."""
    return _grown(
        height,
        width,
        least,
        most,
        lambda k: max(least, math.ceil(0.05 * k * min(height, width))),
    )


@exercise.mistake(hint="formula")
def one_row_always_added(height, width, least, most):
    """You round down and add a row. Where 5 % of the side are a whole number, that is a
    row too many: round up."""
    return _grown(
        height,
        width,
        least,
        most,
        lambda k: max(least, k * min(height, width) // 20 + 1),
    )


@exercise.mistake(hint="formula")
def of_the_longer_side(height, width, least, most):
    """You take 5 % of the longer side. The shorter one is meant."""
    return _grown(
        height,
        width,
        least,
        most,
        lambda k: max(least, -(-k * max(height, width) // 20)),
    )


@exercise.mistake(hint="formula")
def of_the_height(height, width, least, most):
    """You take 5 % of the height. Where the picture is higher than wide, the width is
    the shorter side."""
    return _grown(
        height, width, least, most, lambda k: max(least, -(-k * height // 20))
    )


@exercise.mistake(hint="idea")
def before_enlarging(height, width, least, most):
    """You take 5 % of the picture as it was. The letters stand in the enlarged picture:
    measure there."""
    return _grown(
        height, width, least, most, lambda k: max(least, -(-min(height, width) // 20))
    )


@exercise.mistake(hint="idea")
def never_enlarged(height, width, least, most):
    """You never enlarge the picture. In a small one the letters then cover more than
    they may."""
    return 1, _right(1, height, width, least)


@exercise.mistake(hint="idea")
def cannot_be_read(height, width, least, most):
    """You return 5 % of the side, however few rows that is. In 28 by 28 pixels it is
    two rows, and letters of two rows cannot be read."""
    return 1, -(-min(height, width) // 20)


@exercise.mistake(hint="formula")
def five_percent_is_enlarged_until_legible(height, width, least, most):
    """You enlarge until 5 % of the side reach the least number of rows. Letters may be
    larger than 5 %, so a smaller factor is enough."""
    k = max(1, math.ceil(20 * least / min(height, width)))
    return k, _right(k, height, width, least)


@exercise.mistake(hint="formula")
def the_share_of_the_shorter_side(height, width, least, most):
    """You compare the rows with a share of the shorter side. They cover a share of the
    height."""
    for k in range(1, 200):
        rows = _right(k, height, width, least)
        if rows <= most * k * min(height, width):
            return k, rows
    return 200, _right(200, height, width, least)


@exercise.mistake(hint="formula")
def less_than_the_share(height, width, least, most):
    """You want less than the share `most`. Exactly this share is allowed, so you
    enlarge pictures that are large enough."""
    for k in range(1, 200):
        rows = _right(k, height, width, least)
        if rows < most * k * height:
            return k, rows
    return 200, _right(200, height, width, least)


@exercise.mistake(hint="formula")
def largest_that_fits(height, width, least, most):
    """You return the largest letters that fit. The smallest that are allowed cover less
    of the picture."""
    k, _ = label_size(height, width, least, most)
    return k, int(most * k * height)


@exercise.mistake(hint="formula")
def the_area(height, width, least, most):
    """You compare with 5 % of the area. The rule is about the height of the letters."""
    area = math.ceil(math.sqrt(height * width / 20))
    return _grown(height, width, least, most, lambda k: max(least, k * area))
