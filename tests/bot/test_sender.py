"""The sender: side by side over conversations, in order within one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.events import BotSaid
from bot.hints import Hints
from bot.sender import Sender, SenderLimits
from bot.stores import open_store
from bot.stores.store import Inbound, Store, TurnRecord
from bot.types import ConversationId, Outbound, Reply


class Platform:
    """A platform whose first conversation never ends its call."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str | None]] = []
        self.done = asyncio.Event()

    async def send(self, outbound: Outbound) -> str | None:
        if outbound.conversation_id == "slow":
            await asyncio.Event().wait()
        self.taken.append((outbound.conversation_id, outbound.reply.text))
        if len(self.taken) == 4:
            self.done.set()
        return None


async def say(store: Store, conversation: str, *texts: str) -> None:
    key = ConversationId(conversation)
    await store.accept(
        Inbound(channel="p", dedupe_key=conversation, conversation_id=key, sender_id="s", text="hi")
    )
    (lease,) = await store.claim(limit=1, lease_s=30)
    events = tuple(BotSaid(reply=Reply(text=text)) for text in texts)
    turn = TurnRecord(inbox_id=lease.rows[0].id, events=events, as_bot=True)
    await store.commit(lease, turn)


async def test_a_platform_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    store, platform = open_store(f"sqlite:///{tmp_path}/s.db"), Platform()
    await store.open()
    await say(store, "slow", "never")
    await say(store, "a", "1", "2")
    await say(store, "b", "1", "2")
    sender = Sender(store, {"p": platform}, Hints(), SenderLimits(batch=2))
    running = asyncio.create_task(sender.run())
    try:
        await asyncio.wait_for(platform.done.wait(), 20)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()

    assert [text for who, text in platform.taken if who == "a"] == ["1", "2"]
    assert [text for who, text in platform.taken if who == "b"] == ["1", "2"]
