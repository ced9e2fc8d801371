"""A run folder: everything one training leaves behind."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import data, plots, recipes
from aigc_course.errors import CourseError
from aigc_course.files import write_bytes, write_json, write_text
from aigc_course.runs.card import card
from aigc_course.runs.config import Config, amounts, with_precision
from aigc_course.training import (
    Budget,
    History,
    fit,
    pick,
    prepare,
    seed_everything,
)

CONFIG, SUMMARY, REPORT = "config.json", "summary.json", "report.json"
CARD, CHECKPOINT = "card.md", "checkpoint.pt"
CLASSES = 10  # of every image set of the course


class Run:
    """A folder with config.json, history.csv, samples/, curves.png, weights, card.md.

    `Run.create` makes a new one, `Run.open` reads an old one.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder, self.config = folder, config

    @classmethod
    def create(cls, folder: str | Path, config: Config) -> "Run":
        """Start a run in a new or empty folder.

        A `bf16` of None becomes what suits the recipe and the device.
        Raises CourseError when the folder holds something or cannot be written.
        """
        folder = Path(folder)
        if (folder / CONFIG).exists():
            raise CourseError(
                f"{folder} already holds a run: go on with it by --resume, or choose"
                " another folder with --out."
            )
        if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
            raise CourseError(f"{folder} is not an empty folder: choose another --out.")
        config = with_precision(config)
        write_json(folder / CONFIG, asdict(config))
        return cls(folder, config)

    @classmethod
    def open(cls, folder: str | Path) -> "Run":
        """Read a run's configuration. Raises CourseError when `folder` is no run."""
        folder = Path(folder)
        if not folder.exists():
            raise CourseError(f"There is no folder {folder}.")
        if not (folder / CONFIG).is_file():
            raise CourseError(
                f"{folder} is not a run folder: it has no {CONFIG}."
                " `aigc train` makes one."
            )
        try:
            config = Config(**json.loads((folder / CONFIG).read_text(encoding="utf-8")))
            recipes.get(config.model, config.preset)
        except (ValueError, TypeError, OSError) as error:
            raise CourseError(f"{folder / CONFIG} is damaged: {error}.") from error
        return cls(folder, config)

    def extend(self, budget: Budget) -> None:
        """Give the run another budget, counted from its beginning."""
        self.config = replace(self.config, budget=amounts(budget))
        write_json(self.folder / CONFIG, asdict(self.config))

    def train(
        self,
        images: Any,
        *,
        resume: bool = False,
        save_seconds: float = 20,
        progress: bool = True,
    ) -> History:
        """Train on `images` (a data.ImageSet) and fill the folder as training goes."""
        device = pick(self.config.device)
        prepare(device)
        seed_everything(self.config.seed)
        model = self.recipe.build(device)
        history = fit(
            model,
            self._batches(images, device),
            Budget(**self.config.budget),
            checkpoint=self.folder / CHECKPOINT,
            resume=resume,
            save_seconds=save_seconds,
            on_picture=partial(self._keep, model),
            progress=progress,
            bf16=bool(self.config.bf16),
        )
        self.finish(model, history, images, device)
        return history

    def finish(
        self,
        model: "recipes.Model",
        history: History,
        images: Any,
        device: torch.device,
    ) -> None:
        """Write what a reader looks at after training."""
        if not history.rows:
            return
        self.save_weights(model, int(history.rows[-1]["step"]))
        history.write_csv(self.folder / "history.csv")
        figure = plots.training_curves(history.rows)
        write_bytes(self.folder / "curves.png", plots.png_bytes(figure))
        summary = {
            "status": history.status,
            "data source": images.source,
            "device": _device_name(device),
            "python": platform.python_version(),
            **{k: round(v, 4) for k, v in history.rows[-1].items()},
            "messages": [f"step {step}: {text}" for step, text in history.messages],
        }
        write_json(self.folder / SUMMARY, summary)
        self.write_card()

    def save_weights(self, model: "recipes.Model", step: int) -> None:
        """Write the network that is sampled from as safetensors."""
        from safetensors.torch import save

        weights = model.trained().state_dict()
        tensors = {k: v.detach().cpu().contiguous() for k, v in weights.items()}
        about = {"model": self.config.model, "preset": self.config.preset}
        write_bytes(self._weights, save(tensors, {**about, "step": str(step)}))

    def model(self) -> Any:
        """The model with its trained weights, on the CPU. CourseError when damaged."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        file, model = self._weights, self.recipe.build()
        if not file.is_file():
            raise CourseError(f"{self.folder} has no {file.name} yet: train it first.")
        try:
            model.load_trained(load_file(file))
        except (SafetensorError, RuntimeError, OSError) as error:
            raise CourseError(
                f"{file} is damaged: it does not hold the weights of a"
                f" {self.config.model} ({self.config.preset})."
            ) from error
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
    ) -> Tensor:
        """Draw n images [n, 1, 28, 28] in [-1, 1].

        label: the class asked for; None takes all classes in turn. temperature: of a
        VAE's latents. Raises CourseError where the model knows no such thing, and for
        a label out of range.
        """
        options: dict[str, Any] = {}
        if label is not None:
            self._is_one_of(recipes.CONDITIONAL, "A label")
            if not 0 <= label < CLASSES:
                raise CourseError(f"Labels are from 0 to {CLASSES - 1}, not {label}.")
            options["labels"] = torch.full((max(n, 0),), label)
        if temperature is not None:
            self._is_one_of(recipes.VAES, "A temperature")
            options["temperature"] = temperature
        return self.model().sample(n, generator, **options)

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of the run, {} when it is not there."""
        file = self.folder / name
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def save_report(self, report: Mapping[str, Any]) -> None:
        """Keep an evaluation, and show it on the card."""
        write_json(self.folder / REPORT, dict(report))
        self.write_card()

    def write_card(self) -> None:
        """Write card.md, the page about this run that a person reads."""
        facts = asdict(self.config), self.read(SUMMARY), self.read(REPORT)
        write_text(self.folder / CARD, card(self.folder.name, *facts))

    @property
    def recipe(self) -> "recipes.Recipe":
        """How the model of this run is built."""
        return recipes.get(self.config.model, self.config.preset)

    @property
    def _weights(self) -> Path:
        return self.folder / recipes.weights_file(self.config.model)

    def _batches(self, images: Any, device: torch.device) -> data.Batches:
        labels = self.config.model in recipes.CONDITIONAL
        size, seed = self.recipe.batch_size, self.config.seed
        return data.batches(images, size, seed=seed, device=device, labels=labels)

    def _keep(self, model: "recipes.Model", step: int, samples: Tensor) -> None:
        plots.save_grid(self.folder / f"samples/step_{step:06d}.png", samples)
        self.save_weights(model, step)

    def _is_one_of(self, models: tuple[str, ...], what: str) -> None:
        if self.config.model not in models:
            raise CourseError(
                f"{what} is for a {' or '.join(models)}; {self.folder} is a"
                f" {self.config.model}."
            )


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads, {platform.machine()}"
