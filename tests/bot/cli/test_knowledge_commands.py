"""`frontdesk knowledge`: sources are added, read, listed, and served while they change."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.cli.knowledge import options
from bot.cli.main import main
from bot.stores import open_store
from bot.stores.store import Operator
from bot.training.package import peek
from bot.types import ConversationId
from tests.bot.cli.projects import FILES
from tests.conftest import running
from tests.knowledge.sources import documents

FAQ = """\
# Written by the team.
faq:
  - id: hours
    language: en
    question: When are you open?
    answer: All day.
    source: https://shop.example/hours
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    for name, text in {
        **FILES,
        "faq.yml": FAQ,
        "docs/returns.md": "# Returns\n\n30 days.\n",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, "utf-8")
    return project


def frontdesk(*arguments: str | Path) -> int:
    """Return the exit code of a command."""
    with pytest.raises(SystemExit) as raised:
        main([str(argument) for argument in arguments])
    code = raised.value.code
    return code if isinstance(code, int) else 0


def held(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert frontdesk("knowledge", "list", folder, "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    return {
        **{item["document"]: item["passages"] for item in listed["documents"]},
        "problems": [item["document"] for item in listed["problems"]],
    }


def test_added_sources_are_read_and_the_configuration_keeps_its_comments(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = folder / "config.yml"
    config.write_text(f"# Our desk.\n{config.read_text()}# The end.\n")

    code = frontdesk(
        "knowledge", "add", folder / "faq.yml", folder / "docs", "--project", folder,
        "--tag", "help", "--language", "en",
    )  # fmt: skip

    assert code == 0
    assert config.read_text() == (
        f"# Our desk.\n{FILES['config.yml']}# The end.\n"
        "knowledge:\n  sources:\n"
        "  - type: faq\n    path: faq.yml\n    language: en\n    tags: [help]\n"
        "  - type: files\n    path: docs\n    language: en\n    tags: [help]\n"
    )
    assert held(folder, capsys) == {"faq.yml": 1, "docs/returns.md": 1, "problems": []}

    before = config.read_text()
    frontdesk("knowledge", "add", folder / "docs", "--project", folder, "--tag", "help",
              "--language", "en")  # fmt: skip
    assert config.read_text() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.md"], "nowhere.md does not exist"),
        (["postgresql://ana:secret@db/shop", "--query", "SELECT 1"], "would be written into"),
        (["postgresql://db/shop"], "a database needs a query"),
        (["https:///x"], "`knowledge.sources.0.url`"),
    ],
)
def test_a_source_that_cannot_be_is_refused_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    before = (folder / "config.yml").read_text()

    assert frontdesk("knowledge", "add", *arguments, "--project", folder) == 1

    error = capsys.readouterr().err
    assert told in error
    assert "secret" not in error
    assert (folder / "config.yml").read_text() == before


def test_sync_tells_what_it_could_not_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frontdesk("knowledge", "add", folder / "docs", "--project", folder)
    secret = documents.encrypted(documents.pdf([[("BodyText", "Hello")]]), "secret")
    (folder / "docs" / "secret.pdf").write_bytes(secret)
    (folder / "docs" / "new.txt").write_text("New\n\nA text.\n")
    capsys.readouterr()

    assert frontdesk("knowledge", "sync", folder) == 0
    told = capsys.readouterr().err
    assert "docs/secret.pdf: is encrypted; save it without a password" in told
    assert "1 new, 1 unchanged" in told
    assert held(folder, capsys)["problems"] == ["docs/secret.pdf"]
    assert frontdesk("knowledge", "sync", folder, "--strict") == 1


def test_without_sources_sync_says_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frontdesk("knowledge", "sync", folder) == 1

    assert "add one with `frontdesk knowledge add`" in capsys.readouterr().err


def test_training_follows_files_and_mistakes_stop_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frontdesk("knowledge", "add", folder / "faq.yml", "--project", folder, "--no-sync")
    assert held(folder, capsys) == {"problems": []}

    assert frontdesk("train", folder) == 0
    assert held(folder, capsys) == {"faq.yml": 1, "problems": []}

    more = FAQ + FAQ.split("\n", 2)[2].replace("hours", "parking").replace(
        "open", "near a car park"
    )
    (folder / "faq.yml").write_text(more)
    assert frontdesk("train", folder, "--dry-run") == 1
    assert frontdesk("train", folder) == 0
    assert held(folder, capsys) == {"faq.yml": 2, "problems": []}
    assert frontdesk("train", folder, "--dry-run") == 0

    (folder / "faq.yml").write_text(FAQ.replace("answer", "anwser"))
    assert frontdesk("data", "validate", folder) == 1
    assert "faq.yml:6:5: unknown key `anwser`; did you mean `answer`?" in capsys.readouterr().err
    assert frontdesk("train", folder, "--force") == 1
    assert held(folder, capsys) == {"faq.yml": 2, "problems": []}


def test_a_package_holds_no_knowledge_and_a_listing_needs_no_training(folder: Path) -> None:
    frontdesk("knowledge", "add", folder / "faq.yml", "--project", folder)
    frontdesk("train", folder)

    (package,) = (folder / "models").glob("*.tar.gz")
    assert set(peek(package).parts) == {"dialogue", "understanding"}


async def _conversation(folder: Path) -> None:
    """Write a conversation into the store in which an operator helps."""
    from bot.events import HandoffRequested, UserSaid
    from bot.types import Intent, Reading

    store = open_store(f"sqlite:///{folder / '.frontdesk' / 'frontdesk.db'}")
    (folder / ".frontdesk").mkdir(exist_ok=True)
    await store.open()
    try:
        key, ana = ConversationId("c1"), Operator(id="ana", name="Ana Lee")
        text = "Do you repair shoes of order FD204815?"
        reading = Reading(text=text, intent=Intent(name="faq", confidence=1.0), language="en")
        asked = [UserSaid(text=text, reading=reading), HandoffRequested(reason="asked")]
        await store.append(key, asked, channel="rest", sender_id="tom", acts=True)
        await store.add_operator(ana, password_hash="")
        await store.assign(key, ana)
        await store.say(key, ana, cid="1", text="Hi Tom, we repair shoes within a week.")
        await store.resolve(key, ana)
    finally:
        await store.close()


def test_what_operators_answered_is_reviewed_before_it_is_used(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_conversation(folder))

    assert frontdesk("knowledge", "add", "conversations", "--project", folder) == 0
    table = folder / "knowledge" / "conversations.csv"
    assert "1 wait for your approval" in capsys.readouterr().err.replace("\n", "")
    assert held(folder, capsys) == {"problems": []}
    text = table.read_text("utf-8-sig")
    assert "Do you repair shoes of order [number]?" in text
    assert "Hi [name], we repair shoes within a week." in text

    table.write_text(text.replace("\n,en", "\nyes,en"), "utf-8-sig")
    assert frontdesk("knowledge", "sync", folder) == 0
    assert held(folder, capsys) == {"knowledge/conversations.csv": 1, "problems": []}


def test_gaps_tell_questions_that_led_to_a_person(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_conversation(folder))
    capsys.readouterr()

    assert frontdesk("knowledge", "gaps", folder, "--json") == 0

    (gap,) = json.loads(capsys.readouterr().out)
    assert gap["question"] == "Do you repair shoes of order [number]?"
    assert (gap["count"], gap["unanswered"], gap["led_to_person"]) == (1, 0, 1)
    assert gap["answers"] == ["Hi [name], we repair shoes within a week."]


def test_a_bar_is_shown_on_a_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(options, "console", Console(stderr=True, force_terminal=True, width=100))

    with options.progress_bar() as progress:
        progress(f"reading docs/{'very-' * 20}long.md", 0.4)

    told = capsys.readouterr().err
    assert "reading …" in told
    assert "-very-long.md" in told


def test_a_running_server_answers_from_what_was_synced_meanwhile(project_copy: Path) -> None:
    import httpx

    question = "Do you sell gift vouchers for hot-air balloon rides?"
    faq = project_copy / "training_data" / "faq.yml"
    entry = (
        "  - id: balloon\n    language: en\n"
        f'    question: "{question}"\n    answer: "Yes, from the Rhine to the Alps."\n'
        "    source: https://shop.example/balloon\n"
    )
    with running(project_copy) as server:

        def ask(sender: str) -> str:
            body = {"sender": sender, "message": question}
            answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=30)
            return " ".join(item.get("text", "") for item in answer.json())

        assert "Rhine" not in ask("ana")
        faq.write_text(faq.read_text("utf-8") + entry, "utf-8")
        assert frontdesk("knowledge", "sync", project_copy) == 0

        assert "Rhine" in ask("tom")


def test_search_shows_what_answers_a_question_and_how_sure_that_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frontdesk("knowledge", "add", folder / "faq.yml", "--project", folder, "--tag", "times")
    capsys.readouterr()

    assert frontdesk("knowledge", "search", "opening times", "--project", folder, "--json") == 0
    (hit,) = json.loads(capsys.readouterr().out)
    assert frontdesk("knowledge", "search", "opening times", "--project", folder) == 0
    shown = capsys.readouterr().out
    frontdesk("knowledge", "search", "opening times", "--project", folder, "--tag", "prices")

    assert hit["passage"]["title"] == hit["matched"] == "When are you open?"
    assert 0 < hit["probability"] < 1 and 0 < hit["score"] <= 1
    assert "When are you open?" in shown and f"{hit['probability']:.0%}" in shown
    assert "Nothing was found" in capsys.readouterr().err


def test_eval_measures_a_faq_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faq, queries = tmp_path / "faq.jsonl", tmp_path / "queries.jsonl"
    faq.write_text(
        '{"id": "1", "question": "When are you open?", "answer": "All day."}\n'
        '{"id": "2", "question": "How much is delivery?", "answer": "Five euros."}\n'
    )
    queries.write_text('{"query": "opening times", "relevant_ids": ["1"]}\n')
    command = ["knowledge", "eval", "--faq", faq, "--queries", queries]

    assert frontdesk(*command, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert frontdesk(*command) == 0
    assert "recall@1" in capsys.readouterr().out
    queries.write_text('{"query": "opening times", "relevant_ids": ["3"]}\n')
    assert frontdesk(*command) == 1

    assert {name: told[name] for name in ("map", "mrr", "recall@1", "recall@5", "recall@10")} == {
        "map": 1.0, "mrr": 1.0, "recall@1": 1.0, "recall@5": 1.0, "recall@10": 1.0,
    }  # fmt: skip
    assert 0 < told["p50_ms"] <= told["p99_ms"]
    assert "queries.jsonl:1:1" in capsys.readouterr().err


def test_the_setting_of_the_index_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("qdrant_client")
    config = folder / "config.yml"
    place = f"qdrant:{folder / 'vectors'}"
    config.write_text(
        f"{config.read_text()}knowledge:\n  index: {place}\n"
        "  sources:\n    - type: faq\n      path: faq.yml\n"
    )

    assert frontdesk("knowledge", "sync", folder) == 0
    assert frontdesk("knowledge", "search", "opening times", "--project", folder) == 0
    assert "When are you open?" in capsys.readouterr().out
    config.write_text(config.read_text().replace(place, "mongodb://here"))
    assert frontdesk("knowledge", "sync", folder) == 1

    assert (folder / "vectors").is_dir()
    assert "config.yml" in capsys.readouterr().err
