"""Chapter 14: wrong labels, copies, amounts of data, weights."""

import math
from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F

from tests.answers import right, wrong

# flipped


@right("14.flipped")
def with_where(labels, rows, steps, classes):
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    chosen[rows] = True
    shift = torch.zeros_like(labels)
    shift[rows] = steps
    return torch.where(chosen, (labels + shift) % classes, labels)


@right("14.flipped")
def subtract_when_past(labels, rows, steps, classes):
    new = labels[rows] + steps
    new = torch.where(new >= classes, new - classes, new)
    return labels.index_copy(0, rows, new)


@right("14.flipped")
def in_numpy(labels, rows, steps, classes):
    out = labels.numpy().copy()
    out[rows.numpy()] = (out[rows.numpy()] + steps.numpy()) % classes
    return out


@right("14.flipped")
def as_a_list(labels, rows, steps, classes):
    out = labels.tolist()
    for r, s in zip(rows, steps, strict=True):
        out[int(r)] = (out[int(r)] + int(s)) % classes
    return torch.LongTensor(out)


@right("14.flipped")
def through_fmod(labels, rows, steps, classes):
    moved = labels.detach().clone()
    moved.index_put_((rows,), torch.fmod(labels.index_select(0, rows) + steps, classes))
    return moved


@wrong("14.flipped")
def clamps_at_the_end(labels, rows, steps, classes):
    out = labels.clone()
    out[rows] = (labels[rows] + steps).clamp(max=classes - 1)
    return out


@wrong("14.flipped")
def only_the_new_labels(labels, rows, steps, classes):
    return (labels[rows] + steps) % classes


@wrong("14.flipped")
def steps_in_the_order_of_rows_of_the_set(labels, rows, steps, classes):
    out = labels.clone()
    out[rows.sort().values] = (labels[rows.sort().values] + steps) % classes
    return out


@wrong("14.flipped")
def walks_backwards(labels, rows, steps, classes):
    out = labels.clone()
    out[rows] = (labels[rows] - steps) % classes
    return out


@wrong("14.flipped")
def modulo_nine(labels, rows, steps, classes):
    out = labels.clone()
    out[rows] = (labels[rows] + steps) % (classes - 1)
    return out


@wrong("14.flipped")
def a_view_is_no_copy(labels, rows, steps, classes):
    out = labels.view(-1)
    out[rows] = (out[rows] + steps) % classes
    return out


# learnt


@right("14.learnt")
def with_einsum(T, prior):
    joint = torch.einsum("i,ij->ij", prior, T)
    return joint / torch.einsum("i,ij->j", prior, T)


@right("14.learnt")
def as_numpy(T, prior):
    joint = T.numpy() * prior.numpy().reshape(-1, 1)
    return joint / joint.sum(axis=0, keepdims=True)


@right("14.learnt")
def with_normalize(T, prior):
    return F.normalize(T * prior.unsqueeze(1), p=1, dim=0)


@right("14.learnt")
def with_softmax_of_logs(T, prior):
    return (T.log() + prior.log()[:, None]).softmax(dim=0)


@right("14.learnt")
def with_loops(T, prior):
    C = len(prior)
    out = torch.zeros(C, C, dtype=T.dtype)
    for j in range(C):
        total = sum(prior[k] * T[k, j] for k in range(C))
        for i in range(C):
            out[i, j] = prior[i] * T[i, j] / total
    return out


@wrong("14.learnt")
def divides_the_joint_by_its_rows(T, prior):
    joint = prior[:, None] * T
    return joint / joint.sum(1, keepdim=True)


@wrong("14.learnt")
def prior_of_the_label(T, prior):
    joint = T * prior  # broadcasts over columns
    return joint / joint.sum(0)


@wrong("14.learnt")
def prior_over_columns_and_rows(T, prior):
    joint = T * prior
    return joint / joint.sum(1, keepdim=True)


@wrong("14.learnt")
def divides_by_the_whole(T, prior):
    joint = prior[:, None] * T
    return joint / joint.sum()


@wrong("14.learnt")
def inverts_the_table(T, prior):
    return torch.linalg.inv(T) * prior[:, None]


@wrong("14.learnt")
def the_transpose_of_the_table(T, prior):
    return T.T / T.T.sum(0)


# power_law


@right("14.power_law")
def with_polyfit(n, e):
    slope, intercept = np.polyfit(np.log(n), np.log(e), 1)
    return np.exp(intercept), -slope


@right("14.power_law")
def with_base_ten(n, e):
    slope, at_one = np.polyfit(np.log10(n.numpy()), np.log10(e.numpy()), 1)
    return 10**at_one, -slope


@right("14.power_law")
def with_covariance(n, e):
    x, y = torch.log(n.double()), torch.log(e.double())
    both = torch.cov(torch.stack([x, y]))
    b = -both[0, 1] / both[0, 0]
    return torch.exp(y.mean() + b * x.mean()), b


@right("14.power_law")
def with_scipy(n, e):
    from scipy.stats import linregress

    line = linregress(n.double().log().numpy(), e.double().log().numpy())
    return math.exp(line.intercept), -line.slope


@right("14.power_law")
def as_an_array(n, e):
    A = np.vstack([np.ones(len(n)), -np.log(n.numpy())]).T
    log_a, b = np.linalg.lstsq(A, np.log(e.numpy()), rcond=None)[0]
    return np.array([np.exp(log_a), b])


@wrong("14.power_law")
def through_the_ends(n, e):
    b = -(e[-1].log() - e[0].log()) / (n[-1].log() - n[0].log())
    return float(e[0] * n[0] ** b), float(b)


@wrong("14.power_law")
def b_then_a(n, e):
    slope, intercept = np.polyfit(np.log(n.numpy()), np.log(e.numpy()), 1)
    return float(-slope), float(np.exp(intercept))


@wrong("14.power_law")
def ten_undone_by_e(n, e):
    slope, at_one = np.polyfit(np.log10(n.numpy()), np.log10(e.numpy()), 1)
    return float(np.exp(at_one)), float(-slope)


@wrong("14.power_law")
def x_on_y(n, e):
    slope, intercept = np.polyfit(np.log(e.numpy()), np.log(n.numpy()), 1)
    return float(np.exp(intercept)), float(-slope)


@wrong("14.power_law")
def log_of_n_alone(n, e):
    slope, intercept = np.polyfit(np.log(n.numpy()), e.numpy(), 1)
    return float(intercept), float(-slope)


@wrong("14.power_law")
def through_the_origin(n, e):
    x, y = n.double().log(), e.double().log()
    return 1.0, float(-(x * y).sum() / (x * x).sum())


# first_ones


@right("14.first_ones")
def with_index(keys):
    return [keys.index(key) == i for i, key in enumerate(keys)]


@right("14.first_ones")
def with_a_reversed_dictionary(keys):
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    return [first[key] == i for i, key in enumerate(keys)]


@right("14.first_ones")
def with_numpy_unique(keys):
    keep = np.zeros(len(keys), dtype=bool)
    if len(keys):
        keep[np.unique(np.array(keys, dtype=object), return_index=True)[1]] = True
    return keep.tolist()


@right("14.first_ones")
def with_set_add(keys):
    seen = set()
    return [not (key in seen or seen.add(key)) for key in keys]


@right("14.first_ones")
def with_counter(keys):
    times, out = Counter(), []
    for key in keys:
        times[key] += 1
        out.append(times[key] == 1)
    return tuple(out)


@wrong("14.first_ones")
def the_kept_keys(keys):
    return list(dict.fromkeys(keys))


@wrong("14.first_ones")
def the_rows_kept(keys):
    seen = {}
    for i, key in enumerate(keys):
        seen.setdefault(key, i)
    return sorted(seen.values())


@wrong("14.first_ones")
def adds_before_it_asks(keys):
    seen, keep = set(), []
    for key in keys:
        seen.add(key)
        keep.append(key not in seen)
    return keep


@wrong("14.first_ones")
def how_many_kinds(keys):
    return len(set(keys))


@wrong("14.first_ones")
def sorted_first(keys):
    keys = sorted(keys)
    return [i == 0 or keys[i] != keys[i - 1] for i in range(len(keys))]


@wrong("14.first_ones")
def where_a_copy_is(keys):
    return [key in keys[:i] for i, key in enumerate(keys)]


# thresholds


@right("14.thresholds")
def with_a_dictionary(p, labels):
    bars = {j: p[labels == j][:, j].mean() for j in labels.unique().tolist()}
    return torch.stack([bars[j] for j in range(p.shape[1])])


@right("14.thresholds")
def in_numpy_by_class(p, labels):
    p, y = p.numpy(), labels.numpy()
    return np.array([p[y == j, j].mean() for j in range(p.shape[1])])


@right("14.thresholds")
def with_masks(p, labels):
    mask = labels[:, None] == torch.arange(p.shape[1])
    return (p * mask).sum(dim=0) / mask.sum(dim=0)


@right("14.thresholds")
def with_scatter_reduce(p, labels):
    own = p[torch.arange(len(p)), labels]
    empty = torch.zeros(p.shape[1], dtype=p.dtype)
    return empty.scatter_reduce(0, labels, own, "mean", include_self=False)


@right("14.thresholds")
def with_a_list_of_numbers(p, labels):
    sums, counts = [0.0] * p.shape[1], [0] * p.shape[1]
    for row, y in zip(p.tolist(), labels.tolist(), strict=True):
        sums[y] += row[y]
        counts[y] += 1
    return torch.tensor([s / c for s, c in zip(sums, counts, strict=True)])


@wrong("14.thresholds")
def zeros_in_the_mean(p, labels):
    mask = labels[:, None] == torch.arange(p.shape[1])
    return (p * mask).mean(dim=0)


@wrong("14.thresholds")
def of_the_winner(p, labels):
    return torch.stack([p[labels == j].max(1).values.mean() for j in range(p.shape[1])])


@wrong("14.thresholds")
def the_whole_rows(p, labels):
    return torch.stack([p[labels == j].mean() for j in range(p.shape[1])])


@wrong("14.thresholds")
def the_median(p, labels):
    return torch.stack([p[labels == j, j].median() for j in range(p.shape[1])])


@wrong("14.thresholds")
def the_least(p, labels):
    return torch.stack([p[labels == j, j].min() for j in range(p.shape[1])])


@wrong("14.thresholds")
def rows_of_means(p, labels):
    return torch.stack([p[labels == j].mean(0) for j in range(p.shape[1])])


# confident_counts


@right("14.confident_counts")
def with_masked_fill(p, labels, t):
    best = p.masked_fill(p < t, -math.inf).max(1)
    C = torch.zeros(len(t), len(t), dtype=torch.int64)
    sure = best.values > -math.inf
    C.index_put_((labels[sure], best.indices[sure]), torch.tensor(1), accumulate=True)
    return C


@right("14.confident_counts")
def in_plain_python(p, labels, t):
    C = [[0] * len(t) for _ in t]
    for row, y in zip(p.tolist(), labels.tolist(), strict=True):
        clear = [k for k in range(len(t)) if row[k] >= t[k]]
        if clear:
            C[y][max(clear, key=lambda k, row=row: row[k])] += 1
    return torch.tensor(C)


@right("14.confident_counts")
def with_numpy_add_at(p, labels, t):
    p, y, t = p.numpy(), labels.numpy(), t.numpy()
    above = np.where(p >= t, p, 0.0)
    C = np.zeros((len(t), len(t)), dtype=np.int64)
    sure = above.max(1) > 0
    np.add.at(C, (y[sure], above.argmax(1)[sure]), 1)
    return C


@right("14.confident_counts")
def with_sklearn(p, labels, t):
    from sklearn.metrics import confusion_matrix

    sure = (p >= t).any(1)
    guess = torch.where(p >= t, p, -1.0).argmax(1)
    names = list(range(len(t)))
    return torch.from_numpy(confusion_matrix(labels[sure], guess[sure], labels=names))


@right("14.confident_counts")
def as_counts_in_float(p, labels, t):
    C = torch.zeros(len(t), len(t))
    for row, y in zip(p, labels, strict=True):
        over = (row >= t).nonzero().flatten()
        if len(over):
            C[y, over[row[over].argmax()]] += 1
    return C.long()


@wrong("14.confident_counts")
def by_the_margin(p, labels, t):
    sure = (p >= t).any(1)
    best = (p - t).argmax(1)
    c = len(t)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@wrong("14.confident_counts")
def by_the_ratio(p, labels, t):
    sure = (p >= t).any(1)
    best = (p / t).argmax(1)
    c = len(t)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@wrong("14.confident_counts")
def zero_where_none_clears(p, labels, t):
    best = torch.where(p >= t, p, 0.0).argmax(1)  # 0 for a row without any
    c = len(t)
    return torch.bincount(c * labels + best, minlength=c * c).view(c, c)


@wrong("14.confident_counts")
def the_bar_of_the_label(p, labels, t):
    own = p >= t[labels][:, None]
    sure = own.any(1)
    best = torch.where(own, p, -1.0).argmax(1)
    c = len(t)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@wrong("14.confident_counts")
def assigned_and_not_added(p, labels, t):
    sure = (p >= t).any(1)
    best = torch.where(p >= t, p, -1.0).argmax(1)
    C = torch.zeros(len(t), len(t), dtype=torch.long)
    C[labels[sure], best[sure]] += 1  # repeated pairs count once
    return C


@wrong("14.confident_counts")
def columns_are_labels(p, labels, t):
    C = torch.zeros(len(t), len(t), dtype=torch.long)
    for row, y in zip(p, labels, strict=True):
        over = (row >= t).nonzero().flatten()
        if len(over):
            C[over[row[over].argmax()], y] += 1
    return C


# scores


@right("14.scores")
def with_sklearn_scores(found, wrong):
    from sklearn.metrics import precision_score, recall_score

    return recall_score(wrong, found), precision_score(wrong, found)


@right("14.scores")
def with_counts_of_each_kind(found, wrong):
    hits = torch.logical_and(found, wrong).sum()
    missed = torch.logical_and(~found, wrong).sum()
    alarms = torch.logical_and(found, ~wrong).sum()
    return hits / (hits + missed), hits / (hits + alarms)


@right("14.scores")
def in_numpy_bools(found, wrong):
    f, w = found.numpy(), wrong.numpy()
    return (f & w).sum() / w.sum(), (f & w).sum() / f.sum()


@right("14.scores")
def by_multiplying(found, wrong):
    f, w = found.float(), wrong.float()
    return (f @ w / w.sum()).item(), (f @ w / f.sum()).item()


@right("14.scores")
def a_list_of_two(found, wrong):
    pairs = list(zip(found.tolist(), wrong.tolist(), strict=True))
    hits = sum(a and b for a, b in pairs)
    return [hits / sum(b for _, b in pairs), hits / sum(a for a, _ in pairs)]


@wrong("14.scores")
def union_in_the_end(found, wrong):
    both = float((found & wrong).sum())
    return both / float(wrong.sum()), both / float((found | wrong).sum())


@wrong("14.scores")
def counts_only(found, wrong):
    return float((found & wrong).sum()), float(found.sum())


@wrong("14.scores")
def either_counts(found, wrong):
    both = float((found | wrong).sum())
    return both / float(wrong.sum()), both / float(found.sum())


@wrong("14.scores")
def of_the_sound_ones(found, wrong):
    alarms = float((found & ~wrong).sum())
    return alarms / float((~wrong).sum()), alarms / float(found.sum())


@wrong("14.scores")
def whole_division(found, wrong):
    both = int((found & wrong).sum())
    return both // int(wrong.sum()), both // int(found.sum())


@wrong("14.scores")
def f_score(found, wrong):
    both = float((found & wrong).sum())
    r, p = both / float(wrong.sum()), both / float(found.sum())
    return 2 * r * p / (r + p)


# even_weights


@right("14.even_weights")
def with_unique(labels, classes):
    values, back, counts = labels.unique(return_inverse=True, return_counts=True)
    return (len(labels) / (classes * counts.double()))[back]


@right("14.even_weights")
def with_sklearn_weights(labels, classes):
    from sklearn.utils.class_weight import compute_sample_weight

    return compute_sample_weight("balanced", labels.numpy())


@right("14.even_weights")
def one_by_one(labels, classes):
    times = Counter(labels.tolist())
    n = len(labels)
    return torch.tensor(
        [n / (classes * times[y]) for y in labels.tolist()], dtype=torch.float64
    )


@right("14.even_weights")
def with_one_hot(labels, classes):
    marks = F.one_hot(labels, classes).double()
    return marks @ (1 / (classes * marks.mean(0)))


@right("14.even_weights")
def in_numpy_counts(labels, classes):
    y = labels.numpy()
    w = len(y) / (classes * np.bincount(y, minlength=classes))
    return w[y]


@wrong("14.even_weights")
def sums_to_one(labels, classes):
    w = 1 / torch.bincount(labels, minlength=classes)[labels].double()
    return w / w.sum()


@wrong("14.even_weights")
def one_minus_the_share(labels, classes):
    share = torch.bincount(labels, minlength=classes) / len(labels)
    return (1 - share)[labels].double()


@wrong("14.even_weights")
def without_the_classes(labels, classes):
    counts = torch.bincount(labels, minlength=classes)
    return (len(labels) / counts)[labels].double()


@wrong("14.even_weights")
def by_the_most_frequent(labels, classes):
    counts = torch.bincount(labels, minlength=classes).double()
    return (counts.max() / counts)[labels]


@wrong("14.even_weights")
def log_of_the_share(labels, classes):
    share = torch.bincount(labels, minlength=classes).double() / len(labels)
    return -share.log()[labels]


@wrong("14.even_weights")
def all_alike(labels, classes):
    return torch.ones(len(labels), dtype=torch.float64)


# 14.strangeness


@right("14.strangeness")
def by_scikit_learn(features, k):
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=k).fit(features.numpy())
    return torch.from_numpy(found.kneighbors()[0][:, -1])  # without itself


@right("14.strangeness")
def one_more_neighbour(features, k):
    return torch.cdist(features, features).topk(k + 1, largest=False).values[:, k]


@right("14.strangeness")
def by_numpy_partition(features, k):
    X = features.double().numpy()
    gaps = np.linalg.norm(X[:, None] - X[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    return np.partition(gaps, k - 1, axis=1)[:, k - 1]


@right("14.strangeness")
def by_a_tree(features, k):
    from scipy.spatial import cKDTree

    X = features.numpy()
    return cKDTree(X).query(X, k=k + 1)[0][:, k]


@right("14.strangeness")
def off_the_diagonal(features, k):
    n = len(features)
    others = ~torch.eye(n, dtype=torch.bool)
    gaps = (features[:, None] - features).norm(dim=-1)[others].view(n, n - 1)
    return gaps.sort(1)[0][:, k - 1]


@wrong("14.strangeness")
def own_zero_included(features, k):
    gaps = torch.cdist(features, features)
    return gaps.sort(dim=1).values[:, k - 1]


@wrong("14.strangeness")
def average_distance(features, k):
    gaps = torch.cdist(features, features) + torch.diag(
        torch.full((len(features),), torch.inf)
    )
    return gaps.sort(1).values[:, :k].mean(1)


@wrong("14.strangeness")
def squares_left(features, k):
    gaps = (features[:, None] - features).square().sum(-1)
    return gaps.fill_diagonal_(torch.inf).kthvalue(k).values


@wrong("14.strangeness")
def distance_to_the_centre(features, k):
    return torch.cdist(features, features.mean(0, keepdim=True))[:, 0]


@wrong("14.strangeness")
def which_neighbour(features, k):
    gaps = torch.cdist(features, features).fill_diagonal_(torch.inf)
    return gaps.argsort(1)[:, k - 1]


@wrong("14.strangeness")
def by_angle(features, k):
    unit = features / features.norm(dim=1, keepdim=True)
    gaps = (1 - unit @ unit.T).fill_diagonal_(torch.inf)
    return gaps.kthvalue(k, dim=1).values


# 14.variance_left


@right("14.variance_left")
def as_a_fraction(n, generations):
    return ((n - 1) / n) ** generations


@right("14.variance_left")
def recursively(n, generations):
    if generations == 0:
        return 1.0
    return variance_left_after(n, generations - 1) * (n - 1) / n


def variance_left_after(n, generations):
    return 1.0 if not generations else recursively(n, generations)


@right("14.variance_left")
def by_numpy_power(n, generations):
    return np.power(1 - 1 / n, generations)


@right("14.variance_left")
def as_a_tensor(n, generations):
    return torch.tensor((n - 1) / n, dtype=torch.float64) ** generations


@right("14.variance_left")
def exact_then_rounded(n, generations):
    from fractions import Fraction

    return float(Fraction(n - 1, n) ** generations)


@wrong("14.variance_left")
def loses_the_same_amount(n, generations):
    return 1 - generations * (1 / n)


@wrong("14.variance_left")
def nothing_is_lost(n, generations):
    return 1.0


@wrong("14.variance_left")
def decays_like_e(n, generations):
    return float(np.exp(-generations / n))


@wrong("14.variance_left")
def of_the_deviation(n, generations):
    return ((n - 1) / n) ** (generations / 2)


@wrong("14.variance_left")
def grows_by_correction(n, generations):
    return (n / (n - 1)) ** generations


@wrong("14.variance_left")
def only_the_first_counts(n, generations):
    return 1 - 1 / n if generations else 1.0


# found by a second reader


@wrong("14.confident_counts")
def the_first_class_that_clears(p, labels, t):
    sure = (p >= t).any(1)
    cell = labels[sure] * len(t) + (p >= t).int().argmax(1)[sure]
    return torch.bincount(cell, minlength=len(t) ** 2).reshape(len(t), len(t))


@wrong("14.first_ones")
def told_by_their_beginnings(keys):
    seen, keep = set(), []
    for key in keys:
        keep.append(key[:4] not in seen)
        seen.add(key[:4])
    return keep
