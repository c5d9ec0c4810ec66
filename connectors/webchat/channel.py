"""The widget's WebSocket and files.

Everything that lasts has a public `seq`; a client resumes after the last one it has. Messages carry
the client's `cid`, which is the inbox's dedupe key: a resend is absorbed. The visitor's token
travels in the first frame only, never in an address.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import jwt
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from pydantic import ValidationError
from starlette.responses import FileResponse, RedirectResponse, Response

from bot.errors import StoreError
from bot.hints import Subscription
from bot.stores.store import Inbound
from bot.types import ConversationId, Outbound
from connectors.channel import Capabilities, Desk, NoSettings
from connectors.text import TextRefused, clean_text
from connectors.webchat.payloads import FRAME, Choose, Hello, Msg, Ping, Typing
from connectors.webchat.render import frame, state_now

STATIC = Path(__file__).parent / "static"
HELLO_TIMEOUT_S = 10.0
FEED_POLL_S = 1.0
RATE = RateLimitItemPerSecond(10, 10)
"""10 messages in 10 seconds per visitor."""
BAD_FRAME, UNAUTHORISED, HELLO_TIMEOUT = 4400, 4401, 4408
_BOTS = ("bot", "resolved")
"""States in which the bot may speak."""
_AUDIENCE = "frontdesk-webchat"


class WebChat:
    """The web chat channel."""

    name: ClassVar[str] = "webchat"
    capabilities: ClassVar[Capabilities] = Capabilities(buttons=True, images=True)
    Settings: ClassVar[type[NoSettings]] = NoSettings

    def __init__(self, desk: Desk, settings: NoSettings = NoSettings()) -> None:
        """Hold the desk and the rate limiter."""
        self.desk = desk
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def routers(self) -> list[APIRouter]:
        """Return the socket, the widget's files and the demo page."""
        router = APIRouter(prefix="/webchat", include_in_schema=False)
        router.websocket("/ws")(self.connect)
        router.get("/{path:path}")(self.static)
        return [router]

    async def send(self, outbound: Outbound) -> str | None:
        """Return the idempotency key: the feed is the delivery, each client reads it by `seq`."""
        self.desk.hints.changed(outbound.conversation_id)
        return outbound.idem_key

    async def static(self, path: str) -> Response:
        """Return a built file of the widget or the demo page."""
        response = static_file(STATIC, path)
        # Pages of any origin carry the widget; its second file is a module, which needs CORS.
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    async def connect(self, socket: WebSocket) -> None:
        """Serve one widget until it leaves."""
        await socket.accept()
        try:
            hello = await self._hello(socket)
            if hello is not None:
                await self._serve(socket, hello)
        except WebSocketDisconnect:
            return

    async def _hello(self, socket: WebSocket) -> Hello | None:
        """Return the first frame, None after closing the socket for a bad one."""
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                raw = await socket.receive_text()
            first = FRAME.validate_json(raw)
        except TimeoutError:
            await socket.close(HELLO_TIMEOUT)
            return None
        except (ValidationError, KeyError):
            first = None
        if isinstance(first, Hello):
            return first
        await socket.close(BAD_FRAME)
        return None

    async def _serve(self, socket: WebSocket, hello: Hello) -> None:
        key = await self.desk.secret("webchat")
        conversation_id, token = _identify(hello.token, key)
        last_seq = 0
        if hello.resume and hello.resume.conv == conversation_id:
            last_seq = hello.resume.last_seq
        with self.desk.hints.reading(conversation_id) as subscription:
            feed = _Feed(self.desk, conversation_id)
            events = await feed.after(last_seq)
            summary = await self.desk.store.summary(conversation_id)
            feed.state = state_now(summary)
            await socket.send_json(
                {
                    "t": "welcome",
                    "token": token,
                    "conv": conversation_id,
                    "state": state_now(summary),
                    "last_seq": events[-1]["seq"] if events else last_seq,
                    "events": events,
                }
            )
            pump = asyncio.create_task(_pump(socket, feed, subscription))
            try:
                await self._read(socket, conversation_id, hello.locale)
            finally:
                pump.cancel()
                await asyncio.gather(pump, return_exceptions=True)

    async def _read(
        self, socket: WebSocket, conversation_id: ConversationId, locale: str | None
    ) -> None:
        while True:
            raw = await socket.receive_text()
            try:
                received = FRAME.validate_json(raw)
            except ValidationError:
                await socket.send_json({"t": "err", "code": "bad_frame"})
                continue
            match received:
                case Msg() | Choose():
                    await socket.send_json(await self._accept(received, conversation_id, locale))
                case Typing():
                    self.desk.hints.typing(conversation_id, typing_frame("customer", received.on))
                case Ping():
                    await socket.send_json({"t": "pong", "n": received.n})
                case _:
                    continue

    async def _accept(
        self, received: Msg | Choose, conversation_id: ConversationId, locale: str | None
    ) -> dict[str, Any]:
        """Return the acknowledgement, made after the message is on disk, or an error frame."""
        if not await self.limiter.hit(RATE, conversation_id):
            return {"t": "err", "cid": received.cid, "code": "rate_limited", "retry_after": 10}
        title = received.title if isinstance(received, Choose) else received.text
        try:
            text = clean_text(received.payload or title)
        except TextRefused as refused:
            return {"t": "err", "cid": received.cid, "code": refused.code}
        metadata: Mapping[str, Any] = {"title": title[:200]} if received.payload else {}
        inbound = Inbound(
            channel=self.name,
            dedupe_key=f"{conversation_id}:{received.cid}",
            conversation_id=conversation_id,
            sender_id=conversation_id,
            text=text,
            metadata=metadata,
            locale=locale,
        )
        try:
            accepted = await self.desk.accept(inbound)
        except StoreError:
            return {"t": "err", "cid": received.cid, "code": "unavailable", "retry_after": 2}
        return {"t": "ack", "cid": received.cid, "seq": None, "dup": accepted.is_duplicate}


class _Feed:
    """The frames of one conversation that a client has not seen."""

    def __init__(self, desk: Desk, conversation_id: ConversationId) -> None:
        self.desk, self.conversation_id = desk, conversation_id
        self._after = 0
        self.state = "bot"
        """Who owns the conversation, after the frames so far."""

    async def after(self, public_seq: int) -> list[dict[str, Any]]:
        """Return the frames after `public_seq`, and go on from there."""
        return [item for item in await self.next() if item["seq"] > public_seq]

    async def next(self) -> list[dict[str, Any]]:
        """Return the frames since the last call."""
        stored = await self.desk.store.events(self.conversation_id, after_seq=self._after)
        if stored:
            self._after = stored[-1].seq
        prefix = f"{self.conversation_id}:"
        frames = [made for item in stored if (made := frame(item)) is not None]
        for made in frames:
            if made.get("cid"):
                made["cid"] = made["cid"].removeprefix(prefix)
            if made["t"] == "state":
                self.state = made["state"]
        return frames


async def _pump(socket: WebSocket, feed: _Feed, subscription: Subscription) -> None:
    """Send what happens until the socket closes."""
    while True:
        await subscription.wait(timeout_s=FEED_POLL_S)
        # Taken before the feed is read: a draft that an event ends is then not sent after it.
        passing = [one for one in subscription.frames if one["from"]["kind"] != "customer"]
        subscription.frames.clear()
        try:
            news = await feed.next()
            is_over = feed.state not in _BOTS or any(map(_ends, news))
            drafts = [one for one in passing if one["t"] == "draft" and not is_over]
            typing = [one for one in passing if one["t"] != "draft"]
            for made in (*typing, *news, *drafts[-1:]):  # a draft is the whole text so far
                await socket.send_json(made)
        except StoreError:
            continue
        except (RuntimeError, WebSocketDisconnect):
            return


def _ends(made: dict[str, Any]) -> bool:
    """Tell whether a frame ends an answer in the making."""
    return made["t"] == "state" or made["from"]["kind"] != "customer"


def typing_frame(kind: str, on: bool, name: str | None = None) -> dict[str, Any]:
    """Return a typing frame; it is valid for 6 seconds."""
    return {"t": "typing", "from": {"kind": kind, "name": name}, "on": on, "ttl": 6}


def static_file(folder: Path, path: str) -> Response:
    """Return the file at `path` below `folder`, 404 for anything else; clients revalidate."""
    try:
        target = (folder / path).resolve()
        is_folder, is_ours = target.is_dir(), target.is_relative_to(folder.resolve())
    except (OSError, ValueError):  # a name that no file can have
        is_folder = is_ours = False
        target = folder
    if is_ours and is_folder:
        if path and not path.endswith("/"):
            return RedirectResponse(f"{Path(path).name}/")
        target = target / "index.html"
    if not is_ours or not target.is_file():
        return Response("not found", status_code=404, media_type="text/plain")
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return FileResponse(target, headers=headers)


def _identify(token: str | None, key: bytes) -> tuple[ConversationId, str]:
    """Return the visitor's conversation and token; a new, unguessable one without a valid token."""
    if token:
        try:
            claims = jwt.decode(token, key, algorithms=["HS256"], audience=_AUDIENCE)
            return ConversationId(str(claims["conv"])), token
        except (jwt.InvalidTokenError, KeyError):
            pass  # an old or foreign token: start as a new visitor
    conversation_id = ConversationId(f"c_{secrets.token_hex(16)}")
    claims = {"conv": conversation_id, "aud": _AUDIENCE}
    return conversation_id, jwt.encode(claims, key, algorithm="HS256")
