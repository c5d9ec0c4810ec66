"""The action server as a child process: started with the desk, restarted when it dies."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

import structlog

log = structlog.get_logger()

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STOP_TIMEOUT_S = 5
_PR_SET_PDEATHSIG = 1


def find_actions(folder: Path) -> str | None:
    """Return the module with the project's custom actions, None when there is none."""
    if (folder / "actions" / "__init__.py").is_file() or (folder / "actions.py").is_file():
        return "actions"
    if (folder / "training_data" / "actions" / "__init__.py").is_file():
        return "training_data.actions"
    return None


def free_port() -> int:
    """Return a free TCP port on the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ActionProcess:
    """Runs rasa-sdk on the project's actions, on the loopback address only."""

    def __init__(self, folder: Path, module: str, port: int) -> None:
        """Hold what to run; `run` starts it."""
        self.folder, self.module, self.port = folder, module, port
        self.may_start = asyncio.Event()
        """Set when the server itself is up: on few cores the child would delay it."""

    @property
    def url(self) -> str:
        """Return the webhook's address."""
        return f"http://127.0.0.1:{self.port}/webhook"

    async def run(self) -> None:
        """Keep the child alive until cancelled."""
        await self.may_start.wait()
        pause_s = FIRST_PAUSE_S
        while True:
            started = asyncio.get_running_loop().time()
            child = await self._start()
            try:
                status = await child.wait()
            finally:
                await _stop(child)
            lived_s = asyncio.get_running_loop().time() - started
            pause_s = (
                FIRST_PAUSE_S if lived_s > LONGEST_PAUSE_S else min(pause_s * 2, LONGEST_PAUSE_S)
            )
            log.error("actions.died", status=status, restart_in_s=pause_s)
            await asyncio.sleep(pause_s)

    async def _start(self) -> asyncio.subprocess.Process:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, [".", os.environ.get("PYTHONPATH")])),
        }
        command = ["-m", "bot.server.action_child", self.module, str(self.port)]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=self.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            preexec_fn=_die_with_parent,
            # Sanic ends its whole process group when it is told to stop: it gets one of its own.
            start_new_session=True,
        )


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent is killed, so that its port is free again.

    Not to terminate it: Sanic does not always listen to that, least of all while it starts.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
