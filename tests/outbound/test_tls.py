"""Mutual TLS and the portal's own certificate authority."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Thread

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.outbound.errors import CertificateRefused
from tests.outbound.raw import READING, WRITING, RawPortal, during


def usage(*, ca):
    """Python 3.13 reads certificates by RFC 5280 to the letter: key usage and both key identifiers are asked for."""
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
    only = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **only)


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.path = self._write(f"{name}.pem", self._certificate(self.subject, self.key.public_key(), ca=True))

    def issue(self, name):
        """Paths of a certificate for 127.0.0.1 and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = self._certificate(subject, key.public_key(), ca=False)
        return self._write(f"{self.name}-{name}.pem", certificate), self._write(f"{self.name}-{name}.key", pem)

    def _certificate(self, subject, public, *, ca):
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(usage(ca=ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
            )
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path, "agency")


@pytest.fixture
async def portal(listen, authority):
    """A portal that wants to see a certificate of the same authority."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.path)
    server.load_cert_chain(*authority.issue("portal"))
    server.verify_mode = ssl.CERT_REQUIRED
    double = RawPortal()
    double.url = await listen(double.handle, server)
    return double


async def test_certificates_pass_a_strict_reader(portal, client_to, authority, monkeypatch):
    """As Python 3.13 reads them by default, on every Python."""
    made = ssl.create_default_context

    def strict(*words, **more):
        context = made(*words, **more)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    cert, key = authority.issue("gateway")
    portal_client = client_to(portal.url, tls={"ca": authority.path, "cert": cert, "key": key})
    assert (await portal_client.client.get("/x")).status_code == 200


async def test_both_sides_prove_who_they_are(portal, client_to, authority):
    cert, key = authority.issue("gateway")
    portal_client = client_to(portal.url, tls={"ca": authority.path, "cert": cert, "key": key})
    assert (await portal_client.client.get("/x")).status_code == 200


async def test_without_our_certificate_the_portal_hangs_up(portal, client_to, authority):
    portal_client = client_to(portal.url, tls={"ca": authority.path})
    with during(READING), pytest.raises(httpx.TransportError):
        await portal_client.client.get("/x")
    assert portal.seen == []


async def test_a_portal_of_another_authority_is_not_talked_to(portal, client_to, authority, tmp_path):
    cert, key = authority.issue("gateway")
    stranger = Authority(tmp_path, "stranger")
    portal_client = client_to(portal.url, tls={"ca": stranger.path, "cert": cert, "key": key})
    with during(READING) as call, pytest.raises(httpx.ConnectError):
        await portal_client.client.post("/x")
    assert (portal.seen, call.exposures) == ([], 0)


async def test_the_systems_authorities_count_when_none_is_given(portal, client_to):
    with during(READING), pytest.raises(httpx.ConnectError):
        await client_to(portal.url).client.get("/x")


def test_unusable_files_are_found_at_the_start(client_to, tmp_path):
    with pytest.raises(OSError, match="No such file"):
        client_to("https://127.0.0.1:1", tls={"ca": str(tmp_path / "missing.pem")})


class Refusing:
    """A blocking TLS server that wants a certificate: unlike asyncio it sends the alert that says why it hangs up."""

    def __init__(self, authority, version):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.path)
        context.load_cert_chain(*authority.issue("refusing"))
        context.verify_mode = ssl.CERT_REQUIRED
        context.minimum_version = context.maximum_version = version
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        self.connections = 0
        Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            with connection.dup() as held:  # a failed handshake closes the other one
                with suppress(ssl.SSLError):
                    self._context.wrap_socket(connection, server_side=True)
                held.shutdown(socket.SHUT_WR)  # the client reads the alert before it learns of the end
                while held.recv(4096):
                    pass

    def close(self):
        self._listening.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=str)
@pytest.mark.parametrize("shown", ["none", "stranger"])
async def test_a_refused_certificate_is_not_a_lost_answer(client_to, authority, tmp_path, version, shown):
    tls = {"ca": authority.path}
    if shown == "stranger":
        tls["cert"], tls["key"] = Authority(tmp_path, "stranger").issue("gateway")
    portal = Refusing(authority, version)
    portal_client = client_to(portal.url, tls=tls)
    with during(WRITING) as call, pytest.raises(CertificateRefused):
        await portal_client.client.post("/orders", content=b"{}")
    portal.close()
    assert (call.exposures, portal.connections) == (0, 1)
    assert portal_client.state == "up"


def test_a_missing_file_is_named(client_to, tmp_path):
    with pytest.raises(OSError, match=r"mine\.pem"):
        client_to("https://127.0.0.1:1", tls={"cert": str(tmp_path / "mine.pem")})
