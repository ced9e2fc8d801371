"""Answers to the exercises of chapter 04, as different people write them."""

import math
import random

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from tests.answers import right, wrong


@right("04.latents")
def latents_by_normal(n, size):
    return torch.normal(0.0, 1.0, size=(n, size))


@right("04.latents")
def latents_by_filling(n, size):
    z = torch.empty(n, size)
    nn.init.normal_(z)
    return z


@right("04.latents")
def latents_by_distribution(n, size):
    return torch.distributions.Normal(0, 1).sample((n, size))


@right("04.latents")
def latents_by_numpy(n, size):
    return torch.from_numpy(np.random.randn(n, size).astype(np.float32))


@right("04.latents")
def latents_by_box_muller(n, size):
    radius = torch.sqrt(-2 * torch.log(1 - torch.rand(n, size)))
    return radius * torch.cos(2 * math.pi * torch.rand(n, size))


@wrong("04.latents")
def latents_between_minus_one_and_one(n, size):
    return torch.rand(n, size) * 2 - 1


@wrong("04.latents")
def latents_seeded_anew(n, size):
    return torch.randn(n, size, generator=torch.Generator().manual_seed(42))


@wrong("04.latents")
def latents_on_the_sphere(n, size):
    return F.normalize(torch.randn(n, size), dim=1)


@wrong("04.latents")
def latents_in_double(n, size):
    return torch.from_numpy(np.random.normal(size=(n, size)))


@wrong("04.latents")
def latents_with_two_more_axes(n, size):
    return torch.randn(n, size, 1, 1)


@right("04.cross_entropy")
def entropy_by_module(logits, labels):
    return nn.BCEWithLogitsLoss()(logits[:, 0], labels)


@right("04.cross_entropy")
def entropy_with_a_column_of_labels(logits, labels):
    return F.binary_cross_entropy_with_logits(logits, labels.unsqueeze(1))


@right("04.cross_entropy")
def entropy_by_logsigmoid(logits, labels):
    a = logits.reshape(labels.shape)
    losses = labels * F.logsigmoid(a) + (1 - labels) * F.logsigmoid(-a)
    return -losses.sum() / len(labels)


@right("04.cross_entropy")
def entropy_by_loop(logits, labels):
    total = torch.zeros(())
    for a, y in zip(logits.view(-1), labels, strict=True):
        total = total + torch.logaddexp(a, torch.zeros(())) - y * a
    return total / len(labels)


@right("04.cross_entropy")
def entropy_by_weights(logits, labels):
    a = torch.squeeze(logits, -1)
    on_real, on_fake = F.softplus(-a), F.softplus(a)
    return torch.lerp(on_fake, on_real, labels).mean()


@wrong("04.cross_entropy")
def entropy_after_squeeze(logits, labels):
    return F.binary_cross_entropy_with_logits(logits.squeeze(), labels)


@wrong("04.cross_entropy")
def entropy_of_clamped_probabilities(logits, labels):
    D = torch.sigmoid(logits.flatten()).clamp(1e-7, 1 - 1e-7)
    return -(labels * D.log() + (1 - labels) * (1 - D).log()).mean()


@wrong("04.cross_entropy")
def entropy_with_a_naive_softplus(logits, labels):
    a = logits.flatten()
    return (torch.log1p(torch.exp(a)) - labels * a).mean()


@wrong("04.cross_entropy")
def entropy_of_a_sigmoid_twice(logits, labels):
    D = torch.sigmoid(logits.flatten())
    return F.binary_cross_entropy_with_logits(D, labels)


@wrong("04.cross_entropy")
def entropy_over_one_class(logits, labels):
    return F.cross_entropy(logits.flatten(), labels)


@right("04.d_loss")
def d_loss_under_no_grad(D, G, real, z):
    with torch.no_grad():
        fake = G(z)
    return F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()


@right("04.d_loss")
def d_loss_by_bce(D, G, real, z):
    bce = nn.BCEWithLogitsLoss()
    a, b = D(real), D(G(z).detach())
    return bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))


@right("04.d_loss")
def d_loss_with_frozen_generator(D, G, real, z):
    flags = [w.requires_grad for w in G.parameters()]
    for w in G.parameters():
        w.requires_grad_(False)
    loss = -F.logsigmoid(D(real)).mean() - F.logsigmoid(-D(G(z))).mean()
    for w, flag in zip(G.parameters(), flags, strict=True):
        w.requires_grad_(flag)
    return loss


@right("04.d_loss")
def d_loss_with_data(D, G, real, z):
    a = D(G(z).data)
    return torch.logaddexp(a, torch.zeros_like(a)).mean() + F.softplus(-D(real)).mean()


@right("04.d_loss")
def d_loss_by_sums(D, G, real, z):
    fake = torch.Tensor.detach(G(z))
    total = sum(F.softplus(-a) for a in D(real).flatten()) / len(real)
    return total + sum(F.softplus(a) for a in D(fake).flatten()) / len(z)


@wrong("04.d_loss")
def d_loss_with_smoothed_labels(D, G, real, z):
    bce = F.binary_cross_entropy_with_logits
    a, b = D(real), D(G(z).detach())
    return bce(a, torch.full_like(a, 0.9)) + bce(b, torch.zeros_like(b))


@wrong("04.d_loss")
def d_loss_of_both_in_one_mean(D, G, real, z):
    logits = D(torch.cat([real, G(z).detach()]))
    labels = torch.cat([torch.ones(len(real), 1), torch.zeros(len(z), 1)])
    return F.binary_cross_entropy_with_logits(logits, labels)


@wrong("04.d_loss")
def d_loss_with_detached_verdict(D, G, real, z):
    return F.softplus(-D(real)).mean() + F.softplus(D(G(z)).detach()).mean()


@wrong("04.d_loss")
def d_loss_with_new_latents(D, G, real, z):
    fake = G(torch.randn_like(z)).detach()
    return F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()


@wrong("04.d_loss")
def d_loss_in_evaluation_mode(D, G, real, z):
    G.eval()
    fake = G(z).detach()
    return F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()


@right("04.descend")
def descend_clearing_by_hand(optimizer, loss):
    for group in optimizer.param_groups:
        for w in group["params"]:
            w.grad = None
    loss.backward()
    optimizer.step()


@right("04.descend")
def descend_with_zeros(optimizer, loss):
    optimizer.zero_grad(set_to_none=False)
    torch.autograd.backward(loss)
    optimizer.step()


@right("04.descend")
def descend_by_grad(optimizer, loss):
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    slopes = torch.autograd.grad(loss, weights, allow_unused=True)
    for w, slope in zip(weights, slopes, strict=True):
        w.grad = slope
    optimizer.step()


@right("04.descend")
def descend_by_closure(optimizer, loss):
    def closure():
        optimizer.zero_grad()
        loss.backward()
        return loss

    optimizer.step(closure)


@right("04.descend")
def descend_clearing_twice(optimizer, loss):
    optimizer.zero_grad(True)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(True)


@wrong("04.descend")
def descend_and_clear_last(optimizer, loss):
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


@wrong("04.descend")
def descend_with_clipping(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    nn.utils.clip_grad_norm_(weights, 1.0)
    optimizer.step()


@wrong("04.descend")
def descend_without_backward(optimizer, loss):
    optimizer.zero_grad()
    optimizer.step()


@wrong("04.descend")
def descend_twice(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    optimizer.step()


@wrong("04.descend")
def descend_backward_twice(optimizer, loss):
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    loss.backward()
    optimizer.step()


@right("04.g_loss")
def g_loss_by_logsigmoid(D, G, z):
    return -F.logsigmoid(D(G(z))).mean()


@right("04.g_loss")
def g_loss_by_bce_module(D, G, z):
    a = D(G(z))
    return nn.BCEWithLogitsLoss()(a, torch.ones_like(a))


@right("04.g_loss")
def g_loss_by_two_classes(D, G, z):
    a = D(G(z)).reshape(-1, 1)
    two = torch.cat([torch.zeros_like(a), a], dim=1)
    return F.cross_entropy(two, torch.ones(len(z), dtype=torch.long))


@right("04.g_loss")
def g_loss_with_frozen_critic(D, G, z):
    flags = [w.requires_grad for w in D.parameters()]
    for w in D.parameters():
        w.requires_grad_(False)
    loss = F.softplus(-D(G(z))).sum() / len(z)
    for w, flag in zip(D.parameters(), flags, strict=True):
        w.requires_grad_(flag)
    return loss


@right("04.g_loss")
def g_loss_by_logaddexp(D, G, z):
    a = D(G(z)).flatten()
    return torch.logaddexp(torch.zeros_like(a), -a).mean()


@wrong("04.g_loss")
def g_loss_of_a_critic(D, G, z):
    return -D(G(z)).mean()


@wrong("04.g_loss")
def g_loss_with_a_judging_mode(D, G, z):
    D.eval()
    return F.softplus(-D(G(z))).mean()


@wrong("04.g_loss")
def g_loss_with_its_own_latents(D, G, z):
    return F.softplus(-D(G(torch.randn(z.shape)))).mean()


@wrong("04.g_loss")
def g_loss_of_points_as_data(D, G, z):
    fake = G(z).data.requires_grad_()
    return F.softplus(-D(fake)).mean()


@wrong("04.g_loss")
def g_loss_under_log_of_sigmoid(D, G, z):
    return -torch.log(torch.sigmoid(D(G(z))) + 1e-8).mean()


@right("04.optimizers")
def optimizers_by_keywords(G, D, lr):
    return tuple(
        torch.optim.Adam(params=net.parameters(), lr=lr, betas=(0.5, 0.99))
        for net in (G, D)
    )


@right("04.optimizers")
def optimizers_of_lists(G, D, lr):
    g = torch.optim.Adam(list(G.parameters()), lr=lr, betas=[0.5, 0.99])
    d = torch.optim.Adam(list(D.parameters()), lr=lr, betas=[0.5, 0.99])
    return [g, d]


@right("04.optimizers")
def optimizers_by_groups(G, D, lr):
    def adam(net):
        groups = [{"params": [w for w in net.parameters() if w.requires_grad]}]
        return torch.optim.Adam(groups, lr, (0.5, 0.99), eps=1e-8)

    return adam(G), adam(D)


@right("04.optimizers")
def optimizers_fused(G, D, lr):
    options = {"lr": lr, "betas": (0.5, 0.99), "foreach": True}
    return (
        torch.optim.Adam(G.parameters(), **options),
        torch.optim.Adam(D.parameters(), **options),
    )


@right("04.optimizers")
def optimizers_changed_afterwards(G, D, lr):
    found = torch.optim.Adam(G.parameters()), torch.optim.Adam(D.parameters())
    for adam in found:
        for group in adam.param_groups:
            group["lr"], group["betas"] = lr, (0.5, 0.99)
    return found


@wrong("04.optimizers")
def optimizers_with_the_usual_second_beta(G, D, lr):
    betas = (0.5, 0.999)
    return (
        torch.optim.Adam(G.parameters(), lr, betas),
        torch.optim.Adam(D.parameters(), lr, betas),
    )


@wrong("04.optimizers")
def optimizers_of_everything(G, D, lr):
    weights = [*G.parameters(), *D.parameters()]
    return (
        torch.optim.Adam(weights, lr, (0.5, 0.99)),
        torch.optim.Adam(weights, lr, (0.5, 0.99)),
    )


@wrong("04.optimizers")
def optimizers_with_decay(G, D, lr):
    options = {"lr": lr, "betas": (0.5, 0.99), "weight_decay": 1e-4}
    return (
        torch.optim.Adam(G.parameters(), **options),
        torch.optim.Adam(D.parameters(), **options),
    )


@wrong("04.optimizers")
def optimizers_without_momentum(G, D, lr):
    return (
        torch.optim.RMSprop(G.parameters(), lr),
        torch.optim.RMSprop(D.parameters(), lr),
    )


@wrong("04.optimizers")
def optimizers_with_d_first(G, D, lr):
    betas = (0.5, 0.99)
    d = torch.optim.Adam(D.parameters(), lr, betas)
    return d, torch.optim.Adam(G.parameters(), lr, betas)


@right("04.step")
def step_with_one_draw(G, D, for_g, for_d, real, z):
    fake = G(z)
    for_d.zero_grad()
    loss_d = F.softplus(-D(real)).mean() + F.softplus(D(fake.detach())).mean()
    loss_d.backward()
    for_d.step()
    for_g.zero_grad()
    loss_g = F.softplus(-D(fake)).mean()
    loss_g.backward()
    for_g.step()
    return loss_d, loss_g


@right("04.step")
def step_with_numbers(G, D, for_g, for_d, real, z):
    bce = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(len(real), 1), torch.zeros(len(z), 1)
    D.zero_grad()
    with torch.no_grad():
        fake = G(z)
    d = bce(D(real), ones) + bce(D(fake), zeros)
    d.backward()
    for_d.step()
    G.zero_grad()
    g = bce(D(G(z)), torch.ones(len(z), 1))
    g.backward()
    for_g.step()
    return d.item(), g.item()


@right("04.step")
def step_with_two_backwards(G, D, for_g, for_d, real, z):
    for_d.zero_grad()
    on_real = -F.logsigmoid(D(real)).mean()
    on_real.backward()
    on_fake = -F.logsigmoid(-D(G(z).detach())).mean()
    on_fake.backward()
    for_d.step()
    for_g.zero_grad()
    loss = -F.logsigmoid(D(G(z))).mean()
    loss.backward()
    for_g.step()
    return (on_real + on_fake).detach(), loss.detach()


@right("04.step")
def step_with_frozen_d(G, D, for_g, for_d, real, z):
    for_d.zero_grad()
    d = F.softplus(-D(real)).mean() + F.softplus(D(G(z).detach())).mean()
    d.backward()
    for_d.step()
    D.requires_grad_(False)
    for_g.zero_grad()
    g = F.softplus(-D(G(z))).mean()
    g.backward()
    for_g.step()
    D.requires_grad_(True)
    return d.detach(), g.detach()


@right("04.step")
def step_by_grad(G, D, for_g, for_d, real, z):
    def move(adam, net, loss):
        weights = list(net.parameters())
        slopes = torch.autograd.grad(loss, weights)
        for w, slope in zip(weights, slopes, strict=True):
            w.grad = slope
        adam.step()
        return float(loss)

    fake = G(z).detach()
    d = move(for_d, D, F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean())
    g = move(for_g, G, F.softplus(-D(G(z))).mean())
    return d, g


@wrong("04.step")
def step_with_fresh_latents(G, D, for_g, for_d, real, z):
    for_d.zero_grad()
    d = F.softplus(-D(real)).mean() + F.softplus(D(G(z).detach())).mean()
    d.backward()
    for_d.step()
    for_g.zero_grad()
    g = F.softplus(-D(G(torch.randn_like(z)))).mean()
    g.backward()
    for_g.step()
    return d.detach(), g.detach()


@wrong("04.step")
def step_with_d_left_in_evaluation(G, D, for_g, for_d, real, z):
    for_d.zero_grad()
    d = F.softplus(-D(real)).mean() + F.softplus(D(G(z).detach())).mean()
    d.backward()
    for_d.step()
    D.eval()
    for_g.zero_grad()
    g = F.softplus(-D(G(z))).mean()
    g.backward()
    for_g.step()
    return d.detach(), g.detach()


@wrong("04.step")
def step_that_judges_before_d_learns(G, D, for_g, for_d, real, z):
    fake = G(z)
    d = F.softplus(-D(real)).mean() + F.softplus(D(fake.detach())).mean()
    g = F.softplus(-D(fake)).mean()
    for_g.zero_grad()
    g.backward()
    for_g.step()
    for_d.zero_grad()
    d.backward()
    for_d.step()
    return d.detach(), g.detach()


@wrong("04.step")
def step_that_tells_losses_afterwards(G, D, for_g, for_d, real, z):
    def d_loss():
        return F.softplus(-D(real)).mean() + F.softplus(D(G(z).detach())).mean()

    for_d.zero_grad()
    d_loss().backward()
    for_d.step()
    for_g.zero_grad()
    F.softplus(-D(G(z))).mean().backward()
    for_g.step()
    return d_loss().detach(), F.softplus(-D(G(z))).mean().detach()


@wrong("04.step")
def step_that_leaves_d_frozen(G, D, for_g, for_d, real, z):
    for_d.zero_grad()
    d = F.softplus(-D(real)).mean() + F.softplus(D(G(z).detach())).mean()
    d.backward()
    for_d.step()
    for w in D.parameters():
        w.requires_grad = False
    for_g.zero_grad()
    g = F.softplus(-D(G(z))).mean()
    g.backward()
    for_g.step()
    return d.detach(), g.detach()


@right("04.train")
def train_with_loader(step, points, batch_size, epochs, every=10):
    loader = DataLoader(points, batch_size, shuffle=True, drop_last=True)
    batches = (batch for _ in range(epochs) for batch in loader)
    results = ((k, step(batch)) for k, batch in enumerate(batches, start=1))
    return [(k, result) for k, result in results if k % every == 0]


@right("04.train")
def train_with_random_module(step, points, batch_size, epochs, every=10):
    notes, k = [], 0
    rows = list(range(len(points)))
    for _ in range(epochs):
        random.shuffle(rows)
        for start in range(0, len(rows) - batch_size + 1, batch_size):
            result = step(points[rows[start : start + batch_size]])
            k = k + 1
            if not k % every:
                notes.append((k, result))
    return notes


@right("04.train")
def train_by_reshape(step, points, batch_size, epochs, every=10):
    notes = []
    whole = len(points) // batch_size
    for epoch in range(epochs):
        order = torch.randperm(len(points))[: whole * batch_size]
        for i, rows in enumerate(order.reshape(whole, batch_size)):
            k = epoch * whole + i + 1
            result = step(points.index_select(0, rows))
            if k % every == 0:
                notes += [(k, result)]
    return notes


@right("04.train")
def train_by_split(step, points, batch_size, epochs, every=10):
    notes, count = [], 0
    for _ in range(epochs):
        shuffled = points[torch.argsort(torch.rand(len(points)))]
        for batch in shuffled.split(batch_size):
            if len(batch) < batch_size:
                continue
            count += 1
            result = step(batch)
            if count % every == 0:
                notes.append((count, result))
    return notes


@right("04.train")
def train_in_one_loop(step, points, batch_size, epochs, every=10):
    notes, per = [], len(points) // batch_size
    for k in range(1, per * epochs + 1):
        i = (k - 1) % per
        if i == 0:
            order = torch.from_numpy(np.random.permutation(len(points)))
        result = step(points[order[i * batch_size : (i + 1) * batch_size]])
        if k % every == 0:
            notes.append((k, result))
    return notes


@wrong("04.train")
def train_with_replacement(step, points, batch_size, epochs, every=10):
    notes = []
    for k in range(1, epochs * (len(points) // batch_size) + 1):
        result = step(points[torch.randint(len(points), (batch_size,))])
        if k % every == 0:
            notes.append((k, result))
    return notes


@wrong("04.train")
def train_with_notes_of_the_last_epoch(step, points, batch_size, epochs, every=10):
    k = 0
    for _ in range(epochs):
        notes = []
        order = torch.randperm(len(points))
        for i in range(len(points) // batch_size):
            result = step(points[order[i * batch_size : (i + 1) * batch_size]])
            k += 1
            if k % every == 0:
                notes.append((k, result))
    return notes


@wrong("04.train")
def train_with_notes_of_results(step, points, batch_size, epochs, every=10):
    notes, k = [], 0
    for _ in range(epochs):
        order = torch.randperm(len(points))
        for i in range(len(points) // batch_size):
            result = step(points[order[i * batch_size : (i + 1) * batch_size]])
            k += 1
            if k % every == 0:
                notes.append(result)
    return notes


@wrong("04.train")
def train_that_steps_only_for_notes(step, points, batch_size, epochs, every=10):
    notes, k = [], 0
    for _ in range(epochs):
        order = torch.randperm(len(points))
        for i in range(len(points) // batch_size):
            k += 1
            if k % every == 0:
                batch = points[order[i * batch_size : (i + 1) * batch_size]]
                notes.append((k, step(batch)))
    return notes


@wrong("04.train")
def train_that_returns_too_early(step, points, batch_size, epochs, every=10):
    notes, k = [], 0
    for _ in range(epochs):
        order = torch.randperm(len(points))
        for i in range(len(points) // batch_size):
            result = step(points[order[i * batch_size : (i + 1) * batch_size]])
            k += 1
            if k % every == 0:
                notes.append((k, result))
        return notes


@right("04.count_modes")
def modes_by_broadcasting(samples, centres, std):
    squared = ((samples[:, None, :] - centres[None]) ** 2).sum(-1)
    good = squared <= (3 * std) ** 2
    near = F.one_hot(squared.argmin(1), len(centres)).bool()
    return (good & near).any(0).sum(), good.any(1).float().mean()


@right("04.count_modes")
def modes_by_loops(samples, centres, std):
    covered, hits = set(), 0
    for sample in samples.tolist():
        gaps = [math.dist(sample, centre) for centre in centres.tolist()]
        if min(gaps) <= 3 * std:
            covered.add(gaps.index(min(gaps)))
            hits += 1
    return len(covered), hits / len(samples)


@right("04.count_modes")
def modes_by_numpy(samples, centres, std):
    gaps = np.linalg.norm(samples.numpy()[:, None] - centres.numpy(), axis=2)
    good = gaps.min(1) <= 3 * std
    return np.unique(gaps.argmin(1)[good]).size, good.mean()


@right("04.count_modes")
def modes_by_bincount(samples, centres, std):
    d, k = torch.min(torch.cdist(samples, centres), dim=1)
    inside = d <= std * 3
    counts = torch.bincount(k[inside], minlength=len(centres))
    return int((counts > 0).sum()), inside.sum().item() / inside.numel()


@right("04.count_modes")
def modes_by_scipy(samples, centres, std):
    from scipy.spatial import cKDTree

    d, k = cKDTree(centres.double().numpy()).query(samples.double().numpy())
    good = d <= 3 * std
    return len(set(k[good].tolist())), np.mean(good)


@wrong("04.count_modes")
def modes_in_boxes(samples, centres, std):
    inside = ((samples[:, None] - centres).abs() <= 3 * std).all(-1)
    return int(inside.any(0).sum()), float(inside.any(1).float().mean())


@wrong("04.count_modes")
def modes_in_percent(samples, centres, std):
    d, k = torch.cdist(samples, centres).min(dim=1)
    good = d <= 3 * std
    return len(k[good].unique()), 100 * float(good.float().mean())


@wrong("04.count_modes")
def modes_nearest_however_far(samples, centres, std):
    d, k = torch.cdist(samples, centres).min(dim=1)
    return len(k.unique()), float((d <= 3 * std).float().mean())


@wrong("04.count_modes")
def modes_with_a_share_of_modes(samples, centres, std):
    d, k = torch.cdist(samples, centres).min(dim=1)
    covered = len(k[d <= 3 * std].unique())
    return covered, covered / len(centres)


@wrong("04.count_modes")
def modes_with_squares_against_three_sigma(samples, centres, std):
    squared = torch.cdist(samples, centres).square()
    d, k = squared.min(dim=1)
    good = d <= 3 * std
    return len(k[good].unique()), float(good.float().mean())


# 04.generator


@right("04.generator")
def generator_by_a_loop(latent, dim):
    sizes, layers = (latent, 128, 128), []
    for before, after in zip(sizes, sizes[1:], strict=False):
        layers += [torch.nn.Linear(before, after), torch.nn.LeakyReLU(0.2)]
    layers.append(torch.nn.Linear(128, dim))
    return torch.nn.Sequential(*layers)


@right("04.generator")
def generator_of_a_dict(latent, dim):
    class G(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.ModuleDict(
                {
                    "last": torch.nn.Linear(128, dim),
                    "first": torch.nn.Linear(latent, 128),
                    "middle": torch.nn.Linear(128, 128),
                }
            )

        def forward(self, z):
            x = self.layers["first"](z)
            x = torch.where(x > 0, x, 0.2 * x)
            x = self.layers["middle"](x)
            return self.layers["last"](torch.where(x > 0, x, 0.2 * x))

    return G()


@right("04.generator")
def generator_by_lazy_layers(latent, dim):
    network = torch.nn.Sequential(
        torch.nn.LazyLinear(128),
        torch.nn.LeakyReLU(0.2),
        torch.nn.LazyLinear(128),
        torch.nn.LeakyReLU(0.2),
        torch.nn.LazyLinear(dim),
    )
    network(torch.zeros(1, latent))
    return network


@right("04.generator")
def generator_with_a_start_of_its_own(latent, dim):
    network = generator_by_a_loop(latent, dim)
    for layer in network:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.orthogonal_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    return network


@right("04.generator")
def generator_of_one_leak(latent, dim):
    leak = torch.nn.LeakyReLU(negative_slope=0.2)
    first, second = torch.nn.Linear(latent, 128), torch.nn.Linear(128, 128)
    return torch.nn.Sequential(first, leak, second, leak, torch.nn.Linear(128, dim))


def _plane(inputs, outputs, act, width=128, end=None):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = torch.nn.Linear(inputs, width)
            self.b = torch.nn.Linear(width, width)
            self.c = torch.nn.Linear(width, outputs)

        def forward(self, x):
            x = self.c(act(self.b(act(self.a(x)))))
            return end(x) if end else x

    return Net()


def _leak(x):
    return torch.nn.functional.leaky_relu(x, 0.2)


@wrong("04.generator")
def generator_with_elu(latent, dim):
    return _plane(latent, dim, torch.nn.functional.elu)


@wrong("04.generator")
def generator_with_tanh_inside(latent, dim):
    return _plane(latent, dim, torch.tanh)


@wrong("04.generator")
def generator_with_relu(latent, dim):
    return _plane(latent, dim, torch.relu)


@wrong("04.generator")
def generator_squashed(latent, dim):
    return _plane(latent, dim, _leak, end=torch.tanh)


@wrong("04.generator")
def generator_of_half_the_width(latent, dim):
    return _plane(latent, dim, _leak, width=64)


@wrong("04.generator")
def generator_turned_round(latent, dim):
    return _plane(dim, latent, _leak)


@wrong("04.generator")
def generator_with_noise(latent, dim):
    return _plane(latent, dim, lambda x: _leak(x + 0.1 * torch.randn_like(x)))


@wrong("04.generator")
def generator_without_the_call(latent, dim):
    return type(_plane(latent, dim, _leak))


@wrong("04.generator")
def generator_of_a_list(latent, dim):
    return [torch.nn.Linear(latent, 128), torch.nn.Linear(128, dim)]


# 04.discriminator


@right("04.discriminator")
def discriminator_by_a_loop(dim):
    return generator_by_a_loop(dim, 1)


@right("04.discriminator")
def discriminator_of_a_dict(dim):
    return generator_of_a_dict(dim, 1)


@right("04.discriminator")
def discriminator_by_lazy_layers(dim):
    return generator_by_lazy_layers(dim, 1)


@right("04.discriminator")
def discriminator_by_functions(dim):
    return _plane(dim, 1, _leak)


@right("04.discriminator")
def discriminator_by_appending(dim):
    network = torch.nn.Sequential()
    for i, inputs in enumerate((dim, 128)):
        network.add_module(f"layer {i}", torch.nn.Linear(inputs, 128))
        network.add_module(f"leak {i}", torch.nn.LeakyReLU(0.2))
    network.append(torch.nn.Linear(128, 1))
    return network


@wrong("04.discriminator")
def discriminator_with_a_sigmoid(dim):
    return _plane(dim, 1, _leak, end=torch.sigmoid)


@wrong("04.discriminator")
def discriminator_with_a_log(dim):
    return _plane(dim, 1, _leak, end=torch.nn.functional.logsigmoid)


@wrong("04.discriminator")
def discriminator_squeezed(dim):
    return _plane(dim, 1, _leak, end=lambda a: a.squeeze(-1))


@wrong("04.discriminator")
def discriminator_with_gelu(dim):
    return _plane(dim, 1, torch.nn.functional.gelu)


@wrong("04.discriminator")
def discriminator_of_small_slope(dim):
    return _plane(dim, 1, torch.nn.functional.leaky_relu)


@wrong("04.discriminator")
def discriminator_as_wide_as_the_plane(dim):
    return _plane(dim, 1, _leak, width=256)


@wrong("04.discriminator")
def discriminator_with_layer_norm(dim):
    def act(x):
        return _leak(torch.nn.functional.layer_norm(x, x.shape[1:]))

    return _plane(dim, 1, act)


@wrong("04.discriminator")
def discriminator_of_a_batch(dim):
    return _plane(dim, 1, lambda x: _leak(x - x.mean(dim=0)))


# --- found by a later reading --------------------------------------------------------


@wrong("04.latents")
def latents_standardised_over_the_batch(n, size):
    z = torch.randn(n, size)
    return (z - z.mean(0)) / z.std(0)


@wrong("04.latents")
def latents_of_small_spread(n, size):
    return torch.normal(0.0, 0.1, (n, size))


@right("04.optimizers")
def optimizers_adamw_without_decay(G, D, lr):
    return tuple(
        torch.optim.AdamW(net.parameters(), lr, (0.5, 0.99), weight_decay=0.0)
        for net in (G, D)
    )


@wrong("04.optimizers")
def optimizers_with_d_maximising(G, D, lr):
    options = {"lr": lr, "betas": (0.5, 0.99)}
    for_d = torch.optim.Adam(D.parameters(), maximize=True, **options)
    return torch.optim.Adam(G.parameters(), **options), for_d


@wrong("04.optimizers")
def optimizers_amsgrad(G, D, lr):
    return tuple(
        torch.optim.Adam(net.parameters(), lr, (0.5, 0.99), amsgrad=True)
        for net in (G, D)
    )
