"""Checksums of files, and an Ed25519 signature over them (RFC 8032).

A checksum finds an accident. It finds no attacker, who writes the checksum anew. The
signature does, as long as the public key came by another way than the files.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, write_secret
from aigc_course.release.extra import needs

MOST_BYTES = 2**30
KEY = re.compile(r"[0-9a-f]{64}")  # 32 bytes


def new_key() -> bytes:
    """A private Ed25519 key, 32 bytes, from the system's own random numbers."""
    needs("cryptography")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes_raw()


def public(key: bytes) -> bytes:
    """The public key, 32 bytes, of a private one."""
    return bytes(_private(key).public_key().public_bytes_raw())


def sign(message: bytes, key: bytes) -> bytes:
    """The signature, 64 bytes, of a message under a private key."""
    return bytes(_private(key).sign(message))


def is_signed(message: bytes, signature: bytes, public: bytes) -> bool:
    """Whether this is the signature of this message under this public key."""
    needs("cryptography")
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def checksums(folder: Path, names: Sequence[str]) -> str:
    """Lines "sha256  name", as `sha256sum --check` reads them."""
    lines = [f"{digest(folder / name)}  {name}\n" for name in sorted(names)]
    return "".join(lines)


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits."""
    return hashlib.sha256(read_bytes(path, MOST_BYTES)).hexdigest()


def write_key(path: Path, key: bytes) -> None:
    """Write a key as hexadecimal digits, readable by its owner alone from the start.

    Raises CourseError where the file is there already: a lost key cannot be replaced.
    """
    write_secret(path, key.hex().encode() + b"\n")


def read_key(path: Path) -> bytes:
    """A key that `write_key` wrote. CourseError for what is none."""
    text = read_bytes(path, 200).decode("ascii", "replace")
    text = text.removesuffix("\n")  # no other byte may stand there
    if not KEY.fullmatch(text):
        raise CourseError(f"{path} holds no key: 64 hexadecimal digits.")
    return bytes.fromhex(text)


def _private(key: bytes):  # type: ignore[no-untyped-def] # of an optional package
    needs("cryptography")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if len(key) != 32:
        raise CourseError(f"A private key has 32 bytes, not {len(key)}.")
    return Ed25519PrivateKey.from_private_bytes(key)
