"""WS-Security 1.1 with X.509 certificates on one SOAP 1.2 message: sign it, and check one that is signed.

Signed are the Body, the Timestamp, the certificate (a BinarySecurityToken) and, in an answer, the SignatureConfirmation
that repeats the request's signature (WSS 1.1 section 8.5) and so ties the answer to the request: an answer that was
recorded earlier, however authentic, confirms another signature. References are by `wsu:Id`, with exclusive
canonicalization. signxml does the signatures; this module decides which parts must be signed, by whom and when.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from gateway.foreign_text import base64_bytes, xsd_date_time
from gateway.safe_xml import Limits, XmlRefused, parse

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_X509V3: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
_BASE64: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

_ID: Final = f"{{{WSU}}}Id"
_ENVELOPE: Final = f"{{{SOAP}}}Envelope"
_HEADER: Final = f"{{{SOAP}}}Header"
_BODY: Final = f"{{{SOAP}}}Body"
_SECURITY: Final = f"{{{WSSE}}}Security"
_TOKEN: Final = f"{{{WSSE}}}BinarySecurityToken"
_TIMESTAMP: Final = f"{{{WSU}}}Timestamp"
_CONFIRMATION: Final = f"{{{WSSE11}}}SignatureConfirmation"
_SIGNATURE: Final = f"{{{DS}}}Signature"

_EXCLUSIVE: Final = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
_EXPECTED: Final = SignatureConfiguration(
    location=f"./{_HEADER}/{_SECURITY}/",
    expect_references=True,  # any number: which ones is checked here
    signature_methods=frozenset(
        {
            SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512,
            SignatureMethod.ECDSA_SHA256, SignatureMethod.ECDSA_SHA384, SignatureMethod.ECDSA_SHA512,
        }
    ),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}),
)  # fmt: skip

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class NotAuthentic(Exception):
    """`reason` is one of `not_readable`, `unsigned`, `bad_signature`, `not_all_signed`, `certificate_unknown`,
    `certificate_expired`, `certificate_of_another`, `too_old`, `too_new`, `answers_another_request`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signs."""

    key: PrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose signature is taken: a certificate under one of the authorities, made out to `signer` (a DNS name or the
    common name)."""

    authorities: tuple[x509.Certificate, ...]
    signer: str


def seal(
    content: bytes, identity: Identity, *, now: datetime, life: timedelta, confirms: str | None = None
) -> tuple[bytes, str]:
    """The envelope with a Security header in it, and the value of its signature.

    Every Id is new, so the same message signed twice never has the same signature. `confirms` is the signature of the
    request that this is the answer to. Raises `XmlRefused`, or `ValueError` if it is no envelope.
    """
    envelope = parse(content)
    body = envelope.find(_BODY)
    if envelope.tag != _ENVELOPE or body is None:
        raise ValueError("not a SOAP 1.2 envelope")
    header = envelope.find(_HEADER)
    if header is None:
        header = etree.Element(_HEADER)
        envelope.insert(0, header)
    names = {"wsse": WSSE, "wsu": WSU} | ({"wsse11": WSSE11} if confirms is not None else {})
    security = etree.SubElement(header, _SECURITY, {f"{{{SOAP}}}mustUnderstand": "true"}, nsmap=names)
    mark = secrets.token_hex(8)
    der = identity.certificate.public_bytes(Encoding.DER)
    token = etree.SubElement(security, _TOKEN, {"EncodingType": _BASE64, "ValueType": _X509V3})
    token.text = base64.b64encode(der).decode("ascii")
    timestamp = etree.SubElement(security, _TIMESTAMP)
    etree.SubElement(timestamp, f"{{{WSU}}}Created").text = _written(now)
    etree.SubElement(timestamp, f"{{{WSU}}}Expires").text = _written(now + life)
    signed = {"token": token, "time": timestamp, "body": body}
    if confirms is not None:
        signed["confirms"] = etree.SubElement(security, _CONFIRMATION, {"Value": confirms})
    for name, element in signed.items():
        element.set(_ID, f"{name}-{mark}")
    signature = _signer(identity.key).sign(
        envelope, key=identity.key, reference_uri=[f"#{name}-{mark}" for name in signed], key_info=_key_info(mark)
    )
    security.append(signature)
    value = signature.findtext(f"{{{DS}}}SignatureValue") or ""
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8"), value


def check(
    content: bytes, trust: Trust, *, now: datetime, window: timedelta, confirms: str, limits: Limits | None = None
) -> None:
    """Raises `NotAuthentic` unless the message is signed by `trust.signer`, all that counts is under the signature, it
    was made within `window` of `now`, and it answers the request whose signature was `confirms`."""
    try:
        envelope = parse(content, limits or Limits())
    except XmlRefused:
        raise NotAuthentic("not_readable") from None
    body, security = _only(envelope, _BODY), _only(_only(envelope, _HEADER), _SECURITY)
    token, timestamp = _only(security, _TOKEN), _only(security, _TIMESTAMP)
    _only(security, _SIGNATURE)
    certificate = _certificate(token, trust, now)
    try:
        verified = XMLVerifier().verify(content, x509_cert=certificate, expect_config=_EXPECTED)
    except (SignXMLException, etree.LxmlError, ValueError, UnsupportedAlgorithm):
        raise NotAuthentic("bad_signature") from None
    results = verified if isinstance(verified, list) else [verified]
    covered = {each.signed_xml.get(_ID) for each in results if each.signed_xml is not None}
    confirmations = security.findall(_CONFIRMATION)
    if not {each.get(_ID) for each in (body, token, timestamp, *confirmations)} <= covered - {None}:
        raise NotAuthentic("not_all_signed")
    _check_time(timestamp, now, window)
    if len(confirmations) != 1 or not _same(confirmations[0].get("Value") or "", confirms):
        raise NotAuthentic("answers_another_request")


def _same(one: str, other: str) -> bool:
    """The same signature, however its Base64 is written (`xs:base64Binary` may have white space anywhere)."""
    try:
        return base64_bytes(one, wrapped=True) == base64_bytes(other, wrapped=True)
    except ValueError:
        return one == other


def _only(parent: etree._Element, tag: str) -> etree._Element:
    """The one child with this tag: with two of them, one could be signed and the other read."""
    found = parent.findall(tag)
    if len(found) != 1:
        raise NotAuthentic("unsigned")
    return found[0]


def _certificate(token: etree._Element, trust: Trust, now: datetime) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(base64_bytes(token.text or "", wrapped=True))
    except ValueError:
        raise NotAuthentic("certificate_unknown") from None
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise NotAuthentic("certificate_expired")
    builder = verification.PolicyBuilder().store(verification.Store(list(trust.authorities))).time(now)
    builder = builder.extension_policies(
        ee_policy=verification.ExtensionPolicy.permit_all(),
        ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(),
    )
    try:
        builder.build_client_verifier().verify(certificate, [])
    except verification.VerificationError:
        raise NotAuthentic("certificate_unknown") from None
    if trust.signer not in names_of(certificate):
        raise NotAuthentic("certificate_of_another")
    return certificate


def names_of(certificate: x509.Certificate) -> set[str]:
    """DNS names and common name."""
    names = {str(each.value) for each in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)}
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return names
    return names | set(alternative.get_values_for_type(x509.DNSName))


def _check_time(timestamp: etree._Element, now: datetime, window: timedelta) -> None:
    created, expires = (_read(timestamp.findtext(f"{{{WSU}}}{name}")) for name in ("Created", "Expires"))
    if created > now + window:
        raise NotAuthentic("too_new")
    if created < now - window or expires < now - window:
        raise NotAuthentic("too_old")


def _read(text: str | None) -> datetime:
    try:
        return xsd_date_time(text or "")
    except ValueError:
        raise NotAuthentic("too_old") from None


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _signer(key: PrivateKey) -> XMLSigner:
    rsa_key = isinstance(key, rsa.RSAPrivateKey)
    algorithm = SignatureMethod.RSA_SHA256 if rsa_key else SignatureMethod.ECDSA_SHA256
    return XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=algorithm,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=_EXCLUSIVE,
    )


def _key_info(mark: str) -> etree._Element:
    """Where the certificate is: beside the signature, not in it."""
    key_info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    pointer = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse": WSSE})
    etree.SubElement(pointer, f"{{{WSSE}}}Reference", {"URI": f"#token-{mark}", "ValueType": _X509V3})
    return key_info
