# %% [markdown] id="00-title"
# # 00 · Start here
#
# In this course you build generative models until you understand each part of them. They
# are networks that draw digits, compress them, complete them, and later write text. Every
# formula is checked by a number, and every exercise tells you what went wrong. Every
# notebook runs on a laptop without a GPU and without a network.
#
# **In this chapter** you check your machine, see a generator draw, and learn how the
# exercises work.
#
# **Time** {{time}}.
#
# **Before this** some Python.
#
# {{run card}}

# %% id="00-imports"
import torch

from aigc_course import checks, data, doctor, gan, plots

# %% [markdown] id="00-doctor-text"
# ## 1 · Is this machine ready?
#
# The next cell looks at Python, torch, memory, disk and data. Expect `ok` in front of
# most lines and `Ready.` at the end. A line marked `note` does not stop you; a line
# marked `FAIL` comes with an arrow that says what to do.

# %% id="00-doctor"
print(doctor.as_text(doctor.examine()))

# %% [markdown] id="00-doctor-after"
# MNIST, the data set of most chapters, comes with the course, so nothing is downloaded.

# %% [markdown] id="00-draw-text"
# ## 2 · First pictures
#
# A generator is a function from noise to data. This one was trained by the course's own
# command and ships with it. It takes 64 random numbers, the **latent vector** $z$, and
# returns an image of 28 × 28 pixels between −1 (black) and 1 (white). Expect new
# handwritten digits: no person wrote them.

# %% id="00-draw"
generator = gan.pretrained_generator()
images = gan.sample(generator, 64, torch.Generator().manual_seed(0))
plots.show(
    plots.image_grid(images, columns=16, title="Drawn just now"),
    "Sixty-four generated handwritten digits of all ten classes, white on black.",
)

# %% [markdown] id="00-draw-after"
# Change the seed and run the cell again: other numbers give other digits. The next cell
# shows real digits above generated ones. Can you tell the rows apart?

# %% id="00-compare"
digits = data.default()
pair = {"real": digits.images[:10], "generated": images[:10]}
plots.show(
    plots.labelled_rows(pair),
    "Two rows of ten digits, real above and generated below, hard to tell apart.",
)

# %% [markdown] id="00-steps-text"
# A small change of the latent vector is a small change of the picture. Expect one digit to
# become another without a jump. Chapter 05 takes you on longer walks.

# %% id="00-steps"
a, b = generator.latents(2, torch.Generator().manual_seed(3))
with torch.no_grad():
    path = generator(torch.lerp(a, b, torch.linspace(0, 1, 16)[:, None]))
plots.show(
    plots.image_grid(path, columns=16),
    "Sixteen digits in a row, each a little different from its neighbour.",
)

# %% [markdown] id="00-weights-text"
# **Predict.** The generator learnt from 60,000 digits of 784 pixels, which are 47 million
# numbers. Of how many numbers, its **weights**, does the generator itself consist? Write
# your answer in thousands in place of the `...`, and run the cell. A prediction is never
# marked. It only makes you decide before you look.

# %% id="00-weights-predict"
checks.predict("00.weights", ..., unit="thousand")

# %% id="00-weights"
weights = sum(weight.numel() for weight in generator.parameters())
checks.measured("00.weights", round(weights / 1000))

# %% [markdown] id="00-how-text"
# ## 3 · How the course works
#
# *Generative* models learn what data look like, so that they can make more. A
# *discriminative* model learns to answer questions about data that are given. The way from
# data to use is the same in every chapter:
#
# | step | question | chapters |
# | --- | --- | --- |
# | Data | what is there, who may use it, with which gaps? | 05, 14 |
# | Preparation | in which range and size, in which batches? | 05, 14 |
# | Model and loss | what is learnt, and by which formula? | 01–04, 08–13 |
# | Training | does it go well, and how can you tell? | 05, 06 |
# | Evaluation | how good, how varied, how new, compared with what? | 07, 17 |
# | Deployment | what is it good for, and what may go wrong? | 15–19 |
#
# In each chapter pictures, formulas, code and experiments alternate. Before a cell the text
# says what to expect; after it, what was seen. Look for yourself before you read on.
#
# - A cell that trains makes a fixed number of steps, unless its text says otherwise. A slow
#   machine needs more minutes for them. Your pictures and figures may still differ a little
#   from those in `solutions/`, because machines round differently.
# - Nothing needs a network.
# - A displayed formula has an id such as (5.1), and the course's tests check it by number.
# - In many exercises you derive a formula yourself. It stands behind a fold below the
#   check, to be opened when your function has passed.

# %% [markdown] id="00-exercise-text"
# ## 4 · How exercises work
#
# An exercise is a function to write. Its head says how hard it is (1 to 5) and how long it
# may take:
#
# {{exercise 00.to_tanh_range}}
#
# Images are stored as whole numbers from 0 (black) to 255 (white). The generators of this
# course end in $\tanh$, whose values lie between −1 and 1. Map the first range onto the
# second: 0 becomes −1, 255 becomes 1, evenly in between.
#
# First run the next two cells without writing anything. The check says that nothing was
# attempted yet, and the notebook goes on with the course's own function. Then try a wrong
# answer, such as `pixels / 255`, and see what it says.


# %% id="00-ex-to-tanh-range" exercise="00.to_tanh_range"
def to_tanh_range(pixels):
    """Pixels 0..255 (uint8 tensor) as float32 values in [-1, 1], same shape."""
    ### BEGIN SOLUTION
    return pixels / 127.5 - 1
    ### END SOLUTION


# %% id="00-use-to-tanh-range"
to_tanh_range = checks.use("00.to_tanh_range", to_tanh_range)

# %% [markdown] id="00-exercise-after"
# `checks.use` gives back your function when it passes and the course's own otherwise, so a
# hard exercise never blocks the way. The next cell uses the function that was returned.

# %% id="00-use-it"
scaled = to_tanh_range(digits.images[:8])
print(f"from {digits.images[:8].min()}..{digits.images[:8].max()}", end=" ")
print(f"to {scaled.min():.0f}..{scaled.max():.0f}")

# %% [markdown] id="00-hints-text"
# If you are stuck, `checks.hint` gives up to three hints: an idea, a formula, a line of
# code. Call it again for the next one. `checks.solution` shows the whole answer, and
# `checks.progress` what you have done so far.

# %% id="00-hints"
checks.hint("00.to_tanh_range")

# %% id="00-progress"
checks.progress()

# %% [markdown] id="00-words"
# ## 5 · Words
#
# | English | Chinese | meaning here |
# | --- | --- | --- |
# | generative model | 生成模型 | learns a distribution and draws from it |
# | generator, $G$ | 生成器 | network from latents to data |
# | discriminator, $D$ | 判别器 | network that tells real from generated |
# | critic | 评论器 | a discriminator whose output is a score, not a probability |
# | latent, $z$ | 潜变量 | the random vector that a generator starts from |
# | logit | 对数几率 | log-odds before the sigmoid |
# | mode collapse | 模式崩溃 | the generator draws only a part of the data |
# | batch normalisation | 批归一化 | mean 0, variance 1 over the batch |
# | moving average (EMA) | 指数滑动平均 | slowly following copy of the weights |
# | FID | 弗雷歇初始距离（FID） | Fréchet distance between the features of two sets of images |
#
# ## 6 · Questions that many have
#
# **Do I need a GPU?** No. Every cell is sized for two CPU cores. A GPU is used when there
# is one.
#
# **Why does my picture differ from the one in `solutions/`?** Seeds are fixed, but machines
# round differently, and small differences grow during training. Where a result could differ
# in kind, the text says so.
#
# **May I skip exercises?** Yes. Their functions are replaced by the course's own.
#
# **Next** There are two routes. The first goes in order: chapter 01 says what a generative
# model is, 02 and 03 give the theory of GANs. The second starts with training: chapters 04
# and 05, and then 01 to 03, which chapter 06 needs.
