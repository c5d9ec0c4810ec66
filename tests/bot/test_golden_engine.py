"""Recorded dialogues give the same events through the engine."""

from __future__ import annotations

import json

import pytest

from tests.bot import golden

REASON = "needs bot.formats and a folder of recordings (FRONTDESK_SHARED)"


@pytest.mark.parametrize(
    "case", golden.cases() or [pytest.param("", marks=pytest.mark.skip(REASON))]
)
def test_a_recorded_case_gives_the_same_events(case: str) -> None:
    root = golden.folder()
    assert root is not None
    project, model = golden.load(root / case)
    talks = json.loads((root / case / "conversations.json").read_text())["conversations"]
    wanted = json.loads((root / case / "expected.json").read_text())["conversations"]
    problems = []
    for talk, want in zip(talks, wanted, strict=True):
        got = golden.Player(project, model, want).play(talk)
        if got is None:
            continue
        if not any(event["event"] == "user" for event in want["tracker"]["events"]):
            continue  # Its tracker was not found under the conversation's name.
        found = golden.difference(golden.clean(want["tracker"]), got["tracker"])
        if found:
            problems.append(f"{talk['id']}: {found}")
    assert not problems, "\n".join(problems)
