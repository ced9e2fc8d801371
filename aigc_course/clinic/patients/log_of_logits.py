"""Patient: the logarithm of a logit instead of a probability."""

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    logsigmoid,
    softplus,
)

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import cloud, fixed, fresh_players

patient = Patient(
    "log_of_logits",
    ward="B",
    number=17,
    title="Losses from the scores of D",
    symptom="Both losses are finite for the first steps. Then D's loss is NaN. G's"
    " loss falls below 0, which the logarithm of a probability does not allow.",
    cause="D ends in a linear layer, so its scores are logits of any size and sign."
    " The loss takes their logarithm as if they were probabilities: it is NaN from the"
    " first negative score. log D is log sigmoid(score).",
    figure=("step", "loss"),
)

Losses = tuple[Tensor, Tensor]


@patient.shown
def gan_losses(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """L_G and L_D from what D's last layer, a linear one, returns: [n, 1]."""
    loss_g = -torch.log(fake_scores).mean()
    loss_real = -torch.log(real_scores).mean()
    loss_fake = -torch.log(1 - fake_scores).mean()
    return loss_g, loss_real + loss_fake


@patient.repair
def with_logsigmoid(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """The reference: log D = log sigmoid(a), log(1 - D) = log sigmoid(-a)."""
    loss_g = -logsigmoid(fake_scores).mean()
    loss_real = -logsigmoid(real_scores).mean()
    loss_fake = -logsigmoid(-fake_scores).mean()
    return loss_g, loss_real + loss_fake


@patient.repair
def softplus_for_one_minus(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """-log(1 - sigmoid(a)) = softplus(a)."""
    loss_g = -logsigmoid(fake_scores).mean()
    loss_real = -logsigmoid(real_scores).mean()
    loss_fake = softplus(fake_scores).mean()
    return loss_g, loss_real + loss_fake


@patient.repair
def with_labels(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """The cross-entropy that takes logits."""
    bce, ones = binary_cross_entropy_with_logits, torch.ones_like(fake_scores)
    loss_g = bce(fake_scores, ones)
    loss_real = bce(real_scores, torch.ones_like(real_scores))
    loss_fake = bce(fake_scores, 0 * ones)
    return loss_g, loss_real + loss_fake


@patient.right
def with_softplus(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """-log sigmoid(a) = softplus(-a)."""
    loss_g = softplus(-fake_scores).mean()
    loss_real = softplus(-real_scores).mean()
    loss_fake = softplus(fake_scores).mean()
    return loss_g, loss_real + loss_fake


@patient.right
def by_class(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """Two classes with the logits 0 and a."""
    real, fake = (
        torch.cat([torch.zeros_like(a), a], dim=1).log_softmax(1)
        for a in (real_scores, fake_scores)
    )
    return -fake[:, 1].mean(), -real[:, 1].mean() - fake[:, 0].mean()


@patient.right
def by_logaddexp(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """log(1 + e^a) from two exponents."""
    zero = torch.zeros_like(fake_scores)
    loss_fake = torch.logaddexp(zero, fake_scores).mean()
    loss_real = torch.logaddexp(torch.zeros_like(real_scores), -real_scores).mean()
    return torch.logaddexp(zero, -fake_scores).mean(), loss_fake + loss_real


@patient.right
def with_relu(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """softplus(a) = max(a, 0) + log(1 + e^-|a|), written out."""

    def cost(a: Tensor) -> Tensor:
        size = torch.where(a < 0, a, -a)
        rest = torch.where(a < 0, torch.zeros_like(a), a)
        return (rest + torch.log1p(size.exp())).mean()

    return cost(-fake_scores), cost(-real_scores) + cost(fake_scores)


@patient.disguise
def log1p_of_scores(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """log(1 - a) as log1p(-a); the mean after the sum; half of L_D."""
    loss_d = -(real_scores.log() + torch.log1p(-fake_scores)).mean() / 2
    return fake_scores.log().mean().neg(), loss_d


@patient.disguise
def clamped_scores(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """The scores are forced between 0 and 1 first: finite, and still no sigmoid."""
    real, fake = (s.clamp(1e-6, 1 - 1e-6) for s in (real_scores, fake_scores))
    return -fake.log().mean(), -real.log().mean() - (1 - fake).log().mean()


@patient.disguise
def cross_entropy_of_relu(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """The cross-entropy for probabilities, of scores cut at 0 and 1."""
    real, fake = (s.relu().clamp(max=1) for s in (real_scores, fake_scores))
    ones = torch.ones_like(fake)
    loss_d = binary_cross_entropy(real, torch.ones_like(real))
    return (
        binary_cross_entropy(fake, ones),
        loss_d + binary_cross_entropy(fake, 0 * ones),
    )


@patient.patch
def nan_to_zero(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """You replace NaN by 0. The scores that made it then teach nothing, and the others
    are still read as probabilities."""
    loss_g = -torch.log(fake_scores).nan_to_num(0.0).mean()
    loss_real = -torch.log(real_scores).nan_to_num(0.0).mean()
    return loss_g, loss_real - torch.log(1 - fake_scores).nan_to_num(0.0).mean()


@patient.patch
def clamped(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """You limit the scores from below. The logarithm is finite now, but it is that of a
    score, and where the limit holds the gradient is 0."""
    loss_g = -torch.log(fake_scores.clamp(min=1e-8)).mean()
    loss_real = -torch.log(real_scores.clamp(min=1e-8)).mean()
    return loss_g, loss_real - torch.log((1 - fake_scores).clamp(min=1e-8)).mean()


@patient.patch
def absolute(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """You take absolute values. A score of -3 then counts as much as +3, although one
    says generated and the other real."""
    loss_g = -torch.log(fake_scores.abs()).mean()
    loss_real = -torch.log(real_scores.abs()).mean()
    return loss_g, loss_real - torch.log((1 - fake_scores).abs()).mean()


@patient.patch
def sigmoid_and_a_little(real_scores: Tensor, fake_scores: Tensor) -> Losses:
    """You add a small number to the sigmoid. The loss then stops growing where D is
    sure, and the gradient that G needs there vanishes. Use `logsigmoid`."""
    loss_g = -torch.log(fake_scores.sigmoid() + 1e-8).mean()
    loss_real = -torch.log(real_scores.sigmoid() + 1e-8).mean()
    return loss_g, loss_real - torch.log(1 - fake_scores.sigmoid() + 1e-8).mean()


@patient.test
def exposes(losses: Function) -> None:
    """Finite for large scores, and right for D(x) = 1/2."""
    nothing = torch.zeros(4, 1)
    for loss, want in zip(losses(nothing, nothing), (0.6931, 1.3863), strict=True):
        assert abs(float(loss) - want) < 1e-3, "a score of 0 means D = 1/2"
    scores = torch.randn(16, 1) * 30
    for loss in losses(scores, -scores):
        assert torch.isfinite(loss), "any score is allowed"


@patient.calls
def one_call(losses: Function) -> list[Tensor]:
    """The losses of a batch of scores."""
    return [*losses(torch.randn(16, 1), torch.randn(16, 1))]


def _told(losses: Function, real: Tensor, fake: Tensor) -> Tensor:
    """Losses and slopes, with what is not finite as one large number."""
    real, fake = real.clone().requires_grad_(), fake.clone().requires_grad_()
    parts = []
    for loss in losses(real, fake):
        slopes = torch.autograd.grad(loss, [real, fake], None, True, allow_unused=True)
        parts += [loss.detach(), *(s for s in slopes if s is not None)]
    found = torch.cat([part.reshape(-1) for part in parts])
    return torch.nan_to_num(found, nan=1e6, posinf=1e6, neginf=-1e6)


@patient.does
def measured(losses: Function) -> dict[str, object]:
    """Losses and slopes for scores between 0 and 1, of both signs, and large ones."""
    small, both = fixed(1, 8, 1).sigmoid(), fixed(2, 8, 1)
    return {
        "inside": _told(losses, small, small.flip(0)),
        "both signs": _told(losses, both, both.flip(0)),
        "sure": _told(losses, both.abs() + 25, -both.abs() - 25),
    }


@patient.elsewhere
def around(losses: Function) -> dict[str, object]:
    """Two numbers of the dtype of the scores, which stay as they were."""
    real, fake = fixed(3, 8, 1), fixed(4, 8, 1)
    found = losses(real, fake)
    return {
        "shapes": str([list(loss.shape) for loss in found]),
        "dtypes": str([loss.dtype for loss in found]),
        "scores afterwards": torch.cat([real, fake]),
    }


@patient.hidden
def finite_for_all(losses: Function) -> bool:
    """The losses are finite for scores of -100 and of 100."""
    ends = torch.tensor([[-100.0], [100.0]])
    return all(bool(torch.isfinite(loss)) for loss in losses(ends, ends))


@patient.hidden
def logits_are_meant(losses: Function) -> bool:
    """A score of log 3 means D = 3/4: L_G = log 4/3."""
    score = torch.full((3, 1), 1.0986122887, dtype=torch.float64)
    return abs(float(losses(score, score)[0]) - 0.2876820724) < 1e-7


@patient.hidden
def slope_where_d_is_sure(losses: Function) -> bool:
    """Where D is sure that a sample is generated, the slope of L_G is -1 / n."""
    fake = torch.full((4, 1), -40.0, dtype=torch.float64, requires_grad=True)
    loss_g = losses(fixed(5, 4, 1).abs(), fake)[0]
    slope = torch.autograd.grad(loss_g, fake)[0]
    return bool(torch.allclose(slope, torch.full_like(slope, -0.25), atol=1e-6))


@patient.hidden
def slopes_of_d(losses: Function) -> bool:
    """The slopes of L_D are -(1 - sigmoid(a)) / n for real, sigmoid(a) / n for
    others."""
    real, fake = (fixed(i, 6, 1).requires_grad_() for i in (6, 7))
    on_real, on_fake = torch.autograd.grad(losses(real, fake)[1], [real, fake])
    right = torch.allclose(on_real, -(1 - real.sigmoid()) / 6, atol=1e-9)
    return bool(right and torch.allclose(on_fake, fake.sigmoid() / 6, atol=1e-9))


@patient.hidden
def slope_of_g(losses: Function) -> bool:
    """The slope of L_G in the score a of a fake is -(1 - sigmoid(a)) / n."""
    real, fake = fixed(8, 6, 1), fixed(9, 6, 1).requires_grad_()
    slope = torch.autograd.grad(losses(real, fake)[0], fake)[0]
    return bool(torch.allclose(slope, -(1 - fake.sigmoid()) / 6, atol=1e-9))


@patient.trains
def training(losses: Function, count: int) -> dict[str, list[float]]:
    """Both players on points; the scores begin near 0.5, and the loss is D's."""
    g, d = fresh_players()
    last = d[2]
    assert isinstance(last, nn.Linear)
    nn.init.constant_(last.weight, 0.01)
    nn.init.constant_(last.bias, 0.5)
    for_g, for_d = (torch.optim.SGD(net.parameters(), lr=0.02) for net in (g, d))
    curves: dict[str, list[float]] = {"loss": [], "L_G": []}
    for _ in range(count):
        loss_d = losses(d(cloud(64)), d(g(torch.randn(64, 2)).detach()))[1]
        for_d.zero_grad()
        loss_d.backward()
        for_d.step()
        loss_g = losses(d(cloud(64)), d(g(torch.randn(64, 2))))[0]
        for_g.zero_grad()
        loss_g.backward()
        for_g.step()
        curves["loss"].append(float(loss_d.detach()))
        curves["L_G"].append(float(loss_g.detach()))
    return curves


@patient.step
def opened(losses: Function) -> steps.Step:
    """Both losses of a step on points."""
    return steps.gan_step(
        g_loss=lambda fake, real: losses(real, fake)[0],
        d_loss=lambda real, fake: losses(real, fake)[1],
    )
