"""Answers to the exercises of chapter 07, as different people write them."""

import math

import numpy as np
import torch
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import entropy, linregress, norm
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import KernelDensity, NearestNeighbors
from torch.distributions import Categorical, MultivariateNormal
from torch.nn import functional as F

from aigc_course import metrics
from tests.answers import right, wrong

# 07.log_density


@right("07.log_density")
def density_by_scikit_learn(x, centres, sigma):
    windows = KernelDensity(bandwidth=float(sigma)).fit(centres.numpy())
    return torch.from_numpy(windows.score_samples(x.numpy()))


@right("07.log_density")
def density_by_scipy(x, centres, sigma):
    each = norm.logpdf(x.numpy()[:, None], centres.numpy()[None], float(sigma)).sum(-1)
    return torch.as_tensor(logsumexp(each, axis=1, b=1 / len(centres)))


@right("07.log_density")
def density_by_expanding_the_square(x, centres, sigma):
    x, c = x.double(), centres.double()
    squared = (x**2).sum(1)[:, None] + (c**2).sum(1) - 2 * x @ c.T
    terms = -squared.clamp(min=0) / (2 * sigma**2)
    largest = terms.max(1, keepdim=True).values
    total = largest[:, 0] + (terms - largest).exp().sum(1).log()
    return total - math.log(c.shape[0]) - c.shape[1] * math.log(sigma * math.tau**0.5)


@right("07.log_density")
def density_row_by_row(x, centres, sigma):
    n, dim = centres.shape
    found = []
    for row in x:
        exponent = -((row - centres) ** 2).sum(1) / (2 * sigma**2)
        found.append(exponent.logsumexp(0))
    scale = 0.5 * dim * math.log(2 * math.pi * sigma**2)
    return torch.stack(found) - scale - math.log(n)


@right("07.log_density")
def density_by_a_mixture(x, centres, sigma):
    n, dim = centres.shape
    parts = MultivariateNormal(centres.double(), sigma**2 * torch.eye(dim).double())
    mixture = torch.distributions.MixtureSameFamily(
        Categorical(torch.ones(n).double()), parts
    )
    return mixture.log_prob(x.double())


@wrong("07.log_density")
def density_with_variance_for_spread(x, centres, sigma):
    windows = torch.distributions.Normal(centres, sigma**0.5)
    each = windows.log_prob(x[:, None]).sum(-1)
    return torch.logsumexp(each, 1) - math.log(len(centres))


@wrong("07.log_density")
def density_with_one_dimension_of_norm(x, centres, sigma):
    squared = torch.cdist(x, centres) ** 2
    kernel = torch.logsumexp(-squared / (2 * sigma**2), dim=1)
    return kernel - math.log(len(centres)) - 0.5 * math.log(2 * math.pi * sigma**2)


@wrong("07.log_density")
def density_of_distances_not_squared(x, centres, sigma):
    gaps = torch.cdist(x, centres)
    norm_ = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    together = torch.logsumexp(-gaps / (2 * sigma**2), dim=1)
    return together - math.log(len(centres)) - norm_


@wrong("07.log_density")
def density_of_the_nearest_centre(x, centres, sigma):
    nearest = torch.cdist(x, centres).min(1).values ** 2
    norm_ = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    return -nearest / (2 * sigma**2) - norm_ - math.log(len(centres))


@wrong("07.log_density")
def density_summed_over_the_wrong_axis(x, centres, sigma):
    squared = torch.cdist(x, centres).pow(2)
    norm_ = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    together = torch.logsumexp(-squared / (2 * sigma**2), dim=0)
    return together - math.log(len(centres)) - norm_


# 07.inception_score


@right("07.inception_score")
def score_by_scipy(p):
    p = p.numpy()
    return np.exp(np.mean(entropy(p, p.mean(axis=0)[None], axis=1)))


@right("07.inception_score")
def score_by_kl_div(p):
    marginal = p.mean(0, keepdim=True)
    seen = marginal > 0  # a class that never occurs would give nan
    p, marginal = p[:, seen[0]], marginal[seen]
    each = F.kl_div(marginal.log().expand_as(p), p, reduction="none").sum(1)
    return torch.exp(each.mean())


@right("07.inception_score")
def score_by_loops(p):
    rows = p.tolist()
    n, k = len(rows), len(rows[0])
    mean = [sum(row[c] for row in rows) / n for c in range(k)]
    total = 0.0
    for row in rows:
        for value, expected in zip(row, mean, strict=True):
            if value > 0:
                total += value * math.log(value / expected)
    return math.exp(total / n)


@right("07.inception_score")
def score_by_torch_distributions(p):
    given, together = Categorical(probs=p), Categorical(probs=p.mean(0).expand_as(p))
    terms = torch.where(p > 0, p * (given.probs.log() - together.probs.log()), 0.0)
    return terms.sum(-1).mean().exp().item()


@right("07.inception_score")
def score_in_bits(p):
    def bits(q):
        return torch.special.entr(q).sum(-1) / math.log(2)

    return 2 ** (bits(p.mean(0)) - bits(p).mean())


@wrong("07.inception_score")
def score_as_published_with_a_constant(p):
    each = p * (torch.log(p + 1e-3) - torch.log(p.mean(0, keepdim=True) + 1e-3))
    return float(each.sum(1).mean().exp())


@wrong("07.inception_score")
def score_with_kl_the_other_way(p):
    q, p = p.mean(0, keepdim=True).expand_as(p), p.clamp(min=1e-12)
    return float(torch.exp((q * (q.clamp(min=1e-12) / p).log()).sum(1).mean()))


@wrong("07.inception_score")
def score_mean_over_classes_too(p):
    q = p.mean(0)
    terms = torch.xlogy(p, p) - torch.xlogy(p, q)
    return float(terms.mean().exp())


@wrong("07.inception_score")
def score_without_exp(p):
    def h(q):
        return -torch.xlogy(q, q).sum(-1)

    return float(h(p.mean(0)) - h(p).mean())


@wrong("07.inception_score")
def score_with_mean_of_rows(p):
    q = p.mean(1, keepdim=True)
    return float((torch.xlogy(p, p) - torch.xlogy(p, q)).sum(1).mean().exp())


# 07.fool_inception


def surest(p):
    return [int(p[:, c].argmax()) for c in range(p.shape[1])]


@right("07.fool_inception")
def fool_with_lists(p):
    few = surest(p) * 10
    best = max(range(10), key=lambda c: p[:, c].topk(20).values.mean())
    order = sorted(range(len(p)), key=lambda i: -float(p[i, best]))
    return few, order[:20]


@right("07.fool_inception")
def fool_with_numpy(p):
    p = p.numpy()
    few = np.tile(p.argmax(axis=0), 10)
    best = np.sort(p, axis=0)[-30:].mean(0).argmax()
    return few, np.argsort(-p[:, best])[:30]


@right("07.fool_inception")
def fool_by_entropy(p):
    sure = -torch.special.entr(p).sum(1)
    seen = p.argmax(1)
    few = []
    for c in range(10):
        rows = (seen == c).nonzero()[:, 0]
        few.append(rows[sure[rows].argmax()])
    ones = (seen == 1).nonzero()[:, 0]
    return torch.stack(few).repeat_interleave(10), ones[sure[ones].topk(20).indices]


@right("07.fool_inception")
def fool_with_topk(p):
    few = p.topk(1, dim=0).indices.flatten().repeat(10)
    alike = min(
        (p[:, c].topk(20).indices for c in range(10)),
        key=lambda rows: metrics.inception_score(p[rows]),
    )
    return few, alike


@right("07.fool_inception")
def fool_with_more_than_twenty(p):
    few = torch.tensor(surest(p)).tile(10)
    scores = {c: p[:, c].sort(descending=True) for c in range(10)}
    best = max(scores, key=lambda c: float(scores[c].values[24]))
    return few, scores[best].indices[:25]


@wrong("07.fool_inception")
def fool_with_hundred_surest(p):
    few = p.max(1).values.topk(100).indices
    return few, p[:, 1].topk(20).indices


@wrong("07.fool_inception")
def fool_with_one_class_repeated(p):
    best = p.max(1).values.argmax()
    return best.repeat(100), p[:, 1].topk(20).indices


@wrong("07.fool_inception")
def fool_with_probabilities(p):
    return p[surest(p)].repeat(10, 1), p[p[:, 1].topk(20).indices]


@wrong("07.fool_inception")
def fool_alike_is_one_image(p):
    return surest(p) * 10, [int(p[:, 1].argmax())] * 20


@wrong("07.fool_inception")
def fool_alike_is_unsure(p):
    doubtful = p.max(1).values.topk(20, largest=False).indices
    return torch.tensor(surest(p)).repeat(10), doubtful


# 07.frechet


@right("07.frechet")
def frechet_by_scipy_as_pytorch_fid(mu, S, nu, T):
    gap = (mu - nu).double().numpy()
    root = sqrtm(S.double().numpy() @ T.double().numpy())
    root = np.real(root)
    return gap @ gap + np.trace(S.numpy()) + np.trace(T.numpy()) - 2 * np.trace(root)


@right("07.frechet")
def frechet_by_eigvals_of_the_product(mu, S, nu, T):
    # S T has the eigenvalues of S^1/2 T S^1/2
    eigenvalues = torch.linalg.eigvals(S.double() @ T.double()).real.clamp(min=0)
    bures = torch.trace(S) + torch.trace(T) - 2 * eigenvalues.sqrt().sum()
    return torch.dot(mu - nu, mu - nu) + bures


@right("07.frechet")
def frechet_by_singular_values(mu, S, nu, T):
    def root(m):
        u, s, _ = torch.linalg.svd(m.double())
        return u * s.sqrt() @ u.mT

    cross = torch.linalg.svdvals(root(T) @ root(S)).sum()
    return F.mse_loss(mu, nu, reduction="sum") + (S + T).trace() - 2 * cross


@right("07.frechet")
def frechet_by_einsum(mu, S, nu, T):
    w, v = np.linalg.eigh(S.numpy())
    half = np.einsum("ik,k,jk->ij", v, np.sqrt(np.maximum(w, 0)), v)
    inner = np.linalg.eigvalsh(half @ T.numpy() @ half)
    cross = np.sqrt(np.maximum(inner, 0)).sum()
    return float(((mu - nu) ** 2).sum()) + np.trace((S + T).numpy()) - 2 * cross


@right("07.frechet")
def frechet_by_nuclear_norm(mu, S, nu, T):
    def factor(m):
        w, v = torch.linalg.eigh(m.double())
        return v * w.clamp(min=0).sqrt()

    nuclear = torch.linalg.matrix_norm(factor(S).T @ factor(T), ord="nuc")
    moved = torch.linalg.vector_norm(mu - nu) ** 2
    return moved + S.diagonal().sum() + T.diagonal().sum() - 2 * nuclear


@wrong("07.frechet")
def frechet_root_of_entries(mu, S, nu, T):
    cross = (S @ T).clamp(min=0).sqrt()
    return (mu - nu).square().sum() + torch.trace(S + T - 2 * cross)


@wrong("07.frechet")
def frechet_distance_of_means_not_squared(mu, S, nu, T):
    cross = torch.linalg.eigvals(S @ T).real.clamp(min=0).sqrt().sum()
    return torch.norm(mu - nu) + S.trace() + T.trace() - 2 * cross


@wrong("07.frechet")
def frechet_forgets_the_two(mu, S, nu, T):
    cross = torch.linalg.eigvals(S @ T).real.clamp(min=0).sqrt().sum()
    return (mu - nu).pow(2).sum() + S.trace() + T.trace() - cross


@wrong("07.frechet")
def frechet_takes_the_root(mu, S, nu, T):
    cross = torch.linalg.eigvals(S @ T).real.clamp(min=0).sqrt().sum()
    squared = (mu - nu).pow(2).sum() + S.trace() + T.trace() - 2 * cross
    return squared.clamp(min=0).sqrt()


@wrong("07.frechet")
def frechet_root_of_the_trace(mu, S, nu, T):
    return (mu - nu).pow(2).sum() + S.trace() + T.trace() - 2 * (S @ T).trace().sqrt()


# 07.fool_fid


def one_side(real):
    return real[real[:, 1] > real[:, 1].quantile(0.7)]


@right("07.fool_fid")
def hollow_by_svd(real, start):
    def root(x, power):
        u, s, _ = torch.linalg.svd(torch.cov(x.T))
        return u @ torch.diag(s**power) @ u.T

    moved = (start - start.mean(0)) @ root(start, -0.5) @ root(real, 0.5)
    return moved + real.mean(0), one_side(real)


@right("07.fool_fid")
def hollow_by_the_best_map(real, start):
    # y = nu + A (x - mu) with the A of (7.12)
    def root(m):
        w, v = torch.linalg.eigh(m)
        return v @ w.sqrt().diag() @ v.T

    s, t = torch.cov(start.T), torch.cov(real.T)
    r = root(s)
    a = r.inverse() @ root(r @ t @ r) @ r.inverse()
    return real.mean(0) + (start - start.mean(0)) @ a.T, one_side(real)


@right("07.fool_fid")
def hollow_by_numpy(real, start):
    x, y = real.numpy(), start.numpy()
    lower = np.linalg.cholesky(np.cov(x, rowvar=False))
    inverse = np.linalg.inv(np.linalg.cholesky(np.cov(y, rowvar=False)))
    hollow = (y - y.mean(0)) @ (lower @ inverse).T + x.mean(0)
    far = np.argsort(x @ np.array([1.0, 0.4]))[: len(x) // 5]
    return torch.from_numpy(hollow), real[torch.from_numpy(far)]


@right("07.fool_fid")
def hollow_by_principal_axes(real, start):
    def axes(x):
        w, v = torch.linalg.eigh(torch.cov(x.T))
        return v * w.sqrt()

    white = (start - start.mean(0)) @ torch.linalg.pinv(axes(start)).T
    hollow = white @ axes(real).T + real.mean(0)
    centre = real.mean(0)
    corner = real[((real - centre) @ axes(real)[:, 1]).topk(len(real) // 6).indices]
    return hollow, corner


@right("07.fool_fid")
def hollow_by_qr(real, start):
    def triangle(x):
        return torch.linalg.qr(x - x.mean(0)).R / math.sqrt(len(x) - 1)

    white = torch.linalg.solve_triangular(
        triangle(start), start - start.mean(0), upper=True, left=False
    )
    return white @ triangle(real) + real.mean(0), one_side(real).clone()


@wrong("07.fool_fid")
def hollow_by_covariance_not_its_root(real, start):
    white = (start - start.mean(0)) @ torch.cov(start.T).inverse()
    return white @ torch.cov(real.T) + real.mean(0), one_side(real)


@wrong("07.fool_fid")
def hollow_without_the_mean(real, start):
    lower = torch.linalg.cholesky
    white = torch.linalg.solve(lower(torch.cov(start.T)), (start - start.mean(0)).T)
    return (lower(torch.cov(real.T)) @ white).T, one_side(real)


@wrong("07.fool_fid")
def hollow_maps_the_other_way(real, start):
    a = torch.linalg.cholesky(torch.cov(start.T))
    b = torch.linalg.cholesky(torch.cov(real.T))
    hollow = (start - start.mean(0)) @ (a @ b.inverse()).T
    return hollow + real.mean(0), one_side(real)


@wrong("07.fool_fid")
def genuine_is_too_small(real, start):
    lower = torch.linalg.cholesky
    white = torch.linalg.solve(lower(torch.cov(start.T)), (start - start.mean(0)).T)
    hollow = (lower(torch.cov(real.T)) @ white).T + real.mean(0)
    return hollow, real[real[:, 0].argsort()[:20]]


@wrong("07.fool_fid")
def hollow_is_a_fresh_gaussian(real, start):
    made = MultivariateNormal(real.mean(0), torch.cov(real.T)).sample((len(start),))
    return made, one_side(real)


# 07.infinity


@right("07.infinity")
def infinity_by_polyfit(sizes, values):
    return np.polyfit(1 / np.asarray(sizes, float), np.asarray(values, float), 1)[-1]


@right("07.infinity")
def infinity_by_linregress(sizes, values):
    return linregress([1 / n for n in sizes], list(values)).intercept


@right("07.infinity")
def infinity_by_lstsq(sizes, values):
    x = torch.tensor([[1 / n, 1.0] for n in sizes], dtype=torch.float64)
    y = torch.as_tensor(list(values), dtype=torch.float64)[:, None]
    return torch.linalg.lstsq(x, y).solution[1, 0]


@right("07.infinity")
def infinity_by_normal_equations(sizes, values):
    m = len(sizes)
    x = [1 / n for n in sizes]
    sx, sxx = sum(x), sum(v * v for v in x)
    sy, sxy = sum(values), sum(a * b for a, b in zip(x, values, strict=True))
    return (sxx * sy - sx * sxy) / (m * sxx - sx * sx)


@right("07.infinity")
def infinity_by_weights(sizes, values):
    x = np.reciprocal(np.array(sizes, dtype=np.float64))
    gap = x - x.mean()
    weights = 1 / len(x) - x.mean() * gap / np.sum(gap**2)
    return float(weights @ np.array(values, dtype=np.float64))


@wrong("07.infinity")
def infinity_of_the_largest(sizes, values):
    return float(values[int(np.argmax(sizes))])


@wrong("07.infinity")
def infinity_of_two_points(sizes, values):
    (a, b), (fa, fb) = sizes[-2:], values[-2:]
    return (b * fb - a * fa) / (b - a)


@wrong("07.infinity")
def infinity_returns_the_slope(sizes, values):
    return np.polyfit([1 / n for n in sizes], values, 1)[0]


@wrong("07.infinity")
def infinity_through_the_origin(sizes, values):
    x = 1 / torch.tensor(sizes, dtype=torch.float64)
    y = torch.tensor(values, dtype=torch.float64)
    slope = (x * y).sum() / (x * x).sum()
    return float((y - slope * x).mean())


@wrong("07.infinity")
def infinity_over_root_n(sizes, values):
    return float(np.polyfit(1 / np.sqrt(np.array(sizes, float)), values, 1)[1])


# 07.mmd2


@right("07.mmd2")
def mmd_by_scikit_learn(a, b):
    def k(x, y):
        return polynomial_kernel(x.numpy(), y.numpy(), degree=3, coef0=1)

    aa, bb, n, m = k(a, a), k(b, b), len(a), len(b)
    within = (aa.sum() - np.trace(aa)) / (n * (n - 1))
    other = (bb.sum() - np.trace(bb)) / (m * (m - 1))
    return within + other - 2 * k(a, b).mean()


@right("07.mmd2")
def mmd_by_masks(a, b):
    def k(x, y):
        return torch.pow(torch.einsum("id,jd->ij", x, y) / x.size(1) + 1, 3)

    def off(x):
        return k(x, x)[~torch.eye(len(x), dtype=torch.bool)].mean()

    return off(a) - 2 * k(a, b).mean() + off(b)


@right("07.mmd2")
def mmd_by_upper_triangles(a, b):
    d = a.shape[-1]

    def pairs(x):
        i, j = torch.triu_indices(len(x), len(x), offset=1)
        return ((x[i] * x[j]).sum(-1) / d + 1).pow(3).mean()

    cross = (a.unsqueeze(1) * b.unsqueeze(0)).sum(-1) / d + 1
    return pairs(a) + pairs(b) - 2 * cross.pow(3).mean()


@right("07.mmd2")
def mmd_by_loops(a, b):
    a, b = a.tolist(), b.tolist()

    def k(x, y):
        return (sum(u * v for u, v in zip(x, y, strict=True)) / len(x) + 1) ** 3

    def within(rows):
        n = len(rows)
        found = (k(rows[i], rows[j]) for i in range(n) for j in range(n) if i != j)
        return sum(found) / (n * (n - 1))

    cross = sum(k(x, y) for x in a for y in b) / (len(a) * len(b))
    return within(a) + within(b) - 2 * cross


@right("07.mmd2")
def mmd_by_one_matrix(a, b):
    n, m = len(a), len(b)
    both = torch.cat([a, b]).double()
    k = (both @ both.T / both.shape[1] + 1) ** 3
    k = k - torch.diag(torch.diag(k))
    return (
        k[:n, :n].sum() / (n * (n - 1))
        + k[n:, n:].sum() / (m * (m - 1))
        - 2 * k[:n, n:].mean()
    )


@wrong("07.mmd2")
def mmd_root(a, b):
    value = mmd_by_masks(a, b)
    return value.clamp(min=0).sqrt()


@wrong("07.mmd2")
def mmd_leaves_the_diagonal_of_the_cross_out(a, b):
    def k(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    n, m = len(a), len(b)
    cross = (k(a, b).sum() - k(a, b).diagonal().sum()) / (n * (m - 1))
    within = (k(a, a).sum() - k(a, a).trace()) / (n * (n - 1))
    return within + (k(b, b).sum() - k(b, b).trace()) / (m * (m - 1)) - 2 * cross


@wrong("07.mmd2")
def mmd_divides_by_n_squared(a, b):
    def within(x):
        k = (x @ x.T / x.shape[1] + 1) ** 3
        return (k.sum() - k.trace()) / len(x) ** 2

    cross = ((a @ b.T / a.shape[1] + 1) ** 3).mean()
    return within(a) + within(b) - 2 * cross


@wrong("07.mmd2")
def mmd_without_dividing_by_d(a, b):
    def k(x, y):
        return (x @ y.T + 1) ** 3

    def off(x):
        return (k(x, x).sum() - k(x, x).trace()) / (len(x) * (len(x) - 1))

    return off(a) + off(b) - 2 * k(a, b).mean()


@wrong("07.mmd2")
def mmd_with_a_gaussian_kernel(a, b):
    def k(x, y):
        return torch.exp(-torch.cdist(x, y).square() / (2 * x.shape[1]))

    def off(x):
        return (k(x, x).sum() - len(x)) / (len(x) * (len(x) - 1))

    return off(a) + off(b) - 2 * k(a, b).mean()


# 07.precision_recall


@right("07.precision_recall")
def shares_by_nearest_neighbours(real, fake, k):
    def radius(x):
        model = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(x)
        return model.kneighbors(x)[0][:, -1]

    real, fake = real.double().numpy(), fake.double().numpy()
    gaps = cdist(real, fake)
    inside_real = gaps <= radius(real)[:, None] * (1 + 1e-9)
    inside_fake = gaps <= radius(fake)[None] * (1 + 1e-9)
    return inside_real.any(0).mean(), inside_fake.any(1).mean()


@right("07.precision_recall")
def shares_by_topk(real, fake, k):
    def radius(x):
        return torch.cdist(x, x).topk(k + 1, largest=False).values[:, -1]

    near = torch.cdist(fake, real)
    precision = (near <= radius(real)).any(dim=1).float().mean().item()
    recall = (radius(fake) >= near.T).any(dim=1).float().mean().item()
    return precision, recall


@right("07.precision_recall")
def shares_by_infinite_diagonal(real, fake, k):
    def inside(points, of):
        own = torch.cdist(of.double(), of.double()).fill_diagonal_(torch.inf)
        radius = own.sort(dim=1).values[:, k - 1]
        return (torch.cdist(points.double(), of.double()) <= radius).any(1)

    return inside(fake, real).double().mean(), inside(real, fake).double().mean()


@right("07.precision_recall")
def shares_by_loops(real, fake, k):
    def distance(x, y):
        return float((x - y).double().norm())

    def share(points, of):
        radii = []
        for i, x in enumerate(of):
            others = sorted(distance(x, y) for j, y in enumerate(of) if j != i)
            radii.append(others[k - 1])
        hits = 0
        for y in points:
            near = (distance(x, y) <= r for x, r in zip(of, radii, strict=True))
            hits += any(near)
        return hits / len(points)

    return share(fake, real), share(real, fake)


@right("07.precision_recall")
def shares_by_squares_in_numpy(real, fake, k):
    def squares(x, y):
        return ((x[:, None] - y[None]) ** 2).sum(-1)

    r, f = real.numpy(), fake.numpy()
    limit_r = np.partition(squares(r, r), k, axis=1)[:, k]
    limit_f = np.partition(squares(f, f), k, axis=1)[:, k]
    cross = squares(r, f)
    precision = np.any(cross <= limit_r[:, None], axis=0).mean()
    return precision, np.any(cross <= limit_f, axis=1).mean()


@wrong("07.precision_recall")
def shares_with_the_points_own_set_counted(real, fake, k):
    def radius(x):
        return torch.cdist(x, x).kthvalue(k).values

    gaps = torch.cdist(real, fake)
    precision = (gaps <= radius(real)[:, None]).any(0).double().mean()
    return float(precision), float((gaps <= radius(fake)).any(1).double().mean())


@wrong("07.precision_recall")
def shares_recall_with_real_balls(real, fake, k):
    radii = torch.cdist(real, real).kthvalue(k + 1).values
    inside = torch.cdist(real, fake) <= radii[:, None]
    return float(inside.any(0).double().mean()), float(inside.any(1).double().mean())


@wrong("07.precision_recall")
def shares_with_open_balls(real, fake, k):
    def radius(x):
        return torch.cdist(x, x).kthvalue(k + 1).values

    gaps = torch.cdist(real, fake)
    precision = (gaps < radius(real)[:, None]).any(0).double().mean()
    return float(precision), float((gaps < radius(fake)).any(1).double().mean())


@wrong("07.precision_recall")
def shares_the_wrong_way_round(real, fake, k):
    precision, recall = shares_by_topk(real, fake, k)
    return recall, precision


@wrong("07.precision_recall")
def shares_with_the_farthest(real, fake, k):
    def radius(x):
        return torch.cdist(x, x).topk(k + 1).values[:, -1]

    gaps = torch.cdist(real, fake)
    precision = (gaps <= radius(real)[:, None]).any(0).double().mean()
    return float(precision), float((gaps <= radius(fake)).any(1).double().mean())


# 07.fool_recall


@right("07.fool_recall")
def far_by_two_clusters(fresh, k):
    n, d = fresh.shape
    centre = fresh.mean(0)
    reach = 100 * (fresh - centre).abs().max() + 1
    direction = torch.zeros(d, dtype=fresh.dtype)
    direction[-1] = 1
    signs = torch.ones(n, 1, dtype=fresh.dtype)
    signs[: k // 2 + 1] = -1
    far = centre + reach * signs * direction
    return far, fresh.repeat_interleave(k + 1, dim=0)


@right("07.fool_recall")
def far_by_a_wide_gaussian(fresh, k):
    n = len(fresh)
    scale = 1000 * (fresh - fresh.mean(0)).norm(dim=1).max()
    ends = torch.zeros_like(fresh)
    ends[:, 0] = torch.where(torch.arange(n) % n < k, scale, -scale)
    jitter = torch.randn_like(fresh)
    return fresh.mean(0) + ends + jitter, torch.cat([fresh] * (k + 2))


@right("07.fool_recall")
def far_by_numpy(fresh, k):
    x = fresh.numpy()
    centre, size = x.mean(axis=0), np.abs(x - x.mean(axis=0)).max()
    step = np.zeros_like(x)
    step[:, 0] = 30 * size * np.sqrt(x.shape[1])
    step[-k:, 0] *= -1
    far = torch.from_numpy(centre + step)
    return far.to(fresh.dtype), torch.from_numpy(np.repeat(x, 2 * k, axis=0))


@right("07.fool_recall")
def far_by_one_point_apart(fresh, k):
    # every point but k sits in one place; the k others on the opposite side
    centre = fresh.double().mean(0)
    reach = 50 * (fresh.double() - centre).norm(dim=1).max()
    unit = torch.ones(fresh.shape[1]).double() / math.sqrt(fresh.shape[1])
    rows = [-unit * reach if i < k else unit * reach for i in range(len(fresh))]
    return (centre + torch.stack(rows)).to(fresh.dtype), fresh.tile(k + 1, 1)


@right("07.fool_recall")
def far_by_shells(fresh, k):
    centre = fresh.mean(0)
    out = fresh - centre
    reach = out.norm(dim=1).max()
    away = torch.zeros_like(fresh)
    away[:, 0] = 20 * reach
    away[: k - 1 if k > 1 else 1, 0] = -20 * reach
    return centre + away + 0.01 * out, torch.cat((fresh, fresh.repeat(k, 1)))


@wrong("07.fool_recall")
def far_in_one_heap(fresh, k):
    return fresh + 1e4 * fresh.std(), fresh.repeat(k + 1, 1)


@wrong("07.fool_recall")
def genuine_repeats_too_little(fresh, k):
    away = torch.zeros_like(fresh)
    away[:, 0] = 100 * fresh.abs().max()
    away[:k] *= -1
    return fresh.mean(0) + away, fresh.repeat(k - 1, 1)


@wrong("07.fool_recall")
def genuine_is_one_point(fresh, k):
    away = torch.zeros_like(fresh)
    away[:, 0] = 100 * fresh.abs().max()
    away[:k] *= -1
    return fresh.mean(0) + away, fresh[:1].repeat(len(fresh), 1)


@wrong("07.fool_recall")
def far_is_wide_noise(fresh, k):
    return fresh.mean(0) + 10 * torch.randn_like(fresh), fresh.repeat(k + 1, 1)


@wrong("07.fool_recall")
def genuine_is_jittered(fresh, k):
    away = torch.zeros_like(fresh)
    away[:, 0] = 100 * fresh.abs().max()
    away[:k] *= -1
    copies = fresh.repeat(k + 1, 1)
    return fresh.mean(0) + away, copies + 1e-4 * torch.randn_like(copies)


# 07.fool_copies


def nearest(unseen, train, n=3):
    return unseen[metrics.closeness(unseen, train).argsort()[:n]]


@right("07.fool_copies")
def stolen_by_padding(train, unseen):
    moved = F.pad(train, (2, 0, 0, 0))[..., :28]
    return moved, nearest(unseen, train)


@right("07.fool_copies")
def stolen_upwards_by_two(train, unseen):
    limit = metrics.copies.calibrate(unseen, train, 0.01)
    below = metrics.closeness(unseen, train) < limit
    return train.roll(-2, dims=2), unseen[below]


@right("07.fool_copies")
def stolen_with_numpy(train, unseen):
    stolen = np.roll(train.numpy(), shift=(-1, 2), axis=(-2, -1))
    return torch.from_numpy(stolen), nearest(unseen, train, 4)


@right("07.fool_copies")
def stolen_one_by_one(train, unseen):
    stolen = torch.zeros_like(train)
    for i, image in enumerate(train):
        stolen[i, :, :, 2:] = image[:, :, :-2]
    order = sorted(
        range(len(unseen)), key=metrics.closeness(unseen, train).tolist().__getitem__
    )
    return stolen, unseen[order[:3]]


@right("07.fool_copies")
def stolen_inverted(train, unseen):
    return train.bitwise_not(), nearest(unseen, train, 3)


@wrong("07.fool_copies")
def stolen_flipped(train, unseen):
    return train.flip(3), nearest(unseen, train)


@wrong("07.fool_copies")
def stolen_brighter(train, unseen):
    return (train.float() * 0.9).byte(), nearest(unseen, train)


@wrong("07.fool_copies")
def stolen_as_floats(train, unseen):
    return torch.roll(train.float() / 255, (1, 1), (2, 3)), nearest(unseen, train)


@wrong("07.fool_copies")
def stolen_moved_too_far(train, unseen):
    return torch.roll(train, (6, 6), (2, 3)), nearest(unseen, train)


@wrong("07.fool_copies")
def stolen_is_a_part(train, unseen):
    return torch.roll(train[:100], (1, 1), (2, 3)), nearest(unseen, train)
