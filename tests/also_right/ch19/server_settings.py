"""Other right answers to 19.server_settings."""

from tests.also_right import also_right


@also_right
def smallest_that_bears_it(busy, deadline):
    most = next(n for n in range(1, 257) if n / busy(n) >= 4.2 / busy(1))
    queue = most * int((deadline - 2 * busy(most)) / busy(most) * 0.8)
    return {"most": most, "wait": 0, "queue": max(1, queue)}


@also_right
def a_fifth_of_the_deadline(busy, deadline):
    most = max(n for n in range(1, 257) if busy(n) <= deadline / 5)
    return {"most": most, "wait": 0.0, "queue": 2 * most}
