"""Words to pictures: captions of digits and of scenes with two digits (chapter 16).

    "a thin slanted 3 left of a 7"

Words: `words.parse`, `words.tokens`, `words.plain`. Scenes of real digits: `scenes`.
Networks: `CaptionNetworks`, with a caption encoder that knows the order of the words or
is a bag of words. Learner: `CaptionFlow`. Rival without a network: `rivals.Paste`.
Judgement: `reader.look`, `reader.obeyed`, and `measure.report`.

>>> words.plain(words.parse("the fine three to the left of the 7"))
'a thin 3 left of a 7'
"""

from aigc_course.apps.captions import measure, reader, rivals, scenes, words
from aigc_course.apps.captions.learner import CaptionFlow
from aigc_course.apps.captions.networks import CaptionEncoder, CaptionNetworks
from aigc_course.apps.captions.rivals import Paste
from aigc_course.apps.captions.scenes import Digits, digits, held_out
from aigc_course.apps.captions.words import Scene, Thing, parse

__all__ = [
    "CaptionEncoder",
    "CaptionFlow",
    "CaptionNetworks",
    "Digits",
    "Paste",
    "Scene",
    "Thing",
    "digits",
    "held_out",
    "measure",
    "parse",
    "reader",
    "rivals",
    "scenes",
    "words",
]
