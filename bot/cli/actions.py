"""`frontdesk run actions`: serve a project's custom actions with rasa-sdk, in this process's place.

The server is Rasa's own, so that actions written for it run unchanged.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import ActionError
from bot.server.supervisor import find_actions

DEFAULT_PORT = 5055
STOPPING_S = 5.0
"""As long as the server may take to finish what it does."""


def run_actions(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    port: Annotated[int, typer.Option("--port", "-p", min=1, max=65535)] = DEFAULT_PORT,
    module: Annotated[
        str | None, typer.Option("--actions", help="Module or package, as `actions`.")
    ] = None,
    cors: Annotated[
        list[str] | None, typer.Option("--cors", help="Allowed origins; * for all.")
    ] = None,
    ssl_certificate: Annotated[Path | None, typer.Option("--ssl-certificate")] = None,
    ssl_keyfile: Annotated[Path | None, typer.Option("--ssl-keyfile")] = None,
    ssl_password: Annotated[str | None, typer.Option("--ssl-password")] = None,
    auto_reload: Annotated[
        bool, typer.Option("--auto-reload", help="Load changed actions again.")
    ] = False,
) -> None:
    """Serve the project's custom actions."""
    name = module or find_actions(folder)
    if name is None:
        hint = "write `actions/__init__.py` or `actions.py`, or name one with --actions"
        raise ActionError(f"{folder} has no custom actions; {hint}")
    if not _exists(folder, name):
        raise ActionError(
            f"there is no module `{name}` in {folder}; check the name after --actions"
        )
    files: dict[str, Path | None] = {
        "--ssl-certificate": ssl_certificate,
        "--ssl-keyfile": ssl_keyfile,
    }
    for option, path in files.items():
        if path is not None and not path.is_file():
            raise typer.BadParameter(f"{path} does not exist", param_hint=option)
    command = [sys.executable, "-m", "rasa_sdk", "--actions", name, "-p", str(port)]
    command += _options(files | {"--ssl-password": ssl_password}, cors or (), auto_reload)
    raise typer.Exit(_serve(command, folder))


def _exists(folder: Path, module: str) -> bool:
    """Return whether the first part of a dotted name is in `folder`, or installed."""
    top = module.split(".")[0]
    is_here = (folder / top).is_dir() or (folder / f"{top}.py").is_file()
    return is_here or find_spec(top) is not None


def _options(
    values: Mapping[str, Path | str | None], cors: Sequence[str], auto_reload: bool
) -> Iterator[str]:
    """Iterate over the options as rasa-sdk takes them."""
    for option, value in values.items():
        if value is not None:
            yield from (option, str(Path(value).resolve() if "password" not in option else value))
    if cors:
        yield from ("--cors", *cors)
    if auto_reload:
        yield "--auto-reload"


def _serve(command: list[str], folder: Path) -> int:
    """Run the server until it ends; return its exit code."""
    path = os.pathsep.join(filter(None, [".", os.environ.get("PYTHONPATH")]))
    child = subprocess.Popen(  # noqa: S603 - our interpreter and the user's own arguments
        command, cwd=folder, env=os.environ | {"PYTHONPATH": path}, start_new_session=True
    )
    for name in (signal.SIGINT, signal.SIGTERM):
        # Sanic ends its whole process group: it has its own, and is told by us.
        signal.signal(name, _raise_stopped)
    try:
        return child.wait()
    except _StoppedError:
        return _stop(child)


class _StoppedError(Exception):
    """This process was asked to end."""


def _raise_stopped(_number: int, _frame: object) -> None:
    raise _StoppedError


def _stop(child: subprocess.Popen[bytes]) -> int:
    """End the server, by force if it does not listen; return its exit code."""
    child.terminate()
    try:
        return child.wait(timeout=STOPPING_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        return child.wait()
