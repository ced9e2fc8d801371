"""Exercise on one step of the chain that fills in what is missing."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Encode = Callable[[Tensor], tuple[Tensor, Tensor]]


Decode = Callable[[Tensor], Tensor]


exercise = Exercise(
    "09.refill",
    order=20,
    title="One step of the chain",
    difficulty=3,
    minutes=12,
    idea="Draw a latent for the image as it stands now, decode it and draw all pixels,"
    " and keep of these only the hidden ones.",
    formula="z = m(x) + sigma(x) e; drawn pixels [u < pi(z)]; x' = these where hidden,"
    " x elsewhere.",
    line="After `mean, log_variance = encode(x)` and `z = mean + (log_variance / 2)"
    ".exp() * e`, return `torch.where(hidden, (u < decode(z)).to(x.dtype), x)`.",
    variation="Keep the probabilities of the hidden pixels in place of drawn ones, and"
    " follow both chains. See which moves on more readily.",
    asks="method",
)


@exercise.answer
def refill(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """Pixels [N, 1, H, W] with the hidden ones drawn anew, the others as they were.

    hidden: bool [H, W]. encode(x): mean and log-variance [N, d]. decode(z):
    probabilities of ink [N, 1, H, W]. e: normal noise [N, d]. u: uniform numbers of
    x's shape. After Rezende et al. 2014, who complete images so.
    """
    mean, log_variance = encode(x)
    z = mean + (log_variance / 2).exp() * e  # z ~ q(z|x)
    painted = (u < decode(z)).to(x.dtype)  # x' ~ p(x|z)
    return torch.where(hidden, painted, x)


def hole() -> Tensor:
    """Bool [4, 4]: the lower rows and a corner."""
    hidden = torch.zeros(4, 4, dtype=torch.bool)
    hidden[2:] = True
    hidden[0, 0] = True
    return hidden


def networks(sure: float = 2.0) -> tuple[Encode, Decode]:
    """An encoder to [N, 3] that looks at all pixels, and a decoder to [N, 1, 4, 4].

    sure: how far the decoder's probabilities are from 1/2.
    """
    forth, back = 2 * torch.randn(16, 3), sure * torch.randn(3, 16)

    def encode(x: Tensor) -> tuple[Tensor, Tensor]:
        mean = (x.flatten(1) - 0.4) @ forth
        return mean, mean.flip(1) / 2

    return encode, lambda z: (z @ back).sigmoid().view(-1, 1, 4, 4)


@exercise.inputs
def images() -> list[tuple]:
    x = torch.randint(0, 2, (6, 1, 4, 4)).float()
    return [
        (x, hole(), *networks(sure), torch.randn(6, 3), torch.rand(6, 1, 4, 4))
        for sure in (2.0, 0.2)
    ]


@exercise.must_hold
def known_kept(f) -> bool:
    """The pixels that are known stay what they are."""
    (x, hidden, *rest) = images()[0]
    return same(f(x.clone(), hidden, *rest)[..., ~hidden], x[..., ~hidden])


@exercise.must_hold
def ink_or_none(f) -> bool:
    """The hidden pixels come back as 0 or 1, as the model draws them."""
    (x, hidden, *rest) = images()[0]
    found = f(x.clone(), hidden, *rest)[..., hidden]
    return bool(((found == 0) | (found == 1)).all())


@exercise.must_hold
def all_from_the_painting(f) -> bool:
    """Where the decoder is sure of ink, every hidden pixel becomes 1."""
    (x, hidden, encode, _, e, u) = images()[0]

    def sure(z: Tensor) -> Tensor:
        return torch.ones(len(z), 1, 4, 4)

    found = f(x.clone(), hidden, encode, sure, e, u)
    return same(found[..., hidden], torch.ones_like(found[..., hidden]))


@exercise.mistake(hint="idea")
def nothing_clamped(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You draw the whole image anew, the known pixels too. The chain must come back to
    them in every step, or it drifts away to some other digit."""
    return refill(x, torch.ones_like(hidden), encode, decode, e, u)


@exercise.mistake(hint="idea")
def mask_turned(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You keep the hidden pixels and draw the known ones: `hidden` is True where
    something is missing."""
    return refill(x, ~hidden, encode, decode, e, u)


@exercise.mistake(hint="formula")
def mean_code(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You decode the mean code. A latent has to be drawn, with the noise e: without it
    the chain settles on one completion and never tries another."""
    return refill(x, hidden, encode, decode, 0 * e, u)


@exercise.mistake(hint="formula")
def greys_painted(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You fill in the probabilities. A step draws from the model, and its pixels are 0
    or 1: ink where u < pi."""
    mean, log_variance = encode(x)
    painted = decode(mean + (log_variance / 2).exp() * e)
    return torch.where(hidden, painted, x)


@exercise.mistake(hint="idea")
def blanked_first(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You empty the hidden pixels before the encoder looks. It then takes the hole for
    part of the digit, in every step again; let it see the guess of the last step."""
    blank = torch.where(hidden, torch.zeros_like(x), x)
    return refill(blank, hidden, encode, decode, e, u)


@exercise.mistake(hint="formula")
def variance_for_deviation(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You stretch the noise by the variance; the standard deviation is
    exp(log_variance / 2)."""

    def squared(x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = encode(x)
        return mean, 2 * log_variance

    return refill(x, hidden, squared, decode, e, u)


@exercise.mistake(hint="line")
def coins_turned(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """Your comparison is the wrong way round: ink, 1, has probability pi, and u < pi
    has that probability."""
    mean, log_variance = encode(x)
    painted = (u > decode(mean + (log_variance / 2).exp() * e)).to(x.dtype)
    return torch.where(hidden, painted, x)


@exercise.mistake(hint="formula")
def other_side_of_the_coin(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """Your pixels have the right probability, so this is a correct step as well. But
    the check compares pixels for given u, and 1 - u < pi gives ink to others: write
    u < pi."""
    mean, log_variance = encode(x)
    ink = 1 - u < decode(mean + (log_variance / 2).exp() * e)
    return torch.where(hidden, ink.to(x.dtype), x)


@exercise.mistake(hint="idea", draws=True)
def own_randomness(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You draw random numbers of your own. The chapter hands them in, e for the latent
    and u for the pixels, so that the step can be checked: use both."""
    mean, log_variance = encode(x)
    painted = torch.bernoulli(decode(mean + (log_variance / 2).exp() * e))
    return torch.where(hidden, painted, x)


@exercise.mistake(hint="idea")
def rounded(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You round the probabilities, so each pixel takes its likelier value. A step draws
    from the model: ink where u < pi."""
    mean, log_variance = encode(x)
    painted = decode(mean + (log_variance / 2).exp() * e).round()
    return torch.where(hidden, painted, x)


@exercise.mistake(hint="idea")
def latent_of_the_prior(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You decode e itself, a latent of the prior, which knows nothing of the image. The
    latent has to be drawn from q(z|x): mean + sigma e."""
    return torch.where(hidden, (u < decode(e)).to(x.dtype), x)


@exercise.mistake(hint="formula")
def sigmoid_of_probabilities(
    x: Tensor, hidden: Tensor, encode: Encode, decode: Decode, e: Tensor, u: Tensor
) -> Tensor:
    """You apply a sigmoid to what `decode` gives. It gives probabilities here, and
    their sigmoid lies between 0.50 and 0.73: compare u with `decode(z)` itself."""
    mean, log_variance = encode(x)
    pi = decode(mean + (log_variance / 2).exp() * e).sigmoid()
    return torch.where(hidden, (u < pi).to(x.dtype), x)
