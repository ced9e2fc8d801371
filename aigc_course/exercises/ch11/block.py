"""Exercise on the Transformer block: a network to build."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.attention.functions import causal_mask
from aigc_course.attention.layers import FeedForward, MultiHeadAttention
from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.block",
    order=70,
    title="A block",
    difficulty=4,
    minutes=20,
    asks="network",
    idea="Two parts, each with a normalisation before it and a sum around it: first the"
    " attention, which moves information between positions, then two layers with a"
    " GELU, which work on each position alone.",
    formula="x = x + attention(norm_1(x)), then x = x + W_2 gelu(W_1 norm_2(x)), with"
    " W_1 from C to 4 C and W_2 back.",
    line="Write a class with __init__ and forward inside the function, and return an"
    " instance of it.",
    line_is_part="a class of a dozen lines",
    variation="Move both normalisations behind the sums (post-norm), train the same"
    " model again, and see what happens at a high learning rate.",
    agree=False,
)


@exercise.answer
def block(width: int, heads: int) -> nn.Module:
    """A pre-norm Transformer block, x [B, T, width] to [B, T, width], causal.

    Its attention is attention.MultiHeadAttention(width, heads), called with
    mask=attention.causal_mask(T); its normalisations are
    nn.RMSNorm(width, eps=1e-5); the
    feed-forward layers have 4 * width units and no bias.
    """

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm_1 = nn.RMSNorm(width, eps=1e-5)
            self.norm_2 = nn.RMSNorm(width, eps=1e-5)
            self.attend = MultiHeadAttention(width, heads)
            self.up = nn.Linear(width, 4 * width, bias=False)
            self.down = nn.Linear(4 * width, width, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            mask = causal_mask(x.shape[1])
            x = x + self.attend(self.norm_1(x), mask=mask)[0]  # [B, T, C]
            hidden = nn.functional.gelu(self.up(self.norm_2(x)))  # [B, T, 4 C]
            return x + self.down(hidden)

    return Block()


WIDTH, HEADS = 16, 4


@exercise.observe
def built(f) -> object:
    network = f(WIDTH, HEADS)
    if isinstance(network, type):
        raise AssertionError(
            f"You return the class {network.__name__} itself. Call it and return an"
            f" instance: {network.__name__}()."
        )
    if not isinstance(network, nn.Module):
        raise AssertionError(
            f"The function returned {kind(network)}; a torch.nn.Module is expected."
        )
    count = sum(p.numel() for p in network.parameters())
    network(torch.randn(2, 5, WIDTH))
    # equal weights: what a block does must not depend on the order of its layers
    output = _filled(network.eval())(torch.randn(2, 5, WIDTH))
    return {"weights": count, "output": output.detach()}


@exercise.must_hold
def twelve_squares(f) -> bool | str:
    """There are 12 C^2 + 2 C weights: 4 C^2 of attention, 8 C^2 of the two layers, and
    one gain for each coordinate of both normalisations."""
    count = sum(p.numel() for p in f(WIDTH, HEADS).parameters())
    wanted = 12 * WIDTH**2 + 2 * WIDTH
    if count == wanted:
        return True
    return (
        f"Your block has {count:,} weights for a width of {WIDTH};"
        f" {wanted:,} are expected: attention 4 C^2, feed-forward 8 C^2, gains 2 C."
    )


@exercise.must_hold
def causal(f) -> bool:
    """A change of the last token does not change the positions before it."""
    network = f(WIDTH, HEADS).eval()
    x = torch.randn(2, 6, WIDTH)
    other = x.clone()
    other[:, -1] += 3
    return same(network(other)[:, :-1].detach(), network(x)[:, :-1].detach(), 1e-3)


@exercise.must_hold
def looks_back(f) -> bool:
    """A change of the first token changes the last position: attention is there, and it
    sees earlier positions."""
    network = f(WIDTH, HEADS).eval()
    x = torch.randn(2, 16, WIDTH)
    other = x.clone()
    other[:, 0] += 3
    return not same(network(other)[:, -1].detach(), network(x)[:, -1].detach(), 1e-4)


@exercise.must_hold
def nothing_added(f) -> bool:
    """With all matrices at 0 the block returns its input, bit for bit: what is computed
    is added to a path that nothing else changes."""
    network = f(WIDTH, HEADS).eval()
    with torch.no_grad():
        for weight in network.parameters():
            if weight.ndim > 1:
                weight.zero_()
    x = 5 * torch.randn(2, 4, WIDTH)
    return bool(torch.equal(network(x), x))


@exercise.must_hold
def every_weight_learns(f) -> bool:
    """A gradient reaches every weight."""
    network = f(WIDTH, HEADS)
    network(torch.randn(3, 5, WIDTH)).square().sum().backward()
    return all(p.grad is not None and bool(p.grad.any()) for p in network.parameters())


@exercise.must_hold
def parts_in_their_order(f) -> bool:
    """With equal weights the output is that of the course's own block: the same number
    of heads, attention first, GELU between the two layers, and two plain sums."""
    return _like_ours(f(WIDTH, HEADS), _Plain(WIDTH, HEADS))


def _like_ours(network: nn.Module, ours: nn.Module) -> bool:
    """Whether both agree when weights of equal size are filled alike, in any order."""
    found = network.eval()
    x = torch.randn(2, 5, WIDTH)
    return same(_filled(found)(x).detach(), _filled(ours.eval())(x).detach(), 1e-3)


def _filled(network: nn.Module) -> nn.Module:
    """Weights that depend on the kind of a layer and not on its name or order."""
    for layer in network.modules():
        for weight in layer.parameters(recurse=False):
            with torch.no_grad():
                for part in _matrices(weight):
                    _fill(part)
    return network


def _matrices(weight: Tensor) -> tuple[Tensor, ...]:
    """Matrices of queries, keys and values in one, [3 C, C], are three of [C, C]."""
    if weight.ndim == 2 and weight.shape[0] == 3 * weight.shape[1]:
        return weight.chunk(3)
    return (weight,)


def _fill(weight: Tensor) -> None:
    size = torch.arange(weight.numel(), dtype=torch.float32)
    pattern = torch.sin(1.7 * size + weight.shape[0]).view_as(weight)
    weight.copy_(1 + 0.3 * pattern if weight.ndim == 1 else 0.4 * pattern)


class _Plain(nn.Module):
    """The reference's parts, with switches for what is done wrongly."""

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        first: bool = True,
        sums: tuple[bool, bool] = (True, True),
        norms: tuple[bool, bool] = (True, True),
        act: Callable[[Tensor], Tensor] = nn.functional.gelu,
        mask: bool = True,
        inner: int = 4,
        parallel: bool = False,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.norm_1 = nn.RMSNorm(width) if norms[0] else nn.Identity()
        self.norm_2 = nn.RMSNorm(width) if norms[1] else nn.Identity()
        self.attend = MultiHeadAttention(width, heads)
        self.feed = FeedForward(width, inner=inner * width, bias=bias)
        self.first, self.sums, self.act = first, sums, act
        self.mask, self.parallel = mask, parallel

    def look(self, x: Tensor) -> Tensor:
        """What attention gathers, causal."""
        return self.attend(x, mask=causal_mask(x.shape[1]))[0]

    def forward(self, x: Tensor) -> Tensor:
        mask = causal_mask(x.shape[1]) if self.mask else None
        start = x
        gathered = self.attend(self.norm_1(x) if self.first else x, mask=mask)[0]
        x = x + gathered if self.sums[0] else gathered
        x = x if self.first else self.norm_1(x)
        read = self.norm_2(start if self.parallel else x) if self.first else x
        worked = self.feed.down(self.act(self.feed.up(read)))
        x = x + worked if self.sums[1] else worked
        return x if self.first else self.norm_2(x)


@exercise.mistake(hint="formula")
def post_norm(width: int, heads: int) -> nn.Module:
    """You normalise the sums (post-norm), as Vaswani et al. (2017) did. The exercise
    asks for pre-norm: normalise what each part reads, and leave the sum alone."""
    return _Plain(width, heads, first=False)


@exercise.mistake(hint="formula")
def attention_not_added(width: int, heads: int) -> nn.Module:
    """You replace x by what attention gathered. Add it to x, or a position forgets its
    own token."""
    return _Plain(width, heads, sums=(False, True))


@exercise.mistake(hint="formula")
def feed_forward_not_added(width: int, heads: int) -> nn.Module:
    """You replace x by the output of the feed-forward layers. Add it to x."""
    return _Plain(width, heads, sums=(True, False))


@exercise.mistake(hint="idea")
def not_causal(width: int, heads: int) -> nn.Module:
    """Your attention has no causal mask, so positions see what comes after them."""
    return _Plain(width, heads, mask=False)


@exercise.mistake(hint="formula")
def second_norm_forgotten(width: int, heads: int) -> nn.Module:
    """The feed-forward layers read the sum as it is. They need a normalisation of their
    own before them."""
    return _Plain(width, heads, norms=(True, False))


@exercise.mistake(hint="formula")
def narrow(width: int, heads: int) -> nn.Module:
    """Your feed-forward layers are as wide as the block. They go up to 4 C units and
    back."""
    return _Plain(width, heads, inner=1)


@exercise.mistake(hint="formula")
def without_a_bend(width: int, heads: int) -> nn.Module:
    """There is no GELU between your two layers, so together they are one linear
    map."""
    return _Plain(width, heads, act=lambda hidden: hidden)


@exercise.mistake(hint="idea")
def side_by_side(width: int, heads: int) -> nn.Module:
    """Your feed-forward layers read the block's input and not what attention gathered:
    both parts work side by side. Here the second reads the sum after the first."""
    return _Plain(width, heads, parallel=True)


@exercise.mistake(hint="formula")
def with_relu(width: int, heads: int) -> nn.Module:
    """You use ReLU between the two layers; the exercise asks for GELU."""
    return _Plain(width, heads, act=nn.functional.relu)


@exercise.mistake(hint="formula")
def with_biases(width: int, heads: int) -> nn.Module:
    """Your feed-forward layers have biases; the exercise asks for bias=False."""
    return _Plain(width, heads, bias=True)


class _Another(_Plain):
    """The reference's parts, put together in another way."""

    def __init__(
        self, width: int, heads: int, way: Callable[[_Plain, Tensor], Tensor]
    ) -> None:
        super().__init__(width, heads)
        self.way = way

    def forward(self, x: Tensor) -> Tensor:
        return self.way(self, x)


@exercise.mistake(hint="formula")
def stream_normalised(width: int, heads: int) -> nn.Module:
    """You replace x by its normalised copy and add to that. Normalise what a part reads
    alone: x + attention(norm(x)), with x itself before the plus."""

    def way(parts: _Plain, x: Tensor) -> Tensor:
        x = parts.norm_1(x)
        x = parts.norm_2(x + parts.look(x))
        return x + parts.feed(x)

    return _Another(width, heads, way)


@exercise.mistake(hint="formula")
def norm_of_what_is_added(width: int, heads: int) -> nn.Module:
    """You normalise what a part returns. Normalise what it reads:
    x + attention(norm(x)) and not x + norm(attention(x))."""

    def way(parts: _Plain, x: Tensor) -> Tensor:
        x = x + parts.norm_1(parts.look(x))
        return x + parts.norm_2(parts.feed(x))

    return _Another(width, heads, way)


@exercise.mistake(hint="formula")
def gathered_and_forgotten(width: int, heads: int) -> nn.Module:
    """Your last sum starts from the block's input, so what attention gathered reaches
    the feed-forward layers and not the output. Add to the sum after attention."""

    def way(parts: _Plain, x: Tensor) -> Tensor:
        gathered = x + parts.look(parts.norm_1(x))
        return x + parts.feed(parts.norm_2(gathered))

    return _Another(width, heads, way)


@exercise.mistake(hint="idea")
def feed_forward_first(width: int, heads: int) -> nn.Module:
    """Your feed-forward layers come before the attention. First gather, then work on
    what was gathered."""

    def way(parts: _Plain, x: Tensor) -> Tensor:
        x = x + parts.feed(parts.norm_1(x))
        return x + parts.look(parts.norm_2(x))

    return _Another(width, heads, way)


@exercise.mistake(hint="formula")
def bend_behind_both(width: int, heads: int) -> nn.Module:
    """Your GELU stands behind the second layer. It belongs between the two, on the 4 C
    units."""

    def way(parts: _Plain, x: Tensor) -> Tensor:
        x = x + parts.look(parts.norm_1(x))
        read = parts.feed.up(parts.norm_2(x))
        return x + nn.functional.gelu(parts.feed.down(read))

    return _Another(width, heads, way)


@exercise.mistake(hint="formula")
def bend_in_front_of_both(width: int, heads: int) -> nn.Module:
    """Your GELU stands in front of the first layer. It belongs between the two, on the
    4 C units."""

    def way(parts: _Plain, x: Tensor) -> Tensor:
        x = x + parts.look(parts.norm_1(x))
        bent = nn.functional.gelu(parts.norm_2(x))
        return x + parts.feed.down(parts.feed.up(bent))

    return _Another(width, heads, way)


@exercise.mistake(hint="formula")
def one_head(width: int, heads: int) -> nn.Module:
    """Your attention has one head. Give the number of heads to it:
    att.MultiHeadAttention(width, heads)."""
    return _Plain(width, 1)


@exercise.mistake(hint="formula")
def one_norm_for_both(width: int, heads: int) -> nn.Module:
    """Both parts share one normalisation. Each has gains of its own: make two."""
    network = _Plain(width, heads)
    network.norm_2 = network.norm_1
    return network


@exercise.mistake(hint="formula")
def layer_norm(width: int, heads: int) -> nn.Module:
    """You use LayerNorm, which takes the mean off and has biases. The exercise asks for
    RMSNorm."""
    network = _Plain(width, heads)
    for name in ("norm_1", "norm_2"):
        network.add_module(name, nn.LayerNorm(width))
    return network


@exercise.mistake(hint="idea")
def mask_turned_round(width: int, heads: int) -> nn.Module:
    """Your mask is True where a position must NOT look, as in torch's own layers. Here
    True means allowed: att.causal_mask(T)."""

    def way(parts: _Plain, x: Tensor) -> Tensor:
        future = ~causal_mask(x.shape[1])
        return x + parts.attend(parts.norm_1(x), mask=future)[0]

    return _Another(width, heads, way)


@exercise.mistake(hint="formula")
def nothing_passes_through(width: int, heads: int) -> nn.Module:
    """Neither part is added to x: each replaces it. Write x + attention(...), and x +
    the output of the two layers."""
    return _Plain(width, heads, sums=(False, False))


@exercise.mistake(hint="formula")
def with_silu(width: int, heads: int) -> nn.Module:
    """You use SiLU between the two layers; the exercise asks for GELU."""
    return _Plain(width, heads, act=nn.functional.silu)
