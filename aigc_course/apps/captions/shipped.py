"""The trained networks that ship with the course."""

from functools import cache

from aigc_course import pretrained
from aigc_course.apps.captions.learner import CaptionFlow
from aigc_course.apps.captions.networks import CaptionNetworks

NAME = "digit_captions"  # the shipped weights: see pretrained/digit_captions.md


@cache
def drawer() -> CaptionFlow:
    """A `CaptionFlow` with the shipped weights, ready to draw.

    Raises CourseError when its weights are missing or damaged.
    """
    model = CaptionFlow(CaptionNetworks())
    with pretrained.building(NAME):
        model.load_trained(pretrained.load_weights(NAME))
    return model
