"""Other right answers to 16.tone_pattern."""

import numpy as np

from tests.also_right import also_right


@also_right
def from_words(size, level, first):
    names = {"level": 1, "oblique": -1}
    begin = "level" if level else "oblique"
    other = "oblique" if level else "level"
    ends = ["level" if first else "oblique", "level", "oblique", "level"]
    rows = []
    for start, end in zip([begin, other, other, begin], ends, strict=True):
        row = [0] * size
        tone = names[start]
        for place in (1, 3) if size == 5 else (1, 3, 5):
            row[place] = tone
            tone = -tone
        row[size - 1] = names[end]
        rows.append(row)
    return rows


@also_right
def as_an_array(size, level, first):
    grid = np.zeros((4, size), dtype=int)
    inner = (size - 1) // 2
    signs = np.array([1, -1, -1, 1]) * (1 if level else -1)
    grid[:, 1:-1:2] = signs[:, None] * np.array([1, -1, 1])[:inner]
    grid[:, -1] = [2 * int(first) - 1, 1, -1, 1]
    return grid
