"""Sokoban levels as arrays of tiles, and as the text that Sokoban programs exchange.

A level is uint8 [H, W]; each number is a place in TILES, the characters of the XSB
format (Myers 1990s, the "xsb" files of XSokoban): wall #, goal ., box $, player @, and
* or + for a box or the player on a goal. Levels in a file are separated by empty lines;
lines that begin with ; or hold letters are remarks.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aigc_course.errors import CourseError

Tiles = NDArray[np.uint8]  # one level [H, W], or several of one size [N, H, W]

TILES = " #.$*@+"
FLOOR, WALL, GOAL, BOX, BOX_ON_GOAL, PLAYER, PLAYER_ON_GOAL = range(7)
NAMES = (
    "floor",
    "wall",
    "goal",
    "box",
    "box on a goal",
    "player",
    "player on a goal",
)
BOXES = (BOX, BOX_ON_GOAL)
GOALS = (GOAL, BOX_ON_GOAL, PLAYER_ON_GOAL)
PLAYERS = (PLAYER, PLAYER_ON_GOAL)
MOST_CELLS = 2_500  # of one level: 50 x 50
MOST_LEVELS = 10_000  # in one text
_CODES = {character: code for code, character in enumerate(TILES)}
_CODES |= {"-": FLOOR, "_": FLOOR}  # what some programs write for a floor


def where(level: Tiles, codes: Sequence[int]) -> NDArray[np.bool_]:
    """Where a level holds one of these tiles, bool of the same shape."""
    return np.isin(level, codes)


def count(level: Tiles, codes: Sequence[int]) -> NDArray[np.int64]:
    """How many such tiles each level holds: [...] for levels [..., H, W]."""
    return np.asarray(where(level, codes).sum(axis=(-2, -1)))


def fault(level: Tiles) -> str:
    """What is wrong with a level, as a sentence; empty when it can be played.

    A level has one player, at least one box, as many goals as boxes, and walls around
    all that the player can reach. Whether it can be solved is another question.
    """
    players, boxes, goals = (int(count(level, of)) for of in (PLAYERS, BOXES, GOALS))
    if players != 1:
        return f"A level has one player (@ or +); this one has {players}."
    if not boxes:
        return "A level has at least one box ($ or *); this one has none."
    if boxes != goals:
        return (
            f"A level has as many goals as boxes; this one has {boxes} boxes and"
            f" {goals} goals."
        )
    if is_open(level):
        return "Walls (#) surround the player; in this level there is a way out."
    return ""


def is_open(level: Tiles) -> bool:
    """Whether the player could leave the array if no box stood in the way."""
    free = level != WALL
    reached = where(level, PLAYERS)
    while True:
        wider = reached.copy()
        wider[1:] |= reached[:-1]
        wider[:-1] |= reached[1:]
        wider[:, 1:] |= reached[:, :-1]
        wider[:, :-1] |= reached[:, 1:]
        wider &= free
        if (wider == reached).all():
            break
        reached = wider
    edge = reached.copy()
    edge[1:-1, 1:-1] = False
    return bool(edge.any())


def check(level: Tiles) -> Tiles:
    """The level, if it can be played. Raises CourseError with `fault`'s sentence."""
    wrong = fault(level)
    if wrong:
        raise CourseError(wrong)
    return level


def to_text(level: Tiles) -> str:
    """A level as XSB text, one line a row, no empty end of a line.

    >>> print(to_text(np.array([[1, 1, 1, 1, 1], [1, 5, 3, 2, 1], [1, 1, 1, 1, 1]])))
    #####
    #@$.#
    #####
    """
    return "\n".join("".join(TILES[code] for code in row).rstrip() for row in level)


def write(levels: Sequence[Tiles]) -> str:
    """Several levels as one text, separated by empty lines."""
    return "\n\n".join(map(to_text, levels)) + "\n"


def read(text: str) -> list[Tiles]:
    """The levels of an XSB text.

    Raises CourseError, with the number of the level, for characters that are no tiles,
    levels that cannot be played, too large ones, too many, and a text without any.
    """
    blocks: list[list[str]] = [[]]
    for line in text.lstrip("\ufeff").splitlines():
        if not line.strip():
            blocks.append([])
        elif not _is_remark(line):
            blocks[-1].append(line.rstrip())
    found = [block for block in blocks if block]
    if not found:
        raise CourseError("This text holds no level; a level is drawn with # @ $ and .")
    if len(found) > MOST_LEVELS:
        raise CourseError(
            f"At most {MOST_LEVELS:,} levels are read, not {len(found):,}."
        )
    return [_one(block, number) for number, block in enumerate(found, start=1)]


def _is_remark(line: str) -> bool:
    """Titles and notes stand between levels: they hold letters, and no wall."""
    return line.startswith(";") or (
        "#" not in line and any(character.isalnum() for character in line)
    )


def _one(lines: list[str], number: int) -> Tiles:
    strange = sorted({c for line in lines for c in line} - _CODES.keys())
    if strange:
        raise CourseError(
            f"Level {number} holds the character {strange[0]!r}; tiles are # @ + $ * ."
            " and blanks."
        )
    width = max(map(len, lines))
    if len(lines) * width > MOST_CELLS:
        raise CourseError(
            f"Level {number} has {len(lines)} x {width} cells; at most {MOST_CELLS:,}"
            " are read."
        )
    codes = [[_CODES[c] for c in line.ljust(width)] for line in lines]
    level = np.array(codes, dtype=np.uint8)
    wrong = fault(level)
    if wrong:
        raise CourseError(f"Level {number} cannot be played: {wrong}")
    return level


def symmetries(level: Tiles) -> list[Tiles]:
    """The eight levels that turning and mirroring make, [H, W] or [W, H]."""
    turned = [np.rot90(level, k) for k in range(4)]
    return turned + [np.fliplr(one) for one in turned]


def canonical(level: Tiles) -> bytes:
    """A name that a level shares with its eight turned and mirrored forms alone."""
    return min(
        bytes(one.shape) + np.ascontiguousarray(one, dtype=np.uint8).tobytes()
        for one in symmetries(level)
    )
