"""What every client trains, and for how long in a round."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.data import Batches, batches
from aigc_course.vae import VAE, mlp

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Job:
    """An MLP VAE of binarised digits, trained `steps` steps by a client in a round.

    hidden, latent: see `vae.mlp`. lr: of Adam. seed: of the first weights and, with the
    client's number, of everything that is random in its training.
    """

    hidden: tuple[int, ...] = (400,)
    latent: int = 20
    steps: int = 40
    batch_size: int = 128
    lr: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        validate.whole(self.steps, "The number of local steps")
        validate.whole(self.batch_size, "The batch size")
        object.__setattr__(self, "hidden", tuple(self.hidden))

    def build(self) -> VAE:
        """The learner with its first weights, the same for the same seed."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return VAE(mlp(self.hidden, self.latent), lr=self.lr)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a message."""
        return asdict(self)


def weights_of(learner: VAE) -> Weights:
    """A copy of what is trained, by name."""
    state = learner.networks.state_dict()
    return {name: weight.detach().clone() for name, weight in state.items()}


def local_update(learner: VAE, weights: Weights, own: Batches, steps: int) -> Weights:
    """McMahan et al. (2017), ClientUpdate: train from these weights, give the change.

    The optimiser's state stays with the client from round to round.
    """
    learner.networks.load_state_dict(weights)
    for _ in range(steps):
        learner.step(next(own))
    trained = learner.networks.state_dict()
    return {name: trained[name].detach() - weight for name, weight in weights.items()}


def own_batches(images: Tensor, job: Job, client: int) -> Batches:
    """Endless batches of a client's pictures; small homes give smaller batches."""
    size = min(job.batch_size, len(images))
    return batches(images, size, seed=1000 * job.seed + client)
