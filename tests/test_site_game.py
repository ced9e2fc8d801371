"""The website's game in JavaScript gives the weights of the course's own game."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from aigc_course import data, gan
from aigc_course.gan.losses import GAMES
from aigc_course.widgets import sights
from aigc_course.widgets.engine import Duel

NODE = shutil.which("node")
SCRIPT = Path(__file__).parent / "js" / "site_game.mjs"
ROUNDS = 100

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


@pytest.fixture
def double() -> Iterator[None]:
    """Both sides compute in 64 bits, so that only mistakes can differ."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """Every draw of torch's that a game makes, in order."""
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


CASES = [
    *((loss, True) for loss in GAMES),
    ("non-saturating", False),
    ("wasserstein", False),
]


@pytest.mark.parametrize(("loss", "fast"), CASES)
def test_hundred_rounds_give_the_same_weights(
    loss: str, fast: bool, double: None, drawn: list[list[float]]
) -> None:
    # the lab's own size once, smaller nets for the other losses
    whole = fast and loss == "non-saturating"
    width, batch, d_steps = (64, 128, 1) if whole else (16, 32, 2)
    points = data.toy("grid", 500).double()
    networks = gan.PointGenerator(width=width), gan.PointDiscriminator(width=width)
    rates = (1e-3, 2e-3)
    duel = Duel(points, *networks, loss=loss, lr=rates, d_steps=d_steps, batch=batch)
    start = {"g": layers(duel.generator), "d": layers(duel.discriminator)}
    drawn.clear()
    duel.move("round", ROUNDS)
    rules = {"loss": loss, "lr_g": rates[0], "lr_d": rates[1], "d_steps": d_steps}
    given = {
        "settings": {**rules, "width": width, "batch": batch, "fast": fast},
        "rounds": ROUNDS,
        "points": points.flatten().tolist(),
        "weights": start,
        "draws": list(drawn),
    }
    found = in_javascript(given)
    assert found["used"] == len(drawn)
    for name, network in (("g", duel.generator), ("d", duel.discriminator)):
        moved = (flat(layers(network)) - flat(start[name])).abs().max()
        assert moved > 1e-2  # a game was played
        assert (flat(found[name]) - flat(layers(network))).abs().max() < 1e-5
    for name, value in duel.readings.items():
        assert found["readings"][name] == pytest.approx(float(value), abs=1e-5)
    if found["pulls"]:
        places = torch.tensor([[0.3, -0.2], [1.1, 0.4]])
        pulled = sights.pulls(duel, places).flatten().tolist()
        assert found["pulls"] == pytest.approx(pulled, abs=1e-5)
