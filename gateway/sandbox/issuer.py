"""What the sandbox identity provider decides: which demand is good, who may have which token. Real time throughout."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.auth import keyfiles
from gateway.auth.clients import Client, Clients
from gateway.sandbox.context import Store, Table
from gateway.sandbox.demo_identities import STAFF, Agent, Person, agent, person
from gateway.sandbox.provider_sessions import ProviderSessions

TOKEN_SECONDS: Final = 600
CODE_SECONDS: Final = 60
REFRESH_SECONDS: Final = 28_800
OPENID: Final = "openid"
"""Scope of a client that wants to know who signed in (OpenID Connect Core, 3.1.2.1); it also gets a refresh token."""
ACR_VALUES: Final = ("low", "substantial", "high")
_PUBLIC: Final = ("frontend", "agent")
"""Kinds of clients that somebody always logs in to; to others where they have a page to come back to."""
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class OAuthError(Exception):
    """An error of RFC 6749. With `redirect_uri` it goes back to the client through the browser (section 4.1.2.1)."""

    def __init__(self, error: str, description: str, *, redirect_uri: str = "", state: str = "") -> None:
        super().__init__(error)
        self.error, self.description, self.redirect_uri, self.state = error, description, redirect_uri, state

    @property
    def status(self) -> int:
        return 401 if self.error == "invalid_client" else 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A good authorisation request."""

    client: Client
    redirect_uri: str
    state: str
    scopes: frozenset[str]
    challenge: str
    acr: str
    openid: bool = False
    nonce: str = ""


class IssuerKeys:
    """ES256 keys in a folder. The previous key stays published after a rotation: its tokens are still about."""

    def __init__(self, folder: Path) -> None:
        self._folder = keyfiles.private_folder(folder)
        if not (folder / "current").exists():
            keyfiles.write_new(folder / "current", self._new().encode())

    @property
    def current(self) -> str:
        return (self._folder / "current").read_text(encoding="ascii")

    def rotate(self) -> str:
        """The new key id."""
        old, new = self.current, self._new()
        keyfiles.replace(self._folder / "current", new.encode())
        for path in self._folder.glob("*.pem"):
            if path.stem not in (old, new):
                path.unlink()
        return new

    def jwks(self) -> dict[str, Any]:
        published = []
        for path in sorted(self._folder.glob("*.pem")):
            public = jwt.algorithms.ECAlgorithm.to_jwk(self._private(path.stem).public_key(), as_dict=True)
            published.append({**public, "kid": path.stem, "use": "sig", "alg": "ES256"})
        return {"keys": published}

    def token(self, claims: dict[str, Any], kind: str = "at+jwt") -> str:
        kid = self.current
        return jwt.encode(claims, self._private(kid), algorithm="ES256", headers={"kid": kid, "typ": kind})

    def _new(self) -> str:
        key = generate_private_key(SECP256R1())
        public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        members = json.dumps({name: public[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        kid = keyfiles.DEMO + keyfiles.b64url(hashlib.sha256(members.encode()).digest())  # RFC 7638
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        keyfiles.write_new(self._folder / f"{kid}.pem", pem)
        return kid

    def _private(self, kid: str) -> EllipticCurvePrivateKey:
        key = load_pem_private_key((self._folder / f"{kid}.pem").read_bytes(), password=None)
        assert isinstance(key, EllipticCurvePrivateKey)
        return key


class Issuer:
    """Codes and tokens for the demo clients; it knows no others. Secrets of machines are files `idp.<client>`."""

    def __init__(
        self, *, base_url: str, audience: str, store: Store, clients: Clients, key_dir: Path, secrets_dir: Path
    ) -> None:
        self.url, self.audience = base_url.rstrip("/"), audience
        self.keys = IssuerKeys(key_dir)
        self._clients = {client.id: client for client in clients if client.demo}
        self._store, self._codes = store, Table(store, "idp", "codes")
        self._refresh = Table(store, "idp", "refresh")
        self.sessions = ProviderSessions(self.url, store, self.keys.token)
        self._secrets_dir = keyfiles.private_folder(secrets_dir)
        for client in self._clients.values():
            if not _is_public(client):
                keyfiles.write_new(self._secret(client), secrets.token_urlsafe(32).encode())

    def demand(self, asked: Mapping[str, str]) -> Demand:
        """Check an authorisation request. Raises `OAuthError`, without redirect while the address is not trusted."""
        client = self._clients.get(asked.get("client_id", ""))
        if client is None:
            raise OAuthError("unauthorized_client", "client_id names no client of the sandbox")
        uri, state = asked.get("redirect_uri", ""), asked.get("state", "")
        if not client.may_redirect_to(uri):
            raise OAuthError("invalid_request", "redirect_uri is not registered for this client")
        try:
            if asked.get("response_type") != "code":
                raise OAuthError("unsupported_response_type", "response_type must be code")
            challenge = asked.get("code_challenge", "")
            if asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
                raise OAuthError("invalid_request", "PKCE is required: code_challenge with code_challenge_method=S256")
            scopes = self._scopes(client, asked.get("scope", ""))
            self._check_resource(asked)
        except OAuthError as error:
            raise OAuthError(error.error, error.description, redirect_uri=uri, state=state) from None
        wanted = [acr for acr in asked.get("acr_values", "").split() if acr in ACR_VALUES]
        acr = wanted[0] if wanted else "substantial"
        return Demand(
            client=client, redirect_uri=uri, state=state, scopes=scopes, challenge=challenge, acr=acr,
            openid=OPENID in asked.get("scope", "").split(), nonce=asked.get("nonce", ""),
        )  # fmt: skip

    def code(self, demand: Demand, login: str, browser: str = "") -> tuple[str, str]:
        """A code for one use within a minute, and the key of the provider's session, which the browser with the key
        `browser` keeps. Raises `ValueError` if nobody logs in to this client by that name."""
        kind = demand.client.kind
        who: Person | Agent = agent(login, kind) if kind in STAFF else person(login)
        sid, browser = self.sessions.begin(browser, who.claims["sub"])
        code, now = secrets.token_urlsafe(32), time.time()
        with self._store.transaction():
            for key, old in self._codes.items():
                if old["expires"] < now:
                    self._codes.delete(key)
            self._codes.put(
                _hash(code),
                {
                    "client_id": demand.client.id,
                    "redirect_uri": demand.redirect_uri,
                    "challenge": demand.challenge,
                    "scope": " ".join(sorted(demand.scopes)),
                    "acr": demand.acr,
                    "claims": who.claims,
                    "sid": sid,
                    "openid": demand.openid,
                    "nonce": demand.nonce,
                    "expires": now + CODE_SECONDS,
                },
            )
        return code, browser

    def grant(self, asked: Mapping[str, str], authorization: str = "") -> dict[str, Any]:
        """The token endpoint: the answer of RFC 6749, section 5.1. Raises `OAuthError`."""
        client = self._authenticated(asked, authorization)
        self._check_resource(asked)
        kind = asked.get("grant_type", "")
        if kind == "authorization_code" and _is_public(client):
            return self._redeem(client, asked)
        if kind == "refresh_token" and _is_public(client):
            return self._refreshed(client, asked)
        if kind == "client_credentials" and not _is_public(client):
            scopes = self._scopes(client, asked.get("scope", ""))
            return self._answer(client, " ".join(sorted(scopes)), {"sub": client.id, "acr": "substantial"})
        if kind in ("authorization_code", "refresh_token", "client_credentials"):
            raise OAuthError("unauthorized_client", f"a client of kind {client.kind} cannot use this grant")
        raise OAuthError(
            "unsupported_grant_type", "grant_type must be authorization_code, refresh_token or client_credentials"
        )

    def client(self, client_id: str) -> Client | None:
        return self._clients.get(client_id)

    def _redeem(self, client: Client, asked: Mapping[str, str]) -> dict[str, Any]:
        key = _hash(asked.get("code", ""))
        with self._store.transaction():
            code = self._codes.get(key)
            self._codes.delete(key)
        verifier = asked.get("code_verifier", "")
        if code is None or code["expires"] < time.time() or code["client_id"] != client.id:
            raise OAuthError("invalid_grant", "the code is unknown, used, or older than a minute")
        if code["redirect_uri"] != asked.get("redirect_uri"):
            raise OAuthError("invalid_grant", "redirect_uri is not the one of the authorisation request")
        if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(s256(verifier), code["challenge"]):
            raise OAuthError("invalid_grant", "code_verifier does not match code_challenge")
        claims = {"acr": code["acr"], **code["claims"]}
        answer = self._answer(client, code["scope"], claims)
        if code.get("openid"):
            self.sessions.join(code["sid"], client.id, client.logout_uri(code["redirect_uri"]))
            answer |= self._known(client, code["scope"], claims, code["nonce"], code["sid"])
        return answer

    def _refreshed(self, client: Client, asked: Mapping[str, str]) -> dict[str, Any]:
        """A refresh token is good once: the next one comes with the answer (RFC 9700, section 4.14.2)."""
        key = _hash(asked.get("refresh_token", ""))
        with self._store.transaction():
            kept = self._refresh.get(key)
            self._refresh.delete(key)
        if kept is None or kept["expires"] < time.time() or kept["client_id"] != client.id:
            raise OAuthError("invalid_grant", "the refresh token is unknown, used or too old")
        if not self.sessions.lives(kept.get("sid", "")):
            raise OAuthError("invalid_grant", "the session has ended")
        answer = self._answer(client, kept["scope"], kept["claims"])
        return answer | self._known(client, kept["scope"], kept["claims"], "", kept["sid"])

    def hinted(self, id_token: str) -> dict[str, Any] | None:
        """Claims of an ID token that was given here, however long ago; None for anything else."""
        try:
            kid = jwt.get_unverified_header(id_token).get("kid")
            key = next(each for each in jwt.PyJWKSet.from_dict(self.keys.jwks()).keys if each.key_id == kid)
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key.key,
                ["ES256"],
                issuer=self.url,
                options={"verify_exp": False, "verify_aud": False, "require": ["aud", "sid"]},
            )
        except (jwt.PyJWTError, StopIteration):
            return None
        return claims

    def _known(self, client: Client, scope: str, claims: dict[str, Any], nonce: str, sid: str) -> dict[str, Any]:
        """The ID token, which says who signed in, and the means to stay signed in."""
        now, refresh = int(time.time()), secrets.token_urlsafe(32)
        about = {"iss": self.url, "aud": client.id, "iat": now, "exp": now + TOKEN_SECONDS, "auth_time": now}
        about["sid"] = sid
        with self._store.transaction():
            for key, old in self._refresh.items():
                if old["expires"] < now:
                    self._refresh.delete(key)
            kept = {"client_id": client.id, "scope": scope, "claims": claims, "sid": sid}
            self._refresh.put(_hash(refresh), {**kept, "expires": now + REFRESH_SECONDS})
        id_token = self.keys.token({**about, **({"nonce": nonce} if nonce else {}), **claims}, kind="JWT")
        return {"id_token": id_token, "refresh_token": refresh}

    def _answer(self, client: Client, scope: str, claims: dict[str, Any]) -> dict[str, Any]:
        now = int(time.time())
        about = {"iss": self.url, "aud": self.audience, "client_id": client.id, "scope": scope}
        times = {"iat": now, "nbf": now, "exp": now + TOKEN_SECONDS, "jti": secrets.token_urlsafe(16)}
        token = self.keys.token({**about, **times, **claims})
        return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": scope}

    def _authenticated(self, asked: Mapping[str, str], authorization: str) -> Client:
        id, secret = asked.get("client_id", ""), asked.get("client_secret", "")
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
            except ValueError:
                id = ""
        client = self._clients.get(id)
        if client is None:
            raise OAuthError("invalid_client", "unknown client")
        if _is_public(client):
            return client  # public: PKCE stands for a secret
        expected = self._secret(client).read_text(encoding="ascii").strip()
        if not hmac.compare_digest(expected.encode(), secret.encode()):
            raise OAuthError("invalid_client", "wrong client secret")
        return client

    def _check_resource(self, asked: Mapping[str, str]) -> None:
        """RFC 8707: a client may say whom the token is for. Here that can only be the one gateway."""
        if asked.get("resource", self.audience) != self.audience:
            raise OAuthError("invalid_target", f"tokens are given for {self.audience} alone")

    def _secret(self, client: Client) -> Path:
        return self._secrets_dir / f"idp.{client.id}"

    @staticmethod
    def _scopes(client: Client, asked: str) -> frozenset[str]:
        scopes = frozenset(asked.split()) - {OPENID} or client.scopes
        if not scopes <= client.scopes:
            raise OAuthError("invalid_scope", f"this client may ask for: {' '.join(sorted(client.scopes))}")
        return scopes


def _is_public(client: Client) -> bool:
    return client.kind in _PUBLIC or bool(client.redirect_uris)


def s256(verifier: str) -> str:
    """RFC 7636, section 4.2."""
    return keyfiles.b64url(hashlib.sha256(verifier.encode()).digest())


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
