"""A person says how she wants to be told: her language, the channels she agrees to, her quiet hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from gateway import time_zones
from gateway.auth import policy
from gateway.auth.preferences import Channel, KeptPreferences, Preferences, PreferenceStore
from gateway.cases import forms
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written
from gateway.cases.forms import FormError
from gateway.cases.intake import Invalid
from gateway.cases.model import now

_TIME: Final = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}


@cache
def _schema(languages: tuple[str, ...]) -> dict[str, Any]:
    """What the gateway's own type does not say of the request body."""
    return {
        "type": "object",
        "properties": {
            "language": {"enum": [*languages]},
            "email": {"type": "object", "properties": {"address": {"type": "string", "format": "email"}}},
            "sms": {"type": "object", "properties": {"address": {"type": "string", "format": "phone"}}},
            "quiet_hours": {"type": "object", "properties": {"start": _TIME, "end": _TIME}},
        },
    }


def require_person(caller: Caller) -> str:
    """The pseudonym of the caller, who must be a person in person: her preferences hold addresses. Raises `Denied`."""
    with deciding(caller.entry):
        policy.require_kind(caller.principal, "citizen")
        allow(caller.entry, policy.require_acr(caller.principal, policy.SURE))
    return caller.principal.pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPreferences:
    preferences: PreferenceStore

    async def run(self, caller: Caller) -> KeptPreferences:
        """Raises `Denied`."""
        return await self.preferences.get(require_person(caller))


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePreferences:
    writes: IdempotentWrites
    preferences: PreferenceStore
    languages: tuple[str, ...]

    async def run(
        self, request: WriteRequest, given: Preferences, language: str, present: Presenter[KeptPreferences]
    ) -> Written:
        """Replace what was stored. `language`: of the errors. Raises `Denied`, `Invalid`, and as
        `IdempotentWrites.run`."""
        subject = require_person(request.caller)
        wanted = self._checked(given, language)
        work = partial(self._update, request=request, subject=subject, wanted=wanted)
        return await self.writes.run(request, lambda unit: unit.commit(work, present))

    def _checked(self, given: Preferences, language: str) -> Preferences:
        """As it is stored. Raises `Invalid`."""
        body, schema = msgspec.to_builtins(given), _schema(self.languages)
        errors = forms.check(body, schema, language=language, at="")
        if (quiet := given.quiet_hours) is not None:
            if not time_zones.known(quiet.timezone):
                errors.append(FormError("/quiet_hours/timezone", "timezone_unknown"))
            if quiet.start == quiet.end:
                errors.append(FormError("/quiet_hours/end", "quiet_hours_empty"))
        if errors:
            raise Invalid(errors)
        return msgspec.convert(forms.normalise(body, schema), Preferences)

    def _update(self, tx: Connection, *, request: WriteRequest, subject: str, wanted: Preferences) -> KeptPreferences:
        held, moment = self.preferences.lock(tx, subject), now()
        request.check_version(held)
        before, claims = held.preferences, request.caller.principal.claims
        stated = forms.contact_of(
            name="",
            email=claims.email if claims.email_verified else "",
            phone=claims.phone if claims.phone_verified else "",
        )
        kept = msgspec.structs.replace(
            wanted,
            email=_known(wanted.email, before.email, stated.email, moment),
            sms=_known(wanted.sms, before.sms, stated.phone, moment),
        )
        return self.preferences.keep(tx, subject, kept)


def _known(wanted: Channel, before: Channel, stated: str, moment: datetime) -> Channel:
    """The channel with what is known of it: since when she agrees (a consent that she repeats is not a new one), and
    whether the address is hers. What was learnt of an address, and the code that is awaited from it, hold for that
    address alone. `stated`: the one that her identity provider has verified."""
    same = wanted.address == before.address
    verified_at = before.verified_at if same else None
    if wanted.address and wanted.address.casefold() == stated.casefold():
        verified_at = verified_at or moment
    return msgspec.structs.replace(
        wanted,
        consented_at=(before.consented_at or moment) if wanted.consent else None,
        verified_at=verified_at,
        stated=stated,
        code=before.code if same and verified_at is None else None,
    )
