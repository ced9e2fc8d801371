# %% [markdown] id="21-title"
# # 21 · Capstone
#
# You can train generators, measure them and find their bugs. Can you plan a project of your
# own, and convince another person of its result? In this chapter you choose a brief, plan a
# budget, gather evidence and pack a submission. A secret judge measures it. The judge also
# checks whether your own claims are true.
#
# **You will be able to**
# - choose a brief, and turn it into a question that a measurement answers;
# - split a budget between trainings and samples, and say how many seeds a plan needs;
# - start a project, train its baseline and measure it by printed commands;
# - say what each part of a method is worth, with paired seeds and failures counted;
# - pack a submission, and read a card beside its evidence;
# - make a secret judge, commit to it, and say which false claims it can find;
# - read a verdict, and tell luck, copying and foreign samples from quality;
# - judge a report by a rubric;
# - organise a blinded review.
#
# **Time** {{time}}. This is the tour. The project itself takes one to three weeks.
#
# **Before this** chapters 05 and 07. Brief B needs chapter 15, brief C chapter 12, and brief D
# chapter 17.
#
# {{run card}}

# %% id="21-imports"
import itertools
import json
import math
import shutil
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import torch

# %% id="21-course"
from aigc_course import checks, data, gan, metrics, plots, studies, training
from aigc_course.capstone import board, cards, judge as judging, loading, pack
from aigc_course.capstone import rubric, secret, submission
from aigc_course.cli import main as aigc
from aigc_course.errors import CourseError

training.seed_everything(21)
fast = training.fast_mode()

# %% [markdown] id="21-idea-text"
# The picture shows the whole way. The hash of the judge is published before the first
# submission comes in. After the last verdict the judge itself is published, so that everybody
# can check it.

# %% id="21-idea"
stages = [
    plots.Stage("Plan", "a question,\na budget", "sections 1, 2"),
    plots.Stage("Evidence", "baseline, seeds,\nablation", "3, 4"),
    plots.Stage("Submission", "weights, card,\nsamples", "5"),
    plots.Stage("Judge", "secret,\nbut promised", "6"),
    plots.Stage("Verdict", "quality, truth\nof the card", "7"),
    plots.Stage("Review", "report,\ntwo peers", "8, 9"),
]
ways_back = [
    plots.Return(2, 1, "a public gate is closed"),
    plots.Return(4, 0, "revise once"),
]

# %% id="21-idea-look"
plots.show(
    plots.pipeline(stages, ways_back),
    "Six boxes from left to right: plan, evidence, submission, judge, verdict, review, each"
    " with its sections. Dashed ways lead back from the submission to the evidence, and from"
    " the verdict to the plan.",
)

# %% [markdown] id="21-choose-text"
# ## 1 · Choose
#
# Which project is small enough to finish and large enough to teach something? A **brief**
# (任务书) fixes the task, the figure that counts and the budget. The cell prints four. Each has
# a **floor**, and the best value that the course knows. The floor is here the value of a simple rival
# that your model should beat. (In chapter 07 the word means the score of real data.) Both values come
# from records of the course.

# %% id="21-briefs"
aigc(["capstone", "briefs"])

# %% [markdown] id="21-question-text"
# A brief is not yet a question. A question names one change and the measurement that decides
# about it. Compare two questions for brief A.
#
# | question | which measurement answers it? |
# |---|---|
# | How good can a GAN become? | none: there is always a longer training |
# | At 600 steps, does averaging the weights lower the FID? | the FID of both, five seeds each, and the interval of the difference |
#
# Write your question down before the first training. A result that was not asked for needs a new
# measurement, because you noticed it in the data that would have to confirm it.
#
# The rest of this chapter is a tour through brief A with a small model. A project of your own
# goes the same way, and takes longer at each station.

# %% [markdown] id="21-plan-text"
# ## 2 · A plan and its cost
#
# How do you spend a budget of computing time? You can train more often, or you can judge each
# trained model on more samples. Let $\tau$ be the standard deviation of the score between seeds.
# Let $\sigma / \sqrt m$ be the standard deviation of the score between sets of $m$ samples of one
# model. Then the mean over $n$ trainings has variance
#
# $$\operatorname{Var} = \frac{\tau^2}{n} + \frac{\sigma^2}{n\, m}. \tag{21.1}$$
#
# A training costs $a$ seconds and a judged sample costs $b$ seconds. The budget is $C$:
#
# $$n\, (a + b\, m) = C. \tag{21.2}$$
#
# {{exercise 21.best_split}}
#
# Find the $n$ and $m$ with the smallest variance. Both are real numbers here. In the function
# `between` is $\tau$, `within` is $\sigma$, `per_run` is $a$ and `per_sample` is $b$.


# %% id="21-ex-split" exercise="21.best_split"
def best_split(between, within, per_run, per_sample, budget):
    """(trainings n, samples m of each) with the smallest variance for a budget."""
    ### BEGIN SOLUTION
    m = within / between * math.sqrt(per_run / per_sample)
    return budget / (per_run + per_sample * m), m
    ### END SOLUTION


# %% id="21-ex-split-check"
best_split = checks.use("21.best_split", best_split)

# %% [markdown] id="21-split-derived"
# <details><summary>The formula, to open once your check passes</summary>
#
# Put $n$ from (21.2) into (21.1). The variance becomes $(\tau^2 + \sigma^2/m)(a + b m)/C$. Its
# derivative in $m$ is $(\tau^2 b - \sigma^2 a / m^2)/C$, which is 0 at
#
# $$m = \frac{\sigma}{\tau} \sqrt{\frac{a}{b}}, \qquad n = \frac{C}{a + b\, m}. \tag{21.3}$$
#
# Surveys that ask several people in each of several towns have the same solution (Cochran 1977,
# chapter 10). The budget changes $n$ only.
#
# </details>

# %% [markdown] id="21-pilot-text"
# A plan needs numbers, and they come from a **pilot** (预实验): a small study made before. We
# take one from the course's record of batch norm (chapter 05). Its method `separate` is a short
# training of a small DCGAN, with ten seeds. The FID varies between seeds. For $\sigma$ we take one
# FID of the shipped generator. Its half-width comes from ten parts, so we divide it by Student's
# factor 2.26, and multiply by $\sqrt m$. This is rough, since the variance of an FID falls only
# about like $1/m$. The cost of a sample is assumed.
#
# **Predict.** How many samples of each model should be judged, for 20 minutes in all?

# %% id="21-predict-samples"
checks.predict("21.samples-of-each", ..., unit="samples")


# %% id="21-pilot"
def fids_of(study):
    """{method: FIDs, one for each seed} of a record of the course."""
    found = {}
    for cell in studies.record(study).content["cells"]:
        found.setdefault(cell["method"], []).append(cell["outcome"]["fid"])
    return found


cells = studies.record("batch-norm").content["cells"]
seconds = fmean(c["cpu_seconds"] for c in cells if c["method"] == "separate")
fids = fids_of("batch-norm")["separate"]
between = stdev(fids)
print(f"ten seeds: mean FID {fmean(fids):.2f}, standard deviation {between:.2f}")
print(f"a training took {seconds:.1f} s of processor time on average")

# %% id="21-pilot-within"
m = 500 if fast else 2000
real = metrics.features(data.default("test").images)
drawn = metrics.features(gan.sample(gan.pretrained_generator(), m))
one = metrics.fid_estimate(drawn, real)
within = one.error / 2.262 * math.sqrt(m)
print(f"one FID of {m} samples: {one}; so within = {within:.2f}")

# %% id="21-plan"
runs, samples = best_split(between, within, seconds, 0.003, 20 * 60)
print(f"best: {runs:.1f} trainings with {samples:.0f} samples each")
checks.measured("21.samples-of-each", round(samples))
for m in (100, 1000, 10_000):
    n = 20 * 60 / (seconds + 0.003 * m)
    error = math.sqrt(between**2 / n + within**2 / (n * m))
    print(f"{m:6} samples: {n:5.1f} trainings, standard error {error:.3f}")

# %% [markdown] id="21-plan-after"
# The spread between seeds is what costs most here. So the time belongs to trainings.
# One thing is missing in (21.1): FID has a bias that falls with $m$ (chapter 07). It
# depends on the model too (Chong and Forsyth 2020). So in a comparison with equal $m$
# it cancels for models that are alike, and only in part for others. In a single figure
# it stays. The brief fixes $m = 10{,}000$ for the claims of the card, and a smaller $m$
# is enough while you compare.
#
# How many seeds are enough? With few seeds the standard deviation $s$ is itself uncertain. If
# scores are nearly normal, the interval of the mean is Student's:
#
# $$\bar x \pm t_{n-1;\, 0.975}\, \frac{s}{\sqrt n}. \tag{21.4}$$
#
# {{exercise 21.seeds_needed}}
#
# Find the smallest number of seeds whose interval is narrow enough. `std` is $s$, and `width`
# is the largest half-width that the plan accepts.


# %% id="21-ex-seeds" exercise="21.seeds_needed"
def seeds_needed(std, width, confidence=0.95):
    """The smallest number of seeds, at least 2, whose half-width is at most `width`."""
    ### BEGIN SOLUTION
    from scipy.stats import t

    q = 1 - (1 - confidence) / 2
    n = 2
    while t.ppf(q, n - 1) * std / math.sqrt(n) > width:
        n += 1
    return n
    ### END SOLUTION


# %% id="21-ex-seeds-check"
seeds_needed = checks.use("21.seeds_needed", seeds_needed)

# %% id="21-seeds"
for width in (2.0, 1.0, 0.5, 0.25):
    print(f"half-width {width:4}: {seeds_needed(between, width):3} seeds")

# %% [markdown] id="21-seeds-after"
# A half-width that is half as large needs about four times as many seeds once there are many.
# With few seeds the factor $t$ falls as well, so the first steps are cheaper. The submission
# needs three seeds or more. Three seeds give an interval whose factor is 4.30 instead of 1.96.

# %% [markdown] id="21-baseline-text"
# ## 3 · A baseline
#
# Where does a project begin? It begins with something that runs. `aigc capstone start A` lays down
# a folder with a baseline, an empty card and an empty report. The folder of this tour is made
# anew each time. Choose another name for your own project.

# %% id="21-start"
desk = Path("runs/capstone-tour")
shutil.rmtree(desk, ignore_errors=True)
mine = desk / "mine"
aigc(["capstone", "start", "A", "--out", str(mine)])
for path in sorted(mine.rglob("*")):
    print(path.relative_to(mine))

# %% [markdown] id="21-train-text"
# `README.md` in the folder names each command in order. `methods.json` says what is trained: the
# **baseline** (基线), and a method that differs in one thing. A baseline is what a change is compared
# with. It has to be strong and simple, and it has to be measured exactly like your method. In this
# brief the second method is the baseline without averaged weights. To keep the tour short, we put a
# smaller network in the place of the DCGAN, the MLP of chapter 04. We also judge 2,000 samples instead
# of 10,000. The number of steps stays.

# %% id="21-methods"
plan = json.loads((mine / "methods.json").read_text("utf-8"))
for name, method in plan["methods"].items():
    print(name, method)
    method["model"] = "mlp-gan"
plan["n"] = 2000
_ = (mine / "methods.json").write_text(json.dumps(plan), "utf-8")

# %% [markdown] id="21-train-now"
# Three seeds of the baseline:

# %% id="21-train-baseline"
aigc(["capstone", "train", str(mine), "--seeds", "3", "--quiet"])

# %% [markdown] id="21-evidence-text"
# ## 4 · Evidence
#
# Two trainings of one method differ by their seeds. So a difference between two methods can be
# luck. **Evidence** (证据) says how large the luck can be. It consists of seeds, an interval, and
# an **ablation** (消融实验): the method without one of its parts.
#
# ### Pairs
#
# Give both methods the same seeds. Then run $i$ of both begins with the same weights and sees the
# same batches. If good seeds are good for both, the correlation $\rho$ of the two scores is
# positive. Let the scores $A$ and $B$ have standard deviations $\sigma_A$ and $\sigma_B$. For the
# mean of $n$ paired differences,
#
# $$\operatorname{Var}(\bar d) = \frac{\sigma_A^2 + \sigma_B^2 - 2 \rho\, \sigma_A \sigma_B}{n}. \tag{21.5}$$
#
# {{exercise 21.ablation_table}}
#
# Write the table. `full` has the scores of the whole method, one for each seed. `without` has
# such a list for each part that was left out, with the same seeds in the same order. NaN
# stands for a failed run. The difference is the score without the part minus the full score.
# Only seeds that finished in both lists count for it. The last number counts the failed runs
# without the part.


# %% id="21-ex-ablation" exercise="21.ablation_table"
def ablation_table(full, without):
    """{part: (mean difference, half-width of its 95 % interval, failed runs)}."""
    ### BEGIN SOLUTION
    from scipy.stats import t

    table = {}
    for name, scores in without.items():
        pairs = zip(full, scores, strict=True)
        d = [b - a for a, b in pairs if math.isfinite(a) and math.isfinite(b)]
        error = float(t.ppf(0.975, len(d) - 1)) * stdev(d) / math.sqrt(len(d))
        failed = sum(not math.isfinite(b) for b in scores)
        table[name] = (fmean(d), error, failed)
    return table
    ### END SOLUTION


# %% id="21-ex-ablation-check"
ablation_table = checks.use("21.ablation_table", ablation_table)

# %% [markdown] id="21-pairs-text"
# What is averaging of the weights worth? The record of batch norm has the method `averaged` and
# the same training without averaging, `separate`, with ten common seeds. `evaluated-d` judges by
# $D$ in evaluation mode. The cell prints your table. For comparison it prints the interval that
# you get for `separate` if the pairs are ignored.

# %% id="21-pairs"
scores = fids_of("batch-norm")
full, without = scores["averaged"], scores["separate"]
parts = {"averaging": without, "training mode of D": scores["evaluated-d"]}
for part, (gap, error, failed) in ablation_table(full, parts).items():
    print(f"without {part:18} FID {gap:+.2f} ± {error:.2f}, {failed} failed")

# %% id="21-not-paired"
rho = float(np.corrcoef(full, without)[0, 1])
spread = math.hypot(stdev(full), stdev(without)) / math.sqrt(len(full))
print(f"correlation of the pairs {rho:.2f}")
print(f"without pairs: {fmean(without) - fmean(full):+.2f} ± {2.10 * spread:.2f}")

# %% id="21-pairs-look"
plots.show(
    plots.lines(
        {"averaged": (range(10), full), "separate": (range(10), without)},
        "seed",
        "FID (lower is better)",
    ),
    "FID of two methods over ten seeds. The two lines rise and fall together, and the line"
    " of `separate` lies above the other one at most seeds.",
)

# %% [markdown] id="21-pairs-after"
# The same twenty numbers give two answers. With pairs, the interval of the difference excludes 0.
# Without pairs it contains 0. The factor 2.10 is Student's for 18 degrees of freedom. Pairing
# helps because the correlation is large, and it costs nothing but the same seeds.
#
# ### The best run
#
# What about the best seed? Dodge and others (2019) claim that a best score says little without the
# number of trials that it was chosen from. They also claim that the order of two methods can
# change with this number. Let $x_{(1)} \le \dots \le x_{(N)}$ be the scores of $N$ runs. If $k$ runs are
# drawn from them with replacement, the expected smallest score is
#
# $$\mathbb E[\min] = \sum_{i=1}^{N} x_{(i)} \left[ \Big(\frac{N - i + 1}{N}\Big)^{k} - \Big(\frac{N - i}{N}\Big)^{k} \right]. \tag{21.6}$$
#
# (The paper has the largest score, and its trials are settings. We draw seeds.) The record on
# saturating losses (chapter 03) has two methods with ten seeds. In `non-saturating-ahead`, $D$
# learns alone from the first 200 batches. This method has the worse mean.
#
# **Predict.** From which $k$ on does it have the better expected best-of-$k$? Write 0 for never.

# %% id="21-predict-best"
checks.predict("21.order-changes", ..., unit="runs")


# %% id="21-best-of"
def best_of(scores, k):
    """Expected smallest of k scores, drawn with replacement: (21.6)."""
    n = len(scores)
    share = [((n - i) / n) ** k for i in range(n + 1)]
    pairs = zip(sorted(scores), share, share[1:], strict=False)
    return sum(x * (p - q) for x, p, q in pairs)


# %% id="21-best-look"
losses = fids_of("saturating")
ks, names = range(1, 11), ("non-saturating", "non-saturating-ahead")
curves = {name: (ks, [best_of(losses[name], k) for k in ks]) for name in names}
plots.show(
    plots.lines(curves, "runs k", "expected best FID"),
    "Expected best FID over the number of runs. Both curves fall. `non-saturating-ahead`"
    " starts above the other curve, crosses it early, and ends clearly below it.",
)

# %% id="21-best-measured"
first, second = (curves[name][1] for name in names)
crossed = [k for k in ks if second[k - 1] < first[k - 1]]
print(f"mean {first[0]:.2f} and {second[0]:.2f}; best of 10 ", end="")
print(f"{first[-1]:.2f} and {second[-1]:.2f}; the order changes at k = {crossed[0]}")
checks.measured("21.order-changes", crossed[0])

# %% [markdown] id="21-best-pairs-text"
# We looked for this pair. How usual is it? The cell compares all pairs of methods in the two records
# by their means, and by their expected best of ten.

# %% id="21-best-pairs"
changed = total = 0
for record in ("saturating", "batch-norm"):
    for x, y in itertools.combinations(fids_of(record).values(), 2):
        total += 1
        changed += (fmean(x) < fmean(y)) != (best_of(x, 10) < best_of(y, 10))
print(f"{changed} of {total} pairs change their order")

# %% [markdown] id="21-best-after"
# So the claim holds for some pairs, and it is not the rule: most pairs of these records differ too
# much to change their order. For a pair that is close, the best score rewards the method whose scores
# vary more. So a card claims a mean with its interval, and the number of all runs, also of those that
# failed.
#
# The project needs the same evidence: the method `no-average`, with the seeds of the baseline.

# %% id="21-train-ablation"
other = ["--method", "no-average", "--seeds", "3", "--quiet"]
aigc(["capstone", "train", str(mine), *other])

# %% [markdown] id="21-collect-text"
# `aigc capstone collect` writes the record of all runs into `evidence/`. It puts the weights of the
# run with the median score into the submission, draws the samples, and fills in the claims of the
# card.

# %% id="21-collect"
aigc(["capstone", "collect", str(mine)])
record = json.loads((mine / "evidence" / "record.json").read_text("utf-8"))
found = {}
for run in record["runs"]:
    found.setdefault(run["method"], []).append(run["figures"].get("fid", math.nan))
for method, values in found.items():
    print(f"{method:12}", " ".join(f"{value:7.2f}" for value in values))
cost = sum(run["seconds"] for run in record["runs"])

# %% id="21-own-ablation"
others = {k: v for k, v in found.items() if k != "baseline"}
for part, (gap, error, failed) in ablation_table(found["baseline"], others).items():
    print(f"{part:12} FID {gap:+.2f} ± {error:.2f}, {failed} failed")

# %% [markdown] id="21-own-after"
# In our run averaging was better with each of the three seeds, and still the interval contains 0.
# Three seeds give a wide interval. `capstone train` computes with one thread, because another
# number of threads rounds differently. So a seed gives the same weights again on the same
# machine. How many seeds are enough for a half-width that is smaller than the mean difference?

# %% id="21-own-seeds"
d = [b - a for a, b in zip(found["baseline"], found["no-average"], strict=True)]
print("differences:", " ".join(f"{gap:.2f}" for gap in d))
width = max(abs(fmean(d)), 0.1)
print(f"seeds for a half-width below {width:.2f}:", seeds_needed(stdev(d), width))

# %% [markdown] id="21-own-seeds-after"
# In our run the answer is four seeds. But do not add seeds until the interval excludes 0: then it
# will do so sooner or later, also without any effect. The number of seeds belongs to the plan. The
# spread of three differences is itself uncertain, so the plan should allow for more.

# %% [markdown] id="21-pack-text"
# ## 5 · Pack
#
# What do you hand in? A **submission** (提交包) is a small folder without any code:
#
# | file | what it holds |
# |---|---|
# | `model.safetensors` and `config.json` | numbers, and the name of an architecture of the course |
# | `card.md` | claims, data, cost, licence, limits |
# | `samples.npy` | samples, and the seed that gives them |
# | `evidence/record.json` | every run, also the failed ones |
# | `report.md` | two pages for a person |
#
# The judge loads numbers, and it does not run anything that you send. A pickle could run code
# when it is loaded (chapter 19), so it is refused. An ONNX file may take the place of the weights
# in brief A.
#
# ### The card
#
# The head of the card holds its **claims** (声明). A claim says which figure has which value, with
# how many samples, which seed and which extractor, and over how many training seeds. Without any of
# these a number cannot be checked.

# %% id="21-card"
card = cards.parse((mine / "card.md").read_text("utf-8"))
for claim in card.claims:
    print(claim)

# %% [markdown] id="21-card-ask"
# {{exercise 21.unsupported_claims}}
#
# Read a card beside its evidence. A claim is a dictionary with `name`, `figure`, `value`,
# `n`, `extractor`, `seeds` and `failed`. A run has `seed`, `status`, `n`, `extractor` and
# `figures`, a dictionary. A claim is about all runs that were measured with its `n` and its
# extractor. `seeds` counts these runs. `failed` counts those whose status is not "finished".
# `value` is the mean figure of the others, rounded to two decimals. Find the claims that the
# runs do not support.


# %% id="21-ex-card" exercise="21.unsupported_claims"
def unsupported_claims(claims, runs):
    """Names of the claims that the runs do not support, sorted."""
    ### BEGIN SOLUTION
    bad = []
    for c in claims:
        kind = c["n"], c["extractor"]
        about = [r for r in runs if (r["n"], r["extractor"]) == kind]
        done = [r["figures"] for r in about if r["status"] == "finished"]
        values = [one[c["figure"]] for one in done if c["figure"] in one]
        counted = len(about), len(about) - len(done)
        ok = counted == (c["seeds"], c["failed"]) and len(values) > 0
        if not ok or abs(fmean(values) - c["value"]) > 0.005 + 1e-9:
            bad.append(c["name"])
    return sorted(bad)
    ### END SOLUTION


# %% id="21-ex-card-check"
unsupported_claims = checks.use("21.unsupported_claims", unsupported_claims)

# %% [markdown] id="21-card-look-text"
# Five trainings were made, and two of them failed. Here are four cards about them.

# %% id="21-card-look"
runs = [
    {"seed": seed, "status": status, "n": 10_000, "extractor": "public"}
    | {"figures": {} if fid is None else {"fid": fid}}
    for seed, status, fid in (
        (0, "finished", 3.1),
        (1, "diverged", None),
        (2, "finished", 3.5),
        (3, "finished", 3.3),
        (4, "stopped", 9.0),
    )
]
common = {"figure": "fid", "n": 10_000, "extractor": "public"}
said = [("complete", 3.3, 5, 2), ("best", 3.1, 5, 2)]
said += [("forgets", 3.3, 3, 0), ("all as one", 4.73, 5, 1)]
claims = [
    {**common, "name": n, "value": v, "seeds": s, "failed": f} for n, v, s, f in said
]
print("not supported:", unsupported_claims(claims, runs))

# %% [markdown] id="21-card-after"
# The card `forgets` has the right mean, and it hides that two of five trainings failed. Somebody who
# repeats the work would be surprised.
#
# ### The public gates
#
# `aigc submit` runs every public check of a submission. Such a check is called a **gate** (关卡). The
# gates look at files, sizes, finite numbers, the card, the evidence and the report. The last gate tests
# whether the weights give the samples. Then the command packs. The first gate that is closed is
# named, and no file is written. The card and the report of the tour still hold
# lines with `TODO`. So expect a closed gate.

# %% id="21-closed"
packed = desk / "mine.zip"
try:
    pack.pack(mine, packed)
except CourseError as error:
    print(error)
print("written:", packed.exists())

# %% [markdown] id="21-words-text"
# The next cells fill in both files. In your own project you write them by hand. Numbers are
# taken from the record, so that the words and the record agree.

# %% id="21-words-card"
words = {
    "TODO a title": "A tour",
    "TODO a name or a pseudonym": "tourist",
    "TODO what this model should not be used for": "Made for a tour. Many digits are wrong.",
    "TODO: two sentences about the model and how it was trained.": "A short training.",
    "TODO: one sentence that repeats the claim in words, with n, seed and interval.": str(
        card.claims[0]
    ),
    "TODO: at least one thing that the model does badly, with a figure.": "Coverage is low.",
}
text = (mine / "card.md").read_text("utf-8")
for old, new in words.items():
    assert old in text, old
    text = text.replace(old, new)
_ = (mine / "card.md").write_text(text, "utf-8")

# %% id="21-words-report"
fid = {method: fmean(values) for method, values in found.items()}
told = {
    "question": "Does averaging the weights lower the FID of a short training? The mean of"
    " the paired differences over three seeds answers it.",
    "plan": f"Six runs were planned and made. All runs together took {cost:.0f} s.",
    "baseline": f"The baseline of the brief has a mean FID of {fid['baseline']:.1f}.",
    "change": "The second method is the baseline without averaged weights. Steps, data,"
    " seeds and the number of samples are equal.",
    "seeds": "Three seeds for each method. The intervals are those of the card. They are"
    " wide, since Student's factor for three seeds is 4.3.",
}
told |= {
    "ablation": f"Without averaging the mean FID is {fid['no-average']:.1f}.",
    "failures": "No run diverged. Nothing else was tried, because this is a tour.",
    "figure": "Table 1 is printed by `aigc capstone collect`. It has the mean FID of both"
    " methods, with intervals and the number of failed runs.",
    "limits": "Few steps and few samples were used. Whether averaging helps in a long"
    " training was not tested here.",
    "reproduce": "The commands stand in chapter 21, with seeds 0 to 2 and MNIST. The"
    " versions are those of the course.",
}

# %% id="21-submit"
parts = [f"## {row.title}\n\n{told[row.id]}" for row in rubric.ROWS]
(mine / "report.md").write_text("# Report\n\n" + "\n\n".join(parts), "utf-8")
aigc(["submit", str(mine), "--out", str(packed)])

# %% [markdown] id="21-judge-text"
# ## 6 · Be judged
#
# Why is the judge secret? If you know the extractor, you can choose the model that it likes
# best, and even make images for it (chapter 07, section 10). If you know the test digits, you can
# train on them. But why should you trust a judge that you cannot see? The teacher could change it
# after looking at your submission.
#
# A **commitment** (承诺) solves both problems (Blum 1983 has the idea for a coin that is thrown by
# telephone). Before the first submission the teacher publishes a hash of the judge. After the
# last verdict the judge itself is published, and everybody computes the hash again. As far
# as is known, no method can find another file with the same SHA-256. And the hash tells nothing about
# a file that cannot be guessed. With a key of $b$ random bits, $q$ attempts find it with
# probability
#
# $$P(\text{guessed}) \le \frac{q}{2^{b}}. \tag{21.7}$$
#
# {{exercise 21.commitment}}
#
# Write the commitment to a set of files and a key. `files` has bytes by name, and `key` is
# bytes. The order of the names must not matter. Everything else must matter.


# %% id="21-ex-commitment" exercise="21.commitment"
def commitment(files, key):
    """SHA-256, in hexadecimal, that fixes these files and the key."""
    ### BEGIN SOLUTION
    import hashlib

    digest = hashlib.sha256(len(key).to_bytes(8, "big") + key)
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
    ### END SOLUTION


# %% id="21-ex-commitment-check"
commitment = checks.use("21.commitment", commitment)

# %% [markdown] id="21-guess-text"
# Why is the key needed? Suppose the only secret of a judge is a seed below 10,000. The cell tries
# all seeds.

# %% id="21-guess"
hidden = {"seed.txt": b"4711"}
published = commitment(hidden, b"")
tries = ({"seed.txt": str(i).encode()} for i in range(10_000))
print("found:", next(one for one in tries if commitment(one, b"") == published))

# %% [markdown] id="21-make-text"
# The course's judge follows from one text. The text is both seed and key, so it must be long and
# secret. `aigc judge make` trains an extractor whose shape and data follow from the text. It keeps
# one half of the test digits, also chosen by the text. It writes one file, and prints its
# hash. The same text gives the same judge again, on the same machine and with the same versions
# byte by byte.

# %% id="21-make"
judge = desk / "judge"
aigc(["judge", "make", "--seed", "a tour through chapter 21", "--out", str(judge)])

# %% [markdown] id="21-worked-text"
# Three worked submissions come with the course: `good`, `untruthful` and `overfitted`. The judge's
# points do not depend on them. The judge uses the weights of `good` once, as a yardstick for one of
# its notes (section 7). For a whole class, `aigc judge run FOLDER --judge DIR --out OUT` judges every
# submission in a folder, each in a process with limited memory and time. The cells below do the
# same, two submissions at a time.

# %% id="21-worked"
for name in ("good", "untruthful", "overfitted"):
    aigc(["judge", "example", name, "--out", str(desk / "class" / name)])
_ = shutil.copy(packed, desk / "class" / "mine.zip")


# %% id="21-handed-in"
def handed_in(name, n):
    """The first n samples of a submission, uint8 [n, 1, 28, 28]."""
    folder = mine if name == "mine" else desk / "class" / name
    samples = np.load(folder / "samples.npy")
    return torch.from_numpy(samples[:n])[:, None]


# %% id="21-run"
by, verdicts = secret.read(judge), {}
for name in ("good", "untruthful"):
    verdicts[name] = judging.judge(desk / "class" / name, by)
    print(f"{name}: {verdicts[name].total:.1f} of 90")

# %% id="21-run-others"
for name in ("overfitted", "mine"):
    place = desk / "class" / ("mine.zip" if name == "mine" else name)
    verdicts[name] = judging.judge(place, by)
    print(f"{name}: {verdicts[name].total:.1f} of 90")

# %% [markdown] id="21-claims-text"
# ### Which false claims can be found?
#
# The card names its seed, so the judge draws the very same samples again. If a claim is better than
# this measurement by more than rounding allows (3 % for the FID), it is untrue. But the seed itself
# may have been chosen among many. So the judge also draws samples with a secret seed. Let
# $\hat x$ be this second figure. The judge calls a claim $c$ lucky if it is better than $\hat x$ by more
# than three standard deviations of their difference. It must also be better by more than rounding
# allows. The bias of FID depends on the number of samples. So the judge does this only for cards
# with 5,000 samples or more, and draws as many. Where less is better,
#
# $$\frac{\hat x - c}{\sqrt{s_c^2 + s_J^2}} > 3. \tag{21.8}$$
#
# $s_c$ and $s_J$ are the standard errors of the card's and of the judge's figure. For
# normal figures an honest claim is accused with probability at most
# $\alpha = 1 - \Phi(3) = 0.00135$. With $K$ independent honest claims in a class, at
# least one is accused with probability at most
#
# $$1 - (1 - \alpha)^{K} \le K \alpha. \tag{21.9}$$
#
# {{exercise 21.judge_samples}}
#
# Suppose a card does not name its seed, so that (21.8) is the only test. Say how many samples the judge
# needs to find a claim that was made better by `gap`.
# A figure of $n$ samples has the standard error `spread` $/ \sqrt n$, for the card with
# `claimed_n` samples and for the judge. `threshold` stands for the 3 in (21.8). The claim has
# to be found with probability `power`.


# %% id="21-ex-samples" exercise="21.judge_samples"
def judge_samples(gap, spread, claimed_n, threshold, power):
    """How many samples the judge has to draw, as a real number; inf if none suffice."""
    ### BEGIN SOLUTION
    from statistics import NormalDist

    sigma = gap / (threshold + NormalDist().inv_cdf(power))
    rest = (sigma / spread) ** 2 - 1 / claimed_n
    return 1 / rest if rest > 0 else math.inf
    ### END SOLUTION


# %% id="21-ex-samples-check"
judge_samples = checks.use("21.judge_samples", judge_samples)

# %% [markdown] id="21-samples-derived"
# <details><summary>The formula, to open once your check passes</summary>
#
# Both figures have variance $\sigma^2$ divided by their number of samples, and $\delta$ is the
# gap. The claim is found with probability $\Phi(\delta / \sqrt{s_c^2 + s_J^2} - 3)$. Let this be the
# power $\pi$:
#
# $$\frac{1}{n_J} = \frac{\delta^2}{\sigma^2\, (3 + \Phi^{-1}(\pi))^2} - \frac{1}{n_c}. \tag{21.10}$$
#
# If the right side is not positive, no judge can find it.
#
# </details>

# %% id="21-samples"
few = handed_in("mine", 2000)
rough = metrics.fid_estimate(metrics.features(few), real)
spread = rough.error / 2.262 * math.sqrt(len(few))
models = {"shipped generator": (one, within), "tour's model": (rough, spread)}
for name, (figure, deviation) in models.items():
    print(f"{name}: FID {figure}")
    for share in (0.05, 0.15, 0.5):
        n = judge_samples(share * figure.value, deviation, 10_000, 3, 0.95)
        print(f"   made {share:3.0%} better: {n:8.0f} samples")

# %% [markdown] id="21-samples-after"
# `inf` says that the claim itself is too vague to be refuted by new samples. The FID of the shipped
# generator is small, and its error is a large part of it. The FID of the tour's model is large, so
# fewer samples refute a false claim about it. The course's record has 400 honest claims about 20 models, with
# $n = 2{,}500$. New samples refuted 2 of them, and $\alpha$ lets us expect 0.5. When the claims
# were made 15 % better, new samples refuted 302 of 400. Drawing the card's own seed again refutes
# each of them, since it gives the very figure, and 3 % are allowed. So the card must name its seed,
# and the gates ask for a minimal $n$.

# %% [markdown] id="21-verdict-text"
# ## 7 · Read the verdict
#
# What does a verdict say? It has four parts: quality (40 points), truth of the card (20),
# robustness (15) and evidence (15). Robust means in brief A: a seed gives the same samples again, and
# another seed gives others. The weights give `samples.npy`, the samples have ink and background, and
# drawing is fast enough. The report brings up to 10 more points, and a person gives these.
#
# FIDs of two extractors have different scales. So in brief A three quarters of the quality are a
# position on the judge's own scale. Let $w$ be the FID of noise or of one grey image, whichever is
# larger, and let $r$ be the FID of real digits. The judge inserts the upper end of the FID's interval:
#
# $$\text{position} = \frac{\log(w / \mathrm{FID})}{\log(w / r)}. \tag{21.11}$$
#
# The other quarter is the lower end of the coverage of the secret digits, divided by the coverage of
# perfect samples. So an uncertain figure brings fewer points.
#
# **Predict.** The card of `overfitted` claims an FID that is less than a third of that of `good`. Let the
# secret extractor measure both. By which factor is the secret FID of `good` larger? A number below 1
# says that it is smaller.

# %% id="21-predict-factor"
checks.predict("21.secret-factor", ...)

# %% id="21-verdicts"
for name, verdict in verdicts.items():
    points = {part: round(one.points, 1) for part, one in verdict.parts.items()}
    print(f"{name}: {points}")
    for finding in verdict.findings:
        print("   ", finding.sentence)

# %% [markdown] id="21-verdicts-after"
# `good` and `untruthful` have the same weights, so they have the same quality. They differ in the
# truth of the card: an untrue claim on the figure of the brief costs all 20 points. `overfitted` was
# trained further from the weights of `good`, and its loss was the distance to MNIST by the public
# extractor. Its card is true, since the claim is about the public extractor.
#
# The next cell prints what the cards claim and what the two extractors found.

# %% id="21-two-fids"
options = ("good", "untruthful", "overfitted")
for name in options:
    claim, (fid, error) = verdicts[name].claims[0], verdicts[name].figures["fid"]
    print(
        f"{name:12} claims {claim.claimed:.2f}, public {claim.measured:.2f},", end=" "
    )
    print(f"secret {fid:.2f} ± {error:.2f}")
first, last = (verdicts[name].figures["fid"][0] for name in ("good", "overfitted"))
checks.measured("21.secret-factor", round(first / last, 2))

# %% [markdown] id="21-two-fids-after"
# By the public extractor the FID of `overfitted` is less than a third of that of `good`. By the secret
# extractor the two differ much less, and their intervals overlap in our run. So most of the gain
# belongs to one extractor. Which of the two is better depends on the judge. Ours gives `overfitted` the
# smaller secret FID. The judge of the verdicts that come with the course has 12.8 ± 1.7 for
# `overfitted` and 11.3 ± 1.4 for `good`.
#
# The score does not punish over-fitting, because only the secret extractor measures quality. In the
# verdicts of the course `overfitted` has 75.4 points and `good` has 76.8. It gained no place by its
# public FID, and it lost almost nothing.
#
# The judge notes the gap by the finding `fooling`. It measures two honest DCGANs with both extractors:
# the shipped one, and `good`. From them it computes the secret FID that belongs to a public one. The
# note appears where the lower end of the secret FID is more than 1.35 times as large, if the public FID
# is below 1.5. (Its public FID is of 5,000 new samples, and the card's is of 2,000.) We chose the
# factor 1.35 after seeing this example. So the note on `overfitted` does not show that the rule works
# for others. In the course's record three generators of chapter 17 get the same note from three of
# five judges, and they were not over-fitted. So the note takes no points, and it is not an accusation.

# %% [markdown] id="21-board-text"
# The class gets a board, as a table and as a page. Totals that differ by at most one point share a
# place. Expect the model of the tour, which is weak and has a true card, above `untruthful`.
#
# How much do two judges differ? In the course's record five judges measured 20 reference
# submissions. The rank correlation of their quality points was at least 0.93 for each two judges,
# with median 0.96. The points differ more than the order. The DCGAN with 1,000 steps got 25.6 to 27.7 of 40. A
# generator of chapter 17 got 20.9 to 29.2.

# %% id="21-board"
out = desk / "verdicts"
board.write(list(verdicts.values()), out)
for line in (out / "board.csv").read_text("utf-8").splitlines():
    print(*line.split(",")[:9], sep="  ")

# %% id="21-worked-look"
plots.show(
    plots.labelled_rows({name: handed_in(name, 12) for name in options}),
    "Three rows of twelve digits. The first two rows are equal. In the third row the strokes"
    " are nearly those of the first, and faint grey dots lie around them.",
)

# %% [markdown] id="21-gap-text"
# ### Public and secret
#
# A score that you choose by is too good. Suppose you train $k$ models and keep the one with the
# best public score. Model $i$ has quality $q_i$, and its public score is
#
# $$s_i = q_i + u_i, \tag{21.12}$$
#
# where $u_i$ is noise: the sampling, and what the public extractor happens to like. The secret score
# has other noise, with mean 0. The largest of $k$ standard normal numbers has the mean
#
# $$e_k = \int x\, k\, \varphi(x)\, \Phi(x)^{k-1}\, dx. \tag{21.13}$$
#
# {{exercise 21.selection_gap}}
#
# How much worse is the secret score of the chosen model than its public score, on average?
# All numbers are normal and independent. `spread` is the standard deviation of $q$, `noise`
# that of $u$, and `largest` is $e_k$.


# %% id="21-ex-gap" exercise="21.selection_gap"
def selection_gap(spread, noise, largest):
    """By how much the public score of the best of k is below its secret score."""
    ### BEGIN SOLUTION
    return largest * noise**2 / math.sqrt(spread**2 + noise**2)
    ### END SOLUTION


# %% id="21-ex-gap-check"
selection_gap = checks.use("21.selection_gap", selection_gap)

# %% [markdown] id="21-gap-derived"
# <details><summary>The formula, to open once your check passes</summary>
#
# Let $q$ have standard deviation $\tau$ and $u$ standard deviation $\sigma$. For normal numbers
# $\mathbb E[u \mid s] = \frac{\sigma^2}{\tau^2 + \sigma^2} (s - \bar s)$. The smallest of $k$ scores
# lies $e_k \sqrt{\tau^2 + \sigma^2}$ below the mean, on average. So
#
# $$\mathbb E[\text{secret} - \text{public}] = e_k\, \frac{\sigma^2}{\sqrt{\tau^2 + \sigma^2}}. \tag{21.14}$$
#
# </details>


# %% id="21-largest"
def largest_of(k):
    """e_k by (21.13), by the trapezoidal rule."""
    x = torch.linspace(-9, 9, 4001, dtype=torch.float64)
    density = k * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    below = torch.special.ndtr(x) ** (k - 1)
    return float(torch.trapezoid(x * density * below, x))


# %% id="21-gap-table"
for k in (2, 10, 100):
    gaps = [selection_gap(1.0, noise, largest_of(k)) for noise in (0.1, 0.5, 1.0)]
    print(f"best of {k:3}: gap", " ".join(f"{gap:.3f}" for gap in gaps))

# %% [markdown] id="21-gap-after"
# The columns are for noise of 0.1, 0.5 and 1 times the spread of the qualities. The gap grows slowly
# with the number of attempts and quickly with the noise. With little noise even the best of 100 is
# hardly too good. With much noise two attempts are enough for a gap of 0.4. A board that is shown
# after each of many submissions
# becomes a public score as well (Blum and Hardt 2015). For this reason a class gets two
# verdicts: one before the revision, and one at the end.
#
# ### Copies
#
# The judge searches for copies of training digits. Chapter 07 took the closeness $s(x)$ that 1 % of
# unseen digits fall below, and counted samples below it. But this limit is measured too. If there
# are few unseen digits, it varies, and honest samples are accused. There is an exact test without
# this fault. Let the limit be the $r$-th smallest closeness of $m$ unseen digits, and count how many of
# the $n$ samples lie below.
#
# {{exercise 21.copy_p_value}}
#
# If samples and unseen digits have one distribution, all orders of the $n + m$ scores are equally
# probable. Find the probability of so many near-copies or more.
# `samples` and `unseen` are lists of closeness, and `rank` is $r$. No two scores are equal.


# %% id="21-ex-copies" exercise="21.copy_p_value"
def copy_p_value(samples, unseen, rank):
    """The probability of so many near-copies, or more, if nothing was copied."""
    ### BEGIN SOLUTION
    from math import comb

    limit = sorted(float(u) for u in unseen)[rank - 1]
    k = sum(float(s) < limit for s in samples)
    n, m = len(samples), len(unseen)
    ways = sum(
        comb(i + rank - 1, i) * comb(n - i + m - rank, n - i) for i in range(k, n + 1)
    )
    return ways / comb(n + m, n)
    ### END SOLUTION


# %% id="21-ex-copies-check"
copy_p_value = checks.use("21.copy_p_value", copy_p_value)

# %% [markdown] id="21-copies-derived"
# <details><summary>The formula, to open once your check passes</summary>
#
# The limit is unseen digit number $r$ in the common order. Before it stand $i$ samples and $r - 1$
# unseen digits in any order, and after it the others. Each order has the same probability, so
#
# $$P(\text{exactly } i) = \binom{i + r - 1}{i} \binom{n - i + m - r}{n - i} \Big/ \binom{n + m}{n}. \tag{21.15}$$
#
# This is the negative hypergeometric distribution.
#
# </details>

# %% [markdown] id="21-copies-look-text"
# The cell tests three sets of 200 digits. The first are samples of the submission `good`, and the
# second are unseen test digits. In the third every tenth digit is a training digit. To save time only 5,000 training
# digits are searched.

# %% id="21-copies-look"
train_set, test_set = data.default(), data.default("test")
known, _ = data.parts(train_set, 5000, 100, seed=21)
unseen, fresh = data.parts(test_set, 300, 200, seed=21)
limits = metrics.closeness(unseen.images, known.images)
stolen = fresh.images.clone()
stolen[::10] = known.images[:20]
three = {"good": handed_in("good", 200), "unseen": fresh.images, "stolen": stolen}
for name, images in three.items():
    p = copy_p_value(metrics.closeness(images, known.images), limits, 3)
    print(f"{name:8} p = {p:.2g}")

# %% [markdown] id="21-copies-after"
# In our run the copies are found, and neither the samples of `good` nor the unseen digits are accused.
# The test looks at pixels. Copies that were shifted pass it (chapter 07, section 9).
#
# The judge has a coarser rule. It compares with all training digits, and moves some samples by a
# pixel. It accuses where more than 8 % of the samples are surely near-copies, and unseen digits
# have 1 %. For repeated samples and for copies of test digits there are similar limits. In the
# course's record the judge named each of 21 cheats and damaged files; one of them is over-fitting, which
# gets the note only. It accused none of the 20 reference submissions. But its limits were chosen on
# these same 20, so this is not an independent check. A finding says what was measured, and not why.
# A generator that collapsed without any intent repeats its samples, too.
#
# ### Samples and weights
#
# Do the weights draw the samples that lie beside them? Somebody could hand in the samples of a
# better model. The judge draws the samples of the stated seed again. If they differ, which another
# machine can cause by rounding, it compares them with new samples as two sets. A
# **permutation test** (置换检验) needs no assumption about the distribution: if both sets come from one,
# every division of the pooled samples is equally probable. With $B$ random permutations, of which $c$
# have a statistic at least as large as the observed one,
#
# $$p = \frac{1 + c}{1 + B}. \tag{21.16}$$
#
# The observed order counts as one of the orders. So $p$ is never 0 (Phipson and Smyth 2010).
#
# {{exercise 21.permutation_p}}
#
# Write the test. `statistic(a, b)` is larger the more the sets differ. Draw the permutations
# from `generator`.


# %% id="21-ex-permutation" exercise="21.permutation_p"
def permutation_p(a, b, statistic, rounds, generator):
    """The p-value of a permutation test that a [n, d] and b [m, d] are drawn alike."""
    ### BEGIN SOLUTION
    both, observed = torch.cat([a, b]), statistic(a, b)
    least = 1
    for _ in range(rounds):
        mixed = both[torch.randperm(len(both), generator=generator)]
        least += bool(statistic(mixed[: len(a)], mixed[len(a) :]) >= observed)
    return least / (1 + rounds)
    ### END SOLUTION


# %% id="21-ex-permutation-check"
permutation_p = checks.use("21.permutation_p", permutation_p)

# %% [markdown] id="21-weights-text"
# The statistic is the distance of the mean features. The cell draws 500 digits from the weights of
# `good`, and compares them with its samples and with samples of the shipped generator.


# %% id="21-weights"
def gap_of_means(a, b):
    """Distance between the mean features of two sets."""
    return float((a.mean(0) - b.mean(0)).norm())


made = loading.load(submission.read(desk / "class" / "good"))
redrawn = metrics.features(made.sample(500, 2121))
handed = metrics.features(handed_in("good", 500))
sets = {"its own samples": handed, "others": drawn[:500]}
for name, features in sets.items():
    source = torch.Generator().manual_seed(21)
    p = permutation_p(features, redrawn, gap_of_means, 199, source)
    print(f"{name:16} p = {p:.3f}")

# %% [markdown] id="21-weights-after"
# For its own samples $p$ is not small, so nothing speaks against them. For the other samples $p$ is the
# smallest value that 199 permutations can give, 1/200.
#
# ### Revise
#
# The first verdict is for learning. Read it in this order.
#
# 1. **A gate or a finding.** Nothing else counts until it is removed.
# 2. **An untrue claim.** You correct the card, and the model stays as it is. A lower claim that is true brings its 20
#    points.
# 3. **Evidence.** A missing seed or a missing interval costs minutes to add.
# 4. **Quality.** Only now train again, with the plan of section 2. Change one thing.
#
# ### Reveal
#
# At the end the teacher publishes the judge's file. `aigc judge check` compares it with the hash
# that was published before.

# %% id="21-reveal"
words = (judge / "commitment.txt").read_text("utf-8").split()
digest = next(word for word in words if len(word) == 64)
aigc(["judge", "check", str(judge), "--sha", digest])
try:
    secret.check(judge, "0" * 64)
except CourseError as error:
    print(error)

# %% [markdown] id="21-report-text"
# ## 8 · The report
#
# The report has at most two pages. A person reads it with a **rubric** (评分量规): rows with
# described levels. A rubric makes it more likely that two people give the same mark. Each row has
# level 0, 1 or 2, and the ten rows together bring up to 10 points.

# %% id="21-rubric"
for row in rubric.ROWS:
    print(f"{row.id}: {row.question}")
    print("   ", "; ".join(f"{i} {words}" for i, words in enumerate(row.levels)))

# %% [markdown] id="21-extracts"
# Here is one extract for each row, from a report about brief A.
#
# | row | extract |
# |---|---|
# | question | "At 600 steps, does averaging the weights lower the FID? Yes, if the paired interval over five seeds lies below 0." |
# | plan | "The run that we submit took 31 seconds." (The report says nothing else about cost.) |
# | baseline | "The baseline's FID of 5.1 is taken from the course, which used 10,000 samples. Ours is of 2,000." |
# | change | "Our method has a wider network, another schedule and spectral normalisation. Together they lower the FID from 5.1 to 4.2." |
# | seeds | "Mean FID over all five seeds 4.2, 95 % interval 3.9 to 4.5. So we claim 4.2, and not the 3.8 of the best run." |
# | ablation | "Without the schedule one run had 4.8." (Nothing else was left out.) |
# | failures | "Some runs did not work, and were started again." |
# | figure | "Figure 1: FID (n = 2,000, lower is better) over steps, mean and 95 % interval of five seeds. The two methods part at 300 steps." |
# | limits | "Our method is better for all kinds of images." |
# | reproduce | "Commands, seeds 0 to 4, the data (MNIST) and all versions are in the appendix." |
#
# {{exercise 21.rubric_levels}}
#
# Give each extract its level.


# %% id="21-ex-rubric" exercise="21.rubric_levels"
def rubric_levels():
    """{row of the rubric: level 0, 1 or 2} for the report of the extracts."""
    ### BEGIN SOLUTION
    return {
        "question": 2,
        "plan": 1,
        "baseline": 1,
        "change": 0,
        "seeds": 2,
        "ablation": 1,
        "failures": 1,
        "figure": 2,
        "limits": 0,
        "reproduce": 2,
    }
    ### END SOLUTION


# %% id="21-ex-rubric-check"
rubric_levels = checks.use("21.rubric_levels", rubric_levels)

# %% id="21-rubric-points"
levels = rubric_levels()
total = sum(levels.values())
print(f"{total} of {2 * len(levels)} levels: {total / 2} of 10 points")

# %% [markdown] id="21-report-after"
# A negative result can get full marks. No row asks whether the FID fell.
#
# ## 9 · Peers
#
# Each person reviews two submissions of others, and gets two reviews. The reviews are
# **blinded** (盲审): names are removed, so that a review is about the work. Who
# reviews whom must be fair, and it must not be possible to work it out beforehand.
#
# {{exercise 21.assign_reviews}}
#
# Write the assignment. Every submission gets `each` reviews, and no person reviews their own.
# The same seed gives the same result, whatever the order of the names.


# %% id="21-ex-assign" exercise="21.assign_reviews"
def assign_reviews(names, seed, each):
    """{reviewer: the `each` people whose submissions they review}."""
    ### BEGIN SOLUTION
    import random

    order = sorted(names)
    random.Random(seed).shuffle(order)
    n = len(order)
    return {
        order[i]: [order[(i + j) % n] for j in range(1, each + 1)] for i in range(n)
    }
    ### END SOLUTION


# %% id="21-ex-assign-check"
assign_reviews = checks.use("21.assign_reviews", assign_reviews)

# %% id="21-assign"
for who, whom in assign_reviews(["Ada", "Bo", "Chen", "Dia", "Eli"], 21, 2).items():
    print(f"{who} reviews {' and '.join(whom)}")

# %% [markdown] id="21-review-text"
# `aigc capstone review` does it for a folder of submissions. It gives each person two files without
# names and a form with the rows of the rubric. The key stays with the teacher. A judge of machines
# cannot do what these reviews do: ask whether the question was worth asking.

# %% id="21-review"
reviews = desk / "reviews"
aigc(["capstone", "review", str(desk / "class"), "--seed", "21", "--out", str(reviews)])
for path in sorted((reviews / "mine").rglob("*")):
    print(path.relative_to(reviews))

# %% [markdown] id="21-own-text"
# ## Your project
#
# Now it is your turn. The commands, in order:
#
#     aigc capstone briefs
#     aigc capstone start A --out mine
#     aigc capstone train mine --method baseline --seeds 3
#     aigc capstone train mine --method no-average --seeds 3
#     aigc capstone collect mine
#     aigc capstone check mine
#     aigc submit mine --out mine.zip
#
# Before `check`, replace the lines with `TODO` in `card.md` and `report.md` by your own words. In other
# briefs the second method has another name, which `README.md` in the folder says.
#
# Make a judge of your own, with a text that you throw away after use, and read its verdict before you
# hand in. It is another judge than the teacher's, and section 7 says by how much the two can differ.

# %% id="21-predictions"
checks.predictions("21")

# %% [markdown] id="21-recap"
# ## Recap
#
# - A question names one change, and the measurement that decides about it.
# - The best number of samples of each model grows with the root of the cost of a training over the
#   cost of a sample. A larger budget buys trainings. In the pilot a few hundred samples were best,
#   because the spread between seeds was the larger part of the variance.
# - An interval from three seeds has the factor 4.30.
# - Paired seeds can decide what separate lists leave open. In the record, averaging was worth 0.30 of
#   FID, with ± 0.27 in pairs and ± 0.63 without them.
# - The expected best score depends on the number of runs. The order by the best of ten differed
#   from the order by the mean in 2 of 34 pairs of methods.
# - A claim has a value, a number of samples, a seed, an extractor, and the number of all trainings.
#   Failed ones are counted.
# - A commitment fixes a secret judge before the first submission. It needs a key that cannot be
#   guessed, and a form in which no byte can move between the parts.
# - New samples cannot refute a claim that itself rests on too few samples. So the card names its
#   seed.
# - The public score of a chosen model is too good, and more so the larger the share of noise in the
#   spread of the scores.
# - Over-fitting to the public extractor improved the public FID much more than the secret one. The
#   score did not punish it.
# - Copies and foreign samples are found by tests with exact p-values: by counting orders, and by
#   permutations.
# - A rubric rewards what a report shows. It does not reward the FID.
#
# **Terms**: brief 任务书 · pilot 预实验 · baseline 基线 · evidence 证据 · ablation 消融实验 · submission 提交包 ·
# claim 声明 · gate 关卡 · commitment 承诺 · permutation test 置换检验 · rubric 评分量规 · blinded review 盲审.
#
# **Next** is a project without a brief.
#
# ## References
#
# - W. G. Cochran. Sampling Techniques. Third edition, Wiley 1977. (21.3).
# - M. J. Chong, D. Forsyth. Effectively Unbiased FID and Inception Score and Where to Find
#   Them. CVPR 2020. The bias of FID depends on the model.
# - J. Dodge, S. Gururangan, D. Card, R. Schwartz, N. A. Smith. Show Your Work: Improved Reporting
#   of Experimental Results. EMNLP 2019. (21.6).
# - M. Blum. Coin Flipping by Telephone. A Protocol for Solving Impossible Problems. SIGACT News,
#   1983. Commitments.
# - A. Blum, M. Hardt. The Ladder: A Reliable Leaderboard for Machine Learning Competitions. ICML
#   2015. Boards that are shown often.
# - B. Phipson, G. K. Smyth. Permutation P-values Should Never Be Zero: Calculating Exact P-values
#   When Permutations Are Randomly Drawn. Statistical Applications in Genetics and Molecular
#   Biology, 2010. (21.16).
# - M. Mitchell and others. Model Cards for Model Reporting. FAT* 2019. Cards.
# - M. Heusel and others. GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
#   Equilibrium. NIPS 2017. The FID.
