"""A person takes over while the bot thinks: the bot's reply is never delivered."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

from bot.cli.assemble import assemble
from bot.events import BotSaid, DraftDiscarded, OperatorJoined, UserSaid
from bot.server.desk import Desk
from bot.stores.store import Inbound, Operator
from bot.types import ConversationId

ANA = Operator(id="ana", name="Ana")
KEY = ConversationId("c")


class Gate:
    """Holds the bot between thinking and committing."""

    def __init__(self, desk: Desk) -> None:
        self.thought, self.opened = asyncio.Event(), asyncio.Event()
        self.handle = desk.model.engine.handle

    async def __call__(self, message: Any, conversation: Any) -> Any:
        turn = await self.handle(message, conversation)
        self.thought.set()
        await self.opened.wait()
        return turn


class GatedEngine:
    """The desk's engine, with a gate behind `handle`."""

    def __init__(self, engine: Any, gate: Gate) -> None:
        self.handle, self.listen_only = gate, engine.listen_only
        self.look_ahead, self.answering = engine.look_ahead, engine.answering


def said(text: str, key: str) -> Inbound:
    return Inbound(channel="rest", dedupe_key=key, conversation_id=KEY, sender_id="c", text=text)


async def test_a_reply_in_flight_at_a_takeover_becomes_a_discarded_draft(
    project_copy: Path,
) -> None:
    desk = assemble(project_copy).desk
    gate = Gate(desk)
    engine: Any = GatedEngine(desk.model.engine, gate)
    desk.use(dataclasses.replace(desk.model, engine=engine))
    async with desk.running():
        accepted = await desk.accept(said("How long does delivery take?", "1"))
        await asyncio.wait_for(gate.thought.wait(), 20)

        await desk.store.assign(KEY, ANA)
        gate.opened.set()

        assert await desk.wait_done(accepted, timeout_s=20)
        kinds = [type(item.event) for item in await desk.store.events(KEY)]
        assert kinds == [OperatorJoined, UserSaid, DraftDiscarded]
        assert not await desk.store.claim_deliveries(limit=5, lease_s=1)


async def test_a_takeover_that_was_handed_back_leaves_one_answer(project_copy: Path) -> None:
    desk = assemble(project_copy).desk
    gate = Gate(desk)
    engine: Any = GatedEngine(desk.model.engine, gate)
    desk.use(dataclasses.replace(desk.model, engine=engine))
    async with desk.running():
        accepted = await desk.accept(said("How long does delivery take?", "1"))
        await asyncio.wait_for(gate.thought.wait(), 20)

        await desk.store.assign(KEY, ANA)
        await desk.store.hand_back(KEY, ANA)
        gate.opened.set()

        assert await desk.wait_done(accepted, timeout_s=20)
        events = [item.event for item in await desk.store.events(KEY)]
        assert sum(isinstance(event, BotSaid) for event in events) == 1
        assert sum(isinstance(event, UserSaid) for event in events) == 1
