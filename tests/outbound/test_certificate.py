from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from gateway.outbound.certificate import CertificateError, read_certificate
from gateway.outbound.schemes import SchemeError, Setup
from gateway.sandbox.certificates import LIFE, provide
from gateway.settings import Tls


@pytest.fixture
def tls(tmp_path):
    return provide(tmp_path, ["one", "other"])


def test_a_certificate_is_read_with_its_key(tls):
    found = read_certificate(Tls(**tls["one"]))

    assert "OU=one" in found.certificate.subject.rfc4514_string()
    assert found.key.public_key() == found.certificate.public_key()
    assert found.ends - datetime.now(UTC) < LIFE


def test_certificate_and_key_may_share_a_file(tls, tmp_path):
    both = tmp_path / "both.pem"
    both.write_text("".join(Path(tls["one"][name]).read_text() for name in ("cert", "key")))
    assert "OU=one" in read_certificate(Tls(cert=str(both))).certificate.subject.rfc4514_string()


def test_a_scheme_gets_the_certificate_or_a_reason(tls):
    def setup(table):
        return Setup(table={}, secrets={}, options={}, base_url=None, send=None, tls=Tls(**table))

    assert "OU=one" in setup(tls["one"]).certificate().certificate.subject.rfc4514_string()
    with pytest.raises(SchemeError, match=r"tls\.cert: not set"):
        setup({}).certificate()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cert": ""}, r"tls\.cert: not set"),
        ({"cert": "/nowhere/a.pem"}, r"tls\.cert: cannot read /nowhere/a.pem: No such file"),
        ({"key": "/nowhere/a.key"}, r"tls\.key: cannot read /nowhere/a.key: No such file"),
        ({"ca": "/nowhere/ca.pem"}, r"tls\.ca: cannot read /nowhere/ca.pem: No such file"),
        ({"cert": "{key}"}, r"tls\.cert: .*one\.gateway\.key holds no certificate in PEM"),
        ({"key": "{cert}"}, r"tls\.key: .*one\.gateway\.pem holds no private key in PEM"),
        ({"ca": "{key}"}, r"tls\.ca: .*one\.gateway\.key holds no certificate in PEM"),
        ({"key": "{other}"}, r"tls\.key: .*other\.gateway\.key is not the key of the certificate in .*one\.gateway"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_setting(tls, change, said):
    names = {**tls["one"], "other": tls["other"]["key"]}
    given = tls["one"] | {name: path.format(**names) for name, path in change.items()}
    with pytest.raises(CertificateError, match=said):
        read_certificate(Tls(**given))


def test_a_locked_key_is_not_asked_for_its_password(tls, tmp_path):
    key = read_certificate(Tls(**tls["one"])).key
    locked = tmp_path / "locked.key"
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    with pytest.raises(CertificateError, match="locked by a password"):
        read_certificate(Tls(**tls["one"] | {"key": str(locked)}))


@pytest.mark.parametrize(
    ("later", "said"),
    [(LIFE + timedelta(days=1), "ended on"), (-timedelta(days=2), "is in force only from")],
)
def test_a_certificate_counts_in_its_time_only(tls, later, said):
    with pytest.raises(CertificateError, match=said):
        read_certificate(Tls(**tls["one"]), now=datetime.now(UTC) + later)
