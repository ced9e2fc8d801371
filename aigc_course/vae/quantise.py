"""Vector quantisation: nearest codes, the straight-through gradient, two codebooks.

Letters: e an encoder's vectors [..., d], q the codes nearest to them, K codes in all.
"""

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.training.shares import common


def nearest(e: Tensor, codes: Tensor) -> Tensor:
    """Index of the code closest to each vector, int64 [...]; e [..., d], codes [K, d].

    argmin_k |e - c_k|^2    (van den Oord et al. 2017, equation 1)

    Raises CourseError for vectors of another length. NaN passes through to the loss.
    """
    if codes.ndim != 2 or e.shape[-1:] != codes.shape[1:]:
        raise CourseError(
            f"The codes are {list(codes.shape)}, so vectors end in their length; got"
            f" {list(e.shape)}."
        )
    # |e - c|^2 = |e|^2 - 2 e c + |c|^2, and |e|^2 is the same for every code;
    # bfloat16 would take many a code for its neighbour
    with torch.autocast(e.device.type, enabled=False):
        return (codes.square().sum(1) - 2 * e @ codes.T).argmin(-1)


def straight_through(e: Tensor, q: Tensor) -> Tensor:
    """q in the forward pass; in the backward pass the gradient goes to e unchanged.

    Bengio et al. 2013, section 4; van den Oord et al. 2017, section 3.2.
    """
    _same(e, q)
    # e + sg[q - e]
    return e + (q - e).detach()


def vq_loss(e: Tensor, q: Tensor, commitment: float = 0.25) -> Tensor:
    """|sg[e] - q|^2 + commitment |e - sg[q]|^2, summed over all but the images: [N].

    van den Oord et al. 2017, equation 3: the first term moves the codes, the second the
    encoder. Where a moving average moves the codes, hand over q.detach(). Raises
    CourseError for a negative commitment or another shape.
    """
    validate.at_least_zero(commitment, "The commitment")
    _same(e, q)
    to_codes = (e.detach() - q).square().flatten(1).sum(1)
    to_encoder = (e - q.detach()).square().flatten(1).sum(1)
    return to_codes + commitment * to_encoder


def perplexity(indices: Tensor, size: int) -> Tensor:
    """exp(entropy) of how often each of `size` codes is used, 1 to size: a scalar."""
    p = _counted(indices, size) / indices.numel()
    return torch.special.entr(p).sum().exp()


class Codebook(nn.Module):
    """K codes of length d, moved by a moving average or by gradients.

    decay: of the moving averages; None leaves the codes to `vq_loss` and an optimiser.

    N_k <- decay N_k + (1 - decay) n_k,  m_k <- decay m_k + (1 - decay) sum_i e_i
    c_k = m_k / N_k    (van den Oord et al. 2017, appendix A.1)

    over the n_k vectors e_i of the batch that are nearest to code k. A code with N_k
    below `restart` starts anew at a vector of the batch (Dhariwal et al. 2020, section
    3.1), or it would never be used again.

    Raises CourseError for sizes below 1, or a decay outside [0, 1).
    """

    codes: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(
        self, size: int, d: int, decay: float | None = 0.99, restart: float = 0.0
    ) -> None:
        super().__init__()
        validate.whole(size, "The number of codes")
        validate.whole(d, "The length of a code")
        validate.at_least_zero(restart, "The usage below which a code restarts")
        if decay is not None and not 0 <= decay < 1:
            raise CourseError(f"The decay is from 0 up, below 1; not {decay}.")
        self.decay, self.restart = decay, restart
        codes = torch.randn(size, d) / d**0.5
        if decay is None:
            self.codes = nn.Parameter(codes)
        else:
            self.register_buffer("codes", codes)
        # N_k = 1 and m_k = c_k, so that c_k = m_k / N_k holds from the start
        self.register_buffer("counts", torch.ones(size))
        self.register_buffer("sums", codes.clone())

    def forward(self, e: Tensor) -> tuple[Tensor, Tensor]:
        """The codes nearest to e [..., d], and their indices [...]."""
        indices = nearest(e, self.codes)
        return self.lookup(indices), indices

    def lookup(self, indices: Tensor) -> Tensor:
        """The codes of these indices: int64 [...] to [..., d].

        Raises CourseError for indices that are no whole numbers below K.
        """
        size = len(self.codes)
        if indices.is_floating_point() or (
            indices.numel()
            and validate.is_seen(indices)
            and not 0 <= indices.min() <= indices.max() < size
        ):
            raise CourseError(f"Codes are whole numbers from 0 to {size - 1}.")
        return self.codes[indices]

    @torch.no_grad()
    def update(self, e: Tensor, indices: Tensor) -> None:
        """Move counts, and with a decay the codes, towards this batch.

        e: [..., d] and indices [...], as `forward` gave them.
        """
        decay = 0.99 if self.decay is None else self.decay
        flat = e.detach().reshape(-1, e.shape[-1]).to(self.sums.dtype)  # [n, d]
        counts = _counted(indices, len(self.codes)).to(self.counts.dtype)  # [K]
        self.counts.lerp_(counts, 1 - decay)
        if self.decay is None:
            return
        sums = torch.zeros_like(self.sums).index_add_(0, indices.flatten(), flat)
        self.sums.lerp_(sums, 1 - decay)
        self._restart(flat)
        self.codes.copy_(self.sums / self.counts.clamp(min=1e-6)[:, None])

    def _restart(self, flat: Tensor) -> None:
        """Codes hardly used become random vectors of the batch, counted once."""
        if self.restart == 0:
            return
        unused = self.counts < self.restart
        with common():  # a row for each code, not for each image
            where = torch.randint(len(flat), (len(unused),), device=flat.device)
        self.sums.copy_(torch.where(unused[:, None], flat[where], self.sums))
        self.counts.masked_fill_(unused, 1.0)


def _counted(indices: Tensor, size: int) -> Tensor:
    """How often each of 0 .. size - 1 occurs, [size].

    torch.bincount looks at the largest index first, and waits for a GPU to know it.
    """
    ones = torch.ones((), device=indices.device).expand(indices.numel())
    return ones.new_zeros(size).index_add_(0, indices.flatten(), ones)


def _same(e: Tensor, q: Tensor) -> None:
    if e.shape != q.shape:
        raise CourseError(
            f"Vectors and codes have one shape; got {list(e.shape)} and"
            f" {list(q.shape)}."
        )
