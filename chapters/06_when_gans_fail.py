# %% [markdown] id="06-title"
# # 06 · When GANs fail, and what helps
#
# A few trainings of chapters 04 and 05 failed. This chapter shows nine trainings that
# fail. You see their symptoms first, name the failure, and repair it. Then come the
# remedies, one after the other. For each you read what it changes, why that should help,
# and what it did over several random seeds.
#
# **You will be able to**
# - say from curves, samples and D's outputs what goes wrong, and say what these cannot
#   show;
# - name nine ways to fail, the formula behind each, and a repair that was measured;
# - write the step of a discriminator with a penalty, which differentiates a derivative, and
#   build a discriminator that sees a whole batch;
# - derive what a penalty, a norm, a pack or a little noise does to the game;
# - state how often a recipe fails, with an interval, and judge such statements by others.
#
# **Time** {{time}}. The gallery alone takes one and a half hours.
#
# **Before this** chapters 04 and 05; section 9 of chapter 03 for the
# Dirac-GAN.
#
# {{run card}}

# %% id="06-imports"
import cmath
import inspect
import math

import numpy as np
import torch
from torch import nn

from aigc_course import checks, data, failures, gan, metrics, plots
from aigc_course import studies, theory, training

training.seed_everything(6)

# %% [markdown] id="06-signs-text"
# ## 1 · What a training shows of itself
#
# There are four things to look at: the losses, D's outputs, the samples, and the messages
# of the health monitor. As before, D's output $D(x)$ is the probability that it gives to
# "$x$ is real"; we call it D's **belief** (判别器输出概率) in $x$. Let $p$ be the distribution
# of the data and $q$ that of $G$. Begin with D's loss, which is quoted most often.
#
# Chapter 03 found that no $D$ gets below $2 \log 2 - 2\,\mathrm{JS}(p, q)$. Solve this
# for the distance. Whatever $D$ you have, its expected loss on fresh samples gives a
# **lower bound** on how far $G$ is from the data,
#
# $$\mathrm{JS}(p, q) \;\ge\; \log 2 - \tfrac12 L_D. \tag{6.1}$$
#
# So a small $L_D$ is informative: it shows that the samples can be told from the data. A
# large $L_D$ is not informative. Either $G$ is good, or $D$ has not learnt enough. The
# collapsed run of chapter 04 was of this kind.
#
# Now suppose that $D$ is perfect. How much does a lost mode change its loss? Let $G$
# draw from $k$ of $K$ equal modes evenly, the share $r = k/K$. Then, for modes that do
# not overlap,
#
# $$\mathrm{KL}(q \,\Vert\, p) = -\log r, \qquad \mathrm{JS}(p, q) = \log 2 + \tfrac12 \bigl[r \log r - (1 + r) \log(1 + r)\bigr]. \tag{6.2}$$
#
# The next cell prints D's best loss for the ring with all eight modes, with seven, with
# six, and so on.
#
# **Predict.** With all eight modes the best loss is $2 \log 2 \approx 1.386$. By how much
# does it fall when the first mode is lost? Give a number; the losses of a training vary by
# a few hundredths from step to step.

# %% id="06-signs-predict"
checks.predict("06.lost-mode", ..., unit="in L_D")

# %% id="06-signs-modes"
kept = np.arange(1, 9)
r = kept / 8
js = math.log(2) + (r * np.log(r) - (1 + r) * np.log(1 + r)) / 2
best_loss = 2 * math.log(2) - 2 * js
print("modes kept:      ", *(f"{k:>6}" for k in kept[::-1]))
print("L_D of a perfect D", *(f"{value:>6.3f}" for value in best_loss[::-1]))
checks.measured("06.lost-mode", float(best_loss[-1] - best_loss[-2]))

# %% [markdown] id="06-signs-after"
# D's best loss falls from 1.386 to 1.295, and only a perfect $D$ reaches these values. On
# a curve whose noise is larger than 0.09, you cannot see that one mode of eight is lost.
#
# The monitor of `training.fit` has another sign for collapse. It compares how much
# samples differ from one another with how much the data do (their root mean square
# distance from the mean, per number). This sign finds a $G$ with one mode. Does it find a
# $G$ with two? Let $G$ draw from $k \ge 2$ modes of width $\sigma$, evenly spaced on a
# circle of radius $R$. Their mean is the centre of the circle, and every mode is at the
# distance $R$ from it:
#
# $$\text{spread}^2 = \tfrac12\, \mathbb E\,\lVert x - \mathbb E x \rVert^2 = \tfrac12 R^2 + \sigma^2 \qquad \text{for every } k \ge 2. \tag{6.3}$$
#
# The number of modes does not appear in the result. Two opposite modes have the same
# spread as all eight. Expect a small number, and then three that are nearly equal.

# %% id="06-signs-spread"
ring, modes = data.toy("ring", 4000), data.toy_modes("ring")
for k in (1, 2, 4, 8):
    kept = modes[:: 8 // k]  # evenly spaced
    points = kept[torch.randint(k, (4000,))] + 0.01 * torch.randn(4000, 2)
    print(f"{k} modes: spread {(points - points.mean(0)).square().mean().sqrt():.4f}")

# %% [markdown] id="06-signs-summary"
# If the monitor reports something, look at the samples. If it reports nothing, look at
# them as well.
#
# | sign | tells you | does not tell you |
# | --- | --- | --- |
# | $L_D$ small | samples can be told apart, by (6.1) | which samples, or how to repair it |
# | $L_D$ near $2 \log 2$ | this $D$ cannot tell them apart | whether another $D$ could |
# | $L_G$ rises | $D$ separates better | whether the samples are worse |
# | $D(x)$ at 1 and $D(G(z))$ at 0, without noise | $D$ has won: its output hardly depends on how good a fake is | whether $G$ still gets a gradient: that depends on G's loss (6.4) |
# | $D(x)$ or the losses swing, in turn | the players follow each other | whether an average of $G$ is good |
# | samples alike | collapse to one place | where this sign is missing, whether $G$ collapsed to a few places |
# | NaN | a logarithm met 0, or a learning rate was too high | how good the samples were; stop the training |
#
# {{exercise 06.diagnose}}
#
# Write such a monitor: four answers, in a fixed order. `rows` is a training's history
# as you know it from `training.fit`, `spread` the samples' spread as a share of the
# data's. A training that has just begun may have fewer than ten rows. Then take the means
# over the rows that there are.


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
# Here are nine trainings, A to I. In each of them something is wrong or missing, and each
# fails with every seed that was tried. You see the symptoms first. The name of the
# failure is not shown: the checker tells you whether you have found it.
#
# For each case:
# 1. look at the figure, and choose a diagnosis from the list below;
# 2. then run the next cell, which prints the settings and what they may be;
# 3. write the repair: the settings, with as little changed as possible;
# 4. run the check. It *trains* with your settings, for about five seconds unless the
#    course has measured them before, and measures the outcome. Most cases have more
#    than one good repair, and every repair that works is accepted.
#
# A repair must work within the steps of the case. If yours does not, the checker says
# what was measured at the end and after half of the steps. So you see whether the outcome
# was improving. `d_steps` is the number of D's steps for each step of $G$. The training
# then gets more batches, so that G's number of steps stays the same.


# %% id="06-gallery-setup"
def visit(letter):
    """Show a case: its symptoms, and what `diagnose` makes of them."""
    plots.show(failures.symptoms(letter), failures.describe(letter))
    trial = failures.CASES[letter].run()  # trained once: the figure has done it
    samples = trial.snapshots[-1][1]
    spread = (samples - samples.mean(0)).square().mean().sqrt()
    real = (trial.real - trial.real.mean(0)).square().mean().sqrt()
    print("Your monitor says:", diagnose(trial.rows, float(spread / real)))


def revisit(letter, repair):
    """Show a case after a repair."""
    settings = repair(dict(failures.CASES[letter].settings))[1]
    words = failures.describe(letter, settings=settings)
    plots.show(failures.symptoms(letter, settings=settings), words)


# %% id="06-gallery-diagnoses"
print(*failures.DIAGNOSES, sep="\n")

# %% [markdown] id="06-case-a-text"
# ### Case A
#
# The data are points in the plane. Look at the pictures before the curves: which modes
# are drawn, and which are missing? Then ask yourself which of the curves could have shown
# that.

# %% id="06-case-a"
visit("A")

# %% [markdown] id="06-case-a-name"
# Choose a diagnosis from the list before you go on. Then read the settings.

# %% id="06-case-a-sheet"
print(failures.sheet("A"))

# %% [markdown] id="06-case-a-ask"
# {{exercise 06.repair_a}}


# %% id="06-ex-repair-a" exercise="06.repair_a"
def repair_a(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case A."""
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
# The data are digits; look at what $G$ draws. Read D's beliefs first, then both losses.
# Which of the two players learns here?

# %% id="06-case-b"
visit("B")

# %% id="06-case-b-sheet"
print(failures.sheet("B"))

# %% [markdown] id="06-case-b-ask"
# {{exercise 06.repair_b}}


# %% id="06-ex-repair-b" exercise="06.repair_b"
def repair_b(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case B."""
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
# The data are points with one mode only, so no mode can be lost. Each picture alone looks
# almost right. Compare the pictures with one another, and look at the path of the centre.

# %% id="06-case-c"
visit("C")

# %% id="06-case-c-sheet"
print(failures.sheet("C"))

# %% [markdown] id="06-case-c-ask"
# {{exercise 06.repair_c}}


# %% id="06-ex-repair-c" exercise="06.repair_c"
def repair_c(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case C."""
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
# The data are digits. The networks are small and the steps few, so do not expect good
# samples. If the monitor says that D has won, ask why its task was so easy: here this is
# the consequence and not the cause. Look closely at the samples: what do all of them have
# in common?

# %% id="06-case-d"
visit("D")

# %% id="06-case-d-sheet"
print(failures.sheet("D"))

# %% [markdown] id="06-case-d-ask"
# {{exercise 06.repair_d}}


# %% id="06-ex-repair-d" exercise="06.repair_d"
def repair_d(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case D."""
    ### BEGIN SOLUTION
    return "lattice of a coarse upsampling", {
        **settings,
        "stride": "2, 2",
        "kernel": 4,
    }
    ### END SOLUTION


# %% id="06-use-repair-d"
repair_d = checks.use("06.repair_d", repair_d)

# %% id="06-case-d-after"
revisit("D", repair_d)

# %% [markdown] id="06-case-e-text"
# ### Case E
#
# The data are digits; look at what $G$ draws. Both losses fall. With one and the same $D$
# that is impossible, since G's loss is small only where $D$ takes fakes for real. So
# compare the last two bars of D's beliefs. They show the same samples, once by themselves
# and once among real ones.

# %% id="06-case-e"
visit("E")

# %% id="06-case-e-sheet"
print(failures.sheet("E"))

# %% [markdown] id="06-case-e-ask"
# {{exercise 06.repair_e}}


# %% id="06-ex-repair-e" exercise="06.repair_e"
def repair_e(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case E."""
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
# The data are points. Read the scale of the losses, and look at how far the curves move
# between one row and the next. The arrows point to generated points outside the axes.

# %% id="06-case-f"
visit("F")

# %% id="06-case-f-sheet"
print(failures.sheet("F"))

# %% [markdown] id="06-case-f-ask"
# {{exercise 06.repair_f}}


# %% id="06-ex-repair-f" exercise="06.repair_f"
def repair_f(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case F."""
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
# The data are digits, and the training ended after a few steps. Because it stopped so
# early, the curves show single steps. Read D's belief in generated samples at the last
# step before the NaN.

# %% id="06-case-g"
visit("G")

# %% id="06-case-g-sheet"
print(failures.sheet("G"))

# %% [markdown] id="06-case-g-ask"
# {{exercise 06.repair_g}}


# %% id="06-ex-repair-g" exercise="06.repair_g"
def repair_g(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case G."""
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
# The data are digits. Nothing seems wrong with the curves or the samples. The bars show
# what $D$ says of real images that it was trained on and of others that it has never
# seen.

# %% id="06-case-h"
visit("H")

# %% id="06-case-h-sheet"
print(failures.sheet("H"))

# %% [markdown] id="06-case-h-ask"
# {{exercise 06.repair_h}}


# %% id="06-ex-repair-h" exercise="06.repair_h"
def repair_h(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case H."""
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
# The data are digits. The curves show nothing unusual either. Look at the samples beside
# real digits, and at the brightness of what should be empty.

# %% id="06-case-i"
visit("I")

# %% id="06-case-i-sheet"
print(failures.sheet("I"))

# %% [markdown] id="06-case-i-ask"
# {{exercise 06.repair_i}}


# %% id="06-ex-repair-i" exercise="06.repair_i"
def repair_i(settings):
    """(diagnosis, settings): one of failures.DIAGNOSES, and what cures case I."""
    ### BEGIN SOLUTION
    return "wrong data range", {**settings, "scaling": "-1 to 1"}
    ### END SOLUTION


# %% id="06-use-repair-i"
repair_i = checks.use("06.repair_i", repair_i)

# %% id="06-case-i-after"
revisit("I", repair_i)

# %% [markdown] id="06-gallery-record-text"
# Nine repairs with one seed each do not show much. Does every case fail because of its
# recipe and not because of its seed, and does every repair work with other seeds? The
# study `gallery` ran each case and its reference repair with ten seeds, and other changes
# with five. It uses the rules of the checker. It takes MNIST where the checker takes the
# smaller bundled set of digits.

# %% id="06-gallery-record"
failures.evidence(studies.record("gallery"))

# %% [markdown] id="06-gallery-record-after"
# Every case failed with every seed, and every reference repair cured every seed. Read the
# other rows as well: several remedies that are often proposed for a failure cured ours in
# some seeds only, or in none. Such a row holds for this case, this strength and this
# number of steps only.

# %% [markdown] id="06-why-text"
# ## 3 · Why each of them happens
#
# Why does each of the nine trainings fail? A short calculation explains each.
#
# **Mode collapse.** Equation (6.2) says how much a lost mode changes the distances. With
# one of eight missing, $\mathrm{KL}(q \Vert p)$ is $\log \frac87 \approx 0.13$, while the
# other direction, $\mathrm{KL}(p \Vert q)$, is infinite. A non-saturating $G$ against an
# optimal $D$ descends the direction that is finite, minus a distance (3.13). Case A has
# another cause: its $D$ learns ten times more slowly than $G$, and $G$ has left a mode
# before $D$ rejects it there.
#
# **D wins.** Let $\theta$ be G's weights, $x = G(z)$ a fake, and $g(a)$ the slope of G's
# loss in the logit. By the chain rule G's gradient is a mean over fakes of a product of
# three factors. So
#
# $$\lVert \nabla_\theta L_G \rVert \;\le\; \mathbb E_z\Bigl[\, \lvert g(a) \rvert\; \Bigl\lVert \frac{\partial x}{\partial \theta} \Bigr\rVert\; \lVert \nabla_x a(x) \rVert \Bigr], \qquad \lvert g \rvert = \begin{cases} D(x) & \text{minimax} \\ 1 - D(x) & \text{non-saturating.} \end{cases} \tag{6.4}$$
#
# With the minimax loss the first factor is nearly 0 where $D$ is sure of a fake. The
# non-saturating loss keeps that factor near 1. Its gradient can still be small because of
# the last factor. Suppose that data and fakes do not touch. Then $D$ may be sure and flat
# around both, and steep only in between, where no sample lies (Arjovsky & Bottou 2017).
# Where $D$ is steep at the fakes, the non-saturating gradient is large. It then points
# where $D$ happens to rise, which need not be towards the data.
#
# **Oscillation.** In the Dirac-GAN both players circle (3.41). Adam's $\beta_1$ adds
# momentum, that is, a part of older directions in a game that has changed since. Take
# simultaneous steps of size $h$ to which $\beta$ times the previous step is added. Near
# the goal the deviations grow in each step by the modulus of the larger root of
#
# $$\lambda^2 - \bigl(1 + \beta + \tfrac{ih}{2}\bigr) \lambda + \beta = 0, \tag{6.5}$$
#
# which gives (3.42) for $\beta = 0$. Expect the factor per step to grow with $\beta$,
# and to be smallest for a *negative* one (Gidel et al. 2019).

# %% id="06-why-momentum"
h = 0.1
for beta in (-0.5, 0.0, 0.5, 0.9):
    b = 1 + beta + 0.5j * h
    root = cmath.sqrt(b * b - 4 * beta)
    print(f"beta {beta:>4}: {max(abs(b + root), abs(b - root)) / 2:.5f} a step")

# %% [markdown] id="06-why-checker-text"
# **The lattice.** A transposed convolution with kernel $k$ and stride $s$ writes the
# output $j$ as often as there are inputs whose stamp reaches it (5.2):
#
# $$n_j = \#\{\, i : 0 \le j - s\,i < k \,\}. \tag{6.6}$$
#
# With $k < s$ some outputs are not written by any input, and no weight can repair that.
# This is case D. With $k = s$ every output is written once, and stamps of neighbouring
# inputs touch without overlapping. With $k > s$ they overlap. In the middle of a long row
# $n_j$ is then $k/s$ for every $j$ when $s$ divides $k$, and alternates otherwise. In a
# picture the counts of both axes are multiplied. Uneven counts make the pattern of a
# chess board. These are **checkerboard artefacts** (棋盘伪影; Odena et al. 2016). Expect one
# even row, two that alternate, and one with gaps.

# %% id="06-why-checker"
for k, s in ((4, 2), (3, 2), (5, 2), (2, 4)):
    writes = [sum(0 <= j - s * i < k for i in range(20)) for j in range(8, 20)]
    print(f"kernel {k}, stride {s}:", *writes)

# %% [markdown] id="06-why-checker-after"
# Which of these matters in practice is a question for trainings. The study `gallery`
# answers it for small networks. With two layers of stride 2, kernel 4 left a lattice in
# {{study gallery D-repaired failed}} seeds; its counts are even. Kernel 5, whose counts
# alternate, left one in {{study gallery D-kernel-5 failed}}. With kernel 3, which
# overlaps least, it was {{study gallery D-kernel-3 failed}}. One layer of stride 4 left a
# lattice in {{study gallery D-touching failed}} seeds with kernel 4 and in
# {{study gallery D-overlapping failed}} with kernel 8, whose counts are even. So even
# counts are neither necessary nor sufficient here. Probably trained weights can balance
# uneven counts. Enlarging in small steps helped, with kernels of 4 or 5 pixels. Odena et
# al. (2016) recommend to resize first and then to convolve, which the gallery does not
# try.

# %% [markdown] id="06-why-norm-text"
# **Batch norm.** Suppose that real and generated samples pass through $D$ as one batch,
# half and half. Then a channel with means $\mu_r, \mu_f$ and variances
# $\sigma_r^2, \sigma_f^2$ is normalised by
#
# $$\mu_B = \tfrac12 (\mu_r + \mu_f), \qquad \sigma_B^2 = \tfrac12 (\sigma_r^2 + \sigma_f^2) + \tfrac14 (\mu_r - \mu_f)^2. \tag{6.7}$$
#
# Each half is now measured against the other. On average real values come out on one side
# of 0 and generated values on the other, and $D$ can use this difference. But in G's turn
# the fakes pass alone. Their own mean is subtracted, and the difference that $D$ uses is
# gone. So $G$ is taught by a function that was not trained. Let real and generated
# samples pass separately in both turns, or leave batch norm out of $D$; section 10
# compares such choices.
#
# **Too high a learning rate.** Near a minimum of curvature $c$ plain descent multiplies
# the distance by
#
# $$w - \eta\, c\, w = (1 - \eta c)\, w, \qquad \lvert 1 - \eta c \rvert < 1 \iff \eta < \frac{2}{c}. \tag{6.8}$$
#
# Adam divides by the size of the gradient, so a step does not grow with the gradient.
# Each weight moves by up to about $\eta$. That has two consequences. With a moderately
# high rate the weights keep jumping by amounts of this size, and the losses do not
# settle. Letting the rate fall to 0 (chapter 05) helps. In case F the rate is 0.5.
# That is larger than nearly all weights at the start: those of the hidden layers lie
# within $\pm 1/8$. Then the weights grow step by step. The output contains the product of three layers of them, and it explodes. The
# losses reach $10^8$, and the distance of the points is thousands of times the spread of
# the data.
#
# **NaN.** The slope of $\log \sigma(a)$, taken by autograd in two pieces, is
# $\frac{1}{\sigma(a)} \cdot \sigma(a)(1 - \sigma(a))$. In 32 bits $\sigma(a)$ is 0 for
# $a$ below about $-88.7$. Then the first piece is infinite and the second is 0, so their
# product is NaN. The other logarithm fails much earlier. In $\log(1 - \sigma(a))$ the
# sigmoid is exactly 1 for $a$ above about $16.6$, and the loss is infinite. That happens
# in case G: see D's belief in generated samples at its last step. Section 3 of chapter 03
# treats both.
#
# **D memorises its data.** With few images $D$ need not learn what a digit is. Hold some
# real images back. Compare D's outputs for them with those for training images and fakes
# (Karras et al. 2020b):
#
# $$r_v = \frac{\mathbb E_{\text{train}}[D] - \mathbb E_{\text{held back}}[D]}{\mathbb E_{\text{train}}[D] - \mathbb E_{\text{fake}}[D]}. \tag{6.9}$$
#
# When $r_v = 0$, $D$ treats new real images like training images. When $r_v = 1$, it
# treats them like generated ones: it has memorised its training images. $G$ can memorise
# as well and draw copies of the training images. Nothing in this chapter measures that;
# chapter 07 does.
#
# **Wrong range.** $G$ ends in $\tanh$ and draws from $[-1, 1]$. If the data come in
# $[0, 1]$, at first any negative pixel shows that an image is a fake. Soon $G$ leaves
# half of its range unused. The curves may then look normal. Only the pictures, read in
# the range $[-1, 1]$, are grey where they should be black. With data in $[0, 255]$ the
# curves are not normal: $G$ cannot reach the data, and $D$ wins.
#
# The next table says what to look at. Its last column lists what is usually tried. The
# gallery's table above shows whether it cured our case, and what did not help.
#
# | failure | first sign | look next at | what to try |
# | --- | --- | --- | --- |
# | mode collapse | few kinds of samples | counts of modes, not the losses | a $D$ that learns as quickly as $G$ |
# | D wins | $D(x)$ at 1 and $D(G(z))$ at 0 | which loss G has | non-saturating loss; a slower $D$; R1 |
# | oscillation | samples move, the curves may be calm | samples some steps apart | R1 or R2; several steps of $D$; momentum 0 |
# | lattice | one pattern over all samples | kernel and stride | small strides, kernels that overlap |
# | leaking statistics | *both* losses fall | how batches pass through $D$ | separate passes; no batch norm in $D$ |
# | too high a learning rate | losses that jump or explode | the same at a tenth | a lower rate that falls in the end |
# | NaN | NaN | where a logarithm is taken | logits |
# | few data | $D$ sure of training images, unsure of others | (6.9) | more data; augment what $D$ sees |
# | wrong range | grey background, or $D$ wins at once | minimum and maximum of both | one range for both |

# %% [markdown] id="06-rate-text"
# ## 4 · How often does it fail?
#
# A single run of a GAN is one random outcome. A recipe has a distribution of outcomes
# over seeds. Its failure rate is the share $f$ of seeds that fail, by a rule that was
# fixed before. Suppose ten seeds went well. What does that say about $f$? The probability
# of no failure in $n$ seeds is
#
# $$P(\text{0 of } n) = (1 - f)^n, \qquad (1 - f)^n \ge 0.05 \iff f \le 1 - 0.05^{1/n} \approx \frac{3}{n}. \tag{6.10}$$
#
# So ten good seeds are compatible with a recipe that fails one time in four. For any
# count there is **Wilson's interval** (1927). It contains the rates $f$ from which the
# observed share $\hat f$ is at most $z$ standard deviations away, with $z = 1.96$ for a
# confidence of 95 %:
#
# $$\lvert \hat f - f \rvert \le z \sqrt{\frac{f (1 - f)}{n}} \iff f \in \frac{1}{1 + z^2/n} \Bigl[\hat f + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat f (1 - \hat f)}{n} + \frac{z^2}{4 n^2}}\,\Bigr]. \tag{6.11}$$
#
# {{exercise 06.wilson}}
#
# Write both ends. The better-known interval,
# $\hat f \pm z \sqrt{\hat f(1 - \hat f)/n}$, has the width 0 where nothing failed;
# yours must not.


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
# Which counts of ten seeds can be told apart? Expect the first two intervals to overlap
# widely: ten seeds cannot show a difference between 0 of 10 and 2 of 10.

# %% id="06-rate-look"
for failed in (0, 2, 5, 8, 10):
    low, high = wilson(failed, 10)
    print(f"{failed:>2} of 10 failed: between {low:.0%} and {high:.0%} of all seeds")

# %% [markdown] id="06-studies-text"
# Everything below is measured over seeds, and each row says over how many. With few
# seeds read the interval and not the count. `aigc study ring-8` in a terminal makes the
# record that is read here. Each seed runs in a process of its own; crashed runs count
# as failed. `aigc study --list` names the other studies. They take hours on a laptop,
# so their records come with the course; one method takes minutes (`--only plain`).
#
# What was kept equal? `plain` and every remedy have the same networks and the same batch
# size. Each makes 3,000 updates of $G$ at a constant learning rate. `five-d-steps` gets
# five times as many batches, so that $G$ is updated equally often. `recommended` also
# changes the networks and the schedule, and it trains 8,000 steps. So the study contains
# recipes between the two. `plain-tanh` is plain training with the networks of
# `recommended`. `plain-8000` and `tanh-8000` are plain training with 8,000 steps, without
# and with these networks. Each `recommended-no-…` leaves out one part of `recommended`.
#
# What was measured, on 2,500 samples of each run:
# - **kept**: every sample is counted for its nearest centre. A mode is *lost* when it
#   gets less than a quarter of its share, and *kept* otherwise. A seed has failed when
#   it loses a mode.
# - **KL**: from the shares of the modes to the right shares. By (6.2) a mode of eight
#   that is lost entirely costs at least 0.13; values near 0 mean even shares.
# - **high quality**: the share of samples within $3\sigma$ of a centre. It measures
#   precision, and not whether modes are lost.
# - **covered**: the count of the published protocol (PacGAN, chapter 04), modes with at
#   least one sample of high quality. It mixes both: an imprecise generator can have a
#   mode with its full share of samples and none within $3\sigma$.

# %% id="06-studies-load"
ring8 = studies.record("ring-8")


def effect(*methods):
    """The rows of the plain GAN and of these methods in the study of the ring."""
    return ring8.table(methods=["plain", *methods])


effect()

# %% [markdown] id="06-remedies-text"
# ## 5 · A flatter discriminator
#
# The remedies come in families. The package has each of them as one change to a recipe,
# and the next cell lists them.

# %% id="06-remedies-list"
for remedy in gan.STABILISERS.values():
    print(f"{remedy.name:<18}{remedy.sentence} ({remedy.source})")

# %% [markdown] id="06-flat-text"
# ### Penalties that pull to zero: R1 and R2
#
# A generated point follows D's slope. If the slope is steep, the point moves too far, $D$
# changes its slope, and the two follow each other. **R1** asks $D$ to be flat on real
# samples, **R2** on generated ones (Mescheder et al. 2018):
#
# $$R_1 = \frac\gamma2\, \mathbb E_{x \sim p}\bigl[\lVert \nabla_x a(x) \rVert^2\bigr], \qquad R_2 = \frac\gamma2\, \mathbb E_{x \sim q}\bigl[\lVert \nabla_x a(x) \rVert^2\bigr]. \tag{6.12}$$
#
# Why zero, and not some other slope? With $q = p$ the best $D$ is flat. A penalty with
# its minimum at another slope pushes $D$ away from there. Take the Dirac-GAN of chapter
# 03, with the fake at $\theta$ and D's slope $\psi$. Both penalties are
# $\frac\gamma2 \psi^2$. The energy $E = \frac12(\theta^2 + \psi^2)$ of the non-saturating
# game changes at the rate
#
# $$\dot E = -\theta\psi \tanh \frac{\theta\psi}{2} - \gamma\,\psi^2. \tag{6.13}$$
#
# The first term is (3.40), which is too weak near the goal to matter. The second acts
# as friction: it is of the order of $E$ itself, so the approach is exponential. And the
# eigenvalues (3.44) have a negative real part for every $\gamma > 0$.
#
# {{exercise 06.r1}}
#
# Write R1. You wrote the penalty of WGAN-GP in chapter 03; R1 is the shorter of the two.
# The result must keep a graph, because the penalty will be differentiated in D's weights.


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

# %% [markdown] id="06-r1-step-text"
# {{exercise 06.r1_step}}
#
# Now write the step of $D$ that uses it. The loss is the cross-entropy of chapter 05,
# from logits, plus your `r1` at the real samples. `optimizer` holds D's weights. No
# gradient may reach $G$, and no gradient of an earlier step may be added. Return the
# whole loss as it was before the update. Leave both networks in training mode. This step
# differentiates a derivative: the penalty contains D's slope in $x$, and `backward` takes
# the slope of the penalty in D's weights.


# %% id="06-ex-r1-step" exercise="06.r1_step"
def r1_step(G, D, optimizer, real, z, gamma):
    """One update of D on real samples and on G(z), with R1; returns the whole loss."""
    ### BEGIN SOLUTION
    softplus = nn.functional.softplus
    fake = G(z).detach()
    loss = softplus(-D(real)).mean() + softplus(D(fake)).mean() + r1(D, real, gamma)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
    ### END SOLUTION


# %% id="06-use-r1-step"
r1_step = checks.use("06.r1_step", r1_step)

# %% [markdown] id="06-d-loss-text"
# Where does a penalty enter the training of the package? Chapter 05 printed
# `gan.GAN.step`, which calls `discriminator_loss`. Here is that function. `augment`
# changes what $D$ is shown of a sample, and `judge` gives D's logits. Each regulariser is
# a function of $(D, \text{real}, \text{fake})$. Once in `reg_interval` steps its value is
# multiplied by `reg_interval` and added to the loss.

# %% id="06-d-loss"
print(inspect.getsource(gan.GAN.discriminator_loss))

# %% [markdown] id="06-r1-same-text"
# Do your step and the package compute the same? Start two pairs of networks from the same
# weights. One is trained by your step of $D$ and a plain step of $G$, the other by
# `gan.GAN` with your penalty. The next cell compares D's weights after thirty steps. Expect
# a difference of 0, or of rounding errors.


# %% id="06-r1-same-setup"
def pair():
    """Two fresh networks with the same weights each time, and their optimisers."""
    training.seed_everything(1)
    G, D = gan.PointGenerator(), gan.PointDiscriminator()
    adams = [torch.optim.Adam(net.parameters(), 1e-3, (0.0, 0.99)) for net in (G, D)]
    return G, D, *adams


def by_hand(batches):
    """D after thirty steps of yours, with a plain step of G after each."""
    G, D, for_g, for_d = pair()
    for real in batches:
        z = G.latents(len(real))
        r1_step(G, D, for_d, real, z, gamma=0.1)
        for_g.zero_grad()
        nn.functional.softplus(-D(G(z))).mean().backward()
        for_g.step()
    return D


# %% id="06-r1-same"
source = data.ToyBatches("ring", 256, seed=1)
batches = [next(source) for _ in range(30)]
mine = by_hand(batches)
G, D, *_ = pair()
penalty = (lambda D, real, fake: r1(D, real, 0.1),)
package = gan.GAN(G, D, lr=1e-3, betas=(0.0, 0.99), regularisers=penalty)
for real in batches:
    package.step(real)
weights = zip(mine.parameters(), D.parameters(), strict=True)
print(f"largest difference: {max(float((a - b).abs().max()) for a, b in weights):.1e}")

# %% [markdown] id="06-r1-use-text"
# So you can train with your own penalty. The next cell trains two thousand steps on the
# ring, first without the penalty and then with it. Each time it measures D's steepest
# slope on the real points.
#
# **Predict.** How many times as steep is $D$ without the penalty as with it?

# %% id="06-r1-predict"
checks.predict("06.slope", ..., unit="times")


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
PLAIN = {"lr": 1e-3, "betas": (0.0, 0.99), "decay_start": 0.5, "final_lr_factor": 0.0}
mine = {**PLAIN, "regularisers": (lambda D, real, fake: r1(D, real, 0.1),)}
trained, slopes = {}, []
for name, settings in {"plain": PLAIN, "your R1": mine}.items():
    recipe = gan.Recipe(gan.PointGenerator, gan.PointDiscriminator, 256, settings)
    trained[name] = model = train_on_ring(recipe)
    slopes.append(steepest(model.discriminator, ring))
    print(f"{name}: steepest slope {slopes[-1]:.1f}")
checks.measured("06.slope", slopes[0] / slopes[1])

# %% [markdown] id="06-r1-look-text"
# The next cell draws D's surface beneath the points. Expect islands with steep edges on
# the left. Expect beliefs close to 1/2 on the right wherever there are points.

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
# Each of these is one seed. The study has more:

# %% id="06-r1-effect"
effect("r1", "r2", "r1+r2")

# %% [markdown] id="06-r1-effect-after"
# A mode was lost in {{study ring-8 plain failed}} seeds of the plain GAN. With R1 it was
# {{study ring-8 r1 failed}}, with R2 {{study ring-8 r2 failed}} and with both
# {{study ring-8 r1+r2 failed}}. On this ring the count does not distinguish them, so read
# the other columns. The penalties make the shares of the modes more even: the median KL
# is {{study ring-8 r1 kl}} with R1 and {{study ring-8 r2 kl}} with R2, against
# {{study ring-8 plain kl}}. They do not make the samples more precise: the medians of
# high quality are {{study ring-8 r1 high_quality}} and {{study ring-8 r2 high_quality}},
# against {{study ring-8 plain high_quality}}.

# %% [markdown] id="06-lazy-text"
# A penalty costs a second pass through $D$ and back. **Lazy** regularisation (Karras et
# al. 2020a) takes it at every $k$-th step only, $k$ times as strong. In `gan.GAN` the
# argument `reg_interval=8` means $k = 8$. Then the mean penalty is the same, and its cost
# is an eighth.
#
# ### Penalties that pull to one: WGAN-GP and DRAGAN
#
# The critic of the Wasserstein distance has the slope 1 along the way from fakes to data.
# WGAN-GP (Gulrajani et al. 2017) requires this slope at places $\hat x$ between a real
# and a generated sample. DRAGAN (Kodali et al. 2017) requires it at places near the real
# samples, and keeps the usual loss:
#
# $$\lambda\, \mathbb E_{\hat x}\bigl[(\lVert \nabla a(\hat x) \rVert - 1)^2\bigr], \qquad \hat x = u\,x + (1 - u)\, G(z) \;\text{ or }\; \hat x = x + \varepsilon, \quad \varepsilon \sim \mathcal N(0, s^2 I). \tag{6.14}$$
#
# Both keep $D$ from growing steep. Neither lets it become flat, and (3.46) showed what
# follows in the Dirac-GAN: an orbit instead of a point of rest. Does that matter in a
# real network? The study compares.

# %% id="06-gp-effect"
effect("wgan-gp", "dragan")

# %% [markdown] id="06-gp-effect-after"
# On this ring the orbit of the theory does not show. With WGAN-GP and DRAGAN the median
# KL is {{study ring-8 wgan-gp kl}} and {{study ring-8 dragan kl}}, close to R1's
# {{study ring-8 r1 kl}} and far below the {{study ring-8 plain kl}} of plain training.
# The ranges of high quality overlap with those of R1 and of plain training.

# %% [markdown] id="06-spectral-text"
# ### A norm on the weights: spectral normalisation
#
# A function is $L$-**Lipschitz** when no two of its values are further apart than $L$
# times the distance of their places. For a network of layers $W_1, \dots, W_n$ with
# leaky ReLUs between them, whose slopes are at most 1,
#
# $$\lvert a(x) - a(y) \rvert \le \Bigl(\prod_{i=1}^{n} \sigma(W_i)\Bigr) \lVert x - y \rVert, \qquad \sigma(W) = \max_{v \ne 0} \frac{\lVert W v \rVert}{\lVert v \rVert}. \tag{6.15}$$
#
# The critic of the first Wasserstein GAN was kept from growing steep by **weight
# clipping** (权重裁剪; Arjovsky et al. 2017). After each step every weight is cut to
# $[-c, c]$. This bounds the slope, but the bound depends on widths and depth and not on
# $c$ alone. Section 5 of chapter 03 measures it on two bumps, beside the gradient
# penalty. Spectral normalisation bounds each layer by what it does instead.
#
# $\sigma(W)$ is the largest singular value. Divide every weight by it, and $D$ is
# 1-Lipschitz everywhere, also far from all data (Miyato et al. 2018). A singular value
# decomposition at every step would be expensive. **Power iteration** estimates $\sigma$
# cheaply: send $v$ through $W$ and back through $W^\top$, normalise, and repeat. Let
# $v^*$ be the direction that is stretched most, $\sigma_1 = \sigma(W)$ the largest
# singular value and $\sigma_2$ the second. Each round turns $v$ towards $v^*$:
#
# $$\tan \angle(v_t, v^*) \le \Bigl(\frac{\sigma_2}{\sigma_1}\Bigr)^{2t} \tan \angle(v_0, v^*). \tag{6.16}$$
#
# {{exercise 06.spectral_norm}}
#
# Write it: `steps` rounds, starting from the `v` that is given. In training $v$ is kept
# from one step to the next. A weight changes little in a step, so a single round is
# enough.


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
# How much larger is the product (6.15) than the real slope? Take the $D$ that was trained
# above with your R1. Expect the bound to be much larger than the steepest slope on the
# data, since the layers do not all stretch the same direction.

# %% id="06-spectral-look"
layers = [
    m.weight.detach() for m in model.discriminator.modules() if hasattr(m, "weight")
]
norms = [float(spectral_norm(W, torch.randn(W.shape[1]), 50)) for W in layers]
print("of the layers:", *(f"{value:.2f}" for value in norms))
print(f"product {math.prod(norms):.1f}, steepest on the data", end=" ")
print(f"{steepest(model.discriminator, ring):.1f}")

# %% [markdown] id="06-spectral-effect-text"
# Spectral normalisation to 1 forces a $D$ whose slope is below 1, on a ring whose modes
# have a width of 0.01. Think about what slope a useful $D$ needs between a mode and a
# place $3\sigma$ beside it, then look at the row.

# %% id="06-spectral-effect"
effect("spectral-norm")

# %% [markdown] id="06-spectral-effect-after"
# Spectral normalisation loses modes in {{study ring-8 spectral-norm failed}} seeds here,
# and its median of high quality is {{study ring-8 spectral-norm high_quality}}. With a
# slope of at most 1 the logit changes by at most $0.03$ over $3\sigma$. So this $D$ can
# hardly tell a mode from a place beside it. That fits the row; a norm of another size was
# not tried. Miyato et al. (2018) measured the remedy on images, where it helped.

# %% [markdown] id="06-ahead-text"
# ## 6 · A discriminator that sees more
#
# ### Looking ahead: unrolling
#
# $G$ moves to where *today's* $D$ gives a high output. Let it be judged by the $D$ of
# $k$ steps later (Metz et al. 2017):
#
# $$L_G^{(k)}(\theta) = L_G\bigl(\theta, \psi_k(\theta)\bigr), \qquad \psi_{j+1} = \psi_j - \eta\, \frac{\partial L_D(\theta, \psi_j)}{\partial \psi}. \tag{6.17}$$
#
# What is new is a second term of the gradient,
#
# $$\frac{d L_G^{(k)}}{d\theta} = \frac{\partial L_G}{\partial \theta} + \Bigl(\frac{\partial \psi_k}{\partial \theta}\Bigr)^{\!\top} \frac{\partial L_G}{\partial \psi_k}: \tag{6.18}$$
#
# it says how $D$ will *answer* a change of $\theta$. Without this term the method would
# only be a $D$ with more steps.
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
# The next cell plays three games of 300 rounds. In each round $D$ takes its one step, and
# $G$ looks $k$ steps ahead, with $k$ = 0, 1 or 5. Does looking ahead damp the rotation,
# or does it only slow it?


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
# In the Dirac-GAN looking ahead acts as friction. It costs time: five steps ahead need
# five more passes through $D$, and the gradient passes back through all of them. What
# does it do in networks?

# %% id="06-ahead-effect"
effect("unrolled")

# %% [markdown] id="06-ahead-effect-after"
# One seed of `unrolled` takes several times as long as a plain one.
# {{study ring-8 unrolled failed}} seeds lost a mode, and the median of high quality is
# {{study ring-8 unrolled high_quality}}, below that of the plain GAN. This does not
# contradict the derivation, which is about two numbers and small steps. Here $D$ has
# thousands of weights and moves by Adam. The steps ahead are plain gradient steps whose
# length has to be chosen (`unroll_lr`). When a remedy costs time, compare it with the
# plain GAN that trains as long.

# %% [markdown] id="06-pack-text"
# ### Packs
#
# A $D$ that judges one sample at a time cannot see that all of them are the same. Give it
# $m$ samples at once, all real or all generated (Lin et al. 2018). It then plays against
# $p^m$ and $q^m$, the distributions of $m$ independent samples. Let $q$ draw from $k$ of
# $K$ equal modes again. Each of the $k^m$ combinations that $q$ can make is more probable
# under $q^m$ than under $p^m$. All others have $q^m = 0$. So the total variation is
#
# $$\mathrm{TV}(p^m, q^m) = 1 - \Bigl(\frac kK\Bigr)^{m}. \tag{6.19}$$
#
# When two modes of eight are missing, it is 0.25 for single samples, 0.44 for pairs and
# 0.68 for packs of four. Now take a $q$ that is wrong by the same 0.25 without any lost
# mode. Half of its modes get one and a half times their share, and the others half of it.
# Its total variation is computed as a sum over the number of samples in a pack that come
# from favoured modes. Expect both curves to start at 0.25.
#
# **Predict.** Which of the two faults do packs make easier to detect: the `missing` modes
# or the `uneven` ones?

# %% id="06-pack-predict"
checks.predict("06.packs", ..., options=("missing", "uneven"))

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
checks.measured("06.packs", "missing" if collapsed[-1] > mild[-1] else "uneven")

# %% [markdown] id="06-pack-after"
# This is the theorem of the PacGAN paper in a small example. Among two faults of equal
# size, packs make the one with lost modes easier to detect.
#
# {{exercise 06.pack}}
#
# The code is one line. The $m$ samples of a pack follow one another on the
# axis of features or channels. D's first layer then takes $m$ times as many inputs. Which
# samples share a pack does not matter.


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
# Another way to show $D$ the whole batch is one extra feature that says how much the
# samples differ. For features $h_{ij}$ of sample $i$ (Karras et al. 2018),
#
# $$s = \frac1F \sum_{j=1}^{F} \sqrt{\frac1N \sum_{i=1}^{N} (h_{ij} - \bar h_j)^2 + \epsilon}, \qquad \bar h_j = \frac1N \sum_i h_{ij}, \tag{6.20}$$
#
# and every sample is given the same $s$. If the fakes are alike, $s$ is small, and $D$
# can use this. The gradient of $s$ can then move all fakes of a batch apart.
#
# {{exercise 06.minibatch_std}}
#
# Write it for features $[N, F]$, with $\epsilon = 10^{-8}$. The mean and the deviation
# are taken over the batch, which is axis 0.


# %% id="06-ex-minibatch-std" exercise="06.minibatch_std"
def minibatch_std(h):
    """Features [N, F] with s of (6.20) as one more column, [N, F + 1].

    The small number beneath the root is 1e-8. s carries a gradient.
    """
    ### BEGIN SOLUTION
    s = (h.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)
    ### END SOLUTION


# %% id="06-use-minibatch-std"
minibatch_std = checks.use("06.minibatch_std", minibatch_std)

# %% [markdown] id="06-std-look-text"
# Does this statistic show what the monitor of section 1 could not? Compare batches of 256
# points with one, two, four and eight modes. First take the statistic of their
# coordinates, then of the features of the $D$ that was trained with R1. (6.3) says that
# coordinates can hardly tell four modes from eight. Do the features do better?

# %% id="06-std-look"
hidden = nn.Sequential(*list(model.discriminator.net)[:-1])  # without the last layer
for k in (1, 2, 4, 8):
    points = modes[:: 8 // k][torch.randint(k, (256,))] + 0.01 * torch.randn(256, 2)
    with torch.no_grad():
        plain, learnt = (minibatch_std(h)[0, -1] for h in (points, hidden(points)))
    print(f"{k} modes: coordinates {plain:.3f}, features {learnt:.3f}")

# %% [markdown] id="06-std-discriminator-text"
# For this $D$ the features hardly tell four modes from eight either. They were trained
# without the statistic. If the statistic is part of $D$, the features can learn to show
# the difference. So build the statistic into $D$.
#
# {{exercise 06.std_discriminator}}
#
# Return a network that maps points $[N, 2]$ to logits $[N, 1]$. Two hidden layers of 128
# units, each with a leaky ReLU of slope 0.2, make features $[N, 128]$. Your
# `minibatch_std` adds the statistic of these features. A linear layer maps the 129
# numbers to the logit, and nothing comes after it. All three layers have biases, and
# there are no other parameters. PyTorch has no standard layer for the statistic. So write
# a module with a `forward` of your own, inside the function.


# %% id="06-ex-std-discriminator" exercise="06.std_discriminator"
def std_discriminator():
    """A network from points [N, 2] to logits [N, 1] that sees the batch's spread."""
    ### BEGIN SOLUTION

    class Seeing(nn.Module):
        def __init__(self):
            super().__init__()
            layers = [nn.Linear(2, 128), nn.LeakyReLU(0.2)]
            layers += [nn.Linear(128, 128), nn.LeakyReLU(0.2)]
            self.hidden, self.last = nn.Sequential(*layers), nn.Linear(129, 1)

        def forward(self, x):
            return self.last(minibatch_std(self.hidden(x)))  # [N, 129] to [N, 1]

    return Seeing()
    ### END SOLUTION


# %% id="06-use-std-discriminator"
std_discriminator = checks.use("06.std_discriminator", std_discriminator)

# %% [markdown] id="06-std-train-text"
# Does it help where modes are lost? Take a ring with uneven modes. The first has half of
# all points, and each of the others has half as many as the one before it. Train a plain
# $D$ and yours for 3,000 steps from the same seed. A mode is *kept* when it gets at least
# a quarter of its right share of 2,500 samples. Expect both to lose rare modes, and yours
# to lose fewer.

# %% id="06-std-train"
shares = 0.5 ** torch.arange(1.0, 9) / (1 - 0.5**8)  # of the eight modes, with sum 1
seeded = torch.Generator().manual_seed(0)
drawn = torch.multinomial(shares, 20_000, replacement=True, generator=seeded)
uneven = modes[drawn] + 0.01 * torch.randn(20_000, 2, generator=seeded)
steps = 12 if training.fast_mode() else 3000
for name, make in (("plain", gan.PointDiscriminator), ("yours", std_discriminator)):
    training.seed_everything(0)
    seeing = gan.GAN(
        gan.PointGenerator(latent=8),
        gan.Discriminator([make()]),
        lr=1e-3,
        betas=(0.0, 0.99),
    )
    training.fit(seeing, data.ToyBatches(uneven, 256, 0), training.Budget(steps=steps))
    nearest = torch.cdist(seeing.sample(2500), modes).argmin(dim=1)
    got = torch.bincount(nearest, minlength=8) / 2500
    print(f"{name}: keeps {int((got >= shares / 4).sum())} of 8,", end=" ")
    print("shares", *(f"{share:.3f}" for share in got))

# %% [markdown] id="06-std-effect-text"
# That was one seed for each. The study has ten seeds of an uneven ring like this. The
# median of the kept modes is {{study unbalanced-ring plain modes}} without the statistic
# and {{study unbalanced-ring minibatch-std modes}} with it. (There it enters before the
# last hidden layer, and Adam has $\beta_1 = 0.5$, where the cells above have $\beta_1 = 0$.
# So the counts above need not lie in the study's range.) The next cell shows what the two
# remedies did on the ring with even modes.

# %% id="06-std-effect"
effect("pacgan-2", "minibatch-std")

# %% [markdown] id="06-std-effect-after"
# Packs lost a mode in {{study ring-8 pacgan-2 failed}} seeds, minibatch standard
# deviation in {{study ring-8 minibatch-std failed}}, and plain training in
# {{study ring-8 plain failed}}. Packs make the shares more even: their median KL is
# {{study ring-8 pacgan-2 kl}}, against {{study ring-8 plain kl}}. The minibatch statistic
# hardly changes it: {{study ring-8 minibatch-std kl}}. Section 9 looks at data where
# modes are lost.

# %% [markdown] id="06-soft-text"
# ## 7 · A less certain discriminator
#
# ### One-sided label smoothing
#
# Teach $D$ the label $\alpha$ instead of 1 for real samples, and $\beta$ instead of 0 for
# generated ones. What does the best $D$ answer then? Minimise at one place, as chapter 03
# did for (3.6). There the cross-entropy is $-p\,[\alpha \log D + (1 - \alpha) \log(1 -
# D)] - q\,[\beta \log D + (1 - \beta) \log(1 - D)]$.
#
# {{exercise 06.smoothed_optimum}}
#
# Set its slope in $D$ to 0, solve for $D$, and write the result.


# %% id="06-ex-smoothed-optimum" exercise="06.smoothed_optimum"
def smoothed_optimum(p, q, real_target, fake_target):
    """The best D at each place [n], for densities p, q [n] and these labels."""
    ### BEGIN SOLUTION
    return (real_target * p + fake_target * q) / (p + q)
    ### END SOLUTION


# %% id="06-use-smoothed-optimum"
smoothed_optimum = checks.use("06.smoothed_optimum", smoothed_optimum)

# %% [markdown] id="06-soft-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# The best $D$ is the mean of the labels at $x$, weighted by the two densities:
#
# $$D^*(x) = \frac{\alpha\, p(x) + \beta\, q(x)}{p(x) + q(x)}. \tag{6.21}$$
#
# </details>

# %% [markdown] id="06-soft-look-text"
# Why *one*-sided (Salimans et al. 2016)? Look at the logit of that $D$ where fakes lie
# far from the data. Its slope there is what moves the fakes. Expect the slope at 6 to
# be nearly 0 as soon as $\beta > 0$.

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
# Where data and fakes do not touch, a $D$ can separate them in many ways, and the best
# one jumps from 0 to 1. Add normal noise to *both* before $D$ gets them (Sønderby et al.
# 2017; Arjovsky & Bottou 2017). Consider the extreme case: all data lie at $c_p$ and all
# fakes at $c_q$. The distributions become $\mathcal N(c_p, s^2 I)$ and
# $\mathcal N(c_q, s^2 I)$, and the best logit (3.2) is a plane:
#
# $$a_s(x) = \frac{\lVert x - c_q \rVert^2 - \lVert x - c_p \rVert^2}{2 s^2}, \qquad \nabla a_s = \frac{c_p - c_q}{s^2}. \tag{6.22}$$
#
# Its slope points from the fakes to the data, everywhere, with a finite length. The
# noise need not change the goal either. For sums of independent variables the
# characteristic functions $\varphi(t) = \mathbb E\,e^{i t \cdot x}$ are multiplied, so
#
# $$\varphi_{x + \varepsilon}(t) = \varphi_x(t)\, \varphi_\varepsilon(t), \tag{6.23}$$
#
# and that of normal noise, $e^{-s^2 \lVert t \rVert^2 / 2}$, is nowhere 0. If the noisy
# distributions agree, the clean ones do. But the factor is tiny for large $t$, that is,
# for fine detail. So the noise has to fall to 0 during the training. The next cell shows
# the best $D$ for three sizes of noise. Expect its step to become less steep as the noise
# grows.

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
# **DiffAugment** (Zhao et al. 2020) is a related remedy for images. Whatever $D$ is
# shown, real or generated, is first changed at random, and gradients pass through the
# change. Zhao et al. change colours, shift images by some pixels, and cut squares out;
# `gan.RandomTranslation` and the gallery's `translation` only shift. Then it is harder
# for $D$ to memorise a small data set. The change must be applied in G's turn too, or $G$
# learns to draw shifted digits. The remedy is meant for few images, the fault that (6.9)
# measures. The ring has no pixels, so the table below has no row for it.

# %% id="06-soft-effect"
effect("label-smoothing", "instance-noise")

# %% [markdown] id="06-soft-effect-after"
# On the ring neither label smoothing nor instance noise changes much. Seeds that lost a
# mode: {{study ring-8 label-smoothing failed}} and {{study ring-8 instance-noise
# failed}}. The median KL is {{study ring-8 label-smoothing kl}} and {{study ring-8
# instance-noise kl}}, against {{study ring-8 plain kl}} of the plain GAN, and the
# ranges of high quality overlap.

# %% [markdown] id="06-pairs-text"
# ## 8 · The game, its pace, its average
#
# ### Pairs
#
# The relativistic loss (section 8 of chapter 03; Jolicoeur-Martineau 2019) compares a
# real and a generated sample:
#
# $$L_D = \mathbb E\bigl[\operatorname{softplus}\bigl(a(G(z)) - a(x)\bigr)\bigr], \qquad L[a + c] = L[a] \;\text{ for every constant } c. \tag{6.24}$$
#
# Only differences of logits count, so $D$ cannot lower its loss by shifting all of them
# towards "generated". Sun et al. (2020) study the loss over all placements of a finite
# set of fakes. They prove that separable losses have exponentially many bad basins, which
# look like mode collapse, and that this loss has none. That is a statement about the
# landscape and not about a training. In the Dirac-GAN $a(x) = 0$ on the data, so there
# this is the non-saturating game. Its friction (3.40) is weak; R1 adds the second term of
# (6.13). The loss with R1 and R2 is **R3GAN** (Huang et al. 2024).

# %% id="06-pairs-effect"
effect("r1+r2", "r3gan", "saturating")

# %% [markdown] id="06-pairs-effect-after"
# R3GAN's median KL is {{study ring-8 r3gan kl}} and its high quality
# {{study ring-8 r3gan high_quality}}. R1 and R2 without pairs have
# {{study ring-8 r1+r2 kl}} and {{study ring-8 r1+r2 high_quality}}. So on this ring the
# even shares come from the penalties, and the pairs add nothing that the study can show.
# The last row may surprise: on the ring the minimax loss loses modes no more often than
# the plain one. {{study ring-8 saturating failed}} seeds failed, and the median KL is
# {{study ring-8 saturating kl}}. Its median of high quality is lower,
# {{study ring-8 saturating high_quality}} against {{study ring-8 plain high_quality}},
# but the ranges overlap. Probably $D$ is never far ahead here. Section 10 shows data on
# which it is.

# %% [markdown] id="06-pace-text"
# ### Two time scales, and several steps of D
#
# Suppose $D$ is so fast that it is always at its best against the present $G$. In the
# Dirac-GAN with R1 the best slope $\psi^*$ solves
# $\theta\,\sigma(\psi\theta) + \gamma\psi = 0$; near the goal,
#
# $$\psi^*(\theta) \approx -\frac{\theta}{2\gamma}, \qquad \dot\theta = \tfrac12 \psi^* = -\frac{\theta}{4\gamma}. \tag{6.25}$$
#
# No rotation is left: $G$ moves straight to the goal. Heusel et al. (2017) prove a
# general statement. They assume that both learning rates fall, and that G's falls faster
# than D's. They also assume that each player has a locally stable equilibrium. Then the
# pair converges to a local equilibrium. More steps of $D$ for each of $G$ (Arjovsky et
# al. 2017) aim at the same, at a higher cost. But (6.25) divides by $\gamma$: without a
# penalty the best $D$ of the Dirac-GAN is infinitely steep. The two rows below have no
# penalty, and their rates do not fall.

# %% id="06-pace-effect"
effect("two-time-scales", "five-d-steps")

# %% [markdown] id="06-pace-effect-after"
# Both lose modes on the ring: two time scales in {{study ring-8 two-time-scales failed}}
# seeds, five steps of $D$ in {{study ring-8 five-d-steps failed}}, plain training in
# {{study ring-8 plain failed}}. $G$ was updated equally often in all three, so the cause
# is not fewer steps of $G$. Probably these discriminators are too steep: (6.25) predicts
# that for a $D$ that is ahead without a penalty. Whether a penalty would have changed
# these rows was not tested. In case A of the gallery, whose $D$ has a penalty and was too
# slow, five steps of $D$ were a cure.

# %% [markdown] id="06-ema-text"
# ### Averages
#
# If the players circle, an average of their positions lies near the centre of the
# circle. Let the weights turn by the angle $\omega$ a step at the radius 1. The average
# of chapter 05 with decay $d$ then circles too, at the radius
#
# $$\rho = \frac{1 - d}{\sqrt{1 - 2 d \cos\omega + d^2}}, \tag{6.26}$$
#
# which is 1 for a short memory. It is small when the memory of $1/(1 - d)$ steps is long
# compared with a full round of $2\pi/\omega$ steps. Yazıcı et al. (2019) use averages in
# this way. The next cell simulates the circle. Expect formula and simulation to agree.

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
# An average costs little and is never seen by $D$, so it cannot disturb the game. It
# does not cure the game either: if $G$ jumps from mode to mode, the average of its
# weights need not draw any of them.
#
# ### Clipping gradients
#
# $$g \leftarrow g \cdot \min\Bigl(1, \frac{c}{\lVert g \rVert}\Bigr) \tag{6.27}$$
#
# keeps the direction and bounds the length (Pascanu et al. 2013). It helps when single
# batches have huge gradients. With Adam expect little change, since Adam divides by the
# gradient's usual size in any case.

# %% id="06-clip-effect"
effect("ema", "gradient-clipping")

# %% [markdown] id="06-clip-effect-after"
# The average raises the precision: the median of high quality is {{study ring-8 ema
# high_quality}}, against {{study ring-8 plain high_quality}}. The worst seed with the
# average has {{study ring-8 ema high_quality low}}, the best without it {{study ring-8
# plain high_quality high}}. It leaves the shares of the modes as they are (KL {{study
# ring-8 ema kl}} against {{study ring-8 plain kl}}). Clipping changes neither by more
# than the spread over seeds: high quality {{study ring-8 gradient-clipping
# high_quality}}, KL {{study ring-8 gradient-clipping kl}}.

# %% [markdown] id="06-all-text"
# ## 9 · All of it, over seeds
#
# Here is the whole table. `plain` is a GAN with the settings of section 5 of chapter 04
# and with latents of eight numbers. It has no remedy. `recommended` has a weak, lazy R1,
# an average of $G$, and a learning rate that rises slowly and falls to zero. Its $G$ has
# bounded hidden units (tanh). Where these are saturated, a point hardly moves with its
# latent. So probably few latents lead to points between two modes. Which three rows do
# you expect to be best?

# %% id="06-all-table"
ring8.table()

# %% [markdown] id="06-all-table-after"
# The plain GAN loses a mode in {{study ring-8 plain failed}} seeds, with a median KL of
# {{study ring-8 plain kl}} and {{study ring-8 plain high_quality}} of high quality. The
# recommended recipe loses one in {{study ring-8 recommended failed}} seeds, with a KL of
# {{study ring-8 recommended kl}}. It has {{study ring-8 recommended high_quality}} of
# high quality (worst seed {{study ring-8 recommended high_quality low}}) and takes
# {{study ring-8 recommended seconds}} seconds a seed. Real points would reach 98.9 %, by
# (4.12).
#
# Which part of the recipe does it? The rows between them answer that, with ten seeds
# each. The figures are medians of high quality, with the worst seed in brackets.
# - **Networks.** Plain training with the tanh networks has {{study ring-8 plain-tanh
#   high_quality}} ({{study ring-8 plain-tanh high_quality low}}). `recommended` without
#   tanh has {{study ring-8 recommended-no-tanh high_quality}} ({{study ring-8
#   recommended-no-tanh high_quality low}}), and loses a mode in {{study ring-8
#   recommended-no-tanh failed}} seeds.
# - **Steps.** 8,000 steps of plain training have {{study ring-8 plain-8000
#   high_quality}} ({{study ring-8 plain-8000 high_quality low}}), and lose a mode in
#   {{study ring-8 plain-8000 failed}} seeds. With the tanh networks they have {{study
#   ring-8 tanh-8000 high_quality}} ({{study ring-8 tanh-8000 high_quality low}}).
# - **The rest.** Without R1 it is {{study ring-8 recommended-no-r1 high_quality}}
#   ({{study ring-8 recommended-no-r1 high_quality low}}), without the falling rate
#   {{study ring-8 recommended-no-decay high_quality}} ({{study ring-8
#   recommended-no-decay high_quality low}}), and without the average {{study ring-8
#   recommended-no-ema high_quality}} ({{study ring-8 recommended-no-ema high_quality
#   low}}).
#
# So the networks alone raise the median most, and the rest of the recipe without them
# raises it nearly as far. Compare the worst seeds, too. Both the tanh networks alone and
# the rest alone have bad seeds, and the whole recipe has none in ten. No single one of
# R1, the falling rate and the average is necessary for that. Without any one of them no
# seed lost a mode, and the worst seed stays above 90 %. More steps do not repair plain
# training: 8,000 of them lost a mode in most seeds, and 3,000 in none.
#
# The record says what the recipe consists of:

# %% id="06-all-recipe"
if not ring8.is_missing:
    recipe = ring8.content["methods"]["recommended"]["config"]
    print(*(f"{name}: {value}" for name, value in recipe.items()), sep="\n")

# %% [markdown] id="06-all-plot-text"
# Medians hide single bad seeds. The next figure has one dot for each seed: the share of
# samples of high quality.

# %% id="06-all-plot"
plots.show(plots.outcomes(ring8, "high_quality"), ring8.in_words("high_quality"))

# %% [markdown] id="06-grid-text"
# The ring is small, and nearly every method keeps its modes. Two sets are harder: 25
# modes on a grid, and a ring whose modes are *not* equally frequent. On that ring a
# generator that treats all modes alike would be wrong. Its last mode has one sample
# in 255. So 2,500 samples show it about ten times if $G$ draws it as often as it should.

# %% id="06-grid-table"
studies.record("grid-25").table()

# %% id="06-unbalanced-table"
studies.record("unbalanced-ring").table()

# %% [markdown] id="06-grid-after"
# On the grid, too, every row has ten seeds. The plain GAN lost a mode in
# {{study grid-25 plain failed}} seeds and keeps a median of
# {{study grid-25 plain modes}} of 25. The minibatch standard deviation lost one in
# {{study grid-25 minibatch-std failed}}, with a median of
# {{study grid-25 minibatch-std modes}}. Packs of two keep more,
# {{study grid-25 pacgan-2 modes}}, and lost one in {{study grid-25 pacgan-2 failed}}. R1
# and R3GAN lost one in {{study grid-25 r1 failed}} and {{study grid-25 r3gan failed}}, so
# these two rows, both with a penalty on D's slope, kept all modes in every seed. The recommended recipe
# lost one in {{study grid-25 recommended failed}}, and it alone is precise:
# {{study grid-25 recommended high_quality}} of high quality, against
# {{study grid-25 r3gan high_quality}} of R3GAN.
#
# On the unbalanced ring every row has ten seeds, and the rows differ clearly. Read the
# kept modes beside the failures, since one lost mode is already a failure. The plain GAN
# keeps a median of {{study unbalanced-ring plain modes}} of 8. Two remedies that show $D$
# several samples at once keep far more: packs of two
# {{study unbalanced-ring pacgan-2 modes}} and the minibatch standard deviation
# {{study unbalanced-ring minibatch-std modes}}. Neither keeps all eight in any seed.
# Penalties on D's slope keep more. R1 lost a mode in {{study unbalanced-ring r1 failed}}
# seeds and WGAN-GP in {{study unbalanced-ring wgan-gp failed}}. R1 and R2 together lost
# one in {{study unbalanced-ring r1+r2 failed}}, and R3GAN in
# {{study unbalanced-ring r3gan failed}}. The recommended recipe lost one in
# {{study unbalanced-ring recommended failed}}, and it alone is precise as well.
#
# So remedies differ in the rare modes that they keep, which the ring with even modes
# cannot show.
# The strengths of all remedies were found by a coarse search on the ring, so expect
# another order on another set.

# %% [markdown] id="06-try-text"
# Your turn: choose a name and train it. Then combine two names: `apply` returns a recipe,
# and the next `apply` takes it. Which pairs does the package refuse, and which message
# does it give?

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
# **Saturating or not.** Chapter 03 predicted that the minimax $G$ receives hardly any
# gradient against a $D$ that is ahead. Here a small DCGAN is trained on digits with both
# losses. It is trained once from an equal start, and once (`ahead`) after $D$ has learnt
# alone from the first batches. The last column is the length of G's gradient in its first
# step; (6.4) says what to expect of it.

# %% id="06-saturating-table"
studies.record("saturating").table()

# %% [markdown] id="06-saturating-after"
# Against a $D$ that is ahead the median length of the first gradient is
# {{study saturating non-saturating-ahead first_slope}} with the non-saturating loss. With
# the saturating loss it is {{study saturating saturating-ahead first_slope}}. Failed
# seeds: {{study saturating non-saturating-ahead failed}} and
# {{study saturating saturating-ahead failed}}. Adam divides by the size of the gradient,
# so a small gradient alone does not mean small steps. Yet the saturating runs fail: their
# median FID is {{study saturating saturating-ahead fid}}, against
# {{study saturating non-saturating-ahead fid}}. Probably little of what Adam enlarges
# points in a useful direction; we have not measured that.
#
# From an equal start the failures are {{study saturating non-saturating failed}} and
# {{study saturating saturating failed}}, although the first gradients have similar
# lengths. A likely reason is that $D$ gets ahead by itself during the training: digits
# are easy to tell from the first fakes. On the ring, where $D$ is probably not far ahead,
# the minimax loss kept all modes like the other.

# %% [markdown] id="06-map-text"
# **A map of learning rates.** The two learning rates span a plane. At each of 25 points
# a small DCGAN is trained for 400 steps with several seeds, and the colour says what
# share of them failed. Where do you expect the safe region: on the diagonal, above it, or
# below?

# %% id="06-map"
lr_map = studies.record("lr-map")
plots.show(plots.failure_map(lr_map), lr_map.in_words())

# %% [markdown] id="06-map-after"
# Many people expect a narrow band around the diagonal, and failure above some learning
# rate. The map differs in two ways. First, the runs in the left column fail, but they
# have not exploded. At so low a rate 400 steps are not enough for $G$, so these runs are
# probably unfinished and not unstable. Second, very high rates do little harm as long as
# *both* players have them. What fails are the corners where one player learns much faster
# than the other. Batch norm is probably the reason. A layer that is followed by it
# computes the same for $W$ and for $10\,W$. A step that is far too long makes $W$ large.
# The next steps are then short compared with $W$, as if the learning rate of this layer
# had fallen. Van Laarhoven (2017) describes this effect for training with weight decay.
# We have not made the map without batch norm. Case F of the gallery, which has none, does
# explode, but it differs in other ways too.
#
# "We use Adam with $2 \cdot 10^{-4}$ for both" describes one point of such a map, for one
# network and one number of steps. It does not say how close the edge of the safe region
# is. A recipe in the middle of a wide safe region is worth more than a slightly better
# one near the edge. Other data can move the edge.
#
# **Batch size.** None of these studies varies the batch size. A larger batch makes both
# gradients less noisy and costs in proportion. Brock et al. (2019) report for ImageNet
# that batches of 2,048 gave better images in fewer steps, and that training then became
# unstable and collapsed. Keep the batch size of a recipe that works. If you change it,
# change nothing else.
#
# **Batch-norm pitfalls.** One small DCGAN, one recipe, eight ways to use batch norm:
#
# - `separate`: real and generated samples pass $D$ one after the other, as in
#   `gan.GAN`;
# - `joint`: $D$ learns from both in one batch, and gets G's samples alone in G's turn;
# - `joint-throughout`: real samples stand beside the fakes in G's turn too;
# - `evaluated-d`: $G$ is taught by $D$ in evaluation mode, by statistics of the past;
# - `averaged` and `averaged-stale`: samples from the average of G's weights, with
#   batch-norm statistics measured afresh, or left over from the last weights;
# - `none-in-d` and `none`: without it in $D$, or in both.
#
# **Predict.** Which of the eight has the highest median FID? Lower is better.

# %% id="06-norm-predict"
norm = studies.record("batch-norm")
checks.predict("06.norm", ..., options=tuple(norm.methods))

# %% id="06-norm-table"
norm.table()

# %% id="06-norm-worst"
medians = {method: np.nanmedian(norm.values(method, "fid")) for method in norm.methods}
checks.measured("06.norm", max(medians, key=medians.get))

# %% [markdown] id="06-norm-after"
# The median FID is {{study batch-norm separate fid}} for `separate`,
# {{study batch-norm joint fid}} for `joint`, {{study batch-norm joint-throughout fid}}
# for `joint-throughout` and {{study batch-norm none-in-d fid}} for `none-in-d`. The
# intervals of `separate` and `none-in-d` overlap (chapter 05), so their order is open.
# Compare the figures with the explanation in section 3. Suppose that `joint` fails because $G$ is taught
# by another function than $D$ has learnt. Then `joint-throughout` should not fail, and it
# does not: {{study batch-norm joint-throughout failed}} seeds failed. In `evaluated-d`
# $G$ is taught by a third function, so it should fail, and it does:
# {{study batch-norm evaluated-d failed}}. Stale statistics in the averaged $G$ make no
# difference here ({{study batch-norm averaged-stale fid}} against
# {{study batch-norm averaged fid}}). Probably this is because the learning rate falls to
# 0, so that the last weights and their average hardly differ in the end.

# %% [markdown] id="06-stacked-text"
# **A thousand modes.** Put three digits into the red, green and blue channel of one
# picture. There are 1,000 kinds of pictures, from 000 to 999: **stacked MNIST** (Metz et
# al. 2017; Srivastava et al. 2017). A classifier reads the three digits of each sample; a
# mode counts when one sample shows it. How many samples are needed? Of $K$ equal modes,
# $n$ samples show on average
#
# $$\mathbb E[\text{modes}] = K \Bigl(1 - \bigl(1 - \tfrac1K\bigr)^n\Bigr), \tag{6.28}$$
#
# which for $K = 1000$ and the usual $n = 26{,}000$ is all of them. A mode that is not
# seen is missing, or far rarer than it should be: a perfect generator shows each about
# 26 times.

# %% id="06-stacked-table"
studies.record("stacked-mnist").table()

# %% [markdown] id="06-stacked-reached"
# The study reached {{study stacked-mnist recommended modes}} modes with a KL of
# {{study stacked-mnist recommended kl}}. These are medians of
# {{study stacked-mnist recommended seeds}} seeds, and each seed took some
# {{study stacked-mnist recommended seconds}} seconds of processor time. We have not run
# the plain DCGAN of the study beside it, so the record does not show what the recipe
# adds. So few seeds say little about a failure rate. By (6.11), two seeds without a
# failure are compatible with a recipe that fails two times in three.

# %% [markdown] id="06-stacked-after"
# These numbers were published with 26,000 samples: DCGAN 99 modes, VEEGAN 150, PacDCGAN
# 1,000 (Lin et al. 2018), R3GAN 1,000 (Huang et al. 2024). Their networks, numbers of
# steps and classifiers differ from ours and from one another's. Only the order of
# magnitude can be compared.

# %% [markdown] id="06-claim-text"
# ## 11 · A claim to check
#
# Lin et al. (2018) report means over ten runs on the ring. **The plain GAN has 6.3 of 8
# modes and 98.2 % of high quality. With packs of two it has 7.9 modes and 95.6 %.**
# Chapter 04 found that six short runs do not settle the first half. The study has more
# seeds and PacGAN's protocol (`covered`). It compares the packed GAN with a plain GAN in
# which nothing else differs. The next cell prints means, as in the paper.

# %% id="06-claim"
for name, modes_there in (("ring-8", 8), ("grid-25", 25)):
    found = studies.record(name)
    for method in [m for m in ("plain", "pacgan-2") if m in found.methods]:
        covered = np.nanmean(found.values(method, "covered"))
        kept = np.nanmean(found.values(method, "modes"))
        quality = np.nanmean(found.values(method, "high_quality"))
        print(f"{name} {method:<9} covered {covered:.1f} of {modes_there},", end=" ")
        print(f"kept {kept:.1f}, {quality:.1%} of high quality")
print("published, ring: plain 6.3, 98.2%; packs of two 7.9, 95.6%")
print("published, grid: plain 17.3, 94.8%; packs of two 23.8, 91.3%")

# %% [markdown] id="06-claim-after"
# This report contains two claims, and they need separate answers. One is a *level*: a
# plain GAN covers 6.3 modes. It depends on the authors' networks, learning rates and
# number of steps. Another recipe need not repeat it, and ours does not. The other is a
# *difference*: packs find modes that the same GAN without packs loses, and lose a little
# quality. Equation (6.19) supports the first half of that claim.
#
# On our ring the difference cannot be tested, because the plain GAN loses no modes there.
# On the grid it can be tested. There the plain GAN keeps
# {{study grid-25 plain modes low}} to {{study grid-25 plain modes high}} of 25
# modes over {{study grid-25 plain seeds}} seeds. Packs of two keep
# {{study grid-25 pacgan-2 modes low}} to {{study grid-25 pacgan-2 modes high}}. So the
# worst packed seed keeps as many modes as the best plain one. Both means of `covered` are
# near the published ones, and the quality of both is far lower.
#
# The unbalanced ring is not one of the paper's data sets. There, over ten seeds, the
# plain GAN keeps {{study unbalanced-ring plain modes low}} to
# {{study unbalanced-ring plain modes high}} modes, and packs of two keep
# {{study unbalanced-ring pacgan-2 modes low}} to
# {{study unbalanced-ring pacgan-2 modes high}}. So packs find modes that the plain GAN
# loses, in every seed. The median of high quality is
# {{study unbalanced-ring plain high_quality}} without packs and
# {{study unbalanced-ring pacgan-2 high_quality}} with them. But the ranges of the seeds
# overlap, and the plain GAN mostly draws a single mode.

# %% [markdown] id="06-predictions-text"
# Here are your predictions of this chapter beside what was measured.

# %% id="06-predictions"
checks.predictions("06")

# %% [markdown] id="06-recap"
# ## What to take along
#
# - $L_D$ bounds the distance from below. A calm curve does not show a good $G$. One lost
#   mode of eight changes D's best loss by 0.09 only. The spread of the samples does not
#   count modes.
# - Diagnose before you repair: D's outputs, then the samples, then the settings. Change
#   one thing at a time.
# - On our ring a gradient penalty made the shares of the modes even, and it did not make
#   samples precise. WGAN-GP and DRAGAN did about as well as R1, although the Dirac-GAN
#   predicts an orbit for them.
# - On our ring the plain GAN lost a mode in no seed of 3,000 steps. Three remedies lost
#   modes in most seeds: a $D$ with a higher learning rate, five steps of $D$, and
#   spectral normalisation to 1.
# - Where modes are not equally frequent, the plain GAN kept one to three of eight and
#   packs of two five to seven. R3GAN and the recommended recipe kept all of them in ten
#   of ten seeds.
# - On the ring the networks of the recommended recipe raise the median precision most.
#   With these networks alone some seeds are bad; with the whole recipe none of ten is.
# - The minimax loss lost no mode on the ring, and it failed on digits in most seeds.
# - A recipe has a distribution of outcomes. Ten good seeds are compatible with one
#   failure in four.
#
# **If you start a GAN today**, begin in this order. In brackets stands what supports
# each step here; it was measured on our data, and on other data you have to check it.
# 1. Take a recipe that works on similar data, with its networks and its batch size.
#    Bring the data to G's range (the networks made the largest difference in section 9;
#    case I).
# 2. Use the non-saturating loss, computed from logits (section 10; cases B and G).
# 3. Give both players equal or similar learning rates (the map of section 10; the row
#    `two-time-scales`; case A).
# 4. If samples move or modes are uneven, add R1 or R2 before other remedies (the KL in
#    section 5; cases B and C).
# 5. Sample from an average of G's weights (the row `ema`).
# 6. Run several seeds, count modes or classes, and look at the samples (section 4).
# 7. With few data, shift or otherwise augment what $D$ sees, in both turns (case H).
#
# **Next** chapter 07: so far modes were counted because they were known. How can
# generated data be measured when the modes are unknown?
#
# ## References
#
# - M. Arjovsky, L. Bottou. Towards Principled Methods for Training Generative
#   Adversarial Networks. ICLR 2017.
# - M. Arjovsky, S. Chintala, L. Bottou. Wasserstein Generative Adversarial Networks.
#   ICML 2017.
# - A. Brock, J. Donahue, K. Simonyan. Large Scale GAN Training for High Fidelity
#   Natural Image Synthesis. ICLR 2019.
# - G. Gidel, R. Askari Hemmat, M. Pezeshki, R. Le Priol, G. Huang, S. Lacoste-Julien,
#   I. Mitliagkas. Negative Momentum for Improved Game Dynamics. AISTATS 2019.
# - I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville. Improved Training of
#   Wasserstein GANs. NeurIPS 2017.
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter. GANs Trained by a
#   Two Time-Scale Update Rule Converge to a Local Nash Equilibrium. NeurIPS 2017.
# - Y. Huang, A. Gokaslan, V. Kuleshov, J. Tompkin. The GAN is dead; long live the GAN!
#   A Modern GAN Baseline. NeurIPS 2024.
# - A. Jolicoeur-Martineau. The Relativistic Discriminator: a Key Element Missing from
#   Standard GAN. ICLR 2019.
# - T. Karras, T. Aila, S. Laine, J. Lehtinen. Progressive Growing of GANs for Improved
#   Quality, Stability, and Variation. ICLR 2018.
# - T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen, T. Aila. Analyzing and
#   Improving the Image Quality of StyleGAN. CVPR 2020 (2020a).
# - T. Karras, M. Aittala, J. Hellsten, S. Laine, J. Lehtinen, T. Aila. Training
#   Generative Adversarial Networks with Limited Data. NeurIPS 2020 (2020b).
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
# - C. K. Sønderby, J. Caballero, L. Theis, W. Shi, F. Huszár. Amortised MAP Inference
#   for Image Super-resolution. ICLR 2017.
# - A. Srivastava, L. Valkov, C. Russell, M. U. Gutmann, C. Sutton. VEEGAN: Reducing
#   Mode Collapse in GANs using Implicit Variational Learning. NeurIPS 2017.
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
