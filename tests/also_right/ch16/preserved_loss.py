"""Other right answers to 16.preserved_loss."""

from tests.also_right import also_right


@also_right
def with_sums(errors, old, weight):
    new = ~old
    total = (errors * new).sum() / new.sum()
    return total + weight * (errors * old).sum() / max(int(old.sum()), 1)


@also_right
def in_a_loop(errors, old, weight):
    groups = {False: [], True: []}
    for error, is_old in zip(errors, old.tolist(), strict=True):
        groups[is_old].append(error)
    loss = sum(groups[False]) / len(groups[False])
    if groups[True]:
        loss = loss + weight * sum(groups[True]) / len(groups[True])
    return loss
