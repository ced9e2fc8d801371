"""Chapter 15: the same mistakes in other words, and near misses."""

import pytest
import torch

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"15.{function.__name__}"), function)


def fits_the_hole_too():
    def inversion_loss(picture, x, hidden, z, weight):
        fit = torch.nn.functional.mse_loss(picture, x, reduction="none")
        return fit.flatten(1).mean(dim=1) + weight * z.pow(2).mean(dim=1)

    return inversion_loss


def divides_by_everything():
    def inversion_loss(picture, x, hidden, z, weight):
        fit = torch.einsum("nchw,hw->n", (picture - x) ** 2, (~hidden).float())
        return fit / hidden.numel() + weight * z.pow(2).mean(dim=1)

    return inversion_loss


def forgets_the_latents():
    def inversion_loss(picture, x, hidden, z, weight):
        fit = ((picture - x) ** 2).masked_fill(hidden, 0).sum((1, 2, 3))
        return fit / (~hidden).sum()

    return inversion_loss


def looks_where_nothing_is_known():
    def inversion_loss(picture, x, hidden, z, weight):
        fit = torch.where(hidden, picture - x, 0.0).square().sum((1, 2, 3))
        return fit / hidden.sum() + weight * z.square().mean(1)

    return inversion_loss


def counts_the_diagonal():
    def agreement(read):
        one_hot = torch.nn.functional.one_hot(read, 10).double().mean(0)
        return one_hot.square().sum(1).mean()

    return agreement


def asks_the_first():
    def agreement(read):
        first, *rest = read
        return torch.stack([(first == other).double().mean() for other in rest]).mean()

    return agreement


def asks_for_unanimity():
    def agreement(read):
        kinds = torch.tensor([len(set(column)) for column in read.T.tolist()])
        return (kinds == 1).double().mean()

    return agreement


def hedges_always():
    def best_answer(answers, w, power):
        return torch.einsum("m,md->d", w, answers)

    return best_answer


def names_the_likeliest():
    def best_answer(answers, w, power):
        return answers[int(torch.topk(w, 1).indices)]

    return best_answer


def has_no_weights():
    def best_answer(answers, w, power):
        if power == 1:
            return answers.sort(0).values[(len(answers) - 1) // 2]
        return answers.sum(0) / len(answers)

    return best_answer


def goes_one_way():
    def cycle_loss(there, back, a, b):
        return torch.nn.functional.l1_loss(back(there(a)), a)

    return cycle_loss


def takes_squares():
    def cycle_loss(there, back, a, b):
        mse = torch.nn.functional.mse_loss
        return mse(back(there(a)), a) + mse(there(back(b)), b)

    return cycle_loss


def stays_away():
    def cycle_loss(there, back, a, b):
        l1 = torch.nn.functional.l1_loss
        return l1(there(a), a) + l1(back(b), b)

    return cycle_loss


def takes_off_means():
    def gram(F):
        return torch.stack([torch.cov(f.flatten(1), correction=0) for f in F])

    return gram


def never_divides():
    def gram(F):
        return torch.einsum("nihw,njhw->nij", F, F)

    return gram


def compares_places():
    def gram(F):
        flat = F.flatten(2)
        return torch.einsum("ncp,ncq->npq", flat, flat) / flat.shape[-1]

    return gram


def moves_means():
    def adain(x, y):
        return x + y.mean((2, 3), keepdim=True) - x.mean((2, 3), keepdim=True)

    return adain


def normalises_the_batch():
    def adain(x, y):
        plain = torch.nn.functional.batch_norm(x, None, None, training=True, eps=1e-6)
        var, mean = torch.var_mean(y, (0, 2, 3), correction=0, keepdim=True)
        return plain * (var + 1e-6).sqrt() + mean

    return adain


def dresses_the_style():
    def adain(content, style):
        var, mean = torch.var_mean(content, (2, 3), correction=0, keepdim=True)
        plain = torch.nn.functional.instance_norm(style, eps=1e-6)
        return plain * (var + 1e-6).sqrt() + mean

    return adain


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (fits_the_hole_too, "all_pixels"),
        (divides_by_everything, "over_all_places"),
        (forgets_the_latents, "no_prior"),
        (looks_where_nothing_is_known, "the_hole_alone"),
        (counts_the_diagonal, "with_itself"),
        (asks_the_first, "with_the_first"),
        (asks_for_unanimity, "all_alike"),
        (hedges_always, "always_the_mean"),
        (names_the_likeliest, "the_likeliest"),
        (has_no_weights, "weights_forgotten"),
        (goes_one_way, "one_way"),
        (takes_squares, "squares"),
        (stays_away, "without_the_return"),
        (takes_off_means, "centred"),
        (never_divides, "a_sum"),
        (compares_places, "places_by_places"),
        (moves_means, "only_the_mean"),
        (normalises_the_batch, "over_the_batch"),
        (dresses_the_style, "roles_exchanged"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_gram_matrix_by_the_package_passes():
    from aigc_course.apps import transfer

    def gram(F):
        return transfer.gram(F)

    def adain(x, y):
        return transfer.adain(x, y)

    assert verdict_on(gram).passed and verdict_on(adain).passed


def test_the_sample_spread_is_not_the_spread_over_places():
    def adain(x, y):
        unit = (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True)
        return unit * y.std((2, 3), keepdim=True) + y.mean((2, 3), keepdim=True)

    assert verdict_on(adain).failed


def test_a_cycle_that_is_weighed_twice_is_noticed():
    def cycle_loss(there, back, a, b):
        l1 = torch.nn.functional.l1_loss
        return 10 * (l1(back(there(a)), a) + l1(there(back(b)), b))

    assert verdict_on(cycle_loss).failed


def test_agreement_as_a_tensor_is_right():
    def agreement(read):
        pairs = torch.combinations(torch.arange(len(read)))
        return (read[pairs[:, 0]] == read[pairs[:, 1]]).float().mean()

    assert verdict_on(agreement).passed
