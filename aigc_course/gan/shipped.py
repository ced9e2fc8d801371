"""The generator that ships with the course, so that nobody must train to see digits."""

from aigc_course import pretrained
from aigc_course.gan.networks import Generator
from aigc_course.gan.recipes import recipe

NAME = "mnist_dcgan"


def pretrained_generator() -> Generator:
    """The shipped generator of MNIST digits, on the CPU and in evaluation mode.

    `aigc_course/pretrained/mnist_dcgan.md` says how it was trained and how good it is.
    Raises CourseError when its files are damaged.
    """
    card = pretrained.card(NAME)
    network = recipe(card["model"], card["preset"]).generator()
    network.load_state_dict(pretrained.load_weights(NAME))
    return network.eval()
