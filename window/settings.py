"""Settings of the window: its own file, then the environment (`MRE_WINDOW__SECTION__KEY`). Unknown keys are errors."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

PREFIX: Final = "MRE_WINDOW__"
LANGUAGES: Final = ("ar", "fr", "en", "es", "nl", "it", "de")
"""The first three are complete; the others have the navigation and the fixed texts, and the rest in `fallback`."""
ROLES: Final = ("person", "agent", "auditor", "operator", "agency")

Positive = Annotated[float, Field(gt=0)]


class SettingsError(Exception):
    """The settings cannot be used. The message says which key and what to do."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretRef(Section):
    """Where a secret is: exactly one of `env` and `file`."""

    env: str = ""
    file: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> SecretRef:
        if bool(self.env) == bool(self.file):
            raise ValueError('a secret is { env = "NAME" } or { file = "path" }, never a value')
        return self

    def read(self) -> str:
        """Raises `SettingsError` when it is not there."""
        if self.env:
            if self.env not in os.environ:
                raise SettingsError(f"the environment has no {self.env}, which is to hold a secret")
            return os.environ[self.env]
        try:
            return Path(self.file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"cannot read the secret in {self.file}: {error.strerror}") from error


class Server(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8403
    public_url: str = ""
    """Origin under which browsers reach the window. Empty: `http://<host>:<port>`, for the demo profile alone."""
    body_bytes: Annotated[int, Field(ge=65_536)] = 26_214_400
    """Largest request: a form with its files, from somebody who is signed in."""
    form_bytes: Annotated[int, Field(ge=65_536)] = 1_048_576
    """Largest form without files, and largest request of who is not signed in."""


class GatewayAddress(Section):
    url: str = "http://127.0.0.1:8400"
    """Where the window calls the API."""
    timeout_seconds: Positive = 15.0
    connections: Annotated[int, Field(ge=1)] = 100
    file_bytes: Annotated[int, Field(ge=1)] = 10_485_760
    """Largest file that the gateway takes, its `server.max_attachment_bytes`: said before it is sent."""
    streams: Annotated[int, Field(ge=1)] = 500
    """Pages of cases that are kept up to date at one time, each by a connection of its own; more come later."""


class SignIn(Section):
    """A client at an identity provider, for one role."""

    client_id: str
    client_secret: SecretRef | None = None
    """Of a confidential client. Without one PKCE alone proves that the code is ours."""
    issuer: str = ""
    """Empty: the first one that the gateway names (RFC 9728)."""
    scopes: tuple[str, ...] = ()
    """Asked for beside `openid`; empty: all that the client may have."""


class Sessions(Section):
    store_url: str = ""
    """SQLAlchemy URL of SQLite or PostgreSQL; empty: `window.sqlite` in the state folder."""
    idle_minutes: Positive = 30.0
    longest_hours: Positive = 8.0
    kept_form_minutes: Positive = 60.0
    """How long the form of an expired session is kept for who signs in again."""
    kept_form_bytes: Annotated[int, Field(ge=4096)] = 262_144
    most_per_person: Annotated[int, Field(ge=1)] = 20
    """One more ends the oldest."""
    kept_forms_per_person: Annotated[int, Field(ge=1)] = 5
    """One more takes the place of the oldest."""


class Look(Section):
    theme: str = ""
    """Folder laid over the window's own: `theme.css`, `logo.svg`, `texts.<language>.po`, `templates/`."""
    name: dict[str, str] = {
        "ar": "خدمات مغاربة العالم",
        "fr": "Services aux Marocains du monde",
        "en": "Services for Moroccans abroad",
        "es": "Servicios para los marroquíes del mundo",
        "nl": "Diensten voor Marokkanen in het buitenland",
        "it": "Servizi per i marocchini nel mondo",
        "de": "Dienste für Marokkaner im Ausland",
    }
    owner: dict[str, str] = {
        "ar": "المملكة المغربية", "fr": "Royaume du Maroc", "en": "Kingdom of Morocco", "es": "Reino de Marruecos",
        "nl": "Koninkrijk Marokko", "it": "Regno del Marocco", "de": "Königreich Marokko",
    }  # fmt: skip
    contact_url: str = ""
    language: str = "fr"
    """Of those whose browser asks for none of ours."""
    fallback: Literal["ar", "fr", "en"] = "fr"
    """For what es, nl, it and de do not have."""
    time_zone: str = "Africa/Casablanca"
    hidden_portals: tuple[str, ...] = ("echo",)
    """Portals whose services are for tests: neither listed nor found."""


class WindowSettings(Section):
    profile: Literal["demo", "production"] = "production"
    state_dir: Path = Path(".state")
    server: Server = Server()
    gateway: GatewayAddress = GatewayAddress()
    sign_in: Annotated[dict[str, SignIn], Field(validate_default=True)] = {}
    sessions: Sessions = Sessions()
    look: Look = Look()

    @field_validator("sign_in")
    @classmethod
    def _somebody(cls, value: dict[str, SignIn]) -> dict[str, SignIn]:
        if unknown := sorted(set(value) - set(ROLES)):
            raise ValueError(f"sign_in.{unknown[0]}: the roles are {', '.join(ROLES)}")
        if "person" not in value:
            raise ValueError("sign_in.person is missing: without a client nobody can sign in")
        return value

    @model_validator(mode="after")
    def _safe(self) -> WindowSettings:
        if self.demo:
            return self
        for name, url in (("server.public_url", self.server.public_url), *self._outside()):
            parts = urlsplit(url)
            if parts.scheme != "https" or not parts.hostname:
                raise ValueError(f"{name} must be an https address outside the demo profile")
        if urlsplit(self.server.public_url).path.strip("/"):
            raise ValueError("server.public_url is an origin: scheme, host and port alone")
        return self

    def _outside(self) -> list[tuple[str, str]]:
        return [(f"sign_in.{role}.issuer", each.issuer) for role, each in self.sign_in.items() if each.issuer]

    @property
    def demo(self) -> bool:
        return self.profile == "demo"

    @property
    def origin(self) -> str:
        return (self.server.public_url or f"http://{self.server.host}:{self.server.port}").rstrip("/")

    @property
    def store_url(self) -> str:
        return self.sessions.store_url or f"sqlite:///{self.state_dir / 'window.sqlite'}"


def load(config: Path | None = None, *, state_dir: Path | None = None, **over: Any) -> WindowSettings:
    """The file `config` (or `<state_dir>/window.toml`), then the environment, then `state_dir` and `over`.

    Raises `SettingsError` with every problem found, one a line.
    """
    values: dict[str, Any] = {}
    if config is None and state_dir is not None and (state_dir / "window.toml").exists():
        config = state_dir / "window.toml"
    if config is not None:
        try:
            values = tomllib.loads(config.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"cannot read {config}: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{config}: {error}") from error
    values = _merged(values, _environment())
    if state_dir is not None:
        values["state_dir"] = state_dir
    try:
        return WindowSettings.model_validate(_merged(values, over))
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc'])) or 'settings'}: {each['msg']}" for each in error.errors()]
        raise SettingsError("\n".join(problems)) from error


def _environment() -> dict[str, Any]:
    """`MRE_WINDOW__SERVER__PORT=8403`: a value that is TOML is read as such, any other is a text."""
    found: dict[str, Any] = {}
    for name, value in os.environ.items():
        if not name.upper().startswith(PREFIX):
            continue
        *path, last = name[len(PREFIX) :].lower().split("__")
        inside = found
        for each in path:
            inside = inside.setdefault(each, {})
        inside[last] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for name, value in other.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
