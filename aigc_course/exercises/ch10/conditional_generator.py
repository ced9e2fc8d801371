"""Exercise on a generator that is told the label: a network to build."""

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
from aigc_course.exercises.ch10.with_condition import with_condition

MOST = 400_000  # weights

exercise = Exercise(
    "10.conditional_generator",
    order=15,
    title="A generator that is told the label",
    difficulty=4,
    minutes=25,
    idea="Only the first layer is new: its input has a place for each class beside the"
    " latents. The layers after it are those of the generator of chapter 05.",
    formula="[z, one-hot(y)] -> linear -> maps of 7 x 7 -> transposed convolution to"
    " 14 x 14 -> transposed convolution to 28 x 28 -> tanh.",
    line="Write a class whose forward(z, labels) calls with_condition and then an"
    " nn.Sequential, and return an instance of it.",
    line_is_part="a class of a dozen lines",
    variation="Give the label to every layer: replace the batch norms by one whose"
    " scale and shift are an embedding of the label (conditional batch norm).",
    agree=False,
    asks="network",
)


@exercise.answer
def conditional_generator(latent: int, classes: int) -> nn.Module:
    """A module G: G(z [N, latent], labels int [N]) is images [N, 1, 28, 28] in [-1, 1].

    Each label has weights of its own, and the image depends on z and label together.
    At most 400,000 weights for 64 latents and 10 classes.
    """

    class ConditionalGenerator(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(latent + classes, 32 * 7 * 7),
                nn.BatchNorm1d(32 * 7 * 7),
                nn.ReLU(),
                nn.Unflatten(1, (32, 7, 7)),
                nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # [N, 16, 14, 14]
                nn.BatchNorm2d(16),
                nn.ReLU(),
                nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # [N, 1, 28, 28]
                nn.Tanh(),
            )

        def forward(self, z: Tensor, labels: Tensor) -> Tensor:
            return self.net(with_condition(z, labels, classes))

    return ConditionalGenerator()


LATENT, CLASSES = 12, 4


@exercise.observe
def facts(f) -> Facts:
    network = f(LATENT, CLASSES)
    if not weights_of(network):
        return {"weights": 0}
    network.eval()
    z, labels = torch.randn(6, LATENT), torch.tensor([0, 1, 2, 3, 3, 0])
    images = network(z, labels)
    shape = list(images.shape) if isinstance(images, Tensor) else []
    if shape != [6, 1, 28, 28]:
        return {"shape": shape}
    return {
        "shape": shape,
        "the noise matters": not same(network(z.roll(1, 0), labels), images, 1e-3),
        **_about_labels(network, z, images),
        "the same again": same(network(z, labels).detach(), images.detach()),
        "one by one": one_by_one(network, z, labels),
        "idle weights": idle(network, images),
        **_about_range(f, z, labels),
    }


def _about_labels(network: nn.Module, z: Tensor, images: Tensor) -> Facts:
    """Whether labels change the image, by weights of their own, and how."""
    z = torch.cat([z, torch.randn(58, LATENT)])
    each = [network(z, torch.full((64,), c)) for c in range(CLASSES)]
    apart = [not same(each[c], each[c - 1], 1e-4) for c in range(CLASSES)]
    slopes = torch.stack([gradient(network, one.square()) for one in each])
    # before a tanh; where the change is one picture for all z, its spread is 0
    bare = [torch.atanh(one.detach().clamp(-0.999, 0.999)) for one in each[:2]]
    change = bare[1] - bare[0]
    return {
        "the label matters": all(apart),
        "each label has weights": bool(own_weights(slopes).any(1).all()),
        "one change for all": all(apart)
        and bool(change.std(0).mean() < 1e-3 * change.abs().mean()),
    }


def _about_range(f, z: Tensor, labels: Tensor) -> Facts:
    images = louder(f(LATENT, CLASSES)).eval()(z, labels).detach()
    beyond = bool((images.abs() > 1 + 1e-5).any())
    return {"beyond 1": beyond, "below 0": bool((images < -1e-4).any())}


def fact(f, name: str) -> object:
    """One fact; None where the network is too far off for it."""
    return facts(f).get(name)


@exercise.must_hold
def is_seen_by_an_optimiser(f) -> bool:
    """The module has weights that `parameters()` lists: layers are attributes of the
    module, or stand in an nn.Sequential or nn.ModuleList."""
    return bool(weights_of(f(LATENT, CLASSES)))


@exercise.must_hold
def shape(f) -> str | None:
    """The images of six latents have the shape [6, 1, 28, 28]."""
    found = fact(f, "shape")
    if found == [6, 1, 28, 28]:
        return None
    return f"six latents give images [6, 1, 28, 28]; yours have the shape {found}."


@exercise.must_hold
def within_one(f) -> bool:
    """No pixel is below -1 or above 1, however large the weights become."""
    return fact(f, "beyond 1") is False


@exercise.must_hold
def black_is_reached(f) -> bool:
    """Pixels can be negative: black is -1, as in the training images."""
    return fact(f, "below 0") is True


@exercise.must_hold
def noise_matters(f) -> bool:
    """With another z and the same label the image is a different one."""
    return fact(f, "the noise matters") is True


@exercise.must_hold
def label_matters(f) -> bool:
    """With another label and the same z the image is a different one."""
    return fact(f, "the label matters") is True


@exercise.must_hold
def labels_have_weights(f) -> bool:
    """For each label there are weights that learn from this label alone."""
    return fact(f, "each label has weights") is True


@exercise.must_hold
def together(f) -> bool:
    """What a label changes in the image depends on z."""
    return fact(f, "one change for all") is False


@exercise.must_hold
def same_again(f) -> bool:
    """In evaluation mode the same z and label give the same image each time."""
    return fact(f, "the same again") is True


@exercise.must_hold
def samples_apart(f) -> bool:
    """In evaluation mode an image depends on its own z and label, and not on the rest
    of the batch."""
    return fact(f, "one by one") is True


@exercise.must_hold
def all_weights_learn(f) -> bool:
    """A gradient reaches every weight."""
    return fact(f, "idle weights") is False


@exercise.must_hold
def ready_to_learn(f) -> bool:
    """The module comes in training mode, as a new module does."""
    return f(LATENT, CLASSES).training


@exercise.must_hold
def small_enough(f) -> str | None:
    """There are at most 400,000 weights for 64 latents and 10 classes."""
    count = weights_of(f(64, 10))
    if count <= MOST:
        return None
    return (
        f"there are at most {MOST:,} weights for 64 latents and 10 classes; yours has"
        f" {count:,}. Use fewer channels at 7 x 7."
    )


class Wrong(nn.Module):
    """The reference's layers, with one thing done by `way(self, z, labels)`."""

    def __init__(
        self, inputs: int, way: Callable[["Wrong", Tensor, Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, 32 * 7 * 7)
        self.middle = nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1)
        self.last = nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1)
        self.way = way

    def bare(self, x: Tensor) -> Tensor:
        """Images before the tanh."""
        maps = self.first(x).relu().unflatten(1, (32, 7, 7))
        return self.last(self.middle(maps).relu())

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        return self.way(self, z, labels)


@exercise.mistake(hint="idea")
def label_ignored(latent: int, classes: int) -> nn.Module:
    """Your image does not depend on the label. The label has to enter the network:
    call the first layer with `with_condition(z, labels, classes)`."""
    return Wrong(latent, lambda net, z, labels: net.bare(z).tanh())


@exercise.mistake(hint="idea")
def label_as_a_number(latent: int, classes: int) -> nn.Module:
    """Your label enters as a number, so a 2 is twice a 1 and all labels share one set
    of weights. Classes have no size: give each a column of its own, by one-hot rows or
    an embedding."""

    def way(net: Wrong, z: Tensor, labels: Tensor) -> Tensor:
        return net.bare(torch.cat([z, labels[:, None].to(z)], dim=1)).tanh()

    return Wrong(latent + 1, way)


@exercise.mistake(hint="idea")
def noise_ignored(latent: int, classes: int) -> nn.Module:
    """Your image depends on the label alone, so there is one image for each class. Put
    the latents beside the label."""

    def way(net: Wrong, z: Tensor, labels: Tensor) -> Tensor:
        return net.bare(one_hot(labels, classes).to(z)).tanh()

    return Wrong(classes, way)


def _usual(net: Wrong, z: Tensor, labels: Tensor, classes: int) -> Tensor:
    return net.bare(with_condition(z, labels, classes))


@exercise.mistake(hint="formula")
def between_nought_and_one(latent: int, classes: int) -> nn.Module:
    """Your pixels lie between 0 and 1: the last layer is a sigmoid or the like. The
    training images have black at -1: end in tanh."""
    return Wrong(
        latent + classes, lambda net, z, y: _usual(net, z, y, classes).sigmoid()
    )


@exercise.mistake(hint="formula")
def without_an_end(latent: int, classes: int) -> nn.Module:
    """Your last layer is linear, so pixels can leave [-1, 1], which no training image
    does. End in tanh."""
    return Wrong(latent + classes, lambda net, z, y: _usual(net, z, y, classes))


@exercise.mistake(hint="formula")
def cut_at_nought(latent: int, classes: int) -> nn.Module:
    """Your network ends in a ReLU, so no pixel is ever darker than middle grey, and the
    bright ones can exceed 1. End in tanh."""
    return Wrong(latent + classes, lambda net, z, y: _usual(net, z, y, classes).relu())


@exercise.mistake(hint="formula")
def rows_of_pixels(latent: int, classes: int) -> nn.Module:
    """Your images are rows of 784 numbers. Give them the shape [N, 1, 28, 28], which D
    and the plots expect: `nn.Unflatten(1, (1, 28, 28))` at the end."""
    return Wrong(
        latent + classes, lambda net, z, y: _usual(net, z, y, classes).tanh().flatten(1)
    )


@exercise.mistake(hint="formula")
def without_a_channel(latent: int, classes: int) -> nn.Module:
    """Your images lack the axis of the channel: [N, 28, 28] in place of
    [N, 1, 28, 28]."""
    return Wrong(
        latent + classes, lambda net, z, y: _usual(net, z, y, classes).tanh()[:, 0]
    )


@exercise.mistake(hint="idea")
def a_new_embedding_each_time(latent: int, classes: int) -> nn.Module:
    """The same z and label give another image at each call: a layer is made inside
    `forward`, with new random weights each time. Make all layers in `__init__`."""

    def way(net: Wrong, z: Tensor, labels: Tensor) -> Tensor:
        marks = nn.Embedding(classes, classes)(labels)
        return net.bare(torch.cat([z, marks], dim=1)).tanh()

    return Wrong(latent + classes, way)


class Pasted(Wrong):
    """A picture for each label, added before the tanh."""

    def __init__(self, latent: int, classes: int) -> None:
        super().__init__(latent, lambda net, z, y: net.bare(z).tanh())
        self.pictures = nn.Embedding(classes, 784)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        return (self.bare(z) + self.pictures(labels).view(-1, 1, 28, 28)).tanh()


@exercise.mistake(hint="idea")
def a_picture_pasted_on(latent: int, classes: int) -> nn.Module:
    """Your label adds one fixed picture to whatever z draws, so all threes get the same
    3 on top. Let label and noise meet in a hidden layer, at the input."""
    return Pasted(latent, classes)


@exercise.mistake(hint="formula")
def the_first_label_for_all(latent: int, classes: int) -> nn.Module:
    """An image of yours depends on another label than its own: one label, or a mean of
    labels, is used for the whole batch. Each row needs the mark of its own label."""

    def way(net: Wrong, z: Tensor, labels: Tensor) -> Tensor:
        return _usual(net, z, labels[:1].expand(len(z)), classes).tanh()

    return Wrong(latent + classes, way)


@exercise.mistake(hint="formula")
def layers_in_a_list(latent: int, classes: int) -> nn.Module:
    """Your module lists no weights, so an optimiser would have nothing to learn: a
    plain Python list hides layers. Use nn.Sequential or nn.ModuleList."""

    class Hidden(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [conditional_generator(latent, classes)]

        def forward(self, z: Tensor, labels: Tensor) -> Tensor:
            return self.layers[0](z, labels)

    return Hidden()


class Deaf(Wrong):
    """The label's embedding is looked up without a gradient."""

    def __init__(self, latent: int, classes: int) -> None:
        super().__init__(latent + classes, lambda net, z, y: z)
        self.marks = nn.Embedding(classes, classes)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        with torch.no_grad():
            marks = self.marks(labels)
        return self.bare(torch.cat([z, marks], dim=1)).tanh()


@exercise.mistake(hint="formula")
def label_without_a_gradient(latent: int, classes: int) -> nn.Module:
    """The weights of your labels get no gradient: they are looked up under `no_grad`
    or detached, and stay as random as they began. Let the gradient through."""
    return Deaf(latent, classes)
