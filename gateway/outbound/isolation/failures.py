"""Errors of the layers on their way into a connector's process, and a connector's own on their way out of it."""

from __future__ import annotations

import builtins
from typing import Final

import httpx

from gateway.outbound import errors
from gateway.outbound.error_type import seconds
from gateway.outbound.errors import CredentialsFailed, DeadlineExceeded, NotSent
from gateway.outbound.isolation.frames import TEXT_CHARACTERS, Failed, Raised

_MADE_WITH_A_TEXT: Final = (httpx.TransportError, httpx.InvalidURL, ArithmeticError, LookupError, RuntimeError,
                            AssertionError, AttributeError, TypeError, ValueError, OSError, SystemExit)  # fmt: skip


def failed(number: int, error: BaseException) -> Failed:
    """What the connector is told of a request that the layers failed. Texts of errors that are not httpx's stay here:
    they may tell what the process is not given."""
    return Failed(
        number,
        next((each.__name__ for each in type(error).__mro__ if _kind(each.__name__) is each), "RuntimeError"),
        text(str(error)) if isinstance(error, httpx.TransportError) else "",
        retry_after=seconds(getattr(error, "retry_after", None)),
        sent=getattr(error, "sent", True) is not False,
        denied=getattr(error, "denied", False) is True,
    )


def rebuilt(said: Failed | Raised) -> BaseException:
    """An error of the class that was named, or of the nearest that can be made here. What tells errors of one class
    apart is told too."""
    kind = _kind(said.kind) or RuntimeError
    message = said.message if isinstance(said, Failed) else "raised by the connector"
    if issubclass(kind, DeadlineExceeded):
        return kind(message, sent=said.sent)
    if issubclass(kind, CredentialsFailed):
        return kind(message, denied=said.denied)
    if issubclass(kind, NotSent):
        return kind(message, retry_after=said.retry_after)
    try:
        return kind(message)
    except TypeError:  # it is made of more than a text: `UnicodeDecodeError`
        return next(each for each in kind.__mro__ if each in _MADE_WITH_A_TEXT)(message)


def text(message: str, most: int = TEXT_CHARACTERS) -> str:
    """As much of it as is told, and as UTF-8 can say it."""
    return message[:most].encode("utf-8", "replace").decode("utf-8")


def _kind(name: str) -> type[BaseException] | None:
    for module in (errors, httpx, builtins):
        kind = getattr(module, name, None)
        if isinstance(kind, type) and issubclass(kind, _MADE_WITH_A_TEXT):
            return kind
    return None
