"""Asking for what you want: attributes measured, requests understood, latents moved."""

from aigc_course.control.attributes import Attributes, measure, shear, stroke
from aigc_course.control.conditions import Conditions, draw
from aigc_course.control.latent import (
    Direction,
    direction,
    truncated_normal,
    truncated_variance,
)
from aigc_course.control.prompt import Request, parse

__all__ = [
    "Attributes",
    "Conditions",
    "Direction",
    "Request",
    "direction",
    "draw",
    "measure",
    "parse",
    "shear",
    "stroke",
    "truncated_normal",
    "truncated_variance",
]
