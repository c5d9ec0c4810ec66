"""Chromium, and a desk of the shipped bot for each module of the browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import Server, running

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt install chromium"),
    pytest.mark.timeout(180),
]
"""The marks of every module here."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser; while Playwright is up, no other test could run an event loop."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def desk(trained_bot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browser") / "bot"
    shutil.copytree(trained_bot, folder, ignore=shutil.ignore_patterns("frontdesk.db*", "*.lock"))
    with running(folder) as server:
        yield server
