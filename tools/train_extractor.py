"""Train the feature extractor that the course's metrics stand on.

    python tools/train_extractor.py

Trains on MNIST's 60,000 training digits with one thread (a quarter of an hour on a
CPU), measures on the test digits with the weights as shipped, and writes three files
into aigc_course/pretrained/: mnist_features.safetensors, .json and .md. The same seed
on the same machine and versions gives the same bytes.
"""

import platform
import time
from typing import Any, cast

import click
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import fusion
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import trange

from aigc_course import data, files, pretrained
from aigc_course.apps.augmentation import augment
from aigc_course.metrics.features import NAME, WIDTH, FeatureNet

BATCH = 128
PEAK_RATE = 3e-3  # of a one-cycle schedule: up over the first tenth, then a cosine
SMOOTHING = 0.02  # of the labels
DROPOUT = 0.25  # on the features: no single one may carry a class alone
AVERAGING = 0.998  # per step, of the weights that are shipped


class TrainingNet(nn.Module):
    """FeatureNet as it is trained: batch normalisation and dropout added."""

    def __init__(self) -> None:
        super().__init__()
        plain = FeatureNet()
        layers: list[nn.Module] = []
        for layer in plain.body:
            layers += [layer, *_normalisation(layer)]
        self.body = nn.Sequential(*layers)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = plain.head

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N, 10] of images [N, 1, 28, 28] in [-1, 1]."""
        return self.head(self.dropout(self.body(images)))


def _normalisation(layer: nn.Module) -> list[nn.Module]:
    if isinstance(layer, nn.Conv2d):
        return [nn.BatchNorm2d(layer.out_channels)]
    return [nn.BatchNorm1d(WIDTH)] if isinstance(layer, nn.Linear) else []


def fold(trained: TrainingNet) -> FeatureNet:
    """The plain net that computes what `trained` computes in evaluation mode."""
    trained = trained.eval()
    layers: list[nn.Module] = []
    for layer in trained.body:
        if isinstance(layer, nn.BatchNorm2d):
            conv = cast(nn.Conv2d, layers[-1])
            layers[-1] = fusion.fuse_conv_bn_eval(conv, layer)
        elif isinstance(layer, nn.BatchNorm1d):
            linear = cast(nn.Linear, layers[-1])
            layers[-1] = fusion.fuse_linear_bn_eval(linear, layer)
        else:
            layers.append(layer)
    plain = FeatureNet()
    plain.body, plain.head = nn.Sequential(*layers), trained.head
    return plain


def train(digits: data.ImageSet, epochs: int, seed: int) -> FeatureNet:
    """Train on `digits` and return the averaged, folded net."""
    torch.manual_seed(seed)
    net = TrainingNet().to(memory_format=torch.channels_last)
    average = AveragedModel(
        net, multi_avg_fn=get_ema_multi_avg_fn(AVERAGING), use_buffers=True
    )
    optimiser = torch.optim.AdamW(
        net.parameters(), betas=(0.9, 0.99), weight_decay=0.02, fused=True
    )
    batches = data.batches(digits, BATCH, seed=seed, labels=True)
    steps = epochs * batches.per_epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=steps, pct_start=0.1, cycle_momentum=False
    )
    bar = trange(steps, mininterval=10)
    for step in bar:
        images, labels = next(batches)
        images = augment(images).contiguous(memory_format=torch.channels_last)
        loss = cross_entropy(net(images), labels, label_smoothing=SMOOTHING)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        average.update_parameters(net)
        if step % 100 == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}")
    return fold(cast(TrainingNet, average.module))


@torch.no_grad()
def accuracy(net: FeatureNet, digits: data.ImageSet) -> float:
    """Share of `digits` that `net` reads rightly, in [0, 1]."""
    guesses = [net(data.to_float(part)).argmax(1) for part in digits.images.split(500)]
    return float((torch.cat(guesses) == digits.labels).double().mean())


def half(net: FeatureNet) -> dict[str, Tensor]:
    """The weights as float16, which is how they are stored."""
    return {key: value.half() for key, value in net.state_dict().items()}


@click.command()
@click.option("--epochs", default=20, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(epochs: int, seed: int) -> None:
    """Train, measure and write the extractor and its cards."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    started = time.process_time()
    net = train(data.load("mnist", "train"), epochs, seed)
    seconds = time.process_time() - started
    weights = half(net)
    net.load_state_dict(weights)  # measure what is shipped: float16, read as float32
    about = {
        "what": "digit classifier; its 128 features carry FID, KID, precision, recall",
        "data": "MNIST: trained on the 60,000 training digits, measured on 10,000 test",
        "seed": seed,
        "epochs": epochs,
        "test_accuracy": round(accuracy(net, data.load("mnist", "test")), 4),
        "stored_as": "float16, used as float32",
        "command": f"python tools/train_extractor.py --epochs {epochs} --seed {seed}",
        "torch": torch.__version__.split("+")[0],
        "machine": f"{platform.machine()}, 1 thread, {seconds / 60:.0f} CPU minutes",
        "license": "MIT",
    }
    written = pretrained.write(NAME, weights, about)
    files.write_text(pretrained.FOLDER / f"{NAME}.md", describe(written))
    click.echo(describe(written))


def describe(card: dict[str, Any]) -> str:
    """The card as Markdown for people."""
    return f"""# {card["name"]}

A small convolutional network that reads handwritten digits. The course does not use
its answers so much as its last hidden layer: {WIDTH} numbers per image, never negative,
in which generated digits are compared with real ones (FID, KID, precision, recall,
density, coverage).

| | |
|---|---|
| data | {card["data"]} |
| test accuracy | {card["test_accuracy"]:.2%}, with the weights as stored |
| training | {card["epochs"]} epochs, seed {card["seed"]}, {card["machine"]} |
| command | `{card["command"]}` |
| torch | {card["torch"]} |
| stored as | {card["stored_as"]}; {card["bytes"]:,} bytes |
| SHA-256 | `{card["sha256"]}` |
| licence | {card["license"]} |

The command gives the same bytes again on the same kind of machine with the same
versions; elsewhere rounding differs, and so do the weights in their last digits.

## Use it for
Images of 28 x 28 pixels that look like MNIST: white strokes on black, centred.

## Do not use it for
- Comparing with FID values from Inception features, or from any other extractor: the
  scale is another. Only values with the same hash, n and reference compare.
- Clothes, kana or photographs: it has seen digits and nothing else.
- Reading digits where an error matters.
"""


if __name__ == "__main__":
    main()
