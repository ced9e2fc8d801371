# %% [markdown] id="11-title"
# # 11 · Attention
#
# How does a model use tokens from other positions of its input? In this chapter you
# write **attention** (注意力), put a Transformer together from it, and see that it agrees
# with PyTorch's own layers. Then you let small Transformers learn tasks whose best
# answer is known exactly: copying from the context, predicting a Markov chain, and
# translating dates.
#
# **You will be able to**
# - write masked multi-head attention, and say why its scores are divided by $\sqrt d$;
# - compare four kinds of position codes with a Transformer that has none;
# - build a block, count its weights, and predict what it costs;
# - explain how two layers copy from the context, and write the attention weights that do it;
# - measure how near in-context learning comes to the best possible prediction;
# - say what attention weights explain and what they do not.
#
# **Time** {{time}}.
#
# **Before this**
# chapters 01 and 04.
#
# {{run card}}

# %% id="11-imports"
import math
import time
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from aigc_course import attention as att
from aigc_course import checks, plots, studies, training, widgets
from aigc_course.attention.positions import frequencies
from aigc_course.data import sequences

training.seed_everything(11)
fast = training.fast_mode()

# %% [markdown] id="11-idea-text"
# ## 1 · A dictionary that answers with a mean
#
# One picture shows the idea. A **query** (查询) is compared with every **key** (键).
# Each comparison gives a weight, and the answer is the mean of the **values** (值) with
# these weights. Expect the query 1.1 to give most of its weight to the keys 1 and 2.

# %% id="11-idea"
keys = torch.arange(6.0)
query = torch.tensor([1.1, 4.0])
look = (-((query[:, None] - keys) ** 2)).softmax(dim=1)
plots.show(
    plots.attention_rows({"weights": look}, ["1.1", "4.0"], [f"{k:.0f}" for k in keys]),
    "Two rows of shades. The query 1.1 is darkest at key 1 and lighter at 0 and 2; the"
    " query 4.0 is darkest at key 4 and equally light at 3 and 5.",
)

# %% [markdown] id="11-kernel-text"
# A dictionary finds the entry whose key equals the query. Here every entry contributes, and
# those with near keys have the largest weights. Nadaraya (1964) and Watson (1964) used this
# to estimate a function from known points $(k_j, y_j)$:
#
# $$m(x) = \sum_j \frac{K(x, k_j)}{\sum_l K(x, k_l)}\, y_j,
# \qquad K(x, k) = e^{-(x - k)^2 / 2h^2}. \tag{11.1}$$
#
# The number $h$ is the width of the kernel $K$. The fraction is a **softmax** of the scores
# $-(x - k_j)^2 / 2h^2$: exponentials, divided by their sum.
#
# {{exercise 11.kernel_average}}
#
# Write (11.1) for many $x$ at once. It must also work far from all known points, where
# every $K$ is too small for a float.


# %% id="11-kernel" exercise="11.kernel_average"
def kernel_average(x, known, values, width):
    """The mean of the values, weighted by nearness: [N]. x: [N]. known, values: [M]."""
    ### BEGIN SOLUTION
    scores = -((x[:, None] - known[None, :]) ** 2) / (2 * width**2)  # [N, M]
    return scores.softmax(dim=1) @ values
    ### END SOLUTION


# %% id="11-kernel-check"
kernel_average = checks.use("11.kernel_average", kernel_average)

# %% [markdown] id="11-kernel-look-text"
# The next two cells draw thirty noisy points of a sine and plot the estimate with three
# widths. Before you run them: which width follows the noise, and which one is too flat?

# %% id="11-kernel-points"
known = torch.rand(30, generator=torch.Generator().manual_seed(0)) * 6
noise = 0.3 * torch.randn(30, generator=torch.Generator().manual_seed(1))
known, order = known.sort()
measured = known.sin() + noise[order]

# %% id="11-kernel-look"
line = torch.linspace(0, 6, 60)
widths = {
    f"width {h}": kernel_average(line, known, measured, h) for h in (0.05, 0.4, 3)
}
plots.show(
    plots.lines(
        {"points": (known, measured)} | {n: (line, y) for n, y in widths.items()},
        "x",
        "estimate",
    ),
    "Noisy points of a sine and three curves: width 0.05 jumps from point to point, 0.4"
    " follows the sine, 3 is nearly a flat line.",
)

# %% [markdown] id="11-kernel-after"
# The narrow kernel nearly repeats the nearest point, noise included. The wide one gives
# nearly the mean of all points. Attention computes the same kind of mean with two changes.
# Keys, values and queries are vectors that a network computes with *learned* weights, and
# the score is a dot product. The two scores are related. For vectors,
#
# $$-\tfrac12 \lVert q - k \rVert^2 = q \cdot k - \tfrac12 \lVert q \rVert^2
# - \tfrac12 \lVert k \rVert^2. \tag{11.2}$$
#
# The term with $q$ is the same for all keys, and a softmax does not change when a
# constant is added to all scores. So if all keys have the same norm, attention by dot
# products is (11.1) with $h = 1$.

# %% [markdown] id="11-scale-text"
# ## 2 · Why the scores are divided by $\sqrt d$
#
# **Scaled dot-product attention** (Vaswani et al. 2017) is
#
# $$o_i = \sum_j a_{ij}\, v_j, \qquad a_{ij} = \frac{e^{s_{ij}}}{\sum_l e^{s_{il}}},
# \qquad s_{ij} = \frac{q_i \cdot k_j}{\sqrt d}. \tag{11.3}$$
#
# Here $q_i$, $k_j$ and $v_j$ are the vectors of a query, a key and a value. A query and a
# key have $d$ coordinates each. Why the root? Let the $2d$ entries of $q$ and $k$ be
# independent, with mean 0 and variance 1. Then
#
# $$\operatorname{Var}(q \cdot k) = d. \tag{11.4}$$
#
# The entries of learned vectors need not have mean 0. How large is the variance then?
#
# {{exercise 11.score_variance}}
#
# Derive the variance for independent entries with any mean and standard deviation. Start
# with one product of two numbers.


# %% id="11-variance" exercise="11.score_variance"
def score_variance(d, mean, std):
    """Variance of q . k, all 2 d entries independent, with this mean and std."""
    ### BEGIN SOLUTION
    return d * ((std**2 + mean**2) ** 2 - mean**4)
    ### END SOLUTION


# %% id="11-variance-check"
score_variance = checks.use("11.score_variance", score_variance)

# %% [markdown] id="11-slope-text"
# Large scores are a problem because of the slope of the softmax:
#
# $$\frac{\partial a_i}{\partial s_j} = a_i\,(\delta_{ij} - a_j), \tag{11.5}$$
#
# with $\delta_{ij} = 1$ for $i = j$ and 0 otherwise. Suppose that one weight is nearly 1
# and the others are nearly 0. Then every entry of (11.5) is nearly 0, and queries and keys
# receive small gradients. The next cell draws scores of 16 keys for several $d$ and prints
# the largest weight and the size of the slopes. Without scaling, expect the slopes to
# shrink as $d$ grows. With scaling, expect both figures to stay nearly the same.

# %% id="11-slope"
seeded = torch.Generator().manual_seed(2)
print("   d  scaled   largest weight   mean |slope|")
for d in (4, 64, 1024):
    q, k = (
        torch.randn(2000, 1, d, generator=seeded),
        torch.randn(2000, 16, d, generator=seeded),
    )
    for name, scale in (("no", 1.0), ("yes", d**0.5)):
        a = ((q * k).sum(-1) / scale).softmax(-1)  # [2000, 16]
        slopes = torch.diag_embed(a) - a[:, :, None] * a[:, None, :]
        print(f"{d:4}  {name:6} {a.amax(1).mean():12.2f} {slopes.abs().mean():17.4f}")

# %% [markdown] id="11-slope-after"
# Without scaling, at $d = 1024$ one key takes nearly all the weight and the slopes are
# less than a tenth as large as with it. With scaling, $d$ hardly matters. This holds
# for entries of mean 0 and variance 1. A network can learn smaller or larger scores: a
# factor in the matrix of the queries (section 4) can undo the division by the root.
#
# **A common mistake** is to divide by the root of the model's width instead of the root
# of the size of a head (section 4). Both versions run without an error.

# %% [markdown] id="11-mask-text"
# ## 3 · Masks
#
# A model that predicts the next token must not see it. A **causal mask** (因果掩码) says
# where each query may look: $m_{ij} = 1$ for $j \le i$, else 0. The weights are
#
# $$a_{ij} = \frac{m_{ij}\, e^{s_{ij}}}{\sum_l m_{il}\, e^{s_{il}}}. \tag{11.6}$$
#
# The scores are those of (11.3). In code the forbidden scores become $-\infty$ *before* the
# softmax, since $e^{-\infty} = 0$.
#
# {{exercise 11.attention}}
#
# Write (11.3) with a mask. Inputs may have any number of leading axes.


# %% id="11-attention" exercise="11.attention"
def attention(q, k, v, mask):
    """Scaled dot-product attention: [..., T, e]. mask: bool, True where allowed."""
    ### BEGIN SOLUTION
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    s = s.masked_fill(~mask, -math.inf)
    return s.softmax(dim=-1) @ v
    ### END SOLUTION


# %% id="11-attention-check"
attention = checks.use("11.attention", attention)

# %% [markdown] id="11-jacobian-text"
# Does the mask work? The next cell takes the derivative of every output with respect to
# every input. Above the diagonal it must be *exactly* 0: no later token has any
# influence.

# %% id="11-jacobian"
x = torch.randn(6, 8, generator=torch.Generator().manual_seed(3))
causal = att.causal_mask(6)
slopes = torch.func.jacrev(lambda y: attention(y, y, y, causal))(x)  # [6, 8, 6, 8]
influence = slopes.abs().sum(dim=(1, 3))
print("largest influence of a later token:", influence.triu(1).max().item())
print("smallest influence of an earlier one:", influence[causal].min().item())

# %% [markdown] id="11-heads-text"
# ## 4 · Several heads
#
# No later token has any influence, and each earlier one has some. But with one softmax a
# token has one set of weights, so it reads one mean of the values. **Multi-head attention**
# (多头注意力) computes $H$ attentions side by side. Let $x_j$ be the vector of token $j$, with
# $C$ coordinates. Each **attention head** (注意力头) works on $d = C / H$ coordinates of its
# own, and the results of the heads are added:
#
# $$o_i = \sum_{h=1}^{H} \Bigl( \sum_j a^h_{ij}\; x_j W_V^h \Bigr) W_O^h,
# \qquad s^h_{ij} = \frac{(x_i W_Q^h) \cdot (x_j W_K^h)}{\sqrt d}. \tag{11.7}$$
#
# In code the $H$ matrices $W_Q^h$ stand side by side in one $C \times C$ matrix, and so do
# the $W_K^h$ and the $W_V^h$. The $W_O^h$ stand one below the other. So one product of
# matrices serves all heads.
#
# {{exercise 11.heads}}
#
# Write causal multi-head self-attention from four matrices. The checker compares it
# with `nn.MultiheadAttention`.


# %% id="11-heads" exercise="11.heads"
def heads(x, query, key, value, out, count):
    """Causal self-attention with `count` heads: [B, T, C]. Matrices: [C, C]."""
    ### BEGIN SOLUTION
    future = ~torch.ones(x.shape[-2], x.shape[-2]).tril().bool()

    def split(y):  # [B, T, C] to [B, H, T, d]
        return y.unflatten(-1, (count, -1)).transpose(-3, -2)

    q, k, v = split(x @ query), split(x @ key), split(x @ value)
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # [B, H, T, T]
    o = s.masked_fill(future, -math.inf).softmax(dim=-1) @ v  # [B, H, T, d]
    return o.transpose(-3, -2).flatten(-2) @ out
    ### END SOLUTION


# %% id="11-heads-check"
heads = checks.use("11.heads", heads)

# %% [markdown] id="11-heads-after"
# More heads do not mean more weights: the matrices stay $C \times C$, and each head
# gets a narrower slice. What changes is the number of different weighted means that one
# token can read in one layer.

# %% [markdown] id="11-position-text"
# ## 5 · The position of a token
#
# Without a mask, attention does not know the order of its inputs. Let $f$ be attention, and
# let the matrix $P$ put the rows of $X$ in another order. Then
#
# $$f(PX) = P\, f(X): \tag{11.8}$$
#
# the outputs are put in the same order, and nothing else changes. With a causal mask
# (11.8) fails, because the first position sees one token and the last position sees all.
# The next cell measures both.

# %% id="11-order"
order = torch.randperm(6, generator=torch.Generator().manual_seed(4))
for name, mask in (("no mask", torch.ones(6, 6).bool()), ("causal", causal)):
    gap = (attention(x, x, x, mask)[order] - attention(*[x[order]] * 3, mask)).abs()
    print(f"{name}: largest difference {gap.max():.6f}")

# %% [markdown] id="11-order-after"
# The first difference is 0 and the second is not. So "a Transformer without position codes
# cannot know order" is true for an encoder. It is false for a decoder with a causal mask
# and at least two layers. Haviv et al. (2022) found that such models learn positions.
# Position codes still help. Vaswani et al. (2017) add **sinusoids** to the embeddings:
#
# $$p_{2m}(t) = \sin \omega_m t, \qquad p_{2m+1}(t) = \cos \omega_m t,
# \qquad \omega_m = 10000^{-2m/C}. \tag{11.9}$$
#
# Here $t$ is the position, and $m$ runs from 0 to $C/2 - 1$. The sinusoids have a property
# that makes relative positions easy to compute.
#
# {{exercise 11.shift}}
#
# Find the matrix $R_n$ with $p(t + n) = R_n\, p(t)$ for *every* $t$.


# %% id="11-shift" exercise="11.shift"
def shift(n, frequencies):
    """The matrix R with p(t + n) = R p(t): [2 M, 2 M]. frequencies: w_m, [M]."""
    ### BEGIN SOLUTION
    blocks = []
    for w in frequencies.tolist():
        sine, cosine = math.sin(w * n), math.cos(w * n)
        blocks.append(torch.tensor([[cosine, sine], [-sine, cosine]]))
    return torch.block_diag(*blocks)
    ### END SOLUTION


# %% id="11-shift-check"
shift = checks.use("11.shift", shift)

# %% [markdown] id="11-rotary-text"
# A shift is a rotation of each pair of coordinates. **Rotary positions** (旋转位置编码, RoPE;
# Su et al. 2021) use that directly. They turn each query and each key by an angle that
# depends on its own position, and do not change the values. With $\rho_t$ for the rotation
# of position $t$,
#
# $$(\rho_i\, q) \cdot (\rho_j\, k) = q \cdot (\rho_{j - i}\, k), \tag{11.10}$$
#
# so for given $q$ and $k$ a score depends on the offset $j - i$ alone.
#
# {{exercise 11.rotate}}
#
# Turn each pair $(x_{2m}, x_{2m+1})$ of the vector at position $t$ by the angle
# $t\, \omega_m$, counter-clockwise. Write the rotation of a point in the plane first.


# %% id="11-rotate" exercise="11.rotate"
def rotate(x, positions, frequencies):
    """Rotary positions: [..., T, 2 M]. positions: [T]. frequencies: [M]."""
    ### BEGIN SOLUTION
    angle = positions[:, None] * frequencies  # [T, M]
    a, b = x[..., 0::2], x[..., 1::2]
    turned = [a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()]
    return torch.stack(turned, dim=-1).flatten(-2)
    ### END SOLUTION


# %% id="11-rotate-check"
rotate = checks.use("11.rotate", rotate)

# %% [markdown] id="11-rotary-look-text"
# The next two cells turn one vector to different positions and take dot products. Before
# you run them: how does the curve change when both positions move by 20?

# %% id="11-rotary-score"
ones, w = torch.ones(1, 64), frequencies(64)


def score(i, j):
    """Score of q = k = 1 at the positions i and j, over the 64 coordinates."""
    one, other = rotate(ones, i[None], w), rotate(ones, j[None], w)
    return float((one * other).sum() / 64)


# %% id="11-rotary-look"
positions, start, moved = torch.arange(60), torch.tensor(0), torch.tensor(20)
curves = {
    "from position 0": (positions, [score(start, t) for t in positions]),
    "from position 20": (positions, [score(moved, moved + t) for t in positions]),
}
plots.show(
    plots.lines(curves, "distance", "score"),
    "Two curves that lie on each other: 1 at distance 0, about two thirds at distance"
    " ten, then slowly smaller with ripples, about one half at sixty.",
)

# %% [markdown] id="11-alibi-text"
# The two curves agree: the score depends on the offset alone. Two other ways are common.
# With **learned positions** each position has its own learned vector, and there is no
# vector for positions beyond the trained length. **ALiBi** (Press et al. 2022) does not
# change the vectors. It subtracts a multiple of the distance from the score of head $h$,
# with $h$ from 1 to $H$:
#
# $$s^h_{ij} \leftarrow s^h_{ij} - 2^{-8h/H}\, |i - j|. \tag{11.11}$$
#
# Which of the four works best on longer inputs than those of the training? Section 7 has a
# task for that, and a study over several seeds.

# %% [markdown] id="11-block-text"
# ## 6 · The block
#
# Attention moves information between positions. Two layers with an **activation function**
# (激活函数) between them then work on each position alone. Our activation function is GELU, $x$
# times the normal distribution function of $x$: a smooth ReLU. The results of both parts
# are added to the vectors that pass through, the **residual stream** (残差流). Each part reads
# a normalised copy of this stream:
#
# $$x \leftarrow x + \operatorname{attention}(\operatorname{norm}(x)), \qquad
# x \leftarrow x + W_2 \operatorname{gelu}(W_1 \operatorname{norm}(x)). \tag{11.12}$$
#
# This is the **pre-norm** order of GPT-2 (Radford et al. 2019) and its successors.
# Vaswani et al. (2017) wrote **post-norm**, $x \leftarrow \operatorname{norm}(x +
# \dots)$. Our normalisation is RMSNorm (Zhang and Sennrich 2019), with a learned gain
# $g$:
#
# $$\operatorname{norm}(x)_c = g_c\, x_c \Big/ \sqrt{\tfrac1C \textstyle\sum_l x_l^2 + 10^{-5}}.
# \tag{11.13}$$
#
# {{exercise 11.block}}
#
# Write a class for the block of (11.12), and return an instance of it. Use
# `att.MultiHeadAttention(width, heads)`, which takes `mask=` and returns a pair (output,
# cache); its mask is `att.causal_mask(T)`. Use two `nn.RMSNorm(width, eps=1e-5)` and two
# `nn.Linear` without bias, from $C$ to $4C$ and back.


# %% id="11-block" exercise="11.block"
def block(width, heads):
    """A pre-norm Transformer block, x [B, T, width] to [B, T, width], causal."""

    ### BEGIN SOLUTION
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm_1 = nn.RMSNorm(width, eps=1e-5)
            self.norm_2 = nn.RMSNorm(width, eps=1e-5)
            self.attend = att.MultiHeadAttention(width, heads)
            self.up = nn.Linear(width, 4 * width, bias=False)
            self.down = nn.Linear(4 * width, width, bias=False)

        def forward(self, x):
            mask = att.causal_mask(x.shape[1])
            x = x + self.attend(self.norm_1(x), mask=mask)[0]  # [B, T, C]
            hidden = F.gelu(self.up(self.norm_2(x)))  # [B, T, 4 C]
            return x + self.down(hidden)

    return Block()
    ### END SOLUTION


# %% id="11-block-check"
block = checks.use("11.block", block)

# %% [markdown] id="11-oracle-text"
# A Transformer is an embedding, some blocks, one more normalisation and a matrix to the
# vocabulary: `att.Transformer`. The checker compared your block with the course's own. Does
# that one agree with PyTorch's? The next cell copies the weights of an `att.Block` into
# PyTorch's `nn.TransformerEncoderLayer`. PyTorch's layer has layer normalisation and
# biases, so our block gets them here, too. Expect a difference below $10^{-5}$.

# %% id="11-oracle"
ours = att.Block(64, 4, norm="layer", bias=True)
theirs = nn.TransformerEncoderLayer(
    64, 4, 256, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
)
a = ours.attend
stacked = {
    "self_attn.in_proj_weight": [a.query.weight, a.key.weight, a.value.weight],
    "self_attn.in_proj_bias": [a.query.bias, a.key.bias, a.value.bias],
}
single = {
    "self_attn.out_proj": a.out,
    "linear1": ours.feed.up,
    "linear2": ours.feed.down,
    "norm1": ours.attend_norm,
    "norm2": ours.feed_norm,
}
state = {name: torch.cat(parts) for name, parts in stacked.items()}
for name, layer in single.items():
    state |= {f"{name}.{key}": value for key, value in layer.state_dict().items()}
theirs.load_state_dict(state)
z = torch.randn(2, 10, 64)
mask = att.causal_mask(10)
gap = (ours(z, mask=mask)[0] - theirs(z, src_mask=~mask)).abs().max()
print(f"largest difference: {gap:.1e}")

# %% [markdown] id="11-costs-text"
# The two agree up to rounding. What does a block cost? Its matrices have
#
# $$4C^2 + 8C^2 = 12C^2 \tag{11.14}$$
#
# weights. Each weight is used once for each token. The scores and the means of the values
# cost extra, and that cost grows with the length $T$ of the input.
#
# {{exercise 11.costs}}
#
# Count the operations for one token: in the matrices, and in the scores and the mean of
# the values. A multiplication and an addition count one each. Leave out the softmax and the
# normalisations.


# %% id="11-costs" exercise="11.costs"
def costs(width, length):
    """Operations per token of one block: (matrices, scores and means of values)."""
    ### BEGIN SOLUTION
    return 24 * width**2, 4 * length * width
    ### END SOLUTION


# %% id="11-costs-check"
costs = checks.use("11.costs", costs)

# %% [markdown] id="11-costs-look-text"
# "Attention is the expensive part" is often said. Both parts cost the same where $24C^2 =
# 4TC$, at $T = 6C$. (In a causal pass a query looks at about $T/2$ keys on average. For a
# program that skips the other keys the two parts cost the same at $T = 12C$. Ours computes
# all scores.) The cell counts the share of the scores. Then it times a whole block, and the
# attention function alone.
#
# **Predict.** Which share of all operations, in per cent, belongs to the scores for a width
# of 128 and a length of 128?

# %% id="11-costs-predict"
checks.predict("11.share-of-scores", ..., unit="%")

# %% id="11-costs-look"
layer = att.Block(128, 4).eval()


def seconds(run, times=2 if fast else 5):
    """The shortest of several runs."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        with torch.no_grad():
            run()
        spent.append(time.perf_counter() - began)
    return min(spent)


print("length   share of scores: counted   measured")
for length in (128, 768):
    inputs = torch.randn(4, length, 128)
    q, k, v = layer.attend.project(inputs, inputs)
    whole = seconds(partial(layer, inputs))
    scores = seconds(partial(att.attention, q, k, v))
    matrices, rest = costs(128, length)
    print(f"{length:6} {rest / (rest + matrices):27.0%} {scores / whole:10.0%}")
    if length == 128:
        checks.measured("11.share-of-scores", 100 * rest / (rest + matrices))

# %% [markdown] id="11-costs-after"
# On our machine the measured share was larger than the counted one, most clearly at the
# length 768. A probable reason is memory: the softmax reads and writes all $T^2$ scores
# several times and does little arithmetic with them. We have not tested this. So the claim
# is wrong for short inputs and right for long ones.

# %% [markdown] id="11-induction-text"
# ## 7 · Two layers that copy
#
# In each sequence of this task, different random tokens repeat after a random period. The
# first period cannot be predicted, and neither can its end. From the second token of the
# repetition on, everything can be predicted: find where the present token stood before, and
# take what followed it. A head that does this is an **induction head** (归纳头; Olsson et al.
# 2022). This is a very simple form of learning from the context.
#
# Two heads in two layers suffice (Elhage et al. 2021). The first moves to each position
# the token *before* it. The second looks for a position whose previous token is the
# present one.
#
# {{exercise 11.copying}}
#
# Write the attention weights of the second head: where does each position look?


# %% id="11-copying" exercise="11.copying"
def copying(tokens):
    """Weights of a perfect induction head, [T, T]. tokens: int [T]."""
    ### BEGIN SOLUTION
    match = torch.zeros(len(tokens), len(tokens))
    # s - 1 < t: the position before s lies before t
    match[:, 1:] = (tokens[:, None] == tokens[None, :]).tril(-1)[:, :-1].float()
    match[match.sum(dim=1) == 0, 0] = 1.0
    return match / match.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% id="11-copying-check"
copying = checks.use("11.copying", copying)

# %% [markdown] id="11-hand-text"
# `att.induction` contains both heads as real attention. Their queries and keys are written
# by hand: one-hot vectors of positions and of tokens. So no training is needed. Expect
# all predictable tokens to be predicted.

# %% id="11-hand"
LENGTH, WORDS = 48, 200
seeded = torch.Generator().manual_seed(5)
tokens, counts = sequences.repeated(200, LENGTH, WORDS, seeded)
guess = att.induction.induction_head(tokens, WORDS)[:, :-1].argmax(dim=-1)
print(f"by hand: {(guess == tokens[:, 1:])[counts].double().mean():.1%} right")

# %% [markdown] id="11-train-text"
# The two heads predict every one of them. Can this be *learned*? The second cell below
# trains a Transformer of two layers with attention alone, without feed-forward parts, on
# new sequences in every step. The loss is the mean over the $M$ tokens that can be
# predicted,
#
# $$L = -\frac1M \sum_t \log p(x_{t+1} \mid x_1, \dots, x_t). \tag{11.15}$$
#
# The sum runs over these tokens. The learning rate rises over the first 3,200
# sequences (`lr_warmup`), stays until 60 % of the training (`decay_start`) and falls to a
# tenth (`final_lr_factor`). 1,500 steps of 32 sequences take about half a minute.
#
# **Predict.** After how many of the 1,500 steps does the model predict half of the
# predictable tokens correctly?

# %% id="11-train-predict"
checks.predict("11.half-right", ..., unit="steps")

# %% id="11-train"
settings = {"lr": 3e-3, "lr_warmup": 3_200, "decay_start": 0.6, "final_lr_factor": 0.1}
shape = att.Shape(WORDS, context=LENGTH, layers=2, feed_forward="")
model = att.NextToken(att.Transformer(shape), **settings)
batches = sequences.TaskBatches(
    lambda n, g: sequences.repeated(n, LENGTH, WORDS, g), 32, seed=11
)
history = training.fit(model, batches, training.lesson(steps=1_500))
rows = history.rows
steps = [row["step"] for row in rows]
plots.show(
    plots.lines({"right": (steps, [row["accuracy"] for row in rows])}, "step", "share"),
    "The share of predicted tokens stays near 0 for the first few hundred steps, rises"
    " steeply, and ends near 1.",
)

# %% id="11-train-measured"
half_right = [row["step"] for row in rows if row["accuracy"] >= 0.5]
checks.measured("11.half-right", min(half_right, default=steps[-1]))

# %% [markdown] id="11-train-after"
# In our run the share stays below 0.1 for more than 200 steps. Within the next 150 steps it
# rises to about 0.9, with a short halt near one half. A plausible reason for the long start
# is that the first head is useless without the second, and the second without the first. So
# nothing is gained until both exist. We have not tested this.
#
# The next cell looks at the attention weights. An induction head gives its weight to the
# positions behind an earlier copy of the present token. `prefix_matching` is the mean of
# that weight, for each head.

# %% id="11-inside"
trained = model.trained()
maps = att.attention_maps(trained, tokens)
for number, layer_maps in enumerate(maps, 1):
    found = att.induction.prefix_matching(layer_maps, tokens)
    print(f"layer {number}:", " ".join(f"{value:.2f}" for value in found))

# %% id="11-inside-look"
best = int(att.induction.prefix_matching(maps[1], tokens).argmax())
one = int(counts.sum(dim=1).argmax())  # the sequence with the shortest period
shown = slice(0, 32)
plots.show(
    plots.attention_rows(
        {
            "learned": maps[1][one, best, shown, shown],
            "by hand": copying(tokens[one])[shown, shown],
        }
    ),
    "Two tables of weights. By hand: a column at position 0 until the sequence repeats, then"
    " diagonals one and two periods back. Learned: dark squares on the same diagonals,"
    " and scattered grey ones before the sequence repeats.",
)

# %% [markdown] id="11-lab-text"
# In both **attention maps** (注意力图) the same two diagonals appear. They lie one period and
# two periods back. Before the sequence repeats, the head by hand looks at position 0, and
# the learned head at several positions.
#
# The attention explorer shows the weights of the trained model for tokens that you type.
# Below, five tokens come three times. Choose a token in the second copy. At least one head
# of layer 2 should give most of its weight to the position behind the first copy of that
# token. The model should expect the token that stands there. Then type a sequence that
# never repeats, or move one token, and see what changes. Arrow keys choose a token; with
# Shift they move it.

# %% id="11-lab"
widgets.attention_explorer(trained, [3, 17, 5, 9, 12] * 3)

# %% [markdown] id="11-inside-after"
# In our run the heads of the second layer give 70 to 80 % of their weight to the positions
# behind an earlier copy. Those of the first layer give at most 6 %.
#
# **A claim to check.** Elhage et al. (2021) argue that one layer of attention alone cannot
# do induction. Sanford et al. (2024) prove that on long inputs one layer would have to be
# very large. A query would have to find a key by the token *before* it. But in the first
# layer a key contains only its own token. The study `induction` trained one and two layers,
# 1,500 steps each.

# %% id="11-induction-table"
found = studies.record("induction")
found.table(
    ["accuracy", "weights"],
    ["one-layer", "one-wide-layer", "two-layers", "one-layer-fixed-period"],
)

# %% [markdown] id="11-induction-after"
# One layer predicts {{study induction one-layer accuracy}} of the predictable tokens, two
# layers {{study induction two-layers accuracy}} (medians of
# {{study induction two-layers seeds}} seeds each). More weights did not help here:
# the wider layer has {{study induction one-wide-layer weights}} weights and reaches
# {{study induction one-wide-layer accuracy}}. So the claim holds on this task for
# the sizes that we tried.
#
# The last row shows a test that misleads. With a period that is always 24, one layer
# reaches a median of {{study induction one-layer-fixed-period accuracy}}, although {{study
# induction one-layer-fixed-period failed}} seeds failed. What follows is always the token
# 23 positions back, and rotary positions can find it without comparing tokens. So a test
# that is too regular cannot distinguish induction from counting positions. For that reason
# our sequences have random periods.
#
# Section 5 asked which positions work on longer inputs. The same two layers were trained
# with four kinds of positions and with none. They were tested at the trained length, and on
# inputs of twice and four times that length, with periods that are longer in proportion.

# %% id="11-positions-table"
kinds = ["none", "learned", "sinusoid", "two-layers", "alibi"]
found.table(["accuracy", "twice", "four_times"], kinds)

# %% [markdown] id="11-positions-after"
# `two-layers` has rotary positions. The next figures are medians. At the trained length
# three kinds of positions predict nearly all tokens: learned {{study induction learned
# accuracy}}, rotary {{study induction two-layers accuracy}} and sinusoids {{study induction
# sinusoid accuracy}}. ALiBi reaches {{study induction alibi accuracy}}. Without positions
# the share is {{study induction none accuracy}}: the causal mask alone helps, and does not
# suffice.
#
# On longer inputs the order is different. Rotary positions fall to
# {{study induction two-layers twice}} at twice the length and to {{study induction
# two-layers four_times}} at four times, sinusoids to {{study induction sinusoid twice}}
# and {{study induction sinusoid four_times}}. ALiBi keeps
# {{study induction alibi twice}} and {{study induction alibi four_times}}. Learned
# positions cannot be used there.
#
# The algebra of (11.9) and (11.10) holds at every length. That does not make a *trained*
# model work at every length. A probable reason is that the model has never seen such large
# offsets; we have not tested this. "Rotary positions extend to longer inputs" is a claim
# about training, to be measured each time.

# %% [markdown] id="11-bayes-text"
# ## 8 · Learning in context, and the best possible answer
#
# Here each sequence follows a new rule: a Markov chain of three states with its own
# transition matrix. Each row of the matrix is drawn from an even Dirichlet distribution
# (狄利克雷分布): all rows of three probabilities are equally likely (Edelman et al. 2024). The
# first state is drawn evenly, whatever the matrix is. A model must estimate the matrix from
# the chain that it reads. What is the best that any model can do?
#
# {{exercise 11.predictive}}
#
# Derive $p(x_{t+1} \mid x_1, \dots, x_t)$ when the matrix is unknown. (Let a row have the
# prior Dirichlet$(1, \dots, 1)$. After some steps from its state were seen, its posterior
# is a Dirichlet distribution, too. You need the mean of this posterior.)


# %% id="11-predictive" exercise="11.predictive"
def predictive(chain, states):
    """p(next state | chain), [states]; rows of the matrix are even-Dirichlet."""
    ### BEGIN SOLUTION
    after = chain[1:][chain[:-1] == chain[-1]]
    counts = torch.bincount(after, minlength=states)
    return (counts + 1) / (len(after) + states)
    ### END SOLUTION


# %% id="11-predictive-check"
predictive = checks.use("11.predictive", predictive)

# %% [markdown] id="11-gap-text"
# Call this answer $p^*$. For a model $q$, the loss splits:
#
# $$\mathbb E[-\log q(x_{t+1})] = \mathbb E[-\log p^*(x_{t+1})]
# + \mathbb E\bigl[\mathrm{KL}(p^* \,\Vert\, q)\bigr]. \tag{11.16}$$
#
# The first term cannot be avoided. The second is what the model has still to learn. For
# each chain we can compute it exactly, and we average over 1,000 new chains. The next cells
# put *your* blocks into a small model and train it for 1,500 steps of 64 chains, which
# takes about a minute. The loop is written out, without `training.fit`. Then the cells
# print the KL by position. For comparison they print the KL of a prediction that only
# counts how often each state has occurred.


# %% id="11-reader"
class Reader(nn.Module):
    """Tokens [B, T] to logits [B, T, words], made of your blocks."""

    def __init__(self, words, width=32, heads=2, layers=2):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.blocks = nn.Sequential(*(block(width, heads) for _ in range(layers)))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        self.head = nn.Linear(width, words, bias=False)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1])
        x = self.embed(tokens) + att.sinusoids(positions, self.embed.embedding_dim)
        return self.head(self.norm(self.blocks(x)))  # [B, T, words]


# %% id="11-chains"
STATES, CHAIN = 3, 64
batches = sequences.TaskBatches(
    lambda n, g: sequences.markov_chains(n, CHAIN + 1, STATES, g)[0], 64, seed=11
)
steps = 12 if fast else 1_500

# %% id="11-chains-train"
reader = Reader(STATES)
adam = torch.optim.Adam(reader.parameters(), 3e-3, (0.9, 0.99))
rate = torch.optim.lr_scheduler.OneCycleLR(adam, 3e-3, steps, pct_start=0.1)
for _ in range(steps):
    chain = next(batches)
    loss, _ = att.next_token_loss(reader(chain[:, :-1]), chain[:, 1:])  # (11.15)
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
    adam.step()
    rate.step()
print(f"{steps:,} steps, last loss {loss:.3f} nats")

# %% id="11-chains-kl"
new, _ = sequences.markov_chains(1_000, CHAIN, STATES, torch.Generator().manual_seed(6))
exact = att.bayes.predictive(new, STATES)
with torch.no_grad():
    learned = att.bayes.divergence(exact, reader(new)).mean(0)
plain = att.bayes.divergence(exact, att.bayes.unigram(new, STATES).log()).mean(0)
print("position   KL of the model   KL of counting states")
for t in (1, 3, 7, 15, 31, 63):
    print(f"{t + 1:5} {learned[t]:17.4f} {plain[t]:17.4f}")

# %% id="11-chains-look"
positions = range(2, CHAIN + 1)
plots.show(
    plots.lines(
        {
            "your blocks": (positions, learned[1:]),
            "counting states": (positions, plain[1:]),
        },
        "position",
        "KL in nats",
        log=True,
    ),
    "On a logarithmic scale: the KL of the model stays near 0.003 up to position 40 and rises"
    " to 0.01 at position 64, while that of counting states rises from 0.04 to above 0.1.",
)

# %% [markdown] id="11-chains-after"
# In our run the KL stays near 0.003 nats up to position 40 and rises to 0.01 at the last
# position. Only counting the states leaves a KL of 0.04 to 0.14 nats. So the model does
# more than count states.
#
# The weights do not change while the model reads: it estimates each new matrix in its
# activations. The study `in-context` trained two blocks with rotary positions over {{study
# in-context two-layers seeds}} seeds. Their KL from position 33 on has a median of {{study
# in-context two-layers kl}} nats, from {{study in-context two-layers kl low}} to {{study
# in-context two-layers kl high}}; {{study in-context two-layers failed}} seeds had a KL
# above 0.01. One block reaches a median of {{study in-context one-layer kl}} nats over
# {{study in-context one-layer seeds}} seeds, only a little better than counting states.
# Like copying, this task needed a second layer at our sizes.

# %% [markdown] id="11-translate-text"
# ## 9 · An encoder and a decoder
#
# To translate, a decoder must read another sequence. In **cross-attention** (交叉注意力) the
# queries come from the target, and keys and values come from the encoded source. No causal
# mask is needed there, because the whole source is given. The formula stays the same. Our
# pairs are made by a program: dates and numbers in Chinese, to be written in digits.

# %% id="11-pairs"
words = sequences.Vocabulary()
source, target = sequences.numerals(4, torch.Generator().manual_seed(7))
for one, other in zip(words.decode(source), words.decode(target), strict=True):
    print(one, "→", other)

# %% [markdown] id="11-shifted-text"
# During training, the decoder reads the *right* tokens up to each position and has to
# predict the next one. This is **teacher forcing** (教师强制). It trains all positions at
# once.
#
# {{exercise 11.shifted}}
#
# What does the decoder read, what does it have to predict, and which positions enter the
# loss?


# %% id="11-shifted" exercise="11.shifted"
def shifted(target, start, pad):
    """(inputs [B, T], answers [B, T], counts bool [B, T]) for teacher forcing."""
    ### BEGIN SOLUTION
    first = torch.full((len(target), 1), start)
    inputs = torch.cat([first, target[:, :-1]], dim=1)
    return inputs, target, target != pad
    ### END SOLUTION


# %% id="11-shifted-check"
shifted = checks.use("11.shifted", shifted)

# %% [markdown] id="11-translator-text"
# One item in ten is held back and never stands in a batch. Encoder and decoder have two
# layers each. 1,200 steps of 64 pairs take about 40 seconds. Expect nearly all of the
# unseen items to be right.

# %% id="11-translator"
translator = att.Translator(att.EncoderDecoder(len(words)), lr=2e-3, lr_warmup=6_400)
pairs = sequences.TaskBatches(sequences.numerals, 64, seed=11)
history = training.fit(translator, pairs, training.lesson(steps=1_200))
unseen, wanted = sequences.numerals(500, torch.Generator().manual_seed(8), unseen=True)
network = translator.trained()
answers = words.decode(network.translate(unseen, start=1, end=2, most=14))
right = [a == b for a, b in zip(answers, words.decode(wanted), strict=True)]
print(f"{sum(right)} of {len(right)} unseen items exactly right")

# %% [markdown] id="11-cross-text"
# Which source characters does the decoder read while it writes? The next figure shows the
# weights of its last layer. The characters of the source are shown by their values: Y, M
# and D are 年, 月 and 日, and x10 is 十. Each row belongs to the token that the decoder reads
# when it writes the next one.

# %% id="11-cross"
spoken, written = words.encode(["二〇二六年十一月三日"]), words.encode(["<2026-11-03"])
cross = network.cross_maps(spoken, written)[-1][0].mean(dim=0)  # mean over heads
plots.show(
    plots.attention_rows(
        {"last layer, mean of the heads": cross},
        list("<2026-11-03"),
        ["2", "0", "2", "6", "Y", "x10", "1", "M", "3", "D"],
        asks="token read",
        asked="source",
    ),
    "A table of weights, 11 rows by 10 columns. While the year is written the rows look at"
    " its four characters in turn, a dark diagonal; later rows look at the characters of"
    " month and day, less sharply.",
)

# %% [markdown] id="11-cross-after"
# While the decoder writes a digit of the year, it looks mostly at the character of that
# digit. While it writes a digit of the month or the day, the largest weight is also at the
# character of that digit. The 0 before the 3 has no character. For this 0 and for the
# hyphens the weight is spread over several characters.
#
# The study `numerals` measured the share of 2,000 unseen items that are exactly right. Over
# {{study numerals two-layers seeds}} seeds its median is {{study numerals two-layers exact}}
# and its minimum {{study numerals two-layers exact low}}. The task is regular, so this is not
# a measure of translation. It shows that the parts work, and that rules were learned: no
# unseen item stood in a batch.

# %% [markdown] id="11-explain-text"
# ## 10 · Do the weights explain the output?
#
# The last figure suggests that the decoder writes a digit because it looks at the character
# of that digit. How far can such an explanation be trusted? Let $a$ be the weights of one
# query and $V$ the matrix of the values. The output is $a^\top V$. If a vector $u$ has
#
# $$u^\top V = 0 \quad\text{and}\quad \textstyle\sum_j u_j = 0, \tag{11.17}$$
#
# then $a$ and $a + u$ give the same output. Both are attention weights if no entry is
# negative.
#
# {{exercise 11.two_maps}}
#
# Make two rows of weights that differ by at least 0.1 in some entry and give the same
# output for given values, up to rounding.


# %% id="11-two-maps" exercise="11.two_maps"
def two_maps(values):
    """Two rows of weights [S] with the same output. values: [S, e], S >= e + 2."""
    ### BEGIN SOLUTION
    count = len(values)
    both = torch.cat([values, torch.ones(count, 1)], dim=1).T  # [e + 1, S]
    u = torch.linalg.svd(both)[2][-1]  # both @ u = 0
    even = torch.full((count,), 1 / count)
    step = u / u.abs().max() / count  # until the first weight is 0
    return even + step, even - step
    ### END SOLUTION


# %% id="11-two-maps-check"
two_maps = checks.use("11.two_maps", two_maps)

# %% [markdown] id="11-ablate-text"
# Such pairs exist whenever there are at least two more keys than coordinates of a value
# (Brunner et al. 2020). The values of a head of the translator have 16
# coordinates, and its sources have at most twelve characters. So such pairs need not exist
# there, and we have to measure. For each source character: how much weight does it get, and
# how much does the output change when that character is hidden from the decoder? If weights
# explain the output, the two should rise together.
#
# **Predict.** How large is the mean rank correlation of the two, from −1 (opposite order)
# over 0 (no relation) to 1 (the same order)?

# %% id="11-ablate-predict"
checks.predict("11.rank-correlation", ...)


# %% id="11-ablate"
@torch.no_grad()
def rank_correlation(n=20 if fast else 100):
    """Spearman correlation of weight and effect, for each of n items, [n]."""
    found = []
    long = unseen[:, 2] != 0  # one or two characters cannot be ranked
    for one, other in zip(unseen[long][:n], wanted[long][:n], strict=True):
        one, other = one[one != 0][None], other[other > 2][None]
        read = torch.cat([torch.ones(1, 1, dtype=torch.long), other[:, :-1]], dim=1)
        weight = network.cross_maps(one, read)[-1].mean(dim=(0, 1, 2))
        memory = network.encode(one)
        sure = network.decode(read, memory, one).log_softmax(-1)
        effects = []
        for position in range(one.shape[1]):
            hidden = one.clone()
            hidden[0, position] = 0  # padding: the decoder may not look there
            less = network.decode(read, memory, hidden).log_softmax(-1)
            effects.append(F.kl_div(less, sure, log_target=True, reduction="sum"))
        ranks = [torch.stack(effects).argsort().argsort(), weight.argsort().argsort()]
        found.append(torch.corrcoef(torch.stack(ranks).float())[0, 1])
    return torch.stack(found)


found = rank_correlation()
half = 1.96 * found.std() / len(found) ** 0.5
print(f"rank correlation {found.mean():.2f} ± {half:.2f}, {len(found)} items")
checks.measured("11.rank-correlation", found.mean())

# %% [markdown] id="11-explain-after"
# In our run the mean rank correlation is 0.40 ± 0.06 (95 % interval of the mean over
# 100 items). Characters with more weight tend to have more effect, but the two orders
# often differ. One probable reason is that the encoder has already mixed the
# characters, so a position of the memory is not one character. Jain and Wallace (2019)
# and Wiegreffe and Pinter (2019) discuss for which purposes such weights may serve as
# an explanation. One statement is safe: where a weight is 0, this head has read nothing
# from that position. The claim that a character *caused* the output needs an
# intervention such as this one.

# %% [markdown] id="11-cache-text"
# ## 11 · Writing one token after another
#
# To generate, a decoder is run once for each new token. Because of the causal mask, the
# keys and values of earlier tokens are the same each time. So they can be kept, in the **KV
# cache** (键值缓存).
#
# {{exercise 11.cached_step}}
#
# Write attention for one new token with a cache.


# %% id="11-cache" exercise="11.cached_step"
def cached_step(q, k, v, keys, values):
    """One new token: (output [B, H, 1, e], all keys, all values)."""
    ### BEGIN SOLUTION
    keys = torch.cat([keys, k], dim=-2)  # [B, H, S + 1, d]
    values = torch.cat([values, v], dim=-2)
    a = (q @ keys.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return a @ values, keys, values
    ### END SOLUTION


# %% id="11-cache-check"
cached_step = checks.use("11.cached_step", cached_step)

# %% [markdown] id="11-cache-look-text"
# The next cell checks that the cache does not change the tokens, and measures the time that
# it saves. Without a cache, token $t$ costs a pass over $t$ tokens.
#
# **Predict.** How many times as fast are 512 tokens generated with a cache?

# %% id="11-cache-predict"
checks.predict("11.cache", ..., unit="times as fast")

# %% id="11-cache-look"
count = 48 if fast else 512
writer = att.Transformer(att.Shape(50, context=count, width=256, layers=2)).eval()
prompt = torch.randint(50, (1, 4), generator=torch.Generator().manual_seed(9))
spent, texts = [], []
for cached in (True, False):
    began = time.perf_counter()
    texts.append(att.generate(writer, prompt, count - 4, temperature=0, cached=cached))
    spent.append(time.perf_counter() - began)
print("the same tokens:", torch.equal(*texts))
fast_one, slow_one = spent
print(f"{fast_one:.1f} s with the cache, {slow_one:.1f} s without it")
print(f"{slow_one / fast_one:.0f} times as fast")
checks.measured("11.cache", round(slow_one / fast_one, 1))

# %% [markdown] id="11-linear-text"
# The tokens are the same, and in our run they are generated about 13 times as fast. But the
# cache grows with the text. **Linear attention** (Katharopoulos et al. 2020) replaces
# $e^{q \cdot k}$ by a dot product of features $\varphi(q) \cdot \varphi(k)$. Then two sums
# over the past suffice, and each new token only adds a term to them:
#
# $$o_i = \frac{\varphi(q_i)\, S_i}{\varphi(q_i) \cdot z_i}, \qquad
# S_i = S_{i-1} + \varphi(k_i)^\top v_i, \qquad z_i = z_{i-1} + \varphi(k_i). \tag{11.18}$$
#
# If $\varphi$ has $d$ coordinates and a value has $e$, the state $S$ has $d \times e$
# numbers, however long the text is. So there is a limit to what it can hold. The cell
# stores pairs of random keys and values and asks for one value again. Expect the error of
# linear attention to grow with the number of pairs.

# %% id="11-linear"
seeded = torch.Generator().manual_seed(10)
print("pairs   error of softmax attention   of linear attention")
for pairs_stored in (2, 8, 32, 128):
    k = 3 * F.normalize(torch.randn(300, pairs_stored, 16, generator=seeded), dim=-1)
    v = torch.randn(300, pairs_stored, 16, generator=seeded)
    ask = 4 * k[:, :1]  # the first key again, with emphasis
    exact = att.attention(ask, k, v)
    feature = att.linear.feature_map
    state = (feature(k)[..., :, None] * v[..., None, :]).sum(1)
    norm = feature(k).sum(1, keepdim=True)
    rough = feature(ask) @ state / (feature(ask) * norm).sum(-1, keepdim=True)
    errors = [(o - v[:, :1]).square().mean() for o in (exact, rough)]
    print(f"{pairs_stored:5} {errors[0]:21.3f} {errors[1]:25.3f}")

# %% [markdown] id="11-linear-after"
# An error of 1 is what the answer 0 would give. Softmax attention finds the stored value
# even with 128 pairs. The linear state mixes them. Its error is 0.3 even with two pairs,
# because these features are always positive, so two of them are never orthogonal. Schlag et
# al. (2021) propose another feature map and another update of the state, and measure
# smaller errors. And with more pairs than $\varphi$ has coordinates, here 16, no $\varphi$
# can give back all values exactly, whatever they are.

# %% [markdown] id="11-documents-text"
# ## 12 · What is said about attention
#
# Articles for beginners often write the weight of token $i$ as $a_i =
# \operatorname{softmax}(q_i \cdot k_i)$, with one index on both sides, and the output
# as $a_i v_i$. Read literally, each token is compared with itself alone, and the softmax of
# one number is 1. The checker of section 3 would refuse it, and the next cell shows why.
# Others say that the encoder and the decoder are trained with two losses that are added.
# In fact there is one loss, (11.15) on the target, and its gradient reaches the encoder
# through the cross-attention.


# %% id="11-documents"
@torch.no_grad()
def claimed(q, k, v):
    """The formula with one index: each token weighs itself alone."""
    return (q * k).sum(-1, keepdim=True).softmax(dim=-1) * v


print("output equals the values:", torch.equal(claimed(x, x, x), x))

# %% [markdown] id="11-predictions-text"
# The table shows your predictions beside the measured values. Where they differ most, read
# that section once more.

# %% id="11-predictions"
checks.predictions("11")

# %% [markdown] id="11-recap"
# ## Recap
#
# - Attention is a mean of values whose weights are a softmax of dot products. For large
#   $d$ and entries of mean 0 and variance 1, the softmax without the root of $d$ gives
#   nearly all weight to the largest score. Then its slopes are small.
# - A mask belongs before the softmax. With a causal mask the influence of later tokens
#   is exactly 0.
# - Attention without a mask does not know the order; with a causal mask it knows some
#   of it. On our copying task, rotary positions lost most at four times the trained
#   length, and ALiBi lost least. Learned positions cannot be used there.
# - The matrices of a block have $12C^2$ weights. If all scores are computed, scores and
#   means cost as much as the matrices at a length of $6C$.
# - Two layers of attention can copy from their context, with weights written by hand and
#   with learned ones. One layer of our sizes does not, except on sequences so regular that
#   counting positions is enough.
# - Two small blocks come within about a hundredth of a nat of the exact Bayes
#   predictive of a Markov chain.
# - Different weights can give the same output. A claim that a token caused the output
#   needs an intervention.
# - The cache changes the time, and the result only by rounding.
#
# **Terms**: attention 注意力 · query, key, value 查询、键、值 · causal mask 因果掩码 ·
# attention head 注意力头 · residual stream 残差流 · rotary positions 旋转位置编码 ·
# induction head 归纳头 · cross-attention 交叉注意力 · teacher forcing 教师强制 · KV cache 键值缓存.
#
# **Next** chapter 12 trains language models with these parts.
#
# ## References
#
# - A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, Ł. Kaiser,
#   I. Polosukhin. Attention Is All You Need. NeurIPS 2017. Equation (11.3), heads,
#   sinusoids, encoder and decoder.
# - E. A. Nadaraya. On Estimating Regression. Theory of Probability and Its
#   Applications, 1964; G. S. Watson. Smooth Regression Analysis. Sankhyā, 1964. Both
#   propose (11.1), with any kernel.
# - A. Haviv, O. Ram, O. Press, P. Izsak, O. Levy. Transformer Language Models without
#   Positional Encodings Still Learn Positional Information. Findings of EMNLP 2022.
# - J. Su, Y. Lu, S. Pan, A. Murtadha, B. Wen, Y. Liu. RoFormer: Enhanced Transformer
#   with Rotary Position Embedding. arXiv:2104.09864, 2021. Rotary positions.
# - O. Press, N. A. Smith, M. Lewis. Train Short, Test Long: Attention with Linear
#   Biases Enables Input Length Extrapolation. ICLR 2022. ALiBi.
# - A. Radford, J. Wu, R. Child, D. Luan, D. Amodei, I. Sutskever. Language Models are
#   Unsupervised Multitask Learners. OpenAI, 2019. GPT-2, with pre-norm blocks.
# - B. Zhang, R. Sennrich. Root Mean Square Layer Normalization. NeurIPS 2019.
# - N. Elhage and others. A Mathematical Framework for Transformer Circuits. Transformer
#   Circuits Thread, 2021. One and two layers of attention alone.
# - C. Olsson and others. In-context Learning and Induction Heads. Transformer Circuits
#   Thread, 2022.
# - B. L. Edelman, E. Edelman, S. Goel, E. Malach, N. Tsilivis. The Evolution of
#   Statistical Induction Heads: In-Context Learning Markov Chains. NeurIPS 2024. The
#   task of section 8.
# - S. Jain, B. C. Wallace. Attention is not Explanation. NAACL 2019.
# - S. Wiegreffe, Y. Pinter. Attention is not not Explanation. EMNLP 2019.
# - G. Brunner, Y. Liu, D. Pascual, O. Richter, M. Ciaramita, R. Wattenhofer. On
#   Identifiability in Transformers. ICLR 2020. When equal outputs have several weights.
# - C. Sanford, D. Hsu, M. Telgarsky. One-Layer Transformers Fail to Solve the Induction
#   Heads Task. arXiv:2408.14332, 2024.
# - A. Katharopoulos, A. Vyas, N. Pappas, F. Fleuret. Transformers are RNNs: Fast
#   Autoregressive Transformers with Linear Attention. ICML 2020. Equation (11.18).
# - I. Schlag, K. Irie, J. Schmidhuber. Linear Transformers Are Secretly Fast Weight
#   Programmers. ICML 2021. What a state of fixed size can hold.
