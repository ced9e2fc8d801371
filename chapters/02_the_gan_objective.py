# %% [markdown] id="02-title"
# # 02 · The GAN objective
#
# A generative adversarial network is a game of two players about one number. This
# chapter plays it where everything can be computed: on a line, with densities you can
# see. You derive the best discriminator and find out which distance the game measures.
# You watch where it fails, and compare a real GAN with the exact answer while it
# learns.
#
# **You will be able to**
# - write the value of the game from samples and from densities, and say what each player
#   sees and optimises;
# - derive the best discriminator place by place, and use it as an estimate of a ratio of
#   densities;
# - show that the best discriminator turns the game into a Jensen–Shannon divergence, and
#   where its minimum lies;
# - say what happens when data and fakes do not overlap, and why a discriminator that says
#   1/2 proves less than it seems.
#
# **Time** {{time}}.
#
# **Before this** chapter 01: densities,
# samples, the Kullback–Leibler divergence.
#
# {{run card}}

# %% id="02-imports"
import inspect

import numpy as np
import torch

from aigc_course import checks, gan, plots, theory, training, widgets
from aigc_course.plots.graphs import Graph, Node, graphs

training.seed_everything(2)

# %% [markdown] id="02-players-text"
# ## 1 · Two players
#
# Counterfeiters print banknotes, and the police learn to detect them; each side gets better
# because the other does. Goodfellow et al. (2014) describe the game in this way. What
# counts is who sees what.
#
# - The **generator** $G$ turns noise $z$ into a sample $G(z)$. It never sees the data. All
#   it learns comes through the discriminator's answers.
# - The **discriminator** $D$ looks at one sample and states its belief $D(x)$, a
#   probability, that this sample is real. It sees samples of both kinds, and this standard
#   $D$ judges each by itself: it never sees a pair. (Chapter 06 has discriminators that
#   judge several samples at once.)
#
# The figure shows one turn of each player. Solid arrows compute, dashed arrows carry
# gradients back. In D's turn the gradient ends before $G$, whose weights stay as they are.
# In G's turn it passes through $D$ to $G$, and only the weights of $G$ change.

# %% id="02-turns-nodes"
nodes = {
    "z": Node(0, 0, "noise\n$z$", "drawn"),
    "G": Node(1.5, 0, "$G$"),
    "fake": Node(3.1, 0, "fake\n$G(z)$"),
    "D": Node(4.7, 0.6, "$D$"),
    "loss": Node(6.1, 0.6, "loss", "loss"),
}
links = [("z", "G"), ("G", "fake"), ("fake", "D"), ("D", "loss")]
with_real = nodes | {"real": Node(3.1, 1.2, "real\n$x$", "given")}

# %% id="02-turns"
turns = {
    "D's turn: $G$ is frozen": Graph(
        with_real, [*links, ("real", "D")], back=[("loss", "D")], cut=[("D", "fake")]
    ),
    "G's turn: $D$ is frozen": Graph(
        nodes, links, back=[("loss", "D"), ("D", "fake"), ("fake", "G")]
    ),
}
plots.show(
    graphs(turns, width=9),
    "Two graphs. In both, noise z goes through G to a fake, and the fake through D to a"
    " loss. On the left a real sample enters D too, and the gradient goes from the loss to"
    " D and stops before the fake. On the right it goes on through D to the fake and G.",
)

# %% [markdown] id="02-players-densities-text"
# Let $p$ be the density of the data and $q$ that of what $G$ makes of its noise. Here both
# are known, so that you can look at what is usually hidden. Expect two bumps of data, and
# a generator that covers both with one wide bump.

# %% id="02-players-densities"
x = theory.grid(-6, 6, 1201)
p = theory.mixture(x, means=[-1.5, 1.5], stds=[0.5, 0.8], weights=[0.4, 0.6])
q = theory.normal(x, mean=-0.2, std=1.2)

# %% id="02-players-look"
rng = np.random.default_rng(2)
ticks = {"p (data)": p.sample(80, rng), "q (generated)": q.sample(80, rng)}
curves = {"p (data)": (x, p.p), "q (generated)": (x, q.p)}
plots.show(
    plots.densities(curves, samples=ticks),
    "The density of the data has a narrow bump at -1.5 and a wider one at 1.5; the"
    " generator's is one broad bump between them. Eighty samples of each stand beneath.",
)

# %% [markdown] id="02-players-after"
# The players see only the ticks. Before you read on: at which places would you call a
# sample real, and how sure would you be?
#
# ## 2 · The value of the game
#
# Goodfellow et al. (2014) score the discriminator by the logarithm of the probability that
# it gives to the truth, once over the data and once over the fakes:
#
# $$V(D, G) = \mathbb E_{x \sim p}[\log D(x)] + \mathbb E_{z}[\log(1 - D(G(z)))]. \tag{2.1}$$
#
# $D$ maximises $V$ and $G$ minimises it, so the game is
#
# $$\min_G \max_D V(D, G). \tag{2.2}$$
#
# A correct and certain answer scores $\log 1 = 0$, the maximum. A wrong and certain one
# scores $\log 0 = -\infty$. $V$ is therefore never positive. Only its second half contains
# $G$.
#
# {{exercise 02.value}}
#
# Estimate (2.1) from $D$'s beliefs in a batch of real samples and in a batch of fakes. The
# batches may differ in size. Beliefs come from a network, so they are torch tensors here;
# densities on a grid are NumPy arrays.


# %% id="02-ex-value" exercise="02.value"
def value(d_real, d_fake):
    """V estimated from beliefs in real [n] and generated [m] samples: a scalar tensor."""
    ### BEGIN SOLUTION
    return torch.log(d_real).mean() + torch.log(1 - d_fake).mean()
    ### END SOLUTION


# %% id="02-use-value"
value = checks.use("02.value", value)

# %% [markdown] id="02-density-text"
# The noise $z$ can be left out of the formula. What matters of $G$ is how often it produces
# each $x$, and for every function $h$
#
# $$\mathbb E_{z}[h(G(z))] = \int q(x)\, h(x)\, dx. \tag{2.3}$$
#
# So the value is one integral over $x$, in which $G$ appears as its density $q$:
#
# $$V(D, G) = \int \bigl[\, p(x) \log D(x) + q(x) \log(1 - D(x)) \,\bigr]\, dx. \tag{2.4}$$
#
# Try both with a discriminator made up by hand, which calls real what lies far from 0.
# Expect the estimates to close in on the integral as the batches grow.


# %% id="02-density-value"
def guess(x):
    """A discriminator made up by hand: real where |x| is large."""
    return 1 / (1 + np.exp(-2 * (np.abs(x) - 1)))


for n in (100, 10_000, 1_000_000):
    beliefs = [torch.tensor(guess(density.sample(n, rng))) for density in (p, q)]
    print(f"from {n:9,} samples of each: V = {value(*beliefs):.4f}")
print(f"by integration:                 V = {theory.value(p, q, guess(x)):.4f}")

# %% [markdown] id="02-density-after"
# Is that good? A $D$ that answers 1/2 to everything has the value
# $2 \log \tfrac12 = -\log 4 \approx -1.386$, and it has learnt nothing. The guess is better
# than that. How much better can a discriminator be?
#
# ## 3 · The best discriminator
#
# Look at (2.4) again: $D$ may choose its answer at each $x$ freely, so the integral is
# largest when the bracket is largest *at every place by itself*. At one place, with
# $a = p(x)$, $b = q(x)$ and the answer $d$, the gain and its slope are
#
# $$f(d) = a \log d + b \log(1 - d), \qquad f'(d) = \frac{a}{d} - \frac{b}{1 - d}. \tag{2.5}$$
#
# Where is the top? Expect curves that fall to $-\infty$ at both ends, each with one top,
# further right the more of the samples at that place are real.

# %% id="02-pointwise"
d = np.linspace(0.02, 0.98, 33)
gains = {
    f"p = {a}, q = {b}": (d, a * np.log(d) + b * np.log(1 - d))
    for a, b in ((0.1, 0.4), (0.25, 0.25), (0.4, 0.1))
}

# %% id="02-pointwise-look"
plots.show(
    plots.lines(gains, "answer d at one place x", "gain p log d + q log(1 - d)"),
    "Three curves with one top each: at 0.2 where p = 0.1 and q = 0.4, at 0.5 where both"
    " are equal, at 0.8 where p = 0.4 and q = 0.1.",
)

# %% [markdown] id="02-best-text"
# Each curve has one top, and it moves with the two densities.
#
# {{exercise 02.optimal_discriminator}}
#
# Solve (2.5) for the answer $d$ at the top. Write it as a function of both densities, for
# NumPy arrays. Where both densities are 0 no sample ever turns up, and any answer is as
# good as another; return 1/2 there.


# %% id="02-ex-optimal-discriminator" exercise="02.optimal_discriminator"
def optimal_discriminator(p, q):
    """The answer d with the largest gain at each place, 1/2 where p = q = 0: [n]."""
    ### BEGIN SOLUTION
    total = p + q
    return np.where(total > 0, p / np.where(total > 0, total, 1), 0.5)
    ### END SOLUTION


# %% id="02-use-optimal-discriminator"
optimal_discriminator = checks.use("02.optimal_discriminator", optimal_discriminator)

# %% [markdown] id="02-best-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# Where both densities are above 0 the slope is zero at one place only,
#
# $$f'(d) = 0 \iff a (1 - d) = b\, d \iff d = \frac{a}{a + b}, \tag{2.6}$$
#
# and since
#
# $$f''(d) = -\frac{a}{d^2} - \frac{b}{(1 - d)^2} < 0, \tag{2.7}$$
#
# it is a maximum. (If only one density is above 0, the top lies at 0 or 1, as the same
# formula says.) The best discriminator against this generator is
#
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}. \tag{2.8}$$
#
# </details>
#
# Goodfellow et al. (2014) prove this as their proposition 1. Among all samples that turn up
# at $x$, a share of $D^*(x)$ is real. Where data and fakes mix, the best answer is
# therefore unsure.

# %% [markdown] id="02-best-look-text"
# Expect $D^*$ to cross 1/2 exactly where the two densities cross.

# %% id="02-best-look"
best = optimal_discriminator(p.p, q.p)
answers = {"best: p/(p+q)": (x, best), "guess by hand": (x, guess(x))}
plots.show(
    plots.beliefs(curves, answers),
    "Above, the two densities. Beneath, the best discriminator has a hill on the left"
    " and a higher one on the right, falls to 0 far outside, and crosses one half where"
    " the densities cross; the guess is a valley that rises to 1 on both sides.",
)

# %% id="02-best-worth"
for name, (_, d) in answers.items():
    print(f"{name:14} V = {theory.value(p, q, d):.4f}")

# %% [markdown] id="02-logit-text"
# A network does not know (2.8); it climbs. Networks state their belief as a **logit**
# (对数几率) $a$. The belief is $D = \sigma(a)$, with the sigmoid
# $\sigma(a) = 1 / (1 + e^{-a})$. So let us climb in the logit.
#
# {{exercise 02.logit_gradient}}
#
# Differentiate the gain at one place, $p \log \sigma(a) + q \log(1 - \sigma(a))$, by the
# logit $a$. Do it on paper first, with $\sigma' = \sigma\,(1 - \sigma)$; most of it
# cancels.


# %% id="02-ex-logit-gradient" exercise="02.logit_gradient"
def logit_gradient(logits, p, q):
    """Derivative of p log D + q log(1 - D) by the logit; all arrays [n]."""
    ### BEGIN SOLUTION
    d = 1 / (1 + np.exp(-logits))
    return p * (1 - d) - q * d
    ### END SOLUTION


# %% id="02-use-logit-gradient"
logit_gradient = checks.use("02.logit_gradient", logit_gradient)

# %% [markdown] id="02-logit-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\frac{d}{da}\bigl[p \log \sigma(a) + q \log(1 - \sigma(a))\bigr] = p\,(1 - D) - q\, D. \tag{2.9}$$
#
# </details>
#
# Real samples push the belief up, with the weight $1 - D$ that is missing to 1. Fakes push
# it down, with the weight $D$.

# %% [markdown] id="02-climb-text"
# Now give $D$ a separate logit for each of the 1,201 places and let it climb from 1/2.
# Where will it arrive first, and where last?

# %% id="02-climb"
logits, climbed = np.zeros_like(x), {}
for step in range(1, 2001):
    logits = logits + 2 * logit_gradient(logits, p.p, q.p)
    if step in (5, 50, 2000):
        climbed[f"{step:,} steps"] = (x, 1 / (1 + np.exp(-logits)))

# %% id="02-climb-look"
plots.show(
    plots.beliefs(curves, {**climbed, "p/(p+q)": (x, best)}),
    "After 5 steps D leans the right way where the densities are high. After 50 it is"
    " exact there. After 2,000 it agrees further out as well, and still says one half in"
    " the far tails.",
)

# %% [markdown] id="02-climb-after"
# The gradient (2.9) carries the densities as factors: where nothing turns up, nothing is
# learnt. So trust a trained discriminator where samples are dense, and not elsewhere.
# Section 8 measures its error in this way.
#
# ## 4 · A discriminator is a ratio of densities
#
# From (2.8) follows what the logit of the best discriminator means:
#
# $$\operatorname{logit} D^* = \log \frac{p}{q}, \qquad \frac{D^*(x)}{1 - D^*(x)} = \frac{p(x)}{q(x)}. \tag{2.10}$$
#
# The **odds** that it gives estimate how much more often the data show $x$ than the
# generator does. You need not know $p$ or $q$ for that; samples suffice. (Sugiyama et al.
# 2012 wrote a book about the uses of such ratios.) One use: the mean $\mathbb E_p[h]$ of a
# function over the data can be estimated from *generated* samples.
#
# {{exercise 02.mean_under_data}}
#
# Write $\mathbb E_p[h]$ as an expectation under $q$, with (2.10). Then estimate it from $h$
# and the logits at generated samples, as a plain mean over these samples. (Do not divide
# by the sum of the weights.) Assume that $q$ is above 0 wherever $p$ is. Where $G$ draws
# nothing, no weight can correct it.


# %% id="02-ex-mean-under-data" exercise="02.mean_under_data"
def mean_under_data(h, logits):
    """E_p[h] from h [n] and D's logits [n] at n samples of q."""
    ### BEGIN SOLUTION
    return float(np.mean(h * np.exp(logits)))
    ### END SOLUTION


# %% id="02-use-mean-under-data"
mean_under_data = checks.use("02.mean_under_data", mean_under_data)

# %% [markdown] id="02-weights-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\mathbb E_{x \sim p}[h(x)] = \mathbb E_{x \sim q}\Bigl[ h(x)\, \frac{D^*(x)}{1 - D^*(x)} \Bigr]. \tag{2.11}$$
#
# </details>

# %% [markdown] id="02-weights-text"
# The next cell takes 50,000 fakes and the logits of the best discriminator at
# each of them. Expect the mean and the second moment of data that we have not touched,
# to within a few hundredths.

# %% id="02-weights"
fakes = q.sample(50_000, rng)
logits = np.interp(fakes, x, np.log(p.p) - np.log(q.p))
for name, power in (("E[x]", 1), ("E[x^2]", 2)):
    print(
        f"{name:7} fakes {np.mean(fakes**power):.3f},"
        f" weighted fakes {mean_under_data(fakes**power, logits):.3f},"
        f" data {p.expect(x**power):.3f}"
    )

# %% [markdown] id="02-js-text"
# ## 5 · What the generator is up against
#
# Suppose $D$ always answers perfectly. What is left for $G$ is a cost that depends on $q$
# alone. Put (2.8) into (2.4):
#
# $$C(G) = \max_D V(D, G) = \mathbb E_{p}\Bigl[\log \frac{p}{p + q}\Bigr] + \mathbb E_{q}\Bigl[\log \frac{q}{p + q}\Bigr]. \tag{2.12}$$
#
# With the middle $m = \tfrac12 (p + q)$ each fraction is $\tfrac12$ of $p/m$ or $q/m$, and
# the two halves come out as $2 \log \tfrac12 = -\log 4$:
#
# $$C(G) = -\log 4 + \mathrm{KL}(p \,\Vert\, m) + \mathrm{KL}(q \,\Vert\, m). \tag{2.13}$$
#
# The mean of these two divergences is the **Jensen–Shannon divergence** (Lin 1991). So
#
# $$C(G) = -\log 4 + 2\,\mathrm{JS}(p, q). \tag{2.14}$$
#
# That is what a GAN minimises when its discriminator is perfect. Its range is known:
#
# $$0 \le \mathrm{JS}(p, q) \le \log 2, \tag{2.15}$$
#
# 0 only if $p = q$, and $\log 2$ only if the two never overlap. Hence
#
# $$\min_G C(G) = -\log 4 \quad \text{at } q = p, \text{ where } D^*(x) = \tfrac12 \text{ for all } x \tag{2.16}$$
#
# (Goodfellow et al. 2014, theorem 1).
#
# {{exercise 02.jensen_shannon}}
#
# Write JS for two lists of probabilities that sum to 1. Some may be 0, and $0 \log 0 = 0$.


# %% id="02-ex-jensen-shannon" exercise="02.jensen_shannon"
def jensen_shannon(p, q):
    """JS in nats of two arrays [n] of probabilities."""

    ### BEGIN SOLUTION
    def kl(a, b):
        some = a > 0  # 0 log 0 = 0
        return (a[some] * np.log(a[some] / b[some])).sum()

    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2
    ### END SOLUTION


# %% id="02-use-jensen-shannon"
jensen_shannon = checks.use("02.jensen_shannon", jensen_shannon)

# %% [markdown] id="02-path-text"
# The next cell goes from our generator to the data by mixing more and more of $p$ into $q$.
# It computes the cost on the way in both forms. Expect two equal columns that fall to
# $-\log 4 = -1.3863$.
#
# **Predict.** At the start JS has some value. Which share of it, in per cent, is left when
# $q$ is half data and half the old $q$?

# %% id="02-path-predict"
checks.predict("02.half-way", ..., unit="%")

# %% id="02-path"
for share in (0, 0.25, 0.5, 0.75, 1):
    on_the_way = theory.normalised(x, share * p.p + (1 - share) * q.p)
    exact = optimal_discriminator(p.p, on_the_way.p)
    by_value = theory.value(p, on_the_way, exact)
    by_js = -np.log(4) + 2 * jensen_shannon(p.p * p.dx, on_the_way.p * p.dx)
    print(f"{share:4.0%} data: V(D*, G) = {by_value:.5f}, -log 4 + 2 JS = {by_js:.5f}")

# %% id="02-path-measured"
half = theory.normalised(x, 0.5 * p.p + 0.5 * q.p)
left = theory.jensen_shannon(p, half) / theory.jensen_shannon(p, q)
checks.measured("02.half-way", 100 * left)

# %% [markdown] id="02-path-after"
# JS is convex in $q$, and near its minimum it falls with the *square* of what is missing.
# So the first half of the way removes more than half of it.

# %% [markdown] id="02-bound-text"
# ## 6 · What an imperfect discriminator tells
#
# No network is perfect. How much does it lose? Subtract (2.4) from (2.12): what remains
# is, place by place, the KL divergence between two answers to "real or generated?", the
# best belief and the actual one,
#
# $$V(D^*, G) - V(D, G) = \int (p + q) \Bigl[ D^* \log \frac{D^*}{D} + (1 - D^*) \log \frac{1 - D^*}{1 - D} \Bigr] dx \;\ge\; 0. \tag{2.17}$$
#
# The integrand has the weight $p + q$, so errors count where samples are.
# Every discriminator thus proves that $\mathrm{JS}(p, q)$ is at least a certain number.
#
# {{exercise 02.js_bound}}
#
# Derive that number from (2.14) and (2.17). Then compute it from beliefs in two batches. A
# discriminator worse than a coin gives a negative number; return it as it is.


# %% id="02-ex-js-bound" exercise="02.js_bound"
def js_bound(d_real, d_fake):
    """What beliefs in real [n] and generated [m] samples prove about JS: a scalar."""
    ### BEGIN SOLUTION
    v = torch.log(d_real).mean() + torch.log(1 - d_fake).mean()
    return (v + np.log(4)) / 2
    ### END SOLUTION


# %% id="02-use-js-bound"
js_bound = checks.use("02.js_bound", js_bound)

# %% [markdown] id="02-bound-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\mathrm{JS}(p, q) \;\ge\; \tfrac12 \bigl( V(D, G) + \log 4 \bigr). \tag{2.18}$$
#
# </details>

# %% [markdown] id="02-bound-look-text"
# The next cells give the bounds of four discriminators, from 200,000 samples of each kind.
# "Too sure" is the best one with its beliefs moved away from 1/2. Expect only the best to
# reach the exact divergence, to three digits, since samples vary.

# %% id="02-bound-look"
real, fake = (density.sample(200_000, rng) for density in (p, q))

# %% id="02-bound-some"
coin, sure = np.full_like(x, 0.5), np.clip(1.4 * best - 0.2, 0.01, 0.99)
for name, d in {
    "coin": coin,
    "guess": guess(x),
    "too sure": sure,
    "best": best,
}.items():
    beliefs = [torch.tensor(np.interp(samples, x, d)) for samples in (real, fake)]
    print(f"{name:9} JS >= {js_bound(*beliefs):.4f}")
print(f"exact     JS =  {theory.jensen_shannon(p, q):.4f}")

# %% [markdown] id="02-tabular-text"
# ## 7 · Both play
#
# Now let $G$ move too. On a grid of 30 places everything can be a table: $D$ holds one
# logit for each place, $G$ one number $\theta_k$, with
# $q = \operatorname{softmax}(\theta)$, that is,
# $q_k = e^{\theta_k} / \sum_j e^{\theta_j}$. $D$ climbs by (2.9). $G$ descends on the
# same $V$; with $g_k = \log(1 - D_k)$ its gradient is
#
# $$\frac{\partial V}{\partial \theta_k} = q_k \Bigl( g_k - \sum_j q_j\, g_j \Bigr). \tag{2.19}$$
#
# When $G$ descends, places where $g$ is below its mean gain probability. There $D$ believes
# in real samples more than it does on average.
#
# {{exercise 02.tabular_step}}
#
# Write one round: $D$ takes a step up, then $G$ takes a step down against the $D$ that has
# just moved.
#
# Two common mistakes. Programs minimise, so $D$ has the loss $L_D = -V$, and $G$ has the
# part of $V$ that contains it, $L_G = \mathbb E_z[\log(1 - D(G(z)))]$. The players do not
# share the total $L_D + L_G$: in it this common term cancels. And $D$ never maximises its
# own loss; this loss ends high because $G$ works against it.


# %% id="02-ex-tabular-step" exercise="02.tabular_step"
def tabular_step(logits, theta, p, rate):
    """One step of D, then one of G, on n places; returns the new (logits, theta)."""
    ### BEGIN SOLUTION
    q = np.exp(theta) / np.exp(theta).sum()
    logits = logits + rate * logit_gradient(logits, p, q)  # D climbs
    g = -np.log1p(np.exp(logits))  # log(1 - D), of the D that has just learnt
    return logits, theta - rate * q * (g - q @ g)  # G descends
    ### END SOLUTION


# %% id="02-use-tabular-step"
tabular_step = checks.use("02.tabular_step", tabular_step)

# %% [markdown] id="02-game-text"
# The data are our two bumps on 30 places. At the start $D$ says 1/2 everywhere, and $q$ is
# even. Expect JS to fall, and $V + \log 4$ to follow it down to 0.


# %% id="02-game-play"
def play(p, rate, steps=300):
    """JS and V + log 4 after each step of the tabular game."""
    logits, theta, rows = np.zeros(len(p)), np.zeros(len(p)), []
    for _ in range(steps):
        logits, theta = tabular_step(logits, theta, p, rate)
        q, d = np.exp(theta) / np.exp(theta).sum(), 1 / (1 + np.exp(-logits))
        v = p @ np.log(d) + q @ np.log(1 - d)
        rows.append((jensen_shannon(p, q), v + np.log(4)))
    return np.array(rows).T


# %% id="02-game-run"
table = theory.mixture(theory.grid(-4, 4, 30), [-1.5, 1.5], [0.5, 0.8], [0.4, 0.6])
js, v = play(table.p * table.dx, rate=4)

# %% id="02-game-look"
at = np.arange(1, 301, 13)
plots.show(
    plots.lines({"JS": (at, js[at - 1]), "V + log 4": (at, v[at - 1])}, "step", "nats"),
    "JS starts above 0.1 and falls to nearly 0 within a hundred steps; V + log 4 starts"
    " lower, rises for a moment while D learns, and then falls with JS.",
)
print(f"after 300 steps: JS = {js[-1]:.5f}, V + log 4 = {v[-1]:.5f}")

# %% [markdown] id="02-game-after"
# Both curves come to the equilibrium of (2.16). Now change `rate=4` to `rate=40` and
# look again. It is the same game with larger steps, and JS goes up and down instead of
# coming to rest at 0. Chapter 03 computes for a small game, from the slopes at the
# equilibrium, which of the two happens.

# %% [markdown] id="02-hand-text"
# **One layer by hand.** With networks, $D$'s gradient goes through $D$, and G's gradient
# goes through both. Take the smallest networks: one layer each, with one number as input,
#
# - $G(z) = \sigma(w_G z + b_G)$ and $D(x) = \sigma(w_D x + b_D)$.
#
# In each batch there is one real sample $x$ and one latent $z$, and the learning rate is 1.
# $D$ descends $-V$, and $G$ descends $-\log D(G(z))$ (section 8 says more about this loss).
#
# | step | formula |
# | --- | --- |
# | the fake | $\tilde x = \sigma(w_G z + b_G)$ |
# | slopes of $-V$ in the two logits | $s = -(1 - D(x))$ and $\tilde s = D(\tilde x)$ |
# | D's gradients | $s\,x + \tilde s\,\tilde x$ for $w_D$, and $s + \tilde s$ for $b_D$ |
# | slope of G's loss in the new logit | $t = -(1 - D(\tilde x))$, with the new $w_D$ and $b_D$ |
# | back through $D$ and through G's sigmoid | $r = t\, w_D\, \tilde x (1 - \tilde x)$ |
# | G's gradients | $r z$ for $w_G$, and $r$ for $b_G$ |
#
# Compute one round with a pocket calculator, for $x = 0.9$, $z = 1$, $w_D = 1$, $b_D = 0$,
# $w_G = 2$ and $b_G = -2$. Then run the cells. Expect the fake to move towards the real
# sample.


# %% id="02-layer-d"
def sigmoid(a):
    return 1 / (1 + np.exp(-a))


one_real, one_z, w_D, b_D, w_G, b_G = 0.9, 1.0, 1.0, 0.0, 2.0, -2.0
one_fake = sigmoid(w_G * one_z + b_G)
s_real, s_fake = sigmoid(w_D * one_real + b_D) - 1, sigmoid(w_D * one_fake + b_D)
print(f"fake {one_fake:.3f}, slopes {s_real:.3f} and {s_fake:.3f}")
w_D = w_D - (s_real * one_real + s_fake * one_fake)
b_D = b_D - (s_real + s_fake)
print(f"after D's step: w_D = {w_D:.3f}, b_D = {b_D:.3f}")

# %% id="02-layer-g"
t = sigmoid(w_D * one_fake + b_D) - 1
r = t * w_D * one_fake * (1 - one_fake)
w_G, b_G = w_G - r * one_z, b_G - r
print(f"slopes t = {t:.3f}, r = {r:.3f}")
print(f"after G's step: w_G = {w_G:.3f}, b_G = {b_G:.3f}")
print(f"the fake moves from {one_fake:.3f} to {sigmoid(w_G * one_z + b_G):.3f}")

# %% [markdown] id="02-layer-after"
# $D$ called both samples real, so the fake pushed the logit down more strongly (0.622) than
# the real sample pushed it up (0.289). Both $b_D$ and $w_D$ fell. The slope that reached
# $G$ is small: the slope of G's own sigmoid, 1/4 at most, is one of its factors.
#
# **One layer more.** `theory.TinyGAN` is a whole GAN in NumPy, with one hidden layer on
# each side and each gradient by hand. Below is its loss of $D$. The derivative of
# $\operatorname{softplus}(a) = \log(1 + e^a)$ is $\sigma(a)$. So a generated sample pushes
# its logit with $\sigma(a)/N$ and a real one with $-\sigma(-a)/N$, as you derived in
# section 3. The rest is the chain rule backwards.
#
# PyTorch finds the same gradients from the loss alone. Expect two equal columns.

# %% id="02-hand-source"
print(inspect.getsource(theory.TinyGAN.d_loss_and_grads))

# %% id="02-hand"
tiny = theory.TinyGAN(hidden=2, seed=0)
real, z = np.array([-1.5, 1.2]), np.array([0.3, -0.7])
loss, by_hand = tiny.d_loss_and_grads(real, z)

D = {
    name: torch.tensor(w, requires_grad=True) for name, w in tiny.discriminator.items()
}
reals, fakes = torch.tensor(real), torch.tensor(tiny.generate(z))
a, b = (
    torch.tanh(torch.outer(x, D["w1"]) + D["b1"]) @ D["w2"] + D["b2"]
    for x in (reals, fakes)
)
softplus = torch.nn.functional.softplus
(softplus(-a).mean() + softplus(b).mean()).backward()
for name, weights in D.items():
    print(f"{name}  {by_hand[name].round(6)}  {weights.grad.numpy().round(6)}")

# %% [markdown] id="02-hand-train-text"
# These gradients are enough for a training. The cell prints a distance $W_1$ between
# samples and data. It says how far a sample has to be moved on average so that both sets
# agree; section 9 has more about it. Expect it to fall, and then to go up and down. The
# learning rate is never lowered here, which is probably the cause.

# %% id="02-hand-train"
chance = np.random.default_rng(0)
tiny = theory.TinyGAN(hidden=16, seed=0)
for step in range(0, 3001, 1000):
    far = theory.wasserstein1_samples(tiny.sample(4000, chance), p.sample(4000, chance))
    print(f"after {step:4} steps: W1 = {far:.2f}")
    for _ in range(10 if training.fast_mode() else 1000):
        tiny.step(p.sample(64, chance), chance.standard_normal(64), lr=0.05)

# %% [markdown] id="02-line-text"
# ## 8 · A GAN compared with its exact answer
#
# The next cell trains two networks, `gan.PointGenerator` and `gan.PointDiscriminator`,
# by the step of Goodfellow's algorithm 1 (chapter 04 writes it line by line),
# with one change that the same paper recommends. $G$ climbs $\mathbb E_z[\log D(G(z))]$
# and does not descend $\mathbb E_z[\log(1 - D(G(z)))]$. Chapter 03 says why this
# *non-saturating* loss is used. The optimiser is Adam, each batch has 1,024 new
# samples, and the learning rates fall after 30 % of the steps. The networks see nothing
# of the densities. But $G$ gets a single latent number, so that its density follows
# from a change of variables, $q(x) = \sum_{z: G(z) = x} \mathcal N(z) /
# |G'(z)|$, and at any moment $D$ can be compared with $p/(p+q)$ for the $q$ *of that moment*.
#
# $D$'s learning rate is a hundred times that of $G$, so that $D$ can keep up with a
# target that moves (Heusel et al. 2017 study two different rates). Each line below says
# how far $D$ is from the exact answer on average where samples are dense (the likeliest
# places, which together hold 95 % of $(p + q)/2$). It also says how far off a $D$ is
# that says 1/2 to everything. Expect the first number to stay well below the second,
# which falls as $q$ comes nearer to $p$.

# %% id="02-line-train"
steps = 60 if training.fast_mode() else 3000
looks = gan.train_on_a_line(p, steps, seed=2, on_look=print)

# %% [markdown] id="02-line-early-text"
# The first look: $G$ has only begun. Expect $D$ to know already where its fakes lie.


# %% id="02-line-early"
def show_look(look, description):
    """Densities, D and the exact answer at one look."""
    pair = {"p (data)": (x, look.p.p), "q (generated)": (x, look.q.p)}
    answers = {"learned D": (x, look.learned), "p/(p+q)": (x, look.exact)}
    title = f"after {look.step:,} steps"
    plots.show(plots.beliefs(pair, answers, title, dense=(x, look.dense)), description)


# %% id="02-line-first"
show_look(
    looks[0],
    "Above, the generated density is a narrow heap that covers only a part of the data."
    " Beneath, the learned D follows the exact answer closely where samples are dense:"
    " near 0 at the heap, near 1 beside it.",
)

# %% [markdown] id="02-line-late-text"
# The last look: expect both curves near 1/2 over the bumps, and no agreement far outside,
# where samples are missing. Look between the bumps, too: a continuous $G$ has to draw
# there. (Latents beyond ±6 are left out, so the computed $q$ ends on the left, and beyond
# its end the exact answer jumps to 1. The last cell on the right holds all mass beyond the
# grid.)

# %% id="02-line-late"
show_look(
    looks[-1],
    "The generated density follows both bumps, a little jagged, with a bridge between"
    " them. Beneath, the learned D and the exact answer run close together over the"
    " shaded part, near one half but for a dip at the bridge, and part far outside.",
)

# %% id="02-line-curve"
at = [look.step for look in looks]
series = {
    "learned D": (at, [look.error for look in looks]),
    "a D that says 1/2": (at, [look.blank for look in looks]),
}
plots.show(
    plots.lines(series, "step", "mean distance from p/(p+q)"),
    "The distance of the learned D from the exact answer stays small throughout; that of"
    " a D that always says one half is large at first and falls as q approaches p.",
)

# %% [markdown] id="02-line-after"
# The last $q$ shows in two ways that it comes from a network. It is jagged, since this $G$
# is made of straight pieces. And it has a bridge: $G$ is continuous, so on the way from one
# bump to the other it has to draw what lies between. $D$ found the bridge by itself.
#
# This was one run. Over ten seeds the distance at the end stays below 0.03; the course's
# benchmark `game_1d` keeps the record. Two conclusions follow.
#
# **Why the discriminator of a trained GAN says 1/2.** It has not become worse: it may know
# $p/(p+q)$ as well as before. The answer itself has moved to 1/2, because $q$ has
# moved to $p$. The information is in the *exact* answer being flat.
#
# **Why that proves less than it seems.** A $D$ that never learnt anything says 1/2 as well.
# Both have a value of $-\log 4$ and a loss of 1.386. By (2.18) a
# discriminator can only prove that the densities *differ*.
#
# Here is the same game to play with: the same data, networks, loss, batch size and
# learning rates. The rates never fall here, because a lab has no last step. Let $D$ or
# $G$ step alone, and see who follows whom.

# %% id="02-line-widget"
widgets.game_1d()

# %% [markdown] id="02-apart-text"
# ## 9 · When they do not meet
#
# Early in training, fakes look nothing like data. Take the extreme: $p$ is uniform on
# $[0, 1]$, that is, equally dense everywhere, and $q$ is uniform on
# $[\theta, \theta + 1]$. How do two distances depend on $\theta$? The first is JS. The
# second is the **Wasserstein distance** (瓦瑟斯坦距离) $W_1$ (Arjovsky et al. 2017).
# Probability is carried from place to place until one density has become the other.
# $W_1$ is the mean distance over which it is carried in the best way. Chapter 03
# computes such a way.
#
# {{exercise 02.shifted_blocks}}
#
# Derive both distances as functions of $\theta$, which may be negative. For JS look at
# three parts of the line: where only $p$ is above 0, where both are, and where only $q$ is.
# The cells below compare your function with the integrals.


# %% id="02-ex-shifted-blocks" exercise="02.shifted_blocks"
def shifted_blocks(theta):
    """(JS, W1) of the uniform densities on [0, 1] and [theta, theta + 1]."""
    ### BEGIN SOLUTION
    return min(abs(theta), 1) * np.log(2), abs(theta)
    ### END SOLUTION


# %% id="02-use-shifted-blocks"
shifted_blocks = checks.use("02.shifted_blocks", shifted_blocks)

# %% [markdown] id="02-apart-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\mathrm{JS}(\theta) = \min(|\theta|, 1)\, \log 2, \qquad W_1(\theta) = |\theta|. \tag{2.20}$$
#
# </details>

# %% [markdown] id="02-apart-look-text"
# Expect JS to rise in a straight line and then to stay where it is, at $\log 2$, while
# $W_1$ keeps rising.

# %% id="02-apart-look"
wide = theory.grid(-0.9995, 4.9995, 6000)  # cells of 0.001 from -1 to 5
block = theory.uniform(wide, 0, 1)
for theta in (0.3, 0.6, 1, 2, 4):
    other = theory.uniform(wide, theta, theta + 1)
    exact = theory.jensen_shannon(block, other), theory.wasserstein1(block, other)
    print(
        f"theta {theta:3}: JS {exact[0]:.3f}, W1 {exact[1]:.3f};"
        f" yours {shifted_blocks(theta)[0]:.3f}, {shifted_blocks(theta)[1]:.3f}"
    )

# %% id="02-apart-curve"
thetas = np.linspace(-3, 3, 25)
both = np.array([shifted_blocks(theta) for theta in thetas]).T

# %% id="02-apart-plot"
plots.show(
    plots.lines(
        {"JS": (thetas, both[0]), "W1": (thetas, both[1])}, "theta", "distance"
    ),
    "W1 is a V with its point at theta = 0. JS is a V only between -1 and 1 and flat"
    " outside, at 0.69.",
)

# %% [markdown] id="02-vanish-text"
# A flat curve has no gradient. Beyond $|\theta| = 1$ the best discriminator is never wrong,
# and a small move of the generator changes nothing about this. So $G$ learns *that* its
# fakes are recognised. It does not learn *in which direction* to move them.
#
# Densities with tails overlap everywhere. Does the gradient vanish for them as well? A fake
# at $x$ gets the slope of $G$'s term there. From (2.10),
#
# $$\frac{d}{dx} \log(1 - D^*(x)) = -D^*(x)\, \frac{d}{dx} \log \frac{p(x)}{q(x)}. \tag{2.21}$$
#
# The factor $D^*(x)$ is the belief that the fake is real, and it is tiny exactly when
# the fake is easy to recognise. For $p = \mathcal N(0, \sigma^2)$ and
# $q = \mathcal N(\theta, \sigma^2)$, at the middle $x = \theta$ of the fakes,
#
# $$\Bigl|\frac{d}{dx} \log(1 - D^*(x))\Bigr|_{x = \theta} = \frac{\theta}{\sigma^2}\, \operatorname{sigmoid}\Bigl(-\frac{\theta^2}{2 \sigma^2}\Bigr). \tag{2.22}$$
#
# Expect it to grow, to turn, and then to vanish within a few standard deviations (the
# axis is logarithmic).

# %% id="02-vanish-look"
theta = np.linspace(0.25, 8, 32)
belief = 1 / (1 + np.exp(theta**2 / 2))
felt = {"at a fake, (2.22)": (theta, theta * belief), "of W1": (theta, theta**0)}

# %% id="02-vanish-plot"
plots.show(
    plots.lines(felt, "distance theta, in sigma", "slope", log=True),
    "The slope at a fake rises to about 0.4 near a distance of 1, then falls"
    " faster and faster, below 1e-12 at a distance of 8; the slope of W1 is 1 throughout.",
)

# %% [markdown] id="02-vanish-after"
# So while the fakes are far from the data, a better discriminator leaves the generator
# less to learn from in (2.2). There are three ways out. The first is another loss for $G$,
# with the same answer but a slope that does not vanish. The second is another distance,
# $W_1$. The third is to keep $D$ from being too sure, by penalties or by noise. Chapter 03
# treats the first two and penalties.
#
# Arjovsky and Bottou (2017) argue that images are such a case. Samples of a generator
# with fewer latents than pixels lie on thin sheets, which they prove; for data they
# give evidence. Two such sheets may cross, but they hardly ever have a whole piece in
# common.

# %% [markdown] id="02-limits-text"
# ## 10 · Limits of capacity and of data
#
# Everything above assumed that $G$ can be any $q$ and $D$ any function, with expectations
# over all of $p$. Take the assumptions away, one at a time.
#
# **A generator that cannot reach the data.** Let $G(z) = s z + \mu$: its density is always
# normal. Search for the best one over a table of $\mu$ and $s$. Expect a cost above
# $-\log 4$, and a $D^*$ that is *not* 1/2 although $G$ cannot do any better.

# %% id="02-limits-capacity"
choices = [(mu, s) for mu in np.arange(-0.5, 1.5, 0.1) for s in np.arange(1, 2.5, 0.1)]
nearest = min(choices, key=lambda c: theory.generator_cost(p, theory.normal(x, *c)))
q_near = theory.normal(x, *nearest)
print(f"best: mu = {nearest[0]:.1f}, s = {nearest[1]:.1f}")
print(f"C(G) + log 4 = {theory.generator_cost(p, q_near) + np.log(4):.4f}")

# %% id="02-limits-capacity-look"
answer = {"p/(p+q)": (x, optimal_discriminator(p.p, q_near.p))}
plots.show(
    plots.beliefs({"p (data)": (x, p.p), "best normal q": (x, q_near.p)}, answer),
    "One wide normal density over the two bumps of the data; beneath, the best"
    " discriminator swings above and below one half.",
)

# %% [markdown] id="02-limits-data-text"
# **A discriminator with few samples.** The bound (2.18) is about expectations. Train a $D$
# on 20 real samples and 20 fakes, for long, and compute the bound on those 40 and on fresh
# ones.
#
# **Predict.** JS is at most $\log 2 = 0.693$ nats. Which lower bound does $D$ seem to prove
# on its own 40 samples, in nats?

# %% id="02-limits-predict"
checks.predict("02.bound-on-its-own", ..., unit="nats")

# %% id="02-limits-data-train"
few = [torch.tensor(d.sample(20, rng), dtype=torch.float32)[:, None] for d in (p, q)]
D = gan.PointDiscriminator(dim=1, width=128)
adam = torch.optim.Adam(D.parameters(), 1e-2)

# %% id="02-limits-data-steps"
for _ in range(20 if training.fast_mode() else 2000):
    loss = gan.losses.cross_entropy_discriminator(D(few[0]), D(few[1]))
    adam.zero_grad()
    loss.backward()
    adam.step()

# %% id="02-limits-data-look"
fresh = [torch.tensor(d.sample(20_000, rng)).float()[:, None] for d in (p, q)]
with torch.no_grad():
    for name, batch in (("its own 40", few), ("fresh", fresh)):
        beliefs = [torch.sigmoid(D(samples)).clamp(1e-6, 1 - 1e-6) for samples in batch]
        bound = js_bound(*beliefs)
        print(f"on {name:10} samples: JS >= {bound:.3f}")
        if batch is few:
            checks.measured("02.bound-on-its-own", bound)
print(f"exact:                JS =  {theory.jensen_shannon(p, q):.3f}")

# %% [markdown] id="02-limits-data-after"
# On its own samples it "proves" far more than the truth, because it has memorised these 40
# samples. On fresh ones the bound holds, and has become worthless. How far below 0 it falls
# depends on the smallest belief that the cell allows, $10^{-6}$, and on the seed.
# Distances are therefore measured on samples that were not used for training; chapter 07
# does so throughout.
#
# Arora et al. (2017) study both limits together. They prove that distances between sets
# of samples of many dimensions say little about the distributions. Their example is a
# normal distribution. Between two sets of samples of it JS is $\log 2$, and $W_1$ is
# large unless the sets are enormous. They also prove that a $D$ of limited capacity can
# be satisfied by a $G$ that draws only a limited number of different samples.

# %% [markdown] id="02-claim-text"
# ## 11 · A claim to check
#
# Goodfellow et al. (2014, proposition 2) assume three things. $G$ and $D$ have enough
# capacity, $D$ reaches its optimum at each step, and $q$ is updated so as to improve $C$.
# Then, they say, $q$ converges to $p$. Before you run anything: do you believe it for
# networks?
#
# **What the proof is about.** It is about updates of the density itself, and in $q$ the
# cost is convex. Take steps that suit a density, multiplying it by $e^{-g}$ with the
# gradient $g = \log(1 - D^*)$, and normalise. With (2.8) this becomes
#
# $$q \;\leftarrow\; \frac{q\, e^{-\log(1 - D^*)}}{\int q\, e^{-\log(1 - D^*)}\, dx} = \frac{p + q}{2}: \tag{2.23}$$
#
# every step halves the difference $p - q$. Expect convergence from any start. (The cell
# computes $\log(1 - D^*)$ from logarithms, because a $D^*$ very close to 1 rounds to 1.)

# %% id="02-claim-density"
for start in (theory.normal(x, -4, 0.3), theory.uniform(x, -6, 6), q):
    current, distances = start, []
    for _ in range(11):
        distances.append(theory.jensen_shannon(p, current))
        log_fake = current.logs - np.logaddexp(p.logs, current.logs)  # log(1 - D*)
        current = theory.normalised(x, np.exp(current.logs - log_fake))
    print("JS:", " ".join(f"{js:.5f}" for js in distances[::2]))

# %% [markdown] id="02-claim-parameter-text"
# **What networks do.** A network moves parameters, not densities. Give $G$ one
# parameter: its density is that of two bumps, moved by $\mu$, so that $q = p$ at $\mu = 0$.
# Capacity is enough, and $D$ is exact at every step. The cells follow the slope of $C$ from
# six starts: $\mu = -7, -4, -2, 1, 3.5$ and $6.5$.
#
# **Predict.** From how many of the six does $G$ arrive at $\mu = 0$?

# %% id="02-claim-predict"
checks.predict("02.arrivals", ..., unit="of 6 starts")

# %% id="02-claim-parameter"
far = theory.grid(-14, 14, 2801)


def moved(mu):
    """Two bumps, 6 apart, moved by mu."""
    return theory.mixture(far, [mu - 3, mu + 3], [0.8, 0.8], [0.4, 0.6])


def descend(mu, rate=0.5, steps=150, h=1e-3):
    """Follow the slope of C(mu) downhill and return the last mu."""
    for _ in range(steps):
        ends = [theory.generator_cost(moved(0), moved(mu + e)) for e in (h, -h)]
        mu -= rate * (ends[0] - ends[1]) / (2 * h)
    return mu


# %% id="02-claim-descend"
ends = {mu: round(descend(mu), 2) + 0.0 for mu in (-7, -4, -2, 1, 3.5, 6.5)}
for mu, end in ends.items():
    print(f"from mu = {mu:4} to mu = {end:5.2f}")
checks.measured("02.arrivals", sum(abs(end) < 0.05 for end in ends.values()))

# %% id="02-claim-look"
mus = np.linspace(-8, 8, 33)
cost = [theory.generator_cost(moved(0), moved(mu)) + np.log(4) for mu in mus]
plots.show(
    plots.lines({"C + log 4": (mus, cost)}, "mu", "C + log 4"),
    "The cost has its lowest valley, reaching 0, at mu = 0, and two shallower ones near"
    " -6 and 6, where one bump covers the other's place.",
)

# %% [markdown] id="02-claim-after"
# The claim holds as stated, and says nothing about networks. A cost that is convex in $q$
# need not be convex in the parameters. A perfect discriminator does not help a generator
# out of the wrong valley. The authors say as much in the lines after their proof. What do
# you expect of $W_1$ as a function of $\mu$ here? Compute it with `theory.wasserstein1`
# before you answer.
#
# <details><summary>The answer</summary>
#
# It is $\lvert \mu \rvert$. All mass moved by $\mu$ is one plan, and no plan can be
# cheaper, since the means are $\lvert \mu \rvert$ apart. So $W_1$ has one valley and no
# other.
#
# </details>

# %% [markdown] id="02-predictions-text"
# The table shows your predictions beside the measured values. Where they differ most, read
# that section once more.

# %% id="02-predictions"
checks.predictions("02")

# %% [markdown] id="02-recap"
# ## What to take along
#
# - Both players have one value $V$ and opposite goals: $D$ raises it, $G$ lowers it. There
#   is no total loss, and $D$ judges single samples.
# - Place by place the best discriminator is $p/(p+q)$; its odds are the ratio of densities.
# - Against it, $G$'s cost is $-\log 4 + 2\,\mathrm{JS}$, least at $q = p$, where
#   $D^* = 1/2$.
# - Any discriminator proves a lower bound on JS, on samples that it has not seen, and
#   you may trust it where samples are dense.
# - Where densities do not overlap, JS is flat, and from (2.2) a perfect $D$ gives $G$ no
#   gradient.
#
# **Terms**: generator 生成器 · discriminator 判别器 · minimax game 极小极大博弈 · logit 对数几率 ·
# odds 几率 · Jensen–Shannon divergence JS 散度 · Wasserstein distance 瓦瑟斯坦距离 ·
# equilibrium 均衡点.
#
# **Next** chapter 03, which derives the losses that people train with.
#
# ## References
#
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair,
#   A. Courville, Y. Bengio. Generative Adversarial Nets. NeurIPS 2014.
# - J. Lin. Divergence Measures Based on the Shannon Entropy. IEEE Transactions on
#   Information Theory, 1991.
# - M. Sugiyama, T. Suzuki, T. Kanamori. Density Ratio Estimation in Machine Learning.
#   Cambridge University Press, 2012. Section 4 as a whole book.
# - M. Arjovsky, L. Bottou. Towards Principled Methods for Training Generative Adversarial
#   Networks. ICLR 2017. Why a perfect discriminator stops the generator.
# - M. Arjovsky, S. Chintala, L. Bottou. Wasserstein Generative Adversarial Networks.
#   ICML 2017. The distance $W_1$ as a loss.
# - S. Arora, R. Ge, Y. Liang, T. Ma, Y. Zhang. Generalization and Equilibrium in Generative
#   Adversarial Nets (GANs). ICML 2017. What finite data and capacity change.
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter. GANs Trained by a
#   Two Time-Scale Update Rule Converge to a Local Nash Equilibrium. NeurIPS 2017.
