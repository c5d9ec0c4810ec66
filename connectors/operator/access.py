"""Who may use the console: passwords and sessions."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

from fastapi import Request, WebSocket

from bot.passwords import is_password
from bot.stores.store import Operator, Store

COOKIE = "frontdesk_session"
SESSION_TTL_S = 12 * 3600.0


async def check_password(store: Store, username: str, password: str) -> Operator | None:
    """Return who logs in, None for a wrong name or password, in the same time for both."""
    found = await store.operator_by_name(username)
    operator, hashed = found if found else (None, None)
    is_right = await asyncio.to_thread(is_password, password, hashed)
    return operator if is_right else None


def token_hash(token: str) -> str:
    """Return what the store keeps of a session token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def open_session(store: Store, operator: Operator) -> str:
    """Return a new session's token."""
    token = secrets.token_urlsafe(32)
    await store.open_session(operator, token_hash=token_hash(token), ttl_s=SESSION_TTL_S)
    return token


async def operator_of(request: Request | WebSocket, store: Store) -> Operator | None:
    """Return who is logged in on this connection, None for nobody."""
    token = request.cookies.get(COOKIE)
    return await store.session_operator(token_hash(token)) if token else None
