"""The flow that ships with the course, so that nobody must train to see digits."""

from aigc_course import pretrained
from aigc_course.flow.latent import LatentFlow
from aigc_course.flow.recipes import RECIPES

NAME = "mnist_flow"


def pretrained_flow() -> LatentFlow:
    """The shipped latent flow of MNIST digits, which knows labels, on the CPU.

    `aigc_course/pretrained/mnist_flow.md` says how it was trained and how good it is.
    Raises CourseError when its files are damaged.
    """
    card = pretrained.card(NAME)
    model: LatentFlow = RECIPES[card["model"], card["preset"]].build()
    weights = pretrained.load_weights(NAME)
    model.load_trained(weights)
    return model
