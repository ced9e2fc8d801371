"""Other right answers to 17.fed_average."""

from tests.also_right import also_right


@also_right
def one_after_the_other(updates, counts):
    average, seen = {}, 0
    for update, n in zip(updates, counts, strict=True):
        if update is None:
            continue
        seen += n
        for name, value in update.items():
            old = average.get(name, 0 * value)
            average[name] = old + (value - old) * n / seen
    return average


@also_right
def with_shares(updates, counts):
    present = [k for k, update in enumerate(updates) if update is not None]
    whole = sum(counts[k] for k in present)
    return {
        name: sum(updates[k][name] * (counts[k] / whole) for k in present)
        for name in updates[present[0]]
    }
