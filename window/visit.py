"""One request of one visitor: her session, her language, her calls of the API, and how she gets a page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
from litestar import MediaType, Response
from litestar.di import NamedDependency
from markupsafe import Markup

from window import csrf
from window.addresses import origin_of
from window.api import Api
from window.forms.sources import Sources
from window.navigation import first_page, links
from window.provider_logout import ProviderLogoutService
from window.rendering import Formats, Renderer, csp_source
from window.session.model import KeptForm, Session, SessionData
from window.session.sign_ins import SignIns
from window.session.store import SessionStore
from window.settings import LANGUAGES, WindowSettings
from window.sign_in import SignedOut, SignInService
from window.translations import COMPLETE, Texts

_OF_ADDRESSES: Final = ":/?#[]@!$&'()*+,;=%~"
"""What has a meaning in an address (RFC 3986), and what is encoded already. No backslash: browsers take it for `/`."""


LANGUAGE: Final = "language"
"""What a button does that asks for another language (`PageVisit.pressed`)."""
_HOURS_LATER: Final = 16.0
"""A page that was left open is sent so long after the longest session at most, for what is in it to be kept."""


class NeedsSignIn(Exception):
    """Nobody is signed in, or not in the role that the page is for. `assurance`: what the sign-in has to reach."""

    def __init__(self, role: str = "person", *, assurance: str = "", expired: bool = False) -> None:
        super().__init__(role)
        self.role, self.assurance, self.expired = role, assurance, expired


class NeedsMandate(Exception):
    """An agent asked for a page that is a person's, and acts for nobody."""


class OpenedForAnother(Exception):
    """The page that was sent was opened for another person than the one she acts for now."""


@dataclass(frozen=True, slots=True)
class Services:
    """What all requests share. Made once, at the start."""

    settings: WindowSettings
    renderer: Renderer
    store: SessionStore
    sign_in: SignInService
    provider_logout: ProviderLogoutService
    http: httpx.AsyncClient
    streams: httpx.AsyncClient
    """With connections of its own: those who watch their cases take none from the pages."""
    sources: Sources = field(default_factory=Sources)


@dataclass(slots=True)
class PageVisit:
    """Use `api` for what anybody may see, `await require()` first for what needs somebody who is signed in."""

    services: Services
    path: str
    """With what it knows of its query: where to come back to."""
    language: str
    session: Session | None
    cookie: str
    """What the browser sent, also when no session has that key any more."""
    sign_ins: SignIns
    """What this browser has begun."""
    set_cookie: str | None = None
    """A new key; empty: the cookie is taken away."""
    last_role: str = ""
    """In which role this browser signed in last: what is offered when the session is over."""
    set_role: str | None = None
    """To be remembered as such; empty: no more."""
    set_language: str = ""
    form_targets: list[str] = field(default_factory=list)
    """Origins beside ours that a form of this page may be sent to: the card page's. See `may_send_to`."""
    private: bool = True
    compressed: bool = False
    """Whether the answer may be: see `window.compression`."""
    opened_for: str | None = None
    """Id of the mandate under which the page of this form was opened; empty: none. None: nothing was posted."""
    back: str = ""
    """The page that the form stands on, for what was posted: a link leads there, and not to where it was posted to."""
    styles: list[str] = field(default_factory=list)
    """What the content security policy says of style sheets inside of this page."""
    arrives: bool = False
    """Whether she comes from elsewhere, and brings nothing of ours: her browser may have no file of ours yet."""
    form_owner: str = ""
    """Sealed; empty: nobody is signed in."""
    _api: Api | None = None

    @property
    def settings(self) -> WindowSettings:
        return self.services.settings

    @property
    def texts(self) -> Texts:
        """Those of the page's content; what is around it has its own, in all languages."""
        return self.services.renderer.texts[self.content_language]

    def _(self, message: str, /, **values: Any) -> str:
        return self.texts._(message, **values)

    @property
    def content_language(self) -> str:
        """In which the API answers: it speaks ar, fr and en."""
        return self.language if self.language in COMPLETE else self.settings.look.fallback

    @property
    def formats(self) -> Formats:
        """How numbers and times are written in the content of a page."""
        return self.services.renderer.formats(self.content_language)

    @property
    def api(self) -> Api:
        """With her token if she is signed in and `require` has seen to it; else as anybody."""
        if self._api is None:
            self._api = self._calls()
        return self._api

    def pressed(self, button: str) -> tuple[str, str]:
        """What the button of a form does, and with what. One that asks for another language is obeyed at once: the page
        that follows, with all that was typed, is in it. Before `require`."""
        does, _, target = button.partition(":")
        if does == LANGUAGE and target in LANGUAGES:
            self.set_language = self.language = target
        return does, target

    async def require(self, *roles: str) -> Api:
        """The API for who is signed in, in one of `roles` (default: a person). Raises `NeedsSignIn`,
        `OpenedForAnother` for a form that was opened under another mandate, and `NeedsMandate` where a page is a
        person's and an agent acts for nobody."""
        roles = roles or ("person",)
        session = self.session
        if session is None or not session.signed_in:
            role = self.last_role if self.last_role in roles else roles[0]
            raise NeedsSignIn(role, expired=bool(self.cookie) and session is None)
        if session.data.role not in roles:
            raise NeedsSignIn(roles[0])
        try:
            await self.services.sign_in.fresh(session)
        except SignedOut:
            await self.services.store.end(session.key)
            self.session = None
            raise NeedsSignIn(session.data.role, expired=True) from None
        if self.opened_for is not None and self.opened_for != session.data.mandate:
            raise OpenedForAnother
        if session.data.role == "agent" and "person" in roles and not session.data.mandate:
            raise NeedsMandate
        tokens = session.data.tokens
        assert tokens is not None
        self._api = self._calls(token=tokens.access, mandate=session.data.mandate)
        return self._api

    def as_herself(self) -> Api:
        """The API without the mandate that an agent acts under: for what is about her post or about mandates, and not
        about one person. After `require`."""
        return self.under("")

    def under(self, mandate: str) -> Api:
        """The API under this mandate, whichever she acts under. After `require`."""
        assert self.session is not None
        assert self.session.data.tokens is not None
        self._api = self._calls(token=self.session.data.tokens.access, mandate=mandate)
        return self._api

    async def post_names(self, api: Api) -> dict[str, str]:
        """What posts are called, by id, as far as that can be said."""
        return await self.services.sources.post_names(api, self.settings.look.hidden_portals)

    def _calls(self, **caller: str) -> Api:
        gateway = self.settings.gateway
        return Api(
            self.services.http,
            url=gateway.url,
            language=self.content_language,
            texts=self.texts,
            timeout=gateway.timeout_seconds,
            **caller,
        )

    def signed_in_as(self, *roles: str) -> bool:
        return self.session is not None and self.session.signed_in and self.session.data.role in (roles or ("person",))

    async def begin(self, data: SessionData | None = None, *, seconds: float = 0.0) -> Session:
        """A new session with a key that nobody has seen; the one before is over."""
        if self.session is not None:
            await self.services.store.end(self.session.key)
        session = Session.new(data)
        session.data.language = session.data.language or self.language
        await self.services.store.add(session, seconds)
        self.session, self.set_cookie = session, session.key
        await self.seal_owner()
        self.set_role = session.data.role or self.set_role
        return session

    async def end(self) -> None:
        if self.session is not None:
            await self.services.store.end(self.session.key)
        self.session, self.set_cookie, self.set_role = None, "", ""

    async def change(self, **members: Any) -> None:
        """Change members of the session's data, whatever another request does to it meanwhile."""

        def change(data: SessionData) -> None:
            for name, value in members.items():
                setattr(data, name, value)

        await self.update(change)

    async def update(self, change: Callable[[SessionData], None]) -> None:
        """As `change`, for what follows from what the session holds. Raises `NeedsSignIn` if it has ended."""
        session = self.session
        assert session is not None
        found = await self.services.store.change(session.key, change)
        if found is None:
            raise NeedsSignIn(session.data.role or "person", expired=True)
        session.data = found.data

    async def stop_acting(self, mandate: str) -> None:
        """Under this mandate; under another one she goes on."""

        def stop(data: SessionData) -> None:
            if data.mandate == mandate:
                data.mandate = data.mandate_name = ""

        await self.update(stop)

    async def keep(self, fields: list[tuple[str, str]], path: str, owner: str, *, mandate: str = "") -> None:
        """Keep what was typed into a form until its owner has signed in again, and acts under this mandate again.
        `owner`: as the form brought it; nothing is kept for somebody who was never signed in."""
        sessions = self.settings.sessions
        known = (await self.services.store.seals()).owner.open(owner, (sessions.longest_hours + _HOURS_LATER) * 3600)
        if known is None or sum(len(name) + len(value) for name, value in fields) > sessions.kept_form_bytes:
            return
        kept = KeptForm(path=path, fields=fields, owner=known.decode(), mandate=mandate)
        data = SessionData(kept=kept, language=self.language)
        await self.begin(data, seconds=self.settings.sessions.kept_form_minutes * 60)

    async def seal_owner(self) -> None:
        """For the forms of this page: who is signed in, so that nobody can say it who never was."""
        if self.session is not None and self.session.signed_in:
            self.form_owner = (await self.services.store.seals()).owner.close(self.session.data.owner.encode())

    async def take_kept(self, path: str, *, herself: bool = False) -> list[tuple[str, str]] | None:
        """What was kept of the form of this page, once, for whom it was typed. `herself`: a page that is the agent's
        own, for whomever she acts."""
        data = self.session.data if self.session else None
        kept = data.kept if data else None
        if data is None or kept is None or kept.mandate != ("" if herself else data.mandate):
            return None
        if kept.path.partition("?")[0] != path.partition("?")[0]:
            return None
        await self.change(kept=None)
        return kept.fields

    def page(self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any) -> Any:
        """The page, with what every page has. `context` is the page's own."""
        session = self.session
        data = session.data if session and session.signed_in else None
        everything = {
            "visit": self,
            "me": data,
            "csrf": csrf.token(session.key) if session else "",
            "csrf_field": csrf.FIELD,
            "navigation": links(
                data.role if data else "",
                self.path,
                self.services.renderer.texts[self.language]._,
                acting=bool(data and data.mandate),
            ),
            "first_page": first_page(data.role if data else ""),
            "path": self.back or self.path,
            "call_id": self._api.last_call_id if self._api else "",
            "now": time.time(),
            **context,
        }
        body = self.services.renderer.render(self.language, template, everything)
        return Response(body, media_type=MediaType.HTML, status_code=status, headers=headers or {})

    def style(self, sheet: str) -> Markup:
        """A style sheet of ours for inside of this page, which is then allowed there. No text of anybody else is in it
        but as an escaped CSS string."""
        self.styles.append(csp_source(sheet))
        return Markup(sheet)  # noqa: S704 - see above

    def may_send_to(self, url: Any) -> None:
        """A form of this page leads to this address of somebody else. Raises `UnsafeAddress`."""
        self.form_targets.append(origin_of(url, demo=self.settings.demo))

    def see(self, path: str) -> Any:
        """303: look there with GET. What somebody typed into an address is in it: no sign of it ends the header."""
        return Response(None, status_code=303, headers={"Location": quote(path, safe=_OF_ADDRESSES)})

    def url(self, path: str, **query: str) -> str:
        return f"{path}?{urlencode(query)}" if query else path


Visit = NamedDependency[PageVisit]
"""What a handler names as its parameter `visit: Visit`."""
