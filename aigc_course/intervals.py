"""How sure a count makes one of a rate."""


def share_interval(count: int, of: int) -> tuple[float, float]:
    """95 % interval of a rate, 0 to 1, of which `count` in `of` were seen.

    Wilson (1927), equation 1; with none seen at all it is (0, 1).

    >>> [round(end, 3) for end in share_interval(0, 10)]
    [0.0, 0.278]
    """
    if not of:
        return 0.0, 1.0
    from scipy.stats import binomtest  # takes a while to load

    low, high = binomtest(count, of).proportion_ci(0.95, method="wilson")
    return float(low), float(high)
