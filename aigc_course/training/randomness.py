"""Global random generators: seed them, save their states, put them back."""

import random
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed the global random generators of Python, NumPy and torch (all devices)."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  the global state it is
    torch.manual_seed(seed)


def random_states() -> dict[str, Any]:
    """States of the global random generators of Python, NumPy and torch."""
    version, python, gauss = random.getstate()
    numpy: Any = np.random.get_state(legacy=False)  # noqa: NPY002  the global state
    keys = torch.from_numpy(numpy["state"]["key"].astype(np.int64))
    states: dict[str, Any] = {
        "python": [version, list(python), gauss],
        "numpy": {**numpy, "state": {**numpy["state"], "key": keys}},
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    return states


def restore_random_states(states: dict[str, Any]) -> None:
    """Put the global random generators back; states of absent devices are skipped."""
    version, python, gauss = states["python"]
    random.setstate((version, tuple(python), gauss))
    numpy = states["numpy"]
    keys = numpy["state"]["key"].numpy().astype(np.uint32)
    np.random.set_state(  # noqa: NPY002  the global state
        {**numpy, "state": {**numpy["state"], "key": keys}}
    )
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.device_count() == len(states["cuda"]):
        torch.cuda.set_rng_state_all(states["cuda"])
    if "mps" in states and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
