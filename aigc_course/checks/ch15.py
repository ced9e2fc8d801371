"""The exercises of chapter 15, applications on images, in chapter order."""

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.parts15 import (
    augmentation,
    inpainting,
    privacy,
    style,
    textures,
    translation,
    upscaling,
)

chapter = Chapter(
    "15",
    [
        inpainting.misfit,
        inpainting.concord,
        upscaling.guess,
        translation.round_trip,
        style.products,
        style.dressed,
        augmentation.known,
        privacy.lead,
        privacy.budget,
        textures.around,
        textures.join,
    ],
)
