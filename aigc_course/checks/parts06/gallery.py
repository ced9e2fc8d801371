"""The exercises of the failure gallery, a repair for each case, in their order."""

from aigc_course.checks.parts06 import gallery_digits as digits
from aigc_course.checks.parts06 import gallery_more as more
from aigc_course.checks.parts06 import gallery_points as points

EXERCISES = [
    points.a,
    digits.b,
    points.c,
    digits.d,
    digits.e,
    points.f,
    more.g,
    more.h,
    more.i,
]
