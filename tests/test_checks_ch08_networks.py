"""Chapter 08, what the reader builds: near misses and answers in other forms."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(name, function):
    return judge(registry.get(f"08.{name}"), function)


class Encoder(nn.Module):
    """784 - hidden - latent, twice; `last` is done to both outputs."""

    def __init__(self, latent, hidden, bias=True, last=lambda out: out):
        super().__init__()
        self.body = nn.Linear(784, hidden, bias=bias)
        self.both = nn.ModuleList(nn.Linear(hidden, latent) for _ in range(2))
        self.last = last

    def forward(self, x):
        h = F.relu(self.body(x.flatten(1)))
        return tuple(self.last(head(h)) for head in self.both)


@pytest.mark.parametrize("act", [nn.ReLU, nn.Tanh, nn.ELU, nn.SiLU, nn.Sigmoid])
def test_any_function_that_bends_will_do(act):
    def decoder(latent, hidden):
        layers = nn.Linear(latent, hidden), act(), nn.Linear(hidden, 784)
        return nn.Sequential(*layers, nn.Unflatten(1, (1, 28, 28)))

    assert verdict_on("decoder", decoder).passed


def test_a_clamp_far_out_is_no_mistake():
    def encoder(latent, hidden):
        return Encoder(latent, hidden, last=lambda out: out.clamp(-10, 10))

    assert verdict_on("encoder", encoder).passed


@pytest.mark.parametrize(
    ("last", "name"),
    [(F.relu, "relu_at_the_end"), (torch.tanh, "both_squashed")],
)
def test_a_function_behind_the_outputs_is_known(last, name):
    def encoder(latent, hidden):
        return Encoder(latent, hidden, last=last)

    assert verdict_on("encoder", encoder).misconception == name


def test_missing_biases_are_told_by_the_number_of_weights():
    def encoder(latent, hidden):
        return Encoder(latent, hidden, bias=False)

    verdict = verdict_on("encoder", encoder)
    assert verdict.violated == "as_many_weights" and "12,662" in verdict.message


@pytest.mark.parametrize("name", ["encoder", "decoder"])
def test_a_class_and_a_layer_without_sizes_are_told(name):
    assert "instance" in verdict_on(name, lambda latent, hidden: nn.Linear).message

    def lazy(latent, hidden):
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(hidden))

    assert "sizes" in verdict_on(name, lazy).message


def test_dropout_is_told_to_draw():
    def decoder(latent, hidden):
        layers = nn.Linear(latent, hidden), nn.ReLU(), nn.Dropout(0.5)
        fold = nn.Unflatten(1, (1, 28, 28))
        return nn.Sequential(*layers, nn.Linear(hidden, 784), fold)

    assert verdict_on("decoder", decoder).violated == "nothing_drawn"


def test_a_step_with_half_the_kl_is_refused():
    def step(encode, decode, optimizer, x, e):
        mean, log_variance = encode(x)
        logits = decode(mean + (log_variance / 2).exp() * e)
        fit = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        cost = (mean**2 + log_variance.exp() - log_variance - 1).sum(1).mean() / 4
        optimizer.zero_grad()
        (fit + cost).backward()
        optimizer.step()
        return fit.item(), cost.item()

    assert verdict_on("step", step).failed
