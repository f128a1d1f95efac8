"""Errors on the way to a portal, as httpx errors. Each says whether the portal may have got the request."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

import httpx


class NotSent(httpx.TransportError):
    """The request was never sent: repeating it is always safe."""

    word: ClassVar[str] = "not_sent"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which a new attempt makes sense."""


class BreakerOpen(NotSent):
    """The portal failed too often lately; it gets no calls for `retry_after` seconds."""

    word = "breaker_open"


class BulkheadFull(NotSent):
    """Too many calls to this portal are under way already."""

    word = "bulkhead_full"


class ConnectorOverloaded(BulkheadFull):
    """...and most of them are the connector's own doing: one operation's, or left over from operations that ended."""

    word = "connector_overloaded"


class HostRefused(NotSent):
    """The address is not one that the portal declared."""

    word = "host_refused"


class CredentialsFailed(NotSent):
    """The portal gave us no token. `denied`: it refused our credentials, so asking again is of no use."""

    word = "credentials_failed"

    def __init__(self, message: str, *, denied: bool = False) -> None:
        super().__init__(message)
        self.denied = denied


class NotPermitted(NotSent):
    """The caller has lost the right to make this request. The cause says why."""

    word = "not_permitted"


class CertificateRefused(NotSent):
    """The portal ended the TLS handshake because of our certificate, or because we showed none. With TLS 1.3 that
    comes after we may have begun to send, and still before the portal reads any of it (RFC 8446 section 4.4)."""

    word = "certificate_refused"


class DeadlineExceeded(httpx.TimeoutException):
    """The time for the call is over. `sent`: a request was on its way or with the portal then."""

    word: ClassVar[str] = "deadline"

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class AnswerTooLarge(httpx.RemoteProtocolError):
    """The answer, as sent or once decompressed, is over the limit. The same request would get the same answer."""

    word: ClassVar[str] = "answer_too_large"


class AnswerEncoded(httpx.RemoteProtocolError):
    """The answer has a content coding that we did not ask for and do not undo."""

    word: ClassVar[str] = "answer_encoded"


class AnswerNotAuthentic(httpx.RemoteProtocolError):
    """The answer is not signed by the portal, not lately, or not as the answer to this request. Its content is ignored,
    and it is unknown whether the portal has done anything."""

    word: ClassVar[str] = "answer_not_authentic"


class ConnectorStopped(Exception):
    """The connector's own process was ended, or ended itself, during the call. `slow`: the call alone was ended."""

    def __init__(self, portal: str, *, slow: bool = False) -> None:
        super().__init__(portal)
        self.slow = slow


class IsolatedFailure(Exception):
    """The connector failed in its own process: the kind of its error, and the place, `connector.py:12`."""

    def __init__(self, kind: str, location: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.location = location


_WORDS: Final = (
    ((httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout), "connect_failed"),
    (httpx.TimeoutException, "timeout"),
    (httpx.NetworkError, "reset"),
    (httpx.ProtocolError, "protocol_error"),
    (asyncio.CancelledError, "cancelled"),
)


def word_for(error: BaseException) -> str:
    """The stable word for a failed attempt, from a closed set: it is a metric label and stands in the audit."""
    word = getattr(error, "word", None)
    if isinstance(word, str):
        return word
    return next((word for kinds, word in _WORDS if isinstance(error, kinds)), "failed")


def never_sent(error: BaseException) -> bool:
    """True if the portal surely did not get the request. False means that it may have."""
    if isinstance(error, DeadlineExceeded):
        return not error.sent
    return isinstance(error, NotSent | httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
