# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="07-title"
# # 07 · Measuring generated data
#
# "It looks good" is an opinion about the samples you happened to see. This chapter replaces
# it by numbers, derives each of them, and then does what one should do with every number
# before trusting it: tries to fool it. You will build samples that score well and are
# worthless, and faultless ones that score badly. At the end you measure your own eye.
#
# **You will be able to**
# - say why a GAN has no likelihood, and why a good one would not prove good pictures;
# - derive the Fréchet distance, name its bias and remove it;
# - tell missing quality from missing variety, and both from copying;
# - name for every metric a set that fools it, and read a report as a whole.
#
# **Time** about two and a half hours with the ten exercises. **Before this** chapters 01
# and 05; chapter 02 for the divergences.
#
# {{run card}}

# %% id="07-imports"
import math

import torch
from sklearn.cluster import MiniBatchKMeans
from torch.nn.functional import avg_pool2d

from aigc_course import checks, data, gan, metrics, plots, training, widgets

training.seed_everything(7)

# %% [markdown] id="07-sets-text"
# ## 1 · Six sets, one question
#
# Images are made to be looked at, but sets of images cannot be: nobody sees at a glance
# whether ten thousand digits have the right variety. The question of this chapter is about
# sets: *how far is the distribution these came from, $p_G$, from the one of the data, $p$?*
#
# Six sets will be asked throughout. Two of them are honest: real test digits, and what the
# generator that comes with the course draws. Four are not: training images handed in as new
# ones, training images blurred, ten images (one of each digit) repeated until there are
# enough, and noise. The test digits that are in no set are the data to compare with.


# %% id="07-sets-blur"
def blur(images, times=2):
    """Images in [-1, 1] with each pixel replaced by the mean of 3 x 3, `times` times."""
    for _ in range(times):
        images = avg_pool2d(images + 1, 3, stride=1, padding=1) - 1
    return images


# %% id="07-sets"
digits = data.default()
test = data.load(digits.name, "test")
n = 100 if training.fast_mode() else min(2000, len(test) // 2)
order = torch.randperm(len(test), generator=torch.Generator().manual_seed(7))
train_images = data.to_float(digits.images[:n])
first_of_each = [int((digits.labels == c).nonzero()[0]) for c in range(10)]
generator = gan.pretrained_generator()

# %% id="07-sets-make"
sets = {
    "test digits": data.to_float(test.images[order[:n]]),
    "generated": gan.sample(generator, n, torch.Generator().manual_seed(7)),
    "training copies": train_images,
    "blurred": blur(train_images),
    "ten, repeated": data.to_float(digits.images[first_of_each]).repeat(
        n // 10, 1, 1, 1
    ),
    "noise": 2 * torch.rand(n, 1, 28, 28) - 1,
}

# %% [markdown] id="07-sets-look-text"
# Expect to find fault with the last three rows at once, though with the fifth only because
# its ten images begin to repeat. What is wrong with the third no eye can see. (The
# generator learnt from MNIST. If the first line above says that your data are the smaller
# digits, it draws in a foreign hand, and its figures will say so.)

# %% id="07-sets-look"
plots.show(
    plots.labelled_rows({name: images[:16] for name, images in sets.items()}),
    "Six rows of sixteen images: three rows of sharp digits, one of blurred digits, one"
    " in which the digits 0 to 5 come again after ten images, one of grey noise.",
)

# %% [markdown] id="07-features-text"
# Pixels are a poor place to compare: a digit moved by one pixel is far away from itself.
# Nearly all metrics below compare **features** instead, the 128 numbers that a digit
# classifier computes before it decides. The literature takes a network trained on
# photographs, Inception, for this; digits deserve a reader of digits. The price is that no
# figure here may be put beside a figure from there.

# %% id="07-features"
real = metrics.features(test.images[order[n:]])
found = {name: metrics.features(images) for name, images in sets.items()}
print("reference:", list(real.shape), " each set:", list(found["generated"].shape))

# %% [markdown] id="07-likelihood-text"
# ## 2 · The likelihood, which a GAN does not have
#
# For a model with a density $q$ the classic score is the mean log-likelihood of held-out
# data, and it measures the very divergence of chapter 01:
#
# $$\mathbb E_{x \sim p}[\log q(x)] = -H(p) - \mathrm{KL}(p \,\|\, q). \tag{7.1}$$
#
# The entropy $H(p)$ does not depend on the model, so a higher likelihood is a smaller
# divergence, exactly. Why then not use it here? Because $q$ does not exist. $G$ maps 64
# numbers to 784, so all it can ever draw lies on a 64-dimensional sheet, and real digits do
# not. Give the sheet a thickness $\sigma$ to have a density at all, and look at a point at
# distance $\delta$ from it. For a flat sheet of $d$ dimensions in $D$
#
# $$\log q_\sigma(x) = -\frac{\delta^2}{2 \sigma^2} - (D - d) \log \sigma + O(1) \qquad (\sigma \to 0). \tag{7.2}$$
#
# As the sheet gets thin this falls below every bound for any $\delta > 0$, and grows above
# every bound for $\delta = 0$: the answer is about $\sigma$, which we made up, and not about
# the generator.
#
# What is done all the same is a **Parzen window**: put a small Gaussian on each of $n$
# samples $c_i$ and call their mean the density,
#
# $$q_\sigma(x) = \frac1n \sum_{i=1}^{n} \frac{1}{(2 \pi \sigma^2)^{D/2}} \exp\Bigl(-\frac{\lVert x - c_i \rVert^2}{2 \sigma^2}\Bigr). \tag{7.3}$$
#
# {{exercise 07.log_density}}
#
# Write $\log q_\sigma$ for many $x$ at once. In 784 dimensions every term of the sum is
# zero to the computer; `torch.logsumexp` adds without leaving the logarithm.


# %% id="07-ex-log-density" exercise="07.log_density"
def log_density(x, centres, sigma):
    """log q_sigma at x [m, D], for Gaussians on centres [n, D]: a tensor [m]."""
    ### BEGIN SOLUTION
    squared = torch.cdist(x, centres).square()  # [m, n]
    norm = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    together = torch.logsumexp(-squared / (2 * sigma**2), dim=1)
    return together - math.log(len(centres)) - norm
    ### END SOLUTION


# %% id="07-use-log-density"
log_density = checks.use("07.log_density", log_density)

# %% [markdown] id="07-parzen-text"
# Now let the windows stand on our sets and ask for the likelihood of real digits that none
# of them contains. If likelihood measured pictures, training images would come first. What
# do you expect of the blurred ones?

# %% id="07-parzen"
held_out = data.to_float(test.images[order[-250:]]).flatten(1).double()
for name in ("training copies", "generated", "blurred", "noise"):
    centres = sets[name].flatten(1).double()
    best = max(float(log_density(held_out, centres, s).mean()) for s in (0.3, 0.4, 0.5))
    print(f"{name:<16} best mean log-likelihood {best:8.0f} nats an image")

# %% [markdown] id="07-parzen-after"
# The blurred digits win over the sharp ones they were made from. A blurred digit is near
# the mean of its neighbours, and (7.3) pays for being near to many. Section 13 pushes this
# further.
#
# The reverse is as bad. Take a perfect model $p$ and let it draw noise from some $\nu$ 99
# times out of a hundred. With $\alpha = 0.01$
#
# $$\log\bigl(\alpha\, p(x) + (1 - \alpha)\, \nu(x)\bigr) \ge \log p(x) + \log \alpha, \tag{7.4}$$
#
# so it loses at most $\log 100 \approx 4.61$ nats an image, where models of images differ
# by hundreds. Nearly all of its samples are noise. Likelihood and the look of samples are
# two different questions (Theis et al. 2016), and a model may answer either alone.

# %% [markdown] id="07-score-text"
# ## 3 · A score that never looks at the data
#
# The **inception score** asks a classifier. For each sample it gives a distribution over
# classes $p(y \mid x)$; sharp ones mean that the sample can be read, and if all classes
# occur, their mean $p(y)$ is flat. The score rewards the difference:
#
# $$\mathrm{IS} = \exp \mathbb E_{x \sim p_G} \bigl[\mathrm{KL}(p(y \mid x) \,\|\, p(y))\bigr]. \tag{7.5}$$
#
# Written with entropies it is an information, the one that the sample gives about its class:
#
# $$\log \mathrm{IS} = H\bigl(p(y)\bigr) - \mathbb E_x\bigl[H(p(y \mid x))\bigr], \qquad 1 \le \mathrm{IS} \le k. \tag{7.6}$$
#
# {{exercise 07.inception_score}}
#
# Write it for a table of probabilities. Some entries are exactly 0, and $0 \log 0$ counts
# as 0.


# %% id="07-ex-inception-score" exercise="07.inception_score"
def inception_score(p):
    """The inception score of class probabilities p [n, k], between 1 and k."""

    ### BEGIN SOLUTION
    def entropy(q):
        return -torch.special.xlogy(q, q).sum(-1)

    return float((entropy(p.mean(0)) - entropy(p).mean()).exp())
    ### END SOLUTION


# %% id="07-use-inception-score"
inception_score = checks.use("07.inception_score", inception_score)

# %% id="07-score-sets"
for name, images in sets.items():
    print(f"{name:<16}{inception_score(metrics.probabilities(images)):6.2f}")

# %% [markdown] id="07-score-after"
# Real digits do not reach 10, because some are hard to read and the course's classifier is
# never quite sure. Ten images, repeated, score much like all of them, and the real digits
# have not entered (7.5) at all: that is the hole.
#
# {{exercise 07.fool_inception}}
#
# `p` holds the classifier's answers for real digits. Choose, as numbers of rows,
#
# - `few`: a hundred entries, at most ten different images, that score **higher than the
#   real digits themselves**;
# - `alike`: at least twenty *different* real digits, nothing wrong with any of them, that
#   score below 1.1.


# %% id="07-ex-fool-inception" exercise="07.fool_inception"
def fool_inception(p):
    """Rows of p [n, 10] as (few, alike): a worthless set with a high score, a real one
    with a low score."""
    ### BEGIN SOLUTION
    few = p.argmax(0).repeat(10)  # the surest image of each class
    seen_as = p.argmax(1)
    means = torch.stack([p[seen_as == c, c].mean() for c in range(10)])
    alike = p[:, means.argmax()].argsort(descending=True)[:20]
    return few, alike
    ### END SOLUTION


# %% id="07-use-fool-inception"
fool_inception = checks.use("07.fool_inception", fool_inception)

# %% id="07-fool-inception-scores"
p = metrics.probabilities(test.images)
few, alike = fool_inception(p)
for name, chosen in (("all", slice(None)), ("few", few), ("alike", alike)):
    print(f"{name:<6}{inception_score(p[chosen]):5.2f}")

# %% id="07-fool-inception-look"
plots.show(
    plots.labelled_rows(
        {"few": test.images[few][:20], "alike": test.images[alike][:20]}
    ),
    "Above, the set with the high score: the same ten digits again and again. Below, the"
    " set with the lowest score: different, faultless digits of one class.",
)

# %% [markdown] id="07-frechet-text"
# ## 4 · A distance between two Gaussians
#
# Compare with the data, then. Summarise the features of each set by a Gaussian, with means
# $\mu, \nu$ and covariances $S, T$, and ask how much the one must be moved to become the
# other. The squared **Fréchet distance** is the least mean square of the way, over all
# couplings, that is, all joint distributions of $x$ and $y$ with the given margins:
#
# $$d^2 = \inf_{(x, y)} \mathbb E\, \lVert x - y \rVert^2. \tag{7.7}$$
#
# Expand the square. Only one term depends on the coupling, through the cross-covariance
# $C = \mathbb E[(x - \mu)(y - \nu)^\top]$:
#
# $$\mathbb E\, \lVert x - y \rVert^2 = \lVert \mu - \nu \rVert^2 + \operatorname{tr}(S + T - 2 C). \tag{7.8}$$
#
# So make $\operatorname{tr} C$ large. It cannot be anything: the joint covariance
# $\bigl(\begin{smallmatrix} S & C \\ C^\top & T \end{smallmatrix}\bigr)$ has no negative
# eigenvalue, which says $C = S^{1/2} K\, T^{1/2}$ with a $K$ that stretches nothing. Then
# $\operatorname{tr} C = \operatorname{tr}(K\, T^{1/2} S^{1/2})$ is at most the sum of the
# singular values of $T^{1/2} S^{1/2}$:
#
# $$\max_C \operatorname{tr} C = \operatorname{tr}\bigl(S^{1/2}\, T\, S^{1/2}\bigr)^{1/2}. \tag{7.9}$$
#
# Put it into (7.8), and the **FID** of two sets of features stands there:
#
# $$d^2 = \lVert \mu - \nu \rVert^2 + \operatorname{tr}\Bigl(S + T - 2 \bigl(S^{1/2}\, T\, S^{1/2}\bigr)^{1/2}\Bigr). \tag{7.10}$$
#
# {{exercise 07.frechet}}
#
# Write (7.10). The matrix under the last root is symmetric, so its eigenvalues are real,
# and the trace of a root is the sum of the roots of the eigenvalues. Rounding can make a
# zero eigenvalue negative; clamp.


# %% id="07-ex-frechet" exercise="07.frechet"
def frechet(mu, S, nu, T):
    """Squared Frechet distance of two Gaussians: means [d], covariances [d, d]."""
    ### BEGIN SOLUTION
    w, v = torch.linalg.eigh(S)
    root = (v * w.clamp(min=0).sqrt()) @ v.T  # S^1/2
    eigenvalues = torch.linalg.eigvalsh(root @ T @ root).clamp(min=0)
    moved = (mu - nu).square().sum()
    return moved + S.trace() + T.trace() - 2 * eigenvalues.sqrt().sum()
    ### END SOLUTION


# %% id="07-use-frechet"
frechet = checks.use("07.frechet", frechet)

# %% [markdown] id="07-map-text"
# In one dimension (7.10) needs no matrices,
#
# $$d^2 = (\mu - \nu)^2 + (\sigma - \tau)^2, \tag{7.11}$$
#
# and the coupling that reaches the bound is a plain stretching. In more dimensions it is a
# linear map, and a symmetric one: the best way from $\mathcal N(\mu, S)$ to $\mathcal N(\nu, T)$ is
#
# $$y = \nu + A\,(x - \mu), \qquad A = S^{-1/2} \bigl(S^{1/2}\, T\, S^{1/2}\bigr)^{1/2} S^{-1/2}. \tag{7.12}$$
#
# Expect one smooth field of arrows, in which neighbours stay neighbours, and two numbers
# that nearly agree: the mean square of the arrows' lengths, and your formula.


# %% id="07-map-root"
def root(matrix):
    """The symmetric square root of a positive definite matrix."""
    w, v = torch.linalg.eigh(matrix)
    return (v * w.sqrt()) @ v.T


# %% id="07-map"
S = torch.tensor([[1.0, 0.6], [0.6, 0.5]])
T = torch.tensor([[0.4, -0.3], [-0.3, 0.9]])
mu, nu = torch.tensor([-1.5, 0.0]), torch.tensor([1.5, 0.5])
x = mu + torch.randn(2000, 2) @ root(S)
R = root(S)
A = R.inverse() @ root(R @ T @ R) @ R.inverse()
steps = nu + (x - mu) @ A - x
print(f"mean square of the way {steps.square().sum(1).mean():.3f}")
print(f"by (7.10)              {float(frechet(mu, S, nu, T)):.3f}")

# %% id="07-map-plot"
plots.show(
    plots.points(
        {"from": x[:200], "to": (x + steps)[:200]}, arrows=(x[:15], steps[:15])
    ),
    "A cloud that rises to the right is carried by arrows onto a cloud that falls to the"
    " right.",
)

# %% [markdown] id="07-fid-sets-text"
# Back to the digits. Expect the test digits close to 0, but not at it: they are other
# test digits than the reference, so the distance is what chance alone leaves. Copies and
# generated digits come next, and noise is far off.

# %% id="07-fid-sets"
for name, features in found.items():
    print(f"{name:<16}FID {metrics.fid(features, real):8.3f}")

# %% [markdown] id="07-fool-fid-text"
# FID sees a mean and a covariance. Whatever else there is to a distribution (its shape, its
# gaps, its modes) it does not see.
#
# {{exercise 07.fool_fid}}
#
# `real` are points on the ring of chapter 04, `start` is any cloud. Return
#
# - `hollow`: `start`, moved by a linear map and a shift, so that its FID to `real` is 0;
# - `genuine`: rows of `real` itself, at least a tenth of them, none twice, whose FID to
#   `real` is more than a quarter of the variance of `real`.


# %% id="07-ex-fool-fid" exercise="07.fool_fid"
def fool_fid(real, start):
    """(hollow, genuine) for real [n, 2] and start [m, 2]: false with FID 0, and true
    with a large FID."""

    ### BEGIN SOLUTION
    def lower(points):
        return torch.linalg.cholesky(torch.cov(points.T))

    white = torch.linalg.solve(lower(start), (start - start.mean(0)).T)
    hollow = (lower(real) @ white).T + real.mean(0)
    genuine = real[real[:, 0].argsort()[: len(real) // 4]]
    return hollow, genuine
    ### END SOLUTION


# %% id="07-use-fool-fid"
fool_fid = checks.use("07.fool_fid", fool_fid)

# %% id="07-fool-fid-scores"
ring = data.toy("ring", 1000).double()
hollow, genuine = fool_fid(ring, torch.rand(1000, 2).double())
panels = {}
for name, cloud in (("hollow", hollow), ("genuine", genuine)):
    modes = metrics.modes(cloud, data.toy_modes("ring"), data.toy_std("ring"))
    panels[f"{name}: FID {metrics.fid(cloud, ring):.3f}"] = {
        "data": ring,
        "shown to FID": cloud,
    }
    print(f"{name:<8} {modes}")

# %% id="07-fool-fid-look"
plots.show(
    plots.point_panels(panels),
    "Left, a filled square over the ring of eight dots, with FID 0; right, dots of the"
    " data themselves, from one side of the ring, with a large FID.",
)

# %% [markdown] id="07-grey-text"
# It happens with images too. Below, the same training digits three times: on a ground that
# is too bright by a twentieth of the range, which you may not even notice; with three tenths
# of their brightness gone; and blurred once. Guess the order of the three before you run.

# %% id="07-grey"
spoilt = {
    "too bright": (train_images + 0.1).clamp(-1, 1),
    "dimmed": (train_images + 1) * 0.7 - 1,
    "blurred once": blur(train_images, 1),
}
for name, images in spoilt.items():
    print(f"{name:<14}FID {metrics.fid(metrics.features(images), real):7.2f}")
plots.show(
    plots.labelled_rows({name: images[:16] for name, images in spoilt.items()}),
    "The same digits on a nearly black ground, dimmed, and slightly blurred.",
)

# %% [markdown] id="07-grey-after"
# A change that hardly matters to you can matter most to the features, because the network
# behind them never saw a ground that is not black. FID measures with that network's eyes.

# %% [markdown] id="07-bias-text"
# ## 5 · A bias that falls with n
#
# FID has a second weakness, and this one can be repaired. Its means and covariances are
# estimates from $n$ samples, and estimates miss. For the mean
#
# $$\mathbb E\, \lVert \hat\mu_n - \mu \rVert^2 = \frac{\operatorname{tr} S}{n}, \tag{7.13}$$
#
# which is added to the distance however good the samples are. The covariance adds more of
# the same kind, and all of it together falls with $1/n$ (Chong and Forsyth 2020):
#
# $$\mathbb E[\mathrm{FID}_n] = \mathrm{FID}_\infty + \frac{b}{n} + o\Bigl(\frac1n\Bigr). \tag{7.14}$$
#
# So FIDs at several $n$ lie on a line over $1/n$, and where the line meets $1/n = 0$ stands
# the FID of infinitely many samples.
#
# {{exercise 07.infinity}}
#
# Fit that line by least squares and return its value at $1/n = 0$.


# %% id="07-ex-infinity" exercise="07.infinity"
def infinity(sizes, values):
    """Where the least-squares line of values over 1/n meets 1/n = 0, as a number."""
    ### BEGIN SOLUTION
    x = 1 / torch.tensor(sizes, dtype=torch.float64)
    y = torch.tensor(values, dtype=torch.float64)
    gap = x - x.mean()
    slope = (gap * (y - y.mean())).sum() / gap.square().sum()
    return float(y.mean() - slope * x.mean())
    ### END SOLUTION


# %% id="07-use-infinity"
infinity = checks.use("07.infinity", infinity)

# %% [markdown] id="07-bias-line-text"
# Measure it for training digits and for generated ones. Expect two rising lines, the real
# digits below, and both much higher at the right end, where $n$ is a few hundred, than at
# the left.

# %% id="07-bias-line"
count = 400 if training.fast_mode() else min(5000, len(digits))
pools = {
    "training digits": metrics.features(digits.images[:count]),
    "generated": metrics.features(gan.sample(generator, count)),
}
lines = {}
for name, pool in pools.items():
    line = metrics.fid_infinity(pool, real)
    lines[name] = ([1 / size for size in line.sizes], line.values)
    ends = (0, 1 / line.sizes[0])
    lines[f"{name}, line"] = (ends, (line.value, line.at(line.sizes[0])))
    mine = infinity(line.sizes, line.values)
    print(
        f"{name:<16}FID of {count:,}: {line.values[-1]:.3f}   of infinity: {mine:.3f}"
    )

# %% id="07-bias-plot"
plots.show(
    plots.lines(lines, "1 / n", "FID (lower is better)"),
    "FID over 1/n: two rising rows of marks and the lines through them, which reach the"
    " left edge, 1/n = 0, below all marks; generated lies above training digits.",
)

# %% [markdown] id="07-bias-after"
# The value at infinity can come out a little below 0: it is an estimate, and the reference
# is a finite set as well. Three rules follow. Compare FIDs only at equal $n$. Never quote
# one without its $n$. And mind that the slope $b$ differs between generators, so that two
# of them can change places when $n$ does.

# %% [markdown] id="07-kid-text"
# ## 6 · A distance without that bias
#
# The **kernel distance** (KID) compares all pairs instead of two moments. With a kernel $k$
# the squared maximum mean discrepancy is
#
# $$\mathrm{MMD}^2 = \mathbb E[k(x, x')] + \mathbb E[k(y, y')] - 2\, \mathbb E[k(x, y)], \qquad k(x, y) = \Bigl(\frac{x^\top y}{d} + 1\Bigr)^3, \tag{7.15}$$
#
# where $x, x'$ are independent draws from the one distribution and $y, y'$ from the other.
# Replace each expectation by a mean over pairs, and leave out the pairs of a sample with
# itself, which are no independent draws:
#
# $$\widehat{\mathrm{MMD}}{}^2 = \frac{\sum_{i \ne j} k(x_i, x_j)}{n(n-1)} + \frac{\sum_{i \ne j} k(y_i, y_j)}{m(m-1)} - \frac{2 \sum_{i,j} k(x_i, y_j)}{n m}. \tag{7.16}$$
#
# Each mean is now unbiased, and so is their sum. It may therefore be negative, and for
# equal distributions it is so more often than not.
#
# {{exercise 07.mmd2}}
#
# Write (7.16).


# %% id="07-ex-mmd2" exercise="07.mmd2"
def mmd2(a, b):
    """Unbiased squared MMD of features a [n, d] and b [m, d] with the cubic kernel."""

    ### BEGIN SOLUTION
    def kernel(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    def within(x):
        k = kernel(x, x)
        return (k.sum() - k.trace()) / (len(x) * (len(x) - 1))

    return within(a) + within(b) - 2 * kernel(a, b).mean()
    ### END SOLUTION


# %% id="07-use-mmd2"
mmd2 = checks.use("07.mmd2", mmd2)

# %% [markdown] id="07-kid-n-text"
# Both distances of real training digits, at growing $n$, each the mean over twelve subsets.
# Expect FID to fall with $n$, and KID to stay where it is, within its error.

# %% id="07-kid-n"
pool, subsets = pools["training digits"].double(), 12
for size in (50, 100, 200, 400):
    draws = [pool[torch.randperm(len(pool))[:size]] for _ in range(subsets)]
    fids = torch.tensor([metrics.fid(draw, real) for draw in draws])
    kids = 1000 * torch.stack([mmd2(draw, real[:2000].double()) for draw in draws])
    error = kids.std() / math.sqrt(subsets)
    print(
        f"n = {size:<4} FID {fids.mean():6.3f}   1000 KID {kids.mean():6.2f} ± {error:.2f}"
    )

# %% [markdown] id="07-kid-after"
# What KID cannot see is what its kernel cannot: a polynomial of degree three compares
# moments up to the third. And an unbiased estimate is not a precise one; look at the error
# before you compare two generators by it.

# %% [markdown] id="07-prdc-text"
# ## 7 · Quality and variety apart
#
# One number cannot say whether samples are bad or missing. Two can. Draw around each real
# feature vector $x$ the ball $B(x)$ that reaches to its $k$-th nearest neighbour among the
# real ones; together these balls stand for "where data are". Do the same for the samples.
# Then (Kynkäänniemi et al. 2019)
#
# $$\text{precision} = \frac1m \sum_{j=1}^{m} \mathbb 1\Bigl[y_j \in \bigcup_i B(x_i)\Bigr], \qquad \text{recall} = \frac1n \sum_{i=1}^{n} \mathbb 1\Bigl[x_i \in \bigcup_j B(y_j)\Bigr]. \tag{7.17}$$
#
# {{exercise 07.precision_recall}}
#
# Write both. A point is not its own neighbour. Balls are closed: a sample that equals a
# real image is inside.


# %% id="07-ex-precision-recall" exercise="07.precision_recall"
def precision_recall(real, fake, k):
    """(precision, recall) of fake [m, d] against real [n, d], two numbers."""

    ### BEGIN SOLUTION
    def radii(x):
        return torch.cdist(x, x).kthvalue(k + 1).values  # the nearest is x itself

    gaps = torch.cdist(real, fake)  # [n, m]
    precise = (gaps <= radii(real)[:, None]).any(0)
    recalled = (gaps <= radii(fake)).any(1)
    return float(precise.double().mean()), float(recalled.double().mean())
    ### END SOLUTION


# %% id="07-use-precision-recall"
precision_recall = checks.use("07.precision_recall", precision_recall)

# %% [markdown] id="07-density-text"
# One stray real image has a huge ball, and everything in it counts as precise. Naeem et al.
# (2020) count instead of asking yes or no, and use the balls of the real images only, which
# do not change when the generator does:
#
# $$\text{density} = \frac{1}{k m} \sum_{j} \sum_{i} \mathbb 1[y_j \in B(x_i)], \qquad \text{coverage} = \frac1n \sum_{i} \mathbb 1\bigl[\exists j : y_j \in B(x_i)\bigr]. \tag{7.18}$$
#
# Their values for a perfect generator are known without any data. By symmetry a fresh
# sample is as likely as any real one to be among the $k$ nearest, which gives
#
# $$\mathbb E[\text{density}] = 1, \qquad \mathbb E[\text{coverage}] = 1 - \prod_{i=0}^{k-1} \frac{n - 1 - i}{n + m - 1 - i} \;\approx\; 1 - 2^{-k} \quad (n = m). \tag{7.19}$$
#
# Expect the blurred set to lose precision and the ten images to lose recall; watch which
# figures tell the copies from the test digits.

# %% id="07-prdc"
print(f"{'':<16}{'precision':>10}{'recall':>10}{'density':>10}{'coverage':>10}")
for name, features in found.items():
    four = metrics.prdc(real[:n], features)
    cells = (four.precision, four.recall, four.density, four.coverage)
    print(f"{name:<16}" + "".join(f"{cell:10.3f}" for cell in cells))

# %% [markdown] id="07-fool-recall-text"
# Not one of the four sees the copies; section 9 will. And recall has a hole of its own: it
# uses the balls of the *samples*. Whoever makes the samples makes the balls.
#
# {{exercise 07.fool_recall}}
#
# `fresh` are genuine points, drawn from the data's distribution. Return
#
# - `far`: as many points, none of them near the data (precision 0), with recall **1**;
# - `genuine`: made of the points of `fresh` and nothing else, every one of them present,
#   with recall below 0.02. Precision will not object.


# %% id="07-ex-fool-recall" exercise="07.fool_recall"
def fool_recall(fresh, k):
    """(far, genuine) for fresh [n, d]: recall 1 far off the data, recall 0 on it."""
    ### BEGIN SOLUTION
    away = torch.zeros_like(fresh)
    away[:, 0] = 10 * (fresh - fresh.mean(0)).norm(dim=1).max()
    away[:k] *= -1  # k points on one side: their k-th neighbour is on the other
    genuine = fresh.repeat(k + 1, 1)  # k equal neighbours: balls of radius 0
    return fresh.mean(0) + away, genuine
    ### END SOLUTION


# %% id="07-use-fool-recall"
fool_recall = checks.use("07.fool_recall", fool_recall)

# %% id="07-fool-recall-scores"
far, genuine = fool_recall(pools["training digits"][:n], 5)
for name, fake in (("far", far), ("genuine", genuine[: 6 * n])):
    four = metrics.prdc(real[:n], fake)
    print(f"{name:<8} precision {four.precision:.3f}  recall {four.recall:.3f}", end="")
    print(f"  density {four.density:.3f}  coverage {four.coverage:.3f}")

# %% [markdown] id="07-fool-recall-after"
# Coverage was fooled by neither: it asks with the real balls alone. It has its own limit.
# It compares the *number* of samples too, so a larger set covers more; compare at equal $n$.

# %% [markdown] id="07-two-sample-text"
# ## 8 · Let a classifier decide
#
# A discriminator was trained to tell real from generated. Why not train a new one, after
# the fact, and see how well it does? That is the **classifier two-sample test** (Lopez-Paz
# and Oquab 2017): learn on one half of both sets, count right answers on the other. The
# best classifier there is reaches
#
# $$\text{accuracy}^* = \frac12 + \frac12\, \mathrm{TV}(p, p_G), \tag{7.20}$$
#
# with the total variation of chapter 01. So one half means that nothing can be told. With
# $n$ judged samples and equal distributions the accuracy scatters around one half,
#
# $$\text{accuracy} \;\approx\; \mathcal N\Bigl(\frac12, \frac{1}{4n}\Bigr), \tag{7.21}$$
#
# and the p-value is the chance of as much or more. Expect about one half for the test
# digits, nearly 1 for the dishonest sets other than the copies, and two classifiers that
# do not always agree.


# %% id="07-two-sample-words"
def words(result):
    """Accuracy and p-value of a two-sample test, in words."""
    p = "p < 1e-16" if result.p_value < 1e-16 else f"p = {result.p_value:.1g}"
    return f"{result.accuracy:.3f} ({p})"


# %% id="07-two-sample"
for name, features in found.items():
    line = metrics.two_sample(features, real, "logistic")
    near = metrics.two_sample(features, real, "neighbour")
    print(f"{name:<16} logistic {words(line):<20} neighbour {words(near)}")

# %% [markdown] id="07-two-sample-after"
# Training digits are as real as test digits, and with MNIST the test may still tell them
# apart: they were written by other people. A sharp enough judge finds *some* difference
# between any two sets. Whether it matters is another question.
#
# A large p only says that *this* classifier saw nothing. The logistic one draws a straight
# line. Show it the hollow square of section 4.

# %% id="07-two-sample-fooled"
for kind in ("logistic", "neighbour"):
    result = metrics.two_sample(hollow, ring, kind)
    print(f"{kind:<10} {words(result)}")

# %% [markdown] id="07-cas-text"
# The last judge is use. The **classification accuracy score** trains a small classifier $f$
# on generated images with their labels and asks how many *real* ones it reads (Ravuri and
# Vinyals 2019):
#
# $$\mathrm{CAS} = P_{(x, y) \sim p}\bigl(\arg\max_c f_G(x)_c = y\bigr). \tag{7.22}$$
#
# Our generator draws without labels (chapter 10 changes that), so the course's classifier
# supplies them, and with them some of its own knowledge. Compare with the first line, not
# with 100 %.

# %% id="07-cas"
steps = 30 if training.fast_mode() else 300
truth = {"training copies": digits.labels[:n], "blurred": digits.labels[:n]}
for name in ("training copies", "generated", "blurred", "ten, repeated"):
    labels = truth.get(name, metrics.classify(sets[name]))
    score = metrics.classification_accuracy(
        sets[name], labels, test.images, test.labels, steps=steps
    )
    print(f"{name:<16}{score:.1%} of real test digits read rightly")

# %% [markdown] id="07-cas-after"
# Copies come first: what is good for training is good for training. Blurring costs little,
# since who has learnt soft digits can read sharp ones. What this score punishes is missing
# variety. Ten images, however perfect, do not teach what a 4 can look like.

# %% [markdown] id="07-copies-text"
# ## 9 · Copies
#
# Until here nothing objected to the third set, and FID even prefers it to an honest
# generator. A set that recites its training data must be looked for on purpose. Distance to
# the nearest training image $t_1$ alone would accuse every plain 1, since all ones are
# close to one another. So compare with what is usual in the neighbourhood,
#
# $$s(x) = \frac{\lVert x - t_1 \rVert}{\frac{1}{50} \sum_{i \le 50} \lVert x - t_i \rVert}, \tag{7.23}$$
#
# and call a near-copy what is below the threshold under which one in a hundred real, unseen
# images falls. To save time only a part of the training set is searched here; the report of
# section 11 searches all of it.

# %% id="07-copies"
known = digits.images[
    : 1000 if training.fast_mode() else min(10_000, len(digits) - 300)
]
unseen = digits.images[len(known) :][:2000]  # by the same writers, and held back
threshold = metrics.copies.calibrate(unseen, known)
for name, images in sets.items():
    rate = metrics.near_copy_rate(images[:500], known, threshold)
    print(f"{name:<16}{rate:6.1%} near-copies")

# %% [markdown] id="07-copying-text"
# A threshold sees the few that are far too near. A rank test sees the many that are a
# little too near: the chance that a sample is nearer to the training set than an unseen
# real image is,
#
# $$\hat P = \frac{1}{nm} \sum_{i, j} \Bigl(\mathbb 1[s(y_i) < s(x_j)] + \tfrac12\, \mathbb 1[s(y_i) = s(x_j)]\Bigr), \tag{7.24}$$
#
# which is 1/2 for samples as new as real images (Meehan et al. 2020 test it with the
# statistic of Mann and Whitney). Below, a set of which one half are training images
# and the other half are new. Expect a p-value near 0 for it.

# %% id="07-copying"
half = torch.cat([known[:50], unseen[-50:]])
for name, images in (("generated", sets["generated"][:250]), ("half copies", half)):
    result = metrics.copying(images, known, unseen[:250])
    print(f"{name:<12} nearer {result.nearer:.2f}, p = {result.p_value:.1g}")

# %% [markdown] id="07-fool-copies-text"
# {{exercise 07.fool_copies}}
#
# Both figures compare pixels. You are a thief, then a prosecutor. Return
#
# - `stolen`: every image of `train`, altered so that at most 2 % count as near-copies,
#   though anyone can see where it came from (the checker looks for your originals at every
#   shift up to three pixels, and wants to find them);
# - `accused`: images of `unseen`, nobody's copies, at least three of them, of which most
#   count as near-copies.


# %% id="07-ex-fool-copies" exercise="07.fool_copies"
def fool_copies(train, unseen):
    """(stolen, accused) for uint8 images [N, 1, 28, 28] and [M, 1, 28, 28]."""
    ### BEGIN SOLUTION
    stolen = torch.roll(train, (1, 1), dims=(2, 3))
    nearness = metrics.closeness(unseen, train)
    return stolen, unseen[nearness.argsort()[:3]]
    ### END SOLUTION


# %% id="07-use-fool-copies"
fool_copies = checks.use("07.fool_copies", fool_copies)

# %% id="07-fool-copies-scores"
stolen, accused = fool_copies(known, unseen)
for name, images in (("stolen", stolen[:500]), ("accused", accused)):
    rate = metrics.near_copy_rate(images, known, threshold)
    print(f"{name:<8}{rate:.0%} near-copies")
fid = metrics.fid(metrics.features(stolen[:n]), real)
print(f"FID of the stolen set {fid:.3f}")

# %% id="07-fool-copies-look"
plots.show(
    plots.labelled_rows({"training": known[:16], "stolen": stolen[:16]}),
    "Sixteen training digits and, beneath, the same ones, slightly altered.",
)

# %% [markdown] id="07-fool-copies-after"
# So a low rate of near-copies is no acquittal, and a high one no proof. For a model that
# matters, search in several spaces (pixels, shifted pixels, features), and look at the
# nearest pairs with your own eyes.

# %% [markdown] id="07-paint-text"
# ## 10 · Painted for the judge
#
# Each metric was fooled on its own. Now all that use features, together, and by images that
# nobody would call digits. The judge $\varphi$ is a network, so it has gradients. Start from
# noise, take the features of a real digit $t$ as the goal, and change the *pixels*:
#
# $$\min_x \bigl\lVert \varphi(x) - \varphi(t) \bigr\rVert^2. \tag{7.25}$$
#
# Expect noise to the eye, and figures much like those of digits in the wrong place.

# %% id="07-paint"
judge = metrics.extractor().body
count, rounds = (20, 5) if training.fast_mode() else (120, 100)
goal = metrics.features(train_images[:count])
paint = torch.randn(count, 1, 28, 28, requires_grad=True)
adam = torch.optim.Adam([paint], lr=0.1)
for _ in range(rounds):
    loss = (judge(paint.tanh()) - goal).square().sum(1).mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
painted = paint.tanh().detach()

# %% id="07-paint-look"
plots.show(
    plots.labelled_rows({"goal": train_images[:16], "painted": painted[:16]}),
    "Sixteen digits, and beneath each an image of noise in which no digit can be seen.",
)

# %% id="07-paint-scores"
labels = digits.labels[:count]
shifted = torch.roll(train_images[:count], (4, 4), dims=(2, 3))
for name, images in (("painted", painted), ("digits moved by 4", shifted)):
    fid = metrics.fid(metrics.features(images), real)
    score = inception_score(metrics.probabilities(images))
    read = (metrics.classify(images) == labels).double().mean()
    print(f"{name:<18} FID {fid:6.2f}, IS {score:.2f}, read as meant {read:.0%}")

# %% [markdown] id="07-paint-after"
# By FID, noise that was made for the judge can be nearer to the data than digits moved by
# four pixels, which you read without effort. Nobody trains a generator on FID by accident;
# but whoever *chooses* among many runs, settings or filters by FID, climbs the same hill by
# hand. Choose with one judge, and report with another that had no part in the choice.

# %% [markdown] id="07-report-text"
# ## 11 · The report as a whole
#
# No single figure holds. Several do, if they are read together: whatever fools one tends to
# be seen by another. `metrics.report` prints them with a floor (training digits in place of
# samples) and a ceiling (noise). Read each row from left to right: where between the floor
# and the ceiling do the samples stand?

# %% id="07-report"
print(metrics.report(sets["generated"], data=digits.name))

# %% [markdown] id="07-sheet-text"
# Now all six sets; `classes` is the distance of the digits' shares. The reference is the
# whole test split here, so the first row is partly compared with itself. Before you look:
# which figure gives away each of the four dishonest sets?


# %% id="07-sheet-row"
def row(images):
    """The main figures of one set of images, by name."""
    report = metrics.report(images, data=digits.name)
    of = report.samples
    return {
        "FID": of.fid,
        "1000 |KID|": 1000 * abs(of.kid),
        "precision": of.precision,
        "recall": of.recall,
        "density": of.density,
        "coverage": of.coverage,
        "classes": of.histogram_distance,
        "near-copies": report.near_copy_rate,
    }


# %% id="07-sheet"
lower = ("FID", "1000 |KID|", "classes", "near-copies")
rows = {name: row(images) for name, images in sets.items()}
plots.show(
    plots.score_sheet(rows, lower=lower),
    "A table of six sets and eight figures, each column shaded by rank. "
    + plots.best_of(rows, lower=lower),
)

# %% [markdown] id="07-sheet-after"
# Blurring shows in precision and density, repetition in recall and coverage, copying in the
# last column and nowhere else, noise in all but the last. The generator does well in every
# column; the copies beat it in many, and the last one says why.

# %% [markdown] id="07-eye-text"
# ## 12 · Your own eye
#
# The oldest judge is you. Twenty images, real and generated in random order; say which is
# which. Answers are kept in `runs/blind_test.json` beside this notebook, on this computer
# and nowhere else, and you can stop and go on later. Buttons take the keyboard: Tab to
# reach them, Space to press. Where no buttons appear there is a numbered sheet, and you
# write the answers as letters: `widgets.blind_answers("r g g r ...")`.

# %% id="07-blind"
widgets.blind_test()

# %% [markdown] id="07-eye-interval-text"
# Twenty answers do not say much. A reader who is right half of the time by chance scatters
# as in (7.21), so that an advantage of $e$ over guessing stands out from chance, at 95 %,
# only after
#
# $$n \approx \Bigl(\frac{z}{2 e}\Bigr)^2, \qquad z = 1.96 \tag{7.26}$$
#
# answers: about a hundred if you are right 60 % of the time. So your result comes with an
# interval, Wilson's of chapter 06.
#
# Beside it stands what the two-sample test reaches on the same kinds of images, after it has
# learnt from others. Run the next cell after your last answer.

# %% id="07-blind-result"
print(widgets.blind_result())

# %% [markdown] id="07-eye-after"
# An interval that holds one half says that twenty images did not suffice to show that you
# can tell; it does not say that you cannot. And note what an eye does not judge at all: you
# saw twenty images, and nothing about variety, classes or copies.

# %% [markdown] id="07-claim-text"
# ## 13 · A claim to check
#
# Theis et al. (2016, section 3.3) report that by Parzen windows on MNIST the *centres of
# k-means* get a higher likelihood than true samples do, although no centre is a digit that
# anyone wrote. Is it so? Predict, then run: as many cluster centres as images.

# %% id="07-claim"
size = 50 if training.fast_mode() else 500
many = data.to_float(digits.images[: 10 * size]).flatten(1)
kmeans = MiniBatchKMeans(size, n_init=1, max_iter=5, random_state=0)
centres = torch.from_numpy(kmeans.fit(many.numpy()).cluster_centers_)
rivals = {"true digits": many[:size], "k-means": centres}
for name, chosen in rivals.items():
    scores = [log_density(held_out, chosen.double(), s).mean() for s in (0.3, 0.4, 0.5)]
    print(f"{name:<12} best mean log-likelihood {float(max(scores)):7.0f} nats")

# %% id="07-claim-look"
plots.show(
    plots.labelled_rows(
        {name: x[:16].view(-1, 1, 28, 28) for name, x in rivals.items()}
    ),
    "Sixteen digits, and beneath sixteen cluster centres: soft averages of many digits.",
)

# %% [markdown] id="07-claim-after"
# The claim holds: averages beat the truth at a measure that was meant to find the truth.
# Your turn: does it still hold with ten times as many windows, or with a $\sigma$ chosen
# for each set by other held-out digits?

# %% [markdown] id="07-recap"
# ## What to take along
#
# - A GAN has no density. Parzen windows give a number, and the number rewards averages.
# - Inception score: sharp and varied in classes, blind to the data.
# - FID: the way between two Gaussians; blind beyond two moments; biased by $b/n$, so give
#   $n$, or go to infinity. KID: no bias, an error bar, blind beyond three moments.
# - Precision and density ask for quality, recall and coverage for variety. Recall can be
#   fooled from far away; coverage asks with real balls only.
# - Copies pass every distance. Look for them on purpose, and in several spaces.
# - Whatever is optimised stops being a measure. Read several figures, with floor and
#   ceiling, and look.
#
# **Next** chapter 08: a model with a likelihood, or nearly one.
#
# ## References
#
# - L. Theis, A. van den Oord, M. Bethge. A Note on the Evaluation of Generative Models.
#   ICLR 2016.
# - T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen. Improved
#   Techniques for Training GANs. NeurIPS 2016.
# - D. C. Dowson, B. V. Landau. The Fréchet Distance between Multivariate Normal
#   Distributions. Journal of Multivariate Analysis, 1982.
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter. GANs Trained by a
#   Two Time-Scale Update Rule Converge to a Local Nash Equilibrium. NeurIPS 2017.
# - M. J. Chong, D. Forsyth. Effectively Unbiased FID and Inception Score and Where to Find
#   Them. CVPR 2020.
# - M. Bińkowski, D. J. Sutherland, M. Arbel, A. Gretton. Demystifying MMD GANs. ICLR 2018.
# - A. Gretton, K. M. Borgwardt, M. J. Rasch, B. Schölkopf, A. Smola. A Kernel Two-Sample
#   Test. Journal of Machine Learning Research, 2012.
# - T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila. Improved Precision and Recall
#   Metric for Assessing Generative Models. NeurIPS 2019.
# - M. F. Naeem, S. J. Oh, Y. Uh, Y. Choi, J. Yoo. Reliable Fidelity and Diversity Metrics for
#   Generative Models. ICML 2020.
# - D. Lopez-Paz, M. Oquab. Revisiting Classifier Two-Sample Tests. ICLR 2017.
# - S. Ravuri, O. Vinyals. Classification Accuracy Score for Conditional Generative Models.
#   NeurIPS 2019.
# - N. Carlini, J. Hayes, M. Nasr, M. Jagielski, V. Sehwag, F. Tramèr, B. Balle, D. Ippolito,
#   E. Wallace. Extracting Training Data from Diffusion Models. USENIX Security 2023.
# - C. Meehan, K. Chaudhuri, S. Dasgupta. A Non-Parametric Test to Detect Data-Copying in
#   Generative Models. AISTATS 2020.
# - H. B. Mann, D. R. Whitney. On a Test of Whether One of Two Random Variables Is
#   Stochastically Larger than the Other. Annals of Mathematical Statistics, 1947.
