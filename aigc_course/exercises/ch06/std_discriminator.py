"""Exercise: a discriminator that sees how much a batch varies, a network to build."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises import probing
from aigc_course.exercises.ch06.minibatch_std import minibatch_std

exercise = Exercise(
    "06.std_discriminator",
    order=165,
    title="A discriminator that sees the batch",
    difficulty=4,
    minutes=15,
    idea="Write a module whose forward has three parts: the two hidden layers, your"
    " `minibatch_std` of their features, and the last layer, which has one input more.",
    formula="h = leaky(W_2 leaky(W_1 x)), [N, 128]; then minibatch_std(h), [N, 129];"
    " then a linear layer from 129 to 1.",
    line="Put nn.Linear(2, 128), nn.LeakyReLU(0.2), nn.Linear(128, 128),"
    " nn.LeakyReLU(0.2) into self.hidden and nn.Linear(129, 1) into self.last; forward"
    " returns self.last(minibatch_std(self.hidden(x))).",
    line_is_part="a class of ten lines",
    variation="Take the statistic of the first hidden layer's features instead, and"
    " compare the modes that are kept on the unbalanced ring.",
    agree=False,
    asks="network",
)

FIRST, SECOND, LAST = 256, 128**2, 129
SIZES = [SECOND, FIRST, LAST]
WEIGHTS = sum(SIZES) + 128 + 128 + 1

Statistic = Callable[[Tensor], Tensor]


class _Parts(nn.Module):
    """The network, with switches for what is done otherwise."""

    def __init__(
        self,
        statistic: Statistic = minibatch_std,
        *,
        hidden: Callable[[], nn.Module] = lambda: nn.LeakyReLU(0.2),
        inputs: int = 129,
        of: str = "second",
        end: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.Linear(2, 128), hidden())
        wide = 129 if of == "before" else 128
        self.two = nn.Sequential(nn.Linear(wide, 128), hidden())
        self.last = nn.Linear(inputs, 1)
        self.statistic, self.of, self.end = statistic, of, end

    def forward(self, x: Tensor) -> Tensor:
        """Points [N, 2] to logits [N, 1]."""
        first = self.one(x)
        if self.of == "before":
            return self.last(self.two(self.statistic(first)))
        second = self.two(first)
        seen = {
            "points": x,
            "first": first,
            "bare": self.two[0](first),
            "second": second,
        }[self.of]
        with_it = torch.cat([second, self.statistic(seen)[:, seen.shape[1] :]], dim=1)
        logits = self.last(with_it if self.of != "second" else self.statistic(second))
        return self.end(logits) if self.end else logits


@exercise.answer
def std_discriminator() -> nn.Module:
    """Points [N, 2] to logits [N, 1]; the last layer also sees the batch's spread.

    2 - 128 - 128 with leaky ReLUs (0.2), minibatch_std of the 128 features (Karras et
    al. 2018), and a linear layer from 129 numbers to 1.
    """
    return _Parts()


Facts = dict[str, object]


@exercise.observe
def built(f) -> Facts:
    return facts(f)


def facts(f: Callable[[], object]) -> Facts:
    """What the network is and does, in words and numbers that its writing leaves."""
    D = probing.module(f())
    y = probing.output(D, torch.randn(4, 2), "[N, 1]")
    found: Facts = {
        "shape": list(y.shape),
        "sizes": probing.sizes(D),
        "parameters": probing.count(D),
    }
    right = found["sizes"] == SIZES and found["parameters"] == WEIGHTS
    if not right or y.numel() != 4:
        return found
    return found | _computed(D)


STEPS = torch.linspace(0.5, 2.0, 128)  # the second layer's weights: one for each unit
MEANS = torch.tensor([1.0, 2.0, 3.0, 6.0])


def _computed(D: nn.Module) -> Facts:
    """For a first layer of ones, a second one that is diagonal, and a last of ones."""

    def logits(x: Tensor, *signs: float) -> Tensor:
        probing.set_weights(D, {FIRST: signs[0], SECOND: 0.0, LAST: signs[2]})
        with torch.no_grad():
            probing.of_size(D, SECOND).copy_(torch.diag(signs[1] * STEPS))
        return D(x).flatten()

    x = MEANS[:, None].repeat(1, 2).requires_grad_()
    told = logits(x, 1, 1, 1)
    features = (2 * MEANS[:, None] * STEPS).sum(1)
    statistic = (told - features).detach()
    reached = torch.autograd.grad(told[0], x, allow_unused=True)[0]
    same_points = torch.ones(4, 2)
    with torch.no_grad():
        bent = logits(x, 1, -1, 1) + 0.2 * features
        usual = logits(same_points, 1, 1, 1)[0]
        slopes = [
            logits(same_points, *s)[0] / usual for s in ((-1, -1, 1), (1, -1, -1))
        ]
        end = logits(same_points, 1, 1, -1)[0] / usual
    return {
        "statistic": probing.tidy(statistic.mean(), 1),
        "bent statistic": probing.tidy(bent.mean(), 1),
        "same for all": bool(statistic.max() - statistic.min() < 0.01),
        "others pull": reached is not None and bool(reached[1:].abs().max() > 1e-6),
        "slopes": [probing.tidy(one) for one in slopes],
        "at the end": probing.tidy(end),
    }


def _exact() -> float:
    """The statistic of the test batch, where the leaky ReLUs pass all values."""
    return 2 * float(STEPS.mean()) * float(MEANS.std(unbiased=False))


def _expected() -> float:
    return probing.tidy(_exact(), 1)


@exercise.must_hold
def layers_as_asked(f) -> bool | str:
    """Two hidden layers of 128 units with leaky ReLUs, the statistic of their features
    as one more number, and a linear layer from 129 to 1."""
    found = facts(f)
    if found["sizes"] != SIZES:
        return (
            "the three matrices have 256, 16,384 and 129 entries; yours have"
            f" {', '.join(f'{n:,}' for n in probing.sizes(probing.module(f())))}. The"
            " last layer sees 128 features and one number more."
        )
    if found["parameters"] != WEIGHTS:
        return (
            f"there are {WEIGHTS:,} parameters, three matrices and three biases; your"
            f" network has {found['parameters']:,}."
        )
    if found["shape"] != [4, 1]:
        return f"four points became {found['shape']}; [4, 1] is expected."
    if found["slopes"] != [0.2, 0.2]:
        return "behind both hidden layers stands a leaky ReLU of slope 0.2."
    if found["at the end"] != -1.0:
        return "behind the last layer stands nothing: its output is the logit."
    if not found["same for all"]:
        return "every sample of a batch is given the same statistic."
    if not same(found["statistic"], _expected()):
        return (
            "the last layer sees (6.20) of the second layer's features. For a test"
            f" batch that is {_expected()}; your network sees {found['statistic']}."
        )
    if not same(found["bent statistic"], probing.tidy(0.2 * _exact(), 1)):
        return (
            "the statistic is that of the features, behind the second leaky ReLU. Where"
            " its inputs are negative yours is too large."
        )
    return found["others pull"] is True or (
        "the statistic carries a gradient, so that a logit pulls at all samples of the"
        " batch."
    )


@exercise.must_hold
def every_weight_learns(f) -> bool:
    """A gradient reaches every weight."""
    return probing.learns(probing.module(f()), torch.randn(9, 2))


def _with(number: Callable[[Tensor], Tensor]) -> Statistic:
    """The features with one more number for each sample."""

    def statistic(h: Tensor) -> Tensor:
        return torch.cat([h, number(h).expand(len(h), 1)], dim=1)

    return statistic


@exercise.mistake(hint="idea")
def judged_alone() -> nn.Module:
    """Your last layer sees 128 features and no statistic, so each sample is judged
    alone. Pass the features through minibatch_std first, and give the last layer 129
    inputs."""
    return _Parts(lambda h: h, inputs=128)


@exercise.mistake(hint="idea")
def of_the_points() -> nn.Module:
    """Your statistic is taken of the points themselves, which section 1 showed to be
    blind to lost modes. Take it of the second hidden layer's features."""
    return _Parts(of="points")


@exercise.mistake(hint="formula")
def of_the_first_layer() -> nn.Module:
    """Your statistic is taken of the first hidden layer's features; the exercise asks
    for the second's."""
    return _Parts(of="first")


@exercise.mistake(hint="formula")
def before_the_second_relu() -> nn.Module:
    """Your statistic is taken of the second linear layer's outputs. Take it behind the
    leaky ReLU: the features are what the last layer sees."""
    return _Parts(of="bare")


@exercise.mistake(hint="formula")
def before_the_second_layer() -> nn.Module:
    """Your statistic enters before the second hidden layer. The package does that too;
    here it goes to the last layer: 128 to 128, then 129 to 1."""
    return _Parts(inputs=128, of="before")


@exercise.mistake(hint="idea")
def over_the_features() -> nn.Module:
    """Your statistic is the spread over the features of one sample. It has to be taken
    over the samples of the batch, dim=0, and then averaged over the features."""
    return _Parts(lambda h: torch.cat([h, h.std(dim=1, keepdim=True)], dim=1))


@exercise.mistake(hint="formula")
def sample_deviation() -> nn.Module:
    """Your variance divides by N - 1. (6.20) divides by N: unbiased=False."""
    return _Parts(_with(lambda h: h.std(dim=0).mean()))


@exercise.mistake(hint="formula")
def variance() -> nn.Module:
    """You take the variance and leave out its root. Take the standard deviation of each
    feature before you average."""
    return _Parts(_with(lambda h: h.var(dim=0, unbiased=False).mean()))


@exercise.mistake(hint="formula")
def root_of_the_mean() -> nn.Module:
    """You average the variances of the features and then take the root. (6.20) averages
    the roots."""
    return _Parts(_with(lambda h: h.var(dim=0, unbiased=False).mean().sqrt()))


@exercise.mistake(hint="formula")
def summed() -> nn.Module:
    """You add the deviations of all features, which makes a number 128 times too large.
    Average them."""
    return _Parts(_with(lambda h: h.std(dim=0, unbiased=False).sum()))


@exercise.mistake(hint="idea")
def detached() -> nn.Module:
    """Your statistic is detached, so D sees it and G cannot be moved by it. Its
    gradient is what moves the fakes of a batch apart: leave the graph."""
    return _Parts(lambda h: torch.cat([h, minibatch_std(h.detach())[:, 128:]], dim=1))


@exercise.mistake(hint="formula")
def one_for_each_feature() -> nn.Module:
    """You give the last layer the deviation of each feature, 128 more numbers. Average
    them to one, so that it has 129 inputs."""

    def each(h: Tensor) -> Tensor:
        return torch.cat([h, h.std(dim=0, unbiased=False).expand_as(h)], dim=1)

    return _Parts(each, inputs=256)


@exercise.mistake(hint="formula")
def a_probability() -> nn.Module:
    """Your network ends in a sigmoid. D returns a logit: end in the linear layer."""
    return _Parts(end=nn.Sigmoid())


@exercise.mistake(hint="formula")
def plain_relu() -> nn.Module:
    """You use ReLU in the hidden layers; the exercise asks for nn.LeakyReLU(0.2)."""
    return _Parts(hidden=nn.ReLU)


@exercise.mistake(hint="formula")
def torchs_slope() -> nn.Module:
    """Your leaky ReLUs have torch's own slope, 0.01; write nn.LeakyReLU(0.2)."""
    return _Parts(hidden=nn.LeakyReLU)
