"""Exercise on the exact test for a mark in a text."""

from collections.abc import Callable, Sequence

from scipy.stats import binom

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.green_p_value",
    order=80,
    title="Too many green tokens?",
    difficulty=3,
    minutes=18,
    asks="method",
    idea="Without a mark each pair of neighbours is green with a fixed probability. A"
    " pair that occurs again is green again, so it brings nothing new.",
    formula="Let n be the number of different pairs (previous, token) and g how many of"
    " them are green. The p-value is P(Binomial(n, share) >= g).",
    line="Write `pairs = set(zip(tokens, tokens[1:]))`, then `g = sum(green(a, b) for"
    " a, b in pairs)`, then `return float(binom.sf(g - 1, len(pairs), share))`.",
    variation="Compare with the normal approximation for 10, 50 and 500 tokens.",
    tolerance=1e-3,
)


@exercise.answer
def green_p_value(
    tokens: Sequence[int], green: Callable[[int, int], bool], share: float
) -> float:
    """How probable so many green tokens are without a mark.

    tokens: a text. green(previous, token): whether the key calls this token green after
    the previous one. share: the probability of that without a mark. Each pair of
    neighbours counts once, however often it occurs (Fernandez et al. 2023). A text
    without a pair has p-value 1. Kirchenbauer et al. 2023 for the green list.
    """
    pairs = set(zip(tokens, tokens[1:], strict=False))
    count = sum(bool(green(a, b)) for a, b in pairs)
    return float(binom.sf(count - 1, len(pairs), share))


def fourth(previous: int, token: int) -> bool:
    """A quarter of all tokens, another one after each previous token."""
    return (5 * previous + 3 * token) % 8 < 2


def half(previous: int, token: int) -> bool:
    """Half of all tokens."""
    return (3 * previous + token) % 4 < 2


def walk(n: int, step: int, start: int = 1, size: int = 97) -> list[int]:
    """A text without a mark."""
    text = [start]
    for i in range(n - 1):
        text.append((text[-1] * step + i * i) % size)
    return text


def marked(n: int, green: Callable[[int, int], bool], often: int = 3) -> list[int]:
    """A text whose tokens are green but for each `often`-th one."""
    text = [2]
    for i in range(n - 1):
        wanted = i % often > 0
        text.append(
            next(t for t in walk(200, 7, i + 5) if green(text[-1], t) is wanted)
        )
    return text


LOOP = [3, 9, 4, 3, 9, 4, 3, 9, 4, 3, 9, 4, 3, 9, 4, 3, 9, 4]  # repeats three pairs


@exercise.inputs
def texts() -> list[tuple[list[int], Callable[[int, int], bool], float]]:
    return [
        (walk(40, 5), fourth, 0.25),
        (marked(30, fourth), fourth, 0.25),
        (marked(25, half, 4), half, 0.5),
        (walk(60, 11), half, 0.5),
        (LOOP, fourth, 0.25),
        (marked(9, half, 5) * 3, half, 0.5),
        ([7], fourth, 0.25),
        ([5, 5, 5, 5, 5, 5], half, 0.5),
    ]


@exercise.must_hold
def repetition_proves_nothing(f) -> bool:
    """A text that repeats one pair is no stronger evidence than the pair."""
    once, often = f([8, 8], half, 0.5), f([8] * 9, half, 0.5)
    twice, again = f([3, 8, 3], half, 0.5), f([3, 8] * 4, half, 0.5)
    return bool(abs(once - often) < 1e-6 and abs(again - twice) < 1e-6)


@exercise.must_hold
def it_is_a_probability(f) -> bool:
    """The p-value lies between 0 and 1, and is 1 for a text without a green pair."""
    found = float(f([0, 4, 0, 4], lambda a, b: False, 0.25))
    return abs(found - 1) < 1e-6


def _count(tokens, green) -> tuple[int, int]:
    pairs = set(zip(tokens, tokens[1:], strict=False))
    return sum(bool(green(a, b)) for a, b in pairs), len(pairs)


@exercise.mistake(hint="idea")
def repetitions_counted(tokens, green, share):
    """You count a pair each time that it occurs. A repeated pair is green again by
    construction, so a text that repeats itself would seem to be marked."""
    pairs = list(zip(tokens, tokens[1:], strict=False))
    count = sum(bool(green(a, b)) for a, b in pairs)
    return float(binom.sf(count - 1, len(pairs), share))


@exercise.mistake(hint="formula")
def more_than_observed(tokens, green, share):
    """You take the probability of more green tokens than were seen. "At least as many"
    includes the number that was seen: use g - 1."""
    g, n = _count(tokens, green)
    return float(binom.sf(g, n, share))


@exercise.mistake(hint="formula")
def normal_approximation(tokens, green, share):
    """You use the normal approximation of the binomial distribution. For short texts
    and small p-values it is wrong: use the binomial distribution itself."""
    from scipy.stats import norm

    g, n = _count(tokens, green)
    return (
        float(norm.sf((g - n * share) / (n * share * (1 - share)) ** 0.5)) if n else 1.0
    )


@exercise.mistake(hint="formula")
def exactly_so_many(tokens, green, share):
    """You return the probability of exactly so many green pairs. In a long text every
    single number is improbable: sum over all that are at least as large."""
    g, n = _count(tokens, green)
    return float(binom.pmf(g, n, share))


@exercise.mistake(hint="formula")
def at_most_so_many(tokens, green, share):
    """You return the probability of at most so many. Many green pairs then give a large
    value: take the upper tail."""
    g, n = _count(tokens, green)
    return float(binom.cdf(g, n, share))


@exercise.mistake(hint="formula")
def two_sided(tokens, green, share):
    """You double the tail. Too few green pairs do not speak for a mark."""
    return min(1.0, 2 * green_p_value(tokens, green, share))


@exercise.mistake(hint="formula")
def arguments_exchanged(tokens, green, share):
    """You call green(token, previous). The previous token decides which tokens are
    green after it: green(previous, token)."""
    return green_p_value(tokens, lambda a, b: green(b, a), share)


@exercise.mistake(hint="formula")
def pairs_without_overlap(tokens, green, share):
    """You cut the text into pairs that do not overlap. Each token but the first one has
    a previous token: there is a pair for each."""
    pairs = set(zip(tokens[::2], tokens[1::2], strict=False))
    count = sum(bool(green(a, b)) for a, b in pairs)
    return float(binom.sf(count - 1, len(pairs), share))


@exercise.mistake(hint="formula")
def normal_with_continuity(tokens, green, share):
    """You use the normal approximation with a correction of one half. It is still an
    approximation: for short texts use the binomial distribution itself."""
    from scipy.stats import norm

    g, n = _count(tokens, green)
    if n == 0:
        return 1.0
    return float(norm.sf((g - 0.5 - n * share) / (n * share * (1 - share)) ** 0.5))


@exercise.mistake(hint="formula")
def pairs_in_any_order(tokens, green, share):
    """You take a pair and its reverse for one. Which token comes first decides what is
    green: keep the order."""
    pairs = {tuple(sorted(pair)) for pair in zip(tokens, tokens[1:], strict=False)}
    count = sum(bool(green(a, b)) for a, b in pairs)
    return float(binom.sf(count - 1, len(pairs), share))


@exercise.mistake(hint="idea")
def number_of_tokens(tokens, green, share):
    """You take the number of tokens for n. The first one has no previous token, and
    repeated pairs count once: n is the number of different pairs."""
    g, _ = _count(tokens, green)
    return float(binom.sf(g - 1, len(tokens), share))


@exercise.mistake(hint="idea")
def always_half(tokens, green, share):
    """You take 1/2 for the share of green tokens. It is an argument."""
    g, n = _count(tokens, green)
    return float(binom.sf(g - 1, n, 0.5))


@exercise.mistake(hint="idea")
def share_of_green(tokens, green, share):
    """You return the share of green pairs. How surprising it is depends on the length
    of the text: return the p-value."""
    g, n = _count(tokens, green)
    return g / n if n else 0.0


@exercise.mistake(hint="idea")
def different_tokens(tokens, green, share):
    """You count each token once, whatever stands before it. The pairs are what is green
    or not: count different pairs."""
    first = {b: a for a, b in zip(tokens, tokens[1:], strict=False)}
    count = sum(bool(green(a, b)) for b, a in first.items())
    return float(binom.sf(count - 1, len(first), share))
