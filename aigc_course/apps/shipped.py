"""The restorers that ship with the course, so that the commands work at once."""

from aigc_course import pretrained
from aigc_course.apps.networks import Restorer
from aigc_course.apps.recipes import recipe
from aigc_course.errors import CourseError


def file_name(name: str, way: str) -> str:
    """What the shipped files of a recipe are called, without suffix.

    >>> file_name("upscale-4", "regression")
    'digit_upscale_4_regression'
    """
    return f"digit_{name}_{way}".replace("-", "_")


def is_shipped(name: str, way: str) -> bool:
    """Whether the course has weights for this recipe."""
    return file_name(name, way) in pretrained.names()


def pretrained_restorer(name: str, way: str = "adversarial") -> Restorer:
    """The network of a recipe with the shipped weights, on the CPU and evaluating.

    The card beside its weights in `aigc_course/pretrained` says how it was trained and
    how good it is. Raises CourseError for an unknown recipe, for one whose weights are
    not shipped, and when the files are damaged.
    """
    network = recipe(name, way).network()
    if not is_shipped(name, way):
        raise CourseError(
            f"No weights are shipped for {name} {way}: on the command line choose"
            " another --method; in Python train what"
            f" apps.recipe({name!r}, {way!r}).build() gives with training.fit."
        )
    network.load_state_dict(pretrained.load_weights(file_name(name, way)))
    return network.eval().requires_grad_(False)
