"""Exercise on the form of a regular quatrain: its pattern of tones."""

import torch

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.tone_pattern",
    order=10,
    title="The tones of a quatrain",
    difficulty=2,
    minutes=12,
    asks="method",
    idea="Two things are separate. The places 1, 3 (and 5) alternate, from a start that"
    " depends on the line. The last place depends on the rhyme alone.",
    formula="The starts of the four lines are s, -s, -s, s. Place 1 has the start,"
    " place 3 its opposite, place 5 the start again. The ends are 1 or -1, then 1, -1,"
    " 1.",
    line="Fill `rows = [[0] * size for _ in range(4)]`; with `s = 1 if level else -1`"
    " set `rows[i][place] = (s, -s, -s, s)[i] * (-1) ** n` for the n-th of the places"
    " 1, 3 (and 5), then the last places, and return `rows`.",
    line_is_part="it leaves the loops and the last places to you",
    variation="Forbid three level tones at the end of a line (三平尾) too. This needs"
    " a place that was free so far.",
)


@exercise.answer
def tone_pattern(size: int, level: bool, first: bool) -> list[list[int]]:
    """Four rows of `size` numbers: 1 level, -1 oblique, 0 any tone.

    size: 5 or 7 characters in a line. level: whether place 1 of the first line is
    level, counted from 0. first: whether the first line rhymes with lines 2 and 4.
    """
    rows = []
    s = 1 if level else -1
    for line, start in enumerate((s, -s, -s, s)):
        row = [0] * size
        for n, place in enumerate(range(1, size - 1, 2)):
            row[place] = start * (-1) ** n
        row[-1] = 1 if line in (1, 3) or (line == 0 and first) else -1
        rows.append(row)
    return rows


CASES = [
    (size, level, first)
    for size in (5, 7)
    for level in (True, False)
    for first in (True, False)
]


def made(f, *case) -> torch.Tensor:
    """What f returns as whole numbers [4, size]."""
    rows = torch.as_tensor([[int(n) for n in row] for row in f(*case)])
    assert list(rows.shape) == [4, case[0]], (
        "The function returns four rows with one number for each character of a line."
    )
    return rows


@exercise.observe
def every_pattern(f) -> list[torch.Tensor]:
    """All four patterns of both sizes."""
    return [made(f, *case) for case in CASES]


@exercise.must_hold
def five_is_the_end_of_seven(f) -> bool:
    """The last five places of a line of seven are a line of five that begins with the
    other tone."""
    for level in (True, False):
        for first in (True, False):
            seven, five = made(f, 7, level, first), made(f, 5, not level, first)
            if not torch.equal(seven[:, 2:], five):
                return False
    return True


@exercise.must_hold
def lines_two_and_three_stick(f) -> bool:
    """Lines 2 and 3 agree at places 1 and 3, and lines 1 and 2 differ there."""
    for case in CASES:
        rows = made(f, *case)[:, [1, 3]]
        if not torch.equal(rows[1], rows[2]) or not torch.equal(rows[0], -rows[1]):
            return False
    return True


def _rows(size, level, first, signs=(1, -1, -1, 1), ends=None):
    s = 1 if level else -1
    ends = ends or (1 if first else -1, 1, -1, 1)
    rows = []
    for sign, end in zip(signs, ends, strict=True):
        row = [0] * size
        for n, place in enumerate(range(1, size - 1, 2)):
            row[place] = s * sign * (-1) ** n
        row[-1] = end
        rows.append(row)
    return rows


@exercise.mistake(hint="idea")
def lines_do_not_stick(size, level, first):
    """Your lines begin alternately with one tone and the other. Lines 2 and 3 begin
    alike: the signs are s, -s, -s, s."""
    return _rows(size, level, first, (1, -1, 1, -1))


@exercise.mistake(hint="idea")
def couplets_are_alike(size, level, first):
    """Your two lines of a couplet have the same tones. Lines 1 and 2 are opposite at
    the places that alternate, and so are lines 3 and 4."""
    return _rows(size, level, first, (1, 1, -1, -1))


@exercise.mistake(hint="formula")
def first_line_always_rhymes(size, level, first):
    """You end line 1 on a level tone in every case. It does so only if `first` is true;
    otherwise it ends on an oblique tone."""
    return _rows(size, level, True)


@exercise.mistake(hint="formula")
def first_line_never_rhymes(size, level, first):
    """You end line 1 on an oblique tone in every case. If `first` is true it rhymes,
    so it ends on a level tone."""
    return _rows(size, level, False)


@exercise.mistake(hint="formula")
def every_line_ends_level(size, level, first):
    """You end line 3 on a level tone. Only lines that rhyme do so, and line 3 never
    rhymes."""
    return _rows(size, level, first, ends=(1 if first else -1, 1, 1, 1))


@exercise.mistake(hint="idea")
def ends_follow_the_line(size, level, first):
    """You choose the last tone as the opposite of the place before it. The last place
    depends on the rhyme, not on the other places of the line."""
    rows = _rows(size, level, first)
    for row in rows:
        row[-1] = -row[-2] or -row[-3] or -row[-4]
    return rows


@exercise.mistake(hint="formula")
def counted_from_one(size, level, first):
    """You set the first, third and fifth character of a line. Places count from 0, so
    places 1, 3 and 5 are the second, fourth and sixth character."""
    rows = _rows(size, level, first)
    return [[*row[1:-1], 0, row[-1]] for row in rows]


@exercise.mistake(hint="formula")
def no_place_is_free(size, level, first):
    """You give every place a tone. The first, third and fifth character may have any
    tone, so these places hold 0."""
    rows = _rows(size, level, first)
    for row in rows:
        for place in range(0, size - 1, 2):
            row[place] = row[place + 1] or row[place - 1]
    return rows


@exercise.mistake(hint="formula")
def same_tone_in_a_line(size, level, first):
    """Your places 1 and 3 have the same tone. Within a line the tones of these places
    alternate."""
    rows = _rows(size, level, first)
    for row in rows:
        for place in range(1, size - 1, 2):
            row[place] = row[1]
    return rows


@exercise.mistake(hint="formula")
def signs_swapped(size, level, first):
    """You write -1 for level and 1 for oblique tones. It is the other way round."""
    return [[-n for n in row] for row in _rows(size, level, first)]


@exercise.mistake(hint="formula")
def level_ignored(size, level, first):
    """You begin line 1 with a level tone in every case. If `level` is false, its place
    1 is oblique, and the other places change with it."""
    return _rows(size, True, first)


@exercise.mistake(hint="formula")
def ends_forgotten(size, level, first):
    """You leave the last place of a line free. It has a tone: lines 2 and 4 end on a
    level tone, and line 3 on an oblique one."""
    return [[*row[:-1], 0] for row in _rows(size, level, first)]


@exercise.mistake(hint="formula")
def all_lines_end_level(size, level, first):
    """You end all four lines on a level tone. Line 3 never rhymes, so it ends on an
    oblique tone, and line 1 ends level only if `first` is true."""
    return _rows(size, level, first, ends=(1, 1, 1, 1))


@exercise.mistake(hint="formula")
def first_reversed(size, level, first):
    """You use `first` the other way round. If it is true, line 1 ends level."""
    return _rows(size, level, not first)


@exercise.mistake(hint="idea")
def all_lines_alike(size, level, first):
    """You give all four lines the same tones before their ends. Lines 2 and 3 have the
    opposite ones."""
    return _rows(size, level, first, (1, 1, 1, 1))


@exercise.mistake(hint="formula")
def first_line_left_free(size, level, first):
    """You leave the end of line 1 free if it does not rhyme. A line that does not rhyme
    ends on an oblique tone, so its last number is -1."""
    return _rows(size, level, first, ends=(1 if first else 0, 1, -1, 1))


@exercise.mistake(hint="idea")
def ends_turn_with_level(size, level, first):
    """You turn the last tones with `level`. The ends depend on the rhyme alone: lines 2
    and 4 end on a level tone in every pattern."""
    s = 1 if level else -1
    return [[s * n for n in row] for row in _rows(size, True, first)]


@exercise.mistake(hint="formula")
def place_five_forgotten(size, level, first):
    """You leave place 5 of a line of seven free. Its sixth character has a tone: that
    of place 1 again."""
    rows = _rows(size, level, first)
    return [[*row[:5], 0, row[6]] if size == 7 else row for row in rows]


@exercise.mistake(hint="formula")
def oblique_as_zero(size, level, first):
    """You write 0 for an oblique tone. Here 0 means that any tone is allowed; an
    oblique tone is -1."""
    return [[max(n, 0) for n in row] for row in _rows(size, level, first)]


@exercise.mistake(hint="formula")
def one_row_for_all(size, level, first):
    """Your four rows are all the same, that of line 4. Perhaps `[row] * 4` made four
    names for one list: make a new list for each line."""
    return [_rows(size, level, first)[3]] * 4
