"""Chapter 04: the same mistakes in other words, and near misses."""

import copy

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import softplus

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"04.{function.__name__}"), function)


def draws_from_zero_to_one():
    def latents(n, size):
        return torch.empty(n, size).uniform_()

    return latents


def repeats_a_row():
    def latents(n, size):
        return torch.stack([torch.randn(size)] * n)

    return latents


def seeds_inside():
    def latents(n, size):
        seeded = torch.Generator().manual_seed(1)
        return torch.randn(n, size, generator=seeded)

    return latents


def meets_every_label():
    def cross_entropy(logits, labels):
        return bce(*torch.broadcast_tensors(logits, labels))

    return cross_entropy


def logs_a_sigmoid():
    def cross_entropy(logits, labels):
        p = 1 / (1 + torch.exp(-logits[:, 0]))
        right = torch.where(labels > 0.5, p, 1 - p)
        return -torch.log(right).mean()

    return cross_entropy


def forgets_sigmoid():
    def cross_entropy(logits, labels):
        p = logits.squeeze()
        return -torch.mean(labels * torch.log(p) + (1 - labels) * torch.log(1 - p))

    return cross_entropy


def forgets_detach():
    def d_loss(D, G, real, z):
        a, b = D(real), D(G(z))
        return bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))

    return d_loss


def leaves_the_graph():
    def d_loss(D, G, real, z):
        a, b = D(real).detach().numpy(), D(G(z)).detach().numpy()
        total = np.logaddexp(0, -a).mean() + np.logaddexp(0, b).mean()
        return torch.tensor(total)

    return d_loss


def all_ones():
    def d_loss(D, G, real, z):
        logits = torch.cat([D(real), D(G(z).detach())])
        return 2 * bce(logits, torch.ones_like(logits))

    return d_loss


def scores_without_gradient():
    def g_loss(D, G, z):
        with torch.no_grad():
            fake = G(z)
        a = D(fake)
        return bce(a, torch.ones_like(a))

    return g_loss


def minimax_form():
    def g_loss(D, G, z):
        return torch.log(1 - torch.sigmoid(D(G(z)))).mean()

    return g_loss


def same_label_as_d():
    def g_loss(D, G, z):
        a = D(G(z))
        return bce(a, torch.zeros_like(a))

    return g_loss


def adds_up():
    def descend(optimizer, loss):
        loss.backward()
        optimizer.step()
        return loss

    return descend


def clears_between():
    def descend(optimizer, loss):
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()

    return descend


def steps_too_early():
    def descend(optimizer, loss):
        optimizer.zero_grad()
        optimizer.step()
        loss.backward()

    return descend


def shares_one():
    def optimizers(G, D, lr):
        both = torch.nn.ModuleList([G, D])
        return [torch.optim.Adam(both.parameters(), lr=lr, betas=(0.5, 0.99))] * 2

    return optimizers


def leaves_the_betas():
    def optimizers(G, D, lr):
        return [torch.optim.Adam(net.parameters(), lr=lr) for net in (G, D)]

    return optimizers


def d_steps_twice():
    def step(G, D, for_g, for_d, real, z):
        for_d.zero_grad()
        loss_d = softplus(-D(real)).mean() + softplus(D(G(z).detach())).mean()
        loss_d.backward()
        for_d.step()
        for_g.zero_grad()
        for_d.zero_grad()
        loss_g = softplus(-D(G(z))).mean()
        loss_g.backward()
        for_g.step()
        for_d.step()
        return loss_d, loss_g

    return step


def sums_the_losses():
    def step(G, D, for_g, for_d, real, z):
        fake = G(z)
        loss_d = softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()
        loss_g = softplus(-D(fake)).mean()
        for optimizer in (for_g, for_d):
            optimizer.zero_grad()
        (loss_d + loss_g).backward()
        for optimizer in (for_g, for_d):
            optimizer.step()
        return loss_d.item(), loss_g.item()

    return step


def judged_by_the_old_d():
    def step(G, D, for_g, for_d, real, z):
        old = copy.deepcopy(D)
        loss_d = softplus(-D(real)).mean() + softplus(D(G(z).detach())).mean()
        for_d.zero_grad()
        loss_d.backward()
        for_d.step()
        loss_g = softplus(-old(G(z))).mean()
        for_g.zero_grad()
        loss_g.backward()
        for_g.step()
        return loss_d, loss_g

    return step


def divides_upside_down():
    def train(step, points, batch_size, epochs, every=10):
        notes, k = [], 0
        for _ in range(epochs):
            for _ in range(batch_size // len(points)):
                k += 1
                notes.append(
                    (k, step(points[torch.randperm(len(points))[:batch_size]]))
                )
        return notes

    return train


def says_it_all():
    def train(step, points, batch_size, epochs, every=10):
        notes, k = [], 0
        for epoch in range(epochs):
            order = torch.randperm(len(points))
            for i in range(len(points) // batch_size):
                result = step(points[order[i * batch_size :][:batch_size]])
                k += 1
                print(f"epoch {epoch} batch {i}: {result}")
                if k % every == 0:
                    notes.append((k, result))
        return notes

    return train


def takes_the_rest():
    def train(step, points, batch_size, epochs, every=10):
        notes, k = [], 0
        for _ in range(epochs):
            order = torch.randperm(len(points))
            for i in range(0, len(points), batch_size):
                result = step(points[order[i : i + batch_size]])
                k += 1
                if k % every == 0:
                    notes.append((k, result))
        return notes

    return train


def compares_squares():
    def count_modes(samples, centres, std):
        squares = (samples[:, None] - centres).square().sum(2)
        good = squares.amin(1) <= 3 * std
        return len(set(squares.argmin(1)[good].tolist())), good.double().mean().item()

    return count_modes


def asks_each_coordinate():
    def count_modes(samples, centres, std):
        near = ((samples[:, None] - centres).abs() <= 3 * std).all(2)
        return int(near.any(0).sum()), float(near.any(1).float().mean())

    return count_modes


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (draws_from_zero_to_one, "from_zero_to_one"),
        (repeats_a_row, "one_for_all"),
        (seeds_inside, "the_same_every_time"),
        (meets_every_label, "every_pair"),
        (logs_a_sigmoid, "own_sigmoid"),
        (forgets_sigmoid, "log_of_a_logit"),
        (forgets_detach, "undetached"),
        (leaves_the_graph, "outside_the_graph"),
        (all_ones, "glad_to_be_fooled"),
        (scores_without_gradient, "cut_off"),
        (minimax_form, "saturating"),
        (same_label_as_d, "on_the_wrong_side"),
        (adds_up, "never_cleared"),
        (clears_between, "nothing_moves"),
        (steps_too_early, "nothing_moves"),
        (shares_one, "one_for_both"),
        (leaves_the_betas, "usual_momentum"),
        (d_steps_twice, "g_teaches_d"),
        (sums_the_losses, "one_total"),
        (judged_by_the_old_d, "at_the_same_time"),
        (divides_upside_down, "no_step_at_all"),
        (says_it_all, "every_step_printed"),
        (takes_the_rest, "rest_included"),
        (compares_squares, "root_forgotten"),
        (asks_each_coordinate, "a_square_for_a_circle"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_uniform_latents_of_variance_one_are_noticed():
    def latents(n, size):
        return (torch.rand(n, size) - 0.5) * 12**0.5

    verdict = verdict_on(latents)
    assert verdict.violated == "normal_moments"
    assert "z^4 is 3" in verdict.message


def test_coupled_latents_are_noticed():
    def latents(n, size):
        z = torch.randn(n, size)
        z[:, -1] = (z[:, 0] + z[:, -1]) / 2**0.5
        return z

    assert verdict_on(latents).violated == "independent"


def test_batches_with_replacement_are_noticed():
    def train(step, points, batch_size, epochs, every=10):
        results = []
        for _ in range(epochs * (len(points) // batch_size)):
            results.append(step(points[torch.randint(len(points), (batch_size,))]))
        return [(k, r) for k, r in enumerate(results, 1) if k % every == 0]

    assert verdict_on(train).failed


def test_a_loss_that_is_a_number_is_named():
    def g_loss(D, G, z):
        return softplus(-D(G(z))).mean().item()

    assert "so that `backward()` can be called" in verdict_on(g_loss).message


def test_one_optimizer_alone_is_no_pair():
    def optimizers(G, D, lr):
        return torch.optim.Adam(G.parameters(), lr)

    assert "a pair of optimisers" in verdict_on(optimizers).message


def test_a_step_that_tells_nothing_is_named():
    def step(G, D, for_g, for_d, real, z):
        for_d.zero_grad()

    assert "return two losses" in verdict_on(step).message


def test_a_batch_that_is_no_tensor_is_named():
    def train(step, points, batch_size, epochs, every=10):
        return [(1, step(points[:batch_size].tolist()))]

    assert "a tensor [B, d]" in verdict_on(train).message


def test_a_network_of_other_widths_is_told_its_sizes():
    def generator(latent, dim):
        return torch.nn.Sequential(
            torch.nn.Linear(latent, 64), torch.nn.ReLU(), torch.nn.Linear(64, dim)
        )

    message = verdict_on(generator).message
    assert "two hidden layers of 128 units" in message and "192" in message


def test_another_bend_is_told_what_is_asked():
    def discriminator(dim):
        return torch.nn.Sequential(
            torch.nn.Linear(dim, 128),
            torch.nn.SiLU(),
            torch.nn.Linear(128, 128),
            torch.nn.SiLU(),
            torch.nn.Linear(128, 1),
        )

    assert "leaky ReLU of slope 0.2" in verdict_on(discriminator).message
