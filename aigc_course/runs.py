"""A run folder: everything one training leaves behind."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import aigc_course
from aigc_course import gan, plots
from aigc_course.errors import CourseError
from aigc_course.files import write_bytes, write_json, write_text
from aigc_course.run_card import card
from aigc_course.training import (
    Budget,
    History,
    bf16_pays,
    fit,
    pick,
    prepare,
    seed_everything,
)

CONFIG, SUMMARY, REPORT = "config.json", "summary.json", "report.json"
CARD = "card.md"
GENERATOR, CHECKPOINT = "generator.safetensors", "checkpoint.pt"


@dataclass(frozen=True)
class Config:
    """What a run is: enough to build its networks and to repeat it."""

    model: str
    preset: str
    data: str
    seed: int
    budget: dict[str, Any]  # {unit: amount}
    device: str = "auto"
    bf16: bool | None = None
    version: str = aigc_course.__version__
    torch: str = torch.__version__
    started: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds")
    )


class Run:
    """A folder with config.json, history.csv, samples/, curves.png, generator, card.md.

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
        config = _with_precision(config)
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
            gan.recipe(config.model, config.preset)
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
        from aigc_course import data

        device = pick(self.config.device)
        prepare(device)
        seed_everything(self.config.seed)
        recipe = gan.recipe(self.config.model, self.config.preset)
        model = recipe.build(device)
        batches = data.batches(
            images, recipe.batch_size, seed=self.config.seed, device=device
        )

        def keep(step: int, samples: Tensor) -> None:
            plots.save_grid(self.folder / f"samples/step_{step:06d}.png", samples)
            self.save_generator(model, step)

        history = fit(
            model,
            batches,
            Budget(**self.config.budget),
            checkpoint=self.folder / CHECKPOINT,
            resume=resume,
            save_seconds=save_seconds,
            on_picture=keep,
            progress=progress,
            bf16=bool(self.config.bf16),
        )
        self.finish(model, history, images, device)
        return history

    def finish(
        self, model: gan.GAN, history: History, images: Any, device: torch.device
    ) -> None:
        """Write what a reader looks at after training."""
        if not history.rows:
            return
        self.save_generator(model, int(history.rows[-1]["step"]))
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

    def save_generator(self, model: gan.GAN, step: int) -> None:
        """Write the generator that is sampled from as safetensors."""
        from safetensors.torch import save

        weights = model.trained_generator().state_dict()
        tensors = {k: v.detach().cpu().contiguous() for k, v in weights.items()}
        about = {"model": self.config.model, "preset": self.config.preset}
        write_bytes(
            self.folder / GENERATOR, save(tensors, {**about, "step": str(step)})
        )

    def generator(self) -> gan.Generator:
        """The trained generator, on the CPU. Raises CourseError when damaged."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        network = gan.recipe(self.config.model, self.config.preset).generator()
        file = self.folder / GENERATOR
        if not file.is_file():
            raise CourseError(f"{self.folder} has no {GENERATOR} yet: train it first.")
        try:
            network.load_state_dict(load_file(file))
        except (SafetensorError, RuntimeError, OSError) as error:
            raise CourseError(
                f"{file} is damaged: it does not hold the weights of a"
                f" {self.config.model} ({self.config.preset})."
            ) from error
        return network.eval()

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


def amounts(budget: Budget) -> dict[str, float]:
    """The budget as config.json holds it: its unit and amount."""
    return {unit: n for unit, n in asdict(budget).items() if n is not None}


def _with_precision(config: Config) -> Config:
    if config.bf16 is not None:
        return config
    pays = bf16_pays(pick(config.device))
    return replace(config, bf16=gan.recipe(config.model, config.preset).bf16 and pays)


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads, {platform.machine()}"
