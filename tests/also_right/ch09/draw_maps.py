"""Other right answers to 09.draw_maps."""

import torch
from torch.distributions import Categorical

from tests.also_right import also_right


@also_right
def by_the_quantile(network, n, side, generator=None):
    k = torch.zeros((n, side, side), dtype=torch.int64)
    for i in range(side):
        for j in range(side):
            p = torch.softmax(network(k)[:, :, i, j].double(), dim=1)
            u = torch.rand(n, 1, generator=generator, dtype=torch.float64)
            k[:, i, j] = (p.cumsum(1) < u).sum(1).clamp(max=p.shape[1] - 1)
    return k


@also_right
def with_gumbels(network, n, side, generator=None):
    flat = torch.full((n, side * side), 0, dtype=torch.long)
    for t in range(side * side):
        logits = network(flat.view(n, side, side)).flatten(2)[..., t]
        u = torch.rand(logits.shape, generator=generator).clamp(1e-12, 1 - 1e-7)
        flat[:, t] = (logits - (-u.log()).log()).argmax(-1)
    return flat.reshape(n, side, side)


@also_right
def begun_anywhere(network, n, side, generator=None):
    k = torch.randint(0, 2, (n, side, side), generator=generator)
    for place in torch.cartesian_prod(torch.arange(side), torch.arange(side)):
        i, j = place.tolist()
        probs = Categorical(logits=network(k)[:, :, i, j]).probs
        k[:, i, j] = torch.multinomial(probs, 1, generator=generator).squeeze(1)
    return k
