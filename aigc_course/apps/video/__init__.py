"""Video: digits that move and bounce, and a ball with two futures.

`scenes` films them, `model` finds where things are and predicts where they go,
`rivals` predict without a network, `measure` compares with what came.
"""

from aigc_course.apps.video import dynamics, measure, model, rivals, scenes

__all__ = ["dynamics", "measure", "model", "rivals", "scenes"]
