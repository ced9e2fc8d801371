"""Where a released model comes from: a run folder, or weights that ship."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from aigc_course import models, pretrained
from aigc_course.errors import CourseError
from aigc_course.release.drawing import Drawing, drawing

__all__ = ["Source", "drawing"]


@dataclass(frozen=True)
class Source:
    """A trained model, and what is known of it.

    model, preset: its recipe. learner: the model with its trained weights, on the CPU.
    facts: "data", "seed", "torch", and where it was measured "n", "fid", "floor",
    "ceiling" and the other figures of its report; "status" of a run's training.
    """

    name: str
    model: str
    preset: str
    learner: Any
    facts: dict[str, Any]

    @classmethod
    def open(cls, run: str | Path) -> "Source":
        """A shipped model by its name, else a run folder.

        Raises CourseError for what is neither, damaged, or not trained yet, and for
        shipped weights that no recipe of `aigc train` stands behind.
        """
        if str(run) in pretrained.names() and not Path(run).exists():
            return _shipped(str(run))
        if not Path(run).exists():
            raise CourseError(
                f"{run} is neither a run folder nor a shipped model; shipped are:"
                f" {', '.join(releasable())}."
            )
        return _of_run(Path(run))

    @property
    def drawing(self) -> Drawing:
        """What is exported of it. Raises CourseError where it is not."""
        return drawing(self.learner)

    @property
    def weights(self) -> dict[str, Tensor]:
        """The trained network's state, as a run folder keeps it."""
        return dict(self.learner.trained().state_dict())


def releasable() -> list[str]:
    """The shipped models that a recipe of `aigc train` stands behind."""
    return [name for name in pretrained.names() if _recipe(pretrained.card(name))]


def _shipped(name: str) -> Source:
    card = pretrained.card(name)
    if not _recipe(card):
        raise CourseError(
            f"{name} is not released by this command: no recipe of `aigc train` stands"
            f" behind it. Of what is shipped this can be: {', '.join(releasable())}."
        )
    learner = models.get(card["model"], card["preset"]).build()
    learner.load_trained(pretrained.load_weights(name))
    learner.trained().eval()
    return Source(name, card["model"], card["preset"], learner, card)


def _of_run(folder: Path) -> Source:
    from aigc_course.runs import REPORT, SUMMARY, Run
    from aigc_course.runs.language import LanguageRun

    run = Run.open(folder)
    config, report = run.config, run.read(REPORT)
    facts: dict[str, Any] = {
        "data": config.data,
        "seed": config.seed,
        "torch": config.torch,
        "status": run.read(SUMMARY).get("status", ""),
    }
    if "samples" in report:
        facts |= {key: value for key, value in report["samples"].items()}
        facts |= {"n": report["n"]}
        facts |= {side: report[side]["fid"] for side in ("floor", "ceiling")}
    if "bits_per_character" in report:
        facts["bits_per_character"] = report["bits_per_character"]
    if isinstance(run, LanguageRun):
        facts["symbols"] = "".join(run.vocabulary().symbols)
    name = folder.resolve().name
    return Source(name, config.model, config.preset, run.model(), facts)


def _recipe(card: dict[str, Any]) -> bool:
    return (card.get("model"), card.get("preset")) in models.known()
