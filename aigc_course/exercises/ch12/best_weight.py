"""Exercise on the weight of a mixture."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.best_weight",
    order=130,
    title="How much to believe each expert",
    difficulty=3,
    minutes=14,
    asks="method",
    idea="Try each weight: mix the two log-probabilities of all V tokens, scale the"
    " result to a distribution, and take the mean of -log p of the tokens that came."
    " Return the weight with the least mean.",
    formula="log p_w = w log p + (1 - w) log q - log sum_j p_j^w q_j^(1 - w).",
    line="Write `def nats(w): return -(w * log_p + (1 - w) *"
    " log_q).log_softmax(-1).gather(-1, targets[:, None]).mean()`, then `return"
    " min(weights, key=nats)`.",
    variation="Take a text that the first expert has learnt from. See which weight"
    " wins, and whether it helps on another text.",
)


@exercise.answer
def best_weight(
    log_p: Tensor, log_q: Tensor, targets: Tensor, weights: list[float]
) -> float:
    """The weight w, of those given, whose mixture predicts the targets best.

    log_p, log_q: [N, V], log-probabilities of two experts for N tokens. targets: int64
    [N], the tokens that came. The mixture is proportional to p^w q^(1 - w), scaled so
    that its V probabilities sum to 1 at each of the N places.
    """

    def nats(w: float) -> Tensor:
        mixed = (w * log_p + (1 - w) * log_q).log_softmax(dim=-1)
        return -mixed.gather(-1, targets[:, None]).mean()

    return min(weights, key=lambda w: float(nats(w)))


GRID = [i / 10 for i in range(11)]


def drawn(true: float, n: int = 3_000) -> tuple[Tensor, Tensor, Tensor, list[float]]:
    """Targets that follow the mixture with the weight `true`."""
    log_p, log_q = (2.5 * torch.randn(2, n, 6)).log_softmax(-1)
    p = (true * log_p + (1 - true) * log_q).softmax(-1)
    return log_p, log_q, torch.multinomial(p, 1)[:, 0], GRID


@exercise.inputs
def experts() -> list[tuple[Tensor, Tensor, Tensor, list[float]]]:
    return [drawn(0.3), drawn(0.7), drawn(0.5), one_opinion(), surprised()]


def one_opinion() -> tuple[Tensor, Tensor, Tensor, list[float]]:
    """Two experts with the same likeliest tokens; the second is too sure of them."""
    log_p = torch.randn(3_000, 6).log_softmax(-1)
    log_q = (4 * log_p).log_softmax(-1)
    targets = torch.multinomial((1.9 * log_p).softmax(-1), 1)[:, 0]  # w = 0.7
    return log_p, log_q, targets, GRID


def surprised() -> tuple[Tensor, Tensor, Tensor, list[float]]:
    """The second expert is right but for one token in five, which may be any token.

    -log p punishes its certainty there more than a squared error does: the best weight
    is 0.8, and 0.4 to 0.5 for the Brier score.
    """
    log_p = torch.randn(3_000, 6).log_softmax(-1)
    log_q = (5 * log_p).log_softmax(-1)
    targets = torch.multinomial(0.8 * log_q.exp() + 0.2 / 6, 1)[:, 0]
    return log_p, log_q, targets, GRID


@exercise.must_hold
def trusts_who_knows(f) -> bool:
    """When the first expert is always right and the second guesses, w is 1."""
    targets = torch.randint(4, (50,))
    log_p = torch.nn.functional.one_hot(targets, 4).float().mul(9).log_softmax(-1)
    log_q = torch.zeros(50, 4).log_softmax(-1)
    return f(log_p, log_q, targets, GRID) == 1.0


@exercise.must_hold
def above_one_where_it_is_offered(f) -> bool:
    """An expert that is always right and not sure enough gets a weight above 1, if
    there is one among the weights."""
    targets = torch.randint(4, (50,))
    log_p = torch.nn.functional.one_hot(targets, 4).float().log_softmax(-1)
    log_q = torch.zeros(50, 4).log_softmax(-1)
    return f(log_p, log_q, targets, [0.5, 1.0, 3.0]) == 3.0


def _score(log_p, log_q, targets, weights, mixed):
    def nats(w: float) -> float:
        return float(-mixed(w, log_p, log_q).gather(-1, targets[:, None]).mean())

    return min(weights, key=nats)


@exercise.mistake(hint="formula")
def not_scaled(log_p, log_q, targets, weights):
    """You do not scale the mixture, so its probabilities do not sum to 1, and the
    better expert alone always wins. Subtract log Z: take log_softmax."""
    return _score(log_p, log_q, targets, weights, lambda w, p, q: w * p + (1 - w) * q)


@exercise.mistake(hint="formula")
def weights_swapped(log_p, log_q, targets, weights):
    """Your weight belongs to the second expert. w goes with log_p."""
    return _score(
        log_p,
        log_q,
        targets,
        weights,
        lambda w, p, q: ((1 - w) * p + w * q).log_softmax(-1),
    )


@exercise.mistake(hint="idea")
def mean_of_probabilities(log_p, log_q, targets, weights):
    """You mix probabilities, w p + (1 - w) q. The question is about p^w q^(1 - w), a
    mixture of the logarithms."""
    return _score(
        log_p,
        log_q,
        targets,
        weights,
        lambda w, p, q: (w * p.exp() + (1 - w) * q.exp()).clamp(1e-9).log(),
    )


@exercise.mistake(hint="idea")
def the_worst(log_p, log_q, targets, weights):
    """You return the weight with the greatest loss. The loss is -log p: less is
    better."""

    def score(w: float) -> float:
        mixed = (w * log_p + (1 - w) * log_q).log_softmax(-1)
        return float(mixed.gather(-1, targets[:, None]).mean())

    return min(weights, key=score)


@exercise.mistake(hint="idea")
def by_the_hits(log_p, log_q, targets, weights):
    """You count how often the likeliest token is right. Two mixtures with equally many
    hits can differ in -log p, which is what coding costs."""

    def misses(w: float) -> float:
        mixed = w * log_p + (1 - w) * log_q
        return -float((mixed.argmax(-1) == targets).float().mean())

    return min(weights, key=misses)


@exercise.mistake(hint="idea")
def squared_errors(log_p, log_q, targets, weights):
    """You compare the mixtures by squared errors (the Brier score). The question is
    about the mean of -log p."""
    came = torch.nn.functional.one_hot(targets, log_p.shape[-1])

    def error(w: float) -> float:
        p = (w * log_p + (1 - w) * log_q).softmax(-1)
        return float((p - came).square().sum(-1).mean())

    return min(weights, key=error)


@exercise.mistake(hint="idea")
def mean_probability(log_p, log_q, targets, weights):
    """You compare the mean probability of the tokens that came. One improbable token
    hardly changes that mean: take the mean of -log p."""

    def mean(w: float) -> float:
        p = (w * log_p + (1 - w) * log_q).softmax(-1)
        return float(p.gather(-1, targets[:, None]).mean())

    return max(weights, key=mean)


@exercise.mistake(hint="formula")
def no_share_for_the_second(log_p, log_q, targets, weights):
    """You leave the second expert out: p^w alone. Add (1 - w) log_q."""
    return _score(
        log_p, log_q, targets, weights, lambda w, p, q: (w * p).log_softmax(-1)
    )


@exercise.mistake(hint="formula")
def the_loss_returned(log_p, log_q, targets, weights):
    """You return the least loss. Return the weight that reaches it."""
    return min(
        float(
            -(w * log_p + (1 - w) * log_q)
            .log_softmax(-1)
            .gather(-1, targets[:, None])
            .mean()
        )
        for w in weights
    )


@exercise.mistake(hint="formula")
def the_number_of_the_weight(log_p, log_q, targets, weights):
    """You return the place of the best weight in the list. Return the weight itself."""

    def nats(w: float) -> float:
        mixed = (w * log_p + (1 - w) * log_q).log_softmax(-1)
        return float(-mixed.gather(-1, targets[:, None]).mean())

    return weights.index(min(weights, key=nats))


@exercise.mistake(hint="idea")
def scaled_over_the_text(log_p, log_q, targets, weights):
    """Your softmax runs over the places of the text. It is the V tokens of each place
    whose probabilities sum to 1."""
    return _score(
        log_p,
        log_q,
        targets,
        weights,
        lambda w, p, q: (w * p + (1 - w) * q).log_softmax(0),
    )
