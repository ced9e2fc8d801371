# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="04-title"
# # 04 · A first GAN
#
# Chapters 02 and 03 derived the game on paper. Here you write it as a program, from the
# two networks to the training loop. The data are points in the plane, so you can watch
# all of them. Then the same loop draws digits, with networks of fully connected layers
# only.
#
# **You will be able to**
# - build a generator and a discriminator, write the loop that trains them, and say what
#   each line is for;
# - read the surface of $D$ and the arrows it puts on the generated points;
# - count the modes that a generator reaches, and see what its curves conceal;
# - say which part of a published number is due to the method and which to the recipe.
#
# **Time** {{time}}.
#
# **Before this** chapters 02 and 03, and
# some PyTorch: modules, optimisers, `backward`.
#
# {{run card}}

# %% id="04-imports"
import inspect

import torch
from torch import nn

from aigc_course import checks, data, gan, metrics, plots, training, widgets

device = training.get_device("auto")
training.prepare(device)
training.seed_everything(4)

# %% [markdown] id="04-game-text"
# Here is the whole chapter in one picture. $G$ turns a **latent** (潜变量) $z$, a vector
# of random numbers, into a sample $G(z)$. $D$ is shown real and generated samples and
# says for each how probable it is that the sample is real. The players take turns.
# Solid arrows show what is computed; dashed arrows show where gradients flow. In D's
# turn no gradient reaches $G$. In G's turn the gradient passes *through* $D$, whose
# weights stay as they are.

# %% id="04-game"
plots.show(
    plots.gan_game(),
    "Two diagrams. In D's turn real and generated samples enter D, a gradient goes from the"
    " loss to D, and G is fixed. In G's turn the gradient goes through the fixed D and the"
    " generated samples into G.",
)

# %% [markdown] id="04-toys-text"
# ## 1 · Four toys
#
# What can a GAN be tested on? A **toy** is a distribution that is known exactly and can
# be drawn in one small picture. Two of ours are mixtures of normal distributions. Each
# normal distribution in the mixture is a **mode** (模式), a place where data are dense.
# The literature counts modes on these two. The ring has eight, evenly spaced on the
# unit circle:
#
# $$p(x) = \frac18 \sum_{k=0}^{7} \mathcal N\bigl(x;\, c_k, \sigma^2 I\bigr), \qquad c_k = \begin{pmatrix}\cos 2\pi k/8\\ \sin 2\pi k/8\end{pmatrix}, \quad \sigma = 0.01. \tag{4.1}$$
#
# The grid has 25. The spiral and the two moons do not consist of such small modes; there
# $G$ has to learn a bent shape. The next cell draws all four. Expect eight dots,
# twenty-five dots, one arm and two half circles.

# %% id="04-toys-plot"
toys = {name: data.toy(name, 1000) for name in data.TOYS}
toys["grid"] = toys["grid"] / 4  # from -4..4, to fit beside the others
plots.show(
    plots.point_panels({name: {"data": points} for name, points in toys.items()}),
    "Four small pictures: eight tight dots on a circle; five by five dots; one arm that"
    " winds outwards; two interlocking half circles.",
)

# %% [markdown] id="04-nets-text"
# ## 2 · Two networks and the numbers they start from
#
# Which networks? The generator maps a latent $z$ to a point, the discriminator a point to a
# logit. For the plane two hidden layers of 128 units are enough.
#
# {{exercise 04.generator}}
#
# Return a network that maps latents $[N, \text{latent}]$ to points $[N, \text{dim}]$. A
# linear layer leads to 128 units, another to 128 units, and a third to the point. All
# three have biases. After each *hidden* layer comes a leaky ReLU with slope 0.2, which
# multiplies negative values by 0.2. Nothing comes after the last layer, because points
# have no fixed range. There is nothing else in the network, so no normalisation and no
# dropout.


# %% id="04-ex-generator" exercise="04.generator"
def generator(latent, dim):
    """A network from latents [N, latent] to points [N, dim]."""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Linear(latent, 128),
        nn.LeakyReLU(0.2),
        nn.Linear(128, 128),
        nn.LeakyReLU(0.2),
        nn.Linear(128, dim),
    )
    ### END SOLUTION


# %% id="04-use-generator"
generator = checks.use("04.generator", generator)

# %% [markdown] id="04-discriminator-text"
# {{exercise 04.discriminator}}
#
# The discriminator has the same two hidden layers, with the same leaky ReLUs. A third
# linear layer makes one number of them. All three layers have biases, and there is
# nothing else. The network maps points $[N, \text{dim}]$ to logits $[N, 1]$. The
# **logit** (对数几率) $a$ is the log-odds that the point is real: the probability is $D =
# \sigma(a)$. The sigmoid $\sigma$ is *not* part of the network.


# %% id="04-ex-discriminator" exercise="04.discriminator"
def discriminator(dim):
    """A network from points [N, dim] to logits [N, 1]."""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Linear(dim, 128),
        nn.LeakyReLU(0.2),
        nn.Linear(128, 128),
        nn.LeakyReLU(0.2),
        nn.Linear(128, 1),
    )
    ### END SOLUTION


# %% id="04-use-discriminator"
discriminator = checks.use("04.discriminator", discriminator)

# %% [markdown] id="04-own-nets-text"
# Make one of each. **Predict.** How many thousand weights do the two have together, with
# the biases? Estimate it before you run the next cells.

# %% id="04-weights-predict"
checks.predict("04.weights", ..., unit="thousand")

# %% id="04-own-nets"
G, D = generator(2, 2), discriminator(2)
counts = [sum(w.numel() for w in network.parameters()) for network in (G, D)]
print(f"G has {counts[0]:,} weights, D {counts[1]:,}")
checks.measured("04.weights", sum(counts) / 1000)

# %% [markdown] id="04-latents-text"
# $G$ is deterministic; all randomness comes from $z$. The points $G(z)$ have the
# distribution $p_G$ that $\mathcal N(0, I)$ becomes when it is sent through $G$. We never
# need its density, since every mean over it is a mean over latents:
#
# $$\mathbb E_{x \sim p_G}\bigl[f(x)\bigr] = \mathbb E_{z \sim \mathcal N(0, I)}\bigl[f(G(z))\bigr]. \tag{4.2}$$
#
# {{exercise 04.latents}}
#
# Every step begins with fresh latents. Write the line that draws them: $n$ independent
# latents, each of `size` independent standard normal numbers.


# %% id="04-ex-latents" exercise="04.latents"
def latents(n, size):
    """n latents of `size` standard normal numbers, float32 [n, size]."""
    ### BEGIN SOLUTION
    return torch.randn(n, size)
    ### END SOLUTION


# %% id="04-use-latents"
latents = checks.use("04.latents", latents)

# %% [markdown] id="04-untrained-text"
# What does an untrained $G$ draw? Expect a small crumpled cloud near the origin, far from
# the two moons that it has to cover.

# %% id="04-untrained"
moons = data.toy("moons", 2560)
with torch.no_grad():
    first = G(latents(500, 2))
plots.show(
    plots.points({"data": moons[:500], "generated": first}, "Before training"),
    "Two half circles of data; the generated points lie in a small heap between them.",
)

# %% [markdown] id="04-entropy-text"
# ## 3 · What D learns
#
# $D$ answers a question with two answers, real ($y = 1$) or generated ($y = 0$), and the
# loss for such a question is the cross-entropy. With the logit $a$ and $D = \sigma(a)$,
#
# $$\ell(a, y) = -y \log \sigma(a) - (1 - y) \log\bigl(1 - \sigma(a)\bigr). \tag{4.3}$$
#
# On a computer (4.3) meets $\log 0$ as soon as $\sigma(a)$ is rounded to 0 or to 1. We
# call D's output $\sigma(a)$ its **belief** (判别器输出概率). The same number can be computed
# from the logit alone:
#
# $$\ell(a, y) = \operatorname{softplus}(a) - y\,a, \qquad \operatorname{softplus}(a) = \log(1 + e^a), \tag{4.4}$$
#
# and its slope is D's belief minus the label:
#
# $$\frac{\partial \ell}{\partial a} = \sigma(a) - y. \tag{4.5}$$
#
# {{exercise 04.cross_entropy}}
#
# If you solved `02.logit_gradient` and `03.softplus`, you know the formula, and only the
# shapes are new. Write the mean of (4.4) over a batch. Check the shapes: logits come as
# $[N, 1]$ from $D$, labels as $[N]$.


# %% id="04-ex-cross-entropy" exercise="04.cross_entropy"
def cross_entropy(logits, labels):
    """Mean cross-entropy of logits [N, 1] with labels [N], a scalar tensor."""
    ### BEGIN SOLUTION
    a = logits.flatten()  # [N]
    return (torch.nn.functional.softplus(a) - labels * a).mean()
    ### END SOLUTION


# %% id="04-use-cross-entropy"
cross_entropy = checks.use("04.cross_entropy", cross_entropy)

# %% [markdown] id="04-d-loss-text"
# $D$ is shown as many real points as generated ones and minimises
#
# $$L_D = \frac1N \sum_i \ell\bigl(a(x_i), 1\bigr) + \frac1N \sum_i \ell\bigl(a(G(z_i)), 0\bigr). \tag{4.6}$$
#
# The generated points depend on G's weights, and PyTorch records that. But this loss must
# not change $G$, because its gradient would make the generated points easier to
# recognise. `.detach()` gives the same numbers without their history.
#
# {{exercise 04.d_loss}}
#
# Write (4.6) with your `cross_entropy`, so that no gradient reaches $G$.


# %% id="04-ex-d-loss" exercise="04.d_loss"
def d_loss(D, G, real, z):
    """Loss of D on real points [N, 2] and on G(z); no gradient reaches G."""
    ### BEGIN SOLUTION
    fake = G(z).detach()
    on_real = cross_entropy(D(real), torch.ones(len(real)))
    on_fake = cross_entropy(D(fake), torch.zeros(len(fake)))
    return on_real + on_fake
    ### END SOLUTION


# %% id="04-use-d-loss"
d_loss = checks.use("04.d_loss", d_loss)

# %% [markdown] id="04-descend-text"
# A loss is a number; learning means changing the weights so that the loss falls. Every
# network in this course learns by small steps downhill. The simplest step is $\eta$ times
# the negative gradient:
#
# $$w \leftarrow w - \eta\, \frac{\partial L}{\partial w}. \tag{4.7}$$
#
# {{exercise 04.descend}}
#
# In PyTorch a step is three calls of the optimiser and of the loss: clear the old
# gradients, compute the new ones, move the weights. The order matters, because `backward`
# *adds* to the gradients that are there. In this GAN there are always some, since G's
# loss also leaves gradients in $D$. Write the step.


# %% id="04-ex-descend" exercise="04.descend"
def descend(optimizer, loss):
    """Move the optimiser's weights one step down the loss."""
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    ### END SOLUTION


# %% id="04-use-descend"
descend = checks.use("04.descend", descend)

# %% [markdown] id="04-d-alone-text"
# Now let $D$ learn while the opponent stands still. For a moment let $G$ be the identity,
# $G(z) = z$. Then $p_G$ is exactly a round normal cloud. Draw D's belief at every place
# of the square, before the training, in between and after it. Blue means real and orange
# generated; on the thin line the belief is 1/2. Expect a colourless field first, and at
# last a blue band that follows the moons through the orange.


# %% id="04-belief"
def belief(D, reach=1.8):
    """D's probability of "real" at the places of plots.mesh(reach)."""
    with torch.no_grad():
        return D(torch.from_numpy(plots.mesh(reach))).sigmoid()


# %% id="04-d-alone"
identity, adam = torch.nn.Identity(), torch.optim.Adam(D.parameters(), 2e-3)
panels, beliefs = {}, {}
for steps in (0, 2, 10) if training.fast_mode() else (0, 50, 950):
    for _ in range(steps):
        real = moons[torch.randint(2560, (256,))]
        descend(adam, d_loss(D, identity, real, latents(256, 2)))
    title = f"{steps} more steps of D"
    panels[title] = {"data": moons[:300], "generated": latents(300, 2)}
    beliefs[title] = belief(D)

# %% id="04-d-alone-plot"
plots.show(
    plots.point_panels(panels, beliefs=beliefs, reach=1.8),
    "Three pictures of D's belief over two moons and a round cloud: nearly colourless;"
    " then a broad pale blue band with orange above and below; at last blue along both moons and orange"
    " where only the cloud is.",
)

# %% [markdown] id="04-d-alone-after"
# Which surface does $D$ approach? Chapter 02 showed that the best possible answer is
#
# $$D^*(x) = \frac{p(x)}{p(x) + p_G(x)}, \tag{4.8}$$
#
# which is 1 where only data lie and 0 where only generated points lie. It is 1/2 where
# both are equally dense. Where neither lies, (4.8) says nothing, and the network's output
# there is arbitrary.

# %% [markdown] id="04-g-loss-text"
# ## 4 · What G learns
#
# $G$ wants the label 1 for its points. It minimises the non-saturating loss of Goodfellow
# et al. (2014),
#
# $$L_G = \frac1N \sum_i \ell\bigl(a(G(z_i)), 1\bigr). \tag{4.9}$$
#
# {{exercise 04.g_loss}}
#
# Write (4.9). This time the gradient has to go all the way: from the loss through $D$ and
# through the generated points into $G$.


# %% id="04-ex-g-loss" exercise="04.g_loss"
def g_loss(D, G, z):
    """Loss of G, a scalar whose gradient reaches G through D."""
    ### BEGIN SOLUTION
    return cross_entropy(D(G(z)), torch.ones(len(z)))
    ### END SOLUTION


# %% id="04-use-g-loss"
g_loss = checks.use("04.g_loss", g_loss)

# %% [markdown] id="04-arrows-text"
# In which direction does this loss move a single generated point $x$? By (4.5) and the
# chain rule, its own term falls fastest in the direction
#
# $$-\nabla_x\, \ell\bigl(a(x), 1\bigr) = \bigl(1 - D(x)\bigr)\, \nabla_x\, a(x): \tag{4.10}$$
#
# uphill on D's surface. The lower D's belief in the point is, the larger is the factor
# $1 - D(x)$. $G$ gets no other information about the data. The next cell draws these
# arrows for eighty points. Expect those on orange ground to point to the nearest moon,
# and those on blue ground to be short. (The longest is drawn as 0.4, the others to
# scale.)

# %% id="04-arrows"
x = latents(80, 2).requires_grad_()
cross_entropy(D(x), torch.ones(80)).backward()
arrows = -0.4 * x.grad / x.grad.norm(dim=1).max()
clouds = {"data": moons[:300], "generated": x.detach()}
plots.show(
    plots.points(clouds, belief=belief(D), arrows=(x.detach(), arrows), reach=1.8),
    "D's surface with eighty generated points; arrows lead from the orange places towards"
    " the blue of the nearer moon, and are short where the ground is blue.",
)

# %% [markdown] id="04-optimizers-text"
# ## 5 · The loop
#
# Plain descent (4.7) would work, but slowly. Adam (Kingma & Ba 2015) keeps a running mean
# of the gradient $g$ and of its square, and divides the one by the root of the other. So
# the size of $g$ cancels. A weight moves by about $\eta$ a step while its gradient keeps
# its sign, and by less where the sign changes:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad w \leftarrow w - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \varepsilon}. \tag{4.11}$$
#
# The usual $\beta_1 = 0.9$ remembers some ten gradients. In a game the opponent has
# moved since, so old gradients can mislead, and many GANs use less. The two players
# have opposite aims. So there are two optimisers, and each holds the weights of one
# player only.
#
# {{exercise 04.optimizers}}
#
# Make both with the learning rate `lr` and betas (0.5, 0.99), and return G's first.


# %% id="04-ex-optimizers" exercise="04.optimizers"
def optimizers(G, D, lr):
    """An Adam for G and an Adam for D, rate lr, betas (0.5, 0.99)."""
    ### BEGIN SOLUTION
    betas = (0.5, 0.99)
    for_g = torch.optim.Adam(G.parameters(), lr, betas)
    for_d = torch.optim.Adam(D.parameters(), lr, betas)
    return for_g, for_d
    ### END SOLUTION


# %% id="04-use-optimizers"
optimizers = checks.use("04.optimizers", optimizers)

# %% [markdown] id="04-step-text"
# {{exercise 04.step}}
#
# In one step first $D$ learns, and then $G$ learns against the $D$ that has just been
# updated. Use the same latents `z` for both. You have all the pieces. Return both losses,
# as they were when each was computed.


# %% id="04-ex-step" exercise="04.step"
def step(G, D, for_g, for_d, real, z):
    """One update of D, then one of G; returns (loss of D, loss of G)."""
    ### BEGIN SOLUTION
    loss_d = d_loss(D, G, real, z)
    descend(for_d, loss_d)
    loss_g = g_loss(D, G, z)
    descend(for_g, loss_g)
    return loss_d.detach(), loss_g.detach()
    ### END SOLUTION


# %% id="04-use-step"
step = checks.use("04.step", step)

# %% [markdown] id="04-train-text"
# {{exercise 04.train}}
#
# A loop calls the step. It runs through the epochs, takes the points in a new random
# order in each, and uses whole batches only. It calls `step(batch)`, and keeps a note
# `(k, result)` of every `every`-th step, counted from 1. It should work for any step, so
# it must not use $G$ or $D$.


# %% id="04-ex-train" exercise="04.train"
def train(step, points, batch_size, epochs, every=10):
    """Call step(batch) on all whole batches of all epochs; return the notes."""
    ### BEGIN SOLUTION
    notes, k = [], 0
    for _ in range(epochs):
        order = torch.randperm(len(points))
        for i in range(len(points) // batch_size):
            result = step(points[order[i * batch_size : (i + 1) * batch_size]])
            k += 1
            if k % every == 0:
                notes.append((k, result))
    return notes
    ### END SOLUTION


# %% id="04-use-train"
train = checks.use("04.train", train)

# %% [markdown] id="04-run-text"
# That is a whole GAN, with your networks, your step and your loop. The next cell trains
# it. 2,560 points make ten batches of 256, so 300 epochs are three thousand steps. They
# take ten to twenty seconds on a laptop. (One step is one update of $D$ and one of $G$,
# here and later.) Expect the heap to become two moons, with a few points between them.

# %% id="04-run"
training.seed_everything(4)
G, D = generator(2, 2), discriminator(2)
for_g, for_d = optimizers(G, D, lr=1e-3)
notes = train(
    lambda real: step(G, D, for_g, for_d, real, latents(len(real), 2)),
    moons,
    batch_size=256,
    epochs=2 if training.fast_mode() else 300,
)

# %% id="04-run-look"
with torch.no_grad():
    drawn = G(latents(1000, 2))
    for name, at in (("data", moons[:1000]), ("generated", drawn)):
        believed = D(at).sigmoid()
        middle = ((believed > 0.4) & (believed < 0.6)).float().mean()
        print(
            f"D at {name:<9} mean {believed.mean():.2f}, from 0.4 to 0.6: {middle:.0%}"
        )
clouds = {"data": moons[:200], "generated": drawn[:200]}  # few: the surface shows
plots.show(
    plots.points(clouds, "Drawn by your own loop", belief=belief(D), reach=1.8),
    "Generated points along both moons, some of them on threads between the moons; D's"
    " surface is pale, near one half, under most of the points.",
)

# %% [markdown] id="04-run-after"
# Two things can be seen. First, a thread of points joins the moons. The latents fill the
# whole plane, which is connected, and $G$ is continuous. So the set of all $G(z)$ is
# connected: it can become thin, but it cannot break. Second, D's surface is pale under
# most of the points, since (4.8) with $p \approx p_G$ is 1/2.

# %% [markdown] id="04-package-text"
# ## 6 · The same lines in the package
#
# `gan.GAN.step` is your `step`. It draws the generated points once and uses them in both
# halves. While $G$ learns, `frozen` switches off the gradients of D's weights. `descend`
# is the three lines `zero_grad`, `backward`, `step`. The two losses are separate
# functions, so that a variant can replace one of them; here they are equal to yours.
# `d_steps` is 1 here: $G$ has its turn after every turn of $D$. Find your lines in it.
# `gan.PointGenerator` and `gan.PointDiscriminator` are your two networks; the generator
# also has a method that draws latents.

# %% id="04-package"
print(inspect.getsource(gan.GAN.step))

# %% [markdown] id="04-ring-text"
# Around it `training.fit` is your `train`, with a progress bar, a history, pictures at
# set moments and checkpoints. Two devices are added that chapter 05 explains. The
# learning rate falls to zero towards the end, and samples come from an average of G's
# weights. The length of a training is given in steps, so a slow computer needs more time
# for the same training. The 6,000 steps take about half a minute. Expect the points to
# form a cloud or a streak at first, then to lie along the circle, and at last to gather
# at the eight modes. Expect D's surface to divide the plane in two at first and then to
# become a pale band around the circle. Later small pale islands at the modes lie in an
# orange plane. (At the end the points hide the islands.)


# %% id="04-ring-setup"
STEADY = {
    "lr": 2e-3,
    "betas": (0.5, 0.99),
    "ema": 50_000,
    "decay_start": 0.75,
    "final_lr_factor": 0.0,
}


def fit_ring(settings, seed, steps, film=None):
    """Train a GAN on the ring; returns (model, history), and fills `film`."""
    training.seed_everything(seed)
    model = gan.GAN(gan.PointGenerator(), gan.PointDiscriminator(), **settings)
    batches = data.ToyBatches("ring", 256, seed=seed)

    def keep(step, _):
        fixed = torch.Generator().manual_seed(0)
        points = gan.sample(model.generator, 500, fixed)  # G as it is, no average
        film.append((step, points, belief(model.discriminator, 1.5)))

    options = {} if film is None else {"on_picture": keep, "picture_size": 500}
    lesson = training.lesson(steps=steps)
    return model, training.fit(model, batches, lesson, progress=seed == 0, **options)


# %% id="04-ring-train"
ring, film = data.toy("ring", 1000), []
model, history = fit_ring(STEADY, seed=0, steps=6000, film=film)


# %% id="04-ring-film"
def five_frames(film):
    """Five moments of a training: the ring, G's points and D's belief."""
    frames, beliefs = {}, {}
    for i in torch.linspace(0, len(film) - 1, 5).int():
        moment, points, beliefs[f"step {moment:,}"] = film[i]
        frames[f"step {moment:,}"] = {"data": ring, "generated": points}
    return plots.point_panels(frames, beliefs=beliefs, reach=1.5)


plots.show(
    five_frames(film),
    "Five pictures of one training, D's belief beneath: a cloud or streak in the middle"
    " of the ring, a band that finds the circle, and at last points gathered at the eight"
    " modes, with thin threads between.",
)

# %% [markdown] id="04-count-text"
# ## 7 · Counting modes, and losing them
#
# How can two trainings be compared by a number? The literature draws 2,500 samples and
# counts (Srivastava et al. 2017; Lin et al. 2018). A sample is of **high quality** when
# it lies within $3\sigma$ of a centre. A mode is **covered** when at least one sample of
# high quality lies near its centre. Real points would not reach 100 %. In the plane
#
# $$P\bigl(\lVert x - c \rVert \le 3\sigma\bigr) = 1 - e^{-9/2} \approx 98.9\,\%. \tag{4.12}$$
#
# {{exercise 04.count_modes}}
#
# Write the count: the number of modes covered, and the share of samples of high quality.


# %% id="04-ex-count-modes" exercise="04.count_modes"
def count_modes(samples, centres, std):
    """(modes covered, share of samples within 3 std of a centre)."""
    ### BEGIN SOLUTION
    nearest, mode = torch.cdist(samples, centres).min(dim=1)
    good = nearest <= 3 * std
    return len(mode[good].unique()), float(good.float().mean())
    ### END SOLUTION


# %% id="04-use-count-modes"
count_modes = checks.use("04.count_modes", count_modes)

# %% [markdown] id="04-kl-text"
# Neither number says how *evenly* the samples are spread over the modes. To measure that,
# assign every sample to its nearest centre. Let $\hat p_k$ be the shares of the $K$ modes
# and $u$ even shares. Compute
#
# $$\mathrm{KL}(\hat p \,\Vert\, u) = \sum_{k=1}^{K} \hat p_k \log\bigl(K \hat p_k\bigr), \tag{4.13}$$
#
# which is 0 for even shares and $\log K$ when one mode gets everything. For the ring that
# is $\log 8 \approx 2.08$. `metrics.modes` gives all three numbers. Expect the quality in
# the first line to be near (4.12), and that in the second line to be lower. The threads
# lie outside $3\sigma$, and $\sigma$ is a hundredth of the radius. With some seeds a mode
# may be missed.
#
# **Predict.** The last picture of the film shows the generated points on the modes. What
# percentage of them is of high quality, within $3\sigma$ of a centre?

# %% id="04-quality-predict"
checks.predict("04.quality", ..., unit="%")

# %% id="04-count"
CENTRES, STD = data.toy_modes("ring"), data.toy_std("ring")
samples = model.sample(2500)
print("real points: ", metrics.modes(data.toy("ring", 2500, seed=1), CENTRES, STD))
print("generated:   ", metrics.modes(samples, CENTRES, STD))
print("by your count:", count_modes(samples, CENTRES, STD))
checks.measured("04.quality", 100 * count_modes(samples, CENTRES, STD)[1])

# %% [markdown] id="04-collapse-text"
# How are modes lost? Suppose that $D$ does not change. Then the best $G$ does not draw
# the data. For a fixed $D$ the loss (4.9) is smallest when every latent goes to the one
# place where D's belief is highest,
#
# $$\min_{G}\; \mathbb E_z\bigl[-\log D(G(z))\bigr] = -\log\, \max_x D(x). \tag{4.14}$$
#
# $G$ has to spread its points only because $D$ learns too: $D$ learns to reject a place
# where too many of them lie. So let $G$ learn ten times as fast as $D$. Then $G$ moves on
# before $D$ has learnt to reject the place. $G$ draws one or a few modes and loses the
# others. This is called **mode collapse** (模式崩溃). The settings are those of section 6,
# and one of them is changed, D's learning rate. Both settings train three seeds of 2,000
# steps each.
#
# **Predict.** How many of the eight modes does the hasty $G$ cover, as the mean over its
# three seeds?

# %% id="04-collapse-predict"
checks.predict("04.hasty-modes", ..., unit="modes")

# %% id="04-collapse-setup"
HASTY = STEADY | {"lr": (2e-3, 2e-4)}  # G ten times as fast as D, nothing else
covered = []  # the modes that each run covers


def three_seeds(settings, film=None):
    """Train on the ring with three seeds; print the counts, return models, histories."""
    films = {1: film}  # of the first seed
    runs = [fit_ring(settings, seed, 2000, films.get(seed)) for seed in (1, 2, 3)]
    for seed, (model, _) in zip((1, 2, 3), runs, strict=True):
        counts = metrics.modes(model.sample(2500), CENTRES, STD)
        covered.append(counts.covered)
        print(f"seed {seed}: {counts}")
    return runs


def look(runs):
    """The ring and what each of three models draws."""
    panels = {
        f"seed {seed}": {"data": ring, "generated": model.sample(500)}
        for seed, (model, _) in zip((1, 2, 3), runs, strict=True)
    }
    return plots.point_panels(panels, reach=1.7)


# %% id="04-collapse-hasty"
hasty_film = []
hasty = three_seeds(HASTY, hasty_film)
checks.measured("04.hasty-modes", sum(covered) / len(covered))

# %% id="04-collapse-hasty-look"
plots.show(
    look(hasty),
    "Three pictures: the generated points lie in one or a few small heaps or on a short"
    " thread, and most of the ring is empty.",
)

# %% [markdown] id="04-collapse-film-text"
# Do the points stay where they are? Look at the first of these runs at five moments. The
# pictures of a film show $G$ as it is at that step, without the average.

# %% id="04-collapse-film"
plots.show(
    five_frames(hasty_film),
    "Five pictures of one hasty training: a cloud at first, then small heaps or short"
    " streaks, whose place differs from picture to picture.",
)

# %% id="04-collapse-steady"
steady = three_seeds(STEADY)

# %% id="04-collapse-steady-look"
plots.show(
    look(steady),
    "Three pictures: the generated points follow the whole circle, dense at the modes and"
    " thin between them.",
)

# %% [markdown] id="04-collapse-after"
# In the film the hasty $G$ draws one heap, and the heap moves. It is near the top at
# step 160 and on the right at 500. It is at the top again at 1,100 and at the lower
# left at the end. Metz et al. (2017) show the same movement on a ring of eight modes.
# The counts are taken on samples from the average of G's weights. Probably they are 0
# because the average of a $G$ that moves draws points between the modes. The health
# monitor of `training.fit` saw the collapse too: its messages above the counts say that
# the samples hardly differ from one another.
#
# Six short runs show that the difference is large. They do not show how often each recipe
# fails. That takes more seeds. Chapter 06 takes ten for each of its recipes on the ring.

# %% [markdown] id="04-curves-text"
# ## 8 · What the curves conceal
#
# Can the curves tell you that modes are lost? Look at the curves of a hasty run and of a
# steady one.
#
# **Predict.** When $p_G$ equals the distribution of the data and $D$ is at its best,
# $L_D = 2 \log 2$, $L_G = \log 2$ and all beliefs are 1/2. Which of the two runs comes
# closer to these values? (The cell compares $L_D$ in the last 20 rows of each history.)

# %% id="04-curves-predict"
checks.predict("04.curves", ..., options=("hasty", "steady"))

# %% id="04-curves-hasty"
plots.show(
    plots.training_curves(hasty[0][1]),
    "Hasty run: both losses and both beliefs lie almost flat at the values of a perfect"
    " game.",
)

# %% id="04-curves-steady"
plots.show(
    plots.training_curves(steady[0][1]),
    "Steady run: D's loss falls below 2 log 2 and G's rises above log 2; D's beliefs in"
    " real and generated points move apart.",
)
gaps = {}
for name, runs in (("hasty", hasty), ("steady", steady)):
    last = torch.tensor([row["D"] for row in runs[0][1].rows[-20:]])
    gaps[name] = float((last - 2 * torch.log(torch.tensor(2.0))).abs().mean())
    print(f"{name:<7}L_D differs from 2 log 2 by {gaps[name]:.3f} at the end")
checks.measured("04.curves", min(gaps, key=gaps.get))

# %% [markdown] id="04-curves-after"
# The collapsed run has the calmer curves. A slow $D$ stays near 1/2, whatever $G$ does,
# so its curves look like those of a perfect game. The curves of the good run move apart,
# since its $D$ can still tell the samples from the data. By (3.7) the loss of the *best*
# $D$ measures a distance between samples and data; the loss of a $D$ that lags behind
# does not. The curves do not say which of the two losses you see. That is why section 7
# counts modes, and why chapter 07 measures distances.
#
# Some things can be read from the curves. Beliefs at 1 and 0 without noise mean that
# $D$ has won. Its output then hardly depends on where the generated points lie. With
# the minimax loss G's gradient vanishes there. With the non-saturating loss it does not
# vanish, but it points where D's logit happens to rise, which need not be towards the
# data. NaN often means that a logarithm met zero or that a learning rate was too high.
# When a curve jumps after a long calm, look at the samples of that moment.

# %% [markdown] id="04-lab-text"
# ## 9 · The GAN lab
#
# Here you control the training. The lab shows data, generated points, D's surface and the
# arrows of (4.10) while it trains. Try the following, and guess the result first:
#
# - one step of $D$, then many, then one of $G$;
# - the ring with G's learning rate ten times D's;
# - the same with five steps of $D$ for each of $G$;
# - the minimax loss from the very start;
# - a shape that you draw yourself.

# %% id="04-lab"
widgets.gan_lab()

# %% [markdown] id="04-digits-text"
# ## 10 · From points to digits
#
# A picture of 28 × 28 pixels is a point in 784 dimensions. Nothing in the loop depends on
# the number of dimensions; only the networks become larger. A layer from $n_{i-1}$
# numbers to $n_i$ has a weight for each pair and a bias for each output:
#
# $$\text{weights} = \sum_i (n_{i-1} + 1)\, n_i. \tag{4.15}$$
#
# With the classic widths that is a million and a half for each player. Expect two numbers
# of that size ($G$ has a few thousand more, from its batch normalisation).

# %% id="04-digits-nets"
for network, widths in (
    (gan.MLPGenerator(), (100, 128, 256, 512, 1024, 784)),
    (gan.MLPDiscriminator(), (784, 1024, 512, 256, 128, 1)),
):
    pairs = zip(widths, widths[1:], strict=False)
    linear = sum((before + 1) * after for before, after in pairs)
    everything = sum(w.numel() for w in network.parameters())
    print(f"{'-'.join(map(str, widths))}: {linear:,} by (4.15), {everything:,} in all")

# %% [markdown] id="04-digits-range"
# One thing is new. This $G$ ends in $\tanh$, so its pixels lie in $[-1, 1]$, and the real
# ones have to as well: `data.batches` brings them there. If they came in $[0, 1]$, one
# negative pixel would give any generated picture away, and $D$ would need to learn nothing
# about digits.
#
# The next cell trains for 800 steps of 64 digits, which take about 35 seconds. Two
# thousand digits are kept back for the next measurement. Expect grey noise, then blobs,
# then shapes like digits. Look critically at the last picture. These networks treat the
# 784 pixels as 784 separate numbers: nothing in them says which pixels are neighbours.

# %% id="04-digits-train"
training.seed_everything(4)
digits = data.default()
count = 200 if training.fast_mode() else 2000
seen, kept_back = data.parts(digits, len(digits) - count, count)
recipe = gan.recipe("mlp-gan", "fast")
mlp = recipe.build(device)
batches = data.batches(seen, recipe.batch_size, seed=4, device=device)
live = widgets.LivePicture()
mlp_history = training.fit(
    mlp, batches, training.lesson(steps=800), on_picture=live, picture_size=64
)

# %% id="04-digits-look"
rows = {"real": digits.images[:16], "generated": mlp.sample(16).cpu()}
plots.show(
    plots.labelled_rows(rows),
    "Sixteen real digits above sixteen generated ones; a few of the generated ones can be"
    " read, the others are speckled, ragged or faint shapes.",
)

# %% [markdown] id="04-digits-fid-text"
# How far is that from real digits? The Fréchet distance of features (FID) measures it as
# one number. Smaller is better; chapter 07 derives it. The features are those of a
# network of ours that reads digits, so these figures cannot be compared with published
# ones. They also depend on the number of samples, 2,000 here. The first figure is the FID
# of the real digits that were kept back, the **floor**. Expect the second to be far above
# it. Chapter 05 comes much closer, with other networks and other settings.

# %% id="04-digits-fid"
test = metrics.features(data.load(digits.name, "test").images)
floor = metrics.fid(metrics.features(kept_back.images), test)
reached = metrics.fid(metrics.features(mlp.sample(count).cpu()), test)
print(f"FID of {count:,}: real {floor:.1f}, generated {reached:.1f}")

# %% [markdown] id="04-claim-text"
# ## 11 · A claim to check
#
# Lin et al. (2018, PacGAN) trained a *plain* GAN on this ring. They report, as the mean
# over ten runs: **6.3 of 8 modes, 98.2 % of high quality**. Is that what a plain GAN
# does? Count again over the six runs above, by recipe. The networks, the data, the loss
# and the number of steps are the same in all six; only D's learning rate differs.

# %% id="04-claim"
for name, runs in (("hasty", hasty), ("steady", steady)):
    found = [metrics.modes(model.sample(2500), CENTRES, STD) for model, _ in runs]
    covered = sum(report.covered for report in found) / len(found)
    quality = sum(report.high_quality for report in found) / len(found)
    print(f"{name:<7}{covered:.1f} of 8 modes, {quality:.1%} of high quality")
print("PacGAN's plain GAN: 6.3 of 8 modes, 98.2% of high quality")

# %% [markdown] id="04-claim-after"
# These are three results for one loss on one toy. The hasty recipe is below the
# published figures in both columns. The steady one covers more modes and has a lower
# quality, because about half of its samples lie farther than $3\sigma$ from every
# centre, many of them on the threads between two modes. So neither of our recipes
# reproduces the published figures. The published recipe differs in networks, learning
# rates and number of steps; we have not run it. "A GAN covers 6.3 modes" is a statement
# about one recipe. When you read such a number, ask for the recipe, the number of
# samples, the number of seeds and the number of steps.
#
# Your turn: give the steady recipe 20,000 steps instead of 2,000. Which of the two figures
# changes, and in which direction?
#
# Here are your predictions of this chapter beside what was measured.

# %% id="04-predictions"
checks.predictions("04")

# %% [markdown] id="04-recap"
# ## What to take along
#
# - One step draws latents. Then $D$ goes down its loss on real points and *detached*
#   generated points. Then $G$ goes down its loss through the new $D$. Each player has an
#   optimiser of its own, and gradients are cleared before each `backward`.
# - The loss moves each generated point up D's surface, along $(1 - D)\,\nabla a$.
# - $G$ covers the data only because $D$ learns too: for a fixed $D$ a single point is
#   best. With a $D$ ten times slower than $G$ all three runs lost modes. (With a $D$ that
#   is too fast modes can be lost as well; see chapter 06.)
# - The collapsed runs had the calmer curves. Count modes, look at samples, measure
#   distances.
# - A published number belongs to its recipe: networks, settings, steps, samples and seeds.
#
# **Next** chapter 05 uses the same loop with convolutions and draws digits that can be
# read.
#
# ## References
#
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair,
#   A. Courville, Y. Bengio. Generative Adversarial Nets. NeurIPS 2014. The game, algorithm
#   1, and the loss (4.9).
# - D. P. Kingma, J. Ba. Adam: A Method for Stochastic Optimization. ICLR 2015. (4.11).
# - L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein. Unrolled Generative Adversarial Networks.
#   ICLR 2017. The ring, and how a generator moves around it.
# - A. Srivastava, L. Valkov, C. Russell, M. U. Gutmann, C. Sutton. VEEGAN: Reducing Mode
#   Collapse in GANs using Implicit Variational Learning. NeurIPS 2017. The count of modes.
# - Z. Lin, A. Khetan, G. Fanti, S. Oh. PacGAN: The Power of Two Samples in Generative
#   Adversarial Networks. NeurIPS 2018. The figures of section 11.
