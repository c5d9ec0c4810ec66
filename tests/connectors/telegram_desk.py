"""A real `frontdesk run` that talks to a fake Telegram."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from connectors.telegram.channel import SECRET_HEADER
from tests.conftest import PASSWORD, Server, free_port
from tests.contracts.cases import TelegramCase
from tests.fakes.telegram import TOKEN, USERNAME, FakeTelegram

CASE = TelegramCase()
PLATFORM = httpx.Client(timeout=10)
"""One for all: making a client costs more than the server's whole answer."""
CSRF = {"X-Frontdesk-CSRF": "1"}


@contextmanager
def telegram_desk(project: Path) -> Iterator[tuple[Server, FakeTelegram]]:
    """Run the project with a fake Telegram while the block runs."""
    fake, port = FakeTelegram(), free_port()
    with fake.serving("/bot{token}/{method}") as url:
        settings = {
            "access_token": TOKEN, "verify": USERNAME, "api_url": url,
            "webhook_url": f"http://127.0.0.1:{port}{CASE.webhook}",
        }  # fmt: skip
        (project / "credentials.yml").write_text(json.dumps({"telegram": settings}))
        server = Server(project, port, ["-m", "bot", "run"])
        try:
            server.start()
            yield server, fake
        finally:
            server.stop()


def deliver(server: Server, fake: FakeTelegram, content: bytes) -> int:
    """Send an update as Telegram does; return the status."""
    headers = {"content-type": "application/json", SECRET_HEADER: fake.secret}
    url = f"{server.url}{CASE.webhook}"
    return PLATFORM.post(url, content=content, headers=headers).status_code


class Operator:
    """A person at the console."""

    def __init__(self, server: Server) -> None:
        self.client = httpx.Client(base_url=f"{server.url}/console/api", headers=CSRF, timeout=20)
        self.post("/login", username="admin", password=PASSWORD)

    def post(self, path: str, **body: Any) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def heard(self, conversation_id: str) -> list[str]:
        """Return what the customer said, as the console shows it."""
        events = self.client.get(f"/conversations/{conversation_id}").json()["events"]
        return [event["text"] for event in events if event["from"]["kind"] == "customer"]
