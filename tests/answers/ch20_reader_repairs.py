"""Answers of other readers to chapter 20: repairs, tools and claims."""

import contextlib
import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.answers import right, wrong

# 20.generator_loss


@right("20.generator_loss")
def rr_module(real_logits, fake_logits):
    return nn.BCEWithLogitsLoss()(fake_logits, torch.ones_like(fake_logits))


@right("20.generator_loss")
def rr_new_ones(real_logits, fake_logits):
    fake = fake_logits.new_ones(fake_logits.shape)
    loss_fake = F.binary_cross_entropy_with_logits(fake_logits, fake)
    return loss_fake


@right("20.generator_loss")
def rr_logaddexp(real_logits, fake_logits):
    return torch.logaddexp(torch.zeros_like(fake_logits), -fake_logits).mean()


@wrong("20.generator_loss")
def rr_saturating(real_logits, fake_logits):
    return F.logsigmoid(-fake_logits).mean()


@wrong("20.generator_loss")
def rr_log_of_a_probability(real_logits, fake_logits):
    return -torch.log(torch.sigmoid(fake_logits) + 1e-6).mean()


@wrong("20.generator_loss")
def rr_smoothed(real_logits, fake_logits):
    target = torch.full_like(fake_logits, 0.9)
    return F.binary_cross_entropy_with_logits(fake_logits, target)


@wrong("20.generator_loss")
def rr_real_as_one(real_logits, fake_logits):
    return F.binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))


@wrong("20.generator_loss")
def rr_least_squares(real_logits, fake_logits):
    return (fake_logits - 1).square().mean()


# 20.discriminator_loss


@right("20.discriminator_loss")
def rr_two_modules(real_logits, fake_logits):
    bce = nn.BCEWithLogitsLoss()
    loss_fake = bce(fake_logits, torch.zeros_like(fake_logits))
    return bce(real_logits, torch.ones_like(real_logits)) + loss_fake


@right("20.discriminator_loss")
def rr_one_minus_log(real_logits, fake_logits):
    loss_real = -F.logsigmoid(real_logits).mean()
    loss_fake = -(F.logsigmoid(fake_logits) - fake_logits).mean()
    return loss_real + loss_fake


@right("20.discriminator_loss")
def rr_logaddexp_of_both(real_logits, fake_logits):
    loss_real = -F.logsigmoid(real_logits).mean()
    loss_fake = torch.logaddexp(fake_logits, torch.zeros_like(fake_logits)).mean()
    return loss_real + loss_fake


@wrong("20.discriminator_loss")
def rr_sigmoid_then_one_minus(real_logits, fake_logits):
    loss_real = -F.logsigmoid(real_logits).mean()
    return loss_real - torch.log(1 - fake_logits.sigmoid() + 1e-3).mean()


@wrong("20.discriminator_loss")
def rr_hinge(real_logits, fake_logits):
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


@wrong("20.discriminator_loss")
def rr_fakes_summed(real_logits, fake_logits):
    return -F.logsigmoid(real_logits).mean() + F.softplus(fake_logits).sum()


@wrong("20.discriminator_loss")
def rr_cat(real_logits, fake_logits):
    logits = torch.cat([real_logits, fake_logits])
    labels = torch.cat([torch.ones_like(real_logits), torch.zeros_like(fake_logits)])
    return F.binary_cross_entropy_with_logits(logits, labels)


@wrong("20.discriminator_loss")
def rr_detached_and_right(real_logits, fake_logits):
    loss_real = -F.logsigmoid(real_logits).mean()
    return loss_real - F.logsigmoid(-fake_logits.detach()).mean()


# 20.total_loss


@right("20.total_loss")
def rr_keep_and_restore(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    slopes = torch.autograd.grad(
        loss_g, list(generator.parameters()), retain_graph=True
    )
    loss_d.backward(inputs=list(discriminator.parameters()))
    for weight, slope in zip(generator.parameters(), slopes, strict=True):
        weight.grad = slope
    return loss_g.detach(), loss_d.detach()


@right("20.total_loss")
def rr_frozen(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake = generator(z)
    loss_d = F.softplus(-discriminator(real)).mean()
    loss_d = loss_d + F.softplus(discriminator(fake.detach())).mean()
    loss_d.backward()
    discriminator.requires_grad_(False)
    loss_g = F.softplus(-discriminator(fake)).mean()
    loss_g.backward()
    discriminator.requires_grad_(True)
    return loss_g.detach(), loss_d.detach()


@right("20.total_loss")
def rr_sum_of_cut_terms(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake = generator(z)
    frozen = copy.deepcopy(discriminator).requires_grad_(False)
    on_fake = F.softplus(discriminator(fake.detach())).mean()
    loss_d = F.softplus(-discriminator(real)).mean() + on_fake
    loss_g = F.softplus(-frozen(fake)).mean()
    (loss_g + loss_d).backward()
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def rr_left_frozen(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake = generator(z)
    loss_d = F.softplus(-discriminator(real)).mean()
    loss_d = loss_d + F.softplus(discriminator(fake.detach())).mean()
    loss_d.backward()
    discriminator.requires_grad_(False)
    loss_g = F.softplus(-discriminator(fake)).mean()
    loss_g.backward()
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def rr_never_cleared(generator, discriminator, real, z):
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    loss_d.backward(inputs=list(discriminator.parameters()), retain_graph=True)
    loss_g.backward(inputs=list(generator.parameters()))
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def rr_graph_freed(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    loss_d.backward(inputs=list(discriminator.parameters()))
    loss_g.backward(inputs=list(generator.parameters()))
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def rr_steps_too(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    loss_d.backward(inputs=list(discriminator.parameters()), retain_graph=True)
    loss_g.backward(inputs=list(generator.parameters()))
    torch.optim.SGD(discriminator.parameters(), lr=0.1).step()
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def rr_g_times_minus(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    loss_d.backward()
    for weight in generator.parameters():
        weight.grad.neg_()
    return loss_g.detach(), loss_d.detach()


# 20.log_of_logits


@right("20.log_of_logits")
def rr_bce_pair(real_scores, fake_scores):
    bce = F.binary_cross_entropy_with_logits
    loss_g = bce(fake_scores, torch.ones_like(fake_scores))
    loss_real = bce(real_scores, torch.ones_like(real_scores))
    loss_fake = bce(fake_scores, torch.zeros_like(fake_scores))
    return loss_g, loss_real + loss_fake


@right("20.log_of_logits")
def rr_list_of_losses(real_scores, fake_scores):
    loss_g = F.softplus(-fake_scores).mean()
    return [loss_g, F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()]


@wrong("20.log_of_logits")
def rr_sigmoid_of_minus(real_scores, fake_scores):
    loss_g = -torch.log(torch.sigmoid(fake_scores)).mean()
    loss_real = -torch.log(torch.sigmoid(real_scores)).mean()
    loss_fake = -torch.log(torch.sigmoid(-fake_scores)).mean()
    return loss_g, loss_real + loss_fake


@wrong("20.log_of_logits")
def rr_bce_of_sigmoid(real_scores, fake_scores):
    p, q = real_scores.sigmoid(), fake_scores.sigmoid()
    loss_g = F.binary_cross_entropy(q, torch.ones_like(q))
    loss_real = F.binary_cross_entropy(p, torch.ones_like(p))
    return loss_g, loss_real + F.binary_cross_entropy(q, torch.zeros_like(q))


@wrong("20.log_of_logits")
def rr_double_sigmoid(real_scores, fake_scores):
    p, q = real_scores.double().sigmoid(), fake_scores.double().sigmoid()
    loss_g = -torch.log(q).mean()
    loss_fake = -torch.log1p(-q).mean()
    return loss_g, -torch.log(p).mean() + loss_fake


@wrong("20.log_of_logits")
def rr_clamped_probability(real_scores, fake_scores):
    p = real_scores.sigmoid().clamp(1e-7, 1 - 1e-7)
    q = fake_scores.sigmoid().clamp(1e-7, 1 - 1e-7)
    loss_g = -torch.log(q).mean()
    return loss_g, -torch.log(p).mean() - torch.log(1 - q).mean()


@wrong("20.log_of_logits")
def rr_only_g(real_scores, fake_scores):
    loss_g = -F.logsigmoid(fake_scores).mean()
    loss_real = -torch.log(real_scores).mean()
    loss_fake = -torch.log(1 - fake_scores).mean()
    return loss_g, loss_real + loss_fake


# 20.eval_sampling


@right("20.eval_sampling")
def rr_copy(generator, z):
    calm = copy.deepcopy(generator).eval()
    with torch.no_grad():
        images = calm(z)
    return images


@right("20.eval_sampling")
def rr_detach_afterwards(generator, z):
    mode = generator.training
    generator.eval()
    images = generator(z).detach()
    generator.train(mode)
    return images


@right("20.eval_sampling")
def rr_context(generator, z):
    @contextlib.contextmanager
    def evaluating():
        mode = generator.training
        generator.eval()
        yield
        generator.train(mode)

    with evaluating(), torch.no_grad():
        return generator(z)


@wrong("20.eval_sampling")
def rr_graph_left(generator, z):
    mode = generator.training
    generator.eval()
    images = generator(z)
    generator.train(mode)
    return images


@wrong("20.eval_sampling")
def rr_statistics_restored(generator, z):
    kept = copy.deepcopy(generator.state_dict())
    with torch.no_grad():
        images = generator(z)
    generator.load_state_dict(kept)
    return images


@wrong("20.eval_sampling")
def rr_batch_norms_only(generator, z):
    norms = [m for m in generator.modules() if isinstance(m, nn.BatchNorm1d)]
    modes = [m.training for m in norms]
    for m in norms:
        m.eval()
    with torch.no_grad():
        images = generator(z)
    for m, mode in zip(norms, modes, strict=True):
        m.train(mode)
    return images


@wrong("20.eval_sampling")
def rr_no_running_statistics(generator, z):
    for m in generator.modules():
        if isinstance(m, nn.BatchNorm1d):
            m.track_running_stats = False
    with torch.no_grad():
        return generator(z)


@wrong("20.eval_sampling")
def rr_requires_grad(generator, z):
    generator.requires_grad_(False)
    images = generator(z)
    generator.requires_grad_(True)
    return images


# 20.own_threshold


@right("20.own_threshold")
def rr_numpy_halves(scores, alarm):
    half = len(scores) // 2
    chosen, held_out = scores[:half].numpy(), scores[half:].numpy()
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = np.sort(chosen)[place]
    return float(threshold), float((held_out > threshold).mean())


@right("20.own_threshold")
def rr_tensors(scores, alarm):
    half = len(scores) // 2
    chosen = scores[:half]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    return threshold, (scores[half:] > threshold).double().mean()


@right("20.own_threshold")
def rr_chunk_list(scores, alarm):
    half = len(scores) // 2
    chosen = scores[:half]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    rest = [float(s > threshold) for s in scores[half:]]
    return [float(threshold), sum(rest) / len(rest)]


@wrong("20.own_threshold")
def rr_halves_swapped(scores, alarm):
    half = len(scores) // 2
    held_out, chosen = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    return float(threshold), float((held_out > threshold).double().mean())


@wrong("20.own_threshold")
def rr_at_least(scores, alarm):
    half = len(scores) // 2
    chosen, held_out = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    return float(threshold), float((held_out >= threshold).double().mean())


@wrong("20.own_threshold")
def rr_asked_for(scores, alarm):
    half = len(scores) // 2
    chosen = scores[:half]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    return float(chosen.sort().values[place]), alarm


@wrong("20.own_threshold")
def rr_chosen_with_all(scores, alarm):
    half = len(scores) // 2
    place = max(0, int(len(scores) * (1 - alarm)) - 1)
    threshold = scores.sort().values[place]
    return float(threshold), float((scores[half:] > threshold).double().mean())


@wrong("20.own_threshold")
def rr_count(scores, alarm):
    half = len(scores) // 2
    chosen, held_out = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    return float(threshold), float((held_out > threshold).sum())


# 20.seed_each_epoch


def _batches(images, source):
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@right("20.seed_each_epoch")
def rr_as_torch_does(images, number, seed):
    source = torch.Generator().manual_seed(seed + number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


@right("20.seed_each_epoch")
def rr_seed_sequence(images, number, seed):
    key = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    source = torch.Generator().manual_seed(key)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@right("20.seed_each_epoch")
def rr_tuple_of_batches(images, number, seed):
    source = torch.Generator()
    source.manual_seed(10_007 * seed + 3 * number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return (images[order] + noise).split(4)


@wrong("20.seed_each_epoch")
def rr_product(images, number, seed):
    return _batches(images, torch.Generator().manual_seed(seed * number))


@wrong("20.seed_each_epoch")
def rr_power(images, number, seed):
    return _batches(images, torch.Generator().manual_seed(seed ** (number + 1)))


@wrong("20.seed_each_epoch")
def rr_fresh_seed(images, number, seed):
    source = torch.Generator()
    source.seed()
    return _batches(images, source)


@wrong("20.seed_each_epoch")
def rr_forked(images, number, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        order = torch.randperm(len(images))
        noise = torch.randn(images.shape, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@wrong("20.seed_each_epoch")
def rr_parity(images, number, seed):
    return _batches(images, torch.Generator().manual_seed(1000 * seed + number % 2))


@wrong("20.seed_each_epoch")
def rr_noise_small(images, number, seed):
    source = torch.Generator().manual_seed(1_000_003 * seed + number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.rand(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


# 20.mask_after_softmax


@right("20.mask_after_softmax")
def rr_in_place_on_a_copy(scores, allowed):
    scores = scores.clone()
    scores[..., ~allowed] = -torch.inf
    return scores.softmax(dim=-1)


@right("20.mask_after_softmax")
def rr_log_of_the_mask(scores, allowed):
    return (scores + allowed.to(scores.dtype).log()).softmax(dim=-1)


@right("20.mask_after_softmax")
def rr_divided_in_place(scores, allowed):
    weights = scores.softmax(dim=-1) * allowed
    weights /= weights.sum(dim=-1, keepdim=True)
    return weights


@wrong("20.mask_after_softmax")
def rr_minus_thirty(scores, allowed):
    return scores.masked_fill(~allowed, -30.0).softmax(dim=-1)


@wrong("20.mask_after_softmax")
def rr_changes_the_scores(scores, allowed):
    scores.masked_fill_(~allowed, -torch.inf)
    return scores.softmax(dim=-1)


@wrong("20.mask_after_softmax")
def rr_small_constant(scores, allowed):
    weights = scores.softmax(dim=-1) * allowed
    return weights / (weights.sum(dim=-1, keepdim=True) + 1e-3)


@wrong("20.mask_after_softmax")
def rr_softmax_of_the_weights(scores, allowed):
    weights = scores.softmax(dim=-1) * allowed
    return weights.softmax(dim=-1)


@wrong("20.mask_after_softmax")
def rr_mean_over_queries(scores, allowed):
    weights = scores.softmax(dim=-1) * allowed
    return weights / weights.sum(dim=-2, keepdim=True)


# 20.score_test


@right("20.score_test")
def rr_seeds_outside(test, right, sick, seeds):
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for seed in seeds:
        for program in list(right):
            torch.manual_seed(seed)
            try:
                test(program)
            except AssertionError:
                counts["false alarms"] += 1
            except Exception:
                counts["stopped"] += 1
        for program in list(sick):
            torch.manual_seed(seed)
            try:
                test(program)
                counts["missed"] += 1
            except AssertionError:
                continue
            except Exception:
                counts["stopped"] += 1
    return counts


@right("20.score_test")
def rr_forks(test, right, sick, seeds):
    ends = []
    for ok, programs in ((True, right), (False, sick)):
        for program in programs:
            for seed in seeds:
                with torch.random.fork_rng():
                    torch.manual_seed(seed)
                    error = None
                    try:
                        test(program)
                    except Exception as raised:
                        error = raised
                stopped = error is not None and not isinstance(error, AssertionError)
                ends.append((ok, "stop" if stopped else error is None))
    return {
        "false alarms": ends.count((True, False)),
        "missed": ends.count((False, True)),
        "stopped": ends.count((True, "stop")) + ends.count((False, "stop")),
    }


@wrong("20.score_test")
def rr_one_seed_for_all_programs(test, right, sick, seeds):
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for seed in seeds:
        torch.manual_seed(seed)
        for p, ok in [(p, True) for p in right] + [(p, False) for p in sick]:
            try:
                test(p)
                counts["missed"] += not ok
            except AssertionError:
                counts["false alarms"] += ok
            except Exception:
                counts["stopped"] += 1
    return counts


@wrong("20.score_test")
def rr_exact_type(test, right, sick, seeds):
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for p, ok in [(p, True) for p in right] + [(p, False) for p in sick]:
        for seed in seeds:
            torch.manual_seed(seed)
            try:
                test(p)
                counts["missed"] += not ok
            except Exception as error:
                if type(error) is AssertionError:
                    counts["false alarms"] += ok
                else:
                    counts["stopped"] += 1
    return counts


@wrong("20.score_test")
def rr_numpy_seed(test, right, sick, seeds):
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for p, ok in [(p, True) for p in right] + [(p, False) for p in sick]:
        for seed in seeds:
            np.random.seed(seed)
            try:
                test(p)
                counts["missed"] += not ok
            except AssertionError:
                counts["false alarms"] += ok
            except Exception:
                counts["stopped"] += 1
    return counts


@wrong("20.score_test")
def rr_shares(test, right, sick, seeds):
    counts = rr_seeds_outside(test, right, sick, seeds)
    runs = len(seeds) * (len(right) + len(sick))
    return {name: count / runs for name, count in counts.items()}


# 20.unreached


@right("20.unreached")
def rr_one_by_one(loss, model):
    return sorted(
        name
        for name, p in model.named_parameters()
        if not loss.requires_grad
        or (g := torch.autograd.grad(loss, p, retain_graph=True, allow_unused=True)[0])
        is None
        or not torch.isfinite(g).all()
        or torch.equal(g, torch.zeros_like(g))
    )


@right("20.unreached")
def rr_backward_and_put_back(loss, model):
    kept = {name: p.grad for name, p in model.named_parameters()}
    for p in model.parameters():
        p.grad = None
    if loss.requires_grad:
        loss.backward(retain_graph=True)
    bad = []
    for name, p in model.named_parameters():
        g = p.grad
        if g is None or g.count_nonzero() == 0 or g.isnan().any() or g.isinf().any():
            bad.append(name)
        p.grad = kept[name]
    return sorted(bad)


@wrong("20.unreached")
def rr_nearly_zero(loss, model):
    if not loss.requires_grad:
        return sorted(n for n, _ in model.named_parameters())
    ps = list(model.parameters())
    gs = torch.autograd.grad(loss, ps, retain_graph=True, allow_unused=True)
    return sorted(
        n
        for (n, _), g in zip(model.named_parameters(), gs, strict=True)
        if g is None or not g.isfinite().all() or torch.allclose(g, torch.zeros_like(g))
    )


@wrong("20.unreached")
def rr_not_sorted(loss, model):
    names = [n for n, _ in model.named_parameters()]
    if not loss.requires_grad:
        return names
    ps = list(model.parameters())
    gs = torch.autograd.grad(loss, ps, retain_graph=True, allow_unused=True)
    pairs = zip(names, gs, strict=True)
    return [n for n, g in pairs if g is None or not g.any() or not g.isfinite().all()]


@wrong("20.unreached")
def rr_deep_copy(loss, model):
    twin = copy.deepcopy(model)
    twin.zero_grad()
    return sorted(n for n, p in twin.named_parameters() if p.grad is None)


@wrong("20.unreached")
def rr_largest_is_zero(loss, model):
    if not loss.requires_grad:
        return sorted(n for n, _ in model.named_parameters())
    ps = list(model.parameters())
    gs = torch.autograd.grad(loss, ps, retain_graph=True, materialize_grads=True)
    pairs = zip(model.named_parameters(), gs, strict=True)
    return sorted(n for (n, _), g in pairs if not g.isfinite().all() or g.max() <= 0)


# 20.changed_by


@right("20.changed_by")
def rr_bytes(action, model):
    def now():
        return {k: v.numpy().tobytes() for k, v in model.state_dict().items()}

    before = now()
    action()
    after = now()
    return sorted(k for k in before if before[k] != after[k])


@right("20.changed_by")
def rr_copied_model(action, model):
    twin = copy.deepcopy(model)
    action()
    names = []
    for (name, old), new in zip(
        twin.state_dict().items(), model.state_dict().values(), strict=True
    ):
        if not bool(((old == new) | (old.isnan() & new.isnan())).all()):
            names.append(name)
    return sorted(names)


@wrong("20.changed_by")
def rr_old_objects(action, model):
    parts = dict(model.named_parameters()) | dict(model.named_buffers())
    before = {k: v.detach().clone() for k, v in parts.items()}
    action()
    return sorted(
        k
        for k, v in parts.items()
        if not torch.allclose(before[k], v, rtol=0, atol=0, equal_nan=True)
    )


@wrong("20.changed_by")
def rr_means(action, model):
    before = {k: v.double().nanmean() for k, v in model.state_dict().items()}
    action()
    after = {k: v.double().nanmean() for k, v in model.state_dict().items()}
    return sorted(k for k in before if before[k] != after[k])


@wrong("20.changed_by")
def rr_identity(action, model):
    before = dict(model.named_parameters())
    action()
    return sorted(k for k, v in model.named_parameters() if v is not before[k])


@wrong("20.changed_by")
def rr_buffers(action, model):
    before = {k: v.clone() for k, v in model.named_buffers()}
    action()
    return sorted(k for k, v in model.named_buffers() if not torch.equal(v, before[k]))


@wrong("20.changed_by")
def rr_order_of_the_network(action, model):
    before = {k: v.clone() for k, v in model.state_dict().items()}
    action()
    after = model.state_dict()
    return [
        k
        for k in before
        if not torch.allclose(before[k], after[k], rtol=0, atol=0, equal_nan=True)
    ]


# 20.expected_change


@right("20.expected_change")
def rr_einsum(gradients, lr):
    flat = [g.reshape(-1) for g in gradients if g is not None]
    return -lr * sum(torch.einsum("i,i", g, g) for g in flat)


@right("20.expected_change")
def rr_plain_python(gradients, lr):
    total = 0.0
    for g in gradients:
        for entry in [] if g is None else g.reshape(-1).tolist():
            total += entry * entry
    return -lr * total


@right("20.expected_change")
def rr_numpy(gradients, lr):
    kept = [np.asarray(g, dtype=np.float64) for g in gradients if g is not None]
    return np.float64(-lr * sum(np.square(g).sum() for g in kept))


@wrong("20.expected_change")
def rr_with_curvature(gradients, lr):
    squares = sum(g.square().sum() for g in gradients if g is not None)
    return -lr * squares * (1 - lr / 2)


@wrong("20.expected_change")
def rr_mean_over_parameters(gradients, lr):
    kept = [g.square().sum() for g in gradients if g is not None]
    return -lr * torch.stack(kept).mean()


@wrong("20.expected_change")
def rr_length_of_the_step(gradients, lr):
    return lr * torch.cat([g.flatten() for g in gradients if g is not None]).norm()


@wrong("20.expected_change")
def rr_absolute(gradients, lr):
    return -lr * sum(g.abs().sum() for g in gradients if g is not None)


# 20.tolerance


@right("20.tolerance")
def rr_erfinv(std, n, rate, comparisons=1):
    alpha = torch.tensor(rate / comparisons, dtype=torch.float64)
    z = math.sqrt(2) * float(torch.erfinv(1 - alpha))
    return z * std / math.sqrt(n)


@right("20.tolerance")
def rr_bisection(std, n, rate, comparisons=1):
    low, high = 0.0, 20.0
    for _ in range(100):
        middle = (low + high) / 2
        if math.erfc(middle / math.sqrt(2)) * comparisons > rate:
            low = middle
        else:
            high = middle
    return low * std / n**0.5


@right("20.tolerance")
def rr_array(std, n, rate, comparisons=1):
    z = torch.distributions.Normal(0.0, 1.0).icdf(
        torch.tensor(1 - rate / (2 * comparisons), dtype=torch.float64)
    )
    return np.float64(z) * std / np.sqrt(n)


@wrong("20.tolerance")
def rr_sidak(std, n, rate, comparisons=1):
    alpha = 1 - (1 - rate) ** (1 / comparisons)
    z = torch.special.ndtri(torch.tensor(1 - alpha / 2, dtype=torch.float64))
    return float(z) * std / math.sqrt(n)


@wrong("20.tolerance")
def rr_n_minus_one(std, n, rate, comparisons=1):
    z = torch.special.ndtri(
        torch.tensor(1 - rate / comparisons / 2, dtype=torch.float64)
    )
    return float(z) * std / math.sqrt(n - 1)


@wrong("20.tolerance")
def rr_comparisons_under_the_root(std, n, rate, comparisons=1):
    z = torch.special.ndtri(torch.tensor(1 - rate / 2, dtype=torch.float64))
    return float(z) * std * math.sqrt(comparisons / n)


@wrong("20.tolerance")
def rr_density(std, n, rate, comparisons=1):
    alpha = rate / comparisons
    return math.sqrt(-2 * math.log(alpha * math.sqrt(2 * math.pi))) * std / math.sqrt(n)


@wrong("20.tolerance")
def rr_width(std, n, rate, comparisons=1):
    z = torch.special.ndtri(
        torch.tensor(1 - rate / comparisons / 2, dtype=torch.float64)
    )
    return 2 * float(z) * std / math.sqrt(n)


# 20.runs_needed


@right("20.runs_needed")
def rr_numpy_ceil(share, miss):
    if share == 1:
        return 1
    return max(1, np.ceil(np.log(miss) / np.log1p(-share)))


@right("20.runs_needed")
def rr_product_of_misses(share, miss):
    unseen, n = 1.0, 0
    while n == 0 or unseen > miss:
        unseen *= 1 - share
        n += 1
    return n


@right("20.runs_needed")
def rr_tensor(share, miss):
    if share == 1:
        return torch.tensor(1)
    p, m = (torch.tensor(x, dtype=torch.float64) for x in (share, miss))
    return torch.ceil(m.log() / torch.log1p(-p)).long().clamp(min=1)


@wrong("20.runs_needed")
def rr_twice_as_many(share, miss):
    return math.ceil(2 / share)


@wrong("20.runs_needed")
def rr_poisson(share, miss):
    return max(1, math.ceil(-math.log(miss) / share))


@wrong("20.runs_needed")
def rr_off_by_a_strict(share, miss):
    n = 0
    while (1 - share) ** n > miss:
        n += 1
    return n + 1


@wrong("20.runs_needed")
def rr_rule_of_three(share, miss):
    return math.ceil(3 / share)


@wrong("20.runs_needed")
def rr_half(share, miss):
    return 1 if share == 1 else math.ceil(math.log(0.5) / math.log1p(-share))


# 20.checked_claims

G, R, K = "Goodfellow et al. 2014", "Ramesh et al. 2021", "Kingma & Welling 2014"


def _right_claims():
    rows = """style_gan 0 Gatys et al. 2016|dalle_pictures 1 R|dalle_video 0 R
    |dalle_gan 0 R|dalle_author 0 R|old_games 0 G|gan_year 1 G
    |d_maximises_its_loss 0 G|vae_deterministic 0 K|vae_in_turn 0 K
    |dropout_title 0 Gal & Ghahramani 2016|attention_own 0 Vaswani et al. 2017
    |bert 1 Devlin et al. 2019|dcgan_up 1 Radford et al. 2016"""
    short = {"R": R, "G": G, "K": K}
    cells = (row.strip().split(" ", 2) for row in rows.split("|"))
    return {name: (true == "1", short.get(work, work)) for name, true, work in cells}


@right("20.checked_claims")
def rr_table():
    return _right_claims()


@right("20.checked_claims")
def rr_zero_and_one():
    return {name: (int(true), work) for name, (true, work) in _right_claims().items()}


@right("20.checked_claims")
def rr_numpy_truths():
    return {n: (np.bool_(true), work) for n, (true, work) in _right_claims().items()}


@wrong("20.checked_claims")
def rr_words_for_truths():
    return {n: (str(true), work) for n, (true, work) in _right_claims().items()}


@wrong("20.checked_claims")
def rr_truths_alone():
    return {name: true for name, (true, _) in _right_claims().items()}


@wrong("20.checked_claims")
def rr_works_first():
    return {name: (work, true) for name, (true, work) in _right_claims().items()}


@wrong("20.checked_claims")
def rr_a_list():
    return [(name, *pair) for name, pair in _right_claims().items()]


@wrong("20.checked_claims")
def rr_without_years():
    rows = _right_claims().items()
    return {name: (true, work.rsplit(" ", 1)[0]) for name, (true, work) in rows}


@wrong("20.checked_claims")
def rr_games_by_ramesh():
    return _right_claims() | {"old_games": (False, R), "gan_year": (True, K)}
