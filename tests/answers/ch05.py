"""Answers to the exercises of chapter 05, as different people write them."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.answers import right, wrong


@right("05.to_pixels")
def pixels_clamped_first(images):
    x = torch.clamp(images, -1, 1)
    return torch.round((x + 1) * 127.5).type(torch.uint8)


@right("05.to_pixels")
def pixels_by_numpy(images):
    scaled = np.rint((images.detach().numpy() + 1.0) * 127.5)
    return torch.from_numpy(np.clip(scaled, 0, 255).astype(np.uint8))


@right("05.to_pixels")
def pixels_by_halves(images):
    return (images * 0.5 + 0.5).clamp(0, 1).mul(255).round().byte()


@right("05.to_pixels")
def pixels_by_floor(images):
    p = torch.floor((images + 1) / 2 * 255 + 0.5)
    return torch.where(p < 0, 0, torch.where(p > 255, 255, p)).to(torch.uint8)


@right("05.to_pixels")
def pixels_in_double(images):
    p = (images.double() + 1) * 127.5
    return torch.minimum(torch.maximum(p.round(), p * 0), p * 0 + 255).to(torch.uint8)


@wrong("05.to_pixels")
def pixels_truncated(images):
    return ((images + 1) * 127.5).clamp(0, 255).byte()


@wrong("05.to_pixels")
def pixels_that_wrap(images):
    return ((images + 1) * 127.5).round().to(torch.int64).to(torch.uint8)


@wrong("05.to_pixels")
def pixels_of_the_unit_range(images):
    return (images.clamp(0, 1) * 255).round().to(torch.uint8)


@wrong("05.to_pixels")
def pixels_stretched_to_the_batch(images):
    low, high = images.min(), images.max()
    return ((images - low) / (high - low) * 255).round().to(torch.uint8)


@wrong("05.to_pixels")
def pixels_with_256_levels(images):
    return ((images + 1) * 128).floor().clamp(0, 255).to(torch.uint8)


@right("05.tconv_1d")
def stamps_by_library(x, w, stride):
    return F.conv_transpose1d(x[None, None], w[None, None], stride=stride)[0, 0]


@right("05.tconv_1d")
def stamps_by_loops(x, w, stride):
    n, k = len(x), len(w)
    y = [0.0] * ((n - 1) * stride + k)
    for i in range(n):
        for j in range(k):
            y[i * stride + j] = y[i * stride + j] + x[i] * w[j]
    return torch.stack([torch.as_tensor(v, dtype=x.dtype) for v in y])


@right("05.tconv_1d")
def stamps_by_zeros_and_convolution(x, w, stride):
    spread = np.zeros((len(x) - 1) * stride + 1)
    spread[::stride] = x.numpy()
    return torch.from_numpy(np.convolve(spread, w.numpy())).to(x.dtype)


@right("05.tconv_1d")
def stamps_by_matrix(x, w, stride):
    C = torch.zeros(len(x), (len(x) - 1) * stride + len(w), dtype=x.dtype)
    for i in range(len(x)):
        C[i, i * stride : i * stride + len(w)] = w
    return C.T @ x


@right("05.tconv_1d")
def stamps_by_index_add(x, w, stride):
    places = torch.arange(len(x))[:, None] * stride + torch.arange(len(w))
    y = torch.zeros(int(places.max()) + 1, dtype=x.dtype)
    return y.index_add(0, places.flatten(), torch.outer(x, w).flatten())


@wrong("05.tconv_1d")
def stamps_of_the_kernel_reversed(x, w, stride):
    return F.conv_transpose1d(x[None, None], w.flip(0)[None, None], stride=stride)[0, 0]


@wrong("05.tconv_1d")
def stamps_side_by_side(x, w, stride):
    y = torch.zeros(len(x) * len(w), dtype=x.dtype)
    for i, value in enumerate(x):
        y[i * len(w) : (i + 1) * len(w)] = value * w
    return y


@wrong("05.tconv_1d")
def stamps_that_cover(x, w, stride):
    y = torch.zeros((len(x) - 1) * stride + len(w), dtype=x.dtype)
    for i in range(len(x)):
        y[i * stride : i * stride + len(w)] = x[i] * w
    return y


@wrong("05.tconv_1d")
def stamps_by_plain_convolution(x, w, stride):
    padded = F.pad(x, (len(w) - 1, len(w) - 1))
    return F.conv1d(padded[None, None], w[None, None], stride=stride)[0, 0]


@wrong("05.tconv_1d")
def stamps_averaged(x, w, stride):
    n = (len(x) - 1) * stride + len(w)
    y, count = torch.zeros(n, dtype=x.dtype), torch.zeros(n, dtype=x.dtype)
    for i, value in enumerate(x):
        y[i * stride : i * stride + len(w)] += value * w
        count[i * stride : i * stride + len(w)] += 1
    return y / count.clamp(min=1)


@right("05.tconv_size")
def size_by_a_layer(size, kernel, stride, padding=0, output_padding=0):
    side = 0
    for i in range(size):
        side = max(side, i * stride + kernel)
    return side - padding - padding + output_padding


@right("05.tconv_size")
def size_by_positions(size, kernel, stride, padding=0, output_padding=0):
    touched = {i * stride + j for i in range(size) for j in range(kernel)}
    return max(touched) + 1 - 2 * padding + output_padding


@right("05.tconv_size")
def size_multiplied_out(size, kernel, stride, padding=0, output_padding=0):
    return stride * size + (kernel - stride) - 2 * padding + output_padding


@right("05.tconv_size")
def size_in_numpy(size, kernel, stride, padding=0, output_padding=0):
    last = np.arange(size)[-1] * stride
    return np.int64(last + kernel + output_padding - 2 * padding)


@right("05.tconv_size")
def size_by_documentation(size, kernel, stride, padding=0, output_padding=0):
    dilation = 1
    out = (size - 1) * stride - 2 * padding + dilation * (kernel - 1)
    return out + output_padding + 1


@wrong("05.tconv_size")
def size_by_the_convolution_formula(size, kernel, stride, padding=0, output_padding=0):
    return (size + 2 * padding - kernel) // stride + 1 + output_padding


@wrong("05.tconv_size")
def size_as_a_multiple(size, kernel, stride, padding=0, output_padding=0):
    return size * stride


@wrong("05.tconv_size")
def size_with_padding_added(size, kernel, stride, padding=0, output_padding=0):
    return (size - 1) * stride + 2 * padding + kernel + output_padding


@wrong("05.tconv_size")
def size_with_one_sided_padding(size, kernel, stride, padding=0, output_padding=0):
    return (size - 1) * stride - padding + kernel + output_padding


@wrong("05.tconv_size")
def size_off_by_one(size, kernel, stride, padding=0, output_padding=0):
    return (size - 1) * stride - 2 * padding + (kernel - 1) + output_padding


@right("05.multiply_adds")
def cost_by_a_layer(inputs, outputs, kernel, side_in):
    layer = nn.ConvTranspose2d(inputs, outputs, kernel, bias=False, device="meta")
    return layer.weight.numel() * side_in * side_in


@right("05.multiply_adds")
def cost_by_product(inputs, outputs, kernel, side_in):
    return math.prod([side_in, side_in, inputs, outputs, kernel, kernel])


@right("05.multiply_adds")
def cost_in_numpy(inputs, outputs, kernel, side_in):
    pixels, weights = np.square(side_in), np.square(kernel)
    return np.multiply(pixels * weights, inputs * outputs)


@right("05.multiply_adds")
def cost_as_a_float(inputs, outputs, kernel, side_in):
    return float(inputs * outputs) * (kernel * side_in) ** 2


@right("05.multiply_adds")
def cost_by_counting(inputs, outputs, kernel, side_in):
    total = 0
    for _ in range(side_in):
        for _ in range(side_in):
            total += inputs * kernel * kernel * outputs
    return total


@wrong("05.multiply_adds")
def cost_twice(inputs, outputs, kernel, side_in):
    return 2 * side_in**2 * inputs * outputs * kernel**2


@wrong("05.multiply_adds")
def cost_of_one_row(inputs, outputs, kernel, side_in):
    return side_in * inputs * outputs * kernel**2


@wrong("05.multiply_adds")
def cost_at_double_size(inputs, outputs, kernel, side_in):
    return (2 * side_in) ** 2 * inputs * outputs * kernel**2


@wrong("05.multiply_adds")
def cost_with_biases(inputs, outputs, kernel, side_in):
    return side_in**2 * (inputs * kernel**2 + 1) * outputs


@wrong("05.multiply_adds")
def cost_of_a_flat_kernel(inputs, outputs, kernel, side_in):
    return side_in**2 * inputs * outputs * kernel


@right("05.discriminator_loss")
def loss_by_logaddexp(real_logits, fake_logits):
    zero = torch.tensor(0.0)
    real = torch.logaddexp(zero, -real_logits).mean()
    return real + torch.logaddexp(zero, fake_logits).mean()


@right("05.discriminator_loss")
def loss_by_bce_with_new_labels(real_logits, fake_logits):
    bce = nn.BCEWithLogitsLoss(reduction="sum")
    on_real = bce(real_logits, real_logits.new_ones(real_logits.shape))
    on_fake = bce(fake_logits, fake_logits.new_zeros(fake_logits.shape))
    return on_real / real_logits.numel() + on_fake / fake_logits.numel()


@right("05.discriminator_loss")
def loss_by_two_columns(real_logits, fake_logits):
    def log_p(a, label):
        a = a.reshape(-1)
        return F.log_softmax(torch.stack([a * 0, a], 1), 1)[:, label]

    return -log_p(real_logits, 1).mean() - log_p(fake_logits, 0).mean()


@right("05.discriminator_loss")
def loss_by_larger_term(real_logits, fake_logits):
    def soft(a):
        return torch.maximum(a, torch.zeros_like(a)) + (-a.abs()).exp().log1p()

    return soft(-real_logits).mean() + soft(fake_logits).mean()


@right("05.discriminator_loss")
def loss_by_signs(real_logits, fake_logits):
    parts = ((real_logits, 1.0), (fake_logits, -1.0))
    return sum(-F.logsigmoid(sign * a).mean() for a, sign in parts)


@wrong("05.discriminator_loss")
def loss_with_exponentials(real_logits, fake_logits):
    on_real = torch.log1p(torch.exp(-real_logits)).mean()
    return on_real + torch.log1p(torch.exp(fake_logits)).mean()


@wrong("05.discriminator_loss")
def loss_by_soft_margin(real_logits, fake_logits):
    return 0.5 * (
        F.binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
        + F.binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
    )


@wrong("05.discriminator_loss")
def loss_by_bce_of_probabilities(real_logits, fake_logits):
    bce = nn.BCELoss()
    real, fake = torch.sigmoid(real_logits), torch.sigmoid(fake_logits)
    return bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))


@wrong("05.discriminator_loss")
def loss_with_numbers(real_logits, fake_logits):
    return (
        F.softplus(-real_logits).mean().item() + F.softplus(fake_logits).mean().item()
    )


@wrong("05.discriminator_loss")
def loss_with_softened_reals(real_logits, fake_logits):
    smooth = torch.full_like(real_logits, 0.9)
    on_real = F.binary_cross_entropy_with_logits(real_logits, smooth)
    return on_real + F.softplus(fake_logits).mean()


@right("05.losses_at")
def losses_in_numpy(belief_real, belief_fake):
    return -np.log(belief_real) - np.log1p(-belief_fake), -np.log(belief_fake)


@right("05.losses_at")
def losses_in_torch(belief_real, belief_fake):
    r = torch.tensor(belief_real, dtype=torch.float64)
    f = torch.tensor(belief_fake, dtype=torch.float64)
    return -(r.log() + (1 - f).log()), -f.log()


@right("05.losses_at")
def losses_by_logits(belief_real, belief_fake):
    def soft(a):
        return math.log1p(math.exp(a))

    real = math.log(belief_real / (1 - belief_real))
    fake = math.log(belief_fake / (1 - belief_fake))
    return soft(-real) + soft(fake), soft(-fake)


@right("05.losses_at")
def losses_of_a_product(belief_real, belief_fake):
    return [math.log(1 / (belief_real * (1 - belief_fake))), math.log(1 / belief_fake)]


@right("05.losses_at")
def losses_by_bce(belief_real, belief_fake):
    r, f = torch.tensor([belief_real]), torch.tensor([belief_fake])
    one, zero = torch.ones(1), torch.zeros(1)
    d = F.binary_cross_entropy(r, one) + F.binary_cross_entropy(f, zero)
    return d, F.binary_cross_entropy(f, one)


@wrong("05.losses_at")
def losses_in_bits(belief_real, belief_fake):
    return (
        -math.log2(belief_real) - math.log2(1 - belief_fake),
        -math.log2(belief_fake),
    )


@wrong("05.losses_at")
def losses_averaged(belief_real, belief_fake):
    d = (-math.log(belief_real) - math.log(1 - belief_fake)) / 2
    return d, -math.log(belief_fake)


@wrong("05.losses_at")
def losses_of_the_minimax_game(belief_real, belief_fake):
    d = -math.log(belief_real) - math.log(1 - belief_fake)
    return d, math.log(1 - belief_fake)


@wrong("05.losses_at")
def losses_without_the_complement(belief_real, belief_fake):
    return -math.log(belief_real) - math.log(belief_fake), -math.log(belief_fake)


@wrong("05.losses_at")
def losses_in_the_wrong_order(belief_real, belief_fake):
    d = -math.log(belief_real) - math.log(1 - belief_fake)
    return -math.log(belief_fake), d


@right("05.discriminator_step")
def teach_under_no_grad(G, D, optimizer, real, z):
    optimizer.zero_grad()
    with torch.no_grad():
        fake = G(z)
    loss = -F.logsigmoid(D(real)).mean() - F.logsigmoid(-D(fake)).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


@right("05.discriminator_step")
def teach_in_two_backwards(G, D, optimizer, real, z):
    bce = nn.BCEWithLogitsLoss()
    D.zero_grad()
    a = D(real)
    on_real = bce(a, torch.ones_like(a))
    on_real.backward()
    b = D(G(z).detach())
    on_fake = bce(b, torch.zeros_like(b))
    on_fake.backward()
    optimizer.step()
    return on_real + on_fake


@right("05.discriminator_step")
def teach_by_grad(G, D, optimizer, real, z):
    fake = G(z).detach()
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    weights = list(D.parameters())
    for w, g in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        w.grad = g
    optimizer.step()
    return loss.detach()


@right("05.discriminator_step")
def teach_by_closure(G, D, optimizer, real, z):
    fake = G(z).data

    def closure():
        optimizer.zero_grad()
        loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
        loss.backward()
        return loss

    return optimizer.step(closure)


@right("05.discriminator_step")
def teach_with_frozen_generator(G, D, optimizer, real, z):
    for w in G.parameters():
        w.requires_grad_(False)
    loss = torch.logaddexp(-D(real), torch.tensor(0.0)).mean()
    loss = loss + torch.logaddexp(D(G(z)), torch.tensor(0.0)).mean()
    for w in G.parameters():
        w.requires_grad_(True)
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return float(loss)


@wrong("05.discriminator_step")
def teach_with_evaluated_generator(G, D, optimizer, real, z):
    G.eval()
    fake = G(z).detach()
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@wrong("05.discriminator_step")
def teach_through_the_generator(G, D, optimizer, real, z):
    loss = F.softplus(-D(real)).mean() + F.softplus(D(G(z))).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@wrong("05.discriminator_step")
def teach_in_one_mixed_batch(G, D, optimizer, real, z):
    logits = D(torch.cat([real, G(z).detach()]))
    a, b = logits[: len(real)], logits[len(real) :]
    loss = F.softplus(-a).mean() + F.softplus(b).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@wrong("05.discriminator_step")
def teach_without_clearing(G, D, optimizer, real, z):
    fake = G(z).detach()
    loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
    loss.backward()
    optimizer.step()
    return loss


@wrong("05.discriminator_step")
def teach_and_leave_g_frozen(G, D, optimizer, real, z):
    G.requires_grad_(False)
    loss = F.softplus(-D(real)).mean() + F.softplus(D(G(z))).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@right("05.generator_step")
def fool_by_logsigmoid(G, D, optimizer, z):
    optimizer.zero_grad()
    loss = -torch.mean(F.logsigmoid(D(G(z))))
    loss.backward()
    optimizer.step()
    return loss.detach()


@right("05.generator_step")
def fool_with_frozen_critic(G, D, optimizer, z):
    D.requires_grad_(False)
    optimizer.zero_grad(set_to_none=True)
    loss = F.softplus(-D(G(z))).mean()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return loss.item()


@right("05.generator_step")
def fool_by_bce(G, D, optimizer, z):
    G.zero_grad()
    logits = D(G(z))
    loss = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
    loss.backward()
    optimizer.step()
    D.zero_grad()
    return loss


@right("05.generator_step")
def fool_by_grad(G, D, optimizer, z):
    loss = F.softplus(-D(G(z))).mean()
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    for w, g in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        w.grad = g
    optimizer.step()
    return loss.detach().numpy()


@right("05.generator_step")
def fool_with_backward_inputs(G, D, optimizer, z):
    a = D(G(z)).flatten()
    loss = torch.logaddexp(-a, torch.zeros_like(a)).sum() / len(a)
    optimizer.zero_grad()
    loss.backward(inputs=list(G.parameters()))
    optimizer.step()
    return loss


@wrong("05.generator_step")
def fool_an_evaluated_critic(G, D, optimizer, z):
    D.eval()
    loss = F.softplus(-D(G(z))).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@wrong("05.generator_step")
def fool_an_evaluated_critic_for_a_while(G, D, optimizer, z):
    D.eval()
    loss = F.softplus(-D(G(z))).mean()
    D.train()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@wrong("05.generator_step")
def fool_and_leave_d_frozen(G, D, optimizer, z):
    for w in D.parameters():
        w.requires_grad = False
    loss = F.softplus(-D(G(z))).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@wrong("05.generator_step")
def fool_with_gradients_that_add_up(G, D, optimizer, z):
    loss = F.softplus(-D(G(z))).mean()
    loss.backward()
    optimizer.step()
    return loss


@wrong("05.generator_step")
def fool_with_a_detached_draw(G, D, optimizer, z):
    fake = G(z).detach().requires_grad_()
    loss = F.softplus(-D(fake)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@right("05.hold_then_fall")
def factor_by_interp(progress, hold=0.5, final=0.05):
    return np.interp(progress, [0.0, hold, 1.0], [1.0, 1.0, final])


@right("05.hold_then_fall")
def factor_by_cases(progress, hold=0.5, final=0.05):
    if progress <= hold:
        return 1
    if progress >= 1:
        return final
    return 1 - (1 - final) * (progress - hold) / (1 - hold)


@right("05.hold_then_fall")
def factor_by_the_rest(progress, hold=0.5, final=0.05):
    rest = min(1.0, max(0.0, (1 - progress) / (1 - hold)))
    return final + (1 - final) * rest


@right("05.hold_then_fall")
def factor_in_torch(progress, hold=0.5, final=0.05):
    share = torch.as_tensor((progress - hold) / (1 - hold)).clamp(0, 1)
    return torch.lerp(torch.tensor(1.0), torch.tensor(final), share.float())


@right("05.hold_then_fall")
def factor_by_min_and_max(progress, hold=0.5, final=0.05):
    line = 1 + (progress - hold) * (final - 1) / (1 - hold)
    return sorted((final, line, 1.0))[1]


@wrong("05.hold_then_fall")
def factor_by_cosine(progress, hold=0.5, final=0.05):
    fall = min(max(0.0, progress - hold) / (1 - hold), 1.0)
    return final + (1 - final) * (1 + math.cos(math.pi * fall)) / 2


@wrong("05.hold_then_fall")
def factor_by_a_power(progress, hold=0.5, final=0.05):
    fall = min(max(0.0, progress - hold) / (1 - hold), 1.0)
    return final**fall


@wrong("05.hold_then_fall")
def factor_that_goes_on_falling(progress, hold=0.5, final=0.05):
    return 1 - (1 - final) * max(0.0, progress - hold) / (1 - hold)


@wrong("05.hold_then_fall")
def factor_with_a_jump(progress, hold=0.5, final=0.05):
    return 1.0 if progress < hold else final


@wrong("05.hold_then_fall")
def factor_that_falls_by_final(progress, hold=0.5, final=0.05):
    fall = min(max(0.0, progress - hold) / (1 - hold), 1.0)
    return 1 - final * fall


@right("05.ema_update")
def average_by_lerp(average, weights, decay):
    with torch.no_grad():
        for mean, w in zip(average, weights, strict=True):
            mean.lerp_(w, 1 - decay)


@right("05.ema_update")
@torch.no_grad()
def average_by_foreach(average, weights, decay):
    torch._foreach_mul_(average, decay)
    torch._foreach_add_(average, [w.detach() for w in weights], alpha=1 - decay)


@right("05.ema_update")
def average_by_copy(average, weights, decay):
    for i in range(len(average)):
        new = decay * average[i].data + (1 - decay) * weights[i].data
        average[i].data.copy_(new)


@right("05.ema_update")
def average_by_difference(average, weights, decay):
    for mean, w in zip(average, weights, strict=True):
        mean -= (1 - decay) * (mean - w.detach())


@right("05.ema_update")
def average_by_slices(average, weights, decay):
    for mean, w in zip(average, weights, strict=True):
        mean[...] = mean * decay + w.detach().clone() * (1 - decay)
    return average


@wrong("05.ema_update")
def average_rebound(average, weights, decay):
    for mean, w in zip(average, weights, strict=True):
        mean = decay * mean + (1 - decay) * w.detach()


@wrong("05.ema_update")
def average_as_new_tensors(average, weights, decay):
    return [
        decay * mean + (1 - decay) * w.detach()
        for mean, w in zip(average, weights, strict=True)
    ]


@wrong("05.ema_update")
def average_in_the_list_only(average, weights, decay):
    for i, w in enumerate(weights):
        average[i] = decay * average[i] + (1 - decay) * w.detach()


@wrong("05.ema_update")
def average_with_decay_exchanged(average, weights, decay):
    for mean, w in zip(average, weights, strict=True):
        mean.lerp_(w.detach(), decay)


@wrong("05.ema_update")
def average_inside_the_graph(average, weights, decay):
    for mean, w in zip(average, weights, strict=True):
        mean.mul_(decay).add_(w, alpha=1 - decay)


@right("05.slerp")
def turn_in_numpy(a, b, t):
    x, y = a.double().numpy(), b.double().numpy()
    cosine = x @ y / np.linalg.norm(x) / np.linalg.norm(y)
    omega = np.arccos(np.clip(cosine, -1, 1))
    s = t.double().numpy()[:, None]
    if np.sin(omega) < 1e-4:
        out = (1 - s) * x + s * y
    else:
        out = (np.sin((1 - s) * omega) * x + np.sin(s * omega) * y) / np.sin(omega)
    return torch.from_numpy(out).to(a.dtype)


@right("05.slerp")
def turn_point_by_point(a, b, t):
    omega = torch.acos(F.cosine_similarity(a, b, dim=0).clamp(-1, 1))
    out = []
    for share in t:
        if omega.sin() < 1e-4:
            out.append((1 - share) * a + share * b)
        else:
            left = torch.sin((1 - share) * omega) / torch.sin(omega)
            out.append(left * a + torch.sin(share * omega) / torch.sin(omega) * b)
    return torch.stack(out)


@right("05.slerp")
def turn_by_atan2(a, b, t):
    u, v = a / a.norm(), b / b.norm()
    omega = 2 * torch.atan2((u - v).norm(), (u + v).norm())
    if omega.sin().abs() < 1e-4:
        return torch.lerp(a[None], b[None], t[:, None])
    left, right_ = torch.sin((1 - t) * omega), torch.sin(t * omega)
    return (torch.outer(left, a) + torch.outer(right_, b)) / omega.sin()


@right("05.slerp")
def turn_by_addition_theorem(a, b, t):
    cosine = torch.sum(a * b) / (a.norm() * b.norm())
    sine = torch.sqrt((1 - cosine**2).clamp(min=0))
    if sine < 1e-4:
        return a + t[:, None] * (b - a)
    omega = torch.acos(cosine.clamp(-1, 1))
    of_b = torch.sin(t * omega) / sine
    of_a = torch.cos(t * omega) - cosine * of_b
    return of_a[:, None] * a + of_b[:, None] * b


@right("05.slerp")
def turn_by_weights(a, b, t):
    omega = math.acos(max(-1.0, min(1.0, float((a @ b) / a.norm() / b.norm()))))
    if math.sin(omega) < 1e-4:
        weights = [(1 - s, s) for s in t.tolist()]
    else:
        weights = [(math.sin((1 - s) * omega), math.sin(s * omega)) for s in t.tolist()]
        weights = [(x / math.sin(omega), y / math.sin(omega)) for x, y in weights]
    return torch.tensor(weights, dtype=a.dtype) @ torch.stack([a, b])


@wrong("05.slerp")
def turn_without_a_way_out(a, b, t):
    omega = torch.acos(torch.dot(a / a.norm(), b / b.norm()))
    s = t[:, None]
    return (torch.sin((1 - s) * omega) * a + torch.sin(s * omega) * b) / omega.sin()


@wrong("05.slerp")
def turn_on_the_unit_sphere(a, b, t):
    a, b = F.normalize(a, dim=0), F.normalize(b, dim=0)
    omega = torch.acos(torch.dot(a, b).clamp(-1, 1))
    if omega.sin() < 1e-4:
        return torch.lerp(a, b, t[:, None])
    s = t[:, None]
    return (torch.sin((1 - s) * omega) * a + torch.sin(s * omega) * b) / omega.sin()


@wrong("05.slerp")
def turn_the_line_outwards(a, b, t):
    line = torch.lerp(a, b, t[:, None])
    return F.normalize(line, dim=1) * a.norm()


@wrong("05.slerp")
def turn_from_b_to_a(a, b, t):
    omega = torch.acos(F.cosine_similarity(a, b, dim=0).clamp(-1, 1))
    s = t[:, None]
    if omega.sin() < 1e-4:
        return s * a + (1 - s) * b
    return (torch.sin(s * omega) * a + torch.sin((1 - s) * omega) * b) / omega.sin()


@wrong("05.slerp")
def turn_with_an_epsilon(a, b, t):
    omega = torch.acos(F.cosine_similarity(a, b, dim=0).clamp(-1, 1))
    s = t[:, None]
    sine = omega.sin() + 1e-8
    return (torch.sin((1 - s) * omega) * a + torch.sin(s * omega) * b) / sine


# 05.dcgan_generator


@right("05.dcgan_generator")
def generator_of_blocks():
    def block(inputs, outputs, stride):
        return [
            nn.ConvTranspose2d(
                inputs, outputs, 5, stride, 2, output_padding=stride - 1, bias=False
            ),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]

    start = [nn.Linear(100, 256 * 49, bias=False), nn.Unflatten(1, (256, 7, 7))]
    start += [nn.BatchNorm2d(256), nn.ReLU(inplace=True)]
    end = [nn.ConvTranspose2d(64, 1, 5, 2, 2, output_padding=1), nn.Tanh()]
    return nn.Sequential(*start, *block(256, 128, 1), *block(128, 64, 2), *end)


@right("05.dcgan_generator")
def generator_of_two_halves():
    class Upper(nn.Module):
        def __init__(self):
            super().__init__()
            self.project = nn.Linear(100, 12544, bias=False)
            self.norm = nn.BatchNorm2d(256)

        def forward(self, z):
            return self.norm(self.project(z).reshape(len(z), 256, 7, 7)).clamp(min=0)

    class Whole(nn.Module):
        def __init__(self):
            super().__init__()
            self.lower = nn.ModuleDict(
                {
                    "one": nn.ConvTranspose2d(256, 128, 5, 1, 2, bias=False),
                    "two": nn.ConvTranspose2d(128, 64, 5, 2, 2, 1, bias=False),
                    "last": nn.ConvTranspose2d(64, 1, 5, 2, 2, 1),
                    "norm one": nn.BatchNorm2d(128),
                    "norm two": nn.BatchNorm2d(64),
                }
            )
            self.upper = Upper()

        def forward(self, z):
            x = self.upper(z)
            for name in ("one", "two"):
                x = self.lower["norm " + name](self.lower[name](x)).relu()
            return self.lower["last"](x).tanh()

    return Whole()


@right("05.dcgan_generator")
def generator_that_is_a_sequential():
    class Generator(nn.Sequential):
        def __init__(self):
            super().__init__(
                nn.Linear(100, 7 * 7 * 256, bias=False),
                nn.Unflatten(-1, (7, 7, 256)),
            )
            for i, (c, o, s) in enumerate(((256, 128, 1), (128, 64, 2), (64, 1, 2))):
                self.add_module(f"norm{i}", nn.BatchNorm2d(c))
                self.add_module(f"relu{i}", nn.ReLU())
                conv = nn.ConvTranspose2d(c, o, 5, s, 2, s - 1, bias=o == 1)
                self.add_module(f"conv{i}", conv)

        def forward(self, z):
            x = self[1](self[0](z)).permute(0, 3, 1, 2)  # channels last, then first
            for layer in list(self)[2:]:
                x = layer(x)
            return x.tanh()

    return Generator()


@right("05.dcgan_generator")
def generator_of_bare_parameters():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            shapes = ((100, 12544), (256, 128, 5, 5), (128, 64, 5, 5), (64, 1, 5, 5))
            self.w = nn.ParameterList(0.02 * torch.randn(s) for s in shapes)
            self.c = nn.Parameter(torch.zeros(1))
            self.n = nn.ModuleList(map(nn.BatchNorm2d, (256, 128, 64)))

        def forward(self, z):
            x = self.n[0]((z @ self.w[0]).view(-1, 256, 7, 7)).relu()
            x = self.n[1](F.conv_transpose2d(x, self.w[1], None, 1, 2)).relu()
            x = self.n[2](F.conv_transpose2d(x, self.w[2], None, 2, 2, 1)).relu()
            return F.conv_transpose2d(x, self.w[3], self.c, 2, 2, 1).tanh()

    return Bare()


@right("05.dcgan_generator")
def generator_with_its_start():
    network = generator_of_blocks()
    for m in network.modules():
        if isinstance(m, nn.Linear | nn.ConvTranspose2d):
            nn.init.normal_(m.weight, std=0.02)
        if isinstance(m, nn.BatchNorm2d):
            nn.init.normal_(m.weight, 1.0, 0.02)
    return network


@right("05.dcgan_generator")
def generator_with_lazy_layers():
    network = nn.Sequential(
        nn.LazyLinear(12544, bias=False),
        nn.Unflatten(1, (256, 7, 7)),
        nn.LazyBatchNorm2d(),
        nn.ReLU(),
        nn.LazyConvTranspose2d(128, 5, padding=2, bias=False),
        nn.LazyBatchNorm2d(),
        nn.ReLU(),
        nn.LazyConvTranspose2d(64, 5, 2, 2, 1, bias=False),
        nn.LazyBatchNorm2d(),
        nn.ReLU(),
        nn.LazyConvTranspose2d(1, 5, 2, 2, 1),
        nn.Tanh(),
    )
    with torch.no_grad():
        network.eval()(torch.zeros(2, 100))
    return network.train()


def _generator(**changes):
    """A class with switches; not the exercise's own."""

    class G(nn.Module):
        def __init__(self):
            super().__init__()
            bias = changes.get("bias", False)
            self.fc = nn.Linear(100, 12544, bias=bias)
            strides = changes.get("strides", (1, 2, 2))
            self.convs = nn.ModuleList(
                nn.ConvTranspose2d(i, o, 5, s, 2, s - 1, bias=bias or o == 1)
                for i, o, s in zip((256, 128, 64), (128, 64, 1), strides, strict=True)
            )
            norm = changes.get("norm", nn.BatchNorm2d)
            self.norms = nn.ModuleList(norm(c) for c in (256, 128, 64))

        def forward(self, z):
            act, end = changes.get("act", torch.relu), changes.get("end", torch.tanh)
            x = self.fc(z).view(-1, 256, 7, 7)
            for norm, conv in zip(self.norms, self.convs, strict=True):
                x = norm(act(x)) if changes.get("late") else act(norm(x))
                x = conv(x)
            return end(x)

    return G()


@wrong("05.dcgan_generator")
def generator_leaky():
    return _generator(act=lambda x: F.leaky_relu(x, 0.2))


@wrong("05.dcgan_generator")
def generator_with_elu():
    return _generator(act=F.elu)


@wrong("05.dcgan_generator")
def generator_with_gelu():
    return _generator(act=F.gelu)


@wrong("05.dcgan_generator")
def generator_from_zero_to_one():
    return _generator(end=torch.sigmoid)


@wrong("05.dcgan_generator")
def generator_of_any_value():
    return _generator(end=lambda x: x)


@wrong("05.dcgan_generator")
def generator_clamped():
    return _generator(end=lambda x: x.clamp(-1, 1))


@wrong("05.dcgan_generator")
def generator_that_normalises_late():
    return _generator(late=True)


@wrong("05.dcgan_generator")
def generator_with_biases():
    return _generator(bias=True)


@wrong("05.dcgan_generator")
def generator_that_doubles_first():
    return _generator(strides=(2, 2, 1))


@wrong("05.dcgan_generator")
def generator_with_group_norm():
    return _generator(norm=lambda c: nn.GroupNorm(8, c))


@wrong("05.dcgan_generator")
def generator_without_norms():
    return _generator(norm=lambda c: nn.Identity())


@wrong("05.dcgan_generator")
def generator_of_one_side():
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = _generator(strides=(1, 1, 2))

        def forward(self, z):
            return self.net(z)  # 14 x 14

    return Small()


@wrong("05.dcgan_generator")
def generator_flat():
    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = _generator()

        def forward(self, z):
            return self.net(z).flatten(1)

    return Flat()


@wrong("05.dcgan_generator")
def generator_class_itself():
    return type(_generator())


@wrong("05.dcgan_generator")
def generator_that_is_judged():
    return F.relu(torch.randn(4, 1, 28, 28))


# 05.dcgan_discriminator


@right("05.dcgan_discriminator")
def discriminator_in_a_row():
    layers = []
    for i, o in ((1, 64), (64, 128)):
        layers.append(nn.Conv2d(i, o, kernel_size=5, stride=2, padding=2))
        layers.append(nn.LeakyReLU(negative_slope=0.2, inplace=True))
        layers.append(nn.Dropout(p=0.3))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(7 * 7 * 128, 1))


@right("05.dcgan_discriminator")
def discriminator_by_functions():
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.w1 = nn.Parameter(0.1 * torch.randn(64, 1, 5, 5))
            self.w2 = nn.Parameter(0.02 * torch.randn(128, 64, 5, 5))
            self.b1 = nn.Parameter(torch.zeros(64))
            self.b2 = nn.Parameter(torch.zeros(128))
            self.head = nn.Linear(6272, 1)

        def forward(self, x):
            for w, b in ((self.w1, self.b1), (self.w2, self.b2)):
                x = F.conv2d(x, w, b, stride=2, padding=2)
                x = torch.maximum(x, 0.2 * x)
                x = F.dropout(x, 0.3, self.training)
            return self.head(x.view(x.shape[0], -1))

    return D()


@right("05.dcgan_discriminator")
def discriminator_in_two_parts():
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Sequential(nn.Flatten(), nn.Linear(6272, 1))
            self.drop = nn.Dropout(0.3)  # one for both places
            self.leak = nn.LeakyReLU(0.2)
            self.body = nn.ModuleList(
                [nn.Conv2d(1, 64, 5, 2, 2), nn.Conv2d(64, 128, 5, 2, 2)]
            )

        def forward(self, images):
            for conv in self.body:
                images = self.drop(self.leak(conv(images)))
            return self.head(images)

    return D()


@right("05.dcgan_discriminator")
def discriminator_that_ends_in_a_convolution():
    return nn.Sequential(
        nn.Conv2d(1, 64, 5, 2, 2),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Conv2d(64, 128, 5, 2, 2),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Conv2d(128, 1, 7),
        nn.Flatten(),
    )


@right("05.dcgan_discriminator")
def discriminator_with_lazy_layers():
    network = nn.Sequential(
        nn.LazyConv2d(64, 5, 2, 2),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.LazyConv2d(128, 5, 2, 2),
        nn.LeakyReLU(0.2),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.LazyLinear(1),
    )
    network(torch.zeros(1, 1, 28, 28))
    return network


def _discriminator(**changes):
    """A class with switches; not the exercise's own."""

    class D(nn.Module):
        def __init__(self):
            super().__init__()
            k = changes.get("kernel", 5)
            self.a = nn.Conv2d(1, 64, k, 2, k // 2)
            self.b = nn.Conv2d(64, 128, k, 2, k // 2)
            self.norm = changes.get("norm", nn.Identity)()
            self.out = nn.Linear(6272, changes.get("outputs", 1))
            self.drop = changes.get("drop", nn.Dropout(0.3))

        def forward(self, x):
            act = changes.get("act", lambda y: F.leaky_relu(y, 0.2))
            x = self.drop(act(self.a(x)))
            x = self.drop(act(self.norm(self.b(x))))
            end = changes.get("end", lambda y: y)
            return end(self.out(x.flatten(1)))

    return D()


@wrong("05.dcgan_discriminator")
def discriminator_with_a_sigmoid():
    return _discriminator(end=torch.sigmoid)


@wrong("05.dcgan_discriminator")
def discriminator_with_relu():
    return _discriminator(act=torch.relu)


@wrong("05.dcgan_discriminator")
def discriminator_with_elu():
    return _discriminator(act=F.elu)


@wrong("05.dcgan_discriminator")
def discriminator_with_less_dropout():
    return _discriminator(drop=nn.Dropout(0.2))


@wrong("05.dcgan_discriminator")
def discriminator_with_much_dropout():
    return _discriminator(drop=nn.Dropout(0.7))


@wrong("05.dcgan_discriminator")
def discriminator_that_drops_maps():
    return _discriminator(drop=nn.Dropout2d(0.3))


@wrong("05.dcgan_discriminator")
def discriminator_without_dropout():
    return _discriminator(drop=nn.Identity())


@wrong("05.dcgan_discriminator")
def discriminator_with_batch_norm():
    return _discriminator(norm=lambda: nn.BatchNorm2d(128))


@wrong("05.dcgan_discriminator")
def discriminator_of_small_kernels():
    return _discriminator(kernel=3)


@wrong("05.dcgan_discriminator")
def discriminator_squeezed():
    return _discriminator(end=lambda y: y.squeeze(1))


@wrong("05.dcgan_discriminator")
def discriminator_of_two_classes():
    return _discriminator(outputs=2)


@wrong("05.dcgan_discriminator")
def discriminator_that_returns_more():
    return _discriminator(end=lambda y: (y, y.sigmoid()))


@wrong("05.dcgan_discriminator")
def discriminator_with_quiet_norm():
    return _discriminator(norm=lambda: nn.BatchNorm2d(128, affine=False))


@wrong("05.dcgan_discriminator")
def discriminator_that_adds_noise():
    return _discriminator(
        act=lambda y: F.leaky_relu(y + 0.1 * torch.randn_like(y), 0.2)
    )


@wrong("05.dcgan_discriminator")
def discriminator_pooled_by_hand():
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Conv2d(1, 64, 5, padding="same")
            self.b = nn.Conv2d(64, 128, 5, padding="same")
            self.out = nn.Linear(6272, 1)

        def forward(self, x):
            for conv in (self.a, self.b):
                x = F.dropout(F.leaky_relu(conv(x), 0.2), 0.3, self.training)
                x = F.max_pool2d(x, 2)
            return self.out(x.flatten(1))

    return D()


# 05.init_weights


@right("05.init_weights")
def start_by_named_modules(network):
    for _, m in network.named_modules():
        if hasattr(m, "weight") and m.weight is not None and m.weight.dim() >= 2:
            torch.nn.init.normal_(m.weight, mean=0.0, std=0.02)
            if m.bias is not None:
                torch.nn.init.constant_(m.bias, 0.0)


@right("05.init_weights")
def start_by_recursion(network):
    for child in network.children():
        start_by_recursion(child)
    if isinstance(network, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        with torch.no_grad():
            network.weight.normal_(std=0.02)
            if network.bias is not None:
                network.bias.zero_()


@right("05.init_weights")
def start_by_class_name(network):
    def start(m):
        name = m.__class__.__name__
        if "Conv" in name or "Linear" in name:
            m.weight.data = m.weight.data.normal_(0, 0.02)
            if m.bias is not None:
                m.bias.data.zero_()

    network.apply(start)


@right("05.init_weights")
def start_by_parameter_names(network):
    norms = {
        id(p)
        for m in network.modules()
        if isinstance(m, nn.modules.batchnorm._BatchNorm)
        for p in m.parameters()
    }
    for name, p in network.named_parameters():
        if id(p) in norms:
            continue
        with torch.no_grad():
            p.zero_() if name.endswith("bias") else p.normal_(0, 0.02)


@right("05.init_weights")
def start_by_numpy(network):
    rng = np.random.default_rng()
    for m in network.modules():
        if isinstance(m, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            w = rng.normal(0, 0.02, size=tuple(m.weight.shape))
            m.weight.data.copy_(torch.from_numpy(w))
            if m.bias is not None:
                m.bias.data.fill_(0.0)


def _start(network, draw, kinds=(nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
    for m in network.modules():
        if isinstance(m, kinds):
            draw(m.weight)
            if m.bias is not None:
                nn.init.zeros_(m.bias)


@wrong("05.init_weights")
def start_with_the_square(network):
    _start(network, lambda w: w.data.normal_(0, 0.0004))


@wrong("05.init_weights")
def start_with_a_tenth(network):
    _start(network, lambda w: w.data.normal_(0, 0.2))


@wrong("05.init_weights")
def start_uniformly(network):
    _start(network, lambda w: w.data.uniform_(-0.02, 0.02))


@wrong("05.init_weights")
def start_uniformly_of_that_size(network):
    _start(network, lambda w: w.data.uniform_(-0.02 * 3**0.5, 0.02 * 3**0.5))


@wrong("05.init_weights")
def start_without_transposed(network):
    _start(network, lambda w: w.data.normal_(0, 0.02), (nn.Linear, nn.Conv2d))


@wrong("05.init_weights")
def start_without_linear(network):
    def start(m):
        if "Conv" in type(m).__name__:
            m.weight.data.normal_(0, 0.02)
            if m.bias is not None:
                m.bias.data.zero_()

    network.apply(start)


@wrong("05.init_weights")
def start_with_mean(network):
    _start(network, lambda w: w.data.normal_(0.02, 0.02))


@wrong("05.init_weights")
def start_as_a_tutorial(network):
    def start(m):
        name = m.__class__.__name__
        if name.find("Conv") != -1 or name.find("Linear") != -1:
            nn.init.normal_(m.weight.data, 0.0, 0.02)
            if m.bias is not None:
                nn.init.constant_(m.bias.data, 0)
        elif name.find("BatchNorm") != -1:
            nn.init.normal_(m.weight.data, 1.0, 0.02)
            nn.init.constant_(m.bias.data, 0)

    network.apply(start)


@wrong("05.init_weights")
def start_of_a_copy(network):
    import copy

    start_by_recursion(copy.deepcopy(network))


@wrong("05.init_weights")
def start_frozen(network):
    start_by_recursion(network)
    network.requires_grad_(False)


@wrong("05.init_weights")
def start_of_the_sequential(network):
    for layer in network:
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            layer.weight.data.normal_(0, 0.02)
            if layer.bias is not None:
                layer.bias.data.zero_()


# --- found by a later reading --------------------------------------------------------


@right("05.discriminator_loss")
def loss_by_maximum_and_log1p(real_logits, fake_logits):
    def plus(a):
        above = torch.maximum(a, torch.zeros_like(a))  # of slope 1/2 at 0
        return (above + torch.log1p(torch.exp(-a.abs()))).mean()

    return plus(-real_logits) + plus(fake_logits)


@wrong("05.discriminator_loss")
def loss_by_clamp_and_log1p(real_logits, fake_logits):
    def plus(a):
        return (a.clamp(min=0) + torch.log1p(torch.exp(-a.abs()))).mean()

    return plus(-real_logits) + plus(fake_logits)


@wrong("05.generator_step")
def fool_with_an_evaluated_generator(G, D, optimizer, z):
    loss = nn.functional.softplus(-D(G.eval()(z))).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    G.train()
    return loss


@wrong("05.generator_step")
def fool_twice(G, D, optimizer, z):
    for _ in range(2):
        loss = nn.functional.softplus(-D(G(z))).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss


@wrong("05.init_weights")
def start_from_a_seed(network):
    torch.manual_seed(42)
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            layer.weight.data.normal_(0, 0.02)
            if layer.bias is not None:
                layer.bias.data.zero_()


@wrong("05.slerp")
def turn_by_a_clamped_product(a, b, t):
    omega = torch.acos(torch.dot(a, b).clamp(-1, 1))
    if torch.sin(omega) < 1e-4:
        return (1 - t[:, None]) * a + t[:, None] * b
    shares = torch.sin((1 - t) * omega), torch.sin(t * omega)
    return (shares[0][:, None] * a + shares[1][:, None] * b) / torch.sin(omega)


def _generator_with(norm, end):
    layers = [nn.Linear(100, 12544, bias=False), nn.Unflatten(1, (256, 7, 7))]
    for maps, outputs, stride in ((256, 128, 1), (128, 64, 2), (64, 1, 2)):
        last = outputs == 1
        conv = nn.ConvTranspose2d(maps, outputs, 5, stride, 2, stride - 1, bias=last)
        layers += [norm(maps), nn.ReLU(), conv]
    return nn.Sequential(*layers, end)


@wrong("05.dcgan_generator")
def generator_with_norms_without_gains():
    return _generator_with(lambda n: nn.BatchNorm2d(n, affine=False), nn.Tanh())


@wrong("05.dcgan_generator")
def generator_clipped_by_hardtanh():
    return _generator_with(nn.BatchNorm2d, nn.Hardtanh())
