"""Other right answers to 18.ablation_effect."""

import torch

from tests.also_right import also_right


@also_right
@torch.no_grad()
def with_a_mask(network, layer, channel, z, measure):
    def masked(module, given, output):
        mask = torch.ones(output.shape[1])
        mask[channel] = 0
        return output * mask[None, :, None, None]

    with_it = measure(network(z))
    hook = layer.register_forward_hook(masked)
    try:
        without = measure(network(z))
    finally:
        hook.remove()
    difference = without - with_it
    n = difference.numel()
    return difference.mean(), (difference.var() / n).sqrt()


@also_right
def forward_replaced(network, layer, channel, z, measure):
    usual = layer.forward

    def changed(x):
        output = usual(x).clone()
        output[:, channel] = 0.0
        return output

    with torch.no_grad():
        first = measure(network(z)).double()
        layer.forward = changed
        try:
            second = measure(network(z)).double()
        finally:
            del layer.forward
    d = (second - first).numpy()
    return d.mean(), d.std(ddof=1) / len(d) ** 0.5
