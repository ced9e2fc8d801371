"""The model that has never seen one digit: neither its VAE nor its velocity has."""

from dataclasses import replace
from typing import Any

from aigc_course import data, training, validate
from aigc_course.data import ImageSet
from aigc_course.errors import CourseError
from aigc_course.flow.latent import LatentFlow, LatentNetworks
from aigc_course.flow.networks import mlp
from aigc_course.flow.recipes import FLOW_SETTINGS, VAE_SETTINGS
from aigc_course.vae.networks import mlp as vae_mlp
from aigc_course.vae.observations import Gaussian

CLASSES = 10
LATENT, HIDDEN = 24, 152  # of the VAE: small, so that it ships in 400 kB
WIDTH, BLOCKS = 128, 2  # of the velocity
STEPS, BATCH = 6_000, 128  # of the training, images of each
SETTINGS: dict[str, Any] = {
    "first": 0.5,
    "batch": 256,
    "vae": {**VAE_SETTINGS, "lr_warmup": 10_000, "ema": 20_000},
}


def networks() -> LatentNetworks:
    """A VAE with one hidden layer, and a velocity that is told one of ten digits.

    The condition vector of the digit that is left out keeps its random start. Label 10
    is "not told".
    """
    vae = vae_mlp((HIDDEN,), LATENT, likelihood=Gaussian(learned=True))
    return LatentNetworks(vae, mlp(LATENT, WIDTH, BLOCKS, CLASSES))


def digit(value: object) -> int:
    """A digit, 0 to 9. Raises CourseError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 9:
        raise CourseError(f"The new glyph is a digit from 0 to 9, not {value!r}.")
    return value


def others(new: int) -> list[int]:
    """The nine digits that are not new, in order."""
    return [k for k in range(CLASSES) if k != digit(new)]


def of(images: ImageSet, wanted: int) -> ImageSet:
    """The images of one digit."""
    rows = images.labels == digit(wanted)
    return replace(images, images=images.images[rows], labels=images.labels[rows])


def without(images: ImageSet, new: int) -> ImageSet:
    """The images of all other digits."""
    rows = images.labels != digit(new)
    return replace(images, images=images.images[rows], labels=images.labels[rows])


def trained(new: int, seed: int = 0, steps: int = STEPS) -> LatentFlow:
    """A flow of all MNIST training digits but the new one: 75 to 84 CPU seconds.

    Seeds torch's global generator. Raises CourseError for what is not a digit.
    """
    validate.whole(steps, "The number of steps", 2)
    images = without(data.load("mnist"), new)
    training.seed_everything(seed)
    model = LatentFlow(networks(), **SETTINGS, flow=FLOW_SETTINGS)
    batches = data.batches(images, BATCH, seed=seed, labels=True)
    budget = training.Budget(steps=steps)
    training.fit(model, batches, budget, progress=False, threads=1)
    done = LatentFlow(networks())
    done.load_trained(model.trained().state_dict())
    return done
