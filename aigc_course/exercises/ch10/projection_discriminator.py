"""Exercise on a projection discriminator: a network to build."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch10._facts import (
    Facts,
    gradient,
    idle,
    louder,
    one_by_one,
    own_weights,
    weights_of,
)

MOST = 400_000  # weights

exercise = Exercise(
    "10.projection_discriminator",
    order=25,
    title="A network that asks whether image and label fit",
    difficulty=4,
    minutes=25,
    idea="Only the image goes through the nonlinear layers. The label enters at the"
    " end, as a row of weights for the features of the image.",
    formula="h = phi(x), strided convolutions and a hidden layer; the logit is"
    " linear(h) + sum_k V[y, k] h_k, with V an embedding.",
    line="In __init__ make `body` up to the features, `score = nn.Linear(F, 1)` and"
    " `V = nn.Embedding(classes, F)`; forward adds score(h) and the sum of V(labels)"
    " times h over the features.",
    line_is_part="a class of a dozen lines",
    variation="Let psi have a hidden layer of its own, as (10.5) allows.",
    agree=False,
    asks="network",
)


@exercise.answer
def projection_discriminator(classes: int) -> nn.Module:
    """A module D: D(x [N, 1, 28, 28], labels int [N]) is logits [N, 1], by (10.5).

    The features h depend on the image alone; each label has weights v_y of its own.
    At most 400,000 weights for 10 classes; no spectral normalisation.
    """

    class ProjectionDiscriminator(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(1, 16, 4, stride=2, padding=1),  # [N, 16, 14, 14]
                nn.LeakyReLU(0.2),
                nn.Conv2d(16, 32, 4, stride=2, padding=1),  # [N, 32, 7, 7]
                nn.BatchNorm2d(32),
                nn.LeakyReLU(0.2),
                nn.Flatten(),
                nn.Linear(32 * 7 * 7, 128),
                nn.LeakyReLU(0.2),
            )
            self.score = nn.Linear(128, 1)
            self.V = nn.Embedding(classes, 128)

        def forward(self, x: Tensor, labels: Tensor) -> Tensor:
            h = self.body(x)  # [N, 128]
            return self.score(h) + (self.V(labels) * h).sum(1, keepdim=True)

    return ProjectionDiscriminator()


CLASSES = 4


def pictures(n: int) -> Tensor:
    """Smooth random pictures [n, 1, 28, 28] in [-1, 1]."""
    small = torch.randn(n, 1, 7, 7)
    return nn.functional.interpolate(small, scale_factor=4, mode="bilinear").tanh()


@exercise.observe
def facts(f) -> Facts:
    network = f(CLASSES)
    if not weights_of(network):
        return {"weights": 0}
    network.eval()
    x, labels = pictures(6), torch.tensor([0, 1, 2, 3, 3, 0])
    logits = network(x, labels)
    shape = list(logits.shape) if isinstance(logits, Tensor) else []
    if shape != [6, 1]:
        return {"shape": shape}
    loud = louder(f(CLASSES), 30.0).eval()(pictures(64), torch.arange(64) % CLASSES)
    return {
        "shape": shape,
        "idle weights": idle(network, logits),  # first: weights are changed below
        "the same again": same(network(x, labels).detach(), logits.detach()),
        "one by one": one_by_one(network, x, labels),
        **_about_labels(network, x),
        "a probability": bool(((loud >= 0) & (loud <= 1)).all()),
    }


def _about_labels(network: nn.Module, x: Tensor) -> Facts:
    each = torch.stack([asked(network, x, c) for c in range(CLASSES)])  # [C, 6]
    gaps = each[1:] - each[:-1]
    matters = bool((gaps.abs().amax(1) > 1e-4 * each.abs().max()).all())
    slopes = torch.stack([_slopes(network, x[i : i + 1]) for i in range(3)])
    own = own_weights(slopes.abs().sum(0))  # [C, weights]
    told: Facts = {
        "the label matters": matters,
        "each label has weights": bool(own.any(1).all()),
        "even steps": matters and same(gaps[1:], gaps[:1].expand_as(gaps[1:]), 1e-3),
    }
    if not told["each label has weights"]:
        return told
    rows = [slopes[:, c, own[c]] for c in range(CLASSES)]  # h of each image
    alike = len({row.shape for row in rows}) == 1
    return told | {
        "one h for all labels": alike and all(same(row, rows[0], 1e-3) for row in rows),
        "h sees the image": bool(rows[0].std(0).max() > 1e-3 * rows[0].abs().max()),
        **_about_scaling(network, x, own),
    }


def _about_scaling(network: nn.Module, x: Tensor, own: Tensor) -> Facts:
    """What the logits do as the weights of the labels grow from 0."""
    weights = list(network.parameters())
    mine = own.any(0).split([weight.numel() for weight in weights])
    kept = [weight.detach().clone() for weight in weights]

    def scaled(times: float) -> Tensor:
        with torch.no_grad():
            for weight, old, chosen in zip(weights, kept, mine, strict=True):
                weight.copy_(torch.where(chosen.view_as(old), times * old, old))
        return torch.stack([asked(network, x, c) for c in range(CLASSES)])

    none, once, thrice = scaled(0.0), scaled(1.0), scaled(3.0)
    return {
        "linear": same(thrice - none, 3 * (once - none), 1e-3),
        "something without labels": bool(none.std(1).max() > 1e-6),
    }


def asked(network: nn.Module, x: Tensor, c: int) -> Tensor:
    """The logits where every image is said to show c, [N]."""
    return network(x, torch.full((len(x),), c)).detach()[:, 0]


def _slopes(network: nn.Module, x: Tensor) -> Tensor:
    """Gradients of one image's logit for each label, [C, weights]."""
    found = [gradient(network, network(x, torch.tensor([c]))) for c in range(CLASSES)]
    return torch.stack(found)


def fact(f, name: str) -> object:
    """One fact; None where the network is too far off for it."""
    return facts(f).get(name)


@exercise.must_hold
def is_seen_by_an_optimiser(f) -> bool:
    """The module has weights that `parameters()` lists: layers are attributes of the
    module, or stand in an nn.Sequential or nn.ModuleList."""
    return bool(weights_of(f(CLASSES)))


@exercise.must_hold
def shape(f) -> str | None:
    """The logits of six images have the shape [6, 1]."""
    found = fact(f, "shape")
    if found == [6, 1]:
        return None
    return f"six images get logits [6, 1]; yours have the shape {found}."


@exercise.must_hold
def a_logit(f) -> bool:
    """The results are logits, which can be any number, and not probabilities."""
    return fact(f, "a probability") is False


@exercise.must_hold
def label_matters(f) -> bool:
    """Another label for the same image gives another logit."""
    return fact(f, "the label matters") is True


@exercise.must_hold
def labels_have_weights(f) -> bool:
    """For each label there are weights that learn from this label alone."""
    return fact(f, "each label has weights") is True


@exercise.must_hold
def label_meets_image(f) -> bool:
    """What a label adds to the logit depends on the image."""
    return fact(f, "h sees the image") is True


@exercise.must_hold
def linear(f) -> bool:
    """The logit is linear in the label's weights v_y: v_y . h goes through no ReLU
    or other nonlinear layer."""
    return fact(f, "linear") is True


@exercise.must_hold
def one_h(f) -> bool:
    """The features h, which v_y is multiplied by, are the same for every label."""
    return fact(f, "one h for all labels") is True


@exercise.must_hold
def psi_is_there(f) -> bool:
    """With all v_y at 0 the logit still depends on the image, through psi(h)."""
    return fact(f, "something without labels") is True


@exercise.must_hold
def same_again(f) -> bool:
    """In evaluation mode the same image and label get the same logit each time."""
    return fact(f, "the same again") is True


@exercise.must_hold
def samples_apart(f) -> bool:
    """In evaluation mode a logit depends on its own image and label, and not on the
    rest of the batch."""
    return fact(f, "one by one") is True


@exercise.must_hold
def all_weights_learn(f) -> bool:
    """A gradient reaches every weight."""
    return fact(f, "idle weights") is False


@exercise.must_hold
def images_get_a_gradient(f) -> bool:
    """A gradient flows back to the image, from which G learns."""
    x = pictures(4).requires_grad_()
    f(CLASSES).eval()(x, torch.arange(4)).sum().backward()
    return x.grad is not None and bool(x.grad.flatten(1).any(1).all())


@exercise.must_hold
def ready_to_learn(f) -> bool:
    """The module comes in training mode, as a new module does."""
    return f(CLASSES).training


@exercise.must_hold
def small_enough(f) -> str | None:
    """There are at most 400,000 weights for 10 classes."""
    count = weights_of(f(10))
    if count <= MOST:
        return None
    return (
        f"there are at most {MOST:,} weights for 10 classes; yours has {count:,}."
        " Use fewer channels or features."
    )


class Wrong(nn.Module):
    """The reference's parts, put together by `way(self, x, labels)`."""

    def __init__(
        self,
        classes: int,
        way: Callable[["Wrong", Tensor, Tensor], Tensor],
        channels: int = 1,
        beside: int = 0,
        rows: bool = True,
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, 8, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(8, 16, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        self.hidden = nn.Sequential(nn.Linear(784, 64), nn.LeakyReLU(0.2))
        self.score = nn.Linear(64 + beside, 1)
        if rows:
            self.V = nn.Embedding(classes, 64)
        self.classes, self.way = classes, way

    def h(self, x: Tensor) -> Tensor:
        """Features [N, 64]."""
        return self.hidden(self.body(x))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return self.way(self, x, labels)


@exercise.mistake(hint="idea")
def label_ignored(classes: int) -> nn.Module:
    """Your logit does not depend on the label, so D cannot see whether G drew what was
    asked. Add v_y . h, with a row of weights for each class."""
    return Wrong(classes, lambda net, x, y: net.score(net.h(x)), rows=False)


@exercise.mistake(hint="idea")
def label_beside_the_features(classes: int) -> nn.Module:
    """Your label only adds a number to the logit, the same for all images: that is
    (10.3). Multiply the label's weights with the features of the image."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        marks = one_hot(labels, net.classes).to(x)
        return net.score(torch.cat([net.h(x), marks], dim=1))

    return Wrong(classes, way, beside=classes, rows=False)


class Joined(Wrong):
    """The label enters a hidden layer, by concatenation."""

    def __init__(self, classes: int) -> None:
        super().__init__(classes, lambda net, x, y: x, rows=False)
        self.hidden = nn.Sequential()
        self.joint = nn.Sequential(nn.Linear(784 + classes, 64), nn.LeakyReLU(0.2))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        marks = one_hot(labels, self.classes).to(x)
        return self.score(self.joint(torch.cat([self.body(x), marks], dim=1)))


@exercise.mistake(hint="idea")
def label_before_a_hidden_layer(classes: int) -> nn.Module:
    """Your label enters before a nonlinear layer, as in concatenation. In (10.5) the
    features come from the image alone, and the label's weights are multiplied by them
    at the very end."""
    return Joined(classes)


@exercise.mistake(hint="idea")
def psi_forgotten(classes: int) -> nn.Module:
    """Your logit is v_y . h alone: with all v_y at 0 nothing is left that says whether
    the image looks real. Add psi(h), a linear layer."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        return (net.V(labels) * net.h(x)).sum(1, keepdim=True)

    return Wrong(classes, way)


@exercise.mistake(hint="idea")
def log_posterior(classes: int) -> nn.Module:
    """Each label's weights act on the logits of all labels: you add a log-softmax over
    the classes. Its denominator depends on x alone and has joined psi(h): add v_y . h
    itself."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        h = net.h(x)
        named = (h @ net.V.weight.T).log_softmax(1)
        return net.score(h) + named.gather(1, labels[:, None])

    return Wrong(classes, way)


@exercise.mistake(hint="idea")
def label_as_a_number(classes: int) -> nn.Module:
    """Your label is used as a number, so the steps from 0 to 1 and from 1 to 2 are
    alike and all labels share one row of weights. Look a row up for each label:
    `nn.Embedding(classes, F)`."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        h = net.h(x)
        fits = (net.V.weight[:1] * h).sum(1, keepdim=True)
        return net.score(h) + labels[:, None].to(h) * fits

    return Wrong(classes, way)


def _logit(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
    h = net.h(x)
    return net.score(h) + (net.V(labels) * h).sum(1, keepdim=True)


@exercise.mistake(hint="formula")
def ends_in_a_sigmoid(classes: int) -> nn.Module:
    """Your result lies between 0 and 1: you return sigmoid(a). The logit a is wanted;
    the loss applies the sigmoid itself."""
    return Wrong(classes, lambda net, x, y: _logit(net, x, y).sigmoid())


@exercise.mistake(hint="formula")
def rows_without_a_column(classes: int) -> nn.Module:
    """Your logits have the shape [N]. Keep the second axis, [N, 1], as in chapter 05:
    a loss would otherwise pair every image with every other."""
    return Wrong(classes, lambda net, x, y: _logit(net, x, y)[:, 0])


@exercise.mistake(hint="formula")
def everyone_with_everyone(classes: int) -> nn.Module:
    """Your logits have the shape [N, N]: a matrix product pairs each image with the
    labels of all others, or [N] was added to [N, 1]. Multiply row by row, and sum over
    the features with keepdim=True."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        h = net.h(x)
        return net.score(h) + h @ net.V(labels).T

    return Wrong(classes, way)


@exercise.mistake(hint="formula")
def features_left_unsummed(classes: int) -> nn.Module:
    """You return one number for each feature. The inner product v_y . h is their sum:
    `.sum(1, keepdim=True)`."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        h = net.h(x)
        return net.score(h) + net.V(labels) * h

    return Wrong(classes, way)


@exercise.mistake(hint="formula")
def all_labels_at_once(classes: int) -> nn.Module:
    """You return a column for each class, whatever the label is. Only the weights of
    the given label count: look up its row."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        h = net.h(x)
        return net.score(h) + h @ net.V.weight.T

    return Wrong(classes, way)


@exercise.mistake(hint="idea")
def a_new_embedding_each_time(classes: int) -> nn.Module:
    """The same image and label get another logit at each call: a layer is made inside
    `forward`, with new random weights each time. Make all layers in `__init__`."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        h = net.h(x)
        rows = nn.Embedding(net.classes, 64)(labels)
        return net.score(h) + (rows * h).sum(1, keepdim=True)

    return Wrong(classes, way)


@exercise.mistake(hint="formula")
def features_detached(classes: int) -> nn.Module:
    """No gradient reaches the layers before h: you detach the features, so these layers
    stay as random as they began. Let the gradient through."""

    def way(net: Wrong, x: Tensor, labels: Tensor) -> Tensor:
        h = net.h(x)
        return net.score(h.detach()) + (net.V(labels) * h.detach()).sum(1, keepdim=True)

    return Wrong(classes, way)
