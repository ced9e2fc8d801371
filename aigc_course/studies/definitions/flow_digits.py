"""Latent flows of digits beside the other ways to draw from one and the same VAE.

For each seed a VAE is trained once, with a normal likelihood and a learned deviation:
fully connected with 32 latents (`flow.latent_networks`), or convolutional with 20. Then
its latents are drawn by N(0, I), by a mixture of normals, by a flow, by a flow that is
told the label, and by a student that needs one evaluation.
Everything is judged on 10,000 samples against all test digits, on the course's
features. `floor` is the FID of reconstructions of 10,000 training digits: what the
decoder can reach with the encoder's own latents. Whether a label is obeyed is read by
the extractor's classifier, of which no training here has known.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, metrics, training, vae
from aigc_course.flow.latent import LatentFlow, LatentNetworks
from aigc_course.flow.networks import mlp
from aigc_course.flow.onestep import OneStep, Pairs
from aigc_course.flow.recipes import (
    ASKED_SETTINGS,
    FLOW_SETTINGS,
    LATENT_SETTINGS,
    RANDOM_SETTINGS,
    VAE_SETTINGS,
    latent_networks,
)
from aigc_course.metrics import reference
from aigc_course.metrics.copies import near_copy_rate
from aigc_course.metrics.features import read
from aigc_course.studies.config import describe
from aigc_course.studies.study import Cell, Column, Method, Study
from aigc_course.vae import losses

SAMPLES, COMPONENTS, IMAGES = 10_000, 50, 10_000
BATCH = 256
EVALUATIONS = {1: (1, "euler"), 2: (1, "heun"), 4: (2, "heun"), 8: (4, "heun")}
EVALUATIONS |= {16: (8, "heun"), 32: (16, "heun")}  # by their number: steps, method
FULL = 32
ASKED_STEPS = 8  # of the flow with labels
COPIES = 1_000  # samples whose nearest training digits are looked for
PAIRED = {"unlabelled": LATENT_SETTINGS, "labelled": ASKED_SETTINGS}
LARGE: dict[str, Any] = {  # large batches, paired at random; Muon; a longer average
    **RANDOM_SETTINGS,
    "batch": 1_024,
    "flow": {**FLOW_SETTINGS, "ema": 400_000, "muon": 0.01},
}
Settings = dict[str, dict[str, Any]]  # of the flows without and with labels
SETTINGS: dict[str, Settings] = {
    "short": PAIRED,
    "short-random": {"unlabelled": RANDOM_SETTINGS, "labelled": RANDOM_SETTINGS},
    "convolutional": {"unlabelled": LARGE, "labelled": LARGE},
}
GUIDANCE = {
    "short": (1.0, 2.0),
    "short-random": (1.0, 3.0),
    "convolutional": (1.0, 2.0),
}
ABOUT = {
    "short": "Noise and latents paired by optimal transport in a batch.",
    "short-random": "Paired at random, in half as many batches of twice the size.",
    "convolutional": "A convolutional VAE with 20 latents; longer, larger batches.",
}
# steps of each training; pairs of the student
PLANS: dict[str, dict[str, int]] = {
    "short": {"first": 1_100, "second": 2_600, "student": 400, "pairs": 20_000},
    "short-random": {"first": 1_100, "second": 1_300, "student": 400, "pairs": 20_000},
    "convolutional": {
        "first": 6_000,
        "second": 6_000,
        "student": 600,
        "pairs": 60_000,
    },
}


def convolutional(width: int = 32, latent: int = 20) -> vae.Networks:
    """Chapter 08's convolutional VAE with fewer latents: they are easier to draw."""
    gaussian = vae.Gaussian(learned=True)
    return vae.convolutional(latent, likelihood=gaussian, width=width)


@dataclass(frozen=True)
class Parts:
    """What a method draws with: the VAE, how large its flow is, its simplest rival."""

    networks: Callable[[], vae.Networks]
    described: Callable[..., Any]
    batch_size: int
    blocks: int  # of the flow
    components: int  # of the mixture
    images: int  # whose latents the mixture is fitted to


CONNECTED = Parts(
    lambda: latent_networks().vae, latent_networks, BATCH, 3, COMPONENTS, IMAGES
)
LARGER = Parts(convolutional, convolutional, 128, 4, 2 * COMPONENTS, 2 * IMAGES)


def parts(name: str) -> Parts:
    """What the method `name` draws with."""
    return LARGER if name == "convolutional" else CONNECTED


def study() -> Study:
    """Two lengths of training, and two ways to pair noise with latents."""
    numbers = ("floor", "normal", "mixture", "fid")
    shares = ("precision", "recall", "coverage", "copies", "obeyed", "cflow_recall")
    return Study(
        "flow-digits",
        "How well does a flow draw a VAE's latents, beside the simpler ways?",
        {name: _method(name) for name in PLANS},
        columns=(
            *(Column(name, "FID", better="lower") for name in numbers),
            *(Column(f"nfe_{n}", "FID", better="lower") for n in EVALUATIONS),
            Column("one_step", "FID", better="lower"),
            Column("cflow_fid", "FID", better="lower"),
            *(Column(n, better=_better(n), kind="share") for n in shares),
        ),
        failed=no_better,
        rule="the flow's FID is not below the mixture's",
        seconds=600,
        seeds=5,
        data="mnist",
    )


def _better(name: str) -> str:
    return "lower" if name == "copies" else "higher"


def no_better(outcome: Mapping[str, Any]) -> bool:
    """Whether the flow is no better than the mixture on the same latents."""
    pair = outcome["fid"], outcome["mixture"]
    return None in pair or not pair[0] < pair[1]


def _method(name: str) -> Method:
    own = parts(name)
    config = {
        "plan": PLANS[name],
        "networks": describe(own.described),
        "batch_size": own.batch_size,
        "learner": describe(LatentFlow),
        "settings": describe(SETTINGS[name]),
        "samples": SAMPLES,
        "components": own.components,
        "images": own.images,
        "guidance": list(GUIDANCE[name]),
        "asked_steps": ASKED_STEPS,
        "copies": COPIES,
    }
    if own.blocks != CONNECTED.blocks:
        config["blocks"] = own.blocks
    return Method(partial(train, name), config, ABOUT[name])


def train(name: str, cell: Cell) -> dict[str, Any]:
    """Train one VAE and all that draws its latents, and judge what they draw."""
    plan, own, clock = PLANS[name], parts(name), Clock()
    first = _vae(own, plan["first"], cell)
    clock.lap("first")
    settings, blocks = SETTINGS[name], own.blocks
    steps, unlabelled = plan["second"], settings["unlabelled"]
    model = second_stage(first, steps, cell, unlabelled, blocks=blocks)
    clock.lap("second")
    told: dict[str, Any] = {"classes": 10, "memory": model, "blocks": blocks}
    asked = second_stage(first, steps, cell, settings["labelled"], **told)
    clock.lap("labelled")
    found = {"floor": fid(_reconstructed(first, cell), cell)}
    found |= {"normal": fid(first.sample(SAMPLES, seeded()), cell)}
    clock.lap("judging")
    mixture = _mixture(first, own, cell)
    found |= {"mixture": fid(mixture.sample(SAMPLES, seeded()), cell)}
    clock.lap("mixture")
    found |= _by_evaluations(model, cell) | _asked(asked, cell, GUIDANCE[name])
    clock.lap("judging")
    student = _student(model, plan, cell)
    clock.lap("student")
    found["one_step"] = fid(pixels(model, student.sample(SAMPLES, seeded())), cell)
    return found | {"seconds": clock.seconds}


class Clock:
    """CPU seconds by name, each from the lap before."""

    def __init__(self) -> None:
        self.now, self.seconds = time.process_time(), dict[str, float]()

    def lap(self, name: str) -> None:
        """Count what has passed since the last lap for `name`."""
        before, self.now = self.now, time.process_time()
        spent = self.seconds.get(name, 0.0) + self.now - before
        self.seconds[name] = round(spent, 1)


def _vae(own: Parts, steps: int, cell: Cell) -> vae.VAE:
    model = vae.VAE(own.networks(), **VAE_SETTINGS)
    fit(model, cell.steps(steps), cell, own.batch_size)
    return model


def second_stage(
    first: vae.VAE,
    steps: int,
    cell: Cell,
    settings: Mapping[str, Any] = LATENT_SETTINGS,
    *,
    classes: int = 0,
    memory: LatentFlow | None = None,
    blocks: int = CONNECTED.blocks,
) -> LatentFlow:
    """A flow over the latents of a trained VAE, which stays as it is.

    memory: a model whose encoded images are used again.
    """
    networks = first.trained()
    velocity = mlp(networks.latent, blocks=blocks, classes=classes)
    model = LatentFlow(LatentNetworks(networks, velocity), first=0.0, **settings)
    if memory:
        model.borrow(memory)
    fit(model, cell.steps(steps), cell)
    return model


def fit(model: Any, steps: int, cell: Cell, size: int = BATCH) -> None:
    """Train on the cell's digits, with labels."""
    pairs = not isinstance(model, vae.VAE)
    batches = data.batches(data.load(cell.data), size, seed=cell.seed, labels=pairs)
    bf16 = training.bf16_pays(torch.device("cpu"))
    budget = training.Budget(steps=steps)
    training.fit(model, batches, budget, bf16=bf16, progress=False, threads=1)


def _reconstructed(model: vae.VAE, cell: Cell) -> Tensor:
    images = data.load(cell.data)
    some = data.subset(images, min(SAMPLES, len(images)), cell.seed).images
    z = losses.reparameterise(*model.encode(data.to_float(some)))
    return model.decode(z)


def _mixture(model: vae.VAE, own: Parts, cell: Cell) -> vae.MixturePrior:
    images = data.load(cell.data)
    some = data.subset(images, min(own.images, len(images))).images
    return vae.MixturePrior(model, data.to_float(some), own.components, cell.seed)


def _by_evaluations(model: LatentFlow, cell: Cell) -> dict[str, Any]:
    """FID by the number of evaluations, and the whole report at FULL of them."""
    found: dict[str, Any] = {}
    for n, (steps, method) in EVALUATIONS.items():
        samples = model.sample(SAMPLES, seeded(), steps=steps, method=method)
        found[f"nfe_{n}"] = fid(samples, cell)
        if n == FULL:
            found |= {"fid": found[f"nfe_{n}"], **_near(samples, cell)}
    return found


def _near(samples: Tensor, cell: Cell) -> dict[str, float]:
    near = metrics.prdc(real(cell.data), metrics.features(data.to_uint8(samples)))
    names = ("precision", "recall", "coverage")
    held = reference.reference(cell.data)
    threshold = reference.copy_threshold(held)
    some = data.to_uint8(samples[:COPIES])
    copies = near_copy_rate(some, held.train.images, threshold)
    return {name: getattr(near, name) for name in names} | {"copies": copies}


def _asked(model: LatentFlow, cell: Cell, by: tuple[float, ...]) -> dict[str, Any]:
    """Of the flow with labels: obeyed, FID and recall, by guidance."""
    asked = torch.arange(SAMPLES) % 10
    table: dict[str, list[float]] = {"obeyed": [], "fid": [], "recall": []}
    for guidance in by:
        how: dict[str, Any] = {"steps": ASKED_STEPS, "guidance": guidance}
        samples = model.sample(SAMPLES, seeded(), asked, **how)
        found = metrics.features(data.to_uint8(samples))
        table["obeyed"].append(float((read(found) == asked).double().mean()))
        table["fid"].append(metrics.fid(found, real(cell.data)))
        table["recall"].append(metrics.prdc(real(cell.data), found).recall)
    first = {f"cflow_{k}": table[k][0] for k in ("fid", "recall")}
    by_guidance = {f"{k}_by_guidance": v for k, v in table.items()}
    return {"obeyed": table["obeyed"][0], **first, **by_guidance}


def _student(model: LatentFlow, plan: Mapping[str, int], cell: Cell) -> OneStep:
    pairs = Pairs(model.flow, max(cell.steps(plan["pairs"]), 8), seed=cell.seed)
    student = OneStep(model.flow.trained())
    budget = training.Budget(steps=cell.steps(plan["student"]))
    bf16 = training.bf16_pays(torch.device("cpu"))
    training.fit(student, pairs, budget, bf16=bf16, progress=False, threads=1)
    return student


def pixels(model: LatentFlow, z: Tensor) -> Tensor:
    """Images of standardised latents z that were drawn otherwise."""
    return model.decode(model.own(z))


def fid(samples: Tensor, cell: Cell) -> float:
    """Of samples in [-1, 1] against all test digits."""
    return metrics.fid(metrics.features(data.to_uint8(samples)), real(cell.data))


@cache
def real(name: str) -> Tensor:
    """Features of all test digits, [M, 128]."""
    return metrics.features(data.load(name, "test").images)


def seeded(seed: int = 0) -> torch.Generator:
    """The noise of all samples."""
    return torch.Generator().manual_seed(seed)
