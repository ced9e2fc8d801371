"""Exercise on the mean velocity of a mixture, in closed form."""

import torch
from torch import Tensor
from torch.distributions import Normal

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "13.marginal_velocity",
    order=30,
    title="The mean velocity at a point",
    difficulty=3,
    minutes=20,
    asks="derive",
    idea="First suppose that the component k is known. Then x_t and v = x1 - x0 are"
    " jointly normal, and E[v | x_t = x] is linear in x. Then average over k with the"
    " probability of k given x_t = x.",
    formula="v_k = (1 - t)^2 + t^2 s_k^2 is the variance of x_t. E[v | x, k] = m_k +"
    " (t s_k^2 - (1 - t)) / v_k (x - t m_k). P(k | x) is proportional to"
    " w_k N(x; t m_k, v_k).",
    line="Write `variance = (1 - t)**2 + t**2 * deviations**2`, `gap = x[:, None] - t *"
    " means`, `log_r = weights.log() - variance.log() / 2 - gap**2 / (2 * variance)`,"
    " `each = means + (t * deviations**2 - (1 - t)) / variance * gap` and `return"
    " (log_r.softmax(1) * each).sum(1)`.",
    variation="Let all deviations be 0, so that the data are K points. Show that the"
    " velocity is then (mean of the points given x - x) / (1 - t).",
)


@exercise.answer
def marginal_velocity(
    x: Tensor, t: float, weights: Tensor, means: Tensor, deviations: Tensor
) -> Tensor:
    """E[x1 - x0 | x_t = x] for data from a mixture of normals on a line: [N].

    x: [N]. t: a number, 0 <= t < 1. weights, means, deviations: of the K components,
    [K]. x0 ~ N(0, 1) and x1 are independent. Lipman et al. 2023, equation 8.
    """
    variance = (1 - t) ** 2 + t**2 * deviations**2  # of x_t in each component, [K]
    gap = x[:, None] - t * means  # [N, K]
    log_r = weights.log() - variance.log() / 2 - gap**2 / (2 * variance)
    # Cov(v, x_t) = t s^2 - (1 - t)
    each = means + (t * deviations**2 - (1 - t)) / variance * gap
    return (log_r.softmax(dim=1) * each).sum(dim=1)


def law() -> tuple[Tensor, Tensor, Tensor]:
    """Weights, means and deviations of two normals."""
    return torch.tensor([0.3, 0.7]), torch.tensor([-2.0, 1.5]), torch.tensor([0.4, 0.6])


@exercise.inputs
def mixtures() -> list[tuple[Tensor, float, Tensor, Tensor, Tensor]]:
    three = torch.tensor([0.2, 0.5, 0.3]), 2 * torch.randn(3), torch.rand(3) + 0.2
    far = torch.tensor([-40.0, 0.2, 40.0])  # exp(-800) is 0 in float32
    return [
        (torch.randn(6), 0.4, *law()),
        (torch.linspace(-3, 3, 7), 0.8, *law()),
        (torch.randn(5), 0.6, *three),
        (far, 0.5, *law()),
    ]


@exercise.must_hold
def mean_velocity_at_the_start(f) -> bool:
    """At t = 0 the noise says nothing about the data: the velocity is E[x1] - x."""
    x = torch.randn(5)
    return same(f(x, 0.0, *law()), (0.3 * -2.0 + 0.7 * 1.5) - x)


@exercise.must_hold
def normal_data(f) -> bool:
    """Data from N(0, 1) need no motion at t = 1/2, where the variance is smallest."""
    one, zero = torch.ones(1), torch.zeros(1)
    return same(f(torch.randn(5), 0.5, one, zero, one), torch.zeros(5))


@exercise.must_hold
def nothing_but_a_mean(f) -> bool:
    """It is uncorrelated with what it leaves over: E[(v - u(x_t)) u(x_t)] = 0, within
    four standard errors."""
    weights, means, deviations = law()
    k = torch.multinomial(weights, 40_000, replacement=True)
    x1 = means[k] + deviations[k] * torch.randn(40_000)
    x0 = torch.randn(40_000)
    u = f(0.4 * x0 + 0.6 * x1, 0.6, *law())
    left = (x1 - x0 - u) * u
    return bool(left.mean().abs() < 4 * left.std() / 200)


def _parts(x, t, weights, means, deviations):
    """The variance, the gap, the log of w_k N(x; t m_k, v_k), and each velocity."""
    variance = (1 - t) ** 2 + t**2 * deviations**2
    gap = x[:, None] - t * means
    log_r = weights.log() - variance.log() / 2 - gap**2 / (2 * variance)
    each = means + (t * deviations**2 - (1 - t)) / variance * gap
    return variance, gap, log_r, each


@exercise.mistake(hint="idea")
def prior_weights(x, t, weights, means, deviations):
    """You average the components with the weights w_k. Where x lies tells which
    component is likely: use the probability of k given x_t = x."""
    *_, each = _parts(x, t, weights, means, deviations)
    return each @ weights


@exercise.mistake(hint="idea")
def weights_forgotten(x, t, weights, means, deviations):
    """You treat all components as equally likely before x is seen. The probability of k
    given x_t = x is proportional to w_k N(x; t m_k, v_k): add log w_k."""
    _, _, log_r, each = _parts(x, t, weights, means, deviations)
    return ((log_r - weights.log()).softmax(1) * each).sum(1)


@exercise.mistake(hint="formula")
def means_alone(x, t, weights, means, deviations):
    """You average the means m_k. Within one component the velocity also depends on x:
    E[v | x, k] has a part with x - t m_k."""
    _, _, log_r, _ = _parts(x, t, weights, means, deviations)
    return log_r.softmax(1) @ means


@exercise.mistake(hint="formula")
def means_as_points(x, t, weights, means, deviations):
    """You treat each component as one point, (m_k - x) / (1 - t). The data have the
    deviation s_k around it, which enters the covariance of v and x_t."""
    _, _, log_r, _ = _parts(x, t, weights, means, deviations)
    return (log_r.softmax(1) * (means - x[:, None]) / (1 - t)).sum(1)


@exercise.mistake(hint="formula")
def variance_of_the_data(x, t, weights, means, deviations):
    """You use the variance of the data, s_k^2. The variance of x_t in a component is
    (1 - t)^2 + t^2 s_k^2."""
    gap, variance = x[:, None] - t * means, deviations**2
    log_r = weights.log() - variance.log() / 2 - gap**2 / (2 * variance)
    each = means + (t * variance - (1 - t)) / variance * gap
    return (log_r.softmax(1) * each).sum(1)


@exercise.mistake(hint="formula")
def sum_of_deviations(x, t, weights, means, deviations):
    """You add deviations, (1 - t) + t s_k, and square the sum. The variances of
    independent parts add: (1 - t)^2 + t^2 s_k^2."""
    variance = ((1 - t) + t * deviations) ** 2
    gap = x[:, None] - t * means
    log_r = weights.log() - variance.log() / 2 - gap**2 / (2 * variance)
    each = means + (t * deviations**2 - (1 - t)) / variance * gap
    return (log_r.softmax(1) * each).sum(1)


@exercise.mistake(hint="formula")
def covariance_with_a_plus(x, t, weights, means, deviations):
    """Your covariance of v and x_t is t s^2 + (1 - t). In v = x1 - x0 the noise has a
    minus sign: it is t s^2 - (1 - t)."""
    variance, gap, log_r, _ = _parts(x, t, weights, means, deviations)
    each = means + (t * deviations**2 + (1 - t)) / variance * gap
    return (log_r.softmax(1) * each).sum(1)


@exercise.mistake(hint="formula")
def gap_from_the_end(x, t, weights, means, deviations):
    """You measure x from m_k. At time t the component k is centred at t m_k."""
    variance = (1 - t) ** 2 + t**2 * deviations**2
    gap = x[:, None] - means
    log_r = weights.log() - variance.log() / 2 - gap**2 / (2 * variance)
    each = means + (t * deviations**2 - (1 - t)) / variance * gap
    return (log_r.softmax(1) * each).sum(1)


@exercise.mistake(hint="formula")
def densities_without_their_factor(x, t, weights, means, deviations):
    """Your probabilities of the components leave out 1 / sqrt(v_k). It differs between
    components, so it does not cancel."""
    variance, gap, _, each = _parts(x, t, weights, means, deviations)
    log_r = weights.log() - gap**2 / (2 * variance)
    return (log_r.softmax(1) * each).sum(1)


@exercise.mistake(hint="idea")
def the_data_expected(x, t, weights, means, deviations):
    """You return the mean of the data, E[x1 | x_t]. Subtract the mean of the noise:
    asked is E[x1 - x0 | x_t]."""
    variance, gap, log_r, _ = _parts(x, t, weights, means, deviations)
    each = means + t * deviations**2 / variance * gap
    return (log_r.softmax(1) * each).sum(1)


@exercise.mistake(hint="line")
def densities_underflow(x, t, weights, means, deviations):
    """Right on paper. But far from all means every density is 0 in float32, and 0 / 0
    is not a number: take the softmax of the logarithms."""
    variance, gap, _, each = _parts(x, t, weights, means, deviations)
    r = weights * variance**-0.5 * (-(gap**2) / (2 * variance)).exp()
    return (r * each).sum(1) / r.sum(1)


@exercise.mistake(hint="line")
def normal_of_the_variance(x, t, weights, means, deviations):
    """You hand the variance to a normal that expects the standard deviation. Take its
    square root."""
    variance, _, _, each = _parts(x, t, weights, means, deviations)
    log_r = weights.log() + Normal(t * means, variance).log_prob(x[:, None])
    return (log_r.softmax(1) * each).sum(1)


@exercise.mistake(hint="idea")
def most_likely_alone(x, t, weights, means, deviations):
    """You take the velocity of the likeliest component alone. All components have a
    share, P(k | x)."""
    *_, log_r, each = _parts(x, t, weights, means, deviations)
    return each.gather(1, log_r.argmax(1, keepdim=True))[:, 0]


@exercise.mistake(hint="formula")
def not_divided(x, t, weights, means, deviations):
    """Your probabilities of the components do not sum to 1. Divide by their sum, the
    density of x_t."""
    variance, _, _, each = _parts(x, t, weights, means, deviations)
    density = Normal(t * means, variance.sqrt()).log_prob(x[:, None]).exp()
    return (weights * density * each).sum(1)
