"""The durable store; `open_store` makes the one that a URL names."""

from __future__ import annotations

from bot.stores.sql import SqlStore
from bot.stores.store import Store


def open_store(url: str) -> Store:
    """Return the store at `url`, still to be opened with `await store.open()`.

    Args:
        url: `sqlite:///path/to/file.db` for one process, `postgresql://…` for several.

    Raises:
        StoreError: no store has such a URL.
    """
    return SqlStore(url)


__all__ = ["SqlStore", "Store", "open_store"]
