"""Conversations come in from a Rasa tracker store and go out to files and event brokers."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import main
from bot.conversation import Conversation
from bot.domain import Domain, SlotDefinition
from bot.formats.events import from_rasa
from bot.stores.history import read_history

_SCHEMA = (
    "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255) NOT NULL,"
    " type_name VARCHAR(255) NOT NULL, timestamp FLOAT, intent_name VARCHAR(255),"
    " action_name VARCHAR(255), data TEXT)"
)
_USER = {
    "event": "user",
    "text": "a table for two",
    "input_channel": "socketio",
    "message_id": "m1",
    "parse_data": {
        "intent": {"name": "book", "confidence": 0.9},
        "entities": [{"entity": "people", "value": "two", "start": 12, "end": 15}],
        "text": "a table for two",
    },
}
_BOT = {"event": "bot", "text": "When?", "data": {"buttons": [{"title": "Now", "payload": "/n"}]}}
EVERY_KIND: list[dict[str, Any]] = [
    {"event": "action", "name": "action_session_start", "confidence": 1.0},
    {"event": "session_started"},
    {"event": "action", "name": "action_listen"},
    _USER,
    {"event": "slot", "name": "people", "value": 2},
    {"event": "user_featurization", "use_text_for_featurization": False},
    {"event": "entities", "entities": [{"entity": "people", "value": "two"}]},
    {"event": "action", "name": "book_form", "policy": "RulePolicy", "confidence": 1.0},
    {"event": "active_loop", "name": "book_form"},
    {"event": "slot", "name": "requested_slot", "value": "time"},
    _BOT,
    {"event": "action_execution_rejected", "name": "book_form"},
    {"event": "loop_interrupted", "is_interrupted": True},
    {"event": "form_validation", "validate": True},
    {"event": "form", "name": "book_form"},
    {"event": "reminder", "intent": "late", "date_time": "2030-01-02T03:04:05+00:00", "name": "r"},
    {"event": "cancel_reminder", "name": "r"},
    {"event": "followup", "name": "utter_hi"},
    {"event": "pause"},
    {"event": "resume"},
    {"event": "rewind"},
    {"event": "undo"},
    {"event": "agent", "text": "I am a person", "data": {"by": "me"}},
    {"event": "reset_slots"},
    {"event": "restart"},
    {"event": "slot", "name": "people", "value": 4},
]
START_S = 1_700_000_000.0


def write_store(path: Path, conversations: dict[str, list[dict[str, Any]]]) -> None:
    """Append to a tracker store as Rasa lays it out."""
    with sqlite3.connect(path) as db:
        db.execute(_SCHEMA.replace("TABLE", "TABLE IF NOT EXISTS"))
        for sender, events in conversations.items():
            rows = [
                (sender, item["event"], START_S + number, json.dumps(item))
                for number, item in enumerate(events)
            ]
            db.executemany(
                "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)",
                rows,
            )


def frontdesk(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as raised:
        main([str(argument) for argument in arguments])
    code = raised.value.code
    return code if isinstance(code, int) else 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yml").write_text("assistant_id: a\nlanguage: en\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def take_over(path: Path) -> int:
    return frontdesk("import-conversations", f"sqlite:///{path}")


async def stored(folder: Path) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    url = f"sqlite:///{folder}/.frontdesk/frontdesk.db"
    async for name, item in read_history(url):
        found.setdefault(name, []).append(item.event)
    return found


def imported(folder: Path) -> dict[str, list[Any]]:
    return asyncio.run(stored(folder))


def test_every_kind_of_event_is_taken_over_in_its_order(folder: Path) -> None:
    write_store(folder / "tracker.db", {"ann": EVERY_KIND})

    assert take_over(folder / "tracker.db") == 0

    times = (datetime.fromtimestamp(START_S + number, UTC) for number in range(len(EVERY_KIND)))
    wanted = [
        from_rasa({**item, "timestamp": at.timestamp()})
        for item, at in zip(EVERY_KIND, times, strict=True)
    ]
    assert imported(folder)["ann"] == wanted
    domain = Domain(slots={"people": SlotDefinition(name="people", type="any")})
    state = Conversation.of("ann", wanted, domain).state
    assert (state.slots["people"], state.active_loop) == (4, None)


def test_taking_over_again_adds_only_what_is_new(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder / "tracker.db"
    write_store(source, {"ann": EVERY_KIND[:4]})
    take_over(source)
    take_over(source)
    assert "Imported 0 events" in capsys.readouterr().err

    write_store(source, {"ann": [_BOT], "bea": [_USER]})
    take_over(source)

    found = imported(folder)
    assert {name: len(events) for name, events in found.items()} == {"ann": 5, "bea": 1}


def test_a_lost_mark_brings_no_event_twice(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder / "tracker.db"
    write_store(source, {"ann": EVERY_KIND})
    take_over(source)
    with sqlite3.connect(folder / ".frontdesk/frontdesk.db") as db:
        db.execute("DELETE FROM meta WHERE key LIKE 'imported:%'")

    take_over(source)

    assert f"{len(EVERY_KIND)} were there already" in capsys.readouterr().err
    assert len(imported(folder)["ann"]) == len(EVERY_KIND)


def test_what_cannot_be_read_is_counted_and_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = [{"event": "of_a_plugin"}, {"event": "slot"}, _USER]
    write_store(folder / "tracker.db", {"ann": broken})

    assert take_over(folder / "tracker.db") == 0

    told = capsys.readouterr().err
    assert "1 events were left out: unknown event `of_a_plugin`" in told
    assert len(imported(folder)["ann"]) == 1


def test_many_batches_keep_their_order(folder: Path) -> None:
    events = [{"event": "slot", "name": "n", "value": number} for number in range(5000)]
    write_store(folder / "tracker.db", {"ann": events, "bea": events[:10]})
    began = time.perf_counter()

    take_over(folder / "tracker.db")

    assert [event.value for event in imported(folder)["ann"]] == list(range(5000))
    assert time.perf_counter() - began < 60


def test_the_tracker_store_of_endpoints_is_the_default(folder: Path) -> None:
    write_store(folder / "tracker.db", {"ann": [_USER]})
    text = "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: tracker.db\n"
    (folder / "endpoints.yml").write_text(text, "utf-8")

    assert frontdesk("import-conversations") == 0
    assert list(imported(folder)) == ["ann"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///absent.db", "there is no such file"),
        ("mysql://h/db", "databases of the kind mysql cannot be read here"),
        ("no url", "not a database URL"),
    ],
)
def test_a_source_that_cannot_be_read_is_told(
    folder: Path, url: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frontdesk("import-conversations", url) == 1
    assert told in capsys.readouterr().err


def test_an_export_gives_back_what_was_taken_over(folder: Path) -> None:
    write_store(folder / "tracker.db", {"ann": [_USER, _BOT], "bea": [_USER]})
    take_over(folder / "tracker.db")

    assert frontdesk("export", "--out", "out.jsonl") == 0

    lines = [json.loads(line) for line in (folder / "out.jsonl").read_text("utf-8").splitlines()]
    assert [line["sender_id"] for line in lines] == ["ann", "bea", "ann"]
    assert [line["timestamp"] for line in lines] == [START_S, START_S, START_S + 1]
    assert lines[0]["parse_data"]["intent"] == {"name": "book", "confidence": 0.9}


def test_the_lower_bound_belongs_to_an_export_and_the_upper_does_not(folder: Path) -> None:
    events = [{"event": "slot", "name": "n", "value": number} for number in range(5)]
    write_store(folder / "tracker.db", {"ann": events, "bea": events})
    take_over(folder / "tracker.db")
    bounds = ("--minimum-timestamp", str(START_S + 1), "--maximum-timestamp", str(START_S + 3))

    frontdesk(
        "export", *bounds, "--conversation-ids", "bea, cem", "--offset-timestamps-by-seconds", "60"
    )

    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert [(line["sender_id"], line["value"]) for line in lines] == [("bea", 1), ("bea", 2)]
    assert lines[0]["timestamp"] == START_S + 61
    assert frontdesk("export", "--conversation-ids", "cem") == 1


def test_an_event_broker_gets_the_events(folder: Path) -> None:
    write_store(folder / "tracker.db", {"ann": [_USER, _BOT]})
    take_over(folder / "tracker.db")
    endpoints = folder / "endpoints.yml"

    endpoints.write_text("event_broker: {type: file, path: broker.log}\n", "utf-8")
    assert frontdesk("export") == 0
    endpoints.write_text("event_broker: {type: SQL, db: broker.db}\n", "utf-8")
    assert frontdesk("export") == 0

    lines = [json.loads(line) for line in (folder / "broker.log").read_text().splitlines()]
    with sqlite3.connect(folder / "broker.db") as db:
        rows = [json.loads(data) for (data,) in db.execute("SELECT data FROM events ORDER BY id")]
    assert [line["event"] for line in lines] == ["user", "bot"]
    assert rows == lines


def test_a_broker_that_is_not_supported_says_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_store(folder / "tracker.db", {"ann": [_USER]})
    take_over(folder / "tracker.db")
    (folder / "endpoints.yml").write_text("event_broker: {url: localhost, queues: [a]}\n", "utf-8")

    assert frontdesk("export") == 1

    assert "the event broker `pika` of endpoints.yml is not supported" in capsys.readouterr().err
