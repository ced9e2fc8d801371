"""Other right answers to 18.green_p_value."""

import math

from scipy.stats import binomtest

from tests.also_right import also_right


@also_right
def by_summing(tokens, green, share):
    seen = {}
    for i in range(1, len(tokens)):
        seen[tokens[i - 1], tokens[i]] = green(tokens[i - 1], tokens[i])
    n, g = len(seen), sum(map(bool, seen.values()))
    return math.fsum(
        math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(g, n + 1)
    )


@also_right
def by_a_test(tokens, green, share):
    pairs = {(a, b) for a, b in zip(tokens[:-1], tokens[1:], strict=True)}
    if not pairs:
        return 1
    hits = len([pair for pair in pairs if green(*pair)])
    return binomtest(hits, len(pairs), share, alternative="greater").pvalue
