"""`frontdesk export`: write the events of conversations to a file or to an event broker.

Every event is a JSON object as Rasa's brokers publish it, with the conversation as `sender_id`, in
the order of time. The lower bound of time belongs to the export, the upper one does not.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, insert

from bot.cli.places import store_url
from bot.errors import BotError, StoreError
from bot.formats.events import to_rasa
from bot.formats.service import load_service
from bot.project import Endpoint
from bot.stores.foreign import foreign_engine, url_of
from bot.stores.history import read_history

Publish = Callable[[dict[str, Any]], Awaitable[None]]
DEFAULT_LOG = "rasa_event.log"
console = Console(stderr=True, emoji=False)
_BROKER_EVENTS = Table(
    "events",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255)),
    Column("data", Text),
)
"""The table of Rasa's SQL event broker."""


def export(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    out: Annotated[Path | None, typer.Option("--out", help="A JSON lines file.")] = None,
    endpoints: Annotated[
        Path | None, typer.Option("--endpoints", help="Its `event_broker` gets the events.")
    ] = None,
    minimum_timestamp: Annotated[
        float | None, typer.Option("--minimum-timestamp", help="From this second on.")
    ] = None,
    maximum_timestamp: Annotated[
        float | None, typer.Option("--maximum-timestamp", help="Before this second.")
    ] = None,
    offset_s: Annotated[
        float, typer.Option("--offset-timestamps-by-seconds", help="Added to every time.")
    ] = 0.0,
    conversation_ids: Annotated[
        str | None, typer.Option("--conversation-ids", help="Only these, as `a,b`.")
    ] = None,
) -> None:
    """Write the events of conversations to a file or to an event broker."""
    if (
        minimum_timestamp is not None
        and maximum_timestamp is not None
        and maximum_timestamp < minimum_timestamp
    ):
        raise typer.BadParameter("it is before the minimum", param_hint="--maximum-timestamp")
    service = load_service(folder, endpoints=endpoints)
    broker = None if out else service.endpoints.get("event_broker")
    names = tuple(item.strip() for item in (conversation_ids or "").split(",") if item.strip())
    url = store_url(service.settings, folder)

    async def work() -> int:
        items = await _events(url, names, minimum_timestamp, maximum_timestamp)
        if offset_s:
            items = [item | {"timestamp": item["timestamp"] + offset_s} for item in items]
        await _publish_all(items, broker, out or Path("events.jsonl"), folder, offset_s)
        return len(items)

    count = asyncio.run(work())
    if not count:
        console.print("No events match.", style="yellow")
        raise typer.Exit(1)
    console.print(f"Exported {count} events.")


async def _events(
    url: str, names: tuple[str, ...], minimum: float | None, maximum: float | None
) -> list[dict[str, Any]]:
    """Return the events that match, in the order of time."""
    found: list[dict[str, Any]] = []
    async for conversation_id, stored in read_history(url, names):
        data: dict[str, Any] = to_rasa(stored.event) | {"sender_id": conversation_id}
        is_late_enough = minimum is None or data["timestamp"] >= minimum
        if is_late_enough and (maximum is None or data["timestamp"] < maximum):
            found.append(data)
    return sorted(found, key=lambda item: item["timestamp"])


async def _publish_all(
    items: list[dict[str, Any]],
    broker: Endpoint | None,
    out: Path,
    folder: Path,
    offset_s: float,
) -> None:
    """Publish `items`.

    Raises:
        StoreError: the broker refused; the message says how to go on.
    """
    async with AsyncExitStack() as stack:
        if broker is None:
            publish = _to_file(out, stack, is_new=True)
            console.print(f"Writing to {out}.", markup=False)
        else:
            publish = await _to_broker(broker, folder, stack)
        for item in _shown(items):
            try:
                await publish(item)
            except Exception as error:  # whatever a driver raises, the way to go on is the same
                at = item["timestamp"] - offset_s
                how = f"go on with `frontdesk export --minimum-timestamp {at}`"
                raise StoreError(f"the event broker refused an event ({error}); {how}") from error


def _shown(items: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    return track(items, "events", console=console, transient=True)


async def _to_broker(broker: Endpoint, folder: Path, stack: AsyncExitStack) -> Publish:
    """Return what publishes an event to the broker of `endpoints.yml`.

    Raises:
        BotError: brokers of this kind are not supported.
    """
    kind = str(broker.settings.get("type") or "pika").lower()
    if kind == "file":
        path = folder / str(broker.settings.get("path") or DEFAULT_LOG)
        return _to_file(path, stack, is_new=False)
    if kind == "sql":
        return await _to_table(broker, stack)
    raise BotError(
        f"the event broker `{kind}` of endpoints.yml is not supported; use `type: file` or"
        " `type: sql`, or --out FILE and send its lines yourself"
    )


def _to_file(path: Path, stack: AsyncExitStack, *, is_new: bool) -> Publish:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = stack.enter_context(path.open("w" if is_new else "a", encoding="utf-8"))

    async def publish(item: dict[str, Any]) -> None:
        file.write(json.dumps(item, ensure_ascii=False) + "\n")

    return publish


async def _to_table(broker: Endpoint, stack: AsyncExitStack) -> Publish:
    engine = foreign_engine(url_of(broker.settings, broker.url))
    stack.push_async_callback(engine.dispose)
    connection = await stack.enter_async_context(engine.begin())
    await connection.run_sync(_BROKER_EVENTS.metadata.create_all)

    async def publish(item: dict[str, Any]) -> None:
        row = {"sender_id": item["sender_id"], "data": json.dumps(item, ensure_ascii=False)}
        await connection.execute(insert(_BROKER_EVENTS), [row])

    return publish
