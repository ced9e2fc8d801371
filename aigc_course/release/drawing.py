"""What a release holds: the function from numbers to images, without the dice.

`Sampler.sample` draws random numbers and computes with them. A file that others use
holds the second half alone, so that whoever runs it brings the numbers: the same
numbers give the same image in PyTorch, in ONNX Runtime and in a browser.

For every family one module here says which numbers those are:

    GAN, VAE            latents z, and a label where the model knows labels
    VQ-VAE              a map of codes
    flows               a point x, a time t, and a label; what comes out is the velocity
                        there. The solver's loop stays outside, and a latent flow's
                        decoder: a graph of all 32 evaluations takes minutes to make
    captions            a point, a time and the words; what comes out is the velocity
    language models     tokens; what comes out are logits of the next token, for the
                        draw itself and its loop stay outside
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from aigc_course.errors import CourseError

Draw = Callable[[int, torch.Generator], tuple[Tensor, ...]]
CLASSES = 10


@dataclass(frozen=True)
class Input:
    """One input: its name, its shape without the batch, and what numbers it takes.

    kind: "normal" (float32, standard normal), "time" (float32, from 0 to 1), "label",
    "codes" or "tokens" (int64, from 0 to count - 1).
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    count: int = 0


@dataclass(frozen=True)
class Drawing:
    """A module in evaluation mode, and what to give it.

    output: "images" ([N, 1, 28, 28] in [-1, 1]), "velocity" (of the shape of x) or
    "logits" ([N, T, vocabulary]).
    """

    module: nn.Module
    inputs: tuple[Input, ...]
    drawn: Draw
    output: str = "images"

    def draw(self, n: int, seed: int | torch.Generator = 0) -> tuple[Tensor, ...]:
        """Random inputs for n images, in the order in which `sample` draws them.

        Raises CourseError for n below 1.
        """
        if n < 1:
            raise CourseError(f"The number of samples is at least 1, not {n}.")
        if isinstance(seed, int):
            seed = torch.Generator().manual_seed(seed)
        return self.drawn(n, seed)

    @torch.no_grad()
    def __call__(self, *inputs: Tensor) -> Tensor:
        """The output for these inputs, all of one batch."""
        result: Tensor = self.module(*inputs)
        return result

    @property
    def labels(self) -> int:
        """How many labels can be asked for; 0 where there are none."""
        return sum(one.count for one in self.inputs if one.kind == "label")


def drawing(learner: Any) -> Drawing:
    """The drawing of a model of the course, or of a generator network.

    Raises CourseError for what is neither, with the reason.
    """
    from aigc_course.apps.captions import CaptionFlow
    from aigc_course.attention.learner import NextToken
    from aigc_course.flow.latent import LatentFlow
    from aigc_course.flow.learner import Flow
    from aigc_course.gan.learner import GAN
    from aigc_course.gan.networks import Generator
    from aigc_course.vae.learner import VAE
    from aigc_course.vae.vq import VQVAE

    makers: dict[type, Callable[[Any], Drawing]] = {
        Generator: _of_generator,
        GAN: lambda gan: _of_generator(gan.trained()),
        VAE: lambda vae: _of_decoder(vae.trained()),
        VQVAE: lambda vq: _of_codes(vq.trained()),
        LatentFlow: lambda flow: _of_flow(flow.trained().velocity),
        Flow: lambda flow: _of_flow(flow.trained()),
        CaptionFlow: lambda flow: _of_captions(flow.trained()),
        NextToken: lambda model: _of_tokens(model.trained()),
    }
    if getattr(learner, "prior", None) is not None:
        raise CourseError(
            "A VQ-VAE with a learned prior is not exported: its prior draws one code"
            " after another, and that loop is no graph. Without it, `prior=None`, the"
            " decoder is."
        )
    for kind, make in makers.items():
        if isinstance(learner, kind):
            return make(learner)
    raise CourseError(
        f"{_article(type(learner).__name__)} is not exported: it draws nothing from"
        " random numbers alone. Models of `aigc train` do."
    )


class FromLatents(nn.Module):
    """Latents [N, latent], and labels [N] where there are classes, to images."""

    def __init__(self, net: nn.Module, classes: int, last: nn.Module) -> None:
        super().__init__()
        self.net, self.classes, self.last = net, classes, last

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Images [N, 1, 28, 28] in [-1, 1]."""
        if label is not None:
            z = torch.cat([z, one_hot(label, self.classes).to(z.dtype)], dim=1)
        result: Tensor = self.last(self.net(z))
        return result


class Mean(nn.Module):
    """E[x|z] of a decoder's outputs, in [-1, 1]: 2 p - 1."""

    def __init__(self, observation: nn.Module) -> None:
        super().__init__()
        self.observation = observation

    def forward(self, outputs: Tensor) -> Tensor:
        """Outputs [N, 1, 28, 28] to images of that shape."""
        return 2 * self.observation.mean(outputs) - 1  # type: ignore[operator]


class FromCodes(nn.Module):
    """Maps of codes [N, 7, 7] to images, through the codebook and the decoder."""

    def __init__(self, codes: Tensor, decoder: nn.Module, last: nn.Module) -> None:
        super().__init__()
        self.register_buffer("codes", codes.clone())
        self.decoder, self.last = decoder, last

    def forward(self, codes: Tensor) -> Tensor:
        """Images [N, 1, 28, 28] in [-1, 1]."""
        book: Tensor = self.get_buffer("codes")
        vectors = book[codes]  # [N, 7, 7, d]
        result: Tensor = self.last(self.decoder(vectors.permute(0, 3, 1, 2)))
        return result


class AtPoints(nn.Module):
    """Points, their times, and labels where there are classes, to velocities."""

    def __init__(self, velocity: nn.Module) -> None:
        super().__init__()
        self.velocity = velocity

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """x [N, ...], t [N] in [0, 1], label [N] to velocities of the shape of x."""
        result: Tensor = self.velocity(x, t, label)
        return result


def _of_generator(network: Any) -> Drawing:
    classes = getattr(network, "classes", 0)
    if getattr(network, "attributes", 0):
        raise CourseError(
            "A generator that is given attributes beside its label is not exported:"
            " which attributes to draw is for the program that asks."
        )
    module = FromLatents(network.net, classes, nn.Identity())
    return Drawing(module.eval(), *_normal((network.latent,), classes))


def _of_decoder(networks: Any) -> Drawing:
    last = Mean(networks.observation)
    module = FromLatents(networks.decoder.net, networks.classes, last)
    return Drawing(module.eval(), *_normal((networks.latent,), networks.classes))


def _of_codes(networks: Any) -> Drawing:
    book, last = networks.codebook, Mean(networks.observation)
    module = FromCodes(book.codes.detach(), networks.decoder, last)
    # each code as often as it was used of late, as `VQVAE.sample` draws without a prior
    share = torch.softmax(book.counts.clamp(min=1e-30).log(), 0)
    one = Input("codes", (7, 7), "codes", len(share))

    def drawn(n: int, dice: torch.Generator) -> tuple[Tensor, ...]:
        codes = torch.multinomial(share, n * 49, True, generator=dice)
        return (codes.view(n, 7, 7),)

    return Drawing(module.eval(), (one,), drawn)


def _of_flow(velocity: Any) -> Drawing:
    (x, *label), noise = _normal(velocity.shape, velocity.classes)
    inputs = (replace(x, name="x"), Input("t", (), "time"), *label)

    def drawn(n: int, dice: torch.Generator) -> tuple[Tensor, ...]:
        start, *labels = noise(n, dice)
        return (start, torch.rand(n, generator=dice), *labels)

    return Drawing(AtPoints(velocity).eval(), inputs, drawn, "velocity")


class Told(nn.Module):
    """The velocity of networks that are told words, as a module."""

    def __init__(self, networks: nn.Module) -> None:
        super().__init__()
        self.networks = networks

    def forward(self, x: Tensor, t: Tensor, words: Tensor) -> Tensor:
        """x [N, 5, L], t [N] in [0, 1], words [N, S] to velocities [N, 5, L]."""
        result: Tensor = self.networks.velocity(x, t, words)  # type: ignore[operator]
        return result


def _of_captions(networks: Any) -> Drawing:
    from aigc_course.apps.captions.scenes import PLACES
    from aigc_course.apps.captions.words import LONGEST, WORDS

    x = Input("x", (PLACES, networks.vae.latents), "normal")
    words = Input("words", (LONGEST,), "tokens", len(WORDS))

    def drawn(n: int, dice: torch.Generator) -> tuple[Tensor, ...]:
        start = torch.randn(n, *x.shape, generator=dice)
        times = torch.rand(n, generator=dice)
        told = torch.randint(1, words.count, (n, LONGEST), generator=dice)
        return start, times, told

    inputs = (x, Input("t", (), "time"), words)
    return Drawing(AtPoints(Told(networks)).eval(), inputs, drawn, "velocity")


def _of_tokens(model: Any) -> Drawing:
    """Tokens of a whole context. Before the first there is nothing to go on from."""
    shape = model.shape
    one = Input("tokens", (shape.context,), "tokens", shape.vocabulary)

    def drawn(n: int, dice: torch.Generator) -> tuple[Tensor, ...]:
        return (torch.randint(one.count, (n, *one.shape), generator=dice),)

    return Drawing(model.eval(), (one,), drawn, "logits")


def _normal(shape: tuple[int, ...], classes: int) -> tuple[tuple[Input, ...], Draw]:
    """Standard normal numbers, and labels that come in turn."""
    inputs = [Input("z", tuple(shape), "normal")]
    if classes:
        inputs.append(Input("label", (), "label", classes))

    def drawn(n: int, dice: torch.Generator) -> tuple[Tensor, ...]:
        z = torch.randn(n, *shape, generator=dice)
        return (z, torch.arange(n) % classes) if classes else (z,)

    return tuple(inputs), drawn


def _article(name: str) -> str:
    return f"{'An' if name[0] in 'AEIOU' else 'A'} {name}"
