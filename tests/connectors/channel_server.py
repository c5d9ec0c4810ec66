"""A real server on a small project that answers with every kind of message."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.conftest import PASSWORD, Server, running

PROJECT = Path(__file__).parents[1] / "projects" / "channels"


@contextmanager
def channel_server(folder: Path, credentials: dict[str, Any]) -> Iterator[Server]:
    """Run the project in `folder` with `credentials` while the block runs."""
    shutil.copytree(PROJECT, folder)
    (folder / "credentials.yml").write_text(yaml.safe_dump(credentials), "utf-8")
    with running(folder) as server:
        yield server


def tracker_events(server: Server, conversation_id: str, kind: str) -> list[dict[str, Any]]:
    """Return the conversation's events of one kind, as the API prints them."""
    answer = httpx.get(f"{server.url}/conversations/{conversation_id}/tracker")
    return [event for event in answer.json()["events"] if event["event"] == kind]


def console(server: Server) -> httpx.Client:
    """Return a client that is logged in as an operator."""
    client = httpx.Client(base_url=server.url, headers={"X-Frontdesk-CSRF": "1"})
    login = {"username": "admin", "password": PASSWORD}
    assert client.post("/console/api/login", json=login).status_code == 200
    return client
