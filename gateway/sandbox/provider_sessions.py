"""Sessions at the sandbox identity provider, and what it sends when one ends (OpenID Connect Back-Channel Logout 1.0).

One session is one browser and one person; every client that she signs in to from there joins it. Real time throughout.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from gateway.sandbox.context import Store, Table
from gateway.sandbox.notice_sender import on_loopback

SESSION_SECONDS: Final = 28_800
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_TOKEN_SECONDS: Final = 120
_ANSWER_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class LogoutMessage:
    """A logout token, and the address that its client registered."""

    address: str
    token: str


class ProviderSessions:
    def __init__(self, issuer: str, store: Store, sign: Callable[[dict[str, Any], str], str]) -> None:
        """`sign`: makes a token of claims and a type."""
        self._issuer, self._store, self._sign = issuer, store, sign
        self._table = Table(store, "idp", "sessions")

    def begin(self, key: str, subject: str) -> tuple[str, str]:
        """Id of this person's session in the browser with this key, and the key that the browser has from now on."""
        now = time.time()
        with self._store.transaction():
            for sid, old in self._table.items():
                if old["expires"] < now:
                    self._table.delete(sid)
            known = self.find(key)
            if known and (self._table.get(known) or {})["sub"] == subject:
                return known, key
            sid, key = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
            kept = {"key": _hash(key), "sub": subject, "clients": [], "expires": now + SESSION_SECONDS}
            self._table.put(sid, kept)
        return sid, key

    def find(self, key: str) -> str:
        """Id of the session of the browser with this key; empty: none."""
        known = _hash(key)
        return next((sid for sid, each in self._table.items() if each["key"] == known), "") if key else ""

    def join(self, sid: str, client_id: str, logout_uri: str) -> None:
        with self._store.transaction():
            session = self._table.get(sid)
            if session is not None and [client_id, logout_uri] not in session["clients"]:
                self._table.put(sid, {**session, "clients": [*session["clients"], [client_id, logout_uri]]})

    def end(self, sid: str) -> list[LogoutMessage]:
        """Of one browser. What is to be sent to the clients that joined it."""
        with self._store.transaction():
            session = self._table.get(sid)
            self._table.delete(sid)
        if session is None:
            return []
        return self._messages(session["clients"], {"sub": session["sub"], "sid": sid})

    def end_all(self, subject: str) -> list[LogoutMessage]:
        """Of one person, wherever, as when her account is closed: the tokens name no session."""
        with self._store.transaction():
            hers = [(sid, each) for sid, each in self._table.items() if each["sub"] == subject]
            for sid, _ in hers:
                self._table.delete(sid)
        return self._messages([client for _, each in hers for client in each["clients"]], {"sub": subject})

    def lives(self, sid: str) -> bool:
        return self._table.get(sid) is not None

    def _messages(self, clients: Iterable[Iterable[str]], about: dict[str, str]) -> list[LogoutMessage]:
        now, found = int(time.time()), []
        for client_id, address in dict.fromkeys(tuple(each) for each in clients):
            if not address:
                continue
            claims = {
                "iss": self._issuer, "aud": client_id, "iat": now, "exp": now + _TOKEN_SECONDS,
                "jti": secrets.token_urlsafe(16), "events": {LOGOUT_EVENT: {}}, **about,
            }  # fmt: skip
            found.append(LogoutMessage(address, self._sign(claims, "logout+jwt")))
        return found


async def send(messages: Iterable[LogoutMessage]) -> list[dict[str, Any]]:
    """All at once, to this machine and nowhere else. What each client answered; status 0: nothing."""
    wanted = [each for each in messages if on_loopback(each.address)]
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False) as http:

        async def told(message: LogoutMessage) -> dict[str, Any]:
            try:
                answer = await http.post(message.address, data={"logout_token": message.token})
            except httpx.HTTPError:
                return {"address": message.address, "status": 0}
            return {"address": message.address, "status": answer.status_code}

        return list(await asyncio.gather(*map(told, wanted)))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
