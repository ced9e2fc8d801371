"""Exercise on a vector quantiser: a network whose gradient jumps over a choice."""

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.quantiser",
    order=45,
    title="A quantiser with a gradient",
    difficulty=4,
    minutes=20,
    idea="Look for the nearest code of each vector. Give its value back, and let the"
    " gradient pass as if nothing had been replaced: a difference that is detached"
    " changes the value and not the gradient.",
    formula="passed = e + sg[c - e]; loss = mean over N of |sg[e] - c|^2 + beta"
    " |e - sg[c]|^2, summed over places and coordinates.",
    line="Write a class with `self.codes = nn.Embedding(codes, d)`; in forward,"
    " `indices = torch.cdist(e.flatten(0, -2), self.codes.weight).argmin(1)` shaped as"
    " e without its last axis, `c = self.codes(indices)`, the loss, and `e + (c -"
    " e).detach()`; return an instance of it.",
    line_is_part="a class of a dozen lines",
    variation="Replace the first term by a moving average of the vectors that chose a"
    " code (van den Oord et al. 2017, appendix A.1), and count the codes in use.",
    asks="network",
)

CODES, D = 6, 3


@exercise.answer
def quantiser(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """A module: vectors e [N, ..., d] to (passed [N, ..., d], indices [N, ...], loss).

    passed: the nearest codes, with the gradient of e. indices: which, int64. loss:
    |sg[e] - c|^2 + beta |e - sg[c]|^2, summed over places and coordinates, a mean over
    N. The table of codes is learned, codes * d weights, and starts at random. van den
    Oord et al. 2017, section 3.2.
    """

    class Quantiser(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.codes = nn.Parameter(torch.randn(codes, d) / d**0.5)

        def forward(self, e: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            indices = torch.cdist(e.flatten(0, -2), self.codes).argmin(1)
            indices = indices.view(e.shape[:-1])
            c = self.codes[indices]
            moved = (e.detach() - c).square().sum() / len(e)
            held = (e - c.detach()).square().sum() / len(e)
            return e + (c - e).detach(), indices, moved + beta * held

    return Quantiser()


def built(f) -> nn.Module:
    """The learner's module, with a known table where it has one."""
    network = f(CODES, D)
    if isinstance(network, type) and issubclass(network, nn.Module):
        raise AssertionError("The function returned the class; return an instance.")
    if not isinstance(network, nn.Module):
        raise AssertionError(
            f"The function returned {kind(network)}; a torch.nn.Module is expected."
        )
    return network


def table() -> Tensor:
    """Codes of different lengths, so that near in angle is not near in distance."""
    return torch.tensor(
        [
            [0.1, 0.0, 0.2],
            [2.0, 1.0, 0.0],
            [-1.0, 0.5, 0.5],
            [0.0, -1.5, 1.0],
            [0.5, 0.5, -2.0],
            [-0.5, 2.5, 1.0],
        ]
    )


@torch.no_grad()
def fill(network: nn.Module) -> nn.Module:
    """Write the table into the weights, whatever their shape is."""
    held = list(network.parameters())
    for weight, code in zip(held, table(), strict=False):
        if len(held) == CODES and weight.numel() == D:
            weight.copy_(code.view_as(weight))
    if len(held) == 1 and held[0].numel() == CODES * D:
        turned = held[0].shape == (D, CODES)
        known = table().T if turned else table()
        held[0].copy_(known.reshape(held[0].shape))
    return network


def vectors(n: int = 4) -> Tensor:
    """Vectors [n, 2, 2, 3] of all lengths."""
    return (1.5 * torch.randn(n, 2, 2, D)).requires_grad_()


def called(network: nn.Module, e: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three results, or an AssertionError that says what came instead."""
    found = network(e)
    if not isinstance(found, tuple | list) or len(found) != 3:
        raise AssertionError(
            "The module should return three results, (passed, indices, loss); yours"
            f" gives {kind(found)}."
        )
    passed, indices, loss = found
    for name, one in (("passed", passed), ("indices", indices), ("loss", loss)):
        if not isinstance(one, Tensor):
            raise AssertionError(f"`{name}` should be a tensor; it is {kind(one)}.")
    if passed.shape != e.shape:
        raise AssertionError(
            f"`passed` has the shape of e, {list(e.shape)}; yours is"
            f" {list(passed.shape)}."
        )
    return passed, indices, loss


def slope(value: Tensor, *of: Tensor) -> list[Tensor]:
    """Gradients of a value, zeros where it does not depend on something."""
    if not value.requires_grad:
        return [torch.zeros_like(one) for one in of]
    found = torch.autograd.grad(value, of, retain_graph=True, allow_unused=True)
    return [
        torch.zeros_like(one) if g is None else g
        for one, g in zip(of, found, strict=True)
    ]


@exercise.observe
def behaviour(f) -> dict[str, object]:
    fresh = built(f)
    starts = torch.cat([w.detach().flatten() for w in [*fresh.parameters()]] or [e0()])
    network, e = fill(built(f)), vectors()
    held = list(network.parameters())
    passed, indices, loss = called(network, e)
    ahead = torch.arange(1.0, passed.numel() + 1).cos().view_as(passed)
    into = slope((ahead * passed).sum(), e, *held)
    weights = sum(weight.numel() for weight in held)
    if held and weights != CODES * D:
        raise AssertionError(
            f"With {CODES} codes of length {D} there should be {CODES * D} weights to"
            f" learn, one table; yours has {weights}."
        )
    if not held:  # its own table: values differ from call to call
        return {"number of weights": 0, "shape of the loss": list(loss.shape)}
    down = [slope(loss.sum(), e, *held)] if loss.numel() == 1 else []
    return {
        "number of weights": weights,
        "codes differ at the start": bool(starts.std() > 0),
        "passed": passed.detach(),
        "indices": indices.detach(),
        "loss": loss.detach(),
        "gradient of passed in e": into[0],
        "gradient of passed in the codes": sum(float(g.abs().sum()) for g in into[1:]),
        "gradient of the loss in e": [one[0] for one in down],
        "gradient of the loss in the codes": [
            sum((g.square().sum() for g in one[1:]), torch.zeros(())) for one in down
        ],
    }


def e0() -> Tensor:
    """What stands for the weights of a module without any."""
    return torch.zeros(2)


@exercise.must_hold
def a_table_that_learns(f) -> str | None:
    """The module has one table to learn, codes * d weights."""
    found = sum(weight.numel() for weight in built(f).parameters())
    if found == CODES * D:
        return None
    return (
        f"with {CODES} codes of length {D} there are {CODES * D} weights to learn;"
        f" yours has {found}."
    )


@exercise.must_hold
def codes_differ_at_the_start(f) -> bool:
    """The codes start at different random places. Equal codes would all stay unused but
    one."""
    e = 3 * torch.randn(200, 1, D)
    return len(torch.unique(called(built(f), e)[1])) > 1


@exercise.must_hold
def indices_fit(f) -> str | None:
    """The indices are whole numbers below the number of codes, one for each vector."""
    e = vectors()
    indices = called(built(f), e)[1]
    if indices.shape == e.shape[:-1] and not indices.is_floating_point():
        return None
    return (
        f"for vectors {list(e.shape)} the indices are whole numbers of shape"
        f" {list(e.shape[:-1])}; yours are {kind(indices)}."
    )


@exercise.must_hold
def a_code_stays(f) -> bool:
    """A vector that is a code already is given back, at no cost."""
    network = fill(built(f))
    passed, _, loss = called(network, table()[None])
    return same(passed.detach(), table()[None]) and abs(float(loss)) < 1e-6


@exercise.must_hold
def gradient_goes_straight(f) -> bool:
    """What is done with the result reaches e unchanged, and not the codes."""
    network, e = fill(built(f)), vectors()
    ahead = torch.randn_like(e)
    found = slope((ahead * called(network, e)[0]).sum(), e, *network.parameters())
    return same(found[0], ahead) and not any(bool(g.any()) for g in found[1:])


class _Plain(nn.Module):
    """The reference, with switches for what is done wrongly."""

    def __init__(self, codes: int, d: int, beta: float = 0.25, **how: object) -> None:
        super().__init__()
        scale = float(how.pop("scale", 1.0))  # type: ignore[arg-type]
        start = scale * torch.randn(codes, d) / d**0.5
        if how.pop("fixed", False):
            self.codes = start
        else:
            self.codes = nn.Parameter(start)
        self.beta, self.how = beta, how

    def choose(self, flat: Tensor) -> Tensor:
        """Indices [n] of the codes for vectors [n, d]."""
        if self.how.get("choice") == "farthest":
            return torch.cdist(flat, self.codes).argmax(1)
        if self.how.get("choice") == "differences":
            return torch.cdist(flat, self.codes, p=1).argmin(1)
        if self.how.get("choice") == "product":
            return (flat @ self.codes.T).argmax(1)
        if self.how.get("choice") == "angle":
            lengths = self.codes.norm(dim=1).clamp(min=1e-12)
            return (flat @ self.codes.T / lengths).argmax(1)
        return torch.cdist(flat, self.codes).argmin(1)

    def pass_on(self, e: Tensor, c: Tensor) -> Tensor:
        """The codes with the gradient of e."""
        way = self.how.get("way")
        if way == "cut":
            return c
        if way == "nothing":
            return c.detach()
        if way == "turned":
            return c + (e - c).detach()
        return e + c - c.detach() if way == "mixed" else e + (c - e).detach()

    def lost(self, e: Tensor, c: Tensor) -> Tensor:
        """The loss of (9.11), for vectors and whatever stands in place of the codes."""
        moved = (e.detach() - c).square().sum() / len(e)
        return moved + self.beta * (e - c.detach()).square().sum() / len(e)

    def cost(self, e: Tensor, c: Tensor) -> Tensor:
        """The loss."""
        moved = (e.detach() - c).square().sum() / len(e)
        held = (e - c.detach()).square().sum() / len(e)
        both = (e - c).square().sum() / len(e)
        ways = {
            "swapped": self.beta * moved + held,
            "codes only": moved,
            "vectors only": self.beta * held,
            "not detached": (1 + self.beta) * both,
            "mean": (moved + self.beta * held) * len(e) / e.numel(),
            "passed": self.lost(e, e + (c - e).detach()),
            "sum": (moved + self.beta * held) * len(e),
            "equal": moved + held,
            "vectors": (moved + self.beta * held) * e.shape[-1] * len(e) / e.numel(),
            "roots": (e.detach() - c).norm(dim=-1).sum() / len(e)
            + self.beta * (e - c.detach()).norm(dim=-1).sum() / len(e),
        }
        return ways.get(str(self.how.get("loss")), moved + self.beta * held)

    def forward(self, e: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        indices = self.choose(e.flatten(0, -2))
        c = self.codes[indices].view_as(e)
        if not self.how.get("flat"):
            indices = indices.view(e.shape[:-1])
        return self.pass_on(e, c), indices, self.cost(e, c)


@exercise.mistake(hint="idea")
def gradient_cut(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """You give the codes back as they are, so the gradient of the decoder ends at them
    and the encoder learns nothing from it. Return e + (c - e).detach()."""
    return _Plain(codes, d, beta, way="cut")


@exercise.mistake(hint="idea")
def nothing_passes(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """What you give back is detached whole, so no gradient passes at all. Detach the
    difference only: e + (c - e).detach()."""
    return _Plain(codes, d, beta, way="nothing")


@exercise.mistake(hint="formula")
def the_wrong_way_round(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """You have exchanged e and c: the value is e, nothing is quantised, and the
    gradient goes to the codes. The value is c and the gradient e's."""
    return _Plain(codes, d, beta, way="turned")


@exercise.mistake(hint="formula")
def not_quantised(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """The values that you give back are those of e: the codes cancel. Add the detached
    difference c - e, so that the value becomes c."""
    return _Plain(codes, d, beta, way="mixed")


@exercise.mistake(hint="idea")
def codes_do_not_learn(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """Your table is a plain tensor, so no optimiser will find it. Make it an
    nn.Parameter, or use nn.Embedding."""
    return _Plain(codes, d, beta, fixed=True)


@exercise.mistake(hint="idea")
def farthest(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """You choose the code that is farthest away. Take the argmin of the distances."""
    return _Plain(codes, d, beta, choice="farthest")


@exercise.mistake(hint="formula")
def largest_product(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """You choose the code with the largest product e c, which prefers long codes.
    |e - c|^2 also contains |c|^2: compare distances."""
    return _Plain(codes, d, beta, choice="product")


@exercise.mistake(hint="formula")
def by_angle(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """You choose the code with the most similar direction. A code replaces the vector
    whole, so its length counts as well: compare distances."""
    return _Plain(codes, d, beta, choice="angle")


@exercise.mistake(hint="formula")
def weights_swapped(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """beta stands before the wrong term. The codes move with weight 1, and the vectors
    are held to them with weight beta."""
    return _Plain(codes, d, beta, loss="swapped")


@exercise.mistake(hint="idea")
def no_commitment(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """The term beta |e - sg[c]|^2 is missing from your loss, so the vectors may run
    away from their codes."""
    return _Plain(codes, d, beta, loss="codes only")


@exercise.mistake(hint="idea")
def codes_not_moved(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """The term |sg[e] - c|^2 is missing from your loss. The straight-through gradient
    does not reach the codes, so nothing moves them."""
    return _Plain(codes, d, beta, loss="vectors only")


@exercise.mistake(hint="formula")
def nothing_stopped(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """Your loss stops no gradient, so both terms pull on both sides with weight
    1 + beta. Detach e in the first term and c in the second."""
    return _Plain(codes, d, beta, loss="not detached")


@exercise.mistake(hint="formula")
def mean_over_all(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """Your loss is a mean over places and coordinates, as mse_loss gives it. Sum over
    these, and take the mean over the N images only."""
    return _Plain(codes, d, beta, loss="mean")


@exercise.mistake(hint="formula")
def mean_over_vectors(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """Your loss is a mean over the places as well. Sum over the places of an image, and
    divide by the number of images only, len(e)."""
    return _Plain(codes, d, beta, loss="vectors")


@exercise.mistake(hint="formula")
def distances_not_squared(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """Your loss adds distances; the terms of (9.11) are squared distances. Leave out
    the root."""
    return _Plain(codes, d, beta, loss="roots")


@exercise.mistake(hint="formula")
def sum_of_differences(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """You choose by the sum of the absolute differences. (9.11) asks for the least sum
    of squares."""
    return _Plain(codes, d, beta, choice="differences")


@exercise.mistake(hint="formula")
def loss_of_what_is_passed(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """You compute the loss with the straight-through result, whose gradient goes to e
    and not to the codes, so the codes are never moved. Use c itself in both terms."""
    return _Plain(codes, d, beta, loss="passed")


@exercise.mistake(hint="formula")
def sum_over_images(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """Your loss is a sum over the images as well, so it grows with the batch. Divide by
    N."""
    return _Plain(codes, d, beta, loss="sum")


@exercise.mistake(hint="formula")
def beta_left_out(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """Both of your terms have the weight 1. The second is multiplied by beta."""
    return _Plain(codes, d, beta, loss="equal")


@exercise.mistake(hint="formula")
def flat_indices(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """Your indices are one long row. Give them the shape of e without its last axis, so
    that they are maps again."""
    return _Plain(codes, d, beta, flat=True)


@exercise.mistake(hint="idea")
def all_codes_equal(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    """All your codes start at 0, so every vector chooses the same one and the others
    are never used. Start them at random."""
    return _Plain(codes, d, beta, scale=0.0)
