"""The running product: store, engine, worker, sender and channels, opened and closed together."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.errors import NoModelLoaded
from bot.events import BotSaid
from bot.hints import Hints
from bot.model import LoadedModel, Models
from bot.project import Place
from bot.sender import Sender
from bot.server.channels import in_background, open_channels
from bot.stores.store import Accepted, Inbound, Store
from bot.timers import Timers
from bot.types import Reply
from bot.worker import Worker

DONE_POLL_S = 0.5
LONGEST_WAIT_S = 3600.0
"""Rasa's time limit of an answer."""


class Desk:
    """What channels, server and terminal talk to."""

    def __init__(
        self,
        store: Store,
        model: LoadedModel | None,
        channels: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
        channel_places: Mapping[str, Place] = MappingProxyType({}),
    ) -> None:
        """Hold the parts; `channels` are settings by name; `running` starts everything."""
        self.store, self.models = store, Models(model)
        self.hints = Hints()
        self.longest_wait_s = LONGEST_WAIT_S
        self.channels = open_channels(self, channels, channel_places)

    @contextlib.asynccontextmanager
    async def running(self, *others: Any) -> AsyncIterator[None]:
        """Open the store and run worker and sender (and `others` with a `run`) in the block."""
        await self.store.open()
        parts: Sequence[Any] = (
            Worker(self.store, self.models, self.hints),
            Sender(self.store, self.channels, self.hints),
            Timers(self.store, self.hints),
            *in_background(self.channels),
            *others,
        )
        tasks = [asyncio.create_task(part.run()) for part in parts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.store.close()

    @property
    def model(self) -> LoadedModel:
        """The model for the next turn.

        Raises:
            NoModelLoaded: it was unloaded.
        """
        if self.models.current is None:
            raise NoModelLoaded("no model is loaded; load one with PUT /model")
        return self.models.current

    def use(self, model: LoadedModel | None) -> None:
        """Answer with `model` from the next turn on; with None messages wait in the inbox."""
        self.models.current = model
        self.hints.accepted()

    async def accept(self, inbound: Inbound) -> Accepted:
        """Return after `inbound` is on disk, and wake the worker if it has not got it yet."""
        if inbound.is_from_customer and (model := self.models.current) is not None:
            model.engine.look_ahead(inbound.text, inbound.locale)
        accepted = await self.store.accept(inbound)
        if not accepted.is_claimed:
            self.hints.accepted()
        return accepted

    async def wait_done(self, accepted: Accepted, *, timeout_s: float) -> bool:
        """Return whether the message was answered within `timeout_s`; at once without a model."""
        clock, inbox_id = asyncio.get_running_loop(), accepted.inbox_id
        deadline = clock.time() + min(timeout_s, self.longest_wait_s)
        if accepted.is_duplicate and await self.store.is_done(inbox_id):
            return True
        with self.hints.asking(inbox_id) as subscription:
            while not self.hints.answer(inbox_id)[0]:
                left_s = deadline - clock.time()
                if left_s <= 0 or self.models.current is None:
                    return False
                await subscription.wait(timeout_s=min(left_s, DONE_POLL_S))
                if not self.hints.answer(inbox_id)[0] and await self.store.is_done(inbox_id):
                    return True  # answered by another process
        return True

    async def replies_to(self, accepted: Accepted, *, timeout_s: float) -> tuple[Reply, ...] | None:
        """Return what the bot says to a message, None if that takes longer than `timeout_s`."""
        if not await self.wait_done(accepted, timeout_s=timeout_s):
            return None
        _, replies = self.hints.answer(accepted.inbox_id)
        if replies is not None:
            return replies
        stored = await self.store.events_of(accepted.inbox_id)
        return tuple(item.event.reply for item in stored if isinstance(item.event, BotSaid))

    async def secret(self, name: str) -> bytes:
        """Return the 32 secret bytes kept under `name`, made at first use."""
        key = f"secret:{name}"
        if (kept := await self.store.meta(key)) is None:
            await self.store.set_meta(key, secrets.token_hex(32))
            kept = await self.store.meta(key)
        return bytes.fromhex(kept or "")
