# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="07-title"
# # 07 · Measuring generated data
#
# "It looks good" is an opinion about the few samples that somebody has seen. This chapter
# replaces it by numbers and derives each of them. Then it tests each number: you build
# worthless samples that score well, and faultless samples that score badly. At the end you
# measure how well your own eye tells real from generated.
#
# **You will be able to**
# - explain why a GAN has no likelihood, and why a high likelihood would not prove good
#   pictures;
# - derive the Fréchet distance, name its bias and remove it;
# - tell missing quality from missing variety, and both from copying;
# - name for every metric a set that fools it, and read a report as a whole.
#
# **Time** {{time}}.
#
# **Before this** chapters 01
# and 05; chapter 02 for the divergences.
#
# {{run card}}

# %% id="07-imports"
import math

import torch
from sklearn.cluster import MiniBatchKMeans
from torch.nn.functional import avg_pool2d

from aigc_course import checks, data, gan, metrics, plots, training, widgets
from aigc_course.metrics import Estimate

training.seed_everything(7)

# %% [markdown] id="07-sets-text"
# ## 1 · Six sets, one question
#
# You can look at one image, but not at ten thousand. You cannot see at a glance whether
# they have the right variety. So the question of this chapter is about sets: *how far is
# the distribution of the samples, $p_G$, from that of the data, $p$?*
#
# Six sets are measured throughout. Two of them are honest: real test digits, and samples of
# the generator that comes with the course. Four are not what they claim to be: training
# images presented as new ones, blurred training images, ten repeated images (one of each
# digit), and noise. The test digits that are in no set are the **reference**, the data to
# compare with.
#
# MNIST's files are not shuffled: whole blocks come from the same group of writers. So every
# set of real digits here is a *random* part of its split. No two parts share an image
# unless the text says so.


# %% id="07-sets-blur"
def blur(images, times=2):
    """Images in [-1, 1] with each pixel replaced by the mean of 3 x 3, `times` times."""
    for _ in range(times):
        images = avg_pool2d(images + 1, 3, stride=1, padding=1) - 1
    return images


# %% id="07-sets"
digits = data.default()
test = data.load(digits.name, "test")
fast = training.fast_mode()
n = 100 if fast else min(2000, len(test) // 2)
size = (1000, 300, 400) if fast else (10_000, 2000, 5000)
if len(digits) < sum(size):  # the smaller digits stand in
    size = (700, 300, 400)
known, unseen, more = data.parts(digits, *size, seed=7)
honest, rest = data.parts(test, n, len(test) - n, seed=7)
copies = data.subset(known, n, seed=7)
first_of_each = [int((copies.labels == c).nonzero()[0]) for c in range(10)]


# %% id="07-sets-make"
def mixed(part):
    """The images of a part in random order, so that any slice is a fair sample."""
    order = torch.randperm(len(part), generator=torch.Generator().manual_seed(7))
    return part.images[order], part.labels[order]


copied, copied_labels = mixed(copies)
train_images = data.to_float(copied)
sets = {
    "test digits": data.to_float(mixed(honest)[0]),
    "generated": gan.sample(
        gan.pretrained_generator(), n, torch.Generator().manual_seed(7)
    ),
    "training copies": train_images,
    "blurred": blur(train_images),
    "ten, repeated": data.to_float(copies.images[first_of_each]).repeat(
        n // 10, 1, 1, 1
    ),
    "noise": 2 * torch.rand(n, 1, 28, 28) - 1,
}

# %% [markdown] id="07-sets-look-text"
# Expect to see at once what is wrong with the last three rows, although in the fifth only
# the repetition is wrong. You cannot see what is wrong with the third. (The generator
# learnt from MNIST. If the first line above says that your data are the smaller digits, its
# digits do not look like yours, and its scores will be worse.)

# %% id="07-sets-look"
plots.show(
    plots.labelled_rows({name: images[:16] for name, images in sets.items()}),
    "Six rows of sixteen images: three rows of sharp digits, one of blurred digits, one"
    " in which the digits 0 to 5 come again after ten images, one of grey noise.",
)

# %% [markdown] id="07-features-text"
# Pixels are not suited for a comparison: a digit moved by one pixel is far away from
# itself. Nearly all metrics below compare **features** instead, the 128 numbers that a
# digit classifier computes before it decides. The literature takes a network trained on
# photographs, Inception, for this; for digits a classifier of digits suits better. In
# return no figure here may be compared with a figure from there.

# %% id="07-features"
rest_images = mixed(rest)[0]
real = metrics.features(rest_images)
found = {name: metrics.features(images) for name, images in sets.items()}
print("reference:", list(real.shape), " each set:", list(found["generated"].shape))

# %% [markdown] id="07-likelihood-text"
# ## 2 · The likelihood, which a GAN does not have
#
# For a model with a density $q$ the classic score is the mean log-likelihood of held-out
# data. It measures the divergence of chapter 01:
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
# As the sheet gets thin, this falls below every bound for any $\delta > 0$, and grows above
# every bound for $\delta = 0$. So the answer depends on $\sigma$, which we made up, and not
# on the generator.
#
# Some papers still give a likelihood, by **Parzen windows** (帕尔森窗): put a small Gaussian
# on each of $n$ samples $c_i$ and call their mean the density,
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
# Now put the windows on our sets and ask for the likelihood of real digits that none of
# them contains. The width $\sigma$ is chosen for each set on 250 other held-out digits, so
# that no set is scored on the digits that chose its width. If likelihood measured the
# quality of pictures, training images would come first.
#
# **Predict.** Which of four sets gets the highest likelihood: "training copies",
# "generated", "blurred" or "noise"?

# %% id="07-parzen-predict"
choice = ("training copies", "generated", "blurred", "noise")
checks.predict("07.highest-likelihood", ..., options=choice)

# %% id="07-parzen"
count = min(250, len(rest) // 2)
tuning, held_out = (
    data.to_float(part).flatten(1).double()
    for part in (rest_images[:count], rest_images[-count:])
)


def parzen(centres):
    """(sigma chosen on `tuning`, mean log-likelihood of `held_out` with its error)."""
    centres = centres.flatten(1).double()
    widths = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55)
    sigma = max(widths, key=lambda s: log_density(tuning, centres, s).mean())
    found = log_density(held_out, centres, sigma)
    return sigma, Estimate(float(found.mean()), 1.96 * float(found.std()) / count**0.5)


# %% id="07-parzen-sets"
nats = {}
for name in choice:
    sigma, mean = parzen(sets[name])
    nats[name] = mean.value
    print(f"{name:<16} sigma {sigma:.2f}: {mean.value:6.0f} ± {mean.error:.0f} nats")
checks.measured("07.highest-likelihood", max(nats, key=nats.get))

# %% [markdown] id="07-parzen-after"
# The blurred digits get a higher likelihood than the sharp ones that they were made from.
# The probable reason: a blurred digit is nearer to the mean of the digits around it.
# Equation (7.3) rewards a centre that is near to many digits. Section 13 returns to this.
#
# The opposite happens, too. Take a perfect model $p$ and let it draw noise from some
# $\nu$ 99 times out of a hundred. With $\alpha = 0.01$
#
# $$\log\bigl(\alpha\, p(x) + (1 - \alpha)\, \nu(x)\bigr) \ge \log p(x) + \log \alpha, \tag{7.4}$$
#
# so it loses at most $\log 100 \approx 4.61$ nats an image, where models of images differ
# by hundreds. Nearly all of its samples are noise. Likelihood and the look of samples are
# two different questions (Theis et al. 2016). A model may do well in one and badly in the
# other.

# %% [markdown] id="07-score-text"
# ## 3 · A score that never looks at the data
#
# The **inception score** (Salimans et al. 2016) asks a classifier. For each sample it gives
# a distribution over classes $p(y \mid x)$. If it is sharp, the sample can be read. If all
# classes occur, the mean $p(y)$ of these distributions is flat. The score rewards the
# difference:
#
# $$\mathrm{IS} = \exp \mathbb E_{x \sim p_G} \bigl[\mathrm{KL}(p(y \mid x) \,\|\, p(y))\bigr]. \tag{7.5}$$
#
# Written with entropies it is an information, the one that the sample gives about its
# class:
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
# Real digits do not reach 10, probably because some are hard to read and the course's
# classifier is never quite sure. Ten images, repeated, score at least as high as
# all of them. Such a
# set is not noticed, because the real digits do not enter (7.5) at all.
#
# {{exercise 07.fool_inception}}
#
# `p` holds the classifier's answers for real digits. Choose, as numbers of rows,
#
# - `few`: a hundred entries, at most ten different images, that score **higher than the
#   real digits themselves**;
# - `alike`: at least twenty *different* real digits that score below 1.1. Nothing is wrong
#   with any of them: the classifier gives each its class with a probability of at least 0.7.


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
# A better score compares with the data. Summarise the features of each set by a Gaussian,
# with means $\mu, \nu$ and covariances $S, T$, and ask how far the first must be moved to
# become the second. The squared **Fréchet distance** is the smallest mean squared distance
# $\mathbb E \lVert x - y \rVert^2$ over all **couplings**, that is, all joint distributions
# of $x$ and $y$ with the two given margins:
#
# $$d^2 = \inf_{(x, y)} \mathbb E\, \lVert x - y \rVert^2. \tag{7.7}$$
#
# Today it is better known as the squared **2-Wasserstein distance** $W_2^2$, and (7.7)
# defines that distance for any two distributions. (Chapter 03 has $W_1$, with
# $\lVert x - y \rVert$ in place of its square.)
#
# Expand the square. Only one term depends on the coupling, through the cross-covariance
# $C = \mathbb E[(x - \mu)(y - \nu)^\top]$:
#
# $$\mathbb E\, \lVert x - y \rVert^2 = \lVert \mu - \nu \rVert^2 + \operatorname{tr}(S + T - 2 C). \tag{7.8}$$
#
# So make $\operatorname{tr} C$ large. It cannot be anything: the joint covariance
# $\bigl(\begin{smallmatrix} S & C \\ C^\top & T \end{smallmatrix}\bigr)$ has no negative
# eigenvalue. This says that $C = S^{1/2} K\, T^{1/2}$ with a matrix $K$ whose singular
# values are at most 1. Then
# $\operatorname{tr} C = \operatorname{tr}(K\, T^{1/2} S^{1/2})$ is at most the sum of the
# singular values of $T^{1/2} S^{1/2}$:
#
# $$\max_C \operatorname{tr} C = \operatorname{tr}\bigl(S^{1/2}\, T\, S^{1/2}\bigr)^{1/2}. \tag{7.9}$$
#
# Put it into (7.8). The result is the distance between Gaussians of Dowson and Landau
# (1982):
#
# $$d^2 = \lVert \mu - \nu \rVert^2 + \operatorname{tr}\Bigl(S + T - 2 \bigl(S^{1/2}\, T\, S^{1/2}\bigr)^{1/2}\Bigr). \tag{7.10}$$
#
# With the mean and covariance of two sets of features in it, this is the **FID**, the
# Fréchet inception distance of Heusel et al. (2017). For the features themselves, which are
# not Gaussian, it is a lower bound of (7.7) (Gelbrich 1990).
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
# and the coupling that reaches the bound is a shift with a stretching. In more dimensions
# it is a linear map, and a symmetric one: the best way from $\mathcal N(\mu, S)$ to
# $\mathcal N(\nu, T)$ is
#
# $$y = \nu + A\,(x - \mu), \qquad A = S^{-1/2} \bigl(S^{1/2}\, T\, S^{1/2}\bigr)^{1/2} S^{-1/2}. \tag{7.12}$$
#
# Expect two numbers that nearly agree: the mean squared distance that 2,000 points are
# moved, and your formula. In the figure the arrows start on an ellipse of the first cloud.
# Expect that they end on an ellipse of the second, in the same order.


# %% id="07-map-root"
def root(matrix):
    """The symmetric square root of a positive definite matrix."""
    w, v = torch.linalg.eigh(matrix)
    return (v * w.sqrt()) @ v.T


# %% id="07-map"
S = torch.tensor([[1.0, 0.6], [0.6, 0.5]])
T = torch.tensor([[0.4, -0.3], [-0.3, 0.9]])
mu, nu = torch.tensor([-1.5, 1.5]), torch.tensor([1.5, -1.5])
x = mu + torch.randn(2000, 2) @ root(S)
R = root(S)
A = R.inverse() @ root(R @ T @ R) @ R.inverse()
steps = nu + (x - mu) @ A - x
print(f"mean squared distance {steps.square().sum(1).mean():.3f}")
print(f"by (7.10)             {float(frechet(mu, S, nu, T)):.3f}")

# %% id="07-map-plot"
angle = torch.arange(8) * math.tau / 8
tails = mu + 2 * torch.stack([angle.cos(), angle.sin()], 1) @ R
plots.show(
    plots.points(
        {"from": x[:300], "to": (x + steps)[:300]},
        arrows=(tails, nu + (tails - mu) @ A - tails),
    ),
    "Above left a cloud that rises to the right, below right one that falls to the"
    " right. Eight arrows lead from an ellipse around the first cloud to an ellipse"
    " around the second; arrows that start side by side end side by side.",
)

# %% [markdown] id="07-fid-sets-text"
# Back to the digits. From here on every figure has an error, the half-width of a 95 %
# interval. It comes from the **jackknife**: leave each of ten groups of samples out in
# turn, and see how much the figure moves. It tells how much FID would change with other
# samples of the same generator. It is rather too large than too small (Efron and Stein
# 1981). It assumes independent samples, so it means nothing for ten images that are
# repeated.
#
# Expect the test digits close to 0, but not at it. They are other test digits than the
# reference, and random sampling alone leaves a distance. Noise is far off.

# %% id="07-fid-sets"
for name, features in found.items():
    print(f"{name:<16}FID {metrics.fid_estimate(features, real)}")

# %% [markdown] id="07-fool-fid-text"
# FID sees a mean and a covariance. It does not see anything else of a distribution, such as
# its shape, its gaps or its modes.
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
# Images can fool FID, too. The next cell takes the same training digits three times.
# The first have a background that is too bright by a twentieth of the range, which you may
# not even notice. The second have lost three tenths of their brightness, and the third
# are blurred.
#
# **Predict.** Which of the three gets the largest FID, that is, the worst?

# %% id="07-grey-predict"
changes = ("too bright", "dimmed", "blurred once")
checks.predict("07.largest-fid", ..., options=changes)

# %% id="07-grey"
spoilt = {
    "too bright": (train_images + 0.1).clamp(-1, 1),
    "dimmed": (train_images + 1) * 0.7 - 1,
    "blurred once": blur(train_images, 1),
}
fids = {n: metrics.fid(metrics.features(images), real) for n, images in spoilt.items()}
for name, value in fids.items():
    print(f"{name:<14}FID {value:7.2f}")
checks.measured("07.largest-fid", max(fids, key=fids.get))
plots.show(
    plots.labelled_rows({name: images[:16] for name, images in spoilt.items()}),
    "The same digits on a nearly black ground, dimmed, and slightly blurred.",
)

# %% [markdown] id="07-grey-after"
# A change that hardly matters to you can matter most to the features. Probably the reason
# is that the network behind them was never trained on a ground that is not black. FID
# measures what that network computes, and nothing else.

# %% [markdown] id="07-bias-text"
# ## 5 · A bias that falls with n
#
# FID has a second weakness, and it can be repaired. Its means and covariances are
# estimates from $n$ samples, and estimates miss. For the mean
#
# $$\mathbb E\, \lVert \hat\mu_n - \mu \rVert^2 = \frac{\operatorname{tr} S}{n}, \tag{7.13}$$
#
# which is added to the distance however good the samples are. The covariance adds more of
# the same kind, and all of it together falls with $1/n$ (Chong and Forsyth 2020):
#
# $$\mathbb E[\mathrm{FID}_n] = \mathrm{FID}_\infty + \frac{b}{n} + o\Bigl(\frac1n\Bigr). \tag{7.14}$$
#
# So FIDs at several $n$ lie near a line over $1/n$. Where the line meets $1/n = 0$ we read
# an estimate of the FID of infinitely many samples.
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
# Measure it for training digits and for generated ones. Expect two rising lines, that of
# the real digits below. Expect both to be much higher at the right end, where $n$ is a few
# hundred.

# %% id="07-bias-line"
count = len(more)
pools = {
    "training digits": metrics.features(mixed(more)[0]),
    "generated": metrics.features(gan.sample(gan.pretrained_generator(), count)),
}
lines = {}
for name, pool in pools.items():
    line = metrics.fid_infinity(pool, real)
    lines[name] = ([1 / size for size in line.sizes], line.values)
    ends = (0, 1 / line.sizes[0])
    lines[f"{name}, line"] = (ends, (line.value, line.at(line.sizes[0])))
    mine = Estimate(infinity(line.sizes, line.values), line.error)
    of_all = metrics.fid_estimate(pool, real)
    print(f"{name:<16}FID of {count:,}: {of_all}   of infinity: {mine}")

# %% id="07-bias-plot"
plots.show(
    plots.lines(lines, "1 / n", "FID (lower is better)"),
    "FID over 1/n: two rising rows of marks and the lines through them, which reach the"
    " left edge, 1/n = 0, below all marks; generated lies above training digits.",
)

# %% [markdown] id="07-bias-after"
# The value at infinity is free of the bias of the *samples* only. The reference is a finite
# set too, and its own bias stays in the value. The value's error grows as $n$ falls, and
# where $n$ is not well above the 128 dimensions the line bends. It can also come out a
# little below 0, because it is an estimate.
#
# Three rules follow. Compare FIDs only at equal $n$ and with the same reference. Give $n$
# with every FID, and its error with every comparison. And remember that the slope $b$
# differs between generators, so that two of them can change places when $n$ does.

# %% [markdown] id="07-kid-text"
# ## 6 · A distance without that bias
#
# The **kernel distance** (KID, Bińkowski et al. 2018) compares all pairs instead of two
# moments. With a kernel $k$ the squared **maximum mean discrepancy** (Gretton et al. 2012)
# is
#
# $$\mathrm{MMD}^2 = \mathbb E[k(x, x')] + \mathbb E[k(y, y')] - 2\, \mathbb E[k(x, y)], \qquad k(x, y) = \Bigl(\frac{x^\top y}{d} + 1\Bigr)^3, \tag{7.15}$$
#
# where $x, x'$ are independent samples of one distribution and $y, y'$ of the other.
# Replace each expectation by a mean over pairs of samples. Which pairs stand for
# *independent* samples, and which do not?
#
# {{exercise 07.mmd2}}
#
# Derive an estimate of (7.15) that has no bias, from $n$ features of one set and $m$ of the
# other. The two numbers may differ.


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

# %% [markdown] id="07-mmd2-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\widehat{\mathrm{MMD}}{}^2 = \frac{\sum_{i \ne j} k(x_i, x_j)}{n(n-1)} + \frac{\sum_{i \ne j} k(y_i, y_j)}{m(m-1)} - \frac{2 \sum_{i,j} k(x_i, y_j)}{n m}. \tag{7.16}$$
#
# The pairs of a sample with itself are left out, since the two are not independent.
#
# </details>
#
# Each mean is unbiased, and so is their sum. It may therefore be negative, and for equal
# distributions it is so more often than not.

# %% [markdown] id="07-kid-n-text"
# The next cell computes both distances of real training digits at growing $n$, each as the
# mean over twelve subsets. Expect FID to fall with $n$, and KID to stay where it is, within
# its error.

# %% id="07-kid-n"
pool, subsets = pools["training digits"].double(), 12
for size in (50, 100, 200, 400):
    draws = [pool[torch.randperm(len(pool))[:size]] for _ in range(subsets)]
    fids = torch.tensor([metrics.fid(draw, real) for draw in draws])
    kids = 1000 * torch.stack([mmd2(draw, real[:2000].double()) for draw in draws])
    shown = [metrics.errors.of_parts(values.tolist()) for values in (fids, kids)]
    print(
        f"n = {size:<4} FID {fids.mean():6.3f} ± {shown[0]:.3f}"
        f"   1000 KID {kids.mean():6.2f} ± {shown[1]:.2f}"
    )

# %% [markdown] id="07-kid-after"
# An unbiased estimate is not a precise one: look at the error before you compare two
# generators by it.
#
# And KID cannot see what its kernel cannot. (7.15) with a polynomial of degree three
# depends on moments up to the third and on nothing else. The ring of section 4 is
# symmetric, and so is the filled square: all their third moments about the centre are 0. So
# your `hollow` set should fool KID as it fooled FID. Expect a KID of 0 within its error for
# it, and a precision (section 7) that shows what is wrong.

# %% id="07-kid-fooled"
fresh = data.toy("ring", 1000, seed=1).double()
for name, cloud in (("fresh ring", fresh), ("hollow", hollow), ("genuine", genuine)):
    found_kid = metrics.kid(cloud, ring).estimate
    precision = metrics.prdc(ring, cloud).estimate("precision")
    print(f"{name:<11} KID {found_kid}   precision {precision}")

# %% [markdown] id="07-prdc-text"
# ## 7 · Quality and variety apart
#
# One number cannot say whether samples are bad or missing. Two can. Draw around each real
# feature vector $x$ the ball $B(x)$ that reaches to its $k$-th nearest neighbour among the
# other real ones. Together these balls stand for "where data are". **Precision** is the
# share of samples that lie in at least one of them (Kynkäänniemi et al. 2019). **Recall**
# exchanges the roles: the balls are those of the samples, and the share is that of the real
# images.
#
# {{exercise 07.precision_recall}}
#
# Compute both. A point is not its own neighbour. Balls are closed: a sample that equals a
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

# %% [markdown] id="07-prdc-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\text{precision} = \frac1m \sum_{j=1}^{m} \mathbb 1\Bigl[y_j \in \bigcup_i B(x_i)\Bigr], \qquad \text{recall} = \frac1n \sum_{i=1}^{n} \mathbb 1\Bigl[x_i \in \bigcup_j B(y_j)\Bigr]. \tag{7.17}$$
#
# </details>

# %% [markdown] id="07-density-text"
# One stray real image has a huge ball, and everything in it counts as precise. Naeem et al.
# (2020) count the balls around a sample instead of asking yes or no. They use the balls of
# the real images only, which do not change when the generator does:
#
# $$\text{density} = \frac{1}{k m} \sum_{j} \sum_{i} \mathbb 1[y_j \in B(x_i)], \qquad \text{coverage} = \frac1n \sum_{i} \mathbb 1\bigl[\exists j : y_j \in B(x_i)\bigr]. \tag{7.18}$$
#
# Their values for a perfect generator are known without any data. By symmetry a fresh
# sample is as likely as any real one to be among the $k$ nearest, which gives
#
# $$\mathbb E[\text{density}] = 1, \qquad \mathbb E[\text{coverage}] = 1 - \prod_{i=0}^{k-1} \frac{n - 1 - i}{n + m - 1 - i} \;\approx\; 1 - 2^{-k} \quad (n = m). \tag{7.19}$$
#
# So coverage has to be read beside its perfect value, which depends on both numbers of
# images. Here they are equal; where a thousand samples meet ten thousand real images, even
# a perfect generator covers only 38 %.
#
# Expect the blurred set to lose recall and coverage, and the ten images to lose them
# altogether. Watch density, which can exceed 1, and see which figures tell the copies from
# the test digits.

# %% id="07-prdc"
names = ("precision", "recall", "density", "coverage")
print(" " * 16 + "".join(f"{name:>16}" for name in names))
for name, features in found.items():
    four = metrics.prdc(real[:n], features)
    cells = [four.estimate(each) for each in names]
    print(f"{name:<16}" + "".join(f"{e.value:8.3f} ± {e.error:.3f}" for e in cells))
perfect = metrics.perfect_coverage(min(n, len(real)), n)
print(f"perfect: density 1, coverage {perfect:.3f} by (7.19)")

# %% [markdown] id="07-fool-recall-text"
# None of the four sees the copies; section 9 will. Ten repeated images fool precision and
# density: all ten are real digits, and each counts two hundred times. Density can exceed 1,
# because a sample in a crowded place lies in more balls than $k$. Typical images are
# rewarded for that, so a density far above 1 is a sign of too little variety, and not of
# more quality.
#
# Recall has another weakness: it uses the balls of the *samples*, so a generator decides
# how large they are.
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
# Coverage was fooled by neither set: it uses the balls of the real images alone. It has
# its own limit. A larger set covers more, so compare coverage at equal numbers of
# images, or with the perfect value of (7.19).

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
# with the total variation $\mathrm{TV}(p, p_G) = \frac12 \int |p - p_G|\, dx$ (chapter 03).
# So one half means that no classifier can tell the two apart. With $n$ judged samples and
# equal distributions the accuracy scatters around one half,
#
# $$\text{accuracy} \;\approx\; \mathcal N\Bigl(\frac12, \frac{1}{4n}\Bigr), \tag{7.21}$$
#
# and the p-value is the probability of as much or more. Both assume *independent* samples.
# For "ten, repeated" they are not: both halves hold the same ten images, and the p-value
# means nothing.
#
# Expect about one half for test digits and little more for training copies, and more than
# 0.8 for the blurred, repeated and noise sets. Expect also that the two classifiers do not
# always agree. Twelve tests are made, so single p-values of a few per cent say little.


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
# Training digits are real digits, and 2,000 *random* ones are told from test digits
# hardly more often than by guessing. Now take the first 2,000 training digits of the
# file. They are a block by the same writers, and not a fair sample of the training
# split. Expect a two-sample test accuracy well above one half.

# %% id="07-two-sample-block"
for name, rows in (("random", torch.randperm(len(digits))[:n]), ("first", range(n))):
    block = metrics.features(digits.images[torch.as_tensor(rows)])
    print(f"{name:<7} training digits: {words(metrics.two_sample(block, real))}")

# %% [markdown] id="07-two-sample-blind-text"
# So a block of the file looks like a bad generator to this test. (That is why all parts
# here are random.) A small difference stays for random training digits too: with 10,000
# of each, the test is right in 52.5 ± 1.0 % of the cases. (It is the floor in a report
# of 10,000 samples.) Two causes are likely, and we have not separated them. The test
# digits have other writers, and the network behind the features was trained on the
# training digits. A difference that can be *detected* may still be too small to matter.
#
# A large p-value only says that *this* classifier saw nothing. The logistic one separates
# with a plane. Show it the hollow square of section 4.

# %% id="07-two-sample-fooled"
for kind in ("logistic", "neighbour"):
    result = metrics.two_sample(hollow, ring, kind)
    print(f"{kind:<10} {words(result)}")

# %% [markdown] id="07-cas-text"
# The last test asks what the samples are useful for. The **classification accuracy score**
# trains a small classifier $f$ on generated images with their labels. Then it asks which
# share of *real* images $f$ classifies correctly (Ravuri and Vinyals 2019):
#
# $$\mathrm{CAS} = P_{(x, y) \sim p}\bigl(\arg\max_c f_G(x)_c = y\bigr). \tag{7.22}$$
#
# Our generator makes no labels (chapter 10 changes that), so the course's classifier
# supplies them, and with them some of what it knows. Compare with the first line, not
# with 100 %. Training depends on its seed, so each set is used three times.
#
# **Predict.** A classifier that learns from the training copies classifies about 96 % of
# the real digits correctly. Which share, in per cent, does one reach that learns from the
# blurred digits?

# %% id="07-cas-predict"
checks.predict("07.learnt-from-blur", ..., unit="%")

# %% id="07-cas"
steps = 30 if training.fast_mode() else 300
truth = {"training copies": copied_labels, "blurred": copied_labels}
for name in ("training copies", "generated", "blurred", "ten, repeated"):
    labels = truth.get(name, metrics.classify(sets[name]))
    scores = [
        metrics.classification_accuracy(
            sets[name], labels, test.images, test.labels, seed=seed, steps=steps
        )
        for seed in range(3)
    ]
    print(f"{name:<16}" + "".join(f"{score:8.1%}" for score in scores))
    if name == "blurred":
        checks.measured("07.learnt-from-blur", 100 * sum(scores) / len(scores))

# %% [markdown] id="07-cas-after"
# The training copies come first, because they are the data that a classifier is meant to
# learn from. The blurred digits
# score as much as the generated ones or more, in each of the three trainings, although
# they do not look like MNIST. So this score is fooled by blur: a classifier that has
# learnt from blurred digits still reads sharp ones. What the score punishes is missing
# variety. Ten images, however good, do not teach what a 4 can look like.

# %% [markdown] id="07-copies-text"
# ## 9 · Copies
#
# No figure so far has revealed the third set, and FID even prefers it to the generator.
# Copies of the training data must be searched for on purpose. Distance to the nearest
# training image $t_1$ alone would report every plain 1, since all ones are close to one
# another. So divide it by the usual distance in the neighbourhood. Carlini et al. (2023)
# take 50 neighbours:
#
# $$s(x) = \frac{\lVert x - t_1 \rVert}{\frac{1}{50} \sum_{i \le 50} \lVert x - t_i \rVert}. \tag{7.23}$$
#
# One in a hundred real, unseen images falls below a certain threshold. An image below it is
# called a near-copy. To save time only a random part of the training set is searched here,
# `known`, from which the copies were taken. The report of section 11 searches all of it.
# `unseen` are other random training digits, so that no difference between the splits
# disturbs.

# %% id="07-copies"
known_images, unseen_images = mixed(known)[0], mixed(unseen)[0]
threshold = metrics.copies.calibrate(unseen_images, known_images)
for name, images in sets.items():
    rate = metrics.near_copy_rate(images[:500], known_images, threshold)
    print(f"{name:<16}{rate:6.1%} near-copies")

# %% [markdown] id="07-copying-text"
# A threshold finds the few images that are far too near. A rank test finds many that are a
# little too near. It estimates the probability that a sample is nearer to the training set
# than an unseen real image is:
#
# $$\hat P = \frac{1}{nm} \sum_{i, j} \Bigl(\mathbb 1[s(y_i) < s(x_j)] + \tfrac12\, \mathbb 1[s(y_i) = s(x_j)]\Bigr). \tag{7.24}$$
#
# It is 1/2 for samples as new as real images. (Meehan et al. 2020 test it with the
# statistic of Mann and Whitney 1947.) The second set of the next cell consists of training
# images in one half and of new images in the other. Expect a p-value near 0 for it.

# %% id="07-copying"
half = torch.cat([known_images[:50], unseen_images[-50:]])
for name, images in (("generated", sets["generated"][:250]), ("half copies", half)):
    result = metrics.copying(images, known_images, unseen_images[:200])
    print(f"{name:<12} nearer {result.nearer:.2f}, p = {result.p_value:.1g}")

# %% [markdown] id="07-fool-copies-text"
# {{exercise 07.fool_copies}}
#
# Both figures compare pixels. First hide copies from them. Then find images that are
# wrongly reported as copies. Return
#
# - `stolen`: every image of `train`, altered so that at most 2 % count as near-copies,
#   although you can see where it came from. (The checker looks for your originals at
#   every shift up to three pixels, and must find them.)
# - `accused`: images of `unseen`, copies of no image, at least three of them, of which most
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
stolen, accused = fool_copies(known_images, unseen_images)
for name, images in (("stolen", stolen[:500]), ("accused", accused)):
    rate = metrics.near_copy_rate(images, known_images, threshold)
    print(f"{name:<8}{rate:.0%} near-copies")
fid = metrics.fid_estimate(metrics.features(stolen[:n]), real)
print(f"FID of the stolen set {fid}")

# %% id="07-fool-copies-look"
plots.show(
    plots.labelled_rows({"training": known_images[:16], "stolen": stolen[:16]}),
    "Sixteen training digits and, beneath, the same ones, slightly altered.",
)

# %% [markdown] id="07-fool-copies-after"
# So a low rate of near-copies does not show that a model copies nothing, and a high rate
# does not prove that it copies. For a model that matters, search in several spaces (pixels,
# shifted pixels, features), and look at the nearest pairs with your own eyes.

# %% [markdown] id="07-paint-text"
# ## 10 · Images made for the evaluation network
#
# Each metric was fooled on its own. Now we attack the features themselves, with images
# that do not show digits. The evaluation network $\varphi$ has gradients. Start from
# noise, take the features of a real digit $t$ as the goal, and change the *pixels*:
#
# $$\min_x \bigl\lVert \varphi(x) - \varphi(t) \bigr\rVert^2. \tag{7.25}$$
#
# The honest rival is a set that you read without effort: the same digits, moved by four
# pixels. A metric is called **fooled** when it puts the made images between the real digits
# and the moved ones. It is called **even** when made and moved images differ by less than
# their errors. Expect that the metrics do not agree. (With 120 images all errors are large,
# and FID has much bias: every row has the same $n$.)

# %% id="07-paint"
network = metrics.extractor().body
count, rounds = (100, 5) if training.fast_mode() else (120, 100)
goal = metrics.features(train_images[:count])
made = torch.randn(count, 1, 28, 28, requires_grad=True)
adam = torch.optim.Adam([made], lr=0.1)
for _ in range(rounds):
    loss = (network(made.tanh()) - goal).square().sum(1).mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
noisy = made.tanh().detach()

# %% id="07-paint-look"
plots.show(
    plots.labelled_rows({"goal": train_images[:16], "made": noisy[:16]}),
    "Sixteen digits, and beneath each an image of noise in which no digit can be seen.",
)


# %% id="07-paint-scores"
def scores_of(images, labels):
    """The figures of a few images against `real`, with their errors."""
    of = metrics.compare(metrics.features(images), real)
    read = float((metrics.classify(images) == labels).double().mean())
    names = ("fid", "kid", "inception_score", "precision", "recall", "density")
    row = {name: of.estimate(name) for name in (*names, "coverage", "told_apart")}
    return row | {"read as meant": metrics.errors.share(read, len(images))}


# %% id="07-paint-sheet"
labels = copied_labels[:count]
shifted = torch.roll(train_images[:count], (4, 4), dims=(2, 3))
own, own_labels = (part[:count] for part in mixed(unseen))
rows = {
    "real digits": scores_of(own, own_labels),
    "moved by 4": scores_of(shifted, labels),
    "made for the network": scores_of(noisy, labels),
}
print(" " * 16 + "".join(f"{name:>22}" for name in rows))
for name in rows["real digits"]:
    print(f"{name:<16}" + "".join(f"{row[name]!s:>22}" for row in rows.values()))
print(metrics.fooled(*rows.values(), lower=("fid", "kid", "told_apart")))

# %% [markdown] id="07-paint-after"
# FID and KID are fooled: they put noise that was made for the network nearer to the data
# than digits that you read without effort. The classifier reads the noise as meant, as
# often as it reads real digits. The other metrics do not prefer the noise, and for them the
# two sets do not differ by more than the errors. Precision, density and coverage are near 0
# for both, and the two-sample test tells both from real digits nearly always. So these
# metrics reject the noise, but they reject the readable, moved digits as well.
#
# FID was not a training loss of any generator here. But whoever *chooses* among many runs,
# settings or filters by FID optimises FID by hand. Choose with one metric, and report
# with another that had no part in the choice.

# %% [markdown] id="07-report-text"
# ## 11 · The report as a whole
#
# No single figure can be trusted alone. Several can, if they are read together: what fools
# one is often seen by another. `metrics.report` prints them with a **floor** (random
# training digits in place of samples) and a **ceiling** (noise). Read each row from left to
# right: where between the floor and the ceiling do the samples stand? Beside coverage
# stands what a perfect generator would reach, and every figure has its ±. Two figures
# differ only when they are further apart than their errors together:
# $|a - b| > \sqrt{e_a^2 + e_b^2}$.

# %% id="07-report"
print(metrics.report(sets["generated"], data=digits.name))

# %% [markdown] id="07-sheet-text"
# Now all six sets. Shares are in per cent, `classes` is the distance of the digits' shares,
# and the number in brackets is the coverage of a perfect generator. The reference is the
# whole test split here, so the first row is partly compared with itself. In each column the
# best row is bold only where it differs from all others by more than the errors. Before you
# look: which figure reveals each of the four sets that are not new digits?


# %% id="07-sheet-row"
def scaled(estimate, by=100):
    """An estimate and its error in other units, by default in per cent."""
    return Estimate(by * estimate.value, by * estimate.error)


perfect = f"coverage % ({100 * metrics.perfect_coverage(len(test), n):.0f})"


def row(images):
    """The main figures of one set of images with their errors, by name."""
    report = metrics.report(images, data=digits.name)
    of = report.samples.estimate
    return {
        "FID": of("fid"),
        "1000 |KID|": scaled(Estimate(abs(of("kid").value), of("kid").error), 1000),
        "precision %": scaled(of("precision")),
        "recall %": scaled(of("recall")),
        "density %": scaled(of("density")),
        perfect: scaled(of("coverage")),
        "classes %": scaled(of("histogram_distance")),
        "copies %": scaled(Estimate(report.near_copy_rate, report.near_copy_error)),
    }


# %% id="07-sheet"
lower = ("FID", "1000 |KID|", "classes %", "copies %")
rows = {name: row(images) for name, images in sets.items()}
plots.show(
    plots.score_sheet(rows, lower=lower),
    "A table of six sets and eight figures with their errors, each column shaded by"
    " rank. " + plots.best_of(rows, lower=lower),
)
print(plots.score_table(rows, lower=lower))

# %% [markdown] id="07-sheet-after"
# FID and KID are far too large for three sets, and do not say what is wrong with them.
# Blurring shows in coverage, density, precision and recall, which are far below those of
# the honest sets. Repetition shows in recall and coverage. Precision and density do not see
# it (and its errors mean nothing, because its images are not independent). Copying shows in
# the last column and nowhere else, noise in all columns but the last. The copies are better
# than the generator in FID, recall and coverage, even with it in KID and precision, and
# worse in density alone. The last column says why.

# %% [markdown] id="07-eye-text"
# ## 12 · Your own eye
#
# The oldest measure is the eye. Here are twenty images, real and generated in random order;
# say which is which. Answers are kept in `runs/blind_test.json` beside this notebook, on
# this computer and nowhere else, and you can stop and go on later. Buttons take the
# keyboard: Tab to reach them, Space to press. Where no buttons appear there is a numbered
# sheet, and you write the answers as letters: `widgets.blind_answers("r g g r ...")`.

# %% id="07-blind"
widgets.blind_test()

# %% [markdown] id="07-eye-interval-text"
# Twenty answers do not say much. The share of right answers of a reader who guesses
# scatters as in (7.21). An advantage of $e$ over guessing exceeds that scatter, at 95 %,
# after
#
# $$n \approx \Bigl(\frac{z}{2 e}\Bigr)^2, \qquad z = 1.96 \tag{7.26}$$
#
# answers. That is about a hundred if you are right 60 % of the time. So your result comes
# with an interval, Wilson's of chapter 06.
#
# Beside it stands what the two-sample test reaches on the same kinds of images, after it
# has learnt from others. The first cell shows an example: a reader who did not look and
# answered "real" every time. Run the second cell after your last answer.

# %% id="07-blind-example"
print(widgets.blind_answers("r" * 20, file="runs/blind_example.json"))

# %% id="07-blind-result"
print(widgets.blind_result())

# %% [markdown] id="07-eye-after"
# An interval that holds one half says that twenty images did not suffice to show that
# you can tell. It does not say that you cannot. And note what an eye does not judge at
# all: you saw twenty images, and nothing about variety, classes or copies.

# %% [markdown] id="07-claim-text"
# ## 13 · A claim to check
#
# Theis et al. (2016, where they treat Parzen windows) report that by Parzen windows on
# MNIST the *centres of k-means* get a higher likelihood than true samples do. No centre
# is a digit that anyone wrote. The next cell takes as many cluster centres
# as images, each set with the width that is best for the tuning digits. Which set do you
# expect to get the higher likelihood?

# %% id="07-claim"
count = 50 if training.fast_mode() else 500
many = data.to_float(mixed(more)[0]).flatten(1)[: 10 * count]
kmeans = MiniBatchKMeans(count, n_init=1, max_iter=5, random_state=0)
centres = torch.from_numpy(kmeans.fit(many.numpy()).cluster_centers_)
rivals = {"true digits": many[:count], "k-means": centres}
for name, chosen in rivals.items():
    sigma, mean = parzen(chosen)
    print(f"{name:<12} sigma {sigma:.2f}: {mean.value:6.0f} ± {mean.error:.0f} nats")

# %% id="07-claim-look"
plots.show(
    plots.labelled_rows(
        {name: x[:16].view(-1, 1, 28, 28) for name, x in rivals.items()}
    ),
    "Sixteen digits, and beneath sixteen cluster centres: soft averages of many digits.",
)

# %% [markdown] id="07-claim-after"
# The claim holds here: averages score better than true digits by a measure that was meant
# to recognise the true distribution. Your turn: does it still hold with five times as many
# windows?

# %% [markdown] id="07-practice"
# ## 14 · Metrics in practice
#
# Outside this chapter images have colours and thousands of pixels, and the metrics come
# from libraries. What changes then, and what should you use?
#
# **Tools.** `torch-fidelity` reproduces the numbers of the reference programs for FID, KID
# and inception score. `torchmetrics` has the same metrics as objects that are updated batch
# by batch, so they fit into a training loop. `clean-fid` fixes how images are resized and
# stored. Different tools give different numbers for the same images: name the tool and its
# version.
#
# **Pitfalls.** Inception wants 299 × 299 pixels in RGB. Resizing without anti-aliasing
# changes FID, and so does storing images as JPEG with another quality than the
# reference (Parmar et al. 2022). Check the range of values ([0, 1], [-1, 1] or 0 to
# 255) and the order of the channels. Treat real and generated images alike, and repeat
# grey images to three channels on both sides.
#
# **The 50,000 convention.** Papers often compute FID from 50,000 samples against the whole
# *training* set. The bias of $n$ is then small, and nearly the same for models that are
# alike. With fewer samples give $n$, and compare only with figures of the same $n$. FID
# does not see copies of the training set, so search for them as in section 9.
#
# **Other features.** Inception was trained to tell the classes of ImageNet. For other
# pictures its features weigh the wrong things. Stein et al. (2023) compare extractors with
# human answers and recommend DINOv2; Jayasumana et al. (2024) use CLIP features with an
# MMD. Figures of different extractors cannot be compared.
#
# **Text to image.** FID does not ask whether a picture shows what its caption says. The
# CLIP score (Hessel et al. 2021) does: it is the cosine of the angle between the CLIP
# vectors of picture and caption. It counts objects badly, and a model can be trained on it.
# Models of human preference such as PickScore (Kirstain et al. 2023) are trained on choices
# between two pictures. The last word is a blind comparison by people, with an interval as
# in section 12.
#
# | question | use |
# |---|---|
# | is the training going well? | FID or KID with a few thousand samples, always the same $n$ |
# | which of two models is better? | FID and KID with errors, several seeds, one extractor |
# | is quality or variety missing? | precision and recall, density and coverage |
# | does it copy? | nearest neighbours in several spaces, and a look at the pairs |
# | does it follow the text? | CLIP score or a preference model, and people |

# %% [markdown] id="07-predictions-text"
# The table shows your predictions beside the measured values. Where they differ most, read
# that section once more.

# %% id="07-predictions"
checks.predictions("07")

# %% [markdown] id="07-recap"
# ## What to take along
#
# - A GAN has no density. Parzen windows give a number, and blurred digits and k-means
#   centres get a better one than real digits.
# - The inception score rewards sure and varied classes and never looks at the data.
# - FID is the squared 2-Wasserstein distance between two Gaussians. It sees two moments,
#   and its bias falls with $1/n$. KID has no such bias and sees three moments.
# - Precision and density ask for quality, recall and coverage for variety. Coverage has to
#   be read beside its perfect value.
# - A two-sample test finds small differences, even between blocks of one file. Real sets
#   have to be random parts.
# - Training copies pass all distances here. Look for them on purpose, in several spaces.
# - Every figure has an error, and two figures differ only by more than theirs. What is used
#   to choose a model must not be used to report on it.
#
# For each metric this chapter has shown a set that fools it:
#
# | metric | fooled by | section |
# |---|---|---|
# | likelihood by Parzen windows | blurred digits, centres of k-means | 2, 13 |
# | inception score | ten images, repeated | 3 |
# | FID | a filled square; images made for the network | 4, 10 |
# | KID | the filled square | 6 |
# | precision, density | ten images, repeated | 7 |
# | recall | points far from the data, on two sides | 7 |
# | coverage | training copies, as all distances here | 7, 9 |
# | two-sample test (logistic) | the filled square | 8 |
# | classification accuracy score | blurred digits | 8 |
# | near-copies | training images, moved by a pixel | 9 |
#
# **Terms**: Parzen window 帕尔森窗 · inception score IS 起始分数 · Fréchet distance 弗雷歇距离 ·
# kernel distance (KID) 核距离 · precision 精确率 · recall 召回率 · density (metric) 密度指标 ·
# coverage 覆盖率 · near-copy 近似副本 · jackknife 刀切法.
#
# **Next** chapter 08 has a model whose likelihood has a lower bound.
#
# ## References
#
# - L. Theis, A. van den Oord, M. Bethge. A Note on the Evaluation of Generative Models.
#   ICLR 2016. Why likelihood, Parzen windows and looks are three questions; short, read it.
# - T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen. Improved
#   Techniques for Training GANs. NeurIPS 2016. The inception score.
# - D. C. Dowson, B. V. Landau. The Fréchet Distance between Multivariate Normal
#   Distributions. Journal of Multivariate Analysis, 1982. Formula (7.10).
# - M. Gelbrich. On a Formula for the L2 Wasserstein Metric between Measures on Euclidean
#   and Hilbert Spaces. Mathematische Nachrichten, 1990. (7.10) as a bound for other
#   distributions.
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter. GANs Trained by a
#   Two Time-Scale Update Rule Converge to a Local Nash Equilibrium. NeurIPS 2017. FID.
# - B. Efron, C. Stein. The Jackknife Estimate of Variance. Annals of Statistics, 1981. Why
#   the errors of this chapter are rather too large than too small.
# - M. J. Chong, D. Forsyth. Effectively Unbiased FID and Inception Score and Where to Find
#   Them. CVPR 2020. The line of section 5.
# - M. Bińkowski, D. J. Sutherland, M. Arbel, A. Gretton. Demystifying MMD GANs. ICLR 2018.
#   KID, and the bias of FID.
# - A. Gretton, K. M. Borgwardt, M. J. Rasch, B. Schölkopf, A. Smola. A Kernel Two-Sample
#   Test. Journal of Machine Learning Research, 2012. MMD and its unbiased estimate.
# - T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila. Improved Precision and
#   Recall Metric for Assessing Generative Models. NeurIPS 2019. Definition (7.17).
# - M. F. Naeem, S. J. Oh, Y. Uh, Y. Choi, J. Yoo. Reliable Fidelity and Diversity Metrics
#   for Generative Models. ICML 2020. Density, coverage and their perfect values.
# - D. Lopez-Paz, M. Oquab. Revisiting Classifier Two-Sample Tests. ICLR 2017. Section 8.
# - S. Ravuri, O. Vinyals. Classification Accuracy Score for Conditional Generative Models.
#   NeurIPS 2019. Metric (7.22).
# - N. Carlini, J. Hayes, M. Nasr, M. Jagielski, V. Sehwag, F. Tramèr, B. Balle, D. Ippolito,
#   E. Wallace. Extracting Training Data from Diffusion Models. USENIX Security 2023. How
#   training images are found in what a model generates.
# - C. Meehan, K. Chaudhuri, S. Dasgupta. A Non-Parametric Test to Detect Data-Copying in
#   Generative Models. AISTATS 2020. The rank test of section 9.
# - H. B. Mann, D. R. Whitney. On a Test of Whether One of Two Random Variables Is
#   Stochastically Larger than the Other. Annals of Mathematical Statistics, 1947.
# - G. Parmar, R. Zhang, J.-Y. Zhu. On Aliased Resizing and Surprising Subtleties in GAN
#   Evaluation. CVPR 2022. Resizing and JPEG.
# - G. Stein, J. C. Cresswell, R. Hosseinzadeh and others. Exposing Flaws of Generative
#   Model Evaluation Metrics and Their Unfair Treatment of Diffusion Models. NeurIPS 2023.
# - S. Jayasumana, S. Ramalingam, A. Veit, D. Glasner, A. Chakrabarti, S. Kumar. Rethinking
#   FID: Towards a Better Evaluation Metric for Image Generation. CVPR 2024.
# - J. Hessel, A. Holtzman, M. Forbes, R. Le Bras, Y. Choi. CLIPScore: A Reference-free
#   Evaluation Metric for Image Captioning. EMNLP 2021.
# - Y. Kirstain, A. Polyak, U. Singer, S. Matiana, J. Penna, O. Levy. Pick-a-Pic: An Open
#   Dataset of User Preferences for Text-to-Image Generation. NeurIPS 2023. PickScore.
