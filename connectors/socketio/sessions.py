"""Who is connected to which session, and what each session was told.

A session is a conversation; all tabs of a browser share it. One task per connected session reads
the conversation's events by `seq`, as every client of the desk does. How far it came is stored,
so that a client which was away is told what it missed, once. A crash between telling and storing
repeats the last turn: never lost, seldom twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from bot.errors import StoreError
from bot.hints import Subscription
from bot.types import ConversationId, Reply
from connectors.channel import Desk
from connectors.socketio.feed import Position, follow

FEED_POLL_S = 1.0

log = structlog.get_logger()

Tell = Callable[[str, Reply], Awaitable[None]]
"""Sends a reply to all sockets of a session."""


@dataclass(slots=True, eq=False)
class _Session:
    id: ConversationId
    sockets: set[str] = field(default_factory=set)
    position: Position | None = None
    """None until it is read from the store."""
    stored: Position | None = None
    bell: Subscription | None = None
    task: asyncio.Task[None] | None = None


class Sessions:
    """The sessions that somebody is connected to."""

    def __init__(self, desk: Desk, channel: str, tell: Tell, *, is_lasting: bool) -> None:
        """Hold the parts; `is_lasting` sessions outlive their connection."""
        self.desk, self.channel, self.tell, self.is_lasting = desk, channel, tell, is_lasting
        self._open: dict[str, _Session] = {}

    def join(self, session_id: str, sid: str) -> None:
        """Tell the socket `sid` what happens in the session, after what the session missed."""
        session = self._open.get(session_id)
        if session is None:
            session = self._open[session_id] = _Session(id=ConversationId(session_id))
            session.task = asyncio.create_task(self._follow(session))
        session.sockets.add(sid)

    def leave(self, sid: str) -> None:
        """Forget a socket that is gone."""
        for session in self._open.values():
            if sid in session.sockets:
                session.sockets.discard(sid)
                if session.bell is not None:
                    session.bell.bell.set()

    async def begin(self, session_id: str) -> None:
        """Remember where a session starts, before its first message is accepted.

        Raises:
            StoreError: nothing was recorded.
        """
        key = ConversationId(session_id)
        if self.is_lasting and await self.desk.store.meta(_meta_key(key)) is None:
            await self._store(key, await self._load(key))

    async def _follow(self, session: _Session) -> None:
        """Tell the session its events until nobody is connected to it."""
        with self.desk.hints.reading(session.id) as session.bell:
            while session.sockets:
                try:
                    await self._forward(session)
                except StoreError as error:
                    log.warning("socketio.store_refused", problem=str(error))
                await session.bell.wait(timeout_s=FEED_POLL_S)
        # No await since the check: a socket that joins from now on starts a new task.
        del self._open[session.id]

    async def _forward(self, session: _Session) -> None:
        if session.position is None:
            session.position = session.stored = await self._load(session.id)
        after_seq = session.position.seq
        for stored in await self.desk.store.events(session.id, after_seq=after_seq):
            position, reply = follow(session.position, stored, self.channel)
            if reply is not None:
                if not session.sockets:
                    break  # they left: it waits for their return
                await self.tell(session.id, reply)
            session.position = position
        if self.is_lasting and session.position != session.stored:
            await self._store(session.id, session.position)
            session.stored = session.position

    async def _load(self, session_id: ConversationId) -> Position:
        """Return where the session is; one that was never here starts after what was said."""
        if not self.is_lasting:
            return Position()
        if (kept := await self.desk.store.meta(_meta_key(session_id))) is not None:
            seq, is_here = json.loads(kept)
            return Position(seq=seq, is_here=is_here)
        summary = await self.desk.store.summary(session_id)
        return Position(seq=summary.last_seq if summary else 0)

    async def _store(self, session_id: ConversationId, position: Position) -> None:
        value = json.dumps([position.seq, position.is_here])
        await self.desk.store.set_meta(_meta_key(session_id), value)


def _meta_key(session_id: str) -> str:
    return f"socketio:{session_id}"
