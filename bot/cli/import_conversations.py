"""`frontdesk import-conversations`: take over what a Rasa tracker store holds.

Rasa keeps events in one table, `events`. They are read in the order of their ids and become ours;
running the command again takes over only what is new, and goes on where it was stopped.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.places import store_url
from bot.errors import BotError, StoreError
from bot.formats.events import from_rasa
from bot.formats.service import load_service
from bot.stores.database import Database
from bot.stores.foreign import foreign_engine, url_of
from bot.stores.history import BATCH, Imported, import_batch, mark

console = Console(stderr=True, emoji=False)
_EVENTS = Table(
    "events",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("sender_id", String),
    Column("timestamp", Float),
    Column("data", Text),
)
"""The columns of Rasa's table that are read."""


@dataclass(slots=True)
class Outcome:
    """What an import did."""

    added: int = 0
    known: int = 0
    conversations: set[str] = field(default_factory=set[str])
    unreadable: Counter[str] = field(default_factory=Counter[str])
    """Problem → how often."""


def import_conversations(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]",
            help="sqlite:///tracker.db or postgresql://user@host/name; by default the"
            " `tracker_store` of endpoints.yml.",
        ),
    ] = None,
    folder: Annotated[Path, typer.Option("--project", help="The project's folder.")] = Path(),
    endpoints: Annotated[
        Path | None, typer.Option("--endpoints", help="Another endpoints.yml.")
    ] = None,
) -> None:
    """Take over the conversations of a Rasa tracker store; again for what is new."""
    service = load_service(folder, endpoints=endpoints)
    if source is None:
        store = service.endpoints.get("tracker_store")
        if store is None or str(store.settings.get("type", "")).lower() != "sql":
            raise BotError("endpoints.yml has no `tracker_store` of `type: SQL`; name its URL")
        url = url_of(store.settings, store.url)
    else:
        url = _parsed(source)
    outcome = asyncio.run(_import(url, store_url(service.settings, folder)))
    _tell(outcome)


def _parsed(source: str) -> URL:
    try:
        url = make_url(source)
    except ArgumentError as error:
        raise StoreError(f"{source}: not a database URL; use sqlite:///path") from error
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise StoreError(f"{url.database}: there is no such file")
    return url


async def _import(url: URL, own_url: str) -> Outcome:
    """Read the table at `url` in batches into our store.

    Raises:
        StoreError: a database refused; what was taken over before stays.
    """
    name = hashlib.sha256(url.render_as_string(hide_password=True).encode()).hexdigest()[:12]
    engine, database = foreign_engine(url), Database(own_url)
    await database.open()
    try:
        async with engine.connect() as connection:
            return await _copy(connection, database, name)
    except SQLAlchemyError as error:
        raise StoreError(f"{url.render_as_string()}: no Rasa tracker store: {error}") from error
    finally:
        await engine.dispose()
        await database.close()


async def _copy(connection: AsyncConnection, database: Database, name: str) -> Outcome:
    last = await mark(database, name)
    outcome = Outcome()
    remaining = select(func.count()).select_from(_EVENTS).where(_EVENTS.c.id > last)
    total = (await connection.execute(remaining)).scalar_one()
    with Progress(console=console, transient=True) as bars:
        task = bars.add_task("events", total=total)
        while rows := await _next_rows(connection, last):
            last = rows[-1].id
            batch = _events(rows, outcome)
            added = await import_batch(database, name, batch, last)
            outcome.added += added
            outcome.known += len(batch) - added
            bars.advance(task, len(rows))
    return outcome


async def _next_rows(connection: AsyncConnection, last: int) -> Sequence[Any]:
    query = select(_EVENTS).where(_EVENTS.c.id > last).order_by(_EVENTS.c.id).limit(BATCH)
    return (await connection.execute(query)).fetchall()


def _events(rows: Sequence[Any], outcome: Outcome) -> list[Imported]:
    """Return the events of `rows`; what cannot be read is counted and left out."""
    found: list[Imported] = []
    for row in rows:
        try:
            data = json.loads(row.data)
            entry = from_rasa({"timestamp": row.timestamp, **data})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            outcome.unreadable[str(error)] += 1
            continue
        outcome.conversations.add(row.sender_id)
        found.append(Imported(conversation_id=row.sender_id, number=row.id, event=entry))
    return found


def _tell(outcome: Outcome) -> None:
    told = f"Imported {outcome.added} events of {len(outcome.conversations)} conversations."
    console.print(told, highlight=False)
    if outcome.known:
        console.print(f"{outcome.known} were there already.", highlight=False)
    for problem, count in outcome.unreadable.most_common():
        console.print(f"{count} events were left out: {problem}", style="yellow", markup=False)
