"""Pieces that change while a notebook cell runs."""

from aigc_course.widgets.live import LivePicture

__all__ = ["LivePicture"]
