"""Measure the prose of chapters and pages, and name what breaks its mechanical rules.

    python tools/prose.py                  a table, one row a chapter or page
    python tools/prose.py 08 README        every finding in these

Prose is the text of Markdown cells without formulas, code, tables, headings and lists
of references. A rule names a phrase and what to write in its place; the limits on long
sentences hold for the whole course (`LIMITS`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "FAQ.md")
LONG, TOO_LONG = 25, 35  # words
LIMITS = {"over 25 words": 0.03, "over 35 words": 0.005, "without a verb": 0.01}

DEGREES = "(?:more|longer|less|better|worse|other|larger|smaller|nearer|slower|faster)"

# phrase (a regular expression): what to write in its place
PHRASES = {
    rf"(?<!there )\b(?:is|are|was|were) no (?!{DEGREES}\b)": "negate with not: 'not a'",
    r"\bone (?:hears|says|sees|asks|wants|knows|must|can|needs|reads|writes"
    r"|takes|gets|would|could|should)\b": "say you or we",
    r"\bnobody\b": "say 'no method' or who",
    r"\b(?:thrift|dear|dearer|mercy|confession|sober|soberly)\b": "no figure of speech",
    r"\bpa(?:ys|id|ying) (?:for|with)\b": "say what the cost is",
    r"\bthe price\b": "say 'the cost' and of what",
    r"\bheld? (?:it |them |that |this )?against\b": "say 'compare with'",
    r"\bpaint(?:s|ed|er|ers|ing)?\b": "say decode, generate or inpaint",
    r"\bdice\b": "say 'random sampling'",
    r"\bloud(?:er|ly|ness)?\b": "say 'large' and of what: the size of the gradient",
    r"\bread rightly\b|\brightly\b": "say 'correctly' or 'classified correctly'",
    r"\bthere and back\b": "say 'reconstruction'",
    r"\bobedien(?:ce|t)\b|\bdisobedient\b": "say 'label accuracy'",
    r"\bMonday\b": "no figure of speech",
    r"\bodd (?:images|pictures|digits)\b": "say 'outliers'",
    r"\bforeign (?:images|pictures)\b": "say 'out-of-distribution images'",
    r"\bmost probable model\b": "say 'maximum-likelihood model'",
    r"\bmend(?:s|ed|ing)?\b": "say 'repair' or 'fix'",
    r"\bMind the\b": "say what to treat separately",
    r"\bghosts?\b|\bfog\b": "say 'blurred averages' or 'grey noise'",
    r"\bof late\b": "say 'recently'",
    r"\bwho(?:ever)? has learnt\b": "name the subject",
    r"\bforetold\b|\bforetells?\b": "say 'predicted'",
    r"\bin silence\b": "say 'is not noticed'",
    r"\bwant of\b": "say 'without'",
}
REFERENCES = re.compile(r"^#+ References\b.*", re.M)
# Function verbs, and the verbs that instruct; other verbs show by their ending.
_VERBS = """
    add agree am apply are ask assume be beat beats become been began begin begun
    being belong bound broke built call came can cannot carry change check choose
    chose collapse come comes compare compute confuse contain copy cost costs could
    count cover create cut decide define delete depend derive describe did differ
    divide do does done draw drew drop enter estimate evaluate exist expect explain
    fail fall falls feed fell fill find fit fix follow follows fool fools form found
    gave generate get give go got grew grow guess had happen has have held help hid
    hide hold holds hurt ignore imagine improve include invert is judge keep kept
    knew know label land lead learn learnt leave led left let lets lie lies like
    list live load look lose lost lower made make map mask match maximise may mean
    means meant measure met might minimise miss mix move multiply must name need
    normalise note observe obtain occur offer open optimise order own paid pass pick
    plan play plot point predict prefer press prevent print produce prove provide
    pull push put raise ran reach read receive recognise reduce reject rely remain
    remember remove render repeat replace report require restore return reveal
    reward rise rises rose rotate round run sample sat save saw say says scale see
    seen select sent set shall share shift should show shown shrink skip slept
    smooth solve sort sound speak speed spent split spoke spread start stay step
    stood stop store stuck subtract suffer suggest sum suppose survive swap sweep
    take taught teach tell test think thought told took touch trace track train
    transform translate treat try tune turn understood update use vary verify view
    visit wait walk want was watch weigh weight went were widen will wish won wonder
    wore work would write written wrote zoom
"""
VERBS = frozenset(_VERBS.split())
ENDS = re.compile(r"(?:ed|es|s|ing|n't|'s|'re|'ll)$")


@dataclass(frozen=True)
class Sentence:
    """A sentence and the line of its cell or page."""

    text: str
    place: str

    @property
    def words(self) -> list[str]:
        """Words and numbers; a formula or a piece of code counts as one."""
        return re.findall(r"[\w'’%.,×^-]*\w[\w'’%-]*", self.text)

    @property
    def has_verb(self) -> bool:
        """Whether some word may be a verb, or a formula says it: a generous test."""
        low = [w.lower() for w in self.words]
        return "formula" in low or any(w in VERBS or ENDS.search(w) for w in low)


def chapter_texts(path: Path) -> Iterator[tuple[str, str]]:
    """(place, Markdown) of each text cell of a chapter script."""
    place, lines, is_text = "", list[str](), False
    for number, line in enumerate([*path.read_text("utf-8").split("\n"), "# %%"], 1):
        if line.startswith("# %%"):
            if is_text:
                yield place, "\n".join(lines)
            is_text = line.startswith("# %% [markdown]")
            place, lines = f"{path.name}:{number}", []
        elif is_text:
            lines.append(line.removeprefix("# ").removeprefix("#"))


def sentences(place: str, markdown: str) -> Iterator[Sentence]:
    """The sentences of one text."""
    text = REFERENCES.split(markdown)[0]
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    # a bold label opens a paragraph as a heading does
    text = re.sub(r"(^|\n)(\s*(?:[-*] |\d+\. )?)\*\*[^*]{1,60}[.:]\*\*", r"\1\2", text)
    # a sentence goes on through a displayed formula
    text = re.sub(r"\s*\$\$(.*?)\$\$\s*", _displayed, text, flags=re.S)
    text = re.sub(r"\$[^$]+\$", "FORMULA", text)
    text = re.sub(r"`[^`]+`", "CODE", text)
    text = re.sub(r"\{\{[^}]*\}\}", "VALUE", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    kept = [
        line
        for line in text.split("\n")
        if not line.lstrip().startswith(("#", "|", "<")) and line[:4] != " " * 4
    ]
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)", "\n".join(kept)):
        joined = " ".join(block.split()).strip("-* ")
        joined = re.sub(r"\*+", "", joined)
        joined = re.sub(r"\b(et al|e\.g|i\.e|cf|vs|Eq|Fig|St)\.", r"\1", joined)
        for piece in re.split(r"(?<=[.?!])[\"”)]*\s+(?=[\"“(A-Z0-9])", joined):
            if re.search(r"[A-Za-z]{2}", piece):
                yield Sentence(piece.strip(), place)


def _displayed(found: re.Match[str]) -> str:
    """A displayed formula as one word, with the full stop that ends it."""
    ends = re.search(r"\.\s*(?:\\tag\{[^}]*\}\s*)?$", found[1])
    return " FORMULA. " if ends else " FORMULA "


@dataclass(frozen=True)
class Measures:
    """What was counted in one chapter or page."""

    sentences: list[Sentence]

    def phrases(self) -> list[tuple[Sentence, str, str]]:
        """(sentence, what stands there, what to write) of each broken rule."""
        return [
            (sentence, found.group(), advice)
            for sentence in self.sentences
            for pattern, advice in PHRASES.items()
            for found in [re.search(pattern, sentence.text, re.I)]
            if found
        ]

    def of(self, what: str) -> list[Sentence]:
        """The sentences that a limit counts."""
        if what == "without a verb":
            return [s for s in self.sentences if s.text[-1] in ".!" and not s.has_verb]
        most = LONG if what == "over 25 words" else TOO_LONG
        return [s for s in self.sentences if len(s.words) > most]


def measured(path: Path) -> Measures:
    """Count a chapter script or a Markdown page."""
    if path.suffix == ".py":
        texts = list(chapter_texts(path))
    else:
        texts = [(path.name, path.read_text("utf-8"))]
    return Measures([s for place, text in texts for s in sentences(place, text)])


def files() -> list[Path]:
    """Chapters in order, then the pages."""
    return [*sorted((ROOT / "chapters").glob("*.py")), *(ROOT / p for p in PAGES)]


def table() -> str:
    """Counts and shares, one row a file, and the whole course last."""
    rows = [(path.stem[:24], measured(path)) for path in files()]
    every = [s for _, found in rows for s in found.sentences]
    lines = [f"{'':<25}sentences  phrases" + "".join(f"{k:>16}" for k in LIMITS)]
    for name, found in [*rows, ("all", Measures(every))]:
        shares = "".join(
            f"{len(found.of(what)) / max(len(found.sentences), 1):>16.1%}"
            for what in LIMITS
        )
        count, broken = len(found.sentences), len(found.phrases())
        lines.append(f"{name:<25}{count:>9}{broken:>9}{shares}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the table, or the findings of the files that are named."""
    if not arguments:
        print(table())
        return 0
    for path in files():
        if not path.name.startswith(tuple(arguments)):
            continue
        found = measured(path)
        for sentence, phrase, advice in found.phrases():
            print(f"{sentence.place}: {phrase!r}, {advice}: {sentence.text}")
        for what in LIMITS:
            for sentence in found.of(what):
                print(f"{sentence.place}: {what}: {sentence.text}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
