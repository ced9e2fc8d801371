"""What the course's pages need beyond Sphinx and MyST-NB."""

from html import escape

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx.application import Sphinx

plain_image = NbElementRenderer.render_image


def described_image(self: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """A notebook's picture, with the description that was stored beside it as alt."""
    made = plain_image(self, data)
    described = data.output_metadata.get(data.mime_type, {}).get("alt", "")
    for part in made:
        for image in part.findall(nodes.image):
            image["alt"] = described
    return made


def install(app: Sphinx) -> None:
    """Called by conf.py's setup."""
    NbElementRenderer.render_image = described_image  # type: ignore[method-assign]
    app.connect("html-page-context", _context)


def _context(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    """The page's name and language, for the language switch and the lab pages."""
    context["page_language"] = app.config.language
    context["page_title"] = escape(context.get("title", ""))
