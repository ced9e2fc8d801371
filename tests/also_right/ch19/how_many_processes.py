"""Other right answers to 19.how_many_processes."""

import numpy as np

from tests.also_right import also_right


@also_right
def with_a_loop(batch, compute, size, latency, bandwidth):
    best, shortest = 1, compute
    for processes in range(2, batch + 1):
        if batch % processes:
            continue
        messages = 2 * (processes - 1)
        exchange = messages * latency + messages * size / processes / bandwidth
        if compute / processes + exchange < shortest:
            best, shortest = processes, compute / processes + exchange
    return best


@also_right
def with_arrays(batch, compute, size, latency, bandwidth):
    P = np.arange(1, batch + 1)
    P = P[batch % P == 0]
    seconds = compute / P + 2 * (P - 1) * (latency + size / (P * bandwidth))
    return P[np.argmin(seconds)]
