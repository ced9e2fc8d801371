"""Is a mutant exposable? The proof is a property that it breaks and the original holds.

The verdicts: "exposed" – for each seed the suite finds it; "loud" – it stops with an
error of its own, so it hides nothing; "equivalent" – it gives the same results as the
original for each seed; "escaped" – it gives others, and the suite does not find it for
each seed. Only exposed ones are handed out.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from aigc_course.clinic.mutants.targets import Target, close

SEEDS = tuple(range(20))


@dataclass(frozen=True)
class Proof:
    """What the suite says of a mutant.

    by: the properties that it breaks, each with the number of seeds for which it does.
    witness: what the first of them said. seeds: for how many it was tried.
    """

    verdict: str
    by: dict[str, int]
    witness: str
    seeds: int

    @property
    def invariant(self) -> bool:
        """Whether a property finds it for each seed without the comparison."""
        return any(n == self.seeds for name, n in self.by.items() if name != "equals")


def prove(target: Target, patient: Any, seeds: Sequence[int] = SEEDS) -> Proof:
    """Try the whole suite of a target on a version of it, for each seed.

    A property that passes or fails by luck, for some seeds only, proves nothing alone.
    """
    by: dict[str, int] = {}
    witness, caught = "", 0
    try:
        for seed in seeds:
            broken = _broken(target, patient, seed)
            caught += bool(broken)
            for name, words in broken.items():
                by[name] = by.get(name, 0) + 1
                witness = witness or f"{name}: {words}"
            if not broken and seed == seeds[0] and _same(target, patient, seeds):
                return Proof("equivalent", {}, "", len(seeds))
    except Exception as error:  # whatever a slip may lead to
        return Proof("loud", {}, f"{type(error).__name__}: {error}"[:200], len(seeds))
    verdict = "exposed" if caught == len(seeds) else "escaped"
    return Proof(verdict, by, witness, len(seeds))


def false_alarms(target: Target, seeds: Sequence[int] = SEEDS) -> dict[str, str]:
    """What the suite says of the healthy code: by seed and property; nothing is right.

    A suite that accuses healthy code proves nothing.
    """
    healthy = original(target)
    found = {}
    for seed in seeds:
        for name, words in _broken(target, healthy, seed).items():
            found[f"{name}, seed {seed}"] = words
    return found


def _broken(target: Target, patient: Any, seed: int) -> dict[str, str]:
    """The properties that do not hold for a seed, with what they say."""
    found = {}
    for name, check in target.suite():
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(seed)
            try:
                check(patient, seed)
            except AssertionError as error:
                words = str(error).split("\n")[0] or (check.__doc__ or "")
                found[name.strip("_")] = " ".join(words.split())
    return found


def _same(target: Target, patient: Any, seeds: Sequence[int]) -> bool:
    """Whether the results are the original's, seed by seed."""
    return all(same_results(target, patient, original(target), s) for s in seeds)


def same_results(
    target: Target, one: Any, other: Any, seed: int, tolerance: float = 1e-9
) -> bool:
    """Whether two versions give the same numbers on the inputs of a seed."""
    found = results(target, (one, other), seed)
    if len(found[0]) != len(found[1]):
        return False
    pairs = zip(*found, strict=True)
    return all(a.shape == b.shape and close(a, b, tolerance) for a, b in pairs)


def results(
    target: Target, versions: Sequence[Any], seed: int
) -> list[list[torch.Tensor]]:
    """What each of some versions gives on the inputs of a seed."""
    assert target.observe is not None
    found = []
    for version in versions:
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(seed)
            found.append(target.observe(version, seed))
    return found


def original(target: Target) -> Any:
    """The course's own function or class."""
    import importlib

    return getattr(importlib.import_module(target.module), target.name)
