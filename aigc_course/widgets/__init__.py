"""Interactive labs, and pieces that change while a notebook cell runs.

A lab is tick-driven: its page asks for a few hundredths of a second of work, the kernel
does it and answers with what is to be drawn. Where no widget can run, a lab shows a
figure with a description in words.
"""

from aigc_course.widgets.blind import blind_answers, blind_result, blind_test
from aigc_course.widgets.explorer import loss_explorer
from aigc_course.widgets.field import field_lab
from aigc_course.widgets.lab import gan_lab
from aigc_course.widgets.latent import latent_explorer
from aigc_course.widgets.line_game import game_1d
from aigc_course.widgets.live import LivePicture
from aigc_course.widgets.sokoban import level_lab
from aigc_course.widgets.tokens import attention_explorer

__all__ = [
    "LivePicture",
    "attention_explorer",
    "blind_answers",
    "blind_result",
    "blind_test",
    "field_lab",
    "game_1d",
    "gan_lab",
    "latent_explorer",
    "level_lab",
    "loss_explorer",
]
