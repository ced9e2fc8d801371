"""Where is it? A network that reads a place from a frame, learned without places.

Two frames of one film show the same thing at two places. If p is where the network sees
it, then frame i, moved by p(j) - p(i), should be frame j. The error of this picture
teaches the network what a place is (compare Hsieh et al. 2018, who split a video into
what is seen and where it is). That one thing moves and keeps its shape is built in.
"""

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.apps.video.scenes import SIZE, Films, shift

FARTHEST = 3  # frames between the two of a pair


class PoseNet(nn.Module):
    """Frames [n, 32, 32] to places (x, y) in pixels, [n, 2].

    A convolutional network gives each pixel a weight, and the place is the mean of the
    pixels' places under these weights (a spatial softmax; Finn et al. 2016).
    """

    def __init__(self, channels: int = 8) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, channels, 5, stride=2, padding=2),  # [n, c, 16, 16]
            nn.ReLU(),
            nn.Conv2d(channels, channels, 5, padding=2),  # [n, c, 16, 16]
            nn.ReLU(),
            nn.Conv2d(channels, 1, 5, padding=2),  # [n, 1, 16, 16]
        )

    def forward(self, frames: Tensor) -> Tensor:
        """The places in frames [n, 32, 32]."""
        weights = self.net(frames[:, None]).flatten(1).softmax(1)  # [n, 256]
        weights = weights.view(-1, SIZE // 2, SIZE // 2)
        middles = 2.0 * torch.arange(SIZE // 2) + 0.5  # of each 2 x 2 pixels
        x = (weights.sum(1) * middles).sum(1)
        y = (weights.sum(2) * middles).sum(1)
        return torch.stack([x, y], 1)


def learn_places(
    net: PoseNet, films: Films, steps: int, seed: int, batch: int = 64
) -> list[float]:
    """Minimise |shift(frame i, p(j) - p(i)) - frame j|^2; the loss of each step."""
    validate.whole(steps, "The number of steps")
    generator = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(net.parameters(), 3e-3)
    found, length = [], films.frames.shape[1]
    for step in range(steps):
        one = torch.randint(len(films), (batch,), generator=generator)
        i = torch.randint(0, length - FARTHEST, (batch,), generator=generator)
        j = i + torch.randint(1, FARTHEST + 1, (batch,), generator=generator)
        first, second = films.frames[one, i], films.frames[one, j]
        p, q = net(torch.cat([first, second])).chunk(2)
        loss = (shift(first, q - p) - second).square().sum((1, 2)).mean()
        adam.param_groups[0]["lr"] = 3e-3 * (1 - step / steps)
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        found.append(loss.item())
    return found


@torch.no_grad()
def places_of(net: PoseNet, frames: Tensor) -> Tensor:
    """The places in films [n, T, 32, 32]: [n, T, 2]."""
    flat = frames.flatten(0, 1)
    return torch.cat([net(part) for part in flat.split(2000)]).view(
        *frames.shape[:2], 2
    )


def draw(thing: Tensor, at: Tensor, places: Tensor) -> Tensor:
    """Frames [n, T, 32, 32] of what was seen at `at`, moved to places [n, T, 2].

    thing: a frame of each film, [n, 32, 32]; at: [n, 2].
    """
    n, length = places.shape[:2]
    by = (places - at[:, None]).flatten(0, 1)
    moved = shift(thing.repeat_interleave(length, 0), by, "bicubic").clamp(0, 1)
    return moved.view(n, length, *thing.shape[1:])
