"""Exercise on the likelihood of black and white pixels."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "08.log_likelihood",
    order=10,
    title="The log-likelihood of binary pixels",
    difficulty=2,
    minutes=8,
    idea="Given z the pixels are independent, so their logarithms add. Write log pi and"
    " log(1 - pi) by the logit a, without computing pi.",
    formula="x log pi + (1 - x) log(1 - pi) = x a - softplus(a), summed over the pixels"
    " of each image.",
    line="Return `(x * logits - torch.nn.functional.softplus(logits))"
    ".flatten(1).sum(1)`.",
    variation="Give every pixel the mean of the training images as its probability: the"
    " likelihood of a model without latents, which a VAE has to beat.",
    asks="formula",
)


@exercise.answer
def log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x|z) of Bernoulli pixels, one number for each image: [N].

    x: [N, 1, H, W], each pixel 0 or 1. logits: of the same shape. Kingma and Welling
    2014, appendix C.1.
    """
    # log pi = a - softplus(a), log(1 - pi) = -softplus(a)
    return (x * logits - softplus(logits)).flatten(1).sum(1)


def pictures(n: int, side: int, spread: float) -> tuple[Tensor, Tensor]:
    """Black and white pictures [n, 1, side, side] and logits of this spread."""
    x = (torch.rand(n, 1, side, side) < 0.4).float()
    return x, spread * torch.randn(n, 1, side, side)


@exercise.inputs
def faint_and_sure() -> list[tuple[Tensor, Tensor]]:
    return [pictures(4, 5, 1.0), pictures(3, 4, 150.0)]  # where sigmoid is 0 or 1


@exercise.must_hold
def even_coins(f) -> bool:
    """With logits of 0 all 16 pixels together have the probability 1/2 to the 16th."""
    x = pictures(2, 4, 1.0)[0]
    return same(f(x, torch.zeros_like(x)), torch.full((2,), -11.0903549))


@exercise.must_hold
def all_pictures(f) -> bool:
    """The probabilities of all pictures of four pixels sum to 1."""
    bits = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 4).view(16, 1, 2, 2)
    logits = torch.randn(1, 1, 2, 2).expand(16, 1, 2, 2)
    return same(f(bits, logits).exp().sum(), torch.tensor(1.0))


@exercise.must_hold
def finite(f) -> bool:
    """Logits of 1000 against the picture give a very small logarithm, not minus
    infinity."""
    x = pictures(2, 3, 1.0)[0]
    found = f(x, 1000 * (1 - 2 * x))
    return same(found, torch.full((2,), -9000.0))


@exercise.mistake(hint="idea")
def mean_of_pixels(x: Tensor, logits: Tensor) -> Tensor:
    """You average over the pixels. The logarithm of a product is a sum; with the mean
    the likelihood weighs hundreds of times too little beside the KL, and the latents
    are switched off."""
    return (x * logits - softplus(logits)).flatten(1).mean(1)


@exercise.mistake(hint="idea")
def one_number(x: Tensor, logits: Tensor) -> Tensor:
    """You sum over the images too. Asked is one number for each image; leave the first
    dimension."""
    return (x * logits - softplus(logits)).sum()


@exercise.mistake(hint="formula")
def a_loss(x: Tensor, logits: Tensor) -> Tensor:
    """This is the cross-entropy, a loss. The log-likelihood is its negative: never
    above 0, and higher for better models."""
    return binary_cross_entropy_with_logits(logits, x, reduction="none").sum((1, 2, 3))


@exercise.mistake(hint="idea")
def out_of_the_logarithm(x: Tensor, logits: Tensor) -> Tensor:
    """Right on paper. But where a logit is large sigmoid is exactly 0 or 1, and 0 times
    log 0 is NaN. Stay with the logits: `softplus` is safe."""
    p = torch.sigmoid(logits)
    return (x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1)


@exercise.mistake(hint="formula")
def ink_alone(x: Tensor, logits: Tensor) -> Tensor:
    """You count the pixels that are 1 and leave out those that are 0, so a decoder that
    makes everything white would be best. Add (1 - x) log(1 - pi)."""
    return (x * logsigmoid(logits)).flatten(1).sum(1)


@exercise.mistake(hint="formula")
def squared_error(x: Tensor, logits: Tensor) -> Tensor:
    """This is a squared error, the logarithm of a Gaussian up to constants. Pixels that
    are 0 or 1 have x log pi + (1 - x) log(1 - pi)."""
    return -(x - logits.sigmoid()).square().flatten(1).sum(1)


@exercise.mistake(hint="formula")
def probabilities_expected(x: Tensor, logits: Tensor) -> Tensor:
    """You treat the logits as probabilities. pi = sigmoid(a) comes first, or better its
    logarithm: log pi = -softplus(-a)."""
    p = logits.clamp(1e-7, 1 - 1e-7)
    return (x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1)


@exercise.mistake(hint="formula")
def sigmoid_twice(x: Tensor, logits: Tensor) -> Tensor:
    """You apply the sigmoid and hand the result over as a logit, so it is applied once
    more, and every probability of ink lies between 0.50 and 0.73. Hand over the logits
    themselves."""
    p = logits.sigmoid()
    return -binary_cross_entropy_with_logits(p, x, reduction="none").sum((1, 2, 3))


@exercise.mistake(hint="line")
def mean_of_all(x: Tensor, logits: Tensor) -> Tensor:
    """PyTorch's cross-entropies are by default a mean over all pixels of all images.
    Take `reduction="none"` and sum over the pixels of each image."""
    return -binary_cross_entropy_with_logits(logits, x)


@exercise.mistake(hint="idea")
def mean_of_images(x: Tensor, logits: Tensor) -> Tensor:
    """You return the mean over the images. Asked is one number for each image, [N]; the
    mean over a batch comes later, in the loss."""
    return -binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


@exercise.mistake(hint="line")
def arguments_swapped(x: Tensor, logits: Tensor) -> Tensor:
    """You have swapped the arguments: PyTorch takes the logits first and the pixels
    second."""
    each = binary_cross_entropy_with_logits(x, logits, reduction="none")
    return -each.sum((1, 2, 3))


@exercise.mistake(hint="idea")
def epsilon_added(x: Tensor, logits: Tensor) -> Tensor:
    """The small number inside your logarithms bounds them from below, so a pixel that
    the decoder is sure of and wrong about costs too little. Stay with the logits:
    `softplus` is exact."""
    p = torch.sigmoid(logits)
    each = x * torch.log(p + 1e-8) + (1 - x) * torch.log(1 - p + 1e-8)
    return each.flatten(1).sum(1)


@exercise.mistake(hint="formula")
def exponential_overflows(x: Tensor, logits: Tensor) -> Tensor:
    """Right on paper. But exp(a) is infinite in float32 from a = 89 on:
    `torch.nn.functional.softplus` computes log(1 + exp(a)) without that."""
    return (x * logits - torch.log(1 + torch.exp(logits))).flatten(1).sum(1)
