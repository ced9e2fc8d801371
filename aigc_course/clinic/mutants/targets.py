"""The functions of the course that mutants are made of, each with its suite.

A target names where a slip may be made and how a result is observed. Its suite holds
properties: a closed form, an invariant, or the same quantity computed another way.
`aigc_course/clinic/mutants/suite/` declares them.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

Property = Callable[[Any, int], None]
Observe = Callable[[Any, int], list[Tensor]]
Expect = Callable[[int], list[Tensor]]

FAMILIES = (
    "losses",
    "likelihoods",
    "bounds",
    "codes",
    "paths",
    "solvers",
    "attention",
    "positions",
    "heads",
    "decoding",
    "language",
    "gan_step",
    "vae_step",
    "flow_step",
    "shared",
)
TARGETS: dict[str, "Target"] = {}


@dataclass
class Target:
    """A function or a class of the course, and how it is put to the test.

    module, name: where it stands. methods: of a class, those that slips are made in.
    call: how a test calls it, for the reader. tolerance: of the comparison with
    `expected`.
    """

    module: str
    name: str
    call: str
    methods: tuple[str, ...] = ()
    tolerance: float = 1e-6
    observe: Observe | None = None
    expected: Expect | None = None
    properties: list[Property] = field(default_factory=list)
    _known: dict[int, list[Tensor]] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """Such as "gan.losses.minimax"."""
        return f"{self.module.removeprefix('aigc_course.')}.{self.name}"

    @property
    def places(self) -> tuple[str, ...]:
        """Where in the module slips may be made."""
        return tuple(f"{self.name}.{m}" for m in self.methods) or (self.name,)

    def observed(self, observe: Observe) -> Observe:
        """Decorator: what the target gives on the inputs of a seed, as tensors."""
        self.observe = observe
        return observe

    def equals(self, expected: Expect) -> Expect:
        """Decorator: what it should give there, computed another way."""
        self.expected = expected
        return expected

    def must(self, check: Property) -> Property:
        """Decorator: a property; its docstring is a sentence."""
        self.properties.append(check)
        return check

    def suite(self) -> list[tuple[str, Property]]:
        """All properties with their names; the comparison, if there is one, is last."""
        named = [(p.__name__, p) for p in self.properties]
        return [*named, ("equals", self._compared)] if self.expected else named

    def _compared(self, f: Any, seed: int) -> None:
        assert self.observe is not None and self.expected is not None
        if seed not in self._known:
            with torch.random.fork_rng(devices=[]):
                self._known[seed] = self.expected(seed)
        want = self._known[seed]
        got = self.observe(f, seed)
        assert len(got) == len(want), "the number of results"
        for a, b in zip(got, want, strict=True):
            assert a.shape == b.shape, f"shape {list(a.shape)}, not {list(b.shape)}"
            assert close(a, b, self.tolerance), "another value than expected"


def target(module: str, name: str, **rest: Any) -> Target:
    """Enter a target; `module` stands without the package's name."""
    made = Target(f"aigc_course.{module}", name, **rest)
    TARGETS[made.id] = made
    return made


@lru_cache(maxsize=1)
def targets() -> tuple[Target, ...]:
    """All targets, in one order for ever: that of their names."""
    for family in FAMILIES:
        importlib.import_module(f"aigc_course.clinic.mutants.suite.{family}")
    return tuple(TARGETS[key] for key in sorted(TARGETS))


def draw(seed: int, *shape: int, key: int = 0) -> Tensor:
    """Normal numbers in float64 that belong to a seed and a key."""
    source = torch.Generator().manual_seed(1000 * seed + key)
    return torch.randn(shape, generator=source, dtype=torch.float64)


def uniform(seed: int, *shape: int, key: int = 0) -> Tensor:
    """Numbers between 0 and 1 in float64 that belong to a seed and a key."""
    source = torch.Generator().manual_seed(1000 * seed + key)
    return torch.rand(shape, generator=source, dtype=torch.float64)


def close(a: Tensor, b: Tensor, tolerance: float = 1e-6) -> bool:
    """Whether two results are the same up to rounding; NaN is the same as nothing."""
    a, b = a.detach().double(), b.detach().double()
    return torch.allclose(a, b, rtol=tolerance, atol=tolerance)


def slope(f: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    """Gradient of the sum of f at a place; zeros where none flows."""
    at = at.detach().clone().requires_grad_(True)
    out = f(at).sum()
    if not out.requires_grad:
        return torch.zeros_like(at)
    (found,) = torch.autograd.grad(out, at, allow_unused=True)
    return torch.zeros_like(at) if found is None else found


def weights_of(*networks: nn.Module) -> list[Tensor]:
    """Copies of all weights of some networks."""
    return [p.detach().clone() for n in networks for p in n.parameters()]


def flat(*results: Any) -> list[Tensor]:
    """Tensors out of whatever a call returned."""
    found: list[Tensor] = []
    for result in results:
        if isinstance(result, Tensor):
            found.append(result.detach().clone())
        elif isinstance(result, dict):
            found += flat(*result.values())
        elif isinstance(result, Iterable):
            found += flat(*result)
        else:
            found.append(torch.as_tensor(float(result)))
    return found
