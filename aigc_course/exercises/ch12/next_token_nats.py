"""Exercise on the loss of pre-training."""

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.next_token_nats",
    order=110,
    title="The loss of pre-training",
    difficulty=3,
    minutes=12,
    asks="step",
    idea="The model reads all tokens but the last one. Its logits at a position predict"
    " the token one position further on. The loss is the mean of -log p over all"
    " predictions.",
    formula="logits = model(tokens[:, :-1]), targets = tokens[:, 1:], loss = mean of"
    " -log softmax(logits)[target].",
    line="Write `logits = model(tokens[:, :-1])`, then"
    " `return torch.nn.functional.cross_entropy(logits.flatten(0, 1),"
    " tokens[:, 1:].flatten())`.",
    variation="Return the loss of each position, and draw it for a trained model, to"
    " see how much more context helps.",
)


@exercise.answer
def next_token_nats(model, tokens: Tensor) -> Tensor:
    """Mean of -log p of every token but the first, in nats: a scalar.

    model: tokens [B, T] to logits [B, T, V]; the logits at a position depend on the
    tokens up to it. tokens: int64 [B, T + 1]. All B T predictions count alike, and the
    gradient reaches the model.
    """
    logits = model(tokens[:, :-1])  # [B, T, V]
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


class Reader:
    """A small model: logits from the token at a position and the one before it."""

    def __init__(self, vocabulary: int) -> None:
        self.now = 2 * torch.randn(vocabulary, vocabulary)
        self.last = torch.randn(vocabulary, vocabulary)

    def __call__(self, tokens: Tensor) -> Tensor:
        before = F.pad(tokens, (1, 0))[:, :-1]
        return self.now[tokens] + self.last[before]


@exercise.inputs
def texts() -> list[tuple[Reader, Tensor]]:
    return [
        (Reader(5), torch.randint(5, (3, 9))),
        (Reader(4), torch.randint(4, (1, 2))),
        (Reader(3), torch.randint(3, (6, 4))),
    ]


@exercise.must_hold
def a_copy_of_the_text_costs_nothing(f) -> bool:
    """A model that is sure of the right next token has a loss of about 0."""
    tokens = torch.arange(8).repeat(2, 1)  # each token is followed by the next number
    sure = 50 * F.one_hot(torch.arange(1, 10), 10).float()
    return abs(float(f(lambda read: sure[read], tokens))) < 1e-3


@exercise.must_hold
def no_opinion_costs_log_v(f) -> bool:
    """With equal logits the loss is log V."""
    tokens = torch.randint(6, (2, 5))
    found = f(lambda read: torch.zeros(*read.shape, 6), tokens)
    return abs(float(found) - 1.7918) < 1e-3


@exercise.must_hold
def the_gradient_arrives(f) -> bool:
    """The loss has a gradient for the weights of the model."""
    table = torch.randn(4, 4, requires_grad=True)
    loss = f(lambda read: table[read], torch.randint(4, (2, 6)))
    loss.backward()
    return table.grad is not None and same(table.grad.sum(), torch.zeros(()), 1e-4)


@exercise.mistake(hint="idea")
def predicts_what_it_reads(model, tokens):
    """You compare the logits at a position with the token at that position, which the
    model has just read. The target is the next token."""
    logits = model(tokens[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, :-1].flatten())


@exercise.mistake(hint="formula")
def the_last_is_read_too(model, tokens):
    """You compare all T + 1 positions with the text itself. Let the model read T tokens
    and move the targets by one."""
    return F.cross_entropy(model(tokens).flatten(0, 1), tokens.flatten())


@exercise.mistake(hint="formula")
def summed(model, tokens):
    """You add up the losses. The mean does not depend on how long a text is."""
    logits = model(tokens[:, :-1])
    return F.cross_entropy(
        logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="sum"
    )


@exercise.mistake(hint="formula")
def in_bits(model, tokens):
    """Your result is in bits. With the natural logarithm it is in nats."""
    logits = model(tokens[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    return loss / torch.log(torch.tensor(2.0))


@exercise.mistake(hint="formula")
def softmax_twice(model, tokens):
    """You take the softmax twice. cross_entropy takes logits and applies the softmax
    itself."""
    p = model(tokens[:, :-1]).softmax(-1)
    return F.cross_entropy(p.flatten(0, 1), tokens[:, 1:].flatten())


@exercise.mistake(hint="idea")
def only_the_last_token(model, tokens):
    """You score the last prediction alone. Each position predicts its next token, and
    all of them count: one window gives T predictions."""
    return F.cross_entropy(model(tokens[:, :-1])[:, -1], tokens[:, -1])


@exercise.mistake(hint="formula")
def probability_itself(model, tokens):
    """You average the probabilities of the right tokens. The loss is the mean of their
    negative logarithms."""
    p = model(tokens[:, :-1]).softmax(-1)
    return p.gather(-1, tokens[:, 1:, None]).mean()


@exercise.mistake(hint="formula")
def sign_forgotten(model, tokens):
    """Your loss is negative: it is the mean of log p, which training would make
    smaller. Change the sign."""
    logits = model(tokens[:, :-1])
    return -F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


@exercise.mistake(hint="formula")
def two_further(model, tokens):
    """Your targets stand two positions further on. The target of a position is the very
    next token."""
    if tokens.shape[1] < 3:
        return model(tokens[:, :-1]).sum() * 0
    logits = model(tokens[:, :-2])
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 2:].flatten())


@exercise.mistake(hint="line")
def axes_mixed(model, tokens):
    """You reshaped logits [B, T, V] to [B, V, T] without moving the axes, so numbers of
    different tokens are mixed. Flatten the first two axes, or transpose."""
    logits = model(tokens[:, :-1])
    B, T, V = logits.shape
    return F.cross_entropy(logits.reshape(B, V, T), tokens[:, 1:])


@exercise.mistake(hint="idea")
def softmax_over_positions(model, tokens):
    """Your softmax runs over the positions. The probabilities of the V tokens sum to 1
    at each position: take the last axis."""
    log_p = model(tokens[:, :-1]).log_softmax(dim=1)
    return -log_p.gather(-1, tokens[:, 1:, None]).mean()


@exercise.mistake(hint="formula")
def round_the_end(model, tokens):
    """Your last target is the first token of the text: `roll` brings it round the end.
    Nothing follows the last token, so leave its prediction out."""
    return F.cross_entropy(model(tokens).transpose(1, 2), tokens.roll(-1, dims=1))


@exercise.mistake(hint="idea")
def backwards(model, tokens):
    """You predict each token from the one after it. Let the model read
    tokens[:, :-1] and predict tokens[:, 1:]."""
    return F.cross_entropy(model(tokens[:, 1:]).transpose(1, 2), tokens[:, :-1])


@exercise.mistake(hint="formula")
def too_large_a_number(model, tokens):
    """You divide the sum by the number of tokens, B (T + 1). There are B T
    predictions: divide by that."""
    logits = model(tokens[:, :-1])
    total = F.cross_entropy(
        logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="sum"
    )
    return total / tokens.numel()
