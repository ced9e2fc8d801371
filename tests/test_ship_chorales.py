"""The tool that packs the chorales, on a score of two bars made here."""

import io
import sys
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import ship_chorales as ship

NOTE = (
    "<note>{grace}<pitch><step>{step}</step>{alter}<octave>{octave}</octave></pitch>"
    "<duration>{length}</duration>{tie}<voice>{voice}</voice>{fermata}</note>"
)


def note(step, octave, length, *, alter=0, tie="", fermata=False, voice=1, grace=False):
    return NOTE.format(
        step=step,
        octave=octave,
        length=length,
        voice=voice,
        alter=f"<alter>{alter}</alter>" if alter else "",
        tie=f'<tie type="{tie}"/>' if tie else "",
        fermata="<notations><fermata/></notations>" if fermata else "",
        grace="<grace/>" if grace else "",
    )


def mxl(parts: list[str]) -> bytes:
    """A compressed score; each part is a rest of a quarter, then its notes."""
    head = (
        "<attributes><divisions>2</divisions>"
        "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
    )
    first = "<rest/><duration>2</duration>"
    body = "".join(
        f'<part id="P{i}"><measure>{head}<note>{first}</note></measure>'
        f"<measure>{part}</measure></part>"
        for i, part in enumerate(parts)
    )
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("score.xml", f"<score-partwise>{body}</score-partwise>")
    return memory.getvalue()


LONG = note("C", 4, 16)
SOPRANO = (
    note("B", 4, 1, alter=-1)
    + note("D", 5, 0, grace=True)
    + note("B", 4, 1, alter=-1)
    + note("A", 4, 6, tie="start")
    + note("A", 4, 4, tie="stop")
    + note("C", 5, 4, fermata=True)
)


def test_a_score_becomes_arrays() -> None:
    bass = "<backup><duration>0</duration></backup>" + LONG
    bass += "<backup><duration>16</duration></backup>" + note("E", 3, 16, voice=2)
    one = ship.chorale("made", mxl([SOPRANO, LONG, LONG, bass]))
    assert one is not None and (one.bar, one.first) == (16, 12)
    assert one.pitches.shape == (36, 4)
    assert one.pitches[:, 0].tolist() == [0] * 4 + [70] * 4 + [69] * 20 + [72] * 8
    assert np.flatnonzero(one.onsets[:, 0]).tolist() == [4, 6, 8, 28]
    assert np.flatnonzero(one.fermatas).tolist() == list(range(28, 36))
    assert (one.pitches[4:, 3] == 60).all()  # the second voice of a staff is left out


def test_other_scores_are_left_out() -> None:
    assert ship.chorale("three", mxl([LONG] * 3)) is None
    assert ship.chorale("uneven", mxl([LONG, LONG, LONG, note("C", 4, 8)])) is None
    assert ship.chorale("high", mxl([note("C", 9, 16), LONG, LONG, LONG])) is None


def test_tunes_stay_together_and_copies_are_dropped() -> None:
    chance = np.random.default_rng(0)
    found = []
    for number in range(20):
        line = 70 + chance.integers(-2, 3, 40).cumsum() % 8
        for key in (0, 3):
            pitches = np.stack(
                [line + key, line - 7 - number % 3, line - 12, line - 20], 1
            )
            onsets = np.ones_like(pitches, bool)
            fermatas = np.zeros(40, bool)
            name = f"{number}-{key}"
            found.append(ship.Chorale(name, pitches.astype(np.int8), onsets, fermatas))
    copies = [*found, found[0]]
    assert len(ship.distinct(copies)) == len(found)
    train, valid = ship.split(found)
    tunes = [{one.name.split("-")[0] for one in part} for part in (train, valid)]
    assert not tunes[0] & tunes[1] and len(train) + len(valid) == 40
    assert len(valid) >= 6
