"""Claims conversations from the inbox, runs the engine, commits each turn.

No transaction is open while the engine thinks; a heartbeat keeps the lease meanwhile. Crash before
the commit: the message is still in the inbox and the turn runs again. Crash after it: nothing is
lost, because replies are rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from bot.conversation import Conversation
from bot.engine import Turn
from bot.errors import LeaseLost, StoreError
from bot.events import ReminderSet
from bot.hints import Hints
from bot.model import LoadedModel, Models
from bot.operations import acts_as_bot, operate
from bot.stores.store import InboxRow, Lease, State, Store, TurnRecord
from bot.types import ExternalIntent, Message

log = structlog.get_logger()

POLL_S = 0.25
"""The poll is the truth; hints only make it faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """How the worker shares its time."""

    conversations: int = 8
    """Worked on at the same moment."""
    lease_s: float = 30.0
    max_attempts: int = 3
    retry_in_s: float = 1.0


class Worker:
    """Answers waiting messages, one conversation at a time and many conversations at once."""

    def __init__(
        self,
        store: Store,
        models: Models,
        hints: Hints,
        limits: WorkerLimits = WorkerLimits(),
    ) -> None:
        """Hold the parts; `run` starts the work."""
        self.store, self.models = store, models
        self.hints, self.limits = hints, limits
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                if not await self._claim_some():
                    await self.hints.inbox.wait(timeout_s=POLL_S)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _claim_some(self) -> bool:
        """Start a task per leased conversation; return whether there was any."""
        if self.models.current is None:
            return False
        free = self.limits.conversations - len(self._tasks)
        if free <= 0:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            return True
        try:
            leases = await self.store.claim(limit=free, lease_s=self.limits.lease_s)
        except StoreError as error:
            log.warning("worker.claim_failed", problem=str(error))
            return False
        for lease in leases:
            task = asyncio.create_task(self._work(lease))
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return bool(leases)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.hints.accepted()
        if not task.cancelled() and (error := task.exception()):
            log.error("worker.task_failed", exc_info=error)

    async def _work(self, lease: Lease) -> None:
        """Answer the waiting messages of one leased conversation, in order."""
        with structlog.contextvars.bound_contextvars(conversation_id=lease.conversation_id):
            try:
                async with self._heartbeat(lease):
                    await self._answer_all(lease)
            except LeaseLost:
                log.warning("worker.lease_lost")
            except StoreError as error:
                log.warning("worker.store_refused", problem=str(error))
                await asyncio.sleep(self.limits.retry_in_s)
            with suppress(StoreError):
                await self.store.release(lease)

    async def _answer_all(self, lease: Lease) -> None:
        state, epoch = lease.state, lease.epoch
        for row in lease.rows:
            current = Lease(
                conversation_id=lease.conversation_id,
                token=lease.token,
                epoch=epoch,
                state=state,
                rows=lease.rows,
            )
            answered = await self._answer(current, row, state)
            if answered is None:
                return
            state, epoch = answered

    async def _answer(self, lease: Lease, row: InboxRow, state: State) -> tuple[State, int] | None:
        """Answer one message; return the state and epoch after it, None when it must be retried."""
        if (model := self.models.current) is None:
            return None
        try:
            turn = await self._think(lease, row, state, model)
        except StoreError:
            raise
        except Exception as error:  # the border of engine and plugins: count it, show it, go on
            log.exception("worker.turn_failed", inbox_id=row.id)
            is_dead = await self._failed(lease, row, error)
            self.hints.changed(lease.conversation_id)
            return ("queued", lease.epoch + 1) if is_dead else None
        operation = row.inbound.operation
        as_bot = state in ("bot", "resolved") and (operation is None or acts_as_bot(operation))
        done = await self.store.commit(
            lease, TurnRecord(inbox_id=row.id, events=turn.events, as_bot=as_bot)
        )
        self.hints.changed(lease.conversation_id)
        if any(isinstance(event, ReminderSet) for event in turn.events):
            self.hints.scheduled()
        log.info("turn.committed", inbox_id=row.id, seq=done.last_seq, was_fenced=done.was_fenced)
        return done.state, done.epoch

    async def _think(self, lease: Lease, row: InboxRow, state: State, model: LoadedModel) -> Turn:
        stored = await self.store.events(lease.conversation_id)
        conversation = Conversation.of(
            lease.conversation_id,
            tuple(item.event for item in stored),
            model.domain,
            channel=row.inbound.channel,
            sender_id=row.inbound.sender_id,
        )
        if row.inbound.operation is not None:
            return await operate(row.inbound.operation, conversation, model.engine)
        if row.inbound.external is not None:
            return await _think_of(row, row.inbound.external, conversation, state, model)
        message = message_of(row)
        if state in ("queued", "assigned"):
            return await model.engine.listen_only(message, conversation)
        frame = {"t": "typing", "from": {"kind": "bot", "name": None}, "on": True, "ttl": 6}
        self.hints.typing(lease.conversation_id, frame)
        return await model.engine.handle(message, conversation)

    async def _failed(self, lease: Lease, row: InboxRow, error: Exception) -> bool:
        return await self.store.fail(
            lease,
            row.id,
            problem=f"{type(error).__name__}: {error}",
            retry_in_s=self.limits.retry_in_s * 2**row.attempts,
            max_attempts=self.limits.max_attempts,
        )

    @asynccontextmanager
    async def _heartbeat(self, lease: Lease) -> AsyncIterator[None]:
        """Renew the lease every third of its time while the block runs."""

        async def beat() -> None:
            while True:
                await asyncio.sleep(self.limits.lease_s / 3)
                try:
                    await self.store.renew(lease, lease_s=self.limits.lease_s)
                except StoreError as error:  # the commit's fence decides; thinking goes on
                    log.warning("worker.renew_failed", problem=str(error))

        task = asyncio.create_task(beat())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _think_of(
    row: InboxRow,
    external: ExternalIntent,
    conversation: Conversation,
    state: State,
    model: LoadedModel,
) -> Turn:
    key = row.inbound.dedupe_key
    if state in ("queued", "assigned"):
        return model.engine.note_external(external, conversation, message_id=key)
    return await model.engine.handle_external(external, conversation, message_id=key)


def message_of(row: InboxRow) -> Message:
    """Return the message that an inbox row holds."""
    inbound = row.inbound
    return Message(
        id=inbound.dedupe_key,
        conversation_id=inbound.conversation_id,
        channel=inbound.channel,
        sender_id=inbound.sender_id,
        text=inbound.text,
        sent_at=row.received_at,
        metadata=inbound.metadata,
        locale=inbound.locale,
        inbox_id=row.id,
        input_channel=inbound.input_channel,
    )
