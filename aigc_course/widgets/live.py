"""A picture that is drawn anew while training runs."""

from IPython.display import DisplayHandle
from torch import Tensor

from aigc_course import plots


class LivePicture:
    """For `fit(..., on_picture=LivePicture())`: the newest samples, in one place.

    keep: also remember every (step, samples) in `taken`.
    """

    def __init__(self, columns: int = 16, shown: int = 64, keep: bool = False) -> None:
        self.columns, self.shown, self.keep = columns, shown, keep
        self.taken: list[tuple[int, Tensor]] = []
        self.handle: DisplayHandle | None = None

    def __call__(self, step: int, samples: Tensor) -> None:
        """Show samples [N, 1, H, W] taken at `step`."""
        if self.keep:
            self.taken.append((step, samples.cpu()))
        text = f"Samples from fixed latents after {step:,} steps."
        grid = plots.image_grid(samples[: self.shown], self.columns, text)
        picture = {"image/png": plots.png_bytes(grid), "text/plain": text}
        metadata = {"image/png": {"alt": text}}
        if self.handle is None:
            self.handle = DisplayHandle()
            self.handle.display(picture, metadata=metadata, raw=True)
        else:
            self.handle.update(picture, metadata=metadata, raw=True)
