"""A table that shows itself as HTML in a notebook and as plain text elsewhere."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, repr=False)
class Table:
    """Rows of text under a head, all of one length; `caption` says what they are."""

    head: list[str]
    rows: list[list[str]]
    caption: str = ""

    def __str__(self) -> str:
        lines = [self.head, *self.rows] if self.rows else []
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "   ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True))
            for line in lines
        ]
        return "\n".join([*(line.rstrip() for line in text), self.caption]).strip()

    def __repr__(self) -> str:
        return str(self)  # a console shows a table, not the lists it is made of

    def _repr_html_(self) -> str:
        caption = f"<p>{escape(self.caption)}</p>" if self.caption else ""
        if not self.rows:
            return caption
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in self.head)
        body = "".join(map(_row, self.rows))
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"{caption}"
        )


def _row(cells: list[str]) -> str:
    first, *others = map(escape, cells)
    figures = "".join(f"<td>{cell}</td>" for cell in others)
    return f'<tr><th scope="row">{first}</th>{figures}</tr>'
