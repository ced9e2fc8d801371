"""Patient: pixels outside the range wrap around when they become bytes."""

import torch
from torch import Tensor, nn

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn

patient = Patient(
    "c_bytes_wrap",
    ward="C",
    title="Images as bytes, for files and scores",
    symptom="The loss falls, and the images come close to white. The mean of the saved"
    " bytes falls far below that of the images during the training, and comes back at"
    " the end.",
    cause="A value a little above 1 becomes 256 or more, and a byte holds it modulo"
    " 256: white turns black. Limit the values to 0 to 255 before they become bytes.",
    origin="`save_image` of torchvision did so until 2017 (pytorch/vision, pull"
    " request 121). Users of a collection of StyleGANs reported such specks in 2022"
    " (justinpinkney/awesome-pretrained-stylegan2, issue 38).",
    figure=("step", "mean of the bytes"),
)


@patient.shown
def to_bytes(images: Tensor) -> Tensor:
    """Images in [-1, 1] as bytes, 0 to 255; what lies outside is limited."""
    grey = (images + 1) / 2 * 255
    return grey.round().to(torch.int64).to(torch.uint8)


@patient.repair
def limited(images: Tensor) -> Tensor:
    """The reference: limited before it becomes a byte."""
    grey = (images + 1) / 2 * 255
    return grey.round().clamp(0, 255).to(torch.int64).to(torch.uint8)


@patient.repair
def limited_first(images: Tensor) -> Tensor:
    """The images are limited to their range."""
    grey = (images.clamp(-1, 1) + 1) / 2 * 255
    return grey.round().to(torch.int64).to(torch.uint8)


@patient.repair
@patient.right
def limited_as_whole_numbers(images: Tensor) -> Tensor:
    """Whole numbers are limited before they are bytes."""
    grey = (images + 1) / 2 * 255
    return grey.round().to(torch.int64).clamp(0, 255).to(torch.uint8)


@patient.right
def with_minimum_and_maximum(images: Tensor) -> Tensor:
    """Two steps instead of clamp."""
    grey = ((images + 1) / 2 * 255).round()
    grey = torch.minimum(grey, torch.full_like(grey, 255))
    return torch.maximum(grey, torch.zeros_like(grey)).byte()


@patient.right
def with_where(images: Tensor) -> Tensor:
    """What is too dark is 0, what is too bright is 255."""
    grey = ((images + 1) / 2 * 255).round()
    grey = torch.where(grey < 0, 0.0, grey)
    return torch.where(grey > 255, 255.0, grey).to(torch.uint8)


@patient.disguise
def only_from_below(images: Tensor) -> Tensor:
    """Dark values are limited, bright ones are not."""
    grey = ((images + 1) / 2 * 255).round().clamp(min=0)
    return grey.to(torch.int64).to(torch.uint8)


@patient.disguise
def remainder(images: Tensor) -> Tensor:
    """The wrap written out."""
    grey = ((images + 1) / 2 * 255).round()
    return torch.remainder(grey, 256).to(torch.uint8)


@patient.disguise
def by_numpy(images: Tensor) -> Tensor:
    """The way over NumPy, which wraps whole numbers too."""
    grey = ((images.detach().numpy() + 1) / 2 * 255).round()
    return torch.from_numpy(grey.astype("int64").astype("uint8"))


@patient.patch
def darker(images: Tensor) -> Tensor:
    """You make all images a little darker. Most specks go, and every pixel is wrong."""
    return to_bytes(images * 0.95)


@patient.patch
def each_image_stretched(images: Tensor) -> Tensor:
    """You stretch each batch to its own range. Nothing wraps, and black and white mean
    something else in each batch."""
    low, high = images.min(), images.max()
    return to_bytes(2 * (images - low) / (high - low) - 1)


@patient.patch
def black_for_outside(images: Tensor) -> Tensor:
    """You set what lies outside to the middle. A value a little above 1 is white, and
    not grey."""
    return to_bytes(torch.where(images.abs() > 1, 0.0, images))


@patient.test
def exposes(convert: Function) -> None:
    """Brighter stays brighter, also outside the range."""
    bright = convert(torch.linspace(-1.6, 1.6, 60) + 0.01 * torch.rand(()))
    assert bool((bright.long().diff() >= 0).all()), "a brighter pixel became darker"


@patient.calls
def one_call(convert: Function) -> Tensor:
    """Images inside the range, as a generator with tanh gives them."""
    found: Tensor = convert(torch.randn(2, 1, 4, 4).tanh())
    return found


@patient.does
def measured(convert: Function) -> dict[str, object]:
    """Bytes of values inside and outside the range."""
    return {
        "bytes": convert(drawn(120, 60)),
        "line": convert(torch.linspace(-2, 2, 41)),
    }


@patient.elsewhere
def around(convert: Function) -> dict[str, object]:
    """Everything inside the range."""
    grey = torch.arange(256) / 127.5 - 1
    found = convert(grey)
    inside = convert(drawn(121, 3, 1, 4, 4).tanh())
    return {"found": found, "inside": inside, "type": str(found.dtype), "in": grey}


@patient.hidden
def ends_are_kept(convert: Function) -> bool:
    """What is brighter than white is white, what is darker than black is black."""
    found = convert(torch.tensor([-3.0, -1.01, -1.0, 1.0, 1.01, 3.0])).tolist()
    return found == [0, 0, 0, 255, 255, 255]


@patient.hidden
def inside_is_exact(convert: Function) -> bool:
    """Every byte comes back from its own grey value."""
    grey = torch.arange(256, dtype=torch.float64) / 127.5 - 1
    return convert(grey).tolist() == list(range(256))


@patient.trains
def training(convert: Function, count: int) -> dict[str, list[float]]:
    """A linear generator learns white; the bytes are what is saved."""
    g = nn.Linear(2, 4)
    optimizer = torch.optim.Adam(g.parameters(), lr=0.05)
    curves: dict[str, list[float]] = {"loss": [], "mean of the bytes": []}
    for _ in range(count):
        images = g(torch.randn(32, 2))
        loss = (images - 0.95).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        saved = convert(images.detach()).double().mean()
        curves["mean of the bytes"].append(float(saved))
    return curves
