"""`aigc train` on several processes: who opens the run, who speaks, how it starts."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_course.commands.common import DIVERGED
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from aigc_course.runs import Run

JOB = "job.json"  # which torchrun began the run, so that its restarts go on with it
Begin = Callable[[Path | None, bool], "Run"]


@contextmanager
def one_speaks() -> Iterator[None]:
    """Of the processes on a machine the first alone says what was wrong."""
    try:
        yield
    except CourseError:
        if os.environ.get("LOCAL_RANK", "0") != "0":
            sys.exit(2)
        raise


def opened(
    out: Path | None, resume: bool, begin: Begin, again: Begin
) -> tuple["Run", bool]:
    """The run to train, and whether it goes on from a checkpoint.

    begin: opens or creates a run; again: opens what was created. Of several processes
    the first alone creates it, and one that torchrun has started again goes on with
    what it finds. Raises CourseError as `begin` does, and for several processes without
    a folder.
    """
    from aigc_course.files import read_json, write_json
    from aigc_course.runs.run import CHECKPOINT, CONFIG, SUMMARY
    from aigc_course.training import meeting, together

    meeting.join()
    if together.size() == 1:
        return begin(out, resume), resume
    if out is None:
        raise CourseError("Several processes share one folder: name it by --out.")
    mine = {"job": meeting.job()}
    note = out / JOB
    if meeting.restarted() and (out / CONFIG).exists():
        resume = resume or (note.exists() and read_json(note) == mine)
    if together.rank() == 0:
        begin(out, resume)
        write_json(note, mine)
    together.agree(0, False)  # wait until it is there
    run = again(out, True)
    if meeting.restarted() and run.read(SUMMARY).get("status") == "diverged":
        sys.exit(DIVERGED)  # said already
    return run, resume and (out / CHECKPOINT).exists()


def check(processes: int, model: str, preset: str | None) -> None:
    """Raise CourseError where so many processes cannot be started, or not share."""
    from aigc_course import models
    from aigc_course.training import meeting

    meeting.check_system()
    if "TORCHELASTIC_RUN_ID" in os.environ:
        raise CourseError("torchrun has started the processes: leave out --processes.")
    size = models.get(model, preset or "fast").batch_size
    if size % processes:
        fair = ", ".join(str(n) for n in range(2, min(size, 16) + 1) if size % n == 0)
        raise CourseError(
            f"{processes} processes cannot share a batch of {size} evenly; try {fair}."
        )


def start(run: "Run", processes: int, options: dict[str, Any]) -> int:
    """Train the run in so many processes of their own; the exit code."""
    from aigc_course.training import meeting

    check(processes, run.config.model, run.config.preset)
    words = ["-m", "aigc_course.cli", "train", options["model"], "--resume"]
    words += ["--out", str(run.folder), "--save-every", str(options["save_every"])]
    for name in ("seconds", "steps", "epochs", "device", "threads"):
        if options[name] is not None:
            words += [f"--{name}", str(options[name])]
    return meeting.launch(words + ["--quiet"] * options["quiet"], processes)
