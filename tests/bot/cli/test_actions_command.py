"""`frontdesk run actions` serves a project's actions with the real rasa-sdk."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from bot.cli.actions import run_actions
from bot.cli.init import copy_starter
from bot.errors import ActionError
from tests.conftest import ROOT, free_port

TIMEOUT_S = 60.0


def test_the_actions_of_the_starter_are_served_until_it_is_stopped(tmp_path: Path) -> None:
    copy_starter(tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "bot", "run", "actions", "--port", str(port), "--cors", "*"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SANIC_HOST": "127.0.0.1"}
    server = subprocess.Popen(command, cwd=tmp_path, env=environment)
    try:
        found = wait_for_actions(server, port)
    finally:
        server.terminate()
        server.wait(timeout=20)

    assert {item["name"] for item in found} >= {"action_book_repair", "validate_repair_form"}
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/health", timeout=1)


def wait_for_actions(server: subprocess.Popen[bytes], port: int) -> list[dict[str, str]]:
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/actions", timeout=2).json()
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the action server did not answer")


def test_a_project_without_actions_says_where_they_belong(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match=r"write `actions/__init__\.py`"):
        run_actions(tmp_path)


def test_a_module_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    copy_starter(tmp_path)

    with pytest.raises(ActionError, match="there is no module `actoins` in"):
        run_actions(tmp_path, module="actoins")
