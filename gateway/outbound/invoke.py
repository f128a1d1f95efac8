"""How the gateway calls a connector: with a deadline, and with only three ways to fail."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import structlog

from gateway.async_tasks import ends_the_task
from gateway.audit.entry import Hop
from gateway.connectors import claims
from gateway.connectors.contract import (
    Connector,
    NotYet,
    Operation,
    P,
    PortalError,
    R,
    Refused,
    Unavailable,
    Unknown,
    operations,
)
from gateway.connectors.error_place import as_raised, place
from gateway.outbound import call_context
from gateway.outbound.call_context import OperationContext
from gateway.outbound.error_type import checked_error, seconds
from gateway.outbound.errors import (
    AnswerNotAuthentic,
    BreakerOpen,
    BulkheadFull,
    CertificateRefused,
    ConnectorStopped,
    CredentialsFailed,
    HostRefused,
    IsolatedFailure,
    NotPermitted,
    never_sent,
)
from gateway.outbound.page_address import page_problem
from gateway.outbound.portal_counts import PortalCounts
from gateway.outbound.result_type import WrongResult, checked, checked_as, progresses_of
from gateway.telemetry.metrics import portal_metrics

logger = structlog.get_logger(__name__)

_OUTCOMES: Final = ((Refused, "refused"), (Unavailable, "unavailable"), (Unknown, "unknown"))
_ODD: Final = ("portal_answer_unexpected", "portal_answer_not_authentic")
"""Codes of answers that could not be read. If only a value was unknown, it is `unknown_word`."""
_TELLING: Final = (*_ODD, "portal_denied_gateway")
"""Why an outcome is not known, to help the investigation."""
_WORDS_TOLD: Final = 8
"""Of one call: an answer may hold as many unknown words as bytes."""
_WORD_CHARACTERS: Final = 64

S = TypeVar("S")
T = TypeVar("T")
Permit = Callable[[], Awaitable[None]]
"""Called before each request that may change something; raises if the caller has lost the right."""


@dataclass(frozen=True, slots=True)
class Callee:
    """Which portal is called, and within which limits."""

    portal: str
    connector: Connector
    budget: float | None = None
    """Seconds for the whole operation; None: the portal's total time a request."""
    permit: Permit | None = None
    hops: list[Hop] | None = None
    """Where each attempt is recorded."""
    counts: PortalCounts | None = None
    """Where it is counted what came of the call."""
    answers: list[httpx.Response] | None = None
    """Where the answer to each request is kept."""
    pages: frozenset[str] | None = None
    """Origins to which the connector may send a person's browser; None: any."""
    isolated: bool = False
    """The connector's process has sent its results, each of which was read as its operation's type already."""


async def invoke(callee: Callee, operation: Operation[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call the connector's own method for this operation of the contract, `Filing.progress`.

    Exceptions of the permit are passed on, unless an earlier attempt may have arrived. `KeyError` for an operation that
    the connector does not have.

    Raises `Refused`, `Unavailable` or `Unknown` and nothing else, cancellation aside. What decides between the last
    two, for an operation that must not be repeated, is whether the portal may have acted: a request that was sent and
    not answered, an earlier request by an unsafe method that was not turned away, an answer 5xx, an answer that is not
    the portal's own.

    Codes besides those of the connector: `breaker_open`, `bulkhead_full`, `connector_overloaded`, `portal_unavailable`,
    `portal_timeout`, `portal_denied_gateway`, `portal_answer_unexpected`, `portal_answer_not_authentic`,
    `portal_host_refused`, `connector_failed` (it failed before it sent anything), `outcome_unknown`.
    """
    if operations(type(callee.connector)).get(operation.name) is not operation:
        raise KeyError(f"{callee.portal} has no operation {operation.name}")
    deadline = None if callee.budget is None else asyncio.get_running_loop().time() + callee.budget
    call = OperationContext(
        portal=callee.portal,
        operation=operation,
        deadline=deadline,
        permit=callee.permit,
        hops=callee.hops,
        answers=callee.answers,
    )
    token = call_context.current.set(call)
    started = time.perf_counter()
    outcome, code, odd = "cancelled", "", ""
    try:
        returned = await getattr(callee.connector, operation.name)(*args, **kwargs)
        result: R = returned if callee.isolated else checked(operation, returned)
        if not claims.kept(operation, args, result):
            raise Unavailable("portal_answer_unexpected")
        if problem := page_problem(result, callee.pages):
            logger.warning("card_page_refused", portal=callee.portal, operation=operation.name, reason=problem)
            raise Unavailable("portal_answer_unexpected")
        outcome = "ok"
        for word in unknown_words(result):
            odd = "unknown_word"
            _odd(call, word, odd)
        return result
    except BaseException as error:  # a connector's `KeyboardInterrupt` too: it would end the loop
        if ends_the_task(error):
            raise
        if isinstance(error, NotPermitted) and error.__cause__ is not None and not call.exposures:
            outcome = "not_permitted"
            raise error.__cause__ from None
        failure = _understand(error, call, type(callee.connector).__module__)
        failure.perhaps_done = call.exposures > 0
        code = _code(error) if isinstance(error, httpx.TransportError) else failure.code
        if code in _ODD:
            odd = code
            _odd(call, code, code)
        outcome = next(word for kind, word in _OUTCOMES if isinstance(failure, kind))
        if failure is error:
            raise
        raise failure from None  # the cause may quote personal data
    finally:
        call.ended = True
        call_context.current.reset(token)
        seconds = time.perf_counter() - started
        portal_metrics(callee.portal).operation(operation.name, outcome, seconds)
        if callee.counts is not None:
            _count(callee.counts, call, outcome, code, odd, seconds)


def invoke_plain(portal: str, function: Callable[[S], T], argument: S, kind: type[T]) -> T:
    """Call a plain function of the connector's, which returns a `kind`. Raises `Unavailable("connector_failed")` and
    nothing else."""
    try:
        return checked_as(kind, function(argument))
    except BaseException as error:
        _tell(error, portal, getattr(function, "__name__", ""), function.__module__)
        raise Unavailable("connector_failed") from None


def _count(counts: PortalCounts, call: OperationContext, outcome: str, code: str, odd: str, seconds: float) -> None:
    """Whatever fails here changes nothing of what came of the call."""
    try:
        counts.call(call.portal, call.operation.name, outcome, code, seconds)
        if call.answer is not None and (odd or outcome == "ok"):
            counts.answer(call.portal, call.operation.name, odd, call.answer)
    except Exception as error:  # its text may quote the answer
        logger.error("call_not_counted", portal=call.portal, operation=call.operation.name, error=type(error).__name__)


def _understand(error: BaseException, call: OperationContext, module: str) -> PortalError:
    repeatable = call.operation.repeatable
    if isinstance(error, PortalError):
        try:
            error = checked_error(error)
        except WrongResult as wrong:
            error = wrong
    if isinstance(error, Refused | Unknown):
        return error
    if isinstance(error, NotYet) and call.exposures <= 1:
        return error
    if isinstance(error, Unavailable):
        if repeatable or not call.exposures:
            return error
        return Unknown(error.code if error.code in _TELLING else "outcome_unknown", error.portal_message)
    if isinstance(error, httpx.TransportError):
        if repeatable or (never_sent(error) and not call.exposures):
            return Unavailable(_code(error), retry_after=seconds(getattr(error, "retry_after", None)))
        return Unknown()
    if isinstance(error, ConnectorStopped):  # told where it was noticed
        return Unavailable("connector_failed") if repeatable or not call.exposures else Unknown()
    _tell(error, call.portal, call.operation.name, module)
    if not call.attempts:
        return Unavailable("connector_failed")
    return (
        Unavailable("portal_answer_unexpected")
        if repeatable or not call.exposures
        else Unknown("portal_answer_unexpected")
    )


def _code(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return "portal_timeout"
    if isinstance(error, BreakerOpen | BulkheadFull):
        return error.word
    if isinstance(error, HostRefused):
        return "portal_host_refused"
    if isinstance(error, CertificateRefused) or (isinstance(error, CredentialsFailed) and error.denied):
        return "portal_denied_gateway"
    if isinstance(error, AnswerNotAuthentic):
        return "portal_answer_not_authentic"
    if isinstance(error, httpx.ProtocolError):
        return "portal_answer_unexpected"
    return "portal_unavailable"


def unknown_words(result: Any) -> list[str]:
    """Each kind of thing that the connector did not know of the answer, once: it warns by `code: value`, as often as
    the portal says such a thing, and the value may be personal."""
    found: dict[str, None] = {}
    for progress in progresses_of(result):
        for warning in progress.warnings:
            found.setdefault(warning[:_WORD_CHARACTERS].partition(":")[0].replace(" ", "_"))
            if len(found) == _WORDS_TOLD:
                return list(found)
    return list(found)


def _odd(call: OperationContext, code: str, kind: str) -> None:
    """Log that the portal may have changed, for the operator. The unknown value itself is never logged."""
    logger.warning("portal_answer_odd", portal=call.portal, operation=call.operation.name, code=code)
    portal_metrics(call.portal).odd(kind)


def _tell(error: BaseException, portal: str, operation: str, module: str) -> None:
    """The kind of the error, and its place: in the connector's folder, if it passed there. Never its text: it may quote
    the answer."""
    file = getattr(sys.modules.get(module), "__file__", None)
    found = place(error, Path(file).parent if file else None)
    location = f"{found[0].name}:{found[1]}" if found is not None else ""
    kind = type(as_raised(error)).__name__
    if isinstance(error, IsolatedFailure):
        kind, location = error.kind, error.location
    elif isinstance(error, WrongResult):
        location = error.location
    logger.error("connector_error", portal=portal, operation=operation, error=kind, location=location)
