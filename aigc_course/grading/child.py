"""The process that runs a student's notebook: how it begins and how it ends."""

import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from aigc_course.grading.limits import Limits


@dataclass(frozen=True)
class Job:
    """A notebook for one process.

    chapter: whose exercises. asked: the ids still to be judged. kinds: by id what the
    judge says of the kinds of results. settled: by id of the others, whether it passed
    and the code of the course's function. skip: numbers of cells that are not run.
    reading: what may be read, None for all; hidden: what must not.
    """

    cells: tuple[str, ...]
    chapter: str
    asked: tuple[str, ...]
    scratch: str
    limits: Limits
    kinds: dict[str, bytes]
    settled: dict[str, tuple[bool, dict[str, str]]]
    skip: frozenset[int]
    reading: tuple[str, ...] | None
    hidden: tuple[str, ...]


def work(connection: Connection, job: Job) -> None:
    """Run the notebook, and tell what each asked exercise's function does."""
    from aigc_course.checks import registry
    from aigc_course.grading import answers, preload, stand_in
    from aigc_course.grading.confine import confine
    from aigc_course.grading.sitting import Sitting

    preload.load()  # where it was not forked
    exercises = registry.exercises(job.chapter)
    watch = confine(
        Path(job.scratch),
        job.limits,
        connection.fileno(),
        reading=None if job.reading is None else [Path(p) for p in job.reading],
        hidden=[Path(p) for p in job.hidden],
    )
    sitting = Sitting(connection, job, exercises, watch)
    answers.take_out(exercises, sitting.students)
    for _, code in job.settled.values():
        answers.put_back(code, sitting.unsettled())
    stand_in.install(sitting.use, watch)
    sitting.say("ready")
    try:
        sitting.run()
        sitting.say("end")
    except BaseException as error:  # the grader's own: nobody is accused of it
        sitting.say("broken", why=f"{type(error).__name__}: {error}"[:300])
    os._exit(0)  # nothing that the student registered runs at the end
