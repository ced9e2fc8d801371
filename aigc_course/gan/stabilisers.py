"""What helps a GAN, by name: each a change to a recipe, so that all can be compared.

Strengths are chosen for the toys, two numbers of spread about 1; they were found by a
coarse search on the ring, except where a paper gives one for such data. Images want
others, as the papers give them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from aigc_course.gan import losses, penalties
from aigc_course.gan.minibatch import add_minibatch_std
from aigc_course.gan.networks import Discriminator
from aigc_course.gan.packing import Packed
from aigc_course.gan.recipes import Recipe
from aigc_course.gan.spectral import spectral_norm
from aigc_course.gan.unrolled import UnrolledGAN
from aigc_course.gan.views import InstanceNoise, RandomTranslation

Change = Callable[[Recipe], Recipe]


@dataclass(frozen=True)
class Stabiliser:
    """One remedy.

    name: its key in STABILISERS. sentence: what it does. source: authors and year.
    change: what `apply` does to a recipe. images_only: not for points.
    """

    name: str
    sentence: str
    source: str
    change: Change
    images_only: bool = False

    def apply(self, recipe: Recipe) -> Recipe:
        """The recipe with this remedy and everything else as it was."""
        return self.change(recipe)


def settings(**changes: Any) -> Change:
    """A change of the learner's settings; regularisers are added to those there are."""
    return partial(_set, changes=changes)


def discriminator(change: Callable[[Discriminator], Discriminator]) -> Change:
    """A change of the fresh D, before training."""
    return partial(_rebuild, make=partial(_changed, change=change))


def _set(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    there = tuple(recipe.settings.get("regularisers", ()))
    together = {"regularisers": there + tuple(changes.get("regularisers", ()))}
    together = together if together["regularisers"] else {}
    return replace(recipe, settings={**recipe.settings, **changes, **together})


def _rebuild(recipe: Recipe, make: Callable[..., Discriminator]) -> Recipe:
    return replace(recipe, discriminator=partial(make, recipe.discriminator))


def _changed(
    make: Callable[[], Discriminator], change: Callable[[Discriminator], Discriminator]
) -> Discriminator:
    return change(make())


def _unroll(recipe: Recipe) -> Recipe:
    return replace(settings(unroll=5, unroll_lr=0.01)(recipe), learner=UnrolledGAN)


def _average(recipe: Recipe) -> Recipe:
    # 200 batches: long beside one round of the game, short beside the training
    return settings(ema=200 * recipe.batch_size)(recipe)


def _two_rates(recipe: Recipe) -> Recipe:
    """D's rate four times G's, their product as it was."""
    lr = recipe.settings.get("lr", 2e-4)
    for_g, for_d = lr if isinstance(lr, tuple) else (lr, lr)
    return settings(lr=(for_g / 2, for_d * 2))(recipe)


R1, R2 = partial(penalties.r1, gamma=0.1), partial(penalties.r2, gamma=0.1)
# Gulrajani et al. 2017 write 10 for images, and take 0.1 in their published toy code
BETWEEN = partial(penalties.gradient_penalty, weight=0.1)
AROUND = partial(penalties.dragan, weight=1.0, spread=0.1)

_ALL = (
    Stabiliser(
        "saturating",
        "No remedy: G minimises log(1 - D(G(z))), the loss of the minimax game.",
        "Goodfellow et al. 2014",
        settings(loss="minimax"),
    ),
    Stabiliser(
        "r1",
        "D pays for its slope at real samples.",
        "Mescheder et al. 2018",
        settings(regularisers=(R1,)),
    ),
    Stabiliser(
        "r2",
        "D pays for its slope at generated samples.",
        "Mescheder et al. 2018",
        settings(regularisers=(R2,)),
    ),
    Stabiliser(
        "r1+r2",
        "D pays for its slope at real and at generated samples.",
        "Mescheder et al. 2018",
        settings(regularisers=(R1, R2)),
    ),
    Stabiliser(
        "r3gan",
        "D compares real and generated samples in pairs, and pays for both slopes.",
        "Huang et al. 2024",
        settings(loss="relativistic", regularisers=(R1, R2)),
    ),
    Stabiliser(
        "wgan-gp",
        "D is a critic that pays where its slope between the samples is not 1.",
        "Gulrajani et al. 2017",
        settings(loss="wasserstein", regularisers=(BETWEEN,)),
    ),
    Stabiliser(
        "dragan",
        "D pays where its slope around real samples is not 1.",
        "Kodali et al. 2017",
        settings(regularisers=(AROUND,)),
    ),
    Stabiliser(
        "spectral-norm",
        "Every weight of D is divided by its largest singular value.",
        "Miyato et al. 2018",
        discriminator(spectral_norm),
    ),
    Stabiliser(
        "unrolled",
        "G is taught by the D of five steps ahead.",
        "Metz et al. 2017",
        _unroll,
    ),
    Stabiliser(
        "pacgan-2",
        "D judges two samples at once.",
        "Lin et al. 2018",
        partial(_rebuild, make=partial(Packed.widened, pack=2)),
    ),
    Stabiliser(
        "minibatch-std",
        "D is told how different the samples of a batch are.",
        "Karras et al. 2018",
        discriminator(add_minibatch_std),
    ),
    Stabiliser(
        "label-smoothing",
        "D aims at 0.9 instead of 1 for real samples.",
        "Salimans et al. 2016",
        settings(loss=losses.smoothed(0.9)),
    ),
    Stabiliser(
        "instance-noise",
        "Noise on all samples, which fades, lets real and generated ones overlap.",
        "Sønderby et al. 2017",
        settings(augment=InstanceNoise(0.1, until=0.5)),
    ),
    Stabiliser(
        "gradient-clipping",
        "No gradient of either network is longer than 1.",
        "Pascanu et al. 2013",
        settings(max_grad_norm=1.0),
    ),
    Stabiliser(
        "two-time-scales",
        "D's learning rate is four times G's.",
        "Heusel et al. 2017",
        _two_rates,
    ),
    Stabiliser(
        "five-d-steps",
        "D learns five times for each time that G does.",
        "Arjovsky et al. 2017",
        settings(d_steps=5),
    ),
    Stabiliser(
        "ema",
        "Samples come from an average of G's weights.",
        "Yazıcı et al. 2019",
        _average,
    ),
    Stabiliser(
        "translation",
        "D is shown every image moved by up to three pixels.",
        "Zhao et al. 2020",
        settings(augment=RandomTranslation(3)),
        images_only=True,
    ),
)

STABILISERS = {stabiliser.name: stabiliser for stabiliser in _ALL}
