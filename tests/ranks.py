"""What each process of a training on several does, for the tests.

`torchrun ... tests/ranks.py CASE,CASE OUT STEPS DTYPE` trains each case and rank 0
writes OUT: the rows of its history, and a digest of the weights of every rank.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import test_golden_weights as golden
import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional as F

from aigc_course import attention as att
from aigc_course import flow, gan, training
from aigc_course.data import sequences
from aigc_course.gan import penalties
from aigc_course.training import norms, shares, together
from aigc_course.training.checkpoint import digest


def many_settings() -> gan.GAN:
    """Dropout, several D steps, a penalty, clipping, and no batch norm in D."""
    return gan.GAN(
        gan.MLPGenerator(8),
        gan.MLPDiscriminator(),
        regularisers=(penalties.gradient_penalty,),
        d_steps=2,
        max_grad_norm=0.5,
        joint=True,
    )


def spread() -> gan.GAN:
    """Minibatch standard deviation, and spectral norm."""
    G, D = golden.points()
    return gan.GAN(G, gan.spectral_norm(gan.add_minibatch_std(D)), lr=1e-3)


def language_model() -> att.NextToken:
    shape = att.Shape(11, context=16, width=16)
    return att.NextToken(att.Transformer(shape), lr=3e-3, lr_warmup=60)


def counted(n: int, generator: torch.Generator) -> Any:
    return sequences.repeated(n, 17, 11, generator, (2, 9))


def flow_of_points() -> flow.Flow:
    """Noise and data of the whole batch are paired, times are spread over it."""
    return flow.Flow(
        flow.mlp(2, 8, 1), couple=flow.transport, max_grad_norm=0.5, ema=100
    )


def latent_flow() -> flow.LatentFlow:
    """A VAE, and from half of the training on a flow, on batches of its own size."""
    networks = flow.LatentNetworks(golden.small(), flow.mlp(3, 8, 1))
    return flow.LatentFlow(networks, memory=48, least=24, batch=16)


MORE: dict[str, tuple[Callable[[], Any], Any]] = {
    "gan with dropout, penalty and clipping": (many_settings, "images"),
    "minibatch std": (spread, "points"),
    "language model": (language_model, counted),
    "language model, all tokens": (
        language_model,
        lambda n, generator: counted(n, generator)[0],
    ),
    "flow, transport": (flow_of_points, "points"),
    "latent flow": (latent_flow, "images"),
}
CASES = {**golden.LEARNERS, **MORE}


class Swapped(shares.Share):
    """One process takes the second half of each batch first.

    In real numbers nothing changes. In floating point sums over the batch are taken in
    another order, as two processes take them in another order. So it shows what
    rounding alone does.
    """

    def __init__(self, n: int) -> None:
        super().__init__(n, 0, 1)

    def mine(self, x: Tensor, axis: int) -> Tensor:
        if x.shape[axis] % self.n:  # of another batch, which stays as it is
            return x
        blocks = x.unflatten(axis, (-1, self.n))
        return blocks.roll(self.n // 2, axis + 1).flatten(axis, axis + 1)

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function is F.batch_norm:  # torch's own, on all rows
            return function(*args, **(kwargs or {}))
        return super().__torch_function__(function, types, args, kwargs)


@contextmanager
def swapped(batch: Any) -> Iterator[Any]:
    """The batch with its halves swapped; inside, draws and `whole` go with it."""
    parts = batch if isinstance(batch, tuple | list) else (batch,)
    at = Swapped(len(parts[0]))
    turned = tuple(at.mine(one, 0) for one in parts)
    back = mock.patch.object(norms.Whole, "apply", lambda x, at: at.mine(x, 0))
    total = mock.patch.object(dist, "all_reduce", lambda x: None)  # of one process
    with back, total, at:
        yield turned if isinstance(batch, tuple | list) else turned[0]


@contextmanager
def alone() -> Iterator[None]:
    """What one process does, in a process that has met others."""
    with (
        mock.patch.dict(os.environ, WORLD_SIZE="1"),
        mock.patch.object(together, "_met", lambda: False),
    ):
        yield


class Batches:
    """The batches of a case, by their number."""

    def __init__(self, kind: Any) -> None:
        self.batch_size, self.per_epoch, self.steps = golden.BATCH, 10, 0
        self.make = partial(golden.batch, kind)
        if callable(kind):
            self.make = lambda step: kind(
                golden.BATCH, torch.Generator().manual_seed(step)
            )

    def __next__(self) -> Any:
        self.steps += 1
        return self.make(self.steps)

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.steps = state["steps"]


def train(
    name: str, steps: int, said: list[Tensor], way: Any = nullcontext, **options: Any
) -> tuple[Any, training.History]:
    """One case from its seed. way: in which its steps take their batch."""
    make, kind = CASES[name]
    training.seed_everything(5)
    model, batches = make(), Batches(kind)
    step = model.step

    def listened(batch: Any) -> dict[str, Tensor]:
        with way(batch) as taken:
            values = step(taken)
        kind = torch.get_default_dtype()  # an accuracy is always float32
        told = [v.detach().double() for v in values.values() if v.dtype == kind]
        # a step may say nothing: a discriminator's alone, say
        said.append(torch.stack(told) if told else torch.zeros(0).double())
        return values

    model.step = listened
    history = training.fit(
        model, batches, training.Budget(steps=steps), progress=False, **options
    )
    return model, history


def found(name: str, steps: int, **options: Any) -> dict[str, Any]:
    """What every step of a case said, and digests of all ranks' weights."""
    said: list[Tensor] = []
    model, _ = train(name, steps, said, **options)
    values = torch.nn.utils.rnn.pad_sequence(said, batch_first=True)
    if together.size() > 1:
        dist.all_reduce(values)
    mine = int.from_bytes(digest(model.state_dict())[:7], "big")
    every = [torch.tensor(mine) for _ in range(together.size())]
    if together.size() > 1:
        dist.all_gather(every, torch.tensor(mine))
    return {
        "values": (values / together.size()).tolist(),
        "digests": [int(one) for one in every],
    }


def main() -> None:
    names, out, steps, dtype = sys.argv[1:]
    torch.set_default_dtype(getattr(torch, dtype))
    chosen = CASES if names == "all" else names.split(";")
    told = {name: found(name, int(steps)) for name in chosen}
    if together.rank() == 0:
        Path(out).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
