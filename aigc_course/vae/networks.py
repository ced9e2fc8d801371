"""Encoders and decoders for 28 x 28 images, output shapes beside each layer.

Encoders map pixels [N, 1, 28, 28] in [0, 1] to the mean and log-variance of q(z|x),
[N, latent] each; decoders map latents [..., N, latent] to outputs [..., N, 1, 28, 28],
which an `Likelihood` reads (for Bernoulli pixels they are logits). With classes > 0
both are conditional: they are given the label as a one-hot vector besides.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.vae.observations import Likelihood, observation


class Encoder(nn.Module):
    """q(z|x) or q(z|x, y): `body` sees the image, `head` its features and the label.

    body: [N, 1, 28, 28] to features [N, F]. head: [N, F + classes] to [N, 2 latent].
    """

    def __init__(self, body: nn.Module, head: nn.Module, classes: int = 0) -> None:
        super().__init__()
        self.body, self.head, self.classes = body, head, classes

    def forward(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Pixels [N, 1, 28, 28] in [0, 1] to mean and log-variance, [N, latent]."""
        features = with_label(self.body(x), labels, self.classes)  # [N, F + classes]
        mean, log_variance = self.head(features).to(x.dtype).chunk(2, dim=-1)
        return mean, log_variance


class Decoder(nn.Module):
    """p(x|z) or p(x|z, y): `net` maps [N, latent + classes] to [N, 1, 28, 28]."""

    def __init__(self, latent: int, net: nn.Module, classes: int = 0) -> None:
        super().__init__()
        self.latent, self.net, self.classes = latent, net, classes

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents [..., N, latent] to outputs [..., N, 1, 28, 28]; labels [N].

        Raises CourseError for another latent size, and labels that do not fit.
        """
        z = with_label(validate.latents(z, self.latent), labels, self.classes)
        flat = self.net(z.flatten(0, -2))  # [k N, 1, 28, 28]
        return flat.to(z.dtype).unflatten(0, z.shape[:-1])


class Networks(nn.Module):
    """The two networks of a VAE and its likelihood: a `LatentModel` over pixels.

    Raises CourseError where encoder and decoder have not the same number of classes,
    or for an unknown likelihood.
    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        likelihood: str | Likelihood = "bernoulli",
    ) -> None:
        super().__init__()
        if encoder.classes != decoder.classes:
            raise CourseError(
                f"The encoder has {encoder.classes} classes, the decoder"
                f" {decoder.classes}: give both the same labels."
            )
        self.encoder, self.decoder = encoder, decoder
        self.observation = observation(likelihood)
        self.latent, self.classes = decoder.latent, decoder.classes

    def encode(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), [N, latent] each; x in [0, 1]."""
        mean, log_variance = self.encoder(x, labels)
        return mean, log_variance

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """E[x|z] in [0, 1]: latents [..., N, latent] to [..., N, 1, 28, 28].

        Raises CourseError as the decoder does, and for NaN in z.
        """
        validate.finite(z, "latents")
        return self.observation.mean(self.decoder(z, labels))

    def log_likelihood(
        self, x: Tensor, z: Tensor, labels: Tensor | None = None
    ) -> Tensor:
        """log p(x|z): x [N, 1, 28, 28] in [0, 1], z [..., N, latent] to [..., N]."""
        return self.observation.log_prob(x, self.decoder(z, labels))


def classic(
    latent: int = 20, classes: int = 0, likelihood: str | Likelihood = "bernoulli"
) -> Networks:
    """784-400-20 and back, one hidden layer each: the VAE of every first tutorial.

    652,824 weights (Kingma & Welling 2014, appendix C, with 500 units and tanh). With
    classes it is a conditional VAE (Sohn et al. 2015).
    """
    return mlp((400,), latent, classes, likelihood)


def deep(
    latent: int = 50, classes: int = 0, likelihood: str | Likelihood = "bernoulli"
) -> Networks:
    """784-640-640-50 and back: 1.9 million weights."""
    return mlp((640, 640), latent, classes, likelihood)


def mlp(
    hidden: tuple[int, ...],
    latent: int,
    classes: int = 0,
    likelihood: str | Likelihood = "bernoulli",
    unit: type[nn.Module] = nn.ReLU,
) -> Networks:
    """Fully connected networks with these hidden layers, the decoder's in reverse.

    unit: what follows each hidden layer. Raises CourseError for sizes below 1.
    """
    _check_sizes(latent, classes, *hidden)
    # [N, 784 + classes] -> hidden -> [N, 2 latent]
    head = _layers((784 + classes, *hidden, 2 * latent), unit)
    # [N, latent + classes] -> hidden in reverse -> [N, 784]
    net = _layers((latent + classes, *reversed(hidden), 784), unit)
    net.append(nn.Unflatten(1, validate.IMAGE))  # [N, 1, 28, 28]
    encoder = Encoder(nn.Flatten(), head, classes)
    return Networks(encoder, Decoder(latent, net, classes), likelihood)


def convolutional(
    latent: int = 32,
    classes: int = 0,
    likelihood: str | Likelihood = "bernoulli",
    width: int = 32,
) -> Networks:
    """Two strided convolutions down to 7 x 7 and a hidden layer, mirrored.

    width: channels at 14 x 14, twice as many at 7 x 7. Raises CourseError for sizes
    below 1.
    """
    _check_sizes(latent, classes, width)
    body = nn.Sequential(
        nn.Conv2d(1, width, 4, stride=2, padding=1),  # [N, width, 14, 14]
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),  # [N, 2 width, 7, 7]
        nn.ReLU(),
        nn.Flatten(),  # [N, 98 width]
    )
    head = _layers((98 * width + classes, 256, 2 * latent), nn.ReLU)  # [N, 2 latent]
    net = nn.Sequential(
        *_layers((latent + classes, 256, 98 * width), nn.ReLU),  # [N, 98 width]
        nn.ReLU(),
        nn.Unflatten(1, (2 * width, 7, 7)),  # [N, 2 width, 7, 7]
        nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
        nn.ReLU(),  # [N, width, 14, 14]
        nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1),  # [N, 1, 28, 28]
    )
    encoder = Encoder(body, head, classes)
    return Networks(encoder, Decoder(latent, net, classes), likelihood)


def with_label(features: Tensor, labels: Tensor | None, classes: int) -> Tensor:
    """features [..., N, F] with the labels' one-hot appended: [..., N, F + classes].

    Raises CourseError for labels that do not fit (see `validate.labels`).
    """
    labels = validate.labels(labels, features.shape[-2], classes)
    if labels is None:
        return features
    marks = one_hot(labels, classes).to(features.dtype)  # [N, classes]
    return torch.cat([features, marks.expand(*features.shape[:-1], classes)], dim=-1)


def _layers(sizes: tuple[int, ...], unit: type[nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(inputs, outputs), unit()]  # [N, outputs]
    return nn.Sequential(*layers[:-1])  # the last layer is linear


def _check_sizes(latent: int, classes: int, *widths: int) -> None:
    validate.whole(latent, "The number of latents")
    validate.whole(classes, "The number of classes", 0)
    for width in widths:
        validate.whole(width, "A layer's width")
