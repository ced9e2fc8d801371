# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="05-title"
# # 05 · The DCGAN-MNIST project
#
# A generator made of transposed convolutions and a discriminator made of convolutions
# learn, against each other, to draw handwritten digits. You write the transposed
# convolution, the losses and both halves of the training step. Then you train while you
# watch, read the curves, walk through the latent space, measure the samples and test a
# published claim.
#
# **You will be able to**
# - say what a transposed convolution computes, predict its output size and its cost;
# - write both halves of the adversarial step, and name what breaks when a line is missing;
# - read a GAN's curves without being misled by its losses;
# - sample, interpolate, save, resume and evaluate a GAN, and compare two on equal terms.
#
# **Time** about two hours with the eleven exercises. **Before this** chapter 00, and some
# PyTorch: modules, optimisers, `backward`.
#
# {{run card}}

# %% id="05-imports"
import inspect

import torch
from torch import nn

from aigc_course import checks, data, gan, metrics, plots, training, widgets

device = training.pick("auto")
training.prepare(device)
training.seed_everything(5)

# %% [markdown] id="05-data-text"
# ## 1 · The data and its range
#
# `data.default()` gives MNIST where it can be had and otherwise a smaller set of real
# digits that needs no network; it says which. Expect 28 × 28 grey images of single digits.

# %% id="05-data-load"
digits = data.default()
test = data.load(digits.name, "test")
print(f"{len(digits):,} training and {len(test):,} test images; {digits.source}")

# %% id="05-data-look"
plots.show(
    plots.image_grid(
        digits.images[:48], columns=16, title="The first 48 training images"
    ),
    "48 handwritten digits, white on black, centred, of many hands and slants.",
)

# %% [markdown] id="05-range-text"
# Pixels are stored as whole numbers $p$ from 0 (black) to 255 (white). The generator will
# end in $\tanh$, whose values lie between −1 and 1, so the real images must come in the
# same range:
#
# $$x = \frac{p}{127.5} - 1, \qquad p = \operatorname{round}\bigl(127.5\,(x + 1)\bigr). \tag{5.1}$$
#
# If real images filled only $[0, 1]$, the discriminator could recognise every generated
# one by its negative values. It would never have to look at a digit.

# %% id="05-range-plot"
real = next(data.batches(digits, batch_size=256, seed=0))
plots.show(
    plots.histograms(
        {"stored": digits.images[:256], "for the networks": real},
        ("p", "x"),
    ),
    "Two histograms of one shape: most pixels are black, some are white, few are grey;"
    " the left one spans 0 to 255, the right one -1 to 1.",
)

# %% [markdown] id="05-range-after"
# The images are mostly background: about 80 % of the pixels are black. The training
# loop keeps the whole set in memory as `uint8` and scales one minibatch at a time.
# `data.batches` does that with one index operation per step.
#
# {{exercise 05.to_pixels}}
#
# To look at generated images you need the way back. Write the right half of (5.1) for a
# tensor of any shape. Values a little outside $[-1, 1]$ must end at 0 or 255.


# %% id="05-ex-to-pixels" exercise="05.to_pixels"
def to_pixels(images):
    """Images in [-1, 1] as uint8 in 0..255, same shape."""
    ### BEGIN SOLUTION
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    ### END SOLUTION


# %% id="05-use-to-pixels"
to_pixels = checks.use("05.to_pixels", to_pixels)

# %% [markdown] id="05-tconv-text"
# ## 2 · From a vector to a picture: the transposed convolution
#
# A discriminator shrinks a picture to one number with strided convolutions. A generator
# goes the other way. The layer that does it is the **transposed convolution**: every
# input value stamps a copy of the kernel, scaled by that value, onto the output. Stamps
# are `stride` apart, and where they overlap they add:
#
# $$y_j = \sum_i x_i \, w_{j - s i}. \tag{5.2}$$
#
# Expect four stamps of one shape, at distance two, each with its input's height.

# %% id="05-tconv-picture"
plots.show(
    plots.stamps([1.0, 3.0, 2.0, 1.0], kernel=[1.0, 2.0, 3.0, 1.0], stride=2),
    "Left, four input bars of heights 1, 3, 2, 1. Right, each bar has become a stamp of"
    " the kernel's shape in its colour; stamps start 2 apart and are stacked where they"
    " overlap.",
)

# %% [markdown] id="05-tconv-1d-text"
# {{exercise 05.tconv_1d}}
#
# Write (5.2) for one channel: `x` has $n$ values, `w` has $k$, and the output has
# $(n-1)\,s + k$.


# %% id="05-ex-tconv-1d" exercise="05.tconv_1d"
def tconv_1d(x, w, stride):
    """Transposed convolution of x [n] with w [k]: a tensor [(n - 1) stride + k]."""
    ### BEGIN SOLUTION
    y = torch.zeros((len(x) - 1) * stride + len(w), dtype=x.dtype)
    for i, value in enumerate(x):
        y[i * stride : i * stride + len(w)] += value * w
    return y
    ### END SOLUTION


# %% id="05-use-tconv-1d"
tconv_1d = checks.use("05.tconv_1d", tconv_1d)

# %% [markdown] id="05-adjoint-text"
# Why "transposed"? A convolution is a linear map, a matrix $C$ acting on $u$; the layer
# above is $C^\top$. That is the same as saying, for all $u$ and $x$,
#
# $$\langle C u, x \rangle = \langle u, C^\top x \rangle. \tag{5.3}$$
#
# It is also exactly the operation that carries gradients backwards through a convolution.
# Expect two equal numbers.

# %% id="05-adjoint"
u, x, w = torch.randn(10), torch.randn(4), torch.randn(4)
forward = nn.functional.conv1d(u[None, None], w[None, None], stride=2)[0, 0]
print(f"<C u, x> = {forward @ x:.6f}    <u, C'x> = {u @ tconv_1d(x, w, 2):.6f}")

# %% [markdown] id="05-size-text"
# {{exercise 05.tconv_size}}
#
# PyTorch's layer also cuts `padding` values off each end and may add `output_padding`
# values at one end:
#
# $$\text{out} = (\text{in} - 1)\, s - 2\,\text{padding} + k + \text{output padding}. \tag{5.4}$$
#
# Write it. Then use it: which paddings make a 4 × 4 kernel with stride 2 double the
# size exactly, and which a 5 × 5 kernel?


# %% id="05-ex-tconv-size" exercise="05.tconv_size"
def tconv_size(size, kernel, stride, padding=0, output_padding=0):
    """Side of the output of a transposed convolution."""
    ### BEGIN SOLUTION
    return (size - 1) * stride - 2 * padding + kernel + output_padding
    ### END SOLUTION


# %% id="05-use-tconv-size"
tconv_size = checks.use("05.tconv_size", tconv_size)
print("4 x 4:", [tconv_size(size, 4, 2, padding=1) for size in (7, 14)])
print(
    "5 x 5:", [tconv_size(size, 5, 2, padding=2, output_padding=1) for size in (7, 14)]
)

# %% [markdown] id="05-checkerboard-text"
# Both reach 14 and 28. They differ in how evenly they cover the output. Stamp ones with
# a kernel of ones and count how many stamps each pixel receives. Expect an even field
# where the stride divides the kernel, and a checkerboard where it does not.

# %% id="05-checkerboard"
ones = torch.ones(1, 1, 7, 7)
even = nn.functional.conv_transpose2d(ones, torch.ones(1, 1, 4, 4), stride=2, padding=1)
uneven = nn.functional.conv_transpose2d(
    ones, torch.ones(1, 1, 5, 5), stride=2, padding=2, output_padding=1
)
plots.show(
    plots.maps({"4 x 4, stride 2": even[0, 0], "5 x 5, stride 2": uneven[0, 0]}),
    "Left, an even light field with a darker rim; right, a checkerboard in which some"
    " pixels are covered by nine stamps, some by six, some by four.",
)

# %% [markdown] id="05-checkerboard-after"
# With 5 × 5 and stride 2 the network has to learn to undo that pattern (Odena et al.
# 2016). The `fast` networks of this course use 4 × 4.
#
# {{exercise 05.multiply_adds}}
#
# The cost of such a layer: every input pixel of every input channel meets every weight
# that leads from its channel. Borders do not count here. Write the number of
# multiply-adds for one image.
#
# $$\text{cost} = \text{side}_\text{in}^2 \cdot C_\text{in} \cdot C_\text{out} \cdot k^2. \tag{5.5}$$


# %% id="05-ex-multiply-adds" exercise="05.multiply_adds"
def multiply_adds(inputs, outputs, kernel, side_in):
    """Multiply-adds of one image [inputs, side_in, side_in] through the layer."""
    ### BEGIN SOLUTION
    return side_in**2 * inputs * outputs * kernel**2
    ### END SOLUTION


# %% id="05-use-multiply-adds"
multiply_adds = checks.use("05.multiply_adds", multiply_adds)

# %% [markdown] id="05-nets-text"
# ## 3 · Two networks
#
# The generator maps a latent vector $z \sim \mathcal N(0, I)$ to an image; the
# discriminator maps an image to one **logit**, the log-odds that it is real. Print the
# shape after each layer: expect the generator's picture to grow 7 → 14 → 28 and the
# discriminator's to shrink the same way.


# %% id="05-nets-shapes"
def shapes(network, x):
    """Print the shape after each layer that changes it."""
    for layer in network.net:
        before, x = x.shape, layer(x)
        if x.shape != before:
            print(f"{type(layer).__name__:<16}{list(x.shape[1:])}")


generator, discriminator = gan.DCGANGenerator(), gan.DCGANDiscriminator()
shapes(generator, generator.latents(2))
print("----")
shapes(discriminator, real[:2])

# %% [markdown] id="05-nets-preset-text"
# That list hides the layers that keep the shape. Here is the whole generator.

# %% id="05-nets-print"
print(generator.net)

# %% [markdown] id="05-nets-guidelines"
# There are two presets. `reference` is the classic pair of many tutorials, with 5 × 5
# kernels and 256 → 128 → 64 channels. `fast`, the one printed above, keeps the maps
# narrow and has fully connected layers instead, as the MNIST networks of InfoGAN have
# (Chen et al. 2016). There are three in the generator before the one that makes the
# maps, and one in the discriminator.
#
# Radford et al. (2016) gave the DCGAN its guidelines. Our presets follow most of them:
#
# | guideline | why | `reference` | `fast` |
# | --- | --- | --- | --- |
# | strides instead of pooling | the network learns how to shrink and to grow | yes | yes |
# | batch normalisation in both, except G's last and D's first layer | deep generators begin to learn; elsewhere it made training unstable | only in G | yes |
# | no fully connected hidden layers | joining the highest maps directly to input and output worked well | yes | **no** |
# | ReLU in G with tanh at the end, leaky ReLU in D | bounded outputs learnt faster; the leak worked well in D | leaky in both | yes |
# | first weights from $\mathcal N(0, 0.02^2)$ | the published setting | no | yes |
# | Adam with $\beta_1 = 0.5$ | section 12 | no, 0.9 | yes |
#
# The "why" is what the authors report. So `fast` breaks one guideline: count its cost in
# *all* layers. A fully connected layer has one multiply-add for each weight. Expect the
# `reference` generator to cost more than thirty times as much.

# %% id="05-nets-cost"
sides = {"reference": (7, 7, 14), "fast": (7, 14)}
for preset, sides_in in sides.items():
    layers = list(gan.DCGANGenerator(preset).modules())
    maps = sum(
        multiply_adds(m.in_channels, m.out_channels, m.kernel_size[0], side)
        for m, side in zip(
            [m for m in layers if isinstance(m, nn.ConvTranspose2d)],
            sides_in,
            strict=True,
        )
    )
    full = sum(m.weight.numel() for m in layers if isinstance(m, nn.Linear))
    print(
        f"{preset:<10} transposed {maps / 1e6:5.2f} + fully connected {full / 1e6:.2f}"
        f" = {(maps + full) / 1e6:5.2f} million multiply-adds an image"
    )

# %% [markdown] id="05-nets-cost-after"
# Fully connected layers hold 99 % of the weights of `fast`. For pictures of 28 × 28 that is
# affordable: all of them together cost less than one million multiply-adds. For larger
# pictures it would not be, since such a layer has a weight for each pair of an input and an
# output number. Section 11 measures what each preset makes of the same number of steps.

# %% [markdown] id="05-norm-text"
# Between the layers stands **batch normalisation** (Ioffe & Szegedy 2015): each channel is
# brought to mean 0 and variance 1 over the batch, then scaled and shifted by learned numbers,
#
# $$\hat y = \gamma\, \frac{y - \mu_B}{\sqrt{\sigma_B^2 + \varepsilon}} + \beta. \tag{5.6}$$
#
# $D$ normalises by the batch it sees. If it learnt on mixed batches and then judged G's
# images alone, it would be two different functions (chapter 06, case E). So real and
# generated images pass separately, in D's turn as in G's.
#
# A layer that is followed by a normalisation needs no bias, because $\mu_B$ removes it. Add
# 100 to every value and compare: expect two equal columns.

# %% id="05-norm"
y = 5 + 3 * torch.randn(6, 1)
with_bias = nn.BatchNorm1d(1)(y + 100)
print(torch.cat([nn.BatchNorm1d(1)(y), with_bias], dim=1).detach())

# %% [markdown] id="05-untrained-text"
# What does an untrained generator draw? Its weights are small, so all images are nearly the
# same grey. Subtract the mean image, stretch what is left to the whole range, and expect
# noise that random filters have smoothed.

# %% id="05-untrained"
untrained = gan.sample(generator, 16)
deviations = untrained - untrained.mean(dim=0)
largest = float(deviations.abs().max())
stretched = deviations / largest
plots.show(
    plots.image_grid(stretched, columns=16, title="Before training, stretched"),
    "Sixteen squares of grainy texture without any digit.",
)
print(f"largest deviation from the mean image: {largest:.1e}, of a range from -1 to 1")

# %% [markdown] id="05-losses-text"
# ## 4 · Two losses
#
# With $D = \sigma(a)$ and $a$ the logit, the discriminator minimises the cross-entropy of
# the question "real or generated?":
#
# $$L_D = -\mathbb E_x[\log D(x)] - \mathbb E_z[\log(1 - D(G(z)))]. \tag{5.7}$$
#
# The generator minimises
#
# $$L_G = -\mathbb E_z[\log D(G(z))], \tag{5.8}$$
#
# the **non-saturating** form: its slope in the logit stays near −1 when the discriminator
# wins, where that of $\mathbb E_z[\log(1 - D(G(z)))]$ goes to 0.
# Computed from probabilities, $\log$ meets 0 sooner or later. Computed from logits it is
# safe, because
#
# $$-\log \sigma(a) = \operatorname{softplus}(-a), \qquad -\log(1 - \sigma(a)) = \operatorname{softplus}(a). \tag{5.9}$$
#
# {{exercise 05.discriminator_loss}}
#
# Write (5.7) so that logits of ±100 give a finite loss and the right gradient.


# %% id="05-ex-discriminator-loss" exercise="05.discriminator_loss"
def discriminator_loss(real_logits, fake_logits):
    """L_D of two batches of logits, a scalar tensor."""
    ### BEGIN SOLUTION
    softplus = nn.functional.softplus
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()
    ### END SOLUTION


# %% id="05-use-discriminator-loss"
discriminator_loss = checks.use("05.discriminator_loss", discriminator_loss)

# %% [markdown] id="05-beliefs-text"
# {{exercise 05.losses_at}}
#
# To read curves, know a few numbers by heart. Suppose $D$ gives every real image
# the belief $b_r$ and every generated one $b_f$. Which losses (5.7) and (5.8) result?
# Return both. When $D$ cannot tell at all, they should be
#
# $$L_D = 2 \ln 2 \approx 1.386, \qquad L_G = \ln 2 \approx 0.693. \tag{5.10}$$


# %% id="05-ex-losses-at" exercise="05.losses_at"
def losses_at(belief_real, belief_fake):
    """(L_D, L_G) when D's beliefs are these two probabilities."""
    ### BEGIN SOLUTION
    from math import log

    return -log(belief_real) - log(1 - belief_fake), -log(belief_fake)
    ### END SOLUTION


# %% id="05-use-losses-at"
losses_at = checks.use("05.losses_at", losses_at)
for real_belief, fake_belief in ((0.5, 0.5), (0.7, 0.3), (0.9, 0.1), (0.99, 0.01)):
    d_loss, g_loss = losses_at(real_belief, fake_belief)
    print(
        f"D(x) {real_belief}, D(G(z)) {fake_belief}: L_D {d_loss:.3f}, L_G {g_loss:.3f}"
    )

# %% [markdown] id="05-beliefs-after"
# The better $D$ separates, the smaller $L_D$ and the larger $L_G$. So a *rising* generator
# loss says that $D$ has learnt something, and nothing about the pictures.

# %% [markdown] id="05-step-text"
# ## 5 · The adversarial step
#
# One step teaches $D$, then $G$:
#
# 1. draw latents, generate fakes;
# 2. $D$: lower (5.7) on real images and fakes, without touching $G$;
# 3. $G$: lower (5.8) through $D$, without touching $D$.
#
# {{exercise 05.discriminator_step}}
#
# `optimizer` holds D's weights. Do one update of $D$ and return the loss. No gradient may
# arrive in $G$, and none may be left over from the step before.


# %% id="05-ex-discriminator-step" exercise="05.discriminator_step"
def discriminator_step(G, D, optimizer, real, z):
    """One update of D on real images and on G(z); returns the loss."""
    ### BEGIN SOLUTION
    fake = G(z).detach()  # no gradient reaches G
    loss = discriminator_loss(D(real), D(fake))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss
    ### END SOLUTION


# %% id="05-use-discriminator-step"
discriminator_step = checks.use("05.discriminator_step", discriminator_step)

# %% [markdown] id="05-generator-step-text"
# {{exercise 05.generator_step}}
#
# `optimizer` holds G's weights. The gradient has to flow *through* $D$ into $G$.


# %% id="05-ex-generator-step" exercise="05.generator_step"
def generator_step(G, D, optimizer, z):
    """One update of G against D with the non-saturating loss; returns the loss."""
    ### BEGIN SOLUTION
    loss = nn.functional.softplus(-D(G(z))).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss
    ### END SOLUTION


# %% id="05-use-generator-step"
generator_step = checks.use("05.generator_step", generator_step)

# %% [markdown] id="05-loop-text"
# Your two functions are a complete GAN. The loop below is all that is missing; it takes
# some fifteen seconds on a laptop. Expect shapes that begin to look like strokes and
# digits, still ragged.

# %% id="05-loop"
G, D = gan.DCGANGenerator().to(device), gan.DCGANDiscriminator().to(device)
g_adam, d_adam = (
    torch.optim.Adam(net.parameters(), 1e-3, (0.5, 0.99)) for net in (G, D)
)
batches = data.batches(digits, batch_size=64, seed=0, device=device)
for _ in range(10 if training.fast_mode() else 300):
    discriminator_step(G, D, d_adam, next(batches), G.latents(64))
    generator_step(G, D, g_adam, G.latents(64))

# %% id="05-loop-look"
plots.show(
    plots.image_grid(gan.sample(G, 32), columns=16, title="Drawn by your own loop"),
    "Thirty-two images in which strokes and first digits can be made out.",
)

# %% [markdown] id="05-find-text"
# Now find the same lines in the package. `gan.GAN.step` is algorithm 1 of Goodfellow et al.
# (2014); `d_steps` is the $k$ of the paper, 1 here. Two things are added: the fakes are drawn
# once and used in both halves, and `frozen` spares D's weight gradients while $G$ learns.
# `descend` is `zero_grad`, `backward` and `step` of Adam. The two losses are functions of
# their own; chapter 06 opens `discriminator_loss`, where penalties enter.

# %% id="05-find"
print(inspect.getsource(gan.GAN.step))

# %% [markdown] id="05-loop-page-text"
# Around the step stands the training loop. Here it is whole, in eight lines. `training.fit`
# runs the same lines and adds six things:
#
# 1. a bar with the values and the time left;
# 2. a history: a row of means for every ten steps, fetched from the device at once;
# 3. pictures from fixed latents, and a health monitor that says in words what is wrong;
# 4. checkpoints, from which a training goes on exactly as if it had not been stopped;
# 5. a good end: Ctrl-C saves, and a value that is not finite brings the last good weights back;
# 6. speed: bfloat16 where it pays, and as many threads as the steps are fastest with.
#
# None of them changes what is learnt. Both loops below start from the same seed. Expect
# `identical: True`.


# %% id="05-loop-page"
def loop(model, batches, steps):
    """The training loop with nothing around it; returns the values of each step."""
    history = []
    for step in range(steps):
        model.anneal(step / steps)  # the learning rates of this moment
        seen = model.step(next(batches))
        history.append({name: float(value) for name, value in seen.items()})
    return history


def fit(model, batches, steps):
    """The same by the package."""
    training.fit(model, batches, training.Budget(steps=steps), bf16=False)


ends = []
for train in (loop, fit):
    training.seed_everything(5)
    small = gan.build("mlp-gan", "fast", device)
    train(small, data.batches(digits, 64, seed=5, device=device), 20)
    ends.append(torch.cat([w.flatten() for w in small.generator.parameters()]))
print("identical:", torch.equal(*ends))

# %% [markdown] id="05-train-text"
# ## 6 · Training with a live picture
#
# Now the DCGAN, by `training.fit`. The same 64 latents are drawn again at each picture, so
# you can follow one digit as it takes shape. A training is as long as its number of steps;
# 2,000 steps of 64 images take about a minute on one CPU core. Expect grey noise, then
# blobs, then digits.

# %% id="05-train"
training.seed_everything(5)
recipe = gan.recipe("dcgan", "fast")
model = recipe.build(device)
batches = data.batches(digits, recipe.batch_size, seed=5, device=device)
live = widgets.LivePicture(keep=True)
history = training.fit(
    model,
    batches,
    training.lesson(steps=2000),
    on_picture=live,
    picture_size=64 if training.fast_mode() else 1000,
)

# %% [markdown] id="05-train-after"
# What has been done is in `history`: a row for every ten steps. It also keeps what the
# health monitor had to say (that $D$ has won, that $G$ draws near-identical images,
# that a value is not finite).

# %% id="05-train-history"
print(
    f"{history.rows[-1]['step']:,} steps, monitor: {history.messages or 'no complaints'}"
)

# %% [markdown] id="05-curves-text"
# ## 7 · What the curves say, and what they do not
#
# Expect both losses to settle early and then to drift a little, as the learning rate falls
# and $D$ extends a small lead: $D(x)$ above one half, $D(G(z))$ below.

# %% id="05-curves"
plots.show(
    plots.training_curves(history),
    "Left, the losses of D and G over the steps; right, D's mean belief in real images"
    " (above one half) and in generated ones (below), both noisy and nearly level after"
    " the start.",
)

# %% [markdown] id="05-fid-text"
# The pictures meanwhile became much better. To see that in a number, compare the
# thousand samples of each picture with the real test images by the **Fréchet distance**
# of their features (FID, Heusel et al. 2017; chapter 07 derives it). Expect it to stay
# or even to rise while there is only noise, and then to fall by orders of magnitude.
# The losses above moved by tenths. (The axis is logarithmic.)
#
# Two remarks on the number. The features are those of our own network that reads digits, so
# it cannot be compared with published figures. And FID depends on the number of samples: 1,000
# here, 10,000 in section 10 and 5,000 in sections 11 and 12. Compare within a section only.

# %% id="05-fid-curve"
real_features = metrics.features(test.images)
fids = [
    metrics.fid(metrics.features(images), real_features) for _, images in live.taken
]
steps = [step for step, _ in live.taken]
plots.show(
    plots.lines({"FID": (steps, fids)}, "step", "FID (lower is better)", log=True),
    f"FID falls from {fids[0]:.0f} at step {steps[0]} to {fids[-1]:.1f} at the end.",
)

# %% [markdown] id="05-curves-after"
# So: the losses of a GAN show whether the two players keep pace, not how good the
# pictures are. Levels near (5.10) mean that $D$ can hardly tell. $D(x) \to 1$ and
# $D(G(z)) \to 0$ mean that $D$ has won: its verdict hardly depends on where the fakes lie.
# The minimax loss would then leave $G$ without a gradient; the non-saturating loss leaves it
# one, but it points where $D$ happens to slope. Everything else has to be measured on samples.
#
# Two more devices stand behind those pictures. The first is the **learning rate**: high
# for a share $h$ of the training, then falling in a straight line to the share $f$,
#
# $$\eta(p) = \eta_0 \Bigl(1 - (1 - f)\,\frac{\max(0, p - h)}{1 - h}\Bigr), \qquad 0 \le p \le 1. \tag{5.11}$$
#
# {{exercise 05.hold_then_fall}}
#
# Write the factor $\eta(p)/\eta_0$. Beyond $p = 1$ it stays at $f$. (The `fast` recipe
# also lets the rate rise from 0 over the first 25,000 images, about 390 steps of 64. When
# the recipe was searched for, shorter rises lost some seeds in the first few hundred steps.)


# %% id="05-ex-hold-then-fall" exercise="05.hold_then_fall"
def hold_then_fall(progress, hold=0.5, final=0.05):
    """Factor on the learning rate at this share of the training."""
    ### BEGIN SOLUTION
    fall = min(max(0.0, progress - hold) / (1 - hold), 1.0)
    return 1 - (1 - final) * fall
    ### END SOLUTION


# %% id="05-use-hold-then-fall"
hold_then_fall = checks.use("05.hold_then_fall", hold_then_fall)

# %% [markdown] id="05-ema-text"
# The second is the **moving average** of G's weights (EMA; Yazıcı et al. 2019 study it for
# GANs). The two players circle each other, and the average lies nearer to the middle of the
# circle:
#
# $$\bar w \leftarrow d\, \bar w + (1 - d)\, w, \qquad d = 2^{-B/h}, \tag{5.12}$$
#
# with $B$ images a step and a half-life of $h$ images, so that a weight seen $h$ images
# ago counts half as much as the newest.
#
# {{exercise 05.ema_update}}
#
# Write the update in place, for two lists of tensors. `weights` are parameters that
# require a gradient; the average is not part of any graph.


# %% id="05-ex-ema-update" exercise="05.ema_update"
def ema_update(average, weights, decay):
    """Move each tensor of `average` towards its partner in `weights`, in place."""
    ### BEGIN SOLUTION
    for mean, weight in zip(average, weights, strict=True):
        mean.mul_(decay).add_(weight.detach(), alpha=1 - decay)
    ### END SOLUTION


# %% id="05-use-ema-update"
ema_update = checks.use("05.ema_update", ema_update)

# %% [markdown] id="05-latent-text"
# ## 8 · Sampling, interpolation, a walk
#
# `model.sample` draws from the averaged generator. Expect digits of every class.

# %% id="05-sample"
G = model.trained_generator()
plots.show(
    plots.image_grid(
        gan.sample(G, 64), columns=16, title="Sixty-four samples, not chosen"
    ),
    "Sixty-four generated digits; most can be read at once, a few are malformed.",
)

# %% [markdown] id="05-interpolate-text"
# Between two latents lies a path of pictures. The straight line
# $z(t) = (1-t)\,a + t\,b$ leaves the region the generator was trained on: for independent
# standard normal $a, b$ in $d$ dimensions
#
# $$\mathbb E\,\lVert z(t) \rVert^2 = d\,\bigl((1-t)^2 + t^2\bigr), \tag{5.13}$$
#
# half as much in the middle as at the ends. **Spherical interpolation** (Shoemake 1985; White
# 2016 for latents) keeps the length where $a$ and $b$ have the same, and passes between the
# two lengths otherwise; with $\omega$ the angle between $a$ and $b$,
#
# $$z(t) = \frac{\sin((1-t)\,\omega)}{\sin\omega}\,a + \frac{\sin(t\,\omega)}{\sin\omega}\,b. \tag{5.14}$$
#
# {{exercise 05.slerp}}
#
# Write (5.14) for many $t$ at once. For (nearly) parallel vectors $\sin\omega$ is 0 or
# close to it: fall back to the straight line there.


# %% id="05-ex-slerp" exercise="05.slerp"
def slerp(a, b, t):
    """Points [T, d] between a [d] and b [d] at the shares t [T], at equal angles."""
    ### BEGIN SOLUTION
    t = t[:, None]
    cosine = torch.dot(a / a.norm(), b / b.norm()).clamp(-1, 1)
    omega = torch.acos(cosine)
    if torch.sin(omega) < 1e-4:
        return (1 - t) * a + t * b
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(
        omega
    )
    ### END SOLUTION


# %% id="05-use-slerp"
slerp = checks.use("05.slerp", slerp)

# %% [markdown] id="05-rows-text"
# Expect smooth change in both rows. The straight line passes through the short latents of
# (5.13), so the two rows can differ in the middle. One pair of latents does not say which
# row is better.

# %% id="05-rows"
a, b = G.latents(2, torch.Generator().manual_seed(8))
t = torch.linspace(0, 1, 12, device=device)
paths = {"straight": torch.lerp(a, b, t[:, None]), "spherical": slerp(a, b, t)}
with torch.no_grad():
    rows = {name: G(z).cpu() for name, z in paths.items()}
plots.show(
    plots.labelled_rows(rows),
    "Two rows of twelve digits, the first digit changing step by step into the last.",
)

# %% [markdown] id="05-walk-text"
# A walk through several latents, as an animation of eight places at once.

# %% id="05-walk"
places = [G.latents(8, torch.Generator().manual_seed(seed)) for seed in (1, 2, 3, 1)]
t = torch.linspace(0, 1, 17, device=device)[:-1]
frames = []
for start, end in zip(places, places[1:], strict=False):
    paths = torch.stack(
        [slerp(a, b, t) for a, b in zip(start, end, strict=True)], dim=1
    )
    with torch.no_grad():
        frames += [G(z).cpu() for z in paths]
plots.show_animation(frames, 8, "Eight digits, each turning into others and back.")

# %% [markdown] id="05-resume-text"
# ## 9 · Checkpoints: stop today, go on tomorrow
#
# A checkpoint holds everything that the future depends on: both networks, both
# optimisers (Adam has a memory), the average, the random states and the position in the
# data. Then a run that was stopped and resumed ends with the *same bits* as one that
# never stopped. Expect `identical: True`.


# %% id="05-resume"
def train(steps, resume=False, file=None):
    """Train a small fresh GAN, or go on with the one in `file`."""
    training.seed_everything(1)
    small = gan.build("mlp-gan", "reference", device)
    batches = data.batches(digits, 64, seed=1, device=device)
    budget = training.Budget(steps=steps)
    options = {"checkpoint": file, "resume": resume, "progress": False}
    training.fit(small, batches, budget, **options)
    return torch.cat([w.flatten() for w in small.generator.parameters()])


straight_through = train(20)
train(10, file="runs/stopped.pt")
resumed = train(20, resume=True, file="runs/stopped.pt")
print("identical:", torch.equal(straight_through, resumed))

# %% [markdown] id="05-resume-after"
# On the command line the same is `aigc train dcgan --out runs/mine`, Ctrl-C, and
# `aigc train dcgan --out runs/mine --resume`.

# %% [markdown] id="05-report-text"
# ## 10 · How good is it?
#
# One report says it from several sides: FID and KID (distance of distributions),
# precision and density (do samples look real?), and recall and coverage (is all of the
# data reached?). It adds the balance of the classes and the near-copies of training
# images. It prints the **floor** (real training images in place of samples) and the
# **ceiling** (noise), since no single figure means anything without them.

# %% id="05-report"
count = 300 if training.fast_mode() else 10_000
report = metrics.report(model.sample(count), data=digits.name)
print(report)

# %% [markdown] id="05-report-after"
# Read each row between its floor and its ceiling.
#
# - **FID** is about 0.3, small beside the 116 of noise and still about seven times its floor.
# - **Precision** and **density** lie near their floors: a sample looks real nearly as often as
#   a real digit does.
# - **Recall** is 0.6 where real digits reach 0.92, and **coverage** 0.77 where they reach
#   0.95. About 40 % of the real digits lie outside the region that the samples surround.
# - **Inception score** (7.5 against 8.8) and **told apart** (0.64, where 0.5 is perfect) agree:
#   the set of samples can be told from a set of real digits.
# - The **classes** are nearly even, and **near-copies** are no more frequent than among real
#   digits that were not trained on.
#
# So the good FID hides that much of the variety is missing.

# %% [markdown] id="05-presets-text"
# ## 11 · Networks or settings?
#
# `reference` and `fast` differ in their networks *and* in their settings: learning rate,
# $\beta_1$, average, schedule. To tell the two apart, train a third model between them, the
# networks of `fast` with the settings of `reference`. Each takes 300 steps of 64 images, with
# the same data and the same measure; the time is printed beside. Predict the order first.


# %% id="05-presets-train"
def train_as(networks, settings, steps=300):
    """Train one preset's networks with one preset's settings; return samples."""
    training.seed_everything(7)
    nets = gan.recipe("dcgan", networks)
    chosen = gan.recipe("dcgan", settings).settings
    model = gan.GAN(nets.generator(), nets.discriminator(), device=device, **chosen)
    batches = data.batches(digits, 64, seed=7, device=device)
    budget = training.lesson(steps=steps)
    last = training.fit(model, batches, budget, progress=False).rows[-1]
    samples = model.sample(200 if training.fast_mode() else 5000).cpu()
    fid = metrics.fid(metrics.features(samples), real_features)
    print(
        f"networks of {networks:<10} settings of {settings:<10} {last['step']} steps,"
        f" {last['seconds']:3.0f} s: FID {fid:.1f}"
    )
    return samples


# %% id="05-presets-reference"
classic = train_as("reference", "reference")

# %% id="05-presets-between"
between = train_as("fast", "reference")

# %% id="05-presets-fast"
fast = train_as("fast", "fast")

# %% id="05-presets-look"
rows = {"reference": classic[:16], "mixed": between[:16], "fast": fast[:16]}
plots.show(
    plots.labelled_rows(rows),
    "Sixteen samples of each model after 300 steps. Reference: dark squares with a"
    " checkerboard in the middle. Mixed: a grey lattice. Fast: blurred light shapes on grey.",
)

# %% [markdown] id="05-presets-after"
# No model draws digits after 300 steps: these are three unfinished trainings, one run each.
# With the networks of `fast` the settings matter to the eye: with its own settings they have
# begun to draw strokes, with those of `reference` they have not. FID hardly sees that (139 and
# 137, both above the 116 of uniform noise), and gives the dark squares of `reference` by far
# the best figure. Probably that is because most pixels of a digit are black. So FID is not a
# guide between bad samples: look at them as well.
#
# The time says more. A step of `reference` takes several times as long as a step of
# `fast`, In the time of 300 of them `fast` takes more than a thousand; section 7 shows
# what it reaches after 2,000. For a training of a minute on a CPU that settles the
# choice. It does not say which networks are better after an equally long training.

# %% [markdown] id="05-claim-text"
# ## 12 · A claim to check
#
# Radford et al. (2016) found that Adam's usual momentum, $\beta_1 = 0.9$, made DCGAN
# training oscillate, and that 0.5 helped. Does that hold here? Predict the outcome, then
# run it: two seeds for each value, 600 steps each, everything else as in `fast`.


# %% id="05-claim-setup"
def claim(beta, seeds=(0, 1), steps=600):
    """FID for each seed after training with this beta_1."""
    scores = []
    for seed in seeds:
        training.seed_everything(seed)
        recipe = gan.recipe("dcgan", "fast")
        model = recipe.build(device, betas=(beta, 0.99))
        batches = data.batches(digits, recipe.batch_size, seed=seed, device=device)
        training.fit(model, batches, training.lesson(steps=steps), progress=False)
        samples = model.sample(200 if training.fast_mode() else 5000)
        scores.append(metrics.fid(metrics.features(samples), real_features))
    return scores


# %% id="05-claim-half"
print("beta_1 = 0.5: FID", [f"{fid:.1f}" for fid in claim(0.5)])

# %% id="05-claim-nine"
print("beta_1 = 0.9: FID", [f"{fid:.1f}" for fid in claim(0.9)])

# %% [markdown] id="05-claim-after"
# One of the two runs with 0.5 reaches a FID of 2. The other ends farther from real digits than
# uniform noise does (116 in section 10), and the runs with 0.9 end at about 120 and 70. The two
# seeds of *one* value differ more than the two values do, so these four runs neither confirm
# the claim nor refute it.
#
# They were also short. In 600 steps the learning rate of `fast` begins to fall at step 300,
# before it has risen fully (step 390). A fair test needs longer trainings and more seeds:
# chapter 06 takes ten of each and counts failures. What else would you vary before you
# believe the claim in general?

# %% [markdown] id="05-recap"
# ## What to take along
#
# - A transposed convolution stamps scaled kernels and adds the overlaps; it is the
#   transpose of a convolution, and a kernel that the stride divides covers evenly.
# - The step: teach $D$ on real images and detached fakes, then $G$ through a frozen $D$.
# - Losses show the balance of the players. Quality is measured on samples.
# - The recipe of this chapter adds a rising and falling learning rate and averaged weights.
# - A figure needs its floor, its ceiling, its $n$, and more than one seed. A good FID can
#   hide that part of the data is never drawn: read recall and coverage too.
#
# **Next** chapter 06, in which all of this goes wrong on purpose.
#
# ## References
#
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair,
#   A. Courville, Y. Bengio. Generative Adversarial Nets. NeurIPS 2014. The step and both
#   losses.
# - A. Radford, L. Metz, S. Chintala. Unsupervised Representation Learning with Deep
#   Convolutional Generative Adversarial Networks. ICLR 2016. The guidelines of section 3 and
#   the claim of section 12.
# - X. Chen, Y. Duan, R. Houthooft, J. Schulman, I. Sutskever, P. Abbeel. InfoGAN:
#   Interpretable Representation Learning by Information Maximizing Generative Adversarial
#   Nets. NeurIPS 2016. Small networks for MNIST with fully connected layers.
# - A. Odena, V. Dumoulin, C. Olah. Deconvolution and Checkerboard Artifacts. Distill, 2016.
#   Section 2.
# - S. Ioffe, C. Szegedy. Batch Normalization: Accelerating Deep Network Training by
#   Reducing Internal Covariate Shift. ICML 2015. (5.6).
# - M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter. GANs Trained by a
#   Two Time-Scale Update Rule Converge to a Local Nash Equilibrium. NeurIPS 2017. FID.
# - Y. Yazıcı, C.-S. Foo, S. Winkler, K.-H. Yap, G. Piliouras, V. Chandrasekhar. The Unusual
#   Effectiveness of Averaging in GAN Training. ICLR 2019. (5.12).
# - K. Shoemake. Animating Rotation with Quaternion Curves. SIGGRAPH 1985. (5.14).
# - T. White. Sampling Generative Networks. arXiv:1609.04468, 2016. Why latents are
#   interpolated on a sphere.
