"""DP-SGD: training whose every step keeps a promise (Abadi et al. 2016, algorithm 1).

    g_i  = gradient of the loss of example i, for the examples of a Poisson sample
    g_i <- g_i min(1, C / norm(g_i))
    g    = (sum_i g_i + sigma C N(0, I)) / (rate n)

The sum changes by at most C when one example comes or goes. The divisor is the
expected size of a batch: the true size would tell something about the data.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from aigc_course.errors import CourseError
from aigc_course.privacy.budget import PrivacyBudget
from aigc_course.privacy.sampled import Release

Gradients = dict[str, Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]
MIXING = (nn.modules.batchnorm._BatchNorm,)


def refuse_batch_norm(network: nn.Module) -> None:
    """Raise CourseError for a network in which an example changes others' outputs.

    Batch normalisation does so by the batch's mean; its running mean besides keeps
    what no noise was added to. So does any normalisation with running statistics.
    """
    for name, module in network.named_modules():
        keeps = getattr(module, "track_running_stats", False)
        if isinstance(module, MIXING) or keeps:
            raise CourseError(
                f"{name or 'The network'} is a {type(module).__name__}, which mixes the"
                " examples of a batch: no gradient belongs to one example. Take"
                " nn.GroupNorm."
            )


def per_example_gradients(
    network: nn.Module, loss: Loss, inputs: Tensor, targets: Tensor
) -> Gradients:
    """The gradient of each example's own loss, by parameter: [B, *shape].

    loss(output, target): of a batch of one, a scalar. Raises CourseError as
    `refuse_batch_norm`, and where the numbers of inputs and targets differ.
    """
    refuse_batch_norm(network)
    _same_number(inputs, targets)
    weights = {n: p.detach() for n, p in network.named_parameters() if p.requires_grad}
    if not len(inputs):
        return {name: p.new_zeros(0, *p.shape) for name, p in weights.items()}

    def of_one(weights: Gradients, x: Tensor, y: Tensor) -> Tensor:
        return loss(functional_call(network, weights, (x[None],)), y[None])

    each = vmap(grad(of_one), in_dims=(None, 0, 0), randomness="different")
    found: Gradients = each(weights, inputs, targets)
    return found


def norms(gradients: Mapping[str, Tensor]) -> Tensor:
    """The norm of each example's gradient over all parameters together, [B]."""
    squares = [g.flatten(1).square().sum(1) for g in gradients.values()]
    return torch.stack(squares).sum(0).sqrt()


def clip_gradients(gradients: Mapping[str, Tensor], bound: float) -> Gradients:
    """Each example's gradient, [B, *shape] by name, shortened to norm `bound`.

    A gradient that is not finite becomes 0: else NaN would show who was in the batch.
    Raises CourseError for a bound that is not positive.
    """
    if not bound > 0:
        raise CourseError(f"The clipping bound has to be above 0, not {bound:g}.")
    length = norms(gradients)
    factor = torch.where(length.isfinite(), (bound / length).clamp(max=1), 0)
    return {
        name: torch.einsum("b,b...->b...", factor, g.nan_to_num(0, 0, 0))
        for name, g in gradients.items()
    }


def noisy_mean(
    gradients: Mapping[str, Tensor],
    bound: float,
    noise: float,
    expected: float,
    generator: torch.Generator | None = None,
) -> Gradients:
    """(sum of clipped gradients + noise bound N(0, I)) / expected, by name.

    gradients: [B, *shape] by name, not yet clipped; B may be 0. noise: the noise
    multiplier. expected: the expected size of a batch, rate n.
    """
    clipped = clip_gradients(gradients, bound)
    return {
        name: (
            g.sum(0)
            + noise
            * bound
            * torch.randn(g.shape[1:], generator=generator, dtype=g.dtype)
        )
        / expected
        for name, g in clipped.items()
    }


def poisson_sample(
    n: int, rate: float, generator: torch.Generator | None = None
) -> Tensor:
    """The rows of a batch that holds each of n examples with probability `rate`.

    int64 [b]; b differs from step to step and may be 0. The accountant's figure holds
    for this way of sampling, and not for shuffled batches of one size.
    """
    Release(1.0, rate)  # refuses what means nothing
    return torch.nonzero(torch.rand(n, generator=generator) < rate).flatten()


class PrivateSGD:
    """A network, its optimiser, and a budget that each step is booked in.

    loss(output, target): of a batch of one. optimiser: any of torch's over the
    network's parameters. rate: each example's probability to be in a batch. noise: the
    noise multiplier; clip: the bound. Raises CourseError for batch normalisation, and
    for settings that mean nothing.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        optimiser: torch.optim.Optimizer,
        *,
        rate: float,
        noise: float,
        clip: float,
        budget: PrivacyBudget,
        generator: torch.Generator | None = None,
    ) -> None:
        refuse_batch_norm(network)
        Release(noise, rate)
        if not clip > 0:
            raise CourseError(f"The clipping bound has to be above 0, not {clip:g}.")
        self.network, self.loss, self.optimiser = network, loss, optimiser
        self.rate, self.noise, self.clip = rate, noise, clip
        self.budget, self.generator = budget, generator

    def step(self, inputs: Tensor, targets: Tensor) -> int:
        """One step on all data, inputs [n, ...] and targets [n, ...].

        The divisor rate n takes n as known, as delta < 1/n does; whoever counts n as
        secret has to publish it with noise first.

        Returns the size of the batch that was drawn. It is for watching alone: it
        tells something about the data, and no noise was added to it. Raises
        CourseError, and changes nothing, when the budget does not allow the step, and
        where the numbers of inputs and targets differ.
        """
        _same_number(inputs, targets)
        if not len(inputs):
            raise CourseError("There is no example to learn from.")
        self.budget.spend_steps(self.noise, self.rate)
        rows = poisson_sample(len(inputs), self.rate, self.generator)
        gradients = per_example_gradients(
            self.network, self.loss, inputs[rows], targets[rows]
        )
        expected = self.rate * len(inputs)
        mean = noisy_mean(gradients, self.clip, self.noise, expected, self.generator)
        for name, parameter in self.network.named_parameters():
            parameter.grad = mean.get(name)
        self.optimiser.step()
        return len(rows)


def _same_number(inputs: Tensor, targets: Tensor) -> None:
    if len(inputs) != len(targets):
        raise CourseError(f"There are {len(inputs)} inputs and {len(targets)} targets.")
