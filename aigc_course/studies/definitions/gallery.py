"""The failure gallery's study, which stands beside the cases."""

from aigc_course.failures.study import study

__all__ = ["study"]
