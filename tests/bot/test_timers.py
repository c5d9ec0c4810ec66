"""The poller fires at the due time, woken by a hint, in one process and in several."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot import timers
from bot.engine import Engine
from bot.events import BotSaid, ReminderSet, is_external
from bot.hints import Hints
from bot.model import LoadedModel, Models
from bot.stores import open_store
from bot.stores.store import Inbound, Store
from bot.timers import Timers
from bot.types import ConversationId, Message
from bot.worker import Worker
from tests.bot.builders import Talk, does, domain, project, rule, said, understand

C1 = ConversationId("c1")


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    await store.open()
    yield store
    await store.close()


@contextlib.asynccontextmanager
async def running(*parts: Timers | Worker) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def remind(store: Store, *, in_s: float, name: str = "r", kill: bool = False) -> float:
    """Set a reminder of c1 and return when it is due, as `time.time`."""
    due_at = datetime.now(UTC) + timedelta(seconds=in_s)
    event = ReminderSet(name=name, intent="greet", due_at=due_at, kill_on_user_message=kill)
    await store.append(C1, [event], channel="webchat", sender_id="c1", acts=True)
    return due_at.timestamp()


async def test_a_hint_wakes_it_for_a_reminder_before_its_next_look(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "POLL_S", 60.0)
    hints = Hints()
    async with running(Timers(store, hints)):
        await asyncio.sleep(0)
        due_at = await remind(store, in_s=0.3)
        hints.scheduled()
        await until(lambda: hints.inbox.bell.is_set(), timeout_s=5)
        late_s = time.time() - due_at

    assert -0.01 <= late_s < 1
    assert len((await store.claim(limit=9, lease_s=9))[0].rows) == 1


async def test_without_a_hint_it_looks_by_itself(store: Store) -> None:
    hints = Hints()
    async with running(Timers(store, hints)):
        await asyncio.sleep(0)
        await remind(store, in_s=-1)
        await until(lambda: hints.inbox.bell.is_set(), timeout_s=5)


async def test_several_pollers_and_workers_answer_a_reminder_once(store: Store) -> None:
    engine, hints = _engine(), Hints()
    first = await _ask(store, hints, "/greet")
    async with running(
        *(Timers(store, hints) for _ in range(3)),
        *(Worker(store, served(engine), hints) for _ in range(3)),
    ):
        await until(lambda: store.is_done(first))
        for number in range(5):
            await remind(store, in_s=0.1, name=str(number))
        await until(lambda: _fired(store, 5))
        # Inbox ids are dense: nobody recorded a sixth.
        await until(lambda: store.is_done(first + 5))
        assert not await store.is_done(first + 6)

    stored = await store.events(C1)
    assert sum(is_external(item.event) for item in stored) == 5
    assert sum(isinstance(item.event, BotSaid) for item in stored) == 6


async def test_a_message_in_the_inbox_before_the_reminder_kills_it(store: Store) -> None:
    engine, hints = _engine(), Hints()
    async with running(Worker(store, served(engine), hints)):
        first = await _ask(store, hints, "/greet")
        await until(lambda: store.is_done(first))
    await remind(store, in_s=-1, kill=True)
    asked = await _ask(store, hints, "/greet again")
    await store.fire_timers(limit=10)

    async with running(Worker(store, served(engine), hints)):
        await until(lambda: store.is_done(asked + 1))

    assert not any(is_external(item.event) for item in await store.events(C1))


async def test_a_worker_rings_when_a_turn_sets_a_reminder(store: Store) -> None:
    due_at = datetime.now(UTC) + timedelta(hours=1)
    event = ReminderSet(name="r", intent="greet", due_at=due_at)
    engine, hints = _engine(), Hints()
    plain = Talk(project(engine.domain)).engine

    class Reminding(Engine):
        async def handle(self, message: Message, conversation: object) -> object:  # type: ignore[override]
            turn = await plain.handle(message, conversation)  # type: ignore[arg-type]
            return turn.after(event)

    reminding = Reminding(domain=engine.domain, understand=understand, dialogue=engine.dialogue)
    await _ask(store, hints, "/greet")
    async with running(Worker(store, served(reminding), hints)):
        await until(lambda: hints.timers.bell.is_set())

    wait_s = await store.next_timer_s()
    assert wait_s is not None and wait_s > 3000


def _engine() -> Engine:
    facts = domain(responses={"utter_greet": "Wake up."})
    return Talk(project(facts, rule("greet", said("greet"), does("utter_greet")))).engine


def served(engine: Engine) -> Models:
    return Models(LoadedModel(engine=engine, domain=engine.domain, id="m"))


async def _ask(store: Store, hints: Hints, text: str) -> int:
    accepted = await store.accept(
        Inbound(channel="webchat", dedupe_key=text, conversation_id=C1, sender_id="c1", text=text)
    )
    hints.accepted()
    return accepted.inbox_id


async def _fired(store: Store, wanted: int) -> bool:
    stored = await store.events(C1)
    return sum(is_external(item.event) for item in stored) >= wanted


async def until(condition: Callable[[], Awaitable[bool] | bool], *, timeout_s: float = 10) -> None:
    """Return when `condition` holds.

    Raises:
        TimeoutError: it did not within `timeout_s`.
    """
    async with asyncio.timeout(timeout_s):
        while True:
            answer = condition()
            if await answer if inspect.isawaitable(answer) else answer:
                return
            await asyncio.sleep(0.01)
