"""Chapter 07's estimates, as people write them who have not seen the formula."""

import numpy as np
import torch

from tests.answers import right, wrong

# --- mmd2 ----------------------------------------------------------------------------


def cubic(x, y):
    return (x @ y.T / x.shape[1] + 1).pow(3)


@right("07.mmd2")
def by_upper_triangles(a, b):
    def pairs(x):
        first, second = torch.triu_indices(len(x), len(x), 1)
        return cubic(x, x)[first, second].mean()

    return pairs(a) + pairs(b) - 2 * cubic(a, b).mean()


@right("07.mmd2")
def by_rolling_the_set(a, b):
    """A sample and another of its set, for each distance in the list."""

    def pairs(x):
        others = (x.roll(s, dims=0) for s in range(1, len(x)))
        return torch.stack(
            [((x * y).sum(1) / x.shape[1] + 1) ** 3 for y in others]
        ).mean()

    return pairs(a) + pairs(b) - 2 * cubic(a, b).mean()


@wrong("07.mmd2")
def all_pairs_within(a, b):
    return cubic(a, a).mean() + cubic(b, b).mean() - 2 * cubic(a, b).mean()


@wrong("07.mmd2")
def same_rows_left_out_across(a, b):
    def off(k):
        n = min(k.shape)
        total = k.sum() - k.diagonal().sum()
        return total / (k.numel() - n)

    return off(cubic(a, a)) + off(cubic(b, b)) - 2 * off(cubic(a, b))


@wrong("07.mmd2")
def diagonal_gone_and_still_counted(a, b):
    def within(x):
        k = cubic(x, x)
        return (k.sum() - k.trace()) / len(x) ** 2

    return within(a) + within(b) - 2 * cubic(a, b).mean()


@wrong("07.mmd2")
def across_counted_once(a, b):
    def within(x):
        k = cubic(x, x)
        return (k.sum() - k.trace()) / (len(x) * (len(x) - 1))

    return within(a) + within(b) - cubic(a, b).mean()


# --- precision_recall ----------------------------------------------------------------


@right("07.precision_recall")
def by_sorting_in_numpy(real, fake, k):
    r, f = real.double().numpy(), fake.double().numpy()

    def gaps(x, y):
        return np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))

    r_radius, f_radius = np.sort(gaps(r, r))[:, k], np.sort(gaps(f, f))[:, k]
    between = gaps(r, f)
    precise = (between <= r_radius[:, None] + 1e-12).any(0)
    recalled = (between <= f_radius[None] + 1e-12).any(1)
    return precise.mean(), recalled.mean()


@wrong("07.precision_recall")
def roles_exchanged(real, fake, k):
    def inside(x, y):
        radius = torch.cdist(y, y).kthvalue(k + 1).values
        return float((torch.cdist(x, y) <= radius).any(1).double().mean())

    return inside(real, fake), inside(fake, real)


@wrong("07.precision_recall")
def its_own_first_neighbour(real, fake, k):
    def inside(x, y):
        radius = torch.cdist(y, y).kthvalue(k).values
        return float((torch.cdist(x, y) <= radius).any(1).double().mean())

    return inside(fake, real), inside(real, fake)


@wrong("07.precision_recall")
def in_the_ball_of_the_nearest(real, fake, k):
    """Only the ball of the nearest centre is asked."""

    def inside(x, y):
        radius = torch.cdist(y, y).kthvalue(k + 1).values
        gap, at = torch.cdist(x, y).min(1)
        return float((gap <= radius[at]).double().mean())

    return inside(fake, real), inside(real, fake)


@wrong("07.precision_recall")
def one_family_of_balls(real, fake, k):
    radius = torch.cdist(real, real).kthvalue(k + 1).values
    inside = torch.cdist(real, fake) <= radius[:, None]
    return float(inside.any(0).double().mean()), float(inside.any(1).double().mean())
