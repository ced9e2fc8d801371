"""Chapter 07: the same mistakes in other words, and near misses."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from aigc_course.checks import registry
from aigc_course.checks.judge import judge
from aigc_course.metrics import closeness


def verdict_on(function):
    return judge(registry.get(f"07.{function.__name__}"), function)


def logs_a_mean():
    def log_density(x, centres, sigma):
        gaps = (x[:, None] - centres[None]).pow(2).sum(-1)
        weight = torch.exp(-0.5 * gaps / sigma**2)
        return torch.log(weight.mean(1) / (sigma * math.sqrt(math.tau)) ** x.shape[1])

    return log_density


def averages_logs():
    def log_density(x, centres, sigma):
        return Normal(centres, sigma).log_prob(x[:, None]).sum(-1).mean(1)

    return log_density


def forgets_the_mean():
    def log_density(x, centres, sigma):
        return Normal(centres, sigma).log_prob(x[:, None]).sum(-1).logsumexp(1)

    return log_density


def takes_log_of_nought():
    def inception_score(p):
        return torch.exp(torch.mean(torch.sum(p * torch.log(p / p.mean(0)), 1))).item()

    return inception_score


def looks_at_the_marginal_only():
    def inception_score(p):
        marginal = p.mean(0)
        return float(torch.distributions.Categorical(marginal).entropy().exp())

    return inception_score


def means_of_exponentials():
    def inception_score(p):
        q = p.mean(0)
        kl = torch.nn.functional.kl_div(q.log().expand_as(p), p, reduction="none")
        return kl.sum(1).exp().mean().item()

    return inception_score


def takes_the_first():
    def fool_inception(p):
        read = p.argmax(1).tolist()
        few = [read.index(c) for c in range(10)] * 10
        best = int(torch.bincount(p[p.max(1).values > 0.99].argmax(1)).argmax())
        return few, p[:, best].topk(20).indices

    return fool_inception


def repeats_nothing():
    def fool_inception(p):
        return p.argmax(0), p[:, 3].topk(20).indices

    return fool_inception


def compares_deviations():
    def frechet(mu, S, nu, T):
        a, b = torch.diag(S).sqrt(), torch.diag(T).sqrt()
        return ((mu - nu) ** 2).sum() + ((a - b) ** 2).sum()

    return frechet


def adds_roots_apart():
    def frechet(mu, S, nu, T):
        def half(M):
            w, v = torch.linalg.eigh(M)
            return v @ torch.diag(w.clamp(min=0).sqrt()) @ v.T

        return (mu - nu).square().sum() + torch.linalg.matrix_norm(
            half(S) - half(T)
        ).square()

    return frechet


def standardises_columns():
    def fool_fid(real, start):
        z = (start - start.mean(0)) / start.std(0)
        hollow = z * real.std(0) + real.mean(0)
        return hollow, real[real[:, 0].argsort()[: len(real) // 4]]

    return fool_fid


def fits_over_n():
    def infinity(sizes, values):
        return float(np.polyfit(sizes, values, 1)[1])

    return infinity


def draws_through_the_ends():
    def infinity(sizes, values):
        small, large = min(sizes), max(sizes)
        a, b = (values[sizes.index(n)] for n in (small, large))
        slope = (a - b) / (1 / small - 1 / large)
        return b - slope / large

    return infinity


def keeps_the_diagonal():
    def mmd2(a, b):
        def k(x, y):
            return torch.pow(torch.einsum("id,jd->ij", x, y) / x.shape[1] + 1, 3)

        return k(a, a).mean() + k(b, b).mean() - 2 * k(a, b).mean()

    return mmd2


def uses_the_median_trick():
    def mmd2(a, b):
        def k(x, y):
            return torch.exp(-torch.cdist(x, y).square())

        n, m = len(a), len(b)
        return (
            (k(a, a).sum() - n) / (n * n - n)
            + (k(b, b).sum() - m) / (m * m - m)
            - 2 * k(a, b).mean()
        )

    return mmd2


def counts_itself():
    def precision_recall(real, fake, k):
        def r(x):
            return torch.cdist(x, x).sort(dim=1).values[:, k - 1]

        gaps = torch.cdist(real, fake)
        inside = gaps <= r(real)[:, None], gaps <= r(fake)[None]
        return inside[0].any(0).float().mean(), inside[1].any(1).float().mean()

    return precision_recall


def names_them_wrongly():
    def precision_recall(real, fake, k):
        gaps = torch.cdist(real, fake)
        r = [torch.cdist(x, x).sort(dim=1).values[:, k] for x in (real, fake)]
        recall = (gaps <= r[1]).any(1).double().mean().item()
        return recall, (gaps <= r[0][:, None]).any(0).double().mean().item()

    return precision_recall


def shifts_pixels():
    def fool_copies(train, unseen):
        return train.clone(), unseen[closeness(unseen, train).argsort()[:3]]

    return fool_copies


def accuses_the_guilty():
    def fool_copies(train, unseen):
        return torch.roll(train, (1, 1), dims=(2, 3)), train[:3]

    return fool_copies


def takes_labels_for_rows():
    def fool_inception(p):
        return p.argmax(1)[:100], registry.get("07.fool_inception").reference(p)[1]

    return fool_inception


def averages_over_classes():
    def inception_score(p):
        q = p.mean(1, keepdim=True)
        return float((torch.xlogy(p, p) - torch.xlogy(p, q)).sum(1).mean().exp())

    return inception_score


def ignores_absent_classes():
    def inception_score(p):
        marginal = p.mean(0).log().expand_as(p)
        each = torch.nn.functional.kl_div(marginal, p, reduction="none")
        return float(each.sum(1).mean().exp())

    return inception_score


def multiplies_in_the_wrong_order():
    def fool_fid(real, start):
        low, high = (torch.linalg.cholesky(torch.cov(x.T)) for x in (start, real))
        hollow = (low.inverse() @ high @ (start - start.mean(0)).T).T + real.mean(0)
        return hollow, registry.get("07.fool_fid").reference(real, start)[1]

    return fool_fid


def draws_whitened_noise():
    def fool_fid(real, start):
        noise = torch.randn_like(start)  # right moments, and nothing of start
        noise = noise - noise.mean(0)
        low = torch.linalg.cholesky(torch.cov(noise.T))
        white = torch.linalg.solve(low, noise.T)
        hollow = (torch.linalg.cholesky(torch.cov(real.T)) @ white).T + real.mean(0)
        return hollow, real[real[:, 0].argsort()[: len(real) // 4]]

    return fool_fid


def takes_twenty():
    def fool_fid(real, start):
        hollow, genuine = registry.get("07.fool_fid").reference(real, start)
        return hollow, genuine[:20]

    return fool_fid


def moves_points_a_little():
    def fool_recall(fresh, k):
        far, genuine = registry.get("07.fool_recall").reference(fresh, k)
        return far, genuine + 1e-3

    return fool_recall


def takes_half():
    def fool_copies(train, unseen):
        stolen, accused = registry.get("07.fool_copies").reference(train, unseen)
        return stolen[::2], accused

    return fool_copies


def blurs_a_lot():
    def fool_copies(train, unseen):
        soft = torch.nn.functional.avg_pool2d(train.float(), 9, 1, 4).byte()
        return soft.roll(1, 3), unseen[closeness(unseen, train).argsort()[:3]]

    return fool_copies


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (logs_a_mean, "out_of_the_logarithm"),
        (averages_logs, "mean_of_logarithms"),
        (forgets_the_mean, "sum_of_windows"),
        (takes_log_of_nought, "nought_times_infinity"),
        (looks_at_the_marginal_only, "varied_alone"),
        (compares_deviations, "variances_alone"),
        (adds_roots_apart, "distance_of_roots"),
        (standardises_columns, "scaled_by_coordinate"),
        (repeats_nothing, "ten_once"),
        (takes_the_first, "first_of_each"),
        (takes_labels_for_rows, "labels_for_rows"),
        (averages_over_classes, "sure_alone"),
        (multiplies_in_the_wrong_order, "factors_exchanged"),
        (draws_whitened_noise, "fresh_gaussian"),
        (takes_twenty, "too_few"),
        (moves_points_a_little, "jittered"),
        (takes_half, "a_part"),
        (fits_over_n, "line_over_n"),
        (draws_through_the_ends, "two_points"),
        (keeps_the_diagonal, "own_pairs_counted"),
        (counts_itself, "own_neighbour"),
        (names_them_wrongly, "changed_places"),
        (accuses_the_guilty, "taken_from_training"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


@pytest.mark.parametrize(
    ("make", "rule", "said"),
    [
        (blurs_a_lot, "stolen_is_recognised", "of yours"),
        (ignores_absent_classes, "worst", "yours is NaN for sure rows of one class"),
        (shifts_pixels, "stolen_passes", "of yours 100% do"),
    ],
)
def test_a_near_miss_is_told_its_figures(make, rule, said):
    verdict = verdict_on(make())
    assert verdict.violated == rule, verdict
    assert said in verdict.message


@pytest.mark.parametrize("make", [means_of_exponentials, uses_the_median_trick])
def test_other_definitions_do_not_pass(make):
    assert verdict_on(make()).failed


def test_infinite_points_are_no_answer():
    def fool_recall(fresh, k):
        far, genuine = registry.get("07.fool_recall").reference(fresh, k)
        far[0] = math.inf
        return far, genuine

    assert "finite numbers" in verdict_on(fool_recall).message


def test_a_blank_page_is_no_stolen_picture():
    def fool_copies(train, unseen):
        _, accused = registry.get("07.fool_copies").reference(train, unseen)
        return torch.zeros_like(train), accused

    assert verdict_on(fool_copies).failed


def test_masks_and_floats_are_no_row_numbers():
    def fool_inception(p):
        few, alike = registry.get("07.fool_inception").reference(p)
        return few + 0.5, alike

    assert "whole numbers" in verdict_on(fool_inception).message


def test_a_window_in_single_and_in_double_precision_is_right():
    def log_density(x, centres, sigma):
        wide = x.double(), centres.double()
        logs = Normal(wide[1], sigma).log_prob(wide[0][:, None]).sum(-1)
        return (logs.logsumexp(1) - math.log(len(centres))).to(x.dtype)

    assert verdict_on(log_density).passed


def test_the_leaning_ring_is_the_one_that_is_told():
    def fool_fid(real, start):  # right only where real has no covariance
        hollow = (start - start.mean(0)) / start.std(0) * real.std(0) + real.mean(0)
        return hollow + 1e-3, registry.get("07.fool_fid").reference(real, start)[1]

    rule = {one.name: one for one in registry.get("07.fool_fid").checks}
    said = str(rule["hollow_has_no_distance"].holds(fool_fid))
    share = float(said.split("reaches ")[1].split()[0])
    assert share > 1e-3, said
