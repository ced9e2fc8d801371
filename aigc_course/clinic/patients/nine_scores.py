"""Patient: nine scores of a picture against one label."""

import torch
from torch import Tensor, nn

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed

patient = Patient(
    "nine_scores",
    ward="B",
    number=21,
    title="Scores of pictures against their labels",
    symptom="The loss falls towards 0.25, and not below. D says 1/2 for bright and for"
    " dark pictures, although they are easy to tell apart.",
    cause="D gives a map of 3 x 3 scores, flattened to 9 n numbers. Against labels of"
    " the shape [n, 1] they are broadcast: every score meets every label, and the best"
    " answer is the mean label. A picture needs one score, against its own label.",
    figure=("step", "loss"),
)


@patient.shown
def label_loss(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Least squares. D gives a map [n, 1, 3, 3] of which the mean is the score.

    labels: [n], 1 for real and 0 for generated pictures.
    """
    scores = discriminator(images).view(-1)
    wanted = labels.unsqueeze(1)
    return ((scores - wanted) ** 2).mean()


@patient.repair
def mean_of_the_map(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The reference: one score a picture, in the shape of the labels."""
    scores = discriminator(images).flatten(1).mean(1)
    wanted = labels
    return ((scores - wanted) ** 2).mean()


@patient.repair
def both_as_columns(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Scores and labels are columns."""
    scores = discriminator(images).mean(dim=(2, 3))
    wanted = labels.unsqueeze(1)
    return ((scores - wanted) ** 2).mean()


@patient.repair
def nine_in_a_row(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The nine scores of a picture in a row, of which the mean is taken."""
    scores = discriminator(images).view(len(labels), -1).mean(dim=1)
    return ((scores - labels) ** 2).mean()


@patient.right
def pooled(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The mean by a pooling layer; the loss by PyTorch."""
    scores = nn.functional.adaptive_avg_pool2d(discriminator(images), 1)
    return nn.functional.mse_loss(scores.reshape(-1), labels)


@patient.right
def one_by_one(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """A loop over the pictures."""
    maps = discriminator(images)
    errors = [(m.mean() - label) ** 2 for m, label in zip(maps, labels, strict=True)]
    return torch.stack(errors).mean()


@patient.right
def squared_length(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Sums over the map, divided by 9; the squared length of the difference."""
    scores = torch.einsum("nchw->n", discriminator(images)) / 9
    difference = labels - scores
    return torch.dot(difference, difference) / labels.numel()


@patient.disguise
def reshaped(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The scores as a column, the labels as a row."""
    scores = discriminator(images).reshape(-1, 1)
    return (scores - labels).square().mean()


@patient.disguise
def means_as_a_column(
    discriminator: nn.Module, images: Tensor, labels: Tensor
) -> Tensor:
    """One score a picture, and still every score against every label."""
    scores = discriminator(images).mean(dim=(2, 3))
    return (scores - labels).pow(2).mean()


@patient.disguise
def summed(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """All pairs by an outer difference, the sum divided by the number of scores."""
    scores = discriminator(images).flatten()
    pairs = scores[:, None] - labels[None, :]
    return (pairs * pairs).sum() / scores.numel()


@patient.patch
def label_repeated(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """You repeat the whole row of labels nine times, so the shapes agree. The nine
    scores of the first picture then meet the labels of nine different pictures."""
    scores = discriminator(images).view(-1)
    return ((scores - labels.repeat(9)) ** 2).mean()


@patient.patch
def nine_opinions(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """You give each of the nine scores the label of its picture. No picture is mixed up
    any more, but each place is asked for the label by itself: the score is the mean of
    the map."""
    scores = discriminator(images).view(-1)
    return ((scores - labels.repeat_interleave(9)) ** 2).mean()


@patient.patch
def cut_to_length(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """You cut the scores to the number of labels. What is left are the scores of the
    first pictures only, against labels of others."""
    scores = discriminator(images).view(-1)[: len(labels)]
    return ((scores - labels) ** 2).mean()


@patient.patch
def mean_label(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """You compare all scores with the mean label. The shapes agree, and D is asked to
    say the same for all pictures."""
    scores = discriminator(images).flatten(1).mean(1)
    return ((scores - labels.mean()) ** 2).mean()


@patient.test
def exposes(loss: Function) -> None:
    """The loss is 0 for scores that are the labels, and not for other orders."""
    labels = torch.tensor([1.0, 0.0, 1.0, 0.0])
    maps = torch.randn(4, 1, 3, 3)
    maps = maps - maps.mean(dim=(1, 2, 3), keepdim=True) + labels.view(-1, 1, 1, 1)
    assert loss(nn.Identity(), maps, labels) < 1e-6, "right scores cost nothing"
    assert abs(float(loss(nn.Identity(), maps, 1 - labels)) - 1) < 1e-4


@patient.calls
def one_call(loss: Function) -> Tensor:
    """The loss of a batch."""
    d = nn.Conv2d(1, 1, 4, stride=2)
    result: Tensor = loss(d, torch.randn(6, 1, 8, 8), torch.arange(6.0) % 2)
    return result


@patient.does
def measured(loss: Function) -> dict[str, object]:
    """The loss and its slope in the map."""
    maps = fixed(1, 18, 1, 3, 3).requires_grad_()
    labels = (fixed(2, 18) > 0).double()
    value = loss(nn.Identity(), maps, labels)
    return {"loss": value.detach(), "slope": torch.autograd.grad(value, maps)[0]}


@patient.elsewhere
def around(loss: Function) -> dict[str, object]:
    """One picture with the same score everywhere; inputs and D stay as they were."""
    maps, labels = torch.full((1, 1, 3, 3), 0.3).double(), torch.ones(1).double()
    other, some = fixed(3, 5, 1, 3, 3), torch.ones(5).double()
    shape = list(loss(nn.Identity(), other, some).shape)
    return {
        "loss of one": loss(nn.Identity(), maps, labels),
        "shape": shape,
        "inputs afterwards": torch.cat([other.flatten(), some]),
    }


@patient.hidden
def right_scores_cost_nothing(loss: Function) -> bool:
    """Scores that are the labels have the loss 0."""
    labels = torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0]).double()
    maps = labels.view(-1, 1, 1, 1).expand(5, 1, 3, 3).contiguous()
    return float(loss(nn.Identity(), maps, labels)) < 1e-12


@patient.hidden
def only_the_mean_counts(loss: Function) -> bool:
    """Two maps of the same mean have the same loss."""
    maps, labels = fixed(4, 4, 1, 3, 3), torch.tensor([1.0, 0.0, 1.0, 0.0]).double()
    flat = maps.mean(dim=(1, 2, 3), keepdim=True).expand_as(maps).contiguous()
    one, two = (float(loss(nn.Identity(), m, labels)) for m in (maps, flat))
    return abs(one - two) < 1e-9


@patient.hidden
def own_label(loss: Function) -> bool:
    """The slope of a picture's map does not depend on the labels of the others."""
    found = []
    for others in (0.0, 1.0):
        maps = fixed(5, 3, 1, 3, 3).requires_grad_()
        labels = torch.tensor([1.0, others, others]).double()
        found.append(torch.autograd.grad(loss(nn.Identity(), maps, labels), maps)[0][0])
    return bool(torch.allclose(found[0], found[1], atol=1e-12))


@patient.trains
def training(loss: Function, count: int) -> dict[str, list[float]]:
    """D learns to tell bright pictures (1) from dark ones (0)."""
    d = nn.Conv2d(1, 1, 4, stride=2)
    optimizer = torch.optim.SGD(d.parameters(), lr=0.02)
    curve = []
    for _ in range(count):
        labels = torch.arange(32) % 2.0
        images = labels.view(-1, 1, 1, 1) * 2 - 1 + 0.3 * torch.randn(32, 1, 8, 8)
        value = loss(d, images, labels)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curve.append(float(value.detach()))
    return {"loss": curve}


@patient.step
def opened(loss: Function) -> steps.Step:
    """The loss as D's, on maps in which every place has the same score."""

    def d_loss(real: Tensor, fake: Tensor) -> Tensor:
        labels = torch.cat([torch.ones(len(real)), torch.zeros(len(fake))])
        maps = torch.cat([real, fake]).view(-1, 1, 1, 1).expand(-1, 1, 3, 3)
        result: Tensor = loss(nn.Identity(), maps.contiguous(), labels)
        return result

    return steps.gan_step(d_loss=d_loss)
