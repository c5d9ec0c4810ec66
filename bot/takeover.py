"""Stops an answer in the making as soon as a person takes its conversation over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import StoreError
from bot.hints import Hints
from bot.nlg.draft import Draft
from bot.stores.store import Lease, Store

POLL_S = 0.25
"""Another process may be where the person takes over; its bell does not ring here."""


@asynccontextmanager
async def draft_for(lease: Lease, store: Store, hints: Hints) -> AsyncIterator[Draft]:
    """Give a draft that readers of the conversation see, abandoned once its owner changes."""

    def show(text: str) -> None:
        hints.draft(lease.conversation_id, text)

    draft = Draft(show)
    watching = asyncio.create_task(_watch(draft, lease, store, hints))
    try:
        yield draft
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(draft: Draft, lease: Lease, store: Store, hints: Hints) -> None:
    with hints.reading(lease.conversation_id) as subscription:
        while not draft.is_abandoned:
            await subscription.wait(timeout_s=POLL_S)
            subscription.frames.clear()
            try:
                summary = await store.summary(lease.conversation_id)
            except StoreError:
                continue  # the commit's fence decides; this only saves the wait
            if summary is not None and summary.owner_epoch != lease.epoch:
                draft.abandon()
