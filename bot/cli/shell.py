"""`frontdesk shell`: talk to the bot in the terminal, on the same path as every channel."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.assemble import assemble
from bot.events import BotSaid
from bot.logs import set_up_logs
from bot.server.desk import Desk
from bot.stores.store import Inbound
from bot.types import ConversationId, Reply

ANSWER_TIMEOUT_S = 60.0
console = Console()


def shell(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    conversation_id: Annotated[str | None, typer.Option(help="Go on with a conversation.")] = None,
) -> None:
    """Talk to the bot; /stop ends."""
    set_up_logs()
    assembly = assemble(folder)

    async def talk() -> None:
        for child in assembly.children:
            child.may_start.set()
        async with assembly.desk.running(*assembly.children):
            await _converse(assembly.desk, conversation_id or f"shell-{uuid.uuid4().hex[:8]}")

    asyncio.run(talk())


async def _converse(desk: Desk, conversation_id: str) -> None:
    console.print("Type a message; /stop ends.", style="dim")
    choices: tuple[str, ...] = ()
    while (line := await asyncio.to_thread(_read)) not in (None, "/stop"):
        text = (line or "").strip()
        if not text:
            continue
        if text.isdigit() and 1 <= int(text) <= len(choices):
            text = choices[int(text) - 1]
        replies = await _ask(desk, conversation_id, text)
        choices = tuple(button.payload for reply in replies for button in reply.buttons)
        _show(replies)


def _read() -> str | None:
    try:
        return console.input("[bold]you[/] › ")
    except (EOFError, KeyboardInterrupt):
        return None


async def _ask(desk: Desk, conversation_id: str, text: str) -> tuple[Reply, ...]:
    accepted = await desk.accept(
        Inbound(
            channel="terminal",
            dedupe_key=uuid.uuid4().hex,
            conversation_id=ConversationId(conversation_id),
            sender_id=conversation_id,
            text=text,
        )
    )
    if not await desk.wait_done(accepted.inbox_id, timeout_s=ANSWER_TIMEOUT_S):
        console.print("The message is stored; its answer takes longer.", style="yellow")
        return ()
    stored = await desk.store.events_of(accepted.inbox_id)
    return tuple(item.event.reply for item in stored if isinstance(item.event, BotSaid))


def _show(replies: tuple[Reply, ...]) -> None:
    number = 0
    for reply in replies:
        for part in (reply.text, reply.image, reply.custom):
            if part:
                console.print(f"bot › {part}", markup=False, highlight=False)
        for button in reply.buttons:
            number += 1
            console.print(f"      {number}) {button.title}", markup=False, highlight=False)
        for source in reply.sources:
            shown = f"      {source.title}: {source.url} ({source.score:.2f})"
            console.print(shown, style="dim", markup=False, highlight=False)
