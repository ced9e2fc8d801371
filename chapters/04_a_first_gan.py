# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="04-title"
# # 04 · A first GAN
#
# Chapters 02 and 03 took the game apart on paper. Here you write it, one line after the
# other, until it trains; and you watch it, because in two dimensions nothing can hide. Then
# the same loop draws digits, with networks of nothing but fully connected layers.
#
# **You will be able to**
# - write a GAN's training loop from an empty page, and say what each line is there for;
# - read the surface of $D$ and the arrows it puts on the generated points;
# - count the modes that a generator reaches, and see what its curves conceal;
# - say of a published number which part of it belongs to the method and which to the recipe.
#
# **Time** about two hours with the nine exercises. **Before this** chapters 02 and 03, and
# some PyTorch: modules, optimisers, `backward`.
#
# {{run card}}

# %% id="04-imports"
import inspect

import torch

from aigc_course import checks, data, gan, metrics, plots, training, widgets

device = training.pick("auto")
training.prepare(device)
training.seed_everything(4)

# %% [markdown] id="04-toys-text"
# ## 1 · Four toys
#
# A toy is a distribution that is known exactly and seen at a glance. Two of ours are
# mixtures of normal distributions, and they are the ones on which the literature counts
# modes. The ring has eight, evenly spaced on the unit circle:
#
# $$p(x) = \frac18 \sum_{k=0}^{7} \mathcal N\bigl(x;\, c_k, \sigma^2 I\bigr), \qquad c_k = \begin{pmatrix}\cos 2\pi k/8\\ \sin 2\pi k/8\end{pmatrix}, \quad \sigma = 0.01. \tag{4.1}$$
#
# The grid has 25. Spiral and moons have no separate modes; they ask for a bent shape
# instead. Expect eight dots, twenty-five dots, one arm, two half circles.

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
# The generator maps a latent $z$ to a point, the discriminator a point to a logit. For the
# plane two hidden layers of 128 will do. Expect a few lines for each, and some seventeen
# thousand weights. There is no $\tanh$ at the end of $G$: points have no fixed range.

# %% id="04-nets"
G, D = gan.PointGenerator(latent=2, dim=2), gan.PointDiscriminator(dim=2)
for network in (G, D):
    weights = sum(w.numel() for w in network.parameters())
    print(f"{type(network).__name__}, {weights:,} weights\n{network.net}\n")

# %% [markdown] id="04-latents-text"
# $G$ is a function, and a function has no chance in it. All the chance comes from $z$. What
# $G$ draws has the distribution $p_G$ that $\mathcal N(0, I)$ becomes when it is sent
# through $G$; one never needs its density, since every mean over it is a mean over latents:
#
# $$\mathbb E_{x \sim p_G}\bigl[f(x)\bigr] = \mathbb E_{z \sim \mathcal N(0, I)}\bigl[f(G(z))\bigr]. \tag{4.2}$$
#
# {{exercise 04.latents}}
#
# Write the line that every step begins with: $n$ latents of `size` numbers.


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
# the moons it shall become.

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
# On a computer (4.3) meets $\log 0$ as soon as $D$ is sure. The same number, without any
# probability in it, is
#
# $$\ell(a, y) = \operatorname{softplus}(a) - y\,a, \qquad \operatorname{softplus}(a) = \log(1 + e^a), \tag{4.4}$$
#
# and its slope could not be plainer, the belief minus the label:
#
# $$\frac{\partial \ell}{\partial a} = \sigma(a) - y. \tag{4.5}$$
#
# {{exercise 04.cross_entropy}}
#
# Write the mean of (4.4) over a batch. Mind the shapes: logits come as $[N, 1]$ from $D$,
# labels as $[N]$.


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
# The generated points depend on G's weights, and PyTorch remembers that. But this loss is
# none of G's business: if its gradient reached $G$, it would say "be easier to recognise".
# `.detach()` gives the same numbers without their history.
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
# A loss is a number; learning is what one does about it. Every network in this course
# learns by walking downhill, with a step of length $\eta$ along the negative gradient:
#
# $$w \leftarrow w - \eta\, \frac{\partial L}{\partial w}. \tag{4.7}$$
#
# {{exercise 04.descend}}
#
# In PyTorch this is three calls, and their order matters, because `backward` *adds* to the
# gradients that are there. In a GAN there are always some there: G's loss runs through $D$.


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
# $G(z) = z$: then $p_G$ is a round normal cloud, exactly. Ask $D$ before, in between and
# after what it believes at every place of the square: blue says real, orange generated, and
# the thin line is where it cannot tell. Expect a colourless field first, and at last a blue
# band that follows the moons through the orange.


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
    " then a first tilt of blue and orange; at last blue along both moons and orange"
    " where only the cloud is.",
)

# %% [markdown] id="04-d-alone-after"
# That surface has a limit. Chapter 02 showed that the best possible answer is
#
# $$D^*(x) = \frac{p(x)}{p(x) + p_G(x)}, \tag{4.8}$$
#
# which is 1 where only data lie, 0 where only generated points lie, and 1/2 where both are
# equally dense. Where neither lies (4.8) says nothing, and what the network shows there is
# its own guess.

# %% [markdown] id="04-g-loss-text"
# ## 4 · What G learns
#
# $G$ wants the label 1 for its points. It minimises the non-saturating loss
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
# What does this loss tell a single generated point $x$? By (4.5) and the chain rule, the
# direction in which its own term falls fastest is
#
# $$-\nabla_x\, \ell\bigl(a(x), 1\bigr) = \bigl(1 - D(x)\bigr)\, \nabla_x\, a(x): \tag{4.10}$$
#
# uphill on D's surface, and the faster the less $D$ believes in the point. $G$ knows
# nothing else of the data; these arrows are all it ever learns from. Expect those on orange
# ground to point to the nearest moon, and those on blue ground to be short. (The longest is
# drawn as 0.4; the others to scale.)

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
# Plain descent (4.7) would do, slowly. Adam (Kingma & Ba 2015) keeps a running mean of the
# gradient and of its square, and divides one by the root of the other, so that every weight
# moves about $\eta$ a step whatever the size of its gradient $g$:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad w \leftarrow w - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \varepsilon}. \tag{4.11}$$
#
# The usual $\beta_1 = 0.9$ remembers some ten gradients. In a game the landscape has turned
# by then, so GANs use less. And there are two players, who want opposite things of the same
# loss; hence two optimisers, each with its own weights and no others.
#
# {{exercise 04.optimizers}}
#
# Make both, with betas (0.5, 0.99).


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
# One step: $D$ learns, then $G$ answers the $D$ that has just learnt. You have all the
# pieces. Return both losses, as they were when each was computed.


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
# Around the step goes a loop: epochs, a new order in each, whole batches. It calls
# `step(batch)`, and keeps a note `(k, result)` of every `every`-th step, counted from 1.
# It should work for any step, so it knows nothing of $G$ and $D$.


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
# That is a GAN. Nothing is missing any more: 2,560 points make ten batches of 256, and 300
# epochs three thousand steps, some ten to twenty seconds on a laptop. Expect the heap to
# become two moons, with a few points strewn between them.

# %% id="04-run"
training.seed_everything(4)
G, D = gan.PointGenerator(), gan.PointDiscriminator()
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
clouds = {"data": moons[:1000], "generated": drawn}
plots.show(
    plots.points(clouds, "Drawn by your own loop", belief=belief(D), reach=1.8),
    "Generated points along both moons, some of them on threads between the moons; D's"
    " surface has become pale, near one half, where the points lie.",
)

# %% [markdown] id="04-run-after"
# Three things to see. The moons are joined by a thread of points: $G$ is continuous, the
# normal distribution is one piece, and one piece can be stretched until it is thin but not
# torn. D's surface has lost its colour where the points are: (4.8) with $p \approx p_G$ is
# 1/2. And the generated moons are often thinner lines than the real ones: the middle of a
# band is a safer place than its edge, a first sign of what section 7 is about.

# %% [markdown] id="04-package-text"
# ## 6 · The same lines in the package
#
# `gan.GAN.step` is your `step`. It draws the generated points once and uses them in both
# halves, it spares D's gradients while $G$ learns, and it leaves room for other losses and
# for regularisers. Find your lines in it.

# %% id="04-package"
print(inspect.getsource(gan.GAN.step))

# %% [markdown] id="04-ring-text"
# Around it `training.fit` is your `train`, with a progress bar, a history, pictures at set
# moments and checkpoints. Two devices are added that chapter 05 explains: the rate falls to
# zero towards the end, and samples come from an average of G's weights. Expect a cloud or a
# streak that finds the circle, and then gathers at the eight modes. Expect D's surface to
# divide the plane in two at first, then to become a pale band, and at last pale islands in
# orange: on them $D$ can no longer tell, and everywhere else it can.


# %% id="04-ring-setup"
STEADY = {"lr": 2e-3, "betas": (0.5, 0.99), "ema": 50_000, "hold": 0.75, "final": 0.0}


def fit_ring(settings, seed, seconds, film=None):
    """Train a GAN on the ring; returns (model, history), and fills `film`."""
    training.seed_everything(seed)
    model = gan.GAN(gan.PointGenerator(), gan.PointDiscriminator(), **settings)
    batches = data.ToyBatches("ring", 256, seed=seed)

    def keep(step, points):
        film.append((step, points, belief(model.discriminator, 1.5)))

    options = {} if film is None else {"on_picture": keep, "picture_size": 500}
    lesson = training.lesson(seconds=seconds)
    return model, training.fit(model, batches, lesson, progress=seed == 0, **options)


# %% id="04-ring-train"
ring, film = data.toy("ring", 1000), []
model, history = fit_ring(STEADY, seed=0, seconds=20, film=film)

# %% id="04-ring-film"
frames, beliefs = {}, {}
for i in torch.linspace(0, len(film) - 1, 5).int():
    moment, points, beliefs[f"step {moment:,}"] = film[i]
    frames[f"step {moment:,}"] = {"data": ring, "generated": points}
plots.show(
    plots.point_panels(frames, beliefs=beliefs, reach=1.5),
    "Five pictures of one training, D's belief beneath: a cloud or streak in the middle"
    " of the ring, a band that finds the circle, and at last points gathered at the eight"
    " modes, with thin threads between.",
)

# %% [markdown] id="04-count-text"
# ## 7 · Counting modes, and losing them
#
# A picture convinces; a count can be compared. Literature counts like this (Srivastava et
# al. 2017; Lin et al. 2018): draw 2,500 samples; a sample is of **high quality** when it
# lies within $3\sigma$ of a centre; a mode is **covered** when a sample of high quality
# belongs to it. Real points would not reach 100 %. In the plane
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
# Neither number says how *evenly* the modes are served. For that, count every sample for
# its nearest centre, take the shares $\hat p_k$ of the $K$ modes, and measure
#
# $$\mathrm{KL}(\hat p \,\Vert\, u) = \sum_{k=1}^{K} \hat p_k \log\bigl(K \hat p_k\bigr), \tag{4.13}$$
#
# which is 0 for even shares and $\log K$ when one mode gets everything; for the ring
# $\log 8 \approx 2.08$. `metrics.modes` gives all three. Expect the first line near
# (4.12), and the second below it in quality: the threads lie outside $3\sigma$, and
# $\sigma$ is a hundredth of the radius. A seed may miss a mode.

# %% id="04-count"
CENTRES, STD = data.toy_modes("ring"), data.toy_std("ring")
samples = model.sample(2500)
print("real points: ", metrics.modes(data.toy("ring", 2500, seed=1), CENTRES, STD))
print("generated:   ", metrics.modes(samples, CENTRES, STD))
print("by your count:", count_modes(samples, CENTRES, STD))

# %% [markdown] id="04-collapse-text"
# Now spoil it. Suppose $D$ stood still. What would be G's best reply? Not the data: for a
# fixed $D$ the loss (4.9) is smallest when every latent goes to the one place that $D$
# likes best,
#
# $$\min_{G}\; \mathbb E_z\bigl[-\log D(G(z))\bigr] = -\log\, \max_x D(x). \tag{4.14}$$
#
# Only because $D$ answers, and takes its liking away from where the points crowd, does $G$
# have to spread. So let $G$ learn ten times as fast as $D$ and the crowd is always ahead of
# the answer. This is **mode collapse**. Three seeds of six seconds each, and the same for
# the settings of section 6. Predict both lines before you run them.

# %% id="04-collapse-setup"
HASTY = {"lr": (1e-3, 1e-4), "betas": (0.5, 0.999)}  # G ten times as fast as D


def three_seeds(settings):
    """Train on the ring with three seeds; print the counts, return models, histories."""
    runs = [fit_ring(settings, seed, seconds=6) for seed in (1, 2, 3)]
    for seed, (model, _) in zip((1, 2, 3), runs, strict=True):
        print(f"seed {seed}: {metrics.modes(model.sample(2500), CENTRES, STD)}")
    return runs


def look(runs):
    """The ring and what each of three models draws."""
    panels = {
        f"seed {seed}": {"data": ring, "generated": model.sample(500)}
        for seed, (model, _) in zip((1, 2, 3), runs, strict=True)
    }
    return plots.point_panels(panels, reach=1.7)


# %% id="04-collapse-hasty"
hasty = three_seeds(HASTY)

# %% id="04-collapse-hasty-look"
plots.show(
    look(hasty),
    "Three pictures: the generated points lie in one or a few small heaps or on a short"
    " thread, and most of the ring is empty.",
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
# A hasty $G$ is usually found in one heap, often not even at a mode: the heap moves on from
# mode to mode as $D$ catches up with it, and where it is when the time is over is chance. A
# count of zero modes with a KL near $\log 8$ is such a heap on its way. Metz et al. (2017)
# show this wandering on a ring of the same kind. Where the health monitor spoke up, it saw
# the same from another side: samples that hardly differ from one another.
#
# Six short runs say that the difference is large. They do not say how often each recipe
# fails; that takes more seeds, and chapter 06 takes ten of each.

# %% [markdown] id="04-curves-text"
# ## 8 · What the curves conceal
#
# Here are the curves of a hasty run and of a steady one. Before you look: which of the two
# will come closer to the values of a perfect game, $L_D = 2 \log 2$, $L_G = \log 2$ and
# beliefs of 1/2?

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

# %% [markdown] id="04-curves-after"
# The collapsed run has the more beautiful curves. A slow $D$ never gets past 1/2, whatever
# $G$ does, and the curves report D's ignorance as balance. The good run looks like a
# struggle, since its $D$ is able to see what is still wrong. Losses of a GAN compare the
# players with each other; they do not compare the samples with the data. Hence the counts
# above, and the distances of chapter 07.
#
# What curves do tell: beliefs at 1 and 0 without noise mean that $D$ has won and that
# $G$ hears little; NaN means that a logarithm met zero or a rate was too high; a curve that
# jumps after a long calm deserves a look at the samples of that moment.

# %% [markdown] id="04-lab-text"
# ## 9 · The GAN lab
#
# Now take the wheel. The lab shows data, generated points, D's surface and the arrows of
# (4.10) while it trains. Things to try, each with a guess first: a single step of $D$, then
# many, then one of $G$; the ring with G's rate ten times D's; the same with five steps of
# $D$ for each of $G$; the minimax loss at the very start; a shape that you draw yourself.

# %% id="04-lab"
widgets.gan_lab()

# %% [markdown] id="04-digits-text"
# ## 10 · From points to digits
#
# A picture of 28 × 28 pixels is a point in 784 dimensions, and nothing in the loop asks how
# many dimensions there are. Only the networks grow. A layer from $n_{i-1}$ numbers to $n_i$
# has a weight for each pair and a bias for each output:
#
# $$\text{weights} = \sum_i (n_{i-1} + 1)\, n_i. \tag{4.15}$$
#
# With the classic widths that is a million and a half for each player. Expect two numbers of
# that size ($G$ has a few thousand more, from its batch normalisation).

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
# Thirty-five seconds. Expect fog, then blobs, then shapes that try to be digits. Be strict
# with what you see at the end: a network without convolutions does not know that
# neighbouring pixels belong together, and it has to find that out from the data.

# %% id="04-digits-train"
training.seed_everything(4)
digits = data.default()
recipe = gan.recipe("mlp-gan", "fast")
mlp = recipe.build(device)
batches = data.batches(digits, recipe.batch_size, seed=4, device=device)
live = widgets.LivePicture()
mlp_history = training.fit(
    mlp, batches, training.lesson(seconds=35), on_picture=live, picture_size=64
)

# %% id="04-digits-look"
rows = {"real": digits.images[:16], "generated": mlp.sample(16).cpu()}
plots.show(
    plots.labelled_rows(rows),
    "Sixteen real digits above sixteen generated ones; many of the generated ones can be"
    " read, most are speckled, ragged or faint, and some are no digit at all.",
)

# %% [markdown] id="04-digits-fid-text"
# How far is that from real digits? The Fréchet distance of features puts it in a number
# (smaller is better; chapter 07 derives it). The first line is what real training images
# would get, the floor. Expect the second line to be far above it. Chapter 05 comes much
# closer in a similar time, with networks that know what neighbours are.

# %% id="04-digits-fid"
count = 200 if training.fast_mode() else 2000
test = metrics.features(data.load(digits.name, "test").images)
floor = metrics.fid(metrics.features(digits.images[:count]), test)
reached = metrics.fid(metrics.features(mlp.sample(count).cpu()), test)
print(f"FID of {count:,}: real {floor:.1f}, generated {reached:.1f}")

# %% [markdown] id="04-claim-text"
# ## 11 · A claim to check
#
# Lin et al. (2018, PacGAN) report for a *plain* GAN on this very ring, as the mean over ten
# runs: **6.3 of 8 modes, 98.2 % of high quality**. Is that what a plain GAN does? Count
# again over the six runs above, by recipe. The networks, the data and the loss are the same
# in all of them.

# %% id="04-claim"
for name, runs in (("hasty", hasty), ("steady", steady)):
    found = [metrics.modes(model.sample(2500), CENTRES, STD) for model, _ in runs]
    covered = sum(report.covered for report in found) / len(found)
    quality = sum(report.high_quality for report in found) / len(found)
    print(f"{name:<7}{covered:.1f} of 8 modes, {quality:.1%} of high quality")
print("PacGAN's plain GAN: 6.3 of 8 modes, 98.2% of high quality")

# %% [markdown] id="04-claim-after"
# Three results for one loss on one toy, and they do not even order: a run can cover more
# modes with lower quality, since a sample that is between two modes is both a link and a
# miss. So the published figure is right for its recipe (other networks, other rates, many
# more steps), and "a GAN covers 6.3 modes" is not a fact about GANs. When you read such a
# number, ask for the recipe, the number of samples, the number of seeds and the time.
#
# Your turn: give the steady recipe a minute instead of six seconds. Which of the two
# figures moves, and towards what?

# %% [markdown] id="04-recap"
# ## What to take along
#
# - The loop: latents; $D$ down its loss on real points and *detached* fakes; $G$ down its
#   loss through the new $D$; two optimisers; clear the gradients before each `backward`.
# - To a generated point the loss is an arrow: up D's surface, $(1 - D)\,\nabla a$.
# - $G$ has no reason to cover the data other than that $D$ answers. If $D$ is too slow, the
#   modes are lost.
# - Calm curves are no proof of anything. Count, look, measure.
# - A number belongs to its recipe.
#
# **Next** chapter 05: the same loop with convolutions, and digits that can be read.
#
# ## References
#
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair,
#   A. Courville, Y. Bengio. Generative Adversarial Nets. NeurIPS 2014.
# - D. P. Kingma, J. Ba. Adam: A Method for Stochastic Optimization. ICLR 2015.
# - L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein. Unrolled Generative Adversarial Networks.
#   ICLR 2017.
# - A. Srivastava, L. Valkov, C. Russell, M. U. Gutmann, C. Sutton. VEEGAN: Reducing Mode
#   Collapse in GANs using Implicit Variational Learning. NeurIPS 2017.
# - Z. Lin, A. Khetan, G. Fanti, S. Oh. PacGAN: The Power of Two Samples in Generative
#   Adversarial Networks. NeurIPS 2018.
