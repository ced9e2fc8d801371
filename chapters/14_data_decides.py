# %% [markdown] id="14-title"
# # 14 · Data decides
#
# A generator imitates what it is shown, faults included. This chapter damages data on
# purpose, measures what the damage does, cleans up, and asks what cleaning gave back. It
# ends with a question that costs firms a good deal of money: is more data a gold mine or
# a bubble?
#
# **You will be able to**
# - damage a data set in nine ways, each with a severity and a seed, and predict what a
#   generator will make of it;
# - say what another thousand pictures are worth, to a generator and to a classifier;
# - find copies by hashing and wrong labels by cross-validated confidence, and state how
#   well you found them;
# - recognise a bias that training makes worse, and compare three corrections;
# - write a data card from facts that were measured.
#
# **Time** about two hours with the eight exercises. **Before this** chapters 05, 07 and
# 10.
#
# {{run card}}

# %% id="14-imports"
from dataclasses import replace

import torch
from IPython.display import Markdown

from aigc_course import checks, data, metrics, plots, studies, training
from aigc_course.data import cleaning, corrupt
from aigc_course.data.card import card

training.seed_everything(14)

# %% id="14-data"
digits = data.default()
test = data.load(digits.name, "test")
n = 200 if training.fast_mode() else 1000
some = data.subset(digits, 5000, seed=14)
real = metrics.features(data.subset(test, n, seed=14).images)

# %% [markdown] id="14-damage-text"
# ## 1 · Damage on purpose
#
# Faults of real data sets come mixed and unlabelled. To learn what one of them does, make
# it yourself: one fault, at a chosen severity between 0 (nothing changes, to the bit) and
# 1, from a seed. `data.corrupt` has nine, and `|` puts one after another.
#
# (`data.subset` draws at random. The rows of MNIST's files are in the order of their
# writers, so the first thousand of a file are not a fair sample of it.)
#
# Look at the rows before you read on. Which of these faults would you notice if you saw
# only a single picture, and which only if you saw a thousand?

# %% id="14-damage"
kinds = [kind for kind in corrupt.CORRUPTIONS if kind != "few"]
rows = {kind: corrupt.make(kind, 0.5)(some, seed=1).images[:12] for kind in kinds}
plots.show(
    plots.labelled_rows({"as it is": some.images[:12], **rows}),
    "Nine rows of twelve pictures: clean digits, then noisy, blurred, grey-backed and"
    " shifted ones; the rows of wrong labels and of imbalance look sound, in the row of"
    " duplicates pictures come back, in the last half are outlines of shapes.",
)

# %% [markdown] id="14-damage-after"
# Noise, blur, range and shift can be seen in any picture, out-of-distribution pictures
# in a few. Wrong labels, imbalance and duplicates are invisible one picture at a time:
# they are properties of the *set*. You do not find them by scrolling.
#
# {{exercise 14.flipped}}
#
# Make the invisible fault yourself. A wrong label is any class but the right one, all
# alike: choose rows, and for each a number $s$ of steps from 1 to $C - 1$, and let
#
# $$\tilde y = (y + s) \bmod C. \tag{14.1}$$


# %% id="14-ex-flipped" exercise="14.flipped"
def flipped(labels, rows, steps, classes):
    """Labels [N] of which those of `rows` [K] went `steps` [K] classes on."""
    ### BEGIN SOLUTION
    wrong = labels.clone()
    wrong[rows] = (labels[rows] + steps) % classes
    return wrong
    ### END SOLUTION


# %% id="14-use-flipped"
flipped = checks.use("14.flipped", flipped)

# %% id="14-flip"
chosen = torch.randperm(len(some))[: len(some) // 10]
steps = torch.randint(1, 10, (len(chosen),))
noisy = replace(some, labels=flipped(some.labels, chosen, steps, 10))
wrong = noisy.labels != some.labels
print(
    f"{int(wrong.sum()):,} of {len(some):,} labels are wrong: {wrong.double().mean():.1%}"
)

# %% [markdown] id="14-mix-text"
# ## 2 · What a generator makes of it
#
# Before any training, two predictions.
#
# **Wrong labels.** Let $T_{ij} = P(\tilde y = j \mid y = i)$ say how labels go wrong.
# Whoever is asked for label $j$ has been shown, under that label, pictures of class $i$
# with probability
#
# $$P(y = i \mid \tilde y = j) = \frac{P(y = i)\, T_{ij}}{\sum_k P(y = k)\, T_{kj}}, \tag{14.2}$$
#
# so that a *perfect* conditional generator draws from
#
# $$p(x \mid \tilde y = j) = \sum_i P(y = i \mid \tilde y = j)\; p(x \mid y = i). \tag{14.3}$$
#
# It cannot know better. With a quarter of the labels wrong, a quarter of its sevens are
# not sevens. It copies the data correctly when it draws them.
#
# {{exercise 14.learnt}}
#
# Write (14.2) as a table. The classes need not be equally frequent.


# %% id="14-ex-learnt" exercise="14.learnt"
def learnt(T, prior):
    """P(class i | label j), [C, C]; T[i, j] = P(label j | class i), prior [C]."""
    ### BEGIN SOLUTION
    joint = prior[:, None] * T  # P(class i, label j)
    return joint / joint.sum(0)
    ### END SOLUTION


# %% id="14-use-learnt"
learnt = checks.use("14.learnt", learnt)

# %% [markdown] id="14-learnt-text"
# Try it where it hurts: one picture in twenty is a seven, the rest are ones, and a tenth
# of the labels of each are the other's. How much of what is labelled seven is a seven?

# %% id="14-learnt"
T = torch.tensor([[0.9, 0.1], [0.1, 0.9]])
behind = learnt(T, torch.tensor([0.95, 0.05]))
print(f"labelled 1: {behind[0, 0]:.1%} ones; labelled 7: {behind[1, 1]:.1%} sevens")

# %% [markdown] id="14-mean-text"
# The same rate of error ruins the rare class and hardly touches the frequent one. Keep that
# in mind for section 6.
#
# **Contamination.** If a share $\varepsilon$ of the set comes from somewhere else, with
# mean $\mu'$ and covariance $\Sigma'$ of features where the real ones are $\mu$ and
# $\Sigma$, the mixture has
#
# $$\mu_\varepsilon = \mu + \varepsilon(\mu' - \mu), \qquad \Sigma_\varepsilon = (1 - \varepsilon)\Sigma + \varepsilon\Sigma' + \varepsilon(1 - \varepsilon)(\mu' - \mu)(\mu' - \mu)^\top, \tag{14.4}$$
#
# and the part of its FID that compares means is the square of a distance. The distance
# grows with the share, so its square grows with the square of the share:
#
# $$\mathrm{FID} \ge \lVert \mu_\varepsilon - \mu \rVert^2 = \varepsilon^2 \lVert \mu' - \mu \rVert^2. \tag{14.5}$$
#
# With twice the share of out-of-distribution pictures the means lie twice as far apart,
# and this part of FID is four times as large. (14.4) also says something about every
# kind of damage: the training set has an FID of its own, and a generator that copies
# the set perfectly has that FID. Measure it, without training anything. Which curve do
# you expect on top?

# %% id="14-own"
severities = (0.1, 0.25, 0.5, 0.9)
rows = torch.randperm(len(some))[:n]  # the same pictures each time
clean = metrics.features(some.images[rows])


def damaged_features(kind, severity):
    """Features [n, 128] of the n pictures, damaged."""
    damaged = corrupt.make(kind, severity)(some, seed=2)
    return metrics.features(damaged.images[rows])


# %% id="14-own-measure"
shown = ("noise", "blur", "wrong_range", "shift", "contamination", "duplicates")
found = {kind: [damaged_features(kind, s) for s in severities] for kind in shown}
own = {k: (severities, [metrics.fid(f, real) for f in fs]) for k, fs in found.items()}
print(f"undamaged: {metrics.fid(clean, real):.2f}")

# %% id="14-own-plot"
plots.show(
    plots.lines(own, "severity", "FID of the data themselves", log=True),
    "Six rising curves of FID over severity on a logarithmic axis: at high severities"
    " noise, blur and wrong range lie highest, duplicates lowest.",
)

# %% [markdown] id="14-own-means-text"
# Now the part of the means, for out-of-distribution pictures. Two samples of the *same*
# law have different means as well: with $n$ pictures in each, their squared distance is
# $2 \operatorname{tr}\Sigma / n$ on average. The cell therefore compares with the same
# pictures before the damage, where this chance cancels. If (14.5) holds, the last
# column is constant, up to the random choice of the contaminating pictures.

# %% id="14-own-means"
for severity, mixed in zip(severities, found["contamination"], strict=True):
    means = (mixed.mean(0) - clean.mean(0)).square().sum()
    total, ratio = metrics.fid(mixed, real), means / severity**2
    print(
        f"{severity:4.0%} foreign: FID {total:5.2f}, means {means:.3f},"
        f" over the share squared {ratio:.2f}"
    )

# %% [markdown] id="14-own-after"
# The last column stays nearly constant, as (14.5) says. FID as a whole is larger and grows
# in another way, because the covariances of (14.4) contribute too. (14.5) is a lower bound.
#
# Duplicates are a different case. Ten pictures that are repeated hardly move the mean, and
# the covariance changes only when they fill much of the set.
#
# ## What the study found
#
# Now with training. A small conditional GAN learnt from 10,000 damaged digits, eight
# kinds of damage at four severities, and was judged against *clean* test digits. The
# figures say over how many seeds; `aigc study data-corruption` repeats it on your machine.
# Precision, recall and coverage come from a smaller study, `data-variety`, which compares
# 2,000 samples with 2,000 random test digits.

# %% id="14-study"
damage = studies.record("data-corruption")
trained = {
    kind: (
        severities,
        [damage.summary(f"{kind}-{s:g}", "fid").median for s in severities],
    )
    for kind in kinds
}
plots.show(
    plots.lines(dict(list(trained.items())[:4]), "severity", "FID of the samples"),
    "FID of generated digits over severity for four kinds of damage to pixels. "
    + damage.sentence(),
)

# %% id="14-study-sets"
plots.show(
    plots.lines(dict(list(trained.items())[4:]), "severity", "FID of the samples"),
    "FID of generated digits over severity for wrong labels, imbalance, duplicates and"
    " foreign pictures. " + damage.sentence(),
)

# %% id="14-study-table"
middle = ["clean", *(f"{kind}-0.5" for kind in kinds)]
damage.table(methods=middle)

# %% [markdown] id="14-study-after"
# Undamaged, the small GAN reaches an FID of {{study data-corruption clean fid}} and draws
# the digit that was asked for in {{study data-corruption clean label_accuracy}} of cases.
# Compare each kind at severity 0.5 with what you predicted.
#
# - *Wrong labels.* (14.3) allows a perfect generator to be right half of the time at
#   severity 0.5. Obtained: {{study data-corruption label_errors-0.5 label_accuracy}}; at
#   0.1, {{study data-corruption label_errors-0.1 label_accuracy}}. The pictures suffer as
#   well: FID {{study data-corruption label_errors-0.5 fid}}, although no pixel was touched.
#   Recall *rises*, from {{study data-variety clean recall}} to
#   {{study data-variety label_errors-0.5 recall}}, and precision falls to
#   {{study data-variety label_errors-0.5 precision}}. Probably many samples lie between
#   two digits: such samples spread over a wide region, and recall asks only whether a real
#   digit lies in the region of the samples. The study did not test this explanation.
# - *Pixels.* FID at 0.5: noise {{study data-corruption noise-0.5 fid}}, blur
#   {{study data-corruption blur-0.5 fid}}, wrong range
#   {{study data-corruption wrong_range-0.5 fid}}, shift
#   {{study data-corruption shift-0.5 fid}}. The shifted digits are faultless digits, but
#   the network that computes the features has learnt where digits lie. So a metric
#   reacts to preprocessing, too.
# - *Duplicates.* Ten pictures that fill half of the set cost FID
#   {{study data-corruption duplicates-0.5 fid}} and leave a coverage of
#   {{study data-variety duplicates-0.5 coverage}}, of
#   {{study data-variety clean coverage}} undamaged.
# - *Contamination.* Recall alone would hide them: at 0.5 it is
#   {{study data-variety contamination-0.5 recall}} (clean:
#   {{study data-variety clean recall}}), while precision says what happened,
#   {{study data-variety contamination-0.5 precision}} against
#   {{study data-variety clean precision}}.
#
# Is every curve of FID rising? Nearly. At severity 0.1 imbalance, duplicates and shift
# lie within the spread of the clean seeds, {{study data-corruption clean fid low}} to
# {{study data-corruption clean fid high}}. Blur goes *down*, to
# {{study data-corruption blur-0.1 fid}} ({{study data-corruption blur-0.1 fid low}} to
# {{study data-corruption blur-0.1 fid high}}). Softer edges may be easier to draw for a
# small network in a short training. This is a guess, and five seeds do not decide it.
# With label errors most of the rise of FID comes before severity 0.25: at 0.25 it is
# {{study data-corruption label_errors-0.25 fid}}, at 0.5 {{study data-corruption
# label_errors-0.5 fid}}.

# %% [markdown] id="14-amount-text"
# ## 3 · What is another thousand pictures worth?
#
# For classifiers the error tends to fall as a power of the number of examples (Hestness et
# al. 2017):
#
# $$e(n) = a\, n^{-b}. \tag{14.6}$$
#
# Then a thousand more are worth
#
# $$e(n) - e(n + 1000) = a\, n^{-b} \Bigl[1 - \bigl(1 + \tfrac{1000}{n}\bigr)^{-b}\Bigr]. \tag{14.7}$$
#
# For $n$ much larger than 1,000 this is nearly $1000\, a\, b\, n^{-b - 1}$. It falls faster than
# the error itself: each thousand is worth less than the thousand before it.
#
# {{exercise 14.power_law}}
#
# Find $a$ and $b$ from measured errors. In logarithms (14.6) is a straight line.


# %% id="14-ex-power-law" exercise="14.power_law"
def power_law(n, e):
    """a and b of e = a n^-b, least squares in the logarithms; n and e [K], positive."""
    ### BEGIN SOLUTION
    x, y = n.double().log(), e.double().log()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return float((y.mean() - slope * x.mean()).exp()), -float(slope)
    ### END SOLUTION


# %% id="14-use-power-law"
power_law = checks.use("14.power_law", power_law)

# %% [markdown] id="14-amount-live-text"
# Four classifiers, from 100 digits to 1,400, each trained for the same number of steps on
# nothing else. A few seconds each.

# %% id="14-amount-live"
sizes = torch.tensor([100, 250, 600, 1400])
length = 20 if training.fast_mode() else 400


def error(size):
    """Share of test digits that a classifier of `size` digits gets wrong."""
    known = data.subset(digits, int(size), seed=3)
    told = known.images, known.labels, test.images, test.labels
    return 1 - metrics.classification_accuracy(*told, seed=3, steps=length)


errors = torch.tensor([error(size) for size in sizes])

# %% id="14-amount-fit"
a, b = power_law(sizes, errors)
for size, e in zip(sizes.tolist(), errors.tolist(), strict=True):
    worth = a * size**-b - a * (size + 1000) ** -b
    print(f"{size:5,} digits: error {e:6.2%}; a thousand more are worth {worth:.2%}")
print(f"b = {b:.2f}: ten times the data divide the error by {10**b:.1f}")

# %% [markdown] id="14-amount-study-text"
# And a generator? The study trained the small GAN on 100 to 60,000 digits, always for
# 800 steps with 32 pictures each. Beside it a classifier learns from the same digits,
# for 400 steps with 64. So each training is shown 25,600 pictures, however many there
# are. With 100 digits every picture is shown 256 times. With 60,000 most pictures are
# never shown: such a row cannot say what the unseen pictures are worth. Two rows of the
# table therefore train four times as long, with 5,000 and with 60,000 digits.

# %% id="14-amount-study"
amounts = [100, 200, 500, 1000, 2000, 5000, 20000, 60000]
more = studies.record("data-amount")
curves = {
    what: (amounts, [more.summary(str(size), what).median for size in amounts])
    for what in ("recall", "coverage", "classifier")
}
plots.show(
    plots.lines(curves, "training digits", "share", logx=True),
    "Recall and coverage of a small GAN and the accuracy of a classifier over the number"
    " of training digits. " + more.sentence(),
)

# %% id="14-amount-table"
more.table()

# %% [markdown] id="14-amount-after"
# The classifier goes from {{study data-amount 100 classifier}} with 100 digits to
# {{study data-amount 1000 classifier}} with 1,000, {{study data-amount 5000 classifier}}
# with 5,000 and {{study data-amount 60000 classifier}} with 60,000. The generator's recall
# goes from {{study data-amount 100 recall}} over {{study data-amount 1000 recall}} to
# {{study data-amount 60000 recall}}, its FID from {{study data-amount 100 fid}} over
# {{study data-amount 1000 fid}} to {{study data-amount 60000 fid}}.
#
# FID hardly shows that a hundred digits are few. It compares means and covariances, and a
# hundred digits have nearly the right ones, so a generator that repeats them scores well.
# Recall shows it.
#
# From 5,000 to 60,000 digits the columns hardly change, and some get worse: coverage goes
# from {{study data-amount 5000 coverage}} to {{study data-amount 60000 coverage}}, label
# accuracy from {{study data-amount 5000 label_accuracy}} to
# {{study data-amount 60000 label_accuracy}} (with 100 digits:
# {{study data-amount 100 label_accuracy}}). This does not show that more digits are worth
# nothing, because 25,600 pictures were shown in both rows. The long rows compare the same
# amounts with 102,400 pictures shown: recall {{study data-amount 5000-long recall}} and
# {{study data-amount 60000-long recall}}, FID {{study data-amount 5000-long fid}} and
# {{study data-amount 60000-long fid}}, the classifier
# {{study data-amount 5000-long classifier}} and {{study data-amount 60000-long classifier}}.
#
# So the longer training helps the generator far more than the larger set: with 60,000 digits
# FID goes from {{study data-amount 60000 fid}} to {{study data-amount 60000-long fid}} and
# coverage from {{study data-amount 60000 coverage}} to
# {{study data-amount 60000-long coverage}}. Between the two long rows the classifier differs
# by more than the spread of its seeds. The generator's recall is a little higher with
# 60,000 digits, and the ranges of the seeds overlap. "How much data do we need" has an
# answer only for a given model, a given length of training and a given measure.

# %% [markdown] id="14-copies-text"
# ## 4 · Copies
#
# Pictures gathered from the web come many times over. Comparing every pair of 60,000 takes
# 1.8 billion comparisons; a hash takes 60,000. Equal pictures have equal hashes, and
# different ones practically never.
#
# {{exercise 14.first_ones}}
#
# Given one key for each picture, say which are the first of their kind.


# %% id="14-ex-first-ones" exercise="14.first_ones"
def first_ones(keys):
    """For each key whether it is the first of its kind: a list of bools."""
    ### BEGIN SOLUTION
    seen, keep = set(), []
    for key in keys:
        keep.append(key not in seen)
        seen.add(key)
    return keep
    ### END SOLUTION


# %% id="14-use-first-ones"
first_ones = checks.use("14.first_ones", first_ones)

# %% id="14-copies"
copied = corrupt.duplicates(0.3)(some, seed=4)
resaved = corrupt.duplicates(0.3, near=True)(some, seed=4)
for name, images in (("exact copies", copied), ("saved again", resaved)):
    keep = first_ones([bytes(picture.numpy()) for picture in images.images])
    print(f"{name}: {sum(keep):,} of {len(keep):,} would be kept")

# %% [markdown] id="14-near-text"
# The second kind of copy was moved by a pixel and has a little noise, as a file that was
# cropped and saved again. To an exact hash it is new. A **perceptual hash** answers alike
# for pictures that look alike: centre the picture, take its 64 lowest frequencies, and
# write one bit for each, above the median or not. Copies then differ in few bits. With
#
# $$d(h, h') = \sum_{k=1}^{64} \bigl[h_k \ne h'_k\bigr], \qquad d(h, h') < B \;\Rightarrow\; \text{one of } B \text{ bands of bits is equal in both,} \tag{14.8}$$
#
# since fewer than $B$ differences cannot spoil $B$ bands. So copies can still be looked up
# rather than compared: four bands of 16 bits are four dictionaries. They find for certain
# only pairs that differ in fewer than four bits. `cleaning.near` compares every pair that
# shares a band and differs in at most 12 bits, and keeps the pair if the centred pictures
# correlate by 0.985 or more. A pair with 4 to 12 differences is found if they leave one band
# equal, and is missed otherwise. The bits are those of Zauner (2010).

# %% id="14-near"
for name, images in (("as it is", some), ("saved again", resaved)):
    alike = cleaning.near(images)
    again = cleaning.repeated(images, near_too=True)
    print(f"{name}: {len(alike):,} pairs alike, {len(again):,} pictures too many")

# %% [markdown] id="14-near-after"
# Among these real digits no pair is as alike as copies are. In another set some pairs may
# be: look at them with `cleaning.near(some)` before you call them copies.
#
# What did cleaning give back? With ten pictures filling nine tenths of the set, the
# study found a coverage of {{study data-variety duplicates-0.9 coverage}}, and {{study
# data-variety duplicates-0.9-unique coverage}} after the copies were removed, with a
# tenth of the pictures left. FID went from {{study data-corruption duplicates-0.9 fid}}
# to {{study data-corruption duplicates-0.9-unique fid}}. At one half coverage went from
# {{study data-variety duplicates-0.5 coverage}} to {{study data-variety
# duplicates-0.5-unique coverage}}. So a smaller set without copies gave the better
# generator. What counts is how many different pictures there are.

# %% [markdown] id="14-labels-text"
# ## 5 · Wrong labels
#
# How do you find a wrong label without knowing the right one? Let the rest of the set vote.
# Train a classifier on some of the labels as they are, wrong ones included, and ask it
# about pictures that it has *not* seen, in turn for every part of the set. If it is sure of
# another class than the label says, one of the two is wrong.
#
# How sure is sure? Some classes are always doubted a little. **Confident learning**
# (Northcutt et al. 2021) gives each class a bar of its own, the belief that pictures with
# that label receive on average,
#
# $$t_j = \frac{1}{\lvert X_j \rvert} \sum_{x \in X_j} p_j(x), \qquad X_j = \{x : \tilde y(x) = j\}, \tag{14.9}$$
#
# and counts who clears which bar:
#
# $$C_{ij} = \bigl\lvert \{x \in X_i : j = \operatorname*{arg\,max}_{k :\, p_k(x) \ge t_k} p_k(x)\} \bigr\rvert. \tag{14.10}$$
#
# What lies off the diagonal of $C$ is an estimate of how many labels are wrong.
#
# {{exercise 14.thresholds}}
#
# First the bars.


# %% id="14-ex-thresholds" exercise="14.thresholds"
def thresholds(p, labels):
    """t [C] from chances p [N, C] and labels [N]; every class has a picture."""
    ### BEGIN SOLUTION
    return torch.stack([p[labels == j, j].mean() for j in range(p.shape[1])])
    ### END SOLUTION


# %% id="14-use-thresholds"
thresholds = checks.use("14.thresholds", thresholds)

# %% [markdown] id="14-ex-confident-counts-text"
# {{exercise 14.confident_counts}}
#
# Then the counts, as whole numbers. A picture that clears no bar is counted nowhere.


# %% id="14-ex-confident-counts" exercise="14.confident_counts"
def confident_counts(p, labels, t):
    """Counts C, int64 [C, C], from chances p [N, C], labels [N] and bars t [C]."""
    ### BEGIN SOLUTION
    above = torch.where(p >= t, p, -1.0)
    best = above.max(1)
    table = torch.zeros(len(t), len(t), dtype=torch.long)
    for i, j, sure in zip(labels, best.indices, best.values >= 0, strict=True):
        table[i, j] += int(sure)
    return table
    ### END SOLUTION


# %% id="14-use-confident-counts"
confident_counts = checks.use("14.confident_counts", confident_counts)

# %% [markdown] id="14-count-text"
# Take the set whose labels you flipped in section 1. The voters are the ten nearest
# neighbours among 40 principal components, in five folds.

# %% id="14-count"
p = cleaning.chances(noisy, seed=14)
counted = confident_counts(p, noisy.labels, thresholds(p, noisy.labels))
off = int(counted.sum() - counted.diagonal().sum())
print(f"{off} sure of another class; {int(wrong.sum())} labels are wrong")

# %% [markdown] id="14-scores-text"
# {{exercise 14.scores}}
#
# A detector is judged by two shares,
#
# $$\text{recall} = \frac{\lvert F \cap W \rvert}{\lvert W \rvert}, \qquad \text{precision} = \frac{\lvert F \cap W \rvert}{\lvert F \rvert}, \tag{14.11}$$
#
# with $F$ the rows it found and $W$ those that are wrong.


# %% id="14-ex-scores" exercise="14.scores"
def scores(found, wrong):
    """Recall and precision of rows found, bool [N], against those wrong, bool [N]."""
    ### BEGIN SOLUTION
    both = float((found & wrong).sum())
    return both / float(wrong.sum()), both / float(found.sum())
    ### END SOLUTION


# %% id="14-use-scores"
scores = checks.use("14.scores", scores)

# %% [markdown] id="14-detect-text"
# Which rows are suspected? The calibrated count says *how many*, and the margin, how much
# more the voters believe another class than the label, says *which*. Beside it, the plain
# idea: suspect whoever the voters contradict at all. Expect one to find a little more, and
# the other to accuse far fewer of the innocent.

# %% id="14-detect"
suspects = cleaning.suspects(p, noisy.labels)
marked = torch.zeros(len(noisy), dtype=torch.bool)
marked[suspects.rows] = True
ways = {"contradicted": p.argmax(1) != noisy.labels, "confident learning": marked}
for name, rows in ways.items():
    recall, precision = scores(rows, wrong)
    print(f"{name:<19} recall {recall:.1%}, precision {precision:.1%}")

# %% [markdown] id="14-real-text"
# Now the set as it came, with nothing flipped. Whoever is suspected here was labelled so by
# people. Cover the printed lines and read the digits yourself first.

# %% id="14-real"
p = cleaning.chances(some, seed=14)
believed = p.gather(1, some.labels[:, None])[:, 0]  # the label, by its neighbours
worst = (p.max(1).values - believed).argsort(descending=True, stable=True)[:12]
plots.show(
    plots.image_grid(some.images[worst], columns=6, title="The least believed labels"),
    "Twelve digits in two rows, several hard to read.",
)

# %% id="14-real-read"
for name, values in (("labelled", some.labels), ("looks like", p.argmax(1))):
    print(f"{name:<11}", *values[worst].tolist())
print(f"{len(cleaning.suspects(p, some.labels))} of {len(some):,} labels in doubt")

# %% [markdown] id="14-real-after"
# Some may be wrong labels, more are unusual digits. **A claim:** in MNIST's test set 15
# of 10,000 labels are wrong, as people confirmed of the suspects of such a method
# (Northcutt, Athalye and Mueller 2021). How many of your twelve would you relabel?
# Scale that up to 10,000, and say why your number and theirs may differ: other
# pictures, other voters, other judges.
#
# Relabelling is not free of errors either. What did it give back? With a quarter of the
# labels wrong the study's GAN obeyed in
# {{study data-corruption label_errors-0.25 label_accuracy}} of cases, with the suspects
# removed in {{study data-corruption label_errors-0.25-removed label_accuracy}}, with them
# relabelled in {{study data-corruption label_errors-0.25-relabelled label_accuracy}}, and
# with all labels right in {{study data-corruption clean label_accuracy}}. At one half:
# {{study data-corruption label_errors-0.5 label_accuracy}},
# {{study data-corruption label_errors-0.5-removed label_accuracy}} and
# {{study data-corruption label_errors-0.5-relabelled label_accuracy}}. With all labels
# right the seeds range from {{study data-corruption clean label_accuracy low}} to
# {{study data-corruption clean label_accuracy high}}, so the first three cleaned figures
# cannot be told from "all labels right" with five seeds. What can be said: both ways of
# cleaning give back most of what the wrong labels cost, and no new picture was needed.
# Where half of the labels are wrong the neighbours that vote are often wrong themselves.
# Then a wrongly relabelled picture stays as an error, and a removed one does not.

# %% [markdown] id="14-bias-text"
# ## 6 · Ninety to ten
#
# Nine of ten pictures show a three, one shows a six; a GAN without labels learns from them.
# If it copies its data, one sample in ten is a six. Write down what you expect: less, as
# much, or more?

# %% id="14-bias"
bias = studies.record("data-imbalance")
bias.table()

# %% [markdown] id="14-bias-after"
# Sixes among the samples that show a three or a six:
# {{study data-imbalance as-it-is rare}} ({{study data-imbalance as-it-is rare low}} to
# {{study data-imbalance as-it-is rare high}} over the seeds), of 10 % in the data. With
# equal numbers of both, {{study data-imbalance even rare}}: the control does not reach one
# half either, so this GAN draws too few sixes even when the data are even. **A claim,
# checked:** models do not only inherit a bias but amplify it (Zhao et al. 2017, for
# classifiers). The row "as-it-is" agrees: a share far below a tenth. Nothing in the objective of
# chapter 02 asks for it, since its optimum is the data, a tenth of sixes included. So the
# training causes it. Why is not settled here. It is not that the batches lack sixes: of
# 32 pictures, all are threes in only $0.9^{32} = 3.4\,\%$ of batches.
#
# Three corrections:
#
# - **drop** threes until both are alike: sixes {{study data-imbalance drop rare}}, FID
#   {{study data-imbalance drop fid}}, with a fifth of the pictures;
# - **repeat** sixes: {{study data-imbalance repeat rare}}, FID
#   {{study data-imbalance repeat fid}}; no picture is lost, but each six is seen nine times;
# - **ask**: a conditional GAN, asked for both alike: {{study data-imbalance ask rare}}, FID
#   {{study data-imbalance ask fid}}. It needs labels, and its discriminator sees sixes no
#   more often than before. Its share stays far below one half: when it was asked for a six
#   it mostly drew something else.
#
# Untouched: FID {{study data-imbalance as-it-is fid}}; as many pictures, evenly divided:
# {{study data-imbalance even fid}}. FID compares with an *even* test set here, so the
# first figure contains the imbalance that was put in. Look also at the column of coverage of
# real sixes. A correction may bring the right *number* of sixes and few *kinds* of six.
#
# A fourth correction leaves the pictures and changes what they count. With weights
#
# $$w(x) = \frac{1 / C}{P(y(x))}, \qquad \mathbb E\bigl[w(x) f(x)\bigr] = \frac1C \sum_c \mathbb E\bigl[f(x) \mid y = c\bigr], \tag{14.12}$$
#
# every average over the set becomes one over a set in which all classes are alike.
#
# {{exercise 14.even_weights}}
#
# Write the weights.


# %% id="14-ex-even-weights" exercise="14.even_weights"
def even_weights(labels, classes):
    """Weights, float64 [N], that make all classes of labels [N] weigh alike."""
    ### BEGIN SOLUTION
    counts = torch.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts)[labels].double()
    ### END SOLUTION


# %% id="14-use-even-weights"
even_weights = checks.use("14.even_weights", even_weights)

# %% id="14-weights"
uneven = corrupt.imbalance(8 / 9)(some, seed=6)
ink = uneven.images.double().mean((1, 2, 3)) / 255
classes = [ink[uneven.labels == c].mean() for c in range(10)]
print(f"mean ink, as it is {ink.mean():.4f}")
print(f"weighted           {(even_weights(uneven.labels, 10) * ink).mean():.4f}")
print(f"mean of classes    {torch.stack(classes).mean():.4f}")

# %% [markdown] id="14-weights-after"
# The last two agree to the last digit. In a discriminator's loss the same weights would
# stand before $\log D(x)$. They bring no new picture of a rare class: a weight of nine says
# "nine of these", and all nine are the same.

# %% [markdown] id="14-card-text"
# ## 7 · The card
#
# Everyone who trains on your data asks the same questions. The answers should lie
# beside the files (Gebru et al. 2021; Pushkarna et al. 2022). What can be counted, a
# program counts:
#
#     aigc data card mnist --out card.md
#
# writes a page and a JSON file of the same facts. Here is the card of a set with two
# faults. Find both in it before you look at the code.

# %% id="14-card"
faulty = (corrupt.duplicates(0.1) | corrupt.label_errors(0.05))(some, seed=7)
Markdown(card(faulty, test).to_markdown())

# %% [markdown] id="14-card-after"
# The row "of these under another label" is the cheapest test of labels there is: one
# picture, two labels, at least one of them wrong. And the last section of the card is
# empty on purpose. Consent, purpose and omissions are not in the pixels.

# %% [markdown] id="14-verdict"
# ## 8 · Gold mine or bubble?
#
# Both words are about a price, so put figures beside each other. All are medians of the
# small GAN over seeds; how many, and how far apart they lie, is in the tables.
#
# | what is done | before | after |
# |---|---|---|
# | 100 digits become 1,000: recall | {{study data-amount 100 recall}} | {{study data-amount 1000 recall}} |
# | 5,000 become 60,000, trained four times as long: recall | {{study data-amount 5000-long recall}} | {{study data-amount 60000-long recall}} |
# | 5,000 become 60,000, trained four times as long: classifier's accuracy | {{study data-amount 5000-long classifier}} | {{study data-amount 60000-long classifier}} |
# | 60,000 digits, training four times as long: recall | {{study data-amount 60000 recall}} | {{study data-amount 60000-long recall}} |
# | a quarter of wrong labels put right: label accuracy | {{study data-corruption label_errors-0.25 label_accuracy}} | {{study data-corruption label_errors-0.25-relabelled label_accuracy}} |
# | nine tenths of copies thrown away: FID | {{study data-corruption duplicates-0.9 fid}} | {{study data-corruption duplicates-0.9-unique fid}} |
# | a tenth of foreign pictures let in: FID | {{study data-corruption clean fid}} | {{study data-corruption contamination-0.1 fid}} |
# | rare digits repeated: share of sixes | {{study data-imbalance as-it-is rare}} | {{study data-imbalance repeat rare}} |
#
# The value of a data set is not its number of pictures. It is what the *next* pictures
# improve, and by (14.7) that falls. The first hundreds of a kind that was missing
# improve much. What 55,000 more digits of a kind that is there already improve, for
# this model and this length of training, is in the second and third row. A larger model
# and a longer training may give another answer. The rows on labels, copies and shares
# cost a few seconds of computing and no new picture. Which row would you pay for?

# %% [markdown] id="14-recap"
# ## What to take along
#
# - A perfect generator of damaged data draws damaged data. The FID of the training set
#   itself tells you beforehand.
# - Wrong labels, imbalance and copies cannot be seen in any single picture. Count.
# - Wrong labels ruin rare classes first, by Bayes' rule.
# - Errors fall as a power of the amount; what the next thousand is worth falls faster.
# - Hashes find copies in linear time, perceptual ones also copies that were saved again.
# - Confident learning finds most wrong labels from nothing but the set itself. Report
#   recall and precision, and look before you delete.
# - This GAN amplified an imbalance: of a tenth of sixes in the data far less was left among
#   the samples. What a correction brings back, in number and in kind, has to be measured.
#   None of them invents new pictures.
# - An amount of data can be judged only if the training is long enough to see it. Report
#   how often each picture was shown.
#
# **Next** chapter 15: what generators are good for, on pictures.
#
# ## References
#
# - C. G. Northcutt, L. Jiang, I. L. Chuang. Confident Learning: Estimating Uncertainty in
#   Dataset Labels. Journal of Artificial Intelligence Research 70, 2021.
# - C. G. Northcutt, A. Athalye, J. Mueller. Pervasive Label Errors in Test Sets Destabilize
#   Machine Learning Benchmarks. NeurIPS Datasets and Benchmarks, 2021.
# - J. Hestness et al. Deep Learning Scaling is Predictable, Empirically. arXiv:1712.00409,
#   2017.
# - J. Zhao, T. Wang, M. Yatskar, V. Ordonez, K.-W. Chang. Men Also Like Shopping: Reducing
#   Gender Bias Amplification using Corpus-level Constraints. EMNLP 2017.
# - T. Gebru et al. Datasheets for Datasets. Communications of the ACM 64(12), 2021.
# - M. Pushkarna, A. Zaldivar, O. Kjartansson. Data Cards: Purposeful and Transparent
#   Dataset Documentation for Responsible AI. FAccT 2022.
# - C. Zauner. Implementation and Benchmarking of Perceptual Image Hash Functions. Diploma
#   thesis, Upper Austria University of Applied Sciences, Hagenberg, 2010.
