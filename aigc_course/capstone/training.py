"""Trains the methods of a project and measures each run, failed ones included.

A run is a folder runs/METHOD-SEED with config.json and model.safetensors, as they are
handed in, and outcome.json, which becomes a line of the evidence.
"""

import json
import re
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_course.capstone import briefs, evidence
from aigc_course.errors import CourseError
from aigc_course.files import read_json, write_json

if TYPE_CHECKING:
    from torch import Tensor

METHODS, RUNS, OUTCOME = "methods.json", "runs", "outcome.json"
CONFIG, WEIGHTS = "config.json", "model.safetensors"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
HALVINGS = (0, 1, 3)
WHOLE = ("latent-flow", "cflow")  # they compare latents, which float16 would change
FORMS: dict[str, dict[str, type]] = {
    "recipe": {"model": str, "preset": str, "steps": int},
    "restorer": {"task": str, "way": str, "steps": int},
    "private": {"epsilon": float, "halvings": int},
}


def plan(folder: Path) -> tuple[briefs.Brief, int, int, dict[str, briefs.Method]]:
    """methods.json of a project: brief, n, seed of the samples, and the methods.

    In fast mode n and the steps are as few as a brief takes. Raises CourseError.
    """
    from aigc_course.training import fast_mode
    from aigc_course.training.budget import FAST_STEPS

    path = folder / METHODS
    found = _read_plan(path)
    brief = briefs.get(str(found["brief"]))
    n, seed, methods = found["n"], found["seed"], found["methods"]
    if type(n) is not int or not brief.fewest <= n <= brief.n:
        raise CourseError(f"n in {path} is from {brief.fewest:,} to {brief.n:,}.")
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise CourseError(f"seed in {path} is a whole number from 0 up.")
    if not isinstance(methods, dict) or not methods:
        raise CourseError(f"methods in {path} names at least one method.")
    for name, method in methods.items():
        _check(path, name, method, brief)
    if fast_mode():
        n = brief.fewest
        methods = {name: _short(one, FAST_STEPS) for name, one in methods.items()}
    return brief, n, seed, methods


def _read_plan(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise CourseError(
            f"{path.parent} is not a capstone project: `aigc capstone start` makes one."
        )
    found = read_json(path, 2**20)
    keys = {"brief", "n", "seed", "methods"}
    if not isinstance(found, dict) or found.keys() != keys:
        raise CourseError(f"{path} has the entries brief, n, seed and methods.")
    return found


def train(
    folder: Path,
    method: str = "baseline",
    seed: int = 0,
    *,
    steps: int | None = None,
    progress: bool = False,
) -> evidence.Outcome:
    """Train one method with one seed and measure it, or read what is there already.

    steps: other than methods.json says. Raises CourseError for an unknown method,
    for steps out of range, and where the method was changed since.
    """
    brief, n, drawn, methods = plan(folder)
    if method not in methods:
        raise CourseError(
            f"{METHODS} names no method {method[:30]!r}, but {', '.join(methods)}."
        )
    config: dict[str, Any] = {**methods[method], "seed": seed}
    if steps is not None:
        config["steps"] = _steps(folder, brief, method, config, steps)
    place = folder / RUNS / f"{method}-{seed}"
    if (place / OUTCOME).exists():
        return _again(place, config, n, drawn)
    began = time.perf_counter()
    status, state, more = _trained(config, progress)
    seconds = round(time.perf_counter() - began, 1)
    full = {**config, **more}
    figures = _figures(brief, full, state, n, drawn) if status == "finished" else {}
    done = int(config.get("steps", 0))
    found = evidence.Outcome(
        method, seed, status, done, seconds, figures, n, drawn, full
    )
    _keep(place, found, state)
    return found


def _figures(
    brief: briefs.Brief,
    config: dict[str, Any],
    state: "dict[str, Tensor]",
    n: int,
    seed: int,
) -> dict[str, float]:
    """The public figures of the weights as they are handed in."""
    from aigc_course.capstone import loading

    measured = briefs.measure(loading.build(config, state), brief, n, seed)
    return measured | _promised(config)


def _steps(
    folder: Path, brief: briefs.Brief, name: str, method: briefs.Method, steps: int
) -> int:
    """Another number of steps, as few in fast mode as there. Raises CourseError."""
    from aigc_course.training import fast_mode
    from aigc_course.training.budget import FAST_STEPS

    if "steps" not in method:
        raise CourseError(f"{name} takes no steps: it sees all data once.")
    _check(folder / METHODS, name, {**method, "steps": steps}, brief)
    return min(steps, FAST_STEPS) if fast_mode() else steps


def outcomes(folder: Path) -> list[evidence.Outcome]:
    """All runs of a project that have ended, by name."""
    files = sorted((folder / RUNS).glob(f"*/{OUTCOME}"))
    return [evidence.outcome(read_json(file, 2**20)) for file in files]


def _check(path: Path, name: str, method: Any, brief: briefs.Brief) -> None:
    if not NAME.fullmatch(name):
        raise CourseError(
            f"A method in {path} is named by small letters, digits and hyphens, not"
            f" {name[:30]!r}."
        )
    kind = method.get("kind") if isinstance(method, dict) else None
    form = FORMS.get(str(kind))
    if form is None:
        raise CourseError(f"`kind` of {name} in {path} is one of {', '.join(FORMS)}.")
    for key, wanted in form.items():
        value = method.get(key)
        if not isinstance(value, (int, float) if wanted is float else wanted):
            raise CourseError(f"{name} in {path} lacks {key!r}, or it is no number.")
    steps = method.get("steps", 1)
    if not 1 <= steps <= (brief.budget or 10**9):
        raise CourseError(
            f"Brief {brief.name} allows 1 to {brief.budget:,} steps; {name} in {path}"
            f" has {steps}."
        )
    if kind == "private" and method["halvings"] not in HALVINGS:
        raise CourseError(f"`halvings` of {name} in {path} is 0, 1 or 3.")
    if not isinstance(method.get("settings", {}), dict):
        raise CourseError(f"`settings` of {name} in {path} is {{...}}.")


def _short(method: briefs.Method, steps: int) -> briefs.Method:
    return (
        {**method, "steps": min(method["steps"], steps)}
        if "steps" in method
        else (method)
    )


def _again(place: Path, config: Any, n: int, drawn: int) -> evidence.Outcome:
    found = evidence.outcome(read_json(place / OUTCOME, 2**20))
    begun = {key: found.config.get(key) for key in config}
    if begun != config or (found.n, found.measured_seed) != (n, drawn):
        raise CourseError(
            f"{METHODS} was changed since {place} was trained: give the method another"
            " name, or remove that folder."
        )
    return found


def _keep(place: Path, found: evidence.Outcome, state: "dict[str, Tensor]") -> None:
    from aigc_course.runs import weights

    about = {"model": found.method, "preset": "capstone", "step": str(found.steps)}
    if state:
        weights.write(place / WEIGHTS, state, about)
    write_json(place / CONFIG, found.config)
    write_json(place / OUTCOME, asdict(found))  # last: with it the run has ended


Trained = tuple[str, "dict[str, Tensor]", dict[str, Any]]


def _trained(config: dict[str, Any], progress: bool) -> Trained:
    """Status, weights as they are handed in, and what is added to the config."""
    if config["kind"] == "private":
        return _private(config)
    from aigc_course.capstone import loading
    from aigc_course.training import Budget, fit, seed_everything

    seed_everything(config["seed"])
    learner, batches = _learner(config)
    budget = Budget(steps=config["steps"])
    # another number of threads rounds differently: a seed is to fix the weights
    history = fit(learner, batches, budget, threads=1, progress=progress)
    if history.status == "interrupted":
        raise CourseError("Training was stopped: the same command begins it anew.")
    if history.status != "finished":
        return history.status, {}, {}
    state = dict(learner.trained().state_dict())
    if config.get("model") not in WHOLE:
        state = loading.halved(state)
    return "finished", state, {}


def _learner(config: dict[str, Any]) -> tuple[Any, Any]:
    from aigc_course import apps, data, models

    seed, settings = config["seed"], config.get("settings", {})
    if config["kind"] == "restorer":
        recipe: Any = apps.recipe(config["task"], config["way"])
    else:
        recipe = models.get(config["model"], config["preset"])
    if recipe.text:
        return _of_text(recipe, seed, settings)
    labels = bool(recipe.labels)
    digits = data.load("mnist")
    batches = data.batches(digits, recipe.batch_size, seed=seed, labels=labels)
    return _built(recipe, settings), batches


def _of_text(recipe: Any, seed: int, settings: dict[str, Any]) -> tuple[Any, Any]:
    from aigc_course.attention.tokens import Characters
    from aigc_course.data.sequences import text
    from aigc_course.data.sequences.windows import Windows

    corpus = text(recipe.data)
    letters = Characters(corpus.symbols)
    tokens = letters.encode(corpus.train)
    windows = Windows(tokens, recipe.context, recipe.batch_size, seed)
    return _built(recipe.reading(letters), settings), windows


def _built(recipe: Any, settings: dict[str, Any]) -> Any:
    try:
        return recipe.build(**settings)
    except TypeError as error:
        raise CourseError(
            f"`settings` in {METHODS} has a setting that this model does not know, or a"
            f" value of the wrong kind: {json.dumps(settings)[:80]}."
        ) from error


def _private(config: dict[str, Any]) -> Trained:
    import torch

    from aigc_course import data, privacy
    from aigc_course.privacy.generator import EIGHT, ONE, TWO

    settings = dict(zip(HALVINGS, (ONE, TWO, EIGHT), strict=True))
    train = data.load("mnist")
    found = privacy.fit_private(
        train.images,
        train.labels,
        float(config["epsilon"]),
        briefs.DELTA,
        generator=torch.Generator().manual_seed(config["seed"]),
        settings=settings[config["halvings"]],
    )
    more = {"delta": briefs.DELTA, "mus": [float(mu) for mu in found.mus]}
    return "finished", found.state_dict(), more


def _promised(config: dict[str, Any]) -> dict[str, float]:
    """Epsilon of a private method's releases; nothing for other kinds."""
    if config["kind"] != "private":
        return {}
    releases = tuple((1 / mu, 1.0, 1) for mu in config["mus"])
    return {"epsilon": round(epsilon(releases, config["delta"]), 5)}


def epsilon(releases: tuple[tuple[float, float, int], ...], delta: float) -> float:
    """The epsilon of releases (noise, rate, steps) together, by the accountant."""
    from aigc_course.privacy import Release, total_epsilon

    return total_epsilon([Release(*one) for one in releases], delta)
