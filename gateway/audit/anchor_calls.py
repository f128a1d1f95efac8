"""Requests to witnesses and timestamp authorities, and the verification of their answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import httpx
from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from gateway.audit import checkpoint, cosignature, note
from gateway.audit.anchored import Kind
from gateway.audit.checkpointer import Published
from gateway.audit.cosignature import WitnessKey
from gateway.audit.note import Note, NoteError, VerifierKey
from gateway.audit.witness import SIZE_TYPE, Submission, place_of
from gateway.settings import Audit, AuditWitness, SettingsError, TimestampAuthority

MOST_BYTES: Final = 131_072
"""Longer answers are not read."""
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")
_TURNS: Final = 4
"""How often a witness may name another size before we give up, because another process anchors too."""

Proof = Callable[[int, int], Awaitable[list[bytes]]]
"""`await proof(old, size)`: that the tree of `size` begins with that of `old`."""


class AnchorError(Exception):
    """The witness or authority refused or failed. The text says why, and quotes nothing of its answer."""


class Ahead(Exception):
    """The witness has cosigned more records of this log than there are in the checkpoint."""

    def __init__(self, size: int, statement: bytes) -> None:
        super().__init__(size)
        self.size = size
        self.statement = statement
        """The newest checkpoint that it cosigned, if it gave it; it has our signature."""


class Contradicted(Exception):
    """The witness has cosigned other records of this log than these."""

    def __init__(self, reason: str, statement: bytes) -> None:
        super().__init__(reason)
        self.statement = statement
        """The newest checkpoint that it cosigned, if it gave it: the evidence, where it bears our signature."""


class Call(Protocol):
    """One witness or authority."""

    kind: Kind
    name: str
    address: str
    """Scheme, host and port, for the log."""

    async def about(self, head: Published, known: int, proof: Proof) -> bytes:
        """The verified statement about this checkpoint. `known` is the size that it last spoke about. Raises
        `AnchorError` and `httpx.HTTPError`; a witness `Ahead` and `Contradicted` too."""
        ...


class WitnessCall:
    kind: Kind = "witness"

    def __init__(self, settings: AuditWitness, http: httpx.AsyncClient) -> None:
        try:
            self.key = WitnessKey.parse(settings.vkey)
        except NoteError as error:
            raise SettingsError(f"audit.witnesses: {error}") from error
        self.name = self.key.name
        self.address = _address(settings.url)
        self._url = settings.url.rstrip("/")
        self._monitoring_url = (settings.monitoring_url or settings.url).rstrip("/")
        self._http = http

    async def about(self, head: Published, known: int, proof: Proof) -> bytes:
        size, old = head.checkpoint.size, known
        for _ in range(_TURNS):
            body = bytes(Submission(old=old, proof=tuple(await proof(old, size)), note=head.note))
            status, kind, answer = await _read(self._http, "POST", f"{self._url}/add-checkpoint", content=body)
            if status == 200:
                return self._line(head, answer)
            if status == 409 and kind == SIZE_TYPE and (found := _SIZE.fullmatch(answer)):
                theirs = int(found[1])
                if theirs > size:
                    raise Ahead(theirs, await self.newest(head.checkpoint.origin))
                if theirs == old:
                    raise await self._contradicted(head, f"it has cosigned other {old} records of this log")
                old = theirs
            elif status == 422:
                said = f"it does not find that these records continue the {old} that it has cosigned"
                raise await self._contradicted(head, said)
            elif status in (403, 404):
                raise AnchorError("it does not know this log or its key")
            else:
                raise AnchorError(f"HTTP status {status}")
        raise AnchorError("its size changes with each answer")

    async def newest(self, origin: str) -> bytes:
        """Its newest checkpoint of this log, unverified; nothing if it serves none."""
        try:
            status, _, answer = await _read(self._http, "GET", f"{self._monitoring_url}/{place_of(origin)}")
        except (httpx.HTTPError, AnchorError):
            return b""
        return answer if status == 200 else b""

    async def _contradicted(self, head: Published, reason: str) -> Contradicted:
        return Contradicted(reason, await self.newest(head.checkpoint.origin))

    def believed(self, statement: bytes, keys: Sequence[VerifierKey]) -> int | None:
        """How many records a checkpoint with our signature and this witness's covers; None if it lacks one of them."""
        try:
            found = checkpoint.read(statement, keys, origin=keys[0].name)
            return found.size if cosignature.find(note.parse(statement), [self.key]) else None
        except NoteError:
            return None

    def _line(self, head: Published, answer: bytes) -> bytes:
        try:
            text = note.parse(head.note).text
            found = cosignature.find(Note(text=text, signatures=note.parse_signatures(answer)), [self.key])
        except NoteError as error:
            raise AnchorError(str(error)) from error
        if not found:
            raise AnchorError("it answers, but without a cosignature of its key")
        return found[0].signature.line().encode()


class AuthorityCall:
    kind: Kind = "timestamp"

    def __init__(self, settings: TimestampAuthority, http: httpx.AsyncClient) -> None:
        self.name = settings.name
        self.address = _address(settings.url)
        self._url = settings.url
        self._roots, self._between = _certificates(settings)
        self._http = http

    async def about(self, head: Published, known: int, proof: Proof) -> bytes:
        request = TimestampRequestBuilder().data(head.note).hash_algorithm(HashAlgorithm.SHA256).build()
        headers = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
        status, _, answer = await _read(self._http, "POST", self._url, content=request.as_bytes(), headers=headers)
        if status != 200:
            raise AnchorError(f"HTTP status {status}")
        builder = VerifierBuilder.from_request(request)
        for each in self._roots:
            builder = builder.add_root_certificate(each)
        for each in self._between:
            builder = builder.add_intermediate_certificate(each)
        try:
            builder.build().verify_message(decode_timestamp_response(answer), head.note)
        except VerificationError as error:
            raise AnchorError(f"its timestamp does not verify: {error}") from error
        except ValueError as error:
            raise AnchorError("its answer is not a timestamp response") from error
        return answer


def calls(settings: Audit, http: httpx.AsyncClient) -> list[Call]:
    """All configured witnesses and authorities. Raises `SettingsError` for a key or certificate that cannot be used."""
    found: list[Call] = [
        *(WitnessCall(each, http) for each in settings.witnesses),
        *(AuthorityCall(each, http) for each in settings.timestamp_authorities),
    ]
    if len({(each.kind, each.name) for each in found}) < len(found):
        raise SettingsError("audit: two witnesses or two timestamp authorities have the same name")
    return found


def _address(url: str) -> str:
    return "/".join(url.split("/")[:3])


def _certificates(settings: TimestampAuthority) -> tuple[list[Certificate], list[Certificate]]:
    """Roots, and those between."""
    where = f"audit.timestamp_authorities: {settings.certificate}"
    try:
        found = load_pem_x509_certificates(Path(settings.certificate).read_bytes())
    except OSError as error:
        raise SettingsError(f"{where} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"{where} holds no certificate in PEM form") from error
    roots = [each for each in found if each.issuer == each.subject]
    if not roots:
        raise SettingsError(f"{where} holds no root certificate: one that is its own issuer")
    return roots, [each for each in found if each.issuer != each.subject]


async def _read(
    http: httpx.AsyncClient, method: str, url: str, *, content: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str, bytes]:
    """Status, media type and body."""
    sent = {"accept-encoding": "identity", **(headers or {})}
    async with http.stream(method, url, content=content, headers=sent, follow_redirects=False) as response:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise AnchorError("its answer is compressed against our wish")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                raise AnchorError(f"its answer is longer than {MOST_BYTES} bytes")
    return response.status_code, response.headers.get("content-type", "").partition(";")[0].strip(), bytes(body)
