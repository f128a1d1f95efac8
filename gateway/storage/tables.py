"""All tables. Times are UTC; `Instant` keeps them aware on both databases. Personal data is sealed (see `vault.py`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine


class Instant(TypeDecorator[datetime]):
    """An aware UTC time. SQLite keeps it without a zone, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")
Document: TypeEngine[Any] = JSON().with_variant(postgresql.JSONB(), "postgresql")

_GOES_ON = text("due_at IS NOT NULL")
_ABOUT = text("about IS NOT NULL")

cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client", String(100), nullable=False),
    Column("subject", String(64), nullable=False),  # pseudonym of the person the case belongs to
    Column("service", String(100), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deadline_on", String(10)),
    Column("portal", String(40), nullable=False),  # with `reference`: whom a portal's notice is about
    Column("reference", String(200), nullable=False),
    Column("due_at", Instant, index=True),  # the outbox: when the journey goes on; empty at the end
    Column("claimed_by", String(120)),  # the worker that advances the case now
    Column("claimed_until", Instant),  # its lease: by the database's clock, as is `due_at`
    Column("checked_at", Instant),  # when the portal last said where it stands
    Column("prompted_at", Instant),  # when an action or a portal's notice last gave reason to expect news
    Column("poll_key", String(80)),  # `<portal>.<operation>` that it waits to be queried by, and nothing else
    Column("state", Document, nullable=False),  # what the journey knows; no personal data
    Column("sealed", LargeBinary, nullable=False),  # form, contact, receipt and the portals' access words
    Index(None, "subject", "created_at"),
    Index(None, "client", "created_at"),
    Index(None, "portal", "reference"),
    Index(None, "poll_key", "due_at"),
    Index("ix_cases_late", "portal", "deadline_on", sqlite_where=_GOES_ON, postgresql_where=_GOES_ON),
)

case_events = Table(
    "case_events",
    metadata,
    Column("case_id", String(40), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("code", String(60), nullable=False),
    Column("status", String(20), nullable=False),
    Column("portal", String(40)),
    Column("data", Document, nullable=False),
    Column("owner", String(120), nullable=False, server_default=""),  # whose feed it is in: a person, or `client:<id>`
    Column("number", BigInteger),  # its place there; empty until the feed is read
    Index(None, "owner", "number"),
)

event_feeds = Table(
    "event_feeds",
    metadata,
    Column("owner", String(120), primary_key=True),
    Column("last", BigInteger, nullable=False),  # the greatest number given
)

event_tickets = Table(
    "event_tickets",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("owner", String(120), nullable=False),  # whose key seals it
    Column("expires_at", Instant, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),  # who may read what by it
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),  # of one case in the order of `seq`
    Column("case_id", String(40), nullable=False),  # with `seq`: the line of `case_events` that others are to learn of
    Column("seq", Integer, nullable=False),
    Column("not_before", Instant),  # after a failure: when it is tried again, and what follows of this case
    Index(None, "case_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("subject", String(64), nullable=False),  # pseudonym of the person who is told
    Column("client", String(100), nullable=False),  # through which the case was filed
    Column("case_id", String(40), nullable=False),
    Column("fact_key", String(60), nullable=False),  # which fact of the case it tells
    Column("fact", Document, nullable=False),  # no personal data
    Column("channel", String(10), nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", String(60), nullable=False),  # why it is in that state
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, index=True),  # when it is sent, or asked about; empty when nothing is left to do
    Column("claimed_by", String(120)),  # the process that sends it now
    Column("claimed_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("first_tried_at", Instant),
    Column("tried_at", Instant),  # the last attempt; set before it is made
    Column("sent_at", Instant),
    Column("carrier", String(40), nullable=False),
    Column("reference", String(200), nullable=False),  # the carrier's number of it
    UniqueConstraint("subject", "case_id", "fact_key", "channel"),
    Index(None, "subject", "id"),
    Index(None, "state", "due_at"),
    Index(None, "created_at"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client", String(100), nullable=False, index=True),
    Column("url", String(1000), nullable=False),
    Column("description", String(200), nullable=False),
    Column("event_types", Document, nullable=False),  # a list of names; empty: all
    Column("state", String(12), nullable=False),
    Column("reason", String(20), nullable=False),  # why it is disabled
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("verified_at", Instant),  # when it was first; from then on events are kept for it
    Column("disabled_at", Instant),
    Column("secret_created_at", Instant, nullable=False),
    Column("previous_until", Instant),  # until when the secret before signs as well
    Column("sealed", LargeBinary, nullable=False),  # the secrets
    Column("due_at", Instant, index=True),  # when something is to be sent; empty: nothing waits
    Column("claimed_by", String(120)),  # the process that sends now
    Column("claimed_until", Instant),
    Column("failures", Integer, nullable=False),  # rounds in a row in which it took nothing
    Column("failing_since", Instant),
    Column("succeeded_at", Instant),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("position", Serial, primary_key=True),  # of one case in the order of its events
    Column("id", String(40), nullable=False, unique=True),
    Column("endpoint_id", String(40), nullable=False),
    Column("event_id", String(60), nullable=False),
    Column("event_type", String(40), nullable=False),
    Column("case_id", String(40), nullable=False),  # empty if it is about none
    Column("lane", String(60), nullable=False),  # one after the other within it: the case, or the delivery itself
    Column("payload", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("first_attempt_at", Instant),
    Column("last_attempt_at", Instant),
    Column("last_outcome", String(20), nullable=False),
    Column("last_status", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("repeat_of", String(40), nullable=False),  # the delivery that it repeats on demand
    Index(None, "endpoint_id", "state", "due_at"),
    Index(None, "endpoint_id", "state", "lane", "position"),
    Index(None, "endpoint_id", "position"),
)

visits = Table(
    "visits",
    metadata,
    Column("case_id", String(40), primary_key=True),  # whose booked appointment it is; no row without one
    Column("portal", String(40), nullable=False),
    Column("post", String(64), nullable=False),
    Column("timezone", String(60), nullable=False),  # the post's
    Column("reference", String(200), nullable=False),  # the portal's number of the booking
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("fast_lane", Boolean, nullable=False),
    Column("checked_in_at", Instant),
    Index(None, "post", "starts_at"),
)

case_notes = Table(
    "case_notes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", String(40), nullable=False),
    Column("client", String(100), nullable=False),  # of the agent who wrote it
    Column("actor", String(64), nullable=False),  # the agent, by pseudonym
    Column("created_at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the text, under the key of the case's owner
    Index(None, "case_id", "id"),
)

case_counts = Table(
    "case_counts",
    metadata,
    Column(
        "figure", String(20), primary_key=True
    ),  # the figures of `gateway.cases.indicator_events`; no row is about one case
    Column("quarter", String(7), primary_key=True),
    Column("portal", String(40), primary_key=True),
    Column("service", String(100), primary_key=True),
    Column("post", String(64), primary_key=True),
    Column("value", Integer, primary_key=True, autoincrement=False),  # days, or a rating
    Column("n", BigInteger, nullable=False),
    sqlite_with_rowid=False,  # kept in the order of the key, so that one quarter of a figure is read in one go
)

payments = Table(
    "payments",
    metadata,
    Column("oid", String(64), primary_key=True),
    Column("case_id", String(40), nullable=False, index=True),
    Column("charge", Integer, nullable=False),  # which of the case's charges, from 0
    Column("portal", String(40), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(20), nullable=False),
    Column("transaction_id", String(100), nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("return_url", String(2000), nullable=False, default="", server_default=""),  # the client's; empty: none
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client", String(100), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("case_id", String(40), index=True),
    Column("draft_id", String(40), index=True),  # the draft that names it, and so keeps it
    Column("origin", String(200), nullable=False),  # case and document it was taken from; empty if handed in
    Column("media_type", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client", String(100), nullable=False),
    Column("subject", String(64), nullable=False),  # pseudonym of the person whose demand it will be
    Column("service", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),  # form, related case
    Index(None, "subject", "created_at"),
)

cards = Table(
    "cards",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client", String(100), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("status_list", Integer, nullable=False),
    Column("status_index", Integer, nullable=False),  # its place in that list; never given to another card
    Column("bound", Boolean, nullable=False),  # to a key of the holder's
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("sealed", LargeBinary, nullable=False),  # the card itself
    UniqueConstraint("status_list", "status_index"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("client", String(100), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("key_hash", String(64), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("token", String(40), nullable=False),  # who holds the key while it runs
    Column("holder", BigInteger, nullable=False, server_default="0"),  # the process in which that is
    Column("lease_until", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("status", Integer),
    Column("headers", Document),
    Column("sealed", LargeBinary),
    Column("about", String(64)),  # pseudonym of another person, whom the answer tells of
    Index("ix_idempotency_about", "about", sqlite_where=_ABOUT, postgresql_where=_ABOUT),
)

mandates = Table(
    "mandates",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("subject", String(64), nullable=False),  # pseudonym of the person who gave it
    Column("client", String(100), nullable=False),  # the agents' client it was given to
    Column("holder", String(64), nullable=False),  # pseudonym of the agent who took it up; empty until then
    Column("scopes", Document, nullable=False),
    Column("services", Document, nullable=False),
    Column("acr", String(20), nullable=False),  # how surely the person was known when she gave it
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("code_hash", String(64), unique=True),  # until it is taken up
    Column("code_until", Instant, nullable=False),
    Column("taken_at", Instant),
    Column("ended_at", Instant),
    Column("ended_by", String(20), nullable=False),  # `person` or `agent`; empty while it was not ended
    Column("sealed", LargeBinary, nullable=False),  # the purpose, and what is known of the person
    Column("earlier_cases", Boolean, nullable=False, server_default=false()),  # covers what was filed before it too
    Index(None, "subject", "id"),
    Index(None, "holder", "id"),
)

mandate_tries = Table(
    "mandate_tries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("actor", String(64), nullable=False),  # who tried a code
    Column("at", Instant, nullable=False),
    Index(None, "actor", "at"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("subject", String(64), primary_key=True),  # pseudonym of the person
    Column("version", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # language, channels with their addresses, quiet hours
)

allowances = Table(
    "allowances",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("key", String(64), primary_key=True),  # hash of whom the amount belongs to
    Column("used_until", Double, nullable=False, index=True),  # seconds; what was used is paid off then
)

portal_states = Table(
    "portal_states",
    metadata,
    Column("portal", String(40), primary_key=True),
    Column("process", BigInteger, primary_key=True, autoincrement=False),  # whose calls met it
    Column("state", String(10), nullable=False),  # `up`, `failing`, `probing`, `down`
    Column("seen", Double, nullable=False),  # seconds by the database's clock, as are the next: the last call
    Column("until", Double, nullable=False),  # an open breaker opens again for calls
    Column("expires", Double, nullable=False),  # the process has not renewed it: it is gone
)

portal_calls = Table(
    "portal_calls",
    metadata,
    Column("portal", String(40), primary_key=True),
    Column("hour", Instant, primary_key=True),  # its beginning, by the counting process's clock
    Column("operation", String(60), primary_key=True),
    Column("outcome", String(20), primary_key=True),
    Column("code", String(60), primary_key=True),  # of the problem; empty if all went well
    Column("n", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),  # of all of them
    Column("slowest", BigInteger, nullable=False),  # milliseconds
    Index(None, "hour"),
)

portal_answers = Table(
    "portal_answers",
    metadata,
    Column("portal", String(40), primary_key=True),
    Column("operation", String(60), primary_key=True),
    Column("kind", String(40), primary_key=True),  # empty: a good answer; else why it was strange
    Column("status", Integer, primary_key=True, autoincrement=False),
    Column("shape_hash", String(64), primary_key=True),
    Column("shape", Document, nullable=False),  # lines of text: names of members and types, no value
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("n", BigInteger, nullable=False),  # how often it was looked at, not how often it came
)

portal_probes = Table(
    "portal_probes",
    metadata,
    Column("portal", String(40), primary_key=True),
    Column("operation", String(60), primary_key=True),
    Column("probed_at", Instant, nullable=False),  # by the asking process's clock
    Column("outcome", String(20), nullable=False),
    Column("code", String(60), nullable=False),  # why it could not be asked
    Column("drift", Document, nullable=False),  # differences: names of members and types, no value
)

subject_keys = Table(
    "subject_keys",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),  # data key under the store's key; delete to erase
    Column("created_at", Instant, nullable=False),
)

audit_pending = Table(
    "audit_pending",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("leaf", LargeBinary, nullable=False),
    Column("salts", LargeBinary, nullable=False),
    Column("owner", String(120), nullable=False, default=""),
    Column("sealed", LargeBinary),  # the bodies, where they are kept
)

audit_records = Table(
    "audit_records",
    metadata,
    Column("index", Serial, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),  # the columns below repeat parts of it, to search by
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("call_id", String(40), nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("client", String(100), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("case_id", String(40), nullable=False),
    Column("service", String(100), nullable=False),
    Column("portal", String(40), nullable=False),
    Column("operation", String(60), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("actor", String(64), nullable=True),  # null where nobody acts for another: most records are not in its index
    Index(None, "subject", "index"),
    Index(None, "case_id", "index"),
    Index(None, "client", "index"),
    Index(None, "service", "index"),
    Index(None, "portal", "index"),
    Index(None, "operation", "index"),
    Index(None, "kind", "index"),
    Index(None, "outcome", "index"),
    Index(None, "actor", "index", sqlite_where=text("actor IS NOT NULL"), postgresql_where=text("actor IS NOT NULL")),
)

audit_salts = Table(
    "audit_salts",
    metadata,
    Column("index", Serial, primary_key=True, autoincrement=False),  # of the record
    Column("salts", LargeBinary, nullable=False),  # open the leaf's commitments; delete to make them unopenable
)

audit_bodies = Table(
    "audit_bodies",
    metadata,
    Column("index", Serial, primary_key=True, autoincrement=False),  # of the record
    Column("owner", String(120), nullable=False),  # whose key seals them: a person, or an application
    Column("at", Instant, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),  # requests and answers, byte for byte
)

audit_nodes = Table(
    "audit_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),  # of the tile it is in: 1 and above
    Column("index", Serial, primary_key=True, autoincrement=False),  # on its level
    Column("hash", LargeBinary, nullable=False),  # root of the full tile below
    Column("earliest", Instant),  # time of a record below it, as is the next
    Column("latest", Instant),
)

audit_expired = Table(
    "audit_expired",
    metadata,
    Column("index", Serial, primary_key=True, autoincrement=False),  # of a full tile of level 0
    Column("hashes", LargeBinary, nullable=False),  # what is left of its records
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("size", Serial, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary),  # as signed, byte for byte; empty between the promise and the signature
    Column("epoch", Serial, nullable=False),
    Column("created_at", Instant, nullable=False),
)

audit_sequencer = Table(
    "audit_sequencer",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("epoch", Serial, nullable=False),  # counts who was allowed to sign
    Column("holder", String(40), nullable=False),
)

audit_anchors = Table(
    "audit_anchors",
    metadata,
    Column("size", Serial, primary_key=True, autoincrement=False),  # of the checkpoint
    Column("kind", String(20), primary_key=True),  # `witness`, `timestamp`
    Column("name", String(255), primary_key=True),
    Column("data", LargeBinary, nullable=False),  # a note's signature line, or a timestamp response (DER)
    Column("checkpoint", LargeBinary, nullable=False),  # the note that it is about, byte for byte
    Column("created_at", Instant, nullable=False),
)

dpop_proofs = Table(
    "dpop_proofs",
    metadata,
    Column("id", String(64), primary_key=True),  # hash of key and jti
    Column("expires_at", Instant, nullable=False, index=True),  # when it is too old to be shown again anyway
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("use", String(20), nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
)
