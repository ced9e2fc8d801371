"""Other right answers to 19.micro_batch."""

from collections import deque

from tests.also_right import also_right


@also_right
def with_a_queue(arrivals, most, wait, busy):
    coming, done, now = deque(arrivals), [], 0.0
    while coming:
        oldest = coming[0]
        now = max(now, oldest)  # nothing can start before somebody is there
        if len(coming) < most or coming[most - 1] > now:
            latest = max(now, oldest + wait)
            now = latest
            if len(coming) >= most:
                now = min(latest, coming[most - 1])
        batch = []
        while coming and len(batch) < most and coming[0] <= now:
            batch.append(coming.popleft())
        now += busy(len(batch))
        done.extend([now] * len(batch))
    return done


@also_right
def recursive(arrivals, most, wait, busy, free=0.0):
    if not arrivals:
        return []
    times = [arrivals[0] + wait]
    if len(arrivals) >= most:
        times.append(arrivals[most - 1])
    start = max(free, min(times))
    n = len([a for a in arrivals[:most] if a <= start])
    end = start + busy(n)
    return [end] * n + recursive(arrivals[n:], most, wait, busy, end)
