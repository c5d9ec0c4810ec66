"""`frontdesk run` with faults: slow turns that outlive their lease, and guards taken out (mutants).

Used by the crash test only; nothing of the product can be switched off.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import random
import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.assemble import Assembly, assemble
from bot.engine import Engine
from bot.stores import commit
from bot.stores.ledger import Ledger
from bot.stores.store import Inbound
from bot.stores.tables import NEW
from bot.worker import Worker, WorkerLimits

run_command = importlib.import_module("bot.cli.run")

SHORT_LEASE_S = 0.6
LONGER_THAN_LEASE_S = 1.0


def main(
    folder: Path,
    port: Annotated[int, typer.Option()],
    mutant: Annotated[str, typer.Option()] = "none",
    slow_turns: Annotated[float, typer.Option()] = 0.0,
) -> None:
    """Serve `folder` with the wanted faults."""

    def faulty(where: Path, **given: Any) -> Assembly:
        assembly = assemble(where, **given)
        if slow_turns:
            _outlive_leases(slow_turns)
        if mutant == "no_dedupe":
            _forget_dedupe_keys(assembly)
        elif mutant == "no_fence":
            _forget_fence()
        return assembly

    run_command.assemble = faulty
    run_command.run(folder, port=port, interface="127.0.0.1")


def _outlive_leases(share: float) -> None:
    """Make a share of the turns think longer than the lease, with no heartbeat."""
    limits = WorkerLimits(lease_s=SHORT_LEASE_S)
    original = Worker.__init__

    def with_short_lease(self: Any, *parts: Any) -> None:
        original(self, *parts[:3], limits)

    Worker.__init__ = with_short_lease  # type: ignore[method-assign]
    Worker._heartbeat = _no_heartbeat  # type: ignore[assignment]
    handle = Engine.handle

    async def slow(self: Engine, message: Any, conversation: Any) -> Any:
        if random.random() < share:
            await asyncio.sleep(LONGER_THAN_LEASE_S)
        return await handle(self, message, conversation)

    Engine.handle = slow  # type: ignore[method-assign]


async def _no_heartbeat(self: Any) -> None:
    """Renew nothing."""


def _forget_dedupe_keys(assembly: Assembly) -> None:
    """Mutant: every delivery looks new."""
    accept = assembly.desk.store.accept

    async def forgetful(inbound: Inbound) -> Any:
        key = f"{inbound.dedupe_key}#{uuid.uuid4().hex}"
        return await accept(dataclasses.replace(inbound, dedupe_key=key))

    assembly.desk.store.accept = forgetful  # type: ignore[method-assign]


def _forget_fence() -> None:
    """Mutant: a late commit passes, and no constraint sees that it is the second one."""
    received = commit._received

    async def all_new(*arguments: Any) -> Any:
        rows = await received(*arguments)
        return {key: {**row, "status": NEW} for key, row in rows.items()}

    commit._holds = lambda *_: True
    commit._received = all_new
    add, send = Ledger.add, Ledger.send

    def add_without_cid(self: Ledger, entry: Any, **more: Any) -> int:
        return add(self, entry, **{**more, "cid": None})

    def send_under_a_new_key(self: Ledger, reply: Any, *, key: str, **more: Any) -> None:
        send(self, reply, key=f"{key}#{uuid.uuid4().hex}", **more)

    Ledger.add = add_without_cid  # type: ignore[method-assign]
    Ledger.send = send_under_a_new_key  # type: ignore[method-assign]


if __name__ == "__main__":
    typer.run(main)
