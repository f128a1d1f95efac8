"""I/O with chikaya.ma. What the words mean is in `mapping.py`; why the portal is as it is, in README.md."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from gateway.connectors.authoring import (
    PDF,
    TEXT,
    Callback,
    CheckFinding,
    Connector,
    Document,
    Filed,
    Filing,
    Notice,
    Portal,
    Progress,
    Refused,
    Reply,
    Submission,
    Tracking,
    check,
    document,
    document_in_address,
    in_address,
)

from . import mapping
from .webhook import ADDRESS, METHOD, Doorkeeper

_accepted = partial(check, refusals=mapping.REFUSALS, fields=mapping.FIELDS)


class Chikaya(Connector, Filing, Tracking):
    """Complaints, observations and suggestions. The portal pushes that one has changed; asking is the safety net."""

    tracking_proof = ("email",)

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._door = Doorkeeper()

    async def file(self, filing: Submission) -> Filed:
        """One multipart message: the demand in JSON, then each file as it is."""
        notify = f"{self.portal.callback_url}/{ADDRESS}"
        response = await self.http.post("/complaints", files=mapping.parts(filing, notify_url=notify))
        return mapping.filed(filing.key, _accepted(response).content)

    async def check(self, filing: Submission) -> list[CheckFinding]:
        """Assumed: see README."""
        response = await self.http.post("/complaints/check", json=mapping.sought(filing))
        return mapping.objections(_accepted(response).content)

    async def progress(self, reference: str, **access: str) -> Progress:
        """The demand itself answers to the gateway's signature: no `access` word is needed or kept."""
        response = await self.http.get(f"/complaints/{in_address(reference)}")
        return mapping.progress(reference, _accepted(response).content)

    async def act(self, reference: str, action: str, answer: dict[str, Any]) -> Progress:
        """`rate` with a choice from "1" to "5"; `appeal` with the choice `reopen` or `mediator`, and a text."""
        what, body = mapping.deed(action, answer)
        response = await self.http.post(f"/complaints/{in_address(reference)}/{what}", json=body)
        return mapping.progress(reference, _accepted(response).content)

    async def withdraw(self, reference: str) -> Progress:
        """Possible until there is an answer, afterwards `Refused("too_late")`."""
        response = await self.http.post(f"/complaints/{in_address(reference)}/withdrawal")
        return mapping.progress(reference, _accepted(response).content)

    async def document(self, reference: str, id: str) -> Document:
        path = f"/complaints/{in_address(reference)}/documents/{document_in_address(id)}"
        return document(reference, id, _accepted(await self.http.get(path)), TEXT, PDF)

    async def notice(self, callback: Callback) -> Notice:
        """Besides what the contract names: `malformed_callback` for a notice of the portal's that names no demand."""
        if callback.method != METHOD or callback.path.rpartition("/")[2] != ADDRESS:
            raise Refused("callback_not_supported")
        secret = self.portal.secrets["webhook_secret"].reveal()
        self._door.admit(callback.headers, callback.body, secret=secret, now=time.time())
        reply = Reply(body=b'{"received":true}', media_type="application/json")
        return Notice(reference=mapping.told(callback.body), reply=reply)

    async def find(self, idempotency_key: str) -> Filed | None:
        response = await self.http.get("/complaints", params={"client_reference": idempotency_key})
        return mapping.found(idempotency_key, _accepted(response).content)

    async def track(self, reference: str, **proof: str) -> Progress:
        """`proof` is `email`. It travels in the body, because addresses of requests end in logs."""
        body = {"number": in_address(reference), "email": proof["email"]}
        return mapping.tracked(reference, _accepted(await self.http.post("/tracking", json=body)).content)
