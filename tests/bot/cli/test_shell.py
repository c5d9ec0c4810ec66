"""`frontdesk shell` and `shell nlu`, as processes that read what a customer types."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.talk import lines
from bot.types import Button, Reply, Source
from tests.conftest import ROOT

PROJECT = ROOT / "tests" / "projects" / "channels"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(PROJECT, tmp_path_factory.mktemp("shell") / "bot")


def typed(project: Path, text: str, *arguments: str) -> str:
    """Return what is printed when `text` is typed."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments, str(project)],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_number_chooses_and_other_text_is_said(project: Path) -> None:
    printed = typed(project, "buttons\n2\n1\nhi\n/stop\nnot read\n", "shell")

    assert "1: Say hi (/greet)" in printed
    assert "2: An image (/image)" in printed
    assert "bot › image: https://example.org/cat.png" in printed
    # The choice was taken: the later "1" is only a text that nobody understands.
    assert printed.count("Hello there.") == 1
    assert printed.count("you ›") == 5


def test_a_conversation_goes_on_under_its_id(project: Path) -> None:
    arguments = ("shell", "--conversation-id", "ana")
    first = typed(project, "hi\n", *arguments)

    second = typed(project, "custom\n", *arguments)

    assert "Hello there." in first
    assert "Hello there." not in second
    assert '"title": "A card"' in second


def test_the_parse_of_each_line_is_printed_as_json(project: Path) -> None:
    printed = typed(project, "hi\n\n/greet\n/stop\n", "shell", "nlu")

    found = []
    decoder = json.JSONDecoder()
    for start in (index for index, letter in enumerate(printed) if letter == "{"):
        if start == 0 or printed[start - 1] in "\n ›":
            value, _ = decoder.raw_decode(printed[start:])
            found += [value] if "intent" in value else []
    assert [item["text"] for item in found] == ["hi", "/greet"]
    assert [item["intent"]["name"] for item in found] == ["greet", "greet"]


def test_every_part_of_a_reply_has_its_line() -> None:
    reply = Reply(
        text="t",
        buttons=(Button(title="A", payload="/a"),),
        image="i",
        attachment={"x": 1},
        custom={"y": 2},
        sources=(Source(title="s", url="u", score=0.5),),
    )

    assert lines(reply, first=3) == [
        "bot › t",
        "      3: A (/a)",
        "      (type a number, or a message of your own)",
        "bot › image: i",
        'bot › attachment: {\n  "x": 1\n}',
        'bot › {\n  "y": 2\n}',
        "      s: u (0.50)",
    ]
