# %% [markdown] id="09-title"
# # 09 · VAEs at work
#
# A model that knows what images are like can do more than draw new ones. In this chapter
# one kind of model cleans images, completes them, stores them in fewer bits, notices those
# that do not belong, and sorts out what varies in them. Each job has a rival that learns
# nothing, a figure of merit, and a way to go wrong.
#
# **You will be able to**
# - say which denoiser is best in mean square, and what that costs in sharpness;
# - complete an image in several ways, and say whether the ways differ as they should;
# - turn probabilities into bits that a program can read back exactly;
# - explain why a probable image need not be a normal one;
# - make a posterior collapse, cure it, and measure whether latents mean something.
#
# **Time** about three hours with the ten exercises. **Before this** chapters 07
# and 08.
#
# {{run card}}

# %% id="09-imports"
import math
import zlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from aigc_course import checks, classical, data, metrics, plots, training, vae
from aigc_course.vae import bitsback, coding

training.seed_everything(9)
fast = training.fast_mode()

# %% id="09-data"
digits = data.default()
test = data.load(digits.name, "test")
n = min(100 if fast else 1000, len(test))
real = data.to_float(test.images[:n])
known = data.to_float(digits.images[: 10 * n])


# %% id="09-fit"
def fit(model, seconds, batches=None):
    """Train a model for so many seconds, on the digits if nothing else is given."""
    batches = batches or data.batches(digits, 128, seed=9)
    history = training.fit(model, batches, training.lesson(seconds=seconds))
    print(f"{history.rows[-1]['step']:,} steps; {history.messages or 'no complaints'}")
    return model


# %% [markdown] id="09-base-text"
# The plain VAE of chapter 08 serves in several sections: Bernoulli pixels, binarised anew in
# every batch. It gets 45 seconds. From now on `x` are test digits in black and white, drawn
# once.

# %% id="09-base"
model = fit(vae.RECIPES["vae", "fast"].build(), seconds=45)
nets = model.trained()
generator = torch.Generator().manual_seed(9)
x = vae.binarise(vae.to_unit(real), generator)

# %% [markdown] id="09-noise-text"
# ## 1 · Denoising
#
# Somebody hands you a noisy image and wants the clean one back. Grey values from 0 to 1,
# noise of known size, and a score in decibels, the peak signal-to-noise ratio:
#
# $$y = x + s\, \varepsilon, \quad \varepsilon \sim \mathcal N(0, I), \qquad \mathrm{PSNR} = 10 \log_{10} \frac{1}{\mathrm{MSE}}. \tag{9.1}$$
#
# We take $s = \frac12$, half the way from black to white, at every pixel. On the course's
# scale from −1 to 1 that is noise of size 1. Can you still read the digits?

# %% id="09-noise"
few = 30 if fast else 200
s = 2 * 0.5  # on the scale from -1 to 1
clean = real[:few]
noisy = clean + s * torch.randn(clean.shape, generator=generator)
plots.show(
    plots.labelled_rows({"clean": clean[:16], "noisy": noisy[:16].clamp(-1, 1)}),
    "Sixteen digits, and beneath the same under noise so heavy that one reads them with"
    " effort.",
)

# %% [markdown] id="09-classical-text"
# First those that learn nothing. Four classical filters, each with the parameter that does
# best on *training* images, so that they get a fair chance. The median takes the middle of
# the pixels around; a Gaussian blur their mean; non-local means average places whose
# surroundings look alike; total variation looks for an image near $y$ with few slopes.

# %% id="09-classical"
train_noisy = known[:few] + s * torch.randn(known[:few].shape, generator=generator)
tried = classical.trials(train_noisy[:50], known[:few][:50])
filters = {}
for name in classical.FILTERS:
    own = [trial for trial in tried if trial.filter.name == name]
    filters[name] = max(own, key=lambda trial: trial.psnr).filter


# %% id="09-classical-row"
def fidelity(images, clean=clean):
    """Mean PSNR and SSIM of restored images."""
    images = images.clamp(-1, 1)
    return {
        "PSNR, dB": metrics.psnr(images, clean).mean,
        "SSIM": metrics.ssim(images, clean).mean,
    }


# %% id="09-classical-sheet"
restored = {"noisy": noisy, **{name: f(noisy) for name, f in filters.items()}}
sheet = {name: fidelity(images) for name, images in restored.items()}
plots.show(plots.score_sheet(sheet), plots.best_of(sheet))

# %% [markdown] id="09-best-text"
# How far can one get? Whatever a denoiser $f$ does, its mean squared error falls into two
# parts,
#
# $$\mathbb E\,|x - f(y)|^2 = \mathbb E\,\bigl|x - \mathbb E[x \mid y]\bigr|^2 + \mathbb E\,\bigl|\mathbb E[x \mid y] - f(y)\bigr|^2, \tag{9.2}$$
#
# and only the second is its own. So the best $f$ is the **posterior mean**
# $\mathbb E[x \mid y]$: the mean of all clean images, each weighted by how likely it is to
# have become $y$. It depends on what images there are, and that is the prior. A filter has a
# prior, too: total variation believes in flat patches, on any picture whatever. It has
# never seen a digit.
#
# So let the prior be the training set itself, $M$ images $c_m$, equally likely. Then
#
# $$\mathbb E[x \mid y] = \sum_{m=1}^{M} w_m c_m, \qquad w_m = \frac{\exp(-|y - c_m|^2 / 2 s^2)}{\sum_l \exp(-|y - c_l|^2 / 2 s^2)}. \tag{9.3}$$
#
# {{exercise 09.posterior_mean}}
#
# Write (9.3) for a batch. The exponents are in the hundreds.


# %% id="09-ex-posterior-mean" exercise="09.posterior_mean"
def posterior_mean(noisy, known, sigma):
    """E[x|y] for images noisy [N, D] when x is one of known [M, D]: [N, D]."""
    ### BEGIN SOLUTION
    squares = torch.cdist(noisy, known).square()  # |y - c|^2, [N, M]
    return torch.softmax(-squares / (2 * sigma**2), dim=1) @ known
    ### END SOLUTION


# %% id="09-use-posterior-mean"
posterior_mean = checks.use("09.posterior_mean", posterior_mean)

# %% [markdown] id="09-memory-text"
# Nothing is trained, and nothing is filtered: the memory of a hundred, a thousand, ten
# thousand digits is asked which of them this could have been. Expect a hundred to be far too
# few, and the largest memory to come near the best filter in PSNR and to pass it in SSIM.

# %% id="09-memory"
for share in (100, 10, 1):
    memory = known[: len(known) // share].flatten(1)
    found = posterior_mean(noisy.flatten(1), memory, s)
    sheet[f"memory of {len(memory):,}"] = fidelity(found.view_as(noisy))
restored["memory"] = found.view_as(noisy)
plots.show(plots.score_sheet(sheet), plots.best_of(sheet))

# %% [markdown] id="09-memory-after"
# Each ten-fold memory helps, and there is no end in sight: the true digit is in none of
# them, and the nearest one is all that memory can offer. What is missing is the ability to
# see what *lies between* examples. That is what a model learns.
#
# A **denoising VAE** has a bottleneck like any VAE. Its encoder is shown the noisy image, its
# decoder is held to the clean one (Im et al. 2017). A squared error is least where the decoder
# paints the mean, and so is a cross-entropy of grey values, which learns faster from black
# beginnings. Averaged over several latents from $q(z \mid y)$ it comes as near to the posterior
# mean as this model can. Two changes: 8 latents at each of 7 × 7 places, so that a stroke need
# not pass through one vector; and a small $\beta$ on the KL, since nobody is going to sample
# from this prior. (`vae.DENOISER` is the recipe for a longer training, with normal pixels.)
# Fifty seconds. Expect it to leave filters and memory behind by decibels.

# %% id="09-denoiser"
settings = {"lr": 2e-3, "rise": 5_000, "hold": 0.3, "final": 0.0, "ema": 10_000}
settings["bf16"] = training.bf16_pays(torch.device("cpu"))
denoiser = vae.DenoisingVAE(vae.spatial(8), noise=0.5, beta=0.05, **settings)
fit(denoiser, seconds=50)
for samples in (1, 8):
    found = denoiser.denoise(noisy, samples=samples, generator=generator)
    sheet[f"denoising VAE, {samples} drawn"] = fidelity(found)
restored["denoising VAE"] = found
plots.show(plots.score_sheet(sheet), plots.best_of(sheet))

# %% id="09-denoiser-look"
chosen = ("noisy", "total variation", "memory", "denoising VAE")
rows = {name: restored[name][:16].clamp(-1, 1) for name in chosen}
plots.show(
    plots.labelled_rows({"clean": clean[:16], **rows}),
    "Rows of sixteen digits: clean; noisy; total variation, blotchy and grey; the memory's"
    " answer, clear digits that are not always the right ones; the denoising VAE's, smooth"
    " digits close to the clean ones.",
)

# %% [markdown] id="09-tweedie-text"
# In the last two rows of the sheet, look at what averaging over eight latents adds to one:
# (9.2) at work, and more of it below.
#
# Two remarks. The first will carry a later chapter. The posterior mean can be had without
# knowing any posterior, from the density $p(y)$ of the *noisy* images alone (Robbins 1956,
# Efron 2011):
#
# $$\mathbb E[x \mid y] = y + s^2\, \nabla_y \log p(y). \tag{9.4}$$
#
# To denoise is to walk uphill in $\log p$. Whoever has a denoiser has the slope of a density,
# and can go on from there to sampling: diffusion models do. With the memory as the prior,
# $p(y)$ is a mixture of normals around its images, and both sides can be computed.

# %% id="09-tweedie"
y, memory = noisy[:5].flatten(1).double(), known[:n].flatten(1).double()
y.requires_grad_()
log_p = (-torch.cdist(y, memory).square() / (2 * s**2)).logsumexp(1)  # + a constant
(slope,) = torch.autograd.grad(log_p.sum(), y)
gap = (y + s**2 * slope) - posterior_mean(y.detach(), memory, s)
print(f"largest difference between the two sides: {gap.abs().max():.1e}")

# %% [markdown] id="09-draw-text"
# The second is about sharpness. A mean of several sharp images is a soft one, and no image
# of the prior looks like it. Is a draw $x'$ from the posterior better? It is as sharp as any
# image, and independent of $x$ given $y$, so
#
# $$\mathbb E\,|x - x'|^2 = 2\, \mathbb E\,\bigl|x - \mathbb E[x \mid y]\bigr|^2: \tag{9.5}$$
#
# exactly twice the error, 3 dB (Blau and Michaeli 2018 show that this is the most which a
# perfect look need cost). Look, at noise of twice white's distance from black, with the
# clean images from the memory, so that the prior is right. Expect a ratio near 2.

# %% id="09-draw"
memory, loud = known.flatten(1), 4.0
truth = memory[:few]
y = truth + loud * torch.randn(truth.shape, generator=generator)
mean = posterior_mean(y, memory, loud)
weights = torch.softmax(-torch.cdist(y, memory).square() / (2 * loud**2), 1)
draw = memory[torch.multinomial(weights, 1, generator=generator)[:, 0]]
errors = [(found - truth).square().sum(1).mean() for found in (mean, draw)]
print(f"mean {errors[0]:.0f}, draw {errors[1]:.0f}: ratio {errors[1] / errors[0]:.2f}")

# %% id="09-draw-look"
rows = {"clean": truth, "noisy": y.clamp(-1, 1), "mean": mean, "draw": draw}
plots.show(
    plots.labelled_rows({k: v[:16].view(-1, 1, 28, 28) for k, v in rows.items()}),
    "Sixteen clean digits; the same lost in noise; posterior means, soft and often two"
    " digits at once; draws, each a sharp digit and several of them wrong.",
)

# %% [markdown] id="09-draw-after"
# Which is better? If the image is a clue, the mean: it does not invent. If it is to be looked
# at, the draw, as long as nobody takes it for the truth. PSNR has chosen the mean for you.

# %% [markdown] id="09-fill-text"
# ## 2 · Completing what is missing
#
# A part $x_h$ of an image is hidden, the rest $x_o$ is known. A VAE holds all the answers,
# $p(x_h \mid x_o)$, and no formula for them. Rezende, Mohamed and Wierstra (2014, appendix F)
# let two draws take turns:
#
# $$z^{(t)} \sim q\bigl(z \mid x_o, x_h^{(t)}\bigr), \qquad x_h^{(t+1)} \sim p\bigl(x_h \mid z^{(t)}\bigr). \tag{9.6}$$
#
# Were $q$ the true posterior, each step would draw one of the unknowns given all others, from
# the right conditional distribution: Gibbs sampling, whose pictures in the long run are draws
# from $p(x_h \mid x_o)$. With an encoder that is a little wrong they are a little wrong.
#
# Test it where everything is normal, and the answer known: for a covariance $C$ and mean $b$,
#
# $$p(x_h \mid x_o) = \mathcal N\bigl(b_h + C_{ho} C_{oo}^{-1} (x_o - b_o),\; C_{hh} - C_{ho} C_{oo}^{-1} C_{oh}\bigr). \tag{9.7}$$
#
# Four numbers, two latents; the last two are hidden, and ten thousand chains start from 0.
# Expect both printed rows to agree to about two digits.

# %% id="09-fill-linear"
W = torch.randn(4, 2, generator=generator, dtype=torch.float64)
linear = vae.LinearGaussian(W, torch.zeros(4).double(), 0.5)
seen = linear.sample(1, generator)[0, :2]
C = linear.covariance()
mean = C[2:, :2] @ torch.linalg.solve(C[:2, :2], seen)
spread = (C[2:, 2:] - C[2:, :2] @ torch.linalg.solve(C[:2, :2], C[:2, 2:])).diagonal()

# %% id="09-fill-linear-chain"
chains = torch.cat([seen.expand(10_000, 2), torch.zeros(10_000, 2)], dim=1)
for _ in range(50):
    m, covariance = linear.posterior(chains)
    e = torch.randn(10_000, 6, generator=generator, dtype=torch.float64)
    z = m + e[:, :2] @ torch.linalg.cholesky(covariance).T
    chains[:, 2:] = (z @ W.T + linear.s * e[:, 2:])[:, 2:]
hidden = chains[:, 2:]
for name, m, v in (("(9.7)", mean, spread), ("chains", hidden.mean(0), hidden.var(0))):
    print(f"{name:<7} mean {m[0]:6.3f} {m[1]:6.3f}   variance {v[0]:.3f} {v[1]:.3f}")

# %% [markdown] id="09-refill-text"
# {{exercise 09.refill}}
#
# Now for images: write one step of the chain, with all its randomness handed in.


# %% id="09-ex-refill" exercise="09.refill"
def refill(x, hidden, encode, decode, e, u):
    """Pixels [N, 1, H, W] with the hidden ones drawn anew, by noise e and u."""
    ### BEGIN SOLUTION
    mean, log_variance = encode(x)
    z = mean + (log_variance / 2).exp() * e
    painted = (u < decode(z)).to(x.dtype)
    return torch.where(hidden, painted, x)
    ### END SOLUTION


# %% id="09-use-refill"
refill = checks.use("09.refill", refill)


# %% id="09-chain"
@torch.no_grad()
def complete(x, hidden, steps, keep=()):
    """x after so many steps of the chain, begun from noise; earlier states by `keep`."""
    x = torch.where(hidden, torch.rand_like(x).round(), x)
    states = {0: x}
    for step in range(1, steps + 1):
        e, u = torch.randn(len(x), nets.latent), torch.rand_like(x)
        x = refill(x, hidden, nets.encode, nets.decode, e, u)
        states |= {step: x} if step in keep else {}
    return (x, states) if keep else x


# %% [markdown] id="09-chain-text"
# Hide the lower half of the digits and begin with random pixels there. Watch one chain in
# each column: expect noise, then something that hardly fits, then strokes that continue what
# is known. From there on the chain does not settle; it keeps on trying.

# %% id="09-chain-look"
lower = torch.zeros(28, 28, dtype=torch.bool)
lower[14:] = True
times = (0, 1, 5, 20, 50) if not fast else (0, 1, 2)
_, states = complete(x[:16], lower, times[-1], keep=times)
rows = {f"step {t}": vae.to_signed(states[t]) for t in times}
plots.show(
    plots.labelled_rows({"whole": vae.to_signed(x[:16]), **rows}),
    "Sixteen binary digits; then the same with the lower half filled with noise; then after"
    " more and more steps of the chain, ever more often a digit that continues its upper"
    " half.",
)

# %% [markdown] id="09-many-text"
# One completion answers a question that has many answers. Run six chains for each digit.
# Expect agreement where the upper half leaves no doubt, and different *digits* where it
# does: a 9 or a 7 or a 4, a 3 or a 5 or an 8.

# %% id="09-many"
tries = 3 if fast else 6
steps = 3 if fast else 60
answers = torch.stack([complete(x[:few], lower, steps) for _ in range(tries)])
top = torch.where(lower, torch.full_like(x[:16], 0.3), x[:16])
rows = {f"chain {i + 1}": vae.to_signed(answers[i, :16]) for i in range(tries)}
plots.show(
    plots.labelled_rows({"known": vae.to_signed(top), **rows}),
    "Sixteen upper halves above grey, and beneath several completions each; most columns"
    " agree on the digit and differ in their strokes, some disagree on the digit.",
)

# %% [markdown] id="09-judge-text"
# Are they any good? An independent classifier reads them. It gets a floor, the digit with
# nothing in the hole; the smoothest surface through the known pixels (a classical method
# that believes in thin plates); and a ceiling, the whole digit. Then two questions about the
# *set* of answers: how many different digits are among them, and is the true one?


# %% id="09-judge"
def read(pixels):
    """What the classifier reads in pixels [N, 1, 28, 28] in [0, 1]: [N]."""
    return metrics.classify(vae.to_signed(pixels))


truth = test.labels[:few]
plate = vae.to_unit(classical.inpaint(vae.to_signed(x[:few]), lower))
empty = torch.where(lower, torch.zeros_like(x[:few]), x[:few])
for name, pixels in (("nothing", empty), ("plate", plate), ("whole", x[:few])):
    print(f"{name:<14} {(read(pixels) == truth).float().mean():.0%} read rightly")
guesses = torch.stack([read(answer) for answer in answers])  # [tries, few]
print(f"{'one chain':<14} {(guesses == truth).float().mean():.0%} read rightly")

# %% id="09-judge-set"
kinds = torch.tensor([len(set(column.tolist())) for column in guesses.T])
among = (guesses == truth).any(0).float().mean()
print(f"{kinds.float().mean():.2f} different digits among {tries} answers on average;")
print(f"the true digit is among them for {among:.0%} of the images")
most = kinds.argsort(descending=True)[:16]
rows = {f"chain {i + 1}": vae.to_signed(answers[i, most]) for i in range(tries)}
plots.show(
    plots.labelled_rows({"whole": vae.to_signed(x[most]), **rows}),
    "The sixteen digits about which the chains disagree most, with their completions: often"
    " upper halves that several digits share.",
)

# %% [markdown] id="09-judge-after"
# Do not read "one chain" as a grade that ought to reach the ceiling. Where the upper half
# fits two digits equally well, an honest sampler is wrong half of the time; one that never
# is has stopped telling you what it does not know. Ask instead whether the truth is among
# the answers, and whether the disagreements are where *you* would hesitate. Chains that
# start in noise may also have got stuck: run them longer, and see which of the figures move.

# %% [markdown] id="09-bits-text"
# ## 3 · From probabilities to bits
#
# Shannon (1948): whoever expects a symbol with probability $q$ can write it in
# $-\log_2 q$ bits, and on average, when symbols really come with probabilities $p$, pays
#
# $$\mathbb E_{s \sim p}\bigl[-\log_2 q(s)\bigr] = \underbrace{-\sum_s p(s) \log_2 p(s)}_{H(p)} + \frac{\mathrm{KL}(p \,\|\, q)}{\log 2}. \tag{9.8}$$
#
# The entropy $H(p)$ nobody can save. The KL is the price of a wrong model. So a model with a
# high likelihood *is* a good compressor, in theory at once, and in practice as soon as
# somebody writes the coder.
#
# {{exercise 09.code_length}}
#
# What does a message cost? Write it for symbols that were each expected with probabilities
# of their own.


# %% id="09-ex-code-length" exercise="09.code_length"
def code_length(symbols, p):
    """Bits of symbols, int64 [n], expected with probabilities p [n, K]: a scalar."""
    ### BEGIN SOLUTION
    return -p.gather(1, symbols[:, None]).log2().sum()
    ### END SOLUTION


# %% id="09-use-code-length"
code_length = checks.use("09.code_length", code_length)

# %% [markdown] id="09-push-text"
# And the coder? It is one line. Take the whole message as *one* large number $x$, of
# $\log_2 x$ bits. A symbol of probability $f / 2^r$ shall make $x$ larger by the factor
# $2^r / f$, so that the bits grow by $-\log_2 (f / 2^r)$; and the step must be reversible.
# Give each symbol $f$ of the $2^r$ slots, from $c$ on, where $c$ is the sum of the $f$ before
# it. Duda's asymmetric numeral systems (2013) do
#
# $$x' = \lfloor x / f \rfloor\, 2^r + c + (x \bmod f). \tag{9.9}$$
#
# What the division drops, $x \bmod f$, is not lost: it chooses among the symbol's slots. To
# read, look into which symbol's slots $x' \bmod 2^r$ falls, and go back:
#
# $$x = f\, \lfloor x' / 2^r \rfloor + (x' \bmod 2^r) - c. \tag{9.10}$$
#
# {{exercise 09.push}}
#
# Write (9.9) with Python's whole numbers, which may be as long as you like.


# %% id="09-ex-push" exercise="09.push"
def push(x, c, f, r):
    """The whole number x with a symbol of frequency f of 2^r pushed on."""
    ### BEGIN SOLUTION
    return (x // f << r) + c + x % f
    ### END SOLUTION


# %% id="09-use-push"
push = checks.use("09.push", push)

# %% [markdown] id="09-letters-text"
# A sentence as one number, with frequencies counted from the sentence itself. Expect a
# number of many digits, as many bits as (9.8) promises and a dozen more (as long as $x < f$
# there is nothing to divide), and the sentence back.

# %% id="09-letters"
sentence = "the rain in spain stays mainly in the plain"
letters = sorted(set(sentence))
symbols = torch.tensor([letters.index(letter) for letter in sentence])
share = torch.bincount(symbols) / len(symbols)
table = coding.frequencies(share).tolist()  # whole numbers that sum to 2^16
ends = np.cumsum(table).tolist()
number = 1
for k in symbols.tolist():
    number = push(number, ends[k] - table[k], table[k], coding.PRECISION)
print(f"{number}\n{number.bit_length()} bits")
print(f"{code_length(symbols, share.expand(len(symbols), -1)):.1f} by (9.8)")

# %% id="09-letters-back"
found = ""
while number > 1:
    slot = number % coding.TOTAL  # x mod 2^r
    k = next(k for k, end in enumerate(ends) if slot < end)
    number = table[k] * (number >> coding.PRECISION) + slot - (ends[k] - table[k])
    found = letters[k] + found
print(found)

# %% [markdown] id="09-letters-after"
# It comes back letter by letter, the last one first: the message is a stack. The package's
# `vae.coding` is these two lines, plus what keeps $x$ short: bytes move to a tail before the
# number outgrows five bytes. (The table itself must be sent as well, of course. That is
# true of every model below: both sides have it, and it is not counted. With ten thousand
# images to send it is worth having, with one it is not.)

# %% [markdown] id="09-vq-text"
# ## 4 · A codebook, and a prior over its codes
#
# To code an image one needs symbols. A **VQ-VAE** (van den Oord et al. 2017) makes them: its
# encoder gives 49 vectors, a 7 × 7 map, and each is replaced by the nearest of $K$ codes,
#
# $$k_t = \arg\min_k |e_t - c_k|^2, \qquad L = -\log p(x \mid c_k) + |\operatorname{sg}[e] - c_k|^2 + \beta\, |e - \operatorname{sg}[c_k]|^2, \tag{9.11}$$
#
# where sg stops the gradient: the second term moves the codes to the vectors, the third
# holds the vectors to their codes, and the gradient of the first passes the replacement as
# if it were not there. So an image is 49 whole numbers, at most $49 \log_2 K$ bits, and
# decoding loses what the codes do not say. The package's `vae.CODEC` makes do with eight codes,
# whose places know of the whole image through residual blocks. Fifty seconds.

# %% id="09-vq"
vq = fit(vae.CODEC.build(), seconds=50)
maps = vq.encode(real)  # [n, 7, 7]
K = len(vq.networks.codebook.codes)
print(
    f"{K} codes; at most {49 * math.log2(K) / 784:.3f} bits a pixel; one digit's map:"
)
print(maps[0])

# %% id="09-vq-look"
rows = {"digits": real[:16], "there and back": vq.reconstruct(real[:16])}
plots.show(
    plots.labelled_rows(rows),
    "Sixteen digits, and beneath them what 49 codes keep of each: nearly the same, a little"
    " softer.",
)

# %% [markdown] id="09-prior-text"
# The codes are far from equally likely, and far from independent: next to background stands
# background. A prior that knows is a product of conditionals, in reading order,
#
# $$p(k) = \prod_{t=0}^{48} p(k_t \mid k_0, \dots, k_{t-1}). \tag{9.12}$$
#
# A PixelCNN computes all 49 factors at once, with convolutions that never look ahead.
#
# {{exercise 09.mask}}
#
# Write what such a convolution may see. In the first layer the place itself is hidden
# (mask A): it is what is to be foretold. In later layers it holds only what came before, and
# may be seen (mask B).


# %% id="09-ex-mask" exercise="09.mask"
def mask(k, kind):
    """1 where a k x k convolution may look, 0 elsewhere: float32 [k, k]."""
    ### BEGIN SOLUTION
    seen = torch.zeros(k, k)
    seen[: k // 2] = 1
    seen[k // 2, : k // 2 + (kind == "B")] = 1
    return seen
    ### END SOLUTION


# %% id="09-use-mask"
mask = checks.use("09.mask", mask)

# %% [markdown] id="09-prior-fit-text"
# Two priors: one counts how often each code stood at each place, and knows nothing of
# neighbours; the other is the package's PixelCNN, trained for half a minute on codes.

# %% id="09-prior"
codes = vq.encode(known)
counted = vae.CountPrior(codes, K)
learned = vae.CodePrior(vq, **vae.CODEC_PRIOR)
learned = fit(learned, 30, vae.CodeBatches(codes, 64))

# %% [markdown] id="09-rate-text"
# Now code for real. Three models of the same maps: all codes equally likely, the counts, the
# PixelCNN. On the left what (9.8) says, on the right all bits of the message that
# `vae.compress` makes. Expect the columns to agree to a fraction of a percent, and each
# better model to save bits.

# %% id="09-rate"
some = real[: 10 if fast else 200]
codes, symbols = vq.encode(some), vq.encode(some).flatten()
equal = torch.full((len(symbols), K), 1 / K)
tables = {"counted": counted.tables.expand(len(some), -1, -1)}
tables["PixelCNN"] = learned.tables(codes)
print(f"equally likely {code_length(symbols, equal) / some.numel():.3f} bits a pixel")
for name, prior in (("counted", counted), ("PixelCNN", learned)):
    p = tables[name].reshape(-1, K) / coding.TOTAL
    packet = vae.compress(vq, prior, some)
    paper = code_length(symbols, p) / some.numel()
    print(f"{name:<14} {paper:.3f}, coded {packet.bits_per_pixel:.3f}")

# %% [markdown] id="09-exact-text"
# Read it back. The decoder has the bytes, the VQ-VAE and the prior. It asks the prior for the
# first code's probabilities, pops the code, asks for the second's given the first, and so on.
# One wrong bit, and everything after it is rubbish. (So both sides must compute the same
# probabilities to the last digit: the same kind of machine, the same number of threads. A check
# sum tells when they did not.) Expect `True`.

# %% id="09-exact"
back = vae.decompress(vq, learned, packet)
print(torch.equal(back, vq.reconstruct(some)), f"{len(packet.data):,} bytes")

# %% [markdown] id="09-jpeg-text"
# How good is that? The rivals: PNG, which loses nothing, and JPEG at many qualities. To be
# generous, their headers are not counted, though at this size they would be most of the
# file. Rate against quality, in bits per pixel and decibels: up and to the left is better.
# JPEG was made for photographs, not for strokes; expect a wide gap.

# %% id="09-jpeg"
jpeg = {"rate": [], "PSNR": []}
for quality in (1, 5, 10, 15, 20, 30, 40, 50, 60, 75):
    coded = [vae.jpeg_bits(image, quality) for image in some]
    images = torch.stack([each.image for each in coded])
    jpeg["rate"].append(sum(each.bits_per_pixel for each in coded) / len(coded))
    jpeg["PSNR"].append(metrics.psnr(images, some).mean)
ours = packet.bits_per_pixel, metrics.psnr(back, some).mean
png = sum(vae.png_bits(image).bits_per_pixel for image in some) / len(some)

# %% id="09-jpeg-plot"
at = np.interp(ours[1], jpeg["PSNR"], jpeg["rate"])
plots.show(
    plots.lines(
        {
            "JPEG": (jpeg["rate"], jpeg["PSNR"]),
            "VQ-VAE and PixelCNN": ([ours[0]], [ours[1]]),
        },
        "bits per pixel",
        "PSNR, dB",
    ),
    f"The codec at {ours[0]:.3f} bits a pixel and {ours[1]:.1f} dB; at that PSNR, or the"
    f" nearest it has, JPEG takes {at:.3f}. PNG, which is exact, takes {png:.2f}.",
)

# %% [markdown] id="09-jpeg-after"
# Say the price as well. The codec knows digits and nothing else: feed it a letter, and it
# will write a digit. The networks have to be there on both sides. And a PSNR that is equal
# need not look equal: JPEG errs with ripples that everybody sees, a VQ-VAE errs by writing a
# clean stroke somewhere else.

# %% [markdown] id="09-codes-sample-text"
# A prior over codes is also a way to *sample*. Draw a map from the counts, and one from the
# PixelCNN, code after code; decode both. The plain VAE's samples for comparison. Before you
# look: what must a map from the counts lack?

# %% id="09-codes-sample"
drawn = {"VAE": model.sample(n, generator)}
for name, prior in (("counted codes", counted), ("PixelCNN's codes", learned)):
    drawn[name] = vq.decode(prior(n, generator))
plots.show(
    plots.labelled_rows({name: images[:16] for name, images in drawn.items()}),
    "Sixteen samples each: the VAE's, soft; from counted codes, broken strokes that do not"
    " join; from the PixelCNN's codes, mostly joined strokes, many of them digits.",
)

# %% id="09-codes-report"
LOWER = ("FID", "told apart")
sheet = {}
for name, images in drawn.items():
    of = metrics.report(images, data=digits.name, n=n).samples
    sheet[name] = {"FID": of.fid, "density": of.density, "coverage": of.coverage}
    sheet[name]["told apart"] = of.told_apart
plots.show(plots.score_sheet(sheet, LOWER), plots.best_of(sheet, LOWER))

# %% [markdown] id="09-codes-report-after"
# The VAE's own answer to "where to sample" was a normal hill, and chapter 08 ended with its
# holes. A VQ-VAE gives no answer at all in its first stage, and then learns one where there
# is something to learn from, over whole numbers, with a likelihood that is exact. This split,
# first compress, then model the codes, is behind many large image models.

# %% [markdown] id="09-back-text"
# ## 5 · Bits back
#
# A VQ-VAE loses something. Can a VAE code *without* loss? Take binary images. Draw a latent,
# code it by $p(z)$ and then the image by $p(x \mid z)$: the receiver can read both. But that
# costs more than $-\log_2 p(x)$, since many latents would have done, and you paid for saying
# which one you took.
#
# The way out is old (Hinton and van Camp 1993) and works with today's coders (Townsend et al.
# 2019). Do not draw $z$ with a random generator: *pop* it from the message that is there
# already, as if it had been coded with $q(z \mid x)$. This takes $-\log_2 q(z \mid x)$ bits off. The receiver, who
# decodes $x$ in the end, pushes them back. Net:
#
# $$\underbrace{-\log p(x \mid z) - \log p(z)}_{\text{pushed}} \underbrace{{}+ \log q(z \mid x)}_{\text{popped before}}, \qquad \text{on average } -\mathrm{ELBO}(x). \tag{9.13}$$
#
# The bound that was a training loss is now the length of a file.
#
# {{exercise 09.net_bits}}
#
# Write it in bits.


# %% id="09-ex-net-bits" exercise="09.net_bits"
def net_bits(log_px, log_pz, log_q):
    """Bits by which the message grows for each image, all [N], logarithms in nats."""
    ### BEGIN SOLUTION
    return (log_q - log_px - log_pz) / math.log(2)
    ### END SOLUTION


# %% id="09-use-net-bits"
net_bits = checks.use("09.net_bits", net_bits)

# %% [markdown] id="09-back-code-text"
# A hundred test images onto one message. A thousand random bytes lie on it at first, for the
# first image to pop from; they come back at the end. Latents are cut into 1024 intervals that
# the prior makes equally likely, because a coder needs symbols.

# %% id="09-back-code"
many = 5 if fast else 100
images = vae.to_signed(x[:many])
coder, message = vae.BitsBack(model), bitsback.first_bits()
before = len(message)
for image in images:
    coder.push(message, image)
spent = 8 * (len(message) - before) / many

# %% id="09-back-read"
received = coding.Message(message.to_bytes())
found = torch.stack([coder.pop(received) for _ in images]).flip(0)
print(f"all {many} images exactly: {torch.equal(found, images)}")
print(
    f"the first bytes came back: {received.to_bytes() == bitsback.first_bits().to_bytes()}"
)

# %% [markdown] id="09-back-sheet-text"
# Now the comparison, in bits per image of 784 pixels. Without latents, each pixel with its own
# share of ink; PNG for each image; zlib on all images together, eight pixels a byte. Then
# what (9.13) promises, and what was spent. Expect the last two within about a percent of each
# other, and well below the rest.

# %% id="09-back-sheet"
pixels = vae.to_unit(images)
ink = vae.to_unit(known).mean(0).clamp(1e-3, 1 - 1e-3)
alone = -(pixels * ink.log2() + (1 - pixels) * (1 - ink).log2()).sum() / many
packed = zlib.compress(np.packbits(pixels.numpy().astype(np.uint8)).tobytes(), 9)
with torch.no_grad():
    m, log_variance = nets.encode(pixels)
    z = vae.losses.reparameterise(m, log_variance, 50, generator)
    log_px = nets.log_likelihood(pixels, z)  # [50, many]
    log_pz = vae.losses.log_standard_normal(z)
    promised = net_bits(
        log_px, log_pz, vae.losses.log_normal(z, m, log_variance)
    ).mean()
print(
    f"no latents {alone:.0f}, PNG {sum(vae.png_bits(i).bits for i in images) / many:.0f},"
    f" zlib {8 * len(packed) / many:.0f} bits an image"
)
print(f"-ELBO {promised:.1f}, spent {spent:.1f} bits an image")
print(
    f"-log p {-model.log_p(images, 200).mean / math.log(2):.1f} bits: what is left to save"
)

# %% [markdown] id="09-back-after"
# The difference between the last two lines is the encoder's error of chapter 08, the KL
# between $q$ and the true posterior, now in bits on a disk. Townsend et al. report, for
# binarised MNIST, a rate that equals the negative ELBO in both digits that they print; here
# you have it in more.

# %% [markdown] id="09-odd-text"
# ## 6 · What does not belong
#
# A model of the data gives $p(x)$. So an image that does not belong should have a low one,
# and a threshold on $-\log p(x)$ should find it: forged signatures, broken parts, bad scans.
# Test the idea before you trust it.
#
# {{exercise 09.auc}}
#
# First the measure, which needs no threshold: how often does an odd image score above a
# normal one?


# %% id="09-ex-auc" exercise="09.auc"
def auc(normal, odd):
    """Share of pairs in which the odd image scores higher; a tie counts half."""
    ### BEGIN SOLUTION
    gap = odd[None] - normal[:, None]
    return (gap > 0).float().mean() + (gap == 0).float().mean() / 2
    ### END SOLUTION


# %% id="09-use-auc"
auc = checks.use("09.auc", auc)

# %% [markdown] id="09-odd-sets-text"
# Six sorts of images that are no digits of this set: on their heads; two on top of each
# other; outlines of other shapes; and three that are *less* than digits: thinned strokes,
# digits of half the size, and nothing at all. All binary.


# %% id="09-odd-sets"
def thinned(x):
    """The darkest of each 2 x 2 pixels: strokes lose a pixel of width."""
    return -F.max_pool2d(F.pad(-x, (0, 1, 0, 1)), 2, 1)


def shrunk(x):
    """Half the size, in the middle of an empty image."""
    return F.pad(F.avg_pool2d(x, 2), (7, 7, 7, 7))


normal, ink_of = x[few : 2 * few], vae.to_unit(real[:few])
outlines = vae.to_unit(data.to_float(data.factors.sample(few, generator)[0]))
odd = {
    "on its head": x[:few].flip(2),
    "two": torch.maximum(x[:few], x[:few].roll(1, 0)),
}
odd |= {"outlines": vae.binarise(outlines, generator)}
odd |= {
    "thinned": thinned(x[:few]),
    "half size": vae.binarise(shrunk(ink_of), generator),
}
odd["empty"] = torch.zeros_like(x[:few])
rows = {name: vae.to_signed(images[:16]) for name, images in odd.items()}
plots.show(
    plots.labelled_rows({"digits": vae.to_signed(normal[:16]), **rows}),
    "Seven rows of binary images: digits; digits upside down; pairs on top of each other;"
    " outlines of triangles, rectangles and ellipses; thin digits; small ones; black.",
)


# %% [markdown] id="09-odd-scores-text"
# Two scores at first: $-\log p(x)$ by 50 importance samples, and the reconstruction error
# $-\log p(x \mid z)$ at the mean code, which many practitioners take. 1 is perfect, ½ is a
# coin. Guess the six columns before you run it.


# %% id="09-odd-scores"
@torch.no_grad()
def surprise(x):
    """-log2 p(x), estimated, and -log2 p(x|z) at the mean code: [N] each, in bits."""
    log_p = vae.evidence.importance_sampled(nets, x, 50, generator=generator).log_p
    log_px = nets.log_likelihood(x, nets.encode(x)[0])
    return {"-log p": -log_p / math.log(2), "reconstruction": -log_px / math.log(2)}


scores = {name: surprise(images) for name, images in {"": normal, **odd}.items()}
sheet = {
    score: {name: float(auc(scores[""][score], scores[name][score])) for name in odd}
    for score in ("-log p", "reconstruction")
}
plots.show(plots.score_sheet(sheet), plots.best_of(sheet))

# %% id="09-odd-means"
for name, found in scores.items():
    print(f"{name or 'digits':<12} -log p = {found['-log p'].mean():6.1f} bits")

# %% [markdown] id="09-odd-after"
# An AUC below ½ is worse than no detector: the model *prefers* what does not belong. Nothing
# at all is more probable than almost every digit it was trained on, and small digits are more
# probable than large ones. Nalisnick et al. (2019) found the same in large models: one trained
# on photographs of objects prefers pictures of house numbers. It is no fault of training.
# Two things are going on.
#
# First, a probable point need not be a typical one. Take $d$ independent standard normals:
# the most probable point is 0, and no draw is ever near it,
#
# $$\mathbb E\bigl[\log p(x)\bigr] = \log p(0) - \frac d2, \tag{9.14}$$
#
# with draws in a shell at distance about $\sqrt d$. The empty image is the mode in this
# sense: of each pixel, black is the likelier value. All 784 at once is no draw of this model.

# %% id="09-shell"
for d in (1, 10, 784):
    points = torch.randn(2000, d, generator=generator)
    drop = vae.losses.log_standard_normal(torch.zeros(1, d)) - (
        vae.losses.log_standard_normal(points)
    )
    print(
        f"d = {d:<4} below the mode by {drop.mean():6.1f} nats, at least {drop.min():.1f}"
    )

# %% [markdown] id="09-cure-text"
# Second, images differ in how much there *is* to say about them. A simple image is cheap for
# every model, also for one that knows nothing of digits. So compare with such a model. Serra
# et al. (2020) take a file format and subtract its length $L$ in bits,
#
# $$S(x) = -\log_2 p(x) - L(x) = \log_2 \frac{2^{-L(x)}}{p(x)}: \tag{9.15}$$
#
# a likelihood ratio against the compressor, as Ren et al. (2019) take one against a model of
# the background. Here are three corrections. *Against PNG*: (9.15). *Against ink*: the ratio
# with independent pixels, section 5's model without latents. *Typical*: the distance
# $\bigl|-\log p(x) - \text{median}\bigr|$ from what training images have, since (9.14) says
# that too probable is odd as well. Is there one that is right everywhere?


# %% id="09-cure"
def corrected(x, found, middle):
    """The three corrections of -log2 p(x), each [N], more for odder images."""
    png = torch.tensor([float(vae.png_bits(i).bits) for i in vae.to_signed(x)])
    free = -(x * ink.log2() + (1 - x) * (1 - ink).log2()).flatten(1).sum(1)
    bits = found["-log p"]
    return {
        "less PNG": bits - png,
        "less ink": bits - free,
        "typical": (bits - middle).abs(),
    }


middle = surprise(vae.binarise(vae.to_unit(known[:few]), generator))["-log p"].median()
for name, images in {"": normal, **odd}.items():
    scores[name] |= corrected(images, scores[name], middle)
for score in ("less PNG", "less ink", "typical"):
    sheet[score] = {
        name: float(auc(scores[""][score], scores[name][score])) for name in odd
    }
plots.show(plots.score_sheet(sheet), plots.best_of(sheet))

# %% [markdown] id="09-cure-after"
# The corrections repair what was broken. Now look for what they broke: an image that is
# *more* complex than a digit gets a discount it does not deserve. No row is best in every
# column, and a detector's figure always belongs to the sort of outlier it was measured on.
# Whoever reports one AUC has chosen one column.

# %% [markdown] id="09-collapse-text"
# ## 7 · Posterior collapse, made and cured
#
# A latent collapses when its code is the prior for every image: it costs nothing and says
# nothing. When is that the *best* a model can do? In the linear VAE it has a formula. With
# the noise $s$ of the pixels fixed, with weight $\beta$ on the KL, and eigenvalues
# $\lambda_1 \ge \lambda_2 \ge \dots$ of the data's covariance, the best decoder's columns have
# the lengths (Lucas et al. 2019)
#
# $$|w_j| = \sqrt{\max\bigl(\lambda_j - \beta s^2,\; 0\bigr)}. \tag{9.16}$$
#
# A direction whose variance is below $\beta s^2$ is not worth its price. That is no accident
# of training, and no trick of training will bring it back.
#
# {{exercise 09.lengths}}
#
# Return them, and mind those that are not worth it.


# %% id="09-ex-lengths" exercise="09.lengths"
def lengths(values, s, beta):
    """Lengths of the best decoder's columns for eigenvalues [d], 0 if collapsed."""
    ### BEGIN SOLUTION
    return (values - beta * s**2).clamp(min=0).sqrt()
    ### END SOLUTION


# %% id="09-use-lengths"
lengths = checks.use("09.lengths", lengths)

# %% id="09-lengths-plot"
flat = vae.to_unit(known).flatten(1).double()
values = torch.linalg.eigvalsh(flat.T.cov()).flip(0)[:100]
betas = [2.0**i for i in range(-2, 10)]
alive = [int((lengths(values, 0.1, beta) > 0).sum()) for beta in betas]
plots.show(
    plots.lines({"": (betas, alive)}, "beta", "latents alive of 100", logx=True),
    f"With pixel noise of 0.1, {alive[0]} of 100 linear latents of the digits are alive at"
    f" beta {betas[0]:g}, and {alive[-1]} at {betas[-1]:g}.",
)

# %% [markdown] id="09-strong-text"
# There is another way to make codes worthless: a decoder that does not need them. Give it, for
# each pixel, the pixels above and to the left, through your mask. In principle such a decoder
# can model any distribution alone (Chen et al. 2017). Will it bother to use $z$?


# %% id="09-strong-class"
class Causal(nn.Conv2d):
    """A convolution that sees only the pixels read before."""

    def forward(self, x):
        seen = self.weight * mask(self.kernel_size[0], "A")
        return F.conv2d(x, seen, self.bias, padding=self.kernel_size[0] // 2)


class Strong(vae.Networks):
    """A VAE whose decoder sees, besides z, the pixels read before."""

    def __init__(self, encoder, decoder):
        super().__init__(encoder, decoder)
        layers = (Causal(1, 24, 7), nn.ReLU(), nn.Conv2d(24, 24, 1), nn.ReLU())
        self.local = nn.Sequential(*layers, nn.Conv2d(24, 1, 1))

    def log_likelihood(self, x, z, labels=None):
        return self.observation.log_prob(x, self.decoder(z) + self.local(x))


# %% [markdown] id="09-free-text"
# Five trainings of the classic 784-400-20, a few seconds each: as it is; with $\beta = 20$;
# with the strong decoder; and the strong one with two cures. A **warm-up** lets the KL's weight
# rise from 0, so that codes are learned before they are charged for (Bowman et al. 2016).
# **Free bits** charge nothing below a floor (Kingma et al. 2016):
#
# $$\sum_j \max\Bigl(\lambda,\; \mathbb E_x\bigl[\mathrm{KL}_j(x)\bigr]\Bigr). \tag{9.17}$$
#
# {{exercise 09.free_bits}}
#
# Write (9.17) for the KLs of a batch. Mind where the mean goes.


# %% id="09-ex-free-bits" exercise="09.free_bits"
def free_bits(kl, least):
    """The KL with a floor of `least` nats under each latent, for kl [N, d]: a scalar."""
    ### BEGIN SOLUTION
    return kl.mean(0).clamp(min=least).sum()
    ### END SOLUTION


# %% id="09-use-free-bits"
free_bits = checks.use("09.free_bits", free_bits)

# %% [markdown] id="09-collapse-runs-text"
# Read the table as three questions. How many latents are active? What does an image's code
# cost, the KL? And is the bound better or worse? (The strong decoder's bound is the exact sum
# over its pixels, so that the rows may be compared.)


# %% id="09-collapse-runs"
def judged(networks, **settings):
    """Train for a few seconds; active latents, KL and -ELBO on test digits."""
    training.seed_everything(9)
    small = fit(vae.VAE(networks, hold=0.5, final=0.0, **settings), seconds=11)
    with torch.no_grad():
        m, log_variance = small.trained().encode(x)
    cost = vae.losses.kl_standard_normal(m, log_variance).mean()
    bound = vae.judge(small, vae.to_signed(x), samples=2).elbo
    active = float(small.active_units(vae.to_signed(x)).sum())
    return {"active": active, "KL": float(cost), "-ELBO": -bound}


def strong():
    """The classic VAE with a decoder that sees its neighbours."""
    plain = vae.classic(20)
    return Strong(plain.encoder, plain.decoder)


runs = {"plain": judged(vae.classic(20)), "beta 20": judged(vae.classic(20), beta=20.0)}
runs["strong"] = judged(strong())

# %% id="09-collapse-cured"
runs["strong, warm-up"] = judged(strong(), warm=0.5)
runs["strong, free bits"] = judged(strong(), free_bits=0.5)
for name, found in runs.items():
    print(f"{name:<18}", ", ".join(f"{k} {v:.1f}" for k, v in found.items()))

# %% [markdown] id="09-collapse-after"
# Look at the KL first, for "active" only asks whether a mean still moves a little. All rows
# but the first have lost much of their code. At $\beta = 20$ it was too dear (the
# monitor of the training loop should have said so beneath the bar), and the bound, charged at
# the honest price, shows what that cost. (9.16) says how to get it back: lower $\beta$, or
# trust the pixels more.
#
# The strong decoder also spends a fraction of the plain one's KL. But is its bound *worse*? If
# it is better, nothing went wrong: it was free to say it with $z$, and found a cheaper way.
# Then no warm-up will bring the codes back for good, and free bits bring them back at a price
# in the bound, which you may want to pay: if the codes are what you came for.
#
# Warm-up helps where collapse is an accident of the first steps, when codes are still worthless
# and already charged for. Deep networks at high learning rates are prone to it; the recipe of
# this chapter's first VAE has a warm-up for that reason. To see it, give
# `vae.RECIPES["vae", "fast"].build(warm=0.0, lr=4e-3)` as long as the first VAE had, and compare
# what `vae.describe_units` and the bound say of both.

# %% id="09-collapse-first"
print(vae.describe_units(model.encode(real)[0]))

# %% [markdown] id="09-factors-text"
# ## 8 · What do the latents mean?
#
# One hopes that each latent stands for one thing. On digits nobody can check, since nobody
# knows the things. So take images whose factors are known: outlines with six of them, in
# every combination. We hold the angle, so that a short training suffices, and keep 2,304
# images with five factors.

# %% id="09-factors"
names, grid = data.factors.NAMES, data.factors.grid()
chosen = [names.index(name) for name in ("kind", "x", "y", "size", "thickness")]
upright = grid[:, names.index("angle")] == 3
shapes = data.factors.images()[upright]  # uint8 [2304, 1, 28, 28]
truth = grid[upright][:, chosen]  # [2304, 5]
rows = {}
for column in chosen:
    varied = torch.tensor([[0, 4, 4, 2, 3, 1]]).repeat(8, 1)
    last = data.factors.SIZES[column] - 1
    varied[:, column] = torch.linspace(0, last, 8).round().long()
    rows[names[column]] = data.factors.draw(varied)
plots.show(
    plots.labelled_rows(rows),
    "Five rows of eight outlines; along each row one factor goes through its values: kind,"
    " place to the right, place downwards, size, thickness.",
)

# %% [markdown] id="09-beta-text"
# The **beta-VAE** (Higgins et al. 2017) charges more for the code,
#
# $$\mathbb E_{q}\bigl[\log p(x \mid z)\bigr] - \beta\, \mathrm{KL}\bigl(q(z \mid x) \,\|\, p(z)\bigr), \tag{9.18}$$
#
# in the hope that what must be short becomes well sorted. To measure it, let $I(z_j; v_k)$ be
# the information that latent $j$ has about factor $k$, and $H(v_k)$ all there is to know.
# The **mutual information gap** (Chen et al. 2018) asks how far the best latent is ahead of
# the second best, for each factor:
#
# $$\mathrm{MIG} = \frac1K \sum_{k=1}^{K} \frac{I(z_{a_k}; v_k) - I(z_{b_k}; v_k)}{H(v_k)}. \tag{9.19}$$
#
# {{exercise 09.gap}}
#
# Compute it from the table of information.


# %% id="09-ex-gap" exercise="09.gap"
def gap(information, entropy):
    """MIG of information [D, K], a row for each latent, and entropy [K]: a scalar."""
    ### BEGIN SOLUTION
    best, second = information.topk(2, dim=0).values
    return ((best - second) / entropy).mean()
    ### END SOLUTION


# %% id="09-use-gap"
gap = checks.use("09.gap", gap)

# %% [markdown] id="09-seeds-text"
# Two betas, three seeds each, ten seconds a training: nothing differs within a row but
# the random numbers. This is also the claim to check. Locatello et al. (2019), with twelve
# thousand models, found that **the seed matters more than the method**, and that a good
# training cannot be told from a bad one without knowing the factors. If they are right, the
# two rows overlap.


# %% id="09-seeds-fit"
def sorted_out(beta, seed):
    """A beta-VAE trained on the shapes."""
    training.seed_everything(seed)
    networks = vae.mlp((400,), latent=10)
    shaper = vae.VAE(networks, beta=beta, lr=2e-3, hold=0.5, final=0.0)
    return fit(shaper, 9, data.batches(shapes, 128, seed=seed))


def means_of(shaper):
    """Posterior means of all shapes, [2304, 10]."""
    return shaper.encode(data.to_float(shapes))[0]


# %% id="09-seeds-one"
shapers = {(1, seed): sorted_out(1.0, seed) for seed in range(3)}

# %% id="09-seeds-four"
shapers |= {(4, seed): sorted_out(4.0, seed) for seed in range(3)}

# %% id="09-seeds-mig"
entropy = torch.tensor([3, 8, 8, 4, 3]).log().double()  # of equally likely values
found = {}
for (beta, seed), shaper in shapers.items():
    shares = metrics.mig(means_of(shaper), truth).information  # I / H
    found[beta, seed] = float(gap(shares * entropy, entropy))
for beta in (1, 4):
    row = [found[beta, seed] for seed in range(3)]
    print(f"beta {beta}: MIG " + ", ".join(f"{m:.3f}" for m in row))

# %% [markdown] id="09-seeds-after"
# Do the rows overlap? If not, the claim is not reproduced here: between *these* two betas, at
# this length of training, beta counts for more than luck. Theirs was a contest of six methods,
# each over a range of strengths, trained to the end. But look at the differences within a row,
# too: a contest between two methods is often decided by less. Three seeds cannot settle it
# either way; they can show what a figure from one seed is worth.
#
# Your turn: 1 against 2, then 4 against 8. How near must two betas be for the rows to overlap?
# And choose the better beta with *other* seeds: is it the same one?

# %% [markdown] id="09-dci-text"
# MIG has a blind spot: a latent that holds two factors at once has full marks. DCI (Eastwood
# and Williams 2018) predicts each factor from all latents and asks both ways: one factor for
# each latent (disentanglement), one latent for each factor (completeness); and first of all,
# whether the factors can be read at all (informativeness). Best and worst of the six by MIG:

# %% id="09-dci"
ranked = sorted(found, key=found.get)
some, sheet = torch.randperm(len(shapes), generator=generator)[:600], {}
for which in (ranked[0], ranked[-1]):
    dci = metrics.dci(means_of(shapers[which])[some], truth[some])
    scores_of = {"MIG": found[which], "disentangled": dci.disentanglement}
    scores_of |= {"complete": dci.completeness, "informative": dci.informativeness}
    sheet["beta {}, seed {}".format(*which)] = scores_of
plots.show(plots.score_sheet(sheet), plots.best_of(sheet))

# %% [markdown] id="09-walk-text"
# And the test of the eye. An ellipse near the middle, one latent moved at a time, the five that
# say most. A sorted latent changes one thing. Look for place first, since it explains most
# pixels: are there two latents for two directions, and are the directions the ones that *you*
# call right and down? And which factor has found no latent of its own?

# %% id="09-walk"
best = shapers[ranked[-1]]
codes = means_of(best)
ellipse = (truth == torch.tensor([1, 4, 4, 2, 1])).all(1)
busiest = metrics.mig(codes, truth).information.sum(1).argsort(descending=True)[:5]
rows = {}
for j in busiest.tolist():
    z = codes[ellipse].repeat(15, 1)
    z[:, j] = torch.linspace(-2.5, 2.5, 15)
    rows[f"latent {j}"] = best.decode(z)
plots.show(
    plots.labelled_rows(rows),
    "Five rows of fifteen images: along each, a shape moves, or changes its size or form;"
    " some rows change more than one thing.",
)

# %% [markdown] id="09-walk-after"
# There is a reason to be modest. Without labels or other assumptions, nothing in the data
# says which axes are the right ones: turn a latent space that follows a normal distribution,
# and the model of $x$ is the same (chapter 08, section 6; Locatello et al. 2019, theorem 1,
# for any model). What lines up does so because the encoder is diagonal and the data are
# kind.

# %% [markdown] id="09-recap"
# ## What to take along
#
# - The best denoiser in mean square is the posterior mean; it is soft where the answer is
#   open. A draw is sharp and costs 3 dB.
# - A completion is one of many. Show several, and judge the set.
# - A probability is a length: $-\log_2 p$ bits, and a coder of one line pays them. The ELBO is
#   what bits-back coding spends.
# - First a codebook, then a prior over the codes: compression and sampling from one model.
# - A probable image need not be a normal one. Corrections help against some outliers and
#   hurt against others.
# - A latent that does not pay for itself collapses. Find out whether your collapse is the
#   optimum or an accident before you cure it.
# - Disentangling: measure with known factors, over seeds, with more than one score.
#
# **Next** chapter 10: asking for what you want.
#
# ## References
#
# - C. E. Shannon. A Mathematical Theory of Communication. Bell System Technical Journal,
#   1948.
# - H. Robbins. An Empirical Bayes Approach to Statistics. Proceedings of the Third Berkeley
#   Symposium on Mathematical Statistics and Probability, 1956.
# - B. Efron. Tweedie's Formula and Selection Bias. Journal of the American Statistical
#   Association, 2011.
# - L. I. Rudin, S. Osher, E. Fatemi. Nonlinear Total Variation Based Noise Removal
#   Algorithms. Physica D, 1992.
# - A. Buades, B. Coll, J.-M. Morel. A Non-Local Algorithm for Image Denoising. CVPR 2005.
# - D. J. Im, S. Ahn, R. Memisevic, Y. Bengio. Denoising Criterion for Variational
#   Auto-Encoding Framework. AAAI 2017.
# - Y. Blau, T. Michaeli. The Perception-Distortion Tradeoff. CVPR 2018.
# - D. J. Rezende, S. Mohamed, D. Wierstra. Stochastic Backpropagation and Approximate
#   Inference in Deep Generative Models. ICML 2014.
# - J. Duda. Asymmetric Numeral Systems: Entropy Coding Combining Speed of Huffman Coding
#   with Compression Rate of Arithmetic Coding. arXiv:1311.2540, 2013.
# - A. van den Oord, O. Vinyals, K. Kavukcuoglu. Neural Discrete Representation Learning.
#   NeurIPS 2017.
# - A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu. Pixel Recurrent Neural Networks. ICML
#   2016.
# - G. E. Hinton, D. van Camp. Keeping the Neural Networks Simple by Minimizing the
#   Description Length of the Weights. COLT 1993.
# - J. Townsend, T. Bird, D. Barber. Practical Lossless Compression with Latent Variables
#   Using Bits Back Coding. ICLR 2019.
# - E. Nalisnick, A. Matsukawa, Y. W. Teh, D. Gorur, B. Lakshminarayanan. Do Deep Generative
#   Models Know What They Don't Know? ICLR 2019.
# - J. Ren, P. J. Liu, E. Fertig, J. Snoek, R. Poplin, M. DePristo, J. Dillon, B.
#   Lakshminarayanan. Likelihood Ratios for Out-of-Distribution Detection. NeurIPS 2019.
# - J. Serrà, D. Álvarez, V. Gómez, O. Slizovskaia, J. F. Núñez, J. Luque. Input Complexity
#   and Out-of-Distribution Detection with Likelihood-Based Generative Models. ICLR 2020.
# - J. Lucas, G. Tucker, R. Grosse, M. Norouzi. Don't Blame the ELBO! A Linear VAE
#   Perspective on Posterior Collapse. NeurIPS 2019.
# - S. R. Bowman, L. Vilnis, O. Vinyals, A. M. Dai, R. Jozefowicz, S. Bengio. Generating
#   Sentences from a Continuous Space. CoNLL 2016.
# - X. Chen, D. P. Kingma, T. Salimans, Y. Duan, P. Dhariwal, J. Schulman, I. Sutskever, P.
#   Abbeel. Variational Lossy Autoencoder. ICLR 2017.
# - D. P. Kingma, T. Salimans, R. Jozefowicz, X. Chen, I. Sutskever, M. Welling. Improved
#   Variational Inference with Inverse Autoregressive Flow. NeurIPS 2016.
# - I. Higgins, L. Matthey, A. Pal, C. Burgess, X. Glorot, M. Botvinick, S. Mohamed, A.
#   Lerchner. beta-VAE: Learning Basic Visual Concepts with a Constrained Variational
#   Framework. ICLR 2017.
# - R. T. Q. Chen, X. Li, R. Grosse, D. Duvenaud. Isolating Sources of Disentanglement in
#   Variational Autoencoders. NeurIPS 2018.
# - C. Eastwood, C. K. I. Williams. A Framework for the Quantitative Evaluation of
#   Disentangled Representations. ICLR 2018.
# - F. Locatello, S. Bauer, M. Lucic, G. Rätsch, S. Gelly, B. Schölkopf, O. Bachem.
#   Challenging Common Assumptions in the Unsupervised Learning of Disentangled
#   Representations. ICML 2019.
