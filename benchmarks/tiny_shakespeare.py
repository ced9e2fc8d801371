"""Nats per character on Tiny Shakespeare, after a fixed number of tokens.

    python benchmarks/tiny_shakespeare.py TEXT [--budget 60] [--seed 0] [--keep DIR]

TEXT: the file input.txt of github.com/karpathy/char-rnn, 1,115,394 bytes. It does not
come with the course. The first 90 % are for training: of these the last 3 % are set
aside to find the weights of the mixtures, so that no model learns from them. The last
10 % are judged whole, with a fixed stride, and the model stays as it is. One thread. A
budget is a number of tokens; the processor seconds that they took are in the record.
With --compress the text is coded to bytes by the mixture with online counts, and
decoded. Figures of a budget and seed are recorded as soon as they are measured; those
of other calls stay.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import torch
from records import FOLDER, record
from torch import Tensor

from aigc_course import attention as att
from aigc_course import training
from aigc_course.attention import compress as zipped
from aigc_course.attention import evaluate, mixing
from aigc_course.attention.tokens import Characters
from aigc_course.classical.counts import KneserNey
from aigc_course.classical.online import OnlineKneserNey
from aigc_course.data.sequences.growing import Growing

SHA = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
ASIDE = 0.03  # of the training text, for the weights of the mixtures
ORDER, STREAMS = 6, 8


@dataclass(frozen=True)
class Plan:
    """A training: its shape, its windows and how many steps of how many tokens."""

    width: int
    layers: int
    heads: int
    steps: int
    size: int
    stages: tuple[tuple[int, float], ...]  # context, and up to which share it is used
    muon: float = 0.02
    lr: float = 3e-3
    decay: float = 0.0
    dropout: float = 0.0


# by the seconds that they take on two quiet cores, about
PLANS = {
    60: Plan(128, 4, 4, 1_000, 2_048, ((64, 0.7), (128, 1.0))),
    180: Plan(
        192,
        4,
        6,
        1_500,
        2_048,
        ((64, 0.5), (128, 0.85), (256, 1.0)),
        decay=0.1,
        dropout=0.1,
    ),
    600: Plan(
        256,
        4,
        8,
        2_200,
        3_072,
        ((64, 0.4), (128, 0.8), (256, 1.0)),
        decay=0.1,
        dropout=0.2,
    ),
}


@dataclass(frozen=True)
class Parts:
    """Token tensors: to learn from, to find weights with, to be judged on."""

    learn: Tensor
    aside: Tensor
    valid: Tensor
    vocabulary: int

    @property
    def train(self) -> Tensor:
        """All that comes before the text which is judged."""
        return torch.cat([self.learn, self.aside])


def load(path: Path) -> Parts:
    """The text in its three parts. Raises SystemExit for another file."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA:
        raise SystemExit(f"{path} is not Tiny Shakespeare: its SHA-256 is another.")
    text = data.decode()
    letters = Characters(text)
    tokens = letters.encode(text)
    valid = int(0.9 * len(tokens))
    aside = int((1 - ASIDE) * valid)
    return Parts(tokens[:aside], tokens[aside:valid], tokens[valid:], letters.size)


def learner(plan: Plan, vocabulary: int) -> att.NextToken:
    """Rotary positions, QK-norm, squared ReLU, zero start, Muon; bfloat16."""
    shape = att.Shape(
        vocabulary,
        context=plan.stages[-1][0],
        width=plan.width,
        layers=plan.layers,
        heads=plan.heads,
        feed_forward="relu2",
        normed=True,
        zero_start=True,
        dropout=plan.dropout,
    )
    return att.NextToken(
        att.Transformer(shape),
        lr=plan.lr,
        betas=(0.9, 0.95),
        lr_warmup=600,
        decay_start=0.5,
        max_grad_norm=None,
        muon=plan.muon,
        muon_decay=plan.decay,
        bf16=True,
    )


def trained(
    plan: Plan, parts: Parts, seed: int, file: Path | None
) -> tuple[att.Transformer, float]:
    """The model after its tokens, and the processor seconds of the training."""
    training.seed_everything(seed)
    model = learner(plan, parts.vocabulary)
    if file and file.exists():
        saved = torch.load(file, weights_only=True)
        model.load_trained(saved["weights"])
        return model.trained(), saved["seconds"]
    ends = [0, *(round(share * plan.steps) for _, share in plan.stages)]
    contexts = [context for context, _ in plan.stages]
    counts = [b - a for a, b in zip(ends[:-1], ends[1:], strict=True)]
    stages = list(zip(contexts, counts, strict=True))
    batches = Growing(parts.learn, stages, plan.size, seed)
    start = time.process_time()
    budget = training.Budget(steps=plan.steps)
    history = training.fit(
        model, batches, budget, picture_size=1, threads=1, progress=False
    )
    seconds = time.process_time() - start
    if history.status != "finished":
        raise SystemExit(f"The training ended as {history.status}.")
    if file:
        torch.save({"weights": model.networks.state_dict(), "seconds": seconds}, file)
    return model.trained(), seconds


def experts(model: att.Transformer, parts: Parts) -> dict[str, tuple[Tensor, Tensor]]:
    """log p of model and counts, [2, N, V]: of the text set aside, and of the valid.

    With counts that stay as they were fitted, and with counts that go on counting.
    """
    found: dict[str, list[Tensor]] = {"frozen": [], "online": []}
    for known, asked in ((parts.learn, parts.aside), (parts.train, parts.valid)):
        predicted = evaluate.log_probabilities(model, asked, known).double()
        fitted = KneserNey(ORDER).fit(known, parts.vocabulary)
        online = OnlineKneserNey(fitted)
        both: dict[str, KneserNey | OnlineKneserNey]
        both = {"frozen": fitted, "online": online}
        for kind, counts in both.items():
            log_q = counts.distributions(asked, known).log()
            found[kind].append(torch.stack([predicted, log_q]))
    return {kind: (aside, valid) for kind, (aside, valid) in found.items()}


def measured(model: att.Transformer, parts: Parts) -> dict[str, Any]:
    """Nats per character: the model, the counts, and both mixed, frozen and online."""
    figures: dict[str, Any] = {}
    for kind, (aside, valid) in experts(model, parts).items():
        mixture = mixing.Mixture.fit(aside, parts.aside)
        chosen = valid.gather(-1, parts.valid.expand(2, -1)[..., None])[..., 0]
        figures["model"] = round(-float(chosen[0].mean()), 4)
        figures[f"counts_{kind}"] = round(-float(chosen[1].mean()), 4)
        nats = mixture.nats(valid, parts.valid)
        figures[f"mixed_{kind}"] = round(float(nats.mean()), 4)
        figures[f"weights_{kind}"] = {
            "base": mixture.base.tolist(),
            "slopes": mixture.slopes.tolist(),
        }
    return figures


def coded(model: att.Transformer, parts: Parts, weights: Any) -> dict[str, Any]:
    """The valid text as bytes by the mixture with online counts, and back."""
    fitted = KneserNey(ORDER).fit(parts.train, parts.vocabulary)
    counts = zipped.CountsPredictor(fitted, parts.train, online=True)
    base, slopes = (torch.tensor(weights[name]) for name in ("base", "slopes"))
    mixed = zipped.MixedPredictor(
        [zipped.ModelPredictor(model, parts.train), counts],
        mixing.Mixture(base, slopes),
    )
    start = time.process_time()
    data = zipped.compress(parts.valid, mixed, STREAMS)
    middle = time.process_time()
    back = zipped.decompress(data, mixed, len(parts.valid), STREAMS)
    if not torch.equal(back, parts.valid):
        raise SystemExit("The decoded text is not the text that was coded.")
    nats = len(data) * 8 * torch.log(torch.tensor(2.0)).item() / len(parts.valid)
    return {
        "bytes": len(data),
        "nats": round(nats, 4),
        "streams": STREAMS,
        "decoded": "equal",
        "coding_cpu_seconds": round(middle - start),
        "decoding_cpu_seconds": round(time.process_time() - middle),
    }


def so_far() -> dict[str, Any]:
    """The figures recorded by earlier calls."""
    file = FOLDER / "tiny_shakespeare.json"
    if not file.exists():
        return {}
    return json.loads(file.read_text(encoding="utf-8"))["figures"]


@click.command()
@click.argument("text", type=click.Path(exists=True, path_type=Path))
@click.option("--budget", type=click.Choice([str(b) for b in PLANS]), default="60")
@click.option("--seed", default=0)
@click.option("--keep", type=Path, help="Folder of the trained models.")
@click.option("--compress", is_flag=True, help="Code and decode the text as well.")
def main(text: Path, budget: str, seed: int, keep: Path | None, compress: bool) -> None:
    """Measure and write benchmarks/records/tiny_shakespeare.json."""
    torch.set_num_threads(1)
    plan, parts = PLANS[int(budget)], load(text)
    file = keep / f"{budget}_{seed}.pt" if keep else None
    model, seconds = trained(plan, parts, seed, file)
    row = {
        "training_cpu_seconds": round(seconds),
        "tokens": plan.steps * plan.size,
        "weights": att.parameters(model),
        **measured(model, parts),
    }
    if compress:
        row["coded"] = coded(model, parts, row["weights_online"])
    name = f"{budget} s, seed {seed}"
    plans = {b: vars(p) for b, p in PLANS.items()}
    record("tiny_shakespeare", {**so_far(), name: row}, plans=plans)


if __name__ == "__main__":
    main()
