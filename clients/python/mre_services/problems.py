"""What goes wrong, named by what to do about it."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx

PROBLEM: Final = "application/problem+json"
UNREADABLE: Final = "unreadable_answer"
"""`code` of an answer that is not the gateway's: a proxy's page, or half a text."""
_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class ServiceError(Exception):
    """Whatever a call of this client can fail with."""

    retry_safe: bool
    """Whether the very same request, with the same key, may be sent again."""
    retry_after: float | None
    """Seconds after which to do so, where the gateway said it."""
    idempotency_key: str | None
    """Of a write: given again, it is done once."""


class ApiProblem(ServiceError):
    """The gateway said no, in its own shape (RFC 9457), or something before it answered in its place."""

    def __init__(
        self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str], idempotency_key: str | None = None
    ) -> None:
        self.status = status
        self.problem = problem
        """All that was said."""
        self.headers = headers
        self.code: str = problem.get("code") or UNREADABLE
        """For programs. A newer gateway may have codes that this client has never heard of."""
        self.type: str = problem.get("type") or "about:blank"
        """Address of a page about it, for people."""
        self.title: str = problem.get("title") or ""
        self.detail: str = problem.get("detail") or ""
        """For the person, in her language."""
        self.remedy: str = problem.get("remedy") or ""
        """What to do about it, in her language."""
        self.origin: str = problem.get("origin") or ""
        """On whose side the fault is: client, gateway, connector, portal; empty where nobody said it."""
        self.errors: list[dict[str, Any]] = problem.get("errors") or []
        """What is wrong with which value: `pointer`, `code`, `message`, `allowed`."""
        self.call_id: str | None = problem.get("call_id") or headers.get("call-id")
        """Under this name the audit log knows the call."""
        self.retry_safe = bool(problem.get("retry_safe", False))
        self.retry_after = _seconds(headers.get("retry-after"))
        self.idempotency_key = idempotency_key
        super().__init__(status, self.code)

    def __str__(self) -> str:
        told = " ".join(each for each in (self.detail or self.title, self.remedy) if each)
        return f"{self.status} {self.code}{': ' + told if told else ''}{f' ({self.call_id})' if self.call_id else ''}"


class GatewayUnreachable(ServiceError):
    """No answer came. A write may have been done: the same call with `idempotency_key` finds out, and does it once."""

    retry_safe = True
    retry_after = None

    def __init__(self, attempts: int, idempotency_key: str | None) -> None:
        self.attempts = attempts
        self.idempotency_key = idempotency_key
        super().__init__(f"no answer from the gateway in {attempts} attempts")


def problem_of(response: httpx.Response, idempotency_key: str | None = None) -> ApiProblem:
    """What an answer says that is no success. Its body has been read."""
    problem: Any = None
    if response.headers.get("content-type", "").split(";")[0].strip().lower() == PROBLEM:
        try:
            problem = response.json()
        except ValueError:
            problem = None
    if not isinstance(problem, dict):
        problem = {"code": UNREADABLE, "retry_safe": response.status_code in _TRY_AGAIN}
    return ApiProblem(response.status_code, problem, response.headers, idempotency_key)


def _seconds(retry_after: str | None) -> float | None:
    """`Retry-After` as seconds; it may also be a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None
