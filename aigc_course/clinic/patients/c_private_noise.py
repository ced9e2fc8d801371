"""Patient: the noise of a private gradient is divided by the batch size twice."""

import torch
from torch import Tensor, nn

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn, one_player
from aigc_course.clinic.steps import Step

patient = Patient(
    "c_private_noise",
    ward="C",
    title="A private gradient: clipped, summed, noised",
    symptom="With the same epsilon on paper, the private estimate ends with a smaller"
    " error than a healthy one. The measured noise is a small part of what is"
    " promised.",
    cause="Noise of deviation sigma C belongs to the sum of the clipped gradients. Here"
    " it is divided by the batch size before it is added, and then again with the sum.",
    origin="A tutorial compared two methods whose noise differed by the factor of the"
    " batch size (tensorflow/privacy, issue 153, 2021). Nothing in training itself"
    " shows it.",
    figure=("step", "noise over what is promised"),
)


@patient.shown
def private_gradient(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """Mean gradient [d] of per-sample gradients [n, d], with noise on their sum.

    The noise on the sum has the deviation sigma * clip.
    """
    n = len(gradients)
    norms = gradients.norm(dim=1, keepdim=True)
    clipped = gradients * (clip / norms).clamp(max=1)
    noise = torch.randn(gradients.shape[1], dtype=gradients.dtype)
    noise = noise * sigma * clip / n
    return (clipped.sum(dim=0) + noise) / n


@patient.repair
def on_the_sum(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """The reference: noise on the sum, one division."""
    n = len(gradients)
    norms = gradients.norm(dim=1, keepdim=True)
    clipped = gradients * (clip / norms).clamp(max=1)
    noise = torch.randn(gradients.shape[1], dtype=gradients.dtype)
    noise = noise * sigma * clip
    return (clipped.sum(dim=0) + noise) / n


@patient.repair
def on_the_mean(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """Each part is divided by n once."""
    n = len(gradients)
    norms = gradients.norm(dim=1, keepdim=True)
    clipped = gradients * (clip / norms).clamp(max=1)
    noise = torch.randn(gradients.shape[1], dtype=gradients.dtype)
    noise = noise * sigma * clip / n
    return clipped.sum(dim=0) / n + noise


@patient.repair
def mean_first(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """The mean, and noise of the mean's deviation."""
    n = len(gradients)
    norms = gradients.norm(dim=1, keepdim=True)
    clipped = gradients * (clip / norms).clamp(max=1)
    noise = torch.randn(gradients.shape[1], dtype=gradients.dtype)
    noise = noise * sigma * clip / n
    return clipped.mean(dim=0) + noise


@patient.right
def renormalised(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """PyTorch's own clipping of rows."""
    clipped = gradients.renorm(2, 0, clip)
    total = clipped.sum(0)
    return (total + clip * sigma * torch.randn_like(total)) / gradients.shape[0]


@patient.right
def row_by_row(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """A loop over the samples."""
    total = torch.zeros_like(gradients[0])
    for row in gradients:
        total += row / max(1.0, float(row.norm()) / clip)
    noise = torch.randn(total.shape, dtype=total.dtype)
    return total / len(gradients) + noise * (sigma * clip / len(gradients))


@patient.right
def scales_as_weights(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """The clipped sum as a product of factors and gradients."""
    factors = clip / gradients.norm(dim=1).clamp(min=clip)
    total = factors @ gradients
    return total.add(torch.randn_like(total), alpha=sigma * clip) / len(factors)


@patient.disguise
def mean_is_divided(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """Noise of deviation sigma C / n^2 on the mean."""
    clipped = gradients.renorm(2, 0, clip)
    noise = torch.randn(gradients.shape[1], dtype=gradients.dtype)
    return clipped.mean(0) + sigma * clip / len(gradients) ** 2 * noise


@patient.disguise
def root_of_the_batch(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """Divided by the root of n besides."""
    clipped = gradients.renorm(2, 0, clip)
    noise = torch.randn(gradients.shape[1], dtype=gradients.dtype)
    noise = noise * sigma * clip / len(gradients) ** 0.5
    return (clipped.sum(0) + noise) / len(gradients)


@patient.disguise
def averaged_noise(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """The mean of noise on each sample: too little by the root of n."""
    n, d = gradients.shape
    noise = torch.randn(d, dtype=gradients.dtype) * sigma * clip / n**1.5
    return gradients.renorm(2, 0, clip).sum(0) / n + noise


@patient.patch
def more_sigma(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """You multiply sigma by a constant. The noise is then right for one batch size and
    wrong for every other one."""
    return private_gradient(gradients, clip, 8 * sigma)


@patient.patch
def smaller_clip(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """You clip more. The noise shrinks with the clipping norm, and stays too small."""
    return private_gradient(gradients, clip / 2, sigma)


@patient.patch
def noise_per_sample(gradients: Tensor, clip: float, sigma: float) -> Tensor:
    """You add noise to every gradient before clipping. Clipping then removes most of it
    again, and the sum has too little."""
    n, d = gradients.shape
    noise = torch.randn(d, dtype=gradients.dtype)
    noisy = gradients + sigma * clip / n * noise
    return noisy.renorm(2, 0, clip).sum(0) / n


@patient.test
def exposes(gradient: Function) -> None:
    """Of empty gradients the noise remains: its deviation is sigma C / n."""
    for n in (4, 25):
        found = gradient(torch.full((n, 3000), 1e-9), 2.0, 1.5)
        ratio = float(found.std()) / (1.5 * 2.0 / n)
        assert abs(ratio - 1) < 0.15, f"noise over what is promised: {ratio:.3f}"


@patient.calls
def one_call(gradient: Function) -> Tensor:
    """A private gradient."""
    found: Tensor = gradient(torch.randn(8, 5), 1.0, 1.0)
    return found


@patient.does
def measured(gradient: Function) -> dict[str, object]:
    """The private gradient for two batch sizes and two norms."""
    found: dict[str, object] = {}
    for n, clip in ((4, 0.5), (9, 3.0)):
        found[f"{n}, {clip}"] = gradient(drawn(90 + n, n, 6), clip, 1.2)
    return found


@patient.elsewhere
def around(gradient: Function) -> dict[str, object]:
    """Without noise: clipping and mean. And a batch of one sample."""
    one = gradient(drawn(92, 1, 5), 0.8, 1.1)
    found = gradient(drawn(91, 6, 5), 0.7, 0.0)
    return {"clipped": found, "one": one, "dtype": str(found.dtype)}


@patient.hidden
def noise_is_right(gradient: Function) -> bool:
    """The noise on the mean has the deviation sigma C / n, for every n."""
    for n in (2, 16, 50):
        noise = gradient(torch.full((n, 4000), 1e-9).double(), 0.5, 3.0)
        if abs(float(noise.std()) * n / 1.5 - 1) > 0.1:
            return False
    return True


@patient.hidden
def one_sample_counts_little(gradient: Function) -> bool:
    """Without noise a sample moves the mean by at most C / n."""
    large = torch.cat([drawn(93, 7, 4) * 1e-9, drawn(94, 1, 4) * 1e6])
    return abs(float(gradient(large, 0.6, 0.0).norm()) * 8 / 0.6 - 1) < 1e-6


@patient.trains
def training(gradient: Function, count: int) -> dict[str, list[float]]:
    """A mean is estimated privately from a batch of 32 at every step."""
    guess = torch.zeros(50)
    curves: dict[str, list[float]] = {"loss": [], "noise over what is promised": []}
    for _ in range(count):
        each = guess - (torch.randn(32, 50) + 1)
        private, exact = gradient(each, 1e6, 1e-6), each.mean(0)
        ratio = float((private - exact).std()) / (1 / 32)
        guess = guess - 0.2 * gradient(each, 20.0, 0.5)
        curves["loss"].append(float((guess - 1).square().mean()))
        curves["noise over what is promised"].append(ratio)
    return curves


@patient.step
def opened(gradient: Function) -> Step:
    """A line that is fitted with private gradients; sigma is small here."""
    net = nn.Linear(3, 1, bias=False)
    x = torch.randn(64, 3)
    y = x.sum(1)

    def errors(batch: Tensor) -> Tensor:
        wanted = batch.sum(1)
        found: Tensor = net(batch)[:, 0] - wanted
        return found

    def value(batch: Tensor) -> Tensor:
        return errors(batch).square().mean()

    def advance(batch: Tensor, player: str) -> None:
        each = 2 * errors(batch)[:, None].detach() * batch
        with torch.no_grad():
            net.weight -= 0.02 * gradient(each, 50.0, 0.05)

    step = one_player("L", net, x, value, lambda: -(net(x)[:, 0] - y).abs().mean())
    step.advance, step.draws = advance, False
    return step
