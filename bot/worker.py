"""Claims conversations from the inbox, runs the engine, commits each turn.

No transaction is open while the engine thinks; a heartbeat keeps the lease meanwhile. Crash before
the commit: the message is still in the inbox and the turn runs again. Crash after it: nothing is
lost, because replies are rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from bot.conversation import Conversation
from bot.domain import Domain
from bot.engine import Turn
from bot.errors import LeaseLost, StoreError
from bot.events import BotSaid, ReminderSet
from bot.hints import Hints
from bot.model import LoadedModel, Models
from bot.operations import acts_as_bot, operate
from bot.recent import RecentConversations
from bot.stores.store import Committed, InboxRow, Lease, State, Store, TurnRecord
from bot.takeover import draft_for
from bot.types import ExternalIntent, Message

log = structlog.get_logger()

POLL_S = 0.25
"""The poll is the truth; hints only make it faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """How the worker shares its time."""

    conversations: int = 16
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
        self.lease_s = limits.lease_s
        self.recent = RecentConversations()
        self._working: dict[asyncio.Task[None], Lease] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        heartbeat = asyncio.create_task(self._heartbeat())
        self.store.serve(self)
        try:
            while True:
                if not await self._claim_some():
                    await self.hints.inbox.wait(timeout_s=POLL_S)
        finally:
            self.store.serve(None)
            tasks = [heartbeat, *self._working]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def room(self) -> int:
        """Return how many more conversations may be worked on now; none without a model."""
        return self.limits.conversations - len(self._working) if self.models.current else 0

    def take(self, leases: Sequence[Lease]) -> None:
        """Start a task per leased conversation."""
        for lease in leases:
            task = asyncio.create_task(self._work(lease))
            self._working[task] = lease
            task.add_done_callback(self._done)

    async def _claim_some(self) -> bool:
        """Work on conversations that wait; return whether there was any."""
        if self.models.current is None:
            return False
        if self.room() <= 0:
            await asyncio.wait(self._working, return_when=asyncio.FIRST_COMPLETED)
            return True
        try:
            leases = await self.store.claim(limit=self.room(), lease_s=self.lease_s)
        except StoreError as error:
            log.warning("worker.claim_failed", problem=str(error))
            return False
        self.take(leases)
        return bool(leases)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._working.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("worker.task_failed", exc_info=error)

    async def _work(self, lease: Lease) -> None:
        """Answer the waiting messages of one leased conversation, in order."""
        was_ended = False
        with structlog.contextvars.bound_contextvars(conversation_id=lease.conversation_id):
            try:
                was_ended = await self._answer_all(lease)
            except LeaseLost:
                log.warning("worker.lease_lost")
            except StoreError as error:
                log.warning("worker.store_refused", problem=str(error))
                await asyncio.sleep(self.limits.retry_in_s)
            if not was_ended:
                with suppress(StoreError):
                    await self.store.release(lease)
                self.hints.accepted()

    async def _answer_all(self, lease: Lease) -> bool:
        """Return whether the lease was given back with the last turn."""
        current = lease
        for row in lease.rows:
            is_last = row is lease.rows[-1]
            done = await self._answer(current, row, ends_lease=is_last)
            if done is None:
                return False
            if is_last and not done.was_repeated:
                if done.pending:  # written while this lease hid the conversation from claims
                    self.hints.accepted()
                return True
            current = replace(lease, epoch=done.epoch, state=done.state, last_seq=done.last_seq)
        return False

    async def _answer(self, lease: Lease, row: InboxRow, *, ends_lease: bool) -> Committed | None:
        """Answer one message; return what was committed, None when the lease must be given back."""
        if (model := self.models.current) is None:
            return None
        try:
            turn = await self._think(lease, row, model)
        except StoreError:
            raise
        except Exception as error:  # the border of engine and plugins: count it, show it, go on
            log.exception("worker.turn_failed", inbox_id=row.id)
            if await self._failed(lease, row, error):
                self.hints.answered(row.id, ())
            self.hints.changed(lease.conversation_id)
            return None
        operation = row.inbound.operation
        record = TurnRecord(
            inbox_id=row.id,
            events=turn.events,
            as_bot=lease.state in ("bot", "resolved")
            and (operation is None or acts_as_bot(operation)),
            ends_lease=ends_lease,
        )
        done = await self.store.commit(lease, record)
        self._tell(lease, row, turn, done)
        return done

    def _tell(self, lease: Lease, row: InboxRow, turn: Turn, done: Committed) -> None:
        """Keep the conversation for its next turn and ring for everybody who waits for this one."""
        is_whole = not (done.was_fenced or done.was_repeated)
        if is_whole and row.inbound.operation is None:
            self.recent.keep(turn.conversation, last_seq=done.last_seq)
        self.hints.answered(row.id, turn.replies if is_whole else None)
        self.hints.changed(lease.conversation_id)
        if not row.inbound.is_awaited and any(isinstance(e, BotSaid) for e in turn.events):
            self.hints.outgoing()
        if any(isinstance(event, ReminderSet) for event in turn.events):
            self.hints.scheduled()
        log.info("turn.committed", inbox_id=row.id, seq=done.last_seq, was_fenced=done.was_fenced)

    async def _think(self, lease: Lease, row: InboxRow, model: LoadedModel) -> Turn:
        conversation = await self._conversation(lease, row, model.domain)
        if row.inbound.operation is not None:
            return await operate(row.inbound.operation, conversation, model.engine)
        if row.inbound.external is not None:
            return await _think_of(row, row.inbound.external, conversation, lease.state, model)
        message = message_of(row)
        if lease.state in ("queued", "assigned"):
            return await model.engine.listen_only(message, conversation)
        frame = {"t": "typing", "from": {"kind": "bot", "name": None}, "on": True, "ttl": 6}
        self.hints.typing(lease.conversation_id, frame)
        if model.engine.answering.model is None:
            return await model.engine.handle(message, conversation)
        async with draft_for(lease, self.store, self.hints) as draft:
            return await model.engine.handle(message, conversation, draft=draft)

    async def _conversation(self, lease: Lease, row: InboxRow, domain: Domain) -> Conversation:
        """Return the leased conversation, from memory where that is current."""
        key, inbound = lease.conversation_id, row.inbound
        kept = self.recent.get(key, last_seq=lease.last_seq, domain=domain)
        if kept is not None:
            return replace(kept, channel=inbound.channel, sender_id=inbound.sender_id)
        stored = await self.store.events(key) if lease.last_seq else ()
        return Conversation.of(
            key,
            tuple(item.event for item in stored),
            domain,
            channel=inbound.channel,
            sender_id=inbound.sender_id,
        )

    async def _failed(self, lease: Lease, row: InboxRow, error: Exception) -> bool:
        return await self.store.fail(
            lease,
            row.id,
            problem=f"{type(error).__name__}: {error}",
            retry_in_s=self.limits.retry_in_s * 2**row.attempts,
            max_attempts=self.limits.max_attempts,
        )

    async def _heartbeat(self) -> None:
        """Renew the leases of everything that is worked on, every third of their time."""
        while True:
            await asyncio.sleep(self.lease_s / 3)
            await asyncio.gather(*(self._renew(lease) for lease in self._working.values()))

    async def _renew(self, lease: Lease) -> None:
        try:
            await self.store.renew(lease, lease_s=self.lease_s)
        except StoreError as error:  # the commit's fence decides; thinking goes on
            log.warning("worker.renew_failed", problem=str(error))


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
