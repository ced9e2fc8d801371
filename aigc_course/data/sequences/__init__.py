"""Sequences of tokens: tasks whose best answer is known, drawn without end.

`TaskBatches` makes a minibatch of a task; `repeated` and `markov_chains` are tasks for
in-context learning, `numerals` translates Chinese dates and numbers. `text` gives a
text that comes with the course, `Windows` random pieces of one, and `Growing` ones that
grow longer.
"""

from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.data.sequences.growing import Growing
from aigc_course.data.sequences.numerals import Vocabulary, numerals
from aigc_course.data.sequences.tasks import markov_chains, repeated
from aigc_course.data.sequences.text import Corpus, text
from aigc_course.data.sequences.windows import Windows

__all__ = [
    "Corpus",
    "Growing",
    "TaskBatches",
    "Vocabulary",
    "Windows",
    "markov_chains",
    "numerals",
    "repeated",
    "text",
]
