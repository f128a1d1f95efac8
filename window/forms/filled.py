"""A form as it stands, and which draft of the API it is."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from window.api import Api, ApiProblem
from window.forms.mistakes import Mistake
from window.session.model import SessionData
from window.visit import PageVisit

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_REMEMBERED: Final = 20
_KEPT_AS: Final = "drafts"
"""Of the session: `_own_key` -> id and `ETag` of the draft that it was kept as."""


def new_key() -> str:
    return secrets.token_urlsafe(16)


@dataclass(slots=True)
class Filled:
    """What is in it, what is wrong with it, and the draft that it is."""

    form: Any
    draft: str = ""
    etag: str = ""
    errors: dict[str, list[Mistake]] | None = None
    names: Mapping[str, str] | None = None
    """Of attached files, by pointer."""
    conflict: bool = False
    saved: bool = False
    kept: bool = False
    key: str = field(default_factory=new_key)
    """Of the form as it was opened: sent again after a look back, it is the same draft."""
    focus: str = ""
    """Pointer of the list that was just made longer or shorter."""
    still_empty: bool = False
    """The last item of that list is not filled in yet: no other one is added."""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            self.key = new_key()


def kept_as(visit: PageVisit, key: str) -> tuple[str, str]:
    """Id and `ETag` of the draft that the form with this key was kept as; empty if it was not."""
    data = visit.session.data if visit.session else None
    draft, etag = data.more.get(_KEPT_AS, {}).get(_own_key(data, key), ("", "")) if data else ("", "")
    return draft, etag


def _own_key(data: SessionData | None, key: str) -> str:
    """One address of a form that an agent opens for two people is two forms."""
    return f"{data.mandate if data else ''}:{key}"


async def keep(api: Api, visit: PageVisit, service: str, filled: Filled) -> bool:
    """As a draft of the API. False, with the present version in `filled`, when another device has changed it."""
    body = {"form": filled.form, "language": visit.content_language}
    data = visit.session.data if visit.session else None
    draft, etag = kept_as(visit, filled.key)
    if draft and filled.draft in ("", draft):
        filled.draft, filled.etag = draft, etag
    try:
        if filled.draft:
            answer = await api.send(
                "PUT",
                f"/v1/drafts/{filled.draft}",
                json=body,
                headers={"If-Match": filled.etag} if filled.etag else None,
            )
        else:
            answer = await _begun(api, {"service": service, **body}, _own_key(data, filled.key))
    except ApiProblem as problem:
        if problem.code == "draft_not_found":
            answer = await _begun(api, {"service": service, **body}, filled.draft)
        elif problem.code == "precondition_failed":
            answer = await api.send("GET", f"/v1/drafts/{filled.draft}")
            filled.conflict = True
        else:
            raise
    filled.draft, filled.etag = answer.data["id"], answer.etag or ""
    await _remember(visit, filled)
    return not filled.conflict


async def _begun(api: Api, body: dict[str, Any], since: str) -> Any:
    """A new draft; one, if the button was pressed twice."""
    key = hashlib.sha256(f"{since} {json.dumps(body, sort_keys=True)}".encode()).hexdigest()
    return await api.send("POST", "/v1/drafts", json=body, key=key)


async def _remember(visit: PageVisit, filled: Filled) -> None:
    def remember(data: SessionData) -> None:
        own = _own_key(data, filled.key)
        before = {key: value for key, value in data.more.get(_KEPT_AS, {}).items() if key != own}
        data.more[_KEPT_AS] = {
            **dict(list(before.items())[1 - _REMEMBERED :]), own: [filled.draft, filled.etag]
        }  # fmt: skip

    await visit.update(remember)
