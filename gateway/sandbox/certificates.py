"""The demo's certificates: an authority of its own in the state folder, and what it issues.

`ca` signs everything; `host` is the sandbox host's, shown on its TLS port; and each portal whose manifest asks for a
certificate has two: `<portal>.gateway`, by which the gateway proves who it is, and `<portal>.portal`, the stand-in's
own. A production gateway has certificates of a real authority and nothing of this.

The keys are on the curve P-256, which every TLS library knows and which XML Signature 1.1 (section 6.4.3) requires.
"""

from __future__ import annotations

import ipaddress
import secrets
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER: Final = "certificates"
AUTHORITY_LIFE: Final = timedelta(days=365)
LIFE: Final = timedelta(days=90)
RENEWED_WITHIN: Final = timedelta(days=30)
"""One that ends sooner than this is made anew by `prepare`."""
GATEWAY_NAME: Final = "mre-gateway"
"""Common name of the gateway's certificates; the organisational unit is the portal."""
_CLOCKS_APART: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """PEM files of a certificate and of its key."""

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Certificates of a sandbox: its own, the authority's, and the gateway's, by which it recognises the gateway."""

    ca: Path
    own: Pair
    gateway: Path


class Authority:
    """Issues into `folder`. Making it makes or renews the authority itself, and then everything it ever issued."""

    def __init__(self, folder: Path, *, now: datetime | None = None) -> None:
        self._folder = folder
        self._now = now or datetime.now(UTC)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        pair = pair_in(folder, "ca")
        if not self._lasts(pair, LIFE):  # it outlives what it issues
            for old in folder.glob("*.pem"):
                old.unlink()
            key = ec.generate_private_key(ec.SECP256R1())
            name = _name("MRE Gateway demo authority")
            self._keep(pair, key, self._built(name, name, key, key, AUTHORITY_LIFE, ca=True))
        self._certificate = x509.load_pem_x509_certificate(pair.cert.read_bytes())
        self._key = _private(pair)

    def issue(self, file: str, common_name: str, unit: str = "", *, server: bool = False) -> Pair:
        """The pair `<file>.pem` and `<file>.key`; one that is there and lasts is kept. `server`: for the loopback."""
        pair = pair_in(self._folder, file)
        if not self._lasts(pair, RENEWED_WITHIN):
            key = ec.generate_private_key(ec.SECP256R1())
            subject = _name(common_name, unit)
            issuer = self._certificate.subject
            self._keep(pair, key, self._built(subject, issuer, key, self._key, LIFE, server=server))
        return pair

    def _lasts(self, pair: Pair, spare: timedelta) -> bool:
        if not (pair.cert.exists() and pair.key.exists()):
            return False
        ends = x509.load_pem_x509_certificate(pair.cert.read_bytes()).not_valid_after_utc
        return ends - self._now > spare

    def _built(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        signing: ec.EllipticCurvePrivateKey,
        life: timedelta,
        *,
        ca: bool = False,
        server: bool = False,
    ) -> x509.Certificate:
        public = key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _CLOCKS_APART)
            .not_valid_after(self._now + life)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
            .add_extension(_usage(ca=ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
            )
        )  # fmt: skip
        if not ca:
            purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        if server:
            loopback = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
            builder = builder.add_extension(x509.SubjectAlternativeName(loopback), critical=False)
        return builder.sign(signing, hashes.SHA256())

    def _keep(self, pair: Pair, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pair.cert.unlink(missing_ok=True)  # never a new key beside an old certificate
        _write_private(pair.key, private)
        _write_private(pair.cert, certificate.public_bytes(Encoding.PEM))


def provide(state_dir: Path, portals: Iterable[str]) -> dict[str, dict[str, str]]:
    """Make or renew what these portals need; nothing is made for none. By portal, what belongs into its `tls` table of
    the settings: `ca`, `cert`, `key`."""
    wanted = list(portals)
    if not wanted:
        return {}
    authority = Authority(state_dir / FOLDER)
    authority.issue("host", "sandbox", server=True)
    tables = {}
    for portal in wanted:
        authority.issue(f"{portal}.portal", portal)
        ours = authority.issue(f"{portal}.gateway", GATEWAY_NAME, portal)
        tables[portal] = {"ca": str(authority_file(state_dir)), "cert": str(ours.cert), "key": str(ours.key)}
    return tables


def authority_file(state_dir: Path) -> Path:
    return pair_in(state_dir / FOLDER, "ca").cert


def certificates_of(state_dir: Path, portal: str) -> Certificates:
    """Raises `FileNotFoundError` where `provide` never was."""
    folder = state_dir / FOLDER
    found = Certificates(
        ca=authority_file(state_dir),
        own=pair_in(folder, f"{portal}.portal"),
        gateway=pair_in(folder, f"{portal}.gateway").cert,
    )
    for path in (found.ca, found.own.cert, found.own.key, found.gateway):
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there: `mre-gateway demo` and `mre-gateway sandbox` make it")
    return found


def listening_context(state_dir: Path) -> ssl.SSLContext:
    """For the sandbox host's TLS port: nobody comes in without a certificate of the demo's authority."""
    pair = pair_in(state_dir / FOLDER, "host")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority_file(state_dir))
    # asyncio swallows the alert that says why a handshake failed. In TLS 1.2 the client then still knows that it was
    # the handshake; in TLS 1.3 it believes to be through, and cannot tell a refusal from a lost answer.
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(pair.cert, pair.key)
    return context


def server_context(state_dir: Path) -> ssl.SSLContext | None:
    """For the sandbox host where it asks nobody for a certificate; None where `provide` never was."""
    pair = pair_in(state_dir / FOLDER, "host")
    if not pair.cert.exists():
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    return context


def pair_in(folder: Path, file: str) -> Pair:
    return Pair(cert=folder / f"{file}.pem", key=folder / f"{file}.key")


def _name(common: str, unit: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Demo, worth nothing")]
    if unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _private(pair: Pair) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pair.key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # this module made it
    return key


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)
