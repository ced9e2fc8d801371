"""Other right answers to 16.notes_of."""

from itertools import takewhile

from tests.also_right import also_right


@also_right
def from_each_onset(pitches, onsets):
    p, o = pitches.tolist(), onsets.tolist()
    found = []
    for t in [i for i, begins in enumerate(o) if begins]:
        rest = takewhile(lambda i: p[i] > 0 and not o[i], range(t + 1, len(p)))
        found.append((t, 1 + len(list(rest)), p[t]))
    return found


@also_right
def with_an_open_note(pitches, onsets):
    done, now = [], None
    for t in range(len(pitches)):
        if now and (bool(onsets[t]) or int(pitches[t]) == 0):
            done.append((now[0], t - now[0], now[1]))
            now = None
        if bool(onsets[t]):
            now = (t, int(pitches[t]))
    if now:
        done.append((now[0], len(pitches) - now[0], now[1]))
    return done
