"""`frontdesk run`: serve chat, console and API; train first where needed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import socket
from typing import Any

import typer
import uvicorn
from fastapi import FastAPI
from jwt.algorithms import get_default_algorithms
from rich.console import Console

from bot.cli.assemble import assemble
from bot.cli.serve_options import (
    JWT_METHOD,
    LOOPBACK_ADDRESS,
    PORT,
    ApiOption,
    AuthoritiesOption,
    CertificateOption,
    CorsOption,
    CredentialsOption,
    EndpointsOption,
    FolderArgument,
    InterfaceOption,
    JwtMethodOption,
    JwtSecretOption,
    KeyOption,
    LogFileOption,
    ModelOption,
    PasswordOption,
    PortOption,
    ResponseTimeoutOption,
    StorageOption,
    TokenOption,
)
from bot.logs import set_up_logs
from bot.passwords import hash_password, new_password
from bot.server.app import create_app
from bot.server.auth import ApiAccess
from bot.server.desk import Desk
from bot.server.supervisor import ActionProcess
from bot.stores.store import Operator

console = Console(stderr=True)
ANYWHERE = "0.0.0.0"  # noqa: S104 - compared only
LOOPBACK = (LOOPBACK_ADDRESS, "localhost", "::1")
FIRST_ADMIN = "admin"
MAX_FRAME_BYTES = 65536


def run(
    folder: FolderArgument = Path(),
    interface: InterfaceOption = LOOPBACK_ADDRESS,
    port: PortOption = PORT,
    enable_api: ApiOption = False,
    auth_token: TokenOption = None,
    model: ModelOption = None,
    endpoints: EndpointsOption = None,
    credentials: CredentialsOption = None,
    jwt_secret: JwtSecretOption = None,
    jwt_method: JwtMethodOption = JWT_METHOD,
    cors: CorsOption = None,
    ssl_certificate: CertificateOption = None,
    ssl_keyfile: KeyOption = None,
    ssl_ca_file: AuthoritiesOption = None,
    ssl_password: PasswordOption = None,
    log_file: LogFileOption = None,
    response_timeout: ResponseTimeoutOption = None,
    remote_storage: StorageOption = None,
) -> None:
    """Serve the bot, the web chat and the operator console."""
    set_up_logs(file=log_file)
    _refuse_storage(remote_storage)
    _check_jwt_method(jwt_method)
    admin = _FirstAdmin()
    assembly = assemble(folder, package=model, endpoints=endpoints, credentials=credentials)
    is_protected = auth_token is not None or jwt_secret is not None
    welcome = _addresses(interface, port, "https" if ssl_certificate else "http")
    app = create_app(
        assembly.desk,
        *assembly.children,
        access=ApiAccess(
            is_enabled=enable_api or interface in LOOPBACK or is_protected,
            token=auth_token,
            jwt_secret=jwt_secret,
            jwt_method=jwt_method,
        ),
        prepare=lambda desk: admin.add(desk, welcome),
        load_model=assembly.load,
        project=folder,
        cors=cors or (),
        response_timeout_s=response_timeout,
        base=assembly.knowledge,
    )
    ssl = _ssl(ssl_certificate, ssl_keyfile, ssl_ca_file, ssl_password)
    _serve(_Server(_config(app, interface, port, ssl), welcome, assembly.children))


def _ssl(
    certificate: Path | None, keyfile: Path | None, ca_file: Path | None, password: str | None
) -> dict[str, Any]:
    """Return the options of HTTPS as uvicorn calls them."""
    return {
        "ssl_certfile": certificate,
        "ssl_keyfile": keyfile,
        "ssl_ca_certs": str(ca_file) if ca_file else None,
        "ssl_keyfile_password": password,
    }


def _config(app: FastAPI, interface: str, port: int, ssl: Mapping[str, Any]) -> uvicorn.Config:
    """Return how `app` is served."""
    return uvicorn.Config(
        app,
        host=interface,
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MAX_FRAME_BYTES,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        **ssl,
    )


def _serve(server: _Server) -> None:
    """Serve until the process is told to stop.

    Raises:
        Exit: the server could not start.
    """
    loop = server.config.get_loop_factory()  # uvloop where it runs
    with asyncio.Runner(loop_factory=loop) as runner:
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


class _FirstAdmin:
    """Who may log in to the console of a new desk."""

    def __init__(self) -> None:
        """Begin to hash FRONTDESK_ADMIN_PASSWORD, if it is set, while the server starts."""
        wanted = os.environ.get("FRONTDESK_ADMIN_PASSWORD")
        self._wanted_hash = ThreadPoolExecutor(1).submit(hash_password, wanted) if wanted else None

    async def add(self, desk: Desk, welcome: list[str]) -> None:
        """Give the admin the wanted password, or make one; `welcome` tells what was made."""
        if self._wanted_hash is not None:
            await self._store(desk, await asyncio.wrap_future(self._wanted_hash))
        elif await desk.store.operator_by_name(FIRST_ADMIN) is None:
            password = new_password()
            await self._store(desk, await asyncio.to_thread(hash_password, password))
            login = f"{FIRST_ADMIN} / {password}"
            welcome.append(f"Console login: {login}   (shown once; keep it)")

    async def _store(self, desk: Desk, hashed: str) -> None:
        admin = Operator(id=FIRST_ADMIN, name=FIRST_ADMIN, role="admin")
        await desk.store.add_operator(admin, password_hash=hashed)
