"""Applications on images: inpainting, super-resolution, translation, and their worth.

`Paired` learns to put back what a task takes away (`Inpainting`, `SuperResolution`,
`EdgesToImage`), by regression or against a discriminator; RECIPES hold settings that
work in minutes on a CPU. `images` reads and writes the files of people, `pictures`
takes the trained networks to them.
"""

from aigc_course.apps import augmentation, images, pictures, tasks, textures, transfer
from aigc_course.apps.cycle import CycleGAN, Unpaired, unpaired
from aigc_course.apps.hiding import found_again
from aigc_course.apps.inpainting import (
    Diversity,
    diversity,
    invert,
    posterior_completions,
)
from aigc_course.apps.ledger import Ledger, Verdict, difference
from aigc_course.apps.networks import Restorer
from aigc_course.apps.paired import Paired, restore
from aigc_course.apps.privacy import Membership, class_gaussians, membership
from aigc_course.apps.reader import DigitClassifier
from aigc_course.apps.recipes import RECIPES, Recipe, recipe
from aigc_course.apps.shipped import pretrained_restorer
from aigc_course.apps.styles import STYLES, style
from aigc_course.apps.tasks import (
    EdgesToImage,
    Inpainting,
    SuperResolution,
    centre_hole,
    hide,
    outline,
)
from aigc_course.apps.translators import PatchDiscriminator, Translator
from aigc_course.apps.typeset import fonts, typeset
from aigc_course.apps.upscaling import TradeOff, trade_off

__all__ = [
    "RECIPES",
    "STYLES",
    "CycleGAN",
    "Diversity",
    "Inpainting",
    "Ledger",
    "Membership",
    "EdgesToImage",
    "Paired",
    "PatchDiscriminator",
    "DigitClassifier",
    "Recipe",
    "Restorer",
    "SuperResolution",
    "TradeOff",
    "Translator",
    "Unpaired",
    "Verdict",
    "augmentation",
    "centre_hole",
    "class_gaussians",
    "difference",
    "diversity",
    "fonts",
    "found_again",
    "hide",
    "images",
    "invert",
    "membership",
    "outline",
    "pictures",
    "posterior_completions",
    "pretrained_restorer",
    "recipe",
    "restore",
    "style",
    "tasks",
    "textures",
    "trade_off",
    "transfer",
    "typeset",
    "unpaired",
]
