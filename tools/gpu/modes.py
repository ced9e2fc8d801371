"""Two ways to look into running code: the same random numbers, and who waits.

Each is a torch function mode: it sees every call of torch's Python interface, also
those of the optimisers, without a change to the code that is checked.
"""

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

SHAPED = (torch.randn, torch.rand, torch.randint, torch.randperm)
LIKE = (torch.randn_like, torch.rand_like)
# what makes the program wait until the device has reached this point
WAITING = (
    "item",
    "tolist",
    "cpu",
    "numpy",
    "nonzero",
    "bincount",
    "unique",
    "__bool__",
    "__float__",
    "__int__",
    "__index__",
)


class SameNumbers(TorchFunctionMode):
    """Random numbers come from one generator of the CPU, whatever the device.

    Devices have different generators, so that only with this two of them can be given
    the same noise.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_function__(
        self, func: Any, kinds: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if kwargs.get("generator") is None:
            if func in SHAPED:
                device = kwargs.pop("device", None)
                return func(*args, **kwargs | {"generator": self.generator}).to(device)
            if func in LIKE:
                like = args[0]
                shaped = torch.randn if func is torch.randn_like else torch.rand
                dtype = kwargs.get("dtype") or like.dtype
                made = shaped(like.shape, generator=self.generator, dtype=dtype)
                layout = torch.channels_last if _is_channels_last(like) else None
                made = made.to(like.device)
                return made.contiguous(memory_format=layout) if layout else made
            if func is torch.multinomial:
                made = func(args[0].cpu(), *args[1:], generator=self.generator)
                return made.to(args[0].device)
        return func(*args, **kwargs)


class Waits(TorchFunctionMode):
    """Counts the calls that make the program wait for the device, by name."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device
        self.found: dict[str, int] = {}

    def __torch_function__(
        self, func: Any, kinds: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        on_device = any(
            isinstance(one, Tensor) and one.device.type == self.device.type
            for one in args
        )
        moved = (
            name == "to"
            and self.device.type != "cpu"
            and any(
                isinstance(one, str | torch.device) and torch.device(one).type == "cpu"
                for one in [*args[1:], (kwargs or {}).get("device")]
            )
        )
        masked = name == "__getitem__" and _has_mask(args[1])
        if on_device and (name in WAITING or moved or masked):
            self.found[name] = self.found.get(name, 0) + 1
        return func(*args, **(kwargs or {}))


def _has_mask(index: Any) -> bool:
    """Whether an index is a mask: how many it takes must be known at once."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(one, Tensor) and one.dtype == torch.bool for one in parts)


def _is_channels_last(x: Tensor) -> bool:
    return x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last)
