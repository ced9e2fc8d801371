"""Exercise on the length of a message."""

import math

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.code_length",
    order=30,
    title="What a message costs",
    difficulty=2,
    minutes=8,
    idea="A symbol that was expected with probability p costs -log2 p bits, whatever"
    " the others were expected with. The costs of a message add.",
    formula="bits = -sum_i log2 p_i(s_i).",
    line="Return `-p.gather(1, symbols[:, None]).log2().sum()`.",
    variation="Round every probability down to a power of a half, as a code with whole"
    " bits must. Compute what that costs on average.",
    asks="formula",
)


@exercise.answer
def code_length(symbols: Tensor, p: Tensor) -> Tensor:
    """Bits of symbols, int64 [n], expected with probabilities p [n, K]: a scalar.

    Shannon 1948, section 9.
    """
    expected = p[torch.arange(len(symbols)), symbols]  # [n]
    return -expected.log2().sum()


@exercise.inputs
def messages() -> list[tuple[Tensor, Tensor]]:
    short = torch.softmax(2 * torch.randn(7, 4), 1)
    long = torch.softmax(torch.randn(300, 5), 1)  # a product of 300 underflows
    return [
        (torch.randint(0, 4, (7,)), short),
        (torch.randint(0, 5, (300,)), long),
    ]


@exercise.must_hold
def fair_coins(f) -> bool:
    """Ten symbols of probability 1/2 take ten bits."""
    found = f(torch.tensor([0, 1] * 5), torch.full((10, 2), 0.5))
    return same(found, torch.tensor(10.0))


@exercise.must_hold
def foreseen(f) -> bool:
    """What was certain costs nothing."""
    return same(f(torch.tensor([2, 2]), torch.eye(3)[[2, 2]]), torch.tensor(0.0))


@exercise.must_hold
def messages_add(f) -> bool:
    """Two messages, one after the other, cost what both cost alone."""
    (s, p) = messages()[0]
    return same(f(s, p), f(s[:3], p[:3]) + f(s[3:], p[3:]))


@exercise.mistake(hint="formula")
def in_nats(symbols: Tensor, p: Tensor) -> Tensor:
    """These are nats: bits take the logarithm to base 2."""
    return code_length(symbols, p) * math.log(2)


@exercise.mistake(hint="formula")
def mean_of_symbols(symbols: Tensor, p: Tensor) -> Tensor:
    """You return bits per symbol. Asked is the length of the whole message, a sum."""
    return code_length(symbols, p) / len(symbols)


@exercise.mistake(hint="idea")
def entropy(symbols: Tensor, p: Tensor) -> Tensor:
    """This is the entropy of p, the length that you expect before the message comes.
    Asked is the length of this message: the sum over its own symbols."""
    return torch.special.entr(p).sum() / math.log(2)


@exercise.mistake(hint="idea")
def whole_bits(symbols: Tensor, p: Tensor) -> Tensor:
    """You round each symbol up to whole bits, as Huffman's code must. An arithmetic
    coder keeps the fractions: round nothing."""
    return (-p.gather(1, symbols[:, None]).log2()).ceil().sum()


@exercise.mistake(hint="formula")
def wrong_sign(symbols: Tensor, p: Tensor) -> Tensor:
    """The sign is missing: logarithms of probabilities are negative, lengths are
    not."""
    return -code_length(symbols, p)


@exercise.mistake(hint="formula")
def through_the_product(symbols: Tensor, p: Tensor) -> Tensor:
    """Right on paper. But the product of hundreds of probabilities is 0 to the
    computer, and its logarithm infinite: add logarithms."""
    return -p.gather(1, symbols[:, None]).prod().log2()


@exercise.mistake(hint="idea")
def likeliest(symbols: Tensor, p: Tensor) -> Tensor:
    """You charge for the likeliest symbol at each place. Charge for the one that is in
    the message."""
    return -p.max(1).values.log2().sum()


@exercise.mistake(hint="line")
def softmax_of_probabilities(symbols: Tensor, p: Tensor) -> Tensor:
    """`cross_entropy` takes logits and applies a softmax first; you hand it
    probabilities. Hand over `p.log()`, or take `nll_loss` of it."""
    nats = torch.nn.functional.cross_entropy(p, symbols, reduction="sum")
    return nats / math.log(2)


@exercise.mistake(hint="line")
def probabilities_added(symbols: Tensor, p: Tensor) -> Tensor:
    """You add the probabilities themselves; `nll_loss` takes their logarithms and
    computes none. The length is the sum of -log2 p."""
    return -p.gather(1, symbols[:, None]).sum() / math.log(2)


@exercise.mistake(hint="formula")
def decimal_digits(symbols: Tensor, p: Tensor) -> Tensor:
    """You take logarithms to base 10, which count decimal digits. Bits take base 2."""
    return code_length(symbols, p) * math.log10(2)


@exercise.mistake(hint="formula")
def multiplied_by_log_two(symbols: Tensor, p: Tensor) -> Tensor:
    """You multiply by log 2. Nats become bits by dividing by log 2."""
    return code_length(symbols, p) * math.log(2) ** 2


@exercise.mistake(hint="line")
def one_for_each_symbol(symbols: Tensor, p: Tensor) -> Tensor:
    """You return the cost of each symbol. The length of the message is their sum."""
    return -p.gather(1, symbols[:, None])[:, 0].log2()


@exercise.mistake(hint="line")
def every_row_for_every_symbol(symbols: Tensor, p: Tensor) -> Tensor:
    """`p[:, symbols]` takes the column of each symbol from all rows. Each symbol has
    its own row: `p[torch.arange(n), symbols]`."""
    return -p[:, symbols].log2().sum()


@exercise.mistake(hint="idea")
def weighted_by_probability(symbols: Tensor, p: Tensor) -> Tensor:
    """You weight each cost by its probability, as an entropy does. The symbols have
    come already, so each counts once."""
    q = p.gather(1, symbols[:, None])
    return -(q * q.log2()).sum()
