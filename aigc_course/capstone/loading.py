"""A network made of a submission: architecture by name, weights as numbers.

Samples come in blocks of BLOCK, each drawn with a seed of its own. A block can thus be
drawn again alone, and the first m of n samples are those of m.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from aigc_course.capstone.submission import Submission

BLOCK = 500
KINDS = ("recipe", "restorer", "private", "onnx")
STARTS, STEPS = 2, 100  # of the inversion of a generator, brief B
COORDINATES = 154  # of `privacy.straight`, in which a private generator lives


class Made:
    """What a submission makes. Each brief asks for some of it; the rest is refused."""

    what = "This model"

    def sample(self, n: int, seed: int) -> Tensor:
        """n pictures, float [n, 1, 28, 28] in [-1, 1], the same for the same seed."""
        return self.sample_labelled(n, seed)[0]

    def sample_labelled(self, n: int, seed: int) -> tuple[Tensor, Tensor]:
        """n pictures and their labels int64 [n]."""
        if n < 0:
            raise CourseError(f"The number of samples is not below 0, as {n} is.")
        if not n:
            return torch.zeros(0, 1, 28, 28), torch.zeros(0, dtype=torch.int64)
        parts = [self.block(i, seed) for i in range(math.ceil(n / BLOCK))]
        pictures, labels = zip(*parts, strict=True)
        return torch.cat(pictures)[:n], torch.cat(labels)[:n]

    def block(self, index: int, seed: int) -> tuple[Tensor, Tensor]:
        """Samples BLOCK * index up to the next block's, with labels (or -1)."""
        try:
            with torch.no_grad():
                pictures, labels = self._drawn(block_generator(index, seed))
        except RuntimeError as error:  # of weights that make no sense
            raise CourseError(f"{self.what} cannot draw with these weights.") from error
        if pictures.shape != (BLOCK, 1, 28, 28):
            raise CourseError(
                f"{self.what} makes pictures of the shape {list(pictures.shape[1:])},"
                " not [1, 28, 28]."
            )
        pictures = pictures.float().cpu()
        if not bool(torch.isfinite(pictures).all()):
            raise CourseError(f"{self.what} makes values that are not finite.")
        return pictures.clamp(-1, 1), labels

    def _drawn(self, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        raise CourseError(f"{self.what} draws no pictures.")

    def restore(self, images: Tensor, mask: Tensor, seed: int = 0) -> Tensor:
        """Pictures [N, 1, 28, 28] in [-1, 1] with what is under the mask filled."""
        raise CourseError(f"{self.what} fills no holes.")

    def nats(self, text: str) -> NDArray[np.float32]:
        """-log p of each character given those before it, float32 [N]."""
        raise CourseError(f"{self.what} reads no text.")

    def write(self, n: int, length: int, seed: int) -> list[str]:
        """n texts of this many characters."""
        raise CourseError(f"{self.what} writes no text.")


def block_generator(index: int, seed: int) -> torch.Generator:
    """The source of randomness of a block of samples."""
    return torch.Generator().manual_seed(seed * 1_000_003 + index)


class FromRecipe(Made):
    """A model of images of `aigc train`."""

    def __init__(self, learner: Any, labels: bool, name: str) -> None:
        self.learner, self.labels, self.what = learner, labels, f"A {name}"

    def _drawn(self, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        if not self.labels:
            return self.learner.sample(BLOCK, chance), torch.full((BLOCK,), -1)
        labels = torch.arange(BLOCK) % 10
        return self.learner.sample(BLOCK, chance, labels=labels), labels

    def restore(self, images: Tensor, mask: Tensor, seed: int = 0) -> Tensor:
        """By the VAE's posterior, or by inverting the generator."""
        from aigc_course.apps.inpainting import invert, posterior_completions
        from aigc_course.vae import VAE

        chance = torch.Generator().manual_seed(seed)
        if isinstance(self.learner, VAE):
            with torch.no_grad():
                return posterior_completions(self.learner, images, mask, seed=chance)
        network = self.learner.trained()
        many: dict[str, Any] = {"starts": STARTS, "steps": STEPS, "seed": chance}
        return invert(network, images, mask, **many)


class FromRestorer(Made):
    """A network of `apps` that fills holes."""

    what = "A restorer"

    def __init__(self, network: Any, task: Any) -> None:
        self.network, self.task = network.eval().requires_grad_(False), task

    def restore(self, images: Tensor, mask: Tensor, seed: int = 0) -> Tensor:
        """By one pass of the network."""
        from aigc_course.apps.paired import restore
        from aigc_course.apps.tasks import hide

        chance = torch.Generator().manual_seed(seed)
        done = restore(self.network, self.task, hide(images, mask), chance)
        if not bool(torch.isfinite(done).all()):
            raise CourseError("The restorer makes values that are not finite.")
        return done.clamp(-1, 1)


class FromPrivate(Made):
    """The one-shot private generator."""

    what = "A private generator"

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def _drawn(self, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        pictures, labels = self.generator.draw(BLOCK, chance)
        return pictures, labels


class FromOnnx(Made):
    """A graph from latents [N, latent] to pictures, in ONNX Runtime."""

    what = "The ONNX file"

    def __init__(self, session: Any, latent: int) -> None:
        self.session, self.latent = session, latent

    def _drawn(self, chance: torch.Generator) -> tuple[Tensor, Tensor]:
        z = torch.randn(BLOCK, self.latent, generator=chance)
        name = self.session.get_inputs()[0].name
        try:
            (found,) = self.session.run(None, {name: z.numpy()})
        except Exception as error:  # ONNX Runtime's own kinds have no common base
            raise CourseError("The ONNX file cannot be computed.") from error
        return torch.from_numpy(np.array(found)), torch.full((BLOCK,), -1)


class FromText(Made):
    """A language model of characters."""

    what = "A language model"

    def __init__(self, network: Any, letters: Any, context: int) -> None:
        self.network, self.letters, self.context = network, letters, context

    def nats(self, text: str) -> NDArray[np.float32]:
        """In windows a quarter of the context apart."""
        from aigc_course.attention import evaluate

        stride = max(1, self.context // 4)
        found = evaluate.nats(self.network, self.letters.encode(text), None, stride)
        if not bool(torch.isfinite(found).all()):
            raise CourseError("The language model gives values that are not finite.")
        return np.asarray(found.numpy(), dtype=np.float32)

    def write(self, n: int, length: int, seed: int) -> list[str]:
        """From the beginning of a line, at temperature 1."""
        from aigc_course.attention.generate import generate

        begin = self.letters.encode("\n").expand(n, -1)
        chance = torch.Generator().manual_seed(seed)
        found = generate(
            self.network, begin, length, generator=chance, window=self.context
        )
        return [self.letters.decode(row) for row in found[:, begin.shape[1] :]]


def load(one: "Submission") -> Made:
    """The model of a submission. Raises CourseError as `build` does."""
    return build(one.config, one.weights, one.onnx)


def build(
    config: Mapping[str, Any], weights: Mapping[str, Tensor], onnx: bytes = b""
) -> Made:
    """The model of a checked config with these weights.

    Raises CourseError where the weights do not fit, and where an extra is missing.
    """
    makers = {"recipe": _recipe, "restorer": _restorer, "private": _private}
    if config["kind"] == "onnx":
        from aigc_course.capstone.graph import session

        return FromOnnx(session(onnx), int(config["latent"]))
    try:
        return makers[config["kind"]](config, full(weights))
    except (RuntimeError, KeyError, ValueError, IndexError, TypeError) as error:
        raise CourseError(
            f"The weights do not fit the network that config.json names, a"
            f" {_named(config)}."
        ) from error


def halved(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same with float32 numbers as float16: half as large."""
    return {
        name: x.half() if x.dtype == torch.float32 else x for name, x in state.items()
    }


def full(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same with float16 numbers as float32."""
    return {
        name: x.float() if x.dtype == torch.float16 else x for name, x in state.items()
    }


def _named(config: Mapping[str, Any]) -> str:
    names = [str(config[key]) for key in ("model", "task", "way") if key in config]
    return " ".join(names) or "private generator"


def _recipe(config: Mapping[str, Any], weights: dict[str, Tensor]) -> Made:
    from aigc_course import models

    recipe = models.get(config["model"], config["preset"])
    if recipe.text:
        return _of_text(recipe, weights)
    with torch.random.fork_rng(devices=[]):
        learner = recipe.build(bf16=False)
    _fits(weights, learner.trained().state_dict())
    learner.load_trained(weights)
    return FromRecipe(learner, recipe.labels, config["model"])


def _of_text(recipe: Any, weights: dict[str, Tensor]) -> Made:
    from aigc_course.attention.tokens import Characters
    from aigc_course.data.sequences import text

    letters = Characters(text(recipe.data).symbols)
    with torch.random.fork_rng(devices=[]):
        learner = recipe.reading(letters).build(bf16=False)
    _fits(weights, learner.trained().state_dict())
    learner.load_trained(weights)
    network = learner.trained().eval().requires_grad_(False)
    return FromText(network, letters, recipe.context)


def _restorer(config: Mapping[str, Any], weights: dict[str, Tensor]) -> Made:
    from aigc_course.apps.recipes import recipe

    found = recipe(config["task"], config["way"])
    with torch.random.fork_rng(devices=[]):
        network = found.network()
    _fits(weights, network.state_dict())
    network.load_state_dict(weights)
    return FromRestorer(network, found.task)


def _fits(weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """ValueError unless names, shapes and kinds are those of the network."""
    if weights.keys() != wanted.keys():
        raise ValueError("names")
    for name, tensor in weights.items():
        kinds = {tensor.is_floating_point(), wanted[name].is_floating_point()}
        if tensor.shape != wanted[name].shape or len(kinds) > 1:
            raise ValueError(name)


def _private(config: Mapping[str, Any], weights: dict[str, Tensor]) -> Made:
    from aigc_course.privacy import PrivateGenerator
    from aigc_course.privacy.releases import Released

    names = Released._fields
    if weights.keys() != set(names):
        raise ValueError("names")
    parts = [weights[name].double() for name in names]
    (d,), (_, k), groups = parts[0].shape, parts[1].shape, len(parts[3])
    shapes = [(d,), (d, k), (d,), (groups,), (groups, k), (groups, k, k)]
    wanted = zip(parts, shapes, strict=True)
    if any(tuple(x.shape) != y for x, y in wanted):
        raise ValueError("shapes")
    if d != COORDINATES or k > d or groups % 10 or not 0 < groups <= 160:
        raise ValueError("shapes")
    spent = float(config["epsilon"]), float(config["delta"])
    released = Released(*parts)
    return FromPrivate(PrivateGenerator(released, 10, spent, tuple(config["mus"])))
