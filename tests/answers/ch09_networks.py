"""Answers to the step, the quantiser and the sampler of chapter 09, as others write."""

import torch
from torch import nn
from torch.distributions import Bernoulli
from torch.nn import functional as F

from tests.answers import right, wrong

# 09.denoising_step


@right("09.denoising_step")
def closure(encode, decode, optimizer, x, noise, e, beta):
    def once():
        optimizer.zero_grad()
        m, lv = encode(x + noise)
        a = decode(m + lv.exp().sqrt() * e)
        fit = -Bernoulli(logits=a, validate_args=False).log_prob(x).flatten(1).sum(1)
        loss = (fit + beta / 2 * (m**2 + lv.exp() - lv - 1).sum(1)).mean()
        loss.backward()
        return loss

    return optimizer.step(once).detach()


@right("09.denoising_step")
def sums_over_n(encode, decode, optimizer, x, noise, e, beta):
    n = x.shape[0]
    m, lv = encode(noise + x)
    a = decode(m + (lv / 2).exp() * e)
    bce = F.binary_cross_entropy_with_logits(a, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + lv - m.pow(2) - lv.exp())
    loss = (bce + beta * kld) / n
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return float(loss)


@right("09.denoising_step")
def by_probabilities(encode, decode, optimizer, x, noise, e, beta):
    m, lv = encode(x + noise)
    p = torch.sigmoid(decode(m + torch.exp(lv / 2) * e)).clamp(1e-7, 1 - 1e-7)
    fit = -(x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2, 3)).mean()
    loss = fit + beta * 0.5 * (m * m + lv.exp() - 1 - lv).sum(-1).mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


@right("09.denoising_step")
def gradients_asked_for(encode, decode, optimizer, x, noise, e, beta):
    m, lv = encode(x + noise)
    a = decode(torch.addcmul(m, (lv / 2).exp(), e))
    loss = (F.softplus(a) - x * a).sum() + beta * (m**2 + lv.exp() - lv - 1).sum() / 2
    loss = loss / len(x)
    held = [w for group in optimizer.param_groups for w in group["params"]]
    found = torch.autograd.grad(loss, held, allow_unused=True)
    for w, g in zip(held, found, strict=True):
        w.grad = g
    optimizer.step()
    return loss.detach()


@right("09.denoising_step")
def terms_apart(encode, decode, optimizer, x, noise, e, beta):
    optimizer.zero_grad()
    y = x.clone()
    y += noise
    m, lv = encode(y)
    kl = ((m.square() + lv.exp() - lv - 1) * 0.5).sum(1).mean()
    a = decode(m + e * lv.mul(0.5).exp())
    fit = F.binary_cross_entropy_with_logits(a, x, reduction="none").sum((1, 2, 3))
    (kl * beta).backward(retain_graph=True)
    fit.mean().backward()
    optimizer.step()
    return (fit.mean() + beta * kl).item()


def _loss(encode, decode, seen, target, e, beta):
    m, lv = encode(seen)
    a = decode(m + (lv / 2).exp() * e)
    fit = F.binary_cross_entropy_with_logits(a, target, reduction="sum") / len(seen)
    return fit + beta * (m**2 + lv.exp() - lv - 1).sum(1).mean() / 2


def _down(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("09.denoising_step")
def rebuilds_what_it_saw(encode, decode, optimizer, x, noise, e, beta):
    y = x + noise
    return _down(optimizer, _loss(encode, decode, y, y, e, beta))


@wrong("09.denoising_step")
def forgot_the_noise(encode, decode, optimizer, x, noise, e, beta):
    return _down(optimizer, _loss(encode, decode, x, x, e, beta))


@wrong("09.denoising_step")
def clamped_pixels(encode, decode, optimizer, x, noise, e, beta):
    y = torch.clip(x + noise, 0.0, 1.0)
    return _down(optimizer, _loss(encode, decode, y, x, e, beta))


@wrong("09.denoising_step")
def no_weight(encode, decode, optimizer, x, noise, e, beta):
    return _down(optimizer, _loss(encode, decode, x + noise, x, e, 1))


@wrong("09.denoising_step")
def autoencoder_always(encode, decode, optimizer, x, noise, e, beta):
    m, _ = encode(x + noise)
    fit = F.binary_cross_entropy_with_logits(decode(m), x, reduction="sum") / len(x)
    return _down(optimizer, fit)


@wrong("09.denoising_step")
def default_reduction(encode, decode, optimizer, x, noise, e, beta):
    m, lv = encode(x + noise)
    fit = F.binary_cross_entropy_with_logits(decode(m + (lv / 2).exp() * e), x)
    cost = (m**2 + lv.exp() - lv - 1).sum(1).mean() / 2
    return _down(optimizer, fit + beta * cost)


@wrong("09.denoising_step")
def never_steps(encode, decode, optimizer, x, noise, e, beta):
    loss = _loss(encode, decode, x + noise, x, e, beta)
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


@wrong("09.denoising_step")
def noise_of_the_code_twice(encode, decode, optimizer, x, noise, e, beta):
    m, lv = encode(x + noise)
    a = decode(m + lv.exp() * e)
    fit = F.binary_cross_entropy_with_logits(a, x, reduction="sum") / len(x)
    cost = (m**2 + lv.exp() - lv - 1).sum(1).mean() / 2
    return _down(optimizer, fit + beta * cost)


# 09.quantiser


@right("09.quantiser")
def distances_by_broadcast(codes, d, beta=0.25):
    class Quantise(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_parameter("book", nn.Parameter(torch.rand(codes, d) - 0.5))

        def forward(self, e):
            gaps = ((e.unsqueeze(-2) - self.book) ** 2).sum(-1)
            k = torch.argmin(gaps, dim=-1)
            c = F.embedding(k, self.book)
            terms = (c - e.detach()) ** 2 + beta * (e - c.detach()) ** 2
            return (c - e).detach() + e, k, terms.sum() / e.size(0)

    return Quantise()


class _Jump(torch.autograd.Function):
    """The codes forwards, the gradient of e backwards."""

    @staticmethod
    def forward(ctx, e, c):
        return c.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


@right("09.quantiser")
def own_backward(codes, d, beta=0.25):
    class Quantise(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(codes, d)

        def forward(self, e):
            flat = e.contiguous().view(-1, d)
            k = torch.cdist(flat, self.table.weight).topk(1, largest=False).indices
            k = k.view(*e.shape[:-1])
            c = self.table(k)
            loss = (c - e.detach()).pow(2).flatten(1).sum(1).mean()
            loss = loss + beta * (c.detach() - e).pow(2).flatten(1).sum(1).mean()
            return _Jump.apply(e, c), k, loss

    return Quantise()


@right("09.quantiser")
def image_by_image(codes, d, beta=0.25):
    class Quantise(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Parameter(torch.empty(codes, d).normal_())

        def forward(self, e):
            passed, picked, costs = [], [], []
            for one in e:
                score = one @ self.c.T - self.c.square().sum(1) / 2
                k = score.argmax(-1)
                q = self.c.index_select(0, k.reshape(-1)).view(one.shape)
                costs.append(
                    (one.detach() - q).square().sum()
                    + beta * (one - q.detach()).square().sum()
                )
                passed.append(one - (one - q).detach())
                picked.append(k)
            return torch.stack(passed), torch.stack(picked), torch.stack(costs).mean()

    return Quantise()


@right("09.quantiser")
def a_list_of_codes(codes, d, beta=0.25):
    class Quantise(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.ParameterList(torch.randn(d) for _ in range(codes))

        def forward(self, e):
            book = torch.stack(list(self.words))
            k = torch.linalg.vector_norm(e[..., None, :] - book, dim=-1).argmin(-1)
            c = book[k]
            n = e.shape[0]
            loss = ((e.detach() - c) ** 2).sum() / n + beta * (
                (e - c.detach()) ** 2
            ).sum() / n
            with torch.no_grad():
                jump = c - e
            return e + jump, k, loss

    return Quantise()


@right("09.quantiser")
def linear_layer_as_table(codes, d, beta=0.25):
    class Quantise(nn.Module):
        def __init__(self):
            super().__init__()
            self.read = nn.Linear(codes, d, bias=False)  # its columns are the codes

        def forward(self, e):
            book = self.read.weight.T
            k = torch.cdist(e.reshape(-1, d), book).min(dim=1).indices
            c = self.read(F.one_hot(k, codes).float()).reshape(e.shape)
            each = F.mse_loss(c, e.detach(), reduction="none")
            each = each + beta * F.mse_loss(e, c.detach(), reduction="none")
            loss = each.flatten(1).sum(1).mean()
            return e + c.detach() - e.detach(), k.reshape(e.shape[:-1]), loss

    return Quantise()


def _quantise(codes, d, choose, give, cost):
    class Quantise(nn.Module):
        def __init__(self):
            super().__init__()
            self.book = nn.Embedding(codes, d)

        def forward(self, e):
            k = choose(e, self.book.weight)
            c = self.book(k)
            return give(e, c), k, cost(e, c)

    return Quantise()


def _near(e, book):
    return (e[..., None, :] - book).square().sum(-1).argmin(-1)


def _straight(e, c):
    return e + (c - e).detach()


def _cost(beta):
    def cost(e, c):
        moved = (e.detach() - c).square().sum()
        return (moved + beta * (e - c.detach()).square().sum()) / len(e)

    return cost


@wrong("09.quantiser")
def returns_the_codes(codes, d, beta=0.25):
    return _quantise(codes, d, _near, lambda e, c: c, _cost(beta))


@wrong("09.quantiser")
def detaches_the_sum(codes, d, beta=0.25):
    return _quantise(codes, d, _near, lambda e, c: (e + c - e).detach(), _cost(beta))


@wrong("09.quantiser")
def mse_defaults(codes, d, beta=0.25):
    def cost(e, c):
        return F.mse_loss(c, e.detach()) + beta * F.mse_loss(e, c.detach())

    return _quantise(codes, d, _near, _straight, cost)


@wrong("09.quantiser")
def only_the_commitment(codes, d, beta=0.25):
    def cost(e, c):
        return beta * (e - c.detach()).square().flatten(1).sum(1).mean()

    return _quantise(codes, d, _near, _straight, cost)


@wrong("09.quantiser")
def forgot_to_detach(codes, d, beta=0.25):
    def cost(e, c):
        return (1 + beta) * (e - c).square().flatten(1).sum(1).mean()

    return _quantise(codes, d, _near, _straight, cost)


@wrong("09.quantiser")
def by_angle(codes, d, beta=0.25):
    def choose(e, book):
        return (F.normalize(e, dim=-1) @ F.normalize(book, dim=-1).T).argmax(-1)

    return _quantise(codes, d, choose, _straight, _cost(beta))


@wrong("09.quantiser")
def beta_first(codes, d, beta=0.25):
    def cost(e, c):
        moved = (e.detach() - c).square().sum() / len(e)
        return beta * moved + (e - c.detach()).square().sum() / len(e)

    return _quantise(codes, d, _near, _straight, cost)


@wrong("09.quantiser")
def a_buffer(codes, d, beta=0.25):
    class Quantise(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("book", torch.randn(codes, d))

        def forward(self, e):
            k = _near(e, self.book)
            c = self.book[k]
            return _straight(e, c), k, _cost(beta)(e, c)

    return Quantise()


@wrong("09.quantiser")
def a_soft_choice(codes, d, beta=0.25):
    class Quantise(nn.Module):
        def __init__(self):
            super().__init__()
            self.book = nn.Parameter(torch.randn(codes, d))

        def forward(self, e):
            gaps = (e[..., None, :] - self.book).square().sum(-1)
            c = torch.softmax(-gaps, -1) @ self.book
            return c, gaps.argmin(-1), _cost(beta)(e, c)

    return Quantise()


# 09.draw_maps


@right("09.draw_maps")
def one_map_after_the_other(network, n, side, generator=None):
    maps = []
    for _ in range(n):
        k = torch.zeros(1, side, side, dtype=torch.long)
        for i in range(side):
            for j in range(side):
                p = F.softmax(network(k)[0, :, i, j], dim=0)
                k[0, i, j] = torch.multinomial(p, 1, generator=generator).item()
        maps.append(k)
    return torch.cat(maps)


@right("09.draw_maps")
def log_softmax_exp(network, n, side, generator=None):
    k = torch.zeros(n, side, side).long()
    with torch.no_grad():
        for t in range(side**2):
            row, column = t // side, t % side
            weights = F.log_softmax(network(k), dim=1)[..., row, column].exp()
            k[:, row, column] = torch.multinomial(
                weights, num_samples=1, replacement=True, generator=generator
            ).view(-1)
    return k


@right("09.draw_maps")
def grown_by_rows(network, n, side, generator=None):
    k = torch.zeros(n, side, side, dtype=torch.int64)
    for i, row in enumerate(k.unbind(1)):  # views share memory with k
        for j in range(side):
            logits = network(k).permute(0, 2, 3, 1)[:, i, j]
            p = logits.exp() / logits.exp().sum(-1, keepdim=True)
            row[:, j] = p.multinomial(1, generator=generator).flatten()
    return k


@right("09.draw_maps")
def with_scatter(network, n, side, generator=None):
    flat = torch.zeros(n, side * side, dtype=torch.long)
    for t in range(flat.shape[1]):
        every = network(flat.reshape(n, side, side)).reshape(n, -1, side * side)
        p = every.softmax(1).select(2, t)
        code = torch.multinomial(p, 1, generator=generator)
        flat = flat.scatter(1, torch.full((n, 1), t), code)
    return flat.unflatten(1, (side, side))


@right("09.draw_maps")
def begun_with_minus_nothing(network, n, side, generator=None):
    k = torch.ones(n, side, side, dtype=torch.long)
    t = 0
    while t < side * side:
        i, j = t // side, t % side
        logits = network(k)[:, :, i, j]
        stable = (logits - logits.max(1, keepdim=True).values).exp()
        k[:, i, j] = torch.multinomial(stable, 1, generator=generator)[:, 0]
        t += 1
    return k


@wrong("09.draw_maps")
def in_one_go(network, n, side, generator=None):
    p = network(torch.zeros(n, side, side, dtype=torch.long)).softmax(1)
    rows = p.permute(0, 2, 3, 1).reshape(-1, p.shape[1])
    return torch.multinomial(rows, 1, generator=generator).view(n, side, side)


@wrong("09.draw_maps")
def greedy(network, n, side, generator=None):
    k = torch.zeros(n, side, side, dtype=torch.long)
    for i in range(side):
        for j in range(side):
            k[:, i, j] = network(k)[:, :, i, j].argmax(1)
    return k


@wrong("09.draw_maps")
def same_for_all(network, n, side, generator=None):
    k = torch.zeros(1, side, side, dtype=torch.long)
    for i in range(side):
        for j in range(side):
            p = network(k)[:, :, i, j].softmax(1)
            k[:, i, j] = torch.multinomial(p, 1, generator=generator)[:, 0]
    return k.repeat(n, 1, 1)


@wrong("09.draw_maps")
def columns_first(network, n, side, generator=None):
    k = torch.zeros(n, side, side, dtype=torch.long)
    for j in range(side):
        for i in range(side):
            p = network(k)[:, :, i, j].softmax(1)
            k[:, i, j] = torch.multinomial(p, 1, generator=generator)[:, 0]
    return k


@wrong("09.draw_maps")
def one_too_few(network, n, side, generator=None):
    k = torch.zeros(n, side, side, dtype=torch.long)
    for t in range(side * side - 1):
        p = network(k).flatten(2)[:, :, t].softmax(1)
        k.view(n, -1)[:, t] = torch.multinomial(p, 1, generator=generator)[:, 0]
    return k


@wrong("09.draw_maps")
def kept_in_a_list(network, n, side, generator=None):
    zeros = torch.zeros(n, side, side, dtype=torch.long)
    drawn = []
    for t in range(side * side):
        p = network(zeros).flatten(2)[:, :, t].softmax(1)
        drawn.append(torch.multinomial(p, 1, generator=generator)[:, 0])
    return torch.stack(drawn, 1).view(n, side, side)


@wrong("09.draw_maps")
def softmax_on_the_last_axis(network, n, side, generator=None):
    k = torch.zeros(n, side, side, dtype=torch.long)
    for i in range(side):
        for j in range(side):
            p = network(k).softmax(-1)[:, :, i, j]
            k[:, i, j] = torch.multinomial(p, 1, generator=generator)[:, 0]
    return k


@wrong("09.draw_maps")
def ignores_the_generator(network, n, side, generator=None):
    k = torch.zeros(n, side, side, dtype=torch.long)
    for i in range(side):
        for j in range(side):
            p = network(k)[:, :, i, j].softmax(1)
            k[:, i, j] = torch.multinomial(p, 1)[:, 0]
    return k


# in other words: bugs of scale, of the target, and of what the loss is computed with


def _denoised(encode, decode, x, noise, e):
    m, lv = encode(x + noise)
    return decode(m + (lv / 2).exp() * e), m**2 + lv.exp() - lv - 1


def _updated(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


@wrong("09.denoising_step")
def kl_by_mean(encode, decode, optimizer, x, noise, e, beta):
    a, kl = _denoised(encode, decode, x, noise, e)
    fit = F.binary_cross_entropy_with_logits(a, x, reduction="sum") / len(x)
    return _updated(optimizer, fit + beta * kl.mean() / 2)


@wrong("09.denoising_step")
def sums_everywhere(encode, decode, optimizer, x, noise, e, beta):
    a, kl = _denoised(encode, decode, x, noise, e)
    fit = F.binary_cross_entropy_with_logits(a, x, reduction="sum")
    return _updated(optimizer, fit + beta * kl.sum() / 2)


@wrong("09.denoising_step")
def thresholded_target(encode, decode, optimizer, x, noise, e, beta):
    a, kl = _denoised(encode, decode, x, noise, e)
    fit = F.binary_cross_entropy_with_logits(a, x.gt(0.5).float(), reduction="sum")
    return _updated(optimizer, (fit + beta * kl.sum() / 2) / len(x))


class _Table(nn.Module):
    def __init__(self, codes, d, beta):
        super().__init__()
        self.table, self.beta = nn.Parameter(torch.rand(codes, d)), beta

    def near(self, e, p=2.0):
        return (
            torch.cdist(e.flatten(0, -2), self.table, p=p).argmin(1).view_as(e[..., 0])
        )

    def pair(self, e, c):
        first, second = (e.detach() - c).square(), (e - c.detach()).square()
        return (first + self.beta * second).flatten(1).sum(1).mean()


@wrong("09.quantiser")
def loss_after_the_trick(codes, d, beta=0.25):
    class Quantiser(_Table):
        def forward(self, e):
            k = self.near(e)
            out = e + (self.table[k] - e).detach()
            return out, k, self.pair(e, out)

    return Quantiser(codes, d, beta)


@wrong("09.quantiser")
def manhattan(codes, d, beta=0.25):
    class Quantiser(_Table):
        def forward(self, e):
            k = self.near(e, p=1.0)
            c = self.table[k]
            return e + (c - e).detach(), k, self.pair(e, c)

    return Quantiser(codes, d, beta)


@right("09.quantiser")
def gradient_by_a_function(codes, d, beta=0.25):
    class Through(torch.autograd.Function):
        @staticmethod
        def forward(ctx, e, c):
            return c.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient, None

    class Quantiser(_Table):
        def forward(self, e):
            k = self.near(e)
            c = self.table[k]
            return Through.apply(e, c.detach()), k, self.pair(e, c)

    return Quantiser(codes, d, beta)
