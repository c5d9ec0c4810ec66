"""`frontdesk run` over a database that may not grow: what a full disk does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.cli.run import run
from bot.stores import open_store

PAGES_LEFT = 40


def main(folder: Path, port: Annotated[int, typer.Option()]) -> None:
    """Serve `folder`, whose database may grow by `PAGES_LEFT` pages."""
    asyncio.run(_migrate(folder))
    event.listen(Engine, "connect", _limit)
    run(folder, port=port, interface="127.0.0.1")


async def _migrate(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder}/.frontdesk/frontdesk.db")
    await store.open()
    await store.close()


def _limit(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA page_count")
    used = cursor.fetchone()[0]
    cursor.execute(f"PRAGMA max_page_count={used + PAGES_LEFT}")
    cursor.close()


if __name__ == "__main__":
    typer.run(main)
