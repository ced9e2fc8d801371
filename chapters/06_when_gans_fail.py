# %% [markdown] id="06-title"
# # 06 · When GANs fail, and what helps
#
# Every GAN of the chapters before was one that works. Most do not, at first. Here you
# meet nine that fail, by their symptoms alone, and repair them. Then come the remedies,
# one after the other: what each changes, why that should help, and what it did, seed by
# seed.
#
# **You will be able to**
# - say from curves, samples and beliefs what goes wrong, and what they cannot tell you;
# - name nine ways to fail, the formula behind each, and a repair that was measured;
# - derive what a penalty, a norm, a pack or a little noise does to the game;
# - state how often a recipe fails, with an interval, and read such statements by others.
#
# **Time** about four hours with the seventeen exercises; the gallery alone takes one and
# a half. **Before this** chapters 04 and 05; section 9 of chapter 03 for the Dirac-GAN.
#
# {{run card}}

# %% id="06-imports"
import cmath
import math

import numpy as np
import torch
from torch import nn

from aigc_course import checks, data, gallery, gan, metrics, plots
from aigc_course import studies, theory, training

training.seed_everything(6)

# %% [markdown] id="06-signs-text"
# ## 1 · What a training shows of itself
#
# There are four things to look at: the losses, D's beliefs, the samples, and the words of
# the health monitor. Begin with the most quoted and least understood of them, D's loss.
#
# Chapter 03 found that no $D$ gets below $2 \log 2 - 2\,\mathrm{JS}(p, q)$. Turn that
# round: whatever $D$ you have, its loss on fresh samples is a **lower bound** on how far
# $G$ is from the data,
#
# $$\mathrm{JS}(p, q) \;\ge\; \log 2 - \tfrac12 L_D. \tag{6.1}$$
#
# So a small $L_D$ is news: the samples can be told apart. A large one is no news at all.
# It may be that $G$ is good; it may be that $D$ has not looked. Chapter 04 ended on such
# a run.
#
# And suppose $D$ is perfect. How loudly does a lost mode speak? Let $G$ serve $k$ of $K$
# equal modes evenly, the share $r = k/K$. Then, for modes that do not overlap,
#
# $$\mathrm{KL}(q \,\Vert\, p) = -\log r, \qquad \mathrm{JS}(p, q) = \log 2 + \tfrac12 \bigl[r \log r - (1 + r) \log(1 + r)\bigr]. \tag{6.2}$$
#
# Expect D's best loss for the ring with all eight modes, with seven, with six, and so on.
# By how much does it fall when the first mode is lost?

# %% id="06-signs-modes"
kept = np.arange(1, 9)
r = kept / 8
js = math.log(2) + (r * np.log(r) - (1 + r) * np.log(1 + r)) / 2
best_loss = 2 * math.log(2) - 2 * js
print("modes kept:      ", *(f"{k:>6}" for k in kept[::-1]))
print("L_D of a perfect D", *(f"{value:>6.3f}" for value in best_loss[::-1]))

# %% [markdown] id="06-signs-after"
# From 1.386 to 1.295, and that for a $D$ that knows everything. On a curve whose noise is
# larger than that, one mode of eight dies in silence.
#
# The monitor of `training.fit` has another sign for collapse: it compares how much
# samples differ from one another with how much the data do (their root mean square
# distance from the mean, per number). That finds a $G$ with one mode. Does it find one
# with two? Let $G$ serve $k \ge 2$ modes of width $\sigma$, evenly spaced on a circle of
# radius $R$. Their mean is the centre of the circle, and every mode is at the distance
# $R$ from it:
#
# $$\text{spread}^2 = \tfrac12\, \mathbb E\,\lVert x - \mathbb E x \rVert^2 = \tfrac12 R^2 + \sigma^2 \qquad \text{for every } k \ge 2. \tag{6.3}$$
#
# The number of modes has dropped out. Two opposite modes spread as far as all eight.
# Expect a small number, and then three equal ones.

# %% id="06-signs-spread"
ring, modes = data.toy("ring", 4000), data.toy_modes("ring")
for k in (1, 2, 4, 8):
    kept = modes[:: 8 // k]  # evenly spaced
    points = kept[torch.randint(k, (4000,))] + 0.01 * torch.randn(4000, 2)
    print(f"{k} modes: spread {(points - points.mean(0)).square().mean().sqrt():.4f}")

# %% [markdown] id="06-signs-summary"
# A monitor is a smoke detector: when it speaks, look; when it is silent, look as well.
#
# | sign | tells you | does not tell you |
# | --- | --- | --- |
# | $L_D$ small | samples can be told apart, by (6.1) | which ones, or how to mend it |
# | $L_D$ near $2 \log 2$ | this $D$ cannot tell | whether another $D$ could |
# | $L_G$ rises | $D$ has learnt something | whether the samples are worse |
# | beliefs at 1 and 0, without noise | $D$ has won; $G$ hears little | why |
# | beliefs or losses swing, in turn | the players chase each other | whether an average of $G$ is good |
# | samples alike | collapse to one place | anything about a collapse to a few |
# | NaN | a logarithm met 0, or a rate was too high | nothing more: stop |
#
# {{exercise 06.diagnose}}
#
# Write such a monitor: four answers, in a fixed order. `rows` is a training's history as
# you know it from `training.fit`, `spread` the samples' spread as a share of the data's.


# %% id="06-ex-diagnose" exercise="06.diagnose"
def diagnose(rows, spread):
    """ "not finite", "D has won", "collapse" or "nothing seen", asked in this order.

    not finite: any value of any row. D has won: D(x) above 0.98 and D(G(z)) below 0.02,
    both averaged over the last ten rows. collapse: spread below 0.1.
    """
    ### BEGIN SOLUTION
    if not all(math.isfinite(value) for row in rows for value in row.values()):
        return "not finite"
    recent = rows[-10:]
    real = sum(row["D(x)"] for row in recent) / len(recent)
    fake = sum(row["D(G(z))"] for row in recent) / len(recent)
    if real > 0.98 and fake < 0.02:
        return "D has won"
    return "collapse" if spread < 0.1 else "nothing seen"
    ### END SOLUTION


# %% id="06-use-diagnose"
diagnose = checks.use("06.diagnose", diagnose)

# %% [markdown] id="06-gallery-text"
# ## 2 · The gallery
#
# Nine trainings, A to I. Each is a recipe with one thing wrong, or one thing missing;
# each fails with every seed that was tried. You see the symptoms. You do not see the
# name: the checker says it once you have found it.
#
# For each case:
# 1. read the sheet (what was set, and what may be) and the figure;
# 2. choose a diagnosis from the list below;
# 3. write the repair: the settings, with as little changed as possible;
# 4. run the check. It *trains* with your settings and measures the outcome. There is more
#    than one good repair for most cases, and any that works will do.


# %% id="06-gallery-setup"
def visit(letter):
    """Show a case: its settings, its symptoms, and what `diagnose` makes of them."""
    print(gallery.sheet(letter))
    plots.show(gallery.symptoms(letter), gallery.describe(letter))
    trial = gallery.CASES[letter].run()  # trained once: the figure has done it
    samples = trial.snapshots[-1][1]
    spread = (samples - samples.mean(0)).square().mean().sqrt()
    real = (trial.real - trial.real.mean(0)).square().mean().sqrt()
    print("Your monitor says:", diagnose(trial.rows, float(spread / real)))


def revisit(letter, repair):
    """Show a case after a repair."""
    settings = repair(dict(gallery.CASES[letter].settings))[1]
    words = gallery.describe(letter, settings=settings)
    plots.show(gallery.symptoms(letter, settings=settings), words)


# %% id="06-gallery-diagnoses"
print(*gallery.DIAGNOSES, sep="\n")

# %% [markdown] id="06-case-a-text"
# ### Case A
#
# Points in the plane. Look at the pictures before the curves: what is there, and what is
# not? Then ask yourself which of the curves could have told you.

# %% id="06-case-a"
visit("A")

# %% [markdown] id="06-case-a-ask"
# {{exercise 06.repair_a}}


# %% id="06-ex-repair-a" exercise="06.repair_a"
def repair_a(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case A."""
    ### BEGIN SOLUTION
    return "mode collapse", {**settings, "lr_d": settings["lr_g"]}
    ### END SOLUTION


# %% id="06-use-repair-a"
repair_a = checks.use("06.repair_a", repair_a)

# %% id="06-case-a-after"
revisit("A", repair_a)

# %% [markdown] id="06-case-b-text"
# ### Case B
#
# Digits, or what should be digits. Read the beliefs first, then both losses. Who learns
# here, and who hears nothing? One of the settings says how the players are paid.

# %% id="06-case-b"
visit("B")

# %% [markdown] id="06-case-b-ask"
# {{exercise 06.repair_b}}


# %% id="06-ex-repair-b" exercise="06.repair_b"
def repair_b(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case B."""
    ### BEGIN SOLUTION
    diagnosis = "discriminator wins, gradient vanishes"
    return diagnosis, {**settings, "loss": "non-saturating"}
    ### END SOLUTION


# %% id="06-use-repair-b"
repair_b = checks.use("06.repair_b", repair_b)

# %% id="06-case-b-after"
revisit("B", repair_b)

# %% [markdown] id="06-case-c-text"
# ### Case C
#
# Points, and one mode only, so none can be lost. Any of the pictures alone would look
# almost right. Compare them with one another.

# %% id="06-case-c"
visit("C")

# %% [markdown] id="06-case-c-ask"
# {{exercise 06.repair_c}}


# %% id="06-ex-repair-c" exercise="06.repair_c"
def repair_c(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case C."""
    ### BEGIN SOLUTION
    return "oscillation", {**settings, "penalty": "r1"}
    ### END SOLUTION


# %% id="06-use-repair-c"
repair_c = checks.use("06.repair_c", repair_c)

# %% id="06-case-c-after"
revisit("C", repair_c)

# %% [markdown] id="06-case-d-text"
# ### Case D
#
# Digits from small networks, after few steps, so do not expect beauty. If the monitor
# says that D has won, ask what made its work so light: here that is the consequence, not
# the cause. Go close to the samples: how do neighbouring pixels get on with each other?

# %% id="06-case-d"
visit("D")

# %% [markdown] id="06-case-d-ask"
# {{exercise 06.repair_d}}


# %% id="06-ex-repair-d" exercise="06.repair_d"
def repair_d(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case D."""
    ### BEGIN SOLUTION
    return "checkerboard artefacts", {**settings, "stride": "2, 2", "kernel": 4}
    ### END SOLUTION


# %% id="06-use-repair-d"
repair_d = checks.use("06.repair_d", repair_d)

# %% id="06-case-d-after"
revisit("D", repair_d)

# %% [markdown] id="06-case-e-text"
# ### Case E
#
# Digits, or what should be digits. Both losses fall. With one and the same $D$ that
# cannot be, since G's loss is small where $D$ takes fakes for real. So compare the last
# two bars of D's beliefs: the same samples, once by themselves and once among real ones.

# %% id="06-case-e"
visit("E")

# %% [markdown] id="06-case-e-ask"
# {{exercise 06.repair_e}}


# %% id="06-ex-repair-e" exercise="06.repair_e"
def repair_e(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case E."""
    ### BEGIN SOLUTION
    return "statistics leak through batch norm", {**settings, "passes": "separate"}
    ### END SOLUTION


# %% id="06-use-repair-e"
repair_e = checks.use("06.repair_e", repair_e)

# %% id="06-case-e-after"
revisit("E", repair_e)

# %% [markdown] id="06-case-f-text"
# ### Case F
#
# Points. Read the scale of the losses, and look at how far the curves move between one
# row and the next.

# %% id="06-case-f"
visit("F")

# %% [markdown] id="06-case-f-ask"
# {{exercise 06.repair_f}}


# %% id="06-ex-repair-f" exercise="06.repair_f"
def repair_f(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case F."""
    ### BEGIN SOLUTION
    return "learning rate too high", {**settings, "lr_g": 1e-3, "lr_d": 1e-3}
    ### END SOLUTION


# %% id="06-use-repair-f"
repair_f = checks.use("06.repair_f", repair_f)

# %% id="06-case-f-after"
revisit("F", repair_f)

# %% [markdown] id="06-case-g-text"
# ### Case G
#
# Digits, briefly. A short history is a history too: look at its last rows, at the words
# of the monitor, and at what the sheet says about how the loss is written.

# %% id="06-case-g"
visit("G")

# %% [markdown] id="06-case-g-ask"
# {{exercise 06.repair_g}}


# %% id="06-ex-repair-g" exercise="06.repair_g"
def repair_g(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case G."""
    ### BEGIN SOLUTION
    return "logarithm of zero", {**settings, "logs": "of logits"}
    ### END SOLUTION


# %% id="06-use-repair-g"
repair_g = checks.use("06.repair_g", repair_g)

# %% id="06-case-g-after"
revisit("G", repair_g)

# %% [markdown] id="06-case-h-text"
# ### Case H
#
# Digits. Nothing seems wrong with the curves or the samples. The bars show what $D$ says
# of real images that it was trained on and of others that it has never seen.

# %% id="06-case-h"
visit("H")

# %% [markdown] id="06-case-h-ask"
# {{exercise 06.repair_h}}


# %% id="06-ex-repair-h" exercise="06.repair_h"
def repair_h(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case H."""
    ### BEGIN SOLUTION
    return "discriminator memorises few data", {**settings, "images": 1500}
    ### END SOLUTION


# %% id="06-use-repair-h"
repair_h = checks.use("06.repair_h", repair_h)

# %% id="06-case-h-after"
revisit("H", repair_h)

# %% [markdown] id="06-case-i-text"
# ### Case I
#
# Digits. Another pair of curves without complaint. Look at the samples beside real ones,
# and at the brightness of what should be empty.

# %% id="06-case-i"
visit("I")

# %% [markdown] id="06-case-i-ask"
# {{exercise 06.repair_i}}


# %% id="06-ex-repair-i" exercise="06.repair_i"
def repair_i(settings):
    """(diagnosis, settings): one of gallery.DIAGNOSES, and what cures case I."""
    ### BEGIN SOLUTION
    return "wrong data range", {**settings, "scaling": "-1 to 1"}
    ### END SOLUTION


# %% id="06-use-repair-i"
repair_i = checks.use("06.repair_i", repair_i)

# %% id="06-case-i-after"
revisit("I", repair_i)

# %% [markdown] id="06-gallery-record-text"
# Nine repairs, one seed each. Is every failure one of the recipe and not of the seed, and
# every cure a cure? Many seeds of each case and of its reference repair, counted by the
# rules that the checker used:

# %% id="06-gallery-record"
studies.record("gallery").table()

# %% [markdown] id="06-why-text"
# ## 3 · Why each of them happens
#
# Nine names, and behind each a short piece of arithmetic.
#
# **Mode collapse.** Equation (6.2) says what a lost mode costs. With one of eight
# missing, $\mathrm{KL}(q \Vert p)$ is $\log \frac87 \approx 0.13$, while the other
# direction, $\mathrm{KL}(p \Vert q)$, is infinite. A non-saturating $G$ against a good
# $D$ descends the cheap one (3.13). It takes a $D$ that notices *missing* samples to
# bring a mode back, and a $D$ that judges samples one by one notices only those that are
# there. Section 6 returns to this.
#
# **D wins.** By the chain rule G's gradient is a mean over fakes of three factors, and
#
# $$\lVert \nabla_\theta L_G \rVert \;\le\; \mathbb E_z\Bigl[\, \lvert g(a) \rvert\; \Bigl\lVert \frac{\partial x}{\partial \theta} \Bigr\rVert\; \lVert \nabla_x a(x) \rVert \Bigr], \qquad \lvert g \rvert = \begin{cases} D(x) & \text{minimax} \\ 1 - D(x) & \text{non-saturating.} \end{cases} \tag{6.4}$$
#
# With the minimax loss a $D$ that is sure of a fake silences it by the first factor. The
# other loss keeps the first factor near 1, and can still be silenced by the last one:
# where data and fakes do not touch, $D$ may be as certain as it likes on both, and level
# in between (Arjovsky & Bottou 2017).
#
# **Oscillation.** In the Dirac-GAN both players circle (3.41). Adam's $\beta_1$ adds
# momentum, an old direction that the game has left meanwhile. For a simultaneous step of
# size $h$ with momentum $\beta$ the deviations grow by the larger root of
#
# $$\lambda^2 - \bigl(1 + \beta + \tfrac{ih}{2}\bigr) \lambda + \beta = 0, \tag{6.5}$$
#
# which gives (3.42) for $\beta = 0$. Expect the factor per step to grow with $\beta$, and
# to be smallest for a *negative* one (Gidel et al. 2019).

# %% id="06-why-momentum"
h = 0.1
for beta in (-0.5, 0.0, 0.5, 0.9):
    b = 1 + beta + 0.5j * h
    root = cmath.sqrt(b * b - 4 * beta)
    print(f"beta {beta:>4}: {max(abs(b + root), abs(b - root)) / 2:.5f} a step")

# %% [markdown] id="06-why-checker-text"
# **Checkerboard.** A transposed convolution with kernel $k$ and stride $s$ writes the
# output $j$ as often as there are inputs whose stamp reaches it (5.2):
#
# $$n_j = \#\{\, i : 0 \le j - s\,i < k \,\}. \tag{6.6}$$
#
# In the middle of a long row this is $k/s$ for every $j$ when $s$ divides $k$, and
# otherwise it alternates. In a picture the numbers of both axes are multiplied, and the
# pattern is that of a chess board (Odena et al. 2016). Weights can learn to undo it, and
# seldom do so entirely. A kernel shorter than its stride does worse: some pixels are
# written by nothing, and no weight can mend that. Expect one even row, two that
# alternate, and one with gaps.

# %% id="06-why-checker"
for k, s in ((4, 2), (3, 2), (5, 2), (2, 4)):
    writes = [sum(0 <= j - s * i < k for i in range(20)) for j in range(8, 20)]
    print(f"kernel {k}, stride {s}:", *writes)

# %% [markdown] id="06-why-norm-text"
# **Batch norm.** When real and generated samples pass through $D$ as one batch, half and
# half, a channel with means $\mu_r, \mu_f$ and variances $\sigma_r^2, \sigma_f^2$ is
# normalised by
#
# $$\mu_B = \tfrac12 (\mu_r + \mu_f), \qquad \sigma_B^2 = \tfrac12 (\sigma_r^2 + \sigma_f^2) + \tfrac14 (\mu_r - \mu_f)^2. \tag{6.7}$$
#
# Each half is now measured against the other. Real values come out on one side of 0 and
# generated ones on the other, and $D$ has little left to learn. But in G's turn the fakes
# pass alone. Their own mean is subtracted, and the sign that $D$ relies on is gone: $G$
# is taught by a function that $D$ was never trained to be. The cure is to let real and
# generated samples pass separately, always.
#
# **Too high a rate.** Near a minimum of curvature $c$ plain descent multiplies the
# distance by
#
# $$w - \eta\, c\, w = (1 - \eta c)\, w, \qquad \lvert 1 - \eta c \rvert < 1 \iff \eta < \frac{2}{c}. \tag{6.8}$$
#
# Adam divides by the size of the gradient, so it does not explode where descent would. It
# jumps about by some $\eta$ a weight instead, for ever. That is why a rate that is too
# high shows as noise that does not settle, and why letting it fall to 0 (chapter 05)
# cures much.
#
# **NaN.** The slope of $\log \sigma(a)$, taken by autograd in two pieces, is
# $\frac{1}{\sigma(a)} \cdot \sigma(a)(1 - \sigma(a))$. In 32 bits the first is infinite
# and the second 0 as soon as $a < -104$. Section 3 of chapter 03 is about nothing else.
#
# **D knows its data by heart.** With few images $D$ need not learn what a digit is. Hold
# some real images back, ask $D$ about them, and see on which side they fall (Karras et
# al. 2020):
#
# $$r_v = \frac{\mathbb E_{\text{train}}[D] - \mathbb E_{\text{held back}}[D]}{\mathbb E_{\text{train}}[D] - \mathbb E_{\text{fake}}[D]}. \tag{6.9}$$
#
# At 0 $D$ treats new real images as real. At 1 it takes them for generated: what it has
# learnt is a list.
#
# **Wrong range.** $G$ ends in $\tanh$ and draws from $[-1, 1]$. If the data come in
# $[0, 1]$, every negative pixel is a confession at first, and soon $G$ leaves half of its
# range unused. The game may then go on as if nothing were wrong; only the pictures, read
# in the range that everybody else uses, are grey where they should be black. With data in
# $[0, 255]$ there is no such way out: $G$ cannot reach them, and $D$ wins.
#
# One table to keep. The last column is what the gallery's reference repair does.
#
# | failure | first sign | look next at | what helps |
# | --- | --- | --- | --- |
# | mode collapse | few kinds of samples | counts, never the losses | a $D$ that keeps up; packs; penalties |
# | D wins | beliefs at 1 and 0 | G's loss: which game? | non-saturating loss; noise; penalties; a slower $D$ |
# | oscillation | samples wander, the curves may be calm | samples some steps apart | smaller $\beta_1$; R1; an average of $G$ |
# | checkerboard | a fine grid in flat areas | kernel and stride | stride divides kernel; resize, then convolve |
# | leaking statistics | *both* losses fall | how batches pass through $D$ | separate passes; no batch norm in $D$ |
# | too high a rate | noise that does not settle | the same at a tenth | lower, warm up, let it fall |
# | NaN | NaN | where a logarithm is taken | logits |
# | few data | $D$ sure of train, unsure of held back | (6.9) | augment what $D$ sees; more data; dropout |
# | wrong range | grey background, or $D$ wins at once | minimum and maximum of both | one range for both |

# %% [markdown] id="06-rate-text"
# ## 4 · How often does it fail?
#
# A run of a GAN is one throw of the dice. What a recipe does is a distribution over
# seeds, and part of it is a rate: the share $f$ of seeds that fail, by a rule that was
# fixed before. Suppose ten seeds went well. What does that say about $f$? The chance to
# see no failure in $n$ seeds is
#
# $$P(\text{0 of } n) = (1 - f)^n, \qquad (1 - f)^n \ge 0.05 \iff f \le 1 - 0.05^{1/n} \approx \frac{3}{n}. \tag{6.10}$$
#
# So ten good seeds leave room for a recipe that fails one time in four. For any count,
# **Wilson's interval** (1927) holds the rates from which the observed share $\hat f$ is
# at most $z$ standard deviations away, with $z = 1.96$ for 95 %:
#
# $$\lvert \hat f - f \rvert \le z \sqrt{\frac{f (1 - f)}{n}} \iff f \in \frac{1}{1 + z^2/n} \Bigl[\hat f + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat f (1 - \hat f)}{n} + \frac{z^2}{4 n^2}}\,\Bigr]. \tag{6.11}$$
#
# {{exercise 06.wilson}}
#
# Write both ends. The one that everybody remembers,
# $\hat f \pm z \sqrt{\hat f(1 - \hat f)/n}$, has the width 0 where nothing failed; yours
# must not.


# %% id="06-ex-wilson" exercise="06.wilson"
def wilson(failed, n, z=1.96):
    """(low, high): the failure rates that fit `failed` failures of n."""
    ### BEGIN SOLUTION
    share = failed / n
    middle = share + z**2 / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    whole = 1 + z**2 / n
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)
    ### END SOLUTION


# %% id="06-use-wilson"
wilson = checks.use("06.wilson", wilson)

# %% [markdown] id="06-rate-look-text"
# What ten seeds can tell apart, and what they cannot. Expect the first two intervals to
# overlap widely: 0 of 10 and 2 of 10 is no difference that ten seeds could show.

# %% id="06-rate-look"
for failed in (0, 2, 5, 8, 10):
    low, high = wilson(failed, 10)
    print(f"{failed:>2} of 10 failed: between {low:.0%} and {high:.0%} of all seeds")

# %% [markdown] id="06-studies-text"
# Everything below is measured over seeds, and each row says over how many: with few of
# them, read the interval and not the count. `aigc study ring-8` in a terminal makes the
# record that is read here: each remedy on the same networks, batches and steps, each seed
# in a process of its own, failures counted and crashed runs included.
# `aigc study --list` names the others. They take hours on a laptop, so their records come
# with the course; one method takes minutes (`--only plain`). The recommended recipe alone
# brings networks and a number of steps of its own; `plain-tanh` is these networks in the
# plain recipe, so that what they bring can be told from what the training brings.
#
# The protocol is PacGAN's (chapter 04): 2,500 samples; a mode counts as covered when a
# sample lies within $3\sigma$ of it; high quality is the share of samples that do.

# %% id="06-studies-load"
ring8 = studies.record("ring-8")


def effect(*methods):
    """The rows of the plain GAN and of these methods in the study of the ring."""
    return ring8.table(methods=["plain", *methods])


effect()

# %% [markdown] id="06-remedies-text"
# ## 5 · A flatter discriminator
#
# The remedies come in families, and the package has each of them as one change to a
# recipe.

# %% id="06-remedies-list"
for remedy in gan.STABILISERS.values():
    print(f"{remedy.name:<18}{remedy.sentence} ({remedy.source})")

# %% [markdown] id="06-flat-text"
# ### Penalties that pull to zero: R1 and R2
#
# A generated point follows D's slope. If the slope is steep, the point overshoots, $D$
# turns round, and the chase begins. **R1** asks $D$ to be flat on real samples, **R2** on
# generated ones (Mescheder et al. 2018):
#
# $$R_1 = \frac\gamma2\, \mathbb E_{x \sim p}\bigl[\lVert \nabla_x a(x) \rVert^2\bigr], \qquad R_2 = \frac\gamma2\, \mathbb E_{x \sim q}\bigl[\lVert \nabla_x a(x) \rVert^2\bigr]. \tag{6.12}$$
#
# Why zero, and not some other slope? Because a game that has ended has nothing left to
# say: with $q = p$ the best $D$ is flat. A penalty with its minimum anywhere else pushes
# $D$ away from where it should rest. In the Dirac-GAN of chapter 03, with the fake at
# $\theta$ and D's slope $\psi$, both penalties are $\frac\gamma2 \psi^2$, and the energy
# $E = \frac12(\theta^2 + \psi^2)$ of the non-saturating game falls by
#
# $$\dot E = -\theta\psi \tanh \frac{\theta\psi}{2} - \gamma\,\psi^2. \tag{6.13}$$
#
# The first term is (3.40), too weak near the goal to matter. The second is friction: it
# is of the order of $E$ itself, so the approach is exponential. And the eigenvalues
# (3.44) have a negative real part for every $\gamma > 0$.
#
# {{exercise 06.r1}}
#
# Write R1. You wrote the penalty of WGAN-GP in chapter 03; this is the shorter of the
# two.


# %% id="06-ex-r1" exercise="06.r1"
def r1(D, x, gamma):
    """gamma / 2 E[||grad D(x)||^2] at real samples x [N, ...], a scalar."""
    ### BEGIN SOLUTION
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slopes.flatten(1).square().sum(dim=1).mean()
    ### END SOLUTION


# %% id="06-use-r1"
r1 = checks.use("06.r1", r1)

# %% [markdown] id="06-r1-use-text"
# A regulariser of `gan.GAN` is a function of $(D, \text{real}, \text{fake})$, so your own
# can be put to work. Two thousand steps on the ring, without it and with it. Predict by
# which factor D's steepest slope on the real points will differ.


# %% id="06-r1-setup"
def steepest(D, points):
    """The largest slope of D's logit at these points."""
    x = points.clone().requires_grad_()
    return torch.autograd.grad(D(x).sum(), x)[0].norm(dim=1).max().item()


def train_on_ring(recipe, seed=0):
    """Train a recipe on the ring, 2,000 steps, and print what it reaches."""
    training.seed_everything(seed)
    model = recipe.build()
    batches = data.ToyBatches("ring", recipe.batch_size, seed=seed)
    budget = training.Budget(steps=12 if training.fast_mode() else 2000)
    training.fit(model, batches, budget)
    print(metrics.modes(model.sample(2500), modes, data.toy_std("ring")))
    return model


# %% id="06-r1-use"
PLAIN = {"lr": 1e-3, "betas": (0.0, 0.99), "hold": 0.5, "final": 0.0}
mine = {**PLAIN, "regularisers": (lambda D, real, fake: r1(D, real, 0.1),)}
trained = {}
for name, settings in {"plain": PLAIN, "your R1": mine}.items():
    recipe = gan.Recipe(gan.PointGenerator, gan.PointDiscriminator, 256, settings)
    trained[name] = model = train_on_ring(recipe)
    print(f"{name}: steepest slope {steepest(model.discriminator, ring):.1f}")

# %% [markdown] id="06-r1-look-text"
# And D's surface beneath the points. Expect islands with steep shores on the left, and on
# the right a $D$ that is close to undecided wherever there are points.

# %% id="06-r1-look"
places = torch.from_numpy(plots.mesh(1.5))
panels, beliefs = {}, {}
for name, model in trained.items():
    panels[name] = {"data": ring[:300], "generated": model.sample(300)}
    beliefs[name] = model.discriminator(places).detach().sigmoid()
plots.show(
    plots.point_panels(panels, beliefs=beliefs, reach=1.5),
    "Two pictures of the ring with generated points and D's belief. Without the penalty"
    " the belief falls within a short way from each mode; with it the colours are paler"
    " and change slowly.",
)

# %% [markdown] id="06-r1-effect-text"
# One seed each is an anecdote. What the record has:

# %% id="06-r1-effect"
effect("r1", "r2", "r1+r2")

# %% [markdown] id="06-r1-effect-after"
# Seeds that missed a mode: plain {{study ring-8 plain failed}}, R1
# {{study ring-8 r1 failed}}, R2 {{study ring-8 r2 failed}}, both
# {{study ring-8 r1+r2 failed}}. Before you call one of them better, compare the intervals;
# where these overlap widely, the medians of quality and KL are the better witnesses.

# %% [markdown] id="06-lazy-text"
# A penalty costs a second pass through $D$ and back. **Lazy** regularisation (Karras et
# al. 2020) takes it at every $k$-th step, $k$ times as strong: `gan.GAN(..., lazy=8)`.
# The mean push is the same, the cost an eighth.
#
# ### Penalties that pull to one: WGAN-GP and DRAGAN
#
# The critic of the Wasserstein distance has the slope 1 along the way from fakes to data.
# WGAN-GP (Gulrajani et al. 2017) asks for that at places $\hat x$ between a real and a
# generated sample; DRAGAN (Kodali et al. 2017) at places near the real ones, and keeps
# the usual loss:
#
# $$\lambda\, \mathbb E_{\hat x}\bigl[(\lVert \nabla a(\hat x) \rVert - 1)^2\bigr], \qquad \hat x = u\,x + (1 - u)\, G(z) \;\text{ or }\; \hat x = x + \varepsilon, \quad \varepsilon \sim \mathcal N(0, s^2 I). \tag{6.14}$$
#
# Both keep $D$ from growing steep. Neither lets it become flat, and (3.46) showed what
# follows: an orbit in place of a rest. Whether that matters in a real network is a
# question for seeds.

# %% id="06-gp-effect"
effect("wgan-gp", "dragan")

# %% [markdown] id="06-spectral-text"
# ### A norm on the weights: spectral normalisation
#
# A function is $L$-**Lipschitz** when no two of its values are further apart than $L$
# times their places. For a network of layers $W_1, \dots, W_n$ with leaky ReLUs between
# them, which stretch nothing,
#
# $$\lvert a(x) - a(y) \rvert \le \Bigl(\prod_{i=1}^{n} \sigma(W_i)\Bigr) \lVert x - y \rVert, \qquad \sigma(W) = \max_{v \ne 0} \frac{\lVert W v \rVert}{\lVert v \rVert}. \tag{6.15}$$
#
# $\sigma(W)$ is the largest singular value. Divide every weight by it, and $D$ is
# 1-Lipschitz everywhere, also far from all data (Miyato et al. 2018). How does one find
# $\sigma$ in every step, cheaply? By **power iteration**: send $v$ through $W$ and back
# through $W^\top$, normalise, and repeat. With $v^*$ the direction that is stretched most
# and $\sigma_2$ the second singular value, each round turns $v$ towards it:
#
# $$\tan \angle(v_t, v^*) \le \Bigl(\frac{\sigma_2}{\sigma_1}\Bigr)^{2t} \tan \angle(v_0, v^*). \tag{6.16}$$
#
# {{exercise 06.spectral_norm}}
#
# Write it.


# %% id="06-ex-spectral-norm" exercise="06.spectral_norm"
def spectral_norm(W, v, steps):
    """The largest singular value of W [m, n], after `steps` rounds from v [n]."""
    ### BEGIN SOLUTION
    for _ in range(steps):
        u = W @ v
        u = u / u.norm()
        v = W.T @ u
        v = v / v.norm()
    return u @ W @ v
    ### END SOLUTION


# %% id="06-use-spectral-norm"
spectral_norm = checks.use("06.spectral_norm", spectral_norm)

# %% [markdown] id="06-spectral-look-text"
# How much does the product (6.15) overstate? Take the $D$ that was trained above. Expect
# the bound to be a good deal larger than the steepest slope that is really there: the
# layers do not all stretch the same direction.

# %% id="06-spectral-look"
layers = [
    m.weight.detach() for m in model.discriminator.modules() if hasattr(m, "weight")
]
norms = [float(spectral_norm(W, torch.randn(W.shape[1]), 50)) for W in layers]
print("of the layers:", *(f"{value:.2f}" for value in norms))
print(f"product {math.prod(norms):.1f}, steepest on the data", end=" ")
print(f"{steepest(model.discriminator, ring):.1f}")

# %% [markdown] id="06-spectral-effect-text"
# So spectral normalisation to 1 forces a $D$ that is flatter than 1, on a ring whose
# modes have a width of 0.01. Think about what slope a useful $D$ needs between a mode and
# a place $3\sigma$ beside it, then look at the row.

# %% id="06-spectral-effect"
effect("spectral-norm")

# %% [markdown] id="06-ahead-text"
# ## 6 · A discriminator that sees more
#
# ### Looking ahead: unrolling
#
# $G$ collapses because it goes where *today's* $D$ is pleased. Let it be judged by the
# $D$ of $k$ steps later (Metz et al. 2017):
#
# $$L_G^{(k)}(\theta) = L_G\bigl(\theta, \psi_k(\theta)\bigr), \qquad \psi_{j+1} = \psi_j - \eta\, \frac{\partial L_D(\theta, \psi_j)}{\partial \psi}. \tag{6.17}$$
#
# What is new stands in the gradient,
#
# $$\frac{d L_G^{(k)}}{d\theta} = \frac{\partial L_G}{\partial \theta} + \Bigl(\frac{\partial \psi_k}{\partial \theta}\Bigr)^{\!\top} \frac{\partial L_G}{\partial \psi_k}: \tag{6.18}$$
#
# the second term says how $D$ will *answer* a change of $\theta$. Without it one would
# only have a $D$ with more steps.
#
# {{exercise 06.unrolled_slope}}
#
# Write (6.18) for the Dirac-GAN, non-saturating:
# $L_D = \operatorname{softplus}(\psi\theta)$ up to a constant, so a step of $D$ is
# $\psi - \eta\,\theta\,\sigma(\psi\theta)$, and
# $L_G = \operatorname{softplus}(-\psi\theta)$. Let autograd do the second term.


# %% id="06-ex-unrolled-slope" exercise="06.unrolled_slope"
def unrolled_slope(theta, psi, lr, k):
    """Slope in theta of G's loss as D will judge it after k steps, a float."""
    ### BEGIN SOLUTION
    theta = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    for _ in range(k):
        psi = psi - lr * theta * torch.sigmoid(psi * theta)
    loss = nn.functional.softplus(-psi * theta)
    return float(torch.autograd.grad(loss, theta)[0])
    ### END SOLUTION


# %% id="06-use-unrolled-slope"
unrolled_slope = checks.use("06.unrolled_slope", unrolled_slope)

# %% [markdown] id="06-ahead-look-text"
# Three games of 300 rounds: $D$ takes its one step, $G$ looks $k$ steps ahead. Predict:
# does looking ahead damp the rotation, or only slow it?


# %% id="06-ahead-look"
def distances(k, rounds=300, lr=0.2):
    """Distance from the goal after each round, when G looks k steps ahead."""
    theta, psi, found = 1.0, 1.0, []
    for _ in range(rounds):
        psi = psi - lr * theta / (1 + math.exp(-psi * theta))
        theta = theta - lr * unrolled_slope(theta, psi, lr, k)
        found.append(math.hypot(theta, psi))
    return found


runs = {f"{k} steps ahead": distances(k) for k in (0, 1, 5)}
curves = {name: (range(0, 300, 10), found[::10]) for name, found in runs.items()}
plots.show(
    plots.lines(curves, "round", "distance from the goal", log=True),
    "Three curves on a logarithmic scale. Without looking ahead the distance hardly"
    " falls; with one step it falls steadily, with five steps several times as fast.",
)

# %% [markdown] id="06-ahead-effect-text"
# Looking ahead is friction. It has a price: five steps ahead are five more passes through
# $D$, and back through all of them.

# %% id="06-ahead-effect"
effect("unrolled")

# %% [markdown] id="06-ahead-effect-after"
# Seeds that missed a mode: plain {{study ring-8 plain failed}}, unrolled
# {{study ring-8 unrolled failed}}. If looking ahead has lost here, do not blame the
# derivation, and do not explain the loss away. The derivation was about two numbers and
# small steps. Here $D$ has thousands of weights, moves by Adam, and is looked ahead for by
# plain gradient steps of a length that somebody had to choose (`unroll_lr`): a $D$ that is
# imagined too strong teaches $G$ nothing, as in case B.
#
# A plain run took {{study ring-8 plain seconds}} seconds of processor time, an unrolled
# one
# {{study ring-8 unrolled seconds}}. A remedy has to be compared with what the plain GAN would
# do in the time that it costs: ask whether more steps would have brought as much.

# %% [markdown] id="06-pack-text"
# ### Packs
#
# A $D$ that judges one sample at a time cannot see that all of them are the same. Give it
# $m$ samples at once, all real or all generated (Lin et al. 2018). It then plays against
# $p^m$ and $q^m$, the laws of $m$ independent samples. Let $q$ serve $k$ of $K$ equal
# modes again. Each of the $k^m$ combinations that $q$ can make is likelier under $q^m$,
# all others have $q^m = 0$, so the total variation is
#
# $$\mathrm{TV}(p^m, q^m) = 1 - \Bigl(\frac kK\Bigr)^{m}. \tag{6.19}$$
#
# Two modes of eight missing: 0.25 for single samples, 0.44 for pairs, 0.68 for packs of
# four. Now take a $q$ that is wrong by the same 0.25 without any collapse, half of its
# modes served half as often again, the others half as often. For it one has to sum over
# how many samples of a pack come from favoured modes. Expect both curves to start at
# 0.25; which of the two do packs make louder?

# %% id="06-pack-look"
packs = np.arange(1, 9)
collapsed = 1 - 0.75**packs
mild = [
    sum(math.comb(m, j) / 2**m * abs(1 - 1.5**j * 0.5 ** (m - j)) for j in range(m + 1))
    / 2
    for m in packs
]
plots.show(
    plots.lines(
        {"two modes missing": (packs, collapsed), "modes uneven": (packs, mild)},
        "samples in a pack",
        "total variation",
    ),
    "Both curves start at 0.25. That of the missing modes climbs past 0.8 for packs of six;"
    " that of the uneven modes stays well below it.",
)

# %% [markdown] id="06-pack-after"
# This is the theorem of the PacGAN paper in small. Among two faults of equal size, packs
# make the one with lost modes more visible.
#
# {{exercise 06.pack}}
#
# The code is one line: samples of a pack lie behind one another on the axis of features
# or channels, and $D$ gets a first layer that is $m$ times as wide.


# %% id="06-ex-pack" exercise="06.pack"
def pack(x, m):
    """Samples [N, C, ...] to packs of m, [N / m, m C, ...]; m divides N."""
    ### BEGIN SOLUTION
    return x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])
    ### END SOLUTION


# %% id="06-use-pack"
pack = checks.use("06.pack", pack)

# %% [markdown] id="06-std-text"
# ### Minibatch standard deviation
#
# A gentler way to show $D$ the whole batch: one extra feature that says how much the
# samples differ. For features $h_{ij}$ of sample $i$ (Karras et al. 2018),
#
# $$s = \frac1F \sum_{j=1}^{F} \sqrt{\frac1N \sum_{i=1}^{N} (h_{ij} - \bar h_j)^2 + \epsilon}, \qquad \bar h_j = \frac1N \sum_i h_{ij}, \tag{6.20}$$
#
# and every sample is given the same $s$. If the fakes are alike, $s$ is small and $D$
# knows. The gradient of $s$ then tells all fakes at once to move apart.
#
# {{exercise 06.minibatch_std}}
#
# Write it for features $[N, F]$. Mind which axis is the batch, and the root at 0.


# %% id="06-ex-minibatch-std" exercise="06.minibatch_std"
def minibatch_std(h):
    """Features [N, F] with s of (6.20) as one more column, [N, F + 1]."""
    ### BEGIN SOLUTION
    s = (h.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)
    ### END SOLUTION


# %% id="06-use-minibatch-std"
minibatch_std = checks.use("06.minibatch_std", minibatch_std)

# %% [markdown] id="06-std-look-text"
# What does it see where the monitor of section 1 was blind? Compare batches of 256 points
# with one, two, four and eight modes, first by their coordinates, then by the features of
# the trained $D$. (6.3) says that coordinates can hardly tell four modes from eight. Do
# the features do better?

# %% id="06-std-look"
hidden = nn.Sequential(*list(model.discriminator.net)[:-1])  # without the last layer
for k in (1, 2, 4, 8):
    points = modes[:: 8 // k][torch.randint(k, (256,))] + 0.01 * torch.randn(256, 2)
    with torch.no_grad():
        plain, learnt = (minibatch_std(h)[0, -1] for h in (points, hidden(points)))
    print(f"{k} modes: coordinates {plain:.3f}, features {learnt:.3f}")

# %% [markdown] id="06-std-effect-text"
# Whatever the second column says for this $D$: its features were not trained to tell the
# two apart, and with the statistic in place they are.

# %% id="06-std-effect"
effect("pacgan-2", "minibatch-std")

# %% [markdown] id="06-soft-text"
# ## 7 · A less certain discriminator
#
# ### One-sided label smoothing
#
# Teach $D$ the label $\alpha$ instead of 1 for real samples, and $\beta$ instead of 0 for
# generated ones. Minimise at one place, as in (3.6), and the best $D$ is the mean of the
# labels that are met there:
#
# $$D^*(x) = \frac{\alpha\, p(x) + \beta\, q(x)}{p(x) + q(x)}. \tag{6.21}$$
#
# {{exercise 06.smoothed_optimum}}


# %% id="06-ex-smoothed-optimum" exercise="06.smoothed_optimum"
def smoothed_optimum(p, q, real_target, fake_target):
    """The best D at each place [n], for densities p, q [n] and these labels."""
    ### BEGIN SOLUTION
    return (real_target * p + fake_target * q) / (p + q)
    ### END SOLUTION


# %% id="06-use-smoothed-optimum"
smoothed_optimum = checks.use("06.smoothed_optimum", smoothed_optimum)

# %% [markdown] id="06-soft-look-text"
# Why *one*-sided (Salimans et al. 2016)? Look at the logit of that $D$ where fakes lie
# far from the data. Its slope there is what moves them. Expect it to vanish as soon as
# $\beta > 0$.

# %% id="06-soft-look"
x = torch.from_numpy(theory.grid(-4, 8))
p, q = (torch.exp(-((x - mean) ** 2) / 2) for mean in (0.0, 4.0))
for real_target, fake_target in ((1.0, 0.0), (0.9, 0.0), (0.9, 0.1)):
    logit = torch.logit(smoothed_optimum(p, q, real_target, fake_target))
    slope = torch.gradient(logit, spacing=(x,))[0]
    at = [float(slope[(x - place).abs().argmin()]) for place in (4.0, 6.0)]
    print(
        f"labels {real_target}, {fake_target}: slope {at[0]:.4f} at 4, {at[1]:.4f} at 6"
    )

# %% [markdown] id="06-noise-text"
# ### Instance noise
#
# Where data and fakes do not touch, a $D$ can separate them in many ways, and the best of
# them is a cliff. Add normal noise to *both* before $D$ sees them (Sønderby et al. 2017;
# Arjovsky & Bottou 2017). In the extreme case, all data at $c_p$ and all fakes at $c_q$,
# the laws become $\mathcal N(c_p, s^2 I)$ and $\mathcal N(c_q, s^2 I)$, and the best
# logit (3.2) is a plane:
#
# $$a_s(x) = \frac{\lVert x - c_q \rVert^2 - \lVert x - c_p \rVert^2}{2 s^2}, \qquad \nabla a_s = \frac{c_p - c_q}{s^2}. \tag{6.22}$$
#
# It points from the fakes to the data, everywhere, with a finite length. The noise need
# not spoil the goal either. Sums of independent variables multiply their characteristic
# functions $\varphi(t) = \mathbb E\,e^{i t \cdot x}$, so
#
# $$\varphi_{x + \varepsilon}(t) = \varphi_x(t)\, \varphi_\varepsilon(t), \tag{6.23}$$
#
# and that of normal noise, $e^{-s^2 \lVert t \rVert^2 / 2}$, is nowhere 0. If the noisy
# laws agree, the clean ones do. But the factor is tiny for fine detail, large $t$: so the
# noise has to fall to 0 as training goes on.

# %% id="06-noise-look"
x = theory.grid(-2, 3)
shown = {
    s: (theory.normal(x, 0.0, s), theory.normal(x, 1.0, s)) for s in (0.1, 0.3, 0.8)
}
for s, (p, q) in shown.items():
    print(
        f"noise {s}: JS {theory.jensen_shannon(p, q):.3f}, slope of D's logit {1 / s**2:.1f}"
    )
noisy = {
    "data, noise 0.3": (x, shown[0.3][0].p),
    "fakes, noise 0.3": (x, shown[0.3][1].p),
}
beliefs = {f"noise {s}": (x, p.p / (p.p + q.p)) for s, (p, q) in shown.items()}
plots.show(
    plots.beliefs(noisy, beliefs),
    "Above, two bells at 0 and 1 that overlap a little. Below, D's best belief: a steep"
    " step for small noise, a gentle slope for large noise.",
)

# %% [markdown] id="06-augment-text"
# **DiffAugment** (Zhao et al. 2020) follows the same thought with pictures: whatever $D$
# is shown, real or generated, is first shifted at random by a few pixels, and gradients
# pass through the shift. $D$ can then no longer learn a small data set by heart; and it
# must be done to both, in G's turn too, or $G$ learns to draw shifted digits. It was made
# for a few hundred images, the fault (6.9) measures. The ring has no pixels, so there is
# no row for it here.

# %% id="06-soft-effect"
effect("label-smoothing", "instance-noise")

# %% [markdown] id="06-pairs-text"
# ## 8 · The game, its pace, its average
#
# ### Pairs
#
# The relativistic loss (section 8 of chapter 03) compares a real and a generated sample:
#
# $$L_D = \mathbb E\bigl[\operatorname{softplus}\bigl(a(G(z)) - a(x)\bigr)\bigr], \qquad L[a + c] = L[a] \;\text{ for every constant } c. \tag{6.24}$$
#
# Because $D$ has no use for its absolute height, it cannot please itself by calling
# everything "generated"; a fake is good only in comparison. Sun et al. (2020) show that
# the landscape of this loss has no bad basins where a mode is lost, while that of the
# separable losses has. By itself it does not come to rest. With R1 and R2 it does, and
# that combination is **R3GAN** (Huang et al. 2024).

# %% id="06-pairs-effect"
effect("r1+r2", "r3gan", "saturating")

# %% [markdown] id="06-pace-text"
# ### Two time scales, and several steps of D
#
# Suppose $D$ is so quick that it is always at its best against the present $G$. In the
# Dirac-GAN with R1 that best slope solves $\theta\,\sigma(\psi\theta) + \gamma\psi = 0$;
# near the goal,
#
# $$\psi^*(\theta) \approx -\frac{\theta}{2\gamma}, \qquad \dot\theta = \tfrac12 \psi^* = -\frac{\theta}{4\gamma}. \tag{6.25}$$
#
# No rotation is left: $G$ walks straight home. Heusel et al. (2017) prove the general
# form: with D's rate suitably above G's, the pair converges to a local equilibrium. More
# steps of $D$ for each of $G$ come to the same at a higher price. But mind what (6.25)
# divides by: without a penalty, $\gamma = 0$, a $D$ at its best is infinitely steep.

# %% id="06-pace-effect"
effect("two-time-scales", "five-d-steps")

# %% [markdown] id="06-ema-text"
# ### Averages
#
# If the players circle, the middle of the circle is the answer, and an average can find
# it. Let the weights turn by the angle $\omega$ a step at the radius 1. The average of
# chapter 05 with decay $d$ then circles too, at the radius
#
# $$\rho = \frac{1 - d}{\sqrt{1 - 2 d \cos\omega + d^2}}, \tag{6.26}$$
#
# which is 1 for a short memory and small when the memory $1/(1 - d)$ is long beside the
# round $2\pi/\omega$. Expect formula and simulation to agree.

# %% id="06-ema-look"
omega = 2 * math.pi / 100  # a round takes a hundred steps
turns = np.exp(1j * omega * np.arange(20_000))
for d in (0.9, 0.99, 0.999):
    average = 0j
    for w in turns:
        average = d * average + (1 - d) * w
    predicted = (1 - d) / math.sqrt(1 - 2 * d * math.cos(omega) + d * d)
    print(f"d = {d}: radius {abs(average):.4f}, by the formula {predicted:.4f}")

# %% [markdown] id="06-clip-text"
# An average costs next to nothing and is never seen by $D$, so it cannot disturb the
# game. It does not cure it either: if $G$ hops from mode to mode, the average of its
# weights is nobody's generator.
#
# ### Clipping gradients
#
# $$g \leftarrow g \cdot \min\Bigl(1, \frac{c}{\lVert g \rVert}\Bigr) \tag{6.27}$$
#
# keeps the direction and bounds the length (Pascanu et al. 2013). It is a seat belt
# against a single wild batch. With Adam it changes little, since Adam divides by the
# gradient's size anyway.

# %% id="06-clip-effect"
effect("ema", "gradient-clipping")

# %% [markdown] id="06-all-text"
# ## 9 · All of it, over seeds
#
# Now the whole table. `plain` is the GAN of chapter 04 with none of this; `recommended`
# joins a weak, lazy R1 and an average with a rate that rises slowly and falls to zero, and
# gives $G$ bounded hidden units: where they are full, a point hardly moves with its latent,
# and the way from one mode to the next is short. Before you look: which three would you
# bet on?

# %% id="06-all-table"
ring8.table()

# %% [markdown] id="06-all-table-after"
# The plain GAN: {{study ring-8 plain failed}} seeds failed, median
# {{study ring-8 plain modes}} modes, {{study ring-8 plain high_quality}} of high quality. The
# recommended recipe: {{study ring-8 recommended failed}},
# {{study ring-8 recommended modes}} modes, {{study ring-8 recommended high_quality}}
# (worst seed
# {{study ring-8 recommended high_quality low}}), in
# {{study ring-8 recommended seconds}} seconds a seed. Real points would reach 98.9 %, by
# (4.12). What the recipe consists of stands in the record:

# %% id="06-all-recipe"
if not ring8.is_missing:
    recipe = ring8.content["methods"]["recommended"]["config"]
    print(*(f"{name}: {value}" for name, value in recipe.items()), sep="\n")

# %% [markdown] id="06-all-plot-text"
# Medians hide the unlucky seed. One dot for each:

# %% id="06-all-plot"
plots.show(plots.outcomes(ring8, "modes"), ring8.in_words("modes"))

# %% [markdown] id="06-grid-text"
# The ring is small. Does the order hold on 25 modes, and on a ring whose modes are *not*
# equally heavy, where a generator that treats all alike would be wrong too?

# %% id="06-grid-table"
studies.record("grid-25").table()

# %% id="06-unbalanced-table"
studies.record("unbalanced-ring").table()

# %% [markdown] id="06-grid-after"
# On the grid the plain GAN reaches {{study grid-25 plain modes}} of 25 modes in the
# median and loses at least one in {{study grid-25 plain failed}} seeds; the recommended
# recipe
# {{study grid-25 recommended modes}}, with {{study grid-25 recommended failed}} seeds failed
# and a KL of {{study grid-25 recommended kl}}. On the unbalanced ring the last mode has
# one sample in 255, so 2,500 samples show it ten times if $G$ serves it rightly. Seeds
# that missed a mode there: plain {{study unbalanced-ring plain failed}}, recommended
# {{study unbalanced-ring recommended failed}}. Compare the
# orders of the three tables. A remedy that helps on one and not on another has been
# fitted to the one.

# %% [markdown] id="06-try-text"
# Your turn: choose a name and train it. Then two names at once: `apply` gives a recipe,
# and the next `apply` takes it. Which pairs does the package refuse, and what does it
# say?

# %% id="06-try"
start = gan.Recipe(gan.PointGenerator, gan.PointDiscriminator, 256, PLAIN)
chosen = gan.STABILISERS["r3gan"].apply(start)
model = train_on_ring(chosen)

# %% id="06-try-look"
plots.show(
    plots.points({"data": ring[:500], "generated": model.sample(500)}, reach=1.5),
    "The ring with the generated points of the chosen recipe.",
)

# %% [markdown] id="06-saturating-text"
# ## 10 · On pictures
#
# **Saturating or not.** Chapter 03 predicted that the minimax $G$ stands still against a
# $D$ that is ahead. Here a small DCGAN draws digits with both losses, once from an equal
# start, and once (`ahead`) after $D$ has learnt alone from the first batches. The last
# column is the length of G's gradient in its first step: (6.4) says what to expect of it.

# %% id="06-saturating-table"
studies.record("saturating").table()

# %% [markdown] id="06-saturating-after"
# Against a $D$ that is ahead the first gradient has a median length of
# {{study saturating non-saturating-ahead first_slope}} with the non-saturating loss and of
# {{study saturating saturating-ahead first_slope}} with the saturating one. Failed seeds:
# {{study saturating non-saturating-ahead failed}} and
# {{study saturating saturating-ahead failed}}; from an equal start
# {{study saturating non-saturating failed}} and {{study saturating saturating failed}}.
# Adam divides by the size of the gradient, so one might hope that a small gradient is as
# good as a large one. Hold that hope against the distances in the table (medians
# {{study saturating non-saturating-ahead fid}} and {{study saturating saturating-ahead fid}}
# where $D$ is ahead): what Adam enlarges is the little that is left, and most of that is
# the noise of the batch.

# %% [markdown] id="06-map-text"
# **A map of learning rates.** Two rates make a plane. At each of 25 points a small DCGAN
# is trained with several seeds, and the colour says what share of them failed. Predict
# where the safe region lies: on the diagonal, above it, or below?

# %% id="06-map"
lr_map = studies.record("lr-map")
plots.show(plots.failure_map(lr_map), lr_map.in_words())

# %% [markdown] id="06-map-after"
# Most people predict a narrow band around the diagonal, with ruin above some rate. Two
# things look different here. The left column has not exploded: at so low a rate the few
# steps of this study do not suffice for $G$. And very high rates do surprisingly little
# harm as long as *both* players have them; what fails are the far corners, where one
# player outruns the other. Batch norm is why. A layer that is followed by it computes the
# same for $W$ and for $10\,W$, so a step that is far too long makes $W$ large, and the next
# steps, measured against $W$, are short: the layer sets its own rate (van Laarhoven 2017).
# Case F of the gallery has no batch norm, and no such mercy.
#
# When you read "we use Adam with $2 \cdot 10^{-4}$ for both", you are told one point of
# such a map. It says nothing of how close the edge is. A recipe in the middle of a wide
# safe region is worth more than a slightly better one at its border, since your data will
# move the border.
#
# **Batch-norm pitfalls.** One small DCGAN, one recipe, eight ways to use batch norm:
#
# - `separate`: real and generated samples pass $D$ one after the other, as in `gan.GAN`;
# - `joint`: $D$ learns from both in one batch, and meets G's samples alone in G's turn;
# - `joint-throughout`: real samples stand beside the fakes in G's turn too;
# - `evaluated-d`: $G$ is taught by $D$ in evaluation mode, by statistics of the past;
# - `averaged` and `averaged-stale`: samples from the average of G's weights, with
#   batch-norm statistics measured afresh, or left over from the last weights;
# - `none-in-d` and `none`: without it in $D$, or in both.
#
# Predict which of them cost most.

# %% id="06-norm-table"
studies.record("batch-norm").table()

# %% [markdown] id="06-norm-after"
# Medians: `separate` {{study batch-norm separate fid}}, `joint`
# {{study batch-norm joint fid}}, `joint-throughout`
# {{study batch-norm joint-throughout fid}}, `none-in-d`
# {{study batch-norm none-in-d fid}}. Hold them against the explanation in section 3: if
# the trouble with `joint` is that $G$ is taught by another function than $D$ has learnt,
# then `joint-throughout` should not have it, and `evaluated-d`
# ({{study batch-norm evaluated-d fid}}), where $G$ meets a third function, should.

# %% [markdown] id="06-stacked-text"
# **A thousand modes.** Put three digits into the red, green and blue channel of one
# picture, and there are 1,000 kinds of pictures, from 000 to 999: **stacked MNIST** (Metz
# et al. 2017; Srivastava et al. 2017). A classifier reads the three digits of each
# sample; a mode counts when one sample shows it. How many samples does one need? Of $K$
# equal modes, $n$ samples hit on average
#
# $$\mathbb E[\text{modes}] = K \Bigl(1 - \bigl(1 - \tfrac1K\bigr)^n\Bigr), \tag{6.28}$$
#
# which for $K = 1000$ and the usual $n = 26{,}000$ is all of them: a mode that is not
# seen is missing, or far rarer than it should be. A perfect generator shows each 26
# times.

# %% id="06-stacked-table"
studies.record("stacked-mnist").table()

# %% [markdown] id="06-stacked-reached"
# Reached here: {{study stacked-mnist recommended modes}} modes with a KL of
# {{study stacked-mnist recommended kl}}, median of {{study stacked-mnist recommended seeds}}
# seeds of some {{study stacked-mnist recommended seconds}} seconds of processor time
# each. So few seeds are an anecdote and not a rate: by (6.11) two seeds without a failure
# leave room for a recipe that fails two times in three.

# %% [markdown] id="06-stacked-after"
# As published with 26,000 samples: DCGAN 99 modes, VEEGAN 150, PacDCGAN 1,000 with a KL
# of 0.06, R3GAN 1,000 with 0.029. The networks, the number of steps and the classifier
# differ from ours and from one another's; what can be compared is the order of magnitude.

# %% [markdown] id="06-claim-text"
# ## 11 · A claim to check
#
# Lin et al. (2018) report for the ring, means over ten runs: **plain GAN 6.3 of 8 modes,
# 98.2 % of high quality; with packs of two 7.9 modes, 95.6 %.** Chapter 04 found that six
# short runs do not settle the first half. The study has more seeds, PacGAN's protocol, and
# a plain GAN beside the packed one in which nothing else differs. Means, as in the paper:

# %% id="06-claim"
for method in [name for name in ("plain", "pacgan-2") if name in ring8.methods]:
    covered = np.nanmean(ring8.values(method, "modes"))
    quality = np.nanmean(ring8.values(method, "high_quality"))
    print(f"{method:<9} {covered:.1f} of 8 modes, {quality:.1%} of high quality")
print("published: plain 6.3, 98.2%; packs of two 7.9, 95.6%")

# %% [markdown] id="06-claim-after"
# Two claims are in that sentence, and they deserve separate verdicts. One is a *level*: a
# plain GAN covers 6.3 modes. That belongs to the authors' networks, rates and number of
# steps, and there is no reason why another recipe should repeat it. The other is a
# *difference*: packs find modes that the same GAN without packs loses, and pay for it
# with a little quality. That is a claim about packs, and (6.19) stands behind it. Judge
# it by the two rows above and by their intervals; then by `grid-25`, where there is more
# to lose (published: 17.3 of 25 modes for the plain GAN, 23.8 with packs of two).

# %% [markdown] id="06-recap"
# ## What to take along
#
# - $L_D$ bounds the distance from below. A calm curve is no evidence, a lost mode of
#   eight moves it by less than its noise, and the spread of samples cannot count.
# - Diagnose before you repair: beliefs, then samples, then settings. Change one thing.
# - A penalty that pulls D's slope to zero is friction; one that pulls it to 1 leaves an
#   orbit. Looking ahead, a quick $D$ and an average work on the same rotation.
# - Packs and batch statistics let $D$ see what is missing; noise and smoothing keep it
#   from being certain; pairs keep it from being lazy.
# - A recipe is a distribution. Ten good seeds still leave room for one failure in four.
#
# **Next** chapter 07: so far modes were counted because they were known. How does one
# measure generated data when nobody knows the modes?
#
# ## References
#
# - M. Arjovsky, L. Bottou. Towards Principled Methods for Training Generative Adversarial
#   Networks. ICLR 2017.
# - M. Arjovsky, S. Chintala, L. Bottou. Wasserstein Generative Adversarial Networks. ICML
#   2017.
# - G. Gidel, R. Askari Hemmat, M. Pezeshki, R. Le Priol, G. Huang, S. Lacoste-Julien, I.
#   Mitliagkas. Negative Momentum for Improved Game Dynamics. AISTATS 2019.
# - I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville. Improved Training of
#   Wasserstein GANs. NeurIPS 2017.
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter. GANs Trained by a
#   Two Time-Scale Update Rule Converge to a Local Nash Equilibrium. NeurIPS 2017.
# - Y. Huang, A. Gokaslan, V. Kuleshov, J. Tompkin. The GAN is dead; long live the GAN! A
#   Modern GAN Baseline. NeurIPS 2024.
# - A. Jolicoeur-Martineau. The Relativistic Discriminator: a Key Element Missing from
#   Standard GAN. ICLR 2019.
# - T. Karras, T. Aila, S. Laine, J. Lehtinen. Progressive Growing of GANs for Improved
#   Quality, Stability, and Variation. ICLR 2018.
# - T. Karras, M. Aittala, J. Hellsten, S. Laine, J. Lehtinen, T. Aila. Training
#   Generative Adversarial Networks with Limited Data. NeurIPS 2020.
# - T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen, T. Aila. Analyzing and
#   Improving the Image Quality of StyleGAN. CVPR 2020.
# - N. Kodali, J. Abernethy, J. Hays, Z. Kira. On Convergence and Stability of GANs.
#   arXiv:1705.07215, 2017.
# - Z. Lin, A. Khetan, G. Fanti, S. Oh. PacGAN: The Power of Two Samples in Generative
#   Adversarial Networks. NeurIPS 2018.
# - L. Mescheder, A. Geiger, S. Nowozin. Which Training Methods for GANs do actually
#   Converge? ICML 2018.
# - L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein. Unrolled Generative Adversarial
#   Networks. ICLR 2017.
# - T. Miyato, T. Kataoka, M. Koyama, Y. Yoshida. Spectral Normalization for Generative
#   Adversarial Networks. ICLR 2018.
# - A. Odena, V. Dumoulin, C. Olah. Deconvolution and Checkerboard Artifacts. Distill,
#   2016.
# - R. Pascanu, T. Mikolov, Y. Bengio. On the Difficulty of Training Recurrent Neural
#   Networks. ICML 2013.
# - T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen. Improved
#   Techniques for Training GANs. NeurIPS 2016.
# - C. K. Sønderby, J. Caballero, L. Theis, W. Shi, F. Huszár. Amortised MAP Inference for
#   Image Super-resolution. ICLR 2017.
# - A. Srivastava, L. Valkov, C. Russell, M. U. Gutmann, C. Sutton. VEEGAN: Reducing Mode
#   Collapse in GANs using Implicit Variational Learning. NeurIPS 2017.
# - R. Sun, T. Fang, A. Schwing. Towards a Better Global Loss Landscape of GANs. NeurIPS
#   2020.
# - T. van Laarhoven. L2 Regularization versus Batch and Weight Normalization.
#   arXiv:1706.05350, 2017.
# - E. B. Wilson. Probable Inference, the Law of Succession, and Statistical Inference.
#   Journal of the American Statistical Association 22, 1927.
# - Y. Yazıcı, C.-S. Foo, S. Winkler, K.-H. Yap, G. Piliouras, V. Chandrasekhar. The
#   Unusual Effectiveness of Averaging in GAN Training. ICLR 2019.
# - S. Zhao, Z. Liu, J. Lin, J.-Y. Zhu, S. Han. Differentiable Augmentation for
#   Data-Efficient GAN Training. NeurIPS 2020.
