"""How much a submission may use, and what this system can enforce."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of one submission.

    seconds: for one function, its helpers and all calls of the check. total: seconds
    for all functions together. memory: MiB on top of what Python and torch take.
    output: printed characters.
    """

    seconds: float = 10.0
    total: float = 60.0
    memory: int = 1024
    output: int = 1_000_000

    def __str__(self) -> str:
        parts = [f"{self.seconds:g} s", f"{self.total:g} s for all functions together"]
        if MEMORY_LIMITED:
            parts.append(f"{self.memory:,} MiB of memory")
        parts.append(f"{self.output:,} printed characters")
        return ", ".join(parts)


# setrlimit(RLIMIT_AS) exists elsewhere too, and does nothing on macOS
MEMORY_LIMITED = sys.platform == "linux"
# fork is unsafe on macOS once its frameworks are loaded, and unknown on Windows: there
# each submission starts Python and torch anew
FORKS = sys.platform == "linux"
