"""Sums without their terms: masks that cancel (after Bonawitz et al. 2017).

Every pair of clients shares a secret that the server does not know. One of the two adds
a mask made from it, the other subtracts the same mask; in the sum nothing of it is
left. All of it happens in whole numbers modulo 2^32, so that the masks cancel bit for
bit, and one masked update alone is uniformly distributed.

Left out here: the double masks by which Bonawitz et al. protect an update that arrives
after its masks were revealed, and a proof that public keys belong to whom the server
says. A server that lies about either learns more than the sum.
"""

import hashlib
import secrets

import numpy as np
import torch
from torch import Tensor

from aigc_course.errors import CourseError

BITS = 32
MODULUS = 2**BITS
POINT = 24  # bits after the point: steps of 6e-8
MOST = 2.0 ** (BITS - 1 - POINT)  # 128: what the sum has to stay below

# RFC 3526, group 14: a safe prime of 2048 bits, generator 2
PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
GENERATOR = 2
EXPONENT_BITS = 256  # twice the 112 bits of security that the group has, and more


class Keys:
    """One side of a key agreement (Diffie and Hellman 1976)."""

    def __init__(self) -> None:
        self._secret = secrets.randbits(EXPONENT_BITS) | 1
        self.public = pow(GENERATOR, self._secret, PRIME)

    def shared(self, other: int) -> bytes:
        """32 bytes that only the two sides know, from the other's public number.

        Raises CourseError for numbers that would give the secret away.
        """
        if not 2 <= other <= PRIME - 2:
            raise CourseError("A public key lies between 2 and the prime minus 2.")
        both = pow(other, self._secret, PRIME)
        return hashlib.sha256(both.to_bytes(256, "big")).digest()


def encode(values: Tensor) -> Tensor:
    """Real numbers [D] to int64 [D] modulo 2^32, with 24 bits after the point.

    Raises CourseError for NaN and for what the numbers cannot hold.
    """
    if not bool(torch.isfinite(values).all()):
        raise CourseError("NaN and infinite values cannot be masked.")
    if len(values) and float(values.abs().max()) >= MOST:
        raise CourseError(
            f"Values to mask lie between -{MOST:g} and {MOST:g}; one is"
            f" {float(values.abs().max()):.3g}."
        )
    return (values.double() * 2**POINT).round().long() % MODULUS


def decode(numbers: Tensor) -> Tensor:
    """Whole numbers modulo 2^32 [D] back to real ones, float64; the sum of `encode`s.

    Numbers from 2^31 up are negative.
    """
    half = MODULUS // 2
    return ((numbers + half) % MODULUS - half).double() / 2**POINT


def round_seed(secret: bytes, number: int) -> bytes:
    """32 bytes for one round: to reveal them tells nothing of other rounds."""
    return hashlib.sha256(secret + number.to_bytes(8, "big")).digest()


def expand(seed: bytes, size: int) -> Tensor:
    """Uniform whole numbers below 2^32 from a seed by SHAKE-256: int64 [size]."""
    stream = hashlib.shake_256(seed).digest(4 * size)
    return torch.from_numpy(np.frombuffer(stream, dtype="<u4").astype(np.int64))


def mask(secret: bytes, number: int, size: int) -> Tensor:
    """The mask of a pair in round `number`: int64 [size] in [0, 2^32)."""
    return expand(round_seed(secret, number), size)


def masked_update(
    values: Tensor, me: int, shared: dict[int, bytes], number: int
) -> Tensor:
    """Encoded values [D] plus the masks of all pairs, modulo 2^32.

    y_i = x_i + sum_{j > i} m_ij - sum_{j < i} m_ij. shared: secret by partner number.
    Raises CourseError when I am among my partners.
    """
    if me in shared:
        raise CourseError("A client shares no secret with itself.")
    total = values.clone()
    for partner, secret in shared.items():
        sign = 1 if partner > me else -1
        total += sign * mask(secret, number, len(values))
    return total % MODULUS


def without_lost(total: Tensor, seeds: dict[tuple[int, int], bytes]) -> Tensor:
    """Take the masks out of a sum that only lost clients would have cancelled.

    seeds: round seeds by (survivor, lost), which the survivors reveal. The lost update
    itself never arrived, so that nothing is learnt of it.
    """
    total = total.clone()
    for (survivor, lost), seed in seeds.items():
        sign = 1 if lost > survivor else -1  # as the survivor had added it
        total -= sign * expand(seed, len(total))
    return total % MODULUS
