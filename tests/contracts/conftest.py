"""`pytest tests/contracts --channel=package.module:Class` runs the kit on another channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.hints import Hints
from bot.registry import load
from bot.stores import open_store
from bot.stores.store import Accepted, Inbound, Store
from tests.contracts.cases import SlackCase, TelegramCase
from tests.contracts.channel_case import ChannelCase


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--channel", help="module:Class of a ChannelCase; default: ours")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" not in metafunc.fixturenames:
        return
    given = metafunc.config.getoption("--channel", default=None)
    kinds: list[type[ChannelCase]] = [load(given)] if given else [TelegramCase, SlackCase]
    metafunc.parametrize("case", [kind() for kind in kinds], ids=lambda case: case.name)


class KitDesk:
    """A desk without an engine: a real store, and nobody who answers."""

    def __init__(self, store: Store) -> None:
        self.store, self.hints = store, Hints()

    async def accept(self, inbound: Inbound) -> Accepted:
        accepted = await self.store.accept(inbound)
        self.hints.accepted()
        return accepted

    async def wait_done(self, accepted: Accepted, *, timeout_s: float) -> bool:
        raise AssertionError("a webhook must not wait for the answer")

    async def secret(self, name: str) -> bytes:
        return name.encode().ljust(32, b"-")


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[KitDesk]:
    store = open_store(f"sqlite:///{tmp_path}/kit.db")
    await store.open()
    yield KitDesk(store)
    await store.close()
