"""Answers of a reader to chapter 16: verse, music, sound and video."""

import math
import re
from functools import reduce
from itertools import groupby, pairwise

import numpy as np
import torch
from scipy import special
from torch.nn import functional as F

from tests.answers import right, wrong

# 16.tone_pattern


@right("16.tone_pattern")
def tones_by_a_sine(size, level, first):
    s = 1 if level else -1
    wave = [round(math.sin(math.pi * place / 2)) for place in range(size - 1)]
    rows = [[sign * s * w for w in wave] for sign in (1, -1, -1, 1)]
    for row, end in zip(rows, (2 * bool(first) - 1, 1, -1, 1), strict=True):
        row.append(end)
    return rows


@right("16.tone_pattern")
def each_line_from_the_one_before(size, level, first):
    line = [0, 1, 0, -1, 0, 1, 0][: size - 1]
    line = [n if level else -n for n in line]
    turned = [-n for n in line]
    one = [*line, 1] if first else [*line, -1]
    return [one, [*turned, 1], [*turned, -1], [*line, 1]]


@right("16.tone_pattern")
def tones_by_kron(size, level, first):
    places = np.kron(np.array([1, -1, 1])[: size // 2], [0.0, 1.0])
    grid = np.outer([1, -1, -1, 1], places) * (1 if level else -1)
    ends = np.array([[1 if first else -1], [1], [-1], [1]])
    return np.hstack([grid, ends])


@right("16.tone_pattern")
def tones_by_einsum(size, level, first):
    lines = torch.tensor([1.0, -1, -1, 1])
    places = torch.tensor([0.0, 1, 0, -1, 0, 1, 0])[:size]
    places[-1] = 0
    ends = torch.zeros(4, size)
    ends[:, -1] = torch.tensor([1.0 if first else -1.0, 1, -1, 1])
    return (1 if level else -1) * torch.einsum("i,j->ij", lines, places) + ends


@right("16.tone_pattern")
def tones_question_by_question(size, level, first):
    def tone(line, place):
        if place == size - 1:
            return 1 if line != 2 and (line > 0 or first) else -1
        if place % 2 == 0:
            return 0
        is_level = bool(level) ^ (place == 3) ^ (line in (1, 2))
        return 1 if is_level else -1

    return tuple(tuple(tone(i, j) for j in range(size)) for i in range(4))


@wrong("16.tone_pattern")
def one_row_four_times(size, level, first):
    rows = [[0] * size] * 4
    s = 1 if level else -1
    for i, start in enumerate((s, -s, -s, s)):
        for n, place in enumerate(range(1, size - 1, 2)):
            rows[i][place] = start * (-1) ** n
        rows[i][-1] = 1 if i in (1, 3) or (i == 0 and first) else -1
    return rows


@wrong("16.tone_pattern")
def first_line_may_be_free(size, level, first):
    rows = each_line_from_the_one_before(size, level, first)
    rows[0][-1] = 1 if first else 0
    return rows


@wrong("16.tone_pattern")
def ends_turn_with_the_start(size, level, first):
    s = 1 if level else -1
    rows = each_line_from_the_one_before(size, True, first)
    return [[s * n for n in row] for row in rows]


@wrong("16.tone_pattern")
def sixth_character_forgotten(size, level, first):
    rows = each_line_from_the_one_before(size, level, first)
    for row in rows:
        for place in range(5, size - 1):
            row[place] = 0
    return rows


@wrong("16.tone_pattern")
def oblique_as_zero(size, level, first):
    rows = each_line_from_the_one_before(size, level, first)
    return [[max(n, 0) for n in row] for row in rows]


@wrong("16.tone_pattern")
def place_five_in_short_lines(size, level, first):
    rows = [[0] * size for _ in range(4)]
    s = 1 if level else -1
    for i, start in enumerate((s, -s, -s, s)):
        for place, sign in ((1, 1), (3, -1), (5, 1)):
            rows[i][place] = start * sign
        rows[i][-1] = 1 if i in (1, 3) or (i == 0 and first) else -1
    return rows


@wrong("16.tone_pattern")
def one_column_for_each_line(size, level, first):
    rows = each_line_from_the_one_before(size, level, first)
    return [list(column) for column in zip(*rows, strict=True)]


# 16.draw_weight


@right("16.draw_weight")
def weight_by_scipy(log_p, allowed):
    log_z = special.logsumexp(np.asarray(log_p), axis=-1, b=np.asarray(allowed))
    return log_z.sum(-1)


@right("16.draw_weight")
def weight_by_logaddexp(log_p, allowed):
    kept = torch.where(allowed, log_p, torch.full_like(log_p, -math.inf))
    columns = kept.unbind(-1)
    return reduce(torch.logaddexp, columns).sum(1)


@right("16.draw_weight")
def weight_as_a_ratio(log_p, allowed):
    log_q = log_p.masked_fill(~allowed, float("-inf")).log_softmax(-1)
    any_allowed = allowed.long().argmax(-1, keepdim=True)
    return (log_p - log_q.nan_to_num()).gather(-1, any_allowed).sum((1, 2))


@right("16.draw_weight")
def weight_by_einsum(log_p, allowed):
    z = torch.einsum("ntv,ntv->nt", log_p.exp(), allowed.to(log_p))
    return torch.einsum("nt->n", z.log())


@right("16.draw_weight")
def weight_with_lists(log_p, allowed):
    total = [
        sum(
            math.log(math.fsum(math.exp(v) for v, m in zip(r, k, strict=True) if m))
            for r, k in zip(one, mask, strict=True)
        )
        for one, mask in zip(log_p.tolist(), allowed.tolist(), strict=True)
    ]
    return torch.tensor(total, dtype=torch.float64)


@wrong("16.draw_weight")
def weight_zero_filled(log_p, allowed):
    return (log_p * allowed).logsumexp(-1).sum(-1)


@wrong("16.draw_weight")
def weight_unmasked(log_p, allowed):
    return log_p.logsumexp(-1).sum(-1)


@wrong("16.draw_weight")
def weight_product_in_single(log_p, allowed):
    return (log_p.exp() * allowed).sum(-1).prod(-1).log()


@wrong("16.draw_weight")
def weight_of_all_sequences(log_p, allowed):
    return log_p.masked_fill(~allowed, -torch.inf).logsumexp(-1).sum()


@wrong("16.draw_weight")
def weight_mean_over_tokens(log_p, allowed):
    return (log_p.exp() * allowed).mean(-1).log().sum(-1)


@wrong("16.draw_weight")
def weight_mean_of_allowed(log_p, allowed):
    return ((log_p.exp() * allowed).sum(-1) / allowed.sum(-1)).log().sum(-1)


@wrong("16.draw_weight")
def weight_normalised_first(log_p, allowed):
    q = log_p.masked_fill(~allowed, -torch.inf).softmax(-1)
    return q.sum(-1).log().sum(-1)


@wrong("16.draw_weight")
def weight_relative_to_the_batch(log_p, allowed):
    w = log_p.masked_fill(~allowed, -torch.inf).logsumexp(-1).sum(-1)
    return w - w.logsumexp(0)


# 16.reinforce_loss


@right("16.reinforce_loss")
def reward_by_a_covariance(log_p, rewards, counts):
    names = torch.where(counts > 0, log_p, torch.zeros_like(log_p)).sum(-1)
    return -torch.cov(torch.stack([rewards.detach(), names]))[0, 1]


@right("16.reinforce_loss")
def reward_in_pairs(log_p, rewards, counts):
    names, r = (log_p * counts).sum(1), rewards.detach()
    n = len(r)
    gaps = (r[:, None] - r[None, :]) * (names[:, None] - names[None, :])
    return -gaps.sum() / (2 * n * (n - 1))


@right("16.reinforce_loss")
def reward_in_numpy(log_p, rewards, counts):
    r = rewards.detach().numpy().astype(float)
    baseline = np.array([np.delete(r, i).mean() for i in range(len(r))])
    advantage = torch.from_numpy(r - baseline)
    return -torch.mean(advantage * (log_p.double() * counts).sum(dim=1))


@right("16.reinforce_loss")
def reward_by_dot(log_p, rewards, counts):
    with torch.no_grad():
        total = rewards.sum()
        baseline = (total - rewards) / (rewards.shape[0] - 1)
        weights = (baseline - rewards) / rewards.shape[0]
    return torch.dot(weights, torch.einsum("nt,nt->n", log_p, counts))


@right("16.reinforce_loss")
def reward_one_number_in_a_row(log_p, rewards, counts):
    r = rewards.clone().detach()
    total = log_p.new_zeros(1)
    for i in range(len(r)):
        mask = torch.arange(len(r)) != i
        total = total + (r[i] - r[mask].mean()) * log_p[i][counts[i].bool()].sum()
    return -total / len(r)


@wrong("16.reinforce_loss")
def reward_others_over_all(log_p, rewards, counts):
    r = rewards.detach()
    b = (r.sum() - r) / len(r)
    return -((r - b) * (log_p * counts).sum(1)).mean()


@wrong("16.reinforce_loss")
def reward_log_p_detached(log_p, rewards, counts):
    b = (rewards.sum() - rewards) / (len(rewards) - 1)
    return -((rewards - b) * (log_p.detach() * counts).sum(1)).mean()


@wrong("16.reinforce_loss")
def reward_baseline_detached_alone(log_p, rewards, counts):
    b = (rewards.detach().sum() - rewards.detach()) / (len(rewards) - 1)
    return -((rewards - b) * (log_p * counts).sum(1)).mean()


@wrong("16.reinforce_loss")
def reward_mean_of_everything(log_p, rewards, counts):
    r = rewards.detach()
    b = (r.sum() - r) / (len(r) - 1)
    return -((r - b)[:, None] * log_p * counts).mean()


@wrong("16.reinforce_loss")
def reward_without_a_graph(log_p, rewards, counts):
    with torch.no_grad():
        return reward_in_pairs(log_p, rewards, counts)


@wrong("16.reinforce_loss")
def reward_for_each_name(log_p, rewards, counts):
    r = rewards.detach()
    b = (r.sum() - r) / (len(r) - 1)
    return -(r - b) * (log_p * counts).sum(1)


@wrong("16.reinforce_loss")
def reward_whitened(log_p, rewards, counts):
    r = rewards.detach()
    advantage = (r - r.mean()) / (r.std() + 1e-8)
    return -(advantage * (log_p * counts).sum(1)).mean()


# 16.notes_of


@right("16.notes_of")
def notes_by_groupby_of_numbers(pitches, onsets):
    numbers = np.cumsum(onsets.numpy()).tolist()
    keyed = [(k, p) for k, p in zip(numbers, pitches.tolist(), strict=True)]
    found, t = [], 0
    for (_, pitch), run in groupby(keyed):
        length = len(list(run))
        if pitch:
            found.append((t, length, pitch))
        t += length
    return found


@right("16.notes_of")
def notes_by_a_regular_expression(pitches, onsets):
    text = "".join(
        "o" if o else "-" if p else " "
        for p, o in zip(pitches.tolist(), onsets.tolist(), strict=True)
    )
    return [
        (m.start(), m.end() - m.start(), int(pitches[m.start()]))
        for m in re.finditer("o-*", text)
    ]


@right("16.notes_of")
def notes_from_the_end(pitches, onsets):
    found, length = [], 0
    for t in reversed(range(len(pitches))):
        length = length + 1 if pitches[t] > 0 else 0
        if onsets[t] and length:
            found.insert(0, (t, length, pitches[t].item()))
            length = 0
    return found


@right("16.notes_of")
def notes_as_an_array(pitches, onsets):
    first = torch.nonzero(onsets & (pitches > 0)).flatten()
    number = torch.cumsum(onsets.long(), 0) * (pitches > 0)
    length = torch.bincount(number, minlength=int(onsets.sum()) + 1)[1:]
    return torch.stack([first, length, pitches[first]], dim=1).numpy()


@right("16.notes_of")
def notes_by_splitting(pitches, onsets):
    result = []
    for start, stop in pairwise([*np.flatnonzero(onsets), len(pitches)]):
        piece = pitches[start:stop]
        result.append((start, np.count_nonzero(piece), piece[0]))
    return result


@wrong("16.notes_of")
def notes_pitch_second(pitches, onsets):
    return [(s, p, n) for s, n, p in notes_from_the_end(pitches, onsets)]


@wrong("16.notes_of")
def notes_with_rests(pitches, onsets):
    found = []
    for t, (p, o) in enumerate(zip(pitches.tolist(), onsets.tolist(), strict=True)):
        if o or not found or found[-1][2] != p:
            found.append([t, 1, p])
        else:
            found[-1][1] += 1
    return found


@wrong("16.notes_of")
def notes_one_step_longer(pitches, onsets):
    return [(s, n + 1, p) for s, n, p in notes_from_the_end(pitches, onsets)]


@wrong("16.notes_of")
def notes_extra_steps_alone(pitches, onsets):
    found = []
    for t in range(len(pitches)):
        if onsets[t]:
            found.append([t, 0, int(pitches[t])])
        elif pitches[t] > 0:
            found[-1][1] += 1
    return [tuple(note) for note in found]


@wrong("16.notes_of")
def notes_of_one_step_lost(pitches, onsets):
    return [note for note in notes_from_the_end(pitches, onsets) if note[1] > 1]


@wrong("16.notes_of")
def notes_as_a_generator(pitches, onsets):
    yield from notes_from_the_end(pitches, onsets)


# 16.parallels


@right("16.parallels")
def par_in_windows(high, low):
    pairs = torch.stack([high, low]).unfold(1, 2, 1)
    count = 0
    for (a, b), (c, d) in pairs.permute(1, 0, 2).tolist():
        if min(a, b, c, d) > 0 and a != b and b - a == d - c:
            count += (abs(a - c) % 12) % 7 == 0
    return count


@right("16.parallels")
def par_by_distance(high, low):
    h, v = np.asarray(high).astype(int), np.asarray(low).astype(int)
    d = np.abs(h - v)
    same_side = (h - v)[1:] == (h - v)[:-1]
    heard = (h[1:] * h[:-1] * v[1:] * v[:-1]) != 0
    return np.sum(same_side & heard & (h[1:] != h[:-1]) & np.isin(d[1:] % 12, [0, 7]))


@right("16.parallels")
def par_with_a_table(high, low):
    perfect = torch.zeros(128, dtype=torch.bool)
    perfect[0::12] = perfect[7::12] = True
    gap = (high - low).abs()
    both = (high != 0) & (low != 0)
    step = (high - low).diff() == 0
    hits = perfect[gap[1:]] & step & high.diff().bool() & both[1:] & both[:-1]
    return torch.sum(hits).float()


@right("16.parallels")
def par_recursive_sum(high, low):
    def one(t):
        h, hh, v, vv = (int(x) for x in (high[t], high[t + 1], low[t], low[t + 1]))
        if not (h and hh and v and vv):
            return False
        return h != hh and hh - h == vv - v and (h - v) % 12 in (0, 7 if h > v else 5)

    return sum(map(one, range(len(high) - 1)))


@right("16.parallels")
def par_by_cosine(high, low):
    ok = (high[1:] * low[1:] * high[:-1] * low[:-1]) > 0
    d = (high - low).abs()[1:] % 12
    moves = high.diff()
    return int((ok * (moves == low.diff()) * (moves != 0) * (d * (d - 7) == 0)).sum())


@wrong("16.parallels")
def par_equal_sizes(high, low):
    ok = (high > 0)[1:] & (low > 0)[1:] & (high > 0)[:-1] & (low > 0)[:-1]
    size = high.diff().abs()
    gap = (high - low).abs()[:-1] % 12
    hits = ok & (size != 0) & (size == low.diff().abs()) & ((gap == 0) | (gap == 7))
    return int(hits.sum())


@wrong("16.parallels")
def par_multiples_of_seven(high, low):
    ok = (high > 0)[1:] & (low > 0)[1:] & (high > 0)[:-1] & (low > 0)[:-1]
    moves = high.diff()
    gap = (high - low).abs()[:-1]
    return int((ok & (moves != 0) & (moves == low.diff()) & (gap % 7 == 0)).sum())


@wrong("16.parallels")
def par_no_unison(high, low):
    ok = (high > 0)[1:] & (low > 0)[1:] & (high > 0)[:-1] & (low > 0)[:-1]
    moves, gap = high.diff(), (high - low).abs()[:-1]
    perfect = (gap % 12 == 7) | ((gap % 12 == 0) & (gap > 0))
    return int((ok & (moves != 0) & (moves == low.diff()) & perfect).sum())


@wrong("16.parallels")
def par_rests_checked_before(high, low):
    ok = (high > 0)[:-1] & (low > 0)[:-1]
    moves, gap = high.diff(), (high - low).abs()[:-1] % 12
    hits = ok & (moves != 0) & (moves == low.diff()) & ((gap == 0) | (gap == 7))
    return int(hits.sum())


@wrong("16.parallels")
def par_rests_checked_after(high, low):
    ok = (high > 0)[1:] & (low > 0)[1:]
    moves, gap = high.diff(), (high - low).abs()[:-1] % 12
    hits = ok & (moves != 0) & (moves == low.diff()) & ((gap == 0) | (gap == 7))
    return int(hits.sum())


@wrong("16.parallels")
def par_where_not_how_often(high, low):
    return [t for t in range(len(high) - 1) if par_in_windows(high[t:], low[t:])]


@wrong("16.parallels")
def par_perfect_before_or_after(high, low):
    ok = (high > 0)[1:] & (low > 0)[1:] & (high > 0)[:-1] & (low > 0)[:-1]
    gap = (high - low).abs() % 12
    perfect = (gap == 0) | (gap == 7)
    moved = (high.diff() != 0) & (low.diff() != 0)
    return int((ok & moved & perfect[1:] & perfect[:-1]).sum())


# 16.tone


@right("16.tone")
def tone_by_recurrence(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    x = 2 * np.pi * f * np.arange(count) / rate
    before, now, total = np.zeros(count), np.sin(x), np.zeros(count)
    for k in range(1, harmonics + 1):
        if k * f < rate / 2:
            total += now / k
        before, now = now, 2 * np.cos(x) * now - before
    return torch.from_numpy(total)


@right("16.tone")
def tone_by_einsum(pitch, count, rate, harmonics):
    f = 440.0 * math.exp(math.log(2) * (pitch - 69) / 12)
    k = torch.arange(1, harmonics + 1, dtype=torch.float64)
    heights = torch.where(k * f < rate / 2, 1 / k, 0.0)
    angle = torch.einsum("k,t->kt", k, torch.arange(count).double() * f / rate)
    return torch.einsum("k,kt->t", heights, torch.sin(2 * torch.pi * angle))


@right("16.tone")
def tone_by_phases(pitch, count, rate, harmonics):
    f = 440 * np.exp2((pitch - 69) / 12)
    phase = np.concatenate([[0.0], np.full(count - 1, f / rate)]).cumsum()
    most = min(harmonics, math.ceil(rate / 2 / f) - 1)
    return sum(np.sin(2 * np.pi * ((k * phase) % 1)) / k for k in range(1, most + 1))


@right("16.tone")
def tone_in_single_precision(pitch, count, rate, harmonics):
    f = 261.6255653 * 2 ** ((pitch - 60) / 12)
    t = torch.arange(count) / rate
    y = torch.zeros(count)
    for k in range(1, harmonics + 1):
        if f * k < rate // 2:
            y = y + torch.sin(2 * torch.pi * f * k * t) / k
    return y


@right("16.tone")
def tone_sample_by_sample(pitch, count, rate, harmonics):
    f, out = 440 * (2 ** (1 / 12)) ** (pitch - 69), torch.empty(count)
    for i in range(count):
        out[i], k = 0, 1
        while k <= harmonics and k * f < rate / 2:
            out[i] += math.sin(math.tau * k * f * i / rate) / k
            k += 1
    return out


@wrong("16.tone")
def tone_at_full_height(pitch, count, rate, harmonics):
    y = tone_in_single_precision(pitch, count, rate, harmonics)
    return y / y.abs().max()


@wrong("16.tone")
def tone_without_brackets(pitch, count, rate, harmonics):
    f = 440 * 2 ** (pitch - 69) / 12
    t = torch.arange(count, dtype=torch.float64) / rate
    y = torch.zeros(count)
    for k in range(1, harmonics + 1):
        if k * f < rate / 2:
            y += torch.sin(2 * math.pi * k * f * t) / k
    return y


@wrong("16.tone")
def tone_whole_octaves(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) // 12)
    t = torch.arange(count, dtype=torch.float64) / rate
    ks = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    return sum(torch.sin(2 * math.pi * k * f * t) / k for k in ks)


@wrong("16.tone")
def tone_one_more_harmonic(pitch, count, rate, harmonics):
    return tone_in_single_precision(pitch, count, rate, harmonics + 1)


@wrong("16.tone")
def tone_of_whole_hertz(pitch, count, rate, harmonics):
    f = round(440 * 2 ** ((pitch - 69) / 12))
    t = torch.arange(count, dtype=torch.float64) / rate
    ks = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    return sum(torch.sin(2 * math.pi * k * f * t) / k for k in ks)


@wrong("16.tone")
def tone_squared_heights(pitch, count, rate, harmonics):
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = torch.arange(count, dtype=torch.float64) / rate
    ks = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    return sum(torch.sin(2 * math.pi * k * f * t) / k**2 for k in ks)


# 16.block_conditional


@right("16.block_conditional")
def block_by_einsum(p, notes, hidden):
    letters = "abcdefgh"[: p.ndim]
    ones = [F.one_hot(torch.tensor(n), k) for n, k in zip(notes, p.shape, strict=True)]
    fixed = [i for i in range(p.ndim) if not hidden[i]]
    kept = "".join(letters[i] for i in range(p.ndim) if hidden[i])
    rule = ",".join([letters, *(letters[i] for i in fixed)]) + "->" + kept
    part = torch.einsum(rule, p, *(ones[i].to(p) for i in fixed))
    return part / part.sum()


@right("16.block_conditional")
def block_moved_to_the_front(p, notes, hidden):
    fixed = [i for i in range(p.ndim) if not hidden[i]]
    moved = p.movedim(fixed, list(range(len(fixed))))
    for i in fixed:
        moved = moved[notes[i]]
    return moved.double() / moved.double().sum()


@right("16.block_conditional")
def block_entry_by_entry(p, notes, hidden):
    axes = [i for i, h in enumerate(hidden) if h]
    out = np.zeros([p.shape[i] for i in axes])
    for index in np.ndindex(*out.shape):
        at = list(notes)
        for axis, value in zip(axes, index, strict=True):
            at[axis] = value
        out[index] = float(p[tuple(at)])
    return out / out.sum()


@right("16.block_conditional")
def block_by_normalize(p, notes, hidden):
    kept = p[tuple([slice(None) if h else n for n, h in zip(notes, hidden)])]  # noqa: B905
    return F.normalize(kept.reshape(1, -1), p=1).view_as(kept)


@right("16.block_conditional")
def block_by_bayes(p, notes, hidden):
    axes = [i for i, h in enumerate(hidden) if h]
    table = p / p.sum(axes, keepdim=True)
    for axis in sorted(set(range(p.ndim)) - set(axes), reverse=True):
        table = table.select(axis, notes[axis])
    return table


@wrong("16.block_conditional")
def block_later_voices_unseen(p, notes, hidden):
    first = hidden.index(True)
    for axis in reversed(range(p.ndim)):
        if not hidden[axis]:
            p = p.select(axis, notes[axis]) if axis < first else p.sum(axis)
    return p / p.sum()


@wrong("16.block_conditional")
def block_axes_reversed(p, notes, hidden):
    part = block_moved_to_the_front(p, notes, hidden)
    return part.permute(*reversed(range(part.ndim)))


@wrong("16.block_conditional")
def block_first_axis_normalised(p, notes, hidden):
    cut = tuple(slice(None) if h else n for n, h in zip(notes, hidden, strict=True))
    return p[cut] / p[cut].sum(0)


@wrong("16.block_conditional")
def block_one_probability(p, notes, hidden):
    cut = tuple(slice(None) if h else n for n, h in zip(notes, hidden, strict=True))
    return p[tuple(notes)] / p[cut].sum()


@wrong("16.block_conditional")
def block_of_logarithms(p, notes, hidden):
    return block_moved_to_the_front(p, notes, hidden).log()


@wrong("16.block_conditional")
def block_others_set_to_zero(p, notes, hidden):
    cut = tuple(slice(None) if h else n for n, h in zip(notes, hidden, strict=True))
    whole = torch.zeros_like(p)
    whole[cut] = p[cut]
    return whole / whole.sum()


# 16.string_loop


@right("16.string_loop")
def loop_by_remainder(pitch, rate):
    rest = rate / pitch - 0.5
    delta = (rest - 0.1) % 1 + 0.1
    return round(rest - delta), (1 - delta) / (1 + delta)


@right("16.string_loop")
def loop_by_two_over(pitch, rate):
    n = (rate / pitch - 0.6) // 1
    return n, 2 / (rate / pitch + 0.5 - n) - 1


@right("16.string_loop")
def loop_in_torch(pitch, rate):
    rest = torch.tensor(rate, dtype=torch.float64) / pitch - 0.5
    n = torch.floor(rest - 0.1)
    return n, (1 - rest + n) / (1 + rest - n)


@right("16.string_loop")
def loop_by_counting(pitch, rate):
    left, n = rate / pitch - 0.5, 0
    while left >= 1.1:
        left, n = left - 1, n + 1
    return torch.tensor([n, (1 - left) / (1 + left)], dtype=torch.float64)


@right("16.string_loop")
def loop_in_single_precision(pitch, rate):
    rest = torch.tensor(rate) / torch.tensor(pitch) - 0.5
    n = torch.floor(rest - 0.1)
    delta = rest - n
    return int(n), (1 - delta) / (1 + delta)


@wrong("16.string_loop")
def loop_upside_down(pitch, rate):
    rest = rate / pitch - 0.5
    delta = rest - math.floor(rest - 0.1)
    return math.floor(rest - 0.1), (1 + delta) / (1 - delta)


@wrong("16.string_loop")
def loop_two_answers_swapped(pitch, rate):
    n, c = loop_by_remainder(pitch, rate)
    return c, n


@wrong("16.string_loop")
def loop_delay_not_shortened(pitch, rate):
    rest = rate / pitch - 0.5
    n = math.floor(rest)
    delta = rest - n
    if delta < 0.1:
        delta += 1
    return n, (1 - delta) / (1 + delta)


@wrong("16.string_loop")
def loop_half_in_the_delay_alone(pitch, rate):
    n = math.floor(rate / pitch - 0.1)
    delta = rate / pitch - 0.5 - n
    return n, (1 - delta) / (1 + delta)


@wrong("16.string_loop")
def loop_rounded_up(pitch, rate):
    rest = rate / pitch - 0.5
    n = math.ceil(rest)
    return n, (1 - (n - rest)) / (1 + (n - rest))


@wrong("16.string_loop")
def loop_of_a_midi_number(pitch, rate):
    return loop_by_remainder(440 * 2 ** ((pitch - 69) / 12) + 1e-9, rate)


@wrong("16.string_loop")
def loop_clamped(pitch, rate):
    rest = rate / pitch - 0.5
    n = math.floor(rest)
    delta = min(max(rest - n, 0.1), 1.1)
    return n, (1 - delta) / (1 + delta)


# 16.whole_number_masses


@right("16.whole_number_masses")
def masses_in_plain_python(centre, scale, low, high):
    def cdf(x):
        return 1 / (1 + math.exp(-(x - centre) / scale))

    table = [cdf(x + 0.5) - cdf(x - 0.5) for x in range(low, high + 1)]
    table[0] += cdf(low - 0.5)
    table[-1] = 1 - sum(table[:-1])
    return torch.tensor(table)


@right("16.whole_number_masses")
def masses_by_scipy(centre, scale, low, high):
    from scipy.stats import logistic

    edges = np.concatenate([[-np.inf], np.arange(low, high) + 0.5, [np.inf]])
    return np.diff(logistic.cdf(edges, loc=centre, scale=scale))


@right("16.whole_number_masses")
def masses_by_tanh(centre, scale, low, high):
    edges = torch.linspace(low + 0.5, high - 0.5, high - low)
    below = 0.5 + 0.5 * torch.tanh((edges - centre) / (2 * scale))
    whole = torch.ones(high - low + 2)
    whole[0], whole[1:-1] = 0, below
    return whole[1:] - whole[:-1]


@right("16.whole_number_masses")
def masses_last_as_the_rest(centre, scale, low, high):
    found, used = [], 0.0
    for x in range(low, high):
        below = special.expit((x + 0.5 - centre) / scale)
        found.append(below - used)
        used = below
    return torch.tensor([*found, 1 - used], dtype=torch.float64)


@right("16.whole_number_masses")
def masses_by_clamped_edges(centre, scale, low, high):
    x = torch.arange(low, high + 1, dtype=torch.float64)
    upper = torch.where(x == high, torch.inf, x + 0.5)
    lower = torch.where(x == low, -torch.inf, x - 0.5)
    return torch.special.expit((upper - centre) / scale) - torch.special.expit(
        (lower - centre) / scale
    )


@wrong("16.whole_number_masses")
def masses_tails_exchanged(centre, scale, low, high):
    edges = ((torch.arange(low, high + 2) - 0.5 - centre) / scale).sigmoid()
    p = edges.diff()
    p[0] += 1 - edges[-1]
    p[-1] += edges[0]
    return p


@wrong("16.whole_number_masses")
def masses_as_densities_with_tails(centre, scale, low, high):
    z = (torch.arange(low, high + 1) - centre) / scale
    p = z.sigmoid() * (1 - z.sigmoid()) / scale
    p[0] += ((low - 0.5 - centre) / torch.tensor(scale)).sigmoid()
    p[-1] += 1 - ((high + 0.5 - centre) / torch.tensor(scale)).sigmoid()
    return p


@wrong("16.whole_number_masses")
def masses_lower_tail_alone(centre, scale, low, high):
    below = ((torch.arange(low, high + 1) + 0.5 - centre) / scale).sigmoid()
    return torch.cat([torch.zeros(1), below]).diff()


@wrong("16.whole_number_masses")
def masses_upper_tail_alone(centre, scale, low, high):
    above = ((torch.arange(low, high + 1) - 0.5 - centre) / scale).sigmoid()
    return torch.cat([above, torch.ones(1)]).diff()


@wrong("16.whole_number_masses")
def masses_accumulated(centre, scale, low, high):
    below = ((torch.arange(low, high) + 0.5 - centre) / scale).sigmoid()
    return torch.cat([below, torch.ones(1)])


@wrong("16.whole_number_masses")
def masses_two_points_more(centre, scale, low, high):
    edges = torch.arange(low, high + 2) - 0.5
    below = ((edges - centre) / scale).sigmoid()
    return torch.cat([torch.zeros(1), below, torch.ones(1)]).diff()


@wrong("16.whole_number_masses")
def masses_half_not_scaled(centre, scale, low, high):
    z = (torch.arange(low, high) - centre) / scale + 0.5
    return torch.cat([torch.zeros(1), z.sigmoid(), torch.ones(1)]).diff()


# 16.both_futures


@right("16.both_futures")
def futures_by_enumeration(a, b, p):
    chances = {0: p, 1: 1 - p}
    frames = (a, b)
    best = sum(chances[i] * frames[i] for i in chances)
    one = sum(chances[i] * F.mse_loss(best, frames[i]) for i in chances)
    two = sum(
        chances[i] * chances[j] * F.mse_loss(frames[i], frames[j])
        for i in chances
        for j in chances
    )
    return best, one, two


@right("16.both_futures")
def futures_in_numpy(a, b, p):
    x, y = a.numpy().astype(float), b.numpy().astype(float)
    best = np.average([x, y], axis=0, weights=[p, 1 - p])
    gap = np.mean((x - y) ** 2)
    return [best, p * (1 - p) * gap, 2 * p * (1 - p) * gap]


@right("16.both_futures")
def futures_by_moments(a, b, p):
    weights = torch.tensor([p, 1 - p])
    both = torch.stack([a, b])
    best = torch.einsum("i,i...->...", weights, both)
    second = torch.einsum("i,i...->...", weights, both**2)
    error = (second - best**2).mean()
    return best, error, 2 * error


@right("16.both_futures")
def futures_as_floats(a, b, p):
    gap = torch.norm(a - b).item() ** 2 / a.numel()
    return b + p * (a - b), p * (1 - p) * gap, (1 - p**2 - (1 - p) ** 2) * gap


@right("16.both_futures")
def futures_pixel_by_pixel(a, b, p):
    best, total = torch.zeros_like(a), 0.0
    pixels = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    for i, (one, other) in enumerate(pixels):
        best.view(-1)[i] = p * one + (1 - p) * other
        total += (one - other) ** 2
    error = p * (1 - p) * total / (i + 1)
    return best, error, error + error


@wrong("16.both_futures")
def futures_errors_exchanged(a, b, p):
    best, one, two = futures_as_floats(a, b, p)
    return best, two, one


@wrong("16.both_futures")
def futures_pixel_errors(a, b, p):
    gap = (a - b) ** 2
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@wrong("16.both_futures")
def futures_drawn_by_chance(a, b, p):
    best, one, _ = futures_as_floats(a, b, p)
    drawn = a if torch.rand(()) < p else b
    comes = a if torch.rand(()) < p else b
    return best, one, F.mse_loss(drawn, comes)


@wrong("16.both_futures")
def futures_draw_agrees_squared(a, b, p):
    best, one, _ = futures_as_floats(a, b, p)
    gap = F.mse_loss(a, b)
    return best, one, (p**2 + (1 - p) ** 2) * gap


@wrong("16.both_futures")
def futures_one_order_alone(a, b, p):
    gap = F.mse_loss(a, b)
    return p * a + (1 - p) * b, p * (1 - p) * gap, p * (1 - p) * gap


@wrong("16.both_futures")
def futures_divided_by_rows(a, b, p):
    gap = ((a - b) ** 2).sum() / len(a)
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@wrong("16.both_futures")
def futures_sampled_mean(a, b, p):
    best, one, two = futures_as_floats(a, b, p)
    picks = torch.rand(100) < p
    return torch.stack([a if x else b for x in picks]).mean(0), one, two


# 16.bounce


@right("16.bounce")
def way_by_interp(start, speed, frames, low, high):
    u = (start - low + speed * np.arange(frames)) % (2 * (high - low))
    return np.interp(u, [0, high - low, 2 * (high - low)], [low, high, low])


@right("16.bounce")
def way_by_arcsine(start, speed, frames, low, high):
    width = high - low
    u = start - low + speed * torch.arange(frames, dtype=torch.float64)
    return low + 2 * width / math.pi * (math.pi * u / (2 * width)).sin().abs().asin()


@right("16.bounce")
def way_by_time_to_the_wall(start, speed, frames, low, high):
    x, v, found = start, speed, []
    for _ in range(frames):
        found.append(x)
        left = 1.0
        while v and left > 0:
            until = ((high if v > 0 else low) - x) / v
            if until >= left:
                x, left = x + v * left, 0.0
            else:
                x, v, left = (high if v > 0 else low), -v, left - until
    return torch.tensor(found, dtype=torch.float64)


@right("16.bounce")
def way_by_sawtooth(start, speed, frames, low, high):
    from scipy.signal import sawtooth

    u = (start - low + speed * np.arange(frames)) / (high - low)
    return torch.tensor(low + (high - low) * (sawtooth(np.pi * u, 0.5) + 1) / 2)


@right("16.bounce")
def way_mirrored_until_inside(start, speed, frames, low, high):
    x = start + speed * torch.linspace(0, frames - 1, frames)
    while bool(((x < low) | (x > high)).any()):
        x = torch.where(x > high, 2 * high - x, x)
        x = torch.where(x < low, 2 * low - x, x)
    return x


@wrong("16.bounce")
def way_modulo_two_widths(start, speed, frames, low, high):
    u = start - low + speed * torch.arange(frames)
    return low + u % (2 * (high - low))


@wrong("16.bounce")
def way_one_place_more(start, speed, frames, low, high):
    return way_by_interp(start, speed, frames + 1, low, high)


@wrong("16.bounce")
def way_without_low_added(start, speed, frames, low, high):
    return way_by_interp(start, speed, frames, low, high) - low


@wrong("16.bounce")
def way_over_stretched_times(start, speed, frames, low, high):
    width = high - low
    u = (start - low + speed * torch.linspace(0, frames, frames)) % (2 * width)
    return low + torch.minimum(u, 2 * width - u)


@wrong("16.bounce")
def way_from_the_wall(start, speed, frames, low, high):
    u = (speed * torch.arange(frames)) % (2 * (high - low))
    return low + torch.minimum(u, 2 * (high - low) - u)


@wrong("16.bounce")
def way_of_a_cosine(start, speed, frames, low, high):
    middle, half = (low + high) / 2, (high - low) / 2
    angle = math.acos(max(-1, min(1, (start - middle) / half)))
    return middle + half * torch.cos(angle - speed / half * torch.arange(frames))


@wrong("16.bounce")
def way_bounces_lose_speed_sign_once(start, speed, frames, low, high):
    x, found = start, []
    for _ in range(frames):
        found.append(x)
        x = x + speed
        if x > high:
            x, speed = 2 * high - x, -speed
        if x < low:
            x = 2 * low - x
    return torch.tensor(found)
