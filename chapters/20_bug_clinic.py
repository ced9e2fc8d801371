# %% [markdown] id="20-title"
# # 20 · Bug clinic
#
# A program with a bug often trains without an error message. Its loss falls, its shapes
# fit, no number is infinite, and the samples are worse than they should be. How do you find
# such a bug, how do you prove that you found it, and how do you know that it is gone? In
# this chapter you write tests that expose bugs, and repairs that remove them. Both are
# judged by programs that you have not seen.
#
# **You will be able to**
# - explain why a bug is silent, and say which usual checks find which bugs;
# - judge a test by right and by sick programs;
# - derive invariants of a training step, and turn each into a test;
# - choose a tolerance and a number of seeds for a test with random numbers;
# - expose and repair wrong formulas;
# - expose and repair wrong training code;
# - find mistakes in modes, buffers, seeds and the choice of data;
# - expose mistakes that were reported for public code, and check a claim in the work it speaks of;
# - go on practising with new bugs, and choose a small set of tests for your own project.
#
# **Time** {{time}}. Good places to stop in between are the ends of sections 4 and 6.
#
# **Before this** chapters 02, 04 and 08. Two patients need chapter 11, and a third needs chapter 05.
#
# {{run card}}

# %% id="20-imports"
import copy
import math
from statistics import NormalDist

import torch
from torch import nn
from torch.nn import functional as F

# %% id="20-course"
from aigc_course import attention, checks, clinic, gan, plots, training, vae
from aigc_course.clinic import invariants, mutants, steps

training.seed_everything(20)
fast = training.fast_mode()

# %% [markdown] id="20-idea-text"
# A **patient** (病例) is a small program with a bug. We call its code *sick*, and the same program
# without the bug *healthy*. The picture shows the way from a symptom to a repair. A **symptom**
# (症状) is what you see in a run. A **test** is a program that tells sick code from healthy code. A
# **repair** removes the cause. It counts only if the test passes and nothing else has changed.

# %% id="20-idea"
stages = [
    plots.Stage("Symptom", "what a run\nshows", "section 1"),
    plots.Stage("Property", "what right code has\nand sick code lacks", "2, 3"),
    plots.Stage("Test", "passes right programs,\nfails sick ones", "2 to 4"),
    plots.Stage("Repair", "of the cause,\nnothing else changes", "5 to 7"),
    plots.Stage("Suite", "kept, and run\nat each change", "9, 10"),
]
ways_back = [
    plots.Return(2, 1, "it accuses healthy code, or misses a disguise"),
    plots.Return(3, 0, "the symptom is hidden, the cause is still there"),
]

# %% id="20-idea-look"
plots.show(
    plots.pipeline(stages, ways_back),
    "Five boxes from left to right: symptom, property, test, repair, suite. A dashed way"
    " leads from the test back to the property, and one from the repair back to the"
    " symptom.",
)

# %% [markdown] id="20-hides-text"
# ## 1 · How a bug hides
#
# Why does a program with a bug run without an error? Look at a first patient, the loss of a
# generator $G$. Its symptom speaks of **belief** (判别器输出概率). This is $D$'s output: the probability,
# according to $D$, that a sample is real. The next cell shows the symptom and the code.

# %% id="20-first"
clinic.show("generator_loss")

# %% [markdown] id="20-first-text"
# A small training uses this loss. $G$ moves a cloud of points, and the real points lie around
# $(2, 0)$. The discriminator $D$ is fixed. Its logit is the first coordinate minus 1, so $D$ prefers
# points on the right. The function below draws a curve from 60 steps with the sick code and with a
# healthy one. The first figure shows the loss.


# %% id="20-symptom"
def symptom(name, curve=None, count=20 if fast else 60):
    """The recorded curve of a patient, sick and healthy, and the symptom in words."""
    patient = clinic.get(name)
    y = curve or patient.figure[1]
    series, ends = {}, []
    for label, healthy in {"patient": False, "healthy": True}.items():
        values = clinic.curves(name, steps=count, healthy=healthy)[y]
        series[label] = (range(0, len(values), 5), values[::5])
        ends.append(f"{label}, from {values[0]:.3g} to {values[-1]:.3g}")
    words = f"Curves of {y}: {'; '.join(ends)}. {patient.symptom}"
    plots.show(plots.lines(series, patient.figure[0], y), words)


# %% id="20-first-loss"
symptom("generator_loss", "loss")

# %% [markdown] id="20-first-loss-after"
# Both losses fall. Nothing in this figure says which program is sick. The second figure is
# $D$'s mean output for the generated points, that is, $D$'s mean belief in them.

# %% id="20-first-belief"
symptom("generator_loss")

# %% [markdown] id="20-why-text"
# The patient's loss falls, and its points become worse. There are three reasons why bugs in
# learning programs are silent.
#
# 1. **Descent lowers whatever it is given.** An optimiser follows the gradient of the number
#    that you call loss. If the number is the wrong one, it still falls. So a falling loss
#    tests the optimiser, and not the formula.
# 2. **Shapes carry no meaning.** PyTorch repeats axes of length 1 where two shapes differ
#    (**broadcasting**, 广播). A row can be combined with a column by mistake, and the mean over the
#    result is still one number.
# 3. **Networks compensate.** Other weights adapt to a fault. The result is then worse than it
#    could be, and you do not know how good it could be.
#
# A bug that stops the program with an error cannot be overlooked. A **silent bug** (静默错误) has to be
# looked for. Jiang and others (2025) collected 20 silent errors of real trainings. According to
# their paper, checks of signals such as the loss found 2 of them. Their checker tests properties
# that it inferred from good runs. It found 18.
#
# **Predict.** The clinic has many patients. Each was trained for 24 steps. We say that a loss falls
# if its mean over the last quarter of the steps is below its mean over the first quarter. For how
# many of 100 patients does the loss fail to fall, so that "the loss falls" finds the bug? Give the
# share in %.

# %% id="20-predict-falls"
checks.predict("20.loss-falls", ..., unit="%")

# %% [markdown] id="20-usual-text"
# The next cell shows a record. Each patient was given the checks that people usually make: the loss
# falls, all numbers are finite, all shapes are as expected. A check finds a patient if it fails on
# the sick code and passes on the healthy code, with each of three seeds. The column `invariants`
# belongs to section 3. There, `no step` says that the patient is not a step of a training.
# `clinic.usual()` computes the table again.

# %% id="20-usual"
usual = clinic.recorded_usual()
usual.table()

# %% id="20-usual-measured"
counts = usual.counts()
for check, found in counts.items():
    print(f"{check:15} finds {found:2} of {len(usual.rows)}")
checks.measured("20.loss-falls", 100 * counts["the loss falls"] / len(usual.rows))

# %% [markdown] id="20-usual-after"
# Each of the first three checks finds few patients, and together they find 8. Two of these 8 are
# not silent: `missing_name` and `no_reshape` stop with an error. The invariants find 11. All four
# columns together find 16, the number in the title, and this is still fewer than half.
#
# In the paper the checker found 18 of 20. Our share is smaller for at least two reasons. The errors
# of the paper were errors of training runs, and 12 of our patients are not a step of a training. A
# threshold and a split of the data are examples, and the invariants of a step cannot be applied to
# them. And the checker infers many properties of one program from good runs, where we have eight
# for all programs. So our table agrees with the paper in the order of the two kinds of checks, and
# not in the shares.

# %% [markdown] id="20-tests-text"
# ## 2 · A test is a property
#
# You think that a program is sick. What do you write? A **test** (测试) is a function that takes a program,
# runs it, and raises `AssertionError` if something that must hold does not hold. So a test
# begins with a **property** (性质): a sentence that is true of every right program and false of
# the sick one.
#
# Where do properties come from? The following list helps when you have no idea.
#
# | source | question | example |
# |---|---|---|
# | direction | which way must the result move when this input moves? | the loss of a class falls when its logit rises |
# | known value | for which input do you know the result? | KL of two equal distributions is 0 |
# | symmetry | which change must not matter, or must matter? | the order of the samples in a batch |
# | conservation | what must stay as it was? | $D$'s weights in $G$'s step |
# | limit | what holds for very large or very small input? | a loss at logits of ±100 is finite |
# | second way | can you compute it in another, slower way? | a mean by sampling, a slope by differences |
#
# What is a *good* test? It must pass every right program, however it is written, and fail every
# form of the bug. So a test is judged like a classifier. Wrenn and Krishnamurthi (2019) call
# the right programs wheat and the sick ones chaff. We say **false alarm** (误报) if a test fails
# on a right program. A sick program that passes is **missed** (漏报).
#
# A test has three possible ends. If it raises `AssertionError`, it accuses the program. If it
# returns, it has found nothing. Any other exception says that the test, or the program, could not
# run.
#
# {{exercise 20.score_test}}
#
# Write the judge of tests. Programs may draw random numbers, so each is run with several
# seeds.


# %% id="20-ex-score" exercise="20.score_test"
def score_test(test, right, sick, seeds):
    """{"false alarms": runs, "missed": runs, "stopped": runs} of a test."""
    ### BEGIN SOLUTION
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for program, is_right in [*((p, True) for p in right), *((p, False) for p in sick)]:
        for seed in seeds:
            torch.manual_seed(seed)
            try:
                test(program)
                counts["missed"] += not is_right
            except AssertionError:
                counts["false alarms"] += is_right
            except Exception:
                counts["stopped"] += 1
    return counts
    ### END SOLUTION


# %% id="20-ex-score-check"
score_test = checks.use("20.score_test", score_test)

# %% [markdown] id="20-lazy-text"
# Some tests look like tests and check nothing. The cell judges nine of them with your function.
# There are four sick forms of the patient, and six right programs that are written differently.
# Each is run with five seeds. Expect that no test of the list is free of errors.

# %% id="20-lazy"
patient = clinic.get("generator_loss")
lazy = clinic.lazy_tests("generator_loss")
for kind, test in lazy.items():
    counts = score_test(test, patient.all_right(), patient.all_sick(), range(5))
    print(f"{kind:18} {counts}")

# %% [markdown] id="20-lazy-after"
# There are 30 runs with right programs and 20 with sick ones. `always fails` accuses in all 30, and
# each of the others misses at least 10 of the 20. `never looks` does not call the program. `by
# name` finds only the form whose name it knows. `reads the source` compares the text of the code,
# and misses the same bug in another text. `returns` gives back `False` instead of raising, and the
# caller ignores what a test returns. `one form` compares with numbers of the code that was shown,
# and misses the same bug with other numbers. The last three are the usual checks of section 1,
# which this patient passes.
#
# The clinic judges your tests in the same way, over 20 seeds. It names the kind of a test that
# checks nothing.
#
# {{exercise 20.exposes_generator_loss}}
#
# Write your first test, for the patient above. It is called with a loss function, which takes the
# logits of real and of generated samples, each `[n, 1]`. The question of the table that helps here
# is the first one: which way must the result move?


# %% id="20-ex-exposes-generator" exercise="20.exposes_generator_loss"
def exposes_generator_loss(loss):
    """Raise AssertionError if this is not a loss for a generator."""
    ### BEGIN SOLUTION
    real, fake = torch.randn(16, 1), torch.randn(16, 1)
    assert loss(real, fake + 1) < loss(real, fake), "more belief must cost less"
    ### END SOLUTION


# %% id="20-ex-exposes-generator-check"
exposes_generator_loss = checks.use("20.exposes_generator_loss", exposes_generator_loss)

# %% [markdown] id="20-invariants-text"
# ## 3 · Invariants of a training step
#
# Must you invent a property for each bug? Some properties hold for nearly every healthy
# training step, whatever the model is. They are called **invariants** (不变量). We derive
# eight of them. Each has a name, and the clinic has a function of that name.
#
# A step has **players**: one network for each loss. A GAN has $G$ and $D$, a VAE has one player.
# Player $p$ owns parameters $\theta_p$ and a loss $L_p$, and its optimiser moves $\theta_p$.
#
# ### connected
#
# *Every parameter of a player receives a gradient that is finite and not 0.* Move the
# parameters a little in a direction $v$. The chain rule says how the loss changes:
#
# $$\lim_{\varepsilon \to 0} \frac{L(\theta + \varepsilon v) - L(\theta)}{\varepsilon} = \sum_i \frac{\partial L}{\partial \theta_i} v_i. \tag{20.1}$$
#
# Let $v$ move a single parameter that the loss depends on. Except at special points, such as a
# minimum, the left side is not 0, so the gradient of this parameter is not 0. If autograd returns
# `None` or 0, the path is almost always cut, for example by `detach`, by NumPy, or by rounding.
#
# {{exercise 20.unreached}}
#
# Write a function that names the parameters that a loss does not teach. It must not disturb
# the training around it.


# %% id="20-ex-unreached" exercise="20.unreached"
def unreached(loss, model):
    """Names of the parameters without a gradient that teaches, sorted."""
    ### BEGIN SOLUTION
    names, parameters = zip(*model.named_parameters(), strict=True)
    if not loss.requires_grad:
        return sorted(names)
    found = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    return sorted(
        name
        for name, g in zip(names, found, strict=True)
        if g is None or not g.isfinite().all() or not g.any()
    )
    ### END SOLUTION


# %% id="20-ex-unreached-check"
unreached = checks.use("20.unreached", unreached)

# %% id="20-unreached"
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
x = torch.randn(8, 2)
print("as usual:     ", unreached(model(x).square().mean(), model))
hidden = model[:2](x).detach()
print("detached:     ", unreached(model[2](hidden).square().mean(), model))
print(
    "through NumPy:", unreached(torch.tensor(model(x).detach().numpy()).mean(), model)
)

# %% [markdown] id="20-moves-text"
# ### moves
#
# *A step changes every parameter of its player.* How far? Adam keeps a running mean $m$ of the
# gradient $g$ and a running mean $v$ of $g^2$. In the first step, both are corrected for
# their start at 0, which gives $\hat m = g$ and $\hat v = g^2$. So the first step of Adam is
#
# $$\Delta\theta_i = -\eta\, \frac{\hat m_i}{\sqrt{\hat v_i} + \varepsilon} = -\eta\, \frac{g_i}{|g_i| + \varepsilon}. \tag{20.2}$$
#
# Each parameter moves by nearly the learning rate $\eta$, however small its gradient is, as
# long as $|g_i| \gg \varepsilon = 10^{-8}$. A parameter that has not moved was not given to the
# optimiser, or its gradient is 0, or the step was not taken.
#
# ### separate
#
# *A step of one player changes no parameter of another.* $G$'s step is the map
#
# $$(\theta_G, \theta_D) \;\mapsto\; \big(\theta_G - \eta\, \nabla_{\theta_G} L_G(\theta_G, \theta_D),\; \theta_D\big). \tag{20.3}$$
#
# So $\theta_D$ must be the same *bit by bit*. The gradients of $D$ may change: they are cleared
# before $D$'s own step. If one optimiser holds both networks, then $G$'s step also moves
# $\theta_D$, down the slope of $G$'s loss. $D$ then learns to take
# generated samples for real ones.
#
# {{exercise 20.changed_by}}
#
# Both invariants need the same tool: which numbers of a network does an action change?


# %% id="20-ex-changed" exercise="20.changed_by"
def changed_by(action, model):
    """Names of the entries of the model's state_dict that action() changes, sorted."""
    ### BEGIN SOLUTION
    before = {name: entry.clone() for name, entry in model.state_dict().items()}
    action()
    after = model.state_dict()
    return sorted(
        name
        for name in before
        if not torch.allclose(before[name], after[name], rtol=0, atol=0, equal_nan=True)
    )
    ### END SOLUTION


# %% id="20-ex-changed-check"
changed_by = checks.use("20.changed_by", changed_by)

# %% [markdown] id="20-changed-after"
# The cell looks at a network with a batch norm. One action trains it by one step. The other
# one only evaluates it, and does so in training mode.

# %% id="20-changed"
model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
optimizer = torch.optim.Adam(model[2].parameters(), lr=1e-3)


def one_step():
    """One step of the optimiser, which holds the last layer only."""
    model(torch.randn(8, 2)).square().mean().backward()
    optimizer.step()


print("one step:", changed_by(one_step, model))
print("one look:", changed_by(lambda: model(torch.randn(8, 2)), model))

# %% [markdown] id="20-changed-read"
# The step changes the last layer, since the optimiser holds nothing else: the first layer does
# not learn. A look at the output changes the running statistics of the batch norm. In
# training mode every forward pass updates them.
#
# ### descends
#
# *A small step lowers the player's own loss, on the same batch and with the same random
# numbers.* How much must it fall?
#
# {{exercise 20.expected_change}}
#
# Derive the change of the loss in one step of gradient descent, $\theta \mapsto \theta - \eta g$ with
# $g = \nabla L$, to first order in $\eta$.


# %% id="20-ex-change" exercise="20.expected_change"
def expected_change(gradients, lr):
    """The change of the loss to first order; gradients: tensors, or None."""
    ### BEGIN SOLUTION
    return -lr * sum(g.square().sum() for g in gradients if g is not None)
    ### END SOLUTION


# %% id="20-ex-change-check"
expected_change = checks.use("20.expected_change", expected_change)

# %% [markdown] id="20-change-derived"
# <details><summary>The derivation</summary>
#
# Taylor's theorem with a remainder of second order, where the second derivatives are bounded by
# $M$:
#
# $$L(\theta - \eta g) = L(\theta) - \eta\, \|g\|^2 + R, \qquad |R| \le \tfrac{M}{2}\, \eta^2 \|g\|^2. \tag{20.4}$$
#
# The first-order term is the inner product of the gradient $g$ with the movement $-\eta g$. For
# $\eta < 2/M$ the loss falls.
#
# </details>
#
# The cell compares your formula with a step of `torch.optim.SGD` on a small network. In the
# second row the gradients of an earlier batch were not cleared. Expect agreement in the first row
# only.

# %% id="20-change"
torch.manual_seed(20)
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
x, y = torch.randn(32, 2), torch.randn(32, 1)


def change(lr, stale):
    """(expected, measured) change of the loss in one step."""
    net = copy.deepcopy(model)
    if stale:
        F.mse_loss(net(torch.randn(32, 2)), torch.randn(32, 1)).mul(3).backward()
    loss = F.mse_loss(net(x), y)
    expected = expected_change(torch.autograd.grad(loss, list(net.parameters())), lr)
    F.mse_loss(net(x), y).backward()
    torch.optim.SGD(net.parameters(), lr).step()
    return float(expected), float((F.mse_loss(net(x), y) - loss).detach())


for stale in (False, True):
    expected, measured = change(1e-3, stale)
    print(f"kept: {stale!s:5}  expected {expected:.5f}, measured {measured:.5f}")

# %% [markdown] id="20-change-after"
# With cleared gradients the loss falls by what (20.4) says. With gradients that were kept it
# falls by more than twice as much in our run. It still falls, so compare the amount and not only the
# sign. The clinic's `descends` asks for the sign only, because (20.4) does not hold for Adam.
#
# ### aims
#
# *A step raises what the player wants.* Section 1 showed why `descends` is not enough: a wrong
# loss falls as well. So compare with an aim that does not use the loss. $D$ wants large
# logits for real samples and small ones for generated samples, and $G$ wants large ones for
# generated samples. The clinic measures $G$'s aim by the mean logit of the generated samples. It
# measures $D$'s aim by the mean logit of the real samples minus that mean. A VAE wants a larger ELBO
# (chapter 08). For the usual losses (chapter 02) with logits $a_i$ of real and $b_i$ of generated
# samples, and the sigmoid $\sigma$, the slopes are
#
# $$\frac{\partial L_D}{\partial a_i} = -\frac{1 - \sigma(a_i)}{n}, \qquad \frac{\partial L_D}{\partial b_i} = \frac{\sigma(b_i)}{n}, \qquad \frac{\partial L_G}{\partial b_i} = -\frac{1 - \sigma(b_i)}{n}. \tag{20.5}$$
#
# Each slope has the same sign for every logit. A test of the signs holds for all the losses of
# chapter 03 that are strictly monotone, and not only for one of them.
#
# ### alone
#
# *In evaluation mode the output for one sample does not depend on the others.* For a network $f$
# and a batch $x_1, \dots, x_n$:
#
# $$\frac{\partial f(x_1, \dots, x_n)_i}{\partial x_j} = 0 \quad \text{for } j \ne i. \tag{20.6}$$
#
# A `view` that mixes axes, a softmax along the batch, or a batch norm that was left in training
# mode breaks it. No shape changes.
#
# ### mean
#
# *A loss is a mean over the batch: the doubled batch has the same loss.* With $\ell$ the loss of
# one sample,
#
# $$L(x \cup x) = \frac{1}{2n} \Big( \sum_{i=1}^n \ell(x_i) + \sum_{i=1}^n \ell(x_i) \Big) = L(x). \tag{20.7}$$
#
# A sum over the batch doubles, and with it the step of plain gradient descent. A loss
# that compares the samples of a batch with each other need not keep (20.7), and can be
# healthy all the same. The clinic allows a difference of 35 % here, because a doubled
# batch of a GAN gets new latents.
#
# ### fresh
#
# *If a loss draws random numbers, the same seed gives the same loss, and another seed gives another
# loss.* Suppose that a loss draws $n$ latents. If
# the losses of single samples have the variance $s^2$ and are independent, then
#
# $$\operatorname{Var}_{\text{seeds}}\big[L\big] = \frac{s^2}{n} > 0. \tag{20.8}$$
#
# If the loss does not change with the seed, the same latents are used in every step. If it
# changes although the seed is the same, the program draws numbers that you do not control.
#
# The cell tests all eight for a healthy step of a GAN, and for the step with the patient of
# section 1.

# %% id="20-eight"
print("healthy step:", invariants.broken(steps.gan_step) or "nothing is broken")
sick = clinic.patient("generator_loss")
found = invariants.broken(lambda: steps.gan_step(g_loss=lambda b, a: sick(a, b)))
print("patient:", found)

# %% [markdown] id="20-eight-after"
# The healthy step breaks none of them. The patient breaks `aims` and no other one. Its
# gradients are there, it moves its own weights, and its loss falls.
#
# ### What the eight do not see
#
# A step that breaks no invariant can still be sick. Here is a well-known mistake. A
# network returns $a$ with shape `[n, 1]`, and the targets $y$ have shape `[n]`. Then
# `(a - y).square().mean()` runs over all $n^2$ pairs. What does it minimise? Write
# $\bar y$ for the mean of the targets:
#
# $$\frac{1}{n^2} \sum_{i,j} (a_i - y_j)^2 = \frac1n \sum_i (a_i - \bar y)^2 + \frac1n \sum_j (y_j - \bar y)^2. \tag{20.9}$$
#
# The mixed term vanishes, because $\sum_j (y_j - \bar y) = 0$. The last sum does not depend on
# $a$. So every output is pulled towards $\bar y$, and the network learns a constant. Doubling the
# batch changes nothing in (20.9), so the invariant `mean` holds. A property that fails is a
# symmetry that must *not* be there: if the targets alone change places, the loss has to change.
# Expect an unchanged loss in the first row of the output only.

# %% id="20-broadcast"
a, y = torch.randn(64, 1), torch.randn(64)
for name, target in {"[n] against [n, 1]": y, "[n, 1]": y[:, None]}.items():
    before = (a - target).square().mean()
    after = (a - target.flip(0)).square().mean()
    print(f"{name:20} loss {before:.4f}, with the targets in another order {after:.4f}")

# %% [markdown] id="20-chance-text"
# ## 4 · Tests and randomness
#
# A test that draws random numbers can fail by chance. How do you choose its limits? Suppose that
# a test compares the mean of $n$ draws with its expectation. A wide tolerance misses bugs,
# and a narrow one accuses healthy code.
#
# {{exercise 20.tolerance}}
#
# Derive the tolerance. You are given the standard deviation of one draw and $n$. A right program
# may fail with probability `rate`. The test makes a number of comparisons.
# Take the mean as normal, and let the comparisons share the probability equally.


# %% id="20-ex-tolerance" exercise="20.tolerance"
def tolerance(std, n, rate, comparisons=1):
    """How far the mean of n draws may lie from its expectation."""
    ### BEGIN SOLUTION
    alpha = rate / comparisons
    return NormalDist().inv_cdf(1 - alpha / 2) * std / math.sqrt(n)
    ### END SOLUTION


# %% id="20-ex-tolerance-check"
tolerance = checks.use("20.tolerance", tolerance)

# %% [markdown] id="20-tolerance-derived"
# <details><summary>The derivation</summary>
#
# The mean of $n$ independent draws has standard deviation $s / \sqrt n$. With $\Phi$ the
# distribution function of the standard normal distribution,
#
# $$P\big(|\bar x - \mu| > t\big) = 2\Big(1 - \Phi\Big(\frac{t \sqrt n}{s}\Big)\Big) = \alpha \quad\Longrightarrow\quad t = \Phi^{-1}\Big(1 - \frac{\alpha}{2}\Big)\, \frac{s}{\sqrt n}. \tag{20.10}$$
#
# The probability that at least one of $k$ comparisons fails is at most $k\alpha$, so $\alpha =
# \text{rate} / k$ is enough (Bonferroni's inequality).
#
# </details>
#
# The cell counts false alarms. A right program draws 100 standard normal numbers, and the test
# compares their mean with 0.

# %% id="20-tolerance"
means = torch.randn(2_000 if fast else 20_000, 100).mean(1).abs()
for rate in (0.05, 0.01, 0.001):
    t = tolerance(1.0, 100, rate)
    print(
        f"rate {rate}: tolerance {t:.3f}, false alarms {(means > t).float().mean():.4f}"
    )

# %% [markdown] id="20-tolerance-after"
# The counted shares are close to the rates that we asked for. The clinic runs a test on at
# least three right programs with 20 seeds each. That is at least 60 runs. A rate of 0.001
# then gives a false alarm in about 6 % of all judgements, and a rate of $10^{-6}$ in almost none. The
# better way is a property that needs no tolerance: a sign, an equality of bits, or the same
# seed on both sides.
#
# The second question is the number of seeds. Some bugs show themselves in a part of the runs
# only.
#
# {{exercise 20.runs_needed}}
#
# A bug can be seen in a share $p$ of all runs. How many independent runs are needed until the
# probability of not seeing it at all is at most `miss`?


# %% id="20-ex-runs" exercise="20.runs_needed"
def runs_needed(share, miss):
    """The smallest number of runs."""
    ### BEGIN SOLUTION
    if share == 1:
        return 1
    return max(1, math.ceil(math.log(miss) / math.log1p(-share)))
    ### END SOLUTION


# %% id="20-ex-runs-check"
runs_needed = checks.use("20.runs_needed", runs_needed)

# %% [markdown] id="20-runs-derived"
# <details><summary>The derivation</summary>
#
# No run shows the bug with probability $(1 - p)^n$. Both logarithms are negative, which turns the
# inequality round:
#
# $$(1 - p)^n \le \delta \quad\Longleftrightarrow\quad n \ge \frac{\log \delta}{\log(1 - p)}. \tag{20.11}$$
#
# </details>

# %% id="20-runs"
for share in (0.9, 0.5, 0.15, 0.05):
    print(f"seen in {share:.0%} of the runs: {runs_needed(share, 0.05)} runs for 95 %")

# %% [markdown] id="20-runs-after"
# With 20 seeds a bug is seen with probability 95 % if it shows itself in about 14 % of the runs
# or more. For rarer bugs, change the test so that they show more often. For example, use a
# larger learning rate, a smaller batch or extreme inputs.

# %% [markdown] id="20-formulas-text"
# ## 5 · Ward A: formulas
#
# In this ward each patient is a formula that is wrong. From now on you also write repairs. When
# does a change count as a repair? The first patient shows what does not count. Its samples become
# worse from step to step. The cell judges four changes that make the figure look better.

# %% id="20-patches"
patient = clinic.get("generator_loss")
for patch in patient.patches:
    verdict = clinic.judge_repair("generator_loss", patch.function)
    print(f"{patch.name}: {verdict.kind}. {verdict.message}\n")

# %% [markdown] id="20-patches-after"
# All four changes act on the symptom only. Such a change is a **symptom patch** (治标补丁). Common ones are
# `clamp`, `nan_to_num`, `try` with `except`, a smaller learning rate, and `detach`. They have
# something in common: the property of section 2 is still false.
#
# Three questions lead from the symptom to the cause.
#
# 1. Which property is false? Write the test first, and see it fail.
# 2. Which is the first line after which it is false? Test the parts from the inputs on, and stop
#    at the first one that is wrong.
# 3. Would my change make the property true for *every* input, or for those of this run?
#
# The clinic judges a repair by three things. It has properties that you do not see. It behaves
# like the healthy code, within $10^{-6}$, wherever the bug did not reach. The rest of the code
# is as it was: a repair changes few lines.
#
# {{exercise 20.generator_loss}}
#
# Fix the first patient. Copy its code from section 1, and change what is wrong.


# %% id="20-ex-generator" exercise="20.generator_loss"
def generator_loss(real_logits, fake_logits):
    """What G minimises. Both logits: [n, 1]."""
    ### BEGIN SOLUTION
    wanted = torch.ones_like(fake_logits)
    return F.binary_cross_entropy_with_logits(fake_logits, wanted)
    ### END SOLUTION


# %% id="20-ex-generator-check"
generator_loss = checks.use("20.generator_loss", generator_loss)

# %% [markdown] id="20-generator-cause"
# The cell shows the diagnosis of the clinic.

# %% id="20-generator-cause-look"
print(clinic.get("generator_loss").cause)

# %% [markdown] id="20-discriminator-text"
# ### The loss of a discriminator
#
# The next patient has the corresponding mistake in the loss of $D$. Read its symptom and its code.

# %% id="20-discriminator-show"
clinic.show("discriminator_loss")

# %% id="20-discriminator-look"
symptom("discriminator_loss")

# %% [markdown] id="20-discriminator-ask"
# $D$'s loss falls in this patient, as in the first one. Which of the slopes in (20.5) has the
# wrong sign?
#
# {{exercise 20.discriminator_loss}}
#
# Fix it.


# %% id="20-ex-discriminator" exercise="20.discriminator_loss"
def discriminator_loss(real_logits, fake_logits):
    """What D minimises: a mean over real plus a mean over generated samples."""
    ### BEGIN SOLUTION
    loss_real = -F.logsigmoid(real_logits).mean()
    loss_fake = -F.logsigmoid(-fake_logits).mean()
    return loss_real + loss_fake
    ### END SOLUTION


# %% id="20-ex-discriminator-check"
discriminator_loss = checks.use("20.discriminator_loss", discriminator_loss)

# %% [markdown] id="20-discriminator-after"
# The table of section 1 names no invariant for this patient. Why not? A step of the sick code
# raises the mean logits of real and of generated samples. In the clinic's step it raises the former
# by more, so their difference grows, and `aims` holds. A test of each slope in (20.5) exposes the
# patient with one batch.

# %% [markdown] id="20-vae-text"
# ### The two parts of a VAE's loss
#
# This patient has a mistake in each of two parts. For the KL divergence of an encoder you know
# values (chapter 08). With $q = \mathcal N(\mu, \sigma^2)$ and the prior $p = \mathcal N(0, 1)$,
#
# $$\mathrm{KL}(q \,\|\, p) = \tfrac12 \big( \mu^2 + \sigma^2 - \log \sigma^2 - 1 \big) \ge 0, \tag{20.12}$$
#
# and it is 0 only for $\mu = 0$ and $\sigma = 1$. The inequality follows from $\log u \le u - 1$
# with $u = \sigma^2$. So 0, a value that you know without a computer, is a test.

# %% id="20-vae-show"
clinic.show("vae_parts")

# %% id="20-vae-look"
symptom("vae_parts")

# %% [markdown] id="20-vae-ask"
# {{exercise 20.exposes_vae_parts}}
#
# Write a test. It is called with the loss function, which takes $x$, the
# reconstruction, $\mu$ and $\log \sigma^2$, each `[n, d]`. Both parts of the loss are
# wrong, so look at both.


# %% id="20-ex-exposes-vae" exercise="20.exposes_vae_parts"
def exposes_vae_parts(loss):
    """Raise AssertionError if the loss is not -log p(x|z) + KL, constants left out."""
    ### BEGIN SOLUTION
    x, nothing = torch.randn(8, 2), torch.zeros(8, 2)
    best = loss(x, x, nothing, nothing)
    assert abs(float(best)) < 1e-4
    assert loss(x, x + 1, nothing, nothing) > best
    assert loss(x, x, nothing + 1, nothing) > best
    ### END SOLUTION


# %% id="20-ex-exposes-vae-check"
exposes_vae_parts = checks.use("20.exposes_vae_parts", exposes_vae_parts)

# %% [markdown] id="20-total-text"
# ### One number for two players
#
# Suppose that a program adds the two losses of a GAN to a "total loss" and minimises the sum. What
# remains of the game? With the loss of the minimax game, $L_G = \mathbb E \log(1 - D(G(z)))$ and logits
# $b_i$ of the generated samples,
#
# $$L_D + L_G = -\mathbb E \log D(x) \;\underbrace{-\; \mathbb E \log(1 - D(G(z))) + \mathbb E \log(1 - D(G(z)))}_{=\,0}, \qquad \frac{\partial (L_D + L_G)}{\partial b_i} = 0. \tag{20.13}$$
#
# The generated samples disappear from the sum, so $G$ gets no gradient. With the
# non-saturating loss the two terms do not cancel, and each $b_i$ is pulled towards 0, where
# $D(G(z)) = \tfrac12$. In both cases the players no longer have opposite aims.

# %% id="20-total-show"
clinic.show("total_loss")

# %% id="20-total-look"
symptom("total_loss")

# %% [markdown] id="20-total-ask"
# {{exercise 20.total_loss}}
#
# Fix it: each network gets the gradient of its own loss.


# %% id="20-ex-total" exercise="20.total_loss"
def total_loss(generator, discriminator, real, z):
    """Fill `.grad` of both networks; return L_G and L_D."""
    ### BEGIN SOLUTION
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    loss_d.backward(inputs=list(discriminator.parameters()), retain_graph=True)
    loss_g.backward(inputs=list(generator.parameters()))
    return loss_g.detach(), loss_d.detach()
    ### END SOLUTION


# %% id="20-ex-total-check"
total_loss = checks.use("20.total_loss", total_loss)

# %% [markdown] id="20-attention-text"
# ### A sum that is missing
#
# The last patient of this ward is self-attention (chapter 11). All shapes are right.

# %% id="20-attention-show"
clinic.show("attention_weights")

# %% id="20-attention-look"
symptom("attention_weights")

# %% [markdown] id="20-attention-ask"
# The invariant `alone` says that a *sample* must not see the others. For a *token* the opposite
# holds: it must see the other tokens of its sequence.
#
# {{exercise 20.exposes_attention_weights}}
#
# Write a test. The function is called with $q$, $k$ and $v$, `[n, t, d]` each.


# %% id="20-ex-exposes-attention" exercise="20.exposes_attention_weights"
def exposes_attention_weights(attention):
    """Raise AssertionError if a token does not see the others."""
    ### BEGIN SOLUTION
    q, k, v = torch.randn(3, 2, 5, 4)
    other = v.clone()
    other[:, 0] += 1
    gap = attention(q, k, other)[:, 1] - attention(q, k, v)[:, 1]
    assert gap.abs().max() > 1e-5, "token 1 sees token 0"
    ### END SOLUTION


# %% id="20-ex-exposes-attention-check"
exposes_attention_weights = checks.use(
    "20.exposes_attention_weights", exposes_attention_weights
)

# %% [markdown] id="20-code-text"
# ## 6 · Ward B: code
#
# Here the formulas are right, and the program around them is not. How do you know what such a
# program should do? The invariants of section 3 are a first answer.
#
# ### A loop without steps

# %% id="20-loop-show"
clinic.show("no_steps")

# %% id="20-loop-look"
symptom("no_steps")

# %% [markdown] id="20-loop-ask"
# The loop calls a function `step` for each batch. How do you test a function that calls another
# one? Give it a `step` that only records how it is called. Such a replacement is called a **test
# double** (测试替身).
#
# {{exercise 20.exposes_no_steps}}
#
# Write a test. The function is called as `fit(step, data, epochs, batch_size)`. Healthy loops
# differ in what they do with a last batch that is not full.


# %% id="20-ex-exposes-loop" exercise="20.exposes_no_steps"
def exposes_no_steps(fit):
    """Raise AssertionError if the loop does not show every sample once an epoch."""
    ### BEGIN SOLUTION
    seen = []

    def step(batch):
        seen.append(batch)
        return 0.0

    fit(step, torch.arange(12.0), 2, 4)
    assert len(seen) == 6, "two epochs of three batches"
    counts = torch.cat(seen).unique(return_counts=True)[1]
    assert counts.tolist() == [2] * 12, "each sample is seen once in an epoch"
    ### END SOLUTION


# %% id="20-ex-exposes-loop-check"
exposes_no_steps = checks.use("20.exposes_no_steps", exposes_no_steps)

# %% [markdown] id="20-scores-text"
# ### A player that does not learn

# %% id="20-scores-show"
clinic.show("same_scores")

# %% id="20-scores-look"
symptom("same_scores")

# %% [markdown] id="20-scores-ask"
# {{exercise 20.exposes_same_scores}}
#
# Write a test. The function is called with $G$, $D$, a pair of optimisers (of $G$, of $D$), real
# samples and latents. You choose the networks. Small ones are enough.


# %% id="20-ex-exposes-scores" exercise="20.exposes_same_scores"
def exposes_same_scores(train_step):
    """Raise AssertionError if a player does not learn in this step."""
    ### BEGIN SOLUTION
    g, d = nn.Linear(3, 2), nn.Linear(2, 1)
    optimizers = tuple(torch.optim.SGD(n.parameters(), lr=0.1) for n in (g, d))
    before = g.weight.detach().clone(), d.weight.detach().clone()
    train_step(g, d, optimizers, torch.randn(8, 2), torch.randn(8, 3))
    assert not torch.equal(before[0], g.weight), "G has learnt nothing"
    assert not torch.equal(before[1], d.weight), "D has learnt nothing"
    ### END SOLUTION


# %% id="20-ex-exposes-scores-check"
exposes_same_scores = checks.use("20.exposes_same_scores", exposes_same_scores)

# %% [markdown] id="20-logits-text"
# ### NaN after a few steps
#
# A NaN is not silent, so this bug seems easy. The difficulty is the repair. There are many ways to
# make the NaN disappear. The second cell below judges four ways that are not repairs.

# %% id="20-logits-show"
clinic.show("log_of_logits")

# %% id="20-logits-patches"
for patch in clinic.get("log_of_logits").patches:
    verdict = clinic.judge_repair("log_of_logits", patch.function)
    print(f"{patch.name}: {verdict.message}\n")

# %% [markdown] id="20-logits-ask"
# {{exercise 20.log_of_logits}}
#
# Fix the cause.


# %% id="20-ex-logits" exercise="20.log_of_logits"
def log_of_logits(real_scores, fake_scores):
    """L_G and L_D from what D's last layer, a linear one, returns: [n, 1]."""
    ### BEGIN SOLUTION
    loss_g = -F.logsigmoid(fake_scores).mean()
    loss_real = -F.logsigmoid(real_scores).mean()
    loss_fake = -F.logsigmoid(-fake_scores).mean()
    return loss_g, loss_real + loss_fake
    ### END SOLUTION


# %% id="20-ex-logits-check"
log_of_logits = checks.use("20.log_of_logits", log_of_logits)

# %% [markdown] id="20-silent-text"
# ## 7 · Ward C: silent ones
#
# Of the 16 patients of this ward, 14 follow public reports of bugs, and the code is ours.
# `clinic.get(name).origin` names the reports. Many of the mistakes are not in a formula. A number
# was not moved, a mode or a seed is wrong, or data were used twice.
#
# ### An average that stays behind
#
# Many generators are sampled from with an average of their weights (chapter 05).

# %% id="20-ema-show"
clinic.show("c_ema_buffers")

# %% id="20-ema-look"
symptom("c_ema_buffers")

# %% [markdown] id="20-ema-ask"
# {{exercise 20.exposes_ema_buffers}}
#
# Write a test. The function is called as `follow(average, network, decay)`, and it moves the
# average.


# %% id="20-ex-exposes-ema" exercise="20.exposes_ema_buffers"
def exposes_ema_buffers(follow):
    """Raise AssertionError if the averaged network does not follow in all its numbers."""
    ### BEGIN SOLUTION
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    average = copy.deepcopy(network).eval()
    network(5 + 3 * torch.randn(16, 2))
    for _ in range(8):
        follow(average, network, 0.1)
    for kept, new in zip(average.buffers(), network.buffers(), strict=True):
        if kept.is_floating_point():
            assert torch.allclose(kept, new, atol=1e-3), "statistics stay behind"
    ### END SOLUTION


# %% id="20-ex-exposes-ema-check"
exposes_ema_buffers = checks.use("20.exposes_ema_buffers", exposes_ema_buffers)

# %% [markdown] id="20-std-text"
# ### A draw with the wrong spread
#
# The next function draws random numbers, so its result cannot be compared with a value. Its
# distribution can. For $n$ draws with standard deviation $\sigma$, the sample standard deviation
# $\hat\sigma$ has nearly the standard error
#
# $$\operatorname{se}(\hat\sigma) \approx \frac{\sigma}{\sqrt{2n}}. \tag{20.14}$$
#
# It follows from $\operatorname{Var}[\hat\sigma^2] = 2\sigma^4 / (n - 1)$ for normal draws. Divide by
# $(2\sigma)^2$, since $2\sigma$ is the slope of $\sigma^2$, and take the root.

# %% id="20-std-show"
clinic.show("c_std_of_log_variance")

# %% id="20-std-look"
symptom("c_std_of_log_variance")

# %% [markdown] id="20-std-ask"
# {{exercise 20.exposes_std_of_log_variance}}
#
# Write a test. The function is called with mean and log-variance, `[n, d]` each. Choose
# arguments for which the wrong spread is far from the right one, and a limit that healthy code
# does not pass by chance.


# %% id="20-ex-exposes-std" exercise="20.exposes_std_of_log_variance"
def exposes_std_of_log_variance(draw):
    """Raise AssertionError if the latents do not have the deviation asked for."""
    ### BEGIN SOLUTION
    log_variance = torch.full((4000, 1), -2.0)
    spread = float(draw(torch.zeros(4000, 1), log_variance).std())
    assert abs(spread / math.exp(-1) - 1) < 0.1, f"the deviation is {spread:.3f}"
    ### END SOLUTION


# %% id="20-ex-exposes-std-check"
exposes_std_of_log_variance = checks.use(
    "20.exposes_std_of_log_variance", exposes_std_of_log_variance
)

# %% [markdown] id="20-eval-text"
# ### Samples that depend on their neighbours
#
# The next function draws samples from a generator with batch norm, in the middle of a training.

# %% id="20-eval-show"
clinic.show("c_eval_sampling")

# %% [markdown] id="20-eval-ask"
# The samples of one batch depend on each other, which the invariant `alone` excludes in evaluation
# mode. The training goes on afterwards, so a repair must not disturb it.
#
# {{exercise 20.eval_sampling}}
#
# Fix it.


# %% id="20-ex-eval" exercise="20.eval_sampling"
def eval_sampling(generator, z):
    """Samples for the latents z, [n, d]; the training goes on afterwards."""
    ### BEGIN SOLUTION
    mode = generator.training
    generator.eval()
    with torch.no_grad():
        images = generator(z)
    generator.train(mode)
    return images
    ### END SOLUTION


# %% id="20-ex-eval-check"
eval_sampling = checks.use("20.eval_sampling", eval_sampling)

# %% [markdown] id="20-threshold-text"
# ### A rate that was not measured
#
# A detector raises an alarm when a score lies above a threshold. How often is the alarm false?

# %% id="20-threshold-show"
clinic.show("c_own_threshold")

# %% [markdown] id="20-threshold-ask"
# Each line is right by itself. The mistake is the choice of the scores that the rate is measured on.
#
# {{exercise 20.own_threshold}}
#
# Fix it.


# %% id="20-ex-threshold" exercise="20.own_threshold"
def own_threshold(scores, alarm):
    """A threshold for this rate of false alarms, and the rate that is reported."""
    ### BEGIN SOLUTION
    half = len(scores) // 2
    chosen, held_out = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    rate = (held_out > threshold).double().mean()
    return float(threshold), float(rate)
    ### END SOLUTION


# %% id="20-ex-threshold-check"
own_threshold = checks.use("20.own_threshold", own_threshold)

# %% [markdown] id="20-threshold-measure"
# How large is the error? The cell chooses the threshold with 200 scores, for a rate of 1 %, and
# repeats this 1,000 times. It prints the mean of the rates that the patient reports, and of yours.

# %% id="20-threshold-rates"
sick = clinic.patient("c_own_threshold")
rates = []
for _ in range(100 if fast else 1000):
    scores = torch.randn(400)
    rates.append([sick(scores, 0.01)[1], own_threshold(scores, 0.01)[1]])
mean = torch.tensor(rates).mean(0)
print(f"reported with its own scores: {mean[0]:.4f}; with other scores: {mean[1]:.4f}")

# %% [markdown] id="20-threshold-after"
# The patient reports exactly what was asked for. Measured with other scores, the rate is larger. The
# threshold was fitted to the scores that were then used to judge it.

# %% [markdown] id="20-seed-text"
# ### The same noise again
#
# The next function makes the batches of one epoch and adds noise to the images.

# %% id="20-seed-show"
clinic.show("c_seed_each_epoch")

# %% id="20-seed-look"
symptom("c_seed_each_epoch")

# %% [markdown] id="20-seed-ask"
# {{exercise 20.seed_each_epoch}}
#
# Fix it. The same seed must still give the same run.


# %% id="20-ex-seed" exercise="20.seed_each_epoch"
def seed_each_epoch(images, number, seed):
    """The batches of epoch `number`: images [n, d] in random order, with fresh noise."""
    ### BEGIN SOLUTION
    source = torch.Generator().manual_seed(1_000_003 * seed + number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))
    ### END SOLUTION


# %% id="20-ex-seed-check"
seed_each_epoch = checks.use("20.seed_each_epoch", seed_each_epoch)

# %% [markdown] id="20-public-text"
# ## 8 · Errors in public code, and claims
#
# Published code has bugs too, and so has code that people learn from. The first patient of this
# section was reported for the notebooks of a TensorFlow book and for the examples of a library. The
# second was reported for an attention layer in a library of image models. Two more patients of ward
# C follow such reports: `c_always_dropout` one on an online textbook, and `c_half_labels` one on a
# notebook of a course. All programs were written anew by us, and `origin` names the reports.
#
# ### Softmax, and softmax again

# %% id="20-twice-show"
clinic.show("c_softmax_twice")

# %% [markdown] id="20-twice-ask"
# {{exercise 20.exposes_softmax_twice}}
#
# Write a test. The loss is called with scores `[n, K]` and labels `[n]`.


# %% id="20-ex-exposes-twice" exercise="20.exposes_softmax_twice"
def exposes_softmax_twice(loss):
    """Raise AssertionError if a certain right answer costs something."""
    ### BEGIN SOLUTION
    labels = torch.randint(10, (6,))
    scores = 40.0 * F.one_hot(labels, 10).float()
    assert loss(scores, labels) < 1e-3, "a certain right answer costs nothing"
    ### END SOLUTION


# %% id="20-ex-exposes-twice-check"
exposes_softmax_twice = checks.use("20.exposes_softmax_twice", exposes_softmax_twice)

# %% [markdown] id="20-twice-derived"
# <details><summary>Where the loss of the sick code stops</summary>
#
# The second softmax is given probabilities between 0 and 1. At best the right class has 1 and
# the others have 0. Its probability is then $e / (e + K - 1)$, so the loss never falls below
#
# $$L_{\min} = \log\Big(1 + \frac{K - 1}{e}\Big). \tag{20.15}$$
#
# For $K = 10$ this is 1.461.
#
# </details>

# %% id="20-twice-least"
best = 40.0 * F.one_hot(torch.arange(10)).float()
print(float(clinic.patient("c_softmax_twice")(best, torch.arange(10))))

# %% [markdown] id="20-mask-text"
# ### A mask that comes too late

# %% id="20-mask-show"
clinic.show("c_mask_after_softmax")

# %% [markdown] id="20-mask-ask"
# {{exercise 20.mask_after_softmax}}
#
# Fix it.


# %% id="20-ex-mask" exercise="20.mask_after_softmax"
def mask_after_softmax(scores, allowed):
    """Weights [.., T, S] of scores; `allowed` is True where a query may look."""
    ### BEGIN SOLUTION
    masked = scores.masked_fill(~allowed, -math.inf)
    return masked.softmax(dim=-1)
    ### END SOLUTION


# %% id="20-ex-mask-check"
mask_after_softmax = checks.use("20.mask_after_softmax", mask_after_softmax)

# %% [markdown] id="20-claims-text"
# ### Claims
#
# A wrong sentence is a mistake of a text. Some are found by dates: a film of 2009 cannot have used
# a GAN, because GANs were published in 2014. For others you have to look into the work that they
# speak of. The cell prints fourteen statements of the kind that introductions to generative AI
# contain. Some are true. It also prints a list of works. `aigc_course.clinic.patients.claims.WORKS`
# has their titles.

# %% id="20-claims"
asked = """style_gan dalle_pictures dalle_video dalle_gan dalle_author old_games gan_year
d_maximises_its_loss vae_deterministic vae_in_turn dropout_title attention_own bert dcgan_up"""
statements = {one.id: one.text for one in clinic.claims()}
for name in asked.split():
    print(f"{name}: {statements[name]}")
works = {one.work for one in clinic.claims()} | {"LeCun et al. 2015"}
print("\nworks:", "; ".join(sorted(works)))

# %% [markdown] id="20-claims-ask"
# {{exercise 20.checked_claims}}
#
# Say of each statement whether it is true, and which work of the list shows it. `clinic.claims()`
# also holds the answers, so print the texts only.


# %% id="20-ex-claims" exercise="20.checked_claims"
def checked_claims():
    """{name: (whether the statement is true, the key of the work that shows it)}."""
    ### BEGIN SOLUTION
    goodfellow, ramesh = "Goodfellow et al. 2014", "Ramesh et al. 2021"
    kingma = "Kingma & Welling 2014"
    return {
        "style_gan": (False, "Gatys et al. 2016"),
        "dalle_pictures": (True, ramesh),
        "dalle_video": (False, ramesh),
        "dalle_gan": (False, ramesh),
        "dalle_author": (False, ramesh),
        "old_games": (False, goodfellow),
        "gan_year": (True, goodfellow),
        "d_maximises_its_loss": (False, goodfellow),
        "vae_deterministic": (False, kingma),
        "vae_in_turn": (False, kingma),
        "dropout_title": (False, "Gal & Ghahramani 2016"),
        "attention_own": (False, "Vaswani et al. 2017"),
        "bert": (True, "Devlin et al. 2019"),
        "dcgan_up": (True, "Radford et al. 2016"),
    }
    ### END SOLUTION


# %% id="20-ex-claims-check"
checked_claims = checks.use("20.checked_claims", checked_claims)

# %% [markdown] id="20-claims-after"
# The cell gives the reason for each statement.

# %% id="20-claims-reasons"
reasons = {one.id: one.why for one in clinic.claims()}
for name, (true, work) in checked_claims().items():
    print(f"{name}: {true}, {work}. {reasons[name]}")

# %% [markdown] id="20-endless-text"
# ## 9 · The endless clinic
#
# You know the patients now. How do you go on practising? A **mutant** (变异体) is a copy of a right
# program with one small slip, such as a wrong sign, a wrong axis or a missing term. The idea to
# judge tests by mutants is old (DeMillo, Lipton, Sayward 1978). Our mutants are made from the
# course's own losses, steps and layers.
#
# A slip need not be a bug. Some slips change nothing that a test can see, and such mutants are
# called *equivalent*. So the clinic hands a mutant out only if its own properties expose the slip
# with every one of 20 seeds. The same number gives the same bug again.

# %% id="20-mutant"
bug = mutants.make(11)
print(bug.symptom, "\n" + bug.call, "\n\n" + bug.source)

# %% [markdown] id="20-mutant-text"
# Which property is false here? The code ends with a sum, so test the invariant `mean` first: a
# doubled batch has the same loss. The last line of the output shows the slip.


# %% id="20-mutant-test"
def exposes_mutant(loss):
    """A doubled batch has the same loss."""
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    doubled = loss(torch.cat([real, real]), torch.cat([fake, fake]))
    assert torch.allclose(doubled, loss(real, fake), rtol=1e-4)


verdict = clinic.judge_test(bug.patient, exposes_mutant)
print(verdict.message)
print("the slip:", bug.proof["before"].strip(), "->", bug.proof["after"].strip())

# %% [markdown] id="20-command-text"
# Outside the notebook, `aigc clinic --new 17 --out FOLDER` writes the bug of this number: its code, its
# symptom, and a file with an empty test and an empty repair. `aigc clinic --check FILE` judges what
# you wrote. Without a number you get a new one.
#
# ## 10 · Your suite
#
# You have written eight tests. What do they add to the checks of section 1? The picture has a row
# for each patient. The columns are the usual checks, the eight invariants, and your tests. A dark
# cell says that the check finds the bug.

# %% id="20-suite"
mine = {
    "generator_loss": exposes_generator_loss,
    "vae_parts": exposes_vae_parts,
    "attention_weights": exposes_attention_weights,
    "no_steps": exposes_no_steps,
    "same_scores": exposes_same_scores,
    "c_ema_buffers": exposes_ema_buffers,
    "c_std_of_log_variance": exposes_std_of_log_variance,
    "c_softmax_twice": exposes_softmax_twice,
}
exposed = {name for name, test in mine.items() if clinic.judge_test(name, test).passed}
print(f"your tests expose {len(exposed)} of {len(mine)} patients")

# %% id="20-found"
columns = ["loss falls", "finite", "shapes", *clinic.INVARIANTS, "your test"]
found = {}
for row in usual.rows:
    broken = [id in (row.invariants or ()) for id in clinic.INVARIANTS]
    found[row.patient] = [row.falls, row.finite, row.shapes, *broken]
    found[row.patient].append(row.patient in exposed)


# %% id="20-trophy"
def trophy(found):
    """The table bugs x checks as a picture: a dark cell where a check finds a bug."""
    figure = plots.new_figure(6.5, 1.2 + 0.19 * len(found))
    axes = figure.subplots()
    axes.imshow([list(row) for row in found.values()], cmap="Greys", aspect="auto")
    axes.set_yticks(range(len(found)), list(found), fontsize=7)
    axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", fontsize=8)
    axes.set_yticks([y + 0.5 for y in range(len(found))], minor=True)
    axes.set_xticks([x + 0.5 for x in range(len(columns))], minor=True)
    axes.grid(which="minor", color="0.85", linewidth=0.5)
    return figure


# %% id="20-trophy-look"
plots.show(
    trophy(found),
    "A table with a row for each patient and a column for each check. A cell is dark where"
    " the check finds the bug. The columns of the usual checks have few dark cells, those of"
    " the invariants have more, and many rows have none at all before the last column.",
)

# %% [markdown] id="20-trophy-after"
# A row that is white up to the last column is a bug that no general check finds. For such a bug you
# need a property of your own. Choose any of these rows, and write a test with `clinic.show` and
# `clinic.judge_test`. The row of `no_reshape` is dark because this patient stops with an error. In
# our list `alone` and `mean` find only this patient.
#
# Last, you run your tests on a real project, the course's own code. It has three functions for a
# VAE and for attention here, and the generator losses of six games. Expect no false alarm. A test
# that fails here has found a bug in the course, or accuses healthy code.


# %% id="20-own"
def vae_loss(x, decoded, mu, log_var):
    """The course's VAE loss with variance 1, its constant taken off."""
    log_p = vae.losses.gaussian(x, decoded, 0.0)
    kl = vae.losses.kl_standard_normal(mu, log_var)
    return (kl - log_p).mean() - 0.5 * math.log(2 * math.pi) * x.shape[1]


# %% id="20-own-list"
project = [
    ("VAE loss", exposes_vae_parts, vae_loss),
    ("attention", exposes_attention_weights, attention.functions.attention),
    ("reparameterise", exposes_std_of_log_variance, vae.losses.reparameterise),
]
for name, game in gan.losses.GAMES.items():
    project.append(
        (name, exposes_generator_loss, lambda a, b, g=game: g.generator(b, a))
    )

# %% id="20-own-look"
for name, test, function in project:
    counts = score_test(test, [function], [], range(20))
    print(f"{name:16} {counts}")

# %% [markdown] id="20-own-after"
# In our run the tests passed all nine functions with all 20 seeds.

# %% id="20-predictions"
checks.predictions("20")

# %% [markdown] id="20-recap"
# ## Recap
#
# - A falling loss tests the optimiser and not the formula. Most patients of the clinic pass this
#   check, and most also pass checks of shapes and of finite values.
# - A test starts from a property that is true of every right program and false of the sick
#   one. Directions, known values, symmetries, conserved quantities, limits and a second way of
#   computing are sources of properties.
# - A test is judged like a classifier, by false alarms on right programs and by missed sick
#   ones. Only an `AssertionError` accuses.
# - Eight invariants hold for nearly every healthy training step. They do not find every
#   bug: a loss over all pairs keeps `mean`, and a wrong loss can keep `descends`.
# - A test with random numbers needs a tolerance that is derived from its rate of false
#   alarms. A property that needs none is better.
# - A symptom patch makes the figure better and leaves the property false. A repair makes it true and
#   changes nothing else.
# - Training mode, buffers, seeds and the choice of data cause bugs without a wrong formula.
# - Mutants are new exercises without end. Each comes with a proof that a test can expose it.
#
# **Terms**: patient 病例 · silent bug 静默错误 · broadcasting 广播 · test 测试 · property 性质 · false alarm 误报 ·
# missed 漏报 · invariant 不变量 · symptom patch 治标补丁 · test double 测试替身 · mutant 变异体.
#
# **Next** chapter 21 is a project of your own, in which you can use these tests.
#
# ## References
#
# - I. Goodfellow and others. Generative Adversarial Nets. NIPS 2014. (20.5).
# - D. P. Kingma, J. Ba. Adam: A Method for Stochastic Optimization. ICLR 2015. (20.2).
# - D. P. Kingma, M. Welling. Auto-Encoding Variational Bayes. ICLR 2014. (20.12).
# - J. Wrenn, S. Krishnamurthi. Executable Examples for Programming Problem Comprehension. ICER
#   2019. Tests judged by right and wrong programs.
# - R. A. DeMillo, R. J. Lipton, F. G. Sayward. Hints on Test Data Selection: Help for the
#   Practicing Programmer. IEEE Computer, 1978. Mutants.
# - Y. Jiang and others. Training with Confidence: Catching Silent Errors in Deep Learning Training
#   with Automated Proactive Checks. OSDI 2025. The claim of section 1.
