"""Fixtures that several suites share: a trained copy of the shipped bot, and a real server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# How long an example takes says something about the machine, not about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
START_TIMEOUT_S = 60.0
PASSWORD = "a password for tests"


def copy_shipped_bot(target: Path) -> Path:
    """Return `target` with the shipped bot's files, as a user's project has them."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "config.yml", target)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "training_data", target / "training_data", ignore=ignored)
    return target


@pytest.fixture(scope="session")
def trained_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project folder with the shipped bot, trained once for the whole run."""
    from bot.cli.train import ensure_trained

    folder = copy_shipped_bot(tmp_path_factory.mktemp("shipped") / "bot")
    ensure_trained(folder)
    return folder


@pytest.fixture
def project_copy(trained_bot: Path, tmp_path: Path) -> Path:
    """Return a copy of the trained bot with a database of its own."""
    folder = tmp_path / "bot"
    ignored = shutil.ignore_patterns("frontdesk.db*", "*.lock")
    shutil.copytree(trained_bot, folder, ignore=ignored)
    return folder


def free_port() -> int:
    """Return a free TCP port on the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A real `frontdesk run` in its own process."""

    def __init__(self, folder: Path, port: int, command: list[str]) -> None:
        """Hold how to start it."""
        self.folder, self.port, self.command = folder, port, command
        self.url = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = (self.folder / "server.log").open("ab")
        environment = os.environ | {
            "FRONTDESK_ADMIN_PASSWORD": PASSWORD,
            "PYTHONPATH": str(ROOT),
            "FRONTDESK_LOG_LEVEL": "WARNING",
        }
        self.process = subprocess.Popen(
            [sys.executable, *self.command, str(self.folder), "--port", str(self.port)],
            cwd=self.folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
        self.wait_ready()

    def wait_ready(self) -> None:
        """Return when the server answers; fail with its log when it does not."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/health", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        pytest.fail(f"the server did not start:\n{(self.folder / 'server.log').read_text()}")

    def kill(self) -> None:
        """End it with SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.kill()


ServerMaker = Callable[[Path], Server]


@contextmanager
def running(folder: Path, command: list[str] | None = None) -> Iterator[Server]:
    """Run a server on `folder` while the block runs."""
    server = Server(folder, free_port(), command or ["-m", "bot", "run"])
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def server(project_copy: Path) -> Iterator[Server]:
    """Return a running server with a fresh database."""
    with running(project_copy) as started:
        yield started
