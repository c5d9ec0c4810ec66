"""What a channel remembers about its conversations, in the desk's store.

Contacts (address, reachability), offered choices, button tokens, and how far a delivery came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.stores.store import Store
from connectors.push import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where a conversation is answered, and whether it can be."""

    address: Address
    is_reachable: bool = True
    changed_at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The choices that one turn of the bot offered as numbered text."""

    turn: str
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the delivery `key` came; `begun > done` means that one call has no known end."""

    key: str
    begun: int = 0
    done: int = 0
    unknown: tuple[int, ...] = ()
    """Calls that may or may not have arrived, counted from 1."""


class Notes:
    """The memory of one channel."""

    def __init__(self, store: Store, channel: str) -> None:
        """Hold where to write."""
        self.store, self.channel = store, channel

    async def contact(self, conversation_id: str) -> Contact | None:
        """Return how to reach the conversation, None if nobody ever wrote in it."""
        found = await self._get("contact", conversation_id)
        return found and Contact(**{**found, "address": Address(**found["address"])})

    async def keep_contact(self, conversation_id: str, contact: Contact) -> None:
        """Remember how to reach the conversation; on disk when this returns."""
        await self._put("contact", conversation_id, asdict(contact))

    async def offer(self, conversation_id: str) -> Offer | None:
        """Return the choices that are open."""
        found = await self._get("offer", conversation_id)
        return found and Offer(**found)

    async def keep_offer(self, conversation_id: str, offer: Offer) -> None:
        """Open `offer`: the choices of an earlier turn are over, those of the same turn add up."""
        known = await self.offer(conversation_id)
        if known is not None and known.turn == offer.turn:
            offer = Offer(turn=offer.turn, choices={**known.choices, **offer.choices})
        if known != offer and (known or offer.choices):
            await self._put("offer", conversation_id, asdict(offer))

    async def payload(self, token: str) -> str | None:
        """Return the payload that travels as `token`."""
        return await self._get("token", token)

    async def keep_tokens(self, tokens: Mapping[str, str]) -> None:
        """Remember payloads by their tokens, for as long as somebody may press the button."""
        for token, payload in tokens.items():
            if await self.payload(token) is None:
                await self._put("token", token, payload)

    async def progress(self, conversation_id: str) -> Progress | None:
        """Return how far the conversation's latest delivery came."""
        found = await self._get("progress", conversation_id)
        return found and Progress(**{**found, "unknown": tuple(found["unknown"])})

    async def keep_progress(self, conversation_id: str, progress: Progress) -> None:
        """Remember how far a delivery came; on disk when this returns."""
        await self._put("progress", conversation_id, asdict(progress))

    async def _get(self, topic: str, key: str) -> Any:
        kept = await self.store.meta(f"{self.channel}:{topic}:{key}")
        return None if kept is None else json.loads(kept)

    async def _put(self, topic: str, key: str, value: Any) -> None:
        await self.store.set_meta(f"{self.channel}:{topic}:{key}", json.dumps(value))
