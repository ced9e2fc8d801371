# %% [markdown] id="17-title"
# # 17 · Responsible generation
#
# A generator draws good pictures. Whom does it draw, and whom does it leave out? Does
# it reveal who was in its training set? What can you promise to these people, and
# what does the promise cost? In this chapter each of these questions becomes a
# measurement. We run attacks that work, test defences that hold, and say where each
# defence ends.
#
# **You will be able to**
# - correct shares that a classifier has counted, and give them an interval;
# - say what happens to variance and variety when a model learns from its own output;
# - find out who was in a training set, and report the attack as it should be reported;
# - state what differential privacy promises, and compute the noise that it needs;
# - write a private generator, the step of DP-SGD and an accountant;
# - find broken promises of privacy by an audit;
# - average the work of clients that keep their data, and say what they reveal all the
#   same;
# - measure energy, and check claims on energy and jobs against their sources.
#
# **Time** {{time}}. Good places to stop in between are the ends of sections 3 and 4.
#
# **Before this** chapters 07 and 08. Chapters 14 (sections 8 and 9) and 15 (section 6)
# begin what sections 1, 2 and 3 go on with.
#
# {{run card}}

# %% id="17-imports"
import itertools
import math

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.stats import beta, norm
from torch import nn
from torch.nn import functional as F

# %% id="17-course"
from aigc_course import (
    checks,
    control,
    data,
    energy,
    federated,
    gan,
    metrics,
    plots,
    privacy,
    studies,
    training,
    vae,
)
from aigc_course.errors import CourseError
from aigc_course.metrics import shares
from aigc_course.theory import collapse, own_output

training.seed_everything(17)
fast = training.fast_mode()

# %% [markdown] id="17-idea-text"
# The picture shows the whole idea. People are at both ends of a generator. The
# questions of sections 1 and 6 concern what comes out, and those of sections 3 to 5
# concern who is inside. Section 2 follows the dashed line from the pictures back to
# the training.

# %% id="17-idea"
stages = [
    plots.Stage("People", "who is in\nthe data?", "section 3"),
    plots.Stage("Clients", "does the server\nsee the data?", "5"),
    plots.Stage("Training", "what can\nbe promised?", "4"),
    plots.Stage("Generator", "what does\nit cost?", "6"),
    plots.Stage("Pictures", "who is drawn?", "1"),
]
ways_back = [
    plots.Return(4, 0, "an attack finds out who was in"),
    plots.Return(4, 2, "2: its own output becomes data"),
]

# %% id="17-idea-look"
plots.show(
    plots.pipeline(stages, ways_back),
    "Five boxes from left to right: people, clients, training, generator, pictures, each with"
    " a question and its section. Dashed ways lead back from the pictures to the people and to"
    " the training.",
)

# %% id="17-data"
digits, test = data.default(), data.default("test")
judged, x_test = metrics.classify(test.images), data.to_float(test.images)
n = 1000 if fast else 4000

# %% [markdown] id="17-shares-text"
# ## 1 · Who is drawn?
#
# A generator of faces draws too few of some people. To find out, somebody has to sort
# its pictures, and for thousands of pictures this is a classifier. Chapter 14 did so
# with digits, and took the classifier's counts as the true shares. But a classifier
# makes errors. How far are its shares from the true ones?
#
# We begin with a set whose shares we know: test digits, drawn unevenly. The
# classifier, which we call the judge, is a poor one on purpose. It takes the class
# whose mean picture is nearest. Half of the test digits are used to measure its
# errors, and the set is drawn from the other half.

# %% id="17-judge"
means = torch.stack(
    [data.to_float(digits.images[digits.labels == c][:500]).mean(0) for c in range(10)]
)


def nearest_mean(pictures):
    """The class [N] whose mean picture is nearest."""
    return torch.cdist(pictures.flatten(1), means.flatten(1)).argmin(1)


# %% id="17-uneven"
true = torch.tensor([0.02, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.18, 0.2])
known, rest = data.parts(test, len(test) // 2, len(test) // 2, seed=17)
chance = torch.Generator().manual_seed(17)
drawn = torch.multinomial(
    true[rest.labels] / rest.labels.bincount()[rest.labels],
    4000,
    replacement=True,
    generator=chance,
)
pictures, labels = data.to_float(rest.images[drawn]), rest.labels[drawn]

# %% id="17-confusion"
table = shares.confusion_counts(nearest_mean(data.to_float(known.images)), known.labels)
confusion = table.double() / table.sum(1, keepdim=True)
read = nearest_mean(pictures).bincount(minlength=10) / len(pictures)
print("accuracy of each class:", *(f"{a:.2f}" for a in confusion.diagonal()))

# %% [markdown] id="17-shares-exercise"
# The matrix $A$ has a row for each true class: $A_{ij}$ is the probability that a
# picture of class $i$ is read as $j$.
#
# {{exercise 17.corrected_shares}}
#
# From the shares that are read and from $A$, find the true shares. First write down
# what the shares read would be if you knew the true ones.


# %% id="17-ex-shares" exercise="17.corrected_shares"
def corrected_shares(read, confusion):
    """True shares [C] behind the shares read [C]; confusion [true, read]."""
    ### BEGIN SOLUTION
    return torch.linalg.solve(confusion.T, read)
    ### END SOLUTION


# %% id="17-ex-shares-check"
corrected_shares = checks.use("17.corrected_shares", corrected_shares)

# %% [markdown] id="17-shares-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# The share read as $j$ sums over the true classes, so with the true shares $p$
#
# $$q_j = \sum_i p_i A_{ij}, \qquad\text{that is}\qquad q = A^\top p, \qquad \hat p = (A^\top)^{-1} \hat q. \tag{17.1}$$
#
# </details>
#
# **Predict.** The judge is right for about 80 % of the digits. What is the largest
# error, in percentage points, among the ten shares that it reads?

# %% id="17-shares-predict"
checks.predict("17.largest-share-error", ..., unit="points")

# %% id="17-shares-compare"
corrected = corrected_shares(read.double(), confusion)
now = labels.bincount(minlength=10) / len(labels)
print("class      ", *(f"{c:6}" for c in range(10)))
for name, found in {"true": now, "as read": read, "corrected": corrected}.items():
    print(f"{name:11}", *(f"{100 * s:6.1f}" for s in found), "%")
checks.measured("17.largest-share-error", 100 * float((read - now).abs().max()))

# %% [markdown] id="17-shares-interval"
# The correction removes most of the error. Two things are still random: which
# pictures were drawn, and on which pictures the errors were measured. Let $n$ be the
# number of pictures, and $a_i$ the row $i$ of $A$, measured on $m_i$ pictures of
# class $i$. Then the covariance of $\hat p$ is approximately
#
# $$\operatorname{Cov}(\hat p) \approx B \Bigl[\frac{\operatorname{diag}(q) - q q^\top}{n} + \sum_i p_i^2\, \frac{\operatorname{diag}(a_i) - a_i a_i^\top}{m_i}\Bigr] B^\top, \qquad B = (A^\top)^{-1}. \tag{17.2}$$
#
# This is the delta method: both sources are propagated through (17.1). `shares`
# computes the intervals. An interval of 95 % should contain the truth in 95 % of
# repetitions. The cell simulates 200 sets and counts.

# %% id="17-shares-coverage"
covered = shares.coverage(true, confusion, simulations=40 if fast else 200)
print(
    f"95 % intervals that contain the truth: corrected {covered.corrected:.1%},"
    f" as read {covered.raw:.1%}, worst class {covered.worst:.1%}"
)

# %% [markdown] id="17-shares-generator"
# In our run the corrected intervals contain the truth in 97.1 % of all cases, and in
# 95.0 % for the worst class. Intervals around the shares as read contain it in 44.6 %
# only.
#
# Now we read the pictures of chapter 05's generator twice: by the nearest mean, and
# by the course's classifier. If the correction works, both give nearly the same
# shares.

# %% id="17-shares-draw"
generator = gan.pretrained_generator()


@torch.no_grad()
def draw(count, limit=10.0, seed=17):
    """Pictures of latents with |z| <= limit; 10 is no limit in practice."""
    chance = torch.Generator().manual_seed(seed)
    z = control.truncated_normal(count, 64, limit, chance)
    return torch.cat([generator(part) for part in z.split(500)])


# %% id="17-shares-both"
drawn = draw(n)
careful = shares.confusion_counts(judged, test.labels)
judges = {
    "nearest mean": shares.corrected_shares(
        nearest_mean(drawn).bincount(minlength=10), table
    ),
    "classifier": shares.corrected_shares(
        metrics.classify(drawn).bincount(minlength=10), careful
    ),
}
for name, found in judges.items():
    print(f"{name:13} as read  ", *(f"{100 * s:5.1f}" for s in found.raw))
    print(f"{name:13} corrected", *(f"{100 * s:5.1f}" for s in found.estimate))

# %% [markdown] id="17-shares-limit"
# The nearest mean reads far too many ones. After the correction most of its shares
# agree better with those of the classifier, but not all of them. The classifier itself
# needs hardly any correction.
#
# Two limits. The correction assumes that the judge confuses generated pictures as it
# confuses real ones, and a generator may draw pictures that mislead it. And a
# correction by a poor judge makes intervals wide: (17.2) contains the inverse of $A$.
# So use a better judge where there is one. Teo et al. (2023) also correct shares by a
# statistical model of the classifier's errors. They report considerable errors of
# fairness measures without a correction, even with highly accurate classifiers.
#
# ### Quality for each class
#
# A share says how often a class is drawn, and not how well. The next cell computes an
# FID for each class, with equal numbers of real and drawn pictures. The floor is the
# FID of other real pictures of the same class. So a class with few pictures is not
# punished for being rare.

# %% id="17-quality"
m = 100 if fast else 250
many = draw(1500 if fast else 4000)
by_class = metrics.classify(many)
for c in range(10):
    own = metrics.features(many[by_class == c][:m])
    real = digits.images[digits.labels == c]
    reference, other = metrics.features(real[:m]), metrics.features(real[m : 2 * m])
    print(
        f"{c}: share {(by_class == c).double().mean():5.1%}, FID"
        f" {metrics.fid(own, reference):5.2f}, floor {metrics.fid(other, reference):.2f}"
    )

# %% [markdown] id="17-truncation-text"
# In our run the FID of every class lies above its floor. Class 2 is nearest to its
# floor, and class 3 is farthest from it, although both are drawn about equally often.
# So a share does not tell the quality.
#
# An FID of 250 pictures is too high by a bias of its own (chapter 07), and the floor
# has a similar bias. So compare distances from the floor, and not the FIDs
# themselves.
#
# ### Truncation
#
# Chapter 10 left out the tails of the latents to get clearer pictures. Whom does this
# remove?
#
# **Predict.** All shares would be 10 % for an even generator. What is the smallest of
# the ten shares, in percent, when latents are limited to $\lvert z \rvert \le 1$?

# %% id="17-truncation-predict"
checks.predict("17.smallest-share", ..., unit="%")

# %% id="17-truncation"
limits = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
smallest, largest = [], []
for limit in limits:
    share = metrics.classify(draw(n // 2, limit)).bincount(minlength=10) / (n // 2)
    smallest.append(100 * float(share.min()))
    largest.append(100 * float(share.max()))

# %% id="17-truncation-look"
plots.show(
    plots.lines(
        {"most frequent": (limits, largest), "rarest": (limits, smallest)},
        "limit of the latents",
        "share of a class, %",
    ),
    f"The shares of the most frequent and of the rarest class over the limit. At 3 they are"
    f" {largest[-1]:.0f} % and {smallest[-1]:.1f} %, at 0.25 {largest[0]:.0f} % and"
    f" {smallest[0]:.1f} %.",
)
checks.measured("17.smallest-share", smallest[2])

# %% [markdown] id="17-truncation-after"
# At the limit 0.25 one class takes 76 % of the pictures in our run, and the rarest one
# is not drawn.
#
# For this generator truncation makes bias worse, because latents near 0 belong to few
# classes. Nothing in (10.16) mentions classes. An FID of all pictures would not say
# which classes are lost, but the shares do. So measure shares at the settings that
# users get.

# %% [markdown] id="17-own-text"
# ## 2 · A model that learns from its own output
#
# The web fills with generated pictures, and the next model learns from them. Chapter
# 14 began with a normal distribution that is fitted to its own samples. If each
# generation *replaces* the data, a share $1/n$ of the variance is lost each time
# (14.13). Where data *accumulated*, the variance stayed near 1 in that run. Does it
# stay there in every later generation?
#
# {{exercise 17.accumulated_variance}}
#
# Derive it. The first $n$ numbers come from the true distribution. Before generation
# $k$ there are $N = (k - 1)\, n$ numbers. The fit to them has mean $m$ and variance
# $v$, and $n$ numbers are drawn from it. What is the expected variance of all $N + n$
# numbers, around their common mean?


# %% id="17-ex-accumulated" exercise="17.accumulated_variance"
def accumulated_variance(n, generations):
    """Expected share of the variance left after so many fits when all data are kept."""
    ### BEGIN SOLUTION
    return math.prod(1 - 1 / (n * k * k) for k in range(1, generations + 1))
    ### END SOLUTION


# %% id="17-ex-accumulated-check"
accumulated_variance = checks.use("17.accumulated_variance", accumulated_variance)

# %% [markdown] id="17-accumulated-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# Let $s^2$ be the mean square of the new numbers around their mean, and $d$ the
# distance of the two means. The squares around the common mean add up to
# $N v + n s^2 + d^2\, N n / (N + n)$. In expectation $s^2$ is $v\,(1 - 1/n)$ and $d^2$
# is $v / n$. With $N = (k - 1)\,n$ this gives
#
# $$\frac{\mathbb E[v_k]}{\mathbb E[v_{k-1}]} = 1 - \frac{1}{n k^2}, \qquad \frac{\mathbb E[v_t]}{v_0} = \prod_{k=1}^{t} \Bigl(1 - \frac{1}{n k^2}\Bigr). \tag{17.3}$$
#
# </details>
#
# The product does not go to 0. Euler's product for the sine gives its limit:
#
# $$\lim_{t \to \infty} \frac{\mathbb E[v_t]}{v_0} = \prod_{k=1}^{\infty} \Bigl(1 - \frac{1}{n k^2}\Bigr) = \frac{\sin(\pi / \sqrt n)}{\pi / \sqrt n}. \tag{17.4}$$
#
# So a chain that keeps its data never loses more than a bounded share, on average.
# With $n = 100$ the limit is 0.984, and with $n = 10$ it is 0.843. The cell compares
# both laws with 2,000 simulated chains of $n = 10$.

# %% id="17-accumulated"
t, curves = np.arange(0, 61, 5), {}
for name, keep in {"replace": False, "accumulate": True}.items():
    chains = collapse.simulate(10, 60, chains=2000, accumulate=keep, seed=17)
    curves[f"{name}, simulated"] = t, chains.variances.mean(0)[t]
curves["(14.13)"] = t, 0.9**t
curves["(17.3)"] = t, [accumulated_variance(10, int(k)) for k in t]
limit = math.sin(math.pi / math.sqrt(10)) / (math.pi / math.sqrt(10))

# %% id="17-accumulated-look"
plots.show(
    plots.lines(curves, "generation", "mean variance", log=True),
    "Mean variance over 60 generations on a logarithmic axis. Where data are replaced the"
    " simulated line falls along (14.13); where they accumulate it stays along (17.3), near"
    f" its limit {limit:.3f}.",
)

# %% [markdown] id="17-variety-text"
# Where data accumulate, the simulation follows its law. Where they are replaced, it
# does so for about 30 generations, and then departs from it. Probably very few chains
# with a large variance make up the expected value by then, and 2,000 chains do not
# contain enough of them.
#
# The same happens to classes. A generator draws class $c$ with probability $p_c$. The
# next one learns its shares from $n$ such draws, and so on. The **diversity** (多样性)
# $H = 1 - \sum_c p_c^2$ is the probability that two pictures show different classes.
# Where data are replaced
#
# $$\mathbb E[H_t] = \Bigl(1 - \frac1n\Bigr)^t H_0, \qquad P(\text{class } c \text{ is not drawn at all}) = (1 - p_c)^n. \tag{17.5}$$
#
# The first law is known from population genetics (Wright 1931): in a finite population,
# diversity is lost by random sampling alone. A class that was not drawn in one
# generation never comes back. The mean of each share does not change. So the loss has
# no preferred direction. Rare classes are usually lost first, because their shares are
# near 0.
#
# Now digits. The model is a normal distribution for each class, in 50 principal
# components. Each generation has 500 pictures, drawn from a fit to the generation
# before or to all before.

# %% id="17-digits-chain"
(first,) = data.parts(digits, 500, seed=17)
generations = 2 if fast else 10
feeding = {
    name: own_output.feed(
        first.images,
        first.labels,
        own_output.class_gaussians,
        generations,
        accumulate=keep,
        seed=17,
    )
    for name, keep in {"replace": False, "accumulate": True}.items()
}

# %% id="17-digits-figures"
real = metrics.features(data.subset(digits, 2000, seed=2).images)
for name, chain in feeding.items():
    for k in sorted({0, 1, generations // 2, generations}):
        fid = metrics.fid(metrics.features(chain[k].images), real)
        print(
            f"{name:10} generation {k:2}: variance {chain[k].variance():.4f},"
            f" diversity {chain[k].diversity():.3f}, FID {fid:6.2f}"
        )

# %% id="17-digits-look"
rows = {
    f"{name} {k}": chain[k].images[:14]
    for name, chain in feeding.items()
    for k in (0, 1, generations)
}
plots.show(
    plots.labelled_rows(rows),
    "Six rows of digits: real ones, the first generation and the last, where data are replaced"
    " and where they accumulate.",
)

# %% [markdown] id="17-digits-after"
# In our run the first fit to 500 digits halves the variance of the pixels. Probably
# the 50 components and the limits of the grey levels remove it; we have not separated
# them. After that, replaced data lose variance further, from 0.026 to 0.008 in nine
# generations, and diversity falls from 0.897 to 0.868. Accumulated data go from 0.026
# to 0.019, and their diversity, 0.896, hardly changes. The FID rises in both, to 26
# and to 13.
#
# Both chains lose more variance than the laws for one normal distribution say. With
# about 50 numbers for each class, (17.3) takes only 1 % in these nine generations,
# and our accumulated digits lose 28 %. The probable reason is that grey levels are
# cut in each generation, and that this error adds up. We have not separated it. The
# laws for the shares of classes do not depend on pixels.
#
# **A claim, checked.** Shumailov et al. (2024) write that models which learn from
# their own output lose the tails first and converge to little variety. With replaced
# data, our digits agree: variance and diversity fall. With kept data, both losses are
# smaller. For a normal distribution (17.3) bounds the loss of variance, and the
# expected diversity of all data follows the same product. So the condition matters
# more than the word "collapse": are the real data kept? A web page often does not say
# whether it was generated, so the answer is hard to know.

# %% [markdown] id="17-member-text"
# ## 3 · Who was in it?
#
# You have a picture and a trained model. Was your picture in its training set? This is
# a **membership inference attack** (成员推断攻击). Chapter 15 used the distance to the
# nearest sample, and reported the area under the curve. Both can be improved.
#
# The first improvement concerns the report. An attack that is right a little more
# often than not about everybody harms few people. An attack that is certain about
# some people harms these. So Carlini et al. (2022) report the share of members that
# is found, the true positive rate (TPR). They report it at a *low* rate of false
# accusations, the false positive rate (FPR):
#
# $$\mathrm{TPR@1\%} = P(s(x) \ge t \mid x \text{ is a member}), \qquad t \text{ with } P(s(x) \ge t \mid x \text{ is not}) \le 0.01. \tag{17.6}$$
#
# The second improvement concerns the attack. The score of a picture is minus its
# loss. An easy picture has a high score in every model. So we need to know which
# scores *this* picture gets with and without membership. **Shadow models** (影子模型)
# tell us: models of our own, each trained on a random half of the pictures. For each
# picture, half of them saw it. With the scores of the two groups as normal
# distributions, the most powerful test is their likelihood ratio (Neyman and Pearson
# 1933). This is the **likelihood-ratio attack** (似然比攻击):
#
# $$\Lambda(x) = \log \mathcal N\bigl(s;\, \mu_{\text{in}}(x), \sigma_{\text{in}}^2\bigr) - \log \mathcal N\bigl(s;\, \mu_{\text{out}}(x), \sigma_{\text{out}}^2\bigr). \tag{17.7}$$
#
# The two means belong to the picture. With few shadow models the two variances are
# estimated over all pictures together. The first one is the mean of
# $(s - \mu_{\text{in}}(x))^2$ over all models and pictures of the first group.
#
# {{exercise 17.likelihood_ratio}}


# %% id="17-ex-ratio" exercise="17.likelihood_ratio"
def likelihood_ratio(score, scores, member):
    """log ratio [N] of score [N], by scores [S, N] of shadow models and member [S, N]."""
    ### BEGIN SOLUTION
    found = []
    for group in (member, ~member):
        w = group.to(scores)
        mean = (w * scores).sum(0) / w.sum(0)
        var = (w * (scores - mean) ** 2).sum() / w.sum()
        found.append(-0.5 * ((score - mean) ** 2 / var + var.log()))
    return found[0] - found[1]
    ### END SOLUTION


# %% id="17-ex-ratio-check"
likelihood_ratio = checks.use("17.likelihood_ratio", likelihood_ratio)

# %% [markdown] id="17-member-run-text"
# We train 10 small autoencoders at once. Each sees a random half of 400 digits, and
# each digit is seen by half of the models. The first model is attacked, and the others
# are the shadow models. The attacker of the first row knows the score alone.
#
# **Predict.** At 1 % false accusations, which share of the members does the ratio find,
# in percent?

# %% id="17-member-predict"
checks.predict("17.members-found", ..., unit="%")

# %% id="17-member-train"
pool, models = (200, 6) if fast else (400, 10)
(exposed,) = data.parts(digits, pool, seed=18)
chance = torch.Generator().manual_seed(17)
half = [
    torch.rand(pool, generator=chance).argsort() < pool // 2 for _ in range(models // 2)
]
member = torch.stack([group for one in half for group in (one, ~one)])
shadows = privacy.train_shadows(
    data.to_float(exposed.images), member, steps=40 if fast else 200
)

# %% id="17-member-attack"
inside, scores = member[0], shadows.scores
attacks = {
    "score alone": scores[0],
    "likelihood ratio": likelihood_ratio(scores[0], scores[1:], member[1:]),
}
for name, s in attacks.items():
    found = privacy.tpr_at(s[inside], s[~inside])
    print(f"{name:17} members found at 1 % accused: {found:.1%}")
checks.measured("17.members-found", 100 * found)

# %% id="17-member-look"
curves = {"guessing": ([0.002, 1], [0.002, 1])}
for name, s in attacks.items():
    fpr, tpr = privacy.roc(s[inside], s[~inside])
    keep = (fpr > 0) & (tpr > 0)
    at = torch.linspace(0, int(keep.sum()) - 1, 30).long()
    curves[name] = fpr[keep][at], tpr[keep][at]
plots.show(
    plots.lines(
        curves, "share of others accused", "share of members found", log=True, logx=True
    ),
    "Members found over others accused, on two logarithmic axes: guessing, the score alone, and"
    " the likelihood ratio.",
)

# %% [markdown] id="17-member-after"
# In our run the ratio finds 23.5 % of the members at 1 % false accusations, and the
# score alone finds 8 %. With 200 others, 1 % means two accused pictures, so both
# figures are uncertain.
#
# This model was trained on few pictures, for long, so that it shows the effect. It is
# one run. With more pictures, or with fewer passes over them, we expect the same
# attack to find less; we have not measured this. A picture that the attack does not
# find is not proved to be safe. This attack needs the loss under the model. Chapter
# 15's distance attack looks at samples only.
#
# ### Copies without the training set
#
# Section 9 of chapter 07 searches samples for near-copies of training pictures. An
# attacker has no training pictures. Carlini et al. (2023) draw many samples and look
# for samples that are nearly equal *to each other*. Independent samples of a generator
# that varies its pictures are hardly ever nearly equal. A training picture that is
# drawn twice is.

# %% id="17-extract"
parrot = data.to_float(exposed.images[torch.randint(0, pool, (400,), generator=chance)])
parrot = (parrot + 0.05 * torch.randn(parrot.shape, generator=chance)).clamp(-1, 1)
for name, samples in {"parrot": parrot, "DCGAN": draw(400)}.items():
    found = privacy.repeated(samples, within=0.1)
    print(f"{name:7} samples with a near twin among 400: {found.double().mean():.1%}")

# %% [markdown] id="17-extract-after"
# In our run 27.5 % of the parrot's samples have a twin, and none of the DCGAN's has
# one.
#
# "Parrot" repeats its training pictures with a little noise, so a picture returns. A
# twin among the samples is a hint and not a proof, because many digits 1 look alike.
# Exercise 07.fool_copies showed how easily such a distance is misled, in both
# directions.

# %% [markdown] id="17-promise-text"
# ## 4 · A promise
#
# An attack that fails proves little, because the next one may work. **Differential
# privacy** (差分隐私; Dwork et al. 2006) is a promise about all attacks, also unknown
# ones. Chapter 15 stated it for $\delta = 0$. In general, let $D$ and $D'$ be data
# sets that differ by one person. A mechanism $M$ is a random procedure that publishes
# something about its data. It is $(\varepsilon, \delta)$-private if for every set $S$
# of outcomes
#
# $$P(M(D) \in S) \le e^{\varepsilon}\, P(M(D') \in S) + \delta. \tag{17.8}$$
#
# Think of a game. You know all people of $D$ except one. You see what $M$ publishes,
# and guess whether that person was in. The promise limits how well *anybody* can guess.
# It says nothing about facts that hold without this person: if smoking causes cancer, a
# private study may say so.
#
# ### Noise
#
# Publish a sum, and add normal noise of standard deviation $\sigma$. Let one person
# change the sum by at most $\Delta$, the **sensitivity** (敏感度). In the worst case you
# have to tell apart $\mathcal N(0, \sigma^2)$ and $\mathcal N(\Delta, \sigma^2)$. Only
# $\mu = \Delta / \sigma$ matters. Consider a test that accuses a share $\alpha$ of the
# others. Of the members it finds at most
#
# $$\mathrm{TPR}(\alpha) = \Phi\bigl(\Phi^{-1}(\alpha) + \mu\bigr) \tag{17.9}$$
#
# (Dong, Roth and Su 2022). The same two distributions, put into (17.8), give the
# smallest possible $\delta$ for each $\varepsilon$ (Balle and Wang 2018):
#
# $$\delta(\varepsilon) = \Phi\Bigl(\frac{\mu}{2} - \frac{\varepsilon}{\mu}\Bigr) - e^{\varepsilon}\, \Phi\Bigl(-\frac{\mu}{2} - \frac{\varepsilon}{\mu}\Bigr). \tag{17.10}$$
#
# As a rough reading, $\delta$ is the probability that the promise fails. It has to be
# far below $1/n$: a mechanism that publishes one person of $n$ at random, in full,
# keeps $\delta = 1/n$.
#
# {{exercise 17.gaussian_sigma}}
#
# How much noise does a promise need? Equation (17.10) cannot be solved for $\mu$ in
# closed form.


# %% id="17-ex-sigma" exercise="17.gaussian_sigma"
def gaussian_sigma(epsilon, delta, sensitivity):
    """The smallest deviation of the noise that keeps (epsilon, delta)."""

    ### BEGIN SOLUTION
    def excess(mu):
        over = norm.cdf(mu / 2 - epsilon / mu)
        return over - math.exp(epsilon) * norm.cdf(-mu / 2 - epsilon / mu) - delta

    return sensitivity / brentq(excess, 1e-4, 50)
    ### END SOLUTION


# %% id="17-ex-sigma-check"
gaussian_sigma = checks.use("17.gaussian_sigma", gaussian_sigma)

# %% [markdown] id="17-sigma-text"
# Many programs use the formula
# $\sigma = \Delta \sqrt{2 \ln(1.25 / \delta)} / \varepsilon$, which is proved for
# $\varepsilon < 1$ only (Dwork and Roth 2014). What happens beyond?

# %% id="17-sigma"
for epsilon in (0.2, 1.0, 3.0, 10.0):
    exact = gaussian_sigma(epsilon, 1e-5, 1.0)
    classical = math.sqrt(2 * math.log(1.25e5)) / epsilon
    got = privacy.gaussian_delta(epsilon, 1 / classical)
    print(
        f"epsilon {epsilon:4}: exact noise {exact:7.3f}, classical {classical:7.3f},"
        f" which keeps delta = {got:.1e}; TPR at 1 % FPR {norm.cdf(norm.ppf(0.01) + 1 / exact):.1%}"
    )

# %% [markdown] id="17-sigma-after"
# For $\varepsilon = 10$ the classical formula adds too little noise: it keeps
# $\delta = 2.3 \cdot 10^{-5}$ and not the $10^{-5}$ that it was asked for. For the
# smaller $\varepsilon$ of this table it adds up to half too much. The last column
# says what the promise means: at 1 % false accusations, no attack finds more than
# this share of the members. At $\varepsilon = 10$ this is 37 %. So a proof alone does
# not protect. Its $\varepsilon$ has to be small.
#
# ### Several answers
#
# {{exercise 17.compose}}
#
# A data holder publishes several noisy sums. Some are about everyone, and some about
# the people of one class. Each person belongs to one class. Which $\mu$ do all of them
# have together, for the person who is exposed most?


# %% id="17-ex-compose" exercise="17.compose"
def compose(releases):
    """Total mu of releases (class or None for everyone, sensitivity, sigma)."""
    ### BEGIN SOLUTION
    total = {}
    for part, sensitivity, sigma in releases:
        total[part] = total.get(part, 0.0) + (sensitivity / sigma) ** 2
    everyone = total.pop(None, 0.0)
    return math.sqrt(everyone + max(total.values(), default=0.0))
    ### END SOLUTION


# %% id="17-ex-compose-check"
compose = checks.use("17.compose", compose)

# %% [markdown] id="17-compose-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# Divide each answer by its $\sigma$. Then one person moves a vector of independent
# standard normal numbers, and only the length of the move matters. A person of class
# $c$ moves the answers about everyone and those about $c$:
#
# $$\mu = \max_c \sqrt{\sum_{i \in \text{all}} \mu_i^2 + \sum_{i \in c} \mu_i^2}, \qquad \mu_i = \Delta_i / \sigma_i. \tag{17.11}$$
#
# </details>
#
# ### A generator in one second
#
# A normal distribution for each class generates digits, as in section 2. It needs a
# number, a mean and a covariance of each class. These are sums, so noise can make them
# private. No training is needed.
#
# {{exercise 17.private_moments}}
#
# Publish the number of points, their mean and their covariance, with a promise of
# $\mu$. First shorten each point to a norm of at most $C$, which was fixed before. One
# new point changes all three sums. By how much can the three together change, as one
# vector? Of the noise [d, d] use the upper triangle, and mirror it.


# %% id="17-ex-moments" exercise="17.private_moments"
def private_moments(x, C, mu, noise):
    """Noisy number, mean [d] and covariance [d, d] of x [N, d]; noise [], [d], [d, d]."""
    ### BEGIN SOLUTION
    s = math.sqrt(3) / mu
    p = x / x.norm(dim=1, keepdim=True).clamp(min=C)
    z, v, Z = noise
    n = len(x) + s * z
    mean = C * (p.sum(0) + s * v) / n
    second = p.T @ p + s * (Z.triu() + Z.triu(1).T)
    return n, mean, C * C * second / n - torch.outer(mean, mean)
    ### END SOLUTION


# %% id="17-ex-moments-check"
private_moments = checks.use("17.private_moments", private_moments)

# %% [markdown] id="17-moments-formula"
# <details><summary>The sensitivity, to open once your check passes</summary>
#
# With $\lVert p \rVert \le 1$, the three changes $1$, $p$ and $p p^\top$ form a vector
# of squared length
#
# $$1 + \lVert p \rVert^2 + \lVert p p^\top \rVert_F^2 = 1 + \lVert p \rVert^2 + \lVert p \rVert^4 \le 3. \tag{17.12}$$
#
# </details>
#
# `privacy.fit_private` does this for 20,000 digits. It straightens each digit first.
# Then it makes four noisy releases: numbers and centre, principal directions, means,
# and covariances of the classes. Where $\varepsilon$ is 0.7 or more, two further
# releases divide each class into two or eight parts, each with a Gaussian of its own.
# You can draw any number of samples: what is computed from a private result stays
# private.
#
# **Predict.** A classifier that knows only these private Gaussians reads real test
# digits. Without noise it is right for about 98 %. How many percent are right at
# $\varepsilon = 1$?

# %% id="17-moments-predict"
checks.predict("17.accuracy-at-1", ..., unit="%")

# %% id="17-moments-fit"
private, fitted = data.subset(digits, 5000 if fast else 20_000, seed=17), {}
for epsilon in (math.inf, 10.0, 1.0, 0.2):
    chance = torch.Generator().manual_seed(17)
    fitted[epsilon] = privacy.fit_private(
        private.images, private.labels, epsilon, generator=chance
    )
    right = (fitted[epsilon].classify(x_test) == test.labels).double().mean()
    print(f"epsilon {epsilon:4}: {right:.1%} of the test digits")

# %% id="17-moments-look"
rows = {
    f"epsilon {epsilon:g}": made.sample(
        14, torch.Generator().manual_seed(1), labels=torch.arange(14) % 10
    )
    for epsilon, made in fitted.items()
}
plots.show(
    plots.labelled_rows(rows),
    "Four rows of digits from Gaussians: without noise, and with epsilon 10, 1 and 0.2. The"
    " smaller epsilon is, the less clear are the strokes.",
)
right = (fitted[1.0].classify(x_test) == test.labels).double().mean()
checks.measured("17.accuracy-at-1", 100 * float(right))

# %% [markdown] id="17-moments-after"
# At $\varepsilon = 10$ the noise costs little more than one percentage point, and at
# $\varepsilon = 0.2$ nearly a quarter of the digits. This is the result for 20,000
# people. The study below fits 60,000, and there the Gaussians read {{study
# private-digits eps-0.2 bayes}} at $\varepsilon = 0.2$. The noise is added to sums
# and does not grow with the number of people, so a promise costs less when more
# people take part.
#
# Nothing that was trained on the private data may enter such a mechanism. The course's
# feature extractor was trained on MNIST. Choosing samples by it would use the private
# labels again, outside of the promise. The same holds for constants that are tuned by
# looking at the data. The settings here were chosen on MNIST itself, and $\varepsilon$
# does not cover this choice. A strict promise would fix them on other data.
#
# The cell also seeds its noise with a number that everybody can read. Whoever knows the
# seed can subtract the noise. We do so for a lesson that can be repeated. A real release
# draws its noise from a secret source.
#
# ### DP-SGD
#
# Gaussians are a simple model. For a network, the gradients are the sums to protect.
# **DP-SGD** (Abadi et al. 2016) draws each example with probability $q$, independently.
# It shortens each gradient $g_i$ to a norm of at most $C$, adds up, and adds noise:
#
# $$\tilde g = \frac{1}{q n} \Bigl(\sum_{i \in B} g_i \min\bigl(1, C / \lVert g_i \rVert\bigr) + \sigma C\, \xi\Bigr), \qquad \xi \sim \mathcal N(0, I). \tag{17.13}$$
#
# {{exercise 17.private_gradient}}
#
# Write it. The norm is over all weights of the network together, and the batch may be
# empty.


# %% id="17-ex-gradient" exercise="17.private_gradient"
def private_gradient(loss, weights, x, y, C, sigma, expected, noise):
    """The noisy mean of clipped gradients by name; loss(weights, x_i, y_i)."""
    ### BEGIN SOLUTION
    total = {name: sigma * C * noise[name] for name in weights}
    for one, label in zip(x, y, strict=True):
        g = torch.func.grad(loss)(weights, one, label)
        length = torch.stack([part.norm() for part in g.values()]).norm()
        shrink = (C / length).clamp(max=1)
        total = {name: total[name] + shrink * g[name] for name in total}
    return {name: part / expected for name, part in total.items()}
    ### END SOLUTION


# %% id="17-ex-gradient-check"
private_gradient = checks.use("17.private_gradient", private_gradient)

# %% [markdown] id="17-dpsgd-text"
# Your step trains a linear classifier of digits of 14 × 14 pixels, with batches of
# about 64. We divide by the expected number and not by the number that was drawn,
# because the size of a batch depends on who is in.


# %% id="17-dpsgd"
def small(images):
    """Pictures [N, 196] of half the size."""
    return F.avg_pool2d(data.to_float(images), 2).flatten(1)


def cross_entropy(weights, x, y):
    """The loss of one picture under a linear classifier."""
    return F.cross_entropy(weights["w"] @ x + weights["b"], y)


# %% id="17-dpsgd-run"
x, y, rate = small(private.images), private.labels, 64 / len(private)
weights = {"w": torch.zeros(10, 196), "b": torch.zeros(10)}
chance = torch.Generator().manual_seed(17)
rounds = 20 if fast else 150
for _ in range(rounds):
    batch = privacy.poisson_sample(len(x), rate, chance)
    noise = {k: torch.randn(w.shape, generator=chance) for k, w in weights.items()}
    step = private_gradient(
        cross_entropy, weights, x[batch], y[batch], 1.0, 1.0, 64, noise
    )
    weights = {k: w - 2.0 * step[k] for k, w in weights.items()}

# %% id="17-dpsgd-accuracy"
scores = small(test.images) @ weights["w"].T + weights["b"]
spent = privacy.subsampled_epsilon(1.0, rate, rounds, 1e-5)
print(
    f"{(scores.argmax(1) == test.labels).double().mean():.1%} after {rounds} steps,"
    f" epsilon = {spent:.2f}"
)

# %% [markdown] id="17-norm-text"
# The linear classifier reads 78.5 % of the test digits after 150 noisy steps, and has
# spent $\varepsilon = 0.24$.
#
# Batch normalisation mixes the examples of a batch, so no example has a gradient of its
# own, and clipping bounds nothing. `privacy.PrivateSGD` refuses it, and it refuses a
# step that the promise does not allow.

# %% id="17-norm-refused"
try:
    privacy.refuse_batch_norm(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)))
except CourseError as error:
    print(error)
budget = privacy.PrivacyBudget(1.0, 1e-5, n=60_000)
try:
    budget.spend(3.0)
except CourseError as error:
    print(error)

# %% [markdown] id="17-accountant-text"
# ### An accountant
#
# Who adds up the privacy of all steps? A step draws each example only with probability
# $q$. For one example it publishes either $\mathcal N(0, \sigma^2)$, or the mixture
#
# $$P = (1 - q)\, \mathcal N(0, \sigma^2) + q\, \mathcal N(1, \sigma^2), \qquad L(x) = \ln \frac{P(x)}{\mathcal N(x; 0, \sigma^2)} = \ln\Bigl(1 - q + q\, e^{(2x - 1) / (2 \sigma^2)}\Bigr). \tag{17.14}$$
#
# $L$ is the **privacy loss** (隐私损失). Let $P$ and $Q$ be the distributions of all that
# is published, with the person and without. The smallest $\delta$ is
#
# $$\delta(\varepsilon) = \sum_o \max\bigl(0,\; P(o) - e^{\varepsilon} Q(o)\bigr), \tag{17.15}$$
#
# or an integral. The same holds with $P$ and $Q$ exchanged, and the larger value
# counts.
#
# {{exercise 17.delta_after}}
#
# Write an accountant for answers with finitely many outcomes $o$.


# %% id="17-ex-delta" exercise="17.delta_after"
def delta_after(p, q, times, epsilon):
    """delta after so many independent answers with outcome probabilities p and q."""

    ### BEGIN SOLUTION
    def joint(one):
        return [math.prod(c) for c in itertools.product(one, repeat=times)]

    def excess(a, b):
        return sum(
            max(0.0, x - math.exp(epsilon) * y) for x, y in zip(a, b, strict=True)
        )

    with_one, without = joint(p), joint(q)
    return max(excess(with_one, without), excess(without, with_one))
    ### END SOLUTION


# %% id="17-ex-delta-check"
delta_after = checks.use("17.delta_after", delta_after)

# %% [markdown] id="17-accountant-more"
# For independent steps the losses add, so the distribution of their sum is a
# convolution of the distributions of single losses. On a grid this is a product of
# Fourier transforms. `privacy.subsampled_epsilon` does this, and rounds so that it
# never promises too much. What does a random choice of the batch bring?

# %% id="17-accountant"
for steps in (100, 1000, 3000):
    known = privacy.gaussian_epsilon(math.sqrt(steps) / 2.0, 1e-5)
    random = privacy.subsampled_epsilon(2.0, 512 / 60_000, steps, 1e-5)
    print(
        f"{steps:5} steps of about 512 of 60,000, noise 2: epsilon {random:6.2f};"
        f" if everybody is in every batch {known:6.1f}"
    )

# %% [markdown] id="17-accountant-after"
# If each person were in every batch, 1,000 steps would cost $\varepsilon = 191.5$. With
# random batches they cost 0.52. The gain comes from $q = 512/60{,}000$: in most steps a
# given person is not in the batch. This gain holds only if each example is really drawn
# independently, and if the batches stay secret. Shuffling the data once an epoch is
# another mechanism.
#
# ### What does privacy cost?
#
# The samples are useful if something can be learnt from them. The study
# `private-digits` fits the generator to all 60,000 digits. It trains a fixed
# classifier, a small convolutional network, on 60,000 private samples alone, and
# tests it on real digits. The classifier is the same for every $\varepsilon$ and
# seed. No test digit was used to choose it, because choosing it by test accuracy
# would use the real data again. There are three seeds for each $\varepsilon$.

# %% id="17-study"
record = studies.record("private-digits")
record.table()

# %% [markdown] id="17-study-after"
# The medians are {{study private-digits eps-10 accuracy}}, {{study private-digits
# eps-1 accuracy}} and {{study private-digits eps-0.2 accuracy}} for
# $\varepsilon = 10$, 1 and 0.2. Compare them with table 1 of Dockhorn et al. (2023),
# in percent, for the same $\delta = 10^{-5}$. There too a convolutional network
# learns from samples alone. These authors trained PEARL themselves, and the figures
# of DPDM are with the sampler that was set for accuracy:
#
# | method | $\varepsilon = 0.2$ | $\varepsilon = 1$ | $\varepsilon = 10$ |
# |---|---|---|---|
# | PEARL, one shot | 77.6 | 78.2 | 78.8 |
# | DP-Sinkhorn | | | 83.2 |
# | DPDM, a diffusion model | 86.3 | 95.3 | 98.1 |
#
# At $\varepsilon = 1$ and 0.2 the Gaussians are more useful than the diffusion model,
# and at 10 they are less useful. The comparison is not an equal one, for three
# reasons. The settings of the Gaussians were chosen on 10,000 training digits, and
# $\varepsilon$ does not cover this choice. The first version of the classifier was
# replaced after we had seen its result on the same digits. And the Gaussians use
# public knowledge of handwriting that the other methods do not have. Each digit is
# straightened before the fit, and each sample is turned and shifted a little. A
# Gaussian of each class would not draw faces.

# %% [markdown] id="17-audit-text"
# ### An audit
#
# A proof protects only those who implement what was proved. Tramèr et al. (2022)
# audited a public implementation that claimed $\varepsilon = 0.21$. Their attack
# showed with high confidence that its $\varepsilon$ is above 2.79. An **audit** (审计)
# attacks your own program. For each of many **canaries** (金丝雀样本), examples made for
# the purpose, a coin decides whether it enters. The program runs *once*. From what it
# publishes, the auditor guesses the coins. If the program keeps $(\varepsilon, 0)$,
# then for every auditor the number of right guesses $R$ out of $r$ satisfies
# (Steinke, Nasr and Jagielski 2023)
#
# $$P(R \ge v) \le P\Bigl(\operatorname{Binomial}\bigl(r,\, \tfrac{e^\varepsilon}{1 + e^\varepsilon}\bigr) \ge v\Bigr). \tag{17.16}$$
#
# {{exercise 17.audited_epsilon}}
#
# So many right guesses prove a lower bound of $\varepsilon$. Write it, with a
# confidence.


# %% id="17-ex-audited" exercise="17.audited_epsilon"
def audited_epsilon(right, guesses, confidence):
    """A lower bound of epsilon that holds with this confidence."""
    ### BEGIN SOLUTION
    if 2 * right <= guesses:
        return 0.0
    p = beta.ppf(1 - confidence, right, guesses - right + 1)
    return max(0.0, math.log(p / (1 - p)))
    ### END SOLUTION


# %% id="17-ex-audited-check"
audited_epsilon = checks.use("17.audited_epsilon", audited_epsilon)

# %% [markdown] id="17-audit-run-text"
# <details><summary>The formula, to open once your check passes</summary>
#
# Let $p_0$ be the lower end of the one-sided interval of Clopper and Pearson for the
# probability of a right guess. By (17.16), with this confidence,
#
# $$\varepsilon \ge \ln \frac{p_0}{1 - p_0}, \qquad P\bigl(\operatorname{Binomial}(r, p_0) \ge v\bigr) = 1 - \text{confidence}. \tag{17.17}$$
#
# </details>
#
# The cell audits eight programs that all claim $\varepsilon = 1$. The first four are
# right. The last four have errors that are easily made. For $\delta > 0$ the paper
# adds one more term to the right side of (17.16). The verdict includes this term, and
# the printed bound does not.

# %% id="17-audit"
claimed = (1.0, 1e-5)
programs = {**privacy.RIGHT, **privacy.BROKEN}
for name, program in programs.items():
    chance = torch.Generator().manual_seed(17)
    found = privacy.audit(program, claimed, canaries=1000, generator=chance)
    least = audited_epsilon(found.right, found.guesses, 0.95)
    print(
        f"{name:19} {found.right:4} of 1,000 right, epsilon >= {least:.2f},"
        f" {'broken' if found.broken else 'not refuted'}"
    )

# %% [markdown] id="17-audit-after"
# The four broken programs are convicted, and the right ones are not. Without noise
# not all guesses are right. The auditor says "in" for exactly half of the canaries,
# and the coins put in a slightly different number.
#
# Look at the error of the third broken program. Ordinary training also clips the
# gradient of the batch, so the line looks familiar. The fourth one forgets noise on one
# number only, the count. An audit can show that a program breaks its promise, and never
# that it keeps it. About the right programs it proves less than their claim, because
# these canaries and this auditor are not the worst case.

# %% [markdown] id="17-together-text"
# ## 5 · Together, apart
#
# Five hospitals want one generator, and none may give away its pictures. It is often
# said that **federated learning** (联邦学习) solves this, since the data never leave the
# hospital. In each round the server sends weights $w$. Each client $k$ trains on its
# own $n_k$ pictures and returns $w_k$. The server averages (McMahan et al. 2017):
#
# $$w \leftarrow \sum_{k \in A} \frac{n_k}{\sum_{j \in A} n_j}\, w_k, \qquad A \text{: the clients that answered.} \tag{17.18}$$
#
# {{exercise 17.fed_average}}


# %% id="17-ex-average" exercise="17.fed_average"
def fed_average(updates, counts):
    """The server's next weights, by name; None where a client did not answer."""
    ### BEGIN SOLUTION
    there = [(u, n) for u, n in zip(updates, counts, strict=True) if u is not None]
    total = sum(n for _, n in there)
    return {name: sum(n * u[name] for u, n in there) / total for name in there[0][0]}
    ### END SOLUTION


# %% id="17-ex-average-check"
fed_average = checks.use("17.fed_average", fed_average)

# %% [markdown] id="17-together-run-text"
# Here the clients are five processes of their own. Each reads its digits from a file
# of its own. The server writes these files at the start, and later does not read
# them. Messages are bytes of safetensors (chapter 19), and each connection proves by
# a key that it belongs. The usual `send` of Python's connections would pickle
# objects, and a pickle can run code.
#
# The model is chapter 08's VAE with one hidden layer. In the first division each client
# has digits of all classes. In the second each has two digits only. Which one learns
# better in equal work?

# %% id="17-together-run"
mine, clients, rounds = digits.images[:10_000], 5, 4
if fast:
    mine, clients, rounds = mine[:2000], 3, 1
owners = digits.labels[: len(mine)]
together = federated.Federation(mine, federated.split(owners, clients))


# %% id="17-together-bound"
def bound(rule="mean"):
    """-ELBO of test digits after some rounds from the first weights."""
    for _ in range(rounds):
        last = together.round(rule)
    try:
        judged = vae.judge(together.learner(), x_test[:500], samples=2)
        return f"{last} -ELBO {-judged.elbo:.1f} nats"
    except CourseError as error:
        return f"{last} No -ELBO: {error}"


# %% id="17-together-how"
for how in ("iid", "two"):
    together.restart(federated.split(owners, clients, how=how))
    print(how, bound())

# %% [markdown] id="17-together-after"
# A lower −ELBO is better, and each line is one run. After four rounds, clients with two
# digits each reach 165.6 nats, and clients with all digits reach 157.5 nats.
#
# Probably clients with two digits each pull the weights in different directions
# between two averages. After 20 rounds the difference remains. The medians of three
# seeds are 114.6 nats for digits of all classes and 120.6 nats for two digits
# (`benchmarks/responsible.py`).

# %% [markdown] id="17-bad-text"
# ### A client that is against you
#
# One client of five multiplies its update by −100. After that, another one is killed in
# the middle of a round. The server cannot look at the data of either.

# %% id="17-bad-run"
together.behaviours["client 3"] = "poison"
for rule in ("mean", "median"):
    together.restart(federated.split(owners, clients))
    print(rule, bound(rule))


# %% id="17-bad-killed"
together.behaviours["client 2"] = "dies"
print(together.round("median"))
together.close()

# %% [markdown] id="17-bad-after"
# With the mean, one client made the weights useless: the −ELBO cannot be computed any
# more. With the median it is 159.5 nats, near the 157.5 nats of five honest clients
# under the mean. The update of the client that was killed is missing, and the round
# ends.
#
# {{exercise 17.robust_average}}
#
# Write a rule that stays near the honest clients, whatever one of five sends: nothing,
# another shape, NaN, or huge numbers.


# %% id="17-ex-robust" exercise="17.robust_average"
def robust_average(updates, size):
    """An update [size] near the honest ones, although one client of five is against you."""
    ### BEGIN SOLUTION
    good = [
        u
        for u in updates
        if u is not None and u.shape == (size,) and bool(u.isfinite().all())
    ]
    return torch.stack(good).quantile(0.5, dim=0)
    ### END SOLUTION


# %% id="17-ex-robust-check"
robust_average = checks.use("17.robust_average", robust_average)

# %% [markdown] id="17-leak-text"
# ### What a gradient shows
#
# The pictures stay at the client. The gradient leaves. What does it show?
#
# {{exercise 17.picture_from_gradient}}
#
# A client computes the gradient for one picture, and its network begins with a fully
# connected layer $a = W x + b$. Find $x$ from the gradients in $W$ and $b$.


# %% id="17-ex-picture" exercise="17.picture_from_gradient"
def picture_from_gradient(weight, bias):
    """The picture [D] behind the gradients [U, D] and [U] of a first layer."""
    ### BEGIN SOLUTION
    i = bias.abs().argmax()
    return weight[i] / bias[i]
    ### END SOLUTION


# %% id="17-ex-picture-check"
picture_from_gradient = checks.use("17.picture_from_gradient", picture_from_gradient)

# %% [markdown] id="17-leak-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\frac{\partial L}{\partial W_{ij}} = \frac{\partial L}{\partial a_i}\, x_j, \qquad \frac{\partial L}{\partial b_i} = \frac{\partial L}{\partial a_i}, \qquad x_j = \frac{\partial L / \partial W_{ij}}{\partial L / \partial b_i}. \tag{17.19}$$
#
# </details>
#
# **Predict.** Now the client's batch has 128 pictures, and the server was free to
# choose the weights of the first layer. How many of the 128 can it rebuild from the sum
# of their gradients?

# %% id="17-leak-predict"
checks.predict("17.rebuilt", ..., unit="pictures")


# %% id="17-leak-gradient"
def first_gradients(network, pictures, labels):
    """Gradients of the mean loss in the first layer's weight and bias."""
    first = next(layer for layer in network.modules() if isinstance(layer, nn.Linear))
    loss = F.cross_entropy(network(pictures.flatten(1)), labels)
    return torch.autograd.grad(loss, [first.weight, first.bias])


# %% id="17-leak-one"
honest = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
secret = data.to_float(digits.images[:128])
shown = picture_from_gradient(*first_gradients(honest, secret[:1], digits.labels[:1]))
print(
    f"one picture, largest error {float((shown - secret[0].flatten()).abs().max()):.0e}"
)

# %% id="17-leak-many"
curious = federated.leak.imprint(x_test[:1000].flatten(1))
sent = first_gradients(curious, secret, digits.labels[:128])
rows = federated.leak.rebuilt(*sent)
found = federated.leak.recovered(secret.flatten(1), rows)
print(f"rebuilt: {int(found.sum())} of 128")
checks.measured("17.rebuilt", int(found.sum()))

# %% id="17-leak-look"
nearest = torch.cdist(secret.flatten(1), rows).argmin(1)
plots.show(
    plots.labelled_rows(
        {"client's": secret[:14], "rebuilt": rows[nearest[:14]].view(-1, 1, 28, 28)}
    ),
    "Fourteen digits of the client, and beneath them what the server computed from the"
    " gradient: most are the same.",
)

# %% [markdown] id="17-leak-after"
# From one picture the server has everything, up to rounding. From a batch of 128 it
# rebuilt 109 in our run, with no pixel wrong by 0.1 or more on the scale from −1 to
# 1. It needed 1,000 public digits to choose the weights. Its weights let unit $i$
# respond only to pictures brighter than a threshold. The difference of two
# neighbouring units then contains the few pictures between two thresholds, and mostly
# this is one.
#
# So "the data never leave the client" does not protect the data by itself: the gradient
# that leaves can contain them. Fowl et al. (2022) describe such weights, and Boenisch
# et al. (2023) describe other weights for the same purpose. A client can refuse weights
# that look strange, add noise as in section 4, or hide its update in a sum.
#
# ### Masks that cancel
#
# The server needs the sum of the updates, and not each of them. **Secure
# aggregation** (安全聚合) shows it the sum alone. Each pair of clients $j < k$ shares a
# secret list of random whole numbers $m_{jk}$. With updates as whole numbers modulo
# $2^{32}$, client $k$ sends
#
# $$y_k = \Bigl(x_k + \sum_{j > k} m_{kj} - \sum_{j < k} m_{jk}\Bigr) \bmod 2^{32}, \qquad \sum_k y_k \equiv \sum_k x_k \pmod{2^{32}}. \tag{17.20}$$
#
# Each $y_k$ alone is uniformly distributed, whatever $x_k$ is (Bonawitz et al. 2017).
# Whole numbers matter: floating-point numbers are rounded, and large masks would not
# cancel.
#
# {{exercise 17.masked_update}}


# %% id="17-ex-masked" exercise="17.masked_update"
def masked_update(k, update, masks):
    """What client k sends, from 0 to 2^32 - 1; masks {other client: int64 [D]}."""
    ### BEGIN SOLUTION
    total = update.clone()
    for j, mask in masks.items():
        total = total + mask if j > k else total - mask
    return total % 2**32
    ### END SOLUTION


# %% id="17-ex-masked-check"
masked_update = checks.use("17.masked_update", masked_update)

# %% id="17-masked"
size, secrets = 1000, {}
updates = [federated.masks.encode(torch.randn(size)) for _ in range(5)]
for j, k in itertools.combinations(range(5), 2):
    secrets[j, k] = torch.randint(0, 2**32, (size,))


# %% id="17-masked-sum"
def shared(k):
    """The masks of client k, by the other client's number."""
    return {sum(pair) - k: mask for pair, mask in secrets.items() if k in pair}


sent = [masked_update(k, updates[k], shared(k)) for k in range(5)]
print("equal bit by bit:", torch.equal(sum(sent) % 2**32, sum(updates) % 2**32))
print(
    f"correlation of what client 0 sends with its update:"
    f" {np.corrcoef(sent[0], federated.masks.decode(updates[0]))[0, 1]:.3f}"
)

# %% [markdown] id="17-masked-after"
# The server learns the sum exactly, and each single update looks like random numbers.
# Three limits remain:
#
# - If a client is lost after the others have masked, its masks stay in the sum. The
#   others then reveal the seeds that they share with it; the course's
#   `round(masked=True)` does so.
# - The sum itself is not private. If only one client is honest, the others can subtract
#   their own parts. So noise is still needed.
# - The median needs single updates, and masks hide them. The two defences exclude each
#   other here.

# %% [markdown] id="17-cost-text"
# ## 6 · What it costs, and whom it costs
#
# Recent processors of Intel and AMD count the energy that they have used, in
# microjoules. Where this counter can be read, energy is measured. On many machines,
# for instance on virtual ones, it often cannot be read. Then energy is processor time
# multiplied by an assumed power, and a report has to say so.
#
# {{exercise 17.joules}}
#
# The counter starts again at 0 after its largest value. Read the meter.


# %% id="17-ex-joules" exercise="17.joules"
def joules(readings, top):
    """Joules between the first and the last reading of a microjoule counter."""
    ### BEGIN SOLUTION
    pairs = itertools.pairwise(readings)
    return sum((b - a) % (top + 1) for a, b in pairs) / 1e6
    ### END SOLUTION


# %% id="17-ex-joules-check"
joules = checks.use("17.joules", joules)

# %% [markdown] id="17-meter-text"
# With power $P(t)$, the number of pictures $m$ and FIDs before and after a training,
# two figures compare models:
#
# $$E = \int P(t)\, dt, \qquad E_{1000} = \frac{1000\, E_{\text{drawing}}}{m}, \qquad E_{\text{point}} = \frac{E_{\text{training}}}{\mathrm{FID}_{\text{before}} - \mathrm{FID}_{\text{after}}}. \tag{17.21}$$

# %% id="17-meter"
with energy.meter() as drawing:
    draw(n)
print("Drawing:", drawing)
print(f"{energy.per_pictures(drawing, n):.2g} J for 1,000 pictures")

# %% id="17-meter-fit"
real = metrics.features(data.subset(digits, 2000, seed=2).images)
noise = torch.rand(2000, 1, 28, 28, generator=chance) * 2 - 1
before = metrics.fid(metrics.features(noise), real)
with energy.meter() as fitting:
    made = privacy.fit_private(private.images, private.labels, 10.0, generator=chance)
after = metrics.fid(metrics.features(made.sample(2000, chance)), real)
print("Fitting:", fitting)
print(
    f"FID {before:.1f} before, {after:.2f} after:"
    f" {energy.per_fid_point(fitting, before, after):.2g} J per point"
)

# %% [markdown] id="17-meter-after"
# Each line says whether its joules were measured or assumed. An assumed figure compares
# two programs on one machine, and says little about the electricity bill.
#
# ### Three claims, and what their sources say
#
# Claims on energy and jobs are repeated more often than they are read. Three of them,
# with the source of each:

# %% id="17-claims"
for claim in energy.CLAIMS:
    print(f"Claim:  {claim.claim}\nSource: {claim.source}\nSays:   {claim.says}\n")

# %% [markdown] id="17-claims-after"
# In each case the source has such a figure, but it says something else than the
# claim. The first figure belongs to a search and not to a training. The same table
# gives 192 pounds for one training of a large Transformer. The second figure belongs
# to the least efficient model. The third one counts exposure and not loss.
#
# Check the arithmetic where you can. 11.49 kWh for 1,000 pictures and 0.012 kWh for a
# charge give 0.96 charges for a picture; 522 charges give 0.52. Ask four questions of
# each such figure. Which quantity is it, of what, under which assumptions, and who
# measured it?
#
# ### All of it in one card
#
#     aigc audit runs/my-run
#
# draws from a trained model. It measures shares with intervals, near-copies, chapter
# 15's membership attack by distances, and energy. It writes them into the model's
# card.

# %% id="17-predictions"
checks.predictions("17")

# %% [markdown] id="17-recap"
# ## Recap
#
# - A classifier's errors move shares towards what common classes are confused with.
#   Solving $A^\top p = q$ corrects this, and the intervals of the delta method
#   contained the truth of each class in at least 95 % of 200 simulations.
# - Truncation of the latents removed classes from the samples of this generator.
# - A normal distribution that is fitted to its own samples loses a share $1/n$ of its
#   variance each time. If all data are kept, the loss stays bounded: the product over
#   $1 - 1/(n k^2)$ has a limit above 0.
# - A membership attack compares a picture's score with the scores that it gets with and
#   without membership. It is reported as the share of members found at a low rate of
#   false accusations.
# - Differential privacy limits every attack. With normal noise, everything follows from
#   $\mu = \Delta / \sigma$, and independent releases add in squares.
# - A private mean and covariance need clipping by a constant that was fixed before,
#   noise on all sums, and the noisy number as divisor.
# - DP-SGD clips the gradient of each example. Clipping the batch protects no one.
# - An audit in one run can convict programs without enough noise. It cannot prove that a
#   program keeps its promise.
# - In federated learning, a gradient can contain the pictures. Masks hide single
#   updates, noise protects the sum, and the median limits what one client can destroy.
# - Energy that was not measured has to be called assumed. A figure without its
#   quantity, object and assumptions is not evidence.
#
# **Terms**: diversity 多样性 · membership inference attack 成员推断攻击 · shadow model 影子模型 ·
# differential privacy 差分隐私 · sensitivity 敏感度 · privacy loss 隐私损失 · audit 审计 · canary
# 金丝雀样本 · federated learning 联邦学习 · secure aggregation 安全聚合.
#
# **Next** chapter 18 asks where a picture comes from, and how somebody else can find out.
#
# ## References
#
# - M. Abadi and others. Deep Learning with Differential Privacy. CCS 2016. (17.13).
# - B. Balle, Y.-X. Wang. Improving the Gaussian Mechanism for Differential Privacy:
#   Analytical Calibration and Optimal Denoising. ICML 2018. (17.10).
# - F. Boenisch and others. When the Curious Abandon Honesty: Federated Learning Is Not
#   Private. EuroS&P 2023.
# - K. Bonawitz and others. Practical Secure Aggregation for Privacy-Preserving Machine
#   Learning. CCS 2017. (17.20).
# - N. Carlini and others. Membership Inference Attacks From First Principles. IEEE S&P
#   2022. (17.6), (17.7).
# - N. Carlini and others. Extracting Training Data from Diffusion Models. USENIX
#   Security 2023.
# - C. J. Clopper, E. S. Pearson. The Use of Confidence or Fiducial Limits Illustrated
#   in the Case of the Binomial. Biometrika, 1934.
# - T. Dockhorn, T. Cao, A. Vahdat, K. Kreis. Differentially Private Diffusion Models.
#   TMLR 2023. The table of section 4.
# - J. Dong, A. Roth, W. J. Su. Gaussian Differential Privacy. Journal of the Royal
#   Statistical Society B, 2022. (17.9), (17.11).
# - C. Dwork, F. McSherry, K. Nissim, A. Smith. Calibrating Noise to Sensitivity in
#   Private Data Analysis. TCC 2006.
# - C. Dwork, A. Roth. The Algorithmic Foundations of Differential Privacy. 2014.
# - L. Fowl and others. Robbing the Fed: Directly Obtaining Private Data in Federated
#   Learning with Modified Models. ICLR 2022.
# - B. McMahan and others. Communication-Efficient Learning of Deep Networks from
#   Decentralized Data. AISTATS 2017. (17.18).
# - J. Neyman, E. S. Pearson. On the Problem of the Most Efficient Tests of
#   Statistical Hypotheses. 1933.
# - D. Patterson and others. Carbon Emissions and Large Neural Network Training.
#   arXiv:2104.10350, 2021.
# - I. Shumailov and others. AI models collapse when trained on recursively generated
#   data. Nature, 2024.
# - T. Steinke, M. Nasr, M. Jagielski. Privacy Auditing with One (1) Training Run.
#   NeurIPS 2023. (17.16).
# - C. T. H. Teo, M. Abdollahzadeh, N.-M. Cheung. On Measuring Fairness in Generative
#   Models. NeurIPS 2023.
# - F. Tramèr and others. Debugging Differential Privacy: A Case Study for Privacy
#   Auditing. arXiv:2202.12219, 2022.
# - S. Wright. Evolution in Mendelian Populations. Genetics, 1931. (17.5).
#
# The other sources of section 6 are printed there.
