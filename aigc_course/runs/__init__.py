"""Run folders: everything one training leaves behind.

`run` makes, trains and reads one; `config` is its config.json, `card` its card.md,
`lock` keeps two trainings out of one folder, `weights` its safetensors file.
"""

from aigc_course.runs.config import Config, amounts
from aigc_course.runs.run import CONFIG, REPORT, SUMMARY, Run

__all__ = ["CONFIG", "REPORT", "SUMMARY", "Config", "Run", "amounts"]
