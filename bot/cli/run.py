"""`frontdesk run`: serve chat, console and API; train first where needed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from socket import socket
from typing import Annotated

import typer
import uvicorn
from jwt.algorithms import get_default_algorithms
from rich.console import Console

from bot.cli.assemble import assemble
from bot.logs import set_up_logs
from bot.passwords import hash_password, new_password
from bot.server.app import create_app
from bot.server.auth import ApiAccess
from bot.server.desk import Desk
from bot.server.supervisor import ActionProcess
from bot.stores.store import Operator

console = Console(stderr=True)
ANYWHERE = "0.0.0.0"  # noqa: S104 - compared only
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FIRST_ADMIN = "admin"
MAX_FRAME_BYTES = 65536


def run(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    interface: Annotated[str, typer.Option("--interface", "-i", help="Address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port.")] = 5005,
    enable_api: Annotated[
        bool, typer.Option("--enable-api", help="Serve the API beyond this machine.")
    ] = False,
    auth_token: Annotated[
        str | None, typer.Option("--auth-token", "-t", envvar="FRONTDESK_AUTH_TOKEN")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A trained package, or a folder of them.")
    ] = None,
    endpoints: Annotated[
        Path | None, typer.Option("--endpoints", help="Another endpoints.yml.")
    ] = None,
    credentials: Annotated[
        Path | None, typer.Option("--credentials", help="Another credentials.yml.")
    ] = None,
    jwt_secret: Annotated[
        str | None,
        typer.Option(
            "--jwt-secret",
            envvar="JWT_SECRET",
            help="Verifies JWTs: the shared secret, or the public key of an asymmetric method.",
        ),
    ] = None,
    jwt_method: Annotated[
        str, typer.Option("--jwt-method", envvar="JWT_METHOD", help="How JWTs are signed.")
    ] = "HS256",
    cors: Annotated[
        list[str] | None, typer.Option("--cors", help="Origins of pages that may use the server.")
    ] = None,
    ssl_certificate: Annotated[
        Path | None,
        typer.Option(
            "--ssl-certificate", exists=True, dir_okay=False, help="The certificate for HTTPS."
        ),
    ] = None,
    ssl_keyfile: Annotated[
        Path | None,
        typer.Option("--ssl-keyfile", exists=True, dir_okay=False, help="Its private key."),
    ] = None,
    ssl_ca_file: Annotated[
        Path | None,
        typer.Option(
            "--ssl-ca-file", exists=True, dir_okay=False, help="Authorities of client certificates."
        ),
    ] = None,
    ssl_password: Annotated[
        str | None, typer.Option("--ssl-password", help="The private key's password.")
    ] = None,
    log_file: Annotated[
        Path | None, typer.Option("--log-file", help="Append the log to a file.")
    ] = None,
    response_timeout: Annotated[
        int | None,
        typer.Option("--response-timeout", min=1, help="Seconds that an answer may take."),
    ] = None,
    remote_storage: Annotated[str | None, typer.Option("--remote-storage", hidden=True)] = None,
) -> None:
    """Serve the bot, the web chat and the operator console."""
    set_up_logs(file=log_file)
    _refuse_storage(remote_storage)
    _check_jwt_method(jwt_method)
    assembly = assemble(folder, package=model, endpoints=endpoints, credentials=credentials)
    is_protected = auth_token is not None or jwt_secret is not None
    is_open = enable_api or interface in LOOPBACK or is_protected
    welcome = _addresses(interface, port, "https" if ssl_certificate else "http")

    async def prepare(desk: Desk) -> None:
        if made := await _first_admin(desk):
            welcome.append(f"Console login: {FIRST_ADMIN} / {made}   (shown once; keep it)")

    app = create_app(
        assembly.desk,
        *assembly.children,
        access=ApiAccess(
            is_enabled=is_open, token=auth_token, jwt_secret=jwt_secret, jwt_method=jwt_method
        ),
        prepare=prepare,
        load_model=assembly.load,
        project=folder,
        cors=cors or (),
        response_timeout_s=response_timeout,
    )
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
        ssl_certfile=ssl_certificate,
        ssl_keyfile=ssl_keyfile,
        ssl_ca_certs=str(ssl_ca_file) if ssl_ca_file else None,
        ssl_keyfile_password=ssl_password,
    )
    server = _Server(config, welcome, assembly.children)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:  # uvloop where it runs
        runner.run(server.serve())
    if not server.started:
        raise typer.Exit(1)


class _Server(uvicorn.Server):
    """uvicorn that tells the addresses once its port is open."""

    def __init__(
        self, config: uvicorn.Config, welcome: list[str], children: Sequence[ActionProcess]
    ) -> None:
        super().__init__(config)
        self.welcome, self.children = welcome, children

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            for child in self.children:
                child.may_start.set()
            text = "\n".join(self.welcome)
            console.print(text, markup=False, highlight=False, soft_wrap=True)


def _refuse_storage(remote_storage: str | None) -> None:
    """Refuse Rasa's option for packages that lie elsewhere.

    Raises:
        BadParameter: it was given.
    """
    if remote_storage is not None:
        told = "models are not fetched from storage; copy the package here and name it with -m"
        raise typer.BadParameter(told, param_hint="--remote-storage")


def _check_jwt_method(method: str) -> None:
    known = sorted(set(get_default_algorithms()) - {"none"})
    if method not in known:
        raise typer.BadParameter(f"choose one of {', '.join(known)}", param_hint="--jwt-method")


def _addresses(interface: str, port: int, scheme: str) -> list[str]:
    """Return the lines that say where everything is."""
    host = "localhost" if interface in (*LOOPBACK, ANYWHERE) else interface
    address = f"{scheme}://{host}:{port}"
    return [
        f"Chat      {address}/",
        f"Console   {address}/console/",
        f"API       {address}/docs",
    ]


async def _first_admin(desk: Desk) -> str | None:
    """Make the first admin, or give it FRONTDESK_ADMIN_PASSWORD; return a password made here."""
    wanted = os.environ.get("FRONTDESK_ADMIN_PASSWORD")
    if not wanted and await desk.store.operator_by_name(FIRST_ADMIN):
        return None
    password = wanted or new_password()
    admin = Operator(id=FIRST_ADMIN, name=FIRST_ADMIN, role="admin")
    hashed = await asyncio.to_thread(hash_password, password)
    await desk.store.add_operator(admin, password_hash=hashed)
    return None if wanted else password
