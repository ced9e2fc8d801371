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
    name, keys, *rest = np.random.get_state()  # noqa: NPY002  the global state it is
    states: dict[str, Any] = {
        "python": [version, list(python), gauss],
        "numpy": [name, torch.from_numpy(keys.astype(np.int64)), *rest],
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
    name, keys, *rest = states["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.device_count() == len(states["cuda"]):
        torch.cuda.set_rng_state_all(states["cuda"])
    if "mps" in states and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
