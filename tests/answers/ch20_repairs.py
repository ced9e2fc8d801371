"""Answers of other people to chapter 20: repairs of sick formulas and code."""

import torch
from torch.nn import functional as F

from tests.answers import right, wrong

# 20.generator_loss


@right("20.generator_loss")
def gl_logsigmoid(real_logits, fake_logits):
    return -F.logsigmoid(fake_logits).mean()


@right("20.generator_loss")
def gl_target_of_ones(real_logits, fake_logits):
    target = torch.ones(fake_logits.shape, dtype=fake_logits.dtype)
    return F.binary_cross_entropy_with_logits(fake_logits, target)


@right("20.generator_loss")
def gl_only_second_term(real_logits, fake_logits):
    fake = torch.ones_like(fake_logits)
    loss_fake = F.binary_cross_entropy_with_logits(fake_logits, fake)
    return loss_fake


@right("20.generator_loss")
def gl_sum_over_count(real_logits, fake_logits):
    return F.softplus(-fake_logits).sum() / len(fake_logits)


@right("20.generator_loss")
def gl_full_like(real_logits, fake_logits):
    real_label = torch.full_like(fake_logits, 1.0)
    return F.binary_cross_entropy_with_logits(fake_logits, real_label, reduction="mean")


@wrong("20.generator_loss")
def gl_half_turned(real_logits, fake_logits):
    real, fake = torch.zeros_like(real_logits), torch.ones_like(fake_logits)
    bce = F.binary_cross_entropy_with_logits
    return (bce(real_logits, real) + bce(fake_logits, fake)) / 2


@wrong("20.generator_loss")
def gl_minus_d(real_logits, fake_logits):
    loss_d = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
    return -loss_d


@wrong("20.generator_loss")
def gl_sum(real_logits, fake_logits):
    return -F.logsigmoid(fake_logits).sum()


@wrong("20.generator_loss")
def gl_as_given(real_logits, fake_logits):
    bce = F.binary_cross_entropy_with_logits
    real = bce(real_logits, torch.ones_like(real_logits))
    return real + bce(fake_logits, torch.zeros_like(fake_logits))


@wrong("20.generator_loss")
def gl_wasserstein(real_logits, fake_logits):
    return (-fake_logits).mean()


@wrong("20.generator_loss")
def gl_smaller(real_logits, fake_logits):
    bce = F.binary_cross_entropy_with_logits
    real = bce(real_logits, torch.ones_like(real_logits))
    return 0.1 * (real + bce(fake_logits, torch.zeros_like(fake_logits)))


# 20.discriminator_loss


@right("20.discriminator_loss")
def dl_softplus(real_logits, fake_logits):
    loss_real = F.softplus(-real_logits).mean()
    loss_fake = F.softplus(fake_logits).mean()
    return loss_real + loss_fake


@right("20.discriminator_loss")
def dl_one_sign(real_logits, fake_logits):
    loss_real = -F.logsigmoid(real_logits).mean()
    loss_fake = -F.logsigmoid(-fake_logits).mean()
    return loss_fake + loss_real


@right("20.discriminator_loss")
def dl_mixed(real_logits, fake_logits):
    return F.softplus(fake_logits).mean() - F.logsigmoid(real_logits).mean()


@right("20.discriminator_loss")
def dl_labels(real_logits, fake_logits):
    loss_real = -F.logsigmoid(real_logits).mean()
    zeros = torch.zeros_like(fake_logits)
    return loss_real + F.binary_cross_entropy_with_logits(fake_logits, zeros)


@right("20.discriminator_loss")
def dl_minus_first(real_logits, fake_logits):
    turned = -fake_logits
    loss_real = -F.logsigmoid(real_logits).mean()
    loss_fake = -F.logsigmoid(turned).mean()
    return loss_real + loss_fake


@wrong("20.discriminator_loss")
def dl_log_one_minus_logit(real_logits, fake_logits):
    loss_real = -F.logsigmoid(real_logits).mean()
    return loss_real - F.logsigmoid(1 - fake_logits).mean()


@wrong("20.discriminator_loss")
def dl_plus(real_logits, fake_logits):
    loss_real = -F.logsigmoid(real_logits).mean()
    loss_fake = F.logsigmoid(fake_logits).mean()
    return loss_real + loss_fake


@wrong("20.discriminator_loss")
def dl_average(real_logits, fake_logits):
    parts = [F.softplus(-real_logits).mean(), F.softplus(fake_logits).mean()]
    return torch.stack(parts).mean()


@wrong("20.discriminator_loss")
def dl_as_given(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(-fake_logits).mean()


@wrong("20.discriminator_loss")
def dl_all_fake(real_logits, fake_logits):
    return -F.logsigmoid(-real_logits).mean() - F.logsigmoid(-fake_logits).mean()


@wrong("20.discriminator_loss")
def dl_no_fakes(real_logits, fake_logits):
    return -F.logsigmoid(real_logits).mean()


# 20.total_loss


@right("20.total_loss")
def tl_inputs(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    loss_g.backward(inputs=list(generator.parameters()), retain_graph=True)
    loss_d.backward(inputs=list(discriminator.parameters()))
    return loss_g.detach(), loss_d.detach()


@right("20.total_loss")
def tl_clear_d(generator, discriminator, real, z):
    generator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_g = F.softplus(-fake_logits).mean()
    loss_g.backward(retain_graph=True)
    discriminator.zero_grad()
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_d.backward(inputs=list(discriminator.parameters()))
    return loss_g.detach(), loss_d.detach()


@right("20.total_loss")
def tl_detach(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake = generator(z)
    fake_logits = discriminator(fake.detach())
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-discriminator(fake)).mean()
    loss_g.backward(inputs=list(generator.parameters()))
    loss_d.backward()
    return loss_g.detach(), loss_d.detach()


@right("20.total_loss")
def tl_two_graphs(generator, discriminator, real, z):
    generator.zero_grad()
    loss_g = F.softplus(-discriminator(generator(z))).mean()
    loss_g.backward()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z).detach())
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_d.backward()
    return loss_g.detach(), loss_d.detach()


@right("20.total_loss")
def tl_tuples(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    for loss, net in ((loss_d, discriminator), (loss_g, generator)):
        loss.backward(inputs=tuple(net.parameters()), retain_graph=True)
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def tl_both_backward(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    loss_g.backward(retain_graph=True)
    loss_d.backward()
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def tl_minus(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    total = loss_d - loss_g
    total.backward()
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def tl_turned(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_g = F.softplus(-fake_logits).mean()
    loss_d.backward(inputs=list(generator.parameters()), retain_graph=True)
    loss_g.backward(inputs=list(discriminator.parameters()))
    return loss_g.detach(), loss_d.detach()


@wrong("20.total_loss")
def tl_d_alone(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z).detach())
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_d.backward()
    return F.softplus(-fake_logits).mean().detach(), loss_d.detach()


@wrong("20.total_loss")
def tl_no_l_g(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(fake_logits).mean()
    loss_d.backward()
    return F.softplus(-fake_logits).mean().detach(), loss_d.detach()


# 20.log_of_logits


@right("20.log_of_logits")
def ll_softplus(real_scores, fake_scores):
    loss_g = F.softplus(-fake_scores).mean()
    loss_real = F.softplus(-real_scores).mean()
    loss_fake = F.softplus(fake_scores).mean()
    return loss_g, loss_real + loss_fake


@right("20.log_of_logits")
def ll_turned(real_scores, fake_scores):
    loss_g = -F.logsigmoid(fake_scores).mean()
    loss_fake = -F.logsigmoid(-fake_scores).mean()
    loss_real = -F.logsigmoid(real_scores).mean()
    return loss_g, loss_fake + loss_real


@right("20.log_of_logits")
def ll_minus_at_the_end(real_scores, fake_scores):
    log_d_fake = F.logsigmoid(fake_scores).mean()
    loss_real = -F.logsigmoid(real_scores).mean()
    loss_fake = -F.logsigmoid(-fake_scores).mean()
    return -log_d_fake, loss_real + loss_fake


@right("20.log_of_logits")
def ll_log_of_the_rest(real_scores, fake_scores):
    loss_g = -F.logsigmoid(fake_scores).mean()
    loss_real = -F.logsigmoid(real_scores).mean()
    loss_fake = (fake_scores - F.logsigmoid(fake_scores)).mean()
    return loss_g, loss_real + loss_fake


@right("20.log_of_logits")
def ll_mixed(real_scores, fake_scores):
    loss_g = -F.logsigmoid(fake_scores).mean()
    loss_real = -F.logsigmoid(real_scores).mean()
    loss_fake = F.softplus(fake_scores).mean()
    return loss_g, loss_real + loss_fake


@wrong("20.log_of_logits")
def ll_sigmoid_then_log(real_scores, fake_scores):
    p, q = torch.sigmoid(real_scores), torch.sigmoid(fake_scores)
    return -q.log().mean(), -p.log().mean() - (1 - q).log().mean()


@wrong("20.log_of_logits")
def ll_epsilon(real_scores, fake_scores):
    p, q = torch.sigmoid(real_scores), torch.sigmoid(fake_scores)
    loss_g = -torch.log(q + 1e-8).mean()
    return loss_g, -torch.log(p + 1e-8).mean() - torch.log(1 - q + 1e-8).mean()


@wrong("20.log_of_logits")
def ll_one_minus(real_scores, fake_scores):
    loss_g = -F.logsigmoid(fake_scores).mean()
    loss_real = -F.logsigmoid(real_scores).mean()
    loss_fake = -F.logsigmoid(1 - fake_scores).mean()
    return loss_g, loss_real + loss_fake


@wrong("20.log_of_logits")
def ll_critic(real_scores, fake_scores):
    return -fake_scores.mean(), -real_scores.mean() + fake_scores.mean()


@wrong("20.log_of_logits")
def ll_clamped(real_scores, fake_scores):
    loss_g = -torch.log(fake_scores.clamp(1e-8)).mean()
    loss_real = -torch.log(real_scores.clamp(1e-8)).mean()
    return loss_g, loss_real - torch.log((1 - fake_scores).clamp(1e-8)).mean()


@wrong("20.log_of_logits")
def ll_absolute(real_scores, fake_scores):
    loss_g = -torch.log(torch.abs(fake_scores)).mean()
    loss_real = -torch.log(torch.abs(real_scores)).mean()
    return loss_g, loss_real - torch.log(torch.abs(1 - fake_scores)).mean()


# 20.eval_sampling


@right("20.eval_sampling")
def es_plain(generator, z):
    was = generator.training
    generator.eval()
    with torch.no_grad():
        out = generator(z)
    generator.train(was)
    return out


@right("20.eval_sampling")
def es_inside(generator, z):
    training = generator.training
    with torch.no_grad():
        images = generator.eval()(z)
    generator.train(training)
    return images


@right("20.eval_sampling")
def es_if(generator, z):
    training = generator.training
    generator.eval()
    with torch.no_grad():
        images = generator(z)
    if training:
        generator.train()
    return images


@right("20.eval_sampling")
def es_finally(generator, z):
    mode = generator.training
    try:
        generator.eval()
        with torch.no_grad():
            return generator(z)
    finally:
        generator.train(mode)


@right("20.eval_sampling")
def es_train_false(generator, z):
    mode = generator.training
    generator.train(False)
    with torch.no_grad():
        images = generator(z)
    generator.train(mode=mode)
    return images


@wrong("20.eval_sampling")
def es_forgets_to_go_back(generator, z):
    generator.eval()
    with torch.no_grad():
        return generator(z)


@wrong("20.eval_sampling")
def es_always_train(generator, z):
    generator.train(False)
    with torch.no_grad():
        images = generator(z)
    generator.train(True)
    return images


@wrong("20.eval_sampling")
def es_as_given(generator, z):
    with torch.no_grad():
        out = generator(z)
    return out


@wrong("20.eval_sampling")
def es_clamp(generator, z):
    with torch.no_grad():
        return generator(z).clamp(-1, 1)


@wrong("20.eval_sampling")
def es_train_first(generator, z):
    mode = generator.training
    generator.train()
    with torch.no_grad():
        images = generator(z)
    generator.train(mode)
    return images


# 20.own_threshold


@right("20.own_threshold")
def ot_held_out(scores, alarm):
    half = len(scores) // 2
    chosen, others = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    return float(threshold), float((others > threshold).double().mean())


@right("20.own_threshold")
def ot_sorted(scores, alarm):
    half = len(scores) // 2
    chosen = scores[:half]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = torch.sort(chosen)[0][place]
    rate = (scores[half:] > threshold).double().mean()
    return float(threshold), float(rate)


@right("20.own_threshold")
def ot_complement(scores, alarm):
    half = len(scores) // 2
    chosen, rest = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    return float(threshold), 1 - float((rest <= threshold).double().mean())


@right("20.own_threshold")
def ot_count_nonzero(scores, alarm):
    half = len(scores) // 2
    chosen, rest = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    return float(threshold), int((rest > threshold).sum()) / len(rest)


@right("20.own_threshold")
def ot_item(scores, alarm):
    half = len(scores) // 2
    chosen, rest = scores[:half], scores[half:]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place].item()
    rate = (rest > threshold).double().mean().item()
    return threshold, rate


@wrong("20.own_threshold")
def ot_everything(scores, alarm):
    half = len(scores) // 2
    chosen = scores[:half]
    threshold = chosen.sort().values[max(0, int(len(chosen) * (1 - alarm)) - 1)]
    return float(threshold), float((scores > threshold).double().mean())


@wrong("20.own_threshold")
def ot_second_half_twice(scores, alarm):
    half = scores[len(scores) // 2 :]
    threshold = half.sort().values[max(0, int(len(half) * (1 - alarm)) - 1)]
    return float(threshold), float((half > threshold).double().mean())


@wrong("20.own_threshold")
def ot_first_half_twice(scores, alarm):
    half = scores[: len(scores) // 2]
    threshold = half.sort().values[max(0, int(len(half) * (1 - alarm)) - 1)]
    return float(threshold), float((half > threshold).double().mean())


@wrong("20.own_threshold")
def ot_below(scores, alarm):
    half = len(scores) // 2
    chosen, rest = scores[:half], scores[half:]
    threshold = chosen.sort().values[max(0, int(len(chosen) * (1 - alarm)) - 1)]
    return float(threshold), float((rest < threshold).double().mean())


@wrong("20.own_threshold")
def ot_doubled(scores, alarm):
    half = scores[: len(scores) // 2]
    threshold = half.sort().values[max(0, int(len(half) * (1 - alarm)) - 1)]
    return float(threshold), 2 * float((half > threshold).double().mean())


# 20.seed_each_epoch


def _drawn(images, source):
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@right("20.seed_each_epoch")
def se_large_prime(images, number, seed):
    source = torch.Generator().manual_seed(seed * 7_919_003 + number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@right("20.seed_each_epoch")
def se_hash(images, number, seed):
    source = torch.Generator().manual_seed(abs(hash((number, seed))))
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@right("20.seed_each_epoch")
def se_shifted(images, number, seed):
    source = torch.Generator().manual_seed((seed << 20) + number)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


@right("20.seed_each_epoch")
def se_million(images, number, seed):
    both = 1_000_000 * seed + number
    source = torch.Generator().manual_seed(both)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


@right("20.seed_each_epoch")
def se_number_first(images, number, seed):
    source = torch.Generator().manual_seed(number * 1_000_003 + 17 * seed + 1)
    order = torch.randperm(len(images), generator=source)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    noisy = images[order] + noise
    return list(noisy.split(4))


@wrong("20.seed_each_epoch")
def se_number_only(images, number, seed):
    return _drawn(images, torch.Generator().manual_seed(number))


@wrong("20.seed_each_epoch")
def se_as_given(images, number, seed):
    return _drawn(images, torch.Generator().manual_seed(seed))


@wrong("20.seed_each_epoch")
def se_no_noise(images, number, seed):
    source = torch.Generator().manual_seed(1_000_003 * seed + number)
    return list(images[torch.randperm(len(images), generator=source)].split(4))


@wrong("20.seed_each_epoch")
def se_no_seed(images, number, seed):
    order = torch.randperm(len(images))
    noise = torch.randn(images.shape, dtype=images.dtype)
    return list((images[order] + noise).split(4))


@wrong("20.seed_each_epoch")
def se_same_noise(images, number, seed):
    source = torch.Generator().manual_seed(1_000_003 * seed + number)
    order = torch.randperm(len(images), generator=source)
    source = torch.Generator().manual_seed(seed)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return list((images[order] + noise).split(4))


# 20.mask_after_softmax


@right("20.mask_after_softmax")
def ma_where(scores, allowed):
    return torch.where(allowed, scores, -torch.inf).softmax(dim=-1)


@right("20.mask_after_softmax")
def ma_fill(scores, allowed):
    masked = scores.masked_fill(torch.logical_not(allowed), float("-inf"))
    return F.softmax(masked, dim=-1)


@right("20.mask_after_softmax")
def ma_renormalised(scores, allowed):
    weights = scores.softmax(dim=-1) * allowed
    return weights / weights.sum(-1, keepdim=True)


@right("20.mask_after_softmax")
def ma_added(scores, allowed):
    minus = torch.zeros_like(scores).masked_fill(~allowed, -torch.inf)
    return (scores + minus).softmax(dim=-1)


@right("20.mask_after_softmax")
def ma_very_low(scores, allowed):
    return scores.masked_fill(~allowed, torch.finfo(scores.dtype).min).softmax(-1)


@wrong("20.mask_after_softmax")
def ma_times_scores(scores, allowed):
    return F.softmax(scores * allowed, dim=-1)


@wrong("20.mask_after_softmax")
def ma_as_given(scores, allowed):
    return F.softmax(scores, dim=-1) * allowed.to(scores.dtype)


@wrong("20.mask_after_softmax")
def ma_wrong_places(scores, allowed):
    return scores.masked_fill(allowed, -1e9).softmax(-1)


@wrong("20.mask_after_softmax")
def ma_no_mask(scores, allowed):
    return F.softmax(scores, dim=-1)


@wrong("20.mask_after_softmax")
def ma_queries(scores, allowed):
    return scores.masked_fill(~allowed, -1e9).softmax(-2)


@wrong("20.mask_after_softmax")
def ma_by_the_mean(scores, allowed):
    weights = scores.softmax(-1) * allowed
    return weights / weights.sum(-1).mean()
