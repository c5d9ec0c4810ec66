"""Conversations recorded from Rasa 3.6.21: where they are, and a server that plays them."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.conftest import ROOT, START_TIMEOUT_S, Server, free_port, running

RECORDED_ACTION_PORT = "21055"
"""The port that the recordings' files name; each run here takes a free one."""
ACTIONS_VARIABLE = "FRONTDESK_GOLDEN_ACTIONS"
"""A folder with `OWNER/NAME/...` checkouts of the public bots whose action code is not shared."""


def folder() -> Path | None:
    """Return the folder of recordings, None where there is none."""
    root = os.environ.get("FRONTDESK_SHARED")
    found = (Path(root) if root else ROOT.parent / "shared") / "golden"
    return found if found.is_dir() else None


def cases() -> list[Path]:
    """Return the folders of all cases."""
    root = folder()
    return sorted(path.parent for path in root.glob("*/case.json")) if root else []


def compare_module(root: Path) -> ModuleType:
    """Return the recordings' own `compare.py`."""
    spec = importlib.util.spec_from_file_location("golden_compare", root / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(case: Path, name: str = "case.json") -> dict[str, Any]:
    """Return one JSON file of a case."""
    return json.loads((case / name).read_text(encoding="utf-8"))


def missing_actions(case: Path) -> str | None:
    """Return why the case's action code is not here, None when it is or none is needed."""
    source = read(case).get("action_server", {}).get("source")
    if source is None or _public_actions(source) is not None:
        return None
    wanted = f"{source['repository']}/{source['path']}"
    return f"the action code of {wanted} is not under ${ACTIONS_VARIABLE}"


@contextlib.contextmanager
def served(case: Path, target: Path) -> Iterator[str]:
    """Serve a copy of the case's project in `target`, with its action server; give the URL."""
    about = read(case)
    shutil.copytree(case / "project", target, copy_function=shutil.copyfile)
    port = str(free_port())
    environment = {
        key: value.replace(RECORDED_ACTION_PORT, port)
        for key, value in about.get("env", {}).items()
    }
    for file in target.glob("endpoints.y*ml"):
        file.write_text(file.read_text("utf-8").replace(RECORDED_ACTION_PORT, port), "utf-8")
    with contextlib.ExitStack() as stack:
        stack.enter_context(_environment(environment))
        if server := about.get("action_server"):
            if source := server.get("source"):
                public = _public_actions(source)
                assert public is not None
                shutil.copytree(public, target / "actions", dirs_exist_ok=True)
            stack.enter_context(_action_server(target, server["module"], port))
        running_server: Server = stack.enter_context(running(target))
        yield running_server.url


def _public_actions(source: dict[str, str]) -> Path | None:
    root = os.environ.get(ACTIONS_VARIABLE)
    if not root:
        return None
    found = Path(root) / source["repository"] / source["path"]
    return found if found.exists() else None


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {key: os.environ.get(key) for key in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


@contextlib.contextmanager
def _action_server(folder: Path, module: str, port: str) -> Iterator[None]:
    command = [sys.executable, "-m", "rasa_sdk", "--actions", module, "-p", port]
    path = os.pathsep.join(filter(None, [".", os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"SANIC_HOST": "127.0.0.1", "PYTHONPATH": path}
    with (folder / "actions.log").open("wb") as log:
        # Sanic ends its whole process group when it is told to stop: it gets one of its own.
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_for_port(int(port), child, folder / "actions.log")
            yield
        finally:
            child.terminate()
            child.wait(timeout=15)


def _wait_for_port(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert child.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the action server did not start: {log.read_text()}")
