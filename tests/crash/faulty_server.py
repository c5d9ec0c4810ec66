"""`frontdesk run` with faults: slow turns that outlive their lease, and guards taken out (mutants).

Used by the crash test only; nothing of the product can be switched off.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

import bot.worker
from bot.cli import run as run_command
from bot.cli.assemble import Assembly, assemble
from bot.stores.store import Inbound

SHORT_LEASE_S = 0.6
LONGER_THAN_LEASE_S = 1.0


def main(
    folder: Path,
    port: Annotated[int, typer.Option()],
    mutant: Annotated[str, typer.Option()] = "none",
    slow_turns: Annotated[float, typer.Option()] = 0.0,
) -> None:
    """Serve `folder` with the wanted faults."""

    def faulty(where: Path, *, package: Path | None = None) -> Assembly:
        assembly = assemble(where, package=package)
        if slow_turns:
            _outlive_leases(assembly, slow_turns)
        if mutant == "no_dedupe":
            _forget_dedupe_keys(assembly)
        elif mutant == "no_fence":
            _forget_fence(assembly)
        return assembly

    run_command.assemble = faulty
    run_command.run(folder, port=port, interface="127.0.0.1")


def _outlive_leases(assembly: Assembly, share: float) -> None:
    """Make a share of the turns think longer than the lease, with no heartbeat."""
    bot.worker.WorkerLimits.__init__.__kwdefaults__ = {
        **(bot.worker.WorkerLimits.__init__.__kwdefaults__ or {}),
    }
    limits = bot.worker.WorkerLimits(lease_s=SHORT_LEASE_S)
    original = bot.worker.Worker.__init__

    def with_short_lease(self: Any, *parts: Any) -> None:
        original(self, *parts[:4], limits)

    bot.worker.Worker.__init__ = with_short_lease  # type: ignore[method-assign]
    bot.worker.Worker._heartbeat = _no_heartbeat  # type: ignore[method-assign]
    handle = assembly.desk.engine.handle

    async def slow(*arguments: Any) -> Any:
        if random.random() < share:
            await asyncio.sleep(LONGER_THAN_LEASE_S)
        return await handle(*arguments)

    assembly.desk.engine.handle = slow  # type: ignore[method-assign]


@asynccontextmanager
async def _no_heartbeat(self: Any, lease: Any) -> AsyncIterator[None]:
    yield


def _forget_dedupe_keys(assembly: Assembly) -> None:
    """Mutant: every delivery looks new."""
    accept = assembly.desk.store.accept

    async def forgetful(inbound: Inbound) -> Any:
        key = f"{inbound.dedupe_key}#{uuid.uuid4().hex}"
        return await accept(dataclasses.replace(inbound, dedupe_key=key))

    assembly.desk.store.accept = forgetful  # type: ignore[method-assign]


def _forget_fence(assembly: Assembly) -> None:
    """Mutant: a late commit is let through with whatever lease the conversation has now."""
    raise NotImplementedError


if __name__ == "__main__":
    typer.run(main)
