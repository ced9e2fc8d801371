"""Exercise on a test for the two parts of a VAE's loss."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.clinic.exercise import test_exercise

Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def lower(x: Tensor, decoded: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """A version to tell answers apart: right, but for a constant."""
    kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum(1)
    return (0.5 * (x - decoded).square().sum(1) + kl).mean() - 50


exercise = test_exercise(
    "20.exposes_vae_parts",
    patient="vae_parts",
    probes=(lower,),
    order=130,
    title="Known values of a VAE's loss",
    difficulty=3,
    minutes=15,
    idea="For which arguments do you know that the loss is as small as it can be? Each"
    " change away from there must cost something.",
    formula="With decoded = x, mu = 0 and log_var = 0 both parts are 0. For decoded ="
    " x + 1, for mu = 1, and for log_var = -1 and 1, the loss is larger.",
    line="Write `x, o = torch.randn(8, 2), torch.zeros(8, 2)`, `best = loss(x, x, o,"
    " o)`, `assert abs(float(best)) < 1e-4`, `assert loss(x, x + 1, o, o) > best`,"
    " `assert loss(x, x, o + 1, o) > best` and `return None`.",
    variation="Compare the KL part with its mean over 100,000 draws, by your tolerance"
    " of section 4.",
)


@exercise.answer
def exposes_vae_parts(loss: Loss) -> None:
    """Raise AssertionError if the loss is not -log p(x|z) + KL, constants left out.

    loss: called with x, decoded, mu and log_var, [n, d] each.
    """
    x, nothing = torch.randn(8, 2), torch.zeros(8, 2)
    best = loss(x, x, nothing, nothing)
    assert abs(float(best)) < 1e-4, "nothing to pay for a perfect decoding"
    assert loss(x, x + 1, nothing, nothing) > best, "a worse decoding costs more"
    assert loss(x, x, nothing + 1, nothing) > best, "a mean off 0 costs more"


@exercise.mistake(hint="idea")
def never_negative(loss: Loss) -> None:
    """Your test asks whether the loss is positive for random arguments. Some forms of
    the bug are positive there too: use arguments for which you know the value."""
    a = [torch.randn(8, 2) for _ in range(3)]
    assert loss(a[0], a[0], a[1], a[2]) > 0


@exercise.mistake(hint="idea")
def worse_decoding_is_cheaper(loss: Loss) -> None:
    """Your test demands that a worse decoding costs less, so it accuses every healthy
    loss."""
    x, nothing = torch.randn(8, 2), torch.zeros(8, 2)
    assert loss(x, x + 1, nothing, nothing) < loss(x, x, nothing, nothing)


@exercise.mistake(hint="idea")
def depends_on_everything(loss: Loss) -> None:
    """Your test asks whether each argument has a gradient. Those of the patient do, and
    they point the wrong way."""
    a = [torch.randn(8, 2, requires_grad=True) for _ in range(3)]
    slopes = torch.autograd.grad(loss(torch.randn(8, 2), *a), a)
    assert all(bool(one.any()) for one in slopes)
