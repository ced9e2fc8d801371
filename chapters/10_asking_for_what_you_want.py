# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="10-title"
# # 10 · Asking for what you want
#
# A generator that draws *some* digit is of little use. A generator that draws the digit
# you asked for, as thick and as slanted as you asked, is a tool. This chapter builds
# three conditional GANs and a conditional VAE. It then sets thickness and slant in two
# ways: by directions in the latent space of a trained model, and by conditions given in
# training. Each time it asks two questions: how much of what was asked for was
# obtained, and how much do the samples still vary?
#
# **You will be able to**
# - turn a GAN and a VAE into conditional models, and say what a condition changes in their
#   objectives;
# - build a conditional generator and a projection discriminator, and train them with a
#   step of your own;
# - compare three ways for a discriminator to look at a label, and name the bias of one;
# - measure control: labels by an independent classifier, thickness and slant by moments;
# - find a direction in a latent space, and trade variety for quality by truncation;
# - turn a sentence into a request, and refuse what is not understood.
#
# **Time** {{time}}.
#
# **Before this**
# chapters 05, 07 and 08.
#
# {{run card}}

# %% id="10-imports"
import torch
from torch import nn

from aigc_course import checks, control, data, gan, metrics, models, plots, studies
from aigc_course import training
from aigc_course.errors import CourseError

device = training.get_device("auto")
training.prepare(device)
training.seed_everything(10)

# %% id="10-data"
digits = data.default()
test = data.load(digits.name, "test")
n = 200 if training.fast_mode() else 3000
reference, others = data.parts(test, n, n, seed=10)
real_features = metrics.features(reference.images)
print(f"{len(digits):,} digits with labels; {digits.source}")

# %% [markdown] id="10-objective-text"
# ## 1 · One game for each label
#
# Let every image $x$ come with a condition $y$, here its class. We no longer want $p(x)$
# but all the $p(x \mid y)$ at once. Give both players the condition, and the game of
# chapter 02 becomes (Mirza and Osindero 2014, equation 2)
#
# $$\min_G \max_D\; \mathbb E_{x, y}\bigl[\log D(x, y)\bigr] + \mathbb E_{z, y}\bigl[\log\bigl(1 - D(G(z, y), y)\bigr)\bigr]. \tag{10.1}$$
#
# Both expectations draw $y$ from the same distribution, the labels of the data. So it is
# one game for each label, weighted by how common the label is, and each has the optimum
# that you know:
#
# $$D^*(x, y) = \frac{p(x \mid y)}{p(x \mid y) + q(x \mid y)}. \tag{10.2}$$
#
# A generator that draws beautiful sevens when asked for threes has not solved it: for
# $y = 3$ its $q(x \mid y)$ is wrong.
#
# {{exercise 10.with_condition}}
#
# How do you give a class to a network? It becomes one more part of the input, beside
# the noise: a one-hot row, which is 1 at the class and 0 elsewhere. Write that input
# for a whole batch.


# %% id="10-ex-with-condition" exercise="10.with_condition"
def with_condition(z, labels, classes):
    """Latents [N, d] with the labels' one-hot rows behind: [N, d + classes]."""
    ### BEGIN SOLUTION
    marks = nn.functional.one_hot(labels, classes)
    return torch.cat([z, marks.to(z)], dim=1)
    ### END SOLUTION


# %% id="10-use-with-condition"
with_condition = checks.use("10.with_condition", with_condition)

# %% [markdown] id="10-input-text"
# The course's conditional generator is the one of chapter 05 with ten more inputs.
# Before any training it returns nearly flat grey images, so the contrast below is
# stretched until the largest value is white. The second row shows how each image
# differs from the mean of the ten, stretched in the same way. Expect nearly the same
# texture ten times in the first row, ten different ones in the second, and no digit.
# The label already changes the image, but it does not mean anything yet.

# %% id="10-input"
untrained = gan.ConditionalGenerator().eval()
same_noise = torch.randn(1, untrained.latent).expand(10, -1)
with torch.no_grad():
    images = untrained(with_condition(same_noise, torch.arange(10), 10))
change = images - images.mean(0)
print(
    f"largest pixel {images.abs().max():.1e}, largest change {change.abs().max():.1e}"
)
plots.show(
    plots.labelled_rows(
        {
            "images": images / images.abs().max(),
            "differences": change / change.abs().max(),
        }
    ),
    "Two rows of ten grey squares, one for each label: in the first nearly the same texture"
    " ten times, in the second ten different ones. No square shows a digit.",
)

# %% [markdown] id="10-generator-text"
# {{exercise 10.conditional_generator}}
#
# Now build a conditional generator of your own. It is a module that is called as
# `G(z, labels)`, with latents [N, latent] and labels int [N]. It returns images [N, 1,
# 28, 28]. Pixels lie in $[-1, 1]$ whatever the weights are, and can be negative. Each
# label has weights of its own, a gradient reaches every weight, and what a label
# changes in the image depends on the noise. In evaluation mode an image depends on its
# own latents and label only. It does not depend on the rest of the batch or on further
# random numbers. The new module is in training mode, and its weights differ from label
# to label, so that another label already gives another image. The kinds of layers,
# their number and their widths are your choice. Use at most 400,000 weights for 64
# latents and 10 classes, so that the training of section 3 is quick. The check looks at
# what the module does and not at how it is written.


# %% id="10-ex-conditional-generator" exercise="10.conditional_generator"
def conditional_generator(latent, classes):
    """A module G(z [N, latent], labels [N]) that returns images [N, 1, 28, 28]."""
    ### BEGIN SOLUTION

    class ConditionalGenerator(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(latent + classes, 32 * 7 * 7),
                nn.BatchNorm1d(32 * 7 * 7),
                nn.ReLU(),
                nn.Unflatten(1, (32, 7, 7)),
                nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # [N, 16, 14, 14]
                nn.BatchNorm2d(16),
                nn.ReLU(),
                nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # [N, 1, 28, 28]
                nn.Tanh(),
            )

        def forward(self, z, labels):
            return self.net(with_condition(z, labels, classes))

    return ConditionalGenerator()
    ### END SOLUTION


# %% id="10-use-conditional-generator"
conditional_generator = checks.use("10.conditional_generator", conditional_generator)

# %% [markdown] id="10-look-text"
# ## 2 · Three ways to look at a label
#
# The generator gets the label as one more input. The discriminator has to find out
# whether image and label *fit*, and there are several ways to let it do so.
#
# **Concatenation.** Put the label beside the features $h = \varphi(x)$ of the image. If a
# single linear layer followed, its logit would be
#
# $$a(x, y) = w \cdot h + u_y + b, \tag{10.3}$$
#
# and the label could only shift the logits of all images alike. Such a $D$ can learn
# which labels are common. It cannot learn whether this image shows this label. A hidden
# layer after the concatenation repairs that, but it has to learn how the two interact.
#
# **Projection.** Ask instead what the logit should be. At the optimum it is a
# log-ratio. Bayes' rule splits it into two parts. The first asks whether the label fits
# the image, the second whether the image looks real:
#
# $$\log \frac{p(x, y)}{q(x, y)} = \log \frac{p(y \mid x)}{q(y \mid x)} + \log \frac{p(x)}{q(x)}. \tag{10.4}$$
#
# Suppose that both $p(y \mid x)$ and $q(y \mid x)$ are softmax classifiers on the
# features $h$. Their logits are linear in $h$. So the first term is linear in $h$, with
# weights $v_y$ that depend on $y$, plus a part that depends on $x$ alone. That part
# joins the second term, and the sum of both is called $\psi(h)$. That is the
# **projection discriminator** (Miyato and Koyama 2018),
#
# $$a(x, y) = v_y \cdot h + \psi(h), \qquad h = \varphi(x). \tag{10.5}$$
#
# {{exercise 10.projection}}
#
# Write (10.5) with a linear $\psi(h) = w \cdot h + b$.


# %% id="10-ex-projection" exercise="10.projection"
def projection(h, labels, w, b, V):
    """Logits [N] of features h [N, F]; labels [N], w [F], b a number, V [classes, F]."""
    ### BEGIN SOLUTION
    return h @ w + b + (V[labels] * h).sum(1)
    ### END SOLUTION


# %% id="10-use-projection"
projection = checks.use("10.projection", projection)

# %% [markdown] id="10-xor-text"
# A small case shows the difference between (10.3) and (10.5). There are two classes and
# one feature. For class 0 the real images have $h > 0$, for class 1 they have $h < 0$.
# Whatever $w$, $u$ and $b$ are, (10.3) puts all images in the same order for both
# classes. So try many values and keep the best. Expect the best of (10.3) to be right
# about three of the four pairs of image and label, and (10.5) about all four.

# %% id="10-xor"
h = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]])
labels = torch.tensor([0, 0, 1, 1])
fits = torch.tensor([True, False, False, True])
w, *u = torch.cartesian_prod(*3 * [torch.linspace(-2, 2, 21)]).T  # u_y with b in it
many = w[:, None] * h[:, 0] + torch.stack(u, dim=1)[:, labels]  # [9261, 4]
by_class = projection(
    h, labels, torch.zeros(1), torch.zeros(()), torch.tensor([[1.0], [-1.0]])
)
for name, logits in (("concatenation (10.3)", many), ("projection (10.5)", by_class)):
    right = ((logits > 0) == fits).double().mean(-1).max()
    print(f"{name:<20} right about {right:.0%}")

# %% [markdown] id="10-discriminator-text"
# {{exercise 10.projection_discriminator}}
#
# Build the projection discriminator as a module that is called as `D(x, labels)` and
# returns logits [N, 1], which can be any numbers. The features $h$ come from the image
# alone, by layers of your choice. The label enters in the term $v_y \cdot h$ only, with
# a row $v_y$ of learnt weights for each label. $\psi$ depends on the image as well. A
# gradient reaches every weight and flows back to the image. In evaluation mode a logit
# depends on its own image and label only. The new module is in training mode, and its
# rows $v_y$ already differ, so do not start them at 0. Use at most 400,000 weights for
# 10 classes, and no spectral normalisation.


# %% id="10-ex-projection-discriminator" exercise="10.projection_discriminator"
def projection_discriminator(classes):
    """A module D(x [N, 1, 28, 28], labels [N]) that returns logits [N, 1] by (10.5)."""
    ### BEGIN SOLUTION

    class ProjectionDiscriminator(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(1, 16, 4, stride=2, padding=1),  # [N, 16, 14, 14]
                nn.LeakyReLU(0.2),
                nn.Conv2d(16, 32, 4, stride=2, padding=1),  # [N, 32, 7, 7]
                nn.BatchNorm2d(32),
                nn.LeakyReLU(0.2),
                nn.Flatten(),
                nn.Linear(32 * 7 * 7, 128),
                nn.LeakyReLU(0.2),
            )
            self.score = nn.Linear(128, 1)
            self.V = nn.Embedding(classes, 128)

        def forward(self, x, labels):
            h = self.body(x)  # [N, 128]
            return self.score(h) + (self.V(labels) * h).sum(1, keepdim=True)

    return ProjectionDiscriminator()
    ### END SOLUTION


# %% id="10-use-projection-discriminator"
projection_discriminator = checks.use(
    "10.projection_discriminator", projection_discriminator
)

# %% [markdown] id="10-auxiliary-text"
# **Auxiliary classifier.** $D$ is not given the label. It has to predict it. For this
# $D$ gets a second output, a classifier $C$. There are two losses, one about the source
# of an image and one about its class:
#
# $$L_S = -\mathbb E\bigl[\log D(x)\bigr] - \mathbb E\bigl[\log(1 - D(G(z, y)))\bigr], \qquad L_C = -\mathbb E\bigl[\log C(y \mid x)\bigr] - \mathbb E\bigl[\log C(y \mid G(z, y))\bigr] \tag{10.6}$$
#
# $D$ and $C$ lower $L_S + L_C$. $G$ lowers its own adversarial loss plus the second
# half of $L_C$ (Odena et al. 2017). About the source, real or generated, the two
# players have opposite aims; about the class they have the same aim.
#
# {{exercise 10.auxiliary_loss}}
#
# Write what $D$ and $C$ minimise, from logits. The generated images were asked for with
# the same labels as those of the real images.


# %% id="10-ex-auxiliary-loss" exercise="10.auxiliary_loss"
def auxiliary_loss(real_logits, fake_logits, real_guess, fake_guess, labels):
    """L_S + L_C; logits [N, 1] of being real, guesses [N, classes], labels [N]."""
    ### BEGIN SOLUTION
    softplus, cross_entropy = nn.functional.softplus, nn.functional.cross_entropy
    source = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    named = cross_entropy(real_guess, labels) + cross_entropy(fake_guess, labels)
    return source + named
    ### END SOLUTION


# %% id="10-use-auxiliary-loss"
auxiliary_loss = checks.use("10.auxiliary_loss", auxiliary_loss)

# %% [markdown] id="10-own-text"
# ## 3 · Training
#
# You have a generator and a discriminator. What is missing is the training step, which
# you know from chapters 04 and 05. Only the calls change: each network is given the
# labels as well. Which labels should $G$ be asked for? Those of the real images in the
# batch, so that both expectations of (10.1) draw $y$ from the same distribution. (Reed
# et al. 2016 show $D$ a third kind of pair, real images with wrong labels, to be judged
# as fakes. Here there are two kinds.)
#
# {{exercise 10.conditional_step}}
#
# Write one turn of each player. $D$ learns first, from real images with their labels
# and from generated images with the labels that $G$ was asked for. Its loss is the sum
# of two means, one over each kind of pair. Then $G$ faces the new $D$, with the
# non-saturating loss. Both turns use the given `z`. Each player is updated by its own
# optimiser, from the gradient of its own loss alone. Leave both networks in training
# mode and trainable. Return both losses, $D$'s first, as they were before the updates
# that they caused.


# %% id="10-ex-conditional-step" exercise="10.conditional_step"
def conditional_step(G, D, for_g, for_d, real, labels, z):
    """One update of D, then one of G against the new D; returns both losses."""
    ### BEGIN SOLUTION
    softplus, fake = nn.functional.softplus, G(z, labels)
    loss_d = softplus(-D(real, labels)).mean()
    loss_d = loss_d + softplus(D(fake.detach(), labels)).mean()
    for_d.zero_grad()
    loss_d.backward()
    for_d.step()
    loss_g = softplus(-D(fake, labels)).mean()  # by the D that has just learnt
    for_g.zero_grad()
    loss_g.backward()
    for_g.step()
    return loss_d.detach(), loss_g.detach()
    ### END SOLUTION


# %% id="10-use-conditional-step"
conditional_step = checks.use("10.conditional_step", conditional_step)

# %% [markdown] id="10-own-train-text"
# Now train your two networks with your step, for 600 steps of 64 digits. This takes
# about 20 seconds. The learning rate of $G$ is four times that of $D$. Afterwards ask
# for each digit ten times, with the same ten noise vectors for every digit. The
# classifier of chapter 07 reads the result. Expect digits that can be read in most
# rows, with rough strokes. A $D$ that could not see the label would give rows of mixed
# digits.


# %% id="10-own-train"
def train_own(G, D, steps, size=64):
    """Train both networks for so many steps on labelled digits; returns G."""
    betas = (0.5, 0.999)
    for_g = torch.optim.Adam(G.parameters(), 2e-3, betas)
    for_d = torch.optim.Adam(D.parameters(), 5e-4, betas)
    pairs = iter(data.batches(digits, size, seed=10, device=device, labels=True))
    for _ in range(steps):
        images, shown = next(pairs)
        z = torch.randn(len(images), 64, device=device)
        conditional_step(G, D, for_g, for_d, images, shown, z)
    return G.eval()


training.seed_everything(10)
own_networks = conditional_generator(64, 10), projection_discriminator(10)
own = train_own(
    *(network.to(device) for network in own_networks),
    steps=20 if training.fast_mode() else 600,
)

# %% id="10-own-look"
each_ten = torch.arange(10).repeat_interleave(10)
ten = torch.randn(10, 64, generator=torch.Generator().manual_seed(1)).repeat(10, 1)
with torch.no_grad():
    own_digits = own(ten.to(device), each_ten.to(device)).cpu()
print(f"label accuracy {metrics.label_accuracy(own_digits, each_ten):.0%}")
plots.show(
    plots.image_grid(own_digits, columns=10, title="Your own conditional GAN"),
    "A table of a hundred generated digits, one class in each row: most of them can be"
    " read, their strokes are rough, and some rows contain digits of another class.",
)

# %% [markdown] id="10-train-text"
# ### The recipe of the course
#
# In our run the classifier reads 80 % of the digits of the networks above as what was
# asked for. They were trained briefly and with constant learning rates.
# `gan.ConditionalGAN` is the learner of chapter 05, whose batches are pairs of images
# and labels. It adds what chapters 05 and 06 found useful: an average of $G$'s weights
# and learning rates that fall. The rest of this chapter uses it. All trainings of this
# chapter are counted in steps. A step of a GAN is one update of $D$ and one of $G$ on
# 64 digits. The 2,000 steps here take about a minute on two cores.


# %% id="10-train-function"
def train(recipe, batches, steps, seed=10):
    """Train a recipe's model on pairs (images, labels) and return it."""
    training.seed_everything(seed)
    model = recipe.build(device)
    history = training.fit(model, batches, training.lesson(steps=steps))
    print(f"{history.rows[-1]['step']:,} steps; {history.messages or 'no complaints'}")
    return model


def labelled(recipe, seed=10):
    """Endless pairs (images, labels) of the training digits, in the recipe's batches."""
    return data.batches(
        digits, recipe.batch_size, seed=seed, device=device, labels=True
    )


# %% id="10-train"
recipe = gan.conditional_recipe("projection", variety=0.0)
plain = train(recipe, labelled(recipe), steps=2000)

# %% [markdown] id="10-grid-text"
# Ask for each digit ten times. Each row below is a class, and each *column* is one noise
# vector, used with all ten labels. Expect rows to keep to their digit. Then look along a
# row: how much do ten digits of one class differ?

# %% id="10-grid"
every_label = torch.arange(10).repeat_interleave(10)
noise = torch.randn(10, 64, generator=torch.Generator().manual_seed(1)).repeat(10, 1)


def table_of(model):
    """A picture for each of ten labels (rows) and ten noise vectors (columns)."""
    G = model.trained_generator()
    with torch.no_grad():
        return G(noise.to(device), every_label.to(device)).cpu()


plots.show(
    plots.image_grid(
        table_of(plain), columns=10, title="A class in each row, a noise in each column"
    ),
    "A table of a hundred generated digits: the first row zeros, the last row nines. Most"
    " digits of one row have one of two or three forms and about the same thickness; in one"
    " column several are malformed.",
)

# %% [markdown] id="10-grid-after"
# The label decides *what* is drawn, and the noise is left to decide *how*. In our run a
# row has two or three forms of its digit, of about the same thickness. The third noise
# vector gives several malformed digits. Section 4 measures label and variety.

# %% [markdown] id="10-judge-text"
# ## 4 · An independent classifier
#
# How often does the model draw what was asked? The classifier that decides must have had no
# part in the training, since $G$ has learnt to satisfy its own discriminator. The course's
# classifier (chapter 07) was trained on real digits only.

# %% id="10-judge"
asked = torch.arange(n) % 10
samples = {"projection": plain.sample(n, torch.Generator().manual_seed(2), asked)}
agreement = metrics.label_accuracy(samples["projection"], asked)
accuracy = metrics.label_accuracy(test.images, test.labels)
print(f"classifier on real test digits  {accuracy:.2%}")
print(f"classifier on what was asked    {agreement:.2%}")

# %% [markdown] id="10-judge-share-text"
# {{exercise 10.true_share}}
#
# The classifier makes mistakes, too. Let it be right with probability $p$, and let its
# mistakes fall evenly on the $k - 1$ other classes. If the share $s$ of samples is what was
# asked, it will report
#
# $$a = s\, p + (1 - s)\, \frac{1 - p}{k - 1}. \tag{10.7}$$
#
# Solve for $s$.


# %% id="10-ex-true-share" exercise="10.true_share"
def true_share(agreement, accuracy, classes=10):
    """Share of images drawn as asked, from the share that a classifier read so."""
    ### BEGIN SOLUTION
    slip = (1 - accuracy) / (classes - 1)
    return (agreement - slip) / (accuracy - slip)
    ### END SOLUTION


# %% id="10-use-true-share"
true_share = checks.use("10.true_share", true_share)
print(f"corrected: {true_share(agreement, accuracy):.2%}")

# %% [markdown] id="10-judge-after"
# The share can come out above 100 %, as it did in our run. Then the classifier made
# fewer mistakes on the samples than on real digits. Here the two percentages of the cell
# differ by less than the error of a share among so few mistakes, so it may be chance.
# Where the difference is larger, samples are *easier* to read: real digits include odd
# ones, and a model may leave those out. A high label accuracy alone says nothing about variety, whether it is
# above that of real digits or not. So put precision, recall and coverage of chapter 07
# beside it, with $k = 5$. Recall is the share of test digits that lie in the region of
# the samples.


# %% id="10-three-row"
def figures(images, real, features, asked):
    """Label accuracy, quality and variety of labelled images."""
    near = metrics.prdc(real, features)
    return {
        "label accuracy": metrics.label_accuracy(images, asked),
        "FID": metrics.fid(features, real),
        "precision": near.precision,
        "recall": near.recall,
        "coverage": near.coverage,
    }


def scores(images, asked, k=5):
    """The figures, with errors from k disjoint parts of samples and test digits."""
    found = metrics.features(images)
    whole = figures(images, real_features, found, asked)
    cut = zip(images.chunk(k), found.chunk(k), asked.chunk(k), strict=True)
    parts = [figures(x, real_features[i::k], f, y) for i, (x, f, y) in enumerate(cut)]
    t = 2.78  # 97.5 % point of Student's t with k - 1 = 4 degrees of freedom
    spread = {c: torch.tensor([p[c] for p in parts]).std() for c in whole}
    return {
        c: metrics.Estimate(v, float(t * spread[c]) / k**0.5) for c, v in whole.items()
    }


# %% [markdown] id="10-recall-predict-text"
# **Predict.** The classifier reads nearly all samples as what was asked for. Which share
# of the test digits, in percent, lies in the region of these samples (recall)?

# %% id="10-recall-predict"
checks.predict("10.recall-of-the-projection-GAN", ..., unit="%")

# %% id="10-variety-first"
mixed = torch.randperm(n, generator=torch.Generator().manual_seed(10))
rows = {
    "real digits": scores(others.images[mixed], others.labels[mixed]),
    "projection": scores(samples["projection"], asked),
}
print(plots.score_table(rows, lower=("FID",)))

# %% id="10-recall-measured"
checks.measured(
    "10.recall-of-the-projection-GAN", 100 * rows["projection"]["recall"].value
)

# %% [markdown] id="10-variety-text"
# The first row is what a perfect model would get: other test digits in the place of
# samples. The projection GAN draws what was asked for, and its precision is even above that
# of real digits. But its recall is far below: within each class it draws few kinds of
# digit.
#
# Mao et al. (2019) report the same of conditional GANs in general: they tend to use the
# condition and to ignore the noise. So say in the loss that images of one class have to
# differ. Let $d$ be the mean absolute difference between two images of the same class
# in a batch. Measure it for generated and for real images, and add to $G$'s loss
#
# $$L_V = \max\Bigl(0,\; 1 - \frac{d(\text{generated})}{d(\text{real})}\Bigr). \tag{10.8}$$
#
# This loss is 0 as soon as generated images differ as much as real ones do. So a perfect
# generator loses nothing by it, apart from randomness in small batches. Mao et al. use
# a similar loss without an upper end, the mode-seeking loss.
# `gan.ConditionalGAN(variety=3.0)` adds three times (10.8). Train again, with nothing
# else changed. Expect a higher recall; is there a loss of label accuracy?

# %% id="10-variety-train"
recipe = gan.conditional_recipe("projection", variety=3.0)
cgan = train(recipe, labelled(recipe), steps=2000)
samples["with variety"] = cgan.sample(n, torch.Generator().manual_seed(2), asked)

# %% id="10-variety-look"
plots.show(
    plots.image_grid(
        table_of(cgan), columns=10, title="The same labels and noise, with (10.8)"
    ),
    "A table of a hundred generated digits, a class in each row; the digits of one row"
    " differ in slant, thickness and form, and those of one column are alike in them.",
)

# %% id="10-variety-table"
rows["with variety"] = scores(samples["with variety"], asked)
print(plots.score_table(rows, lower=("FID",)))

# %% [markdown] id="10-three-text"
# In our run recall rises from 0.21 to 0.61 and FID falls from 0.57 to 0.33. Label
# accuracy falls from 99.8 % to 99.0 %, which is more than the error of the difference.
# Precision falls towards that of real digits. Now look down a column of the picture.
# One noise vector gives ten digits of about the same thickness and slant, although
# nothing in the training asked for that.
#
# This is one run of each. The study `conditional` compares the three discriminators
# over five seeds: 2,500 steps each, and 10,000 samples judged against all 10,000 test
# digits. Its fourth row, `varied`, is projection with (10.8). FID, precision and recall
# depend on the number of images, so compare figures within a table, not between tables.

# %% id="10-three-study"
studies.record("conditional").table()


# %% [markdown] id="10-three-after"
# Medians of five seeds, with the lowest and the highest. The three discriminators differ in
# what they give up:
#
# - The auxiliary classifier has the highest label accuracy
#   ({{study conditional auxiliary label_accuracy}}) and the lowest recall
#   ({{study conditional auxiliary recall}}): it draws clear cases.
# - Concatenation has the highest recall of the three
#   ({{study conditional concatenation recall}}), and a label accuracy of
#   {{study conditional concatenation label_accuracy}}.
# - Projection lies between them, with a recall of
#   {{study conditional projection recall}} and a label accuracy of
#   {{study conditional projection label_accuracy}}.
#
# With (10.8) the recall of projection rises to {{study conditional varied recall}}
# (from {{study conditional varied recall low}} to
# {{study conditional varied recall high}}), and its FID falls from
# {{study conditional projection fid}} to {{study conditional varied fid}}. Its label
# accuracy falls to {{study conditional varied label_accuracy}}. No seed of one row
# crosses a seed of the other in any of these three figures. So a conditional GAN can
# follow its labels and be far more varied, at the cost of about one sample in a
# hundred.
#
# For comparison, take the unconditional GAN of chapter 05 after 60 seconds, which were
# 1,741 to 2,394 steps. Its recall was between 54.6% and 61.3% (ten seeds,
# `benchmarks/records/fid_dcgan_fast_60s.json`). The next section says why one of the
# three must be biased.

# %% [markdown] id="10-bias-text"
# ## 5 · What the auxiliary classifier wants
#
# Look at the generator's half of $L_C$ for a fixed classifier $C$. It is a cross-entropy,
# and splits as every cross-entropy does:
#
# $$-\mathbb E_{q(x, y)}\bigl[\log C(y \mid x)\bigr] = H_q(y \mid x) + \mathbb E_{q(x)}\bigl[\mathrm{KL}\bigl(q(y \mid x) \,\|\, C(y \mid x)\bigr)\bigr]. \tag{10.9}$$
#
# We want the divergence to be small. But the loss contains the entropy $H_q(y \mid x)$
# as well: it also falls when $G$ draws images whose class is *obvious*. Where real
# classes overlap, a perfect generator has $H_q > 0$ and can lower its loss by drawing
# only clear cases.
#
# On a line this can be computed exactly. Two classes, normal with means $\pm 1$ and
# deviation 1, overlap a good deal. Let the generator draw normal classes too, with means
# $\pm a$ and deviation $b$. Try all pairs, and find which $a$ and $b$ minimise
# $2\,\mathrm{JS}(p, q)$ plus a weight $\lambda$ times the class term, for three weights.
# Without the class term ($\lambda = 0$) the data themselves are the optimum. Where do you
# expect the other two?

# %% id="10-bias-setup"
x = torch.linspace(-8, 8, 801).double()
dx = x[1] - x[0]


def classes(a, b):
    """Densities of both classes, means -a and a and deviation b: [2, x]."""
    return (
        torch.distributions.Normal(torch.tensor([[-a], [a]]).double(), b)
        .log_prob(x)
        .exp()
    )


def js(p, q):
    """Jensen-Shannon divergence of two densities on the grid, in nats."""
    middle = (p + q) / 2
    gain = torch.xlogy(p, p / middle) + torch.xlogy(q, q / middle)
    return float(gain.sum() * dx / 2)


# %% id="10-bias-objective"
real = classes(1.0, 1.0)
posterior = (real / real.sum(0)).clamp(min=1e-300)  # C(y | x), learnt from real data


def objective(a, b, weight):
    """2 JS(p, q) over x, plus weight times the generator's class loss."""
    drawn = classes(a, b)
    class_loss = -(drawn / 2 * posterior.log()).sum() * dx
    return 2 * js(real.mean(0), drawn.mean(0)) + weight * float(class_loss)


# %% id="10-bias"
tried = [(a / 20, b / 20) for a in range(10, 50) for b in range(6, 26)]
found = {w: min(tried, key=lambda pair: objective(*pair, w)) for w in (0.0, 0.1, 1.0)}
for weight, (a, b) in found.items():
    print(f"class term times {weight}: means ±{a}, deviation {b}")

# %% id="10-bias-plot"
curves = {"data": (x, real[1])}
curves |= {f"class term times {w}": (x, classes(*ab)[1]) for w, ab in found.items()}
plots.show(
    plots.densities(curves, "One of the two classes"),
    "Four densities of one class: data and the optimum without the class term lie on top of"
    " each other, with a tenth of the class term the optimum stands a little further out,"
    " with all of it clearly further out and narrower.",
)

# %% [markdown] id="10-claim-text"
# **A claim, checked.** Shu et al. (2017) and Gong et al. (2019) say that the auxiliary
# classifier GAN does not learn the data. It learns a version of the data whose classes
# are further apart. The computation agrees with them, for an exact divergence and an
# exact classifier of real data. More training would not help, since the biased answer
# is the optimum. (In (10.6) $C$ learns from generated images too. If $C$ fits both
# halves exactly, the optimum at weight 1 moves to means $\pm 1.35$ and deviation 0.7:
# the bias stays.) A smaller weight gives a smaller bias. Gong et al. remove it with a
# second classifier that learns from generated samples alone and takes $H_q$ out again.
#
# What happens to the bias if the classes hardly overlap? Change the means to $\pm 3$ in
# `real`, let `a` run up to 80 in `tried`, and see. The optimum at weight 1 is then
# $\pm 3.0$ with deviation 0.95. Where classes do not overlap, there is almost no
# entropy $H_q$ to reduce.

# %% [markdown] id="10-drift-text"
# Does a real training go to that optimum? Let a generator play on the same line against
# a network whose outputs are $D$ and $C$, and which minimises your `auxiliary_loss`.
# The generator has four numbers only, a mean and a deviation for each class. It *starts
# at the truth*: means $\pm 1$, deviation 1. A loss whose optimum is the data leaves it
# there.
#
# **Predict.** $G$'s class loss has the full weight 1. At which distance from 0 do the
# two means stand at the end of 1,500 steps? (The cell takes the average over the last
# quarter of the steps.)

# %% id="10-drift-predict"
checks.predict("10.mean-after-training", ...)


# %% id="10-drift"
def line_step(D, for_d, mean, log_spread, for_g, weight):
    """One turn of each player on 512 numbers, half of each class."""
    y = torch.arange(512) % 2
    truth = 2.0 * y - 1 + torch.randn(512)
    drawn = mean[y] + log_spread.exp()[y] * torch.randn(512)
    told, told_fake = D(truth[:, None]), D(drawn.detach()[:, None])
    for_d.zero_grad()
    heads = told[:, :1], told_fake[:, :1], told[:, 1:], told_fake[:, 1:]
    auxiliary_loss(*heads, y).backward()
    for_d.step()
    source, named = D(drawn[:, None]).split([1, 2], dim=1)
    for_g.zero_grad()
    loss = nn.functional.softplus(-source).mean()
    (loss + weight * nn.functional.cross_entropy(named, y)).backward()
    for_g.step()


# %% id="10-drift-training"
def drift(weight, steps):
    """Where means (without sign) and deviations go: [4], of the last quarter."""
    mean = torch.tensor([-1.0, 1.0], requires_grad=True)
    log_spread, path = torch.zeros(2, requires_grad=True), []
    D = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
    D.append(nn.Linear(32, 3))  # one logit of being real, two of the classes
    for_d = torch.optim.Adam(D.parameters(), 5e-3, betas=(0.5, 0.99))
    for_g = torch.optim.Adam([mean, log_spread], 2e-3, betas=(0.5, 0.99))
    for _ in range(steps):
        line_step(D, for_d, mean, log_spread, for_g, weight)
        path.append(torch.cat([mean.abs(), log_spread.exp()]).detach())
    return torch.stack(path[-steps // 4 :]).mean(0)


# %% id="10-drift-run"
training.seed_everything(10)
turns = 30 if training.fast_mode() else 1500
arrived = {weight: drift(weight, turns) for weight in (0.0, 1.0)}
for weight, (low, high, *spreads) in arrived.items():
    spread = sum(spreads) / 2
    print(f"weight {weight}: means -{low:.2f} and {high:.2f}, deviation {spread:.2f}")
checks.measured("10.mean-after-training", arrived[1.0][:2].mean())

# %% [markdown] id="10-drift-after"
# Without the class term $G$ stays at the data. With it $G$ leaves them and comes close to
# the optimum computed above for a $C$ that fits both halves. So the bias is in the loss,
# and not in a training that was too short. This is one run of each on a line; it says
# nothing about the size of the bias for digits.

# %% [markdown] id="10-cvae-text"
# ## 6 · The conditional VAE
#
# The bound of chapter 08 holds for every $y$ separately. With a condition in each
# factor it becomes (Sohn et al. 2015)
#
# $$\log p(x \mid y) \ge \mathbb E_{q(z \mid x, y)}\bigl[\log p(x \mid z, y)\bigr] - \mathrm{KL}\bigl(q(z \mid x, y) \,\|\, p(z \mid y)\bigr). \tag{10.10}$$
#
# {{exercise 10.conditional_bound}}
#
# Write the right side for binary pixels, one sample of $z$, and a prior
# $p(z \mid y) = \mathcal N(p_y, I)$ whose mean may depend on the label.


# %% id="10-ex-conditional-bound" exercise="10.conditional_bound"
def conditional_bound(x, logits, mean, log_variance, prior_mean):
    """Bound of log p(x|y) for each image, [N]; x, logits [N, D], the others [N, d]."""
    ### BEGIN SOLUTION
    kl = (mean - prior_mean).square() + log_variance.exp() - log_variance - 1
    log_px = (x * logits - nn.functional.softplus(logits)).sum(1)
    return log_px - kl.sum(1) / 2
    ### END SOLUTION


# %% id="10-use-conditional-bound"
conditional_bound = checks.use("10.conditional_bound", conditional_bound)

# %% [markdown] id="10-cvae-prior-text"
# The course's conditional VAE takes the same prior $\mathcal N(0, I)$ for all labels.
# This is a choice, and a useful one. If $z$ has the same distribution for every label,
# it cannot carry the label. So the label has to come from $y$ and the style from $z$.
#
# That holds at the optimum. During training the encoder sees the image, and may put the
# class into $z$ before the decoder has learnt to use $y$. Then the label adds nothing
# new, and samples, whose $z$ comes from the prior, show any digit. The recipe behind
# `aigc train cvae` (`vae/conditional.py`) has three remedies. They are few latents, a
# KL term with the weight $\beta = 2$, and weights for the label that start eight times
# as large as the others. `vae.convolutional(classes=10)` has none of them, if you want
# to see the other outcome. A step is one update on 128 digits; 3,000 steps take about
# half a minute.

# %% id="10-cvae"
recipe = models.get("cvae")
cvae = train(recipe, labelled(recipe), steps=3000)
samples["CVAE"] = cvae.sample(n, torch.Generator().manual_seed(2), labels=asked)

# %% id="10-cvae-scores"
rows["CVAE"] = scores(samples["CVAE"], asked)
print(plots.score_table(rows, lower=("FID",)))

# %% [markdown] id="10-reading-text"
# A conditional model can also be used the other way round. Your `conditional_bound`
# says how well an image fits a label. Compute it for one image and all ten labels, and
# name the label with the largest bound. With equal shares of the classes, Bayes' rule
# chooses the label with the largest $p(x \mid y)$. Here the bound stands in for
# $\log p(x \mid y)$, so this is a **generative classifier** (chapter 01). The model was
# never trained to read. The images are 500 random test digits whose pixels are set to 0
# or 1, and $z$ is the mean of $q$.
#
# **Predict.** What percentage of the digits is read correctly by the bound?

# %% id="10-reading-predict"
checks.predict("10.read-by-the-bound", ..., unit="%")


# %% id="10-reading"
@torch.no_grad()
def bounds(images):
    """The bound of log p(x | y) of images [N, 1, 28, 28] in 0, 1: [N, 10]."""
    networks, found = cvae.trained(), []
    for c in range(10):
        told = torch.full((len(images),), c, device=device)
        mean, log_variance = networks.encode(images.to(device), told)
        logits = networks.decoder(mean, told)
        parts = (t.flatten(1).cpu() for t in (images, logits, mean, log_variance))
        prior_mean = torch.zeros(len(images), networks.latent)
        found.append(conditional_bound(*parts, prior_mean))
    return torch.stack(found, dim=1)


# %% id="10-reading-run"
pick = torch.randperm(n, generator=torch.Generator().manual_seed(1))[:500]
binary = (reference.images[pick] > 127).float()
fit, shown = bounds(binary), reference.labels[pick]
checks.measured("10.read-by-the-bound", 100 * (fit.argmax(1) == shown).double().mean())
own_label = fit.gather(1, shown[:, None])
other_label = fit.scatter(1, shown[:, None], -torch.inf).max(1).values
print(f"bound with the right label {own_label.mean():.1f} nats")
print(f"with the best other label  {other_label.mean():.1f} nats")

# %% [markdown] id="10-reading-after"
# On average the right label is ahead by tens of nats. (A mean does not say how many digits
# are close decisions.)
# This also tests the remedies above. If the latents carried the class, a wrong label would
# cost little, and reading by the bound would fail.

# %% [markdown] id="10-analogy-text"
# In our run the CVAE draws what was asked for in 95 % of cases. Its FID, precision and
# coverage are clearly worse than those of both GANs: its pictures are blurred.
#
# But a VAE has an encoder, and a GAN has none. Encode a real digit with its label, keep
# $z$, and decode with all ten labels. The results should be other digits in the same
# handwriting style. Kingma et al. (2014) call them analogies. Expect bold digits in the
# rows of bold sources. For thin sources this VAE draws pale and blurred digits instead
# of thin ones.

# %% id="10-analogy"
sources = torch.arange(40, 46)
images = data.to_float(test.images[sources])
z, _ = cvae.encode(images, test.labels[sources])
written = [cvae.decode(z, torch.full((6,), c)) for c in range(10)]
together = torch.stack([images, *(w.cpu() for w in written)], dim=1).flatten(0, 1)
plots.show(
    plots.image_grid(together, columns=11, title="Source, then 0 to 9 in its style"),
    "Six rows: first a real digit, then the ten digits decoded with its latents. Rows of"
    " bold sources are bold, rows of thin sources pale and blurred.",
)

# %% [markdown] id="10-slant-text"
# ## 7 · Measuring how it is written
#
# To ask for a *thick* or a *leaning* digit, we need numbers for both. To trust the
# numbers, we need strokes whose thickness and slant are known. Take ink as brightness
# in $[0, 1]$, with $x$ to the right and $y$ downwards. Write $\mu_{xx}$, $\mu_{xy}$ and
# $\mu_{yy}$ for the second moments of the ink around its centre (Hu 1962). They are the
# means of $(x - \bar x)^2$, $(x - \bar x)(y - \bar y)$ and $(y - \bar y)^2$ in which
# every pixel counts by its ink.
#
# Fit a straight line $x(y)$ to the ink. Measure the distances from the line *along
# $x$*, and choose the line whose mean squared distance, weighted by ink, is smallest.
# Its slope says how many pixels the writing moves to the right for each pixel. Count it
# upwards, so that a digit which leans to the right has a positive slant.
#
# {{exercise 10.slant}}
#
# Derive the slope from the moments, and write it for a batch of ink.


# %% id="10-ex-slant" exercise="10.slant"
def slant(ink):
    """Pixels to the right for each pixel up, [N], of ink [N, H, W] in [0, 1]."""
    ### BEGIN SOLUTION
    _, H, W = ink.shape
    y, x = torch.arange(H)[:, None], torch.arange(W)

    def mean(values):
        return (ink * values).sum((1, 2), keepdim=True) / ink.sum((1, 2), keepdim=True)

    dx, dy = x - mean(x), y - mean(y)
    return -(mean(dx * dy) / mean(dy * dy)).flatten()
    ### END SOLUTION


# %% id="10-use-slant"
slant = checks.use("10.slant", slant)

# %% [markdown] id="10-slant-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# The mean of $\bigl((x - \bar x) - b\,(y - \bar y)\bigr)^2$ is
# $\mu_{xx} - 2 b\,\mu_{xy} + b^2 \mu_{yy}$, which is smallest for
# $b = \mu_{xy} / \mu_{yy}$. Counted upwards,
#
# $$\text{slant} = -\frac{\mu_{xy}}{\mu_{yy}}. \tag{10.11}$$
#
# </details>
#
# Why this and not the angle of the main axis? Because shearing a digit by $s$ pixels for
# each pixel up, $x' = x - s\,y$, adds exactly $s$:
#
# $$\mu_{x'y} = \mu_{xy} - s\,\mu_{yy} \quad\Longrightarrow\quad \text{slant}' = \text{slant} + s. \tag{10.12}$$
#
# Try it with your function: shear 500 test digits and measure how much slant they gain.
# Expect the amount of the shear, up to what is lost at the border of the picture.

# %% id="10-shear"
upright = data.to_float(reference.images[pick])
before = slant((upright[:, 0] + 1) / 2)
for by in (-0.3, 0.3, 0.6):
    leaning = control.attributes.shear(upright, by)
    gain = slant((leaning[:, 0] + 1) / 2) - before
    print(f"sheared by {by:4}: slant {gain.mean():+.3f}, deviation {gain.std():.3f}")

# %% [markdown] id="10-thickness-text"
# A stroke of thickness $t$ and length $L$ has the area $A = t L$ and an edge of length
# $P = 2 (L + t)$. For long strokes and for closed loops
#
# $$t \approx \frac{2 A}{P}, \qquad \text{exactly} \quad \frac{2 A}{P} = \frac{t}{1 + t / L} \;\text{ for a straight one}. \tag{10.13}$$
#
# The edge of a grey image needs no threshold: its length is $\int \lVert \nabla\,
# \text{ink} \rVert$, since each level line counts by its share of the height. And for the
# width we take four standard deviations of $x$ after the slant is out,
#
# $$\text{width} = 4 \sqrt{\mu_{xx} - \mu_{xy}^2 / \mu_{yy}}. \tag{10.14}$$
#
# `control.measure` computes all three. The next cell measures strokes of known size.
# Expect the thickness a little below what was drawn, by (10.13). Expect angles right to
# a degree or two, because the corners of a thick stroke count as ink, too.

# %% id="10-strokes"
for thickness, angle in ((2, 0), (2, 20), (3, -15), (4, 30)):
    seen = control.measure(control.stroke(thickness, angle, length=18))
    expected = thickness / (1 + thickness / 18)
    print(
        f"drawn {thickness} px at {angle:3} degrees; measured {float(seen.thickness):.2f}"
        f" (expected {expected:.2f}) at {float(seen.degrees):5.1f}"
    )

# %% [markdown] id="10-extremes-text"
# On real digits the three numbers should agree with the eye. Sort ten thousand training
# digits by each, and look at both ends. Expect six rows that you would have described with
# their labels. ("Narrow" is judged after the slant is out, so a leaning 1 counts as
# narrow.)

# %% id="10-extremes"
some = data.subset(digits, min(10_000, len(digits)), seed=10)
seen = control.measure(some.images)
ends = {"thickness": ("thin", "thick"), "slant": ("left", "right")}
ends |= {"width": ("narrow", "wide")}
rows = {}
for name, (low, high) in ends.items():
    order = getattr(seen, name).argsort()
    rows |= {low: some.images[order[:14]], high: some.images[order[-14:]]}
conditions = control.Conditions.of(digits)  # for later: all digits, measured
plots.show(
    plots.labelled_rows(rows),
    "Six rows of real digits: hair-thin and very bold ones, ones that lean far to the left"
    " and to the right, narrow ones, all of them ones, and wide ones.",
)

# %% [markdown] id="10-direction-text"
# ## 8 · Control of a model that was trained without it
#
# Suppose that the model is trained and was never told about thickness. Its latents may
# contain it all the same. Draw latents, decode them, measure the pictures, and predict
# the attribute from the latents by a straight line, $a(z) = b + w \cdot z$, fitted by
# least squares. If the line fits, moving $z$ changes $a$. Many moves raise the prediction
# by the same $\Delta$. We want the shortest of them, because the decoder was trained on
# latents near the prior and never far from it.
#
# {{exercise 10.move}}
#
# Which move of $z$ is the shortest that raises $b + w \cdot z$ by $\Delta$? Fit the line,
# find the move, and apply it to all latents.


# %% id="10-ex-move" exercise="10.move"
def move(z, values, change):
    """Nearest latents [N, d] whose predicted attribute is larger by `change`."""
    ### BEGIN SOLUTION
    columns = torch.cat([z, torch.ones(len(z), 1)], dim=1)
    w = torch.linalg.lstsq(columns, values[:, None]).solution[:-1, 0]
    return z + change * w / w.square().sum()
    ### END SOLUTION


# %% id="10-use-move"
move = checks.use("10.move", move)

# %% [markdown] id="10-move-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# A move $m$ raises the prediction by $w \cdot m \le \lVert w \rVert\,\lVert m \rVert$, and
# equality holds only along $w$. So the shortest move by $\Delta$ is
#
# $$z' = z + \Delta\, \frac{w}{\lVert w \rVert^2}. \tag{10.15}$$
#
# </details>

# %% [markdown] id="10-direction-fit-text"
# On the conditional VAE, whose $z$ should be style alone: how much of each attribute does
# a straight line explain? `share` is $R^2$, the part of the variance that the line
# accounts for. (`control.direction` adds a very small ridge penalty, Hoerl and Kennard
# 1970, so that it also works where two latents always move together.) The pictures that
# are measured are the model's own. What a VAE decodes is softer than a real digit and
# measures as thicker, so a line fitted to real digits would aim too high.

# %% id="10-direction-fit"
many = 500 if training.fast_mode() else 5000
z = torch.randn(many, cvae.networks.latent, generator=torch.Generator().manual_seed(8))
seen = control.measure(cvae.decode(z, torch.arange(many) % 10).cpu())
directions = {
    name: control.direction(z, getattr(seen, name)) for name in ("thickness", "slant")
}
for name, direction in directions.items():
    print(f"{name:<10} explained by a straight line: {direction.share:.0%}")

# %% [markdown] id="10-move-try-text"
# Use your `move`: raise the predicted thickness of a thousand latents by half a pixel,
# decode them, and measure how much thicker the pictures became. If the straight line were
# exact, the thickness would grow by 0.50 and the slant would stay.

# %% id="10-move-try"
thicker = move(z[:1000], seen.thickness[:1000], 0.5)
now = control.measure(cvae.decode(thicker, torch.arange(len(thicker)) % 10).cpu())
for name in ("thickness", "slant"):
    change = getattr(now, name) - getattr(seen, name)[: len(thicker)]
    print(f"{name:<10} changed by {change.mean():+.2f}, deviation {change.std():.2f}")

# %% [markdown] id="10-direction-walk-text"
# Take one real 3, encode it, and move. Expect the upper row to become thicker and the
# lower to lean over. Each can change the other attribute as well. At the ends the
# latents are far from the prior, and the 3 is lost.

# %% id="10-direction-walk"
three = int((test.labels == 3).nonzero()[0])
z, _ = cvae.encode(data.to_float(test.images[three : three + 1]), torch.tensor([3]))
start = z.cpu().expand(11, -1)
reach = {"thickness": torch.linspace(-1, 2, 11), "slant": torch.linspace(-0.6, 0.6, 11)}
threes = torch.full((11,), 3)
walks = {
    name: cvae.decode(directions[name].move(start, by), threes).cpu()
    for name, by in reach.items()
}
plots.show(
    plots.labelled_rows(walks),
    "Two rows made from one 3: from pale to a white blot, and from leaning left to leaning"
    " right; at the ends of both rows the 3 is hard to read.",
)

# %% [markdown] id="10-direction-judge-text"
# Now measure it. Ask for many targets, spread over what real digits do, and measure what
# comes out. The rival is a model that ignores the request: for every target it returns
# the median of all targets. Its mean error stands beside each figure, and control is
# worth something only below it.


# %% id="10-wishes"
def targets(count, seed=3):
    """Labels [count] and a table [count, 2] of thickness and slant to ask for."""
    seeded = torch.Generator().manual_seed(seed)
    low, high = conditions.table.quantile(torch.tensor([0.05, 0.95]), dim=0)
    table = low + (high - low) * torch.rand(count, 2, generator=seeded)
    return torch.arange(count) % 10, table


def outcome(images, table):
    """Panels of asked against obtained, and a line of errors printed for each."""
    seen = control.measure(images).table("thickness", "slant")
    panels = {}
    for i, (name, unit) in enumerate({"thickness": "px", "slant": "px per px"}.items()):
        asked, got = table[:, i], seen[:, i]
        panels[f"{name} ({unit})"] = asked, got
        error, ignored = (
            (v - asked).abs().mean() for v in (got, asked.median().expand_as(asked))
        )
        print(f"{name:<10} mean error {error:.2f}; request ignored: {ignored:.2f}")
    return panels


# %% id="10-direction-judge"
labels, table = targets(100 if training.fast_mode() else 600)
z = torch.randn(len(labels), cvae.networks.latent)
for i, direction in enumerate(directions.values()):
    z = direction.move(z, table[:, i] - direction.read(z))
drawn = cvae.decode(z, labels).cpu()
plots.show(
    plots.asked_obtained(outcome(drawn, table)),
    "Two clouds of points, thickness and slant, over what was asked for; the nearer to the"
    " dashed line, the better the control.",
)

# %% [markdown] id="10-direction-after"
# Compare each error with that of ignoring the request: only the difference is control.
# In our run the thickness error is 0.31 against 0.48, the slant error 0.11 against
# 0.23. The second move disturbs the first where the two $w$ are not at right angles.
# The straight line is only the best straight line, so look at the ends of the clouds.
# All of it took one regression for each attribute, on a model whose training had
# nothing to do with thickness or slant. Did the label suffer?

# %% id="10-direction-label"
print(
    f"still the digit that was asked for: {metrics.label_accuracy(drawn, labels):.1%}"
)

# %% [markdown] id="10-attributes-text"
# ## 9 · Attributes as conditions
#
# If you know before training what will be asked, you can train for it. A condition is a row
# of numbers: ten for the class, two for thickness and slant, standardised. Each training
# image supplies its own condition, since it shows what it is.
#
# Which discriminator should judge it? Projection could take the row as it is. We take
# the auxiliary classifier of (10.6), which also predicts the two numbers, with a
# squared error. Its error says in which direction an image is off, and by how much. The
# training has 1,000 steps.

# %% id="10-attributes"
recipe = gan.conditional_recipe("auxiliary", attributes=2)
pairs = conditions.batches(digits, recipe.batch_size, seed=10, device=device)
artist = train(recipe, pairs, steps=1000)

# %% id="10-attributes-judge"
drawn = artist.sample(len(labels), labels=conditions.rows(labels, table)).cpu()
plots.show(
    plots.asked_obtained(outcome(drawn, table)),
    "Two clouds of points as before, from the model that was trained with attributes.",
)
print(f"the digit that was asked for: {metrics.label_accuracy(drawn, labels):.1%}")

# %% [markdown] id="10-attributes-after"
# Compare with section 8. In our run the errors are clearly smaller (0.19 and 0.05), and
# 99 % of the digits are right instead of 93 %. Thick strokes come out a little too
# thick. The two models are also of two kinds, a GAN and a VAE, so not all of the
# difference need come from the conditions.
#
# The bias of section 5 came with the class guess, so look for it here. Ask for the same row
# a hundred times, an upright 7 of middle thickness, and measure how much the pictures vary.
# For comparison take real sevens whose thickness and slant are about the same.

# %% id="10-attributes-spread"
middle = torch.tensor([[2.5, 0.2]])
row = conditions.rows(torch.tensor([7]), middle)
alike = artist.sample(100, labels=row.expand(100, -1)).cpu()
gaps = ((conditions.table - middle) / conditions.std).norm(dim=1)
gaps[digits.labels != 7] = torch.inf
real_sevens = data.to_float(digits.images[gaps.argsort()[:100]])
for name, images in (("generated", alike), ("real", real_sevens)):
    print(f"{name:<10} standard deviation of a pixel {images.std(0).mean():.3f}")

# %% [markdown] id="10-attributes-spread-after"
# Both sets have about the same thickness and slant, so what varies is the form. In our
# run the generated sevens vary about half as much as the real ones. The model does what
# it is asked, and draws fewer kinds of 7 than people write.

# %% [markdown] id="10-person-text"
# ### A style from five digits
#
# Somebody gives you five digits and wants others in the same handwriting style. This is
# **personalisation** by a few examples. The generator is not trained again. Keep all
# its weights, and look for the *condition* whose images come nearest to the examples.
# For each given digit the class is known. Unknown are two numbers of style, which all
# digits of this person share, and the latents of each digit. Adam finds both from the
# squared error of the pixels, in 60 steps.
#
# MNIST's files do not say who wrote a digit. So a "person" is made here: the 200 test
# digits nearest to a chosen thickness and slant. The found style is tested on new
# digits. It is given to the generator with fresh latents and all ten classes. The mean
# thickness and slant of the results are compared with the means of the person's other
# digits. Two rivals need no search. One ignores the examples and asks for the mean
# style. The other measures the examples with `control.measure` and asks for that.

# %% id="10-person"
styles = control.measure(test.images).table("thickness", "slant")
styles = (styles - conditions.mean) / conditions.std  # in standard deviations
persons = [[1.2, -1.0], [-1.0, 1.0], [1.0, 1.0], [-0.8, -0.8], [1.5, 0.0], [0.0, -1.3]]
still = artist.trained_generator().requires_grad_(False)


def examples(person, k):
    """Rows of k test digits of a person, and of the person's other digits."""
    near = (styles - torch.tensor(person)).norm(dim=1).argsort()[:200]
    mixed = near[torch.randperm(len(near), generator=torch.Generator().manual_seed(7))]
    return mixed[:k], mixed[k:]


def drawn_in(style, z, shown):
    """Images of the frozen generator with these latents, labels and style [2]."""
    marks = nn.functional.one_hot(shown, 10).float()
    row = torch.cat([marks, style.expand(len(z), 2)], dim=1)
    return still(z.to(device), row.to(device)).cpu()


# %% id="10-person-search"
def style_of(mine, steps=60):
    """The style [2] whose images come nearest to the given digits."""
    images, shown = data.to_float(test.images[mine]), test.labels[mine]
    style = torch.zeros(2, requires_grad=True)
    z = torch.zeros(len(mine), 64, requires_grad=True)
    adam = torch.optim.Adam([style, z], 0.1)
    for _ in range(steps):
        error = (drawn_in(style, z, shown) - images).square().mean()
        adam.zero_grad()
        (error + 1e-3 * z.square().mean()).backward()
        adam.step()
    return style.detach()


@torch.no_grad()
def style_error(style, rest):
    """Mean error of thickness and slant of 50 new images, in standard deviations."""
    fresh = torch.randn(50, 64, generator=torch.Generator().manual_seed(3))
    made = control.measure(drawn_in(style, fresh, torch.arange(50) % 10))
    made = (made.table("thickness", "slant") - conditions.mean) / conditions.std
    return float((made.mean(0) - styles[rest].mean(0)).abs().mean())


# %% id="10-person-errors"
print("examples  searched  measured  ignored   (mean of six persons)")
for k in (1, 2, 5, 20):
    split = [examples(person, k) for person in persons]
    ways = {
        "searched": [style_error(style_of(mine), rest) for mine, rest in split],
        "measured": [style_error(styles[mine].mean(0), rest) for mine, rest in split],
        "ignored": [style_error(torch.zeros(2), rest) for _, rest in split],
    }
    print(f"{k:8}", *[f"{sum(way) / len(way):9.2f}" for way in ways.values()])

# %% id="10-person-look"
mine, rest = examples(persons[0], 5)
fresh = torch.randn(10, 64, generator=torch.Generator().manual_seed(3))
made = drawn_in(style_of(mine), fresh, torch.arange(10)).detach()
blank = torch.full((5, 1, 28, 28), -1.0)
plots.show(
    plots.labelled_rows(
        {
            "five examples": torch.cat([data.to_float(test.images[mine]), blank]),
            "new digits": made,
        }
    ),
    "Five thick digits, upright or leaning a little to the left; and ten new digits, 0 to 9,"
    " thick as well, some of them with double strokes or gaps.",
)

# %% [markdown] id="10-person-after"
# Compare the columns. In our run both ways have a far smaller error than ignoring the
# examples. The search is worst with one example. Probably the latents of that one digit
# then explain a part of its style. With more digits, one style has to fit all of them.
# We have not tested this. Further examples beyond two changed little. Measuring was
# better than searching for every number of examples. This generator was trained with
# exactly these two attributes, and a function measures them. The search needs no such
# function, so it also works where a style has no name and no measure. Textual inversion
# (Gal et al. 2023) works in this way with a large model. All weights are frozen, and
# one new word vector is learnt from a few pictures.

# %% [markdown] id="10-truncation-text"
# ## 10 · Truncation, and what it costs
#
# The generator was trained on few latents from the tails of their distribution. So
# leave the tails out: draw every latent number from the normal distribution *on
# condition* that it is within $\pm t$ (Brock et al. 2019). What is left has the
# variance
#
# $$\operatorname{Var}\bigl(z \mid \lvert z \rvert \le t\bigr) = 1 - \frac{2\, t\, \phi(t)}{2\, \Phi(t) - 1}, \tag{10.16}$$
#
# with $\phi$ and $\Phi$ the density and distribution function of $\mathcal N(0, 1)$.
# Nothing is trained; one number, chosen when sampling, moves between quality and
# variety.
#
# {{exercise 10.truncated}}
#
# Brock et al. draw again whatever lies outside. Find a way without redrawing. The same
# uniform number $u$ in $(0, 1)$ shall always give the same latent, and a larger $u$ a
# larger one. Chapter 01 turned uniform numbers into samples by the inverse of a
# distribution function. What is the distribution function of $z$ given
# $\lvert z \rvert \le t$, and what is its inverse? Use `torch.special.ndtr` for $\Phi$
# and `torch.special.ndtri` for $\Phi^{-1}$.


# %% id="10-ex-truncated" exercise="10.truncated"
def truncated(u, limit):
    """Normal numbers with |z| <= limit from uniform u in (0, 1), of u's shape."""
    ### BEGIN SOLUTION
    low = torch.special.ndtr(torch.tensor(-limit, dtype=u.dtype))
    return torch.special.ndtri(low + (1 - 2 * low) * u)
    ### END SOLUTION


# %% id="10-use-truncated"
truncated = checks.use("10.truncated", truncated)
z = truncated(torch.rand(100_000, dtype=torch.float64), 1.0)
print(f"variance {z.var():.3f}, by (10.16) {control.truncated_variance(1.0):.3f}")

# %% [markdown] id="10-truncation-curve-text"
# <details><summary>The formula, to open once your check passes</summary>
#
# Given $\lvert z \rvert \le t$ the distribution function is
# $(\Phi(z) - \Phi(-t)) / (\Phi(t) - \Phi(-t))$. Setting it equal to $u$ gives
# $z = \Phi^{-1}\bigl(\Phi(-t) + u\,(\Phi(t) - \Phi(-t))\bigr)$.
#
# </details>
#
# Try truncation on the GAN with (10.8), for limits from nearly nothing to nearly no limit.
# Sketch both curves before you look: precision, and recall.
#
# **Predict.** With the limit $t = 1$ two thirds of all normal numbers are still allowed.
# How large is the recall there, in percent? (Without truncation the table of section 4
# gives it.)

# %% id="10-truncation-predict"
checks.predict("10.recall-at-limit-1", ..., unit="%")

# %% id="10-truncation-curve"
limits = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
curve = {"precision": [], "recall": [], "coverage": []}
pictures = {}
G = cgan.trained_generator()
for limit in limits:
    z = control.truncated_normal(n, 64, limit, torch.Generator().manual_seed(4))
    with torch.no_grad():
        images = G(z.to(device), asked.to(device)).cpu()
    near = metrics.prdc(real_features, metrics.features(images))
    for name, values in curve.items():
        values.append(getattr(near, name))
    pictures[f"t = {limit}"] = images[7:140:10]  # where a 7 was asked for

# %% id="10-truncation-measured"
checks.measured("10.recall-at-limit-1", 100 * curve["recall"][limits.index(1.0)])

# %% id="10-truncation-plot"
plots.show(
    plots.lines(
        {name: (limits, values) for name, values in curve.items()}, "limit t", "share"
    ),
    "Three curves over the limit. From the smallest limit to the largest, "
    + ", ".join(
        f"{name} goes from {v[0]:.2f} to {v[-1]:.2f}" for name, v in curve.items()
    )
    + ".",
)

# %% id="10-truncation-look"
plots.show(
    plots.labelled_rows(pictures),
    "Six rows of sevens: in the first all are nearly alike, in the last they differ in"
    " slant, thickness and form.",
)

# %% [markdown] id="10-truncation-after"
# Read the curves from right to left. As the limit falls, precision gains little (it was
# high already) and recall loses nearly everything. The rows show the same for one
# digit: with $t = 0.25$ nearly one 7 is left.
#
# A small limit makes good pictures and a poor sample of the data. So say which limit
# your samples were drawn with. To compare two models, compare their whole curves, since
# each model can be moved along its own curve.

# %% [markdown] id="10-guidance-text"
# ### Guidance, and labels in every layer
#
# Truncation leaves out unusual latents. **Guidance** makes images rare whose class is
# not clear. Let $p(y \mid x)$ be a classifier and $w \ge 0$ a weight. Guidance aims at
# the distribution
#
# $$p_w(x \mid y) \propto p(x \mid y)\; p(y \mid x)^w, \qquad \nabla_x \log p_w(x \mid y) = (1 + w)\, \nabla_x \log p(x \mid y) - w\, \nabla_x \log p(x). \tag{10.17}$$
#
# The left half is **classifier guidance** (Dhariwal and Nichol 2021). A diffusion model
# draws in many small steps, and each step follows the slope of a classifier's
# $\log p(y \mid x)$ as well. The right half is Bayes' rule, and it needs no classifier.
# A network that can be asked with a condition and without one gives both slopes. This
# is **classifier-free guidance** (Ho and Salimans 2022); in training the condition is
# left out at random, so that one network learns both. In both, the combination is used
# at every noise level, so $p_w$ is reached only approximately. A GAN draws in a single
# step and has no such slopes to follow, so truncation is its usual tool.
#
# What guidance costs can be computed on the line of section 5. Expect the guided class to
# move away from the other one and to become narrower, as under the class loss there.

# %% id="10-guided"
for weight in (0.0, 1.0, 3.0):
    guided = real[1] * posterior[1] ** weight
    guided = guided / (guided.sum() * dx)
    mean = (guided * x).sum() * dx
    deviation = ((guided * (x - mean) ** 2).sum() * dx).sqrt()
    print(f"w = {weight}: mean {mean:.2f}, deviation {deviation:.2f}")

# %% [markdown] id="10-guidance-after"
# With a larger $w$ the mean moves out and the deviation falls. So guidance also exchanges
# variety for clarity. Its weight is chosen when sampling, while the bias of section 5 is
# fixed by the training.
#
# One more idea of larger models concerns where the label enters. Our generator receives
# it at its input only. **Conditional batch normalisation** gives it to every layer.
# After a channel has been normalised, it is scaled and shifted by two numbers that are
# looked up by the label. Dumoulin et al. (2017) do the same with instance
# normalisation, where the label is a style. De Vries et al. (2017) compute the two
# numbers from a question about the picture. Miyato and Koyama (2018) and Brock et al.
# (2019) use conditional batch normalisation in their generators. The variation of
# exercise 10.conditional_generator asks you to try it.

# %% [markdown] id="10-prompt-text"
# ## 11 · A sentence
#
# The last step is to ask in words. Large models learn from pairs of images and captions
# what words mean. Ours has twelve numbers to set, so a small grammar is enough. It has one
# advantage over the large models: it can say which word it does not understand.
#
# {{exercise 10.read_request}}
#
# Begin with the two numbers. In "two thick sevens" the last number word is the digit, and
# the one before it, if there is one, is the count. `numbers` holds singular words and may
# hold figures ("7"); a plural has s behind it ("sevens"), or es ("sixes").


# %% id="10-ex-read-request" exercise="10.read_request"
def read_request(text, numbers):
    """(count, digit); numbers: what each number word means. One image if no count."""
    ### BEGIN SOLUTION
    ends = ("", "s", "es")
    forms = {word + end: n for word, n in numbers.items() for end in ends}
    found = [forms[word] for word in text.lower().split() if word in forms]
    return (found[0] if len(found) > 1 else 1), found[-1]
    ### END SOLUTION


# %% id="10-use-read-request"
read_request = checks.use("10.read_request", read_request)

# %% [markdown] id="10-read-draw-text"
# Now use your function with a model. It reads two sentences, and the GAN with (10.8)
# draws as many digits as were asked for.

# %% id="10-read-draw"
words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
numbers = {word: number for number, word in enumerate(words)}
understood = {}
for text in ("seven sevens, please", "seven large sixes"):
    count, digit = read_request(text.replace(",", ""), numbers)
    wanted = torch.full((count,), digit)
    seeded = torch.Generator().manual_seed(6)
    understood[text] = cgan.sample(count, seeded, wanted).cpu()
plots.show(
    plots.labelled_rows(understood),
    "Two rows of seven digits: sevens in the first, sixes in the second.",
)

# %% [markdown] id="10-prompt-parse-text"
# `control.parse` adds adjectives, degrees, synonyms, and refusals. Its meanings are
# numbers you can look up, quantiles of the training digits. "Thick" is the thickness
# that one training digit in ten exceeds.

# %% id="10-prompt-parse"
for text in ("three thick sevens leaning left", "a dozen very thin, upright 4s"):
    print(f"{text}\n    {control.parse(text)}")
for text in ("a purple seven", "three sevens and a two", "seven hundred ones"):
    try:
        control.parse(text)
    except CourseError as refusal:
        print(f"{text}\n    {str(refusal).partition('. ')[0]}.")

# %% [markdown] id="10-prompt-draw-text"
# Expect rows that fit their sentence. Look along a row, too. The sentence leaves open
# how a digit is formed, and a model with little variety answers it eight times in
# nearly the same way. The printed lines say what was measured. Then change the
# sentences.

# %% id="10-prompt-draw"
texts = ("eight thick sevens leaning left", "eight thin sevens leaning right")
texts += ("eight upright, very thick twos", "eight slightly thin eights slanting left")
requests = {text: control.parse(text) for text in texts}
seeded = torch.Generator().manual_seed(5)
rows = {
    text.removeprefix("eight "): control.draw(artist, conditions, request, seeded).cpu()
    for text, request in requests.items()
}
plots.show(
    plots.labelled_rows(rows),
    "Four rows of eight digits: thick sevens leaning left, thin sevens leaning right, upright"
    " very thick twos, some of them blots, and thin eights slanting left. The digits of one"
    " row differ little in form.",
)

# %% id="10-prompt-judge"
for text, request in requests.items():
    images = rows[text.removeprefix("eight ")]
    seen = control.measure(images)
    right = metrics.label_accuracy(images, torch.full((8,), request.digit))
    print(f"{text}: {right:.0%} show the digit")
    for name, values in (("thickness", seen.thickness), ("slant", seen.slant)):
        print(f"    {name} {values.mean():.2f}, asked {getattr(request, name)}")

# %% [markdown] id="10-prompt-after"
# The classifier reads every digit as asked, but the eye is stricter: some of the very thick
# twos are blots. The thin sevens are thicker than asked. Along a row the digits differ
# little in form, as section 9 measured.
#
# What are the limits? The model draws one digit at a time, and two qualities can be
# chosen. A request far outside the training data ("very thick", for a digit that was
# never written so) is answered by extrapolation. The network was not trained for that.
# And "left" means left of upright here, although most people's digits lean right. We
# chose these meanings, and `control/prompt.py` lists them, so you can check and change
# them.

# %% [markdown] id="10-predictions-text"
# Your predictions beside what was measured:

# %% id="10-predictions"
checks.predictions("10")

# %% [markdown] id="10-recap"
# ## What to take along
#
# - A condition turns one game into one game for each class, played by the same two
#   networks.
# - A discriminator must be able to see whether image and label fit. Projection has a
#   term for it, and concatenation has to learn it in a hidden layer. An auxiliary
#   classifier prefers clear cases, so its generator draws classes further apart than
#   they are.
# - Label accuracy is measured by a classifier that had no part in training. It says nothing
#   about variety: look at recall as well. With a loss for variety within a class projection
#   reached {{study conditional varied label_accuracy}} and a recall of
#   {{study conditional varied recall}}, medians of five seeds.
# - Attributes need measures that are themselves tested, and control has to be compared
#   with ignoring the request. Latent directions need one regression for each attribute
#   on a trained model. Conditions have to be given in training.
# - Truncation trades variety for quality. Say which limit you used. Guidance trades variety
#   for a clear class, (10.17).
# - A request that is not understood should be refused, with a list of what is understood.
#
# **Next** chapter 11: attention, on which the models that read and write are built.
#
# ## References
#
# - M. Mirza, S. Osindero. Conditional Generative Adversarial Nets. arXiv:1411.1784, 2014.
#   Short; (10.1) and concatenation.
# - T. Miyato, M. Koyama. cGANs with Projection Discriminator. ICLR 2018. The derivation of
#   (10.5), and experiments on 1,000 classes.
# - A. Odena, C. Olah, J. Shlens. Conditional Image Synthesis with Auxiliary Classifier
#   GANs. ICML 2017. The loss (10.6).
# - R. Shu, H. Bui, S. Ermon. AC-GAN Learns a Biased Distribution. NeurIPS Workshop on
#   Bayesian Deep Learning, 2017. Four pages on the bias of section 5.
# - M. Gong, Y. Xu, C. Li, K. Zhang, K. Batmanghelich. Twin Auxiliary Classifiers GAN.
#   NeurIPS 2019. A remedy for that bias.
# - P. Dhariwal, A. Nichol. Diffusion Models Beat GANs on Image Synthesis. NeurIPS 2021.
#   Classifier guidance.
# - J. Ho, T. Salimans. Classifier-Free Diffusion Guidance. arXiv:2207.12598, 2022.
# - V. Dumoulin, J. Shlens, M. Kudlur. A Learned Representation for Artistic Style. ICLR
#   2017. Scales and shifts that depend on a condition.
# - H. de Vries, F. Strub, J. Mary, H. Larochelle, O. Pietquin, A. Courville. Modulating
#   Early Visual Processing by Language. NeurIPS 2017. Conditional batch normalisation.
# - R. Gal, Y. Alaluf, Y. Atzmon, O. Patashnik, A. H. Bermano, G. Chechik, D. Cohen-Or. An
#   Image is Worth One Word: Personalizing Text-to-Image Generation using Textual Inversion.
#   ICLR 2023.
# - S. Reed, Z. Akata, X. Yan, L. Logeswaran, B. Schiele, H. Lee. Generative Adversarial
#   Text to Image Synthesis. ICML 2016. Real images with wrong labels as a third pair; see
#   the variation of exercise 10.conditional_step.
# - Q. Mao, H.-Y. Lee, H.-Y. Tseng, S. Ma, M.-H. Yang. Mode Seeking Generative Adversarial
#   Networks for Diverse Image Synthesis. CVPR 2019. The loss that (10.8) is made from.
# - K. Sohn, H. Lee, X. Yan. Learning Structured Output Representation Using Deep
#   Conditional Generative Models. NeurIPS 2015. The conditional VAE.
# - D. P. Kingma, D. J. Rezende, S. Mohamed, M. Welling. Semi-Supervised Learning with Deep
#   Generative Models. NeurIPS 2014. Analogies are figure 1.
# - A. Brock, J. Donahue, K. Simonyan. Large Scale GAN Training for High Fidelity Natural
#   Image Synthesis. ICLR 2019. The truncation trick is section 3.1.
# - M.-K. Hu. Visual Pattern Recognition by Moment Invariants. IRE Transactions on
#   Information Theory, 1962. Moments of images.
# - A. E. Hoerl, R. W. Kennard. Ridge Regression: Biased Estimation for Nonorthogonal
#   Problems. Technometrics, 1970.
