"""Other right answers to 19.little."""

import numpy as np

from tests.also_right import also_right


@also_right
def step_by_step(arrivals, departures):
    events = sorted([(a, 1) for a in arrivals] + [(d, -1) for d in departures])
    area, inside, last = 0.0, 0, events[0][0]
    for time, change in events:
        area += inside * (time - last)
        inside, last = inside + change, time
    return area / (events[-1][0] - events[0][0])


@also_right
def rate_times_mean_time(arrivals, departures):
    a, d = np.sort(arrivals), np.sort(departures)
    rate = len(a) / (d[-1] - a[0])
    return rate * float(np.mean(d - a))
