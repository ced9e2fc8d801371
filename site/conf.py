"""Sphinx configuration of the course's website; `make site` prepares its source."""

import json
import os
import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import extension  # noqa: E402

facts = json.loads(os.environ.get("AIGC_SITE_FACTS", "{}"))

project = "Generative AI, built and tested"
author = "the authors of the course"
copyright = "the authors; MIT licence"
version = release = facts.get("version", "")
language = facts.get("language", "en")

course_languages = facts.get("other_languages", [])

extensions = ["myst_nb", "sphinx.ext.mathjax"]
nb_execution_mode = "off"
nb_merge_streams = True
nb_mime_priority_overrides = [
    ("html", "image/png", 5),  # where there is a picture, its text is the alt
    ("html", "image/gif", 4),
]
myst_enable_extensions = ["dollarmath", "amsmath", "attrs_block"]
myst_dmath_double_inline = True
myst_links_external_new_tab = False
myst_update_mathjax = False  # mathjax.json says what it reads
exclude_patterns: list[str] = []
root_doc = "index"

html_theme = "sphinx_book_theme"
html_title = project
templates_path = [str(HERE / "templates")]
html_static_path = [str(HERE / "static"), facts.get("vendored", "")]
html_favicon = str(HERE / "static" / "icon.svg")
html_css_files = ["course.css"]
html_js_files = ["spoken.js", "language.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False
html_extra_path = facts.get("extra", [])
html_sidebars = {
    "**": ["course-logo.html", "search-button-field.html", "sbt-sidebar-nav.html"]
}
html_theme_options = {
    "path_to_docs": "",
    "use_download_button": False,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "article_header_end": ["language.html", "article-header-buttons.html"],
    "logo": {"text": project},
}
mathjax_path = "mathjax/startup.js"
mathjax4_config = json.loads((HERE / "mathjax.json").read_text(encoding="utf-8"))


def setup(app: Sphinx) -> None:
    """Hook in what the course's pages need beyond Sphinx."""
    extension.install(app)
