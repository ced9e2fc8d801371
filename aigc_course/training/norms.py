"""Batch norm over the rows of all processes, on CPUs as well as on GPUs."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional as F


def batch_norm(
    at: Any,
    function: Any,
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """As torch's function of this name, with the statistics of all processes' rows.

    at: a `shares.Share`. function: torch's own.
    """
    if not training:
        return function(x, running_mean, running_var, weight, bias, eps=eps)
    with torch.no_grad():
        both = Whole.apply(torch.stack(_statistics(x))[None], at)  # [size, 2, C]
        mean, variance = both.mean(0)  # all have equally many rows
        # within the processes, and between them
        variance += (both[:, 0] - mean).square_().mean(0)
        rows = x.numel() // x.shape[1] * at.size
        if running_mean is not None and running_var is not None:
            running_mean.lerp_(mean.to(running_mean), momentum)
            unbiased = variance * (rows / max(rows - 1, 1))
            running_var.lerp_(unbiased.to(running_var), momentum)
    return _Norm.apply(x, weight, bias, mean, variance, rows, eps)


def _statistics(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of each channel over this process's rows, [C] each."""
    wide = torch.float32 if x.dtype in (torch.bfloat16, torch.float16) else x.dtype
    if x.device.type != "cpu":
        axes = [0, *range(2, x.ndim)]
        variance, mean = torch.var_mean(x.to(wide), axes, correction=0)
        return mean, variance
    # on a CPU, torch's own kernel of batch norm is some twenty times as fast
    unused = torch.zeros(2, x.shape[1], dtype=wide)
    found: tuple[Tensor, Tensor] = torch.ops.aten.batch_norm_update_stats(
        x, unused[0], unused[1], 0.0
    )
    return found


class Whole(torch.autograd.Function):
    """All rows in the forward pass; the sum of all processes' slopes back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, at: Any) -> Tensor:
        n = len(x)
        ctx.rows = slice(at.rank * n, (at.rank + 1) * n)
        every = x.new_zeros(at.size * n, *x.shape[1:])
        every[ctx.rows] = x
        dist.all_reduce(every)
        return every

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        slopes = slopes.contiguous().clone()
        dist.all_reduce(slopes)
        return slopes[ctx.rows], None


class _Norm(torch.autograd.Function):
    """y = w (x - m) / s + b, where m and s belong to all processes' rows."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        w: Tensor | None,
        b: Tensor | None,
        mean: Tensor,
        variance: Tensor,
        rows: int,
        eps: float,
    ) -> Tensor:
        ctx.save_for_backward(x, w, mean, variance)
        ctx.rows, ctx.eps = rows, eps
        return F.batch_norm(x, mean, variance, w, b, eps=eps)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, slope: Tensor) -> Any:  # type: ignore[override]
        x, w, mean, variance = ctx.saved_tensors
        inverse = (variance + ctx.eps).rsqrt()  # 1 / s
        # with m and s fixed: g w / s, sum g (x - m) / s, sum g
        dx, dw, db = torch.ops.aten.native_batch_norm_backward(
            slope, x, w, mean, variance, mean, inverse, False, ctx.eps, [True] * 3
        )
        sums = torch.stack([dw, db])
        dist.all_reduce(sums)
        # m and s move with x: - w / s (sum g + (x - m) / s sum g (x - m) / s) / N
        scale = inverse / -ctx.rows if w is None else w * inverse / -ctx.rows
        slant = scale * inverse * sums[0]
        shape = [1, -1, *[1] * (x.ndim - 2)]
        offset = torch.addcmul(scale * sums[1], slant, mean, value=-1).view(shape)
        # in place: new memory for maps of this size takes longer than the sums
        dx.add_(offset.to(dx)).addcmul_(x, slant.view(shape).to(dx))
        given = w is not None
        return dx, dw if given else None, db if given else None, *[None] * 4
