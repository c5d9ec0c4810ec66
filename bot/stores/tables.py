"""The tables, in SQLAlchemy Core. The versions in `migrations/` create exactly these.

Times are seconds since 1970 by the database's own clock (`Now`), so that clocks of several machines
are never compared. Bodies are JSON text: no database must understand them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

metadata = MetaData()

NEW, DONE, DEAD = 0, 1, 2
"""The states of an inbox, outbox or timer row."""

_Id = BigInteger().with_variant(Integer(), "sqlite")


class Now(FunctionElement[float]):
    """The database's clock in seconds since 1970, as of the statement."""

    type = Double[float]()
    inherit_cache = True


@compiles(Now, "sqlite")
def _now_sqlite(element: Now, compiler: Any, **options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Now, "postgresql")
def _now_postgresql(element: Now, compiler: Any, **options: Any) -> str:
    # Not now(): a transaction that waited for a lock would compare leases with a stale time.
    return "CAST(extract(epoch FROM statement_timestamp()) AS double precision)"


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def _time(name: str) -> Column[float]:
    return Column(name, Double, nullable=False, server_default=text("0"))


conversation = Table(
    "conversation",
    metadata,
    Column("id", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("sender_id", String, nullable=False),
    Column("locale", String),
    Column("state", String, nullable=False, server_default=text("'bot'")),
    _count("owner_epoch"),
    Column("assignee_id", String),
    Column("assignee_name", String),
    Column("assignee_role", String),
    _count("last_seq"),
    _count("last_public_seq"),
    _count("customer_last_seq"),
    Column("waiting_since", Double),
    Column("handoff_reason", Text),
    Column("title", Text),
    Column("temper", Double, nullable=False, server_default=text("0")),
    Column("last_text", Text),
    Column("last_from", String),
    _count("pending"),
    _time("pending_since"),
    _time("retry_at"),
    _time("lease_until"),
    Column("lease_token", String),
    _count("changed"),
    _time("updated_at"),
    Index(
        "conversation_ready",
        "pending_since",
        sqlite_where=text("pending > 0"),
        postgresql_where=text("pending > 0"),
    ),
    Index("conversation_changed", "changed"),
    Index("conversation_state", "state", "updated_at"),
    # Every message updates its row: room on the page keeps the update from touching the indexes.
    postgresql_with={"fillfactor": 70},
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("channel", String, nullable=False),
    Column("dedupe_key", String, nullable=False),
    Column("conversation_id", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("received_at", Double, nullable=False),
    UniqueConstraint("channel", "dedupe_key", name="inbox_dedupe"),
    Index(
        "inbox_waiting",
        "conversation_id",
        "id",
        sqlite_where=text("status = 0"),
        postgresql_where=text("status = 0"),
    ),
    sqlite_autoincrement=True,
)

event = Table(
    "event",
    metadata,
    Column("conversation_id", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("public_seq", BigInteger),
    Column("inbox_id", BigInteger),
    # A cid is unique per origin (the channel, or "operator"): two clients may choose the same one.
    Column("origin", String),
    Column("cid", String),
    Column("kind", String, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("conversation_id", "public_seq", name="event_public"),
    UniqueConstraint("conversation_id", "origin", "cid", name="event_cid"),
    Index("event_inbox", "inbox_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("idem_key", String, nullable=False),
    Column("conversation_id", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    _time("next_at"),
    _time("lease_until"),
    Column("provider_id", String),
    Column("last_error", Text),
    UniqueConstraint("idem_key", name="outbox_idem"),
    Index(
        "outbox_waiting",
        "conversation_id",
        "id",
        sqlite_where=text("status = 0"),
        postgresql_where=text("status = 0"),
    ),
    Index(
        "outbox_due",
        "id",
        sqlite_where=text("status = 0"),
        postgresql_where=text("status = 0"),
    ),
    sqlite_autoincrement=True,
)

timer = Table(
    "timer",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("conversation_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("payload", Text, nullable=False),
    Column("status", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("conversation_id", "kind", "key", name="timer_key"),
    Index("timer_due", "due_at"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("object", String, nullable=False),
    Column("prev_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    sqlite_autoincrement=True,
)

operator = Table(
    "operator",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("password_hash", Text, nullable=False),
    UniqueConstraint("name", name="operator_name"),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("operator_id", String, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("session_expiry", "expires_at"),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

counter = Table(
    "counter",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
