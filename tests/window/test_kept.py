"""What somebody typed while her session ended is in its field again after she signed in: on every page that has one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Final

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.window.played_gateway import COOKIE, Played, listed, played, refused, told
from tests.window.served_window import form_of
from window.app import routes
from window.session.model import KeptForm

ADDRESS: Final = {
    "consent": True, "address": "a", "state": "unverified", "sent_to": None, "code_expires_at": "2027-01-01T00:00:00Z",
}  # fmt: skip
PREFERENCES: Final = {"email": ADDRESS, "sms": ADDRESS, "language": None, "details": False, "quiet_hours": None}
SERVICE: Final = {
    "id": "x.paper", "portal": "x", "title": "Paper", "acr": "low", "prefill": None, "steps": [],
    "portal_title": "X", "summary": "",
    "form": {"type": "object", "properties": {"text": {"type": "string", "title": "Text"}}},
}  # fmt: skip
ACTION: Final = {
    "title": "Do", "help": None, "expires_at": None, "choices": [], "amount": None, "optional": False,
    "portal_message": None,
    "posts_url": "/v1/posts?service=x.paper",
}  # fmt: skip
CASE: Final = {
    "id": "case_1", "service": "x.paper", "service_title": "Paper", "appointment": None,
    "actions": [{**ACTION, "type": each} for each in ("appeal", "choose_slot", "provide_document")],
}  # fmt: skip
POST: Final = {
    "id": "lyon",
    "portal": "x",
    "name": "Lyon",
    "city": "Lyon",
    "country": "FR",
    "timezone": "Europe/Paris",
    "address": None,
}
HELD: Final = {
    "id": "mnd_1", "state": "held", "person_name": "Amina", "purpose": "", "expires_at": "2027-01-01T00:00:00Z",
    "scope": ["cases:read"], "services": [], "earlier_cases": False,
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A form, on the page of one who is signed in, with what she types."""

    page: str
    posts_to: str
    typed: dict[str, str]
    role: str = "person"
    acting: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    """Fields that say which of several forms of the page it is."""


FORMS: Final = {
    "/services/{service_id:str}/form": Form(
        "/services/x.paper/form", "/services/x.paper/form", {"/text": "Typed words"}
    ),
    "/cases/{case_id:str}/do/{kind:str}": Form(
        "/cases/case_1/do/appeal", "/cases/case_1/do/appeal", {"text": "Typed words"}
    ),
    "/cases/{case_id:str}/slots": Form("/cases/case_1/slots?post=lyon", "/cases/case_1/slots", {"slot": "slot_2"}),
    "/me/mandates/new": Form("/me/mandates/new", "/me/mandates/new", {"purpose": "Typed words"}),
    "/me/preferences": Form("/me/preferences", "/me/preferences", {"sms:address": "Typed words"}),
    "/me/preferences/verify": Form("/me/preferences", "/me/preferences/verify", {"code": "Typed words"}),
    "/agenda": Form("/agenda?post=lyon&on=2026-11-30", "/agenda", {"typed": "Typed words"}, role="agent"),
    "/agenda/cases/{case_id:str}": Form(
        "/agenda/cases/case_1?mandate=mnd_2", "/agenda/cases/case_1", {"text": "Typed words"}, role="agent"
    ),
    "/people/take": Form("/people", "/people/take", {"code": "Typed words"}, role="agent"),
}
"""By the route that takes the form."""
NOTHING_TYPED: Final = {
    "/drafts/{draft_id:str}/throw-away",
    "/services/{service_id:str}/choices", "/services/{service_id:str}/files",  # a script, from the form of above
    "/services/{service_id:str}/send", "/cases/{case_id:str}/pay", "/me/cards", "/me/cards/{card_id:str}/revoke",
    "/me/mandates/{mandate_id:str}/end", "/me/preferences/code", "/people/{mandate:str}/act", "/people/stop",
    "/people/{mandate:str}/hand-over", "/people/{mandate:str}/give-back", "/sign-out", "/backchannel-logout",
}  # fmt: skip
"""Routes that take a button alone."""


def _gateway(request: httpx.Request) -> httpx.Response | None:
    match request.method, request.url.path:
        case "GET", "/v1/services/x.paper":
            return told(SERVICE)
        case "GET", "/v1/services":
            return told({"object": "list", "data": [], "categories": [], "suggestions": []})
        case "GET", "/v1/cases/case_1":
            return told(CASE)
        case "GET", "/v1/posts":
            return listed(POST)
        case "GET", "/v1/slots":
            return listed(
                *(
                    {
                        "id": f"slot_{n}",
                        "starts_at": f"2026-12-0{n}T09:00:00+01:00",
                        "ends_at": f"2026-12-0{n}T09:15:00+01:00",
                    }
                    for n in (1, 2)
                )
            )
        case "GET", "/v1/me":
            return told({"posts": ["lyon"], "languages": ["fr"], "language": "fr"})
        case "GET", "/v1/agenda":
            return told({"held_on": request.url.params.get("on") or "2026-12-01", "visits": []})
        case "GET", "/v1/mandates":
            return listed(HELD)
        case "GET", "/v1/agenda/late" | "/v1/cases/case_1/notes":
            return listed()
    return None


@dataclass
class Stored:
    """What the gateway has of the preferences."""

    etag: str = "W/1"
    changing: str = ""
    """Their version once the page was shown: another device changes them."""
    refusal: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        asked = (request.method, request.url.path)
        if asked == ("GET", "/v1/me/preferences"):
            etag, self.etag = self.etag, self.changing or self.etag
            return told(PREFERENCES, etag=etag)
        if asked == ("PUT", "/v1/me/preferences"):
            changed = request.headers["if-match"] != self.etag
            return refused(412, "precondition_failed") if changed else self.refusal or told(PREFERENCES)
        return _gateway(request)


@pytest.fixture
def stored() -> Stored:
    return Stored()


@pytest.fixture
async def window(tmp_path: Path, stored: Stored) -> AsyncIterator[Played]:
    async with played(tmp_path, stored) as found:
        yield found


async def _ended_while_typing(window: Played, form: Form) -> KeptForm | None:
    """What the window keeps of it."""
    session = await window.session(form.role, mandate=form.acting, mandate_name="Amina" if form.acting else "")
    page = await window.web.get(form.page)
    assert page.status_code == 200, page.text
    await window.store.end(session.key)
    sent = await window.send(page, form.posts_to, **form.typed)
    assert (sent.status_code, httpx.URL(sent.headers["location"]).path) == (303, "/sign-in")
    asked = await window.web.get(sent.headers["location"])
    found = await window.store.find(window.web.cookies[COOKIE])
    kept = found.data.kept if found is not None else None
    assert ("What you typed is kept" in asked.text) == (kept is not None)
    return kept


@pytest.mark.parametrize("route", FORMS)
async def test_what_was_typed_is_in_its_field_again(window: Played, route: str) -> None:
    form = FORMS[route]
    kept = await _ended_while_typing(window, form)
    assert kept is not None
    assert kept.path == form.page, "she comes back to where she was"
    await window.session(form.role, kept=kept)
    page = await window.web.get(kept.path)
    assert _filled(page.text, form) == form.typed
    assert _filled((await window.web.get(kept.path)).text, form) != form.typed, "once"


@pytest.mark.parametrize("route", [each for each, form in FORMS.items() if form.role == "agent"])
async def test_what_an_agent_typed_herself_waits_for_no_mandate(window: Played, route: str) -> None:
    """She acted for Amina meanwhile, which has nothing to do with the agenda."""
    form = FORMS[route]
    kept = await _ended_while_typing(window, Form(**{**vars(form), "acting": "mnd_1"}))
    assert kept is not None
    for acting in ("", "mnd_1"):
        await window.session("agent", kept=kept, mandate=acting, mandate_name="Amina" if acting else "")
        assert _filled((await window.web.get(kept.path)).text, form) == form.typed


async def test_code_of_an_address_empties_no_preferences(window: Played) -> None:
    """Two forms on one page."""
    kept = await _ended_while_typing(window, FORMS["/me/preferences/verify"])
    await window.session(kept=kept)
    page = (await window.web.get("/me/preferences")).text
    assert _filled(page, Form("", "/me/preferences", {"email:address": "", "sms:address": ""})) == {
        "email:address": "a",
        "sms:address": "a",
    }


async def test_of_a_button_nothing_is_said_to_be_kept(window: Played) -> None:
    assert await _ended_while_typing(window, Form("/people", "/people/mnd_1/hand-over", {}, role="agent")) is None


def test_every_route_that_takes_a_form_is_one_of_these() -> None:
    taking = {
        path
        for each in routes()
        if isinstance(each, HTTPRouteHandler) and "POST" in each.http_methods
        for path in each.paths
    }
    assert taking == set(FORMS) | NOTHING_TYPED


async def test_no_page_has_a_field_that_is_not_one_of_these(window: Played) -> None:
    """Fields that somebody fills in, by the address that their form goes to."""
    known = {form.posts_to for form in FORMS.values()}
    seen = set()
    for form in FORMS.values():
        await window.session(form.role)
        page = (await window.web.get(form.page)).text
        seen |= {to for to, names in _fields(page).items() if names}
    assert seen == known


def _fields(page: str) -> dict[str, list[str]]:
    """Of each form that is posted, the names of what is filled in."""
    found: dict[str, list[str]] = {}
    for head, inside in re.findall(r'<form([^>]* method="post"[^>]*)>(.*?)</form>', page, re.DOTALL):
        to = re.search(r'action="([^"]*)"', head)
        assert to is not None
        fields = [tag for tag in re.findall(r"<(?:input|textarea|select)[^>]*>", inside) if ' type="hidden"' not in tag]
        found.setdefault(to[1], []).extend(re.findall(r' name="([^"]*)"', " ".join(fields)))
    return found


def _filled(page: str, form: Form) -> dict[str, str]:
    """What is in these fields now."""
    forms = re.findall(rf'<form[^>]* action="{re.escape(form.posts_to)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    found = {}
    for inside in reversed(forms):
        for name in form.typed:
            for tag in re.findall(rf'<input[^>]* name="{re.escape(name)}"[^>]*>', inside):
                value = re.search(r' value="([^"]*)"', tag)
                if value is not None and (' type="radio"' not in tag or " checked" in tag):
                    found[name] = unescape(value[1])
            for text in re.findall(
                rf'<textarea[^>]* name="{re.escape(name)}"[^>]*>(.*?)</textarea>', inside, re.DOTALL
            ):
                found[name] = unescape(text)
    return found


async def _back(window: Played, page: str, posts_to: str, **typed: str) -> httpx.Response:
    """Her session ends while the page is open; the page that she comes back to."""
    kept = await _ended_while_typing(window, Form(page, posts_to, typed))
    assert kept is not None
    await window.session(kept=kept)
    return await window.web.get(kept.path)


async def test_preferences_that_are_back_replace_no_change_from_elsewhere_unseen(
    window: Played, stored: Stored
) -> None:
    """Another device changed them before she had signed in again."""
    stored.changing = "W/2"
    page = await _back(window, "/me/preferences", "/me/preferences", **{"sms:address": "Typed words"})
    assert "What you typed is back" in page.text
    assert form_of(page.text, "/me/preferences")["etag"] == "W/1"
    sent = await window.send(page, "/me/preferences")
    assert sent.status_code == 409
    assert "This has changed meanwhile" in sent.text
    assert form_of(sent.text, "/me/preferences")["etag"] == "W/2"
    assert "What you typed is back" not in (await window.web.get("/me/preferences")).text


async def test_files_that_were_taken_are_back(window: Played) -> None:
    do = "/cases/case_1/do/provide_document"
    session = await window.session()
    page = await window.web.get(do)
    await window.store.end(session.key)
    form = [*form_of(page.text, do).items(), ("attachment", "att_1"), ("attachment", "att_2")]
    body = httpx.QueryParams(form)
    headers = {**window.ours(), "Content-Type": "application/x-www-form-urlencoded"}
    await window.web.post(do, content=str(body), headers=headers)
    found = await window.store.find(window.web.cookies[COOKIE])
    assert found is not None
    assert found.data.kept is not None
    await window.session(kept=found.data.kept)
    back = (await window.web.get(do)).text
    assert re.findall(r'name="attachment" value="([^"]*)"', back) == ["att_1", "att_2"]
    assert "Your files are back" in back
    assert "2 files are already here" in back


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("/cases/{case_id:str}/do/{kind:str}", "What you typed is back"),
        ("/me/mandates/new", "What you typed is back"),
        ("/cases/{case_id:str}/slots", "The time that you chose is back"),
    ],
)
async def test_what_is_back_is_said_to_be(window: Played, route: str, said: str) -> None:
    form = FORMS[route]
    page = await _back(window, form.page, form.posts_to, **form.typed)
    assert said in page.text
    assert "Your files are back" not in page.text
    assert said not in (await window.web.get(form.page)).text


async def test_time_that_was_taken_meanwhile_is_said_to_be(window: Played) -> None:
    page = await _back(window, "/cases/case_1/slots?post=lyon", "/cases/case_1/slots", slot="slot_9")
    assert "Somebody was faster" in page.text
    assert "is back" not in page.text


async def test_refusal_without_places_is_not_called_a_change_from_elsewhere(window: Played, stored: Stored) -> None:
    stored.refusal = refused(422, "form_invalid", detail="It cannot be so.", errors=[])
    await window.session()
    sent = await window.send(await window.web.get("/me/preferences"), "/me/preferences")
    assert sent.status_code == 422
    assert "It cannot be so." in sent.text
    assert "This has changed meanwhile" not in sent.text
