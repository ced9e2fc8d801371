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
