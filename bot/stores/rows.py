"""Rows to values and back; the two dialects' ways to pass many rows as one JSON parameter."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.errors import StoreError
from bot.events import BotSaid, Event, from_dict, to_dict
from bot.stores.store import Inbound, Operator, StoredEvent, Summary
from bot.types import ConversationId, Entity, ExternalIntent, Operation, Outbound

_PREVIEW = 200


def dump(value: Any) -> str:
    """Return `value` as JSON text.

    Raises:
        StoreError: it holds something that JSON cannot say.
    """
    try:
        return json.dumps(value, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise StoreError(f"not a JSON value: {error}") from error


def time(seconds: float) -> datetime:
    """Return a stored time."""
    return datetime.fromtimestamp(seconds, UTC)


def preview(text: str) -> str:
    """Return the start of `text` in a form that every database takes as text."""
    return text[:_PREVIEW].replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def json_rows(dialect: str, columns: Mapping[str, str]) -> str:
    """Return a SELECT that turns the JSON array of objects in `:rows` into rows.

    Args:
        dialect: `sqlite` or `postgresql`.
        columns: The objects' keys with their PostgreSQL types.
    """
    if dialect == "postgresql":
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r({typed})"  # noqa: S608 - columns are constants
    picked = ", ".join(f"value->>'{name}' AS {name}" for name in columns)
    return f"SELECT {picked} FROM json_each(:rows)"  # noqa: S608 - columns are constants


def inbound_body(inbound: Inbound) -> str:
    """Return what the inbox's own columns do not hold."""
    return dump(
        {
            "sender_id": inbound.sender_id,
            "text": inbound.text,
            "metadata": dict(inbound.metadata),
            "locale": inbound.locale,
            "input_channel": inbound.input_channel,
            "external": inbound.external and dataclasses.asdict(inbound.external),
            "operation": inbound.operation and dataclasses.asdict(inbound.operation),
            "is_awaited": inbound.is_awaited,
        }
    )


def inbound(row: Mapping[Any, Any]) -> Inbound:
    """Return the message of an inbox row."""
    body = json.loads(row["body"])
    external, operation = body.pop("external", None), body.pop("operation", None)
    return Inbound(
        channel=row["channel"],
        dedupe_key=row["dedupe_key"],
        conversation_id=ConversationId(row["conversation_id"]),
        external=external and _external(external),
        operation=operation and Operation(**operation),
        **body,
    )


def _external(data: Mapping[str, Any]) -> ExternalIntent:
    entities = tuple(
        Entity(**{**item, "processors": tuple(item["processors"])}) for item in data["entities"]
    )
    return ExternalIntent(**{**data, "entities": entities})


def event_body(event: Event) -> str:
    """Return the stored form of `event`."""
    return dump(to_dict(event))


def stored_event(row: Mapping[Any, Any]) -> StoredEvent:
    """Return the event of an event row."""
    return StoredEvent(
        seq=row["seq"],
        public_seq=row["public_seq"],
        inbox_id=row["inbox_id"],
        cid=row["cid"],
        event=from_dict(json.loads(row["body"])),
    )


def outbound_body(event: BotSaid, *, sender_id: str, from_kind: str, from_name: str | None) -> str:
    """Return what the outbox's own columns do not hold."""
    said = to_dict(event)
    return dump(
        {
            "sender_id": sender_id,
            "from_kind": from_kind,
            "from_name": from_name,
            "reply": said["reply"],
            "metadata": said["metadata"],
        }
    )


def outbound(row: Mapping[Any, Any]) -> Outbound:
    """Return the reply of an outbox row."""
    body = json.loads(row["body"])
    said = from_dict({"kind": BotSaid.kind, "reply": body.pop("reply")})
    assert isinstance(said, BotSaid)
    return Outbound(
        idem_key=row["idem_key"],
        conversation_id=ConversationId(row["conversation_id"]),
        channel=row["channel"],
        seq=row["seq"],
        reply=said.reply,
        **body,
    )


def assignee(row: Mapping[Any, Any]) -> Operator | None:
    """Return who owns a conversation row, None when nobody does."""
    if row["assignee_id"] is None:
        return None
    return Operator(id=row["assignee_id"], name=row["assignee_name"], role=row["assignee_role"])


def summary(row: Mapping[Any, Any]) -> Summary:
    """Return a conversation row as lists show it."""
    waiting = row["waiting_since"]
    return Summary(
        id=ConversationId(row["id"]),
        channel=row["channel"],
        sender_id=row["sender_id"],
        state=row["state"],
        assignee=assignee(row),
        owner_epoch=row["owner_epoch"],
        last_seq=row["last_seq"],
        last_public_seq=row["last_public_seq"],
        customer_last_seq=row["customer_last_seq"],
        waiting_since=None if waiting is None else time(waiting),
        handoff_reason=row["handoff_reason"],
        title=row["title"],
        temper=row["temper"],
        last_text=row["last_text"],
        last_from=row["last_from"],
        updated_at=time(row["updated_at"]),
        locale=row["locale"],
    )
