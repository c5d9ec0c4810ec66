"""`frontdesk run`: serve chat, console and API; train first where needed."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

console = Console(stderr=True)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FIRST_ADMIN = "admin"
MAX_FRAME_BYTES = 65536


def run(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    interface: Annotated[str, typer.Option("--interface", "-i", help="Address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", help="Port.")] = 5005,
    enable_api: Annotated[
        bool, typer.Option("--enable-api", help="Serve the API beyond this machine.")
    ] = False,
    auth_token: Annotated[
        str | None, typer.Option("--auth-token", "-t", envvar="FRONTDESK_AUTH_TOKEN")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A trained package's folder.")
    ] = None,
) -> None:
    """Serve the bot, the web chat and the operator console."""
    import uvicorn

    from bot.cli.assemble import Assembly, assemble
    from bot.logs import set_up_logs
    from bot.server.app import create_app
    from bot.server.auth import ApiAccess

    set_up_logs()
    assembly: Assembly = assemble(folder, package=model)
    is_open = enable_api or interface in LOOPBACK or auth_token is not None
    access = ApiAccess(is_enabled=is_open, token=auth_token)
    app = create_app(assembly.desk, *assembly.children, access=access)
    config = uvicorn.Config(
        app,
        host=interface,
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MAX_FRAME_BYTES,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    asyncio.run(_serve(server, assembly, f"http://{_shown(interface)}:{port}"))


async def _serve(server: object, assembly: object, address: str) -> None:
    import uvicorn

    from bot.cli.assemble import Assembly

    assert isinstance(server, uvicorn.Server)
    assert isinstance(assembly, Assembly)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    if server.started:
        await _welcome(assembly.desk, address)
    await serving


async def _welcome(desk: object, address: str) -> None:
    """Print where everything is, and the first admin's password when it is new."""
    from bot.server.desk import Desk

    assert isinstance(desk, Desk)
    made = await _first_admin(desk)
    console.print(f"Chat      {address}/", highlight=False)
    console.print(f"Console   {address}/console/", highlight=False)
    console.print(f"API       {address}/docs", highlight=False)
    if made:
        console.print(
            f"Console login: {FIRST_ADMIN} / {made}  (shown once; write it down)",
            style="bold",
            markup=False,
        )
