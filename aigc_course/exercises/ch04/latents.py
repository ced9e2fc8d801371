"""Exercise on the noise that a generator starts from."""

import torch
from torch import Tensor

from aigc_course.checks.compare import kind
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "04.latents",
    order=10,
    title="The numbers that G starts from",
    exact_dtype=True,
    difficulty=1,
    minutes=4,
    idea="Each point needs a latent of its own, all of them independent, and new ones"
    " at every call; the distribution is the standard normal one.",
    formula="z ~ N(0, I): `size` independent standard normal numbers for each of the n"
    " points.",
    line="Write `return torch.randn(n, size)`.",
    variation="Give G latents from a uniform distribution on [-1, 1] instead, train,"
    " and see what changes in the picture.",
    asks="method",
)


MANY = 4000


@exercise.answer
def latents(n: int, size: int) -> Tensor:
    """n latents of `size` standard normal numbers, float32 [n, size]."""
    return torch.randn(n, size)


def drawn(f, n: int, size: int) -> Tensor:
    """What f gives, once it is known to be a matrix."""
    z = f(n, size)
    assert isinstance(z, Tensor) and z.ndim == 2 and z.numel(), (
        f"The result is {kind(z)}; expected is a tensor of shape [{n}, {size}]."
    )
    return z.float()


@exercise.observe
def two_draws(f) -> dict[str, object]:
    raw = f(MANY, 3)
    one, two = drawn(lambda *_: raw, MANY, 3), drawn(f, MANY, 3)
    n, size = one.shape
    return {
        "the shape": [n, size],
        "the type": str(raw.dtype),
        "whether all numbers lie in [-1, 1]": bool((one.abs() <= 1).all()),
        "whether all latents have one length": bool(one.norm(dim=1).std() < 0.01),
        "whether the mean is near 0": bool(one.mean().abs() < 0.1),
        "whether the spread is near 1": bool((one.std() - 1).abs() < 0.1),
        "whether the spread is tiny": bool(one.std() < 0.25),
        "whether rows differ": bool((one[0] != one[-1]).any()),
        "whether columns differ": bool((one[:, 0] != one[:, -1]).any()),
        "whether a second call gives other numbers": not torch.equal(one, two),
    }


@exercise.must_hold
def normal_moments(f) -> str | None:
    """The numbers have mean 0, variance 1 and fourth moment 3, as normal ones have."""
    z = drawn(f, 20_000, 2).double()
    # five standard errors: variances of z, z^2 and z^4 are 1, 2 and 96
    for power, want, variance in ((1, 0, 1), (2, 1, 2), (4, 3, 96)):
        got = float((z**power).mean())
        if abs(got - want) > 5 * (variance / z.numel()) ** 0.5:
            return f"the mean of z^{power} is {want} for normal latents, not {got:.2f}."
    return None


@exercise.must_hold
def independent(f) -> bool:
    """The numbers of one latent, and those of neighbours, say nothing of each other."""
    z = drawn(f, 20_000, 2).double()
    across, along = (z[:, 0] * z[:, 1]).mean(), (z[:-1] * z[1:]).mean()
    return bool(max(across.abs(), along.abs()) < 5 / 20_000**0.5)


@exercise.must_hold
def rows_keep_their_mean(f) -> bool:
    """The mean of eight latents differs from draw to draw, because each row is drawn by
    itself: nothing is subtracted from the batch, and nothing divided."""
    means = torch.stack([drawn(f, 8, 1).mean() for _ in range(50)])
    return bool(means.std() > 0.15)  # 1 / sqrt(8) = 0.35 for independent rows


@exercise.must_hold
def any_numbers_asked_for(f) -> bool:
    """Shape and type are as asked for: float32 [n, size]."""
    z = f(3, 7)
    return z.shape == (3, 7) and z.dtype == torch.float32


@exercise.mistake(hint="idea")
def from_zero_to_one(n: int, size: int) -> Tensor:
    """Your latents are uniform on [0, 1]: `torch.rand` is one letter from
    `torch.randn`. All of them lie in one corner, and a G that is trained on normal
    latents has not met most of them."""
    return torch.rand(n, size)


@exercise.mistake(hint="idea")
def one_for_all(n: int, size: int) -> Tensor:
    """All n latents are the same, so G, which is a function, makes n copies of one
    point. Draw a new row for each."""
    return torch.randn(1, size).repeat(n, 1)


@exercise.mistake(hint="formula")
def one_number_each(n: int, size: int) -> Tensor:
    """The numbers within a latent are all equal: your latents lie on a line, and G can
    draw a thread but no surface. Draw every number by itself."""
    return torch.randn(n, 1).repeat(1, size)


@exercise.mistake(hint="idea")
def the_same_every_time(n: int, size: int) -> Tensor:
    """Every call gives the same numbers, because a seed is set inside. G would learn to
    answer these n latents and no others; seed once, outside the loop."""
    torch.manual_seed(0)
    return torch.randn(n, size)


@exercise.mistake(hint="line")
def lying_down(n: int, size: int) -> Tensor:
    """The shape is [size, n]; a batch comes first: one row for each of the n points."""
    return torch.randn(size, n)


@exercise.mistake(hint="idea")
def from_minus_one_to_one(n: int, size: int) -> Tensor:
    """Your latents are uniform on [-1, 1], as in some early GANs. The networks here are
    made for standard normal ones: `torch.randn`."""
    return 2 * torch.rand(n, size) - 1


@exercise.mistake(hint="formula")
def a_tenth(n: int, size: int) -> Tensor:
    """Your numbers are ten times too small: all latents lie close together, and G has
    to tell them apart by tiny differences. The standard deviation is 1."""
    return 0.1 * torch.randn(n, size)


@exercise.mistake(hint="formula")
def on_the_sphere(n: int, size: int) -> Tensor:
    """All your latents have the length 1, because you divide by it. Standard normal
    latents have lengths that vary around the root of `size`: leave them as drawn."""
    return torch.nn.functional.normalize(torch.randn(n, size), dim=1)


@exercise.mistake(hint="line")
def in_double(n: int, size: int) -> Tensor:
    """Your latents are float64, NumPy's usual type. The weights of the networks are
    float32, and a layer refuses to mix the two: end with `.float()`."""
    return torch.randn(n, size).double()


@exercise.mistake(hint="line")
def as_pictures(n: int, size: int) -> Tensor:
    """Your latents have two axes more than asked for, the shape for a network that
    begins with a transposed convolution. These networks begin with a linear layer:
    return [n, size]."""
    return torch.randn(n, size, 1, 1)
