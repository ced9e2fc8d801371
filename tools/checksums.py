"""Write into SECURITY.md what a reader can compare: SHA-256 of all that is shipped.

python tools/checksums.py            # writes the table
python tools/checksums.py --check    # says whether it is right; writes nothing
"""

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START = "<!-- checksums: written by tools/checksums.py -->"
END = "<!-- end of checksums -->"
SHIPPED = (
    "aigc_course/pretrained/*.safetensors",
    "aigc_course/capstone/examples/*.safetensors",
    "aigc_course/data/mnist/*.xz",
    "aigc_course/data/sequences/texts/*.xz",
)


def table() -> str:
    """A Markdown row for each shipped file: its name, size and SHA-256."""
    paths = [path for pattern in SHIPPED for path in sorted(ROOT.glob(pattern))]
    rows = ["| file | bytes | SHA-256 |", "| --- | --- | --- |"]
    for path in paths:
        content = path.read_bytes()
        name = path.relative_to(ROOT).as_posix()
        digest = hashlib.sha256(content).hexdigest()
        rows.append(f"| `{name}` | {len(content):,} | `{digest}` |")
    return "\n".join(rows)


def with_table(text: str) -> str:
    """The text with today's table between its two marks."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Write the table, or say whether it is right."""
    file = ROOT / "SECURITY.md"
    text = file.read_text(encoding="utf-8")
    if "--check" in arguments:
        same = with_table(text) == text
        print("in step" if same else "SECURITY.md differs: run tools/checksums.py")
        return 0 if same else 1
    file.write_text(with_table(text), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
