"""How good levels are: playable, new, different, as asked, alike in their patterns."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from aigc_course.apps.levels.solver import fewest_moves, solve
from aigc_course.apps.levels.tiles import BOXES, Tiles, canonical, count, fault
from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval

MOST = 50_000  # states a level may cost before it is "unknown"
EPSILON = 0.5  # added to every count of a pattern


def verdicts(levels: Tiles) -> list[str]:
    """Of each level "malformed", "impossible", "unknown", "trivial" or "solved".

    "trivial": all boxes stand on goals from the start.
    """
    return [_verdict(level) for level in levels]


def _verdict(level: Tiles) -> str:
    if fault(level):
        return "malformed"
    answer = solve(level, MOST)
    trivial = answer.verdict == "solved" and not answer.moves
    return "trivial" if trivial else answer.verdict


def names(levels: Tiles) -> set[bytes]:
    """One name for each class of levels that turning and mirroring make alike."""
    return {canonical(level) for level in levels}


def novel(levels: Tiles, known: set[bytes]) -> NDArray[np.bool_]:
    """Which levels are not, after turning and mirroring, among those known."""
    return np.array([canonical(level) not in known for level in levels])


def distinct(levels: Tiles) -> float:
    """The share of levels that are left when equal ones are counted once."""
    return len(names(levels)) / len(levels)


def pattern_counts(levels: Tiles, side: int = 2) -> Counter[bytes]:
    """How often each window of side x side tiles occurs in levels [N, H, W]."""
    windows = np.lib.stride_tricks.sliding_window_view(levels, (side, side), (1, 2))
    flat = np.ascontiguousarray(windows).reshape(-1, side * side)
    found, times = np.unique(flat, axis=0, return_counts=True)
    return Counter({row.tobytes(): int(n) for row, n in zip(found, times, strict=True)})


def pattern_divergence(made: Tiles, real: Tiles, side: int = 2) -> float:
    """KL divergence in nats of the patterns of real levels from those of made ones.

    D = sum_w P(w) log(P(w) / Q(w)), P of the real and Q of the made levels, with
    EPSILON added to the count of each pattern that occurs in either (Lucas and Volz
    2019, section 3, with another way to smooth).
    """
    p, q = pattern_counts(real, side), pattern_counts(made, side)
    patterns = p.keys() | q.keys()
    total_p = p.total() + EPSILON * len(patterns)
    total_q = q.total() + EPSILON * len(patterns)
    divergence = 0.0
    for w in patterns:
        share = (p[w] + EPSILON) / total_p
        divergence += share * math.log(share / ((q[w] + EPSILON) / total_q))
    return divergence


def rank_correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's correlation, in which equal values share a mean rank.

    Raises CourseError for lists of different lengths or fewer than two values; NaN
    where all values of a list are equal.
    """
    if len(a) != len(b) or len(a) < 2:
        raise CourseError(
            "A rank correlation needs two lists of equal length, 2 or more."
        )
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(spearmanr(a, b).statistic)


@dataclass(frozen=True)
class Report:
    """Figures of n levels; shares are of all n.

    well_formed: one player, walls around, as many goals as boxes. playable: a solution
    was found, and it is not empty. unknown: the search gave up. novel: not among the
    training levels after the symmetries, as a share of the playable (0 where none is).
    distinct: of all. boxes: as many boxes as asked. moves: rank correlation of moves
    asked and found, over the playable levels. patterns: `pattern_divergence` for 2 x 2
    tiles.
    """

    n: int
    well_formed: float
    playable: float
    unknown: float
    novel: float
    distinct: float
    boxes: float
    moves: float
    patterns: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the playable share (Wilson 1927)."""
        return share_interval(round(self.playable * self.n), self.n)


def report(
    levels: Tiles,
    known: set[bytes],
    real: Tiles,
    boxes: Sequence[int] = (),
    bands: Sequence[int] = (),
) -> Report:
    """Measure levels [N, H, W]; boxes and bands: what was asked of each, if told."""
    told = verdicts(levels)
    good = [i for i, verdict in enumerate(told) if verdict == "solved"]
    playable = levels[good]
    asked = count(levels, BOXES) == np.array(boxes) if len(boxes) else np.zeros(0)
    moves = math.nan
    if len(bands) and len(good) > 1:
        found = [fewest_moves(level)[0] or 0 for level in playable]
        moves = rank_correlation([bands[i] for i in good], found)
    n = len(levels)
    return Report(
        n,
        1 - told.count("malformed") / n,
        len(good) / n,
        told.count("unknown") / n,
        float(novel(playable, known).mean()) if len(good) else 0.0,
        distinct(levels),
        float(asked.mean()) if len(boxes) else math.nan,
        moves,
        pattern_divergence(levels, real),
    )
