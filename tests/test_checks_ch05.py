"""Chapter 05: the same mistakes in other words, and near misses."""

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import interpolate

from aigc_course.checks import registry
from aigc_course.checks.judge import judge


def verdict_on(function):
    return judge(registry.get(f"05.{function.__name__}"), function)


def discriminator_loss(real, fake):
    return bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))


def wraps():
    def to_pixels(images):
        return (127.5 * images + 127.5).round().byte()

    return to_pixels


def cuts():
    def to_pixels(images):
        return images.add(1).div(2).mul(255).clamp(0, 255).byte()

    return to_pixels


def overwrites():
    def tconv_1d(x, w, stride):
        y = torch.zeros(stride * (len(x) - 1) + len(w))
        for i in range(len(x)):
            for j in range(len(w)):
                y[i * stride + j] = x[i] * w[j]
        return y

    return tconv_1d


def forgets_minus_one():
    def tconv_size(size, kernel, stride, padding=0, output_padding=0):
        return kernel + stride * size + output_padding - padding * 2

    return tconv_size


def counts_flops():
    def multiply_adds(inputs, outputs, kernel, side_in):
        products = side_in * side_in * inputs * outputs * kernel * kernel
        return products + products

    return multiply_adds


def swaps_the_label():
    def discriminator_loss(real, fake):
        return bce(real, torch.ones_like(real)) + bce(fake, torch.ones_like(fake))

    return discriminator_loss


def overflows():
    def discriminator_loss(real, fake):
        log = torch.log
        return -(log(1 / (1 + torch.exp(-real))) + log(torch.sigmoid(-fake))).mean()

    return discriminator_loss


def averages():
    def discriminator_loss(real, fake):
        logits = torch.cat([real, fake])
        labels = torch.cat([torch.ones_like(real), torch.zeros_like(fake)])
        return bce(logits, labels)

    return discriminator_loss


def one_total():
    def losses_at(belief_real, belief_fake):
        loss = -np.log(belief_real) - np.log(1 - belief_fake)
        return [loss, np.negative(loss)]

    return losses_at


def forgets_detach():
    def discriminator_step(G, D, optimizer, real, z):
        optimizer.zero_grad()
        discriminator_loss(D(real), D(G(z))).backward()
        optimizer.step()

    return discriminator_step


def forgets_to_step():
    def discriminator_step(G, D, optimizer, real, z):
        optimizer.zero_grad()
        loss = discriminator_loss(D(real), D(G(z).detach()))
        loss.backward()
        return loss

    return discriminator_step


def leaves_numpy_to_it():
    def discriminator_step(G, D, optimizer, real, z):
        real, fake = D(real).detach().numpy(), D(G(z)).detach().numpy()
        loss = np.log1p(np.exp(-real)).mean() + np.log1p(np.exp(fake)).mean()
        loss = torch.tensor(float(loss))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return discriminator_step


def clears_at_the_end():
    def discriminator_step(G, D, optimizer, real, z):
        loss = discriminator_loss(D(real), D(G(z).detach()))
        loss.backward()
        optimizer.step()
        D.zero_grad()
        return loss

    return discriminator_step


def without_graph():
    def generator_step(G, D, optimizer, z):
        with torch.no_grad():
            fake = G(z)
        logits = D(fake)
        loss = bce(logits, torch.ones_like(logits))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return generator_step


def labels_fakes_fake():
    def generator_step(G, D, optimizer, z):
        logits = D(G(z))
        loss = bce(logits, torch.zeros_like(logits))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return generator_step


def fills_the_slots():
    def ema_update(average, weights, decay):
        for i, weight in enumerate(weights):
            average[i] = decay * average[i] + (1 - decay) * weight.detach()

    return ema_update


def lerps_with_graph():
    def ema_update(average, weights, decay):
        for a, w in zip(average, weights, strict=True):
            a.lerp_(w, 1 - decay)

    return ema_update


def stops_too_soon():
    def hold_then_fall(progress, hold=0.5, final=0.05):
        if progress < hold:
            return 1.0
        return max(final, 1 - (progress - hold) / (1 - hold))

    return hold_then_fall


def walks_straight():
    def slerp(a, b, t):
        return a + t.unsqueeze(1) * (b - a)

    return slerp


def forgets_the_lengths():
    def slerp(a, b, t):
        w = torch.acos((a * b).sum())
        t = t.view(-1, 1)
        return (
            torch.sin((1 - t) * w) / torch.sin(w) * a + torch.sin(t * w) / w.sin() * b
        )

    return slerp


@pytest.mark.parametrize(
    "make, name",
    [
        (wraps, "wrapped"),
        (cuts, "cut_off"),
        (overwrites, "overwritten"),
        (forgets_minus_one, "a_stride_too_many"),
        (counts_flops, "counted_twice"),
        (swaps_the_label, "glad_to_be_fooled"),
        (overflows, "exponential_overflows"),
        (averages, "halved"),
        (one_total, "zero_sum"),
        (forgets_detach, "undetached"),
        (forgets_to_step, "no_gradient"),
        (leaves_numpy_to_it, "graph_cut"),
        (clears_at_the_end, "cleared_too_late"),
        (without_graph, "fakes_detached"),
        (labels_fakes_fake, "helps_d"),
        (fills_the_slots, "rebound"),
        (lerps_with_graph, "graph_kept"),
        (stops_too_soon, "aims_at_zero"),
        (walks_straight, "straight"),
        (forgets_the_lengths, "lengths_left_in"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_a_walk_between_parallel_latents_is_named():
    def slerp(a, b, t):
        w = torch.acos((a @ b / a.norm() / b.norm()).clamp(-1, 1))
        parts = torch.sin((1 - t) * w)[:, None] * a + torch.sin(t * w)[:, None] * b
        return parts / torch.sin(w)

    verdict = verdict_on(slerp)
    assert verdict.violated == "parallel"
    assert "straight line instead" in verdict.message


def test_a_loss_through_numpy_is_named():
    def discriminator_loss(real, fake):
        real, fake = real.detach().numpy(), fake.detach().numpy()
        loss = np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean()
        return torch.tensor(loss)

    assert "carries no gradient" in verdict_on(discriminator_loss).message


def test_a_step_that_tells_no_loss_is_named():
    def generator_step(G, D, optimizer, z):
        optimizer.zero_grad()
        logits = D(G(z))
        bce(logits, torch.ones_like(logits)).backward()
        optimizer.step()

    verdict = verdict_on(generator_step)
    assert verdict.violated == "tells_the_loss"
    assert "not None" in verdict.message


def test_a_step_with_noise_of_its_own_does_not_pass():
    def generator_step(G, D, optimizer, z):
        optimizer.zero_grad()
        logits = D(G(torch.randn_like(z)))
        loss = bce(logits, torch.ones_like(logits))
        loss.backward()
        optimizer.step()
        return loss

    assert verdict_on(generator_step).failed


def test_an_enlarged_picture_is_no_transposed_convolution():
    def tconv_1d(x, w, stride):
        wide = (len(x) - 1) * stride + len(w)
        return interpolate(x.view(1, 1, -1), size=wide).flatten()

    assert verdict_on(tconv_1d).failed


def test_a_network_that_is_not_called_is_named():
    def dcgan_generator():
        return torch.nn.Sequential

    verdict = verdict_on(dcgan_generator)
    assert verdict.message.startswith("The function returned a class; call it")


def test_the_sizes_of_a_network_are_told_with_what_they_are():
    def dcgan_discriminator():
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 1))

    message = verdict_on(dcgan_discriminator).message
    assert "have 784 entries" in message and "64 to 128" in message


def test_the_share_that_dropout_takes_is_measured():
    def dcgan_discriminator():
        return torch.nn.Sequential(
            torch.nn.Conv2d(1, 64, 5, 2, 2),
            torch.nn.LeakyReLU(0.2),
            torch.nn.Dropout(0.25),
            torch.nn.Conv2d(64, 128, 5, 2, 2),
            torch.nn.LeakyReLU(0.2),
            torch.nn.Dropout(0.4),
            torch.nn.Flatten(),
            torch.nn.Linear(6272, 1),
        )

    assert "[0.25, 0.4]" in verdict_on(dcgan_discriminator).message


def test_an_image_of_half_the_side_is_told_its_shape():
    def dcgan_generator():
        layers = []
        for i, o in ((256, 128), (128, 64), (64, 1)):
            layers += [torch.nn.BatchNorm2d(i), torch.nn.ReLU()]
            layers += [torch.nn.ConvTranspose2d(i, o, 5, 1, 2, bias=o == 1)]
        start = torch.nn.Linear(100, 12544, bias=False)
        reshaped = torch.nn.Unflatten(1, (256, 7, 7))
        return torch.nn.Sequential(start, reshaped, *layers, torch.nn.Tanh())

    message = verdict_on(dcgan_generator).message
    assert "became [4, 1, 7, 7]" in message


def test_weights_of_another_size_are_measured():
    def init_weights(network):
        for layer in network.modules():
            if isinstance(layer, torch.nn.Linear):
                torch.nn.init.normal_(layer.weight, std=0.05)

    assert "0.0500" in verdict_on(init_weights).message
