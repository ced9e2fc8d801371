"""A run folder: everything one training leaves behind."""

import platform
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import data, models, plots
from aigc_course.errors import CourseError
from aigc_course.files import read_json, sweep, write_bytes, write_json, write_text
from aigc_course.runs import config as configs
from aigc_course.runs import lock, weights
from aigc_course.runs.card import card
from aigc_course.runs.config import Config, amounts, with_precision
from aigc_course.training import (
    Budget,
    History,
    Recipe,
    bf16_pays,
    fit,
    get_device,
    meeting,
    prepare,
    seed_everything,
    together,
)
from aigc_course.training.device import is_here

CONFIG, SUMMARY, REPORT = "config.json", "summary.json", "report.json"
AUDIT = "audit.json"
CARD, CHECKPOINT = "card.md", "checkpoint.pt"
CLASSES = 10  # of every image set of the course
_WRITTEN = (
    *(CONFIG, SUMMARY, REPORT, AUDIT, CARD, CHECKPOINT, "history.csv", "curves.png"),
    *("generator.safetensors", "networks.safetensors"),
)


class Run:
    """A folder with config.json, history.csv, samples/, curves.png, weights, card.md.

    `Run.create` makes a new one, `Run.open` reads an old one.
    """

    picture_size = 64  # samples drawn at a time while training goes on

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder, self.config = folder, config

    @classmethod
    def create(
        cls,
        folder: str | Path,
        config: Config,
        also: Callable[[Path], None] | None = None,
    ) -> "Run":
        """Start a run in a new or empty folder.

        A `bf16` of None becomes what suits the recipe and the device. also: writes
        what the run keeps besides its configuration.
        Raises CourseError when the folder holds something or cannot be written.
        """
        folder = Path(folder)
        config = with_precision(config)
        _refuse_full(folder)
        with lock.locked(_made(folder)):
            _refuse_full(folder)  # another training may have been faster
            if also:
                also(folder)
            write_json(folder / CONFIG, asdict(config))
        return cls(folder, config)

    @classmethod
    def open(cls, folder: str | Path) -> "Run":
        """Read a run's configuration. Raises CourseError when `folder` is no run."""
        folder = Path(folder)
        if not folder.exists():
            raise CourseError(f"There is no folder {folder}.")
        if not (folder / CONFIG).exists():
            raise CourseError(
                f"{folder} is not a run folder: it has no {CONFIG}."
                " `aigc train` makes one."
            )
        config = configs.read(folder / CONFIG)
        if models.get(config.model, config.preset).text:
            from aigc_course.runs.language import LanguageRun

            return LanguageRun(folder, config)
        return cls(folder, config)

    def data(self) -> Any:
        """What the run learns from."""
        return data.load(self.config.data)

    def train(
        self,
        images: Any,
        *,
        resume: bool = False,
        budget: Budget | None = None,
        device: str | None = None,
        threads: int | None = None,
        save_seconds: float = 20,
        progress: bool = True,
    ) -> History:
        """Train on `images` and fill the folder as training goes.

        images: a data.ImageSet; a language model takes a Corpus.

        budget: another one than the run has, counted from its beginning. device:
        another one; None takes the run's, or what there is where this machine lacks it.
        threads: how many to compute with on a CPU; None takes the run's, or measures
        which number is fastest. All are written down once nothing can be refused any
        more.

        Raises CourseError when another training is at work in the folder, and for
        what does not fit or is damaged; then the folder is as it was.
        """
        meeting.join()
        # of several processes the first alone writes
        keep_out = nullcontext() if together.rank() else lock.locked(self.folder)
        with keep_out:
            self._card()  # what it reads may be damaged: find out now
            wanted = self._changed(budget, device, threads)
            on, bf16 = self._device(device)
            prepare(on)
            seed_everything(wanted.seed)
            model = self.recipe.build(on)
            history = fit(
                model,
                self._batches(images, on),
                Budget(**wanted.budget),
                checkpoint=self.folder / CHECKPOINT,
                resume=resume,
                save_seconds=save_seconds,
                on_picture=partial(self._keep, model),
                picture_size=self.picture_size,
                progress=progress,
                bf16=bf16,
                threads=wanted.threads,
                on_start=None if together.rank() else partial(self._begin, wanted),
            )
            if together.rank() == 0:
                self.finish(model, history, images, on)
        return history

    def finish(
        self,
        model: "models.Model",
        history: History,
        images: Any,
        device: torch.device,
    ) -> None:
        """Write what a reader looks at after training."""
        if not history.rows:
            return
        if device.type == "cpu":
            self._begin(replace(self.config, threads=history.threads))
        self.save_weights(model, int(history.rows[-1]["step"]))
        history.write_csv(self.folder / "history.csv")
        figure = plots.training_curves(history.rows)
        write_bytes(self.folder / "curves.png", plots.png_bytes(figure))
        summary = {
            "status": history.status,
            "data source": images.source,
            "device": _device_name(device, history.threads),
            "work": history.work,
            "python": platform.python_version(),
            **{k: round(v, 4) for k, v in history.rows[-1].items()},
            "messages": [f"step {step}: {text}" for step, text in history.messages],
        }
        write_json(self.folder / SUMMARY, summary)
        self.write_card()

    def save_weights(self, model: "models.Model", step: int) -> None:
        """Write the network that is sampled from as safetensors."""
        about = {"model": self.config.model, "preset": self.config.preset}
        state = model.trained().state_dict()
        weights.write(self._weights, state, {**about, "step": str(step)})

    def model(self) -> Any:
        """The model with its trained weights, on the CPU. CourseError when damaged."""
        file, model = self._weights, self.recipe.build()
        if not file.exists():
            raise CourseError(f"{self.folder} has no {file.name} yet: train it first.")
        found = weights.read(file)
        try:
            model.load_trained(found)
        except (RuntimeError, KeyError, ValueError) as error:
            raise CourseError(
                f"{file} is damaged: it does not hold the weights of a"
                f" {self.config.model} ({self.config.preset})."
            ) from error
        weights.check_kinds(file, found, model.trained().state_dict())
        return model

    def generator(self) -> nn.Module:
        """The trained network that is sampled from, on the CPU."""
        return self.model().trained()

    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        *,
        label: int | None = None,
        temperature: float | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        prompt: str | None = None,
    ) -> Tensor:
        """Draw n images [n, 1, 28, 28] in [-1, 1].

        label: the class asked for; None takes all classes in turn. temperature: of a
        VAE's latents. steps: of a flow; guidance: of a flow that knows labels.
        prompt: a caption that says what to draw. Raises CourseError where the model
        knows no such thing, for a label out of range, and a caption that is not
        understood.
        """
        options: dict[str, Any] = {}
        if label is not None:
            self._is_one_of(models.names(labels=True), "A label")
            if not 0 <= label < CLASSES:
                raise CourseError(f"Labels are from 0 to {CLASSES - 1}, not {label}.")
            options["labels"] = torch.full((max(n, 0),), label)
        if temperature is not None:
            self._is_one_of(models.names(temperature=True), "A temperature")
            options["temperature"] = temperature
        if steps is not None:
            self._is_one_of(models.names(flow=True), "A number of steps")
            options["steps"] = steps
        if guidance is not None:
            self._is_one_of(models.names(labels=True, flow=True), "Guidance")
            options["guidance"] = guidance
        if prompt is not None:
            self._is_one_of(models.names(captions=True), "A prompt")
            options["captions"] = [prompt]
        return self.model().sample(n, generator, **options)

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of the run, {} when it is not there; CourseError if damaged."""
        file = self.folder / name
        found = read_json(file) if file.exists() else {}
        if not isinstance(found, dict):
            raise CourseError(f"{file} is damaged: it holds no entries.")
        return found

    def save_report(self, report: Mapping[str, Any]) -> None:
        """Keep an evaluation, and show it on the card."""
        write_json(self.folder / REPORT, dict(report))
        self.write_card()

    def write_card(self) -> None:
        """Write card.md, the page about this run that a person reads."""
        write_text(self.folder / CARD, self._card())

    def check(self) -> None:
        """Raise CourseError where summary.json or report.json is damaged."""
        self._card()

    @property
    def recipe(self) -> Recipe:
        """How the model of this run is built."""
        return models.get(self.config.model, self.config.preset)

    @property
    def _weights(self) -> Path:
        return self.folder / self.recipe.weights_file

    def _batches(self, images: Any, device: torch.device) -> Any:
        recipe, seed = self.recipe, self.config.seed
        kinds: dict[str, Any] = {"device": device, "labels": recipe.labels}
        return data.batches(images, recipe.batch_size, seed=seed, **kinds)

    def _keep(self, model: "models.Model", step: int, samples: Tensor) -> None:
        plots.save_grid(self.folder / f"samples/step_{step:06d}.png", samples)
        self.save_weights(model, step)

    def _card(self) -> str:
        facts = asdict(self.config), self.read(SUMMARY), self.read(REPORT)
        try:
            return card(self.folder.name, *facts) + self._audited()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CourseError(
                f"{SUMMARY}, {REPORT} or {AUDIT} in {self.folder} is damaged: remove"
                " it, for training, `aigc evaluate` and `aigc audit` write it again."
            ) from error

    def _audited(self) -> str:
        """The section of an audit, empty without one."""
        from aigc_course.privacy.card import section

        found = self.read(AUDIT)
        return "\n" + section(found) if found else ""

    def _changed(
        self, budget: Budget | None, device: str | None, threads: int | None
    ) -> Config:
        """The configuration as it is to be."""
        given: dict[str, Any] = {"device": device, "threads": threads}
        given["budget"] = None if budget is None else amounts(budget)
        new = {name: value for name, value in given.items() if value is not None}
        return replace(self.config, **new)

    def _device(self, asked: str | None) -> tuple[torch.device, bool]:
        """Where to train, and whether in bfloat16.

        A run begun on a GPU goes on without one: the precision is then what pays here.
        """
        begun = self.config.device
        if asked is not None:
            device = get_device(asked)  # refused where it is not there
        else:
            device = get_device(begun) if is_here(begun) else get_device()
            if not is_here(begun):
                print(
                    f"aigc: the run was begun on {begun}, which this machine lacks; it"
                    f" goes on on {device.type}.",
                    file=sys.stderr,
                )
        bf16 = bool(self.config.bf16)
        moved = begun != "auto" and device.type != begun
        return device, bf16 and (not moved or bf16_pays(device))

    def _begin(self, config: Config) -> None:
        """Write down what was asked for, and clear away what a killed run left."""
        sweep(self.folder, _WRITTEN)
        if config != self.config:
            self.config = config
            write_json(self.folder / CONFIG, asdict(config))

    def _is_one_of(self, known: list[str], what: str) -> None:
        if self.config.model not in known:
            raise CourseError(
                f"{what} is for a {' or '.join(known)}; {self.folder} is a"
                f" {self.config.model}."
            )


def _refuse_full(folder: Path) -> None:
    """CourseError for a folder that holds a run or anything else."""
    if (folder / CONFIG).exists():
        raise CourseError(
            f"{folder} already holds a run: go on with it by --resume, or choose"
            " another folder with --out."
        )
    if folder.is_symlink() and not folder.exists():
        raise CourseError(
            f"{folder} is a link that leads nowhere: choose another --out."
        )
    if not folder.exists():
        return
    if not folder.is_dir() or {file.name for file in folder.iterdir()} - {lock.NAME}:
        raise CourseError(f"{folder} is not an empty folder: choose another --out.")


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"Cannot make the folder {folder}: {error.strerror or error}. Choose"
            " another place."
        ) from error
    return folder


def _device_name(device: torch.device, threads: int) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    count = "1 thread" if threads == 1 else f"{threads} threads"
    return f"{device.type}, {count}, {platform.machine()}"
