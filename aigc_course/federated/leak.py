"""Pictures that come out of a gradient: "the data never leave the client" refuted.

For a linear layer h = W x + b and any loss, dL/dW_i = (dL/dh_i) x and
dL/db_i = dL/dh_i, so one picture is the quotient of the two (Phong et al. 2018, section
III). For a batch a server can choose weights that part the pictures (Fowl et al. 2022,
Robbing the Fed; Boenisch et al. 2023).
"""

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError

SILENT = 1e-6  # share of the largest slope below which a unit says nothing


def picture_from_gradient(weight_grad: Tensor, bias_grad: Tensor) -> Tensor:
    """The one picture [D] behind a first layer's gradient: x = dL/dW_i / dL/db_i.

    i is the unit whose slope is largest, where rounding matters least. weight_grad:
    [U, D]; bias_grad: [U]. Raises CourseError for other shapes and where no unit was
    active.
    """
    _check(weight_grad, bias_grad)
    i = int(bias_grad.abs().argmax())
    if not bias_grad[i]:
        raise CourseError("All slopes are 0: no unit saw the picture.")
    return weight_grad[i] / bias_grad[i]


def imprint(public: Tensor, units: int = 1024, outputs: int = 10) -> nn.Sequential:
    """D-units-ReLU-outputs whose weights part the pictures of a batch.

    Every unit measures the mean pixel; unit i is active above the i-th quantile of
    `public` pictures [M, D]. The columns of the last layer are all the same, so that a
    picture has the same slope at each unit where it is active. Then the difference of
    two neighbours' gradients holds only pictures between their two thresholds, which
    mostly is one or none.
    """
    validate.whole(units, "The number of units")
    if public.ndim != 2 or len(public) < 2:
        raise CourseError(
            f"Public pictures are [M, D], two or more; got {list(public.shape)}."
        )
    net = nn.Sequential(
        nn.Linear(public.shape[1], units),  # [N, units]
        nn.ReLU(),
        nn.Linear(units, outputs),  # [N, outputs]
    )
    first, last = net[0], net[2]
    assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
    ends = (torch.arange(units) + 0.5) / units
    thresholds = public.mean(1).double().quantile(ends.double())  # rising
    with torch.no_grad():
        first.weight.fill_(1 / public.shape[1])
        first.bias.copy_(-thresholds)
        # small, so that softmax stays far from 0 and 1 and no slope vanishes
        last.weight.copy_(torch.linspace(-1, 1, outputs)[:, None].expand(-1, units))
        last.weight.div_(units)
        last.bias.zero_()
    return net


def rebuilt(weight_grad: Tensor, bias_grad: Tensor) -> Tensor:
    """Candidate pictures [U, D] from the gradient of an `imprint`ed first layer.

    Row i is (dL/dW_i - dL/dW_{i+1}) / (dL/db_i - dL/db_{i+1}): the picture between
    thresholds i and i + 1, or a mixture of several; 0 where there is none.
    """
    _check(weight_grad, bias_grad)
    pixels = -torch.diff(weight_grad, dim=0, append=torch.zeros_like(weight_grad[:1]))
    slopes = -torch.diff(bias_grad, append=torch.zeros_like(bias_grad[:1]))
    heard = slopes.abs() > SILENT * slopes.abs().max()
    return torch.where(heard[:, None], pixels / slopes[:, None], 0.0)


def recovered(pictures: Tensor, rows: Tensor, within: float = 0.1) -> Tensor:
    """Which pictures [N, D] some row [K, D] shows with no pixel off by `within`.

    bool [N].
    """
    rows = rows[torch.isfinite(rows).all(1)]  # a unit without slope gives 0/0
    if not len(rows):
        return torch.zeros(len(pictures), dtype=torch.bool)
    return torch.cdist(pictures, rows, p=float("inf")).min(1).values < within


def _check(weight_grad: Tensor, bias_grad: Tensor) -> None:
    if weight_grad.ndim != 2 or bias_grad.shape != weight_grad.shape[:1]:
        raise CourseError(
            "A linear layer's gradients are [U, D] and [U]; got"
            f" {list(weight_grad.shape)} and {list(bias_grad.shape)}."
        )
