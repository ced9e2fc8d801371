"""Answers of other people to chapter 16's exercises on music."""

import math

import numpy as np
import torch

from tests.answers import right, wrong

# 16.parallels


@right("16.parallels")
def par_two_masks(high, low):
    audible = torch.minimum(high, low) > 0
    ok = audible[:-1] & audible[1:]
    dh, dl = high[1:] - high[:-1], low[1:] - low[:-1]
    interval = torch.remainder(torch.abs(high - low), 12)[:-1]
    return (ok & dh.ne(0) & dh.eq(dl) & (interval.eq(0) | interval.eq(7))).sum()


@right("16.parallels")
def par_pairs_of_lists(high, low):
    h, b = high.tolist(), low.tolist()
    total = 0
    for (h0, h1), (b0, b1) in zip(
        zip(h, h[1:], strict=False), zip(b, b[1:], strict=False), strict=True
    ):
        if 0 in (h0, h1, b0, b1):
            continue
        if h1 != h0 and h1 - h0 == b1 - b0:
            total += abs(h0 - b0) % 12 in {0, 7}
    return total


@right("16.parallels")
def par_sorted_first(high, low):
    top, bottom = torch.maximum(high, low), torch.minimum(high, low)
    count = 0
    for t in range(1, len(top)):
        if bottom[t] == 0 or bottom[t - 1] == 0 or high[t] == high[t - 1]:
            continue
        if high[t] - high[t - 1] != low[t] - low[t - 1]:
            continue
        count += int((top[t] - bottom[t]) % 12) in (0, 7)
    return count


@right("16.parallels")
def par_numpy_where(high, low):
    a, b = high.numpy(), low.numpy()
    t = np.where((np.diff(a) == np.diff(b)) & (np.diff(a) != 0))[0]
    t = t[(a[t] > 0) & (b[t] > 0) & (a[t + 1] > 0) & (b[t + 1] > 0)]
    return len(t[np.isin(np.abs(a[t] - b[t]) % 12, (0, 7))])


@right("16.parallels")
def par_signed_distance_kept(high, low):
    d = high - low
    still = d[1:] == d[:-1]
    moved = high[1:] != high[:-1]
    real = (high * low)[1:] * (high * low)[:-1] > 0
    kind = d[1:].abs().fmod(12)
    return int(torch.count_nonzero(still & moved & real & ((kind == 7) | (kind == 0))))


@wrong("16.parallels")
def par_forgets_motion(high, low):
    gap = (high - low).abs() % 12
    fifth = (gap == 7) | (gap == 0)
    return int((fifth[1:] & fifth[:-1] & (high > 0)[1:] & (low > 0)[1:]).sum())


@wrong("16.parallels")
def par_octave_is_twelve(high, low):
    gap = (high - low).abs()
    moves = high.diff()
    ok = (moves != 0) & (moves == low.diff()) & (high > 0)[1:] & (low > 0)[1:]
    return int((ok & ((gap[1:] == 7) | (gap[1:] == 12))).sum())


@wrong("16.parallels")
def par_seven_only(high, low):
    moves = high.diff()
    ok = (moves != 0) & (moves == low.diff()) & (high > 0)[1:] & (low > 0)[1:]
    return int((ok & ((high - low).abs()[1:] % 12 == 7)).sum())


@wrong("16.parallels")
def par_python_modulo(high, low):
    found = 0
    for t in range(1, len(high)):
        moved = high[t] - high[t - 1]
        if moved and moved == low[t] - low[t - 1] and low[t] and high[t]:
            found += int(high[t] - low[t]) % 12 in (0, 7)
    return found


@wrong("16.parallels")
def par_counts_upwards(high, low):
    gap = (high - low).abs() % 12
    moves = high.diff()
    ok = (moves > 0) & (moves == low.diff()) & (high > 0)[:-1] & (low > 0)[:-1]
    return int((ok & ((gap[1:] == 7) | (gap[1:] == 0))).sum())


@wrong("16.parallels")
def par_fourths(high, low):
    gap = (high - low).abs()[1:] % 12
    moves = high.diff()
    ok = (moves != 0) & (moves == low.diff()) & (low > 0)[1:] & (high > 0)[:-1]
    return int((ok & ((gap == 5) | (gap == 0))).sum())


@wrong("16.parallels")
def par_share(high, low):
    gap = (high - low).abs()[1:] % 12
    moves = high.diff()
    ok = (moves != 0) & (moves == low.diff()) & (low > 0)[1:] & (high > 0)[1:]
    return float((ok & ((gap == 7) | (gap == 0))).float().mean())


# 16.notes_of


@right("16.notes_of")
def notes_while(pitches, onsets):
    found, t, n = [], 0, len(pitches)
    while t < n:
        if pitches[t] == 0:
            t += 1
            continue
        end = t + 1
        while end < n and pitches[end] > 0 and not onsets[end]:
            end += 1
        found.append((t, end - t, int(pitches[t])))
        t = end
    return found


@right("16.notes_of")
def notes_by_cumsum(pitches, onsets):
    number = onsets.long().cumsum(0)
    found = []
    for k in range(1, int(number.max()) + 1 if len(number) else 1):
        steps = ((number == k) & (pitches > 0)).nonzero().flatten()
        found.append((int(steps[0]), len(steps), int(pitches[steps[0]])))
    return found


@right("16.notes_of")
def notes_as_lists(pitches, onsets):
    out = []
    for t in range(len(pitches)):
        if onsets[t]:
            out.append([t, 1, pitches[t].item()])
        elif pitches[t] > 0:
            out[-1][1] += 1
    return out


@right("16.notes_of")
def notes_with_numpy(pitches, onsets):
    p, o = pitches.numpy(), onsets.numpy()
    starts = np.flatnonzero(o)
    stops = np.flatnonzero(o | (p == 0))
    result = []
    for s in starts:
        later = stops[stops > s]
        end = later[0] if len(later) else len(p)
        result.append((int(s), int(end - s), int(p[s])))
    return result


@right("16.notes_of")
def notes_with_dict(pitches, onsets):
    lengths = {}
    key = None
    for t, (p, o) in enumerate(zip(pitches.tolist(), onsets.tolist(), strict=True)):
        if o:
            key = (t, p)
        if p:
            lengths[key] = lengths.get(key, 0) + 1
    return [(t, n, p) for (t, p), n in lengths.items()]


@wrong("16.notes_of")
def notes_groupby(pitches, onsets):
    from itertools import groupby

    t, found = 0, []
    for pitch, run in groupby(pitches.tolist()):
        n = len(list(run))
        if pitch:
            found.append((t, n, pitch))
        t += n
    return found


@wrong("16.notes_of")
def notes_only_onsets(pitches, onsets):
    return [(int(t), 1, int(pitches[t])) for t in onsets.nonzero().flatten()]


@wrong("16.notes_of")
def notes_until_next_onset(pitches, onsets):
    starts = onsets.nonzero().flatten().tolist() + [len(pitches)]
    return [
        (a, b - a, int(pitches[a])) for a, b in zip(starts, starts[1:], strict=False)
    ]


@wrong("16.notes_of")
def notes_forget_the_last(pitches, onsets):
    found, start = [], None
    for t in range(len(pitches)):
        if start is not None and (onsets[t] or pitches[t] == 0):
            found.append((start, t - start, int(pitches[start])))
            start = None
        if onsets[t]:
            start = t
    return found


@wrong("16.notes_of")
def notes_in_beats(pitches, onsets):
    return [(s / 4, n / 4, p) for s, n, p in notes_while(pitches, onsets)]


@wrong("16.notes_of")
def notes_start_end(pitches, onsets):
    return [(s, s + n - 1, p) for s, n, p in notes_while(pitches, onsets)]


# 16.tone


@right("16.tone")
def tone_comprehension(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    samples = [
        sum(
            math.sin(2 * math.pi * k * f * i / rate) / k
            for k in range(1, harmonics + 1)
            if 2 * k * f < rate
        )
        for i in range(count)
    ]
    return torch.tensor(samples)


@right("16.tone")
def tone_outer(pitch, count, rate, harmonics):
    f = 27.5 * 2 ** ((pitch - 21) / 12)
    k = torch.arange(1, harmonics + 1).double()
    k = k[k * f < rate / 2]
    t = torch.arange(count).double() / rate
    return (torch.sin(2 * torch.pi * f * k[:, None] * t) / k[:, None]).sum(0).float()


@right("16.tone")
def tone_numpy_mask(pitch, count, rate, harmonics):
    f = 440 * 2 ** (pitch / 12 - 69 / 12)
    wave = np.zeros(count)
    time = np.arange(0, count) / rate
    for k in range(1, 1 + harmonics):
        wave += (k * f < 0.5 * rate) * np.sin(2 * np.pi * k * f * time) / k
    return wave


@right("16.tone")
def tone_breaks(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = torch.linspace(0, (count - 1) / rate, count, dtype=torch.float64)
    y = torch.zeros(count, dtype=torch.float64)
    for k in range(1, harmonics + 1):
        if k * f >= rate / 2:
            break
        y += (1 / k) * (2 * math.pi * k * f * t).sin()
    return y


@right("16.tone")
def tone_complex(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    z = np.exp(2j * np.pi * f * np.arange(count) / rate)
    ks = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    return torch.tensor(sum((z**k).imag / k for k in ks))


@wrong("16.tone")
def tone_no_limit(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = np.arange(count) / rate
    return sum(np.sin(2 * np.pi * k * f * t) / k for k in range(1, harmonics + 1))


@wrong("16.tone")
def tone_limit_is_the_rate(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = np.arange(count) / rate
    ks = [k for k in range(1, harmonics + 1) if k * f < rate]
    return sum(np.sin(2 * np.pi * k * f * t) / k for k in ks)


@wrong("16.tone")
def tone_without_rate(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = np.arange(count)
    ks = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    return sum(np.sin(2 * np.pi * k * f * t) / k for k in ks)


@wrong("16.tone")
def tone_base_e(pitch, count, rate, harmonics):
    f = 440 * math.exp((pitch - 69) / 12)
    t = np.arange(count) / rate
    ks = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    return sum(np.sin(2 * np.pi * k * f * t) / k for k in ks)


@wrong("16.tone")
def tone_mean(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = np.arange(count) / rate
    ks = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    return sum(np.sin(2 * np.pi * k * f * t) / k for k in ks) / len(ks)


@wrong("16.tone")
def tone_from_one(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = np.arange(1, count + 1) / rate
    ks = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    return sum(np.sin(2 * np.pi * k * f * t) / k for k in ks)


# 16.block_conditional


@right("16.block_conditional")
def block_index_select(p, notes, hidden):
    for axis, (note, hide) in enumerate(zip(notes, hidden, strict=True)):
        if not hide:
            p = p.index_select(axis, torch.tensor([note]))
    p = p.squeeze([i for i, hide in enumerate(hidden) if not hide])
    return p / p.sum()


@right("16.block_conditional")
def block_over_marginal(p, notes, hidden):
    axes = [i for i, hide in enumerate(hidden) if hide]
    rest = p.sum(dim=axes)
    kept = tuple(n for n, hide in zip(notes, hidden, strict=True) if not hide)
    below = rest[kept]
    cut = tuple(
        slice(None) if hide else n for n, hide in zip(notes, hidden, strict=True)
    )
    return p[cut] / below


@right("16.block_conditional")
def block_numpy_take(p, notes, hidden):
    a = p.numpy()
    for axis in range(len(notes) - 1, -1, -1):
        if not hidden[axis]:
            a = np.take(a, notes[axis], axis=axis)
    return a / a.sum()


@right("16.block_conditional")
def block_softmax_of_logs(p, notes, hidden):
    cut = tuple(
        slice(None) if hide else n for n, hide in zip(notes, hidden, strict=True)
    )
    part = p.log()[cut]
    return part.flatten().softmax(0).view(part.shape)


@right("16.block_conditional")
def block_masked(p, notes, hidden):
    mask = torch.ones_like(p)
    for axis, (note, hide) in enumerate(zip(notes, hidden, strict=True)):
        if not hide:
            one = torch.zeros(p.shape[axis])
            one[note] = 1
            mask = mask * one.reshape([-1 if i == axis else 1 for i in range(p.ndim)])
    q = (p * mask).sum([i for i, hide in enumerate(hidden) if not hide])
    return q / q.sum()


@wrong("16.block_conditional")
def block_slice_alone(p, notes, hidden):
    for axis in reversed(range(len(notes))):
        if not hidden[axis]:
            p = p.select(axis, notes[axis])
    return p


@wrong("16.block_conditional")
def block_summed(p, notes, hidden):
    q = p.sum([i for i, hide in enumerate(hidden) if not hide])
    return q / q.sum()


@wrong("16.block_conditional")
def block_inverted(p, notes, hidden):
    for axis in reversed(range(len(notes))):
        if hidden[axis]:
            p = p.select(axis, notes[axis])
    return p / p.sum()


@wrong("16.block_conditional")
def block_softmax(p, notes, hidden):
    for axis in reversed(range(len(notes))):
        if not hidden[axis]:
            p = p.select(axis, notes[axis])
    return p.flatten().softmax(0).view(p.shape)


@wrong("16.block_conditional")
def block_divided_by_all(p, notes, hidden):
    for axis in reversed(range(len(notes))):
        if not hidden[axis]:
            p = p.select(axis, notes[axis])
    return p / p.numel()


@wrong("16.block_conditional")
def block_shape_kept(p, notes, hidden):
    cut = tuple(
        slice(None) if hide else slice(n, n + 1)
        for n, hide in zip(notes, hidden, strict=True)
    )
    return p[cut] / p[cut].sum()
