# %% [markdown] id="19-title"
# # 19 · Shipping a model
#
# A generator was trained. What has to happen before other people can use it, and how do
# you know that what they use is still your model? In this chapter the generator of chapter
# 05 becomes a file that cannot run code, and an ONNX file whose outputs differ by rounding
# only. Then it becomes a page that draws digits without a network, and a server that stays up
# under too much load.
# At the end one command releases all of it, or says why not.
#
# **You will be able to**
# - ship golden outputs with a model, and compare another program with them;
# - read a weights file by hand, and find out whether a folder is as it was signed;
# - fold a batch norm, rewrite a transposed convolution, and show that outputs agree;
# - store weights in eight bits, multiply integers, and say what that costs in FID;
# - make a picture depend on a seed and a number alone, in every language;
# - batch requests, choose the limits of a server, and measure latency without bias;
# - raise an alarm when the pictures change, with a known rate of false alarms;
# - release a model by one command, and verify the release without a network;
# - share a training among processes, and compute what that costs.
#
# **Time** {{time}}. A good place to stop in between is the end of section 4.
#
# **Before this** chapters 05 and 07.
#
# {{run card}}

# %% id="19-imports"
import copy
import io
import itertools
import json
import math
import pickle
import shutil
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# %% id="19-course"
from aigc_course import checks, data, gan, metrics, plots, pretrained, training
from aigc_course.cli import main as aigc
from aigc_course.errors import CourseError
from aigc_course.release import (
    box,
    bundle,
    counters,
    drawing as drawings,
    export,
    extra,
    folding,
    load,
    monitor,
    page,
    parity,
    quantise as eight_bits,
    server,
    signing,
)
from aigc_course.release.source import Source
from aigc_course.theory import parallel

training.seed_everything(19)
fast = training.fast_mode()

# %% [markdown] id="19-idea-text"
# The picture shows the whole idea. A model passes five stages. Export and monitor
# may send it back.

# %% id="19-idea"
stages = [
    plots.Stage("Trained model", "weights, config,\ngolden outputs", "section 1"),
    plots.Stage("Safe files", "checksums,\nsignature", "2, 9"),
    plots.Stage("Export", "another program,\noutputs agree", "3, 4"),
    plots.Stage("Page or server", "pictures for\nother people", "5, 6, 8"),
    plots.Stage("Monitor", "do the pictures\nstay the same?", "7"),
]
ways_back = [
    plots.Return(2, 0, "outputs differ: no release"),
    plots.Return(4, 0, "alarm: take the last release that worked"),
]

# %% id="19-idea-look"
plots.show(
    plots.pipeline(stages, ways_back),
    "Five boxes from left to right: trained model, safe files, export, page or server,"
    " monitor, each with its section. Dashed ways lead back from the export and from the"
    " monitor to the trained model.",
)

# %% [markdown] id="19-extra-text"
# Exporting, signing and serving need packages that the course does not install by itself:
# the extra `deploy`. Where it is missing, a cell that needs it says so in one sentence, and
# the chapter goes on. The last three cells of section 9 need the release, and are left out
# with it.


# %% id="19-extra"
def can(what, *packages):
    """Whether these packages are installed; says so if they are not."""
    if not extra.installed(*packages):
        print(f'{what} is left out; pip install "aigc-course[deploy]" adds it.')
        return False
    return True


# %% id="19-draw"
@torch.no_grad()
def draw(model, z):
    """Pictures [N, 1, 28, 28] of latents [N, 64], at most 500 of them at a time."""
    return torch.cat([model(part) for part in z.split(500)])


# %% id="19-desk"
desk = Path("runs/shipping")
desk.mkdir(parents=True, exist_ok=True)
ONNX = "onnx", "onnxscript", "onnxruntime"

# %% [markdown] id="19-what-text"
# ## 1 · What ships
#
# What does another person need, besides the weights? If one of these five is missing, they
# have to guess.
#
# | part | the question that it answers |
# |---|---|
# | weights | which numbers? |
# | configuration | which layers, in which order, with which constants? |
# | **golden outputs** (黄金输出) | what must come out for given latents? |
# | version | which of your models is this? |
# | **model card** (模型卡) | on which data, how good, for which use? (Mitchell et al. 2019) |
#
# Golden outputs are the outputs for a few fixed inputs, stored with the model. A program
# that loads the model computes them again and compares.
#
# The cell draws 32 digits in one batch, and then one by one. Are the two results equal
# bit by bit?

# %% id="19-golden"
generator = gan.pretrained_generator()
latents = torch.randn(32, 64, generator=torch.Generator().manual_seed(19))
golden = draw(generator, latents)

# %% id="19-golden-singly"
singly = torch.cat([draw(generator, z[None]) for z in latents])
for name, made in {"one batch": golden, "one by one": singly}.items():
    print(f"{name:10} SHA-256 {sha256(made.numpy().tobytes()).hexdigest()[:16]}")
print(f"largest difference {float((golden - singly).abs().max()):.1e}")

# %% [markdown] id="19-golden-after"
# Where the two hashes differ, the pictures still differ by a few millionths at most.
# Libraries may choose another order of additions for another batch, another number of
# threads or another processor. Floating-point sums depend on the order. So a hash suits
# *files*, which are copied. *Outputs* are computed again, and need a tolerance.
#
# {{exercise 19.golden_check}}
#
# Write the comparison. Three things can go wrong in a shipped model: a number is too far
# away, a number is not finite, or the shape is another.


# %% id="19-ex-golden" exercise="19.golden_check"
def golden_check(made, golden, tolerance):
    """Whether made has golden's shape and no number differs by more than tolerance."""
    ### BEGIN SOLUTION
    if made.shape != golden.shape:
        return False
    return bool(((made - golden).abs() <= tolerance).all())
    ### END SOLUTION


# %% id="19-ex-golden-check"
golden_check = checks.use("19.golden_check", golden_check)

# %% [markdown] id="19-faults-text"
# Now four models that somebody could ship by mistake. None of them raises an error, and all
# draw something. Which of them would you notice by looking?


# %% id="19-faults"
def norms(model):
    """The batch norms of a model."""
    return [
        m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)
    ]


# %% id="19-changed"
def changed(change):
    """A copy of the generator after a change."""
    model = copy.deepcopy(generator).requires_grad_(False)
    change(model)
    return model


# %% id="19-faults-list"
faults = {
    "as shipped": lambda m: m,
    "bfloat16 weights": lambda m: m.bfloat16().float(),
    "eps of another library": lambda m: [setattr(n, "eps", 1e-3) for n in norms(m)],
    "training mode": lambda m: m.train(),
    "means forgotten": lambda m: [n.running_mean.zero_() for n in norms(m)],
}

# %% id="19-faults-table"
shown = {name: draw(changed(change), latents) for name, change in faults.items()}
for name, made in shown.items():
    gap = float((made - golden).abs().max())
    print(f"{name:23} differs by {gap:.1e}, passes: {golden_check(made, golden, 1e-4)}")

# %% id="19-faults-look"
plots.show(
    plots.labelled_rows({name: made[:12] for name, made in shown.items()}),
    "Five rows of the same twelve digits: as shipped, with bfloat16 weights and with another"
    " eps they look alike; in training mode some strokes differ, and a nine looks like a"
    " four; without the running means the shapes are broken.",
)

# %% [markdown] id="19-faults-after"
# By eye the first three rows look alike, and only the first one passes. In training mode
# some pictures become another digit, and most still look like digits. An eps of 10⁻³ is the
# default of Keras, and PyTorch's is 10⁻⁵. A port that copies all weights and forgets this
# constant draws nearly the same digits. In training mode a picture depends on the other
# pictures of its batch, so two users can get different digits for one seed.

# %% [markdown] id="19-files-text"
# ## 2 · Files that cannot run code
#
# You download weights. Can a file of numbers harm you? It depends on the format. The next
# class is harmless: it asks `pickle` to call `print` when the file is loaded. Nothing
# prevents it from naming another function.


# %% id="19-pickle"
class Greeting:
    def __reduce__(self):
        return print, ("this line was printed by the file, while it was loaded",)


# %% id="19-pickle-load"
content = pickle.dumps(Greeting())
print(f"a file of {len(content)} bytes, now loaded:")
loaded = pickle.loads(content)

# %% [markdown] id="19-pickle-after"
# A **pickle** (序列化格式) is a program for a small machine that builds objects, and one of
# its instructions calls any function that can be imported. The file ran with your permissions.
#
# `torch.save` writes pickles. With `weights_only=True`, the default today, `torch.load`
# allows only a short list of functions. The cell puts the same greeting into such a file.

# %% id="19-weights-only"
file = io.BytesIO()
torch.save({"weight": Greeting()}, file)
try:
    torch.load(io.BytesIO(file.getvalue()), weights_only=True)
except pickle.UnpicklingError as error:
    print("refused:", str(error).partition("error: ")[2].splitlines()[0][:80])

# %% [markdown] id="19-weights-only-after"
# This protection had two faults. CVE-2025-32434 concerns PyTorch up to 2.5.1 and
# CVE-2026-24747 up to 2.9.1: a prepared file could run code, or corrupt memory, in spite of
# `weights_only=True`. This course requires PyTorch 2.11 or newer, which has neither. A
# second danger is a program that catches the error above and loads again without
# protection.
#
# ONNX files are not pickles. But a model may name another file that holds its weights.
# Before version 1.21 the package `onnx` followed such a name out of the folder, through
# symbolic or hard links (CVE-2026-27489, -34446 and -34447). The extra `deploy` requires
# 1.21 or newer.
#
# ### A format without instructions
#
# **safetensors** holds numbers and nothing that could be run. The file starts with eight
# bytes: the length $N$ of the header, lowest byte first. Then come $N$ bytes of JSON. Each
# name has a type, a shape and two places, which count from the end of the header. The rest
# of the file holds the numbers. `__metadata__` may hold texts.
#
# {{exercise 19.safe_header}}
#
# Read the header. Even such a file may be truncated, or its header may be false. Compare
# each place with the size of the file before you use it.


# %% id="19-ex-header" exercise="19.safe_header"
def safe_header(content):
    """{name: (dtype, shape, first byte, last byte + 1)}; ValueError if it does not fit."""
    ### BEGIN SOLUTION
    start = 8 + int.from_bytes(content[:8], "little")
    if start > len(content):
        raise ValueError("the header ends after the file")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    found = {}
    for name, one in header.items():
        first, last = (start + place for place in one["data_offsets"])
        if not start <= first <= last <= len(content):
            raise ValueError(f"{name} lies outside the file")
        found[name] = (one["dtype"], one["shape"], first, last)
    return found
    ### END SOLUTION


# %% id="19-ex-header-check"
safe_header = checks.use("19.safe_header", safe_header)

# %% [markdown] id="19-header-text"
# The cells read the shipped generator with your function and show the larger parts of the
# file. The last line compares one layer with what the course's own loader gives.

# %% id="19-header"
weights = (pretrained.FOLDER / "mnist_dcgan.safetensors").read_bytes()
header = safe_header(weights)
start = min(first for _, _, first, _ in header.values())
parts = {"length": (0, 8), "header": (8, start)}
for name, (_, _, first, last) in sorted(header.items(), key=lambda item: item[1][2]):
    if last - first >= 10_000:
        parts[name] = (first, last)

# %% id="19-header-look"
plots.show(
    plots.byte_map(parts),
    "Bars over the bytes of the file: eight bytes of length, a short header, then one bar"
    " for each weight of 10,000 bytes or more. The last fully connected layer takes more"
    " than half of the file.",
)

# %% id="19-header-layer"
dtype, shape, first, last = header["net.0.weight"]
by_hand = torch.frombuffer(bytearray(weights[first:last]), dtype=torch.float16)
print(dtype, shape, torch.equal(by_hand.view(shape).float(), generator.net[0].weight))

# %% [markdown] id="19-sign-text"
# ### Who made this file?
#
# A **checksum** (校验和) finds damage. SHA-256 gives 64 hexadecimal digits, and no method is
# known by which two different files with equal digits can be found. A folder is described
# by the list of its checksums.
#
# {{exercise 19.tampered}}
#
# Compare a folder with its list. Think of all the ways in which the two can differ.


# %% id="19-ex-tampered" exercise="19.tampered"
def tampered(listed, files):
    """Names that are not as listed; listed {name: SHA-256}, files {name: bytes}."""
    ### BEGIN SOLUTION
    made = {name: sha256(content).hexdigest() for name, content in files.items()}
    every = made.keys() | listed.keys()
    return sorted(name for name in every if made.get(name) != listed.get(name))
    ### END SOLUTION


# %% id="19-ex-tampered-check"
tampered = checks.use("19.tampered", tampered)

# %% id="19-tampered"
card_text = (pretrained.FOLDER / "mnist_dcgan.md").read_bytes()
folder = {"generator.safetensors": weights, "card.md": card_text}
listed = {name: sha256(part).hexdigest() for name, part in folder.items()}

# %% id="19-tampered-flip"
flipped = dict(folder)
flipped["generator.safetensors"] = weights[:-1] + bytes([weights[-1] ^ 1])
print("as listed:", tampered(listed, folder))
print("one bit flipped:", tampered(listed, flipped))

# %% [markdown] id="19-signature-text"
# Whoever can change the files can also change the list. A **digital signature** (数字签名)
# prevents that. The maker keeps a private key and publishes a public one. Only the private
# key makes a signature that fits the list and the public key (Ed25519; Bernstein et al. 2012).

# %% id="19-signature"
text = json.dumps(listed, sort_keys=True).encode()
if can("The signature", "cryptography"):
    key = signing.new_key()
    signature = signing.sign(text, key)
    print(f"{len(signature)} bytes of signature")
    for name, claim in {"the list": text, "another list": text.upper()}.items():
        print(f"{name}: {signing.is_signed(claim, signature, signing.public(key))}")

# %% [markdown] id="19-signature-after"
# A valid signature says who made the list. It does not say that the model is good, or that
# its maker is honest. Get the public key in another way than the files. A key that lies
# beside them can be replaced together with them.

# %% [markdown] id="19-export-text"
# ## 3 · Export, and proof that nothing changed
#
# A phone or a browser has no PyTorch. **ONNX** (开放神经网络交换格式) is a file format for
# networks: a graph of operations with their weights, which many programs can run. Before
# the export we simplify the network, and show that each step changes the outputs by
# rounding only.
#
# ### Two layers become one
#
# In evaluation mode a batch norm uses the running mean $\mu$ and variance $\sigma^2$ of
# each channel (chapter 05; Ioffe and Szegedy 2015):
#
# $$\operatorname{BN}(x) = g\,(x - \mu) + \beta, \qquad g = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}. \tag{19.1}$$
#
# So it multiplies each channel by a number and adds another. The layer before it could do
# both.
#
# {{exercise 19.fold_batch_norm}}
#
# Find the weight and bias of one transposed convolution that replaces the layer and the
# norm behind it. Look up in which order PyTorch stores the weight of such a layer.


# %% id="19-ex-fold" exercise="19.fold_batch_norm"
def fold_batch_norm(weight, bias, norm):
    """(weight, bias) of one layer; weight [C_in, C_out, k, k], bias [C_out] or None."""
    ### BEGIN SOLUTION
    g = norm.weight / (norm.running_var + norm.eps).sqrt()  # [C_out]
    bias = torch.zeros_like(g) if bias is None else bias
    return weight * g[None, :, None, None], norm.bias + g * (bias - norm.running_mean)
    ### END SOLUTION


# %% id="19-ex-fold-check"
fold_batch_norm = checks.use("19.fold_batch_norm", fold_batch_norm)

# %% [markdown] id="19-fold-formula"
# <details><summary>The formula, after you have written it</summary>
#
# Put $x = Wu + b$ into (19.1). Then $g\,(Wu + b - \mu) + \beta$ is a layer again, with
#
# $$W' = g\,W \ \text{ for each output channel}, \tag{19.2}$$
#
# $$b' = \beta + g\,(b - \mu). \tag{19.3}$$
#
# </details>

# %% id="19-fold"
layer, norm = generator.net[13], generator.net[14]
x = torch.rand(64, 32, 7, 7, generator=torch.Generator().manual_seed(1))
with torch.no_grad():
    two = norm(layer(x))
    weight, bias = fold_batch_norm(layer.weight, layer.bias, norm)
    one = F.conv_transpose2d(x, weight, bias, stride=2, padding=1)
print(
    f"two layers against one: largest difference {float((two - one).abs().max()):.1e}"
)

# %% [markdown] id="19-rewrite-text"
# ### The same layer in other operations
#
# A runtime may support a transposed convolution less well than an ordinary one. Section 4
# shows a runtime that leaves it in floating point. Can it be written as a convolution?
#
# Take one axis. With stride 2, padding 1 and four weights, input pixel $u$ reaches output
# pixel $2u - 1 + k$ by the weight $W_k$. Write the output pixel as $2m + a$ with $a = 0$
# or 1, and the input pixel as $u = m + d$. Then $k = a + 1 - 2d$, so
#
# $$y_{c,\,2m+a} = \sum_i \sum_{d=-1}^{1} x_{i,\,m+d}\; W_{i,\,c,\,a+1-2d}, \qquad W_{i,c,k} = 0 \text{ unless } 0 \le k \le 3. \tag{19.4}$$
#
# For each fixed $a$ this is a convolution with three weights, computed at the small size.
# The two results are then interleaved. In two dimensions there are four
# phases $(a, b)$. A **pixel shuffle** (像素重排; Shi et al. 2016) takes channel
# $4c + 2a + b$ to the pixels $(2m + a, 2n + b)$ of channel $c$.
#
# {{exercise 19.as_convolution}}
#
# Write the weight of the convolution in two dimensions.


# %% id="19-ex-convolution" exercise="19.as_convolution"
def as_convolution(weight):
    """[C_in, C_out, 4, 4] to [4 C_out, C_in, 3, 3]; a pixel shuffle follows."""
    ### BEGIN SOLUTION
    inputs, outputs = weight.shape[:2]
    kernel = weight.new_zeros(outputs, 2, 2, inputs, 3, 3)
    both, shifts = (0, 1), (-1, 0, 1)
    for a, b, d, e in itertools.product(both, both, shifts, shifts):
        k, m = a + 1 - 2 * d, b + 1 - 2 * e
        if 0 <= k < 4 and 0 <= m < 4:
            kernel[:, a, b, :, 1 + d, 1 + e] = weight[:, :, k, m].T
    return kernel.reshape(4 * outputs, inputs, 3, 3)
    ### END SOLUTION


# %% id="19-ex-convolution-check"
as_convolution = checks.use("19.as_convolution", as_convolution)

# %% [markdown] id="19-convolution-formula"
# <details><summary>The formula, after you have written it</summary>
#
# $$K_{4c+2a+b,\;i,\;d,\;e} = W_{i,\,c,\,a+1-2d,\,b+1-2e}, \qquad d, e \in \{-1, 0, 1\}. \tag{19.5}$$
#
# Of the nine entries for each phase four are weights and five are 0. The convolution does
# 36 multiplications for each input pixel and pair of channels, and the transposed
# convolution does 16.
#
# </details>

# %% id="19-convolution"
kernel = as_convolution(weight)
with torch.no_grad():
    small = F.conv2d(x, kernel, bias.repeat_interleave(4), padding=1)
    shuffled = F.pixel_shuffle(small, 2)
print(f"{list(x.shape)} to {list(small.shape)} to {list(shuffled.shape)}")
print(f"largest difference {float((one - shuffled).abs().max()):.1e}")

# %% [markdown] id="19-whole-text"
# `folding.folded` and `folding.rewritten` do both for every layer of a network. The rows
# show the digits of the trained network, those of the simplified one, and their difference
# times 100,000.

# %% id="19-whole"
folded = folding.folded(generator)
rewritten = folding.rewritten(folded)
again = draw(rewritten, latents)
print(f"passes: {golden_check(again, golden, 1e-4)}")

# %% id="19-whole-look"
plots.show(
    plots.labelled_rows(
        {
            "trained": golden[:12],
            "simplified": again[:12],
            "difference × 10⁵": (1e5 * (again - golden)[:12]).clamp(-1, 1),
        }
    ),
    "Twelve digits in three rows: the trained network's, the simplified network's, which"
    " look the same, and the difference times 100,000, which is grey with a faint pattern"
    " at the strokes.",
)

# %% [markdown] id="19-onnx-text"
# ### To ONNX
#
# `torch.export` follows the network once with an example batch and records its operations.
# The size of that batch has to be declared as free. Otherwise the file may accept this size
# only. That was reported even for files with a declaration (pytorch issues 149065 and
# 157621). So the comparison uses other sizes than the export did: 1, 7, 64 and 1,000.
# Expect differences of a few millionths.

# %% id="19-onnx"
drawing = drawings.drawing(generator)
if can("The export to ONNX", *ONNX):
    onnx_file = export.export(drawing, desk / "digits.onnx")
    print(f"{onnx_file.name}: {onnx_file.stat().st_size:,} bytes")
    for n, gap in parity.parity(drawing, onnx_file).items():
        print(f"batch of {n:5,}: largest difference {gap:.1e}")

# %% [markdown] id="19-onnx-after"
# Both programs round. With 1,000 digits each of them was up to 7·10⁻⁶ away from the same
# network in float64, when we measured it on one machine. So the course's limit is a
# difference of 2·10⁻⁵ on outputs between −1 and 1. A step of an 8-bit picture is about 390
# times as large. On the command line,
# `aigc export mnist_dcgan --out g.onnx` writes the file and prints the largest differences.
# `aigc release`, in section 9, refuses a file that differs by more than the limit.

# %% [markdown] id="19-smaller-text"
# ## 4 · Smaller and faster
#
# The weights take four bytes each. How many bits do they need? Half precision is used as
# storage: the shipped file has it, and its card says that FID is 0.20 before and after.
# Eight bits need a map of their own.
#
# **Affine quantisation** (仿射量化; Jacob et al. 2018) puts 256 levels between a lowest and a
# highest value, with $\text{low} \le 0 \le \text{high}$. The step $s$ and the **zero point**
# (零点) $z$ are
#
# $$s = \frac{\text{high} - \text{low}}{2^8 - 1}, \qquad z = \operatorname{round}\Bigl(-128 - \frac{\text{low}}{s}\Bigr), \tag{19.6}$$
#
# and a value $x$ is stored as a whole number $q$, which stands for $s\,(q - z)$:
#
# $$q = \operatorname{clip}\Bigl(\operatorname{round}\Bigl(\frac{x}{s}\Bigr) + z,\; -128,\; 127\Bigr). \tag{19.7}$$
#
# The zero point is a whole number so that 0 is stored exactly: padding and the zeros of a
# ReLU stay 0.
#
# {{exercise 19.quantise}}
#
# Write the map.


# %% id="19-ex-quantise" exercise="19.quantise"
def quantise(x, low, high):
    """(q as int8, s, z) of a tensor x, with low <= 0 <= high."""
    ### BEGIN SOLUTION
    s = (high - low) / 255
    z = round(-128 - low / s)
    return ((x / s).round() + z).clamp(-128, 127).to(torch.int8), s, z
    ### END SOLUTION


# %% id="19-ex-quantise-check"
quantise = checks.use("19.quantise", quantise)

# %% [markdown] id="19-bound-text"
# Rounding moves $x/s$ by at most a half. So for every $x$ that is not clipped
#
# $$\bigl|x - s\,(q - z)\bigr| \le \frac{s}{2}. \tag{19.8}$$
#
# If the rounding error is spread evenly between $-s/2$ and $s/2$, its root mean square is
# $s/\sqrt{12}$. One bit less about doubles $s$. The cell stores the weights of the largest layer
# in 2 to 8 bits, and compares with that value. It also draws digits with such weights in
# all layers.


# %% id="19-bits"
def rounded(weight, bits):
    """The weights on a grid of 2^bits levels over their range."""
    step = (weight.max() - weight.min()) / (2**bits - 1)
    return (weight / step).round() * step


# %% id="19-stored"
@torch.no_grad()
def stored(change):
    """A copy of the folded network whose weights went through `change`."""
    model = copy.deepcopy(folded)
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            layer.weight.copy_(change(layer.weight))
        elif isinstance(layer, nn.ConvTranspose2d):  # output channels are axis 1
            layer.weight.copy_(change(layer.weight.transpose(0, 1)).transpose(0, 1))
    return model


# %% id="19-rms"
def rms(x):
    return float(x.square().mean().sqrt())


# %% id="19-bits-look"
widest = max((p.detach() for p in folded.parameters()), key=lambda p: p.numel())
span, bits = float(widest.max() - widest.min()), list(range(2, 9))
coarse = {b: draw(stored(lambda w, b=b: rounded(w, b)), latents) for b in bits}

# %% id="19-bits-errors"
errors = {
    "weights of one layer": [rms(rounded(widest, b) - widest) for b in bits],
    "s / √12": [span / (2**b - 1) / 12**0.5 for b in bits],
    "pictures": [rms(coarse[b] - golden) for b in bits],
}
plots.show(
    plots.lines(
        {k: (bits, v) for k, v in errors.items()}, "bits", "rms error", log=True
    ),
    "Root mean square errors on a logarithmic scale against 2 to 8 bits. The error of the"
    " weights halves with each bit and lies on s/√12 from 4 bits on; that of the"
    " pictures falls as well.",
)

# %% id="19-bits-digits"
plots.show(
    plots.labelled_rows(
        {"float": golden[:12], **{f"{b} bits": coarse[b][:12] for b in (8, 5, 4, 3)}}
    ),
    "Twelve digits with float weights and with weights of 8, 5, 4 and 3 bits. With 8 and 5"
    " bits they look like those of float weights; with 4 bits edges are rough, with 3 bits"
    " strokes break.",
)

# %% [markdown] id="19-claim-text"
# ### A claim to check
#
# One range for a whole layer is set by its largest and smallest weight. Krishnamoorthi
# (2018) quantises classifiers without further training, with one range for each *output
# channel* of the weights. The paper also quantises the inputs of the layers, and
# reports accuracies within 2 % of floating point. Here only the weights are quantised.
# Does something similar hold for a generator? We measure FID, with the same latents for
# all.
#
# **Predict.** By how much, in percent, does FID rise with one range for each layer?

# %% id="19-claim-predict"
checks.predict("19.fid-of-8-bits", ..., unit="%")


# %% id="19-claim"
def through_int8(weight):
    """A weight after storage with one range."""
    low, high = min(float(weight.min()), 0.0), max(float(weight.max()), 0.0)
    q, s, z = quantise(weight, low, high)
    return s * (q.float() - z)


# %% id="19-claim-rows"
def row_by_row(weight):
    """A weight after storage with one range for each output channel."""
    return torch.stack([through_int8(row) for row in weight])


# %% id="19-claim-ways"
ways = {
    "float32": lambda w: w,
    "float16": lambda w: w.half().float(),
    "int8, a range per layer": through_int8,
    "int8, a range per channel": row_by_row,
}

# %% id="19-claim-fid"
many = 600 if fast else 5000
test = data.load(data.default().name, "test")
real = metrics.features(data.parts(test, min(many, len(test)), seed=19)[0].images)
z = torch.randn(many, 64, generator=torch.Generator().manual_seed(4))

# %% id="19-claim-each"
fids = {}
for name, change in ways.items():
    found = metrics.features(draw(stored(change), z))
    fids[name] = metrics.fid_estimate(found, real)
    print(f"{name:26} FID {fids[name]}")

# %% id="19-claim-measured"
plain, coarse_fid = fids["float32"].value, fids["int8, a range per layer"].value
checks.measured("19.fid-of-8-bits", 100 * (coarse_fid / plain - 1))

# %% [markdown] id="19-claim-after"
# In our run the four FIDs were 0.229, 0.229, 0.230 and 0.230, with 5,000 pictures each.
# They differ by much less than the error that is printed with each, 0.028. That error
# is about other latents, and here all four used the same ones. So the order of the
# figures can still be real, but the loss is small. Does one range suffice because all
# channels are alike? The cell compares the ranges of the channels in each fully
# connected layer, before and after folding.

# %% id="19-ranges"
for name, model in {"trained": generator, "folded": folded}.items():
    ratios = []
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            largest = layer.weight.detach().abs().amax(1)  # [C_out]
            ratios.append(f"{float(largest.max() / largest.min()):.0f}")
    print(f"{name}: largest range over smallest, {', '.join(ratios)}")

# %% [markdown] id="19-ranges-after"
# They are not alike. Folding multiplies each channel by its own number, and the ranges of
# the largest layer then differ by a factor of about 30. Even so, one range for each layer
# was enough for this network at 8 bits in that run. We have not tested a network with
# depthwise convolutions, where each channel has a filter of its own. For those the paper
# finds one range for each layer insufficient.
#
# ### Integers inside
#
# So far eight bits save storage, and the network still multiplies floats. Many processors
# multiply 8-bit integers faster. Let the inputs of a linear layer be $s\,(q_k - z)$, and the
# weights of row $m$ be $t_m v_{mk}$ with whole numbers $v$ and no zero point.
#
# {{exercise 19.int_linear}}
#
# Find the output of the layer such that all sums are sums of integers.


# %% id="19-ex-int" exercise="19.int_linear"
def int_linear(q, s, z, v, t):
    """Outputs [N, M]; q int8 [N, K] with s and z, v int8 [M, K], t [M]."""
    ### BEGIN SOLUTION
    products = q.int() @ v.int().T  # int32
    return s * t * (products - z * v.int().sum(1))
    ### END SOLUTION


# %% id="19-ex-int-check"
int_linear = checks.use("19.int_linear", int_linear)

# %% id="19-int"
first_layer = folded.net[0].weight.detach()
q, s, zero = quantise(latents, float(latents.min()), float(latents.max()))
t = first_layer.abs().amax(1) / 127
v = (first_layer / t[:, None]).round().to(torch.int8)
exact = latents @ first_layer.T
print(
    f"rms of the outputs {rms(exact):.2f}, of the error {rms(exact - int_linear(q, s, zero, v, t)):.4f}"
)

# %% [markdown] id="19-int-after"
# The products are at most $128 \cdot 127$ in size, so a sum of 64 of them fits easily into
# 32 bits. The second sum, $\sum_k v_{mk}$, belongs to the weights and is computed once.
#
# ### What a runtime does
#
# ONNX Runtime is a program that runs ONNX files. It can quantise a file in two ways.
# *Dynamic*: weights are stored in eight bits, and ranges of inputs are measured for each
# batch. *Static*: the ranges of all inputs are measured once, on example inputs (calibration
# data). Both cover a list of operations. What is not in the list stays in float, and no
# message names it.

# %% id="19-runtime"
if can("The quantised ONNX file", *ONNX):
    int8_file = desk / "digits-int8.onnx"
    eight_bits.dynamic(onnx_file, int8_file)
    for file in (onnx_file, int8_file):
        kinds = export.operators(file)
        wanted = {
            k: n
            for k, n in kinds.items()
            if "Conv" in k or "MatMul" in k or k == "Gemm"
        }
        print(f"{file.name}: {file.stat().st_size:,} bytes, {wanted}")

# %% [markdown] id="19-runtime-after"
# The fully connected layers became `MatMulInteger`. The transposed convolutions kept their
# name and their float weights. They are a small part of this file, so its size does not
# show it. That is a reason for section 3's rewriting: a convolution is in the list. Look at
# the operations of a quantised file, not only at its size.

# %% [markdown] id="19-page-text"
# ## 5 · A page
#
# One way to give a model to other people is a page that they open. It must draw *the same*
# digit for the same seed as Python does. Ordinary generators of random numbers
# prevent that. Each language has its own, and most give their numbers in sequence: the
# third picture then depends on what was drawn before it.
#
# The cell draws three pictures' latents with PyTorch from one seed, first in one call and
# then in three. It does the same with the course's `counters`. Which of them agree?


# %% id="19-sequence"
def in_calls(*counts):
    """Latents of 10 numbers for so many pictures in each call, from one seed."""
    g = torch.Generator().manual_seed(7)
    return torch.cat([torch.randn(n, 10, generator=g) for n in counts])


# %% id="19-sequence-compare"
print("PyTorch, one call against three:", torch.equal(in_calls(3), in_calls(1, 1, 1)))
third = counters.normals(seed=7, first=2, n=1, d=10)
print(
    "counters, the third alone:",
    np.array_equal(third, counters.normals(7, 0, 3, 10)[2:]),
)

# %% [markdown] id="19-counter-text"
# PyTorch's two results differ in this run, since short and long calls use the stream in
# different ways. A **counter-based generator** (基于计数器的随机数生成器; Salmon et al. 2011)
# has no stream. It is a function of seed, picture and position. So the latents of a seed's
# third picture are the same alone, in a batch, on another machine, and in JavaScript.
#
# `counters` uses Philox, ten rounds of multiplications of 32-bit numbers. The normal numbers
# are made from it by additions, multiplications, divisions and roots alone. The standard for
# floating-point numbers fixes the result of these to the last bit. It does not fix the `log`
# or `cos` of a library.
#
# The page holds the weights, a forward pass in plain JavaScript and the same counters, in
# one file. The cell writes it, and draws what it must show for seed 7.

# %% id="19-page"
size = page.write(generator, desk / "page.html")
html = (desk / "page.html").read_text("utf-8")
strict = "default-src 'none'" in html
print(f"{size:,} bytes; default-src 'none' in it: {strict}")

# %% id="19-page-digits"
numbers = torch.from_numpy(counters.normals(seed=7, first=0, n=14, d=64))
plots.show(
    plots.labelled_rows({"seed 7": draw(folded, numbers)}),
    "The first fourteen digits of seed 7, as the page draws them.",
)

# %% [markdown] id="19-page-after"
# Open `runs/shipping/page.html` in a browser. It needs no network and no server. The line
# `default-src 'none'` is a **content security policy** (内容安全策略). The browser itself
# refuses to load files from elsewhere, and refuses requests of the page's script. Tests open
# the page in Chromium where it is installed. They check that it makes no request, that the
# keyboard is enough, and that the accessibility checker axe finds nothing. Another test
# compares the pictures of its JavaScript with PyTorch's.
# `aigc page mnist_dcgan --out page.html` writes it on the command line.
#
# Is our own JavaScript the right choice? The rival is ONNX Runtime Web, a library in
# WebAssembly. With `--runtime DIR` the page holds this library and the ONNX file; DIR is the
# folder of the npm package `onnxruntime-web`. `benchmarks/serving.py` measured both pages in
# Chromium, opened from a file:
#
# | page | size | first 16 digits | digits a second, one by one | in batches of 64 |
# |---|---|---|---|---|
# | our JavaScript | 1.4 MB | 0.28 s | 526 | 541 |
# | ONNX Runtime Web | 9.4 MB | 0.73 s | 2,161 | 3,828 |
#
# The library computes four to seven times as fast, and starts later, because it has to be
# unpacked and compiled. A person who looks at 16 digits waits less for our page. For a
# larger network, or for thousands of pictures, take the library.

# %% [markdown] id="19-server-text"
# ## 6 · A server
#
# A page needs a browser. A program asks a **server** (服务器). How many requests a second
# can it bear, how long does each wait, and what happens when too many come?
#
# ### How many are inside
#
# Requests arrive and leave. Let $\lambda$ be the arrivals a second, $W$ the mean time that a
# request is inside, and $L$ the mean number inside, over time.
#
# {{exercise 19.little}}
#
# Compute $L$ from the times of arrivals and departures.


# %% id="19-ex-little" exercise="19.little"
def little(arrivals, departures):
    """The mean number inside from the first arrival to the last departure."""
    ### BEGIN SOLUTION
    length = max(departures) - min(arrivals)
    return (sum(departures) - sum(arrivals)) / length
    ### END SOLUTION


# %% id="19-ex-little-check"
little = checks.use("19.little", little)

# %% [markdown] id="19-little-formula"
# <details><summary>The formula, after you have written it</summary>
#
# Each request adds its own time to the area under the curve of the number inside. With $n$
# requests in a time $T$ that area is $n W$. Divide by $T$, and write $\lambda = n/T$:
#
# $$L = \lambda W. \tag{19.9}$$
#
# This is Little's law (Little 1961). It asks nothing of the distribution of arrivals or of
# the order of service. Here everybody who came has left; else the law holds in the limit.
#
# </details>
#
# Now a server that answers one request after the other and takes 0.9 ms for each. Arrivals
# are random: a **Poisson process** (泊松过程) with 500 a second keeps it busy 45 % of the
# time, and 1,000 a second 90 %.
#
# **Predict.** How many times as long is the mean time inside at 1,000 a second?

# %% id="19-queue-predict"
checks.predict("19.time-at-90", ..., unit="times")


# %% id="19-queue"
def busy(n):
    """Seconds for a batch of n pictures: a fixed part and a part for each picture."""
    return 0.0008 + 0.0001 * n


# %% id="19-poisson"
def poisson(rate, n, seed=0):
    """The times of n random arrivals at a mean rate."""
    return np.random.default_rng(seed).exponential(1 / rate, n).cumsum().tolist()


# %% id="19-one-by-one"
def one_by_one(arrivals):
    """The time at which each is answered, without batches."""
    ends = itertools.accumulate(
        arrivals, lambda free, a: max(free, a) + busy(1), initial=0.0
    )
    return list(ends)[1:]


# %% id="19-queue-run"
inside = {}
for rate in (500, 1000):
    arrivals = poisson(rate, 5000 if fast else 50_000)
    answered = one_by_one(arrivals)
    inside[rate] = float(np.mean(np.subtract(answered, arrivals)))
    per_second = len(arrivals) / (answered[-1] - arrivals[0])
    L = little(arrivals, answered)
    print(
        f"{rate:5} a second: W {1000 * inside[rate]:.2f} ms, λW {per_second * inside[rate]:.3f}, L {L:.3f}"
    )

# %% id="19-queue-measured"
checks.measured("19.time-at-90", inside[1000] / inside[500])

# %% [markdown] id="19-queue-after"
# The last two numbers of each row agree, as (19.9) says. Twice the arrivals make the time
# more than three times as long: at 90 % a request mostly finds others before it. With random
# arrivals the waiting times grow without a bound as the share of busy time goes to 1.
#
# ### Several at once
#
# A batch of 64 pictures takes far less than 64 times the time of one. The cell measures the
# folded network on this machine, beside the simple model `busy` of the simulations.


# %% id="19-batch-time"
def milliseconds(n, times=5 if fast else 30):
    """The median time of a batch of n on this machine."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        draw(folded, latents.repeat(8, 1)[:n])
        taken.append(1000 * (time.perf_counter() - start))
    return float(np.median(taken))


# %% id="19-batch-look"
sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256]
here = [milliseconds(n) for n in sizes]
plots.show(
    plots.lines(
        {
            "PyTorch, this machine": (sizes, here),
            "busy(n)": (sizes, [1000 * busy(n) for n in sizes]),
        },
        "pictures in a batch",
        "ms for the batch",
        log=True,
        logx=True,
    ),
    "Milliseconds for a batch against its size, both logarithmic: a line measured here, and"
    " the simple model's, which rises little up to 8 pictures and in proportion from 64 on.",
)

# %% [markdown] id="19-micro-text"
# **Micro-batching** (微批处理) collects requests for a short time and answers them together.
#
# {{exercise 19.micro_batch}}
#
# Write the rule that decides when a batch starts and what is in it.


# %% id="19-ex-micro" exercise="19.micro_batch"
def micro_batch(arrivals, most, wait, busy):
    """When each request is answered; `most` in a batch, the oldest waits `wait` s."""
    ### BEGIN SOLUTION
    done, free = [], 0.0
    while len(done) < len(arrivals):
        i = len(done)  # the oldest request that waits
        full = arrivals[i + most - 1] if i + most <= len(arrivals) else math.inf
        start = max(free, min(arrivals[i] + wait, full))
        n = min(most, sum(a <= start for a in arrivals[i:]))
        free = start + busy(n)
        done += [free] * n
    return done
    ### END SOLUTION


# %% id="19-ex-micro-check"
micro_batch = checks.use("19.micro_batch", micro_batch)

# %% [markdown] id="19-latency-text"
# ### How long does the slowest one in a hundred wait?
#
# Means hide what users complain about. A page that waits for 50 requests is as slow as the
# slowest of them. So latency (延迟), the time from request to answer, is reported by quantiles
# of *all* requests, and **p99** (99 分位延迟) is the time within which 99 % were answered.
#
# The client decides what is measured. A **closed loop** (闭环) sends the next request when the
# last one is answered. An **open loop** (开环) sends at times that do not depend on the
# answers, as independent users do (Schroeder et al. 2006).
#
# {{exercise 19.p99}}
#
# Write the quantile such that neither a late client nor a lost request improves it.


# %% id="19-ex-p99" exercise="19.p99"
def p99(due, sent, answered, share=0.99):
    """The time within which this share was answered; answered holds None for never."""
    ### BEGIN SOLUTION
    waits = sorted(
        math.inf if end is None else end - start
        for start, end in zip(due, answered, strict=True)
    )
    return waits[math.ceil(share * len(waits)) - 1]
    ### END SOLUTION


# %% id="19-ex-p99-check"
p99 = checks.use("19.p99", p99)

# %% [markdown] id="19-stall-text"
# A server answers in 2 ms. Once in 30 s it stops for a second, for example to free memory
# (garbage collection). A closed-loop client wants to send every 10 ms and waits for each
# answer.
#
# **Predict.** How many times larger is the p99 counted from when requests were due than the
# p99 counted from when they were sent?

# %% id="19-stall-predict"
checks.predict("19.due-against-sent", ..., unit="times")

# %% id="19-stall"
due = [0.01 * i for i in range(3000)]
sent, answered, free = [], [], 0.0
for i, at in enumerate(due):
    sent.append(max(at, free))
    free = sent[-1] + (1.0 if i == 1500 else 0.002)
    answered.append(free)

# %% id="19-stall-compare"
honest, flattering = p99(due, sent, answered), p99(sent, sent, answered)
print(f"from due: {1000 * honest:.0f} ms, from sent: {1000 * flattering:.0f} ms")
checks.measured("19.due-against-sent", honest / flattering)

# %% [markdown] id="19-stall-after"
# The closed loop sent one request into the pause and reported one slow answer in 3,000.
# Of independent users about 125 would have met the pause or the queue behind it. This error
# is called **coordinated omission** (协同遗漏). `aigc load URL` sends by the clock and counts
# from the planned time, and it reports requests without an answer.
#
# Now batches under an open loop. The figure shows p99 against the rate of arrivals, with a
# wait of at most 2 ms. A batch holds at most 1, 8 or 64 pictures.

# %% id="19-rates"
rates = [200, 500, 900, 1500, 2500, 4000, 6000, 8000]
curves = {}
for most in (1, 8, 64):
    bearable = [rate for rate in rates if rate < most / busy(most)]
    slow = []
    for rate in bearable:
        arrivals = poisson(rate, 400 if fast else 2000, seed=rate)
        answered = micro_batch(arrivals, most, 0.002, busy)
        slow.append(1000 * p99(arrivals, arrivals, answered))
    curves[f"at most {most}"] = (bearable, slow)

# %% id="19-rates-look"
plots.show(
    plots.lines(curves, "requests a second", "p99, ms", log=True),
    "p99 in milliseconds, on a logarithmic scale, against requests a second for batches of"
    " at most 1, 8 and 64. The first line is lowest at 200 and ends at 900 requests a"
    " second, the second ends at 4,000, the third at 8,000.",
)

# %% id="19-capacity"
for most in (1, 8, 64):
    print(f"at most {most:2}: capacity {most / busy(most):,.0f} requests a second")

# %% [markdown] id="19-rates-after"
# Few requests are answered fastest without batches: the wait of 2 ms is then in vain. The
# batches raise the capacity from 1,111 to 8,889 requests a second. Until the rate comes
# near the capacity, p99 stays at a few milliseconds. These are figures of the simulation.
#
# ### Too many
#
# What if more arrive than the server can answer? The cell sends twice the capacity for one
# second. One queue has no limit. The other takes 256 requests and refuses more at once.


# %% id="19-overload"
def accepted(arrivals, most, queue):
    """(arrival, time inside) of each accepted request; a full queue refuses."""
    waiting, log, free = [], [], 0.0
    for a in [*arrivals, math.inf]:
        while waiting and max(free, waiting[0]) < a:  # batches that start before a
            batch, waiting = waiting[:most], waiting[most:]
            free = max(free, batch[0]) + busy(len(batch))
            log += [(b, free - b) for b in batch]
        if len(waiting) < queue and a < math.inf:
            waiting.append(a)
    return log


# %% id="19-overload-look"
rate = 2 * 64 / busy(64)
arrivals = poisson(rate, int(rate * (0.2 if fast else 1.0)))
overload = {}
for name, queue in {"without a limit": 10**9, "at most 256 wait": 256}.items():
    log = np.array(accepted(arrivals, 64, queue))
    print(
        f"{name}: {len(log) / len(arrivals):.0%} answered, slowest {1000 * log[:, 1].max():.0f} ms"
    )
    some = log[:: max(1, len(log) // 12)]
    overload[name] = (some[:, 0], 1000 * some[:, 1])
plots.show(
    plots.lines(overload, "arrival, s", "time inside, ms"),
    "Time inside against the time of arrival under twice the capacity: without a limit it"
    " grows all the time; with at most 256 waiting it stays low and level.",
)

# %% [markdown] id="19-overload-after"
# Without a limit every request is answered, and each later one waits longer. If its user has
# left by then, the work was in vain. With a limit about half are refused at once, with the
# status 503, and the others get an answer in time. By (19.9) the queue decides the waiting
# time: at 8,900 answers a second, 256 waiting requests mean about 29 ms.
#
# {{exercise 19.server_settings}}
#
# Choose the limits of a server. A simulation judges them under random arrivals, for three
# servers: a light load, three times what single pictures allow, and twice the capacity.


# %% id="19-ex-settings" exercise="19.server_settings"
def server_settings(busy, deadline):
    """{"most": ..., "wait": ..., "queue": ...} for a server with these batch times."""
    ### BEGIN SOLUTION
    good = [n for n in range(1, 257) if 4 * busy(n) <= deadline]
    most = max(good, key=lambda n: n / busy(n))
    queue = max(1, int(most * (0.8 * deadline / busy(most) - 2)))
    return {"most": most, "wait": 0.0, "queue": queue}
    ### END SOLUTION


# %% id="19-ex-settings-check"
server_settings = checks.use("19.server_settings", server_settings)
print(server_settings(busy, deadline=0.1))

# %% [markdown] id="19-real-text"
# The real server is `aigc serve mnist_dcgan`: FastAPI before a queue, micro-batches and ONNX
# Runtime. It refuses with 503 when the queue is full, or when a request has waited longer
# than its deadline. It tells its health at `/health` and its counts at `/metrics`. On
# SIGTERM, the signal that asks a program to end, it answers what it has accepted and ends.
# The cell starts it on this machine and sends for a short time.

# %% id="19-real"
if can("The server", *ONNX, "fastapi", "uvicorn"):
    with server.running("mnist_dcgan") as url:
        quiet = load.open_loop(url, 50, 1 if fast else 3)
    print(quiet.sentence())

# %% [markdown] id="19-real-after"
# The benchmark `benchmarks/serving.py` sends far more. Client and server shared two
# processor cores in these measurements:
#
# | load | pictures' requests answered in a second | milliseconds, 99 % | refused |
# |---|---|---|---|
# | 32 clients, a closed loop, with batches | 3,099 | – | – |
# | 32 clients, a closed loop, without batches | 1,003 | – | – |
# | 600 requests a second, an open loop | 590 | 8.9 | 0 |
# | 1,860 requests a second, an open loop | 1,862 | 16.6 | 59 of 22,404 |
# | 6,198 requests a second, an open loop | 2,044 | 78.3 | 124,849 of 186,160 |
#
# Batches raise the capacity 3.1 times. The last row is twice the capacity, for 30 seconds.
# The server refused two thirds, and 99 % of the refusals came within 38.0 ms. Its memory
# grew by 4.0 MB. In another measurement it got SIGTERM under load: none of 10,044 accepted
# requests was lost.
#
# **A fault that no test had found.** When we first measured, the median was about 45 ms at
# *every* rate, and the processor was idle most of the time. A time that does not depend
# on the load is spent waiting, and not working. The server wrote the head and the body of an
# answer in two steps. The operating system sends a second small packet only after the first
# one was acknowledged (Nagle 1984), and the client's system delays that acknowledgement by
# about 40 ms. One option of the socket, `TCP_NODELAY`, removes the wait. Python's
# `asyncio` sets it for sockets that name their protocol, and ours did not.

# %% [markdown] id="19-watch-text"
# ## 7 · On watch
#
# The server runs. Somebody replaces the weights, or a new program scales the latents
# differently. No request fails. How do you notice, and how often is such an alarm false?
#
# First a number that describes a batch of pictures. Here it is the distance between the mean
# features of 100 pictures and those of the shipped generator. The shares of the ten classes
# can be used in the same way. The number is expressed in standard deviations: $x_t$ has mean
# 0 and standard deviation 1 while nothing is wrong.
#
# A limit on each $x_t$ has to be high, or it is passed by chance. A small shift that lasts
# then stays below it. The **cumulative sum** (累积和控制图, CUSUM; Page 1954) gathers it:
#
# $$S_t = \max(0,\; S_{t-1} + x_t - k), \qquad S_0 = 0, \qquad \text{alarm when } S_t > h. \tag{19.10}$$
#
# The number $k$ is half the shift to be found, often 0.5. Values around 0 pull the sum down
# to 0.
#
# {{exercise 19.alarm}}
#
# Write the alarm.


# %% id="19-ex-alarm" exercise="19.alarm"
def alarm(values, k, h):
    """The number of the first value with an alarm, from 0; -1 without one."""
    ### BEGIN SOLUTION
    total = 0.0
    for i, x in enumerate(values):
        total = max(0.0, total + x - k)
        if total > h:
            return i
    return -1
    ### END SOLUTION


# %% id="19-ex-alarm-check"
alarm = checks.use("19.alarm", alarm)

# %% [markdown] id="19-run-length-text"
# How high must $h$ be? The mean number of values until an alarm is the **average run
# length** (平均运行长度). For independent normal values with mean $\delta$ and standard deviation
# 1 it is approximately (Siegmund 1985)
#
# $$\mathrm{ARL} \approx \frac{e^{-2\Delta b} + 2\Delta b - 1}{2\Delta^2}, \qquad \Delta = \delta - k, \quad b = h + 1.166. \tag{19.11}$$
#
# With $\delta = 0$ it is the mean time between false alarms. The cell compares the formula
# with a simulation.

# %% id="19-run-length"
rng = np.random.default_rng(19)


def simulated(h, k=0.5, times=60 if fast else 400):
    """The mean number of normal values until an alarm."""
    return np.mean(
        [alarm(rng.normal(size=20_000).tolist(), k, h) + 1 for _ in range(times)]
    )


# %% id="19-run-length-compare"
for h in (2, 3, 4):
    print(
        f"h = {h}: formula {monitor.run_length(0.5, h):6.0f}, simulated {simulated(h):6.0f}"
    )

# %% [markdown] id="19-run-length-after"
# For a false alarm in 1,000 batches of 100 pictures, that is in 100,000 pictures,
# `monitor.threshold` solves (19.11) for $h$. The formula is for normal values. The values
# here are only approximately normal, so the true rate of false alarms differs.
#
# Now we make faults. The shipped generator draws 20 batches, and then a fault begins, or
# none. The centre comes from 40 batches, and the usual distances come from 40 others. A
# batch lies nearer to a centre that it was part of.


# %% id="19-watch"
def describe(pictures):
    """The mean features of a batch, [128]."""
    return metrics.features(pictures).mean(0)


# %% id="19-watch-fresh"
def fresh(model, n=100, scale=1.0):
    """Pictures of new random latents."""
    return draw(model, scale * torch.randn(n, 64))


# %% id="19-watch-usual"
usual = torch.stack([describe(fresh(generator)) for _ in range(80)])
centre = usual[:40].mean(0)
away = (usual[40:] - centre).norm(dim=1)


# %% id="19-watch-score"
def standardised(pictures):
    """How far a batch lies from the usual one, in standard deviations."""
    return float(((describe(pictures) - centre).norm() - away.mean()) / away.std())


# %% id="19-watch-faults"
def without_class(digit):
    """Pictures of which none is read as this digit."""
    made = fresh(generator, 200)
    return made[metrics.classify(made) != digit][:100]


# %% id="19-watch-happenings"
stale = changed(lambda m: [n.running_var.mul_(1.3) for n in norms(m)])
happenings = {
    "nothing": lambda: fresh(generator),
    "variances × 1.3": lambda: fresh(stale),
    "latents × 1.5": lambda: fresh(generator, scale=1.5),
    "no sevens": lambda: without_class(7),
}

# %% id="19-watch-look"
h, paths = monitor.threshold(0.5, 1000), {}
for name, happening in happenings.items():
    x = [standardised(fresh(generator)) for _ in range(20)]
    x += [standardised(happening()) for _ in range(10)]
    print(f"{name:16} alarm at batch {alarm(x, 0.5, h)}")
    sums = list(
        itertools.accumulate(x, lambda S, v: max(0.0, S + v - 0.5), initial=0.0)
    )
    paths[name] = (range(0, 31, 2), [min(S, 4 * h) for S in sums[::2]])
plots.show(
    plots.lines({**paths, f"h = {h:.1f}": ([0, 30], [h, h])}, "batch", "S, cut at 4 h"),
    "The cumulative sum over 30 batches of 100 pictures. For twenty batches all lines stay"
    " low. After that the lines of the faults rise steeply past the limit, and that of the"
    " unchanged generator does not.",
)

# %% [markdown] id="19-watch-monitor-text"
# The three faults move the sum past its limit within a few batches. The course's
# `monitor.Monitor` gathers three numbers of each 50 pictures. They are the distance of their
# mean features from the reference, how much the features vary, and the shares of the classes.
# By (19.11) its limit corresponds to one false alarm in a million pictures. After how many
# pictures does it find each fault?

# %% id="19-watch-monitor"
reference = monitor.Reference.of(fresh(generator, 4000))
for name, happening in happenings.items():
    watch = monitor.Monitor(reference)
    while watch.seen < 2000 and not watch.add(happening()):
        pass
    print(f"{name:16} {watch.alarm or f'no alarm in {watch.seen:,} pictures'}")

# %% [markdown] id="19-watch-after"
# In our run the unchanged generator raised no alarm in 2,000 pictures. The three faults were
# found after 450, 300 and 550 pictures.
#
# The benchmark `benchmarks/serving.py` draws more. It gives the monitor four faults with 20
# seeds each: another layer's weights, a stale batch norm, latents that are too large, and a
# lost class. The monitor found all of them, each within 1,250 pictures. Without a fault it
# raised 1 alarm in 300,000 pictures. The formula says one in a million. With a single alarm
# we cannot say whether the true rate is higher.
#
# A monitor does not see what its numbers do not describe. So users also need a way to report
# a single bad picture.

# %% [markdown] id="19-box-text"
# ## 8 · A box
#
# The server works on your machine. A **container** (容器) carries it, with all its files, to
# another one. What it may do there is a contract, and each line can be tested.

# %% id="19-box"
print(box.containerfile())

# %% [markdown] id="19-box-after"
# The server is not root, its files are read-only, and it has at most 512 MB. Requests reach
# it at one port of this machine. `bubblewrap` makes a similar box without a container engine
# and without any network. `box.contract` starts the server in it and tests each line.
# Section 9 calls it, since it needs a release.

# %% [markdown] id="19-release-text"
# ## 9 · Card and release
#
# One command makes everything of this chapter: weights, configuration, golden outputs, card,
# ONNX file, page and checksums. It adds a **software bill of materials** (软件物料清单), and a
# signature. The bill lists the files and the packages. On the way the command makes four
# checks:
#
# 1. The model was measured, and its FID is at most 5 % of that of noise.
# 2. The ONNX file and PyTorch differ by at most 2·10⁻⁵.
# 3. The page and PyTorch differ by at most 2 of 255 grey levels.
# 4. The written folder passes `aigc verify`: signature, checksums, and golden outputs by
#    PyTorch and by ONNX Runtime.
#
# If one of them fails, the command says which one, and leaves no folder.
#
# With `--key FILE` the signature is made with your key. Without it a key is made and
# forgotten: the signature then shows later changes, and not who released.
#
# First a release that must fail. The model of section 1 whose means were forgotten still
# draws something. The cell measures its FID and puts it before the first check.

# %% id="19-refused"
found = metrics.features(draw(changed(faults["means forgotten"]), z))
fid = metrics.fid_estimate(found, real).value
source = Source.open("mnist_dcgan")
try:
    bundle.check_trained(replace(source, facts={**source.facts, "fid": fid}))
except CourseError as error:
    print(error)

# %% [markdown] id="19-release-now-text"
# Now the shipped generator.

# %% id="19-release"
dist = desk / "dist"
shutil.rmtree(dist, ignore_errors=True)  # of an earlier run; a full folder is refused
released = can("The release", *ONNX, "cryptography")
if released:
    aigc(["release", "mnist_dcgan", "--out", str(dist)])
    for path in sorted(dist.rglob("*")):
        print(f"{path.relative_to(dist)!s:28} {path.stat().st_size:>10,} bytes")

# %% [markdown] id="19-card-text"
# The card begins with lines for programs, in YAML between two lines `---`. Hugging Face calls
# them the metadata of a model card: licence, data, tags and measured results. A site can
# then list and compare models. The rest is for people: what the model was made for, what it
# cannot do, and how each figure was measured.

# %% id="19-card"
if released:
    card = (dist / "README.md").read_text("utf-8")
    print("\n".join(card.splitlines()[:24]))

# %% [markdown] id="19-verify-text"
# `aigc verify` needs no network. The cell verifies the release, flips one bit of the largest
# file, and verifies again.

# %% id="19-verify"
if released:
    print(*bundle.verify(dist), sep="\n")
    largest = max(dist.iterdir(), key=lambda path: path.stat().st_size)
    whole = largest.read_bytes()
    largest.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    try:
        bundle.verify(dist)
    except CourseError as error:
        print("after one flipped bit:", error)
    largest.write_bytes(whole)

# %% [markdown] id="19-contract-text"
# Last, the contract of section 8 for this release.

# %% id="19-contract"
if released and can("The server in a box", "fastapi", "uvicorn"):
    found = box.contract(dist) or {"left out": "bubblewrap makes no box here."}
    for line, sentence in found.items():
        print(f"{line}: {sentence}")

# %% [markdown] id="19-measured-text"
# ### What was measured
#
# `benchmarks/shipping.py` released and verified the shipped generator on one machine. It
# then flipped one bit at a random place of a random file, 200 times, and verified each time.
# Other programs used the machine too, so the times are seconds of processor time.
#
# | what | measured |
# |---|---|
# | the release, with all checks | 22.6 s |
# | one verification | 0.1 s |
# | flipped bits that were found | 200 of 200 |

# %% [markdown] id="19-several-text"
# ## 10 · More than one process
#
# A server shares requests among processes. Training can be shared too. In **data
# parallelism** (数据并行) each process holds a copy of the weights and a part of the batch. It
# computes the gradient of its part. The processes average their gradients, which is called an
# **all-reduce** (全规约), and all take the same step. So they keep the same weights without
# sending them.
#
# Let process $p$ hold $n_p$ of the $n$ rows of the batch, and let $g_p$ be the mean gradient
# of its rows. The loss $L$ is a mean over all rows, so
#
# $$\nabla L(w) = \sum_p \frac{n_p}{n}\, g_p, \qquad n = \sum_p n_p. \tag{19.12}$$
#
# {{exercise 19.average_gradients}}
#
# Write it, with a limit on the length of the gradient.


# %% id="19-ex-average" exercise="19.average_gradients"
def average_gradients(gradients, rows, most):
    """The gradient of the global batch [d], clipped to the length most."""
    ### BEGIN SOLUTION
    n = sum(rows)
    pairs = zip(rows, gradients, strict=True)
    g = sum(r / n * one for r, one in pairs)
    return g * min(1.0, most / max(float(g.norm()), 1e-30))
    ### END SOLUTION


# %% id="19-ex-average-check"
average_gradients = checks.use("19.average_gradients", average_gradients)

# %% [markdown] id="19-several-task-text"
# A small task: least squares with 12 rows. The inputs of the last six rows are three times
# as large, so the parts disagree about the gradient. Three processes get 1, 8 and 3 rows.

# %% id="19-several-task"
chance = torch.Generator().manual_seed(4)
x = torch.randn(12, 3, generator=chance, dtype=torch.float64)
x[6:] *= 3
y = x @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64) + 1

# %% id="19-several-uneven"
w, rows = torch.zeros(3, dtype=torch.float64), [1, 8, 3]
parts = zip(x.split(rows), y.split(rows), strict=True)
own = [parallel.gradient(w, *part) for part in parts]
whole = parallel.gradient(w, x, y)
apart = average_gradients(own, rows, math.inf) - whole
plain = torch.stack(own).mean(0) - whole
print(f"distance to the whole gradient, of length {whole.norm():.2f}:")
print(f"weighted by rows {apart.norm():.1e}, plain mean {plain.norm():.2f}")

# %% [markdown] id="19-several-after"
# The weighted mean is the gradient of the whole batch, up to rounding. The plain mean is not.
# `DistributedDataParallel` of PyTorch takes the plain mean, so it gives the result of one
# process only where all parts have the same size.
#
# Now four processes with three rows each. One program averages, one adds, and one clips
# each gradient to length 0.5 before it averages. All use the learning rate 0.1.
#
# **Predict.** One process alone gets close to the least loss within 20 steps. How many
# times as long is the first step of the program that adds?

# %% id="19-several-predict"
checks.predict("19.sum-of-four", ..., unit="times")

# %% id="19-several-run"
ways = {
    "one process": {"processes": 1},
    "mean of four": {"processes": 4},
    "sum of four": {"processes": 4, "how": "sum"},
    "one process, clipped": {"processes": 1, "most": 0.5},
    "mean of four, then clipped": {"processes": 4, "most": 0.5},
    "four clipped, then mean": {"processes": 4, "most": 0.5, "when": "before"},
}
paths = {
    name: parallel.descend(x, y, steps=40, lr=0.1, **way) for name, way in ways.items()
}

# %% id="19-several-measured"
first = {name: float(path[0].norm()) for name, path in paths.items()}
checks.measured("19.sum-of-four", first["sum of four"] / first["one process"])

# %% id="19-several-look"
shown = {}
for name, path in paths.items():
    steps = range(1, 6 if name == "sum of four" else 41)
    loss = ((path @ x.T - y) ** 2).mean(1) / 2
    shown[name] = (steps, loss[: len(steps)])
plots.show(
    plots.lines(shown, "step", "loss", log=True),
    "Loss against step, logarithmic. One process and the mean of four fall together to 0.38."
    " The sum of four rises to over four million within five steps. One process, clipped, and"
    " the mean of four, then clipped, fall together to 0.8 at step 40. Four clipped, then"
    " mean, falls more slowly, to 3.1.",
)

# %% [markdown] id="19-several-read"
# - **Mean.** The paths of one process and of the mean are equal.
# - **Sum.** With $P$ equal parts the sum is $P$ times the mean. It acts like a learning rate
#   that is $P$ times as large. Here that is too large, and the loss grows.
# - **Clipping first.** Long gradients lose their length before they are compared with short
#   ones, so their mean has another direction. Average first, then clip.
#
# Four processes in turn are still one program. The next cell starts a second real process.
# Each of the two holds six rows, and they send each other nothing but gradients.

# %% id="19-several-real"
mine, other = parallel.two_processes(x, y, steps=20, lr=0.1)
alone = paths["one process"][19]
print("both hold the same weights:", torch.equal(mine, other))
print(f"largest difference to one process: {(mine - alone).abs().max():.1e}")

# %% [markdown] id="19-ring-text"
# ### What it costs
#
# Let one process need $c$ seconds for the gradient of the whole batch, and let the gradient
# have $S$ bytes. In a **ring all-reduce** (环形全规约) each of $P$ processes sends its neighbour one $P$-th
# of the gradient at a time. After $P - 1$ messages each process holds one part of the sum, and
# after $P - 1$ more it holds all of them (Patarasuk and Yuan 2009). A message takes the latency
# $\ell$, and its bytes divided by the bandwidth $B$. If nothing overlaps, a step takes
#
# $$t(P) = \frac{c}{P} + 2\,(P - 1)\left(\ell + \frac{S}{P\,B}\right). \tag{19.13}$$
#
# {{exercise 19.how_many_processes}}
#
# How many processes give the shortest step? The batch stays as it is, and each process gets
# equally many rows.


# %% id="19-ex-processes" exercise="19.how_many_processes"
def how_many_processes(batch, compute, size, latency, bandwidth):
    """The number of processes with the shortest step, among those that divide batch."""
    ### BEGIN SOLUTION
    fits = [P for P in range(1, batch + 1) if batch % P == 0]

    def seconds(P):
        return compute / P + 2 * (P - 1) * (latency + size / (P * bandwidth))

    return min(fits, key=lambda P: (seconds(P), P))
    ### END SOLUTION


# %% id="19-ex-processes-check"
how_many_processes = checks.use("19.how_many_processes", how_many_processes)

# %% [markdown] id="19-ring-how-text"
# The fast DCGAN has 1.75 million weights, so its gradient has 7.0 million bytes. Let a batch
# of 64 take 0.1 s. The networks are assumed: Ethernet of 1 Gbit/s with 100 µs for a message,
# and InfiniBand of 100 Gbit/s with 5 µs.

# %% id="19-ring-how"
networks = {"Ethernet": (1e-4, 1.25e8), "InfiniBand": (5e-6, 1.25e10)}
processes = [1, 2, 4, 8, 16, 32, 64]
times = {}
for name, (latency, bandwidth) in networks.items():
    best = how_many_processes(64, 0.1, 7.0e6, latency, bandwidth)
    network = parallel.Network(latency, bandwidth)
    times[name] = [
        0.1 / P + parallel.exchange_seconds(P, 7.0e6, network) for P in processes
    ]
    print(f"{name:10} best with {best:2}: {0.1 / min(times[name]):.1f} times as fast")

# %% id="19-ring-look"
plots.show(
    plots.lines(
        {name: (processes, seconds) for name, seconds in times.items()},
        "processes",
        "seconds for a step",
        log=True,
        logx=True,
    ),
    "Seconds for a step against the number of processes, both logarithmic. With Ethernet the"
    " time rises from 0.1 s already at 2 processes. With InfiniBand it falls until 64"
    " processes, ever more slowly.",
)

# %% [markdown] id="19-ring-read"
# On the Ethernet one process is fastest: with any larger number, exchanging the
# gradient takes longer than the computing time that it saves. On the InfiniBand 64
# processes are best, and still far from 64 times as fast. A larger batch for each
# process helps, since the gradient does not grow with the batch.
#
# The course trains its models in this way, except the captions of chapter 16:
#
# ```
# aigc train dcgan --steps 2000 --processes 2
# torchrun --standalone --nproc-per-node 2 --max-restarts 3 \
#     -m aigc_course.cli train dcgan --steps 2000 --out runs/a
# ```
#
# Batch and learning rate mean the same as with one process. Random numbers are drawn for
# the whole batch, and batch norm uses all rows, so that the result does not depend on the
# number of processes, up to rounding. `benchmarks/together.py` killed a random process 20
# times. Each time the training went on from its last checkpoint, and ended with the same
# bytes as without a loss.
#
# Is it faster on one computer? The benchmark trained the fast DCGAN on two cores, in turn
# with two processes of one thread and with one process of two threads. The two processes
# reached 0.495 times the images a second (median of nine comparisons, from 0.339 to 0.6).
# Besides the gradients, batch norm sends 22 messages in each step of this model, and every
# one is waited for. So on one computer use threads. Processes are for several computers or
# several GPUs.

# %% id="19-predictions"
checks.predictions("19")

# %% [markdown] id="19-recap"
# ## Recap
#
# - Golden outputs with a tolerance find faults that cannot be seen and that no error reports,
#   such as another eps or training mode. A hash suits files and not outputs.
# - A pickle is a program. A safetensors file holds numbers only, and its places still have to
#   be compared with the size of the file.
# - A signature over the list of checksums says who made it. It says nothing about quality.
# - Folding a batch norm and rewriting a transposed convolution are exact in real numbers. In
#   float32 the pictures differ by rounding only. Outputs are compared at other batch sizes
#   than the one of the export.
# - Eight bits for each weight raised this generator's FID by 0.001, measured with 5,000
#   pictures. A runtime may leave a layer in float without a message.
# - A counter-based generator gives the latents of picture 7 of a seed without the six before
#   it, and the same ones in Python and JavaScript.
# - $L = \lambda W$ ties queue and waiting time together. Batches raise the capacity, and a
#   limited queue bounds the time inside; what does not fit is refused at once.
# - A closed-loop client that counts from sending understates p99 when a server pauses.
# - A cumulative sum finds a small shift that lasts, and its limit follows from the rate of
#   false alarms that you accept.
# - Gradients of several processes are averaged, weighted by rows, and clipped afterwards. A
#   sum acts like a larger learning rate.
# - A step shared by $P$ processes computes for $1/P$ of the time and needs $2(P-1)$ messages.
#
# **Terms**: golden outputs 黄金输出 · model card 模型卡 · pickle 序列化格式 · checksum 校验和 ·
# digital signature 数字签名 · ONNX 开放神经网络交换格式 · pixel shuffle 像素重排 · affine
# quantisation 仿射量化 · zero point 零点 · counter-based generator 基于计数器的随机数生成器 ·
# content security policy 内容安全策略 · micro-batching 微批处理 · p99 99 分位延迟 ·
# open loop 开环 · closed loop 闭环 · coordinated omission 协同遗漏 · cumulative sum 累积和控制图 ·
# average run length 平均运行长度 · container 容器 · software bill of materials 软件物料清单 ·
# data parallelism 数据并行 · all-reduce 全规约 · ring all-reduce 环形全规约.
#
# **Next** chapter 20 looks for mistakes that no error message names.
#
# ## References
#
# - M. Mitchell and others. Model Cards for Model Reporting. FAT* 2019.
# - D. J. Bernstein, N. Duif, T. Lange, P. Schwabe, B.-Y. Yang. High-speed high-security
#   signatures. Journal of Cryptographic Engineering, 2012. Ed25519.
# - S. Ioffe, C. Szegedy. Batch Normalization: Accelerating Deep Network Training by Reducing
#   Internal Covariate Shift. ICML 2015. (19.1).
# - W. Shi and others. Real-Time Single Image and Video Super-Resolution Using an Efficient
#   Sub-Pixel Convolutional Neural Network. CVPR 2016. The pixel shuffle.
# - B. Jacob and others. Quantization and Training of Neural Networks for Efficient
#   Integer-Arithmetic-Only Inference. CVPR 2018. (19.6), (19.7).
# - R. Krishnamoorthi. Quantizing deep convolutional networks for efficient inference: A
#   whitepaper. arXiv:1806.08342, 2018. The claim of section 4.
# - J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw. Parallel Random Numbers: As Easy as
#   1, 2, 3. SC 2011. Philox.
# - J. D. C. Little. A Proof for the Queuing Formula: L = λW. Operations Research, 1961. (19.9).
# - B. Schroeder, A. Wierman, M. Harchol-Balter. Open Versus Closed: A Cautionary Tale. NSDI
#   2006.
# - J. Nagle. Congestion Control in IP/TCP Internetworks. RFC 896, 1984.
# - E. S. Page. Continuous Inspection Schemes. Biometrika, 1954. (19.10).
# - D. Siegmund. Sequential Analysis: Tests and Confidence Intervals. Springer, 1985. (19.11).
# - P. Patarasuk, X. Yuan. Bandwidth Optimal All-reduce Algorithms for Clusters of
#   Workstations. Journal of Parallel and Distributed Computing, 2009. (19.13).
