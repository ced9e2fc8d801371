# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="05-title"
# # 05 · The DCGAN-MNIST project
#
# A generator made of transposed convolutions and a discriminator made of convolutions
# learn, against each other, to draw handwritten digits. You write the transposed
# convolution, both networks with their first weights, the losses and both halves of the
# training step. Then you train while you watch, read the curves, walk through the latent
# space, measure the samples and test a published claim.
#
# **You will be able to**
# - say what a transposed convolution computes, and predict its output size and its cost;
# - build the two networks of a DCGAN, and give a reason for each of its guidelines;
# - write both halves of the adversarial step, and name what breaks when a line is missing;
# - read a GAN's curves without being misled by its losses;
# - sample, interpolate, save, resume and evaluate a GAN, and compare two on equal terms.
#
# **Time** {{time}}.
#
# **Before this** chapter 00, and some
# PyTorch: modules, optimisers, `backward`.
#
# {{run card}}

# %% id="05-imports"
import inspect

import torch
from torch import nn

from aigc_course import checks, data, gan, metrics, plots, training, widgets

device = training.get_device("auto")
training.prepare(device)
training.seed_everything(5)

# %% [markdown] id="05-data-text"
# ## 1 · The data and its range
#
# `data.default()` gives MNIST where it is available, and otherwise a smaller set of real
# digits that comes with the course. It prints which of the two it is. Expect 28 × 28 grey
# images of single digits.

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
# To look at generated images you need the inverse map. Write the right half of (5.1) for
# a tensor of any shape. Values a little outside $[-1, 1]$ must end at 0 or 255.


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
# does the opposite. Its layer is the **transposed convolution** (转置卷积). Every input value
# puts a copy of the kernel, multiplied by that value, onto the output; we call this copy
# a stamp. The stamps start `stride` places apart, and where they overlap they are added.
# The first stamp starts at the first place of the output, and the last one ends at its
# last place.
#
# The next cell draws an example. Expect four stamps of the same shape that start two
# places apart. Each is as high as its input value makes it.

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
# Write this for one channel: `x` has $n$ values, `w` has $k$, and the stamps start $s$
# apart (`stride`). How long is the output?


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

# %% [markdown] id="05-tconv-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# The output has $(n-1)\,s + k$ values, and value $j$ collects what each stamp has there:
#
# $$y_j = \sum_i x_i \, w_{j - s i}. \tag{5.2}$$
#
# </details>

# %% [markdown] id="05-adjoint-text"
# Why is it called "transposed"? A convolution is a linear map, a matrix $C$ that acts on
# $u$. The layer above is $C^\top$. In other words, for all $u$ and $x$,
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
# How large does the layer make a picture? You have just found the length of one row
# without padding. PyTorch's layer also cuts `padding` values off *each* end. Then it adds
# `output_padding` values at one end. Write the side of the output. Then find on paper
# which paddings double the side exactly, for kernel 4 with stride 2 and for kernel 5
# with stride 2. The cell after your check tries one answer for each.


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

# %% [markdown] id="05-size-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\text{out} = (\text{in} - 1)\, s - 2\,\text{padding} + k + \text{output padding}. \tag{5.4}$$
#
# With $s = 2$ the side doubles when
# $k - 2 - 2\,\text{padding} + \text{output padding} = 0$.
#
# </details>

# %% [markdown] id="05-checkerboard-text"
# Both layers reach the sides 14 and 28. They differ in how evenly they cover the output.
# Stamp ones with a kernel of ones and count how many stamps each pixel receives. Expect
# an even field where the stride divides the kernel, and a checkerboard where it does not.

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
# With 5 × 5 and stride 2 the network has to learn weights that cancel this pattern (Odena
# et al. 2016). The `fast` networks of this course use 4 × 4.
#
# {{exercise 05.multiply_adds}}
#
# What does such a layer cost? Count the multiply-adds for one image: one multiply-add is
# one product that is added to one sum. Every pixel of every input channel is multiplied
# by every weight that leads from its channel. Do not correct for the borders, where
# padding cuts some of the products off. Biases multiply nothing and do not count.


# %% id="05-ex-multiply-adds" exercise="05.multiply_adds"
def multiply_adds(inputs, outputs, kernel, side_in):
    """Multiply-adds of one image [inputs, side_in, side_in] through the layer."""
    ### BEGIN SOLUTION
    return side_in**2 * inputs * outputs * kernel**2
    ### END SOLUTION


# %% id="05-use-multiply-adds"
multiply_adds = checks.use("05.multiply_adds", multiply_adds)

# %% [markdown] id="05-cost-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\text{cost} = \text{side}_\text{in}^2 \cdot C_\text{in} \cdot C_\text{out} \cdot k^2. \tag{5.5}$$
#
# </details>

# %% [markdown] id="05-upsample-text"
# There is an **alternative**: enlarge the maps first, by repeating each pixel, and then
# use an ordinary convolution (Odena et al. 2016). Every output pixel then uses every
# weight of its kernel, so away from the border the cover is even for any kernel. But the
# convolution works on the large picture, so it costs more. Count both layers for 128 → 64
# channels from side 7 to side 14, with 5 × 5 kernels. Expect a single number in the
# second list, and four times the cost.

# %% id="05-upsample"
enlarged = nn.functional.interpolate(ones, scale_factor=2)
smooth = nn.functional.conv2d(enlarged, torch.ones(1, 1, 5, 5), padding=2)
for name, cover in (("transposed 5 x 5", uneven), ("enlarge, then 5 x 5", smooth)):
    print(f"{name:<20}", sorted(set(cover[0, 0, 4:-4, 4:-4].flatten().tolist())))
print(multiply_adds(128, 64, 5, 14) / multiply_adds(128, 64, 5, 7), "times the cost")

# %% [markdown] id="05-nets-text"
# ## 3 · Two networks
#
# The generator maps a latent vector $z \sim \mathcal N(0, I)$ to an image; the
# discriminator maps an image to one **logit** (对数几率), the log-odds that it is real. What
# should stand in between? Radford et al. (2016) tried many networks and kept what trained
# steadily. The result is called **DCGAN**, a deep convolutional GAN. Its guidelines, with
# the reasons that the authors give:
#
# 1. **Strided convolutions instead of pooling**, in both networks. Pooling shrinks by a
#    fixed rule. A convolution with stride 2 *learns* how to shrink, and a transposed one
#    how to grow.
# 2. **Batch normalisation in both networks.** Without it their deep generators did not
#    begin to learn and drew one image for all latents. It is left out in G's last and D's
#    first layer, because there it made the samples oscillate.
# 3. **No fully connected hidden layers.** One matrix leads from $z$ to the first maps,
#    and one number is computed from D's last maps. Joining the highest maps directly to
#    input and output worked well. Averaging them made the training more stable and
#    slower.
# 4. **ReLU in G, with tanh at the end.** With a bounded output the network learnt faster
#    to fill the range of the colours.
# 5. **Leaky ReLU in D.** They report that it worked well. Probably this is because a ReLU
#    passes no gradient where its input is negative, and a leaky one passes a fifth of it.
#    $G$ learns from D's gradients only.
# 6. **First weights from $\mathcal N(0, 0.02^2)$**, and Adam with the learning rate
#    0.0002 and $\beta_1 = 0.5$ (section 12).
#
# What is measured here? Chapter 06 compares uses of batch normalisation with a small
# DCGAN, over {{study batch-norm separate seeds}} seeds each. The table has the FID
# (section 7; lower is better), as the mean over the seeds with its 95 % interval:
#
# | batch normalisation | mean FID | 95 % interval |
# | --- | --- | --- |
# | in both networks | {{study batch-norm separate fid mean}} | {{study batch-norm separate fid interval}} |
# | in $G$ only | {{study batch-norm none-in-d fid mean}} | {{study batch-norm none-in-d fid interval}} |
# | in neither | {{study batch-norm none fid mean}} | {{study batch-norm none fid interval}} |
#
# So batch normalisation in $G$ helps here. The first two intervals overlap, so these
# runs do not show whether it helps in $D$ too. The effects of the other guidelines, one
# by one, are not measured here.
#
# Now build the two networks of many tutorials. They follow these guidelines, except that
# this $D$ has no batch normalisation.
#
# {{exercise 05.dcgan_generator}}
#
# Return a network from latents $[N, 100]$ to images $[N, 1, 28, 28]$ in $[-1, 1]$:
#
# | step | makes | how |
# | --- | --- | --- |
# | 1 | 256 maps of 7 × 7 | one fully connected layer, reshaped to maps |
# | 2 | 128 maps of 7 × 7 | transposed convolution, 5 × 5, stride 1 |
# | 3 | 64 maps of 14 × 14 | transposed convolution, 5 × 5, stride 2 |
# | 4 | 1 image of 28 × 28 | transposed convolution, 5 × 5, stride 2, then tanh |
#
# After each of the steps 1 to 3 come a batch normalisation of the maps, with its usual
# gains and shifts, and then a ReLU. The layers of these steps have no bias; the layer of
# step 4 has one. There is nothing else in the network, so no dropout. Use (5.4) for the
# paddings. The first weights come two exercises later.


# %% id="05-ex-dcgan-generator" exercise="05.dcgan_generator"
def dcgan_generator():
    """A network from latents [N, 100] to images [N, 1, 28, 28] in [-1, 1]."""
    ### BEGIN SOLUTION
    layers = [nn.Linear(100, 256 * 7 * 7, bias=False), nn.Unflatten(1, (256, 7, 7))]
    for inputs, outputs, stride in ((256, 128, 1), (128, 64, 2), (64, 1, 2)):
        layers += [nn.BatchNorm2d(inputs), nn.ReLU()]
        kernel = {"stride": stride, "padding": 2, "output_padding": stride - 1}
        last = outputs == 1
        layers += [nn.ConvTranspose2d(inputs, outputs, 5, **kernel, bias=last)]
    return nn.Sequential(*layers, nn.Tanh())
    ### END SOLUTION


# %% id="05-use-dcgan-generator"
dcgan_generator = checks.use("05.dcgan_generator", dcgan_generator)

# %% [markdown] id="05-discriminator-net-text"
# {{exercise 05.dcgan_discriminator}}
#
# Return a network from images $[N, 1, 28, 28]$ to logits $[N, 1]$. Two convolutions, 5 ×
# 5 with stride 2, make 64 maps of 14 × 14 and then 128 maps of 7 × 7. After each come a
# leaky ReLU of slope 0.2 and **dropout** (随机失活) with probability 0.3. In training each
# single value becomes 0 with that probability, and the others are divided by 0.7. In
# evaluation dropout does nothing. The maps are flattened, and one linear layer makes the
# logit. All three layers have biases. There is no sigmoid, no normalisation and no
# pooling. The classic pair has dropout in $D$ where the authors of DCGAN have batch
# normalisation.


# %% id="05-ex-dcgan-discriminator" exercise="05.dcgan_discriminator"
def dcgan_discriminator():
    """A network from images [N, 1, 28, 28] to logits [N, 1]."""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(1, 64, 5, stride=2, padding=2),  # [N, 64, 14, 14]
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Conv2d(64, 128, 5, stride=2, padding=2),  # [N, 128, 7, 7]
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Flatten(),  # [N, 6272]
        nn.Linear(128 * 7 * 7, 1),
    )
    ### END SOLUTION


# %% id="05-use-dcgan-discriminator"
dcgan_discriminator = checks.use("05.dcgan_discriminator", dcgan_discriminator)

# %% [markdown] id="05-init-text"
# {{exercise 05.init_weights}}
#
# PyTorch draws first weights whose size depends on the layer. DCGAN draws every matrix
# and every kernel from $\mathcal N(0, 0.02^2)$, so with the standard deviation 0.02.
# Write a function that does this in place for any network. The function draws the weights
# of every `nn.Linear`, `nn.Conv2d` and `nn.ConvTranspose2d`, however deeply they are
# nested, and sets the biases of these layers to 0. Some layers have no bias. Leave
# normalisations as they are, and do not set a seed.


# %% id="05-ex-init-weights" exercise="05.init_weights"
def init_weights(network):
    """Draw all matrices and kernels from N(0, 0.02^2), biases 0, in place."""
    ### BEGIN SOLUTION
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    ### END SOLUTION


# %% id="05-use-init-weights"
init_weights = checks.use("05.init_weights", init_weights)

# %% [markdown] id="05-own-nets-text"
# Make a pair, and print the shape after each layer that changes it. Expect the side of
# the generator's maps to grow from 7 to 14 and 28. The side of the discriminator's maps
# shrinks from 14 to 7.


# %% id="05-own-nets"
def shapes(network, x):
    """Print the shape after each layer that changes it."""

    def tell(layer, given, made):
        if given[0].shape != made.shape:
            print(f"{type(layer).__name__:<16}{list(made.shape[1:])}")

    layers = [m for m in network.modules() if not list(m.children())]
    hooks = [layer.register_forward_hook(tell) for layer in layers]
    network(x)
    for hook in hooks:
        hook.remove()


generator, discriminator = dcgan_generator(), dcgan_discriminator()
for network in (generator, discriminator):
    init_weights(network)
shapes(generator, torch.randn(2, 100))
print("----")
shapes(discriminator, real[:2])

# %% [markdown] id="05-field-text"
# On which part of the image does one number on D's 7 × 7 maps depend? This part is its
# **receptive field** (感受野). Take two layers like those of $D$ with all weights 1, and
# find the pixels on which the middle number depends. In one direction a number of the
# first layer depends on 5 pixels. A number of the second layer depends on 5 of those,
# which are 2 pixels apart, so on $5 + 4 \cdot 2 = 13$ pixels. Expect a square of 13 × 13.

# %% id="05-field"
picture, kernel = torch.zeros(1, 28, 28, requires_grad=True), torch.ones(1, 1, 5, 5)
maps = nn.functional.conv2d(picture, kernel, stride=2, padding=2)
maps = nn.functional.conv2d(maps, kernel, stride=2, padding=2)  # [1, 7, 7]
maps[0, 3, 3].backward()
rows, columns = (picture.grad[0].sum(dim=i) > 0 for i in (1, 0))
print(f"{int(rows.sum())} x {int(columns.sum())} pixels of 28 x 28")

# %% [markdown] id="05-nets-preset-text"
# The package has two presets. `reference` is nearly the pair that you built. It has leaky
# ReLUs of slope 0.3 in both networks and PyTorch's own first weights. Its first batch
# normalisation treats each of the 12,544 numbers separately instead of each map. `fast`
# trains in a minute on one CPU core. Here is its whole generator.

# %% id="05-nets-print"
print(gan.DCGANGenerator().net)

# %% [markdown] id="05-nets-guidelines"
# `fast` keeps the maps narrow and has fully connected layers instead, as the MNIST
# networks of InfoGAN have (Chen et al. 2016). There are three in the generator before the
# one that makes the maps, and one in the discriminator. The table compares the three
# pairs with the guidelines:
#
# | guideline | yours | `reference` | `fast` |
# | --- | --- | --- | --- |
# | strides instead of pooling | yes | yes | yes |
# | batch normalisation in both, except G's last and D's first layer | only in G | only in G | yes |
# | no fully connected hidden layers | yes | yes | **no** |
# | ReLU in G with tanh at the end | yes | leaky in G | yes |
# | leaky ReLU in D | yes | yes | yes |
# | first weights from $\mathcal N(0, 0.02^2)$ | yes | no | yes |
# | Adam with $\beta_1 = 0.5$ | yes, in section 5 | no, 0.9 | yes |
#
# So `fast` does not follow guideline 3. What does that cost? A kernel uses each of its
# weights at many places. A fully connected layer has only one multiply-add for each
# weight.
#
# **Predict.** How many times as many multiply-adds does the `reference` generator need for
# one image as the `fast` one? Count *all* layers of both. Give a number.

# %% id="05-cost-predict"
checks.predict("05.cost", ..., unit="times")

# %% id="05-nets-cost"
sides, costs = {"reference": (7, 7, 14), "fast": (7, 14)}, {}
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
    costs[preset] = maps + full
    print(
        f"{preset:<10} transposed {maps / 1e6:5.2f} + fully connected {full / 1e6:.2f}"
        f" = {(maps + full) / 1e6:5.2f} million multiply-adds an image"
    )
checks.measured("05.cost", costs["reference"] / costs["fast"])

# %% [markdown] id="05-nets-cost-after"
# Fully connected layers hold 99 % of the weights of `fast`. For pictures of 28 × 28 that
# is affordable: all of them together cost less than one million multiply-adds. For larger
# pictures it would not be, since such a layer has a weight for each pair of an input and
# an output number. Section 11 measures what each preset reaches in the same number of
# steps.

# %% [markdown] id="05-norm-text"
# Between the layers stands **batch normalisation** (批归一化; Ioffe & Szegedy 2015). It
# brings each channel to mean 0 and variance 1 over all images and places of the batch.
# Then it scales and shifts the channel by learned numbers,
#
# $$\hat y = \gamma\, \frac{y - \mu_B}{\sqrt{\sigma_B^2 + \varepsilon}} + \beta. \tag{5.6}$$
#
# A $D$ with batch normalisation, like that of `fast`, normalises by the batch that it is
# given. Suppose that it learns on mixed batches of real and generated images. In G's turn
# it is given generated images alone, and then it computes another function (chapter 06,
# case E). So real and generated images pass through $D$ separately, in D's turn as in
# G's.
#
# A layer that is followed by a normalisation needs no bias, because $\mu_B$ removes it. Add
# 100 to every value and compare: expect two equal columns.

# %% id="05-norm"
y = 5 + 3 * torch.randn(6, 1)
with_bias = nn.BatchNorm1d(1)(y + 100)
print(torch.cat([nn.BatchNorm1d(1)(y), with_bias], dim=1).detach())

# %% [markdown] id="05-untrained-text"
# What does your untrained generator draw? In evaluation mode its fresh normalisations
# change almost nothing, and its weights are small. So all images are nearly the same
# grey. Subtract the mean image, and stretch the rest to the whole range. Expect noise
# that random filters have smoothed, with the grid of a stride of 2.

# %% id="05-untrained"
with torch.no_grad():
    untrained = generator.eval()(torch.randn(16, 100))
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
# the **non-saturating** form. Its slope in the logit stays near −1 when the discriminator
# wins. The slope of $\mathbb E_z[\log(1 - D(G(z)))]$ goes to 0 there. If the losses are
# computed from probabilities, $\log$ meets 0 as soon as a probability is rounded to 0
# or 1. Computed from logits they are safe, because
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
# Which values of the losses should you know when you read curves? D's output is called
# its **belief** (判别器输出概率): the probability that it gives to "this image is real". Suppose
# $D$ gives every real image the belief $b_r$ and every generated one $b_f$. Which losses
# (5.7) and (5.8) result? Return both. When $D$ cannot tell at all, they should be
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
# The better $D$ separates, the smaller $L_D$ and the larger $L_G$ are. So a *rising*
# generator loss says that D's belief in the fakes falls. It does not say whether the
# pictures have become worse.

# %% [markdown] id="05-step-text"
# ## 5 · The adversarial step
#
# One step trains $D$, and then $G$:
#
# 1. draw latents, generate fakes;
# 2. $D$: lower (5.7) on real images and fakes, without touching $G$;
# 3. $G$: lower (5.8) through $D$, without touching $D$.
#
# {{exercise 05.discriminator_step}}
#
# `optimizer` holds D's weights. Do one update of $D$ and return the loss as it was before
# the update. No gradient may reach $G$, and no gradient of an earlier step may be added.


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
# `optimizer` holds G's weights. Do one update of $G$ with (5.8) and return the loss as it
# was before the update. The gradient has to flow *through* $D$ into $G$. D's weights stay
# as they are.


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

# %% [markdown] id="05-own-loop-text"
# Your two networks and your two functions are a complete GAN. Only the loop is missing,
# and it has four lines. The settings of Adam are those of Radford et al. (2016), whose
# batches had 128 images. Two hundred steps of 64 images take about a minute on two CPU
# cores. Expect thick white strokes on black, which are not yet digits, and images that
# are much alike.

# %% id="05-own-loop"
training.seed_everything(5)
G, D = dcgan_generator().to(device), dcgan_discriminator().to(device)
for network in (G, D):
    init_weights(network)
g_adam, d_adam = (
    torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (G, D)
)
batches = data.batches(digits, batch_size=64, seed=0, device=device)
for _ in range(10 if training.fast_mode() else 200):
    z = torch.randn(2, 64, 100, device=device)  # fresh latents for each turn
    discriminator_step(G, D, d_adam, next(batches), z[0])
    generator_step(G, D, g_adam, z[1])

# %% id="05-own-loop-look"
with torch.no_grad():
    drawn = G.eval()(torch.randn(32, 100, device=device)).cpu()
plots.show(
    plots.image_grid(drawn, columns=16, title="Drawn by your networks and your loop"),
    "Thirty-two images of thick white strokes on black, nearly all of one shape.",
)

# %% [markdown] id="05-own-loop-after"
# After 200 steps $G$ draws white strokes on black, and its images hardly differ. This
# training is unfinished: 200 batches are a fifth of the training set. Each step of these
# networks is slow on a CPU, so from here on the chapter uses `fast`. If you have a GPU,
# give your own pair 20,000 steps.

# %% [markdown] id="05-find-text"
# Now find the same lines in the package. `gan.GAN.step` is algorithm 1 of Goodfellow et
# al. (2014); `d_steps` is the $k$ of the paper, 1 here. Two things are added. The
# generated images (fakes) are drawn once and used in both halves, and `frozen` switches
# off the gradients of D's weights while $G$ learns. `descend` is `zero_grad`, `backward`
# and `step` of Adam. The two losses are separate functions; chapter 06 opens
# `discriminator_loss`, where penalties enter.

# %% id="05-find"
print(inspect.getsource(gan.GAN.step))

# %% [markdown] id="05-loop-page-text"
# The training loop calls the step. The next cell has the whole loop, in eight lines.
# `training.fit` runs the same lines and adds six parts:
#
# 1. a bar with the values and the time left;
# 2. a history: a row of means for every ten steps, fetched from the device at once;
# 3. pictures from fixed latents, and a health monitor that says in words what is wrong;
# 4. checkpoints, from which a training continues exactly as if it had not been stopped;
# 5. a safe end: Ctrl-C saves, and after a value that is not finite the last good weights
#    are restored;
# 6. speed: bfloat16 where it is faster, and as many threads as the steps are fastest with.
#
# In a training that is not interrupted only bfloat16 changes the numbers, because it
# rounds them more coarsely. The cell switches it off. Both loops below start from the
# same seed. Expect `identical: True`.


# %% id="05-loop-page"
def loop(model, batches, steps):
    """The training loop with nothing around it; returns the values of each step."""
    history = []
    for step in range(steps):
        model.anneal(step / steps)  # the learning rates of this moment
        seen = model.step(next(batches))
        history.append({name: value.item() for name, value in seen.items()})
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
# Now `training.fit` trains the `fast` DCGAN. Every picture is made from the same latents,
# so you can follow single digits while they take shape. 2,000 steps of 64 images take
# about a minute on one CPU core. Expect grey noise, then blobs, then digits.

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
# The values of the training are in `history`, in a row for every ten steps. It also
# keeps the messages of the health monitor. The monitor writes one when $D$ has won,
# when $G$ draws nearly identical images, or when a value is not finite.

# %% id="05-train-history"
print(
    f"{history.rows[-1]['step']:,} steps, monitor: {history.messages or 'no complaints'}"
)

# %% [markdown] id="05-curves-text"
# ## 7 · What the curves say, and what they do not
#
# Expect both losses to swing in the first quarter, and then to drift a little, as the
# learning rate falls. $D$ keeps a small lead: $D(x)$ stays above one half and $D(G(z))$
# below.
#
# **Predict.** The images improve until the end. Compare G's mean loss in the last quarter
# of the training with that in the first. Does it rise, fall, or stay within a tenth?

# %% id="05-curves-predict"
checks.predict("05.g-loss", ..., options=("rises", "falls", "stays"))

# %% id="05-curves"
plots.show(
    plots.training_curves(history),
    "Left, the losses of D and G over the steps; right, D's mean belief in real images"
    " (above one half) and in generated ones (below), both noisy and nearly level after"
    " the start.",
)
loss = torch.tensor([row["G"] for row in history.rows])
quarter = max(1, len(loss) // 4)
change = float(loss[-quarter:].mean() / loss[:quarter].mean() - 1)
print(f"G's loss changes by {change:+.0%} from the first quarter to the last")
moved = "rises" if change > 0 else "falls"
checks.measured("05.g-loss", "stays" if abs(change) < 0.1 else moved)

# %% [markdown] id="05-fid-text"
# The loss of $G$ changed by about a tenth, so the measured answer is close to the limit
# between "stays" and "falls". Meanwhile the pictures became much better. To measure
# that, compare the thousand samples of each picture with the real test images. The
# measure is the **Fréchet distance** of their features (FID, Heusel et al. 2017;
# chapter 07 derives it). Expect it to stay or even to rise while there is only noise,
# and then to fall by orders of magnitude. The losses above changed by tenths only. (The
# axis is logarithmic.)
#
# Two remarks on the number. The features are those of our own network that reads digits,
# so it cannot be compared with published figures. And FID depends on the number of
# samples: 1,000 here, 10,000 in section 10 and 5,000 in sections 11 and 12. Compare small
# values within a section only. (With few samples FID is a little larger; beside a value
# near 100 this is negligible.)

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
# So the losses of a GAN show whether the two players are balanced. They do not show how
# good the pictures are. Levels near (5.10) mean that $D$ can hardly tell real from
# generated. $D(x) \to 1$ and $D(G(z)) \to 0$ mean that $D$ has won: its output hardly
# depends on where the fakes lie. The minimax loss would then give $G$ hardly any
# gradient. The non-saturating loss still gives one, but it points where D's logit happens
# to rise. Everything else has to be measured on samples.
#
# Two more devices were used for those pictures. The first is a falling **learning rate**
# (学习率) $\eta$. Let $p$ be the share of the training that is done. Until $p = h$ (`hold`)
# the rate has its full value $\eta_0$. Then it falls linearly, and at $p = 1$ it is
# $f\,\eta_0$ (`final`). For $p > 1$ it stays there.
#
# {{exercise 05.hold_then_fall}}
#
# Find the factor $\eta(p)/\eta_0$ for every $p \ge 0$, and return it. (The `fast` recipe
# also lets the rate rise from 0 over the first 25,000 images, about 390 steps of 64. In
# the search for this recipe, some seeds failed in the first few hundred steps when the
# rise was shorter.)


# %% id="05-ex-hold-then-fall" exercise="05.hold_then_fall"
def hold_then_fall(progress, hold=0.5, final=0.05):
    """Factor on the learning rate at this share of the training."""
    ### BEGIN SOLUTION
    fall = min(max(0.0, progress - hold) / (1 - hold), 1.0)
    return 1 - (1 - final) * fall
    ### END SOLUTION


# %% id="05-use-hold-then-fall"
hold_then_fall = checks.use("05.hold_then_fall", hold_then_fall)

# %% [markdown] id="05-hold-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\eta(p) = \eta_0 \Bigl(1 - (1 - f)\,\frac{\max(0, p - h)}{1 - h}\Bigr), \qquad 0 \le p \le 1. \tag{5.11}$$
#
# </details>

# %% [markdown] id="05-ema-text"
# The second is the **exponential moving average** (EMA, 指数滑动平均) of G's weights. Yazıcı et
# al. (2019) study it for GANs. If the two players move in a circle, the average lies
# nearer to its centre. At each step the average keeps the share $d$ of itself, the
# **decay**, and the rest comes from the newest weights. So weights of earlier steps fade:
# those of $n$ steps ago count $d^n$ times as much as the newest.
#
# {{exercise 05.ema_update}}
#
# Write the update in place, for two lists of tensors. `weights` are parameters that
# require a gradient; the average is not part of any graph. Then answer on paper: a step
# uses $B$ images. Which $d$ halves the influence of weights after $h$ images?


# %% id="05-ex-ema-update" exercise="05.ema_update"
def ema_update(average, weights, decay):
    """Move each tensor of `average` towards its partner in `weights`, in place."""
    ### BEGIN SOLUTION
    for mean, weight in zip(average, weights, strict=True):
        mean.mul_(decay).add_(weight.detach(), alpha=1 - decay)
    ### END SOLUTION


# %% id="05-use-ema-update"
ema_update = checks.use("05.ema_update", ema_update)

# %% [markdown] id="05-ema-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$\bar w \leftarrow d\, \bar w + (1 - d)\, w, \qquad d = 2^{-B/h}. \tag{5.12}$$
#
# After $h/B$ steps the factor is $d^{h/B} = \frac12$. The `fast` recipe has $h = 100{,}000$
# images.
#
# </details>

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
# Which pictures lie between two latents $a$ and $b$? The straight line
# $z(t) = (1-t)\,a + t\,b$ leaves the region on which the generator was trained. For
# independent standard normal $a, b$ in $d$ dimensions
#
# $$\mathbb E\,\lVert z(t) \rVert^2 = d\,\bigl((1-t)^2 + t^2\bigr), \tag{5.13}$$
#
# half as much in the middle as at the ends. **Spherical interpolation** (球面插值; Shoemake
# 1985; White 2016 for latents) keeps the length where $a$ and $b$ have the same length.
# Two random latents of many dimensions are nearly at right angles. For them the length
# passes from the one to the other. With $\omega$ the angle between $a$ and $b$,
#
# $$z(t) = \frac{\sin((1-t)\,\omega)}{\sin\omega}\,a + \frac{\sin(t\,\omega)}{\sin\omega}\,b. \tag{5.14}$$
#
# {{exercise 05.slerp}}
#
# Write (5.14) for many $t$ at once. For vectors that are (nearly) parallel or opposite,
# $\sin\omega$ is 0 or close to it. Return the straight line there.


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
# The next cell walks through several latents. The animation shows eight walks at once.

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
# A checkpoint holds everything on which the rest of the training depends. These are both
# networks, both optimisers (Adam keeps running means), the average, the random states and
# the position in the data. Then a run that was stopped and resumed ends with the *same
# bits* as one that never stopped. Expect `identical: True`.


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
# On the command line, start with `aigc train dcgan --out runs/mine`, stop with Ctrl-C,
# and resume with `aigc train dcgan --out runs/mine --resume`.

# %% [markdown] id="05-report-text"
# ## 10 · How good is it?
#
# One report answers with several measures. FID and KID are distances of distributions.
# Precision and density ask whether samples look real, and recall and coverage whether all
# of the data is reached. The report adds the balance of the classes and the near-copies
# of training images. It also prints the **floor** (real training images in place of
# samples) and the **ceiling** (noise). Without these two a single figure says little.

# %% id="05-report"
count = 300 if training.fast_mode() else 10_000
report = metrics.report(model.sample(count), data=digits.name)
print(report)

# %% [markdown] id="05-report-after"
# Read each row between its floor and its ceiling.
#
# - **FID** is about 0.3. That is small beside the 116 of noise, and still about seven
#   times its floor.
# - **Precision** and **density** lie near their floors: a sample looks real nearly as
#   often as a real digit does.
# - **Recall** is 0.6 where real digits reach 0.92, and **coverage** 0.77 where they reach
#   0.95. About 40 % of the real digits lie outside the region that the samples surround.
# - **Inception score** (7.5, where real digits have 8.8) and **told apart** (0.64, where
#   0.5 is perfect) agree. The set of samples can be told from a set of real digits.
# - The **classes** are nearly even, and **near-copies** are no more frequent than among
#   real digits that were not trained on.
#
# So a good FID can hide that much of the variety is missing.

# %% [markdown] id="05-presets-text"
# ## 11 · Networks or settings?
#
# `reference` and `fast` differ in their networks *and* in their settings: learning rate,
# $\beta_1$, average, schedule. To separate the two effects, train a third model, the
# networks of `fast` with the settings of `reference`. Each model takes 300 steps of 64
# images, with the same data and the same measure. The time is printed as well.
#
# **Predict.** Which of the three has the lowest FID after 300 steps: `reference`, `mixed`
# (the networks of `fast` with the settings of `reference`), or `fast`?

# %% id="05-presets-predict"
checks.predict("05.presets", ..., options=("reference", "mixed", "fast"))


# %% id="05-presets-train"
reached = []  # the FID of each model


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
    reached.append(fid)
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
order = dict(zip(reached, ("reference", "mixed", "fast"), strict=True))
checks.measured("05.presets", order[min(reached)])

# %% id="05-presets-look"
rows = {"reference": classic[:16], "mixed": between[:16], "fast": fast[:16]}
plots.show(
    plots.labelled_rows(rows),
    "Sixteen samples of each model after 300 steps. Reference: dark squares with a"
    " checkerboard in the middle. Mixed: a grey lattice. Fast: blurred light shapes on grey.",
)

# %% [markdown] id="05-presets-after"
# No model draws digits after 300 steps: these are three unfinished trainings, one run
# each. With the networks of `fast` the settings make a visible difference. With their own
# settings these networks have begun to draw strokes; with those of `reference` they have
# not. FID hardly shows that: it is 139 and 137, both above the 116 of uniform noise. It
# gives the dark squares of `reference` by far the best figure. Probably that is because
# most pixels of a digit are black. So FID is not a guide between bad samples: look at
# them as well.
#
# The dark squares do not show that the classic networks are bad either. With DCGAN's
# settings your own pair drew strokes after 200 steps (section 5). Your pair has ReLUs in
# $G$ and other first weights, and Adam had twice the learning rate and $\beta_1 = 0.5$.
# Which of these matters is not measured here.
#
# The time is clearer. A step of `reference` takes several times as long as a step of
# `fast`. In the time of 300 steps of `reference`, `fast` makes more than a thousand
# steps; section 7 shows what it reaches after 2,000. For a training of a minute on a CPU
# this decides the choice. It does not say which networks are better after equally many
# steps.

# %% [markdown] id="05-claim-text"
# ## 12 · A claim to check
#
# Radford et al. (2016) found that Adam's usual momentum, $\beta_1 = 0.9$, made DCGAN
# training oscillate, and that 0.5 helped. Does that hold here? The cells below run two
# seeds for each value, with 600 steps each. Everything else is as in `fast`.
#
# **Predict.** Two runs with $\beta_1 = 0.5$ differ in their seed only. By how much will
# their FIDs differ? Give a number. (The FID of noise is about 116, that of the model of
# section 6 less than 1.)

# %% id="05-claim-predict"
checks.predict("05.seeds", ..., unit="FID")


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
half = claim(0.5)
print("beta_1 = 0.5: FID", [f"{fid:.1f}" for fid in half])
checks.measured("05.seeds", abs(half[0] - half[1]))

# %% id="05-claim-nine"
print("beta_1 = 0.9: FID", [f"{fid:.1f}" for fid in claim(0.9)])

# %% [markdown] id="05-claim-after"
# One of the two runs with 0.5 reaches a FID of 2. The other ends with a larger FID than
# uniform noise has (116 in section 10). The runs with 0.9 end at about 120 and 70. The
# two seeds of *one* value differ more than the two values do, so these four runs neither
# confirm the claim nor refute it.
#
# The runs were also short. In 600 steps the learning rate of `fast` begins to fall at
# step 300, before it has risen fully (step 390). A fair test needs longer trainings and
# more seeds. Chapter 06 takes ten seeds for most of its recipes and counts the failures.
# What else would you vary before you believe the claim in general?
#
# Here are all your predictions of this chapter beside what was measured.

# %% id="05-predictions"
checks.predictions("05")

# %% [markdown] id="05-recap"
# ## What to take along
#
# - A transposed convolution stamps scaled kernels and adds the overlaps. It is the
#   transpose of a convolution. Its cover is even if the stride divides the kernel.
# - A DCGAN has strided convolutions in place of pooling, no fully connected hidden
#   layers, ReLU in $G$ and leaky ReLU in $D$. It has batch normalisation except in G's
#   last and D's first layer, and its first weights come from $\mathcal N(0, 0.02^2)$.
# - One step trains $D$ on real images and detached fakes, and then $G$ through $D$, whose
#   weights stay as they are.
# - The losses show the balance of the players. Quality has to be measured on samples.
# - The recipe of this chapter adds a learning rate that rises and falls, and averaged
#   weights.
# - A figure needs its floor, its ceiling, its $n$, and more than one seed. A good FID can
#   hide that part of the data is never drawn: read recall and coverage too.
#
# **Next** chapter 06 shows trainings that fail, and repairs them.
#
# ## References
#
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair,
#   A. Courville, Y. Bengio. Generative Adversarial Nets. NeurIPS 2014. The step and both
#   losses.
# - A. Radford, L. Metz, S. Chintala. Unsupervised Representation Learning with Deep
#   Convolutional Generative Adversarial Networks. ICLR 2016. The guidelines of section 3
#   and the claim of section 12.
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
