"""Summaries and events as the console's JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from bot.events import (
    ActionFailed,
    ActionRan,
    BotSaid,
    DraftDiscarded,
    Event,
    HandoffRequested,
    LoopSet,
    OperatorJoined,
    OperatorLeft,
    OperatorSaid,
    Resolved,
    SlotSet,
    UserSaid,
    is_external,
)
from bot.mood import mood_of, priority_of
from bot.profile import Fact
from bot.stores.store import Operator, StoredEvent, Summary
from bot.types import Reading


class Login(BaseModel):
    """Who wants to come in."""

    username: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=1000)


class NewOperator(BaseModel):
    """Somebody who may answer customers from now on."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\s\p{Cc}][^\p{Cc}]*$")
    password: str = Field(min_length=10, max_length=1000)
    role: Literal["admin", "agent"] = "agent"


class OperatorMessage(BaseModel):
    """What an operator says; `takeover` claims the conversation first."""

    cid: str = Field(min_length=8, max_length=64)
    text: str
    takeover: bool = False


class Resolve(BaseModel):
    """Close only if the customer wrote nothing after this seq."""

    if_customer_last_seq: int | None = None


def operator_json(operator: Operator | None) -> dict[str, Any] | None:
    """Return an operator as JSON, None for nobody."""
    if operator is None:
        return None
    return {"id": operator.id, "name": operator.name, "role": operator.role}


def summary_json(summary: Summary) -> dict[str, Any]:
    """Return a conversation as lists show it."""
    last = None
    if summary.last_text is not None:
        last = {
            "text": summary.last_text,
            "from_kind": summary.last_from,
            "at": summary.updated_at.isoformat(),
        }
    return {
        "id": summary.id,
        "channel": summary.channel,
        "customer": {"id": summary.sender_id, "name": None, "locale": summary.locale},
        "state": summary.state,
        "assignee": operator_json(summary.assignee),
        "owner_epoch": summary.owner_epoch,
        "last_seq": summary.last_seq,
        "customer_last_seq": summary.customer_last_seq,
        "waiting_since": _iso(summary.waiting_since),
        "handoff_reason": summary.handoff_reason,
        "title": summary.title,
        "mood": mood_of(summary.temper),
        "priority": priority_of(summary.temper),
        "last_message": last,
        "updated_at": summary.updated_at.isoformat(),
    }


def event_json(stored: StoredEvent) -> dict[str, Any]:
    """Return an event as the console shows it; bookkeeping comes too, so that `seq` has no gaps."""
    body = _body(stored.event) or _kind("bookkeeping")
    empty = {"text": None, "buttons": [], "sources": [], "reasoning": None, "data": {}}
    made = {"seq": stored.seq, "at": stored.event.at.isoformat()} | empty | body
    if stored.cid and isinstance(stored.event, OperatorSaid):
        made["data"] = {"cid": stored.cid}
    return made


def fact_json(fact: Fact) -> dict[str, Any]:
    """Return a line of a customer's profile."""
    return {
        "kind": fact.kind,
        "value": fact.value,
        "about": fact.about,
        "is_relation": fact.is_relation,
    }


def _body(event: Event) -> dict[str, Any] | None:
    match event:
        case UserSaid() if is_external(event):
            return _kind("note") | {"text": event.text}
        case UserSaid():
            shown = event.metadata.get("title") or event.text
            return _said("customer", None, shown) | {"reasoning": _read(event.reading)}
        case BotSaid():
            return _bot(event)
        case OperatorSaid():
            return _said("agent", event.operator_name, event.text)
        case DraftDiscarded():
            return _kind("draft_discarded") | {"text": "\n\n".join(event.texts)}
        case _:
            return _state_change(event) or _bot_step(event)


def _state_change(event: Event) -> dict[str, Any] | None:
    match event:
        case HandoffRequested():
            return _kind("state", state="queued", reason=event.reason)
        case OperatorJoined():
            return _by(event.operator_name, state="assigned")
        case OperatorLeft():
            return _by(event.operator_name, state="bot")
        case Resolved():
            return _by(event.by, state="resolved")
        case _:
            return None


def _bot_step(event: Event) -> dict[str, Any] | None:
    match event:
        case ActionRan(name=str(name)) if name != "action_listen":
            return _kind("action", name=name, policy=event.policy, confidence=event.confidence)
        case SlotSet():
            return _kind("slot", name=event.name, value=event.value)
        case LoopSet():
            return _kind("form", name=event.name)
        case ActionFailed():
            return _kind("failure", name=event.name) | {"text": f"{event.name}: {event.problem}"}
        case _:
            return None


def _said(kind: str, name: str | None, text: str | None) -> dict[str, Any]:
    return {"kind": "message", "from": {"kind": kind, "name": name}, "text": text}


def _kind(kind: str, **data: Any) -> dict[str, Any]:
    return {"kind": kind, "from": {"kind": "system", "name": None}, "data": data}


def _by(name: str, state: str) -> dict[str, Any]:
    """Return a change of state that a person made."""
    return _kind("state", state=state) | {"from": {"kind": "agent", "name": name}}


def _bot(event: BotSaid) -> dict[str, Any]:
    why = event.metadata
    return _said("bot", None, event.reply.text) | {
        "buttons": [{"title": b.title, "payload": b.payload} for b in event.reply.buttons],
        "sources": [
            {"title": s.title, "url": s.url, "score": s.score} for s in event.reply.sources
        ],
        "reasoning": {
            "action": why.get("action"),
            "policy": why.get("policy"),
            "confidence": why.get("confidence"),
            "passages": event.reply.metadata.get("passages") or [],
        },
    }


def _read(reading: Reading) -> dict[str, Any]:
    return {
        "intent": {"name": reading.intent.name, "confidence": reading.intent.confidence},
        "ranking": [{"name": i.name, "confidence": i.confidence} for i in reading.ranking],
        "entities": [
            {
                "entity": e.name,
                "value": e.value,
                "text": reading.text[e.start : e.end] if e.start is not None else None,
                "start": e.start,
                "end": e.end,
                "extractor": e.extractor,
                "confidence": e.confidence,
            }
            for e in reading.entities
        ],
        "sentiment": reading.sentiment and asdict(reading.sentiment),
        "relations": [
            {
                "name": r.name,
                "head": r.head.value,
                "tail": r.tail.value,
                "confidence": r.confidence,
            }
            for r in reading.relations
        ],
        "language": reading.language,
        "took_ms": reading.took_ms,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
