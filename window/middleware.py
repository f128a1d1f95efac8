"""Around every request: finding the session, and the headers that keep a page to itself."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from window.addresses import LONGEST
from window.compression import is_safe
from window.forbidden import SAFE
from window.session.sign_ins import SECONDS, SignIns
from window.settings import LANGUAGES, ROLES
from window.translations import chosen
from window.visit import PageVisit, Services, Visit

LANGUAGE_COOKIE: Final = "lang"
_YEAR: Final = 31_536_000
_ERROR: Final = 400
_ONCE: Final = (b"host", b"origin", b"sec-fetch-site", b"content-type", b"content-length", b"authorization")
"""Of two of a name, a proxy in front may read the other one (RFC 9112, section 3.2, for `Host`)."""
_STATIC: Final = "/static/"
_LIVE: Final = "/live"
_NAVIGATE: Final = "navigate"
_FROM_ELSEWHERE: Final = ("none", "cross-site", "same-site")
"""What browsers say of an address that was typed, or followed from another site."""


class VisitMiddleware:
    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app, self._services = app, services
        self._demo, self._origin = services.settings.demo, services.settings.origin
        self.cookie = "window-session" if self._demo else "__Host-session"
        """The prefix makes browsers refuse the cookie from a neighbouring host or over plain HTTP; it needs TLS."""
        self.role_cookie = "window-role" if self._demo else "__Host-role"
        self.sign_in_cookies = "window-sign-in-" if self._demo else "__Host-sign-in-"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        if any(count > 1 for count in Counter(name for name, _ in scope["headers"] if name in _ONCE).values()):
            await _refuse(send)
            return
        path = scope["path"]
        headers = Headers.from_scope(scope)
        cookies = ASGIConnection[Any, Any, Any, Any](scope).cookies  # a neighbour's odd one spoils none of ours
        key = cookies.get(self.cookie, "")
        static = path.startswith((_STATIC, "/health"))
        site = headers.get("sec-fetch-site", "")
        used = not _by_itself(path, scope["method"], headers)
        session = await self._services.store.find(key, used=used) if key and not static else None
        language = self._language(cookies.get(LANGUAGE_COOKIE, ""), session, headers.get("accept-language", ""))
        sign_ins = SignIns(self.sign_in_cookies, cookies)
        visit = PageVisit(self._services, path if len(path) <= LONGEST else "/", language, session, key, sign_ins)
        if session is not None:
            await visit.seal_owner()
        visit.private, visit.compressed = not static, is_safe(key, site)
        role = cookies.get(self.role_cookie, "")
        visit.last_role = role if role in ROLES else ""
        ours = (self.cookie, self.role_cookie, LANGUAGE_COOKIE)
        visit.arrives = site in _FROM_ELSEWHERE and not any(map(cookies.get, ours))
        scope["state"]["visit"] = visit

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.private = visit.private or message["status"] >= _ERROR  # a page that says so
                own = {name.lower() for name, _ in message["headers"]}
                more = [each for each in self._headers(visit) if each[0] != b"cache-control" or each[0] not in own]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, answer)

    def _language(self, cookie: str, session: Any, accepted: str) -> str:
        """What she chose, then what her profile says, then what her browser wants."""
        for each in (cookie, session.data.language if session else ""):
            if each in LANGUAGES:
                return str(each)
        return chosen(accepted, self._services.settings.look.language)

    def _headers(self, visit: Visit) -> list[tuple[bytes, bytes]]:
        found: list[tuple[str, str]] = [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ]
        if visit.private:
            # Not `no-referrer`: with it a browser says `Origin: null` when it posts a form to us.
            found += [
                ("content-security-policy", self._policy(visit)),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("permissions-policy", "camera=(self), geolocation=(), microphone=(), payment=()"),
                ("cache-control", "no-store"),
                ("content-language", visit.language),
            ]
        if not self._demo:
            found.append(("strict-transport-security", f"max-age={_YEAR}; includeSubDomains"))
        secure = "" if self._demo else "; Secure"
        if visit.set_cookie:
            found.append(("set-cookie", f"{self.cookie}={visit.set_cookie}; Path=/; HttpOnly; SameSite=Lax{secure}"))
        elif visit.set_cookie == "":
            gone = f"{self.cookie}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}"
            found.append(("set-cookie", gone))
        if visit.set_role is not None:
            until = "" if visit.set_role else "; Max-Age=0"
            found.append(
                ("set-cookie", f"{self.role_cookie}={visit.set_role}; Path=/; HttpOnly; SameSite=Lax{until}{secure}")
            )
        for name, value in visit.sign_ins.changes.items():
            seconds = SECONDS if value else 0
            found.append(("set-cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"))
        if visit.set_language:
            found.append(
                ("set-cookie", f"{LANGUAGE_COOKIE}={visit.set_language}; Path=/; SameSite=Lax; Max-Age={_YEAR}{secure}")
            )
        return [(name.encode(), value.encode("latin-1")) for name, value in found]

    def _policy(self, visit: Visit) -> str:
        first = [visit.services.renderer.first_style.source] if visit.arrives else []
        styles = " ".join(("'self'", *first, *visit.styles))
        targets = " ".join(("'self'", *visit.form_targets))
        return (
            f"default-src 'none'; style-src {styles}; script-src 'self'; img-src 'self' data:; font-src 'self'; "
            f"connect-src 'self'; form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
        )


async def _refuse(send: Send) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": _ERROR, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _by_itself(path: str, method: str, headers: Headers) -> bool:
    """Whether an open page asks this without anybody there: its stream, and what it reads again when that says so."""
    reads = method in SAFE and headers.get("sec-fetch-mode", _NAVIGATE) != _NAVIGATE
    return reads or path.endswith(_LIVE)
