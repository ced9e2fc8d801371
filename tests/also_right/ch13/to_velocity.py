"""Other right answers to 13.to_velocity."""

from tests.also_right import also_right


@also_right
def the_other_end_first(prediction, x, t, kind):
    s = t.view(-1, *[1] * (x.dim() - 1))
    if kind == "velocity":
        return prediction
    if kind == "data":
        x1, x0 = prediction, (x - s * prediction) / (1 - s)
    else:
        x0, x1 = prediction, (x - (1 - s) * prediction) / s
    return x1 - x0


@also_right
def kept_from_the_end(prediction, x, t, kind):
    while t.ndim < x.ndim:
        t = t[..., None]
    match kind:
        case "data":
            return (prediction - x) / (1 - t).clamp(min=0.01)
        case "noise":
            return (x - prediction) / t.clamp(min=0.01)
    return prediction.clone()
