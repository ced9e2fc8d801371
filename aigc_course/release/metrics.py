"""What a server counts, in the text format that Prometheus reads."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)  # seconds


class Metrics:
    """Counters of a server.

    accepted: requests taken on. pictures: drawn. refused: answered 503 at once, before
    they were read. statuses: answers by status.
    """

    def __init__(self) -> None:
        self.accepted = self.pictures = self.refused = 0
        self.statuses: dict[int, int] = {}
        self.seconds = 0.0  # of all requests taken on
        self.times = [0] * (len(EDGES) + 1)

    @property
    def answered(self) -> int:
        """Requests taken on that have an answer, whatever it is."""
        return sum(self.times)

    def count(self, status: int) -> None:
        """Note an answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def note(self, seconds: float) -> None:
        """Note how long a request that was taken on was in the server."""
        self.seconds += seconds
        self.times[bisect_left(EDGES, seconds)] += 1

    def text(self, under_way: int, sizes: list[int]) -> str:
        """All figures; sizes[m] is the number of batches of m pictures.

        >>> print(Metrics().text(0, [0, 0]).splitlines()[0])
        # HELP aigc_requests_total Answers of /sample by status.
        """
        statuses = [
            (f'{{code="{code}"}}', n) for code, n in sorted(self.statuses.items())
        ]
        lines = _metric(
            "requests_total", "counter", "Answers of /sample by status.", statuses
        )
        for name, kind, words, value in (
            ("accepted_total", "counter", "Requests taken on.", self.accepted),
            ("pictures_total", "counter", "Pictures drawn.", self.pictures),
            ("in_flight", "gauge", "Requests taken on, not answered yet.", under_way),
        ):
            lines += _metric(name, kind, words, [("", value)])
        below = list(accumulate(self.times))
        buckets = [
            (f'_bucket{{le="{edge:g}"}}', n)
            for edge, n in zip((*EDGES, float("inf")), below, strict=True)
        ]
        lines += _metric(
            "request_seconds",
            "histogram",
            "Seconds from taken on to answered.",
            [*_infinite(buckets), ("_sum", self.seconds), ("_count", below[-1])],
        )
        lines += _metric(
            "batches_total",
            "counter",
            "Batches by number of pictures.",
            [(f'{{size="{m}"}}', n) for m, n in enumerate(sizes) if n],
        )
        return "\n".join(lines) + "\n"


def _metric(
    name: str, kind: str, words: str, values: Sequence[tuple[str, float]]
) -> list[str]:
    """One metric: its two comments, then a line for each value."""
    head = [f"# HELP aigc_{name} {words}", f"# TYPE aigc_{name} {kind}"]
    return head + [f"aigc_{name}{suffix} {value:.10g}" for suffix, value in values]


def _infinite(buckets: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Prometheus writes infinity as +Inf."""
    return [(name.replace('"inf"', '"+Inf"'), n) for name, n in buckets]
