"""The console's routes: login, lists, claim, reply, hand back, resolve, live feed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from fastapi import APIRouter, Depends, HTTPException, Request, WebSocket, WebSocketDisconnect
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.responses import JSONResponse, Response

from bot.errors import OwnershipConflict, StoreError
from bot.events import BotSaid, HandoffRequested, OperatorSaid, SlotSet, UserSaid
from bot.hints import Subscription
from bot.nlg.summary import summarise
from bot.passwords import hash_password
from bot.profile import profile_of
from bot.stores.store import Operator, StoredEvent, Summary, View
from bot.types import ConversationId, Outbound
from connectors.channel import Capabilities, Desk
from connectors.operator.access import (
    COOKIE,
    SESSION_TTL_S,
    check_password,
    open_session,
    operator_of,
    token_hash,
)
from connectors.operator.origin import ConsoleSettings, Fence, is_own_page
from connectors.operator.payloads import (
    Login,
    NewOperator,
    OperatorMessage,
    Resolve,
    event_json,
    fact_json,
    operator_json,
    summary_json,
)
from connectors.text import TextRefused, clean_text
from connectors.webchat.channel import static_file, typing_frame

STATIC = Path(__file__).parent / "static"
LOGIN_RATE = RateLimitItemPerMinute(10)
FEED_POLL_S = 1.0
UNAUTHORISED, FOREIGN = 4401, 4403
_TELLING = (UserSaid, BotSaid, OperatorSaid, HandoffRequested)
"""Events that change what is known of a conversation."""
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class OperatorConsole:
    """The operator console."""

    name: ClassVar[str] = "operator"
    capabilities: ClassVar[Capabilities] = Capabilities(buttons=True, images=True)
    Settings: ClassVar[type[ConsoleSettings]] = ConsoleSettings

    def __init__(self, desk: Desk, settings: ConsoleSettings = ConsoleSettings()) -> None:
        """Hold the desk, the origins of our own page and the login limiter."""
        self.desk, self.origins = desk, frozenset(settings.origins)
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def routers(self) -> list[APIRouter]:
        """Return the API, the live feed and the built files."""
        api = APIRouter(prefix="/console/api", tags=["console"])
        fenced = [Depends(Fence(self.origins))]
        api.post("/login", dependencies=fenced)(self.login)
        api.post("/logout", dependencies=fenced)(self.logout)
        api.get("/me")(self.me)
        api.post("/operators", dependencies=fenced)(self.add_operator)
        api.get("/conversations")(self.conversations)
        api.get("/conversations/{conversation_id:path}")(self.conversation)
        one = "/conversations/{conversation_id:path}"
        api.post(f"{one}/claim", dependencies=fenced)(self.claim)
        api.post(f"{one}/messages", dependencies=fenced)(self.say)
        api.post(f"{one}/hand-back", dependencies=fenced)(self.hand_back)
        api.post(f"{one}/resolve", dependencies=fenced)(self.resolve)
        pages = APIRouter(prefix="/console", include_in_schema=False)
        pages.websocket("/ws")(self.feed)
        pages.get("")(self.page)
        pages.get("/{path:path}")(self.page)
        return [api, pages]

    async def send(self, outbound: Outbound) -> str | None:
        """Return the idempotency key; the console reads the feed."""
        return outbound.idem_key

    async def page(self, request: Request, path: str = "") -> Response:
        """Return a built file of the console."""
        if request.url.path == "/console":
            return Response(status_code=307, headers={"Location": "/console/"})
        response = static_file(STATIC, path or "index.html")
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        return response

    async def login(self, body: Login, request: Request, response: Response) -> dict[str, Any]:
        """Return the operator and set the session cookie; 401 for a wrong name or password."""
        client = request.client.host if request.client else "unknown"
        if not await self.limiter.hit(LOGIN_RATE, client, body.username):
            raise HTTPException(429, {"code": "too_many_logins"}, {"Retry-After": "60"})
        operator = await check_password(self.desk.store, body.username, body.password)
        if operator is None:
            raise HTTPException(401, {"code": "bad_credentials"})
        token = await open_session(self.desk.store, operator)
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION_TTL_S),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
            path="/console",
        )
        return {"operator": operator_json(operator)}

    async def logout(self, request: Request, response: Response) -> dict[str, Any]:
        """End the session."""
        if token := request.cookies.get(COOKIE):
            await self.desk.store.close_session(token_hash(token))
        response.delete_cookie(COOKIE, path="/console")
        return {}

    async def me(self, request: Request) -> dict[str, Any]:
        """Return who is logged in, None for nobody: to ask is no mistake."""
        return {"operator": operator_json(await operator_of(request, self.desk.store))}

    async def add_operator(self, request: Request, body: NewOperator) -> dict[str, Any]:
        """Add an operator, or change role and password of one; admins only."""
        if (await self._operator(request)).role != "admin":
            raise HTTPException(403, {"code": "admins_only"})
        added = Operator(id=body.name, name=body.name, role=body.role)
        hashed = await asyncio.to_thread(hash_password, body.password)
        await self.desk.store.add_operator(added, password_hash=hashed)
        return {"operator": operator_json(added)}

    async def conversations(self, request: Request, view: View = "queue") -> dict[str, Any]:
        """Return the conversations of a view and the counts of all views."""
        operator = await self._operator(request)
        items = await self.desk.store.summaries(view, operator_id=operator.id)
        counts = await self.desk.store.counts(operator_id=operator.id)
        return {"items": [summary_json(item) for item in items], "counts": dict(counts)}

    async def conversation(
        self, request: Request, conversation_id: str, after: int = 0
    ) -> dict[str, Any]:
        """Return one conversation: summary, slots, profile, and its events after `after`."""
        await self._operator(request)
        key = ConversationId(conversation_id)
        summary = await self.desk.store.summary(key)
        if summary is None:
            raise HTTPException(404, {"code": "unknown_conversation"})
        stored = await self.desk.store.events(key)
        slots = {
            item.event.name: item.event.value for item in stored if isinstance(item.event, SlotSet)
        }
        return {
            "summary": summary_json(summary),
            "slots": {name: value for name, value in slots.items() if value is not None},
            "profile": _profile(stored),
            "in_short": await _in_short(stored),
            "events": [event_json(item) for item in stored if item.seq > after],
        }

    async def claim(self, request: Request, conversation_id: str) -> Response:
        """Take the conversation; 409 with the winner's name when somebody else has it."""
        operator = await self._operator(request)
        key = ConversationId(conversation_id)
        return await self._change(key, self.desk.store.assign(key, operator))

    async def hand_back(self, request: Request, conversation_id: str) -> Response:
        """Give the conversation back to the bot; a message that just came gets its answer there."""
        operator = await self._operator(request)
        key = ConversationId(conversation_id)
        return await self._change(key, self.desk.store.hand_back(key, operator))

    async def resolve(self, request: Request, conversation_id: str, body: Resolve) -> Response:
        """Close the conversation; 409 when the customer wrote meanwhile."""
        operator = await self._operator(request)
        key = ConversationId(conversation_id)
        change = self.desk.store.resolve(
            key, operator, if_customer_last_seq=body.if_customer_last_seq
        )
        return await self._change(key, change)

    async def say(self, request: Request, conversation_id: str, body: OperatorMessage) -> Response:
        """Write to the customer; 409 while the bot or somebody else owns the conversation."""
        operator = await self._operator(request)
        key = ConversationId(conversation_id)
        try:
            text = clean_text(body.text)
        except TextRefused as refused:
            raise HTTPException(422, {"code": refused.code}) from refused
        try:
            if body.takeover:
                await self.desk.store.assign(key, operator)
            said = await self.desk.store.say(key, operator, cid=body.cid, text=text)
        except OwnershipConflict as conflict:
            return _conflict(conflict)
        except KeyError as error:
            raise HTTPException(404, {"code": "unknown_conversation"}) from error
        self.desk.hints.changed(key)
        self.desk.hints.outgoing()
        return JSONResponse({"seq": said.seq, "dup": said.is_duplicate})

    async def feed(self, socket: WebSocket) -> None:
        """Send changes to one console until it leaves."""
        if not is_own_page(socket, self.origins):
            await socket.close(FOREIGN)  # before it is accepted: the browser sees a plain 403
            return
        operator = await operator_of(socket, self.desk.store)
        await socket.accept()
        if operator is None:
            # Only an accepted socket tells the page why it ends: it then asks for the password.
            await socket.close(UNAUTHORISED)
            return
        cursor, _ = await self.desk.store.changed_since(0, limit=1)
        feed = _ConsoleFeed(self.desk, socket, operator)
        await feed.start()
        await socket.send_json({"t": "hello", "cursor": feed.cursor or cursor})
        with self.desk.hints.reading(None) as subscription:
            pump = asyncio.create_task(feed.pump(subscription))
            try:
                await feed.read()
            except (WebSocketDisconnect, RuntimeError):
                return
            finally:
                pump.cancel()
                await asyncio.gather(pump, return_exceptions=True)

    async def _operator(self, request: Request) -> Operator:
        operator = await operator_of(request, self.desk.store)
        if operator is None:
            raise HTTPException(401, {"code": "not_logged_in"})
        return operator

    async def _change(self, key: ConversationId, change: Any) -> Response:
        """Run an ownership change; return the summary, 409 or 404."""
        try:
            summary: Summary = await change
        except OwnershipConflict as conflict:
            return _conflict(conflict)
        except KeyError as error:
            raise HTTPException(404, {"code": "unknown_conversation"}) from error
        self.desk.hints.changed(key)
        return JSONResponse(summary_json(summary))


def _profile(stored: Sequence[StoredEvent]) -> list[dict[str, Any]]:
    return [fact_json(fact) for fact in profile_of(item.event for item in stored)]


async def _in_short(stored: Sequence[StoredEvent]) -> dict[str, Any]:
    # The words of the first Chinese conversation take a dictionary, which takes a moment.
    summary = await asyncio.to_thread(summarise, [item.event for item in stored])
    return summary.to_dict()


def _conflict(conflict: OwnershipConflict) -> JSONResponse:
    owner = None
    if conflict.owner_id is not None:
        owner = {"id": conflict.owner_id, "name": conflict.owner_name}
    return JSONResponse({"code": conflict.code, "winner": owner, "owner": owner}, status_code=409)


class _ConsoleFeed:
    """What one console has seen: the change cursor, and one watched conversation."""

    def __init__(self, desk: Desk, socket: WebSocket, operator: Operator) -> None:
        self.desk, self.socket, self.operator = desk, socket, operator
        self.cursor = 0
        self.watched: tuple[ConversationId, int] | None = None

    async def start(self) -> None:
        """Skip what changed before; the console loads its lists itself."""
        while True:
            following, changed = await self.desk.store.changed_since(self.cursor)
            self.cursor = following
            if not changed:
                return

    async def read(self) -> None:
        """Take the console's frames until it disconnects."""
        while True:
            frame = await self.socket.receive_json()
            if not isinstance(frame, dict):
                continue
            match frame.get("t"):
                case "watch":
                    after = frame.get("after")
                    start = after if isinstance(after, int) else 0
                    self.watched = (ConversationId(str(frame.get("conversation_id"))), start)
                    await self._send_events()
                case "typing" if self.watched:
                    name = self.operator.name
                    typing = typing_frame("agent", bool(frame.get("on")), name)
                    self.desk.hints.typing(self.watched[0], typing)
                case "ping":
                    await self.socket.send_json({"t": "pong"})
                case _:
                    continue

    async def pump(self, subscription: Subscription) -> None:
        """Send changes as they happen."""
        while True:
            await subscription.wait(timeout_s=FEED_POLL_S)
            try:
                while subscription.frames:
                    typing = subscription.frames.popleft()
                    if typing["from"]["kind"] == "customer":
                        await self.socket.send_json(typing)
                self.cursor, changed = await self.desk.store.changed_since(self.cursor)
                for summary in changed:
                    frame = {"t": "conversation", "summary": summary_json(summary)}
                    await self.socket.send_json(frame)
                await self._send_events()
            except StoreError:
                continue
            except (RuntimeError, WebSocketDisconnect):
                return

    async def _send_events(self) -> None:
        if self.watched is None:
            return
        conversation_id, after = self.watched
        stored = await self.desk.store.events(conversation_id, after_seq=after)
        if self.watched != (conversation_id, after) or not stored:
            return
        self.watched = (conversation_id, stored[-1].seq)
        for item in stored:
            await self.socket.send_json(
                {"t": "event", "conversation_id": conversation_id, "event": event_json(item)}
            )
        if any(isinstance(item.event, _TELLING) for item in stored):
            everything = await self.desk.store.events(conversation_id)
            await self.socket.send_json(
                {
                    "t": "profile",
                    "conversation_id": conversation_id,
                    "profile": _profile(everything),
                    "in_short": await _in_short(everything),
                }
            )
