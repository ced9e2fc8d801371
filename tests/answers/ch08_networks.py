"""Answers to the networks and the training step of chapter 08, as others write them."""

import math

import torch
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence
from torch.nn import functional as F

from tests.answers import right, wrong

# 08.encoder


@right("08.encoder")
def three_linears_by_hand(latent, hidden):
    class VAEEncoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = nn.Linear(784, hidden)
            self.fc21 = nn.Linear(hidden, latent)
            self.fc22 = nn.Linear(hidden, latent)

        def forward(self, x):
            h1 = F.relu(self.fc1(x.view(-1, 784)))
            return self.fc21(h1), self.fc22(h1)

    return VAEEncoder()


@right("08.encoder")
def heads_in_a_dict(latent, hidden):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.trunk = nn.Sequential(
                nn.Flatten(start_dim=1),
                nn.Linear(in_features=784, out_features=hidden),
                nn.LeakyReLU(0.2),
            )
            names = ("mu", "logvar")
            self.heads = nn.ModuleDict({n: nn.Linear(hidden, latent) for n in names})

        def forward(self, images):
            features = self.trunk(images)
            return [head(features) for head in self.heads.values()]

    return Encoder()


@right("08.encoder")
def one_convolution_over_all(latent, hidden):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.look = nn.Conv2d(1, hidden, kernel_size=28)
            self.both = nn.Conv2d(hidden, 2 * latent, kernel_size=1)

        def forward(self, x):
            out = self.both(self.look(x).relu())[:, :, 0, 0]
            return out[:, :latent], out[:, latent:]

    return Encoder()


@wrong("08.encoder")
def sizes_found_by_torch(latent, hidden):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Flatten(), nn.LazyLinear(hidden), nn.Tanh())
            self.out = nn.ModuleList([nn.LazyLinear(latent), nn.LazyLinear(latent)])

        def forward(self, x):
            h = self.body(x)
            return self.out[0](h), self.out[1](h)

    return Encoder()


@right("08.encoder")
def split_and_activation_in_double_steps(latent, hidden):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(
                [nn.Linear(784, hidden), nn.Linear(hidden, latent * 2)]
            )

        def forward(self, x):
            first, last = self.layers
            h = torch.clamp(first(x.flatten(1)), min=0)
            mean, log_variance = torch.split(last(h), latent, dim=-1)
            return mean, log_variance

    return Encoder()


@right("08.encoder")
def a_module_filled_from_outside(latent, hidden):
    net = nn.Module()
    net.a = nn.Linear(784, hidden)
    net.m, net.s = nn.Linear(hidden, latent), nn.Linear(hidden, latent)

    class Run(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = net

        def forward(self, x):
            h = F.gelu(self.parts.a(torch.flatten(x, 1)))
            return self.parts.m(h), self.parts.s(h)

    return Run()


@wrong("08.encoder")
def both_in_one(latent, hidden):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent)
    )


@wrong("08.encoder")
def mean_only(latent, hidden):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, latent)
    )


class _Base(nn.Module):
    def __init__(self, latent, hidden):
        super().__init__()
        self.fc = nn.Linear(784, hidden)
        self.mu = nn.Linear(hidden, latent)
        self.lv = nn.Linear(hidden, latent)


@wrong("08.encoder")
def softplus_of_the_second(latent, hidden):
    class Encoder(_Base):
        def forward(self, x):
            h = F.relu(self.fc(x.flatten(1)))
            return self.mu(h), F.softplus(self.lv(h))

    return Encoder(latent, hidden)


@wrong("08.encoder")
def forgot_the_relu(latent, hidden):
    class Encoder(_Base):
        def forward(self, x):
            h = self.fc(x.view(x.size(0), -1))
            return self.mu(h), self.lv(h)

    return Encoder(latent, hidden)


@wrong("08.encoder")
def relu_behind_every_layer(latent, hidden):
    class Encoder(_Base):
        def forward(self, x):
            h = F.relu(self.fc(x.flatten(1)))
            return F.relu(self.mu(h)), F.relu(self.lv(h))

    return Encoder(latent, hidden)


@wrong("08.encoder")
def sigmoid_for_the_mean(latent, hidden):
    class Encoder(_Base):
        def forward(self, x):
            h = F.relu(self.fc(x.flatten(1)))
            return torch.sigmoid(self.mu(h)), self.lv(h)

    return Encoder(latent, hidden)


@wrong("08.encoder")
def reparameterised_inside(latent, hidden):
    class Encoder(_Base):
        def forward(self, x):
            h = F.relu(self.fc(x.flatten(1)))
            mean, lv = self.mu(h), self.lv(h)
            return mean + torch.randn_like(mean) * torch.exp(lv / 2), lv

    return Encoder(latent, hidden)


@wrong("08.encoder")
def list_of_heads(latent, hidden):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(784, hidden)
            self.heads = [nn.Linear(hidden, latent), nn.Linear(hidden, latent)]

        def forward(self, x):
            h = F.relu(self.fc(x.flatten(1)))
            return self.heads[0](h), self.heads[1](h)

    return Encoder()


@wrong("08.encoder")
def images_not_flattened(latent, hidden):
    class Encoder(_Base):
        def forward(self, x):
            h = F.relu(self.fc(x))
            return self.mu(h), self.lv(h)

    return Encoder(latent, hidden)


@wrong("08.encoder")
def a_second_hidden_layer(latent, hidden):
    class Encoder(_Base):
        def __init__(self):
            super().__init__(latent, hidden)
            self.more = nn.Linear(hidden, hidden)

        def forward(self, x):
            h = F.relu(self.more(F.relu(self.fc(x.flatten(1)))))
            return self.mu(h), self.lv(h)

    return Encoder()


# 08.decoder


@right("08.decoder")
def mirrored_class(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc3 = nn.Linear(latent, hidden)
            self.fc4 = nn.Linear(hidden, 784)

        def forward(self, z):
            h3 = F.relu(self.fc3(z))
            return self.fc4(h3).reshape(z.shape[0], 1, 28, 28)

    return Decoder()


@right("08.decoder")
def transposed_convolutions(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.lift = nn.ConvTranspose2d(latent, hidden, 1)
            self.paint = nn.ConvTranspose2d(hidden, 1, 28, bias=False)
            self.shift = nn.Parameter(torch.zeros(1, 28, 28))

        def forward(self, z):
            return self.paint(self.lift(z[:, :, None, None]).relu()) + self.shift

    return Decoder()


@right("08.decoder")
def a_list_of_modules(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self, sizes):
            super().__init__()
            pairs = zip(sizes, sizes[1:], strict=False)
            self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairs)

        def forward(self, z):
            for layer in self.layers[:-1]:
                z = torch.tanh(layer(z))
            return self.layers[-1](z).unflatten(-1, (1, 28, 28))

    return Decoder((latent, hidden, 784))


@right("08.decoder")
def built_step_by_step(latent, hidden):
    net = nn.Sequential()
    net.add_module("up", nn.Linear(latent, hidden, bias=True))
    net.add_module("act", nn.SiLU())
    net.add_module("pixels", nn.Linear(hidden, math.prod((1, 28, 28))))
    net.add_module("fold", nn.Unflatten(-1, (1, 28, 28)))
    return net


@right("08.decoder")
def raw_parameters(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.p = nn.ParameterDict(
                {
                    "W1": torch.randn(latent, hidden),
                    "b1": torch.zeros(hidden),
                    "W2": torch.randn(hidden, 784) / 20,
                    "b2": torch.zeros(784),
                }
            )

        def forward(self, z):
            h = (z @ self.p["W1"] + self.p["b1"]).clamp(min=0)
            return (h @ self.p["W2"] + self.p["b2"]).view(len(z), 1, 28, 28)

    return Decoder()


@wrong("08.decoder")
def sigmoid_in_forward(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(latent, hidden), nn.Linear(hidden, 784)

        def forward(self, z):
            return torch.sigmoid(self.b(F.relu(self.a(z)))).view(-1, 1, 28, 28)

    return Decoder()


@wrong("08.decoder")
def as_chapter_five_ends(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(latent, hidden), nn.Linear(hidden, 784)

        def forward(self, z):
            return torch.tanh(self.b(F.relu(self.a(z)))).view(-1, 1, 28, 28)

    return Decoder()


@wrong("08.decoder")
def rows_of_pixels(latent, hidden):
    return nn.Sequential(nn.Linear(latent, hidden), nn.GELU(), nn.Linear(hidden, 784))


@wrong("08.decoder")
def squeezed(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(
                nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 784)
            )

        def forward(self, z):
            return self.net(z).view(-1, 28, 28)

    return Decoder()


@wrong("08.decoder")
def two_linear_maps(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(latent, hidden), nn.Linear(hidden, 784)

        def forward(self, z):
            return self.b(self.a(z)).view(-1, 1, 28, 28)

    return Decoder()


@wrong("08.decoder")
def bernoulli_sample(latent, hidden):
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(latent, hidden), nn.Linear(hidden, 784)

        def forward(self, z):
            logits = self.b(F.relu(self.a(z))).view(-1, 1, 28, 28)
            return Bernoulli(logits=logits).sample()

    return Decoder()


@wrong("08.decoder")
def for_the_encoders_pair(latent, hidden):
    return nn.Sequential(
        nn.Linear(latent * 2, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 784),
        nn.Unflatten(1, (1, 28, 28)),
    )


@wrong("08.decoder")
def relu_twice(latent, hidden):
    return nn.Sequential(
        *(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 784), nn.ReLU()),
        nn.Unflatten(1, (1, 28, 28)),
    )


# 08.step


@right("08.step")
def with_a_closure(encode, decode, optimizer, x, e):
    told = {}

    def closure():
        optimizer.zero_grad()
        mean, log_variance = encode(x)
        logits = decode(mean + e * log_variance.exp().sqrt())
        told["fit"] = F.softplus(logits).sub(x * logits).flatten(1).sum(1).mean()
        terms = mean.square() + log_variance.exp() - 1 - log_variance
        told["kl"] = terms.sum(1).mean() / 2
        loss = told["fit"] + told["kl"]
        loss.backward()
        return loss

    optimizer.step(closure)
    return told["fit"].detach(), told["kl"].detach()


@right("08.step")
def gradients_by_autograd(encode, decode, optimizer, x, e):
    mean, lv = encode(x)
    logits = decode(torch.addcmul(mean, (lv / 2).exp(), e))
    fit = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    fit = fit.sum(dim=(1, 2, 3)).mean()
    cost = 0.5 * (lv.exp() + mean**2 - 1.0 - lv).sum(dim=1).mean()
    held = [w for group in optimizer.param_groups for w in group["params"]]
    for w, g in zip(held, torch.autograd.grad(fit + cost, held), strict=True):
        w.grad = g
    optimizer.step()
    return float(fit), float(cost)


@right("08.step")
def two_backward_calls(encode, decode, optimizer, x, e):
    optimizer.zero_grad()
    mean, lv = encode(x)
    cost = (mean.pow(2) + lv.exp() - lv - 1).sum() / (2 * len(x))
    cost.backward(retain_graph=True)
    z = mean + torch.exp(lv * 0.5) * e
    fit = -Independent(Bernoulli(logits=decode(z)), 3).log_prob(x).mean()
    fit.backward()
    optimizer.step()
    return fit.item(), cost.item()


@right("08.step")
def cleared_at_the_end(encode, decode, optimizer, x, e):
    mean, lv = encode(x)
    q = Normal(mean, (lv / 2).exp())
    z = q.loc + q.scale * e
    fit = F.binary_cross_entropy(decode(z).sigmoid(), x, reduction="sum") / len(x)
    cost = kl_divergence(q, Normal(0.0, 1.0)).sum() / len(x)
    (fit + cost).backward()
    optimizer.step()
    optimizer.zero_grad()
    return fit.detach(), cost.detach()


@right("08.step")
def one_image_after_the_other(encode, decode, optimizer, x, e):
    optimizer.zero_grad()
    fits, costs = [], []
    for image, noise in zip(x.split(1), e.split(1), strict=True):
        mean, lv = encode(image)
        logits = decode(mean + (0.5 * lv).exp() * noise)
        fits.append(F.binary_cross_entropy_with_logits(logits, image, reduction="sum"))
        costs.append((mean**2 + lv.exp() - lv - 1).sum() / 2)
    fit, cost = torch.stack(fits).mean(), torch.stack(costs).mean()
    torch.add(fit, cost).backward()
    optimizer.step()
    return torch.stack([fit, cost]).detach()


def _terms(encode, decode, x, e):
    mean, lv = encode(x)
    logits = decode(mean + (lv / 2).exp() * e)
    fit = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    return fit, (mean**2 + lv.exp() - lv - 1).sum() / (2 * len(x))


@wrong("08.step")
def never_cleared(encode, decode, optimizer, x, e):
    fit, cost = _terms(encode, decode, x, e)
    fit.backward(retain_graph=True)
    cost.backward()
    optimizer.step()
    return fit.item(), cost.item()


@wrong("08.step")
def no_step(encode, decode, optimizer, x, e):
    fit, cost = _terms(encode, decode, x, e)
    optimizer.zero_grad()
    (fit + cost).backward()
    return fit.item(), cost.item()


@wrong("08.step")
def maximises_the_loss(encode, decode, optimizer, x, e):
    fit, cost = _terms(encode, decode, x, e)
    optimizer.zero_grad()
    (-fit - cost).backward()
    optimizer.step()
    return fit.item(), cost.item()


@wrong("08.step")
def textbook_kl_with_wrong_sign(encode, decode, optimizer, x, e):
    mean, lv = encode(x)
    logits = decode(mean + (lv / 2).exp() * e)
    fit = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    cost = 0.5 * (1 + lv - mean**2 - lv.exp()).sum(1).mean()
    optimizer.zero_grad()
    (fit + cost).backward()
    optimizer.step()
    return fit.item(), -cost.item()


@wrong("08.step")
def torch_default_mean(encode, decode, optimizer, x, e):
    mean, lv = encode(x)
    logits = decode(mean + (lv / 2).exp() * e)
    fit = F.binary_cross_entropy_with_logits(logits, x)
    cost = (mean**2 + lv.exp() - lv - 1).sum(1).mean() / 2
    optimizer.zero_grad()
    (fit + cost).backward()
    optimizer.step()
    return fit.item(), cost.item()


@wrong("08.step")
def sampled_by_torch(encode, decode, optimizer, x, e):
    mean, lv = encode(x)
    logits = decode(Normal(mean, (lv / 2).exp()).rsample())
    fit = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    cost = (mean**2 + lv.exp() - lv - 1).sum(1).mean() / 2
    optimizer.zero_grad()
    (fit + cost).backward()
    optimizer.step()
    return fit.item(), cost.item()


@wrong("08.step")
def autoencoder_step(encode, decode, optimizer, x, e):
    mean, lv = encode(x)
    fit = F.binary_cross_entropy_with_logits(decode(mean), x, reduction="sum") / len(x)
    cost = (mean**2 + lv.exp() - lv - 1).sum(1).mean() / 2
    optimizer.zero_grad()
    (fit + cost).backward()
    optimizer.step()
    return fit.item(), cost.item()


@wrong("08.step")
def only_the_total(encode, decode, optimizer, x, e):
    fit, cost = _terms(encode, decode, x, e)
    optimizer.zero_grad()
    (fit + cost).backward()
    optimizer.step()
    return (fit + cost).item()


@wrong("08.step")
def kl_never_added(encode, decode, optimizer, x, e):
    fit, cost = _terms(encode, decode, x, e)
    optimizer.zero_grad()
    fit.backward()
    optimizer.step()
    return fit.detach(), cost.detach()


@right("08.encoder")
def log_variance_starts_at_zero(latent, hidden):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Linear(784, hidden)
            self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
            nn.init.zeros_(self.logvar.weight)
            nn.init.zeros_(self.logvar.bias)

        def forward(self, images):
            h = F.elu(self.hidden(images.reshape(len(images), -1)))
            return self.mu(h), self.logvar(h)

    return Encoder()


@right("08.decoder")
def last_layer_starts_at_zero(latent, hidden):
    last = nn.Linear(hidden, 784)
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, -2.0)
    layers = nn.Linear(latent, hidden), nn.SiLU(), last
    return nn.Sequential(*layers, nn.Unflatten(-1, (1, 28, 28)))


@wrong("08.encoder")
def relu_of_the_pixels(latent, hidden):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(784, hidden)
            self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)

        def forward(self, x):
            h = self.fc(F.relu(x.flatten(1)))
            return self.mu(h), self.logvar(h)

    return Encoder()


@wrong("08.decoder")
def relu_of_the_code(latent, hidden):
    layers = nn.ReLU(), nn.Linear(latent, hidden), nn.Linear(hidden, 784)
    return nn.Sequential(*layers, nn.Unflatten(1, (1, 28, 28)))


@wrong("08.decoder")
def log_sigmoid_last(latent, hidden):
    layers = nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 784)
    return nn.Sequential(*layers, nn.LogSigmoid(), nn.Unflatten(1, (1, 28, 28)))


@wrong("08.step")
def half_of_the_kl_forgotten(encode, decode, optimizer, x, e):
    fit, cost = _terms(encode, decode, x, e)
    optimizer.zero_grad()
    (fit + 2 * cost).backward()
    optimizer.step()
    return fit.detach(), 2 * cost.detach()


@wrong("08.step")
def second_output_as_log_sigma(encode, decode, optimizer, x, e):
    mean, ls = encode(x)
    logits = decode(mean + ls.exp() * e)
    fit = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    cost = (mean**2 + (2 * ls).exp() - 2 * ls - 1).sum(1).mean() / 2
    optimizer.zero_grad()
    (fit + cost).backward()
    optimizer.step()
    return fit.item(), cost.item()
