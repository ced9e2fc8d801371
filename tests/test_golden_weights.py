"""25 seeded steps of every learner end in the weights that are recorded here.

The record holds, for each learner, some sums of its weights, which another machine
reaches up to rounding, and a digest of their bits, which counts on a machine of the
same kind. `python tests/test_golden_weights.py` writes it anew: only after a change
that is meant to change what is learnt.
"""

import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aigc_course import apps, gan, training, vae
from aigc_course.apps.hiding import Decoder
from aigc_course.apps.reader import DigitClassifier
from aigc_course.gan import penalties

HERE = Path(__file__).parent / "golden"
RECORD = HERE / "weights.json"
STEPS, BATCH = 25, 12
ROUNDING = 0.04
EMA: dict[str, Any] = {"ema": 100}
STEADY: dict[str, Any] = {
    "regularisers": (partial(penalties.r1, gamma=0.1),),
    "reg_interval": 3,
    "d_steps": 2,
    "ema": 100,
    "lr_warmup": 60,
    "decay_start": 0.4,
    "final_lr_factor": 0.1,
    "max_grad_norm": 1.0,
    "augment": gan.InstanceNoise(0.1, until=0.5),
}


def points(d: int = 2) -> tuple[gan.Generator, gan.Discriminator]:
    return gan.PointGenerator(2, d, 8), gan.PointDiscriminator(d, 8)


def r3gan() -> gan.GAN:
    both = (penalties.r1, partial(penalties.r2, gamma=0.5))
    return gan.GAN(*points(), loss="relativistic", regularisers=both, joint=True)


def packed() -> gan.GAN:
    G, D = points()
    wide = gan.Packed.widened(partial(gan.PointDiscriminator, 2, 8), 2)
    return gan.GAN(G, wide, lr=(1e-3, 2e-3), ema=50)


def conditional(kind: str, attributes: int = 0, **settings: Any) -> gan.ConditionalGAN:
    G = gan.ConditionalGenerator(3, attributes, width=4, latent=4)
    D = gan.DISCRIMINATORS[kind](3, attributes, width=4)
    return gan.ConditionalGAN(G, D, **{"ema": 100, "lr_warmup": 60, **settings})


def coder(**settings: Any) -> vae.VQVAE:
    return vae.VQVAE(vae.VQNetworks(4, 3, width=4), **settings)


def prior() -> Any:
    return vae.CodePrior(coder(), width=4, blocks=1)


def paired(adversarial: float = 1.0, **settings: Any) -> apps.Paired:
    task = apps.Inpainting()
    judge = gan.DCGANDiscriminator(width=4, channels=task.channels + 1)
    return apps.Paired(
        apps.Restorer(task.channels, width=4, blocks=1, noise=2),
        task,
        judge if adversarial else None,
        **{"adversarial": adversarial, "lr_warmup": 60, "ema": 50, **settings},
    )


def cycle(width: int = 4, **settings: Any) -> apps.CycleGAN:
    return apps.CycleGAN(
        partial(apps.Translator, width),
        partial(apps.PatchDiscriminator, width),
        **{"lr_warmup": 60, "ema": 50, **settings},
    )


def small(make: Callable[..., vae.Networks] = vae.mlp, **kind: Any) -> vae.Networks:
    return make((8,), 3, **kind)


LEARNERS: dict[str, tuple[Callable[[], Any], str]] = {
    "gan": (lambda: gan.GAN(*points()), "points"),
    "gan with all settings": (lambda: gan.GAN(*points(), **STEADY), "points"),
    "gan, minimax": (lambda: gan.GAN(*points(), loss="minimax", **EMA), "points"),
    "dcgan": (
        lambda: gan.GAN(gan.DCGANGenerator(width=4), gan.DCGANDiscriminator(width=4)),
        "images",
    ),
    "dcgan, translation, ema": (
        lambda: gan.GAN(
            gan.DCGANGenerator(width=4),
            gan.DCGANDiscriminator(width=4, norm=False),
            regularisers=(penalties.gradient_penalty, penalties.dragan),
            augment=gan.RandomTranslation(2),
            ema=100,
        ),
        "images",
    ),
    "relativistic": (lambda: gan.GAN(*points(), loss="relativistic"), "points"),
    "r3gan": (r3gan, "points"),
    "packed": (packed, "points"),
    "unrolled": (lambda: gan.UnrolledGAN(*points(), unroll=2, d_steps=2), "points"),
    "conditional, concatenation": (partial(conditional, "concatenation"), "pairs"),
    "conditional, projection": (
        partial(
            conditional, "projection", variety=3.0, decay_start=0.5, final_lr_factor=0.0
        ),
        "pairs",
    ),
    "conditional, auxiliary": (
        partial(conditional, "auxiliary", auxiliary=(1.0, 0.3)),
        "pairs",
    ),
    "conditional, attributes": (
        partial(conditional, "auxiliary", 2, taught_by_fakes=False, max_grad_norm=1.0),
        "rows",
    ),
    "vae": (
        lambda: vae.VAE(small(), kl_warmup=0.5, lr_warmup=60, ema=50, decay_start=0.3),
        "images",
    ),
    "vae, importance weighted": (
        lambda: vae.VAE(
            small(), samples=3, max_grad_norm=5.0, final_lr_factor=0.0, decay_start=0.5
        ),
        "images",
    ),
    "vae, conditional": (
        lambda: vae.VAE(small(classes=3), free_bits=0.1, beta=2.0),
        "pairs",
    ),
    "denoising vae": (lambda: vae.DenoisingVAE(small(), noise=0.3), "images"),
    "tcvae": (lambda: vae.TCVAE(small(), 4.0, kl_warmup=0.5), "images"),
    "latent vae": (lambda: vae.LatentVAE(vae.VAE(small()), width=8), "images"),
    "vq-vae": (
        lambda: coder(decay_start=0.5, final_lr_factor=0.0, binarised=True),
        "images",
    ),
    "code prior": (prior, "images"),
    "paired": (partial(paired, join=0.3, max_grad_norm=1.0), "images"),
    "paired, regression": (partial(paired, 0.0, power=2), "images"),
    "cycle gan": (partial(cycle, identity=1.0, loss="least-squares"), "both"),
    "cycle gan, relativistic": (partial(cycle, loss="relativistic"), "both"),
    "reader": (lambda: DigitClassifier(lr_warmup=60, ema=50), "pairs"),
    "decoder": (lambda: Decoder(torch.neg, apps.Restorer(1, width=4)), "images"),
}
FORMER = {
    "gan": lambda: gan.GAN(*points(), **STEADY),
    "vae": lambda: vae.VAE(
        vae.mlp((2,), 1), kl_warmup=0.5, lr_warmup=60, ema=50, decay_start=0.3
    ),
    "vq-vae": lambda: vae.VQVAE(vae.VQNetworks(4, 3, width=2)),
    "paired": partial(paired, 0.0),
    "cycle gan": partial(cycle, 2),
}
FORMER_KINDS = {"gan": "points", "cycle gan": "both"}


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums of floats depend on the number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def batch(kind: str, step: int) -> Any:
    chance = torch.Generator().manual_seed(100 + step)
    if kind == "points":
        return torch.randn(BATCH, 2, generator=chance)
    # blots of ink on black, as digits are
    coarse = torch.rand(BATCH, 1, 7, 7, generator=chance) ** 3
    images = 2 * coarse.repeat_interleave(4, 2).repeat_interleave(4, 3) - 1
    labels = torch.randint(3, (BATCH,), generator=chance)
    if kind == "pairs":
        return images, labels
    if kind == "rows":
        return images, torch.rand(BATCH, 5, generator=chance)
    return (images, -images) if kind == "both" else images


def learn(model: Any, kind: str, first: int, last: int) -> dict[str, Tensor]:
    values = {}
    for step in range(first, last):
        getattr(model, "anneal", lambda progress: None)(step / STEPS)
        values = model.step(batch(kind, step))
    return values


def trained(name: str) -> tuple[Any, dict[str, Tensor]]:
    make, kind = LEARNERS[name]
    training.seed_everything(5)
    model = make()
    return model, learn(model, kind, 0, STEPS)


def former_one(name: str, state: dict[str, Any] | None = None) -> Any:
    """A learner that has learnt 5 steps, or one made of its state."""
    training.seed_everything(6)
    model = FORMER[name]()
    kind = FORMER_KINDS.get(name, "images")
    if state is None:
        learn(model, kind, 0, 5)
    else:
        model.load_state_dict(state)
    return model


def gone_on(name: str, model: Any) -> Any:
    training.seed_everything(7)
    learn(model, FORMER_KINDS.get(name, "images"), 5, 10)
    return model


def networks(model: Any) -> list[nn.Module]:
    """All that learns, and what is used in the end."""
    names = ("generator", "discriminator", "networks", "restorer", "maps", "judges")
    parts = [getattr(model, name, None) for name in names]
    training.seed_everything(8)
    found = [part for part in [*parts, model.trained()] if part is not None]
    return list(dict.fromkeys(found))  # each once


def digest(model: Any, values: dict[str, Tensor]) -> dict[str, Any]:
    """Sums of weights and of what the last step said, and a digest of their bits."""
    after = torch.rand(1)  # as much chance was used up as ever
    bits = hashlib.sha256(after.numpy().tobytes())
    sums = [float(after), *(float(value.detach()) for value in values.values())]
    for network in networks(model):
        tensors = [t.detach().double().flatten() for t in network.state_dict().values()]
        flat = torch.cat(tensors)
        bits.update(flat.numpy().tobytes())
        waves = (torch.arange(len(flat)) * 0.7).sin().double()
        sums += [float(v) for v in (flat.sum(), flat.abs().sum(), flat @ waves)]
    bits.update(" ".join(values).encode())
    return {"sums": sums, "sha256": bits.hexdigest()}


def machine() -> dict[str, str]:
    """What the bits depend on."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    model = next((x.split(":")[1] for x in lines if x.startswith("model name")), "")
    return {
        "torch": torch.__version__,
        "system": platform.system(),
        "processor": model.strip() or platform.processor(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
    }


def recorded() -> dict[str, Any]:
    return json.loads(RECORD.read_text(encoding="utf-8"))


def same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    # other convolutions round otherwise; 25 steps of Adam were seen to make 2 % of it
    assert found["sums"] == pytest.approx(wanted["sums"], rel=ROUNDING, abs=ROUNDING)
    if recorded()["machine"] == machine():
        assert found["sha256"] == wanted["sha256"]


@pytest.mark.parametrize("name", LEARNERS)
def test_the_weights_are_those_that_were_recorded(name: str) -> None:
    with one_thread():
        same(digest(*trained(name)), recorded()["learners"][name])


@pytest.mark.parametrize("name", FORMER)
def test_a_checkpoint_of_the_former_format_goes_on_as_it_would_have(name: str) -> None:
    file = HERE / f"{name.replace(' ', '_')}.pt"
    state = torch.load(file, weights_only=True)
    with one_thread():
        model = gone_on(name, former_one(name, state))
        same(digest(model, {}), recorded()["former"][name])


@pytest.mark.parametrize("lr", [2.02e-4, 2e-2])
def test_another_setting_is_noticed(lr: float) -> None:
    with one_thread():
        training.seed_everything(5)
        model = gan.GAN(*points(), lr=lr)
        found = digest(model, learn(model, "points", 0, STEPS))
    wanted = recorded()["learners"]["gan"]
    assert found["sha256"] != wanted["sha256"]
    if lr > 1e-2:
        assert found["sums"] != pytest.approx(wanted["sums"], rel=ROUNDING, abs=0.04)


def write() -> None:
    """Record today's weights; the former checkpoints are never written anew."""
    old = recorded() if RECORD.exists() else {"former": {}}
    for name in FORMER:
        file = HERE / f"{name.replace(' ', '_')}.pt"
        if not file.exists():
            model = former_one(name)
            torch.save(model.state_dict(), file)
            old["former"][name] = digest(gone_on(name, model), {})
    learners = {name: digest(*trained(name)) for name in LEARNERS}
    record = {"machine": machine(), "learners": learners, "former": old["former"]}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with one_thread():
        write()
