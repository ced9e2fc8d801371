"""Damaged and hostile files: one sentence each, none taken silently."""

import json
import os
import random
import time

import numpy as np
import pytest
import torch
from damage import arrays, bytes_of, claims, npy
from safetensors.torch import save

from aigc_course import metrics, runs
from aigc_course.data.arrays import read_images
from aigc_course.errors import CourseError
from aigc_course.files import read_json
from aigc_course.runs import config, weights
from aigc_course.training import Budget, checkpoint, fit

COUNT = {"bytes": 120, "weights": 100, "configs": 60}  # damaged files of each kind


def sentence(call, *given):
    """What `call` refuses with: one sentence, in little time."""
    start = time.process_time()
    with pytest.raises(CourseError) as caught:
        call(*given)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and len(text) < 700, text
    assert "Traceback" not in text and time.process_time() - start < 2
    return text


class Line:
    """A model of one straight line."""

    def __init__(self):
        self.net = torch.nn.Linear(2, 1)
        self.optimiser = torch.optim.Adam(self.net.parameters())
        self.images = 0

    def step(self, batch):
        loss = self.net(batch).square().mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.images += len(batch)
        return {"loss": loss.detach()}

    def state_dict(self):
        parts = {"net": self.net.state_dict(), "adam": self.optimiser.state_dict()}
        return {**parts, "images": self.images}

    def load_state_dict(self, state):
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["adam"])
        self.images = state["images"]


class Pairs:
    """Endless batches of the same points."""

    batch_size, per_epoch = 4, 1

    def __init__(self):
        self.steps = 0

    def __next__(self):
        self.steps += 1
        return torch.ones(4, 2)

    def state_dict(self):
        return {"steps": self.steps}

    def load_state_dict(self, state):
        self.steps = state["steps"]


def go_on(file):
    return fit(
        Line(),
        Pairs(),
        Budget(steps=30),
        checkpoint=file,
        resume=file.exists(),
        progress=False,
    )


@pytest.fixture
def file(tmp_path):
    """The checkpoint of a training of 30 steps."""
    go_on(tmp_path / "checkpoint.pt")
    return tmp_path / "checkpoint.pt"


def test_damaged_checkpoints(file):
    good, chance = file.read_bytes(), random.Random(1)
    for _ in range(COUNT["bytes"]):
        file.write_bytes(bytes_of(good, chance))
        assert "damaged" in sentence(checkpoint.load, file)
    file.write_bytes(good)
    assert checkpoint.load(file)["step"] == 30


def test_checkpoints_of_older_versions_have_no_checksum_and_are_read(file):
    state = checkpoint.load(file)
    torch.save(state, file)
    assert file.read_bytes()[-2:] == b"\0\0"
    assert go_on(file).rows[-1]["step"] == 30
    good, chance = file.read_bytes(), random.Random(2)
    silent = 0
    for _ in range(60):
        file.write_bytes(bytes_of(good, chance))
        try:
            found = checkpoint.load(file)
        except CourseError:
            continue
        silent += 1  # a byte of padding, or one that no reader looks at
        for name, value in found["model"]["net"].items():
            assert torch.equal(value, state["model"]["net"][name])
    assert silent < 15


def altered(path, value):
    """A change of a state at a path such as "model.net.weight"."""

    def change(state):
        *folders, last = path.split(".")
        for name in folders:
            state = state[int(name) if isinstance(state, list) else name]
        state[int(last) if isinstance(state, list) else last] = value

    return change


def without(name):
    return lambda state: state.pop(name)


WRONG = [
    *(without(n) for n in ("model", "batches", "step", "elapsed", "history", "random")),
    *(altered("step", v) for v in ("x", 1.5, -1, None, True, 2**70, [], torch.ones(1))),
    *(altered("elapsed", v) for v in ("x", -1.0, float("nan"), float("inf"), None)),
    *(altered("model", v) for v in (None, [], "x", {}, {"net": 3})),
    altered("model.net.weight", torch.full((1, 2), float("nan"))),
    altered("model.net.weight", torch.ones(1, 2, dtype=torch.int64)),
    altered("model.net.weight", torch.ones(3, 2)),
    altered("model.net.bias", "x"),
    altered("model.images", "x"),
    altered("model.images", -3),
    altered("model.images", float("nan")),
    altered("batches", []),
    altered("batches.steps", 2.5),
    altered("batches.steps", -4),
    altered("random", {}),
    altered("random.torch", torch.zeros(3)),
    altered("random.python", [3, [1], None]),
    altered("random.numpy", "x"),
    altered("history", {"rows": "x", "messages": []}),
    altered("history.rows", [[]]),
    altered("history.rows", [{"step": 1}]),
    altered("history.rows.0.loss", "=cmd|' /C calc'!A0"),
    altered("history.rows.0.=HYPERLINK(1)", 1.0),
    altered("history.rows.0.a\nb", 1.0),
    altered("history.messages", [["x"]]),
    altered("history.messages", [[1, "a\n![x](https://example.org)"]]),
    altered("format", 99),
]


@pytest.mark.parametrize("change", WRONG)
def test_checkpoints_of_wrong_values_with_a_right_checksum(file, change):
    state = checkpoint.load(file)
    change(state)
    version = {"format": state.pop("format")}
    torch_state = {**state, **version}
    checkpoint.save(file, torch_state)
    sentence(go_on, file)


def networks():
    chance = torch.Generator().manual_seed(0)
    return {
        "net.weight": torch.randn(8, 4, generator=chance),
        "net.bias": torch.zeros(8),
        "norm.num_batches_tracked": torch.tensor(3),
    }


ABOUT = {"model": "mlp-gan", "preset": "fast", "step": "30"}


def test_damaged_weights(tmp_path):
    file, chance = tmp_path / "generator.safetensors", random.Random(3)
    weights.write(file, networks(), ABOUT)
    good = file.read_bytes()
    assert weights.read(file).keys() == networks().keys()
    for _ in range(COUNT["weights"]):
        file.write_bytes(bytes_of(good, chance))
        assert "damaged" in sentence(weights.read, file)


@pytest.mark.parametrize("about", [None, ABOUT])
def test_weights_of_older_versions_and_of_others_are_read(tmp_path, about):
    file = tmp_path / "generator.safetensors"
    for kind in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        made = {n: t.to(kind) if t.dim() else t for n, t in networks().items()}
        file.write_bytes(save(made, about))
        assert weights.read(file)["net.bias"].dtype == kind
    for value in (float("nan"), float("inf"), -float("inf")):
        file.write_bytes(save({"net.bias": torch.full((8,), value)}, about))
        assert "not finite" in sentence(weights.read, file)
    file.write_bytes(save({"net.bias": torch.zeros(8, dtype=torch.int32)}, about))
    read = weights.read(file)
    assert "int32" in sentence(weights.check_kinds, file, read, networks())


def test_damaged_arrays_take_no_memory(tmp_path):
    import tracemalloc

    file, chance = tmp_path / "x.npy", random.Random(4)
    good = np.random.default_rng(0).integers(0, 256, (120, 28, 28), dtype=np.uint8)
    wrong = arrays(chance)
    for content in wrong:
        file.write_bytes(content)
        tracemalloc.start()
        sentence(lambda: metrics.images.checked(read_images(file, 100, 0)))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20 * 2**20, content[:200]
    np.save(file, good)
    content = file.read_bytes()
    for cut in range(20):  # a flipped pixel cannot be told from a pixel
        file.write_bytes(content[: chance.randrange(len(content))])
        assert "NumPy file" in sentence(read_images, file, 100, cut)
    assert len(wrong) + 20 >= 50


def test_rows_are_read_alone_and_are_those_of_the_whole_array(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (300, 28, 28), dtype=np.uint8)
    chosen = torch.randperm(300, generator=torch.Generator().manual_seed(5))[:120]
    for form in (images, np.asfortranarray(images), images.astype(">f8") / 127.5 - 1):
        np.save(tmp_path / "x.npy", form)
        part = read_images(tmp_path / "x.npy", 120, 5)
        assert (part == form[chosen.numpy()]).all() and part.dtype.isnative
    with (tmp_path / "sparse.npy").open("wb") as sparse:  # 3 GB, all holes
        sparse.write(npy(claims("|u1", "(4000000, 28, 28)")))
        sparse.truncate(2**32)
    assert read_images(tmp_path / "sparse.npy", 100, 0).shape == (100, 28, 28)


CONFIG = {
    "model": "mlp-gan",
    "preset": "fast",
    "data": "digits",
    "seed": 3,
    "budget": {"steps": 30},
    "device": "auto",
    "bf16": False,
    "version": "0.1.0",
    "torch": "2.15.0",
    "started": "2026-01-01T00:00:00+00:00",
}
VALUES = (None, True, 1.5, -1, 2**70, "", "a\nb", "x" * 999, [], [1], {}, {"x": 3})
VALUES += (float("nan"), float("inf"), {"steps": "x"}, {"steps": 1.5}, {"steps": 0})
VALUES += ({"steps": 1, "seconds": 2}, {"seconds": -3}, {"steps": True}, "| x |")
FINE = [("bf16", None), ("bf16", True)]  # no damage


def test_damaged_configurations(tmp_path):
    file, chance = tmp_path / "config.json", random.Random(5)
    text = json.dumps(CONFIG, indent=2)
    file.write_text(text)
    assert config.read(file).budget == {"steps": 30}
    wrong = [
        json.dumps({**CONFIG, name: value})
        for name in CONFIG
        for value in VALUES
        if (name, value) not in FINE
    ]
    wrong += [text[: chance.randrange(1, len(text))] for _ in range(COUNT["configs"])]
    wrong += ["[" * 100_000, "{", "null", "3", '"x"', '{"model": "mlp-gan"}', "\0"]
    wrong += [json.dumps({**CONFIG, "more": 1}), json.dumps({**CONFIG, "model": "x"})]
    assert len(wrong) > 200
    for content in wrong:
        file.write_text(content)
        sentence(config.read, file)
    file.write_bytes(text.encode("utf-16"))
    sentence(config.read, file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(
    ("read", "name"),
    [
        (checkpoint.load, "checkpoint.pt"),
        (weights.read, "generator.safetensors"),
        (config.read, "config.json"),
        (read_json, "report.json"),
        (lambda file: read_images(file, 1, 0), "x.npy"),
        (lambda file: runs.Run.open(file.parent), "config.json"),
    ],
)
def test_pipes_devices_and_folders_are_not_waited_for(tmp_path, read, name):
    file = tmp_path / name
    os.mkfifo(file)
    assert "pipe" in sentence(read, file)
    file.unlink()
    file.symlink_to(os.devnull)
    assert "device" in sentence(read, file)
    file.unlink()
    file.mkdir()
    assert "folder" in sentence(read, file)


def test_files_of_many_gigabytes_are_not_read(tmp_path):
    for read, name in (
        (checkpoint.load, "c.pt"),
        (weights.read, "w"),
        (read_json, "j"),
    ):
        with (tmp_path / name).open("wb") as sparse:
            sparse.truncate(2**40)
        assert "MiB are read" in sentence(read, tmp_path / name)


def test_a_checkpoint_whose_parts_are_packed_is_refused(file):
    import io
    import zipfile

    old, new = zipfile.ZipFile(file), io.BytesIO()
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in old.infolist():
            packed.writestr(part.filename, old.read(part))
    old.close()
    file.write_bytes(new.getvalue())
    assert "damaged" in sentence(checkpoint.load, file)


def test_results_go_to_files_alone(tmp_path):
    from aigc_course.files import write_text

    (tmp_path / "null.txt").symlink_to(os.devnull)
    write_text(tmp_path / "null.txt", "x")  # the link is replaced, the device is not
    assert not (tmp_path / "null.txt").is_symlink()
    (tmp_path / "folder").mkdir()
    sentence(write_text, tmp_path / "folder", "x")
    assert not list((tmp_path / "folder").iterdir())
