"""A laboratory for prompts: what a prompt does to a model's answers, measured.

Tasks with known answers: `SENTIMENT`, `TOPIC`, of a `Task`. Prompts as objects:
`Prompt`, `LinePrompt`, `turned`. Models: `speakers`, a `Speaker`; `answers` asks many
texts behind one prefix. Judgement: `calibrated`, `vote`, `majority`, `share`, `paired`.
`Choices` constrains what is written. `attack`: texts that give orders. `explain`: the
reason that a model gives, and the reason that it has. `shipped` is the record that
`measure` made with SmolLM2; `verdicts` reads it.
"""

from aigc_course.apps.prompts import attack, explain, measure, speakers
from aigc_course.apps.prompts.ask import Answers, Speaker, answers, next_logits
from aigc_course.apps.prompts.claims import Verdict, agreement, explained, verdicts
from aigc_course.apps.prompts.grammar import Choices
from aigc_course.apps.prompts.judge import (
    EMPTY,
    calibrated,
    indices,
    majority,
    paired,
    share,
    vote,
)
from aigc_course.apps.prompts.prompt import LinePrompt, Prompt, turned
from aigc_course.apps.prompts.record import Record, shipped
from aigc_course.apps.prompts.rivals import trained_share
from aigc_course.apps.prompts.tasks import SENTIMENT, TASKS, TOPIC, Item, Task

__all__ = [
    "EMPTY",
    "SENTIMENT",
    "TASKS",
    "TOPIC",
    "Answers",
    "Choices",
    "Item",
    "LinePrompt",
    "Prompt",
    "Record",
    "Speaker",
    "Task",
    "Verdict",
    "agreement",
    "answers",
    "attack",
    "calibrated",
    "explain",
    "explained",
    "indices",
    "majority",
    "measure",
    "next_logits",
    "paired",
    "share",
    "shipped",
    "speakers",
    "trained_share",
    "turned",
    "verdicts",
    "vote",
]
