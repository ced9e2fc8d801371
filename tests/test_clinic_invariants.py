"""The eight invariants: silent on healthy steps, and each speaks of its own bug."""

import pytest
import torch
from torch import nn

from aigc_course import clinic
from aigc_course.clinic import steps
from aigc_course.clinic.invariants import INVARIANTS, broken

HEALTHY = {
    "gan": steps.gan_step,
    "vae": steps.vae_step,
    "module": lambda: steps.module_step(_network, torch.randn(32, 4)),
}


def _network():
    layers = [nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)]
    return nn.Sequential(*layers)


def test_there_are_eight():
    assert list(INVARIANTS) == [
        "connected",
        "moves",
        "separate",
        "descends",
        "aims",
        "alone",
        "mean",
        "fresh",
    ]
    assert all(one.__doc__ for one in INVARIANTS.values())


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_steps_keep_them_all(name):
    for seed in range(6):
        assert broken(HEALTHY[name], seed) == {}


def no_gradient():
    def loss(fake, real):
        return steps.non_saturating(fake.detach(), real)

    return steps.gan_step(g_loss=loss)


def a_layer_is_frozen():
    def one():
        network = steps.small_generator()
        for weight in network[0].parameters():
            weight.requires_grad_(False)
        return network

    return steps.gan_step(generator=one)


def one_adam():
    def shared(g, d):
        adam = torch.optim.Adam([*g.parameters(), *d.parameters()], lr=1e-3)
        return {"G": adam, "D": adam}

    return steps.gan_step(optimizers=shared)


def uphill():
    def advance(g, d, optimizers, batch, player):
        optimizers[player].zero_grad()
        fake = g(torch.randn(len(batch), steps.LATENT))
        loss = {
            "G": lambda: -steps.non_saturating(d(fake), d(batch)),
            "D": lambda: -steps.cross_entropy(d(batch), d(fake.detach())),
        }[player]()
        loss.backward()
        optimizers[player].step()

    return steps.gan_step(advance=advance)


def wrong_aim():
    return steps.gan_step(g_loss=lambda fake, real: -steps.non_saturating(fake, real))


class Together(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x):
        return self.layer(x - x.mean(dim=0))


def samples_mixed():
    return steps.module_step(Together, torch.randn(32, 4))


def summed():
    def loss(real, fake):
        return steps.cross_entropy(real, fake) * len(real)

    return steps.gan_step(d_loss=loss)


def same_latents():
    def loss(x, recon, mu, log_var):
        torch.manual_seed(0)
        return steps.negative_elbo(x, recon, mu, log_var) + 0 * torch.randn(())

    class Fixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, x):
            out = self.layer(x)
            torch.manual_seed(0)  # the noise that follows is the same each time
            return out

    return steps.vae_step(loss=loss, encoder=Fixed)


BROKEN = {
    no_gradient: {"connected", "moves", "descends", "aims"},
    a_layer_is_frozen: {"connected", "moves"},
    one_adam: {"separate"},
    uphill: {"descends", "aims"},
    wrong_aim: {"aims"},
    samples_mixed: {"alone"},
    summed: {"mean"},
    same_latents: {"fresh"},
}


@pytest.mark.parametrize("make", BROKEN, ids=lambda f: f.__name__)
def test_each_speaks_of_its_own_bug(make):
    found = broken(make)
    assert BROKEN[make] <= found.keys()
    assert all(said.endswith(".") for said in found.values())


def test_every_invariant_is_needed_by_one_of_these():
    assert set().union(*BROKEN.values()) == set(INVARIANTS)


def test_a_step_that_stops_breaks_what_it_stops():
    found = broken(lambda: steps.gan_step(g_loss=lambda fake, real: fake.no_such))
    assert "connected" in found and "AttributeError" in found["connected"]


def test_the_table_counts_what_the_usual_checks_find():
    found = clinic.usual(["generator_loss"])
    row = found.rows[0]
    assert (row.falls, row.finite, row.shapes) == (False, False, False)
    assert row.invariants == ("aims",) and row.found == ("invariants",)
    assert found.counts()["all together"] == found.counts()["invariants"] == 1
    assert "aims" in str(found.table())


def test_curves_show_the_symptom_of_the_sick_and_not_of_the_healthy():
    sick = clinic.curves("generator_loss", 40)
    well = clinic.curves("generator_loss", 40, healthy=True)
    assert sick["loss"][-1] < sick["loss"][0] and well["loss"][-1] < well["loss"][0]
    assert sick["D(G(z))"][-1] < sick["D(G(z))"][0]
    assert well["D(G(z))"][-1] > well["D(G(z))"][0]


def test_the_record_has_every_patient_and_is_reproduced():
    recorded = clinic.recorded_usual()
    assert [row.patient for row in recorded.rows] == clinic.names()
    rows = {row.patient: row for row in recorded.rows}
    few = ["generator_loss", "log_of_logits", "shared_adam"]
    assert clinic.usual(few).rows == [rows[name] for name in few]
