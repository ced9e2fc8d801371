# %% [markdown] id="01-title"
# # 01 · What a generative model is
#
# Why build a model that generates? A classifier answers one question that was fixed before
# it was trained. A **generative model** (生成模型) describes the data themselves, so it can be
# asked many questions. It draws new pictures, completes a damaged one, and says how many
# bits a picture costs. It also says how probable a picture is, and to which class it
# belongs. You will ask for each of these in this chapter.
#
# Before any network appears, this chapter builds three such models of handwritten digits by
# counting. It draws pictures from them and says exactly how good they are. All later
# chapters use its words: density (概率密度), sample (样本), likelihood (似然), divergence (散度).
#
# **You will be able to**
# - draw from a density in three ways, and follow probability through a function;
# - fit a model by maximum likelihood, and say what a picture costs under it, in nats;
# - say why maximum likelihood covers the data where another objective seeks one mode;
# - tell explicit from implicit and generative from discriminative models, and say where
#   GAN, VAE, autoregressive model, flow and diffusion stand.
#
# **Time** {{time}}.
#
# **Before this** chapter 00,
# some NumPy, integrals and logarithms. One formula, (1.5), needs partial derivatives and
# determinants; it may be skipped until chapter 13.
#
# {{run card}}

# %% id="01-imports"
import numpy as np
import torch
from scipy.stats import ks_2samp
from sklearn.linear_model import LogisticRegression

from aigc_course import checks, data, gan, plots, theory

rng = np.random.default_rng(1)

# %% [markdown] id="01-density-text"
# ## 1 · Two things to ask of a model
#
# A model of data answers two requests: *how probable is this?* and *show me another
# one*. The first is answered by a **density** $p$, the second by a **sampler**. A
# density on a line is a curve that is nowhere negative and has the area 1,
#
# $$p(x) \ge 0, \qquad \int p(x)\,dx = 1, \tag{1.1}$$
#
# and the area over an interval is the probability of landing in it. Collected from the
# left, the area is the **distribution function** $F$:
#
# $$P(a \le x \le b) = \int_a^b p(x)\,dx = F(b) - F(a). \tag{1.2}$$
#
# The course's `theory` module computes with densities on a grid. `theory.mixture` returns a
# `Density`: `p.x` are the points of the grid, `p.p` the values there, `p.dx` is the width
# of a cell and `p.cdf` is $F$. `p.sample(n, rng)` draws, and `p.expect(values)` takes a
# mean under $p$. In the exercises you write functions of plain NumPy arrays.
#
# Take two humps, of which the left one holds three tenths of the data. Expect the samples,
# drawn as ticks, to crowd where the curve is high.

# %% id="01-density-plot"
x = theory.grid(-12, 12, 2401)
p = theory.mixture(x, means=[-2, 2.5], stds=[0.3, 0.9], weights=[0.3, 0.7])
near = (x > -5) & (x < 6)
drawing = plots.densities(
    {"p": (x[near], p.p[near])}, samples={"p": p.sample(150, rng)}
)
plots.show(
    drawing,
    "A narrow hump at -2 and a broader, lower one at 2.5; beneath them a row of ticks,"
    " dense under both humps and absent between them.",
)

# %% [markdown] id="01-density-after"
# The height of a density is not a probability: a narrower left hump would rise above 1.
# What can be compared with a count is an area. Expect three numbers that agree, the last
# one with a little noise.

# %% id="01-density-area"
inside = (x >= 1) & (x <= 3)
low, high = np.interp([1, 3], x, p.cdf)
samples = p.sample(100_000, rng)
print(f"area over [1, 3]   {p.p[inside].sum() * p.dx:.3f}")
print(f"F(3) - F(1)        {high - low:.3f}")
print(f"share of samples   {((samples >= 1) & (samples <= 3)).mean():.3f}")

# %% [markdown] id="01-cdf-text"
# ## 2 · Sampling: where do the random numbers go?
#
# A computer offers uniform numbers $u$ between 0 and 1, and every sampler transforms them.
# The *inversion method* reads $F$ backwards: $x = F^{-1}(u)$ (Devroye 1986, chapter II
# treats it and many others). It works because $F$ rises, so
# that $F^{-1}(u) \le a$ says the same as $u \le F(a)$:
#
# $$P\bigl(F^{-1}(u) \le a\bigr) = P\bigl(u \le F(a)\bigr) = F(a). \tag{1.3}$$
#
# {{exercise 01.inverse_cdf}}
#
# The density is given at the points of an even grid. Return, for each $u$, the place at
# which $F$ reaches it.


# %% id="01-ex-inverse-cdf" exercise="01.inverse_cdf"
def inverse_cdf(x, p, u):
    """Samples [m] of the density p [n] on the even grid x [n], from uniform u [m]."""
    ### BEGIN SOLUTION
    F = np.cumsum(p) * (x[1] - x[0])
    return np.interp(u, F, x)
    ### END SOLUTION


# %% id="01-use-inverse-cdf"
inverse_cdf = checks.use("01.inverse_cdf", inverse_cdf)

# %% [markdown] id="01-cdf-plot-text"
# The figure shows your function. Follow a dotted line from below: twenty-one evenly spaced
# $u$ go up to the curve and then to the right. Expect them to arrive close together where
# the curve is flat, which is where the density is high.

# %% id="01-cdf-plot"
u = np.linspace(0.001, 0.999, 999)
plots.show(
    plots.pushforward(
        (u, np.ones_like(u)),
        inverse_cdf(x, p.p, u),
        (x[near], p.p[near]),
        points=np.linspace(0.025, 0.975, 21),
        labels=("u", "x", "x = F⁻¹(u)"),
    ),
    "A rising curve, flat at heights near -2 and 2.5 and steep in between. Below it the"
    " even density of u, beside it the two humps; dotted lines lead from evenly spaced u"
    " to places that crowd inside the humps.",
)

# %% [markdown] id="01-change-text"
# The same picture holds for any function. Let $z$ have the density $p_z$ and let
# $x = f(z)$, with $f$ rising or falling. A short piece of length $dz$ around $z$ holds
# the probability $p_z(z)\,dz$. The function carries it to a piece of length
# $|f'(z)|\,dz$ around $x$, and all of that probability arrives there.
#
# {{exercise 01.push_density}}
#
# Which density does $x$ have? Derive it, and write it for many $x$ at once. `p_z`,
# `inverse` and `slope` are functions that take arrays; `slope(z)` is $f'(z)$ and may be
# negative.


# %% id="01-ex-push-density" exercise="01.push_density"
def push_density(x, p_z, inverse, slope):
    """Density at x [n] of x = f(z): inverse(x) is z, slope(z) is f'(z)."""
    ### BEGIN SOLUTION
    z = inverse(x)
    return p_z(z) / np.abs(slope(z))
    ### END SOLUTION


# %% id="01-use-push-density"
push_density = checks.use("01.push_density", push_density)

# %% [markdown] id="01-push-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$p_x(x) = \frac{p_z(z)}{|f'(z)|} \quad\text{at}\quad z = f^{-1}(x). \tag{1.4}$$
#
# </details>
#
# This **change of variables** is how a network can have a density. Noise goes in, data
# come out, and the formula says how probable they are.

# %% [markdown] id="01-pixel-text"
# Push a standard normal $z$ through a steep sigmoid, $x = 1/(1 + e^{-2z})$, as a network
# with a sigmoid at its end does with every pixel. Expect one hump to go in and two to come
# out: the flat ends of the sigmoid press many $z$ into little room.


# %% id="01-pixel-functions"
def normal(z):
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def sigmoid(z):
    return 1 / (1 + np.exp(-2 * z))


# %% id="01-pixel-inverse"
def logit(x):
    return np.log(x / (1 - x)) / 2


def sigmoid_slope(z):
    return 2 * sigmoid(z) * sigmoid(-z)


# %% id="01-pixel-plot"
z, pixel = np.linspace(-3, 3, 601), np.linspace(0.001, 0.999, 999)
p_pixel = push_density(pixel, normal, logit, sigmoid_slope)
plots.show(
    plots.pushforward(
        (z, normal(z)), sigmoid(z), (pixel, p_pixel), points=np.linspace(-2, 2, 17)
    ),
    "An S-shaped curve. Below it a single hump; beside it a density that is high near 0"
    " and near 1 and low in the middle.",
)

# %% [markdown] id="01-pixel-after"
# Is the curve on the right true? Draw $z$, apply the sigmoid, count. Expect two lines that
# agree in the middle. In the outermost bins the count is lower, because a bin shows the
# mean over its width, and there the curve falls steeply to 0.

# %% id="01-pixel-check"
bins = theory.grid(0.01, 0.99, 50)
counted = theory.from_samples(bins, sigmoid(rng.standard_normal(200_000)))
both = {"formula": (pixel, p_pixel), "counted": (counted.x, counted.p)}
plots.show(
    plots.densities(both, xlabel="x"),
    "The formula's curve and the histogram of 200,000 samples, which agree except in the"
    " outermost bins, where the count is lower.",
)

# %% [markdown] id="01-det-text"
# With vectors in place of numbers, the slope becomes the determinant of the matrix $J_f$
# of all partial derivatives, the factor by which $f$ enlarges a small volume:
#
# $$\log p_x(x) = \log p_z(z) - \log \bigl|\det J_f(z)\bigr|. \tag{1.5}$$
#
# A **normalising flow** is a network that can be inverted and is built so that this
# determinant is cheap to compute.

# %% [markdown] id="01-digits-text"
# ## 3 · A model of digits in one line
#
# The next model is one of real data. To keep probabilities exact, every pixel is made black
# or white: it has ink where its grey value exceeds 127. A picture is then a string of 784
# yes-or-no answers.

# %% id="01-digits-load"
digits = data.default()
ink = digits.images[:, 0].numpy() > 127
test = data.load(digits.name, "test")
held = test.images[:, 0].numpy() > 127
print(f"{len(ink):,} pictures to learn from, {len(held):,} held back")


# %% id="01-as-images"
def as_images(ink):
    """Binary pictures as uint8, to look at."""
    return 255 * ink.astype(np.uint8)


# %% [markdown] id="01-bernoulli-text"
# The simplest model draws each pixel by a coin of its own. The coin at row $i$ and column
# $j$ shows ink with probability $\theta_{ij}$, and the pixels are independent:
#
# $$\log p_\theta(x) = \sum_{ij} x_{ij} \log \theta_{ij} + (1 - x_{ij}) \log (1 - \theta_{ij}). \tag{1.6}$$
#
# How should $\theta$ be chosen? **Maximum likelihood** chooses it so that the pictures that
# were seen are as probable as possible. For independent pictures the probabilities are
# multiplied, so the logarithms add up. Their mean is maximised:
#
# $$\ell(\theta) = \frac1N \sum_{n=1}^N \log p_\theta(x_n). \tag{1.7}$$
#
# If ink was seen at a pixel in the share $s = k/N$ of the pictures, the slope of $\ell$ in
# that pixel's $\theta$ vanishes at one place:
#
# $$\frac{\partial \ell}{\partial \theta} = \frac{s}{\theta} - \frac{1 - s}{1 - \theta} = 0 \quad\Longleftrightarrow\quad \theta = s. \tag{1.8}$$
#
# Fitting is counting. One repair is needed: a corner that was never inked gets
# $\theta = 0$, and a single new picture with ink there has the log-likelihood $\log 0$.
# Krichevsky and Trofimov (1981) add to the count, at each pixel, half a picture with ink
# and half a picture without.
#
# {{exercise 01.fit_pixels}}
#
# What does (1.8) give after this addition? Derive $\theta$ from the number $k$ of inked
# pictures among $N$, and write it for all pixels at once.


# %% id="01-ex-fit-pixels" exercise="01.fit_pixels"
def fit_pixels(ink):
    """Probability of ink at each pixel, [H, W], from binary pictures ink [N, H, W]."""
    ### BEGIN SOLUTION
    return (ink.sum(axis=0) + 0.5) / (len(ink) + 1)
    ### END SOLUTION


# %% id="01-use-fit-pixels"
fit_pixels = checks.use("01.fit_pixels", fit_pixels)

# %% [markdown] id="01-fit-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\theta = \frac{k + \tfrac12}{N + 1}. \tag{1.9}$$
#
# </details>

# %% [markdown] id="01-coins-text"
# The fit is done. The next cell draws pictures from it, with 784 coins for each. What do
# you expect to see?

# %% id="01-coins-look"
theta = fit_pixels(ink)
coins = rng.random((32, 28, 28)) < theta
plots.show(
    plots.image_grid(as_images(coins), 16, "One coin for each pixel"),
    "Thirty-two clouds of white dots, dense in the middle and without any stroke.",
)

# %% [markdown] id="01-coins-after"
# The samples are grey noise. Each pixel is inked as often as it should be, but
# independently of its neighbours. The model has learnt where ink occurs, and nothing about
# strokes or digits.
#
# {{exercise 01.log_likelihood}}
#
# How good is it, as a number? Write (1.6) for many pictures: one log-probability for each.


# %% id="01-ex-log-likelihood" exercise="01.log_likelihood"
def log_likelihood(ink, theta):
    """log p(x) in nats, [N], of binary pictures ink [N, H, W] under theta [H, W]."""
    ### BEGIN SOLUTION
    return np.where(ink, np.log(theta), np.log(1 - theta)).sum(axis=(1, 2))
    ### END SOLUTION


# %% id="01-use-log-likelihood"
log_likelihood = checks.use("01.log_likelihood", log_likelihood)

# %% [markdown] id="01-nats-text"
# The unit is the **nat**, since the logarithm is natural. Divided by $\log 2$ it is a
# number of bits: about what a perfect compressor that knows the model would need to store
# the picture. Per pixel, with $D$ pixels,
#
# $$b = -\frac{\log p(x)}{D \log 2}. \tag{1.10}$$
#
# Without any knowledge a binary pixel costs one bit. Always measure on pictures that were
# held back, because a model may fit the counted pictures better than new ones. Use all of
# them, or a random part: MNIST's files are not shuffled, so the first pictures of a file
# are not a fair sample.


# %% id="01-nats"
def describe(name, log_p):
    """Print mean log-likelihood, its standard error, and bits per pixel."""
    error = log_p.std() / len(log_p) ** 0.5
    bits = -log_p.mean() / (784 * np.log(2))
    print(f"{name:<24}{log_p.mean():8.1f} ± {error:.1f} nats{bits:7.3f} bits/pixel")


# %% id="01-nats-coins"
describe("fair coins", log_likelihood(held, np.full((28, 28), 0.5)))
describe("one coin for each pixel", log_likelihood(held, theta))

# %% [markdown] id="01-best-text"
# Is counting really the best? Move all probabilities away from one half or towards it:
# multiply the log-odds of every coin by a factor $t$. For the pictures that were counted,
# (1.7) needs nothing but the shares $s$, in place of the $x$ of (1.6). Expect their curve
# to be highest at $t = 1$, where nothing is changed, and that of the held-back pictures to
# lie close to it.


# %% id="01-best"
def bolder(theta, t):
    return 1 / (1 + ((1 - theta) / theta) ** t)


# %% id="01-best-counted"
def mean_on_counted(theta):
    share = ink.mean(axis=0)
    return (share * np.log(theta) + (1 - share) * np.log(1 - theta)).sum()


# %% id="01-best-curves"
factors = np.linspace(0.5, 1.6, 12)
known = [mean_on_counted(bolder(theta, t)) for t in factors]
fresh = [log_likelihood(held, bolder(theta, t)).mean() for t in factors]
curves = {"counted": (factors, known), "held back": (factors, fresh)}

# %% id="01-best-look"
plots.show(
    plots.lines(curves, "factor t", "nats"),
    "Two smooth arches, nearly one on the other, with their tops at t = 1.",
)

# %% [markdown] id="01-ancestral-text"
# ## 4 · Sampling in order: parents first
#
# The samples are noise because no pixel depends on the rest of the picture. One remedy is
# to decide first *which* digit it will be, and to keep a set of coins for each class. The
# class $y$ is drawn from a **prior** $p(y)$, the pixels from $p(x \mid y)$: **ancestral
# sampling**, a parent before its children. Variables that we do not want are summed out:
#
# $$p(x) = \sum_y p(y)\,p(x \mid y). \tag{1.11}$$
#
# {{exercise 01.ancestral}}
#
# Draw pictures in this way. The randomness comes in as uniform numbers, one for each
# picture's class and one for each pixel. (The class is the inverse distribution function
# of section 2 once more, with steps in place of a curve.)


# %% id="01-ex-ancestral" exercise="01.ancestral"
def ancestral(prior, theta, u_class, u_pixels):
    """Binary pictures [N, H, W], each of a class drawn from prior [K].

    theta: [K, H, W], probability of ink. u_class [N], u_pixels [N, H, W]: uniform.
    """
    ### BEGIN SOLUTION
    y = np.searchsorted(np.cumsum(prior), u_class, side="right")
    return u_pixels < theta[y]
    ### END SOLUTION


# %% id="01-use-ancestral"
ancestral = checks.use("01.ancestral", ancestral)

# %% [markdown] id="01-classes-text"
# Expect digits that are only just recognisable: the class is right, the strokes are
# frayed.

# %% id="01-classes"
labels = digits.labels.numpy()
prior = np.bincount(labels) / len(labels)
classes = np.stack([fit_pixels(ink[labels == k]) for k in range(10)])

# %% id="01-ghosts-look"
ghosts = ancestral(prior, classes, rng.random(32), rng.random((32, 28, 28)))
plots.show(
    plots.image_grid(as_images(ghosts), 16, "First the class"),
    "Thirty-two speckled shapes; in many of them a digit can be guessed.",
)

# %% [markdown] id="01-chain-text"
# A class is one parent for all pixels. You can go further and let every pixel depend on
# those drawn before it. That loses nothing: any joint probability is a product of
# conditional ones,
#
# $$p(x) = \prod_{i=1}^{D} p(x_i \mid x_1, \dots, x_{i-1}). \tag{1.12}$$
#
# Models that learn these factors are called **autoregressive**. The language models of
# chapters 11 and 12 are of this kind, with words in place of pixels. Ours looks at ten
# neighbours that are already there, two to the left and eight in the two rows above,
# and counts. Each of the 1,024 patterns of these neighbours has its own probability of
# ink at each place (a *Markov mesh*, Abend et al. 1965).
#
# The ten answers "ink or no ink" are the ten binary digits of a number from 0 to 1,023. In
# the code, `framed` is the picture with an empty border, so that pixels at the rim have ten
# neighbours, too. Its slice is the picture moved so that each neighbour lies on its pixel.
# `<< bit` moves its 0s and 1s to the binary digit number `bit`, and `|=` writes them into
# the number.

# %% id="01-contexts"
NEIGHBOURS = [
    (0, -1),
    (-1, -1),
    (-1, 0),
    (-1, 1),
    (0, -2),
]  # (rows down, columns right)
NEIGHBOURS += [(-2, 0), (-1, -2), (-1, 2), (-2, -1), (-2, 1)]


def contexts(ink):
    """A number 0..1023 for each pixel: which of its ten neighbours hold ink."""
    height, width = ink.shape[1:]
    framed = np.pad(ink, ((0, 0), (2, 0), (2, 2))).astype(np.int16)
    code = np.zeros(ink.shape, np.int16)
    for bit, (down, right) in enumerate(NEIGHBOURS):
        rows, columns = slice(2 + down, 2 + down + height), 2 + right
        code |= framed[:, rows, columns : columns + width] << bit
    return code


# %% [markdown] id="01-count-text"
# Training is counting again, some thousand pictures at a time to save memory. Place and
# pattern together are one number, 1,024 times the place plus the pattern. `np.bincount`
# counts how often each of these numbers occurs. A pattern may be rare at one place and
# frequent at others, so what followed it anywhere is counted as one more picture at each
# place.


# %% id="01-count"
def count(ink):
    """How often each pixel was white, and inked, in each context: [2, 28, 28, 1024]."""
    counts = np.zeros((2, 784 * 1024))
    place = 1024 * np.arange(784).reshape(28, 28)
    for part in np.array_split(ink, 1 + len(ink) // 2000):
        code = place + contexts(part)
        for inked in (0, 1):
            counts[inked] += np.bincount(code[part == inked], minlength=784 * 1024)
    return counts.reshape(2, 28, 28, 1024)


white, inked = count(ink)
anywhere = (inked.sum((0, 1)) + 0.5) / ((white + inked).sum((0, 1)) + 1)  # [1024]
mesh = (inked + anywhere) / (white + inked + 1)  # p(ink | place, context)

# %% [markdown] id="01-draw-text"
# Drawing goes pixel by pixel, since each has to wait for its neighbours: 784 steps a
# picture where the coins needed one. Every autoregressive model has this cost.


# %% id="01-draw"
def draw(ink, first_row=0):
    """Complete pictures [N, 28, 28] from `first_row` on, pixel by pixel."""
    ink = ink.copy()
    for i in range(first_row, 28):
        top = max(i - 2, 0)
        for j in range(28):
            code = contexts(ink[:, top : i + 1])[:, -1, j]
            ink[:, i, j] = rng.random(len(ink)) < mesh[i, j, code]
    return ink


# %% id="01-draw-look"
drawn = draw(np.zeros((16, 28, 28), bool))
rows = {"real": held[:10], "coins": coins, "class first": ghosts, "neighbours": drawn}
plots.show(
    plots.labelled_rows({name: as_images(row[:10]) for name, row in rows.items()}),
    "Four rows of ten pictures: real digits; grey noise; frayed digits; and, drawn by the"
    " neighbours' model, clean strokes that curve and join, some of them almost digits.",
)

# %% [markdown] id="01-draw-after"
# A table of counts has drawn connected strokes. The model sees ten neighbours, so it can
# continue a stroke. It cannot see whether the strokes together form a digit.
#
# Because it draws downwards, it can also complete what is given from above. Keep the upper
# half of one test picture and let it draw the rest, eleven times. Expect different
# endings.

# %% id="01-complete"
one = held[:1].repeat(12, axis=0)
one[1:, 14:] = False
completed = np.concatenate([one[:1], draw(one[1:], first_row=14)])
plots.show(
    plots.image_grid(as_images(completed), 12, "One upper half"),
    "The real picture, then eleven that share its upper half and end in different ways.",
)

# %% [markdown] id="01-compare-text"
# How many nats does a picture cost under each model? For the class model, (1.11) asks for
# the logarithm of a sum of ten tiny numbers; `np.logaddexp` adds them without leaving the
# logarithms.
#
# **Predict.** Under the model with one coin for each pixel a picture costs 100 %. How many
# per cent of these nats does it cost under the model of ten neighbours?

# %% id="01-compare-predict"
checks.predict("01.neighbours", ..., unit="% of the nats")

# %% id="01-compare"
log_px = np.stack([log_likelihood(held, coins_of) for coins_of in classes], axis=1)
log_class = np.logaddexp.reduce(log_px + np.log(prior), axis=1)
row, column = np.indices((28, 28))
chance = mesh[row, column, contexts(held)]
log_mesh = np.log(np.where(held, chance, 1 - chance)).sum(axis=(1, 2))

# %% id="01-compare-look"
describe("fair coins", log_likelihood(held, np.full((28, 28), 0.5)))
describe("one coin for each pixel", log_likelihood(held, theta))
describe("first the class", log_class)
describe("ten neighbours", log_mesh)
share = log_mesh.mean() / log_likelihood(held, theta).mean()
checks.measured("01.neighbours", 100 * share)

# %% [markdown] id="01-compare-after"
# The neighbours' model is best by far: under it a picture costs less than half as many nats
# as under the class model. As digits they do not look twice as good. Most of the 784 pixels
# follow from the pixels beside them, and the likelihood counts every pixel equally. So a
# model of short-range structure gains most. Remember this until section 10.
#
# Compare such figures only where data, threshold and split are the same. Papers that
# report nats on "binarised MNIST" mostly use other binary versions of it.

# %% [markdown] id="01-kl-text"
# ## 5 · What maximum likelihood minimises
#
# Let $p$ be the distribution of the data, unknown to us, and $q$ a model. The
# **Kullback–Leibler divergence** (Kullback and Leibler 1951) is the log-ratio, averaged
# under the first:
#
# $$\mathrm{KL}(p \,\|\, q) = \mathbb E_p\Bigl[\log \frac{p(x)}{q(x)}\Bigr] = \int p(x) \log \frac{p(x)}{q(x)}\,dx. \tag{1.13}$$
#
# It is never negative. Since $\log t \le t - 1$,
#
# $$-\mathrm{KL}(p \,\|\, q) = \mathbb E_p\Bigl[\log \frac{q}{p}\Bigr] \le \mathbb E_p\Bigl[\frac{q}{p} - 1\Bigr] \le 0, \tag{1.14}$$
#
# and it is 0 only where the two agree. Where $p$ is 0, nothing is averaged; where $q$ is 0
# and $p$ is not, the divergence is infinite: the model gives the probability 0 to something
# that happens.
#
# {{exercise 01.kl}}
#
# Write (1.13) for densities on a grid of step `dx`, with both cases. It needs no small
# number added inside the logarithm; what would such a number hide?


# %% id="01-ex-kl" exercise="01.kl"
def kl(p, q, dx):
    """KL(p || q) in nats, of densities p and q [n] on an even grid of step dx."""
    ### BEGIN SOLUTION
    on = p > 0
    if (q[on] == 0).any():
        return np.inf
    return (p[on] * np.log(p[on] / q[on])).sum() * dx
    ### END SOLUTION


# %% id="01-use-kl"
kl = checks.use("01.kl", kl)

# %% [markdown] id="01-ml-text"
# Split the logarithm of the ratio, and the log-likelihood of the model appears:
#
# $$\mathbb E_p[\log q(x)] = -H(p) - \mathrm{KL}(p \,\|\, q), \qquad H(p) = -\mathbb E_p[\log p(x)]. \tag{1.15}$$
#
# The **entropy** $H(p)$ belongs to the data; no model can change it. So to maximise the
# expected log-likelihood *is* to minimise $\mathrm{KL}(p \,\|\, q)$, and (1.7) does it with
# the samples at hand. Slide a Gaussian of fixed width over the two humps of section 1.
# Expect two curves that nearly coincide. The average over 3,000 samples uses no formula for
# $p$, and it still agrees with the exact right side of (1.15).

# %% id="01-ml"
places, some = np.linspace(-3, 4, 15), p.sample(3000, rng)
models = [theory.normal(x, place, 2) for place in places]
counted = [np.log(np.interp(some, x, q.p)).mean() for q in models]
entropy = -p.expect(p.logs)
exact = [-entropy - kl(p.p, q.p, p.dx) for q in models]

# %% id="01-ml-look"
curves = {"mean log-likelihood": (places, counted), "- H - KL": (places, exact)}
plots.show(
    plots.lines(curves, "mean of the model", "nats"),
    "Two arches that lie close together and are highest at the same place, near 1.",
)

# %% [markdown] id="01-cover-text"
# ## 6 · Covering or seeking
#
# What does a model do that is too simple for its data? This depends on which of the two
# distributions comes first in the divergence. Fit one Gaussian $q$, with mean $m$ and
# standard deviation $s$, to the two humps.
#
# **Forward**, $\mathrm{KL}(p \,\|\, q)$, is maximum likelihood. Setting the derivatives of
# $\mathbb E_p[\log q]$ to zero leaves the moments of the data (Bishop 2006, section 10.7):
#
# $$m = \mathbb E_p[x], \qquad s^2 = \mathbb E_p\bigl[(x - m)^2\bigr]. \tag{1.16}$$
#
# Our data are a mixture of humps with weights $w_k$, means $m_k$ and standard deviations
# $s_k$. A mean under a mixture is the weighted mean over its humps:
# $\mathbb E_p[h] = \sum_k w_k\, \mathbb E_k[h]$.
#
# {{exercise 01.match_moments}}
#
# Derive $m$ and $s$ from (1.16), for any number of humps. For $s$, split $x - m$ into
# $(x - m_k) + (m_k - m)$.


# %% id="01-ex-match-moments" exercise="01.match_moments"
def match_moments(weights, means, stds):
    """(mean, std) of the Gaussian nearest in KL(p || q) to a mixture; arrays [K]."""
    ### BEGIN SOLUTION
    m = (weights * means).sum()
    variance = (weights * (stds**2 + (means - m) ** 2)).sum()
    return m, variance**0.5
    ### END SOLUTION


# %% id="01-use-match-moments"
match_moments = checks.use("01.match_moments", match_moments)

# %% [markdown] id="01-moments-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$m = \sum_k w_k m_k, \qquad s^2 = \sum_k w_k \bigl(s_k^2 + (m_k - m)^2\bigr). \tag{1.17}$$
#
# </details>

# %% [markdown] id="01-reverse-text"
# **Reverse** swaps the roles. Now the average runs under the model's own samples:
#
# $$\mathrm{KL}(q \,\|\, p) = -H(q) - \mathbb E_q[\log p(x)]. \tag{1.18}$$
#
# The second term punishes samples where the data have none; the first, an entropy, asks
# the model not to shrink to a point. There is no formula for the best $q$, so try many:
# for each mean, the best of twenty widths. Expect one valley for the forward divergence
# and two for the reverse.


# %% id="01-reverse-search"
def search(divergence, means, stds):
    """Lowest divergence of p from a Gaussian for each mean, and the width that gives it."""
    costs = [[divergence(p, theory.normal(x, m, s)) for s in stds] for m in means]
    return np.min(costs, axis=1), stds[np.argmin(costs, axis=1)]


# %% id="01-reverse-both"
means, stds = np.linspace(-2.75, 4, 28), np.geomspace(0.25, 3, 20)
forward, _ = search(theory.kl, means, stds)
reverse, widths = search(theory.reverse_kl, means, stds)

# %% id="01-reverse-valleys"
curves = {"forward KL(p‖q)": (means, forward), "reverse KL(q‖p)": (means, reverse)}
plots.show(
    plots.lines(curves, "mean of q", "nats"),
    "The forward curve has one valley, between the humps. The reverse curve has two, a"
    " deeper one over the larger hump and a higher one over the smaller, with a ridge"
    " between.",
)

# %% [markdown] id="01-both-text"
# The next cells draw the best Gaussian of each divergence over the data. Before you run
# them: where will each of the two lie?

# %% id="01-both"
weights, humps, spreads = np.array([[0.3, 0.7], [-2, 2.5], [0.3, 0.9]])
covering = theory.normal(x, *match_moments(weights, humps, spreads))
seeking = theory.normal(x, means[reverse.argmin()], widths[reverse.argmin()])
shown = {"data p": p, "forward": covering, "reverse": seeking}

# %% id="01-both-look"
plots.show(
    plots.densities({name: (x[near], q.p[near]) for name, q in shown.items()}),
    "Two humps of data. The forward Gaussian is broad and high between the humps; the"
    " reverse one lies on the larger hump and is nearly 0 over the smaller.",
)

# %% id="01-both-numbers"
desert = (x > -1) & (x < 0)
for name, q in {"forward": covering, "reverse": seeking}.items():
    costs = f"KL(p||q) {theory.kl(p, q):.2f}, KL(q||p) {theory.kl(q, p):.2f}"
    print(f"{name}: {costs}, in the empty middle {q.p[desert].sum() * q.dx:.1%}")

# %% [markdown] id="01-both-after"
# Each is best by its own measure and poor by the other. The forward one is
# **mass-covering** (覆盖质量): a datum with almost no probability costs very many nats. So
# the model spreads, and it also draws values that hardly ever occur. The reverse one is
# **mode-seeking** (寻峰): it draws almost only values that occur, and misses a part of
# the data. A search that starts on the left would have stayed in the smaller valley.
#
# Blurred samples of likelihood models, and classes missing in the samples of other models,
# are often explained by this picture. It is a first idea and not a proof. Where a model is
# rich enough, both divergences lead to the same place, and a GAN drops modes for other
# reasons (chapter 06).

# %% [markdown] id="01-bayes-text"
# ## 7 · Generative and discriminative
#
# A **discriminative** model answers one question about given data, such as "which digit?",
# and learns $p(y \mid x)$ directly. A **generative** model knows $p(x \mid y)$ and $p(y)$,
# and can answer the same question. Both $p(x \mid y)\,p(y)$ and $p(y \mid x)\,p(x)$ are the
# joint probability of $x$ and $y$, and (1.11) gives $p(x)$.
#
# {{exercise 01.class_posterior}}
#
# Derive $p(y \mid x)$, and compute it from log-likelihoods [N, K] and a prior [K]. The
# log-likelihoods are near −200 here. For larger pictures they would be near −2000, where
# `np.exp` gives 0; your function has to work there too.


# %% id="01-ex-class-posterior" exercise="01.class_posterior"
def class_posterior(log_px, prior):
    """p(y | x) as [N, K], from log p(x | y) [N, K] and p(y) [K]; rows sum to 1."""
    ### BEGIN SOLUTION
    a = log_px + np.log(prior)
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% id="01-use-class-posterior"
class_posterior = checks.use("01.class_posterior", class_posterior)

# %% [markdown] id="01-bayes-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$p(y \mid x) = \frac{p(x \mid y)\,p(y)}{\sum_{y'} p(x \mid y')\,p(y')}. \tag{1.19}$$
#
# This is **Bayes' rule**.
#
# </details>

# %% [markdown] id="01-odds-text"
# The class model was made to draw; now it classifies. For two classes, the log-odds are a
# sum of two terms, and for our coins linear in the pixels:
#
# $$\log \frac{p(1 \mid x)}{p(0 \mid x)} = \log \frac{p(x \mid 1)}{p(x \mid 0)} + \log \frac{p(1)}{p(0)}. \tag{1.20}$$
#
# Logistic regression searches the same linear functions for the one that tells the
# training classes apart. The form is the same, and only the fit differs. Ng and Jordan
# (2002) make two claims. The discriminative fit has the higher accuracy in the end. The
# generative fit needs fewer examples to come near its own limit, so it may be ahead while
# examples are few.
#
# First the class model with all its training pictures. Expect it to classify most held-back
# digits correctly.

# %% id="01-odds"
answers = test.labels.numpy()
guesses = class_posterior(log_px, prior).argmax(axis=1)
print(f"generative, all {len(ink):,} pictures: {(guesses == answers).mean():.1%} right")

# %% [markdown] id="01-odds-fits-text"
# The next cell makes both fits on the *same* pictures: random parts of 30 to 3,000
# training pictures, five of each size. All held-back pictures are the test. By (1.20)
# the generative fit is a matrix of weights and a bias as well.
#
# **Predict.** Which fit classifies more held-back digits correctly when it has seen only 30
# pictures, the generative or the discriminative one?

# %% id="01-odds-predict"
checks.predict("01.thirty-pictures", ..., options=("generative", "discriminative"))


# %% id="01-odds-fits"
flat = held.reshape(len(held), -1).astype(np.float32)


def generative(x, y):
    """Share of held-back digits classified correctly by coins counted in x [n, 784]."""
    ours = [x[y == k] for k in range(10)]  # a class may be missing in a small part
    coins = np.stack([(one.sum(axis=0) + 0.5) / (len(one) + 1) for one in ours])
    weights, bias = np.log(coins / (1 - coins)), np.log(1 - coins).sum(axis=1)
    log_prior = np.log((np.bincount(y, minlength=10) + 0.5) / (len(y) + 5))
    return ((flat @ weights.T + bias + log_prior).argmax(axis=1) == answers).mean()


def discriminative(x, y):
    """The same by logistic regression, with scikit-learn's default penalty."""
    return LogisticRegression(tol=1e-3).fit(x, y).score(flat, answers)


# %% id="01-odds-curve"
sizes = (30, 100, 300, 1000, 3000)
scores = np.empty((2, len(sizes), 5))
for i, n in enumerate(sizes):
    for seed in range(5):
        part = data.parts(digits, n, seed=seed)[0]
        x_part = (part.images.flatten(1).numpy() > 127).astype(np.float32)
        y_part = part.labels.numpy()
        scores[:, i, seed] = generative(x_part, y_part), discriminative(x_part, y_part)

# %% id="01-odds-look"
for name, row in zip(("generative", "discriminative"), scores, strict=True):
    spread = (
        f"{a:.1%} ± {s:.1%}" for a, s in zip(row.mean(1), row.std(1), strict=True)
    )
    print(f"{name:15}", "  ".join(spread))
curves = dict(zip(("generative", "discriminative"), scores.mean(axis=2), strict=True))
plots.show(
    plots.lines(
        {name: (np.log10(sizes), row) for name, row in curves.items()},
        "log10 of the number of training pictures",
        "share classified correctly",
    ),
    "Two rising curves from 30 to 3,000 pictures; that of logistic regression lies above"
    " the other throughout, and the generative one has almost stopped rising.",
)
checks.measured("01.thirty-pictures", max(curves, key=lambda name: curves[name][0]))

# %% [markdown] id="01-odds-after"
# (The ± is the standard deviation over the five parts.) The first half of the claim is
# seen here: logistic regression is ahead at the end, and the generative fit comes near
# its limit early. All 60,000 pictures give it hardly more than 3,000 do. The second
# half is not seen: with few pictures the generative fit is not ahead. One reason is
# probably that scikit-learn's logistic regression is penalised, which helps where
# examples are few; we have not tested this.
#
# To tell classes apart you need not know how they look in full: where they differ is
# enough. In return the generative model also completes pictures, as above, and gives
# $p(x)$. A low $p(x)$ is sometimes read as "this picture is of another kind". That can
# fail: deep generative models trained on one set of pictures gave a higher likelihood to
# pictures from another (Nalisnick et al. 2019). Our models have the same weakness. Compare
# a blank picture, which is not a digit, with the held-back digits.
#
# **Predict.** Take the model with one coin for each pixel. Which share of the held-back
# digits, in per cent, is less likely under it than a blank picture?

# %% id="01-blank-predict"
checks.predict("01.blank-picture", ..., unit="%")

# %% id="01-odds-blank"
blank = np.zeros((1, 28, 28), bool)
share = (log_likelihood(held, theta) < log_likelihood(blank, theta)).mean()
print(
    f"one coin for each pixel: {share:.1%} of the digits are less likely than a blank"
)
checks.measured("01.blank-picture", 100 * share)

# %% [markdown] id="01-odds-next"
# Equation (1.20) returns in chapter 02: a discriminator that tells real from generated
# has to learn a log-ratio of two densities. In this way a GAN can estimate a divergence
# without any density.

# %% [markdown] id="01-implicit-text"
# ## 8 · Models without a density
#
# All models so far were **explicit**: $p(x)$ could be computed. An **implicit** model
# can only be drawn from (Goodfellow 2016; Mohamed and Lakshminarayanan 2016). The
# generator of chapter 00 takes 64 normal numbers and returns 784 pixel values. Its
# samples form a sheet of at most 64 dimensions in a space of 784, which has no volume.
# So (1.5) does not apply: $J_f$ is not a square matrix, and a picture beside the sheet
# has the density 0, however good it looks. What an implicit model does have are
# probabilities of events, and these can be counted:
#
# $$P_G(A) = P\bigl(G(z) \in A\bigr) \approx \frac1n \sum_{i=1}^n \mathbf 1\bigl[G(z_i) \in A\bigr]. \tag{1.21}$$
#
# Take the share of ink as the feature of a picture, and compare real pictures and samples
# by their histograms. Expect curves of one shape. The Kolmogorov–Smirnov test asks whether
# two sets of numbers can come from one distribution; a $p$ below 0.01 speaks against it.

# %% id="01-implicit"
generator = gan.pretrained_generator()
images = gan.sample(generator, 2000, torch.Generator().manual_seed(0))
fakes = images[:, 0].numpy() > 0
shares = theory.grid(0, 0.4, 26)

# %% id="01-implicit-look"
real, made = (theory.from_samples(shares, i.mean(axis=(1, 2))) for i in (held, fakes))
curves = {"real": (shares, real.p), "generated": (shares, made.p)}
test_of_ink = ks_2samp(held.mean(axis=(1, 2)), fakes.mean(axis=(1, 2)))
print(f"Kolmogorov-Smirnov test, same distribution: p = {test_of_ink.pvalue:.2g}")
plots.show(
    plots.densities(curves, xlabel="share of ink"),
    "Two histograms of the share of ink in a picture, for real and generated digits.",
)

# %% [markdown] id="01-implicit-after"
# The test finds no difference between the shares of ink of samples and of real digits. That
# does not prove that there is none, and another feature may tell them apart. That is the
# whole idea of learning without a density. Choose a feature, compare its distribution over
# real and generated samples, and change the generator until they agree. A GAN goes one step
# further and lets a second network search for the feature that tells them apart best.

# %% [markdown] id="01-families-text"
# ## 9 · The families of models, and the steps of a project
#
# | family | can it say $p(x)$? | cost of one sample | learns from | known trouble | chapters |
# | --- | --- | --- | --- | --- | --- |
# | autoregressive | exactly, by (1.12) | one network pass for each pixel or word, in order | maximum likelihood of the next value | slow to draw; must fix an order | 11, 12 |
# | VAE | a lower bound; nearer with many samples of the latent | one pass | the bound (ELBO), itself a likelihood objective | blurred pictures, unused latents | 08, 09 |
# | normalising flow | exactly, by (1.5) | one pass for most designs | maximum likelihood | layers must be invertible, so networks are large | 13 |
# | diffusion, flow matching | a bound, or an estimate by integrating an equation | tens to a thousand passes; a few after distillation | regression: predict the noise, or the velocity | slow to draw | 13 |
# | GAN | no | one pass | the verdict of a second network | may not converge, may drop modes; hard to measure | 02–06 |
#
# The table shows tendencies: each family has members to which its row does not apply. No
# entry says "better". What the data are, how fast a sample must come and whether $p(x)$
# is needed decide. And the families mix. Many picture generators are a diffusion model
# inside the latent space of a VAE that was trained with a GAN's loss (Rombach et al.
# 2022).
#
# **AIGC**, *AI-generated content* (人工智能生成内容), is the name for what comes out: text,
# pictures, sound, film, code, made by generative models at somebody's request. The word
# is most common in China, beside PGC and UGC, content made by professionals and by
# users. It names a product and not a method. The family that works inside is often named
# wrongly. Neural style transfer (Gatys et al. 2016), for example, is sometimes listed as a
# GAN, but it has no generator. It changes the pixels of one picture by gradient steps.
#
# Whichever family is used, the model is one of six steps of a project. The figure shows
# them.

# %% id="01-pipeline"
stages = [
    plots.Stage("Data", "gather, clean,\nrights, splits", "chapters 05, 14"),
    plots.Stage("Preparation", "range, size,\nbatches", "05, 14"),
    plots.Stage("Model and loss", "what is learnt,\nby which formula", "01–04, 08–13"),
    plots.Stage("Training", "steps, curves,\ncheckpoints", "05, 06"),
    plots.Stage("Evaluation", "quality, variety,\nnovelty, harm", "07, 17"),
    plots.Stage("Deployment", "export, serve,\nlabel, watch", "15–19"),
]
ways_back = [
    plots.Return(4, 2, "not good enough: another model, another loss"),
    plots.Return(4, 0, "gaps and errors in the data"),
    plots.Return(5, 0, "complaints, misuse, a changed world"),
]
plots.show(
    plots.pipeline(stages, ways_back),
    "Six boxes from left to right: data, preparation, model and loss, training,"
    " evaluation, deployment, each with the chapters that teach it. Dashed ways lead back"
    " from evaluation to the model and to the data, and from deployment to the data.",
)

# %% [markdown] id="01-pipeline-after"
# The dashed ways show where a poor result sends you back. Chapters 17 and 18 treat what
# a deployed model may do to people; chapter 19 deploys one.

# %% [markdown] id="01-claim-text"
# ## 10 · A claim to check
#
# Theis, van den Oord and Bethge (2016) compare likelihood with the look of samples. When
# the data have many dimensions, they claim, the two are **largely independent**. A model
# can have a high likelihood and draw noise, or draw perfect samples and have a low one.
# Their first argument is one line. Mix a good model $p$ with noise $n$, in the shares
# $1 - s$ and $s$. Leaving out a term makes a sum smaller, so
#
# $$\log\bigl((1 - s)\,p(x) + s\,n(x)\bigr) \ge \log p(x) + \log(1 - s). \tag{1.22}$$
#
# With 99 parts of noise in a hundred, a picture loses at most $\log 100 \approx 4.6$ nats
# of log-likelihood.
#
# {{exercise 01.mix_with_noise}}
#
# Write the left side of (1.22) from the two log-likelihoods of each picture.


# %% id="01-ex-mix-with-noise" exercise="01.mix_with_noise"
def mix_with_noise(log_p, log_noise, share):
    """log((1 - share) p + share noise), [N], from log p [N] and log noise [N]."""
    ### BEGIN SOLUTION
    return np.logaddexp(np.log(1 - share) + log_p, np.log(share) + log_noise)
    ### END SOLUTION


# %% id="01-use-mix-with-noise"
mix_with_noise = checks.use("01.mix_with_noise", mix_with_noise)

# %% [markdown] id="01-claim-noise-text"
# Take the neighbours' model for $p$ and fair coins for the noise, 99 parts of it. Will
# the mixture still beat the model that draws blurred digits?

# %% id="01-claim-noise"
log_noise = np.full(len(held), -784 * np.log(2))
log_mixture = mix_with_noise(log_mesh, log_noise, share=0.99)
describe("ten neighbours", log_mesh)
describe("99 % noise, 1 % of it", log_mixture)
describe("first the class", log_class)

# %% [markdown] id="01-claim-memory-text"
# The other half of the claim: perfect samples, low likelihood. The program below draws
# a training picture and flips each pixel with a probability of one in ten thousand. A
# person could not tell its samples from real pictures; most of them *are* real
# pictures. With $H_n(x)$ the number of pixels in which $x$ differs from training
# picture $n$, its likelihood is
#
# $$p(x) = \frac1N \sum_{n=1}^N \varepsilon^{H_n(x)} (1 - \varepsilon)^{D - H_n(x)}. \tag{1.23}$$
#
# Each pixel that a held-back picture does not share with the nearest training picture costs
# $\log 10\,000 \approx 9.2$ nats. Expect a low likelihood. To keep the cell short, the
# program knows 10,000 random training pictures and is asked about 1,000 random held-back
# ones.

# %% id="01-claim-memory"
seen = ink[rng.permutation(len(ink))[:10_000]].reshape(-1, 784).astype(np.float32)
asked = flat[rng.permutation(len(flat))[:1000]]
H = seen.sum(axis=1) + asked.sum(axis=1)[:, None] - 2 * asked @ seen.T
for flips in (1e-4, 0.05):
    log_each = H * np.log(flips) + (784 - H) * np.log1p(-flips)
    log_memory = np.logaddexp.reduce(log_each, axis=1) - np.log(len(seen))
    describe(f"memory, flips {flips:g}", log_memory)

# %% id="01-claim-samples"
noisy = np.where(rng.random((16, 1, 1)) < 0.99, rng.random((16, 28, 28)) < 0.5, drawn)
flipped = ink[rng.integers(len(ink), size=16)] ^ (rng.random((16, 28, 28)) < 1e-4)
rows = {"99 % noise": noisy, "class first": ghosts, "memory": flipped}

# %% id="01-claim-rows"
plots.show(
    plots.labelled_rows({name: as_images(row[:10]) for name, row in rows.items()}),
    "Three rows of samples: black and white noise; frayed digits; flawless digits.",
)

# %% [markdown] id="01-claim-after"
# The claim holds here in both directions. The row that looks worst has the highest
# likelihood, and the row that looks best has the lowest. (The memory model with more flips
# does better in nats, with speckled pictures.) And the perfect samples are copies of
# training pictures, which need no model. So one number cannot judge a generative model.
# Likelihood, the look of samples, their variety, and their distance from the training set
# are four different things. Chapter 07 measures the last three.

# %% [markdown] id="01-predictions-text"
# The table shows your predictions beside the measured values. Where they differ most, read
# that section once more.

# %% id="01-predictions"
checks.predictions("01")

# %% [markdown] id="01-recap"
# ## What to take along
#
# - A density answers "how probable?", a sampler "show me another". A model may have both,
#   or only the second.
# - Sampling transforms uniform numbers: through $F^{-1}$, through any $f$, where the
#   density is divided by the slope, or in order, parents first.
# - Maximum likelihood minimises $\mathrm{KL}(p \,\|\, q)$; a model that is too simple
#   then covers all the data. The reverse divergence makes it seek one mode. With counts
#   it needs no gradient. An event that was never seen needs a small count, or its
#   probability is 0.
# - A generative model can also classify and complete. On the same digits logistic
#   regression classified better at every size, from 30 pictures to 3,000, and the
#   generative fit hardly gained beyond 3,000.
# - Likelihood, the look of samples, their variety and their distance from the training
#   set are four different things.
#
# **Terms**: density 概率密度 · distribution function 分布函数 · change of variables 变量替换 ·
# maximum likelihood 最大似然 · ancestral sampling 祖先采样 · autoregressive model 自回归模型 ·
# Kullback–Leibler divergence KL 散度 · entropy 熵 · prior 先验分布 · posterior 后验分布 ·
# mass-covering 覆盖质量 · mode-seeking 寻峰 · implicit model 隐式模型.
#
# **Next** chapter 02, in which a generator without a density learns from a second network.
#
# ## References
#
# - S. Kullback, R. A. Leibler. On Information and Sufficiency. Annals of Mathematical
#   Statistics 22, 1951. The divergence (1.13).
# - K. Abend, T. J. Harley, L. N. Kanal. Classification of Binary Random Patterns. IEEE
#   Transactions on Information Theory 11, 1965. Pixels that depend on their neighbours.
# - R. E. Krichevsky, V. K. Trofimov. The Performance of Universal Encoding. IEEE
#   Transactions on Information Theory 27, 1981. Why half a picture is added to each count.
# - L. Devroye. Non-Uniform Random Variate Generation. Springer, 1986. Samplers of all
#   kinds.
# - A. Y. Ng, M. I. Jordan. On Discriminative vs. Generative Classifiers: A Comparison of
#   Logistic Regression and Naive Bayes. NeurIPS 2001 (proceedings 2002).
# - C. M. Bishop. Pattern Recognition and Machine Learning. Springer, 2006. A textbook; its
#   section 10.7 is our section 6.
# - I. Goodfellow. NIPS 2016 Tutorial: Generative Adversarial Networks. arXiv:1701.00160,
#   2016. A readable overview of the families.
# - S. Mohamed, B. Lakshminarayanan. Learning in Implicit Generative Models.
#   arXiv:1610.03483, 2016.
# - L. Theis, A. van den Oord, M. Bethge. A Note on the Evaluation of Generative Models.
#   ICLR 2016. The claim of section 10.
# - L. A. Gatys, A. S. Ecker, M. Bethge. Image Style Transfer Using Convolutional Neural
#   Networks. CVPR 2016. Style transfer, which is not a GAN.
# - E. Nalisnick, A. Matsukawa, Y. W. Teh, D. Gorur, B. Lakshminarayanan. Do Deep Generative
#   Models Know What They Don't Know? ICLR 2019. A high likelihood for other pictures.
# - R. Rombach, A. Blattmann, D. Lorenz, P. Esser, B. Ommer. High-Resolution Image Synthesis
#   with Latent Diffusion Models. CVPR 2022.
