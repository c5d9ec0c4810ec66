"""`frontdesk shell`: talk to the bot in the terminal, on the same path as every channel.

What the bot and operators say is shown when it is recorded, also while the customer is typing.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.assemble import Assembly, assemble
from bot.cli.serve_options import (
    CredentialsOption,
    EndpointsOption,
    FolderArgument,
    LogFileOption,
    ModelOption,
)
from bot.cli.talk import show
from bot.errors import StoreError
from bot.events import BotSaid, OperatorSaid
from bot.formats.events import reading_to_rasa
from bot.logs import set_up_logs
from bot.server.desk import Desk
from bot.stores.store import Inbound
from bot.types import ConversationId, Message

ANSWER_TIMEOUT_S = 60.0
POLL_S = 1.0
console = Console()


def shell(
    folder: FolderArgument = Path(),
    conversation_id: Annotated[str | None, typer.Option(help="Go on with a conversation.")] = None,
    model: ModelOption = None,
    endpoints: EndpointsOption = None,
    credentials: CredentialsOption = None,
    log_file: LogFileOption = None,
) -> None:
    """Talk to the bot; /stop ends."""
    set_up_logs(file=log_file)
    assembly = assemble(folder, package=model, endpoints=endpoints, credentials=credentials)
    name = conversation_id or f"shell-{uuid.uuid4().hex[:8]}"
    asyncio.run(_converse(assembly, ConversationId(name)))


def shell_nlu(folder: FolderArgument = Path(), model: ModelOption = None) -> None:
    """Print what understanding finds in each line; /stop ends."""
    set_up_logs()
    desk = assemble(folder, package=model).desk
    asyncio.run(_each_line(lambda text: _parse(desk, text)))


async def _parse(desk: Desk, text: str) -> None:
    message = Message(
        id=uuid.uuid4().hex,
        conversation_id=ConversationId("parse"),
        channel="terminal",
        sender_id="parse",
        text=text,
        sent_at=datetime.now(UTC),
    )
    found = reading_to_rasa(await desk.model.engine.read(message))
    console.print_json(json.dumps(found, ensure_ascii=False))


async def _converse(assembly: Assembly, conversation_id: ConversationId) -> None:
    for child in assembly.children:
        child.may_start.set()
    async with (
        assembly.desk.running(*assembly.children),
        _listening(assembly.desk, conversation_id) as talk,
    ):
        await _each_line(talk.say)


async def _each_line(handle: Callable[[str], Awaitable[None]]) -> None:
    console.print("Type a message; /stop ends.", style="dim")
    while (line := await asyncio.to_thread(_read)) not in (None, "/stop"):
        if line:
            await handle(line)


def _read() -> str | None:
    try:
        return console.input("[bold]you[/] › ").strip()
    except (EOFError, KeyboardInterrupt):
        return None


class _Talk:
    """One conversation in the terminal."""

    def __init__(self, desk: Desk, conversation_id: ConversationId, seq: int) -> None:
        self.desk, self.conversation_id, self.seq = desk, conversation_id, seq
        self.choices: tuple[str, ...] = ()
        self._showing = asyncio.Lock()

    async def say(self, line: str) -> None:
        """Send a message, or the choice that a number means, and show the answer."""
        is_choice = line.isdecimal() and 1 <= int(line) <= len(self.choices)
        text = self.choices[int(line) - 1] if is_choice else line
        self.choices = ()
        accepted = await self.desk.accept(
            Inbound(
                channel="terminal",
                dedupe_key=uuid.uuid4().hex,
                conversation_id=self.conversation_id,
                sender_id=self.conversation_id,
                text=text,
            )
        )
        if not await self.desk.wait_done(accepted, timeout_s=ANSWER_TIMEOUT_S):
            console.print("The message is stored; its answer takes longer.", style="yellow")
        await self.show_new()

    async def show_new(self) -> None:
        """Show what was said since the last time."""
        async with self._showing:
            events = await self.desk.store.events(self.conversation_id, after_seq=self.seq)
            for stored in events:
                self.seq = stored.seq
                if isinstance(stored.event, BotSaid):
                    offered = show(console, stored.event.reply, first=len(self.choices) + 1)
                    self.choices += offered
                elif isinstance(stored.event, OperatorSaid):
                    text = f"{stored.event.operator_name} › {stored.event.text}"
                    console.print(text, markup=False, highlight=False)


@asynccontextmanager
async def _listening(desk: Desk, conversation_id: ConversationId) -> AsyncIterator[_Talk]:
    """Show what is said in the conversation while the block runs, from now on."""
    summary = await desk.store.summary(conversation_id)
    talk = _Talk(desk, conversation_id, summary.last_seq if summary else 0)

    async def listen() -> None:
        with desk.hints.reading(conversation_id) as bell:
            while True:
                await bell.wait(timeout_s=POLL_S)
                try:
                    await talk.show_new()
                except StoreError as error:
                    console.print(f"Cannot read the conversation: {error}", style="yellow")

    task = asyncio.create_task(listen())
    try:
        yield talk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
