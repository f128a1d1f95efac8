"""Settings: `config/gateway.toml`, then the operator's file, then the environment (`MRE_GATEWAY__SECTION__KEY`).

Everything is typed and checked at start-up; an unknown key is an error, because a misspelt limit protects nobody.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, field_validator, model_validator
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


def _as_text(value: object) -> object:
    """A number, or true or false, as the environment would give it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


PlainSetting = Annotated[str, BeforeValidator(_as_text)]


class Server(Section):
    host: str = "127.0.0.1"
    """Address to listen on. TLS ends in front of the gateway."""
    port: int = 8400
    """Port to listen on."""
    public_url: str = ""
    """Where clients and portals reach us; empty means `http://host:port`."""
    support_url: str = ""
    """Where people who build on this API find help, for its description; empty: `public_url`."""
    preflight_seconds: Annotated[float, Field(ge=0)] = 7200.0
    """How long a browser may remember that a page's origin may call (`origins` in the clients file)."""
    compress_min_bytes: Annotated[int, Field(gt=0)] = 1_024
    """Answers from this size on are sent as gzip to who takes it, where they are about nobody: catalogue, posts, slots,
    indicators, and pages. Answers about a person never are."""
    receipts_written_at_once: Annotated[int, Field(gt=0)] = 2
    """Receipts that are written as PDF at a time, some 0.1 s each; the others wait."""
    max_body_bytes: Annotated[int, Field(gt=0)] = 262_144
    """Larger request bodies are refused; a file sent to `/v1/attachments` has its own limit."""
    max_attachment_bytes: Annotated[int, Field(gt=0)] = 10_485_760
    """Larger files are refused."""
    max_callback_bytes: Annotated[int, Field(gt=0)] = 65_536
    """Larger callbacks of portals are refused: anybody can send one, and it is read before its signature is checked."""
    max_json_values: Annotated[int, Field(gt=0)] = 5_000
    """Bodies in JSON with more members and elements than about this are refused unread."""
    unfiled_attachment_seconds: Positive = 7 * 86400.0
    """A file that was handed in and never filed is deleted after this."""
    shutdown_grace_seconds: Positive = 20.0
    """How long calls and journey steps may take to end after SIGTERM."""
    blocked_loop_seconds: Positive = 0.75
    """If nothing else could be done for so long, because code did not yield, log, metrics and health say whose."""
    blocked_loop_told_seconds: Positive = 300.0
    """For so long afterwards `/health/ready` says `degraded`, and why."""
    max_concurrent_calls: Annotated[int, Field(gt=0)] = 512
    """More than this at once are answered 503 with Retry-After. A request counts once it has arrived whole."""
    calls_per_caller: Annotated[int, Field(gt=0)] = 1
    """While several callers are there, each has so many calls at work at a time and the others of theirs wait. A caller
    is a person, a client that speaks for nobody, or, without a token that was believed before, an address."""
    waiting_calls_per_caller: Annotated[int, Field(gt=0)] = 256
    """More of one caller that wait like this are answered 429."""
    caller_turn_seconds: Positive = 0.1
    """A call that takes longer, because it waits for a portal or sends a stream, counts no more as being at work."""
    max_header_bytes: Annotated[int, Field(ge=1024)] = 32_768
    """Larger headers, address included, are refused (431)."""
    header_seconds: Positive = 10.0
    """How long the headers of a request may take to arrive (408), and a new connection to say anything."""
    body_seconds: Positive = 30.0
    """How long the body of a request may take to arrive (408)."""
    max_small_chunks: Annotated[int, Field(gt=0)] = 4096
    """Chunks of one body (RFC 9112, 7.1) that may have fewer than 256 bytes; more are 400. Each costs as much as a
    large one."""
    idle_seconds: Annotated[int, Field(gt=0)] = 75
    """A connection on which nothing comes after an answer is closed after this. A proxy in front should keep it less
    long, or its requests meet closing connections."""
    send_seconds: Positive = 30.0
    """A connection whose client has not read on for so long, though an answer waits, is closed."""
    max_connections: Annotated[int, Field(gt=0)] = 4096
    """Open connections per process; fewer where the limit of descriptors leaves no room. When all are taken, the one
    that has waited longest for its client is closed for the new one."""
    connections_per_address: Annotated[int, Field(gt=0)] = 128
    """Of these, as many from one address (of IPv6: one /64). Unix sockets and trusted proxies are exempt."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose `Forwarded` or `X-Forwarded-For` is believed, `10.0.0.0/8`. Empty: the peer's address counts.
    Their `Client-Cert` is believed only with `auth.client_certificates`."""
    call_seconds: Positive = 15.0
    """The budget of one call, shared by all portals it needs."""
    callback_seconds: Positive = 8.0
    """How long a portal that calls back waits at most while the gateway asks it to confirm what it says; without a
    confirmation by then the answer is an error, and the callback has to come again."""
    event_stream_max: Annotated[int, Field(gt=0)] = 256
    """Open event streams per process."""

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ipaddress.ip_network(each, strict=False)
        return value


class Store(Section):
    url: str = ""
    """SQLAlchemy URL, `sqlite:///...` or `postgresql+psycopg://...`; empty: SQLite in the state folder."""
    pool_size: Annotated[int, Field(ge=4)] = 10
    """PostgreSQL: connections of one process that do its work, each with a thread. Beside them it has up to three
    more: to listen, to tell others that it lives, and to hold its turn to anchor the log."""
    processes: Annotated[int, Field(gt=0)] = 4
    """PostgreSQL: how many processes share the database, `serve --workers` and `work` together. `doctor` checks that
    the server allows their connections."""
    read_seconds: Positive = 20.0
    """PostgreSQL: a read that takes longer is cancelled, and cut off if the server does not answer that either; so long
    also a call waits for a free connection. It is answered 503."""
    busy_timeout_seconds: Positive = 30.0
    """How long a writer waits for another process on SQLite, and an erasure for whoever still reads the database."""
    stall_seconds: Positive = 10.0
    """PostgreSQL: a process that hangs in the middle of a transaction loses it after this, with the locks it holds."""


class Issuer(Section):
    """A token issuer we believe, and how far. What is not granted here it cannot do."""

    issuer: str
    """The claim `iss`, to the letter."""
    name: str = ""
    """A short name for it, by which the clients file says whose tokens a client may have; empty: `issuer` itself."""
    jwks_url: str = ""
    """Empty: found by OAuth 2 discovery (RFC 8414) under the issuer."""
    authorization_url: str = ""
    """Where a person signs in, for the description of the API; empty: `/authorize` under the issuer."""
    token_url: str = ""
    """Where a client gets its tokens, for the description of the API; empty: `/token` under the issuer."""
    audience: str = ""
    """The claim `aud` must name it. Empty: `server.public_url`, which a client can ask for as `resource` (RFC 8707);
    anything else should be an absolute URI too."""
    algorithms: tuple[str, ...] = ("PS256", "ES256", "EdDSA", "Ed25519")
    """Signatures that are accepted, whatever its keys say; only public-key ones can be. The default is what FAPI 2.0
    allows; RS256 has to be named."""
    kinds: tuple[Literal["citizen", "app", "agent", "auditor", "operator", "agency"], ...] = ()
    """As whom its tokens may speak."""
    acr: Literal["", "low", "substantial", "high"] = ""
    """The highest assurance level that is believed; more is taken for this much. Empty: it assures nothing."""
    vouches_for: tuple[str, ...] = ()
    """Claims about a person that are believed: `cnie`, `name`, `family_name`, `given_name`, the last two with `#ar` in
    Arabic letters, `birthdate`, `email`, `phone_number`; of an agent `mre_posts`, the posts where she serves.
    Forms are bound to them. A token with a `cnie` that its issuer may not vouch for is refused; other claims are as if
    they were not there."""
    demo: bool = False
    """The sandbox identity provider, which a production profile refuses."""


class Dpop(Section):
    """Proofs of the key that a token is bound to (RFC 9449)."""

    proof_seconds: Positive = 60.0
    """How old a proof may be; `auth.leeway_seconds` is added on both sides."""
    nonce: bool = True
    """Every proof must carry a nonce of ours, so that none can be made in advance."""
    nonce_seconds: Positive = 120.0
    """How often the nonce changes; the one before is good as well."""
    proof_max_bytes: Annotated[int, Field(gt=0)] = 4_096
    """Longer proofs are refused unread."""


class Auth(Section):
    issuers: tuple[Issuer, ...] = ()
    dpop: Dpop = Dpop()
    client_certificates: bool = False
    """Whether the proxies in `server.trusted_proxies` ask callers for a TLS certificate, pass it on in `Client-Cert`
    (RFC 9440), and remove that header from what comes in. Needed for tokens bound to a certificate (RFC 8705)."""
    leeway_seconds: Annotated[float, Field(ge=0, le=10)] = 10.0
    """How far the issuer's clock may be from ours."""
    jwks_cache_seconds: Positive = 300.0
    """How long an issuer's keys are used without asking again; a key that it withdraws is good for so long at most."""
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
    token_max_seconds: Positive = 3600.0
    """Tokens that are made for longer than this, from `iat` to `exp`, are refused."""
    token_cache_size: Annotated[int, Field(gt=0)] = 10_000
    """Verified tokens that are remembered until they expire, or their key is withdrawn."""
    clients_file: str = ""
    """Known clients, their scopes and return addresses; empty means the bundled `clients.toml`."""


class AuditWitness(Section):
    """A witness (C2SP tlog-witness) that cosigns our checkpoints."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    """Its submission prefix: what stands before `/add-checkpoint`."""
    monitoring_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """Its monitoring prefix: what stands before `/<origin hash>/checkpoint`. Empty: the same as `url`."""
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
    """Name of this log: where it is served, without the scheme, as in `services.mre.example/audit/log`. It stays for
    the log's life, also when the address changes."""
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
    """Records that are looked at for one page of a search with several filters, and for anomalies."""
    density_records: Annotated[int, Field(ge=1000, le=5_000_000)] = 200_000
    """Records that are counted for one chart of the log over time."""
    working_hours: tuple[Annotated[int, Field(ge=0, le=23)], Annotated[int, Field(ge=1, le=24)]] = (7, 20)
    """Hours of Morocco between which agents, auditors and operators work: what they do at other times is shown to
    auditors."""
    working_days: tuple[Annotated[int, Field(ge=1, le=7)], ...] = (1, 2, 3, 4, 5)
    """...and days; 1 is Monday."""
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


class PortalStates(Section):
    share_seconds: Positive = 1.0
    """How often processes tell each other how the portals are."""
    expire_seconds: Annotated[float, Field(ge=3)] = 30.0
    """What a process told counts for so long; it is renewed while the process lives."""


class PortalCounts(Section):
    share_seconds: Positive = 5.0
    """How often a process writes what it has counted; a killed one loses what it counted since."""
    keep_days: Annotated[int, Field(ge=1, le=400)] = 35
    """How long the counts of an hour are kept, and the shape of an answer that was not seen again."""
    sample_seconds: Annotated[float, Field(ge=0)] = 60.0
    """Of each operation of a portal, one good answer in so many seconds is looked at for its shape, per process."""
    shapes: Annotated[int, Field(ge=1, le=200)] = 20
    """Shapes kept of each operation and kind of answer; the ones seen last."""


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
    gzip_members: Annotated[int, Field(gt=0)] = 1000
    """A gzip answer of more members (RFC 1952 section 2.2) is not unfolded."""


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


class Probe(Section):
    """One question whose answer is compared with the recorded exchanges of the plugin."""

    operation: str
    """An operation that changes nothing and asks by reference: `track`, `progress`, `trace`, `payment`, `posts`."""
    reference: str
    """What to ask about: a number that was agreed with the portal for this, not a person's."""
    words: dict[str, str] = {}
    """Further arguments by name, such as what proves the right to track."""


class PortalSettings(Outbound):
    """One connector. The outbound sections override `[outbound]` key by key."""

    enabled: bool = True
    """False switches the plugin off, whatever `plugins.enabled` and `plugins.added` say."""
    mode: Literal["sandbox", "live"] = "sandbox"
    """`live` needs an agreement with the portal."""
    base_url: str = ""
    """Empty in sandbox mode: the sandbox host's address for this portal."""
    public_base_url: str = ""
    """Where a person's browser reaches the portal; empty means `base_url`."""
    secrets: dict[str, SecretRef] = {}
    """References by name; the plugin's manifest says which it needs."""
    options: dict[str, PlainSetting] = {}
    """Plain settings of the plugin, over its defaults; `mre-gateway connector show ID` lists them. Each is a text, a
    number, or true or false."""
    probes: tuple[Probe, ...] = ()
    """What is asked every `plugins.probe_hours`, to see whether the portal still answers as recorded."""


class LevelException(Section):
    """Production loads a plugin that is not `dependable`, because an operator answers for it."""

    plugin: str
    """Its id."""
    reason: Annotated[str, Field(min_length=10)]
    """Why it is loaded all the same."""
    signed_by: Annotated[str, Field(min_length=3)]
    """Who answers for that."""
    until: date
    """Its last day."""


class Plugins(Section):
    folders: tuple[str, ...] = ()
    """Folders with plugin folders inside; the bundled `plugins/` is always searched first."""
    enabled: tuple[str, ...] = ()
    """Only these are loaded, from folders or from entry points."""
    added: tuple[str, ...] = ()
    """Loaded besides: names, or paths of a plugin's folder (with a `/`). The one line that a plugin of yours needs."""
    strict: bool = False
    """Raise on a broken plugin instead of quarantining it."""
    slow_import_seconds: Positive = 3.0
    """A plugin that takes longer to import is told in the log, with the line it is at."""
    import_seconds: Positive = 20.0
    """One that takes longer than this is quarantined."""
    probe_hours: Annotated[float, Field(ge=0)] = 0.0
    """How often the portals that have `probes` are asked whether they still answer as their plugin's recorded exchanges
    say. 0: never. One process does it for all."""
    exceptions: tuple[LevelException, ...] = ()
    """Plugins below `dependable` that production loads, each with a reason and an end."""
    isolate: tuple[str, ...] = ()
    """Ids of enabled or added plugins whose connector runs in a process of its own."""
    isolated_silent_seconds: Positive = 2.0
    """An isolated connector whose event loop stands still for this long is ended and started anew."""
    isolated_call_seconds: Positive = 30.0
    """...and a call of it in which nothing happens for this long, a request of it included, fails."""
    isolated_memory_bytes: Annotated[int, Field(ge=134_217_728)] = 536_870_912
    """...and one whose process holds more memory than this is ended too."""
    isolated_frame_bytes: Annotated[int, Field(ge=1_048_576, le=1_073_741_824)] = 67_108_864
    """The most that it and the gateway say to each other at once: an operation's arguments or result, a request or an
    answer, each with its files. What is larger fails its call."""

    @model_validator(mode="after")
    def _isolates_what_is_enabled(self) -> Plugins:
        """A path does not say which id is behind it: with one, the loader looks."""
        if not self.paths and (strangers := sorted(set(self.isolate) - set(self.names))):
            raise ValueError(f"isolate: {', '.join(strangers)}: not among the enabled plugins")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """Those of `added` that are paths."""
        return tuple(each for each in self.added if "/" in each)

    @property
    def names(self) -> tuple[str, ...]:
        """What is to be loaded by name, each once."""
        return tuple(dict.fromkeys((*self.enabled, *(each for each in self.added if "/" not in each))))


class Sandbox(Section):
    url: str = "http://127.0.0.1:8401"
    """Where the sandbox host is."""
    port: int = 8401
    """Port that `mre-gateway sandbox` listens on."""
    tls_port: int = 8402
    """Its second port, for the portals that want mutual TLS."""
    smtp_port: int = 8404
    """Its port for e-mail (SMTP), which it delivers to the mailboxes of its page."""
    speed: Positive = 1.0
    """Simulated seconds in a second."""


class Journeys(Section):
    embedded: bool | None = None
    """Run journeys inside `serve`; unset means yes on SQLite, no on PostgreSQL (there `work` does it)."""
    executor_id: Annotated[str, Field(min_length=1, max_length=100)] = "local"
    """Name of this worker, another one for each process and the same after a restart: then it continues at once."""
    poll_seconds: Positive = 300.0
    """The shortest wait before a portal is queried about the same case again."""
    poll_max_seconds: Positive = 86_400.0
    """The longest such wait. Shorter than `poll_seconds`, it is as long as that."""
    poll_share: Ratio = 0.02
    """The first wait is this share of the time that the service usually takes."""
    poll_growth: Ratio = 0.25
    """Then each wait is this share of the time for which nothing has changed."""
    poll_jitter: Ratio = 0.1
    """Each wait is shorter by a random part of up to this share, so that cases do not bunch."""
    usual_days: Positive = 7.0
    """How long a service takes whose `services.toml` does not say `usual_days`."""
    poll_at_once: Annotated[int, Field(ge=1, le=200)] = 100
    """Cases that one request may serve at a portal that can be queried about several, which may say less. 1: none."""
    poll_gather_seconds: Annotated[float, Field(ge=0)] = 60.0
    """Cases that fall due within this time share such a request."""
    poll_alone_seconds: Positive = 600.0
    """After such a request failed or was answered strangely, the portal is queried about single cases for so long."""
    announce_spread_seconds: Annotated[float, Field(ge=0, le=43_200)] = 21_600.0
    """A legal term that is near or over is announced within this time after the day begins, at a time of the case's
    own: many end on one day, and their portals are queried first."""
    retry_base_seconds: Positive = 5.0
    """The wait after a portal's first failure; it doubles with each further one."""
    retry_max_seconds: Positive = 3600.0
    """The longest such wait."""
    settle_seconds: Positive = 30.0
    """After an unknown outcome: how long the portal must deny knowing the key before the request is sent again."""
    give_up_seconds: Positive = 30 * 86400.0
    """After this long without an answer from a portal, the case fails and is compensated."""
    lease_seconds: Positive = 60.0
    """A case whose worker died is taken over after this, by the database's clock. A live one prolongs it."""
    concurrent: Annotated[int, Field(ge=1)] = 32
    """Cases worked on at the same time by one process."""
    concurrent_per_portal: Annotated[int, Field(ge=1)] = 8
    """Of these, cases of one portal, and calls of journeys at one portal; never more than there are places left."""
    concurrent_per_person: Annotated[int, Field(ge=1)] = 4
    """Of these, cases of one person. Whoever has fewest under way comes first."""
    tick_seconds: Positive = 1.0
    """How often the due cases are looked for, should no notice of a change have come."""
    payment_seconds: Positive = 7 * 86400.0
    """How long a person has to pay."""
    appointment_seconds: Positive = 30 * 86400.0
    """How long a person has to choose an appointment that the case needs before it goes on."""
    offer_seconds: Positive = 30 * 86400.0
    """How long after its end a case still takes a rating or an appeal, unless the portal says less."""
    reminder_days: Annotated[int, Field(ge=0)] = 7
    """How many days before the end of a legal term the timeline says so."""


class Smtp(Section):
    """The mail server that takes our e-mail."""

    host: str = ""
    """Name or address."""
    port: Annotated[int, Field(gt=0, lt=65536)] = 587
    """Port to connect to: 587 for STARTTLS, 465 for TLS."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; without encryption nothing is sent. A production profile refuses `none`."""
    ca: str = ""
    """PEM file of authorities for its certificate. Empty: `ca_bundle`, or the system's."""
    username: str = ""
    """Empty: it wants no login."""
    password: SecretRef | None = None
    """Where the password of `username` is."""
    hello_name: str = ""
    """What we call ourselves (EHLO). Empty: the domain of `messages.from_address`."""
    timeout_seconds: Positive = 20.0
    """How long it may take to connect, and for each of its answers."""
    messages_per_connection: Annotated[int, Field(gt=0)] = 100
    """After so many messages a new connection is opened."""
    idle_seconds: Positive = 10.0
    """A connection that nothing was sent on for so long is closed."""


class Messages(Section):
    """Messages to people about their cases, to those who agreed to get them."""

    email: str = ""
    """What carries e-mail: `smtp`, or a plugin that registers a notifier. Empty: there is none."""
    sms: str = ""
    """The plugin that carries SMS. Empty: there is none."""
    from_address: str = "no-reply@mre-gateway.local"
    """Sender of the e-mails."""
    bounce_address: str = ""
    """Where other servers return what they cannot deliver: `bounces@services.example`, used as `bounces+msg_...@`.
    Empty: `from_address`, and nothing is learnt from what is returned."""
    case_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """Where a person sees her case, for instance `https://services.example/cases/{case}`. Empty: messages have no
    link."""
    preferences_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """Where she chooses what she is told and how. Empty: messages say that it is among her settings."""
    action_delay_seconds: Annotated[float, Field(ge=0)] = 600.0
    """How long something must wait for a person before she is told: often she is just doing it."""
    reminder_seconds: Positive = 86_400.0
    """How long before an appointment she is reminded of it."""
    per_person_day: Annotated[int, Field(gt=0)] = 30
    """Messages to one person by one channel within a day; what is beyond is not sent, and on her list."""
    code_seconds: Positive = 600.0
    """How long the code is good by which a person shows that an address is hers."""
    code_tries: Annotated[int, Field(gt=0)] = 5
    """Wrong codes, after which another one must be sent."""
    codes_per_person_day: Annotated[int, Field(gt=0)] = 10
    """Codes that one person may have sent within a day, to all addresses together."""
    codes_per_address_day: Annotated[int, Field(gt=0)] = 5
    """Codes that may be sent to one address within a day, whoever asks for them: it may be a stranger's."""
    refusals_in_row: Annotated[int, Field(gt=0)] = 3
    """After so many messages that her address did not take, one after the other, no more are sent there until she has
    changed or confirmed her preferences."""
    retry_base_seconds: Positive = 60.0
    """The wait after the first failure of whoever carries messages; it doubles with each further one."""
    retry_max_seconds: Positive = 3600.0
    """The longest such wait."""
    give_up_seconds: Positive = 2 * 86_400.0
    """A message that could not be handed over for so long is not sent any more."""
    delivery_seconds: Positive = 60.0
    """When a carrier that can say what became of a message is asked; each further time twice as late..."""
    delivery_give_up_seconds: Positive = 3 * 86_400.0
    """...until so long after it was sent."""
    concurrent: Annotated[int, Field(gt=0)] = 8
    """Messages sent at the same time by one process; of one person one at a time."""
    lease_seconds: Positive = 120.0
    """A message whose process died is taken over after this, by the database's clock."""
    tick_seconds: Positive = 2.0
    """How often due messages are looked for."""
    keep_days: Annotated[int, Field(gt=0)] = 365
    """How long the list of her messages goes back."""
    smtp: Smtp = Smtp()

    @field_validator("from_address", "bounce_address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+", value):
            raise ValueError("must be a plain e-mail address")
        return value


class Search(Section):
    """Searching the catalogue (`q` at `/v1/services` and `/guide`): one search at a time, by turns of addresses."""

    waiting: Annotated[int, Field(ge=1)] = 128
    """Searches that may wait for their turn; more are refused with 503."""
    waiting_each: Annotated[int, Field(ge=1)] = 16
    """Searches from one address (of IPv6: one /64) that may wait; more are refused with 429."""


class Inspection(Section):
    """Looking into files that people hand in, which processes of their own do."""

    processes: Annotated[int, Field(ge=1)] = 2
    """Files looked into at the same time, per process of the gateway; one person has all but one of them at most."""
    seconds: Positive = 5.0
    """A file that takes longer is refused, and the process that looks into it killed. Scans and photographs of 10 MB
    take less than a tenth of a second of a free processor."""
    hour_seconds: Positive = 30.0
    """Time that one person's files may take in an hour; what is beyond comes after the files of all others. A file that
    was killed uses it up for an hour."""
    stop_seconds: Positive = 2.0
    """What is left to a file that is being looked into when the gateway begins to stop; its sender is told to come
    again."""
    memory_bytes: Annotated[int, Field(ge=268_435_456)] = 536_870_912
    """Address space of one such process; a file that needs more is refused."""
    megapixels: Positive = 100.0
    """Larger images are refused."""
    waiting: Annotated[int, Field(ge=1)] = 32
    """Files that may wait for their turn, each held in memory; more are refused with 503."""
    waiting_each: Annotated[int, Field(ge=1)] = 4
    """Files of one person that may wait; more are refused with 429."""


class Idempotency(Section):
    keep_seconds: Positive = 86400.0
    """How long an answer is kept for repetitions."""
    running_seconds: Positive = 60.0
    """A write whose process is dead is taken over at once; after this, where nobody can tell."""


class Mandates(Section):
    """Acting for a person with her mandate."""

    max_days: Annotated[int, Field(gt=0)] = 90
    """How long a mandate may last."""
    code_seconds: Positive = 600.0
    """How long the code is good by which an agent takes a mandate up."""
    code_tries: Annotated[int, Field(gt=0)] = 5
    """Wrong codes that one agent may try within `code_seconds`."""


class Tracking(Section):
    """Tracking by a proof that can be guessed. Only wrong ones count; they are paid off evenly over the time."""

    reference_tries: Annotated[int, Field(gt=0)] = 10
    """Wrong proofs for one reference, by everybody together, who has no verified claim in the proof."""
    caller_tries: Annotated[int, Field(gt=0)] = 60
    """Wrong proofs of one person or machine, for all references together."""
    tries_seconds: Positive = 3600.0
    """The time of all three."""
    public: bool = True
    """Anybody may track by number and proof without a token, as at the portals themselves."""
    address_queries: Annotated[int, Field(gt=0)] = 120
    """Queries from one address (of IPv6: one /64) without a token, right and wrong ones. Wrong proofs count for
    `caller_tries` and `reference_tries` besides."""


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
    posts_seconds: Positive = 600.0
    """How long a booking portal's list of posts is kept, by which the posts that forms name are checked..."""
    posts_wait_seconds: Positive = 2.0
    """...and how long filing waits for it; without an answer the form is taken."""
    check_wait_seconds: Annotated[float, Field(ge=0)] = 2.0
    """How long filing and validating wait for the filing portal to say what it would refuse, where it can be asked;
    without an answer the demand is taken unchecked. 0: no portal is asked."""


class Drafts(Section):
    """Demands that a person has begun and not filed."""

    days: Annotated[int, Field(gt=0, le=365)] = 30
    """A draft is deleted so long after its last change."""
    bytes: Annotated[int, Field(gt=0)] = 65_536
    """How large one may be, without its files."""
    files: Annotated[int, Field(gt=0)] = 20
    """Files that one may name; they are kept as long as it is."""


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


class Events(Section):
    """The event streams of a case and of all cases of a person."""

    ticket_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0
    """How long a ticket for a browser's `EventSource` can be used, once."""
    record_seconds: Positive = 3600.0
    """A reader who comes back to a stream, or to the next page of the feed, within this time of its audit record has no
    further record: one look is one entry in the person's list of accesses."""


class Webhooks(Section):
    """Telling clients by webhooks what happens to the cases that were filed through them."""

    endpoints_per_client: Annotated[int, Field(gt=0)] = 10
    """Endpoints that one client may have."""
    tries_per_client_hour: Annotated[int, Field(gt=0)] = 120
    """How often one client may have an endpoint verified, a test event sent or a delivery repeated within an hour."""
    seconds: Positive = 15.0
    """How long one attempt may take, from the look-up of the name to the status of the answer..."""
    connect_seconds: Positive = 5.0
    """...and of this until there is a connection."""
    response_bytes: Annotated[int, Field(gt=0)] = 4_096
    """Bytes of an answer that are read when an endpoint is verified; otherwise none are."""
    retry_base_seconds: Positive = 5.0
    """How long after its first failure an event is tried again; three times as long after each further one..."""
    retry_max_seconds: Positive = 6 * 3600.0
    """...up to this."""
    retry_seconds: Positive = 3 * 86400.0
    """An endpoint of which every attempt has failed for so long is disabled; an event that alone has failed for so long
    is given up."""
    secret_overlap_seconds: Annotated[float, Field(ge=0)] = 86400.0
    """After a rotation both secrets sign for so long, unless the call says otherwise; seven days at most."""
    keep_days: Annotated[int, Field(gt=0)] = 30
    """Deliveries are deleted after this, also those that a paused or disabled endpoint has not taken."""
    concurrent: Annotated[int, Field(gt=0)] = 64
    """Endpoints served at the same time by one process..."""
    concurrent_slow: Annotated[int, Field(gt=0)] = 256
    """...and beside them those that failed last time, or take longer than `slow_seconds`: they hold up none of the
    others."""
    concurrent_per_endpoint: Annotated[int, Field(gt=0)] = 4
    """Requests to one endpoint at the same time, each about another case; one request while it fails."""
    slow_seconds: Positive = 1.0
    """After so long an endpoint makes room for the next one."""
    lease_seconds: Positive = 60.0
    """An endpoint whose process died is taken over after this, by the database's clock. More than `seconds`."""
    denied_networks: tuple[str, ...] = ()
    """Networks that are public and yet one's own: no webhook goes there either."""
    ca: str = ""
    """PEM file of certificate authorities that are believed about receivers, besides those of `ca_bundle` or the
    system."""
    loopback: bool = False
    """Whether webhooks may go to this machine, for tests; only with `profile = "demo"`."""

    @field_validator("denied_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ipaddress.ip_network(each, strict=False)
        return value

    @model_validator(mode="after")
    def _lease_outlasts_attempt(self) -> Webhooks:
        if self.lease_seconds <= self.seconds:
            raise ValueError("lease_seconds has to be more than seconds, or two processes would send the same")
        return self


class Quotas(Section):
    """How much one person, one application or one address may use. Streams are counted per process, the records of
    refusals too; all else is counted by all processes together."""

    file_bytes_per_person_day: Annotated[int, Field(gt=0)] = 209_715_200
    """Files that one person hands in within a day; a small file counts as 16 KiB."""
    file_bytes_per_client_day: Annotated[int, Field(gt=0)] = 53_687_091_200
    """...and all people of one application."""
    cases_per_person_day: Annotated[int, Field(gt=0)] = 200
    """Cases that one person files within a day."""
    cases_per_client_day: Annotated[int, Field(gt=0)] = 200_000
    """...and all people of one application."""
    open_cases_per_person: Annotated[int, Field(gt=0)] = 200
    """Cases of one person that have not ended."""
    drafts_per_person: Annotated[int, Field(gt=0)] = 50
    """Drafts of one person at a time; she may begin ten times as many within a day."""
    validations_per_person_day: Annotated[int, Field(gt=0)] = 1000
    """Demands that one person has looked at before filing within a day."""
    validations_per_client_day: Annotated[int, Field(gt=0)] = 1_000_000
    """...and all people of one application."""
    objections_per_person_day: Annotated[int, Field(gt=0)] = 30
    """Times within a day that one person is told before filing what a portal would refuse. After that her demands are
    taken unchecked: nobody reads a register by trying."""
    streams_per_person: Annotated[int, Field(gt=0)] = 8
    """Event streams that one person has open, per process."""
    streams_per_client: Annotated[int, Field(gt=0)] = 192
    """...and all people of one application; below `server.event_stream_max`, so that none takes them all."""
    mandates_per_person: Annotated[int, Field(gt=0)] = 20
    """Mandates of one person that are good at a time, and that she gives within a day."""
    cards_per_person_month: Annotated[int, Field(gt=0)] = 10
    """Cards issued to one person within thirty days, revoked ones included."""
    attempts_told_per_caller_day: Annotated[int, Field(gt=0)] = 20
    """Refused attempts of one caller at what belongs to one person that the person's list of accesses shows within a
    day; of the others there is the caller's own record alone."""
    refusals_per_address_minute: Annotated[int, Field(gt=0)] = 60
    """Calls that nobody is known to have made and that were refused: so many of one address have a record of their own,
    the others of that minute are summed up in one."""
    refusals_per_minute: Annotated[int, Field(gt=0)] = 600
    """...and so many of all addresses."""


Calls = Annotated[int, Field(ge=0)]


class CallRates(Section):
    """Calls in `rates.seconds`, of each kind. 0: as many as they like."""

    read: Calls = 200
    """Calls that change nothing."""
    write: Calls = 30
    """Calls that file, answer, pay, revoke."""
    expensive: Calls = 30
    """Of both, those for which a portal is asked, a file is looked into or much of the log is read."""


class ApplicationRates(CallRates):
    read: Calls = 300
    """Calls of an application that acts for itself that change nothing."""
    write: Calls = 60
    """Calls of an application that acts for itself that file, answer, pay, revoke."""
    expensive: Calls = 60
    """Of both, those for which a portal is asked, a file is looked into or much of the log is read."""


class ClientRates(CallRates):
    read: Calls = 20_000
    """Calls of a client with all its people that change nothing."""
    write: Calls = 2_000
    """Calls of a client with all its people that file, answer, pay, revoke."""
    expensive: Calls = 2_000
    """Of both, those for which a portal is asked, a file is looked into or much of the log is read."""


class AddressRates(CallRates):
    read: Calls = 2_000
    """Calls of an address without a token that change nothing."""
    write: Calls = 100
    """Calls of an address without a token that file, answer, pay, revoke."""
    expensive: Calls = 100
    """Of both, those for which a portal is asked, a file is looked into or much of the log is read."""


class Rates(Section):
    """How often somebody may call. The clients file can say otherwise for a client (`rates`)."""

    enforced: bool = True
    """False: nothing is counted, because something in front does."""
    seconds: Positive = 10.0
    """The time for which the numbers below hold. That many calls may come all at once or bit by bit."""
    share_seconds: Positive = 1.0
    """PostgreSQL: how often the processes tell each other what was used."""
    refusal_seconds: Annotated[float, Field(ge=0, le=10)] = 1.0
    """Whoever goes on calling gets each refusal after this, so that refusing a flood takes no time from others."""
    person: CallRates = CallRates()
    """Each person at each client, and each agent."""
    application: ApplicationRates = ApplicationRates()
    """An application that acts for itself."""
    client: ClientRates = ClientRates()
    """Each client with all its people."""
    address: AddressRates = AddressRates()
    """Calls without a token from one address (of IPv6: one /64)."""


class Indicators(Section):
    """The public figures of `/v1/indicators`."""

    minimum: Annotated[int, Field(ge=1)] = 5
    """Numbers of fewer cases than this are not published, nor any by which they could be found."""
    publish_after_seconds: Positive = 86400.0
    """A quarter is published this long after its end, and does not change any more."""
    quarters: Annotated[int, Field(ge=1, le=80)] = 20
    """Most quarters in one answer."""


class Metrics(Section):
    seconds: Annotated[float, Field(ge=0)] = 1.0
    """How old the text of `/metrics` may be: it is written at most so often, however many ask."""


class Logging(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    """What is less important is not logged."""
    plugin_lines_per_second: Positive = 20.0
    """A plugin that goes on logging more than this loses lines; how many is told and counted."""
    plugin_lines_at_once: Annotated[int, Field(gt=0)] = 200
    """So many lines a plugin may log at once."""


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
    ca_bundle: str = ""
    """PEM file of certificate authorities that takes the place of the system's on every way out: to issuers, portals,
    witnesses and timestamp authorities. A portal's own `tls.ca` goes before it."""
    server: Server = Server()
    store: Store = Store()
    auth: Auth = Auth()
    audit: Audit = Audit()
    outbound: Outbound = Outbound()
    portal_states: PortalStates = PortalStates()
    portal_counts: PortalCounts = PortalCounts()
    signing: Signing = Signing()
    portals: dict[str, PortalSettings] = {}
    plugins: Plugins = Plugins()
    sandbox: Sandbox = Sandbox()
    journeys: Journeys = Journeys()
    messages: Messages = Messages()
    inspection: Inspection = Inspection()
    search: Search = Search()
    idempotency: Idempotency = Idempotency()
    mandates: Mandates = Mandates()
    tracking: Tracking = Tracking()
    forms: Forms = Forms()
    drafts: Drafts = Drafts()
    cards: Cards = Cards()
    events: Events = Events()
    quotas: Quotas = Quotas()
    webhooks: Webhooks = Webhooks()
    rates: Rates = Rates()
    indicators: Indicators = Indicators()
    logging: Logging = Logging()
    metrics: Metrics = Metrics()
    _with_secrets: tuple[Path, ...] = PrivateAttr(default=())
    _retired: tuple[str, ...] = PrivateAttr(default=())

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
    def files_with_secrets(self) -> tuple[Path, ...]:
        """The file of settings, if there is a password in it: in the address of a database."""
        return self._with_secrets

    @property
    def retired(self) -> tuple[str, ...]:
        """Settings that were given and are no more: they may go."""
        return self._retired

    @property
    def public_url(self) -> str:
        return self.server.public_url.rstrip("/") or f"http://{self.server.host}:{self.server.port}"

    @property
    def store_url(self) -> str:
        return self.store.url or f"sqlite:///{self.state_dir / 'gateway.sqlite'}"

    @property
    def on_postgresql(self) -> bool:
        return self.store_url.startswith("postgresql")

    @property
    def journeys_embedded(self) -> bool:
        return not self.on_postgresql if self.journeys.embedded is None else self.journeys.embedded

    def portal(self, name: str) -> PortalSettings:
        """The portal's settings laid over `[outbound]`, key by key."""
        own = self.portals.get(name, PortalSettings())
        merged = _merge(self.outbound.model_dump(), own.model_dump(exclude_unset=True))
        merged["tls"]["ca"] = merged["tls"]["ca"] or self.ca_bundle
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
    merged = _merge(_merge(values, EnvSettingsSource(Settings)()), told)
    retired = [where for where in RETIRED if merged.get(where[0], {}).pop(where[1], "")]
    try:
        settings = Settings(**merged)
    except ValueError as error:
        raise SettingsError(_explain(error)) from error
    if config is not None and any(_has_password(values, *where) for where in _DATABASES):
        settings._with_secrets = (config.absolute(),)
    settings._retired = tuple(".".join(where) for where in retired)
    return settings


RETIRED: Final = (("journeys", "store_url"),)
"""Settings of earlier versions that no longer mean anything. They are left out, and named at the start."""

_DATABASES: Final = (("store", "url"), ("journeys", "store_url"))


def _has_password(values: dict[str, Any], section: str, key: str) -> bool:
    """Is there one in this address of a database (`postgresql://user:password@host/...?password=...`)?"""
    inside = values.get(section)
    url = urlsplit(str(inside.get(key, ""))) if isinstance(inside, dict) else urlsplit("")
    return bool(url.password) or "password=" in url.query


def _explain(error: ValueError) -> str:
    problems = getattr(error, "errors", None)
    if problems is None:
        return str(error)
    return "\n".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in problems(include_input=False))
