"""The website's field lab in JavaScript is the course's: fields, solvers, training."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from aigc_course.flow.solvers import METHODS, solve
from aigc_course.widgets.field_game import (
    CHOICES,
    WORLDS,
    FieldGame,
    FieldSettings,
    PointLearner,
)

NODE = shutil.which("node")
SCRIPT = Path(__file__).parent / "js" / "site_field.mjs"
STEPS = 100

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


@pytest.fixture
def double() -> Iterator[None]:
    """Both sides compute in 64 bits, so that only mistakes can differ."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """Every draw of torch's that a learner makes, in order."""
    kept: list[list[float]] = []

    def recorded(draw: Any) -> Any:
        def call(*given: Any, **more: Any) -> torch.Tensor:
            made = draw(*given, **more)
            kept.append(made.flatten().tolist())
            return made

        return call

    for name in ("randint", "randn", "rand"):
        monkeypatch.setattr(torch, name, recorded(getattr(torch, name)))
    return kept


def layers(network: nn.Module) -> list[dict[str, list[float]]]:
    linear = [part for part in network.modules() if isinstance(part, nn.Linear)]
    return [
        {"weight": part.weight.flatten().tolist(), "bias": part.bias.tolist()}
        for part in linear
    ]


def flat(network: list[dict[str, list[float]]]) -> torch.Tensor:
    return torch.tensor([v for part in network for v in part["weight"] + part["bias"]])


def in_javascript(given: dict[str, Any]) -> dict[str, Any]:
    assert NODE
    ran = subprocess.run(
        [NODE, SCRIPT],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


# field, label, guidance, steps, method
SOLVES = [
    *(("exact", "none", 1, 5, method) for method in METHODS),
    ("exact", "A", 2.5, 5, "heun"),
    ("exact", "B", 0.5, 3, "rk4"),
    ("learned", "none", 1, 5, "midpoint"),
    ("learned", "A", 3, 4, "euler"),
    ("learned", "B", 0, 4, "heun"),
]


@pytest.mark.parametrize(
    ("data", "fast", "width", "batch"),
    [("ring", True, 64, 128), ("grid", False, 16, 32), ("two", True, 16, 32)],
)
def test_training_and_paths_agree(
    data: str,
    fast: bool,
    width: int,
    batch: int,
    double: None,
    drawn: list[list[float]],
) -> None:
    game = FieldGame(FieldSettings(data))
    game.learner = PointLearner(WORLDS[data], width=width, batch=batch)
    start = layers(game.learner.net)
    drawn.clear()
    game.practise(STEPS)
    noise = game.noise[:20]
    given = {
        "data": data,
        "steps": STEPS,
        "options": {"width": width, "batch": batch, "fast": fast},
        "weights": start,
        "draws": list(drawn),
        "noise": noise.flatten().tolist(),
        "solves": SOLVES,
    }
    found = in_javascript(given)
    assert found["used"] == len(drawn) == 5 * STEPS
    moved = (flat(layers(game.learner.net)) - flat(start)).abs().max()
    assert moved > 1e-2  # something was learned
    off = (flat(found["weights"]) - flat(layers(game.learner.net))).abs().max()
    assert off < 1e-5
    assert found["loss"] == pytest.approx(game.learner.loss, abs=1e-6)
    for (field, label, guidance, steps, method), ends in zip(
        SOLVES, found["ends"], strict=True
    ):
        game.change(label=label, guidance=guidance)
        ours = solve(game.velocity(field), noise, steps, method).flatten().tolist()
        close = 1e-9 if field == "exact" else 1e-4
        assert ends == pytest.approx(ours, abs=close), (field, label, method)


def test_both_offer_the_same() -> None:
    script = Path(__file__).parents[1] / "site/labs"
    code = f"""
    const {{ OFFER, START }} = await import("{(script / "field_desk.js").as_uri()}");
    const {{ WORLDS }} = await import("{(script / "mixture.js").as_uri()}");
    console.log(JSON.stringify([OFFER, START, WORLDS]));"""
    assert NODE
    ran = subprocess.run(
        [NODE, "--input-type=module", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=True,
    )
    offer, start, worlds = json.loads(ran.stdout)
    assert offer == {name: list(values) for name, values in CHOICES.items()}
    assert start == vars(FieldSettings())
    assert list(worlds) == list(WORLDS)
    for name, world in WORLDS.items():
        assert worlds[name]["std"] == world.std
        assert worlds[name]["classes"] == world.classes
        theirs = [value for mean in worlds[name]["means"] for value in mean]
        ours = [value for mean in world.means for value in mean]
        assert theirs == pytest.approx(ours, abs=1e-12)
