"""Other right answers to 05.init_weights."""

import torch
from torch import nn

from tests.also_right import also_right


@also_right
def by_apply(network: nn.Module) -> None:
    def each(m):
        if isinstance(m, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            m.weight.data.normal_(0.0, 0.02)
            if m.bias is not None:
                m.bias.data.fill_(0)

    network.apply(each)


@also_right
def by_shape(network: nn.Module) -> nn.Module:
    with torch.no_grad():
        for w in network.parameters():
            if w.ndim > 1:
                w.copy_(torch.randn_like(w) * 0.02)
            elif not bool((w == 1).all()):
                w.zero_()
    return network
