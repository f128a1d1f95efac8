"""Settings: `config/gateway.toml`, then the operator's file, then the environment (`MRE_GATEWAY__SECTION__KEY`).

Everything is typed and checked at start-up; an unknown key is an error, because a misspelt limit protects nobody.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.secret import Secret

PREFIX = "MRE_GATEWAY__"


class SettingsError(Exception):
    """The settings cannot be used. The message says which key and what to do."""


def bundled(name: str) -> Path:
    """A folder that ships with the gateway: next to the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent
    inside = package / "bundled" / name
    return inside if inside.exists() else package.parent / name


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretRef(Section):
    """Where a secret is: exactly one of `env` and `file`, or another kind that a plugin registered."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @model_validator(mode="after")
    def _one_kind(self) -> SecretRef:
        kinds = self.model_extra or {}
        if len(kinds) != 1 or not all(isinstance(v, str) for v in kinds.values()):
            raise ValueError('a secret is a reference such as { env = "NAME" } or { file = "path" }, never a value')
        return self

    @property
    def kind(self) -> str:
        return next(iter(self.model_extra or {}))

    @property
    def reference(self) -> str:
        return str(next(iter((self.model_extra or {}).values())))


def read_env(reference: str) -> Secret:
    value = os.environ.get(reference)
    if not value:
        raise SettingsError(f"secret: environment variable {reference} is not set")
    return Secret(value)


def read_file(reference: str) -> Secret:
    try:
        return Secret(Path(reference).read_text(encoding="utf-8").strip())
    except OSError as error:
        raise SettingsError(f"secret: cannot read {reference}: {error.strerror}") from error


Positive = Annotated[float, Field(gt=0)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Server(Section):
    host: str = "127.0.0.1"
    """Address to listen on. TLS ends in front of the gateway."""
    port: int = 8400
    """Port to listen on."""
    public_url: str = ""
    """Where clients and portals reach us; empty means `http://host:port`."""
    max_body_bytes: Annotated[int, Field(gt=0)] = 1_048_576
    """Larger request bodies are refused; a file sent to `/v1/attachments` has its own limit."""
    max_attachment_bytes: Annotated[int, Field(gt=0)] = 10_485_760
    """Larger files are refused."""
    unfiled_attachment_seconds: Positive = 7 * 86400.0
    """A file that was handed in and never filed is deleted after this."""
    shutdown_grace_seconds: Positive = 20.0
    """How long calls and journey steps may take to end after SIGTERM."""
    max_concurrent_calls: Annotated[int, Field(gt=0)] = 512
    """More than this at once are answered 503 with Retry-After."""
    call_seconds: Positive = 15.0
    """The budget of one call, shared by all portals it needs."""
    event_stream_max: Annotated[int, Field(gt=0)] = 256
    """Open event streams per process."""


class Store(Section):
    url: str = ""
    """SQLAlchemy URL, `sqlite+aiosqlite:///...` or `postgresql+psycopg://...`; empty: SQLite in the state folder."""
    pool_size: Annotated[int, Field(gt=0)] = 10
    """Connections of one process."""
    busy_timeout_seconds: Positive = 30.0
    """How long a writer waits for another process on SQLite, and an erasure for whoever still reads the database."""
    stall_seconds: Positive = 10.0
    """PostgreSQL: a process that hangs in the middle of a transaction loses it after this, with the locks it holds."""


class Issuer(Section):
    """A token issuer we believe."""

    issuer: str
    """The claim `iss`, to the letter."""
    jwks_url: str = ""
    """Empty: found by OAuth 2 discovery (RFC 8414) under the issuer."""
    audience: str = "mre-gateway"
    """The claim `aud` must name it."""
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    """Signatures that are accepted; only public-key ones can be."""
    demo: bool = False
    """The sandbox identity provider, which a production profile refuses."""


class Auth(Section):
    issuers: tuple[Issuer, ...] = ()
    leeway_seconds: Annotated[float, Field(ge=0, le=10)] = 10.0
    """How far the issuer's clock may be from ours."""
    jwks_cache_seconds: Positive = 300.0
    """How long an issuer's keys are used without asking again."""
    jwks_min_refresh_seconds: Positive = 10.0
    """An unknown key id asks the issuer again, but not more often than this."""
    jwks_stale_seconds: Positive = 86_400.0
    """How old the issuer's keys may become while the issuer does not answer."""
    jwks_timeout_seconds: Positive = 5.0
    """How long an issuer may take to give its keys."""
    jwks_max_bytes: Annotated[int, Field(gt=0)] = 262_144
    """Larger key sets are not read."""
    token_max_bytes: Annotated[int, Field(gt=0)] = 8_192
    """Longer tokens are refused unread."""
    token_cache_size: Annotated[int, Field(gt=0)] = 10_000
    """Verified tokens that are remembered until they expire."""
    clients_file: str = ""
    """Known clients, their scopes and return addresses; empty means the bundled `clients.toml`."""


class AuditWitness(Section):
    """A witness (C2SP tlog-witness) that cosigns our checkpoints."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    """Its submission prefix: what stands before `/add-checkpoint`."""
    vkey: str
    """Its verifier key, of the type for cosignatures."""


class TimestampAuthority(Section):
    """A timestamp authority (RFC 3161) that dates our checkpoints."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    """A word of yours; it is in the names of exported files."""
    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    """Where it takes requests."""
    certificate: str
    """PEM file with its root certificate, and with those between, if it does not send them."""


class Audit(Section):
    origin: str = "mre-gateway.local/log"
    """Name of this log."""
    durable: bool = True
    """False only in benchmarks, to see what durability costs. A production profile refuses it."""
    batch_records: Annotated[int, Field(gt=0, le=4096)] = 256
    """Most records that share one commit."""
    batch_wait_seconds: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How long a commit waits for more records."""
    queue_records: Annotated[int, Field(gt=0)] = 4096
    """Calls waiting for their record; more are refused with 503."""
    write_timeout_seconds: Positive = 5.0
    """How long a call waits for its record before it is refused with 503."""
    max_record_bytes: Annotated[int, Field(gt=0, le=65_535)] = 16_384
    """A longer record loses its last hops, and says how many."""
    checkpoint_seconds: Positive = 1.0
    """How old the newest checkpoint may be when the log has grown."""
    checkpoint_records: Annotated[int, Field(gt=0)] = 256
    """...and how many records it may lack."""
    keep_bodies: bool = False
    """Keep requests and answers themselves, sealed under the key of whom they concern; the log only commits to them."""
    bodies_days: Annotated[int, Field(gt=0)] = 90
    """Kept bodies are deleted after this."""
    records_days: Annotated[int, Field(ge=0)] = 0
    """Records are deleted after this, by whole months; their hashes stay, and the log verifies. 0: never."""
    records_notice_days: Annotated[int, Field(gt=0)] = 7
    """The log says so this long before they go. A clock that is wrong must be noticed within that time."""
    scan_records: Annotated[int, Field(ge=1000, le=1_000_000)] = 10_000
    """Records that are looked at for one page of a search with several filters."""
    export_records: Annotated[int, Field(ge=1)] = 1_000_000
    """Places in the log that one answer of `GET /audit/export` goes through; a link leads to the next ones."""
    exports: Annotated[int, Field(ge=1)] = 2
    """Answers of `GET /audit/export` under way at the same time, per process; more are refused with 503."""
    anchor_seconds: Positive = 60.0
    """How often the newest checkpoint goes to the witnesses and timestamp authorities, if the log has grown."""
    anchor_timeout_seconds: Positive = 5.0
    """How long one of them may take."""
    anchor_retry_seconds: Positive = 600.0
    """After failures the pause doubles, up to this."""
    anchor_late_seconds: Positive = 600.0
    """When the newest records have been without an anchor for so long, health is `degraded`."""
    anchor_keep_seconds: Positive = 2 * 86400.0
    """Older anchors are thinned out: the last one of each day stays."""
    witnesses: tuple[AuditWitness, ...] = ()
    """Witnesses that cosign the checkpoints."""
    timestamp_authorities: tuple[TimestampAuthority, ...] = ()
    """Authorities that date the checkpoints."""


class Retry(Section):
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """Attempts in all, the first one included."""
    base_seconds: Positive = 0.1
    """The longest wait before the second attempt; it doubles for each further one."""
    max_seconds: Positive = 2.0
    """The longest wait before any attempt. A portal that asks for more is not waited for."""
    budget_ratio: Ratio = 0.2
    """Retries may be at most this share of the portal's requests..."""
    budget_floor: Annotated[int, Field(ge=0)] = 10
    """...but this many are always allowed per window."""
    budget_window_seconds: Positive = 10.0
    """The window of both."""


class Breaker(Section):
    window_seconds: Positive = 30.0
    """What counts: calls of the last so many seconds."""
    minimum_calls: Annotated[int, Field(ge=1)] = 10
    """Fewer calls than this never open it."""
    failure_ratio: Ratio = 0.5
    """This share of failures opens it."""
    slow_seconds: Positive = 5.0
    """A call that takes longer is slow."""
    slow_ratio: Ratio = 0.8
    """This share of slow calls opens it."""
    open_seconds: Positive = 15.0
    """How long the portal is then left alone."""
    half_open_probes: Annotated[int, Field(ge=1)] = 2
    """So many calls then try; all must succeed."""


class Bulkhead(Section):
    concurrent: Annotated[int, Field(ge=1)] = 64
    """Requests to the portal at the same time, per process."""
    queue: Annotated[int, Field(ge=0)] = 128
    """Requests that may wait for a place."""
    queue_seconds: Positive = 1.0
    """How long each may wait."""


class Timeouts(Section):
    connect_seconds: Positive = 2.0
    """To connect, TLS included."""
    read_seconds: Positive = 5.0
    """Between two pieces of the answer."""
    total_seconds: Positive = 10.0
    """One request with all its attempts."""
    keep_alive_seconds: Positive = 4.0
    """How long an idle connection is kept: less than the portal keeps it, or requests meet closing connections."""


class Limits(Section):
    response_bytes: Annotated[int, Field(gt=0)] = 10_485_760
    """Larger answers are not read."""
    decompression_ratio: Positive = 100.0
    """How many times its packed size a gzip answer may unfold to, beyond 64 KiB."""


class Tls(Section):
    """Certificates for a portal: `ca` replaces the system's trust store, `cert` and `key` are ours (mutual TLS)."""

    ca: str = ""
    """PEM file of authorities."""
    cert: str = ""
    """PEM file of our certificate."""
    key: str = ""
    """PEM file of its key."""


class Outbound(Section):
    timeouts: Timeouts = Timeouts()
    retry: Retry = Retry()
    breaker: Breaker = Breaker()
    bulkhead: Bulkhead = Bulkhead()
    limits: Limits = Limits()
    tls: Tls = Tls()
    sign: bool = True
    """Add an RFC 9421 signature to every request."""


class Signing(Section):
    """Which signer makes the signatures. Empty: the key in the key folder; otherwise a table with the `kind` that a
    plugin registered and whatever that signer needs."""

    outbound: dict[str, str] = {}
    """For requests to portals: `kind`, and what that signer needs."""


class PortalSettings(Outbound):
    """One connector. The outbound sections override `[outbound]` key by key."""

    enabled: bool = True
    """False switches the plugin off, whatever `plugins.enabled` says."""
    mode: Literal["sandbox", "live"] = "sandbox"
    """`live` needs an agreement with the portal."""
    base_url: str = ""
    """Empty in sandbox mode: the sandbox host's address for this portal."""
    public_base_url: str = ""
    """Where a person's browser reaches the portal; empty means `base_url`."""
    secrets: dict[str, SecretRef] = {}
    """References by name; the plugin's manifest says which it needs."""
    options: dict[str, str] = {}
    """Plain settings of the plugin, over those of its manifest."""


class Plugins(Section):
    folders: tuple[str, ...] = ()
    """Folders with plugin folders inside; the bundled `plugins/` is always searched last."""
    enabled: tuple[str, ...] = ()
    """Only these are loaded, from folders or from entry points."""
    strict: bool = False
    """Raise on a broken plugin instead of quarantining it."""


class Sandbox(Section):
    url: str = "http://127.0.0.1:8401"
    """Where the sandbox host is."""
    port: int = 8401
    """Port that `mre-gateway sandbox` listens on."""
    tls_port: int = 8402
    """Its second port, for the portals that want mutual TLS."""
    speed: Positive = 1.0
    """Simulated seconds in a second."""


class Journeys(Section):
    store_url: str = ""
    """Where the workflow engine keeps its journal; empty: SQLite in the state folder, or the store on PostgreSQL."""
    embedded: bool | None = None
    """Run journeys inside `serve`; unset means yes on SQLite, no on PostgreSQL (there `work` does it)."""
    executor_id: str = "local"
    """Name of this worker, another one for each process and the same after a restart."""
    poll_seconds: Positive = 300.0
    """How often a portal without callbacks is asked."""
    retry_base_seconds: Positive = 5.0
    """The wait after a portal's first failure; it doubles with each further one."""
    retry_max_seconds: Positive = 3600.0
    """The longest such wait."""
    settle_seconds: Positive = 30.0
    """After an unknown outcome: how long the portal must deny knowing the key before the request is sent again."""
    give_up_seconds: Positive = 30 * 86400.0
    """After this long without an answer from a portal, the case fails and is compensated."""
    lease_seconds: Positive = 60.0
    """A case whose worker died is taken over after this."""
    concurrent: Annotated[int, Field(ge=1)] = 32
    """Cases worked on at the same time by one process."""
    tick_seconds: Positive = 1.0
    """How often the due cases are looked for; in the same process a change is noticed at once."""
    payment_seconds: Positive = 7 * 86400.0
    """How long a person has to pay."""
    appointment_seconds: Positive = 30 * 86400.0
    """How long a person has to choose an appointment that the case needs before it goes on."""
    offer_seconds: Positive = 30 * 86400.0
    """How long after its end a case still takes a rating or an appeal, unless the portal says less."""
    reminder_days: Annotated[int, Field(ge=0)] = 7
    """How many days before the end of a legal term the timeline says so."""


class Idempotency(Section):
    keep_seconds: Positive = 86400.0
    """How long an answer is kept for repetitions."""
    running_seconds: Positive = 60.0
    """A write whose process died is taken over after this."""


class Mandates(Section):
    """Acting for a person with her mandate."""

    max_days: Annotated[int, Field(gt=0)] = 90
    """How long a mandate may last."""
    code_seconds: Positive = 600.0
    """How long the code is good by which an agent takes a mandate up."""
    code_tries: Annotated[int, Field(gt=0)] = 5
    """Wrong codes that one agent may try within `code_seconds`."""


class Forms(Section):
    """How large a form may be, whatever its service says."""

    depth: Annotated[int, Field(gt=0, le=50)] = 12
    """Levels of nesting."""
    values: Annotated[int, Field(gt=0)] = 2000
    """Values in all."""
    text_characters: Annotated[int, Field(gt=0)] = 10_000
    """Characters of one text."""
    errors: Annotated[int, Field(gt=0)] = 50
    """More than this are not listed."""


class Cards(Section):
    """The MRE Services card."""

    days: Annotated[int, Field(gt=0, le=3650)] = 365
    """How long a card is valid."""
    per_person: Annotated[int, Field(gt=0)] = 3
    """Cards that one person can have valid at a time."""
    list_refresh_seconds: Annotated[int, Field(gt=0)] = 3600
    """How long the list of revoked cards may be cached before a newer one should be fetched."""
    list_days: Annotated[int, Field(gt=0)] = 7
    """How long such a list can be relied on without a network; after that it says nothing any more."""


class Indicators(Section):
    """The public figures of `/v1/indicators`."""

    minimum: Annotated[int, Field(ge=1)] = 5
    """Numbers of fewer cases than this are not published, nor any by which they could be found."""
    publish_after_seconds: Positive = 86400.0
    """A quarter is published this long after its end, and does not change any more."""
    quarters: Annotated[int, Field(ge=1, le=80)] = 20
    """Most quarters in one answer."""


class Logging(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    """What is less important is not logged."""


class Settings(BaseSettings):
    """The whole configuration. Build it with `load`."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__")

    profile: Literal["production", "demo", "embedded"] = "embedded"
    """`demo` allows the sandbox identity provider and generated keys; `production` refuses both."""
    state_dir: Path = Path(".state")
    """Where the keys, the SQLite files and the demo's secrets are."""
    languages: tuple[str, ...] = ("ar", "fr", "en")
    """Languages of the API's texts."""
    catalogue_languages: tuple[Literal["es", "nl", "it", "de"], ...] = ("es", "nl", "it", "de")
    """Further languages in which the catalogue and the guide can be read: titles and summaries, no other text."""
    default_language: str = "fr"
    """For callers whose `Accept-Language` names none of them."""
    server: Server = Server()
    store: Store = Store()
    auth: Auth = Auth()
    audit: Audit = Audit()
    outbound: Outbound = Outbound()
    signing: Signing = Signing()
    portals: dict[str, PortalSettings] = {}
    plugins: Plugins = Plugins()
    sandbox: Sandbox = Sandbox()
    journeys: Journeys = Journeys()
    idempotency: Idempotency = Idempotency()
    mandates: Mandates = Mandates()
    forms: Forms = Forms()
    cards: Cards = Cards()
    indicators: Indicators = Indicators()
    logging: Logging = Logging()

    @field_validator("state_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # `load` lays the environment between the files and the options

    @property
    def public_url(self) -> str:
        return self.server.public_url.rstrip("/") or f"http://{self.server.host}:{self.server.port}"

    @property
    def store_url(self) -> str:
        return self.store.url or f"sqlite+aiosqlite:///{self.state_dir / 'gateway.sqlite'}"

    @property
    def on_postgresql(self) -> bool:
        return self.store_url.startswith("postgresql")

    @property
    def journeys_url(self) -> str:
        if self.journeys.store_url:
            return self.journeys.store_url
        return self.store_url if self.on_postgresql else f"sqlite:///{self.state_dir / 'journeys.sqlite'}"

    @property
    def journeys_embedded(self) -> bool:
        return not self.on_postgresql if self.journeys.embedded is None else self.journeys.embedded

    def portal(self, name: str) -> PortalSettings:
        """The portal's settings laid over `[outbound]`, key by key."""
        own = self.portals.get(name, PortalSettings())
        merged = _merge(self.outbound.model_dump(), own.model_dump(exclude_unset=True))
        return PortalSettings.model_validate(merged)


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def load(config: Path | None = None, *, state_dir: Path | None = None, **over: Any) -> Settings:
    """Read the bundled defaults, then `config` (or `<state_dir>/gateway.toml` if that exists), then the environment;
    last come `state_dir` and `over`, which are what a command was told.

    Raises `SettingsError` with every problem found, one a line.
    """
    values = tomllib.loads((bundled("config") / "gateway.toml").read_text(encoding="utf-8"))
    if config is None and state_dir is not None and (state_dir / "gateway.toml").exists():
        config = state_dir / "gateway.toml"
    if config is not None:
        try:
            values = _merge(values, tomllib.loads(config.read_text(encoding="utf-8")))
        except OSError as error:
            raise SettingsError(f"cannot read {config}: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{config}: {error}") from error
    told = {"state_dir": state_dir, **over} if state_dir is not None else over
    try:
        return Settings(**_merge(_merge(values, EnvSettingsSource(Settings)()), told))
    except ValueError as error:
        raise SettingsError(_explain(error)) from error


def _explain(error: ValueError) -> str:
    problems = getattr(error, "errors", None)
    if problems is None:
        return str(error)
    return "\n".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in problems(include_input=False))
