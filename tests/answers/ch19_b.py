"""Answers of other people to chapter 19's exercises on integers, servers and alarms."""

import bisect
import heapq
import itertools
import math
import statistics

import numpy as np
import torch

from tests.answers import right, wrong

# 19.quantise


@right("19.quantise")
def with_named_ends(x, low, high):
    least, greatest = -128, 127
    step = (high - low) / (greatest - least)
    zero = round(least - low / step)
    q = torch.clamp(torch.round(x / step) + zero, least, greatest)
    return q.type(torch.int8), step, zero


@right("19.quantise")
def in_float64(x, low, high):
    s = (high - low) / 255.0
    z = int(np.round(-128 - low / s))
    return (torch.round(x.double() / s) + z).clip(-128, 127).char(), s, z


@right("19.quantise")
def number_by_number(x, low, high):
    s = (high - low) / 255
    z = round(-128 - low / s)
    levels = [max(-128, min(127, round(v / s) + z)) for v in x.flatten().tolist()]
    return torch.tensor(levels, dtype=torch.int8).view(x.shape), s, z


@right("19.quantise")
def with_fake_quantise(x, low, high):
    s = (high - low) / 255
    z = round(-128 - low / s)
    back = torch.fake_quantize_per_tensor_affine(x.float(), s, z, -128, 127)
    return ((back / s).round() + z).to(torch.int8), s, z


@right("19.quantise")
def as_a_tuple_at_the_end(x, low, high):
    width = high - low
    s = width / 255
    z = -round(128 + low / s)
    q = torch.minimum(
        torch.maximum(torch.round(x / s) + z, torch.tensor(-128.0)), torch.tensor(127.0)
    )
    return (q.to(torch.int8), s, z)


def _levels(x, s, z, low=-128, high=127):
    return (torch.round(x / s) + z).clamp(low, high).to(torch.int8)


@wrong("19.quantise")
def symmetric(x, low, high):
    s = max(abs(low), abs(high)) / 127
    return _levels(x, s, 0), s, 0


@wrong("19.quantise")
def divided_by_256(x, low, high):
    s = (high - low) / 2**8
    z = round(-128 - low / s)
    return _levels(x, s, z), s, z


@wrong("19.quantise")
def truncated(x, low, high):
    s = (high - low) / 255
    z = round(-128 - low / s)
    return ((x / s).fix() + z).clamp(-128, 127).to(torch.int8), s, z


@wrong("19.quantise")
def from_its_own_range(x, low, high):
    low, high = min(0.0, x.min().item()), max(0.0, x.max().item())
    s = (high - low) / 255
    z = round(-128 - low / s)
    return _levels(x, s, z), s, z


@wrong("19.quantise")
def levels_from_zero(x, low, high):
    s = (high - low) / 255
    z = round(-low / s)
    return _levels(x, s, z, 0, 127), s, z


@wrong("19.quantise")
def sign_of_zero(x, low, high):
    s = (high - low) / 255
    z = round(low / s - 128)
    return _levels(x, s, z), s, z


# 19.int_linear


@right("19.int_linear")
def with_einsum(q, s, z, v, t):
    sums = torch.einsum("nk,mk->nm", q.long() - z, v.long())
    return sums * t * s


@right("19.int_linear")
def row_by_row(q, s, z, v, t):
    q, v = q.to(torch.int32), v.to(torch.int32)
    columns = [(q * row).sum(1) - z * row.sum() for row in v]
    return torch.stack(columns, dim=1) * (s * t)


@right("19.int_linear")
def correction_first(q, s, z, v, t):
    correction = -z * v.sum(dim=1, dtype=torch.int32)
    return (s * t) * (correction + q.int() @ v.int().t())


@wrong("19.int_linear")
def dequantised(q, s, z, v, t):
    return ((q.float() - z) * s) @ (v.float() * t.unsqueeze(1)).T


@right("19.int_linear")
def with_numpy_integers(q, s, z, v, t):
    wide = q.numpy().astype(np.int64) - z
    sums = wide @ v.numpy().astype(np.int64).T
    return torch.from_numpy(sums * (s * t.numpy()))


@wrong("19.int_linear")
def forgets_zero(q, s, z, v, t):
    return (q.long() @ v.long().T) * s * t


@wrong("19.int_linear")
def minus_z_once(q, s, z, v, t):
    return (q.long() @ v.long().T - z) * s * t


@wrong("19.int_linear")
def shifts_by_input_sums(q, s, z, v, t):
    sums = q.long() @ v.long().T
    return (sums - z * q.long().sum(1)[:, None]) * s * t


@wrong("19.int_linear")
def forgets_t(q, s, z, v, t):
    return s * ((q.long() - z) @ v.long().T).float()


@wrong("19.int_linear")
def forgets_s(q, s, z, v, t):
    return t * ((q.long() - z) @ v.long().T)


@wrong("19.int_linear")
def plus_z(q, s, z, v, t):
    return s * t * ((q.long() + z) @ v.long().T)


# 19.little


@right("19.little")
def as_rate_times_time(arrivals, departures):
    length = max(departures) - min(arrivals)
    rate = len(arrivals) / length
    time = statistics.fmean(departures) - statistics.fmean(arrivals)
    return rate * time


@right("19.little")
def area_by_numpy(arrivals, departures):
    times = np.concatenate([arrivals, departures])
    change = np.repeat([1, -1], len(arrivals))
    order = np.argsort(times, kind="stable")
    inside = np.cumsum(change[order])[:-1]
    widths = np.diff(times[order])
    return float((inside * widths).sum() / widths.sum())


@right("19.little")
def by_pieces(arrivals, departures):
    edges = sorted({*arrivals, *departures})
    area = 0.0
    for a, b in itertools.pairwise(edges):
        middle = (a + b) / 2
        inside = sum(x < middle for x in arrivals) - sum(x < middle for x in departures)
        area += inside * (b - a)
    return area / (edges[-1] - edges[0])


@right("19.little")
def one_after_the_other(arrivals, departures):
    first, last = math.inf, -math.inf
    total = 0.0
    for a, d in zip(sorted(arrivals), sorted(departures), strict=True):
        total += d - a
        first, last = min(first, a), max(last, d)
    return total / (last - first)


@right("19.little")
def with_torch(arrivals, departures):
    a, d = torch.tensor(arrivals).double(), torch.tensor(departures).double()
    return float((d - a).sum() / (d.max() - a.min()))


@wrong("19.little")
def time_of_one(arrivals, departures):
    pairs = zip(arrivals, departures, strict=True)
    return statistics.mean(d - a for a, d in pairs)


@wrong("19.little")
def from_time_zero(arrivals, departures):
    return sum(d - a for a, d in zip(arrivals, departures, strict=True)) / max(
        departures
    )


@wrong("19.little")
def arrivals_a_second(arrivals, departures):
    return len(departures) / (max(departures) - min(arrivals))


@wrong("19.little")
def largest(arrivals, departures):
    best = 0
    for t in arrivals:
        best = max(
            best,
            sum(1 for a in arrivals if a <= t) - sum(1 for d in departures if d <= t),
        )
    return best


@wrong("19.little")
def to_the_last_arrival(arrivals, departures):
    area = sum(departures) - sum(arrivals)
    return area / ((max(arrivals) - min(arrivals)) or 1)


@wrong("19.little")
def inverse(arrivals, departures):
    return (max(departures) - min(arrivals)) / sum(
        d - a for a, d in zip(arrivals, departures, strict=True)
    )


# 19.micro_batch


def _start(free, arrivals, i, most, wait):
    ready = arrivals[i] + wait
    if i + most - 1 < len(arrivals):
        ready = min(ready, arrivals[i + most - 1])
    return max(free, ready)


@right("19.micro_batch")
def with_bisect(arrivals, most, wait, busy):
    out, free, i = [], 0.0, 0
    while i < len(arrivals):
        start = _start(free, arrivals, i, most, wait)
        stop = min(i + most, bisect.bisect_right(arrivals, start))
        free = start + busy(stop - i)
        out.extend([free] * (stop - i))
        i = stop
    return out


@right("19.micro_batch")
def with_an_inner_loop(arrivals, most, wait, busy):
    out, free, i = [0.0] * len(arrivals), 0.0, 0
    while i < len(arrivals):
        start = _start(free, arrivals, i, most, wait)
        j = i
        while j < len(arrivals) and j - i < most and arrivals[j] <= start:
            j += 1
        free = start + busy(j - i)
        for m in range(i, j):
            out[m] = free
        i = j
    return out


@right("19.micro_batch")
def by_events(arrivals, most, wait, busy):
    events = [(a, 0, i) for i, a in enumerate(arrivals)]
    events += [(a + wait, 1, i) for i, a in enumerate(arrivals)]
    heapq.heapify(events)
    done, free, first, come = {}, 0.0, 0, 0
    while first < len(arrivals):
        now, kind, i = heapq.heappop(events)
        while events and events[0][0] <= now and events[0][1] == 0:
            come += kind == 0
            now, kind, i = heapq.heappop(events)
        come += kind == 0
        waiting = come - first
        if not waiting or now < free:
            if waiting:
                heapq.heappush(events, (max(free, now), 2, -1))
            continue
        if waiting >= most or now >= arrivals[first] + wait:
            n = min(most, waiting)
            free = now + busy(n)
            for m in range(first, first + n):
                done[m] = free
            first += n
            heapq.heappush(events, (free, 2, -1))
    return [done[i] for i in range(len(arrivals))]


@right("19.micro_batch")
def as_a_generator(arrivals, most, wait, busy):
    def batches():
        rest, free = list(arrivals), 0.0
        while rest:
            start = max(free, min([rest[0] + wait, *rest[most - 1 : most]]))
            batch = [a for a in rest[:most] if a <= start]
            rest = rest[len(batch) :]
            free = start + busy(len(batch))
            yield [free] * len(batch)

    return list(itertools.chain.from_iterable(batches()))


@right("19.micro_batch")
def with_numpy_search(arrivals, most, wait, busy):
    times = np.asarray(arrivals)
    done, free, i = np.empty(len(times)), 0.0, 0
    while i < len(times):
        start = _start(free, arrivals, i, most, wait)
        n = int(min(most, (times[i:] <= start).sum()))
        free = start + busy(n)
        done[i : i + n] = free
        i += n
    return done.tolist()


def _go(arrivals, most, busy, start_of):
    out, free, i = [], 0.0, 0
    while i < len(arrivals):
        start = start_of(free, i)
        stop = max(i + 1, min(i + most, bisect.bisect_right(arrivals, start)))
        free = start + busy(stop - i)
        out += [free] * (stop - i)
        i = stop
    return out


@wrong("19.micro_batch")
def always_waits(arrivals, most, wait, busy):
    return _go(arrivals, most, busy, lambda free, i: max(free, arrivals[i] + wait))


@wrong("19.micro_batch")
def never_waits(arrivals, most, wait, busy):
    return _go(arrivals, most, busy, lambda free, i: max(free, arrivals[i]))


@wrong("19.micro_batch")
def overlaps(arrivals, most, wait, busy):
    return _go(
        arrivals, most, busy, lambda free, i: _start(0.0, arrivals, i, most, wait)
    )


@wrong("19.micro_batch")
def waits_anew(arrivals, most, wait, busy):
    def start(free, i):
        ready = max(free, arrivals[i]) + wait
        if i + most <= len(arrivals):
            ready = min(ready, max(free, arrivals[i + most - 1]))
        return ready

    return _go(arrivals, most, busy, start)


@wrong("19.micro_batch")
def times_n(arrivals, most, wait, busy):
    return _go(
        arrivals,
        most,
        lambda n: n * busy(1),
        lambda free, i: _start(free, arrivals, i, most, wait),
    )


@wrong("19.micro_batch")
def differences(arrivals, most, wait, busy):
    ends = _go(
        arrivals, most, busy, lambda free, i: _start(free, arrivals, i, most, wait)
    )
    return [b - a for a, b in zip(arrivals, ends, strict=True)]


# 19.p99


def _all(due, answered):
    pairs = zip(due, answered, strict=True)
    return [math.inf if b is None else b - a for a, b in pairs]


@right("19.p99")
def by_a_sorted_array(due, sent, answered, share=0.99):
    ends = np.array([np.inf if b is None else b for b in answered], float)
    waits = np.sort(ends - np.array(due))
    return float(waits[int(np.ceil(share * len(waits))) - 1])


@right("19.p99")
def by_a_heap(due, sent, answered, share=0.99):
    waits = _all(due, answered)
    rank = math.ceil(share * len(waits))
    return heapq.nsmallest(rank, waits)[-1]


@right("19.p99")
def by_dropping_the_slowest(due, sent, answered, share=0.99):
    waits = sorted(_all(due, answered))
    keep = math.ceil(len(waits) * share)
    while len(waits) > keep:
        waits.pop()
    return waits[-1]


@right("19.p99")
def by_kthvalue(due, sent, answered, share=0.99):
    waits = torch.tensor(_all(due, answered), dtype=torch.float64)
    return float(torch.kthvalue(waits, math.ceil(share * len(waits))).values)


@right("19.p99")
def by_walking(due, sent, answered, share=0.99):
    waits = sorted(_all(due, answered))
    for count, wait in enumerate(waits, start=1):
        if count >= share * len(waits):
            return wait


@wrong("19.p99")
def since_sending(due, sent, answered, share=0.99):
    waits = sorted(_all(sent, answered))
    return waits[math.ceil(share * len(waits)) - 1]


@wrong("19.p99")
def of_the_answered(due, sent, answered, share=0.99):
    waits = sorted(w for w in _all(due, answered) if not math.isinf(w))
    return waits[math.ceil(share * len(waits)) - 1]


@wrong("19.p99")
def average(due, sent, answered, share=0.99):
    return statistics.fmean(w for w in _all(due, answered) if math.isfinite(w))


@wrong("19.p99")
def worst(due, sent, answered, share=0.99):
    return sorted(_all(due, answered))[-1]


@wrong("19.p99")
def index_too_large(due, sent, answered, share=0.99):
    waits = sorted(_all(due, answered))
    return waits[min(math.ceil(share * len(waits)), len(waits) - 1)]


@wrong("19.p99")
def unsorted(due, sent, answered, share=0.99):
    waits = _all(due, answered)
    return waits[-1 + math.ceil(len(waits) * share)]


# 19.server_settings


def _most(busy, deadline, part):
    return max(n for n in range(1, 257) if busy(n) <= deadline / part)


@right("19.server_settings")
def a_sixth(busy, deadline):
    most = _most(busy, deadline, 6)
    return {"most": most, "wait": 0.0, "queue": 3 * most}


@right("19.server_settings")
def an_eighth_with_a_short_wait(busy, deadline):
    most = _most(busy, deadline, 8)
    return {"most": most, "wait": deadline / 50, "queue": 4 * most}


@right("19.server_settings")
def a_quarter(busy, deadline):
    most = _most(busy, deadline, 4)
    return {"most": most, "wait": 0, "queue": most}


@right("19.server_settings")
def by_the_queue_first(busy, deadline):
    most = 1
    while most < 256 and busy(most + 1) < deadline / 5:
        most += 1
    batches = int((0.9 * deadline - 2 * busy(most)) // busy(most))
    return dict(most=most, wait=0.0, queue=most * max(1, batches))


@right("19.server_settings")
def by_trying_sizes(busy, deadline):
    best = max(
        (n for n in (8, 16, 32, 64, 128, 256) if 5 * busy(n) <= deadline),
        key=lambda n: n / busy(n),
    )
    return {"most": best, "wait": 0.0, "queue": 2 * best}


@wrong("19.server_settings")
def single(busy, deadline):
    return {"most": 1, "wait": 0.0, "queue": int(deadline / busy(1) / 2)}


@wrong("19.server_settings")
def endless_queue(busy, deadline):
    return {"most": _most(busy, deadline, 5), "wait": 0.0, "queue": 10**6}


@wrong("19.server_settings")
def everything_at_once(busy, deadline):
    return {"most": 256, "wait": 0, "queue": 512}


@wrong("19.server_settings")
def long_wait(busy, deadline):
    most = _most(busy, deadline, 5)
    return {"most": most, "wait": 2 * deadline, "queue": 2 * most}


@wrong("19.server_settings")
def tiny_queue(busy, deadline):
    return {"most": _most(busy, deadline, 5), "wait": 0.0, "queue": 2}


@wrong("19.server_settings")
def always_the_same(busy, deadline):
    return {"most": 128, "wait": 0.01, "queue": 256}


# 19.alarm


@right("19.alarm")
def with_maximum(values, k, h):
    s = 0.0
    for index, value in enumerate(values):
        s = np.maximum(0.0, s + value - k)
        if s > h:
            return index
    return -1


@right("19.alarm")
def with_accumulate(values, k, h):
    sums = itertools.accumulate(values, lambda s, x: max(s + x - k, 0.0), initial=0.0)
    for number, s in enumerate(sums):
        if s > h:
            return number - 1
    return -1


@right("19.alarm")
def recursive(values, k, h):
    def walk(i, s):
        if i == len(values):
            return -1
        s = s + values[i] - k
        s = s if s > 0 else 0.0
        return i if s > h else walk(i + 1, s)

    return walk(0, 0.0)


@right("19.alarm")
def by_every_start(values, k, h):
    """S exceeds h when some run of values that ends here sums to more than h."""
    for i in range(len(values)):
        total = 0.0
        for j in range(i, -1, -1):
            total += values[j] - k
            if total > h:
                return i
    return -1


@right("19.alarm")
def with_numpy_walk(values, k, h):
    walk = np.concatenate([[0.0], np.cumsum(np.asarray(values, float) - k)])
    s = walk - np.minimum.accumulate(walk)
    hits = np.flatnonzero(s > h)
    return int(hits[0]) - 1 if len(hits) else -1


@wrong("19.alarm")
def plain_sum(values, k, h):
    for i, s in enumerate(itertools.accumulate(x - k for x in values)):
        if s > h:
            return i
    return -1


@wrong("19.alarm")
def single_values(values, k, h):
    hits = [i for i, x in enumerate(values) if x > h]
    return hits[0] if hits else -1


@wrong("19.alarm")
def without_k(values, k, h):
    s = 0.0
    for i, x in enumerate(values):
        s = max(s + x, 0.0)
        if s > h:
            return i
    return -1


@wrong("19.alarm")
def first_is_one(values, k, h):
    s = 0.0
    for i, x in enumerate(values, start=1):
        s = max(0.0, s + x - k)
        if s > h:
            return i
    return -1


@wrong("19.alarm")
def runs_only(values, k, h):
    s = 0.0
    for i, x in enumerate(values):
        if x <= k:
            s = 0.0
            continue
        s += x - k
        if s > h:
            return i
    return -1


@wrong("19.alarm")
def with_sizes(values, k, h):
    s = 0.0
    for i, x in enumerate(values):
        s = max(0.0, s + np.abs(x) - k)
        if s > h:
            return i
    return -1
