"""Log densities along paths, against mixtures whose density is known."""

import pytest
import torch

from aigc_course import flow
from aigc_course.errors import CourseError
from aigc_course.flow import likelihood

DATA = flow.line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
g = torch.Generator().manual_seed(7)
PLANE = flow.Mixture(
    torch.tensor([0.4, 0.6]).double(),
    torch.tensor([[1.0, -1.0, 0.5], [-1.0, 0.5, 0.0]]).double(),
    torch.tensor([0.5, 0.7]).double(),
)


def test_density_in_three_dimensions():
    x = PLANE.sample(9, g)
    found = flow.log_density(PLANE.velocity, x, 64, "rk4")
    assert torch.allclose(found, PLANE.log_density(x), atol=1e-6)


def test_batches_and_a_known_divergence_change_nothing():
    x = PLANE.sample(7, g)
    whole = flow.log_density(PLANE.velocity, x, 12)
    assert torch.allclose(flow.log_density(PLANE.velocity, x, 12, batch=3), whole)
    known = flow.log_density(PLANE.velocity, x, 12, divergence=PLANE.divergence)
    assert torch.allclose(known, whole)


def test_a_velocity_that_is_constant_moves_the_noise():
    def shift(x: torch.Tensor, t: float) -> torch.Tensor:
        return torch.ones_like(x)

    x = torch.tensor([[1.0, 1.0], [0.0, 1.0]]).double()
    normal = torch.distributions.Normal(1.0, 1.0).log_prob(x).sum(1)
    assert torch.allclose(flow.log_density(shift, x, 2), normal)


def test_probes_are_right_in_the_mean():
    x = PLANE.sample(1, g).expand(4_000, -1)
    probe = likelihood.rademacher(x, g)
    assert set(probe.unique().tolist()) == {-1.0, 1.0}
    drawn = likelihood.hutchinson(PLANE.velocity, probe)(x, 0.6)
    error = float(drawn.std()) / len(x) ** 0.5
    exact = likelihood.exact_divergence(PLANE.velocity)(x[:1], 0.6)
    assert torch.allclose(exact, PLANE.divergence(x[:1], 0.6))
    assert abs(float(drawn.mean() - exact)) < 4 * error


def test_a_network_keeps_no_gradient():
    network = torch.nn.Linear(2, 2)
    found = flow.log_density(lambda x, t: network(x), torch.zeros(3, 2), 2)
    assert not found.requires_grad
    assert all(p.grad is None for p in network.parameters())


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: flow.log_density(DATA.velocity, torch.zeros(3)), r"\[N, D\]"),
        (lambda: flow.log_density(DATA.velocity, torch.zeros(1, 1) / 0), "NaN"),
        (
            lambda: flow.log_density(DATA.velocity, torch.zeros(1, 1), 2, "ancestral"),
            "draws noise",
        ),
        (lambda: flow.log_density(DATA.velocity, torch.zeros(1, 1), 0), "not 0"),
        (
            lambda: flow.log_density(
                DATA.velocity, torch.zeros(2, 1), 2, divergence=lambda x, t: x
            ),
            r"A divergence is \[2\]",
        ),
    ],
)
def test_bad_input_is_one_sentence(call, sentence: str):
    with pytest.raises(CourseError, match=sentence):
        call()
