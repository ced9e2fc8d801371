"""The exercises of chapter 15, applications on images, in chapter order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts15 import inpainting, style, translation, upscaling

chapter = Chapter(
    "15",
    [
        inpainting.misfit,
        inpainting.concord,
        upscaling.guess,
        translation.round_trip,
        style.products,
        style.dressed,
    ],
)
