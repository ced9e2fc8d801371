"""Exercise on one training step of a flow."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch13._fields import Learning, Time, per_row

Opt = torch.optim.Optimizer

exercise = Exercise(
    "13.flow_step",
    order=120,
    title="A training step of the flow",
    difficulty=3,
    minutes=15,
    asks="step",
    idea="Draw noise like the data, and a time for each row. Compute the loss of flow"
    " matching on them. Then clear the old gradients, backward, step.",
    formula="x0 from N(0, I), t uniform on [0, 1], one of each for every row; loss ="
    " mean of (u(x_t, t) - (x1 - x0))^2; weights <- weights - lr d loss / d weights.",
    line="Write `x0 = torch.randn_like(x1)`, `t = torch.rand(len(x1))`, `loss ="
    " cfm_loss(network, x0, x1, t)`, `optimizer.zero_grad()`, `loss.backward()`,"
    " `optimizer.step()` and `return loss.detach()`.",
    variation="Draw the times as t = (i + u) / N with u uniform, one for each row i."
    " Measure how much less the loss of a batch varies.",
    agree=False,
)


@exercise.answer
def flow_step(network: nn.Module, optimizer: Opt, x1: Tensor) -> Tensor:
    """One step of flow matching on data x1 [N, ...]; returns the loss before it.

    network: called as network(x, t) with x [N, ...] and t [N]; it returns [N, ...].
    Noise is drawn from N(0, I) and times uniformly from [0, 1], for each row anew.
    Lipman et al. 2023, equation 9 with straight paths.
    """
    x0 = torch.randn_like(x1)  # [N, ...]
    t = torch.rand(len(x1))  # [N]
    s = t.reshape(-1, *[1] * (x1.ndim - 1))  # [N, 1, ...]
    u = network((1 - s) * x0 + s * x1, t)
    loss = (u - (x1 - x0)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


class Spy(nn.Module):
    """A small field that remembers where it was asked, and with which weights."""

    def __init__(self) -> None:
        super().__init__()
        self.field = Learning()
        self.asked: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor, t: Time) -> Tensor:
        """The velocity at x [N, ...] and times t."""
        times = torch.as_tensor(t).detach().float().reshape(-1)
        assert len(times) in (1, len(x)), (
            f"Your step gives the network {len(times):,} numbers as times for"
            f" {len(x):,} rows; one for each row is expected, [N]."
        )
        self.asked.append((x.detach().float(), times.expand(len(x)).clone()))
        return self.field(x, t)


RATE = 0.05
POINTS, IMAGES = (3000, 2), (600, 1, 2, 2)


def data(shape: tuple[int, ...]) -> Tensor:
    """Data whose mean and deviation are not those of noise."""
    return 2.5 + 0.6 * torch.randn(shape)


@exercise.observe
def two_rounds(f) -> dict[str, object]:
    spy = Spy()
    optimizer = torch.optim.SGD(spy.parameters(), lr=RATE)
    first = watch(f, spy, optimizer)
    once = spy.asked[0]
    second = watch(f, spy, optimizer)
    again = "draws anew" if drawn_anew(once, spy.asked[0]) else "draws the same"
    return {**first, "learns again": second["learns"], "second step": again}


def drawn_anew(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> bool:
    """Whether two steps asked at different times: x and t [N] of each."""
    return not torch.equal(first[1], second[1])


def watch(f, spy: Spy, optimizer: Opt) -> dict[str, object]:
    """What one step did: where it asked, how the weights changed, what it returned."""
    x1 = data(POINTS)
    before = copy.deepcopy(spy.field)
    spy.asked.clear()
    told = f(spy, optimizer, x1)
    assert spy.asked, "Your step never calls the network."
    x, t = spy.asked[0]
    x, t = x[: len(x1)], t[: len(x1)]
    assert x.shape == x1.shape, (
        f"Your step gives the network points of shape {list(x.shape)}; those of the"
        f" data, {list(x1.shape)}, are expected."
    )
    noise = the_noise(x, x1, t)
    change = [
        new - old
        for new, old in zip(spy.field.parameters(), before.parameters(), strict=True)
    ]
    return {
        "times": the_times(t),
        "points": the_points(x, x1, noise),
        "learns": the_rule(before, x, t, x1, noise, torch.cat(change).detach()),
        "told": the_told(told, before, spy.field, x, t, x1, noise),
    }


def the_noise(x: Tensor, x1: Tensor, t: Tensor) -> Tensor:
    """The noise that must be in x if it lies on the straight path to x1."""
    s = per_row(t, x)
    return (x - s * x1) / (1 - s).clamp(min=1e-3)


def the_times(t: Tensor) -> str:
    """How the times are spread, in a word."""
    if len(t) > 1 and bool((t == t[0]).all()):
        return "one for all"
    if float(t.min()) < 0 or float(t.max()) > 1:
        return "outside"
    even = abs(float(t.mean()) - 0.5) < 0.03 and abs(float(t.std()) - 0.2887) < 0.02
    return "uniform" if even else "other"


def the_points(x: Tensor, x1: Tensor, noise: Tensor) -> str:
    """Where the network is asked, in a word."""
    if same(x, x1):
        return "data"
    if (
        bool((noise == noise[:1]).all())
        or float((noise - noise[:1]).abs().max()) < 1e-3
    ):
        return "one noise"
    if _is_normal(noise):
        return "path"
    return "even noise" if _is_even(noise) else "noise" if _is_normal(x) else "other"


def _is_normal(z: Tensor) -> bool:
    """Whether numbers look like N(0, 1), some outliers from t near 1 left aside."""
    z = z.flatten()
    low, middle, high = z.quantile(torch.tensor([0.1587, 0.5, 0.8413]))
    return all(
        abs(float(got) - want) < 0.08
        for got, want in ((low, -1), (middle, 0), (high, 1))
    )


def _is_even(z: Tensor) -> bool:
    """Whether numbers look like a uniform draw from [0, 1]."""
    low, middle, high = z.flatten().quantile(torch.tensor([0.1587, 0.5, 0.8413]))
    return all(
        abs(float(got) - want) < 0.05
        for got, want in ((low, 0.16), (middle, 0.5), (high, 0.84))
    )


TARGETS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "velocity": lambda x, x1, x0: x1 - x0,
    "backwards": lambda x, x1, x0: x0 - x1,
    "rest": lambda x, x1, x0: x1 - x,
    "data": lambda x, x1, x0: x1,
    "noise": lambda x, x1, x0: x0,
}


def slope(field: nn.Module, loss: Tensor) -> Tensor:
    """The gradient of a loss in the weights of a field."""
    return torch.cat([g for g in torch.autograd.grad(loss, list(field.parameters()))])


def the_rule(
    field: nn.Module, x: Tensor, t: Tensor, x1: Tensor, noise: Tensor, change: Tensor
) -> str:
    """Which loss the change of the weights descends, in a word."""
    if not bool(change.any()):
        return "nothing"
    for name, target in TARGETS.items():
        gap = field(x, t) - target(x, x1, noise)
        wanted = -RATE * slope(field, gap.square().mean())
        if same(change, wanted, 5e-3):
            return name
        if same(change, -wanted, 5e-3):
            return f"uphill of {name}"
    return the_other_rule(field(x, t) - (x1 - noise), field, change)


def the_other_rule(gap: Tensor, field: nn.Module, change: Tensor) -> str:
    """Which other mean of the same differences is descended, in a word."""
    losses = {
        "sum": gap.square().sum(),
        "sum over coordinates": gap.square().flatten(1).sum(1).mean(),
        "mean first": gap.mean(0).square().mean(),
        "absolute": gap.abs().mean(),
        "root": gap.square().mean().sqrt(),
    }
    for name, loss in losses.items():
        (wanted,) = torch.autograd.grad(
            loss, list(field.parameters()), retain_graph=True
        )
        if same(change, -RATE * wanted, 5e-3):
            return name
    return "other"


def the_told(
    told: object,
    before: nn.Module,
    after: nn.Module,
    x: Tensor,
    t: Tensor,
    x1: Tensor,
    noise: Tensor,
) -> str:
    """What the returned number is, in a word."""
    if isinstance(told, Tensor) and told.numel() == 1:
        told = float(told.detach())
    assert isinstance(told, int | float), "Return the loss, one number."
    with torch.no_grad():
        old, new = (
            (field(x, t) - (x1 - noise)).square().mean() for field in (before, after)
        )
    if same(float(told), float(old), 1e-3):
        return "loss"
    return "after" if same(float(told), float(new), 1e-3) else "other"


@exercise.must_hold
def times_are_spread(f) -> bool | str:
    """Each row has a time of its own, uniform between 0 and 1."""
    found = two_rounds(f)["times"]
    if found == "one for all":
        return "each row has a time of its own; yours all have the same."
    return found == "uniform"


@exercise.must_hold
def drawn_in_each_step(f) -> bool:
    """Noise and times are drawn anew in each step, so two steps have other times."""
    return two_rounds(f)["second step"] == "draws anew"


@exercise.must_hold
def asked_on_the_path(f) -> bool:
    """The network is asked at x_t = (1 - t) x0 + t x1, with noise x0 from N(0, I)."""
    return two_rounds(f)["points"] == "path"


@exercise.must_hold
def descends_the_loss(f) -> bool | str:
    """The weights go down the gradient of the mean squared difference from x1 - x0."""
    found = two_rounds(f)["learns"]
    if found == "nothing":
        return "the weights change; here they stay as they were."
    return found == "velocity"


@exercise.must_hold
def each_step_is_its_own(f) -> bool:
    """The second step goes down the loss of its own batch alone: old gradients are
    cleared."""
    return two_rounds(f)["learns again"] == "velocity"


@exercise.must_hold
def loss_is_returned(f) -> bool:
    """The loss that was descended is returned, as one number."""
    return two_rounds(f)["told"] == "loss"


@exercise.must_hold
def images_too(f) -> bool:
    """It works for images [N, 1, H, W] as well."""
    spy, x1 = Spy(), data(IMAGES)
    f(spy, torch.optim.SGD(spy.parameters(), lr=RATE), x1)
    x, t = spy.asked[0]
    return the_points(x, x1, the_noise(x, x1, t)) == "path"


def _drawn(x1: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Noise, times [N] and the points of the path."""
    x0, t = torch.randn_like(x1), torch.rand(len(x1))
    s = per_row(t, x1)
    return x0, t, (1 - s) * x0 + s * x1


def _down(optimizer, loss: Tensor) -> Tensor:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


@exercise.mistake(hint="formula")
def gradients_pile_up(network, optimizer, x1):
    """You do not clear the old gradients, so each step also goes down the losses of
    earlier batches. Call `optimizer.zero_grad()` before `backward()`."""
    x0, t, x = _drawn(x1)
    loss = (network(x, t) - (x1 - x0)).square().mean()
    loss.backward()
    optimizer.step()
    return loss.detach()


@exercise.mistake(hint="formula")
def network_stays(network, optimizer, x1):
    """The network stays as it was. Either `optimizer.step()` is missing or in the wrong
    place (clear, then backward, then step), or the loss does not depend on the weights,
    as when the network is called under `no_grad`."""
    x0, t, x = _drawn(x1)
    return (network(x, t) - (x1 - x0)).square().mean().detach()


@exercise.mistake(hint="idea")
def same_in_each_step(network, optimizer, x1):
    """All your steps have the same times, as with a seed set inside the step, or with
    `linspace`. Draw noise and times anew; set a seed once, before the training."""
    generator = torch.Generator().manual_seed(0)
    x0 = torch.randn(x1.shape, generator=generator)
    t = torch.rand(len(x1), generator=generator)
    s = per_row(t, x1)
    loss = (network((1 - s) * x0 + s * x1, t) - (x1 - x0)).square().mean()
    return _down(optimizer, loss)


@exercise.mistake(hint="idea")
def asked_at_the_data(network, optimizer, x1):
    """You give the network the data x1. A sampler will ask it at points with noise in
    them: give it x_t."""
    x0, t, _ = _drawn(x1)
    return _down(optimizer, (network(x1, t) - (x1 - x0)).square().mean())


@exercise.mistake(hint="idea")
def asked_at_the_noise(network, optimizer, x1):
    """You give the network the noise x0. A sampler will ask it along the whole path:
    give it x_t."""
    x0, t, _ = _drawn(x1)
    return _down(optimizer, (network(x0, t) - (x1 - x0)).square().mean())


@exercise.mistake(hint="idea")
def one_time_for_all(network, optimizer, x1):
    """You draw one time for the whole batch. The gradient then varies much more from
    step to step: draw a time for each row."""
    x0 = torch.randn_like(x1)
    t = torch.rand(1).expand(len(x1))
    s = per_row(t, x1)
    x = (1 - s) * x0 + s * x1
    return _down(optimizer, (network(x, t) - (x1 - x0)).square().mean())


@exercise.mistake(hint="idea")
def even_noise(network, optimizer, x1):
    """Your noise is uniform between 0 and 1, from `rand` or `rand_like`. Samples start
    from a normal: use `randn_like`."""
    x0, t = torch.rand_like(x1), torch.rand(len(x1))
    s = per_row(t, x1)
    x = (1 - s) * x0 + s * x1
    return _down(optimizer, (network(x, t) - (x1 - x0)).square().mean())


@exercise.mistake(hint="idea")
def one_noise_for_all(network, optimizer, x1):
    """You draw one noise for the whole batch. Every row needs noise of its own: use
    `randn_like`."""
    x0 = torch.randn_like(x1[:1]).expand_as(x1)
    t = torch.rand(len(x1))
    s = per_row(t, x1)
    x = (1 - s) * x0 + s * x1
    return _down(optimizer, (network(x, t) - (x1 - x0)).square().mean())


@exercise.mistake(hint="formula")
def target_backwards(network, optimizer, x1):
    """Your target is x0 - x1, which points to the noise. Here data are at t = 1, and
    the target is x1 - x0."""
    x0, t, x = _drawn(x1)
    return _down(optimizer, (network(x, t) - (x0 - x1)).square().mean())


@exercise.mistake(hint="formula")
def the_rest_of_the_way(network, optimizer, x1):
    """Your target is x1 - x_t, the way that is left. The velocity of a straight path is
    x1 - x0 at every time."""
    x0, t, x = _drawn(x1)
    return _down(optimizer, (network(x, t) - (x1 - x)).square().mean())


@exercise.mistake(hint="idea")
def noise_as_target(network, optimizer, x1):
    """Your target is the noise, which diffusion models predict. Here the network gives
    a velocity: the target is x1 - x0."""
    x0, t, x = _drawn(x1)
    return _down(optimizer, (network(x, t) - x0).square().mean())


@exercise.mistake(hint="idea")
def data_as_target(network, optimizer, x1):
    """Your target is the data, which trains a denoiser. Here the network gives a
    velocity: the target is x1 - x0."""
    x0, t, x = _drawn(x1)
    return _down(optimizer, (network(x, t) - x1).square().mean())


@exercise.mistake(hint="idea")
def averaged_before_squaring(network, optimizer, x1):
    """You average the differences over the batch and then square. Differences of
    opposite sign cancel, and the network learns a mean only: square first."""
    x0, t, x = _drawn(x1)
    return _down(optimizer, (network(x, t) - (x1 - x0)).mean(0).square().mean())


@exercise.mistake(hint="line")
def summed(network, optimizer, x1):
    """You sum the squares over the batch, so the step grows with the batch. Take the
    mean."""
    x0, t, x = _drawn(x1)
    return _down(optimizer, (network(x, t) - (x1 - x0)).square().sum())


@exercise.mistake(hint="formula")
def uphill(network, optimizer, x1):
    """Your weights go up the loss: you descend its negative. Call `backward()` on the
    loss itself."""
    x0, t, x = _drawn(x1)
    loss = (network(x, t) - (x1 - x0)).square().mean()
    _down(optimizer, -loss)
    return loss.detach()


@exercise.mistake(hint="line")
def loss_afterwards(network, optimizer, x1):
    """The network learns as it should, but you compute the loss again after the step.
    Return the one that was descended."""
    x0, t, x = _drawn(x1)
    _down(optimizer, (network(x, t) - (x1 - x0)).square().mean())
    return (network(x, t) - (x1 - x0)).square().mean().detach()
