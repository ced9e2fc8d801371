"""Pictures from files and into files: what the commands read and write.

A file is looked at before it is decoded, and what cannot be used is refused with one
sentence. Memory stays bounded by MAX_PIXELS, whatever a file claims to hold.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.files import look, target, write_with

MAX_PIXELS = 16_000_000  # of a picture that is read or written
MAX_BYTES = 64 * 2**20  # of a file
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")  # none runs a program
WRITTEN = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
QUALITY = 95  # of a JPEG
DEEP = 65_535  # white of 16-bit grey
MOST_PROFILE = 2**22  # bytes of a colour profile that is kept
SPACES = {b"GRAY": 1, b"RGB ": 3}  # a profile's colour space and its channels
COLOURLESS = 3 / 127.5  # how far channels may differ in a grey picture: JPEG rounds


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels float32 [C, H, W] in [-1, 1], C = 1 for grey and 3 for colour.

    alpha: opacity float32 [1, H, W] in [0, 1], or None where all is opaque.
    profile: the ICC profile that says which colours the numbers mean, or None.
    """

    pixels: Tensor
    alpha: Tensor | None = None
    profile: bytes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[1], self.pixels.shape[2]

    @property
    def grey(self) -> Tensor:
        """Brightness [1, H, W] in [-1, 1]: 0.299 R + 0.587 G + 0.114 B (BT.601)."""
        if len(self.pixels) == 1:
            return self.pixels
        weights = self.pixels.new_tensor([0.299, 0.587, 0.114])
        return (weights[:, None, None] * self.pixels).sum(0, keepdim=True)

    @property
    def is_grey(self) -> bool:
        """Whether no visible pixel has a colour, however the picture is stored."""
        spread = self.pixels.amax(0) - self.pixels.amin(0)  # [H, W]
        if self.alpha is not None:
            spread = spread[self.alpha[0] > 0]
        return not bool((spread > COLOURLESS).any())


def read(path: str | Path) -> Picture:
    """The picture in a file of one of FORMATS: any size up to MAX_PIXELS, any depth.

    A photograph is turned as its EXIF says; of several frames the first is taken;
    palettes, CMYK and 16-bit grey become grey or colour. The colour profile of a grey
    or RGB picture is kept; colours of another kind are converted to sRGB. Raises
    CourseError for what is no file, empty, larger than MAX_BYTES or MAX_PIXELS, no
    picture, damaged or cut off.
    """
    path = Path(path)
    _look(path)
    with _readable(path), Image.open(path, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise CourseError(
                f"{path} has {width:,} x {height:,} pixels; at most {MAX_PIXELS:,} are"
                " taken: make it smaller first."
            )
        image.load()  # finds what is cut off
        return _picture(_upright(image), path)


def read_mask(path: str | Path, size: tuple[int, int]) -> Tensor:
    """A mask bool [H, W] from a picture of that size, True where it is bright.

    Where it is black and one other grey, also one as dark as 1 of 255, that other one
    marks the hole. Raises CourseError as `read` does, for another size, and where
    nothing is bright.
    """
    picture = read(path)
    if picture.size != size:
        (h, w), (height, width) = picture.size, size
        raise CourseError(
            f"The mask {path} has {w} x {h} pixels, the picture {width} x {height}:"
            " they must agree."
        )
    light = ((picture.grey[0] + 1) / 2).clamp(0, 1)  # [H, W], black is 0
    brightest = float(light.max())
    marks = light > brightest / 2
    two = torch.where(marks, brightest - light, light).max() < 1e-5
    if bool(two) and brightest > 1e-5:
        return marks
    if brightest <= 0.5:
        raise CourseError(
            f"The mask {path} hides nothing: its brightest pixel is"
            f" {255 * brightest:.0f} of 255, and bright pixels mark the hole."
        )
    return light > 0.5


def write(path: str | Path, picture: Picture) -> None:
    """Write 8 bits per channel, whole or not at all; PNG or JPEG by the suffix.

    A link at `path` stays, and the file that it leads to is written. Raises CourseError
    as `check_output` does, and when the file cannot be written.
    """
    path = Path(path)
    check_output(path, transparent=picture.alpha is not None, overwrite=True)
    image = Image.fromarray(_bytes(picture))
    kind = WRITTEN[path.suffix.lower()]
    options: dict[str, Any] = {"quality": QUALITY} if kind == "JPEG" else {}
    if picture.profile:
        options["icc_profile"] = picture.profile
    write_with(target(path), lambda temporary: image.save(temporary, kind, **options))


def check_output(
    path: Path, *, transparent: bool = False, overwrite: bool = False
) -> None:
    """Raise CourseError where a result could not or should not be written to `path`.

    That is another suffix than PNG's and JPEG's, a JPEG of a picture with
    transparency, a folder, and, without `overwrite`, a file that exists: the picture
    that was read among them.
    """
    kind = WRITTEN.get(path.suffix.lower())
    if kind is None:
        raise CourseError(f"--out ends in .png, .jpg or .jpeg, not {path.name!r}.")
    if kind == "JPEG" and transparent:
        raise CourseError(
            "A JPEG keeps no transparency, which this picture has: choose .png."
        )
    if path.is_dir():
        raise CourseError(f"{path} is a folder: name a file.")
    if path.exists() and not overwrite:
        raise CourseError(f"{path} exists; --overwrite replaces it.")


def _look(path: Path) -> None:
    """CourseError for what must not even be opened: pipes, folders, huge files."""
    if look(path, MAX_BYTES).st_size == 0:
        raise CourseError(f"{path} is empty.")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What Pillow says of a file it cannot read, as one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sizes are checked by us
            yield
    except CourseError:
        raise
    except PermissionError as error:
        raise CourseError(f"{path} may not be read: its permissions forbid it.") from (
            error
        )
    except Image.UnidentifiedImageError as error:
        raise CourseError(
            f"{path} is no picture that can be read; {', '.join(FORMATS)} can."
        ) from error
    except Image.DecompressionBombError as error:
        raise CourseError(
            f"{path} holds far more pixels than the {MAX_PIXELS:,} that are taken."
        ) from error
    except Exception as error:  # decoders of hostile files raise anything
        raise CourseError(f"{path} is damaged or cut off: {_brief(error)}.") from error


def _brief(error: Exception) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return words[:100].rstrip(".")


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the EXIF says; as it is where the EXIF cannot be understood."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def _picture(image: Image.Image, path: Path) -> Picture:
    if image.mode == "F":
        raise CourseError(
            f"{path} holds fractions of unknown range: save it with 8 or 16 bits."
        )
    if image.mode.startswith("I"):
        return Picture(_deep(np.asarray(image), path))
    transparent = image.mode in ("LA", "La", "PA", "RGBA", "RGBa")
    transparent = transparent or "transparency" in image.info
    kind = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
    image, profile = _profiled(image, kind)
    if transparent:
        image = image.convert("RGBA")
        alpha = torch.from_numpy(np.array(image.getchannel("A")))[None] / 255
        return Picture(_signed(image.convert(kind)), alpha, profile)
    return Picture(_signed(image.convert(kind)), profile=profile)


def _profiled(image: Image.Image, kind: str) -> tuple[Image.Image, bytes | None]:
    """The image and the profile that goes with it as L or RGB.

    Colours of another kind, such as a printer's, are converted to sRGB by theirs.
    """
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 128 < len(profile) <= MOST_PROFILE:
        return image, None
    if SPACES.get(profile[16:20]) == len(kind):
        return image, profile
    if profile[16:20] == b"CMYK" and image.mode == "CMYK":
        with suppress(ImageCms.PyCMSError, OSError, ValueError):  # a damaged profile
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
            return converted or image, None
    return image, None


def _signed(image: Image.Image) -> Tensor:
    """Bytes [H, W] or [H, W, 3] to float32 [C, H, W] in [-1, 1]."""
    pixels = torch.from_numpy(np.array(image))
    pixels = pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1)
    return pixels.float().div_(127.5).sub_(1).contiguous()


def _deep(values: np.ndarray, path: Path) -> Tensor:
    """16-bit grey [H, W] to float32 [1, H, W] in [-1, 1]."""
    if values.min() < 0 or values.max() > DEEP:
        raise CourseError(f"{path} holds numbers beyond 16 bits: save it with 8 or 16.")
    pixels = torch.from_numpy(values.astype(np.float32))[None]
    return pixels.div_(DEEP / 2).sub_(1)


def _bytes(picture: Picture) -> np.ndarray:
    """uint8 [H, W], [H, W, 3] or with alpha [H, W, 2] or [H, W, 4]."""
    parts = [((picture.pixels + 1) * 127.5)]
    if picture.alpha is not None:
        parts.append(255 * picture.alpha)
    values = torch.cat(parts).round().clamp(0, 255).to(torch.uint8)
    return values.permute(1, 2, 0).squeeze(2).contiguous().numpy()
