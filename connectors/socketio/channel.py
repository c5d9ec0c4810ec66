"""Rasa's Socket.IO channel: the same events and data, but nothing is lost.

A message is on disk before it is acknowledged (to clients that ask for an acknowledgement; Rasa's
widgets do not). With `session_persistence`, what bot and operators said while the client was away
is sent after `session_confirm`. Speaks Engine.IO 4, as Rasa 3.6.21 does: Socket.IO clients 3 and 4.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import jwt
import structlog
from fastapi import APIRouter
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from pydantic import ValidationError
from socketio import ASGIApp, AsyncServer
from starlette.types import ASGIApp as AnyApp

from bot.errors import StoreError
from bot.stores.store import Inbound
from bot.types import ConversationId, Outbound, Reply
from connectors.channel import Capabilities, Desk
from connectors.socketio.logs import library_log
from connectors.socketio.payloads import UserMessage, metadata_of, session_id_of
from connectors.socketio.render import emissions
from connectors.socketio.sessions import Sessions
from connectors.socketio.settings import SocketIoSettings
from connectors.text import TextRefused, clean_text

MAX_BUFFER_BYTES = 256 * 1024
"""As much as the server takes of any request: above it, the library would let a request wait."""
RATE = RateLimitItemPerSecond(10, 10)
"""10 messages in 10 seconds per session."""

log = structlog.get_logger()

Receipt = dict[str, Any]


class SocketIo:
    """The Socket.IO channel."""

    name: ClassVar[str] = "socketio"
    capabilities: ClassVar[Capabilities] = Capabilities(buttons=True, images=True)
    Settings: ClassVar[type[SocketIoSettings]] = SocketIoSettings

    def __init__(self, desk: Desk, settings: SocketIoSettings = SocketIoSettings()) -> None:
        """Hold the desk, and a Socket.IO server that nobody is connected to yet."""
        self.desk, self.settings = desk, settings
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self.namespace = settings.namespace or "/"
        self.sessions = Sessions(
            desk, self.name, self._tell, is_lasting=settings.session_persistence
        )
        self.server = AsyncServer(
            async_mode="asgi",
            # In the order in which a client sent them; handling ends when a message is stored.
            async_handlers=False,
            max_http_buffer_size=MAX_BUFFER_BYTES,
            logger=library_log(),
            engineio_logger=library_log(),
        )
        handlers = {
            "connect": self.connect,
            "disconnect": self.disconnect,
            "session_request": self.session_request,
            settings.user_message_evt: self.receive,
        }
        for event, handler in handlers.items():
            self.server.on(event, handler, namespace=self.namespace)

    def routers(self) -> list[APIRouter]:
        """Return Rasa's health route of the channel."""
        router = APIRouter(prefix="/webhooks/socketio", tags=["socketio channel"])
        router.get("/", summary="Health of the channel")(self.health)
        return [router]

    def mounts(self, cors: Sequence[str] = ()) -> dict[str, AnyApp]:
        """Return the Socket.IO server under its path; its own setting comes before `cors`."""
        path, origins = self.settings.socketio_path, self.settings.cors_allowed_origins or cors
        # Null is the library's word for "the server's own origin", an empty list for "no check".
        self.server.eio.cors_allowed_origins = "*" if "*" in origins else list(origins) or None
        return {path: ASGIApp(self.server, socketio_path=path)}

    async def send(self, outbound: Outbound) -> str | None:
        """Return the idempotency key: the feed is the delivery, each session reads it by `seq`."""
        self.desk.hints.changed(outbound.conversation_id)
        return outbound.idem_key

    async def health(self) -> dict[str, str]:
        """Return Rasa's health answer."""
        return {"status": "ok"}

    async def connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> bool:
        """Return whether the client may connect: anybody, or who has a token."""
        key = self.settings.jwt_key
        return key is None or self._is_valid(auth, key.get_secret_value())

    async def disconnect(self, sid: str, reason: str | None = None) -> None:
        """Forget the client; its session stays."""
        self.sessions.leave(sid)

    async def session_request(self, sid: str, data: Any = None, *_: Any) -> None:
        """Confirm the session that the client asks for, or give it a new one."""
        wanted = data.get("session_id") if isinstance(data, dict) else None
        session_id = session_id_of(wanted) or uuid.uuid4().hex
        await self.server.emit("session_confirm", session_id, to=sid, namespace=self.namespace)
        if self.settings.session_persistence:
            await self.server.enter_room(sid, session_id, namespace=self.namespace)
            self._join(session_id, sid)

    async def receive(self, sid: str, data: Any = None, *_: Any) -> Receipt:
        """Return whether a message was stored; a client that asks for it is sent this."""
        try:
            receipt = await self._accept(sid, data)
        except _Refused as refused:
            receipt = {"status": "refused", "code": refused.code}
        except StoreError as error:
            log.warning("socketio.store_refused", problem=str(error))
            receipt = {"status": "refused", "code": "unavailable"}
        if receipt["status"] == "refused":
            log.warning("socketio.refused", code=receipt["code"])
        return receipt

    async def _accept(self, sid: str, data: Any) -> Receipt:
        try:
            received = UserMessage.model_validate(data)
            text = clean_text(received.message)
        except ValidationError as error:
            raise _Refused("bad_payload") from error
        except TextRefused as refused:
            raise _Refused(refused.code) from refused
        session_id = await self._session(sid, received)
        if not await self.limiter.hit(RATE, session_id):
            raise _Refused("rate_limited")
        accepted = await self.desk.accept(
            Inbound(
                channel=self.name,
                dedupe_key=f"{session_id}:{received.message_id or uuid.uuid4().hex}",
                conversation_id=ConversationId(session_id),
                sender_id=session_id,
                text=text,
                metadata=metadata_of(data.get(self.settings.metadata_key)),
            )
        )
        return {"status": "accepted", "duplicate": accepted.is_duplicate}

    async def _session(self, sid: str, received: UserMessage) -> str:
        """Return the conversation of a message: its session, or else the connection."""
        if not self.settings.session_persistence:
            self._join(sid, sid)
            return sid
        session_id = session_id_of(received.session_id)
        if session_id is None:
            raise _Refused("no_session")
        await self.sessions.begin(session_id)
        return session_id

    def _join(self, session_id: str, sid: str) -> None:
        # A client that left while its event was handled would never be forgotten.
        if self.server.manager.is_connected(sid, self.namespace):
            self.sessions.join(session_id, sid)

    async def _tell(self, session_id: str, reply: Reply) -> None:
        for emission in emissions(reply, self.settings.custom_payloads):
            await self.server.emit(
                self.settings.bot_message_evt,
                emission.data,
                to=emission.room or session_id,
                skip_sid=emission.skip_sid,
                namespace=emission.namespace or self.namespace,
            )

    def _is_valid(self, auth: Any, key: str) -> bool:
        token = auth.get("token") if isinstance(auth, dict) else None
        if not isinstance(token, str):
            return False
        try:
            jwt.decode(token.removeprefix("Bearer "), key, algorithms=[self.settings.jwt_method])
        except (jwt.InvalidTokenError, jwt.InvalidKeyError):
            return False
        return True


class _Refused(Exception):
    """A message is not taken; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
