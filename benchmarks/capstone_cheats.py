"""Submissions that cheat, and ones that attack, made from an honest one."""

import json
import pickle
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from aigc_course import data, metrics, models, pretrained
from aigc_course.capstone import cards, loading
from aigc_course.release.files import harmless_pickle

BATCH, STEPS, RATE = 400, 120, 3e-3  # of the training against the public extractor
GOOD = 0.85  # of the FID that is true, on a forged card
Change = Callable[[Path], None]


def fitted(state: dict[str, Tensor], steps: int = STEPS) -> dict[str, Tensor]:
    """DCGAN weights that went on with the public FID as their loss, float16.

    Only the norms' numbers and the last two convolutions are trained. The loss is the
    Frechet distance between the features of 400 samples and those of MNIST's test
    digits; no discriminator and no digit is looked at.
    """
    learner = models.get("dcgan").build(bf16=False)
    learner.load_trained(loading.full(state))
    network, body = learner.trained().eval(), metrics.extractor().body
    kept = pretrained.load_weights("mnist_reference")
    mean, covariance = kept["mean"].double(), kept["covariance"].double()
    w, v = torch.linalg.eigh(covariance)
    root = (v * w.clamp(min=0).sqrt()) @ v.T
    for name, one in network.named_parameters():
        last = name.startswith(("net.13", "net.16"))
        one.requires_grad_(one.ndim == 1 or last)
    chosen = [one for one in network.parameters() if one.requires_grad]
    optimiser = torch.optim.Adam(chosen, RATE)
    for _ in range(steps):
        found = body(network(torch.randn(BATCH, 64))).double()
        of = torch.cov(found.T)
        both = root @ of @ root + 1e-6 * torch.eye(len(of))
        cross = torch.linalg.eigvalsh(both).clamp(min=1e-10).sqrt().sum()
        apart = (found.mean(0) - mean).square().sum()
        loss = apart + of.trace() + covariance.trace() - 2 * cross
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loading.halved({k: x.detach() for k, x in network.state_dict().items()})


class Recites(loading.Made):
    """Stands for weights that hold pictures, and show them in any order."""

    def __init__(self, images: Tensor, noise: float = 0.0) -> None:
        self.images, self.noise = data.to_float(images), noise

    def _drawn(self, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        n = loading.BLOCK
        rows = torch.randint(len(self.images), (n,), generator=chance)
        noise = self.noise * torch.randn(n, 1, 28, 28, generator=chance)
        return (self.images[rows] + noise).clamp(-1, 1), rows % 10


def reciting() -> dict[str, loading.Made]:
    """By the kind of finding: what no honest weights show."""
    train, test = data.load("mnist", "train").images, data.load("mnist", "test").images
    return {
        "copies": Recites(train),
        "copies of moved digits": Recites(train[:20_000].roll((1, 1), (2, 3))),
        "copies among others": Recites(torch.cat([train[:3_000], test[:7_000]]), 0.05),
        "test-copies": Recites(test),
        "repeats": Recites(train[:10].roll(1, 2), 0.03),
    }


def _json(file: str, change: Callable[[Any], None]) -> Change:
    def make(folder: Path) -> None:
        found = json.loads((folder / file).read_text())
        change(found)
        (folder / file).write_text(json.dumps(found))

    return make


def _card(change: Callable[[dict[str, Any]], None], text: str = "") -> Change:
    def make(folder: Path) -> None:
        card = cards.parse((folder / "card.md").read_text())
        front = dict(card.front)
        change(front)
        (folder / "card.md").write_text(cards.render(front, card.text + text))

    return make


def _better(front: dict[str, Any]) -> None:
    for one in front["claims"]:
        if one["figure"] == "fid":
            for key in ("value", "low", "high"):
                one[key] *= GOOD


def _wider(front: dict[str, Any]) -> None:
    for one in front["claims"]:
        if one["figure"] == "coverage":
            one["value"] = min(1.0, one["value"] + 0.1)


def _other_samples(folder: Path) -> None:
    chance = torch.Generator().manual_seed(1)
    learner = models.get("dcgan").build(bf16=False)
    learner.load_trained(pretrained.load_weights("mnist_dcgan"))
    n = len(np.load(folder / "samples.npy"))
    drawn = data.to_uint8(learner.sample(n, chance))[:, 0]
    np.save(folder / "samples.npy", drawn.numpy())


def _copied(record: dict[str, Any]) -> None:
    for one in record["runs"]:
        same = next(r for r in record["runs"] if r["method"] == one["method"])
        one["figures"] = same["figures"]


def _improved(record: dict[str, Any]) -> None:
    for one in record["runs"]:
        one["figures"]["fid"] *= GOOD


def _weights(change: Callable[[dict[str, Tensor]], None]) -> Change:
    def make(folder: Path) -> None:
        state = load_file(folder / "model.safetensors")
        change(state)
        save_file(state, folder / "model.safetensors")

    return make


def _not_a_number(state: dict[str, Tensor]) -> None:
    one = next(value for value in state.values() if value.is_floating_point())
    one.view(-1)[0] = float("nan")


def _pickle(folder: Path) -> None:
    harmless_pickle(folder / "model.safetensors")


def _long_header(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes((2**32).to_bytes(8, "little") + path.read_bytes()[8:])


def _overlap(folder: Path) -> None:
    words = {
        name: {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]} for name in "ab"
    }
    head = json.dumps(words).encode()
    content = len(head).to_bytes(8, "little") + head + bytes(16)
    (folder / "model.safetensors").write_bytes(content)


def _object_array(folder: Path) -> None:
    np.save(folder / "samples.npy", np.array([print], object), allow_pickle=True)


CHEATS: dict[str, Change] = {
    "claim": _card(_better),
    "claim of coverage": _card(_wider),
    "samples": _other_samples,
    "evidence": _json("evidence/record.json", _copied),
    "evidence improved": _json("evidence/record.json", _improved),
}
HOSTILE: dict[str, Change] = {
    "pickle": _pickle,
    "long header": _long_header,
    "overlapping places": _overlap,
    "not a number": _weights(_not_a_number),
    "object array": _object_array,
    "html on the card": _card(lambda front: None, "<script>alert(1)</script>"),
}
ZIPS = ("path", "link", "bomb", "no archive")


def changed(good: Path, out: Path, change: Change) -> Path:
    """A copy of a submission with one thing changed."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(good, out)
    change(out)
    return out


def zipped(good: Path, out: Path, kind: str) -> Path:
    """An archive of a submission that attacks whoever unpacks it."""
    if kind == "no archive":
        out.write_bytes(pickle.dumps({"a": 1}))
        return out
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in good.rglob("*"):
            if file.is_file() and (kind, file.name) != ("bomb", "samples.npy"):
                archive.write(file, file.relative_to(good))
        if kind == "path":
            archive.writestr("../../escaped.txt", "x")
        elif kind == "link":
            info = zipfile.ZipInfo("model.onnx")
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
        elif kind == "bomb":
            with archive.open("samples.npy", "w") as file:
                for _ in range(2_000):
                    file.write(bytes(2**20))
    return out
