"""The rubric of a report: ten rows of 0, 1 or 2, which make 10 points."""

from collections.abc import Mapping
from dataclasses import dataclass

from aigc_course.errors import CourseError


@dataclass(frozen=True)
class Row:
    """A row. title: the section of the report. levels, examples: of scores 0, 1, 2."""

    id: str
    title: str
    question: str
    levels: tuple[str, str, str]
    examples: tuple[str, str, str]


ROWS = (
    Row(
        "question",
        "Question",
        "What is asked, and which figure can answer it?",
        ("no question", "a question without a figure", "a question, and its figure"),
        (
            "I trained a GAN.",
            "Is averaging the weights better?",
            "Does averaging the weights lower the FID after 600 steps?",
        ),
    ),
    Row(
        "plan",
        "Plan and cost",
        "What was the budget before, and what was the cost after?",
        ("no cost", "the cost of the best run", "planned and real cost of all runs"),
        (
            "It trained for a while.",
            "The run took 31 s.",
            "Planned 6 runs of 40 s; all took 231 s. One run was begun twice.",
        ),
    ),
    Row(
        "baseline",
        "Baseline",
        "Which strong simple rival was measured in the same way?",
        (
            "no rival, or noise",
            "a rival with a value from elsewhere",
            "a strong rival, measured with the same n and seed",
        ),
        (
            "It is far better than noise.",
            "The course's DCGAN has 0.40 after 60 s.",
            "The DCGAN with 600 steps, n = 10,000 and seed 0 has 1.31.",
        ),
    ),
    Row(
        "change",
        "One change",
        "Does the comparison change one thing, with equal work?",
        (
            "several things change",
            "one thing changes, but the work differs",
            "one thing changes, and steps, data and seeds stay",
        ),
        (
            "I used another network, more steps and another rate.",
            "The larger network trained for 900 steps, the smaller one for 600.",
            "Only the average was switched off: 600 steps and seeds 0 to 2 in both.",
        ),
    ),
    Row(
        "seeds",
        "Seeds and intervals",
        "How many seeds, which statistic, which interval?",
        (
            "one run",
            "several seeds, and the best one is shown",
            "all seeds, their mean and its interval, used in the conclusion",
        ),
        (
            "FID = 1.2.",
            "The best of three seeds has 1.2.",
            "Mean 1.4 (0.9 to 1.9, 3 seeds). The intervals overlap: I claim nothing.",
        ),
    ),
    Row(
        "ablation",
        "Ablation",
        "What is each part worth?",
        ("none", "a part was left out once", "each part left out with 3 seeds"),
        (
            "All parts are important.",
            "Without the average one run had 3.0.",
            "Without the average the mean is 3.1 (2.2 to 4.0, 3 seeds).",
        ),
    ),
    Row(
        "failures",
        "Failures",
        "Which runs failed, and which ideas did not help?",
        ("not mentioned", "mentioned without numbers", "counted, with what was tried"),
        (
            "",
            "Some runs did not work.",
            "1 of 6 runs diverged (seed 2, rate 0.01). Dropout did not help: 1.5.",
        ),
    ),
    Row(
        "figure",
        "Figure",
        "Is there a figure or table that can be read alone?",
        (
            "none",
            "shown, and not read in the text",
            "with units, n and intervals, and read in the next sentence",
        ),
        (
            "See my plots.",
            "Table 1: 1.4, 3.1.",
            "Table 1: FID (n = 10,000), mean and 95 % interval. Averaging halves it.",
        ),
    ),
    Row(
        "limits",
        "Limits",
        "What does the evidence not show?",
        ("none", "a general remark", "a measured weakness, and what was not tested"),
        (
            "It works.",
            "More data would help.",
            "6 % of the samples are 4s instead of 10 %. I tested one extractor only.",
        ),
    ),
    Row(
        "reproduce",
        "Reproduce",
        "Could another person repeat it?",
        ("no", "steps or seeds are missing", "commands, seeds, data and versions"),
        (
            "The code is on my computer.",
            "I used `aigc capstone train`.",
            "methods.json is below; seeds 0 to 2, MNIST, torch 2.15, 2 cores.",
        ),
    ),
)
MOST, POINTS = 2, 10


def points(scores: Mapping[str, int]) -> float:
    """Points of 10 from a score of 0, 1 or 2 for every row: half of their sum.

    >>> points({row.id: 1 for row in ROWS})
    5.0

    Raises CourseError for a missing or unknown row, and another score.
    """
    ids = [row.id for row in ROWS]
    if set(scores) != set(ids):
        raise CourseError(f"Score each of these rows once: {', '.join(ids)}.")
    for name, score in scores.items():
        if isinstance(score, bool) or score not in (0, 1, 2):
            raise CourseError(f"The score of {name} is 0, 1 or 2, not {score!r}.")
    return sum(scores.values()) * POINTS / (MOST * len(ROWS))


def markdown() -> str:
    """The rubric as a Markdown table, with an example of each level."""
    lines = ["| row | 0 | 1 | 2 |", "| --- | --- | --- | --- |"]
    for row in ROWS:
        cells = [
            f"{level} (“{example}”)" if example else level
            for level, example in zip(row.levels, row.examples, strict=True)
        ]
        lines.append(f"| **{row.title}** {row.question} | {' | '.join(cells)} |")
    return "\n".join(lines)
