"""Text of a question as the formats want it: HTML with code, escaped once."""

import re
from html import escape


def as_html(text: str) -> str:
    """Words with `code` as HTML.

    >>> as_html("`a < b` & more")
    '<code>a &lt; b</code> &amp; more'
    """
    parts = re.split(r"`([^`]+)`", text)
    shown = [escape(part, quote=False) for part in parts]
    shown[1::2] = [f"<code>{part}</code>" for part in shown[1::2]]
    return "".join(shown)


def as_prose(text: str) -> str:
    """A checker's sentence as Markdown: outside of code no sign is markup."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return text.replace("`", "'")
    for i in range(0, len(parts), 2):
        for sign in "\\*_[]<>$|":
            parts[i] = parts[i].replace(sign, f"\\{sign}")
    return "`".join(parts)
