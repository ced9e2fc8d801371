"""The conditional VAE whose labels start loud: sizes, and that they are heard."""

import torch

from aigc_course import training, vae
from aigc_course.vae.conditional import LOUDNESS, conditional


def spread_over_labels(networks):
    """How far the ten labels move the decoder's outputs, beside what latents do."""
    z = torch.randn(20, networks.latent, generator=torch.Generator().manual_seed(0))
    out = torch.stack(
        [networks.decoder(z, torch.full((20,), c)).flatten(1) for c in range(10)]
    )
    return float(out.std(0).mean() / out.std(1).mean())


def test_labels_are_heard_before_any_training():
    training.seed_everything(0)
    loud = conditional((32,), latent=6)
    training.seed_everything(0)
    plain = vae.mlp((32,), 6, classes=10)
    with torch.no_grad():
        assert spread_over_labels(loud) > 2 * spread_over_labels(plain)


def test_only_the_labels_weights_are_louder():
    training.seed_everything(0)
    loud = conditional((32,), latent=6)
    training.seed_everything(0)
    plain = vae.mlp((32,), 6, classes=10)
    for mine, theirs, before in (
        (loud.decoder.net[0].weight, plain.decoder.net[0].weight, 6),
        (loud.encoder.head[0].weight, plain.encoder.head[0].weight, 784),
    ):
        assert torch.equal(mine[:, :before], theirs[:, :before])
        assert torch.equal(mine[:, before:], LOUDNESS * theirs[:, before:])
    assert loud.classes == 10 and loud.latent == 6
