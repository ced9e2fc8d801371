"""04.added as other people answer it."""

from tests.answers import right, wrong


@right("04.added")
def counted_one_by_one(logits):
    return sum(a > 0 for a in logits.tolist()) / len(logits)


@wrong("04.added")
def number_not_share(logits):
    return (logits > 0).sum()
