"""Other right answers to 16.best_for_a_bag."""

from collections import Counter

from tests.also_right import also_right


@also_right
def with_counters(captions):
    bags = {}
    for caption, n in Counter(captions).items():
        bag = frozenset(Counter(caption.split()).items())
        bags[bag] = max(bags.get(bag, 0), n)
    return sum(bags.values()) / len(captions)


@also_right
def by_sorting(captions):
    rows = sorted((sorted(c.split()), c) for c in captions)
    kept = best = run = 0
    for i, row in enumerate(rows):
        same_bag = i > 0 and rows[i - 1][0] == row[0]
        if not same_bag:
            kept, best = kept + best, 0
        run = run + 1 if i > 0 and rows[i - 1] == row else 1
        best = max(best, run)
    return (kept + best) / len(rows)
