"""Who signs: a private key, a certificate that names its owner, and a root to trust.

An authority that exists for one signer is made here. Real signers get certificates from
an authority whose root is on a list that readers trust. Everything else is the same.
"""

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError
from aigc_course.files import read_bytes
from aigc_course.release.extra import installed as found

COMMAND = 'pip install "aigc-course[trust]"'
FILES = {"chain": "chain.pem", "key": "key.pem", "anchor": "anchor.pem"}
MOST_BYTES = 2**20
LONGEST = 64  # letters of a name in a certificate (RFC 5280, appendix A)
ROOT_DAYS = 3_650


def installed() -> bool:
    """Whether the extra `trust` is there; nothing is imported for it."""
    return found("c2pa", "cryptography")


def needs() -> Any:
    """The package c2pa; CourseError, with the command that helps, without it."""
    if not installed():
        raise CourseError(
            f"This needs c2pa-python, which the extra `trust` installs: {COMMAND}"
        )
    import c2pa

    return c2pa


@dataclass(frozen=True)
class Signer:
    """A name with its key; all as PEM.

    chain: the signer's certificate. key: the private key, which is secret. anchor: the
    certificate of the root, which readers have to trust.
    """

    name: str
    chain: bytes
    key: bytes = field(repr=False)
    anchor: bytes

    def check(self, when: datetime) -> None:
        """CourseError unless the certificate is valid then, and the key is its own."""
        from cryptography.hazmat.primitives import serialization

        leaf = certificates(self.chain)[0]
        begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        if when > ends:
            raise CourseError(
                f'The certificate of "{self.name}" expired on {ends:%Y-%m-%d}: sign'
                " with a new one."
            )
        if when < begins:
            raise CourseError(
                f'The certificate of "{self.name}" is valid from {begins:%Y-%m-%d} on:'
                " sign later, or with another one."
            )
        try:
            key = serialization.load_pem_private_key(self.key, None)
        except (ValueError, TypeError) as error:
            raise CourseError("The private key is not one in PEM format.") from error
        if key.public_key() != leaf.public_key():
            raise CourseError(
                f'The private key does not belong to the certificate of "{self.name}".'
            )


def make_signer(
    name: str, *, days: int = 365, begins: datetime | None = None
) -> Signer:
    """A new signer with an authority of its own: ECDSA on the curve P-256.

    days: how long the certificate is valid. begins: from when on, a minute ago where
    None. Raises CourseError without the extra `trust`, for fewer days than 1, and for a
    name that is empty or has more than 64 characters.
    """
    needs()
    if not name.strip() or len(name) > LONGEST:
        raise CourseError(f"A signer's name has 1 to {LONGEST} characters.")
    if days < 1:
        raise CourseError(f"A certificate is valid for at least 1 day, not {days}.")
    begins = begins or datetime.now(UTC) - timedelta(minutes=1)
    root, root_key = _certificate(f"{name} root", name, begins, ROOT_DAYS)
    leaf, key = _certificate(name, name, begins, days, (root, root_key))
    return Signer(name, _pem(leaf), _secret(key), _pem(root))


def write_signer(folder: Path, signer: Signer) -> None:
    """Write chain.pem, anchor.pem and the secret key.pem into a new folder.

    All three are written or none. Raises CourseError where the folder holds something.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(f"{folder} is there already: a key is not overwritten.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as place:
            made = Path(place) / "signer"
            made.mkdir(mode=0o700)
            for part, name in FILES.items():
                (made / name).write_bytes(getattr(signer, part))
                (made / name).chmod(0o600 if part == "key" else 0o644)
            made.replace(folder)
    except OSError as error:
        raise CourseError(f"Cannot write {folder}: {error.strerror}.") from error


def read_signer(folder: Path) -> Signer:
    """A signer that `write_signer` wrote. CourseError for what is none."""
    needs()
    folder = Path(folder)
    parts = {p: read_bytes(folder / name, MOST_BYTES) for p, name in FILES.items()}
    leaf = certificates(parts["chain"])[0]
    certificates(parts["anchor"])
    return Signer(_name(leaf), **parts)


def certificates(pem: bytes) -> list[Any]:
    """The certificates in PEM bytes, at least one; CourseError where there is none."""
    needs()
    from cryptography import x509

    try:
        return list(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise CourseError(
            "This holds no certificate: one in PEM format begins with"
            " -----BEGIN CERTIFICATE-----."
        ) from error


def _certificate(
    common: str, organisation: str, begins: datetime, days: int, by: Any = None
) -> tuple[Any, Any]:
    """A certificate and its private key; a root without `by`, (root, its key)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key, is_root = ec.generate_private_key(ec.SECP256R1()), by is None
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:LONGEST]),
        ]
    )
    issuer, issuer_key = (subject, key) if is_root else (by[0].subject, by[1])
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(_usage(is_root), critical=True)
    )
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(own, False).add_extension(above, False)
    if not is_root:  # a use that C2PA's certificate profile allows
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(uses, False)
    return builder.sign(issuer_key, hashes.SHA256()), key


def _usage(is_root: bool) -> Any:
    """A root signs certificates, a leaf signs content."""
    from cryptography import x509

    rest = (
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(
        digital_signature=not is_root,
        key_cert_sign=is_root,
        crl_sign=is_root,
        **dict.fromkeys(rest, False),
    )


def _name(certificate: Any) -> str:
    from cryptography.x509.oid import NameOID

    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else ""


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _secret(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
