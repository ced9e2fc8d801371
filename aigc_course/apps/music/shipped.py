"""The two small networks that come with the course, so that nobody has to train first.

`tools/ship_chorale_models.py` makes them; their cards say how.
"""

from functools import cache

from aigc_course import pretrained
from aigc_course.apps.music.network import Shape, StepNetwork

COMPOSER, HARMONISER = "chorale_composer", "chorale_harmoniser"
SMALL = (40, 3, 4, 48)  # width, layers, heads, inner


@cache
def composer() -> StepNetwork:
    """The causal network, for scores from nothing. Raises CourseError if damaged."""
    return _network(COMPOSER)


@cache
def harmoniser() -> StepNetwork:
    """The network that fills in, for given melodies. Raises CourseError if damaged."""
    return _network(HARMONISER)


def _network(name: str) -> StepNetwork:
    with pretrained.building(name):
        network = StepNetwork(Shape(**pretrained.card(name)["shape"]))
        network.load_state_dict(pretrained.load_weights(name))
    return network.eval()
