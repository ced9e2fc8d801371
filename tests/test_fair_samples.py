"""No set of real pictures is the first rows of a file, whose order is that of writers.

`data.parts` draws fair samples. Rows that are only shown are named in SHOWN, each with
what is done with them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("chapters", "benchmarks", "aigc_course/studies", "aigc_course/commands")
FOLDERS += ("aigc_course/failures", "aigc_course/apps", "aigc_course/metrics")
SETS = {"images", "labels"}

# file stem: expressions that take rows in the file's order, and why they may
SHOWN: dict[str, dict[str, str]] = {
    "metric_ways": {
        "train.images[:N]": "timed, not judged",
        "train.labels[:N]": "timed, not judged",
        "data.load('mnist', 'train').images[:N]": "timed, not judged",
    },
    "responsible": {
        "data.load('mnist', 'test').images[:JUDGED]": "rules compared with each other",
    },
    "00_start_here": {
        "digits.images[:8]": "a range is printed",
        "digits.images[:10]": "a figure",
    },
    "04_a_first_gan": {"digits.images[:16]": "a figure"},
    "05_dcgan_mnist": {
        "digits.images[:48]": "a figure",
        "digits.images[:256]": "a histogram of pixels",
    },
    "10_asking_for_what_you_want": {"test.images[three:three + 1]": "one picture"},
    "17_responsible_generation": {
        "chain[k].images[:14]": "a figure",
        "digits.images[:10000]": "clients learn from them",
        "digits.labels[:len(mine)]": "of the same",
        "digits.images[:128]": "what a server rebuilds",
        "digits.labels[:128]": "of the same",
        "digits.labels[:1]": "of the same",
    },
    "18_provenance_and_detection": {
        "digits.images[:5000]": "components are fitted to them",
        "digits.images[:8000]": "a generator learns from them",
        "digits.labels[:8000]": "of the same",
        "first.labels[:len(many)]": "of a random part",
        "first.labels[:few]": "of a random part",
    },
    "captions": {
        "found.images[:n]": "networks learn from them",
        "found.labels[:n]": "of the same",
        "test.images[5000:]": "shares obeyed, of one set",
    },
    "21_capstone": {"known.images[:20]": "copies that are planted"},
    "detection": {
        "known.images[:10000]": "a generator learns from them",
        "known.labels[:10000]": "of the same",
        "test.images[:JUDGED]": "shares accused, of one set",
        "test.images[:2 * JUDGED]": "shares accused, of one set",
    },
    "14_data_decides": {
        "some.images[:12]": "a figure",
        "corrupt.make(kind, 0.5)(some, seed=1).images[:12]": "a figure",
    },
}


def slices(tree: ast.AST) -> Iterator[str]:
    """Expressions such as test.images[:n]: rows of a set by their place in it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript):
            continue
        rows = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
        of = node.value
        if isinstance(rows, ast.Slice) and rows != ast.Slice():
            named = isinstance(of, ast.Attribute) and of.attr in SETS
            if named and (rows.lower or rows.upper):
                yield ast.unparse(node)


def files() -> list[Path]:
    return sorted(path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_real_pictures_are_drawn_at_random(path: Path) -> None:
    found = set(slices(ast.parse(path.read_text(encoding="utf-8"))))
    exempt = set(SHOWN.get(path.stem, {}))
    assert found - exempt == set(), "use data.parts, or name the rows in SHOWN"
    assert exempt - found == set(), "SHOWN names rows that are not taken any more"


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("real = metrics.features(test.images[:n])", ["test.images[:n]"]),
        ("taught = train.images[:N], train.labels[:N]", 2),
        ("x = images.images[-2000:]", ["images.images[-2000:]"]),
        ("x = some.images[rows]", []),
        ("x = image[..., 3:-3]", []),
    ],
)
def test_the_rule_sees_what_it_should(code: str, taken) -> None:
    found = list(slices(ast.parse(code)))
    assert len(found) == (taken if isinstance(taken, int) else len(taken))
