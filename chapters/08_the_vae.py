# %% [markdown] id="08-title"
# # 08 · The VAE
#
# A variational autoencoder learns to describe an image by a few numbers and to decode
# an image from such numbers. It learns both at once, by raising a bound on the
# probability of the data. You build its two networks, start with an autoencoder, and
# see what it lacks. You derive the bound in three ways and test it where everything is
# known exactly. You write the training step, train on digits, walk through the latent
# space, and compare the model with a GAN.
#
# **You will be able to**
# - build an encoder with two outputs, a decoder, and the training step of a VAE;
# - explain why an autoencoder cannot generate new images, and how a prior over the latents
#   solves this;
# - derive the ELBO by Jensen, by the posterior and by importance weights;
# - write the KL, the reparameterisation and the loss, and say why the gradient goes that
#   way and not another;
# - estimate $\log p(x)$, and say what such a figure must be quoted with.
#
# **Time** {{time}}.
#
# **Before this** chapter 01 (Bayes'
# rule, KL) and chapter 07 (the report).
#
# {{run card}}

# %% id="08-imports"
import inspect
import math
import time

import torch
from torch import nn

from aigc_course import checks, data, gan, metrics, plots, training, vae, widgets
from aigc_course.plots import graphs

training.seed_everything(8)
fast = training.fast_mode()

# %% [markdown] id="08-idea-text"
# The figure shows one training step of the model of this chapter. Grey is given, yellow is
# drawn at random, blue is computed, and red is a cost. Sections 1 to 6 explain the parts.
# In section 7 you write the step.

# %% id="08-idea"
plots.show(
    graphs.graphs({"": graphs.vae_graph()}),
    "An encoder turns an image into a mean and a log-variance; with noise they give a code;"
    " a decoder turns the code into probabilities of ink; two costs are added.",
)

# %% [markdown] id="08-auto-text"
# ## 1 · A code, and what lies between the codes
#
# An **autoencoder** (自编码器) is two networks. The encoder $f$ turns an image into a few
# numbers, its code; the decoder $g$ turns the code back into an image. They are trained
# together to lose little on the way,
#
# $$L(f, g) = -\mathbb E_x\bigl[\log p(x \mid g(f(x)))\bigr], \tag{8.1}$$
#
# where $p(x \mid g)$ says how probable the pixels $x$ are when the decoder gives $g$. With
# normal noise of fixed width this is the squared error, up to constants. Here every decoded
# pixel is a probability of ink, and the loss a cross-entropy.
#
# The test images below are a random part of the test split, in random order. MNIST's files
# are sorted by writer, so their first images are not a fair sample.

# %% id="08-auto-data"
digits = data.default()
n = 100 if fast else 2000
test = data.subset(data.load(digits.name, "test"), n, seed=8)
order = torch.randperm(n, generator=torch.Generator().manual_seed(8))
real, labels = data.to_float(test.images[order]), test.labels[order]

# %% [markdown] id="08-nets-text"
# Both networks are small. A hidden layer of 400 units stands between the 784 pixels and the
# code, on either side:
#
#     pixels x [N, 1, 28, 28] → encoder → m, log σ² [N, 20] → code z [N, 20]
#     code z [N, 20] → decoder → logits [N, 1, 28, 28] → sigmoid → probabilities of ink
#
# The encoder has two outputs. An autoencoder needs only the first, the code $z = m$. The
# second is needed from section 4 on, where the code becomes random. Then it is
# $z = m + \sigma e$, with noise $e$ from a standard normal distribution.
#
# {{exercise 08.encoder}}
#
# Write a function that returns a new encoder, an `nn.Module`. It flattens the image and
# computes one hidden layer of `hidden` units. Behind this layer stands a ReLU, or another
# nonlinear function that has no weights. Two linear outputs read the hidden units: the mean
# and the log-variance, [N, latent] each. Both may be any number. All layers have biases,
# and each is given its sizes when it is made. There is no dropout and no batch norm.
# Write it as you like: as a class, with `nn.Sequential`, or with parameters of your own.


# %% id="08-ex-encoder" exercise="08.encoder"
def encoder(latent, hidden):
    """A network from pixels [N, 1, 28, 28] to mean and log-variance, [N, latent]."""
    ### BEGIN SOLUTION

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, hidden), nn.ReLU())
            self.mean = nn.Linear(hidden, latent)
            self.log_variance = nn.Linear(hidden, latent)

        def forward(self, x):
            features = self.body(x)  # [N, hidden]
            return self.mean(features), self.log_variance(features)

    return Encoder()
    ### END SOLUTION


# %% id="08-use-encoder"
encoder = checks.use("08.encoder", encoder)

# %% [markdown] id="08-decoder-text"
# {{exercise 08.decoder}}
#
# Now write the way back. The function returns a network that turns codes [N, latent] into one
# logit for each pixel, [N, 1, 28, 28]. It has one hidden layer of `hidden` units, again
# with a nonlinear function without weights behind it, and biases. A logit may be any
# number. The sigmoid is applied later, where probabilities are needed.


# %% id="08-ex-decoder" exercise="08.decoder"
def decoder(latent, hidden):
    """A network from codes [N, latent] to a logit for each pixel, [N, 1, 28, 28]."""
    ### BEGIN SOLUTION
    layers = nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 784)
    return nn.Sequential(*layers, nn.Unflatten(1, (1, 28, 28)))
    ### END SOLUTION


# %% id="08-use-decoder"
decoder = checks.use("08.decoder", decoder)

# %% [markdown] id="08-nets-shapes-text"
# The next cell calls both networks once and counts their weights. Expect three shapes and
# 652,824 weights, most of them between the pixels and the hidden layers.

# %% id="08-nets-shapes"
with torch.no_grad():
    mean, log_variance = encoder(20, 400)(torch.rand(5, 1, 28, 28))
    print(mean.shape, log_variance.shape, decoder(20, 400)(mean).shape)
pair = encoder(20, 400), decoder(20, 400)
print(f"{sum(w.numel() for net in pair for w in net.parameters()):,} weights")

# %% [markdown] id="08-nets-after"
# `vae.classic()` in the package is this pair; `vae.mlp` takes other hidden layers, and
# `vae.convolutional` has strided convolutions instead. The class `vae.VAE` holds a pair, its
# optimiser and what a training needs. These names are enough for the next cells:
#
# - `observe(images)` turns images from [−1, 1] into pixels in [0, 1];
# - `networks.encode(x)` gives mean and log-variance, and `networks.log_likelihood(x, z)`
#   compares the decoded code with the pixels;
# - `descent.descend(loss, n)` clears the gradients, calls `backward()` and steps;
# - `encode(images)`, `decode(z)` and `reconstruct(images)` use the trained pair.
#
# The method `step` of `vae.VAE` is the training step that you will write in section 7. An
# autoencoder is simpler. The next cell replaces `step` by four lines, in which the second
# output of the encoder stays unused.


# %% id="08-auto-class"
class Autoencoder(vae.VAE):
    """Encoder and decoder of a VAE; the code is a point, and costs nothing."""

    def step(self, images):
        x = self.observe(images)  # pixels in [0, 1]
        code, _ = self.networks.encode(x)  # the log-variance is not used
        loss = -self.networks.log_likelihood(x, code).mean()  # (8.1)
        self.descent.descend(loss, len(x))  # one step of Adam
        return {"loss": loss.detach()}


# %% id="08-auto-fit"
def fit(model, steps, images=digits):
    """Train a model for so many batches of 128 images; its history."""
    batches = data.batches(images, 128, seed=8)
    return training.fit(model, batches, training.lesson(steps=steps))


# %% [markdown] id="08-auto-train-text"
# The next cell trains two autoencoders for eight hundred steps each. One has a code of two
# numbers, which can be drawn; the other has a code of twenty. A step is one batch of 128
# images. Both trainings together take about ten seconds on two cores.

# %% id="08-auto-train"
flat = Autoencoder(vae.mlp((400, 200), latent=2), binarised=False)
wide = Autoencoder(vae.classic(latent=20), binarised=False)
for model in (flat, wide):
    fit(model, steps=800)

# %% id="08-auto-look"
rows = {"digits": real, "2 numbers": flat.reconstruct(real)}
rows["20 numbers"] = wide.reconstruct(real)
plots.show(
    plots.labelled_rows({name: images[:16] for name, images in rows.items()}),
    "Sixteen test digits, and beneath what comes back from a code of two numbers"
    " (recognisable, not always the same digit) and of twenty (hardly changed).",
)

# %% [markdown] id="08-holes-text"
# So the decoder can redraw digits. Can it *make* new ones? It needs a code, and nothing
# in the training says which codes are good ones. The obvious guess is the range of the
# codes: the box that holds all codes of real digits. Expect many codes in one place and
# much empty room. On the map a few digits fill the empty room, and the others share the
# rest.

# %% id="08-holes-codes"
codes = flat.encode(real)[0]
low, high = codes.min(0).values, codes.max(0).values
box = (low[0].item(), high[0].item(), low[1].item(), high[1].item())
plots.show(
    plots.latent_codes({"codes of test digits": (codes, labels)}, box=box),
    "Codes of the ten digits: most are crowded in one place, a few kinds spread far out from"
    " it; much of the dashed box around them is empty.",
)

# %% id="08-holes-map"
side = 5 if fast else 17
unit = (torch.from_numpy(plots.mesh(1.0, side)) + 1) / 2
plots.show(
    plots.latent_maps({"decoded box": flat.decode(low + (high - low) * unit)}, box),
    "The decoded box: most of it is taken by a few digits that hardly change from place to"
    " place; the others are crowded into a small part, where shapes blur into each other.",
)

# %% [markdown] id="08-holes-report-text"
# With two numbers the decoder also gives digits in the gaps. With twenty the box has a million
# corners, and the codes fill almost nothing of it. Chapter 07's report now judges two sets:
# digits that are encoded and decoded, and decoded points of the box. The encoded digits are
# *training* digits. So the reference, the test split, does not contain their originals. The
# first row, untouched training digits, is the **floor**:
# what a perfect generator would score.
#
# Expect good scores for the reconstructions. The samples from the box should score worse,
# above all in density and coverage, which require samples close to real digits. Errors are
# 95 % intervals over other samples. Only the best row of a column that differs from all
# others by more than the error is bold.


# %% id="08-holes-row"
LOWER = ("FID", "told apart")
NAMES = ("precision", "recall", "density", "coverage")


def judged(images):
    """Chapter 07's report on these images."""
    return metrics.report(images, data=digits.name, n=n)


def row(figures):
    """The main figures of a report, with their errors, by name."""
    main = {name: figures.estimate(name) for name in NAMES}
    apart = figures.estimate("told_apart")
    return {"FID": figures.estimate("fid"), **main, "told apart": apart}


# %% id="08-holes-report"
learnt = data.to_float(data.subset(digits, n, seed=8).images)
codes = wide.encode(learnt)[0]
low, high = codes.min(0).values, codes.max(0).values
boxed = wide.decode(low + (high - low) * torch.rand(n, 20))
report = judged(wide.reconstruct(learnt))
sheet = {"training digits": row(report.floor), "reconstructed": row(report.samples)}
sheet["from the box"] = row(judged(boxed).samples)
plots.show(plots.score_sheet(sheet, LOWER), plots.best_of(sheet, LOWER))
print(plots.score_table(sheet, LOWER))
print(f"coverage of a perfect generator: {report.perfect_coverage:.3f}")

# %% id="08-holes-look"
plots.show(
    plots.labelled_rows({"from the box": boxed[:16]}),
    "Sixteen decoded points of the box: scribbles, a few of which resemble a digit.",
)

# %% [markdown] id="08-holes-after"
# The reconstructions are a little below the floor in precision and coverage. Their density is
# above it and their recall far below, probably because the decoder smooths away what is
# unusual in a digit. The samples from the box fail in density and coverage. (Their recall
# misleads: its balls lie around the samples, and scattered samples make large balls. Chapter
# 07 shows this fault of recall. And with 2,000 samples even a perfect generator
# covers only three fifths of the real digits.) The loss (8.1) does not ask what lies between
# codes, nor where codes lie. Both are missing for the same reason: an autoencoder is not a
# model of the data. It has no $p(x)$.

# %% [markdown] id="08-latent-text"
# ## 2 · Latent variable models
#
# So let us write down a model of the data. It makes an image in two steps: draw a latent
# $z \sim p(z) = \mathcal N(0, I)$, then draw the image from $p(x \mid z)$, whose parameters
# the decoder computes. The probability of an image is what all latents give it together,
#
# $$p(x) = \int p(x \mid z)\, p(z)\, dz = \mathbb E_{z \sim p(z)}\bigl[p(x \mid z)\bigr]. \tag{8.2}$$
#
# Where to sample is now part of the model. What remains is to make $p(x)$ large for the
# images that exist.
#
# What does such a model look like? Take one latent and "images" of two pixels, so that they
# can be drawn as points. The decoder's means then form a curve, with one point for each
# latent. Expect samples around the curve, and most of them near its middle, where the prior
# is dense.


# %% id="08-curve"
def bent(z):
    """A decoder's means for latents z [n]: points [n, 2] on a curve."""
    return torch.stack([z, (1.5 * z).sin()], dim=1)


own = torch.Generator().manual_seed(80)
z = torch.randn(300, generator=own)
x = bent(z) + 0.15 * torch.randn(300, 2, generator=own)
line = torch.linspace(-2.5, 2.5, 200)
plots.show(
    graphs.latent_curve(bent(line), line, x, (-2, -1, 0, 1, 2)),
    "A blue curve that rises and falls; points of z = -2 to 2 are marked on it; grey samples"
    " lie close to it, densely in the middle and thinly at both ends.",
)

# %% [markdown] id="08-pixels-text"
# The model gives the plane a density: high along the curve, low away from it. The digits
# are treated in the same way, with 20 latents and 784 pixels.
#
# For pixels that are black or white, let the decoder give each a probability of ink,
# $\pi_i = \sigma(a_i)$. Given $z$ the pixels are independent, so
#
# $$\log p(x \mid z) = \sum_i x_i \log \pi_i + (1 - x_i) \log(1 - \pi_i) = \sum_i x_i a_i - \operatorname{softplus}(a_i). \tag{8.3}$$
#
# {{exercise 08.log_likelihood}}
#
# Write (8.3) for a batch of images: one number for each. Logits of several hundred occur
# and must do no harm.


# %% id="08-ex-log-likelihood" exercise="08.log_likelihood"
def log_likelihood(x, logits):
    """log p(x|z) of pixels x [N, 1, H, W] that are 0 or 1, given logits: [N]."""
    ### BEGIN SOLUTION
    return (x * logits - torch.nn.functional.softplus(logits)).flatten(1).sum(1)
    ### END SOLUTION


# %% id="08-use-log-likelihood"
log_likelihood = checks.use("08.log_likelihood", log_likelihood)

# %% [markdown] id="08-binary-text"
# MNIST's pixels are grey. It is usual to take the grey value $g_i$ as the probability of ink.
# The pixel is then drawn as 0 or 1, anew each time the image is used.
# This is called **dynamic binarisation** (动态二值化; Salakhutdinov and Murray 2008, Burda et al.
# 2016). Take a decoder at a *fixed* latent $z$. The mean over these draws is again a
# cross-entropy:
#
# $$\mathbb E_{x_i \sim \mathrm{Bernoulli}(g_i)}\bigl[\log p(x \mid z)\bigr] = \sum_i g_i \log \pi_i + (1 - g_i) \log(1 - \pi_i). \tag{8.4}$$
#
# This is the cross-entropy that many scripts compute on grey values. In a VAE the encoder
# sees the drawn pixels, so $z$ depends on them too. Training on grey values is therefore a
# different training. Expect ragged edges in the draws, and the same strokes.

# %% id="08-binary"
x = vae.binarise(vae.to_unit(real))
plots.show(
    plots.labelled_rows({"grey": real[:16], "binarised": vae.to_signed(x[:16])}),
    "Sixteen grey digits, and beneath the same ones in pure black and white with ragged"
    " edges.",
)

# %% [markdown] id="08-mass-text"
# The right-hand side of (8.4) is a valid training loss. It is not a likelihood of *grey*
# images, because a density must have the integral 1. Does $\pi^x (1 - \pi)^{1 - x}$ have it,
# over the grey values $x$ from 0 to 1?
#
# {{exercise 08.mass}}
#
# Find this integral and return it for a tensor of any shape. With the logit
# $a = \log \pi - \log(1 - \pi)$ the integrand is $(1 - \pi)\, e^{a x}$. Treat
# $\pi = \frac12$ separately, since $a$ is 0 there.


# %% id="08-ex-mass" exercise="08.mass"
def mass(pi):
    """Integral of pi^x (1 - pi)^(1 - x) over x from 0 to 1, for pi in (0, 1)."""
    ### BEGIN SOLUTION
    a = torch.logit(pi)
    even = a.abs() < 1e-6
    ratio = (2 * pi - 1) / torch.where(even, torch.ones_like(a), a)
    return torch.where(even, torch.full_like(pi, 0.5), ratio)
    ### END SOLUTION


# %% id="08-use-mass"
mass = checks.use("08.mass", mass)

# %% [markdown] id="08-mass-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\int_0^1 \pi^x (1 - \pi)^{1 - x}\, dx = \frac{2\pi - 1}{\log \pi - \log(1 - \pi)} \le \frac12, \tag{8.5}$$
#
# with $\frac12$ where $\pi = \frac12$.
#
# </details>

# %% [markdown] id="08-mass-sum-text"
# For each pixel the mass is at most one half, and there are 784 pixels. How large is the
# mass of a whole image? The next cell takes the probabilities that the autoencoder with
# twenty numbers decodes, and adds the logarithms of the mass of all pixels. Expect a number
# far below 0.

# %% id="08-mass-sum"
painted = vae.to_unit(wide.reconstruct(real)).clamp(1e-6, 1 - 1e-6)
missing = mass(painted.double()).log().flatten(1).sum(1)
print(f"log of the mass of an image's 'density': {missing.mean():.0f} nats on average")

# %% [markdown] id="08-mass-after"
# A true density would have to be divided by that mass; the continuous Bernoulli does so
# (Loaiza-Ganem and Cunningham 2019). Cross-entropies of grey values are therefore not
# log-likelihoods, and may not be compared with any. There are two correct ways: binarise, or
# take a likelihood that was made for grey values (`vae.Gaussian`,
# `vae.DiscretisedLogistic`). This chapter binarises, and says so beside every figure.
#
# Many scripts use "squared error + KL". This is a normal likelihood whose variance was chosen
# without being named. With variance $v$ the squared error is divided by $2v$. So the sum is
# minus the bound of section 4 for $v = \frac12$ alone, up to a constant. For another $v$ it
# has a hidden weight on the KL, $\beta = 1 / 2v$ (chapter 09 treats $\beta$). A mean over
# the 784 pixels in place of a sum makes $\beta$ 784 times as large.

# %% [markdown] id="08-known-text"
# ## 3 · A model in which everything is known
#
# The integral (8.2) has no formula when the decoder is a network. To learn what can be done
# about it, take a decoder for which it has one, a straight line with noise:
#
# $$x = W z + b + s\, \varepsilon \quad \Rightarrow \quad p(x) = \mathcal N\bigl(x;\, b,\; W W^\top + s^2 I\bigr). \tag{8.6}$$
#
# The way back, from an image to the latents that may have made it, is Bayes' rule,
# $p(z \mid x) = p(x \mid z)\, p(z) / p(x)$, and it too stays normal.
#
# {{exercise 08.posterior}}
#
# Derive it by hand for one latent and one observed number, $x \sim \mathcal N(w z, s^2)$, and
# return mean and variance of $p(z \mid x)$. As a function of $z$, the exponent of
# $p(x \mid z)\, p(z)$ is $-(x - w z)^2 / 2 s^2 - z^2 / 2$: complete the square.


# %% id="08-ex-posterior" exercise="08.posterior"
def posterior(x, w, s):
    """Mean [N] and variance of p(z|x) for z ~ N(0, 1), x ~ N(w z, s^2), x [N]."""
    ### BEGIN SOLUTION
    return w * x / (w**2 + s**2), s**2 / (w**2 + s**2)
    ### END SOLUTION


# %% id="08-use-posterior"
posterior = checks.use("08.posterior", posterior)

# %% [markdown] id="08-posterior-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# For any number of latents and pixels,
#
# $$p(z \mid x) = \mathcal N\bigl(M^{-1} W^\top (x - b),\; s^2 M^{-1}\bigr), \qquad M = W^\top W + s^2 I. \tag{8.7}$$
#
# With one of each, $M = w^2 + s^2$ is a number, and this is what you derived.
#
# </details>

# %% [markdown] id="08-guess-text"
# Now estimate (8.2) without using (8.6): draw $k$ latents from the prior and average,
#
# $$\log p(x) \approx \log \frac1k \sum_{i=1}^{k} p(x \mid z_i), \qquad z_i \sim p(z). \tag{8.8}$$
#
# The expectation of the mean is $p(x)$ for every $k$. Its logarithm is too small on average;
# section 4 shows why. And nearly all drawn latents give some other image, so they add almost
# nothing to the mean. The next cells take two latents and ten observed numbers. Expect values
# that are far too low until $k$ is large.

# %% id="08-guess-model"
generator = torch.Generator().manual_seed(8)
W = torch.randn(10, 2, generator=generator, dtype=torch.float64)
linear = vae.LinearGaussian(W, torch.zeros(10).double(), 0.2)
points = linear.sample(50, generator)
exact = linear.log_marginal(points)
print(f"log p(x), exactly: {exact.mean():.2f} nats")

# %% id="08-guess"
for k in (10, 100, 1000, 10_000):
    z = torch.randn(k, 1, 2, generator=generator, dtype=torch.float64)
    guess = linear.log_likelihood(points, z.expand(k, 50, 2)).logsumexp(0)
    print(f"k = {k:<6} guessed {(guess - math.log(k)).mean():10.2f} nats")

# %% [markdown] id="08-guess-after"
# This was with two latents. The number of guesses grows roughly like $e^K$, where $K$ is
# the KL from the posterior to the prior. In section 7, with twenty latents, a digit's code
# costs more than 20 nats, and $e^{20}$ is about 500 million. So we look for a way to draw
# latents that fit the image.

# %% [markdown] id="08-bound-text"
# ## 4 · One bound, three ways
#
# Let a second network, the encoder, propose latents for an image: $q(z \mid x) = \mathcal
# N(m(x), \operatorname{diag} \sigma^2(x))$. It is also called the **inference network**
# (推断网络). Its use is called **amortised inference** (摊销推断): one network answers for all
# images, and no search for each image is needed. Call
# $w(z) = p(x \mid z)\, p(z) / q(z \mid x)$ the **weight** of a proposal.
#
# **First way: Jensen.** Under $q$ the mean weight is $p(x)$. The logarithm is concave, so
# the logarithm of a mean is at least the mean of the logarithms:
#
# $$\log p(x) = \log \mathbb E_{q}[w(z)] \;\ge\; \mathbb E_{q}[\log w(z)] =: \mathrm{ELBO}(x). \tag{8.9}$$
#
# This is the **evidence lower bound** (证据下界). The name says that it is a lower bound. The
# derivation does not tell us how large the gap is.
#
# **Second way: the posterior.** Put $p(x \mid z)\, p(z) = p(z \mid x)\, p(x)$ into $w$:
#
# $$\log p(x) = \mathrm{ELBO}(x) + \mathrm{KL}\bigl(q(z \mid x) \,\|\, p(z \mid x)\bigr). \tag{8.10}$$
#
# The gap between $\log p(x)$ and the ELBO is this KL divergence: it measures how far the
# encoder is from the true posterior. Raising the bound over the encoder brings $q$ nearer to
# the posterior. Raising it over the decoder raises $\log p$, or makes the posterior simpler,
# so that the encoder can match it.
#
# In the linear model both sides of (8.10) are known. The next cell takes the best encoder
# with a diagonal covariance, and then makes its means smaller. Expect three columns, in which
# the last two always add up to the first.

# %% id="08-bound-gap"
best = vae.best_encoder(linear)
print("means times      log p = ELBO + KL to the posterior")
for factor in (1.0, 0.95, 0.9, 0.5):
    q = vae.LinearVAE(linear, factor * best.A, best.log_variance)
    parts = [part.mean() for part in (exact, q.elbo(points), q.gap(points))]
    print(f"{factor:<11}{parts[0]:11.2f} {parts[1]:8.2f} {parts[2]:8.2f}")

# %% [markdown] id="08-bound-after"
# Even the best encoder of this kind leaves a gap: its covariance is diagonal, and the true
# posterior's is not. This is called the **approximation gap** (近似差距). An encoder that is a
# network leaves a second one. It answers for all images at once. For a single image a better
# $q$ of the same kind may exist. This is the **amortisation gap** (摊销差距; Cremer et al.
# 2018). Section 6 returns to the first, and section 9 measures both.
#
# **Third way: importance weights.** The guesses of (8.8) failed because few of them fitted
# the image. With proposals from $q$, each with its weight, the same estimate works:
#
# $$L_k = \mathbb E_{z_1, \dots, z_k \sim q}\Bigl[\log \frac1k \sum_{i=1}^{k} w(z_i)\Bigr]. \tag{8.11}$$
#
# With one proposal it is the ELBO. Each further one tightens it (Burda et al. 2016):
#
# $$\mathrm{ELBO} = L_1 \le L_2 \le \dots \le L_k \le \log p(x), \tag{8.12}$$
#
# and what is left, for large $k$, is the spread of the weights:
#
# $$\log p(x) - L_k \approx \frac{\operatorname{Var}_q[w]}{2\, k\; p(x)^2}. \tag{8.13}$$
#
# So the ELBO is the crudest of a family of estimates of $\log p$. A model trained on $L_k$
# itself is the importance-weighted autoencoder (`samples=k` in `vae.VAE`).
#
# {{exercise 08.importance_bound}}
#
# Write the inside of (8.11) for a table of log-weights.


# %% id="08-ex-importance-bound" exercise="08.importance_bound"
def importance_bound(log_w):
    """Log of the mean of k weights, for log-weights [k, N]: [N]."""
    ### BEGIN SOLUTION
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))
    ### END SOLUTION


# %% id="08-use-importance-bound"
importance_bound = checks.use("08.importance_bound", importance_bound)

# %% [markdown] id="08-tighten-text"
# The next cells take a worse encoder: its means are nine tenths of the best ones, and its
# variances are the same. Expect a curve that starts at the ELBO and rises slowly towards the
# exact value.

# %% id="08-tighten"
crude = vae.LinearVAE(linear, 0.9 * best.A, best.log_variance)
log_w = vae.evidence.log_weights(crude, points, 4096, generator=generator)
ks = [4**i for i in range(7)]
bounds = []
for k in ks:
    groups = log_w.view(k, -1)  # each column k weights of one point
    bounds.append(float(importance_bound(groups).mean()))

# %% id="08-tighten-plot"
ends = (ks[0], ks[-1])
series = {
    "L_k": (ks, bounds),
    "log p, exactly": (ends, [exact.mean()] * 2),
    "ELBO, exactly": (ends, [crude.elbo(points).mean()] * 2),
}
plots.show(
    plots.lines(series, "k, proposals for each point", "nats", logx=True),
    f"L_k rises from the ELBO, {bounds[0]:.2f}, at k = 1 towards log p, {exact.mean():.2f};"
    f" at k = {ks[-1]:,} it has reached {bounds[-1]:.2f}.",
)

# %% [markdown] id="08-kl-text"
# For training, the ELBO is written with its two forces apart:
#
# $$\mathrm{ELBO}(x) = \mathbb E_{q}\bigl[\log p(x \mid z)\bigr] - \mathrm{KL}\bigl(q(z \mid x) \,\|\, p(z)\bigr). \tag{8.14}$$
#
# The first term is the autoencoder's, the **reconstruction** (重建), with a noisy code. The
# second is the cost of a code, in nats: how far it moves away from the prior. For normals it
# needs no sampling.
#
# {{exercise 08.kl}}
#
# Derive the KL from $\mathcal N(m, \operatorname{diag} \sigma^2)$ to $\mathcal N(0, I)$ and
# write it. It is a sum over latents, of $\mathbb E_q[\log q(z_j) - \log p(z_j)]$ each. You
# need $\mathbb E_q[(z_j - m_j)^2] = \sigma_j^2$ and $\mathbb E_q[z_j^2] = m_j^2 +
# \sigma_j^2$. Encoders output the logarithm of the variance, since that may be any number.


# %% id="08-ex-kl" exercise="08.kl"
def kl(mean, log_variance):
    """KL(N(mean, exp(log_variance)) || N(0, I)), for [N, d] each: [N]."""
    ### BEGIN SOLUTION
    return (mean.square() + log_variance.exp() - log_variance - 1).sum(1) / 2
    ### END SOLUTION


# %% id="08-use-kl"
kl = checks.use("08.kl", kl)

# %% [markdown] id="08-kl-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\mathrm{KL}\bigl(\mathcal N(m, \operatorname{diag} \sigma^2) \,\|\, \mathcal N(0, I)\bigr) = \frac12 \sum_j \bigl(m_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\bigr). \tag{8.15}$$
#
# </details>

# %% [markdown] id="08-kl-after"
# Both terms work against what made the holes. Noise in the code forces the decoder to
# be accurate near each code. The KL term keeps the codes close to the prior, so that
# there is a place to sample from.

# %% [markdown] id="08-gradient-text"
# ## 5 · Differentiating an expectation
#
# The bound is a mean over $z \sim q$, and $q$ depends on the weights that should be
# learned. How can we differentiate through random sampling?
#
# The next figure shows the difficulty and one answer. On the left the code is drawn from $q$.
# A gradient of $f$ reaches the drawn number and ends there, because a random draw has no
# slope in $m$ and $\sigma$. On the right the noise is drawn first, and the code is computed
# from it. Dashed lines are gradients.

# %% id="08-two-graphs"
panels = {
    "the code is drawn": graphs.sampled_graph(),
    "the code is computed from noise": graphs.reparameterised_graph(),
}
plots.show(
    graphs.graphs(panels),
    "Left, a dashed line leads from f(z) back to the drawn z and is crossed out towards m and"
    " sigma. Right, dashed lines lead from f(z) through z to both m and sigma.",
)

# %% [markdown] id="08-reparameterise-text"
# There are two ways to a gradient.
#
# **Reparameterise** (重参数化; Kingma and Welling 2014, Rezende et al. 2014). Draw the noise first,
# $e \sim \mathcal N(0, 1)$, and compute $z = m + \sigma e$. Now the randomness has no
# parameters, and the gradient goes inside:
#
# $$\frac{d}{dm}\, \mathbb E\bigl[f(z)\bigr] = \mathbb E\bigl[f'(m + \sigma e)\bigr], \qquad \frac{d}{d\sigma}\, \mathbb E\bigl[f(z)\bigr] = \mathbb E\bigl[e\, f'(m + \sigma e)\bigr]. \tag{8.16}$$
#
# {{exercise 08.reparameterise}}
#
# Write the move, for means and log-variances $[N, d]$ and noise of the same shape.


# %% id="08-ex-reparameterise" exercise="08.reparameterise"
def reparameterise(mean, log_variance, e):
    """z = mean + sigma e, [N, d] as all arguments are."""
    ### BEGIN SOLUTION
    return mean + (log_variance / 2).exp() * e
    ### END SOLUTION


# %% id="08-use-reparameterise"
reparameterise = checks.use("08.reparameterise", reparameterise)

# %% [markdown] id="08-score-text"
# **Weigh by the score.** Differentiate the density instead, $dq = q\; d \log q$. The slope of
# $\mathbb E[f(z)]$ in $m$ is then again an expectation under $q$, of $f(z)$ times the slope of
# $\log q(z)$ in $m$. This slope of a log-density is called the **score** (得分).
#
# This never uses the slope of $f$. It works where $f$ has none: for words, for moves in a
# game, for scores that people give. In reinforcement learning it is called REINFORCE
# (Williams 1992).
#
# {{exercise 08.score_gradient}}
#
# Work out the score of the normal distribution. Return one estimate for each $z$.


# %% id="08-ex-score-gradient" exercise="08.score_gradient"
def score_gradient(values, z, mean, sigma):
    """Estimates [n] of dE[f(z)]/dmean from values f(z) [n] at z ~ N(mean, sigma^2)."""
    ### BEGIN SOLUTION
    return values * (z - mean) / sigma**2
    ### END SOLUTION


# %% id="08-use-score-gradient"
score_gradient = checks.use("08.score_gradient", score_gradient)

# %% [markdown] id="08-score-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\frac{d}{dm}\, \mathbb E\bigl[f(z)\bigr] = \mathbb E\Bigl[f(z)\, \frac{d \log q(z)}{dm}\Bigr] = \mathbb E\Bigl[f(z)\, \frac{z - m}{\sigma^2}\Bigr]. \tag{8.17}$$
#
# </details>

# %% [markdown] id="08-variance-text"
# Both estimates are right on average, and they differ in their variance. For $f(z) = z^2$ it
# can be computed:
#
# $$\operatorname{Var}[\text{reparameterised}] = 4 \sigma^2, \qquad \operatorname{Var}[\text{score}] = \frac{m^4}{\sigma^2} + 14\, m^2 + 15\, \sigma^2. \tag{8.18}$$
#
# At $m = \sigma = 1$ that is 4 against 30. The next cells measure it, with standard errors.
# Expect both means at 2 and the ratio at 7.5, within a few errors.


# %% id="08-variance-of"
def variance(estimates):
    """Variance of estimates [n], and the standard error of that variance."""
    squares = (estimates - estimates.mean()).square()
    return float(squares.mean()), float(squares.std() / len(squares) ** 0.5)


# %% id="08-variance"
e = torch.randn(200_000, generator=generator)
z = 1 + e
slopes = {"reparameterised": 2 * z, "score": score_gradient(z**2, z, 1.0, 1.0)}
for name, estimates in slopes.items():
    value, error = variance(estimates)
    print(f"{name:<16} mean {estimates.mean():.2f}, variance {value:.2f} ± {error:.2f}")
(a, da), (b, db) = (variance(estimates) for estimates in slopes.values())
print(f"ratio {b / a:.2f} ± {b / a * math.hypot(da / a, db / b):.2f}")

# %% [markdown] id="08-dimensions-text"
# That was one dimension. Let $f(z) = \sum_j z_j^2$ and ask for the slope in the first mean.
# The reparameterised estimate does not depend on the other latents. The score estimate
# multiplies its noise with *all* of $f$; at $m = \sigma = 1$ with $d$ latents
#
# $$\frac{\operatorname{Var}[\text{score}]}{\operatorname{Var}[\text{reparameterised}]} = \frac{4 (d - 1)^2 + 22 (d - 1) + 30}{4}. \tag{8.19}$$
#
# Much of this noise can be removed. The score has mean 0. So any constant may be subtracted
# from $f$ first, and the mean of the estimates stays the same. Such a constant is called a
# **baseline** (基线). With the baseline $\mathbb E f = 2d$ the ratio is
# $\bigl(18 + 6 (d - 1)\bigr) / 4$: it grows like $d$ and no longer like $d^2$. On axes that
# are both logarithmic, expect slopes near 2 and 1 for large $d$, and measured points on their
# curves.

# %% id="08-dimensions"
sizes, ratios, based = [1, 2, 4, 8, 16, 32, 64], [], []
for d in sizes:
    z = 1 + torch.randn(20_000, d, generator=generator)
    f, direct = z.square().sum(1), variance(2 * z[:, 0])[0]
    ratios.append(variance(score_gradient(f, z[:, 0], 1.0, 1.0))[0] / direct)
    with_base = score_gradient(f - 2 * d, z[:, 0], 1.0, 1.0)
    based.append(variance(with_base)[0] / direct)
exactly = [((d - 1) ** 2 * 4 + (d - 1) * 22 + 30) / 4 for d in sizes]
line = [(18 + 6 * (d - 1)) / 4 for d in sizes]

# %% id="08-dimensions-plot"
plots.show(
    plots.lines(
        {
            "score, measured": (sizes, ratios),
            "(8.19)": (sizes, exactly),
            "with a baseline, measured": (sizes, based),
            "with a baseline, exact": (sizes, line),
        },
        "latents",
        "variance / reparameterised",
        log=True,
        logx=True,
    ),
    f"Two pairs of rising curves, measured points on exact lines. Without a baseline the"
    f" ratio goes from {ratios[0]:.1f} for one latent to {ratios[-1]:.0f} for {sizes[-1]};"
    f" with it from {based[0]:.1f} to {based[-1]:.0f}.",
)

# %% [markdown] id="08-linear-text"
# ## 6 · The best linear VAE
#
# One more thing can be known exactly before we train: what a VAE with a *linear* decoder
# learns. The maximum-likelihood model of the form (8.6) is **probabilistic PCA** (概率主成分分析).
# Let the covariance of the data have eigenvalues $\lambda_1 \ge \dots \ge \lambda_D$ with
# eigenvectors $u_j$; then (Tipping and Bishop 1999)
#
# $$s^2 = \frac{1}{D - d} \sum_{j > d} \lambda_j, \qquad W = \bigl(u_1, \dots, u_d\bigr) \operatorname{diag}(\lambda_j - s^2)^{1/2}. \tag{8.20}$$
#
# {{exercise 08.ppca_covariance}}
#
# Return the covariance $C = W W^\top + s^2 I$ of that model.


# %% id="08-ex-ppca-covariance" exercise="08.ppca_covariance"
def ppca_covariance(S, d):
    """C = W W^T + s^2 I of the maximum-likelihood linear model, from S [D, D]."""
    ### BEGIN SOLUTION
    values, U = torch.linalg.eigh(S)  # from the least
    noise = values[:-d].mean().expand(len(S) - d)
    return (U * torch.cat([noise, values[-d:]])) @ U.T
    ### END SOLUTION


# %% id="08-use-ppca-covariance"
ppca_covariance = checks.use("08.ppca_covariance", ppca_covariance)

# %% [markdown] id="08-ppca-digits-text"
# The next cell solves for the best linear model of digits with twenty latents; nothing is
# trained. Expect blurred shapes, because a linear decoder adds and subtracts the same twenty
# pictures for every latent.

# %% id="08-ppca-digits"
some = data.subset(digits, 5 * n, seed=9)
pixels = vae.to_unit(data.to_float(some.images)).flatten(1)
ppca = vae.ppca(pixels, 20)
z = torch.randn(16, 20, generator=generator, dtype=torch.float64)
blurred = (z @ ppca.W.T + ppca.b).clamp(0, 1).view(-1, 1, 28, 28).float()
plots.show(
    plots.labelled_rows({"PPCA": vae.to_signed(blurred)}),
    "Sixteen soft grey shapes with the outline of digits, none of them clear.",
)

# %% [markdown] id="08-rotation-text"
# Is the bound tight for this model? By (8.10) it is tight if the encoder can equal the
# posterior. For the best encoder with a diagonal covariance the gap is
#
# $$\mathrm{KL} = \frac12 \Bigl(\log \det S + \sum_j \log\, (S^{-1})_{jj}\Bigr), \qquad S = s^2 M^{-1}. \tag{8.21}$$
#
# The gap is 0 if and only if $S$ is diagonal. This means that the columns of $W$ are at
# right angles. Turning the latents, $W \to W R$, does not change $p(x)$, but it changes the
# bound. The next cell takes two columns at right angles, of lengths 2 and ½, and noise of ½.
# Expect a gap that is 0 at 0° and 90° and largest between. It is the same for every image.

# %% id="08-rotation"
lengths = torch.tensor([[2.0, 0.0], [0.0, 0.5], [0.0, 0.0]]).double()
angles, gaps = range(0, 91, 5), []
for angle in angles:
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    R = torch.tensor([[c, -s], [s, c]]).double()
    turned = vae.LinearGaussian(lengths @ R, torch.zeros(3).double(), 0.5)
    gaps.append(float(vae.best_encoder(turned).gap(torch.zeros(1, 3).double())))

# %% id="08-rotation-plot"
plots.show(
    plots.lines({"gap": (angles, gaps)}, "latents turned by, degrees", "gap, nats"),
    f"The gap over the angle: 0 at both ends, {max(gaps):.2f} nats at its highest.",
)

# %% [markdown] id="08-ellipses-text"
# What does the gap look like? The next cell draws posterior and best encoder for the latents
# turned by 45°, each as an ellipse one deviation wide. Expect a long tilted ellipse, and an
# upright one that cannot follow it.

# %% id="08-ellipses"
half = math.sqrt(0.5) * torch.tensor([[1.0, -1.0], [1.0, 1.0]]).double()
turned = vae.LinearGaussian(lengths @ half, torch.zeros(3).double(), 0.5)
mean, S = turned.posterior(torch.ones(1, 3).double())
upright = vae.best_encoder(turned).log_variance.exp().diag()
plots.show(
    graphs.ellipses(
        {"posterior p(z|x)": (mean[0], S), "best diagonal q(z|x)": (mean[0], upright)}
    ),
    "Two ellipses around one centre: the posterior's is long, narrow and tilted by 45"
    " degrees; the encoder's is a small circle that misses both of its ends.",
)

# %% [markdown] id="08-rotation-after"
# The encoder's variances are smaller than the posterior's along both axes. A wider upright
# ellipse would reach places where the posterior is nearly 0, and the KL is large there.
# So the best diagonal encoder underestimates the variance of each latent.
#
# Among models with the same likelihood, the bound is therefore larger for some than for
# others. It is tight only where the latents lie along directions in which the data vary
# independently. So training turns the latents to these directions (Rolínek et al. 2019,
# Lucas et al. 2019). This is a reason why single latents of a VAE may look meaningful.

# %% [markdown] id="08-train-text"
# ## 7 · Training on digits
#
# {{exercise 08.negative_elbo}}
#
# Put the pieces together: minus the bound (8.14), with one draw for each image, as a mean
# over the batch. `encode(x)` gives mean and log-variance, `decode(z)` logits.


# %% id="08-ex-negative-elbo" exercise="08.negative_elbo"
def negative_elbo(x, encode, decode, e):
    """-ELBO of binary images x [N, 1, H, W] with noise e [N, d]: a scalar."""
    ### BEGIN SOLUTION
    mean, log_variance = encode(x)
    z = reparameterise(mean, log_variance, e)
    return (kl(mean, log_variance) - log_likelihood(x, decode(z))).mean()
    ### END SOLUTION


# %% id="08-use-negative-elbo"
negative_elbo = checks.use("08.negative_elbo", negative_elbo)

# %% [markdown] id="08-step-text"
# The loss alone does not change a network. Look at the diagram once more and follow the arrows from left
# to right. A training step computes all of it and then walks back: from the two costs,
# through both networks, to every weight.

# %% id="08-step-graph"
plots.show(
    graphs.graphs({"one training step": graphs.vae_graph()}),
    "The diagram of the chapter's beginning: image, mean and log-variance, code with noise,"
    " probabilities, and the two costs that make up the loss.",
)

# %% [markdown] id="08-step-task"
# {{exercise 08.step}}
#
# Write the step. `encode` and `decode` are networks as you built them, `optimizer` holds the
# weights of both, `x` are binary pixels and `e` is the noise. Make one update that lowers the
# loss. Return its two terms before the update, as means over the batch and without a graph:
# first the reconstruction term $-\log p(x \mid z)$, then the KL. You may use `log_likelihood`,
# `kl` and `reparameterise`.


# %% id="08-ex-step" exercise="08.step"
def step(encode, decode, optimizer, x, e):
    """One update on x [N, 1, H, W] with noise e [N, d]: -log p(x|z) and KL before it."""
    ### BEGIN SOLUTION
    mean, log_variance = encode(x)
    z = reparameterise(mean, log_variance, e)
    rebuilt = -log_likelihood(x, decode(z)).mean()
    cost = kl(mean, log_variance).mean()
    optimizer.zero_grad()
    (rebuilt + cost).backward()
    optimizer.step()
    return rebuilt.detach(), cost.detach()
    ### END SOLUTION


# %% id="08-use-step"
step = checks.use("08.step", step)

# %% [markdown] id="08-loop-text"
# The next cell trains a VAE with your step and your two networks. Expect a loss that falls from
# about 550 nats to below 150. At first every pixel has a probability near ½, which alone
# costs $784 \log 2 \approx 543$ nats.

# %% id="08-loop"
encode, decode = encoder(20, 400), decoder(20, 400)
adam = torch.optim.Adam([*encode.parameters(), *decode.parameters()], 1e-3)
batches, start = data.batches(digits, 128, seed=8), time.process_time()
for i in range(10 if fast else 600):
    x = vae.binarise(vae.to_unit(next(batches)))
    rebuilt, cost = step(encode, decode, adam, x, torch.randn(len(x), 20))
    if i % 100 == 0:
        print(f"step {i:4}: {rebuilt + cost:.1f} nats an image, of these KL {cost:.1f}")
print(f"{time.process_time() - start:.0f} s of processor time")

# %% [markdown] id="08-loop-after"
# The KL is near 0 at first: untrained outputs are small, so the code is close to the prior
# and says little about the image. Then it grows, because a code that says more is worth its
# cost. What has your model learnt in 600 steps? Your `negative_elbo` gives the loss on test
# digits, which the training has not seen. Then look at reconstructions and at samples from
# the prior. Expect readable digits in the middle row, and few in the last.

# %% id="08-loop-look"
own = torch.Generator().manual_seed(80)
x = vae.binarise(vae.to_unit(real), own)
with torch.no_grad():
    loss = negative_elbo(x, encode, decode, torch.randn(len(x), 20, generator=own))
    print(f"{loss:.1f} nats on test digits")
    back = decode(encode(vae.to_unit(real[:16]))[0]).sigmoid()
    drawn = decode(torch.randn(16, 20, generator=own)).sigmoid()
rows = {"digits": real[:16], "reconstructed": vae.to_signed(back)}
plots.show(
    plots.labelled_rows({**rows, "drawn": vae.to_signed(drawn)}),
    "Sixteen test digits; the same through your encoder and decoder, soft and mostly"
    " readable; and sixteen decoded draws of the prior, blurred, a few of them digits.",
)

# %% [markdown] id="08-conv-text"
# Your step works with any pair of networks of this kind. The encoder of `vae.convolutional`
# halves the side of the image twice by strided convolutions. A hidden layer of 256 units reads
# the maps of 7 × 7. The decoder goes back by transposed convolutions (chapter 05). With 16
# channels the pair has 837,257 weights. Train it for the same 600 steps with the same learning
# rate and the same batches. This takes about twenty seconds.
#
# **Predict.** Which pair will have the lower loss on test digits after 600 steps: yours, or
# the convolutional one?

# %% id="08-predict-conv"
checks.predict("08.lower-loss", ..., options=("yours", "convolutional"))

# %% id="08-conv"
start = time.process_time()
with torch.random.fork_rng():
    torch.manual_seed(82)
    conv = vae.convolutional(latent=20, width=16)
    adam = torch.optim.Adam(conv.parameters(), 1e-3)
    batches = data.batches(digits, 128, seed=8)
    for _ in range(10 if fast else 600):
        x = vae.binarise(vae.to_unit(next(batches)))
        step(conv.encoder, conv.decoder, adam, x, torch.randn(len(x), 20))
print(f"{time.process_time() - start:.0f} s of processor time")

# %% id="08-conv-bound"
own = torch.Generator().manual_seed(80)
x = vae.binarise(vae.to_unit(real), own)  # the test pixels as above
e = torch.randn(len(x), 20, generator=own)
with torch.no_grad():
    reached = {"yours": negative_elbo(x, encode, decode, e)}
    reached["convolutional"] = negative_elbo(x, conv.encoder, conv.decoder, e)
for name, loss in reached.items():
    print(f"{name:<14} {loss:.1f} nats on test digits")
checks.measured("08.lower-loss", min(reached, key=reached.get))

# %% [markdown] id="08-conv-after"
# In this run the loss of the convolutional pair is several nats higher, although it has more
# weights and needs more processor time. So convolutions are not better after every number of
# steps. Here they probably need more steps, or another learning rate. We have tested neither.
# (One training each.)

# %% [markdown] id="08-find-text"
# The next cell prints the step of the package. Find your lines in it. `samples` is the $k$ of
# (8.11), and `weight` can raise the weight of the KL slowly.

# %% id="08-find"
print(inspect.getsource(vae.VAE.step))

# %% [markdown] id="08-fit-text"
# Now the training has four thousand steps and takes about 45 seconds on two cores. The learning
# rate falls to zero over the second half. The processor time is kept for section 10.
#
# **Predict.** Compare the KL of the first 50 recorded steps with that of the last 50. Does it
# rise, fall, or stay about the same? ("Stay" means a change of less than ten percent.)

# %% id="08-predict-kl"
checks.predict("08.kl-in-training", ..., options=("rises", "falls", "stays"))

# %% id="08-fit"
SETTINGS = {"decay_start": 0.5, "final_lr_factor": 0.0}
model = vae.VAE(vae.classic(latent=20), **SETTINGS)
start = time.process_time()
history = fit(model, steps=4000)
vae_cpu = time.process_time() - start
print(f"{history.rows[-1]['step']:,} steps, {history.messages or 'no complaints'}")

# %% [markdown] id="08-curves-text"
# The next cells draw the two terms over the training. Then they compare the KL of the first
# 50 recorded steps with that of the last 50.

# %% id="08-curves"
plots.show(
    plots.training_curves(history),
    "Left, over the steps, the reconstruction term falls and the KL rises; right, the share"
    " of active latents.",
)

# %% id="08-measured-kl"
costs = [row["KL"] for row in history if "KL" in row]
early, late = (sum(some) / len(some) for some in (costs[:50], costs[-50:]))
print(f"KL {early:.1f} nats at first, {late:.1f} at the end")
way = "rises" if late > 1.1 * early else "falls" if late < 0.9 * early else "stays"
checks.measured("08.kl-in-training", way)

# %% id="08-units"
print(vae.describe_units(model.encode(real)[0]))

# %% [markdown] id="08-units-after"
# The reconstruction term falls and the KL *rises*. A rising KL is normal in a training that
# goes well: the code says more about the image, and that costs more.
#
# A latent that carries less than it costs is switched off: its code becomes the prior, and
# the decoder does without it. Here none is. If this happens to a few latents, it is
# harmless. If it happens to all of them, it is called **posterior collapse** (后验坍缩); chapter
# 09 shows how it arises and how to prevent it.
#
# Now look. Expect the middle row to be hard to tell from the first, and only a part of
# the last to be digits. The decoder is good where codes of digits are, and the prior
# also draws elsewhere.

# %% id="08-looks"
samples = model.sample(n, generator)
looks = {"digits": real, "reconstructed": model.reconstruct(real), "drawn": samples}
plots.show(
    plots.labelled_rows({name: images[:16] for name, images in looks.items()}),
    "Sixteen test digits, the same through the code and back, slightly soft; and sixteen"
    " drawn from the prior, some of them digits, others broken or between two digits.",
)

# %% [markdown] id="08-mean-text"
# What was shown are the probabilities $\pi$, a mean image. A sample *of the model* has pixels
# drawn with these probabilities. Expect grain where $\pi$ is near ½, at the edges of strokes.
# The pixels are independent given $z$, so drawn pixels do not form one sharp edge.

# %% id="08-mean"
thrown = vae.to_signed(vae.binarise(vae.to_unit(samples[:16])))
plots.show(
    plots.labelled_rows({"means": samples[:16], "pixels drawn": thrown}),
    "Sixteen soft shapes, and beneath the same ones in black and white with grainy edges.",
)

# %% [markdown] id="08-score-digits-text"
# The next cell compares the gradients of section 5 in the trained model. It takes one test
# image and the latent with the smallest variance. The slope is that of $\mathbb E[\log p(x
# \mid z)]$ in the mean of this latent. The baseline is the mean of the values. For
# $\sum_j z_j^2$ with 20 latents the ratio is 473 by (8.19), and 33 with a baseline. Expect
# ratios of another size here, and again a much smaller one with the baseline.

# %% id="08-score-digits"
x, nets = vae.to_unit(real[:1]), model.trained()
with torch.no_grad():
    mean, log_variance = nets.encode(x)
    sigma = (log_variance / 2).exp()
z = (mean + sigma * torch.randn(2000, 20, generator=generator)).requires_grad_()
values = nets.log_likelihood(x, z[:, None])[:, 0]  # log p(x|z), [2000]
(slopes,) = torch.autograd.grad(values.sum(), z)
j = int(log_variance[0].argmin())
f, drawn = values.detach(), z[:, j].detach()
for name, base in (("without a baseline", 0.0), ("with a baseline", f.mean())):
    scores = score_gradient(f - base, drawn, mean[0, j], sigma[0, j])
    print(f"{name:<19} {scores.var() / slopes[:, j].var():7,.0f} times the variance")

# %% [markdown] id="08-score-digits-after"
# A ratio of variances is a ratio of work: for the same precision, that many times as many
# draws are needed. Without a baseline nearly all of the ratio comes from the size of $f$. Here
# $f$ is tens of nats below zero for every draw, which says nothing about its slope. With a
# baseline a factor of about ten is left. This is one reason why VAEs reparameterise. Models
# with discrete latents cannot do so; they use baselines or other ways to reduce the variance.

# %% [markdown] id="08-plane-text"
# ## 8 · The latent plane
#
# A VAE with two latents has worse images and a space that can be drawn. It gets 1,800 steps,
# about 25 seconds; then its codes stand beside those of the autoencoder. Look at the axes:
# expect codes gathered around 0, on the scale of the prior, and digits in neighbouring
# regions. Two numbers are few, so some regions overlap.

# %% id="08-plane-fit"
plane = vae.VAE(vae.mlp((400, 200), latent=2), **SETTINGS)
history = fit(plane, steps=1800)

# %% id="08-plane-codes"
panels = {
    name: (m.encode(real)[0], labels)
    for name, m in (("autoencoder", flat), ("VAE", plane))
}
plots.show(
    plots.latent_codes(panels),
    "Left, the autoencoder's codes, spread wide and unevenly. Right, the VAE's, gathered"
    " around 0 within a few units, most digits in a region of their own, some overlapping.",
)

# %% [markdown] id="08-grid-text"
# {{exercise 08.latent_grid}}
#
# A map should give each region the room that it has in the samples. So do not space the
# latents evenly; space their probabilities evenly. Cut each axis into `side` intervals that
# are equally likely under the prior, and take from each the place that halves its
# probability. The quantile function of the normal distribution is `torch.special.ndtri`.
# Return all pairs, row by row from below, with $z_1$ growing along a row.


# %% id="08-ex-latent-grid" exercise="08.latent_grid"
def latent_grid(side):
    """Places [side * side, 2], row by row from below, equally likely under N(0, I)."""
    ### BEGIN SOLUTION
    q = torch.special.ndtri((torch.arange(side) + 0.5) / side)
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)
    ### END SOLUTION


# %% id="08-use-latent-grid"
latent_grid = checks.use("08.latent_grid", latent_grid)

# %% [markdown] id="08-grid-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$z = \Phi^{-1}(u), \qquad u = \frac{i + \frac12}{\text{side}}, \quad i = 0, \dots, \text{side} - 1, \tag{8.22}$$
#
# along each axis, with the normal's distribution function $\Phi$.
#
# </details>

# %% [markdown] id="08-grid-map-text"
# Now decode these places. Expect every kind of digit somewhere, and changes from one kind to
# the next that are mostly gradual.

# %% id="08-grid-map"
u = (0, 1, 0, 1)  # the axes are probabilities
plots.show(
    plots.latent_maps({"VAE": plane.decode(latent_grid(side))}, u, ("$u_1$", "$u_2$")),
    "A square of digits that change into one another step by step: clear ones at the rim,"
    " and softer ones in the middle, where many kinds meet.",
)

# %% [markdown] id="08-explorer-text"
# Move the pointer over the plane, or use the arrow keys (the Tab key leads to the plane).
# The picture beside it is decoded at that place. Look for a border: does a 4 become a 9
# suddenly? What is decoded where no code lies?

# %% id="08-explorer"
shown = 100 if fast else 1000
widgets.latent_explorer(plane, test.images[order[:shown]], labels[:shown])

# %% [markdown] id="08-traverse-text"
# Twenty latents do not fit on a map, but they can be changed one at a time. The next cell
# takes one digit's code and moves one latent from −3 to 3. The rows are the latents on which
# the encoder spends most nats. Expect changes of slant, width or thickness, or of the digit
# itself. Seldom does a row change only one of these.

# %% id="08-traverse"
means, log_variances = model.encode(real)
carried = kl(means.T, log_variances.T)  # nats for each latent, over all images
rows = {}
for j in carried.argsort(descending=True)[:5].tolist():
    z = means[:1].repeat(9, 1)
    z[:, j] = torch.linspace(-3, 3, 9)
    rows[f"latent {j}"] = model.decode(z)
plots.show(
    plots.labelled_rows(rows),
    "Five rows of nine images: along each row one digit changes smoothly in one respect,"
    " such as slant, width or kind.",
)

# %% [markdown] id="08-between-text"
# What lies between two digits? It is often claimed that interpolation in a VAE stays among
# valid digits, while in an autoencoder it does not. Look, and count in each row the images
# that are not digits.

# %% id="08-between"
t = torch.linspace(0, 1, 15)[:, None]
rows = {}
for name, m in (("autoencoder", wide), ("VAE", model)):
    ends = m.encode(real[:2])[0]
    rows[name] = m.decode((1 - t) * ends[:1] + t * ends[1:])
plots.show(
    plots.labelled_rows(rows),
    "Two rows that lead from one digit to another in fifteen steps; in the middle of both"
    " the one fades and the other appears.",
)

# %% [markdown] id="08-holes-again-text"
# One pair of digits cannot decide it. In these two rows the models do not differ much.
# Between digits of different kinds both go through images that are not digits. Are the holes
# gone, then? The next cell judges samples from the prior by the report.

# %% id="08-holes-again"
sheet["VAE, from the prior"] = row(judged(samples).samples)
sheet["VAE, reconstructed"] = row(judged(model.reconstruct(learnt)).samples)
plots.show(plots.score_sheet(sheet, LOWER), plots.best_of(sheet, LOWER))
print(plots.score_table(sheet, LOWER))

# %% [markdown] id="08-aggregate-text"
# Compare the rows. The prior is better than the box in FID, density, coverage and the
# two-sample test; precision and recall are even. Both are far from what the same decoder
# gives for codes of real digits. So the decoder is not the cause: the prior is not quite
# where the codes are. With $q(z) = \mathbb E_x[q(z \mid x)]$, the codes of all data together
# (Hoffman and Johnson 2016),
#
# $$\mathbb E_x\bigl[\mathrm{KL}(q(z \mid x) \,\|\, p(z))\bigr] = I_q(x; z) + \mathrm{KL}\bigl(q(z) \,\|\, p(z)\bigr). \tag{8.23}$$
#
# The KL term is a sum of two parts: what the code says about the image, which we want,
# and the mismatch with the prior. The mismatch that is left is what we called the
# holes.
#
# One remedy needs no new training of the VAE. Fit a second model to the codes and draw
# from it, here a mixture of normals (Ghosh et al. 2020). Encoder and decoder stay as
# they are. Expect a row between the prior's and that of the real codes.

# %% id="08-mixture"
start = time.process_time()
images = data.to_float(data.subset(digits, 5 * n, seed=9).images)
second = vae.MixturePrior(model, images, components=5 if fast else 20)
mixture_cpu = time.process_time() - start

# %% id="08-mixture-report"
mixed = second.sample(n, generator)
sheet["VAE, from a mixture"] = row(judged(mixed).samples)
stages = {name: scores for name, scores in sheet.items() if name.startswith("VAE")}
plots.show(plots.score_sheet(stages, LOWER), plots.best_of(stages, LOWER))
print(plots.score_table(stages, LOWER))

# %% [markdown] id="08-evidence-text"
# ## 9 · How probable are the digits?
#
# A GAN gives no answer (chapter 07). A VAE nearly can: $L_k$ of (8.11) with a large $k$ is
# an estimate of $\log p(x)$. It is too low on average, and less so with every proposal. So
# always state the $k$ of such a figure, and how the images were binarised. Without both,
# figures cannot be compared.
#
# First we need a figure to compare with. A model without latents gives each pixel its mean
# over the training images, whatever the digit.

# %% id="08-evidence-baseline"
few = 20 if fast else 200
x = vae.binarise(vae.to_unit(real[:few]), torch.Generator().manual_seed(8))
ink = vae.to_unit(images).mean(0).clamp(1e-3, 1 - 1e-3)  # of training images
alone = log_likelihood(x, torch.logit(ink).expand_as(x))
print(f"without latents: -log p = {-alone.mean():.1f} nats")

# %% [markdown] id="08-evidence-k-text"
# Now the VAE, on the same binarised images, with more and more proposals. Expect figures
# that fall quickly, then slowly, and still fall a little at the end.

# %% id="08-evidence"
nets, ks, found = model.trained(), [1, 10, 100, 1000], []
with torch.no_grad():
    log_w = [
        vae.evidence.log_weights(nets, x[i : i + 1], ks[-1], generator=generator)
        for i in range(few)
    ]
    log_w = torch.cat(log_w, dim=1)  # [1000, few]
for k in ks:
    found.append(-float(importance_bound(log_w[:k]).mean()))
    print(f"k = {k:<5} -log p <= {found[-1]:.2f} nats")

# %% id="08-evidence-plot"
plots.show(
    plots.lines(
        {"VAE, 784-400-20": (ks, found)}, "k, proposals", "-L_k, nats", logx=True
    ),
    f"The estimate falls from {found[0]:.1f} nats with one proposal to {found[-1]:.1f} with"
    f" {ks[-1]:,}, ever more slowly.",
)

# %% [markdown] id="08-evidence-after"
# The package's estimator does the same in chunks, so that memory does not grow with $k$, and
# adds two standard errors. The first says how much *these proposals* scatter. The second says
# how much other test images would change the mean; with 200 images it is far larger. Neither
# can say what all proposals missed: a region of latents that would explain the image and that
# $q$ never proposes. On average the estimate of $\log p$ is too low, never too high; a single
# estimate may be either.

# %% id="08-evidence-package"
evidence = model.log_p(real[:few], samples=20 if fast else 500, generator=generator)
print(evidence)

# %% [markdown] id="08-gaps-text"
# What separates the bound, $k = 1$, from $\log p(x)$? Section 4 named two gaps. They can be
# measured separately. Give each test image a mean and a log-variance of its own, and start them at the
# encoder's answer. Raise the image's bound by gradient steps. The decoder stays as it is.
# What the bound gains is the amortisation gap. What is still missing to $\log p(x)$ is the
# approximation gap.
#
# **Predict.** How large is the amortisation gap, in percent of both together?

# %% id="08-predict-gaps"
checks.predict("08.amortisation-gap", ..., unit="% of the whole gap")


# %% id="08-gaps-fit"
def noisy_bound(x, mean, log_variance, draws, source):
    """The bound of images x [N, 1, 28, 28] with these q, by so many draws: [N]."""
    e = torch.randn(draws, *mean.shape, generator=source)
    z = reparameterise(mean, log_variance, e)  # [draws, N, 20]
    return nets.log_likelihood(x, z).mean(0) - kl(mean, log_variance)


own = torch.Generator().manual_seed(81)
with torch.no_grad():
    given = nets.encode(x)
mine = [part.clone().requires_grad_() for part in given]
adam = torch.optim.Adam(mine, 0.02)
for _ in range(5 if fast else 200):
    adam.zero_grad()
    (-noisy_bound(x, *mine, 1, own).sum()).backward(inputs=mine)
    adam.step()

# %% id="08-gaps"
with torch.no_grad():
    one, each = (noisy_bound(x, *q, 50, own).mean() for q in (given, mine))
amortised, rest = float(each - one), float(-found[-1] - each)
print(f"bound {one:.2f} with the encoder, {each:.2f} with a q for each image, nats")
print(f"amortisation gap {amortised:.2f}, approximation gap {rest:.2f} nats")
checks.measured("08.amortisation-gap", 100 * amortised / (amortised + rest))

# %% [markdown] id="08-gaps-after"
# In this run the amortisation gap is the larger part. One encoder for all images costs more
# than the form of $q$ does, a normal with a diagonal covariance. So a better encoder would tighten this bound, without any
# change of the decoder. Two errors remain. $\log p$ is an estimate that is a little too low
# on average, so the approximation gap may be larger. And 200 noisy steps may not reach the
# best $q$, so the amortisation gap may be larger, too. (One training and 200 images.)

# %% [markdown] id="08-evidence-published-text"
# How good is the figure of the package? It is from a training of 45 seconds. The course's
# benchmark trained the same networks for 50,000 steps and found 91.8 nats on all 10,000 test
# images. Two hidden layers of 640 units and 50 latents gave 86.6 nats after 18,000 steps
# with larger batches. The same networks trained on $L_5$ gave 86.2 after 14,000 steps
# (`benchmarks/records/vae_evidence.json`). Each is one training, judged with $k = 1000$.
# Burda et al. (2016, table 1) report about 86.8 nats for a VAE with 50 latents and two
# hidden layers of 200 units. It was trained far longer and judged with $k = 5000$. All of
# these figures use the same binarisation. The published test images were drawn anew, so tenths of a
# nat should not be compared.

# %% [markdown] id="08-duel-text"
# ## 10 · GAN and VAE, on about equal compute
#
# This section compares both models after the same time. A step of the DCGAN of chapter 05
# takes about four times as long as a step of the VAE. So it gets 940 steps against the 4,000
# of section 7: about the same processor time on the machine that ran this notebook. The next
# cell prints the times of *your* machine. The VAE stands in the sheet twice: sampled from
# the prior, and from the mixture of section 8.
#
# **Predict.** Which of the three rows will have the best FID?

# %% id="08-predict-duel"
ROWS = ("GAN", "VAE, from the prior", "VAE, from a mixture")
checks.predict("08.best-fid", ..., options=ROWS)

# %% id="08-duel-fit"
training.seed_everything(8)
recipe = gan.recipe("dcgan", "fast")
rival = recipe.build()
batches = data.batches(digits, recipe.batch_size, seed=8)
start = time.process_time()
training.fit(rival, batches, training.lesson(steps=940))
gan_cpu = time.process_time() - start
print(f"processor time: GAN {gan_cpu:.0f} s, VAE {vae_cpu:.0f} + {mixture_cpu:.0f} s")

# %% id="08-duel-report"
drawn = rival.sample(n, generator)
duel = {"GAN": row(judged(drawn).samples), **{name: sheet[name] for name in ROWS[1:]}}
plots.show(plots.score_sheet(duel, LOWER), plots.best_of(duel, LOWER))
print(plots.score_table(duel, LOWER))
checks.measured("08.best-fid", min(ROWS, key=lambda name: duel[name]["FID"].value))

# %% id="08-duel-look"
plots.show(
    plots.labelled_rows(
        {"GAN": drawn[:16], "VAE, prior": samples[:16], "VAE, mixture": mixed[:16]}
    ),
    "Sixteen samples each: the GAN's with sharp edges, the VAE's softer; those from the"
    " mixture are more often whole digits than those from the prior.",
)

# %% [markdown] id="08-duel-after"
# Read the sheet as chapter 07 taught: no column alone, and recall with suspicion. In
# this run neither model wins. The VAE with the mixture has the better FID and coverage.
# The GAN has the better precision and density, and a classifier tells its samples from
# real ones less often. Then compare the two rows of the VAE. How much of the distance
# between GAN and VAE was the decoder's, and how much lay in where it was sampled? And
# note what the figures do not show. The VAE has one loss to minimise in place of a
# game, and this loss can be compared between runs. It has an encoder and an estimate of
# $\log p(x)$. The GAN has none of these, and its edges are sharper.
#
# This is one run each, with two architectures of different sizes. The errors in the sheet do
# not contain the choice of the seed. So it says nothing about GANs and VAEs in general.

# %% [markdown] id="08-claim-text"
# ## 11 · A claim to check
#
# Kingma and Welling (2014, section 5) report that *superfluous latents did not lead to
# overfitting*, and credit the regularising effect of the bound, which has the KL
# term. Here is a strong test: only a thousand
# random training images, and networks with 5, 20 and 100 latents, 1,200 steps each.
# Overfitting is the difference between the bound on images seen in training and on new ones.
# If the claim holds, that difference does not grow from 20 latents to 100.


# %% id="08-claim-bound"
def bound(model, images):
    """Mean ELBO of images in [-1, 1], binarised once, with ten draws each."""
    x = model.observe(images, torch.Generator().manual_seed(8))
    with torch.no_grad():
        log_w = vae.evidence.log_weights(model.trained(), x, 10)
    return float(log_w.mean())


# %% id="08-claim"
known = data.subset(digits, 200 if fast else 1000, seed=10).images
for latent in (5, 20, 100):
    training.seed_everything(8)
    small = vae.VAE(vae.classic(latent))
    fit(small, steps=1200, images=known)
    seen, unseen = bound(small, data.to_float(known)), bound(small, real[:1000])
    active = int(small.active_units(real[:1000]).sum())
    print(
        f"{latent:3} latents, {active:3} active: ELBO {seen:.1f} seen, {unseen:.1f} new,"
        f" difference {seen - unseen:.1f}"
    )

# %% [markdown] id="08-claim-after"
# Keep three questions apart. Does the model overfit? Yes. All rows have a difference of
# more than ten nats, so the *networks* have memorised part of a thousand images.
# Nothing in the bound forbids it. Do superfluous *latents* make that worse? This is the
# claim. Compare the differences of the last two rows: in this run the one with 100
# latents is not larger, so the claim is not contradicted. It is one seed and one length
# of training. And do more latents make the model better? Compare the bounds themselves.
# With 100 latents the bound is lower on seen *and* new images than with 20, and that is
# not overfitting. After the same 1,200 steps the larger model fits less well.
#
# Your turn: give the last one four times the steps, or `free_bits=0.5`, which prevents latents
# from being switched off. Does your answer to any of the three change?

# %% [markdown] id="08-predictions-text"
# The next cell shows your predictions beside what this chapter measured. Where they differ,
# go back to the section and say which assumption was wrong.

# %% id="08-predictions"
checks.predictions("08")

# %% [markdown] id="08-recap"
# ## What to take along
#
# - An autoencoder does not say where its codes lie, so there is nothing to sample from, and
#   between the codes its decoder was never trained.
# - The ELBO is $\log p(x)$ less $\mathrm{KL}(q \,\|\, p(z \mid x))$, the encoder's error. More
#   proposals tighten it. Here the larger part of this error arose because one encoder serves
#   all images; the smaller part came from the form of $q$, a normal with a diagonal
#   covariance.
# - Noise in the code forces the decoder to be accurate near each code; the KL term keeps the
#   codes close to the prior.
# - The encoder computes a mean and a log-variance; noise makes a code of them. The training
#   step descends the reconstruction term and the KL together.
# - Both gradient estimates are right on average. The score function's has the larger
#   variance; a baseline takes away most of it, but not all.
# - A linear VAE is probabilistic PCA, and its bound is tight only if the columns of $W$ are
#   at right angles.
# - A likelihood must be quoted with its binarisation, its $k$ and its two errors. A
#   cross-entropy of grey values is not a likelihood.
# - The codes of the data do not quite fill the prior, and samples show it; a second model of
#   the codes helped here.
#
# **Next** chapter 09: what a VAE is good for.
#
# ## References
#
# To read first:
# - D. P. Kingma, M. Welling. Auto-Encoding Variational Bayes. ICLR 2014. The VAE of this
#   chapter, and the claim of section 11.
# - D. J. Rezende, S. Mohamed, D. Wierstra. Stochastic Backpropagation and Approximate
#   Inference in Deep Generative Models. ICML 2014. The same model, found independently.
# - Y. Burda, R. Grosse, R. Salakhutdinov. Importance Weighted Autoencoders. ICLR 2016.
#   Section 4's third way, active units, and the figures that section 9 compares with.
#
# On the linear model (sections 3 and 6):
# - M. E. Tipping, C. M. Bishop. Probabilistic Principal Component Analysis. Journal of the
#   Royal Statistical Society, Series B, 1999.
# - J. Lucas, G. Tucker, R. Grosse, M. Norouzi. Don't Blame the ELBO! A Linear VAE
#   Perspective on Posterior Collapse. NeurIPS 2019.
# - M. Rolínek, D. Zietlow, G. Martius. Variational Autoencoders Pursue PCA Directions (by
#   Accident). CVPR 2019. Why latents line up with axes.
#
# On single points:
# - R. J. Williams. Simple Statistical Gradient-Following Algorithms for Connectionist
#   Reinforcement Learning. Machine Learning, 1992. The score function, with baselines.
# - C. Cremer, X. Li, D. Duvenaud. Inference Suboptimality in Variational Autoencoders. ICML
#   2018. The two gaps of sections 4 and 9.
# - G. Loaiza-Ganem, J. P. Cunningham. The Continuous Bernoulli: Fixing a Pervasive Error in
#   Variational Autoencoders. NeurIPS 2019. The missing mass of (8.5).
# - M. D. Hoffman, M. J. Johnson. ELBO Surgery: Yet Another Way to Carve Up the Variational
#   Evidence Lower Bound. NeurIPS Workshop on Advances in Approximate Bayesian Inference,
#   2016. Equation (8.23).
# - P. Ghosh, M. S. M. Sajjadi, A. Vergari, M. Black, B. Schölkopf. From Variational to
#   Deterministic Autoencoders. ICLR 2020. A second model of the codes.
# - R. Salakhutdinov, I. Murray. On the Quantitative Analysis of Deep Belief Networks. ICML
#   2008. Binarised MNIST.
