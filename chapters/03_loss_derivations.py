# %% [markdown] id="03-title"
# # 03 · Loss derivations
#
# Six losses for GANs are in common use, and each was published with an argument of its own.
# Here you derive all of them from two questions. What would the best discriminator answer?
# Which gradient does the generator then get? Numbers confirm the results of the
# derivations.
#
# **You will be able to**
# - derive the discriminator's loss from the odds of "real or generated?";
# - read a generator's loss as a weight on arrows, and say where those arrows vanish;
# - write losses that stay finite, with the right slope, at every logit;
# - name for each of six losses its best critic and the divergence behind it;
# - predict from an eigenvalue whether two players converge, and test the prediction.
#
# **Time** {{time}}.
#
# **Before this** chapter 02, derivatives of the logarithm and the exponential, and
# `backward` of PyTorch. Section 5 needs a gradient of a gradient, section 6 the conjugate
# of a convex function, and section 9 complex eigenvalues of 2 × 2 matrices. The first two
# are explained there; the third is not.
#
# {{run card}}

# %% id="03-imports"
import cmath
import math

import numpy as np
import torch
from scipy.optimize import linprog
from torch import nn

from aigc_course import checks, gan, plots, theory, training, widgets
from aigc_course.plots.transport import transport_plan

training.seed_everything(3)

# %% [markdown] id="03-odds-text"
# ## 1 · From odds to a loss
#
# A fair coin decides whether you are shown a real sample, of density $p$, or a generated
# one, of density $q$. You see $x$. Bayes' rule gives the odds, and a logarithm turns them
# into a logit:
#
# $$P(\text{real} \mid x) = \frac{p(x)}{p(x) + q(x)} = \sigma\Bigl(\log \frac{p(x)}{q(x)}\Bigr), \qquad \sigma(a) = \frac{1}{1 + e^{-a}}. \tag{3.1}$$
#
# So the logit of a discriminator that knows both densities is the **log-likelihood ratio**
#
# $$a^*(x) = \log p(x) - \log q(x). \tag{3.2}$$
#
# It is 0 where both densities are equal, and positive where real samples are denser.
#
# {{exercise 03.log_ratio}}
#
# Derive (3.2) for two normal densities. Your function must also hold far from both means,
# where the densities themselves are too small for a float. That is one reason why
# discriminators work with logits.


# %% id="03-ex-log-ratio" exercise="03.log_ratio"
def log_ratio(x, mean_p, std_p, mean_q, std_q):
    """log p(x)/q(x) at each x, for two normal densities."""
    ### BEGIN SOLUTION
    zp, zq = (x - mean_p) / std_p, (x - mean_q) / std_q
    return (zq**2 - zp**2) / 2 + math.log(std_q / std_p)
    ### END SOLUTION


# %% id="03-use-log-ratio"
log_ratio = checks.use("03.log_ratio", log_ratio)

# %% [markdown] id="03-log-ratio-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# With means $m_p$, $m_q$ and standard deviations $s_p$, $s_q$ it is a parabola:
#
# $$a^*(x) = \frac12 \Bigl(\frac{x - m_q}{s_q}\Bigr)^2 - \frac12 \Bigl(\frac{x - m_p}{s_p}\Bigr)^2 + \log \frac{s_q}{s_p}. \tag{3.3}$$
#
# </details>

# %% [markdown] id="03-problem-text"
# One problem in one dimension serves the whole chapter: real samples from
# $\mathcal N(0, 1)$, generated ones from the narrower $\mathcal N(1.5, 0.7^2)$. The package
# `theory` keeps both as densities on a grid. Expect the sigmoid of your logit to lie on
# $p/(p+q)$. Expect it to rise again on the right, because there the narrow $q$ falls faster
# than $p$.

# %% id="03-problem"
x = theory.grid(-5, 6)
p, q = theory.normal(x), theory.normal(x, 1.5, 0.7)
logit = log_ratio(torch.from_numpy(x), 0.0, 1.0, 1.5, 0.7)
beliefs = {"p / (p + q)": (x, p.p / (p.p + q.p)), "σ(logit)": (x, logit.sigmoid())}

# %% id="03-problem-look"
plots.show(
    plots.beliefs({"real p": (x, p.p), "generated q": (x, q.p)}, beliefs),
    "Above, a wide bell at 0 and a narrow one at 1.5. Below, the belief in real: near 1"
    " on the left, lowest near 3, rising again far right; both curves coincide.",
)

# %% [markdown] id="03-cross-entropy-text"
# $p$ and $q$ are unknown, so $D$ has to learn. Write $y = 1$ for real and $y = 0$ for
# generated. $D(x)$ is a claim about $y$, and the claim that makes the observed answers
# most likely costs least in
#
# $$-\log P_D(y \mid x) = -y \log D(x) - (1 - y) \log(1 - D(x)). \tag{3.4}$$
#
# The mean over the coin has a factor 1/2 for each side. Leave it out, and this is the
# **cross-entropy** of the GAN:
#
# $$L_D = -\mathbb E_{x \sim p}[\log D(x)] - \mathbb E_{x \sim q}[\log(1 - D(x))]. \tag{3.5}$$
#
# Does it lead to (3.2)? A $D$ that can answer at each $x$ as it likes solves a separate
# problem at each. With the logit $a$ and $D = \sigma(a)$, differentiate
# $\ell(a) = -p \log \sigma(a) - q \log(1 - \sigma(a))$:
#
# $$\ell'(a) = -p\,\sigma(-a) + q\,\sigma(a) = 0 \iff a = \log \frac pq, \qquad \ell''(a) = (p + q)\,\sigma(a)\,\sigma(-a) > 0. \tag{3.6}$$
#
# There is one stationary point, and it is a minimum. Put it back into (3.5). What is left
# is the Jensen–Shannon divergence of chapter 02:
#
# $$\min_D L_D = 2 \log 2 - 2\,\mathrm{JS}(p, q). \tag{3.7}$$
#
# The next cell computes both sides, and the loss of a $D$ that is a little wrong. Expect
# two equal numbers and a larger one.

# %% id="03-cross-entropy"
best = theory.optimal_critic(p, q, "non-saturating")
minimum = 2 * math.log(2) - 2 * theory.jensen_shannon(p, q)
print(f"L_D at log p/q      {-theory.critic_value(p, q, best, 'minimax'):.6f}")
print(f"2 log 2 - 2 JS      {minimum:.6f}")
print(f"L_D at 0.8 log p/q  {-theory.critic_value(p, q, 0.8 * best, 'minimax'):.6f}")

# %% [markdown] id="03-wishes-text"
# ## 2 · The gradient that the generator gets
#
# Only the second half of (3.5) depends on $G$. In the **minimax** game $G$ raises what $D$
# lowers; the **non-saturating** game swaps the label instead:
#
# $$L_G^{\text{minimax}} = \mathbb E_z[\log(1 - D(G(z)))], \qquad L_G^{\text{ns}} = -\mathbb E_z[\log D(G(z))]. \tag{3.8}$$
#
# Both fall as $D(G(z))$ rises. What differs is the slope in the logit $a$ of one fake,
# with $D = \sigma(a)$.
#
# {{exercise 03.generator_slope}}
#
# Derive both slopes, with $\sigma' = \sigma(1 - \sigma)$. Add the slopes of two losses that
# come below: least squares, $(a - 1)^2/2$, and Wasserstein, $-a$. All must be finite at
# logits of ±120.


# %% id="03-ex-generator-slope" exercise="03.generator_slope"
def generator_slope(a, loss):
    """Slope in each logit of "minimax", "non-saturating", "least-squares", "wasserstein"."""
    ### BEGIN SOLUTION
    slopes = {
        "minimax": -torch.sigmoid(a),
        "non-saturating": -torch.sigmoid(-a),
        "least-squares": a - 1,
        "wasserstein": -torch.ones_like(a),
    }
    return slopes[loss]
    ### END SOLUTION


# %% id="03-use-generator-slope"
generator_slope = checks.use("03.generator_slope", generator_slope)

# %% [markdown] id="03-slope-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\frac{d}{da} \log(1 - \sigma(a)) = -\sigma(a), \qquad \frac{d}{da} \bigl(-\log \sigma(a)\bigr) = -\sigma(-a). \tag{3.9}$$
#
# </details>

# %% [markdown] id="03-curves-text"
# Look at the grey line first. There $D$ gives the fake a belief of 0.02. A new $D$ does not
# begin there, since its beliefs are near 1/2; a training gets there when $D$ runs ahead of
# $G$. Expect the minimax curve to be flat exactly there. (Each loss keeps its colour and
# line in the explorer of section 8.)

# %% id="03-curves"
a = torch.linspace(-6, 6, 200)
curves = {}
for name in ("non-saturating", "minimax", "least-squares", "wasserstein"):
    generator = gan.losses.game(name).generator
    curves[name] = [generator(one) for one in a], generator_slope(a, name)
plots.show(
    plots.loss_and_slope(a, curves, -4.0, "D = 0.02"),
    "Left, four losses: minimax is level for negative logits and falls for positive ones,"
    " non-saturating the other way round, Wasserstein is straight, least squares turns up"
    " beyond 1. Right, their slopes; that of minimax is nearly 0 at the grey line, which"
    " marks the logit of a recognised fake.",
)

# %% [markdown] id="03-ratio-text"
# Both slopes always have the same sign, and one is a positive multiple of the other:
#
# $$\frac{\text{non-saturating slope}}{\text{minimax slope}} = \frac{\sigma(-a)}{\sigma(a)} = e^{-a}. \tag{3.10}$$
#
# This is the remark of Goodfellow et al. (2014, section 3) in one line. Both games send a
# single fake the same way. The non-saturating one does it $e^{-a}$ times as strongly: at
# $a = -6$ that is 400 times. Where the game ends, at $a = 0$ everywhere, both slopes are
# $-1/2$.
#
# The slope in the logit is not yet a gradient in G's weights. The chain rule goes on,
# through $x = G_\theta(z)$:
#
# $$\nabla_\theta L_G = \mathbb E_z\Bigl[\, g\bigl(a(x)\bigr) \Bigl(\frac{\partial x}{\partial \theta}\Bigr)^{\!\top} \nabla_x\, a(x) \Bigr], \qquad g = \text{slope of the loss}. \tag{3.11}$$
#
# Read it from the right. The discriminator's slope $\nabla_x a$ says *where* a fake should
# go. The loss enters through $g$ alone and says *how strongly*: $D$ sets the direction, the
# loss sets the weight.
#
# {{exercise 03.arrows}}
#
# Write the arrow of each fake under the non-saturating loss: $-g(a)\,\nabla_x a$. `D` maps
# points $[N, d]$ to logits. Use autograd, and leave no gradients behind in `D`.


# %% id="03-ex-arrows" exercise="03.arrows"
def arrows(D, fake):
    """The way each fake [N, d] would go to lower -log D, [N, d]."""
    ### BEGIN SOLUTION
    x = fake.detach().requires_grad_()
    loss = nn.functional.softplus(-D(x)).sum()  # -log sigmoid(a) = softplus(-a)
    return -torch.autograd.grad(loss, x)[0]
    ### END SOLUTION


# %% id="03-use-arrows"
arrows = checks.use("03.arrows", arrows)

# %% [markdown] id="03-arrows-text"
# In the plane, with coordinates that are independent, the perfect logit is the sum of two
# of yours. The fakes below lie at some distance from the data. The third panel has the
# weight 1 of the Wasserstein loss, so it shows $\nabla_x a$ itself. Expect most arrows to
# point at the data. In the second panel they are nearly as long as in the third. In the
# first they are long only where $D$ already takes a fake for real.

# %% id="03-arrows-setup"
real = torch.randn(300, 2)
fake = 0.7 * torch.randn(40, 2) + 1.7


def D(points):
    """The perfect logit between the two clouds, [N, 1]."""
    return log_ratio(points, 0.0, 1.0, 1.7, 0.7).sum(dim=1, keepdim=True)


# %% id="03-arrows-look"
loud = arrows(D, fake)
scores = D(fake)
weight = {
    n: generator_slope(scores, n) for n in ("minimax", "non-saturating", "wasserstein")
}
panels = {n: (fake, loud * weight[n] / weight["non-saturating"]) for n in weight}
plots.show(
    plots.arrow_panels(panels, real, scale=0.3),
    "Three panels with the same fakes beside the data. Minimax: arrows only on the fakes"
    " nearest to the data. Non-saturating: arrows on all fakes, a little shorter than in"
    " the third panel where a fake already passes.",
)

# %% [markdown] id="03-arrows-after"
# The directions are the same in all three panels; only the lengths differ, as (3.11) says.
#
# Do they all lead to the data? The perfect logit is a parabola in each coordinate. It
# rises again to the right of $x = 3.33$, where the narrow $q$ falls faster than $p$.
# Count the fakes whose arrow deviates by more than 45° from the direction to the centre
# of the data. Count also those whose arrow points away from it.

# %% id="03-arrows-angles"
many = 0.7 * torch.randn(20_000, 2) + 1.7
towards = nn.functional.cosine_similarity(arrows(D, many), -many)
print(f"more than 45° off {(towards < math.cos(math.pi / 4)).float().mean():.1%}")
print(f"away from the data {(towards < 0).float().mean():.1%}")

# %% [markdown] id="03-perfect-text"
# So even a perfect $D$ sends some fakes to the side, and a few away from the data.
#
# What does $G$ minimise if it takes one step against a perfect, frozen $D^*$? Inside the
# expectations $D^*$ stays what it was at the present $\theta$; only $q_\theta$ moves. For
# minimax this is the divergence of (3.7):
#
# $$\nabla_\theta\, \mathbb E_{q_\theta}[\log(1 - D^*)] = 2\, \nabla_\theta\, \mathrm{JS}(p, q_\theta). \tag{3.12}$$
#
# For the other game write $-\log D^* = \log (q/p) - \log(1 - D^*)$ and take the gradient of
# both terms (Arjovsky & Bottou 2017, theorem 2.5):
#
# $$\nabla_\theta\, \mathbb E_{q_\theta}[-\log D^*] = \nabla_\theta \bigl[\mathrm{KL}(q_\theta \,\Vert\, p) - 2\, \mathrm{JS}(p, q_\theta)\bigr]. \tag{3.13}$$
#
# The first term is a KL that punishes $q$ for going where $p$ is not. The second is a JS
# with the *wrong sign*. This is why the non-saturating game is said to seek modes. The next
# cell shifts $q$ by $\pm 0.001$ and compares both sides. Expect the columns to agree.

# %% id="03-perfect"
h = 1e-3
right, left = theory.normal(x, 1.5 + h, 0.7), theory.normal(x, 1.5 - h, 0.7)


def slope(functional):
    """Central difference in the mean of q."""
    return (functional(right) - functional(left)) / (2 * h)


d = theory.optimal_discriminator(p, q)
js = slope(lambda q: theory.jensen_shannon(p, q))
kl = slope(lambda q: theory.kl(q, p))
print(f"minimax         {slope(lambda q: q.expect(np.log(1 - d))):.5f}  {2 * js:.5f}")
print(f"non-saturating  {slope(lambda q: q.expect(-np.log(d))):.5f}  {kl - 2 * js:.5f}")

# %% [markdown] id="03-kl-text"
# So the minimax game follows JS, and the other one follows a mixture of two divergences.
# Which cost makes $G$ follow $\mathrm{KL}(p \,\Vert\, q)$, so that a GAN does **maximum
# likelihood** (chapter 01) although $q$ is not known? Any function $c$ of the logit may be
# the cost of a fake. Again only $q_\theta$ moves, so $\nabla_\theta\, \mathbb
# E_{q_\theta}[c(a^*)] = \int c(a^*(x))\, \nabla_\theta q_\theta(x)\, dx$, and a constant
# added to $c$ changes nothing, because $\int \nabla_\theta q_\theta\, dx = 0$.
#
# {{exercise 03.kl_costs}}
#
# Bring the gradients of $\mathrm{KL}(p \,\Vert\, q_\theta)$ and of
# $\mathrm{KL}(q_\theta \,\Vert\, p)$ into this form. Return the two costs as functions of
# the logit $a = \log(p/q)$.


# %% id="03-ex-kl-costs" exercise="03.kl_costs"
def kl_costs(a):
    """(cost for KL(p || q), cost for KL(q || p)) of fakes with these logits."""
    ### BEGIN SOLUTION
    return -torch.exp(a), -a
    ### END SOLUTION


# %% id="03-use-kl-costs"
kl_costs = checks.use("03.kl_costs", kl_costs)

# %% [markdown] id="03-kl-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# For $\mathrm{KL}(p \,\Vert\, q)$ the cost is $-e^{a}$, because $\nabla_\theta
# \mathrm{KL}(p \,\Vert\, q_\theta) = -\int \frac{p}{q_\theta} \nabla_\theta q_\theta\, dx$
# (Goodfellow 2016, section 3.2). For $\mathrm{KL}(q \,\Vert\, p)$ it is $-a$.
#
# </details>
#
# The next cell compares both with the exact slopes. Then it looks at 1,000 fakes. The slope
# of the cost in the logit is the weight of a fake, as in (3.11).
#
# **Predict.** Which share of the total weight, in per cent, do the ten fakes with the
# largest weights have, when the cost is that of $\mathrm{KL}(p \,\Vert\, q)$? (Equal
# weights would give 1 %.)

# %% id="03-kl-predict"
checks.predict("03.weight-of-ten", ..., unit="%")

# %% id="03-kl-check"
costs = [cost.numpy() for cost in kl_costs(torch.from_numpy(best.copy()))]
forward = slope(lambda q: theory.kl(p, q))
print(f"KL(p || q)  {slope(lambda q: q.expect(costs[0])):.5f}  {forward:.5f}")
print(f"KL(q || p)  {slope(lambda q: q.expect(costs[1])):.5f}  {kl:.5f}")

# %% id="03-kl-weights"
some = 1.5 + 0.7 * torch.randn(1000, generator=torch.Generator().manual_seed(3))
logits = log_ratio(some, 0.0, 1.0, 1.5, 0.7).requires_grad_()
(weights,) = torch.autograd.grad(kl_costs(logits)[0].sum(), logits)
largest = weights.abs().topk(10).values.sum() / weights.abs().sum()
checks.measured("03.weight-of-ten", 100 * largest.item())

# %% [markdown] id="03-kl-after"
# The columns agree: in expectation, and with a perfect $D$, a GAN can do maximum
# likelihood. But ten of 1,000 fakes have nearly a third of the weight. The weight $e^{a}$
# is large on the few fakes that look most real, and nearly 0 on those that most need
# correction. So the mean over a batch varies much from batch to batch.

# %% [markdown] id="03-total-text"
# It is tempting to add $L_D$ and $L_G$ and
# call the sum "the loss of the GAN". Look at what is left of $G$:
#
# $$L_D + L_G^{\text{minimax}} = -\mathbb E_x[\log D(x)], \qquad \frac{d}{da}\bigl[-\log(1 - \sigma(a)) - \log \sigma(a)\bigr] = \tanh \frac a2. \tag{3.14}$$
#
# In the minimax game the terms with the fakes cancel, and no gradient reaches $G$. With
# the non-saturating loss (on the right, for one fake) the sum pulls the logits of the
# *fakes* towards 0. The losses below are means over three fakes; times 3 they show the
# slope in each logit. Expect three zeros, then `tanh` of -1, 0 and 1.

# %% id="03-total"
fakes = torch.tensor([-2.0, 0.0, 2.0], requires_grad=True)
for name in ("minimax", "non-saturating"):
    game = gan.losses.game(name)
    total = game.discriminator(torch.zeros(3), fakes) + game.generator(fakes)
    (slopes,) = torch.autograd.grad(total, fakes)
    print(f"{name:<15}", "".join(f"{3 * v + 0.0:8.3f}" for v in slopes.tolist()))

# %% [markdown] id="03-total-best-text"
# What would two players learn who both minimise the non-saturating sum? The real samples
# enter it too, with $-\log \sigma(a)$. At each $x$ the best $D$ solves
# $-p\,\sigma(-a) + q \tanh(a/2) = 0$, so $e^{a} = (p + q)/q$ and
# $D(x) = (p + q)/(p + 2q)$. This $D$ does learn about the data: it says 0.83 where
# $p : q$ is 4 : 1, and 0.67 where both are equally dense. It never goes below 1/2.
#
# $G$ goes down $\operatorname{softplus}(a) + \operatorname{softplus}(-a)$, which is
# smallest at $a = 0$, and this $D$ has $a = 0$ only where there are no data. Let $G$ move
# the mean $m$ of $q$, with the data at 0. Expect negative slopes: descent then raises $m$
# and carries the fakes *away* from the data.

# %% id="03-total-best"
for mean in (0.5, 1.5, 3.0):
    moved = theory.normal(x, mean, 0.7)
    best_of_sum = np.log1p(p.p / moved.p)  # the logit log((p + q) / q)
    push = moved.expect(np.tanh(best_of_sum / 2) * np.gradient(best_of_sum, x))
    print(f"m = {mean}: slope of the sum in m {push:.3f}")

# %% [markdown] id="03-stable-text"
# ## 3 · Losses that stay finite
#
# The formulas above contain $\log \sigma$. Written like that in code they fail as soon as
# $D$ is sure enough. A float32 has 24 binary digits, and just below 1 its spacing is
# $2^{-24}$, so $\sigma(a)$ becomes exactly 1 near
#
# $$e^{-a} = 2^{-24} \iff a = 24 \log 2 \approx 16.6. \tag{3.15}$$
#
# From there on $\log(1 - \sigma(a)) = \log 0$. On the way back autograd multiplies the
# slope of the logarithm, $1/0$, by the slope of the sigmoid, 0. The columns below are the
# logit, the loss and its slope. Expect `inf` and `nan` at the end; at 16 the loss, which
# should be 16.0000, is already wrong in the third digit.

# %% id="03-stable-fails"
a = torch.tensor([-120.0, -20.0, 0.0, 16.0, 20.0, 120.0], requires_grad=True)
naive = -torch.log(1 - torch.sigmoid(a))
(naive_slope,) = torch.autograd.grad(naive.sum(), a)
print(torch.stack([a, naive, naive_slope], dim=1).detach())

# %% [markdown] id="03-stable-how"
# One `nan` in a gradient is enough to make every weight `nan` at the next step. The cure is
# to take logarithm and sigmoid together. Since
# $1 - \sigma(a) = \sigma(-a) = 1/(1 + e^{a})$,
#
# $$-\log(1 - \sigma(a)) = \log(1 + e^a) = \operatorname{softplus}(a), \qquad -\log \sigma(a) = \operatorname{softplus}(-a). \tag{3.16}$$
#
# But $e^{120}$ is too large for a float32, so this form overflows, too.
#
# {{exercise 03.softplus}}
#
# Find a form of $\log(1 + e^a)$ that works at every logit. Take the larger of the two
# terms, 1 or $e^a$, out of the logarithm. What is left inside, for $a > 0$ and for
# $a < 0$? Values *and* slopes are checked, at logits from −2,000 to 2,000.
# `torch.log1p(y)` is $\log(1 + y)$ and does not lose a small $y$.


# %% id="03-ex-softplus" exercise="03.softplus"
def softplus(a):
    """log(1 + e^a), at logits of any size."""
    ### BEGIN SOLUTION
    return torch.maximum(a, torch.zeros_like(a)) + torch.log1p(torch.exp(-a.abs()))
    ### END SOLUTION


# %% id="03-use-softplus"
softplus = checks.use("03.softplus", softplus)

# %% [markdown] id="03-softplus-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\operatorname{softplus}(a) = \max(a, 0) + \log\bigl(1 + e^{-|a|}\bigr), \qquad \operatorname{softplus}(a) - \operatorname{softplus}(-a) = a. \tag{3.17}$$
#
# The exponent is never positive, so nothing overflows.
#
# </details>

# %% [markdown] id="03-remedies-text"
# Two remedies are common in code on the web: a small number inside the logarithm, and a
# clamp on the probability. Both remove the `nan`. Look at the slopes at $a = 20$ and 120,
# where $D$ is certain that a fake is *real*. The right slope there is 1.

# %% id="03-remedies"
remedies = {
    "log(1 - D + 1e-8)": lambda a: -torch.log(1 - torch.sigmoid(a) + 1e-8),
    "clamped D": lambda a: -torch.log(1 - torch.sigmoid(a).clamp(max=1 - 1e-6)),
    "softplus": softplus,
}
for name, form in remedies.items():
    (found,) = torch.autograd.grad(form(a).sum(), a)
    print(f"{name:<18}", [round(v, 3) for v in found.tolist()])

# %% [markdown] id="03-remedies-after"
# With either remedy a $D$ learns nothing exactly where it is most wrong. Softplus needs no
# remedy.
#
# Five exercises of the course are about this one cross-entropy: 02.logit_gradient,
# 03.softplus, 03.gan_losses, 04.cross_entropy and 05.discriminator_loss. If you have done
# the first two, you may skip the next one and one of the last two.
#
# {{exercise 03.gan_losses}}
#
# Now write the losses of both players, from logits. Return two numbers, one for each
# player.


# %% id="03-ex-gan-losses" exercise="03.gan_losses"
def gan_losses(real_logits, fake_logits):
    """(L_D, L_G): (3.5), and the non-saturating half of (3.8)."""
    ### BEGIN SOLUTION
    d_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    return d_loss, softplus(-fake_logits).mean()
    ### END SOLUTION


# %% id="03-use-gan-losses"
gan_losses = checks.use("03.gan_losses", gan_losses)

# %% [markdown] id="03-recipe-text"
# ## 4 · Least squares and hinge: one recipe
#
# Any pair of costs makes a discriminator: $c_r(a)$ for an output $a$ on a real sample,
# $c_f(a)$ on a fake. The argument of (3.6) works for all of them, since each $x$ is a
# problem of its own:
#
# $$a^*(x) = \arg\min_a \bigl[\, p(x)\, c_r(a) + q(x)\, c_f(a) \,\bigr]. \tag{3.18}$$
#
# {{exercise 03.best_outputs}}
#
# Before deriving anything, find $a^*$ by brute force: try every candidate at every $x$.


# %% id="03-ex-best-outputs" exercise="03.best_outputs"
def best_outputs(p, q, cost_real, cost_fake, candidates):
    """The best of the candidates [m] at each place, for densities p, q [n]: [n]."""
    ### BEGIN SOLUTION
    table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
    return candidates[table.argmin(dim=1)]
    ### END SOLUTION


# %% id="03-use-best-outputs"
best_outputs = checks.use("03.best_outputs", best_outputs)

# %% [markdown] id="03-squares-text"
# **Least squares** (Mao et al. 2017) does without the sigmoid. $D$ should say 1 on real
# samples and 0 on fakes, and its loss is the square of the distance: $L_D = \frac12
# \mathbb E_p[(a - 1)^2] + \frac12 \mathbb E_q[a^2]$. By (3.18), the derivative
# $p\,(a - 1) + q\,a$ vanishes at
#
# $$a^*(x) = \frac{p(x)}{p(x) + q(x)}, \tag{3.19}$$
#
# the same function as before, this time as a raw output. $G$ moves the outputs of its fakes
# to 1:
#
# $$L_G = \tfrac12\, \mathbb E_q[(a - 1)^2], \qquad g(a) = a - 1. \tag{3.20}$$
#
# The slope grows with the distance from 1 and does not saturate *in the output*. It also
# changes sign: a fake that is "too real" is pulled back.
#
# Which divergence is this? The clean statement needs other targets: −1 and 1 for $D$, 0 for
# $G$, which then minimises $\frac12 \mathbb E_p[a^2] + \frac12 \mathbb E_q[a^2]$. Now
# $a^* = (p - q)/(p + q)$, and with $m = (p + q)/2$
#
# $$C(G) = \tfrac12 \int \frac{(p - q)^2}{p + q}\, dx = \int \frac{(q - m)^2}{m}\, dx = \chi^2(q \,\Vert\, m), \tag{3.21}$$
#
# which is Pearson's $\chi^2$. (With the usual targets 0 and 1, $G$ minimises
# $\frac12 \mathbb E_q[(1 + p/q)^{-2}]$ instead. Up to a constant it is a divergence too,
# and it is smallest at $q = p$.)
#
# **Hinge** (Lim & Ye 2017) asks $D$ for a margin only:
# $L_D = \mathbb E_p[\max(0, 1 - a)] + \mathbb E_q[\max(0, 1 + a)]$. Between −1 and 1 the
# cost is linear in $a$, with slope $q - p$; outside it only grows. So the best output sits
# at an end. ($G$ keeps the loss of a critic, $L_G = -\mathbb E_q[a]$, so $g = -1$.)
#
# $$a^*(x) = \operatorname{sign}\bigl(p(x) - q(x)\bigr), \tag{3.22}$$
#
# and with the total variation $\mathrm{TV} = \frac12 \int |p - q|\,dx$
#
# $$\min_D L_D = 2 \int \min(p, q)\, dx = 2 - 2\,\mathrm{TV}, \qquad \mathbb E_p[a^*] - \mathbb E_q[a^*] = 2\,\mathrm{TV}. \tag{3.23}$$
#
# Your brute force should agree with all three formulas, up to the step between candidates.

# %% id="03-recipe"
relu, tried = torch.relu, torch.linspace(-4, 4, 801).double()
costs = {
    "non-saturating": (lambda a: softplus(-a), softplus),
    "least-squares": (lambda a: (a - 1) ** 2 / 2, lambda a: a**2 / 2),
    "hinge": (lambda a: relu(1 - a), lambda a: relu(1 + a)),
}
densities = torch.from_numpy(p.p.copy()), torch.from_numpy(q.p.copy())
inside = (abs(best) < 3.9) & (abs(best) > 0.01)
for name, pair in costs.items():
    gap = best_outputs(*densities, *pair, tried).numpy() - theory.optimal_critic(
        p, q, name
    )
    print(f"{name:<15} largest difference {abs(gap[inside]).max():.4f}")

# %% [markdown] id="03-recipe-after"
# Now the divergences. Each line prints the two sides of an equation: first (3.21), then the
# two of (3.23).

# %% id="03-divergences"
total, m = p.p + q.p, theory.Density(x, (p.p + q.p) / 2)
squares = 0.5 * ((p.p - q.p) ** 2 / total).sum() * p.dx
hinge = theory.optimal_critic(p, q, "hinge")
print(f"{squares:.6f} = {theory.chi_square(q, m):.6f}")
tv = theory.total_variation(p, q)
print(f"{-theory.critic_value(p, q, hinge, 'hinge'):.6f} = {2 - 2 * tv:.6f}")
print(f"{p.expect(hinge) - q.expect(hinge):.6f} = {2 * tv:.6f}")

# %% [markdown] id="03-wasserstein-text"
# ## 5 · Wasserstein: a critic that may not be steep
#
# All critics so far depend on the *ratio* $p/q$ at a point, and use no distance between
# points. The **Wasserstein-1 distance** (瓦瑟斯坦距离) does: it is the least work that carries
# $q$ to $p$. A **transport plan** (传输方案) $\pi$ says how much mass goes from each place $y$
# of the fakes to each place $x$ of the data. Its row sums are $q$, its column sums are $p$,
# and its work is the sum of $\pi(y, x)\,\lvert x - y \rvert$. $W_1$ is the work of the best
# plan.
#
# On a few cells this is a *linear program*: a linear cost, with linear equations for
# entries that are not negative. The next cells put both densities on fourteen cells of
# width 1/2 and solve it exactly.

# %% id="03-plan"
cells = np.linspace(-2.5, 4, 14)
near = np.abs(x[:, None] - cells) <= 0.25  # [grid, 14]
source, target = (one @ near / (one @ near).sum() for one in (q.p, p.p))
work = np.abs(cells[:, None] - cells)  # from each cell to each other

# %% id="03-plan-solve"
each = np.eye(14)
sums = np.vstack([np.kron(each, np.ones(14)), np.kron(np.ones(14), each)])
solved = linprog(work.ravel(), A_eq=sums, b_eq=np.concatenate([source, target]))
print(f"work of the best plan {solved.fun:.4f}")
print(f"theory.wasserstein1   {theory.wasserstein1(p, q):.4f}, without cells")

# %% id="03-plan-look"
plots.show(
    transport_plan(cells, solved.x.reshape(14, 14)),
    "A table of masses: from each cell of the fakes, up the side, to cells of the data."
    " All mass lies on or left of the diagonal: it stays where it is or moves left.",
)

# %% [markdown] id="03-plan-after"
# The fakes lie to the right of the data, so all mass stays or moves to the left. The work
# is a little below $W_1$, probably because the cells cut off the ends of both densities.
# Other plans have the same least work. In one dimension it does not matter which of two
# fakes goes to which of two places on the same side.
#
# A linear program has a **dual** (对偶) problem, whose solution is one number for each place.
# The solver returns it, too. The number says by how much the work grows with the mass that
# has to arrive there. For neighbouring cells these numbers cannot differ by more than the
# distance between the cells. So they are a critic that may not be steep. Expect slopes
# between −1 and 1. Expect also that their mean over the data minus their mean over the
# fakes is the work of the plan.

# %% id="03-plan-dual"
dual = solved.eqlin.marginals[14:]
print("slopes", np.diff(dual).round(3) / 0.5)
print(f"mean over data minus mean over fakes {target @ dual - source @ dual:.4f}")

# %% [markdown] id="03-wasserstein-dual-text"
# The slope is −1 everywhere, because all mass moves to the left. The difference of the
# means is the work, and no other critic of slope at most 1 has a larger one. This is the
# second way to write the same distance, and the one for a network (Arjovsky et al. 2017):
#
# $$W_1(p, q) = \sup_{\lVert f \rVert_L \le 1} \mathbb E_p[f] - \mathbb E_q[f]. \tag{3.24}$$
#
# $\lVert f \rVert_L \le 1$ means that $f$ climbs by at most 1 per unit of $x$: such an $f$
# is called **1-Lipschitz** (利普希茨). Kantorovich and Rubinstein proved that the least work
# equals this supremum. In one dimension one line shows how large the supremum is. Integrate
# by parts, with the distribution functions $F_p$ and $F_q$, which agree at both ends:
#
# $$\mathbb E_p[f] - \mathbb E_q[f] = \int f'(x)\, \bigl(F_q(x) - F_p(x)\bigr)\, dx \le \int \lvert F_p - F_q \rvert\, dx, \tag{3.25}$$
#
# with equality for $f' = \operatorname{sign}(F_q - F_p)$. The best critic is a zigzag with
# slopes of ±1. So $L_D = \mathbb E_q[a] - \mathbb E_p[a]$,
# $L_G = -\mathbb E_q[a]$, and $g = -1$: the loss gives every fake the same weight.
#
# Expect three equal numbers, and then a smaller one: some other critic that is not too
# steep.

# %% id="03-wasserstein"
zigzag = theory.optimal_critic(p, q, "wasserstein")
print(f"value of the zigzag   {theory.critic_value(p, q, zigzag, 'wasserstein'):.6f}")
print(f"area between the cdfs {np.abs(p.cdf - q.cdf).sum() * p.dx:.6f}")
print(f"theory.wasserstein1   {theory.wasserstein1(p, q):.6f}")
print(
    f"value of sin(-x)      {theory.critic_value(p, q, np.sin(-x), 'wasserstein'):.6f}"
)

# %% [markdown] id="03-penalty-text"
# A network does not obey $\lVert f \rVert_L \le 1$ by itself. Gulrajani et al. (2017) add a
# **gradient penalty** to $L_D$, at points between real samples $x$ and fakes $\tilde x$:
#
# $$\lambda\, \mathbb E\bigl[(\lVert \nabla_{\hat x}\, a(\hat x) \rVert - 1)^2\bigr], \qquad \hat x = u\,x + (1 - u)\,\tilde x, \quad u \sim U[0, 1]. \tag{3.26}$$
#
# They prove that the best critic has the slope 1 between an $x$ and the $\tilde x$ that the
# best plan carries to it. In (3.26) the two are drawn independently.
#
# {{exercise 03.gradient_penalty}}
#
# Write it without $\lambda$. `u` is given, $[N, 1]$, so that results can be compared. The
# critic is to learn from it: its weights must receive a gradient *through* a gradient.
# (`torch.autograd.grad` with `create_graph=True` returns slopes that can be differentiated
# once more.)


# %% id="03-ex-gradient-penalty" exercise="03.gradient_penalty"
def gradient_penalty(critic, real, fake, u):
    """E[(||grad critic|| - 1)^2] at u real + (1 - u) fake, a scalar."""
    ### BEGIN SOLUTION
    x = (u * real + (1 - u) * fake).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return ((slopes.norm(dim=1) - 1) ** 2).mean()
    ### END SOLUTION


# %% id="03-use-gradient-penalty"
gradient_penalty = checks.use("03.gradient_penalty", gradient_penalty)

# %% [markdown] id="03-two-points-text"
# A penalty is not a constraint. Take one real point at 0, one fake at $\theta > 0$, and a
# linear critic $a(x) = -s\,x$. Then $L_D = -s\,\theta + \lambda (s - 1)^2$, and its minimum
# lies at
#
# $$s^* = 1 + \frac{\theta}{2 \lambda}, \qquad \min L_D = -\theta - \frac{\theta^2}{4 \lambda}. \tag{3.27}$$
#
# The slope is larger than 1, and the distance $\theta$ is overestimated. Both errors grow
# with the distance of the fake. The next cell lets a critic that starts flat learn with
# your penalty, and compares.

# %% id="03-two-points"
critic, theta, lam = nn.Linear(1, 1, bias=False), 3.0, 10.0
nn.init.zeros_(critic.weight)
real, fake = torch.zeros(8, 1), torch.full((8, 1), theta)
for _ in range(40):
    penalty = gradient_penalty(critic, real, fake, torch.rand(8, 1))
    loss = critic(fake).mean() - critic(real).mean() + lam * penalty
    critic.weight.data -= 0.02 * torch.autograd.grad(loss, critic.weight)[0]
print(f"learnt: slope {-critic.weight.item():.4f}, L_D {loss.item():.4f}")
print(
    f"(3.27): slope {1 + theta / (2 * lam):.4f}, L_D {-theta - theta**2 / (4 * lam):.4f}"
)
estimate = (critic(real).mean() - critic(fake).mean()).item()
print(f"E_p[a] - E_q[a], the estimate of the distance: {estimate:.3f}")

# %% [markdown] id="03-two-points-after"
# The distance is 3. The estimate that is usually plotted,
# $\mathbb E_p[a] - \mathbb E_q[a]$, is 3.45; $-L_D$, with the penalty subtracted, is 3.225.
# Both are too large.
#
# In the package the same function is `gan.penalties.gradient_penalty`. It is passed to the
# learner as a regulariser, together with its loss:
# `gan.GAN(G, D, loss="wasserstein", regularisers=[gan.penalties.gradient_penalty])`. It
# needs a critic without batch normalisation, in which each score depends on one sample.
#
# To try: start the critic at the weight 0.5, that is, with a slope of the wrong sign. Where
# does it end, and why does the penalty keep it there?
#
# <details><summary>The answer</summary>
#
# It ends at the weight $1 - \theta/(2\lambda) = 0.85$. The penalty
# $\lambda (\lvert w \rvert - 1)^2$ has a peak at $w = 0$, and near it the penalty is
# steeper than the rest of the loss. So gradient descent in small steps cannot cross 0 to
# the negative weights, where the minimum lies.
#
# </details>

# %% [markdown] id="03-clip-text"
# The older way to limit the slope is **weight clipping** (Arjovsky et al. 2017). After each
# step every weight is cut to $[-c, c]$. Then the critic cannot be steeper than some $k$
# that depends on $c$ and on the layers. Its value is at most $k\,W_1$ instead of $W_1$.
#
# What does that do to a critic? Take data with two bumps and fakes between them, so that
# the best critic is a V with the slopes −1 and 1. The cells train a small critic on exact
# expectations, with clipping at three $c$ and with a gradient penalty at all places. A
# critic's *form* is its value, divided by its steepest slope and by $W_1$. The best critic
# has 100 %. Expect the steepest slope to depend strongly on $c$.

# %% id="03-clip-setup"
places = theory.grid(-4, 4, 401)
bumps = theory.mixture(places, [-1.5, 1.5], [0.4, 0.4], [0.5, 0.5])
between = theory.normal(places, 0, 0.6)
points = torch.from_numpy(places.copy()).float()[:, None]
gap = torch.from_numpy((bumps.p - between.p) * bumps.dx).float()[:, None]


# %% id="03-clip-critic"
def small_critic(seed):
    """1-64-64-1, the same start for each seed; the global generator is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        sizes, bend = (1, 64, 64), nn.LeakyReLU(0.2)
        pairs = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]
        return nn.Sequential(pairs[0], bend, pairs[1], bend, nn.Linear(64, 1))


# %% id="03-clip-learn"
def learn(clip=None, seed=3, steps=600):
    """A critic of the two bumps, clipped, or else with the penalty of (3.26)."""
    f = small_critic(seed)
    adam = torch.optim.Adam(f.parameters(), 1e-3, (0.0, 0.9))
    for _ in range(60 if training.fast_mode() else steps):
        loss = -(gap * f(points)).sum()
        if clip is None:
            loss = loss + gradient_penalty(f, points, points, torch.zeros_like(points))
        adam.zero_grad()
        loss.backward()
        adam.step()
        if clip is not None:
            for weight in f.parameters():
                weight.data.clamp_(-clip, clip)
    return f


# %% id="03-clip"
critics = {f"clipped at {c}": [learn(c, s) for s in (3, 4)] for c in (0.01, 0.1, 0.3)}
critics["gradient penalty"] = [learn(seed=s) for s in (3, 4)]
shown = {"best": (places, theory.optimal_critic(bumps, between, "wasserstein"))}
for name, pair in critics.items():
    for f in pair:
        a = f(points).detach()
        steepest = float(a.diff(dim=0).abs().max() / bumps.dx)
        form = float((gap * a).sum()) / steepest / theory.wasserstein1(bumps, between)
        print(f"{name:<17} steepest slope {steepest:8.4f}   form {form:4.0%}")
    shown[name] = (places, a[:, 0].numpy())

# %% id="03-clip-look"
plots.show(
    plots.critics(
        {name: shown[name] for name in ("best", "clipped at 0.1", "gradient penalty")},
        {"real": (places, bumps.p), "generated": (places, between.p)},
        ylabel="output of the critic",
    ),
    "Three critics over the two bumps of data and the fakes between them. Best: a V with its"
    " point in the middle. Clipped: a V with a round point and unequal arms. Penalty: a"
    " steep V whose arms bend where there are no data.",
)

# %% [markdown] id="03-clip-weights-text"
# How many weights lie at the limit?

# %% id="03-clip-weights"
for c in (0.01, 0.1, 0.3):
    f = critics[f"clipped at {c}"][0]
    weights = torch.cat([weight.detach().flatten() for weight in f.parameters()])
    print(f"c = {c}: {(weights.abs() > 0.999 * c).float().mean():.0%} at the limit")

# %% [markdown] id="03-clip-after"
# Clipping limits the slope, but not to a number that you choose. The slope grows from 0.002
# to about 30 while $c$ grows from 0.01 to 0.3. By (3.11) G's gradient grows with it. Nearly
# all weights end at $-c$ or $c$, and the critic has a poorer form than with the penalty.
# The penalty leaves a slope near 2 here, probably because it is weak ($\lambda = 1$;
# compare (3.27)). Gulrajani et al. (2017) report the same two faults and propose the
# penalty for this reason.

# %% [markdown] id="03-fgan-text"
# ## 6 · f-GANs: any divergence of a ratio
#
# KL, JS, $\chi^2$ and TV are of one family (Csiszár 1967). For a convex $f$ with $f(1) = 0$
#
# $$D_f(p \,\Vert\, q) = \mathbb E_q\Bigl[f\Bigl(\frac{p(x)}{q(x)}\Bigr)\Bigr]. \tag{3.28}$$
#
# It needs the ratio, which is not known. Nowozin et al. (2016) get rid of it with a tool of
# convex analysis, the **Fenchel conjugate**: how far does the line $t\,u$ rise above $f(u)$
# at most?
#
# $$f^*(t) = \sup_u \bigl( t\,u - f(u) \bigr). \tag{3.29}$$
#
# {{exercise 03.conjugate}}
#
# Compute it by trying all $u$ of a grid.


# %% id="03-ex-conjugate" exercise="03.conjugate"
def conjugate(f, t, u):
    """f*(t) at each slope t [k], the maximum over the places u [m]: [k]."""
    ### BEGIN SOLUTION
    return (t[:, None] * u - f(u)).max(dim=1).values
    ### END SOLUTION


# %% id="03-use-conjugate"
conjugate = checks.use("03.conjugate", conjugate)

# %% [markdown] id="03-conjugate-text"
# A convex curve is the upper rim of its tangents, so the conjugate of the conjugate is $f$
# again: $f(u) = \sup_t \bigl( t\,u - f^*(t) \bigr)$. Put $u = p/q$, and instead of the best
# $t$ at each $x$ take any function $T(x)$. Then
#
# $$D_f(p \,\Vert\, q) \ge \mathbb E_p[T(x)] - \mathbb E_q[f^*(T(x))], \tag{3.30}$$
#
# and the ratio is gone: two expectations that samples can estimate, and a $T$ that a
# network can learn. Equality holds at the tangent's own slope,
#
# $$T^*(x) = f'\Bigl(\frac{p(x)}{q(x)}\Bigr). \tag{3.31}$$
#
# For KL, $f(u) = u \log u$. Set the derivative of $t\,u - u \log u$ to 0, so $u = e^{t-1}$:
#
# $$f^*(t) = e^{t - 1}, \qquad T^*(x) = 1 + \log \frac{p(x)}{q(x)}. \tag{3.32}$$
#
# And which $f$ is the GAN? Try $f(u) = u \log u - (u + 1) \log(u + 1)$:
#
# $$f^*(t) = -\log(1 - e^t), \qquad T^*(x) = \log \frac{p(x)}{p(x) + q(x)} = \log D^*(x). \tag{3.33}$$
#
# With $T = \log D$ the bound (3.30) reads
# $\mathbb E_p[\log D] + \mathbb E_q[\log(1 - D)]$. So the original GAN is an f-GAN.
# (Here $f(1)$ is $-\log 4$ instead of 0, the constant of chapter 02.) In practice $T$
# must stay where $f^*$ is finite, here below 0, and $\log \sigma(a)$ does. So the last
# layer has to fit $f$: its range must lie where $f^*$ is finite.
#
# Check your conjugate against the package's closed forms; expect differences so small that
# the grid explains them.

# %% id="03-conjugate"
u = torch.cat([torch.linspace(1e-4, 3, 30_000), torch.linspace(3, 60, 6000)]).double()
for f, low, high in (("kl", -2, 3), ("pearson", -1, 4), ("reverse-kl", -4, -0.1)):
    F, t = theory.F_DIVERGENCES[f], torch.linspace(low, high, 9).double()
    tried = conjugate(lambda u, F=F: torch.from_numpy(F.f(u.numpy())), t, u)
    gap = abs(tried.numpy() - F.conjugate(t.numpy())).max()
    print(f"{f:<12} largest difference {gap:.1e}")

# %% [markdown] id="03-bound-text"
# {{exercise 03.bound_estimate}}
#
# From samples, the bound (3.30) is a difference of two means, and each varies from
# sample to sample. Return the estimate and its **standard error**. An estimate without
# an error says little.


# %% id="03-ex-bound-estimate" exercise="03.bound_estimate"
def bound_estimate(t_real, conjugate_fake):
    """(value, standard error) of E[T(x)] - E[f*(T(G(z)))], from values on samples."""
    ### BEGIN SOLUTION
    error = t_real.var() / len(t_real) + conjugate_fake.var() / len(conjugate_fake)
    return t_real.mean() - conjugate_fake.mean(), error.sqrt()
    ### END SOLUTION


# %% id="03-use-bound-estimate"
bound_estimate = checks.use("03.bound_estimate", bound_estimate)

# %% [markdown] id="03-bound-samples-text"
# Twenty thousand samples of each kind, and $T^*$ from your log-ratio. Expect estimates
# within about two errors of the exact divergence.

# %% id="03-bound-samples"
samples = torch.randn(20_000).double(), 1.5 + 0.7 * torch.randn(20_000).double()
ratios = [log_ratio(s, 0.0, 1.0, 1.5, 0.7).exp().numpy() for s in samples]
for f in ("jensen-shannon", "hellinger", "reverse-kl"):
    F = theory.F_DIVERGENCES[f]
    t_real, t_fake = (F.optimal(r) for r in ratios)
    on_fakes = torch.from_numpy(F.conjugate(t_fake))
    found, error = bound_estimate(torch.from_numpy(t_real), on_fakes)
    exact = theory.f_divergence(p, q, F)
    print(f"{f:<15} {found:.4f} ± {error:.4f}   exact {exact:.4f}")

# %% [markdown] id="03-bound-after"
# KL itself is missing from that list on purpose. Its $f^*(T^*)$ is the ratio $p/q$. Here
# $p$ is the wider density, and the ratio grows fast in the tails of $q$: its variance under
# $q$ is infinite. The samples would still give an "error bar", and it would mean nothing. A
# correct derivation does not make sure that a loss can be estimated from samples.

# %% [markdown] id="03-relativistic-text"
# ## 7 · Relativistic: which of the two is real?
#
# The coin of section 1 showed one sample. Now you see a pair, one real and one generated,
# and have to say which is which. If $x$ and $y$ are drawn from $p$ and $q$, in one order or
# the other, Bayes' rule gives
#
# $$P(x \text{ is the real one}) = \frac{p(x)\,q(y)}{p(x)\,q(y) + q(x)\,p(y)} = \sigma\bigl(a^*(x) - a^*(y)\bigr), \quad a^* = \log \frac pq. \tag{3.34}$$
#
# The answer needs one score for each sample, and their *difference*. (The $D$ of the
# standard GAN never sees a pair. A network that always gets the real sample first learns
# nothing, since the position is the answer. In a random order, a network for the pair has
# to say *which* of the two is real.) The cross-entropy of this question is the loss of
# Jolicoeur-Martineau (2019); $G$ swaps the roles:
#
# $$L_D = \mathbb E\bigl[\operatorname{softplus}\bigl(-(a(x) - a(y))\bigr)\bigr], \qquad L_G = \mathbb E\bigl[\operatorname{softplus}\bigl(a(x) - a(y)\bigr)\bigr], \quad x \sim p,\; y \sim q. \tag{3.35}$$
#
# Only differences count, so a constant added to $a$ changes nothing, and the slopes in the
# two scores cancel:
#
# $$\frac{\partial L}{\partial a(x)} + \frac{\partial L}{\partial a(y)} = 0. \tag{3.36}$$
#
# Each fake is pushed with the weight $\sigma(a(x) - a(y))$: strongly while its partner
# looks more real.
#
# {{exercise 03.relativistic_losses}}
#
# Write (3.35) for two batches, the $i$-th real sample beside the $i$-th fake.


# %% id="03-ex-relativistic-losses" exercise="03.relativistic_losses"
def relativistic_losses(real_logits, fake_logits):
    """(L_D, L_G) for logits in pairs."""
    ### BEGIN SOLUTION
    lead = real_logits - fake_logits
    return softplus(-lead).mean(), softplus(lead).mean()
    ### END SOLUTION


# %% id="03-use-relativistic-losses"
relativistic_losses = checks.use("03.relativistic_losses", relativistic_losses)

# %% [markdown] id="03-relativistic-check-text"
# By (3.34) the best scores are $\log (p/q)$, up to a constant. Compare the expected
# $L_D$ over all pairs with that of scores which are shifted, stretched or bent. Expect the
# first two to be equal and the lowest.

# %% id="03-relativistic-check"
scores = {"log p/q": best, "log p/q + 5": best + 5, "1.2 log p/q": 1.2 * best}
scores["p / (p + q)"] = theory.optimal_discriminator(p, q)
for name, score in scores.items():
    value = -theory.critic_value(p, q, score, "relativistic")
    print(f"{name:<12} L_D {value:.6f}")

# %% [markdown] id="03-table-text"
# ## 8 · All of them on one problem
#
# Here are the best outputs on the problem of section 1. Expect one parabola, one
# smooth step, one hard step and one zigzag.

# %% id="03-table-critics"
names = ("non-saturating", "least-squares", "hinge", "wasserstein")
panels = {name: (x, theory.optimal_critic(p, q, name)) for name in names}
plots.show(
    plots.critics(panels, {"real p": (x, p.p), "generated q": (x, q.p)}),
    "Four curves over x, the densities pale behind. Non-saturating: a parabola, lowest"
    " right of q. Least squares: between 0 and 1. Hinge: jumps between 1 and -1."
    " Wasserstein: slope -1 over the densities, flat or rising only in the far tail.",
)

# %% [markdown] id="03-push-text"
# Which gradient does $G$ get against each? Let $G$ be able to do one thing only: to move
# the mean $m$ of $q$. Then $x = m + s z$, so $\partial x/\partial m = 1$, and (3.11)
# becomes
#
# $$\frac{d L_G}{d m} = \mathbb E_{x \sim q}\bigl[\, g(a^*(x))\; a^{*\prime}(x) \,\bigr]. \tag{3.37}$$
#
# The cell computes it as an integral on a grid, for any distance between the two
# densities. The data lie at 0 and the fakes to the right, so the gradient should be
# positive: downhill is left.


# %% id="03-push"
def push(name, mean, std=0.7):
    """(3.37) at the best critic, and L_D there."""
    x = theory.grid(-8, 8 + mean, 1001)
    p, q = theory.normal(x), theory.normal(x, mean, std)
    critic = theory.optimal_critic(p, q, name)
    a = torch.from_numpy(critic)
    if name == "relativistic":
        g = -torch.stack([torch.sigmoid(a - one) for one in a]) @ torch.from_numpy(
            p.p * p.dx
        )
    else:
        g = generator_slope(a, "wasserstein" if name == "hinge" else name)
    loss = -theory.critic_value(p, q, critic, name)
    return loss, q.expect(g.numpy() * np.gradient(critic, x))


# %% id="03-table"
print(
    f"{'loss':<16}{'L_D at best':>12}"
    + "".join(f"{'push, m = ' + m:>15}" for m in "1248")
)
for name in gan.losses.GAMES:
    rows = [push(name, mean) for mean in (1, 2, 4, 8)]
    print(
        f"{name:<16}{rows[0][0]:>12.4f}" + "".join(f"{row[1]:>15.2e}" for row in rows)
    )

# %% [markdown] id="03-table-after"
# Read the rows from left to right, as the fakes move away, and compare the last columns.
#
# - **minimax** fades: against a perfect $D$, distant fakes get hardly any gradient.
# - **non-saturating** and **relativistic** grow: the size of their weight $g$ stays near 1,
#   while the slope of $\log p/q$ rises with the distance.
# - **least squares** fades as well. Its slope $g$ does not saturate, but its best critic,
#   $p/(p+q)$, is flat where the densities do not overlap, and (3.11) needs both factors.
# - **hinge** fades too: its best critic is a step. (What is left in the table comes from
#   the jumps. Autograd on samples would see none of it: 0.)
# - **Wasserstein** stays at 1. It is the only critic here that is defined by distances
#   between places, and not by the ratio of both densities at one place.
#
# These are *perfect* critics. A network that has learnt for a few steps is smoother than a
# hard step or a jump. So its gradients need not fade where these do. We have not measured
# that here.
#
# | loss | best output of $D$ | what is measured then | slope $g$ of $L_G$ | against a perfect $D$ |
# | --- | --- | --- | --- | --- |
# | minimax | $\log p/q$ | JS | $-\sigma(a)$ | fades |
# | non-saturating | $\log p/q$ | KL$(q \Vert p)$ − 2 JS, by its gradient | $-\sigma(-a)$ | grows |
# | least squares | $p/(p+q)$ | $\chi^2$, with targets −1, 1, 0 | $a - 1$ | fades |
# | hinge | $\operatorname{sign}(p - q)$ | total variation | $-1$ | fades |
# | Wasserstein | slope ±1 | $W_1$ | $-1$ | constant |
# | f-GAN | $f'(p/q)$ | $D_f$ | of $-f^*(T)$ | depends on $f$ |
# | relativistic | $\log p/q + c$ | which of two is real | $-\sigma(a(x) - a(y))$ | grows |
#
# Try it yourself: move D's confidence and watch which losses still push. At which
# confidence do minimax and non-saturating push equally, and where does least squares turn
# round?

# %% id="03-explorer"
widgets.loss_explorer()

# %% [markdown] id="03-dirac-text"
# ## 9 · Do the players converge?
#
# So far one player stood still. Let both move, in the smallest GAN there is, the
# **Dirac-GAN** of Mescheder et al. (2018). All real samples lie at 0, and all fakes lie at
# one point $\theta$. The discriminator is a line through 0 with slope $\psi$, so
# $a(x) = \psi x$:
#
# $$L_D = \log 2 + \operatorname{softplus}(\psi\theta), \qquad L_G = \operatorname{softplus}(-\psi\theta) \;\text{ or }\; -\operatorname{softplus}(\psi\theta). \tag{3.38}$$
#
# At $(\theta, \psi) = (0, 0)$ the fakes lie on the data and $D$ is undecided. Each player
# goes down its own loss; together they follow a **vector field**,
#
# $$v = \Bigl(-\frac{\partial L_G}{\partial \theta},\; -\frac{\partial L_D}{\partial \psi}\Bigr) = \bigl(\psi\,\sigma(\mp\psi\theta),\; -\theta\,\sigma(\psi\theta)\bigr), \tag{3.39}$$
#
# with the minus for non-saturating and the plus for minimax.
#
# {{exercise 03.dirac_step}}
#
# Write one round of training, non-saturating: $D$ moves, then $G$ answers the new $D$.


# %% id="03-ex-dirac-step" exercise="03.dirac_step"
def dirac_step(theta, psi, lr):
    """(theta, psi) after one step of D and then one of G."""
    ### BEGIN SOLUTION
    psi = psi - lr * theta / (1 + math.exp(-psi * theta))
    theta = theta + lr * psi / (1 + math.exp(psi * theta))
    return theta, psi
    ### END SOLUTION


# %% id="03-use-dirac-step"
dirac_step = checks.use("03.dirac_step", dirac_step)

# %% [markdown] id="03-dirac-run-text"
# Five hundred rounds from $(1, 1)$, for both losses, and with both ways of taking turns:
# one after the other, or both at once. Your step is the first panel.
#
# **Predict.** The start is 1.41 away from the cross at $(0, 0)$. How many of the four paths
# come to less than half of that distance?

# %% id="03-dirac-predict"
checks.predict("03.paths-inwards", ..., unit="of 4 paths")

# %% id="03-dirac-run"
path = [(1.0, 1.0)]
for _ in range(500):
    path.append(dirac_step(*path[-1], lr=0.1))


def field_of(game, reach=2.2):
    """A game's field at 15 x 15 points, as `plots.vector_fields` takes it."""
    at = np.linspace(-reach, reach, 15)
    theta, psi = np.meshgrid(at, at)
    return at, at, *np.vectorize(game.field)(theta, psi)


# %% id="03-dirac-look"
ways = {"in turn": "alternating", "at once": "simultaneous"}
seen = {
    "non-saturating": "Two fields that turn about the centre; both paths circle and come"
    " inwards, ever more slowly, the one at once less far.",
    "minimax": "Two fields that turn about the centre; in turn the path stays on a closed"
    " curve, at once it spirals outwards.",
}
inwards = 0
for name, description in seen.items():
    game = theory.dirac(name)
    paths = {
        f"{name}, {way}": theory.simulate(game, method, 0.1, 500, (1.0, 1.0))
        for way, method in ways.items()
    }
    if name == "non-saturating":
        paths["non-saturating, in turn"] = path  # your own rounds
    fields = {title: field_of(game) for title in paths}
    plots.show(plots.vector_fields(fields, paths), description)
    for title, steps in paths.items():
        print(f"{title}: distance after 500 rounds {np.hypot(*steps[-1]):.2f}")
        inwards += np.hypot(*steps[-1]) < np.hypot(*steps[0]) / 2
checks.measured("03.paths-inwards", inwards)

# %% [markdown] id="03-energy-text"
# All four paths circle. With the non-saturating loss they come inwards in both ways. With
# minimax the distance stays where it was when the players move in turn, and grows when they
# move at once. So the loss and the order both matter. Watch half the squared distance from
# the goal, $E = \frac12(\theta^2 + \psi^2)$, while the players follow (3.39) in infinitely
# small steps. Then $\dot E = \theta\,\dot\theta + \psi\,\dot\psi$, and
#
# $$\dot E_{\text{minimax}} = 0, \qquad \dot E_{\text{ns}} = -\theta\psi\, \tanh \frac{\theta\psi}{2} \le 0. \tag{3.40}$$
#
# With minimax the distance never changes. With the non-saturating loss it shrinks. But near
# the goal $\dot E$ is of the order of $E^2$, so it shrinks ever more slowly. And the steps
# of real training are not infinitely small. To see what they do, linearise (3.39) at
# $(0, 0)$:
#
# $$J = \begin{pmatrix} 0 & \tfrac12 \\ -\tfrac12 & 0 \end{pmatrix}, \qquad \lambda_{1,2} = \pm \tfrac{i}{2}. \tag{3.41}$$
#
# A purely imaginary pair is a rotation. A **simultaneous** step of size $h$ multiplies
# deviations by $I + hJ$. Both eigenvalues have the size
#
# $$\bigl\lvert 1 \pm \tfrac{ih}{2} \bigr\rvert = \sqrt{1 + \tfrac{h^2}{4}} > 1. \tag{3.42}$$
#
# So near the goal the step leaves the circle along the tangent, at every learning rate.
# (The non-saturating path at once came inwards, because farther out (3.40) takes away more
# than (3.42) adds.) **Alternating** steps are a product of two shears,
#
# $$M = \begin{pmatrix} 1 & \tfrac h2 \\ 0 & 1 \end{pmatrix} \begin{pmatrix} 1 & 0 \\ -\tfrac h2 & 1 \end{pmatrix}, \qquad \det M = 1, \quad \lvert \lambda_{1,2} \rvert = 1 \text{ for } h \le 4. \tag{3.43}$$
#
# So for $h < 4$ the deviations neither grow nor shrink in the long run. The next cell
# compares the predicted factor per step with a simulated one. Expect them to agree.

# %% id="03-rates"
for method in ("simultaneous", "alternating"):
    for h in (0.1, 0.5):
        game = theory.dirac("minimax")
        steps = theory.simulate(game, method, h, 400, start=(1e-9, 1e-9))
        predicted = theory.predicted_rate(game, method, h)
        print(
            f"{method:<13} h = {h}: {predicted:.5f} {theory.simulated_rate(steps):.5f}"
        )

# %% [markdown] id="03-r1-text"
# Something has to add a negative real part. **R1** (Mescheder et al. 2018) punishes the
# slope of $D$ on real samples, $\frac\gamma2 \mathbb E_p[\lVert \nabla a \rVert^2]$, which
# is $\frac\gamma2 \psi^2$ here. It adds $-\gamma\psi$ to D's velocity:
#
# $$J = \begin{pmatrix} 0 & \tfrac12 \\ -\tfrac12 & -\gamma \end{pmatrix}. \tag{3.44}$$
#
# {{exercise 03.spectral_radius}}
#
# By which factor does a simultaneous step, $I + hJ$, shrink or grow deviations in the long
# run? Find the eigenvalues of $J$, for small and for large $\gamma$, and what the step
# makes of them. (`cmath.sqrt` takes the root of a negative number.)


# %% id="03-ex-spectral-radius" exercise="03.spectral_radius"
def spectral_radius(lr, gamma):
    """Factor for deviations, per step of size lr, in the long run; J as in (3.44)."""
    ### BEGIN SOLUTION
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return max(abs(1 + lr * (-gamma / 2 + sign * root)) for sign in (1, -1))
    ### END SOLUTION


# %% id="03-use-spectral-radius"
spectral_radius = checks.use("03.spectral_radius", spectral_radius)

# %% [markdown] id="03-radius-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# The eigenvalues are $\lambda_{1,2} = -\frac\gamma2 \pm \sqrt{\frac{\gamma^2}{4} -
# \frac14}$, and the factor is the larger of the two sizes
# $\lvert 1 + h\lambda_{1,2} \rvert$. A complex pair has one size, and its square is the
# determinant:
#
# $$\lvert 1 + h\lambda_{1,2} \rvert^2 = \det(I + hJ) = 1 - h\gamma + \tfrac{h^2}{4} < 1 \iff \gamma > \tfrac h4 \qquad (\gamma < 1). \tag{3.45}$$
#
# </details>

# %% [markdown] id="03-r1-check-text"
# The next cell compares your factor with a simulation that starts close to the goal, for
# $h = 0.2$. By (3.45) convergence should begin at $\gamma = h/4 = 0.05$.
#
# **Predict.** Which of the six $\gamma$ (0, 0.05, 0.3, 0.8, 2 and 4) converges fastest?

# %% id="03-r1-predict"
checks.predict("03.fastest-penalty", ...)

# %% id="03-r1-check"
rates = {}
for gamma in (0.0, 0.05, 0.3, 0.8, 2.0, 4.0):
    game = theory.dirac("non-saturating", r1=gamma)
    steps = theory.simulate(game, "simultaneous", 0.2, 600, start=(1e-5, 1e-5))
    rates[gamma] = measured = theory.simulated_rate(steps)
    print(
        f"gamma {gamma:<5} predicted {spectral_radius(0.2, gamma):.5f} measured {measured:.5f}"
    )
checks.measured("03.fastest-penalty", min(rates, key=rates.get))

# %% id="03-r1-look"
sizes = {
    f"γ = {g}": theory.dirac(r1=g).jacobian(0.0, 0.0) for g in (0.0, 0.3, 0.8, 2.0)
}
sizes = {name: 1 + 0.2 * np.linalg.eigvals(J) for name, J in sizes.items()}
plots.show(
    plots.eigenvalues(sizes),
    "Eigenvalues of one step beside the unit circle. For γ = 0 the pair lies just outside."
    " For 0.3 and 0.8 it lies inside, nearer to the real axis. For 2 both are real: one is"
    " near 0.63, the other has returned towards 1.",
)

# %% [markdown] id="03-r1-after"
# Too little penalty does not stop the rotation; too much keeps $D$ so flat that $G$
# hardly moves, and one eigenvalue returns towards 1. The best lies near $\gamma = 1$,
# where the two eigenvalues meet.

# %% [markdown] id="03-claim-text"
# ## 10 · A claim to check
#
# Mescheder et al. (2018) speak of Wasserstein GANs, also with a gradient penalty. They say
# that these do not always converge when $D$ takes a finite number of steps for each step of
# $G$. A penalty that pulls the slope towards *zero*, they say, makes training converge near
# the goal. That is surprising, because only the Wasserstein loss gave a gradient that
# neither fades nor grows in our table.
#
# The theory needs one line. For the Dirac-GAN with $L_D = \psi\theta$ and
# $L_G = -\psi\theta$ the field is $(\psi, -\theta)$, and
#
# $$\dot E_{\text{R1}} = -\gamma\,\psi^2, \qquad \dot E_{\text{WGAN-GP}} = -\gamma\,\lvert\psi\rvert\,(\lvert\psi\rvert - 1) \quad \text{for the penalty } \tfrac\gamma2 (\lvert\psi\rvert - 1)^2. \tag{3.46}$$
#
# R1 always lowers $E$. The gradient penalty lowers it while $D$ is steeper than 1, and
# *raises* it while $D$ is flatter. But at the goal $D$ has to be flat. Both runs have
# the Wasserstein loss, so that only the penalty differs. The number of D's steps for each
# of G's is 1, 5 and 25.
#
# **Predict.** With how many of these three numbers does WGAN-GP come closer to the goal
# than 0.1 in its last 100 rounds?

# %% id="03-claim-predict"
checks.predict("03.gp-arrives", ..., unit="of 3 numbers of steps")


# %% id="03-claim-setup"
def distances(game, d_steps, rounds=600, lr=0.05):
    """Distance from (0, 0) after each round of d_steps steps of D and one of G."""
    theta, psi, found = 1.0, 0.0, []
    for _ in range(rounds):
        for _ in range(d_steps):
            psi += lr * game.field(theta, psi)[1]
        theta += lr * game.field(theta, psi)[0]
        found.append(math.hypot(theta, psi))
    return found


# %% id="03-claim-run"
gp, r1 = theory.dirac("wasserstein", gp=1.0), theory.dirac("wasserstein", r1=1.0)
runs = {f"WGAN-GP, {n} steps of D": distances(gp, n) for n in (1, 5, 25)}
runs["R1, 1 step of D"] = distances(r1, 1)
closest = {name: min(found[-100:]) for name, found in runs.items()}
for name, distance in closest.items():
    print(f"{name:<23} closest in the last 100 rounds: {distance:.2e}")
arrived = [n for n, distance in closest.items() if distance < 0.1 and "GP" in n]
checks.measured("03.gp-arrives", len(arrived))

# %% id="03-claim-look"
ends = {"WGAN-GP": gp, "R1": r1}
paths = {
    n: theory.simulate(g, "alternating", 0.05, 600, (1.0, 0.0)) for n, g in ends.items()
}
plots.show(
    plots.vector_fields({name: field_of(game) for name, game in ends.items()}, paths),
    "Left, WGAN-GP: the path runs into a closed loop round the centre and stays on it."
    " Right, R1: the path spirals into the centre.",
)

# %% [markdown] id="03-claim-after"
# On this problem the claim holds. WGAN-GP settles on a loop, on which (3.46) raises $E$ as
# much as it lowers it. More steps of $D$ change the loop but do not remove it. R1 arrives.
#
# How general is this? The learning rate is not the cause of the loop: (3.46) was derived
# for infinitely small steps. But the Dirac-GAN has one weight on each side and data on a
# single point. With averaged weights (chapter 05) the centre of the loop can still be the
# answer; try it. And note the word *always*: the claim is about a guarantee, not about
# every run.

# %% [markdown] id="03-predictions-text"
# The table shows your predictions beside the measured values. Where they differ most, read
# that section once more.

# %% id="03-predictions"
checks.predictions("03")

# %% [markdown] id="03-recap"
# ## What to take along
#
# - The ideal logit is $\log p/q$; cross-entropy is the likelihood of the answers, and its
#   minimum is $2 \log 2 - 2\,\mathrm{JS}$.
# - A gradient is a weight times the slope of $D$. The loss sets the weight, and $D$ sets
#   the direction. If one of the two is 0, $G$ does not move.
# - Write losses from logits, with softplus. $\log 0$ gives `inf` in the loss and `nan`
#   in the gradient.
# - Two players need two losses. In the sum of both, G's gradient cancels (minimax) or leads
#   away from the data (non-saturating).
# - A best critic is found point by point (cross-entropy, least squares, hinge), by a bound
#   (f-GAN), by a limit on its slope (Wasserstein), or pair by pair (relativistic).
# - The losses at the equilibrium do not say whether the players reach it: look at the
#   eigenvalues of the step.
#
# **Terms**: saturation 饱和 · hinge loss 合页损失 · transport plan 传输方案 · Lipschitz constant
# 利普希茨常数 · gradient penalty 梯度惩罚 · weight clipping 权重裁剪 · f-divergence f-散度 ·
# relativistic GAN 相对论 GAN · softplus softplus 函数.
#
# **Next** chapter 04, in which the losses of this chapter train a network.
#
# ## References
#
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair,
#   A. Courville, Y. Bengio. Generative Adversarial Nets. NeurIPS 2014. The game, and the
#   non-saturating loss (section 3).
# - I. Goodfellow. NIPS 2016 Tutorial: Generative Adversarial Networks. arXiv:1701.00160,
#   2016. The cost that gives maximum likelihood (section 3.2).
# - M. Arjovsky, L. Bottou. Towards Principled Methods for Training Generative Adversarial
#   Networks. ICLR 2017. What $G$ minimises against a perfect $D$: (3.12), (3.13).
# - X. Mao, Q. Li, H. Xie, R. Y. K. Lau, Z. Wang, S. P. Smolley. Least Squares Generative
#   Adversarial Networks. ICCV 2017. The least-squares loss and its $\chi^2$.
# - J. H. Lim, J. C. Ye. Geometric GAN. arXiv:1705.02894, 2017. The hinge loss.
# - M. Arjovsky, S. Chintala, L. Bottou. Wasserstein Generative Adversarial Networks.
#   ICML 2017. The critic of the Wasserstein distance.
# - I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville. Improved Training of
#   Wasserstein GANs. NeurIPS 2017. The gradient penalty.
# - I. Csiszár. Information-Type Measures of Difference of Probability Distributions and
#   Indirect Observations. Studia Scientiarum Mathematicarum Hungarica 2, 1967. The family
#   (3.28).
# - S. Nowozin, B. Cseke, R. Tomioka. f-GAN: Training Generative Neural Samplers using
#   Variational Divergence Minimization. NeurIPS 2016. The bound (3.30).
# - A. Jolicoeur-Martineau. The Relativistic Discriminator: a Key Element Missing from
#   Standard GAN. ICLR 2019. The loss (3.35).
# - L. Mescheder, A. Geiger, S. Nowozin. Which Training Methods for GANs do actually
#   Converge? ICML 2018. The Dirac-GAN, R1, and the claim of section 10.
