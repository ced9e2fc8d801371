"""Who holds which pictures: the parts of a set, and a file for each client."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError

KINDS = ("iid", "two", "unequal")


def split(
    labels: Tensor, clients: int = 5, how: str = "iid", seed: int = 0
) -> list[Tensor]:
    """Rows of each client, int64, every row at one client only.

    how: "iid", random parts of one size; "two", client k holds the digits 2k and
    2k + 1, as far as there are ten (McMahan et al. 2017 give each client two); or
    "unequal", random parts whose sizes are as 1 : 2 : 3 ...

    Raises CourseError for another word, and for more clients than can have pictures.
    """
    validate.whole(clients, "The number of clients")
    if how not in KINDS:
        raise CourseError(
            f"Data are split as {', '.join(KINDS[:-1])} or {KINDS[-1]}; got {how!r}."
        )
    if clients > (5 if how == "two" else len(labels)):
        raise CourseError(f"There are not enough pictures for {clients} clients.")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    if how == "two":
        home = labels[order] // 2  # digits 0 and 1 at client 0, 2 and 3 at client 1
        return [order[home == k] for k in range(clients)]
    parts = torch.ones(clients) if how == "iid" else torch.arange(1.0, clients + 1)
    ends = (len(labels) * parts.cumsum(0) / parts.sum()).round().long().tolist()
    return [order[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]


def write(folder: Path, name: str, images: Tensor) -> Path:
    """A client's own file with its pictures; only the client opens it again."""
    path = folder / f"{name.replace(' ', '-')}.safetensors"
    save_file({"images": images.contiguous()}, path)
    return path


def read(path: str | Path) -> Tensor:
    """The pictures in a client's file, uint8 [n, 1, 28, 28]."""
    return load_file(path)["images"]
