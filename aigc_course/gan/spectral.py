"""Spectral normalisation: a discriminator whose layers stretch nothing."""

from typing import TypeVar

from torch import nn
from torch.nn.utils import parametrizations, parametrize

Network = TypeVar("Network", bound=nn.Module)

LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d)


def spectral_norm(network: Network) -> Network:
    """Divide the weight of every layer by its largest singular value.

    W / sigma(W), with sigma by one power iteration a forward pass (Miyato et al. 2018,
    equation 8 and algorithm 1; torch's own parametrisation). Every fully connected
    layer then has Lipschitz constant 1, and so has a D of such layers and of leaky
    ReLUs. A convolution's weight is taken as a matrix, one row an output channel, which
    bounds its constant without making it 1.

    Changes `network` itself and returns it; layers that have it already are left alone.
    """
    for layer in list(network.modules()):
        if isinstance(layer, LAYERS) and not parametrize.is_parametrized(layer):
            parametrizations.spectral_norm(layer)
    return network
