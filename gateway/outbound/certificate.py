"""Reads the gateway's own certificate for a portal, with clear errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from gateway.settings import Tls


class CertificateError(ValueError):
    """The settings' `tls` files do not make a certificate that can be used. The text names the setting and the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The certificate of `tls.cert`, and its private key."""

    certificate: x509.Certificate
    key: PrivateKeyTypes

    @property
    def ends(self) -> datetime:
        return self.certificate.not_valid_after_utc


def read_certificate(tls: Tls, *, now: datetime | None = None) -> Certificate:
    """Read `cert` and `key` and see that they belong together and are in force.

    `cert` may hold the chain, our own first; `key` empty means that it is in the same file. Raises `CertificateError`.
    """
    if not tls.cert:
        raise CertificateError(
            "tls.cert: not set; the portal wants a certificate of ours: name its PEM file, and tls.key"
        )
    if tls.ca:
        read_authorities(tls.ca)
    certificate = _certificate(tls.cert)
    key = _key(tls.key or tls.cert)
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*public) != certificate.public_key().public_bytes(*public):
        raise CertificateError(f"tls.key: {tls.key or tls.cert} is not the key of the certificate in {tls.cert}")
    now = now or datetime.now(UTC)
    if now > certificate.not_valid_after_utc:
        raise CertificateError(f"tls.cert: {tls.cert} ended on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if now < certificate.not_valid_before_utc:
        raise CertificateError(
            f"tls.cert: {tls.cert} is in force only from {certificate.not_valid_before_utc:%Y-%m-%d}"
        )
    return Certificate(certificate=certificate, key=key)


def read_authorities(path: str) -> list[x509.Certificate]:
    """The certificates of `tls.ca`. Raises `CertificateError`."""
    content = _bytes("tls.ca", path)
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise CertificateError(f"tls.ca: {path} holds no certificate in PEM") from error


def _certificate(path: str) -> x509.Certificate:
    content = _bytes("tls.cert", path)
    try:
        return x509.load_pem_x509_certificates(content)[0]
    except ValueError as error:
        raise CertificateError(f"tls.cert: {path} holds no certificate in PEM") from error


def _key(path: str) -> PrivateKeyTypes:
    content = _bytes("tls.key", path)
    try:
        return load_pem_private_key(content, None)
    except TypeError as error:
        raise CertificateError(f"tls.key: {path} is locked by a password; give the key without one") from error
    except ValueError as error:
        raise CertificateError(f"tls.key: {path} holds no private key in PEM") from error


def _bytes(setting: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CertificateError(f"{setting}: cannot read {path}: {error.strerror}") from error
