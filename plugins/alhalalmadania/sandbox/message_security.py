"""WS-Security at the sandbox's door. Written apart from the gateway's scheme, so that a slip in one shows in the other.

Accepted is a message of the gateway, signed with the certificate that both sides agreed on: Body, Timestamp and token
under the signature, not older or newer than `WINDOW`, and not seen before. Every answer is signed by the portal and
repeats the signature of the request (WSS 1.1, SignatureConfirmation).

The time here is the real one: the sandbox's clock may run a thousand times faster than the gateway's.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from lxml.builder import ElementMaker
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import InvalidCertificate, SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from gateway.sandbox.authoring import SandboxContext

from .intake import Objection

WINDOW: Final = timedelta(seconds=120)

NS: Final = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsse11": "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
X509V3: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
ID: Final = f"{{{NS['wsu']}}}Id"
SIGNATURE: Final = "s:Header/wsse:Security/ds:Signature/ds:SignatureValue"

S = ElementMaker(namespace=NS["s"], nsmap=NS)
WSSE = ElementMaker(namespace=NS["wsse"], nsmap=NS)
WSSE11 = ElementMaker(namespace=NS["wsse11"], nsmap=NS)
WSU = ElementMaker(namespace=NS["wsu"], nsmap=NS)
DS = ElementMaker(namespace=NS["ds"], nsmap=NS)


class MessageSecurity:
    def __init__(self, context: SandboxContext, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        if context.certificates is None:
            raise ValueError("the stand-in has no certificate")
        self._certificates = context.certificates
        self._now = now
        self._context = context
        self._seen = context.table("signatures")

    def admit(self, envelope: etree._Element) -> None:
        """Raises `Objection` with a fault code of WSS 1.1, section 12."""
        parts = [
            one(envelope, path)
            for path in (
                "s:Body",
                "s:Header/wsse:Security/wsu:Timestamp",
                "s:Header/wsse:Security/wsse:BinarySecurityToken",
            )
        ]
        if any(part is None for part in parts) or one(envelope, SIGNATURE) is None:
            raise denied("InvalidSecurity", "message_non_signe", "Le message n'est pas signé.")
        body, timestamp, token = parts
        agreed = x509.load_pem_x509_certificate(self._certificates.gateway.read_bytes())
        if (token.text or "").strip() != base64.b64encode(agreed.public_bytes(Encoding.DER)).decode():
            raise denied("FailedAuthentication", "certificat_inconnu", "Certificat inconnu.")
        try:
            verified: Any = XMLVerifier().verify(
                envelope,
                x509_cert=agreed,
                expect_config=SignatureConfiguration(
                    location=f"./{{{NS['s']}}}Header/{{{NS['wsse']}}}Security/",
                    expect_references=3,
                    verification_time=self._now(),
                ),
            )
        except InvalidCertificate as error:
            raise denied("InvalidSecurityToken", "certificat_expire", "Certificat expiré.") from error
        except (SignXMLException, etree.LxmlError, ValueError) as error:
            raise denied("FailedCheck", "signature_invalide", "La signature n'est pas valable.") from error
        signed = {each.signed_xml.get(ID) for each in verified if each.signed_xml is not None}
        if signed != {part.get(ID) for part in (body, timestamp, token)}:
            raise denied("FailedCheck", "signature_incomplete", "La signature ne couvre pas tout le message.")
        created = datetime.fromisoformat(timestamp.findtext("wsu:Created", "", NS))
        if abs(created - self._now()) > WINDOW:
            raise denied("MessageExpired", "message_perime", "L'heure du message est trop loin de la nôtre.")
        self._remember(confirmed(envelope))

    def sign(self, answer: etree._Element, confirms: str) -> bytes:
        """The signed envelope around `answer`, which is what the Body contains."""
        now, id = self._now(), uuid.uuid4().hex
        certificate = x509.load_pem_x509_certificate(self._certificates.own.cert.read_bytes())
        names = ("corps", "heure", "jeton", "confirmation")
        body = S.Body(answer, {ID: f"corps-{id}"})
        security = WSSE.Security(
            {f"{{{NS['s']}}}mustUnderstand": "true"},
            WSU.Timestamp(
                {ID: f"heure-{id}"},
                WSU.Created(now.isoformat()),
                WSU.Expires((now + WINDOW).isoformat()),
            ),
            WSSE.BinarySecurityToken(
                base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
                {ID: f"jeton-{id}", "ValueType": X509V3},
            ),
            WSSE11.SignatureConfirmation({ID: f"confirmation-{id}", "Value": confirms}),
        )
        envelope = S.Envelope(S.Header(security), body)
        signer = XMLSigner(
            method=SignatureConstructionMethod.detached,
            signature_algorithm=SignatureMethod.ECDSA_SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        signature = signer.sign(
            envelope,
            key=load_pem_private_key(self._certificates.own.key.read_bytes(), None),  # type: ignore[arg-type] # P-256
            reference_uri=[f"#{name}-{id}" for name in names],
            key_info=DS.KeyInfo(
                WSSE.SecurityTokenReference(WSSE.Reference({"URI": f"#jeton-{id}", "ValueType": X509V3}))
            ),
        )
        security.append(signature)
        return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")

    def _remember(self, signature: str) -> None:
        """Each message once: its signature is unique, since its Ids are."""
        key, now = hashlib.sha256(signature.encode()).hexdigest(), self._now()
        with self._context.store.transaction():
            self._seen.drop_while(lambda old: datetime.fromisoformat(old["until"]) < now)
            if self._seen.get(key) is not None:
                raise denied("InvalidSecurity", "message_rejoue", "Ce message a déjà été reçu.")
            self._seen.put(key, {"until": (now + 2 * WINDOW).isoformat()})


def one(envelope: etree._Element, path: str) -> Any:
    found = envelope.findall(path, NS)
    return found[0] if len(found) == 1 else None


def confirmed(envelope: etree._Element) -> str:
    """The request's signature, for the answer to repeat."""
    return envelope.findtext(SIGNATURE, "", NS) or ""


def denied(subcode: str, word: str, message: str) -> Objection:
    return Objection(word, message, subcode=subcode)
