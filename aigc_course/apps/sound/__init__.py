"""Sound: notes of known pitch, a causal model that codes them exactly, and its rivals.

`instruments` makes notes, `network` learns and plays them, `adaptive` is the rival
without a network, `coder` turns notes into bytes and back, `pitch` measures.
"""

from aigc_course.apps.sound import (
    adaptive,
    coder,
    instruments,
    measure,
    mixture,
    network,
    past,
    pitch,
    predictor,
)

__all__ = [
    "adaptive",
    "coder",
    "instruments",
    "measure",
    "mixture",
    "network",
    "past",
    "pitch",
    "predictor",
]
