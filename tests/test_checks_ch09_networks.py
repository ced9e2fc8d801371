"""Chapter 09, what the reader builds: near misses and answers in other forms."""

import pytest
import torch
from torch import nn

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(name, function):
    return judge(registry.get(f"09.{name}"), function)


def plain(codes, d, beta=0.25, *, flat=False, pair=False):
    class Quantiser(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(codes, d)

        def forward(self, e):
            k = torch.cdist(e.flatten(0, -2), self.table.weight).argmin(1)
            k = k if flat else k.view(e.shape[:-1])
            c = self.table(k.view(e.shape[:-1]))
            loss = (e.detach() - c).square().sum() + beta * (
                e - c.detach()
            ).square().sum()
            passed = e + (c - e).detach()
            return (passed, k) if pair else (passed, k, loss / len(e))

    return Quantiser()


def test_a_quantiser_with_an_embedding_passes():
    assert verdict_on("quantiser", plain).passed


def test_a_row_of_indices_is_known_in_other_words():
    def quantiser(codes, d, beta=0.25):
        return plain(codes, d, beta, flat=True)

    assert verdict_on("quantiser", quantiser).misconception == "flat_indices"


def test_two_results_are_told_to_be_three():
    def quantiser(codes, d, beta=0.25):
        return plain(codes, d, beta, pair=True)

    verdict = verdict_on("quantiser", quantiser)
    assert verdict.failed and "three results" in verdict.message


def test_the_class_itself_is_told_apart_from_an_instance():
    def quantiser(codes, d, beta=0.25):
        return nn.Identity

    assert "instance" in verdict_on("quantiser", quantiser).message


def test_a_module_of_two_tables_is_refused():
    def quantiser(codes, d, beta=0.25):
        network = plain(codes, d, beta)
        network.more = nn.Parameter(torch.zeros(d))
        return network

    assert "one table" in verdict_on("quantiser", quantiser).message


def test_maps_of_another_shape_are_told():
    def draw_maps(network, n, side, generator=None):
        return torch.zeros(n, side * side, dtype=torch.long)

    assert "shape" in verdict_on("draw_maps", draw_maps).message


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_another_temperature_is_noticed(temperature):
    def draw_maps(network, n, side, generator=None):
        def cooled(k):
            return network(k) / temperature

        reference = registry.get("09.draw_maps").reference
        return reference(cooled, n, side, generator)

    assert verdict_on("draw_maps", draw_maps).failed


def test_a_step_that_weighs_the_kl_twice_is_refused():
    def denoising_step(encode, decode, optimizer, x, noise, e, beta):
        reference = registry.get("09.denoising_step").reference
        return reference(encode, decode, optimizer, x, noise, e, 2 * beta)

    assert verdict_on("denoising_step", denoising_step).failed


def test_a_step_that_returns_nothing_is_told_what_to_return():
    def denoising_step(encode, decode, optimizer, x, noise, e, beta):
        registry.get("09.denoising_step").reference(
            encode, decode, optimizer, x, noise, e, beta
        )
        return [1, 2]

    assert "one number" in verdict_on("denoising_step", denoising_step).message
