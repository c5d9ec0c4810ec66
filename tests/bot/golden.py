"""Recorded dialogues, run through the engine without HTTP. Used by `test_golden_engine`."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.actions.remote import ActionServer
from bot.conversation import Conversation
from bot.dialogue.model import DialogueModel
from bot.domain import Domain
from bot.engine import Engine
from bot.events import ActionFailed
from bot.project import Project
from bot.types import ConversationId, Entity, Intent, Message, Reading

VOLATILE = {
    "timestamp", "message_id", "model_id", "assistant_id", "latest_event_time", "sender_id",
    "recipient_id", "text_tokens", "intent_ranking", "response_selector", "model_file",
    "scheduled_at", "full_retrieval_intent_name",
}  # fmt: skip
OURS = {"action", "policy", "confidence", "passages"}
HAS_FORMATS = importlib.util.find_spec("bot.formats") is not None


def folder() -> Path | None:
    """Return the folder of recordings, if there is one."""
    root = os.environ.get("FRONTDESK_SHARED")
    shared = Path(root) if root else Path(__file__).resolve().parents[3] / "shared"
    found = shared / "golden"
    return found if found.is_dir() else None


def cases() -> list[str]:
    """Return the cases that consist of messages only and need no action server."""
    root = folder()
    if root is None or not HAS_FORMATS:
        return []
    return [path.parent.name for path in sorted(root.glob("*/case.json")) if _is_plain(path)]


def _is_plain(path: Path) -> bool:
    case = json.loads(path.read_text(encoding="utf-8"))
    return case.get("kind") != "train" and not case.get("action_server") and not case.get("env")


def load(case: Path) -> tuple[Project, DialogueModel]:
    """Return the case's project and its trained dialogue model."""
    from bot.formats.project import load_project

    project = load_project(case / "project")
    return project, DialogueModel.train(project)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = datetime(2024, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


class Player:
    """Plays conversations against an engine."""

    def __init__(
        self, project: Project, model: DialogueModel, want: Mapping[str, Any],
        server: ActionServer | None = None,
    ) -> None:  # fmt: skip
        self.project = project
        recorded = _recorded(want)
        self.clock = Clock()
        self.engine = Engine(
            domain=project.domain, dialogue=model,
            understand=lambda m: recorded.get(m.text) or understand(m, project),
            clock=self.clock, seed=1, action_endpoint=server,
        )  # fmt: skip

    def play(self, talk: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what `expected.json` should say, or None if HTTP is needed."""
        if any(isinstance(turn, dict) and "http" in turn for turn in talk["turns"]):
            return None
        return asyncio.run(self._play(talk))

    async def _play(self, talk: Mapping[str, Any]) -> dict[str, Any]:
        conversation = Conversation.start("c", self.project.domain, channel="rest", sender_id="c")
        turns = []
        for number, step in enumerate(talk["turns"]):
            step = {"text": step} if isinstance(step, str) else step
            if "wait" in step:
                self.clock.time += timedelta(seconds=step["wait"])
                continue
            message = Message(
                id=f"m{number}", conversation_id=ConversationId("c"),
                channel=step.get("input_channel", "rest"), sender_id="c", text=step["text"],
                sent_at=self.clock(), metadata=step.get("metadata", {}),
            )  # fmt: skip
            turn = await self.engine.handle(message, conversation)
            conversation = turn.conversation
            turns.append([_reply_texts(reply) for reply in turn.replies])
        return {"replies": turns, "tracker": tracker(conversation)}


def _recorded(want: Mapping[str, Any]) -> dict[str, Reading]:
    """Return what understanding found for each text, so that only dialogue is compared."""
    from bot.formats.events import reading_from_rasa

    readings = {}
    for event in want["tracker"]["events"]:
        if event["event"] == "user" and event.get("parse_data"):
            reading = reading_from_rasa(event["parse_data"], event["text"])
            full = event["parse_data"]["intent"].get("full_retrieval_intent_name") or "/"
            selected = {full.split("/")[0]: {"response": {"utter_action": f"utter_{full}"}}}
            readings[event["text"]] = replace(
                reading, ranking=(reading.intent,), response_selector=selected
            )
    return readings


def _reply_texts(reply: Any) -> dict[str, Any]:
    return {"text": reply.text} if reply.text else {}


def tracker(conversation: Conversation) -> dict[str, Any]:
    """Return the tracker as recordings have it."""
    from bot.formats.events import to_rasa

    ours = [e for e in conversation.events if not isinstance(e, ActionFailed)]
    plain = Conversation.of("c", ours, conversation.domain, sender_id="c")
    plain = plain.current_session().replayed()
    return clean(json.loads(json.dumps(plain.tracker_dict(to_rasa, "ALL"), default=str)))


def clean(value: Any) -> Any:
    """Drop what differs from run to run, and what only we record."""
    if isinstance(value, list):
        return [clean(item) for item in value]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, item in value.items():
        item = clean(item)
        if key in VOLATILE or (key == "hide_rule_turn" and not item):
            continue
        if key == "metadata" and isinstance(item, dict):
            item = {k: v for k, v in item.items() if k not in OURS and v is not None}
        if (key in ("metadata", "is_interrupted")) and not item:
            continue
        if item is None and key not in ("value", "name", "text") and value.get("event"):
            continue
        out[key] = "<date>" if key == "date_time" else item
    return out


def difference(want: Any, got: Any, path: str = "") -> str | None:
    """Return the first difference, or None."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(want.keys() | got.keys()):
            if key not in want or key not in got:
                return f"{path}.{key}: {want.get(key, '<none>')!r} != {got.get(key, '<none>')!r}"
            if found := difference(want[key], got[key], f"{path}.{key}"):
                return found
        return None
    if isinstance(want, list) and isinstance(got, list):
        for index, (a, b) in enumerate(zip(want, got, strict=False)):
            if found := difference(a, b, f"{path}[{index}]"):
                return found
        return None if len(want) == len(got) else f"{path}: {len(want)} items, got {len(got)}"
    return None if want == got else f"{path}: {want!r} != {got!r}"


def understand(message: Message, project: Project) -> Reading:
    """Read `/intent@0.9{"entity": "value"}` messages, and exact keywords, like the recordings."""
    text = message.text
    found = re.fullmatch(r"/([^{@]+)(?:@([0-9.]+))?\s*(\{.*\})?", text, re.DOTALL)
    known = _intents(project)
    if not found or (found[1].strip() not in known and found[1].split("/")[0] not in known):
        return _keyword(text, project)
    intent = Intent(name=found[1].strip(), confidence=min(1.0, float(found[2] or 1.0)))
    entities = tuple(_entities(found, project.domain))
    return Reading(text=text, intent=intent, ranking=(intent,), entities=entities)


def _intents(project: Project) -> set[str]:
    builtin = {"restart", "back", "out_of_scope", "session_start", "nlu_fallback"}
    return set(project.domain.intents) | builtin


def _entities(found: re.Match[str], domain: Domain) -> Iterator[Entity]:
    for name, value in json.loads(found[3] or "{}").items():
        if name not in domain.entities:
            continue
        for item in value if isinstance(value, list) else [value]:
            yield Entity(
                name=name, value=item, start=found.start(3), end=found.end(3),
                extractor="RegexMessageHandler",
            )  # fmt: skip


def _keyword(text: str, project: Project) -> Reading:
    nothing = Intent(name=None, confidence=0.0)
    if not any(c.name == "KeywordIntentClassifier" for c in project.settings.pipeline):
        return Reading(text=text, intent=nothing)
    for example in project.understanding.examples:
        if example.intent and re.search(rf"\b{re.escape(example.text)}\b", text):
            intent = Intent(name=example.intent, confidence=1.0)
            return Reading(text=text, intent=intent, ranking=(intent,))
    return Reading(text=text, intent=nothing)
