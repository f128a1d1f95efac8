"""`/v1/cases/{id}/actions` and `withdraw`: what a person does about a case that is open, or just has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from litestar import Controller, Response, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from gateway import typed_text
from gateway.api.access import (
    Call,
    backend_of,
    decided,
    entry_of,
    language_of,
    mine,
    permitted,
    permitted_in,
    principal_of,
)
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import AnswerRequest, CaseView, PayRequest
from gateway.api.views import Views
from gateway.api.writes import Key, Write, again, check_version, etag, write
from gateway.auth import policy
from gateway.cases import actions, appointments, withdrawal
from gateway.cases.idempotency import Answer
from gateway.cases.model import ActionType, Case, Event
from gateway.cases.store import Conflict
from gateway.connectors.contract import Checkout


class ActionsController(Controller):
    path = "/v1/cases"
    tags = ("Cases",)

    @post(
        "/{case_id:str}/actions/pay",
        operation_id="payCase",
        summary="Open the card page for the fee",
        opt={"scope": "cases:write", "operation": "cases.pay"},
        status_code=200,
    )
    async def pay(
        self, request: Call, case_id: FromPath[str], data: JSONBody[PayRequest], idempotency_key: Key = None
    ) -> Response[CaseView]:
        backend = backend_of(request)
        await mine(request, case_id)
        client = backend.clients.get(principal_of(request).client_id)
        odd = not typed_text.acceptable(data.return_url) or typed_text.bare(data.return_url) != data.return_url
        if data.return_url and (odd or client is None or not client.may_return_to(data.return_url)):
            raise Problem("return_url_not_allowed")

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            with _open_actions():
                which = actions.charge_due(case)
            personal = await backend.office.cases.personal(case)
            payments = backend.office.payments
            oid, checkout = await payments.open_checkout(case, which, personal.contact, data.return_url)
            opened = Event(code="checkout_opened", portal=case.state.charges[which].portal)

            def keep(tx: Connection) -> Answer:
                backend.office.cases.save(tx, case, [opened])
                payments.announce(tx, case, which, oid)
                return _done(write, tx, case, checkout)

            return await write.commit(keep)

        return await write(request, lambda held: again(held, work))

    @post(
        "/{case_id:str}/actions/choose_slot",
        operation_id="chooseSlot",
        summary="Book an appointment, or move it",
        description="The slot is booked before the answer comes. If somebody was faster, the answer is 409 "
        "`slot_taken` and the action stays open. As long as the appointment has not begun, another slot replaces it.",
        opt={"scope": "cases:write", "operation": "cases.choose_slot", "agents": "mandate"},
        status_code=200,
    )
    async def choose_slot(
        self, request: Call, case_id: FromPath[str], data: JSONBody[AnswerRequest], idempotency_key: Key = None
    ) -> Response[CaseView]:
        await mine(request, case_id)
        _only(data, "slot", "post", "start")
        choice = appointments.Choice(slot=data.slot, post=data.post, start=data.start)
        if choice.start is not None and choice.start.tzinfo is None:
            raise Problem("form_invalid", errors=[FieldError("/start", "format")])

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            return await _book(write, case, choice)

        return await write(request, lambda held: again(held, work))

    @post(
        "/{case_id:str}/actions/{action:str}",
        operation_id="actOnCase",
        summary="Answer what the case asks",
        opt={"scope": "cases:write", "operation": "cases.act", "agents": "mandate"},
        status_code=200,
    )
    async def act(
        self,
        request: Call,
        case_id: FromPath[str],
        action: FromPath[str],
        data: JSONBody[AnswerRequest],
        idempotency_key: Key = None,
    ) -> Response[CaseView]:
        backend, principal = backend_of(request), principal_of(request)
        await mine(request, case_id)
        if action not in _ANSWERS:
            raise Problem("action_not_supported")
        if action == "rate":
            with decided(entry_of(request)):
                policy.in_person(principal)
        _only(data, *_ANSWERS[action])
        given = actions.Answer(
            choice=_typed(data.choice, "/choice", typed_text.number if action == "rate" else _as_sent),
            text=_typed(data.text, "/text", typed_text.clean),
            attachments=tuple(data.attachments),
        )

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            personal = await backend.office.cases.personal(case)
            with _open_actions(), _options(request, "/choice"):
                answered = actions.answer(case, personal, ActionType(action), given)
            files = list(given.attachments)
            unknown = FieldError("/attachments", "attachment_unknown")

            def keep(tx: Connection) -> Answer:
                attachments = backend.office.attachments
                missing = attachments.missing(tx, files, client=principal.client_id, subject=principal.pseudonym)
                if missing or not attachments.bind(tx, files, case.id):
                    raise Problem("form_invalid", errors=[unknown])
                reused = attachments.reused(tx, files)
                backend.office.cases.save(tx, case, [answered, *reused], personal)
                return _done(write, tx, case)

            return await write.commit(keep)

        return await write(request, lambda held: again(held, work), at_once=True)

    @post(
        "/{case_id:str}/withdraw",
        operation_id="withdrawCase",
        summary="Take the case back",
        opt={"scope": "cases:write", "operation": "cases.withdraw", "agents": "mandate"},
        status_code=200,
    )
    async def withdraw(self, request: Call, case_id: FromPath[str], idempotency_key: Key = None) -> Response[CaseView]:
        backend = backend_of(request)
        await mine(request, case_id)

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            cases, portals = backend.office.cases, backend.office.portals
            with _withdrawable():
                events = withdrawal.bind(case, backend.settings.journeys.lease_seconds)
            if events is not None:

                def keep(tx: Connection) -> Answer | None:
                    permitted_in(tx, request)
                    cases.save(tx, case, events)
                    return _done(write, tx, case) if case.state.withdrawing is None else None

                if (answer := await backend.storage.run_write(keep)) is not None:
                    return answer
            if case.state.withdrawing is not None:
                with _withdrawable():
                    case = await withdrawal.take_back(cases, portals, case, lambda: permitted(request))
            return await write.commit(lambda tx: _done(write, tx, case, at_portal=True))

        return await write(request, lambda held: again(held, work))


async def _book(write: Write, case: Case, choice: appointments.Choice) -> Answer:
    """Announce, book, keep. What happens in between is settled by the journey, should this call not come to its end."""
    backend, request = write.backend, write.request
    desk, budget = backend.office.appointments, backend.settings.server.call_seconds
    service = backend.office.catalogue.service(case.service)
    with _open_actions():
        appointments.may_book(case)
    if service is None:
        raise Problem("service_not_found")
    if desk.counter(service) is None:
        raise Problem("capability_missing", portal=service.plugin)
    try:
        with _options(request, "/post"):
            form = (await backend.office.cases.personal(case)).form
            wanted = await desk.find(case, service, form, choice, budget)
        key = await desk.announce(case, wanted, lambda tx: permitted_in(tx, request))
        entry_of(request).portal = wanted.portal
        made = await desk.book(case, wanted, key, lambda: permitted(request), budget=budget)
    except appointments.SlotTaken as error:
        raise Problem("slot_taken") from error
    while True:
        changed, events = await desk.reread(case.id, key, wanted, made)
        try:
            if events:  # in a transaction of its own: what the portal has booked is kept whatever becomes of the answer
                await backend.storage.run_write(partial(backend.office.cases.save, case=changed, events=events))
        except Conflict:
            continue
        return await write.commit(partial(_done, write, case=changed, at_portal=True))


def _done(
    write: Write, tx: Connection, case: Case, checkout: Checkout | None = None, *, at_portal: bool = False
) -> Answer:
    """`at_portal`: a portal has done its part and it is kept, so that the answer says so whatever else has changed."""
    views = Views(write.backend, language_of(write.request))
    return write.finish(tx, 200, views.case(case, checkout), {"ETag": etag(case)}, at_portal=at_portal)


@contextmanager
def _withdrawable() -> Iterator[None]:
    try:
        yield
    except actions.Ended as error:
        raise Problem("case_finished") from error
    except actions.TooLate as error:
        raise Problem("withdrawal_too_late") from error


_ANSWERS: Final = {
    "confirm": ("choice", "text"),
    "rate": ("choice",),
    "appeal": ("choice", "text"),
    "provide_document": ("attachments",),
}
"""What may be sent with each action."""


def _typed(text: str, pointer: str, rule: Callable[[str], str]) -> str:
    """By the one rule of typed text."""
    if not typed_text.acceptable(text):
        raise Problem("form_invalid", errors=[FieldError(pointer, "text")])
    return rule(text)


def _as_sent(option: str) -> str:
    """A score may be typed; the other options are words that a program was told and sends back. What is nearly one of
    them is refused: a choice cannot be taken back, and it may move money."""
    return option


def _only(data: AnswerRequest, *members: str) -> None:
    given = {name for name in data.__struct_fields__ if getattr(data, name)}
    if foreign := given.difference(members):
        raise Problem(
            "form_invalid", errors=[FieldError(f"/{name}", "additionalProperties") for name in sorted(foreign)]
        )
    needed = {"attachments", "slot"}.intersection(members)
    if missing := needed - given:
        raise Problem("form_invalid", errors=[FieldError(f"/{name}", "required") for name in sorted(missing)])
    if len(set(data.attachments)) < len(data.attachments):
        raise Problem("form_invalid", errors=[FieldError("/attachments", "uniqueItems")])


@contextmanager
def _open_actions() -> Iterator[None]:
    try:
        yield
    except actions.Ended as error:
        raise Problem("case_finished") from error
    except (actions.NotOpen, actions.Busy) as error:
        raise Problem("action_not_open") from error


@contextmanager
def _options(request: Call, pointer: str) -> Iterator[None]:
    try:
        yield
    except actions.NotAnOption as error:
        allowed = ", ".join(error.options)
        detail = backend_of(request).messages.translate("form.enum", language_of(request), allowed=allowed)
        raise Problem("form_invalid", errors=[FieldError(pointer, "enum", detail)]) from error
