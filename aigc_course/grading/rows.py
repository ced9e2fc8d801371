"""A row of the score sheet."""

from dataclasses import dataclass

# what the checker says, and what only a grader meets
VERDICTS = ("passed", "not attempted", "misconception", "wrong", "error")
# trouble: what a teacher should look at; an error may be the grader's or the notebook's
TROUBLE = (
    "error",
    "missing",
    "time limit",
    "memory limit",
    "output limit",
    "disk limit",
    "ended itself",
    "forbidden",
    "changed the checker",
    "unreadable",
    "not graded",
)
STATUSES = frozenset(VERDICTS + TROUBLE)


@dataclass(frozen=True)
class Row:
    """One exercise of one submission; of an unreadable file, the file.

    points: the exercise's difficulty when it passed, else 0. out_of: its difficulty.
    misconception: the name of a recognised one, or "". seconds: what it took.
    way: "run" where the notebook's cells were run, "picked" where the function was
    taken from its text alone, "" where there was none.
    """

    file: str
    exercise: str
    status: str
    points: int
    out_of: int
    misconception: str
    message: str
    seconds: float
    way: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether a teacher should look at it."""
        return self.status in TROUBLE
