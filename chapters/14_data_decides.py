# %% [markdown] id="14-title"
# # 14 · Data decides
#
# A generator imitates what it is shown, faults included. This chapter damages data on
# purpose, measures what the damage does, cleans up, and asks what cleaning gave back. It
# ends with the question whether more data are a gold mine or a bubble.
#
# **You will be able to**
# - damage a data set in nine ways, each with a severity and a seed, and predict what a
#   generator will make of it;
# - say what another thousand pictures are worth, to a generator and to a classifier;
# - find copies by hashing and wrong labels by cross-validated confidence, and state how
#   well you found them;
# - find pictures that do not belong by their distance to the others;
# - recognise a bias that training makes worse, and compare three corrections;
# - say what happens to a model that learns from its own samples, and what prevents it;
# - write a data card from facts that were measured.
#
# **Time** {{time}}.
#
# **Before this**
# chapters 05, 07 and 10.
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
# Faults of real data sets come mixed and unlabelled. To learn what one of them does,
# make it yourself. Each fault has a severity between 0, where no bit changes, and 1,
# and a seed. `data.corrupt` has nine, and `|` puts one after another.
#
# (`data.subset` draws at random. The rows of MNIST's files are in the order of their
# writers. So the first thousand rows are not a fair sample of the file.)
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
    " duplicates pictures come back, in the last row many pictures are outlines of shapes.",
)

# %% [markdown] id="14-damage-after"
# Noise, blur, range and shift can be seen in any picture. Contamination can be seen in
# the few pictures that come from another distribution. Wrong labels, imbalance and
# duplicates cannot be seen in a single picture: they are properties of the *set*. You
# do not find them by scrolling.
#
# {{exercise 14.flipped}}
#
# Make the invisible fault yourself. A wrong label is any class but the right one, all
# equally probable. Choose rows, and for each a number $s$ of steps from 1 to $C - 1$,
# and let
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
# **Wrong labels.** Let $T_{ij} = P(\tilde y = j \mid y = i)$ say how labels go wrong: a
# picture of class $i$ gets the label $j$ with this probability. A conditional generator
# is trained with the labels $\tilde y$. When it is asked for label $j$, it can only
# draw what stood under that label.
#
# {{exercise 14.learnt}}
#
# Which share of the pictures with label $j$ shows class $i$? Derive it from $T$ and the
# shares $P(y = i)$ of the classes, which need not be equal, and write it as a table.


# %% id="14-ex-learnt" exercise="14.learnt"
def learnt(T, prior):
    """P(class i | label j), [C, C]; T[i, j] = P(label j | class i), prior [C]."""
    ### BEGIN SOLUTION
    joint = prior[:, None] * T  # P(class i, label j)
    return joint / joint.sum(0)
    ### END SOLUTION


# %% id="14-use-learnt"
learnt = checks.use("14.learnt", learnt)

# %% [markdown] id="14-learnt-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# By Bayes' rule
#
# $$P(y = i \mid \tilde y = j) = \frac{P(y = i)\, T_{ij}}{\sum_k P(y = k)\, T_{kj}}. \tag{14.2}$$
#
# </details>
#
# So a *perfect* conditional generator draws from
#
# $$p(x \mid \tilde y = j) = \sum_i P(y = i \mid \tilde y = j)\; p(x \mid y = i). \tag{14.3}$$
#
# It cannot do better. Let all classes be equally frequent, and a quarter of the labels
# wrong. Then a quarter of its sevens do not show a seven, although it copies the data
# correctly.

# %% [markdown] id="14-learnt-text"
# Try it where the classes are unequal. One picture in twenty is a seven, and the rest
# are ones. A tenth of the labels of each class are the other's.
#
# **Predict.** Which share of what is labelled seven, in percent, shows a seven?

# %% id="14-learnt-predict"
checks.predict("14.sevens-among-sevens", ..., unit="%")

# %% id="14-learnt"
T = torch.tensor([[0.9, 0.1], [0.1, 0.9]])
behind = learnt(T, torch.tensor([0.95, 0.05]))
print(f"labelled 1: {behind[0, 0]:.1%} ones; labelled 7: {behind[1, 1]:.1%} sevens")
checks.measured("14.sevens-among-sevens", 100 * behind[1, 1])

# %% [markdown] id="14-mean-text"
# The same share of wrong labels ruins the rare class and hardly touches the frequent one.
# Section 8 returns to rare classes.
#
# **Contamination.** Let a share $\varepsilon$ of the set come from somewhere else. The
# features of the real pictures have mean $\mu$ and covariance $\Sigma$, those of the
# others $\mu'$ and $\Sigma'$. Then the mixture has
#
# $$\mu_\varepsilon = \mu + \varepsilon(\mu' - \mu), \qquad \Sigma_\varepsilon = (1 - \varepsilon)\Sigma + \varepsilon\Sigma' + \varepsilon(1 - \varepsilon)(\mu' - \mu)(\mu' - \mu)^\top, \tag{14.4}$$
#
# and one part of its FID, which compares means, is the square of a distance. The
# distance grows with the share, so its square grows with the square of the share:
#
# $$\mathrm{FID} \ge \lVert \mu_\varepsilon - \mu \rVert^2 = \varepsilon^2 \lVert \mu' - \mu \rVert^2. \tag{14.5}$$
#
# With twice the share of out-of-distribution pictures the means lie twice as far apart,
# and this part of FID is four times as large. (14.4) also says something about every
# kind of damage. The training set has an FID of its own, and a generator that copies
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
# pictures before the damage, so that this random difference cancels. If (14.5) holds,
# the last column is constant, up to the random choice of the contaminating pictures.

# %% id="14-own-means"
for severity, mixed in zip(severities, found["contamination"], strict=True):
    means = (mixed.mean(0) - clean.mean(0)).square().sum()
    total, ratio = metrics.fid(mixed, real), means / severity**2
    print(
        f"{severity:4.0%} let in: FID {total:5.2f}, means {means:.3f},"
        f" over the share squared {ratio:.2f}"
    )

# %% [markdown] id="14-own-after"
# The last column changes little, while the square of the share grows 81-fold. This is
# what (14.5) says. FID as a whole is larger and grows in another way, because the
# covariances of (14.4) contribute too. (14.5) is a lower bound.
#
# Duplicates are a different case. The repeated pictures are digits of the same set, so mean
# and covariance change less than with outlines of shapes. From severity 0.25 on, the curve
# of duplicates is the lowest of the six.
#
# ## 3 · What the study found
#
# Now a generator is trained. A small conditional GAN learnt from 10,000 damaged digits,
# for eight kinds of damage at four severities. Its samples were compared with *clean*
# test digits. The figures say over how many seeds; `aigc study data-corruption` repeats
# it on your machine. Precision, recall and coverage come from a smaller study,
# `data-variety`, which compares 2,000 samples with 2,000 random test digits.

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
    " out-of-distribution pictures. " + damage.sentence(),
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
#   severity 0.5. Obtained: {{study data-corruption label_errors-0.5 label_accuracy}};
#   at 0.1, {{study data-corruption label_errors-0.1 label_accuracy}}. The pictures
#   suffer as well: FID {{study data-corruption label_errors-0.5 fid}}, although no
#   pixel was touched. Recall *rises*, from {{study data-variety clean recall}} to
#   {{study data-variety label_errors-0.5 recall}}, and precision falls to
#   {{study data-variety label_errors-0.5 precision}}. Probably many samples lie between
#   two digits. Such samples spread over a wide region, and recall asks only whether a
#   real digit lies in the region of the samples. The study did not test this
#   explanation.
# - *Pixels.* FID at 0.5: noise {{study data-corruption noise-0.5 fid}}, blur
#   {{study data-corruption blur-0.5 fid}}, wrong range
#   {{study data-corruption wrong_range-0.5 fid}}, shift
#   {{study data-corruption shift-0.5 fid}}. The shifted digits are faultless digits, but
#   the network that computes the features has learnt where digits lie. So a metric
#   reacts to preprocessing, too.
# - *Duplicates.* Ten pictures that fill half of the set change little: FID is
#   {{study data-corruption duplicates-0.5 fid}} and coverage
#   {{study data-variety duplicates-0.5 coverage}}, against
#   {{study data-variety clean coverage}} undamaged. The ranges of the seeds overlap.
#   Where they fill nine tenths, FID is {{study data-corruption duplicates-0.9 fid}} and
#   coverage {{study data-variety duplicates-0.9 coverage}}.
# - *Contamination.* Recall alone would not show it: at 0.5 it is
#   {{study data-variety contamination-0.5 recall}} (clean:
#   {{study data-variety clean recall}}). Precision shows it:
#   {{study data-variety contamination-0.5 precision}} against
#   {{study data-variety clean precision}}.
#
# Does every curve of FID rise? Between severity 0.1 and 0.9 all do, but duplicates only
# after 0.25. At severity 0.1 only wrong range and blur have a median outside the range
# of the clean seeds, {{study data-corruption clean fid low}} to
# {{study data-corruption clean fid high}}. This range is wide because of a single seed.
# Blur goes *down*, to {{study data-corruption blur-0.1 fid}}
# ({{study data-corruption blur-0.1 fid low}} to
# {{study data-corruption blur-0.1 fid high}}). Softer edges may be easier to draw for a
# small network in a short training. This is a guess, and five seeds do not decide it.
# With label errors most of the rise of FID comes before severity 0.25: at 0.25 it is
# {{study data-corruption label_errors-0.25 fid}}, at 0.5
# {{study data-corruption label_errors-0.5 fid}}.

# %% [markdown] id="14-amount-text"
# ## 4 · What is another thousand pictures worth?
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
# For $n$ much larger than 1,000 this is nearly $1000\, a\, b\, n^{-b - 1}$. It falls
# faster than the error itself: each thousand is worth less than the thousand before it.
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
# The cell trains four classifiers, on 100 to 1,400 digits and nothing else. Each is
# trained for the same number of steps, which takes a few seconds.
#
# **Predict.** By which factor do ten times as many digits divide the error?

# %% id="14-amount-predict"
checks.predict("14.error-divided-by", ...)

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
checks.measured("14.error-divided-by", 10**b)

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
# FID hardly shows that a hundred digits are few. It compares only means and
# covariances. Probably a generator that repeats a hundred digits can come near to both;
# we have not tested this. Recall shows that the digits are few.
#
# From 5,000 to 60,000 digits the columns hardly change, and some get worse. Coverage
# goes from {{study data-amount 5000 coverage}} to {{study data-amount 60000 coverage}}.
# Label accuracy goes from {{study data-amount 5000 label_accuracy}} to
# {{study data-amount 60000 label_accuracy}} (with 100 digits:
# {{study data-amount 100 label_accuracy}}). This does not show that more digits are
# worth nothing, because 25,600 pictures were shown in both rows. The long rows compare
# the same amounts with 102,400 pictures shown: recall
# {{study data-amount 5000-long recall}} and {{study data-amount 60000-long recall}},
# FID {{study data-amount 5000-long fid}} and {{study data-amount 60000-long fid}}, the
# classifier {{study data-amount 5000-long classifier}} and
# {{study data-amount 60000-long classifier}}.
#
# So the longer training helps the generator far more than the larger set. With 60,000
# digits FID goes from {{study data-amount 60000 fid}} to
# {{study data-amount 60000-long fid}}. Coverage goes from
# {{study data-amount 60000 coverage}} to {{study data-amount 60000-long coverage}}.
# Between the two long rows the classifier differs by more than the spread of its seeds.
# The generator's recall is a little higher with 60,000 digits, and the ranges of the
# seeds overlap. "How much data do we need" has an answer only for a given model, a
# given length of training and a given measure.

# %% [markdown] id="14-copies-text"
# ## 5 · Copies
#
# A set of pictures gathered from the web contains many of them several times. Comparing
# every pair of 60,000 takes 1.8 billion comparisons; a hash takes 60,000. Equal
# pictures have equal hashes, and different ones practically never.
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
# The second kind of copy was moved by a pixel and has a little noise, like a file that
# was cropped and saved again. Its exact hash is a new one. A **perceptual hash** gives
# similar bits for pictures that look alike. Centre the picture and take its 64 lowest
# frequencies. Write one bit for each: above the median or not. Copies then differ in
# few bits. Let $d$ count the bits that differ, and cut the 64 bits into $B$ bands. Then
#
# $$d(h, h') = \sum_{k=1}^{64} \bigl[h_k \ne h'_k\bigr], \qquad d(h, h') < B \;\Rightarrow\; \text{one of } B \text{ bands of bits is equal in both,} \tag{14.8}$$
#
# since fewer than $B$ differences cannot lie in all $B$ bands. So
# copies can still be looked up rather than compared: four bands of 16 bits are four
# dictionaries. They find for certain only pairs that differ in fewer than four bits.
# `cleaning.near` compares every pair that shares a band and differs in at most 12 bits.
# It keeps the pair if the centred pictures correlate by 0.985 or more. A pair with 4 to
# 12 differences is found if they leave one band equal, and is missed otherwise. The
# bits are those of Zauner (2010).

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
# study found a coverage of {{study data-variety duplicates-0.9 coverage}}. After the
# copies were removed, a tenth of the pictures was left, and the coverage was
# {{study data-variety duplicates-0.9-unique coverage}}. FID went from
# {{study data-corruption duplicates-0.9 fid}} to
# {{study data-corruption duplicates-0.9-unique fid}}. At one half coverage went from
# {{study data-variety duplicates-0.5 coverage}} to
# {{study data-variety duplicates-0.5-unique coverage}}. So a smaller set without copies
# gave the better generator. What counts is how many different pictures there are.

# %% [markdown] id="14-leak-text"
# Copies do more harm where they lie on *both sides* of a split. A test digit that was
# also in the training set is no longer a test (**leakage**). Your `first_ones` finds
# exact copies across the split, if the training digits come first.

# %% id="14-leak"
keys = [bytes(picture.numpy()) for picture in [*digits.images, *test.images]]
again = len(test) - sum(first_ones(keys)[len(digits) :])
print(f"{again} of {len(test):,} test digits are exact copies of earlier digits")

# %% [markdown] id="14-leak-after"
# To find no exact copy is a good sign, but it does not prove that the split is clean.
# Pictures of one person, one patient or one video must not lie on both sides either,
# even if no two of them are alike. So split by person first, and cut into pictures
# afterwards. The same holds for **preprocessing**: means, scales and principal
# components are computed from the training part alone and then applied to both. Real
# and generated pictures have to pass through the same resizing and the same file format
# before they are compared.
#
# For files there are tools, with much the same ideas as in this chapter. **imagehash**
# computes perceptual hashes of images. **CleanVision** looks for exact and near copies
# and for dark, blurred or oddly shaped images. The package **cleanlab** was written by
# the authors of confident learning. It looks for wrong labels, outliers and near
# copies, given the outputs and features of a model. None of them is installed with this
# course.

# %% [markdown] id="14-labels-text"
# ## 6 · Wrong labels
#
# How do you find a wrong label without knowing the right one? Let the rest of the set
# vote. Train a classifier on some of the labels as they are, wrong ones included. Ask
# it about pictures that it has *not* seen, in turn for every part of the set. If it is
# sure of another class than the label says, one of the two is wrong.
#
# From which probability on is it sure? For some classes the classifier is never very
# sure. **Confident learning** (Northcutt et al. 2021) gives each class a threshold of
# its own. The threshold $t_j$ of class $j$ is the probability $p_j(x)$ that the
# classifier gives to class $j$, averaged over the pictures that are labelled $j$.
#
# {{exercise 14.thresholds}}
#
# Compute all thresholds from the table of probabilities and the labels.


# %% id="14-ex-thresholds" exercise="14.thresholds"
def thresholds(p, labels):
    """t [C] from chances p [N, C] and labels [N]; every class has a picture."""
    ### BEGIN SOLUTION
    return torch.stack([p[labels == j, j].mean() for j in range(p.shape[1])])
    ### END SOLUTION


# %% id="14-use-thresholds"
thresholds = checks.use("14.thresholds", thresholds)

# %% [markdown] id="14-ex-confident-counts-text"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$t_j = \frac{1}{\lvert X_j \rvert} \sum_{x \in X_j} p_j(x), \qquad X_j = \{x : \tilde y(x) = j\}. \tag{14.9}$$
#
# </details>
#
# Now count. A picture may reach the thresholds of several classes; of these it is counted
# for the one with the largest probability. A picture that reaches none is counted nowhere.
# The entry $C_{ij}$ of the table counts the pictures that are labelled $i$ and were counted
# for class $j$. What lies off the diagonal estimates how many labels are wrong.
#
# {{exercise 14.confident_counts}}
#
# Make the table, as whole numbers. A threshold is reached where $p_j(x) \ge t_j$.


# %% id="14-ex-confident-counts" exercise="14.confident_counts"
def confident_counts(p, labels, t):
    """Counts C, int64 [C, C], from chances p [N, C], labels [N] and thresholds t [C]."""
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
# <details><summary>The formula, to open once your check passes</summary>
#
# $$C_{ij} = \bigl\lvert \{x \in X_i : j = \operatorname*{arg\,max}_{k :\, p_k(x) \ge t_k} p_k(x)\} \bigr\rvert. \tag{14.10}$$
#
# </details>
#
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
# Which rows are suspected? `cleaning.suspects` takes *how many* from the table of
# counts, each row scaled to the number of pictures with that label. The **margin** says
# *which*: how much larger the probability of the best other class is than that of the
# label. The simple rival suspects every picture whose label is not the most probable
# class. Expect the simple rival to find a few more wrong labels. Expect confident
# learning to suspect far fewer correct ones.

# %% id="14-detect"
suspects = cleaning.suspects(p, noisy.labels)
marked = torch.zeros(len(noisy), dtype=torch.bool)
marked[suspects.rows] = True
ways = {"contradicted": p.argmax(1) != noisy.labels, "confident learning": marked}
for name, rows in ways.items():
    recall, precision = scores(rows, wrong)
    print(f"{name:<19} recall {recall:.1%}, precision {precision:.1%}")

# %% [markdown] id="14-real-text"
# Now the set as it came, with nothing flipped. The twelve pictures below are those whose
# labels their neighbours believe least. People gave these labels. Above each picture stand
# its label and what the neighbours read: cover the titles and read the digits yourself
# first.

# %% id="14-real"
p = cleaning.chances(some, seed=14)
believed = p.gather(1, some.labels[:, None])[:, 0]  # the label, by its neighbours
worst = (p.max(1).values - believed).argsort(descending=True, stable=True)[:12]
pairs = zip(some.labels[worst].tolist(), p.argmax(1)[worst].tolist(), strict=True)
named = [f"label {label}, looks like {read}" for label, read in pairs]
panels = {
    f"{i + 1}: {name}": data.to_float(some.images[worst[i]])
    for i, name in enumerate(named)
}
for part in (0, 4, 8):
    four = dict(list(panels.items())[part : part + 4])
    plots.show(
        plots.photographs(four),
        "Four digits, several hard to read: " + "; ".join(named[part : part + 4]) + ".",
    )

# %% id="14-real-read"
print(f"{len(cleaning.suspects(p, some.labels))} of {len(some):,} labels in doubt")

# %% [markdown] id="14-real-after"
# Some may be wrong labels, more are unusual digits. **A claim:** in MNIST's test set 15
# of 10,000 labels are wrong (Northcutt, Athalye and Mueller 2021). People confirmed
# them among the suspects of such a method. How many of your twelve would you relabel?
# Scale that up to 10,000, and say why your number and theirs may differ. The pictures,
# the voters and the people who judge are others.
#
# Relabelling is not free of errors either. What did it give back? With a quarter of the
# labels wrong the study's GAN drew what was asked for in
# {{study data-corruption label_errors-0.25 label_accuracy}} of cases. With the suspects
# removed the share was
# {{study data-corruption label_errors-0.25-removed label_accuracy}}, and with them
# relabelled {{study data-corruption label_errors-0.25-relabelled label_accuracy}}. With
# all labels right it was {{study data-corruption clean label_accuracy}}. With half of
# the labels wrong the three shares were
# {{study data-corruption label_errors-0.5 label_accuracy}},
# {{study data-corruption label_errors-0.5-removed label_accuracy}} and
# {{study data-corruption label_errors-0.5-relabelled label_accuracy}}. With all labels
# right the seeds range from {{study data-corruption clean label_accuracy low}} to
# {{study data-corruption clean label_accuracy high}}. So five seeds cannot distinguish
# the first three cleaned figures from "all labels right". But both ways of cleaning
# give back most of what the wrong labels cost, and no new picture was needed.
# Relabelling half of the labels does worse than removing them, probably because the
# neighbours that vote are then often wrong themselves. A wrongly relabelled picture
# stays as an error, and a removed one does not.

# %% [markdown] id="14-strange-text"
# ## 7 · Pictures that do not belong
#
# Can out-of-distribution pictures be *found*? This task is called **outlier
# detection**. A picture that does not belong has few pictures near it. So measure, in
# the features of a classifier, how far the $k$-th nearest other picture is, and suspect
# those for which it is far.
#
# {{exercise 14.strangeness}}
#
# Write this distance for all rows of a table of features. It is Euclidean, in the
# features as they are, and a row does not count as its own neighbour.


# %% id="14-ex-strangeness" exercise="14.strangeness"
def strangeness(features, k):
    """Distance [N] of each row of features [N, d] to its k-th nearest other row."""
    ### BEGIN SOLUTION
    gaps = torch.cdist(features, features)
    gaps.fill_diagonal_(torch.inf)
    return gaps.kthvalue(k, dim=1).values
    ### END SOLUTION


# %% id="14-use-strangeness"
strangeness = checks.use("14.strangeness", strangeness)

# %% [markdown] id="14-strange-find-text"
# Replace 250 of the 5,000 digits by outlines of shapes. Suspect the 250 pictures with
# the largest distance, so that recall and precision of (14.11) are equal. Try three
# values of $k$. Then use what you often have: a small set that somebody has looked
# through. For this take 1,000 test digits, and measure the distance to the fifth
# nearest of *them*. Which of the four finds most?

# %% id="14-strange-find"
soiled = corrupt.contamination(0.05)(some, seed=9)
foreign = (soiled.images != some.images).flatten(1).any(1)
found_there = metrics.features(soiled.images)
far = {f"k = {k}": strangeness(found_there, k) for k in (1, 20, 100)}
far["trusted set"] = torch.cdist(found_there, real).kthvalue(5, dim=1).values
for name, values in far.items():
    suspected = torch.zeros(len(soiled), dtype=torch.bool)
    suspected[values.topk(int(foreign.sum())).indices] = True
    print(
        f"{name:<11} finds {scores(suspected, foreign)[0]:.0%} of {int(foreign.sum())}"
    )

# %% [markdown] id="14-strange-after"
# With $k = 1$ few are found, and the trusted set finds most. The outlines resemble each
# other, so the nearest picture of an outline is probably another outline. A larger $k$
# reaches beyond their group, and a set without outlines does not contain the group at
# all. So the method needs an idea of how many such pictures of one kind there may be,
# or a small set that can be trusted. What is found is looked at before it is deleted.
# Rare pictures that do belong are also far from the others, and section 8 is about what
# happens without them.

# %% [markdown] id="14-bias-text"
# ## 8 · Ninety to ten
#
# Nine of ten pictures show a three, and one shows a six. A GAN without labels learns
# from them. If it copies its data, one sample in ten is a six.
#
# **Predict.** Which share of its samples, in percent, shows a six? (Median of the seeds,
# among the samples that show a three or a six.)

# %% id="14-bias-predict"
checks.predict("14.share-of-sixes", ..., unit="%")

# %% id="14-bias"
bias = studies.record("data-imbalance")
bias.table()

# %% id="14-bias-measured"
checks.measured("14.share-of-sixes", 100 * bias.summary("as-it-is", "rare").median)

# %% [markdown] id="14-bias-after"
# Among the samples that show a three or a six, the share of sixes is {{study data-imbalance as-it-is rare}} ({{study data-imbalance as-it-is rare low}} to
# {{study data-imbalance as-it-is rare high}} over the seeds). In the data it is 10 %. With equal numbers of both digits the
# share is {{study data-imbalance even rare}}. So the control does not reach one half either: this GAN draws too few
# sixes even when the data are even. **A claim, checked:** models do not only inherit a
# bias but amplify it (Zhao et al. 2017, for classifiers). The row "as-it-is" agrees: a
# share far below a tenth. Nothing in the objective of chapter 02 asks for it, since its
# optimum is the data, a tenth of sixes included. So something in the training or in the
# networks causes it. What it is, is not settled here. Batches without sixes are too
# rare to be the only reason: of 32 pictures, all are threes in only
# $0.9^{32} = 3.4\,\%$ of batches.
#
# Three corrections:
#
# - **drop** threes until both are alike: sixes {{study data-imbalance drop rare}}, FID
#   {{study data-imbalance drop fid}}, with a fifth of the pictures;
# - **repeat** sixes: {{study data-imbalance repeat rare}}, FID
#   {{study data-imbalance repeat fid}}; no picture is lost, but each six is seen nine
#   times;
# - **ask**: a conditional GAN, asked for both alike: {{study data-imbalance ask rare}}, FID
#   {{study data-imbalance ask fid}}. It needs labels, and its discriminator sees sixes no
#   more often than before. Its share stays far below one half: when it was asked for a six
#   it mostly drew something else.
#
# Untouched: FID {{study data-imbalance as-it-is fid}}; as many pictures, evenly
# divided: {{study data-imbalance even fid}}. FID compares with an *even* test set here,
# so the first figure contains the imbalance that was put in. Look also at the column of
# coverage of real sixes. A correction may bring the right *number* of sixes and few
# *kinds* of six.
#
# A fourth correction leaves the pictures and changes what they count: each picture gets
# a weight $w(x)$ that depends on its class. Suppose that all $C$ classes were equally
# frequent and nothing else had changed. The weighted mean $\mathbb E[w(x) f(x)]$ of any
# quantity $f$ should be what the plain mean would then be.
#
# {{exercise 14.even_weights}}
#
# Which weights do this? Derive them from the shares of the classes, and write them.


# %% id="14-ex-even-weights" exercise="14.even_weights"
def even_weights(labels, classes):
    """Weights, float64 [N], that make all classes of labels [N] weigh alike."""
    ### BEGIN SOLUTION
    counts = torch.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts)[labels].double()
    ### END SOLUTION


# %% id="14-use-even-weights"
even_weights = checks.use("14.even_weights", even_weights)

# %% [markdown] id="14-weights-formula"
# <details><summary>The formula, to open once your check passes</summary>
#
# $$w(x) = \frac{1 / C}{P(y(x))}, \qquad \mathbb E\bigl[w(x) f(x)\bigr] = \frac1C \sum_c \mathbb E\bigl[f(x) \mid y = c\bigr]. \tag{14.12}$$
#
# </details>
#
# Test it with the mean brightness of an uneven set.

# %% id="14-weights"
uneven = corrupt.imbalance(8 / 9)(some, seed=6)
ink = uneven.images.double().mean((1, 2, 3)) / 255
classes = [ink[uneven.labels == c].mean() for c in range(10)]
print(f"mean ink, as it is {ink.mean():.4f}")
print(f"weighted           {(even_weights(uneven.labels, 10) * ink).mean():.4f}")
print(f"mean of classes    {torch.stack(classes).mean():.4f}")

# %% [markdown] id="14-weights-after"
# The last two agree in all printed digits. In a discriminator's loss the same weights
# would stand before $\log D(x)$. They bring no new picture of a rare class. A picture
# with the weight nine counts like nine equal copies.

# %% [markdown] id="14-collapse-text"
# ## 9 · Data that a model has made
#
# Pictures on the web are increasingly generated, and the next model is trained on them.
# What happens if a model learns from samples of the model before it, again and again? In
# the smallest case everything can be computed. The model is a normal distribution. Each
# generation draws $n$ numbers from the fit before it, and fits mean and variance to these
# $n$ alone, by maximum likelihood.
#
# {{exercise 14.variance_left}}
#
# Which share of the first variance is left after $t$ generations, in expectation? You may
# use that the mean of $n$ numbers with variance $v$ has the variance $v / n$.


# %% id="14-ex-variance-left" exercise="14.variance_left"
def variance_left(n, generations):
    """Expected variance after so many refits to n own samples, of the first one."""
    ### BEGIN SOLUTION
    return (1 - 1 / n) ** generations
    ### END SOLUTION


# %% id="14-use-variance-left"
variance_left = checks.use("14.variance_left", variance_left)

# %% [markdown] id="14-collapse-run-text"
# <details><summary>The formula, to open once your check passes</summary>
#
# The fitted variance is the mean square around the sample's own mean. Its expectation is
# $v - v/n$, so
#
# $$\mathbb E[v_t] = \Bigl(1 - \frac1n\Bigr)^t\, v_0. \tag{14.13}$$
#
# </details>
#
# Compare two ways to use generated data, in 2,000 chains of $n = 100$ numbers for 200
# generations. **Replace** keeps the newest numbers only. **Accumulate** keeps all
# numbers so far, the first ones from the true distribution included, and fits to all of
# them.
#
# **Predict.** Data are replaced. Which share of the variance, in percent, is left after 100
# generations, on average over the chains?

# %% id="14-collapse-predict"
checks.predict("14.variance-after-100", ..., unit="%")


# %% id="14-collapse"
def chains(keep, n=100, generations=200, count=2000):
    """The variance of each chain's fit in each generation, [generations + 1, count]."""
    seeded = torch.Generator().manual_seed(14)
    mean, variance = torch.zeros(count, 1).double(), torch.ones(count, 1).double()
    kept, total, squares, found = 0, 0.0, 0.0, []
    for _ in range(generations + 1):
        found.append(variance[:, 0])
        drawn = mean + variance.sqrt() * torch.randn(count, n, generator=seeded)
        if not keep:
            kept, total, squares = 0, 0.0, 0.0
        kept += n
        total = total + drawn.sum(1, keepdim=True)
        squares = squares + drawn.square().sum(1, keepdim=True)
        mean = total / kept
        variance = (squares / kept - mean.square()).clamp(min=0)
    return torch.stack(found)


# %% id="14-collapse-look"
chain = {"replace": chains(keep=False), "accumulate": chains(keep=True)}
at = torch.arange(0, 201, 20)
curves = {
    f"{name}, {what}": (at, row[at])
    for name, found in chain.items()
    for what, row in (("mean", found.mean(1)), ("median", found.median(1).values))
}
curves["(14.13)"] = at, [variance_left(100, int(t)) for t in at]
plots.show(
    plots.lines(curves, "generation", "variance", log=True),
    "Variance of the fits over the generations, on a logarithmic axis: where data are"
    " replaced the mean falls about as (14.13) says and the median faster; where they accumulate"
    " both stay near 1.",
)
checks.measured("14.variance-after-100", 100 * chain["replace"][100].mean())

# %% [markdown] id="14-collapse-after"
# Where data are replaced, the variance dies out. The median falls faster than the mean,
# because a few chains with a large variance raise the mean. Shumailov et al. (2024)
# call this **model collapse**, and report that the tails, which hold what is rare,
# disappear first. They show it for such Gaussians and observe it in language models,
# variational autoencoders and mixture models. Where data accumulate, the variance stays
# near 1 in this run. For accumulating data in linear models, Gerstgrasser et al. (2024)
# prove a finite bound of the error. They observe no collapse in language models,
# diffusion models for molecules and VAEs either. So the question to ask of a data set
# is not only whether it contains generated pictures. It is also whether the real ones
# were kept.
#
# A last question concerns single pictures: what is *one* of them worth? Leave it out,
# train again, and see what changes. That is too expensive for every picture, and the
# effect of one picture is probably smaller than the effect of another seed. (We have
# not tested this.) The **data Shapley value** (Ghorbani and Zou 2019) averages what a
# picture adds over many subsets of the others. A copy then shares its value with its
# twin.

# %% [markdown] id="14-card-text"
# ## 10 · The card
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
# The row "of these under another label" is a very cheap test of labels. Where one
# picture has two labels, at least one of them is wrong. The last section of the card
# has questions without answers on purpose. Consent, purpose and omissions cannot be
# read from the pixels.

# %% [markdown] id="14-verdict"
# ## 11 · Gold mine or bubble?
#
# Both words are about value, so put figures beside each other. All are medians of the
# small GAN over seeds. The tables above say how many seeds there are, and how far apart
# they lie.
#
# | what is done | before | after |
# |---|---|---|
# | 100 digits become 1,000: recall | {{study data-amount 100 recall}} | {{study data-amount 1000 recall}} |
# | 5,000 become 60,000, trained four times as long: recall | {{study data-amount 5000-long recall}} | {{study data-amount 60000-long recall}} |
# | 5,000 become 60,000, trained four times as long: classifier's accuracy | {{study data-amount 5000-long classifier}} | {{study data-amount 60000-long classifier}} |
# | 60,000 digits, training four times as long: recall | {{study data-amount 60000 recall}} | {{study data-amount 60000-long recall}} |
# | a quarter of wrong labels put right: label accuracy | {{study data-corruption label_errors-0.25 label_accuracy}} | {{study data-corruption label_errors-0.25-relabelled label_accuracy}} |
# | nine tenths of copies thrown away: FID | {{study data-corruption duplicates-0.9 fid}} | {{study data-corruption duplicates-0.9-unique fid}} |
# | a tenth of out-of-distribution pictures let in: FID | {{study data-corruption clean fid}} | {{study data-corruption contamination-0.1 fid}} |
# | rare digits repeated: share of sixes | {{study data-imbalance as-it-is rare}} | {{study data-imbalance repeat rare}} |
#
# The value of a data set is not its number of pictures. It is what the *next* pictures
# improve, and by (14.7) that falls. The first hundreds of a kind that was missing
# improve much. The second and third row say what 55,000 more digits of the same kind
# improve, for this model and this length of training. A larger model and a longer
# training may give another answer. The rows on labels, copies and shares cost a few
# seconds of computing and no new picture. Which row would you pay for?

# %% [markdown] id="14-predictions-text"
# Your predictions beside what was measured:

# %% id="14-predictions"
checks.predictions("14")

# %% [markdown] id="14-recap"
# ## What to take along
#
# - A perfect generator of damaged data draws damaged data. The FID of the training set
#   itself tells you beforehand.
# - Wrong labels, imbalance and copies cannot be seen in any single picture. They have
#   to be counted.
# - Wrong labels ruin rare classes first, by Bayes' rule.
# - Errors fall as a power of the amount; what the next thousand is worth falls faster.
# - Hashes find exact copies in linear time. Perceptual hashes also find copies that
#   were saved again.
# - Confident learning finds most wrong labels from nothing but the set itself. Report
#   recall and precision, and look before you delete.
# - This GAN amplified an imbalance. A tenth of the data were sixes, and far less of the
#   samples. What a correction brings back, in number and in kind, has to be measured.
#   None of them invents new pictures.
# - Pictures that do not belong are far from the others in features, unless they come in
#   groups. A small trusted set finds more of them.
# - A normal distribution that is fitted to its own samples loses a share $1/n$ of its
#   variance in each generation, on average. When the real data were kept, it did not
#   collapse in our run.
# - An amount of data can be judged only if the training is long enough to see it. Report
#   how often each picture was shown.
#
# **Next** chapter 15 asks what generators are good for, on images.
#
# ## References
#
# - C. G. Northcutt, L. Jiang, I. L. Chuang. Confident Learning: Estimating Uncertainty in
#   Dataset Labels. Journal of Artificial Intelligence Research 70, 2021.
# - C. G. Northcutt, A. Athalye, J. Mueller. Pervasive Label Errors in Test Sets Destabilize
#   Machine Learning Benchmarks. NeurIPS Datasets and Benchmarks, 2021.
# - J. Hestness et al. Deep Learning Scaling is Predictable, Empirically. arXiv:1712.00409,
#   2017.
# - I. Shumailov, Z. Shumaylov, Y. Zhao, N. Papernot, R. Anderson, Y. Gal. AI models
#   collapse when trained on recursively generated data. Nature 631, 2024.
# - M. Gerstgrasser et al. Is Model Collapse Inevitable? Breaking the Curse of Recursion by
#   Accumulating Real and Synthetic Data. COLM 2024.
# - A. Ghorbani, J. Zou. Data Shapley: Equitable Valuation of Data for Machine Learning.
#   ICML 2019.
# - J. Zhao, T. Wang, M. Yatskar, V. Ordonez, K.-W. Chang. Men Also Like Shopping: Reducing
#   Gender Bias Amplification using Corpus-level Constraints. EMNLP 2017.
# - T. Gebru et al. Datasheets for Datasets. Communications of the ACM 64(12), 2021.
# - M. Pushkarna, A. Zaldivar, O. Kjartansson. Data Cards: Purposeful and Transparent
#   Dataset Documentation for Responsible AI. FAccT 2022.
# - C. Zauner. Implementation and Benchmarking of Perceptual Image Hash Functions. Diploma
#   thesis, Upper Austria University of Applied Sciences, Hagenberg, 2010.
