# ---
# jupyter:
#   accelerator: GPU
# ---

# %% [markdown] id="10-title"
# # 10 · Asking for what you want
#
# A generator that draws *a* digit is a curiosity. One that draws the digit you asked for,
# as thick and as slanted as you asked, is a tool. This chapter builds the tool in four
# ways, and each time asks the same sober question: of what was asked for, how much was
# obtained?
#
# **You will be able to**
# - turn a GAN and a VAE into conditional models, and say what a condition changes in their
#   objectives;
# - compare three ways for a discriminator to look at a label, and name the bias of one;
# - measure control: labels by an independent judge, thickness and slant by moments;
# - find a direction in a latent space, and trade variety for quality by truncation;
# - turn a sentence into a request, and refuse honestly what is not understood.
#
# **Time** about two and a half hours with the nine exercises. **Before this** chapters 05,
# 07 and 08.
#
# {{run card}}

# %% id="10-imports"
import torch
from torch import nn

from aigc_course import checks, control, data, gan, metrics, plots, recipes, training
from aigc_course.errors import CourseError

device = training.pick("auto")
training.prepare(device)
training.seed_everything(10)

# %% id="10-data"
digits = data.default()
test = data.load(digits.name, "test")
n = 200 if training.fast_mode() else 3000
real_features = metrics.features(test.images[:n])
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
# How does one hand a class to a network? As one more part of its input, beside the noise.
# Write that input for a whole batch.


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
# The course's conditional generator is the one of chapter 05 with ten more inputs. Before
# any training, the same noise with ten labels gives nearly the same fog ten times. Expect
# differences that you have to look for.

# %% id="10-input"
untrained = gan.ConditionalGenerator().eval()
same_noise = torch.randn(1, untrained.latent).expand(10, -1)
with torch.no_grad():
    fog = untrained(with_condition(same_noise, torch.arange(10), 10))
plots.show(
    plots.image_grid(fog, columns=10, title="Ten labels, one noise, no training"),
    "Ten squares of grey texture that differ little from one another.",
)

# %% [markdown] id="10-look-text"
# ## 2 · Three ways to look at a label
#
# The generator's side is settled. The discriminator's is where the ideas differ, for it
# has to find out whether image and label *fit*.
#
# **Concatenation.** Put the label beside the features $h = \varphi(x)$ of the image. If a
# single linear layer followed, its logit would be
#
# $$a(x, y) = w \cdot h + u_y + b, \tag{10.3}$$
#
# and the label could only shift all images alike: such a $D$ knows which labels are common
# and never asks whether this image shows this label. A hidden layer after the
# concatenation repairs that, and has to learn from nothing how the two interact.
#
# **Projection.** Ask instead what the logit should be. At the optimum it is a log-ratio,
# and Bayes' rule splits it into two questions, does the label fit the image and does the
# image look real:
#
# $$\log \frac{p(x, y)}{q(x, y)} = \log \frac{p(y \mid x)}{q(y \mid x)} + \log \frac{p(x)}{q(x)}. \tag{10.4}$$
#
# Suppose that both $p(y \mid x)$ and $q(y \mid x)$ are softmax classifiers on the features
# $h$. Their logits are linear in $h$, so the first term is linear in $h$ with weights that
# depend on $y$, up to something that depends on $x$ alone and can join the second term.
# That is the **projection discriminator** (Miyato and Koyama 2018),
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
# A small case shows the difference between (10.3) and (10.5). Two classes, one feature:
# for class 0 the real images have $h > 0$, for class 1 they have $h < 0$. Whatever $u_y$
# is, (10.3) ranks all images in one order for both classes. Expect one of the two to be
# right about half of the pairs, and the other about all.

# %% id="10-xor"
h = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]])
labels = torch.tensor([0, 0, 1, 1])
fits = torch.tensor([True, False, False, True])
one_order = h[:, 0] + torch.tensor([0.0, 0.0])[labels]
by_class = projection(
    h, labels, torch.zeros(1), torch.zeros(()), torch.tensor([[1.0], [-1.0]])
)
for name, logits in (("concatenation", one_order), ("projection", by_class)):
    print(f"{name:<14} right about {((logits > 0) == fits).double().mean():.0%}")

# %% [markdown] id="10-auxiliary-text"
# **Auxiliary classifier.** Do not tell $D$ the label at all; make it guess. $D$ gets a
# second output, a classifier $C$, and with
#
# $$L_S = -\mathbb E\bigl[\log D(x)\bigr] - \mathbb E\bigl[\log(1 - D(G(z, y)))\bigr], \qquad L_C = -\mathbb E\bigl[\log C(y \mid x)\bigr] - \mathbb E\bigl[\log C(y \mid G(z, y))\bigr] \tag{10.6}$$
#
# $D$ and $C$ lower $L_S + L_C$, while $G$ lowers its own adversarial loss plus the second
# half of $L_C$ (Odena et al. 2017). About the source the players fight, about the class
# they agree.
#
# {{exercise 10.auxiliary_loss}}
#
# Write what $D$ and $C$ minimise, from logits.


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

# %% [markdown] id="10-train-text"
# ## 3 · Training the projection GAN
#
# `gan.ConditionalGAN` is the learner of chapter 05 whose batches are pairs of images and
# labels. The rest of the recipe is unchanged. Fifty seconds.


# %% id="10-train-function"
def train(model, batches, seconds, seed=10):
    """Train a model on pairs (images, labels) and return it."""
    training.seed_everything(seed)
    history = training.fit(model, batches, training.lesson(seconds=seconds))
    print(f"{history.rows[-1]['step']:,} steps; {history.messages or 'no complaints'}")
    return model


def labelled(size, seed=10):
    """Endless pairs (images, labels) of the training digits."""
    return data.batches(digits, size, seed=seed, device=device, labels=True)


# %% id="10-train"
training.seed_everything(10)
recipe = gan.conditional_recipe("projection")
cgan = train(recipe.build(device), labelled(recipe.batch_size), seconds=50)

# %% [markdown] id="10-grid-text"
# Ask for each digit ten times: each row below is a class, and each *column* is one noise
# vector, used with all ten labels. Expect rows to keep to their digit. Then look down a
# column: is there something that the ten digits have in common?

# %% id="10-grid"
every_label = torch.arange(10).repeat_interleave(10)
noise = torch.randn(10, 64, generator=torch.Generator().manual_seed(1)).repeat(10, 1)
G = cgan.trained_generator()
with torch.no_grad():
    table = G(noise.to(device), every_label.to(device)).cpu()
plots.show(
    plots.image_grid(
        table, columns=10, title="A class in each row, a noise in each column"
    ),
    "A table of a hundred generated digits: the first row zeros, the last row nines; digits"
    " of one column tend to share their thickness and slant.",
)

# %% [markdown] id="10-grid-after"
# The label says *what*; what is left for the noise is *how*. Nobody told the network about
# thickness or slant, yet one direction of the noise tends to mean the same for all
# classes, since all classes pass through the same layers. Section 8 makes use of that.

# %% [markdown] id="10-judge-text"
# ## 4 · An independent judge
#
# How often does it draw what was asked? The judge must have had no part in the training:
# a model that is graded by its own discriminator grades itself. The course's classifier
# (chapter 07) has only ever seen real digits.

# %% id="10-judge"
asked = torch.arange(n) % 10
samples = {"projection": cgan.sample(n, torch.Generator().manual_seed(2), asked)}
agreement = metrics.label_accuracy(samples["projection"], asked)
accuracy = metrics.label_accuracy(test.images, test.labels)
print(f"judge on real test digits  {accuracy:.2%}")
print(f"judge on what was asked    {agreement:.2%}")

# %% [markdown] id="10-judge-share-text"
# {{exercise 10.true_share}}
#
# The judge errs, too. Let it be right with probability $p$, and let its slips fall evenly
# on the $k - 1$ other classes. If the share $s$ of samples is what was asked, it will
# report
#
# $$a = s\, p + (1 - s)\, \frac{1 - p}{k - 1}. \tag{10.7}$$
#
# Solve for $s$.


# %% id="10-ex-true-share" exercise="10.true_share"
def true_share(agreement, accuracy, classes=10):
    """Share of images drawn as asked, from the share that a judge read so."""
    ### BEGIN SOLUTION
    slip = (1 - accuracy) / (classes - 1)
    return (agreement - slip) / (accuracy - slip)
    ### END SOLUTION


# %% id="10-use-true-share"
true_share = checks.use("10.true_share", true_share)
print(f"corrected: {true_share(agreement, accuracy):.2%}")

# %% [markdown] id="10-judge-after"
# Is the corrected share above 100 %? Then the samples are *easier* to read than real
# digits are. That is no compliment: real digits include the odd ones, and a model that
# leaves them out reads better than the truth. A label accuracy above the real one is a
# hint of missing variety, and recall will say whether the hint is right.

# %% [markdown] id="10-three-text"
# Now the other two discriminators, forty seconds each. Expect all three to obey, and
# look at the last two columns: who pays for obedience with variety?

# %% id="10-three-concatenation"
recipe = gan.conditional_recipe("concatenation")
model = train(recipe.build(device), labelled(recipe.batch_size), seconds=40)
samples["concatenation"] = model.sample(n, torch.Generator().manual_seed(2), asked)

# %% id="10-three-auxiliary"
recipe = gan.conditional_recipe("auxiliary")
model = train(recipe.build(device), labelled(recipe.batch_size), seconds=40)
samples["auxiliary"] = model.sample(n, torch.Generator().manual_seed(2), asked)


# %% id="10-three-row"
def scores(images, asked):
    """Obedience, quality and variety of labelled images."""
    found = metrics.features(images)
    near = metrics.prdc(real_features, found)
    return {
        "as asked": metrics.label_accuracy(images, asked),
        "FID": metrics.fid(found, real_features),
        "precision": near.precision,
        "recall": near.recall,
        "coverage": near.coverage,
    }


# %% id="10-three"
rows = {name: scores(images, asked) for name, images in samples.items()}
plots.show(
    plots.score_sheet(rows, lower=("FID",)),
    "A table of three conditional GANs and five figures. "
    + plots.best_of(rows, lower=("FID",)),
)

# %% [markdown] id="10-three-after"
# One seed of less than a minute ranks nothing for good (chapter 06), and the first had
# more time. What can be said without any seed is why one of the three must be biased.

# %% [markdown] id="10-bias-text"
# ## 5 · What the auxiliary classifier wants
#
# Look at the generator's half of $L_C$ for a fixed classifier $C$. It is a cross-entropy,
# and splits as every cross-entropy does:
#
# $$-\mathbb E_{q(x, y)}\bigl[\log C(y \mid x)\bigr] = H_q(y \mid x) + \mathbb E_{q(x)}\bigl[\mathrm{KL}\bigl(q(y \mid x) \,\|\, C(y \mid x)\bigr)\bigr]. \tag{10.8}$$
#
# The divergence is what we want to be small. The entropy $H_q(y \mid x)$ comes along
# unasked: $G$ is paid for images whose class is *obvious*. Where real classes overlap,
# a perfect generator has $H_q > 0$ and can do better by drawing only clear cases.
#
# On a line this can be computed exactly. Two classes, normal with means $\pm 1$ and
# deviation 1, overlap a good deal. Let the generator draw normal classes too, with means
# $\pm a$ and deviation $b$, and find by trying all pairs which $a$ and $b$ minimise the
# divergence $2\,\mathrm{JS}(p, q)$ alone, and which minimise it with the class term
# added. Where do you expect the second pair?

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
found = {w: min(tried, key=lambda pair: objective(*pair, w)) for w in (0.0, 1.0)}
for weight, (a, b) in found.items():
    print(f"class term times {weight}: means ±{a}, deviation {b}")

# %% id="10-bias-plot"
curves = {"data": (x, real[1]), "without": (x, classes(*found[0.0])[1])}
curves["with the class term"] = (x, classes(*found[1.0])[1])
plots.show(
    plots.densities(curves, "One of the two classes"),
    "Three densities of one class: data and the optimum without the class term lie on top"
    " of each other, the optimum with it stands further out and is narrower.",
)

# %% [markdown] id="10-claim-text"
# **A claim, checked.** Shu et al. (2017) and Gong et al. (2019) say that the auxiliary
# classifier GAN does not learn the data but a version of it whose classes are further
# apart. Here it holds, with a perfect divergence and a perfect classifier: no amount of
# training would help, since the biased answer is the optimum. Gong et al. repair it with
# a second classifier that learns from samples alone and takes $H_q$ out again. What
# happens to the bias if the classes hardly overlap? Change the means to $\pm 3$ and see;
# then say why digits suffer less than, for instance, breeds of dogs.

# %% [markdown] id="10-cvae-text"
# ## 6 · The conditional VAE
#
# The bound of chapter 08 holds for every $y$ separately. Put a condition into each
# factor, and (Sohn et al. 2015)
#
# $$\log p(x \mid y) \ge \mathbb E_{q(z \mid x, y)}\bigl[\log p(x \mid z, y)\bigr] - \mathrm{KL}\bigl(q(z \mid x, y) \,\|\, p(z \mid y)\bigr). \tag{10.9}$$
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
# The course's conditional VAE takes the same prior $\mathcal N(0, I)$ for all labels. That
# is a choice, and a useful one: if $z$ has one distribution whatever the label, it cannot
# carry the label, so the label has to come from $y$ and the style from $z$.
#
# That is the optimum. On the way there $z$ and $y$ race: the encoder sees the image, and
# may put the class into $z$ before the decoder has learnt to listen to $y$. Then the label
# adds nothing new, and samples, whose $z$ comes from the prior, show any digit. Three
# things help $y$ to win: few latents, dear ones ($\beta = 2$), and weights for the label
# that start eight times as large as the others. All are in the recipe behind `aigc train
# cvae` (`vae/conditional.py`); `vae.convolutional(classes=10)` has none of them, if you
# want to see the other outcome. Thirty seconds.

# %% id="10-cvae"
training.seed_everything(10)
recipe = recipes.get("cvae")
cvae = train(recipe.build(device), labelled(recipe.batch_size), seconds=30)
samples["CVAE"] = cvae.sample(n, torch.Generator().manual_seed(2), labels=asked)

# %% id="10-cvae-scores"
rows = {name: scores(samples[name], asked) for name in ("projection", "CVAE")}
plots.show(
    plots.score_sheet(rows, lower=("FID",)),
    "A table of the conditional GAN and the conditional VAE with five figures. "
    + plots.best_of(rows, lower=("FID",)),
)

# %% [markdown] id="10-analogy-text"
# What the VAE has and the GAN lacks is an encoder. Encode a real digit with its label,
# keep $z$, and decode with all ten labels: the same hand, writing other digits (Kingma et
# al. 2014 call these analogies). Expect each row to keep its style: upright or leaning,
# bold or fine.

# %% id="10-analogy"
sources = torch.arange(40, 46)
images = data.to_float(test.images[sources])
z, _ = cvae.encode(images, test.labels[sources])
written = [cvae.decode(z, torch.full((6,), c)) for c in range(10)]
together = torch.stack([images, *(w.cpu() for w in written)], dim=1).flatten(0, 1)
plots.show(
    plots.image_grid(together, columns=11, title="Source, then 0 to 9 in its style"),
    "Six rows: first a real digit, then the ten digits, in each row of one thickness and"
    " slant like the source.",
)

# %% [markdown] id="10-slant-text"
# ## 7 · Measuring how it is written
#
# To ask for a *thick* or a *leaning* digit, we need numbers for both, and to trust the
# numbers we need strokes whose thickness and slant are known. Take ink as brightness in
# $[0, 1]$, with $x$ to the right and $y$ downwards, and its second moments $\mu$ around
# its centre. The straight line $x(y)$ that fits the ink best has the slope
# $\mu_{xy} / \mu_{yy}$; counted upwards,
#
# $$\text{slant} = -\frac{\mu_{xy}}{\mu_{yy}}. \tag{10.10}$$
#
# Why this and not the angle of the main axis? Because shearing a digit by $s$ pixels for
# each pixel up, $x' = x - s\,y$, adds exactly $s$:
#
# $$\mu_{x'y} = \mu_{xy} - s\,\mu_{yy} \quad\Longrightarrow\quad \text{slant}' = \text{slant} + s. \tag{10.11}$$
#
# {{exercise 10.slant}}
#
# Write (10.10) for a batch of ink.


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

# %% [markdown] id="10-thickness-text"
# A stroke of thickness $t$ and length $L$ has the area $A = t L$ and an edge of length
# $P = 2 (L + t)$. For long strokes and for closed loops
#
# $$t \approx \frac{2 A}{P}, \qquad \text{exactly} \quad \frac{2 A}{P} = \frac{t}{1 + t / L} \;\text{ for a straight one}. \tag{10.12}$$
#
# The edge of a grey image needs no threshold: its length is $\int \lVert \nabla\,
# \text{ink} \rVert$, since each level line counts by its share of the height. And for the
# width we take four standard deviations of $x$ after the slant is out,
#
# $$\text{width} = 4 \sqrt{\mu_{xx} - \mu_{xy}^2 / \mu_{yy}}. \tag{10.13}$$
#
# `control.measure` computes all three. First on strokes drawn to order; expect the
# thickness a little below what was drawn, by (10.12), and angles right to a degree or two
# (a thick bar's corners count as ink, too).

# %% id="10-strokes"
for thickness, angle in ((2, 0), (2, 20), (3, -15), (4, 30)):
    seen = control.measure(control.stroke(thickness, angle, length=18))
    expected = thickness / (1 + thickness / 18)
    print(
        f"drawn {thickness} px at {angle:3} degrees; measured {float(seen.thickness):.2f}"
        f" (expected {expected:.2f}) at {float(seen.degrees):5.1f}"
    )

# %% id="10-extremes"
conditions = control.Conditions.of(digits)
thick, lean = conditions.table.T
order = {"thinnest": thick.argsort(), "thickest": thick.argsort(descending=True)}
order |= {"left": lean.argsort(), "right": lean.argsort(descending=True)}
plots.show(
    plots.labelled_rows(
        {name: digits.images[rows[:14]] for name, rows in order.items()}
    ),
    "Four rows of real digits: hair-thin ones, very bold ones, ones that lean far to the"
    " left, and ones that lean far to the right.",
)

# %% [markdown] id="10-direction-text"
# ## 8 · Control without having asked in training
#
# Suppose the model is trained and was never told about thickness. Its latents may know.
# Encode real digits, measure them, and read the attribute by a straight line,
# $a(z) = b + w \cdot z$, fitted by least squares. If the line fits, moving $z$ changes
# $a$. Many moves raise the reading by $\Delta$; the shortest is along $w$,
#
# $$z' = z + \Delta\, \frac{w}{\lVert w \rVert^2}, \tag{10.14}$$
#
# and the shortest is wanted, since far from the prior the decoder has never been.
#
# {{exercise 10.move}}


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

# %% [markdown] id="10-direction-fit-text"
# On the conditional VAE, whose $z$ is style alone. How much of each attribute does a
# straight line explain? `share` is $R^2$, the part of the variance that it accounts for.

# %% id="10-direction-fit"
many = 500 if training.fast_mode() else 5000
z, _ = cvae.encode(data.to_float(digits.images[:many]), digits.labels[:many])
z = z.cpu()
directions = {
    name: control.direction(z, conditions.table[:many, i])
    for i, name in enumerate(("thickness", "slant"))
}
for name, direction in directions.items():
    print(f"{name:<10} explained by a straight line: {direction.share:.0%}")

# %% [markdown] id="10-direction-walk-text"
# Take one 3 and walk. Expect the upper row to gain weight and the lower to lean over,
# each changing the other a little.

# %% id="10-direction-walk"
three = int((digits.labels[:many] == 3).nonzero()[0])
start = z[three : three + 1].expand(11, -1)
reach = {"thickness": torch.linspace(-1, 2, 11), "slant": torch.linspace(-0.6, 0.6, 11)}
threes = torch.full((11,), 3)
walks = {
    name: cvae.decode(directions[name].move(start, by), threes).cpu()
    for name, by in reach.items()
}
plots.show(
    plots.labelled_rows(walks),
    "Two rows of the same 3: from thin to thick, and from leaning left to leaning right.",
)

# %% [markdown] id="10-direction-judge-text"
# Now soberly. Ask for many targets, spread over what real digits do, and measure what
# came out.


# %% id="10-wishes"
def wishes(count, seed=3):
    """Labels [count] and a table [count, 2] of thickness and slant to ask for."""
    seeded = torch.Generator().manual_seed(seed)
    low, high = conditions.table.quantile(torch.tensor([0.05, 0.95]), dim=0)
    table = low + (high - low) * torch.rand(count, 2, generator=seeded)
    return torch.arange(count) % 10, table


def outcome(images, table):
    """Panels of asked against obtained, and a line of errors printed for each."""
    seen = control.measure(images).table("thickness", "slant")
    panels = {}
    for i, name in enumerate(("thickness", "slant")):
        panels[name] = table[:, i], seen[:, i]
        error = (seen[:, i] - table[:, i]).abs().mean()
        print(
            f"{name:<10} mean error {error:.2f} of {table[:, i].std():.2f} asked for (sd)"
        )
    return panels


# %% id="10-direction-judge"
labels, table = wishes(100 if training.fast_mode() else 600)
z = torch.randn(len(labels), cvae.networks.latent)
for i, direction in enumerate(directions.values()):
    z = direction.move(z, table[:, i] - direction.read(z))
drawn = cvae.decode(z, labels).cpu()
plots.show(
    plots.asked_obtained(outcome(drawn, table), "px"),
    "Two clouds of points, thickness and slant, over what was asked for; the nearer to the"
    " dashed line, the better the control.",
)

# %% [markdown] id="10-direction-after"
# The second move disturbs the first where the two $w$ are not at right angles, and the
# straight line is only the best straight line. Look also for points that all lie on one
# side of the dashed line: the line was fitted to *real* digits, and what a VAE decodes is
# softer, which measures as thicker. Yet it cost nothing but a regression, on a
# model that was trained without any thought of it. Did the label suffer?

# %% id="10-direction-label"
print(
    f"still the digit that was asked for: {metrics.label_accuracy(drawn, labels):.1%}"
)

# %% [markdown] id="10-attributes-text"
# ## 9 · Attributes as conditions
#
# If one knows beforehand what will be asked, one can train for it. A condition is a row of
# numbers: ten for the class, two for thickness and slant, standardised. Each training
# image supplies its own wish: it *is* what was asked for.
#
# Which discriminator? Projection could take the row as it is. We take the one that
# guesses, (10.6), with the squared error for the two numbers: a guess that is off by a
# little says in which direction, and by how much. Fifty-five seconds.

# %% id="10-attributes"
training.seed_everything(10)
recipe = gan.conditional_recipe("auxiliary", attributes=2)
pairs = conditions.batches(digits, recipe.batch_size, seed=10, device=device)
artist = train(recipe.build(device), pairs, seconds=55)

# %% id="10-attributes-judge"
drawn = artist.sample(len(labels), labels=conditions.rows(labels, table)).cpu()
plots.show(
    plots.asked_obtained(outcome(drawn, table), "px"),
    "Two clouds of points as before, from the model that was trained with attributes.",
)
print(f"the digit that was asked for: {metrics.label_accuracy(drawn, labels):.1%}")

# %% [markdown] id="10-attributes-after"
# Compare with section 8: the errors, the ends of the clouds, and the share of right
# digits. The bias of section 5 came with the guessing. Where would you look for it here?
# (Ask for the same row a hundred times, and measure how much the digits still vary.)

# %% [markdown] id="10-truncation-text"
# ## 10 · Truncation, and its price
#
# The tails of the latent distribution are where the generator has practised least. So
# leave them out: draw every latent number from the normal distribution *on condition* that
# it is within $\pm t$ (Brock et al. 2019). What is left has the variance
#
# $$\operatorname{Var}\bigl(z \mid \lvert z \rvert \le t\bigr) = 1 - \frac{2\, t\, \phi(t)}{2\, \Phi(t) - 1}, \tag{10.15}$$
#
# with $\phi$ and $\Phi$ the density and distribution function of $\mathcal N(0, 1)$. Nothing
# is trained; one number, chosen when sampling, moves between quality and variety.
#
# {{exercise 10.truncated}}
#
# No redrawing is needed: feed uniform numbers $u$ through
# $\Phi^{-1}\bigl(\Phi(-t) + u\,(\Phi(t) - \Phi(-t))\bigr)$.


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
print(f"variance {z.var():.3f}, by (10.15) {control.truncated_variance(1.0):.3f}")

# %% [markdown] id="10-truncation-curve-text"
# On the projection GAN, for limits from nearly nothing to nearly no limit. Predict both
# curves before you look: precision, and recall.

# %% id="10-truncation-curve"
limits = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
curve = {"precision": [], "recall": [], "coverage": []}
rows = {}
for limit in limits:
    z = control.truncated_normal(n, 64, limit, torch.Generator().manual_seed(4))
    with torch.no_grad():
        images = G(z.to(device), asked.to(device)).cpu()
    near = metrics.prdc(real_features, metrics.features(images))
    for name, values in curve.items():
        values.append(getattr(near, name))
    rows[f"t = {limit}"] = images[7:140:10]  # where a 7 was asked for

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
    plots.labelled_rows(rows),
    "Six rows of sevens: in the first all are nearly alike, in the last they differ in"
    " slant, thickness and form.",
)

# %% [markdown] id="10-truncation-after"
# Coverage shows the price. If recall lies near 0 at every limit, that is no virtue of the
# limit: the table of section 4 has told already how little this model varies within a
# class, and what was never there cannot be cut off.
#
# A small limit makes a fine picture for an advertisement and a poor sample of the data.
# Whoever shows samples should say which limit they were drawn with; whoever compares two
# models should compare whole curves, since either can be moved along its own.

# %% [markdown] id="10-prompt-text"
# ## 11 · A sentence
#
# The last step is to ask in words. Large models learn from pairs of images and captions
# what words mean (chapter 12). Ours has twelve numbers to set, so a small grammar is
# enough, and it has one virtue that the large ones lack: it knows what it does not
# understand.
#
# {{exercise 10.read_request}}
#
# Begin with the two numbers. In "two thick sixes" the last number word is the digit, and
# the one before it, if there is one, the count. Plural words are in no dictionary.


# %% id="10-ex-read-request" exercise="10.read_request"
def read_request(text, numbers):
    """(count, digit); numbers: what each number word means. One image if no count."""
    ### BEGIN SOLUTION
    found = []
    for word in text.lower().split():
        value = numbers.get(word, numbers.get(word.removesuffix("s")))
        if value is not None:
            found.append(value)
    return (found[0] if len(found) > 1 else 1), found[-1]
    ### END SOLUTION


# %% id="10-use-read-request"
read_request = checks.use("10.read_request", read_request)

# %% [markdown] id="10-prompt-parse-text"
# `control.parse` adds adjectives, degrees, synonyms, and refusals. Its meanings are
# numbers you can look up, quantiles of the training digits: "thick" is a stroke as thick
# as one in ten has or thicker.

# %% id="10-prompt-parse"
for text in ("three thick sevens leaning left", "a dozen very thin, upright 4s"):
    print(f"{text}\n    {control.parse(text)}")
for text in ("a purple seven", "three sevens and a two", "seven hundred ones"):
    try:
        control.parse(text)
    except CourseError as refusal:
        print(f"{text}\n    {str(refusal).partition('. ')[0]}.")

# %% [markdown] id="10-prompt-draw-text"
# Expect rows that you would have described with the same words. Then change the sentences.

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
    "Four rows of eight digits, each as its sentence says: thick sevens leaning left, thin"
    " sevens leaning right, upright thick twos, thin eights slanting left.",
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
# What are the limits? One digit at a time; two qualities; no "like this one, but". A
# wish far outside the training data ("very thick", on a digit that nobody wrote so) is
# answered with whatever the network extrapolates. And "left" means left of upright here,
# though most hands lean right: meanings were chosen, by us, and written down where you can
# argue with them.

# %% [markdown] id="10-recap"
# ## What to take along
#
# - A condition turns one game into many, played by the same two networks.
# - A discriminator must be able to see whether image and label fit. Projection builds that
#   in; concatenation has to learn it; an auxiliary classifier prefers clear cases, and
#   therefore draws classes further apart than they are.
# - Obedience is measured by a judge that had no part in training, and a score above that
#   of real data is a warning.
# - Attributes need measures that are themselves tested. Conditions give tighter control;
#   latent directions come free with a trained model.
# - Truncation buys quality with variety. Say which limit you used.
# - A request that is not understood deserves a refusal, not a guess.
#
# **Next** chapter 11: attention, on which the models that read and write are built.
#
# ## References
#
# - M. Mirza, S. Osindero. Conditional Generative Adversarial Nets. arXiv:1411.1784, 2014.
# - T. Miyato, M. Koyama. cGANs with Projection Discriminator. ICLR 2018.
# - A. Odena, C. Olah, J. Shlens. Conditional Image Synthesis with Auxiliary Classifier
#   GANs. ICML 2017.
# - R. Shu, H. Bui, S. Ermon. AC-GAN Learns a Biased Distribution. NeurIPS Workshop on
#   Bayesian Deep Learning, 2017.
# - M. Gong, Y. Xu, C. Li, K. Zhang, K. Batmanghelich. Twin Auxiliary Classifiers GAN.
#   NeurIPS 2019.
# - K. Sohn, H. Lee, X. Yan. Learning Structured Output Representation Using Deep
#   Conditional Generative Models. NeurIPS 2015.
# - D. P. Kingma, D. J. Rezende, S. Mohamed, M. Welling. Semi-Supervised Learning with Deep
#   Generative Models. NeurIPS 2014.
# - A. Brock, J. Donahue, K. Simonyan. Large Scale GAN Training for High Fidelity Natural
#   Image Synthesis. ICLR 2019.
# - M.-K. Hu. Visual Pattern Recognition by Moment Invariants. IRE Transactions on
#   Information Theory, 1962.
# - A. E. Hoerl, R. W. Kennard. Ridge Regression: Biased Estimation for Nonorthogonal
#   Problems. Technometrics, 1970.
