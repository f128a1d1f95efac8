"""`/v1/cases/{id}/actions` and `withdraw`: what a person does about a case that is open, or just has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from litestar import Controller, Response, post

from gateway.api.access import Call, backend_of, decided, entry_of, language_of, mine, principal_of
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import AnswerRequest, CaseView, PayRequest
from gateway.api.views import Views
from gateway.api.writes import Key, Write, again, check_version, etag, write
from gateway.auth import policy
from gateway.cases import actions, appointments
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
        self, request: Call, case_id: str, data: PayRequest, idempotency_key: Key = None
    ) -> Response[CaseView]:
        backend = backend_of(request)
        await mine(request, case_id)
        client = backend.clients.get(principal_of(request).client_id)
        if data.return_url and (client is None or not client.may_return_to(data.return_url)):
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
            async with backend.storage.transaction() as tx:
                await backend.office.cases.save(tx, case, [opened])
                await payments.announce(tx, case, which, oid)
                return await _done(write, tx, case, checkout)

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
        self, request: Call, case_id: str, data: AnswerRequest, idempotency_key: Key = None
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
        self, request: Call, case_id: str, action: str, data: AnswerRequest, idempotency_key: Key = None
    ) -> Response[CaseView]:
        backend, principal = backend_of(request), principal_of(request)
        await mine(request, case_id)
        if action not in _ANSWERS:
            raise Problem("action_not_supported")
        if action == "rate":
            with decided(entry_of(request)):
                policy.in_person(principal)
        _only(data, *_ANSWERS[action])
        given = actions.Answer(choice=data.choice, text=data.text.strip(), attachments=tuple(data.attachments))

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            personal = await backend.office.cases.personal(case)
            with _open_actions(), _options(request, "/choice"):
                answered = actions.answer(case, personal, ActionType(action), given)
            files = list(given.attachments)
            unknown = FieldError("/attachments", "attachment_unknown")
            async with backend.storage.transaction() as tx:
                attachments = backend.office.attachments
                missing = await attachments.missing(tx, files, client=principal.client_id, subject=principal.pseudonym)
                if missing or not await attachments.bind(tx, files, case.id):
                    raise Problem("form_invalid", errors=[unknown])
                reused = await attachments.reused(tx, files)
                await backend.office.cases.save(tx, case, [answered, *reused], personal)
                return await _done(write, tx, case)

        return await write(request, lambda held: again(held, work))

    @post(
        "/{case_id:str}/withdraw",
        operation_id="withdrawCase",
        summary="Take the case back",
        opt={"scope": "cases:write", "operation": "cases.withdraw", "agents": "mandate"},
        status_code=200,
    )
    async def withdraw(self, request: Call, case_id: str, idempotency_key: Key = None) -> Response[CaseView]:
        backend = backend_of(request)
        await mine(request, case_id)

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            try:
                events = await actions.withdraw(case, backend.office.portals)
            except actions.Ended as error:
                raise Problem("case_finished") from error
            except actions.TooLate as error:
                raise Problem("withdrawal_too_late") from error
            async with backend.storage.transaction() as tx:
                await backend.office.cases.save(tx, case, events)
                return await _done(write, tx, case)

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
        key = await desk.announce(case, wanted)
        entry_of(request).portal = wanted.portal
        made = await desk.book(case, wanted, key, budget=budget)
    except appointments.SlotTaken as error:
        raise Problem("slot_taken") from error
    while True:
        changed, events = await desk.reread(case.id, key, wanted, made)
        try:
            async with backend.storage.transaction() as tx:
                if events:
                    await backend.office.cases.save(tx, changed, events)
                return await _done(write, tx, changed)
        except Conflict:
            continue


async def _done(write: Write, tx: Any, case: Case, checkout: Checkout | None = None) -> Answer:
    views = Views(write.backend, language_of(write.request))
    return await write.finish(tx, 200, views.case(case, checkout), {"ETag": etag(case)})


_ANSWERS: Final = {
    "confirm": ("choice", "text"),
    "rate": ("choice",),
    "appeal": ("choice", "text"),
    "provide_document": ("attachments",),
}
"""What may be sent with each action."""


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
