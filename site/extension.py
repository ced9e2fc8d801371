"""What the course's pages need beyond Sphinx and MyST-NB."""

from typing import Any

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment.adapters import toctree

plain_image = NbElementRenderer.render_image
plain_entry = toctree._toctree_standard_entry
titles: dict[str, nodes.Element] = {}


def described_image(self: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """A notebook's picture, with the description that was stored beside it as alt."""
    made = plain_image(self, data)
    described = data.output_metadata.get(data.mime_type, {}).get("alt", "")
    for part in made:
        for image in part.findall(nodes.image):
            image["alt"] = described
    return made


def titles_alone(
    title: str, page: str, depth: int, contents: nodes.Element, *rest: Any
) -> tuple[nodes.Element, str]:
    """A page's entry in the lists of pages: without its headings.

    Sphinx copies the headings of every page for the list beside each other page, and
    then takes them out: that is a third of the time of a build.
    """
    if page not in titles:
        short = contents.deepcopy()
        for entry in short.children:
            if pages := list(entry.findall(addnodes.toctree)):
                entry[1][:] = pages  # the list of its headings, if it has any
            else:
                del entry[1:]
        titles[page] = short
    return plain_entry(title, page, depth, titles[page], *rest)


def _no_index(app: Sphinx) -> None:
    """The search has an index of its own; Sphinx need not make another."""
    for part in ("index_page", "dump_search_index"):
        if hasattr(app.builder, part):
            setattr(app.builder, part, lambda *page: None)


def install(app: Sphinx) -> None:
    """Called by conf.py's setup."""
    toctree._toctree_standard_entry = titles_alone
    app.connect("builder-inited", _no_index)
    NbElementRenderer.render_image = described_image  # type: ignore[method-assign]
    app.add_config_value("course_languages", [], "html")
    app.connect("html-page-context", _context)


def _context(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    """Where the same page is in other languages: (code, name, folder) of each."""
    context["other_languages"] = app.config.course_languages
