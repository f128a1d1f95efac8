"""The sandbox identity provider: OAuth 2.1 with PKCE for people, client credentials for machines. Never in production.

`/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server`, `/jwks.json`, `/authorize`, `/token`,
`/end-session`; `POST /_rotate` for tests, and `POST /_end_sessions?login=AB123456` as when an account is closed: the
person is signed out everywhere. Anybody can log in as anybody here: that is what it is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.datastructures import Headers, State
from litestar.datastructures.multi_dicts import MultiMixin
from litestar.params import FromQuery
from litestar.types import ASGIApp, Message, Scope

from gateway.auth.clients import Clients
from gateway.sandbox import identity_page, provider_sessions
from gateway.sandbox.context import Store
from gateway.sandbox.demo_identities import PEOPLE, STAFF, person
from gateway.sandbox.issuer import ACR_VALUES, Issuer, OAuthError

_COOKIE: Final = "sandbox-identity"
_NO_STORE = {"cache-control": "no-store"}

Incoming = Request[Any, Any, State]


def identity(*, base_url: str, audience: str, store: Store, clients: Clients, key_dir: Path) -> ASGIApp:
    """`base_url` is the issuer and `audience` the gateway, as the tokens will name them. Keys live in `key_dir`
    (`DIR/keys/idp`), the secrets of the confidential demo clients as `idp.<client>` in `secrets_dir` (`DIR/secrets`);
    both are made when missing."""
    issuer = Issuer(
        base_url=base_url,
        audience=audience,
        store=store,
        clients=clients,
        key_dir=key_dir,
        secrets_dir=key_dir.parent.parent / "secrets",
    )

    @get(["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"], sync_to_thread=False)
    def discovery() -> dict[str, Any]:
        return _metadata(issuer.url)

    @get("/jwks.json", sync_to_thread=False)
    def jwks() -> dict[str, Any]:
        return issuer.keys.jwks()

    @post("/_rotate", status_code=200, sync_to_thread=False)
    def rotate() -> dict[str, str]:
        return {"kid": issuer.keys.rotate()}

    @get("/authorize")
    async def ask(request: Incoming) -> Response[str]:
        return _login(issuer, request, _single(request.query_params))

    @post("/authorize")
    async def choose(request: Incoming) -> Response[Any]:
        asked = _single(request.query_params) | _single(await request.form())
        login, deny = asked.pop("cnie", ""), asked.pop("deny", "")
        demand = issuer.demand(asked)
        if deny:
            raise OAuthError("access_denied", "", redirect_uri=demand.redirect_uri, state=demand.state)
        if not login:
            return _login(issuer, request, asked)
        try:
            code, browser = issuer.code(demand, login, request.cookies.get(_COOKIE, ""))
        except ValueError:
            return _login(issuer, request, asked, wrong=True)
        back = _back(demand.redirect_uri, {"code": code, "state": demand.state, "iss": issuer.url})
        back.headers["set-cookie"] = f"{_COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"
        return back

    @post("/token", status_code=200)
    async def token(request: Incoming) -> Response[dict[str, Any]]:
        granted = issuer.grant(_single(await request.form()), request.headers.get("authorization", ""))
        return Response(granted, headers=_NO_STORE)

    @get("/end-session")
    async def leave(request: Incoming) -> Response[str]:
        return await _end_session(issuer, request, _single(request.query_params))

    @post("/end-session", status_code=200)
    async def leave_by_form(request: Incoming) -> Response[str]:
        return await _end_session(issuer, request, _single(request.query_params) | _single(await request.form()))

    @post("/_end_sessions", status_code=200)
    async def end_sessions(login: FromQuery[str]) -> dict[str, Any]:
        staff = {name: each for group in STAFF.values() for name, each in group.items()}
        ended = issuer.sessions.end_all((staff.get(login) or person(login)).claims["sub"])
        return {"told": await provider_sessions.send(ended)}

    def refuse(request: Incoming, error: OAuthError) -> Response[Any]:
        if error.redirect_uri:
            words = {"error": error.error, "error_description": error.description, "state": error.state}
            return _back(error.redirect_uri, {**words, "iss": issuer.url})
        if request.url.path.endswith(("/authorize", "/end-session")):
            page = identity_page.refusal(lang=_language(request, {}), description=error.description)
            return _html(page, status=400)
        challenge = {"www-authenticate": "Basic"} if error.status == 401 else {}
        body = {"error": error.error, "error_description": error.description}
        return Response(body, status_code=error.status, headers={**_NO_STORE, **challenge})

    async def let_pages_read(message: Message, scope: Scope) -> None:
        """A page without a server of its own redeems its code itself (CORS). Its client names its origins."""
        origin = Headers.from_scope(scope).get("origin", "")
        if message["type"] == "http.response.start" and any(client.may_call_from(origin) for client in clients):
            allowed = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
            message["headers"] = [*message["headers"], *allowed]

    return Litestar(
        [discovery, jwks, rotate, ask, choose, token, leave, leave_by_form, end_sessions],
        before_send=[let_pages_read],
        exception_handlers={OAuthError: refuse},
        openapi_config=None,
        request_max_body_size=65_536,
    )


def _metadata(issuer: str) -> dict[str, Any]:
    """RFC 8414 and OpenID Connect Discovery: the same facts for both."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks.json",
        "end_session_endpoint": f"{issuer}/end-session",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "scopes_supported": ["openid"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "subject_types_supported": ["public"],
        "acr_values_supported": list(ACR_VALUES),
        "ui_locales_supported": list(identity_page.TEXTS),
        "authorization_response_iss_parameter_supported": True,
    }


def _login(issuer: Issuer, request: Incoming, asked: Mapping[str, str], *, wrong: bool = False) -> Response[str]:
    demand = issuer.demand(asked)
    page = identity_page.login(
        lang=_language(request, asked),
        client=demand.client.name,
        people=STAFF.get(demand.client.kind, PEOPLE).values(),
        fields=asked,
        action=f"{issuer.url}/authorize",
        wrong=wrong,
    )
    return _html(page, status=400 if wrong else 200)


async def _end_session(issuer: Issuer, request: Incoming, asked: dict[str, str]) -> Response[str]:
    """OpenID Connect RP-Initiated Logout 1.0: of the session that the ID token names, or this browser's once she has
    said that she is sure."""
    lang, hint = _language(request, asked), issuer.hinted(asked.get("id_token_hint", ""))
    client_id = asked.get("client_id") or str((hint or {}).get("aud", ""))
    client, leads_to = issuer.client(client_id), asked.get("post_logout_redirect_uri", "")
    if hint is not None and hint["aud"] != client_id:
        raise OAuthError("invalid_request", "client_id is not the one of the ID token")
    if leads_to and (client is None or not client.may_leave_to(leads_to)):
        raise OAuthError("invalid_request", "post_logout_redirect_uri is not registered for this client")
    sid = str(hint["sid"]) if hint else issuer.sessions.find(request.cookies.get(_COOKIE, ""))
    if hint is None and sid and not (request.method == "POST" and asked.pop("sure", "")):
        return _html(identity_page.end(lang=lang, fields=asked, action=f"{issuer.url}/end-session"), status=200)
    await provider_sessions.send(issuer.sessions.end(sid))
    if leads_to:
        return _back(leads_to, {"state": asked.get("state", "")})
    return _html(identity_page.ended(lang=lang), status=200)


def _language(request: Incoming, asked: Mapping[str, str]) -> str:
    return identity_page.language(asked.get("ui_locales", ""), request.headers.get("accept-language", ""))


def _single(parameters: MultiMixin[Any]) -> dict[str, str]:
    """A parameter sent twice is an error (RFC 6749, section 3.1)."""
    given = [(name, value) for name, value in parameters.multi_items() if isinstance(value, str)]
    if len(given) != len(dict(given)):
        raise OAuthError("invalid_request", "a parameter came twice")
    return dict(given)


def _html(page: str, *, status: int) -> Response[str]:
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    headers = {**_NO_STORE, "content-security-policy": policy, "referrer-policy": "no-referrer"}
    return Response(page, media_type=MediaType.HTML, status_code=status, headers=headers)


def _back(redirect_uri: str, words: Mapping[str, str]) -> Response[Any]:
    """To the client, through the browser; 303, so that a posted form is not posted on."""
    given = {name: value for name, value in words.items() if value}
    joint = ("&" if "?" in redirect_uri else "?") if given else ""
    location = f"{redirect_uri}{joint}{urlencode(given)}"
    return Response(None, status_code=303, headers={**_NO_STORE, "location": location})
