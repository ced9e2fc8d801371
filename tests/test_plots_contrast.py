"""Text in figures stands out from its ground: 4.5:1, as WCAG 2.2 asks (1.4.3)."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from aigc_course import plots
from aigc_course.plots.graphs import graphs, vae_graph
from aigc_course.plots.latents import TEN
from aigc_course.widgets.bundle import STATIC

LEAST = 4.5


def luminance(colour) -> float:
    """Relative luminance, 0 to 1, of a colour (WCAG 2.2)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(colour)
    ]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(colour, ground="white") -> float:
    low, high = sorted((luminance(colour), luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("black") == pytest.approx(21)
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("#D55E00") < LEAST


STAGES = [plots.Stage(name, f"about {name}", "01") for name in ("a", "b", "c")]
FIGURES = {
    "game": plots.gan_game,
    "pipeline": lambda: plots.pipeline(STAGES, [plots.Return(2, 0, "back")]),
    "graphs": lambda: graphs({"VAE": vae_graph()}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_words_in_diagrams_stand_out(name):
    texts = [t for t in FIGURES[name]().findobj(Text) if t.get_text().strip()]
    assert len(texts) > 5
    weak = {
        t.get_text(): t.get_color() for t in texts if contrast(t.get_color()) < LEAST
    }
    assert weak == {}


def test_digits_that_mark_codes_stand_out():
    assert len(set(TEN)) == 10
    assert [colour for colour in TEN if contrast(colour) < LEAST] == []


def test_digits_of_the_latent_explorer_stand_out():
    views = (STATIC / "latent_view.js").read_text(encoding="utf-8")
    found = re.search(r"const INKS = \[(.*?)\]", views, re.S)
    assert found
    own = re.findall(r"#[0-9A-F]{6}", found[1])
    assert len(own) == 3 and all(contrast(colour) >= LEAST for colour in own)
