"""What the course's pages need beyond Sphinx and MyST-NB."""

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
    app.add_config_value("course_languages", [], "html")
    app.connect("html-page-context", _context)


def _context(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    """Where the same page is in other languages: (code, name, folder) of each."""
    context["other_languages"] = app.config.course_languages
