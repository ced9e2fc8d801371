"""The check of a GPU, whole, with the CPU in the GPU's place; and what it finds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import gpu_check
import numpy as np
import pytest
import torch
from gpu import bare, modes

from aigc_course import models, pretrained, validate
from aigc_course.gan import conditional_learner

ROOT = Path(__file__).resolve().parents[1]
CPU, META = torch.device("cpu"), torch.device("meta")


@pytest.mark.slow
@pytest.mark.timeout(400)  # 25 s on a quiet machine
def test_the_whole_check_runs_where_only_torch_and_numpy_are(tmp_path: Path) -> None:
    """With every other package blocked, as on a bare machine with a GPU."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import gpu_check;"
        "from gpu import bare; real = bare.find_spec;"
        "bare.find_spec = lambda n, *a: None if n in bare.WANTED else real(n, *a);"
        "sys.meta_path.insert(0, bare._Finder(list(bare.WANTED)));"
        "sys.exit(gpu_check.main(sys.argv[2:]))"
    )
    out = tmp_path / "record.json"
    asked = ["--device", "cpu", "--tiny", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "tools"), *asked],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Without tqdm, scipy, PIL" in done.stdout
    record = json.loads(out.read_text())
    assert list(record["families"]) == models.names() and record["faults"] == []
    for figures in record["families"].values():
        assert figures["losses apart, step 1"] == 0 == figures["waits in a step"]
        assert figures["images/s"] > 0
    assert record["dcgan after 60 s"]["FID"] > 0


def test_without_a_gpu_there_is_one_sentence_and_status_two(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert gpu_check.main([]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1 and "finds no GPU here" in said.err
    monkeypatch.setattr(torch, "__version__", "2.9.1+cu130")
    assert gpu_check.main([]) == 2
    assert "needs torch 2.11 or newer; this is 2.9.1" in capsys.readouterr().err
    monkeypatch.setattr(gpu_check, "find_spec", lambda name: None)
    assert gpu_check.main([]) == 2
    assert "has no torch and no numpy" in capsys.readouterr().err


def test_noise_is_the_same_for_every_device_and_way_of_asking() -> None:
    def drawn() -> list[torch.Tensor]:
        with modes.SameNumbers(3):
            x = torch.zeros(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
            return [
                torch.randn(2, 3),
                torch.rand((4,), device="cpu"),
                torch.randn_like(x),
                torch.rand_like(x, dtype=torch.float32),
                torch.randint(5, (6,)),
                torch.multinomial(torch.ones(4), 3, True),
            ]

    torch.manual_seed(0)
    first = drawn()
    torch.manual_seed(1)
    for one, two in zip(first, drawn(), strict=True):
        assert torch.equal(one, two)
    assert first[2].is_contiguous(memory_format=torch.channels_last)
    assert not torch.equal(first[2], first[3])


def test_what_waits_for_a_device_is_counted() -> None:
    x = torch.arange(4.0)
    with modes.Waits(CPU) as waits:
        (x * 2).sum()
        x[x > 1]
        float(x[0])
        bool(x[0])
        x.nonzero()
        x[1].item()
    assert waits.found.pop("__getitem__") == 1
    assert {"__float__", "__bool__", "nonzero", "item"} <= set(waits.found)
    with modes.Waits(META) as waits:  # what lies elsewhere is no matter
        float(x[0])
    assert waits.found == {}


def test_values_are_looked_at_on_the_cpu_alone() -> None:
    assert validate.is_seen(torch.zeros(1))
    assert not validate.is_seen(torch.zeros(1, device="meta"))


@pytest.mark.parametrize("labels", [[3, 3, 1, 1, 1, 0], [0, 1, 2, 3, 4, 5]])
def test_variety_is_the_same_by_weights_as_by_a_mask(
    labels: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, real = torch.randn(2, 6, 1, 4, 4).unbind(0)
    y = torch.tensor(labels)
    by_mask = conditional_learner.variety_loss(fake, real, y)
    monkeypatch.setattr(conditional_learner.validate, "is_seen", lambda x: False)
    torch.testing.assert_close(conditional_learner.variety_loss(fake, real, y), by_mask)


def test_the_small_reader_of_weights_reads_as_safetensors_does() -> None:
    for name in pretrained.names():
        data = (pretrained.FOLDER / f"{name}.safetensors").read_bytes()
        wanted = pretrained.load(data)
        found = bare.load(data)
        assert found.keys() == wanted.keys()
        assert all(torch.equal(found[key], wanted[key]) for key in wanted)
    assert np.isfinite(sum(float(v.float().sum()) for v in found.values()))
