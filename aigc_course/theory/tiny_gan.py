"""A whole GAN in NumPy: one hidden layer a side, every gradient by hand.

Both networks have the same form, on numbers x [N] with `hidden` units:

    h = tanh(x w1 + b1)   [N, hidden]
    y = h w2 + b2         [N]

y is a generated number for G (x is then the latent z) and a logit for D.
"""

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, finite_line, positive

Net = dict[str, Array]  # w1 [hidden], b1 [hidden], w2 [hidden], b2 []


class TinyGAN:
    """A one-dimensional GAN that needs nothing but NumPy    (Goodfellow et al. 2014).

    hidden: units in each of the two hidden layers. seed: of the initial weights.
    generator, discriminator: the parameters, w1, b1, w2 [hidden] and b2 [].
    """

    def __init__(self, hidden: int = 16, seed: int = 0) -> None:
        if hidden < 1:
            raise CourseError(f"A network needs at least 1 hidden unit; got {hidden}.")
        rng = np.random.default_rng(seed)
        self.generator = _network(hidden, rng)
        self.discriminator = _network(hidden, rng)

    def generate(self, z: ArrayLike) -> Array:
        """G(z), [N], for latents z [N]."""
        return _forward(self.generator, finite_line(z, "latents"))[0]

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """n generated numbers [n], from standard normal latents."""
        return self.generate(rng.standard_normal(n))

    def logits(self, x: ArrayLike) -> Array:
        """D's logits [N] at numbers x [N]; D(x) = sigmoid(logit)."""
        return _forward(self.discriminator, finite_line(x, "numbers"))[0]

    def d_loss_and_grads(self, real: ArrayLike, z: ArrayLike) -> tuple[float, Net]:
        """L_D on real [N] and latents z [M], and dL_D by each of D's parameters.

        L_D = E[softplus(-a)] over real logits a + E[softplus(a)] over fake logits a,
        which is -E[log D(x)] - E[log(1 - D(G(z)))].
        """
        d, real = self.discriminator, finite_line(real, "real numbers")
        fake = self.generate(z)
        real_logits, real_h = _forward(d, real)
        fake_logits, fake_h = _forward(d, fake)
        loss = _softplus(-real_logits).mean() + _softplus(fake_logits).mean()
        # d softplus(a) / da = sigmoid(a)
        real_slope = -_sigmoid(-real_logits) / len(real)
        fake_slope = _sigmoid(fake_logits) / len(fake)
        from_real, _ = _backward(d, real, real_h, real_slope)
        from_fake, _ = _backward(d, fake, fake_h, fake_slope)
        return float(loss), {name: from_real[name] + from_fake[name] for name in d}

    def g_loss_and_grads(self, z: ArrayLike) -> tuple[float, Net]:
        """L_G on latents z [M], and dL_G by each of G's parameters.

        L_G = E[softplus(-a)] over fake logits a, which is -E[log D(G(z))]. The gradient
        passes through D, whose parameters stay as they are.
        """
        g, d, z = self.generator, self.discriminator, finite_line(z, "latents")
        fake, g_h = _forward(g, z)
        logits, d_h = _forward(d, fake)
        slope = -_sigmoid(-logits) / len(z)
        _, fake_slope = _backward(d, fake, d_h, slope)
        grads, _ = _backward(g, z, g_h, fake_slope)
        return float(_softplus(-logits).mean()), grads

    def step(self, real: ArrayLike, z: ArrayLike, lr: float) -> tuple[float, float]:
        """One gradient step of D, then one of G against the new D: (L_D, L_G).

        Each loss is the one its player saw before it moved.
        """
        lr = positive(lr, "learning rate")
        d_loss, d_grads = self.d_loss_and_grads(real, z)
        _descend(self.discriminator, d_grads, lr)
        g_loss, g_grads = self.g_loss_and_grads(z)
        _descend(self.generator, g_grads, lr)
        return d_loss, g_loss


def _network(hidden: int, rng: np.random.Generator) -> Net:
    return {
        "w1": rng.standard_normal(hidden),
        "b1": rng.standard_normal(hidden),
        "w2": rng.standard_normal(hidden) / np.sqrt(hidden),
        "b2": np.zeros(()),
    }


def _forward(net: Net, x: Array) -> tuple[Array, Array]:
    h = np.tanh(np.outer(x, net["w1"]) + net["b1"])  # [N, hidden]
    return h @ net["w2"] + net["b2"], h  # [N], [N, hidden]


def _backward(net: Net, x: Array, h: Array, dy: Array) -> tuple[Net, Array]:
    """From dL/dy [N] to dL/d(parameter) for each, and dL/dx [N]."""
    # y = h w2 + b2
    dh = np.outer(dy, net["w2"])  # [N, hidden]
    # h = tanh(s), so dh/ds = 1 - h^2
    ds = dh * (1 - h**2)  # [N, hidden]
    # s = x w1 + b1
    grads = {"w1": x @ ds, "b1": ds.sum(0), "w2": dy @ h, "b2": dy.sum()}
    return grads, ds @ net["w1"]


def _descend(net: Net, grads: Net, lr: float) -> None:
    for name in net:
        net[name] = net[name] - lr * grads[name]


def _softplus(a: Array) -> Array:
    return np.logaddexp(0, a)  # log(1 + exp(a)), without overflow


def _sigmoid(a: Array) -> Array:
    return np.exp(-_softplus(-a))  # 1 / (1 + exp(-a)), without overflow
