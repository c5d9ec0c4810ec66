"""The action server that `frontdesk run` starts ends with it, however that ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Server

TIMEOUT_S = 30.0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no parent-death signal")
def test_the_action_server_does_not_outlive_a_killed_server(server: Server) -> None:
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    wait_for(lambda: bool(children.read_text().split()))
    (child,) = children.read_text().split()
    group = group_of(child)

    server.kill()

    wait_for(lambda: not any(group_of(pid) == group for pid in running()))


def running() -> list[str]:
    """Return the ids of all processes."""
    return [path.name for path in Path("/proc").iterdir() if path.name.isdecimal()]


def group_of(pid: str) -> str | None:
    """Return the process group; None without the process, or if only nobody waited for it yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, _, group = status.rpartition(")")[2].split()[:3]
    return None if state == "Z" else group


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
