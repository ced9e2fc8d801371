"""Signed distances of simple solids: negative inside, positive outside.

Places are x, y, z, each [P] or [1, P]; sizes are numbers or [N, 1], so that N solids
are measured at P places at once: [N, P]. The formulas are Quilez's (Distance Functions,
iquilezles.org), each checked against points of the surface in the tests.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

Size = Tensor | float


def box(x: Tensor, y: Tensor, z: Tensor, half: Sequence[Size]) -> Tensor:
    """Of a box around the origin, half[0] wide to each side in x, and so on.

    q = |p| - half; outside the length of max(q, 0), inside the largest q.
    """
    q = torch.broadcast_tensors(
        *(p.abs() - h for p, h in zip((x, y, z), half, strict=True))
    )
    outside = sum(one.clamp(min=0).square() for one in q)
    inside = torch.stack(q).amax(0).clamp(max=0)
    return torch.as_tensor(outside).sqrt() + inside


def cylinder(x: Tensor, y: Tensor, z: Tensor, radius: Size, half: Size) -> Tensor:
    """Of an upright cylinder around the origin, half as high to each side."""
    return box((x * x + y * y).sqrt(), z * 0, z, (radius, torch.inf, half))


def handle(y: Tensor, z: Tensor, x: Tensor, radius: Size, thick: Size) -> Tensor:
    """Of half a ring in the plane x = 0, with round ends, open towards -y.

    Its middle line is the half circle of this radius with y >= 0. thick: half the
    thickness. The distance to an end counts where y < 0.
    """
    across = (y * y + z * z).sqrt()
    # squared distance to the middle line: the circle, or the nearer end
    ring = (across - radius).square()
    end = y * y + (z.abs() - radius).square()
    return (torch.where(y >= 0, ring, end) + x * x).sqrt() - thick


def turned(x: Tensor, y: Tensor, z: Tensor, r: Tensor, h: Tensor) -> Tensor:
    """Of the solid that turning a polygon around the z axis makes.

    r, h: the polygon's corners [N, K], from the axis to the axis (r = 0 at both ends);
    it does not cross itself. The nearest point of the surface lies in the half plane
    of the place itself, so the distance is that of the plane: to the nearest edge.
    Negative where a ray towards larger r crosses an odd number of edges.
    """
    across = (x * x + y * y).sqrt().expand(len(r), -1)  # [N, P]
    height = z.expand_as(across)
    nearest = torch.full_like(across, torch.inf)
    crossings = torch.zeros_like(across, dtype=torch.bool)
    for k in range(r.shape[1] - 1):  # edges, one after another: little memory
        r0, h0 = r[:, k : k + 1], h[:, k : k + 1]
        dr, dh = r[:, k + 1 : k + 2] - r0, h[:, k + 1 : k + 2] - h0
        pr, ph = across - r0, height - h0
        t = ((pr * dr + ph * dh) / (dr * dr + dh * dh)).clamp(0, 1)
        nearest = torch.minimum(
            nearest, (pr - t * dr).square() + (ph - t * dh).square()
        )
        spans = (ph < 0) != (ph < dh)  # the edge meets this height
        # to the left of the edge: pr < dr ph / dh, without a division
        left = (pr * dh < dr * ph) == (dh > 0)
        crossings ^= spans & left
    return torch.where(crossings, -nearest.sqrt(), nearest.sqrt())


def union(*parts: Tensor) -> Tensor:
    """Of all parts together, min d_i: exact outside and on the surface.

    Inside, where parts overlap, it is between the distance and 0.
    """
    least = parts[0]
    for part in parts[1:]:
        least = torch.minimum(least, part)
    return least
