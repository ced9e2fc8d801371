"""A record's figures as they stand in a sentence."""

from aigc_course.errors import CourseError
from aigc_course.studies.averages import in_words, mean
from aigc_course.studies.results import UNMEASURED, Record, written

ENDS = ("", "low", "high")
OF_THE_MEAN = ("mean", "interval")


def quote(record: Record, method: str, column: str, end: str = "") -> str:
    """One figure of a record in words.

    column: a column of the study for its median over the seeds, with the end "low" or
    "high" for the least or greatest, "mean" for the mean and "interval" for the 95 %
    interval of that ("1.2 to 1.4"); "failed" ("0 of 10"), "seeds" (how many), or
    "seconds" (of CPU time, median). A missing record gives UNMEASURED, and so does a
    method of the study that has not been run.

    Raises CourseError for an unknown method, column or end.
    """
    ends = (*ENDS, *OF_THE_MEAN)
    if end not in ends or (end and column in ("failed", "seeds")):
        raise CourseError(
            f"{column!r} has no {end!r}; the ends are low, high, mean and interval."
        )
    if record.is_missing or record.awaits(method):
        return UNMEASURED
    failures = record.failures(method)
    if column in ("failed", "seeds"):
        return str(failures if column == "failed" else failures.of)
    what = record.column("cpu_seconds" if column == "seconds" else column)
    if end in OF_THE_MEAN:
        told = in_words(mean(record, method, what.name), what.kind)
        return told[OF_THE_MEAN.index(end)]
    spread = record.summary(method, what.name)
    value = spread[ENDS.index(end)]
    if column == "seconds":
        return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
    return written(value, what.kind)
