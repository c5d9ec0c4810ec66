"""`frontdesk evaluate markers` over conversations of a tracker store."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.bot.cli.test_conversations import EVERY_KIND, frontdesk, take_over, write_store

DOMAIN = """
version: "3.1"
intents: [book]
slots: {people: {type: any, mappings: [{type: custom}]}}
"""
MARKERS = """
booked: {intent: book}
known: {at_least_once: [{slot_was_set: people}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with three conversations."""
    (tmp_path / "config.yml").write_text("assistant_id: a\nlanguage: en\n", "utf-8")
    (tmp_path / "domain.yml").write_text(DOMAIN, "utf-8")
    (tmp_path / "markers.yml").write_text(MARKERS, "utf-8")
    monkeypatch.chdir(tmp_path)
    talks = {"ann": EVERY_KIND, "bea": EVERY_KIND[:4], "cem": EVERY_KIND[:3]}
    write_store(tmp_path / "tracker.db", talks)
    take_over(tmp_path / "tracker.db")
    return tmp_path


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_all_conversations_are_looked_at(folder: Path) -> None:
    assert frontdesk("evaluate", "markers", "all", "out.csv") == 0

    assert table(folder / "out.csv") == [
        ["sender_id", "session_idx", "marker", "event_idx", "num_preceding_user_turns"],
        ["ann", "0", "booked", "3", "0"],
        ["ann", "0", "known", "4", "1"],
        ["bea", "0", "booked", "3", "0"],
    ]
    assert table(folder / "stats-overall.csv")[1][3:] == ["total_number_of_sessions", "3"]
    assert len(table(folder / "stats-per-session.csv")) == 1 + 2 * 5 * 3


def test_some_conversations_are_looked_at(folder: Path) -> None:
    assert frontdesk("evaluate", "markers", "first_n", "1", "a.csv", "--no-stats") == 0
    frontdesk("evaluate", "markers", "sample_n", "2", "b.csv", "--stats-file-prefix", "s")
    frontdesk("evaluate", "markers", "sample_n", "9", "c.csv", "--seed", "1", "--no-stats")

    assert {row[0] for row in table(folder / "a.csv")[1:]} == {"ann"}
    assert table(folder / "s-overall.csv")[1][4] == "2"
    assert {row[0] for row in table(folder / "c.csv")[1:]} == {"ann", "bea"}
    assert not (folder / "stats-overall.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("all", "tracker.db"), "exists already"),
        (("all", "no/out.csv"), "does not exist"),
        (("all", "out.csv", "--config", "none.yml"), "no markers at"),
        (("all", "2", "out.csv"), "`all` needs OUT.CSV"),
        (("first_n", "out.csv"), "`first_n` needs COUNT OUT.CSV"),
        (("sample_n", "0", "out.csv"), "above 0"),
    ],
)
def test_wrong_uses_are_told(
    folder: Path, arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frontdesk("evaluate", "markers", *arguments) != 0

    assert told in " ".join(capsys.readouterr().err.split())
    assert not (folder / "out.csv").exists()


def test_names_must_be_in_the_domain(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "markers.yml").write_text("it: {intent: bok}", "utf-8")

    assert frontdesk("evaluate", "markers", "all", "out.csv") == 1

    assert "`it`: the domain has no intent `bok`" in capsys.readouterr().err
