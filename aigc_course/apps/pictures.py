"""The trained networks on pictures of any size, grey or colour, with or without alpha.

The networks have seen digits of 28 x 28 pixels, white on black, and nothing else.
"""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from aigc_course.apps.images import MAX_PIXELS, Picture
from aigc_course.apps.networks import Restorer
from aigc_course.apps.tasks import SIDE, Inpainting, SuperResolution, hide
from aigc_course.errors import CourseError

TILE, MARGIN = 96, 16  # small pixels: of a tile's side, and of what it sees around
MAX_HIDDEN = 40_000  # pixels that the thin plate fills: more would need much memory
AROUND = 8  # pixels around a hole that the thin plate looks at
CONTRAST = 0.2  # of [-1, 1]: less is no digit


def upscale(
    picture: Picture,
    times: int,
    network: Restorer | None = None,
    generator: torch.Generator | None = None,
) -> Picture:
    """The picture `times` larger, 2 or 4: detail from the network, colour bicubic.

    The network sees the brightness, in tiles that overlap so far that no seam can be
    seen; what it adds to the bicubic enlargement is added to all channels. Without a
    network the enlargement is bicubic alone. Colours count as much as they are opaque,
    so that hidden ones leave no rim. generator: chooses the answer of a network
    with noise. Raises CourseError when the result would exceed MAX_PIXELS.
    """
    task = SuperResolution(times)
    height, width = picture.size
    if height * width * times**2 > MAX_PIXELS:
        raise CourseError(
            f"{times} times {width} x {height} pixels would be more than the"
            f" {MAX_PIXELS:,} that are written: take a part, or fewer times."
        )
    shown = visible(picture)
    large, alpha = _enlarged(shown, task)
    if network is not None:
        large = (large + _detail(shown.grey, task, network, generator)).clamp(-1, 1)
    return replace(picture, pixels=large, alpha=alpha)


def _enlarged(picture: Picture, task: SuperResolution) -> tuple[Tensor, Tensor | None]:
    """Pixels [C, H, W] and alpha [1, H, W] after bicubic enlargement."""
    large = task.enlarge(picture.pixels[None])[0]
    if picture.alpha is None:
        return large, None
    # premultiplied: enlarge(colour * alpha) / enlarge(alpha), colour in [0, 1]; not
    # clamped, for both overshoot alike
    parts = torch.cat([(picture.pixels + 1) / 2 * picture.alpha, picture.alpha])
    both = interpolate(
        parts[None], scale_factor=task.times, mode="bicubic", align_corners=False
    )[0]
    weighted, alpha = both[:-1], both[-1:]
    colour = (2 * weighted / alpha.clamp(min=1e-6) - 1).clamp(-1, 1)
    return torch.where(alpha > 1 / 510, colour, large), alpha.clamp(0, 1)


def visible(picture: Picture) -> Picture:
    """The same picture in which hidden pixels have the colour of the nearest visible.

    Editors leave any colour, mostly black, where nothing is to be seen.
    """
    from scipy.ndimage import distance_transform_edt

    if picture.alpha is None:
        return picture
    hidden = picture.alpha[0] == 0
    if not bool(hidden.any()) or bool(hidden.all()):
        return picture
    rows, columns = distance_transform_edt(
        hidden.numpy(), return_distances=False, return_indices=True
    )
    pixels = picture.pixels[:, torch.from_numpy(rows), torch.from_numpy(columns)]
    return replace(picture, pixels=pixels)


@torch.no_grad()
def _detail(
    grey: Tensor,
    task: SuperResolution,
    network: Restorer,
    generator: torch.Generator | None,
) -> Tensor:
    """What the network adds to the enlarged brightness [1, h, w]: [1, H, W]."""
    _, h, w = grey.shape
    k, z = task.times, network.latents(1, generator)
    found = torch.empty(1, h * k, w * k)
    for top, left in _tiles(h, w):
        bottom, right = min(top + TILE, h), min(left + TILE, w)
        t, s = max(0, top - MARGIN), max(0, left - MARGIN)  # where the margin begins
        seen = grey[None, :, t : bottom + MARGIN, s : right + MARGIN]
        source = task.enlarge(_to_fours(seen))
        added = (task.finish(source, network(source, z)) - source)[0]
        inner = added[:, (top - t) * k : (bottom - t) * k]
        inner = inner[:, :, (left - s) * k : (right - s) * k]
        found[:, top * k : bottom * k, left * k : right * k] = inner
    return found


def _to_fours(small: Tensor) -> Tensor:
    """[1, 1, h, w] continued to the next multiples of 4, which the network wants."""
    h, w = small.shape[2:]
    return pad(small, (0, -w % 4, 0, -h % 4), mode="replicate")


def _tiles(height: int, width: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            yield top, left


def complete_smoothly(picture: Picture, mask: Tensor) -> Picture:
    """The hole filled by a thin plate, as `classical.inpaint` does, at any size.

    mask: bool [H, W]. The filled part is opaque. Raises CourseError for a mask that
    does not fit, hides nothing or everything, or more than MAX_HIDDEN pixels.
    """
    from skimage.restoration import inpaint_biharmonic  # takes a second to load

    _check_mask(picture, mask)
    if int(mask.sum()) > MAX_HIDDEN:
        raise CourseError(
            f"The hole has {int(mask.sum()):,} pixels; the smooth method fills at most"
            f" {MAX_HIDDEN:,}."
        )
    rows, columns = (_around(mask.any(axis)) for axis in (1, 0))
    hole = mask[rows, columns]
    part = _around_hole(_part(picture, rows, columns), hole).pixels
    filled = inpaint_biharmonic(
        part.double().numpy(),
        hole.numpy(),
        split_into_regions=True,  # less memory
        channel_axis=0,
    )
    pixels = picture.pixels.clone()
    kept = pixels[:, rows, columns]
    pixels[:, rows, columns] = torch.where(hole, torch.from_numpy(filled).float(), kept)
    return _filled(picture, pixels.clamp(-1, 1), mask)


def complete_digit(
    picture: Picture,
    mask: Tensor,
    network: Restorer,
    generator: torch.Generator | None = None,
) -> Picture:
    """The hole filled by a network that knows digits.

    The picture is one digit, framed as MNIST does it, of any size, light on dark or
    dark on light: it is reduced to ink of 28 x 28 pixels and completed; what
    was completed is enlarged and painted into the hole in the ink's and the paper's
    mean colour. mask: bool [H, W]. generator: chooses the completion. Raises
    CourseError for a mask that does not fit, and where no ink is left to see.
    """
    _check_mask(picture, mask)
    shown = _around_hole(picture, mask)
    ink = _ink(shown, mask)  # [1, H, W] in [0, 1], 0 in the hole
    known = (~mask)[None].float()
    seen = _frame(ink * known) / _frame(known, fill=1.0).clamp(1e-6)
    hole = _frame(mask[None].float()) > 1e-6
    source = hide((2 * seen - 1).clamp(-1, 1)[None], hole[None])
    with torch.no_grad():
        painted = network(source, network.latents(1, generator))
    done = (Inpainting(hole[0]).finish(source, painted)[0] + 1) / 2  # [1, 28, 28]
    pixels = torch.where(mask, _coloured(shown, ink, mask, done), picture.pixels)
    return _filled(picture, pixels, mask)


def _ink(picture: Picture, mask: Tensor) -> Tensor:
    """How much each pixel is ink, [1, H, W] in [0, 1], from the known pixels.

    Paper is what most known pixels are like; ink is the other end of their range.
    """
    grey = picture.grey
    known = grey[0][~mask]
    ends = known.min(), known.max()
    middle = known.median()
    if ends[1] - ends[0] < CONTRAST:
        raise CourseError(
            "Outside the hole all is of about one brightness: there is no digit to go"
            " on with. The method smooth takes any picture."
        )
    light = middle - ends[0] < ends[1] - middle  # light ink on dark paper
    paper, full = ends if light else ends[::-1]
    return ((grey - paper) / (full - paper)).clamp(0, 1)


def _coloured(picture: Picture, ink: Tensor, mask: Tensor, done: Tensor) -> Tensor:
    """The completed ink [1, 28, 28] in the picture's size and colours: [C, H, W]."""
    height, width = picture.size
    side = max(height, width)
    resized = done[None]
    if side != SIDE:
        resized = interpolate(resized, (side, side), mode="bicubic").clamp(0, 1)
    top, left = (side - height) // 2, (side - width) // 2
    share = resized[0, :, top : top + height, left : left + width]
    paper, full = (_mean_colour(picture, part & ~mask) for part in _ends(ink))
    return paper + share * (full - paper)


def _ends(ink: Tensor) -> tuple[Tensor, Tensor]:
    """Where paper is, and where ink is: bool [H, W] each."""
    return ink[0] < 0.1, ink[0] > 0.9


def _mean_colour(picture: Picture, where: Tensor) -> Tensor:
    """[C, 1, 1]; the ends of the range are always there, so that `where` has pixels."""
    return picture.pixels[:, where].mean(1)[:, None, None]


def _frame(plane: Tensor, fill: float = 0.0) -> Tensor:
    """[1, H, W] in a square's middle and reduced to [1, 28, 28] by averaging areas."""
    _, h, w = plane.shape
    side = max(h, w)
    top, left = (side - h) // 2, (side - w) // 2
    framed = pad(plane, (left, side - w - left, top, side - h - top), value=fill)
    return interpolate(framed[None], (SIDE, SIDE), mode="area")[0]


def opaque(picture: Picture) -> Picture:
    """The same without alpha, where all of it is opaque."""
    if picture.alpha is None or bool((picture.alpha < 1).any()):
        return picture
    return replace(picture, alpha=None)


def _around_hole(picture: Picture, mask: Tensor) -> Picture:
    """The picture with visible colours outside the hole, also where it is hidden."""
    if picture.alpha is None or bool((picture.alpha[0] == 0)[~mask].all()):
        return picture  # nothing visible is left: the colours are all there is
    known = replace(picture, alpha=picture.alpha.masked_fill(mask, 0.0))
    return replace(visible(known), alpha=picture.alpha)


def _part(picture: Picture, rows: slice, columns: slice) -> Picture:
    alpha = None if picture.alpha is None else picture.alpha[:, rows, columns]
    return Picture(picture.pixels[:, rows, columns], alpha)


def _around(hidden: Tensor) -> slice:
    where = hidden.nonzero()
    return slice(max(0, int(where.min()) - AROUND), int(where.max()) + 1 + AROUND)


def _filled(picture: Picture, pixels: Tensor, mask: Tensor) -> Picture:
    """The picture with other pixels, and opaque where the hole was."""
    alpha = None if picture.alpha is None else picture.alpha.masked_fill(mask, 1.0)
    return replace(picture, pixels=pixels, alpha=alpha)


def _check_mask(picture: Picture, mask: Tensor) -> None:
    if mask.dtype != torch.bool or tuple(mask.shape) != picture.size:
        raise CourseError(
            f"The mask is bool {list(picture.size)} as the picture is; got"
            f" {mask.dtype} {list(mask.shape)}."
        )
    if not bool(mask.any()):
        raise CourseError("The mask hides nothing: bright pixels mark the hole.")
    if bool(mask.all()):
        raise CourseError("The mask hides everything: nothing is left to go on with.")
