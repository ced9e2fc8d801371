"""The four briefs, as data: what is asked for, and what is known already."""

from dataclasses import dataclass
from typing import Any

PUBLIC = "mnist_features"  # the extractor that comes with the course
Method = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """A value that is known, what reached it, and where the course says so."""

    value: float
    what: str
    source: str


@dataclass(frozen=True)
class Brief:
    """What a capstone is about.

    figure: the one that counts, with its unit; more: others that may be claimed.
    n: samples, pictures or characters measured, and the fewest that are taken.
    budget: most training steps, 0 where there is no such limit. methods: with which a
    project starts; the second differs from the first in one thing.
    """

    name: str
    title: str
    task: str
    rule: str
    figure: str
    unit: str
    better: str
    more: tuple[str, ...]
    extractor: str
    n: int
    fewest: int
    budget: int
    floor: Known
    best: Known
    models: tuple[str, ...]
    methods: dict[str, Method]

    @property
    def parts(self) -> tuple[str, ...]:
        """The files with samples that a submission has."""
        found = {"C": ("samples.txt",), "D": ("samples.npy", "labels.npy")}
        return found.get(self.name, ("samples.npy",))


def _recipe(model: str, steps: int, **settings: Any) -> Method:
    found = {"kind": "recipe", "model": model, "preset": "fast", "steps": steps}
    return {**found, "settings": settings} if settings else found


def _restorer(way: str, steps: int) -> Method:
    return {"kind": "restorer", "task": "inpaint", "way": way, "steps": steps}


GENERATE = Brief(
    name="A",
    title="Generate digits",
    task="Train a generator of handwritten digits. The best quality for at most 2,000"
    " training steps wins.",
    rule="The judge draws its own samples from your weights and measures their FID with"
    " its own secret extractor against test digits that only it knows. Drawing 10,000"
    " samples may take 60 seconds on one core.",
    figure="fid",
    unit="FID of samples against the 10,000 test digits",
    better="lower",
    more=("density", "coverage"),
    extractor=PUBLIC,
    n=10_000,
    fewest=1_000,
    budget=2_000,
    floor=Known(
        2.143,
        "a VAE with Bernoulli likelihood, 3,000 steps, median of 3 seeds",
        "study two-stage, column one_stage",
    ),
    best=Known(
        0.4,
        "the fast DCGAN after 60 seconds, 1,741 to 2,268 steps, median of 10 seeds",
        "benchmarks/records/fid_dcgan_fast_60s.json",
    ),
    models=(
        *("dcgan", "mlp-gan", "cgan", "vae", "conv-vae", "cvae", "vq-vae"),
        *("flow", "latent-flow", "cflow"),
    ),
    methods={
        "baseline": _recipe("dcgan", 600),
        "no-average": _recipe("dcgan", 600, ema=None),
    },
)

RESTORE = Brief(
    name="B",
    title="Restore digits",
    task="Fill a hole of 14 x 14 pixels in the middle of a digit. At most 2,000"
    " training steps.",
    rule="The judge cuts the hole into digits that only it knows, lets your weights"
    " fill it, and reads the digits with a classifier. The strong simple rival is the"
    " mean of the ten training digits that fit the known pixels best.",
    figure="accuracy",
    unit="share of restored digits that a classifier reads correctly",
    better="higher",
    more=("psnr",),
    extractor=PUBLIC,
    n=1_000,
    fewest=200,
    budget=2_000,
    floor=Known(
        0.814,
        "the mean of the 10 training digits that fit best, 5,000 test digits",
        "benchmarks/records/apps_inpainting.json, mean_of_10",
    ),
    best=Known(
        0.863,
        "the restorer by regression, 1,700 steps, best of 3 seeds",
        "benchmarks/records/apps_inpainting.json, regression",
    ),
    models=("vae", "conv-vae", "dcgan", "mlp-gan"),
    methods={
        "baseline": _restorer("regression", 500),
        "adversarial": _restorer("adversarial", 500),
    },
)

COMPOSE = Brief(
    name="C",
    title="Compose text",
    task="Train a language model of characters on the plays that come with the course."
    " At most 1,000 training steps.",
    rule="The judge measures bits per character on text that only it knows, and counts"
    " long runs of characters that your samples copy from the training text.",
    figure="bits_per_character",
    unit="bits per character of the first 20,000 characters of the validation text",
    better="lower",
    more=(),
    extractor="none",
    n=20_000,
    fewest=2_000,
    budget=1_000,
    floor=Known(
        2.527,
        "n-grams of up to 6 characters with Kneser-Ney smoothing",
        "aigc_course.classical.floors on the same 20,000 characters",
    ),
    best=Known(
        2.504,
        "the shipped model plays_lm, 1,600 steps of 2,048 characters, one seed",
        "aigc_course/pretrained/plays_lm.md, on the same 20,000 characters",
    ),
    models=("tiny-lm",),
    methods={
        "baseline": _recipe("tiny-lm", 200),
        "no-muon": _recipe("tiny-lm", 200, muon=None),
    },
)

PROTECT = Brief(
    name="D",
    title="Protect people",
    task="Make digits with labels under differential privacy: epsilon at most 1 at"
    " delta = 1e-5. Your samples alone must teach a classifier to read real digits.",
    rule="The judge draws samples from your weights, trains a fixed CNN on them and"
    " tests it on digits that only it knows. It computes epsilon anew from the"
    " mechanism that your card states.",
    figure="accuracy",
    unit="accuracy of a fixed CNN trained on 10,000 samples alone, on the test digits",
    better="higher",
    more=("epsilon",),
    extractor="none",
    n=10_000,
    fewest=1_000,
    budget=0,
    floor=Known(
        0.9456,
        "the one-shot generator at epsilon = 0.2, 60,000 samples, median of 3 seeds",
        "study private-digits, eps-0.2",
    ),
    best=Known(
        0.9695,
        "the one-shot generator at epsilon = 1, 60,000 samples, median of 3 seeds",
        "study private-digits, eps-1",
    ),
    models=("cgan", "cvae"),
    methods={
        "baseline": {"kind": "private", "epsilon": 1.0, "halvings": 0},
        "halved": {"kind": "private", "epsilon": 1.0, "halvings": 1},
    },
)
