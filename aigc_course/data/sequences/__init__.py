"""Sequences of tokens: tasks whose best answer is known, drawn without end.

`TaskBatches` makes a minibatch of a task; `repeated` and `markov_chains` are tasks for
in-context learning, `numerals` translates Chinese dates and numbers.
"""

from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.data.sequences.numerals import Vocabulary, numerals
from aigc_course.data.sequences.tasks import markov_chains, repeated

__all__ = ["TaskBatches", "Vocabulary", "markov_chains", "numerals", "repeated"]
