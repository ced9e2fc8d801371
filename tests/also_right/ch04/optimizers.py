"""Other right answers to 04.optimizers."""

from torch.optim import Adam

from aigc_course.exercises.small_gan import Net, Opt
from tests.also_right import also_right


@also_right
def in_a_loop(G: Net, D: Net, lr: float) -> tuple[Opt, ...]:
    made = []
    for network in (G, D):
        made.append(Adam([*network.parameters()], lr=lr, betas=(0.5, 0.99)))
    return tuple(made)


@also_right
def fused(G: Net, D: Net, lr: float) -> list[Opt]:
    betas = (0.5, 0.99)
    return [Adam(net.parameters(), lr, betas, fused=True) for net in (G, D)]
