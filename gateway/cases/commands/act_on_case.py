"""Reply to an action of a case: confirm, rate, appeal, hand in a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from gateway import typed_text
from gateway.auth import policy
from gateway.cases import actions
from gateway.cases.attachments import Attachments
from gateway.cases.commands.action_input import ActionInput
from gateway.cases.commands.caller import deciding
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.forms import FormError
from gateway.cases.idempotency import StoredResponse
from gateway.cases.intake import Invalid
from gateway.cases.model import Case
from gateway.cases.state import ActionType
from gateway.cases.store import Cases

_MEMBERS: Final[Mapping[ActionType, tuple[str, ...]]] = {
    ActionType.CONFIRM: ("choice", "text"),
    ActionType.RATE: ("choice",),
    ActionType.APPEAL: ("choice", "text"),
    ActionType.PROVIDE_DOCUMENT: ("attachments",),
}
"""What may be sent with each action. Paying and choosing a slot are use cases of their own."""


class ActionNotSupported(Exception):
    """No such action exists, or it is not answered by this route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOnCase:
    writes: IdempotentWrites
    access: CaseAccess
    cases: Cases
    attachments: Attachments

    async def run(
        self, request: WriteRequest, case_id: str, action: str, given: ActionInput, present: Presenter[Case]
    ) -> Written:
        """Raises `CaseNotFound`, `ActionNotSupported`, `Invalid`, `Ended`, `NotOpen`, `NotAnOption`, `Denied`, and as
        `IdempotentWrites.run`."""
        await self.access.find(request.caller, case_id)
        if action not in _MEMBERS:
            raise ActionNotSupported(action)
        kind = ActionType(action)
        if kind is ActionType.RATE:
            with deciding(request.caller.entry):
                policy.in_person(request.caller.principal)
        given.allow_only(*_MEMBERS[kind])
        answer = actions.ActionReply(
            choice=_typed(given.choice, "/choice", typed_text.number if kind is ActionType.RATE else _as_sent),
            text=_typed(given.text, "/text", typed_text.clean),
            attachments=given.attachments,
        )
        work = partial(self._reply, request=request, case_id=case_id, kind=kind, answer=answer, present=present)
        return await self.writes.run(request, work)

    async def _reply(
        self,
        unit: UnitOfWork,
        *,
        request: WriteRequest,
        case_id: str,
        kind: ActionType,
        answer: actions.ActionReply,
        present: Presenter[Case],
    ) -> StoredResponse:
        case = await self.access.find_to_change(unit.caller, case_id)
        request.check_version(case)
        personal = await self.cases.personal(case)
        answered = actions.answer(case, personal, kind, answer)
        files, principal = list(answer.attachments), unit.caller.principal

        def keep(tx: Connection) -> Case:
            held = self.attachments
            missing = held.missing(tx, files, client=principal.client_id, subject=principal.pseudonym)
            if missing or not held.bind(tx, files, case.id):
                raise Invalid([FormError("/attachments", "attachment_unknown")])
            self.cases.save(tx, case, [answered, *held.reused(tx, files)], personal)
            return case

        return await unit.commit(keep, present)


def _typed(text: str, pointer: str, rule: Callable[[str], str]) -> str:
    """By the one rule of typed text. Raises `Invalid`."""
    if not typed_text.acceptable(text):
        raise Invalid([FormError(pointer, "text")])
    return rule(text)


def _as_sent(option: str) -> str:
    """A score may be typed by a person; other options must be sent exactly as the API gave them. A near match is
    refused: a choice cannot be undone, and may move money."""
    return option
