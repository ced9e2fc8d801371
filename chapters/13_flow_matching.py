# %% [markdown] id="13-title"
# # 13 · Flow matching
#
# A flow moves noise to data along a velocity. The velocity is learned by plain
# regression: there is no second player as in a GAN, and no bound as in a VAE. In this
# chapter you derive the method and test each identity on data whose answer is known
# exactly. You find that diffusion models learn the same thing in another form. Then you
# train a flow on digits and compare it with the VAE's other priors. At the end you guide
# it, ask it for densities, and sample with a single step.
#
# **You will be able to**
# - write the training step of a flow, and say what its regression learns;
# - solve the flow, and predict how the error falls with the number of steps;
# - convert between velocity, score, noise and denoised data;
# - explain why the perfect model of a training set copies it;
# - ask for a class, and say which distribution guidance samples;
# - compute the log-density of a point under a flow;
# - say what a step, a coupling and an average velocity each contribute to fast sampling.
#
# **Time** {{time}}.
#
# **Before this** chapters 01, 07 and 08.
#
# {{run card}}

# %% id="13-imports"
import math

import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.distributions import Normal

from aigc_course import checks, data, flow, metrics, plots, training, vae, widgets
from aigc_course.flow import average, guidance, likelihood
from aigc_course.flow.learner import Flow
from aigc_course.flow.networks import mlp

training.seed_everything(13)
fast = training.fast_mode()

# %% [markdown] id="13-idea-text"
# The figure shows the whole idea in one dimension. Time runs from left to right. At
# $t = 0$ there is noise, from $N(0, 1)$. At $t = 1$ there are data, here from two
# normals. Grey shows where points are dense. On the left each noise point is joined to a
# data point by a straight line. The pairs are drawn at random, so lines cross. On the
# right every point follows one velocity: the mean over all lines that pass through the
# place at that time. These paths do not cross. Blue lines end above 0, and dashed red
# lines end below.

# %% id="13-idea"
law = flow.line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
generator = torch.Generator().manual_seed(13)
noise = torch.randn(24, 1, generator=generator, dtype=torch.float64)
pairs = [flow.interpolate(noise, law.sample(24, generator), t) for t in (0.0, 1.0)]
followed = flow.trajectory(law.velocity, noise, 40)
places = torch.linspace(-4, 4, 201, dtype=torch.float64)[:, None]
moments = torch.linspace(0, 1, 81)
shade = torch.stack([law.log_density(places, float(t)).exp() for t in moments], 1)
plots.show(
    plots.paths(
        {"random pairs on straight lines": pairs, "one velocity for all": followed},
        (places, shade),
    ),
    "Two panels over time. Left: 24 straight lines from noise to two groups of data,"
    " crossing each other. Right: 24 curved paths from the same noise, which part into"
    " the same two groups and never cross.",
)

# %% [markdown] id="13-idea-after"
# To **train**, draw points on the straight lines and learn the velocity there. To
# **sample**, start from noise and follow the learned velocity. Section 3 shows why both
# give the same density at every time.

# %% [markdown] id="13-path-text"
# ## 1 · From noise to data on straight lines
#
# Let $x_0$ be noise from $N(0, I)$ and $x_1$ a data point, drawn independently. Their
# **path** (路径) and its **velocity** (速度) are
#
# $$x_t = (1 - t)\, x_0 + t\, x_1, \qquad
# \frac{d x_t}{d t} = x_1 - x_0, \qquad 0 \le t \le 1. \tag{13.1}$$
#
# Note the direction of time: here noise is at 0 and data at 1. Papers on diffusion often
# count the other way.
#
# {{exercise 13.interpolate}}
#
# Write (13.1) for a batch. Each row has its own time.


# %% id="13-interpolate" exercise="13.interpolate"
def interpolate(x0, x1, t):
    """The points x_t and their velocities, [N, ...] each. t: [N]."""
    ### BEGIN SOLUTION
    t = t.reshape(-1, *[1] * (x1.ndim - 1))  # [N, 1, ...]
    return (1 - t) * x0 + t * x1, x1 - x0
    ### END SOLUTION


# %% id="13-interpolate-check"
interpolate = checks.use("13.interpolate", interpolate)

# %% [markdown] id="13-path-film-text"
# The cell does this with digits. Each row is one pair of noise and digit, at seven times.
# **Predict.** From which of these times on can you read the digit?

# %% id="13-path-film"
digits = data.default()
some = data.subset(digits, 3, seed=13)
film = {}
for i, image in enumerate(data.to_float(some.images)):
    start = torch.randn(1, 1, 28, 28, generator=generator).expand(7, -1, -1, -1)
    film[f"digit {int(some.labels[i])}"] = interpolate(
        start, image.expand(7, 1, 28, 28), torch.linspace(0, 1, 7)
    )[0].clamp(-1, 1)
plots.show(
    plots.labelled_rows(film),
    "Three rows of seven pictures. The first picture of a row is noise, the last one a"
    " clean digit; in the middle the digit shows through the noise.",
)

# %% [markdown] id="13-learn-text"
# In the figure all three digits can be read from $t = 1/2$ on, the fourth picture. At
# $t = 1/3$ they show faintly.
#
# ## 2 · What the regression learns
#
# A network $v(x, t)$ is trained on random pairs and random times, uniform on $[0, 1]$.
# Its loss is that of **conditional flow matching** (条件流匹配; Lipman et al. 2023; Liu et
# al. 2023; Albergo and Vanden-Eijnden 2023):
#
# $$L_\text{CFM}(v) = \mathbb E_{t, x_0, x_1}
# \bigl\lVert v(x_t, t) - (x_1 - x_0) \bigr\rVert^2. \tag{13.2}$$
#
# {{exercise 13.cfm_loss}}
#
# Write this loss. As usual, take the mean over coordinates as well: this changes it by a
# constant factor.


# %% id="13-cfm" exercise="13.cfm_loss"
def cfm_loss(velocity, x0, x1, t):
    """The loss of velocity(x, t) on pairs [N, ...] at times t [N]: a number."""
    ### BEGIN SOLUTION
    x, target = interpolate(x0, x1, t)
    return (velocity(x, t) - target).square().mean()
    ### END SOLUTION


# %% id="13-cfm-check"
cfm_loss = checks.use("13.cfm_loss", cfm_loss)

# %% [markdown] id="13-learn-mean-text"
# The network sees $x_t$ and $t$, but not the pair. Many pairs pass near a place, with
# different velocities. The squared error is smallest at their mean,
#
# $$u_t(x) = \mathbb E\bigl[x_1 - x_0 \mid x_t = x\bigr], \tag{13.3}$$
#
# the **marginal velocity** (边际速度). To compute it, start with a single data point.
#
# {{exercise 13.conditional_velocity}}
#
# The data point $x_1$ is given. Points move as $x_t = a x_1 + b x_0$, where $a$ and $b$
# are smooth functions of time and $b$ is not 0. Derive the velocity at a place $x$.


# %% id="13-conditional" exercise="13.conditional_velocity"
def conditional_velocity(x, x1, a, b, da, db):
    """The velocity at x towards x1, [N, ...]. da, db: the derivatives of a and b."""
    ### BEGIN SOLUTION
    noise = (x - a * x1) / b
    return da * x1 + db * noise
    ### END SOLUTION


# %% id="13-conditional-check"
conditional_velocity = checks.use("13.conditional_velocity", conditional_velocity)

# %% [markdown] id="13-conditional-after"
# <details><summary>The formula, after you have written it</summary>
#
# At $x$ the noise must be $x_0 = (x - a x_1)/b$. So with $\dot a = da/dt$
#
# $$u_t(x \mid x_1) = \dot a\, x_1 + \frac{\dot b}{b}\,(x - a x_1). \tag{13.4}$$
#
# For the straight path, $a = t$ and $b = 1 - t$, it is $(x_1 - x)/(1 - t)$.
#
# </details>
#
# {{exercise 13.marginal_velocity}}
#
# Now the data are a mixture of $K$ normals on a line. Derive the mean (13.3) in two
# steps. First suppose that the component is known. Then average over components.


# %% id="13-marginal" exercise="13.marginal_velocity"
def marginal_velocity(x, t, weights, means, deviations):
    """E[x1 - x0 | x_t = x], [N]: x [N], t a number, a mixture of K normals, [K] each."""
    ### BEGIN SOLUTION
    variance = (1 - t) ** 2 + t**2 * deviations**2  # of x_t in each component, [K]
    gap = x[:, None] - t * means  # [N, K]
    log_r = weights.log() - variance.log() / 2 - gap**2 / (2 * variance)
    each = means + (t * deviations**2 - (1 - t)) / variance * gap
    return (log_r.softmax(dim=1) * each).sum(dim=1)
    ### END SOLUTION


# %% id="13-marginal-check"
marginal_velocity = checks.use("13.marginal_velocity", marginal_velocity)

# %% [markdown] id="13-marginal-after"
# <details><summary>The formula, after you have written it</summary>
#
# In component $k$, $x_t$ is normal with mean $t m_k$ and variance
# $v_k = (1 - t)^2 + t^2 s_k^2$, and its covariance with $x_1 - x_0$ is
# $t s_k^2 - (1 - t)$. With $r_k(x)$, the probability of component $k$ given $x_t = x$,
#
# $$u_t(x) = \sum_k r_k(x) \Bigl[ m_k + \frac{t s_k^2 - (1 - t)}{v_k}\,(x - t m_k)
# \Bigr]. \tag{13.5}$$
#
# </details>
#
# `flow.Mixture` holds this formula for any dimension, together with the density at each
# time. Now train a small network with your loss, and compare it with the exact velocity.

# %% id="13-learn-fit"
training.seed_everything(13)
learned = mlp(1, width=64, blocks=2, predict="velocity")
adam = torch.optim.Adam(learned.parameters(), lr=3e-3)
steps = 20 if fast else 800
for step in range(steps):
    adam.param_groups[0]["lr"] = 3e-3 * (1 - step / steps)
    x0, x1, t = torch.randn(512, 1), law.sample(512).float(), torch.rand(512)
    adam.zero_grad()
    loss = cfm_loss(learned, x0, x1, t)
    loss.backward()
    adam.step()
print(f"loss of the last batch: {loss.item():.2f}")

# %% id="13-learn-look"
panels = {}
for t in (0.1, 0.5, 0.9):
    spread = float(law.quantile(torch.tensor([[0.999]]).double(), t))
    x = torch.linspace(-spread, spread, 101).double()
    exact = marginal_velocity(x, t, law.weights, law.means[:, 0], law.stds)
    guess = learned(x.float()[:, None], t).detach()[:, 0]
    panels[f"t = {t}"] = {"exact, (13.5)": (x, exact), "learned": (x, guess)}
plots.show(
    plots.velocity_panels(panels),
    "Velocity over x at three times. Where data are dense the learned curve lies on the"
    " exact one. It leaves it far out. At t = 0.9 the exact curve has a steep rise between"
    " the two groups, and the learned one rises more slowly.",
)

# %% [markdown] id="13-learn-after"
# The two curves agree where training points are frequent. Far out the network has seen
# few points, and at $t = 0.9$ it smooths the steep rise between the two groups.

# %% [markdown] id="13-why-text"
# ## 3 · Why it works
#
# The network was trained on random pairs. Why does following its velocity give the right
# density? Points that follow a velocity $u_t$ do not appear or vanish. So their density
# $p_t$ must obey the **continuity equation** (连续性方程)
#
# $$\frac{\partial p_t}{\partial t} + \nabla \cdot \bigl(p_t u_t\bigr) = 0. \tag{13.6}$$
#
# It says how fast the density changes where points flow in and out. For a smooth
# velocity and a given $p_0$ it has one solution. So it is enough to show that the density
# of the random pairs obeys it with the velocity (13.3).
#
# A single pair moves with its own velocity $x_1 - x_0$ and obeys the equation. Take the
# mean over all pairs. The density becomes $p_t(x)$. Density times velocity becomes
# $p_t(x)\, \mathbb E[x_1 - x_0 \mid x_t = x]$, which is $p_t(x)\, u_t(x)$. The cell
# checks (13.6) for the mixture by differences. Expect residuals far below the terms
# themselves.

# %% id="13-why-continuity"
x, e = torch.linspace(-4, 4, 801, dtype=torch.float64)[:, None], 1e-5


def current(x, t):
    return law.log_density(x, t).exp() * law.velocity(x, t)[:, 0]


for t in (0.1, 0.5, 0.9):
    later, earlier = (law.log_density(x, t + d).exp() for d in (e, -e))
    change = (later - earlier) / (2 * e)
    outflow = (current(x + e, t) - current(x - e, t)) / (2 * e)
    rest = (change + outflow).abs().max()
    print(f"t = {t}: change up to {change.abs().max():.3f}, residual {rest:.1e}")

# %% [markdown] id="13-why-loss-text"
# The second question is whether (13.2) measures the distance to $u$. The target is noisy,
# but its noise has mean 0 given $x_t$, so the cross term vanishes:
#
# $$L_\text{CFM}(v) = \mathbb E \lVert v(x_t, t) - u_t(x_t) \rVert^2
# + \mathbb E \lVert x_1 - x_0 - u_t(x_t) \rVert^2. \tag{13.7}$$
#
# The first term is the loss of flow matching, $L_\text{FM}$. The second does not depend
# on $v$. So both losses have the same gradient and the same minimum. The loss itself does
# not fall to 0. **Predict.** What is the smallest loss on the mixture?

# %% id="13-why-predict"
checks.predict("13.smallest-loss", ..., unit="")

# %% id="13-why-loss"
n = 2_000 if fast else 200_000
x0, x1 = torch.randn(n, 1).double(), law.sample(n)
t = torch.rand(n).double()
x = flow.interpolate(x0, x1, t)
candidates = {
    "v = 0": 0 * x,
    "v = sin x + t": x.sin() + t[:, None],
    "the exact velocity": law.velocity(x, t),
}
print("                      CFM      FM   difference")
for name, v in candidates.items():
    cfm = (v - (x1 - x0)).square().mean()
    fm = (v - law.velocity(x, t)).square().mean()
    print(f"{name:19}{cfm:7.3f} {fm:7.3f} {cfm - fm:9.3f}")
remains = law.conditional_variance(x, t).mean()
checks.measured("13.smallest-loss", remains)

# %% [markdown] id="13-why-after"
# Three different velocities have the same difference, up to the error of the draws: about
# 2.3, the second term of (13.7). So a loss of 2.3 is not a failure here; it is the
# minimum. Without this number the value of a loss does not tell how near the velocity is
# to the best one. For the law of real data the number is not known.

# %% [markdown] id="13-solve-text"
# ## 4 · Following the velocity
#
# To sample, solve $dx/dt = v(x, t)$ from noise at $t = 0$. On a line the exact answer is
# known. Paths cannot cross, so a point keeps its rank: with $F_t$, the distribution
# function of $x_t$,
#
# $$x_t = F_t^{-1}\bigl(F_0(x_0)\bigr). \tag{13.8}$$
#
# A **solver** (求解器) takes steps of length $h$. **Euler's method** (欧拉法) is
#
# $$x_{t + h} \approx x_t + h\, v(x_t, t). \tag{13.9}$$
#
# {{exercise 13.heun_step}}
#
# Heun's method first takes Euler's step on trial and computes the velocity there. Then it
# takes the step again from $x_t$, with the mean of both velocities. Write one step.


# %% id="13-heun" exercise="13.heun_step"
def heun_step(velocity, x, t, h):
    """The points at time t + h by one step of Heun's method, [N, ...]."""
    ### BEGIN SOLUTION
    slope = velocity(x, t)
    trial = x + h * slope  # Euler's step
    return x + h * (slope + velocity(trial, t + h)) / 2
    ### END SOLUTION


# %% id="13-heun-check"
heun_step = checks.use("13.heun_step", heun_step)

# %% [markdown] id="13-solve-order-text"
# A method has **order** (阶) $p$ if its error behaves like $C h^p$ for small $h$. Then two
# runs, one with half the step, reveal the order:
#
# $$p \approx \log_2 \frac{e(h)}{e(h / 2)}. \tag{13.10}$$
#
# **Predict.** By what factor does the error of Heun's method fall when you take twice as
# many steps?

# %% id="13-solve-predict"
checks.predict("13.heun-factor", ..., unit="times")

# %% id="13-solve-order"
starts = torch.linspace(-2.5, 2.5, 101, dtype=torch.float64)[:, None]
ends = law.flow(starts, 0.0, 1.0)
counts = [4, 8, 16, 32, 64, 128]
errors = {
    method: [
        (flow.solve(law.velocity, starts, n, method) - ends).abs().median().item()
        for n in counts
    ]
    for method in ("euler", "midpoint", "heun", "rk4")
}
mine = starts
for i in range(64):
    mine = heun_step(law.velocity, mine, i / 64, 1 / 64)
print(f"your 64 steps: median error {(mine - ends).abs().median():.1e}")
plots.show(
    plots.lines(
        {name: (counts, e) for name, e in errors.items()},
        "steps",
        "median error",
        log=True,
        logx=True,
    ),
    "Error over the number of steps, both axes logarithmic: four falling lines. Euler's"
    " falls slowest, midpoint and Heun faster and nearly together, RK4 fastest.",
)

# %% id="13-solve-measured"
for name, e in errors.items():
    print(f"{name:9} order {math.log2(e[-2] / e[-1]):.2f} from 64 and 128 steps")
checks.measured("13.heun-factor", errors["heun"][-2] / errors["heun"][-1])

# %% [markdown] id="13-solve-after"
# From 64 to 128 steps the median error is divided by about 2 for Euler, by about 4 for
# midpoint and Heun, and by about 16 for RK4. But Heun asks for the velocity twice in a
# step, and RK4 four times. What counts is **the number of function evaluations**
# (函数求值次数, NFE).
#
# We took the median for a reason. One starting place separates the two groups. A start
# near it can end in the wrong group. One such point has a large error, and a mean over
# points depends on it. The median hardly does.

# %% [markdown] id="13-lab-text"
# The field lab shows the same in two dimensions. Left is the exact velocity, right a
# small network that you train there. Choose a solver and a number of steps, and press
# play.

# %% id="13-lab"
widgets.field_lab()

# %% [markdown] id="13-score-text"
# ## 5 · Diffusion follows the same path
#
# **Diffusion models** (扩散模型) learn the **score** (得分), $\nabla \log p_t(x)$, or the noise
# in an image. Both can be computed from the velocity.
#
# {{exercise 13.score_from_velocity}}
#
# Derive the score of $p_t$ from $u = u_t(x)$, $x$ and $t$. Given $x_1$, the law of $x_t$
# is a normal, and its score is known. The score of $p_t$ is the mean of these scores,
# given $x_t = x$.


# %% id="13-score" exercise="13.score_from_velocity"
def score_from_velocity(u, x, t):
    """The gradient of log p_t at x, [N, d]. t: a number below 1."""
    ### BEGIN SOLUTION
    noise = x - t * u  # E[x0 | x_t = x]
    return -noise / (1 - t)
    ### END SOLUTION


# %% id="13-score-check"
score_from_velocity = checks.use("13.score_from_velocity", score_from_velocity)

# %% [markdown] id="13-score-after"
# <details><summary>The formula, after you have written it</summary>
#
# Given $x_1$, $x_t$ is normal with mean $t x_1$ and deviation $1 - t$, so its score is
# $-x_0/(1 - t)$. The mean noise is $\mathbb E[x_0 \mid x_t = x] = x - t u$. Therefore
#
# $$\nabla \log p_t(x) = \frac{t\, u_t(x) - x}{1 - t}. \tag{13.11}$$
#
# </details>
#
# In the same way the mean of the data, the **denoised** (去噪) point, follows from the
# velocity or from the score. This is Tweedie's formula (Robbins 1956; Efron 2011) for
# this path:
#
# $$\mathbb E[x_1 \mid x_t = x] = x + (1 - t)\, u_t(x)
# = \frac{x + (1 - t)^2\, \nabla \log p_t(x)}{t}. \tag{13.12}$$
#
# The cell compares three routes to the score: the mixture's own formula, your conversion,
# and the derivative of the log-density by autograd.

# %% id="13-score-compare"
x = torch.linspace(-3, 3, 61, dtype=torch.float64)[:, None].requires_grad_()
for t in (0.2, 0.5, 0.9):
    (slope,) = torch.autograd.grad(law.log_density(x, t).sum(), x)
    mine = score_from_velocity(law.velocity(x, t), x, t)
    apart = (mine - slope).abs().max(), (law.score(x, t) - slope).abs().max()
    print(f"t = {t}: largest differences {apart[0]:.0e} and {apart[1]:.0e}")

# %% [markdown] id="13-noise-text"
# ### The chain of DDPM
#
# DDPM (Ho et al. 2020) adds noise in $T$ small steps,
# $z_i = \sqrt{1 - \beta_i}\, z_{i-1} + \sqrt{\beta_i}\, \varepsilon_i$, which start at
# data, $z_0$. The $\varepsilon_i$ are independent and from $N(0, I)$.
#
# {{exercise 13.ddpm_noise}}
#
# Derive how to jump to step $k$ at once, with a single noise.


# %% id="13-noise" exercise="13.ddpm_noise"
def ddpm_noise(x, betas, k, noise):
    """A draw of z_k given z_0 = x, from one noise [N, ...]. betas: [T]; k: 1 to T."""
    ### BEGIN SOLUTION
    kept = (1 - betas[:k]).prod()
    return kept.sqrt() * x + (1 - kept).sqrt() * noise
    ### END SOLUTION


# %% id="13-noise-check"
ddpm_noise = checks.use("13.ddpm_noise", ddpm_noise)

# %% [markdown] id="13-noise-after"
# <details><summary>The formula, after you have written it</summary>
#
# A sum of independent normals is normal, and its variance is the sum of theirs. With
# $\bar\alpha_k = \prod_{i \le k} (1 - \beta_i)$,
#
# $$z_k = \sqrt{\bar\alpha_k}\, z_0 + \sqrt{1 - \bar\alpha_k}\, \varepsilon. \tag{13.13}$$
#
# </details>
#
# This is the straight path in another scale. Divide $x_t$ by
# $c_t = \sqrt{t^2 + (1 - t)^2}$: the squares of the two weights then sum to 1. So
#
# $$\frac{x_t}{c_t} \text{ is distributed as } z_k \quad \text{for} \quad
# \bar\alpha_k = \frac{t^2}{t^2 + (1 - t)^2}. \tag{13.14}$$
#
# A network that was trained as a diffusion model can be used as a flow, and the other
# way round, after these conversions. Up to the scale, the two schedules visit the same
# laws at other times. The cell finds the time $t$ for some steps of DDPM's schedule,
# $\beta$ from $10^{-4}$ to 0.02 with $T = 1000$.

# %% id="13-noise-times"
betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
kept = torch.cumprod(1 - betas, 0)
for k in (1, 100, 250, 500, 1000):
    a = kept[k - 1]
    t = a.sqrt() / (a.sqrt() + (1 - a).sqrt())
    assert torch.isclose(flow.signal_share(t), a)
    print(f"step {k:4}: share of the signal {a:.5f}, time on the straight path {t:.4f}")

# %% [markdown] id="13-sde-text"
# The schedule spends half of its 1,000 steps at $t$ below 0.23, where there is mostly
# noise.
#
# ### Random paths, the same densities
#
# Noise may also be added on the way, if a drift along the score takes it back. For any
# $g(t) \ge 0$ the **stochastic differential equation** (随机微分方程)
#
# $$dx = \Bigl[u_t(x) + \tfrac12 g(t)^2\, \nabla \log p_t(x)\Bigr] dt + g(t)\, dW
# \tag{13.15}$$
#
# has the densities $p_t$ of the flow (Song et al. 2021). The paths differ, the densities
# do not. Here $dW$ is the step of a Brownian motion (布朗运动). In a short time $h$ it
# is normal, with mean 0 and variance $h$ in each coordinate.
#
# DDPM samples with steps of finite length; for short steps they follow (13.15) with one
# choice of $g$. From the predictions $\hat x_1$ and $\hat x_0$ at time $t$ it draws, at a
# later time $s$,
#
# $$x_s = s\, \hat x_1 + \sqrt{(1 - s)^2 - e^2}\; \hat x_0 + e\, \varepsilon, \quad
# e = \eta\, \frac{1 - s}{1 - t} \sqrt{(1 - t)^2 - \tfrac{t^2}{s^2} (1 - s)^2}, \tag{13.16}$$
#
# with $\eta = 1$ and $\varepsilon$ from $N(0, I)$. The choice $\eta = 0$ is DDIM (Song,
# Meng and Ermon 2021). Put $e = 0$ into (13.16): on the straight path DDIM's step *is*
# Euler's step (13.9).
#
# The cell samples the mixture with each method. The method `stochastic` takes Euler's
# step on (13.15), with $g^2 = 2 (1 - t)$. The method `ancestral` takes (13.16), and its
# noise is $\eta$. The cell prints the largest distance between the distribution
# function of the samples and the exact one. For exact samples this distance exceeds the
# printed limit in about 5 % of cases.

# %% id="13-sde"
n = 500 if fast else 20_000
print(f"5 % limit {1.36 / n**0.5:.4f}")
for method, noise_size in (
    ("euler", 0.0),
    ("stochastic", 1.0),
    ("ancestral", 0.0),
    ("ancestral", 1.0),
):
    for count in (10, 200):
        seeded = torch.Generator().manual_seed(5)
        x = torch.randn(n, 1, generator=seeded, dtype=torch.float64)
        x = flow.solve(law.velocity, x, count, method, noise_size, seeded)
        ranks = law.cdf(x, 1.0).sort(0).values[:, 0]
        far = (ranks - (torch.arange(n) + 0.5) / n).abs().max()
        print(f"{method:10} noise {noise_size:.0f}, {count:3} steps: {far:.4f}")

# %% [markdown] id="13-sde-after"
# With 200 steps all of them stay within the limit. With 10 steps none does: the error of
# the step is then larger than the error of 20,000 draws. The rows of Euler and of DDIM
# (ancestral with noise 0) are equal, as (13.16) says. With 10 steps in this run,
# fresh noise was better than none in the form `stochastic` and worse in the form
# `ancestral`. So fresh noise alone did not decide; the form of the step mattered too.

# %% [markdown] id="13-copy-text"
# ## 6 · The perfect model copies
#
# Training data are finitely many points. Take them as the whole law: $x_1$ is one of $M$
# points, each with probability $1/M$. Then the velocity with the smallest loss (13.2) is
# known exactly.
#
# {{exercise 13.optimal_denoiser}}
#
# Write the mean of $x_1$ given $x_t = x$. Start with the probability of each data point
# given $x$. In 784 dimensions the exponents are large, so avoid overflow.


# %% id="13-denoiser" exercise="13.optimal_denoiser"
def optimal_denoiser(x, t, data):
    """E[x1 | x_t = x], [N, d]: x [N, d], t a number below 1, data [M, d]."""
    ### BEGIN SOLUTION
    squares = (x[:, None] - t * data[None]).square().sum(dim=2)  # [N, M]
    weights = (-squares / (2 * (1 - t) ** 2)).softmax(dim=1)
    return weights @ data
    ### END SOLUTION


# %% id="13-denoiser-check"
optimal_denoiser = checks.use("13.optimal_denoiser", optimal_denoiser)

# %% [markdown] id="13-denoiser-after"
# <details><summary>The formula, after you have written it</summary>
#
# $$\hat x_1(x, t) = \sum_{i=1}^{M} w_i\, x^{(i)}, \quad
# w_i = \frac{\exp\bigl(-\lVert x - t x^{(i)} \rVert^2 / (2 (1 - t)^2)\bigr)}
# {\sum_j \exp\bigl(-\lVert x - t x^{(j)} \rVert^2 / (2 (1 - t)^2)\bigr)}, \quad
# u_t(x) = \frac{\hat x_1(x, t) - x}{1 - t}. \tag{13.17}$$
#
# The weights $w_i$ are a softmax over the training set. So this is attention with the
# images as keys and values (chapter 11), with one more term for the length of each key.
#
# </details>
#
# The velocity that belongs to this mean has the smallest possible training loss. The
# cell follows it from 64 noise images, with 10,000 training digits. **Predict.** Which
# share of the 64 samples will be copies of a training digit?

# %% id="13-copy-predict"
checks.predict("13.copies", ..., unit="%")

# %% id="13-copy"
known = data.to_float(data.subset(digits, 500 if fast else 10_000, seed=1).images)
known = known.flatten(1)
field = flow.FiniteData(known)
x = torch.randn(64, 784, generator=generator)
decided = {}
for i in range(40):
    t = i / 40
    decided[t] = float((field.weights(x, t).max(1).values > 0.5).double().mean())
    x = x + field.velocity(x, t) / 40
distances, nearest = torch.cdist(x, known).min(1)
print(f"largest distance to the nearest training digit: {distances.max():.3f}")
checks.measured("13.copies", 100 * float((distances < 0.1).double().mean()))

# %% id="13-copy-look"
plots.show(
    plots.labelled_rows(
        {
            "sample": x[:12].reshape(-1, 1, 28, 28).clamp(-1, 1),
            "nearest training digit": known[nearest[:12]].reshape(-1, 1, 28, 28),
        }
    ),
    "Two rows of twelve digits: the samples, and under each its nearest training digit."
    " The pictures of a column look the same.",
)
print("share of samples for which one digit has more than half of the weight")
for t in (0.1, 0.2, 0.25, 0.3, 0.4, 0.5):
    print(f"t = {t}: {decided[t]:.0%}")

# %% [markdown] id="13-copy-after"
# In our run all 64 samples are copies: each lies within 0.03 of a training digit, in 784
# dimensions. The choice falls early. At $t = 0.3$, for 70 % of the samples one digit
# already has more than half of the weight, and at 0.5 for nearly all.
#
# So the minimum of the loss is not what we want. A flow draws new digits only because
# its network does *not* reach this minimum. So a lower training loss can also be a
# warning, and copies have to be counted (chapter 07). What keeps the network from the
# minimum? Section 12 tests one answer.

# %% [markdown] id="13-predict-text"
# ## 7 · What should the network predict?
#
# A network may predict the velocity, the noise or the data. At a given $x_t$ each
# determines the others.
#
# {{exercise 13.to_velocity}}
#
# Derive the velocity from each prediction.


# %% id="13-to-velocity" exercise="13.to_velocity"
def to_velocity(prediction, x, t, kind):
    """The velocity, [N, ...]. kind: "data", "noise" or "velocity"; t: [N]."""
    ### BEGIN SOLUTION
    t = t.reshape(-1, *[1] * (x.ndim - 1))  # [N, 1, ...]
    if kind == "data":
        return (prediction - x) / (1 - t)
    if kind == "noise":
        return (x - prediction) / t
    return prediction
    ### END SOLUTION


# %% id="13-to-velocity-check"
to_velocity = checks.use("13.to_velocity", to_velocity)

# %% [markdown] id="13-to-velocity-after"
# <details><summary>The formulas, after you have written them</summary>
#
# From $x_t = (1 - t) x_0 + t x_1$ follow $v = (x_1 - x_t)/(1 - t)$ and
# $v = (x_t - x_0)/t$. So an error in one prediction is an error in the others,
#
# $$\lVert \hat v - v \rVert^2 = \frac{\lVert \hat x_1 - x_1 \rVert^2}{(1 - t)^2}
# = \frac{\lVert \hat x_0 - x_0 \rVert^2}{t^2}. \tag{13.18}$$
#
# </details>
#
# The three losses weight times differently. There is another difference. Images lie
# near a set of few dimensions, and noise has as many dimensions as there are pixels. A
# narrow network can represent the data more easily than the noise. Li and He (2025)
# argue for predicting the data when the network is narrow. Build a narrow network and
# test this.
#
# {{exercise 13.velocity_network}}
#
# Use two hidden layers of `width` units with a SiLU behind each. The time is one more
# input: a tensor `[N]`, or one number for all rows. The velocity has no bounds, and each
# row is computed by itself.


# %% id="13-network" exercise="13.velocity_network"
def velocity_network(d, width):
    """A new network, called with x [N, d] and t ([N] or a number); returns [N, d]."""
    ### BEGIN SOLUTION

    class Velocity(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(
                nn.Linear(d + 1, width),
                nn.SiLU(),  # [N, width]
                nn.Linear(width, width),
                nn.SiLU(),  # [N, width]
                nn.Linear(width, d),
            )

        def forward(self, x, t):
            t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
            return self.layers(torch.cat([x, t[:, None]], dim=1))

    return Velocity()
    ### END SOLUTION


# %% id="13-network-check"
velocity_network = checks.use("13.velocity_network", velocity_network)

# %% [markdown] id="13-narrow-text"
# The network has 128 hidden units for 784 pixels. The three runs differ only in what its
# output means. All of them are trained on the same loss of the velocity (13.2). Where
# (13.18) divides by a small number, the divisor is at least 0.05. **Predict.** Which
# prediction gives the best FID?

# %% id="13-narrow-predict"
KINDS = ("velocity", "noise", "data")
checks.predict("13.best-prediction", ..., options=KINDS)

# %% id="13-narrow"
count = 500 if fast else len(digits.images)
steps, narrow = 5 if fast else 1_500, {}
for kind in KINDS:
    training.seed_everything(13)
    net = velocity_network(784, 128)

    def velocity(x, t, net=net, kind=kind):
        t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
        return to_velocity(net(x, t), x, t.clamp(0.05, 0.95), kind)

    adam = torch.optim.Adam(net.parameters(), lr=2e-3)
    for step in range(steps):
        adam.param_groups[0]["lr"] = 2e-3 * (1 - step / steps)
        x1 = data.to_float(digits.images[torch.randint(count, (256,))]).flatten(1)
        adam.zero_grad()
        cfm_loss(velocity, torch.randn_like(x1), x1, torch.rand(256)).backward()
        adam.step()
    narrow[kind] = velocity

# %% id="13-narrow-judge"
n = 100 if fast else 2_000
test = data.subset(data.load(digits.name, "test"), n, seed=13)
real = metrics.features(test.images)


def judged(images):
    """FID and recall of images [n, 1, 28, 28], against as many test digits."""
    found = metrics.features(images.clamp(-1, 1))
    return {"FID": metrics.fid(found, real), "recall": metrics.prdc(real, found).recall}


scores, shown = {}, {}
for kind, velocity in narrow.items():
    with torch.no_grad():
        x0 = torch.randn(n, 784, generator=torch.Generator().manual_seed(0))
        images = flow.solve(velocity, x0, 20).reshape(-1, 1, 28, 28)
    scores[kind], shown[kind] = judged(images), images[:12].clamp(-1, 1)
    print(f"{kind:9} FID {scores[kind]['FID']:.2f}")
checks.measured("13.best-prediction", min(KINDS, key=lambda k: scores[k]["FID"]))

# %% id="13-narrow-look"
plots.show(
    plots.labelled_rows(shown),
    "Three rows of twelve generated pictures, one row for each prediction: velocity, noise"
    " and data.",
)

# %% [markdown] id="13-narrow-after"
# In our run the FIDs were 87 for the velocity, 78 for the noise and 28 for the data.
# All three are poor, as the pictures show. The run that predicts the data is far better
# than the others. The pictures of the noise run show no digit at all, yet its FID is
# lower than that of the velocity run. So far from the data a lower FID need not mean
# better pictures. In (13.18) an error of the noise is divided by $t$ and an error of
# the data by $1 - t$. So a network that predicts noise has large errors of the velocity
# near $t = 0$. One that predicts data has them near $t = 1$, where the sample gets its
# details.
#
# This is one run of one small network on digits, so it cannot settle the claim of Li and
# He (2025). Their claim is about large images and Transformers. A difference between two
# runs also needs several seeds.

# %% [markdown] id="13-digits-text"
# ## 8 · Digits: a flow over the codes of a VAE
#
# These narrow networks are too weak for pixels. Chapter 08 gave a better place: the
# latents of a VAE. Its encoder turns a digit into 32 numbers, and its decoder turns
# them back. The codes of the data do not follow the prior, so they need a model of
# their own. In chapter 08 it was a mixture of normals. Here it is a flow (**latent flow
# matching**, 潜在流匹配; Rombach et al. 2022 for diffusion). Train the VAE first.

# %% id="13-vae"
training.seed_everything(13)
model = vae.VAE(
    vae.convolutional(32, likelihood=vae.Gaussian(learned=True)),
    lr=2e-3,
    lr_warmup=10_000,
    decay_start=0.3,
    final_lr_factor=0.0,
)
batches = data.batches(digits, 128, seed=13)
history = training.fit(model, batches, training.lesson(steps=700), progress=False)
print(history.work)

# %% [markdown] id="13-codes-text"
# Now encode 20,000 digits once. A training step draws $z$ from $q(z \mid x)$ anew. The
# latents are standardised, so that each has mean 0 and variance 1, like the noise.

# %% id="13-codes"
kept = data.subset(digits, 200 if fast else 20_000, seed=13)
images = data.to_float(kept.images)
mean, log_variance = model.encode(images)
centre = mean.mean(0)
scale = (mean.var(0) + log_variance.exp().mean(0)).sqrt()


def codes(rows):
    """Standardised latents of some digits, drawn anew: [len(rows), 32]."""
    z = vae.losses.reparameterise(mean[rows], log_variance[rows])
    return (z - centre) / scale


print(f"deviation of the first five: {codes(torch.arange(len(mean))).std(0)[:5]}")

# %% [markdown] id="13-step-text"
# {{exercise 13.flow_step}}
#
# Write the whole training step: draw normal noise and a time for each row, uniform on
# $[0, 1]$. Compute the loss, update the weights, and return the loss.


# %% id="13-step" exercise="13.flow_step"
def flow_step(network, optimizer, x1):
    """One update of network(x, t) on data x1 [N, ...]; returns the loss before it."""
    ### BEGIN SOLUTION
    x0, t = torch.randn_like(x1), torch.rand(len(x1))
    loss = cfm_loss(network, x0, x1, t)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
    ### END SOLUTION


# %% id="13-step-check"
flow_step = checks.use("13.flow_step", flow_step)


# %% id="13-train"
def trained(network, batch, steps, lr=2e-3):
    """The network after steps of flow_step on batch(), with a falling learning rate."""
    adam = torch.optim.Adam(network.parameters(), lr=lr)
    losses = []
    for step in range(steps):
        adam.param_groups[0]["lr"] = lr * (1 - step / steps)
        losses.append(float(flow_step(network, adam, batch())))
    print(f"mean loss of the last steps: {sum(losses[-50:]) / len(losses[-50:]):.3f}")
    return network


training.seed_everything(13)
network = trained(
    velocity_network(32, 256),
    lambda: codes(torch.randint(len(mean), (512,))),
    20 if fast else 3_000,
)

# %% [markdown] id="13-table-text"
# The next cell draws codes for the same decoder in three ways. They come from the prior
# of the VAE, from a mixture of 20 normals, and from the flow. The fourth row uses the
# codes of real digits. It is a *floor*: it shows what this decoder can reach.
# **Predict.** Which of prior, mixture and flow has the best FID?

# %% id="13-table-predict"
WAYS = ("prior", "mixture", "flow")
checks.predict("13.best-way", ..., options=WAYS)


# %% id="13-table"
@torch.no_grad()
def drawn(velocity, n, steps=8, method="heun"):
    """n images by a flow over standardised latents."""
    x0 = torch.randn(n, 32, generator=torch.Generator().manual_seed(0))
    return model.decode(flow.solve(velocity, x0, steps, method) * scale + centre)


mixture = vae.MixturePrior(model, images[:5_000], 2 if fast else 20)
sets = {
    "prior": model.sample(n, generator),
    "mixture": mixture.sample(n, generator),
    "flow": drawn(network, n),
    "floor: reconstructions": model.reconstruct(images[:n]),
}
sheet = {name: judged(drawing) for name, drawing in sets.items()}
print(plots.score_table(sheet, ["FID"]))
checks.measured("13.best-way", min(WAYS, key=lambda name: sheet[name]["FID"]))

# %% id="13-table-look"
plots.show(
    plots.labelled_rows({name: drawing[:12] for name, drawing in sets.items()}),
    "Four rows of twelve digits from the same decoder: from the prior, the mixture, the"
    " flow, and reconstructions of real digits.",
)

# %% [markdown] id="13-table-after"
# In our run the FIDs were 8.1 for the prior, 0.80 for the mixture, 1.33 for the flow
# and 0.52 for the floor. Compare each row with the floor: no way of drawing codes can
# be expected to have a lower FID than the codes of real digits. All rows share one
# decoder, so their differences are due to the codes alone. The prior is a single
# normal. The mixture has more freedom, and the flow is limited only by its network and
# training. The prior has the highest recall here. Recall asks only whether real digits
# have a sample near them, so samples that spread widely can reach many. This is one run
# with short trainings. On average the FID of 2,000 samples is larger than that of
# 10,000. So these values must not be compared with those of other chapters.
#
# A study did the same at larger scale. It draws 10,000 samples and uses all test
# digits. Its flow has residual blocks. The entries are medians of FIDs over the seeds of
# the last column.
#
# In the first two rows the VAE is fully connected and has 32 latents, and the mixture has
# 50 normals. In the first row noise and codes are paired at random. In the second they are
# paired by optimal transport (section 11), and the flow takes twice as many steps with half
# the batch. Its weights are also averaged over half as many codes. So the rows differ in
# more than the pairing; the number of codes seen is the same.
#
# In the third row the VAE is convolutional and has 20 latents, and the mixture has 100
# normals. The flow is paired at random. It has one more block, its matrices move by Muon
# (chapter 12), and it sees nine times as many codes in batches of 1,024.
#
# | training | floor | prior | mixture | flow | flow with labels | seeds |
# |---|---|---|---|---|---|---|
# | random pairs | {{study flow-digits short-random floor}} | {{study flow-digits short-random normal}} | {{study flow-digits short-random mixture}} | {{study flow-digits short-random fid}} | {{study flow-digits short-random cflow_fid}} | {{study flow-digits short-random seeds}} |
# | paired, smaller batches | {{study flow-digits short floor}} | {{study flow-digits short normal}} | {{study flow-digits short mixture}} | {{study flow-digits short fid}} | {{study flow-digits short cflow_fid}} | {{study flow-digits short seeds}} |
# | convolutional, longer | {{study flow-digits convolutional floor}} | {{study flow-digits convolutional normal}} | {{study flow-digits convolutional mixture}} | {{study flow-digits convolutional fid}} | {{study flow-digits convolutional cflow_fid}} | {{study flow-digits convolutional seeds}} |
#
# All ways are far better than the prior. But the flow without labels does *not* beat
# the mixture of normals. In the first two rows it is clearly worse: {{study flow-digits short fid}} at best, and
# {{study flow-digits short mixture}} for the mixture. In the third row the two are close, {{study flow-digits convolutional fid}} and {{study flow-digits convolutional mixture}}. In
# both runs of this row the mixture is a little better, but two runs cannot decide so small
# a difference. The mixture took less than a tenth of the flow's processor time there. A
# new method has to be compared with the strongest simple rival. Here that is the mixture of
# chapter 08.
#
# The third row is much better than the second, and nearer to its floor. More than one
# thing differs, so the study does not say how much each of them helps. The recall of
# the flow is {{study flow-digits convolutional recall}} there and its coverage {{study flow-digits convolutional coverage}}. Near-copies of training digits are
# {{study flow-digits convolutional copies}} of 1,000 samples.

# %% [markdown] id="13-guide-text"
# ## 9 · Asking for a digit
#
# A conditional flow gets the label as a further input and learns $u_t(x \mid c)$. If the
# label is hidden in some of the training rows, the same network also learns $u_t(x)$.
# Both can then be combined (**classifier-free guidance**, 无分类器引导; Ho and Salimans 2022):
#
# $$u_t^{(\gamma)}(x) = u_t(x) + \gamma\, \bigl(u_t(x \mid c) - u_t(x)\bigr). \tag{13.19}$$
#
# Conventions differ: here $\gamma = 1$ is the conditional model. Some papers write
# $\gamma = 1 + w$.
#
# {{exercise 13.guided_velocity}}
#
# Write (13.19).


# %% id="13-guided" exercise="13.guided_velocity"
def guided_velocity(unconditional, conditional, guidance):
    """The guided velocity (13.19), of the shape of both."""
    ### BEGIN SOLUTION
    return unconditional + guidance * (conditional - unconditional)
    ### END SOLUTION


# %% id="13-guided-check"
guided_velocity = checks.use("13.guided_velocity", guided_velocity)

# %% [markdown] id="13-variance-text"
# Which law does guidance sample? It is often said to be $p(x)\, p(c \mid x)^\gamma$,
# scaled to 1. By Bayes' rule this is proportional to
# $p(x)^{1 - \gamma}\, p(x \mid c)^\gamma$. For normals with mean 0 and the variances
# $\sigma_u^2$ and $\sigma_c^2$ it is a normal again if the bracket in (13.20) is
# positive. Its variance is
#
# $$\sigma_\text{tilted}^2 = \Bigl(\frac{1 - \gamma}{\sigma_u^2} +
# \frac{\gamma}{\sigma_c^2}\Bigr)^{-1}. \tag{13.20}$$
#
# {{exercise 13.guided_variance}}
#
# Derive the variance that the guided flow really samples. For a centred normal with
# deviation $s(t)$ the exact velocity is $x\, \dot s / s$.


# %% id="13-variance" exercise="13.guided_variance"
def guided_variance(unconditional, conditional, guidance):
    """The variance at t = 1 under guidance, from the two variances: a number."""
    ### BEGIN SOLUTION
    return unconditional ** (1 - guidance) * conditional**guidance
    ### END SOLUTION


# %% id="13-variance-check"
guided_variance = checks.use("13.guided_variance", guided_variance)

# %% [markdown] id="13-variance-after"
# <details><summary>The formula, after you have derived it</summary>
#
# Along a guided path
# $d \log x/dt = (1 - \gamma)\, \dot s_u / s_u + \gamma\, \dot s_c / s_c$. Both
# deviations are 1 at $t = 0$. Integrating gives
#
# $$\sigma_\text{guided}^2 = \bigl(\sigma_u^2\bigr)^{1 - \gamma}
# \bigl(\sigma_c^2\bigr)^{\gamma}, \tag{13.21}$$
#
# for every schedule that starts at $N(0, 1)$.
#
# </details>
#
# The next cell solves the guided flow numerically for $\sigma_u^2 = 2$ and
# $\sigma_c^2 = 1$, and compares.

# %% id="13-variance-table"
wide, tight = (flow.line_mixture([1.0], [0.0], [v**0.5]) for v in (2.0, 1.0))
one = torch.ones(1, 1, dtype=torch.float64)
print("guidance   solved   your formula   (13.20)")
for gamma in (1, 2, 3, 5):

    def guided_field(x, t, gamma=gamma):
        return guided_velocity(wide.velocity(x, t), tight.velocity(x, t), gamma)

    solved = float(flow.solve(guided_field, one, 64, "rk4")) ** 2
    closed = guided_variance(2.0, 1.0, gamma)
    said = guidance.tilted_variance(2.0, 1.0, gamma)
    print(f"{gamma:8}{solved:9.4f}{closed:13.4f}{said:11.4f}")

# %% [markdown] id="13-variance-read"
# Guidance of 3 leaves a variance of 0.25, and the formula that is often quoted says 0.5.
# So here guidance narrows more than the formula says. Bradley and Nakkiran (2024) prove
# that it does not sample the powered law in general. Now take two classes, $N(1, 0.25)$
# and $N(-1, 0.25)$. Expect the mean of the guided samples of the class at 1 to move far
# beyond 1.

# %% id="13-overshoot"
right = flow.line_mixture([1.0], [1.0], [0.5])
both = flow.line_mixture([0.5, 0.5], [1.0, -1.0], [0.5, 0.5])
seeded = torch.Generator().manual_seed(1)
start = torch.randn(500 if fast else 20_000, 1, generator=seeded, dtype=torch.float64)
grid = torch.linspace(-2, 4, 1201, dtype=torch.float64)[:, None]
panels = {}
for gamma in (1, 2, 4):
    field = flow.guided_field(right.velocity, both.velocity, gamma)
    ended = flow.solve(field, start, 50)[:, 0]
    bars = torch.histc(ended, 60, -2, 4) / len(ended) / 0.1
    panels[f"guidance {gamma}"] = {
        "guided samples": (torch.arange(60) * 0.1 - 1.95, bars),
        "powered law": (
            grid[:, 0],
            guidance.tilted_density(right, both, gamma, grid),
        ),
    }
    print(f"guidance {gamma}: mean {ended.mean():.2f}, deviation {ended.std():.2f}")
plots.show(
    plots.velocity_panels(panels, "density"),
    "Three panels of densities. At guidance 1 samples and powered law agree. At 2 and 4 the"
    " samples move right, beyond the data, and become narrow; the powered law stays near 1.",
)

# %% [markdown] id="13-overshoot-after"
# The mean of the guided samples is 1.32 at guidance 2 and 1.68 at 4. The powered law
# stays near 1. The question for digits is then how much guidance helps and what it costs.
# Train a conditional flow on the same latents. A tenth of the labels is hidden.

# %% id="13-asked-train"
training.seed_everything(13)
asked = Flow(mlp(32, classes=10), lr=2e-3)
steps = 10 if fast else 1_500
for step in range(steps):
    rows = torch.randint(len(mean), (512,))
    asked.anneal(step / steps)
    losses = asked.step((codes(rows), kept.labels[rows]))
print(f"loss of the last batch: {losses['loss']:.3f}")

# %% id="13-asked"
labels = torch.arange(n) % 10
answers, obeyed, recalls = {}, [], []
strengths = (0.0, 1.0, 2.0, 4.0)
for gamma in strengths:
    seeded = torch.Generator().manual_seed(0)
    z = asked.sample(n, seeded, labels, steps=8, guidance=gamma)
    images_asked = model.decode(z * scale + centre)
    answers[f"guidance {gamma:.0f}"] = images_asked[:20]
    read = metrics.probabilities(images_asked).argmax(1)
    obeyed.append(float((read == labels).double().mean()))
    recalls.append(judged(images_asked)["recall"])
    print(f"guidance {gamma:.0f}: label {obeyed[-1]:.1%}, recall {recalls[-1]:.2f}")

# %% id="13-asked-look"
plots.show(
    plots.labelled_rows(answers),
    "Four rows of twenty digits, at guidance 0, 1, 2 and 4. In each row the digits 0 to 9"
    " were asked for twice, in order; at guidance 0 the label has no effect.",
)

# %% [markdown] id="13-asked-after"
# At guidance 0 the label is ignored, so about a tenth of the samples has the label that
# was asked for. In our run 94 % have it at guidance 1, and 99.9 % at 2. Recall says how
# much of the variety of real digits is left. It falls from 0.63 at guidance 1 to 0.37
# at 2 and 0.20 at 4. Formula (13.21) suggests such a fall, because guidance narrows
# each class. A guidance above 1 is a trade-off, and which value is right depends on
# what you need. The labels are read by the classifier from which the FID takes its
# features. It did not see these samples, but it is only one classifier, and it is not
# perfect.
#
# In the second row of the study of section 8, the flow with labels draws the digit that
# was asked for in {{study flow-digits short obeyed}} of the cases at guidance 1. Its recall there is {{study flow-digits short cflow_recall}}. In the
# third row these are {{study flow-digits convolutional obeyed}} and {{study flow-digits convolutional cflow_recall}}.

# %% [markdown] id="13-likely-text"
# ## 10 · How probable is a point?
#
# A GAN cannot say how probable an image is, and a VAE gives a bound. A flow can be solved
# backwards. Where it spreads points, the density falls. The **divergence** (散度)
# $\nabla \cdot v = \sum_i \partial v_i / \partial x_i$ says how fast.
#
# {{exercise 13.log_density}}
#
# Write $\log p_1(x)$, given the velocity and its divergence. Check the sign.


# %% id="13-density" exercise="13.log_density"
def log_density(velocity, divergence, x, steps):
    """log p_1(x), [N]: x [N, d]; divergence(x, t) returns [N]."""
    ### BEGIN SOLUTION
    total, h = torch.zeros(len(x)), 1 / steps
    for i in range(steps, 0, -1):  # the midpoint method, backwards
        middle = x - h / 2 * velocity(x, i * h)
        total = total + h * divergence(middle, (i - 0.5) * h)
        x = x - h * velocity(middle, (i - 0.5) * h)
    return Normal(0.0, 1.0).log_prob(x).sum(dim=1) - total
    ### END SOLUTION


# %% id="13-density-check"
log_density = checks.use("13.log_density", log_density)

# %% [markdown] id="13-density-after"
# <details><summary>The formula, after you have written it</summary>
#
# Along a path the continuity equation (13.6) becomes
# $d \log p_t(x_t)/dt = -\nabla \cdot v$ (Chen et al. 2018). So
#
# $$\log p_1(x_1) = \log p_0(x_0) - \int_0^1 \nabla \cdot v(x_t, t)\, dt. \tag{13.22}$$
#
# </details>
#
# For the mixture the answer is known. Expect the error to fall with the steps.

# %% id="13-density-compare"
x = law.sample(200, generator)
for steps in (8, 32, 128):
    found = log_density(law.velocity, law.divergence, x, steps)
    print(
        f"{steps:3} steps: largest error {(found - law.log_density(x)).abs().max():.4f}"
    )

# %% [markdown] id="13-trace-text"
# A network does not come with its divergence. The exact trace needs one backward pass for
# each of the $d$ coordinates. There is an estimate that needs a single pass.
#
# {{exercise 13.hutchinson}}
#
# Write $e^\top J e$ for a given random vector $e$, where $J = \partial v / \partial x$.


# %% id="13-trace" exercise="13.hutchinson"
def hutchinson(velocity, x, t, probe):
    """probe^T J probe for each row, [N], by one backward pass. probe: [N, d]."""
    ### BEGIN SOLUTION
    x = x.detach().requires_grad_()
    (row,) = torch.autograd.grad(velocity(x, t), x, probe)  # probe^T J, [N, d]
    return (row * probe).sum(dim=1)
    ### END SOLUTION


# %% id="13-trace-check"
hutchinson = checks.use("13.hutchinson", hutchinson)

# %% [markdown] id="13-trace-after"
# Let the entries of $e$ be independent with mean 0 and variance 1. Then the mean of the
# estimate is the trace (Hutchinson 1989; Grathwohl et al. 2019). If they are $\pm 1$ and
# $J$ is symmetric, the variance is known too:
#
# $$\mathbb E\bigl[e^\top J e\bigr] = \operatorname{tr} J, \qquad
# \operatorname{Var}\bigl[e^\top J e\bigr] = 2 \sum_{i \ne j} J_{ij}^2. \tag{13.23}$$
#
# The diagonal adds no variance. The cell compares the estimates with the exact trace, for
# your trained flow at one point of the latent space.

# %% id="13-trace-compare"
point = codes(torch.arange(1)).expand(200 if fast else 4_000, -1)
probe = likelihood.rademacher(point, generator)
guesses = hutchinson(network, point, 0.8, probe)
exact = likelihood.exact_divergence(network)(point[:1], 0.8)
error = float(guesses.std()) / len(guesses) ** 0.5
print(f"exact trace {float(exact):.3f}")
print(f"mean of the estimates {guesses.mean():.3f} ± {1.96 * error:.3f}")
print(f"deviation of a single estimate {guesses.std():.2f}")

# %% [markdown] id="13-prior-text"
# In our run the mean of the estimates lies 0.35 above the exact trace. That is more than
# the 95 % interval allows: about three standard errors. A right estimate is off by so much
# in about 3 of 1,000 runs. Run the cell again: it draws new probes, and gives another mean.
#
# ### The flow as a prior
#
# With 32 latents the exact trace is cheap. Then the flow is a prior for the VAE, and the
# ELBO of chapter 08 holds with it:
#
# $$\log p(x) \ge \mathbb E_{q(z \mid x)}\bigl[\log p(x \mid z) + \log p_\text{flow}(z)
# - \log q(z \mid x)\bigr]. \tag{13.24}$$
#
# Encoder and decoder stay as they are. So the ELBO changes by the mean of
# $\log p_\text{flow}(z) - \log N(z; 0, I)$. The cell computes this for test digits, which
# neither model has seen. Standardising adds $-\sum_i \log(\text{scale}_i)$.

# %% id="13-prior"
held = data.subset(data.load(digits.name, "test"), 20 if fast else 500, seed=7)
held_mean, held_log_variance = model.encode(data.to_float(held.images))
z = vae.losses.reparameterise(held_mean, held_log_variance, generator=generator)
under_flow = flow.log_density(network, (z - centre) / scale, 4 if fast else 16)
under_flow = under_flow - scale.log().sum()
under_prior = Normal(0.0, 1.0).log_prob(z).sum(1)
gain = under_flow - under_prior
error = float(gain.std()) / len(gain) ** 0.5
print(f"the ELBO changes by {gain.mean():.2f} ± {1.96 * error:.2f} nats")

# %% [markdown] id="13-prior-after"
# In our run the ELBO rose by 35 nats. A positive number says that the flow describes
# the codes of new digits better than $N(0, I)$ does. Then the model with the flow as
# its prior has the higher ELBO. This ELBO bounds $\log p(x)$ of the new model. The
# interval is that of the mean over test digits. It does not contain the choice of the
# seed. Note what was not needed: the decoder was never evaluated.
#
# The gain depends on the VAE. This one has a normal likelihood with a learned
# deviation. For a deep VAE of chapter 08 with black and white pixels, the study
# `flow-prior` found a gain of {{study flow-prior vae gain}} nats, on {{study flow-prior vae seeds}} seeds.
#
# How near can a flow come to the true density? For the ring of chapter 04 it is known.
# The study `flow-ring` trains a small flow on it, on {{study flow-ring random seeds}} seeds. The mean log-density
# of new points is {{study flow-ring random gap}} nats below that of the true density. All 8 modes are drawn,
# and {{study flow-ring random high_quality}} of the samples are of high quality, that is, within 3 deviations of a mode.
# For exact samples the share would be 98.9 %. So the flow finds every mode, but it
# draws too many points far from all of them.

# %% [markdown] id="13-few-text"
# ## 11 · Fewer steps
#
# Sampling costs as many evaluations of the network as the solver asks for. The cell
# measures what your latent flow loses with fewer of them.

# %% id="13-few"
plan = {
    1: (1, "euler"),
    2: (2, "euler"),
    4: (2, "heun"),
    8: (4, "heun"),
    16: (8, "heun"),
}
by_cost = {}
for cost, (steps, method) in plan.items():
    by_cost[cost] = judged(drawn(network, n, steps, method))["FID"]
    print(f"{cost:2} evaluations ({steps} steps of {method}): FID {by_cost[cost]:.2f}")

# %% [markdown] id="13-couple-text"
# A straight path needs a single step of Euler. The paths bend because random pairs cross.
# Two remedies follow.
#
# ### Pair better
#
# Within a batch, choose the pairs with the smallest total squared distance (**optimal
# transport**, 最优传输; Tong et al. 2024):
#
# $$\pi^* = \arg\min_\pi \sum_i \bigl\lVert x_0^{(\pi(i))} - x_1^{(i)} \bigr\rVert^2,
# \tag{13.25}$$
#
# where $\pi$ is a reordering. On a line this pairs by rank. Over all noise and data at
# once, paths then do not cross, and one step of Euler is exact. Pairs within a batch
# only approximate this. One point needs care: if the model is told the label, the
# pairing must stay within a class.
#
# {{exercise 13.couple}}
#
# Solve (13.25) within each class. Row $i$ of the result is the noise for row $i$ of the
# data.


# %% id="13-couple" exercise="13.couple"
def couple(x0, x1, labels):
    """x0 in another order: the smallest total squared distance within each class."""
    ### BEGIN SOLUTION
    paired = x0.clone()
    for label in labels.unique():
        rows = (labels == label).nonzero()[:, 0]
        cost = torch.cdist(x1[rows].flatten(1), x0[rows].flatten(1)) ** 2
        matched, partners = linear_sum_assignment(cost.numpy())
        paired[rows[matched]] = x0[rows[partners]]
    return paired
    ### END SOLUTION


# %% id="13-couple-check"
couple = checks.use("13.couple", couple)

# %% [markdown] id="13-couple-measure-text"
# The cell pairs noise with two classes at $-1$ and $1$ in both ways. It prints the mean
# of the noise that the class at 1 is trained on. At sampling time this class starts from
# noise of mean 0.

# %% id="13-couple-measure"
x0 = torch.randn(512, 1, generator=generator)
labels_two = torch.arange(512) % 2
x1 = 2.0 * labels_two[:, None] - 1 + 0.3 * torch.randn(512, 1, generator=generator)
across = couple(x0, x1, torch.zeros_like(labels_two))
within = couple(x0, x1, labels_two)
for name, paired in (("random", x0), ("across", across), ("within", within)):
    distance = float((paired - x1).square().mean())
    shift = float(paired[labels_two == 1].mean())
    print(
        f"{name:7} mean squared distance {distance:.2f}, noise of class 1: {shift:+.2f}"
    )

# %% [markdown] id="13-couple-after"
# Pairing across classes gives the class at 1 noise with a mean of about 0.8. The
# conditional model hardly sees the other half of the noise with this label. But half of
# its samples start there. A model without labels does not have this problem.
#
# ### Learn the average velocity
#
# The second remedy changes what is learned. The **average velocity** (平均速度) from time $t$
# to $r$ (Geng et al. 2025) is
#
# $$U(x_t, t, r) = \frac{1}{r - t} \int_t^r u_\tau(x_\tau)\, d\tau
# = \frac{x_r - x_t}{r - t}. \tag{13.26}$$
#
# One step with it, $x_1 = x_0 + U(x_0, 0, 1)$, is exact. For the mixture $U$ is known
# from (13.8). The cell compares one to four steps with $u$ and with $U$.

# %% id="13-average"
print("steps   median error with u   with U")
for count in (1, 2, 4):
    euler = flow.solve(law.velocity, starts, count, "euler")
    jumps = average.few_steps(
        lambda x, t, r: average.average_velocity(law, x, t, r), starts, count
    )
    off = [float((end - ends).abs().median()) for end in (euler, jumps)]
    print(f"{count:5}{off[0]:22.3f}{off[1]:9.0e}")

# %% [markdown] id="13-average-ex-text"
# {{exercise 13.average_target}}
#
# A network for $U$ cannot be trained on (13.26) directly: that would need solved paths.
# Derive an identity that holds at each point of a path. Differentiate $(r - t)\, U$ with
# respect to $t$ along the path.


# %% id="13-average-target" exercise="13.average_target"
def average_target(average, velocity, x, t, r):
    """What average(x, t, r) has to equal, [N, d]: x [N, d]; t and r [N]."""
    ### BEGIN SOLUTION
    u = velocity(x, t)
    # dU/dt along the path, on which dx/dt = u and dr/dt = 0
    tangents = (u, torch.ones_like(t), torch.zeros_like(r))
    _, slope = torch.autograd.functional.jvp(average, (x, t, r), tangents)
    return u + (r - t)[:, None] * slope
    ### END SOLUTION


# %% id="13-average-target-check"
average_target = checks.use("13.average_target", average_target)

# %% [markdown] id="13-average-target-after"
# <details><summary>The formula, after you have derived it</summary>
#
# With $r$ fixed, the left side of $(r - t)\, U = x_r - x_t$ has the derivative
# $-U + (r - t)\, dU/dt$ and the right side $-u$. So
#
# $$U(x, t, r) = u_t(x) + (r - t)\, \frac{dU}{dt}, \qquad
# \frac{dU}{dt} = \frac{\partial U}{\partial x}\, u_t(x) + \frac{\partial U}{\partial t}.
# \tag{13.27}$$
#
# </details>
#
# A simpler way needs a trained flow, the teacher. Solve it for many noise points, and
# train a student on the pairs of start and end (*distillation*; Liu et al. 2023). The
# student learns $U(x, 0, 1)$ by plain regression.

# %% id="13-student"
training.seed_everything(13)
with torch.no_grad():
    noise = torch.randn(500 if fast else 40_000, 32)
    goal = flow.solve(network, noise, 4)
student = velocity_network(32, 256)
adam = torch.optim.Adam(student.parameters(), lr=2e-3)
steps = 20 if fast else 2_500
for step in range(steps):
    adam.param_groups[0]["lr"] = 2e-3 * (1 - step / steps)
    rows = torch.randint(len(noise), (512,))
    adam.zero_grad()
    jump = noise[rows] + student(noise[rows], 0.0)
    (jump - goal[rows]).square().mean().backward()
    adam.step()
once = judged(drawn(student, n, 1, "euler"))["FID"]
print(f"one evaluation: student FID {once:.2f}, flow with Euler FID {by_cost[1]:.2f}")

# %% [markdown] id="13-student-after"
# With a single step of Euler the flow goes along its velocity at $t = 0$. There $x_t$
# is pure noise and tells nothing about $x_1$, so $u_0(x) = \mathbb E[x_1] - x$. Every
# point then lands on the mean of the data, up to the error of the network. The student
# evaluates the average velocity instead. In our run its FID was 1.56 with one
# evaluation. The flow needed four for the same, and had 23 with one. The pairs for the
# student were made with 8 evaluations.
#
# The study of section 8 counted evaluations as well, from 2 on by Heun's method. The
# entries are FIDs, medians over the same seeds.
#
# | training | 1 | 2 | 4 | 8 | 32 | student, 1 |
# |---|---|---|---|---|---|---|
# | random pairs | {{study flow-digits short-random nfe_1}} | {{study flow-digits short-random nfe_2}} | {{study flow-digits short-random nfe_4}} | {{study flow-digits short-random nfe_8}} | {{study flow-digits short-random nfe_32}} | {{study flow-digits short-random one_step}} |
# | paired, smaller batches | {{study flow-digits short nfe_1}} | {{study flow-digits short nfe_2}} | {{study flow-digits short nfe_4}} | {{study flow-digits short nfe_8}} | {{study flow-digits short nfe_32}} | {{study flow-digits short one_step}} |
# | convolutional, longer | {{study flow-digits convolutional nfe_1}} | {{study flow-digits convolutional nfe_2}} | {{study flow-digits convolutional nfe_4}} | {{study flow-digits convolutional nfe_8}} | {{study flow-digits convolutional nfe_32}} | {{study flow-digits convolutional one_step}} |
#
# With one evaluation the flow from paired noise is far better than those from random
# pairs, as straighter paths would make it. The student of each flow, with one
# evaluation, comes between 4 and 8 evaluations of its teacher in these runs.

# %% [markdown] id="13-claim-text"
# ## 12 · A claim to check
#
# Section 6 left a puzzle. The best velocity copies the training set, but trained flows
# draw new digits. One explanation is that the targets $x_1 - x_0$ are noisy, so the
# network cannot learn the exact velocity of the training set. Bertrand et al. (2025) say
# that this is not the reason. There is a direct test. On a finite set the exact velocity
# (13.17) is known, so a network can be trained on it, without any noise in the target. If
# noisy targets prevent copies, this network should copy more.
#
# The cell trains two equal networks on 500 latents, one on each kind of target. For each
# sample it computes the distance to the nearest of these 500, and compares with the
# distance of new test digits. A sample within 1 of a training point counts as a copy.
# **Predict.** Does the network with exact targets copy more, by 5 % of its samples or
# above, or does it copy as much as the other?

# %% id="13-claim-predict"
checks.predict("13.exact-targets", ..., options=("copies more", "copies as much"))

# %% id="13-claim-train"
training.seed_everything(13)
few = codes(torch.arange(min(500, len(mean))))
exact_field = flow.FiniteData(few)
steps, tested = 10 if fast else 2_000, {}
for name in ("sampled targets", "exact targets"):
    training.seed_everything(13)
    net = velocity_network(32, 256)
    adam = torch.optim.Adam(net.parameters(), lr=2e-3)
    for step in range(steps):
        adam.param_groups[0]["lr"] = 2e-3 * (1 - step / steps)
        x1 = few[torch.randint(len(few), (512,))]
        x, target = interpolate(torch.randn_like(x1), x1, t := torch.rand(512))
        if name == "exact targets":
            target = exact_field.velocity(x, t)
        adam.zero_grad()
        (net(x, t) - target).square().mean().backward()
        adam.step()
    tested[name] = net

# %% id="13-claim"
fresh = (z - centre) / scale
usual = torch.cdist(fresh, few).min(1).values.median()
print(f"median distance of new digits to the nearest of the 500: {usual:.2f}")
for name, net in tested.items():
    with torch.no_grad():
        x0 = torch.randn(n, 32, generator=torch.Generator().manual_seed(0))
        ended = flow.solve(net, x0, 16)
    far = torch.cdist(ended, few).min(1).values
    print(
        f"{name}: median {far.median():.2f}, below 1: {(far < 1).double().mean():.1%}"
    )
    tested[name] = float((far < 1).double().mean())
more = tested["exact targets"] > tested["sampled targets"] + 0.05
checks.measured("13.exact-targets", "copies more" if more else "copies as much")

# %% [markdown] id="13-claim-after"
# Both networks have the same number of weights, see the same points, and take the same
# number of steps. Only the noise of the target differs. In our run the median distances
# are 3.09 with sampled targets and 3.02 with exact ones, and 3.15 for new digits. None
# of the samples lies within 1 of a training point. So neither network copies here. If
# noise in the targets were what prevents copies, the exact targets should give much
# smaller distances. Bertrand et al. (2025) report comparable quality with both targets
# on images. This is one seed and one size of network. Give both networks four times the
# width and the steps, and see whether your answer stays.

# %% id="13-predictions"
checks.predictions("13")

# %% [markdown] id="13-recap"
# ## Recap
#
# - A flow is trained by regression on straight lines between noise and data. It learns
#   the mean velocity at each place and time. Points that follow this velocity have the
#   right density at every time.
# - The loss does not fall to 0. On the mixture of this chapter its minimum is 2.3.
# - Twice the steps divided the error by about 2 for Euler, 4 for Heun and midpoint, and
#   16 for RK4. Count evaluations, not steps.
# - Velocity, score, noise and denoised data are one thing in four forms. DDPM's chain is
#   the same path in another scale, and DDIM's step on the straight path is Euler's step.
# - The velocity with the smallest loss on 10,000 digits drew copies: 64 of 64.
# - Guidance does not sample the powered law. For two normals and guidance 3 it left a
#   variance of 0.25, where that law has 0.5. For two classes it moved the mean.
# - After a short training the flow over a VAE's codes did not beat a mixture of
#   normals: FID {{study flow-digits short fid}} and {{study flow-digits short mixture}}, in a study with {{study flow-digits short seeds}} seeds. After a longer one
#   over a better VAE they were close: {{study flow-digits convolutional fid}} and {{study flow-digits convolutional mixture}}, in {{study flow-digits convolutional seeds}} runs.
# - A flow gives $\log p(x)$ by the divergence along its path. In 32 dimensions the exact
#   trace is cheap, and the flow can serve as the prior of a VAE.
# - One step is exact with the average velocity. Pairing noise and data across classes
#   gives each class shifted noise.
#
# **Terms**: path 路径 · conditional flow matching 条件流匹配 · marginal velocity 边际速度 ·
# continuity equation 连续性方程 · solver 求解器 · number of function evaluations 函数求值次数 ·
# diffusion model 扩散模型 · stochastic differential equation 随机微分方程 · denoised point 去噪 ·
# latent flow matching 潜在流匹配 · classifier-free guidance 无分类器引导 · optimal transport 最优传输 ·
# average velocity 平均速度.
#
# **Next** chapter 14 asks what the data decide.
#
# ## References
#
# - Y. Lipman, R. T. Q. Chen, H. Ben-Hamu, M. Nickel, M. Le. Flow Matching for Generative
#   Modeling. ICLR 2023. The loss (13.2) and its equality (13.7).
# - X. Liu, C. Gong, Q. Liu. Flow Straight and Fast: Learning to Generate and Transfer
#   Data with Rectified Flow. ICLR 2023. The straight path, and one step by distillation.
# - M. S. Albergo, E. Vanden-Eijnden. Building Normalizing Flows with Stochastic
#   Interpolants. ICLR 2023. A closely related method, found independently.
# - J. Ho, A. Jain, P. Abbeel. Denoising Diffusion Probabilistic Models. NeurIPS 2020. The
#   chain (13.13), and (13.16) with η = 1.
# - J. Song, C. Meng, S. Ermon. Denoising Diffusion Implicit Models. ICLR 2021. η = 0.
# - Y. Song, J. Sohl-Dickstein, D. P. Kingma, A. Kumar, S. Ermon, B. Poole. Score-Based
#   Generative Modeling through Stochastic Differential Equations. ICLR 2021. (13.15).
# - H. Robbins. An Empirical Bayes Approach to Statistics. Third Berkeley Symposium, 1956,
#   and B. Efron. Tweedie's Formula and Selection Bias. JASA, 2011. (13.12).
# - Q. Bertrand, A. Gagneux, M. Massias, R. Emonet. On the Closed-Form of Flow Matching:
#   Generalization Does Not Arise from Target Stochasticity. arXiv:2506.03719, 2025.
#   (13.17), and the claim of section 12.
# - T. Li, K. He. Back to Basics: Let Denoising Generative Models Denoise.
#   arXiv:2511.13720, 2025. What a narrow network should predict.
# - R. Rombach, A. Blattmann, D. Lorenz, P. Esser, B. Ommer. High-Resolution Image
#   Synthesis with Latent Diffusion Models. CVPR 2022. Diffusion over the codes of an
#   autoencoder.
# - J. Ho, T. Salimans. Classifier-Free Diffusion Guidance. arXiv:2207.12598, 2022.
#   (13.19).
# - A. Bradley, P. Nakkiran. Classifier-Free Guidance Is a Predictor-Corrector.
#   arXiv:2408.09000, 2024. Guidance does not sample the powered law.
# - R. T. Q. Chen, Y. Rubanova, J. Bettencourt, D. Duvenaud. Neural Ordinary Differential
#   Equations. NeurIPS 2018. (13.22).
# - M. F. Hutchinson. A Stochastic Estimator of the Trace of the Influence Matrix for
#   Laplacian Smoothing Splines. Communications in Statistics, 1989. (13.23).
# - W. Grathwohl, R. T. Q. Chen, J. Bettencourt, I. Sutskever, D. Duvenaud. FFJORD. ICLR
#   2019. The estimate in a flow.
# - A. Tong, K. Fatras, N. Malkin, G. Huguet, Y. Zhang, J. Rector-Brooks, G. Wolf,
#   Y. Bengio. Improving and Generalizing Flow-Based Generative Models with
#   Minibatch Optimal Transport. TMLR 2024. (13.25).
# - Z. Geng, M. Deng, X. Bai, J. Z. Kolter, K. He. Mean Flows for One-Step Generative
#   Modeling. arXiv:2505.13447, 2025. (13.26) and (13.27).
