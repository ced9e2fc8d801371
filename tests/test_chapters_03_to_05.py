"""What chapters 03 to 05 print agrees with what they say, and comparisons are fair."""

import json
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from aigc_course import gan

ROOT = Path(__file__).parent.parent
CHAPTERS = {path.name[:2]: path for path in (ROOT / "chapters").glob("0[345]_*.py")}


def printed(number, cell):
    """What a cell of the stored solution printed."""
    (path,) = (ROOT / "solutions").glob(f"{number}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    (found,) = (one for one in cells if one["id"] == cell)
    return "".join("".join(out.get("text", [])) for out in found["outputs"])


def multiply_adds(network, z):
    """Products of weights and inputs in one forward pass of one sample, by hooks."""
    counted = {"maps": 0, "full": 0}

    def count(layer, inputs, _):
        if isinstance(layer, nn.Linear):
            counted["full"] += layer.weight.numel()
        else:
            counted["maps"] += layer.weight.numel() * inputs[0][0, 0].numel()

    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.ConvTranspose2d):
            layer.register_forward_hook(count)
    network.eval()(z)
    return counted


@pytest.mark.parametrize("preset", gan.networks.PRESETS)
def test_the_printed_cost_counts_all_layers(preset):
    network = gan.DCGANGenerator(preset)
    want = multiply_adds(network, network.latents(1))
    line = next(
        line
        for line in printed("05", "05-nets-cost").splitlines()
        if line.startswith(preset)
    )
    maps, full, total = map(float, re.findall(r"\d+\.\d+", line))
    assert maps == pytest.approx(want["maps"] / 1e6, abs=0.006)
    assert full == pytest.approx(want["full"] / 1e6, abs=0.006)
    assert total == pytest.approx(sum(want.values()) / 1e6, abs=0.006)


def test_nearly_all_weights_of_the_fast_preset_are_fully_connected():
    for network in (gan.DCGANGenerator(), gan.DCGANDiscriminator()):
        full = sum(
            layer.weight.numel()
            for layer in network.modules()
            if isinstance(layer, nn.Linear)
        )
        assert full / sum(w.numel() for w in network.parameters()) > 0.985


@pytest.mark.parametrize("number", ["04", "05"])
def test_trainings_are_as_long_as_their_steps(number):
    text = CHAPTERS[number].read_text(encoding="utf-8")
    assert "lesson(steps=" in text
    assert "seconds=" not in text


def test_models_that_are_compared_took_the_same_steps():
    cells = ("05-presets-reference", "05-presets-between", "05-presets-fast")
    found = [re.search(r"(\d+) steps", printed("05", cell)) for cell in cells]
    assert len({match[1] for match in found if match}) == 1 and all(found)


@pytest.mark.parametrize("number", sorted(CHAPTERS))
def test_no_reference_is_the_beginning_of_a_file(number):
    text = CHAPTERS[number].read_text(encoding="utf-8")
    for line in text.splitlines():
        if re.search(r"(features|fid|batches)\(.*images\[:", line):
            pytest.fail(f"first rows as a reference: {line}")


def test_the_settings_of_the_collapse_differ_in_one_thing():
    text = CHAPTERS["04"].read_text(encoding="utf-8")
    (change,) = re.findall(r"^HASTY = STEADY \| \{(.*)\}", text, re.MULTILINE)
    assert re.findall(r'"(\w+)":', change) == ["lr"]
    assert '"lr": 2e-3' in text and "(2e-3, 2e-4)" in change


def test_the_rise_of_the_rate_is_what_the_recipe_has():
    text = CHAPTERS["05"].read_text(encoding="utf-8")
    warm = gan.recipe("dcgan", "fast").settings["lr_warmup"]
    assert f"over the first {warm:,} images" in text


def test_four_decimals_of_the_sum_of_losses():
    for line, want in zip(
        printed("03", "03-total").splitlines(),
        (torch.zeros(3), torch.tanh(torch.tensor([-1.0, 0.0, 1.0]))),
        strict=True,
    ):
        got = torch.tensor([float(v) for v in re.findall(r"-?\d+\.\d+", line)])
        assert torch.allclose(got, want, atol=6e-4) and "-0.000" not in line
