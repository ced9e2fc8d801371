"""Studies of flows: a cell of each runs and measures its columns; records agree."""

import math
from dataclasses import replace

import pytest
import torch

from aigc_course import flow, studies, training
from aigc_course.studies.definitions import flow_digits, flow_prior, flow_ring

CELL = studies.Cell(seed=1, scale=1e-6, data="digits")
TRIED = [
    ("flow-digits", "short"),
    ("flow-digits", "convolutional"),
    ("flow-ring", "random"),
    ("flow-ring", "transport"),
    ("flow-prior", "vae"),
]


@pytest.fixture
def few(monkeypatch):
    for name in ("CONNECTED", "LARGER"):
        small = replace(getattr(flow_digits, name), components=2, images=200)
        monkeypatch.setattr(flow_digits, name, small)
    monkeypatch.setattr(flow_digits, "SAMPLES", 150)
    monkeypatch.setattr(flow_digits, "COPIES", 20)
    monkeypatch.setattr(flow_ring, "JUDGED", 20)
    monkeypatch.setattr(flow_ring, "SAMPLES", 100)
    monkeypatch.setattr(flow_prior, "JUDGED", 10)
    for name in ("short", "convolutional"):
        for kind, settings in flow_digits.SETTINGS[name].items():
            small = {**settings, "least": 100, "memory": 300}
            monkeypatch.setitem(flow_digits.SETTINGS[name], kind, small)


@pytest.mark.slow  # about 10 CPU seconds, most of them in the judging
@pytest.mark.parametrize(("name", "method"), TRIED)
def test_a_cell_measures_the_columns(name, method, few):
    study = studies.get(name)
    training.seed_everything(CELL.seed)
    outcome = study.methods[method].run(CELL)
    found = [outcome[column.name] for column in study.columns]
    assert all(math.isfinite(value) for value in found if value is not None)
    assert study.failed(outcome) in (True, False)


def test_of_the_flow_that_is_the_ring_itself_nothing_is_missing():
    """The gap is a KL divergence: 0 for the exact velocity."""

    class Exact:
        def trained(self):
            ring = flow.toy_mixture("ring")
            return lambda x, t: ring.velocity(x.double(), min(t, 1 - 1e-6)).to(x)

    flow_ring_points = flow_ring.JUDGED
    try:
        flow_ring.JUDGED = 40
        found = flow_ring.gap(Exact(), 0)
    finally:
        flow_ring.JUDGED = flow_ring_points
    assert abs(found) < 0.15  # 30 steps, and 40 points


def test_the_gain_of_a_prior_is_that_of_its_density():
    """A flow that is still N(mean, scale^2) gains what two normals differ by."""
    training.seed_everything(0)
    from aigc_course import vae
    from aigc_course.vae import losses

    first = vae.VAE(vae.mlp((8,), 2))
    model = flow.LatentFlow(
        flow.LatentNetworks(first.trained(), flow.mlp(2, 8, 1)), first=0.0
    )
    model.networks.scale.copy_(torch.tensor([0.5, 2.0]))
    images = torch.rand(30, 1, 28, 28) * 2 - 1
    found = flow_prior.judge(first, model, images, 3)
    seeded = torch.Generator().manual_seed(3)
    x = first.observe(images, seeded)
    z = losses.reparameterise(*first.trained().encode(x), generator=seeded)
    other = losses.log_normal(
        z, torch.zeros(30, 2), 2 * model.networks.scale.log().expand(30, 2)
    )
    wanted = (other - losses.log_standard_normal(z)).mean()
    assert found["gain"] == pytest.approx(float(wanted.detach()), abs=0.02)
    assert math.isfinite(found["elbo"]) and found["gain_error"] > 0


@pytest.mark.parametrize("name", ["flow-digits", "flow-ring", "flow-prior"])
def test_a_record_counts_its_failures_by_the_rule(name):
    record, study = studies.find(name), studies.get(name)
    for method in record.methods:
        for outcome in record.outcomes(method):
            assert outcome["failed"] == study.failed(outcome)
